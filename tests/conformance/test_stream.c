// SPDX-License-Identifier: MIT
/*
 * A disk of 512 MiB is read twice through the page cache of a guest of 256 MiB, as it was in a recorded one: what is active, what
 * comes back, what is taken back in all, and where free memory stays.
 *
 * Equal: what does not depend on when kswapd had its turn. Within 5 %: how many pages are cached in the end, and so how
 * many went. Of free pages the marks are compared: above min at each look (the recorder took one each 4 MiB), above high at
 * the end. Not compared: the shares of kswapd and of who waits for it, pageoutrun and kswapd_*, which tell how threads took
 * turns, and pgscan_*: the kernel looked at the pages of the first pass twice and at those of the second once; here once.
 *
 * No state.
 */
#include "mm/machine.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"
#include <quarry/file.h>
#include <quarry/reclaim.h>
#include <quarry/stats.h>

#include <stdlib.h>
#include <string.h>

#define DISK_BYTES  (512ull << 20)
#define CHUNK_BYTES (128ull << 10)
#define LOOK_BYTES  (4ull << 20)

static const char *const equal[] = { "nr_active_file", "workingset_refault_file",
	"workingset_activate_file", "pgscan_anon", "pgsteal_anon", "pgdeactivate",
	"pgrefill" };
static const char *const near[] = { "nr_inactive_file", "pgsteal_file" };

/* ------------------------------------------------------------------ the recording */

/* "NAME value" behind the line @title. */
static long recorded_count(const struct lines *said, const char *title, const char *name)
{
	bool found = false;
	size_t length = strlen(name);

	for (unsigned int i = 0; i < said->nr; i++) {
		if (has_prefix(said->line[i], "== "))
			found = !strcmp(said->line[i], title);
		if (found && has_prefix(said->line[i], name) &&
			said->line[i][length] == ' ')
			return atol(said->line[i] + length + 1);
	}
	FAIL("the recording has no %s in %s", name, title);
	return 0;
}

/* The sum of a mark over the zones. */
static long recorded_mark(const struct lines *said, const char *mark)
{
	long sum = 0;

	for (unsigned int i = 0; i < said->nr; i++) {
		char zone[16], what[16];
		long pages;

		if (sscanf(said->line[i], "%15s %15s %ld", zone, what, &pages) == 3 &&
			(!strcmp(zone, "DMA") || !strcmp(zone, "DMA32")) &&
			!strcmp(what, mark))
			sum += pages;
	}
	return sum;
}

static long recorded_lowest(const struct lines *said)
{
	long lowest = -1, free_pages;

	for (unsigned int i = 0; i < said->nr; i++)
		if (sscanf(said->line[i], "at %*d MiB free %ld", &free_pages) == 1 &&
			(lowest < 0 || free_pages < lowest))
			lowest = free_pages;
	return lowest;
}

/* ------------------------------------------------------------------ ours */

static long count(struct guest *guest, const char *name)
{
	struct qy_stat stat;

	for (uint32_t n = 0; qy_vmstat_line(guest->m, n, &stat); n++)
		if (!strcmp(stat.name, name))
			return (long)stat.value;
	FAIL("vmstat has no %s", name);
	return 0;
}

static long mark(const struct guest *guest, enum zone_watermarks which)
{
	long sum = 0;

	for (u32 i = 0; i < guest->m->nr_zones; i++)
		if (populated_zone(&guest->m->zones[i]))
			sum += (long)guest->m->zones[i]._watermark[which];
	return sum;
}

/* The kernel's own pages: as many are free as were there. */
static void use_pages(struct guest *guest, long free_pages)
{
	qy_drain_all_pages(guest->m);
	while (count(guest, "nr_free_pages") > free_pages + 64)
		for (unsigned int i = 0; i < 32; i++)
			CHECK(qy_alloc_pages(guest->m, QY_GFP_KERNEL, 0));
}

static long read_disk(struct guest *guest, struct file *disk)
{
	long lowest = -1;

	for (uint64_t at = 0; at < DISK_BYTES; at += CHUNK_BYTES) {
		long free_pages;

		CHECK_EQ(qy_file_read(disk, at, NULL, CHUNK_BYTES), (long)CHUNK_BYTES);
		qy_kswapd_step(guest->m, 0);
		if (at % LOOK_BYTES)
			continue;
		free_pages = count(guest, "nr_free_pages");
		if (lowest < 0 || free_pages < lowest)
			lowest = free_pages;
	}
	return lowest;
}

/* ------------------------------------------------------------------ both */

#define RUN       "deb612_stream"
#define FILE_NAME "stream.txt"

static void compare_count(
	const char *title, const char *name, long kernel, long ours, long apart)
{
	char kernel_text[96], ours_text[96];

	snprintf(kernel_text, sizeof(kernel_text), "%s: %s %ld", title + 3, name, kernel);
	snprintf(ours_text, sizeof(ours_text), "%s: %s %ld", title + 3, name, ours);
	tally_verdict(
		RUN, FILE_NAME, labs(kernel - ours) <= apart, kernel_text, ours_text);
}

static void compare_pass(struct guest *guest, const struct lines *said, const char *title)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(equal); i++)
		compare_count(title, equal[i], recorded_count(said, title, equal[i]),
			count(guest, equal[i]), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(near); i++) {
		long kernel = recorded_count(said, title, near[i]);

		compare_count(title, near[i], kernel, count(guest, near[i]), kernel / 20);
	}
}

static void compare_free(
	const char *what, long kernel, long kernel_mark, long ours, long our_mark)
{
	char kernel_text[96], ours_text[96];

	snprintf(kernel_text, sizeof(kernel_text), "%s: free %ld, mark %ld", what, kernel,
		kernel_mark);
	snprintf(ours_text, sizeof(ours_text), "%s: free %ld, mark %ld", what, ours,
		our_mark);
	tally_verdict(RUN, FILE_NAME, (kernel >= kernel_mark) == (ours >= our_mark),
		kernel_text, ours_text);
}

void compare_stream(void)
{
	static const char *const titles[] = { "== pass 1", "== pass 2" };
	struct lines said = recorded_lines("../../pressure/data", "stream_deb612.txt");
	struct guest *guest = guest_boot("cust_frag");
	long lowest = -1;
	struct file *disk;

	use_pages(guest, recorded_count(&said, "== begin", "nr_free_pages"));
	CHECK_EQ(qy_file_open(guest->m, NULL, "vda", DISK_BYTES, 0, &disk), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(titles); i++) {
		long low = read_disk(guest, disk);

		lowest = lowest < 0 || low < lowest ? low : lowest;
		compare_pass(guest, &said, titles[i]);
		compare_free("the end of a pass",
			recorded_count(&said, titles[i], "nr_free_pages"),
			recorded_mark(&said, "high"), count(guest, "nr_free_pages"),
			mark(guest, WMARK_HIGH));
	}
	compare_free("the lowest", recorded_lowest(&said), recorded_mark(&said, "min"),
		lowest, mark(guest, WMARK_MIN));
	qy_file_close(disk);
	free_lines(&said);
	guest_end(guest);
}

TEST(conformance, a_stream_through_the_page_cache_is_reclaimed_as_recorded)
{
	tally_begin();
	compare_stream();
	tally_check();
}
