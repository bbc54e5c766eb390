/*
 * A capture file, as hostile as it comes, and each of its packets down to TCP: the reader and
 * decapsulation. The file is one in memory, since the reader reads files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "traces/decapsulation/decapsulation.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void must(bool truth)
{
	if (!truth)
		abort();
}

/* Reads every byte that was handed out, so that the sanitizer sees one that was not there. */
static unsigned touch(const uint8_t *bytes, size_t len)
{
	unsigned sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += bytes[i];
	return sum;
}

static void read_all(struct capture *capture)
{
	struct decapsulation *d = decapsulation_new();
	struct capture_packet packet;
	struct wire_packet w;
	unsigned sum = 0;
	uint64_t number = 0;

	decapsulation_check_sums(d, true);
	while (capture_next(capture, &packet)) {
		must(packet.number == ++number && packet.captured <= packet.original);
		sum += touch(packet.bytes, packet.captured);
		if (decapsulate(d, &packet, &w) == DECAPSULATION_TCP)
			sum += touch(w.segment.payload, w.captured_payload);
		else
			must(w.kind == WIRE_ICMP_ERROR || decapsulation_reason(d));
	}
	decapsulation_finish(d);
	must(sum == 0 || number); /* and keeps the reads from being left out */
	decapsulation_free(d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct capture *capture;
	char path[40];

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	capture = capture_open(path, NULL);
	if (capture)
		read_all(capture);
	capture_close(capture);
	close(fd);
	return 0;
}
