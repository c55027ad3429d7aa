// SPDX-License-Identifier: MIT
/*
 * The plan of a boot: is this a board, what of its RAM is taken before the first page is free, and where.
 *
 *   qy_plan_boot()
 *
 * Everything is rounded to pages here: RAM inwards, reservations outwards. So a frame is either all free or all kept.
 *
 * No state.
 */
#include "mm/page/boot.h"

#define MAX_FRAMES     (1ull << 31) /* 8 TiB: a frame index has 32 bits, and NO_FRAME */
#define CMA_ALIGN      PFN_PHYS(BLOCK_FRAMES)
#define SZ_1M          0x100000ull
#define SZ_2M          0x200000ull
#define SZ_16M         0x1000000ull
#define SZ_4G          0x100000000ull
#define X86_HOLE_START 0xa0000ull /* video memory and BIOS */

int qy_plan_refuse(struct boot_plan *plan, const char *fmt, ...)
{
	if (plan->why && plan->why_size) {
		struct qy_seq seq;
		va_list ap;

		qy_seq_init(&seq, plan->why, plan->why_size);
		va_start(ap, fmt);
		qy_seq_vprintf(&seq, fmt, ap);
		va_end(ap);
	}
	return -QY_EINVAL;
}

int qy_plan_refuse_full(struct boot_plan *plan)
{
	return qy_plan_refuse(
		plan, "more than %u ranges of memory: merge some", MEMBLOCK_MAX);
}

/* ------------------------------------------------------------------ is this a board? */

static int check_numbers(struct boot_plan *plan)
{
	const struct qy_board *board = plan->board;
	const struct qy_vm_sysctl *vm = &board->vm;
	const struct {
		const char *name;
		s64 value, lo, hi;
	} limits[] = {
		{ "nr_cpus", board->nr_cpus, 1, QY_MAX_CPUS },
		{ "nr_nodes", board->nr_nodes, 1, QY_MAX_NODES },
		{ "nr_banks", board->nr_banks, 0, QY_MAX_BANKS },
		{ "nr_reserved", board->nr_reserved, 0, QY_MAX_RESERVED },
		{ "kernelcore percent", board->kernelcore.percent, 0, 100 },
		{ "movablecore percent", board->movablecore.percent, 0, 100 },
		{ "kernel.memmap_entry", board->kernel.memmap_entry, 0, QY_PAGE_SIZE },
		{ "vm.min_free_kbytes", vm->min_free_kbytes, -1, INT32_MAX },
		{ "vm.watermark_scale_factor", vm->watermark_scale_factor, 1, 3000 },
		{ "vm.extfrag_threshold", vm->extfrag_threshold, 0, 1000 },
		{ "vm.watermark_boost_factor", vm->watermark_boost_factor, 0, INT32_MAX },
		{ "vm.percpu_pagelist_high_fraction", vm->percpu_pagelist_high_fraction,
			vm->percpu_pagelist_high_fraction ? 8 : 0, INT32_MAX },
		{ "vm.mem_profiling", vm->mem_profiling, -1, 1 },
		{ "vm.panic_on_oom", vm->panic_on_oom, 0, 2 },
		{ "vm.overcommit_memory", vm->overcommit_memory, 0, 2 },
		{ "vm.overcommit_kbytes", vm->overcommit_kbytes, 0, INT64_MAX },
		{ "vm.admin_reserve_kbytes", vm->admin_reserve_kbytes, -1, INT64_MAX },
		{ "vm.user_reserve_kbytes", vm->user_reserve_kbytes, -1, INT64_MAX },
		{ "vm.compaction_proactiveness", vm->compaction_proactiveness, 0, 100 },
		{ "vm.swappiness", vm->swappiness, 0, 200 },
		{ "vm.vfs_cache_pressure", vm->vfs_cache_pressure, 0, INT32_MAX },
		{ "vm.dirty_background_ratio", vm->dirty_background_ratio, 0, 100 },
		{ "vm.dirty_ratio", vm->dirty_ratio, 0, 100 },
		{ "vm.dirty_background_bytes", vm->dirty_background_bytes, 0,
			QY_MAX_DIRTY_BYTES },
		{ "vm.dirty_bytes", vm->dirty_bytes, 0, QY_MAX_DIRTY_BYTES },
		{ "vm.dirty_expire_centisecs", vm->dirty_expire_centisecs, 0, INT32_MAX },
		{ "vm.dirty_writeback_centisecs", vm->dirty_writeback_centisecs, 0,
			INT32_MAX },
	};

	for (u32 i = 0; i < ARRAY_SIZE(limits); i++)
		if (limits[i].value < limits[i].lo || limits[i].value > limits[i].hi)
			return qy_plan_refuse(plan, "%s is %lld: must be %lld..%lld",
				limits[i].name, (long long)limits[i].value,
				(long long)limits[i].lo, (long long)limits[i].hi);
	for (u32 cpu = 0; board->cpu_node && cpu < board->nr_cpus; cpu++)
		if (board->cpu_node[cpu] >= board->nr_nodes)
			return qy_plan_refuse(plan,
				"CPU %u is on node %u: the board has %u nodes", cpu,
				board->cpu_node[cpu], board->nr_nodes);
	if (board->policy > QY_POLICY_QUARRY)
		return qy_plan_refuse(plan, "unknown policy %d", (int)board->policy);
	if (board->arch > QY_ARCH_X86_64)
		return qy_plan_refuse(plan, "unknown architecture %d", (int)board->arch);
	return 0;
}

