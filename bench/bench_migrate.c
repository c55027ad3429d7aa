// SPDX-License-Identifier: MIT
/*
 * What does it take to move a page, beside a copy of 4 KiB that finds nothing in the cache?
 *
 * Handles are moved one by one, as compaction does; pages of a mapped range one by one and in batches, neighbours of the
 * range or pages of anywhere in it. Writers, where a row has them, write one word in a random page, again and again. All
 * rows of a repetition run one after the other on one machine; a target is allocated and the old frame freed in the time.
 *
 * Locking: writers stop when the row is measured; each writes a word of its own in a page.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "mm/contig/migrate.h"
#include <quarry/hosted.h>
#include <quarry/mapped.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NR_HANDLES  (1u << 16) /* 256 MiB: no cache holds them */
#define RANGE_PAGES (1u << 14) /* each may be a mapping of its own */
#define MAX_WRITERS 2

enum what {
	COPY,
	HANDLE,
	MAPPED,
};

struct row {
	const char *name;
	enum what what;
	unsigned int writers;
	unsigned int batch;
	bool anywhere;  /* not neighbours */
	bool scattered; /* their copies are none: each is a mapping of its own */
};

static const struct row rows[] = {
	{ "memcpy, cold", COPY, 0, 1, true, false },
	{ "handle", HANDLE, 0, 1, true, false },
	{ "handle, 1 writer", HANDLE, 1, 1, true, false },
	{ "handle, 2 writers", HANDLE, 2, 1, true, false },
	{ "mapped, 1 at once", MAPPED, 0, 1, true, true },
	{ "mapped, 1 at once, 1 writer", MAPPED, 1, 1, true, true },
	{ "mapped, 64, 1 writer", MAPPED, 1, 64, false, false },
	{ "mapped, 512, 1 writer", MAPPED, 1, 512, false, false },
	{ "mapped, 64 to scattered, 1 writer", MAPPED, 1, 64, false, true },
	{ "mapped, 512 to scattered, 1 writer", MAPPED, 1, 512, false, true },
	{ "mapped, 512 of anywhere, 1 writer", MAPPED, 1, 512, true, true },
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

struct bench;

struct writer {
	pthread_t thread;
	struct bench *b;
	unsigned int number;
	uint64_t writes;
};

struct bench {
	struct migrate_control mc;
	struct bench_args args;
	struct qy_machine *m;
	struct qy_handle *handles;
	struct qy_mapped *range;
	uint32_t *order; /* pages, shuffled */
	uint32_t *stock; /* targets, shuffled */
	uint32_t nr_stock;
	const struct row *row;
	bool stop; /* atomic */
	struct writer writer[MAX_WRITERS];
};

struct sample {
	double cpu_ns, wall_ns; /* a page */
	double writes;          /* of all writers, millions a second */
};

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

static void die(const char *what)
{
	fprintf(stderr, "bench_migrate: %s\n", what);
	exit(1);
}

/* ------------------------------------------------------------------ the world */

static void boot(struct bench *b)
{
	static struct qy_bank bank = { .base = 1ull << 30, .size = 1ull << 30 };
	static struct qy_board board;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	memset(&board.kernel, 0, sizeof(board.kernel));
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = 1 + MAX_WRITERS;
	b->m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!b->m)
		die(why);
	qy_enter(b->m);
}

static void shuffle(uint32_t *order, uint32_t nr, uint64_t random)
{
	for (uint32_t i = 0; i < nr; i++)
		order[i] = i;
	for (uint32_t i = nr; i > 1; i--) {
		uint32_t j = (uint32_t)(next_random(&random) % i), page = order[i - 1];

		order[i - 1] = order[j];
		order[j] = page;
	}
}

static struct page *new_page(struct bench *b)
{
	struct page *page = qy_alloc_pages(b->m, QY_GFP_HIGHUSER_MOVABLE, 0);

	if (!page)
		die("no page");
	memset(qy_page_address(b->m, page), 1, QY_PAGE_SIZE);
	return page;
}

static void make_pages(struct bench *b)
{
	b->order = malloc(NR_HANDLES * sizeof(*b->order));
	b->stock = malloc(NR_HANDLES * sizeof(*b->stock));
	b->handles = calloc(NR_HANDLES, sizeof(*b->handles));
	b->range = malloc(qy_mapped_bytes(RANGE_PAGES));
	if (!b->order || !b->stock || !b->handles || !b->range)
		die("no memory");
	for (uint32_t i = 0; i < NR_HANDLES; i++)
		qy_handle_adopt(b->m, &b->handles[i], new_page(b), "handles", 0);
}

