// SPDX-License-Identifier: MIT
/*
 * How long does it take to get and put an object, and how much memory does it cost, beside what other allocators take?
 *
 * Every repetition measures Quarry and then each peer in turn, each in a process of its own; a row is the median over
 * the repetitions, its ratio Quarry's median over the peer's: below 1 Quarry is faster. The last table sets the ratios
 * beside what the project asks of itself.
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "bench/objects.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PEERS  (BENCH_MAX_PEERS + 12)
#define MAX_REPS   BENCH_MAX_REPS
#define MAX_TRIES  6
#define OVERLAPPED 1.05 /* a repetition stretched by less is kept */
#define DISTURBED  1.25 /* a row stretched by more is marked */
#define QUARRY     0    /* its place among the peers */
#define BULK       32   /* objects of a bulk from a cache */

static const struct object_test tests[] = {
	{ OBJECT_PAIR, 8, 8, 1, 1 },
	{ OBJECT_PAIR, 16, 16, 1, 1 },
	{ OBJECT_PAIR, 64, 64, 1, 1 },
	{ OBJECT_PAIR, 192, 192, 1, 1 },
	{ OBJECT_PAIR, 512, 512, 1, 1 },
	{ OBJECT_PAIR, 64, 64, 2, 2 },
	{ OBJECT_PAIR, 512, 512, 2, 2 },
	{ OBJECT_PAIR, 1024, 1024, 1, 1 },
	{ OBJECT_PAIR, 2048, 2048, 1, 1 },
	{ OBJECT_PAIR, 4096, 4096, 1, 1 },
	{ OBJECT_PAIR, 8192, 8192, 1, 1 },
	{ OBJECT_PAIR, 4096, 4096, 2, 2 },
	{ OBJECT_RANDOM, 64, 64, 100000, 1 },
	{ OBJECT_RANDOM, 64, 64, 100000, 2 },
	{ OBJECT_FIFO, 64, 64, 100000, 1 },
	{ OBJECT_FIFO, 64, 64, 100000, 2 },
	{ OBJECT_CHURN, 8, 512, 10000, 1 },
	{ OBJECT_CHURN, 8, 512, 10000, 2 },
	{ OBJECT_CHURN, 8, 512, 500000, 1 },
	{ OBJECT_CHURN, 8, 512, 500000, 2 },
	{ OBJECT_CHURN, 8, 512, 1000000, 1 },
	{ OBJECT_CHURN, 8, 512, 1000000, 2 },
	{ OBJECT_CROSS, 64, 64, 1, 2 },
	{ OBJECT_CROSS, 512, 512, 1, 2 },
	{ OBJECT_CACHE_PAIR, 64, 64, 1, 1 },
	{ OBJECT_CACHE_PAIR, 256, 256, 1, 1 },
	{ OBJECT_CACHE_PAIR, 256, 256, 2, 2 },
	{ OBJECT_CACHE_BULK, 64, 64, BULK, 1 },
	{ OBJECT_CACHE_BULK, 256, 256, BULK, 1 },
	{ OBJECT_CACHE_BULK, 256, 256, BULK, 2 },
};
#define NR_TESTS (sizeof(tests) / sizeof(tests[0]))

