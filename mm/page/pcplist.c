// SPDX-License-Identifier: MIT
/*
 * Per-CPU page lists: the frames that a CPU has at hand, so that most requests touch no zone.
 *
 *   qy_pcp_alloc, qy_pcp_free     the owner's hot path
 *   qy_pcp_drain, qy_pcp_decay    any CPU gives a set's frames back to the zone
 *   qy_zone_batchsize, _highsize  Linux's sizes; qy_zone_set_pageset_high_and_batch() puts them in force
 *
 * A set has 14 lists (orders 0..3 of three types; order 9 not movable and movable). Each is a chain of 256-byte
 * chunks from the set's own pool: hot end `top`, cold end `bottom`.
 *
 *   count == sum over lists of nr << order
 *   every frame on a list has a hot word of PG_PCP with the list's order and no bit in the free map
 *
 * Locking: see struct per_cpu_pages. zone->lock is taken inside, never the other way round. The owner never waits:
 * when its set is taken it goes to the zone.
 */
#include "mm/page/internal.h"

/* ------------------------------------------------------------------ who may touch a set */

/* As pcp_enter(), or by the lock: where there is no heavy barrier, or where threads share the CPU. */
static bool pcp_trylock(struct per_cpu_pages *pcp)
{
	return READ_ONCE(pcp->remote) == PCP_ALWAYS_LOCK
		       ? qy_spin_trylock_irqsave(&pcp->lock)
		       : pcp_enter(pcp);
}

static void pcp_unlock(struct per_cpu_pages *pcp)
{
	if (READ_ONCE(pcp->remote) == PCP_ALWAYS_LOCK)
		qy_spin_unlock_irqrestore(&pcp->lock);
	else
		pcp_leave(pcp);
}

/* Never from an interrupt: it may have hit this very CPU's section, which then could not end. */
static void pcp_lock_remote(const struct qy_machine *m, struct per_cpu_pages *pcp)
{
	VM_BUG_ON(qy_current()->preempt_count & (HARDIRQ_OFFSET * 15));
	qy_spin_lock_irqsave(&pcp->lock);
	if (READ_ONCE(pcp->remote) == PCP_ALWAYS_LOCK)
		return;
	WRITE_ONCE(pcp->remote, 1);
	m->port->barrier_heavy(m->port->ctx);
	for (unsigned int round = 1; load_acquire(&pcp->busy); round++)
		qy_spin_wait(round);
}

static void pcp_unlock_remote(struct per_cpu_pages *pcp)
{
	if (READ_ONCE(pcp->remote) != PCP_ALWAYS_LOCK)
		store_release(&pcp->remote, 0);
	qy_spin_unlock_irqrestore(&pcp->lock);
}

/* ------------------------------------------------------------------ chains of chunks */

static inline u32 *chunk_of(const u32 *entry)
{
	return (u32 *)((uintptr_t)entry & ~(uintptr_t)(PCP_CHUNK_BYTES - 1));
}

static inline u32 *chunk_by_number(const struct per_cpu_pages *pcp, u32 number)
{
	return (u32 *)(void *)(pcp->pool + (size_t)(number - 1) * PCP_CHUNK_BYTES);
}

static inline u32 chunk_number(const struct per_cpu_pages *pcp, const u32 *chunk)
{
	return (u32)((size_t)((const char *)chunk - pcp->pool) / PCP_CHUNK_BYTES) + 1;
}

/* Never used chunks are handed out in order, so that a large pool stays untouched until it is needed. */
static u32 *chunk_get(struct per_cpu_pages *pcp)
{
	u32 *chunk;

	if (pcp->free_chunk) {
		chunk = chunk_by_number(pcp, pcp->free_chunk);
		pcp->free_chunk = chunk[CHUNK_HOTTER];
		pcp->nr_chunks_free--;
	} else if (pcp->nr_chunks_used < pcp->nr_chunks) {
		chunk = chunk_by_number(pcp, ++pcp->nr_chunks_used);
	} else {
		return NULL;
	}
	chunk[CHUNK_COLDER] = chunk[CHUNK_HOTTER] = 0;
	return chunk;
}

static void chunk_put(struct per_cpu_pages *pcp, u32 *chunk)
{
	chunk[CHUNK_HOTTER] = pcp->free_chunk;
	pcp->free_chunk = chunk_number(pcp, chunk);
	pcp->nr_chunks_free++;
}

