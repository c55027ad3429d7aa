// SPDX-License-Identifier: MIT
/*
 * The film of a run: what is recorded is what was there, within its bounds. The reader here is one of its own, so that
 * writer and page cannot be wrong together. No state.
 */
#include <quarry/sim.h>
#include <stdlib.h>
#include <string.h>

#include "lab/film.h"
#include "lab/reel.h"
#include "lab/seeds.h"
#include "tests/runner/test.h"

static uint32_t number(const uint8_t **at)
{
	uint32_t value = 0;

	for (unsigned int shift = 0;; shift += 7) {
		value |= (uint32_t)(**at & 127) << shift;
		if (!(*(*at)++ & 128))
			return value;
	}
}

/* The cells of frame @index. To be freed. */
static uint32_t *frame(const struct qy_reel *reel, uint32_t index)
{
	uint32_t *cells = calloc(reel->nr_cells + 1, sizeof(*cells));
	const uint8_t *at = reel->code;

	CHECK(index < reel->nr_frames);
	for (uint32_t i = 0; i <= index; i++) {
		uint32_t cell = 0;

		for (uint32_t left = number(&at); left; left--, cell++) {
			uint32_t code;

			cell += number(&at);
			CHECK(cell < reel->nr_cells);
			code = number(&at);
			cells[cell] += code & 1 ? 0 - (code / 2 + 1) : code / 2;
		}
		CHECK_EQ((size_t)(at - reel->code), reel->end[i]);
	}
	return cells;
}

#define CELLS 50

/* Frame @i of a series that changes here and there, by little and by much. */
static void make_frame(uint32_t i, uint32_t *cells)
{
	for (uint32_t c = 0; c < CELLS; c++)
		cells[c] = c % 7 == 0 ? i * 1000003u * c % 2000000000u : c + i / (c + 1);
}

TEST(reel, gives_back_every_frame)
{
	struct qy_reel reel;
	uint32_t cells[CELLS];

	CHECK_EQ(qy_reel_init(&reel, CELLS), 0);
	for (uint32_t i = 0; i < 200; i++) {
		make_frame(i, cells);
		CHECK_EQ(qy_reel_add(&reel, cells), 0);
	}
	for (uint32_t i = 0; i < 200; i += 17) {
		uint32_t *found = frame(&reel, i);

		make_frame(i, cells);
		CHECK(memcmp(found, cells, sizeof(cells)) == 0);
		free(found);
	}
	qy_reel_exit(&reel);
}

TEST(reel, thinned_it_has_the_frames_that_were_kept)
{
	struct qy_reel reel;
	uint32_t cells[CELLS], *found;
	bool keep[9] = { true, false, false, true, true, false, true, false, false };

	CHECK_EQ(qy_reel_init(&reel, CELLS), 0);
	for (uint32_t i = 0; i < 9; i++) {
		make_frame(i, cells);
		CHECK_EQ(qy_reel_add(&reel, cells), 0);
	}
	CHECK_EQ(qy_reel_thin(&reel, keep), 0);
	CHECK_EQ(reel.nr_frames, 4);
	make_frame(6, cells);
	found = frame(&reel, 3);
	CHECK(memcmp(found, cells, sizeof(cells)) == 0);
	free(found);
	make_frame(11, cells);
	CHECK_EQ(qy_reel_add(&reel, cells), 0);
	found = frame(&reel, 4);
	CHECK(memcmp(found, cells, sizeof(cells)) == 0);
	free(found);
	qy_reel_exit(&reel);
}

TEST(reel, base64_is_that_of_rfc_4648)
{
	static const char *const want[] = { "Zg==", "Zm8=", "Zm9v", "Zm9vYg==" };

	for (size_t i = 0; i < 4; i++) {
		struct qy_reel reel = { .code = (uint8_t *)"foob", .size = i + 1 };
		char *text = qy_reel_base64(&reel);

		CHECK_STR_EQ(text, want[i]);
		free(text);
	}
}

/* ------------------------------------------------------------------ a run */

#define PATH  QY_SOURCE_DIR "/scenarios/film.yaml"
#define BOARD "board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 2}\n"

