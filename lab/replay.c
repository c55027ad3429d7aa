// SPDX-License-Identifier: MIT
/*
 * See replay.h. Frees pass through one function, drop_block(), which checks the stamp.
 */
#include "lab/replay.h"

#include <errno.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/stats.h>

#define PFN_BITS            44 /* 56-bit physical addresses */
#define NOT_PASSED_ON       (QY___GFP_COMP | QY___GFP_NOFAIL)
#define MAX_PAGES_UNWATCHED 1024u /* a look at the zones at least every 4 MiB */
#define MIN_PAGES_UNWATCHED 32u
#define RECLAIM_BATCH       32u /* as Linux's SWAP_CLUSTER_MAX */
#define MAX_RECLAIM_RETRIES 16u
#define COSTLY_ORDER        3u

/* ------------------------------------------------------------------ stamps */

struct stamp {
	uint64_t value, inverse;
};

static struct stamp *stamp_of(struct qy_machine *m, struct page *page, uint64_t frame)
{
	return (struct stamp *)((char *)qy_page_address(m, page) + frame * QY_PAGE_SIZE);
}

void qy_stamp_write(
	struct qy_machine *m, struct page *page, uint64_t frames, uint64_t stamp)
{
	for (uint64_t i = 0; i < frames; i++)
		*stamp_of(m, page, i) = (struct stamp){ stamp + i, ~(stamp + i) };
}

uint64_t qy_stamp_check(
	struct qy_machine *m, struct page *page, uint64_t frames, uint64_t stamp)
{
	for (uint64_t i = 0; i < frames; i++) {
		const struct stamp *found = stamp_of(m, page, i);

		if (found->value != stamp + i || found->inverse != ~(stamp + i))
			return i;
	}
	return frames;
}

/* ------------------------------------------------------------------ blocks */

void qy_replay_set_cpu(struct qy_replay *r, unsigned int cpu)
{
	if (r->cpu == cpu)
		return;
	qy_sim_set_cpu(r->m, cpu);
	r->cpu = cpu;
}

static uint64_t key_of(uint32_t round, uint64_t pfn)
{
	return (uint64_t)round << PFN_BITS | (pfn & ((1ull << PFN_BITS) - 1));
}

/* FNV-1a over 64-bit words */
static void digest(struct qy_replay *r, uint64_t value)
{
	r->digest = (r->digest ^ value) * 0x100000001b3ull;
}

static bool is_lent(const struct qy_replay *r, uint64_t pfn)
{
	for (uint32_t i = 0; i < r->nr_guaranteed; i++)
		if (pfn >= r->guaranteed[i].base_pfn && pfn < r->guaranteed[i].end_pfn)
			return true;
	return false;
}

/* What may be moved on a real board may be moved here: compaction and CMA find it behind its handle. */
static void make_movable(struct qy_replay *r, uint32_t index)
{
	static const char *const owners[QY_NR_HELD_LISTS] = {
		[QY_HELD_CACHE] = "page cache",
		[QY_HELD_ANON] = "process memory",
		[QY_HELD_KERNEL] = "kernel",
	};
	struct qy_held_block *block = qy_held_block(&r->held, index);

	if (!block->page || block->list == QY_HELD_KERNEL)
		return;
	block->lent = r->nr_guaranteed && is_lent(r, qy_page_to_pfn(r->m, block->page));
	block->movable = !qy_handle_adopt(r->m, &block->handle, block->page,
		owners[block->list], block->lent ? QY_HANDLE_DROPPABLE : 0);
}

/* Wherever it is now, it stays there from here on. pre: it has a page. */
static void make_plain(struct qy_replay *r, struct qy_held_block *block)
{
	if (block->movable)
		block->page = qy_handle_release(r->m, &block->handle);
	block->movable = false;
}

/* A guaranteed area wants its frame back: clean content, which the load would read again. */
static void forget(struct qy_replay *r, struct qy_held_block *block, uint64_t pfn)
{
	if (r->film)
		qy_film_gave(r->film, pfn, 1ull << block->order, block->owner);
	block->movable = block->lent = false;
	r->pages_now -= 1ull << block->order;
	r->pages_forgotten += 1ull << block->order;
	qy_held_forget_page(&r->held, qy_held_find(&r->held, block->key));
}

