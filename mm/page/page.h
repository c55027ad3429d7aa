/* SPDX-License-Identifier: MIT */
/*
 * The page room: frames, pageblocks, zones. What other rooms may know of it.
 *
 * A frame has an index. Index space is physical memory with the gaps left out: for each (node, zone) in order, the
 * 4 MiB chunks that hold RAM of that zone, in address order. A chunk that a zone edge cuts appears once for each
 * side, each with its own frames only (the others are holes). So
 *   - the index of a frame and its pfn agree in the low 10 bits: buddy arithmetic works on indexes;
 *   - a pageblock, and an order-10 pair, belongs to exactly one zone: blocks never merge across zones or nodes;
 *   - a zone is one run of indexes.
 *
 * Three records per frame: the hot word (state, order, count; the only one order-0 traffic touches), struct page (the
 * cold part, what `struct page *` points to), its 4 KiB in the window. All three are found by the same index.
 *
 * Locking: a hot word changes by compare-exchange while the frame is allocated, by plain store while it is owned by
 * one list (per-CPU list: its owner; free map: zone->lock). "Free" is what the free map says, under zone->lock.
 */
#ifndef QY_PAGE_PAGE_H
#define QY_PAGE_PAGE_H

#include "mm/base/assert.h"
#include "mm/base/atomic.h"
#include "mm/base/bitops.h"
#include "mm/base/cpu.h"
#include "mm/base/lock.h"
#include "mm/base/types.h"
#include <quarry.h>
#include <quarry/movable.h>
#include <quarry/stats.h>

#define CHUNK_ORDER             QY_MAX_PAGE_ORDER
#define CHUNK_FRAMES            (1u << CHUNK_ORDER)
#define BLOCK_FRAMES            (1u << QY_PAGEBLOCK_ORDER)
#define BLOCK_WORDS             (BLOCK_FRAMES / 64)
#define NO_FRAME                UINT32_MAX
#define PAGE_ALLOC_COSTLY_ORDER 3
#define MAX_RECLAIM_RETRIES     16u /* fruitless runs after which reclaim gives up */

enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_PCPTYPES,
	MIGRATE_HIGHATOMIC = MIGRATE_PCPTYPES,
	MIGRATE_CMA,
	MIGRATE_ISOLATE,
	MIGRATE_TYPES,
	/* of a CMA area that lends to droppable pages only: CMA in every view, with lists of its own */
	MIGRATE_GUARANTEED = MIGRATE_TYPES,
	NR_BLOCK_TYPES,
};

/* As Linux would name it. */
static inline u8 shown_migratetype(u8 mt)
{
	return mt == MIGRATE_GUARANTEED ? MIGRATE_CMA : mt;
}

_Static_assert(MIGRATE_TYPES == QY_MIGRATE_TYPES, "the public header counts them too");

/* ------------------------------------------------------------------ the hot word
 *
 *   31                 13 12   9 8     5 4      0
 *  +---------------------+------+-------+--------+
 *  |      refcount       | flags| order | state  |
 *  +---------------------+------+-------+--------+
 *
 * All zero: free, or covered by the head of a larger block (page_state() tells which).
 * order counts in PG_ALLOCATED (a head), PG_PCP and PG_TAIL (order of the compound block: the head is the frame
 * with the low `order` index bits clear).
 */
enum page_state {
	PG_FREE,      /* in the free map, or covered by a head */
	PG_PCP,       /* head of a block on a per-CPU list */
	PG_ALLOCATED, /* head of a block that a caller owns */
	PG_TAIL,      /* part of a compound block */
	PG_RESERVED,  /* RAM that boot kept: kernel, device tree, memmap */
	PG_NOMAP,     /* RAM outside the linear mapping */
	PG_HOLE,      /* an index without RAM */
};

