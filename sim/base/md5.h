/* MD5 (RFC 1321), by GLib, for hosts that sign their segments (RFC 2385). Pure. */
#ifndef SIM_BASE_MD5_H
#define SIM_BASE_MD5_H

#include <tcpsim/host.h>

/* NULL where GLib has none (web/lab): hosts have no TCP_MD5SIG there. */
extern const tcpsim_md5_fn base_md5;

#endif
