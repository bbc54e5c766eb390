/* Packets in text: the one notation of the program. */
#include "script/language/format_packet.h"
#include "script/language/ast.h"

#include <string.h>
#include <tcpsim/segment.h>

static void format_ip_info(const struct script_ip *ip, GString *out)
{
	static const char *const ECN[] = {"noecn", "ect1", "ect0", "ce"};
	const char *before = "(";
	size_t start = out->len;

	if (ip->ttl != 0) {
		g_string_append_printf(out, "%sttl %u", before, ip->ttl);
		before = ", ";
	}
	if (ip->check == TOS_BYTE)
		g_string_append_printf(out, "%stos 0x%x", before, ip->tos);
	else if (ip->check == TOS_ECN)
		g_string_append_printf(out, "%s%s", before, ECN[ip->tos & 3]);
	else if (ip->check == TOS_DSCP)
		g_string_append_printf(out, "%sdscp 0x%x", before, ip->tos >> 2);
	else if (ip->check == TOS_ECT01)
		g_string_append_printf(out, "%sect01", before);
	else if (ip->check == TOS_DSCP_ECT01)
		g_string_append_printf(out, "%sdscp 0x%x, ect01", before, ip->tos >> 2);
	if (out->len > start)
		before = ", ";
	if (ip->has_flow_label)
		g_string_append_printf(out, "%sflowlabel 0x%x", before, ip->flow_label);
	if (out->len > start)
		g_string_append(out, ") ");
}

void format_flags(uint16_t flags, int ace, GString *out)
{
	static const struct {
		char letter;
		uint16_t flag;
	} ORDER[] = {{'S', TCPSIM_SYN}, {'F', TCPSIM_FIN}, {'R', TCPSIM_RST}, {'P', TCPSIM_PSH},
		{'U', TCPSIM_URG}, {'E', TCPSIM_ECE}, {'W', TCPSIM_CWR}, {'A', TCPSIM_AE},
		{'.', TCPSIM_ACK}};
	size_t start = out->len;

	for (size_t i = 0; i < G_N_ELEMENTS(ORDER); i++)
		if (flags & ORDER[i].flag)
			g_string_append_c(out, ORDER[i].letter);
	if (ace >= 0)
		g_string_append_printf(out, "%d", ace);
	if (out->len == start)
		g_string_append_c(out, '-');
}

static uint64_t get(const uint8_t *bytes, unsigned n)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	return value;
}

static void format_hex(const uint8_t *bytes, size_t len, GString *out)
{
	for (size_t i = 0; i < len; i++)
		g_string_append_printf(out, "%02x", bytes[i]);
}

static void format_word_and_hex(const char *word, const uint8_t *bytes, size_t len, GString *out)
{
	g_string_append(out, word);
	if (len > 0)
		g_string_append_c(out, ' ');
	format_hex(bytes, len, out);
}

static bool format_counters(
	const char *word, bool e1_first, const uint8_t *bytes, size_t len, GString *out)
{
	static const char *const ORDER[2][3] = {{"e0b", "ceb", "e1b"}, {"e1b", "ceb", "e0b"}};

	if (len % 3 != 0 || len > 9)
		return false;
	g_string_append(out, word);
	for (size_t i = 0; i < len / 3; i++)
		g_string_append_printf(
			out, " %s %u", ORDER[e1_first][i], (unsigned)get(bytes + 3 * i, 3));
	return true;
}

static bool format_sack(const uint8_t *bytes, size_t len, GString *out)
{
	if (len < 8 || len % 8 != 0)
		return false;
	g_string_append(out, "sack");
	for (size_t i = 0; i < len; i += 8)
		g_string_append_printf(out, " %u:%u", (unsigned)get(bytes + i, 4),
			(unsigned)get(bytes + i + 4, 4));
	return true;
}