enum {
	PGF_COMP = 1 << 0,     /* head of a compound block */
	PGF_MOVABLE = 1 << 1,  /* a user's page: could be moved or dropped */
	PGF_OWNED = 1 << 2,    /* another room's: qy_free_pages() refuses it, see below */
	PGF_ISOLATED = 1 << 3, /* a mover holds it; who set the flag clears it */
};

#define HOT_STATE_MASK  0x1fu
#define HOT_ORDER_SHIFT 5
#define HOT_ORDER_MASK  0xfu
#define HOT_FLAGS_SHIFT 9
#define HOT_FLAGS_MASK  0xfu
#define HOT_REF_SHIFT   13
#define HOT_REF_ONE     (1u << HOT_REF_SHIFT)
#define HOT_REF_MAX \
	(UINT32_MAX >> HOT_REF_SHIFT) /* saturated: the frame is never freed */

static inline u32 hot_make(enum page_state state, unsigned int order, u32 flags, u32 refs)
{
	return (u32)state | order << HOT_ORDER_SHIFT | flags << HOT_FLAGS_SHIFT |
	       refs << HOT_REF_SHIFT;
}

static inline enum page_state hot_state(u32 hot)
{
	return (enum page_state)(hot & HOT_STATE_MASK);
}

static inline unsigned int hot_order(u32 hot)
{
	return hot >> HOT_ORDER_SHIFT & HOT_ORDER_MASK;
}

static inline u32 hot_flags(u32 hot)
{
	return hot >> HOT_FLAGS_SHIFT & HOT_FLAGS_MASK;
}

static inline u32 hot_refs(u32 hot)
{
	return hot >> HOT_REF_SHIFT;
}

/* An owned block with PGF_MOVABLE is of a movable kind: its cold part names the owner. Without, it holds objects. */
#define PGF_MOVABLE_KIND (PGF_OWNED | PGF_MOVABLE)
static inline bool hot_is_movable_kind(u32 hot)
{
	return (hot_flags(hot) & PGF_MOVABLE_KIND) == PGF_MOVABLE_KIND;
}

/* The cold part of a frame. Not touched by order-0 traffic. */
struct page {
	u32 link[4]; /* ids and list links of the room that owns the frame */
	u32 private_
		[2]; /* eight bytes for the owner, read and written through accessors */
};
_Static_assert(
	sizeof(struct page) == 24, "24 bytes a frame, see design of the page room");

/* ------------------------------------------------------------------ pages that can be moved */

enum movable_kind {
	MOVABLE_HANDLE,    /* reached through qy_handle_pin() */
	MOVABLE_DROPPABLE, /* the same, and its content may be forgotten */
	MOVABLE_MAPPED,    /* a page of a range with plain addresses */
	MOVABLE_LRU,       /* of a task or of the page cache: the task room's */
	NR_MOVABLE_KINDS,
};

/* In the cold part of an owned frame; private_ stays the owner's own. */
#define LINK_KIND     0 /* enum movable_kind in the low byte; the rest is the owner's own */
#define KIND_MASK     0xffu
#define LINK_INDEX    1 /* which page of its mapped range */
#define LINK_OWNER_LO 2 /* address of what owns the frame */
#define LINK_OWNER_HI 3

/*
 * How frames of one kind are moved. All entries but needs_target: the frame is a head in PG_ALLOCATED with PGF_OWNED,
 * and the caller has set PGF_ISOLATED, so that the owner stays. None may sleep, but migrate and migrate_many may
 * call the port, so no lock is held.
 */
