// SPDX-License-Identifier: MIT
/*
 * Any bytes as a converted load, with the checksums set right so that the decoder behind them is reached: not
 * believed, or a load whose invariants hold. No state.
 */
#include <stdint.h>

#include "lab/convert.h"
#include "tests/fuzz/fuzz.h"

#define HEADER_BYTES 1648

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void set(unsigned char *bytes, size_t at, uint64_t value)
{
	memcpy(bytes + at, &value, sizeof(value));
}

static void check_trace(const struct qy_trace *trace)
{
	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct qy_page_event *e = &trace->events[i];

		FUZZ_CHECK(i == 0 ? e->ts_ns == 0 : e->ts_ns >= e[-1].ts_ns);
		FUZZ_CHECK(e->order <= QY_MAX_PAGE_ORDER);
		FUZZ_CHECK((e->pfn & ((1ull << e->order) - 1)) == 0 && e->pfn >> 52 == 0);
		FUZZ_CHECK(
			(e->gfp & ~QY___GFP_BITS_MASK) == 0 && e->cpu < trace->nr_cpus);
		FUZZ_CHECK(e->ts_ns <= trace->duration_ns);
		FUZZ_CHECK(e->task < trace->nr_tasks);
		FUZZ_CHECK(e->pid == trace->tasks[e->task].pid);
	}
	for (uint32_t i = 0; i < trace->nr_tasks; i++)
		FUZZ_CHECK(!trace->tasks[i].comm[sizeof(trace->tasks[i].comm) - 1]);
	FUZZ_CHECK(trace->nr_alloc + trace->nr_free == trace->nr_events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qy_source source = { 0 };
	struct qy_trace trace;
	unsigned char *bytes = malloc(size + 1);

	FUZZ_CHECK(bytes != NULL);
	memcpy(bytes, data, size);
	if (size >= HEADER_BYTES) {
		memcpy(&source, bytes + 16, sizeof(source));
		set(bytes, 40, size - HEADER_BYTES);
		set(bytes, 48,
			qy_convert_checksum(bytes + HEADER_BYTES, size - HEADER_BYTES));
		set(bytes, HEADER_BYTES - 8,
			qy_convert_checksum(bytes, HEADER_BYTES - 8));
	}
	if (qy_convert_decode(bytes, size, &source, &trace) == 0) {
		check_trace(&trace);
		qy_trace_free(&trace);
	} else {
		FUZZ_CHECK(trace.events == NULL);
	}
	free(bytes);
	return 0;
}
