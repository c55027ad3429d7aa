// SPDX-License-Identifier: MIT
/*
 * Reclaim: how much of which list is looked at, and when that is enough.
 *
 *   qy_shrink_node             one node, once, at a priority
 *   qy_try_to_free_pages       a request that may sleep: all nodes, priority by priority
 *
 *   priority 12 .. 0: 1/4096 of each list .. all of it
 *   a list's share: swappiness : 200 - swappiness, each by how cheaply that kind was reclaimed of late
 *
 * Locking: none here; see mm/task/reclaim.c.
 */
#include "mm/pressure/internal.h"
#include "mm/pressure/oom_kill.h"

static u64 node_stat(const struct qy_machine *m, u32 node, enum node_stat_item item)
{
	return READ_ONCE(m->node_stat[node][item]);
}

static bool can_reclaim_anon(const struct qy_machine *m)
{
	return qy_swap_free(m) != 0;
}

u64 qy_zone_reclaimable_pages(const struct zone *zone)
{
	u64 nr = READ_ONCE(zone->nr_lru[LRU_INACTIVE_FILE]) +
		 READ_ONCE(zone->nr_lru[LRU_ACTIVE_FILE]);

	if (can_reclaim_anon(zone->machine))
		nr += READ_ONCE(zone->nr_lru[LRU_INACTIVE_ANON]) +
		      READ_ONCE(zone->nr_lru[LRU_ACTIVE_ANON]);
	return nr;
}

/* ------------------------------------------------------------------ active and inactive */

/* The larger the memory, the smaller the part of it that need be inactive: 1 GiB 1:3, 10 GiB 1:10. */
static bool inactive_is_low(const struct qy_machine *m, u32 node, bool file)
{
	u64 inactive = node_stat(m, node, file ? NR_INACTIVE_FILE : NR_INACTIVE_ANON);
	u64 active = node_stat(m, node, file ? NR_ACTIVE_FILE : NR_ACTIVE_ANON);
	u64 gib = (inactive + active) >> (30 - QY_PAGE_SHIFT);
	u64 ratio = gib ? qy_isqrt(10 * gib) : 1;

	return inactive * ratio < active;
}

static void shrink_active_list(struct qy_machine *m, u32 node, enum lru_list lru, u32 nr,
	const struct scan_control *sc)
{
	u32 frames[SWAP_CLUSTER_MAX], scanned;
	u32 taken = qy_lru_isolate(m, node, lru, nr, sc->highest_zone, frames, &scanned);

	qy_count_events(m, PGREFILL, scanned);
	qy_count_events(m, PGDEACTIVATE, qy_pages_deactivate(m, frames, taken));
}

/* What the flusher and kswapd learn from a batch of a file's pages. */
static void note_batch(struct qy_machine *m, struct scan_control *sc,
	const struct page_reclaim *how, u32 taken)
{
	if (how->nr_unqueued_dirty && how->nr_unqueued_dirty == taken)
		qy_wake_flusher(m);
	sc->nr_unqueued_dirty += how->nr_unqueued_dirty;
	sc->nr_taken_file += taken;
	sc->nr_immediate += how->nr_immediate;
}

static u32 shrink_inactive_list(struct qy_machine *m, u32 node, enum lru_list lru, u32 nr,
	struct scan_control *sc)
{
	const struct kswapd *kswapd = &m->pressure_room->kswapd[node];
	bool file = lru == LRU_INACTIVE_FILE;
	struct page_reclaim how = {
		.kswapd = sc->kswapd,
		.may_swap = sc->may_swap,
		.may_writepage = sc->may_writepage,
		.may_unmap = sc->may_unmap,
		.may_io = sc->gfp & QY___GFP_IO,
		.may_fs = sc->gfp & QY___GFP_FS,
		.node_dirty = READ_ONCE(kswapd->node_dirty),
		.node_writeback = READ_ONCE(kswapd->node_writeback),
	};
	u32 frames[SWAP_CLUSTER_MAX], scanned, reclaimed = 0;
	u32 taken = qy_lru_isolate(m, node, lru, nr, sc->highest_zone, frames, &scanned);

