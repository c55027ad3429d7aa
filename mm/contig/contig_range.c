// SPDX-License-Identifier: MIT
/*
 * A range of frames becomes free and is taken, whatever blocks it was made of.
 *
 *   qy_alloc_contig_range     exactly these frames
 *   qy_alloc_contig_pages     so many, wherever they can be had
 *   qy_free_contig_range      back to the lists, one by one
 *
 *   isolate pageblocks -> drain per-CPU lists -> move blocks out -> all free? -> take -> pageblocks get their type back
 *                                      ^______________ no, up to 5 times _________|
 *
 * Whatever fails, the pageblocks get their type back, and every frame is where it was or its content has moved.
 *
 * Locking: contig_mutex over one range; zone->lock inside, for a pageblock's type and for the taking.
 */
#include "mm/contig/internal.h"

#define MAX_TRIES 5

/* One attempt on [first, last) of a zone. */
struct range {
	struct qy_machine *m;
	struct zone *zone;
	u32 first, last;
	bool cma;
	struct migrate_control mc;
	struct migrate_batch batch;
	struct qy_contig_failure *why;
	u64 nr_seen;  /* movable blocks in the way, in frames */
	u32 not_free; /* the first frame, when the range was to be taken */
};

static int fail(struct range *r, u32 frame, enum qy_contig_cause cause, int error)
{
	r->why->error = error;
	r->why->cause = cause;
	r->why->pfn = frame_to_pfn(r->m, frame);
	r->why->holder = (struct qy_holder){ .pins = 0 };
	return error;
}

/* ------------------------------------------------------------------ moving out */

static u32 target_anywhere(struct migrate_control *mc, unsigned int order, bool compound)
{
	struct page *page = qy_alloc_pages(mc->m,
		QY_GFP_USER | QY___GFP_MOVABLE | QY___GFP_RETRY_MAYFAIL |
			QY___GFP_NOWARN | (compound || !order ? QY___GFP_COMP : 0),
		order);

	return page ? page_to_frame(mc->m, page) : NO_FRAME;
}

static void target_back(struct migrate_control *mc, u32 frame, unsigned int order)
{
	qy_free_pages(mc->m, frame_to_page(mc->m, frame), order);
}

/* What has become of one block. @err: as qy_migrate_block(). Return: 0 (gone, or gone by itself), -EBUSY, -ENOMEM. */
static int note_move(struct range *r, u32 head, int err, const struct qy_holder *holder)
{
	switch (err) {
	case -QY_EBUSY:
	case -QY_ENOSPC:
		fail(r, head, err == -QY_EBUSY ? QY_CONTIG_PINNED : QY_CONTIG_NO_MAPPING,
			-QY_EBUSY);
		r->why->holder = *holder;
		return -QY_EBUSY;
	case -QY_ENOMEM:
		return fail(r, head, QY_CONTIG_NO_TARGET, err);
	default:
		return 0;
	}
}

/* Moves what was collected. Return: 0 (gone, or gone by themselves), -EBUSY, -ENOMEM. */
static int move_batch(struct range *r)
{
	struct migrate_batch *b = &r->batch;
	int result = 0;

	if (qy_migrate_batch(&r->mc, b)) {
		for (u32 i = 0; i < b->nr && result != -QY_ENOMEM; i++) {
			int err = note_move(r, b->head[i], b->error[i], &b->busy[i]);

			result = err ? err : result;
		}
	}
	b->nr = b->nr_frames = 0;
	return result;
}

/* A movable block joins those that will be moved, if it would go. Return: 0, -EBUSY; -ENOMEM of others that waited. */
static int collect(struct range *r, u32 head, u32 hot)
{
	int err = qy_migrate_look(&r->mc, head);

	if (err)
		return note_move(r, head, err, &r->mc.busy);
	r->nr_seen += 1u << hot_order(hot);
	if (qy_migrate_in_company(r->m, head, hot)) {
		err = qy_migrate_queue(&r->mc, head);
		return note_move(r, r->mc.failed, err, &r->mc.busy);
	}
	batch_add(&r->batch, head, hot);
	return 0;
}

