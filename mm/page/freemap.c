// SPDX-License-Identifier: MIT
/*
 * The free map: which frames of a zone are free, as one bit a frame, and what blocks they form.
 *
 *   qy_freemap_put, _put_range        free a block, merging
 *   qy_freemap_take, _take_bulk, _take_from   allocate, splitting
 *   qy_set_pageblock_migratetype, qy_move_pageblock   a pageblock changes sides
 *   qy_freemap_take_range, _first_busy, _order_at     a range of frames, whatever blocks it is made of
 *
 * A line is meaningful while 0 < nr_free < 512; a pageblock that is wholly free, or not at all, is known by its count,
 * so that whole pageblocks come and go without touching the line.
 *
 * Merging is eager, so the blocks are a pure function of the bits: a block of order k is an aligned run of 2^k set
 * bits whose buddy run is not all set. A pageblock is one cache line of 512 bits; an order-10 block is a pair of
 * wholly free pageblocks that may merge, marked PB_PAIR in the lower one.
 *
 * For every zone, order o and type t:
 *   free_area[o].nr_type[t] == sum of nr[o] over pageblocks of type t   (o < 10)
 *                           == number of PB_PAIR marks of type t        (o == 10)
 *   index[t] of order o has the bit of a pageblock set <=> it has such a block
 *   free_orders[t] has bit o set <=> free_area[o].nr_type[t] != 0
 *
 * Locking: zone->lock for everything here.
 */
#include "mm/page/internal.h"

#define WHOLE QY_PAGEBLOCK_ORDER
#define PAIR  QY_MAX_PAGE_ORDER

static inline u32 zone_first_block(const struct zone *zone)
{
	return zone->first_frame >> QY_PAGEBLOCK_ORDER;
}

/* ------------------------------------------------------------------ counts and index */

static inline void index_set(struct free_index *index, u32 bit)
{
	index->bits[bit / 64] |= 1ull << (bit & 63);
	index->summary[bit / 4096] |= 1ull << (bit / 64 & 63);
}

static inline void index_clear(struct free_index *index, u32 bit)
{
	u64 rest = index->bits[bit / 64] &= ~(1ull << (bit & 63));

	if (!rest)
		index->summary[bit / 4096] &= ~(1ull << (bit / 64 & 63));
}

/*
 * The first block at or after the place where this CPU begins to look, else the first of all. The zone is divided among
 * the CPUs so that two of them seldom take from one pageblock and wait for each other's cache lines.
 * pre: the index is not empty
 */
static inline u32 index_first(const struct zone *zone, const struct free_index *index)
{
	u32 start = READ_ONCE(zone->pageset[qy_current()->cpu].first_look);
	u32 word = start / 64, s = word / 64;
	u64 w = index->bits[word] >> (start & 63) << (start & 63);

	if (!w) {
		u32 last = ((zone->nr_frames >> QY_PAGEBLOCK_ORDER) - 1) / 4096;
		u64 words = index->summary[s] & ~qy_low_bits((word & 63) + 1);

		while (!words) {
			s = s == last ? 0 : s + 1;
			words = index->summary[s];
		}
		word = s * 64 + qy_ffs64(words);
		w = index->bits[word];
	}
	return word * 64 + qy_ffs64(w);
}

static inline void area_add(
	struct zone *zone, unsigned int order, unsigned int mt, u32 nr)
{
	struct free_area *area = &zone->free_area[order];

	area->nr_free += nr;
	if (!area->nr_type[mt])
		WRITE_ONCE(zone->free_orders[mt],
			(u16)(zone->free_orders[mt] | 1u << order));
	area->nr_type[mt] += nr;
}

static inline void area_sub(
	struct zone *zone, unsigned int order, unsigned int mt, u32 nr)
{
	struct free_area *area = &zone->free_area[order];

	area->nr_free -= nr;
	area->nr_type[mt] -= nr;
	if (!area->nr_type[mt])
		WRITE_ONCE(zone->free_orders[mt],
			(u16)(zone->free_orders[mt] & ~(1u << order)));
}

/* The pageblock (its number in the zone: zb) has @nr more / fewer free blocks of exactly @order. */
static inline void block_gain(
	struct zone *zone, struct qy_pageblock *pb, u32 zb, unsigned int order)
{
	if (!pb->nr[order])
		index_set(&zone->free_area[order].index[pb->migratetype], zb);
	pb->nr[order]++;
	area_add(zone, order, pb->migratetype, 1);
}

