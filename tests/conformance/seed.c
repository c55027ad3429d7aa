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

#define FREED 0xff /* type of a pageblock that no seed has claimed yet */

static const char *const type_names[QY_MIGRATE_TYPES] = { "Unmovable", "Movable",
	"Reclaimable", "HighAtomic", "CMA", "Isolate" };

struct placer {
	struct guest *guest;
	struct zone *zone;
	u8 *order_at; /* of each frame of the zone: 1 + order of the block placed there, 0 = none */
	bool *whole; /* of each pageblock: all of it was free for us */
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

static void claim(struct placer *p, u32 frame, enum migratetype mt)
{
	block_of(p->guest->m, frame)->migratetype = (u8)mt;
	p->claimed[mt]++;
	if (mt == MIGRATE_CMA)
		p->zone->cma_pages += BLOCK_FRAMES;
}

/* Its pageblocks are nobody's yet, or of this type. */
static bool may_claim(struct placer *p, u32 frame, u32 nr, enum migratetype mt)
{
	for (u32 f = frame; f < frame + nr; f += BLOCK_FRAMES) {
		u8 type = block_of(p->guest->m, f)->migratetype;

		if (is_of_area(p->guest->m, f) || (type != FREED && type != mt))
			return false;
	}
	return true;
}

/*
 * The other half of the next larger block is not free in one piece. Blocks are placed from the largest down, and none
 * beside its like, so nothing that comes later fills that half.
 */
static bool stays_alone(struct placer *p, u32 frame, unsigned int order)
{
	u32 other = frame ^ (1u << order);

	return order == QY_MAX_PAGE_ORDER || other < p->zone->first_frame ||
	       p->order_at[other - p->zone->first_frame] != order + 1;
}

/* Nothing of its pageblocks is boot's. */
static bool is_whole(const struct placer *p, u32 frame, u32 nr)
{
	u32 first = p->zone->first_frame >> QY_PAGEBLOCK_ORDER;

	return p->whole[(frame >> QY_PAGEBLOCK_ORDER) - first] &&
	       p->whole[((frame + nr - 1) >> QY_PAGEBLOCK_ORDER) - first];
}

/* The lowest place at or after @frame, or the zone's end. */
static u32 find_place(
	struct placer *p, u32 frame, unsigned int order, enum migratetype mt, bool whole)
{
	u32 end = p->zone->first_frame + p->zone->nr_frames, nr = 1u << order;

	for (; frame + nr <= end; frame += nr)
		if ((!whole || is_whole(p, frame, nr)) && may_claim(p, frame, nr, mt) &&
			stays_alone(p, frame, order) && all_taken(p->guest->m, frame, nr))
			return frame;
	return end;
}

static void claim_block(struct placer *p, u32 frame, u32 nr, enum migratetype mt)
{
	for (u32 f = frame; f < frame + nr; f += BLOCK_FRAMES)
		if (block_of(p->guest->m, f)->migratetype == FREED)
			claim(p, f, mt);
}

/* ------------------------------------------------------------------ the seed */

static void give_back(struct guest *guest, u32 frame, unsigned int order)
{
	for (u32 i = 0; i < 1u << order; i++)
		qy_free_pages(guest->m, frame_to_page(guest->m, frame + i), 0);
}

/* Into pageblocks that boot left whole; when these are full, into the others. */
static void place_kind(
	struct placer *p, unsigned int nr, unsigned int order, enum migratetype mt)
{
	u32 start = round_up(p->zone->first_frame, 1u << order), frame = start;
	u32 end = p->zone->first_frame + p->zone->nr_frames;
	bool whole = true;

	while (nr--) {
		frame = find_place(p, frame, order, mt, whole);
		if (frame == end && whole) {
			whole = false;
			frame = find_place(p, start, order, mt, whole);
		}
		if (frame == end)
			FAIL("zone %s has no room for the wanted blocks of order %u",
				p->zone->name, order);
		claim_block(p, frame, 1u << order, mt);
		p->order_at[frame - p->zone->first_frame] = (u8)(order + 1);
		give_back(p->guest, frame, order);
	}
}

static void place_all(struct placer *p, const struct seed *want)
{
	for (unsigned int order = QY_NR_PAGE_ORDERS; order-- > 0;)
		for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
			place_kind(p, want->nr[order][mt], order, (enum migratetype)mt);
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
	p->order_at = calloc(p->zone->nr_frames, 1);

	u32 first = p->zone->first_frame >> QY_PAGEBLOCK_ORDER;
	u32 last = first + (p->zone->nr_frames >> QY_PAGEBLOCK_ORDER);

	p->whole = calloc(last - first, sizeof(bool));
	for (u32 b = first; b < last; b++)
		p->whole[b - first] =
			all_taken(guest->m, b << QY_PAGEBLOCK_ORDER, BLOCK_FRAMES);
	for (u32 b = first; b < last; b++)
		if (!is_of_area(guest->m, b << QY_PAGEBLOCK_ORDER))
			guest->m->blocks[b].migratetype = FREED;
	place_all(p, want);
	type_the_rest(p, want, first, last);
	give_back_areas(guest, p->zone);
	free(p->whole);
	free(p->order_at);
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