	for (u32 i = 0; i < taken; i++)
		reclaimed += qy_page_reclaim(m, frames[i], &how);
	qy_count_events(m, sc->kswapd ? PGSCAN_KSWAPD : PGSCAN_DIRECT, scanned);
	qy_count_events(m, file ? PGSCAN_FILE : PGSCAN_ANON, scanned);
	qy_count_events(m, sc->kswapd ? PGSTEAL_KSWAPD : PGSTEAL_DIRECT, reclaimed);
	qy_count_events(m, file ? PGSTEAL_FILE : PGSTEAL_ANON, reclaimed);
	qy_task_lock(m);
	qy_lru_note_cost(m, node, file, how.nr_pageout, scanned - reclaimed);
	qy_task_unlock(m);
	sc->nr_scanned += scanned;
	if (file)
		note_batch(m, sc, &how, taken);
	return reclaimed;
}

static u32 shrink_list(struct qy_machine *m, u32 node, enum lru_list lru, u32 nr,
	struct scan_control *sc)
{
	bool file = lru >= LRU_INACTIVE_FILE;

	if (lru == LRU_INACTIVE_ANON || lru == LRU_INACTIVE_FILE)
		return shrink_inactive_list(m, node, lru, nr, sc);
	if (sc->deactivate[file])
		shrink_active_list(m, node, lru, nr, sc);
	else
		sc->skipped_deactivate = true;
	return 0;
}

/* ------------------------------------------------------------------ how much of which list */

static u64 total_high_wmark(const struct qy_machine *m, u32 node)
{
	u64 sum = 0;

	for (u32 i = 0; i < m->zones_per_node; i++) {
		const struct zone *zone = &m->zones[node * m->zones_per_node + i];

		if (zone_managed_pages(zone))
			sum += wmark_pages(zone, WMARK_HIGH);
	}
	return sum;
}

static u64 node_free(const struct qy_machine *m, u32 node)
{
	u64 sum = 0;

	for (u32 i = 0; i < m->zones_per_node; i++)
		sum += READ_ONCE(m->zones[node * m->zones_per_node + i].nr_free_pages);
	return sum;
}

/* Active pages are looked at where there is a lack of inactive ones, or where pages come back that had to go. */
static bool wants_deactivation(
	const struct qy_machine *m, u32 node, bool file, const struct scan_control *sc)
{
	u64 refaults = node_stat(
		m, node, file ? WORKINGSET_ACTIVATE_FILE : WORKINGSET_ACTIVATE_ANON);

	return sc->force_deactivate ||
	       refaults != READ_ONCE(m->task_room->lruvec[node].refaults[file]) ||
	       inactive_is_low(m, node, file);
}

static void prepare_scan_control(
	const struct qy_machine *m, u32 node, struct scan_control *sc)
{
	u64 inactive_file = node_stat(m, node, NR_INACTIVE_FILE);
	u64 file = inactive_file + node_stat(m, node, NR_ACTIVE_FILE);

	sc->deactivate[0] = wants_deactivation(m, node, false, sc);
	sc->deactivate[1] = wants_deactivation(m, node, true, sc);
	sc->cache_trim_mode = inactive_file >> sc->priority && !sc->deactivate[1];
	sc->file_is_tiny = file + node_free(m, node) <= total_high_wmark(m, node) &&
			   !sc->deactivate[0] &&
			   node_stat(m, node, NR_INACTIVE_ANON) >> sc->priority;
}

/* Shares of the lists: of anonymous pages, of files', of how many. */
struct scan_balance {
	u64 share[2];
	u64 of;
};