static inline void block_lose(
	struct zone *zone, struct qy_pageblock *pb, u32 zb, unsigned int order, u32 nr)
{
	VM_BUG_ON(pb->nr[order] < nr);
	pb->nr[order] = (u16)(pb->nr[order] - nr);
	if (!pb->nr[order])
		index_clear(&zone->free_area[order].index[pb->migratetype], zb);
	area_sub(zone, order, pb->migratetype, nr);
}

static inline void pair_gain(struct zone *zone, struct qy_pageblock *lower, u32 zb)
{
	set_block_flags(lower, lower->flags | PB_PAIR);
	index_set(&zone->free_area[PAIR].index[lower->migratetype], zb);
	area_add(zone, PAIR, lower->migratetype, 1);
}

static inline void pair_lose(struct zone *zone, struct qy_pageblock *lower, u32 zb)
{
	VM_BUG_ON(!(lower->flags & PB_PAIR));
	set_block_flags(lower, lower->flags & ~PB_PAIR);
	index_clear(&zone->free_area[PAIR].index[lower->migratetype], zb);
	area_sub(zone, PAIR, lower->migratetype, 1);
}

/* NR_FREE counts what the watermarks may count on: not isolated frames. Written here only, read without the lock. */
static inline void account(struct zone *zone, unsigned int mt, s64 frames)
{
	if (unlikely(mt >= MIGRATE_CMA)) {
		if (mt == MIGRATE_ISOLATE)
			return;
		WRITE_ONCE(zone->nr_free_cma, zone->nr_free_cma + (u64)frames);
		if (mt == MIGRATE_GUARANTEED)
			WRITE_ONCE(zone->nr_free_guaranteed,
				zone->nr_free_guaranteed + (u64)frames);
	}
	WRITE_ONCE(zone->nr_free_pages, zone->nr_free_pages + (u64)frames);
}

/* ------------------------------------------------------------------ runs of bits */

/* Bits and their number are written here only; who looks for frames in the way reads them without the lock, as a hint. */
static inline void set_nr_free(struct qy_pageblock *pb, u32 nr)
{
	WRITE_ONCE(pb->nr_free, (u16)nr);
}

/* Bit i of starts_at[k] is set when i is a multiple of 2^k. */
static const u64 starts_at[7] = {
	~0ull,
	0x5555555555555555ull,
	0x1111111111111111ull,
	0x0101010101010101ull,
	0x0001000100010001ull,
	0x0000000100000001ull,
	0x0000000000000001ull,
};

/* 2^k ones. */
static const u64 run_of[6] = { 1, 3, 0xf, 0xff, 0xffff, 0xffffffff };

/* Starts of the free blocks of exactly order @k inside one word; k < 6. */
static inline u64 blocks_of_order(u64 w, unsigned int k)
{
	for (unsigned int j = 0; j < k; j++)
		w &= w >> (1u << j);
	w &= starts_at[k];

	u64 both = w & w >> (1u << k) & starts_at[k + 1];

	return w & ~(both | both << (1u << k));
}

/* One bit for each word of the line that is all ones: the same shape, 64 times coarser. */
static inline u64 full_words(const u64 *line)
{
	u64 full = 0;

	for (unsigned int i = 0; i < BLOCK_WORDS; i++)
		full |= (u64)(line[i] == ~0ull) << i;
	return full;
}

/* First frame in the pageblock of a free block of exactly @order. pre: there is one. */
static u32 first_in_line(const u64 *line, unsigned int order)
{
	if (order >= 6) {
		/* an eight-bit line: bits 8.. are clear, so the block of all eight has a buddy that is not free */
		return qy_ffs64(blocks_of_order(full_words(line), order - 6)) * 64;
	}
	for (unsigned int i = 0; i < BLOCK_WORDS; i++) {
		u64 starts = blocks_of_order(line[i], order);

		if (starts)
			return i * 64 + qy_ffs64(starts);
	}
	BUG_ON(true); /* nr[order] and the bits disagree */
	return 0;
}

static inline u64 run_mask(u32 pos, unsigned int order)
{
	return run_of[order] << (pos & 63);
}

static inline void set_run(u64 *line, u32 pos, unsigned int order)
{
	if (order < 6) {
		VM_BUG_ON(line[pos / 64] & run_mask(pos, order));
		WRITE_ONCE(line[pos / 64], line[pos / 64] | run_mask(pos, order));
		return;
	}
	for (u32 i = pos / 64; i < (pos + (1u << order)) / 64; i++) {
		VM_BUG_ON(line[i]);
		WRITE_ONCE(line[i], ~0ull);
	}
}

