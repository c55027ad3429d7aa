// SPDX-License-Identifier: MIT
/*
 * Blocks of pools for devices have ends: a page of a pool is nobody's until a block of it is handed out, and a block is touched
 * between that and its free alone. See kasan.h.
 *
 *   qy_pool_made, qy_pool_gone, qy_pool_block   as compat/dmapool.c calls them
 *
 * Locking: none; see world.h.
 */
#include <linux/device.h>
#include <linux/dmapool.h>
#include <linux/mm.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/model.h"

struct noted_page {
	struct noted_page *next;
	const char *start;
	size_t bytes;
};

/* What the core does not say of a pool. */
struct qy_noted_pool {
	struct qy_noted_pool *next;
	const void *pool;
	const struct device *dev; /* that takes it along; NULL: its driver destroys it */
	size_t size;              /* of a block, as it was asked for */
	struct noted_page *pages;
};

static struct qy_noted_pool **find(struct qy_world *w, const void *pool)
{
	struct qy_noted_pool **at = &w->dma_pools;

	while (*at && (*at)->pool != pool)
		at = &(*at)->next;
	return at;
}

static struct qy_world *checked_world(void)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	return w && w->kasan ? w : NULL;
}

/* Without memory for the note its blocks have no ends. */
void qy_pool_made(const void *pool, size_t size, const void *dev)
{
	struct qy_world *w = checked_world();
	struct qy_noted_pool *noted = pool && w ? qy_host_zalloc(sizeof(*noted)) : NULL;

	if (!noted)
		return;
	*noted = (struct qy_noted_pool){
		.next = w->dma_pools, .pool = pool, .dev = dev, .size = size
	};
	w->dma_pools = noted;
}

/* Its pages are the core's again, who says nothing of them. */
static void forget(struct qy_noted_pool **at)
{
	struct qy_noted_pool *noted = *at;
	struct noted_page *page;

	*at = noted->next;
	while ((page = noted->pages)) {
		noted->pages = page->next;
		qy_kasan_deny(page->start, page->bytes, KASAN_PAGE_FREE);
		qy_host_free(page);
	}
	qy_host_free(noted);
}

void qy_pool_gone(const void *pool)
{
	struct qy_world *w = checked_world();
	struct qy_noted_pool **at = w ? find(w, pool) : NULL;

	if (at && *at)
		forget(at);
}

void qy_kasan_pools_gone(struct qy_world *w, const struct device *dev)
{
	for (struct qy_noted_pool **at = &w->dma_pools; *at;)
		if (!dev || (*at)->dev == dev)
			forget(at);
		else
			at = &(*at)->next;
}

static void note_page(struct qy_noted_pool *noted, const char *block)
{
	const char *start = (const char *)((uintptr_t)block & PAGE_MASK);
	size_t bytes = PAGE_ALIGN((size_t)(block - start) + noted->size);
	struct noted_page *page = noted->pages;

	while (page && page->start != start)
		page = page->next;
	if (page)
		return;
	page = qy_host_zalloc(sizeof(*page));
	if (!page)
		return;
	*page = (struct noted_page){ noted->pages, start, bytes };
	noted->pages = page;
	qy_kasan_deny(start, bytes, KASAN_PAGE_REDZONE);
}

void qy_pool_block(const void *pool, const void *p, bool out)
{
	struct qy_world *w = checked_world();
	struct qy_noted_pool *noted = w && p ? *find(w, pool) : NULL;
	struct held *held = noted ? qy_compat_held_find(w, QY_HELD_DMA, p) : NULL;

	if (!noted)
		return;
	if (held) /* its page is not its own, so nothing but the note says how long it is */
		held->what.bytes = out ? noted->size : 0;
	if (out) {
		note_page(noted, p);
		qy_kasan_allow(p, noted->size);
		qy_kasan_set_written(p, noted->size);
	} else if (!qy_kasan_state(p)) {
		qy_kasan_deny(p, ALIGN(noted->size, KASAN_GRANULE), KASAN_PAGE_WAITS);
	}
}
