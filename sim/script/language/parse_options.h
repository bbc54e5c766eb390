/* TCP options: `<mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>`. */
#ifndef SCRIPT_LANGUAGE_PARSE_OPTIONS_H
#define SCRIPT_LANGUAGE_PARSE_OPTIONS_H

struct parser;
struct script_packet;

/* parse_options.c: after the `<` */
void parse_tcp_options(struct parser *p, struct script_packet *packet);

#endif
