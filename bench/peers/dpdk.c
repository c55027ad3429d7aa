// SPDX-License-Identifier: MIT
/*
 * DPDK's rte_mempool as a plugin for bench_objects: caches only, without huge pages, devices or files.
 *
 * Locking: quarry_objects_init() runs before the threads; each registers as an lcore of its own, which gives it a cache.
 */
#include <rte_eal.h>
#include <rte_lcore.h>
#include <rte_mempool.h>
#include <sched.h>
#include <stdio.h>

#define POOL_OBJECTS 65535u
#define LCORE_CACHE  512u

int quarry_objects_init(unsigned int nr_threads)
{
	char *arguments[] = { "bench", "--no-huge", "-m", "256", "--no-pci",
		"--no-shconf", "--no-telemetry", "--log-level=critical", "-l", "0",
		NULL };

	cpu_set_t allowed;

	(void)nr_threads;
	/* it pins the thread that calls it, and the threads of the bench come from that one */
	sched_getaffinity(0, sizeof(allowed), &allowed);
	int used = rte_eal_init(sizeof(arguments) / sizeof(arguments[0]) - 1, arguments);

	sched_setaffinity(0, sizeof(allowed), &allowed);
	return used < 0;
}

void quarry_objects_enter(unsigned int thread)
{
	(void)thread;
	rte_thread_register();
}

void quarry_objects_leave(void)
{
	rte_thread_unregister();
}

void *quarry_objects_cache_create(size_t size_bytes)
{
	static unsigned int number;
	char name[32];

	snprintf(name, sizeof(name), "bench%u",
		__atomic_fetch_add(&number, 1, __ATOMIC_RELAXED));
	return rte_mempool_create(name, POOL_OBJECTS, (unsigned int)size_bytes,
		LCORE_CACHE, 0, NULL, NULL, NULL, NULL, SOCKET_ID_ANY, 0);
}

void *quarry_objects_cache_alloc(void *cache)
{
	void *object;

	return rte_mempool_get(cache, &object) ? NULL : object;
}

void quarry_objects_cache_free(void *cache, void *object)
{
	rte_mempool_put(cache, object);
}

int quarry_objects_cache_alloc_bulk(void *cache, unsigned int nr, void **objects)
{
	return rte_mempool_get_bulk(cache, objects, nr) ? 0 : (int)nr;
}

void quarry_objects_cache_free_bulk(void *cache, unsigned int nr, void **objects)
{
	rte_mempool_put_bulk(cache, objects, nr);
}
