/* SPDX-License-Identifier: MIT */
/* What the files of the page room share. Order of the floor: memblock, zone, freemap, pcplist, page_alloc. */
#ifndef QY_PAGE_INTERNAL_H
#define QY_PAGE_INTERNAL_H

#include "mm/machine.h"
#include "mm/page/pcplist.h"
#include <quarry/rights.h>

/* ------------------------------------------------------------------ freemap.c: zone->lock must be held */

/* Takes up to @nr such blocks as repeated qy_freemap_take() would, calling @fn for each in order. */
u32 qy_freemap_take_bulk(struct zone *zone, unsigned int order, enum migratetype mt,
	u32 nr, void (*fn)(void *arg, u32 frame), void *arg);

/* Smallest / largest order in [lo, hi] at which @mt has a free block; -1 = none. */
int qy_freemap_smallest(const struct zone *zone, enum migratetype mt, int lo, int hi);
int qy_freemap_largest(const struct zone *zone, enum migratetype mt, int lo, int hi);

/* First frame of a free block of exactly @order and @mt. pre: there is one. */
u32 qy_freemap_first(const struct zone *zone, unsigned int order, enum migratetype mt);

/* Takes @order frames out of the free block of exactly @found at @frame; the rest stays with its type. */
bool qy_freemap_take_from(
	struct zone *zone, u32 frame, unsigned int found, unsigned int order);

/* Boot: frees [first, last) of one zone, largest blocks first. */
void qy_freemap_put_range(struct zone *zone, u32 first, u32 last);

bool qy_freemap_validate(struct zone *zone, char *why, size_t why_size);

static inline bool migratetype_is_mergeable(enum migratetype mt)
{
	return mt < MIGRATE_PCPTYPES;
}

/* ------------------------------------------------------------------ pcplist.c; the hot half is in pcplist.h */

/* Return: a frame of 2^order in state PG_PCP, or NO_FRAME: list locked, empty and not refillable. */
u32 qy_pcp_alloc(struct zone *zone, struct per_cpu_pages *pcp, unsigned int order,
	enum migratetype mt, unsigned int alloc_flags);
/* pre: hot word is PG_PCP with @order. Return: false when the set is locked: free to the zone instead. */
bool qy_pcp_free(struct zone *zone, struct per_cpu_pages *pcp, u32 frame,
	unsigned int order, enum migratetype mt);
/* Chunks a set needs for @high_max frames, in bytes. */
size_t qy_pcp_pool_bytes(u64 high_max);
void qy_pcp_init(struct per_cpu_pages *pcp, char *pool, u64 pool_bytes, bool always_lock);
void qy_pcp_decay(struct zone *zone, unsigned int cpu);
bool qy_pcp_validate(struct zone *zone, char *why, size_t why_size);

/* The formulas alone, for boot, tests and views. */
u32 qy_zone_batchsize(u64 managed);
void qy_zone_highsize(u64 managed, u64 low_wmark, u32 batch, u32 nr_local_cpus,
	u32 fraction, u64 *high_min, u64 *high_max);

/* ------------------------------------------------------------------ fallback.c: types and the atomic reserve */

/* One block by Linux's type selection: own list, CMA, fallback. zone->lock held. NO_FRAME: none. */
u32 qy_rmqueue_buddy_locked(struct zone *zone, unsigned int order, enum migratetype mt,
	unsigned int alloc_flags);
/* The same up to @nr times; each frame is pushed to @fn. Takes zone->lock. */
u32 qy_rmqueue_bulk(struct zone *zone, unsigned int order, u32 nr, enum migratetype mt,
	unsigned int alloc_flags, void (*fn)(void *arg, u32 frame), void *arg);
/* The pageblock of @frame is set aside for atomic requests of order > 0, up to 1 % of the zone. Takes zone->lock. */
void qy_reserve_highatomic(struct zone *zone, u32 frame, unsigned int order);
/* One such pageblock goes back as @mt; the last one only with @force. Return: one did. Takes zone->lock. */
bool qy_unreserve_highatomic(struct zone *zone, enum migratetype mt, bool force);

