/* SPDX-License-Identifier: MIT */
/*
 * The film of a run: what the page of `quarry check --html` shows over time. Without a film a run pays nothing.
 *
 *   qy_film_open()       the board is up, the loads have not begun
 *   qy_film_pass()       time goes on: takes the frames that are due
 *   qy_film_refused()    a frame for a refusal
 *   qy_film_took/gave()  who holds how many pages of which pageblock
 *   qy_film_round()      a round of a request was answered
 *   qy_film_freed()      its blocks went back early
 *   qy_film_end()        the last frame
 *   qy_film_free()
 *
 * Frames are taken at QY_FILM_FRAMES instants, evenly spread over the run from 0 to its end, and at refusals: one at the
 * first refused block of a round, one for a load, but none closer than half such a step to the last one of the same
 * source, QY_FILM_REFUSALS in all. A frame has three rows of cells:
 *
 *   zones     per zone: enum qy_film_zone_cell, then free blocks [migrate type][order]
 *   counters  pages per owner, then per load enum qy_film_load_cell, then enum qy_film_counter
 *   blocks    per pageblock: free pages, migrate type, pages per owner
 *
 * Bounds: when the code of the pageblocks outgrows QY_FILM_MAX_BYTES, every other frame goes; refusals go likewise
 * once few regular frames are left. A request has at most QY_FILM_ROUNDS marks; then neighbours merge into one.
 *
 * Tasks are told at a few of these moments, see film_cast.h.
 *
 * Owners: 0 is the start state with what the CPUs' lists held then; 1 + 4 * load + enum qy_film_kind; then the requests, then the tasks. Which
 * pageblocks a task has pages in is not followed: what of them its pages are is nobody's there.
 *
 * Invariant: times[] does not go back; the three reels have one frame for each of them.
 *
 * Locking: none; the machine's thread.
 */
#ifndef LAB_FILM_H
#define LAB_FILM_H

#include <stdbool.h>
#include <stdint.h>
#include <quarry/stats.h>
#include "lab/film_cast.h"
#include "lab/reel.h"
#include "lab/scenario.h"
#include "lab/why.h"

#define QY_FILM_FRAMES    512u
#define QY_FILM_REFUSALS  256u
#define QY_FILM_MAX_BYTES (4u << 20)
#define QY_FILM_ROUNDS    1024u
#define QY_FILM_WHYS      16u /* of one request */

enum qy_film_zone_cell {
	QY_FILM_FREE,
	QY_FILM_ON_CPUS,
	QY_FILM_MIN,
	QY_FILM_LOW,
	QY_FILM_HIGH,
	QY_FILM_BOOST,
	QY_FILM_NR_ZONE_CELLS, /* the free blocks begin here */
};

enum qy_film_load_cell {
	QY_FILM_ALLOCS,
	QY_FILM_FREES,
	QY_FILM_REFUSED,
	QY_FILM_NR_LOAD_CELLS,
};

enum qy_film_counter {
	QY_FILM_DROPPED, /* pages that the stand-in for reclaim dropped */
	QY_FILM_KSWAPD_RUNS,
	QY_FILM_DIRECT_RUNS,
	QY_FILM_WARNINGS,
	QY_FILM_NR_COUNTERS,
};

/* What a load holds a page for. The first three are enum qy_held_list. */
enum qy_film_kind {
	QY_FILM_CACHE,
	QY_FILM_ANON,
	QY_FILM_KERNEL,
	QY_FILM_OLDER, /* than the recording */
	QY_FILM_NR_KINDS,
};

#define QY_FILM_OWNER_START 0u

static inline uint32_t qy_film_owner_load(uint32_t load, enum qy_film_kind kind)
{
	return 1 + load * QY_FILM_NR_KINDS + (uint32_t)kind;
}

/* One round of a request, or several neighbours. */
struct qy_film_round {
	uint64_t from_ns, to_ns; /* first and last of them */
	uint64_t until_ns;       /* the last blocks go back; QY_FOREVER */
	uint64_t asked, got;     /* blocks */
	uint32_t nr, whole, worst;
};

struct qy_film_request {
	struct qy_film_round *rounds;
	uint32_t nr, merge;               /* rounds that make one mark now */
	struct qy_why *why[QY_FILM_WHYS]; /* of the first refused rounds */
	uint32_t nr_whys;
};

/* Pageblocks side by side in one zone. */
struct qy_film_run {
	uint32_t zone;               /* index as qy_zone_stats() */
	uint64_t first_pfn, end_pfn; /* frames of this zone */
	uint64_t block_pfn;          /* of its first pageblock */
	uint32_t first_block, nr_blocks;
};

