// SPDX-License-Identifier: MIT
/*
 * The requests' turns: blocks are asked for, held, and go back. See engine.h.
 */
#include "lab/engine.h"

#include <stdlib.h>
#include <quarry/sim.h>

#define MAX_ROUNDS 1000000u

static uint32_t rounds_of(const struct engine *e, const struct qy_request_spec *spec)
{
	uint64_t fit = 1;

	if (spec->times)
		return spec->times;
	if (spec->start_ns < e->end_ns)
		fit = (e->end_ns - spec->start_ns - 1) / spec->every_ns + 1;
	return fit > MAX_ROUNDS ? UINT32_MAX : (uint32_t)fit;
}

/* Return: false when the host has no memory; the batch is then not kept and nothing of it is held. */
static bool keep_batch(struct caller *c, struct batch *batch)
{
	if (c->nr == c->size) {
		uint32_t size = c->size ? c->size * 2 : 8;
		struct batch **grown = malloc(size * sizeof(struct batch *));

		if (!grown)
			return false;
		for (uint32_t i = 0; i < c->nr; i++)
			grown[i] = c->batches[(c->head + i) % c->size];
		free(c->batches);
		c->batches = grown;
		c->size = size;
		c->head = 0;
	}
	c->batches[(c->head + c->nr++) % c->size] = batch;
	return true;
}

/* pre: there is a film. */
static uint32_t owner_of(const struct engine *e, const struct qy_request_spec *spec)
{
	return qy_film_owner_request(e->replay.film, (uint32_t)(spec - e->s->request));
}

static void free_batch(struct batch *batch)
{
	free(batch->pin);
	free(batch->buffer);
	free(batch);
}

/* A batch of blocks, or of buffers of an area. */
static bool has_pages(const struct qy_request_spec *spec)
{
	return spec->kind == QY_REQUEST_BLOCKS || spec->kind == QY_REQUEST_CMA;
}

static void give_back(struct engine *e, const struct caller *c, struct batch *batch)
{
	const struct qy_request_spec *spec = c->spec;
	uint64_t frames = qy_request_pages(spec);

	if (spec->kind == QY_REQUEST_DEVICE)
		qy_play_device_give_back(e, c, batch->buffer, batch->nr);
	for (uint32_t i = 0; i < batch->nr && spec->kind == QY_REQUEST_PIN; i++)
		qy_replay_unpin(&e->replay, &batch->pin[i]);
	for (uint32_t i = 0; i < batch->nr && has_pages(spec); i++) {
		uint64_t bad = e->replay.no_stamps
				       ? frames
				       : qy_stamp_check(e->m, batch->pages[i], frames,
						 batch->stamp + i * frames);

		if (bad < frames && e->check->nr_corrupt++ == 0)
			e->check->corrupt_pfn =
				qy_page_to_pfn(e->m, batch->pages[i]) + bad;
		if (e->replay.film)
			qy_film_gave(e->replay.film,
				qy_page_to_pfn(e->m, batch->pages[i]), frames,
				owner_of(e, spec));
		if (spec->kind == QY_REQUEST_CMA)
			qy_cma_release(e->m, c->area, batch->pages[i], frames);
		else
			qy_free_pages(e->m, batch->pages[i], spec->order);
	}
	free_batch(batch);
}

void qy_play_release(struct engine *e, struct caller *c)
{
	struct batch *batch = c->batches[c->head];
	char what[48];

	c->head = (c->head + 1) % c->size;
	c->nr--;
	qy_replay_set_cpu(&e->replay, c->spec->cpu);
	qy_engine_log(e, "%s: %u %s go back", c->spec->name, batch->nr,
		qy_request_what(c->spec, what, sizeof(what)));
	give_back(e, c, batch);
}