bool qy_pcp_list_grow(struct per_cpu_pages *pcp, struct pcp_list *list)
{
	u32 *chunk = chunk_get(pcp);

	if (!chunk)
		return false;
	if (list->top) {
		u32 *colder = chunk_of(list->top - 1);

		colder[CHUNK_HOTTER] = chunk_number(pcp, chunk);
		chunk[CHUNK_COLDER] = chunk_number(pcp, colder);
	} else {
		list->bottom = chunk + CHUNK_FIRST;
	}
	list->top = chunk + CHUNK_FIRST;
	return true;
}

void qy_pcp_list_shrink(struct per_cpu_pages *pcp, struct pcp_list *list)
{
	u32 *chunk = chunk_of(list->top);
	u32 *colder = chunk_by_number(pcp, chunk[CHUNK_COLDER]);

	chunk_put(pcp, chunk);
	colder[CHUNK_HOTTER] = 0;
	list->top = colder + CHUNK_WORDS;
}

/* pre: nr > 0 */
static u32 list_pop_cold(struct per_cpu_pages *pcp, struct pcp_list *list)
{
	u32 frame = *list->bottom++;

	if (!--list->nr) {
		list->top = list->bottom = chunk_of(list->bottom - 1) + CHUNK_FIRST;
	} else if (at_chunk_end(list->bottom)) {
		u32 *chunk = chunk_of(list->bottom - 1);
		u32 *hotter = chunk_by_number(pcp, chunk[CHUNK_HOTTER]);

		chunk_put(pcp, chunk);
		hotter[CHUNK_COLDER] = 0;
		list->bottom = hotter + CHUNK_FIRST;
	}
	return frame;
}

/* An empty list gets ready to be filled from the cold end, so that the first frame in is the first out. */
static bool list_rewind(struct per_cpu_pages *pcp, struct pcp_list *list)
{
	u32 *chunk = list->top ? chunk_of(list->bottom) : chunk_get(pcp);

	if (!chunk)
		return false;
	list->top = list->bottom = chunk + CHUNK_WORDS;
	return true;
}

/* The refill found nothing: the list is empty as before. */
static void list_unwind(struct pcp_list *list)
{
	list->top = list->bottom = chunk_of(list->top - 1) + CHUNK_FIRST;
}

static void list_push_cold(struct per_cpu_pages *pcp, struct pcp_list *list, u32 frame)
{
	if (at_chunk_start(list->bottom)) {
		u32 *hotter = chunk_of(list->bottom);
		u32 *chunk = chunk_get(pcp);

		BUG_ON(!chunk); /* refill() has counted them */
		hotter[CHUNK_COLDER] = chunk_number(pcp, chunk);
		chunk[CHUNK_HOTTER] = chunk_number(pcp, hotter);
		list->bottom = chunk + CHUNK_WORDS;
	}
	*--list->bottom = frame;
	list->nr++;
}

/* ------------------------------------------------------------------ which list */

static inline unsigned int list_order(unsigned int index)
{
	return index < NR_PCP_LISTS - 2 ? index / MIGRATE_PCPTYPES : QY_PAGEBLOCK_ORDER;
}

/* ------------------------------------------------------------------ giving back to the zone */

static noinline void trace_drain(struct qy_machine *m, u32 frame, unsigned int order)
{
	trace_event(m,
		&(struct qy_event){
			.kind = QY_EVENT_MM_PAGE_PCPU_DRAIN,
			.pfn = frame_to_pfn(m, frame),
			.cpu = qy_this_cpu(),
			.order = (u8)order,
			.migratetype = shown_migratetype(block_of(m, frame)->migratetype),
		});
}

/*
 * Frees at least @nr frames (or all), from the cold end of one list after another, starting with @first: an idle list
 * must not keep its frames because another one is busy.
 */
static void give_back(
	struct zone *zone, struct per_cpu_pages *pcp, u32 nr, unsigned int first)
{
	struct qy_machine *m = zone->machine;
	u32 left = min(nr, pcp->count), given = 0;