/* A frame whose own word says nothing is covered by a head, or on its way. */
static u32 head_of(struct range *r, u32 frame)
{
	enum page_state state = hot_state(READ_ONCE(r->m->hot[frame]));
	struct frame_info info;

	if (state != PG_FREE && state != PG_TAIL)
		return frame;
	info = qy_page_state(r->m, frame);

	return info.state == PG_TAIL ? info.head : frame;
}

/*
 * Looks at the block at @frame, which is not free. Return: 0 with *next behind it, -EBUSY when it stays (and the rest is
 * worth a look), -EINVAL when it can never go, -ENOMEM.
 */
static int look_at_block(struct range *r, u32 frame, u32 *next)
{
	u32 head = head_of(r, frame);
	u32 hot = READ_ONCE(r->m->hot[head]);

	*next = frame + 1;
	switch (hot_state(hot)) {
	case PG_ALLOCATED:
		*next = max(head + (1u << hot_order(hot)), frame + 1);
		if (may_move(hot))
			return collect(r, head, hot);
		/* allocated, and about to be adopted: qy_handle_alloc() */
		if (home_migratetype(block_of(r->m, head)) == MIGRATE_GUARANTEED)
			return fail(r, head, QY_CONTIG_UNSETTLED, -QY_EBUSY);
		fail(r, head, QY_CONTIG_UNMOVABLE, -QY_EBUSY);
		return -QY_EINVAL;
	case PG_PCP:
		*next = max(head + (1u << hot_order(hot)), frame + 1);
		return 0; /* the next drain gets it */
	case PG_FREE:
	case PG_TAIL:
		return 0; /* freed meanwhile, or on its way between lists */
	default:
		fail(r, frame, QY_CONTIG_KEPT, -QY_EBUSY);
		return -QY_EINVAL;
	}
}

/* Of the free block that the frame is part of; while it is isolated, Linux keeps none larger than a pageblock. */
static unsigned int order_around(const struct qy_machine *m, u32 frame)
{
	return min(qy_freemap_order_at(m, frame), (unsigned int)QY_PAGEBLOCK_ORDER);
}

/* What Linux counts as scanned: the frames, and the rest of a free block that begins among them. */
static u64 frames_scanned(const struct qy_machine *m, u32 first, u32 end)
{
	u32 block, order;

	if (!freemap_test(m, end - 1))
		return end - first;
	order = order_around(m, end - 1);
	block = round_down(end - 1, 1u << order);
	return block < first ? end - first : block + (1u << order) - first;
}

/* What can never go, or has nowhere to go, makes the rest pointless. */
static bool hopeless(int err)
{
	return err == -QY_EINVAL || err == -QY_ENOMEM;
}

/*
 * Collects from *at on, to the end of its pageblock or until the batch is full. Return: as look_at_block(), the worst of
 * them.
 */
static int scan_pageblock(struct range *r, u32 *at)
{
	u32 end = min(round_down(*at, BLOCK_FRAMES) + BLOCK_FRAMES, r->last);
	u32 start = *at, had = r->batch.nr_frames, next = start;
	int result = 0;

	while (!batch_full(&r->batch) &&
		(next = qy_freemap_first_busy(r->m, next, end)) < end) {
		int err = look_at_block(r, next, &next);

		result = err ? err : result;
		if (hopeless(err))
			break;
	}
	next = max(next, start);
	if (contig_traced(r->m))
		qy_trace_isolate(r->m, QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES,
			frame_to_pfn(r->m, start),
			frame_to_pfn(r->m, start) + min(next, end) - start,
			frames_scanned(r->m, start, min(next, end)),
			r->batch.nr_frames - had);
	*at = next;
	return result;
}