/* The line of a pageblock that is about to have some frames free and some not. */
static inline void fill_line(u64 *line, u64 word)
{
	for (unsigned int i = 0; i < BLOCK_WORDS; i++)
		WRITE_ONCE(line[i], word);
}

/* Clears [pos, pos + nr). pre: all set. */
static inline void clear_bits(u64 *line, u32 pos, u32 nr)
{
	while (nr) {
		u32 here = min(nr, 64 - (pos & 63));
		u64 mask = qy_low_bits(here) << (pos & 63);

		VM_BUG_ON((line[pos / 64] & mask) != mask);
		WRITE_ONCE(line[pos / 64], line[pos / 64] & ~mask);
		pos += here;
		nr -= here;
	}
}

/* ------------------------------------------------------------------ freeing */

/*
 * A pageblock has become wholly free. If its other half is too, and their types may merge, they are one order-10
 * block of the type just freed.
 */
static void pair_up(struct zone *zone, struct qy_pageblock *pb, u32 zb)
{
	u32 other_zb = zb ^ 1;
	struct qy_pageblock *other =
		&zone->machine->blocks[zone_first_block(zone) + other_zb];

	if (!other->nr[WHOLE] ||
		(other->migratetype != pb->migratetype &&
			!(migratetype_is_mergeable(pb->migratetype) &&
				migratetype_is_mergeable(other->migratetype)))) {
		block_gain(zone, pb, zb, WHOLE);
		return;
	}
	block_lose(zone, other, other_zb, WHOLE, 1);
	WRITE_ONCE(other->migratetype, pb->migratetype);
	pair_gain(zone, zb & 1 ? other : pb, zb & ~1u);
}

/* The same climb, 64 frames at a time: is the aligned run of 2^(order - 6) words beside ours all ones? */
static bool words_are_free(const u64 *line, u32 word, unsigned int order)
{
	u32 nr = 1u << (order - 6);
	u32 first = (word & ~(nr - 1)) ^ nr;

	for (u32 i = first; i < first + nr; i++)
		if (~line[i])
			return false;
	return true;
}

/*
 * Sets the bits, then climbs: while the buddy run is free too, the two are one block of the next order. A free buddy
 * run cannot be part of a larger block, since that would have to contain us.
 */
static void put_in_block(struct zone *zone, u32 frame, unsigned int order)
{
	struct qy_machine *m = zone->machine;
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	u32 zb = block - zone_first_block(zone);
	struct qy_pageblock *pb = &m->blocks[block];
	u64 *line = m->lines[block];
	u32 word = frame / 64 % BLOCK_WORDS, bit = frame & 63;

	if (!pb->nr_free)
		fill_line(line, 0);
	set_run(line, frame & (BLOCK_FRAMES - 1), order);
	set_nr_free(pb, pb->nr_free + (1u << order));
	account(zone, pb->migratetype, 1 << order);
	for (u64 used = ~line[word]; order < 6; order++) {
		u32 buddy = bit ^ 1u << order;

		if (used >> buddy & run_of[order])
			break;
		block_lose(zone, pb, zb, order, 1);
		bit &= buddy;
	}
	if (order >= 6) {
		while (order < WHOLE && words_are_free(line, word, order))
			block_lose(zone, pb, zb, order++, 1);
		if (order == WHOLE) {
			pair_up(zone, pb, zb);
			return;
		}
	}
	block_gain(zone, pb, zb, order);
}

/* A whole pageblock: pre: none of it is free. */
static inline void put_whole(struct zone *zone, u32 block)
{
	struct qy_pageblock *pb = &zone->machine->blocks[block];

	VM_BUG_ON(pb->nr_free);
	set_nr_free(pb, BLOCK_FRAMES);
	account(zone, pb->migratetype, BLOCK_FRAMES);
	pair_up(zone, pb, block - zone_first_block(zone));
}

static inline void put_pair(struct zone *zone, u32 block)
{
	struct qy_pageblock *pb = &zone->machine->blocks[block];

	if (unlikely(pb[0].migratetype != pb[1].migratetype)) {
		put_whole(zone, block);
		put_whole(zone, block + 1);
		return;
	}
	VM_BUG_ON(pb[0].nr_free || pb[1].nr_free);
	set_nr_free(pb, BLOCK_FRAMES);
	set_nr_free(pb + 1, BLOCK_FRAMES);
	account(zone, pb->migratetype, 2 * BLOCK_FRAMES);
	pair_gain(zone, pb, block - zone_first_block(zone));
}

