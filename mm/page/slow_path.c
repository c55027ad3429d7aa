// SPDX-License-Identifier: MIT
/*
 * What an allocation does when no zone is above its watermark: wake, reclaim, compact, ask for a victim, wait, or fail.
 *
 *   qy_alloc_pages_slowpath    the one entry
 *   qy_gfp_rights, _zone_rights  what it would do, without doing it
 *
 * Every kind of help is an entry of struct rescue_ops, which rooms above register; after each that helped, the walk is
 * tried again, in the order in which Linux 6.12 does it.
 *
 * Locking: m->oom_busy, tried and never waited for, over the last look and the kill; no other is held here. Reclaim,
 * compaction and the OOM killer may sleep.
 */
#include "mm/page/internal.h"

static unsigned int slow_alloc_flags(
	qy_gfp_t gfp, unsigned int order, unsigned int borrows)
{
	unsigned int flags = WMARK_MIN | borrows;

	if (gfp & QY___GFP_HIGH)
		flags |= ALLOC_MIN_RESERVE;
	if (gfp & QY___GFP_KSWAPD_RECLAIM)
		flags |= ALLOC_KSWAPD;
	if (!(gfp & QY___GFP_DIRECT_RECLAIM)) {
		if (!(gfp & QY___GFP_NOMEMALLOC)) {
			flags |= ALLOC_NON_BLOCK;
			if (order > 0)
				flags |= ALLOC_HIGHATOMIC;
		}
	}
	return flags;
}

static bool is_oom_victim(const struct qy_machine *m, const struct qy_context *ctx)
{
	return m->rescue && m->rescue->oom_victim && m->rescue->oom_victim(ctx);
}

