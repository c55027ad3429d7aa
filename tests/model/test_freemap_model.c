// SPDX-License-Identifier: MIT
/*
 * The free map against a naive buddy: an array that holds, for each frame, the order of the free block that begins
 * there. The naive one follows Linux's words: merge with the buddy of equal order until there is none.
 *
 * Which of several equal blocks is handed out is the free map's choice; the naive buddy follows it, after checking that
 * the choice was legal: the head of a free block of the smallest sufficient order of that type. After each operation
 * every count per (order, type) is compared and the free map validates itself.
 *
 * No state.
 */
#include "tests/model/rig.h"

#define NOT_FREE (-1)

/* ------------------------------------------------------------------ the naive buddy of one zone */

struct naive {
	struct zone *zone;
	int8_t *order; /* by frame - first_frame: order of the free block that begins here */
	uint8_t *type; /* by pageblock */
	uint64_t nr[QY_NR_PAGE_ORDERS][MIGRATE_TYPES];
};

static unsigned int type_of(const struct naive *naive, uint32_t at)
{
	return naive->type[at / BLOCK_FRAMES];
}

static void insert(struct naive *naive, uint32_t at, unsigned int order)
{
	naive->order[at] = (int8_t)order;
	naive->nr[order][type_of(naive, at)]++;
}

static void extract(struct naive *naive, uint32_t at)
{
	naive->nr[naive->order[at]][type_of(naive, at)]--;
	naive->order[at] = NOT_FREE;
}

/* Ordinary types merge with one another; the reserve, CMA and isolated blocks only with their like. */
static bool may_merge(unsigned int a, unsigned int b)
{
	return a == b || (a <= MIGRATE_RECLAIMABLE && b <= MIGRATE_RECLAIMABLE);
}

static void naive_put(struct naive *naive, uint32_t at, unsigned int order)
{
	if (order == QY_MAX_PAGE_ORDER) {
		naive_put(naive, at, order - 1);
		naive_put(naive, at + BLOCK_FRAMES, order - 1);
		return;
	}
	for (; order < QY_MAX_PAGE_ORDER; order++) {
		uint32_t buddy = at ^ 1u << order;

		if (buddy >= naive->zone->nr_frames || naive->order[buddy] != (int)order)
			break;
		if (order == QY_PAGEBLOCK_ORDER &&
			!may_merge(type_of(naive, at), type_of(naive, buddy)))
			break;
		extract(naive, buddy);
		naive->type[buddy / BLOCK_FRAMES] = (uint8_t)type_of(naive, at);
		at &= buddy;
	}
	insert(naive, at, order);
}

static int smallest(const struct naive *naive, unsigned int order, unsigned int mt)
{
	for (; order <= QY_MAX_PAGE_ORDER; order++)
		if (naive->nr[order][mt])
			return (int)order;
	return -1;
}

/* The block of @order at @at was handed out: it must be the low end of a block of the smallest order. */
static void naive_take(
	struct naive *naive, uint32_t at, unsigned int order, unsigned int mt)
{
	int found = smallest(naive, order, mt);

	CHECK(at < naive->zone->nr_frames);
	CHECK_EQ(naive->order[at], found);
	CHECK_EQ(type_of(naive, at), mt);
	extract(naive, at);
	for (unsigned int half = (unsigned int)found; half-- > order;)
		insert(naive, at + (1u << half), half);
}

/* A free block of order 10 spans two pageblocks: both change. A half alone that now fits its other half joins it. */
static void naive_retag(struct naive *naive, uint32_t block, unsigned int mt)
{
	uint32_t pair = (block & ~1u) * BLOCK_FRAMES;
	uint32_t first = block * BLOCK_FRAMES, end = first + BLOCK_FRAMES;

	if (naive->order[pair] == QY_MAX_PAGE_ORDER) {
		first = pair;
		end = pair + 2 * BLOCK_FRAMES;
	}
	for (uint32_t at = first; at < end; at++)
		if (naive->order[at] != NOT_FREE)
			naive->nr[naive->order[at]][type_of(naive, at)]--;
	for (uint32_t at = first; at < end; at += BLOCK_FRAMES)
		naive->type[at / BLOCK_FRAMES] = (uint8_t)mt;
	for (uint32_t at = first; at < end; at++)
		if (naive->order[at] != NOT_FREE)
			naive->nr[naive->order[at]][mt]++;
	if (naive->order[first] == QY_PAGEBLOCK_ORDER) {
		extract(naive, first);
		naive_put(naive, first, QY_PAGEBLOCK_ORDER);
	}
}

