/*
 * Files that are written: a full disk or a quota never looks like success. Whoever writes a file
 * for the user opens it here, writes to the stream as usual, and closes it here; whatever went
 * wrong in between, even in a write that was buffered, is told at the end with the file's name.
 * What is left of a regular file that could not be written whole is removed: nobody is to take half
 * a report for one.
 *
 * Errors are texts, "FILE: cannot be written: WHY", to be freed by the caller.
 */
#ifndef SIM_BASE_OUTPUT_H
#define SIM_BASE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct output;

/* NULL, *why and errno, if the file cannot be opened; an old one is replaced. */
struct output *output_open(const char *path, char **why);
/* The same with a file that is open already, which becomes the output's; nothing is removed. */
struct output *output_of_fd(int fd, const char *name);
/* Whoever takes it may close it, too: a library that closes what it is given loses nothing. */
FILE *output_stream(const struct output *output);
/* Writes what is buffered, closes, frees. False, and *why, if anything was not written. */
bool output_close(struct output *output, char **why);
/* What was written so far is not wanted after all: closes, removes, frees. NULL is allowed. */
void output_discard(struct output *output);

/* All of it to a descriptor, a pipe's too, whatever signals come; false: not all was taken. */
bool output_write_fd(int fd, const void *bytes, size_t len);

/* For streams that stay open (standard output): writes what is buffered; false, and *why, if
 * anything ever was not written. */
bool output_flush(FILE *stream, const char *name, char **why);

#endif
