// SPDX-License-Identifier: MIT
/*
 * Policy quarry: movable pages make room for unmovable ones, nobody loses a byte, and no request fails that Linux's rules
 * would serve.
 *
 * No state but one machine and what is held on it.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#include <quarry/compact.h>

#define MOVABLE   QY_GFP_HIGHUSER_MOVABLE
#define UNMOVABLE (QY_GFP_KERNEL | QY___GFP_NOWARN)
#define MAX_HELD  16384

static struct rig rig;

struct held {
	struct qy_handle h;
	struct page *page; /* of an unmovable block */
	unsigned int order;
	uint64_t value;
	bool used, pinned;
};

static struct held held[MAX_HELD];

static uint64_t event(enum machine_event which)
{
	return rig.m->events[which];
}

static struct zone *zone(void)
{
	return &rig.m->zones[QY_ZONE_NORMAL];
}

static void boot(enum qy_policy policy, uint64_t ram)
{
	rig_one_zone(&rig, ram, 1);
	rig.board.policy = policy;
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	memset(held, 0, sizeof(held));
}

static uint64_t *bytes_of(struct page *page)
{
	return qy_page_address(rig.m, page);
}

static bool take(struct held *one, qy_gfp_t gfp, unsigned int order)
{
	struct page *page = qy_alloc_pages(rig.m, gfp, order);

	if (!page)
		return false;
	*one = (struct held){ .order = order, .used = true };
	one->value = (uint64_t)(one - held) * 0x9e3779b97f4a7c15ull;
	bytes_of(page)[0] = one->value;
	bytes_of(page)[(512u << order) - 1] = ~one->value;
	if (!(gfp & QY___GFP_MOVABLE))
		one->page = page;
	else
		CHECK_EQ(qy_handle_adopt(rig.m, &one->h, page, "user", 0), 0);
	return true;
}

static void give(struct held *one)
{
	struct page *page = one->page;

	if (one->pinned)
		qy_handle_unpin(rig.m, &one->h);
	if (!page)
		page = qy_handle_release(rig.m, &one->h);
	CHECK(page);
	CHECK_EQ(bytes_of(page)[0], one->value);
	CHECK_EQ(bytes_of(page)[(512u << one->order) - 1], ~one->value);
	qy_free_pages(rig.m, page, one->order);
	one->used = one->pinned = false;
}

/* All of memory in movable pages, and one of @every of them free again. Return: how many are held. */
static size_t fill_with_movable(size_t every)
{
	size_t nr = 0;

	while (nr < MAX_HELD && take(&held[nr], MOVABLE | QY___GFP_NOWARN, 0))
		nr++;
	for (size_t i = 0; i < nr; i += every)
		give(&held[i]);
	qy_drain_all_pages(rig.m);
	return nr;
}

static void give_all_and_check(void)
{
	for (size_t i = 0; i < MAX_HELD; i++)
		if (held[i].used)
			give(&held[i]);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(
		rig_free_frames(rig.m), rig_zone(rig.m, 0, QY_ZONE_NORMAL).managed_pages);
	rig_check_valid(rig.m, "freeing all");
}

/* Pageblocks in which a page without a handle lives. */
static unsigned int nr_tainted(void)
{
	static bool tainted[4096];
	unsigned int nr = 0;

	memset(tainted, 0, sizeof(tainted));
	for (size_t i = 0; i < MAX_HELD; i++)
		if (held[i].used && held[i].page)
			tainted[page_to_frame(rig.m, held[i].page) / BLOCK_FRAMES] = true;
	for (unsigned int i = 0; i < ARRAY_SIZE(tainted); i++)
		nr += tainted[i];
	return nr;
}

/* Takes unmovable pages in free places of @held. Return: how many were had. */
static unsigned int take_unmovable(unsigned int nr, qy_gfp_t gfp)
{
	unsigned int had = 0;

	for (size_t i = 0; i < MAX_HELD && had < nr; i++)
		if (!held[i].used && !take(&held[i], gfp, 0))
			break;
		else if (held[i].used && held[i].page)
			had++;
	return had;
}

/*
 * Every pageblock but the last few holds 448 movable pages and 64 free frames:
 *
 *   linux:   |MMMMMuM.|MMMuMMM.| ...     quarry:   |uuuuuuuu|MMMMMMM.|MMMMMMM.| ...
 */
TEST(room, unmovable_pages_come_together_in_as_few_pageblocks_as_can_be)
{
	unsigned int nr[2], tainted[2];

	for (unsigned int policy = 0; policy < 2; policy++) {
		boot((enum qy_policy)policy, MIB(64));
		fill_with_movable(8);
		nr[policy] = take_unmovable(1024, UNMOVABLE);
		tainted[policy] = nr_tainted();
		rig_check_valid(rig.m, "the burst");
		CHECK_EQ(event(ROOM_MOVED) != 0, policy == QY_POLICY_QUARRY);
		CHECK(event(ROOM_MOVED) <= nr[policy] + 2 * 64);
		CHECK_EQ(event(ROOM_MOVED), event(PGMIGRATE_SUCCESS));
		give_all_and_check();
		rig_down(&rig);
	}
	CHECK_EQ(nr[QY_POLICY_QUARRY], 1024);
	CHECK_EQ(nr[QY_POLICY_LINUX], 1024);
	CHECK(tainted[QY_POLICY_QUARRY] <= 3);
	CHECK(tainted[QY_POLICY_LINUX] >= 2 * tainted[QY_POLICY_QUARRY]);
}

