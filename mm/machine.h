/* SPDX-License-Identifier: MIT */
/*
 * struct qy_machine: one board, booted. Everything the core knows hangs from it; there is no other mutable data.
 *
 * All tables lie in the one block that qy_machine_init() got; layout() in machine.c is the list of them.
 * Locking: set at boot and read-only then, except where a field says otherwise.
 */
#ifndef QY_MACHINE_H
#define QY_MACHINE_H

#include "mm/page/page.h"
#include "mm/page/psi.h"
#include "mm/base/print.h"
#include <quarry/trace.h>

/* A run of chunks of one zone whose pfns follow one another. Sorted by start_pfn; (node, zone) order in index space. */
struct qy_extent {
	u64 start_pfn, end_pfn; /* multiples of CHUNK_FRAMES */
	u64 first_ram_pfn,
		last_ram_pfn; /* what of it belongs to the zone, holes inside included */
	u32 first_frame;
	u8 zone; /* index into machine->zones */
};

/* What the zone bits of a request lead to on one CPU, resolved at boot. */
#define QY_NR_ZONE_BITS 16u /* DMA, HIGHMEM, DMA32, MOVABLE: the low four bits of gfp */
struct fast_path {
	struct zone *zone; /* the best zone; NULL: none may be used */
	struct per_cpu_pages *pcp;
	u32 highest_zone;
	u32 alloc_flags; /* of the first try there, but for what type and kswapd add */
};

/* Events of the whole machine, Linux's names; rare ones, so an atomic counter each. */
enum machine_event {
	PGPGIN, /* KiB */
	PGPGOUT,
	PSWPIN, /* frames */
	PSWPOUT,
	PGACTIVATE,
	PGDEACTIVATE,
	PGFAULT,
	PGMAJFAULT,
	PGREFILL,
	PGSTEAL_KSWAPD,
	PGSTEAL_DIRECT,
	PGSCAN_KSWAPD,
	PGSCAN_DIRECT,
	PGSCAN_DIRECT_THROTTLE, /* requests */
	PGSCAN_ANON,
	PGSCAN_FILE,
	PGSTEAL_ANON,
	PGSTEAL_FILE,
	SLABS_SCANNED,
	KSWAPD_LOW_WMARK_HIT_QUICKLY, /* times */
	KSWAPD_HIGH_WMARK_HIT_QUICKLY,
	PAGEOUTRUN,
	DROP_PAGECACHE,
	DROP_SLAB,
	OOM_KILL,
	PGMIGRATE_SUCCESS, /* frames */
	PGMIGRATE_FAIL,
	COMPACTMIGRATE_SCANNED, /* frames */
	COMPACTFREE_SCANNED,
	COMPACTISOLATED,
	COMPACTSTALL, /* requests */
	COMPACTFAIL,
	COMPACTSUCCESS,
	KCOMPACTD_WAKE,
	KCOMPACTD_MIGRATE_SCANNED,
	KCOMPACTD_FREE_SCANNED,
	CMA_ALLOC_SUCCESS, /* requests */
	CMA_ALLOC_FAIL,
	NR_MACHINE_EVENTS,              /* that /proc/vmstat has */
	ROOM_MOVED = NR_MACHINE_EVENTS, /* frames, by policy quarry */
	ROOM_CLAIMED,                   /* pageblocks */
	NR_COUNTED_EVENTS,
};

struct qy_rate_limit {
	u64 begin_ns;
	u32 printed;
	u32 missed;
};

/* warnings that a machine gives once */
enum {
	WARNED_ORDER = 1 << 0,     /* a request above the largest order */
	WARNED_NOFAIL = 1 << 1,    /* __GFP_NOFAIL where it cannot be kept, or is dear */
	WARNED_EXACT = 1 << 2,     /* flags that alloc_pages_exact() ignores */
	WARNED_KMALLOC = 1 << 3,   /* more bytes than kmalloc has */
	WARNED_CTOR_ZERO = 1 << 4, /* __GFP_ZERO against a constructor */
	WARNED_VMALLOC_EMPTY = 1 << 5, /* vmalloc() of 0 bytes */
	WARNED_VMALLOC_SPACE = 1 << 6, /* the port has no addresses for it */
	WARNED_KVMALLOC = 1 << 7,      /* of more than INT_MAX bytes */
	WARNED_VMAP_FLAGS = 1 << 8,    /* no guard page wished */
};

