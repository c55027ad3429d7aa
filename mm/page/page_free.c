// SPDX-License-Identifier: MIT
/*
 * Giving frames back: references, wrong frees, the way to the per-CPU list or to the zone.
 *
 *   qy_free_pages, qy_free_pages_addr, qy_free_pages_exact, qy_put_page
 *   qy_get_page, qy_split_page
 *   qy_drain_all_pages, qy_page_tick
 *
 * The last reference turns PG_ALLOCATED into PG_PCP with one compare-exchange: of two CPUs that free the same frame,
 * one gets it and the other is reported. From then on this CPU owns the frame until a list or the free map has it.
 * A block of an order that no list takes needs zone->lock anyway: there, its last reference goes under that lock, in
 * every function that can drop it.
 *
 * Locking: none held here; the per-CPU set and zone->lock are taken below.
 */
#include "mm/page/internal.h"

static inline void free_to_zone(struct zone *zone, u32 frame, unsigned int order)
{
	qy_spin_lock_irqsave(&zone->lock);
	WRITE_ONCE(zone->machine->hot[frame], 0);
	qy_freemap_put(zone, frame, order);
	qy_spin_unlock_irqrestore(&zone->lock);
}

/* A block goes. Before anybody else can have its frames. */
static noinline void watch_free(struct qy_machine *m, u32 frame, unsigned int order)
{
	if (m->board->slab.init_on_free && !m->port->no_contents)
		memset(frame_address(m, frame), 0, (size_t)QY_PAGE_SIZE << order);
	if (m->block_watch)
		m->block_watch->free(m, frame, order);
	trace_event(m, &(struct qy_event){
			       .kind = QY_EVENT_MM_PAGE_FREE,
			       .pfn = frame_to_pfn(m, frame),
			       .cpu = qy_this_cpu(),
			       .order = (u8)order,
		       });
}

/* pre: the hot word is PG_PCP with @order, and ours. */
static inline void free_frozen(struct qy_machine *m, u32 frame, unsigned int order)
{
	struct qy_pageblock *pb = block_of(m, frame);
	struct zone *zone = &m->zones[pb->zone];
	struct per_cpu_pages *pcp = &zone->pageset[qy_current()->cpu];
	enum migratetype mt = (enum migratetype)READ_ONCE(pb->migratetype);

	if (unlikely(m->watched)) {
		qy_count_on_cpu(m, &pcp->freed_frames, 1u << order);
		watch_free(m, frame, order);
	} else {
		owner_add(&pcp->freed_frames, 1u << order);
	}
	if (unlikely(mt >= MIGRATE_PCPTYPES)) {
		if (mt == MIGRATE_ISOLATE || mt == MIGRATE_GUARANTEED)
			goto to_zone;
		mt = MIGRATE_MOVABLE; /* highatomic and CMA frames travel there and go home by their pageblock */
	}
	if (unlikely(!qy_pcp_allowed_order(m->board, order)) ||
		unlikely(READ_ONCE(pb->flags) & PB_HOLES))
		goto to_zone;
	if (likely(pcp_give_hit(zone, pcp, frame, order, mt)) ||
		qy_pcp_free(zone, pcp, frame, order, mt))
		return;
to_zone:
	free_to_zone(zone, frame, order);
}

/*
 * The head of a non-compound block keeps a reference: everything behind the first frame goes now, as order-n..0 parts.
 * @tag: of the block, for block_watch.
 */
static void free_tail_parts(struct qy_machine *m, u32 frame, unsigned int order, u32 tag)
{
	if (m->block_watch)
		m->block_watch->cut(m, tag, (1u << order) - 1);
	while (order--) {
		u32 part = frame + (1u << order);

		WRITE_ONCE(m->hot[part], hot_make(PG_PCP, order, 0, 0));
		free_frozen(m, part, order);
	}
}

static void clear_tails(struct qy_machine *m, u32 frame, unsigned int order)
{
	for (u32 tail = frame + 1; tail < frame + (1u << order); tail++)
		WRITE_ONCE(m->hot[tail], 0);
}

void qy_count_freed(struct zone *zone, u32 nr_frames)
{
	qy_count_on_cpu(
		zone->machine, &zone->pageset[qy_current()->cpu].freed_frames, nr_frames);
}

void qy_free_past_lists(struct qy_machine *m, struct page *page, unsigned int order)
{
	u32 frame = page_to_frame(m, page);
	struct zone *zone = zone_of(m, frame);

	if (hot_flags(READ_ONCE(m->hot[frame])) & PGF_COMP)
		clear_tails(m, frame, order);
	qy_count_freed(zone, 1u << order);
	if (unlikely(m->watched))
		watch_free(m, frame, order);
	free_to_zone(zone, frame, order);
}

