/*
 * How fast a capture is read, in one run beside the least that anybody can do: libpcap's loop with
 * an empty callback. Each stage adds one thing: our reader, decapsulation, the whole of `tcpsim
 * replay --summary`. CPU seconds, best of three; the ratio is what counts.
 *
 *   bench-replay FILE [TCPSIM]      FILE from bench-make_capture; TCPSIM the program
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "traces/decapsulation/decapsulation.h"

enum { ROUNDS = 3 };

static uint64_t packets;

static void count(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	packets++;
}

static void loop_libpcap(const char *path)
{
	char message[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, message);

	if (!pcap) {
		fprintf(stderr, "%s\n", message);
		exit(1);
	}
	pcap_loop(pcap, -1, count, NULL);
	pcap_close(pcap);
}

static void loop_reader(const char *path)
{
	struct capture *capture = capture_open(path, NULL);
	struct capture_packet packet;

	while (capture_next(capture, &packet))
		packets++;
	capture_close(capture);
}

static uint64_t flags_seen; /* keeps the parsing from being left out */

static void loop_decapsulation(const char *path, bool sums)
{
	struct capture *capture = capture_open(path, NULL);
	struct decapsulation *d = decapsulation_new();
	struct capture_packet packet;
	struct wire_packet w;

	decapsulation_check_sums(d, sums);
	while (capture_next(capture, &packet)) {
		packets++;
		if (decapsulate(d, &packet, &w) == DECAPSULATION_TCP)
			flags_seen += w.segment.flags + (sums && !w.tcp_sum_ok);
	}
	decapsulation_free(d);
	capture_close(capture);
}

static void loop_parse(const char *path)
{
	loop_decapsulation(path, false);
}

static void loop_sums(const char *path)
{
	loop_decapsulation(path, true);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double best_of(void (*loop)(const char *), const char *path)
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double before = cpu_seconds(), took;

		packets = 0;
		loop(path);
		took = cpu_seconds() - before;
		best = took < best ? took : best;
	}
	return best;
}

static void report(const char *what, double seconds, double base, const char *more)
{
	printf("%-24s %7.3f s  %6.2f M packets/s  %5.2f x libpcap%s\n", what, seconds,
		(double)packets / seconds / 1e6, seconds / base, more);
}

static double seconds_of(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static void run_replay(const char *program, const char *path, double base)
{
	char *const argv[] = {(char *)program, "replay", "--summary", (char *)path, NULL};
	double best = 1e9;
	long memory_kb = 0;
	char more[64];

	for (int i = 0; i < ROUNDS; i++) {
		struct rusage usage;
		double took;
		int status;
		pid_t child;

		fflush(stdout);
		child = fork();

		if (child == 0) {
			if (!freopen("/dev/null", "w", stdout))
				_exit(126);
			execv(program, argv);
			_exit(127);
		}
		wait4(child, &status, 0, &usage);
		if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
			printf("%s replay --summary: did not run (status %d)\n", program, status);
			return;
		}
		took = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
		best = took < best ? took : best;
		memory_kb = usage.ru_maxrss;
	}
	snprintf(more, sizeof(more), "  %.1f MB", (double)memory_kb / 1024);
	report("tcpsim replay --summary", best, base, more);
}

int main(int argc, char **argv)
{
	double base;

	if (argc < 2) {
		fprintf(stderr, "usage: bench-replay FILE [TCPSIM]\n");
		return 1;
	}
	loop_libpcap(argv[1]); /* brings the file into memory */
	base = best_of(loop_libpcap, argv[1]);
	printf("%s: %llu packets, CPU seconds, best of %d\n", argv[1], (unsigned long long)packets,
		ROUNDS);
	report("libpcap, empty loop", base, base, "");
	report("our reader, empty loop", best_of(loop_reader, argv[1]), base, "");
	report("and down to TCP", best_of(loop_parse, argv[1]), base, "");
	report("and checksums", best_of(loop_sums, argv[1]), base, "");
	if (argc > 2)
		run_replay(argv[2], argv[1], base);
	return flags_seen == 1;
}
