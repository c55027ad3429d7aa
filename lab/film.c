// SPDX-License-Identifier: MIT
/*
 * See film.h. No state.
 */
#include "lab/film.h"

#include <quarry.h>
#include <stdlib.h>
#include <string.h>

#define PAGEBLOCK_PAGES    512u
#define FEW_REGULAR_FRAMES 64u /* from there on refusals are thinned as well */

enum { BLOCK_FREE, BLOCK_TYPE, BLOCK_OWNERS };

#define ZONE_CELLS (QY_FILM_NR_ZONE_CELLS + QY_MIGRATE_TYPES * QY_NR_PAGE_ORDERS)

/* ------------------------------------------------------------------ opening */

static int read_zones(struct qy_film *film)
{
	struct qy_machine_stats stats;

	qy_machine_stats(film->m, &stats);
	film->zone = calloc(stats.nr_zones ? stats.nr_zones : 1, sizeof(*film->zone));
	while (film->zone && film->nr_zones < stats.nr_zones &&
		qy_zone_stats(film->m, film->nr_zones, &film->zone[film->nr_zones]))
		film->nr_zones++;
	return film->zone ? 0 : -1;
}

static int read_blocks(struct qy_film *film)
{
	struct qy_pageblock_info info;
	uint32_t nr = 0;

	while (qy_pageblock_info(film->m, nr, &info))
		nr++;
	film->blocks = calloc(nr ? nr : 1, sizeof(*film->blocks));
	for (; film->blocks && film->nr_blocks < nr; film->nr_blocks++)
		qy_pageblock_info(
			film->m, film->nr_blocks, &film->blocks[film->nr_blocks]);
	return film->blocks ? 0 : -1;
}

static uint32_t zone_of(const struct qy_film *film, const struct qy_pageblock_info *block)
{
	uint32_t i = 0;

	while (i + 1 < film->nr_zones && (film->zone[i].node != block->node ||
						 film->zone[i].type != block->zone_type))
		i++;
	return i;
}

static bool follows(const struct qy_pageblock_info *a, const struct qy_pageblock_info *b)
{
	return b->nr_pages && a->node == b->node && a->zone_type == b->zone_type &&
	       b->start_pfn == a->start_pfn + PAGEBLOCK_PAGES;
}

/* A pageblock that a zone's edge cuts is in both zones; its frames are in one. */
static void add_run(struct qy_film *film, uint32_t first, uint32_t nr)
{
	const struct qy_pageblock_info *block = &film->blocks[first];
	struct qy_film_run *run = &film->runs[film->nr_runs++];
	const struct qy_zone_stats *zone;

	*run = (struct qy_film_run){
		.zone = zone_of(film, block),
		.first_pfn = block->start_pfn,
		.end_pfn = block->start_pfn + (uint64_t)nr * PAGEBLOCK_PAGES,
		.block_pfn = block->start_pfn,
		.first_block = first,
		.nr_blocks = nr,
	};
	zone = &film->zone[run->zone];
	if (run->first_pfn < zone->start_pfn)
		run->first_pfn = zone->start_pfn;
	if (run->end_pfn > zone->start_pfn + zone->spanned_pages)
		run->end_pfn = zone->start_pfn + zone->spanned_pages;
}

static int find_runs(struct qy_film *film)
{
	film->runs = calloc(film->nr_blocks ? film->nr_blocks : 1, sizeof(*film->runs));
	for (uint32_t i = 0, nr; film->runs && i < film->nr_blocks; i += nr) {
		nr = 1;
		if (!film->blocks[i].nr_pages)
			continue;
		while (i + nr < film->nr_blocks &&
			follows(&film->blocks[i + nr - 1], &film->blocks[i + nr]))
			nr++;
		add_run(film, i, nr);
	}
	return film->runs ? 0 : -1;
}

static uint32_t *block_cells(const struct qy_film *film, uint32_t block)
{
	return film->map_cells + (size_t)block * film->cells_a_block;
}

/* What boot has not reserved and nobody has free is the start state's. */
static void count_start(struct qy_film *film)
{
	if (film->scenario->start.kind == QY_START_FRESH)
		return;
	for (uint32_t i = 0; i < film->nr_blocks; i++) {
		const struct qy_pageblock_info *block = &film->blocks[i];
		uint32_t pages = block->nr_pages - block->nr_reserved - block->nr_free;

		block_cells(film, i)[BLOCK_OWNERS + QY_FILM_OWNER_START] = pages;
		film->counter_cells[QY_FILM_OWNER_START] += pages;
	}
}