static int check_reserved(struct boot_plan *plan)
{
	const struct qy_board *board = plan->board;

	for (u32 i = 0; i < board->nr_reserved; i++) {
		const struct qy_reserved *r = &board->reserved[i];
		u64 end;

		if (!r->name)
			return qy_plan_refuse(plan, "reservation %u has no name", i);
		if (r->size > UINT64_MAX - 2 * SZ_1M ||
			(!(r->flags & QY_RESERVED_DYNAMIC) &&
				__builtin_add_overflow(
					r->base, r->size + QY_PAGE_SIZE, &end)))
			return qy_plan_refuse(plan,
				"reservation %s: 0x%llx bytes at 0x%llx reach past 64 bits",
				r->name, (unsigned long long)r->size,
				(unsigned long long)r->base);
	}
	return 0;
}

/* ------------------------------------------------------------------ RAM */

static int add_bank(struct boot_plan *plan, const struct qy_bank *bank)
{
	unsigned int bits = plan->board->arch == QY_ARCH_ARM64 ? 48 : 46;
	u64 end;

	if (__builtin_add_overflow(bank->base, bank->size, &end) || end > 1ull << bits)
		return qy_plan_refuse(plan,
			"RAM at 0x%llx (0x%llx bytes) reaches past the %u address bits of %s",
			(unsigned long long)bank->base, (unsigned long long)bank->size,
			bits, plan->board->arch == QY_ARCH_ARM64 ? "arm64" : "x86-64");
	if (bank->node >= plan->board->nr_nodes)
		return qy_plan_refuse(plan,
			"RAM at 0x%llx is on node %u: the board has %u nodes",
			(unsigned long long)bank->base, bank->node,
			plan->board->nr_nodes);
	if (qy_memblock_overlaps(&plan->mb.memory, bank->base, end))
		return qy_plan_refuse(plan, "the RAM bank at 0x%llx overlaps another one",
			(unsigned long long)bank->base);

	u64 first = round_up(bank->base, QY_PAGE_SIZE),
	    last = round_down(end, QY_PAGE_SIZE);

	if (first < last && qy_memblock_add(&plan->mb.memory, first, last, bank->node))
		return qy_plan_refuse_full(plan);
	return 0;
}

