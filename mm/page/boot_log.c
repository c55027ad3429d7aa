// SPDX-License-Identifier: MIT
/*
 * The boot log, in the kernel's words: what was reserved, what the zones are, how much is left.
 *
 *   qy_log_reservations, qy_log_zones, qy_log_cma, qy_log_memory
 *
 * No state.
 */
#include "mm/page/boot.h"

#define SECTION_PAGES \
	(128u << (20 - QY_PAGE_SHIFT)) /* SPARSEMEM's unit on arm64 (4K) and x86-64 */
#define ULL(v)   ((unsigned long long)(v))
#define K(pages) ULL((pages) << (QY_PAGE_SHIFT - 10))

/* ------------------------------------------------------------------ reservations */

static void log_placed(const struct qy_machine *m, const struct qy_reserved *r,
	const struct qy_range *at)
{
	bool nomap = r->flags & QY_RESERVED_NOMAP,
	     reusable = r->flags & QY_RESERVED_REUSABLE;

	if (r->flags & QY_RESERVED_DMA_POOL && !nomap) {
		if (reusable && ((at->base | at->size) & (PFN_PHYS(BLOCK_FRAMES) - 1)))
			qy_printk(m, QY_LOG_ERR,
				"Reserved memory: incorrect alignment of CMA region");
		else
			qy_printk(m, QY_LOG_INFO,
				"Reserved memory: created %s memory pool at 0x%016llx, size %llu MiB",
				reusable ? "CMA" : "DMA", ULL(at->base),
				ULL(at->size >> 20));
		qy_printk(m, QY_LOG_INFO,
			"OF: reserved mem: initialized node %s, compatible id shared-dma-pool",
			r->name);
	}
	qy_printk(m, QY_LOG_INFO,
		"OF: reserved mem: 0x%016llx..0x%016llx (%llu KiB) %s %s %s",
		ULL(at->base), ULL(at->base + at->size - 1), ULL(at->size >> 10),
		nomap ? "nomap" : "map", reusable ? "reusable" : "non-reusable", r->name);
}

static void log_overlaps(const struct qy_machine *m, const struct boot_plan *plan, u32 i)
{
	const struct qy_range *a = &plan->placed[i];

	for (u32 j = 0; j < i; j++) {
		const struct qy_range *b = &plan->placed[j];

		if (plan->placement[j] != PLACED || a->base >= b->base + b->size ||
			b->base >= a->base + a->size)
			continue;
		qy_printk(m, QY_LOG_ERR, "OF: reserved mem: OVERLAP DETECTED!");
		qy_printk(m, QY_LOG_ERR,
			"%s (0x%016llx--0x%016llx) overlaps with %s (0x%016llx--0x%016llx)",
			m->board->reserved[j].name, ULL(b->base), ULL(b->base + b->size),
			m->board->reserved[i].name, ULL(a->base), ULL(a->base + a->size));
	}
}

void qy_log_reservations(const struct qy_machine *m, const struct boot_plan *plan)
{
	const u32 silent = QY_RESERVED_MEMRESERVE | QY_RESERVED_FREE_LATE;

	if (m->board->model)
		qy_printk(m, QY_LOG_INFO, "Machine model: %s", m->board->model);
	for (u32 i = 0; i < m->board->nr_reserved; i++) {
		const struct qy_reserved *r = &m->board->reserved[i];

		if (!r->size)
			continue;
		if (plan->placement[i] == PLACED) {
			if (!(r->flags & silent))
				log_placed(m, r, &plan->placed[i]);
			log_overlaps(m, plan, i);
		} else if (plan->placement[i] == PLACED_BYPASSED) {
			qy_printk(m, QY_LOG_ERR,
				"Reserved memory: bypass %s node, using cmdline CMA params instead",
				r->name);
		} else if (r->flags & QY_RESERVED_DYNAMIC) {
			qy_printk(m, QY_LOG_INFO,
				"OF: reserved mem: failed to allocate memory for node '%s'",
				r->name);
		} else {
			qy_printk(m, QY_LOG_WARNING,
				"OF: reserved mem: failed to reserve memory for node '%s': base 0x%016llx, size %llu MiB",
				r->name, ULL(r->base), ULL(r->size >> 20));
		}
	}
}

void qy_log_cma(const struct qy_machine *m, const struct boot_plan *plan)
{
	bool lent = plan->cma.size && !plan->cma_failed;

	if (lent)
		qy_printk(m, QY_LOG_INFO,
			"cma: Reserved %llu MiB at 0x%016llx on node -1",
			ULL(plan->cma.size >> 20), ULL(plan->cma.base));
	else if (plan->cma.size)
		qy_printk(m, QY_LOG_ERR, "cma: Failed to reserve %llu MiB",
			ULL(plan->cma.size >> 20));
	for (u32 i = 0; i < m->board->nr_reserved; i++)
		lent |= plan->placement[i] == PLACED &&
			m->board->reserved[i].flags & QY_RESERVED_REUSABLE;
	if (lent)
		qy_printk(m, QY_LOG_NOTICE,
			"quarry: reusable areas stay reserved: lending them to movable pages comes with a later release");
}

/* ------------------------------------------------------------------ zones */

