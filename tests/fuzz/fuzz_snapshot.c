// SPDX-License-Identifier: MIT
/*
 * Any bytes as buddyinfo, pagetypeinfo and zoneinfo, one behind the other with a line "==" between: refused in one
 * line, or numbers that agree. No state.
 */
#include <stdint.h>

#include "lab/snapshot.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct qy_snapshot snap;
	struct qy_snapshot_text files[QY_NR_SNAPSHOT_FILES] = { { "a", "", 0 },
		{ "b", "", 0 }, { "c", "", 0 } };
	const char *at = (const char *)data, *end = at + size;
	struct qy_err err = { "" };
	int ret;

	for (int i = 0; i < QY_NR_SNAPSHOT_FILES && at < end; i++) {
		const char *stop = memmem(at, (size_t)(end - at), "==\n", 3);

		files[i].text = at;
		files[i].size = (size_t)((stop ? stop : end) - at);
		at = stop ? stop + 3 : end;
	}
	ret = qy_snapshot_parse(files, &snap, &err);
	check_error(ret, &err);
	for (uint32_t i = 0; !ret && i < snap.nr_zones; i++) {
		const struct qy_snapshot_zone *z = &snap.zone[i];

		FUZZ_CHECK(qy_snapshot_free_pages(z) <= z->managed_pages);
		FUZZ_CHECK(z->nr_cpus <= QY_MAX_CPUS);
	}
	return 0;
}
