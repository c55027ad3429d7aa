// SPDX-License-Identifier: MIT
/*
 * The boot log, in the kernel's words: what was reserved, what the zones are, how much is left.
 *
 *   qy_log_board, qy_log_numa, qy_log_zones, qy_log_cma, qy_log_objects, qy_log_memory
 *
 * No state.
 */
#include "mm/page/boot.h"

#define SECTION_PAGES \
	(128u << (20 - QY_PAGE_SHIFT)) /* SPARSEMEM's unit on arm64 (4K) and x86-64 */
#define ULL(v)   ((unsigned long long)(v))
#define K(pages) ULL((pages) << (QY_PAGE_SHIFT - 10))

/* ------------------------------------------------------------------ what the tree and the command line ask for */

void qy_log_board(const struct qy_machine *m)
{
	if (m->board->model)
		qy_printk(m, QY_LOG_INFO, "Machine model: %s", m->board->model);
	if (m->board->mem_limit)
		qy_printk(m, QY_LOG_NOTICE, "Memory limited to %lluMB",
			ULL(m->board->mem_limit >> 20));
	if (m->board->policy == QY_POLICY_QUARRY)
		qy_printk(m, QY_LOG_NOTICE,
			"quarry: policy quarry: movable pages make room for unmovable ones");
}

/* The lines of an arm64 kernel; where nobody says what the nodes come from, nothing. */
void qy_log_numa(const struct qy_machine *m, const struct boot_plan *plan)
{
	const struct memblock_type *memory = &plan->mb.memory;
	enum qy_numa_source from = m->board->numa_source;

	if (m->board->arch != QY_ARCH_ARM64 || !m->board->numa)
		return;
	if (from == QY_NUMA_DISTANCES) {
		qy_printk(m, QY_LOG_INFO, "OF: NUMA: parsing numa-distance-map-v1");
		qy_printk(m, QY_LOG_INFO, "NUMA: Initialized distance table, cnt=%u",
			m->nr_nodes);
	}
	if (from == QY_NUMA_OFF)
		qy_printk(m, QY_LOG_INFO, "NUMA: NUMA disabled");
	if (from == QY_NUMA_OFF || from == QY_NUMA_FAKED)
		qy_printk(m, QY_LOG_INFO,
			"NUMA: Faking a node at [mem 0x%016llx-0x%016llx]",
			ULL(memory->region[0].base),
			ULL(memblock_end(&memory->region[memory->nr - 1]) - 1));
}

/* The reason, where Linux gives one, and what did not fit. */
static void log_cma_error(const struct qy_machine *m, const struct boot_plan *plan)
{
	const struct memblock_type *memory = &plan->mb.memory;

	if (plan->cma_error == CMA_MISALIGNED)
		qy_printk(m, QY_LOG_ERR,
			"cma: Region at 0x%016llx must be aligned to 0x%016llx bytes",
			ULL(m->board->cma.base), ULL(PFN_PHYS(BLOCK_FRAMES)));
	else if (plan->cma_error == CMA_ACROSS_END)
		qy_printk(m, QY_LOG_ERR,
			"cma: Region at 0x%016llx defined on low/high memory boundary (0x%016llx)",
			ULL(plan->cma.base),
			ULL(memblock_end(&memory->region[memory->nr - 1])));
	else if (plan->cma_error == CMA_PAST_LIMIT)
		qy_printk(m, QY_LOG_ERR,
			"cma: Size (0x%016llx) of region at 0x%016llx exceeds limit (0x%016llx)",
			ULL(plan->cma.size), ULL(plan->cma.base), ULL(plan->cma_limit));
	qy_printk(m, QY_LOG_ERR, "cma: Failed to reserve %llu MiB on node -1",
		ULL(plan->cma.size >> 20));
}

void qy_log_cma(const struct qy_machine *m, const struct boot_plan *plan)
{
	if (plan->cma.size && plan->cma_error == CMA_FITS)
		qy_printk(m, QY_LOG_INFO,
			"cma: Reserved %llu MiB at 0x%016llx on node -1",
			ULL(plan->cma.size >> 20), ULL(plan->cma.base));
	else if (plan->cma.size)
		log_cma_error(m, plan);
	for (u32 i = 0; i < plan->nr_areas_refused; i++)
		qy_printk(
			m, QY_LOG_ERR, "cma: Not enough slots for CMA reserved regions!");
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

/* ------------------------------------------------------------------ what objects will be like */

/* Whose stack is cleared is the compiler's business: all of it, as with every kernel since compilers can. */
void qy_log_objects(const struct qy_machine *m)
{
	const struct qy_board_slab *slab = &m->board->slab;

	qy_printk(m, QY_LOG_INFO,
		"mem auto-init: stack:all(zero), heap alloc:%s, heap free:%s",
		slab->init_on_alloc ? "on" : "off", slab->init_on_free ? "on" : "off");
	if (slab->init_on_free)
		qy_printk(m, QY_LOG_INFO,
			"mem auto-init: clearing system memory may take some time...");
	qy_printk(m, QY_LOG_INFO,
		"SLUB: HWalign=%u, Order=%u-%u, MinObjects=%u, CPUs=%u, Nodes=%u",
		QY_CACHELINE, slab->min_order, slab->max_order, slab->min_objects,
		m->nr_cpus, m->nr_nodes);
}

/* ------------------------------------------------------------------ the memory line */

void qy_log_memory(const struct qy_machine *m, const struct boot_plan *plan)
{
	const struct qy_kernel_image *k = &m->board->kernel;
	u64 free = 0, kept, cma = plan->cma_error ? 0 : plan->cma.size;

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
