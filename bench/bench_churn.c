// SPDX-License-Identifier: MIT
/*
 * Are there whole pageblocks left after unmovable memory has come and gone under pressure?
 *
 * Twenty rounds: movable pages fill memory to 98 %; a random 4 % of it is freed; unmovable pages take 4 %; three quarters
 * of all unmovable ones go, at random. Then everything movable is freed. Ideal: what is left lies together, so that all
 * other memory is free in blocks of order 9. A row is the median over seeds, the same ones for every peer.
 *
 * A peer without kinds of pages gets plain requests. Every page of Quarry is real memory: a move copies it.
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <quarry/compact.h>
#include <quarry/hosted.h>
#include <quarry/movable.h>
#include <quarry/stats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_GIB 1
#define NR_ROUNDS   20
#define FILL        98 /* percent of memory */
#define BURST       4
#define BLOCK       512 /* frames of order 9 */
#define MAX_PEERS   (BENCH_MAX_PEERS + 3)

/* One page that is held. It stays where it is in host memory: a frame points back to its handle. */
struct entry {
	struct qy_handle handle;
	uint64_t frame; /* as the peer named it, or a struct page */
	bool movable;
};

struct list {
	struct entry **at;
	uint64_t nr;
};

struct result {
	double share;  /* of the ideal number of order-9 blocks, in percent */
	double moves;  /* per unmovable allocation */
	double failed; /* unmovable allocations, in percent */
	double seconds;
};

struct churn {
	const struct bench_peer *peer; /* NULL: Quarry */
	enum qy_policy policy;
	struct qy_machine *m;
	struct qy_board board;
	struct qy_bank bank;
	uint64_t nr_frames; /* that can be had */
	uint64_t random;
	struct entry *pool;
	struct list spare, movable, unmovable;
	uint64_t nr_asked, nr_failed; /* unmovable */
};

static uint64_t next_random(struct churn *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	return c->random ^= c->random << 17;
}

/* ------------------------------------------------------------------ one page */

static bool take_quarry(struct churn *c, struct entry *e)
{
	qy_gfp_t gfp = e->movable ? QY_GFP_HIGHUSER_MOVABLE : QY_GFP_KERNEL;
	struct page *page = qy_alloc_pages(c->m, gfp | QY___GFP_NOWARN, 0);

	if (!page)
		return false;
	if (e->movable && qy_handle_adopt(c->m, &e->handle, page, "churn", 0))
		abort();
	e->frame = (uint64_t)(uintptr_t)page;
	return true;
}

static void give_quarry(struct churn *c, struct entry *e)
{
	struct page *page = (struct page *)(uintptr_t)e->frame;

	if (e->movable)
		page = qy_handle_release(c->m, &e->handle);
	qy_free_pages(c->m, page, 0);
}

static bool take(struct churn *c, bool movable)
{
	struct list *list = movable ? &c->movable : &c->unmovable;
	struct entry *e;

	if (!c->spare.nr)
		return false;
	e = c->spare.at[c->spare.nr - 1];
	e->movable = movable;
	if (c->peer) {
		e->frame = c->peer->get(0);
		if (e->frame == BENCH_NO_FRAME)
			return false;
	} else if (!take_quarry(c, e)) {
		return false;
	}
	c->spare.nr--;
	list->at[list->nr++] = e;
	return true;
}

static void give(struct churn *c, struct list *list, uint64_t which)
{
	struct entry *e = list->at[which];

	list->at[which] = list->at[--list->nr];
	if (c->peer)
		c->peer->put(e->frame, 0);
	else
		give_quarry(c, e);
	c->spare.at[c->spare.nr++] = e;
}

static void give_at_random(struct churn *c, struct list *list, uint64_t nr)
{
	while (nr-- && list->nr)
		give(c, list, next_random(c) % list->nr);
	/* as who reclaims does: what is free on lists of one type is none for another */
	if (!c->peer)
		qy_drain_all_pages(c->m);
}

/* ------------------------------------------------------------------ a run */

