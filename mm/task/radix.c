// SPDX-License-Identifier: MIT
/*
 * The index of an address space: which page, or what is known of one that is gone, stands at which place.
 *
 *   qy_index_reserve            the entries for a place exist (may sleep)
 *   qy_index_get, _set          what stands there
 *   qy_index_next, _next_dirty  walks
 *   qy_index_tag_dirty          a page waits for writeback, or not
 *   qy_index_reclaim            entries that hold nothing but shadows go
 *
 * A tree of nodes of 64 entries, as Linux has it: objects of the cache radix_tree_node, one for each 256 KiB of a file
 * that is looked at, with shadows of pages that were reclaimed. A node without anything in it is freed at once.
 *
 *   word of an entry    0: nothing;  ...00: a node;  ...01: a page (frame << 2);  ...10: a shadow;  ...11: a swap slot
 *
 * Locking: task_room->lock.
 */
#include "mm/task/internal.h"
#include <quarry/slab.h>

#define NODE_BITS 6u
#define NODE_SIZE 64u
#define NODE_MASK 63u
#define TOP_SHIFT 30u /* six levels: places are 32 bits */

struct index_node {
	u64 slot[NODE_SIZE];
	u64 dirty; /* bit: the entry, or one below it, is a dirty page */
	struct index_node *parent;
	struct address_space *mapping;
	struct index_node *next, *prev; /* nodes with shadows alone, oldest first */
	u8 shift, offset;               /* of its entries; of it in its parent */
	u8 nr_used, nr_shadows;         /* entries that are not 0; of these */
	bool listed;
};

static u32 offset_of(const struct index_node *node, u32 place)
{
	return place >> node->shift & NODE_MASK;
}

static struct index_node *node_at(const struct index_node *node, u32 offset)
{
	return (struct index_node *)(uintptr_t)node->slot[offset];
}

/* ------------------------------------------------------------------ nodes with shadows alone */

static void unlist_node(struct task_room *room, struct index_node *node)
{
	if (!node->listed)
		return;
	node->listed = false;
	*(node->prev ? &node->prev->next : &room->shadow_first) = node->next;
	*(node->next ? &node->next->prev : &room->shadow_last) = node->prev;
	owner_add(&room->nr_shadow_nodes, -1ull);
	qy_count_node(node->mapping->machine, 0, WORKINGSET_NODES, -1);
}

static void list_node(struct task_room *room, struct index_node *node)
{
	bool wanted = !node->shift && node->nr_used && node->nr_used == node->nr_shadows;

	if (!wanted || node->listed) {
		if (!wanted)
			unlist_node(room, node);
		return;
	}
	node->listed = true;
	node->prev = room->shadow_last;
	node->next = NULL;
	*(room->shadow_last ? &room->shadow_last->next : &room->shadow_first) = node;
	room->shadow_last = node;
	owner_add(&room->nr_shadow_nodes, 1);
	qy_count_node(node->mapping->machine, 0, WORKINGSET_NODES, 1);
}

/* ------------------------------------------------------------------ the tree */

static struct index_node *leaf_of(const struct address_space *mapping, u32 place)
{
	struct index_node *node = mapping->root;

	while (node && node->shift)
		node = node_at(node, offset_of(node, place));
	return node;
}

/* Takes the place of nothing below @parent, or of no root. */
static void hang(struct address_space *mapping, struct index_node *parent,
	struct index_node *node, u32 place)
{
	node->mapping = mapping;
	node->parent = parent;
	node->shift = (u8)(parent ? parent->shift - NODE_BITS : TOP_SHIFT);
	if (!parent) {
		mapping->root = node;
		return;
	}
	node->offset = (u8)offset_of(parent, place);
	parent->slot[node->offset] = (uintptr_t)node;
	parent->nr_used++;
}

/* Hangs @spare where a node for @place is missing. Return: the leaf is there. */
static bool extend(struct address_space *mapping, u32 place, struct index_node **spare)
{
	struct index_node *node = mapping->root, *parent = NULL;

	while (node && node->shift) {
		parent = node;
		node = node_at(node, offset_of(node, place));
	}
	if (!node && *spare) {
		hang(mapping, parent, *spare, place);
		node = *spare;
		*spare = NULL;
	}
	return node && !node->shift;
}

/* Frees nodes that hold nothing, from @node upwards. */
static void prune(struct address_space *mapping, struct index_node *node)
{
	struct task_room *room = mapping->machine->task_room;

	while (node && !node->nr_used) {
		struct index_node *parent = node->parent;

		unlist_node(room, node);
		if (parent) {
			parent->slot[node->offset] = 0;
			parent->nr_used--;
		} else {
			mapping->root = NULL;
		}
		qy_kmem_cache_free(room->node_cache, node);
		node = parent;
	}
}

