// SPDX-License-Identifier: MIT
/*
 * Decides what explain.h says. The rules are those of the page allocator's last attempt before it reports: the min
 * watermark, lowered by what the request's flags allow, plus the zone's reserve against this request; then a free
 * block of the order, of a type that it may take. Kernels before 6.3 named the rights differently. No state.
 */
#include "lab/explain.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define RAW_ATOMIC    0x200u /* __GFP_ATOMIC in the mode of kernels before 6.3 */

/* Letters of an order line, by migrate type. */
enum { LETTERS_ORDINARY = 7, LETTER_HIGHATOMIC = 8, LETTER_CMA = 16 };

/* Bits whose place differs between kernels are not compared: only those that decide. */
#define JUDGED                                                                 \
	(QY___GFP_DMA | QY___GFP_HIGHMEM | QY___GFP_DMA32 | QY___GFP_MOVABLE | \
		QY___GFP_HIGH | QY___GFP_DIRECT_RECLAIM | QY___GFP_MEMALLOC |  \
		QY___GFP_NOMEMALLOC)

/* ------------------------------------------------------------------ kinds of zones */

/*
 * A kernel prints a column of lowmem_reserve[] for every kind of zone it was built with, but zone lines only for those
 * that have memory. These are the builds that exist.
 */
static const char *const layouts[][QY_DMESG_MAX_KINDS] = {
	{ "DMA", "DMA32", "Normal", "Movable", "Device" },
	{ "DMA", "DMA32", "Normal", "Movable" },
	{ "DMA", "Normal", "HighMem", "Movable" },
	{ "DMA32", "Normal", "Movable", "Device" },
	{ "DMA", "Normal", "Movable", "Device" },
	{ "DMA32", "Normal", "Movable" },
	{ "DMA", "Normal", "Movable" },
	{ "Normal", "HighMem", "Movable" },
	{ "Normal", "Movable", "Device" },
	{ "Normal", "Movable" },
};

static uint32_t nr_kinds(const char *const *layout)
{
	uint32_t nr = 0;

	while (nr < QY_DMESG_MAX_KINDS && layout[nr])
		nr++;
	return nr;
}

static int kind_of(const char *const *layout, const char *name)
{
	for (uint32_t i = 0; i < nr_kinds(layout); i++)
		if (strcmp(layout[i], name) == 0)
			return (int)i;
	return -1;
}

/* Every zone's name occurs, as many columns as printed, and a zone holds nothing back from its own kind and below. */
static bool layout_fits(const char *const *layout, const struct qy_dmesg_report *r)
{
	for (uint32_t i = 0; i < r->nr_zones; i++) {
		const struct qy_dmesg_zone *z = &r->zone[i];
		int kind = kind_of(layout, z->name);

		if (kind < 0 || (z->nr_reserve && z->nr_reserve != nr_kinds(layout)))
			return false;
		for (int j = 0; z->nr_reserve && j <= kind; j++)
			if (z->reserve_pages[j])
				return false;
	}
	return true;
}

static const char *const *find_layout(const struct qy_dmesg_report *r)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layout_fits(layouts[i], r))
			return layouts[i];
	return layouts[0];
}

/* The highest kind that the zone bits allow; a bit for a kind that the kernel was built without means nothing. */
static uint32_t highest_kind(const char *const *layout, qy_gfp_t gfp)
{
	const qy_gfp_t movable = QY___GFP_HIGHMEM | QY___GFP_MOVABLE;
	int kind = -1;

	if (gfp & QY___GFP_DMA)
		kind = kind_of(layout, "DMA");
	else if (gfp & QY___GFP_DMA32)
		kind = kind_of(layout, "DMA32");
	else if ((gfp & movable) == movable)
		kind = kind_of(layout, "Movable");
	else if (gfp & QY___GFP_HIGHMEM)
		kind = kind_of(layout, "HighMem");
	if (kind < 0)
		kind = kind_of(layout, "Normal");
	return (uint32_t)kind;
}

/* ------------------------------------------------------------------ rights */

bool qy_explain_may_sleep(const struct qy_explain_request *request)
{
	return request->gfp & QY___GFP_DIRECT_RECLAIM;
}

/* May go deeper than __GFP_HIGH alone: cannot wait (since 6.3), __GFP_ATOMIC (before). */
static bool harder(const struct qy_explain_request *request)
{
	if (request->gfp & QY___GFP_NOMEMALLOC)
		return false;
	return request->old_rules ? request->atomic : !qy_explain_may_sleep(request);
}

bool qy_explain_counts_highatomic(const struct qy_explain_request *request)
{
	if (request->old_rules)
		return harder(request);
	return harder(request) || (request->gfp & QY___GFP_HIGH);
}

