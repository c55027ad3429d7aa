// SPDX-License-Identifier: MIT
/*
 * The sum of all comparisons: data/agreement.txt is what README and docs/compat.md quote.
 *
 * No state.
 */
#include "tests/conformance/compare.h"
#include "tests/conformance/recorded.h"
#include "tests/runner/test.h"

#include <stdio.h>

TEST(conformance, every_mismatch_is_listed_and_every_listed_one_happens)
{
	struct lines said = recorded_lines(".", "agreement.txt");
	struct tally sum;
	char line[128];

	tally_begin();
	compare_boot_log();
	compare_zones();
	compare_pagesets();
	compare_exact();
	compare_watermarks();
	compare_snapshot();
	compare_buddy();
	compare_frag();
	compare_report();
	compare_shapes();
	compare_shape_pages();
	compare_slab_geometry();
	compare_contig();
	compare_slab_reports();
	compare_slabinfo();
	compare_dma();
	compare_mappings();
	compare_objects();
	compare_oom();
	compare_stream();
	tally_check();
	if (tally_stale())
		FAIL("data/mismatches.tsv: %s", tally_stale());
	sum = tally_now();
	snprintf(line, sizeof(line),
		"conformance: %u of %u recorded lines agree; %u lines of addresses are not compared",
		sum.agreed, sum.compared, sum.left_out);
	CHECK_STR_EQ(said.line[0], line);
	free_lines(&said);
}
