// SPDX-License-Identifier: MIT
/*
 * Writes the board and the scenario in which the refusal of a report happens again.
 *
 * The board has one bank per zone of the report, each as large as the zone's managed memory, and a kernel that takes
 * nothing of it for itself; min_free_kbytes and lowmem_reserve_ratio are what gives the report's min and reserves. The
 * scenario, zone by zone: takes the blocks that the report shows as free ("left"), where the refusal was for want of a
 * block each with a neighbour that stays ("keep", so that nothing merges), takes everything else, gives the blocks
 * back, and asks as the report's request did. Pages that did not count for it (HighAtomic, CMA) are not left free.
 *
 * No state.
 */
#include "lab/explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/scenario.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MiB           (1ull << 20)
#define GiB           (1ull << 30)
#define MAX_BANKS     3
#define MAX_COUNT     65536ull
#define MAX_TIMES     1000000ull
#define NR_ORDERS     11
#define SETTLE_US     1000
#define NR_RESTS      6

/* One zone of the report as a bank of the board. */
struct bank {
	const struct qy_dmesg_zone *report;
	const struct qy_explain_zone *zone; /* NULL: the request may not use it */
	uint64_t start, pages;
	uint64_t left[NR_ORDERS]; /* blocks to leave free */
};

struct writing {
	const struct qy_explain *e;
	struct bank bank[MAX_BANKS]; /* lowest first */
	uint32_t nr_banks;
	bool arm64;
	uint64_t dma_limit; /* arm64 with a DMA32 zone: where DMA ends; else 0 */
	uint64_t now_us;
};

static const char *const kinds[MAX_BANKS] = { "DMA", "DMA32", "Normal" };

/* ------------------------------------------------------------------ is there such a board? */

static int refuse_verdicts(const struct qy_explain *e, struct qy_err *err)
{
	unsigned int line = e->report->line;

	if (e->report->kind == QY_DMESG_CMA || e->report->oom.has_limit)
		return qy_fail(err,
			"line %u: no scenario: %s; name a report with zones with --report",
			line,
			e->report->kind == QY_DMESG_CMA
				? "the area's pages refused, not a zone"
				: "a memory cgroup's limit refused, not a zone");
	if (e->no_mode || !e->nr_zones)
		return qy_fail(err,
			"line %u: the report is cut: no scenario without its flags and zone lines",
			line);
	if (e->report->page_kb != 4)
		return qy_fail(err,
			"line %u: a kernel with %u kB pages: Quarry's boards have 4 kB",
			line, e->report->page_kb);
	if (e->report->order >= NR_ORDERS)
		return qy_fail(err, "line %u: order %u: Quarry's boards end at %d", line,
			e->report->order, NR_ORDERS - 1);
	for (uint32_t i = 0; i < e->nr_zones; i++) {
		if (e->zone[i].verdict == QY_EXPLAIN_UNKNOWN)
			return qy_fail(err,
				"line %u: no scenario: of zone %s the report lacks %s",
				line, e->zone[i].report->name, e->zone[i].missing);
		if (e->zone[i].verdict == QY_EXPLAIN_SERVES)
			return qy_fail(err,
				"line %u: no scenario: by the report's numbers zone %s would serve",
				line, e->zone[i].report->name);
	}
	return 0;
}

static int find_banks(struct writing *w, struct qy_err *err)
{
	const struct qy_dmesg_report *r = w->e->report;

	for (uint32_t i = 0; i < r->nr_zones; i++)
		if (r->zone[i].node != w->e->zone[0].report->node)
			return qy_fail(err,
				"line %u: no scenario of a machine with several nodes: start one from its tree with `quarry new --dtb`",
				r->line);
	for (int kind = 0; kind < MAX_BANKS; kind++) {
		for (uint32_t i = 0; i < r->nr_zones; i++) {
			const struct qy_dmesg_zone *z = &r->zone[i];

			if (strcmp(z->name, kinds[kind]) == 0)
				w->bank[w->nr_banks++] = (struct bank){ .report = z };
		}
	}
	if (w->nr_banks != r->nr_zones)
		return qy_fail(err,
			"line %u: no scenario: Quarry's boards have no memory in HighMem, Movable or Device zones",
			r->line);
	for (uint32_t b = 0; b < w->nr_banks; b++) {
		struct bank *bank = &w->bank[b];

		bank->pages = bank->report->kb[QY_DMESG_MANAGED] / 4;
		if (bank->pages == 0 || bank->pages > GiB)
			return qy_fail(err,
				"line %u: no scenario: the report does not say what zone %s manages",
				r->line, bank->report->name);
		for (uint32_t i = 0; i < w->e->nr_zones; i++)
			if (w->e->zone[i].report == bank->report)
				bank->zone = &w->e->zone[i];
	}
	return 0;
}

