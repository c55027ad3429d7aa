// SPDX-License-Identifier: MIT
/*
 * The movable kind with plain addresses (MOVABLE_MAPPED): a range of pages, each with the word of a handle.
 *
 *   qy_mapped_create, _destroy, _pin, _unpin, _pfn     the owner's side
 *   qy_mapped_ops                                      the mover's side
 *
 *   range.address + 4096 * i  --port-->  frame of range.page[i].word  <--window--  what the core reads and writes
 *
 * A move of neighbours: protect their addresses (writers wait in the port), copy through the window, map the copies at the
 * addresses, run by run where the copies are neighbours too (writers go on), then the words. An old frame is free only
 * after all of that. The core never touches a plain address: it could wait for itself.
 *
 * Locking: none; the word of each page, see handle.c.
 */
#include "mm/contig/internal.h"
#include <quarry/mapped.h>

#define CHUNK MIGRATE_BATCH /* pages that are allocated, sorted and mapped together */

size_t qy_mapped_bytes(uint64_t nr_pages)
{
	return sizeof(struct qy_mapped) + nr_pages * sizeof(struct qy_handle);
}

static char *page_address(const struct qy_mapped *r, u64 page)
{
	return (char *)r->address + (page << QY_PAGE_SHIFT);
}

/* ------------------------------------------------------------------ sorting: neighbours share a mapping */

static void sift_down(u64 *keys, u32 at, u32 nr)
{
	for (u32 child; (child = 2 * at + 1) < nr; at = child) {
		u64 key = keys[at];

		if (child + 1 < nr && keys[child + 1] > keys[child])
			child++;
		if (keys[child] <= key)
			return;
		keys[at] = keys[child];
		keys[child] = key;
	}
}

/* Mostly they come sorted: scanners walk upwards. */
static void sort(u64 *keys, u32 nr)
{
	u32 sorted = 1;

	while (sorted < nr && keys[sorted - 1] <= keys[sorted])
		sorted++;
	if (sorted >= nr)
		return;
	for (u32 at = nr / 2; at-- > 0;)
		sift_down(keys, at, nr);
	for (u32 last = nr; --last > 0;) {
		u64 key = keys[0];

		keys[0] = keys[last];
		keys[last] = key;
		sift_down(keys, 0, last);
	}
}

/* How many of @frames follow one another from the first on. */
static u32 run_length(const u64 *frames, u32 nr)
{
	u32 run = 1;

	while (run < nr && frames[run] == frames[0] + run)
		run++;
	return run;
}

/* ------------------------------------------------------------------ the owner's side */

static void free_frames(struct qy_machine *m, const u64 *frames, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		qy_free_pages(m, frame_to_page(m, (u32)frames[i]), 0);
}

/* Single pages, from the largest blocks that can be had without effort. Return: false when there are less. */
static bool alloc_frames(
	struct qy_machine *m, u64 *frames, u32 nr, qy_gfp_t gfp, unsigned int *order)
{
	const qy_gfp_t easy = (gfp & ~QY___GFP_DIRECT_RECLAIM) | QY___GFP_NOWARN;

	for (u32 got = 0; got < nr;) {
		struct page *page;

		while (1u << *order > nr - got)
			--*order;
		page = qy_alloc_pages(m, *order ? easy : gfp, *order);
		if (!page && *order) {
			--*order;
			continue;
		}
		if (!page) {
			free_frames(m, frames, got);
			return false;
		}
		if (*order)
			qy_split_page(m, page, *order);
		for (u32 i = 0; i < 1u << *order; i++)
			frames[got++] = page_to_frame(m, page) + i;
	}
	sort(frames, nr);
	return true;
}

static int map_frames(struct qy_machine *m, char *address, const u64 *frames, u32 nr)
{
	for (u32 i = 0, run; i < nr; i += run) {
		int err;

		run = run_length(frames + i, nr - i);
		err = m->port->map(m->port->ctx, address + ((size_t)i << QY_PAGE_SHIFT),
			(size_t)frames[i] << QY_PAGE_SHIFT, (size_t)run << QY_PAGE_SHIFT);
		if (err)
			return err;
	}
	return 0;
}

/* Movable from here on. */
static void adopt_frames(
	struct qy_machine *m, struct qy_mapped *r, u64 first, const u64 *frames, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		struct qy_handle *h = &r->page[first + i];

		WRITE_ONCE(h->word, (u32)frames[i]);
		qy_set_owner(m, (u32)frames[i], MOVABLE_MAPPED, (u32)first + i, h);
		qy_mark_owned(m, (u32)frames[i]);
	}
}