	qy_spin_lock_irqsave(&zone->lock);
	for (unsigned int index = first; given < left;
		index = (index + 1) % NR_PCP_LISTS) {
		struct pcp_list *list = &pcp->lists[index];
		unsigned int order = list_order(index);

		for (; list->nr && given < left; given += 1u << order) {
			u32 frame = list_pop_cold(pcp, list);

			if (unlikely(m->trace))
				trace_drain(m, frame, order);
			WRITE_ONCE(m->hot[frame], 0);
			qy_freemap_put(zone, frame, order);
		}
	}
	qy_spin_unlock_irqrestore(&zone->lock);
	owner_add(&pcp->count, -given);
}

/* The zone's lists may grow again; and so may those of its node, where kswapd would go back to sleep. */
static void note_above_high(struct zone *zone)
{
	struct qy_machine *m = zone->machine;
	struct zone *first = &m->zones[zone->node * m->zones_per_node];

	if (!(READ_ONCE(zone->flags) & (ZONE_BELOW_HIGH | ZONE_RECLAIM_ACTIVE)) ||
		!qy_zone_watermark_ok(zone, 0, wmark_pages(zone, WMARK_HIGH),
			QY_ZONE_MOVABLE, 0, READ_ONCE(zone->nr_free_pages)))
		return;
	atomic_fetch_and(&zone->flags, ~(u32)ZONE_BELOW_HIGH);
	if (m->rescue && m->rescue->wake_kswapd)
		return;
	for (u32 i = 0; i < m->zones_per_node; i++)
		if (READ_ONCE(first[i].flags) & ZONE_RECLAIM_ACTIVE)
			atomic_fetch_and(&first[i].flags, ~(u32)ZONE_RECLAIM_ACTIVE);
}

/*
 * How many frames the set may hold now. high moves between high_min and high_max: frees in bulk raise it (so that
 * they need no zone), pressure on the zone lowers it.
 */
static s32 free_limit(struct zone *zone, struct per_cpu_pages *pcp, bool free_high)
{
	s32 batch = READ_ONCE(pcp->batch);
	s32 high_min = READ_ONCE(pcp->high_min), high_max = READ_ONCE(pcp->high_max);
	s32 high = clamp(pcp->high, high_min, high_max);
	u32 flags = READ_ONCE(zone->flags);
	s32 shrunk = max(high - max(pcp->free_count, batch), high_min);

	WRITE_ONCE(pcp->high, high);
	if (!high)
		return 0;
	if (free_high) {
		WRITE_ONCE(
			pcp->high, max(high - (batch << PCP_BATCH_SCALE_MAX), high_min));
		return 0;
	}
	if (flags & ZONE_RECLAIM_ACTIVE) {
		WRITE_ONCE(pcp->high, shrunk);
		return min(batch << 2, shrunk);
	}
	if (high_min == high_max)
		return high;
	if (flags & ZONE_BELOW_HIGH) {
		WRITE_ONCE(pcp->high, shrunk);
		return max((s32)pcp->count, high_min);
	}
	if ((s32)pcp->count >= high && high < pcp->free_count + batch)
		WRITE_ONCE(pcp->high, clamp(pcp->free_count + batch, high_min, high_max));
	return high;
}

static u32 free_amount(const struct per_cpu_pages *pcp, s32 limit, bool free_high)
{
	s32 batch = READ_ONCE(pcp->batch);

	if (free_high)
		return (u32)min((s32)pcp->count, batch << PCP_BATCH_SCALE_MAX);
	if (limit < batch)
		return 1;
	return (u32)clamp(pcp->free_count, batch, max(limit - batch, batch));
}

/*
 * The uncommon end of a free: the set is full, the zone is short, or orders above 0 come in a row. For the last, Linux
 * waits for a batch to come together where the CPU's share of the cache holds three of them (63 pages: 756 KiB); here
 * it always does.
 */
static noinline void free_slow(struct zone *zone, struct per_cpu_pages *pcp,
	unsigned int order, unsigned int index, s32 frees_before)
{
	bool free_high = false;

	if (order && order <= PAGE_ALLOC_COSTLY_ORDER) {
		s32 batch = READ_ONCE(pcp->batch);

		free_high = frees_before >= batch && (s32)pcp->count >= batch &&
			    pcp->flags & PCPF_PREV_FREE_HIGH_ORDER;
		pcp->flags |= PCPF_PREV_FREE_HIGH_ORDER;
	} else {
		pcp->flags &= ~PCPF_PREV_FREE_HIGH_ORDER;
	}
	s32 limit = free_limit(zone, pcp, free_high);

	if ((s32)pcp->count < limit)
		return;
	give_back(zone, pcp, free_amount(pcp, limit, free_high), index);
	note_above_high(zone);
}