/*
 * May one reference of a head of @order go? The one of a movable block goes by qy_handle_release(). A saturated count
 * may, and stays.
 */
static bool may_drop(u32 hot, unsigned int order, bool alone)
{
	if (hot_state(hot) != PG_ALLOCATED || !hot_refs(hot) || hot_order(hot) != order)
		return false;
	return !(hot_flags(hot) & PGF_OWNED) || (hot_refs(hot) > 1 && !alone);
}

/*
 * Drops one reference of a head of @order; the last one makes it @freed_order frames on their way to a list. @alone: when
 * another reference stays, a plain block shrinks to its first frame.
 * Return: the word before; nothing was dropped if it says that nothing may be.
 */
static u32 drop_ref(struct qy_machine *m, u32 frame, unsigned int order,
	unsigned int freed_order, bool alone)
{
	struct zone *zone =
		qy_pcp_allowed_order(m->board, order) ? NULL : zone_of(m, frame);
	u32 *word = &m->hot[frame];
	u32 hot, next;

	/* see free_unlisted() */
	if (zone)
		qy_spin_lock_irqsave(&zone->lock);
	hot = READ_ONCE(*word);
	do {
		if (!may_drop(hot, order, alone) || hot_refs(hot) == HOT_REF_MAX)
			break;
		if (hot_refs(hot) == 1)
			next = hot_make(PG_PCP, freed_order, 0, 0);
		else if (alone && !(hot_flags(hot) & PGF_COMP))
			next = hot_make(
				PG_ALLOCATED, 0, hot_flags(hot), hot_refs(hot) - 1);
		else
			next = hot - HOT_REF_ONE;
	} while (!qy_cmpxchg32(word, &hot, next));
	if (zone)
		qy_spin_unlock_irqrestore(&zone->lock);
	return hot;
}

/* Everything but the last reference of a plain block: compound, shared, or wrong. */
static noinline void free_pages_slow(
	struct qy_machine *m, struct page *page, u32 frame, unsigned int order)
{
	/* once our reference is gone, another one may be the last */
	u32 tag = m->block_watch ? m->block_watch->tag(m, frame) : 0;
	u32 hot = drop_ref(m, frame, order, order, true);

	if (!may_drop(hot, order, true)) {
		qy_report_bad_free(m, page, frame, order, hot);
		return;
	}
	if (hot_refs(hot) == HOT_REF_MAX)
		return; /* saturated: nobody knows how many there were, so it stays */
	if (hot_refs(hot) > 1) {
		/* the first frame alone stays behind */
		if (!(hot_flags(hot) & PGF_COMP))
			free_tail_parts(m, frame, order, tag);
		return;
	}
	if (hot_flags(hot) & PGF_COMP)
		clear_tails(m, frame, order);
	free_frozen(m, frame, order);
}

/* An order without a list. Return: false when it is not the last reference of a plain block; nothing was done. */
static bool free_unlisted(struct qy_machine *m, u32 frame, unsigned int order)
{
	struct zone *zone = zone_of(m, frame);
	bool last_ref;

	qy_spin_lock_irqsave(&zone->lock);
	last_ref = READ_ONCE(m->hot[frame]) == hot_make(PG_ALLOCATED, order, 0, 1);
	if (likely(last_ref)) {
		if (unlikely(m->watched))
			watch_free(m, frame, order);
		WRITE_ONCE(m->hot[frame], 0);
		qy_freemap_put(zone, frame, order);
		qy_count_freed(zone, 1u << order);
	}
	qy_spin_unlock_irqrestore(&zone->lock);
	return last_ref;
}

void qy_free_pages(struct qy_machine *m, struct page *page, unsigned int order)
{
	u32 frame = page_to_frame_checked(m, page);
	u32 last_ref = hot_make(PG_ALLOCATED, order & HOT_ORDER_MASK, 0, 1);

	if (unlikely(frame == NO_FRAME || order > QY_MAX_PAGE_ORDER)) {
		if (page)
			qy_report_bad_free(m, page, frame, order, 0);
		return;
	}
	VM_BUG_ON(qy_current()->machine != m);
	if (unlikely(!qy_pcp_allowed_order(m->board, order))) {
		if (!free_unlisted(m, frame, order))
			free_pages_slow(m, page, frame, order);
		return;
	}
	if (likely(qy_cmpxchg32(
		    &m->hot[frame], &last_ref, hot_make(PG_PCP, order, 0, 0))))
		free_frozen(m, frame, order);
	else
		free_pages_slow(m, page, frame, order);
}

void qy_free_pages_addr(struct qy_machine *m, const void *addr, unsigned int order)
{
	if (!addr)
		return;
	struct page *page = qy_virt_to_page(m, addr);

	if (page && !((uintptr_t)addr & (QY_PAGE_SIZE - 1)))
		qy_free_pages(m, page, order);
	else
		qy_report_bad_free(m, addr, NO_FRAME, order, 0);
}

