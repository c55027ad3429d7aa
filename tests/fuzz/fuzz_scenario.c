// SPDX-License-Identifier: MIT
/*
 * Any bytes as a scenario: refused in one line, or every number inside its documented bounds. No state.
 */
#include <stdint.h>

#include "lab/scenario.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const struct qy_scenario *s, uint32_t i)
{
	const struct qy_request_spec *r = &s->request[i];

	FUZZ_CHECK(r->name[0] && r->order <= QY_MAX_PAGE_ORDER);
	FUZZ_CHECK(r->count >= 1 && r->count <= 65536);
	FUZZ_CHECK(r->times == 1 || r->every_ns > 0);
	FUZZ_CHECK(r->hold_ns == QY_FOREVER || r->hold_ns <= QY_MAX_DURATION_NS);
	FUZZ_CHECK((r->gfp & ~QY___GFP_BITS_MASK) == 0);
	for (uint32_t other = 0; other < i; other++)
		FUZZ_CHECK(strcmp(s->request[other].name, r->name) != 0);
}

static void check_file(const struct qy_scenario *s, uint32_t i)
{
	const struct qy_file_spec *f = &s->file[i];

	FUZZ_CHECK(f->name[0] && strlen(f->name) < 16 && s->contents);
	FUZZ_CHECK(f->bytes_a_second >= 1 && f->bytes_a_second <= 64ull << 30);
	FUZZ_CHECK(f->file_bytes >= QY_PAGE_SIZE && f->every_ns >= 1000000);
	FUZZ_CHECK(f->stop_ns > f->start_ns && (f->write || !f->fsync_ns));
	for (uint32_t other = 0; other < i; other++)
		FUZZ_CHECK(strcmp(s->file[other].name, f->name) != 0);
}

static void check_load(const struct qy_load_spec *load)
{
	FUZZ_CHECK(load->instances >= 1 && load->instances <= QY_MAX_STREAMS);
	if (load->kind == QY_LOAD_TRACE) {
		FUZZ_CHECK(load->trace.file && load->trace.speed >= 1);
		FUZZ_CHECK(
			!load->trace.repeat == (load->trace.until_ns > load->start_ns));
		return;
	}
	FUZZ_CHECK(load->generator.rate >= 1 && load->generator.duration_ns > 0);
	FUZZ_CHECK(load->generator.nr_classes >= 1);
	for (uint32_t i = 0; i < load->generator.nr_classes; i++)
		FUZZ_CHECK(load->generator.class[i].order <= QY_MAX_PAGE_ORDER &&
			   load->generator.class[i].weight >= 1);
}

static void check_expect(const struct qy_scenario *s, const struct qy_expect_spec *expect)
{
	FUZZ_CHECK(!qy_expect_of_request(expect) || expect->request < s->nr_requests);
	FUZZ_CHECK(expect->millipercent <= 100000 && expect->amount <= INT64_MAX);
	FUZZ_CHECK(expect->kind != QY_EXPECT_LATENCY || expect->millipercent > 0);
	if (!qy_expect_is_index(expect))
		return;
	FUZZ_CHECK(expect->zone && expect->order <= QY_MAX_PAGE_ORDER);
	FUZZ_CHECK(expect->amount <= 1000);
}

static void check_step(const struct qy_scenario *s, uint32_t i)
{
	const struct qy_step_spec *step = &s->step[i];

	FUZZ_CHECK(i == 0 || s->step[i - 1].at_ns <= step->at_ns);
	FUZZ_CHECK(step->kind != QY_STEP_FREE || step->request < s->nr_requests);
	FUZZ_CHECK(step->kind != QY_STEP_WRITE || (step->path && step->value));
	FUZZ_CHECK(step->kind != QY_STEP_SNAPSHOT || !strchr(step->name, '/'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qy_err err = { "" };
	struct qy_scenario *s =
		qy_scenario_parse((const char *)data, size, "dir/fuzz.yaml", &err);

	check_error(s ? 0 : -1, &err);
	if (!s)
		return 0;
	FUZZ_CHECK(s->board.dtb && s->board.smp >= 0 && s->board.smp <= QY_MAX_CPUS);
	FUZZ_CHECK(s->duration_ns <= QY_MAX_DURATION_NS && s->nr_expects >= 1);
	FUZZ_CHECK(s->duration_ns || s->nr_loads);
	for (uint32_t i = 0; i < s->nr_loads; i++)
		check_load(&s->load[i]);
	for (uint32_t i = 0; i < s->nr_requests; i++)
		check_request(s, i);
	FUZZ_CHECK(s->nr_files <= QY_MAX_FILES && (s->contents || !s->swap_bytes));
	for (uint32_t i = 0; i < s->nr_files; i++)
		check_file(s, i);
	FUZZ_CHECK(s->nr_requests <= QY_MAX_REQUESTS && s->nr_steps <= QY_MAX_STEPS);
	for (uint32_t i = 0; i < s->nr_steps; i++)
		check_step(s, i);
	for (uint32_t i = 0; i < s->nr_expects; i++)
		check_expect(s, &s->expect[i]);
	qy_scenario_free(s);
	return 0;
}
