/*
 * Packets of captures written again as they were: pcapng, which holds several interfaces and
 * comments, or pcap (nanoseconds), which holds one link type. The bytes, lengths and times are the
 * capture's, and the comments that its packets had stay, behind the one that is given; what else its
 * blocks had (drop counts) is not copied.
 */
#ifndef TCPSIM_TRACES_CAPTURE_PACKET_WRITER_H
#define TCPSIM_TRACES_CAPTURE_PACKET_WRITER_H

#include "base/output.h"
#include "traces/capture/reader.h"

struct packet_writer;

/* Writes to `output`, which becomes the writer's. */
struct packet_writer *packet_writer_new(struct output *output, bool pcapng);
/* `comment` NULL: none; pcap has none. False: pcap cannot hold it, its link type is another. */
bool packet_writer_put(
	struct packet_writer *w, const struct capture_packet *packet, const char *comment);
/* Closes the file; false and *why if anything could not be written, and then it is not there. */
bool packet_writer_close(struct packet_writer *w, char **why);
/* What was written so far is not wanted. */
void packet_writer_discard(struct packet_writer *w);

#endif
