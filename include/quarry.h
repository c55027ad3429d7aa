/* SPDX-License-Identifier: MIT */
/*
 * Quarry: Linux's memory manager as a library. The embedder's API.
 *
 *   qy_machine_size/init/destroy      a board becomes a machine
 *   qy_enter/qy_leave                 this thread takes one of its CPUs
 *   qy_alloc_pages ... qy_free_pages  frames
 *   qy_page_to_* / qy_*_to_page       the four names of a frame: page, pfn, physical address, pointer
 *
 * Contexts: every function that takes a machine, but the first group, wants a thread that has entered it.
 * "may sleep" follows the GFP flags: a request with __GFP_DIRECT_RECLAIM may sleep.
 */
#ifndef QUARRY_H
#define QUARRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/board.h>
#include <quarry/gfp.h>
#include <quarry/port.h>

#ifdef __cplusplus
extern "C" {
#endif

#define QY_VERSION "0.1.0"

struct qy_machine;
struct page; /* opaque; one per frame */

/* ------------------------------------------------------------------ the machine */

/* How much memory a board's machine needs of its embedder, both zero-filled and page aligned. */
struct qy_machine_size {
	size_t tables; /* metadata: accessed all over, touched only where frames are used */
	size_t window; /* address space for the frames themselves; memory comes from port->commit() */
};

/**
 * qy_machine_size() - what qy_machine_init() will want for @board
 * @board: checked as qy_machine_init() checks it
 * @size:  filled in
 * @why:   receives one line with the reason when the board is refused; may be NULL
 * @why_size: bytes of @why
 *
 * Context: Any.
 * Return: 0, -EINVAL (no RAM, banks overlap, RAM past the address width, a setting out of range).
 */
int qy_machine_size(const struct qy_board *board, struct qy_machine_size *size, char *why,
	size_t why_size);

/**
 * qy_machine_init() - boot a board: memblock, zones, watermarks, per-CPU lists, boot log
 * @tables: size.tables zero bytes, page aligned; the machine lives in them
 * @window: size.window bytes of address space, 4 MiB aligned or better; frame memory appears in it
 * @board:  must outlive the machine, with everything it points to
 * @port:   likewise
 *
 * Context: One thread, before any other function of the machine. Calls port->log() for the boot log.
 * Return: the machine (== @tables), or NULL after a line on port->log() that says why.
 */
struct qy_machine *qy_machine_init(void *tables, void *window,
	const struct qy_board *board, const struct qy_port *port);

/**
 * qy_machine_validate() - walk everything and compare: free map, counts, order index, states, watermarks
 * @why: receives one line about the first difference
 *
 * Context: No other thread may be in the machine. Takes every zone->lock in turn.
 * Return: true when all agree.
 */
bool qy_machine_validate(struct qy_machine *m, char *why, size_t why_size);

/**
 * qy_machine_trim() - give host memory that holds nothing back to the port
 *
 * That of free frames, and of pages of slabs in which no object lives. A pageblock comes back as a whole with the first frame or
 * object that is asked of it: call this when a program has little to do, not between its calls. Free frames on per-CPU lists and
 * objects in sheaves stay; idle ones come back by qy_vmstat_tick().
 *
 * Context: Any thread in the machine, task. Takes slabs->mutex, node->lock, zone->lock.
 * Return: bytes given back.
 */
size_t qy_machine_trim(struct qy_machine *m);

/**
 * qy_enter() - this thread becomes a CPU of the machine, or one of those that share its CPUs (QY_FRONT_RSEQ)
 *
 * Context: A thread that stands in no machine.
 * Return: the CPU number (where CPUs are shared: the one it is on now), -EBUSY (this thread stands in a machine), -ENOSPC
 * (every CPU of the board is taken; never where they are shared).
 */
int qy_enter(struct qy_machine *m);

/*
 * Like qy_enter(), but this CPU: -EBUSY also when it is taken, -EINVAL when the board has no such CPU, -EOPNOTSUPP where
 * CPUs are shared.
 * Context: a thread that stands in no machine.
 */
int qy_enter_cpu(struct qy_machine *m, unsigned int cpu);

/*
 * Like qy_enter(), for a thread that does a piece of work in the background and leaves: it takes the last free CPU, and who
 * enters meanwhile and finds no other one waits for it instead of being refused.
 * Context: as qy_enter().
 */
int qy_enter_background(struct qy_machine *m);

/**
 * qy_leave() - this thread gives its CPU back; pages on the CPU's lists stay there
 *
 * Context: A thread that has entered.
 */
void qy_leave(void);

/*
 * Who this thread is in reports and as an owner of pages, until it leaves. qy_set_task(): a process of one thread; 15
 * bytes of @comm are kept. qy_set_current(): the same, copied, for who changes often; comm ends with a NUL, and the rest of it is zero.
 * Context: a thread that has entered.
 */
void qy_set_task(int pid, const char *comm);
void qy_set_current(const struct qy_task *task);

/* ------------------------------------------------------------------ execution context of this thread */

/*
 * Preemption and interrupts of this CPU. Both nest. qy_in_atomic(): would a sleeping call be reported here?
 * Context: any thread that has entered; qy_irq_enable() may run a pending interrupt.
 */
void qy_preempt_disable(void);
void qy_preempt_enable(void);
void qy_irq_disable(void);
void qy_irq_enable(void);
bool qy_in_atomic(void);

/*
 * Scopes of the task, as memalloc_*_save(): noreclaim gives all reserves without recursion (PF_MEMALLOC), the others
 * take rights away from every request inside. Each returns what qy_memalloc_restore() wants; they nest.
 * Context: any thread that has entered.
 */
unsigned int qy_memalloc_noreclaim_save(
	void); /* PF_MEMALLOC: all reserves, no recursion */
unsigned int qy_memalloc_nofs_save(void);
unsigned int qy_memalloc_noio_save(void);
unsigned int qy_memalloc_pin_save(void);
void qy_memalloc_restore(unsigned int flags);

/* ------------------------------------------------------------------ frames */

/**
 * qy_alloc_pages() - take 2^order contiguous frames
 * @gfp:   what is allowed (QY_GFP_*)
 * @order: 0..QY_MAX_PAGE_ORDER
 *
 * The first frame has reference count 1. Not zeroed without __GFP_ZERO. On failure nothing has changed; the report
 * goes to port->log() unless __GFP_NOWARN.
 *
 * Context: May sleep if @gfp has __GFP_DIRECT_RECLAIM; else also in interrupts. Takes zone->lock.
 * Return: the first page, or NULL.
 */
struct page *qy_alloc_pages(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);

/* Prefers @nid; -1 = this CPU's node. __GFP_THISNODE forbids other nodes. Context: as qy_alloc_pages(). */
struct page *qy_alloc_pages_node(
	struct qy_machine *m, int nid, qy_gfp_t gfp, unsigned int order);

/**
 * qy_alloc_pages_bulk() - fill the NULL slots of an array with single frames
 * @nr:    slots
 * @pages: NULL slots are filled, others kept
 *
 * Context: As qy_alloc_pages().
 * Return: number of leading slots that are not NULL; may be less than @nr.
 */
unsigned long qy_alloc_pages_bulk(
	struct qy_machine *m, qy_gfp_t gfp, unsigned long nr, struct page **pages);

/**
 * qy_free_pages() - drop a reference; the last one gives the 2^order frames back (Linux's __free_pages())
 * @page:  the first page, as the allocation returned it; NULL is ignored
 * @order: as it was allocated
 *
 * When it was not the last and the block is not compound, all but the first frame are given back now.
 * A wrong call (free twice, wrong order, a reserved or tail frame, a frame of another machine) is reported in one
 * sentence and changes nothing.
 *
 * Context: Any. Takes zone->lock.
 */
void qy_free_pages(struct qy_machine *m, struct page *page, unsigned int order);

/*
 * By address. NULL on failure; qy_free_pages_addr(NULL) is ignored. __GFP_HIGHMEM is cleared.
 * Context: as qy_alloc_pages() and qy_free_pages().
 */
void *qy_get_free_pages(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);
void *qy_get_zeroed_page(struct qy_machine *m, qy_gfp_t gfp);
void qy_free_pages_addr(struct qy_machine *m, const void *addr, unsigned int order);

/*
 * Exactly the pages that @size_bytes needs; the rest of the block goes back at once. Up to 4 MiB, else NULL.
 * Context: as qy_alloc_pages() and qy_free_pages().
 */
void *qy_alloc_pages_exact(struct qy_machine *m, size_t size_bytes, qy_gfp_t gfp);
void qy_free_pages_exact(struct qy_machine *m, void *addr, size_t size_bytes);

/*
 * A non-compound block becomes 2^order single frames, each with reference count 1. Anything else is reported.
 * Context: any; the caller owns the block.
 */
void qy_split_page(struct qy_machine *m, struct page *page, unsigned int order);

/*
 * References. A page of a compound block stands for its head. qy_put_page(): the last reference frees the block if it
 * is compound, else the first frame only; what is behind it is lost then, as on Linux. Saturated counts stay.
 * Context: any. qy_put_page() may take zone->lock.
 */
void qy_get_page(struct qy_machine *m, struct page *page);
void qy_put_page(struct qy_machine *m, struct page *page);

/*
 * Questions about an allocated page: the count of this very frame (0 in a tail), the count of its head, is it part of
 * a compound block, which is the head, and the block's order (0 when it is not compound).
 * Context: any; the answer holds while the caller has a reference.
 */
unsigned int qy_page_ref_count(struct qy_machine *m, const struct page *page);
unsigned int qy_page_count(struct qy_machine *m, const struct page *page);
bool qy_page_compound(struct qy_machine *m, const struct page *page);
struct page *qy_compound_head(struct qy_machine *m, struct page *page);
unsigned int qy_compound_order(struct qy_machine *m, const struct page *page);

/*
 * A user's page that reclaim could move or drop (on Linux: it is on an LRU list). Only counted: the fallback rule
 * "is this pageblock half ours?" asks for it. The mark goes with the free.
 * Context: any; the caller owns the page.
 */
void qy_set_page_movable(struct qy_machine *m, struct page *page);

/*
 * Eight bytes for the owner of an allocated page (Linux's page->private); undefined until set.
 * Context: any; the caller owns the page.
 */
uint64_t qy_page_private(const struct page *page);
void qy_set_page_private(struct page *page, uint64_t value);

/*
 * The names of a frame. NULL or ~0: there is no RAM at that pfn or address, or it is outside the linear mapping.
 * A pointer is into this process; addresses that are printed are the board's.
 * Context: any.
 */
uint64_t qy_page_to_pfn(const struct qy_machine *m, const struct page *page);
struct page *qy_pfn_to_page(const struct qy_machine *m, uint64_t pfn);
uint64_t qy_page_to_phys(const struct qy_machine *m, const struct page *page);
void *qy_page_address(const struct qy_machine *m, const struct page *page);
struct page *qy_virt_to_page(const struct qy_machine *m, const void *addr);
uint64_t qy_virt_to_phys(const struct qy_machine *m, const void *addr);
void *qy_phys_to_virt(const struct qy_machine *m, uint64_t phys);
const char *qy_page_zone_name(const struct qy_machine *m, const struct page *page);

/* Empties the per-CPU lists of every CPU into the zones (drain_all_pages()). Context: task, may sleep. */
void qy_drain_all_pages(struct qy_machine *m);

/*
 * What a CPU's statistics tick does once a second: per-CPU highs decay, the excess is drained; without a kswapd the
 * watermark boost ends.
 * Context: task, never an interrupt. Takes zone->lock. A @cpu that the board has not is ignored.
 */
void qy_vmstat_tick(struct qy_machine *m, unsigned int cpu);

/*
 * For a lab that begins where a recorded machine stood. qy_set_pageblock_type(): the pageblock of @page becomes type
 * 0 unmovable, 1 movable, 2 reclaimable or 3 highatomic; -EINVAL for another type or a pageblock of CMA, -EBUSY while
 * a frame of it is free. qy_set_pcp_high(): how many pages this CPU's lists of the zone (index as qy_zone_stats()) may
 * hold now, between the bounds that the zone's size gives; -EINVAL when there is no such CPU or zone.
 * Context: no other thread is in the machine. The first takes zone->lock.
 */
int qy_set_pageblock_type(
	struct qy_machine *m, const struct page *page, unsigned int type);
int qy_set_pcp_high(
	struct qy_machine *m, unsigned int zone, unsigned int cpu, unsigned int high);

/* fail_page_alloc and failslab: Linux's fault injection parameters, debugfs names. */
struct qy_fault_attr {
	uint32_t probability; /* percent */
	uint32_t interval;    /* every n-th eligible call */
	int32_t times;        /* how often at most; -1 = no limit */
	int32_t space; /* that passes before failing starts: pages; of failslab bytes */
	uint32_t verbose;                       /* 0..2 */
	uint32_t verbose_ratelimit_interval_ms; /* 0: every failure is told ... */
	uint32_t verbose_ratelimit_burst;       /* ... else this many in that time */
	uint32_t min_order;   /* lower orders never fail; 0 of failslab */
	bool ignore_gfp_wait; /* sleeping requests never fail */
	bool ignore_gfp_highmem;
	bool cache_filter; /* of failslab: only caches with SLAB_FAILSLAB */
	uint64_t seed;
	uint64_t count; /* eligible calls so far (out) */
};

/* Context: any thread; takes fault_lock. A new setting starts counting from 0. */
void qy_fail_page_alloc_set(struct qy_machine *m, const struct qy_fault_attr *attr);
void qy_fail_page_alloc_get(const struct qy_machine *m, struct qy_fault_attr *attr);

/*
 * The same for objects: each call of a door of quarry/slab.h that returns an object of a cache counts once, however the
 * object is come by; a bulk counts as one call. Large kmallocs are pages.
 * Context: task context; takes fault_lock and slab_mutex.
 */
void qy_failslab_set(struct qy_machine *m, const struct qy_fault_attr *attr);
void qy_failslab_get(const struct qy_machine *m, struct qy_fault_attr *attr);

#ifdef __cplusplus
}
#endif

#endif
