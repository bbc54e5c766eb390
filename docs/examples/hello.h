/* The two programs of hello.c, called as main() is; with ..._on_kernel those that it has where
 * TCPSIM_ON_KERNEL is defined. */
#ifndef HELLO_H
#define HELLO_H

#ifndef TCPSIM_PROGRAM /* <tcpsim/posix.h> has it */
#define TCPSIM_PROGRAM(name) name
#endif

int hello_server(int argc, char **argv);
int hello_client(int argc, char **argv);
int hello_server_on_kernel(int argc, char **argv);
int hello_client_on_kernel(int argc, char **argv);

#endif
