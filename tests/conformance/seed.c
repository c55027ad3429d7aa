// SPDX-License-Identifier: MIT
/*
 * Placing free blocks. All pages are taken one by one first, so a pageblock's type can be set while nothing in it is
 * free; then the pages of the wanted blocks are given back and merge.
 *
 * No state.
 */
#include "mm/machine.h"
#include "tests/conformance/seed.h"
#include "tests/runner/test.h"

#include <stdlib.h>
#include <string.h>

#define NR_SLOT_ORDERS (QY_PAGEBLOCK_ORDER + 1)
#define MAX_SLOTS      4096
#define FREED          0xff /* type of a pageblock that no seed has claimed yet */

static const char *const type_names[QY_MIGRATE_TYPES] = { "Unmovable", "Movable",
	"Reclaimable", "HighAtomic", "CMA", "Isolate" };

struct slot_stack {
	u32 frame[MAX_SLOTS];
	u32 nr;
};

/* What is left to place blocks in: slots inside claimed pageblocks by type, and pageblocks nobody has claimed. */
struct placer {
	struct guest *guest;
	struct zone *zone;
	struct slot_stack slots[QY_MIGRATE_TYPES][NR_SLOT_ORDERS];
	struct slot_stack single; /* pageblocks whose pair is not theirs to complete */
	u32 next_chunk;
	unsigned int claimed[QY_MIGRATE_TYPES];
};

unsigned int seed_read(const struct lines *lines, const char *zone, struct seed *want)
{
	unsigned int rows = 0;
	char zone_name[16], type[16];

	memset(want, 0, sizeof(*want));
	for (unsigned int i = 0; i < lines->nr; i++) {
		char *at = strstr(lines->line[i], "zone ");
		int used = 0;

		if (!at ||
			sscanf(at, "zone %15[^,], type %15s%n", zone_name, type, &used) <
				2 ||
			strcmp(zone_name, zone))
			continue;
		at += used;
		for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
			for (unsigned int o = 0;
				!strcmp(type, type_names[mt]) && o < QY_NR_PAGE_ORDERS;
				o++)
				want->nr[o][mt] = (unsigned int)strtoul(at, &at, 10);
		rows++;
	}
	return rows;
}

void seed_begin(struct guest *guest)
{
	const qy_gfp_t gfp =
		QY_GFP_KERNEL | QY___GFP_MEMALLOC | QY___GFP_NOWARN | QY___GFP_NORETRY;

	while (qy_alloc_pages(guest->m, gfp, 0))
		;
	while (qy_alloc_pages(guest->m, gfp | QY___GFP_HIGHMEM | QY___GFP_MOVABLE, 0))
		; /* the zone Movable */
	for (u32 i = 0; i < guest->m->nr_zones; i++)
		CHECK_EQ(guest->m->zones[i].nr_free_pages, 0);
}

/* ------------------------------------------------------------------ where */

static bool all_taken(const struct qy_machine *m, u32 frame, u32 nr)
{
	for (u32 i = frame; i < frame + nr; i++)
		if (hot_state(m->hot[i]) != PG_ALLOCATED)
			return false;
	return true;
}

/* The pageblocks of an area that boot lent stay what they are. */
static bool is_of_area(const struct qy_machine *m, u32 frame)
{
	return m->nr_cma &&
	       m->blocks[frame >> QY_PAGEBLOCK_ORDER].migratetype == MIGRATE_CMA;
}

static bool is_usable(const struct qy_machine *m, u32 frame, u32 nr)
{
	return all_taken(m, frame, nr) && !is_of_area(m, frame) &&
	       !is_of_area(m, frame + nr - 1);
}

static void push(struct slot_stack *stack, u32 frame)
{
	CHECK(stack->nr < MAX_SLOTS);
	stack->frame[stack->nr++] = frame;
}

static void claim(struct placer *p, u32 frame, enum migratetype mt)
{
	block_of(p->guest->m, frame)->migratetype = (u8)mt;
	p->claimed[mt]++;
	if (mt == MIGRATE_CMA)
		p->zone->cma_pages += BLOCK_FRAMES;
}

/* A whole chunk; pageblocks of chunks that are not wholly ours go to @single. */
static u32 next_chunk(struct placer *p)
{
	struct qy_machine *m = p->guest->m;
	u32 end = p->zone->first_frame + p->zone->nr_frames;

	while (p->next_chunk < end) {
		u32 frame = p->next_chunk;

		p->next_chunk += CHUNK_FRAMES;
		if (is_usable(m, frame, CHUNK_FRAMES))
			return frame;
		for (u32 half = frame; half < frame + CHUNK_FRAMES; half += BLOCK_FRAMES)
			if (is_usable(m, half, BLOCK_FRAMES))
				push(&p->single, half);
	}
	FAIL("zone %s has no room for the wanted blocks", p->zone->name);
}

