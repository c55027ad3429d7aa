/* SPDX-License-Identifier: MIT */
/*
 * One repetition of one test on one peer: fresh state, pinned threads, a warm round, then the clock.
 *
 *   bench_measure()    runs it
 *   bench_median()     of many
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "bench/peers/peer.h"
#include <stdbool.h>
#include <stddef.h>

enum bench_mode {
	BENCH_REPEAT, /* get and put one block, again and again */
	BENCH_RANDOM, /* get half of the memory, put it in random order */
};

struct bench_test {
	enum bench_mode mode;
	unsigned int order;
	unsigned int threads;
};

/* ns per block, mean over the threads. A repeat has no get and put of its own, only the pair. */
struct bench_sample {
	double get_ns, put_ns, pair_ns;
};

struct bench_result {
	struct bench_sample cpu, wall;
};

/**
 * bench_measure() - one repetition
 * @nr_frames: RAM of the peer
 *
 * Context: The main thread; makes test->threads threads, each pinned to a CPU of its own.
 * Return: false when the peer did not start or ran out of memory.
 */
bool bench_measure(const struct bench_peer *peer, const struct bench_test *test,
	uint64_t nr_frames, struct bench_result *result);

/* Nanoseconds that this thread has run, and that have passed. Context: Any. */
struct bench_clocks {
	double cpu, wall;
};
struct bench_clocks bench_clocks_now(void);

/* CPUs that this process may use; this thread on the n-th of them. Context: Any. */
unsigned int bench_nr_cpus(void);
void bench_pin_to_cpu(unsigned int n);

/* Sorts @values. Context: Any. */
double bench_median(double *values, size_t nr);

#endif
