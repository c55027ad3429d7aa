// SPDX-License-Identifier: MIT
/*
 * What devices do with a load's memory: buffers from CMA areas, and pages of the load that are pinned. See replay.h.
 * No state.
 */
#include "lab/replay.h"

#define MAX_RECLAIM_RETRIES 16
#define MAX_AREAS           64u

/* ------------------------------------------------------------------ CMA */

struct page *qy_replay_cma_alloc(
	struct qy_replay *r, uint32_t area, uint64_t pages, struct qy_contig_failure *why)
{
	unsigned int align = qy_cma_alignment(pages);

	for (unsigned int i = 0;; i++) {
		struct page *page = qy_cma_alloc(r->m, area, pages, align, true, why);

		if (page || i == MAX_RECLAIM_RETRIES || !r->stand_in ||
			why->cause != QY_CONTIG_NO_TARGET ||
			!qy_replay_drop_oldest(r, pages))
			return page;
		r->nr_direct++;
	}
}

/* ------------------------------------------------------------------ which pages are pinned */

struct choice {
	struct qy_replay *r;
	struct qy_pin *pin; /* @nr of them, those before @used in use */
	uint32_t nr, used;
	uint64_t random;
	uint64_t base_pfn[MAX_AREAS], end_pfn[MAX_AREAS];
	uint32_t nr_areas;
	const char *by;
	uint8_t film_owner;
	bool longterm;
	bool no_room; /* a page could not leave its area */
};

static void find_areas(struct choice *c)
{
	struct qy_cma_stats stats;

	while (c->nr_areas < MAX_AREAS && qy_cma_stats(c->r->m, c->nr_areas, &stats)) {
		c->base_pfn[c->nr_areas] = stats.base_pfn;
		c->end_pfn[c->nr_areas++] = stats.base_pfn + stats.nr_pages;
	}
}

static bool in_area(const struct choice *c, uint64_t pfn)
{
	for (uint32_t i = 0; i < c->nr_areas; i++) {
		if (pfn >= c->base_pfn[i] && pfn < c->end_pfn[i])
			return true;
	}
	return false;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* A single page that could move, that nobody pins, and that is @lent by an area or not. */
static bool is_eligible(
	const struct choice *c, const struct qy_held_block *block, bool lent)
{
	return block->movable && !block->lent && !block->order && !block->pin &&
	       in_area(c, qy_handle_pfn(c->r->m, &block->handle)) == lent;
}

static void pin_block(struct choice *c, struct qy_held_block *block)
{
	struct qy_pin *pin = &c->pin[c->used];
	void *at;

	if (c->longterm) {
		int err = qy_handle_pin_longterm(c->r->m, &block->handle, c->by, &at);

		c->no_room |= err != 0;
		if (err)
			return;
	} else if (!qy_handle_pin(c->r->m, &block->handle, c->by)) {
		return;
	}
	*pin = (struct qy_pin){
		.block = block, .by = c->by, .film_owner = c->film_owner
	};
	block->pin = pin;
	c->used++;
}

/* Counts them, or with @nr_eligible of them takes each with the same chance. */
static uint64_t walk(struct choice *c, bool lent, uint64_t nr_eligible)
{
	const struct qy_held *held = &c->r->held;
	uint64_t seen = 0;

	for (int list = 0; list < QY_NR_HELD_LISTS; list++) {
		for (uint32_t i = held->oldest[list]; i != QY_NO_BLOCK;
			i = qy_held_block(held, i)->next) {
			struct qy_held_block *block = qy_held_block(held, i);

			if (!is_eligible(c, block, lent))
				continue;
			if (nr_eligible &&
				next_random(&c->random) % (nr_eligible - seen) <
					c->nr - c->used)
				pin_block(c, block);
			seen++;
		}
	}
	return seen;
}

static void pin_lent_first(struct choice *c)
{
	for (int elsewhere = 0; elsewhere < 2 && c->used < c->nr; elsewhere++) {
		uint64_t nr_eligible = walk(c, !elsewhere, 0);

		if (nr_eligible)
			walk(c, !elsewhere, nr_eligible);
	}
}

uint32_t qy_replay_pin(struct qy_replay *r, const char *by, uint8_t film_owner,
	uint64_t seed, struct qy_pin *pin, uint32_t nr, bool longterm)
{
	struct choice c = {
		.r = r,
		.pin = pin,
		.nr = nr,
		.random = seed,
		.by = by,
		.film_owner = film_owner,
		.longterm = longterm,
	};

	find_areas(&c);
	pin_lent_first(&c);
	for (unsigned int i = 0; c.used < nr && c.no_room && i < MAX_RECLAIM_RETRIES &&
				 r->stand_in && qy_replay_drop_oldest(r, nr - c.used);
		i++) {
		r->nr_direct++;
		c.no_room = false;
		pin_lent_first(&c);
	}
	return c.used;
}

/* ------------------------------------------------------------------ their life */

static struct qy_handle *handle_of(struct qy_pin *pin)
{
	return pin->block ? &pin->block->handle : &pin->own;
}

uint64_t qy_pin_pfn(const struct qy_replay *r, struct qy_pin *pin)
{
	return qy_handle_pfn(r->m, handle_of(pin));
}

struct page *qy_pin_inherit(struct qy_replay *r, struct qy_held_block *block)
{
	struct qy_pin *pin = block->pin;
	struct page *page;

	qy_handle_unpin(r->m, &block->handle);
	page = qy_handle_release(r->m, &block->handle);
	block->pin = NULL;
	block->movable = false;
	pin->block = NULL;
	return page;
}

void qy_pin_keep(struct qy_replay *r, struct qy_pin *pin, struct page *page)
{
	qy_handle_adopt(r->m, &pin->own, page, "nobody else", 0);
	qy_handle_pin(r->m, &pin->own, pin->by);
	if (r->film)
		qy_film_took(r->film, qy_page_to_pfn(r->m, page), 1, pin->film_owner);
}

void qy_replay_unpin(struct qy_replay *r, struct qy_pin *pin)
{
	struct page *page;

	qy_handle_unpin(r->m, handle_of(pin));
	if (pin->block) {
		pin->block->pin = NULL;
		return;
	}
	page = qy_handle_release(r->m, &pin->own);
	if (r->film)
		qy_film_gave(r->film, qy_page_to_pfn(r->m, page), 1, pin->film_owner);
	qy_free_pages(r->m, page, 0);
}
