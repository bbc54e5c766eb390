/* What ready-made programs do with sockets. */
#ifndef SIM_PROCESS_PROGRAMS_SOCKET_H
#define SIM_PROCESS_PROGRAMS_SOCKET_H

#include "process/programs.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What is wrong in that key, or NULL; to be freed. */
char *program_check_options(const char *text);
/* Options as `sockopt` has them; false: one was refused (said). */
bool program_set_options(int fd, const char *text);
/* The socket with the config's options and address, or -1 (said). */
int program_socket(const struct program_config *config);
/* Connects as the config says, tries again as it says; the descriptor, or -1 (said). */
int program_open(const struct program_config *config);
/* Closes as the config says: after its hold time. */
void program_close(const struct program_config *config, int fd);
/* Are these the stream's bytes from `offset` on? If not, says which one is wrong. */
bool program_bytes_right(
	enum program_stream stream, uint64_t offset, const uint8_t *bytes, size_t len);
/* The stream's bytes from `offset` on, written to `buffer`, where somebody will look at them; else
 * zeros, of PROGRAM_BUFFER at the most, which stand elsewhere. */
const uint8_t *program_text(const struct program_config *config, enum program_stream stream,
	uint64_t offset, uint8_t *buffer, size_t len);
#define PROGRAM_BUFFER 65536
/* send() and recv() of bytes nobody needs to see, or in a world of lengths, of none (buffer unread
 * and unwritten). */
ssize_t program_send(int fd, const void *buffer, size_t len);
ssize_t program_receive(int fd, void *buffer, size_t len);

#endif