/* A range in few mappings, each page touched; and targets in no order. */
static void make_range(struct bench *b)
{
	if (qy_mapped_create(
		    b->m, b->range, RANGE_PAGES, QY_GFP_HIGHUSER_MOVABLE, "range"))
		die("no range");
	memset(b->range->address, 1, (size_t)RANGE_PAGES << QY_PAGE_SHIFT);
	shuffle(b->order, RANGE_PAGES, 99);
	for (uint32_t i = 0; i < RANGE_PAGES; i++)
		b->stock[b->order[i]] = page_to_frame(b->m, new_page(b));
	b->nr_stock = RANGE_PAGES;
}

static void drop_range(struct bench *b)
{
	if (qy_mapped_destroy(b->m, b->range))
		die("the range stays");
	while (b->nr_stock)
		qy_free_pages(b->m, frame_to_page(b->m, b->stock[--b->nr_stock]), 0);
}

static uint32_t get_target(struct migrate_control *mc, unsigned int order, bool compound)
{
	struct bench *b =
		(struct bench *)(void *)((char *)mc - offsetof(struct bench, mc));
	struct page *page;

	(void)compound;
	if (b->row->scattered)
		return b->nr_stock ? b->stock[--b->nr_stock] : NO_FRAME;
	page = qy_alloc_pages(mc->m, QY_GFP_HIGHUSER_MOVABLE, order);
	return page ? page_to_frame(mc->m, page) : NO_FRAME;
}

static void put_target(struct migrate_control *mc, uint32_t frame, unsigned int order)
{
	qy_free_pages(mc->m, frame_to_page(mc->m, frame), order);
}

/* ------------------------------------------------------------------ writers */

static void write_one(struct bench *b, uint64_t *random, unsigned int number)
{
	uint32_t page = (uint32_t)(next_random(random) >> 20);

	if (b->row->what == HANDLE) {
		page %= NR_HANDLES;

		char *at = qy_handle_pin(b->m, &b->handles[page], NULL);

		((volatile uint64_t *)at)[number * 64]++;
		qy_handle_unpin(b->m, &b->handles[page]);
	} else {
		page %= RANGE_PAGES;

		char *at = (char *)b->range->address + ((size_t)page << QY_PAGE_SHIFT);

		((volatile uint64_t *)at)[number * 64]++;
	}
}

static void *write_pages(void *arg)
{
	struct writer *w = arg;
	uint64_t random = 88172645463325252ull + w->number;

	qy_enter(w->b->m);
	while (!__atomic_load_n(&w->b->stop, __ATOMIC_RELAXED)) {
		for (unsigned int i = 0; i < 64; i++)
			write_one(w->b, &random, w->number);
		__atomic_store_n(&w->writes, w->writes + 64, __ATOMIC_RELAXED);
	}
	qy_leave();
	return NULL;
}

static void start_writers(struct bench *b)
{
	b->stop = false;
	for (unsigned int i = 0; i < b->row->writers; i++) {
		b->writer[i] = (struct writer){ .b = b, .number = i };
		if (pthread_create(
			    &b->writer[i].thread, NULL, write_pages, &b->writer[i]))
			die("no thread");
		while (!__atomic_load_n(&b->writer[i].writes, __ATOMIC_RELAXED))
			;
	}
}

static uint64_t stop_writers(struct bench *b)
{
	uint64_t writes = 0;

	__atomic_store_n(&b->stop, true, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < b->row->writers; i++) {
		pthread_join(b->writer[i].thread, NULL);
		writes += b->writer[i].writes;
	}
	return writes;
}

/* ------------------------------------------------------------------ one row */

static void *frame_of_handle(struct bench *b, uint32_t n)
{
	return frame_address(b->m,
		qy_pfn_to_frame(b->m, qy_handle_pfn(b->m, &b->handles[b->order[n]])));
}

/* From frame to frame in no order, as moves go. */
static uint64_t copy_pages(struct bench *b)
{
	for (uint32_t i = 0; i < NR_HANDLES; i += 2)
		memcpy(frame_of_handle(b, i), frame_of_handle(b, i + 1), QY_PAGE_SIZE);
	return NR_HANDLES / 2;
}

static uint64_t move_handles(struct bench *b, struct migrate_control *mc)
{
	for (uint32_t i = 0; i < NR_HANDLES; i++)
		qy_migrate_queue(
			mc, qy_pfn_to_frame(
				    b->m, qy_handle_pfn(b->m, &b->handles[b->order[i]])));
	return mc->moved;
}

