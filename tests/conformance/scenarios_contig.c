// SPDX-License-Identifier: MIT
/*
 * Scenarios of contiguous ranges, the same text for a Linux module and for Quarry.
 *
 *   cma         what the default area grants, where, and what it refuses
 *   cma_busy    the same with one page in it that cannot be moved
 */
#include "scenarios.h"

#define SLOTS     16
#define MAX_TAKEN 8192

struct taken {
	struct page *page;
	unsigned long nr;
};

static struct taken slot[SLOTS];

static long take(struct taken *t, unsigned long nr, unsigned int align)
{
	t->page = orc_cma_take(nr, align);
	t->nr = nr;
	return t->page ? orc_cma_offset(t->page) : -1;
}

static int give(struct taken *t)
{
	int ok = orc_cma_give(t->page, t->nr);

	t->page = NULL;
	return ok;
}

/* Requests in turn; nr 0 gives the slot back. */
static const struct {
	unsigned int slot, nr, align;
} steps[] = { { 0, 1, 0 }, { 1, 1, 0 }, { 2, 3, 2 }, { 3, 16, 4 }, { 4, 31, 5 },
	{ 5, 256, 8 }, { 6, 512, 9 }, { 7, 1536, 8 }, { 1, 0, 0 }, { 1, 1, 0 },
	{ 3, 0, 0 }, { 3, 8, 3 }, { 8, 8, 3 }, { 9, 2, 1 }, { 7, 0, 0 }, { 7, 1000, 0 },
	{ 10, 536, 3 }, { 11, 1024, 10 }, { 5, 0, 0 }, { 5, 257, 0 }, { 12, 255, 0 } };

static void take_some(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		struct taken *t = &slot[steps[i].slot];

		if (!steps[i].nr && !t->page)
			continue;
		if (!steps[i].nr) {
			unsigned long nr = t->nr;
			long at = orc_cma_offset(t->page);

			E("cma give %lu at %ld ok %d", nr, at, give(t));
			continue;
		}
		E("cma take %u align %u at %ld", steps[i].nr, steps[i].align,
			take(t, steps[i].nr, steps[i].align));
	}
}

static void refuse_some(void)
{
	unsigned long pages = orc_cma_pages();
	struct page *outside = alloc_page(GFP_KERNEL);
	struct taken t;

	E("cma take nothing at %ld", take(&t, 0, 0));
	E("cma take more than the area at %ld", take(&t, pages + 1, 0));
	E("cma take the whole area at %ld", take(&t, pages, 0));
	E("cma give a page of elsewhere ok %d", orc_cma_give(outside, 1));
	__free_page(outside);
}

/* Chunks of nr pages until none is left. Return: how many there are now. */
static unsigned long take_all(
	struct taken *all, unsigned long used, unsigned long nr, unsigned int align)
{
	long first = -1, last = -1, at;
	unsigned long got = 0;

	while (used + got < MAX_TAKEN && (at = take(&all[used + got], nr, align)) >= 0) {
		if (first < 0)
			first = at;
		last = at;
		got++;
	}
	E("cma chunks of %lu align %u: %lu, first at %ld, last at %ld", nr, align, got,
		first, last);
	return used + got;
}

static void sc_cma(void)
{
	struct taken *all;
	unsigned long free, nr = 0, i;

	if (!orc_cma_pages()) {
		I("cma none");
		return;
	}
	orc_drain();
	free = orc_free_cma();
	I("cma area of %lu pages, align_order %u, free %lu", orc_cma_pages(),
		orc_cma_align_order(), free);
	take_some();
	I("cma free then %ld", (long)(orc_free_cma() - free));
	refuse_some();
	all = orc_table(MAX_TAKEN * sizeof(*all));
	if (!all)
		return;
	nr = take_all(all, nr, 1024, 10);
	nr = take_all(all, nr, 512, 9);
	nr = take_all(all, nr, 100, 0);
	nr = take_all(all, nr, 16, 4);
	nr = take_all(all, nr, 1, 0);
	I("cma free when full %ld", (long)orc_free_cma());
	for (i = 0; i < nr; i++)
		give(&all[i]);
	for (i = 0; i < SLOTS; i++)
		if (slot[i].page)
			give(&slot[i]);
	orc_drain();
	I("cma free at the end %ld", (long)(orc_free_cma() - free));
	E("cma take 1 align 0 at %ld", take(&slot[0], 1, 0));
	give(&slot[0]);
	orc_table_free(all);
}

/* A borrowed page that is nobody's to move, or NULL. The pages before it go back. */
static struct page *borrow_page(void)
{
	unsigned long limit = orc_cma_pages() * 4;
	struct page **held = orc_table(limit * sizeof(*held)), *found = NULL;
	unsigned long nr = 0;

	while (held && nr < limit) {
		held[nr] = alloc_pages(GFP_HIGHUSER_MOVABLE | QUIET, 0);
		if (!held[nr])
			break;
		if (orc_cma_offset(held[nr]) >= 0 &&
			orc_cma_offset(held[nr]) < (long)orc_cma_pages()) {
			found = held[nr];
			break;
		}
		nr++;
	}
	while (nr)
		__free_page(held[--nr]);
	orc_table_free(held);
	return found;
}

static void sc_cma_busy(void)
{
	struct page *in_the_way = orc_cma_pages() ? borrow_page() : NULL;
	struct taken *all = orc_table(MAX_TAKEN * sizeof(*all)), t;
	unsigned long blocks, nr = 0, i;
	long own;

	if (!in_the_way || !all) {
		I("cma busy none");
		if (in_the_way)
			__free_page(in_the_way);
		orc_table_free(all);
		return;
	}
	own = orc_cma_offset(in_the_way);
	E("cma busy whole area at %ld", take(&t, orc_cma_pages(), 0));
	while (nr < MAX_TAKEN - 1 && take(&all[nr], 512, 9) >= 0)
		nr++;
	blocks = nr;
	while (nr < MAX_TAKEN - 1 && take(&all[nr], 1, 0) >= 0)
		nr++;
	E("cma busy pages granted around it %lu", blocks * 512 + nr - blocks);
	__free_page(in_the_way);
	E("cma busy page that was in the way %d", take(&all[nr], 1, 0) == own);
	nr += all[nr].page != NULL;
	for (i = 0; i < nr; i++)
		give(&all[i]);
	E("cma busy whole area then at %ld", take(&t, orc_cma_pages(), 0));
	if (t.page)
		give(&t);
	orc_table_free(all);
}

const struct orc_scenario orc_contig_scenarios[] = {
	{ "cma", sc_cma, "what the default area grants and refuses" },
	{ "cma_busy", sc_cma_busy, "and with a page in the way" }, { NULL, NULL, NULL }
};
