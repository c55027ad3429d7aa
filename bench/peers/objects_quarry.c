// SPDX-License-Identifier: MIT
/*
 * Our objects: kmalloc of a booted board with one bank of RAM, every check of a default build.
 *
 * Locking: one machine in a process, made by the main thread.
 */
#include "bench/objects.h"
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/slab.h>
#include <quarry/stats.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RAM_BYTES  (2ull << 30)
#define LEAST_CPUS 2 /* a peer sees the whole host as well */

static struct qy_machine *machine;
static bool share_cpus;

static void *quarry_alloc(size_t size_bytes)
{
	return qy_kmalloc(machine, size_bytes, QY_GFP_KERNEL);
}

static void quarry_release(void *object)
{
	qy_kfree(machine, object);
}

static void quarry_enter(unsigned int thread)
{
	int cpu = share_cpus ? qy_enter(machine) : qy_enter_cpu(machine, thread);

	if (cpu < 0) {
		fprintf(stderr, "bench: CPU %u of the machine is taken\n", thread);
		exit(1);
	}
}

static void quarry_tick(void)
{
	for (unsigned int cpu = 0; cpu < LEAST_CPUS; cpu++)
		qy_vmstat_tick(machine, cpu);
	qy_machine_trim(machine);
}

static void quarry_shrink(void)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(machine, n, &info); n++)
		qy_kmem_cache_shrink(info.cache);
	qy_drain_all_pages(machine);
	qy_machine_trim(machine);
}

static void *quarry_cache_create(size_t size_bytes)
{
	return qy_kmem_cache_create(
		machine, "bench", (unsigned int)size_bytes, 0, QY_SLAB_NO_MERGE, NULL);
}

static void *quarry_cache_alloc(void *cache)
{
	return qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
}

static void quarry_cache_free(void *cache, void *object)
{
	qy_kmem_cache_free(cache, object);
}

static int quarry_cache_alloc_bulk(void *cache, unsigned int nr, void **objects)
{
	return (int)qy_kmem_cache_alloc_bulk(cache, QY_GFP_KERNEL, nr, objects);
}

static void quarry_cache_free_bulk(void *cache, unsigned int nr, void **objects)
{
	qy_kmem_cache_free_bulk(cache, nr, objects);
}

static int quarry_open(struct object_peer *peer, unsigned int nr_threads)
{
	static struct qy_board board;
	static struct qy_bank bank = { .base = 4ull << 30, .size = RAM_BYTES };
	unsigned int options = peer->options;
	struct qy_hosted_opts opts = { .front = QY_FRONT_TLS };
	char why[256];

	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = nr_threads > LEAST_CPUS ? nr_threads : LEAST_CPUS;
	board.kernel = (struct qy_kernel_image){ 0 };
	if (options & OBJECT_QUARRY_HARDENED) {
		board.slab.shuffle = true;
		board.slab.nomerge = true;
	}
	board.slab.init_on_alloc = options & OBJECT_QUARRY_INIT;
	board.slab.init_on_free = options & OBJECT_QUARRY_INIT;
	share_cpus = options & OBJECT_QUARRY_RSEQ;
	if (share_cpus) {
		opts.front = QY_FRONT_RSEQ;
		board.nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	}
	machine = qy_hosted_boot(&board, &opts, why, sizeof(why));
	if (machine)
		return 0;
	fprintf(stderr, "bench: quarry does not boot: %s\n", why);
	return -1;
}

void object_peer_quarry(struct object_peer *peer, const char *name, unsigned int options)
{
	*peer = (struct object_peer){
		.open = quarry_open,
		.options = options,
		.alloc = quarry_alloc,
		.release = quarry_release,
		.enter = quarry_enter,
		.leave = qy_leave,
		.tick = quarry_tick,
		.shrink = quarry_shrink,
		.cache_create = quarry_cache_create,
		.cache_alloc = quarry_cache_alloc,
		.cache_free = quarry_cache_free,
		.cache_alloc_bulk = quarry_cache_alloc_bulk,
		.cache_free_bulk = quarry_cache_free_bulk,
	};
	snprintf(peer->name, sizeof(peer->name), "%s", name);
}
