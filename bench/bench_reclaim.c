// SPDX-License-Identifier: MIT
/*
 * What does reclaim cost, and how well does it choose?
 *
 *   scanned per freed    pages looked at for each one freed, next to an ideal LRU list, which looks at exactly one
 *   refaults             pages of a generated trace that had to be read again, next to an exact LRU and to Belady's optimum
 *                        with as many pages of cache as the board had for it
 *   one hour             synthetic RSS curves and page-cache streams of an hour on an 8 GiB board, on one core
 *
 * The trace is generated (Zipf-like reads of a set of files, with streams between), and so are the curves: synthetic, from
 * the seed that is printed. Locking: none; one thread.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <quarry/file.h>
#include <quarry/reclaim.h>
#include <quarry/sim.h>
#include <quarry/stats.h>
#include <quarry/task.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB(n)      ((uint64_t)(n) << 20)
#define GIB(n)      ((uint64_t)(n) << 30)
#define NS_PER_S    1000000000ull
#define NONE        UINT32_MAX
#define TRACE_PAGES (MIB(256) >> QY_PAGE_SHIFT) /* that the trace reads */
#define TRACE_READS 600000u
#define SEED        1ull

static uint64_t random_state;

static uint64_t next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* ------------------------------------------------------------------ a machine */

static struct qy_machine *boot(uint64_t bytes)
{
	static struct qy_bank bank;
	static struct qy_board board;
	struct qy_machine *m;
	char why[256] = "";

	qy_board_defaults(&board, QY_ARCH_ARM64);
	bank = (struct qy_bank){ .base = GIB(1), .size = bytes };
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = 4;
	m = qy_sim_boot(&board, NULL, why, sizeof(why));
	if (!m) {
		fprintf(stderr, "bench_reclaim: %s\n", why);
		exit(1);
	}
	return m;
}

static uint64_t vmstat(struct qy_machine *m, const char *name)
{
	struct qy_stat stat;

	for (uint32_t n = 0; qy_vmstat_line(m, n, &stat); n++)
		if (!strcmp(stat.name, name))
			return stat.value;
	return 0;
}

/* ------------------------------------------------------------------ the trace, and ideal caches */

static uint32_t *make_trace(void)
{
	uint32_t *trace = malloc(TRACE_READS * sizeof(*trace)), stream = 0, left = 0;

	random_state = SEED;
	for (uint32_t i = 0; i < TRACE_READS; i++) {
		double u = (double)(next_random() >> 11) / (double)(1ull << 53);

		if (!left && next_random() % 2000 == 0) {
			stream = (uint32_t)(next_random() % TRACE_PAGES);
			left = 1024;
		}
		if (left) {
			left--;
			trace[i] = stream = (stream + 1) % TRACE_PAGES;
		} else { /* few pages often, most seldom */
			trace[i] = (uint32_t)(pow(u, 4) * TRACE_PAGES);
		}
	}
	return trace;
}

/* Misses of an exact LRU cache of that many pages. */
static uint64_t lru_misses(const uint32_t *trace, uint32_t size)
{
	uint32_t *next = malloc(TRACE_PAGES * sizeof(*next));
	uint32_t *prev = malloc(TRACE_PAGES * sizeof(*prev));
	bool *in = calloc(TRACE_PAGES, sizeof(*in));
	uint32_t head = NONE, tail = NONE, nr = 0;
	uint64_t misses = 0;

	for (uint32_t i = 0; i < TRACE_READS; i++) {
		uint32_t page = trace[i];

		if (in[page]) {
			if (page == head)
				continue;
			next[prev[page]] = next[page];
			*(next[page] == NONE ? &tail : &prev[next[page]]) = prev[page];
		} else {
			misses++;
			in[page] = true;
			if (nr++ == size) {
				in[tail] = false;
				tail = prev[tail];
				next[tail] = NONE;
				nr--;
			}
		}
		next[page] = head;
		prev[page] = NONE;
		*(head == NONE ? &tail : &prev[head]) = page;
		head = page;
	}
	free(next);
	free(prev);
	free(in);
	return misses;
}

/* A heap of pages by their next use, the farthest first. */
struct belady {
	uint32_t *heap, *at, *use;
	uint32_t nr;
};

static void heap_swap(struct belady *b, uint32_t i, uint32_t k)
{
	uint32_t page = b->heap[i];

	b->heap[i] = b->heap[k];
	b->heap[k] = page;
	b->at[b->heap[i]] = i;
	b->at[b->heap[k]] = k;
}

