// SPDX-License-Identifier: MIT
/*
 * The model of a CPU cache in front of devices that do not look into it. See quarry/cpu_cache.h.
 *
 * A page without a copy: cache and RAM agree, as long after the last write. With one, a line is
 *
 *	written == 0   the CPU's bytes in the window are newer than RAM where they differ
 *	written == 1   a device wrote the line in RAM; the CPU has written it too where the window is not what it was then
 *
 * Locking: `lock` for everything; copies are never given back before the end.
 */
#include <quarry/cpu_cache.h>

#include <pthread.h>
#include <quarry.h>
#include <quarry/dma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE       64u
#define PAGE_LINES (QY_PAGE_SIZE / LINE) /* one bit each of a 64-bit word */
#define BUCKETS    4096u

struct copy {
	uint64_t pfn;
	struct copy *next;
	bool uncached;
	uint64_t
		written; /* bit = line that a device wrote since it was last brought to the CPU */
	uint8_t *ram;  /* what devices see; NULL: uncached */
	uint8_t *then; /* of written lines: the window when the device wrote first */
};

struct qy_cpu_cache {
	struct qy_machine *m;
	struct qy_dma_cache hooks;
	pthread_mutex_t lock;
	struct copy *bucket[BUCKETS];
	struct qy_cpu_cache_stats stats;
};

/* ------------------------------------------------------------------ copies */

static struct copy **slot_of(struct qy_cpu_cache *cache, uint64_t pfn)
{
	struct copy **at = &cache->bucket[pfn % BUCKETS];

	while (*at && (*at)->pfn != pfn)
		at = &(*at)->next;
	return at;
}

/* Of a page whose window begins at @window. NULL: the host has no memory. */
static struct copy *copy_of(
	struct qy_cpu_cache *cache, uint64_t pfn, const uint8_t *window)
{
	struct copy **slot = slot_of(cache, pfn), *copy = *slot;

	if (copy)
		return copy;
	copy = calloc(1, sizeof(*copy));
	if (copy)
		copy->ram = malloc(2 * (size_t)QY_PAGE_SIZE);
	if (!copy || !copy->ram) {
		free(copy);
		return NULL;
	}
	copy->pfn = pfn;
	copy->then = copy->ram + QY_PAGE_SIZE;
	memcpy(copy->ram, window, QY_PAGE_SIZE);
	*slot = copy;
	cache->stats.pages++;
	return copy;
}

static void drop(struct qy_cpu_cache *cache, struct copy **slot)
{
	struct copy *copy = *slot;

	*slot = copy->next;
	cache->stats.pages -= copy->ram != NULL;
	free(copy->ram);
	free(copy);
}

/* ------------------------------------------------------------------ lines */

static bool cpu_wrote(const struct copy *copy, const uint8_t *window, uint32_t line)
{
	size_t at = (size_t)line * LINE;
	const uint8_t *clean = copy->written >> line & 1 ? copy->then : copy->ram;

	return memcmp(window + at, clean + at, LINE) != 0;
}

static void write_back(struct qy_cpu_cache *cache, struct copy *copy,
	const uint8_t *window, uint32_t line)
{
	size_t at = (size_t)line * LINE;

	cache->stats.cleaned_lines++;
	cache->stats.lost_device_lines += copy->written >> line & 1;
	memcpy(copy->ram + at, window + at, LINE);
	copy->written &= ~(1ull << line);
}

/* What the CPU wrote reaches RAM; the line stays in the cache. */
static void clean(struct qy_cpu_cache *cache, struct copy *copy, uint8_t *window,
	uint32_t line, bool whole)
{
	(void)whole;
	if (cpu_wrote(copy, window, line))
		write_back(cache, copy, window, line);
}

/* The line leaves the cache; one of which the range has a part only is written back first. */
static void invalidate(struct qy_cpu_cache *cache, struct copy *copy, uint8_t *window,
	uint32_t line, bool whole)
{
	size_t at = (size_t)line * LINE;
	bool dirty = cpu_wrote(copy, window, line);

	if (dirty && !whole) {
		write_back(cache, copy, window, line);
		return;
	}
	cache->stats.lost_cpu_lines += dirty;
	cache->stats.invalidated_lines += copy->written >> line & 1;
	memcpy(window + at, copy->ram + at, LINE);
	copy->written &= ~(1ull << line);
}

typedef void (*line_fn)(struct qy_cpu_cache *cache, struct copy *copy, uint8_t *window,
	uint32_t line, bool whole);

/* @fn for each line of [start, end) of one page, bytes in the page. */
static void each_line(struct qy_cpu_cache *cache, struct copy *copy, uint8_t *window,
	size_t start, size_t end, line_fn fn)
{
	for (size_t line = start / LINE; line <= (end - 1) / LINE; line++) {
		bool whole = start <= line * LINE && end >= (line + 1) * LINE;

		fn(cache, copy, window, (uint32_t)line, whole);
	}
}