static void note_move(void *arg, struct qy_handle *h, uint64_t from_pfn, uint64_t to_pfn,
	unsigned int order)
{
	struct qy_held_block *block =
		(void *)((char *)h - offsetof(struct qy_held_block, handle));
	struct qy_replay *r = arg;

	if (to_pfn == UINT64_MAX) {
		digest(r, from_pfn);
		forget(r, block, from_pfn);
		return;
	}
	uint32_t owner = r->start && qy_start_owns(r->start, h) ? QY_FILM_OWNER_START
								: block->owner;

	r->pages_moved += 1ull << order;
	digest(r, to_pfn);
	if (!r->film)
		return;
	qy_film_gave(r->film, from_pfn, 1ull << order, owner);
	qy_film_took(r->film, to_pfn, 1ull << order, owner);
}

/* ------------------------------------------------------------------ life */

int qy_replay_init(struct qy_replay *r, struct qy_machine *m, unsigned int nr_cpus)
{
	*r = (struct qy_replay){
		.m = m,
		.nr_cpus = nr_cpus,
		.next_stamp = 1,
		.digest = 0xcbf29ce484222325ull,
	};
	qy_moved_set(m, note_move, r);
	for (uint32_t i = 0; i < QY_MAX_CMA_AREAS; i++) {
		struct qy_cma_stats area;

		if (qy_cma_stats(m, i, &area) && area.guaranteed)
			r->guaranteed[r->nr_guaranteed++] =
				(struct qy_lent_range){ area.base_pfn,
					area.base_pfn + area.nr_pages };
	}
	return qy_held_init(&r->held);
}

void qy_replay_exit(struct qy_replay *r)
{
	qy_held_exit(&r->held);
}

/* ------------------------------------------------------------------ going back */

/* The block's frames go back to the board, and it leaves the map. pre: it has a page. */
static void drop_page(struct qy_replay *r, struct qy_held_block *block)
{
	uint64_t frames = 1ull << block->order, bad = frames;
	struct qy_pin *pin = block->pin;

	/* what is lent stays where it is until it is freed */
	if (pin)
		block->page = qy_pin_inherit(r, block);
	else if (!block->lent)
		make_plain(r, block);
	if (!r->no_stamps)
		bad = qy_stamp_check(r->m, block->page, frames, block->stamp);
	if (bad < frames) {
		if (r->nr_corrupt++ == 0)
			r->corrupt_pfn = qy_page_to_pfn(r->m, block->page) + bad;
	}
	digest(r, block->stamp);
	if (r->film)
		qy_film_gave(
			r->film, qy_page_to_pfn(r->m, block->page), frames, block->owner);
	if (pin)
		qy_pin_keep(r, pin, block->page);
	else if (block->lent)
		qy_handle_free(r->m, &block->handle);
	else
		qy_free_pages(r->m, block->page, block->order);
	block->lent = false;
	r->pages_now -= frames;
}

static void drop_block(struct qy_replay *r, uint32_t index)
{
	struct qy_held_block *block = qy_held_block(&r->held, index);

	if (block->page)
		drop_page(r, block);
	qy_held_remove(&r->held, index);
}

/* ------------------------------------------------------------------ allocations */

static enum qy_held_list list_of(qy_gfp_t gfp)
{
	if (!(gfp & QY___GFP_MOVABLE))
		return QY_HELD_KERNEL;
	return gfp & QY___GFP_ZERO ? QY_HELD_ANON : QY_HELD_CACHE;
}

