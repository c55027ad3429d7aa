// SPDX-License-Identifier: MIT
/*
 * A contiguous allocation goes the recorded way: tracepoint by tracepoint, field by field.
 *
 * A recording (cut by oracle/cut-contig-trace.sh) says which movable pages lay in the ranges: those that were freed
 * between the start of an allocation and the line on what has moved. They are put there, the same requests follow, and
 * our events are cut in the same way. Events that the recorder had not switched on are left out. Not compared: to which
 * frame a page moved, and what per-CPU lists gave and took meanwhile.
 *
 * No state.
 */
#include "tests/conformance/areas.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

#include <quarry/cma.h>
#include <quarry/movable.h>
#include <quarry/trace.h>

#include <stdlib.h>
#include <string.h>

#define MAX_BORROWED 1024

struct contig {
	struct qy_machine *m;
	FILE *out;
	bool inside, with_migrate;
	uint64_t low, high; /* of what was had */
	/* a run of frees that is not printed yet */
	uint64_t first, last;
	int64_t step;
	unsigned int nr_run;
	/* the line before, and how often */
	char before[320];
	unsigned int times;
	struct qy_handle borrowed[MAX_BORROWED];
	unsigned int nr_borrowed;
};

/* ------------------------------------------------------------------ as the recording was cut */

static void put(struct contig *c, const char *line)
{
	if (!strcmp(line, c->before)) {
		c->times++;
		return;
	}
	if (c->times > 1)
		fprintf(c->out, "%s x%u\n", c->before, c->times);
	else if (c->times)
		fprintf(c->out, "%s\n", c->before);
	snprintf(c->before, sizeof(c->before), "%s", line);
	c->times = 1;
}

static void flush_frees(struct contig *c)
{
	char line[96];

	if (!c->nr_run)
		return;
	if (c->nr_run == 1)
		snprintf(line, sizeof(line), "mm_page_free: pfn=0x%llx order=0",
			(unsigned long long)c->first);
	else
		snprintf(line, sizeof(line), "mm_page_free: pfn=0x%llx..0x%llx order=0",
			(unsigned long long)c->first, (unsigned long long)c->last);
	put(c, line);
	c->nr_run = 0;
}

static void cut_free(struct contig *c, uint64_t pfn)
{
	int64_t step = (int64_t)(pfn - c->last);

	if (!c->inside && !(pfn >= c->low && pfn < c->high))
		return;
	if (c->nr_run && ((c->nr_run == 1 && step == -1) || step == c->step)) {
		c->step = step;
		c->last = pfn;
		c->nr_run++;
		return;
	}
	flush_frees(c);
	c->first = c->last = pfn;
	c->nr_run = 1;
	c->step = 1;
}

/* Without the address of struct page, and where asked without the pfn. */
static void put_event(struct contig *c, const struct qy_event *event, bool elsewhere)
{
	char text[320], *at, *end;

	qy_event_text(c->m, event, text, sizeof(text));
	at = strstr(text, " page=");
	if (at) {
		end = at + 1 + strcspn(at + 1, " ");
		memmove(at, end, strlen(end) + 1);
	}
	at = elsewhere ? strstr(text, "pfn=") : NULL;
	if (at) {
		char tail[256];

		snprintf(tail, sizeof(tail), "%s", at + strcspn(at, " "));
		snprintf(at, sizeof(text) - (size_t)(at - text), "pfn=elsewhere%s", tail);
	}
	flush_frees(c);
	put(c, text);
}

static void on_event(void *arg, const struct qy_event *event)
{
	struct contig *c = arg;

	switch (event->kind) {
	case QY_EVENT_MM_PAGE_FREE:
		cut_free(c, event->pfn);
		return;
	case QY_EVENT_MM_PAGE_ALLOC:
		if (c->inside)
			put_event(c, event, true);
		return;
	case QY_EVENT_MM_PAGE_ALLOC_EXTFRAG:
	case QY_EVENT_MM_PAGE_ALLOC_ZONE_LOCKED:
	case QY_EVENT_MM_PAGE_PCPU_DRAIN:
		return;
	case QY_EVENT_TEST_PAGES_ISOLATED:
	case QY_EVENT_MM_MIGRATE_PAGES_START:
	case QY_EVENT_MM_MIGRATE_PAGES:
		if (!c->with_migrate)
			return;
		break;
	case QY_EVENT_CMA_ALLOC_START:
		c->inside = true;
		break;
	case QY_EVENT_CMA_ALLOC_FINISH:
		c->inside = false;
		if (!c->low || event->pfn < c->low)
			c->low = event->pfn;
		if (event->pfn + event->count > c->high)
			c->high = event->pfn + event->count;
		break;
	default:
		break;
	}
	put_event(c, event, false);
}

/* ------------------------------------------------------------------ the recorded start, the recorded requests */

static void borrow(struct contig *c, uint64_t pfn)
{
	CHECK(c->nr_borrowed < MAX_BORROWED);
	CHECK_EQ(qy_alloc_contig_range(c->m, pfn, pfn + 1, true, QY_GFP_KERNEL, NULL), 0);
	CHECK_EQ(qy_handle_adopt(c->m, &c->borrowed[c->nr_borrowed++],
			 qy_pfn_to_page(c->m, pfn), "borrower", 0),
		0);
}

