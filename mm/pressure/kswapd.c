// SPDX-License-Identifier: MIT
/*
 * kswapd: a node's pages are taken back in the background, from the low watermark up to the high one.
 *
 *   qy_wakeup_kswapd       a request found its zones below low
 *   qy_kswapd_step         the run
 *   qy_kswapd_next_ns      when it wants to run again
 *   qy_background_step     and those of kcompactd and the flusher
 *
 *   woken --> balance: priority 12 .. 1, until some zone is above high for the order
 *         --> boosts that it saw are taken back, kcompactd is woken
 *         --> 16 runs in a row without a page: it gives up until somebody else frees one
 *
 * Locking: none held; `running` keeps a node to one thread at a time.
 */
#include "mm/pressure/internal.h"
#include "mm/pressure/oom_kill.h"
#include <quarry/compact.h>
#include <quarry/file.h>

#define QUICKLY_NS \
	100000000ull /* 100 ms: woken again within that, it has slept too early */

static struct kswapd *kswapd_of(const struct qy_machine *m, u32 node)
{
	return &m->pressure_room->kswapd[node];
}

static struct zone *node_zone(const struct qy_machine *m, u32 node, u32 type)
{
	return &m->zones[node * m->zones_per_node + type];
}

/* Without any zone there is nothing to balance. */
bool qy_node_balanced(
	const struct qy_machine *m, u32 node, unsigned int order, u32 highest_zone)
{
	bool any = false;

	for (u32 type = 0; type < m->zones_per_node && type <= highest_zone; type++) {
		const struct zone *zone = node_zone(m, node, type);

		if (!zone_managed_pages(zone))
			continue;
		any = true;
		if (qy_zone_watermark_ok(zone, order, wmark_pages(zone, WMARK_HIGH),
			    highest_zone, 0, READ_ONCE(zone->nr_free_pages)))
			return true;
	}
	return !any;
}

static bool node_boosted(const struct qy_machine *m, u32 node, u32 highest_zone)
{
	for (u32 type = 0; type < m->zones_per_node && type <= highest_zone; type++)
		if (READ_ONCE(node_zone(m, node, type)->watermark_boost))
			return true;
	return false;
}

/* ------------------------------------------------------------------ waking */

static void raise_to(u32 *value, u32 wanted)
{
	u32 before = READ_ONCE(*value);

	while (before < wanted && !qy_cmpxchg32(value, &before, wanted))
		;
}

static void note_wake(struct qy_machine *m, struct kswapd *kswapd)
{
	u64 slept = READ_ONCE(kswapd->slept_ns);

	if (slept && m->port->clock_ns(m->port->ctx) + 1 - slept < QUICKLY_NS)
		qy_count_events(m, KSWAPD_LOW_WMARK_HIT_QUICKLY, 1);
	WRITE_ONCE(kswapd->slept_ns, 0);
}

void qy_wakeup_kswapd(
	struct zone *zone, qy_gfp_t gfp, unsigned int order, unsigned int highest_zone)
{
	struct qy_machine *m = zone->machine;
	struct kswapd *kswapd = kswapd_of(m, zone->node);
	const struct rescue_ops *rescue = m->rescue;

	if (!zone_managed_pages(zone))
		return;
	raise_to(&kswapd->highest_zone, highest_zone);
	if (READ_ONCE(kswapd->order)) {
		raise_to(&kswapd->order, order + 1);
		return;
	}
	if (qy_kswapd_failed(m, zone->node) ||
		(qy_node_balanced(m, zone->node, order, highest_zone) &&
			!node_boosted(m, zone->node, highest_zone))) {
		/* nothing for kswapd; a request that cannot compact itself leaves that to kcompactd */
		if (order && !(gfp & QY___GFP_DIRECT_RECLAIM))
			rescue->wake_kcompactd(zone, order);
		return;
	}
	note_wake(m, kswapd);
	raise_to(&kswapd->order, order + 1);
	qy_wake_daemon(m, QY_KSWAPD, zone->node);
	qy_pressure_tell(m, QY_PRESSURE_LOW);
}

/* ------------------------------------------------------------------ the run */

/* One run for an order. */
struct balance {
	struct qy_machine *m;
	u32 node;
	u32 highest_zone;
	u64 boost[QY_MAX_NR_ZONES]; /* that it saw */
	u64 nr_boost;               /* of these, still to be reclaimed */
};

static u64 note_boosts(struct balance *b)
{
	u64 sum = 0;

	for (u32 type = 0; type < b->m->zones_per_node && type <= b->highest_zone;
		type++) {
		const struct zone *zone = node_zone(b->m, b->node, type);

		if (!zone_managed_pages(zone))
			continue;
		b->boost[type] = READ_ONCE(zone->watermark_boost);
		sum += b->boost[type];
	}
	return sum;
}

