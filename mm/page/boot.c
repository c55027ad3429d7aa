// SPDX-License-Identifier: MIT
/*
 * From the plan to frames: every frame gets its state, free RAM enters the free map, zones get their limits.
 *
 *   qy_page_boot()
 *
 * Order, as in Linux: zones and their pageblocks, zonelists, free memory, what page_owner takes of it, CMA areas,
 * watermarks, what is given back late (the kernel's init part, an initrd), sysctls. So the watermarks do not know of what
 * comes late.
 *
 * Hot words of free frames are not touched: zero is their state already.
 *
 * Locking: one thread. zone->lock is taken because the free map wants it.
 */
#include "mm/page/boot.h"

static const char *const zone_names[QY_MAX_NR_ZONES] = { "DMA", "DMA32", "Normal",
	"Movable", "Device" };

static u32 frame_of(const struct qy_machine *m, u64 pfn, u32 zone)
{
	for (u32 i = 0; i < m->nr_extents; i++) {
		const struct qy_extent *e = &m->extents[i];

		if (e->zone == zone && pfn >= e->start_pfn && pfn < e->end_pfn)
			return e->first_frame + (u32)(pfn - e->start_pfn);
	}
	return NO_FRAME;
}

/* ------------------------------------------------------------------ zones and pageblocks */

static void init_zone(struct qy_machine *m, const struct boot_plan *plan, u32 id)
{
	const struct zone_plan *from = &plan->zone[id];
	struct zone *zone = &m->zones[id];

	zone->machine = m;
	zone->id = (u8)id;
	zone->type = (u8)(id % m->zones_per_node);
	zone->node = (u8)(id / m->zones_per_node);
	zone->name = zone_names[zone->type];
	zone->first_frame = from->first_frame;
	zone->nr_frames = from->nr_frames;
	zone->zone_start_pfn = from->start_pfn;
	zone->spanned_pages = from->end_pfn - from->start_pfn;
	zone->present_pages = from->present;
	for (u32 b = 0; b < zone->nr_frames >> QY_PAGEBLOCK_ORDER; b++)
		m->blocks[(zone->first_frame >> QY_PAGEBLOCK_ORDER) + b].zone = (u8)id;
}

/* Extents in address order; an insertion sort, since each zone's are in order already. */
static void sort_extents(struct qy_machine *m)
{
	for (u32 i = 1; i < m->nr_extents; i++) {
		struct qy_extent moving = m->extents[i];
		u32 at = i;

		for (; at && m->extents[at - 1].first_ram_pfn > moving.first_ram_pfn;
			at--)
			m->extents[at] = m->extents[at - 1];
		m->extents[at] = moving;
	}
}

static void count_in_blocks(struct qy_machine *m, u32 first, u32 last, bool reserved)
{
	while (first < last) {
		u32 end = min(last, round_up(first + 1, BLOCK_FRAMES));
		struct qy_pageblock *block = block_of(m, first);

		if (reserved)
			block->reserved = (u16)(block->reserved + (end - first));
		else
			block->present = (u16)(block->present + (end - first));
		first = end;
	}
}

static void set_state(struct qy_machine *m, u32 first, u32 last, enum page_state state)
{
	for (u32 frame = first; frame < last; frame++)
		m->hot[frame] = hot_make(state, 0, 0, 0);
}

/* Every index of an extent is RAM of its zone or a hole. */
static void mark_holes(struct qy_machine *m, const struct boot_plan *plan)
{
	for (u32 i = 0; i < m->nr_extents; i++) {
		const struct qy_extent *e = &m->extents[i];
		const struct zone_plan *zone = &plan->zone[e->zone];
		u64 at = e->start_pfn;

		for (u32 r = 0; r < plan->mb.memory.nr; r++) {
			const struct memblock_region *region = &plan->mb.memory.region[r];
			u64 start = max(PFN_DOWN(region->base),
				max(zone->start_pfn, e->start_pfn));
			u64 end = min(PFN_DOWN(memblock_end(region)),
				min(zone->end_pfn, e->end_pfn));

			if (region->node != m->zones[e->zone].node || start >= end)
				continue;
			set_state(m, e->first_frame + (u32)(at - e->start_pfn),
				e->first_frame + (u32)(start - e->start_pfn), PG_HOLE);
			count_in_blocks(m, e->first_frame + (u32)(start - e->start_pfn),
				e->first_frame + (u32)(end - e->start_pfn), false);
			at = end;
		}
		set_state(m, e->first_frame + (u32)(at - e->start_pfn),
			e->first_frame + (u32)(e->end_pfn - e->start_pfn), PG_HOLE);
	}
}

