/* tcpsim: a TCP you can hold still. */
#include <stdio.h>

int main(int argc, char **argv)
{
	puts("tcpsim " TCPSIM_VERSION);
	return 0;
}
