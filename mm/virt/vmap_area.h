/* SPDX-License-Identifier: MIT */
/*
 * Which addresses of a space are taken: a tree of what is, ordered by address, that knows the gaps.
 *
 *   qy_va_init                          an empty space
 *   qy_va_alloc, _free                  the lowest place that fits; and back
 *   qy_va_find, _at_or_after            by address
 *
 * Everything counts in pages from the begin of the space. There are no records of what is free: a node holds the gap before
 * it and the largest gap below it, and a node without pages stands at the end of the space. So giving back needs no memory.
 *
 *   node->gap     = node->start - end of the node before it (0: of the space)
 *   node->max_gap = the largest gap of node and of all below it
 *
 * A treap: node n stands above m when mix(n->start) is greater. Same addresses, same tree.
 *
 * Locking: the caller's.
 */
#ifndef QY_VIRT_VMAP_AREA_H
#define QY_VIRT_VMAP_AREA_H

#include "mm/base/types.h"

/* Part of what its owner keeps for the addresses. */
struct va_node {
	struct va_node *left, *right;
	u64 start, end; /* pages */
	u64 gap, max_gap;
};

struct va_tree {
	struct va_node *root;
	struct va_node last; /* begins and ends with the space */
	u64 nr_nodes;        /* without it */
};

void qy_va_init(struct va_tree *tree, u64 nr_pages);

/**
 * qy_va_alloc() - take @nr_pages at the lowest place that has them, @phase behind a multiple of @align pages
 * @node:  start and end are filled in; stays the tree's until qy_va_free()
 * @align: pages, a power of two
 * @phase: pages, less than @align
 *
 * Context: the caller's lock. O(log nodes), but when @align is not 1 and only odd places are left.
 * Return: false when there is no such gap.
 */
bool qy_va_alloc(
	struct va_tree *tree, struct va_node *node, u64 nr_pages, u64 align, u64 phase);
void qy_va_free(struct va_tree *tree, struct va_node *node);

/* The node that has the page; NULL: it is in a gap. */
struct va_node *qy_va_find(const struct va_tree *tree, u64 page);
/* The first node that starts at @page or after it; NULL: none. */
struct va_node *qy_va_at_or_after(const struct va_tree *tree, u64 page);

bool qy_va_validate(const struct va_tree *tree, char *why, size_t why_size);

#endif
