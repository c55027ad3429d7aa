// SPDX-License-Identifier: MIT
/* Pools of pieces: two chunks as arrays of bool, searched by each of the five rules. */
#include <linux/genalloc.h>
#include <linux/log2.h>
#include <linux/string.h>
#include "tests/drivers/models/models.h"
#include "tests/runner/test.h"

#define ORDER   5
#define UNITS   96
#define MAX_OUT 64

struct chunk {
	unsigned long begin;
	phys_addr_t phys;
	bool used[UNITS];
};

/* The one that was added last is searched first. */
static struct chunk chunks[2] = { { .begin = 0x20000, .phys = 0x9000000 },
	{ .begin = 0x10040, .phys = 0x8000000 } };

static struct {
	unsigned long addr;
	size_t size;
} out[MAX_OUT];

static bool is_free(const struct chunk *c, unsigned int at, unsigned int nr)
{
	if (at + nr > UNITS)
		return false;
	for (unsigned int i = at; i < at + nr; i++)
		if (c->used[i])
			return false;
	return true;
}

enum rule { FIRST_FIT, ALIGNED, FIXED, ORDER_ALIGNED, BEST_FIT, NR_RULES };

static unsigned int gap_from(const struct chunk *c, unsigned int at)
{
	unsigned int n = 0;

	while (at + n < UNITS && !c->used[at + n])
		n++;
	return n;
}

/* Return: the unit, UNITS: none. */
static unsigned int search(
	const struct chunk *c, enum rule rule, unsigned int nr, unsigned long parameter)
{
	unsigned int best = UNITS, shortest = UNITS + 1;

	for (unsigned int at = 0; at + nr <= UNITS; at++) {
		unsigned int gap;

		if (!is_free(c, at, nr))
			continue;
		if (rule == FIRST_FIT)
			return at;
		if (rule == ALIGNED &&
			!((c->begin + ((unsigned long)at << ORDER)) % parameter))
			return at;
		if (rule == FIXED && at == parameter >> ORDER)
			return at;
		if (rule == ORDER_ALIGNED && !(at % roundup_pow_of_two(nr)))
			return at;
		if (rule != BEST_FIT || (at && !c->used[at - 1]))
			continue; /* a gap counts once */
		gap = gap_from(c, at);
		if (gap < shortest) {
			shortest = gap;
			best = at;
		}
	}
	return rule == BEST_FIT ? best : UNITS;
}

static unsigned long expected(
	enum rule rule, unsigned int nr, unsigned long parameter, bool take)
{
	for (int i = 0; i < 2; i++) {
		unsigned int at = search(&chunks[i], rule, nr, parameter);

		if (at == UNITS)
			continue;
		if (take)
			memset(chunks[i].used + at, 1, nr);
		return chunks[i].begin + ((unsigned long)at << ORDER);
	}
	return 0;
}

static unsigned long allocate(
	struct gen_pool *pool, enum rule rule, size_t size, unsigned long parameter)
{
	struct genpool_data_align align = { .align = (int)parameter };
	struct genpool_data_fixed fixed = { .offset = parameter };

	switch (rule) {
	case ALIGNED:
		return gen_pool_alloc_algo(pool, size, gen_pool_first_fit_align, &align);
	case FIXED:
		return gen_pool_alloc_algo(pool, size, gen_pool_fixed_alloc, &fixed);
	case ORDER_ALIGNED:
		return gen_pool_alloc_algo(
			pool, size, gen_pool_first_fit_order_align, NULL);
	case BEST_FIT:
		return gen_pool_alloc_algo(pool, size, gen_pool_best_fit, NULL);
	default:
		return gen_pool_alloc(pool, size);
	}
}

static size_t units_of(size_t size)
{
	return (size + (1 << ORDER) - 1) >> ORDER;
}

static void forget(unsigned long addr, size_t size)
{
	struct chunk *c = addr >= chunks[0].begin ? &chunks[0] : &chunks[1];
	unsigned long at = (addr - c->begin) >> ORDER;

	for (size_t i = 0; i < units_of(size); i++) {
		CHECK(c->used[at + i]);
		c->used[at + i] = false;
	}
}

static size_t units_free(void)
{
	size_t n = 0;

	for (int i = 0; i < 2; i++)
		for (int at = 0; at < UNITS; at++)
			n += !chunks[i].used[at];
	return n;
}

static void count_chunk(struct gen_pool *pool, struct gen_pool_chunk *chunk, void *data)
{
	(*(int *)data)++;
}

static void questions(struct gen_pool *pool)
{
	int nr = 0;

	CHECK_EQ(gen_pool_size(pool), 2 * UNITS << ORDER);
	CHECK_EQ(gen_pool_virt_to_phys(pool, 0x10040 + 100), 0x8000000 + 100);
	CHECK_EQ(gen_pool_virt_to_phys(pool, 0x20000), 0x9000000);
	CHECK_EQ(gen_pool_virt_to_phys(pool, 0x30000), (phys_addr_t)-1);
	CHECK(gen_pool_has_addr(pool, 0x20000, UNITS << ORDER));
	CHECK(!gen_pool_has_addr(pool, 0x20000, (UNITS << ORDER) + 1));
	CHECK_EQ(gen_pool_alloc(pool, 0), 0);
	gen_pool_for_each_chunk(pool, count_chunk, &nr);
	CHECK_EQ(nr, 2);
}

void genalloc_model(u64 seed, unsigned long steps)
{
	struct gen_pool *pool = gen_pool_create(ORDER, -1);
	unsigned int nr = 0;

	CHECK(pool);
	for (int i = 1; i >= 0; i--) {
		memset(chunks[i].used, 0, sizeof(chunks[i].used));
		CHECK_EQ(gen_pool_add_virt(pool, chunks[i].begin, chunks[i].phys,
				 UNITS << ORDER, -1),
			0);
	}
	questions(pool);
	for (; steps; steps--) {
		if (nr < MAX_OUT && (!nr || model_below(&seed, 100) < 55)) {
			enum rule rule = (enum rule)model_below(&seed, NR_RULES);
			size_t size = 1 + model_below(&seed, 300);
			unsigned long parameter =
				rule == ALIGNED ? 1ul << (3 + model_below(&seed, 7))
						: (unsigned long)model_below(&seed, UNITS)
							  << ORDER;
			unsigned long addr = expected(
				rule, (unsigned int)units_of(size), parameter, true);

			CHECK_EQ(allocate(pool, rule, size, parameter), addr);
			if (addr) {
				out[nr].addr = addr;
				out[nr++].size = size;
			}
		} else {
			u32 i = model_below(&seed, nr);

			gen_pool_free(pool, out[i].addr, out[i].size);
			forget(out[i].addr, out[i].size);
			out[i] = out[--nr];
		}
		CHECK_EQ(gen_pool_avail(pool), units_free() << ORDER);
	}
	while (nr--)
		gen_pool_free(pool, out[nr].addr, out[nr].size);
	gen_pool_destroy(pool);
}
