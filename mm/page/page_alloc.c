// SPDX-License-Identifier: MIT
/*
 * Taking frames: the doors, the walk over the zones, the watermarks. What to do when that fails is slow_path.c.
 *
 *   qy_alloc_pages, _node, _bulk, qy_get_free_pages, qy_get_zeroed_page, qy_alloc_pages_exact
 *   qy_zone_watermark_ok      may this request go that deep?
 *
 * One request is a struct alloc_context; gfp flags become alloc_flags once on entry and once more in the slow path.
 *
 * Locking: none held here; the per-CPU set and zone->lock are taken below.
 */
#include "mm/page/internal.h"

/* ------------------------------------------------------------------ what the flags mean */

/* By the bits DMA, HIGHMEM, DMA32, MOVABLE. Two of the first three are a caller's error: the lowest zone wins. */
static const u8 zone_of_gfp[16] = {
	[0x0] = QY_ZONE_NORMAL,
	[QY___GFP_DMA] = QY_ZONE_DMA,
	[QY___GFP_HIGHMEM] = QY_ZONE_NORMAL,
	[QY___GFP_DMA | QY___GFP_HIGHMEM] = QY_ZONE_DMA,
	[QY___GFP_DMA32] = QY_ZONE_DMA32,
	[QY___GFP_DMA32 | QY___GFP_DMA] = QY_ZONE_DMA,
	[QY___GFP_DMA32 | QY___GFP_HIGHMEM] = QY_ZONE_DMA32,
	[QY___GFP_DMA32 | QY___GFP_HIGHMEM | QY___GFP_DMA] = QY_ZONE_DMA,
	[QY___GFP_MOVABLE] = QY_ZONE_NORMAL,
	[QY___GFP_MOVABLE | QY___GFP_DMA] = QY_ZONE_DMA,
	[QY___GFP_MOVABLE | QY___GFP_HIGHMEM] = QY_ZONE_MOVABLE,
	[QY___GFP_MOVABLE | QY___GFP_HIGHMEM | QY___GFP_DMA] = QY_ZONE_DMA,
	[QY___GFP_MOVABLE | QY___GFP_DMA32] = QY_ZONE_DMA32,
	[QY___GFP_MOVABLE | QY___GFP_DMA32 | QY___GFP_DMA] = QY_ZONE_DMA,
	[QY___GFP_MOVABLE | QY___GFP_DMA32 | QY___GFP_HIGHMEM] = QY_ZONE_DMA32,
	[0xf] = QY_ZONE_DMA,
};

static inline unsigned int gfp_zone(const struct qy_machine *m, qy_gfp_t gfp)
{
	unsigned int type = zone_of_gfp[gfp & 0xf];

	if (unlikely(type == QY_ZONE_DMA && !m->board->has_zone_dma))
		return QY_ZONE_NORMAL;
	if (unlikely(type == QY_ZONE_DMA32 && !m->board->has_zone_dma32))
		return QY_ZONE_NORMAL;
	return type;
}

unsigned int qy_gfp_zone(const struct qy_machine *m, qy_gfp_t gfp)
{
	return gfp_zone(m, gfp);
}

/* none, MOVABLE, RECLAIMABLE; both is a caller's error and counts as unmovable. */
static const u8 type_of_gfp[4] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE };

static inline enum migratetype gfp_migratetype(const struct qy_machine *m, qy_gfp_t gfp)
{
	if (unlikely(!m->mobility_grouping))
		return MIGRATE_UNMOVABLE;
	return (enum migratetype)type_of_gfp[gfp >> 3 & 3];
}

/* A scope of the task narrows every request inside it. */
static inline qy_gfp_t current_gfp_context(const struct qy_context *ctx, qy_gfp_t gfp)
{
	u32 scope = ctx->task_flags;

	if (likely(!(scope & (PF_MEMALLOC_NOIO | PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN))))
		return gfp;
	if (scope & PF_MEMALLOC_NOIO)
		gfp &= ~(QY___GFP_IO | QY___GFP_FS);
	if (scope & PF_MEMALLOC_NOFS)
		gfp &= ~QY___GFP_FS;
	if (scope & PF_MEMALLOC_PIN)
		gfp &= ~QY___GFP_MOVABLE;
	return gfp;
}

