// SPDX-License-Identifier: MIT
/*
 * The machine: its tables, laid out in the embedder's block, its totals, its validation.
 *
 *   qy_board_defaults, qy_machine_size, qy_machine_init
 *   qy_machine_stats, qy_machine_validate, qy_vmstat_tick, qy_pfn_to_frame
 *
 * layout() runs twice, once to count and once to assign, so the two cannot disagree.
 *
 * Locking: one thread until qy_machine_init() returns.
 */
#include "mm/machine.h"
#include "mm/contig/contig.h"
#include "mm/dma/dma.h"
#include "mm/page/boot.h"
#include "mm/pressure/oom_kill.h"
#include "mm/pressure/overcommit.h"
#include "mm/slab/slab.h"
#include "mm/task/task.h"
#include "mm/virt/virt.h"
#include "mm/pressure/pressure.h"
#include "mm/watch/page_owner.h"

/* The 6.12 kernel whose boot logs and answers this one is checked against. */
static const struct qy_kernel_image default_image = {
	.code = 8192 << 10,
	.rwdata = 1195 << 10,
	.rodata = 1756 << 10,
	.init = 1116 << 10,
	.bss = 3972 << 10,
	.memmap_entry = 64,
};

void qy_board_defaults(struct qy_board *board, enum qy_arch arch)
{
	*board = (struct qy_board){
		.arch = arch,
		.nr_cpus = 1,
		.nr_nodes = 1,
		.kernel = default_image,
		.has_zone_dma = true,
		.has_zone_dma32 = true,
		.thp = true,
		.numa = true,
		.vm = {
			.min_free_kbytes = -1,
			.watermark_scale_factor = 10,
			.watermark_boost_factor = 15000,
			.lowmem_reserve_ratio = { 256, 256, 32, 0, 0 },
			.extfrag_threshold = 500,
			.mem_profiling = -1,
			.oom_dump_tasks = 1,
			.overcommit_ratio = 50,
			.admin_reserve_kbytes = -1,
			.user_reserve_kbytes = -1,
			.compaction_proactiveness = 20,
			.swappiness = 60,
			.vfs_cache_pressure = 100,
			.dirty_background_ratio = 10,
			.dirty_ratio = 20,
			.dirty_expire_centisecs = 3000,
			.dirty_writeback_centisecs = 500,
		},
		.slab = { .max_order = 3 },
		.kfence = { .num_objects = 255, .skip_covered_thresh = 75 },
	};
}

/* ------------------------------------------------------------------ layout */

/* Hands out pieces of a block; with no block it only counts. */
struct bump {
	char *base;
	size_t used;
};

static void *take(struct bump *bump, size_t bytes, size_t align)
{
	size_t at = round_up(bump->used, align);

	bump->used = at + bytes;
	return bump->base ? bump->base + at : NULL;
}

/*
 * Frames that one per-CPU set of the zone may ever hold: its high_max. Sets of CPUs on other nodes could together need
 * a multiple of the zone, so all sets share twice what the local ones may hold.
 */
static u64 pcp_pool_frames(const struct boot_plan *plan, u32 id)
{
	const struct qy_board *board = plan->board;
	u64 present = plan->zone[id].present, high_min, high_max;
	u32 local = board_cpus_of_node(board, id / plan->zones_per_node);

	u32 batch = qy_zone_batchsize(present);

	qy_zone_highsize(present, 0, batch, local ? local : board->nr_cpus, 0, &high_min,
		&high_max);
	return min(high_max, max(present / 4 / board->nr_cpus, 4ull * batch));
}

static void *take_for_room(void *arg, size_t bytes, size_t align)
{
	return take(arg, bytes, align);
}

static void layout_pagesets(struct bump *bump, const struct boot_plan *plan,
	const struct qy_port *port, struct zone *zone, u32 id)
{
	u32 nr_cpus = plan->board->nr_cpus;
	size_t pool_bytes =
		0; /* an empty zone has sets, so that nobody need ask, but nothing can be on them */

	if (plan->zone[id].present)
		pool_bytes = qy_pcp_pool_bytes(pcp_pool_frames(plan, id));
	zone->pageset = take(bump, nr_cpus * sizeof(*zone->pageset), QY_CACHELINE);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		char *pool = take(bump, pool_bytes, PCP_CHUNK_BYTES);

		if (pool)
			qy_pcp_init(&zone->pageset[cpu], pool, pool_bytes,
				QY_ALWAYS_LOCK_PCP || !port->barrier_heavy ||
					port->host_cpu);
	}
}

