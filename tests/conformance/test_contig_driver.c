// SPDX-License-Identifier: MIT
/*
 * Contiguous memory as a driver gets it, through compat/include. See contig_driver.c.
 *
 * No state.
 */
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

const char *contig_driver_run(void);

TEST(compat, a_driver_takes_runs_of_an_area_and_ranges_of_memory_and_gives_them_back)
{
	struct shape *shape = shape_boot("x_1g64");
	const char *wrong = contig_driver_run();

	if (wrong)
		FAIL("%s", wrong);
	guest_validate(shape->guest);
	shape_end(shape);
}