/* What is asked: of all rows of one thread (two where the row needs them) that match, the geometric mean. */
static const struct goal {
	const char *what;
	const char *peer; /* part of its name */
	enum object_mode mode;
	unsigned int smallest, largest, live; /* 0 live: any */
	double most;                          /* ratio; with `ns`, nanoseconds of ours */
	bool ns;
} goals[] = {
	{ "pair, 8-512 B", "mimalloc", OBJECT_PAIR, 8, 512, 0, 1.0, false },
	{ "pair, 1-8 KiB", "mimalloc", OBJECT_PAIR, 1024, 8192, 0, 0.6, false },
	{ "bulk 100k of 64 B, random", "mimalloc", OBJECT_RANDOM, 64, 64, 0, 1.7, false },
	{ "bulk 100k of 64 B, FIFO", "mimalloc", OBJECT_FIFO, 64, 64, 0, 2.0, false },
	{ "churn, 10k live", "mimalloc", OBJECT_CHURN, 8, 512, 10000, 1.0, false },
	{ "churn, 500k live", "mimalloc", OBJECT_CHURN, 8, 512, 500000, 0.45, false },
	{ "churn, 1M live", "mimalloc", OBJECT_CHURN, 8, 512, 1000000, 0.35, false },
	{ "producer and consumer", "mimalloc", OBJECT_CROSS, 64, 512, 0, 0.5, false },
	{ "producer and consumer", "snmalloc", OBJECT_CROSS, 64, 512, 0, 1.0, false },
	{ "cache, pair", "dpdk", OBJECT_CACHE_PAIR, 64, 256, 0, 1.05, false },
	{ "cache, bulk, per object", "dpdk", OBJECT_CACHE_BULK, 64, 256, 0, 2.0, true },
	{ "pair, 8-512 B", "hardened", OBJECT_PAIR, 8, 512, 0, 1.15, false },
	{ "pair, 8-512 B", "init_on_*", OBJECT_PAIR, 8, 512, 0, 1.15, false },
};
#define NR_GOALS (sizeof(goals) / sizeof(goals[0]))

/* One peer in one test, medians over the repetitions. */
struct row {
	bool good;
	const char *why; /* when not */
	struct object_result ns;
};

struct bench {
	struct bench_args args;
	struct object_peer peers[MAX_PEERS];
	unsigned int nr_peers;
	struct row rows[NR_TESTS][MAX_PEERS];
	bool measured[NR_TESTS];
	unsigned int nr_printed; /* JSON objects in the current array */
};

/* ------------------------------------------------------------------ measuring */

static double stretch(const struct object_result *ns)
{
	return ns->wall_ns / ns->cpu_ns;
}

/* Threads that a busy host runs one after the other do not get in each other's way: such a repetition is done again. */
static bool measure_once(const struct object_peer *peer, const struct object_test *test,
	struct object_result *best, const char **why)
{
	unsigned int tries = test->threads > 1 ? MAX_TRIES : 1;

	for (unsigned int i = 0; i < tries; i++) {
		struct object_result result;

		if (!object_measure(peer, test, &result, why))
			return false;
		if (!i || stretch(&result) < stretch(best))
			*best = result;
		if (stretch(best) < OVERLAPPED)
			break;
	}
	return true;
}

static void measure_test(
	struct bench *b, const struct object_test *test, struct row *rows)
{
	static struct object_result results[MAX_PEERS][MAX_REPS];
	double cpu[MAX_REPS], wall[MAX_REPS];

	for (unsigned int p = 0; p < b->nr_peers; p++)
		rows[p] = (struct row){ .good = !b->peers[p].absent,
			.why = b->peers[p].absent };
	for (unsigned int r = 0; r < b->args.reps; r++)
		for (unsigned int p = 0; p < b->nr_peers; p++)
			rows[p].good =
				rows[p].good && measure_once(&b->peers[p], test,
							&results[p][r], &rows[p].why);
	for (unsigned int p = 0; p < b->nr_peers; p++) {
		for (unsigned int r = 0; rows[p].good && r < b->args.reps; r++) {
			cpu[r] = results[p][r].cpu_ns;
			wall[r] = results[p][r].wall_ns;
		}
		if (rows[p].good)
			rows[p].ns =
				(struct object_result){ bench_median(cpu, b->args.reps),
					bench_median(wall, b->args.reps) };
	}
}

static double ns_of(const struct bench *b, const struct row *row)
{
	return b->args.wall ? row->ns.wall_ns : row->ns.cpu_ns;
}

static double ratio(const struct bench *b, const struct row *rows, unsigned int peer)
{
	/* ours with more checks is set beside our default the other way round */
	if (b->peers[peer].options)
		return ns_of(b, &rows[peer]) / ns_of(b, &rows[QUARRY]);
	return ns_of(b, &rows[QUARRY]) / ns_of(b, &rows[peer]);
}