static int make_cells(struct qy_film *film)
{
	uint32_t nr_loads = film->scenario->nr_loads;
	uint32_t nr_frames = QY_FILM_FRAMES + 1 + QY_FILM_REFUSALS;

	film->nr_owners = qy_film_owner_task(film, film->scenario->nr_tasks);
	film->cells_a_block = BLOCK_OWNERS + film->nr_owners;
	if (qy_reel_init(&film->zones, film->nr_zones * ZONE_CELLS) ||
		qy_reel_init(&film->counters, film->nr_owners +
						      nr_loads * QY_FILM_NR_LOAD_CELLS +
						      QY_FILM_NR_COUNTERS) ||
		qy_reel_init(&film->map, film->nr_blocks * film->cells_a_block) ||
		qy_cast_init(&film->cast, film->nr_blocks))
		return -1;
	film->zone_cells = calloc(film->zones.nr_cells + 1, sizeof(uint32_t));
	film->counter_cells = calloc(film->counters.nr_cells + 1, sizeof(uint32_t));
	film->map_cells = calloc(film->map.nr_cells + 1, sizeof(uint32_t));
	film->times_ns = calloc(nr_frames, sizeof(*film->times_ns));
	film->refusal = calloc(nr_frames, sizeof(*film->refusal));
	for (uint32_t i = 0; i < film->scenario->nr_requests; i++) {
		film->request[i].merge = 1;
		film->request[i].rounds =
			calloc(QY_FILM_ROUNDS, sizeof(struct qy_film_round));
		if (!film->request[i].rounds)
			return -1;
	}
	return film->zone_cells && film->counter_cells && film->map_cells &&
			       film->times_ns && film->refusal
		       ? 0
		       : -1;
}

struct qy_film *qy_film_open(
	struct qy_machine *m, const struct qy_scenario *scenario, uint64_t duration_ns)
{
	struct qy_film *film = calloc(1, sizeof(*film));

	if (!film)
		return NULL;
	film->m = m;
	film->scenario = scenario;
	film->max_bytes = QY_FILM_MAX_BYTES;
	film->duration_ns = duration_ns;
	for (uint32_t i = 0; i <= QY_MAX_REQUESTS; i++)
		film->last_refusal_ns[i] = QY_FOREVER;
	if (read_zones(film) || read_blocks(film) || find_runs(film) ||
		make_cells(film)) {
		qy_film_free(film);
		return NULL;
	}
	count_start(film);
	return film;
}

void qy_film_free(struct qy_film *film)
{
	if (!film)
		return;
	for (uint32_t i = 0; i < QY_MAX_REQUESTS; i++) {
		for (uint32_t w = 0; w < film->request[i].nr_whys; w++)
			free(film->request[i].why[w]);
		free(film->request[i].rounds);
	}
	qy_reel_exit(&film->zones);
	qy_reel_exit(&film->counters);
	qy_reel_exit(&film->map);
	qy_cast_exit(&film->cast);
	free(film->zone);
	free(film->blocks);
	free(film->runs);
	free(film->zone_cells);
	free(film->counter_cells);
	free(film->map_cells);
	free(film->times_ns);
	free(film->refusal);
	free(film);
}

/* Runs are sorted by zone, and zones of several nodes may lie between one another. */
static const struct qy_film_run *find_run(struct qy_film *film, uint64_t pfn)
{
	const struct qy_film_run *run = &film->runs[film->last_run];

	if (film->nr_runs && pfn >= run->first_pfn && pfn < run->end_pfn)
		return run;
	for (uint32_t i = 0; i < film->nr_runs; i++) {
		run = &film->runs[i];
		if (pfn >= run->first_pfn && pfn < run->end_pfn) {
			film->last_run = i;
			return run;
		}
	}
	return NULL;
}

static uint32_t block_of(void *arg, uint64_t pfn)
{
	const struct qy_film_run *run = find_run(arg, pfn);

	return run ? run->first_block +
			       (uint32_t)((pfn - run->block_pfn) / PAGEBLOCK_PAGES)
		   : UINT32_MAX;
}

/* ------------------------------------------------------------------ frames */

