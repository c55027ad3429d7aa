// SPDX-License-Identifier: MIT
/*
 * A board that has had a life: filled, churned, half of it free again. No state.
 */
#include "lab/start.h"

#include <stdlib.h>

/* One allocation in so many percent; together 100. */
static const struct kind {
	unsigned int percent;
	qy_gfp_t gfp;
	unsigned int nr_orders; /* drawn from order 0 up */
} kinds[] = {
	{ 82, QY_GFP_HIGHUSER_MOVABLE, 1 },
	{ 4, QY_GFP_HIGHUSER_MOVABLE, 5 },
	{ 7, QY_GFP_KERNEL, 4 },
	{ 7, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE, 2 },
};

struct block {
	struct page *page;
	uint8_t order;
	bool movable;
};

struct life {
	struct qy_start *start;
	struct block *blocks;
	size_t nr, room;
};

static uint64_t draw(struct qy_start *start, uint64_t below)
{
	uint64_t z = start->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % below;
}

static bool allocate(struct life *life, struct block *block)
{
	unsigned int percent = (unsigned int)draw(life->start, 100);
	const struct kind *kind = kinds;

	while (percent >= kind->percent)
		percent -= kind++->percent;
	block->order = (uint8_t)draw(life->start, kind->nr_orders);
	block->movable = kind->gfp & QY___GFP_MOVABLE;
	block->page = qy_alloc_pages(life->start->m,
		kind->gfp | QY___GFP_NOWARN | QY___GFP_NORETRY, block->order);
	if (!block->page)
		return false;
	if (block->movable)
		qy_set_page_movable(
			life->start->m, block->page); /* for the fallback rule */
	life->start->pages += 1ull << block->order;
	return true;
}

static void give_back(struct life *life, const struct block *block)
{
	qy_free_pages(life->start->m, block->page, block->order);
	life->start->pages -= 1ull << block->order;
}

/* Fills memory but for a 32nd. Return: 0, -1: the host has no memory. */
static int fill(struct life *life, uint64_t pages)
{
	struct block block;

	while (life->start->pages < pages && allocate(life, &block)) {
		if (life->nr == life->room) {
			size_t room = life->room ? life->room * 2 : 65536;
			void *grown = realloc(life->blocks, room * sizeof(*life->blocks));

			if (!grown)
				return -1;
			life->blocks = grown;
			life->room = room;
		}
		life->blocks[life->nr++] = block;
	}
	return 0;
}

static void drop(struct life *life, size_t i)
{
	give_back(life, &life->blocks[i]);
	life->blocks[i] = life->blocks[--life->nr];
}

static void churn(struct life *life)
{
	for (size_t round = life->nr; round && life->nr; round--) {
		size_t i = draw(life->start, life->nr);

		give_back(life, &life->blocks[i]);
		if (!allocate(life, &life->blocks[i]))
			life->blocks[i] = life->blocks[--life->nr];
	}
}

static void thin_out(struct life *life, uint64_t pages)
{
	size_t tries = life->nr * 4;

	for (; tries && life->nr && life->start->pages > pages; tries--) {
		size_t i = draw(life->start, life->nr);

		if (life->blocks[i].movable)
			drop(life, i);
	}
}

/* Return: 0, -1: the host has no memory. */
static int let_move(struct life *life)
{
	struct qy_start *start = life->start;

	start->handles = calloc(life->nr ? life->nr : 1, sizeof(*start->handles));
	for (size_t i = 0; start->handles && i < life->nr; i++)
		if (life->blocks[i].movable)
			start->nr_handles += !qy_handle_adopt(start->m,
				&start->handles[start->nr_handles], life->blocks[i].page,
				"start state", 0);
	return start->handles ? 0 : -1;
}

int qy_start_aged(
	struct qy_start *start, struct qy_machine *m, uint64_t seed, struct qy_err *err)
{
	struct life life = { .start = start };
	struct qy_machine_stats stats;
	int error;

	*start = (struct qy_start){ .m = m, .random = seed };
	qy_machine_stats(m, &stats);
	error = fill(&life, stats.free_pages / 32 * 31);
	if (!error) {
		churn(&life);
		thin_out(&life, stats.free_pages / 2);
		error = let_move(&life);
	}
	free(life.blocks);
	return error ? qy_fail(err, "start: the host has no memory left") : 0;
}
