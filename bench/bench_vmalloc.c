// SPDX-License-Identifier: MIT
/*
 * What do vmalloc() and vfree() of touched memory cost, beside mmap() and munmap() of as much? And how much can be mapped?
 *
 * A pair takes memory, writes a byte into each page, and gives it back. All rows of a repetition run one after the other in
 * one process; a row is the median over the repetitions. Fresh: a board that keeps nothing mapped for reuse, so that each pair
 * maps and unmaps; reused: as boards are by default, after 16 pairs.
 *
 * The second table fills a board's free blocks with areas of 64 MiB until no more can be had.
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <quarry/hosted.h>
#include <quarry/vmalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE      4096ul
#define MAX_REPS  BENCH_MAX_REPS
#define AREA      (64ul << 20)
#define MAX_AREAS 256

enum who {
	FRESH,
	FRESH_LARGEST,
	REUSED,
	PEER_FAULTS,
	PEER_POPULATE,
	NR_WHO,
};

static const char *const names[NR_WHO] = { "vmalloc, policy linux",
	"vmalloc, policy quarry", "vmalloc, reused", "mmap + munmap",
	"mmap populate + munmap" };

static const struct size {
	const char *name;
	size_t bytes;
	unsigned int pairs;
	enum who peer; /* of the goal */
	double goal;
} sizes[] = {
	{ "16 KiB", 16 << 10, 400, PEER_FAULTS, 1.0 },
	{ "4 MiB", 4 << 20, 12, PEER_POPULATE, 0.6 },
};
#define NR_SIZES   (sizeof(sizes) / sizeof(sizes[0]))
#define REUSE_GOAL 0.05

/* ------------------------------------------------------------------ machines */

static void quiet(void *arg, enum qy_log_level level, const char *line)
{
	char *last = arg;

	(void)level;
	if (last && !*last && strstr(line, "mapping"))
		snprintf(last, 320, "%s", line);
}

static struct qy_machine *boot(const struct qy_bank *ram, enum qy_policy policy,
	enum qy_vmalloc_reuse reuse, char *last)
{
	static struct qy_board board[4];
	static unsigned int nr;
	struct qy_hosted_opts opts = { .log = quiet, .log_arg = last };
	struct qy_board *b = &board[nr++ % 4];
	struct qy_machine *m;
	char why[256];

	qy_board_defaults(b, QY_ARCH_ARM64);
	b->banks = ram;
	b->nr_banks = 1;
	b->nr_cpus = 2;
	b->policy = policy;
	b->vmalloc_reuse = reuse;
	m = qy_hosted_boot(b, &opts, why, sizeof(why));
	if (!m || qy_enter(m) < 0) {
		fprintf(stderr, "bench_vmalloc: %s\n", why);
		exit(1);
	}
	return m;
}

static void down(struct qy_machine *m)
{
	qy_leave();
	qy_hosted_shutdown(m);
}

/* ------------------------------------------------------------------ pairs */

static void touch(volatile char *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		p[i] = 1;
}

static void pair(struct qy_machine *m, enum who who, size_t bytes)
{
	const int flags =
		MAP_PRIVATE | MAP_ANONYMOUS | (who == PEER_POPULATE ? MAP_POPULATE : 0);
	char *p = m ? qy_vmalloc(m, bytes)
		    : mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (!p || p == MAP_FAILED) {
		fprintf(stderr, "bench_vmalloc: %s: out of memory\n", names[who]);
		exit(1);
	}
	touch(p, bytes);
	if (m)
		qy_vfree(m, p);
	else
		munmap(p, bytes);
}

/* ns a pair. */
static double measure(enum who who, const struct size *size, bool wall)
{
	static const struct qy_bank ram = { .base = 1ull << 30, .size = 1ull << 30 };
	unsigned int pairs = who == REUSED ? size->pairs * 50 : size->pairs;
	struct qy_machine *m = NULL;
	struct bench_clocks begin, end;

	if (who <= REUSED)
		m = boot(&ram, who == FRESH_LARGEST ? QY_POLICY_QUARRY : QY_POLICY_LINUX,
			who == REUSED ? QY_VMALLOC_REUSE_HOT : QY_VMALLOC_REUSE_NEVER,
			NULL);
	for (unsigned int i = 0; i < 40; i++)
		pair(m, who, size->bytes);
	begin = bench_clocks_now();
	for (unsigned int i = 0; i < pairs; i++)
		pair(m, who, size->bytes);
	end = bench_clocks_now();
	if (m)
		down(m);
	return (wall ? end.wall - begin.wall : end.cpu - begin.cpu) / pairs;
}

static void print_pairs(const struct bench_args *args, double ns[NR_SIZES][NR_WHO])
{
	printf("vmalloc + touch + vfree, %s time, median of %u\n\n",
		args->wall ? "wall clock" : "CPU", args->reps);
	printf("%-8s %-26s %12s %14s %14s\n", "size", "who", "ns a pair", "of mmap",
		"of populate");
	for (size_t s = 0; s < NR_SIZES; s++)
		for (int who = 0; who < NR_WHO; who++)
			printf("%-8s %-26s %12.0f %13.3fx %13.3fx\n", sizes[s].name,
				names[who], ns[s][who], ns[s][who] / ns[s][PEER_FAULTS],
				ns[s][who] / ns[s][PEER_POPULATE]);
	printf("\n%-52s %8s %8s\n", "goal", "at most", "is");
	for (size_t s = 0; s < NR_SIZES; s++) {
		double is = ns[s][FRESH] / ns[s][sizes[s].peer];
		double again = ns[s][REUSED] / ns[s][PEER_FAULTS];

		printf("%-6s, fresh, of %-35s %7.2fx %7.2fx  %s\n", sizes[s].name,
			names[sizes[s].peer], sizes[s].goal, is,
			is <= sizes[s].goal ? "met" : "missed");
		printf("%-6s, reused, of %-34s %7.2fx %7.3fx  %s\n", sizes[s].name,
			names[PEER_FAULTS], REUSE_GOAL, again,
			again <= REUSE_GOAL ? "met" : "missed");
	}
}

