// SPDX-License-Identifier: MIT
/*
 * Pages of slabs in which no object lives go back to the host.
 *
 *   qy_slab_trim
 *
 * Only of slabs on a node's list: what a CPU takes from stays. Who takes from a slab of the list asks for its pages first
 * (qy_back_frames()). Not of caches whose free objects have content: constructed, readable after a free, or checked ones.
 *
 * Locking: slabs->mutex, then node->lock for a few slabs at a time, then zone->lock.
 */
#include "mm/slab/slub_debug.h"

#define AT_ONCE 16 /* slabs, under one hold of the lock */

static bool may_trim(const struct kmem_cache *cache)
{
	return !cache->ctor && !(cache->flags & QY_SLAB_TYPESAFE_BY_RCU) &&
	       !kmem_cache_debug(cache);
}

/* Are the objects [first, end) free? */
static bool all_free(const struct kmem_cache *cache, u32 head, u32 first, u32 end)
{
	while (first < end) {
		u32 nr = min(64 - (first & 63), end - first);

		if (~*qy_slab_word(cache, head, first / 64) >> (first & 63) &
			qy_low_bits(nr))
			return false;
		first += nr;
	}
	return true;
}

static bool page_is_empty(const struct kmem_cache *cache, u32 head, u32 page)
{
	u32 first = page * QY_PAGE_SIZE / cache->size;
	u32 end = ((page + 1) * QY_PAGE_SIZE - 1) / cache->size + 1;

	return all_free(cache, head, first,
		min(end, (u32)frame_slab(cache->machine, head)->objects));
}

static size_t trim_slab(const struct kmem_cache *cache, u32 head)
{
	struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);
	u32 frames = 1u << slab->order, begin = 0, end;
	bool has_holes = READ_ONCE(block_of(m, head)->flags) & PB_HOLES;
	size_t given = 0;

	if (!slab->order || slab->order > QY_PAGEBLOCK_ORDER ||
		(has_holes && *trimmed_at(m, head) == slab->inuse))
		return 0;
	for (; begin < frames; begin = end + 1) {
		for (end = begin; end < frames && page_is_empty(cache, head, end);)
			end++;
		if (end > begin)
			given += qy_give_bytes_back(m, head + begin, end - begin);
	}
	*trimmed_at(m, head) = slab->inuse;
	return given;
}

static size_t trim_node(const struct kmem_cache *cache, struct kmem_cache_node *node)
{
	u32 left = READ_ONCE(node->nr_partial), head;
	size_t given = 0;

	while (left) {
		qy_spin_lock_irqsave(&node->lock);
		for (u32 i = 0; left && i < AT_ONCE; i++, left--) {
			head = qy_next_partial(cache->machine, node);
			if (head != NO_FRAME)
				given += trim_slab(cache, head);
		}
		qy_spin_unlock_irqrestore(&node->lock);
	}
	return given;
}

size_t qy_slab_trim(struct qy_machine *m)
{
	struct qy_slabs *slabs = slabs_of(m);
	size_t given = 0;

	qy_mutex_lock(&slabs->mutex);
	for (struct kmem_cache *cache = slabs->caches; cache; cache = cache->next)
		for (u32 node = 0; may_trim(cache) && node < m->nr_nodes; node++)
			given += trim_node(cache, &cache->node[node]);
	qy_mutex_unlock(&slabs->mutex);
	return given;
}