/* ------------------------------------------------------------------ tables */

static void title_of(char *title, size_t size, const struct object_test *test)
{
	static const char *const mode[] = {
		[OBJECT_PAIR] = "pair",
		[OBJECT_FIFO] = "bulk, FIFO",
		[OBJECT_RANDOM] = "bulk, random",
		[OBJECT_CHURN] = "churn",
		[OBJECT_CROSS] = "producer and consumer",
		[OBJECT_CACHE_PAIR] = "cache, pair",
		[OBJECT_CACHE_BULK] = "cache, bulk",
	};
	char bytes[32], live[32] = "";

	snprintf(bytes, sizeof(bytes), "%u B", test->smallest);
	if (test->largest != test->smallest)
		snprintf(bytes, sizeof(bytes), "%u-%u B", test->smallest, test->largest);
	if (test->live > 2)
		snprintf(live, sizeof(live), ", %u objects", test->live);
	snprintf(title, size, "%s, %s%s, %u thread%s", mode[test->mode], bytes, live,
		test->threads, test->threads > 1 ? "s" : "");
}

static void print_test(
	const struct bench *b, const struct object_test *test, const struct row *rows)
{
	char title[96];

	title_of(title, sizeof(title), test);
	printf("%s\n", title);
	for (unsigned int p = 0; p < b->nr_peers; p++) {
		printf("  %-26s", b->peers[p].name);
		if (!rows[p].good) {
			printf("  %s\n", rows[p].why);
			continue;
		}
		printf("%9.1f", ns_of(b, &rows[p]));
		if (p != QUARRY && rows[QUARRY].good)
			printf("%9.2fx", ratio(b, rows, p));
		if (test->threads > 1 && stretch(&rows[p].ns) > DISTURBED)
			printf("  host busy: threads took turns");
		printf("\n");
	}
	printf("\n");
	fflush(stdout);
}

static void json_name(struct bench *b, const char *name)
{
	printf("%s\n  {\"peer\": \"", b->nr_printed++ ? "," : "");
	for (; *name; name++)
		if (*name != '"' && *name != '\\' && (unsigned char)*name >= ' ')
			putchar(*name);
	printf("\"");
}

static void json_test(
	struct bench *b, const struct object_test *test, const struct row *rows)
{
	char title[96];

	title_of(title, sizeof(title), test);
	for (unsigned int p = 0; p < b->nr_peers; p++) {
		json_name(b, b->peers[p].name);
		printf(", \"test\": \"%s\"", title);
		if (rows[p].good && rows[QUARRY].good)
			printf(", \"cpu_ns\": %.2f, \"wall_ns\": %.2f, \"ratio\": %.3f}",
				rows[p].ns.cpu_ns, rows[p].ns.wall_ns, ratio(b, rows, p));
		else
			printf(", \"error\": \"%s\"}",
				rows[p].good ? "quarry failed" : rows[p].why);
	}
}

static bool wanted(const struct bench *b, const char *title, unsigned int threads)
{
	if (b->args.threads && threads && b->args.threads != threads)
		return false;
	return !b->args.rows || strstr(title, b->args.rows);
}

static void run_tests(struct bench *b)
{
	char title[96];

	for (unsigned int t = 0; t < NR_TESTS; t++) {
		title_of(title, sizeof(title), &tests[t]);
		if (!wanted(b, title, tests[t].threads))
			continue;
		if (tests[t].threads > bench_nr_cpus()) {
			fprintf(stderr, "bench: rows with %u threads want %u CPUs\n",
				tests[t].threads, tests[t].threads);
			continue;
		}
		measure_test(b, &tests[t], b->rows[t]);
		b->measured[t] = true;
		if (b->args.json)
			json_test(b, &tests[t], b->rows[t]);
		else
			print_test(b, &tests[t], b->rows[t]);
	}
}

/* ------------------------------------------------------------------ memory */

static const unsigned int classes[] = { 8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048,
	4096, 8192 };
#define NR_CLASSES (sizeof(classes) / sizeof(classes[0]))

