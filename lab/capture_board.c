// SPDX-License-Identifier: MIT
/*
 * The board of a capture, and how it compares with the target: it is booted once as the target's kernel would have, and
 * what then differs is a setting that somebody made (taken over), or a remark.
 *
 * No state.
 */
#include "lab/capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/stats.h>

/* What the board obeys; of two that set one another to 0, what is not 0 has to come last. */
static const char *const settings[] = { "min_free_kbytes", "watermark_scale_factor",
	"watermark_boost_factor", "lowmem_reserve_ratio", "percpu_pagelist_high_fraction",
	"extfrag_threshold", "compaction_proactiveness", "swappiness",
	"vfs_cache_pressure", "dirty_background_ratio", "dirty_background_bytes",
	"dirty_ratio", "dirty_bytes", "dirty_expire_centisecs",
	"dirty_writeback_centisecs", "panic_on_oom", "oom_kill_allocating_task",
	"oom_dump_tasks", "overcommit_memory", "overcommit_ratio", "overcommit_kbytes",
	"admin_reserve_kbytes", "user_reserve_kbytes" };

#define NR_SETTINGS (sizeof(settings) / sizeof(settings[0]))
#define MAX_VALUE   128
#define BLOCK_PAGES 512u
#define TYPE_CMA    4

struct compared {
	char text[NR_SETTINGS *
		  (MAX_VALUE + 64)]; /* settings that differ, as sysctl.conf */
	char place[512];
	struct qy_range
		reserve[QY_MAX_SNAPSHOT_ZONES]; /* set aside by the target's kernel */
	uint32_t nr_reserve;
	struct qy_notes notes;
};

struct booted {
	struct qy_loaded_board *board;
	struct qy_machine *m;
};

/* ------------------------------------------------------------------ settings */

/* The words of @from, one blank between. */
static void copy_words(char *to, size_t room, const char *from)
{
	size_t at = 0;

	to[0] = '\0';
	while (*(from += strspn(from, " \t"))) {
		size_t length = strcspn(from, " \t\n");

		if (!length || at + length + 2 > room)
			return;
		if (at)
			to[at++] = ' ';
		memcpy(to + at, from, length);
		to[at += length] = '\0';
		from += length;
	}
}

/* "vm.KEY = value" of the capture. Return: false when it is not there. */
static bool captured(
	const struct qy_capture *c, const char *key, char *value, size_t room)
{
	char name[64];
	size_t length = (size_t)snprintf(name, sizeof(name), "vm.%s =", key);

	for (const char *at = c->text[QY_CAPTURE_SYSCTL]; at && *at;
		at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, length) != 0)
			continue;
		copy_words(value, room, at + length);
		return value[0];
	}
	return false;
}

static void compare_settings(
	const struct qy_capture *c, struct qy_machine *m, struct compared *out)
{
	for (size_t i = 0; i < NR_SETTINGS; i++) {
		char path[96], theirs[MAX_VALUE], text[MAX_VALUE], ours[MAX_VALUE];

		snprintf(path, sizeof(path), "/proc/sys/vm/%s", settings[i]);
		if (!captured(c, settings[i], theirs, sizeof(theirs)) ||
			qy_proc_read(m, path, text, sizeof(text)) < 0)
			continue;
		copy_words(ours, sizeof(ours), text);
		if (strcmp(ours, theirs) == 0)
			continue;
		snprintf(out->text + strlen(out->text),
			sizeof(out->text) - strlen(out->text), "vm.%s = %s\n",
			settings[i], theirs);
		qy_note(&out->notes, "vm.%s = %s is the target's (the board computes %s)",
			settings[i], theirs, ours);
	}
}

/* ------------------------------------------------------------------ zones */