void qy_index_trim(struct address_space *mapping, u32 place)
{
	struct index_node *node = mapping->root;

	while (node && node->shift && node_at(node, offset_of(node, place)))
		node = node_at(node, offset_of(node, place));
	prune(mapping, node);
}

int qy_index_reserve(struct address_space *mapping, u32 place, qy_gfp_t gfp)
{
	struct qy_machine *m = mapping->machine;
	struct kmem_cache *cache = m->task_room->node_cache;
	struct index_node *spare = NULL;

	for (;;) {
		bool there;

		qy_task_lock(m);
		there = extend(mapping, place, &spare);
		if (there && spare)
			qy_kmem_cache_free(cache, spare);
		if (there)
			return 0;
		qy_task_unlock(m);
		if (!spare)
			spare = qy_kmem_cache_zalloc(
				cache, gfp & ~(QY___GFP_HIGHMEM | QY___GFP_MOVABLE));
		if (!spare)
			break;
	}
	qy_task_lock(m);
	qy_index_trim(mapping, place);
	qy_task_unlock(m);
	return -QY_ENOMEM;
}

u64 qy_index_get(const struct address_space *mapping, u32 place)
{
	const struct index_node *leaf = leaf_of(mapping, place);

	return leaf ? leaf->slot[offset_of(leaf, place)] : 0;
}

u64 qy_index_set(struct address_space *mapping, u32 place, u64 word)
{
	struct index_node *leaf = leaf_of(mapping, place);
	u64 *slot = &leaf->slot[offset_of(leaf, place)], before = *slot;

	*slot = word;
	leaf->nr_used = (u8)(leaf->nr_used + !!word - !!before);
	leaf->nr_shadows =
		(u8)(leaf->nr_shadows + index_is_shadow(word) - index_is_shadow(before));
	mapping->nr_shadows =
		mapping->nr_shadows + index_is_shadow(word) - index_is_shadow(before);
	mapping->nr_pages =
		mapping->nr_pages + index_is_page(word) - index_is_page(before);
	list_node(mapping->machine->task_room, leaf);
	prune(mapping, leaf);
	return before;
}

/* ------------------------------------------------------------------ dirty pages */

void qy_index_tag_dirty(struct address_space *mapping, u32 place, bool dirty)
{
	struct index_node *node = leaf_of(mapping, place);

	while (node) {
		u64 bit = 1ull << offset_of(node, place), before = node->dirty;

		node->dirty = dirty ? before | bit : before & ~bit;
		/* above, all that counts is whether there is one at all */
		if (!!before == !!node->dirty)
			break;
		node = node->parent;
	}
}

/* The first entry at or after *place that is used, or dirty. Return: false: none; *place is behind the node then. */
static bool next_entry(const struct index_node *node, u64 *place, bool dirty)
{
	for (u32 i = offset_of(node, (u32)*place); i < NODE_SIZE; i++) {
		bool wanted = dirty ? node->dirty >> i & 1 : node->slot[i] != 0;

		if (wanted &&
			(!node->shift || next_entry(node_at(node, i), place, dirty)))
			return true;
		if (!wanted)
			*place = ((*place >> node->shift) + 1) << node->shift;
	}
	return false;
}

bool qy_index_next(const struct address_space *mapping, u64 *place)
{
	return mapping->root && *place <= UINT32_MAX &&
	       next_entry(mapping->root, place, false);
}

bool qy_index_next_dirty(const struct address_space *mapping, u64 *place)
{
	return mapping->root && *place <= UINT32_MAX &&
	       next_entry(mapping->root, place, true);
}

/* ------------------------------------------------------------------ shadows */

u64 qy_index_reclaim(struct qy_machine *m, u64 nr)
{
	struct task_room *room = m->task_room;
	u64 freed = 0;

	qy_task_lock(m);
	while (freed < nr && room->shadow_first) {
		struct index_node *node = room->shadow_first;
		struct address_space *mapping = node->mapping;

		mapping->nr_shadows -= node->nr_shadows;
		memset(node->slot, 0, sizeof(node->slot));
		node->nr_used = node->nr_shadows = 0;
		prune(mapping, node);
		qy_count_node(m, 0, WORKINGSET_NODERECLAIM, 1);
		freed++;
	}
	qy_task_unlock(m);
	return freed;
}
