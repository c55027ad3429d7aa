// SPDX-License-Identifier: MIT
/*
 * One repetition of one test on one peer. See measure.h.
 *
 * Every phase begins at a barrier, so that the threads get together and put together. It spins: a thread that slept
 * would come later than a short phase takes. Clocks are read inside: what a thread waits at a barrier is not counted.
 * Locking: a thread writes its own struct worker; the main thread reads it after the join.
 */
#include "bench/measure.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define REPEATS       400000u /* pairs in a repeat */
#define WARM_REPEATS  1000u
#define RANDOM_BLOCKS 200000u /* blocks that all rounds of a random free together reach */

struct barrier {
	unsigned int threads;
	atomic_uint arrived; /* since the first phase */
};

struct worker {
	const struct bench_peer *peer;
	const struct bench_test *test;
	struct barrier *barrier;
	pthread_t thread;
	unsigned int number;
	uint64_t nr_blocks; /* of a round */
	uint64_t *blocks;
	uint64_t random; /* xorshift state, never 0 */
	bool failed;
	struct bench_result result;
};

/* Each thread passes when as many arrivals are counted as make its round full. */
static void wait_for_all(struct barrier *barrier)
{
	unsigned int mine = atomic_fetch_add(&barrier->arrived, 1);
	unsigned int full = (mine / barrier->threads + 1) * barrier->threads;

	for (unsigned int round = 1; atomic_load(&barrier->arrived) < full; round++)
		if (!(round & 4095))
			sched_yield();
}

static double clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct bench_clocks bench_clocks_now(void)
{
	return (struct bench_clocks){ .cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID),
		.wall = clock_ns(CLOCK_MONOTONIC) };
}

void bench_pin_to_cpu(unsigned int n)
{
	cpu_set_t allowed, one;

	CPU_ZERO(&one);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || n--)
			continue;
		CPU_SET(cpu, &one);
		pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
		return;
	}
}

/* ------------------------------------------------------------------ the two loops */

static bool repeat(struct worker *w, uint64_t times)
{
	uint64_t (*get)(unsigned int) = w->peer->get;
	void (*put)(uint64_t, unsigned int) = w->peer->put;
	unsigned int order = w->test->order;

	for (uint64_t i = 0; i < times; i++) {
		uint64_t block = get(order);

		if (block == BENCH_NO_FRAME)
			return false;
		put(block, order);
	}
	return true;
}

/* Gets blocks until the round is full. Return: how many. */
static uint64_t get_round(struct worker *w)
{
	uint64_t (*get)(unsigned int) = w->peer->get;
	unsigned int order = w->test->order;
	uint64_t i;

	for (i = 0; i < w->nr_blocks; i++) {
		w->blocks[i] = get(order);
		if (w->blocks[i] == BENCH_NO_FRAME)
			break;
	}
	return i;
}

static void put_round(struct worker *w, uint64_t nr)
{
	void (*put)(uint64_t, unsigned int) = w->peer->put;
	unsigned int order = w->test->order;

	for (uint64_t i = 0; i < nr; i++)
		put(w->blocks[i], order);
}

static void shuffle(struct worker *w, uint64_t nr)
{
	for (uint64_t i = nr; i > 1; i--) {
		w->random ^= w->random << 13;
		w->random ^= w->random >> 7;
		w->random ^= w->random << 17;
		uint64_t j = w->random % i, block = w->blocks[i - 1];

		w->blocks[i - 1] = w->blocks[j];
		w->blocks[j] = block;
	}
}

/* ------------------------------------------------------------------ one thread */

static void run_repeat(struct worker *w)
{
	uint64_t times = REPEATS;

	if (w->peer->most_frames)
		times = w->peer->most_frames >> w->test->order;
	w->failed = !repeat(w, WARM_REPEATS < times ? WARM_REPEATS : times);
	wait_for_all(w->barrier);
	if (w->failed)
		return;
	struct bench_clocks begin = bench_clocks_now();

	w->failed = !repeat(w, times);
	struct bench_clocks end = bench_clocks_now();

	w->result.cpu.pair_ns = (end.cpu - begin.cpu) / (double)times;
	w->result.wall.pair_ns = (end.wall - begin.wall) / (double)times;
}