static void borrow_run(struct contig *c, const char *line)
{
	unsigned long long first, last;
	int n = sscanf(line, "mm_page_free: pfn=0x%llx..0x%llx", &first, &last);

	if (n < 2)
		last = first;
	if (first > last) {
		unsigned long long swap = first;

		first = last;
		last = swap;
	}
	while (n > 0 && first <= last)
		borrow(c, first++);
}

static bool in_a_range(const struct lines *kernel, unsigned long long pfn)
{
	unsigned long long start, end;

	for (unsigned int i = 0; i < kernel->nr; i++)
		if (sscanf(kernel->line[i],
			    "mm_alloc_contig_migrate_range_info: start=0x%llx end=0x%llx",
			    &start, &end) == 2 &&
			pfn >= start && pfn < end)
			return true;
	return false;
}

/* A range whose last free block ended with it, in the middle of a pageblock: what follows was in use. */
static void borrow_behind(struct contig *c, const struct lines *kernel, const char *line)
{
	unsigned long long start, end, taken;

	if (sscanf(line,
		    "mm_compaction_isolate_freepages: range=(0x%llx ~ 0x%llx) nr_scanned=%*u nr_taken=%llu",
		    &start, &end, &taken) == 3 &&
		taken == end - start && end % 512 && !in_a_range(kernel, end))
		borrow(c, end);
}

/* What was freed while pages moved. */
static void borrow_all(struct contig *c, const struct lines *kernel)
{
	bool moving = false;

	for (unsigned int i = 0; i < kernel->nr; i++) {
		const char *line = kernel->line[i];

		if (has_prefix(line, "cma_alloc_start"))
			moving = true;
		if (has_prefix(line, "mm_alloc_contig_migrate_range_info"))
			moving = false;
		if (moving && has_prefix(line, "mm_page_free"))
			borrow_run(c, line);
		borrow_behind(c, kernel, line);
		if (has_prefix(line, "mm_migrate_pages"))
			c->with_migrate = true;
	}
}

/* What lies above all ranges is handed out: of an area that is nearly full, pages move out of it. */
static void fill_the_rest(struct contig *c, const struct lines *kernel)
{
	struct qy_cma_stats area;
	unsigned long long start, end, first = 0;

	CHECK(qy_cma_stats(c->m, (uint32_t)qy_cma_default(c->m), &area));
	for (unsigned int i = 0; i < kernel->nr; i++)
		if (sscanf(kernel->line[i],
			    "mm_alloc_contig_migrate_range_info: start=0x%llx end=0x%llx",
			    &start, &end) == 2 &&
			end > first)
			first = end;
	first = (first | 1023) + 1;
	CHECK_EQ(qy_alloc_contig_range(c->m, first, area.base_pfn + area.nr_pages, true,
			 QY_GFP_KERNEL, NULL),
		0);
}

static void ask(struct contig *c, const char *line)
{
	unsigned long long pfn, count;
	unsigned int align;
	uint32_t area = (uint32_t)qy_cma_default(c->m);

	if (sscanf(line, "cma_alloc_start: name=%*s count=%llu align=%u", &count,
		    &align) == 2)
		CHECK(qy_cma_alloc(c->m, area, count, align, true, NULL) != NULL);
	else if (sscanf(line, "cma_release: name=%*s pfn=0x%llx count=%llu", &pfn,
			 &count) == 2)
		CHECK(qy_cma_release(c->m, area, qy_pfn_to_page(c->m, pfn), count));
}

static void compare_requests(struct shape *shape, const struct lines *kernel)
{
	struct contig *c = calloc(1, sizeof(*c));
	struct lines ours;
	char *text;
	size_t size;

	c->m = shape->guest->m;
	c->out = open_memstream(&text, &size);
	borrow_all(c, kernel);
	CHECK(c->nr_borrowed > 0);
	fill_the_rest(c, kernel);
	qy_trace_set(c->m, on_event, c);
	for (unsigned int i = 0; i < kernel->nr; i++)
		ask(c, kernel->line[i]);
	qy_trace_set(c->m, NULL, NULL);
	flush_frees(c);
	put(c, "");
	fclose(c->out);
	ours = split_lines(text);
	tally_lines(shape->run, "contig", kernel, &ours);
	guest_validate(shape->guest);
	for (unsigned int i = 0; i < c->nr_borrowed; i++)
		qy_free_pages(c->m, qy_handle_release(c->m, &c->borrowed[i]), 0);
	free_lines(&ours);
	free(c);
}

void compare_contig(void)
{
	static const char *const recorded[] = { "x_1g64", "arm_contig", NULL };

	for (const char *const *name = recorded; *name; name++) {
		struct shape *shape = shape_boot(*name);
		struct section section;

		CHECK(shape_find(shape, "contig", &section));
		areas_hold(shape, &section);
		while (has_prefix(section.lines.line[0], "held ")) {
			section.lines.line++;
			section.lines.nr--;
		}
		compare_requests(shape, &section.lines);
		shape_end(shape);
	}
}

TEST(conformance, a_contiguous_allocation_leaves_the_recorded_tracepoints)
{
	tally_begin();
	compare_contig();
	tally_check();
}