_Static_assert(ALLOC_KSWAPD == QY___GFP_KSWAPD_RECLAIM, "the flag is passed on as it is");

/* The first attempt keeps types apart where a lower zone could serve instead. */
static inline unsigned int alloc_flags_nofragment(
	const struct zone *preferred, qy_gfp_t gfp)
{
	const struct qy_machine *m = preferred->machine;
	unsigned int flags = gfp & QY___GFP_KSWAPD_RECLAIM;

	if (preferred->type != QY_ZONE_NORMAL || !m->board->has_zone_dma32)
		return flags;
	if (m->nr_nodes > 1 &&
		!populated_zone(preferred - (QY_ZONE_NORMAL - QY_ZONE_DMA32)))
		return flags;
	return flags | ALLOC_NOFRAGMENT;
}

/* ------------------------------------------------------------------ watermarks */

/* Free frames that this request cannot have, whatever the watermark says. */
static inline u64 unusable_free(
	const struct zone *zone, unsigned int order, unsigned int alloc_flags)
{
	u64 unusable = (1ull << order) - 1;

	if (likely(!(alloc_flags & ALLOC_RESERVES)))
		unusable += READ_ONCE(zone->nr_reserved_highatomic);
	if (!(alloc_flags & ALLOC_CMA))
		unusable += READ_ONCE(zone->nr_free_cma);
	else if (!(alloc_flags & ALLOC_DROPPABLE))
		unusable += READ_ONCE(zone->nr_free_guaranteed);
	return unusable;
}

static inline bool order_is_there(
	const struct zone *zone, unsigned int order, unsigned int alloc_flags)
{
	const u16 *free_orders = zone->free_orders;
	u32 orders = (u32)READ_ONCE(free_orders[MIGRATE_UNMOVABLE]) |
		     READ_ONCE(free_orders[MIGRATE_MOVABLE]) |
		     READ_ONCE(free_orders[MIGRATE_RECLAIMABLE]);

	if (alloc_flags & ALLOC_CMA)
		orders |= READ_ONCE(free_orders[MIGRATE_CMA]);
	if (alloc_flags & ALLOC_DROPPABLE)
		orders |= READ_ONCE(free_orders[MIGRATE_GUARANTEED]);
	if (alloc_flags & (ALLOC_HIGHATOMIC | ALLOC_OOM))
		orders |= READ_ONCE(free_orders[MIGRATE_HIGHATOMIC]);
	return orders >> order != 0;
}

/* Of @mark, what a request with these rights has to leave. */
static inline s64 least_free(u64 mark, unsigned int alloc_flags)
{
	s64 least = (s64)mark;

	if (unlikely(alloc_flags & ALLOC_RESERVES)) {
		if (alloc_flags & ALLOC_MIN_RESERVE) {
			least -= least / 2;
			if (alloc_flags & ALLOC_NON_BLOCK)
				least -= least / 4;
		}
	}
	if (alloc_flags & ALLOC_OOM)
		least -= least / 2;
	return least;
}

bool qy_zone_watermark_ok(const struct zone *zone, unsigned int order, u64 mark,
	unsigned int highest_zone, unsigned int alloc_flags, u64 free_pages)
{
	s64 free = (s64)(free_pages - unusable_free(zone, order, alloc_flags));
	s64 least = least_free(mark, alloc_flags);

	if (free <= least + (s64)READ_ONCE(zone->lowmem_reserve[highest_zone]))
		return false;
	return !order || order_is_there(zone, order, alloc_flags);
}