/* The block that covers @pfn from below, QY_NO_BLOCK. Its own start is not looked at. */
static uint32_t find_cover(const struct qy_replay *r, uint32_t round, uint64_t pfn)
{
	for (unsigned int order = 1; order <= QY_MAX_PAGE_ORDER; order++) {
		uint64_t head = pfn & ~((1ull << order) - 1);
		uint32_t index;

		if (head == pfn)
			continue;
		index = qy_held_find(&r->held, key_of(round, head));
		if (index != QY_NO_BLOCK &&
			head + (1ull << qy_held_block(&r->held, index)->order) > pfn)
			return index;
	}
	return QY_NO_BLOCK;
}

static void free_what_is_in_the_way(struct qy_replay *r, uint32_t round, uint64_t pfn,
	unsigned int order, struct qy_replay_counts *counts)
{
	uint32_t cover;

	if (!qy_held_any(&r->held, key_of(round, pfn), order))
		return;
	cover = find_cover(r, round, pfn);
	if (cover != QY_NO_BLOCK) {
		counts->nr_implied_frees++;
		drop_block(r, cover);
	}
	for (uint64_t at = pfn; at < pfn + (1ull << order); at++) {
		uint32_t index = qy_held_find(&r->held, key_of(round, at));

		if (index == QY_NO_BLOCK)
			continue;
		counts->nr_implied_frees++;
		drop_block(r, index);
	}
}

static void count_failure(struct qy_replay *r, const struct qy_page_event *event,
	struct qy_replay_counts *counts)
{
	if (counts->nr_failed++)
		return;
	counts->first_failed_ns = qy_sim_now(r->m);
	counts->first_failed_order = event->order;
	counts->first_failed_gfp = event->gfp;
}

/*
 * Puts a block, had or refused, into the map.
 * Return: was it had?
 */
static bool hold(struct qy_replay *r, struct qy_held_block *block)
{
	uint64_t frames = 1ull << block->order;
	uint32_t index;

	block->stamp = r->next_stamp;
	digest(r, block->page ? qy_page_to_pfn(r->m, block->page) : UINT64_MAX);
	if (block->page) {
		if (!r->no_stamps)
			qy_stamp_write(r->m, block->page, frames, block->stamp);
		if (r->film)
			qy_film_took(r->film, qy_page_to_pfn(r->m, block->page), frames,
				block->owner);
		r->next_stamp += frames;
		r->pages_now += frames;
		if (r->pages_now > r->pages_peak)
			r->pages_peak = r->pages_now;
	}
	index = qy_held_insert(&r->held, block);
	if (index != QY_NO_BLOCK) {
		make_movable(r, index);
		return block->page != NULL;
	}
	r->out_of_memory = true;
	if (block->page)
		drop_page(r, block);
	return false;
}

/* Single pages of cache are what a guaranteed area lends to: the stand-in for reclaim takes them to be clean, too. */
static bool hold_new(struct qy_replay *r, struct qy_held_block *block, qy_gfp_t gfp)
{
	r->droppable = r->nr_guaranteed && block->list == QY_HELD_CACHE && !block->order;
	block->page = qy_replay_alloc(r, gfp & ~NOT_PASSED_ON, block->order);
	r->droppable = false;
	return hold(r, block);
}

/* The start state holds the block at its recorded place, as single frames. Return: false when it does not. */
static bool hold_in_place(
	struct qy_replay *r, const struct qy_held_block *block, uint64_t pfn)
{
	struct page *page = r->start ? qy_start_take(r->start, pfn, block->order) : NULL;
	uint64_t first = page ? qy_page_to_pfn(r->m, page) : 0;

	if (page && r->film)
		qy_film_gave(r->film, first, 1ull << block->order, QY_FILM_OWNER_START);
	for (uint64_t i = 0; page && i < 1ull << block->order; i++) {
		struct qy_held_block single = *block;

		single.key += i;
		single.order = 0;
		single.page = qy_pfn_to_page(r->m, first + i);
		hold(r, &single);
	}
	return page != NULL;
}

static void play_alloc(struct qy_replay *r, const struct qy_page_event *event,
	uint32_t round, struct qy_replay_counts *counts)
{
	struct qy_held_block block = {
		.key = key_of(round, event->pfn),
		.order = event->order,
		.list = (uint8_t)list_of(event->gfp),
	};

	block.owner = (uint8_t)qy_film_owner_load(r->load, (enum qy_film_kind)block.list);

	free_what_is_in_the_way(r, round, event->pfn, event->order, counts);
	counts->nr_allocs++;
	if (hold_new(r, &block, event->gfp))
		counts->pages_allocated += 1ull << event->order;
	else
		count_failure(r, event, counts);
}