#define SHORT                                                                                 \
	BOARD "duration: 2s\n"                                                                \
	      "load:\n"                                                                       \
	      "  - generator: {rate: 20000, duration: 1s, mix: [{gfp: GFP_KERNEL, weight: 3," \
	      " lifetime: 200ms}, {gfp: GFP_HIGHUSER_MOVABLE, order: 1}]}\n"                  \
	      "requests:\n"                                                                   \
	      "  - {name: ring, order: 3, count: 400, gfp: GFP_ATOMIC, every: 100ms,"         \
	      " hold: 50ms}\n"                                                                \
	      "  - {name: keep, order: 10, count: 2, start: 10ms}\n"                          \
	      "expect: [{request: ring, success: 100%}]\n"

struct run {
	struct qy_scenario *scenario;
	struct qy_seeds seeds;
	struct qy_check *check;
};

static void run(struct run *r, const char *text, bool film)
{
	struct qy_check_hooks hooks = { .film = film };
	struct qy_err err;

	r->scenario = qy_scenario_parse(text, strlen(text), PATH, &err);
	if (!r->scenario || qy_seeds_prepare(r->scenario, &r->seeds, &err) ||
		qy_seeds_run(&r->seeds, &hooks, &err))
		FAIL("refused: %s", err.text);
	r->check = r->seeds.check;
}

static void drop(struct run *r)
{
	qy_seeds_free(&r->seeds);
	qy_scenario_free(r->scenario);
}

TEST(film, nothing_is_recorded_unasked_and_nothing_changes_when_asked)
{
	struct run with, without;

	run(&with, SHORT, true);
	run(&without, SHORT, false);
	CHECK(!without.check->film);
	CHECK(with.check->film != NULL);
	CHECK_EQ(with.check->digest, without.check->digest);
	CHECK_EQ(with.check->min_free_pages, without.check->min_free_pages);
	drop(&with);
	drop(&without);
}

TEST(film, has_its_frames_spread_evenly_and_one_for_each_refusal)
{
	const struct qy_film *film;
	uint32_t regular = 0;
	struct run r;

	run(&r, SHORT, true);
	film = r.check->film;
	CHECK(film->nr_refusals > 0);
	for (uint32_t i = 0; i < film->nr_frames; i++) {
		CHECK(i == 0 || film->times_ns[i] >= film->times_ns[i - 1]);
		if (!film->refusal[i])
			CHECK_EQ(film->times_ns[i],
				r.check->duration_ns * regular++ / QY_FILM_FRAMES);
	}
	CHECK_EQ(regular, QY_FILM_FRAMES + 1);
	CHECK_EQ(film->map.nr_frames, film->nr_frames);
	CHECK_EQ(film->zones.nr_frames, film->nr_frames);
	CHECK_EQ(film->counters.nr_frames, film->nr_frames);
	for (uint32_t i = 0; i < film->nr_frames; i++) {
		if (film->refusal[i] &&
			film->times_ns[i] == r.check->request[0].why->when_ns)
			regular = 0;
	}
	CHECK_EQ(regular, 0); /* the first refusal has its frame */
	drop(&r);
}

TEST(film, ends_with_the_zones_and_pageblocks_of_the_report)
{
	uint32_t *zones, *map, last;
	struct run r;

	run(&r, SHORT, true);
	last = r.check->film->nr_frames - 1;
	zones = frame(&r.check->film->zones, last);
	map = frame(&r.check->film->map, last);
	for (uint32_t i = 0; i < r.check->nr_zones; i++) {
		const struct qy_zone_stats *z = &r.check->zone[i];
		uint32_t *cell =
			zones + i * (QY_FILM_NR_ZONE_CELLS +
					    QY_MIGRATE_TYPES * QY_NR_PAGE_ORDERS);

		CHECK_EQ(cell[QY_FILM_FREE], z->free_pages);
		CHECK_EQ(cell[QY_FILM_ON_CPUS], z->pcp_pages);
		CHECK_EQ(cell[QY_FILM_HIGH], z->watermark[2]);
		CHECK_EQ(cell[QY_FILM_NR_ZONE_CELLS + QY_NR_PAGE_ORDERS + 10],
			z->nr_free[10][1]);
	}
	for (uint32_t i = 0; i < r.check->nr_blocks; i++) {
		CHECK_EQ(map[i * r.check->film->cells_a_block],
			r.check->blocks[i].nr_free);
		CHECK_EQ(map[i * r.check->film->cells_a_block + 1],
			r.check->blocks[i].migratetype);
	}
	free(zones);
	free(map);
	drop(&r);
}

