/* SPDX-License-Identifier: MIT */
/*
 * Reclaim: pages that nobody needs soon go, so that those who ask for memory get some.
 *
 *   qy_kswapd_step          what a node's kswapd does when it runs
 *   qy_background_step      what all of the board's background threads do now
 *   qy_shrinker_*           caches that give back what they can do without
 *   qy_drop_caches          what `echo n > /proc/sys/vm/drop_caches` does
 *   qy_psi_memory           /proc/pressure/memory in numbers
 *
 * A machine reclaims from its first task, file or shrinker on; before, a request for which there is no memory fails.
 * Requests that may sleep reclaim themselves; the others wake kswapd, which runs when one of the steps is called. A port
 * that wants to know when that is to be has an entry `wake`.
 */
#ifndef QUARRY_RECLAIM_H
#define QUARRY_RECLAIM_H

#include <stdbool.h>
#include <stdint.h>
#include <quarry/gfp.h>

struct qy_machine;

/* Runs the node's kswapd, if it was woken, until the node is balanced or it gives up. Context: task. Return: pages freed. */
uint64_t qy_kswapd_step(struct qy_machine *m, unsigned int node);
/* When it is to be called again even if nobody asks for it: in so many ns; ~0: never. Context: any. */
uint64_t qy_kswapd_next_ns(struct qy_machine *m, unsigned int node);

/*
 * kswapd and kcompactd of each node, and the flusher: whoever has something to do. In a process the threads of
 * qy_hosted_opts.background_threads take the single steps, or threads of the embedder; under sim whoever moves the clock
 * calls this one.
 *
 * Context: Task, may sleep; several threads at a time may. Return: somebody had something to do.
 */
bool qy_background_step(struct qy_machine *m);

/**
 * qy_drop_caches() - clean pages of files that nobody maps, and what shrinkers would give
 * @mode: 1: pages, 2: shrinkers, 3: both; 4 in addition: later calls are not logged
 *
 * Dirty pages stay: qy_sync() first.
 *
 * Context: Task, may sleep. Return: 0; -EINVAL: below 1 or above 7.
 */
int qy_drop_caches(struct qy_machine *m, int mode);

/* ------------------------------------------------------------------ shrinkers */

#define QY_SHRINK_STOP         (~0ul) /* of scan_objects: no progress without a deadlock */
#define QY_SHRINK_EMPTY        (~0ul - 1) /* of count_objects: surely none */
#define QY_DEFAULT_SEEKS       2
#define QY_SHRINKER_NUMA_AWARE (1u << 0) /* called for each node; else for node 0 alone */

/* What reclaim asks of a shrinker. */
struct qy_shrink_control {
	qy_gfp_t gfp_mask;
	int nid;
	unsigned long nr_to_scan; /* objects */
	unsigned long nr_scanned; /* in: nr_to_scan; scan_objects may say otherwise */
};

/*
 * A cache that can free objects when memory is short. Fields are set between alloc and register.
 *
 *   count_objects   how many could be freed; 0: none, or not now; QY_SHRINK_EMPTY
 *   scan_objects    looks at nr_to_scan of them. Return: how many were freed; QY_SHRINK_STOP
 *   batch           how many are looked at at least at a time; 0: 128
 *   seeks           how dear it is to make an object again, in disk seeks; QY_DEFAULT_SEEKS; 0: free of cost
 *
 * Both run in task context, with the flags of the request that is short of memory.
 */
struct shrinker {
	unsigned long (*count_objects)(
		struct shrinker *shrinker, struct qy_shrink_control *sc);
	unsigned long (*scan_objects)(
		struct shrinker *shrinker, struct qy_shrink_control *sc);
	long batch;
	int seeks;
	unsigned int flags;
	void *private_data;
	/* the machine's own: */
	struct qy_machine *machine;
	struct shrinker *next;
	uint64_t *nr_deferred; /* by node */
	char name[32];
};

/*
 * qy_shrinker_alloc(): one of that name, which nobody calls yet; @flags: QY_SHRINKER_*. NULL: no memory.
 * qy_shrinker_register(): from here on it is called. qy_shrinker_free(): not any more, also if it never was; NULL is
 * ignored. Context: task, may sleep.
 */
struct shrinker *qy_shrinker_alloc(
	struct qy_machine *m, unsigned int flags, const char *name);
void qy_shrinker_register(struct shrinker *shrinker);
void qy_shrinker_free(struct shrinker *shrinker);

/* ------------------------------------------------------------------ pressure */

/* avg: over 10, 60 and 300 s, in hundredths of a percent. */
struct qy_psi_figures {
	uint64_t some_avg[3], full_avg[3];
	uint64_t some_total_us, full_total_us;
};
/* Context: any. */
void qy_psi_memory(struct qy_machine *m, struct qy_psi_figures *out);

#endif