static bool format_experimental(const uint8_t *bytes, size_t len, GString *out)
{
	unsigned id;

	if (len < 2)
		return false;
	id = (unsigned)get(bytes, 2);
	if (id == 0xf989) {
		format_word_and_hex("FOEXP", bytes + 2, len - 2, out);
	} else if (id == 0xacc0 || id == 0xacc1) {
		return format_counters(id == 0xacc1 ? "exp-AccECN1" : "exp-AccECN0", id == 0xacc1,
			bytes + 2, len - 2, out);
	} else if (id == 0x00ac && len <= 3) {
		g_string_append(out, "exp-tarr");
		if (len == 3)
			g_string_append_printf(out, " %u", bytes[2] >> 1);
	} else {
		g_string_append_printf(out, "exp-%04x", id);
		if (len > 2)
			g_string_append_c(out, ' ');
		format_hex(bytes + 2, len - 2, out);
	}
	return true;
}

/* An option whose length is the one its kind has; false if it must be shown as bytes. */
static bool format_known_option(const uint8_t *b, size_t len, GString *out)
{
	switch (b[0]) {
	case TCPSIM_OPT_MSS:
		if (len != 4)
			return false;
		g_string_append_printf(out, "mss %u", (unsigned)get(b + 2, 2));
		return true;
	case TCPSIM_OPT_WSCALE:
		if (len != 3)
			return false;
		g_string_append_printf(out, "wscale %u", b[2]);
		return true;
	case TCPSIM_OPT_SACK_PERMITTED:
		if (len != 2)
			return false;
		g_string_append(out, "sackOK");
		return true;
	case TCPSIM_OPT_SACK: return format_sack(b + 2, len - 2, out);
	case TCPSIM_OPT_TIMESTAMP:
		if (len != 10)
			return false;
		g_string_append_printf(
			out, "TS val %u ecr %u", (unsigned)get(b + 2, 4), (unsigned)get(b + 6, 4));
		return true;
	case TCPSIM_OPT_MD5:
		if (len <= 2)
			return false;
		format_word_and_hex("md5", b + 2, len - 2, out);
		return true;
	case TCPSIM_OPT_FASTOPEN: format_word_and_hex("FO", b + 2, len - 2, out); return true;
	case TCPSIM_OPT_ACCECN0:
	case TCPSIM_OPT_ACCECN1:
		return format_counters(b[0] == TCPSIM_OPT_ACCECN1 ? "AccECN1" : "AccECN0",
			b[0] == TCPSIM_OPT_ACCECN1, b + 2, len - 2, out);
	case TCPSIM_OPT_EXP: return format_experimental(b + 2, len - 2, out);
	default: return false;
	}
}

static void format_option(const uint8_t *bytes, size_t len, GString *out)
{
	if (bytes[0] == TCPSIM_OPT_NOP && len == 1)
		g_string_append(out, "nop");
	else if (bytes[0] == TCPSIM_OPT_EOL && len == 1)
		g_string_append(out, "eol");
	else if (len < 2 || !format_known_option(bytes, len, out)) {
		g_string_append_printf(out, "gen-%u", bytes[0]);
		if (len > 2)
			g_string_append_c(out, ' ');
		format_hex(bytes + 2, len > 2 ? len - 2 : 0, out);
	}
}

void format_option_bytes(const uint8_t *bytes, size_t len, GString *out)
{
	g_string_append_c(out, '<');
	for (size_t at = 0; at < len;) {
		size_t n = bytes[at] <= TCPSIM_OPT_NOP ? 1 : at + 1 < len ? bytes[at + 1] : 0;

		if (at > 0)
			g_string_append_c(out, ',');
		if (n == 0 || (n < 2 && bytes[at] > TCPSIM_OPT_NOP) || at + n > len) {
			g_string_append(out, "malformed ");
			format_hex(bytes + at, len - at, out);
			break;
		}
		format_option(bytes + at, n, out);
		at += n;
	}
	g_string_append_c(out, '>');
}

static void format_script_option(const struct script_tcp_option *option, GString *out)
{
	if (option->valid_md5) {
		g_string_append(out, "md5 valid");
	} else if (option->any_ts_val) {
		g_string_append_printf(
			out, "TS val ... ecr %u", (unsigned)get(option->bytes + 6, 4));
	} else {
		format_option(option->bytes, option->len, out);
		if (option->word != NULL)
			g_string_append_printf(out, " %s", option->word);
	}
	if (option->absolute_ecr)
		g_string_append_c(out, '!');
}