static void heap_fix(struct belady *b, uint32_t i)
{
	while (i && b->use[b->heap[i]] > b->use[b->heap[(i - 1) / 2]]) {
		heap_swap(b, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	for (uint32_t child; (child = 2 * i + 1) < b->nr; i = child) {
		if (child + 1 < b->nr &&
			b->use[b->heap[child + 1]] > b->use[b->heap[child]])
			child++;
		if (b->use[b->heap[child]] <= b->use[b->heap[i]])
			break;
		heap_swap(b, i, child);
	}
}

/* Misses of the cache that knows the future (Belady 1966). */
static uint64_t belady_misses(const uint32_t *trace, uint32_t size)
{
	uint32_t *following = malloc(TRACE_READS * sizeof(*following));
	uint32_t *last = malloc(TRACE_PAGES * sizeof(*last));
	struct belady b = { malloc((size + 1) * sizeof(uint32_t)),
		malloc(TRACE_PAGES * sizeof(uint32_t)),
		calloc(TRACE_PAGES, sizeof(uint32_t)), 0 };
	uint64_t misses = 0;

	for (uint32_t page = 0; page < TRACE_PAGES; page++)
		last[page] = b.at[page] = NONE;
	for (uint32_t i = TRACE_READS; i-- > 0;) {
		following[i] = last[trace[i]];
		last[trace[i]] = i;
	}
	for (uint32_t i = 0; i < TRACE_READS; i++) {
		uint32_t page = trace[i];

		b.use[page] = following[i];
		if (b.at[page] == NONE) {
			misses++;
			if (b.nr == size) {
				b.at[b.heap[0]] = NONE;
				b.heap[0] = b.heap[--b.nr];
				b.at[b.heap[0]] = 0;
				heap_fix(&b, 0);
			}
			b.at[page] = b.nr;
			b.heap[b.nr++] = page;
		}
		heap_fix(&b, b.at[page]);
	}
	free(following);
	free(last);
	free(b.heap);
	free(b.at);
	free(b.use);
	return misses;
}

static void print_refaults(uint32_t size, uint64_t pages, uint64_t lru, uint64_t best,
	double scanned_per_freed)
{
	printf("page cache of %u pages, %u reads of %llu pages (generated, seed %llu)\n",
		size, TRACE_READS, (unsigned long long)TRACE_PAGES,
		(unsigned long long)SEED);
	printf("%-34s %10llu %10s\n", "pages read: quarry", (unsigned long long)pages,
		"1.00");
	printf("%-34s %10llu %10.2f\n", "  exact LRU", (unsigned long long)lru,
		(double)pages / (double)lru);
	printf("%-34s %10llu %10.2f\n", "  Belady's optimum", (unsigned long long)best,
		(double)pages / (double)best);
	printf("%-34s %10.2f %10s\n", "pages scanned per page freed", scanned_per_freed,
		"ideal 1");
}

static void bench_refaults(const struct bench_args *args)
{
	uint32_t *trace = make_trace(), size;
	struct qy_machine *m = boot(MIB(96));
	uint64_t pages, scanned, freed, lru, best;
	struct file *file;

	if (qy_file_open(m, NULL, "trace", TRACE_PAGES << QY_PAGE_SHIFT, 0, &file))
		exit(1);
	for (uint32_t i = 0; i < TRACE_READS; i++) {
		/* a page at a time, without read-ahead, as the ideal caches read */
		if (i && trace[i] == trace[i - 1] + 1)
			qy_file_read(file, ~0ull >> 8, NULL, 1);
		qy_file_read(file, (uint64_t)trace[i] << QY_PAGE_SHIFT, NULL, 1);
		qy_background_step(m);
	}
	pages = vmstat(m, "pgpgin") / 4;
	scanned = vmstat(m, "pgscan_kswapd") + vmstat(m, "pgscan_direct");
	freed = vmstat(m, "pgsteal_kswapd") + vmstat(m, "pgsteal_direct");
	size = (uint32_t)vmstat(m, "nr_file_pages");
	lru = lru_misses(trace, size);
	best = belady_misses(trace, size);
	if (args->json)
		printf("{\"schema\": 1, \"bench\": \"reclaim\", \"row\": \"refaults\", \"seed\": %llu, \"cache_pages\": %u, \"reads\": %u, "
		       "\"pages_read\": %llu, \"lru_pages_read\": %llu, \"belady_pages_read\": %llu, \"scanned_per_freed\": %.3f}\n",
			(unsigned long long)SEED, size, TRACE_READS,
			(unsigned long long)pages, (unsigned long long)lru,
			(unsigned long long)best, (double)scanned / (double)freed);
	else
		print_refaults(size, pages, lru, best, (double)scanned / (double)freed);
	qy_file_close(file);
	qy_sim_shutdown(m);
	free(trace);
}

/* ------------------------------------------------------------------ an hour of load */

#define NR_TASKS  24u
#define HOUR_S    3600u
#define MAX_PAGES (MIB(320) >> QY_PAGE_SHIFT)

struct load_task {
	struct task_struct *task;
	uint64_t address, resident; /* pages */
	uint32_t kind, period;
};

/* How much the task holds at that second: constant, a ramp, a saw, a leak. */
static uint64_t curve(const struct load_task *t, uint32_t second)
{
	uint32_t phase = second % t->period;

	switch (t->kind) {
	case 0:
		return MAX_PAGES / 2;
	case 1:
		return MAX_PAGES * second / HOUR_S;
	case 2:
		return MAX_PAGES / 4 + MAX_PAGES / 2 * phase / t->period;
	default:
		return MAX_PAGES / 8 + (uint64_t)second * 12;
	}
}

/* Return: pages that came or went. */
static uint64_t follow_curve(struct qy_machine *m, struct load_task *t, uint32_t second)
{
	uint64_t want = curve(t, second), had = t->resident;

	if (want > had) {
		if (qy_task_touch(m, t->task, t->address + (had << QY_PAGE_SHIFT),
			    (want - had) << QY_PAGE_SHIFT, true))
			return 0;
	} else if (want < had) {
		qy_task_unmap(m, t->task, t->address, MAX_PAGES << QY_PAGE_SHIFT);
		if (qy_task_map(m, t->task, MAX_PAGES << QY_PAGE_SHIFT, 0, &t->address) ||
			qy_task_touch(
				m, t->task, t->address, want << QY_PAGE_SHIFT, true))
			return 0;
	}
	t->resident = want;
	/* and a part of it is used */
	qy_task_touch(m, t->task, t->address, want / 16 << QY_PAGE_SHIFT, false);
	return (want > had ? want - had : want) + want / 16;
}

static void print_hour(const struct bench_args *args, struct qy_machine *m, double wall_s,
	double cpu_s, uint64_t events)
{
	unsigned long long reclaimed =
		vmstat(m, "pgsteal_kswapd") + vmstat(m, "pgsteal_direct");
	unsigned long long read = vmstat(m, "pgpgin") / 4, faults = vmstat(m, "pgfault");
	unsigned long long written = vmstat(m, "nr_written");

	if (args->json) {
		printf("{\"schema\": 1, \"bench\": \"reclaim\", \"row\": \"hour\", \"tasks\": %u, \"wall_s\": %.2f, \"cpu_s\": %.2f, "
		       "\"events_per_s\": %.0f, \"reclaimed_pages\": %llu, \"read_pages\": %llu, \"written_pages\": %llu, \"faults\": %llu}\n",
			NR_TASKS, wall_s, cpu_s, (double)events / cpu_s, reclaimed, read,
			written, faults);
		return;
	}
	printf("an hour on 8 GiB, %u tasks (synthetic curves): %.1f s of wall time (goal 60), %.1f s of one core, %.2f M page events/s\n",
		NR_TASKS, wall_s, cpu_s, (double)events / cpu_s / 1e6);
	printf("  reclaimed %llu pages, read %llu, written %llu, faults %llu\n",
		reclaimed, read, written, faults);
}

static void bench_hour(const struct bench_args *args)
{
	struct qy_machine *m = boot(GIB(8));
	struct load_task tasks[NR_TASKS] = { 0 };
	struct bench_clocks begin, end;
	uint64_t events = 0, log_at = 0;
	struct file *log, *model;

	if (qy_file_open(m, NULL, "log", 0, 0, &log) ||
		qy_file_open(m, NULL, "model", GIB(4), 0, &model))
		exit(1);
	for (uint32_t i = 0; i < NR_TASKS; i++) {
		tasks[i].kind = i % 4;
		tasks[i].period = 20 + 7 * i;
		if (qy_task_create(m, "load", 0, 0, &tasks[i].task) ||
			qy_task_map(m, tasks[i].task, MAX_PAGES << QY_PAGE_SHIFT, 0,
				&tasks[i].address))
			exit(1);
	}
	begin = bench_clocks_now();
	for (uint32_t second = 0; second < HOUR_S; second++) {
		for (uint32_t i = 0; i < NR_TASKS; i++)
			events += follow_curve(m, &tasks[i], second);
		/* a log of 1 MiB a second, in a ring of 1 GiB; a model of which 8 MiB are read */
		qy_file_write(log, log_at % GIB(1), NULL, MIB(1));
		log_at += MIB(1);
		qy_file_read(model, (uint64_t)second * MIB(8) % GIB(4), NULL, MIB(8));
		events += (MIB(1) + MIB(8)) >> QY_PAGE_SHIFT;
		qy_sim_advance(m, NS_PER_S);
		qy_background_step(m);
		for (unsigned int cpu = 0; cpu < 4; cpu++)
			qy_vmstat_tick(m, cpu);
	}
	end = bench_clocks_now();
	print_hour(args, m, (end.wall - begin.wall) / 1e9, (end.cpu - begin.cpu) / 1e9,
		events);
	qy_sim_shutdown(m);
}

static bool wanted(const struct bench_args *args, const char *row)
{
	return !args->rows || strstr(row, args->rows);
}

int main(int argc, char **argv)
{
	struct bench_args args;
	int wrong = bench_args_parse(&args, argc, argv);

	if (wrong)
		return wrong < 0 ? 0 : wrong;
	bench_pin_to_cpu(0);
	if (wanted(&args, "refaults"))
		bench_refaults(&args);
	if (wanted(&args, "hour"))
		bench_hour(&args);
	return 0;
}
