/* SPDX-License-Identifier: MIT */
/*
 * Plays the page events of a load on a machine: a recorded frame becomes a block of the board, kept until the
 * recording frees it. Real memory: every frame that is held carries a stamp, checked when it goes.
 *
 *   qy_replay_init/exit
 *   qy_replay_older()        what the recording held before its first event is allocated
 *   qy_replay_event()        one event
 *   qy_replay_free_round()   what a round of a load still holds goes back
 *   qy_replay_alloc()        an allocation with the stand-in for direct reclaim
 *   qy_replay_balance()      the stand-in for kswapd
 *   qy_replay_cma_alloc()    a device's buffer, likewise
 *   qy_replay_pin/unpin()    pages of the load stay where they are for a while
 *   qy_replay_free_all()
 *
 * What a recording that starts in the middle of a running system does not say:
 *   - a free of a frame never seen allocated: its block is older than the recording. qy_replay_older() has allocated
 *     it beforehand; without that, the free is counted and not played;
 *   - an allocation of a frame that is held means that its free had no event: it is freed first;
 *   - a free of a part of a block splits it.
 *
 * Two flags are not passed on: __GFP_COMP (only a block that is not compound can be split later) and __GFP_NOFAIL (the
 * machine of this release has no reclaim to wait for).
 *
 * Invariant: pages_now = frames that the load holds on the board.
 *
 * Locking: none; the thread that booted the machine.
 */
#ifndef LAB_REPLAY_H
#define LAB_REPLAY_H

#include <quarry.h>
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <signal.h>
#include "lab/costs.h"
#include "lab/film.h"
#include "lab/held.h"
#include "lab/load.h"
#include "lab/start.h"
#include "lab/trace.h"

struct qy_replay_counts {
	uint64_t nr_allocs, nr_frees; /* events played */
	uint64_t nr_failed;           /* allocations that the board refused */
	uint64_t first_failed_ns;     /* board time; valid when nr_failed */
	uint8_t first_failed_order;
	qy_gfp_t first_failed_gfp;
	uint64_t nr_older,
		older_pages; /* blocks older than the recording, allocated beforehand */
	uint64_t nr_older_refused; /* of these, by the board */
	uint64_t
		older_in_place; /* frames of them that the start state held at their place */
	uint64_t
		nr_unknown_frees; /* nothing of it was allocated, not beforehand either */
	uint64_t nr_absent_frees; /* of blocks that were refused or dropped here */
	uint64_t nr_implied_frees;
	uint64_t nr_splits;
	uint64_t pages_allocated;
};

/* A pinned page of the load. When the load frees it, its pinner keeps it until it unpins. */
struct qy_pin {
	struct qy_held_block *block; /* NULL: the load has given it up */
	struct qy_handle own;        /* then */
	const char *by;
	uint8_t film_owner;
};

struct qy_replay {
	struct qy_machine *m;
	unsigned int nr_cpus, cpu;
	struct qy_held held;
	uint64_t next_stamp;
	uint64_t pages_now, pages_peak;
	bool stand_in;  /* drop page cache when memory is short */
	bool no_stamps; /* the machine has no contents: nothing is written or checked */
	struct qy_meter
		*meter;       /* counts what the next allocations do; NULL: nobody asks */
	uint32_t load;        /* whose events are played: for the film */
	struct qy_film *film; /* NULL: nobody watches */
	struct qy_start *start; /* where older blocks are found first; NULL: nowhere */
	uint64_t pages_dropped, nr_balanced, nr_direct;
	uint64_t pages_moved;     /* by compaction and contiguous ranges */
	uint64_t pages_forgotten; /* clean page cache that a guaranteed area had lent */
	struct qy_lent_range {
		uint64_t base_pfn, end_pfn;
	} guaranteed[QY_MAX_CMA_AREAS]; /* areas that lend to clean page cache only */
	uint32_t nr_guaranteed;
	bool droppable;       /* the allocation under way is for clean page cache */
	uint64_t nr_corrupt;  /* frames whose stamp had changed */
	uint64_t corrupt_pfn; /* the first of them */
	uint64_t digest;      /* of every placement: same run, same digest */
	bool out_of_memory;   /* the host's, not the board's */
	const volatile sig_atomic_t
		*stop; /* not 0: older blocks are not gone on with; NULL: never */
};

/* Return: 0, -ENOMEM. */
int qy_replay_init(struct qy_replay *r, struct qy_machine *m, unsigned int nr_cpus);
/* Frees host memory only. */
void qy_replay_exit(struct qy_replay *r);

/* The thread goes on as @cpu, if it is not yet. */
void qy_replay_set_cpu(struct qy_replay *r, unsigned int cpu);

/**
 * qy_replay_older() - allocate what a round's recording held before its first event
 * @r:      the replay
 * @older:  of the recording
 * @round:  as qy_replay_event()
 * @counts: of the load; a block that the board refuses is counted there and nowhere else
 *
 * The blocks are a process's own, as far as the stand-in for reclaim is concerned: it keeps them.
 *
 * Context: Task context on the machine's thread; before the round's first event.
 */
void qy_replay_older(struct qy_replay *r, const struct qy_older *older, uint32_t round,
	struct qy_replay_counts *counts);

