/*
 * Memory that lives as long as a script: nodes of the tree and the words in them are taken one by
 * one and given back all at once. Never fails (GLib aborts when memory is exhausted).
 */
#ifndef SCRIPT_LANGUAGE_ARENA_H
#define SCRIPT_LANGUAGE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
/* How many bytes have been taken: whoever fills it from foreign text sets a limit. */
size_t arena_used(const struct arena *arena);
/* Zeroed, aligned for any object. */
void *arena_take(struct arena *arena, size_t size);
/* A copy of text[0..len) with a NUL behind it. */
char *arena_text(struct arena *arena, const char *text, size_t len);

#endif
