// SPDX-License-Identifier: MIT
/*
 * See why.h. No state.
 */
#include "lab/why.h"

#include <stdio.h>
#include <stdlib.h>

#include "lab/units.h"

enum { TYPE_PCPTYPES = 3, TYPE_HIGHATOMIC = 3, TYPE_CMA = 4 };

/* The highest zone that @gfp allows; a modifier for a zone that the kernel was built without means nothing. */
static unsigned int highest_zone(const struct qy_board *board, qy_gfp_t gfp)
{
	if ((gfp & QY___GFP_DMA) && board->has_zone_dma)
		return QY_ZONE_DMA;
	if ((gfp & QY___GFP_DMA32) && board->has_zone_dma32)
		return QY_ZONE_DMA32;
	if ((gfp & QY___GFP_MOVABLE) && (gfp & QY___GFP_HIGHMEM))
		return QY_ZONE_MOVABLE;
	return QY_ZONE_NORMAL;
}

static bool may_not_sleep(qy_gfp_t gfp)
{
	return !(gfp & QY___GFP_DIRECT_RECLAIM) && !(gfp & QY___GFP_NOMEMALLOC);
}

static bool has_reserve_right(qy_gfp_t gfp)
{
	return (gfp & QY___GFP_HIGH) || may_not_sleep(gfp);
}

static uint64_t mark_for(const struct qy_zone_stats *z, qy_gfp_t gfp)
{
	uint64_t mark = z->watermark[0] + z->watermark_boost;

	if (gfp & QY___GFP_MEMALLOC)
		return 0;
	if (gfp & QY___GFP_HIGH) {
		mark -= mark / 2;
		if (may_not_sleep(gfp))
			mark -= mark / 4;
	}
	return mark;
}

static uint64_t usable_pages(
	const struct qy_zone_stats *z, qy_gfp_t gfp, unsigned int order)
{
	uint64_t held_back = (1ull << order) - 1;

	if (!has_reserve_right(gfp))
		held_back += z->nr_reserved_highatomic;
	if (!(gfp & QY___GFP_MOVABLE))
		held_back += z->free_cma_pages;
	return z->free_pages > held_back ? z->free_pages - held_back : 0;
}

/* Free blocks of at least @order, of the types that a request with @gfp may take. */
static uint64_t blocks_for(
	const struct qy_zone_stats *z, qy_gfp_t gfp, unsigned int order)
{
	uint64_t blocks = 0;

	for (unsigned int o = order; o < QY_NR_PAGE_ORDERS; o++) {
		for (unsigned int type = 0; type < TYPE_PCPTYPES; type++)
			blocks += z->nr_free[o][type];
		if (order > 0 && may_not_sleep(gfp))
			blocks += z->nr_free[o][TYPE_HIGHATOMIC];
		if (gfp & QY___GFP_MOVABLE)
			blocks += z->nr_free[o][TYPE_CMA];
	}
	return blocks;
}

static void judge(
	struct qy_why_zone *zone, const struct qy_why *why, unsigned int highest)
{
	const struct qy_zone_stats *z = &zone->stats;

	zone->usable_pages = usable_pages(z, why->gfp, why->order);
	zone->mark_pages = mark_for(z, why->gfp);
	zone->reserve_pages = z->lowmem_reserve[highest];
	zone->large_blocks = blocks_for(z, why->gfp, why->order);
	zone->fragmentation = qy_fragmentation_index(z, why->order);
	zone->unusable = qy_unusable_index(z, why->order);
	if (zone->usable_pages <= zone->mark_pages + zone->reserve_pages &&
		!(why->gfp & QY___GFP_MEMALLOC))
		zone->refusal = QY_REFUSED_WATERMARK;
	else if (zone->large_blocks == 0)
		zone->refusal = QY_REFUSED_NO_BLOCK;
	else
		zone->refusal = QY_REFUSED_NOTHING;
}

