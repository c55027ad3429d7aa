/* SPDX-License-Identifier: MIT */
/*
 * The pressure room: what happens when memory runs short. What other rooms may know of it.
 *
 *   qy_pressure_boot        the room of a machine that boots
 *   qy_pressure_start       from now on the machine reclaims
 *   qy_kswapd_failed        a node's kswapd has given up: node_unreclaimable
 *
 * Locking: shrinker_mutex for the list of shrinkers, held while they are called.
 */
#ifndef QY_PRESSURE_PRESSURE_H
#define QY_PRESSURE_PRESSURE_H

#include "mm/machine.h"
#include <quarry/reclaim.h>

/* A node's kswapd. The first three are changed by whoever wakes it, without a lock. */
struct kswapd {
	u32 order;        /* the largest that it was woken for, + 1; 0: asleep; atomic */
	u32 highest_zone; /* of those requests */
	u32 running;      /* atomic */
	u64 slept_ns;     /* when it went to sleep; 0: long ago */
	bool node_dirty, node_writeback; /* what reclaim met last was all so */
};

struct pressure_room {
	struct kswapd kswapd[QY_MAX_NODES];
	struct qy_mutex shrinker_mutex;
	struct shrinker *shrinkers, *last_shrinker;
	u64 own_deferred
		[2]; /* what the room's own two could not look at; under the mutex */
	bool silent; /* drop_caches says nothing any more */
};

void qy_pressure_boot(struct qy_machine *m);
void qy_pressure_start(struct qy_machine *m);

static inline bool qy_kswapd_failed(const struct qy_machine *m, u32 node)
{
	return READ_ONCE(m->kswapd_failures[node]) >= MAX_RECLAIM_RETRIES;
}

#endif
