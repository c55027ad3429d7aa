/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees: the user looks for the place, links the node there (rb_link_node()) and has the tree balanced
 * (rb_insert_color()). No state.
 */
#ifndef COMPAT_LINUX_RBTREE_H
#define COMPAT_LINUX_RBTREE_H

#include <asm/quarry.h>
#include <linux/container_of.h>
#include <linux/rbtree_types.h>
#include <linux/rcupdate.h>

#define rb_parent(r)                ((struct rb_node *)((r)->__rb_parent_color & ~3ul))
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member)                            \
	({                                                          \
		__typeof__(ptr) ptr_ = (ptr);                       \
		ptr_ ? rb_entry(ptr_, type, member) : (type *)NULL; \
	})

#define RB_EMPTY_ROOT(root) (READ_ONCE((root)->rb_node) == NULL)
#define RB_EMPTY_NODE(node) ((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) ((node)->__rb_parent_color = (unsigned long)(node))

void rb_insert_color(struct rb_node *node, struct rb_root *root) QY_REAL(rb_insert_color);
void rb_erase(struct rb_node *node, struct rb_root *root) QY_REAL(rb_erase);
void rb_replace_node(struct rb_node *victim, struct rb_node *node, struct rb_root *root)
	QY_REAL(rb_replace_node);
/* In order; NULL behind the end. */
struct rb_node *rb_next(const struct rb_node *node) QY_REAL(rb_next);
struct rb_node *rb_prev(const struct rb_node *node) QY_REAL(rb_prev);
struct rb_node *rb_first(const struct rb_root *root) QY_REAL(rb_first);
struct rb_node *rb_last(const struct rb_root *root) QY_REAL(rb_last);
/* Children before their parent. */
struct rb_node *rb_first_postorder(const struct rb_root *root)
	QY_REAL(rb_first_postorder);
struct rb_node *rb_next_postorder(const struct rb_node *node) QY_REAL(rb_next_postorder);

static inline void rb_link_node(
	struct rb_node *node, struct rb_node *parent, struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

#define rb_link_node_rcu(node, parent, link) rb_link_node(node, parent, link)

#define rbtree_postorder_for_each_entry_safe(pos, n, root, field)                    \
	for (pos = rb_entry_safe(rb_first_postorder(root), __typeof__(*pos), field); \
		pos && ({                                                            \
			n = rb_entry_safe(rb_next_postorder(&pos->field),            \
				__typeof__(*pos), field);                            \
			1;                                                           \
		});                                                                  \
		pos = n)

/* ------------------------------------------------------------------ with the smallest at hand */

#define rb_first_cached(root) ((root)->rb_leftmost)

static inline void rb_insert_color_cached(
	struct rb_node *node, struct rb_root_cached *root, bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

static inline struct rb_node *rb_erase_cached(
	struct rb_node *node, struct rb_root_cached *root)
{
	struct rb_node *leftmost = NULL;

	if (root->rb_leftmost == node)
		leftmost = root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
	return leftmost;
}

static inline void rb_replace_node_cached(
	struct rb_node *victim, struct rb_node *node, struct rb_root_cached *root)
{
	if (root->rb_leftmost == victim)
		root->rb_leftmost = node;
	rb_replace_node(victim, node, &root->rb_root);
}

/* ------------------------------------------------------------------ by a function that compares */

static inline void rb_add(struct rb_node *node, struct rb_root *root,
	bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, root);
}

static inline struct rb_node *rb_add_cached(struct rb_node *node,
	struct rb_root_cached *root,
	bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(node, parent, link);
	rb_insert_color_cached(node, root, leftmost);
	return leftmost ? node : NULL;
}

/* Return: the one that is there already; NULL: added. */
static inline struct rb_node *rb_find_add(struct rb_node *node, struct rb_root *root,
	int (*cmp)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		int c;

		parent = *link;
		c = cmp(node, parent);
		if (!c)
			return parent;
		link = c < 0 ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, root);
	return NULL;
}

static inline struct rb_node *rb_find(const void *key, const struct rb_root *root,
	int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = root->rb_node;

	while (node) {
		int c = cmp(key, node);

		if (!c)
			return node;
		node = c < 0 ? node->rb_left : node->rb_right;
	}
	return NULL;
}

/* The leftmost that is equal. */
static inline struct rb_node *rb_find_first(const void *key, const struct rb_root *root,
	int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = root->rb_node, *match = NULL;

	while (node) {
		int c = cmp(key, node);

		if (!c)
			match = node;
		node = c <= 0 ? node->rb_left : node->rb_right;
	}
	return match;
}

#endif
