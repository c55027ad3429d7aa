// SPDX-License-Identifier: MIT
/*
 * Guests of other shapes give and take pages as recorded: splits and merges from the same free blocks, and how deep each
 * class of request digs.
 *
 * No state.
 */
#include "mm/machine.h"
#include "tests/conformance/areas.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/seed.h"
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

#include <string.h>

static const char *const start_lines[] = { "D Node 0, ", NULL };
static const char *const step_lines[] = { "I delta", "I from", "I pcp LIFO", "I split",
	NULL };
/* which of several equal blocks comes first: theirs by history, ours by address */
static const char *const address_lines[] = { "I pcp seq", NULL };

/* The zone that the steps take from: the highest below Movable. */
static const char *zone_of_steps(struct guest *guest)
{
	static const char *const names[] = { "Normal", "DMA32", "DMA" };
	unsigned int i = 0;

	while (!populated_zone(guest_zone(guest, names[i])))
		i++;
	return names[i];
}

/* The zone that the steps take from has the recorded blocks; lower ones are whole. */
static void seed_shape(struct shape *shape, const struct section *section)
{
	struct lines start = pick_lines(&section->lines, start_lines);
	const char *zone = zone_of_steps(shape->guest);
	struct section areas;
	struct seed want;

	seed_begin(shape->guest);
	CHECK(seed_read(&start, zone, &want) > 0);
	seed_zone(shape->guest, zone, &want);
	if (!strcmp(zone, "Normal"))
		seed_whole(shape->guest, "DMA32", MIGRATE_UNMOVABLE);
	if (strcmp(zone, "DMA") != 0)
		seed_whole(shape->guest, "DMA", MIGRATE_UNMOVABLE);
	seed_end(shape->guest);
	if (shape_find(shape, "areas", &areas))
		areas_hold(shape, &areas);
	free_lines(&start);
}

static void compare_buddy_of(struct shape *shape, const struct section *section)
{
	struct lines said, kernel, ours, addresses;

	seed_shape(shape, section);
	said = guest_scenario(shape->guest, "buddy");
	kernel = pick_lines(&section->lines, step_lines);
	ours = pick_lines(&said, step_lines);
	addresses = pick_lines(&section->lines, address_lines);
	tally_lines(shape->run, "buddy", &kernel, &ours);
	tally_leave_out(addresses.nr);
	free_lines(&addresses);
	free_lines(&kernel);
	free_lines(&ours);
	free_lines(&said);
}

static void compare_watermarks_of(struct shape *shape, const struct section *section)
{
	compare_stops(shape->guest, &section->lines);
}

static const struct {
	const char *title;
	void (*compare)(struct shape *shape, const struct section *section);
} asked[] = { { "buddy", compare_buddy_of }, { "watermarks", compare_watermarks_of } };

static bool has_section(const char *name, const char *title)
{
	char file[48];
	struct lines all;
	bool found = false;

	snprintf(file, sizeof(file), "%s.txt", name);
	all = recorded_lines("shapes", file);
	for (unsigned int i = 0; i < all.nr; i++)
		found |= has_prefix(all.line[i], "== ") &&
			 !strcmp(all.line[i] + strlen("== "), title);
	free_lines(&all);
	return found;
}

static void compare_asked(const char *name, unsigned int what)
{
	struct shape *shape = shape_boot(name);
	struct section section;

	CHECK(shape_find(shape, asked[what].title, &section));
	asked[what].compare(shape, &section);
	shape_end(shape);
}

/* All RAM is taken, so these guests are small. */
void compare_shape_pages(void)
{
	for (const char *const *name = all_shapes; *name; name++)
		for (unsigned int what = 0; what < ARRAY_SIZE(asked); what++)
			if (has_section(*name, asked[what].title))
				compare_asked(*name, what);
}

TEST(conformance, guests_of_other_shapes_split_merge_and_stop_as_recorded)
{
	tally_begin();
	compare_shape_pages();
	tally_check();
}
