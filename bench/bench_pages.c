// SPDX-License-Identifier: MIT
/*
 * How long does it take to get and put a block of 2^order pages, beside what other page allocators take?
 *
 * Every repetition measures Quarry and then each peer in turn, each with fresh state; a row is the median over the
 * repetitions, its ratio the peer's median over Quarry's: more than 1 means that Quarry is faster.
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_GIB 2
#define MAX_PEERS   (BENCH_MAX_PEERS + 3)
#define MAX_REPS    BENCH_MAX_REPS
#define MAX_TRIES   8
#define OVERLAPPED  1.05 /* a repetition stretched by less is kept */
#define DISTURBED   1.25 /* a row stretched by more is marked */

static const struct bench_test tests[] = {
	{ BENCH_REPEAT, 0, 1 },
	{ BENCH_REPEAT, 0, 2 },
	{ BENCH_RANDOM, 0, 1 },
	{ BENCH_RANDOM, 0, 2 },
	{ BENCH_REPEAT, 3, 1 },
	{ BENCH_REPEAT, 3, 2 },
	{ BENCH_RANDOM, 3, 1 },
	{ BENCH_RANDOM, 3, 2 },
	{ BENCH_REPEAT, 9, 1 },
	{ BENCH_REPEAT, 9, 2 },
	{ BENCH_RANDOM, 9, 1 },
	{ BENCH_RANDOM, 9, 2 },
	{ BENCH_REPEAT, 10, 1 },
	{ BENCH_REPEAT, 10, 2 },
	{ BENCH_RANDOM, 10, 1 },
	{ BENCH_RANDOM, 10, 2 },
};
#define NR_TESTS (sizeof(tests) / sizeof(tests[0]))

static const char *const mode_name[] = {
	[BENCH_REPEAT] = "repeat",
	[BENCH_RANDOM] = "bulk, random free",
};

struct bench {
	struct bench_args args;
	uint64_t nr_frames;
	struct bench_peer peers[MAX_PEERS]; /* the first is ours */
	unsigned int nr_peers;
	unsigned int nr_printed; /* JSON objects in the current array */
};

/* One peer in one test, medians over the repetitions. */
struct row {
	bool good;
	struct bench_result ns;
	double ratio; /* to ours, by the clock of the table */
};

/* ------------------------------------------------------------------ measuring */

static double median_of(const struct bench_result *results, unsigned int reps, size_t at)
{
	double values[MAX_REPS];

	for (unsigned int r = 0; r < reps; r++)
		memcpy(&values[r], (const char *)&results[r] + at, sizeof(double));
	return bench_median(values, reps);
}

/* Fields of a result, all doubles, are medians of their own. */
static struct bench_result medians(const struct bench_result *results, unsigned int reps)
{
	struct bench_result median;

	for (size_t at = 0; at < sizeof(median); at += sizeof(double)) {
		double value = median_of(results, reps, at);

		memcpy((char *)&median + at, &value, sizeof(value));
	}
	return median;
}

/* How much longer it took than the threads ran: 1 = each had a CPU to itself all the time. */
static double stretch(const struct bench_result *result)
{
	return result->wall.pair_ns / result->cpu.pair_ns;
}

/*
 * Threads that the host runs one after the other do not get in each other's way: such a repetition is done again, and of
 * several the best overlapped counts. A peer that sleeps (most_frames) is never any better.
 */
static bool measure_once(const struct bench *b, const struct bench_peer *peer,
	const struct bench_test *test, struct bench_result *best)
{
	unsigned int tries = test->threads > 1 && !peer->most_frames ? MAX_TRIES : 1;

	for (unsigned int i = 0; i < tries; i++) {
		struct bench_result result;

		if (!bench_measure(peer, test, b->nr_frames, &result))
			return false;
		if (!i || stretch(&result) < stretch(best))
			*best = result;
		if (stretch(best) < OVERLAPPED)
			break;
	}
	return true;
}