/* A batch from *at on, and moves it. Return: 0, -EBUSY: something stays, -EINVAL, -ENOMEM. */
static int move_some_out(struct range *r, u32 *at)
{
	int result = 0, err = 0;

	while (*at < r->last && !batch_full(&r->batch) && !hopeless(err)) {
		err = scan_pageblock(r, at);
		result = err ? err : result;
	}
	if (hopeless(result))
		r->batch.nr = r->batch.nr_frames = 0;
	err = move_batch(r);
	return err ? err : result;
}

/* Moves out what can be. Return: as move_some_out(). */
static int move_all_out(struct range *r)
{
	u32 at = r->first;
	int result = 0, err;

	while (at < r->last) {
		err = move_some_out(r, &at);
		result = err ? err : result;
		if (!hopeless(err))
			continue;
		r->mc.nr_queued = 0;
		return err;
	}
	err = qy_migrate_flush(&r->mc);
	err = note_move(r, r->mc.failed, err, &r->mc.busy);
	return err ? err : result;
}

static void drain_zone(struct zone *zone)
{
	for (u32 cpu = 0; cpu < zone->machine->nr_cpus; cpu++)
		qy_pcp_drain(zone, cpu);
}

/* ------------------------------------------------------------------ taking */

static bool commit_all(struct range *r)
{
	for (u32 frame = round_down(r->first, BLOCK_FRAMES); frame < r->last;
		frame += BLOCK_FRAMES)
		if (!qy_freemap_commit(r->zone, frame, QY_PAGEBLOCK_ORDER))
			return false;
	return true;
}

/* The free blocks that a free range touches, as a whole: what Linux takes and counts, before it frees what is outside. */
static void free_blocks_around(const struct range *r, u32 *first, u32 *last)
{
	const struct qy_machine *m = r->m;

	*first = round_down(r->first, 1u << order_around(m, r->first));
	*last = round_up(r->last, 1u << order_around(m, r->last - 1));
}

/* For a watcher, in Linux's order: the range is tested, its free blocks are taken, what is outside goes back. */
static noinline void trace_taken(const struct range *r, u32 first, u32 last)
{
	const struct qy_machine *m = r->m;
	u64 pfn = frame_to_pfn(m, r->first) - (r->first - first), end;
	u64 end_pfn = frame_to_pfn(m, r->first) + (r->last - r->first);

	qy_trace_tested(m, pfn, end_pfn, pfn + (last - first));
	for (u64 at = pfn; at < end_pfn; at = end) {
		u64 nr;

		end = min(round_down(at, (u64)BLOCK_FRAMES) + BLOCK_FRAMES, end_pfn);
		nr = (end == end_pfn ? pfn + (last - first) : end) - at;
		qy_trace_isolate(
			m, QY_EVENT_MM_COMPACTION_ISOLATE_FREEPAGES, at, end, nr, nr);
	}
	for (u32 frame = first; frame < last; frame++)
		if (frame < r->first || frame >= r->last)
			qy_trace_frame_free(m, frame_to_pfn(m, frame));
}

/* Return: 0, -EAGAIN: not all of it is free, -ENOMEM. */
static int take_range(struct range *r)
{
	u32 first, last;
	int err = 0;

	qy_spin_lock_irqsave(&r->zone->lock);
	r->not_free = qy_freemap_first_busy(r->m, r->first, r->last);
	if (r->not_free < r->last) {
		err = -QY_EAGAIN;
		if (contig_traced(r->m))
			qy_trace_tested(r->m, frame_to_pfn(r->m, r->first),
				frame_to_pfn(r->m, r->first) + (r->last - r->first),
				frame_to_pfn(r->m, r->not_free));
	} else if (!commit_all(r)) {
		err = fail(r, r->first, QY_CONTIG_NO_HOST, -QY_ENOMEM);
	} else {
		free_blocks_around(r, &first, &last);
		qy_count_events(r->m, COMPACTISOLATED, last - first);
		qy_count_freed(r->zone, last - first - (r->last - r->first));
		if (contig_traced(r->m))
			trace_taken(r, first, last);
		qy_freemap_take_range(r->zone, r->first, r->last);
		for (u32 frame = r->first; frame < r->last; frame++)
			WRITE_ONCE(r->m->hot[frame], hot_make(PG_ALLOCATED, 0, 0, 1));
	}
	qy_spin_unlock_irqrestore(&r->zone->lock);
	return err;
}