void qy_freemap_put(struct zone *zone, u32 frame, unsigned int order)
{
	lockdep_assert_held(&zone->lock);
	VM_BUG_ON(frame & ((1u << order) - 1));
	if (likely(order < WHOLE))
		put_in_block(zone, frame, order);
	else if (order == WHOLE)
		put_whole(zone, frame >> QY_PAGEBLOCK_ORDER);
	else
		put_pair(zone, frame >> QY_PAGEBLOCK_ORDER);
}

void qy_freemap_put_range(struct zone *zone, u32 first, u32 last)
{
	while (first < last) {
		unsigned int order = first ? qy_ffs64(first) : PAIR;

		order = min(order, (unsigned int)PAIR);
		while (first + (1u << order) > last)
			order--;
		qy_freemap_put(zone, first, order);
		first += 1u << order;
	}
}

/* ------------------------------------------------------------------ taking */

int qy_freemap_smallest(const struct zone *zone, enum migratetype mt, int lo, int hi)
{
	u32 orders = (u32)zone->free_orders[mt] >> lo << lo & ((2u << hi) - 1);

	return orders ? (int)qy_ffs64(orders) : -1;
}

int qy_freemap_largest(const struct zone *zone, enum migratetype mt, int lo, int hi)
{
	u32 orders = (u32)zone->free_orders[mt] >> lo << lo & ((2u << hi) - 1);

	return orders ? (int)qy_fls64(orders) : -1;
}

static inline u32 first_frame(
	const struct zone *zone, unsigned int order, enum migratetype mt)
{
	u32 block = zone_first_block(zone) +
		    index_first(zone, &zone->free_area[order].index[mt]);
	u32 frame = block << QY_PAGEBLOCK_ORDER;

	return order >= WHOLE ? frame
			      : frame + first_in_line(zone->machine->lines[block], order);
}

u32 qy_freemap_first(const struct zone *zone, unsigned int order, enum migratetype mt)
{
	return first_frame(zone, order, mt);
}

/* Host memory stands behind the pageblock before its first frame is handed out. */
static inline bool commit_block(struct qy_machine *m, u32 block)
{
	const u8 flags = m->blocks[block].flags;

	return likely((flags & (PB_COMMITTED | PB_HOLES)) == PB_COMMITTED) ||
	       qy_commit_block(m, block);
}

bool qy_freemap_commit(struct zone *zone, u32 frame, unsigned int order)
{
	u32 block = frame >> QY_PAGEBLOCK_ORDER;

	return commit_block(zone->machine, block) &&
	       (order < PAIR || commit_block(zone->machine, block + 1));
}

/*
 * Takes the first @nr of the 2^(found - order) pieces of a block of exactly @found at @frame; what remains is blocks
 * of the orders whose bits are set in the number of remaining pieces.
 */
static void take_pieces(
	struct zone *zone, u32 frame, unsigned int found, unsigned int order, u32 nr)
{
	struct qy_machine *m = zone->machine;
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	u32 zb = block - zone_first_block(zone);
	struct qy_pageblock *pb = &m->blocks[block];
	u32 rest = (1u << (found - order)) - nr;

	if (found == WHOLE)
		fill_line(m->lines[block], ~0ull);
	clear_bits(m->lines[block], frame & (BLOCK_FRAMES - 1), nr << order);
	set_nr_free(pb, pb->nr_free - (nr << order));
	account(zone, pb->migratetype, -(s64)((u64)nr << order));
	for (unsigned int k = order; rest; k++, rest >>= 1)
		if (rest & 1)
			block_gain(zone, pb, zb, k);
}

/* @nr pageblocks leave the map as a whole; their counts of free blocks are the caller's. */
static inline void clear_whole(struct zone *zone, u32 block, u32 nr)
{
	struct qy_pageblock *pb = &zone->machine->blocks[block];

	for (u32 i = 0; i < nr; i++)
		set_nr_free(pb + i, 0);
	account(zone, pb->migratetype, -(s64)(BLOCK_FRAMES * nr));
}