/* One pageblock alone: the order-10 block that it is half of comes apart first. */
static void naive_move(struct naive *naive, uint32_t block, unsigned int mt)
{
	uint32_t pair = (block & ~1u) * BLOCK_FRAMES;

	if (naive->order[pair] == QY_MAX_PAGE_ORDER) {
		extract(naive, pair);
		insert(naive, pair, QY_PAGEBLOCK_ORDER);
		insert(naive, pair + BLOCK_FRAMES, QY_PAGEBLOCK_ORDER);
	}
	naive_retag(naive, block, mt);
}

/* Return: where the free block that holds @at begins; UINT32_MAX = it is not free. */
static uint32_t naive_block_of(const struct naive *naive, uint32_t at)
{
	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++) {
		uint32_t head = at & ~((1u << order) - 1);

		if (naive->order[head] != NOT_FREE &&
			at - head < 1u << naive->order[head])
			return head;
	}
	return UINT32_MAX;
}

/* pre: all of it is free. What the blocks have outside of it is freed again. */
static void naive_take_range(struct naive *naive, uint32_t first, uint32_t last)
{
	while (first < last) {
		uint32_t head = naive_block_of(naive, first);
		uint32_t end = head + (1u << naive->order[head]);

		extract(naive, head);
		for (uint32_t at = head; at < first; at++)
			naive_put(naive, at, 0);
		for (uint32_t at = last; at < end; at++)
			naive_put(naive, at, 0);
		first = end;
	}
}

/* ------------------------------------------------------------------ comparison */

static void compare(const struct naive *naive, const char *after)
{
	const struct zone *zone = naive->zone;
	char why[256] = "";
	uint64_t free = 0;

	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++) {
		uint64_t all = 0;

		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
			uint64_t theirs = naive->nr[order][mt];

			if (zone->free_area[order].nr_type[mt] != theirs)
				FAIL("after %s: order %u type %u: %llu blocks, naive %llu",
					after, order, mt,
					(unsigned long long)zone->free_area[order]
						.nr_type[mt],
					(unsigned long long)theirs);
			all += theirs;
			if (mt != MIGRATE_ISOLATE)
				free += theirs << order;
		}
		CHECK_EQ(zone->free_area[order].nr_free, all);
	}
	if (zone->nr_free_pages != free)
		FAIL("after %s: nr_free_pages %llu, naive %llu", after,
			(unsigned long long)zone->nr_free_pages,
			(unsigned long long)free);
	if (!qy_freemap_validate(naive->zone, why, sizeof(why)))
		FAIL("after %s: %s", after, why);
	for (uint32_t b = 0; b < zone->nr_frames / BLOCK_FRAMES; b++)
		CHECK_EQ(zone->machine->blocks[zone->first_frame / BLOCK_FRAMES + b]
				 .migratetype,
			naive->type[b]);
}

/* Reads the zone as boot left it: what is free, by the public bit test, largest aligned runs first. */
static void naive_from_zone(struct naive *naive, struct zone *zone)
{
	const struct qy_machine *m = zone->machine;

	memset(naive, 0, sizeof(*naive));
	naive->zone = zone;
	naive->order = malloc(zone->nr_frames);
	memset(naive->order, NOT_FREE, zone->nr_frames);
	naive->type = malloc(zone->nr_frames / BLOCK_FRAMES);
	for (uint32_t b = 0; b < zone->nr_frames / BLOCK_FRAMES; b++)
		naive->type[b] =
			m->blocks[zone->first_frame / BLOCK_FRAMES + b].migratetype;
	for (uint32_t at = 0; at < zone->nr_frames; at++)
		if (freemap_test(m, zone->first_frame + at))
			naive_put(naive, at, 0);
	compare(naive, "boot");
}

static void naive_end(struct naive *naive)
{
	free(naive->order);
	free(naive->type);
}

/* ------------------------------------------------------------------ random operations on one zone */

struct held {
	uint32_t at;
	uint8_t order;
};

struct walk {
	struct naive naive;
	struct rig_random random;
	struct held *held;
	uint32_t nr_held, max_held;
	uint64_t nr_taken, nr_pairs_retagged, nr_bulk, nr_pairs_split, nr_ranges;
	unsigned int bulk_order, bulk_type;
};