static u32 next_pageblock(struct placer *p)
{
	if (!p->single.nr) {
		u32 chunk = next_chunk(p);

		push(&p->single, chunk + BLOCK_FRAMES);
		push(&p->single, chunk);
	}
	return p->single.frame[--p->single.nr];
}

/* A slot of 2^(order + 1) frames of this type: the smallest there is, split down. Its lower half is returned. */
static u32 place_in_slot(struct placer *p, unsigned int order, enum migratetype mt)
{
	struct slot_stack *slots = p->slots[mt];
	unsigned int found = order + 1;

	while (found < NR_SLOT_ORDERS && !slots[found].nr)
		found++;
	if (found == NR_SLOT_ORDERS) {
		u32 block = next_pageblock(p);

		claim(p, block, mt);
		push(&slots[--found], block);
	}
	u32 frame = slots[found].frame[--slots[found].nr];

	while (found-- > order)
		if (found)
			push(&slots[found], frame + (1u << found));
	return frame;
}

static u32 place(struct placer *p, unsigned int order, enum migratetype mt)
{
	if (order < QY_PAGEBLOCK_ORDER)
		return place_in_slot(p, order, mt);

	u32 chunk = next_chunk(p);

	claim(p, chunk, mt);
	if (order == QY_MAX_PAGE_ORDER)
		claim(p, chunk + BLOCK_FRAMES, mt);
	else
		push(&p->single, chunk + BLOCK_FRAMES);
	return chunk;
}

/* ------------------------------------------------------------------ the seed */

static void give_back(struct guest *guest, u32 frame, unsigned int order)
{
	for (u32 i = 0; i < 1u << order; i++)
		qy_free_pages(guest->m, frame_to_page(guest->m, frame + i), 0);
}

static void place_all(struct placer *p, const struct seed *want)
{
	for (unsigned int order = QY_NR_PAGE_ORDERS; order-- > 0;)
		for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
			for (unsigned int i = 0; i < want->nr[order][mt]; i++)
				give_back(p->guest, place(p, order, (enum migratetype)mt),
					order);
}

/* Types of the pageblocks without a free frame: what is missing of each kind, the rest movable. */
static void type_the_rest(struct placer *p, const struct seed *want, u32 first, u32 last)
{
	struct qy_machine *m = p->guest->m;

	for (u32 b = first; b < last; b++) {
		unsigned int mt = 0;

		if (m->blocks[b].migratetype != FREED)
			continue;
		while (mt < QY_MIGRATE_TYPES && p->claimed[mt] >= want->blocks[mt])
			mt++;
		claim(p, b << QY_PAGEBLOCK_ORDER,
			mt < QY_MIGRATE_TYPES ? (enum migratetype)mt : MIGRATE_MOVABLE);
	}
}

static void give_back_areas(struct guest *guest, const struct zone *zone)
{
	for (u32 f = zone->first_frame; f < zone->first_frame + zone->nr_frames; f++)
		if (is_of_area(guest->m, f))
			give_back(guest, f, 0);
}

void seed_zone(struct guest *guest, const char *zone, const struct seed *want)
{
	struct placer *p = calloc(1, sizeof(*p));

	p->guest = guest;
	p->zone = guest_zone(guest, zone);
	p->next_chunk = p->zone->first_frame;

	u32 first = p->zone->first_frame >> QY_PAGEBLOCK_ORDER;
	u32 last = first + (p->zone->nr_frames >> QY_PAGEBLOCK_ORDER);

	for (u32 b = first; b < last; b++)
		if (!is_of_area(guest->m, b << QY_PAGEBLOCK_ORDER))
			guest->m->blocks[b].migratetype = FREED;
	place_all(p, want);
	type_the_rest(p, want, first, last);
	give_back_areas(guest, p->zone);
	free(p);
}

void seed_whole(struct guest *guest, const char *zone, unsigned int mt)
{
	struct qy_machine *m = guest->m;
	const struct zone *z = guest_zone(guest, zone);

	for (u32 f = z->first_frame; f < z->first_frame + z->nr_frames;
		f += BLOCK_FRAMES) {
		block_of(m, f)->migratetype =
			(u8)(f == z->first_frame ? mt : MIGRATE_MOVABLE);
		for (u32 i = f; i < f + BLOCK_FRAMES; i++)
			if (hot_state(m->hot[i]) == PG_ALLOCATED)
				give_back(guest, i, 0);
	}
}

/* The seed's own frees must not count as recent ones: each allocation halves that count. */
static void forget_frees(struct guest *guest)
{
	for (unsigned int i = 0; i < 16; i++)
		qy_free_pages(guest->m, qy_alloc_pages(guest->m, QY_GFP_KERNEL, 0), 0);
}

void seed_end(struct guest *guest)
{
	forget_frees(guest);
	qy_drain_all_pages(guest->m);
	guest_validate(guest);
}
