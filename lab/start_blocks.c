// SPDX-License-Identifier: MIT
/*
 * See start_blocks.h. No state.
 */
#include "lab/start_blocks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>

#define TYPE_MOVABLE 1
#define TYPE_CMA     4

/* ------------------------------------------------------------------ bits of a pageblock */

static uint64_t run_mask(unsigned int at, unsigned int order)
{
	return order >= 6 ? UINT64_MAX : ((1ull << (1u << order)) - 1) << (at & 63);
}

bool qy_start_block_usable(
	const struct start_block *b, unsigned int at, unsigned int order)
{
	uint64_t mask = run_mask(at, order);

	for (unsigned int word = at / 64; word <= (at + (1u << order) - 1) / 64; word++) {
		if ((b->taken[word] & ~b->kept[word] & mask) != mask)
			return false;
	}
	return true;
}

void qy_start_block_free(struct qy_machine *m, struct start_block *b, unsigned int at)
{
	b->taken[at / 64] &= ~(1ull << (at & 63));
	qy_free_pages(m, qy_pfn_to_page(m, b->start_pfn + at), 0);
}

struct page *qy_start_block_page(struct qy_machine *m, const struct start_block *b)
{
	struct page *page = NULL;

	for (unsigned int at = 0; at < 512 && !page; at++)
		page = qy_pfn_to_page(m, b->start_pfn + at);
	return page;
}

/* ------------------------------------------------------------------ the machine's pageblocks */

static uint32_t zone_index(struct qy_machine *m, const struct qy_pageblock_info *info)
{
	struct qy_zone_stats z;
	uint32_t i = 0;

	while (qy_zone_stats(m, i, &z) &&
		(z.node != info->node || z.type != info->zone_type))
		i++;
	return i;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct start_block *x = a, *y = b;

	if (x->start_pfn != y->start_pfn)
		return x->start_pfn < y->start_pfn ? -1 : 1;
	return x->zone < y->zone ? -1 : x->zone > y->zone;
}

static int list_blocks(struct qy_start *start)
{
	struct qy_pageblock_info info, last = { .node = UINT32_MAX };
	uint32_t nr = 0, zone = 0;

	while (qy_pageblock_info(start->m, nr, &info))
		nr++;
	start->blocks = calloc(nr ? nr : 1, sizeof(*start->blocks));
	if (!start->blocks)
		return -ENOMEM;
	start->nr_blocks = nr;
	for (uint32_t i = 0; i < nr; i++) {
		qy_pageblock_info(start->m, i, &info);
		if (info.node != last.node || info.zone_type != last.zone_type)
			zone = zone_index(start->m, &info);
		last = info;
		start->blocks[i] = (struct start_block){
			.start_pfn = info.start_pfn,
			.zone = zone,
			.nr_ram = info.nr_pages,
			.type = 1,
			.cma = info.migratetype == TYPE_CMA,
		};
	}
	qsort(start->blocks, nr, sizeof(*start->blocks), compare_blocks);
	return 0;
}

/* Of two zones that share a pageblock, the one that @page is in; @page NULL: the first. */
static struct start_block *find_block(
	const struct qy_start *start, uint64_t pfn, const struct page *page)
{
	uint32_t low = 0, high = start->nr_blocks;
	uint64_t first = pfn & ~511ull;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (start->blocks[middle].start_pfn < first)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < start->nr_blocks && start->blocks[low].start_pfn == first; low++) {
		struct start_block *b = &start->blocks[low];
		struct qy_zone_stats z;

		if (low + 1 == start->nr_blocks || b[1].start_pfn != first || !page)
			return b;
		qy_zone_stats(start->m, b->zone, &z);
		if (strcmp(z.name, qy_page_zone_name(start->m, page)) == 0)
			return b;
	}
	return NULL;
}

/* ------------------------------------------------------------------ taking and keeping */

static void take(struct qy_start *start, qy_gfp_t gfp)
{
	struct start_block *b = NULL;
	struct page *page;

	while ((page = qy_alloc_pages(start->m, gfp, 0))) {
		uint64_t pfn = qy_page_to_pfn(start->m, page);
		unsigned int at = (unsigned int)(pfn & 511);

		if (!b || b->start_pfn != (pfn & ~511ull) || b[0].nr_ram < 512)
			b = find_block(start, pfn, page);
		b->taken[at / 64] |= 1ull << (at & 63);
		start->pages++;
	}
}

