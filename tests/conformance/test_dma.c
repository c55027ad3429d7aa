// SPDX-License-Identifier: MIT
/*
 * The DMA API of recorded kernels: which masks are taken, where memory comes from and how it is, the geometry of pools.
 *
 * Compared are the exact lines; of the others those that no free list decides: what is refused, in which zone memory lies,
 * how blocks of a pool follow each other inside a page, which one is given next.
 *
 * No state.
 */
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const runs[] = { "cust_1g", "deb612_1g", "deb61_1g", NULL };

/* " align_order N" says which of several frames it was; what is in front of it and behind it is compared. */
static void without_alignment(char *line)
{
	char *at = strstr(line, " order_aligned"), *zone = strstr(line, " zone ");

	if (at && zone)
		memmove(at, zone, strlen(zone) + 1);
}

/* Offsets to another page of a pool: the page may lie anywhere. */
static bool tells_pages(const char *line)
{
	const char *at = strstr(line, " offsets ");
	long offset;
	char *end;

	if (!at)
		return false;
	for (at += strlen(" offsets "); *at; at = end) {
		offset = strtol(at, &end, 10);
		if (offset < 0 || offset >= 4096 || end == at)
			return true;
	}
	return false;
}

static void compare_scenario(struct guest *guest, const char *name)
{
	struct lines kernel, ours;
	char file[32];

	snprintf(file, sizeof(file), "%s.txt", name);
	kernel = recorded_lines(guest->run, file);
	ours = guest_scenario(guest, name);
	CHECK_EQ(kernel.nr, ours.nr);
	for (unsigned int i = 0; i < kernel.nr; i++) {
		if (tells_pages(kernel.line[i])) {
			tally_leave_out(1);
			continue;
		}
		without_alignment(kernel.line[i]);
		without_alignment(ours.line[i]);
		tally_line(guest->run, file, kernel.line[i], ours.line[i]);
	}
	free_lines(&kernel);
	free_lines(&ours);
}

void compare_dma(void)
{
	for (const char *const *run = runs; *run; run++) {
		struct guest *guest = guest_make(*run);

		/* its command line; of the boot of these guests only memory is rebuilt */
		if (!strcmp(*run, "cust_1g"))
			guest->board.cma = (struct qy_cma_request){ .given = true,
				.size = 64 << 20 };
		guest_boot_made(guest);
		compare_scenario(guest, "dma");
		compare_scenario(guest, "dma_map");
		compare_scenario(guest, "dma_pool");
		guest_end(guest);
	}
}

TEST(conformance, masks_memory_and_pools_of_devices_are_the_recorded_ones)
{
	tally_begin();
	compare_dma();
	tally_check();
}
