-- Takes apart the comments of `tcpsim replay --annotate FILE.pcapng`, so that Wireshark and tshark can show, filter and
-- sort by them: fields tcpsim.*, and a few words behind the Info column (a preference of the protocol turns those off).
--
--   wireshark -X lua_script:tcpsim.lua FILE.pcapng      or copied to the folder of personal Lua plugins
--   tshark -X lua_script:tcpsim.lua -r FILE.pcapng -Y 'tcpsim.rule contains "retransmission"' \
--          -T fields -e frame.number -e tcpsim.client -e tcpsim.server -e tcpsim.rule
--
-- docs/how-to/wireshark.md shows how to make columns of them.

local tcpsim = Proto("tcpsim", "tcpsim: states, verdict and rules")
local fields = {
	connection = ProtoField.uint32("tcpsim.connection", "Connection", base.DEC),
	client = ProtoField.string("tcpsim.client", "State of the client"),
	server = ProtoField.string("tcpsim.server", "State of the server"),
	outcome = ProtoField.string("tcpsim.outcome", "Outcome"),
	verdict = ProtoField.string("tcpsim.verdict", "Verdict"),
	rule = ProtoField.string("tcpsim.rule", "Rule"),
	sentence = ProtoField.string("tcpsim.sentence", "What it says"),
	reset = ProtoField.string("tcpsim.reset", "Why it was reset"),
	silence = ProtoField.string("tcpsim.silence", "Cause of the silence before it"),
	seconds = ProtoField.double("tcpsim.silence_s", "Seconds of that silence"),
	icmp = ProtoField.string("tcpsim.icmp", "What the ICMP error does"),
}
tcpsim.fields = fields
tcpsim.prefs.info = Pref.bool("Words in the Info column", true, "Show states and rules behind Info")

local comment = Field.new("frame.comment")

-- One line of a comment; the words that Info shows of it, or nil.
local function take(line, tree)
	local number, client, server = line:match("^tcpsim: connection (%d+), client (%S+), server (%S+)$")
	if number then
		tree:add(fields.connection, tonumber(number))
		tree:add(fields.client, client)
		tree:add(fields.server, server)
		return client .. "/" .. server
	end
	local rule, sentence = line:match("^rule: (%S+): (.*)$")
	if rule then
		tree:add(fields.rule, rule)
		tree:add(fields.sentence, sentence)
		return rule:match("^observe/(.*)$")
	end
	local outcome, verdict = line:match("^verdict: (%S+): (.*)$")
	if outcome then
		tree:add(fields.outcome, outcome)
		tree:add(fields.verdict, verdict)
		return nil
	end
	local cause, why = line:match("^reset: (%S+): (.*)$")
	if cause then
		tree:add(fields.reset, cause)
		tree:add(fields.sentence, why)
		return cause
	end
	local silence, seconds, what = line:match("^silence: (%S+), (%S+) s: (.*)$")
	if silence then
		tree:add(fields.silence, silence)
		tree:add(fields.seconds, tonumber(seconds))
		tree:add(fields.sentence, what)
		return "after " .. seconds .. " s " .. silence
	end
	local effect = line:match("^icmp: (.*)$")
	if effect then
		tree:add(fields.icmp, effect)
	end
	return nil
end

function tcpsim.dissector(buffer, pinfo, root)
	for _, field in ipairs({ comment() }) do
		local text = tostring(field.value)
		if text:sub(1, 7) == "tcpsim:" then
			local tree = root:add(tcpsim)
			local words = {}
			for line in text:gmatch("[^\n]+") do
				table.insert(words, take(line, tree))
			end
			if tcpsim.prefs.info and #words > 0 then
				pinfo.cols.info:append(" [" .. table.concat(words, ", ") .. "]")
			end
		end
	end
end

register_postdissector(tcpsim)
