/* The lessons of docs/lessons and the worlds of docs/worlds, put into the program when it is built: tables that end with
 * NULL, sorted by name. */
#ifndef CLI_LESSON_TEXTS_H
#define CLI_LESSON_TEXTS_H

struct lesson_text {
	const char *name; /* without its ending */
	const char *text;
};

extern const struct lesson_text LESSON_TEXTS[], LESSON_WORLDS[];

#endif
