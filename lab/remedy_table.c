// SPDX-License-Identifier: MIT
/*
 * See remedy_table.h. Each candidate is a range() and a make(); the orders for each cause are at the end. No state.
 */
#include "lab/board_device.h"
#include "lab/remedy_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lab/units.h"

#define ULL(x)       ((unsigned long long)(x))
#define MAX_COUNT    65536u
#define COSTLY_ORDER 3u
#define NS_PER_US    1000ull

/* ------------------------------------------------------------------ settings */

__attribute__((format(printf, 3, 4))) static void set(
	struct qy_change *change, const char *path, const char *fmt, ...)
{
	struct qy_setting *setting = &change->set[change->nr++];
	va_list args;

	snprintf(setting->path, sizeof(setting->path), "%s", path);
	va_start(args, fmt);
	vsnprintf(setting->value, sizeof(setting->value), fmt, args);
	va_end(args);
}

__attribute__((format(printf, 4, 5))) static void set_request(
	const struct qy_remedy_case *c, struct qy_change *change, const char *key,
	const char *fmt, ...)
{
	char path[48], value[160];
	va_list args;

	snprintf(path, sizeof(path), "%.31s.%s", c->request->place, key);
	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	set(change, path, "%s", value);
}

/* When it asks, in the largest unit that says it exactly. Of a step, the step says it. */
static void set_start(
	const struct qy_remedy_case *c, struct qy_change *change, uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 },
		{ "ns", 1 } };
	const char *step = strstr(c->request->place, ".request");
	char path[48];
	size_t i = 0;

	while (ns % units[i].ns)
		i++;
	if (step)
		snprintf(path, sizeof(path), "%.*s.at", (int)(step - c->request->place),
			c->request->place);
	else
		snprintf(path, sizeof(path), "%.31s.start", c->request->place);
	set(change, path, "%llu%s", ULL(ns / units[i].ns), units[i].name);
}

static uint64_t ram_bytes(const struct qy_remedy_case *c)
{
	const struct qy_board *board = &c->check->board->board;
	uint64_t ram = 0;

	for (uint32_t i = 0; i < board->nr_banks; i++)
		ram += board->banks[i].size;
	return ram;
}

/* ------------------------------------------------------------------ gfp flags */

/*
 * One flag of the request's text replaced: @from by @to; "" adds @to, or drops @from. A change that the request's context
 * does not permit, or that changes nothing on this board, is left out.
 */
struct edit {
	const char *from, *to;
	bool (*useful)(const struct qy_remedy_case *c);
};

static bool always(const struct qy_remedy_case *c)
{
	(void)c;
	return true;
}

static bool may_sleep(const struct qy_remedy_case *c)
{
	return c->request->context == QY_CONTEXT_TASK;
}

static bool has_nodes(const struct qy_remedy_case *c)
{
	return c->check->board->board.nr_nodes > 1;
}

/* Only then does __GFP_RETRY_MAYFAIL change how often reclaim is tried. */
static bool gives_up_early(const struct qy_remedy_case *c)
{
	return c->request->order > COSTLY_ORDER &&
	       (c->request->gfp & QY___GFP_DIRECT_RECLAIM) &&
	       !(c->request->gfp &
		       (QY___GFP_RETRY_MAYFAIL | QY___GFP_NOFAIL | QY___GFP_NORETRY));
}

static bool has_dma(const struct qy_remedy_case *c)
{
	return c->check->board->board.has_zone_dma;
}

static bool has_dma32(const struct qy_remedy_case *c)
{
	return c->check->board->board.has_zone_dma32;
}

static bool has_both(const struct qy_remedy_case *c)
{
	return has_dma(c) && has_dma32(c);
}

static const struct edit flag_edits[] = {
	{ "__GFP_NORETRY", "", always },
	{ "__GFP_NORETRY", "__GFP_RETRY_MAYFAIL", always },
	{ "__GFP_THISNODE", "", has_nodes },
	{ "__GFP_NOMEMALLOC", "", always },
	{ "GFP_NOWAIT", "GFP_ATOMIC", always },
	{ "GFP_NOWAIT", "GFP_KERNEL", may_sleep },
	{ "GFP_ATOMIC", "GFP_KERNEL", may_sleep },
	{ "", "__GFP_RETRY_MAYFAIL", gives_up_early },
};