static uint64_t move_range(struct bench *b, struct migrate_control *mc)
{
	unsigned int batch = b->row->batch;

	for (uint32_t i = 0; i < RANGE_PAGES; i++) {
		uint32_t page = b->row->anywhere
					? b->order[i]
					: b->order[i / batch] * batch + i % batch;

		qy_migrate_queue(
			mc, qy_pfn_to_frame(b->m, qy_mapped_pfn(b->m, b->range, page)));
		if (i % batch == batch - 1)
			qy_migrate_flush(mc);
	}
	qy_migrate_flush(mc);
	return mc->moved;
}

static void measure(struct bench *b, const struct row *row, struct sample *sample)
{
	struct migrate_control *mc = &b->mc;
	double cpu, wall;
	uint64_t pages, writes;

	*mc = (struct migrate_control){
		.m = b->m, .get_target = get_target, .put_target = put_target
	};
	if (row->what == MAPPED)
		make_range(b);
	shuffle(b->order,
		row->what != MAPPED ? NR_HANDLES
		: row->anywhere     ? RANGE_PAGES
				    : RANGE_PAGES / row->batch,
		7);
	b->row = row;
	start_writers(b);
	cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	wall = clock_ns(CLOCK_MONOTONIC);
	if (row->what == COPY)
		pages = copy_pages(b);
	else if (row->what == HANDLE)
		pages = move_handles(b, mc);
	else
		pages = move_range(b, mc);
	cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
	wall = clock_ns(CLOCK_MONOTONIC) - wall;
	writes = stop_writers(b);
	if (row->what == MAPPED)
		drop_range(b);
	if (!pages)
		die("nothing moved");
	*sample = (struct sample){ .cpu_ns = cpu / (double)pages,
		.wall_ns = wall / (double)pages,
		.writes = (double)writes / wall * 1e3 };
}

/* ------------------------------------------------------------------ the table */

static double median_of(const struct sample *samples, unsigned int reps, size_t at)
{
	double values[BENCH_MAX_REPS];

	for (unsigned int r = 0; r < reps; r++)
		memcpy(&values[r], (const char *)&samples[r] + at, sizeof(double));
	return bench_median(values, reps);
}

static void print_row(const struct bench *b, unsigned int n, const struct sample *samples,
	double *copy_ns)
{
	unsigned int reps = b->args.reps;
	double cpu = median_of(samples, reps, offsetof(struct sample, cpu_ns));
	double wall = median_of(samples, reps, offsetof(struct sample, wall_ns));
	double writes = median_of(samples, reps, offsetof(struct sample, writes));
	double ns = b->args.wall ? wall : cpu;

	if (rows[n].what == COPY)
		*copy_ns = ns;
	if (b->args.json) {
		printf("%s\n  {\"row\": \"%s\", \"cpu_ns\": %.1f, \"wall_ns\": %.1f, \"ratio\": %.3f, \"million_writes_per_s\": %.2f}",
			n ? "," : "", rows[n].name, cpu, wall, ns / *copy_ns, writes);
		return;
	}
	printf("  %-36s%10.0f%9.2fx", rows[n].name, ns, ns / *copy_ns);
	if (rows[n].writers)
		printf("%14.2f", writes);
	printf("\n");
}

int main(int argc, char **argv)
{
	static struct sample samples[NR_ROWS][BENCH_MAX_REPS];
	static struct bench b;
	int result = bench_args_parse(&b.args, argc, argv);
	double copy_ns = 0;

	if (result)
		return result < 0 ? 0 : result;
	boot(&b);
	make_pages(&b);
	for (unsigned int r = 0; r < b.args.reps; r++)
		for (unsigned int n = 0; n < NR_ROWS; n++)
			measure(&b, &rows[n], &samples[n][r]);
	if (b.args.json)
		printf("{\"schema\": 1, \"bench\": \"migrate\", \"reps\": %u, \"rows\": [",
			b.args.reps);
	else
		printf("migrate: ns per page of 4 KiB, %s of the mover, median of %u; the ratio is to the copy\n\n  %-36s%10s%10s%14s\n",
			b.args.wall ? "wall time" : "CPU time", b.args.reps, "", "ns",
			"ratio", "M writes/s");
	for (unsigned int n = 0; n < NR_ROWS; n++)
		print_row(&b, n, samples[n], &copy_ns);
	if (b.args.json)
		printf("]}\n");
	qy_leave();
	qy_hosted_shutdown(b.m);
	return 0;
}