/*
 * Is another round worth it? Only if somebody else can change something. What sat on a per-CPU list is drained by now, so
 * the second round always is.
 */
static bool try_again(const struct range *r, unsigned int tries)
{
	if (tries >= MAX_TRIES)
		return false;
	return tries == 1 || r->m->port->relax(r->m->port->ctx);
}

static int empty_and_take(struct range *r)
{
	unsigned int tries = 0;

	do {
		drain_zone(r->zone);
		int err = move_all_out(r);

		if (contig_traced(r->m))
			qy_trace_contig_info(r->m, frame_to_pfn(r->m, r->first),
				frame_to_pfn(r->m, r->first) + (r->last - r->first),
				r->cma ? MIGRATE_CMA : MIGRATE_MOVABLE,
				r->mc.moved + r->mc.dropped, 0);
		if (err && err != -QY_EBUSY)
			return err;
		/* whoever stayed may have gone since */
		int taken = take_range(r);

		if (taken != -QY_EAGAIN)
			return taken;
		if (!err)
			fail(r, r->not_free, QY_CONTIG_UNSETTLED, -QY_EBUSY);
	} while (try_again(r, ++tries));
	return -QY_EBUSY;
}

/* ------------------------------------------------------------------ one range */

/* Single pages, or one compound block: written last, and recorded for whoever follows blocks. */
static void prepare_pages(struct qy_machine *m, u32 first, u32 last, qy_gfp_t gfp)
{
	bool compound = gfp & QY___GFP_COMP && last - first > 1;
	unsigned int order = compound ? qy_ffs64(last - first) : 0;

	if ((gfp & QY___GFP_ZERO || m->board->slab.init_on_alloc) &&
		!m->port->no_contents)
		memset(frame_address(m, first), 0,
			(size_t)(last - first) << QY_PAGE_SHIFT);
	for (u32 tail = first + 1; compound && tail < last; tail++)
		WRITE_ONCE(m->hot[tail], hot_make(PG_TAIL, order, 0, 0));
	if (compound)
		store_release(&m->hot[first], hot_make(PG_ALLOCATED, order, PGF_COMP, 1));
	for (u32 head = first; m->block_watch && head < last; head += 1u << order)
		m->block_watch->alloc(m, head, order, gfp);
}

/* pre: contig_mutex; [first, last) is RAM of one zone in one run of pfns. */
static int alloc_range(struct qy_machine *m, u32 first, u32 last, bool cma, qy_gfp_t gfp,
	struct qy_contig_failure *why)
{
	struct range r = {
		.m = m,
		.zone = zone_of(m, first),
		.first = first,
		.last = last,
		.cma = cma,
		.mc = { .m = m,
			.get_target = target_anywhere,
			.put_target = target_back,
			.mode = QY_MIGRATE_SYNC,
			.reason = QY_MR_CONTIG_RANGE },
		.why = why,
	};
	int err = qy_isolate_range(r.zone, first, last, cma, why);

	if (err)
		return err;
	err = empty_and_take(&r);
	qy_unisolate_range(r.zone, first, last);
	qy_count_events(m, COMPACTISOLATED, r.nr_seen);
	if (err) {
		/* what can never be moved is as busy as what is pinned */
		why->error = err == -QY_ENOMEM ? err : -QY_EBUSY;
		return why->error;
	}
	prepare_pages(m, first, last, gfp);
	*why = (struct qy_contig_failure){ .pfn = ~0ull, .nr_ranges = why->nr_ranges };
	return 0;
}

