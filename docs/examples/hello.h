/* The two programs of hello.c, called as main() is. */
#ifndef HELLO_H
#define HELLO_H

int hello_server(int argc, char **argv);
int hello_client(int argc, char **argv);

#endif