/* mem=: what lies above the first @limit bytes of RAM goes. */
static void limit_memory(struct memblock_type *memory, u64 limit)
{
	u64 kept = 0;

	for (u32 i = 0; i < memory->nr; i++) {
		struct memblock_region *region = &memory->region[i];

		region->size = min(region->size, round_down(limit - kept, QY_PAGE_SIZE));
		kept += region->size;
		if (!region->size) {
			memory->nr = i;
			return;
		}
	}
}

static int plan_memory(struct boot_plan *plan)
{
	const struct qy_board *board = plan->board;
	struct memblock_type *memory = &plan->mb.memory;
	int err;

	for (u32 i = 0; i < board->nr_banks; i++) {
		err = add_bank(plan, &board->banks[i]);
		if (err)
			return err;
	}
	if (board->arch == QY_ARCH_X86_64 &&
		(qy_memblock_remove(memory, 0, QY_PAGE_SIZE) ||
			qy_memblock_remove(memory, X86_HOLE_START, SZ_1M)))
		return qy_plan_refuse_full(plan);
	if (board->mem_limit)
		limit_memory(memory, board->mem_limit);
	for (u32 i = 0; i < memory->nr; i++)
		plan->total_pages += PFN_DOWN(memory->region[i].size);
	if (!plan->total_pages)
		return qy_plan_refuse(
			plan, "the board has no RAM: give it a bank, or a size with -m");
	if (plan->total_pages > MAX_FRAMES)
		return qy_plan_refuse(plan, "more than 8 TiB of RAM");
	return 0;
}

static u64 ram_end(const struct boot_plan *plan)
{
	return memblock_end(&plan->mb.memory.region[plan->mb.memory.nr - 1]);
}

/* ------------------------------------------------------------------ the kernel itself */

/* The usual place: 16 MiB on x86-64, RAM start + 2 MiB on arm64; else the lowest that holds it. */
static u64 find_image(const struct boot_plan *plan, u64 size)
{
	bool arm64 = plan->board->arch == QY_ARCH_ARM64;
	struct memblock_want want = {
		.size = size,
		.align = SZ_2M,
		.lo = arm64 ? round_up(plan->mb.memory.region[0].base, SZ_2M) + SZ_2M
			    : SZ_16M,
		.hi = UINT64_MAX,
		.bottom_up = true,
	};
	u64 base = qy_memblock_find(&plan->mb, &want);

	if (base != MEMBLOCK_NOWHERE)
		return base;
	want.lo = arm64 ? 0 : SZ_1M;
	return qy_memblock_find(&plan->mb, &want);
}

static int reserve_image_at(struct boot_plan *plan, u64 base)
{
	const struct qy_kernel_image *k = &plan->board->kernel;
	u64 before_init = k->code + k->rodata + k->rwdata;
	u64 size = round_up(before_init + k->init + k->bss, QY_PAGE_SIZE);

	if (max(max(k->code, k->rodata), max(k->rwdata, max(k->init, k->bss))) > SZ_4G ||
		base > UINT64_MAX / 2)
		return qy_plan_refuse(plan,
			"the kernel image has a part of more than 4 GiB, "
			"or lies past 63 bits");
	if (!size)
		return 0;
	if (!base)
		base = find_image(plan, size);
	if (base == MEMBLOCK_NOWHERE ||
		!qy_memblock_overlaps(&plan->mb.memory, base, base + size))
		return qy_plan_refuse(plan,
			"no RAM for the kernel image of %llu KiB: more RAM, or smaller kernel sizes",
			(unsigned long long)size / 1024);
	plan->image = (struct qy_range){ base, size };
	plan->init.base = round_up(base + before_init, QY_PAGE_SIZE);
	plan->init.size = k->init & ~(u64)(QY_PAGE_SIZE - 1);
	return qy_plan_reserve(plan, base, size);
}

