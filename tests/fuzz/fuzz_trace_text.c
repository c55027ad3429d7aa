// SPDX-License-Identifier: MIT
/*
 * Any bytes as the text of a trace: refused in one line, or events within their bounds. No state.
 */
#include <stdint.h>

#include "lab/trace_text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_trace(const struct qy_trace *trace)
{
	FUZZ_CHECK(trace->nr_events == trace->nr_alloc + trace->nr_free);
	FUZZ_CHECK(trace->nr_events && trace->events[0].ts_ns == 0);
	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct qy_page_event *event = &trace->events[i];

		FUZZ_CHECK(!i || event->ts_ns >= event[-1].ts_ns);
		FUZZ_CHECK(event->ts_ns <= trace->duration_ns);
		FUZZ_CHECK(event->cpu < trace->nr_cpus && trace->nr_cpus <= QY_MAX_CPUS);
		FUZZ_CHECK(event->order <= QY_MAX_PAGE_ORDER);
		FUZZ_CHECK(!(event->pfn & ((1ull << event->order) - 1)));
		FUZZ_CHECK(!(event->gfp & ~QY___GFP_BITS_MASK));
	}
	for (const char *c = trace->unknown_flags; *c; c++)
		FUZZ_CHECK(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qy_err err = { "" };
	struct qy_trace_text *t = qy_trace_text_new("fuzz", &err);
	size_t half = size / 2;
	struct qy_trace trace;
	int ret;

	FUZZ_CHECK(t != NULL);
	qy_trace_text_feed(t, (const char *)data, half);
	qy_trace_text_feed(t, (const char *)data + half, size - half);
	ret = qy_trace_text_end(t, &trace);
	check_error(ret, &err);
	if (!ret)
		check_trace(&trace);
	qy_trace_free(&trace);
	qy_trace_text_free(t);
	return 0;
}
