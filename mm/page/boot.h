/* SPDX-License-Identifier: MIT */
/*
 * How a board becomes the frames of a machine: first a plan, which touches nothing, then the doing, which cannot fail.
 *
 *   qy_plan_boot()     board -> memblock, zones, index space; or the reason why not
 *   qy_page_boot()     plan -> free map, zonelists, watermarks, boot log
 *   qy_page_validate() the page room's part of qy_machine_validate()
 *
 * Locking: one thread, before anybody else knows the machine.
 */
#ifndef QY_PAGE_BOOT_H
#define QY_PAGE_BOOT_H

#include "mm/page/internal.h"

#define PFN_DOWN(address) ((address) >> QY_PAGE_SHIFT)
#define PFN_PHYS(pfn)     ((u64)(pfn) << QY_PAGE_SHIFT)
#define MEMBLOCK_NOWHERE  UINT64_MAX
#define MAX_ZONES         (QY_MAX_NODES * QY_MAX_NR_ZONES)

/* ------------------------------------------------------------------ memblock.c: page-aligned ranges */

/* Return: 0, or -ENOSPC when MEMBLOCK_MAX ranges are not enough. What is there already stays as it is. */
int qy_memblock_add(struct memblock_type *type, u64 base, u64 end, u32 node);
int qy_memblock_remove(struct memblock_type *type, u64 base, u64 end);
int qy_memblock_mark(struct memblock_type *type, u64 base, u64 end, u32 flags);
int qy_memblock_unmark(struct memblock_type *type, u64 base, u64 end, u32 flags);
bool qy_memblock_overlaps(const struct memblock_type *type, u64 base, u64 end);

static inline u64 memblock_end(const struct memblock_region *region)
{
	return region->base + region->size;
}

/* Walks what is RAM, mapped, and not reserved, upwards. Zero to start. */
struct memblock_cursor {
	u32 memory, reserved;
	u64 at;
};
bool qy_memblock_next_free(const struct memblock *mb, struct memblock_cursor *cursor,
	struct memblock_region *found);

struct memblock_want {
	u64 size, align; /* bytes; align: power of two */
	u64 lo, hi;      /* within [lo, hi) */
	bool bottom_up;  /* else the highest place */
};
/* Return: where it would go, or MEMBLOCK_NOWHERE. Reserves nothing. */
u64 qy_memblock_find(const struct memblock *mb, const struct memblock_want *want);

/* ------------------------------------------------------------------ the plan */

struct zone_plan {
	u64 start_pfn, end_pfn; /* the span; equal = no span */
	u64 present;
	u32 first_frame, nr_frames;
};

enum placement {
	PLACED_NOT, /* no room, no size, or malformed */
	PLACED,
	PLACED_BUSY,  /* no-map, where something is kept already: it stays mapped */
	PLACED_FREED, /* its pool could not be set up: given back */
};

enum cma_error {
	CMA_FITS,
	CMA_NO_ROOM,
	CMA_MISALIGNED, /* a fixed place that is no multiple of a pageblock */
	CMA_ACROSS_END, /* a fixed place that begins in RAM and ends past all of it */
	CMA_PAST_LIMIT,
};

/* A run of frames that movable pages may borrow. */
struct area_plan {
	const char *name; /* of the node; "reserved" for cma= */
	u64 base, size;   /* whole pageblocks */
	bool is_default;
	bool guaranteed; /* lends to droppable pages only */
	bool lent;       /* set when its frames have been given to their zone */
};

