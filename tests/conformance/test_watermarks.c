// SPDX-License-Identifier: MIT
/*
 * How deep each class of request may dig: where the free pages of each zone stop.
 *
 * A refill of a per-CPU list passes the watermark once and then takes up to batch << 5 pages, so a stop is anywhere in
 * that range under the watermark; where exactly depends on how the list's factor stood. Two stops agree when they are no
 * further apart than one such refill. What the kernel had in use at the start is taken here before the scenario.
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

struct stop {
	char what[64];
	unsigned long free, min;
};

/* "I stop WHAT got N free DMA=225(min 31) DMA32=...": the part of one zone. */
static bool read_stop(const char *line, const char *zone, struct stop *stop)
{
	const char *got = strstr(line, " got "), *at;
	char key[24];

	if (!has_prefix(line, "I stop ") || !got)
		return false;
	snprintf(stop->what, sizeof(stop->what), "%.*s", (int)(got - line), line);
	snprintf(key, sizeof(key), " %s=", zone);
	at = strstr(got, key);
	return at &&
	       sscanf(at + strlen(key), "%lu(min %lu)", &stop->free, &stop->min) == 2;
}

static long refill_bound(const struct zone *zone)
{
	return (long)zone->pageset[0].batch << PCP_BATCH_SCALE_MAX;
}

static bool close_enough(
	const struct zone *zone, const struct stop *a, const struct stop *b)
{
	long apart = labs((long)a->free - (long)b->free);

	return !strcmp(a->what, b->what) && a->min == b->min &&
	       apart <= refill_bound(zone);
}

static void compare_stop(
	struct guest *guest, const char *kernel, const char *ours, const char *name)
{
	struct stop k, o;
	char kernel_text[160], ours_text[160];

	if (!read_stop(kernel, name, &k))
		return;
	CHECK(read_stop(ours, name, &o));
	snprintf(kernel_text, sizeof(kernel_text), "%s: %s %lu (min %lu)", k.what, name,
		k.free, k.min);
	snprintf(ours_text, sizeof(ours_text), "%s: %s %lu (min %lu)", o.what, name,
		o.free, o.min);
	tally_verdict(guest->run, "watermarks.txt",
		close_enough(guest_zone(guest, name), &k, &o), kernel_text, ours_text);
}

/* The kernel's own pages: out of a zone until its free count is the recorded one. */
static void use_pages(
	struct guest *guest, const char *zone_name, qy_gfp_t modifier, const char *start)
{
	struct zone *zone = guest_zone(guest, zone_name);
	struct stop stop;
	qy_gfp_t gfp = QY_GFP_ATOMIC | QY___GFP_MEMALLOC | modifier;
	uint64_t nr;

	if (!populated_zone(zone))
		return;
	CHECK(read_stop(start, zone_name, &stop));
	nr = zone->nr_free_pages - stop.free;
	while (nr--)
		CHECK(qy_alloc_pages(guest->m, gfp, 0) != NULL);
}

/* What a request without zone modifiers never reaches needs no start. */
static const struct {
	const char *zone;
	qy_gfp_t modifier;
} used_zones[] = { { "DMA", QY_GFP_DMA }, { "DMA32", QY_GFP_DMA32 }, { "Normal", 0 } };

void compare_stops(struct guest *guest, const struct lines *kernel)
{
	struct lines ours;

	qy_drain_all_pages(guest->m); /* what boot gave back late */
	for (unsigned int z = 0; z < ARRAY_SIZE(used_zones); z++)
		use_pages(guest, used_zones[z].zone, used_zones[z].modifier,
			kernel->line[0]);
	qy_drain_all_pages(guest->m);
	ours = guest_scenario(guest, "watermarks");
	for (unsigned int i = 0; i < kernel->nr; i++) {
		const char *line =
			i < ours.nr - 1 ? ours.line[i] : ours.line[ours.nr - 1];

		for (unsigned int z = 0; z < ARRAY_SIZE(used_zones); z++)
			if (populated_zone(guest_zone(guest, used_zones[z].zone)))
				compare_stop(
					guest, kernel->line[i], line, used_zones[z].zone);
	}
	free_lines(&ours);
}

static void compare_run(const char *run)
{
	struct lines kernel = recorded_lines(run, "watermarks.txt");
	struct guest *guest = guest_boot(run);

	compare_stops(guest, &kernel);
	free_lines(&kernel);
	guest_end(guest);
}

void compare_watermarks(void)
{
	compare_run("cust_frag");
	compare_run("deb612_frag");
}

TEST(conformance, requests_stop_within_one_refill_of_the_recorded_depth)
{
	tally_begin();
	compare_watermarks();
	tally_check();
}
