// SPDX-License-Identifier: MIT
/*
 * The tree of taken addresses against an array of pages: the lowest place that fits, aligned or not, and what is found where.
 *
 * No state.
 */
#include "mm/virt/vmap_area.h"
#include "tests/model/rig.h"

#define PAGES 3000u
#define NODES 400u

struct model {
	struct va_tree tree;
	struct va_node node[NODES];
	bool used[NODES];
	uint16_t owner[PAGES]; /* node + 1 */
};

/* Where the naive reference would put it; PAGES: nowhere. */
static uint32_t lowest(
	const struct model *model, uint32_t nr, uint32_t align, uint32_t phase)
{
	for (uint32_t at = phase, run; at + nr <= PAGES; at += align) {
		for (run = 0; run < nr && !model->owner[at + run]; run++)
			;
		if (run == nr)
			return at;
	}
	return PAGES;
}

/* A gap that fits wherever it begins is taken before a lower one that fits by chance, as on Linux. */
static uint32_t expected(
	const struct model *model, uint32_t nr, uint32_t align, uint32_t phase)
{
	uint32_t run = 0;

	if (align == 1)
		return lowest(model, nr, 1, 0);
	for (uint32_t at = 0; at < PAGES; at++) {
		run = model->owner[at] ? 0 : run + 1;
		if (run == nr + align - 1)
			return (at + 1 - run + 2 * align - phase - 1) / align * align -
			       align + phase;
	}
	return lowest(model, nr, align, phase);
}

static void check(struct model *model)
{
	char why[160] = "";

	if (!qy_va_validate(&model->tree, why, sizeof(why)))
		FAIL("%s", why);
	for (uint32_t at = 0; at < PAGES; at++) {
		struct va_node *node = qy_va_find(&model->tree, at);

		CHECK_EQ(node ? node - model->node + 1 : 0, model->owner[at]);
	}
}

static void take(struct model *model, uint32_t i, struct rig_random *random)
{
	uint32_t nr = 1 + rig_below(random, rig_below(random, 3) ? 9 : 90);
	uint32_t align = 1u << (rig_below(random, 2) ? 0 : rig_below(random, 6));
	uint32_t phase = rig_below(random, 2) ? 0 : rig_below(random, align);
	uint32_t at = expected(model, nr, align, phase);

	CHECK_EQ(qy_va_alloc(&model->tree, &model->node[i], nr, align, phase),
		at != PAGES);
	if (at == PAGES)
		return;
	CHECK_EQ(model->node[i].start, at);
	CHECK_EQ(model->node[i].end, at + nr);
	model->used[i] = true;
	for (uint32_t k = at; k < at + nr; k++)
		model->owner[k] = (uint16_t)(i + 1);
}

static void give(struct model *model, uint32_t i)
{
	qy_va_free(&model->tree, &model->node[i]);
	for (uint64_t k = model->node[i].start; k < model->node[i].end; k++)
		model->owner[k] = 0;
	model->used[i] = false;
}

TEST(vmap_area_model, agrees_with_an_array_of_pages)
{
	static struct model model;
	struct rig_random random = { qy_test_seed() };
	unsigned long nr = qy_test_scale(6000);

	memset(&model, 0, sizeof(model));
	qy_va_init(&model.tree, PAGES);
	for (unsigned long step = 0; step < nr; step++) {
		uint32_t i = rig_below(&random, NODES), at = rig_below(&random, PAGES);
		struct va_node *next;

		if (model.used[i])
			give(&model, i);
		else
			take(&model, i, &random);
		next = qy_va_at_or_after(&model.tree, at);
		while (at < PAGES &&
			(!model.owner[at] || model.node[model.owner[at] - 1].start != at))
			at++;
		CHECK(next == (at < PAGES ? &model.node[model.owner[at] - 1] : NULL));
		if (step % 20 == 0)
			check(&model);
	}
	for (uint32_t i = 0; i < NODES; i++)
		if (model.used[i])
			give(&model, i);
	check(&model);
	CHECK_EQ(model.tree.nr_nodes, 0);
	CHECK(!qy_va_alloc(&model.tree, &model.node[0], PAGES + 1, 1, 0));
	CHECK(!qy_va_alloc(&model.tree, &model.node[0], ~0ull, 1, 0));
	CHECK(qy_va_alloc(&model.tree, &model.node[0], PAGES, 1, 0));
	CHECK(!qy_va_alloc(&model.tree, &model.node[1], 1, 1, 0));
}

TEST(vmap_area, the_tree_of_neighbours_is_no_list)
{
	static struct va_node node[1 << 16];
	struct va_tree tree;
	uint32_t deepest = 0;

	qy_va_init(&tree, 1 << 20);
	for (uint32_t i = 0; i < ARRAY_SIZE(node); i++)
		CHECK(qy_va_alloc(&tree, &node[i], 3, 1, 0));
	for (uint32_t i = 0; i < ARRAY_SIZE(node); i += 97) {
		uint32_t depth = 0;

		for (struct va_node *at = tree.root; at != &node[i]; depth++)
			at = node[i].start < at->start ? at->left : at->right;
		deepest = max(deepest, depth);
	}
	CHECK(deepest < 60); /* a good tree: 16; a list: 65536 */
}

TEST(vmap_area, validate_finds_a_wrong_gap)
{
	static struct va_node node[3];
	struct va_tree tree;
	char why[160];

	qy_va_init(&tree, 100);
	for (unsigned int i = 0; i < 3; i++)
		CHECK(qy_va_alloc(&tree, &node[i], 10, 1, 0));
	CHECK(qy_va_validate(&tree, why, sizeof(why)));
	node[1].gap = 1;
	CHECK(!qy_va_validate(&tree, why, sizeof(why)));
	node[1].gap = 0;
	tree.nr_nodes++;
	CHECK(!qy_va_validate(&tree, why, sizeof(why)));
}