/* ------------------------------------------------------------------ runs of frames in a physical range */

typedef void (*run_fn)(struct qy_machine *m, struct zone *zone, u32 first, u32 last);

/* Calls @fn for the part of [start, end) that lies in each zone of @node. pre: one memory region holds it. */
static void for_each_run(struct qy_machine *m, u32 node, u64 start, u64 end, run_fn fn)
{
	for (u32 type = 0; type < m->zones_per_node; type++) {
		struct zone *zone = &m->zones[node * m->zones_per_node + type];
		u64 lo = max(start, zone->zone_start_pfn);
		u64 hi = min(end, zone->zone_start_pfn + zone->spanned_pages);

		if (lo < hi) {
			u32 first = frame_of(m, lo, zone->id);

			fn(m, zone, first, first + (u32)(hi - lo));
		}
	}
}

/* The same for the RAM in any physical range of bytes that are whole pages. */
static void for_each_ram_run(
	struct qy_machine *m, const struct boot_plan *plan, u64 base, u64 end, run_fn fn)
{
	for (u32 r = 0; r < plan->mb.memory.nr; r++) {
		const struct memblock_region *region = &plan->mb.memory.region[r];
		u64 lo = max(base, region->base), hi = min(end, memblock_end(region));

		if (lo < hi)
			for_each_run(m, region->node, PFN_DOWN(lo), PFN_DOWN(hi), fn);
	}
}

static void keep_reserved(struct qy_machine *m, struct zone *zone, u32 first, u32 last)
{
	(void)zone;
	count_in_blocks(m, first, last, true);
	set_state(m, first, last, PG_RESERVED);
}

static void keep_nomap(struct qy_machine *m, struct zone *zone, u32 first, u32 last)
{
	(void)zone;
	set_state(m, first, last,
		PG_NOMAP); /* a no-map range is reserved too, so counted */
}

static void give_free(struct qy_machine *m, struct zone *zone, u32 first, u32 last)
{
	qy_spin_lock_irqsave(&zone->lock);
	qy_freemap_put_range(zone, first, last);
	qy_spin_unlock_irqrestore(&zone->lock);
	zone->managed_pages += last - first;
	m->total_pages += last - first;
}

static void give_memory(struct qy_machine *m, const struct boot_plan *plan)
{
	struct memblock_cursor cursor = { .at = 0 };
	struct memblock_region gap;

	for (u32 i = 0; i < plan->mb.reserved.nr; i++)
		for_each_ram_run(m, plan, plan->mb.reserved.region[i].base,
			memblock_end(&plan->mb.reserved.region[i]), keep_reserved);
	for (u32 i = 0; i < plan->mb.memory.nr; i++)
		if (plan->mb.memory.region[i].flags & MEMBLOCK_NOMAP)
			for_each_ram_run(m, plan, plan->mb.memory.region[i].base,
				memblock_end(&plan->mb.memory.region[i]), keep_nomap);
	while (qy_memblock_next_free(&plan->mb, &cursor, &gap))
		for_each_run(m, gap.node, PFN_DOWN(gap.base),
			PFN_DOWN(memblock_end(&gap)), give_free);
}

/* ------------------------------------------------------------------ what comes late */

/* Reserved frames become free ones. A frame that is not reserved any more was given back by an overlapping range. */
static void give_late(struct qy_machine *m, struct zone *zone, u32 first, u32 last)
{
	while (first < last) {
		u32 end = first;

		while (end < last && hot_state(m->hot[end]) == PG_RESERVED) {
			block_of(m, end)->reserved--;
			m->hot[end++] = 0;
		}
		if (end > first)
			give_free(m, zone, first, end);
		first = max(end, first + 1);
	}
}

/* ------------------------------------------------------------------ what movable pages may borrow */

/* A pageblock of CMA goes to its zone as the kernel's own free would: a per-CPU list may keep it for a while. */
static void lend_block(
	struct qy_machine *m, struct zone *zone, u32 frame, enum migratetype mt)
{
	struct qy_pageblock *pb = block_of(m, frame);

