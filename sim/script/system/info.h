/*
 * The figures of TCP_INFO by the names that scripts use (tcpi_rtt ...). The simulated host's and
 * the running kernel's have one layout, <linux/tcp.h>'s; what a kernel does not have yet is not
 * told.
 */
#ifndef SCRIPT_SYSTEM_INFO_H
#define SCRIPT_SYSTEM_INFO_H

#include "script/system/sut.h"

/* Calls `each` for every field that lies wholly within the first `len` bytes. */
void sut_info_each(const void *info, size_t len, sut_field_fn each, void *context);

#endif