static inline bool watermark_fast(const struct zone *zone, unsigned int order, u64 mark,
	const struct alloc_context *ac, unsigned int alloc_flags)
{
	u64 free = READ_ONCE(zone->nr_free_pages);

	if (likely(!order)) {
		u64 unusable = unusable_free(zone, 0, alloc_flags);

		if (likely(free >
			    unusable + mark +
				    READ_ONCE(zone->lowmem_reserve[ac->highest_zone])))
			return true;
	}
	if (qy_zone_watermark_ok(zone, order, mark, ac->highest_zone, alloc_flags, free))
		return true;
	/* the boost is there to make others reclaim, not to make an atomic request fail */
	if (order || !(alloc_flags & ALLOC_MIN_RESERVE) ||
		!READ_ONCE(zone->watermark_boost) ||
		(alloc_flags & ALLOC_WMARK_MASK) != WMARK_MIN)
		return false;
	return qy_zone_watermark_ok(zone, order, zone->_watermark[WMARK_MIN],
		ac->highest_zone, alloc_flags, free);
}

/* Tried at once above the high watermark; else the zone is marked, so that per-CPU lists stay small there. */
static inline bool zone_may_serve(struct zone *zone, unsigned int order,
	const struct alloc_context *ac, unsigned int alloc_flags)
{
	if (likely(!(READ_ONCE(zone->flags) & ZONE_BELOW_HIGH))) {
		if (likely(watermark_fast(
			    zone, order, wmark_pages(zone, WMARK_HIGH), ac, alloc_flags)))
			return true;
		atomic_fetch_or(&zone->flags, ZONE_BELOW_HIGH);
	}
	if (watermark_fast(zone, order,
		    wmark_pages(
			    zone, (enum zone_watermarks)(alloc_flags & ALLOC_WMARK_MASK)),
		    ac, alloc_flags))
		return true;
	return alloc_flags & ALLOC_NO_WATERMARKS;
}

/* ------------------------------------------------------------------ the walk */

static inline void zone_statistics(
	struct zone *preferred, struct zone *zone, unsigned int order, u32 cpu)
{
	const struct qy_machine *m = zone->machine;
	u64 *events = zone->pageset[cpu].events;

	qy_count_on_cpu(m, &events[PGALLOC], 1u << order);
	if (likely(zone->node == preferred->node)) {
		qy_count_on_cpu(m, &events[NUMA_HIT], 1);
	} else {
		qy_count_on_cpu(m, &events[NUMA_MISS], 1);
		qy_count_on_cpu(m, &preferred->pageset[cpu].events[NUMA_FOREIGN], 1);
	}
	qy_count_on_cpu(m,
		&events[zone->node == qy_cpu_node(m, cpu) ? NUMA_LOCAL : NUMA_OTHER], 1);
}

static noinline void wake_if_boosted(struct zone *zone, qy_gfp_t gfp)
{
	const struct rescue_ops *rescue = zone->machine->rescue;

	if (!(atomic_fetch_and(&zone->flags, ~(u32)ZONE_BOOSTED_WATERMARK) &
		    ZONE_BOOSTED_WATERMARK))
		return;
	if (rescue && rescue->wake_kswapd)
		rescue->wake_kswapd(zone, gfp, 0, zone->type);
}

static inline u32 rmqueue_buddy(struct zone *zone, unsigned int order,
	enum migratetype mt, unsigned int alloc_flags)
{
	u32 frame;

	qy_spin_lock_irqsave(&zone->lock);
	frame = qy_rmqueue_buddy_locked(zone, order, mt, alloc_flags);
	qy_spin_unlock_irqrestore(&zone->lock);
	return frame;
}

static inline u32 rmqueue_once(struct zone *zone, unsigned int order,
	unsigned int alloc_flags, enum migratetype mt, u32 cpu)
{
	u32 frame = NO_FRAME;

	/* frames of a guaranteed area are on no per-CPU list, from which anybody would be given them */
	if (unlikely(alloc_flags & ALLOC_DROPPABLE) &&
		READ_ONCE(zone->nr_free_guaranteed))
		frame = rmqueue_buddy(zone, order, mt, alloc_flags);
	if (likely(frame == NO_FRAME &&
		    qy_pcp_allowed_order(zone->machine->board, order)))
		frame = qy_pcp_alloc(zone, &zone->pageset[cpu], order, mt, alloc_flags);
	if (unlikely(frame == NO_FRAME))
		frame = rmqueue_buddy(zone, order, mt, alloc_flags);
	return frame;
}