void qy_replay_older(struct qy_replay *r, const struct qy_older *older, uint32_t round,
	struct qy_replay_counts *counts)
{
	for (size_t i = 0; i < older->nr && !r->out_of_memory; i++) {
		if (r->stop && *r->stop)
			break;

		const struct qy_older_block *o = &older->blocks[i];
		struct qy_held_block block = {
			.key = key_of(round, o->pfn),
			.order = o->order,
			.list = o->migratetype == 1 ? QY_HELD_ANON : QY_HELD_KERNEL,
			.owner = (uint8_t)qy_film_owner_load(r->load, QY_FILM_OLDER),
		};

		qy_replay_set_cpu(r, o->cpu % r->nr_cpus);
		counts->nr_older++;
		if (hold_in_place(r, &block, o->pfn)) {
			counts->older_in_place += 1ull << o->order;
			counts->older_pages += 1ull << o->order;
		} else if (hold_new(r, &block, qy_older_gfp(o->migratetype))) {
			counts->older_pages += 1ull << o->order;
		} else {
			counts->nr_older_refused++;
		}
	}
}

/* ------------------------------------------------------------------ frees */

/* A block becomes single frames, each held under its own key. */
static void split(struct qy_replay *r, uint32_t index, struct qy_replay_counts *counts)
{
	struct qy_held_block block;
	uint64_t frames;

	make_plain(r, qy_held_block(&r->held, index));
	block = *qy_held_block(&r->held, index);
	frames = 1ull << block.order;
	counts->nr_splits++;
	qy_held_remove(&r->held, index);
	if (block.page)
		qy_split_page(r->m, block.page, block.order);
	for (uint64_t i = 0; i < frames; i++) {
		struct qy_held_block single = block;

		single.key += i;
		single.stamp += i;
		single.order = 0;
		if (block.page)
			single.page = qy_pfn_to_page(
				r->m, qy_page_to_pfn(r->m, block.page) + i);
		index = qy_held_insert(&r->held, &single);
		if (index != QY_NO_BLOCK) {
			make_movable(r, index);
			continue;
		}
		r->out_of_memory = true;
		if (single.page)
			drop_page(r, &single);
	}
}

static void play_free(struct qy_replay *r, const struct qy_page_event *event,
	uint32_t round, struct qy_replay_counts *counts)
{
	uint64_t end = event->pfn + (1ull << event->order);
	uint32_t index = qy_held_find(&r->held, key_of(round, event->pfn));
	bool found = false, absent = false;

	counts->nr_frees++;
	if (index == QY_NO_BLOCK)
		index = find_cover(r, round, event->pfn);
	if (index != QY_NO_BLOCK && qy_held_block(&r->held, index)->order > event->order)
		split(r, index, counts);
	for (uint64_t at = event->pfn; at < end; at++) {
		index = qy_held_find(&r->held, key_of(round, at));
		if (index == QY_NO_BLOCK)
			continue;
		found = true;
		absent |= !qy_held_block(&r->held, index)->page;
		at += (1ull << qy_held_block(&r->held, index)->order) - 1;
		drop_block(r, index);
	}
	counts->nr_unknown_frees += !found;
	counts->nr_absent_frees += absent;
}

void qy_replay_prefetch(const struct qy_replay *r, const struct qy_page_event *event,
	uint32_t round, bool near)
{
	qy_held_prefetch(&r->held, key_of(round, event->pfn), near);
}

void qy_replay_event(struct qy_replay *r, const struct qy_page_event *event,
	uint32_t round, struct qy_replay_counts *counts)
{
	qy_replay_set_cpu(r, event->cpu % r->nr_cpus);
	if (event->kind == QY_EV_ALLOC)
		play_alloc(r, event, round, counts);
	else
		play_free(r, event, round, counts);
}