struct movable_ops {
	const char *name;
	bool needs_target; /* its bytes go somewhere; else they are forgotten */
	/* From here nobody touches the bytes. Return: 0, -EBUSY: somebody does, and it stays as it was. */
	int (*isolate)(struct qy_machine *m, u32 frame);
	/* pre: isolated. Copies, and sends the owner to @to (NO_FRAME without needs_target). Return: 0, or -errno: as before. */
	int (*migrate)(struct qy_machine *m, u32 from, u32 to);
	/*
	 * May be NULL. The same for many of order 0: from[i] goes to to[i]. Return: how many have moved; both arrays are
	 * sorted as it likes, those that moved first, the others isolated still.
	 */
	u32 (*migrate_many)(struct qy_machine *m, u32 *from, u32 *to, u32 nr);
	/* pre: isolated. It stays where it is after all. */
	void (*putback)(struct qy_machine *m, u32 frame);
	/* Who holds it, and who keeps it from moving. */
	void (*holder)(const struct qy_machine *m, u32 frame, struct qy_holder *out);
	/* Is the frame what its owner believes? pre: nobody else is in the machine. */
	bool (*validate)(
		const struct qy_machine *m, u32 frame, char *why, size_t why_size);
};

/* Of an owned frame; a guess unless PGF_ISOLATED is the caller's. May be no kind at all then. */
static inline u32 page_kind(const struct page *page)
{
	return READ_ONCE(page->link[LINK_KIND]) & KIND_MASK;
}

/* ------------------------------------------------------------------ statistics of a node */

/* In the order of /proc/vmstat of a 6.12 kernel with CMA and NUMA; Linux's names. */
enum node_stat_item {
	NR_INACTIVE_ANON,
	NR_ACTIVE_ANON,
	NR_INACTIVE_FILE,
	NR_ACTIVE_FILE,
	NR_UNEVICTABLE,
	NR_SLAB_RECLAIMABLE, /* these two: machine->slab_pages */
	NR_SLAB_UNRECLAIMABLE,
	NR_ISOLATED_ANON,
	NR_ISOLATED_FILE,
	WORKINGSET_NODES,
	WORKINGSET_REFAULT_ANON,
	WORKINGSET_REFAULT_FILE,
	WORKINGSET_ACTIVATE_ANON,
	WORKINGSET_ACTIVATE_FILE,
	WORKINGSET_RESTORE_ANON,
	WORKINGSET_RESTORE_FILE,
	WORKINGSET_NODERECLAIM,
	NR_ANON_MAPPED,
	NR_FILE_MAPPED,
	NR_FILE_PAGES,
	NR_FILE_DIRTY,
	NR_WRITEBACK,
	NR_WRITEBACK_TEMP,
	NR_SHMEM,
	NR_SHMEM_THPS,
	NR_SHMEM_PMDMAPPED,
	NR_FILE_THPS,
	NR_FILE_PMDMAPPED,
	NR_ANON_THPS,
	NR_VMSCAN_WRITE,
	NR_VMSCAN_IMMEDIATE,
	NR_DIRTIED,
	NR_WRITTEN,
	NR_THROTTLED_WRITTEN,
	NR_KERNEL_MISC_RECLAIMABLE,
	NR_FOLL_PIN_ACQUIRED,
	NR_FOLL_PIN_RELEASED,
	NR_KERNEL_STACK_KB,
	NR_PAGETABLE,
	NR_SECONDARY_PAGETABLE,
	NR_SWAPCACHE,
	PGDEMOTE_KSWAPD,
	PGDEMOTE_DIRECT,
	PGDEMOTE_KHUGEPAGED,
	NR_VM_NODE_STAT_ITEMS,
};

/* The lists of a node, and what of them lies in a zone: the first five of the statistics. */
enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS,
};

/* ------------------------------------------------------------------ pageblocks */

enum {
	PB_COMMITTED = 1 << 0, /* the port has put memory behind it */
	PB_PAIR = 1 << 1,      /* lower half of a free order-10 block */
	PB_HOLES = 1 << 2,     /* and has taken some of it back (trim.c) */
};

/*
 * One pageblock of one zone. zone->lock must be held to change any field; migratetype and flags are read without it.
 *   nr_free == number of set bits in the block's line == sum of nr[o] << o (+ 512 when it is half of a pair)
 */
