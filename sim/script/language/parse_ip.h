/* What stands before the transport header: `(ttl 4, ect0)`, and headers of tunnels. */
#ifndef SCRIPT_LANGUAGE_PARSE_IP_H
#define SCRIPT_LANGUAGE_PARSE_IP_H

struct parser;
struct script_ip;
struct script_packet;

/* parse_ip.c: `(ttl 4, ect0)` and the like, if there */
void parse_ip_info(struct parser *p, struct script_ip *out);
void parse_encaps(struct parser *p, struct script_packet *packet);

#endif
