// SPDX-License-Identifier: MIT
/*
 * Splits and merges by the numbers: from the recorded free blocks per order and migratetype, each step of the buddy
 * scenario changes the counts as recorded.
 *
 * Before the steps the kernel drained its per-CPU lists, and of that state only the sum over types is recorded
 * ("from" lines). data/<run>/drained.txt divides it: an order that a step emptied held just what the step took.
 *
 * No state.
 */
#include "mm/machine.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/seed.h"
#include "tests/runner/test.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ the state itself */

static const char *const count_rows[] = { "Page block order", "Pages per block",
	"Free pages count", "Node ", "Number of blocks", NULL };
static const char *const dma32_rows[] = { "Node 0, zone    DMA32",
	"Node    0, zone    DMA32, type    Unmovable",
	"Node    0, zone    DMA32, type      Movable",
	"Node    0, zone    DMA32, type  Reclaimable", NULL };

static void compare_view(struct guest *guest, const char *file, const char *const *rows)
{
	char path[64], *text;
	long size;

	snprintf(path, sizeof(path), "/proc/%.*s", (int)(strlen(file) - 4), file);
	size = qy_proc_read(guest->m, path, NULL, 0);
	CHECK(size > 0);
	text = malloc((size_t)size + 1);
	qy_proc_read(guest->m, path, text, (size_t)size + 1);

	struct lines all = split_lines(text), recorded = recorded_lines(guest->run, file);
	struct lines ours = pick_lines(&all, rows), kernel = pick_lines(&recorded, rows);

	tally_lines(guest->run, file, &kernel, &ours);
	free_lines(&ours);
	free_lines(&kernel);
	free_lines(&all);
	free_lines(&recorded);
}

/* "Node 0, zone NAME n n n ...": pageblocks by type. */
static void read_blocks(const struct lines *lines, const char *zone, struct seed *want)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "Node 0, zone %8s ", zone);
	for (unsigned int i = 0; i < lines->nr; i++) {
		char *at = lines->line[i] + strlen(prefix);

		if (has_prefix(lines->line[i], prefix))
			for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES && *at; mt++)
				want->blocks[mt] = (unsigned int)strtoul(at, &at, 10);
	}
}

static void compare_snapshot_of(const char *run, const char *const *rows)
{
	struct lines types = recorded_lines(run, "pagetypeinfo.txt");
	struct guest *guest = guest_boot(run);
	struct seed want;

	seed_begin(guest);
	CHECK(seed_read(&types, "DMA32", &want) >= MIGRATE_PCPTYPES);
	read_blocks(&types, "DMA32", &want);
	seed_zone(guest, "DMA32", &want);
	seed_whole(guest, "DMA", MIGRATE_UNMOVABLE);
	seed_end(guest);
	compare_view(guest, "buddyinfo.txt", rows);
	compare_view(guest, "pagetypeinfo.txt", rows);
	free_lines(&types);
	guest_end(guest);
}

void compare_snapshot(void)
{
	compare_snapshot_of("cust_1g", count_rows);
	compare_snapshot_of("deb612_1g", dma32_rows);
}

TEST(conformance, recorded_free_blocks_are_shown_as_recorded)
{
	tally_begin();
	compare_snapshot();
	tally_check();
}

/* ------------------------------------------------------------------ what a step changes */

static const char *const delta_lines[] = { "I delta", "I pcp LIFO", "I split", NULL };
static const char *const all_lines[] = { "I delta", "I from", "I pcp LIFO", "I split",
	NULL };
/* which of several equal blocks comes first: theirs by history, ours by address */
static const char *const address_lines[] = { "I pcp seq", NULL };

static struct guest *boot_drained(const char *run)
{
	struct lines types = recorded_lines(run, "drained.txt");
	struct guest *guest = guest_boot(run);
	struct seed want;

	seed_begin(guest);
	CHECK(seed_read(&types, "DMA32", &want) > 0);
	seed_zone(guest, "DMA32", &want);
	seed_whole(guest, "DMA", MIGRATE_UNMOVABLE);
	seed_end(guest);
	free_lines(&types);
	return guest;
}

static void compare_deltas(const char *run, const char *const *prefixes)
{
	struct guest *guest = boot_drained(run);
	struct lines all = recorded_lines(run, "buddy.txt");
	struct lines said = guest_scenario(guest, "buddy");
	struct lines kernel = pick_lines(&all, prefixes),
		     ours = pick_lines(&said, prefixes);

	tally_lines(run, "buddy.txt", &kernel, &ours);
	free_lines(&kernel);
	kernel = pick_lines(&all, address_lines);
	tally_leave_out(kernel.nr);
	free_lines(&kernel);
	free_lines(&ours);
	free_lines(&all);
	free_lines(&said);
	guest_end(guest);
}

void compare_buddy(void)
{
	compare_deltas("cust_1g", all_lines);
	compare_deltas("deb612_1g", all_lines);
	compare_deltas("deb61_1g", delta_lines); /* its recording has no "from" lines */
}

TEST(conformance, each_step_changes_the_free_blocks_as_recorded)
{
	tally_begin();
	compare_buddy();
	tally_check();
}

/* Sum of delta x 2^order of a "delta" line. */
static long pages_moved(const char *line)
{
	const char *zone = strstr(line, "zone ");
	long pages = 0;
	char *at;

	CHECK(zone != NULL);
	at = (char *)(uintptr_t)(zone + strlen("zone "));
	at += strcspn(at, " ");
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		pages += strtol(at, &at, 10) * (1l << order);
	return pages;
}

/* One refill: a batch of 63 single pages, fewer blocks of higher orders, then the block itself. */
TEST(conformance, the_blocks_that_leave_are_the_pages_that_moved)
{
	static const long moved[] = { 63, 62, 60, 56, 16, 32, 64, 128, 256, 1024, 1024 };
	struct guest *guest = boot_drained("cust_1g");
	struct lines said = guest_scenario(guest, "buddy");
	char prefix[32];
	bool found;

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		snprintf(prefix, sizeof(prefix), "I delta alloc order %u ", order);
		found = false;
		for (unsigned int i = 0; i < said.nr && !found; i++) {
			found = has_prefix(said.line[i], prefix);
			if (found)
				CHECK_EQ(pages_moved(said.line[i]), -moved[order]);
		}
		CHECK(found);
	}
	free_lines(&said);
	guest_end(guest);
}