struct qy_pageblock {
	u8 migratetype;
	u8 flags;
	u8 zone;             /* index into machine->zones */
	u8 before_isolation; /* migratetype that it gets back */
	u16 nr_free;
	/* free blocks of exactly that order; 0 in both halves of a pair */
	u16 nr[QY_PAGEBLOCK_ORDER + 1];
	u16 present;            /* frames that are RAM */
	u16 reserved;           /* of these, kept by boot */
	u16 hollow;             /* free frames that have no memory behind them */
} __attribute__((aligned(32))); /* the descriptor of a frame is found by a shift */

/* The lock is held; others look. */
static inline void set_block_flags(struct qy_pageblock *pb, int flags)
{
	WRITE_ONCE(pb->flags, (u8)flags);
}

/* The type that the pageblock has when nobody has set it aside. */
static inline u8 home_migratetype(const struct qy_pageblock *pb)
{
	u8 mt = READ_ONCE(pb->migratetype);

	return mt == MIGRATE_ISOLATE ? READ_ONCE(pb->before_isolation) : mt;
}

/* ------------------------------------------------------------------ zones */

enum zone_watermarks {
	WMARK_MIN,
	WMARK_LOW,
	WMARK_HIGH,
	WMARK_PROMO,
	NR_WMARK,
};

enum {
	ZONE_BOOSTED_WATERMARK =
		1 << 0, /* boost was raised; the next allocation wakes kswapd */
	ZONE_RECLAIM_ACTIVE = 1 << 1, /* kswapd is at work here */
	ZONE_BELOW_HIGH =
		1 << 2, /* seen below the high watermark; per-CPU lists stay small */
};

/* Which pageblocks hold a maximal free block of one order and type. One bit a block, one summary bit a word. */
struct free_index {
	u64 *bits;
	u64 *summary;
};

struct free_area {
	u64 nr_free; /* blocks of all types */
	u64 nr_type[NR_BLOCK_TYPES];
	struct free_index index[NR_BLOCK_TYPES];
};

/* Events of one zone, counted in the per-CPU set of the CPU they happen on, by its owner only. */
enum zone_event {
	PGALLOC, /* frames */
	PGFREE,
	NUMA_HIT, /* allocations */
	NUMA_MISS,
	NUMA_FOREIGN,
	NUMA_LOCAL,
	NUMA_OTHER,
	NR_ZONE_EVENTS,
};

struct per_cpu_pages;

struct zone {
	/* read mostly */
	struct qy_machine *machine;
	const char *name;
	u8 id;   /* index into machine->zones */
	u8 type; /* enum qy_zone_type */
	u8 node;
	u32 flags; /* ZONE_*; atomic */
	u64 _watermark[NR_WMARK];
	u64 watermark_boost;
	u64 lowmem_reserve[QY_MAX_NR_ZONES];
	u64 nr_reserved_highatomic;    /* whole pageblocks, in frames */
	struct per_cpu_pages *pageset; /* by CPU */
	u32 first_frame, nr_frames;    /* run in index space, multiples of CHUNK_FRAMES */
	u64 zone_start_pfn, spanned_pages, present_pages;
	u64 managed_pages; /* atomic: boot gives init memory back late */
	u64 cma_pages;

	/* read without the lock by the watermark check, written under it */
	u64 nr_free_pages __attribute__((aligned(QY_CACHELINE)));
	u64 nr_free_cma;
	u64 nr_free_guaranteed; /* of these */

	/* the task room's, written under its lock */
	u64 nr_lru[NR_LRU_LISTS]; /* pages of each list that lie here */
	u64 nr_write_pending;     /* dirty and under writeback */
	u64 nr_skipped;           /* pages that reclaim for lower zones left alone */

	/* hints of compaction, without a lock: where its scanners stopped, and when it is worth trying again */
	u32 compact_migrate_frame, compact_free_frame;
	u32 compact_considered, compact_defer_shift;
	s32 compact_order_failed;

	/* policy quarry; hints as well */
	u32 room_wanted; /* bit mt: requests of that type are short of blocks of their own; atomic */
	u32 room_block; /* of the zone's, where the search for movable pages in the way goes on */
	u32 room_considered, room_defer_shift;