static bool no_watermark(const struct qy_explain_request *request)
{
	return (request->gfp & QY___GFP_MEMALLOC) &&
	       !(request->gfp & QY___GFP_NOMEMALLOC);
}

/* In this order and in integer steps, as the kernel computes. */
uint64_t qy_explain_mark(const struct qy_explain_request *request, uint64_t min)
{
	if (no_watermark(request))
		return 0;
	if (request->gfp & QY___GFP_HIGH)
		min -= min / 2;
	if (harder(request) && (request->old_rules || (request->gfp & QY___GFP_HIGH)))
		min -= min / 4;
	return min;
}

/* Since 5.12 a single page with reserve rights is measured without the boost. */
static bool ignores_boost(const struct qy_explain_request *request)
{
	if (request->order)
		return false;
	return request->old_rules ? request->atomic : (request->gfp & QY___GFP_HIGH) != 0;
}

static bool letters_count(const struct qy_explain_request *request, uint8_t letters)
{
	uint8_t usable = LETTERS_ORDINARY;

	if (!letters) /* an old kernel, or none printed: the block counts */
		return true;
	if (request->gfp & QY___GFP_MOVABLE)
		usable |= LETTER_CMA;
	if (request->order > 0 && harder(request))
		usable |= LETTER_HIGHATOMIC;
	return letters & usable;
}

/* ------------------------------------------------------------------ one zone */

static void read_indices(struct qy_explain_zone *zone, unsigned int order)
{
	const struct qy_dmesg_zone *z = zone->report;
	const uint32_t most = sizeof(z->blocks) / sizeof(z->blocks[0]);
	uint64_t pages = 0, blocks = 0, suitable = 0;

	for (uint32_t o = 0; o < z->nr_orders && o < most; o++) {
		pages += z->blocks[o] << o;
		blocks += z->blocks[o];
		if (o >= order)
			suitable += z->blocks[o] << o; /* pages */
	}
	zone->unusable = pages ? (int)((pages - suitable) * 1000 / pages) : 1000;
	zone->fragmentation = 0;
	if (suitable)
		zone->fragmentation = -1000;
	else if (blocks)
		zone->fragmentation =
			1000 - (int)((1000 + (pages * 1000 >> order)) / blocks);
}

static void read_blocks(
	struct qy_explain_zone *zone, const struct qy_explain_request *request)
{
	const struct qy_dmesg_zone *z = zone->report;

	zone->largest_order = -1;
	for (uint32_t o = 0; o < z->nr_orders; o++) {
		if (!z->blocks[o])
			continue;
		if (letters_count(request, z->letters[o]))
			zone->largest_order = (int)o;
		else if (o >= request->order)
			zone->only_kept = true;
	}
	if (zone->largest_order >= (int)request->order)
		zone->only_kept = false;
}

static void read_pages(struct qy_explain_zone *zone,
	const struct qy_explain_request *request, uint64_t page_kb)
{
	const struct qy_dmesg_zone *z = zone->report;

	if (!qy_explain_counts_highatomic(request))
		zone->highatomic_pages =
			(qy_dmesg_said(z, QY_DMESG_FREE_HIGHATOMIC)
					? z->kb[QY_DMESG_FREE_HIGHATOMIC]
					: z->kb[QY_DMESG_RESERVED_HIGHATOMIC]) /
			page_kb;
	if (!(request->gfp & QY___GFP_MOVABLE))
		zone->cma_pages = z->kb[QY_DMESG_FREE_CMA] / page_kb;
	zone->usable_pages = (int64_t)(z->kb[QY_DMESG_FREE] / page_kb) -
			     ((1ll << request->order) - 1) -
			     (int64_t)zone->highatomic_pages - (int64_t)zone->cma_pages;
	zone->min_pages = z->kb[QY_DMESG_MIN] / page_kb;
	if (z->kb[QY_DMESG_BOOST] && ignores_boost(request) &&
		z->kb[QY_DMESG_BOOST] <= z->kb[QY_DMESG_MIN]) {
		zone->boost_ignored = true;
		zone->min_pages -= z->kb[QY_DMESG_BOOST] / page_kb;
	}
	zone->mark_pages = qy_explain_mark(request, zone->min_pages);
}

