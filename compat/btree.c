// SPDX-License-Identifier: MIT
/*
 * B+trees of pointers (linux/btree.h).
 *
 * A node is NODE_BYTES of a mempool: first the keys, ascending, then as many values; unused values are NULL. Values of the
 * lowest level are the caller's, those above are nodes: child i has the keys from key i up to key i + 1. Full nodes are split on the way down, so an insertion that finds no memory has changed no contents. Nodes are
 * never merged; one that is empty goes.
 *
 * No state.
 */
#include <linux/btree.h>
#include <linux/errno.h>
#include "compat/world.h"

#define NODE_BYTES QY_BTREE_NODE_BYTES
#define NODE_LONGS (NODE_BYTES / sizeof(long))

struct btree_geo {
	unsigned int longs; /* of a key */
	unsigned int pairs; /* of a node */
};

struct btree_geo btree_geo32 = { 1, NODE_LONGS / 2 };
struct btree_geo btree_geo64 = { 1, NODE_LONGS / 2 };
struct btree_geo btree_geo128 = { 2, NODE_LONGS / 3 };

void *btree_alloc(gfp_t gfp, void *pool_data)
{
	(void)pool_data;
	return qy_kmem_cache_alloc(qy_compat_world()->btree_nodes, gfp);
}

void btree_free(void *element, void *pool_data)
{
	(void)pool_data;
	qy_kmem_cache_free(qy_compat_world()->btree_nodes, element);
}

/* ------------------------------------------------------------------ a node */

static unsigned long *key_of(
	const struct btree_geo *geo, unsigned long *node, unsigned int i)
{
	return node + i * geo->longs;
}

static unsigned long *val_of(
	const struct btree_geo *geo, unsigned long *node, unsigned int i)
{
	return node + geo->pairs * geo->longs + i;
}

static unsigned long *child_of(
	const struct btree_geo *geo, unsigned long *node, unsigned int i)
{
	return (unsigned long *)*val_of(geo, node, i);
}