static void take_back_boosts(const struct balance *b)
{
	for (u32 type = 0; type < b->m->zones_per_node && type <= b->highest_zone;
		type++) {
		struct zone *zone = node_zone(b->m, b->node, type);

		if (!b->boost[type])
			continue;
		qy_spin_lock_irqsave(&zone->lock);
		WRITE_ONCE(zone->watermark_boost,
			zone->watermark_boost -
				min(zone->watermark_boost, b->boost[type]));
		qy_spin_unlock_irqrestore(&zone->lock);
	}
}

static void mark_active(const struct balance *b, bool active)
{
	for (u32 type = 0; type < b->m->zones_per_node && type <= b->highest_zone;
		type++) {
		struct zone *zone = node_zone(b->m, b->node, type);

		if (active)
			atomic_fetch_or(&zone->flags, (u32)ZONE_RECLAIM_ACTIVE);
		else
			atomic_fetch_and(&zone->flags, ~(u32)ZONE_RECLAIM_ACTIVE);
	}
}

/* Return: as much was looked at as was to be reclaimed, so that the priority need not rise. */
static bool shrink_once(const struct balance *b, struct scan_control *sc)
{
	u64 reclaimed = sc->nr_reclaimed;

	sc->nr_to_reclaim = 0;
	sc->nr_scanned = 0;
	for (u32 type = 0; type < b->m->zones_per_node && type <= sc->highest_zone;
		type++) {
		const struct zone *zone = node_zone(b->m, b->node, type);

		if (zone_managed_pages(zone))
			sc->nr_to_reclaim +=
				max(wmark_pages(zone, WMARK_HIGH), (u64)SWAP_CLUSTER_MAX);
	}
	qy_shrink_node(b->m, b->node, sc);
	/* for a large block it is kcompactd's turn */
	if (sc->order && sc->nr_reclaimed - reclaimed >= 2ull << sc->order)
		sc->order = 0;
	return sc->nr_scanned >= sc->nr_to_reclaim;
}

/* Return: the node is as it should be, boosts included. */
static bool is_done(struct balance *b, struct scan_control *sc)
{
	bool balanced = qy_node_balanced(b->m, b->node, (u32)sc->order, b->highest_zone);

	if (!balanced && b->nr_boost) {
		/* first what is short, whatever it takes; then the boost */
		b->nr_boost = 0;
		sc->priority = DEF_PRIORITY;
	}
	return balanced && !b->nr_boost;
}

static void balance_node(struct balance *b, struct scan_control *sc)
{
	for (sc->priority = DEF_PRIORITY; sc->priority >= 1;) {
		u64 before = sc->nr_reclaimed, got;
		bool raise = true;

		if (is_done(b, sc))
			return;
		sc->highest_zone =
			b->nr_boost ? b->m->zones_per_node - 1 : b->highest_zone;
		if (b->nr_boost && sc->priority == DEF_PRIORITY - 2)
			raise = false;
		/* a boost is to make room for compaction, not to wait for a disk */
		sc->may_writepage = !b->nr_boost || sc->priority < DEF_PRIORITY - 2;
		sc->may_swap = !b->nr_boost;
		if (shrink_once(b, sc))
			raise = false;
		got = sc->nr_reclaimed - before;
		b->nr_boost -= min(b->nr_boost, got);
		if (b->nr_boost && !got)
			break;
		if (raise || !got)
			sc->priority--;
	}
	if (!sc->nr_reclaimed &&
		READ_ONCE(b->m->kswapd_failures[b->node]) < MAX_RECLAIM_RETRIES)
		__atomic_fetch_add(&b->m->kswapd_failures[b->node], 1, __ATOMIC_RELAXED);
}

static u64 balance_pgdat(struct qy_machine *m, u32 node, u32 order, u32 highest_zone)
{
	struct qy_context *self = qy_current();
	u32 flags = self->task_flags, psi;
	struct balance b = { .m = m, .node = node, .highest_zone = highest_zone };
	struct scan_control sc = {
		.gfp = QY_GFP_KERNEL,
		.order = (int)order,
		.kswapd = true,
		.may_unmap = true,
	};
	bool boosted;

	qy_count_events(m, PAGEOUTRUN, 1);
	self->task_flags |= PF_MEMALLOC;
	psi = qy_psi_memstall_enter(m);
	b.nr_boost = note_boosts(&b);
	boosted = b.nr_boost != 0;
	mark_active(&b, true);
	balance_node(&b, &sc);
	mark_active(&b, false);
	qy_psi_memstall_leave(m, psi);
	self->task_flags = flags;
	if (boosted) {
		take_back_boosts(&b);
		m->rescue->wake_kcompactd(
			node_zone(m, node, highest_zone), QY_PAGEBLOCK_ORDER);
	}
	return sc.nr_reclaimed;
}

