/* SPDX-License-Identifier: MIT */
/*
 * Why a request failed: a snapshot of every zone it may use, taken at the failing moment, and what refused in each.
 *
 * The rules are those of the page floor's last attempt: the min watermark, lowered by what the request's flags allow,
 * plus the zone's reserve against this request; then a free block of the order, of a type that it may take. Where such a
 * block is missing, taint.h says whose pages are in the way.
 *
 * No state.
 */
#ifndef LAB_WHY_H
#define LAB_WHY_H

#include <stdbool.h>
#include <stdint.h>
#include <quarry.h>
#include <quarry/stats.h>
#include "lab/taint.h"

enum qy_refusal {
	QY_REFUSED_NOTHING, /* this zone would serve now: the request raced with the drain of per-CPU lists */
	QY_REFUSED_WATERMARK, /* free <= mark + reserve */
	QY_REFUSED_NO_BLOCK,  /* enough free, none large enough */
};

struct qy_why_zone {
	struct qy_zone_stats stats;
	enum qy_refusal refusal;
	uint64_t usable_pages; /* free, less what this request may not touch */
	uint64_t mark_pages;   /* min as it counts for this request, boost included */
	uint64_t reserve_pages;
	uint64_t large_blocks;       /* free blocks of the order or more, of any type */
	int fragmentation, unusable; /* thousandths */
	struct qy_taint taint;       /* of QY_REFUSED_NO_BLOCK, who is in the way */
};

/* Why a request may not use a zone. */
enum qy_exclusion {
	QY_EXCLUDED_BY_MODIFIER, /* __GFP_DMA or __GFP_DMA32 asks for lower memory */
	QY_EXCLUDED_UNMOVABLE,   /* only pages that can move go there */
	QY_EXCLUDED_NODE,        /* __GFP_THISNODE, and it is another one */
};

struct qy_why_excluded {
	const char *name;
	uint32_t node;
	enum qy_exclusion why;
};

struct qy_why {
	uint64_t when_ns;
	unsigned int order;
	qy_gfp_t gfp;
	uint64_t managed_pages; /* of the board */
	uint32_t nr_zones;
	struct qy_why_zone zone[QY_MAX_NODES * QY_MAX_NR_ZONES];
	uint32_t nr_nodes;
	uint32_t nr_excluded;
	struct qy_why_excluded excluded[QY_MAX_NODES * QY_MAX_NR_ZONES];
};

/**
 * qy_why_capture() - look at the machine now
 * @m:       the machine, right after the failure
 * @board:   of the machine
 * @gfp:     of the request
 * @order:   of the request
 * @cpu:     where it ran
 * @when_ns: board time
 *
 * Context: Task context on the machine's thread.
 * Return: to be given to free(), NULL when the host has no memory.
 */
struct qy_why *qy_why_capture(struct qy_machine *m, const struct qy_board *board,
	qy_gfp_t gfp, unsigned int order, unsigned int cpu, uint64_t when_ns);

/**
 * qy_why_capture_zone() - why has this zone no blocks of an order? Of no request
 * @m:       the machine
 * @zone:    of the machine, now
 * @order:   1..QY_MAX_PAGE_ORDER
 * @when_ns: board time
 *
 * Context: as qy_why_capture().
 * Return: as qy_why_capture(), with this zone alone, and as if GFP_KERNEL had asked.
 */
struct qy_why *qy_why_capture_zone(struct qy_machine *m, const struct qy_zone_stats *zone,
	unsigned int order, uint64_t when_ns);

/* "DMA32, DMA; not Normal (__GFP_DMA32 asks for lower memory)". Returns @buf. */
const char *qy_why_zones_text(const struct qy_why *why, char *buf, size_t size);

/*
 * Who stands in the way in one zone, in up to two lines, the second one indented by two. Returns @buf, empty when that is
 * not known.
 */
const char *qy_why_taint_text(
	const struct qy_why *why, const struct qy_why_zone *zone, char *buf, size_t size);

/* One sentence about one zone. Returns @buf. */
const char *qy_why_zone_text(
	const struct qy_why *why, const struct qy_why_zone *zone, char *buf, size_t size);

/* One word for all zones: "fragmentation", "watermark". */
const char *qy_why_reason(const struct qy_why *why);

/* Whether memory was short in every zone, or at least one had enough and no block. */
bool qy_why_fragmented(const struct qy_why *why);

#endif