static void hold(struct walk *walk, uint32_t at, unsigned int order)
{
	CHECK(walk->nr_held < walk->max_held);
	walk->held[walk->nr_held++] = (struct held){ at, (uint8_t)order };
}

/* Small orders more often than large ones, but every order sometimes. */
static unsigned int any_order(struct walk *walk)
{
	return rig_below(&walk->random, 3) ? rig_below(&walk->random, 4)
					   : rig_below(&walk->random, QY_NR_PAGE_ORDERS);
}

static void op_take(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;
	unsigned int order = any_order(walk);
	enum migratetype mt = (enum migratetype)rig_below(&walk->random, MIGRATE_TYPES);
	uint32_t frame = qy_freemap_take(zone, order, mt);

	if (frame == NO_FRAME) {
		CHECK_EQ(smallest(&walk->naive, order, mt), -1);
		return;
	}
	CHECK_EQ((frame - zone->first_frame) & ((1u << order) - 1), 0);
	naive_take(&walk->naive, frame - zone->first_frame, order, mt);
	hold(walk, frame - zone->first_frame, order);
	walk->nr_taken++;
}

static void got_one_of_bulk(void *arg, uint32_t frame)
{
	struct walk *walk = arg;
	uint32_t at = frame - walk->naive.zone->first_frame;

	naive_take(&walk->naive, at, walk->bulk_order, walk->bulk_type);
	hold(walk, at, walk->bulk_order);
}

static void op_bulk(struct walk *walk)
{
	uint32_t before = walk->nr_held, want = 1 + rig_below(&walk->random, 100);
	uint32_t got;

	walk->bulk_order = any_order(walk);
	walk->bulk_type = rig_below(&walk->random, MIGRATE_TYPES);
	got = qy_freemap_take_bulk(walk->naive.zone, walk->bulk_order,
		(enum migratetype)walk->bulk_type, want, got_one_of_bulk, walk);
	CHECK_EQ(walk->nr_held - before, got);
	if (got < want)
		CHECK_EQ(smallest(&walk->naive, walk->bulk_order, walk->bulk_type), -1);
	walk->nr_bulk += got;
}

static void op_put(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;
	struct held gone;
	uint32_t i;

	if (!walk->nr_held)
		return;
	i = rig_below(&walk->random, walk->nr_held);
	gone = walk->held[i];
	walk->held[i] = walk->held[--walk->nr_held];
	/* sometimes only a part of it, as split_page() allows */
	while (gone.order && !rig_below(&walk->random, 4)) {
		gone.order--;
		hold(walk, gone.at + (1u << gone.order), gone.order);
	}
	qy_freemap_put(zone, zone->first_frame + gone.at, gone.order);
	naive_put(&walk->naive, gone.at, gone.order);
}

static void op_retag(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;
	uint32_t block = rig_below(&walk->random, zone->nr_frames / BLOCK_FRAMES);
	enum migratetype mt = (enum migratetype)rig_below(&walk->random, MIGRATE_TYPES);
	bool pair = walk->naive.order[(block & ~1u) * BLOCK_FRAMES] == QY_MAX_PAGE_ORDER;

	qy_set_pageblock_migratetype(zone, zone->first_frame / BLOCK_FRAMES + block, mt);
	naive_retag(&walk->naive, block, mt);
	walk->nr_pairs_retagged += pair;
}

static void op_move(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;
	uint32_t block = rig_below(&walk->random, zone->nr_frames / BLOCK_FRAMES);
	enum migratetype mt = (enum migratetype)rig_below(&walk->random, MIGRATE_TYPES);
	bool pair = walk->naive.order[(block & ~1u) * BLOCK_FRAMES] == QY_MAX_PAGE_ORDER;

	qy_move_pageblock(zone, zone->first_frame / BLOCK_FRAMES + block, mt);
	naive_move(&walk->naive, block, mt);
	walk->nr_pairs_split += pair;
}