	/* lock must be held for these: */
	struct qy_spinlock lock;
	u16 free_orders[NR_BLOCK_TYPES]; /* bit o: free_area[o].nr_type[] is not 0 */
	struct free_area free_area[QY_NR_PAGE_ORDERS];
};

static inline u64 zone_managed_pages(const struct zone *zone)
{
	return READ_ONCE(zone->managed_pages);
}

static inline bool populated_zone(const struct zone *zone)
{
	return zone->present_pages != 0;
}

/* A watermark as every check reads it: with the current boost. */
static inline u64 wmark_pages(const struct zone *zone, enum zone_watermarks mark)
{
	return READ_ONCE(zone->_watermark[mark]) + READ_ONCE(zone->watermark_boost);
}

/* The zones a request may use, best first: this node's from high to low, then the other nodes' by distance. */
#define MAX_ZONELIST (QY_MAX_NODES * QY_MAX_NR_ZONES)
struct zonelist {
	u32 nr;
	u8 zone[MAX_ZONELIST]; /* index into machine->zones; populated ones only */
};

/* ------------------------------------------------------------------ what the contig room does to frames */

/* internal flags word of a request; values as Linux's, so that traces read alike */
#define ALLOC_WMARK_MASK    0x3u /* enum zone_watermarks */
#define ALLOC_NO_WATERMARKS 0x4u
#define ALLOC_OOM           0x8u
#define ALLOC_NON_BLOCK     0x10u
#define ALLOC_MIN_RESERVE   0x20u
#define ALLOC_CMA           0x80u
#define ALLOC_NOFRAGMENT    0x100u
#define ALLOC_HIGHATOMIC    0x200u
#define ALLOC_KSWAPD        0x800u
#define ALLOC_DROPPABLE     0x2000u /* ours: may borrow a guaranteed area, too */
#define ALLOC_OWN_TYPE \
	0x1000u /* ours: no block of another type, and no reserve instead */
#define ALLOC_RESERVES \
	(ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC | ALLOC_OOM)

bool qy_zone_watermark_ok(const struct zone *zone, unsigned int order, u64 mark,
	unsigned int highest_zone, unsigned int alloc_flags, u64 free_pages);

/* The highest kind of zone that a request may use. */
unsigned int qy_gfp_zone(const struct qy_machine *m, qy_gfp_t gfp);

/* What a frame is, found by probing aligned heads when its own word is zero. Takes zone->lock for the free map. */
struct frame_info {
	enum page_state state;
	u32 head;           /* first frame of its block */
	unsigned int order; /* of its block */
	u32 refs;           /* of the head */
	bool compound;
};
struct frame_info qy_page_state(struct qy_machine *m, u32 frame);

/* show_mem.c: a request failed. @what: "vmalloc error: ...". At most one in 10 s, and none with __GFP_NOWARN. */
void qy_warn_alloc_text(struct qy_machine *m, qy_gfp_t gfp, const char *what);

/* show_mem.c: "sleeping function called from invalid context", once a second. */
#define MIGHT_ALLOC                 \
	"include/linux/sched/mm.h", \
		321 /* where 6.12's might_alloc() says so of every allocation */
void qy_report_sleep_in_atomic(struct qy_machine *m, const char *file, int line);

/* Empties one set into the zone, from any CPU. May spin for the owner's critical section, not for its sleep. */
void qy_pcp_drain(struct zone *zone, unsigned int cpu);

/* The page room's part of a CPU's statistics tick. */
void qy_page_tick(struct qy_machine *m, unsigned int cpu);

/* freemap.c; zone->lock must be held for these, but for _first_busy(), which is a hint without it */

/*
 * Takes a block of @order from the free blocks of @mt, the smallest that suffices, lowest address first.
 * Return: its first frame, or NO_FRAME: none there, or the port could not commit host memory.
 */
