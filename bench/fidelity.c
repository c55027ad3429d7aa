// SPDX-License-Identifier: MIT
/*
 * How near is a replay to the machine that was recorded? Writes the tables of docs/fidelity.md and of docs/compat.md.
 *
 *   replay-fidelity BOARD.dts SYSCTL SNAPSHOTS TRACE.dat...
 *
 * For each TRACE of NAME.dat: SNAPSHOTS/NAME/{buddyinfo,pagetypeinfo,zoneinfo}.{before,after}. The board, with SYSCTL
 * (KEY=VALUE, or - for none), begins as `before`, the trace is played, nothing is drained, and the end is set beside
 * `after`, for each seed.
 *
 * No state.
 */
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"

#define NR_SEEDS 8
#define NR_TYPES 5
#define NR_SUMS  3 /* in front of the orders: free, on lists, both */
#define NR_CELLS (NR_SUMS + QY_NR_PAGE_ORDERS * NR_TYPES)
#define MAX_ZONE 8

static const char *const type_names[NR_TYPES] = { "unmovable", "movable", "reclaimable",
	"highatomic", "CMA" };

/* One zone at one moment. */
struct moment {
	int64_t cell[NR_CELLS];
};

struct comparison {
	const char *zone;
	struct moment before, after, ours[NR_SEEDS];
};

static void fail(const char *what)
{
	fprintf(stderr, "replay-fidelity: %s\n", what);
	exit(2);
}

static void set(struct moment *out, uint64_t free_pages, uint64_t listed,
	const uint64_t nr_free[QY_NR_PAGE_ORDERS][QY_MIGRATE_TYPES])
{
	out->cell[0] = (int64_t)free_pages;
	out->cell[1] = (int64_t)listed;
	out->cell[2] = (int64_t)(free_pages + listed);
	for (int i = 0; i < NR_TYPES * QY_NR_PAGE_ORDERS; i++)
		out->cell[NR_SUMS + i] =
			(int64_t)nr_free[i % QY_NR_PAGE_ORDERS][i / QY_NR_PAGE_ORDERS];
}

static void load_record(
	const char *dir, const char *name, const char *when, struct qy_snapshot *snap)
{
	static const char *const files[] = { "buddyinfo", "pagetypeinfo", "zoneinfo" };
	char path[QY_NR_SNAPSHOT_FILES][512];
	const char *paths[QY_NR_SNAPSHOT_FILES];
	struct qy_err err;

	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s/%s.%s", dir, name, files[i],
			when);
		paths[i] = path[i];
	}
	if (qy_snapshot_load(paths, snap, &err))
		fail(err.text);
}

static void of_record(
	const struct qy_snapshot *snap, const char *zone, struct moment *out)
{
	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		const struct qy_snapshot_zone *z = &snap->zone[i];
		uint64_t listed = 0;

		if (strcmp(z->name, zone) != 0)
			continue;
		for (uint32_t cpu = 0; cpu < z->nr_cpus; cpu++)
			listed += z->pcp_count[cpu];
		set(out, qy_snapshot_free_pages(z), listed, z->nr_free);
	}
}

static void of_replay(const char *text, int seed, struct comparison *all, int nr)
{
	static struct qy_check check;
	struct qy_check_hooks hooks = { 0 };
	struct qy_err err;
	struct qy_scenario *s = qy_scenario_parse(text, strlen(text), "fidelity", &err);

	if (!s)
		fail(err.text);
	s->seed = (uint64_t)seed + 1;
	if (qy_check_prepare(s, &check, &err) || qy_check_run(&check, &hooks, &err))
		fail(err.text);
	if (check.gap.free_blocks || check.gap.pageblocks || check.gap.pcp_pages)
		fail("the start state is not met");
	for (int i = 0; i < nr; i++)
		for (uint32_t z = 0; z < check.nr_zones; z++)
			if (strcmp(check.zone[z].name, all[i].zone) == 0)
				set(&all[i].ours[seed], check.zone[z].free_pages,
					check.zone[z].pcp_pages, check.zone[z].nr_free);
	qy_check_free(&check);
	qy_scenario_free(s);
}

/* ------------------------------------------------------------------ tables */

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* "17", or "17 (12..20)" when the seeds differ. */
static void print_ours(const struct comparison *c, int cell)
{
	int64_t v[NR_SEEDS];

	for (int i = 0; i < NR_SEEDS; i++)
		v[i] = c->ours[i].cell[cell];
	qsort(v, NR_SEEDS, sizeof(v[0]), compare);
	printf(" %" PRId64, (v[NR_SEEDS / 2 - 1] + v[NR_SEEDS / 2]) / 2);
	if (v[0] != v[NR_SEEDS - 1])
		printf(" (%" PRId64 "..%" PRId64 ")", v[0], v[NR_SEEDS - 1]);
	fputs(" |", stdout);
}