/* A page without a copy gets one where @make; without memory for it the host cannot go on telling the truth. */
static void each_page(
	struct qy_cpu_cache *cache, uint64_t phys, size_t size, bool make, line_fn fn)
{
	uint64_t end = phys + size;

	pthread_mutex_lock(&cache->lock);
	while (phys < end) {
		uint64_t pfn = phys / QY_PAGE_SIZE, page = pfn * QY_PAGE_SIZE;
		uint64_t stop = page + QY_PAGE_SIZE < end ? page + QY_PAGE_SIZE : end;
		uint8_t *window = qy_dma_ram(cache->m, page);
		struct copy *copy = NULL;

		if (window)
			copy = make ? copy_of(cache, pfn, window) : *slot_of(cache, pfn);
		if (window && make && !copy)
			abort();
		if (copy && !copy->uncached)
			each_line(cache, copy, window, phys - page, stop - page, fn);
		phys = stop;
	}
	pthread_mutex_unlock(&cache->lock);
}

/* ------------------------------------------------------------------ what the DMA API calls */

static void for_device(void *arg, uint64_t phys, size_t size, enum qy_dma_direction dir)
{
	(void)dir; /* arm64 cleans, whoever writes next */
	each_page(arg, phys, size, true, clean);
}

static void for_cpu(void *arg, uint64_t phys, size_t size, enum qy_dma_direction dir)
{
	if (dir != QY_DMA_TO_DEVICE)
		each_page(arg, phys, size, false, invalidate);
}

static void set_uncached(struct qy_cpu_cache *cache, uint64_t pfn, bool on)
{
	struct copy **slot = slot_of(cache, pfn);

	if (*slot)
		drop(cache, slot);
	if (!on)
		return;
	slot = slot_of(cache, pfn);
	*slot = calloc(1, sizeof(**slot));
	if (!*slot)
		abort();
	(*slot)->pfn = pfn;
	(*slot)->uncached = true;
}

static void uncached(void *arg, uint64_t phys, size_t size, bool on)
{
	struct qy_cpu_cache *cache = arg;

	pthread_mutex_lock(&cache->lock);
	for (uint64_t at = 0; at < size; at += QY_PAGE_SIZE)
		set_uncached(cache, (phys + at) / QY_PAGE_SIZE, on);
	pthread_mutex_unlock(&cache->lock);
}

/* ------------------------------------------------------------------ what devices do */

int qy_cpu_cache_read(struct qy_cpu_cache *cache, uint64_t phys, const void *ram,
	void *to, size_t bytes)
{
	struct copy *copy;

	pthread_mutex_lock(&cache->lock);
	copy = *slot_of(cache, phys / QY_PAGE_SIZE);
	if (copy && !copy->uncached)
		ram = copy->ram + phys % QY_PAGE_SIZE;
	memcpy(to, ram, bytes);
	pthread_mutex_unlock(&cache->lock);
	return 0;
}

int qy_cpu_cache_write(struct qy_cpu_cache *cache, uint64_t phys, void *ram,
	const void *from, size_t bytes)
{
	size_t at = phys % QY_PAGE_SIZE;
	const uint8_t *window = (const uint8_t *)ram - at;
	struct copy *copy;
	int ret = 0;

	pthread_mutex_lock(&cache->lock);
	copy = copy_of(cache, phys / QY_PAGE_SIZE, window);
	if (!copy) {
		ret = -1;
	} else if (copy->uncached) {
		memcpy(ram, from, bytes);
	} else {
		for (size_t line = at / LINE; line <= (at + bytes - 1) / LINE; line++) {
			if (copy->written >> line & 1)
				continue;
			/* a line that the CPU has written stays known as such */
			memcpy(copy->then + line * LINE,
				(cpu_wrote(copy, window, (uint32_t)line) ? copy->ram
									 : window) +
					line * LINE,
				LINE);
			copy->written |= 1ull << line;
		}
		memcpy(copy->ram + at, from, bytes);
	}
	pthread_mutex_unlock(&cache->lock);
	return ret;
}

/* ------------------------------------------------------------------ it comes and goes */

struct qy_cpu_cache *qy_cpu_cache_create(struct qy_machine *m)
{
	struct qy_cpu_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return NULL;
	cache->m = m;
	pthread_mutex_init(&cache->lock, NULL);
	cache->hooks = (struct qy_dma_cache){ .arg = cache,
		.for_device = for_device,
		.for_cpu = for_cpu,
		.uncached = uncached };
	qy_dma_set_cache(m, &cache->hooks);
	return cache;
}

void qy_cpu_cache_destroy(struct qy_cpu_cache *cache)
{
	if (!cache)
		return;
	qy_dma_set_cache(cache->m, NULL);
	for (uint32_t i = 0; i < BUCKETS; i++)
		while (cache->bucket[i])
			drop(cache, &cache->bucket[i]);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

void qy_cpu_cache_stats(struct qy_cpu_cache *cache, struct qy_cpu_cache_stats *stats)
{
	pthread_mutex_lock(&cache->lock);
	*stats = cache->stats;
	pthread_mutex_unlock(&cache->lock);
}
