/*
 * One connection, opened: its rows in the order of the ladder, and what is so at each of them.
 *
 * A row is a moment. A packet of a capture has one; a segment of a world has two, its departure and its arrival, so that the
 * order of rows is the order of what happened. Everything else (states, variables, timers, queues) is asked by row.
 */
import { span, segmentText, plural } from './words.js';

export const KIND = {
	SEGMENT: 0, ICMP: 1, TWIN: 2, CALL: 3, RETURNED: 4, TIMER_SET: 5, TIMER_FIRED: 6, TIMER_STOPPED: 7, STATE: 8, QUEUE: 9,
	CWND: 10, ERROR: 11, REBOOT: 12, STALL: 13,
};
export const FATE = { UNDER_WAY: 0, ARRIVED: 1, LOST: 2, SEEN: 3 };
export const PHASE = { HAPPENS: 0, ARRIVES: 1, SILENCE: 2 };
export const FLAG = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 };
export const KNOWN = 3;
const CLOSED = 0;
const QUIET_TIMERS = new Set(['delayed ACK timer', 'pacing timer']);
const EVERYDAY_CALL = /^(send|recv|read|write|poll|select|epoll)/;
const EVERYDAY_MARKS = new Set(['observe/window-update', 'arrive/out-of-order']);
const NO_THRESHOLD = 2 ** 31;
const FOLD_FROM = 6, FOLD_LONG = 300, LEAST_SILENCE = 50e6;

/* The last place of `sorted` whose value is not above `value`; -1: none. */
export function lastAtMost(sorted, value) {
	let low = 0, high = sorted.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (sorted[middle] <= value)
			low = middle + 1;
		else
			high = middle;
	}
	return low - 1;
}

/* A number of 32 bits as the one next to `near` of those that it may stand for. */
function unwrap(value, near) {
	return value + 2 ** 32 * Math.round((near - value) / 2 ** 32);
}

export function isOnWire(kind) {
	return kind === KIND.SEGMENT || kind === KIND.ICMP;
}

export class Connection {
	constructor(view, place) {
		const summary = view.connections[place];
		Object.assign(this, { view, place, summary, items: view.items, first: summary.first, last: summary.first + summary.items });
		this.isWorld = view.source === 'world';
		this.indexNotes();
		this.isWorld ? this.layMoments() : this.layPackets();
		this.placeOf = new Int32Array(summary.items).fill(-1);
		this.arrivalOf = new Int32Array(summary.items).fill(-1);
		this.rowItem.forEach((item, row) => {
			if (this.rowPhase[row] !== PHASE.SILENCE)
				(this.rowPhase[row] === PHASE.ARRIVES ? this.arrivalOf : this.placeOf)[item - this.first] = row;
		});
		this.followNumbers();
		this.followStates();
		this.indexSamples();
		this.indexTimers();
	}

	get rows() {
		return this.rowItem.length;
	}

	/* --- which rows there are --- */

	indexNotes() {
		const { notes } = this.view;
		this.firstNote = lastAtMost(notes.item, this.first - 0.5) + 1;
		this.lastNote = lastAtMost(notes.item, this.last - 0.5) + 1;
		this.marked = new Uint8Array(this.last - this.first);
		for (let n = this.firstNote; n < this.lastNote; n++)
			if (notes.before[n] === notes.after[n] && !EVERYDAY_MARKS.has(this.view.rules[notes.rule[n]][0]))
				this.marked[notes.item[n] - this.first] = 1;
	}

	notesOf(item) {
		const { notes } = this.view, found = [];
		for (let n = lastAtMost(notes.item, item - 0.5) + 1; n < this.lastNote && notes.item[n] === item; n++)
			found.push({
				rule: this.view.rules[notes.rule[n]], end: notes.end[n], before: notes.before[n], after: notes.after[n],
				certainty: notes.certainty[n], evidence: notes.evidence[n],
			});
		return found;
	}

	/* Rules that apply to it: not the changes of states, which show; what is said of both ends is said once. */
	marksOf(item) {
		const seen = new Set();
		return this.notesOf(item).filter((n) => n.before === n.after && !seen.has(n.rule) && seen.add(n.rule));
	}