/* |uMuMuMuM|  ->  |uuuuuuuu|: what moved in while memory was full moves out again. */
TEST(room, squatters_leave_an_unmovable_pageblock_before_another_one_is_claimed)
{
	size_t nr = 0;

	boot(QY_POLICY_QUARRY, MIB(64));
	CHECK_EQ(take_unmovable(512, UNMOVABLE), 512);
	for (size_t i = 0; i < 512; i += 2)
		give(&held[i]);
	qy_drain_all_pages(rig.m);
	/* movable pages take all there is, the holes too, whatever the watermarks say */
	qy_current()->task_flags |= PF_MEMALLOC;
	for (size_t i = 0; i < MAX_HELD; i++)
		if (!held[i].used && !take(&held[i], MOVABLE | QY___GFP_NOWARN, 0))
			break;
	qy_current()->task_flags &= ~PF_MEMALLOC;
	for (size_t i = 0; i < MAX_HELD && nr < 800; i++)
		if (held[i].used && !held[i].page &&
			block_of(rig.m,
				qy_pfn_to_frame(rig.m, qy_handle_pfn(rig.m, &held[i].h)))
					->migratetype == MIGRATE_MOVABLE) {
			give(&held[i]);
			nr++;
			i += 18;
		}
	qy_drain_all_pages(rig.m);
	qy_vmstat_tick(rig.m, 0); /* ends the boost of the watermarks */
	CHECK_EQ(event(ROOM_MOVED), 0);
	CHECK_EQ(take_unmovable(256 + 200, UNMOVABLE), 256 + 200);
	CHECK_EQ(nr_tainted(), 1);
	CHECK_EQ(event(ROOM_CLAIMED), 0);
	CHECK(event(ROOM_MOVED) >= 150);
	rig_check_valid(rig.m, "evictions");
	give_all_and_check();
	rig_down(&rig);
}

TEST(room, who_cannot_sleep_has_nothing_moved_and_falls_back_as_on_linux)
{
	struct qy_context *self = qy_current();

	boot(QY_POLICY_QUARRY, MIB(64));
	fill_with_movable(8);
	CHECK(take(&held[0], QY_GFP_ATOMIC | QY___GFP_NOWARN, 0));
	CHECK(qy_alloc_pages(rig.m, QY_GFP_NOWAIT | QY___GFP_NOWARN, 0));
	self->task_flags |= PF_MEMALLOC;
	CHECK(qy_alloc_pages(rig.m, UNMOVABLE, 0));
	self->task_flags &= ~PF_MEMALLOC;
	CHECK_EQ(event(ROOM_MOVED), 0);
	CHECK(zone()->room_wanted);
	rig_check_valid(rig.m, "atomic requests");
	rig_down(&rig);
}

/* The background step leaves a stock of which atomic requests live, all in one or two pageblocks. */
TEST(room, the_background_has_a_stock_for_requests_that_cannot_wait)
{
	size_t at = 0;

	boot(QY_POLICY_QUARRY, MIB(64));
	CHECK_EQ(qy_make_room_step(rig.m, 0), 0);
	fill_with_movable(8);
	CHECK(take(&held[0], QY_GFP_ATOMIC | QY___GFP_NOWARN, 0));
	CHECK(qy_make_room_step(rig.m, 0) > 0);
	CHECK(event(ROOM_MOVED) <= 2 * ROOM_GOAL);
	CHECK_EQ(qy_make_room_step(rig.m, 0), 0);
	rig_check_valid(rig.m, "a step");
	for (unsigned int i = 0; i < ROOM_GOAL - ROOM_LOW; i++) {
		while (held[at].used)
			at++;
		CHECK(take(&held[at], QY_GFP_ATOMIC | QY___GFP_NOWARN, 0));
	}
	CHECK(nr_tainted() <= 3);
	CHECK_EQ(qy_make_room_step(rig.m, 1), 0);
	give_all_and_check();
	rig_down(&rig);
}

TEST(room, under_policy_linux_nobody_asks_for_room)
{
	boot(QY_POLICY_LINUX, MIB(64));
	fill_with_movable(8);
	CHECK_EQ(take_unmovable(100, UNMOVABLE), 100);
	CHECK_EQ(zone()->room_wanted, 0);
	CHECK_EQ(qy_make_room_step(rig.m, 0), 0);
	CHECK_EQ(event(PGMIGRATE_SUCCESS), 0);
	give_all_and_check();
	rig_down(&rig);
}

