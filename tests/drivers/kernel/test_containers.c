// SPDX-License-Identifier: MIT
/* Trees, arrays, numbers, memory of each CPU: as a driver uses them, against a naive reference. */
#include <linux/idr.h>
#include <linux/percpu.h>
#include <linux/interval_tree.h>
#include <linux/random.h>
#include <linux/rbtree_augmented.h>
#include <linux/rbtree.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include "tests/drivers/kernel/world.h"
#include "tests/drivers/models/models.h"

/* ------------------------------------------------------------------ red-black trees */

#define NR_NODES 256

static struct leaf {
	struct rb_node node;
	bool there;
} leaves[NR_NODES];

static bool is_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct leaf, node) < rb_entry(b, struct leaf, node);
}

static int compare(const void *key, const struct rb_node *node)
{
	const struct leaf *leaf = rb_entry(node, struct leaf, node);

	return key < (const void *)leaf ? -1 : key > (const void *)leaf;
}

/* Return: black nodes on every way down. */
static int check_node(const struct rb_node *node, const struct rb_node *parent)
{
	bool black;
	int left;

	if (!node)
		return 0;
	black = node->__rb_parent_color & 1;
	CHECK(rb_parent(node) == parent);
	CHECK(black || (parent && parent->__rb_parent_color & 1));
	left = check_node(node->rb_left, node);
	CHECK_EQ(left, check_node(node->rb_right, node));
	return left + black;
}

static void check_tree(struct rb_root_cached *root)
{
	struct rb_node *node = rb_first(&root->rb_root), *last = NULL;
	struct leaf *leaf, *next;
	int nr = 0;

	CHECK(rb_first_cached(root) == node);
	for (int i = 0; i < NR_NODES; i++) {
		CHECK(!!rb_find(&leaves[i], &root->rb_root, compare) == leaves[i].there);
		if (!leaves[i].there)
			continue;
		CHECK(node == &leaves[i].node && rb_prev(node) == last);
		last = node;
		node = rb_next(node);
		nr++;
	}
	CHECK(!node && rb_last(&root->rb_root) == last);
	check_node(root->rb_root.rb_node, NULL);
	rbtree_postorder_for_each_entry_safe(leaf, next, &root->rb_root, node) nr--;
	CHECK_EQ(nr, 0);
}

WORLD(rbtree, it_stays_sorted_and_balanced)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	u64 random = qy_test_seed();

	memset(leaves, 0, sizeof(leaves));
	for (unsigned long i = qy_test_scale(3000); i; i--) {
		struct leaf *leaf = &leaves[model_below(&random, NR_NODES)], copy;

		if (!leaf->there) {
			rb_add_cached(&leaf->node, &root, is_less);
		} else if (model_below(&random, 8)) {
			rb_erase_cached(&leaf->node, &root);
		} else { /* another in its place, and back */
			rb_replace_node_cached(&leaf->node, &copy.node, &root);
			rb_replace_node_cached(&copy.node, &leaf->node, &root);
			continue;
		}
		leaf->there = !leaf->there;
		if (i % 8 == 0)
			check_tree(&root);
	}
	check_tree(&root);
}

/* ------------------------------------------------------------------ arrays */

#define NR_INDEXES 512

/* Dense at first, then further and further apart. */
static unsigned long index_of(unsigned int i)
{
	return i < 200 ? i : i < 400 ? 1000ul * i : 0x1000000000ul * (i - 399);
}

static struct {
	void *entry;
	bool marked[3];
} model[NR_INDEXES];

static void check_array(struct xarray *xa)
{
	unsigned long index;
	unsigned int i = 0;
	bool marked = false;
	void *entry;

	xa_for_each(xa, index, entry)
	{
		while (!model[i].entry)
			i++;
		CHECK_EQ(index, index_of(i));
		CHECK(entry == model[i].entry);
		i++;
	}
	while (i < NR_INDEXES)
		CHECK(!model[i++].entry);
	i = 0;
	xa_for_each_marked(xa, index, entry, XA_MARK_1)
	{
		while (!model[i].marked[1])
			i++;
		CHECK_EQ(index, index_of(i++));
		marked = true;
	}
	while (i < NR_INDEXES)
		CHECK(!model[i++].marked[1]);
	CHECK_EQ(xa_marked(xa, XA_MARK_1), marked);
}

