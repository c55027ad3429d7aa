// SPDX-License-Identifier: MIT
/* Trees by keys of one and of two longs against a sorted array. */
#include <linux/btree.h>
#include <linux/string.h>
#include "tests/drivers/models/models.h"
#include "tests/runner/test.h"

#define MAX_KEYS 600

struct pair {
	unsigned long key[2];
	void *val;
};
static struct pair pairs[MAX_KEYS]; /* ascending */
static unsigned int nr;
static int nr_longs;

static int compare(const unsigned long *a, const unsigned long *b)
{
	for (int i = 0; i < nr_longs; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static unsigned int place(const unsigned long *key)
{
	unsigned int i = 0;

	while (i < nr && compare(pairs[i].key, key) < 0)
		i++;
	return i;
}

static bool is_there(unsigned int i, const unsigned long *key)
{
	return i < nr && !compare(pairs[i].key, key);
}

static void check_order(struct btree_head *head, struct btree_geo *geo)
{
	unsigned long key[2] = { 0 };
	void *val = btree_last(head, geo, key);

	for (unsigned int i = nr; i--; val = btree_get_prev(head, geo, key)) {
		CHECK(val == pairs[i].val);
		CHECK(!compare(key, pairs[i].key));
	}
	CHECK(!val);
}

static void see(
	void *elem, unsigned long opaque, unsigned long *key, size_t index, void *func2)
{
	CHECK_EQ(opaque, 77);
	CHECK(elem == pairs[nr - 1 - index].val && !func2);
	CHECK(!compare(key, pairs[nr - 1 - index].key));
}

static void operate(u64 *random, struct btree_head *head, struct btree_geo *geo)
{
	unsigned long key[2] = { 1 + model_below(random, 40), model_below(random, 40) };
	unsigned int i, what = model_below(random, 100);
	void *val = (void *)(unsigned long)(1 + model_below(random, 1000000));

	if (nr_longs == 1)
		key[0] = key[0] * 40 + key[1];
	i = place(key);
	CHECK(btree_lookup(head, geo, key) == (is_there(i, key) ? pairs[i].val : NULL));
	if (what < 15) {
		CHECK_EQ(btree_update(head, geo, key, val),
			is_there(i, key) ? 0 : -ENOENT);
		if (is_there(i, key))
			pairs[i].val = val;
	} else if (what < 60 && !is_there(i, key) && nr < MAX_KEYS) {
		CHECK_EQ(btree_insert(head, geo, key, val, GFP_KERNEL), 0);
		memmove(&pairs[i + 1], &pairs[i], (nr - i) * sizeof(pairs[0]));
		memcpy(pairs[i].key, key, sizeof(key));
		pairs[i].val = val;
		nr++;
	} else {
		if (nr && model_below(random, 4)) {
			i = model_below(random, nr); /* one that is there */
			memcpy(key, pairs[i].key, sizeof(key));
		}
		CHECK(btree_remove(head, geo, key) ==
			(is_there(i, key) ? pairs[i].val : NULL));
		if (is_there(i, key)) {
			nr--;
			memmove(&pairs[i], &pairs[i + 1], (nr - i) * sizeof(pairs[0]));
		}
	}
}

static void rounds(u64 *random, struct btree_geo *geo, unsigned long steps)
{
	struct btree_head head, other;
	unsigned long key[4];

	nr = 0;
	CHECK_EQ(btree_init(&head), 0);
	CHECK_EQ(btree_init(&other), 0);
	CHECK(!btree_last(&head, geo, key));
	for (; steps; steps--) {
		operate(random, &head, geo);
		if (steps % 64 == 0)
			check_order(&head, geo);
	}
	CHECK_EQ(btree_visitor(&head, geo, 77, see, NULL), nr);
	CHECK_EQ(btree_merge(&other, &head, geo, GFP_KERNEL), 0);
	check_order(&other, geo);
	CHECK(!btree_last(&head, geo, key));
	CHECK_EQ(btree_insert(
			 &head, geo, (unsigned long[2]){ 5000, 1 }, &head, GFP_KERNEL),
		0);
	CHECK_EQ(btree_merge(&other, &head, geo, GFP_KERNEL), 0);
	CHECK(btree_remove(&other, geo, (unsigned long[2]){ 5000, 1 }) == &head);
	CHECK_EQ(btree_grim_visitor(&other, geo, 77, see, NULL), nr);
	btree_destroy(&head);
	btree_destroy(&other);
}

void btree_model(u64 seed, unsigned long steps)
{
	nr_longs = 1;
	rounds(&seed, &btree_geo64, steps / 2);
	nr_longs = 2;
	rounds(&seed, &btree_geo128, steps / 2);
}
