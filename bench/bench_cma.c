// SPDX-License-Identifier: MIT
/*
 * How long does a device wait for 16 MiB of an area that others have borrowed half of?
 *
 * Before each request the area of 16 MiB is half full of movable pages of one class, single pages in no order or runs of
 * 64 KiB, while there is room for them outside; in some rows one thread writes to them all the time. Percentiles of the
 * request alone.
 *
 * Locking: the writer stops before the pages go.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "mm/page/page.h"
#include <quarry/cma.h>
#include <quarry/hosted.h>
#include <quarry/mapped.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MIB(n)           ((uint64_t)(n) << 20)
#define AREA_PAGES       (MIB(16) >> QY_PAGE_SHIFT)
#define HALF             (AREA_PAGES / 2)
#define OUTSIDE          MIB(112)
#define REQUESTS_PER_REP 40
#define MAX_REQUESTS     (BENCH_MAX_REPS * REQUESTS_PER_REP)
#define RUN_ORDER        4 /* 64 KiB */
#define TO_THE_LAST      (QY___GFP_NOWARN | QY___GFP_MEMALLOC)
#define BORROW           (QY_GFP_HIGHUSER_MOVABLE | TO_THE_LAST)

enum class {
	MAPPED,
	HANDLE,
	DROPPABLE,
};

static const struct row {
	const char *name;
	enum class class;
	unsigned int order; /* of what the area is full of */
	bool writer;
	double goal_ms; /* of the 99th percentile */
} rows[] = {
	{ "mapped, runs of 64 KiB", MAPPED, RUN_ORDER, false, 25 },
	{ "mapped, runs, 1 writer", MAPPED, RUN_ORDER, true, 25 },
	{ "mapped, single, 1 writer", MAPPED, 0, true, 25 },
	{ "handle, single pages", HANDLE, 0, false, 5 },
	{ "handle, single, 1 writer", HANDLE, 0, true, 5 },
	{ "droppable, single pages", DROPPABLE, 0, false, 0.5 },
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

struct bench {
	struct bench_args args;
	struct qy_machine *m;
	const struct row *row;
	struct page *outside[OUTSIDE >> QY_PAGE_SHIFT];
	unsigned char outside_order[OUTSIDE >> QY_PAGE_SHIFT];
	struct page *borrowed[AREA_PAGES];
	struct qy_handle handle[HALF];
	struct qy_mapped *range;
	uint64_t random;
	bool stop, writing; /* atomic */
};

static void die(const char *what)
{
	fprintf(stderr, "bench_cma: %s\n", what);
	exit(1);
}

static double clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void boot(struct bench *b)
{
	static struct qy_bank bank = { .base = 1ull << 30, .size = MIB(128) };
	static struct qy_board board;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	memset(&board.kernel, 0, sizeof(board.kernel));
	board.thp = false;
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = 2;
	board.has_zone_dma = board.has_zone_dma32 = false;
	board.cma = (struct qy_cma_request){ .given = true, .size = MIB(16) };
	b->m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!b->m)
		die(why);
	qy_enter(b->m);
}

/* ------------------------------------------------------------------ half of the area */

/* Everything outside of the area is taken, so that movable requests find nothing else. */
static size_t take_outside(struct bench *b)
{
	const qy_gfp_t gfp = QY_GFP_KERNEL | TO_THE_LAST;
	size_t nr = 0;

	for (int order = QY_MAX_PAGE_ORDER; order >= 0; order--)
		while ((b->outside[nr] = qy_alloc_pages(b->m, gfp, (unsigned int)order)))
			b->outside_order[nr++] = (unsigned char)order;
	return nr;
}

static void adopt(struct bench *b, uint32_t n)
{
	struct page *page = qy_alloc_pages(b->m, BORROW, 0);

	if (!page)
		die("no page to borrow");
	memset(qy_page_address(b->m, page), 1, QY_PAGE_SIZE);
	qy_handle_adopt(b->m, &b->handle[n], page, "borrower",
		b->row->class == DROPPABLE ? QY_HANDLE_DROPPABLE : 0);
}

static void fill_half(struct bench *b)
{
	size_t nr_outside = take_outside(b);
	uint32_t nr = 0;

	while (nr < AREA_PAGES &&
		(b->borrowed[nr] = qy_alloc_pages(b->m, BORROW, b->row->order)))
		nr++;
	for (uint32_t i = nr; i > 1; i--) {
		uint32_t j = (uint32_t)(next_random(&b->random) % i);
		struct page *page = b->borrowed[i - 1];

		b->borrowed[i - 1] = b->borrowed[j];
		b->borrowed[j] = page;
	}
	for (uint32_t i = 0; i < HALF >> b->row->order; i++)
		qy_free_pages(b->m, b->borrowed[--nr], b->row->order);
	if (b->row->class == MAPPED) {
		if (qy_mapped_create(b->m, b->range, HALF, BORROW, "borrower"))
			die("no range");
		memset(b->range->address, 1, HALF << QY_PAGE_SHIFT);
	} else {
		for (uint32_t i = 0; i < HALF; i++)
			adopt(b, i);
	}
	while (nr)
		qy_free_pages(b->m, b->borrowed[--nr], b->row->order);
	while (nr_outside--)
		qy_free_pages(b->m, b->outside[nr_outside], b->outside_order[nr_outside]);
	qy_drain_all_pages(b->m);
}

