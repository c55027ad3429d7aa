// SPDX-License-Identifier: MIT
/*
 * What is told of caches: to embedders, and to files the counts of each node and how a cache was made.
 *
 *   qy_kmem_cache_info, qy_kmem_cache_alias, qy_kmem_cache_size, qy_slab_pages, qy_slab_place,
 *   qy_cache_of
 *   qy_cache_facts, qy_cache_node_counts, qy_cache_set_min_partial, qy_cache_set_failslab,
 *   qy_cache_set_skip_kfence,
 *   qy_cache_validate
 *
 * Locking: slabs->mutex for the list of caches, node->lock for what is counted; a cache must not be destroyed meanwhile.
 */
#include "mm/slab/kfence.h"
#include "mm/slab/slub_debug.h"

/* ------------------------------------------------------------------ seeing */

unsigned int qy_kmem_cache_size(const struct kmem_cache *cache)
{
	return cache->object_size;
}

const char *qy_kmem_cache_alias(const struct kmem_cache *cache, unsigned int n)
{
	const struct cache_alias *alias = cache->aliases;

	while (alias && n--)
		alias = alias->next;
	return alias ? alias->name : NULL;
}

uint64_t qy_slab_pages(const struct qy_machine *m, int node, bool reclaimable)
{
	u64 pages = 0;

	for (u32 i = 0; i < m->nr_nodes; i++)
		if (node < 0 || (u32)node == i)
			pages += READ_ONCE(m->slab_pages[i][reclaimable]);
	return pages;
}

bool qy_slab_place(const struct qy_machine *m, const void *p, struct slab_place *out)
{
	u32 head = qy_object_slab(m, p);
	const struct kmem_cache *cache;
	char *base;
	u32 index;

	if (head == NO_FRAME)
		return false;
	cache = slabs_of(m)->by_id[frame_slab(m, head)->cache];
	base = frame_address(m, head);
	index = (u32)((uintptr_t)p - (uintptr_t)base) / cache->size;
	*out = (struct slab_place){ .cache = cache,
		.name = cache->name,
		.flags = cache->flags,
		.has_ctor = cache->ctor != NULL,
		.object = base + (size_t)index * cache->size + cache->layout.red_left_pad,
		.object_size = cache->object_size };
	return index < frame_slab(m, head)->objects;
}

bool qy_cache_of(
	const struct qy_machine *m, const void *p, const char **name, u32 *object_size)
{
	u32 head = is_kfence(m, p) ? NO_FRAME : qy_object_slab(m, p);
	const struct kmem_cache *cache =
		is_kfence(m, p)    ? qy_kfence_cache(m, p)
		: head != NO_FRAME ? slabs_of(m)->by_id[frame_slab(m, head)->cache]
				   : NULL;

	if (!cache)
		return false;
	*name = cache->name;
	*object_size = cache->object_size;
	return true;
}

/* One look at the node: what is free is part of the total, whatever happens before and after. */
static void add_node_info(
	struct kmem_cache *cache, u32 id, struct qy_kmem_cache_info *out)
{
	const struct qy_machine *m = cache->machine;
	struct kmem_cache_node *node = &cache->node[id];

	qy_spin_lock_irqsave(&node->lock);
	out->nr_slabs += node->nr_slabs;
	out->nr_partial += node->nr_partial;
	out->total_objects += node->total_objects;
	out->partial_free += qy_node_partial_free(cache, id);
	for (const struct sheaf *sheaf = node->full; sheaf; sheaf = sheaf->next)
		out->sheaf_objects += sheaf->nr;
	for (u32 i = 0; i < m->nr_cpus; i++) {
		const struct slab_cpu *cpu = slab_cpu(slabs_of(m), i);

		if (cpu->node == id && cpu->active[cache->id]) {
			const struct slab *slab =
				frame_slab(m, cpu->active[cache->id] - 1);

			out->free_objects += (u64)slab->objects - slab->inuse;
		}
	}
	qy_spin_unlock_irqrestore(&node->lock);
}

static void cache_info(struct kmem_cache *cache, struct qy_kmem_cache_info *out)
{
	const struct qy_machine *m = cache->machine;

	*out = (struct qy_kmem_cache_info){
		.cache = cache,
		.name = cache->name,
		.flags = cache->flags,
		.object_size = cache->object_size,
		.size = cache->size,
		.align = cache->layout.align,
		.objects_per_slab = cache->objects,
		.order = cache->order,
		.users = (unsigned int)max(cache->refcount, 1),
	};
	for (u32 node = 0; node < m->nr_nodes; node++)
		add_node_info(cache, node, out);
	for (u32 cpu = 0; cpu < m->nr_cpus; cpu++)
		out->sheaf_objects += qy_count_sheaves(cache, cpu);
	out->free_objects += out->partial_free;
}

bool qy_kmem_cache_info(
	struct qy_machine *m, unsigned int n, struct qy_kmem_cache_info *out)
{
	struct qy_slabs *slabs = slabs_of(m);
	struct kmem_cache *cache;

	qy_mutex_lock(&slabs->mutex);
	cache = slabs->caches;
	while (cache && n--)
		cache = cache->next;
	if (cache)
		cache_info(cache, out);
	qy_mutex_unlock(&slabs->mutex);
	return cache != NULL;
}

/* ------------------------------------------------------------------ for files */

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

/* Under the mutex that merging takes. */
static void set_flag(struct kmem_cache *cache, qy_slab_flags_t flag, bool on)
{
	WRITE_ONCE(cache->flags, on ? cache->flags | flag : cache->flags & ~flag);
}

void qy_cache_set_skip_kfence(struct kmem_cache *cache, bool on)
{
	qy_mutex_lock(&slabs_of(cache->machine)->mutex);
	set_flag(cache, QY_SLAB_SKIP_KFENCE, on);
	qy_mutex_unlock(&slabs_of(cache->machine)->mutex);
}

int qy_cache_set_failslab(struct kmem_cache *cache, bool on)
{
	struct qy_slabs *slabs = slabs_of(cache->machine);
	int err = 0;

	/* nobody becomes an alias of a marked cache */
	qy_mutex_lock(&slabs->mutex);
	if (cache->refcount > 1)
		err = -QY_EINVAL;
	else
		set_flag(cache, QY_SLAB_FAILSLAB, on);
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

void qy_kmem_cache_validate(struct kmem_cache *cache)
{
	(void)qy_cache_validate(cache);
}

_Static_assert(
	offsetof(struct kmem_cache, size) == QY_KMEM_CACHE_SIZE_AT &&
		offsetof(struct kmem_cache, object_size) == QY_KMEM_CACHE_OBJECT_AT &&
		offsetof(struct kmem_cache, flags) == QY_KMEM_CACHE_FLAGS_AT,
	"as <quarry/slab.h> says");
