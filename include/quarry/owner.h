/* SPDX-License-Identifier: MIT */
/*
 * Who holds which memory: page_owner and allocation profiling.
 *
 *   qy_page_owner, qy_page_owner_next   the record of one allocated block (board.page_owner)
 *   qy_mixed_pageblocks                 pageblocks with frames of another type, as pagetypeinfo counts them
 *   qy_set_site, QY_AT_SITE             which line of code allocates
 *   qy_site_usage                       how much each line holds (board.mem_profiling)
 *
 * A C file that includes <quarry/sites.h> has every allocation counted under its own line; everything else, and every
 * other language, says it with qy_set_site(), or is counted as unknown. Frames that boot kept have no owner.
 */
#ifndef QUARRY_OWNER_H
#define QUARRY_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>
#include <quarry/port.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;

/* A line that allocates. The machine keeps the pointer: it must outlive it. */
struct qy_site {
	const char *file;
	unsigned int line; /* 0: printed without one */
	const char *func;
	const char *module; /* NULL: none */
};

/* One allocated block and who asked for it. */
struct qy_page_owner {
	uint64_t pfn; /* its first frame */
	unsigned int order;
	qy_gfp_t gfp;
	uint8_t migratetype; /* asked for: 0 unmovable, 1 movable, 2 reclaimable */
	uint8_t block_migratetype; /* of the pageblock where it lies, QY_MIGRATE_TYPES of them */
	struct qy_task task;
	uint64_t ts_ns;      /* when it was allocated */
	uint64_t free_ts_ns; /* when its first frame was freed before that; 0 = never */
	const struct qy_site *site; /* NULL: not told */
};

/**
 * qy_page_owner() - who holds the frame at @pfn
 * @m:     the machine
 * @pfn:   any frame of the block
 * @owner: filled in when there is one
 *
 * Context: Any. Meant for a quiet machine: a block that is freed meanwhile may be told half old, half new.
 * Return: true when a caller holds it; false: free, on a per-CPU list, kept by boot, no RAM, or page_owner is off.
 */
bool qy_page_owner(const struct qy_machine *m, uint64_t pfn, struct qy_page_owner *owner);

/**
 * qy_page_owner_next() - the next allocated block
 * @m:     the machine
 * @pfn:   where to look from, upwards; set to the frame behind the block that was found
 * @owner: filled in
 *
 * Starting from 0 it gives every allocated block once, by address; a block that covers @pfn but begins before it is not
 * given.
 *
 * Context: As qy_page_owner().
 * Return: false when there is none, or page_owner is off.
 */
bool qy_page_owner_next(
	const struct qy_machine *m, uint64_t *pfn, struct qy_page_owner *owner);

/**
 * qy_mixed_pageblocks() - pageblocks of one zone that hold an allocation of another type, by the pageblock's type
 * @m:    the machine
 * @zone: index as in qy_zone_stats()
 * @nr:   QY_MIGRATE_TYPES counts, filled in. A CMA pageblock counts as movable, as on Linux
 *
 * Context: As qy_page_owner().
 * Return: false when there is no such zone, or page_owner is off.
 */
bool qy_mixed_pageblocks(const struct qy_machine *m, uint32_t zone, uint64_t *nr);

/* What this thread allocates from here on is @site's. NULL: nobody's. Return: what was set. Context: any. */
const struct qy_site *qy_set_site(const struct qy_site *site);

#ifndef __cplusplus
/* The value of @call; what it allocates is counted under this line. */
#define QY_AT_SITE(call)                                                             \
	({                                                                           \
		static const struct qy_site qy_site_here_ = { __FILE__, __LINE__,    \
			__func__, (const char *)0 };                                 \
		const struct qy_site *qy_site_before_ = qy_set_site(&qy_site_here_); \
		__typeof__(call) qy_site_value_ = (call);                            \
		qy_set_site(qy_site_before_);                                        \
		qy_site_value_;                                                      \
	})
#endif

#ifndef __cplusplus
/* The same for a call without a value. */
#define QY_AT_SITE_VOID(call)                                                        \
	do {                                                                         \
		static const struct qy_site qy_site_here_ = { __FILE__, __LINE__,    \
			__func__, (const char *)0 };                                 \
		const struct qy_site *qy_site_before_ = qy_set_site(&qy_site_here_); \
		(call);                                                              \
		qy_set_site(qy_site_before_);                                        \
	} while (0)
#endif

/* What one line holds now. */
struct qy_site_usage {
	const struct qy_site *site;
	uint64_t bytes;
	uint64_t calls; /* blocks that are held, each from one call */
};

/**
 * qy_site_usage() - the n-th line that has allocated, in the order in which they came
 *
 * Context: Any.
 * Return: false past the last one, or when the board does not profile.
 */
bool qy_site_usage(
	const struct qy_machine *m, unsigned int n, struct qy_site_usage *usage);

#ifdef __cplusplus
}
#endif

#endif
