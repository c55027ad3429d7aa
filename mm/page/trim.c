// SPDX-License-Identifier: MIT
/*
 * Memory comes from the host for whole pageblocks, and goes back: that of free ones, and of free frames in those that are in use.
 *
 *   qy_commit_block        a pageblock has memory, all of it
 *   qy_page_trim           what the free map has
 *   qy_give_bytes_back     frames whose owner needs no bytes of them
 *   qy_back_frames         it needs them
 *
 *   pb->hollow <= pb->nr_free;  hollow: PB_HOLES
 *
 * Locking: zone->lock, over the port's calls.
 */
#include "mm/machine.h"

bool qy_commit_block(struct qy_machine *m, u32 block)
{
	const size_t bytes = (size_t)BLOCK_FRAMES << QY_PAGE_SHIFT;

	if (m->port->commit(m->port->ctx, block * bytes, bytes))
		return false;
	set_block_flags(
		&m->blocks[block], (m->blocks[block].flags | PB_COMMITTED) & ~PB_HOLES);
	m->blocks[block].hollow = 0;
	return true;
}

static bool give(struct qy_machine *m, u32 frame, u32 nr)
{
	return !m->port->decommit(m->port->ctx, (size_t)frame << QY_PAGE_SHIFT,
		(size_t)nr << QY_PAGE_SHIFT);
}

/* The first frame at or behind @at, of a pageblock, that is free, or is not. */
static u32 next_frame(const u64 *line, u32 at, bool is_free)
{
	while (at < BLOCK_FRAMES) {
		u64 bits = (is_free ? line[at / 64] : ~line[at / 64]) >> (at & 63);

		if (bits)
			return at + qy_ffs64(bits);
		at = (at | 63) + 1;
	}
	return BLOCK_FRAMES;
}

static void trim_whole(struct qy_machine *m, u32 block)
{
	struct qy_pageblock *pb = &m->blocks[block];

	if (give(m, block << QY_PAGEBLOCK_ORDER, BLOCK_FRAMES)) {
		set_block_flags(pb, pb->flags & ~(PB_COMMITTED | PB_HOLES));
		pb->hollow = 0;
	}
}

static void trim_parts(struct qy_machine *m, u32 block)
{
	struct qy_pageblock *pb = &m->blocks[block];
	const u64 *line = m->lines[block];
	u32 begin = next_frame(line, 0, true), end;

	for (; begin < BLOCK_FRAMES; begin = next_frame(line, end, true)) {
		end = next_frame(line, begin, false);
		if (!give(m, (block << QY_PAGEBLOCK_ORDER) + begin, end - begin))
			return;
		set_block_flags(pb, pb->flags | PB_HOLES);
	}
	pb->hollow = pb->nr_free;
}

/* Return: bytes; those of frames that a room had given back itself count again. */
static size_t trim_block(struct qy_machine *m, u32 block)
{
	struct qy_pageblock *pb = &m->blocks[block];
	u32 before = pb->hollow, fresh = pb->nr_free - before;

	if (!(pb->flags & PB_COMMITTED) || !fresh)
		return 0;
	if (pb->nr_free == BLOCK_FRAMES) {
		trim_whole(m, block);
		return pb->flags & PB_COMMITTED ? 0 : (size_t)fresh << QY_PAGE_SHIFT;
	}
	trim_parts(m, block);
	return (size_t)(pb->hollow - before) << QY_PAGE_SHIFT;
}

size_t qy_page_trim(struct qy_machine *m)
{
	size_t given = 0;

	for (u32 block = 0; block < m->nr_blocks; block++) {
		struct zone *zone = &m->zones[m->blocks[block].zone];

		qy_spin_lock_irqsave(&zone->lock);
		given += trim_block(m, block);
		qy_spin_unlock_irqrestore(&zone->lock);
	}
	return given;
}

size_t qy_give_bytes_back(struct qy_machine *m, u32 frame, u32 nr)
{
	struct zone *zone = zone_of(m, frame);
	bool given;

	qy_spin_lock_irqsave(&zone->lock);
	/* first: whoever sees the flag too early asks for what is there */
	set_block_flags(block_of(m, frame), block_of(m, frame)->flags | PB_HOLES);
	given = give(m, frame, nr);
	qy_spin_unlock_irqrestore(&zone->lock);
	return given ? (size_t)nr << QY_PAGE_SHIFT : 0;
}

bool qy_back_frames(struct qy_machine *m, u32 frame, unsigned int order)
{
	struct zone *zone = zone_of(m, frame);
	bool backed;

	qy_spin_lock_irqsave(&zone->lock);
	backed = qy_freemap_commit(zone, frame, order);
	qy_spin_unlock_irqrestore(&zone->lock);
	return backed;
}