/* Free, reserved and owned pages of a pageblock never exceed it, and the owners' sums are their totals. */
static void check_owners(const struct qy_film *film, uint32_t index)
{
	uint32_t *map = frame(&film->map, index);
	uint32_t *counters = frame(&film->counters, index);

	for (uint32_t b = 0; b < film->nr_blocks; b++) {
		const uint32_t *cell = map + b * film->cells_a_block;
		uint64_t pages = cell[0] + film->blocks[b].nr_reserved;

		for (uint32_t o = 0; o < film->nr_owners; o++) {
			pages += cell[2 + o];
			counters[o] -= cell[2 + o];
		}
		if (film->scenario->start.kind == QY_START_FRESH)
			CHECK(pages <= film->blocks[b].nr_pages);
	}
	for (uint32_t o = 0; o < film->nr_owners; o++)
		CHECK_EQ(counters[o], 0);
	free(map);
	free(counters);
}

TEST(film, knows_who_holds_the_pages_of_a_pageblock)
{
	const struct qy_film *film;
	uint32_t *counters;
	struct run r;

	run(&r, SHORT, true);
	film = r.check->film;
	for (uint32_t i = 0; i < film->nr_frames; i += 40)
		check_owners(film, i);
	counters = frame(&film->counters, film->nr_frames - 1);
	CHECK_EQ(counters[qy_film_owner_request(film, 1)], 2 << 10);
	CHECK(counters[qy_film_owner_load(0, QY_FILM_CACHE)] > 0);
	free(counters);
	drop(&r);
}

/* Pages of the task @name at @moment, by whether they can move; the order of each pageblock's parts is checked. */
static void count_task(
	const struct qy_cast *cast, uint32_t moment, const char *name, uint64_t pages[2])
{
	uint32_t *cells = frame(&cast->reel, moment);

	pages[0] = pages[1] = 0;
	for (uint32_t i = 0; i < cast->reel.nr_cells; i += 2) {
		uint32_t who = cells[i] - 1;

		if (!cells[i]) {
			CHECK_EQ(cells[i + 1], 0);
			continue;
		}
		CHECK(who / 2 < cast->nr_tasks);
		if (i % (2 * QY_CAST_PARTS) && (cells[i - 2] - 1) % 2 == who % 2)
			CHECK(cells[i - 1] >= cells[i + 1]);
		if (i % (2 * QY_CAST_PARTS) && who % 2)
			CHECK((cells[i - 2] - 1) % 2); /* what cannot move comes first */
		if (strcmp(cast->tasks[who / 2].comm, name) == 0)
			pages[who % 2] += cells[i + 1];
	}
	free(cells);
}

TEST(film, tells_the_tasks_of_each_pageblock_at_refusals_and_at_the_end)
{
	const struct qy_cast *cast;
	uint64_t pages[2];
	struct run r;

	run(&r, SHORT, true);
	cast = &r.check->film->cast;
	CHECK_EQ(cast->reel.nr_frames, 2);
	CHECK_EQ(cast->at_ns[0], r.check->request[0].why->when_ns);
	CHECK_EQ(cast->at_ns[1], r.check->duration_ns);
	count_task(cast, 1, "keep", pages);
	CHECK_EQ(pages[0], 0);
	CHECK_EQ(pages[1], 2 << 10);
	count_task(cast, 1, "mix[1]", pages);
	CHECK(pages[0] > 1000);
	CHECK_EQ(pages[1], 0);
	drop(&r);
}

#define AGED                                                                                \
	BOARD "start: {aged: 1}\nduration: 1s\ncontents: false\n"                           \
	      "load: [{generator: {rate: 3000, duration: 1s, mix: [{gfp: GFP_KERNEL}]}}]\n" \
	      "expect: [{load: {failures: 0}}]\n"

TEST(film, counts_the_start_state_as_an_owner)
{
	uint32_t *counters;
	struct run r;

	run(&r, AGED, true);
	check_owners(r.check->film, r.check->film->nr_frames - 1);
	counters = frame(&r.check->film->counters, 0);
	CHECK(counters[QY_FILM_OWNER_START] >= r.check->start_pages);
	free(counters);
	drop(&r);
}

