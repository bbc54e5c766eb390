/* What holds of every entry between inputs. */
#ifndef TCPSIM_TCP_INVARIANTS_H
#define TCPSIM_TCP_INVARIANTS_H

struct conn;
struct tcpsim_host;

/* Asserts what must hold of an entry. */
void tcp_check(struct tcpsim_host *host, const struct conn *conn);

#endif
