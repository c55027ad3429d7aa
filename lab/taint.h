/* SPDX-License-Identifier: MIT */
/*
 * Who stands in the way of a large block: of all places in a zone where a block of an order could lie, how many are held
 * up by pages that move, how many by pages that do not, and whose these are.
 *
 *   qy_taint_capture()
 *
 * A place is an aligned run of 2^order frames in pageblocks that are wholly RAM, of which boot kept nothing, and whose
 * type the request may take. It is
 *   tainted    when some of it are allocated pages that do not move (unmovable, reclaimable), and the rest is free or does;
 *   unmovable  when all of it are;
 *   movable    when only pages that move are in it: compaction could empty it;
 *   listed     when nobody holds any of it: what is missing is on per-CPU lists.
 *
 * Invariant: free blocks apart, places = tainted + unmovable + movable + listed.
 *
 * No state.
 */
#ifndef LAB_TAINT_H
#define LAB_TAINT_H

#include <stdbool.h>
#include <quarry.h>
#include <quarry/owner.h>
#include <quarry/stats.h>

#define QY_TAINT_OWNERS 4

/* One task's part in the tainted places. */
struct qy_taint_owner {
	struct qy_task task;
	uint64_t places, pages;
};

struct qy_taint {
	bool known; /* the machine keeps page_owner records; else all is 0 */
	uint64_t places, tainted, unmovable, movable, listed;
	uint64_t pages; /* that do not move, in the tainted places */
	struct qy_taint_owner owner[QY_TAINT_OWNERS]; /* in most places first */
	uint32_t nr_owners;                           /* of these */
	uint32_t all_owners;                          /* that there are */
};

/**
 * qy_taint_capture() - look at one zone
 * @m:     the machine
 * @zone:  of the machine
 * @gfp:   of the request
 * @order: of the request, 1..QY_MAX_PAGE_ORDER
 * @taint: filled in
 *
 * Context: Task context on the machine's thread. Takes 4 bytes of host memory for each place and some for each task.
 * Return: 0, or -ENOMEM with @taint empty.
 */
int qy_taint_capture(struct qy_machine *m, const struct qy_zone_stats *zone, qy_gfp_t gfp,
	unsigned int order, struct qy_taint *taint);

/* "camera", "cp (pid 117)", "pid 117". Returns @buf. */
const char *qy_taint_owner_text(
	const struct qy_taint_owner *owner, char *buf, size_t size);

#endif