	set_state(m, frame, frame + BLOCK_FRAMES, PG_FREE);
	pb->reserved = (u16)(pb->reserved - BLOCK_FRAMES);
	pb->migratetype = (u8)mt;
	zone->managed_pages += BLOCK_FRAMES;
	zone->cma_pages += BLOCK_FRAMES;
	m->total_pages += BLOCK_FRAMES;
	WRITE_ONCE(m->hot[frame], hot_make(PG_PCP, QY_PAGEBLOCK_ORDER, 0, 0));
	if (mt == MIGRATE_CMA && qy_pcp_allowed_order(m->board, QY_PAGEBLOCK_ORDER) &&
		qy_pcp_free(zone, &zone->pageset[0], frame, QY_PAGEBLOCK_ORDER,
			MIGRATE_MOVABLE))
		return;
	qy_spin_lock_irqsave(&zone->lock);
	WRITE_ONCE(m->hot[frame], 0);
	qy_freemap_put(zone, frame, QY_PAGEBLOCK_ORDER);
	qy_spin_unlock_irqrestore(&zone->lock);
}

/* The zone that all of the area lies in, as RAM that boot kept; NULL: there is no such zone. */
static struct zone *zone_of_area(struct qy_machine *m, const struct area_plan *area)
{
	u64 first = PFN_DOWN(area->base), last = first + PFN_DOWN(area->size) - 1;
	u32 frame = qy_pfn_to_frame(m, first);

	if (frame == NO_FRAME || (first | (last + 1)) & (BLOCK_FRAMES - 1))
		return NULL;
	for (u64 pfn = first; pfn <= last; pfn++) {
		u32 at = qy_pfn_to_frame(m, pfn);

		if (at == NO_FRAME || hot_state(m->hot[at]) != PG_RESERVED ||
			zone_of(m, at) != zone_of(m, frame))
			return NULL;
	}
	return zone_of(m, frame);
}

static void lend_area(
	struct qy_machine *m, const struct boot_plan *plan, struct area_plan *area)
{
	struct zone *zone = zone_of_area(m, area);
	u64 first = PFN_DOWN(area->base);

	if (!zone) {
		qy_printk(
			m, QY_LOG_ERR, "CMA area %s could not be activated", area->name);
		for_each_ram_run(m, plan, area->base, area->base + area->size, give_late);
		return;
	}
	for (u64 pfn = first; pfn < first + PFN_DOWN(area->size); pfn += BLOCK_FRAMES)
		lend_block(m, zone, qy_pfn_to_frame(m, pfn),
			area->guaranteed ? MIGRATE_GUARANTEED : MIGRATE_CMA);
	area->lent = true;
	if (area->guaranteed)
		qy_printk(m, QY_LOG_NOTICE,
			"quarry: CMA area %s lends to droppable pages only", area->name);
	if (m->board->cma_in_movable && zone->type != QY_ZONE_MOVABLE)
		qy_printk(m, QY_LOG_WARNING,
			"quarry: cma_placement=zone_movable: area %s stays in zone %s: zone Movable is the end of the highest zone",
			area->name, zone->name);
}

/* Before the watermarks, which know of these frames, and after the per-CPU lists have their sizes. */
static void lend_areas(struct qy_machine *m, struct boot_plan *plan)
{
	for (u32 i = 0; i < m->nr_zones && plan->nr_areas; i++)
		if (populated_zone(&m->zones[i]))
			qy_zone_set_pageset_high_and_batch(&m->zones[i]);
	for (u32 i = 0; i < plan->nr_areas; i++)
		lend_area(m, plan, &plan->area[i]);
}

/* ------------------------------------------------------------------ what comes last */

/* Inside of a range only: a page that is shared with a neighbour stays kept. */
static void free_late(struct qy_machine *m, const struct boot_plan *plan,
	struct qy_range range, const char *what)
{
	u64 base = round_up(range.base, QY_PAGE_SIZE);
	u64 end = round_down(range.base + range.size, QY_PAGE_SIZE);

	if (base >= end)
		return;
	for_each_ram_run(m, plan, base, end, give_late);
	qy_printk(m, QY_LOG_INFO, "Freeing %s memory: %lluK", what,
		(unsigned long long)(end - base) / 1024);
}

