// SPDX-License-Identifier: MIT
/*
 * How many pages does compaction move for a block of order 9?
 *
 * Memory is full of movable pages, a share of which is freed at random. Then either vm.compact_memory runs, or requests of
 * order 9 are made until one fails. In a pageblock of which a share f is free, 512 x (1 - f) pages must go: so many moves a
 * block is the ideal.
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
#include <time.h>

#define DEFAULT_GIB 1
#define BLOCK       512

struct field {
	struct qy_machine *m;
	struct qy_board board;
	struct qy_bank bank;
	struct qy_handle *handles;
	struct page **pages; /* NULL: freed */
	struct page **blocks;
	uint64_t nr_frames;
};

static const unsigned int free_percent[] = { 25, 50, 75 };

/* ------------------------------------------------------------------ the state */

static bool boot(struct field *f)
{
	char why[256];

	qy_board_defaults(&f->board, QY_ARCH_X86_64);
	f->bank = (struct qy_bank){ .base = 4ull << 30,
		.size = f->nr_frames * QY_PAGE_SIZE };
	f->board.banks = &f->bank;
	f->board.nr_banks = 1;
	f->board.nr_cpus = 1;
	f->board.thp = false;
	f->board.kernel = (struct qy_kernel_image){ 0 };
	f->m = qy_hosted_boot(&f->board, NULL, why, sizeof(why));
	if (f->m && qy_enter_cpu(f->m, 0) == 0)
		return true;
	fprintf(stderr, "bench: quarry does not boot: %s\n", why);
	return false;
}

static void shut_down(struct field *f)
{
	qy_leave();
	qy_hosted_shutdown(f->m);
}

static void scatter(struct field *f, unsigned int percent, uint64_t seed)
{
	uint64_t nr = 0, random = seed * 88172645463325252ull;

	while (nr < f->nr_frames &&
		(f->pages[nr] = qy_alloc_pages(
			 f->m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_NOWARN, 0)))
		*(uint64_t *)qy_page_address(f->m, f->pages[nr++]) = 1;
	for (uint64_t i = 0; i < nr; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		if (random % 100 < percent)
			qy_free_pages(f->m, f->pages[i], 0);
		else if (qy_handle_adopt(f->m, &f->handles[i], f->pages[i], "bench", 0))
			abort();
	}
	qy_drain_all_pages(f->m);
	qy_vmstat_tick(f->m, 0);
}

static uint64_t count_whole(struct field *f)
{
	struct qy_zone_stats z;
	uint64_t nr = 0;

	for (uint32_t i = 0; qy_zone_stats(f->m, i, &z); i++)
		for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
			nr += z.nr_free[9][mt] + 2 * z.nr_free[10][mt];
	return nr;
}

/* ------------------------------------------------------------------ making blocks */

static uint64_t by_request(struct field *f)
{
	uint64_t nr = 0;

	while (nr < f->nr_frames / BLOCK &&
		(f->blocks[nr] = qy_alloc_pages(
			 f->m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_NOWARN, 9)))
		nr++;
	return nr;
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct row {
	double blocks, moves, us; /* moves and time a block */
};

static bool run(
	struct field *f, unsigned int percent, bool ask, uint64_t seed, struct row *row)
{
	struct qy_compact_counts counts;
	uint64_t before, made;

	if (!boot(f))
		return false;
	scatter(f, percent, seed);
	before = count_whole(f);
	double begin = seconds_now();

	if (ask) {
		made = by_request(f) - before;
	} else {
		qy_compact_memory(f->m);
		made = count_whole(f) - before;
	}
	row->us = (seconds_now() - begin) * 1e6 / (double)(made ? made : 1);
	qy_compact_counts(f->m, &counts);
	row->blocks = (double)made;
	row->moves = (double)counts.moved_pages / (double)(made ? made : 1);
	shut_down(f);
	return true;
}

static double median_of(const struct row *rows, unsigned int nr, unsigned int which)
{
	double values[BENCH_MAX_REPS];

	for (unsigned int i = 0; i < nr; i++)
		values[i] = which == 0   ? rows[i].blocks
			    : which == 1 ? rows[i].moves
					 : rows[i].us;
	return bench_median(values, nr);
}

static bool measure(
	struct field *f, const struct bench_args *args, unsigned int percent, bool ask)
{
	struct row rows[BENCH_MAX_REPS];

	for (unsigned int i = 0; i < args->reps; i++)
		if (!run(f, percent, ask, i + 1, &rows[i]))
			return false;
	double blocks = median_of(rows, args->reps, 0),
	       moves = median_of(rows, args->reps, 1),
	       us = median_of(rows, args->reps, 2);
	double ideal = BLOCK * (100.0 - percent) / 100;

	if (args->json)
		printf("%s\n  {\"free_percent\": %u, \"by\": \"%s\", \"blocks\": %.0f, \"moves_per_block\": %.1f, \"ideal\": %.1f, \"us_per_block\": %.1f}",
			percent == free_percent[0] && !ask ? "" : ",", percent,
			ask ? "requests" : "compact_memory", blocks, moves, ideal, us);
	else
		printf("  %3u %% free, %-16s%9.0f%15.1f%9.1f%15.1f\n", percent,
			ask ? "requests" : "compact_memory", blocks, moves, ideal, us);
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	static struct bench_args args;
	static struct field f;
	int error = bench_args_parse(&args, argc, argv);

	if (error)
		return error < 0 ? 0 : error;
	f.nr_frames = (uint64_t)(args.gib ? args.gib : DEFAULT_GIB) << 18;
	f.handles = calloc(f.nr_frames, sizeof(*f.handles));
	f.pages = malloc(f.nr_frames * sizeof(*f.pages));
	f.blocks = malloc(f.nr_frames / BLOCK * sizeof(*f.blocks));
	if (!f.handles || !f.pages || !f.blocks) {
		fprintf(stderr, "bench_compaction: the host has no memory for it\n");
		return 1;
	}
	if (args.json)
		printf("{\"schema\": 1, \"bench\": \"compaction\", \"gib\": %llu, \"reps\": %u, \"rows\": [",
			(unsigned long long)(f.nr_frames >> 18), args.reps);
	else
		printf("compaction: %llu GiB, blocks of order 9, policy linux, median of %u seeds\n%-30s%9s%15s%9s%15s\n",
			(unsigned long long)(f.nr_frames >> 18), args.reps, "", "blocks",
			"moves / block", "ideal", "us / block");
	for (unsigned int i = 0; i < sizeof(free_percent) / sizeof(free_percent[0]); i++)
		for (int ask = 0; ask < 2; ask++)
			if (!measure(&f, &args, free_percent[i], ask))
				return 1;
	if (args.json)
		printf("]}\n");
	return 0;
}