/* Whether this request may wait until pages have moved for it; those who make room do not ask for any. */
static bool may_make_room(const struct qy_machine *m, qy_gfp_t gfp, enum migratetype mt)
{
	const struct qy_context *ctx = qy_current();

	return mt != MIGRATE_MOVABLE && gfp & QY___GFP_DIRECT_RECLAIM &&
	       !(ctx->task_flags & PF_MEMALLOC) &&
	       !(ctx->preempt_count | ctx->irqs_disabled) && m->rescue &&
	       m->rescue->make_room;
}

/* Policy quarry: blocks of the own type, if need be after room was made. NO_FRAME: now Linux's rules. */
static noinline u32 rmqueue_own_type(struct zone *zone, unsigned int order, qy_gfp_t gfp,
	unsigned int alloc_flags, enum migratetype mt, u32 cpu)
{
	const struct qy_machine *m = zone->machine;
	u32 frame = rmqueue_once(zone, order, alloc_flags | ALLOC_OWN_TYPE, mt, cpu);

	if (frame == NO_FRAME && may_make_room(m, gfp, mt) &&
		m->rescue->make_room(zone, order, mt))
		frame = rmqueue_once(
			zone, order, alloc_flags | ALLOC_OWN_TYPE, mt, qy_this_cpu());
	return frame;
}

static inline u32 rmqueue(struct zone *zone, unsigned int order, qy_gfp_t gfp,
	unsigned int alloc_flags, enum migratetype mt, u32 cpu)
{
	u32 frame = NO_FRAME;

	if (unlikely(zone->machine->own_first))
		frame = rmqueue_own_type(zone, order, gfp, alloc_flags, mt, cpu);
	if (likely(frame == NO_FRAME))
		frame = rmqueue_once(zone, order, alloc_flags, mt, cpu);
	if (unlikely(READ_ONCE(zone->flags) & ZONE_BOOSTED_WATERMARK) &&
		alloc_flags & ALLOC_KSWAPD)
		wake_if_boosted(zone, gfp);
	return frame;
}

u32 qy_get_page_from_freelist(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	unsigned int alloc_flags, const struct alloc_context *ac)
{
	u32 cpu = qy_this_cpu();

retry:
	for (u32 i = 0; i < ac->zonelist->nr; i++) {
		struct zone *zone = &m->zones[ac->zonelist->zone[i]];

		if (zone->type > ac->highest_zone)
			continue;
		/* keeping types apart is not worth a remote node */
		if (alloc_flags & ALLOC_NOFRAGMENT && zone->node != ac->preferred->node)
			break;
		if (!zone_may_serve(zone, order, ac, alloc_flags))
			continue;
		u32 frame = rmqueue(zone, order, gfp, alloc_flags, ac->migratetype, cpu);

		if (likely(frame != NO_FRAME)) {
			zone_statistics(ac->preferred, zone, order, cpu);
			if (unlikely(alloc_flags & ALLOC_HIGHATOMIC))
				qy_reserve_highatomic(zone, frame, order);
			return frame;
		}
	}
	if (alloc_flags & ALLOC_NOFRAGMENT) {
		alloc_flags &= ~ALLOC_NOFRAGMENT;
		goto retry;
	}
	return NO_FRAME;
}

/* ------------------------------------------------------------------ handing out */

/* The frame's memory is the caller's from here. Only a compound block writes the hot words of its tails. */
static inline void prep_new_page(
	struct qy_machine *m, u32 frame, unsigned int order, qy_gfp_t gfp)
{
	u32 flags = 0;

	if (gfp & QY___GFP_ZERO)
		memset(frame_address(m, frame), 0, (size_t)QY_PAGE_SIZE << order);
	if (gfp & QY___GFP_COMP && order) {
		for (u32 tail = frame + 1; tail < frame + (1u << order); tail++)
			WRITE_ONCE(m->hot[tail], hot_make(PG_TAIL, order, 0, 0));
		flags = PGF_COMP;
	}
	/* release: whoever finds the frame allocated sees it complete */
	store_release(&m->hot[frame], hot_make(PG_ALLOCATED, order, flags, 1));
}

