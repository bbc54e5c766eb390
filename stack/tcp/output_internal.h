/* What the files of output share: output.c decides and builds, output_skbs.c decides as Linux
 * does. */
#ifndef TCPSIM_TCP_OUTPUT_INTERNAL_H
#define TCPSIM_TCP_OUTPUT_INTERNAL_H

enum {
	SUPER_GOES_ON = 1, /* not the first segment of a super-segment */
	SUPER_ENDS = 2,	   /* the last of several */
	SUPER_FIN = 4,	   /* the FIN goes with it */
};

#endif