/* An order-10 block: as one, as two pageblocks, or the lower pageblock with the upper one left free. */
static inline u32 take_from_pair(struct zone *zone, u32 block, unsigned int order, u32 nr)
{
	struct qy_pageblock *pb = &zone->machine->blocks[block];
	u32 zb = block - zone_first_block(zone);
	bool both = order == PAIR || nr > 1;

	if (!commit_block(zone->machine, block) ||
		(both && !commit_block(zone->machine, block + 1)))
		return 0;
	pair_lose(zone, pb, zb);
	clear_whole(zone, block, 1 + both);
	if (!both)
		block_gain(zone, pb + 1, zb + 1, WHOLE);
	return order == PAIR ? 1 : 1 + both;
}

/* Up to @nr pieces of @order from the block of exactly @found at @frame. Return: how many; 0: host memory is short. */
static u32 take_run(
	struct zone *zone, u32 frame, unsigned int found, unsigned int order, u32 nr)
{
	struct qy_machine *m = zone->machine;
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	u32 zb = block - zone_first_block(zone);
	struct qy_pageblock *pb = &m->blocks[block];

	if (found == PAIR && order >= WHOLE)
		return take_from_pair(zone, block, order, nr);
	if (!commit_block(m, block))
		return 0;
	if (found == PAIR) {
		/* the upper pageblock becomes a free order-9 block, the lower one is in hand */
		pair_lose(zone, pb, zb);
		block_gain(zone, pb + 1, zb + 1, WHOLE);
		found = WHOLE;
	} else {
		block_lose(zone, pb, zb, found, 1);
	}
	if (order == WHOLE) {
		clear_whole(zone, block, 1);
		return 1;
	}
	nr = min(nr, 1u << (found - order));
	take_pieces(zone, frame, found, order, nr);
	return nr;
}

bool qy_freemap_take_from(
	struct zone *zone, u32 frame, unsigned int found, unsigned int order)
{
	lockdep_assert_held(&zone->lock);
	return take_run(zone, frame, found, order, 1) != 0;
}

u32 qy_freemap_take(struct zone *zone, unsigned int order, enum migratetype mt)
{
	u32 orders = (u32)zone->free_orders[mt] >> order;

	lockdep_assert_held(&zone->lock);
	if (!orders)
		return NO_FRAME;
	unsigned int found = order + qy_ffs64(orders);
	u32 frame = first_frame(zone, found, mt);

	return take_run(zone, frame, found, order, 1) ? frame : NO_FRAME;
}

/*
 * Up to @nr pieces of @order out of the free blocks of exactly @found < 6 of one pageblock, without asking the index for
 * each: what is left of a split block is smaller than @found, so it would be the next one anyway. This is where the
 * refill of a fragmented zone spends its time.
 */
static u32 take_small(struct zone *zone, u32 block, unsigned int found,
	unsigned int order, u32 nr, void (*fn)(void *arg, u32 frame), void *arg)
{
	struct qy_machine *m = zone->machine;
	struct qy_pageblock *pb = &m->blocks[block];
	u32 zb = block - zone_first_block(zone);
	u32 taken = 0, blocks = 0, rest = 0;
	u64 *line = m->lines[block];

	if (!commit_block(m, block))
		return 0;
	for (u32 i = 0; i < BLOCK_WORDS && taken < nr; i++) {
		u64 starts = blocks_of_order(line[i], found), out = 0;

		for (; starts && taken < nr; starts &= starts - 1, blocks++) {
			u32 pos = qy_ffs64(starts);
			u32 pieces = min(1u << (found - order), nr - taken);
			u32 frame = (block << QY_PAGEBLOCK_ORDER) + i * 64 + pos;

			out |= qy_low_bits(pieces << order) << pos;
			rest = (1u << (found - order)) - pieces;
			taken += pieces;
			for (; pieces; pieces--, frame += 1u << order)
				fn(arg, frame);
		}
		WRITE_ONCE(line[i], line[i] & ~out);
	}
	block_lose(zone, pb, zb, found, blocks);
	set_nr_free(pb, pb->nr_free - (taken << order));
	account(zone, pb->migratetype, -(s64)((u64)taken << order));
	/* only the last block can be left in parts */
	for (unsigned int k = order; rest; k++, rest >>= 1)
		if (rest & 1)
			block_gain(zone, pb, zb, k);
	return taken;
}