static void print_json(const struct bench_args *args, double ns[NR_SIZES][NR_WHO])
{
	const char *separator = "";

	printf("{\"schema\":\"quarry-bench-vmalloc/1\",\"reps\":%u,\"pairs\":[",
		args->reps);
	for (size_t s = 0; s < NR_SIZES; s++)
		for (int who = 0; who < NR_WHO; who++, separator = ",")
			printf("%s{\"bytes\":%zu,\"who\":\"%s\",\"ns\":%.1f}", separator,
				sizes[s].bytes, names[who], ns[s][who]);
	printf("],\"mapped\":[");
}

/* ------------------------------------------------------------------ how much */

/* Holds all memory in blocks of @order and gives back those that @keep says no to. Return: bytes given back. */
static uint64_t cut_up(struct qy_machine *m, unsigned int order, bool (*keep)(uint64_t n))
{
	const qy_gfp_t gfp = QY_GFP_KERNEL | QY___GFP_NOWARN | QY___GFP_NORETRY;
	struct page **held = malloc(sizeof(*held) * (4ul << 20)), *page;
	uint64_t nr = 0, bytes = 0;

	while (held && (page = qy_alloc_pages(m, gfp, order)) != NULL)
		held[nr++] = page;
	for (uint64_t i = 0; i < nr; i++)
		if (!keep(qy_page_to_pfn(m, held[i]) >> order)) {
			qy_free_pages(m, held[i], order);
			bytes += PAGE << order;
		}
	free(held);
	return bytes;
}

static bool one_in_four(uint64_t n)
{
	n = (n + 1) * 0x9e3779b97f4a7c15ull;
	return (n ^ n >> 29) >> 33 & 1 && (n ^ n >> 31) >> 40 & 1;
}

static bool every_second(uint64_t n)
{
	return n & 1;
}

static void fill(const struct bench_args *args, const char *what, uint64_t ram_bytes,
	unsigned int order, bool (*keep)(uint64_t n))
{
	const struct qy_bank ram = { .base = 4ull << 30, .size = ram_bytes };
	static char last[320];
	struct qy_vmalloc_stats stats;
	uint64_t mapped = 0, free_bytes;
	struct qy_machine *m;
	size_t area = AREA;
	char *p;

	last[0] = '\0';
	m = boot(&ram, QY_POLICY_LINUX, QY_VMALLOC_REUSE_NEVER, last);
	free_bytes = cut_up(m, order, keep);
	for (; area >= PAGE; area /= 2)
		while ((p = qy_vmalloc(m, area)) != NULL) {
			touch(p, area);
			mapped += area;
		}
	qy_vmalloc_stats(m, &stats);
	if (args->json)
		printf("%s{\"free\":\"%s\",\"free_bytes\":%llu,\"mapped_bytes\":%llu,\"mappings\":%llu}",
			order ? "" : ",", what, (unsigned long long)free_bytes,
			(unsigned long long)mapped,
			(unsigned long long)stats.nr_mappings);
	else
		printf("%-34s %7llu MiB %7llu MiB %9llu  %s\n", what,
			(unsigned long long)free_bytes >> 20,
			(unsigned long long)mapped >> 20,
			(unsigned long long)stats.nr_mappings,
			*last ? last : "frames ended");
	down(m);
}

int main(int argc, char **argv)
{
	struct bench_args args = { .reps = 9, .order = -1 };
	double ns[NR_SIZES][NR_WHO], sample[MAX_REPS];
	static double all[NR_SIZES][NR_WHO][MAX_REPS];
	int err = bench_args_parse(&args, argc, argv);

	if (err)
		return err < 0 ? 0 : err;
	bench_pin_to_cpu(0);
	for (unsigned int rep = 0; rep < args.reps; rep++)
		for (size_t s = 0; s < NR_SIZES; s++)
			for (int who = 0; who < NR_WHO; who++)
				all[s][who][rep] = measure(who, &sizes[s], args.wall);
	for (size_t s = 0; s < NR_SIZES; s++)
		for (int who = 0; who < NR_WHO; who++) {
			memcpy(sample, all[s][who], args.reps * sizeof(*sample));
			ns[s][who] = bench_median(sample, args.reps);
		}
	if (args.json) {
		print_json(&args, ns);
	} else {
		print_pairs(&args, ns);
		printf("\n%-34s %11s %11s %9s  %s\n", "free memory", "free", "mapped",
			"mappings", "what ended it");
	}
	fill(&args, "order 4 and more, 3 of 4 blocks", 11ull << 29, 4, one_in_four);
	fill(&args, "order 0, every second frame", 3ull << 28, 0, every_second);
	if (args.json)
		puts("]}");
	return 0;
}