static const struct edit zone_edits[] = {
	{ "__GFP_DMA", "__GFP_DMA32", has_both },
	{ "GFP_DMA", "GFP_DMA32", has_both },
	{ "__GFP_DMA", "", has_dma },
	{ "GFP_DMA", "", has_dma },
	{ "__GFP_DMA32", "", has_dma32 },
	{ "GFP_DMA32", "", has_dma32 },
};

#define NR(array) (sizeof(array) / sizeof((array)[0]))

static void append_flag(char *out, size_t size, const char *flag, size_t length)
{
	size_t used = strlen(out);

	if (length)
		snprintf(out + used, size - used, "%s%.*s", used ? "|" : "", (int)length,
			flag);
}

/* Return: is there a text that differs? */
static bool edit_text(const struct edit *edit, const char *text, char *out, size_t size)
{
	bool found = !edit->from[0];

	out[0] = '\0';
	while (*text) {
		size_t length;

		text += strspn(text, "| ");
		length = strcspn(text, "| ");
		if (length && length == strlen(edit->from) &&
			memcmp(text, edit->from, length) == 0) {
			append_flag(out, size, edit->to, strlen(edit->to));
			found = true;
		} else {
			append_flag(out, size, text, length);
		}
		text += length;
	}
	if (!edit->from[0])
		append_flag(out, size, edit->to, strlen(edit->to));
	return found && out[0];
}

/* The @n-th edit of a list, from 1, that is of use here. Return: how many there are up to @n. */
static uint64_t find_edit(const struct qy_remedy_case *c, const struct edit *edits,
	size_t nr, uint64_t n, char *out, size_t size)
{
	uint64_t found = 0;

	for (size_t i = 0; i < nr && found < n; i++) {
		qy_gfp_t gfp;
		char unknown[80];

		found += edits[i].useful(c) &&
			 edit_text(&edits[i], c->request->gfp_text, out, size) &&
			 !qy_parse_gfp(out, &gfp, unknown, sizeof(unknown));
	}
	return found;
}

static const char *const contexts[] = {
	[QY_CONTEXT_TASK] = "task",
	[QY_CONTEXT_ATOMIC] = "atomic",
	[QY_CONTEXT_IRQ] = "irq",
};

/* The context of a request that does not say it: other flags may mean another one. */
static enum qy_request_context usual_context(const char *flags)
{
	char unknown[80];
	qy_gfp_t gfp = 0;

	qy_parse_gfp(flags, &gfp, unknown, sizeof(unknown));
	return !(gfp & QY___GFP_DIRECT_RECLAIM) && (gfp & QY___GFP_HIGH)
		       ? QY_CONTEXT_IRQ
		       : QY_CONTEXT_TASK;
}

static uint64_t flag_range(const struct qy_remedy_case *c, uint64_t *first)
{
	char out[160];

	*first = 1;
	return find_edit(c, flag_edits, NR(flag_edits), UINT64_MAX, out, sizeof(out));
}

static void flag_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	char out[160];

	find_edit(c, flag_edits, NR(flag_edits), i, out, sizeof(out));
	set_request(c, change, "gfp", "%s", out);
	if (usual_context(out) != c->request->context)
		set_request(c, change, "context", "%s", contexts[c->request->context]);
}

static uint64_t zone_range(const struct qy_remedy_case *c, uint64_t *first)
{
	char out[160];

	*first = 1;
	return find_edit(c, zone_edits, NR(zone_edits), UINT64_MAX, out, sizeof(out));
}

static void zone_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	char out[160];

	find_edit(c, zone_edits, NR(zone_edits), i, out, sizeof(out));
	set_request(c, change, "gfp", "%s", out);
}

/* ------------------------------------------------------------------ when, and for how long */

/* Rounds that overlap would need several times the blocks. */
static bool rounds_overlap(const struct qy_request_spec *r)
{
	return r->times != 1 && r->hold_ns > r->every_ns;
}

static uint64_t keep_range(const struct qy_remedy_case *c, uint64_t *first)
{
	*first = 1;
	return c->request->times != 1 && !rounds_overlap(c->request);
}

static void keep_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	(void)i;
	set_request(c, change, "times", "1");
	set_request(c, change, "hold", "forever");
}