u32 qy_freemap_take_bulk(struct zone *zone, unsigned int order, enum migratetype mt,
	u32 nr, void (*fn)(void *arg, u32 frame), void *arg)
{
	u32 done = 0;

	lockdep_assert_held(&zone->lock);
	while (done < nr) {
		int found = qy_freemap_smallest(zone, mt, (int)order, PAIR);
		u32 got;

		if (found < 0)
			break;
		if (found < 6) {
			u32 zb = index_first(zone, &zone->free_area[found].index[mt]);

			got = take_small(zone, zone_first_block(zone) + zb,
				(unsigned int)found, order, nr - done, fn, arg);
		} else {
			u32 frame = first_frame(zone, (unsigned int)found, mt);

			got = take_run(
				zone, frame, (unsigned int)found, order, nr - done);
			for (u32 i = 0; i < got; i++)
				fn(arg, frame + (i << order));
		}
		if (!got)
			break;
		done += got;
	}
	return done;
}

/* ------------------------------------------------------------------ changing sides */

static void retag(struct zone *zone, u32 block, unsigned int mt)
{
	struct qy_pageblock *pb = &zone->machine->blocks[block];
	u32 zb = block - zone_first_block(zone);
	unsigned int old = pb->migratetype;

	for (unsigned int o = 0; o <= WHOLE; o++) {
		if (!pb->nr[o])
			continue;
		index_clear(&zone->free_area[o].index[old], zb);
		area_sub(zone, o, old, pb->nr[o]);
		index_set(&zone->free_area[o].index[mt], zb);
		area_add(zone, o, mt, pb->nr[o]);
	}
	if (pb->flags & PB_PAIR) {
		pair_lose(zone, pb, zb);
		WRITE_ONCE(pb->migratetype, (u8)mt);
		pair_gain(zone, pb, zb);
	}
	account(zone, old, -(s64)pb->nr_free);
	account(zone, mt, pb->nr_free);
	WRITE_ONCE(pb->migratetype, (u8)mt);
}

u32 qy_set_pageblock_migratetype(struct zone *zone, u32 block, enum migratetype mt)
{
	struct qy_pageblock *blocks = zone->machine->blocks;
	u32 moved = blocks[block].nr_free;

	lockdep_assert_held(&zone->lock);
	if (blocks[block & ~1u].flags & PB_PAIR) {
		/* both halves of one block have one type */
		retag(zone, block & ~1u, mt);
		retag(zone, block | 1u, mt);
		return 2 * BLOCK_FRAMES;
	}
	retag(zone, block, mt);
	if (blocks[block].nr[WHOLE]) {
		/* wholly free, and now perhaps of a type that merges with the other half */
		u32 zb = block - zone_first_block(zone);

		block_lose(zone, &blocks[block], zb, WHOLE, 1);
		pair_up(zone, &blocks[block], zb);
	}
	return moved;
}

/* The two halves of an order-10 block become order-9 blocks of their own. The caller sees to it that they may stay so. */
static void split_pair(struct zone *zone, u32 block)
{
	struct qy_pageblock *lower = &zone->machine->blocks[block & ~1u];
	u32 zb = (block & ~1u) - zone_first_block(zone);

	if (!(lower->flags & PB_PAIR))
		return;
	pair_lose(zone, lower, zb);
	block_gain(zone, lower, zb, WHOLE);
	block_gain(zone, lower + 1, zb + 1, WHOLE);
}

u32 qy_move_pageblock(struct zone *zone, u32 block, enum migratetype mt)
{
	lockdep_assert_held(&zone->lock);
	split_pair(zone, block);
	return qy_set_pageblock_migratetype(zone, block, mt);
}

/* ------------------------------------------------------------------ ranges of frames */

u32 qy_freemap_first_busy(const struct qy_machine *m, u32 first, u32 last)
{
	while (first < last) {
		u32 in_word = min(64 - (first & 63), last - first);
		u32 block = first >> QY_PAGEBLOCK_ORDER;
		u32 nr_free = READ_ONCE(m->blocks[block].nr_free);
		u64 used = ~0ull;

		if (nr_free == BLOCK_FRAMES)
			used = 0;
		else if (nr_free)
			used = ~READ_ONCE(m->lines[block][first / 64 % BLOCK_WORDS]);
		used = used >> (first & 63) & qy_low_bits(in_word);
		if (used)
			return first + qy_ffs64(used);
		first += in_word;
	}
	return last;
}

