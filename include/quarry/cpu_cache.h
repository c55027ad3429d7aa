/* SPDX-License-Identifier: MIT */
/*
 * A CPU cache that devices do not look into, so that a sync that is missing is seen.
 *
 *   qy_cpu_cache_create()    from now on devices that are not coherent see RAM, and the CPU its cache
 *   qy_cpu_cache_destroy()
 *   qy_cpu_cache_read(), _write()   what such a device does
 *
 * The window is what the CPU sees: its cache over RAM. Of each page that such a device was given, or wrote, RAM has a copy of
 * its own, in lines. Cleaning a line (a sync for the device) brings what the CPU wrote to RAM; invalidating it (a sync for
 * the CPU) brings RAM to the CPU, and what the CPU had written there meanwhile is lost. At the edges of a range that does not
 * fill its lines, invalidating writes back first, as arm64 does: what the CPU wrote beside the buffer survives, and what the
 * device wrote into that line is lost. Nothing is written back by chance, so a run repeats.
 *
 * Memory that was allocated coherent is not cached for these devices: both see the same bytes.
 */
#ifndef QUARRY_CPU_CACHE_H
#define QUARRY_CPU_CACHE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;
struct qy_cpu_cache;

struct qy_cpu_cache_stats {
	uint64_t cleaned_lines;     /* that the CPU had written */
	uint64_t invalidated_lines; /* that a device had written */
	uint64_t lost_cpu_lines;    /* invalidated with what the CPU had written */
	uint64_t lost_device_lines; /* written back over what a device had written */
	uint64_t pages;             /* of which RAM has a copy */
};

/*
 * Installs it (qy_dma_set_cache()); lines of 64 bytes. NULL: the host has no memory.
 * Context: no other thread is in the machine, nothing is mapped; as for _destroy(), after which all see the CPU's bytes.
 */
struct qy_cpu_cache *qy_cpu_cache_create(struct qy_machine *m);
void qy_cpu_cache_destroy(struct qy_cpu_cache *cache);

/*
 * A device that is not coherent reads or writes RAM: @bytes from @phys on, inside one page that has RAM. @ram: the page's
 * bytes in the window, from @phys on. -1: the host has no memory.
 * Context: any thread.
 */
int qy_cpu_cache_read(struct qy_cpu_cache *cache, uint64_t phys, const void *ram,
	void *to, size_t bytes);
int qy_cpu_cache_write(struct qy_cpu_cache *cache, uint64_t phys, void *ram,
	const void *from, size_t bytes);

/* Context: any thread. */
void qy_cpu_cache_stats(struct qy_cpu_cache *cache, struct qy_cpu_cache_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