/* Peers take turns inside each repetition, so that what else the host does meets all of them. */
static void measure_test(struct bench *b, const struct bench_test *test, struct row *rows)
{
	static struct bench_result results[MAX_PEERS][MAX_REPS];

	for (unsigned int p = 0; p < b->nr_peers; p++)
		rows[p] = (struct row){ .good = !b->peers[p].absent };
	for (unsigned int r = 0; r < b->args.reps; r++)
		for (unsigned int p = 0; p < b->nr_peers; p++)
			rows[p].good = rows[p].good && measure_once(b, &b->peers[p], test,
							       &results[p][r]);
	for (unsigned int p = 0; p < b->nr_peers; p++) {
		if (!rows[p].good)
			continue;
		rows[p].ns = medians(results[p], b->args.reps);
		if (rows[0].good)
			rows[p].ratio = b->args.wall ? rows[p].ns.wall.pair_ns /
							       rows[0].ns.wall.pair_ns
						     : rows[p].ns.cpu.pair_ns /
							       rows[0].ns.cpu.pair_ns;
	}
}

/* ------------------------------------------------------------------ the table */

static void print_row(const struct bench *b, const struct bench_test *test,
	const struct bench_peer *peer, const struct row *row)
{
	const struct bench_sample *ns = b->args.wall ? &row->ns.wall : &row->ns.cpu;

	printf("  %-24s", peer->name);
	if (!row->good) {
		printf("  %s\n", peer->absent ? peer->absent : "failed");
		return;
	}
	if (test->mode == BENCH_REPEAT)
		printf("%11s%11s", "", "");
	else
		printf("%11.1f%11.1f", ns->get_ns, ns->put_ns);
	printf("%11.1f", ns->pair_ns);
	if (peer != &b->peers[0] && row->ratio > 0)
		printf("%9.2fx", row->ratio);
	if (test->threads > 1 && !peer->most_frames && stretch(&row->ns) > DISTURBED)
		printf("  host busy: threads took turns");
	printf("\n");
}

static void print_test(
	const struct bench *b, const struct bench_test *test, const struct row *rows)
{
	char title[80];

	snprintf(title, sizeof(title), "order %u, %s, %u thread%s", test->order,
		mode_name[test->mode], test->threads, test->threads > 1 ? "s" : "");
	printf("%-37s%11s%11s%11s\n", title, "get", "put", "both");
	for (unsigned int p = 0; p < b->nr_peers; p++)
		print_row(b, test, &b->peers[p], &rows[p]);
	printf("\n");
	fflush(stdout);
}

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		if ((unsigned char)*text >= ' ')
			putchar(*text);
	}
	putchar('"');
}

static void json_row(struct bench *b, const struct bench_test *test,
	const struct bench_peer *peer, const struct row *row)
{
	printf("%s\n  {\"order\": %u, \"mode\": \"%s\", \"threads\": %u, \"peer\": ",
		b->nr_printed++ ? "," : "", test->order,
		test->mode == BENCH_REPEAT ? "repeat" : "random", test->threads);
	json_string(peer->name);
	if (!row->good) {
		printf(", \"error\": \"%s\"}", peer->absent ? peer->absent : "failed");
		return;
	}
	if (test->mode == BENCH_RANDOM)
		printf(", \"get_ns\": %.2f, \"put_ns\": %.2f", row->ns.cpu.get_ns,
			row->ns.cpu.put_ns);
	printf(", \"pair_ns\": %.2f, \"wall_pair_ns\": %.2f, \"ratio\": %.3f}",
		row->ns.cpu.pair_ns, row->ns.wall.pair_ns, row->ratio);
}

static bool wanted(const struct bench *b, const struct bench_test *test)
{
	if (b->args.threads && b->args.threads != test->threads)
		return false;
	return b->args.order < 0 || (unsigned int)b->args.order == test->order;
}

static void run_tests(struct bench *b)
{
	struct row rows[MAX_PEERS];

	for (unsigned int t = 0; t < NR_TESTS; t++) {
		const struct bench_test *test = &tests[t];

		if (!wanted(b, test))
			continue;
		if (test->threads > bench_nr_cpus()) {
			fprintf(stderr, "bench: rows with %u threads want %u CPUs\n",
				test->threads, test->threads);
			continue;
		}
		measure_test(b, test, rows);
		if (!b->args.json)
			print_test(b, test, rows);
		for (unsigned int p = 0; b->args.json && p < b->nr_peers; p++)
			json_row(b, test, &b->peers[p], &rows[p]);
	}
}

/* ------------------------------------------------------------------ memory */

