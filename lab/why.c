// SPDX-License-Identifier: MIT
/*
 * See why.h. No state.
 */
#include "lab/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/units.h"
#include "lab/words.h"

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

/* May the request use the zone at all? */
static bool is_allowed(const struct qy_why *why, const struct qy_zone_stats *z,
	unsigned int highest, uint32_t node, enum qy_exclusion *reason)
{
	if (z->type > highest) {
		*reason = z->type == QY_ZONE_MOVABLE ? QY_EXCLUDED_UNMOVABLE
						     : QY_EXCLUDED_BY_MODIFIER;
		return false;
	}
	*reason = QY_EXCLUDED_NODE;
	return !(why->gfp & QY___GFP_THISNODE) || z->node == node;
}

static void add_zone(struct qy_machine *m, struct qy_why *why,
	const struct qy_zone_stats *z, unsigned int highest)
{
	struct qy_why_zone *zone = &why->zone[why->nr_zones++];

	zone->stats = *z;
	judge(zone, why, highest);
	if (zone->refusal == QY_REFUSED_NO_BLOCK && why->order)
		qy_taint_capture(m, z, why->gfp, why->order, &zone->taint);
}

struct qy_why *qy_why_capture(struct qy_machine *m, const struct qy_board *board,
	qy_gfp_t gfp, unsigned int order, unsigned int cpu, uint64_t when_ns)
{
	struct qy_why *why = calloc(1, sizeof(*why));
	unsigned int highest = highest_zone(board, gfp);
	uint32_t node = board->cpu_node ? board->cpu_node[cpu] : 0;
	enum qy_exclusion reason;
	struct qy_zone_stats z;

	if (!why)
		return NULL;
	*why = (struct qy_why){ .when_ns = when_ns,
		.order = order,
		.gfp = gfp,
		.nr_nodes = board->nr_nodes };
	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++) {
		why->managed_pages += z.managed_pages;
		if (z.managed_pages == 0)
			continue;
		if (is_allowed(why, &z, highest, node, &reason))
			add_zone(m, why, &z, highest);
		else
			why->excluded[why->nr_excluded++] =
				(struct qy_why_excluded){ z.name, z.node, reason };
	}
	return why;
}

struct qy_why *qy_why_capture_zone(struct qy_machine *m, const struct qy_zone_stats *zone,
	unsigned int order, uint64_t when_ns)
{
	struct qy_why *why = calloc(1, sizeof(*why));

	if (!why)
		return NULL;
	*why = (struct qy_why){ .when_ns = when_ns,
		.order = order,
		.gfp = QY_GFP_KERNEL,
		.managed_pages = zone->managed_pages,
		.nr_nodes = 1,
		.nr_zones = 1 };
	why->zone[0].stats = *zone;
	judge(&why->zone[0], why, zone->type);
	qy_taint_capture(m, zone, why->gfp, order, &why->zone[0].taint);
	return why;
}

static const char *pages_text(char *buf, size_t size, uint64_t pages)
{
	return qy_format_size(buf, size, pages * QY_PAGE_SIZE);
}

/*
 * Of the free pages, those that this request may not take; and pages on per-CPU lists, which are free too, but not to
 * others: worth saying when they are many.
 */