static struct scan_balance balance_lists(
	const struct qy_machine *m, u32 node, const struct scan_control *sc)
{
	const struct scan_balance anon_only = { { 1, 0 }, 1 },
				  file_only = { { 0, 1 }, 1 };
	const struct scan_balance equal = { { 1, 1 }, 1 };
	const struct lruvec *lruvec = &m->task_room->lruvec[node];
	u64 swappiness = READ_ONCE(m->task_room->vm.swappiness);
	u64 cost[2] = { READ_ONCE(lruvec->cost[0]), READ_ONCE(lruvec->cost[1]) };
	struct scan_balance balance;
	u64 total;

	if (!sc->may_swap || !can_reclaim_anon(m))
		return file_only;
	/* close to the end nothing is spared, unless swap is never wanted */
	if (!sc->priority && swappiness)
		return equal;
	if (sc->file_is_tiny)
		return anon_only;
	if (sc->cache_trim_mode)
		return file_only;
	total = cost[0] + cost[1];
	cost[0] += total;
	cost[1] += total;
	total = cost[0] + cost[1];
	balance.share[0] = swappiness * (total + 1) / (cost[0] + 1);
	balance.share[1] = (200 - swappiness) * (total + 1) / (cost[1] + 1);
	balance.of = balance.share[0] + balance.share[1];
	return balance;
}

#define NR_SCANNED_LISTS LRU_UNEVICTABLE

static void get_scan_count(const struct qy_machine *m, u32 node,
	const struct scan_control *sc, u64 nr[NR_SCANNED_LISTS])
{
	struct scan_balance balance = balance_lists(m, node, sc);

	for (u32 lru = 0; lru < NR_SCANNED_LISTS; lru++) {
		u64 size = qy_lru_size(m, node, (enum lru_list)lru, sc->highest_zone);

		nr[lru] = (size >> sc->priority) *
			  balance.share[lru >= LRU_INACTIVE_FILE] / max(balance.of, 1ull);
	}
}

/*
 * Enough was freed: the list of which less is left to look at is let off, and the other one as far as keeps the
 * proportion in which both were meant to be looked at. Return: false: one of them is through.
 */
static bool adjust_targets(u64 nr[NR_SCANNED_LISTS], const u64 targets[NR_SCANNED_LISTS])
{
	u64 left_file = nr[LRU_INACTIVE_FILE] + nr[LRU_ACTIVE_FILE];
	u64 left_anon = nr[LRU_INACTIVE_ANON] + nr[LRU_ACTIVE_ANON];
	u32 spared, other;
	u64 percent;

	if (!left_file || !left_anon)
		return false;
	spared = left_file > left_anon ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;
	other = left_file > left_anon ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
	percent = min(left_file, left_anon) * 100 /
		  (targets[spared] + targets[spared + 1] + 1);
	nr[spared] = nr[spared + 1] = 0;
	for (u32 lru = other; lru <= other + 1; lru++) {
		u64 scanned = targets[lru] - nr[lru];
		u64 wanted = targets[lru] * (100 - percent) / 100;

		nr[lru] = wanted > scanned ? min(wanted - scanned, nr[lru]) : 0;
	}
	return true;
}

static void shrink_lruvec(struct qy_machine *m, u32 node, struct scan_control *sc)
{
	u64 nr[NR_SCANNED_LISTS], targets[NR_SCANNED_LISTS], reclaimed = 0;
	bool proportional = !sc->kswapd && sc->priority == DEF_PRIORITY, adjusted = false;

	get_scan_count(m, node, sc, nr);
	memcpy(targets, nr, sizeof(nr));
	while (nr[LRU_INACTIVE_ANON] || nr[LRU_ACTIVE_FILE] || nr[LRU_INACTIVE_FILE]) {
		for (u32 lru = 0; lru < NR_SCANNED_LISTS; lru++) {
			u32 chunk = (u32)min(nr[lru], (u64)SWAP_CLUSTER_MAX);

			nr[lru] -= chunk;
			if (chunk)
				reclaimed += shrink_list(
					m, node, (enum lru_list)lru, chunk, sc);
		}
		if (reclaimed < sc->nr_to_reclaim || proportional || adjusted)
			continue;
		if (!adjust_targets(nr, targets))
			break;
		adjusted = true;
	}
	sc->nr_reclaimed += reclaimed;
	if (can_reclaim_anon(m) && inactive_is_low(m, node, false))
		shrink_active_list(m, node, LRU_ACTIVE_ANON, SWAP_CLUSTER_MAX, sc);
}

