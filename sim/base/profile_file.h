/*
 * A profile in a file: what a system's TCP is set to, as somebody needs it who has no system of
 * ours in front of him.
 *
 *   # a comment
 *   name = ours                       what it calls itself; the file's name without .profile, if it
 * is not there from = linux                      the profile that it derives from: the first line
 * but comments initial_window = 4                any setting of `tcpsim profiles --schema`
 *   net.ipv4.tcp_timestamps = 0       or of that system's sysctls
 *
 * Settings are taken in the file's order and held to their ranges. An error is one line: FILE:LINE:
 * what, and what was meant.
 */
#ifndef SIM_BASE_PROFILE_FILE_H
#define SIM_BASE_PROFILE_FILE_H

#include <glib.h>
#include <stdbool.h>
#include <tcpsim/profile.h>

/* Names of profiles have neither a slash nor this ending. */
bool profile_is_file(const char *name);
/* The caller frees it with profile_file_free(); NULL and *error if it cannot be read
 * or is wrong. */
struct tcpsim_profile *profile_file_load(const char *path, GError **error);
void profile_file_free(struct tcpsim_profile *profile);

/*
 * The running kernel's sysctls as such a file, from = linux: those that differ from that profile's,
 * and as comments those that this kernel does not have or that the profile does not take. `get`
 * reads one by its dotted name; what it gives is freed, NULL: not there.
 */
GString *profile_file_of_sysctls(const char *name, char *(*get)(const char *name));

#endif