/* One commented return per reason. @below: the zone is not of the highest kind, so its reserve matters. */
static enum qy_explain_verdict judge(struct qy_explain_zone *zone,
	const struct qy_explain_request *request, uint32_t highest, bool below)
{
	const struct qy_dmesg_zone *z = zone->report;
	int64_t wanted;

	if (!qy_dmesg_said(z, QY_DMESG_FREE) || !qy_dmesg_said(z, QY_DMESG_MIN)) {
		zone->missing = "its free or min";
		return QY_EXPLAIN_UNKNOWN;
	}
	if (highest < z->nr_reserve)
		zone->reserve_pages = z->reserve_pages[highest];
	wanted = (int64_t)(zone->mark_pages + zone->reserve_pages);
	if (!no_watermark(request) && zone->usable_pages <= wanted) {
		zone->short_pages = (uint64_t)(wanted + 1 - zone->usable_pages);
		return QY_EXPLAIN_WATERMARK;
	}
	/* the watermark would have let it pass, unless the reserve was large */
	if (below && !z->nr_reserve && !no_watermark(request)) {
		zone->missing = "its lowmem_reserve line";
		return QY_EXPLAIN_UNKNOWN;
	}
	/* for a single page the watermark was all */
	if (request->order == 0)
		return QY_EXPLAIN_SERVES;
	if (!z->nr_orders) {
		zone->missing = "the line of its free blocks";
		return QY_EXPLAIN_UNKNOWN;
	}
	return zone->largest_order < (int)request->order ? QY_EXPLAIN_NO_BLOCK
							 : QY_EXPLAIN_SERVES;
}

static void judge_zone(struct qy_explain_zone *zone, const struct qy_dmesg_report *r,
	const char *const *layout, const struct qy_explain_request *request)
{
	uint32_t highest = highest_kind(layout, request->gfp);

	read_pages(zone, request, r->page_kb);
	read_blocks(zone, request);
	read_indices(zone, request->order);
	zone->verdict = judge(zone, request, highest,
		kind_of(layout, zone->report->name) != (int)highest);
}

/* ------------------------------------------------------------------ all zones */

/*
 * A cpuset binds a request only with __GFP_HARDWALL and outside of interrupts; the OOM killer says itself when one
 * bound it.
 */
static bool cpuset_binds(
	const struct qy_dmesg_report *r, const struct qy_explain_request *request)
{
	if (!r->cpuset_nodes)
		return false;
	return r->kind == QY_DMESG_OOM ||
	       ((request->gfp & QY___GFP_HARDWALL) && !r->in_interrupt);
}

static bool node_allowed(const struct qy_dmesg_report *r,
	const struct qy_explain_request *request, uint32_t node)
{
	if (r->has_nodes && !(r->nodes >> node & 1))
		return false;
	return !cpuset_binds(r, request) || (r->cpuset_nodes >> node & 1);
}

/* In walking order: node by node, the highest kind first. */
static uint32_t judge_all(const struct qy_dmesg_report *r, const char *const *layout,
	const struct qy_explain_request *request, struct qy_explain_zone *zones)
{
	int highest = (int)highest_kind(layout, request->gfp);
	uint32_t nr = 0;

	for (uint32_t node = 0; node < 64; node++) {
		for (int kind = highest; kind >= 0; kind--) {
			for (uint32_t i = 0; i < r->nr_zones; i++) {
				const struct qy_dmesg_zone *z = &r->zone[i];

				if (z->node != node || !node_allowed(r, request, node) ||
					kind_of(layout, z->name) != kind)
					continue;
				zones[nr] = (struct qy_explain_zone){ .report = z };
				judge_zone(&zones[nr++], r, layout, request);
			}
		}
	}
	return nr;
}

/* The first zone that would have served @request at that moment. */
static const struct qy_dmesg_zone *who_serves(const struct qy_dmesg_report *r,
	const char *const *layout, const struct qy_explain_request *request)
{
	struct qy_explain_zone zones[QY_DMESG_MAX_ZONES];
	uint32_t nr = judge_all(r, layout, request, zones);

	for (uint32_t i = 0; i < nr; i++)
		if (zones[i].verdict == QY_EXPLAIN_SERVES)
			return zones[i].report;
	return NULL;
}

static void try_smaller(struct qy_explain *e, const char *const *layout)
{
	struct qy_explain_request smaller = e->request;

	e->smaller_order = -1;
	while (smaller.order > 0) {
		smaller.order--;
		e->smaller_zone = who_serves(e->report, layout, &smaller);
		if (e->smaller_zone) {
			e->smaller_order = (int)smaller.order;
			return;
		}
	}
}

static void try_flags(struct qy_explain *e, const char *const *layout)
{
	const qy_gfp_t zones = QY___GFP_DMA | QY___GFP_DMA32;
	struct qy_explain_request other = e->request;

	/* a task's own memory cannot be had that way, and it is what the OOM killer is called for */
	if (e->report->kind != QY_DMESG_OOM &&
		(!(other.gfp & QY___GFP_HIGH) || !harder(&other))) {
		other.gfp =
			(other.gfp & ~(QY___GFP_DIRECT_RECLAIM | QY___GFP_NOMEMALLOC)) |
			QY___GFP_HIGH;
		other.atomic = true;
		e->with_atomic = who_serves(e->report, layout, &other);
	}
	other = e->request;
	if (!(other.gfp & QY___GFP_MOVABLE)) {
		other.gfp |= QY___GFP_MOVABLE;
		e->with_movable = who_serves(e->report, layout, &other);
	}
	other = e->request;
	if (other.gfp & zones) {
		other.gfp &= ~zones;
		e->without_dma = who_serves(e->report, layout, &other);
	}
}