u32 qy_freemap_take(struct zone *zone, unsigned int order, enum migratetype mt);
/* Frees 2^order frames and merges. pre: all their bits are clear, hot words are zero. */
void qy_freemap_put(struct zone *zone, u32 frame, unsigned int order);
/* The first frame of [first, last) that is not free, or @last. */
u32 qy_freemap_first_busy(const struct qy_machine *m, u32 first, u32 last);
/* Order of the free block that a free frame is part of. */
unsigned int qy_freemap_order_at(const struct qy_machine *m, u32 frame);
/* Takes exactly [first, last) of one zone. pre: all free, host memory behind them. The hot words are the caller's. */
void qy_freemap_take_range(struct zone *zone, u32 first, u32 last);
/* Puts host memory behind 2^order frames at @frame. Return: false when the host has none. */
bool qy_freemap_commit(struct zone *zone, u32 frame, unsigned int order);

/* ------------------------------------------------------------------ trim.c: memory that goes back to the host
 *
 * A pageblock with PB_HOLES is committed again, as a whole, before a frame of its free map is handed out; its frames go past the
 * per-CPU lists. Who gives frames back that it keeps for itself asks for them before it uses them: qy_back_frames().
 */
/* Return: false when the host has none. zone->lock is held. */
bool qy_commit_block(struct qy_machine *m, u32 block);
size_t qy_page_trim(struct qy_machine *m);
/* The bytes of [frame, frame + nr), of one pageblock, are not needed. Takes zone->lock. Return: bytes given back. */
size_t qy_give_bytes_back(struct qy_machine *m, u32 frame, u32 nr);
/* False when the host has no memory. Takes zone->lock when there are holes. */
bool qy_back_frames(struct qy_machine *m, u32 frame, unsigned int order);
/* Gives the pageblock (an order-10 pair: both) another type, with its free blocks. Return: free frames moved. */
u32 qy_set_pageblock_migratetype(struct zone *zone, u32 block, enum migratetype mt);
/* One pageblock alone changes its type, also as half of a free order-10 block. Return: free frames moved. */
u32 qy_move_pageblock(struct zone *zone, u32 block, enum migratetype mt);

/* A block with one reference and no owner, straight to the zone, past the per-CPU lists. Takes zone->lock. */
void qy_free_past_lists(struct qy_machine *m, struct page *page, unsigned int order);
/* Counts frees as vmstat has them, where Linux frees and Quarry need not. */
void qy_count_freed(struct zone *zone, u32 nr_frames);

/* Policy quarry: the background makes room where a type has fewer free frames than LOW, until it has GOAL. */
#define ROOM_LOW  128u
#define ROOM_GOAL 512u

/* ------------------------------------------------------------------ what must call up */

/* Rooms above the page floor register how they make room. Any entry may be NULL: then there is no such help. */
struct rescue_ops {
	void (*wake_kswapd)(struct zone *zone, qy_gfp_t gfp, unsigned int order,
		unsigned int highest_zone);
	void (*wake_kcompactd)(struct zone *zone, unsigned int order);
	/* Frames that a room above only keeps at hand go to the zones. Return: true when there were some. May sleep. */
	bool (*drain)(struct qy_machine *m);
	/* Return: frames gained; 0 when nothing could be done. May sleep. */
	u64 (*reclaim)(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
		unsigned int highest_zone);
	/* Frames of the zone that reclaim could free if it had to. */
	u64 (*reclaimable)(const struct zone *zone);
	/* Return: true when a block of @order may have appeared. May sleep. */
	bool (*compact)(
		struct qy_machine *m, qy_gfp_t gfp, unsigned int order, bool sync);
	/*
	 * Policy quarry: movable pages leave pageblocks of @mt, or one that becomes of @mt.
	 * Return: true when @mt may have a block of @order in the zone now. May sleep.
	 */
	bool (*make_room)(struct zone *zone, unsigned int order, enum migratetype mt);
	/* Return: true when a task was killed or is dying, so that the allocation should go on. May sleep; m->oom_busy is held. */
	bool (*oom)(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);
	/* Does the thread act for a task that the OOM killer has chosen? It may go deeper than others, to get to its end. */
	bool (*oom_victim)(const struct qy_context *ctx);
};

