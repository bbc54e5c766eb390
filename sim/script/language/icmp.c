/* Names of ICMP types and codes in the language: RFC 792, 1122, 1812, 4443. */
#include "script/language/icmp.h"
#include <string.h>

struct icmp_code {
	const char *type, *name;
	int number;
};

struct icmp_type {
	const char *name;
	int number;
};

static const struct icmp_type TYPES_4[] = {{"echo_reply", 0}, {"unreachable", 3},
	{"source_quench", 4}, {"redirect", 5}, {"echo_request", 8}, {"time_exceeded", 11},
	{"parameter_problem", 12}, {"timestamp_request", 13}, {"timestamp_reply", 14},
	{"information_request", 15}, {"information_reply", 16}, {"address_mask_request", 17},
	{"address_mask_reply", 18}, {NULL, -1}};

static const struct icmp_type TYPES_6[] = {{"unreachable", 1}, {"packet_too_big", 2},
	{"time_exceeded", 3}, {"parameter_problem", 4}, {"echo_request", 128}, {"echo_reply", 129},
	{"router_advertisement", 134}, {NULL, -1}};

static const struct icmp_code CODES_4[] = {{"unreachable", "net_unreachable", 0},
	{"unreachable", "host_unreachable", 1}, {"unreachable", "protocol_unreachable", 2},
	{"unreachable", "port_unreachable", 3}, {"unreachable", "frag_needed", 4},
	{"unreachable", "source_route_failed", 5}, {"unreachable", "net_unknown", 6},
	{"unreachable", "host_unknown", 7}, {"unreachable", "source_host_isolated", 8},
	{"unreachable", "net_prohibited", 9}, {"unreachable", "host_prohibited", 10},
	{"unreachable", "net_unreachable_for_tos", 11},
	{"unreachable", "host_unreachable_for_tos", 12}, {"unreachable", "packet_filtered", 13},
	{"unreachable", "precedence_violation", 14}, {"unreachable", "precedence_cutoff", 15},
	{"time_exceeded", "ttl_exceeded_in_transit", 0},
	{"time_exceeded", "frag_reass_exceeded", 1}, {NULL, NULL, -1}};

static const struct icmp_code CODES_6[] = {{"unreachable", "no_route", 0},
	{"unreachable", "admin_prohibited", 1}, {"unreachable", "not_neighbour", 2},
	{"unreachable", "address_unreachable", 3}, {"unreachable", "port_unreachable", 4},
	{"time_exceeded", "exceeded_hop_limit", 0}, {"time_exceeded", "exceeded_frag_time", 1},
	{"parameter_problem", "header_field", 0}, {"parameter_problem", "unknown_next_header", 1},
	{"parameter_problem", "unknown_option", 2}, {NULL, NULL, -1}};

/* type_17, code_3: any number. */
static int numbered(const char *name, const char *prefix)
{
	char *end;
	guint64 value;

	if (!g_str_has_prefix(name, prefix))
		return -1;
	value = g_ascii_strtoull(name + strlen(prefix), &end, 10);
	return *end == '\0' && end != name + strlen(prefix) && value <= 255 ? (int)value : -1;
}

int icmp_type_number(const char *name, bool v6)
{
	for (const struct icmp_type *type = v6 ? TYPES_6 : TYPES_4; type->name != NULL; type++)
		if (strcmp(type->name, name) == 0)
			return type->number;
	return numbered(name, "type_");
}

int icmp_code_number(const char *type, const char *name, bool v6)
{
	if (name == NULL)
		return 0;
	for (const struct icmp_code *code = v6 ? CODES_6 : CODES_4; code->name != NULL; code++)
		if (strcmp(code->type, type) == 0 && strcmp(code->name, name) == 0)
			return code->number;
	return numbered(name, "code_");
}

void icmp_text(uint8_t type, uint8_t code, bool v6, GString *out)
{
	const struct icmp_type *t = v6 ? TYPES_6 : TYPES_4;

	while (t->name != NULL && t->number != type)
		t++;
	if (t->name != NULL)
		g_string_append_printf(out, "icmp %s", t->name);
	else
		g_string_append_printf(out, "icmp type_%u", type);
	for (const struct icmp_code *c = v6 ? CODES_6 : CODES_4; c->name != NULL && t->name != NULL;
		c++) {
		if (strcmp(c->type, t->name) == 0 && c->number == code) {
			g_string_append_printf(out, " %s", c->name);
			return;
		}
	}
	g_string_append_printf(out, " code_%u", code);
}
