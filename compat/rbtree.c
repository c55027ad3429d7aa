// SPDX-License-Identifier: MIT
/*
 * Red-black trees (linux/rbtree.h, linux/rbtree_augmented.h).
 *
 *   the root is black; a red node has no red child; every way down from a node passes as many black ones
 *
 * No state.
 */
#include <linux/rbtree_augmented.h>

#define BLACK 1ul

typedef void (*rotate_fn)(struct rb_node *old, struct rb_node *new);

static bool is_red(const struct rb_node *node)
{
	return node && !(node->__rb_parent_color & BLACK);
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->__rb_parent_color =
		(unsigned long)parent | (node->__rb_parent_color & BLACK);
}

static void set_black(struct rb_node *node, bool black)
{
	node->__rb_parent_color =
		(node->__rb_parent_color & ~BLACK) | (black ? BLACK : 0);
}

/* The link that leads to @node. */
static struct rb_node **link_of(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = rb_parent(node);

	if (!parent)
		return &root->rb_node;
	return parent->rb_left == node ? &parent->rb_left : &parent->rb_right;
}

static struct rb_node **side(struct rb_node *node, bool left)
{
	return left ? &node->rb_left : &node->rb_right;
}

/* @node goes down to the @left, its other child takes its place; @tell (NULL: nobody) hears of it. */
static void rotate(struct rb_node *node, bool left, struct rb_root *root, rotate_fn tell)
{
	struct rb_node **link = link_of(node, root), *child = *side(node, !left);
	struct rb_node *inner = *side(child, left);

	set_parent(child, rb_parent(node));
	*link = child;
	*side(child, left) = node;
	set_parent(node, child);
	*side(node, !left) = inner;
	if (inner)
		set_parent(inner, node);
	if (tell)
		tell(node, child);
}

void qy_compat_rb_insert(struct rb_node *node, struct rb_root *root, rotate_fn tell)
{
	for (;;) {
		struct rb_node *parent = rb_parent(node), *grand, *uncle;
		bool left;

		if (!is_red(parent))
			break;
		grand = rb_parent(parent); /* a red one is not the root */
		left = grand->rb_left == parent;
		uncle = *side(grand, !left);
		if (is_red(uncle)) {
			set_black(parent, true);
			set_black(uncle, true);
			set_black(grand, false);
			node = grand;
			continue;
		}
		if (*side(parent, !left) == node) {
			rotate(parent, left, root, tell);
			parent = node;
		}
		set_black(parent, true);
		set_black(grand, false);
		rotate(grand, !left, root, tell);
		break;
	}
	set_black(root->rb_node, true);
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	qy_compat_rb_insert(node, root, NULL);
}

/* The way through @node (which may be NULL), a child of @parent, has one black too few. */
static void repair(struct rb_node *node, struct rb_node *parent, struct rb_root *root,
	rotate_fn tell)
{
	while (parent && !is_red(node)) {
		bool left = parent->rb_left == node;
		struct rb_node *other = *side(parent, !left);

		if (is_red(other)) {
			set_black(other, true);
			set_black(parent, false);
			rotate(parent, left, root, tell);
			other = *side(parent, !left);
		}
		if (!is_red(other->rb_left) && !is_red(other->rb_right)) {
			set_black(other, false);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (!is_red(*side(other, !left))) {
			set_black(*side(other, left), true);
			set_black(other, false);
			rotate(other, !left, root, tell);
			other = *side(parent, !left);
		}
		set_black(other, !is_red(parent));
		set_black(parent, true);
		set_black(*side(other, !left), true);
		rotate(parent, left, root, tell);
		return;
	}
	if (node)
		set_black(node, true);
}

/* @node, which has at most one child, goes; what was black there is missing then. */
static void unlink(struct rb_node *node, struct rb_root *root,
	const struct rb_augment_callbacks *augment)
{
	struct rb_node *child = node->rb_left ? node->rb_left : node->rb_right;
	struct rb_node *parent = rb_parent(node);

	*link_of(node, root) = child;
	if (child)
		set_parent(child, parent);
	if (augment && parent)
		augment->propagate(parent, NULL);
	if (!is_red(node))
		repair(child, parent, root, augment ? augment->rotate : NULL);
}

/* Of two children the next one in order takes the place. */
void qy_compat_rb_erase(struct rb_node *node, struct rb_root *root,
	const struct rb_augment_callbacks *augment)
{
	struct rb_node *next;

	if (!node->rb_left || !node->rb_right) {
		unlink(node, root, augment);
		return;
	}
	next = rb_next(node);
	unlink(next, root, augment);
	rb_replace_node(node, next, root);
	if (augment) {
		augment->copy(node, next);
		augment->propagate(next, NULL);
	}
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	qy_compat_rb_erase(node, root, NULL);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *node, struct rb_root *root)
{
	*link_of(victim, root) = node;
	*node = *victim;
	if (node->rb_left)
		set_parent(node->rb_left, node);
	if (node->rb_right)
		set_parent(node->rb_right, node);
}

/* ------------------------------------------------------------------ in order */

static struct rb_node *outermost(struct rb_node *node, bool left)
{
	while (node && *side(node, left))
		node = *side(node, left);
	return node;
}

static struct rb_node *step(const struct rb_node *at, bool left)
{
	struct rb_node *node = (struct rb_node *)(uintptr_t)at, *parent;

	if (RB_EMPTY_NODE(node))
		return NULL;
	if (*side(node, left))
		return outermost(*side(node, left), !left);
	while ((parent = rb_parent(node)) && *side(parent, left) == node)
		node = parent;
	return parent;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	return step(node, false);
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	return step(node, true);
}

struct rb_node *rb_first(const struct rb_root *root)
{
	return outermost(root->rb_node, true);
}

struct rb_node *rb_last(const struct rb_root *root)
{
	return outermost(root->rb_node, false);
}

static struct rb_node *deepest_left(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return deepest_left(root->rb_node);
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent;

	if (!node)
		return NULL;
	parent = rb_parent(node);
	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest_left(parent->rb_right);
	return parent;
}
