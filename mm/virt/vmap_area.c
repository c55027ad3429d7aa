// SPDX-License-Identifier: MIT
/* See vmap_area.h. Recursion is as deep as the tree: about twice the logarithm of the nodes. */
#include "mm/virt/vmap_area.h"
#include "mm/base/assert.h"
#include "mm/base/print.h"

/* Scatters addresses, so that a tree of neighbours is no list. */
static u64 mix(u64 start)
{
	u64 z = (start + 1) * 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	return z ^ z >> 29;
}

static bool above(const struct va_node *a, const struct va_node *b)
{
	return mix(a->start) > mix(b->start);
}

static u64 largest(const struct va_node *node)
{
	return node ? node->max_gap : 0;
}

static struct va_node *pull(struct va_node *node)
{
	node->max_gap = max(node->gap, max(largest(node->left), largest(node->right)));
	return node;
}

/* ------------------------------------------------------------------ the tree */

/* What starts before @start goes to *low, the rest to *high. */
static void split(
	struct va_node *node, u64 start, struct va_node **low, struct va_node **high)
{
	if (!node) {
		*low = *high = NULL;
	} else if (node->start < start) {
		split(node->right, start, &node->right, high);
		*low = pull(node);
	} else {
		split(node->left, start, low, &node->left);
		*high = pull(node);
	}
}

/* All of @low starts before all of @high. */
static struct va_node *join(struct va_node *low, struct va_node *high)
{
	if (!low || !high)
		return low ? low : high;
	if (above(low, high)) {
		low->right = join(low->right, high);
		return pull(low);
	}
	high->left = join(low, high->left);
	return pull(high);
}

static struct va_node *insert(struct va_node *root, struct va_node *node)
{
	if (!root || above(node, root)) {
		split(root, node->start, &node->left, &node->right);
		return pull(node);
	}
	if (node->start < root->start)
		root->left = insert(root->left, node);
	else
		root->right = insert(root->right, node);
	return pull(root);
}

static struct va_node *erase(struct va_node *root, const struct va_node *node)
{
	BUG_ON(!root); /* it is none of the tree's */
	if (root == node)
		return join(root->left, root->right);
	if (node->start < root->start)
		root->left = erase(root->left, node);
	else
		root->right = erase(root->right, node);
	return pull(root);
}

/* The gap before the node that starts at @start has changed. */
static void refresh(struct va_node *root, u64 start)
{
	if (root->start != start)
		refresh(start < root->start ? root->left : root->right, start);
	pull(root);
}

/* ------------------------------------------------------------------ where it fits */

static u64 place_in(const struct va_node *node, u64 align, u64 phase)
{
	return round_up(node->start - node->gap + align - phase, align) - align + phase;
}

static bool fits(const struct va_node *node, u64 nr, u64 align, u64 phase)
{
	u64 place = place_in(node, align, phase);

	return place <= node->start && node->start - place >= nr;
}

/*
 * The lowest node whose gap has @nr pages at a multiple of @align. With @enough pages it has them wherever it begins, so
 * that no gap is looked at in vain.
 */
static struct va_node *first_fit(
	struct va_node *root, u64 enough, u64 nr, u64 align, u64 phase)
{
	struct va_node *found;

	if (largest(root) < enough)
		return NULL;
	found = first_fit(root->left, enough, nr, align, phase);
	if (found)
		return found;
	if (root->gap >= enough && fits(root, nr, align, phase))
		return root;
	return first_fit(root->right, enough, nr, align, phase);
}

void qy_va_init(struct va_tree *tree, u64 nr_pages)
{
	*tree = (struct va_tree){ .last = { .start = nr_pages,
					  .end = nr_pages,
					  .gap = nr_pages,
					  .max_gap = nr_pages } };
	tree->root = &tree->last;
}

bool qy_va_alloc(
	struct va_tree *tree, struct va_node *node, u64 nr_pages, u64 align, u64 phase)
{
	struct va_node *next = NULL;
	u64 begin;

	VM_BUG_ON(!nr_pages || !align || align & (align - 1) || phase >= align);
	if (nr_pages <= ~0ull - align)
		next = first_fit(
			tree->root, nr_pages + align - 1, nr_pages, align, phase);
	if (!next && align > 1)
		next = first_fit(tree->root, nr_pages, nr_pages, align, phase);
	if (!next)
		return false;
	begin = next->start - next->gap;
	*node = (struct va_node){ .start = place_in(next, align, phase) };
	node->end = node->start + nr_pages;
	node->gap = node->start - begin;
	next->gap = next->start - node->end;
	refresh(tree->root, next->start);
	tree->root = insert(tree->root, node);
	tree->nr_nodes++;
	return true;
}

void qy_va_free(struct va_tree *tree, struct va_node *node)
{
	struct va_node *next;

	tree->root = erase(tree->root, node);
	tree->nr_nodes--;
	next = qy_va_at_or_after(tree, node->start);
	if (!next)
		next = &tree->last;
	next->gap += node->gap + node->end - node->start;
	refresh(tree->root, next->start);
}

/* ------------------------------------------------------------------ by address */

struct va_node *qy_va_at_or_after(const struct va_tree *tree, u64 page)
{
	struct va_node *best = NULL;

	for (struct va_node *node = tree->root; node;) {
		if (node->start >= page) {
			best = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return best == &tree->last ? NULL : best;
}

struct va_node *qy_va_find(const struct va_tree *tree, u64 page)
{
	struct va_node *node = tree->root;

	while (node && (page < node->start || page >= node->end))
		node = page < node->start ? node->left : node->right;
	return node;
}

/* Return: nodes from here on; *end becomes the end of the last one. */
static u64 count(const struct va_node *node, u64 *end, bool *good)
{
	u64 nr;

	if (!node)
		return 0;
	nr = count(node->left, end, good);
	*good &= node->start - *end == node->gap && node->end >= node->start;
	*good &= !node->left || !above(node->left, node);
	*good &= !node->right || !above(node->right, node);
	*good &= node->max_gap ==
		 max(node->gap, max(largest(node->left), largest(node->right)));
	*end = node->end;
	return nr + 1 + count(node->right, end, good);
}

bool qy_va_validate(const struct va_tree *tree, char *why, size_t why_size)
{
	bool good = true;
	u64 end = 0, nr = count(tree->root, &end, &good);

	if (good && nr == tree->nr_nodes + 1 && end == tree->last.end)
		return true;
	qy_snprintf(why, why_size,
		"vmap areas: %llu are counted, %llu stand in the tree to page %llu of %llu%s",
		(unsigned long long)tree->nr_nodes + 1, (unsigned long long)nr,
		(unsigned long long)end, (unsigned long long)tree->last.end,
		good ? "" : ", with a gap or an order that is not theirs");
	return false;
}
