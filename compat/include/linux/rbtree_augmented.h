/* SPDX-License-Identifier: MIT */
/*
 * Red-black trees whose nodes keep something of all that is below them. The user brings it up to date on the way to the place of a new
 * node, or by propagate(); while the tree is balanced the callbacks do.
 *
 *   propagate(node, stop)   from @node up to below @stop, as far as anything changes
 *   copy(old, new)          what @old had is @new's
 *   rotate(old, new)        @new took the place of @old: it has what that had, @old is computed anew
 *
 * No state.
 */
#ifndef COMPAT_LINUX_RBTREE_AUGMENTED_H
#define COMPAT_LINUX_RBTREE_AUGMENTED_H

#include <linux/compiler.h>
#include <linux/rbtree.h>

struct rb_augment_callbacks {
	void (*propagate)(struct rb_node *node, struct rb_node *stop);
	void (*copy)(struct rb_node *old, struct rb_node *new);
	void (*rotate)(struct rb_node *old, struct rb_node *new);
};

void qy_compat_rb_insert(struct rb_node *node, struct rb_root *root,
	void (*rotate)(struct rb_node *old, struct rb_node *new));
void qy_compat_rb_erase(struct rb_node *node, struct rb_root *root,
	const struct rb_augment_callbacks *augment);

static inline void rb_insert_augmented(struct rb_node *node, struct rb_root *root,
	const struct rb_augment_callbacks *augment)
{
	qy_compat_rb_insert(node, root, augment->rotate);
}

static inline void rb_insert_augmented_cached(struct rb_node *node,
	struct rb_root_cached *root, bool leftmost,
	const struct rb_augment_callbacks *augment)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_augmented(node, &root->rb_root, augment);
}

static inline void rb_erase_augmented(struct rb_node *node, struct rb_root *root,
	const struct rb_augment_callbacks *augment)
{
	qy_compat_rb_erase(node, root, augment);
}

static inline void rb_erase_augmented_cached(struct rb_node *node,
	struct rb_root_cached *root, const struct rb_augment_callbacks *augment)
{
	if (root->rb_leftmost == node)
		root->rb_leftmost = rb_next(node);
	rb_erase_augmented(node, &root->rb_root, augment);
}

/* @compute(entry, exit): what @entry keeps is computed anew; with @exit: true when that changed nothing. */
#define RB_DECLARE_CALLBACKS(specifier, name, type, field, augmented, compute)          \
	static inline void name##_propagate(struct rb_node *node, struct rb_node *stop) \
	{                                                                               \
		while (node != stop && !compute(rb_entry(node, type, field), true))     \
			node = rb_parent(node);                                         \
	}                                                                               \
	static inline void name##_copy(struct rb_node *old, struct rb_node *new)        \
	{                                                                               \
		rb_entry(new, type, field)->augmented =                                 \
			rb_entry(old, type, field)->augmented;                          \
	}                                                                               \
	static void name##_rotate(struct rb_node *old, struct rb_node *new)             \
	{                                                                               \
		name##_copy(old, new);                                                  \
		compute(rb_entry(old, type, field), false);                             \
	}                                                                               \
	specifier const struct rb_augment_callbacks name = { .propagate =               \
								     name##_propagate,  \
		.copy = name##_copy,                                                    \
		.rotate = name##_rotate }

/* What is kept is the greatest @compute(entry) below. */
#define RB_DECLARE_CALLBACKS_MAX(                                                 \
	specifier, name, type, field, kept_type, augmented, compute)              \
	static inline bool name##_compute_max(type *entry, bool exit)             \
	{                                                                         \
		kept_type max = compute(entry);                                   \
		const struct rb_node *below[] = { entry->field.rb_left,           \
			entry->field.rb_right };                                  \
                                                                                  \
		for (int i = 0; i < 2; i++)                                       \
			if (below[i] &&                                           \
				rb_entry(below[i], type, field)->augmented > max) \
				max = rb_entry(below[i], type, field)->augmented; \
		if (exit && entry->augmented == max)                              \
			return true;                                              \
		entry->augmented = max;                                           \
		return false;                                                     \
	}                                                                         \
	RB_DECLARE_CALLBACKS(specifier, name, type, field, augmented, name##_compute_max)

#define RB_RED   0
#define RB_BLACK 1

#define __rb_color(pc)    ((pc)&1)
#define __rb_is_black(pc) __rb_color(pc)
#define __rb_is_red(pc)   (!__rb_color(pc))
#define __rb_parent(pc)   ((struct rb_node *)((pc) & ~3ul))
#define rb_color(rb)      __rb_color((rb)->__rb_parent_color)
#define rb_is_red(rb)     __rb_is_red((rb)->__rb_parent_color)
#define rb_is_black(rb)   __rb_is_black((rb)->__rb_parent_color)

#endif