static noinline struct page *order_too_large(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	if (!(gfp & QY___GFP_NOWARN) && qy_first_time(m, WARNED_ORDER))
		qy_printk(m, QY_LOG_WARNING,
			"WARNING: page allocation of order %u: the largest block is order %d",
			order, QY_MAX_PAGE_ORDER);
	return NULL;
}

/* A block was handed out, or not: NO_FRAME. */
static noinline void watch_alloc(struct qy_machine *m, u32 frame, unsigned int order,
	qy_gfp_t gfp, enum migratetype mt)
{
	bool clear = m->board->slab.init_on_alloc && !(gfp & QY___GFP_ZERO);

	if (clear && frame != NO_FRAME && !m->port->no_contents)
		memset(frame_address(m, frame), 0, (size_t)QY_PAGE_SIZE << order);
	if (m->block_watch && frame != NO_FRAME)
		m->block_watch->alloc(m, frame, order, gfp);
	trace_event(m, &(struct qy_event){
			       .kind = QY_EVENT_MM_PAGE_ALLOC,
			       .pfn = frame == NO_FRAME ? ~0ull : frame_to_pfn(m, frame),
			       .cpu = qy_this_cpu(),
			       .gfp = gfp,
			       .order = (u8)order,
			       .migratetype = (u8)mt,
		       });
}

/* Return: false when the list has no zone for the request. */
static inline bool prepare_alloc(const struct qy_machine *m, unsigned int nid,
	qy_gfp_t gfp, bool droppable, struct alloc_context *ac)
{
	ac->zonelist = gfp & QY___GFP_THISNODE ? &m->zonelists_thisnode[nid]
					       : &m->zonelists[nid];
	ac->highest_zone = gfp_zone(m, gfp);
	ac->migratetype = gfp_migratetype(m, gfp);
	ac->borrows =
		alloc_flags_cma(ac->migratetype) | (droppable ? ALLOC_DROPPABLE : 0);
	for (u32 i = 0; i < ac->zonelist->nr; i++) {
		ac->preferred = &m->zones[ac->zonelist->zone[i]];
		if (likely(ac->preferred->type <= ac->highest_zone))
			return true;
	}
	return false;
}

bool qy_begin_request(struct qy_machine *m, qy_gfp_t *gfp, struct alloc_context *ac)
{
	*gfp = current_gfp_context(qy_current(), *gfp & QY___GFP_BITS_MASK);
	return prepare_alloc(m, qy_cpu_node(m, qy_this_cpu()), *gfp, false, ac);
}

void qy_zone_needs(const struct zone *zone, unsigned int order,
	const struct alloc_context *ac, unsigned int alloc_flags,
	struct qy_gfp_zone_rights *out)
{
	*out = (struct qy_gfp_zone_rights){
		.name = zone->name,
		.node = zone->node,
		.free_pages = READ_ONCE(zone->nr_free_pages),
		.not_counted_pages = unusable_free(zone, order, alloc_flags),
		.low_pages = wmark_pages(zone, WMARK_LOW),
		.min_pages = wmark_pages(zone, WMARK_MIN),
		.reserve_pages = READ_ONCE(zone->lowmem_reserve[ac->highest_zone]),
	};
	if (!(alloc_flags & ALLOC_NO_WATERMARKS))
		out->leave_pages = (u64)least_free(out->min_pages, alloc_flags);
	else
		out->reserve_pages = 0;
}

const char *qy_gfp_problem(qy_gfp_t gfp, unsigned int order)
{
	const qy_gfp_t low = gfp & (QY___GFP_DMA | QY___GFP_HIGHMEM | QY___GFP_DMA32);

	if (order > QY_MAX_PAGE_ORDER)
		return "no block is larger than 4 MiB (order 10)";
	if (low & (low - 1))
		return "__GFP_DMA, __GFP_DMA32 and __GFP_HIGHMEM exclude each other: a request has one highest zone";
	if (!(~gfp & (QY___GFP_MOVABLE | QY___GFP_RECLAIMABLE)))
		return "__GFP_MOVABLE and __GFP_RECLAIMABLE exclude each other: a page is of one type";
	return gfp & QY___GFP_NOFAIL ? qy_nofail_problem(gfp, order) : NULL;
}

