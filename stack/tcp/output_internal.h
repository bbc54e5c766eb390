/* What the files of output share: output.c decides and builds, output_pieces.c decides as Linux
 * does. */
#ifndef TCPSIM_TCP_OUTPUT_INTERNAL_H
#define TCPSIM_TCP_OUTPUT_INTERNAL_H

enum {
	PIECE_GOES_ON = 1, /* not the first segment of a super-segment */
	PIECE_ENDS = 2,	   /* the last of several */
	PIECE_FIN = 4,	   /* the FIN goes with it */
};

#endif
