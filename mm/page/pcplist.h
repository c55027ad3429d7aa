/* SPDX-License-Identifier: MIT */
/*
 * The hot half of the per-CPU page lists: what one allocation or free from a list that has it costs.
 *
 *   pcp_enter, pcp_leave     the owner's section, without an atomic operation (ADR 0010)
 *   pcp_list_index           which list serves an order and type
 *   list_pop_hot, list_push_hot
 *
 * Everything else is pcplist.c.
 */
#ifndef QY_PAGE_PCPLIST_H
#define QY_PAGE_PCPLIST_H

#include "mm/page/page.h"

#define NR_PCP_LISTS        14 /* orders 0..3 x 3 types, then order 9: not movable, movable */
#define PCP_BATCH_SCALE_MAX 5   /* CONFIG_PCP_BATCH_SCALE_MAX */
#define PCP_CHUNK_BYTES     256 /* a list is a chain of these; 62 frames each */
#define PCP_CHUNK_FRAMES    62

#define PCP_ALWAYS_LOCK \
	2u /* in `remote`: the flag does not do here, take the lock every time */

/* flags of a set */
#define PCPF_PREV_FREE_HIGH_ORDER 1u /* the last free was of order 1..3 */

/*
 * One end is hot (allocation and free), the other cold (drain). top points behind the hottest entry, bottom at the
 * coldest. Both lie in chunks of the pool; a list that was never used has none.
 */
struct pcp_list {
	u32 *top;
	u32 *bottom;
	u32 nr;
};

struct per_cpu_pages {
	/*
	 * Who may touch this set. The owner CPU stores busy = 1, then looks at remote; a remote CPU stores
	 * remote = 1 under lock, passes a heavy barrier, then waits for busy == 0. One of the two sees the other.
	 * Without such a barrier, and where threads share the CPU, remote stays PCP_ALWAYS_LOCK and both sides take lock;
	 * busy then says nothing.
	 */
	u32 busy;
	u32 remote;

	/* busy, or lock with the owner kept out, for these: */
	u32 count; /* frames on all lists */
	s32 high;
	s32 batch;
	u32 flags;
	s32 free_count;   /* recent frees, sizes the next give-back */
	u32 alloc_factor; /* refill takes batch << alloc_factor */

	/* counted by the owner */
	u64 hits; /* allocations served from here, all local to the preferred zone and node */
	u64 hit_frames;   /* their frames */
	u64 freed_frames; /* freed by this CPU, to a list or to the zone */
	char *pool;

	struct qy_spinlock lock;
	s32 high_min, high_max;
	u32 free_chunk; /* head of the free chunks, + 1; 0 = none */
	u32 nr_chunks_used;
	u32 nr_chunks_free; /* of these, on the free chain */
	u32 nr_chunks;
	u32 first_look; /* pageblock of the zone, where this CPU's search for a free block begins */
	u32 expire; /* ticks until an idle set of another node's zone is emptied */
	u64 last_activity;
	u64 events[NR_ZONE_EVENTS]; /* what is not a hit; by the owner */
	struct pcp_list lists[NR_PCP_LISTS];
} __attribute__((aligned(QY_CACHELINE)));

/*
 * Owner only. busy is stored before remote is read, and a remote CPU stores remote, passes the heavy barrier and reads
 * busy: one of the two sees the other. Finding busy set means that an interrupt hit this CPU inside a section.
 * Return: false when somebody else is in; nothing was taken.
 */
static inline bool pcp_enter(struct per_cpu_pages *pcp)
{
	if (unlikely(READ_ONCE(pcp->busy)))
		return false;
	WRITE_ONCE(pcp->busy, 1);
	barrier_compiler();
	/* acquire: what a remote CPU did to the lists is seen once remote is 0 again */
	if (likely(!load_acquire(&pcp->remote)))
		return true;
	/* release: pairs with the remote CPU's wait for busy == 0 */
	store_release(&pcp->busy, 0);
	return false;
}

/* release: a remote CPU that sees busy == 0 sees the lists as we leave them */
static inline void pcp_leave(struct per_cpu_pages *pcp)
{
	store_release(&pcp->busy, 0);
	QY_STEP();
}

static inline bool qy_pcp_allowed_order(const struct qy_board *board, unsigned int order)
{
	return order <= PAGE_ALLOC_COSTLY_ORDER ||
	       (order == QY_PAGEBLOCK_ORDER && board->thp);
}

