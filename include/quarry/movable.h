/* SPDX-License-Identifier: MIT */
/*
 * Pages that can be moved: memory reached through a handle, pinned only while somebody uses it.
 *
 *   qy_handle_adopt/release     a block becomes movable; becomes a plain block again
 *   qy_handle_pin/unpin         its address, and the promise that it stays there
 *   qy_handle_pin_longterm      the same for long: not where CMA lends memory
 *
 * Between pins the bytes may change their frame: compaction, contiguous ranges and CMA move them. A pinned block never
 * moves, and whoever wanted its frame is told who pinned it. A droppable block may also be forgotten: its next pin
 * returns NULL, and the owner makes the content anew.
 *
 * Locking: none. A handle is one word that pin, unpin and a mover change atomically; a block belongs to one handle.
 */
#ifndef QUARRY_MOVABLE_H
#define QUARRY_MOVABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <quarry/gfp.h>

struct qy_machine;
struct page;

/* Kept by its owner; the machine remembers its address from adopt to release. */
struct qy_handle {
	uint64_t word;         /* frame, pins, state; atomic */
	const char *owner;     /* for reports; outlives the handle */
	const char *pinned_by; /* who pinned it last; atomic */
};

enum {
	QY_HANDLE_DROPPABLE =
		1 << 0, /* clean content: a mover may forget it instead of copying */
};

/**
 * qy_handle_adopt() - a block that the caller owns becomes movable
 * @h:     any content; belongs to the machine until qy_handle_release()
 * @page:  first page of a block with one reference, of any order
 * @owner: a name for reports
 * @flags: QY_HANDLE_*
 *
 * From here the block is reached through the handle only: its address is known while it is pinned.
 *
 * Context: Any.
 * Return: 0, -EINVAL: not a block with one reference, or movable already.
 */
int qy_handle_adopt(struct qy_machine *m, struct qy_handle *h, struct page *page,
	const char *owner, unsigned int flags);

/**
 * qy_handle_alloc() - a movable block of 2^order pages, of a kind that is known before it has a frame
 * @gfp:   as qy_alloc_pages(); __GFP_MOVABLE is implied
 * @owner, @flags: as qy_handle_adopt()
 *
 * The only way to a frame of a guaranteed CMA area: with QY_HANDLE_DROPPABLE, free frames of such an area are taken first,
 * zone by zone.
 * Whatever else is movable never borrows them.
 *
 * Context: as qy_alloc_pages().
 * Return: 0, -ENOMEM.
 */
int qy_handle_alloc(struct qy_machine *m, struct qy_handle *h, qy_gfp_t gfp,
	unsigned int order, const char *owner, unsigned int flags);

/*
 * The first half of it, for who has no place for the handle yet: a movable block that is to be adopted as droppable at
 * once.
 *
 * Context: as qy_alloc_pages().
 * Return: its first page, NULL.
 */
struct page *qy_alloc_droppable(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);

/**
 * qy_handle_free() - the block goes back to the page allocator, or has been dropped already
 *
 * What a guaranteed area has lent goes this way: released and kept, it would be in the way of the area's device.
 *
 * Context: as qy_handle_release().
 * Return: false when it is still pinned, which is reported and changes nothing.
 */
bool qy_handle_free(struct qy_machine *m, struct qy_handle *h);

/**
 * qy_handle_release() - the block becomes a plain one again, wherever it is now
 *
 * Context: Task: waits for a move that is under way. Nobody may pin the handle from here on.
 * Return: its first page; NULL when a droppable block was dropped, or when it is still pinned (which is reported, and
 * changes nothing).
 */
struct page *qy_handle_release(struct qy_machine *m, struct qy_handle *h);

/**
 * qy_handle_pin() - the block stays where it is until unpinned; pins nest
 * @by: who does it, for reports; NULL keeps the name of the last one. Outlives the handle.
 *
 * Context: Task: waits for a move that is under way.
 * Return: its address, NULL when it was dropped (then nothing is pinned).
 */
void *qy_handle_pin(struct qy_machine *m, struct qy_handle *h, const char *by);
/**
 * qy_handle_pin_longterm() - a pin that may last (RDMA, VFIO, a ring of registered buffers)
 * @by:      as for qy_handle_pin()
 * @address: set to the block's address; NULL when it is not pinned
 *
 * What CMA areas and ZONE_MOVABLE lend must be given back when it is asked for. A block that lies there is moved to
 * memory of another type first, as Linux does for FOLL_LONGTERM; a droppable one is forgotten. Ends with
 * qy_handle_unpin().
 *
 * Context: Task, may sleep (allocates). Waits for a move that is under way.
 * Return: 0, -ENOMEM: no memory elsewhere, -EBUSY: somebody else pins or references it, so that it cannot leave,
 * -ENOENT: it was dropped. But for 0, nothing is pinned.
 */
int qy_handle_pin_longterm(
	struct qy_machine *m, struct qy_handle *h, const char *by, void **address);

/* One pin less. Without a pin it is reported and changes nothing. Context: any. */
void qy_handle_unpin(struct qy_machine *m, struct qy_handle *h);

/* Its pfn, ~0 when it was dropped; without a pin it may be another one right after. Context: any. */
uint64_t qy_handle_pfn(const struct qy_machine *m, const struct qy_handle *h);

/* Who holds a frame. Names are cut to 23 bytes; an empty one is not known. */
struct qy_holder {
	char owner[24];
	char pinned_by[24];
	uint32_t pins;
};

/**
 * qy_moved_set() - be told of every move
 * @fn: called while nobody can pin the block; @to_pfn is ~0 when it was dropped. It must not call the machine. NULL: no more
 *
 * Context: no other thread is in the machine.
 */
void qy_moved_set(struct qy_machine *m,
	void (*fn)(void *arg, struct qy_handle *h, uint64_t from_pfn, uint64_t to_pfn,
		unsigned int order),
	void *arg);

/* For tests: frames that were moved away from are filled with 0xaa before they are free. Context: any. */
void qy_poison_moved_set(struct qy_machine *m, bool on);

#endif
