/* SPDX-License-Identifier: MIT */
/* What the files of the pressure room share. Order of the floor: shrinker, vmscan, kswapd, boot. */
#ifndef QY_PRESSURE_INTERNAL_H
#define QY_PRESSURE_INTERNAL_H

#include "mm/contig/contig.h"
#include "mm/pressure/pressure.h"
#include "mm/task/task.h"

#define DEF_PRIORITY 12 /* a list is looked at in 2^12 parts at first */

/* One attempt to get pages back; Linux's name. */
struct scan_control {
	qy_gfp_t gfp;
	int order;
	int priority;
	u32 highest_zone;
	u64 nr_to_reclaim;
	bool kswapd;
	bool may_writepage, may_unmap, may_swap;
	/* decided anew for each node */
	bool deactivate[2]; /* anonymous, files: is the active list looked at */
	bool force_deactivate, skipped_deactivate;
	bool cache_trim_mode, file_is_tiny;
	/* counted */
	u64 nr_scanned, nr_reclaimed;
	u32 nr_taken_file, nr_unqueued_dirty, nr_immediate;
};

/* ------------------------------------------------------------------ shrinker.c */

/* All shrinkers of the node, at that priority. Context: task. Return: what they say to have freed. */
u64 qy_shrink_slab(struct qy_machine *m, qy_gfp_t gfp, u32 node, int priority);

/* ------------------------------------------------------------------ vmscan.c */

void qy_shrink_node(struct qy_machine *m, u32 node, struct scan_control *sc);
u64 qy_try_to_free_pages(struct qy_machine *m, qy_gfp_t gfp, unsigned int order,
	unsigned int highest_zone);
/* Frames of the zone that reclaim could free if it had to. */
u64 qy_zone_reclaimable_pages(const struct zone *zone);

/* ------------------------------------------------------------------ kswapd.c */

void qy_wakeup_kswapd(
	struct zone *zone, qy_gfp_t gfp, unsigned int order, unsigned int highest_zone);
bool qy_node_balanced(
	const struct qy_machine *m, u32 node, unsigned int order, u32 highest_zone);

#endif
