/* `md5 valid` in a script's packet: made with its --tcp_md5_secret (script/language/digest.h). */
#ifndef SCRIPT_RUN_SIGNATURE_H
#define SCRIPT_RUN_SIGNATURE_H

#include "script/run/state.h"

/* A secret is given, or none is needed; else the script fails. */
bool signature_can_be_made(struct run *run, const struct script_packet *packet);
/* A live segment's is made with the secret; without a secret it is not asked. */
bool signature_is_right(const struct script_config *config, const struct tcpsim_segment *live);

#endif