static struct bank *find_bank(struct writing *w, const char *name)
{
	for (uint32_t b = 0; b < w->nr_banks; b++)
		if (strcmp(w->bank[b].report->name, name) == 0)
			return &w->bank[b];
	return NULL;
}

/* From @usual, or ending at @end when it would not fit. Return: false when it is larger than all of [0, end). */
static bool place(struct bank *bank, uint64_t usual, uint64_t end)
{
	uint64_t size = bank->pages * 4096;

	if (size > end)
		return false;
	bank->start = size <= end - usual ? usual : end - size;
	return true;
}

/* A DMA zone of more than 16 MiB is arm64's. */
static int place_banks(struct writing *w, struct qy_err *err)
{
	struct bank *dma = find_bank(w, "DMA"), *dma32 = find_bank(w, "DMA32");
	struct bank *normal = find_bank(w, "Normal");
	uint64_t dma_end = 16 * MiB;
	bool fits = true;

	w->arm64 = dma && dma->pages * 4096 > dma_end;
	if (w->arm64) {
		dma_end = dma32 ? 1 * GiB : 4 * GiB;
		if (dma32)
			w->dma_limit = dma_end;
	}
	if (dma)
		fits &= place(dma, w->arm64 && !dma32 ? 1 * GiB : dma_end, dma_end);
	if (dma32) {
		fits &= place(dma32, dma_end, 4 * GiB);
		fits &= !dma || dma32->start >= dma_end;
	}
	if (normal)
		normal->start = 4 * GiB;
	if (!fits)
		return qy_fail(err,
			"line %u: no scenario: its zones are larger than those of a board that Quarry knows",
			w->e->report->line);
	return 0;
}

/* ------------------------------------------------------------------ which blocks stay free */

/* The value that gives the preferred zone the report's min. */
static uint64_t min_free_kbytes(const struct writing *w)
{
	const struct qy_explain_zone *zone = &w->e->zone[0];
	uint64_t total = 0, managed = zone->report->kb[QY_DMESG_MANAGED] / 4;

	for (uint32_t b = 0; b < w->nr_banks; b++)
		total += w->bank[b].pages;
	if (zone->min_pages > managed)
		return total * 4;
	return (zone->min_pages * total + managed - 1) / managed * 4;
}

/*
 * What this request must leave in the bank, less what it had to leave in the report's zone: min is shared out by size
 * here, and 6.12's rules hold. Zero for the preferred zone of a 6.3 kernel.
 */
static int64_t mark_difference(const struct writing *w, const struct bank *bank)
{
	struct qy_explain_request here = w->e->request;
	uint64_t total = 0;

	here.old_rules = false;
	for (uint32_t b = 0; b < w->nr_banks; b++)
		total += w->bank[b].pages;
	return (int64_t)qy_explain_mark(
		       &here, min_free_kbytes(w) / 4 * bank->pages / total) -
	       (int64_t)bank->zone->mark_pages;
}

/* How many pages the zone may have free at the end; half of it at most where each needs a neighbour that stays. */
static uint64_t pages_to_leave(const struct writing *w, const struct bank *bank)
{
	const struct qy_explain_request *q = &w->e->request;
	int64_t goal = bank->zone->usable_pages + ((1ll << q->order) - 1);
	int64_t spare = (int64_t)bank->pages -
			(int64_t)(bank->report->kb[QY_DMESG_HIGH] / 4) - 512;

	if (bank->zone->verdict == QY_EXPLAIN_WATERMARK)
		goal += mark_difference(w, bank);
	else if (goal > spare / 2)
		goal = spare / 2;
	if (goal > (int64_t)bank->pages)
		goal = (int64_t)bank->pages;
	return goal > 0 ? (uint64_t)goal : 0;
}

static void choose_blocks(const struct writing *w, struct bank *bank)
{
	const struct qy_explain_request *q = &w->e->request;
	uint64_t pages = pages_to_leave(w, bank);
	bool small_only = bank->zone->verdict == QY_EXPLAIN_NO_BLOCK;

	if (!bank->report->nr_orders) {
		bank->left[4] = pages >> 4;
		bank->left[0] = pages & 15;
		return;
	}
	for (int order = NR_ORDERS - 1; order >= 0; order--) {
		uint64_t nr = bank->report->blocks[order];

		if (small_only && order >= (int)q->order)
			continue; /* of types that do not count */
		if (nr > pages >> order)
			nr = pages >> order;
		bank->left[order] = nr;
		pages -= nr << order;
	}
}