/* One zone, no gap in the pfns. Return: NO_FRAME when it is not so. */
static u32 first_of_run(const struct qy_machine *m, u64 start_pfn, u64 end_pfn)
{
	u32 first = qy_pfn_to_frame(m, start_pfn), last;

	if (first == NO_FRAME || end_pfn <= start_pfn)
		return NO_FRAME;
	last = qy_pfn_to_frame(m, end_pfn - 1);
	if (last == NO_FRAME || last - first != end_pfn - 1 - start_pfn ||
		zone_of(m, first) != zone_of(m, last))
		return NO_FRAME;
	return first;
}

static bool bad_compound(u64 start_pfn, u64 nr)
{
	return nr & (nr - 1) || start_pfn & (nr - 1) || nr > CHUNK_FRAMES;
}

int qy_alloc_contig_range(struct qy_machine *m, uint64_t start_pfn, uint64_t end_pfn,
	bool cma, qy_gfp_t gfp, struct qy_contig_failure *why)
{
	struct qy_contig_failure unasked;
	u32 first = first_of_run(m, start_pfn, end_pfn);
	int err;

	why = why ? why : &unasked;
	*why = (struct qy_contig_failure){
		.error = -QY_EINVAL, .cause = QY_CONTIG_KEPT, .pfn = start_pfn
	};
	if (qy_in_atomic())
		qy_report_sleep_in_atomic(m, "mm/contig/contig_range.c", __LINE__);
	if (first == NO_FRAME ||
		(gfp & QY___GFP_COMP && bad_compound(start_pfn, end_pfn - start_pfn)))
		return -QY_EINVAL;
	why->nr_ranges = 1;
	qy_mutex_lock(&m->contig_mutex);
	err = alloc_range(m, first, first + (u32)(end_pfn - start_pfn), cma, gfp, why);
	qy_mutex_unlock(&m->contig_mutex);
	return err;
}

void qy_free_contig_range(struct qy_machine *m, uint64_t start_pfn, uint64_t nr_pages)
{
	struct page *first = qy_pfn_to_page(m, start_pfn);
	u64 shared = 0;

	if (first && qy_page_compound(m, first)) {
		qy_put_page(m, first);
		return;
	}
	for (u64 pfn = start_pfn; pfn < start_pfn + nr_pages; pfn++) {
		struct page *page = qy_pfn_to_page(m, pfn);

		if (!page)
			continue;
		shared += qy_page_ref_count(m, page) > 1;
		qy_put_page(m, page);
	}
	if (shared)
		qy_printk(m, QY_LOG_WARNING, "WARNING: %llu pages are still in use!",
			(unsigned long long)shared);
}

/* ------------------------------------------------------------------ anywhere */

/* Could the range be had at all? Asked without a lock, to save the work where it cannot. */
static bool looks_possible(const struct qy_machine *m, u32 first, u32 last)
{
	for (u32 frame = first; frame < last; frame++) {
		u32 hot = READ_ONCE(m->hot[frame]);

		switch (hot_state(hot)) {
		case PG_RESERVED:
		case PG_NOMAP:
		case PG_HOLE:
			return false;
		case PG_ALLOCATED:
			if (!may_move(hot))
				return false;
			break;
		default:
			break;
		}
	}
	return true;
}

/* The first range of the zone that can be had; NO_FRAME: none. */
static u32 alloc_in_zone(
	struct zone *zone, u64 nr, qy_gfp_t gfp, struct qy_contig_failure *why)
{
	struct qy_machine *m = zone->machine;
	u64 step = nr & (nr - 1) ? 1ull << (qy_fls64(nr) + 1) : nr;
	u64 end = zone->zone_start_pfn + zone->spanned_pages;

	for (u64 pfn = round_up(zone->zone_start_pfn, step); pfn + nr <= end;
		pfn += step) {
		u32 first = first_of_run(m, pfn, pfn + nr);

		if (first == NO_FRAME || zone_of(m, first) != zone ||
			!looks_possible(m, first, first + (u32)nr))
			continue;
		why->nr_ranges++;
		if (!alloc_range(m, first, first + (u32)nr, false, gfp, why))
			return first;
		if (why->error == -QY_ENOMEM)
			break; /* the next range would have to be emptied as well */
	}
	return NO_FRAME;
}

