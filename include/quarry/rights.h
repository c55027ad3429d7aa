/* SPDX-License-Identifier: MIT */
/*
 * What a request for pages may do: GFP flags, an order and the place where it is made, answered by the code that serves such a
 * request, without making it.
 *
 *   qy_gfp_rights()       where it may take from, how deep, and how long it tries
 *   qy_gfp_zone_rights()  the same of each zone, in pages
 *   qy_gfp_problem()      a combination that no caller may use
 *   qy_gfp_text()         flags as the kernel prints them
 *
 * The place is that of the calling thread: interrupts off, qy_memalloc_*_save() scopes, a task that reclaims.
 */
#ifndef QUARRY_RIGHTS_H
#define QUARRY_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;

/* When a request that was not served at first gives up. */
enum qy_gfp_patience {
	QY_GFP_AT_ONCE,   /* it cannot reclaim: kswapd may be ahead of the next one */
	QY_GFP_ONE_ROUND, /* reclaim and compaction once */
	QY_GFP_ROUNDS,    /* while they get somewhere, or could */
	QY_GFP_FOR_EVER,
};

struct qy_gfp_rights {
	qy_gfp_t gfp;          /* that count here: scopes have taken theirs away */
	uint32_t highest_zone; /* enum qy_zone_type */
	uint32_t
		migratetype; /* of the pageblocks that it prefers: 0 unmovable, 1 movable, 2 reclaimable */
	bool borrows_cma;
	bool may_sleep;    /* it is reported where that must not be */
	bool may_reclaim;  /* by itself; never who reclaims already */
	bool may_write;    /* reclaim may start I/O for it */
	bool may_enter_fs; /* ... and call into file systems */
	bool may_compact;
	bool wakes_kswapd;
	bool min_reserve;   /* half of min is for it */
	bool non_block;     /* with min_reserve: of the other half a quarter, too */
	bool highatomic;    /* blocks that are kept for orders above 0 */
	bool no_watermarks; /* it may take everything */
	bool may_kill;      /* the OOM killer takes somebody for it */
	bool reports;       /* a failure is reported */
	enum qy_gfp_patience patience;
	uint32_t max_fruitless_rounds; /* of QY_GFP_ROUNDS */
};

/**
 * qy_gfp_rights() - what a request of this thread may do
 * @order: 0..QY_MAX_PAGE_ORDER
 * @out:   filled in
 *
 * Context: A thread in the machine. Takes no lock.
 * Return: false: no zone of the board is for these flags.
 */
bool qy_gfp_rights(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	struct qy_gfp_rights *out);

/* Of one zone, in pages. */
struct qy_gfp_zone_rights {
	const char *name;
	uint32_t node;
	uint64_t free_pages;
	uint64_t
		not_counted_pages; /* of these: of CMA, of the atomic reserve, the rest of the block */
	uint64_t
		low_pages; /* what is counted must be above it at first; else kswapd is woken */
	uint64_t min_pages;
	uint64_t leave_pages; /* min, less what the flags allow: above it in the end */
	uint64_t
		reserve_pages; /* lowmem_reserve against requests that may use higher zones; beside both */
};

/**
 * qy_gfp_zone_rights() - the n-th zone that such a request asks
 * @n: from 0, in the order in which they are asked
 *
 * Context: As qy_gfp_rights().
 * Return: false past the last.
 */
bool qy_gfp_zone_rights(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	unsigned int n, struct qy_gfp_zone_rights *out);

/* Why no caller may use these flags with that order; NULL: it may. Context: any. */
const char *qy_gfp_problem(qy_gfp_t gfp, unsigned int order);

/* "GFP_KERNEL|__GFP_ZERO", "none": as the kernel's %pGg. Context: any. Return: its length, as snprintf. */
size_t qy_gfp_text(qy_gfp_t gfp, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