/* How many requests of the scenario the blocks of a bank become. */
static uint32_t nr_requests(const struct bank *bank)
{
	uint32_t nr = 0;

	for (int order = 0; order < NR_ORDERS; order++)
		if (bank->left[order])
			nr += bank->zone->verdict == QY_EXPLAIN_NO_BLOCK ? 2 : 1;
	return nr + NR_RESTS;
}

/* A scenario has room for 64 requests: where there are more, the blocks of a bank's largest order become smaller ones. */
static void fold_orders(struct writing *w)
{
	uint32_t nr = 1;

	for (uint32_t b = 0; b < w->nr_banks; b++)
		nr += w->bank[b].zone ? nr_requests(&w->bank[b]) : 0;
	for (int order = NR_ORDERS - 1; order > 0 && nr > QY_MAX_REQUESTS; order--) {
		for (uint32_t b = 0; b < w->nr_banks; b++) {
			struct bank *bank = &w->bank[b];

			if (!bank->zone || !bank->left[order] || !bank->left[order - 1])
				continue;
			bank->left[order - 1] += bank->left[order] * 2;
			bank->left[order] = 0;
			nr -= bank->zone->verdict == QY_EXPLAIN_NO_BLOCK ? 2 : 1;
		}
	}
}

/* ------------------------------------------------------------------ words */

static const struct {
	const char *name;
	qy_gfp_t bits;
} gfp_words[] = {
	{ "GFP_KERNEL", QY_GFP_KERNEL },
	{ "GFP_ATOMIC", QY_GFP_ATOMIC },
	{ "GFP_NOFS", QY_GFP_NOFS },
	{ "GFP_NOIO", QY_GFP_NOIO },
	{ "GFP_DMA", QY___GFP_DMA },
	{ "GFP_DMA32", QY___GFP_DMA32 },
	{ "__GFP_HIGHMEM", QY___GFP_HIGHMEM },
	{ "__GFP_MOVABLE", QY___GFP_MOVABLE },
	{ "__GFP_RECLAIMABLE", QY___GFP_RECLAIMABLE },
	{ "__GFP_HIGH", QY___GFP_HIGH },
	{ "__GFP_DIRECT_RECLAIM", QY___GFP_DIRECT_RECLAIM },
	{ "__GFP_KSWAPD_RECLAIM", QY___GFP_KSWAPD_RECLAIM },
	{ "__GFP_ZERO", QY___GFP_ZERO },
	{ "__GFP_COMP", QY___GFP_COMP },
	{ "__GFP_NORETRY", QY___GFP_NORETRY },
	{ "__GFP_RETRY_MAYFAIL", QY___GFP_RETRY_MAYFAIL },
	{ "__GFP_MEMALLOC", QY___GFP_MEMALLOC },
	{ "__GFP_NOMEMALLOC", QY___GFP_NOMEMALLOC },
};

/* The flags that decide; accounting and the like are left out. */
static void print_gfp(FILE *out, qy_gfp_t gfp)
{
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_SIZE(gfp_words); i++) {
		if ((gfp & gfp_words[i].bits) != gfp_words[i].bits)
			continue;
		gfp &= ~gfp_words[i].bits;
		fprintf(out, "%s%s", separator, gfp_words[i].name);
		separator = "|";
	}
	if (!*separator) /* no flag at all: say something that means nothing more */
		fputs("__GFP_NOWARN", out);
}

/* Flags that reach exactly this zone and those below, past every watermark; movable, so that no pageblock is retagged. */
static const char *taking_gfp(const struct bank *bank)
{
	if (strcmp(bank->report->name, "DMA") == 0)
		return "GFP_DMA|__GFP_MOVABLE|__GFP_DIRECT_RECLAIM|__GFP_MEMALLOC|__GFP_NOWARN";
	if (strcmp(bank->report->name, "DMA32") == 0)
		return "GFP_DMA32|__GFP_MOVABLE|__GFP_DIRECT_RECLAIM|__GFP_MEMALLOC|__GFP_NOWARN";
	return "__GFP_MOVABLE|__GFP_DIRECT_RECLAIM|__GFP_MEMALLOC|__GFP_NOWARN";
}

/* ------------------------------------------------------------------ the board */