	setRows(rows) {
		this.rowItem = Int32Array.from(rows, (r) => r[0]);
		this.rowPhase = Uint8Array.from(rows, (r) => r[1]);
		this.rowTime = Float64Array.from(rows, (r) => r[2]);
	}

	layPackets() {
		const rows = [];
		for (let i = this.first; i < this.last; i++)
			rows.push([i, PHASE.HAPPENS, this.items.time[i]]);
		this.setRows(rows);
		this.merged = new Map();
	}

	layMoments() {
		const { items } = this, moments = [];
		for (let i = this.first; i < this.last; i++) {
			if (!items.shown[i])
				continue;
			moments.push([i, PHASE.HAPPENS, items.time[i], 2 * i]);
			if (isOnWire(items.kind[i]) && items.fate[i] === FATE.ARRIVED)
				/* What an arrival makes a host do happens at its time, and behind it. */
				moments.push([i, PHASE.ARRIVES, items.until[i], items.until[i] === items.time[i] ? 2 * i + 1 : -1]);
		}
		moments.sort((a, b) => a[2] - b[2] || a[3] - b[3] || a[0] - b[0]);
		this.setRows(this.withSilences(this.mergeTimers(moments)));
	}

	/* All timers that an end sets at one moment are one row. */
	mergeTimers(moments) {
		const { items } = this, rows = [];
		this.merged = new Map();
		for (const moment of moments) {
			const before = rows.at(-1), [item, , time] = moment;
			const joins = before && items.kind[item] === KIND.TIMER_SET && items.kind[before[0]] === KIND.TIMER_SET &&
				before[2] === time && items.end[before[0]] === items.end[item];
			if (joins)
				this.merged.set(before[0], [...(this.merged.get(before[0]) ?? [before[0]]), item]);
			else
				rows.push(moment);
		}
		return rows;
	}

	withSilences(moments) {
		const rows = [];
		let longestWay = 0;
		for (const [item, phase] of moments)
			if (phase === PHASE.ARRIVES)
				longestWay = Math.max(longestWay, this.items.until[item] - this.items.time[item]);
		for (const moment of moments) {
			const before = rows.at(-1);
			if (before && moment[2] - before[2] > Math.max(LEAST_SILENCE, 4 * longestWay))
				rows.push([moment[0], PHASE.SILENCE, before[2]]);
			rows.push(moment);
		}
		return rows;
	}

	/* --- numbers --- */

	/* Sequence numbers that do not wrap, and what an onlooker knows of both ends' variables after each row. */
	followNumbers() {
		const { items } = this, n = this.last - this.first;
		const nxt = [0, 0], una = [0, 0], wnd = [0, 0];
		this.low = new Float64Array(n);
		this.ackHigh = new Float64Array(n);
		this.again = new Uint8Array(n);
		this.tracks = this.isWorld ? null : [0, 1].map(() => ({
			nxt: new Float64Array(n), una: new Float64Array(n), wnd: new Float64Array(n),
		}));
		for (let i = this.first; i < this.last; i++) {
			if (items.kind[i] === KIND.SEGMENT)
				this.followSegment(i, nxt, una, wnd);
			for (const e of this.tracks ? [0, 1] : []) {
				this.tracks[e].nxt[i - this.first] = nxt[e];
				this.tracks[e].una[i - this.first] = una[e];
				this.tracks[e].wnd[i - this.first] = wnd[e];
			}
		}
		this.highest = nxt;
	}

	followSegment(i, nxt, una, wnd) {
		const { items } = this, e = items.end[i], at = i - this.first, flags = items.flags[i];
		const low = unwrap(items.seq[i], nxt[e]), high = low + this.spanOf(i);
		const ack = unwrap(items.ack[i], una[1 - e]);
		this.low[at] = low;
		this.ackHigh[at] = flags & FLAG.ACK ? ack : NaN;
		this.again[at] = high > low && high <= nxt[e] ? 1 : 0;
		if (!(flags & FLAG.RST)) {
			nxt[e] = Math.max(nxt[e], high);
			wnd[e] = this.windowOf(i);
			if (flags & FLAG.ACK)
				una[1 - e] = Math.max(una[1 - e], ack);
		}
	}