static void layout_zone(struct bump *bump, const struct boot_plan *plan,
	const struct qy_port *port, struct zone *zone, u32 id)
{
	u32 words = (plan->zone[id].nr_frames / BLOCK_FRAMES + 63) / 64;

	for (u32 order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		for (u32 mt = 0; mt < NR_BLOCK_TYPES; mt++) {
			struct free_index *index = &zone->free_area[order].index[mt];

			index->bits = take(bump, words * sizeof(u64), sizeof(u64));
			index->summary =
				take(bump, (words + 63) / 64 * sizeof(u64), sizeof(u64));
		}
	}
	layout_pagesets(bump, plan, port, zone, id);
}

/* Every table of a machine. Return: bytes of all of them. */
static size_t layout(
	void *tables, const struct boot_plan *plan, const struct qy_port *port)
{
	struct bump bump = { tables, 0 };
	struct qy_machine nobody, *m = take(&bump, sizeof(*m), QY_CACHELINE);
	struct zone no_zone;
	u32 nr_nodes = plan->board->nr_nodes;
	size_t fixed;

	if (!m)
		m = &nobody;
	m->nr_frames = plan->nr_frames;
	m->nr_blocks = plan->nr_frames / BLOCK_FRAMES;
	m->nr_extents = plan->nr_extents;
	m->zones = take(&bump, plan->nr_zones * sizeof(*m->zones), QY_CACHELINE);
	m->zonelists = take(&bump, nr_nodes * sizeof(*m->zonelists), 8);
	m->zonelists_thisnode = take(&bump, nr_nodes * sizeof(*m->zonelists), 8);
	m->fast = take(&bump, plan->board->nr_cpus * QY_NR_ZONE_BITS * sizeof(*m->fast),
		QY_CACHELINE);
	m->extents = take(&bump, plan->nr_extents * sizeof(*m->extents), 8);
	m->chunk = take(&bump, plan->nr_frames / CHUNK_FRAMES * sizeof(*m->chunk), 8);
	m->blocks = take(&bump, m->nr_blocks * sizeof(*m->blocks), QY_CACHELINE);
	m->lines = take(&bump, m->nr_blocks * sizeof(*m->lines), QY_CACHELINE);
	for (u32 i = 0; i < plan->nr_zones; i++)
		layout_zone(&bump, plan, port, m->zones ? &m->zones[i] : &no_zone, i);
	m->cma = take(&bump, qy_cma_table_bytes(plan->nr_areas), 8);
	for (u32 i = 0; i < plan->nr_areas; i++)
		qy_cma_set_bitmap(
			m->cma, i, take(&bump, qy_cma_bitmap_bytes(&plan->area[i]), 8));
	/* on pages of their own, so that a test can take away the one and use the other */
	m->hot = take(&bump, plan->nr_frames * sizeof(*m->hot), QY_PAGE_SIZE);
	m->cold = take(&bump, plan->nr_frames * sizeof(*m->cold), QY_PAGE_SIZE);
	fixed = bump.used;
	m->irq_pending = take(&bump, plan->board->nr_cpus * sizeof(*m->irq_pending), 8);
	m->node_stat = take(&bump, nr_nodes * sizeof(*m->node_stat), 8);
	m->task_room = take(&bump, sizeof(*m->task_room), QY_CACHELINE);
	m->pressure_room = take(&bump, sizeof(*m->pressure_room), QY_CACHELINE);
	qy_vmalloc_tables(m, plan->board, take_for_room, &bump);
	qy_dma_tables(m, plan->board, take_for_room, &bump);
	m->fixed_bytes = bump.used - fixed + sizeof(*m);
	qy_slab_tables(m, plan->board, take_for_room, &bump);
	qy_page_owner_layout(m, plan->board, take_for_room, &bump);
	return round_up(bump.used, QY_PAGE_SIZE);
}

int qy_machine_size(const struct qy_board *board, struct qy_machine_size *size, char *why,
	size_t why_size)
{
	struct boot_plan plan;
	int err = qy_plan_boot(&plan, board, why, why_size);

	if (err)
		return err;
	size->tables = layout(NULL, &plan, NULL);
	size->window = (size_t)plan.nr_frames << QY_PAGE_SHIFT;
	return 0;
}

static void apply_fault_setup(
	struct qy_fault_attr *attr, const struct qy_fault_setup *setup)
{
	attr->interval = setup->interval;
	attr->probability = setup->probability;
	attr->space = setup->space;
	attr->times = setup->times;
}

/* fail_page_alloc= and failslab= of the command line: both begin to count after boot. */
static void set_up_faults(struct qy_machine *m, const struct qy_board *board)
{
	struct qy_fault_attr attr;

	if (board->fail_page_alloc.given) {
		qy_fail_page_alloc_get(m, &attr);
		apply_fault_setup(&attr, &board->fail_page_alloc);
		qy_fail_page_alloc_set(m, &attr);
	}
	if (board->failslab.given) {
		qy_failslab_get(m, &attr);
		apply_fault_setup(&attr, &board->failslab);
		qy_failslab_set(m, &attr);
	}
}

