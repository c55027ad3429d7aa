// SPDX-License-Identifier: MIT
/*
 * The scenarios whose every line must agree: constants, pages, gfp_zones.
 *
 * No state.
 */
#include "mm/machine.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/glue.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"

static const char *const scenarios[] = { "constants", "pages", "gfp_zones", NULL };
static const char *const runs[] = { "cust_1g", "deb612_1g", "deb61_1g", NULL };

static void compare_scenario(struct guest *guest, const char *name)
{
	char file[32];
	struct lines kernel, ours;

	snprintf(file, sizeof(file), "%s.txt", name);
	kernel = recorded_lines(guest->run, file);
	ours = guest_scenario(guest, name);
	tally_lines(guest->run, file, &kernel, &ours);
	free_lines(&kernel);
	free_lines(&ours);
}

void compare_exact(void)
{
	for (const char *const *run = runs; *run; run++) {
		struct guest *guest = guest_boot(*run);

		for (const char *const *name = scenarios; *name; name++)
			compare_scenario(guest, *name);
		guest_end(guest);
	}
}

TEST(conformance, constants_pages_and_zone_limits_are_the_recorded_ones)
{
	tally_begin();
	compare_exact();
	tally_check();
}

TEST(conformance, compat_knows_the_size_of_struct_page)
{
	CHECK_EQ(orc_sizeof_struct_page, sizeof(struct page));
}