/* Where the image is known to lie it lay before the tree was read; else it goes where the tree leaves room. */
static int reserve_known_image(struct boot_plan *plan)
{
	u64 base = plan->board->kernel.base;

	return base ? reserve_image_at(plan, base) : 0;
}

static int reserve_image(struct boot_plan *plan)
{
	return plan->board->kernel.base ? 0 : reserve_image_at(plan, 0);
}

/* struct page of every frame, at the top of the node whose frames they are; elsewhere where it has no room. */
static int reserve_memmap(struct boot_plan *plan, u32 node)
{
	struct memblock_cursor cursor;
	struct memblock_region gap, highest;
	u64 need = 0;

	for (u32 i = 0; i < plan->mb.memory.nr; i++)
		if (plan->mb.memory.region[i].node == node)
			need += PFN_DOWN(plan->mb.memory.region[i].size);
	need = round_up(need * plan->board->kernel.memmap_entry, QY_PAGE_SIZE);
	while (need) {
		cursor = (struct memblock_cursor){ .at = 0 };
		highest.size = 0;
		highest.node = UINT32_MAX;
		while (qy_memblock_next_free(&plan->mb, &cursor, &gap))
			if (gap.node == node || highest.node != node)
				highest = gap;
		if (!highest.size)
			return qy_plan_refuse(plan,
				"no RAM left for the memmap of node %u: give the board more RAM or reserve less of it",
				node);

		u64 here = min(need, highest.size);
		int err = qy_plan_reserve(plan, memblock_end(&highest) - here, here);

		if (err)
			return err;
		need -= here;
	}
	return 0;
}

static int reserve_memmaps(struct boot_plan *plan)
{
	int err = 0;

	for (u32 node = 0; node < plan->board->nr_nodes && !err; node++)
		err = reserve_memmap(plan, node);
	return err;
}

/* ------------------------------------------------------------------ cma= */

static bool cma_is_fixed(const struct qy_cma_request *cma)
{
	return cma->base && (!cma->limit || cma->limit - cma->base <= cma->size);
}

static u64 cma_limit(const struct boot_plan *plan)
{
	bool below_dma =
		plan->board->arch == QY_ARCH_ARM64 && !plan->board->cma_in_movable;
	u64 limit =
		below_dma ? min(qy_plan_dma_limit(plan), ram_end(plan)) : ram_end(plan);

	if (plan->board->cma.limit && !cma_is_fixed(&plan->board->cma))
		limit = min(plan->board->cma.limit, limit);
	return cma_is_fixed(&plan->board->cma) ? limit : round_down(limit, CMA_ALIGN);
}

/*
 * Above 4 GiB where that is allowed and RAM reaches there, to spare low memory; else the highest place. For zone Movable
 * always the latter: the zone is the end of memory.
 */
static u64 find_cma(struct boot_plan *plan, u64 size)
{
	const struct qy_cma_request *cma = &plan->board->cma;
	struct memblock_want want = { .size = size, .align = CMA_ALIGN };

	plan->cma_limit = cma_limit(plan);
	want.hi = plan->cma_limit;
	if (cma_is_fixed(cma) && cma->base & (CMA_ALIGN - 1)) {
		plan->cma_error = CMA_MISALIGNED;
		return MEMBLOCK_NOWHERE;
	}
	want.lo = round_up(cma->base, CMA_ALIGN);
	if (cma_is_fixed(cma) && want.lo < ram_end(plan) &&
		want.lo + size > ram_end(plan)) {
		plan->cma_error = CMA_ACROSS_END;
		return MEMBLOCK_NOWHERE;
	}
	if (want.lo + size > want.hi) {
		plan->cma_error = CMA_PAST_LIMIT;
		return MEMBLOCK_NOWHERE;
	}
	if (cma_is_fixed(cma)) {
		want.hi = cma->base + size;
	} else if (ram_end(plan) >= SZ_4G + size && !plan->board->cma_in_movable) {
		struct memblock_want high = want;
		u64 base;

		high.lo = max(want.lo, SZ_4G);
		high.bottom_up = true;
		base = qy_memblock_find(&plan->mb, &high);
		if (base != MEMBLOCK_NOWHERE)
			return base;
	}
	return qy_memblock_find(&plan->mb, &want);
}