static int boot_quarry(struct churn *c, uint64_t nr_frames)
{
	struct qy_machine_stats stats;
	char why[256];

	qy_board_defaults(&c->board, QY_ARCH_X86_64);
	c->bank =
		(struct qy_bank){ .base = 4ull << 30, .size = nr_frames * QY_PAGE_SIZE };
	c->board.banks = &c->bank;
	c->board.nr_banks = 1;
	c->board.nr_cpus = 1;
	c->board.thp = false; /* whose reserves are larger than what is left at 98 % */
	c->board.kernel = (struct qy_kernel_image){ 0 };
	c->board.policy = c->policy;
	c->m = qy_hosted_boot(&c->board, NULL, why, sizeof(why));
	if (!c->m || qy_enter_cpu(c->m, 0) != 0) {
		fprintf(stderr, "bench: quarry does not boot: %s\n", why);
		return -1;
	}
	qy_machine_stats(c->m, &stats);
	c->nr_frames = stats.managed_pages;
	return 0;
}

static int start(struct churn *c, uint64_t nr_frames, uint64_t seed)
{
	c->random = seed * 88172645463325252ull;
	c->nr_asked = c->nr_failed = 0;
	c->nr_frames = nr_frames;
	c->spare.nr = nr_frames;
	c->movable.nr = c->unmovable.nr = 0;
	for (uint64_t i = 0; i < nr_frames; i++)
		c->spare.at[i] = &c->pool[i];
	if (!c->peer)
		return boot_quarry(c, nr_frames);
	if (c->peer->init(nr_frames, 1))
		return -1;
	if (c->peer->enter)
		c->peer->enter(0);
	return 0;
}

static void stop(struct churn *c)
{
	while (c->unmovable.nr)
		give(c, &c->unmovable, c->unmovable.nr - 1);
	if (c->peer) {
		if (c->peer->leave)
			c->peer->leave();
		c->peer->exit();
		return;
	}
	qy_leave();
	qy_hosted_shutdown(c->m);
}

static void play_round(struct churn *c)
{
	uint64_t burst = c->nr_frames * BURST / 100;

	while (c->movable.nr + c->unmovable.nr < c->nr_frames * FILL / 100 &&
		take(c, true))
		;
	give_at_random(c, &c->movable, burst);
	for (uint64_t i = 0; i < burst; i++) {
		c->nr_asked++;
		c->nr_failed += !take(c, false);
	}
	give_at_random(c, &c->unmovable, c->unmovable.nr * 3 / 4);
	if (!c->peer) {
		qy_vmstat_tick(c->m, 0); /* what kswapd would do: a boost ends */
		qy_make_room_step(c->m, 0);
	}
}

