// SPDX-License-Identifier: MIT
/*
 * Memory and variables of which each CPU has its own (linux/percpu.h).
 *
 *   a chunk: a unit of UNIT_BYTES for each CPU, behind each other; what is at p on CPU 0 is at p + n * UNIT_BYTES on CPU n
 *   a section: the variables of a module; CPU 0 has them where they are, each other CPU a copy, made at the first look
 *
 * Locking: none; see world.h.
 */
#include <linux/bitmap.h>
#include <linux/percpu.h>
#include <linux/vmalloc.h>
#include "compat/kasan.h"

#define UNIT_BYTES PCPU_MIN_UNIT_SIZE
#define NR_UNITS   (UNIT_BYTES / PCPU_MIN_ALLOC_SIZE)

struct percpu_chunk {
	struct list_head link;
	char *base;
	DECLARE_BITMAP(used, NR_UNITS);
	DECLARE_BITMAP(ends, NR_UNITS); /* the last one of a piece */
	unsigned int
		full_nr; /* so many were not found, so aligned, since the last free; 0: none were sought */
	unsigned long full_mask;
};

struct percpu_section {
	struct list_head link;
	const char *start;
	size_t bytes;
	char copies[]; /* of CPU 1, 2, ... */
};

unsigned int qy_compat_nr_cpus(void)
{
	return qy_compat_board()->nr_cpus;
}

const struct cpumask *qy_compat_cpus(void)
{
	struct cpumask *all = &qy_compat_world()->cpus;

	bitmap_fill(all->bits, nr_cpu_ids);
	return all;
}

unsigned int qy_compat_nr_nodes(void)
{
	return qy_compat_board()->nr_nodes;
}

int qy_compat_cpu_to_node(unsigned int cpu)
{
	const struct qy_board *board = qy_compat_board();

	return board->cpu_node && cpu < board->nr_cpus ? board->cpu_node[cpu] : 0;
}

/* ------------------------------------------------------------------ allocation */

static struct percpu_chunk *make_chunk(struct qy_world *w, gfp_t gfp)
{
	struct percpu_chunk *chunk;
	size_t bytes = (size_t)nr_cpu_ids * UNIT_BYTES;

	if (!gfpflags_allow_blocking(gfp))
		return NULL;
	chunk = qy_host_zalloc(sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->base = qy___vmalloc(w->m, bytes, gfp | __GFP_ZERO);
	if (!chunk->base) {
		qy_host_free(chunk);
		return NULL;
	}
	if (w->kasan)
		qy_kasan_deny(chunk->base, bytes, KASAN_VMALLOC_INVALID);
	list_add_tail(&chunk->link, &w->percpu_chunks);
	return chunk;
}

/* Each CPU's has an end. @bytes: 0: nobody's any more */
static void mark(const struct qy_world *w, const char *p, size_t bytes, size_t room)
{
	for (unsigned int cpu = 0; w->kasan && cpu < nr_cpu_ids; cpu++, p += UNIT_BYTES) {
		qy_kasan_deny(p, ALIGN(room, KASAN_GRANULE), KASAN_VMALLOC_INVALID);
		if (bytes)
			qy_kasan_allow(p, bytes);
	}
}

static void *take(struct percpu_chunk *chunk, unsigned int nr, size_t align)
{
	unsigned long mask =
		align > PCPU_MIN_ALLOC_SIZE ? align / PCPU_MIN_ALLOC_SIZE - 1 : 0;
	unsigned long at;
	char *p;

	if (chunk->full_nr && nr >= chunk->full_nr && mask >= chunk->full_mask)
		return NULL;
	at = bitmap_find_next_zero_area(chunk->used, NR_UNITS, 0, nr, mask);
	if (at >= NR_UNITS) {
		if (!chunk->full_nr ||
			(nr <= chunk->full_nr && mask <= chunk->full_mask)) {
			chunk->full_nr = nr;
			chunk->full_mask = mask;
		}
		return NULL;
	}
	p = chunk->base + at * PCPU_MIN_ALLOC_SIZE;
	bitmap_set(chunk->used, (unsigned int)at, nr);
	__set_bit(at + nr - 1, chunk->ends);
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		memset(p + (size_t)cpu * UNIT_BYTES, 0, (size_t)nr * PCPU_MIN_ALLOC_SIZE);
	return p;
}

void *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	struct qy_world *w = qy_compat_world();
	unsigned int nr = (unsigned int)DIV_ROUND_UP(size, PCPU_MIN_ALLOC_SIZE);
	struct percpu_chunk *chunk;
	void *p = NULL;

