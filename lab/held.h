/* SPDX-License-Identifier: MIT */
/*
 * What a load holds: a map from (load, round, recorded frame) to the block that stands for it on the board, and
 * lists of the blocks by age, one for each kind of owner.
 *
 *   qy_held_init/exit
 *   qy_held_find/insert/remove/forget_page   by key, O(1); oldest[] and next are the lists
 *   qy_held_any()                            is anything held where an allocation comes to lie?
 *
 * A block that was refused or dropped stays in the map without a page, so that its later free is not mistaken for a
 * free of something older than the recording.
 *
 * Invariants: keys are unique, and no two blocks of one (load, round) overlap; a block is on a list exactly while it has
 * a page; a bit of a group is set exactly while a block in the map covers that frame.
 *
 * Locking: none; one thread.
 */
#ifndef LAB_HELD_H
#define LAB_HELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/movable.h>

struct page;
struct qy_pin;

#define QY_NO_BLOCK UINT32_MAX

/* Whose a block is, as far as its flags tell. */
enum qy_held_list {
	QY_HELD_CACHE,  /* movable, not zeroed: filled from a file; may be dropped */
	QY_HELD_ANON,   /* movable and zeroed: a process's own */
	QY_HELD_KERNEL, /* not movable */
	QY_NR_HELD_LISTS,
};

struct qy_held_block {
	uint64_t key;
	uint64_t stamp; /* of the first frame; the next frames count up */
	/* NULL: refused or dropped. While movable, only whether there is one: @handle knows where */
	struct page *page;
	struct qy_handle handle;
	struct qy_pin *pin; /* of a request; NULL: nobody pins it */
	uint32_t next, prev;
	uint8_t order;
	uint8_t list;
	uint8_t owner; /* as the film of the run counts it */
	bool movable;  /* its page is behind @handle */
	bool lent; /* by a guaranteed area: dropped when a device wants it, never moved */
};

/* Which of 64 frames side by side are covered by blocks. */
struct qy_held_group {
	uint64_t number; /* key / 64 of its frames */
	uint64_t frames;
};

/* A block, and the hash of its key: who passes by need not look at it. */
struct qy_held_slot {
	uint32_t index; /* QY_NO_BLOCK = empty */
	uint32_t hash;
};

#define QY_HELD_CHUNK 4096u /* blocks; a power of two */

struct qy_held {
	struct qy_held_block *
		*chunks; /* pool; a block never moves; free ones are chained by next */
	uint32_t nr_blocks, nr_used, free_block;
	struct qy_held_slot *slots; /* open addressing, power of two */
	uint32_t nr_slots;
	struct qy_held_group
		*groups; /* open addressing; those that became empty go when it grows */
	uint32_t nr_groups, nr_used_groups;
	uint32_t oldest[QY_NR_HELD_LISTS], youngest[QY_NR_HELD_LISTS];
};

/* Return: 0, -ENOMEM. */
int qy_held_init(struct qy_held *held);
void qy_held_exit(struct qy_held *held);

/* Return: index of the block, QY_NO_BLOCK. */
uint32_t qy_held_find(const struct qy_held *held, uint64_t key);

/* What finding @key will read is fetched into the host's cache. @near: it comes soon, its block too. */
void qy_held_prefetch(const struct qy_held *held, uint64_t key, bool near);

/* Does a block in the map cover any of the 2^@order frames from @key on? Both ends lie in one load and round. */
bool qy_held_any(const struct qy_held *held, uint64_t key, unsigned int order);

/**
 * qy_held_insert() - remember a block
 * @held:  the map
 * @block: overlaps with nothing in the map, not movable yet; next and prev are set here
 *
 * Context: Any.
 * Return: its index, QY_NO_BLOCK when the host has no memory.
 */
uint32_t qy_held_insert(struct qy_held *held, const struct qy_held_block *block);
void qy_held_remove(struct qy_held *held, uint32_t index);

/* The block stays in the map without its page. */
void qy_held_forget_page(struct qy_held *held, uint32_t index);

static inline struct qy_held_block *qy_held_block(
	const struct qy_held *held, uint32_t index)
{
	return &held->chunks[index / QY_HELD_CHUNK][index % QY_HELD_CHUNK];
}

#endif
