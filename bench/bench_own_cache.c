// SPDX-License-Identifier: MIT
/*
 * What does a cache of one's own save beside kmalloc? One type of 584 bytes, whose kmalloc class is 1 KiB: time of a pair, and
 * memory of many.
 *
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/slab.h>
#include <stdio.h>

#define OBJECT_BYTES 584
#define PAIRS        1000000u
#define MANY         20000u

static struct qy_machine *machine;

/* NULL cache: kmalloc. */
static void *get(struct kmem_cache *cache)
{
	return cache ? qy_kmem_cache_alloc(cache, QY_GFP_KERNEL)
		     : qy_kmalloc(machine, OBJECT_BYTES, QY_GFP_KERNEL);
}

static void put(struct kmem_cache *cache, void *object)
{
	if (cache)
		qy_kmem_cache_free(cache, object);
	else
		qy_kfree(machine, object);
}

static double pair_ns(struct kmem_cache *cache)
{
	struct bench_clocks begin = bench_clocks_now();

	for (unsigned int i = 0; i < PAIRS; i++) {
		void *object = get(cache);

		*(volatile char *)object = 1;
		put(cache, object);
	}
	return (bench_clocks_now().cpu - begin.cpu) / PAIRS;
}

/* Pages of slabs that so many objects take, in bytes an object. */
static double bytes_each(struct kmem_cache *cache)
{
	static void *objects[MANY];
	uint64_t before = qy_slab_pages(machine, -1, false);

	for (unsigned int i = 0; i < MANY; i++)
		objects[i] = get(cache);
	uint64_t pages = qy_slab_pages(machine, -1, false) - before;

	for (unsigned int i = 0; i < MANY; i++)
		put(cache, objects[i]);
	return (double)pages * QY_PAGE_SIZE / MANY;
}

int main(int argc, char **argv)
{
	static const struct qy_bank ram = { .base = 4ull << 30, .size = 128ull << 20 };
	double own[BENCH_MAX_REPS], kmalloc[BENCH_MAX_REPS];
	struct qy_board board;
	struct bench_args args;
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = &ram;
	board.nr_banks = 1;
	board.kernel = (struct qy_kernel_image){ 0 };
	machine = qy_hosted_boot(&board, NULL, NULL, 0);
	if (!machine)
		return 1;
	qy_enter(machine);
	struct kmem_cache *cache = qy_kmem_cache_create(
		machine, "own", OBJECT_BYTES, 0, QY_SLAB_NO_MERGE, NULL);
	double own_bytes = bytes_each(cache), kmalloc_bytes = bytes_each(NULL);

	for (unsigned int r = 0; r < args.reps; r++) {
		own[r] = pair_ns(cache);
		kmalloc[r] = pair_ns(NULL);
	}
	double own_ns = bench_median(own, args.reps);
	double kmalloc_ns = bench_median(kmalloc, args.reps);

	if (args.json)
		printf("{\"schema\": 1, \"bench\": \"own_cache\", \"own_ns\": %.2f, \"kmalloc_ns\": %.2f, \"own_bytes\": %.1f, \"kmalloc_bytes\": %.1f}\n",
			own_ns, kmalloc_ns, own_bytes, kmalloc_bytes);
	else
		printf("one type of %u bytes, median of %u%18s%12s\n"
		       "  a cache of its own  %24.2f ns%10.0f B\n"
		       "  kmalloc (class 1 KiB)%23.2f ns%10.0f B\n\n",
			OBJECT_BYTES, args.reps, "pair", "an object", own_ns, own_bytes,
			kmalloc_ns, kmalloc_bytes);
	qy_kmem_cache_destroy(cache);
	qy_leave();
	qy_hosted_shutdown(machine);
	return 0;
}