static int compare(
	const struct btree_geo *geo, const unsigned long *a, const unsigned long *b)
{
	for (unsigned int i = 0; i < geo->longs; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static void set_key(
	const struct btree_geo *geo, unsigned long *to, const unsigned long *from)
{
	memmove(to, from, geo->longs * sizeof(long));
}

static unsigned int fill(const struct btree_geo *geo, unsigned long *node)
{
	unsigned int nr = 0;

	while (nr < geo->pairs && *val_of(geo, node, nr))
		nr++;
	return nr;
}

/* The first whose key is not below @key. */
static unsigned int position(
	const struct btree_geo *geo, unsigned long *node, const unsigned long *key)
{
	unsigned int i = 0, nr = fill(geo, node);

	while (i < nr && compare(geo, key_of(geo, node, i), key) < 0)
		i++;
	return i;
}

static unsigned int child_for(
	const struct btree_geo *geo, unsigned long *node, const unsigned long *key)
{
	unsigned int i = position(geo, node, key);

	if (i < fill(geo, node) && !compare(geo, key_of(geo, node, i), key))
		return i;
	return i ? i - 1 : 0;
}

static void put_pair(const struct btree_geo *geo, unsigned long *node, unsigned int at,
	const unsigned long *key, unsigned long val)
{
	for (unsigned int i = fill(geo, node); i > at; i--) {
		set_key(geo, key_of(geo, node, i), key_of(geo, node, i - 1));
		*val_of(geo, node, i) = *val_of(geo, node, i - 1);
	}
	set_key(geo, key_of(geo, node, at), key);
	*val_of(geo, node, at) = val;
}

static void take_pair(const struct btree_geo *geo, unsigned long *node, unsigned int at)
{
	unsigned int last = fill(geo, node) - 1;

	for (unsigned int i = at; i < last; i++) {
		set_key(geo, key_of(geo, node, i), key_of(geo, node, i + 1));
		*val_of(geo, node, i) = *val_of(geo, node, i + 1);
	}
	*val_of(geo, node, last) = 0;
}

static unsigned long *new_node(struct btree_head *head, gfp_t gfp)
{
	unsigned long *node = mempool_alloc(head->mempool, gfp);

	return node ? memset(node, 0, NODE_BYTES) : NULL;
}

/* ------------------------------------------------------------------ trees */

void btree_init_mempool(struct btree_head *head, mempool_t *mempool)
{
	*head = (struct btree_head){ .mempool = mempool };
}

int btree_init(struct btree_head *head)
{
	btree_init_mempool(head, mempool_create(0, btree_alloc, btree_free, NULL));
	return head->mempool ? 0 : -ENOMEM;
}

void btree_destroy(struct btree_head *head)
{
	mempool_free(head->node, head->mempool);
	mempool_destroy(head->mempool);
	head->mempool = NULL;
}

/* The pair of the key. NULL: there is none. */
static unsigned long *find(
	struct btree_head *head, const struct btree_geo *geo, const unsigned long *key)
{
	unsigned long *node = head->node;
	unsigned int i;

	if (!node)
		return NULL;
	for (int level = head->height; level > 1; level--)
		node = child_of(geo, node, child_for(geo, node, key));
	i = position(geo, node, key);
	if (i == fill(geo, node) || compare(geo, key_of(geo, node, i), key))
		return NULL;
	return val_of(geo, node, i);
}

void *btree_lookup(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
{
	unsigned long *val = find(head, geo, key);

	return val ? (void *)*val : NULL;
}

int btree_update(
	struct btree_head *head, struct btree_geo *geo, unsigned long *key, void *val)
{
	unsigned long *old = find(head, geo, key);

	if (!old)
		return -ENOENT;
	*old = (unsigned long)val;
	return 0;
}

/* ------------------------------------------------------------------ insertion */

/* Child @at of @parent, which has room, gives its upper half to a new neighbour. */
static int split(struct btree_head *head, const struct btree_geo *geo,
	unsigned long *parent, unsigned int at, gfp_t gfp)
{
	unsigned long *left = child_of(geo, parent, at), *right = new_node(head, gfp);
	unsigned int half = geo->pairs / 2;

	if (!right)
		return -ENOMEM;
	for (unsigned int i = half; i < geo->pairs; i++) {
		set_key(geo, key_of(geo, right, i - half), key_of(geo, left, i));
		*val_of(geo, right, i - half) = *val_of(geo, left, i);
		*val_of(geo, left, i) = 0;
	}
	put_pair(geo, parent, at + 1, key_of(geo, right, 0), (unsigned long)right);
	return 0;
}

/* A root that has room. */
static int make_root(struct btree_head *head, const struct btree_geo *geo, gfp_t gfp)
{
	unsigned long *root;

	if (head->node && fill(geo, head->node) < geo->pairs)
		return 0;
	root = new_node(head, gfp);
	if (!root)
		return -ENOMEM;
	if (head->node) {
		put_pair(geo, root, 0, key_of(geo, head->node, 0),
			(unsigned long)head->node);
		if (split(head, geo, root, 0, gfp)) {
			mempool_free(root, head->mempool);
			return -ENOMEM;
		}
	}
	head->node = root;
	head->height++;
	return 0;
}

int btree_insert(struct btree_head *head, struct btree_geo *geo, unsigned long *key,
	void *val, gfp_t gfp)
{
	unsigned long *node;

	BUG_ON(!val);
	if (make_root(head, geo, gfp))
		return -ENOMEM;
	node = head->node;
	for (int level = head->height; level > 1; level--) {
		unsigned int at = child_for(geo, node, key);

		if (compare(geo, key, key_of(geo, node, at)) < 0)
			set_key(geo, key_of(geo, node, at),
				key); /* below all there are */
		if (fill(geo, child_of(geo, node, at)) == geo->pairs) {
			if (split(head, geo, node, at, gfp))
				return -ENOMEM;
			at = child_for(geo, node, key);
		}
		node = child_of(geo, node, at);
	}
	put_pair(geo, node, position(geo, node, key), key, (unsigned long)val);
	return 0;
}

/* ------------------------------------------------------------------ removal */

/* Return: what was there; @node may be empty afterwards. */
static void *remove_below(struct btree_head *head, const struct btree_geo *geo,
	unsigned long *node, int level, const unsigned long *key)
{
	unsigned int at;
	unsigned long *child;
	void *val;

	if (level == 1) {
		at = position(geo, node, key);
		if (at == fill(geo, node) || compare(geo, key_of(geo, node, at), key))
			return NULL;
		val = (void *)*val_of(geo, node, at);
		take_pair(geo, node, at);
		return val;
	}
	at = child_for(geo, node, key);
	child = child_of(geo, node, at);
	val = remove_below(head, geo, child, level - 1, key);
	if (!fill(geo, child)) {
		mempool_free(child, head->mempool);
		take_pair(geo, node, at);
	}
	return val;
}

void *btree_remove(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
{
	void *val;

	if (!head->node)
		return NULL;
	val = remove_below(head, geo, head->node, head->height, key);
	while (head->node && fill(geo, head->node) <= (head->height > 1)) {
		unsigned long *root = head->node;

		head->node = head->height > 1 ? child_of(geo, root, 0) : NULL;
		head->height--;
		mempool_free(root, head->mempool);
	}
	return val;
}

int btree_merge(struct btree_head *target, struct btree_head *victim,
	struct btree_geo *geo, gfp_t gfp)
{
	unsigned long key[4];
	void *val;
	int error;

	BUG_ON(target == victim);
	if (!target->node) {
		target->node = victim->node;
		target->height = victim->height;
		victim->node = NULL;
		victim->height = 0;
		return 0;
	}
	while ((val = btree_last(victim, geo, key))) {
		error = btree_insert(target, geo, key, val, gfp);
		if (error)
			return error;
		btree_remove(victim, geo, key);
	}
	return 0;
}

/* ------------------------------------------------------------------ in order */

void *btree_last(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
{
	unsigned long *node = head->node;
	unsigned int last;

	if (!node)
		return NULL;
	for (int level = head->height; level > 1; level--)
		node = child_of(geo, node, fill(geo, node) - 1);
	last = fill(geo, node) - 1;
	set_key(geo, key, key_of(geo, node, last));
	return (void *)*val_of(geo, node, last);
}

static void *prev_below(
	const struct btree_geo *geo, unsigned long *node, int level, unsigned long *key)
{
	unsigned int at = position(geo, node, key);

	if (level == 1) {
		if (!at)
			return NULL;
		set_key(geo, key, key_of(geo, node, at - 1));
		return (void *)*val_of(geo, node, at - 1);
	}
	while (at--) {
		void *val = prev_below(geo, child_of(geo, node, at), level - 1, key);

		if (val)
			return val;
	}
	return NULL;
}

void *btree_get_prev(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
{
	return head->node ? prev_below(geo, head->node, head->height, key) : NULL;
}

struct visit {
	void (*func)(void *elem, unsigned long opaque, unsigned long *key, size_t index,
		void *func2);
	void *func2;
	unsigned long opaque;
	bool reap;
	size_t nr;
};

static void visit_below(struct btree_head *head, const struct btree_geo *geo,
	unsigned long *node, int level, struct visit *visit)
{
	for (unsigned int i = fill(geo, node); i--;) {
		if (level > 1)
			visit_below(head, geo, child_of(geo, node, i), level - 1, visit);
		else
			visit->func((void *)*val_of(geo, node, i), visit->opaque,
				key_of(geo, node, i), visit->nr++, visit->func2);
	}
	if (visit->reap)
		mempool_free(node, head->mempool);
}

static size_t visit_all(
	struct btree_head *head, const struct btree_geo *geo, struct visit *visit)
{
	if (head->node)
		visit_below(head, geo, head->node, head->height, visit);
	if (visit->reap) {
		head->node = NULL;
		head->height = 0;
	}
	return visit->nr;
}

static void nothing(
	void *elem, unsigned long opaque, unsigned long *key, size_t index, void *func2)
{
	(void)elem, (void)opaque, (void)key, (void)index, (void)func2;
}

size_t btree_visitor(struct btree_head *head, struct btree_geo *geo, unsigned long opaque,
	void (*func)(void *elem, unsigned long opaque, unsigned long *key, size_t index,
		void *func2),
	void *func2)
{
	struct visit visit = { func ? func : nothing, func2, opaque, false, 0 };

	return visit_all(head, geo, &visit);
}

size_t btree_grim_visitor(struct btree_head *head, struct btree_geo *geo,
	unsigned long opaque,
	void (*func)(void *elem, unsigned long opaque, unsigned long *key, size_t index,
		void *func2),
	void *func2)
{
	struct visit visit = { func ? func : nothing, func2, opaque, true, 0 };

	return visit_all(head, geo, &visit);
}

void visitor128(
	void *elem, unsigned long opaque, unsigned long *key, size_t index, void *func)
{
	((visitor128_t)func)(elem, opaque, key[0], key[1], index);
}

void visitorl(
	void *elem, unsigned long opaque, unsigned long *key, size_t index, void *func)
{
	((visitorl_t)func)(elem, opaque, *key, index);
}

void visitor32(
	void *elem, unsigned long opaque, unsigned long *key, size_t index, void *func)
{
	((visitor32_t)func)(elem, opaque, (u32)*key, index);
}

void visitor64(
	void *elem, unsigned long opaque, unsigned long *key, size_t index, void *func)
{
	((visitor64_t)func)(elem, opaque, *key, index);
}