/* Reclaim itself, and those who free more than they take, may use everything; who is to die a part of it. */
static unsigned int reserve_flags(
	const struct qy_machine *m, const struct qy_context *ctx, qy_gfp_t gfp)
{
	if (gfp & QY___GFP_NOMEMALLOC)
		return 0;
	if (gfp & QY___GFP_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	if (ctx->preempt_count & (HARDIRQ_OFFSET * 15))
		return 0;
	if (ctx->task_flags & PF_MEMALLOC)
		return ALLOC_NO_WATERMARKS;
	return is_oom_victim(m, ctx) ? ALLOC_OOM : 0;
}

static bool node_balanced(
	const struct qy_machine *m, u32 node, unsigned int order, u32 highest_zone)
{
	for (u32 i = 0; i < m->zones_per_node; i++) {
		const struct zone *zone = &m->zones[node * m->zones_per_node + i];

		if (zone->type <= highest_zone && populated_zone(zone) &&
			qy_zone_watermark_ok(zone, order, wmark_pages(zone, WMARK_HIGH),
				highest_zone, 0, READ_ONCE(zone->nr_free_pages)))
			return true;
	}
	return false;
}

/*
 * Without a kswapd to wake, its mark is set all the same, where one would get to work: per-CPU lists stay small there
 * until the node is above high again (pcplist.c).
 */
static void mark_reclaim(
	struct qy_machine *m, unsigned int order, const struct alloc_context *ac)
{
	for (u32 i = 0; i < ac->zonelist->nr; i++) {
		struct zone *zone = &m->zones[ac->zonelist->zone[i]];

		if (zone->type <= ac->highest_zone &&
			!(READ_ONCE(zone->flags) & ZONE_RECLAIM_ACTIVE) &&
			!node_balanced(m, zone->node, order, ac->highest_zone))
			atomic_fetch_or(&zone->flags, (u32)ZONE_RECLAIM_ACTIVE);
	}
}

static void wake_all_kswapds(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	const struct alloc_context *ac)
{
	u32 last_node = UINT32_MAX;

	/* what cannot sleep leaves compaction to the background; kswapd passes it on itself, where there is one */
	bool compact = order && !(gfp & QY___GFP_DIRECT_RECLAIM);

	if (!m->rescue || !m->rescue->wake_kswapd)
		mark_reclaim(m, order, ac);
	if (!m->rescue)
		return;
	for (u32 i = 0; i < ac->zonelist->nr; i++) {
		struct zone *zone = &m->zones[ac->zonelist->zone[i]];

		if (zone->type > ac->highest_zone || zone->node == last_node)
			continue;
		if (m->rescue->wake_kswapd)
			m->rescue->wake_kswapd(zone, gfp, order, ac->highest_zone);
		else if (compact && m->rescue->wake_kcompactd)
			m->rescue->wake_kcompactd(zone, order);
		last_node = zone->node;
	}
}

static bool unreserve_highatomic(
	struct qy_machine *m, const struct alloc_context *ac, bool force)
{
	for (u32 i = 0; i < ac->zonelist->nr; i++) {
		struct zone *zone = &m->zones[ac->zonelist->zone[i]];

		if (zone->type <= ac->highest_zone &&
			qy_unreserve_highatomic(zone, ac->migratetype, force))
			return true;
	}
	return false;
}

/* Would some zone pass the min watermark if all that could be reclaimed there were free? */
static bool retry_may_help(struct qy_machine *m, unsigned int order,
	const struct alloc_context *ac, unsigned int alloc_flags)
{
	for (u32 i = 0; m->rescue && m->rescue->reclaimable && i < ac->zonelist->nr;
		i++) {
		struct zone *zone = &m->zones[ac->zonelist->zone[i]];
		u64 could_be_free = READ_ONCE(zone->nr_free_pages);

		if (zone->type > ac->highest_zone)
			continue;
		could_be_free += m->rescue->reclaimable(zone);
		if (qy_zone_watermark_ok(zone, order, wmark_pages(zone, WMARK_MIN),
			    ac->highest_zone, alloc_flags, could_be_free))
			return true;
	}
	return false;
}

/* OOM helps only what it may kill for: small orders that insist, not zone-restricted or node-restricted ones. */
static bool oom_may_help(qy_gfp_t gfp, unsigned int order, const struct alloc_context *ac)
{
	return order <= PAGE_ALLOC_COSTLY_ORDER && ac->highest_zone >= QY_ZONE_NORMAL &&
	       !(gfp & (QY___GFP_RETRY_MAYFAIL | QY___GFP_THISNODE));
}

const char *qy_nofail_problem(qy_gfp_t gfp, unsigned int order)
{
	if (!(gfp & QY___GFP_DIRECT_RECLAIM))
		return "without __GFP_DIRECT_RECLAIM it cannot wait and may fail";
	return order > 1 ? "an order above 1 may never be had" : NULL;
}

static void warn_nofail(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	const char *wrong = qy_nofail_problem(gfp, order);

	if (!wrong && qy_current()->task_flags & PF_MEMALLOC)
		wrong = "the task is reclaiming itself";
	if (wrong && !(gfp & QY___GFP_NOWARN) && qy_first_time(m, WARNED_NOFAIL))
		qy_printk(m, QY_LOG_WARNING,
			"WARNING: __GFP_NOFAIL request of order %u: %s", order, wrong);
}

/* A request that must not fail waits until somebody frees. Where nobody else can run, that is a dead end. */
static void wait_for_others(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, unsigned int *rounds)
{
	char line[128];

	if (++*rounds == 1000)
		qy_printk(m, QY_LOG_WARNING,
			"__GFP_NOFAIL request of order %u has been waiting for 1000 rounds",
			order);
	if (m->port->relax(m->port->ctx))
		return;
	qy_warn_alloc(m, gfp & ~QY___GFP_NOWARN, order);
	qy_snprintf(line, sizeof(line),
		"__GFP_NOFAIL request of order %u can never succeed: nothing else runs that could free",
		order);
	m->port->panic(m->port->ctx, line);
}

/* One request on its way through the slow path. */
struct slow_request {
	struct qy_machine *m;
	qy_gfp_t gfp;
	unsigned int order;
	const struct alloc_context *ac;
	unsigned int alloc_flags;
	unsigned int no_progress;
	unsigned int compact_retries;
	unsigned int nofail_rounds;
};

static u32 try_again(const struct slow_request *r)
{
	return qy_get_page_from_freelist(r->m, r->gfp, r->order, r->alloc_flags, r->ac);
}

static bool is_costly(const struct slow_request *r)
{
	return r->order > PAGE_ALLOC_COSTLY_ORDER;
}

/* A request without __GFP_IO skips compaction: moving a page may have to write it first. */
static bool may_compact(const struct slow_request *r)
{
	return r->order && r->gfp & QY___GFP_IO && r->m->rescue && r->m->rescue->compact;
}

static u32 compact_and_try(const struct slow_request *r, bool sync, bool *compacted)
{
	*compacted =
		may_compact(r) && r->m->rescue->compact(r->m, r->gfp, r->order, sync);
	return *compacted ? try_again(r) : NO_FRAME;
}

static u32 reclaim_and_try(const struct slow_request *r, u64 *reclaimed)
{
	struct qy_machine *m = r->m;
	u32 frame = NO_FRAME;

	*reclaimed = 0;
	if (m->rescue && m->rescue->reclaim) {
		/* under the highest zone of the request, also where the board has none of that kind */
		atomic_add(&m->allocstall[r->ac->highest_zone], 1);
		*reclaimed = m->rescue->reclaim(m, r->gfp, r->order, r->ac->highest_zone);
	}
	if (*reclaimed)
		frame = try_again(r);
	if (*reclaimed && frame == NO_FRAME) {
		/* what was freed may sit in the atomic reserve or on the lists of other CPUs */
		unreserve_highatomic(m, r->ac, false);
		qy_drain_all_pages(m);
		frame = try_again(r);
	}
	return frame;
}

/* Reclaim is worth another round while it gets somewhere, or could. */
static bool should_reclaim_retry(struct slow_request *r, u64 reclaimed)
{
	if (reclaimed && !is_costly(r))
		r->no_progress = 0;
	else
		r->no_progress++;
	if (r->no_progress <= MAX_RECLAIM_RETRIES &&
		retry_may_help(r->m, r->order, r->ac, r->alloc_flags))
		return true;
	return unreserve_highatomic(r->m, r->ac, true);
}

static bool should_compact_retry(struct slow_request *r, bool compacted)
{
	return compacted && r->compact_retries++ < (is_costly(r) ? 4u : 16u);
}

/*
 * Somebody may have freed meanwhile, but not for less than the high watermark; then a task dies, or not. Both under
 * m->oom_busy: else whoever looked in vain before another's victim was gone would choose a second one.
 */
static u32 look_then_kill(struct slow_request *r, bool *progress)
{
	struct qy_machine *m = r->m;
	u32 frame;

	/* acquire: pairs with the release below: what the one before us did about it is seen */
	if (__atomic_exchange_n(&m->oom_busy, 1, __ATOMIC_ACQUIRE)) {
		m->port->relax(m->port->ctx);
		*progress = true;
		return NO_FRAME;
	}
	frame = qy_get_page_from_freelist(m, r->gfp, r->order, WMARK_HIGH, r->ac);
	if (frame == NO_FRAME && m->rescue && m->rescue->oom)
		*progress = m->rescue->oom(m, r->gfp, r->order);
	store_release(&m->oom_busy, 0);
	return frame;
}

static u32 oom_and_try(struct slow_request *r, bool *progress)
{
	u32 frame;

	*progress = false;
	if (!oom_may_help(r->gfp, r->order, r->ac))
		return NO_FRAME;
	frame = look_then_kill(r, progress);
	if (*progress && r->gfp & QY___GFP_NOFAIL)
		frame = qy_get_page_from_freelist(r->m, r->gfp, r->order,
			ALLOC_NO_WATERMARKS | r->ac->borrows, r->ac);
	/* a victim that found nothing in its reserves would look there for ever */
	if (frame == NO_FRAME && !(r->gfp & QY___GFP_NOFAIL) &&
		is_oom_victim(r->m, qy_current()) &&
		(r->alloc_flags & ALLOC_OOM || r->gfp & QY___GFP_NOMEMALLOC))
		*progress = false;
	return frame;
}

/* A second round would not be worth its price, or is not wanted. */
static bool one_round_is_enough(const struct slow_request *r)
{
	return r->gfp & QY___GFP_NORETRY ||
	       (is_costly(r) && !(r->gfp & QY___GFP_RETRY_MAYFAIL && may_compact(r)));
}

/* Reclaim, compaction, retries, OOM: one round. Return: a frame, or NO_FRAME with *again telling what to do. */
static u32 one_round(struct slow_request *r, bool *again)
{
	bool compacted;
	u64 reclaimed;
	u32 frame = reclaim_and_try(r, &reclaimed);

	*again = false;
	if (frame == NO_FRAME)
		frame = compact_and_try(r, true, &compacted);
	if (frame != NO_FRAME || one_round_is_enough(r))
		return frame;
	*again = should_reclaim_retry(r, reclaimed) || should_compact_retry(r, compacted);
	if (*again)
		return NO_FRAME;
	frame = oom_and_try(r, again);
	if (*again)
		r->no_progress = 0;
	return frame;
}

static u32 nofail_try(struct slow_request *r)
{
	unsigned int flags = ALLOC_MIN_RESERVE | r->ac->borrows;
	u32 frame = qy_get_page_from_freelist(r->m, r->gfp, r->order, flags, r->ac);

	if (frame == NO_FRAME)
		wait_for_others(r->m, r->gfp, r->order, &r->nofail_rounds);
	return frame;
}

/* What the task may use it may have got only just now. */
static void use_reserves(struct slow_request *r)
{
	unsigned int reserves = reserve_flags(r->m, qy_current(), r->gfp);

	if (reserves)
		r->alloc_flags =
			reserves | r->ac->borrows | (r->alloc_flags & ALLOC_KSWAPD);
}

/* Who reclaims already does not begin again. */
static bool may_reclaim(const struct qy_context *ctx, qy_gfp_t gfp)
{
	return gfp & QY___GFP_DIRECT_RECLAIM && !(ctx->task_flags & PF_MEMALLOC);
}

static u32 sleep_for_frames(struct slow_request *r)
{
	const struct rescue_ops *rescue = r->m->rescue;
	bool again = false, compacted;
	u32 frame = NO_FRAME;

	if (rescue && rescue->drain && rescue->drain(r->m))
		frame = try_again(r);
	if (frame != NO_FRAME)
		return frame;
	/* small unmovable blocks are better made by moving pages together than by reclaiming */
	if (is_costly(r) || r->ac->migratetype != MIGRATE_MOVABLE)
		frame = compact_and_try(r, false, &compacted);
	while (frame == NO_FRAME) {
		if (r->alloc_flags & ALLOC_KSWAPD)
			wake_all_kswapds(r->m, r->gfp, r->order, r->ac);
		use_reserves(r);
		frame = try_again(r);
		if (frame == NO_FRAME)
			frame = one_round(r, &again);
		if (frame != NO_FRAME || again)
			continue;
		if (!(r->gfp & QY___GFP_NOFAIL))
			break;
		frame = nofail_try(r);
	}
	return frame;
}

u32 qy_alloc_pages_slowpath(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	const struct alloc_context *ac)
{
	const struct qy_context *ctx = qy_current();
	struct slow_request r = {
		.m = m,
		.gfp = gfp,
		.order = order,
		.ac = ac,
		.alloc_flags = slow_alloc_flags(gfp, order, ac->borrows),
	};
	u32 frame;

	if (unlikely(gfp & QY___GFP_NOFAIL))
		warn_nofail(m, gfp, order);
	if (r.alloc_flags & ALLOC_KSWAPD)
		wake_all_kswapds(m, gfp, order, ac);
	frame = try_again(&r);
	if (frame == NO_FRAME && reserve_flags(m, ctx, gfp)) {
		use_reserves(&r);
		frame = try_again(&r);
	}
	if (frame == NO_FRAME && may_reclaim(ctx, gfp))
		frame = sleep_for_frames(&r);
	/* who reclaims cannot reclaim for itself, but still must not fail */
	while (frame == NO_FRAME && gfp & QY___GFP_NOFAIL &&
		gfp & QY___GFP_DIRECT_RECLAIM) {
		frame = nofail_try(&r);
		if (frame == NO_FRAME)
			frame = try_again(&r);
	}
	if (frame == NO_FRAME)
		qy_warn_alloc(m, gfp, order);
	return frame;
}

/* ------------------------------------------------------------------ the same without doing it */

/* A request at the moment when it has not been served above the low watermarks. Return: false: no zone is for it. */
static bool slow_request_of(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	struct alloc_context *ac, struct slow_request *r)
{
	bool any = qy_begin_request(m, &gfp, ac);

	*r = (struct slow_request){ .m = m, .gfp = gfp, .order = order, .ac = ac };
	r->alloc_flags = slow_alloc_flags(gfp, order, ac->borrows);
	use_reserves(r);
	return any;
}

static enum qy_gfp_patience patience_of(const struct slow_request *r)
{
	bool waits = r->gfp & QY___GFP_DIRECT_RECLAIM;

	if (waits && r->gfp & QY___GFP_NOFAIL)
		return QY_GFP_FOR_EVER;
	if (!may_reclaim(qy_current(), r->gfp))
		return QY_GFP_AT_ONCE;
	return one_round_is_enough(r) ? QY_GFP_ONE_ROUND : QY_GFP_ROUNDS;
}

bool qy_gfp_rights(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, struct qy_gfp_rights *out)
{
	struct alloc_context ac;
	struct slow_request r;
	bool any = slow_request_of(m, gfp, order, &ac, &r);
	bool reclaims = may_reclaim(qy_current(), r.gfp);

	*out = (struct qy_gfp_rights){
		.gfp = r.gfp,
		.highest_zone = ac.highest_zone,
		.migratetype = ac.migratetype,
		.borrows_cma = r.alloc_flags & ALLOC_CMA,
		.may_sleep = r.gfp & QY___GFP_DIRECT_RECLAIM,
		.may_reclaim = reclaims,
		.may_write = reclaims && r.gfp & QY___GFP_IO,
		.may_enter_fs = reclaims && r.gfp & QY___GFP_FS,
		.may_compact = reclaims && may_compact(&r),
		.wakes_kswapd = r.alloc_flags & ALLOC_KSWAPD,
		.min_reserve = r.alloc_flags & ALLOC_MIN_RESERVE,
		.non_block = r.alloc_flags & ALLOC_NON_BLOCK,
		.highatomic = r.alloc_flags & ALLOC_HIGHATOMIC,
		.no_watermarks = r.alloc_flags & ALLOC_NO_WATERMARKS,
		.may_kill = reclaims && !one_round_is_enough(&r) &&
			    oom_may_help(r.gfp, order, &ac) && oom_may_kill(r.gfp),
		.reports = !(r.gfp & QY___GFP_NOWARN),
		.patience = patience_of(&r),
		.max_fruitless_rounds = MAX_RECLAIM_RETRIES,
	};
	return any;
}

bool qy_gfp_zone_rights(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	unsigned int n, struct qy_gfp_zone_rights *out)
{
	struct alloc_context ac;
	struct slow_request r;

	if (!slow_request_of(m, gfp, order, &ac, &r))
		return false;
	for (u32 i = 0; i < ac.zonelist->nr; i++) {
		const struct zone *zone = &m->zones[ac.zonelist->zone[i]];

		if (zone->type > ac.highest_zone || n--)
			continue;
		qy_zone_needs(zone, order, &ac, r.alloc_flags, out);
		return true;
	}
	return false;
}
