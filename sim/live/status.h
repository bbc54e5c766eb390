/* How a process ended, as wait(2) tells it, in the words and numbers of a shell. */
#ifndef LIVE_STATUS_H
#define LIVE_STATUS_H

/* "exit status 3", "killed by signal 11 (Segmentation fault)"; to be freed. */
char *live_status_text(int status);
/* 0 to 255; 128 and the signal's number. */
int live_status_code(int status);

#endif