enum {
	LONG_WAY_ONE_TYPE = 1 << 0, /* too small a board to keep migratetypes apart */
	LONG_WAY_WATCH = 1 << 1,    /* trace, block_watch */
	LONG_WAY_FAULT = 1 << 2,
	LONG_WAY_SHARED = 1 << 3, /* no thread has a per-CPU list to itself */
};

/* vm.overcommit_memory */
enum {
	OVERCOMMIT_GUESS,  /* only what exceeds RAM and swap by itself is refused */
	OVERCOMMIT_ALWAYS, /* nothing is */
	OVERCOMMIT_NEVER,  /* all together stay below the limit */
};

struct page_owner;
struct qy_dma;
struct qy_irq;
struct qy_oom_hooks;
struct qy_slabs;
struct qy_vmalloc;
struct site_table;
struct task_table;
struct task_room;
struct pressure_room;

struct qy_machine {
	const struct qy_board *board;
	const struct qy_port *port;
	void *tables;
	size_t tables_bytes;
	size_t fixed_bytes; /* of them, what grows with CPUs, nodes and devices alone */

	/* frames, all by frame index */
	char *window;
	u32 *hot;
	struct page *cold;
	u32 *chunk; /* pfn >> CHUNK_ORDER of each chunk */
	struct qy_pageblock *blocks;
	u64 (*lines)[BLOCK_WORDS]; /* one cache line a pageblock: bit set = frame free */
	u32 nr_frames;
	u32 nr_blocks;
	struct qy_extent *extents;
	u32 nr_extents;

	/* zones[node * board zone count + type] */
	struct zone *zones;
	u32 nr_zones;
	u32 zones_per_node;
	u32 nr_nodes;
	u32 nr_cpus;
	bool shared_cpus;           /* a thread is no CPU, but on one for a while */
	struct zonelist *zonelists; /* [node]: all nodes */
	struct zonelist *zonelists_thisnode; /* [node]: __GFP_THISNODE */
	struct fast_path *fast;              /* [cpu * QY_NR_ZONE_BITS + bits] */
	bool mobility_grouping;
	u32 own_first; /* policy quarry: ALLOC_OWN_TYPE, what every request is first tried with; else 0 */
	/*
	 * LONG_WAY_*: while not 0, every request takes the long way. One word, so that the fast path looks once.
	 */
	u32 long_way;
	u64 total_pages; /* managed, all zones */
	u64 max_pfn;

	u64 min_free_kbytes; /* in force; the sysctl and the formula meet here */
	s64 user_min_free_kbytes;
	u32 watermark_scale_factor;
	u32 watermark_boost_factor;
	u32 lowmem_reserve_ratio[QY_MAX_NR_ZONES];
	u32 percpu_pagelist_high_fraction;
	struct qy_spinlock sysctl_lock; /* one writer of the settings above */

	/* the sysctls of their names: words that are read alone */
	u32 panic_on_oom, oom_kill_allocating_task, oom_dump_tasks;
	u32 overcommit_memory; /* OVERCOMMIT_* */
	s32 overcommit_ratio;
	u64 overcommit_kbytes, admin_reserve_kbytes, user_reserve_kbytes;
	u64 total_swap_pages; /* of all swap files; atomic */
	u64 used_swap_pages;  /* of these; under task_room->lock */
	u32 kswapd_failures
		[QY_MAX_NODES]; /* runs of kswapd that freed nothing, in a row; atomic */
	struct qy_rate_limit overcommit_report_limit; /* ten lines in 5 s */

	const struct rescue_ops *rescue; /* NULL until a room above registers */
	struct rescue_ops
		rescues; /* of all rooms together: what it points to after boot */

	/* the OOM killer's */
	const struct qy_oom_hooks *oom_hooks; /* NULL: nobody is told */
	u32 oom_busy;                         /* a thread is choosing; atomic */
	u64 oom_killed_ns; /* when the last victim was; 0: all are gone */
	struct qy_rate_limit oom_report_limit; /* ten reports in 5 s */