static void free_list(struct qy_replay *r, unsigned int list, bool all, uint32_t round)
{
	uint32_t index = r->held.oldest[list];

	while (index != QY_NO_BLOCK) {
		struct qy_held_block *block = qy_held_block(&r->held, index);
		uint32_t next = block->next;

		if (all || block->key >> PFN_BITS == round)
			drop_block(r, index);
		index = next;
	}
}

void qy_replay_free_round(struct qy_replay *r, uint32_t round, enum qy_held_list list)
{
	free_list(r, list, false, round);
}

void qy_replay_free_all(struct qy_replay *r)
{
	for (unsigned int list = 0; list < QY_NR_HELD_LISTS; list++)
		free_list(r, list, true, 0);
}

/* ------------------------------------------------------------------ the stand-in for reclaim */

/*
 * Pages above a watermark in the zone that is best off, for a kernel's own request: the Movable zone cannot serve it,
 * and what low zones keep for their own users, for atomic requests or for CMA does not count.
 */
static int64_t best_margin(struct qy_machine *m, unsigned int mark)
{
	struct qy_zone_stats z;
	int64_t best = INT64_MIN;

	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++) {
		int64_t margin =
			(int64_t)(z.free_pages - z.watermark[mark] - z.watermark_boost -
				  z.lowmem_reserve[QY_ZONE_NORMAL] -
				  z.nr_reserved_highatomic - z.free_cma_pages);

		if (z.managed_pages && z.type <= QY_ZONE_NORMAL && margin > best)
			best = margin;
	}
	return best;
}

enum { MARK_LOW = 1, MARK_HIGH = 2 };

static bool has_cache(const struct qy_replay *r)
{
	return r->held.oldest[QY_HELD_CACHE] != QY_NO_BLOCK;
}

bool qy_replay_drop_oldest(struct qy_replay *r, uint64_t pages)
{
	uint64_t dropped = 0;

	while (dropped < pages && has_cache(r)) {
		uint32_t index = r->held.oldest[QY_HELD_CACHE];
		struct qy_held_block *block = qy_held_block(&r->held, index);

		dropped += 1ull << block->order;
		drop_page(r, block);
		qy_held_forget_page(&r->held, index);
	}
	r->pages_dropped += dropped;
	return dropped > 0;
}

uint64_t qy_replay_balance(struct qy_replay *r)
{
	int64_t margin = best_margin(r->m, MARK_LOW);

	if (margin <= 0 && has_cache(r)) {
		r->nr_balanced++;
		while (has_cache(r)) {
			int64_t missing = -best_margin(r->m, MARK_HIGH);

			if (missing <= 0)
				break;
			qy_replay_drop_oldest(r, (uint64_t)missing);
		}
		margin = best_margin(r->m, MARK_LOW);
	}
	if (margin < (int64_t)MIN_PAGES_UNWATCHED)
		return MIN_PAGES_UNWATCHED;
	return margin < (int64_t)MAX_PAGES_UNWATCHED ? (uint64_t)margin
						     : MAX_PAGES_UNWATCHED;
}

/* How often a request may go round; Linux gives up as early on costly orders that nobody insists on. */
static unsigned int rounds_of_reclaim(
	const struct qy_replay *r, qy_gfp_t gfp, unsigned int order)
{
	if (!r->stand_in || !(gfp & QY___GFP_DIRECT_RECLAIM))
		return 0;
	if (gfp & QY___GFP_NORETRY)
		return 1;
	return order > COSTLY_ORDER && !(gfp & QY___GFP_RETRY_MAYFAIL)
		       ? 1
		       : MAX_RECLAIM_RETRIES;
}

static void take_reading(struct qy_machine *m, struct qy_reading *r)
{
	r->nr = 0;
	while (qy_zone_counts(m, r->nr, &r->zone[r->nr]))
		r->nr++;
	qy_compact_counts(m, &r->compact);
	qy_reclaim_counts(m, &r->reclaim);
}