/* ------------------------------------------------------------------ zone.c: limits, reserves, watermarks */

/* min_free_kbytes by formula (and khugepaged's raise), kept if the user wrote a larger one. */
void qy_calculate_min_free_kbytes(struct qy_machine *m);
u64 qy_nr_free_buffer_pages(const struct qy_machine *m);
void qy_build_zonelists(struct qy_machine *m);
unsigned int qy_zone_cpus(
	const struct qy_machine *m, const struct zone *zone); /* online, local, >= 1 */

/* ------------------------------------------------------------------ page_alloc.c */

struct alloc_context {
	const struct zonelist *zonelist;
	struct zone *preferred; /* first zone of the list that the request may use */
	enum migratetype migratetype;
	unsigned int highest_zone; /* enum qy_zone_type */
	unsigned int borrows;      /* ALLOC_CMA, ALLOC_DROPPABLE */
};

static inline unsigned int alloc_flags_cma(enum migratetype mt)
{
	return mt == MIGRATE_MOVABLE ? ALLOC_CMA : 0;
}

/* One walk over the zones that the flags allow. Return: a frame on its way out, or NO_FRAME. */
u32 qy_get_page_from_freelist(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	unsigned int alloc_flags, const struct alloc_context *ac);
/* slow_path.c. May sleep if @gfp may. Return: the same; a failure has been reported. */
u32 qy_alloc_pages_slowpath(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	const struct alloc_context *ac);

/* The beginning of every request: what its flags are here, and where it looks. Return: false: no zone is for it. */
bool qy_begin_request(struct qy_machine *m, qy_gfp_t *gfp, struct alloc_context *ac);
/* What the watermarks ask of a request with these rights. */
void qy_zone_needs(const struct zone *zone, unsigned int order,
	const struct alloc_context *ac, unsigned int alloc_flags,
	struct qy_gfp_zone_rights *out);
/* Why a request with __GFP_NOFAIL may fail, or wait for ever; NULL: it will do. */
const char *qy_nofail_problem(qy_gfp_t gfp, unsigned int order);

/* Has this machine not given that warning (WARNED_*) yet? */
static inline bool qy_first_time(struct qy_machine *m, u32 warning)
{
	return !(atomic_fetch_or(&m->warned, warning) & warning);
}

/* Fills machine->fast. Boot, after the zonelists. */
void qy_build_fast_path(struct qy_machine *m);

/* ------------------------------------------------------------------ show_mem.c, bad_page.c: reports */

void qy_warn_alloc(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);
void qy_report_bad_free(struct qy_machine *m, const struct page *page, u32 frame,
	unsigned int order, u32 found_hot);
/* get_page() of a frame that nobody owns; split_page() of anything but a plain block with one reference. */
void qy_report_bad_get(struct qy_machine *m, const struct page *page, u32 frame);
void qy_report_bad_split(
	struct qy_machine *m, const struct page *page, u32 frame, unsigned int order);

/* ------------------------------------------------------------------ fail_page_alloc.c */

/* Whether this request is to fail. Asked once per allocation while fail_page_alloc.probability is not 0. */
bool qy_should_fail_alloc_page(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);

/* ------------------------------------------------------------------ memblock.c and boot */

#define MEMBLOCK_MAX 512

struct memblock_region {
	u64 base, size;
	u32 node;
	u32 flags; /* MEMBLOCK_NOMAP */
};
#define MEMBLOCK_NOMAP 1u

/* Sorted by base, not overlapping; neighbours of the same node and flags are merged. */
struct memblock_type {
	u32 nr;
	struct memblock_region region[MEMBLOCK_MAX];
};

struct memblock {
	struct memblock_type memory;
	struct memblock_type reserved;
};

#endif
