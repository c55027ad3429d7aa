// SPDX-License-Identifier: MIT
/*
 * See held.h: a pool of blocks, an open-addressing table of indexes into it, two doubly linked lists.
 */
#include "lab/held.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 1024u

static uint32_t slot_of(const struct qy_held *held, uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15ull >> 32) & (held->nr_slots - 1);
}

int qy_held_init(struct qy_held *held)
{
	*held = (struct qy_held){ .free_block = QY_NO_BLOCK, .nr_slots = FIRST_SLOTS };
	for (int i = 0; i < QY_NR_HELD_LISTS; i++)
		held->oldest[i] = held->youngest[i] = QY_NO_BLOCK;
	held->slots = malloc(FIRST_SLOTS * sizeof(*held->slots));
	if (!held->slots)
		return -ENOMEM;
	memset(held->slots, 0xff, FIRST_SLOTS * sizeof(*held->slots));
	return 0;
}

void qy_held_exit(struct qy_held *held)
{
	free(held->blocks);
	free(held->slots);
	*held = (struct qy_held){ 0 };
}

uint32_t qy_held_find(const struct qy_held *held, uint64_t key)
{
	uint32_t slot = slot_of(held, key);

	while (held->slots[slot] != QY_NO_BLOCK) {
		if (held->blocks[held->slots[slot]].key == key)
			return held->slots[slot];
		slot = (slot + 1) & (held->nr_slots - 1);
	}
	return QY_NO_BLOCK;
}

static void put_in_slot(struct qy_held *held, uint32_t index)
{
	uint32_t slot = slot_of(held, held->blocks[index].key);

	while (held->slots[slot] != QY_NO_BLOCK)
		slot = (slot + 1) & (held->nr_slots - 1);
	held->slots[slot] = index;
}

/* Keeps the table at most half full. */
static int grow_slots(struct qy_held *held)
{
	uint32_t nr_old = held->nr_slots, *old = held->slots;
	uint32_t *slots = malloc(nr_old * 2 * sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	memset(slots, 0xff, nr_old * 2 * sizeof(*slots));
	held->slots = slots;
	held->nr_slots = nr_old * 2;
	for (uint32_t i = 0; i < nr_old; i++) {
		if (old[i] != QY_NO_BLOCK)
			put_in_slot(held, old[i]);
	}
	free(old);
	return 0;
}

/* Return: an unused block, QY_NO_BLOCK when the host has no memory. */
static uint32_t take_block(struct qy_held *held)
{
	uint32_t index = held->free_block,
		 nr = held->nr_blocks ? held->nr_blocks * 2 : 1024;
	struct qy_held_block *grown;

	if (index != QY_NO_BLOCK) {
		held->free_block = held->blocks[index].next;
		return index;
	}
	grown = realloc(held->blocks, nr * sizeof(*grown));
	if (!grown)
		return QY_NO_BLOCK;
	index = held->nr_blocks;
	for (uint32_t i = index + 1; i < nr; i++)
		grown[i].next = i + 1 < nr ? i + 1 : QY_NO_BLOCK;
	held->free_block = index + 1;
	held->blocks = grown;
	held->nr_blocks = nr;
	return index;
}

static void link_youngest(struct qy_held *held, uint32_t index)
{
	struct qy_held_block *block = &held->blocks[index];
	uint32_t *youngest = &held->youngest[block->list];

	block->next = QY_NO_BLOCK;
	block->prev = *youngest;
	if (*youngest != QY_NO_BLOCK)
		held->blocks[*youngest].next = index;
	else
		held->oldest[block->list] = index;
	*youngest = index;
}

static void unlink_block(struct qy_held *held, uint32_t index)
{
	struct qy_held_block *block = &held->blocks[index];

	if (block->prev != QY_NO_BLOCK)
		held->blocks[block->prev].next = block->next;
	else
		held->oldest[block->list] = block->next;
	if (block->next != QY_NO_BLOCK)
		held->blocks[block->next].prev = block->prev;
	else
		held->youngest[block->list] = block->prev;
}

int qy_held_insert(struct qy_held *held, const struct qy_held_block *block)
{
	uint32_t index;

	if (held->nr_used >= held->nr_slots / 2 && grow_slots(held))
		return -ENOMEM;
	index = take_block(held);
	if (index == QY_NO_BLOCK)
		return -ENOMEM;
	held->blocks[index] = *block;
	put_in_slot(held, index);
	held->nr_used++;
	if (block->page)
		link_youngest(held, index);
	return 0;
}

/* Moves later entries of the probe run into the hole, so that no tombstones are needed. */
static void clear_slot(struct qy_held *held, uint32_t index)
{
	uint32_t mask = held->nr_slots - 1, hole = slot_of(held, held->blocks[index].key);
	uint32_t at;

	while (held->slots[hole] != index)
		hole = (hole + 1) & mask;
	for (at = (hole + 1) & mask; held->slots[at] != QY_NO_BLOCK;
		at = (at + 1) & mask) {
		uint32_t home = slot_of(held, held->blocks[held->slots[at]].key);

		if (((at - home) & mask) >= ((at - hole) & mask)) {
			held->slots[hole] = held->slots[at];
			hole = at;
		}
	}
	held->slots[hole] = QY_NO_BLOCK;
}

void qy_held_remove(struct qy_held *held, uint32_t index)
{
	struct qy_held_block *block = &held->blocks[index];

	if (block->page)
		unlink_block(held, index);
	clear_slot(held, index);
	block->next = held->free_block;
	held->free_block = index;
	held->nr_used--;
}

void qy_held_forget_page(struct qy_held *held, uint32_t index)
{
	unlink_block(held, index);
	held->blocks[index].page = NULL;
}