bool qy_pcp_free(struct zone *zone, struct per_cpu_pages *pcp, u32 frame,
	unsigned int order, enum migratetype mt)
{
	unsigned int index = pcp_list_index(order, mt);

	if (!pcp_trylock(pcp))
		return false;
	s32 frees_before = pcp->free_count;

	if (unlikely(!list_push_hot(pcp, &pcp->lists[index], frame))) {
		pcp_unlock(pcp);
		return false;
	}
	owner_add(&pcp->count, 1u << order);
	pcp->alloc_factor >>= 1;
	if (pcp->free_count < READ_ONCE(pcp->batch) << PCP_BATCH_SCALE_MAX)
		pcp->free_count += 1 << order;
	if (unlikely((s32)pcp->count >= pcp->high ||
		     order | pcp->flags | READ_ONCE(zone->flags)))
		free_slow(zone, pcp, order, index, frees_before);
	pcp_unlock(pcp);
	return true;
}

/* ------------------------------------------------------------------ taking from the zone */

struct refill {
	struct per_cpu_pages *pcp;
	struct pcp_list *list;
	struct qy_machine *m;
	unsigned int order;
};

static void refill_one(void *arg, u32 frame)
{
	struct refill *r = arg;

	VM_BUG_ON(READ_ONCE(r->m->hot[frame]));
	WRITE_ONCE(r->m->hot[frame], hot_make(PG_PCP, r->order, 0, 0));
	list_push_cold(r->pcp, r->list, frame);
	owner_add(&r->pcp->count, 1u << r->order);
}

/* Blocks that one refill takes; order 0 doubles with each refill that follows another. */
static u32 refill_amount(
	const struct zone *zone, struct per_cpu_pages *pcp, unsigned int order)
{
	s32 base = READ_ONCE(pcp->batch);
	s32 high_min = READ_ONCE(pcp->high_min), high_max = READ_ONCE(pcp->high_max);
	s32 high = clamp(pcp->high, high_min, high_max);
	s32 batch = order ? base : base << pcp->alloc_factor;

	WRITE_ONCE(pcp->high, high);
	if (high < base)
		return 1;
	if (high_min != high_max && !(READ_ONCE(zone->flags) & ZONE_BELOW_HIGH)) {
		high = min(high + batch, high_max);
		WRITE_ONCE(pcp->high, high);
	}
	if (!order) {
		s32 room = max(high - (s32)pcp->count - base, base);

		if (batch <= room && pcp->alloc_factor < PCP_BATCH_SCALE_MAX)
			pcp->alloc_factor++;
		batch = min(batch, room);
	}
	return batch > 1 ? (u32)max(batch >> order, 2) : (u32)batch;
}

static noinline bool refill(struct zone *zone, struct per_cpu_pages *pcp,
	struct pcp_list *list, unsigned int order, enum migratetype mt,
	unsigned int alloc_flags)
{
	struct refill r = {
		.pcp = pcp, .list = list, .m = zone->machine, .order = order
	};
	u32 spare_chunks = pcp->nr_chunks - pcp->nr_chunks_used + pcp->nr_chunks_free;
	u32 nr = refill_amount(zone, pcp, order);

	if (!list_rewind(pcp, list))
		return false;
	nr = min(nr, PCP_CHUNK_FRAMES +
			     (spare_chunks ? (spare_chunks - 1) * PCP_CHUNK_FRAMES : 0));
	if (qy_rmqueue_bulk(zone, order, nr, mt, alloc_flags, refill_one, &r))
		return true;
	list_unwind(list);
	return false;
}

u32 qy_pcp_alloc(struct zone *zone, struct per_cpu_pages *pcp, unsigned int order,
	enum migratetype mt, unsigned int alloc_flags)
{
	struct pcp_list *list = &pcp->lists[pcp_list_index(order, mt)];
	u32 frame = NO_FRAME;

	if (!pcp_trylock(pcp))
		return NO_FRAME;
	pcp->free_count >>= 1;
	if (list->nr || refill(zone, pcp, list, order, mt, alloc_flags)) {
		frame = list_pop_hot(pcp, list);
		owner_add(&pcp->count, -(1u << order));
	}
	pcp_unlock(pcp);
	return frame;
}

