// SPDX-License-Identifier: MIT
/*
 * The slab room, walked and recounted.
 *
 *   qy_slab_validate()
 *
 * Checks: every frame that the class map marks is in a slab of that cache, and no other is;
 *   inuse + set bits == objects;  lists, counts of slabs and objects, and states agree;
 *   every object in a sheaf is an object of its cache, in use as its slab sees it, and in no other sheaf.
 * The last is seen by setting its bit for the length of the walk.
 *
 * Locking: none; nobody else may be in the machine.
 */
#include "mm/slab/sheaf.h"
#include "mm/slab/slub_debug.h"

#define INVALID(...)                                     \
	do {                                             \
		qy_snprintf(why, why_size, __VA_ARGS__); \
		return false;                            \
	} while (0)

struct slab_tally {
	u64 slabs, objects, partial;
};

/* ------------------------------------------------------------------ slabs */

static bool validate_slab(
	const struct kmem_cache *cache, u32 head, char *why, size_t why_size)
{
	const struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);
	u32 hot = m->hot[head], free = 0;
	u32 want =
		slab->order == cache->order ? cache->objects : cache->layout.min_objects;

	if (hot_state(hot) != PG_ALLOCATED || hot_order(hot) != slab->order ||
		!(hot_flags(hot) & PGF_OWNED))
		INVALID("cache %s: slab at frame %u: hot word 0x%x", cache->name, head,
			hot);
	if (slab->objects != want || slab->inuse > slab->objects)
		INVALID("cache %s: slab at frame %u: %u of %u objects in use, should be of %u",
			cache->name, head, slab->inuse, slab->objects, want);
	if (kmem_cache_debug(cache))
		free = qy_debug_nr_free(cache, head);
	/* a slab with damage was given up: nothing of it is free, whatever came back */
	for (u32 w = 0; !kmem_cache_debug(cache) && w * 64 < slab->objects; w++) {
		u64 bits = *qy_slab_word(cache, head, w);

		if (bits & ~qy_low_bits(slab->objects - w * 64))
			INVALID("cache %s: slab at frame %u: a bit past the last object",
				cache->name, head);
		free += qy_popcount64(bits);
	}
	if (slab->inuse + free != slab->objects)
		INVALID("cache %s: slab at frame %u: %u in use and %u free of %u",
			cache->name, head, slab->inuse, free, slab->objects);
	if ((slab->state == SLAB_FULL) != (slab->inuse == slab->objects))
		INVALID("cache %s: slab at frame %u: state %u with %u of %u in use",
			cache->name, head, slab->state, slab->inuse, slab->objects);
	return true;
}

/* The class map says something of this frame. */
static bool validate_frame(struct qy_machine *m, u32 frame, struct slab_tally *tally,
	char *why, size_t why_size)
{
	const struct qy_slabs *slabs = slabs_of(m);
	u8 class_byte = slabs->class_map[frame];
	u32 head = qy_object_slab(m, frame_address(m, frame));

	if (class_byte == CLASS_LARGE) {
		if (hot_state(m->hot[frame]) != PG_ALLOCATED ||
			!(hot_flags(m->hot[frame]) & PGF_OWNED))
			INVALID("frame %u: a large kmalloc with hot word 0x%x", frame,
				m->hot[frame]);
		return true;
	}
	const struct slab *slab = frame_slab(m, head);
	const struct kmem_cache *cache =
		slab->cache < slabs->nr_ids ? slabs->by_id[slab->cache] : NULL;

	if (!cache)
		INVALID("frame %u: of a slab of cache %u, which is none", frame,
			slab->cache);
	if (class_byte != (slab->order == cache->order ? cache->class_byte : CLASS_LOOK))
		INVALID("frame %u: class %u in a slab of %s", frame, class_byte,
			cache->name);
	if (head != frame)
		return true;
	for (u32 i = 0; i < 1u << slab->order; i++)
		if (slabs->class_map[head + i] != class_byte)
			INVALID("frame %u: not the class of its slab", head + i);
	if (slab->state == SLAB_WAITING)
		return true;
	tally[slab->cache].slabs++;
	tally[slab->cache].objects += slab->objects;
	tally[slab->cache].partial += slab->state == SLAB_PARTIAL;
	return validate_slab(cache, head, why, why_size);
}

/* ------------------------------------------------------------------ lists */

