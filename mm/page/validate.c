// SPDX-License-Identifier: MIT
/*
 * The page room, walked and recounted.
 *
 *   qy_page_validate()
 *
 * Checks: every frame is in exactly one state and, if in a block, covered by exactly one head;
 *   managed == free + per-CPU + allocated;  present == managed + kept by boot;  watermarks are evenly spaced.
 *
 * Locking: takes each zone->lock in turn; nobody else may be in the machine.
 */
#include "mm/page/boot.h"

#define INVALID(...)                                     \
	do {                                             \
		qy_snprintf(why, why_size, __VA_ARGS__); \
		return false;                            \
	} while (0)
#define ULL(v) ((unsigned long long)(v))

struct tally {
	u64 free, pcp, allocated, kept, holes;
};

/* The frames behind a head: tails that name its order when compound, else zero and not in the free map. */
static bool block_is_whole(const struct qy_machine *m, u32 head, unsigned int order,
	char *why, size_t why_size)
{
	bool compound = hot_flags(m->hot[head]) & PGF_COMP;
	u32 want = compound ? hot_make(PG_TAIL, order, 0, 0) : 0;

	if (order > QY_MAX_PAGE_ORDER || head & ((1u << order) - 1))
		INVALID("frame %u: head of order %u, which it cannot be", head, order);
	for (u32 frame = head + 1; frame < head + (1u << order); frame++)
		if (m->hot[frame] != want || freemap_test(m, frame))
			INVALID("frame %u: hot word 0x%x%s inside the order-%u block of frame %u",
				frame, m->hot[frame],
				freemap_test(m, frame) ? ", free" : "", order, head);
	return true;
}

static bool tally_frame(const struct qy_machine *m, u32 *frame, struct tally *tally,
	char *why, size_t why_size)
{
	u32 hot = m->hot[*frame], head = *frame;

	*frame += 1;
	if (freemap_test(m, head)) {
		if (hot)
			INVALID("frame %u: free, but its hot word is 0x%x", head, hot);
		tally->free++;
		return true;
	}
	switch (hot_state(hot)) {
	case PG_HOLE:
		tally->holes++;
		return true;
	case PG_RESERVED:
	case PG_NOMAP:
		tally->kept++;
		return true;
	case PG_PCP:
	case PG_ALLOCATED:
		if (!block_is_whole(m, head, hot_order(hot), why, why_size))
			return false;
		*frame = head + (1u << hot_order(hot));
		*(hot_state(hot) == PG_PCP ? &tally->pcp : &tally->allocated) +=
			*frame - head;
		return true;
	default:
		INVALID("frame %u: hot word 0x%x belongs to no block: the frame is lost",
			head, hot);
	}
}

static bool validate_watermarks(const struct zone *zone, char *why, size_t why_size)
{
	u64 delta = zone->_watermark[WMARK_LOW] - zone->_watermark[WMARK_MIN];

	for (u32 mark = WMARK_LOW; mark < NR_WMARK; mark++)
		if (zone->_watermark[mark] - zone->_watermark[mark - 1] != delta)
			INVALID("zone %s: watermarks are not evenly spaced", zone->name);
	for (u32 j = 0; j <= zone->type; j++)
		if (zone->lowmem_reserve[j])
			INVALID("zone %s: keeps pages from zones that are not above it",
				zone->name);
	return true;
}

static bool validate_counts(
	struct zone *zone, const struct tally *tally, char *why, size_t why_size)
{
	u64 managed = zone_managed_pages(zone), on_lists = 0;

	for (u32 cpu = 0; populated_zone(zone) && cpu < zone->machine->nr_cpus; cpu++)
		on_lists += zone->pageset[cpu].count;
	if (tally->pcp != on_lists)
		INVALID("zone %s: per-CPU sets count %llu frames, %llu are marked so",
			zone->name, ULL(on_lists), ULL(tally->pcp));
	if (managed != tally->free + tally->pcp + tally->allocated)
		INVALID("zone %s: managed %llu is not free %llu + per-CPU %llu + allocated %llu",
			zone->name, ULL(managed), ULL(tally->free), ULL(tally->pcp),
			ULL(tally->allocated));
	if (zone->present_pages != managed + tally->kept ||
		zone->nr_frames != zone->present_pages + tally->holes)
		INVALID("zone %s: present %llu is not managed %llu + kept %llu, of %u indexes, %llu holes",
			zone->name, ULL(zone->present_pages), ULL(managed),
			ULL(tally->kept), zone->nr_frames, ULL(tally->holes));
	return true;
}

static bool validate_zone(struct zone *zone, char *why, size_t why_size)
{
	struct tally tally = { .free = 0 };
	u32 frame = zone->first_frame;

	while (frame < zone->first_frame + zone->nr_frames)
		if (!tally_frame(zone->machine, &frame, &tally, why, why_size))
			return false;
	return qy_freemap_validate(zone, why, why_size) &&
	       validate_counts(zone, &tally, why, why_size) &&
	       validate_watermarks(zone, why, why_size);
}

bool qy_page_validate(struct qy_machine *m, char *why, size_t why_size)
{
	bool good = true;

	for (u32 i = 0; i < m->nr_zones && good; i++) {
		struct zone *zone = &m->zones[i];

		qy_spin_lock_irqsave(&zone->lock);
		good = validate_zone(zone, why, why_size);
		qy_spin_unlock_irqrestore(&zone->lock);
		if (good && populated_zone(zone))
			good = qy_pcp_validate(zone, why, why_size);
	}
	return good;
}
