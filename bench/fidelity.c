// SPDX-License-Identifier: MIT
/*
 * How near is a replay to the machine that was recorded? Writes docs/fidelity.md's tables.
 *
 *   replay-fidelity BOARD.dts SNAPSHOTS TRACES [NAME...]
 *
 * For each NAME: SNAPSHOTS/NAME/{buddyinfo,pagetypeinfo,zoneinfo}.{before,after} and TRACES/NAME.dat. The board begins
 * as `before`, the trace is played, nothing is drained, and the end is set beside `after`, for each seed.
 *
 * No state.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"

#define NR_SEEDS    8
#define NR_TYPES    3
#define FIRST_ORDER 3 /* rows in front of the orders: free, listed, both */
#define NR_ROWS     (FIRST_ORDER + QY_NR_PAGE_ORDERS * NR_TYPES)

static const char *const type_names[NR_TYPES] = { "unmovable", "movable", "reclaimable" };

/* One zone at one moment: free pages, pages on CPUs, their sum, then free blocks by type and order. */
struct column {
	int64_t row[NR_ROWS];
};

static void fail(const char *what)
{
	fprintf(stderr, "replay-fidelity: %s\n", what);
	exit(2);
}

static void of_record(const char *dir, const char *name, const char *when,
	const char *zone, struct column *out)
{
	static const char *const files[] = { "buddyinfo", "pagetypeinfo", "zoneinfo" };
	static struct qy_snapshot snap;
	char path[QY_NR_SNAPSHOT_FILES][512];
	const char *paths[QY_NR_SNAPSHOT_FILES];
	struct qy_err err;

	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s/%s.%s", dir, name, files[i],
			when);
		paths[i] = path[i];
	}
	if (qy_snapshot_load(paths, &snap, &err))
		fail(err.text);
	*out = (struct column){ 0 };
	for (uint32_t i = 0; i < snap.nr_zones; i++) {
		const struct qy_snapshot_zone *z = &snap.zone[i];

		if (strcmp(z->name, zone) != 0)
			continue;
		out->row[0] = (int64_t)qy_snapshot_free_pages(z);
		for (uint32_t cpu = 0; cpu < z->nr_cpus; cpu++)
			out->row[1] += z->pcp_count[cpu];
		for (int r = FIRST_ORDER; r < NR_ROWS; r++)
			out->row[r] =
				(int64_t)
					z->nr_free[(r - FIRST_ORDER) % QY_NR_PAGE_ORDERS]
						  [(r - FIRST_ORDER) / QY_NR_PAGE_ORDERS];
	}
	out->row[2] = out->row[0] + out->row[1];
}

static void of_replay(const char *text, const char *path, const char *zone, uint64_t seed,
	struct column *out)
{
	static struct qy_check check;
	struct qy_check_hooks hooks = { 0 };
	struct qy_err err;
	struct qy_scenario *s = qy_scenario_parse(text, strlen(text), path, &err);

	if (!s)
		fail(err.text);
	s->seed = seed;
	if (qy_check_prepare(s, &check, &err) || qy_check_run(&check, &hooks, &err))
		fail(err.text);
	if (!check.pass || check.gap.free_blocks || check.gap.pageblocks ||
		check.gap.pcp_pages)
		fail("the start state is not met");
	*out = (struct column){ 0 };
	for (uint32_t i = 0; i < check.nr_zones; i++) {
		const struct qy_zone_stats *z = &check.zone[i];

		if (strcmp(z->name, zone) != 0)
			continue;
		out->row[0] = (int64_t)z->free_pages;
		out->row[1] = (int64_t)z->pcp_pages;
		for (int r = FIRST_ORDER; r < NR_ROWS; r++)
			out->row[r] =
				(int64_t)
					z->nr_free[(r - FIRST_ORDER) % QY_NR_PAGE_ORDERS]
						  [(r - FIRST_ORDER) / QY_NR_PAGE_ORDERS];
	}
	out->row[2] = out->row[0] + out->row[1];
	qy_check_free(&check);
	qy_scenario_free(s);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void print_row(const char *what, int r, const struct column *before,
	const struct column *after, const struct column *ours)
{
	int64_t v[NR_SEEDS];

	for (int i = 0; i < NR_SEEDS; i++)
		v[i] = ours[i].row[r];
	qsort(v, NR_SEEDS, sizeof(v[0]), compare);
	if (!before->row[r] && !after->row[r] && !v[0] && !v[NR_SEEDS - 1])
		return;
	printf("| %s | %" PRId64 " | %" PRId64 " | %" PRId64 " | %" PRId64 "..%" PRId64
	       " |\n",
		what, before->row[r], after->row[r],
		(v[NR_SEEDS / 2 - 1] + v[NR_SEEDS / 2]) / 2, v[0], v[NR_SEEDS - 1]);
}

static void print_table(const char *name, const char *zone, const struct column *before,
	const struct column *after, const struct column *ours)
{
	static const char *const heads[FIRST_ORDER] = { "pages free",
		"pages on CPUs' lists", "both" };

	printf("\n### %s, zone %s\n\n", name, zone);
	puts("| | before | Linux after | Quarry after, median | over seeds |");
	puts("|---|---:|---:|---:|---:|");
	for (int r = 0; r < NR_ROWS; r++) {
		char what[40];

		if (r < FIRST_ORDER)
			snprintf(what, sizeof(what), "%s", heads[r]);
		else
			snprintf(what, sizeof(what), "%s, order %d",
				type_names[(r - FIRST_ORDER) / QY_NR_PAGE_ORDERS],
				(r - FIRST_ORDER) % QY_NR_PAGE_ORDERS);
		print_row(what, r, before, after, ours);
	}
}

static void run(
	const char *board, const char *snapshots, const char *traces, const char *name)
{
	static const char *const zones[] = { "DMA32", "Normal" };
	struct column before, after, ours[NR_SEEDS];
	char *text;

	if (asprintf(&text,
		    "board: {dts: '%s', sysctl: [vm.min_free_kbytes=67584]}\n"
		    "start:\n  snapshot: {buddyinfo: '%s/%s/buddyinfo.before', pagetypeinfo: '%s/%s/pagetypeinfo.before', zoneinfo: '%s/%s/zoneinfo.before'}\n"
		    "load: [{trace: {file: '%s/%s.dat', leftovers: keep}}]\n"
		    "expect: [{load: {failures: 0}}]\n",
		    board, snapshots, name, snapshots, name, snapshots, name, traces,
		    name) < 0)
		fail("the host has no memory left");
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		of_record(snapshots, name, "before", zones[z], &before);
		of_record(snapshots, name, "after", zones[z], &after);
		for (uint64_t seed = 1; seed <= NR_SEEDS; seed++)
			of_replay(text, "fidelity", zones[z], seed, &ours[seed - 1]);
		if (memcmp(&before, &after, sizeof(before)) == 0 &&
			memcmp(&before, &ours[0], sizeof(before)) == 0)
			printf("\n### %s, zone %s\n\nUnchanged, on Linux as here.\n",
				name, zones[z]);
		else
			print_table(name, zones[z], &before, &after, ours);
	}
	free(text);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: replay-fidelity BOARD.dts SNAPSHOTS TRACES NAME...\n",
			stderr);
		return 2;
	}
	for (int i = 4; i < argc; i++)
		run(argv[1], argv[2], argv[3], argv[i]);
	return 0;
}
