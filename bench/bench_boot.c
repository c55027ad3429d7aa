// SPDX-License-Identifier: MIT
/*
 * How long does a board take to boot, and how large does the process get?
 *
 * Each repetition boots in a child of its own, so that its peak is of that boot alone. Reports the medians.
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <quarry/hosted.h>
#include <quarry/stats.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_GIB 64

struct boot {
	double seconds;
	double metadata_share; /* of RAM */
};

/* An x86-64 board as a machine of that size has it: RAM up to 2 GiB below the hole, the rest from 4 GiB on. */
static void boot_child(unsigned int gib, int result_fd)
{
	const uint64_t low = 2ull << 30, all = (uint64_t)gib << 30;
	struct qy_bank banks[2] = { { .base = 0, .size = all < low ? all : low },
		{ .base = 4ull << 30, .size = all - low } };
	struct qy_machine_stats stats;
	struct timespec begin, end;
	struct qy_board board;
	struct boot boot;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = banks;
	board.nr_banks = all > low ? 2 : 1;
	board.nr_cpus = 2;
	clock_gettime(CLOCK_MONOTONIC, &begin);
	struct qy_machine *m = qy_hosted_boot(&board, NULL, why, sizeof(why));

	clock_gettime(CLOCK_MONOTONIC, &end);
	if (!m) {
		fprintf(stderr, "bench_boot: %u GiB: does not boot: %s\n", gib, why);
		_exit(1);
	}
	qy_machine_stats(m, &stats);
	boot.seconds = (double)(end.tv_sec - begin.tv_sec) +
		       (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	boot.metadata_share = (double)stats.metadata_bytes / (double)stats.ram_bytes;
	_exit(write(result_fd, &boot, sizeof(boot)) == sizeof(boot) ? 0 : 1);
}

static bool boot_once(unsigned int gib, struct boot *boot, double *peak_mib)
{
	struct rusage usage;
	int fds[2], status;

	if (pipe(fds))
		return false;
	pid_t child = fork();

	if (child == 0)
		boot_child(gib, fds[1]);
	close(fds[1]);
	bool good = child > 0 && read(fds[0], boot, sizeof(*boot)) == sizeof(*boot);

	close(fds[0]);
	if (child < 0 || wait4(child, &status, 0, &usage) < 0)
		return false;
	*peak_mib = (double)usage.ru_maxrss / 1024;
	return good && status == 0;
}

int main(int argc, char **argv)
{
	double seconds[BENCH_MAX_REPS], peak[BENCH_MAX_REPS];
	struct bench_args args;
	struct boot boot = { 0 };
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	unsigned int gib = args.gib ? args.gib : DEFAULT_GIB;

	for (unsigned int r = 0; r < args.reps; r++) {
		if (!boot_once(gib, &boot, &peak[r]))
			return 1;
		seconds[r] = boot.seconds;
	}
	double s = bench_median(seconds, args.reps), mib = bench_median(peak, args.reps);

	if (args.json)
		printf("{\"schema\": 1, \"bench\": \"boot\", \"gib\": %u, \"reps\": %u, \"seconds\": %.4f, \"peak_rss_mib\": %.1f, \"metadata_percent\": %.4f}\n",
			gib, args.reps, s, mib, 100 * boot.metadata_share);
	else
		printf("boot: %u GiB in %.3f s, peak RSS %.1f MiB, metadata %.3f%% of RAM, median of %u\n",
			gib, s, mib, 100 * boot.metadata_share, args.reps);
	return 0;
}
