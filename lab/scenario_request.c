// SPDX-License-Identifier: MIT
/*
 * The requests of a scenario. No state.
 */
#include "lab/scenario_reader.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lab/units.h"

#define MAX_TIMES        1000000u
#define MIN_EVERY_NS     1000u
#define MAX_BUFFER_BYTES (64ull << 30)
#define MAX_STREAM_PAGES (64ull << 20 >> QY_PAGE_SHIFT)

/* A name is printed as it is. */
static bool has_control_character(const char *name)
{
	while (*name && !iscntrl((unsigned char)*name))
		name++;
	return *name;
}

uint32_t scn_find_request(const struct qy_scenario *s, const char *name)
{
	uint32_t i = 0;

	while (i < s->nr_requests && strcmp(s->request[i].name, name) != 0)
		i++;
	return i;
}

static void read_rounds(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	out->times = y->every ? 0 : 1;
	scn_duration(r, "start", y->start, 0, &out->start_ns);
	scn_duration(r, "every", y->every, MIN_EVERY_NS, &out->every_ns);
	scn_u32(r, "times", y->times, 1, MAX_TIMES, &out->times);
	if (out->times > 1 && !y->every)
		scn_bad(r, "every",
			"is missing: %u times need a distance, like `every: 100ms`",
			out->times);
	out->hold_ns = QY_FOREVER;
	scn_duration_or_forever(r, "hold", y->hold, &out->hold_ns);
}

static void read_context(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	static const char *const contexts[] = { "task", "atomic", "irq", NULL };
	bool may_sleep = out->gfp & QY___GFP_DIRECT_RECLAIM;
	enum qy_request_context usual = !may_sleep && (out->gfp & QY___GFP_HIGH)
						? QY_CONTEXT_IRQ
						: QY_CONTEXT_TASK;

	out->context = scn_word(r, "context", y->context, contexts, usual);
	if (may_sleep && out->context != QY_CONTEXT_TASK)
		scn_bad(r, "context",
			"%s may sleep, which %s code must not: use GFP_ATOMIC or GFP_NOWAIT",
			out->gfp_text, contexts[out->context]);
}

/* What only blocks of the page allocator have. */
static void refuse_block_keys(
	struct reader *r, const struct yaml_request *y, const char *kind)
{
	const struct {
		const char *key, *text;
	} keys[] = { { "gfp", y->gfp }, { "context", y->context } };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (keys[i].text)
			scn_bad(r, keys[i].key,
				"does not go with %s, which sleeps: remove it", kind);
	}
}

static void read_buffer_size(struct reader *r, const char *text, uint64_t *pages)
{
	uint64_t bytes = 0;

	if (qy_parse_size(text, &bytes) || !bytes || bytes > MAX_BUFFER_BYTES)
		scn_bad(r, "size", "must be " QY_SIZE_WANTED ", up to 64G (is %.40s)",
			text);
	*pages = (bytes + QY_PAGE_SIZE - 1) / QY_PAGE_SIZE;
}

static void read_device(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	static const char *const uses[] = { "coherent", "stream", NULL };

	out->kind = QY_REQUEST_DEVICE;
	scn_want(r, "size", y->size, "6M");
	if (r->failed)
		return;
	if (!y->device[0] || has_control_character(y->device))
		scn_bad(r, "device",
			"must be the name of a device of the tree, without control characters");
	out->device = scn_keep_word(r, y->device);
	out->stream = scn_word(r, "use", y->use, uses, 0) == 1;
	read_buffer_size(r, y->size, &out->buffer_pages);
	if (out->stream && out->buffer_pages > MAX_STREAM_PAGES)
		scn_bad(r, "size", "is at most 64M of `use: stream` (is %.40s)", y->size);
	scn_u32(r, "count", y->count, 1, SCN_MAX_COUNT, &out->count);
	scn_gfp(r, "gfp", y->gfp, &out->gfp);
	if (out->gfp & (QY___GFP_DMA | QY___GFP_DMA32 | QY___GFP_HIGHMEM))
		scn_bad(r, "gfp",
			"has a zone in it: of a device the mask says which (remove it)");
}

