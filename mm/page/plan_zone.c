// SPDX-License-Identifier: MIT
/*
 * The plan's zones: where each kind begins and ends, what a Movable zone takes, and the index space of frames.
 *
 *   qy_plan_dma_limit()   the first address that a 32-bit or narrower bus master cannot reach
 *   qy_plan_zones()       limits, Movable starts, spans and present pages of every node's zones
 *   qy_plan_index()       chunks and extents
 *
 * Spans include holes and other nodes' RAM; present does not.
 *
 * No state.
 */
#include "mm/page/boot.h"

#define SZ_16M 0x1000000ull
#define SZ_4G  0x100000000ull

/* ------------------------------------------------------------------ limits of a kind */

static u64 ram_start(const struct boot_plan *plan)
{
	return plan->mb.memory.region[0].base;
}

static u64 ram_end(const struct boot_plan *plan)
{
	return memblock_end(&plan->mb.memory.region[plan->mb.memory.nr - 1]);
}

/*
 * The smallest limit of the tree. Where RAM begins below 4 GiB some of it is kept for 32-bit masters in any case. A
 * limit below all RAM leaves the zone empty, and with it cma= without a place.
 */
static u64 arm64_dma_limit(const struct boot_plan *plan)
{
	u64 limit = plan->board->dma_limit ? plan->board->dma_limit : UINT64_MAX;

	if (ram_start(plan) < SZ_4G)
		limit = min(limit, SZ_4G);
	return min(limit, ram_end(plan));
}

u64 qy_plan_dma_limit(const struct boot_plan *plan)
{
	return plan->board->arch == QY_ARCH_ARM64 ? arm64_dma_limit(plan) : SZ_4G;
}

static void plan_limits(struct boot_plan *plan)
{
	const struct qy_board *board = plan->board;
	bool arm64 = board->arch == QY_ARCH_ARM64;
	u64 end_pfn = PFN_DOWN(ram_end(plan)), at = PFN_DOWN(ram_start(plan));
	const u64 end_of[] = {
		[QY_ZONE_DMA] = board->has_zone_dma
					? PFN_DOWN(arm64 ? arm64_dma_limit(plan) : SZ_16M)
					: 0,
		[QY_ZONE_DMA32] = board->has_zone_dma32 ? PFN_DOWN(SZ_4G) : 0,
		[QY_ZONE_NORMAL] = end_pfn,
	};

	for (u32 type = QY_ZONE_DMA; type <= QY_ZONE_NORMAL; type++) {
		plan->zone_low[type] = at;
		at = max(at, min(end_of[type], end_pfn));
		plan->zone_high[type] = at;
	}
}

static void plan_nodes(struct boot_plan *plan)
{
	for (u32 i = 0; i < plan->mb.memory.nr; i++) {
		const struct memblock_region *region = &plan->mb.memory.region[i];

		if (!plan->node_end[region->node])
			plan->node_start[region->node] = PFN_DOWN(region->base);
		plan->node_end[region->node] = PFN_DOWN(memblock_end(region));
	}
}

/* ------------------------------------------------------------------ Movable */

static u64 amount_pages(const struct boot_plan *plan, const struct qy_amount *amount)
{
	return amount->percent ? plan->total_pages * amount->percent / 100
			       : PFN_DOWN(amount->bytes);
}

/* Pages that must stay usable for the kernel; 0 = there is no Movable zone. */
static u64 required_kernelcore(const struct boot_plan *plan)
{
	u64 core = amount_pages(plan, &plan->board->kernelcore);
	u64 movable = amount_pages(plan, &plan->board->movablecore);

	if (plan->board->kernelcore_mirror)
		return 0; /* no board has mirrored memory */
	if (movable) {
		movable = min(round_up(movable, CHUNK_FRAMES), plan->total_pages);
		core = max(core, plan->total_pages - movable);
	}
	return core >= plan->total_pages ? 0 : core;
}

/* The zone kind that Movable is cut from: the highest that has any span. */
static u32 movable_source(const struct boot_plan *plan)
{
	u32 type = QY_ZONE_NORMAL;

	while (type && plan->zone_low[type] == plan->zone_high[type])
		type--;
	return type;
}

/*
 * Moves the node's Movable start up until @share more pages of it are the kernel's, or the node ends. What lies below
 * @usable is the kernel's in any case. Return: pages taken from the requirement.
 */
static u64 spread_over_node(
	struct boot_plan *plan, u32 node, u64 usable, u64 share, u64 required)
{
	u64 remaining = share, got = 0;

	for (u32 i = 0; i < plan->mb.memory.nr; i++) {
		const struct memblock_region *region = &plan->mb.memory.region[i];
		u64 start = max(PFN_DOWN(region->base), plan->movable_pfn[node]);
		u64 end = PFN_DOWN(memblock_end(region));

		if (region->node != node || start >= end)
			continue;
		if (start < usable) {
			u64 low = min(end, usable) - start;

			remaining -= min(low, remaining);
			got += min(low, required - got);
			start += low;
			plan->movable_pfn[node] = start;
		}
		if (start == end)
			continue;

		u64 here = min(end - start, remaining);

		plan->movable_pfn[node] = start + here;
		got += min(here, required - got);
		remaining -= here;
		if (!remaining)
			break;
	}
	return got;
}

/* The lecture's layout: the node's Movable zone begins where its lowest area begins, or below. */
static void movable_from_area(struct boot_plan *plan, const struct qy_range *area)
{
	u64 first = round_down(PFN_DOWN(area->base), CHUNK_FRAMES);

	if (PFN_DOWN(area->base) < plan->zone_low[movable_source(plan)])
		return;
	for (u32 i = 0; i < plan->mb.memory.nr; i++) {
		const struct memblock_region *region = &plan->mb.memory.region[i];
		u64 *movable = &plan->movable_pfn[region->node];

		if (area->base >= region->base && area->base < memblock_end(region) &&
			(!*movable || first < *movable))
			*movable = first;
	}
}