/* ------------------------------------------------------------------ from any CPU */

void qy_pcp_drain(struct zone *zone, unsigned int cpu)
{
	struct per_cpu_pages *pcp = &zone->pageset[cpu];
	bool more = READ_ONCE(pcp->count) != 0;

	while (more) {
		pcp_lock_remote(zone->machine, pcp);
		give_back(
			zone, pcp, (u32)READ_ONCE(pcp->batch) << PCP_BATCH_SCALE_MAX, 0);
		more = pcp->count != 0;
		pcp_unlock_remote(pcp);
	}
}

/* On another node's memory nothing is kept that was not used for three ticks. */
static bool idle_on_remote_node(
	const struct zone *zone, struct per_cpu_pages *pcp, unsigned int cpu)
{
	u64 activity = READ_ONCE(pcp->hit_frames) + READ_ONCE(pcp->freed_frames);

	if (zone->node == qy_cpu_node(zone->machine, cpu))
		return false;
	if (activity != pcp->last_activity) {
		pcp->last_activity = activity;
		pcp->expire = 3;
	}
	return pcp->expire && !--pcp->expire;
}

/* What a CPU keeps for nothing falls by an eighth a second, then goes back. */
void qy_pcp_decay(struct zone *zone, unsigned int cpu)
{
	struct per_cpu_pages *pcp = &zone->pageset[cpu];

	pcp_lock_remote(zone->machine, pcp);
	s32 batch = READ_ONCE(pcp->batch), high_min = READ_ONCE(pcp->high_min);
	s32 excess = (s32)pcp->count - (batch << PCP_BATCH_SCALE_MAX);

	if (pcp->high > high_min)
		pcp->high = max(max(excess, pcp->high - (pcp->high >> 3)), high_min);
	if ((s32)pcp->count > pcp->high)
		give_back(zone, pcp, (u32)((s32)pcp->count - pcp->high), 0);
	bool idle = idle_on_remote_node(zone, pcp, cpu);

	pcp_unlock_remote(pcp);
	if (idle)
		qy_pcp_drain(zone, cpu);
}

/* ------------------------------------------------------------------ sizes */

/* A 1024th of the zone, at most 1 MiB; a quarter of that, times 1.5, to a power of two, less 1. As Linux 6.12. */
u32 qy_zone_batchsize(u64 managed)
{
	u64 batch = min(managed >> 10, (u64)(1 << 20) / QY_PAGE_SIZE);

	batch = max(batch / 4, (u64)1);
	batch = qy_rounddown_pow2(batch + batch / 2) - 1;
	return (u32)max(batch, (u64)1);
}

void qy_zone_highsize(u64 managed, u64 low_wmark, u32 batch, u32 nr_local_cpus,
	u32 fraction, u64 *high_min, u64 *high_max)
{
	u64 least = (u64)batch << 2;

	*high_min = (fraction ? managed / fraction : low_wmark) / nr_local_cpus;
	*high_min = max(*high_min, least);
	*high_max = fraction ? *high_min : max(managed / 8 / nr_local_cpus, least);
}

void qy_zone_set_pageset_high_and_batch(struct zone *zone)
{
	const struct qy_machine *m = zone->machine;
	u64 managed = zone_managed_pages(zone), high_min, high_max;
	u32 batch = qy_zone_batchsize(managed);

	qy_zone_highsize(managed, zone->_watermark[WMARK_LOW], batch,
		qy_zone_cpus(m, zone), m->percpu_pagelist_high_fraction, &high_min,
		&high_max);
	for (unsigned int cpu = 0; cpu < m->nr_cpus; cpu++) {
		struct per_cpu_pages *pcp = &zone->pageset[cpu];

		WRITE_ONCE(pcp->first_look,
			(u32)((u64)(zone->nr_frames >> QY_PAGEBLOCK_ORDER) * cpu /
				m->nr_cpus));
		WRITE_ONCE(pcp->batch, (s32)batch);
		WRITE_ONCE(pcp->high_min, (s32)high_min);
		WRITE_ONCE(pcp->high_max, (s32)high_max);
		if (!READ_ONCE(pcp->high))
			continue; /* never used: the owner's first refill sets it */
		/* the usual free compares with high alone */
		pcp_lock_remote(m, pcp);
		WRITE_ONCE(pcp->high, clamp(pcp->high, (s32)high_min, (s32)high_max));
		pcp_unlock_remote(pcp);
	}
}

