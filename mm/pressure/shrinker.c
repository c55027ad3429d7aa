// SPDX-License-Identifier: MIT
/*
 * Shrinkers: caches that give back what they can do without, by Linux's count and scan contract.
 *
 *   qy_shrinker_alloc, _register, _free
 *   qy_shrink_slab          a part of all of them, by priority
 *   qy_drop_caches
 *
 * What a call could not look at, since it was less than a batch or the cache would not, is deferred to the next call.
 *
 * Locking: shrinker_mutex, over the calls: a shrinker that is freed is not being called. Who finds it taken goes without,
 * as on Linux: somebody else is shrinking.
 */
#include "mm/pressure/internal.h"
#include <quarry/slab.h>

#define SHRINK_BATCH 128ul
#define FREEABLE_MAX \
	2ul /* times what is there: more than that is never looked at in one go */

/* ------------------------------------------------------------------ life */

struct shrinker *qy_shrinker_alloc(
	struct qy_machine *m, unsigned int flags, const char *name)
{
	struct shrinker *shrinker = qy_kzalloc(m, sizeof(*shrinker), QY_GFP_KERNEL);

	if (!shrinker)
		return NULL;
	shrinker->nr_deferred =
		qy_kcalloc(m, m->nr_nodes, sizeof(*shrinker->nr_deferred), QY_GFP_KERNEL);
	if (!shrinker->nr_deferred) {
		qy_kfree(m, shrinker);
		return NULL;
	}
	shrinker->machine = m;
	shrinker->flags = flags;
	shrinker->seeks = QY_DEFAULT_SEEKS;
	qy_snprintf(shrinker->name, sizeof(shrinker->name), "%s", name);
	return shrinker;
}

void qy_shrinker_register(struct shrinker *shrinker)
{
	struct pressure_room *room = shrinker->machine->pressure_room;

	qy_mutex_lock(&room->shrinker_mutex);
	*(room->last_shrinker ? &room->last_shrinker->next : &room->shrinkers) = shrinker;
	room->last_shrinker = shrinker;
	qy_mutex_unlock(&room->shrinker_mutex);
	qy_pressure_start(shrinker->machine);
}

static void unlist(struct pressure_room *room, struct shrinker *shrinker)
{
	struct shrinker *before = NULL, *at = room->shrinkers;

	while (at && at != shrinker) {
		before = at;
		at = at->next;
	}
	if (!at)
		return;
	*(before ? &before->next : &room->shrinkers) = at->next;
	if (room->last_shrinker == at)
		room->last_shrinker = before;
}

void qy_shrinker_free(struct shrinker *shrinker)
{
	struct pressure_room *room;

	if (!shrinker)
		return;
	room = shrinker->machine->pressure_room;
	qy_mutex_lock(&room->shrinker_mutex);
	unlist(room, shrinker);
	qy_mutex_unlock(&room->shrinker_mutex);
	qy_kfree(shrinker->machine, shrinker->nr_deferred);
	qy_kfree(shrinker->machine, shrinker);
}

/* ------------------------------------------------------------------ one */

/* Of @freeable objects: what the priority asks for, more of cheap ones. */
static u64 share_of(const struct shrinker *shrinker, u64 freeable, int priority)
{
	if (!shrinker->seeks)
		return freeable / 2;
	return (freeable >> priority) * 4 / (u64)shrinker->seeks;
}

static u64 shrink_one(struct shrinker *shrinker, qy_gfp_t gfp, u32 node, int priority)
{
	struct qy_machine *m = shrinker->machine;
	struct qy_shrink_control sc = { .gfp_mask = gfp, .nid = (int)node };
	u64 batch = shrinker->batch ? (u64)shrinker->batch : SHRINK_BATCH;
	u64 freeable, deferred, delta, total, scanned = 0, freed = 0;

	freeable = shrinker->count_objects(shrinker, &sc);
	if (!freeable || freeable == QY_SHRINK_EMPTY)
		return freeable;
	deferred = shrinker->nr_deferred[node];
	shrinker->nr_deferred[node] = 0;
	delta = share_of(shrinker, freeable, priority);
	total = min((deferred >> priority) + delta, FREEABLE_MAX * freeable);
	while (total >= batch || total >= freeable) {
		u64 nr = min(batch, total), gone;

		if (!nr)
			break;
		sc.nr_to_scan = sc.nr_scanned = nr;
		gone = shrinker->scan_objects(shrinker, &sc);
		if (gone == QY_SHRINK_STOP)
			break;
		freed += gone;
		qy_count_events(m, SLABS_SCANNED, sc.nr_scanned);
		scanned += sc.nr_scanned;
		total -= min(total, (u64)sc.nr_scanned);
	}
	deferred = deferred + delta > scanned ? deferred + delta - scanned : 0;
	shrinker->nr_deferred[node] = min(deferred, FREEABLE_MAX * freeable);
	return freed;
}