static noinline struct page *alloc_on_node(struct qy_machine *m, unsigned int nid,
	qy_gfp_t gfp, unsigned int order, bool droppable)
{
	struct qy_context *ctx = qy_current();
	struct alloc_context ac;
	u32 frame = NO_FRAME;

	VM_BUG_ON(ctx->machine != m);
	if (unlikely(order > QY_MAX_PAGE_ORDER))
		return order_too_large(m, gfp, order);
	gfp = current_gfp_context(ctx, gfp & QY___GFP_BITS_MASK);
	if (gfp & QY___GFP_DIRECT_RECLAIM &&
		unlikely(ctx->preempt_count | ctx->irqs_disabled))
		qy_report_sleep_in_atomic(m, MIGHT_ALLOC);
	if (unlikely(READ_ONCE(m->long_way) & LONG_WAY_FAULT) &&
		qy_should_fail_alloc_page(m, gfp, order))
		return NULL;
	if (unlikely(!prepare_alloc(m, nid, gfp, droppable, &ac))) {
		qy_warn_alloc(m, gfp, order);
		goto out;
	}
	frame = qy_get_page_from_freelist(m, gfp, order,
		WMARK_LOW | ac.borrows | alloc_flags_nofragment(ac.preferred, gfp), &ac);
	if (unlikely(frame == NO_FRAME))
		frame = qy_alloc_pages_slowpath(m, gfp, order, &ac);
	if (likely(frame != NO_FRAME))
		prep_new_page(m, frame, order, gfp);
out:
	if (unlikely(m->watched))
		watch_alloc(m, frame, order, gfp, gfp_migratetype(m, gfp));
	return likely(frame != NO_FRAME) ? frame_to_page(m, frame) : NULL;
}

/* ------------------------------------------------------------------ the fast path */

void qy_build_fast_path(struct qy_machine *m)
{
	for (u32 cpu = 0; cpu < m->nr_cpus; cpu++) {
		for (qy_gfp_t bits = 0; bits < QY_NR_ZONE_BITS; bits++) {
			struct fast_path *fast = &m->fast[cpu * QY_NR_ZONE_BITS + bits];
			struct alloc_context ac;

			if (!prepare_alloc(m, qy_cpu_node(m, cpu), bits, false, &ac))
				continue;
			/* a hit counts as local: a CPU without memory beside it goes the long way */
			if (ac.preferred->node != qy_cpu_node(m, cpu))
				continue;
			fast->zone = ac.preferred;
			fast->pcp = &ac.preferred->pageset[cpu];
			fast->highest_zone = (u32)ac.highest_zone;
			fast->alloc_flags = WMARK_LOW | m->own_first |
					    alloc_flags_nofragment(ac.preferred, bits);
		}
	}
}

/*
 * The best zone can serve, but this CPU's list has no block of that order, or there is no list for it. Types are kept
 * apart as in the first round of the walk; if that leaves nothing, the walk decides.
 */
static noinline u32 alloc_from_best(
	const struct fast_path *fast, qy_gfp_t gfp, unsigned int order, bool on_list)
{
	enum migratetype mt = (enum migratetype)type_of_gfp[gfp >> 3 & 3];
	unsigned int alloc_flags =
		fast->alloc_flags | alloc_flags_cma(mt) | (gfp & QY___GFP_KSWAPD_RECLAIM);
	struct per_cpu_pages *pcp = fast->pcp;
	struct zone *zone = fast->zone;
	u32 frame = NO_FRAME;

	if (on_list) {
		frame = qy_pcp_alloc(zone, pcp, order, mt, alloc_flags);
	} else if (!READ_ONCE(zone->nr_free_cma)) {
		qy_spin_lock_irqsave(&zone->lock);
		frame = qy_freemap_take(zone, order, mt);
		qy_spin_unlock_irqrestore(&zone->lock);
	}
	if (unlikely(frame == NO_FRAME))
		frame = rmqueue_buddy(zone, order, mt, alloc_flags);
	if (likely(frame != NO_FRAME)) {
		owner_add(&pcp->hits, 1);
		owner_add(&pcp->hit_frames, 1u << order);
	}
	if (unlikely(READ_ONCE(zone->flags) & ZONE_BOOSTED_WATERMARK) &&
		gfp & QY___GFP_KSWAPD_RECLAIM)
		wake_if_boosted(zone, gfp);
	return frame;
}