/* A run of free frames that begins and ends anywhere, up to two and a half pageblocks long. */
static void op_take_range(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;
	uint32_t first = rig_below(&walk->random, zone->nr_frames), last = first;
	uint32_t longest = rig_below(&walk->random, 8) ? 32 : BLOCK_FRAMES * 5 / 2;
	uint32_t most = first + 1 + rig_below(&walk->random, longest);

	while (last < most && last < zone->nr_frames &&
		naive_block_of(&walk->naive, last) != UINT32_MAX)
		last++;
	CHECK_EQ(qy_freemap_first_busy(zone->machine, zone->first_frame + first,
			 zone->first_frame + min(most, zone->nr_frames)),
		zone->first_frame + last);
	if (first == last)
		return;
	CHECK_EQ(qy_freemap_order_at(zone->machine, zone->first_frame + first),
		walk->naive.order[naive_block_of(&walk->naive, first)]);
	qy_freemap_take_range(zone, zone->first_frame + first, zone->first_frame + last);
	naive_take_range(&walk->naive, first, last);
	for (uint32_t at = first; at < last; at++)
		hold(walk, at, 0);
	walk->nr_ranges++;
}

/* A block of exactly some order, as fallback takes it. */
static void op_take_from(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;
	enum migratetype mt = (enum migratetype)rig_below(&walk->random, MIGRATE_TYPES);
	int largest = qy_freemap_largest(zone, mt, 0, QY_MAX_PAGE_ORDER);
	unsigned int order, found;
	uint32_t frame, at;

	for (unsigned int o = 0; o <= QY_MAX_PAGE_ORDER; o++)
		CHECK(!walk->naive.nr[o][mt] || (int)o <= largest);
	if (largest < 0)
		return;
	found = (unsigned int)largest;
	order = rig_below(&walk->random, found + 1);
	frame = qy_freemap_first(zone, found, mt);
	at = frame - zone->first_frame;
	CHECK_EQ(walk->naive.order[at], largest);
	CHECK_EQ(type_of(&walk->naive, at), mt);
	CHECK(qy_freemap_take_from(zone, frame, found, order));
	extract(&walk->naive, at);
	for (unsigned int half = found; half-- > order;)
		insert(&walk->naive, at + (1u << half), half);
	hold(walk, at, order);
}

/* Now and then all comes back, so that large blocks are there to be taken apart. */
static void put_all(struct walk *walk)
{
	struct zone *zone = walk->naive.zone;

	while (walk->nr_held) {
		struct held *last = &walk->held[--walk->nr_held];

		qy_freemap_put(zone, zone->first_frame + last->at, last->order);
		naive_put(&walk->naive, last->at, last->order);
	}
	compare(&walk->naive, "freeing all");
}

static void walk_zone(struct zone *zone, uint64_t seed, unsigned long steps)
{
	static void (*const ops[])(struct walk *) = { op_take, op_take, op_bulk, op_put,
		op_put, op_put, op_put, op_retag, op_take_from, op_move, op_take_range };
	static const char *const names[] = { "take", "take", "bulk take", "put", "put",
		"put", "put", "retag", "take from", "move", "take range" };
	struct walk walk = { .random = { seed }, .max_held = zone->nr_frames };

	walk.held = calloc(walk.max_held, sizeof(*walk.held));
	qy_spin_lock_irqsave(&zone->lock);
	naive_from_zone(&walk.naive, zone);
	for (unsigned long i = 0; i < steps; i++) {
		uint32_t op = rig_below(&walk.random, ARRAY_SIZE(ops));

		ops[op](&walk);
		compare(&walk.naive, names[op]);
		if (i % 500 == 499)
			put_all(&walk);
	}
	/* all six types have been seen, and pairs change sides: else the walk was too tame to prove anything */
	if (steps >= 2000 && zone->nr_frames >= 12 * BLOCK_FRAMES)
		CHECK(walk.nr_taken > 50 && walk.nr_bulk > 50 &&
			walk.nr_pairs_retagged + walk.nr_pairs_split > 0 &&
			walk.nr_ranges > 20);
	put_all(&walk);
	for (uint32_t block = 0; block < zone->nr_frames / BLOCK_FRAMES; block++) {
		qy_set_pageblock_migratetype(
			zone, zone->first_frame / BLOCK_FRAMES + block, MIGRATE_MOVABLE);
		naive_retag(&walk.naive, block, MIGRATE_MOVABLE);
	}
	compare(&walk.naive, "making all movable");
	qy_spin_unlock_irqrestore(&zone->lock);
	naive_end(&walk.naive);
	free(walk.held);
}

static void walk_every_zone(struct rig *rig, unsigned long steps)
{
	uint64_t managed = 0;

	rig_boot(rig);
	for (uint32_t i = 0; i < rig->m->nr_zones; i++) {
		struct zone *zone = &rig->m->zones[i];

		if (!zone->nr_frames)
			continue;
		walk_zone(zone, qy_test_seed() * 1000 + i, qy_test_scale(steps));
		managed += zone->managed_pages;
	}
	rig_check_valid(rig->m, "the walk");
	CHECK_EQ(rig_free_frames(rig->m), managed);
	rig_down(rig);
}