static void fill_zones(struct qy_film *film)
{
	struct qy_zone_stats z;

	for (uint32_t i = 0; i < film->nr_zones && qy_zone_stats(film->m, i, &z); i++) {
		uint32_t *cell = film->zone_cells + (size_t)i * ZONE_CELLS;

		cell[QY_FILM_FREE] = (uint32_t)z.free_pages;
		cell[QY_FILM_ON_CPUS] = (uint32_t)z.pcp_pages;
		cell[QY_FILM_MIN] = (uint32_t)z.watermark[0];
		cell[QY_FILM_LOW] = (uint32_t)z.watermark[1];
		cell[QY_FILM_HIGH] = (uint32_t)z.watermark[2];
		cell[QY_FILM_BOOST] = (uint32_t)z.watermark_boost;
		cell += QY_FILM_NR_ZONE_CELLS;
		for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
			for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
				*cell++ = (uint32_t)z.nr_free[order][type];
		}
	}
}

static void fill_counters(struct qy_film *film, const struct qy_film_counts *counts)
{
	uint32_t *cell = film->counter_cells + film->nr_owners;

	for (uint32_t i = 0; i < film->scenario->nr_tasks; i++)
		film->counter_cells[qy_film_owner_task(film, i)] =
			(uint32_t)counts->task[i];
	for (uint32_t l = 0; l < film->scenario->nr_loads; l++) {
		for (unsigned int i = 0; i < QY_FILM_NR_LOAD_CELLS; i++)
			*cell++ = (uint32_t)counts->load[l][i];
	}
	for (unsigned int i = 0; i < QY_FILM_NR_COUNTERS; i++)
		*cell++ = (uint32_t)counts->all[i];
}

static void fill_map(struct qy_film *film)
{
	struct qy_pageblock_info info;

	for (uint32_t i = 0; i < film->nr_blocks && qy_pageblock_info(film->m, i, &info);
		i++) {
		uint32_t *cell = block_cells(film, i);

		cell[BLOCK_FREE] = info.nr_free;
		cell[BLOCK_TYPE] = info.migratetype;
	}
}

/* Every other frame goes, of the refusals only when @refusals; the first stays, and that of the end. Return: did any go? */
static bool choose(const struct qy_film *film, bool refusals, bool *keep)
{
	uint32_t nr[2] = { 0 };
	bool any = false;

	for (uint32_t i = 0; i < film->nr_frames; i++) {
		bool of_refusal = film->refusal[i];

		keep[i] = nr[of_refusal]++ % 2 == 0 || (of_refusal && !refusals) ||
			  (i + 1 == film->nr_frames && film->next > QY_FILM_FRAMES);
		any |= !keep[i];
	}
	return any;
}

static void thin(struct qy_film *film)
{
	bool keep[QY_FILM_FRAMES + 1 + QY_FILM_REFUSALS];
	uint32_t nr = 0, nr_refusals = 0;

	for (uint32_t i = 0; i < film->nr_frames; i++)
		nr_refusals += film->refusal[i];
	if (!choose(film, film->nr_frames - nr_refusals <= FEW_REGULAR_FRAMES, keep))
		return;
	if (qy_reel_thin(&film->zones, keep) || qy_reel_thin(&film->counters, keep) ||
		qy_reel_thin(&film->map, keep)) {
		film->out_of_memory = true;
		return;
	}
	for (uint32_t i = 0; i < film->nr_frames; i++) {
		if (!keep[i])
			continue;
		film->times_ns[nr] = film->times_ns[i];
		film->refusal[nr++] = film->refusal[i];
	}
	film->nr_frames = nr;
	film->nr_thinned++;
}

static void take_frame(struct qy_film *film, uint64_t at_ns, bool refusal,
	const struct qy_film_counts *counts)
{
	if (film->out_of_memory)
		return;
	fill_zones(film);
	fill_counters(film, counts);
	fill_map(film);
	if (qy_reel_add(&film->zones, film->zone_cells) ||
		qy_reel_add(&film->counters, film->counter_cells) ||
		qy_reel_add(&film->map, film->map_cells)) {
		film->out_of_memory = true;
		return;
	}
	film->times_ns[film->nr_frames] = at_ns;
	film->refusal[film->nr_frames++] = refusal;
	if (film->map.size > film->max_bytes)
		thin(film);
}

static uint64_t regular_time(const struct qy_film *film)
{
	return (uint64_t)((unsigned __int128)film->duration_ns * film->next /
			  QY_FILM_FRAMES);
}

void qy_film_pass(
	struct qy_film *film, uint64_t now_ns, const struct qy_film_counts *counts)
{
	for (; qy_film_due(film, now_ns); film->next++) {
		/* After thinning the step is twice, four times, ... as long. */
		if (film->nr_thinned < 9 && film->next % (1u << film->nr_thinned) == 0)
			take_frame(film, regular_time(film), false, counts);
	}
}

