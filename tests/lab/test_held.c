// SPDX-License-Identifier: MIT
/*
 * What a load holds, against an array of frames: found by its first frame, and in the way of whatever it covers. No
 * state.
 */
#include <stdlib.h>
#include <string.h>

#include "lab/held.h"
#include "tests/runner/test.h"

#define FRAMES 65536u
#define ROUND  (7ull << 44) /* as a replay makes its keys */
#define STEPS  40000u

/* The block that covers each frame, by its first frame + 1; 0: none. */
struct model {
	uint32_t cover[FRAMES];
	uint8_t order[FRAMES]; /* of the block that begins there */
};

static uint32_t draw(uint64_t *random, uint32_t below)
{
	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((*random >> 33) % below);
}

static bool covers(const struct model *m, uint32_t at, unsigned int order)
{
	for (uint32_t i = at; i < at + (1u << order); i++) {
		if (m->cover[i])
			return true;
	}
	return false;
}

static void fill(struct model *m, uint32_t at, unsigned int order, uint32_t value)
{
	for (uint32_t i = at; i < at + (1u << order); i++)
		m->cover[i] = value;
}

/* Holds a block where nothing is, lets go of one that begins there, and leaves all else. */
static void step(struct qy_held *held, struct model *m, uint64_t *random)
{
	unsigned int order = draw(random, 4) ? draw(random, 3) : draw(random, 11);
	uint32_t at = draw(random, FRAMES) & ~((1u << order) - 1);
	struct qy_held_block block = { .key = ROUND | at, .order = (uint8_t)order };
	uint32_t index = qy_held_find(held, ROUND | at);

	CHECK_EQ(qy_held_any(held, ROUND | at, order), covers(m, at, order));
	CHECK_EQ(index != QY_NO_BLOCK, m->cover[at] == at + 1);
	if (index != QY_NO_BLOCK) {
		fill(m, at, m->order[at], 0);
		qy_held_remove(held, index);
	} else if (!covers(m, at, order)) {
		CHECK(qy_held_insert(held, &block) != QY_NO_BLOCK);
		fill(m, at, order, at + 1);
		m->order[at] = (uint8_t)order;
	}
}

TEST(held, a_block_is_found_and_in_the_way_where_it_lies)
{
	struct model *m = calloc(1, sizeof(*m));
	uint64_t random = qy_test_seed();
	struct qy_held held;

	CHECK(m != NULL);
	CHECK_EQ(qy_held_init(&held), 0);
	for (uint32_t i = 0; i < STEPS; i++)
		step(&held, m, &random);
	for (uint32_t at = 0; at < FRAMES; at++) {
		CHECK_EQ(qy_held_any(&held, ROUND | at, 0), m->cover[at] != 0);
		CHECK(!qy_held_any(&held, 2 * ROUND | at, 0));
	}
	qy_held_exit(&held);
	free(m);
}