static int reserve_cma(struct boot_plan *plan)
{
	const struct qy_cma_request *cma = &plan->board->cma;

	if (!cma->given || !cma->size)
		return 0;
	if (cma->size > UINT64_MAX - CMA_ALIGN || cma->base > UINT64_MAX / 2 ||
		cma->size > UINT64_MAX / 2)
		return qy_plan_refuse(plan,
			"cma=: 0x%llx bytes at 0x%llx reach past 64 bits",
			(unsigned long long)cma->size, (unsigned long long)cma->base);

	u64 size = round_up(cma->size, CMA_ALIGN);
	u64 base = find_cma(plan, size);

	plan->cma = (struct qy_range){ round_up(cma->base, CMA_ALIGN), size };
	if (base == MEMBLOCK_NOWHERE) {
		if (plan->cma_error == CMA_FITS)
			plan->cma_error = CMA_NO_ROOM;
		return 0;
	}
	plan->cma.base = base;
	return qy_plan_reserve(plan, base, size);
}

/* ------------------------------------------------------------------ KFENCE */

/* Two pages at the begin, then two for each object. Where there is no room, there is none: said when it would begin. */
static int reserve_kfence(struct boot_plan *plan)
{
	const struct qy_board_kfence *kfence = &plan->board->kfence;
	u64 size = (u64)(kfence->num_objects + 1) * 2 * QY_PAGE_SIZE;
	struct memblock_want want = { .size = size,
		.align = (u64)QY_PAGE_SIZE << QY_PAGEBLOCK_ORDER,
		.lo = SZ_1M,
		.hi = UINT64_MAX };
	u64 base;

	if (!kfence->sample_interval_ms || !kfence->num_objects)
		return 0;
	base = qy_memblock_find(&plan->mb, &want);
	if (base == MEMBLOCK_NOWHERE)
		return 0;
	plan->kfence = (struct qy_range){ base, size };
	return qy_plan_reserve(plan, base, size);
}

/* ------------------------------------------------------------------ all of it */

int qy_plan_boot(
	struct boot_plan *plan, const struct qy_board *board, char *why, size_t why_size)
{
	static int (*const arm64[])(struct boot_plan *) = { check_numbers, check_reserved,
		plan_memory, reserve_known_image, qy_plan_reserve_static, reserve_image,
		qy_plan_reserve_dynamic, reserve_memmaps, reserve_cma, reserve_kfence };
	static int (*const x86_64[])(struct boot_plan *) = { check_numbers,
		check_reserved, plan_memory, reserve_known_image, qy_plan_reserve_static,
		reserve_image, qy_plan_reserve_dynamic, reserve_cma, reserve_memmaps,
		reserve_kfence };

	memset(plan, 0, sizeof(*plan));
	plan->board = board;
	plan->why = why;
	plan->why_size = why_size;
	plan->zones_per_node = board->zone_device ? QY_MAX_NR_ZONES : QY_ZONE_DEVICE;
	/* the low MiB is the firmware's */
	if (board->arch == QY_ARCH_X86_64 && qy_plan_reserve(plan, 0, SZ_1M))
		return -QY_EINVAL;
	for (u32 step = 0; step < ARRAY_SIZE(arm64); step++) {
		int err = (board->arch == QY_ARCH_ARM64 ? arm64 : x86_64)[step](plan);

		if (err)
			return err;
	}
	plan->nr_zones = plan->zones_per_node * board->nr_nodes;
	qy_plan_zones(plan);
	qy_plan_areas(plan);
	qy_plan_index(plan, NULL, NULL);
	return 0;
}