/* A power of ten, so that 10 to 100 of them lead from the request's moment to the scenario's begin. */
static uint64_t time_step(const struct qy_request_spec *r)
{
	uint64_t step = NS_PER_US;

	while (r->start_ns / step >= 100)
		step *= 10;
	return step;
}

static uint64_t earlier_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t step = time_step(c->request);

	if (rounds_overlap(c->request))
		return 0;
	return *first = (c->request->start_ns + step - 1) / step;
}

static void earlier_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	uint64_t start = c->request->start_ns, back = i * time_step(c->request);

	set_start(c, change, back < start ? start - back : 0);
	set_request(c, change, "hold", "forever");
	if (c->request->times != 1)
		set_request(c, change, "times", "1");
}

/* ------------------------------------------------------------------ smaller blocks */

static uint64_t blocks_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t nr = 0;

	*first = c->request->order > COSTLY_ORDER ? 2 : 1;
	while (nr < c->request->order &&
		(uint64_t)c->request->count << (nr + 1) <= MAX_COUNT)
		nr++;
	return nr;
}

/* `each` counts blocks, so it grows with them. */
static void blocks_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	const struct qy_expect_spec *spec = &c->check->scenario->expect[c->expect];
	char path[48];

	set_request(c, change, "order", "%llu", ULL(c->request->order - i));
	set_request(c, change, "count", "%llu", ULL((uint64_t)c->request->count << i));
	if (spec->kind != QY_EXPECT_EACH)
		return;
	snprintf(path, sizeof(path), "expect[%u].each", c->expect);
	set(change, path, "%llu", ULL(spec->amount << i));
}

/* ------------------------------------------------------------------ the board */

/* A power of two, an 8th to a 16th of what it is now; a page at least: less changes nothing. */
static uint64_t min_free_step(const struct qy_remedy_case *c)
{
	uint64_t step = 4;

	while (step * 16 <= c->check->min_free_kbytes)
		step *= 2;
	return step;
}

/* Doubled until a quarter of the RAM is set aside. */
static uint64_t min_free_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t step = min_free_step(c);
	uint64_t now = c->check->min_free_kbytes / step,
		 most = ram_bytes(c) / 4096 / step;

	*first = now;
	return now && most > now ? most - now : 0;
}

static void min_free_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	uint64_t step = min_free_step(c);

	set(change, "board.sysctl", "vm.min_free_kbytes=%llu",
		ULL((c->check->min_free_kbytes / step + i) * step));
}

/* The zone whose reserve against higher requests would help; QY_ZONE_NORMAL when there is none. */
static unsigned int reserved_zone(const struct qy_remedy_case *c)
{
	if ((c->request->gfp & QY___GFP_DMA) && has_dma(c))
		return QY_ZONE_DMA;
	if ((c->request->gfp & QY___GFP_DMA32) && has_dma32(c))
		return QY_ZONE_DMA32;
	return QY_ZONE_NORMAL;
}

static uint64_t reserve_range(const struct qy_remedy_case *c, uint64_t *first)
{
	unsigned int zone = c->request ? reserved_zone(c) : QY_ZONE_NORMAL;
	int32_t ratio = c->check->board->board.vm.lowmem_reserve_ratio[zone];

	*first = ratio > 1 ? (uint64_t)ratio / 2 : 0;
	return zone < QY_ZONE_NORMAL && ratio > 1 ? (uint64_t)ratio - 1 : 0;
}

static void reserve_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	const int32_t *ratio = c->check->board->board.vm.lowmem_reserve_ratio;
	unsigned int zone = reserved_zone(c);
	char text[96] = "";

	for (unsigned int z = 0; z < QY_MAX_NR_ZONES; z++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s%lld", z ? " " : "",
			(long long)ratio[z] - (z == zone ? (long long)i : 0));
	}
	set(change, "board.sysctl", "vm.lowmem_reserve_ratio=%s", text);
}

#define MIB (1024ull * 1024)

/* A power of two, a 16th to a 32nd of what there is. */
static uint64_t memory_step(const struct qy_remedy_case *c)
{
	uint64_t step = MIB;

	while (step * 32 <= ram_bytes(c))
		step *= 2;
	return step;
}