static const char *free_text(
	char *buf, size_t size, const struct qy_why_zone *zone, unsigned int order)
{
	const struct qy_zone_stats *z = &zone->stats;
	uint64_t counted = zone->usable_pages + (1ull << order) - 1;
	bool kept =
		z->free_pages > counted && (z->free_pages - counted) * 8 > z->free_pages;
	bool listed = z->pcp_pages * 8 > z->free_pages;
	char free[32], part[32], lists[32];

	pages_text(free, sizeof(free), z->free_pages);
	pages_text(part, sizeof(part), kept ? z->free_pages - counted : 0);
	pages_text(lists, sizeof(lists), z->pcp_pages);
	if (kept)
		snprintf(buf, size,
			"%s free (%s of it CMA or HighAtomic, not for it%s%s%s)", free,
			part, listed ? "; " : "", listed ? lists : "",
			listed ? " on per-CPU lists" : "");
	else if (listed)
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
	char free[160], mark[32];
	int length = snprintf(buf, size,
		"%s: %s, above the %s it must leave (%s), but no free block of order %u or more",
		zone->stats.name, free_text(free, sizeof(free), zone, why->order),
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
	char free[160], mark[32], reserve[32];

	free_text(free, sizeof(free), zone, why->order);
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

/* ------------------------------------------------------------------ the chain */

static void add_zone_name(
	struct qy_words *line, const struct qy_why *why, const char *name, uint32_t node)
{
	qy_words_add(line, "%s", name);
	if (why->nr_nodes > 1)
		qy_words_add(line, " of node %u", node);
}

static const char *reason_text(const struct qy_why *why, enum qy_exclusion reason)
{
	switch (reason) {
	case QY_EXCLUDED_BY_MODIFIER:
		return why->gfp & QY___GFP_DMA ? "__GFP_DMA asks for lower memory"
					       : "__GFP_DMA32 asks for lower memory";
	case QY_EXCLUDED_UNMOVABLE:
		return "only pages that can move go there";
	case QY_EXCLUDED_NODE:
		break;
	}
	return "__GFP_THISNODE";
}

const char *qy_why_zones_text(const struct qy_why *why, char *buf, size_t size)
{
	struct qy_words line = { buf, size, 0 };

	buf[0] = '\0';
	for (uint32_t i = why->nr_zones; i-- > 0;) {
		add_zone_name(
			&line, why, why->zone[i].stats.name, why->zone[i].stats.node);
		qy_words_add(&line, "%s", i ? ", " : "");
	}
	if (!why->nr_zones)
		qy_words_add(&line, "none");
	for (uint32_t i = 0; i < why->nr_excluded; i++) {
		qy_words_add(&line, "%s", i ? ", " : "; not ");
		add_zone_name(&line, why, why->excluded[i].name, why->excluded[i].node);
		qy_words_add(&line, " (%s)", reason_text(why, why->excluded[i].why));
	}
	return buf;
}

static void add_owners(struct qy_words *line, const struct qy_taint *t)
{
	char name[48];

	qy_words_add(line, "\n  by whom: ");
	for (uint32_t i = 0; i < t->nr_owners; i++)
		qy_words_add(line, "%s%s: %llu pages in %llu", i ? "; " : "",
			qy_taint_owner_text(&t->owner[i], name, sizeof(name)),
			(unsigned long long)t->owner[i].pages,
			(unsigned long long)t->owner[i].places);
	if (t->all_owners > t->nr_owners)
		qy_words_add(line, "; and %u more", t->all_owners - t->nr_owners);
}

/* One part of the places, where there are some. */
__attribute__((format(printf, 3, 4))) static void add_part(
	struct qy_words *line, uint64_t nr, const char *fmt, ...)
{
	char text[96];
	va_list args;

	if (!nr || line->used >= line->size)
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	qy_words_add(line, "%s%llu %s", line->buf[line->used - 1] == ':' ? " " : ", ",
		(unsigned long long)nr, text);
}

const char *qy_why_taint_text(
	const struct qy_why *why, const struct qy_why_zone *zone, char *buf, size_t size)
{
	const struct qy_taint *t = &zone->taint;
	struct qy_words line = { buf, size, 0 };

	buf[0] = '\0';
	if (!t->known || !t->places)
		return buf;
	qy_words_add(&line, "%s: %llu places for a block of order %u:", zone->stats.name,
		(unsigned long long)t->places, why->order);
	add_part(&line, t->movable, "hold only pages that can move");
	add_part(&line, t->tainted, "are tainted by %llu pages that cannot",
		(unsigned long long)t->pages);
	add_part(&line, t->unmovable, "are full of pages that cannot");
	add_part(&line, t->listed, "wait for per-CPU lists");
	if (t->nr_owners)
		add_owners(&line, t);
	return buf;
}