static bool overlaps(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Is the range touched by what is set aside at boot, also what is given back later (initrd, the kernel's init part)? */
static bool is_set_aside(const struct qy_board *board, uint64_t base, uint64_t size)
{
	const struct qy_kernel_image *k = &board->kernel;

	for (uint32_t i = 0; i < board->nr_reserved; i++) {
		if (overlaps(
			    base, size, board->reserved[i].base, board->reserved[i].size))
			return true;
	}
	return overlaps(
		base, size, k->base, k->code + k->rwdata + k->rodata + k->init + k->bss);
}

/* The lowest place in the zone where @nr_pages frames lie side by side that nobody has set aside at boot. */
static bool find_room(struct qy_machine *m, const struct qy_board *board,
	const struct qy_zone_stats *zone, uint64_t nr_pages, struct qy_range *range)
{
	struct qy_pageblock_info b;
	uint64_t next = 0, first = 0;

	if (!board->kernel.base)
		return false; /* it might lie anywhere */
	for (uint32_t i = 0; qy_pageblock_info(m, i, &b); i++) {
		uint64_t base = b.start_pfn * QY_PAGE_SIZE;

		if (b.node != zone->node || b.zone_type != zone->type || b.nr_reserved ||
			b.nr_pages != BLOCK_PAGES || b.migratetype == TYPE_CMA ||
			is_set_aside(board, base, BLOCK_PAGES * QY_PAGE_SIZE))
			continue;
		if (b.start_pfn != next)
			first = b.start_pfn;
		next = b.start_pfn + BLOCK_PAGES;
		if (next - first < nr_pages)
			continue;
		*range = (struct qy_range){ first * QY_PAGE_SIZE,
			nr_pages * QY_PAGE_SIZE };
		return true;
	}
	return false;
}

/* What the target's kernel set aside at boot, and no entry names, is set aside on the board. */
static void compare_zone(const struct qy_snapshot_zone *theirs, const struct booted *b,
	const struct qy_zone_stats *ours, struct compared *out)
{
	uint64_t managed = theirs->managed_pages;
	struct qy_range *range = &out->reserve[out->nr_reserve];

	if (ours->managed_pages > managed &&
		find_room(b->m, &b->board->board, ours, ours->managed_pages - managed,
			range)) {
		out->nr_reserve++;
		qy_note(&out->notes,
			"node %u, zone %s: %" PRIu64
			" KiB more than the board's are set aside by the target's kernel: reserved",
			ours->node, ours->name, range->size / 1024);
	} else if (ours->managed_pages != managed) {
		qy_note(&out->notes,
			"node %u, zone %s: %" PRIu64 " pages are managed, %" PRIu64
			" on the target",
			ours->node, ours->name, ours->managed_pages, managed);
	}
}

/* Do the other entries fit the snapshot? */
static int check_entries(
	const struct qy_capture *c, const struct qy_snapshot *snap, struct qy_err *err)
{
	uint64_t kib = 0, total_kib = 0;

	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		const struct qy_snapshot_zone *zone = &snap->zone[i];

		kib += zone->managed_pages * (QY_PAGE_SIZE / 1024);
		if (zone->managed_pages && zone->nr_cpus != c->cpus)
			return qy_fail(err,
				"%s: cpus: the last one online is CPU %u, before/zoneinfo ends with CPU %d; run the script again",
				c->path, c->cpus - 1, (int)zone->nr_cpus - 1);
	}
	qy_capture_number(c->text[QY_CAPTURE_MEMINFO], "MemTotal:", &total_kib);
	if (total_kib == kib)
		return 0;
	return qy_fail(err,
		"%s: before/meminfo: MemTotal is %" PRIu64
		" kB, the zones of before/zoneinfo manage %" PRIu64
		" kB; run the script again",
		c->path, total_kib, kib);
}

static void compare_zones(
	const struct qy_snapshot *snap, const struct booted *b, struct compared *out)
{
	struct qy_zone_stats ours;

	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		const struct qy_snapshot_zone *theirs = &snap->zone[i];

		for (uint32_t z = 0; qy_zone_stats(b->m, z, &ours); z++) {
			if (ours.node == theirs->node &&
				strcmp(ours.name, theirs->name) == 0)
				compare_zone(theirs, b, &ours, out);
		}
	}
}

/* ------------------------------------------------------------------ booting */

/* The target as it was, to see what it computes. */
static int boot(const struct qy_capture *c, const void *tree, size_t size,
	const char *name, struct booted *b, struct qy_err *err)
{
	const struct qy_board_opts plain = { .smp = (int)c->cpus };
	const struct qy_sim_opts quiet = { .no_contents = true };
	char why[256] = "";

	*b = (struct booted){ qy_board_load_blob(tree, size, name, &plain, err), NULL };
	if (!b->board)
		return -1;
	b->m = qy_sim_boot(&b->board->board, &quiet, why, sizeof(why));
	if (b->m)
		return 0;
	qy_board_free(b->board);
	return qy_fail(err, "%s: the board does not boot: %s", name, why);
}

static void shut_down(struct booted *b)
{
	qy_sim_shutdown(b->m);
	qy_board_free(b->board);
}

/*
 * Twice: the first boot tells what is set aside, the second, with that, which settings the kernel would have computed
 * from the rest.
 */
static int compare(const struct qy_capture *c, const struct qy_snapshot *snap, void *tree,
	size_t *size, const char *name, struct compared *out, struct qy_err *err)
{
	struct booted b;

	if (boot(c, tree, *size, name, &b, err))
		return -1;
	compare_zones(snap, &b, out);
	shut_down(&b);
	if (qy_capture_reserve(tree, size, out->reserve, out->nr_reserve))
		return qy_fail(
			err, "%s: no room for a reservation; run the script again", name);
	if (boot(c, tree, *size, name, &b, err))
		return -1;
	compare_settings(c, b.m, out);
	shut_down(&b);
	return 0;
}

/* ------------------------------------------------------------------ doors */

static struct qy_loaded_board *load(const struct qy_capture *c,
	const struct qy_snapshot *snap, void *tree, size_t size, const char *name,
	const struct qy_board_opts *opts, struct qy_err *err)
{
	struct compared compared = { .text = "" };
	struct qy_board_opts merged = *opts;
	struct qy_loaded_board *board = NULL;

	snprintf(compared.place, sizeof(compared.place), "%.400s: sysctl.conf", c->path);
	merged.smp = opts->smp ? opts->smp : (int)c->cpus;
	if (compare(c, snap, tree, &size, name, &compared, err) == 0) {
		merged.settings = compared.text;
		merged.settings_place = compared.place;
		board = qy_board_load_blob(tree, size, name, &merged, err);
	}
	for (size_t i = 0; board && i < compared.notes.nr; i++)
		qy_note(&board->notes, "%s", compared.notes.line[i]);
	qy_notes_free(&compared.notes);
	return board;
}

struct qy_loaded_board *qy_capture_board(
	struct qy_capture *capture, const struct qy_board_opts *opts, struct qy_err *err)
{
	struct qy_snapshot *snap = malloc(sizeof(*snap));
	struct qy_loaded_board *board = NULL;
	char name[512];
	size_t size;
	void *tree = qy_capture_tree(capture, &size, err);

	snprintf(name, sizeof(name), "%.400s: %s", capture->path,
		capture->text[QY_CAPTURE_FDT] ? "fdt" : "iomem");
	if (!snap)
		qy_fail(err, "%s: the host has no memory left", capture->path);
	else if (tree && !qy_capture_snapshot(capture, snap, err) &&
		 !check_entries(capture, snap, err))
		board = load(capture, snap, tree, size, name, opts, err);
	free(snap);
	free(tree);
	return board;
}