static void operate(struct xarray *xa, u64 *random)
{
	unsigned int i = model_below(random, NR_INDEXES), what = model_below(random, 100);
	xa_mark_t mark = model_below(random, 3);
	void *entry = model_below(random, 2) ? xa_mk_value(model_below(random, 1000))
					     : &model[i];
	unsigned long index = index_of(i);

	CHECK(xa_load(xa, index) == model[i].entry);
	CHECK_EQ(xa_get_mark(xa, index, mark), model[i].marked[mark]);
	if (what < 40) {
		CHECK(xa_store(xa, index, entry, GFP_KERNEL) == model[i].entry);
		model[i].entry = entry;
	} else if (what < 65) {
		CHECK(xa_erase(xa, index) == model[i].entry);
		memset(&model[i], 0, sizeof(model[i]));
	} else if (what < 75) {
		CHECK_EQ(xa_insert(xa, index, entry, GFP_KERNEL),
			model[i].entry ? -EBUSY : 0);
		model[i].entry = model[i].entry ? model[i].entry : entry;
	} else if (what < 90) {
		xa_set_mark(xa, index, mark);
		model[i].marked[mark] |= model[i].entry != NULL;
	} else {
		xa_clear_mark(xa, index, mark);
		model[i].marked[mark] = false;
	}
}

WORLD(xarray, it_is_an_array_with_marks)
{
	DEFINE_XARRAY(xa);
	u64 random = qy_test_seed();

	memset(model, 0, sizeof(model));
	for (unsigned long i = qy_test_scale(6000); i; i--) {
		operate(&xa, &random);
		if (i % 128 == 0)
			check_array(&xa);
	}
	for (unsigned int i = 0; i < NR_INDEXES; i++)
		xa_erase(&xa, index_of(i));
	CHECK(xa_empty(&xa));
	/* nodes that are not needed any more are gone: nothing is held */
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 0);
	CHECK(!xa_store(&xa, 5, &xa, GFP_KERNEL) && !xa_store(&xa, 500, &xa, GFP_ATOMIC));
	CHECK(qy_world_nr_held(test_world.w, NULL) >= 2);
	xa_destroy(&xa);
}

WORLD(xarray, it_gives_out_indexes_and_keeps_places)
{
	DEFINE_XARRAY_ALLOC1(xa);
	u32 id, next = 0;

	CHECK_EQ(xa_alloc(&xa, &id, &xa, xa_limit_32b, GFP_KERNEL), 0);
	CHECK_EQ(id, 1);
	CHECK_EQ(xa_reserve(&xa, 2, GFP_KERNEL), 0);
	CHECK(!xa_load(&xa, 2));
	CHECK_EQ(xa_alloc(&xa, &id, &xa, XA_LIMIT(0, 3), GFP_KERNEL), 0);
	CHECK_EQ(id, 3);
	CHECK_EQ(xa_alloc(&xa, &id, &xa, XA_LIMIT(0, 3), GFP_KERNEL), -EBUSY);
	xa_release(&xa, 2);
	CHECK_EQ(xa_alloc_cyclic(&xa, &id, &xa, XA_LIMIT(1, 4), &next, GFP_KERNEL), 0);
	CHECK_EQ(id, 2);
	CHECK_EQ(xa_alloc_cyclic(&xa, &id, &xa, XA_LIMIT(1, 4), &next, GFP_KERNEL), 0);
	CHECK_EQ(id, 4);
	CHECK(xa_erase(&xa, 1) == &xa);
	CHECK_EQ(xa_alloc_cyclic(&xa, &id, &xa, XA_LIMIT(1, 4), &next, GFP_KERNEL), 1);
	CHECK_EQ(id, 1);
	CHECK(xa_cmpxchg(&xa, 1, &id, &next, GFP_KERNEL) == &xa);
	CHECK(xa_cmpxchg(&xa, 1, &xa, &next, GFP_KERNEL) == &xa);
	CHECK(xa_load(&xa, 1) == &next);
	CHECK_EQ(xa_err(xa_store(&xa, 1, xa_mk_internal(7), GFP_KERNEL)), -EINVAL);
	test_forget(1);
	xa_destroy(&xa);
}

/* ------------------------------------------------------------------ numbers */

static int add_up(int id, void *p, void *data)
{
	*(int *)data += id;
	return 0;
}