struct qy_why *qy_why_capture(struct qy_machine *m, const struct qy_board *board,
	qy_gfp_t gfp, unsigned int order, uint64_t when_ns)
{
	struct qy_why *why = calloc(1, sizeof(*why));
	unsigned int highest = highest_zone(board, gfp);
	struct qy_zone_stats z;

	if (!why)
		return NULL;
	*why = (struct qy_why){ .when_ns = when_ns, .order = order, .gfp = gfp };
	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++) {
		why->managed_pages += z.managed_pages;
		if (z.managed_pages == 0 || z.type > highest ||
			why->nr_zones == QY_MAX_NODES * QY_MAX_NR_ZONES)
			continue;
		why->zone[why->nr_zones].stats = z;
		judge(&why->zone[why->nr_zones], why, highest);
		why->nr_zones++;
	}
	return why;
}

static const char *pages_text(char *buf, size_t size, uint64_t pages)
{
	return qy_format_size(buf, size, pages * QY_PAGE_SIZE);
}

/* Pages on per-CPU lists are free too, but not to others: worth saying when they are many. */
static const char *free_text(char *buf, size_t size, const struct qy_zone_stats *z)
{
	char free[32], lists[32];

	pages_text(free, sizeof(free), z->free_pages);
	pages_text(lists, sizeof(lists), z->pcp_pages);
	if (z->pcp_pages * 8 > z->free_pages)
		snprintf(buf, size, "%s free (and %s on per-CPU lists)", free, lists);
	else
		snprintf(buf, size, "%s free", free);
	return buf;
}

/* What a request must leave, in words. */
static const char *mark_text(uint64_t boost, uint64_t reserve)
{
	static const char *const parts[2][2] = {
		{ "min", "min and boost" },
		{ "min and lowmem_reserve", "min, boost and lowmem_reserve" },
	};

	return parts[reserve > 0][boost > 0];
}

static void no_block_text(
	const struct qy_why *why, const struct qy_why_zone *zone, char *buf, size_t size)
{
	char free[96], mark[32];
	int length = snprintf(buf, size,
		"%s: %s, above the %s it must leave (%s), but no free block of order %u or more",
		zone->stats.name, free_text(free, sizeof(free), &zone->stats),
		pages_text(mark, sizeof(mark), zone->mark_pages + zone->reserve_pages),
		mark_text(zone->stats.watermark_boost, zone->reserve_pages), why->order);

	if (length < 0 || (size_t)length >= size)
		return;
	if (zone->fragmentation <
		0) /* there are such blocks, of types that are kept for others */
		snprintf(buf + length, size - (size_t)length,
			" outside HighAtomic and CMA");
	else
		snprintf(buf + length, size - (size_t)length,
			": fragmentation index %d.%03d, unusable index %d.%03d",
			zone->fragmentation / 1000, zone->fragmentation % 1000,
			zone->unusable / 1000, zone->unusable % 1000);
}

const char *qy_why_zone_text(
	const struct qy_why *why, const struct qy_why_zone *zone, char *buf, size_t size)
{
	const struct qy_zone_stats *z = &zone->stats;
	char free[96], mark[32], reserve[32];

	free_text(free, sizeof(free), z);
	pages_text(mark, sizeof(mark), zone->mark_pages);
	pages_text(reserve, sizeof(reserve), zone->reserve_pages);
	switch (zone->refusal) {
	case QY_REFUSED_WATERMARK:
		snprintf(buf, size,
			"%s: the watermark refused: %s, and this request must leave %s of %s plus %s of lowmem_reserve",
			z->name, free, mark, mark_text(z->watermark_boost, 0), reserve);
		break;
	case QY_REFUSED_NO_BLOCK:
		no_block_text(why, zone, buf, size);
		break;
	case QY_REFUSED_NOTHING:
		snprintf(buf, size,
			"%s: %s, above the %s it must leave, with %llu free blocks of order %u or more: it would serve a moment later",
			z->name, free, mark, (unsigned long long)zone->large_blocks,
			why->order);
		break;
	}
	return buf;
}

bool qy_why_fragmented(const struct qy_why *why)
{
	for (uint32_t i = 0; i < why->nr_zones; i++) {
		if (why->zone[i].refusal != QY_REFUSED_WATERMARK)
			return true;
	}
	return false;
}

const char *qy_why_reason(const struct qy_why *why)
{
	return qy_why_fragmented(why) ? "fragmentation" : "watermark";
}