	might_sleep_if(gfpflags_allow_blocking(gfp));
	if (WARN(!size || size > UNIT_BYTES || align > PAGE_SIZE || (align & (align - 1)),
		    "illegal size (%zu) or align (%zu) for percpu allocation", size,
		    align))
		return NULL;
	if (qy_refuses(QY_HELD_PERCPU, gfp, size))
		return NULL;
	list_for_each_entry(chunk, &w->percpu_chunks, link) {
		p = take(chunk, nr, align);
		if (p)
			break;
	}
	if (!p) {
		chunk = make_chunk(w, gfp);
		p = chunk ? take(chunk, nr, align) : NULL;
	}
	if (!p)
		return NULL;
	mark(w, p, size, (size_t)nr * PCPU_MIN_ALLOC_SIZE);
	return qy_hold(QY_HELD_PERCPU, p, size);
}

static struct percpu_chunk *chunk_of(const struct qy_world *w, const volatile void *p)
{
	struct percpu_chunk *chunk;

	list_for_each_entry(chunk, &w->percpu_chunks, link)
		if ((const volatile char *)p >= chunk->base &&
			(const volatile char *)p < chunk->base + UNIT_BYTES)
			return chunk;
	return NULL;
}

void free_percpu(void *p)
{
	struct percpu_chunk *chunk;
	unsigned long at, end;

	if (!p)
		return;
	chunk = chunk_of(qy_compat_world(), p);
	if (WARN(!chunk || !qy_compat_held_find(qy_compat_world(), QY_HELD_PERCPU, p),
		    "free_percpu(): %px is no percpu memory, or free already", p))
		return;
	qy_let_go(QY_HELD_PERCPU, p);
	at = (unsigned long)((char *)p - chunk->base) / PCPU_MIN_ALLOC_SIZE;
	end = find_next_bit(chunk->ends, NR_UNITS, at);
	mark(qy_compat_world(), p, 0, (end - at + 1) * PCPU_MIN_ALLOC_SIZE);
	bitmap_clear(chunk->used, (unsigned int)at, (unsigned int)(end - at + 1));
	chunk->full_nr = 0;
	__clear_bit(end, chunk->ends);
}

/* ------------------------------------------------------------------ the way to a CPU's own */

static struct percpu_section *section_of(
	struct qy_world *w, const char *start, const char *end)
{
	size_t bytes = (size_t)(end - start);
	struct percpu_section *section;

	list_for_each_entry(section, &w->percpu_sections, link)
		if (section->start == start)
			return section;
	section = qy_host_zalloc(sizeof(*section) + bytes * (nr_cpu_ids - 1));
	if (!section)
		qy_compat_fatal("the host has no memory for a module's percpu variables");
	section->start = start;
	section->bytes = bytes;
	for (unsigned int cpu = 1; cpu < nr_cpu_ids; cpu++)
		memcpy(section->copies + (cpu - 1) * bytes, start, bytes);
	list_add(&section->link, &w->percpu_sections);
	return section;
}

void *qy_compat_per_cpu(
	const volatile void *p, unsigned int cpu, const char *start, const char *end)
{
	struct qy_world *w = qy_compat_world();
	char *at = (char *)(uintptr_t)p;
	struct percpu_section *section;

	if (at >= start && at < end) {
		section = section_of(w, start, end);
		return cpu ? section->copies + (cpu - 1) * section->bytes + (at - start)
			   : at;
	}
	if (WARN(!chunk_of(w, p), "per_cpu_ptr(): %px is no percpu memory", at))
		return at;
	return at + (size_t)cpu * UNIT_BYTES;
}

void qy_compat_percpu_down(struct qy_world *w)
{
	struct percpu_section *section, *next_section;
	struct percpu_chunk *chunk, *next;

	list_for_each_entry_safe(section, next_section, &w->percpu_sections, link)
		qy_host_free(section);
	list_for_each_entry_safe(chunk, next, &w->percpu_chunks, link) {
		qy_vfree(w->m, chunk->base);
		qy_host_free(chunk);
	}
}