/* A quarter more first, four times as much at most. A recorded start state has the RAM that it has. */
static uint64_t memory_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t ram = ram_bytes(c);

	if (c->check->board->board.nr_banks != 1 || ram % MIB ||
		c->check->scenario->start.kind == QY_START_SNAPSHOT)
		return 0;
	*first = ram / 4 / memory_step(c);
	return 3 * ram / memory_step(c);
}

static void memory_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	set(change, "board.memory", "%lluM",
		ULL((ram_bytes(c) + i * memory_step(c)) / MIB));
}

/* ------------------------------------------------------------------ the default CMA area */

#define PAGEBLOCK_PAGES 512u

/* The device of a request for one; false: it is for none. */
static bool device_of(const struct qy_remedy_case *c, struct qy_dt_device *device)
{
	return c->request && c->request->kind == QY_REQUEST_DEVICE &&
	       !qy_dt_device_find(c->check->board, c->request->device, device, "", NULL);
}

/* Is it the default area that serves the request, or that would? */
static bool wants_default_area(const struct qy_remedy_case *c, bool *low)
{
	struct qy_dt_device d;

	*low = false;
	if (device_of(c, &d)) {
		*low = d.coherent_mask_bits <= 32;
		return !d.nr_regions && d.iommu == QY_IOMMU_NONE && !c->request->stream;
	}
	return c->request && c->request->kind == QY_REQUEST_CMA && !c->request->area;
}

/* A pageblock more each; a quarter more first, half of the RAM at most. An area with a name is the tree's. */
static uint64_t cma_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t now = c->check->default_cma_pages / PAGEBLOCK_PAGES;
	uint64_t most = ram_bytes(c) / 2 / QY_PAGE_SIZE / PAGEBLOCK_PAGES;
	bool low;

	if (!wants_default_area(c, &low))
		return 0;
	*first = now / 4 + 1;
	return most > now ? most - now : 0;
}

static void cma_make(const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	uint64_t pages = c->check->default_cma_pages + i * PAGEBLOCK_PAGES;

	bool low;

	wants_default_area(c, &low);
	set(change, "board.append", low ? "cma=%lluM@0-4G" : "cma=%lluM",
		ULL(pages * QY_PAGE_SIZE / MIB));
}

/* ------------------------------------------------------------------ an area with a name */

static const struct qy_reserved *named_area(const struct qy_remedy_case *c)
{
	const struct qy_board *board = &c->check->board->board;
	const char *name = NULL;
	struct qy_dt_device d;

	if (c->request && c->request->kind == QY_REQUEST_CMA)
		name = c->request->area;
	else if (device_of(c, &d) && d.nr_regions && !c->request->stream)
		name = d.region_name[0];
	for (uint32_t i = 0; name && i < board->nr_reserved; i++) {
		if (strcmp(board->reserved[i].name, name) == 0)
			return &board->reserved[i];
	}
	return NULL;
}

/* As for the default one. A node of several ranges has no one size. */
static uint64_t area_range(const struct qy_remedy_case *c, uint64_t *first)
{
	const struct qy_reserved *area = named_area(c);
	uint64_t now = area ? area->size / QY_PAGE_SIZE / PAGEBLOCK_PAGES : 0;
	uint64_t most = ram_bytes(c) / 2 / QY_PAGE_SIZE / PAGEBLOCK_PAGES;

	if (!area || area->nr_more)
		return 0;
	*first = now / 4 + 1;
	return most > now ? most - now : 0;
}

static void area_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	const struct qy_reserved *area = named_area(c);
	uint64_t bytes = area->size + i * PAGEBLOCK_PAGES * QY_PAGE_SIZE;

	if (bytes % MIB)
		set(change, "board.areas", "%.100s=%lluK", area->name, ULL(bytes / 1024));
	else
		set(change, "board.areas", "%.100s=%lluM", area->name, ULL(bytes / MIB));
}

/* ------------------------------------------------------------------ settings that only `quarry fit` tries */

#define SCALE_STEP  10
#define SCALE_MAX   1000
#define BOOST_STEP  1000
#define BOOST_MAX   100000
#define LISTS_LEAST 8 /* a smaller fraction is refused */
#define LISTS_MAX   1000
#define CORE_STEPS  32 /* of the RAM */

static uint64_t scale_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t now = (uint64_t)c->check->board->board.vm.watermark_scale_factor;

	*first = 1;
	return now < SCALE_MAX ? (SCALE_MAX - now) / SCALE_STEP : 0;
}