/* Free blocks of order 9. Watermarks, which peers do not have, must not hide any. */
static uint64_t count_whole(struct churn *c)
{
	uint64_t nr = 0, *frames;
	struct qy_zone_stats z;

	if (!c->peer) {
		qy_drain_all_pages(c->m);
		for (uint32_t i = 0; qy_zone_stats(c->m, i, &z); i++)
			for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
				nr += z.nr_free[9][mt] + 2 * z.nr_free[10][mt];
		return nr;
	}
	frames = malloc(c->nr_frames / BLOCK * sizeof(*frames));
	while (frames && nr < c->nr_frames / BLOCK &&
		(frames[nr] = c->peer->get(9)) != BENCH_NO_FRAME)
		nr++;
	for (uint64_t i = 0; i < nr; i++)
		c->peer->put(frames[i], 9);
	free(frames);
	return nr;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool run(struct churn *c, uint64_t nr_frames, uint64_t seed, struct result *result)
{
	struct qy_room_counts counts = { 0, 0 };
	uint64_t ideal;

	if (start(c, nr_frames, seed))
		return false;
	result->seconds = seconds_now();
	for (int i = 0; i < NR_ROUNDS; i++)
		play_round(c);
	result->seconds = seconds_now() - result->seconds;
	while (c->movable.nr)
		give(c, &c->movable, c->movable.nr - 1);
	ideal = (c->nr_frames - c->unmovable.nr) / BLOCK;
	result->share = 100.0 * (double)count_whole(c) / (double)ideal;
	if (!c->peer)
		qy_room_counts(c->m, &counts);
	result->moves = (double)counts.pages_moved / (double)(c->nr_asked - c->nr_failed);
	result->failed = 100.0 * (double)c->nr_failed / (double)c->nr_asked;
	stop(c);
	return true;
}

/* ------------------------------------------------------------------ the table */

static double median_of(const struct result *results, unsigned int nr, size_t at)
{
	double values[BENCH_MAX_REPS];

	for (unsigned int i = 0; i < nr; i++)
		memcpy(&values[i], (const char *)&results[i] + at, sizeof(double));
	return bench_median(values, nr);
}

static bool measure(
	struct churn *c, uint64_t nr_frames, unsigned int reps, struct result *result)
{
	struct result results[BENCH_MAX_REPS];

	for (unsigned int i = 0; i < reps; i++)
		if (!run(c, nr_frames, i + 1, &results[i]))
			return false;
	for (size_t at = 0; at < sizeof(*result); at += sizeof(double)) {
		double value = median_of(results, reps, at);

		memcpy((char *)result + at, &value, sizeof(value));
	}
	return true;
}

static void print_row(const struct churn *c, bool json, bool first, const char *error,
	const struct result *r)
{
	const char *name = c->peer                         ? c->peer->name
			   : c->policy == QY_POLICY_QUARRY ? "quarry, policy quarry"
							   : "quarry, policy linux";

	if (json) {
		printf("%s\n  {\"peer\": \"%s\"", first ? "" : ",", name);
		if (error)
			printf(", \"error\": \"%s\"}", error);
		else
			printf(", \"order9_percent\": %.2f, \"moves_per_unmovable\": %.3f, \"failed_percent\": %.3f, \"cpu_s\": %.3f}",
				r->share, r->moves, r->failed, r->seconds);
		return;
	}
	if (error)
		printf("  %-24s  %s\n", name, error);
	else
		printf("  %-24s%13.1f%%%15.2f%11.2f%%%11.2f\n", name, r->share, r->moves,
			r->failed, r->seconds);
	fflush(stdout);
}

static int make_lists(struct churn *c, uint64_t nr)
{
	c->pool = calloc(nr, sizeof(*c->pool));
	c->spare.at = malloc(nr * sizeof(*c->spare.at));
	c->movable.at = malloc(nr * sizeof(*c->movable.at));
	c->unmovable.at = malloc(nr * sizeof(*c->unmovable.at));
	if (c->pool && c->spare.at && c->movable.at && c->unmovable.at)
		return 0;
	fprintf(stderr, "bench_churn: the host has no memory for %llu pages\n",
		(unsigned long long)nr);
	return 1;
}

int main(int argc, char **argv)
{
	static struct bench_peer peers[MAX_PEERS];
	static struct bench_args args;
	static struct churn churn;
	unsigned int nr_peers = 0;
	int error = bench_args_parse(&args, argc, argv);

	if (error)
		return error < 0 ? 0 : error;
	bench_peer_list_buddy(&peers[nr_peers++]);
	for (unsigned int i = 0; i < args.nr_peers; i++)
		if (bench_peer_plugin(&peers[nr_peers++], args.peers[i]))
			return 2;
	uint64_t nr_frames = (uint64_t)(args.gib ? args.gib : DEFAULT_GIB) << 18;

	if (make_lists(&churn, nr_frames))
		return 1;
	if (args.json)
		printf("{\"schema\": 1, \"bench\": \"churn\", \"gib\": %llu, \"reps\": %u, \"rows\": [",
			(unsigned long long)(nr_frames >> 18), args.reps);
	else
		printf("pressure churn: %llu GiB, %d rounds, median of %u seeds\n%-26s%14s%15s%12s%11s\n",
			(unsigned long long)(nr_frames >> 18), NR_ROUNDS, args.reps, "",
			"order 9 left", "moves / unmov.", "refused", "CPU s");
	for (unsigned int row = 0; row < 2 + nr_peers; row++) {
		struct result result;
		bool good;

		churn.policy = row ? QY_POLICY_LINUX : QY_POLICY_QUARRY;
		churn.peer = row < 2 ? NULL : &peers[row - 2];
		if (churn.peer && churn.peer->absent) {
			print_row(&churn, args.json, !row, churn.peer->absent, NULL);
			continue;
		}
		good = measure(&churn, nr_frames, args.reps, &result);
		print_row(&churn, args.json, !row, good ? NULL : "failed", &result);
	}
	if (args.json)
		printf("]}\n");
	return 0;
}