static void give_back_late(struct qy_machine *m, const struct boot_plan *plan)
{
	for (u32 i = 0; i < m->board->nr_reserved; i++)
		if (m->board->reserved[i].flags & QY_RESERVED_FREE_LATE &&
			plan->placement[i] == PLACED)
			free_late(m, plan, plan->placed[i], m->board->reserved[i].name);
	free_late(m, plan, plan->init,
		m->board->arch == QY_ARCH_ARM64 ? "unused kernel"
						: "unused kernel image (initmem)");
}

/* ------------------------------------------------------------------ settings */

static const u32 default_reserve_ratio[QY_MAX_NR_ZONES] = { 256, 256, 32, 0, 0 };

static void default_settings(struct qy_machine *m)
{
	m->user_min_free_kbytes = -1;
	m->watermark_scale_factor = 10;
	m->watermark_boost_factor = 15000;
	for (u32 i = 0; i < QY_MAX_NR_ZONES; i++)
		m->lowmem_reserve_ratio[i] = default_reserve_ratio[i];
}

/* What init's sysctl.conf would write, once the kernel is up. */
static void apply_sysctls(struct qy_machine *m)
{
	const struct qy_vm_sysctl *vm = &m->board->vm;
	bool ratios = false;

	m->watermark_boost_factor = (u32)vm->watermark_boost_factor;
	if (vm->mem_profiling >= 0)
		m->mem_profiling = (u32)vm->mem_profiling;
	for (u32 i = 0; i < QY_MAX_NR_ZONES; i++) {
		u32 ratio = vm->lowmem_reserve_ratio[i] < 1
				    ? 0
				    : (u32)vm->lowmem_reserve_ratio[i];

		ratios |= ratio != m->lowmem_reserve_ratio[i];
		m->lowmem_reserve_ratio[i] = ratio;
	}
	if (ratios)
		qy_setup_per_zone_lowmem_reserve(m);
	if (vm->min_free_kbytes < 0 && vm->watermark_scale_factor == 10 &&
		!vm->percpu_pagelist_high_fraction)
		return;
	m->percpu_pagelist_high_fraction = (u32)vm->percpu_pagelist_high_fraction;
	m->watermark_scale_factor = (u32)vm->watermark_scale_factor;
	if (vm->min_free_kbytes >= 0) {
		m->user_min_free_kbytes = vm->min_free_kbytes;
		m->min_free_kbytes = (u64)vm->min_free_kbytes;
	}
	qy_setup_per_zone_wmarks(m);
}

/* ------------------------------------------------------------------ boot */

static void set_block_types(struct qy_machine *m)
{
	for (u32 b = 0; b < m->nr_blocks; b++)
		m->blocks[b].migratetype =
			m->mobility_grouping ? MIGRATE_MOVABLE : MIGRATE_UNMOVABLE;
}

bool qy_page_boot(struct qy_machine *m, struct boot_plan *plan)
{
	bool arm64 = m->board->arch == QY_ARCH_ARM64;

	qy_plan_index(plan, m->chunk, m->extents);
	sort_extents(m);
	for (u32 i = 0; i < m->nr_zones; i++)
		init_zone(m, plan, i);
	for (u32 node = 0; node < m->nr_nodes; node++)
		m->max_pfn = max(m->max_pfn, plan->node_end[node]);
	mark_holes(m, plan);

	qy_log_board(m);
	qy_log_reservations(m, plan);
	qy_log_numa(m, plan);
	if (!arm64)
		qy_log_cma(m, plan);
	qy_log_zones(m, plan);
	if (arm64)
		qy_log_cma(m, plan);
	if (m->board->cmdline)
		qy_printk(m, QY_LOG_NOTICE, "Kernel command line: %s", m->board->cmdline);
	qy_build_zonelists(m);
	qy_build_fast_path(m);
	set_block_types(m);
	give_memory(m, plan);
	qy_log_objects(m);
	qy_log_memory(m, plan);
	if (!qy_page_ext_init(m))
		return false;

	default_settings(m);
	lend_areas(m, plan);
	qy_init_per_zone_wmark_min(m);
	give_back_late(m, plan);
	apply_sysctls(m);
	return true;
}