/*
 * Room for high_max single frames, for the largest refill on top, and for a chunk that each list may leave half used
 * at either end. A list that outgrows the pool sends frames to the zone: slower, not wrong.
 */
size_t qy_pcp_pool_bytes(u64 high_max)
{
	u64 refill_max = (u64)63 << PCP_BATCH_SCALE_MAX;
	u64 frames = high_max + min(refill_max, high_max);

	return (size_t)((frames / PCP_CHUNK_FRAMES + 2 * NR_PCP_LISTS) * PCP_CHUNK_BYTES);
}

void qy_pcp_init(struct per_cpu_pages *pcp, char *pool, u64 pool_bytes, bool always_lock)
{
	BUG_ON((uintptr_t)pool & (PCP_CHUNK_BYTES - 1));
	pcp->pool = pool;
	pcp->nr_chunks = (u32)(pool_bytes / PCP_CHUNK_BYTES);
	pcp->remote = always_lock ? PCP_ALWAYS_LOCK : 0;
	pcp->batch = 1;
}

u64 qy_zone_event(const struct zone *zone, enum zone_event event)
{
	u64 count = 0;

	for (unsigned int cpu = 0; cpu < zone->machine->nr_cpus; cpu++) {
		const struct per_cpu_pages *pcp = &zone->pageset[cpu];

		count += READ_ONCE(pcp->events[event]);
		if (event == NUMA_HIT || event == NUMA_LOCAL)
			count += READ_ONCE(pcp->hits);
		else if (event == PGALLOC)
			count += READ_ONCE(pcp->hit_frames);
		else if (event == PGFREE)
			count += READ_ONCE(pcp->freed_frames);
	}
	return count;
}

/* ------------------------------------------------------------------ validation */

#define INVALID(...)                                     \
	do {                                             \
		qy_snprintf(why, why_size, __VA_ARGS__); \
		return false;                            \
	} while (0)

static bool validate_list(const struct zone *zone, const struct per_cpu_pages *pcp,
	unsigned int index, u32 *frames, char *why, size_t why_size)
{
	const struct qy_machine *m = zone->machine;
	const struct pcp_list *list = &pcp->lists[index];
	unsigned int order = list_order(index);
	const u32 *entry = list->bottom;

	for (u32 i = 0; i < list->nr; i++) {
		if (i && at_chunk_end(entry))
			entry = chunk_by_number(pcp, chunk_of(entry - 1)[CHUNK_HOTTER]) +
				CHUNK_FIRST;
		u32 frame = *entry++;

		if (frame < zone->first_frame ||
			frame - zone->first_frame >= zone->nr_frames)
			INVALID("zone %s list %u: frame %u is not of the zone",
				zone->name, index, frame);
		if (m->hot[frame] != hot_make(PG_PCP, order, 0, 0))
			INVALID("zone %s list %u: frame %u has hot word 0x%x", zone->name,
				index, frame, m->hot[frame]);
		if (freemap_test(m, frame))
			INVALID("zone %s list %u: frame %u is free in the map",
				zone->name, index, frame);
		*frames += 1u << order;
	}
	if (entry != list->top)
		INVALID("zone %s list %u: %u entries do not end at the hot end",
			zone->name, index, list->nr);
	return true;
}

bool qy_pcp_validate(struct zone *zone, char *why, size_t why_size)
{
	for (unsigned int cpu = 0; cpu < zone->machine->nr_cpus; cpu++) {
		const struct per_cpu_pages *pcp = &zone->pageset[cpu];
		u32 frames = 0;

		for (unsigned int index = 0; index < NR_PCP_LISTS; index++)
			if (!validate_list(zone, pcp, index, &frames, why, why_size))
				return false;
		if (frames != pcp->count)
			INVALID("zone %s cpu %u: count %u, lists hold %u", zone->name,
				cpu, pcp->count, frames);
		if (READ_ONCE(pcp->busy) || READ_ONCE(pcp->remote) == 1 ||
			qy_spin_is_locked(&pcp->lock))
			INVALID("zone %s cpu %u: left locked", zone->name, cpu);
	}
	return true;
}