static bool any_block(const struct comparison *c, int first)
{
	bool any = false;

	for (int i = first; i < first + QY_NR_PAGE_ORDERS; i++) {
		any |= c->before.cell[i] || c->after.cell[i];
		for (int seed = 0; seed < NR_SEEDS; seed++)
			any |= c->ours[seed].cell[i] != 0;
	}
	return any;
}

static void print_line(const char *what, const struct moment *moment, int first, int nr)
{
	printf("| %s |", what);
	for (int i = first; i < first + nr; i++)
		printf(" %" PRId64 " |", moment->cell[i]);
	putchar('\n');
}

static void print_lines(const struct comparison *c, const char *what, int first, int nr)
{
	char head[64];

	snprintf(head, sizeof(head), "%s%sbefore", what, *what ? ", " : "");
	print_line(head, &c->before, first, nr);
	print_line("Linux after", &c->after, first, nr);
	fputs("| Quarry after |", stdout);
	for (int i = first; i < first + nr; i++)
		print_ours(c, i);
	putchar('\n');
}

static void print_comparison(const char *name, const struct comparison *c)
{
	printf("\n### %s, zone %s\n\n", name, c->zone);
	if (memcmp(&c->before, &c->after, sizeof(c->before)) == 0 &&
		memcmp(&c->before, &c->ours[0], sizeof(c->before)) == 0) {
		puts("Unchanged, on Linux as here.");
		return;
	}
	puts("| pages | free | on CPUs' lists | both |\n|---|---:|---:|---:|");
	print_lines(c, "", 0, NR_SUMS);
	fputs("\n| free blocks of order |", stdout);
	for (int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		printf(" %d |", order);
	fputs("\n|---|", stdout);
	for (int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		fputs("---:|", stdout);
	putchar('\n');
	for (int type = 0; type < NR_TYPES; type++) {
		int first = NR_SUMS + type * QY_NR_PAGE_ORDERS;

		if (any_block(c, first))
			print_lines(c, type_names[type], first, QY_NR_PAGE_ORDERS);
	}
}

/* ------------------------------------------------------------------ one trace */

static char *scenario(const char *board, const char *sysctl, const char *snapshots,
	const char *trace, const char *name)
{
	char *text;

	if (asprintf(&text,
		    "board: {dts: '%s'%s%s%s}\n"
		    /* the recorded machine reclaimed itself: its frees are in the trace */
		    "reclaim: none\n"
		    "start:\n  snapshot: {buddyinfo: '%s/%s/buddyinfo.before', pagetypeinfo: '%s/%s/pagetypeinfo.before', zoneinfo: '%s/%s/zoneinfo.before'}\n"
		    "load: [{trace: {file: '%s', leftovers: keep}}]\n"
		    "expect: [{load: {failures: 0}}]\n",
		    board, *sysctl == '-' ? "" : ", sysctl: ['",
		    *sysctl == '-' ? "" : sysctl, *sysctl == '-' ? "" : "']", snapshots,
		    name, snapshots, name, snapshots, name, trace) < 0)
		fail("the host has no memory left");
	return text;
}

static void run(const char *board, const char *sysctl, const char *snapshots, char *trace)
{
	static struct qy_snapshot before, after;
	struct comparison all[MAX_ZONE] = { 0 };
	char *copy = strdup(trace), *name = copy ? basename(copy) : NULL, *text;
	int nr = 0;

	if (!name || strlen(name) < 5 || strcmp(name + strlen(name) - 4, ".dat") != 0)
		fail("a trace is a NAME.dat");
	name[strlen(name) - 4] = '\0';
	load_record(snapshots, name, "before", &before);
	load_record(snapshots, name, "after", &after);
	for (uint32_t i = 0; i < before.nr_zones && nr < MAX_ZONE; i++) {
		if (!before.zone[i].managed_pages)
			continue;
		all[nr].zone = before.zone[i].name;
		of_record(&before, all[nr].zone, &all[nr].before);
		of_record(&after, all[nr].zone, &all[nr].after);
		nr++;
	}
	text = scenario(board, sysctl, snapshots, trace, name);
	for (int seed = 0; seed < NR_SEEDS; seed++)
		of_replay(text, seed, all, nr);
	for (int i = 0; i < nr; i++)
		print_comparison(name, &all[i]);
	free(text);
	free(copy);
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: replay-fidelity BOARD.dts SYSCTL SNAPSHOTS TRACE.dat...\n",
			stderr);
		return 2;
	}
	for (int i = 4; i < argc; i++)
		run(argv[1], argv[2], argv[3], argv[i]);
	return 0;
}