TEST(freemap_model, agrees_with_a_naive_buddy_on_one_aligned_zone)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(32), 1);
	walk_every_zone(&rig, 4000);
}

TEST(freemap_model, agrees_where_a_zone_edge_cuts_a_pageblock)
{
	static struct rig rig;

	/*
	 *  DMA                     | DMA32
	 *  ....[2 MiB][2 MiB][2 M|iB][2 MiB]....     the pageblock at the edge has one line in each zone
	 */
	rig_two_zones(&rig, MIB(24), GIB(1) + MIB(12) + KIB(4) * 77, 1);
	walk_every_zone(&rig, 3000);
}

TEST(freemap_model, agrees_where_banks_begin_and_end_inside_pageblocks)
{
	static struct rig rig;

	rig_two_zones(&rig, MIB(5) + KIB(4) * 3, GIB(1) + MIB(9) - KIB(4) * 5, 1);
	rig_bank(&rig, GIB(1) + MIB(6) + KIB(4) * 1, MIB(1), 0);
	rig_bank(&rig, GIB(1) + MIB(8) - KIB(8), MIB(7) + KIB(12), 0);
	rig_bank(&rig, GIB(1) + MIB(64) + KIB(4) * 511, KIB(4), 0);
	walk_every_zone(&rig, 3000);
}

TEST(freemap_model, agrees_on_a_pc_with_an_odd_first_megabyte)
{
	static struct rig rig;

	rig_init(&rig, QY_ARCH_X86_64, 1);
	rig_bank(&rig, KIB(4), KIB(4) * 158, 0);
	rig_bank(&rig, MIB(1), MIB(31) - KIB(4) * 32, 0);
	walk_every_zone(&rig, 2000);
}

TEST(freemap_model, agrees_when_nodes_meet_inside_a_pageblock)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(9) + KIB(4), 2);
	rig.cpu_node[1] = 1;
	rig_bank(&rig, GIB(1) + MIB(9) + KIB(4), MIB(11), 1);
	walk_every_zone(&rig, 2000);
}

/* ------------------------------------------------------------------ order 10, by hand */

/* Empties the zone but for one order-10 pair at its first aligned place, as two order-9 blocks in hand. */
static uint32_t take_first_pair(struct zone *zone)
{
	uint32_t frame = qy_freemap_take(zone, QY_MAX_PAGE_ORDER, MIGRATE_MOVABLE);

	CHECK(frame != NO_FRAME);
	return frame;
}

static void check_pair(unsigned int lower, unsigned int upper, bool merges)
{
	static struct rig rig;
	struct zone *zone;
	uint32_t frame, block;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	zone = &rig.m->zones[QY_ZONE_NORMAL];
	qy_spin_lock_irqsave(&zone->lock);
	frame = take_first_pair(zone);
	block = frame / BLOCK_FRAMES;
	qy_set_pageblock_migratetype(zone, block, (enum migratetype)lower);
	qy_set_pageblock_migratetype(zone, block + 1, (enum migratetype)upper);
	qy_freemap_put(zone, frame, QY_PAGEBLOCK_ORDER);
	qy_freemap_put(zone, frame + BLOCK_FRAMES, QY_PAGEBLOCK_ORDER);
	CHECK_EQ(rig.m->blocks[block].migratetype, merges ? upper : lower);
	CHECK_EQ(rig.m->blocks[block + 1].migratetype, upper);
	CHECK_EQ(zone->free_area[QY_MAX_PAGE_ORDER].nr_type[upper] != 0,
		merges || upper == MIGRATE_MOVABLE);
	CHECK_EQ(zone->free_area[QY_PAGEBLOCK_ORDER].nr_free, merges ? 0 : 2);
	qy_spin_unlock_irqrestore(&zone->lock);
	rig_down(&rig);
}

TEST(freemap_model, two_free_pageblocks_join_as_linux_joins_them)
{
	for (unsigned int lower = 0; lower < MIGRATE_TYPES; lower++)
		for (unsigned int upper = 0; upper < MIGRATE_TYPES; upper++)
			check_pair(lower, upper, may_merge(lower, upper));
}