static void write_dts(FILE *out, const struct writing *w)
{
	const struct qy_dmesg_report *r = w->e->report;

	fprintf(out,
		"/*\n * The memory of a page allocation failure report (%s): a bank per zone, as large as what the zone managed.\n"
		" * Written by `quarry explain --scenario`.\n */\n",
		r->release[0] ? r->release : "kernel not said");
	fputs("/dts-v1/;\n\n/ {\n\t#address-cells = <2>;\n\t#size-cells = <2>;\n"
	      "\tmodel = \"the zones of a failure report\";\n",
		out);
	fprintf(out, "\tqy,arch = \"%s\";\n", w->arm64 ? "arm64" : "x86_64");
	fputs("\tqy,kernel-image = <0 0 0 0 0>;\n\tqy,memmap-entry = <0>;\n\tqy,no-thp;\n\n",
		out);
	fputs("\tcpus {\n\t\t#address-cells = <1>;\n\t\t#size-cells = <0>;\n\n"
	      "\t\tcpu@0 {\n\t\t\tdevice_type = \"cpu\";\n\t\t\treg = <0>;\n\t\t};\n\t};\n",
		out);
	for (uint32_t b = 0; b < w->nr_banks; b++) {
		uint64_t start = w->bank[b].start, size = w->bank[b].pages * 4096;

		fprintf(out,
			"\n\t/* %s */\n\tmemory@%llx {\n\t\tdevice_type = \"memory\";\n"
			"\t\treg = <0x%llx 0x%llx 0x%llx 0x%llx>;\n\t};\n",
			w->bank[b].report->name, (unsigned long long)start,
			(unsigned long long)(start >> 32),
			(unsigned long long)(start & UINT32_MAX),
			(unsigned long long)(size >> 32),
			(unsigned long long)(size & UINT32_MAX));
	}
	if (w->dma_limit)
		fprintf(out,
			"\n\t/* what ends zone DMA */\n\tsoc {\n\t\tcompatible = \"simple-bus\";\n"
			"\t\t#address-cells = <2>;\n\t\t#size-cells = <2>;\n\t\tranges;\n"
			"\t\tdma-ranges = <0 0 0 0 0 0x%llx>;\n\t};\n",
			(unsigned long long)w->dma_limit);
	fputs("};\n", out);
}

/* The ratio that gives bank @b the report's reserve against this request, or a little more. */
static uint64_t reserve_ratio(const struct writing *w, const char *kind)
{
	const struct bank *bank = NULL;
	uint64_t above = 0;

	for (uint32_t b = 0; b < w->nr_banks; b++) {
		if (strcmp(w->bank[b].report->name, kind) == 0)
			bank = &w->bank[b];
		else if (bank && w->bank[b].zone)
			above += w->bank[b].pages;
	}
	if (!bank || !bank->zone || !bank->zone->reserve_pages)
		return 0;
	return above > bank->zone->reserve_pages ? above / bank->zone->reserve_pages : 1;
}

/* ------------------------------------------------------------------ the scenario */

static void write_taking(FILE *out, struct writing *w, const struct bank *bank)
{
	bool neighbours = bank->zone->verdict == QY_EXPLAIN_NO_BLOCK;

	for (int order = NR_ORDERS - 1; order >= 0; order--) {
		uint64_t nr = bank->left[order], rounds = nr, count = 1;

		if (!nr)
			continue;
		if (!neighbours) {
			rounds = (nr + MAX_COUNT - 1) / MAX_COUNT;
			count = nr / rounds;
		}
		if (rounds > MAX_TIMES)
			rounds = MAX_TIMES;
		fprintf(out,
			"  - {name: left-%s-%d, order: %d, count: %llu, gfp: %s, start: %lluus, every: 1us, times: %llu, hold: 10s}\n",
			bank->report->name, order, order, (unsigned long long)count,
			taking_gfp(bank), (unsigned long long)w->now_us,
			(unsigned long long)rounds);
		if (neighbours)
			fprintf(out,
				"  - {name: keep-%s-%d, order: %d, gfp: %s, start: %lluus, every: 1us, times: %llu}\n",
				bank->report->name, order, order, taking_gfp(bank),
				(unsigned long long)w->now_us,
				(unsigned long long)rounds);
		w->now_us += rounds + 1;
	}
}

/* From large to small; the small ones also take what the per-CPU lists of each order still hold. */
static void write_rest(FILE *out, struct writing *w, const struct bank *bank)
{
	static const struct {
		int order;
		uint64_t most;
	} steps[NR_RESTS] = { { 10, MAX_COUNT }, { 4, MAX_COUNT }, { 3, 1024 },
		{ 2, 1024 }, { 1, 1024 }, { 0, 16384 } };

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		uint64_t count = (bank->pages >> steps[i].order) + 1;

		if (count > steps[i].most)
			count = steps[i].most;
		fprintf(out,
			"  - {name: rest-%s-%d, order: %d, count: %llu, gfp: %s, start: %lluus}\n",
			bank->report->name, steps[i].order, steps[i].order,
			(unsigned long long)count, taking_gfp(bank),
			(unsigned long long)w->now_us++);
	}
}