static void scale_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	set(change, "board.sysctl", "vm.watermark_scale_factor=%llu",
		ULL((uint64_t)c->check->board->board.vm.watermark_scale_factor +
			i * SCALE_STEP));
}

static uint64_t boost_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t now = (uint64_t)c->check->board->board.vm.watermark_boost_factor;

	*first = 1;
	return now < BOOST_MAX ? (BOOST_MAX - now) / BOOST_STEP : 0;
}

static void boost_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	set(change, "board.sysctl", "vm.watermark_boost_factor=%llu",
		ULL((uint64_t)c->check->board->board.vm.watermark_boost_factor +
			i * BOOST_STEP));
}

/* The larger, the less lies on per-CPU lists. 0: their size is the kernel's own choice. */
static uint64_t lists_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t now = (uint64_t)c->check->board->board.vm.percpu_pagelist_high_fraction;

	*first = now ? now : LISTS_LEAST;
	return now < LISTS_MAX ? LISTS_MAX - now : 0;
}

static void lists_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	uint64_t now = (uint64_t)c->check->board->board.vm.percpu_pagelist_high_fraction;

	/* what the kernel would refuse is the board as it is */
	if (now + i && now + i < LISTS_LEAST)
		i = 0;
	set(change, "board.sysctl", "vm.percpu_pagelist_high_fraction=%llu",
		ULL(now + i));
}

/* From nothing of it up to almost all of the RAM; a recorded start state has the zones that it has. */
static uint64_t core_range(const struct qy_remedy_case *c, uint64_t *first)
{
	const struct qy_board *board = &c->check->board->board;

	*first = CORE_STEPS / 4;
	return board->kernelcore.bytes || board->kernelcore.percent ||
			       board->movablecore.bytes || board->movablecore.percent ||
			       c->check->scenario->start.kind == QY_START_SNAPSHOT
		       ? 0
		       : CORE_STEPS - 1;
}

static void set_core(const struct qy_remedy_case *c, uint64_t i, struct qy_change *change,
	const char *name)
{
	set(change, "board.append", "%s=%lluM", name,
		ULL(ram_bytes(c) / CORE_STEPS * i / MIB));
}

static void movablecore_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	set_core(c, i, change, "movablecore");
}

static void kernelcore_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	set_core(c, i, change, "kernelcore");
}

/* ------------------------------------------------------------------ tasks */

static const struct qy_expect_spec *expectation_of(const struct qy_remedy_case *c)
{
	return &c->check->scenario->expect[c->expect];
}

/* Protected, or offered: only where somebody had to die does it decide who. */
static uint64_t adj_range(const struct qy_remedy_case *c, uint64_t *first)
{
	*first = 1;
	return c->check->nr_kills && qy_expect_of_task(expectation_of(c));
}

static void adj_make(const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	const struct qy_expect_spec *spec = expectation_of(c);
	char path[48];

	(void)i;
	snprintf(path, sizeof(path), "tasks[%u].oom_score_adj", spec->task);
	set(change, path, "%d", spec->kind == QY_EXPECT_SURVIVES ? -1000 : 1000);
}

/* Less of the task goes to swap: steps of ten, down to 0. */
static uint64_t swappiness_range(const struct qy_remedy_case *c, uint64_t *first)
{
	uint64_t now = (uint64_t)c->check->board->board.vm.swappiness;

	*first = 1;
	return c->check->scenario->swap_bytes ? (now + 9) / 10 : 0;
}

static void swappiness_make(
	const struct qy_remedy_case *c, uint64_t i, struct qy_change *change)
{
	uint64_t now = (uint64_t)c->check->board->board.vm.swappiness;

	set(change, "board.sysctl", "vm.swappiness=%llu",
		ULL(now > i * 10 ? now - i * 10 : 0));
}

/* ------------------------------------------------------------------ the table */

