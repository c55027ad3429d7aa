/* SPDX-License-Identifier: MIT */
/*
 * What kfence_test.c takes from mm/slab.h, which is the allocator's own: alignments of the kmalloc caches, and what a page of KFENCE's
 * looks like as a slab. And time that passes while a loop waits for it; the names that %pS prints.
 */
#ifndef UPSTREAM_KFENCE_SLAB_H
#define UPSTREAM_KFENCE_SLAB_H

#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kfence.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <quarry/symbol.h>

/* a field that struct kmem_cache shows to nobody; here it stands in another one, of caches that are no caches */
#define align object_size
struct slab;

static inline int kmalloc_type(gfp_t gfp)
{
	return 0;
}

/* By the size that a kmalloc of it gets: the largest power of two in it is the alignment. */
static inline size_t __kmalloc_index(size_t size, bool size_is_constant)
{
	return kmalloc_size_roundup(size) / 8;
}

static inline struct kmem_cache **upstream_row(void)
{
	static struct kmem_cache cache[QY_KMALLOC_MAX_CACHE_SIZE / 8 + 1];
	static struct kmem_cache *row[QY_KMALLOC_MAX_CACHE_SIZE / 8 + 1];

	for (unsigned int i = 1; i < ARRAY_SIZE(row); i++) {
		cache[i].align = i * 8 & -(i * 8);
		row[i] = &cache[i];
	}
	return row;
}

#define kmalloc_caches ((struct kmem_cache **[1]){ upstream_row() })

static inline struct slab *virt_to_slab(const void *p)
{
	return (struct slab *)virt_to_page(p);
}

static inline unsigned int obj_to_index(
	const struct kmem_cache *cache, const struct slab *slab, const void *p)
{
	return is_kfence_address(p) ? 0 : ~0u;
}

static inline int objs_per_slab(const struct kmem_cache *cache, const struct slab *slab)
{
	return 1;
}

unsigned long upstream_jiffies(void);
#undef jiffies
#define jiffies upstream_jiffies()

/* " in %pS" */
static inline int upstream_scnprintf(char *text, size_t size, const char *fmt, ...)
{
	struct qy_symbol symbol;
	va_list args;
	int n;

	va_start(args, fmt);
	/* a call returns behind its begin */
	if (!strcmp(fmt, " in %pS") && qy_symbol_of(va_arg(args, char *) + 1, &symbol))
		n = (scnprintf)(text, size, " in %s+0x0", symbol.function);
	else
		n = vscnprintf(text, size, fmt, args);
	va_end(args);
	return n;
}
#define scnprintf upstream_scnprintf

#endif