static void log_ranges(const struct qy_machine *m, const struct boot_plan *plan)
{
	qy_printk(m, QY_LOG_INFO, "Zone ranges:");
	for (u32 type = 0; type < m->zones_per_node; type++) {
		u64 low = plan->zone_low[type], high = plan->zone_high[type];

		if (type == QY_ZONE_MOVABLE)
			continue;
		if (low == high)
			qy_printk(m, QY_LOG_INFO, "  %-8s empty", m->zones[type].name);
		else
			qy_printk(m, QY_LOG_INFO, "  %-8s [mem 0x%016llx-0x%016llx]",
				m->zones[type].name, ULL(PFN_PHYS(low)),
				ULL(PFN_PHYS(high) - 1));
	}
	qy_printk(m, QY_LOG_INFO, "Movable zone start for each node");
	for (u32 node = 0; node < m->nr_nodes; node++)
		if (plan->movable_pfn[node])
			qy_printk(m, QY_LOG_INFO, "  Node %u: 0x%016llx", node,
				ULL(PFN_PHYS(plan->movable_pfn[node])));
	qy_printk(m, QY_LOG_INFO, "Early memory node ranges");
	for (u32 i = 0; i < plan->mb.memory.nr; i++) {
		const struct memblock_region *region = &plan->mb.memory.region[i];

		qy_printk(m, QY_LOG_INFO, "  node %3u: [mem 0x%016llx-0x%016llx]",
			region->node, ULL(region->base), ULL(memblock_end(region) - 1));
	}
	for (u32 node = 0; node < m->nr_nodes; node++) {
		if (plan->node_start[node] == plan->node_end[node])
			qy_printk(m, QY_LOG_INFO, "Initmem setup node %u as memoryless",
				node);
		else
			qy_printk(m, QY_LOG_INFO,
				"Initmem setup node %u [mem 0x%016llx-0x%016llx]", node,
				ULL(PFN_PHYS(plan->node_start[node])),
				ULL(PFN_PHYS(plan->node_end[node]) - 1));
	}
}

static bool section_has_ram(const struct boot_plan *plan, u64 pfn)
{
	u64 start = round_down(pfn, SECTION_PAGES);

	return qy_memblock_overlaps(
		&plan->mb.memory, PFN_PHYS(start), PFN_PHYS(start + SECTION_PAGES));
}

/* Frames of [start, end) without RAM that Linux has a struct page for, since their section has RAM. */
static void log_unavailable(const struct qy_machine *m, const struct boot_plan *plan,
	u64 start, u64 end, const struct zone *zone)
{
	u64 pages = 0;

	while (start < end) {
		u64 next = min(end, round_down(start, SECTION_PAGES) + SECTION_PAGES);

		/* the middle of a large hole has no sections: skip it in one step */
		if (section_has_ram(plan, start))
			pages += next - start;
		else if (end - next > SECTION_PAGES)
			next = round_down(end - 1, SECTION_PAGES);
		start = next;
	}
	if (pages)
		qy_printk(m, QY_LOG_INFO,
			"On node %u, zone %s: %llu pages in unavailable ranges",
			zone->node, zone->name, ULL(pages));
}

static void log_holes(const struct qy_machine *m, const struct boot_plan *plan)
{
	const struct zone *zone = NULL;
	u64 hole = 0;

	for (u32 i = 0; i < plan->mb.memory.nr; i++) {
		const struct memblock_region *region = &plan->mb.memory.region[i];

		for (u32 type = 0; type < m->zones_per_node; type++) {
			const struct zone *z =
				&m->zones[region->node * m->zones_per_node + type];
			u64 start = max(PFN_DOWN(region->base), z->zone_start_pfn);
			u64 end = min(PFN_DOWN(memblock_end(region)),
				z->zone_start_pfn + z->spanned_pages);

			if (!populated_zone(z))
				continue;
			zone = z;
			if (start >= end)
				continue;
			log_unavailable(m, plan, hole, start, z);
			hole = end;
		}
	}
	log_unavailable(m, plan, hole, round_up(hole, SECTION_PAGES), zone);
}

void qy_log_zones(const struct qy_machine *m, const struct boot_plan *plan)
{
	if (m->board->kernelcore_mirror)
		qy_printk(m, QY_LOG_WARNING,
			"The system has no mirror memory, ignore kernelcore=mirror.");
	if (m->board->movable_node)
		qy_printk(m, QY_LOG_NOTICE,
			"quarry: movable_node has no effect: no RAM of a board can be unplugged");
	log_ranges(m, plan);
	log_holes(m, plan);
}

/* ------------------------------------------------------------------ the memory line */

void qy_log_memory(const struct qy_machine *m, const struct boot_plan *plan)
{
	const struct qy_kernel_image *k = &m->board->kernel;
	u64 free = 0, kept, cma = plan->cma_failed ? 0 : plan->cma.size;

	for (u32 i = 0; i < m->nr_zones; i++)
		free += m->zones[i].nr_free_pages;
	for (u32 i = 0; i < m->board->nr_reserved; i++)
		if (plan->placement[i] == PLACED &&
			m->board->reserved[i].flags & QY_RESERVED_REUSABLE &&
			m->board->reserved[i].flags & QY_RESERVED_DMA_POOL)
			cma += plan->placed[i].size;
	kept = plan->total_pages - m->total_pages;
	cma = min(PFN_DOWN(cma), kept); /* a reusable area may lie partly outside RAM */
	qy_printk(m, QY_LOG_INFO,
		"Memory: %lluK/%lluK available (%lluK kernel code, %lluK rwdata, %lluK rodata, %lluK init, %lluK bss, %lluK reserved, %lluK cma-reserved)",
		K(free), K(plan->total_pages), ULL(k->code >> 10), ULL(k->rwdata >> 10),
		ULL(k->rodata >> 10), ULL(k->init >> 10), ULL(k->bss >> 10),
		K(kept - cma), K(cma));
}
