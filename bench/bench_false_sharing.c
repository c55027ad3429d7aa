// SPDX-License-Identifier: MIT
/*
 * What does a cache line cost that two CPUs write to? Two threads count in an object each; the objects are neighbours, of a cache
 * with SLAB_HWCACHE_ALIGN and of one without.
 *
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <pthread.h>
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/slab.h>
#include <stdio.h>
#include <stdlib.h>

#define OBJECT_BYTES 40 /* more than half a line, so that the flag keeps them apart */
#define INCREMENTS   20000000u
#define PAIRS        16 /* neighbours, of which the pair that shares most is taken */

struct counter {
	volatile unsigned long *value;
	unsigned int cpu;
	double ns;
};

static void *count(void *arg)
{
	struct counter *counter = arg;

	bench_pin_to_cpu(counter->cpu);
	struct bench_clocks begin = bench_clocks_now();

	for (unsigned int i = 0; i < INCREMENTS; i++)
		(*counter->value)++;
	counter->ns = (bench_clocks_now().cpu - begin.cpu) / INCREMENTS;
	return NULL;
}

/* Two neighbours in one line if there are such, else just neighbours. */
static void choose(void **objects, struct counter *counters)
{
	for (unsigned int i = 0; i + 1 < PAIRS; i++) {
		uintptr_t a = (uintptr_t)objects[i], b = (uintptr_t)objects[i + 1];

		counters[0].value = objects[i];
		counters[1].value = objects[i + 1];
		if (a / 64 == b / 64)
			return;
	}
}

/* Return: ns an increment, mean over both threads. */
static double measure(struct qy_machine *m, qy_slab_flags_t flags)
{
	struct kmem_cache *cache = qy_kmem_cache_create(
		m, "counters", OBJECT_BYTES, 0, flags | QY_SLAB_NO_MERGE, NULL);
	struct counter counters[2] = { { .cpu = 0 }, { .cpu = 1 } };
	pthread_t threads[2];
	void *objects[PAIRS];

	for (unsigned int i = 0; i < PAIRS; i++)
		objects[i] = qy_kmem_cache_zalloc(cache, QY_GFP_KERNEL);
	choose(objects, counters);
	for (unsigned int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, count, &counters[i]))
			exit(1);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (unsigned int i = 0; i < PAIRS; i++)
		qy_kmem_cache_free(cache, objects[i]);
	qy_kmem_cache_destroy(cache);
	return (counters[0].ns + counters[1].ns) / 2;
}

int main(int argc, char **argv)
{
	static const struct qy_bank ram = { .base = 4ull << 30, .size = 64ull << 20 };
	double plain[BENCH_MAX_REPS], aligned[BENCH_MAX_REPS];
	struct qy_board board;
	struct bench_args args;
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	if (bench_nr_cpus() < 2) {
		fprintf(stderr, "bench: false sharing wants 2 CPUs\n");
		return 0;
	}
	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = &ram;
	board.nr_banks = 1;
	board.kernel = (struct qy_kernel_image){ 0 };
	struct qy_machine *m = qy_hosted_boot(&board, NULL, NULL, 0);

	if (!m)
		return 1;
	qy_enter(m);
	for (unsigned int r = 0; r < args.reps; r++) {
		plain[r] = measure(m, 0);
		aligned[r] = measure(m, QY_SLAB_HWCACHE_ALIGN);
	}
	double a = bench_median(plain, args.reps), b = bench_median(aligned, args.reps);

	if (args.json)
		printf("{\"schema\": 1, \"bench\": \"false_sharing\", \"plain_ns\": %.2f, \"aligned_ns\": %.2f}\n",
			a, b);
	else
		printf("false sharing: two CPUs count in neighbouring objects of %u bytes, ns an increment, median of %u\n"
		       "  packed                  %9.2f\n"
		       "  SLAB_HWCACHE_ALIGN      %9.2f   %.1fx faster\n\n",
			OBJECT_BYTES, args.reps, a, b, a / b);
	qy_leave();
	qy_hosted_shutdown(m);
	return 0;
}