/* ------------------------------------------------------------------ the room's own */

/* What Linux calls super block shrinkers: vfs_cache_pressure scales what they say. */
static unsigned long count_inodes(struct shrinker *shrinker, struct qy_shrink_control *sc)
{
	struct qy_machine *m = shrinker->machine;
	u64 nr = sc->gfp_mask & QY___GFP_FS ? qy_inode_count(m) : 0;

	return nr * READ_ONCE(m->task_room->vm.vfs_cache_pressure) / 100;
}

static unsigned long scan_inodes(struct shrinker *shrinker, struct qy_shrink_control *sc)
{
	if (!(sc->gfp_mask & QY___GFP_FS))
		return QY_SHRINK_STOP;
	return qy_inode_reclaim(shrinker->machine, sc->nr_to_scan);
}

/* Shadows are worth their nodes as long as these are less than an eighth of what the lists hold. */
static unsigned long count_shadow_nodes(
	struct shrinker *shrinker, struct qy_shrink_control *sc)
{
	struct qy_machine *m = shrinker->machine;
	u64 pages = 0, nodes = READ_ONCE(m->task_room->nr_shadow_nodes), most;

	(void)sc;
	for (u32 node = 0; node < m->nr_nodes; node++)
		for (u32 lru = 0; lru < NR_LRU_LISTS; lru++)
			pages += READ_ONCE(m->node_stat[node][lru]);
	pages += qy_slab_pages(m, -1, true) + qy_slab_pages(m, -1, false);
	most = pages >> 3;
	return !nodes ? QY_SHRINK_EMPTY : nodes > most ? nodes - most : 0;
}

static unsigned long scan_shadow_nodes(
	struct shrinker *shrinker, struct qy_shrink_control *sc)
{
	return qy_index_reclaim(shrinker->machine, sc->nr_to_scan);
}

static u64 shrink_own(struct qy_machine *m, qy_gfp_t gfp, int priority)
{
	u64 freed = 0;
	struct shrinker own[2] = {
		{ .count_objects = count_shadow_nodes,
			.scan_objects = scan_shadow_nodes,
			.seeks = 0 },
		{ .count_objects = count_inodes,
			.scan_objects = scan_inodes,
			.batch = 1024,
			.seeks = QY_DEFAULT_SEEKS },
	};

	for (u32 i = 0; i < ARRAY_SIZE(own); i++) {
		u64 gone;

		own[i].machine = m;
		own[i].nr_deferred = &m->pressure_room->own_deferred[i];
		gone = shrink_one(&own[i], gfp, 0, priority);
		freed += gone == QY_SHRINK_EMPTY ? 0 : gone;
	}
	return freed;
}

/* ------------------------------------------------------------------ all */

u64 qy_shrink_slab(struct qy_machine *m, qy_gfp_t gfp, u32 node, int priority)
{
	struct pressure_room *room = m->pressure_room;
	u64 freed = 0;

	if (!qy_mutex_trylock(&room->shrinker_mutex))
		return 0;
	for (struct shrinker *s = room->shrinkers; s; s = s->next) {
		u64 gone = 0;

		if (!node || s->flags & QY_SHRINKER_NUMA_AWARE)
			gone = shrink_one(s, gfp, node, priority);
		freed += gone == QY_SHRINK_EMPTY ? 0 : gone;
	}
	if (!node)
		freed += shrink_own(m, gfp, priority);
	qy_mutex_unlock(&room->shrinker_mutex);
	return freed;
}

/* Passes over all shrinkers, as long as one frees more than the next one has to. */
static void drop_slab(struct qy_machine *m)
{
	u64 freed;
	unsigned int pass = 0;

	do {
		freed = 0;
		for (u32 node = 0; node < m->nr_nodes; node++)
			freed += qy_shrink_slab(m, QY_GFP_KERNEL, node, 0);
	} while (freed >> pass++ > 1);
}

int qy_drop_caches(struct qy_machine *m, int mode)
{
	struct pressure_room *room = m->pressure_room;

	if (mode < 1 || mode > 7)
		return -QY_EINVAL;
	if (mode & 1) {
		qy_drop_pagecache(m);
		qy_count_events(m, DROP_PAGECACHE, 1);
	}
	if (mode & 2) {
		drop_slab(m);
		qy_count_events(m, DROP_SLAB, 1);
	}
	if (!room->silent)
		qy_printk(m, QY_LOG_INFO, "%s (%d): drop_caches: %d",
			qy_current()->task.comm, qy_current()->task.pid, mode);
	room->silent |= (mode & 4) != 0;
	return 0;
}