static void read_cma(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	out->kind = QY_REQUEST_CMA;
	refuse_block_keys(r, y, "cma");
	scn_want(r, "size", y->size, "6M");
	if (r->failed)
		return;
	if (!y->cma[0] || has_control_character(y->cma))
		scn_bad(r, "cma",
			"must be the name of an area, without control characters, or `default`");
	if (strcmp(y->cma, "default") != 0)
		out->area = scn_keep_word(r, y->cma);
	read_buffer_size(r, y->size, &out->buffer_pages);
	scn_u32(r, "count", y->count, 1, SCN_MAX_COUNT, &out->count);
}

static void read_pin(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	static const char *const truths[] = { "false", "true", NULL };

	out->kind = QY_REQUEST_PIN;
	refuse_block_keys(r, y, "pin");
	if (y->count)
		scn_bad(r, "count", "does not go with pin, which says how many pages");
	scn_u32(r, "pin", y->pin, 1, SCN_MAX_COUNT, &out->count);
	out->longterm = scn_word(r, "longterm", y->longterm, truths, 0) == 1;
}

static void read_blocks(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	scn_u32(r, "order", y->order, 0, QY_MAX_PAGE_ORDER, &out->order);
	scn_u32(r, "count", y->count, 1, SCN_MAX_COUNT, &out->count);
	scn_gfp(r, "gfp", y->gfp, &out->gfp);
}

static void read_kind(
	struct reader *r, const struct yaml_request *y, struct qy_request_spec *out)
{
	if (!!y->order + !!y->cma + !!y->pin + !!y->device > 1)
		scn_bad(r, "", "give exactly one of order, cma, pin, device");
	if (y->size && !y->cma && !y->device)
		scn_bad(r, "size", "goes with cma and device only");
	if (y->use && !y->device)
		scn_bad(r, "use", "goes with device only");
	if (y->longterm && !y->pin)
		scn_bad(r, "longterm", "goes with pin only");
	if (y->cma)
		read_cma(r, y, out);
	else if (y->pin)
		read_pin(r, y, out);
	else if (y->device)
		read_device(r, y, out);
	else
		read_blocks(r, y, out);
}

const char *qy_request_what(const struct qy_request_spec *spec, char *buf, size_t size)
{
	char bytes[32];

	if (spec->kind == QY_REQUEST_BLOCKS)
		snprintf(buf, size, "blocks of order %u", spec->order);
	else if (spec->kind == QY_REQUEST_CMA || spec->kind == QY_REQUEST_DEVICE)
		snprintf(buf, size, "%sbuffers of %s", spec->stream ? "mapped " : "",
			qy_format_size(
				bytes, sizeof(bytes), spec->buffer_pages * QY_PAGE_SIZE));
	else
		snprintf(buf, size,
			spec->longterm ? "pages pinned for long" : "pinned pages");
	return buf;
}

void scn_request(struct reader *r, const struct yaml_request *y)
{
	struct qy_scenario *s = r->s;
	struct qy_request_spec *out = &s->request[s->nr_requests];

	if (s->nr_requests == QY_MAX_REQUESTS)
		scn_bad(r, "", "more than %u requests, with those of the timeline",
			QY_MAX_REQUESTS);
	scn_want(r, "name", y->name, "nic");
	if (!y->cma && !y->pin && !y->device)
		scn_want(r, "order", y->order, "3");
	if (r->failed)
		return;
	if (!y->name[0])
		scn_bad(r, "name", "is empty");
	if (has_control_character(y->name))
		scn_bad(r, "name", "has a control character in it: remove it");
	if (scn_find_request(s, y->name) < s->nr_requests)
		scn_bad(r, "name", "`%s` is taken by an earlier request", y->name);
	*out = (struct qy_request_spec){ .count = 1, .gfp = QY_GFP_KERNEL };
	out->place = scn_keep_word(r, r->place);
	out->name = scn_keep_word(r, y->name);
	out->gfp_text = scn_keep_word(r, y->gfp ? y->gfp : "GFP_KERNEL");
	read_kind(r, y, out);
	read_rounds(r, y, out);
	scn_u32(r, "cpu", y->cpu, 0, QY_MAX_CPUS - 1, &out->cpu);
	read_context(r, y, out);
	s->nr_requests++;
}