static void movable_from_areas(struct boot_plan *plan)
{
	const u32 area = QY_RESERVED_DMA_POOL | QY_RESERVED_REUSABLE;

	for (u32 i = 0; i < plan->board->nr_reserved; i++)
		if (plan->placement[i] == PLACED && plan->placed[i].size &&
			(plan->board->reserved[i].flags & area) == area)
			movable_from_area(plan, &plan->placed[i]);
	if (plan->cma.size && plan->cma_error == CMA_FITS)
		movable_from_area(plan, &plan->cma);
}

static void plan_movable(struct boot_plan *plan)
{
	u64 required = required_kernelcore(plan);
	u64 usable = plan->zone_low[movable_source(plan)];
	u32 nodes = 0;

	if (!required)
		return;
	for (u32 node = 0; node < plan->board->nr_nodes; node++)
		nodes += plan->node_end[node] != 0;
	/* nodes that were too small leave a rest, which is spread over one node less */
	do {
		u64 share = required / nodes;

		for (u32 node = 0; node < plan->board->nr_nodes; node++) {
			if (!plan->node_end[node])
				continue;
			if (required < share)
				share = required / nodes;
			required -= spread_over_node(plan, node, usable, share, required);
		}
		nodes--;
	} while (nodes && required > nodes);
	for (u32 node = 0; node < plan->board->nr_nodes; node++) {
		plan->movable_pfn[node] = round_up(plan->movable_pfn[node], CHUNK_FRAMES);
		if (plan->movable_pfn[node] >= plan->node_end[node])
			plan->movable_pfn[node] = 0;
	}
}

/* ------------------------------------------------------------------ spans */

static u64 present_pages(const struct boot_plan *plan, u32 node, u64 start, u64 end)
{
	u64 present = 0;

	for (u32 i = 0; i < plan->mb.memory.nr; i++) {
		const struct memblock_region *region = &plan->mb.memory.region[i];
		u64 lo = max(PFN_DOWN(region->base), start);
		u64 hi = min(PFN_DOWN(memblock_end(region)), end);

		if (region->node == node && lo < hi)
			present += hi - lo;
	}
	return present;
}

static void plan_span(struct boot_plan *plan, u32 node, u32 type)
{
	struct zone_plan *zone = &plan->zone[node * plan->zones_per_node + type];
	u64 movable = plan->movable_pfn[node], start, end;

	if (type == QY_ZONE_MOVABLE) {
		if (!movable)
			return;
		start = movable;
		end = plan->zone_high[movable_source(plan)];
	} else {
		start = plan->zone_low[type];
		end = plan->zone_high[type];
		if (movable)
			end = min(end, movable);
	}
	start = max(start, plan->node_start[node]);
	end = min(end, plan->node_end[node]);
	if (start >= end)
		return;
	zone->start_pfn = start;
	zone->end_pfn = end;
	zone->present = present_pages(plan, node, start, end);
}

void qy_plan_zones(struct boot_plan *plan)
{
	plan_limits(plan);
	plan_nodes(plan);
	plan_movable(plan);
	if (plan->board->cma_in_movable)
		movable_from_areas(plan);
	for (u32 node = 0; node < plan->board->nr_nodes; node++)
		for (u32 type = QY_ZONE_DMA; type <= QY_ZONE_MOVABLE; type++)
			plan_span(plan, node, type);
}

/* ------------------------------------------------------------------ index space */

/* One piece of RAM of a zone joins its last extent where its chunks touch or are shared, else begins another. */
static void index_piece(struct boot_plan *plan, u32 zone, u64 start, u64 end, u32 *chunk,
	struct qy_extent *extents, struct qy_extent *last)
{
	u64 first = start >> CHUNK_ORDER;
	u64 behind = last->end_pfn >> CHUNK_ORDER; /* 0: the zone has none yet */

	if (!behind || first > behind) {
		plan->nr_extents++;
		*last = (struct qy_extent){
			.start_pfn = first << CHUNK_ORDER,
			.first_ram_pfn = start,
			.first_frame = plan->nr_frames,
			.zone = (u8)zone,
		};
	} else {
		first = behind; /* a shared chunk is there already */
	}
	for (; first << CHUNK_ORDER < end; first++) {
		if (chunk)
			chunk[plan->nr_frames >> CHUNK_ORDER] = (u32)first;
		plan->nr_frames += CHUNK_FRAMES;
	}
	last->end_pfn = first << CHUNK_ORDER;
	last->last_ram_pfn = end - 1;
	if (extents)
		extents[plan->nr_extents - 1] = *last;
}

void qy_plan_index(struct boot_plan *plan, u32 *chunk, struct qy_extent *extents)
{
	plan->nr_frames = 0;
	plan->nr_extents = 0;
	for (u32 z = 0; z < plan->nr_zones; z++) {
		struct zone_plan *zone = &plan->zone[z];
		struct qy_extent last = { .end_pfn = 0 };

		zone->first_frame = plan->nr_frames;
		for (u32 i = 0; i < plan->mb.memory.nr; i++) {
			const struct memblock_region *region = &plan->mb.memory.region[i];
			u64 start = max(PFN_DOWN(region->base), zone->start_pfn);
			u64 end = min(PFN_DOWN(memblock_end(region)), zone->end_pfn);

			if (region->node == z / plan->zones_per_node && start < end)
				index_piece(plan, z, start, end, chunk, extents, &last);
		}
		zone->nr_frames = plan->nr_frames - zone->first_frame;
	}
}