struct boot_plan {
	const struct qy_board *board;
	struct memblock mb;
	u32 zones_per_node, nr_zones;
	u64 zone_low[QY_MAX_NR_ZONES],
		zone_high[QY_MAX_NR_ZONES]; /* pfn limits of a kind, all nodes */
	u64 movable_pfn
		[QY_MAX_NODES]; /* where the node's Movable zone starts; 0 = it has none */
	u64 node_start[QY_MAX_NODES], node_end[QY_MAX_NODES]; /* pfn; equal = no memory */
	struct zone_plan zone[MAX_ZONES];
	struct qy_range image, init; /* the kernel; its part that is given back late */
	struct qy_range placed[QY_MAX_RESERVED]; /* by board->reserved index */
	u8 placement[QY_MAX_RESERVED];
	struct qy_range
		cma; /* of cma=; size 0 = none; where it failed, what was wanted */
	u64 cma_limit;
	struct qy_range kfence; /* its pool; size 0: none */
	u8 cma_error;           /* enum cma_error */
	struct area_plan area[QY_MAX_CMA_AREAS];
	u32 nr_areas, nr_areas_refused; /* the table has no slot for the latter */
	u64 total_pages;                /* RAM of all nodes */
	u32 nr_frames, nr_extents;
	char *why;
	size_t why_size;
};

/* Return: 0, or -EINVAL with one line in @why. */
int qy_plan_boot(
	struct boot_plan *plan, const struct qy_board *board, char *why, size_t why_size);

/* The steps of it that live in plan_reserve.c. Return: 0, or -EINVAL with the reason. */
int qy_plan_reserve(struct boot_plan *plan, u64 base, u64 size);
int qy_plan_reserve_static(struct boot_plan *plan);
int qy_plan_reserve_dynamic(struct boot_plan *plan);

/* What of it may be lent, in the order in which Linux sets the areas up. */
void qy_plan_areas(struct boot_plan *plan);

/* A default pool of the tree gives way to cma= on the command line. */
static inline bool pool_gives_way(
	const struct qy_board *board, const struct qy_reserved *r)
{
	const u32 area = QY_RESERVED_CMA_DEFAULT | QY_RESERVED_DMA_POOL;

	return board->cma.given && (r->flags & area) == area;
}

/* What /reserved-memory, and not another part of the tree, asked for. */
static inline bool is_of_reserved_memory(const struct qy_reserved *r)
{
	return !(r->flags & (QY_RESERVED_MEMRESERVE | QY_RESERVED_FREE_LATE));
}

/* The steps of it that live in plan_zone.c. */
u64 qy_plan_dma_limit(const struct boot_plan *plan);
void qy_plan_zones(struct boot_plan *plan);

/* Index space: counts frames and extents into @plan; writes them where given. */
void qy_plan_index(struct boot_plan *plan, u32 *chunk, struct qy_extent *extents);

/* Prints one line of @plan's reason; of the usual one. Return: -EINVAL. */
int qy_plan_refuse_full(struct boot_plan *plan);
int qy_plan_refuse(struct boot_plan *plan, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline u32 board_cpu_node(const struct qy_board *board, u32 cpu)
{
	return board->cpu_node ? board->cpu_node[cpu] : 0;
}

static inline u32 board_cpus_of_node(const struct qy_board *board, u32 node)
{
	u32 nr = 0;

	for (u32 cpu = 0; cpu < board->nr_cpus; cpu++)
		nr += board_cpu_node(board, cpu) == node;
	return nr;
}

/* ------------------------------------------------------------------ the doing */

/* pre: the tables are laid out, all zero but the pointers in *m and in its zones. */
/* Return: false when the board's RAM runs out at boot, which has been said. */
bool qy_page_boot(struct qy_machine *m, struct boot_plan *plan);
/* page_ext.c: what the kernel keeps for page_owner=on leaves the free memory. Return: as qy_page_boot(). */
bool qy_page_ext_init(struct qy_machine *m);
bool qy_page_validate(struct qy_machine *m, char *why, size_t why_size);

/* boot_log_reserved.c */
void qy_log_reservations(const struct qy_machine *m, const struct boot_plan *plan);

/* boot_log.c */
void qy_log_board(const struct qy_machine *m);
void qy_log_numa(const struct qy_machine *m, const struct boot_plan *plan);
void qy_log_zones(const struct qy_machine *m, const struct boot_plan *plan);
void qy_log_cma(const struct qy_machine *m, const struct boot_plan *plan);
void qy_log_objects(const struct qy_machine *m);
void qy_log_memory(const struct qy_machine *m, const struct boot_plan *plan);

/* zone.c: min_free_kbytes, watermarks and reserves for the first time */
void qy_init_per_zone_wmark_min(struct qy_machine *m);

#endif