static bool validate_node(
	const struct kmem_cache *cache, u32 id, char *why, size_t why_size)
{
	const struct qy_machine *m = cache->machine;
	const struct kmem_cache_node *node = &cache->node[id];
	u32 nr = 0, prev = 0;

	for (u32 head = node->partial; head; head = frame_slab(m, head - 1)->next) {
		const struct slab *slab = frame_slab(m, head - 1);

		if (slab->state != SLAB_PARTIAL || slab->cache != cache->id ||
			slab->prev != prev || frame_node(m, head - 1) != id ||
			nr++ > node->nr_partial)
			INVALID("cache %s: slab at frame %u does not belong on the list of node %u",
				cache->name, head - 1, id);
		prev = head;
	}
	if (nr != node->nr_partial || prev != node->partial_tail)
		INVALID("cache %s: %u slabs on the list of node %u, counted %u",
			cache->name, nr, id, node->nr_partial);
	return true;
}

static bool validate_counts(const struct kmem_cache *cache,
	const struct slab_tally *tally, char *why, size_t why_size)
{
	const struct qy_machine *m = cache->machine;
	u64 slabs = 0, objects = 0, partial = 0;

	for (u32 i = 0; i < m->nr_nodes; i++) {
		if (!validate_node(cache, i, why, why_size))
			return false;
		slabs += cache->node[i].nr_slabs;
		objects += cache->node[i].total_objects;
		partial += cache->node[i].nr_partial;
	}
	if (slabs != tally->slabs || objects != tally->objects ||
		partial != tally->partial)
		INVALID("cache %s: %lu slabs, %lu objects, %lu partial; there are %lu, %lu, %lu",
			cache->name, slabs, objects, partial, tally->slabs,
			tally->objects, tally->partial);
	for (u32 i = 0; i < m->nr_cpus; i++) {
		u32 active = slab_cpu(slabs_of(m), i)->active[cache->id];

		if (active && frame_slab(m, active - 1)->state != SLAB_ACTIVE)
			INVALID("cache %s: CPU %u takes from frame %u, whose state is %u",
				cache->name, i, active - 1,
				frame_slab(m, active - 1)->state);
	}
	return true;
}

/* ------------------------------------------------------------------ sheaves */

/* Sets (@mark) or clears the bits of all objects of a sheaf. Return: false at the first that may not be there. */
static bool mark_sheaf(const struct kmem_cache *cache, const struct sheaf *sheaf,
	bool mark, char *why, size_t why_size)
{
	const struct qy_machine *m = cache->machine;

	for (u32 i = 0; i < sheaf->nr; i++) {
		u32 head = qy_object_slab(m, sheaf->objects[i]);

		if (head == NO_FRAME || frame_slab(m, head)->cache != cache->id)
			INVALID("cache %s: a sheaf holds what is not of it", cache->name);
		u32 offset = (u32)((uintptr_t)sheaf->objects[i] -
				   (uintptr_t)frame_address(m, head));
		u32 index = object_index(cache, offset);
		u64 *word = qy_slab_word(cache, head, index / 64);
		u64 bit = 1ull << (index & 63);

		if (!is_multiple(cache->inverse, offset) || !!(*word & bit) == mark)
			INVALID("cache %s: object %u of the slab at frame %u is in a sheaf and %s",
				cache->name, index, head,
				mark ? "free, or in another sheaf" : "lost");
		*word ^= bit;
	}
	return true;
}

static bool mark_sheaves(
	const struct kmem_cache *cache, bool mark, char *why, size_t why_size)
{
	const struct qy_machine *m = cache->machine;

	for (u32 i = 0; i < m->nr_cpus; i++) {
		const struct slab_cpu *cpu = slab_cpu(slabs_of(m), i);

		if (!mark_sheaf(cache, cpu->main[cache->id], mark, why, why_size) ||
			!mark_sheaf(cache, cpu->spare[cache->id], mark, why, why_size))
			return false;
	}
	for (u32 i = 0; i < m->nr_nodes; i++) {
		const struct kmem_cache_node *node = &cache->node[i];
		u32 nr = 0;

		for (const struct sheaf *s = node->full; s; s = s->next, nr++)
			if (!mark_sheaf(cache, s, mark, why, why_size))
				return false;
		if (nr != node->nr_full)
			INVALID("cache %s: %u full sheaves at node %u, counted %u",
				cache->name, nr, i, node->nr_full);
	}
	return true;
}

bool qy_slab_validate(struct qy_machine *m, char *why, size_t why_size)
{
	const struct qy_slabs *slabs = slabs_of(m);
	struct slab_tally tally[MAX_CACHES] = { 0 };

	for (u32 frame = 0; frame < m->nr_frames; frame++)
		if (slabs->class_map[frame] &&
			!validate_frame(m, frame, tally, why, why_size))
			return false;
	for (const struct kmem_cache *c = slabs->caches; c; c = c->next)
		if (!validate_counts(c, &tally[c->id], why, why_size) ||
			!mark_sheaves(c, true, why, why_size) ||
			!mark_sheaves(c, false, why, why_size))
			return false;
	return true;
}