unsigned int qy_freemap_order_at(const struct qy_machine *m, u32 frame)
{
	u32 block = frame >> QY_PAGEBLOCK_ORDER;
	unsigned int order = 0;

	if (m->blocks[block & ~1u].flags & PB_PAIR)
		return PAIR;
	while (order < WHOLE) {
		u32 first = frame & ~((2u << order) - 1);

		if (qy_freemap_first_busy(m, first, first + (2u << order)) !=
			first + (2u << order))
			break;
		order++;
	}
	return order;
}

/* The line's blocks, as they are after a change that no split or merge describes. */
static void recount_block(struct zone *zone, struct qy_pageblock *pb, u32 zb, u64 *line)
{
	u64 full = full_words(line);

	for (unsigned int k = 0; k < WHOLE; k++) {
		u32 nr = k >= 6 ? qy_popcount64(blocks_of_order(full, k - 6)) : 0;

		for (unsigned int i = 0; k < 6 && i < BLOCK_WORDS; i++)
			nr += qy_popcount64(blocks_of_order(line[i], k));
		while (nr--)
			block_gain(zone, pb, zb, k);
	}
}

static void take_part(struct zone *zone, u32 first, u32 last)
{
	u32 block = first >> QY_PAGEBLOCK_ORDER, zb = block - zone_first_block(zone);
	struct qy_pageblock *pb = &zone->machine->blocks[block];
	u64 *line = zone->machine->lines[block];

	split_pair(zone, block);
	for (unsigned int k = 0; k <= WHOLE; k++)
		if (pb->nr[k])
			block_lose(zone, pb, zb, k, pb->nr[k]);
	if (pb->nr_free == BLOCK_FRAMES)
		fill_line(line, ~0ull);
	clear_bits(line, first & (BLOCK_FRAMES - 1), last - first);
	set_nr_free(pb, pb->nr_free - (last - first));
	account(zone, pb->migratetype, -(s64)(last - first));
	recount_block(zone, pb, zb, line);
}

void qy_freemap_take_range(struct zone *zone, u32 first, u32 last)
{
	lockdep_assert_held(&zone->lock);
	while (first < last) {
		u32 end = min(last, round_up(first + 1, BLOCK_FRAMES));

		take_part(zone, first, end);
		first = end;
	}
}

/* ------------------------------------------------------------------ validation: the header, recomputed */

struct recount {
	u64 nr[QY_NR_PAGE_ORDERS][NR_BLOCK_TYPES];
	u64 free, free_cma, free_guaranteed;
};

#define INVALID(...)                                     \
	do {                                             \
		qy_snprintf(why, why_size, __VA_ARGS__); \
		return false;                            \
	} while (0)

/* The line as it is meant, whatever stands there while the pageblock is wholly free or not at all. */
static void meant_line(const struct qy_machine *m, u32 block, u64 *line)
{
	u32 nr_free = m->blocks[block].nr_free;

	for (unsigned int i = 0; i < BLOCK_WORDS; i++)
		line[i] = !nr_free                  ? 0
			  : nr_free == BLOCK_FRAMES ? ~0ull
						    : m->lines[block][i];
}

static bool recount_line(
	struct zone *zone, u32 block, u16 *nr, char *why, size_t why_size)
{
	const struct qy_machine *m = zone->machine;
	u64 line[BLOCK_WORDS];
	u32 free = 0;

	meant_line(m, block, line);
	for (unsigned int i = 0; i < BLOCK_WORDS; i++) {
		free += qy_popcount64(line[i]);
		for (unsigned int k = 0; k < 6; k++)
			nr[k] = (u16)(nr[k] + qy_popcount64(blocks_of_order(line[i], k)));
		for (u64 w = line[i]; w; w &= w - 1) {
			u32 frame = (block << QY_PAGEBLOCK_ORDER) + i * 64 + qy_ffs64(w);

			if (m->hot[frame])
				INVALID("frame %u: free in the map, but its hot word is 0x%x",
					frame, m->hot[frame]);
		}
	}
	for (unsigned int k = 6; k <= WHOLE; k++)
		nr[k] = (u16)qy_popcount64(blocks_of_order(full_words(line), k - 6));
	if (free != m->blocks[block].nr_free)
		INVALID("pageblock %u: nr_free %u, bits %u", block,
			m->blocks[block].nr_free, free);
	return true;
}