/* A request for many pages goes on while there is enough left for compaction to work with. */
static bool should_continue(const struct qy_machine *m, u32 node, u64 reclaimed,
	const struct scan_control *sc)
{
	u64 inactive = node_stat(m, node, NR_INACTIVE_FILE);

	if (!sc->order || !reclaimed ||
		(sc->order <= PAGE_ALLOC_COSTLY_ORDER &&
			sc->priority >= DEF_PRIORITY - 2))
		return false;
	for (u32 i = 0; i < m->zones_per_node && i <= sc->highest_zone; i++) {
		const struct zone *zone = &m->zones[node * m->zones_per_node + i];

		if (zone_managed_pages(zone) &&
			qy_zone_watermark_ok(zone, 0,
				wmark_pages(zone, WMARK_MIN) + (2ull << sc->order),
				sc->highest_zone, 0, READ_ONCE(zone->nr_free_pages)))
			return false;
	}
	if (can_reclaim_anon(m))
		inactive += node_stat(m, node, NR_INACTIVE_ANON);
	return inactive > 2ull << sc->order;
}

void qy_shrink_node(struct qy_machine *m, u32 node, struct scan_control *sc)
{
	struct kswapd *kswapd = &m->pressure_room->kswapd[node];
	u64 before, begin = sc->nr_reclaimed;

	do {
		before = sc->nr_reclaimed;
		sc->nr_taken_file = sc->nr_unqueued_dirty = sc->nr_immediate = 0;
		prepare_scan_control(m, node, sc);
		shrink_lruvec(m, node, sc);
		qy_shrink_slab(m, sc->gfp, node, sc->priority);
		if (sc->kswapd)
			WRITE_ONCE(kswapd->node_dirty,
				sc->nr_taken_file &&
					sc->nr_unqueued_dirty == sc->nr_taken_file);
	} while (should_continue(m, node, sc->nr_reclaimed - before, sc));
	if (sc->nr_reclaimed > begin)
		WRITE_ONCE(m->kswapd_failures[node], 0);
}

/* ------------------------------------------------------------------ requests that may sleep */

static bool compaction_ready(const struct zone *zone, const struct scan_control *sc)
{
	if (sc->order <= PAGE_ALLOC_COSTLY_ORDER)
		return false;
	return qy_zone_watermark_ok(zone, 0,
		wmark_pages(zone, WMARK_HIGH) + (2ull << sc->order), sc->highest_zone, 0,
		READ_ONCE(zone->nr_free_pages));
}

/* Every node with a zone that the request may use, once. Return: a costly request need not have more: compaction can. */
static bool shrink_zones(struct qy_machine *m, struct scan_control *sc)
{
	const struct zonelist *list = &m->zonelists[qy_cpu_node(m, qy_current()->cpu)];
	u32 last_node = UINT32_MAX;
	bool ready = false;

	for (u32 i = 0; i < list->nr; i++) {
		const struct zone *zone = &m->zones[list->zone[i]];

		if (zone->type > sc->highest_zone)
			continue;
		if (compaction_ready(zone, sc)) {
			ready = true;
			continue;
		}
		if (zone->node == last_node)
			continue;
		last_node = zone->node;
		qy_shrink_node(m, zone->node, sc);
	}
	return ready;
}

