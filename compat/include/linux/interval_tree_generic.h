/* SPDX-License-Identifier: MIT */
/*
 * Trees of intervals for a type of one's own.
 *
 *   start < all to the right; the node keeps the greatest end below it
 *   PREFIX_iter_first(root, start, last)    the first interval, by start, that has anything of [start, last]
 *   PREFIX_iter_next(node, start, last)     the one after it
 *
 * No state.
 */
#ifndef COMPAT_LINUX_INTERVAL_TREE_GENERIC_H
#define COMPAT_LINUX_INTERVAL_TREE_GENERIC_H

#include <linux/rbtree_augmented.h>

#define INTERVAL_TREE_DEFINE(                                                           \
	type, field, value_type, kept, start_of, last_of, specifier, prefix)            \
	RB_DECLARE_CALLBACKS_MAX(                                                       \
		static, prefix##_augment, type, field, value_type, kept, last_of);      \
                                                                                        \
	specifier void prefix##_insert(type *node, struct rb_root_cached *root)         \
	{                                                                               \
		struct rb_node **link = &root->rb_root.rb_node, *parent = NULL;         \
		value_type start = start_of(node), last = last_of(node);                \
		bool leftmost = true;                                                   \
                                                                                        \
		while (*link) {                                                         \
			type *above;                                                    \
                                                                                        \
			parent = *link;                                                 \
			above = rb_entry(parent, type, field);                          \
			if (above->kept < last)                                         \
				above->kept = last;                                     \
			if (start < start_of(above)) {                                  \
				link = &parent->rb_left;                                \
			} else {                                                        \
				link = &parent->rb_right;                               \
				leftmost = false;                                       \
			}                                                               \
		}                                                                       \
		node->kept = last;                                                      \
		rb_link_node(&node->field, parent, link);                               \
		rb_insert_augmented_cached(                                             \
			&node->field, root, leftmost, &prefix##_augment);               \
	}                                                                               \
                                                                                        \
	specifier void prefix##_remove(type *node, struct rb_root_cached *root)         \
	{                                                                               \
		rb_erase_augmented_cached(&node->field, root, &prefix##_augment);       \
	}                                                                               \
                                                                                        \
	/* The leftmost below @node, which is below nothing that ends before @start. */ \
	static inline type *prefix##_first_below(                                       \
		type *node, value_type start, value_type last)                          \
	{                                                                               \
		for (;;) {                                                              \
			type *left = rb_entry_safe(node->field.rb_left, type, field);   \
                                                                                        \
			if (left && left->kept >= start) {                              \
				node = left;                                            \
				continue;                                               \
			}                                                               \
			if (start_of(node) > last)                                      \
				return NULL;                                            \
			if (last_of(node) >= start)                                     \
				return node;                                            \
			node = rb_entry_safe(node->field.rb_right, type, field);        \
			if (!node || node->kept < start)                                \
				return NULL;                                            \
		}                                                                       \
	}                                                                               \
                                                                                        \
	specifier type *prefix##_iter_first(                                            \
		struct rb_root_cached *root, value_type start, value_type last)         \
	{                                                                               \
		type *node = rb_entry_safe(root->rb_root.rb_node, type, field);         \
                                                                                        \
		if (!node || node->kept < start)                                        \
			return NULL;                                                    \
		return prefix##_first_below(node, start, last);                         \
	}                                                                               \
                                                                                        \
	specifier type *prefix##_iter_next(                                             \
		type *node, value_type start, value_type last)                          \
	{                                                                               \
		struct rb_node *right = node->field.rb_right, *before,                  \
			       *rb = &node->field;                                      \
		type *found;                                                            \
                                                                                        \
		if (right && rb_entry(right, type, field)->kept >= start) {             \
			found = prefix##_first_below(                                   \
				rb_entry(right, type, field), start, last);             \
			if (found)                                                      \
				return found;                                           \
		}                                                                       \
		for (;;) { /* up, to where it came from the left */                     \
			before = rb;                                                    \
			rb = rb_parent(rb);                                             \
			if (!rb)                                                        \
				return NULL;                                            \
			if (rb->rb_left != before)                                      \
				continue;                                               \
			node = rb_entry(rb, type, field);                               \
			if (start_of(node) > last)                                      \
				return NULL;                                            \
			if (last_of(node) >= start)                                     \
				return node;                                            \
			right = rb->rb_right;                                           \
			if (!right || rb_entry(right, type, field)->kept < start)       \
				continue;                                               \
			found = prefix##_first_below(                                   \
				rb_entry(right, type, field), start, last);             \
			if (found)                                                      \
				return found;                                           \
		}                                                                       \
	}

#endif