struct qy_machine *qy_machine_init(void *tables, void *window,
	const struct qy_board *board, const struct qy_port *port)
{
	struct boot_plan plan;
	struct qy_machine *m = tables;
	char why[256];

	if (qy_plan_boot(&plan, board, why, sizeof(why))) {
		port->log(port->ctx, QY_LOG_ERR, why);
		return NULL;
	}
	m->tables_bytes = layout(tables, &plan, port);
	m->tables = tables;
	m->window = window;
	m->board = board;
	m->port = port;
	m->nr_cpus = board->nr_cpus;
	m->shared_cpus = port->host_cpu != NULL;
	qy_long_way(m, LONG_WAY_SHARED, m->shared_cpus);
	m->nr_nodes = board->nr_nodes;
	m->nr_zones = plan.nr_zones;
	m->zones_per_node = plan.zones_per_node;
	m->fail_page_alloc = (struct qy_fault_attr){
		.interval = 1,
		.times = 1,
		.verbose = 2,
		.verbose_ratelimit_burst = 10,
		.min_order = 1,
		.ignore_gfp_wait = true,
		.ignore_gfp_highmem = true,
	};
	m->failslab = (struct qy_fault_attr){
		.interval = 1,
		.times = 1,
		.verbose = 2,
		.verbose_ratelimit_burst = 10,
		.ignore_gfp_wait = true,
	};
	qy_page_owner_init(m);
	if (!qy_page_boot(m, &plan))
		return NULL;
	qy_contig_boot(m, &plan);
	qy_task_boot(m);
	qy_pressure_boot(m);
	qy_slab_boot(m);
	qy_kfence_boot(m, plan.kfence.base, plan.kfence.size);
	qy_vmalloc_boot(m);
	qy_dma_boot(m, &plan);
	qy_oom_boot(m);
	qy_overcommit_boot(m);
	qy_watch_changed(m);
	set_up_faults(m, board);
	return m;
}

/* ------------------------------------------------------------------ lookups and totals */

u32 qy_pfn_to_frame(const struct qy_machine *m, u64 pfn)
{
	u32 lo = 0, hi = m->nr_extents;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (m->extents[mid].first_ram_pfn <= pfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* extents overlap only where nodes interleave: nearly always the first one is it */
	while (lo-- > 0) {
		const struct qy_extent *e = &m->extents[lo];
		u32 frame = e->first_frame + (u32)(pfn - e->start_pfn);

		if (pfn <= e->last_ram_pfn &&
			hot_state(READ_ONCE(m->hot[frame])) != PG_HOLE)
			return frame;
	}
	return NO_FRAME;
}

void qy_machine_stats(const struct qy_machine *m, struct qy_machine_stats *out)
{
	*out = (struct qy_machine_stats){
		.metadata_bytes = m->tables_bytes,
		.fixed_bytes = m->fixed_bytes + qy_slab_fixed_bytes(m),
		.nr_zones = m->nr_zones,
	};
	for (u32 i = 0; i < m->nr_zones; i++) {
		const struct zone *zone = &m->zones[i];

		out->ram_bytes += zone->present_pages << QY_PAGE_SHIFT;
		out->managed_pages += zone_managed_pages(zone);
		out->free_pages += READ_ONCE(zone->nr_free_pages);
		out->reserved_pages += zone->present_pages - zone_managed_pages(zone);
	}
}

void qy_vmstat_tick(struct qy_machine *m, unsigned int cpu)
{
	if (cpu >= m->nr_cpus)
		return;
	qy_page_tick(m, cpu);
	qy_slab_tick(m, cpu);
	qy_oom_tick(m);
	qy_vmalloc_tick(m, cpu);
	if (!cpu)
		qy_dma_tick(m);
}

size_t qy_machine_trim(struct qy_machine *m)
{
	/* in this order: whole slabs first, then what the free map has */
	size_t given = qy_slab_trim(m);

	return given + qy_page_trim(m);
}

bool qy_machine_validate(struct qy_machine *m, char *why, size_t why_size)
{
	for (u32 i = 0; i < m->nr_frames; i += CHUNK_FRAMES) {
		u64 pfn = (u64)m->chunk[i >> CHUNK_ORDER] << CHUNK_ORDER;

		if (frame_to_pfn(m, i) != pfn ||
			zone_of(m, i) != zone_of(m, i + BLOCK_FRAMES)) {
			qy_snprintf(why, why_size,
				"chunk of frame %u: pfn or zone is wrong", i);
			return false;
		}
	}
	return qy_page_validate(m, why, why_size) &&
	       qy_contig_validate(m, why, why_size) &&
	       qy_task_validate(m, why, why_size) && qy_slab_validate(m, why, why_size) &&
	       qy_vmalloc_validate(m, why, why_size) &&
	       qy_dma_validate(m, why, why_size) &&
	       qy_page_owner_validate(m, why, why_size);
}
