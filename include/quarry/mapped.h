/* SPDX-License-Identifier: MIT */
/*
 * Pages that can be moved, at addresses that stay: plain pointers, no pin while they are used.
 *
 *   qy_mapped_create/destroy    a range of pages, and its end
 *   qy_mapped_pin/unpin         a part of it stays in its frames: for a device, or for a system call
 *   qy_mapped_pfn               where a page is now
 *
 * A mover write-protects a page, copies it, and puts the copy in its place. A thread that writes meanwhile waits; one that
 * reads goes on. Every page that does not follow its neighbour in memory costs the host one mapping (on Linux a process
 * has vm.max_map_count of them, 65530), so this is for ranges of 64 KiB and more; handles (quarry/movable.h) serve small
 * and scattered blocks.
 *
 * A system call that writes to a page which is being moved answers EFAULT instead of waiting: buffers for the host's
 * kernel are pinned first, which is also Linux's rule for DMA.
 *
 * The hosted port waits in a handler of SIGSEGV. It is installed with the first range, taken back with the last, and
 * passes on to the one before whatever is not a write to a protected page; a program that installs its own later passes
 * on to it in turn.
 *
 * Locking: none. A page has the word of a handle, which pin, unpin and a mover change atomically.
 */
#ifndef QUARRY_MAPPED_H
#define QUARRY_MAPPED_H

#include <stddef.h>
#include <quarry/gfp.h>
#include <quarry/movable.h>

/* Kept by its owner, who gives qy_mapped_bytes() of memory; the machine knows its address from create to destroy. */
struct qy_mapped {
	void *address; /* of its first byte, 4 KiB aligned; NULL: there is no range */
	uint64_t nr_pages;
	struct qy_handle page[]; /* the machine's own; what qy_moved_set() tells of */
};

/* Size of struct qy_mapped for that many pages. Context: any. */
size_t qy_mapped_bytes(uint64_t nr_pages);

/**
 * qy_mapped_create() - pages at a stable address
 * @r:        qy_mapped_bytes(nr_pages) bytes, any content
 * @nr_pages: at least 1; 16 and more are what it is for
 * @gfp:      with __GFP_MOVABLE, as QY_GFP_HIGHUSER_MOVABLE; __GFP_ZERO: the bytes are 0
 * @owner:    a name for reports; outlives the range
 *
 * Context: Task, may sleep as @gfp says. In a machine of qy_sim_boot(), not from an interrupt.
 * Return: 0; -EINVAL; -ENOMEM: no frames, or no addresses; -ENOSPC: the host has no more mappings; -EOPNOTSUPP: the port
 * has no second addresses (sim without `mapped`), or no contents. Then nothing is held.
 */
int qy_mapped_create(struct qy_machine *m, struct qy_mapped *r, uint64_t nr_pages,
	qy_gfp_t gfp, const char *owner);

/**
 * qy_mapped_destroy() - the pages are free, the addresses are gone
 *
 * Context: Task: waits for a move that is under way. Nobody may touch or pin the range from here on.
 * Return: 0; -EINVAL: no range; -EBUSY: a page is pinned, which is reported; -ENOSPC: the host would have to split a
 * mapping and cannot. But for 0 nothing changes.
 */
int qy_mapped_destroy(struct qy_machine *m, struct qy_mapped *r);

/**
 * qy_mapped_pin() - pages [first, first + nr) stay in their frames until unpinned; pins nest
 * @by: who does it, for reports; NULL keeps the name of the last one. Outlives the range.
 *
 * Context: Task: waits for a move that is under way.
 * Return: the plain address of page @first, NULL when the range has no such pages.
 */
void *qy_mapped_pin(struct qy_machine *m, struct qy_mapped *r, uint64_t first,
	uint64_t nr, const char *by);
/* One pin less for each. Without a pin it is reported and changes nothing. Context: any. */
void qy_mapped_unpin(
	struct qy_machine *m, struct qy_mapped *r, uint64_t first, uint64_t nr);

/* The pfn of a page, ~0 when there is no such page; without a pin it may be another one right after. Context: any. */
uint64_t qy_mapped_pfn(
	const struct qy_machine *m, const struct qy_mapped *r, uint64_t page);

#endif