static bool has_memory_row(const struct object_peer *peer)
{
	return !peer->absent && peer->name[0] != '(';
}

static double overhead(const struct object_memory *memory)
{
	return ((double)memory->grown - (double)memory->live) / (double)memory->objects;
}

/* Bytes that an object costs beyond its size, every byte of it written. */
static void run_overhead(struct bench *b)
{
	struct object_memory memory;
	const char *why;

	if (!wanted(b, "memory, overhead", 0))
		return;
	if (!b->args.json) {
		printf("memory, overhead of an object, bytes\n  %-26s", "size");
		for (unsigned int c = 0; c < NR_CLASSES; c++)
			printf("%8u", classes[c]);
		printf("\n");
	}
	for (unsigned int p = 0; p < b->nr_peers; p++) {
		if (!has_memory_row(&b->peers[p]))
			continue;
		if (!b->args.json)
			printf("  %-26s", b->peers[p].name);
		for (unsigned int c = 0; c < NR_CLASSES; c++) {
			bool good = object_measure_memory(
				&b->peers[p], OBJECT_OVERHEAD, classes[c], &memory, &why);

			if (b->args.json && good) {
				json_name(b, b->peers[p].name);
				printf(", \"size_bytes\": %u, \"overhead_bytes\": %.2f}",
					classes[c], overhead(&memory));
			} else if (!b->args.json && good) {
				printf("%8.1f", overhead(&memory));
			} else if (!b->args.json) {
				printf("  %s", why);
				break;
			}
		}
		if (!b->args.json)
			printf("\n");
		fflush(stdout);
	}
	if (!b->args.json)
		printf("\n");
}

static double mib(uint64_t bytes)
{
	return (double)(int64_t)bytes / (1 << 20);
}

static void run_resident(struct bench *b, enum object_memory_test test, const char *title,
	const char *idle)
{
	struct object_memory memory;
	const char *why;

	if (!wanted(b, title, 0))
		return;
	if (!b->args.json)
		printf("%s, MiB\n  %-26s%10s%10s%16s%14s\n", title, "", "live", "peak",
			idle, "after shrink");
	for (unsigned int p = 0; p < b->nr_peers; p++) {
		const struct object_peer *peer = &b->peers[p];

		if (!has_memory_row(peer))
			continue;
		bool good = object_measure_memory(peer, test, 0, &memory, &why);

		if (b->args.json) {
			json_name(b, peer->name);
			printf(", \"test\": \"%s\"", title);
			if (good)
				printf(", \"live_bytes\": %llu, \"peak_bytes\": %llu, \"idle_bytes\": %llu, \"shrunk_bytes\": %llu}",
					(unsigned long long)memory.live,
					(unsigned long long)memory.grown,
					(unsigned long long)memory.idle,
					(unsigned long long)memory.shrunk);
			else
				printf(", \"error\": \"%s\"}", why);
		} else if (good) {
			printf("  %-26s%10.1f%10.1f%16.1f%14.1f\n", peer->name,
				mib(memory.live), mib(memory.grown), mib(memory.idle),
				mib(memory.shrunk));
		} else {
			printf("  %-26s  %s\n", peer->name, why);
		}
		fflush(stdout);
	}
	if (!b->args.json)
		printf("\n");
}

/* ------------------------------------------------------------------ goals */

static bool counts(
	const struct bench *b, const struct goal *goal, unsigned int t, unsigned int peer)
{
	const struct object_test *test = &tests[t];
	unsigned int threads = test->mode == OBJECT_CROSS ? 2 : 1;

	return b->measured[t] && test->mode == goal->mode && test->threads == threads &&
	       test->smallest >= goal->smallest && test->largest <= goal->largest &&
	       (!goal->live || goal->live == test->live) && b->rows[t][peer].good &&
	       b->rows[t][QUARRY].good;
}