int qy_start_take_all(struct qy_start *start)
{
	const qy_gfp_t all = QY___GFP_MEMALLOC | QY___GFP_NOWARN | QY___GFP_NORETRY;

	if (list_blocks(start))
		return -ENOMEM;
	qy_drain_all_pages(start->m);
	take(start, QY_GFP_HIGHUSER_MOVABLE | all); /* CMA and the Movable zone too */
	take(start, QY_GFP_KERNEL | all);
	return 0;
}

static bool all_taken(struct qy_start *start, uint64_t pfn, unsigned int order)
{
	for (uint64_t at = pfn; at < pfn + (1ull << order); at++) {
		const struct page *page = qy_pfn_to_page(start->m, at);
		const struct start_block *b = page ? find_block(start, at, page) : NULL;

		if (!b || !(b->taken[at / 64 % 8] >> (at & 63) & 1) ||
			(b->kept[at / 64 % 8] >> (at & 63) & 1))
			return false;
	}
	return true;
}

void qy_start_keep(struct qy_start *start, const struct qy_older *older)
{
	for (size_t i = 0; i < older->nr; i++) {
		const struct qy_older_block *o = &older->blocks[i];

		if (!all_taken(start, o->pfn, o->order))
			continue;
		for (uint64_t at = o->pfn; at < o->pfn + (1ull << o->order); at++) {
			struct start_block *b =
				find_block(start, at, qy_pfn_to_page(start->m, at));

			b->kept[at / 64 % 8] |= 1ull << (at & 63);
			b->has_kept = true;
			b->type = o->migratetype;
		}
		start->nr_kept += 1ull << o->order;
	}
}

struct page *qy_start_take(struct qy_start *start, uint64_t pfn, unsigned int order)
{
	if (!start->nr_blocks)
		return NULL;
	for (uint64_t at = pfn; at < pfn + (1ull << order); at++) {
		const struct page *page = qy_pfn_to_page(start->m, at);
		const struct start_block *b = page ? find_block(start, at, page) : NULL;

		if (!b || !(b->kept[at / 64 % 8] >> (at & 63) & 1))
			return NULL;
	}
	for (uint64_t at = pfn; at < pfn + (1ull << order); at++) {
		struct start_block *b =
			find_block(start, at, qy_pfn_to_page(start->m, at));

		b->kept[at / 64 % 8] &= ~(1ull << (at & 63));
		b->taken[at / 64 % 8] &= ~(1ull << (at & 63));
	}
	start->pages -= 1ull << order;
	return qy_pfn_to_page(start->m, pfn);
}

/* Bits of the frames in word @i that may move. */
static uint64_t movable_frames(const struct start_block *b, unsigned int i)
{
	return b->type == TYPE_MOVABLE || b->cma ? b->taken[i] & ~b->kept[i] : 0;
}

int qy_start_let_move(struct qy_start *start)
{
	size_t nr = 0;

	for (uint32_t b = 0; b < start->nr_blocks; b++)
		for (unsigned int i = 0; i < 8; i++)
			nr += (size_t)__builtin_popcountll(
				movable_frames(&start->blocks[b], i));
	start->handles = calloc(nr ? nr : 1, sizeof(*start->handles));
	if (!start->handles)
		return -ENOMEM;
	for (uint32_t b = 0; b < start->nr_blocks; b++) {
		for (unsigned int at = 0; at < 512; at++) {
			struct page *page;

			if (!(movable_frames(&start->blocks[b], at / 64) >> (at & 63) &
				    1))
				continue;
			page = qy_pfn_to_page(start->m, start->blocks[b].start_pfn + at);
			start->nr_handles += !qy_handle_adopt(start->m,
				&start->handles[start->nr_handles], page, "start state",
				0);
		}
	}
	return 0;
}

bool qy_start_owns(const struct qy_start *start, const struct qy_handle *h)
{
	return h >= start->handles && h < start->handles + start->nr_handles;
}

void qy_start_exit(struct qy_start *start)
{
	free(start->handles);
	free(start->blocks);
	*start = (struct qy_start){ 0 };
}