	const struct movable_ops *movable[NR_MOVABLE_KINDS];
	u32 extfrag_threshold; /* sysctl: below it, a lack of memory is not for compaction */
	u32 compaction_proactiveness;      /* sysctl: 0..100, 0 = off */
	u64 proactive_at_ns[QY_MAX_NODES]; /* when a node's kcompactd looks at it next */
	u32 kcompactd_order[QY_MAX_NODES]; /* woken for, + 1; 0 = not woken; atomic */
	struct qy_mutex contig_mutex;      /* one contiguous range is made at a time */
	struct cma *cma;                   /* areas, in the order of boot */
	u32 nr_cma;
	bool (*cma_refuse)(void *arg, uint64_t nr_pages); /* NULL: nobody is asked */
	void *cma_refuse_arg;
	struct qy_rate_limit cma_report_limit; /* ten lines in 5 s */
	void (*moved)(void *arg, struct qy_handle *h, u64 from_pfn, u64 to_pfn,
		unsigned int order); /* NULL: nobody wants to know */
	void *moved_arg;
	bool poison_moved;             /* tests: fill frames that were moved away from */
	u64 events[NR_COUNTED_EVENTS]; /* atomic */
	u64 allocstall[QY_MAX_NR_ZONES]; /* direct reclaim, by the highest zone; atomic */

	/* CPU slots: bit set = a thread stands there. Atomic. */
	u64 cpu_busy[QY_MAX_CPUS / 64];
	/* of these: it is one of the background, which will leave soon. Atomic. */
	u64 cpu_lent[QY_MAX_CPUS / 64];

	struct qy_irq **irq_pending; /* [cpu]: raised, not yet run */
	struct qy_spinlock irq_lock;

	struct qy_slabs *slabs; /* the slab room's tables */
	u64 slab_pages[QY_MAX_NODES]
		      [2]; /* that slabs hold: unreclaimable, reclaimable; atomic */

	struct qy_dma *dma; /* the dma room's tables */
	/* by node; written under the lock of the task room, as are the zones' nr_lru */
	u64 (*node_stat)[NR_VM_NODE_STAT_ITEMS]; /* [node] */
	struct task_room *task_room;             /* tasks and their pages */
	struct pressure_room *pressure_room;
	struct psi psi; /* who waits for memory */

	struct qy_vmalloc *vmalloc; /* the virt room's tables */
	char *vm_base; /* where vmalloc's addresses begin in this process; with vm_bytes */
	u64 vm_bytes;  /* 0: nothing was mapped yet; atomic */

	bool watched; /* by trace or block_watch, or to be cleared, or counted by many */
	void (*trace)(void *arg, const struct qy_event *event); /* NULL: nobody watches */
	void *trace_arg;
	const struct block_watch *block_watch; /* NULL: nobody follows blocks */
	struct page_owner *owners;             /* by frame; NULL: page_owner is off */
	u32 *tags;                /* by frame: line + 1; NULL: no profiling */
	struct task_table *tasks; /* NULL: page_owner is off */
	struct site_table *sites; /* NULL: neither of them */
	u32 mem_profiling;        /* the sysctl; atomic */

	struct qy_fault_attr fail_page_alloc, failslab;
	struct qy_rate_limit fail_page_alloc_limit, failslab_limit; /* of what they say */
	struct qy_spinlock fault_lock;

	struct qy_rate_limit
		alloc_report_limit;             /* one page allocation failure per 10 s */
	struct qy_rate_limit slab_report_limit; /* ten failed slab allocations in 5 s */
	struct qy_rate_limit sleep_report_limit; /* one "sleeping function" per 1 s */
	struct qy_spinlock report_lock;          /* reports come out whole */
	u32 warned; /* WARNED_*: what is said only once; atomic */
};

/* Sets or clears one reason why requests take the long way. */
static inline void qy_long_way(struct qy_machine *m, u32 reason, bool on)
{
	if (on)
		atomic_fetch_or(&m->long_way, reason);
	else
		atomic_fetch_and(&m->long_way, ~reason);
}

static inline void qy_count_node(
	struct qy_machine *m, u32 node, enum node_stat_item item, s64 delta)
{
	owner_add(&m->node_stat[node][item], (u64)delta);
}

