// SPDX-License-Identifier: MIT
/*
 * Any bytes as a kernel log: every report in it is within its bounds, and can be explained and printed. No state.
 */
#include <stdint.h>

#include "lab/explain.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_report(const struct qy_dmesg_report *r)
{
	FUZZ_CHECK(r->order < QY_DMESG_MAX_ORDERS && r->nr_zones <= QY_DMESG_MAX_ZONES);
	FUZZ_CHECK(r->page_kb >= 1 && (r->page_kb & (r->page_kb - 1)) == 0);
	for (const char *p = r->comm; *p; p++)
		FUZZ_CHECK(*p >= ' ' && *p < 0x7f);
	for (const char *p = r->oom.group; *p; p++)
		FUZZ_CHECK(*p >= ' ' && *p < 0x7f);
	FUZZ_CHECK(r->cma.largest_run <= ((1ull << 42) - 1) &&
		   r->cma.free <= ((1ull << 42) - 1));
	FUZZ_CHECK((r->kind == QY_DMESG_CMA) == (r->cma.requested > 0));
	for (uint32_t i = 0; i < r->nr_zones; i++) {
		FUZZ_CHECK(r->zone[i].nr_orders <= QY_DMESG_MAX_ORDERS);
		FUZZ_CHECK(r->zone[i].nr_reserve <= QY_DMESG_MAX_KINDS);
		for (int a = 0; a < QY_DMESG_NR_AMOUNTS; a++)
			FUZZ_CHECK(r->zone[i].kb[a] < 1ull << 42);
	}
}

static void check_explanation(const struct qy_explain *e)
{
	FUZZ_CHECK(e->nr_zones <= e->report->nr_zones);
	FUZZ_CHECK(e->smaller_order < (int)e->request.order);
	for (uint32_t i = 0; i < e->nr_zones; i++) {
		const struct qy_explain_zone *z = &e->zone[i];

		FUZZ_CHECK((z->verdict == QY_EXPLAIN_WATERMARK) == (z->short_pages > 0));
		FUZZ_CHECK((z->verdict == QY_EXPLAIN_UNKNOWN) == (z->missing != NULL));
		FUZZ_CHECK(z->mark_pages <= z->min_pages);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct qy_explain explain;
	struct qy_err err = { "" };
	struct qy_dmesg log;
	FILE *out = fopen("/dev/null", "w");

	FUZZ_CHECK(out);
	FUZZ_CHECK(qy_dmesg_parse((const char *)data, size, &log, &err) == 0);
	for (uint32_t i = 0; i < log.nr_reports; i++) {
		check_report(&log.report[i]);
		qy_explain(&log.report[i], &explain);
		check_explanation(&explain);
		qy_explain_print(out, &explain);
		/* a name that cannot be opened: every refusal before it is reached, and nothing is written */
		check_error(qy_explain_scenario(&explain, "/nowhere/x.yaml", &err), &err);
	}
	FUZZ_CHECK(qy_explain_json(out, &log, 0) == 0);
	qy_dmesg_free(&log);
	fclose(out);
	return 0;
}