/* The why of the request's first refusal is the report's; those of later rounds are the film's. */
static void note_refusal(struct engine *e, struct caller *c, uint32_t block, bool first)
{
	uint32_t i = (uint32_t)(c - e->caller);
	struct qy_request_result *result = &e->check->request[i];
	bool filmed = first && e->replay.film;
	struct qy_why *why;

	if (filmed)
		qy_play_film_refused(e, i);
	e->check->nr_atomic_failed += !(c->spec->gfp & QY___GFP_DIRECT_RECLAIM);
	if (e->hooks->trial ||
		(result->why && !(filmed && qy_film_wants_why(e->replay.film, i))))
		return;
	why = qy_why_capture(e->m, &e->check->board->board, c->spec->gfp, c->spec->order,
		c->spec->cpu, e->now_ns);
	if (result->why) {
		qy_film_why(e->replay.film, i, why);
		return;
	}
	result->why = why;
	result->why_round = c->round;
	result->why_block = block;
}

static void note_latency(struct engine *e, const struct qy_request_spec *spec,
	const struct qy_meter *meter, bool came)
{
	struct qy_latency *latency = &e->check->request[spec - e->s->request].latency;
	uint64_t ns = qy_meter_ns(meter, &e->check->costs);

	if (came && ns > e->round_slowest_ns)
		e->round_slowest_ns = ns;
	if (!came)
		qy_latency_refuse(latency);
	else if (qy_latency_add(latency, meter, &e->check->costs, e->now_ns))
		e->replay.out_of_memory = true;
}

static struct page *ask(struct engine *e, const struct qy_request_spec *spec)
{
	struct qy_meter meter = { 0 };
	struct page *page;

	e->replay.meter = &meter;
	if (spec->context == QY_CONTEXT_ATOMIC)
		qy_preempt_disable();
	page = qy_replay_alloc(&e->replay, spec->gfp, spec->order);
	if (spec->context == QY_CONTEXT_ATOMIC)
		qy_preempt_enable();
	e->replay.meter = NULL;
	note_latency(e, spec, &meter, page != NULL);
	return page;
}

/* All blocks are asked for, also after a refusal, so that the count says how short it was. */
static void fill_with_blocks(struct engine *e, struct caller *c, struct batch *batch)
{
	const struct qy_request_spec *spec = c->spec;
	uint64_t frames = qy_request_pages(spec);

	batch->stamp = e->replay.next_stamp;
	for (uint32_t i = 0; i < spec->count; i++) {
		bool is_cma = spec->kind == QY_REQUEST_CMA;
		struct page *page =
			is_cma ? qy_play_cma_ask(e, c, batch, i) : ask(e, spec);

		if (!page) {
			if (!is_cma)
				note_refusal(e, c, i, i == batch->nr);
			continue;
		}
		if (!e->replay.no_stamps)
			qy_stamp_write(
				e->m, page, frames, batch->stamp + batch->nr * frames);
		if (e->replay.film)
			qy_film_took(e->replay.film, qy_page_to_pfn(e->m, page), frames,
				owner_of(e, spec));
		batch->pages[batch->nr++] = page;
	}
	e->replay.next_stamp += batch->nr * frames;
}

static void fill_with_pins(struct engine *e, struct caller *c, struct batch *batch)
{
	uint32_t index = (uint32_t)(c - e->caller);
	uint64_t seed = (e->s->seed << 32) + ((uint64_t)index << 24) + c->round;

	batch->nr = qy_replay_pin(&e->replay, c->spec->name,
		e->replay.film ? (uint8_t)owner_of(e, c->spec) : 0, seed, batch->pin,
		c->spec->count, c->spec->longterm);
}

/* Return: NULL when the host has no memory. */
static struct batch *new_batch(const struct engine *e, const struct qy_request_spec *spec)
{
	bool pins = spec->kind == QY_REQUEST_PIN;
	bool device = spec->kind == QY_REQUEST_DEVICE;
	struct batch *batch =
		malloc(sizeof(*batch) +
			(has_pages(spec) ? spec->count : 0) * sizeof(struct page *));

