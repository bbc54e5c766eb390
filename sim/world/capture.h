/*
 * Captures of a world: pcapng (draft-ietf-opsawg-pcapng) with nanosecond stamps and raw IP packets,
 * one interface block for each interface of the node it is taken at. Nothing of the machine or the
 * hour it is written at goes in, so two runs write the same bytes.
 */
#ifndef SIM_WORLD_CAPTURE_H
#define SIM_WORLD_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <tcpsim/packet.h>

#include "base/output.h"

struct capture_writer;

/* Larger packets no capture holds. */
#define CAPTURE_PACKET_MOST 65536

enum capture_direction { CAPTURE_IN = 1, CAPTURE_OUT = 2 };

/* Writes to `output`, which becomes the writer's. `comment` tells what was captured. */
struct capture_writer *capture_writer_new(struct output *output, const char *comment);
/* The next interface, counted from 0. */
void capture_add_interface(struct capture_writer *w, const char *name, uint32_t mtu);
/* Of a packet of CAPTURE_PACKET_MOST bytes at the most. `comment` NULL: none. */
void capture_write(struct capture_writer *w, unsigned interface, int64_t time_ns,
	const struct tcpsim_packet *packet, /* Larger packets no capture holds. */
#define CAPTURE_PACKET_MOST 65536

	enum capture_direction direction, const char *comment);
/* Closes the file; false and *error if anything could not be written, and then it is not there. */
bool capture_writer_close(struct capture_writer *w, char **error);

#endif