static inline u64 qy_node_total(const struct qy_machine *m, enum node_stat_item item)
{
	u64 sum = 0;

	for (u32 node = 0; node < m->nr_nodes; node++)
		sum += READ_ONCE(m->node_stat[node][item]);
	return sum;
}

/* A CPU's own counter: written by the thread that is the CPU, or by several that share it. */
static inline void qy_count_on_cpu(const struct qy_machine *m, u64 *counter, u64 nr)
{
	if (unlikely(m->shared_cpus))
		atomic_add(counter, nr);
	else
		owner_add(counter, nr);
}

static inline void qy_count_events(struct qy_machine *m, enum machine_event event, u64 nr)
{
	atomic_add(&m->events[event], nr);
}

/* Context: any. */
static inline void qy_wake_daemon(
	const struct qy_machine *m, enum qy_daemon daemon, unsigned int node)
{
	if (m->port->wake)
		m->port->wake(m->port->ctx, daemon, node);
}

/* Lines of text to port->log(). One call, one line, no newline; longer than 1023 bytes is cut. */
void qy_printk(const struct qy_machine *m, enum qy_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Return: true when a report may be printed now. At most @burst per @interval_ns. Takes nothing. */
bool qy_ratelimit(
	struct qy_machine *m, struct qy_rate_limit *limit, u64 interval_ns, u32 burst);

/* ------------------------------------------------------------------ the names of a frame */

static inline struct qy_pageblock *block_of(const struct qy_machine *m, u32 frame)
{
	return &m->blocks[frame >> QY_PAGEBLOCK_ORDER];
}

static inline struct zone *zone_of(const struct qy_machine *m, u32 frame)
{
	return &m->zones[block_of(m, frame)->zone];
}

/* Is the frame free? A whole pageblock is known by its count, its line then means nothing. */
static inline bool freemap_test(const struct qy_machine *m, u32 frame)
{
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	u32 nr_free = READ_ONCE(m->blocks[block].nr_free);

	if (!nr_free || nr_free == BLOCK_FRAMES)
		return nr_free != 0;
	return READ_ONCE(m->lines[block][frame / 64 % BLOCK_WORDS]) >> (frame & 63) & 1;
}

static inline u64 frame_to_pfn(const struct qy_machine *m, u32 frame)
{
	return ((u64)m->chunk[frame >> CHUNK_ORDER] << CHUNK_ORDER) |
	       (frame & (CHUNK_FRAMES - 1));
}

static inline void *frame_address(const struct qy_machine *m, u32 frame)
{
	return m->window + ((size_t)frame << QY_PAGE_SHIFT);
}

static inline struct page *frame_to_page(const struct qy_machine *m, u32 frame)
{
	return &m->cold[frame];
}

/* pre: @page is of this machine (the doors check with page_to_frame_checked()). */
static inline u32 page_to_frame(const struct qy_machine *m, const struct page *page)
{
	return (u32)(page - m->cold);
}

/* NO_FRAME when @page is not a frame of this machine. */
static inline u32 page_to_frame_checked(
	const struct qy_machine *m, const struct page *page)
{
	u64 offset = (u64)((uintptr_t)page - (uintptr_t)m->cold);
	u64 frame = offset / sizeof(struct page);

	return likely(frame < m->nr_frames && frame * sizeof(struct page) == offset)
		       ? (u32)frame
		       : NO_FRAME;
}

/* NO_FRAME when there is no RAM. O(log extents). */
u32 qy_pfn_to_frame(const struct qy_machine *m, u64 pfn);

static inline unsigned int qy_cpu_node(const struct qy_machine *m, u32 cpu)
{
	return m->board->cpu_node ? m->board->cpu_node[cpu] : 0;
}

/* Who watches has changed; no allocation is running. What is cleared goes the same way. */
static inline void qy_watch_changed(struct qy_machine *m)
{
	m->watched = m->trace || m->block_watch || m->board->slab.init_on_alloc ||
		     m->board->slab.init_on_free || m->shared_cpus;
	qy_long_way(m, LONG_WAY_WATCH, m->watched);
}

static inline void trace_event(const struct qy_machine *m, const struct qy_event *event)
{
	if (unlikely(m->trace))
		m->trace(m->trace_arg, event);
}

#endif