/* Takes the words of the first @nr pages, all or none. */
static int take_words(struct qy_machine *m, struct qy_mapped *r, u64 nr)
{
	for (u64 i = 0; i < nr; i++) {
		if (!(qy_handle_take(m, &r->page[i]) & WORD_PINS))
			continue;
		while (i-- > 0)
			__atomic_fetch_and(
				&r->page[i].word, ~WORD_GONE, __ATOMIC_RELEASE);
		return -QY_EBUSY;
	}
	return 0;
}

/* pre: the words of the first @nr pages are taken, the addresses gone. */
static void free_pages(struct qy_machine *m, struct qy_mapped *r, u64 nr)
{
	for (u64 i = 0; i < nr; i++) {
		u32 frame = word_frame(r->page[i].word);

		qy_disown(m, frame);
		qy_free_pages(m, frame_to_page(m, frame), 0);
	}
	r->address = NULL;
	r->nr_pages = 0;
}

static int unmap(struct qy_machine *m, const struct qy_mapped *r)
{
	return m->port->unmap(
		m->port->ctx, r->address, (size_t)r->nr_pages << QY_PAGE_SHIFT);
}

/* Frames behind the addresses, chunk by chunk. Return: 0 or -errno, with *done pages made. */
static int fill(struct qy_machine *m, struct qy_mapped *r, qy_gfp_t gfp, u64 *done)
{
	unsigned int order = QY_PAGEBLOCK_ORDER;
	u64 frames[CHUNK];

	for (*done = 0; *done < r->nr_pages;) {
		u32 nr = (u32)min(r->nr_pages - *done, (u64)CHUNK);
		int err;

		if (!alloc_frames(m, frames, nr, gfp, &order))
			return -QY_ENOMEM;
		err = map_frames(m, page_address(r, *done), frames, nr);
		if (err) {
			free_frames(m, frames, nr);
			return err;
		}
		adopt_frames(m, r, *done, frames, nr);
		*done += nr;
	}
	return 0;
}

int qy_mapped_create(struct qy_machine *m, struct qy_mapped *r, uint64_t nr_pages,
	qy_gfp_t gfp, const char *owner)
{
	u64 done;
	int err;

	if (!nr_pages || nr_pages > m->nr_frames || !(gfp & QY___GFP_MOVABLE) ||
		gfp & QY___GFP_COMP)
		return -QY_EINVAL;
	if (!m->port->space || m->port->no_contents)
		return -QY_EOPNOTSUPP;
	err = m->port->space(
		m->port->ctx, (size_t)nr_pages << QY_PAGE_SHIFT, &r->address);
	if (err)
		return err;
	r->nr_pages = nr_pages;
	for (u64 i = 0; i < nr_pages; i++)
		r->page[i] = (struct qy_handle){ .word = NO_FRAME, .owner = owner };
	err = fill(m, r, gfp, &done);
	if (!err)
		return 0;
	/* nobody has the address yet, so no page is pinned; should the host keep the addresses, nobody misses them */
	if (take_words(m, r, done))
		BUG_ON(true);
	if (unmap(m, r))
		qy_printk(m, QY_LOG_WARNING,
			"quarry: %llu KiB of addresses could not be given back",
			(unsigned long long)nr_pages << (QY_PAGE_SHIFT - 10));
	free_pages(m, r, done);
	return err;
}

int qy_mapped_destroy(struct qy_machine *m, struct qy_mapped *r)
{
	int err;

	if (!r->address)
		return -QY_EINVAL;
	err = take_words(m, r, r->nr_pages);
	if (err)
		return err;
	err = unmap(m, r);
	if (!err) {
		free_pages(m, r, r->nr_pages);
		return 0;
	}
	/* release: movers may have them again, as they were */
	for (u64 i = 0; i < r->nr_pages; i++)
		__atomic_fetch_and(&r->page[i].word, ~WORD_GONE, __ATOMIC_RELEASE);
	return err;
}

static bool has_pages(const struct qy_mapped *r, u64 first, u64 nr)
{
	return r->address && nr && first < r->nr_pages && nr <= r->nr_pages - first;
}

void *qy_mapped_pin(struct qy_machine *m, struct qy_mapped *r, uint64_t first,
	uint64_t nr, const char *by)
{
	if (!has_pages(r, first, nr))
		return NULL;
	for (u64 i = first; i < first + nr; i++)
		qy_handle_pin(m, &r->page[i], by);
	return page_address(r, first);
}

void qy_mapped_unpin(
	struct qy_machine *m, struct qy_mapped *r, uint64_t first, uint64_t nr)
{
	for (u64 i = first; has_pages(r, first, nr) && i < first + nr; i++)
		qy_handle_unpin(m, &r->page[i]);
}