WORLD(idr, numbers_are_given_to_pointers_lowest_first)
{
	DEFINE_IDR(idr);
	int sum = 0, id;
	void *entry;

	for (int i = 0; i < 100; i++)
		CHECK_EQ(idr_alloc(&idr, &leaves[i], 10, 0, GFP_KERNEL), 10 + i);
	CHECK_EQ(idr_alloc(&idr, &idr, 10, 20, GFP_KERNEL), -ENOSPC);
	CHECK(idr_find(&idr, 42) == &leaves[32] && !idr_find(&idr, 9));
	CHECK(idr_remove(&idr, 42) == &leaves[32] && !idr_remove(&idr, 42));
	CHECK_EQ(PTR_ERR(idr_replace(&idr, &idr, 42)), -ENOENT);
	CHECK(idr_replace(&idr, &idr, 43) == &leaves[33]);
	idr_preload(GFP_KERNEL);
	CHECK(in_atomic());
	CHECK_EQ(idr_alloc(&idr, &leaves[0], 0, 0, GFP_NOWAIT), 0);
	idr_preload_end();
	CHECK_EQ(idr_alloc_cyclic(&idr, &leaves[1], 0, 3, GFP_KERNEL), 1);
	CHECK_EQ(idr_alloc_cyclic(&idr, &leaves[2], 0, 3, GFP_KERNEL), 2);
	idr_remove(&idr, 0);
	CHECK_EQ(idr_alloc_cyclic(&idr, &leaves[2], 0, 3, GFP_KERNEL), 0);
	CHECK_EQ(idr_for_each(&idr, add_up, &sum), 0);
	idr_for_each_entry(&idr, entry, id) sum -= id;
	CHECK_EQ(sum, 0);
	idr_destroy(&idr);
	CHECK(idr_is_empty(&idr));
}

WORLD(ida, small_numbers_need_no_memory_and_none_is_out_twice)
{
	static u8 out[3000];
	DEFINE_IDA(ida);
	u64 random = qy_test_seed();
	struct qy_world_held held;

	for (int i = 0; i < 63; i++)
		CHECK_EQ(ida_alloc(&ida, GFP_KERNEL), i);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL),
		63); /* they are told as left, and are no memory */
	for (uint64_t after = 0; qy_world_next_held(test_world.w, after, &held);
		after = held.number)
		CHECK_STR_EQ(qy_held_name(held.kind), "number");
	for (int i = 0; i < 63; i++)
		ida_free(&ida, (unsigned int)i);
	CHECK(ida_is_empty(&ida));
	memset(out, 0, sizeof(out));
	for (unsigned long i = qy_test_scale(6000); i; i--) {
		unsigned int from = model_below(&random, 3000), at = from;

		if (model_below(&random, 100) < 60) {
			while (at < 3000 && out[at])
				at++;
			CHECK_EQ(ida_alloc_range(&ida, from, 2999, GFP_KERNEL),
				at < 3000 ? (int)at : -ENOSPC);
			if (at < 3000)
				out[at] = 1;
		} else if (out[from]) {
			ida_free(&ida, from);
			out[from] = 0;
		}
	}
	for (unsigned int at = 0; at < 3000; at++)
		if (out[at])
			ida_free(&ida, at);
	CHECK(ida_is_empty(&ida));
	ida_free(&ida, 7);
	test_forget(1);
	CHECK_EQ(ida_alloc_min(&ida, 5000, GFP_KERNEL), 5000);
	ida_destroy(&ida);
}

/* ------------------------------------------------------------------ each CPU's own */

struct counters {
	u64 packets;
	u32 errors;
};

static DEFINE_PER_CPU(int, seven) = 7;
static DEFINE_PER_CPU(struct counters, counters);

WORLD(percpu, what_was_freed_is_found_again_where_there_was_no_room)
{
	void *piece[PCPU_MIN_UNIT_SIZE / 1024], *other;

	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		piece[i] = __alloc_percpu(1024, 8);
	other = __alloc_percpu(1024, 8); /* of another chunk: the first is full */
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		CHECK(piece[i] && piece[i] != other);
	free_percpu(piece[7]);
	CHECK(__alloc_percpu(1024, 1024) == piece[7]);
	free_percpu(piece[7]);
	free_percpu(piece[8]);
	CHECK(__alloc_percpu(2048, 8) == piece[7]);
	CHECK(!!(piece[8] = __alloc_percpu(8, 8)) && piece[8] != piece[7]);
	for (size_t i = 0; i < ARRAY_SIZE(piece); i++)
		free_percpu(piece[i]);
	free_percpu(other);
}