static void one_round(struct worker *w, struct bench_result *sum)
{
	struct bench_clocks t[4];

	wait_for_all(w->barrier);
	t[0] = bench_clocks_now();
	uint64_t nr = get_round(w);

	t[1] = bench_clocks_now();
	if (nr < w->nr_blocks)
		w->failed = true;
	shuffle(w, nr);
	wait_for_all(w->barrier);
	t[2] = bench_clocks_now();
	put_round(w, nr);
	t[3] = bench_clocks_now();
	sum->cpu.get_ns += t[1].cpu - t[0].cpu;
	sum->cpu.put_ns += t[3].cpu - t[2].cpu;
	sum->wall.get_ns += t[1].wall - t[0].wall;
	sum->wall.put_ns += t[3].wall - t[2].wall;
}

static void divide(struct bench_sample *sample, double by)
{
	sample->get_ns /= by;
	sample->put_ns /= by;
	sample->pair_ns = sample->get_ns + sample->put_ns;
}

static void run_random(struct worker *w)
{
	uint64_t rounds = (RANDOM_BLOCKS + w->nr_blocks - 1) / w->nr_blocks;
	struct bench_result warm = { 0 };

	if (w->peer->most_frames)
		rounds = 1;
	one_round(w, &warm);
	for (uint64_t i = 0; i < rounds; i++)
		one_round(w, &w->result);
	divide(&w->result.cpu, (double)(rounds * w->nr_blocks));
	divide(&w->result.wall, (double)(rounds * w->nr_blocks));
}

static void *run_worker(void *arg)
{
	struct worker *w = arg;

	bench_pin_to_cpu(w->number);
	if (w->peer->enter)
		w->peer->enter(w->number);
	memset(w->blocks, 0, w->nr_blocks * sizeof(*w->blocks));
	if (w->test->mode == BENCH_REPEAT)
		run_repeat(w);
	else
		run_random(w);
	if (w->peer->leave)
		w->peer->leave();
	return NULL;
}

/* ------------------------------------------------------------------ all threads */

static uint64_t blocks_of_a_round(
	const struct bench_peer *peer, const struct bench_test *test, uint64_t nr_frames)
{
	uint64_t frames = nr_frames / 2 / test->threads;

	if (peer->most_frames && frames > peer->most_frames)
		frames = peer->most_frames;
	return frames >> test->order;
}

static void add_share(struct bench_sample *to, const struct bench_sample *from, double of)
{
	to->get_ns += from->get_ns / of;
	to->put_ns += from->put_ns / of;
	to->pair_ns += from->pair_ns / of;
}

static bool run_workers(struct worker *workers, unsigned int nr)
{
	unsigned int started = 0;

	for (; started < nr; started++)
		if (pthread_create(&workers[started].thread, NULL, run_worker,
			    &workers[started]))
			break;
	if (started < nr) {
		/* those that run wait at a barrier for ever */
		fprintf(stderr, "bench: no thread to be had: %s\n", strerror(errno));
		exit(1);
	}
	bool good = true;

	for (unsigned int i = 0; i < nr; i++) {
		pthread_join(workers[i].thread, NULL);
		good = good && !workers[i].failed;
	}
	return good;
}

static bool prepare(struct worker *workers, const struct bench_peer *peer,
	const struct bench_test *test, uint64_t nr_frames, struct barrier *barrier)
{
	for (unsigned int i = 0; i < test->threads; i++) {
		struct worker *w = &workers[i];

		w->peer = peer;
		w->test = test;
		w->barrier = barrier;
		w->number = i;
		w->random = 88172645463325252ull + i;
		w->nr_blocks = blocks_of_a_round(peer, test, nr_frames);
		w->blocks = malloc(w->nr_blocks * sizeof(*w->blocks));
		if (!w->blocks)
			return false;
	}
	return true;
}

bool bench_measure(const struct bench_peer *peer, const struct bench_test *test,
	uint64_t nr_frames, struct bench_result *result)
{
	struct worker *workers = calloc(test->threads, sizeof(*workers));
	struct barrier barrier = { .threads = test->threads };
	bool good = false;

	memset(result, 0, sizeof(*result));
	if (workers && prepare(workers, peer, test, nr_frames, &barrier) &&
		!peer->init(nr_frames, test->threads)) {
		good = run_workers(workers, test->threads);
		peer->exit();
	}
	for (unsigned int i = 0; workers && i < test->threads; i++) {
		add_share(&result->cpu, &workers[i].result.cpu, test->threads);
		add_share(&result->wall, &workers[i].result.wall, test->threads);
		free(workers[i].blocks);
	}
	free(workers);
	return good;
}

/* ------------------------------------------------------------------ numbers */

unsigned int bench_nr_cpus(void)
{
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return 1;
	return (unsigned int)CPU_COUNT(&allowed);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double bench_median(double *values, size_t nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return nr & 1 ? values[nr / 2] : (values[nr / 2 - 1] + values[nr / 2]) / 2;
}