void qy_free_pages_exact(struct qy_machine *m, void *addr, size_t size_bytes)
{
	const char *end = (const char *)addr + size_bytes;

	for (const char *at = addr; at < end; at += QY_PAGE_SIZE)
		qy_free_pages_addr(m, at, 0);
}

/* ------------------------------------------------------------------ references */

static inline u32 head_of(const struct qy_machine *m, u32 frame)
{
	u32 hot = READ_ONCE(m->hot[frame]);

	return hot_state(hot) == PG_TAIL ? frame & ~((1u << hot_order(hot)) - 1) : frame;
}

void qy_get_page(struct qy_machine *m, struct page *page)
{
	u32 frame = page_to_frame_checked(m, page);

	if (frame == NO_FRAME) {
		qy_report_bad_get(m, page, frame);
		return;
	}
	u32 *word = &m->hot[head_of(m, frame)];
	u32 hot = READ_ONCE(*word);

	do {
		if (hot_state(hot) != PG_ALLOCATED || !hot_refs(hot)) {
			qy_report_bad_get(m, page, frame);
			return;
		}
		if (hot_refs(hot) == HOT_REF_MAX)
			return;
	} while (!qy_cmpxchg32(word, &hot, hot + HOT_REF_ONE));
}

/*
 * A non-compound block of order n has n parts behind its first frame that put_page() does not know of. As on Linux they
 * are lost; they stay allocated with no reference, so that the loss can be seen.
 */
static void leak_tail_parts(struct qy_machine *m, u32 frame, unsigned int order)
{
	while (order--) {
		u32 part = frame + (1u << order);

		WRITE_ONCE(m->hot[part], hot_make(PG_ALLOCATED, order, 0, 0));
		if (m->block_watch)
			m->block_watch->copy(m, frame, part);
	}
}

void qy_put_page(struct qy_machine *m, struct page *page)
{
	u32 frame = page_to_frame_checked(m, page);

	if (frame == NO_FRAME) {
		qy_report_bad_free(m, page, frame, 0, 0);
		return;
	}
	frame = head_of(m, frame);

	u32 hot = READ_ONCE(m->hot[frame]);
	unsigned int order = hot_order(hot),
		     freed = hot_flags(hot) & PGF_COMP ? order : 0;

	hot = drop_ref(m, frame, order, freed, false);
	if (!may_drop(hot, order, false)) {
		qy_report_bad_free(m, page, frame, order, hot);
		return;
	}
	if (hot_refs(hot) > 1)
		return;
	if (freed)
		clear_tails(m, frame, freed);
	else
		leak_tail_parts(m, frame, order);
	free_frozen(m, frame, freed);
}

void qy_split_page(struct qy_machine *m, struct page *page, unsigned int order)
{
	u32 frame = page_to_frame_checked(m, page);
	u32 movable =
		frame == NO_FRAME ? 0 : hot_flags(READ_ONCE(m->hot[frame])) & PGF_MOVABLE;

	/* a larger order would spill into the flags and look like a compound block */
	if (frame == NO_FRAME || order > QY_MAX_PAGE_ORDER ||
		READ_ONCE(m->hot[frame]) != hot_make(PG_ALLOCATED, order, movable, 1)) {
		qy_report_bad_split(m, page, frame, order);
		return;
	}
	for (u32 i = 0; i < 1u << order; i++) {
		if (i && m->block_watch)
			m->block_watch->copy(m, frame, frame + i);
		WRITE_ONCE(m->hot[frame + i], hot_make(PG_ALLOCATED, 0, movable, 1));
	}
}

/* ------------------------------------------------------------------ all CPUs */

void qy_drain_all_pages(struct qy_machine *m)
{
	for (u32 i = 0; i < m->nr_zones; i++)
		for (u32 cpu = 0; populated_zone(&m->zones[i]) && cpu < m->nr_cpus; cpu++)
			qy_pcp_drain(&m->zones[i], cpu);
}

void qy_page_tick(struct qy_machine *m, unsigned int cpu)
{
	for (u32 i = 0; i < m->nr_zones; i++) {
		struct zone *zone = &m->zones[i];

		if (!populated_zone(zone))
			continue;
		qy_pcp_decay(zone, cpu);
		/* kswapd would have answered a boost by now; without it, the boost ends all the same */
		if ((!m->rescue || !m->rescue->wake_kswapd) &&
			READ_ONCE(zone->watermark_boost)) {
			qy_spin_lock_irqsave(&zone->lock);
			WRITE_ONCE(zone->watermark_boost, 0);
			qy_spin_unlock_irqrestore(&zone->lock);
			atomic_fetch_and(&zone->flags, ~(u32)ZONE_BOOSTED_WATERMARK);
		}
	}
}