static void take_cast(struct qy_film *film, uint64_t at_ns, bool end)
{
	if (!film->out_of_memory &&
		qy_cast_take(&film->cast, film->m, at_ns, end, block_of, film))
		film->out_of_memory = true;
}

void qy_film_end(struct qy_film *film, const struct qy_film_counts *counts)
{
	film->next = QY_FILM_FRAMES + 1;
	take_frame(film, film->duration_ns, false, counts);
	take_cast(film, film->duration_ns, true);
}

bool qy_film_wants(const struct qy_film *film, uint32_t source, uint64_t now_ns)
{
	uint64_t last = film->last_refusal_ns[source];

	return film->nr_refusals < QY_FILM_REFUSALS &&
	       (last == QY_FOREVER ||
		       now_ns - last >= film->duration_ns / (2 * QY_FILM_FRAMES));
}

void qy_film_refused(struct qy_film *film, uint32_t source, uint64_t now_ns,
	const struct qy_film_counts *counts)
{
	if (film->last_refusal_ns[source] == QY_FOREVER)
		take_cast(film, now_ns, false);
	film->last_refusal_ns[source] = now_ns;
	film->nr_refusals++;
	take_frame(film, now_ns, true, counts);
}

/* ------------------------------------------------------------------ owners */

/* @sign: 1, or UINT32_MAX for minus 1. */
static void count_frames(struct qy_film *film, uint64_t pfn, uint64_t frames,
	uint32_t owner, uint32_t sign)
{
	const struct qy_film_run *run = find_run(film, pfn);

	while (run && frames) {
		uint64_t room = PAGEBLOCK_PAGES - pfn % PAGEBLOCK_PAGES;
		uint32_t nr = (uint32_t)(frames < room ? frames : room);
		uint64_t block =
			run->first_block + (pfn - run->block_pfn) / PAGEBLOCK_PAGES;

		block_cells(film, (uint32_t)block)[BLOCK_OWNERS + owner] += nr * sign;
		film->counter_cells[owner] += nr * sign;
		pfn += nr;
		frames -= nr;
	}
}

void qy_film_took(struct qy_film *film, uint64_t pfn, uint64_t frames, uint32_t owner)
{
	count_frames(film, pfn, frames, owner, 1);
}

void qy_film_gave(struct qy_film *film, uint64_t pfn, uint64_t frames, uint32_t owner)
{
	count_frames(film, pfn, frames, owner, UINT32_MAX);
}

/* ------------------------------------------------------------------ requests */

static void merge_round(struct qy_film_round *into, const struct qy_film_round *round)
{
	into->to_ns = round->to_ns;
	into->until_ns = round->until_ns;
	into->asked += round->asked;
	into->got += round->got;
	into->nr += round->nr;
	into->whole += round->whole;
	if (round->worst < into->worst)
		into->worst = round->worst;
}

static void merge_neighbours(struct qy_film_request *request)
{
	for (uint32_t i = 0; i < request->nr; i += 2) {
		request->rounds[i / 2] = request->rounds[i];
		if (i + 1 < request->nr)
			merge_round(&request->rounds[i / 2], &request->rounds[i + 1]);
	}
	request->nr = (request->nr + 1) / 2;
	request->merge *= 2;
}

void qy_film_round(
	struct qy_film *film, uint32_t request, const struct qy_film_round *round)
{
	struct qy_film_request *r = &film->request[request];
	struct qy_film_round one = *round;

	one.nr = 1;
	one.whole = one.got == one.asked;
	one.worst = (uint32_t)one.got;
	if (r->nr && r->rounds[r->nr - 1].nr < r->merge) {
		merge_round(&r->rounds[r->nr - 1], &one);
		return;
	}
	if (r->nr == QY_FILM_ROUNDS)
		merge_neighbours(r);
	r->rounds[r->nr++] = one;
}

void qy_film_freed(struct qy_film *film, uint32_t request, uint64_t now_ns)
{
	struct qy_film_request *r = &film->request[request];

	for (uint32_t i = 0; i < r->nr; i++) {
		if (r->rounds[i].until_ns > now_ns)
			r->rounds[i].until_ns = now_ns;
	}
}

void qy_film_why(struct qy_film *film, uint32_t request, struct qy_why *why)
{
	struct qy_film_request *r = &film->request[request];

	if (why)
		r->why[r->nr_whys++] = why;
}
