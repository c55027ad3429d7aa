// SPDX-License-Identifier: MIT
/*
 * See held.h: a pool of blocks, an open-addressing table of indexes into it, doubly linked lists, and a second table of
 * bits, small enough for a host's cache, since most allocations of a load find nothing in their way.
 */
#include "lab/held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS  1024u
#define GROUP_FRAMES 64u
#define NO_GROUP     UINT64_MAX

static uint32_t hash(uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15ull >> 32);
}

/* ------------------------------------------------------------------ groups */

/* The group's place, or the one where it would be. */
static struct qy_held_group *group_at(const struct qy_held *held, uint64_t number)
{
	uint32_t at = hash(number);

	for (;; at++) {
		struct qy_held_group *g = &held->groups[at & (held->nr_groups - 1)];

		if (g->number == number || g->number == NO_GROUP)
			return g;
	}
}

static void add_group(struct qy_held *held, uint64_t number, uint64_t frames)
{
	struct qy_held_group *g = group_at(held, number);

	held->nr_used_groups += g->number == NO_GROUP;
	*g = (struct qy_held_group){ number, frames };
}

/* A quarter to a half of the new table is used. */
static int grow_groups(struct qy_held *held)
{
	struct qy_held_group *old = held->groups, *groups;
	uint32_t nr_old = held->nr_groups, live = 0, nr = FIRST_SLOTS;

	for (uint32_t i = 0; i < nr_old; i++)
		live += old[i].number != NO_GROUP && old[i].frames;
	while (nr / 4 < live)
		nr *= 2;
	groups = malloc(nr * sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	for (uint32_t i = 0; i < nr; i++)
		groups[i].number = NO_GROUP;
	held->groups = groups;
	held->nr_groups = nr;
	held->nr_used_groups = 0;
	for (uint32_t i = 0; i < nr_old; i++) {
		if (old[i].number != NO_GROUP && old[i].frames)
			add_group(held, old[i].number, old[i].frames);
	}
	free(old);
	return 0;
}

static uint64_t frames_mask(uint64_t key, unsigned int order)
{
	if (1u << order >= GROUP_FRAMES)
		return UINT64_MAX;
	return ((1ull << (1u << order)) - 1) << key % GROUP_FRAMES;
}

/* How many groups a block touches; blocks are aligned, so a small one lies in one group. */
static uint32_t nr_groups_of(unsigned int order)
{
	return 1u << order <= GROUP_FRAMES ? 1 : (1u << order) / GROUP_FRAMES;
}

static int cover(struct qy_held *held, uint64_t key, unsigned int order)
{
	uint32_t nr = nr_groups_of(order);

	if (held->nr_used_groups + nr > held->nr_groups / 2 && grow_groups(held))
		return -ENOMEM;
	for (uint32_t i = 0; i < nr; i++) {
		uint64_t number = key / GROUP_FRAMES + i;
		struct qy_held_group *g = group_at(held, number);

		add_group(held, number,
			(g->number == number ? g->frames : 0) | frames_mask(key, order));
	}
	return 0;
}

static void uncover(struct qy_held *held, uint64_t key, unsigned int order)
{
	for (uint32_t i = 0; i < nr_groups_of(order); i++)
		group_at(held, key / GROUP_FRAMES + i)->frames &=
			~frames_mask(key, order);
}

bool qy_held_any(const struct qy_held *held, uint64_t key, unsigned int order)
{
	uint64_t any = 0;

	for (uint32_t i = 0; i < nr_groups_of(order); i++) {
		uint64_t number = key / GROUP_FRAMES + i;
		const struct qy_held_group *g = group_at(held, number);

		any |= g->number == number ? g->frames & frames_mask(key, order) : 0;
	}
	return any != 0;
}

/* ------------------------------------------------------------------ blocks */

int qy_held_init(struct qy_held *held)
{
	*held = (struct qy_held){ .free_block = QY_NO_BLOCK, .nr_slots = FIRST_SLOTS };
	for (int i = 0; i < QY_NR_HELD_LISTS; i++)
		held->oldest[i] = held->youngest[i] = QY_NO_BLOCK;
	held->slots = malloc(FIRST_SLOTS * sizeof(*held->slots));
	if (!held->slots)
		return -ENOMEM;
	memset(held->slots, 0xff, FIRST_SLOTS * sizeof(*held->slots));
	return grow_groups(held);
}

void qy_held_exit(struct qy_held *held)
{
	for (uint32_t i = 0; i < held->nr_blocks / QY_HELD_CHUNK; i++)
		free(held->chunks[i]);
	free(held->chunks);
	free(held->slots);
	free(held->groups);
	*held = (struct qy_held){ 0 };
}

uint32_t qy_held_find(const struct qy_held *held, uint64_t key)
{
	uint32_t wanted = hash(key), mask = held->nr_slots - 1;

	for (uint32_t at = wanted & mask;; at = (at + 1) & mask) {
		const struct qy_held_slot *slot = &held->slots[at];

		if (slot->index == QY_NO_BLOCK)
			return QY_NO_BLOCK;
		if (slot->hash == wanted && qy_held_block(held, slot->index)->key == key)
			return slot->index;
	}
}

void qy_held_prefetch(const struct qy_held *held, uint64_t key, bool near)
{
	uint32_t wanted = hash(key), mask = held->nr_slots - 1, at = wanted & mask;

	if (!near) {
		__builtin_prefetch(&held->slots[at]);
		return;
	}
	while (held->slots[at].index != QY_NO_BLOCK && held->slots[at].hash != wanted)
		at = (at + 1) & mask;
	if (held->slots[at].index != QY_NO_BLOCK)
		__builtin_prefetch(qy_held_block(held, held->slots[at].index));
}

static void put_in_slot(struct qy_held *held, struct qy_held_slot slot)
{
	uint32_t mask = held->nr_slots - 1, at = slot.hash & mask;

	while (held->slots[at].index != QY_NO_BLOCK)
		at = (at + 1) & mask;
	held->slots[at] = slot;
}

/* Keeps the table at most half full. */
static int grow_slots(struct qy_held *held)
{
	uint32_t nr_old = held->nr_slots;
	struct qy_held_slot *old = held->slots;
	struct qy_held_slot *slots = malloc(nr_old * 2 * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	memset(slots, 0xff, nr_old * 2 * sizeof(*slots));
	held->slots = slots;
	held->nr_slots = nr_old * 2;
	for (uint32_t i = 0; i < nr_old; i++) {
		if (old[i].index != QY_NO_BLOCK)
			put_in_slot(held, old[i]);
	}
	free(old);
	return 0;
}

/* One more chunk of unused blocks. Return: false when the host has no memory. */
static bool grow_pool(struct qy_held *held)
{
	uint32_t nr = held->nr_blocks / QY_HELD_CHUNK;
	struct qy_held_block **chunks =
		realloc(held->chunks, (nr + 1) * sizeof(struct qy_held_block *));

	if (!chunks)
		return false;
	held->chunks = chunks;
	chunks[nr] = malloc(QY_HELD_CHUNK * sizeof(**chunks));
	if (!chunks[nr])
		return false;
	for (uint32_t i = QY_HELD_CHUNK; i-- > 0;) {
		chunks[nr][i].next = held->free_block;
		held->free_block = held->nr_blocks + i;
	}
	held->nr_blocks += QY_HELD_CHUNK;
	return true;
}

/* Return: an unused block, QY_NO_BLOCK when the host has no memory. */
static uint32_t take_block(struct qy_held *held)
{
	uint32_t index;

	if (held->free_block == QY_NO_BLOCK && !grow_pool(held))
		return QY_NO_BLOCK;
	index = held->free_block;
	held->free_block = qy_held_block(held, index)->next;
	return index;
}

static void link_youngest(struct qy_held *held, uint32_t index)
{
	struct qy_held_block *block = qy_held_block(held, index);
	uint32_t *youngest = &held->youngest[block->list];

	block->next = QY_NO_BLOCK;
	block->prev = *youngest;
	if (*youngest != QY_NO_BLOCK)
		qy_held_block(held, *youngest)->next = index;
	else
		held->oldest[block->list] = index;
	*youngest = index;
}

static void unlink_block(struct qy_held *held, uint32_t index)
{
	struct qy_held_block *block = qy_held_block(held, index);

	if (block->prev != QY_NO_BLOCK)
		qy_held_block(held, block->prev)->next = block->next;
	else
		held->oldest[block->list] = block->next;
	if (block->next != QY_NO_BLOCK)
		qy_held_block(held, block->next)->prev = block->prev;
	else
		held->youngest[block->list] = block->prev;
}

uint32_t qy_held_insert(struct qy_held *held, const struct qy_held_block *block)
{
	uint32_t index;

	if (held->nr_used >= held->nr_slots / 2 && grow_slots(held))
		return QY_NO_BLOCK;
	index = take_block(held);
	if (index == QY_NO_BLOCK)
		return QY_NO_BLOCK;
	if (cover(held, block->key, block->order)) {
		qy_held_block(held, index)->next = held->free_block;
		held->free_block = index;
		return QY_NO_BLOCK;
	}
	*qy_held_block(held, index) = *block;
	put_in_slot(held, (struct qy_held_slot){ index, hash(block->key) });
	held->nr_used++;
	if (block->page)
		link_youngest(held, index);
	return index;
}

/* Moves later entries of the probe run into the hole, so that no tombstones are needed. */
static void clear_slot(struct qy_held *held, uint32_t index)
{
	struct qy_held_slot *slots = held->slots;
	uint32_t mask = held->nr_slots - 1;
	uint32_t hole = hash(qy_held_block(held, index)->key) & mask, at;

	while (slots[hole].index != index)
		hole = (hole + 1) & mask;
	for (at = (hole + 1) & mask; slots[at].index != QY_NO_BLOCK;
		at = (at + 1) & mask) {
		if (((at - slots[at].hash) & mask) >= ((at - hole) & mask)) {
			slots[hole] = slots[at];
			hole = at;
		}
	}
	slots[hole].index = QY_NO_BLOCK;
}

void qy_held_remove(struct qy_held *held, uint32_t index)
{
	struct qy_held_block *block = qy_held_block(held, index);

	if (block->page)
		unlink_block(held, index);
	clear_slot(held, index);
	uncover(held, block->key, block->order);
	block->next = held->free_block;
	held->free_block = index;
	held->nr_used--;
}

void qy_held_forget_page(struct qy_held *held, uint32_t index)
{
	unlink_block(held, index);
	qy_held_block(held, index)->page = NULL;
}