/*
 * What most requests are: from the best zone, above its high watermark, with nobody watching. It decides nothing that
 * the long way would decide otherwise. Return: NO_FRAME = go the long way.
 */
static inline u32 alloc_fast(struct qy_machine *m, const struct qy_context *ctx,
	qy_gfp_t gfp, unsigned int order)
{
	const struct fast_path *fast =
		&m->fast[ctx->cpu * QY_NR_ZONE_BITS + (gfp & (QY_NR_ZONE_BITS - 1))];
	const qy_gfp_t long_way = QY___GFP_THISNODE | QY___GFP_COMP | QY___GFP_ZERO;
	const struct zone *zone = fast->zone;

	VM_BUG_ON(ctx->machine != m);
	if (unlikely(gfp & long_way) ||
		unlikely(READ_ONCE(m->long_way) | ctx->task_flags) || unlikely(!zone) ||
		unlikely(order > QY_MAX_PAGE_ORDER))
		return NO_FRAME;
	if (gfp & QY___GFP_DIRECT_RECLAIM &&
		unlikely(ctx->preempt_count | ctx->irqs_disabled))
		return NO_FRAME;
	/* the CMA frames are left out of the count for everybody: who may use them takes the long way in between */
	u64 unusable = unusable_free(zone, order, 0) + wmark_pages(zone, WMARK_HIGH) +
		       READ_ONCE(zone->lowmem_reserve[fast->highest_zone]);

	if (unlikely(READ_ONCE(zone->nr_free_pages) <= unusable) ||
		unlikely(READ_ONCE(zone->flags)))
		return NO_FRAME;
	if (order && unlikely(!order_is_there(zone, order, 0)))
		return NO_FRAME;
	bool on_list = qy_pcp_allowed_order(m->board, order);

	if (likely(on_list)) {
		u32 frame = pcp_take_hit(
			fast->pcp, order, (enum migratetype)type_of_gfp[gfp >> 3 & 3]);

		if (likely(frame != NO_FRAME))
			return frame;
	}
	return alloc_from_best(fast, gfp, order, on_list);
}

/* ------------------------------------------------------------------ doors */

struct page *qy_alloc_pages(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	u32 frame = alloc_fast(m, qy_current(), gfp, order);

	if (likely(frame != NO_FRAME)) {
		/* release: whoever finds the frame allocated sees it complete */
		store_release(&m->hot[frame], hot_make(PG_ALLOCATED, order, 0, 1));
		return frame_to_page(m, frame);
	}
	return alloc_on_node(m, qy_cpu_node(m, qy_this_cpu()), gfp, order, false);
}

struct page *qy_alloc_droppable(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	gfp = (gfp & ~QY___GFP_RECLAIMABLE) | QY___GFP_MOVABLE;
	return alloc_on_node(
		m, qy_cpu_node(m, qy_this_cpu()), gfp, order, m->mobility_grouping);
}

struct page *qy_alloc_pages_node(
	struct qy_machine *m, int nid, qy_gfp_t gfp, unsigned int order)
{
	if (nid < 0 || (u32)nid >= m->nr_nodes)
		return qy_alloc_pages(m, gfp, order);
	return alloc_on_node(m, (unsigned int)nid, gfp, order, false);
}

/* The first zone of the preferred node that stays above low when @nr frames go; NULL = none. */
static struct zone *bulk_zone(struct qy_machine *m, const struct alloc_context *ac,
	unsigned long nr, unsigned int alloc_flags)
{
	for (u32 i = 0; i < ac->zonelist->nr; i++) {
		struct zone *zone = &m->zones[ac->zonelist->zone[i]];

		if (zone->type > ac->highest_zone)
			continue;
		if (zone->node != ac->preferred->node)
			return NULL;
		if (watermark_fast(
			    zone, 0, wmark_pages(zone, WMARK_LOW) + nr, ac, alloc_flags))
			return zone;
	}
	return NULL;
}