	/* Sequence space that it takes. */
	spanOf(i) {
		const flags = this.items.flags[i];
		return this.items.len[i] + (flags & FLAG.SYN ? 1 : 0) + (flags & FLAG.FIN ? 1 : 0);
	}

	/* Scaled: in a SYN it never is. */
	windowOf(i) {
		const { items } = this;
		return this.isWorld && !(items.flags[i] & FLAG.SYN) ? items.win[i] * 2 ** this.summary.ends[items.end[i]].shift
			: this.isWorld ? items.win[i] : items.c[i];
	}

	/* --- states --- */

	followStates() {
		this.moves = [[], []];
		this.rowStates = [new Int8Array(this.rows), new Int8Array(this.rows)];
		this.isWorld ? this.statesOfHosts() : this.statesSeen();
		this.moveRows = this.moves.map((moves) => Float64Array.from(moves, (move) => move.row));
	}

	/* Each end's changes of its own, in their order. */
	changesOf(e) {
		const { items } = this, changes = [];
		for (let i = this.first; i < this.last; i++)
			if (items.end[i] === e && (items.kind[i] === KIND.STATE || items.kind[i] === KIND.REBOOT))
				changes.push({ item: i, from: items.before[i], to: items.kind[i] === KIND.REBOOT ? CLOSED : items.after[i], rule: this.notesOf(i)[0]?.rule });
		return changes;
	}

	/* A segment tells the state that its sender is in once the moment is over, and its receiver's once it was taken in: what of
	 * the changes leads there has happened by that row. */
	statesOfHosts() {
		const { items } = this;
		for (const e of [0, 1]) {
			const changes = this.changesOf(e);
			let next = 0, state = changes[0]?.from ?? this.summary.ends[e].state;
			const takeUpTo = (place, row) => {
				for (; next < place; next++) {
					state = changes[next].to;
					this.moves[e].push({ row, ...changes[next] });
				}
			};
			for (let row = 0; row < this.rows; row++) {
				const i = this.rowItem[row], time = this.rowTime[row], phase = this.rowPhase[row];
				const isOver = (change) => items.time[change.item] < time ||
					(items.time[change.item] === time && phase === PHASE.HAPPENS && change.item <= i);
				while (next < changes.length && isOver(changes[next]))
					takeUpTo(next + 1, row);
				const told = this.toldState(e, i, phase);
				if (told !== null && told !== state)
					takeUpTo(changes.findIndex((change, at) => at >= next && change.to === told && items.time[change.item] <= time) + 1, row);
				this.rowStates[e][row] = told ?? state;
			}
			takeUpTo(changes.length, this.rows - 1);
		}
	}

	/* The state of the end that a row tells by itself; null: none. */
	toldState(e, i, phase) {
		const { items } = this;
		if (items.kind[i] !== KIND.SEGMENT || phase === PHASE.SILENCE || (items.end[i] === e) !== (phase === PHASE.HAPPENS))
			return null;
		return items.end[i] === e ? items.before[i] : items.after[i];
	}

	statesSeen() {
		const { items } = this, { notes } = this.view;
		for (let row = 0; row < this.rows; row++) {
			const i = this.rowItem[row], e = items.end[i];
			const known = isOnWire(items.kind[i]);
			this.rowStates[e][row] = known ? items.before[i] : row ? this.rowStates[e][row - 1] : this.summary.ends[e].state;
			this.rowStates[1 - e][row] = known ? items.after[i] : row ? this.rowStates[1 - e][row - 1] : this.summary.ends[1 - e].state;
		}
		for (let n = this.firstNote; n < this.lastNote; n++)
			if (notes.before[n] !== notes.after[n])
				this.moves[notes.end[n]].push({
					row: this.placeOf[notes.item[n] - this.first], from: notes.before[n], to: notes.after[n],
					rule: this.view.rules[notes.rule[n]],
				});
	}

	/* -1: it has none. */
	stateAt(e, row) {
		return this.rowStates[e][row];
	}

	movesUpTo(e, row) {
		return this.moves[e].slice(0, lastAtMost(this.moveRows[e], row) + 1);
	}

	changesState(e, row) {
		return row === 0 || this.stateAt(e, row) !== this.stateAt(e, row - 1);
	}

	/* --- variables, timers --- */