static void write_requests(FILE *out, struct writing *w)
{
	const struct qy_explain *e = w->e;
	uint64_t asked_us;

	fputs("requests:\n", out);
	w->now_us = SETTLE_US;
	for (uint32_t b = 0; b < w->nr_banks; b++) {
		if (!w->bank[b].zone)
			continue;
		write_taking(out, w, &w->bank[b]);
		write_rest(out, w, &w->bank[b]);
	}
	asked_us = 10000000 + w->now_us + SETTLE_US;
	fprintf(out, "  - {name: failed, order: %u, gfp: ", e->request.order);
	print_gfp(out, e->request.gfp);
	fprintf(out, ", start: %lluus}\n\nduration: %lluus\n",
		(unsigned long long)asked_us, (unsigned long long)(asked_us + SETTLE_US));
}

static void write_scenario(FILE *out, struct writing *w, const char *dts)
{
	const struct qy_explain *e = w->e;

	fprintf(out,
		"# The refusal of a page allocation failure report, again: order %u in zone %s.\n"
		"# Written by `quarry explain --scenario`; `quarry check` says FAIL for the request `failed`, and why.\n"
		"# left: what the report shows as free; keep: neighbours that stay; rest: everything else.\n"
		"board:\n  dts: \"%s\"\n  append: transparent_hugepage=never\n  sysctl:\n"
		"    - vm.min_free_kbytes=%llu\n"
		"    - vm.lowmem_reserve_ratio=%llu %llu 32 0\n"
		"    - vm.watermark_boost_factor=0\n"
		"    - vm.percpu_pagelist_high_fraction=100000\n\n"
		"reclaim: none\n\n",
		e->request.order, e->zone[0].report->name, dts,
		(unsigned long long)min_free_kbytes(w),
		(unsigned long long)reserve_ratio(w, "DMA"),
		(unsigned long long)reserve_ratio(w, "DMA32"));
	write_requests(out, w);
	fputs("\nexpect:\n  - {request: failed, success: 100%}\n", out);
}

/* ------------------------------------------------------------------ files */

static int close_whole(FILE *file, const char *path, struct qy_err *err)
{
	bool failed = ferror(file) != 0;

	failed |= fclose(file) != 0;
	if (failed)
		return qy_fail(err, "%s: %s: free some space", path, strerror(errno));
	return 0;
}

static FILE *open_new(const char *path, struct qy_err *err)
{
	FILE *file = fopen(path, "wx");

	if (!file)
		qy_fail(err, "%s: %s: give --scenario a name that is free", path,
			strerror(errno));
	return file;
}

static int write_files(
	struct writing *w, const char *yaml, const char *dts, struct qy_err *err)
{
	const char *slash = strrchr(dts, '/');
	FILE *file = open_new(yaml, err);
	int error;

	if (!file)
		return -1;
	write_scenario(file, w, slash ? slash + 1 : dts);
	error = close_whole(file, yaml, err);
	file = error ? NULL : open_new(dts, err);
	if (!file) {
		unlink(yaml);
		return -1;
	}
	write_dts(file, w);
	if (close_whole(file, dts, err) == 0)
		return 0;
	unlink(yaml);
	unlink(dts);
	return -1;
}

int qy_explain_scenario(
	const struct qy_explain *explain, const char *path, struct qy_err *err)
{
	struct writing w = { .e = explain };
	size_t length = strlen(path);
	char *dts;
	int ret;

	if (length < 6 || strcmp(path + length - 5, ".yaml") != 0 ||
		strpbrk(path, "\"\\\n"))
		return qy_fail(
			err, "%s: give --scenario a name that ends in .yaml", path);
	if (refuse_verdicts(explain, err) || find_banks(&w, err) || place_banks(&w, err))
		return -1;
	for (uint32_t b = 0; b < w.nr_banks; b++)
		if (w.bank[b].zone)
			choose_blocks(&w, &w.bank[b]);
	fold_orders(&w);
	dts = strdup(path);
	if (!dts)
		return qy_fail(err, "quarry explain: the host has no memory left");
	strcpy(dts + length - 5, ".dts");
	ret = write_files(&w, path, dts, err);
	free(dts);
	return ret;
}