/* One zone, above low + @nr: from there single frames come off the per-CPU list without another check. */
static unsigned long bulk_fast(struct qy_machine *m, qy_gfp_t gfp, unsigned long first,
	unsigned long nr, struct page **pages)
{
	u32 cpu = qy_this_cpu();
	struct alloc_context ac;
	unsigned long i = first;

	if (!prepare_alloc(m, qy_cpu_node(m, cpu), gfp, false, &ac))
		return first;
	unsigned int alloc_flags = WMARK_LOW | alloc_flags_cma(ac.migratetype) |
				   alloc_flags_nofragment(ac.preferred, gfp);
	struct zone *zone = bulk_zone(m, &ac, nr, alloc_flags);

	if (!zone)
		return first;
	for (; i < nr; i++) {
		if (pages[i])
			continue;
		u32 frame = qy_pcp_alloc(zone, &zone->pageset[cpu], 0, ac.migratetype,
			alloc_flags | m->own_first);

		/* policy quarry: the next one is an ordinary request, which has room made for it */
		if (frame == NO_FRAME)
			break;
		zone_statistics(zone, zone, 0, cpu);
		prep_new_page(m, frame, 0, gfp);
		if (unlikely(m->watched))
			watch_alloc(m, frame, 0, gfp, ac.migratetype);
		pages[i] = frame_to_page(m, frame);
	}
	return i;
}

unsigned long qy_alloc_pages_bulk(
	struct qy_machine *m, qy_gfp_t gfp, unsigned long nr, struct page **pages)
{
	unsigned long done = 0;

	while (done < nr && pages[done])
		done++;
	if (done == nr)
		return nr;
	if (gfp & QY___GFP_DIRECT_RECLAIM && qy_in_atomic())
		qy_report_sleep_in_atomic(m, MIGHT_ALLOC);
	if (nr - done > 1 && !(READ_ONCE(m->long_way) & LONG_WAY_FAULT)) {
		unsigned long filled = bulk_fast(m,
			current_gfp_context(qy_current(), gfp & QY___GFP_BITS_MASK), done,
			nr, pages);

		if (filled > done)
			return filled;
	}
	/* one ordinary request: more would be a slow path for each */
	pages[done] = qy_alloc_pages(m, gfp, 0);
	while (done < nr && pages[done])
		done++;
	return done;
}

void *qy_get_free_pages(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	struct page *page = qy_alloc_pages(m, gfp & ~QY___GFP_HIGHMEM, order);

	return page ? qy_page_address(m, page) : NULL;
}

void *qy_get_zeroed_page(struct qy_machine *m, qy_gfp_t gfp)
{
	return qy_get_free_pages(m, gfp | QY___GFP_ZERO, 0);
}

/* log2 of the pages that @size_bytes needs */
static unsigned int get_order(size_t size_bytes)
{
	u64 pages = (size_bytes + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT;

	return pages <= 1 ? 0 : qy_fls64(pages - 1) + 1;
}

void *qy_alloc_pages_exact(struct qy_machine *m, size_t size_bytes, qy_gfp_t gfp)
{
	const qy_gfp_t wrong = QY___GFP_COMP | QY___GFP_HIGHMEM;
	u32 pages = (u32)((size_bytes + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT);
	struct page *page;

	if (!size_bytes || size_bytes > (size_t)QY_PAGE_SIZE << QY_MAX_PAGE_ORDER)
		return NULL;
	unsigned int order = get_order(size_bytes);

	if (gfp & wrong && qy_first_time(m, WARNED_EXACT))
		qy_printk(m, QY_LOG_WARNING,
			"WARNING: alloc_pages_exact: __GFP_COMP and __GFP_HIGHMEM are ignored");
	gfp &= ~wrong;
	page = qy_alloc_pages(m, gfp, order);
	if (!page)
		return NULL;
	qy_split_page(m, page, order);
	for (u32 i = pages; i < 1u << order; i++)
		qy_free_past_lists(m, page + i, 0);
	return qy_page_address(m, page);
}