static void format_options(const struct script_packet *packet, GString *out)
{
	if (packet->any_options) {
		g_string_append(out, " <...>");
		return;
	}
	if (packet->options == NULL)
		return;
	g_string_append(out, " <");
	if (packet->raw_options)
		format_hex(packet->options->bytes, packet->options->len, out);
	for (const struct script_tcp_option *o = packet->options; o != NULL && !packet->raw_options;
		o = o->next) {
		if (o != packet->options)
			g_string_append_c(out, ',');
		format_script_option(o, out);
	}
	g_string_append_c(out, '>');
}

static void format_sequence(const struct script_packet *packet, GString *out)
{
	if (packet->any_seq)
		g_string_append_printf(out, "...(%u)", packet->payload_len);
	else
		g_string_append_printf(out, "%u:%" G_GUINT64_FORMAT "(%u)%s", packet->seq,
			(guint64)packet->seq + packet->payload_len, packet->payload_len,
			packet->absolute_seq ? "!" : "");
}

static void format_tunnel(const struct script_packet *packet, GString *out)
{
	if (packet->has_udp_tunnel)
		g_string_append_printf(
			out, "/udp(%u > %u)", packet->tunnel_src, packet->tunnel_dst);
}

static void format_tcp(const struct script_packet *packet, GString *out)
{
	format_flags(packet->flags, packet->ace, out);
	g_string_append_c(out, ' ');
	format_sequence(packet, out);
	if (packet->has_ack)
		g_string_append_printf(out, " ack %u", packet->ack);
	if (packet->window >= 0)
		g_string_append_printf(out, " win %d", packet->window);
	if (packet->has_urgent)
		g_string_append_printf(out, " urg %u", packet->urgent);
	format_options(packet, out);
	if (packet->has_reset_reason)
		g_string_append_printf(
			out, " [code %u, pen %u]", packet->reset_code, packet->reset_pen);
	format_tunnel(packet, out);
}

static void format_icmp(const struct script_packet *packet, GString *out)
{
	g_string_append_printf(out, "icmp %s", packet->icmp_type);
	if (packet->icmp_code != NULL)
		g_string_append_printf(out, " %s", packet->icmp_code);
	if (packet->icmp_mtu >= 0)
		g_string_append_printf(out, " mtu %" G_GINT64_FORMAT, packet->icmp_mtu);
	if (packet->icmp_id != 0)
		g_string_append_printf(out, " id %u", packet->icmp_id);
	if (packet->quote == QUOTE_NONE)
		return;
	g_string_append(out, " [");
	if (packet->quote == QUOTE_TCP) {
		format_sequence(packet, out);
		format_tunnel(packet, out);
	} else {
		g_string_append_printf(out, "%s(%u)", packet->quote == QUOTE_UDP ? "udp" : "raw",
			packet->payload_len);
	}
	g_string_append_c(out, ']');
}

static void format_encap(const struct script_encap *encap, GString *out)
{
	static const char *const NAMES[] = {"ipv4", "ipv6", "gre", "mpls"};

	g_string_append_printf(out, "%s ", NAMES[encap->kind]);
	format_ip_info(&encap->ip, out);
	if (encap->text != NULL)
		g_string_append_printf(out, "%s: ", encap->text);
	else
		g_string_append_printf(out, "%s > %s: ", encap->src, encap->dst);
}

void format_packet(const struct script_packet *packet, GString *out)
{
	g_string_append(out, packet->outbound ? "> " : "< ");
	for (const struct script_encap *encap = packet->encaps; encap != NULL; encap = encap->next)
		format_encap(encap, out);
	format_ip_info(&packet->ip, out);
	if (packet->kind == PACKET_UDP)
		g_string_append(out, "udp ");
	if (packet->has_ports)
		g_string_append_printf(out, "%u > %u ", packet->src_port, packet->dst_port);
	if (packet->kind == PACKET_TCP)
		format_tcp(packet, out);
	else if (packet->kind == PACKET_ICMP)
		format_icmp(packet, out);
	else
		g_string_append_printf(out, "(%u)", packet->payload_len);
}