static const struct qy_remedy_candidate
	cma = { QY_REMEDY_CMA, true, cma_range, cma_make },
	area = { QY_REMEDY_AREA, true, area_range, area_make },
	scale = { QY_REMEDY_SCALE, true, scale_range, scale_make },
	boost = { QY_REMEDY_BOOST, true, boost_range, boost_make },
	lists = { QY_REMEDY_LISTS, true, lists_range, lists_make },
	movablecore = { QY_REMEDY_MOVABLECORE, true, core_range, movablecore_make },
	kernelcore = { QY_REMEDY_KERNELCORE, true, core_range, kernelcore_make },
	adj = { QY_REMEDY_ADJ, false, adj_range, adj_make },
	swappiness = { QY_REMEDY_SWAPPINESS, true, swappiness_range, swappiness_make },
	flag = { QY_REMEDY_FLAG, false, flag_range, flag_make },
	zone = { QY_REMEDY_ZONE, false, zone_range, zone_make },
	keep = { QY_REMEDY_KEEP, false, keep_range, keep_make },
	earlier = { QY_REMEDY_EARLIER, true, earlier_range, earlier_make },
	blocks = { QY_REMEDY_BLOCKS, true, blocks_range, blocks_make },
	min_free = { QY_REMEDY_MIN_FREE, true, min_free_range, min_free_make },
	reserve = { QY_REMEDY_RESERVE, true, reserve_range, reserve_make },
	memory = { QY_REMEDY_MEMORY, true, memory_range, memory_make };

/* Enough memory, no block, or a block so large that a reserve is no way to keep it: the flags, then the moment. */
static const struct qy_remedy_candidate *const fragmented[] = { &flag, &zone, &keep,
	&earlier, &blocks, &min_free, &reserve, &memory, NULL };

/* Who cannot wait lives from what others must leave: raise that before the driver is rewritten. */
static const struct qy_remedy_candidate *const cannot_wait[] = { &flag, &zone, &reserve,
	&min_free, &keep, &earlier, &blocks, &memory, NULL };

/* Who can wait, or was too slow: a reserve for this zone, an earlier moment, or more memory. */
static const struct qy_remedy_candidate *const short_of_memory[] = { &flag, &zone,
	&reserve, &keep, &earlier, &min_free, &blocks, &memory, NULL };

/* From an area: no flag and no watermark has a part in it. */
static const struct qy_remedy_candidate *const of_an_area[] = { &cma, &area, &keep,
	&earlier, &memory, NULL };

/* Of a task: another one dies, or nobody has to. */
static const struct qy_remedy_candidate *const of_a_task[] = { &adj, &memory, NULL };

/* Its pages came too late: those of files go in their place. */
static const struct qy_remedy_candidate *const of_a_slow_task[] = { &swappiness, &memory,
	NULL };

/* Of no request: only the board can change. */
static const struct qy_remedy_candidate *const of_the_board[] = { &min_free, &memory,
	NULL };

/* One knob of the board alone. */
static const struct qy_remedy_candidate *const knobs[QY_NR_REMEDIES][2] = {
	[QY_REMEDY_CMA] = { &cma },
	[QY_REMEDY_AREA] = { &area },
	[QY_REMEDY_SWAPPINESS] = { &swappiness },
	[QY_REMEDY_MIN_FREE] = { &min_free },
	[QY_REMEDY_RESERVE] = { &reserve },
	[QY_REMEDY_SCALE] = { &scale },
	[QY_REMEDY_BOOST] = { &boost },
	[QY_REMEDY_LISTS] = { &lists },
	[QY_REMEDY_MOVABLECORE] = { &movablecore },
	[QY_REMEDY_KERNELCORE] = { &kernelcore },
	[QY_REMEDY_MEMORY] = { &memory },
};

bool qy_remedy_is_knob(enum qy_remedy_kind kind)
{
	return knobs[kind][0] != NULL;
}

const struct qy_remedy_candidate *const *qy_remedy_candidates(
	const struct qy_remedy_case *c, enum qy_remedy_kind only)
{
	if (only != QY_REMEDY_NONE)
		return knobs[only];
	if (expectation_of(c)->kind == QY_EXPECT_TASK_LATENCY)
		return of_a_slow_task;
	if (qy_expect_of_task(expectation_of(c)))
		return of_a_task;
	if (!c->request || c->request->kind == QY_REQUEST_PIN)
		return of_the_board;
	if (c->request->kind == QY_REQUEST_CMA || c->request->kind == QY_REQUEST_DEVICE)
		return of_an_area;
	if (c->why && (qy_why_fragmented(c->why) || c->request->order > COSTLY_ORDER))
		return fragmented;
	return c->request->gfp & QY___GFP_DIRECT_RECLAIM ? short_of_memory : cannot_wait;
}