struct qy_film {
	struct qy_machine *m;
	const struct qy_scenario *scenario;
	size_t max_bytes;           /* QY_FILM_MAX_BYTES */
	uint64_t duration_ns, next; /* next regular frame: 0..QY_FILM_FRAMES */
	uint32_t nr_zones, nr_owners, nr_blocks, cells_a_block;
	struct qy_zone_stats *zone;       /* when the film began */
	struct qy_pageblock_info *blocks; /* likewise */
	struct qy_film_run *runs;
	uint32_t nr_runs, last_run;

	struct qy_reel zones, counters, map;
	struct qy_cast cast; /* at the first refusal of each source, and at the end */
	uint32_t *zone_cells, *counter_cells, *map_cells;
	uint64_t *times_ns;
	bool *refusal; /* a frame for a refusal */
	uint32_t nr_frames, nr_refusals;
	uint32_t nr_thinned; /* how often every other frame went */
	uint64_t last_refusal_ns[QY_MAX_REQUESTS + 1]; /* the last one is the loads' */

	struct qy_film_request request[QY_MAX_REQUESTS];
	bool out_of_memory; /* the host's; the film is then of no use */
};

/* What a frame cannot read from the machine. */
struct qy_film_counts {
	uint64_t load[QY_MAX_LOADS][QY_FILM_NR_LOAD_CELLS];
	uint64_t task[QY_MAX_TASKS]; /* resident pages */
	uint64_t all[QY_FILM_NR_COUNTERS];
};

/**
 * qy_film_open() - begin a film
 * @m:           as it stands when the loads begin
 * @scenario:    must outlive the film
 * @duration_ns: of the run
 *
 * Context: Task context on the machine's thread.
 * Return: to be given to qy_film_free(), NULL when the host has no memory.
 */
struct qy_film *qy_film_open(
	struct qy_machine *m, const struct qy_scenario *scenario, uint64_t duration_ns);

/* Is a frame due before something happens at @now_ns? NULL has none. */
static inline bool qy_film_due(const struct qy_film *film, uint64_t now_ns)
{
	return film && film->next <= QY_FILM_FRAMES &&
	       (unsigned __int128)film->duration_ns * film->next <=
		       (unsigned __int128)now_ns * QY_FILM_FRAMES;
}

/* Takes every frame that is due at @now_ns. Context: as qy_film_open(). */
void qy_film_pass(
	struct qy_film *film, uint64_t now_ns, const struct qy_film_counts *counts);

/* Would qy_film_refused() take a frame? @source: index of the request, QY_MAX_REQUESTS for a load. */
bool qy_film_wants(const struct qy_film *film, uint32_t source, uint64_t now_ns);
void qy_film_refused(struct qy_film *film, uint32_t source, uint64_t now_ns,
	const struct qy_film_counts *counts);

/* @frames frames from @pfn are @owner's from now on, or no longer. Context: any. */
void qy_film_took(struct qy_film *film, uint64_t pfn, uint64_t frames, uint32_t owner);
void qy_film_gave(struct qy_film *film, uint64_t pfn, uint64_t frames, uint32_t owner);

static inline uint32_t qy_film_owner_request(const struct qy_film *film, uint32_t request)
{
	return 1 + film->scenario->nr_loads * QY_FILM_NR_KINDS + request;
}

static inline uint32_t qy_film_owner_task(const struct qy_film *film, uint32_t task)
{
	return qy_film_owner_request(film, film->scenario->nr_requests) + task;
}

/* One round of a request; nr, whole and worst are filled in here. */
void qy_film_round(
	struct qy_film *film, uint32_t request, const struct qy_film_round *round);

/* What the request holds goes back at @now_ns, before its time. */
void qy_film_freed(struct qy_film *film, uint32_t request, uint64_t now_ns);

/* The why of a refused round; pre: qy_film_wants_why(). Takes @why over, which may be NULL. */
void qy_film_why(struct qy_film *film, uint32_t request, struct qy_why *why);

static inline bool qy_film_wants_why(const struct qy_film *film, uint32_t request)
{
	return film->request[request].nr_whys < QY_FILM_WHYS;
}

/* What is left of the regular frames, the last one at the end of the run. Context: as qy_film_open(). */
void qy_film_end(struct qy_film *film, const struct qy_film_counts *counts);

/* NULL is ignored. Context: any. */
void qy_film_free(struct qy_film *film);

#endif