/* pre: qy_pcp_allowed_order() */
static inline unsigned int pcp_list_index(unsigned int order, enum migratetype mt)
{
	if (likely(order <= PAGE_ALLOC_COSTLY_ORDER))
		return order * MIGRATE_PCPTYPES + (unsigned int)mt;
	return NR_PCP_LISTS - 2 + (mt == MIGRATE_MOVABLE);
}

/* ------------------------------------------------------------------ chains of chunks
 *
 * A chunk: two links (number of the colder and of the hotter neighbour, + 1), then frames. Aligned to its size, so a
 * pointer to an entry tells which chunk it is in and whether it is the first.
 */
#define CHUNK_COLDER 0
#define CHUNK_HOTTER 1
#define CHUNK_FIRST  2 /* entries begin here */
#define CHUNK_WORDS  (PCP_CHUNK_BYTES / sizeof(u32))
_Static_assert(
	CHUNK_WORDS - CHUNK_FIRST == PCP_CHUNK_FRAMES, "a chunk is links and frames");

static inline bool at_chunk_end(const u32 *top)
{
	return ((uintptr_t)top & (PCP_CHUNK_BYTES - 1)) == 0; /* NULL too */
}

static inline bool at_chunk_start(const u32 *entry)
{
	return ((uintptr_t)entry & (PCP_CHUNK_BYTES - 1)) == CHUNK_FIRST * sizeof(u32);
}

/* Cold: the list needs a chunk / has emptied one. */
bool qy_pcp_list_grow(struct per_cpu_pages *pcp, struct pcp_list *list);
void qy_pcp_list_shrink(struct per_cpu_pages *pcp, struct pcp_list *list);

/* Return: false when the pool is used up. */
static inline bool list_push_hot(
	struct per_cpu_pages *pcp, struct pcp_list *list, u32 frame)
{
	if (unlikely(at_chunk_end(list->top)) && !qy_pcp_list_grow(pcp, list))
		return false;
	*list->top++ = frame;
	list->nr++;
	return true;
}

/* pre: nr > 0. An emptied list keeps its last chunk. */
static inline u32 list_pop_hot(struct per_cpu_pages *pcp, struct pcp_list *list)
{
	u32 frame = *--list->top;

	if (unlikely(at_chunk_start(list->top)) && list->nr > 1)
		qy_pcp_list_shrink(pcp, list);
	list->nr--;
	return frame;
}

/*
 * The usual allocation. Return: a frame in state PG_PCP, or NO_FRAME: the list is empty or locked, go the long way.
 */
static inline u32 pcp_take_hit(
	struct per_cpu_pages *pcp, unsigned int order, enum migratetype mt)
{
	struct pcp_list *list = &pcp->lists[pcp_list_index(order, mt)];

	u32 frame = NO_FRAME;

	if (unlikely(!pcp_enter(pcp)))
		return NO_FRAME;
	if (likely(list->nr)) {
		frame = list_pop_hot(pcp, list);
		owner_add(&pcp->count, -(1u << order));
		pcp->free_count >>= 1;
		owner_add(&pcp->hits, 1);
		owner_add(&pcp->hit_frames, 1u << order);
	}
	pcp_leave(pcp);
	return frame;
}

/*
 * The usual free: the set has room, the zone is not short, no long run of order 1..3. Return: false when one of these
 * does not hold, and nothing was done.
 */
static inline bool pcp_give_hit(const struct zone *zone, struct per_cpu_pages *pcp,
	u32 frame, unsigned int order, enum migratetype mt)
{
	struct pcp_list *list = &pcp->lists[pcp_list_index(order, mt)];
	bool high_order = order && order <= PAGE_ALLOC_COSTLY_ORDER;

	if (unlikely(READ_ONCE(zone->flags)) || unlikely(!pcp_enter(pcp)))
		return false;
	if (unlikely((s32)(pcp->count + (1u << order)) >= pcp->high ||
		     at_chunk_end(list->top)) ||
		unlikely(high_order && pcp->flags &&
			 (s32)pcp->count >= READ_ONCE(pcp->batch))) {
		pcp_leave(pcp);
		return false;
	}
	*list->top++ = frame;
	list->nr++;
	owner_add(&pcp->count, 1u << order);
	pcp->alloc_factor >>= 1;
	if (pcp->free_count < READ_ONCE(pcp->batch) << PCP_BATCH_SCALE_MAX)
		pcp->free_count += 1 << order;
	pcp->flags = high_order ? PCPF_PREV_FREE_HIGH_ORDER : 0;
	pcp_leave(pcp);
	return true;
}

#endif
