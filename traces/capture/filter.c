#include "traces/capture/filter.h"

#include <pcap/pcap.h>
#include <string.h>

struct program {
	int link_type;
	bool compiled;
	struct bpf_program code;
};

struct filter {
	char *expression;
	GArray *programs; /* struct program: few, searched in order */
};

/* libpcap's functions want its own DLT_ numbers, which differ from the files' LINKTYPE_ numbers in
 * a few places. */
static int dlt_of(int link_type)
{
	switch (link_type) {
	case 14: /* raw IP of OpenBSD */
	case 101: return DLT_RAW;
	case 100: return DLT_ATM_RFC1483;
	default: return link_type;
	}
}

const char *capture_link_name(int link_type)
{
	const char *name = pcap_datalink_val_to_name(dlt_of(link_type));
	char number[16];

	if (name)
		return name;
	g_snprintf(number, sizeof(number), "%d", link_type);
	return g_intern_string(number);
}

/* NULL, or libpcap's words on why not. */
static char *compile(const char *expression, int link_type, struct bpf_program *code)
{
	pcap_t *dead = pcap_open_dead(dlt_of(link_type), 262144);
	char *why = NULL;

	if (pcap_compile(dead, code, expression, 1, PCAP_NETMASK_UNKNOWN) < 0)
		why = g_strdup(pcap_geterr(dead));
	pcap_close(dead);
	return why;
}

struct filter *filter_new(const char *expression, GError **error)
{
	static const int common[] = {DLT_EN10MB, DLT_RAW, DLT_IEEE802_11_RADIO, DLT_LINUX_SLL};
	struct bpf_program code;
	struct filter *filter;
	char *first = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
		char *why = compile(expression, common[i], &code);

		if (!why) {
			pcap_freecode(&code);
			g_free(first);
			filter = g_new0(struct filter, 1);
			filter->expression = g_strdup(expression);
			filter->programs = g_array_new(false, true, sizeof(struct program));
			return filter;
		}
		if (first)
			g_free(why);
		else
			first = why;
	}
	g_set_error(error, CAPTURE_ERROR, CAPTURE_FILTER, "filter '%s': %s; see pcap-filter(7)",
		expression, first);
	g_free(first);
	return NULL;
}

static const struct program *program_for(struct filter *filter, int link_type)
{
	struct program new = {.link_type = link_type};
	char *why;

	for (guint i = 0; i < filter->programs->len; i++) {
		struct program *p = &g_array_index(filter->programs, struct program, i);

		if (p->link_type == link_type)
			return p;
	}
	why = compile(filter->expression, link_type, &new.code);
	new.compiled = !why;
	g_free(why);
	g_array_append_val(filter->programs, new);
	return &g_array_index(filter->programs, struct program, filter->programs->len - 1);
}

bool filter_matches(struct filter *filter, const struct capture_packet *packet)
{
	const struct program *p = program_for(filter, packet->link_type);
	const struct pcap_pkthdr header = {.caplen = packet->captured, .len = packet->original};

	return p->compiled && pcap_offline_filter(&p->code, &header, packet->bytes);
}

void filter_free(struct filter *filter)
{
	if (!filter)
		return;
	for (guint i = 0; i < filter->programs->len; i++) {
		struct program *p = &g_array_index(filter->programs, struct program, i);

		if (p->compiled)
			pcap_freecode(&p->code);
	}
	g_array_unref(filter->programs);
	g_free(filter->expression);
	g_free(filter);
}