uint64_t qy_mapped_pfn(
	const struct qy_machine *m, const struct qy_mapped *r, uint64_t page)
{
	return has_pages(r, page, 1) ? qy_handle_pfn(m, &r->page[page]) : ~0ull;
}

/* ------------------------------------------------------------------ the mover's side */

/* The range that an isolated frame is of, and which of its pages it is. */
static struct qy_mapped *range_of(const struct qy_machine *m, u32 frame, u64 *page)
{
	struct qy_handle *h = owner_of(m, frame);

	*page = READ_ONCE(frame_to_page(m, frame)->link[LINK_INDEX]);
	return (struct qy_mapped *)(void *)((char *)(h - *page) -
					    offsetof(struct qy_mapped, page));
}

static void copy_frames(struct qy_machine *m, const u32 *from, const u64 *to, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		memcpy(frame_address(m, (u32)to[i]), frame_address(m, from[i]),
			QY_PAGE_SIZE);
}

/* Puts the copies at their addresses. Return: how many, from the first on. */
static u32 remap_run(struct qy_machine *m, char *address, const u64 *to, u32 nr)
{
	const struct qy_port *port = m->port;

	for (u32 i = 0, run; i < nr; i += run) {
		run = run_length(to + i, nr - i);
		if (port->remap(port->ctx, address + ((size_t)i << QY_PAGE_SHIFT),
			    (size_t)to[i] << QY_PAGE_SHIFT, (size_t)run << QY_PAGE_SHIFT))
			return i;
	}
	return nr;
}

/* Moves pages whose addresses follow one another. Return: how many, from the first on. */
static u32 move_run(struct qy_machine *m, const u32 *from, const u64 *to, u32 nr)
{
	const struct qy_port *port = m->port;
	u32 moved;
	u64 page;
	struct qy_mapped *r = range_of(m, from[0], &page);
	char *address = page_address(r, page);

	if (port->protect(port->ctx, address, (size_t)nr << QY_PAGE_SHIFT))
		return 0;
	copy_frames(m, from, to, nr);
	moved = remap_run(m, address, to, nr);
	if (moved < nr)
		port->unprotect(port->ctx, address + ((size_t)moved << QY_PAGE_SHIFT),
			(size_t)(nr - moved) << QY_PAGE_SHIFT);
	for (u32 i = 0; i < moved; i++)
		qy_handle_follow(m, from[i], (u32)to[i]);
	return moved;
}

/* Owners in order of address are pages in order of address; handles of one range lie side by side. */
static void sort_by_owner(const struct qy_machine *m, u32 *from, u64 *keys, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		keys[i] = (uintptr_t)owner_of(m, from[i]);
	sort(keys, nr);
	for (u32 i = 0; i < nr; i++)
		from[i] = word_frame(
			READ_ONCE(((struct qy_handle *)(uintptr_t)keys[i])->word));
}

static u32 owner_run(const struct qy_machine *m, const u32 *from, u32 nr)
{
	struct qy_handle *h = owner_of(m, from[0]);
	u32 run = 1;

	while (run < nr && owner_of(m, from[run]) == h + run)
		run++;
	return run;
}

static void swap_pair(u32 *from, u64 *to, u32 a, u32 b)
{
	u32 frame = from[a];
	u64 target = to[a];

	from[a] = from[b];
	from[b] = frame;
	to[a] = to[b];
	to[b] = target;
}

static u32 mapped_migrate_many(struct qy_machine *m, u32 *from, u32 *to, u32 nr)
{
	u64 target[MIGRATE_BATCH];
	u32 moved = 0;

	sort_by_owner(m, from, target, nr);
	for (u32 i = 0; i < nr; i++)
		target[i] = to[i];
	sort(target, nr);
	for (u32 i = 0, run; i < nr; i += run) {
		u32 done;

		run = owner_run(m, from + i, nr - i);
		done = move_run(m, from + i, target + i, run);
		/* those before i that stayed change places with those that moved */
		for (u32 k = 0; k < done; k++)
			swap_pair(from, target, moved++, i + k);
	}
	for (u32 i = 0; i < nr; i++)
		to[i] = (u32)target[i];
	return moved;
}

static int mapped_migrate(struct qy_machine *m, u32 from, u32 to)
{
	return mapped_migrate_many(m, &from, &to, 1) ? 0 : -QY_ENOSPC;
}

const struct movable_ops qy_mapped_ops = {
	.name = "mapped",
	.needs_target = true,
	.isolate = qy_handle_isolate,
	.migrate = mapped_migrate,
	.migrate_many = mapped_migrate_many,
	.putback = qy_handle_putback,
	.holder = qy_handle_holder,
	.validate = qy_handle_validate,
};
