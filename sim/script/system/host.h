/*
 * The simulated host as a system under test: virtual time, no privileges. A call that would wait is
 * tried again whenever something happened to the host; time goes from one of the host's deadlines
 * to the next.
 */
#ifndef SCRIPT_SYSTEM_HOST_H
#define SCRIPT_SYSTEM_HOST_H

#include "script/shell/files.h"
#include "script/system/config.h"
#include "script/system/sut.h"
#include <tcpsim/profile.h>

/* Is it a BSD, as scripts see it (#ifdef FreeBSD, the dialect)? */
enum sut_platform sut_platform_of(const struct tcpsim_profile *profile);

/*
 * `files` are those of the machine that the script's commands may read (NULL: none), and outlive
 * it; allow_shell lets them run real programs. NULL and *error when the host cannot be made as the
 * settings want.
 */
struct sut *sut_host_new(const struct tcpsim_profile *profile, const struct script_config *config,
	const struct script_files *files, bool allow_shell, GError **error);

#endif
