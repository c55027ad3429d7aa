// SPDX-License-Identifier: MIT
/*
 * A recorded memory map boots to the recorded zones: log lines, present and managed pages, watermarks, reserves, sizes
 * of the per-CPU lists.
 *
 * No state.
 */
#include "mm/machine.h"
#include "mm/page/pcplist.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"

#include <stdlib.h>
#include <string.h>

const char *const all_runs[] = { "cust_1g", "deb612_1g", "deb61_1g", "cust_frag",
	"deb612_frag", NULL };

/* ------------------------------------------------------------------ the log */

static const char *const zone_lines[] = { "Zone ranges:", "  DMA ", "  DMA32 ",
	"  Normal ", "  Device ", "Movable zone start", "Early memory node ranges",
	"  node ", "Initmem setup", "On node ", "Fallback order", "Built ", "Policy zone",
	"mem auto-init", "SLUB: ", NULL };

void compare_boot_log(void)
{
	for (const char *const *run = all_runs; *run; run++) {
		struct lines boot = recorded_lines(*run, "boot.txt");
		struct guest *guest = guest_boot(*run);
		struct lines log = guest_take_log(guest);
		struct lines kernel = pick_lines(&boot, zone_lines);
		struct lines ours = pick_lines(&log, zone_lines);

		tally_lines(*run, "boot.txt", &kernel, &ours);
		free_lines(&kernel);
		free_lines(&ours);
		free_lines(&boot);
		free_lines(&log);
		guest_end(guest);
	}
}

TEST(conformance, a_recorded_memory_map_gives_the_recorded_zone_ranges)
{
	tally_begin();
	compare_boot_log();
	tally_check();
}

/* ------------------------------------------------------------------ zones */

/* What is free depends on what the kernel used meanwhile. */
static void mask_free(char *line)
{
	char *from = strstr(line, " free "), *to = strstr(line, " min ");

	if (from && to)
		memmove(from, to, strlen(to) + 1);
}

void compare_zones(void)
{
	for (const char *const *run = all_runs; *run; run++) {
		struct guest *guest = guest_boot(*run);
		struct lines kernel = recorded_lines(*run, "zones.txt");
		struct lines ours = guest_scenario(guest, "zones");

		for (unsigned int i = 0; i < kernel.nr; i++)
			mask_free(kernel.line[i]);
		for (unsigned int i = 0; i < ours.nr; i++)
			mask_free(ours.line[i]);
		tally_lines(*run, "zones.txt", &kernel, &ours);
		free_lines(&kernel);
		free_lines(&ours);
		guest_end(guest);
	}
}

TEST(conformance, recorded_managed_pages_give_the_recorded_watermarks_and_reserves)
{
	tally_begin();
	compare_zones();
	tally_check();
}

/* ------------------------------------------------------------------ per-CPU lists */

/* A list's high moves between high_min and high_max; 0 = the set was never used. */
static void compare_pageset(struct guest *guest, const struct zone *zone, int cpu,
	int count, int high, int batch)
{
	const struct per_cpu_pages *pcp = &zone->pageset[cpu];
	bool in_range = high >= pcp->high_min && high <= pcp->high_max;
	char kernel[96], ours[96];

	snprintf(kernel, sizeof(kernel), "zone %s cpu %d batch %d high %d", zone->name,
		cpu, batch, high);
	snprintf(ours, sizeof(ours), "zone %s cpu %d batch %d high %d..%d", zone->name,
		cpu, pcp->batch, pcp->high_min, pcp->high_max);
	tally_verdict(guest->run, "pagesets.txt",
		batch == pcp->batch && (in_range || (!high && !count)), kernel, ours);
}

static void compare_run_pagesets(struct guest *guest, const struct lines *lines)
{
	const struct zone *zone = NULL;
	int cpu = 0, count = 0, high = 0, batch;
	char name[16];

	for (unsigned int i = 0; i < lines->nr; i++) {
		const char *line = lines->line[i];

		if (sscanf(line, "Node 0, zone %15s", name) == 1)
			zone = guest_zone(guest, name);
		else if (sscanf(line, " cpu: %d", &cpu) ||
			 sscanf(line, " count: %d", &count) ||
			 sscanf(line, " high: %d", &high))
			continue;
		else if (sscanf(line, " batch: %d", &batch) == 1)
			compare_pageset(guest, zone, cpu, count, high, batch);
	}
}

void compare_pagesets(void)
{
	for (const char *const *run = all_runs; *run; run++) {
		struct lines lines = recorded_lines(*run, "pagesets.txt");
		struct guest *guest = guest_boot(*run);

		compare_run_pagesets(guest, &lines);
		free_lines(&lines);
		guest_end(guest);
	}
}

TEST(conformance, per_cpu_lists_have_the_recorded_batch_and_a_high_in_bounds)
{
	tally_begin();
	compare_pagesets();
	tally_check();
}