	indexSamples() {
		const { samples } = this.view, { first_sample: first = 0, samples: n = 0 } = this.summary;
		this.sampleAt = [[], []];
		for (let s = first; s < first + n; s++)
			this.sampleAt[samples.end[s]].push(s);
		this.sampleTime = this.sampleAt.map((places) => Float64Array.from(places, (s) => samples.time[s]));
	}

	/* An end's variables at a row, by name; null: not known. */
	variables(e, row) {
		return this.isWorld ? this.sampled(e, row) : this.tracked(e, row);
	}

	sampled(e, row) {
		const { samples } = this.view, at = lastAtMost(this.sampleTime[e], this.rowTime[row]);
		if (at < 0)
			return null;
		const s = this.sampleAt[e][at];
		const threshold = samples.ssthresh[s];
		return {
			'SND.UNA': samples.una[s], 'SND.NXT': samples.nxt[s], 'SND.WND': samples.wnd[s],
			'RCV.NXT': samples.rcv_nxt[s] < 0 ? null : samples.rcv_nxt[s], 'RCV.WND': samples.rcv_wnd[s],
			'in flight': samples.nxt[s] - samples.una[s], cwnd: samples.cwnd[s],
			ssthresh: threshold < 0 || threshold >= NO_THRESHOLD ? null : threshold, MSS: samples.mss[s],
			srtt: samples.srtt[s] || null, rttvar: samples.rttvar[s] || null, RTO: samples.rto[s] || null,
		};
	}

	tracked(e, row) {
		const at = this.rowItem[row] - this.first, own = this.tracks[e], peer = this.tracks[1 - e];
		return {
			'SND.UNA': own.una[at], 'SND.NXT': own.nxt[at], 'SND.WND': peer.wnd[at],
			'RCV.NXT': peer.una[at], 'RCV.WND': own.wnd[at], 'in flight': Math.max(0, own.nxt[at] - own.una[at]),
		};
	}

	/* Each run of a timer: from its setting to its end, whatever ended it. */
	indexTimers() {
		const { items } = this, running = new Map();
		this.timers = [[], []];
		for (let i = this.first; i < this.last; i++) {
			const kind = items.kind[i];
			if (kind < KIND.TIMER_SET || kind > KIND.TIMER_STOPPED)
				continue;
			const key = items.end[i] * 64 + items.a[i], run = running.get(key);
			if (run)
				run.ends = items.time[i];
			running.delete(key);
			if (kind !== KIND.TIMER_SET)
				continue;
			const next = { name: this.view.strings[items.text[i]], set: items.time[i], deadline: items.until[i], ends: Infinity };
			this.timers[items.end[i]].push(next);
			running.set(key, next);
		}
	}

	timersAt(e, row) {
		const now = this.rowTime[row];
		return this.timers[e].filter((t) => t.set <= now && now < t.ends && t.deadline > now);
	}

	/* When the last segment has come, or gone. */
	get lastOnWire() {
		for (let row = this.rows - 1; row >= 0; row--)
			if (isOnWire(this.items.kind[this.rowItem[row]]) && this.rowPhase[row] !== PHASE.SILENCE)
				return this.rowTime[row];
		return this.summary.end;
	}

	/* --- what is remarkable --- */

	isRemarkable(row) {
		const { items } = this, i = this.rowItem[row], kind = items.kind[i];
		if (this.rowPhase[row] === PHASE.SILENCE)
			return true;
		if (this.rowPhase[row] === PHASE.ARRIVES)
			return this.changesState(1 - items.end[i], row);
		if (this.summary.differs === i)
			return true;
		switch (kind) {
		case KIND.SEGMENT:
			return (items.flags[i] & (FLAG.SYN | FLAG.FIN | FLAG.RST)) !== 0 || items.fate[i] === FATE.LOST ||
				this.marked[i - this.first] === 1;
		case KIND.CALL:
		case KIND.RETURNED:
			return !EVERYDAY_CALL.test(this.view.strings[items.text[i]]);
		case KIND.TIMER_SET:
		case KIND.QUEUE:
			return false;
		case KIND.TIMER_FIRED:
			return !QUIET_TIMERS.has(this.view.strings[items.text[i]]);
		default:
			return true;
		}
	}