/**
 * qy_replay_event() - play one event now
 * @r:      the replay
 * @event:  recorded
 * @round:  a number of its own for each (load, round), below 2^20
 * @counts: of the load
 *
 * Context: Task context on the machine's thread.
 */
void qy_replay_event(struct qy_replay *r, const struct qy_page_event *event,
	uint32_t round, struct qy_replay_counts *counts);

/* As qy_held_prefetch(), for an event that will be played. */
void qy_replay_prefetch(const struct qy_replay *r, const struct qy_page_event *event,
	uint32_t round, bool near);

/* Gives back, oldest first, what one (load, round) holds on @list. */
void qy_replay_free_round(struct qy_replay *r, uint32_t round, enum qy_held_list list);

/**
 * qy_replay_balance() - what kswapd would do: when no zone is above its low watermark, drop the oldest page cache
 *                       until one is above high
 * @r: the replay
 *
 * Context: Task context on the machine's thread.
 * Return: pages that may be allocated before it is worth asking again.
 */
uint64_t qy_replay_balance(struct qy_replay *r);

/**
 * qy_replay_alloc() - qy_alloc_pages(), and what direct reclaim would do for a request that may sleep: drop the 32
 *                     oldest pages of page cache and try again, 16 times (once with __GFP_NORETRY, and for costly
 *                     orders without __GFP_RETRY_MAYFAIL)
 * @r:     the replay
 * @gfp:   as qy_alloc_pages()
 * @order: as qy_alloc_pages()
 *
 * Context: As @gfp; on the machine's thread.
 * Return: the first page, or NULL.
 */
struct page *qy_replay_alloc(struct qy_replay *r, qy_gfp_t gfp, unsigned int order);

/* The machine's numbers around one call of the allocator. */
struct qy_reading {
	struct qy_zone_counts zone[QY_MAX_NODES * QY_MAX_NR_ZONES];
	struct qy_compact_counts compact;
	struct qy_reclaim_counts reclaim;
	uint32_t nr;
};

/* What one single frame cost that somebody else asked for in between: @meter is added to. */
void qy_replay_read(const struct qy_replay *r, struct qy_reading *reading);
void qy_replay_meter(const struct qy_replay *r, const struct qy_reading *before,
	struct qy_meter *meter);

/* One round of direct reclaim, as in qy_replay_alloc(). Return: pages dropped. */
uint64_t qy_replay_reclaim(struct qy_replay *r);

/* Drops the oldest page cache, that many pages of it. Return: was there any? */
bool qy_replay_drop_oldest(struct qy_replay *r, uint64_t pages);

/* ------------------------------------------------------------------ replay_contig.c */

/**
 * qy_replay_cma_alloc() - qy_cma_alloc() as dma_alloc_contiguous() asks, and what reclaim would do while pages are moved
 *                         out: drop so many pages of page cache as the buffer has and try again, 16 times
 * @r:     the replay
 * @area:  as qy_cma_alloc()
 * @pages: of the buffer; aligned to the power of two above, up to 2^QY_CMA_ALIGNMENT
 * @why:   filled in when there is none
 *
 * Context: Task context on the machine's thread.
 * Return: the first page, or NULL.
 */
struct page *qy_replay_cma_alloc(struct qy_replay *r, uint32_t area, uint64_t pages,
	struct qy_contig_failure *why);

/**
 * qy_replay_pin() - pin single pages of the load
 * @r:          the replay
 * @by:         who does it; outlives the machine
 * @film_owner: likewise, for the film
 * @seed:       which ones
 * @pin:        room for @nr; must stay where it is until all are unpinned
 * @nr:         how many
 * @longterm:   pages in a CMA area or in ZONE_MOVABLE are moved out of it first, as for FOLL_LONGTERM
 *
 * Each page that could move and that nobody pins has the same chance; pages that an area has lent come first, as long as
 * there are some.
 *
 * Context: Task context on the machine's thread.
 * Return: how many were pinned.
 */
uint32_t qy_replay_pin(struct qy_replay *r, const char *by, uint8_t film_owner,
	uint64_t seed, struct qy_pin *pin, uint32_t nr, bool longterm);
void qy_replay_unpin(struct qy_replay *r, struct qy_pin *pin);
uint64_t qy_pin_pfn(const struct qy_replay *r, struct qy_pin *pin);

/* The load gives a pinned page up: its page, which goes to qy_pin_keep() and not back. pre: block->pin. */
struct page *qy_pin_inherit(struct qy_replay *r, struct qy_held_block *block);
void qy_pin_keep(struct qy_replay *r, struct qy_pin *pin, struct page *page);

/* ------------------------------------------------------------------ */

/* Gives everything back, stamps checked. */
void qy_replay_free_all(struct qy_replay *r);

/* Stamps @frames frames from @page with @stamp, @stamp + 1, ...; and whether they still carry them. */
void qy_stamp_write(
	struct qy_machine *m, struct page *page, uint64_t frames, uint64_t stamp);
/* Return: index of the first frame that does not carry its stamp, @frames when all do. */
uint64_t qy_stamp_check(
	struct qy_machine *m, struct page *page, uint64_t frames, uint64_t stamp);

#endif
