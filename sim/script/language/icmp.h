/* Names of ICMP types and codes in the language, both versions: RFC 792, 1122, 1812, 4443. */
#ifndef SCRIPT_LANGUAGE_ICMP_H
#define SCRIPT_LANGUAGE_ICMP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* -1 for a name that is unknown; `type_17` and `code_3` stand for any number. */
int icmp_type_number(const char *name, bool v6);
int icmp_code_number(const char *type, const char *name, bool v6);
/* Appends `icmp unreachable port_unreachable`. */
void icmp_text(uint8_t type, uint8_t code, bool v6, GString *out);

#endif