/* A thread of the board's own for as long as it works: not the one that happens to call. */
static void become_daemon(struct qy_context *self, const char *name, u32 node,
	struct qy_task *before, struct task_struct **acting)
{
	struct qy_task task = { .pid = (s32)(40 + node), .tgid = (s32)(40 + node) };

	*before = self->task;
	*acting = self->acting;
	qy_snprintf(task.comm, sizeof(task.comm), "%s%u", name, node);
	self->acting = NULL;
	qy_set_current(&task);
}

static u64 run_kswapd(struct qy_machine *m, u32 node)
{
	struct kswapd *kswapd = kswapd_of(m, node);
	struct qy_context *self = qy_current();
	u32 order = __atomic_exchange_n(&kswapd->order, 0, __ATOMIC_ACQUIRE);
	u32 highest_zone =
		__atomic_exchange_n(&kswapd->highest_zone, 0, __ATOMIC_RELAXED);
	struct task_struct *acting;
	struct qy_task before;
	u64 reclaimed;

	if (!order--)
		return 0;
	become_daemon(self, "kswapd", node, &before, &acting);
	/* one more that could get on, unless it does so in the time of a task */
	if (!acting)
		qy_psi_acting(m, true);
	reclaimed = balance_pgdat(m, node, order, highest_zone);
	if (qy_kswapd_failed(m, node) ||
		qy_node_balanced(m, node, order && reclaimed >= 2ull << order ? 0 : order,
			highest_zone)) {
		/* what it made free is for kcompactd to put together */
		if (order)
			m->rescue->wake_kcompactd(
				node_zone(m, node, highest_zone), order);
		WRITE_ONCE(kswapd->slept_ns, m->port->clock_ns(m->port->ctx) + 1);
	} else {
		raise_to(&kswapd->highest_zone, highest_zone);
		raise_to(&kswapd->order, order + 1);
	}
	if (!acting)
		qy_psi_acting(m, false);
	self->acting = acting;
	qy_set_current(&before);
	return reclaimed;
}

/* Short sleep over: is it still as it should be? */
static void look_after_sleep(struct qy_machine *m, u32 node)
{
	struct kswapd *kswapd = kswapd_of(m, node);
	u64 slept = READ_ONCE(kswapd->slept_ns);

	if (!slept || READ_ONCE(kswapd->order) ||
		m->port->clock_ns(m->port->ctx) + 1 - slept < QUICKLY_NS)
		return;
	WRITE_ONCE(kswapd->slept_ns, 0);
	if (qy_kswapd_failed(m, node) ||
		qy_node_balanced(m, node, 0, m->zones_per_node - 1))
		return;
	qy_count_events(m, KSWAPD_HIGH_WMARK_HIT_QUICKLY, 1);
	raise_to(&kswapd->highest_zone, m->zones_per_node - 1);
	raise_to(&kswapd->order, 1);
}

uint64_t qy_kswapd_step(struct qy_machine *m, unsigned int node)
{
	struct kswapd *kswapd;
	u32 running = 0;
	u64 reclaimed;

	if (node >= m->nr_nodes)
		return 0;
	kswapd = kswapd_of(m, node);
	if (!qy_cmpxchg32(&kswapd->running, &running, 1))
		return 0;
	look_after_sleep(m, node);
	reclaimed = run_kswapd(m, node);
	store_release(&kswapd->running, 0);
	return reclaimed;
}

uint64_t qy_kswapd_next_ns(struct qy_machine *m, unsigned int node)
{
	const struct kswapd *kswapd;
	u64 slept, since;

	if (node >= m->nr_nodes)
		return UINT64_MAX;
	kswapd = kswapd_of(m, node);
	if (READ_ONCE(kswapd->order))
		return 0;
	slept = READ_ONCE(kswapd->slept_ns);
	if (!slept)
		return UINT64_MAX;
	since = m->port->clock_ns(m->port->ctx) + 1 - slept;
	return since < QUICKLY_NS ? QUICKLY_NS - since : 0;
}

bool qy_background_step(struct qy_machine *m)
{
	bool busy = false;

	for (u32 node = 0; node < m->nr_nodes; node++) {
		busy |= qy_kswapd_step(m, node) != 0;
		busy |= qy_kcompactd_step(m, node) >= 0;
		qy_kcompactd_proactive(m, node);
	}
	if (m->task_room->nr_users)
		busy |= qy_writeback_step(m) != 0;
	return busy;
}