WORLD(percpu, each_cpu_has_its_own_copy)
{
	struct counters *dynamic = alloc_percpu(struct counters);
	u32 *word = alloc_percpu(u32);
	u64 sum = 0;
	int cpu;

	CHECK(dynamic && word &&
		(unsigned long)dynamic % __alignof__(struct counters) == 0);
	for_each_possible_cpu(cpu)
	{
		CHECK_EQ(per_cpu(seven, cpu), 7);
		CHECK_EQ(per_cpu_ptr(dynamic, cpu)->packets, 0);
		per_cpu(seven, cpu) = 7 + cpu;
		per_cpu_ptr(dynamic, cpu)->packets = 100 + (u64)cpu;
		per_cpu_ptr(&dynamic->errors, cpu)[0] = 1;
		*per_cpu_ptr(word, cpu) = ~0u;
	}
	this_cpu_inc(dynamic->packets);
	this_cpu_add(counters.errors, 5);
	CHECK_EQ(this_cpu_read(counters.errors), 5);
	for_each_possible_cpu(cpu)
	{
		CHECK_EQ(per_cpu(seven, cpu), 7 + cpu);
		sum += per_cpu_ptr(dynamic, cpu)->packets;
		CHECK_EQ(per_cpu_ptr(dynamic, cpu)->errors, 1);
	}
	CHECK_EQ(sum, 100 + 101 + 1);
	per_cpu(seven, 0) = 7;
	this_cpu_write(counters.errors, 0);
	free_percpu(dynamic);
	free_percpu(word);
	free_percpu(NULL);
	CHECK(!__alloc_percpu(PCPU_MIN_UNIT_SIZE + 1, 8));
	test_forget(1);
}

/* ------------------------------------------------------------------ trees that keep something, intervals */

struct weight {
	struct rb_node rb;
	unsigned int key, value, heaviest;
};

#define VALUE_OF(weight) ((weight)->value)
RB_DECLARE_CALLBACKS_MAX(
	static, heaviest_of, struct weight, rb, unsigned int, heaviest, VALUE_OF);

static unsigned int check_weights(const struct rb_node *rb, unsigned int *nr)
{
	const struct weight *w = rb_entry_safe(rb, struct weight, rb);
	unsigned int most, left, right;

	if (!w)
		return 0;
	(*nr)++;
	left = check_weights(rb->rb_left, nr);
	right = check_weights(rb->rb_right, nr);
	most = max(w->value, max(left, right));
	CHECK_EQ(w->heaviest, most);
	return most;
}

static void add_weight(struct weight *weight, struct rb_root_cached *root)
{
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		struct weight *above = rb_entry(*link, struct weight, rb);

		parent = *link;
		above->heaviest = max(above->heaviest, weight->value);
		leftmost = leftmost && weight->key < above->key;
		link = weight->key < above->key ? &parent->rb_left : &parent->rb_right;
	}
	weight->heaviest = weight->value;
	rb_link_node(&weight->rb, parent, link);
	rb_insert_augmented_cached(&weight->rb, root, leftmost, &heaviest_of);
}

WORLD(containers, a_tree_keeps_the_greatest_below_each_node)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	static struct weight weights[64];
	bool in[64] = { false };
	unsigned int held = 0, nr;

	for (unsigned int round = 0; round < 600; round++) {
		unsigned int i = get_random_u32() % 64;

		if (in[i]) {
			rb_erase_augmented_cached(&weights[i].rb, &root, &heaviest_of);
			held--;
		} else {
			weights[i].key = get_random_u32() % 32;
			weights[i].value = get_random_u32();
			add_weight(&weights[i], &root);
			held++;
		}
		in[i] = !in[i];
		nr = 0;
		check_weights(root.rb_root.rb_node, &nr);
		CHECK_EQ(nr, held);
		CHECK(rb_first_cached(&root) == rb_first(&root.rb_root));
	}
}

WORLD(containers, intervals_are_found_in_order_by_what_they_share)
{
	struct rb_root_cached root = RB_ROOT_CACHED;
	static struct interval_tree_node node[48];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < 48; i++) {
		node[i].start = get_random_u32() % 200;
		node[i].last = node[i].start + get_random_u32() % 30;
		interval_tree_insert(&node[i], &root);
	}
	for (unsigned int i = 0; i < 48; i += 5) {
		interval_tree_remove(&node[i], &root);
		node[i].start = 1000;
	}
	for (unsigned long from = 0; from < 240; from += 7) {
		unsigned long last = from + from % 11, before = 0;
		struct interval_tree_node *at =
			interval_tree_iter_first(&root, from, last);
		unsigned int expected = 0;

		nr = 0;
		for (unsigned int i = 0; i < 48; i++)
			expected += node[i].start <= last && node[i].last >= from &&
				    node[i].start != 1000;
		for (; at; at = interval_tree_iter_next(at, from, last)) {
			CHECK(at->start <= last && at->last >= from);
			CHECK(at->start >= before);
			before = at->start;
			nr++;
		}
		CHECK_EQ(nr, expected);
	}
}
