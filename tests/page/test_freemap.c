// SPDX-License-Identifier: MIT
/*
 * The free map by hand: where blocks split and merge, which one is taken, what a change of type moves. Random walks are in
 * tests/model.
 *
 * No state.
 */
#include "tests/model/rig.h"

static struct zone *boot(struct rig *rig, uint64_t bytes)
{
	rig_one_zone(rig, bytes, 1);
	rig_boot(rig);
	qy_spin_lock_irqsave(&rig->m->zones[QY_ZONE_NORMAL].lock);
	return &rig->m->zones[QY_ZONE_NORMAL];
}

static void down(struct rig *rig)
{
	char why[256] = "";

	if (!qy_freemap_validate(&rig->m->zones[QY_ZONE_NORMAL], why, sizeof(why)))
		FAIL("%s", why);
	qy_spin_unlock_irqrestore(&rig->m->zones[QY_ZONE_NORMAL].lock);
	rig_down(rig);
}

static uint64_t nr(const struct zone *zone, unsigned int order)
{
	return zone->free_area[order].nr_free;
}

TEST(freemap, a_booted_zone_is_free_blocks_of_order_10)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));

	for (unsigned int order = 0; order < QY_MAX_PAGE_ORDER; order++)
		CHECK_EQ(nr(zone, order), 0);
	CHECK_EQ(nr(zone, 10), 4);
	CHECK_EQ(zone->free_area[10].nr_type[MIGRATE_MOVABLE], 4);
	CHECK_EQ(zone->nr_free_pages, 4096);
	down(&rig);
}

/*
 *  [          1024          ]
 *  [X][1][ 2 ][   4   ][ 8 ].. [ 512 ]     order 0 taken: one block of every lower order stays
 */
TEST(freemap, a_split_leaves_one_block_of_every_lower_order)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));
	uint32_t frame = qy_freemap_take(zone, 0, MIGRATE_MOVABLE);

	CHECK_EQ(frame & 1023, 0); /* the low end */
	for (unsigned int order = 0; order < QY_MAX_PAGE_ORDER; order++)
		CHECK_EQ(nr(zone, order), 1);
	CHECK_EQ(nr(zone, 10), 3);
	CHECK(!freemap_test(rig.m, frame) && freemap_test(rig.m, frame + 1));
	qy_freemap_put(zone, frame, 0);
	CHECK_EQ(nr(zone, 10), 4);
	CHECK_EQ(zone->nr_free_pages, 4096);
	down(&rig);
}

TEST(freemap, the_smallest_sufficient_block_is_taken)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));
	uint32_t frame = qy_freemap_take(zone, 3, MIGRATE_MOVABLE);

	/* free now: orders 3 to 9 once, order 10 three times */
	for (unsigned int order = 3; order <= 9; order++) {
		CHECK_EQ(qy_freemap_smallest(zone, MIGRATE_MOVABLE, (int)order, 10),
			(int)order);
		CHECK_EQ(qy_freemap_take(zone, order, MIGRATE_MOVABLE),
			frame + (1u << order));
		CHECK_EQ(nr(zone, order), 0);
	}
	CHECK_EQ(nr(zone, 10), 3);
	for (unsigned int order = 3; order <= 9; order++)
		qy_freemap_put(zone, frame + (1u << order), order);
	qy_freemap_put(zone, frame, 3);
	CHECK_EQ(nr(zone, 10), 4);
	down(&rig);
}

TEST(freemap, a_block_of_another_type_is_not_taken)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));

	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		if (mt != MIGRATE_MOVABLE) {
			CHECK_EQ(
				qy_freemap_take(zone, 0, (enum migratetype)mt), NO_FRAME);
			CHECK_EQ(qy_freemap_smallest(zone, (enum migratetype)mt, 0, 10),
				-1);
			CHECK_EQ(qy_freemap_largest(zone, (enum migratetype)mt, 0, 10),
				-1);
		}
	down(&rig);
}

TEST(freemap, single_frames_merge_in_any_order_of_freeing)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));
	struct rig_random random = { qy_test_seed() };
	static uint32_t order_of_freeing[1024];
	uint32_t frame = qy_freemap_take(zone, 10, MIGRATE_MOVABLE);

	for (uint32_t i = 0; i < 1024; i++)
		order_of_freeing[i] = i;
	for (uint32_t i = 1023; i; i--) {
		uint32_t j = rig_below(&random, i + 1), held = order_of_freeing[i];

		order_of_freeing[i] = order_of_freeing[j];
		order_of_freeing[j] = held;
	}
	for (uint32_t i = 0; i < 1024; i++)
		qy_freemap_put(zone, frame + order_of_freeing[i], 0);
	CHECK_EQ(nr(zone, 10), 4);
	down(&rig);
}

