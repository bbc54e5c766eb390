/*
 * The names that systems give their settings, each with the field of the profile it stands for and
 * the form its value has. A name is listed only if setting it has its effect; a fact that cannot be
 * changed here is listed as fixed, and setting it to anything else is refused.
 */
#ifndef TCPSIM_PROFILE_SYSCTL_H
#define TCPSIM_PROFILE_SYSCTL_H

#include <tcpsim/profile.h>

struct tcpsim_host;

enum sysctl_form {
	SYSCTL_BOOL,   /* 0 or 1 */
	SYSCTL_NOT,    /* a bool that means the contrary of the field */
	SYSCTL_INT,    /* min to max; a second field is set alike */
	SYSCTL_UNTIL,  /* min to max; above `unit` only where the second field, a bool, is set */
	SYSCTL_TIME,   /* a count of `unit` ns, min to max; further fields are set alike */
	SYSCTL_INTS,   /* three fields, blanks between (tcp_rmem) */
	SYSCTL_PORTS,  /* two fields, first not above last */
	SYSCTL_EITHER, /* 0 or 1, which stand for the values min and max of an int field */
	SYSCTL_CHOICE, /* the same for an enum field */
	/* net.inet.tcp.syncookies: 0 never, 1 at need, whatever syncookies_only says */
	SYSCTL_COOKIES,
	SYSCTL_ONLY,	/* net.inet.tcp.syncookies_only: 1 always */
	SYSCTL_BIT,	/* 0 or 1: the bit `unit` of an int field */
	SYSCTL_STAMPS,	/* net.ipv4.tcp_timestamps: 0 off, 1 with and 2 without a random offset */
	SYSCTL_RFC1323, /* net.inet.tcp.rfc1323: 0 neither, 1 both, 2 scaling, 3 timestamps */
	SYSCTL_CC,	/* name of a congestion control */
	SYSCTL_CCS,	/* the names there are; read only */
	SYSCTL_QDISC,	/* net.core.default_qdisc: fq paces, the others do not */
	SYSCTL_KEYS,	/* Fast Open keys */
	SYSCTL_FORGET,	/* not 0: the host forgets paths */
	/* a number, without effect: the system itself has it for old scripts only, or it is
	 * about what is not simulated */
	SYSCTL_LEGACY,
	SYSCTL_FIXED, /* `text`, and nothing else */
};

struct tcpsim_sysctl {
	const char *name; /* NULL ends a table */
	enum sysctl_form form;
	uint16_t field[3]; /* offsets in struct tcpsim_profile; 0: none */
	int64_t min, max;  /* the system's own limits, within those of the field's row */
	int64_t unit;
	const char *text;
};

extern const struct tcpsim_sysctl SYSCTLS_LINUX[], SYSCTLS_FREEBSD[];

/* Value as text / set from text; errors as tcpsim_host_sysctl_get and _set_why have them. */
int sysctl_get(
	struct tcpsim_host *host, const struct tcpsim_sysctl *sysctl, char *out, size_t size);
int sysctl_set(struct tcpsim_host *host, const struct tcpsim_sysctl *sysctl, const char *value,
	char *why, size_t size);

struct sysctl_limits {
	int64_t least, most;
};

#endif