TEST(film, merges_the_rounds_of_a_request_when_they_are_many)
{
	const char *text =
		BOARD "duration: 5s\ncontents: false\n"
		      "requests: [{name: r, order: 0, every: 1ms, hold: 1ms}]\n"
		      "expect: [{request: r, each: 1}]\n";
	const struct qy_film_request *request;
	uint64_t nr = 0, got = 0;
	struct run r;

	run(&r, text, true);
	request = &r.check->film->request[0];
	CHECK(request->nr > QY_FILM_ROUNDS / 2 && request->nr <= QY_FILM_ROUNDS);
	for (uint32_t i = 0; i < request->nr; i++) {
		nr += request->rounds[i].nr;
		got += request->rounds[i].got;
		CHECK(request->rounds[i].from_ns <= request->rounds[i].to_ns);
		CHECK(i == 0 ||
			request->rounds[i - 1].to_ns < request->rounds[i].from_ns);
	}
	CHECK_EQ(nr, 5000);
	CHECK_EQ(got, 5000);
	drop(&r);
}

/* ------------------------------------------------------------------ bounds */

/* Pages change hands between all frames, so that the code outgrows its bound. */
static void film_much(struct qy_film *film, uint64_t duration_ns, uint32_t refusals)
{
	static const struct qy_film_counts counts;
	const struct qy_film_run *run = &film->runs[0];

	for (uint32_t i = 0; i < 4 * QY_FILM_FRAMES; i++) {
		uint64_t now = duration_ns * i / (4 * QY_FILM_FRAMES);
		uint64_t pfn =
			run->first_pfn + i * 512ull % (run->end_pfn - run->first_pfn);

		qy_film_took(film, pfn, 1 + i % 300, QY_FILM_OWNER_START);
		if (i < refusals && qy_film_wants(film, 0, now))
			qy_film_refused(film, 0, now, &counts);
		qy_film_pass(film, now, &counts);
	}
	qy_film_end(film, &counts);
}

static struct qy_machine *boot_small(struct qy_loaded_board **board)
{
	struct qy_board_opts opts = {
		.dtb = QY_SOURCE_DIR "/boards/qemu-virt-8g.dts", .memory = "64M", .smp = 1
	};
	struct qy_sim_opts sim = { .no_contents = true };
	struct qy_machine *m;
	struct qy_err err;
	char why[256];

	*board = qy_board_load(&opts, &err);
	if (!*board)
		FAIL("%s", err.text);
	m = qy_sim_boot(&(*board)->board, &sim, why, sizeof(why));
	if (!m)
		FAIL("%s", why);
	return m;
}

TEST(film, loses_every_other_frame_when_its_code_outgrows_the_bound)
{
	struct qy_scenario scenario = { .nr_requests = 1 };
	struct qy_loaded_board *board;
	struct qy_machine *m = boot_small(&board);
	struct qy_film *film = qy_film_open(m, &scenario, 1000000000);
	uint64_t step;

	CHECK(film != NULL);
	film->max_bytes = 700;
	film_much(film, 1000000000, 40);
	CHECK(!film->out_of_memory);
	CHECK(film->nr_thinned >= 2);
	CHECK(film->map.size <= 2 * film->max_bytes);
	CHECK_EQ(film->times_ns[0], 0);
	CHECK_EQ(film->times_ns[film->nr_frames - 1], 1000000000);
	step = 1000000000 / QY_FILM_FRAMES << film->nr_thinned;
	for (uint32_t i = 1; i + 1 < film->nr_frames; i++) {
		if (!film->refusal[i] && !film->refusal[i - 1])
			CHECK(film->times_ns[i] - film->times_ns[i - 1] >= step);
	}
	qy_film_free(film);
	qy_sim_shutdown(m);
	qy_board_free(board);
}

TEST(film, takes_no_refusals_closer_than_half_a_step)
{
	static const struct qy_film_counts counts;
	struct qy_scenario scenario = { .nr_requests = 2 };
	struct qy_loaded_board *board;
	struct qy_machine *m = boot_small(&board);
	struct qy_film *film = qy_film_open(m, &scenario, 1024000);

	CHECK(film != NULL);
	CHECK(qy_film_wants(film, 0, 500));
	qy_film_refused(film, 0, 500, &counts);
	CHECK(!qy_film_wants(film, 0, 1499));
	CHECK(qy_film_wants(film, 0, 1500));
	CHECK(qy_film_wants(film, 1, 500)); /* another source */
	for (uint32_t i = 1; i < QY_FILM_REFUSALS; i++)
		qy_film_refused(film, 1, i * 2000, &counts);
	CHECK(!qy_film_wants(film, 0, 1000000));
	CHECK_EQ(film->nr_frames, QY_FILM_REFUSALS);
	qy_film_free(film);
	qy_sim_shutdown(m);
	qy_board_free(board);
}