/* Resident bytes of this process. */
static uint64_t rss_bytes(void)
{
	unsigned long total = 0, resident = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	if (!statm)
		return 0;
	if (fscanf(statm, "%lu %lu", &total, &resident) != 2)
		resident = 0;
	fclose(statm);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static double mib_more(uint64_t now, uint64_t before)
{
	return ((double)now - (double)before) / (1 << 20);
}

/* Holds half of the memory as single pages, in the order they come. Return: false when there is less. */
static bool hold_half(const struct bench_peer *peer, uint64_t nr, uint64_t *frames)
{
	if (peer->enter)
		peer->enter(0);
	for (uint64_t i = 0; i < nr; i++) {
		frames[i] = peer->get(0);
		if (frames[i] == BENCH_NO_FRAME)
			return false;
	}
	return true;
}

static void put_back(const struct bench_peer *peer, uint64_t nr, const uint64_t *frames)
{
	for (uint64_t i = 0; i < nr && frames[i] != BENCH_NO_FRAME; i++)
		peer->put(frames[i], 0);
	if (peer->leave)
		peer->leave();
}

static void memory_row(struct bench *b, const struct bench_peer *peer, uint64_t *frames)
{
	uint64_t nr = b->nr_frames / 2, before = rss_bytes();

	if (peer->absent || peer->most_frames || peer->init(b->nr_frames, 1))
		return;
	uint64_t booted = rss_bytes();
	uint64_t metadata = peer->metadata_bytes ? peer->metadata_bytes() : 0;
	double share = 100.0 * (double)metadata / ((double)b->nr_frames * 4096);
	bool good = hold_half(peer, nr, frames);
	uint64_t held = rss_bytes();

	put_back(peer, nr, frames);
	peer->exit();
	if (b->args.json) {
		printf("%s\n  {\"peer\": ", b->nr_printed++ ? "," : "");
		json_string(peer->name);
		if (metadata)
			printf(", \"metadata_bytes\": %llu, \"share_percent\": %.4f",
				(unsigned long long)metadata, share);
		printf(", \"rss_booted_mib\": %.2f, \"rss_half_mib\": %.2f}",
			mib_more(booted, before), mib_more(held, before));
		return;
	}
	printf("  %-24s", peer->name);
	if (metadata)
		printf("%11.1f%10.3f%%", (double)metadata / (1 << 20), share);
	else
		printf("%11s%11s", "", "");
	printf("%11.2f%11.2f%s\n", mib_more(booted, before), mib_more(held, before),
		good ? "" : "  ran out");
}

static void run_memory(struct bench *b)
{
	uint64_t *frames = malloc(b->nr_frames / 2 * sizeof(*frames));

	if (!frames)
		return;
	memset(frames, 0xff, b->nr_frames / 2 * sizeof(*frames));
	if (!b->args.json)
		printf("%-26s%11s%11s%11s%11s\n", "memory of the process, MiB",
			"metadata", "of RAM", "RSS boot", "RSS half");
	for (unsigned int p = 0; p < b->nr_peers; p++)
		memory_row(b, &b->peers[p], frames);
	free(frames);
}

/* ------------------------------------------------------------------ */

static int add_peers(struct bench *b)
{
	bench_peer_quarry(&b->peers[b->nr_peers++], b->args.movable);
	bench_peer_list_buddy(&b->peers[b->nr_peers++]);
	bench_peer_mmap(&b->peers[b->nr_peers++]);
	for (unsigned int i = 0; i < b->args.nr_peers; i++)
		if (bench_peer_plugin(&b->peers[b->nr_peers++], b->args.peers[i]))
			return 2;
	return 0;
}

int main(int argc, char **argv)
{
	static struct bench b;
	int result = bench_args_parse(&b.args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	result = add_peers(&b);
	if (result)
		return result;
	b.nr_frames = (uint64_t)(b.args.gib ? b.args.gib : DEFAULT_GIB) << 18;
	const char *gfp = b.args.movable ? "GFP_HIGHUSER_MOVABLE" : "GFP_KERNEL";

	if (b.args.json)
		printf("{\"schema\": 1, \"bench\": \"pages\", \"gib\": %llu, \"reps\": %u, \"gfp\": \"%s\", \"rows\": [",
			(unsigned long long)(b.nr_frames >> 18), b.args.reps, gfp);
	else
		printf("pages: %llu GiB, %s, ns per block of %s, median of %u; the ratio is peer / quarry\n\n",
			(unsigned long long)(b.nr_frames >> 18), gfp,
			b.args.wall ? "wall time" : "CPU time", b.args.reps);
	run_tests(&b);
	if (b.args.json) {
		printf("],\n \"memory\": [");
		b.nr_printed = 0;
	}
	run_memory(&b);
	if (b.args.json)
		printf("]}\n");
	return 0;
}