struct page *qy_alloc_contig_pages(struct qy_machine *m, uint64_t nr_pages, qy_gfp_t gfp,
	int nid, struct qy_contig_failure *why)
{
	u32 node = nid < 0 || (u32)nid >= m->nr_nodes ? qy_cpu_node(m, qy_this_cpu())
						      : (u32)nid;
	const struct zonelist *list = gfp & QY___GFP_THISNODE
					      ? &m->zonelists_thisnode[node]
					      : &m->zonelists[node];
	unsigned int highest = qy_gfp_zone(m, gfp);
	struct qy_contig_failure unasked;
	u32 frame = NO_FRAME;

	why = why ? why : &unasked;
	*why = (struct qy_contig_failure){
		.error = -QY_ENOMEM, .cause = QY_CONTIG_NO_RUN, .pfn = ~0ull
	};
	if (qy_in_atomic())
		qy_report_sleep_in_atomic(m, "mm/contig/contig_range.c", __LINE__);
	if (!nr_pages || nr_pages > m->nr_frames)
		return NULL;
	if (gfp & QY___GFP_COMP && bad_compound(0, nr_pages))
		return NULL;
	qy_mutex_lock(&m->contig_mutex);
	for (u32 i = 0; i < list->nr && frame == NO_FRAME; i++) {
		struct zone *zone = &m->zones[list->zone[i]];

		if (zone->type <= highest)
			frame = alloc_in_zone(zone, nr_pages, gfp, why);
	}
	qy_mutex_unlock(&m->contig_mutex);
	return frame == NO_FRAME ? NULL : frame_to_page(m, frame);
}

/* ------------------------------------------------------------------ in words */

size_t qy_contig_failure_text(
	const struct qy_contig_failure *failure, char *buf, size_t size)
{
	static const char *const texts[] = {
		[QY_CONTIG_NONE] = "it did not fail",
		[QY_CONTIG_NO_RUN] = "no free run of that length is left",
		[QY_CONTIG_PINNED] = "is held in place",
		[QY_CONTIG_UNMOVABLE] = "is in use by an allocation that cannot be moved",
		[QY_CONTIG_KEPT] = "is no frame that could be handed out",
		[QY_CONTIG_OTHER] = "belongs to",
		[QY_CONTIG_NO_TARGET] = "could not be moved: no free frame to move it to",
		[QY_CONTIG_NO_MAPPING] =
			"could not be moved: the host has no mapping left for it",
		[QY_CONTIG_NO_HOST] = "cannot be had: the host has no memory for it",
		[QY_CONTIG_UNSETTLED] = "was in motion each time it was looked at",
	};
	const struct qy_holder *holder = &failure->holder;
	struct qy_seq seq;

	qy_seq_init(&seq, buf, size);
	if (failure->cause == QY_CONTIG_NONE || failure->cause == QY_CONTIG_NO_RUN) {
		qy_seq_puts(&seq, texts[failure->cause]);
		return seq.len;
	}
	qy_seq_printf(&seq, "pfn 0x%llx ", (unsigned long long)failure->pfn);
	if (failure->cause == QY_CONTIG_PINNED && holder->pins)
		qy_seq_printf(&seq, "is pinned by %s (%u pin%s), held by %s",
			holder->pinned_by[0] ? holder->pinned_by : "an unnamed user",
			holder->pins, holder->pins > 1 ? "s" : "", holder->owner);
	else
		qy_seq_printf(&seq, "%s%s%s", texts[failure->cause],
			!holder->owner[0]                        ? ""
			: failure->cause == QY_CONTIG_PINNED     ? " by "
			: failure->cause == QY_CONTIG_NO_MAPPING ? ", held by "
								 : " ",
			holder->owner);
	return seq.len;
}