TEST(freemap, a_change_of_type_moves_the_free_blocks_of_the_pageblock)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));
	uint32_t frame = qy_freemap_take(zone, 2, MIGRATE_MOVABLE);
	uint32_t block = frame / BLOCK_FRAMES;

	CHECK_EQ(qy_set_pageblock_migratetype(zone, block, MIGRATE_UNMOVABLE), 508);
	for (unsigned int order = 2; order <= 8; order++) {
		CHECK_EQ(zone->free_area[order].nr_type[MIGRATE_UNMOVABLE], 1);
		CHECK_EQ(zone->free_area[order].nr_type[MIGRATE_MOVABLE], 0);
	}
	CHECK_EQ(zone->free_area[9].nr_type[MIGRATE_MOVABLE],
		1); /* the other half stays */
	CHECK_EQ(zone->nr_free_pages, 4092);
	/* the last frame home: both halves free, both ordinary: one block of the type just freed */
	qy_freemap_put(zone, frame, 2);
	CHECK_EQ(zone->free_area[10].nr_type[MIGRATE_UNMOVABLE], 1);
	CHECK_EQ(rig.m->blocks[block + 1].migratetype, MIGRATE_UNMOVABLE);
	down(&rig);
}

TEST(freemap, isolated_frames_are_not_counted_free)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));

	CHECK_EQ(qy_set_pageblock_migratetype(
			 zone, zone->first_frame / BLOCK_FRAMES, MIGRATE_ISOLATE),
		1024);
	CHECK_EQ(zone->nr_free_pages, 3072);
	qy_set_pageblock_migratetype(zone, zone->first_frame / BLOCK_FRAMES, MIGRATE_CMA);
	CHECK_EQ(zone->nr_free_pages, 4096);
	CHECK_EQ(zone->nr_free_cma, 1024);
	down(&rig);
}

static uint32_t bulk[600];
static uint32_t nr_bulk;

static void note(void *arg, uint32_t frame)
{
	(void)arg;
	bulk[nr_bulk++] = frame;
}

TEST(freemap, a_bulk_take_is_repeated_takes)
{
	static struct rig rig, twin;
	struct zone *zone, *other;

	/* two machines with the same odd pattern of free frames: one is asked in bulk, one frame by frame */
	other = boot(&twin, MIB(16));
	qy_spin_unlock_irqrestore(&other->lock);
	qy_leave();
	zone = boot(&rig, MIB(16));
	qy_spin_lock_irqsave(&other->lock);
	for (uint32_t i = 0; i < 300; i++)
		CHECK_EQ(qy_freemap_take(zone, 0, MIGRATE_MOVABLE) - zone->first_frame,
			qy_freemap_take(other, 0, MIGRATE_MOVABLE) - other->first_frame);
	for (uint32_t i = 0; i < 300; i += 1 + i % 3) {
		qy_freemap_put(zone, zone->first_frame + i, 0);
		qy_freemap_put(other, other->first_frame + i, 0);
	}
	nr_bulk = 0;
	CHECK_EQ(qy_freemap_take_bulk(zone, 0, MIGRATE_MOVABLE, 600, note, NULL), 600);
	for (uint32_t i = 0; i < 600; i++)
		CHECK_EQ(bulk[i] - zone->first_frame,
			qy_freemap_take(other, 0, MIGRATE_MOVABLE) - other->first_frame);
	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++)
		CHECK_EQ(nr(zone, order), nr(other, order));
	qy_spin_unlock_irqrestore(&other->lock);
	down(&rig);
	qy_hosted_shutdown(twin.m);
}

TEST(freemap, a_damaged_map_does_not_validate)
{
	static struct rig rig;
	struct zone *zone = boot(&rig, MIB(16));
	struct qy_machine *m = rig.m;
	char why[256] = "";

	/* a line means something while some of its frames are free and some are not */
	uint32_t taken = qy_freemap_take(zone, 0, MIGRATE_MOVABLE);
	uint32_t block = taken / BLOCK_FRAMES;

	CHECK(qy_freemap_validate(zone, why, sizeof(why)));
	m->lines[block][3] ^= 1ull << 17;
	CHECK(!qy_freemap_validate(zone, why, sizeof(why)) && why[0]);
	m->lines[block][3] ^= 1ull << 17;
	zone->free_area[10].nr_type[MIGRATE_MOVABLE]++;
	CHECK(!qy_freemap_validate(zone, why, sizeof(why)));
	zone->free_area[10].nr_type[MIGRATE_MOVABLE]--;
	zone->free_area[10].index[MIGRATE_MOVABLE].bits[0] ^= 1;
	CHECK(!qy_freemap_validate(zone, why, sizeof(why)));
	zone->free_area[10].index[MIGRATE_MOVABLE].bits[0] ^= 1;
	zone->nr_free_pages--;
	CHECK(!qy_freemap_validate(zone, why, sizeof(why)));
	zone->nr_free_pages++;
	qy_freemap_put(zone, taken, 0);
	CHECK(qy_freemap_validate(zone, why, sizeof(why)));
	down(&rig);
}
