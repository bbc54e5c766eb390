#include "script/system/info.h"

#include <string.h>
#include <tcpsim/tcp_info.h>

struct info_field {
	const char *name;
	uint16_t offset;
	uint8_t size;
};

#define FIELD(name)                                                                                \
	{                                                                                          \
#name, offsetof(struct tcpsim_tcp_info, name),                                     \
			sizeof(((struct tcpsim_tcp_info *)NULL)->name)                             \
	}

static const struct info_field FIELDS[] = {FIELD(tcpi_state), FIELD(tcpi_ca_state),
	FIELD(tcpi_retransmits), FIELD(tcpi_probes), FIELD(tcpi_backoff), FIELD(tcpi_options),
	FIELD(tcpi_rto), FIELD(tcpi_ato), FIELD(tcpi_snd_mss), FIELD(tcpi_rcv_mss),
	FIELD(tcpi_unacked), FIELD(tcpi_sacked), FIELD(tcpi_lost), FIELD(tcpi_retrans),
	FIELD(tcpi_fackets), FIELD(tcpi_last_data_sent), FIELD(tcpi_last_ack_sent),
	FIELD(tcpi_last_data_recv), FIELD(tcpi_last_ack_recv), FIELD(tcpi_pmtu),
	FIELD(tcpi_rcv_ssthresh), FIELD(tcpi_rtt), FIELD(tcpi_rttvar), FIELD(tcpi_snd_ssthresh),
	FIELD(tcpi_snd_cwnd), FIELD(tcpi_advmss), FIELD(tcpi_reordering), FIELD(tcpi_rcv_rtt),
	FIELD(tcpi_rcv_space), FIELD(tcpi_total_retrans), FIELD(tcpi_pacing_rate),
	FIELD(tcpi_max_pacing_rate), FIELD(tcpi_bytes_acked), FIELD(tcpi_bytes_received),
	FIELD(tcpi_segs_out), FIELD(tcpi_segs_in), FIELD(tcpi_notsent_bytes), FIELD(tcpi_min_rtt),
	FIELD(tcpi_data_segs_in), FIELD(tcpi_data_segs_out), FIELD(tcpi_delivery_rate),
	FIELD(tcpi_busy_time), FIELD(tcpi_rwnd_limited), FIELD(tcpi_sndbuf_limited),
	FIELD(tcpi_delivered), FIELD(tcpi_delivered_ce), FIELD(tcpi_bytes_sent),
	FIELD(tcpi_bytes_retrans), FIELD(tcpi_dsack_dups), FIELD(tcpi_reord_seen),
	FIELD(tcpi_rcv_ooopack), FIELD(tcpi_snd_wnd), FIELD(tcpi_rcv_wnd), FIELD(tcpi_rehash),
	FIELD(tcpi_total_rto), FIELD(tcpi_total_rto_recoveries), FIELD(tcpi_total_rto_time),
	FIELD(tcpi_received_ce), FIELD(tcpi_delivered_e1_bytes), FIELD(tcpi_delivered_e0_bytes),
	FIELD(tcpi_delivered_ce_bytes), FIELD(tcpi_received_e1_bytes),
	FIELD(tcpi_received_e0_bytes), FIELD(tcpi_received_ce_bytes)};

static int64_t field_value(const struct tcpsim_tcp_info *info, const struct info_field *field)
{
	uint64_t value = 0;

	memcpy(&value, (const uint8_t *)info + field->offset, field->size);
	return (int64_t)value;
}

void sut_info_each(const void *bytes, size_t len, sut_field_fn each, void *context)
{
	struct tcpsim_tcp_info info = {0};

	memcpy(&info, bytes, MIN(len, sizeof(info)));
	for (size_t i = 0; i < G_N_ELEMENTS(FIELDS); i++)
		if ((size_t)FIELDS[i].offset + FIELDS[i].size <= len)
			each(context, FIELDS[i].name, field_value(&info, &FIELDS[i]));
	each(context, "tcpi_snd_wscale", info.tcpi_snd_wscale);
	each(context, "tcpi_rcv_wscale", info.tcpi_rcv_wscale);
	each(context, "tcpi_delivery_rate_app_limited", info.tcpi_delivery_rate_app_limited);
	each(context, "tcpi_fastopen_client_fail", info.tcpi_fastopen_client_fail);
	each(context, "tcpi_ecn_mode", info.tcpi_ecn_mode);
	each(context, "tcpi_accecn_opt_seen", info.tcpi_accecn_opt_seen);
	each(context, "tcpi_accecn_fail_mode", info.tcpi_accecn_fail_mode);
	each(context, "tcpi_options2", info.tcpi_options2);
}