/* ------------------------------------------------------------------ min_free_kbytes */

/* Far above any machine, low enough that products of two fit 64 bits and a search ends soon. */
#define PAGES_MAX (1ull << 32)
#define MIN_MAX   (1ull << 24)

/* Managed pages of all zones that share min_free_kbytes; 0 = the report does not say. */
static uint64_t shared_pages(const struct qy_dmesg_report *r)
{
	const uint32_t wanted = 1u << QY_DMESG_PAGES_RAM | 1u << QY_DMESG_PAGES_RESERVED |
				1u << QY_DMESG_PAGES_HIGH_MOVABLE;
	uint64_t all = r->total[QY_DMESG_PAGES_RAM];
	uint64_t less =
		r->total[QY_DMESG_PAGES_RESERVED] + r->total[QY_DMESG_PAGES_HIGH_MOVABLE];

	return (r->totals_said & wanted) == wanted && all > less && all < PAGES_MAX
		       ? all - less
		       : 0;
}

/*
 * The smallest min_free_kbytes under which the preferred zone would have served, if everything else had happened the
 * same: ordinary requests stop at min, and what was taken below it (min - usable) was taken by requests with the
 * right to. So min' - taken must exceed the mark of min'. A request without such a right is only refused earlier by a
 * higher min, and a larger min makes no larger blocks.
 */
static uint64_t sufficient_min_free_kbytes(const struct qy_explain *e)
{
	const struct qy_explain_zone *zone = &e->zone[0];
	uint64_t total = shared_pages(e->report), managed, taken, min, pages_min;

	if (!e->nr_zones || zone->verdict != QY_EXPLAIN_WATERMARK || !total ||
		e->report->page_kb != 4 || !(e->request.gfp & QY___GFP_HIGH) ||
		zone->report->kb[QY_DMESG_BOOST] || zone->reserve_pages ||
		(e->request.order && zone->largest_order < (int)e->request.order))
		return 0;
	managed = zone->report->kb[QY_DMESG_MANAGED] / 4;
	if (!managed || managed > total || zone->usable_pages < 0 ||
		zone->min_pages > MIN_MAX ||
		zone->min_pages < (uint64_t)zone->usable_pages)
		return 0;
	taken = zone->min_pages - (uint64_t)zone->usable_pages;
	/* mark <= 5/8 of min + 2, so this ends below 3 times of what was taken */
	for (min = zone->min_pages;
		min < taken || min - taken <= qy_explain_mark(&e->request, min);)
		min++;
	pages_min = (min * total + managed - 1) / managed;
	return pages_min * 4;
}

/* ------------------------------------------------------------------ the request */

static bool uses_old_rules(const struct qy_dmesg_report *r)
{
	if (r->major)
		return r->major < 6 || (r->major == 6 && r->minor < 3);
	return r->has_mode && (r->mode & RAW_ATOMIC);
}

static void read_request(struct qy_explain *e)
{
	const struct qy_dmesg_report *r = e->report;
	struct qy_explain_request *q = &e->request;

	e->no_mode = !r->has_mode && !r->has_names;
	q->order = r->order;
	q->old_rules = uses_old_rules(r);
	q->gfp = r->has_names ? r->named : (qy_gfp_t)(r->mode & QY___GFP_BITS_MASK);
	q->atomic = r->has_names ? r->named_atomic : (r->mode & RAW_ATOMIC) != 0;
	e->mode_differs = r->has_names && r->has_mode && !r->unknown[0] &&
			  ((r->named ^ r->mode) & JUDGED);
	e->no_watermark = no_watermark(q);
	e->cpuset_binds = cpuset_binds(r, q);
	e->one_node = q->gfp & QY___GFP_THISNODE;
}

void qy_explain(const struct qy_dmesg_report *report, struct qy_explain *explain)
{
	const char *const *layout = find_layout(report);

	memset(explain, 0, sizeof(*explain));
	explain->report = report;
	explain->smaller_order = -1;
	if (report->kind == QY_DMESG_CMA)
		return;
	read_request(explain);
	/* where a memory cgroup's limit refused, no zone was asked */
	if (explain->no_mode || report->oom.has_limit)
		return;
	explain->highest_kind = highest_kind(layout, explain->request.gfp);
	explain->highest = layout[explain->highest_kind];
	explain->nr_zones = judge_all(report, layout, &explain->request, explain->zone);
	try_smaller(explain, layout);
	try_flags(explain, layout);
	explain->min_free_kbytes = sufficient_min_free_kbytes(explain);
}
