/* For <sys/queue.h>, which is the machine's own and includes it without using any of it. */
