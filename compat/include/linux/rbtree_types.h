/* SPDX-License-Identifier: MIT */
/* What a red-black tree is made of. No state. */
#ifndef COMPAT_LINUX_RBTREE_TYPES_H
#define COMPAT_LINUX_RBTREE_TYPES_H

/* The parent, and in bit 0 the colour: 1 is black. A node that is in no tree may be its own parent (RB_CLEAR_NODE). */
struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __attribute__((aligned(sizeof(long))));

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT          \
	(struct rb_root) \
	{                \
		NULL     \
	}
#define RB_ROOT_CACHED          \
	(struct rb_root_cached) \
	{                       \
		{               \
			NULL,   \
		},              \
			NULL    \
	}

#endif