	/* The rows as they are shown: a row, or a run of everyday ones as {from, to}. `opened` holds runs by their first row. */
	lines(folds, opened) {
		const lines = [];
		for (let row = 0, to = 0; row < this.rows; row = to) {
			to = row;
			while (folds && to < this.rows && !this.isRemarkable(to))
				to++;
			const folded = to - row >= FOLD_FROM && !opened.has(row);
			to = Math.max(to, row + 1);
			if (folded)
				lines.push({ from: row, to });
			for (let each = row; each < to && !folded; each++)
				lines.push(each);
		}
		return lines;
	}

	get isLong() {
		return this.rows > FOLD_LONG;
	}

	/* --- in words --- */

	segmentText(i, absolute) {
		const { items } = this, { ends } = this.summary, e = items.end[i];
		if (items.kind[i] === KIND.ICMP)
			return `icmp ${this.view.strings[items.text[i]].replace(/^icmp /, '')}`;
		return segmentText(items, i, this.view.strings, absolute ? [ends[e].isn, ends[1 - e].isn] : null);
	}

	timersText(item) {
		const { items } = this, last = new Map();
		for (const i of this.merged.get(item) ?? [item])
			last.set(this.view.strings[items.text[i]], items.until[i] - items.time[i]);
		return [...last].map(([name, ns]) => `${name} ${span(ns)}`).join('; ');
	}

	/* What a row that is no segment says. */
	rowText(row) {
		const { items } = this, i = this.rowItem[row], text = this.view.strings[items.text[i]];
		const states = this.view.states;
		if (this.rowPhase[row] === PHASE.SILENCE)
			return `${span(this.rowTime[row + 1] - this.rowTime[row])} in which nothing happens`;
		switch (items.kind[i]) {
		case KIND.TWIN: return 'the last segment\'s twin arrives';
		case KIND.TIMER_SET: return this.timersText(i);
		case KIND.TIMER_FIRED: return `${text} fires`;
		case KIND.STATE: return `${states[items.before[i]]} to ${states[items.after[i]]}`;
		case KIND.QUEUE: return `port ${items.c[i]}: ${items.a[i]} in SYN_RCVD, ${items.b[i]} to accept`;
		case KIND.CWND: return `cwnd ${items.a[i]}, ssthresh ${items.b[i]}`;
		case KIND.ERROR: return `its program will get ${text}`;
		case KIND.REBOOT: return `goes down and comes up again; it has forgotten ${plural(items.a[i], 'connection')}`;
		case KIND.STALL: return `${span(items.until[i] - items.time[i])} ${text}`;
		default: return text;
		}
	}

	lossText(i) {
		const { items } = this, { nodes = [], strings } = this.view, from = items.lost_from[i], to = items.lost_to[i];
		return `${from === to ? `lost at ${nodes[from]}` : `lost between ${nodes[from]} and ${nodes[to]}`}: ${strings[items.cause[i]]}`;
	}

	foldText({ from, to }) {
		const { items } = this, segments = [0, 0], octets = [0, 0];
		for (let row = from; row < to; row++) {
			const i = this.rowItem[row];
			if (this.rowPhase[row] === PHASE.HAPPENS && items.kind[i] === KIND.SEGMENT) {
				segments[items.end[i]]++;
				octets[items.end[i]] += items.len[i];
			}
		}
		return `${to - from} everyday rows: ${plural(segments[0], 'segment')} to the right (${octets[0]} bytes), ` +
			`${segments[1]} to the left (${octets[1]} bytes)`;
	}
}

/* "c3p91": the connection and the packet; "c3r91" where the row is in no capture. */
export function linkOf(connection, row) {
	const packet = connection.items.packet[connection.rowItem[row]];
	const onPacket = packet > 0 && connection.rowPhase[row] === PHASE.HAPPENS && isOnWire(connection.items.kind[connection.rowItem[row]]);
	return `c${connection.summary.number}${onPacket ? `p${packet}` : `r${row}`}`;
}

/* The row of packet `number`; -1: it is not here. */
export function rowOfPacket(connection, number) {
	for (let row = 0; row < connection.rows; row++) {
		const i = connection.rowItem[row];
		if (connection.items.packet[i] === number && isOnWire(connection.items.kind[i]) && connection.rowPhase[row] === PHASE.HAPPENS)
			return row;
	}
	return -1;
}