/* Without it nobody can say whether reclaim would have helped: no task is taken for it. */
static inline bool oom_may_kill(qy_gfp_t gfp)
{
	return gfp & QY___GFP_FS;
}

/*
 * Who follows single blocks registers this at boot (machine->block_watch). Every entry is called by the CPU that owns
 * the frame, before it is seen free or after it is seen allocated; some under zone->lock. They take no lock of the
 * page room.
 */
struct block_watch {
	void (*alloc)(struct qy_machine *m, u32 frame, unsigned int order, qy_gfp_t gfp);
	void (*free)(struct qy_machine *m, u32 frame, unsigned int order);
	/* The part of the block at @from that begins at @to is a block of its own now, of the same owner. */
	void (*copy)(struct qy_machine *m, u32 from, u32 to);
	/* The owner of @from is now at @to, a block of the same order that the caller holds; and the other way round. */
	void (*swap)(struct qy_machine *m, u32 from, u32 to);
	/* What cut() wants of a block, read while it is surely held. */
	u32 (*tag)(const struct qy_machine *m, u32 frame);
	/* The block shrank: its last frames went on their way without it. */
	void (*cut)(struct qy_machine *m, u32 tag, u32 nr_frames);
};

/* ------------------------------------------------------------------ failures on request */

/* What is asked of the parameters about one request. */
struct fault_call {
	qy_gfp_t gfp;
	unsigned int order; /* 0 of an object */
	s32 size;           /* what it takes of `space`: pages, or bytes of an object */
	bool marked;        /* what cache_filter looks for */
};
/* Whether this request is to fail; says so when the parameters want it. Takes fault_lock, then report_lock. */
bool qy_should_fail(struct qy_machine *m, struct qy_fault_attr *attr, const char *name,
	const struct fault_call *call);
/* Parameters as a whole, under fault_lock; setting them counts from 0 again. */
void qy_fault_attr_set(
	struct qy_machine *m, struct qy_fault_attr *to, const struct qy_fault_attr *attr);
void qy_fault_attr_get(const struct qy_machine *m, const struct qy_fault_attr *from,
	struct qy_fault_attr *attr);

/* ------------------------------------------------------------------ what the watch room reads and sets */

/* The Mem-Info block, to the log. */
void qy_show_free_areas(struct qy_machine *m);
/* Part of another room's report: who runs, and the Mem-Info of the zones that @gfp may use. report_lock must be held. */
void qy_show_cpu_and_mem(struct qy_machine *m, qy_gfp_t gfp);

struct qy_seq;
/* "GFP_KERNEL|__GFP_COMP": composites largest first, "none", unknown bits in hex. */
void qy_print_gfp(struct qy_seq *seq, qy_gfp_t gfp);

struct qy_pageset {
	u32 count; /* frames on the lists */
	s32 high, batch;
};
/* Read without a lock. */
struct qy_pageset qy_zone_pageset(const struct zone *zone, u32 cpu);
/* How often an event happened in the zone, on all CPUs. */
u64 qy_zone_event(const struct zone *zone, enum zone_event event);

u64 qy_totalreserve_pages(const struct qy_machine *m);
/* Recomputes min/low/high/promo and per-CPU highs of every zone, not its lowmem_reserve. Context: sysctl_lock or boot. */
void qy_setup_per_zone_wmarks(struct qy_machine *m);
void qy_setup_per_zone_lowmem_reserve(struct qy_machine *m);
/* batch, high_min, high_max of every set of a zone, by Linux's formulas. Sets pcp->high when it must move. */
void qy_zone_set_pageset_high_and_batch(struct zone *zone);

#endif