/* The geometric mean over the rows of a goal. Return: 0 when none was measured. */
static double reached(const struct bench *b, const struct goal *goal, unsigned int peer)
{
	double sum = 0;
	unsigned int nr = 0;

	for (unsigned int t = 0; t < NR_TESTS; t++) {
		if (!counts(b, goal, t, goal->ns ? QUARRY : peer))
			continue;
		sum += log(goal->ns ? ns_of(b, &b->rows[t][QUARRY])
				    : ratio(b, b->rows[t], peer));
		nr++;
	}
	return nr ? exp(sum / nr) : 0;
}

static void print_goal(const struct bench *b, const struct goal *goal)
{
	bool found = false;

	for (unsigned int p = 1; p < b->nr_peers; p++) {
		double value;

		if (!strstr(b->peers[p].name, goal->peer) || b->peers[p].absent)
			continue;
		found = true;
		value = reached(b, goal, p);
		if (value == 0)
			continue;
		printf("  %-28s%-24s%8.2f%-3s%8.2f%-3s%s\n", goal->what, b->peers[p].name,
			value, goal->ns ? " ns" : "x", goal->most, goal->ns ? " ns" : "x",
			value <= goal->most ? "" : "  missed");
	}
	if (!found)
		printf("  %-28s%-24snot present\n", goal->what, goal->peer);
}

/* ------------------------------------------------------------------ */

static int add_peers(struct bench *b)
{
	object_peer_quarry(&b->peers[b->nr_peers++], "quarry", 0);
	object_peer_quarry(
		&b->peers[b->nr_peers++], "quarry, hardened", OBJECT_QUARRY_HARDENED);
	object_peer_quarry(&b->peers[b->nr_peers++], "quarry, init_on_*",
		OBJECT_QUARRY_HARDENED | OBJECT_QUARRY_INIT);
	object_peer_quarry(&b->peers[b->nr_peers++], "quarry, rseq", OBJECT_QUARRY_RSEQ);
	object_peer_floor(&b->peers[b->nr_peers++]);
	for (unsigned int n = 0; object_peer_system(&b->peers[b->nr_peers], n); n++)
		b->nr_peers++;
	if (object_peer_plugin(&b->peers[b->nr_peers], BENCH_DPDK))
		return 2;
	snprintf(b->peers[b->nr_peers++].name, sizeof(b->peers[0].name),
		"dpdk rte_mempool");
	for (unsigned int i = 0; i < b->args.nr_peers; i++)
		if (object_peer_plugin(&b->peers[b->nr_peers++], b->args.peers[i]))
			return 2;
	return 0;
}

/*
 * Allocators keep thread-local state in the static TLS block, of which a program started by the loader has little left:
 * so it starts once more and asks for room.
 */
static void start_with_room_for_tls(char **argv)
{
	if (getenv("GLIBC_TUNABLES"))
		return;
	setenv("GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384", 1);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	static struct bench b;
	int result;

	start_with_room_for_tls(argv);
	result = bench_args_parse(&b.args, argc, argv);
	if (result)
		return result < 0 ? 0 : result;
	result = add_peers(&b);
	if (result)
		return result;
	if (b.args.json)
		printf("{\"schema\": 1, \"bench\": \"objects\", \"reps\": %u, \"rows\": [",
			b.args.reps);
	else
		printf("objects: ns per object got and put, %s, median of %u; the ratio is quarry / peer\n\n",
			b.args.wall ? "wall time" : "CPU time", b.args.reps);
	run_tests(&b);
	if (b.args.json) {
		printf("],\n \"memory\": [");
		b.nr_printed = 0;
	}
	run_overhead(&b);
	run_resident(&b, OBJECT_AFTER, "memory, a churn with 500000 objects", "all put");
	run_resident(
		&b, OBJECT_SPIKE, "memory, 365 MiB of which 1/64 stays", "3 s later");
	if (b.args.json) {
		printf("]}\n");
		return 0;
	}
	printf("%-30s%-24s%11s%11s\n", "what is asked", "peer", "reached", "at most");
	for (unsigned int g = 0; g < NR_GOALS; g++)
		print_goal(&b, &goals[g]);
	return 0;
}