static bool validate_block(
	struct zone *zone, u32 block, struct recount *sum, char *why, size_t why_size)
{
	const struct qy_pageblock *pb = &zone->machine->blocks[block];
	const struct qy_pageblock *other = &zone->machine->blocks[block ^ 1];
	bool in_pair = zone->machine->blocks[block & ~1u].flags & PB_PAIR;
	u16 nr[QY_PAGEBLOCK_ORDER + 1] = { 0 };

	if (pb->zone != zone->id)
		INVALID("pageblock %u: of zone %u, found in %s", block, pb->zone,
			zone->name);
	if (!recount_line(zone, block, nr, why, why_size))
		return false;
	if (in_pair) {
		if (!nr[WHOLE] || other->nr_free != BLOCK_FRAMES ||
			pb->migratetype != other->migratetype)
			INVALID("pageblock %u: in a pair, but not free or of another type",
				block);
		nr[WHOLE] = 0;
		sum->nr[PAIR][pb->migratetype] += !(block & 1);
	} else if (nr[WHOLE] && other->nr[WHOLE] &&
		   (pb->migratetype == other->migratetype ||
			   (migratetype_is_mergeable(pb->migratetype) &&
				   migratetype_is_mergeable(other->migratetype)))) {
		INVALID("pageblock %u: free buddies stay apart", block);
	}
	for (unsigned int o = 0; o <= WHOLE; o++) {
		if (nr[o] != pb->nr[o])
			INVALID("pageblock %u order %u: count %u, bits %u", block, o,
				pb->nr[o], nr[o]);
		sum->nr[o][pb->migratetype] += nr[o];
	}
	if (pb->migratetype != MIGRATE_ISOLATE)
		sum->free += pb->nr_free;
	if (shown_migratetype(pb->migratetype) == MIGRATE_CMA)
		sum->free_cma += pb->nr_free;
	if (pb->migratetype == MIGRATE_GUARANTEED)
		sum->free_guaranteed += pb->nr_free;
	return true;
}

static bool validate_index(const struct zone *zone, u32 block, char *why, size_t why_size)
{
	const struct qy_pageblock *pb = &zone->machine->blocks[block];
	u32 zb = block - zone_first_block(zone);

	for (unsigned int o = 0; o <= PAIR; o++) {
		bool has = o == PAIR ? (pb->flags & PB_PAIR) != 0 : pb->nr[o] != 0;

		for (unsigned int mt = 0; mt < NR_BLOCK_TYPES; mt++) {
			const struct free_index *index = &zone->free_area[o].index[mt];
			bool bit = index->bits[zb / 64] >> (zb & 63) & 1;
			bool summary = index->summary[zb / 4096] >> (zb / 64 & 63) & 1;

			if (bit != (has && mt == pb->migratetype) || (bit && !summary))
				INVALID("pageblock %u order %u type %u: index bit %d",
					block, o, mt, bit);
		}
	}
	return true;
}

bool qy_freemap_validate(struct zone *zone, char *why, size_t why_size)
{
	u32 first = zone_first_block(zone),
	    last = first + (zone->nr_frames >> QY_PAGEBLOCK_ORDER);
	struct recount sum = { .free = 0 };

	for (u32 block = first; block < last; block++)
		if (!validate_block(zone, block, &sum, why, why_size) ||
			!validate_index(zone, block, why, why_size))
			return false;
	for (unsigned int o = 0; o <= PAIR; o++) {
		u64 all = 0;

		for (unsigned int mt = 0; mt < NR_BLOCK_TYPES; mt++) {
			all += sum.nr[o][mt];
			if (sum.nr[o][mt] != zone->free_area[o].nr_type[mt])
				INVALID("zone %s order %u type %u: nr_type %llu, recount %llu",
					zone->name, o, mt,
					(unsigned long long)zone->free_area[o]
						.nr_type[mt],
					(unsigned long long)sum.nr[o][mt]);
			if ((zone->free_orders[mt] >> o & 1) != (sum.nr[o][mt] != 0))
				INVALID("zone %s order %u type %u: free_orders bit is wrong",
					zone->name, o, mt);
		}
		if (all != zone->free_area[o].nr_free)
			INVALID("zone %s order %u: nr_free disagrees with a recount",
				zone->name, o);
	}
	if (sum.free != zone->nr_free_pages || sum.free_cma != zone->nr_free_cma ||
		sum.free_guaranteed != zone->nr_free_guaranteed)
		INVALID("zone %s: NR_FREE %llu, bits %llu", zone->name,
			(unsigned long long)zone->nr_free_pages,
			(unsigned long long)sum.free);
	return true;
}