/* What kswapd or the flusher do in between, they do in the caller's time: he waits for it. */
static void meter_reclaim(struct qy_meter *meter, const struct qy_reclaim_counts *before,
	const struct qy_reclaim_counts *after)
{
	meter->nr[QY_COST_RECLAIM] += after->direct_scanned + after->kswapd_scanned -
				      before->direct_scanned - before->kswapd_scanned;
	meter->nr[QY_COST_READ] += after->swapped_in + after->file_read -
				   before->swapped_in - before->file_read;
	meter->nr[QY_COST_WRITE] += after->swapped_out + after->file_written -
				    before->swapped_out - before->file_written;
}

/*
 * What the call did. Without compaction nothing is merged meanwhile, and the counts are exact; with it, they are net: what
 * it put together it cut less.
 */
static void meter_call(struct qy_meter *meter, const struct qy_reading *before,
	const struct qy_reading *after, unsigned int order)
{
	meter->nr[QY_COST_CALL]++;
	for (uint32_t i = 0; i < before->nr; i++) {
		const struct qy_zone_counts *b = &before->zone[i], *a = &after->zone[i];
		uint64_t taken, splits;

		if (a->free_pages >= b->free_pages)
			continue;
		taken = (b->free_pages - a->free_pages) >> order;
		splits = a->free_blocks + taken;
		meter->nr[QY_COST_LOCK]++;
		meter->nr[QY_COST_BLOCK] += taken;
		if (splits > b->free_blocks)
			meter->nr[QY_COST_SPLIT] += splits - b->free_blocks;
	}
	meter->nr[QY_COST_SCAN] +=
		after->compact.scanned_pages - before->compact.scanned_pages;
	meter->nr[QY_COST_MOVE] +=
		after->compact.moved_pages - before->compact.moved_pages;
	meter_reclaim(meter, &before->reclaim, &after->reclaim);
}

void qy_replay_read(const struct qy_replay *r, struct qy_reading *reading)
{
	take_reading(r->m, reading);
}

void qy_replay_meter(const struct qy_replay *r, const struct qy_reading *before,
	struct qy_meter *meter)
{
	struct qy_reading after;

	take_reading(r->m, &after);
	meter_call(meter, before, &after, 0);
}

static struct page *ask(struct qy_replay *r, qy_gfp_t gfp, unsigned int order)
{
	struct page *(*alloc)(struct qy_machine *, qy_gfp_t, unsigned int) =
		r->droppable ? qy_alloc_droppable : qy_alloc_pages;
	struct qy_reading before, after;
	struct page *page;

	if (!r->meter)
		return alloc(r->m, gfp, order);
	take_reading(r->m, &before);
	page = alloc(r->m, gfp, order);
	take_reading(r->m, &after);
	meter_call(r->meter, &before, &after, order);
	return page;
}

uint64_t qy_replay_reclaim(struct qy_replay *r)
{
	uint64_t dropped = r->pages_dropped;

	r->nr_direct++;
	qy_replay_drop_oldest(r, RECLAIM_BATCH);
	qy_drain_all_pages(r->m);
	if (r->meter) {
		r->meter->nr[QY_COST_DROP] += r->pages_dropped - dropped;
		r->meter->nr[QY_COST_DRAIN]++;
	}
	return r->pages_dropped - dropped;
}

struct page *qy_replay_alloc(struct qy_replay *r, qy_gfp_t gfp, unsigned int order)
{
	unsigned int rounds = rounds_of_reclaim(r, gfp, order);
	struct page *page;

	if (r->meter && gfp & QY___GFP_ZERO)
		r->meter->nr[QY_COST_ZERO] += 1ull << order;
	if (r->no_stamps)
		gfp &= ~QY___GFP_ZERO;

	for (; rounds; rounds--) {
		page = ask(r, gfp | QY___GFP_NOWARN, order);
		if (page)
			return page;
		if (!has_cache(r))
			rounds = 1; /* what the per-CPU lists hold is the last hope */
		qy_replay_reclaim(r);
	}
	return ask(r, gfp, order);
}