static struct movable_ops failing_ops;

static int never_migrate(struct qy_machine *m, u32 from, u32 to)
{
	(void)m;
	(void)from;
	(void)to;
	return -QY_ENOMEM;
}

/* The port that moves bytes may fail: the request falls back by Linux's rules, and a pageblock that was begun is movable again. */
TEST(room, when_nothing_can_be_moved_linuxs_rules_decide)
{
	unsigned int tried = 0;
	uint64_t failed = 0;

	boot(QY_POLICY_QUARRY, MIB(64));
	failing_ops = qy_handle_ops;
	failing_ops.migrate = never_migrate;
	rig.m->movable[MOVABLE_HANDLE] = &failing_ops;
	fill_with_movable(8);
	for (unsigned int i = 0; i < 256; i++) {
		CHECK_EQ(take_unmovable(i + 1, UNMOVABLE), i + 1);
		tried += event(PGMIGRATE_FAIL) != failed;
		failed = event(PGMIGRATE_FAIL);
		rig_check_valid(rig.m, "a fallback");
	}
	CHECK_EQ(event(ROOM_MOVED), 0);
	CHECK_EQ(event(ROOM_CLAIMED), 0);
	/* a zone in which nothing moves is left alone */
	CHECK(tried >= 1 && tried < 20);
	rig.m->movable[MOVABLE_HANDLE] = &qy_handle_ops;
	give_all_and_check();
	rig_down(&rig);
}

/* Free frames of CMA may hold movable pages, so they are places for those that leave. */
TEST(room, pages_leave_for_cma_when_nothing_else_is_free)
{
	size_t nr = 0;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.policy = QY_POLICY_QUARRY;
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(8) };
	rig_boot(&rig);
	memset(held, 0, sizeof(held));
	while (nr < MAX_HELD && take(&held[nr], MOVABLE | QY___GFP_NOWARN, 0))
		nr++;
	/* the area is emptied by a device, and free again */
	for (size_t i = 0; i < 4096; i++)
		give(&held[i]);
	qy_drain_all_pages(rig.m);
	for (size_t i = 0; i < 2400; i++)
		if (!take(&held[i], MOVABLE | QY___GFP_NOWARN, 0))
			break;
	CHECK(take_unmovable(300, UNMOVABLE) > 0);
	CHECK(nr_tainted() <= 2);
	rig_check_valid(rig.m, "room made in an area's debt");
	give_all_and_check();
	rig_down(&rig);
}

/* ------------------------------------------------------------------ random traffic */

static struct rig_random rnd;

static void random_step(uint64_t *quarry_failed)
{
	struct held *one = &held[rig_below(&rnd, MAX_HELD)];
	unsigned int kind = rig_below(&rnd, 8);
	qy_gfp_t gfp = MOVABLE | QY___GFP_NOWARN;
	unsigned int order = rig_below(&rnd, 4) ? 0 : rig_below(&rnd, 4);

	if (one->used) {
		if (one->page || kind < 3) {
			give(one);
		} else if (kind == 3 && !one->pinned) {
			one->pinned = qy_handle_pin(rig.m, &one->h, "pinner") != NULL;
		} else if (one->pinned) {
			qy_handle_unpin(rig.m, &one->h);
			one->pinned = false;
		}
		return;
	}
	if (kind == 0)
		gfp = UNMOVABLE;
	else if (kind == 1)
		gfp = UNMOVABLE | QY___GFP_RECLAIMABLE;
	else if (kind == 2)
		gfp = QY_GFP_ATOMIC | QY___GFP_NOWARN;
	if (take(one, gfp, order) || gfp & QY___GFP_MOVABLE)
		return;
	/* refused here: Linux's rules refuse it, too, from the state that this left */
	++*quarry_failed;
	rig.m->own_first = 0;
	CHECK(!take(one, gfp, order));
	rig.m->own_first = ALLOC_OWN_TYPE;
}

TEST(room, random_traffic_keeps_every_invariant_and_is_refused_no_more_than_on_linux)
{
	unsigned long steps = qy_test_scale(30000);
	uint64_t failed = 0; /* how many of them depends on the seed */

	rnd.state = qy_test_seed();
	boot(QY_POLICY_QUARRY, MIB(32));
	/* from full memory: the first unmovable request finds nothing of its own */
	fill_with_movable(8);
	for (unsigned long i = 0; i < steps; i++) {
		random_step(&failed);
		if (rig_below(&rnd, 1000) == 0)
			qy_make_room_step(rig.m, 0);
		if (rig_below(&rnd, 2000) == 0)
			qy_vmstat_tick(rig.m, 0);
		if (i % 64 == 0)
			rig_check_valid(rig.m, "a step");
	}
	CHECK(event(ROOM_MOVED) > 0);
	give_all_and_check();
	rig_down(&rig);
}
