/* Text to packets. See segment.h. */
#include "testkit/segment.h"

#include "script/language/digest.h"
#include "script/language/icmp.h"
#include "script/language/parser.h"
#include "testkit/testkit.h"
#include <stdio.h>
#include <string.h>

/* The message, the text, and a mark under the place that the message begins with. */
static void fail_at(const char *call, const char *text, const char *message)
{
	int column = 1;

	sscanf(message, "column %d:", &column);
	testkit_fail("%s: %s\n  %s\n  %*s^", call, message, text, column - 1, "");
}

static size_t options_len(const struct script_packet *packet)
{
	size_t len = 0;

	for (const struct script_tcp_option *o = packet->options; o; o = o->next)
		len += o->len;
	return len;
}

/* What the language has and a test of one host cannot use; NULL: nothing of it. */
static const char *not_for_tests(const struct tcpsim_peer *peer, const struct script_packet *packet)
{
	if (packet->kind == PACKET_UDP)
		return "UDP is no TCP: segments and ICMP messages are sent and compared";
	if (packet->encaps)
		return "outer headers are neither sent nor compared";
	if (packet->has_udp_tunnel)
		return "segments in UDP are neither sent nor compared";
	if (packet->has_reset_reason)
		return "the reason of a reset is neither sent nor compared";
	if (packet->ip.has_flow_label)
		return "flow labels are neither sent nor compared";
	if (packet->kind == PACKET_ICMP &&
		(packet->quote == QUOTE_UDP || packet->quote == QUOTE_RAW))
		return "an ICMP message quotes a TCP segment: [SEQ:END(LEN)]";
	for (const struct script_tcp_option *o = packet->options; o; o = o->next)
		if (o->word)
			return "an option's value is written in figures, not as a word";
	if (digest_is_written(packet) && !peer->options.md5_key)
		return "there is no key that an MD5 digest could be made with: give md5_key in "
		       "struct tcpsim_peer_options";
	if (options_len(packet) > TCPSIM_MAX_OPTIONS_LEN)
		return "the options take more than the 40 bytes that a header holds";
	return NULL;
}

static const char *wrong_icmp_name(const struct script_packet *packet, bool v6)
{
	if (packet->kind != PACKET_ICMP)
		return NULL;
	if (icmp_type_number(packet->icmp_type, v6) < 0)
		return v6 ? "ICMPv6 has no such type; write its name or type_N"
			  : "ICMP has no such type; write its name or type_N";
	if (icmp_code_number(packet->icmp_type, packet->icmp_code, v6) < 0)
		return "that type has no such code; write its name or code_N";
	return NULL;
}

struct script *testkit_parse(
	const char *call, const struct tcpsim_peer *peer, const char *text, bool outbound)
{
	struct script *script = NULL;
	GError *error = NULL;
	const char *wrong = strchr(text, '\n') ? "a packet is one line" : NULL;

	if (!wrong) {
		script = script_parse_packet(text, outbound, &error);
		if (!script) {
			fail_at(call, text, error->message);
			g_error_free(error);
			return NULL;
		}
		wrong = not_for_tests(peer, &script->events->packet);
	}
	if (!wrong)
		wrong = wrong_icmp_name(&script->events->packet, peer->options.ip_version == 6);
	if (!wrong)
		return script;
	fail_at(call, text, wrong);
	script_free(script);
	return NULL;
}

static void add32(uint8_t *bytes, uint32_t value)
{
	uint32_t sum = value + ((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
				       (uint32_t)bytes[2] << 8 | bytes[3]);

	for (int i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(sum >> (24 - 8 * i));
}

size_t testkit_options(
	const struct script_packet *packet, uint32_t sack, uint8_t out[TCPSIM_MAX_OPTIONS_LEN])
{
	size_t len = 0;

	for (const struct script_tcp_option *o = packet->options; o; o = o->next) {
		memcpy(out + len, o->bytes, o->len);
		if (!packet->raw_options && o->bytes[0] == TCPSIM_OPT_SACK) {
			for (size_t at = 2; at + 4 <= o->len; at += 4)
				add32(out + len + at, sack);
		}
		len += o->len;
	}
	return len;
}