static void drop_half(struct bench *b)
{
	if (b->row->class == MAPPED && qy_mapped_destroy(b->m, b->range))
		die("the range stays");
	for (uint32_t i = 0; b->row->class != MAPPED && i < HALF; i++) {
		struct page *page = qy_handle_release(b->m, &b->handle[i]);

		if (page)
			qy_free_pages(b->m, page, 0);
	}
}

static void write_one(struct bench *b, uint64_t *random)
{
	uint32_t page = (uint32_t)(next_random(random) >> 20) % HALF;
	char *at = b->row->class == MAPPED
			   ? (char *)b->range->address + ((size_t)page << QY_PAGE_SHIFT)
			   : qy_handle_pin(b->m, &b->handle[page], NULL);

	if (at)
		++*(volatile uint64_t *)at;
	if (b->row->class != MAPPED && at)
		qy_handle_unpin(b->m, &b->handle[page]);
}

static void *write_pages(void *arg)
{
	struct bench *b = arg;
	uint64_t random = 88172645463325252ull;

	qy_enter(b->m);
	while (!__atomic_load_n(&b->stop, __ATOMIC_RELAXED)) {
		write_one(b, &random);
		__atomic_store_n(&b->writing, true, __ATOMIC_RELAXED);
	}
	qy_leave();
	return NULL;
}

/* ------------------------------------------------------------------ a request */

struct sample {
	double cpu_ms, wall_ms;
};

static struct sample one_request(struct bench *b)
{
	struct qy_contig_failure why;
	struct sample sample;
	struct page *page;
	pthread_t writer;
	double cpu, wall;
	char text[160];

	fill_half(b);
	b->stop = b->writing = false;
	if (b->row->writer && pthread_create(&writer, NULL, write_pages, b))
		die("no thread");
	while (b->row->writer && !__atomic_load_n(&b->writing, __ATOMIC_RELAXED))
		sched_yield();
	cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	wall = clock_ns(CLOCK_MONOTONIC);
	/* the area is the request: while the writer sleeps with a page pinned there is no other run */
	while (!(page = qy_cma_alloc(
			 b->m, 0, AREA_PAGES, QY_CMA_ALIGNMENT, true, &why)) &&
		why.cause == QY_CONTIG_PINNED)
		sched_yield();
	sample.cpu_ms = (clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu) / 1e6;
	sample.wall_ms = (clock_ns(CLOCK_MONOTONIC) - wall) / 1e6;
	__atomic_store_n(&b->stop, true, __ATOMIC_RELAXED);
	if (b->row->writer)
		pthread_join(writer, NULL);
	if (!page) {
		qy_contig_failure_text(&why, text, sizeof(text));
		die(text);
	}
	qy_cma_release(b->m, 0, page, AREA_PAGES);
	drop_half(b);
	return sample;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_row(const struct bench *b, unsigned int n, double *ms, unsigned int nr,
	double wall_p99)
{
	double p50, p99, most;

	qsort(ms, nr, sizeof(*ms), by_value);
	p50 = ms[nr / 2];
	p99 = ms[nr * 99 / 100];
	most = ms[nr - 1];
	if (b->args.json)
		printf("%s\n  {\"row\": \"%s\", \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, \"wall_p99_ms\": %.3f, \"goal_p99_ms\": %.1f}",
			n ? "," : "", rows[n].name, p50, p99, most, wall_p99,
			rows[n].goal_ms);
	else
		printf("  %-28s%10.3f%10.3f%10.3f%14.3f%10.1f\n", rows[n].name, p50, p99,
			most, wall_p99, rows[n].goal_ms);
}

int main(int argc, char **argv)
{
	static struct sample samples[NR_ROWS][MAX_REQUESTS];
	static double ms[MAX_REQUESTS];
	static struct bench b;
	int result = bench_args_parse(&b.args, argc, argv);
	unsigned int nr;

	if (result)
		return result < 0 ? 0 : result;
	b.random = 99;
	b.range = malloc(qy_mapped_bytes(HALF));
	if (!b.range)
		die("no memory");
	boot(&b);
	nr = b.args.reps * REQUESTS_PER_REP;
	for (unsigned int r = 0; r < nr; r++)
		for (unsigned int n = 0; n < NR_ROWS; n++) {
			b.row = &rows[n];
			samples[n][r] = one_request(&b);
		}
	if (b.args.json)
		printf("{\"schema\": 1, \"bench\": \"cma\", \"requests\": %u, \"rows\": [",
			nr);
	else
		printf("cma: 16 MiB of an area of 16 MiB, half of it borrowed: ms of %s, %u requests a row\n\n  %-28s%10s%10s%10s%14s%10s\n",
			b.args.wall ? "wall time" : "CPU time", nr, "", "p50", "p99",
			"max", "p99 by wall", "goal p99");
	for (unsigned int n = 0; n < NR_ROWS; n++) {
		double wall_p99;

		for (unsigned int r = 0; r < nr; r++)
			ms[r] = samples[n][r].wall_ms;
		qsort(ms, nr, sizeof(*ms), by_value);
		wall_p99 = ms[nr * 99 / 100];
		for (unsigned int r = 0; r < nr; r++)
			ms[r] = b.args.wall ? samples[n][r].wall_ms
					    : samples[n][r].cpu_ms;
		print_row(&b, n, ms, nr, wall_p99);
	}
	if (b.args.json)
		printf("]}\n");
	qy_leave();
	qy_hosted_shutdown(b.m);
	return 0;
}
