// SPDX-License-Identifier: MIT
/*
 * The turns of requests for CMA: which area, and why a buffer was refused. See engine.h.
 */
#include "lab/engine.h"

static void note_default_area(struct engine *e)
{
	struct qy_cma_stats stats;
	int area = qy_cma_default(e->m);

	if (area >= 0 && qy_cma_stats(e->m, (uint32_t)area, &stats))
		e->check->default_cma_pages = stats.nr_pages;
}

int qy_play_cma_plan(struct engine *e, struct qy_err *err)
{
	note_default_area(e);
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		const struct qy_request_spec *spec = &e->s->request[i];
		int area;

		if (spec->kind != QY_REQUEST_CMA)
			continue;
		area = spec->area ? qy_cma_find(e->m, spec->area) : qy_cma_default(e->m);
		if (area < 0 && spec->area)
			return qy_fail(err,
				"%s: %s.cma: the board has no area named `%.60s`: `quarry boot` prints those it has",
				e->s->path, spec->place, spec->area);
		if (area < 0)
			return qy_fail(err,
				"%s: %s.cma: the board has no default area: give it one, like `board: {append: cma=16M}`",
				e->s->path, spec->place);
		e->caller[i].area = (uint32_t)area;
	}
	return 0;
}

static bool is_in(const struct qy_cma_stats *area, uint64_t pfn)
{
	return pfn >= area->base_pfn && pfn < area->base_pfn + area->nr_pages;
}

/* What a round has of the area: buffers, or pages that it pins. */
static uint64_t pages_in(struct engine *e, const struct caller *c,
	const struct batch *batch, const struct qy_cma_stats *area)
{
	const struct qy_request_spec *spec = c->spec;
	uint64_t pages = 0;

	if (spec->kind == QY_REQUEST_DEVICE)
		return qy_play_device_pages_in(
			c, batch, area->base_pfn, area->base_pfn + area->nr_pages);
	for (uint32_t i = 0; i < batch->nr; i++) {
		uint64_t pfn = batch->pin ? qy_pin_pfn(&e->replay, &batch->pin[i])
					  : qy_page_to_pfn(e->m, batch->pages[i]);

		if (is_in(area, pfn))
			pages += qy_request_pages(spec);
	}
	return pages;
}

struct qy_cma_why *qy_play_cma_capture(struct engine *e, const struct caller *c,
	const struct batch *batch, const struct qy_contig_failure *failure)
{
	struct qy_cma_why *why = qy_cma_why_capture(
		e->m, c->area, c->spec->buffer_pages, failure, e->now_ns);

	for (uint32_t i = 0; why && i < e->s->nr_requests; i++) {
		const struct caller *other = &e->caller[i];
		const struct qy_request_spec *spec = other->spec;
		struct qy_cma_holder holder = { .name = spec->name,
			.pins = spec->kind == QY_REQUEST_PIN };

		if (spec->kind == QY_REQUEST_BLOCKS)
			continue;
		for (uint32_t b = 0; b < other->nr; b++)
			holder.pages += pages_in(e, other,
				other->batches[(other->head + b) % other->size],
				&why->area);
		if (other == c)
			holder.pages += pages_in(e, other, batch, &why->area);
		qy_cma_why_add_holder(why, &holder);
	}
	return why;
}

static void note_refusal(struct engine *e, struct caller *c, const struct batch *batch,
	uint32_t block, const struct qy_contig_failure *failure)
{
	uint32_t i = (uint32_t)(c - e->caller);
	struct qy_request_result *result = &e->check->request[i];
	char text[160];

	qy_contig_failure_text(failure, text, sizeof(text));
	qy_engine_log(e, "%s: buffer %u refused, %u places tried: %s", c->spec->name,
		block + 1, failure->nr_ranges, text);
	qy_play_film_refused(e, i);
	if (e->hooks->trial || result->cma_why)
		return;
	result->cma_why = qy_play_cma_capture(e, c, batch, failure);
	result->why_round = c->round;
	result->why_block = block;
}

struct page *qy_play_cma_ask(
	struct engine *e, struct caller *c, const struct batch *batch, uint32_t block)
{
	struct qy_contig_failure failure = { 0 };
	struct page *page =
		qy_replay_cma_alloc(&e->replay, c->area, c->spec->buffer_pages, &failure);

	if (!page)
		note_refusal(e, c, batch, block, &failure);
	return page;
}