	if (!batch)
		return NULL;
	*batch = (struct batch){ .until_ns = NEVER };
	if (spec->hold_ns != QY_FOREVER)
		batch->until_ns = e->now_ns + spec->hold_ns;
	if (pins)
		batch->pin = calloc(spec->count, sizeof(*batch->pin));
	if (device)
		batch->buffer = qy_play_device_buffers(spec->count);
	if ((!pins || batch->pin) && (!device || batch->buffer))
		return batch;
	free(batch);
	return NULL;
}

static void log_round(struct engine *e, const struct caller *c, const struct batch *batch)
{
	bool timed = c->spec->kind == QY_REQUEST_BLOCKS && batch->nr;
	char slowest[32], what[48];

	qy_engine_log(e, "%s: round %u: got %u of %u %s%s%s", c->spec->name, c->round,
		batch->nr, c->spec->count, qy_request_what(c->spec, what, sizeof(what)),
		timed ? ", the slowest in " : "",
		timed ? qy_format_latency(slowest, sizeof(slowest), e->round_slowest_ns)
		      : "");
}

static void ask_for_round(struct engine *e, struct caller *c)
{
	const struct qy_request_spec *spec = c->spec;
	struct qy_request_result *result = &e->check->request[c - e->caller];
	struct batch *batch = new_batch(e, spec);

	if (!batch) {
		e->replay.out_of_memory = true;
		return;
	}
	e->round_slowest_ns = 0;
	if (spec->kind == QY_REQUEST_PIN)
		fill_with_pins(e, c, batch);
	else if (spec->kind == QY_REQUEST_DEVICE)
		qy_play_device_fill(e, c, batch);
	else
		fill_with_blocks(e, c, batch);
	result->rounds++;
	result->asked += spec->count;
	result->got += batch->nr;
	result->whole_rounds += batch->nr == spec->count;
	if (result->rounds == 1 || batch->nr < result->worst)
		result->worst = batch->nr;
	qy_play_film_round(e, (uint32_t)(c - e->caller), batch, spec->count);
	log_round(e, c, batch);
	if (!keep_batch(c, batch)) {
		e->replay.out_of_memory = true;
		give_back(e, c, batch);
	}
}

static void interrupt(void *arg)
{
	struct engine *e = arg;

	e->irq_done = true;
	ask_for_round(e, e->irq_caller);
}

void qy_play_request(struct engine *e, struct caller *c)
{
	qy_replay_set_cpu(&e->replay, c->spec->cpu);
	qy_owner_is_request(e, c);
	if (c->spec->context == QY_CONTEXT_IRQ) {
		e->irq_caller = c;
		e->irq_done = false;
		qy_sim_interrupt(e->m, interrupt, e, false);
		qy_irq_disable(); /* what was pending comes when interrupts are on again */
		qy_irq_enable();
		if (!e->irq_done)
			longjmp(e->broken, 2);
	} else {
		ask_for_round(e, c);
	}
	qy_engine_note_free(e);
	if (c->spec->kind != QY_REQUEST_PIN)
		qy_engine_count(e, c->spec->count * qy_request_pages(c->spec));
	c->round++;
	if (c->round == c->rounds)
		c->next_ns = NEVER;
	else
		c->next_ns += c->spec->every_ns;
}

int qy_play_request_plan(struct engine *e, struct qy_err *err)
{
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		struct caller *c = &e->caller[i];

		c->spec = &e->s->request[i];
		c->next_ns = c->spec->start_ns;
		c->rounds = rounds_of(e, c->spec);
		if (c->rounds == UINT32_MAX)
			return qy_fail(err,
				"%s: %s.every: more than %u rounds in this duration: ask less often",
				e->s->path, c->spec->place, MAX_ROUNDS);
	}
	return 0;
}

void qy_play_request_free(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		struct caller *c = &e->caller[i];

		for (; c->nr; c->nr--, c->head = (c->head + 1) % c->size)
			free_batch(c->batches[c->head]);
		free(c->batches);
	}
}
