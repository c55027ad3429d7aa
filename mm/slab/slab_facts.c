// SPDX-License-Identifier: MIT
/*
 * What files show of a cache beyond qy_kmem_cache_info(): counts of each node, and how it was made.
 *
 *   qy_cache_facts, qy_cache_node_counts, qy_cache_set_min_partial, qy_cache_set_failslab,
 *   qy_cache_validate
 *
 * Locking: node->lock for what is counted; a cache must not be destroyed meanwhile.
 */
#include "mm/slab/slub_debug.h"

void qy_cache_facts(const struct kmem_cache *cache, struct cache_facts *out)
{
	*out = (struct cache_facts){
		.usersize = cache->usersize,
		.min_partial = READ_ONCE(cache->layout.min_partial),
		.cpu_partial = cache->layout.cpu_partial,
		.sheaf_capacity = cache->no_sheaves ? 0 : cache->sheaf_capacity,
		.has_ctor = cache->ctor != NULL,
		.shares_name = cache->shares_name,
	};
}

void qy_cache_set_min_partial(struct kmem_cache *cache, u32 nr_slabs)
{
	WRITE_ONCE(cache->layout.min_partial, nr_slabs);
}

int qy_cache_set_failslab(struct kmem_cache *cache, bool on)
{
	struct qy_slabs *slabs = slabs_of(cache->machine);
	int err = 0;

	/* under the mutex that merging takes: nobody becomes an alias of a marked cache */
	qy_mutex_lock(&slabs->mutex);
	if (cache->refcount > 1)
		err = -QY_EINVAL;
	else if (on)
		WRITE_ONCE(cache->flags, cache->flags | QY_SLAB_FAILSLAB);
	else
		WRITE_ONCE(cache->flags, cache->flags & ~QY_SLAB_FAILSLAB);
	qy_mutex_unlock(&slabs->mutex);
	return err;
}

static u32 partial_objects(const struct kmem_cache *cache, u32 id, bool free)
{
	const struct qy_machine *m = cache->machine;
	u32 objects = 0;

	for (u32 head = cache->node[id].partial; head;
		head = frame_slab(m, head - 1)->next) {
		const struct slab *slab = frame_slab(m, head - 1);

		objects += free ? slab->objects - slab->inuse : slab->inuse;
	}
	return objects;
}

void qy_cache_node_counts(struct kmem_cache *cache, u32 id, struct cache_node_counts *out)
{
	const struct qy_machine *m = cache->machine;
	struct kmem_cache_node *node = &cache->node[id];

	*out = (struct cache_node_counts){ 0 };
	qy_spin_lock_irqsave(&node->lock);
	out->slabs = node->nr_slabs;
	out->partial = node->nr_partial;
	out->total_objects = node->total_objects;
	out->partial_used = partial_objects(cache, id, false);
	out->objects = out->total_objects - partial_objects(cache, id, true);
	for (u32 cpu = 0; cpu < m->nr_cpus; cpu++) {
		const struct slab_cpu *slab_cpu = qy_slab_cpu(m, cpu);

		out->active += slab_cpu->node == id && slab_cpu->active[cache->id];
	}
	qy_spin_unlock_irqrestore(&node->lock);
}

/* What is wrong is reported and repaired, as at any other look. */
static void validate_locked(struct kmem_cache *cache, u32 head)
{
	struct kmem_cache_node *node = &cache->node[frame_node(cache->machine, head)];

	qy_spin_lock_irqsave(&node->lock);
	(void)qy_debug_validate_slab(cache, head);
	qy_spin_unlock_irqrestore(&node->lock);
}

int qy_cache_validate(struct kmem_cache *cache)
{
	struct qy_machine *m = cache->machine;
	const struct qy_slabs *slabs = slabs_of(m);

	if (!kmem_cache_debug(cache))
		return -QY_EINVAL;
	for (u32 frame = 0; frame < m->nr_frames; frame++) {
		if (!READ_ONCE(slabs->class_map[frame]))
			continue;
		u32 head = qy_object_slab(m, frame_address(m, frame));

		if (head == frame && frame_slab(m, head)->cache == cache->id)
			validate_locked(cache, head);
	}
	return 0;
}