static void snapshot_refaults(struct qy_machine *m)
{
	for (u32 node = 0; node < m->nr_nodes; node++) {
		struct lruvec *lruvec = &m->task_room->lruvec[node];

		WRITE_ONCE(lruvec->refaults[0],
			node_stat(m, node, WORKINGSET_ACTIVATE_ANON));
		WRITE_ONCE(lruvec->refaults[1],
			node_stat(m, node, WORKINGSET_ACTIVATE_FILE));
	}
}

/*
 * All that was looked at waits to be written: so does the request, and in this time the flusher works. (Linux sleeps until
 * it has; here the work is done in the waiter's time.)
 */
static void wait_for_flusher(struct qy_machine *m, const struct scan_control *sc)
{
	if (sc->nr_taken_file && sc->nr_unqueued_dirty == sc->nr_taken_file)
		qy_writeback_step(m);
}

static u64 try_priorities(struct qy_machine *m, struct scan_control *sc)
{
	bool ready = false;

	for (sc->priority = DEF_PRIORITY; sc->priority >= 0; sc->priority--) {
		ready = shrink_zones(m, sc);
		if (sc->nr_reclaimed >= sc->nr_to_reclaim || ready)
			break;
		wait_for_flusher(m, sc);
		if (sc->priority < DEF_PRIORITY - 2)
			sc->may_writepage = true;
	}
	snapshot_refaults(m);
	return sc->nr_reclaimed ? sc->nr_reclaimed : ready;
}

/* More than half of what reclaim itself needs is there. */
static bool reserves_ok(const struct qy_machine *m, u32 node)
{
	u64 free = 0, reserve = 0;

	for (u32 i = 0; i < m->zones_per_node && i <= QY_ZONE_NORMAL; i++) {
		const struct zone *zone = &m->zones[node * m->zones_per_node + i];

		if (!zone_managed_pages(zone) || !qy_zone_reclaimable_pages(zone))
			continue;
		reserve += READ_ONCE(zone->_watermark[WMARK_MIN]);
		free += READ_ONCE(zone->nr_free_pages);
	}
	return !reserve || free > reserve / 2;
}

/* A request waits for kswapd while even its reserves are nearly gone: kswapd works in its time. */
static void throttle_direct_reclaim(struct qy_machine *m)
{
	u32 node = qy_cpu_node(m, qy_current()->cpu);

	if (reserves_ok(m, node) || qy_kswapd_failed(m, node))
		return;
	qy_count_events(m, PGSCAN_DIRECT_THROTTLE, 1);
	qy_kswapd_step(m, node);
}

u64 qy_try_to_free_pages(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, unsigned int highest_zone)
{
	struct qy_context *self = qy_current();
	u32 flags = self->task_flags, psi;
	struct scan_control sc = {
		.gfp = gfp,
		.order = (int)order,
		.highest_zone = highest_zone,
		.nr_to_reclaim = SWAP_CLUSTER_MAX,
		.may_writepage = true,
		.may_unmap = true,
		.may_swap = true,
	};
	u64 reclaimed;

	if (flags & PF_MEMALLOC_NOFS)
		sc.gfp &= ~QY___GFP_FS;
	if (flags & PF_MEMALLOC_NOIO)
		sc.gfp &= ~(QY___GFP_FS | QY___GFP_IO);
	/* whoever reclaims does not reclaim for itself, and may use the reserves */
	self->task_flags |= PF_MEMALLOC;
	qy_pressure_tell(m, QY_PRESSURE_MEDIUM);
	psi = qy_psi_memstall_enter(m);
	throttle_direct_reclaim(m);
	reclaimed = try_priorities(m, &sc);
	if (!reclaimed && sc.skipped_deactivate) {
		sc.force_deactivate = true;
		sc.skipped_deactivate = false;
		reclaimed = try_priorities(m, &sc);
	}
	qy_psi_memstall_leave(m, psi);
	self->task_flags = flags;
	return reclaimed;
}
