// SPDX-License-Identifier: MIT
/*
 * Pages behind a handle: the bytes move and stay the same, a pin keeps them, wrong uses are one sentence, and two threads
 * that write while everything moves lose nothing.
 *
 * Locking: the hammer's slots each belong to one writer at a time, by their own lock.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#include <quarry/compact.h>

#define MOVABLE QY_GFP_HIGHUSER_MOVABLE

/* ------------------------------------------------------------------ moving by hand */

static uint32_t target_from_zone(
	struct migrate_control *mc, unsigned int order, bool compound)
{
	struct page *page = qy_alloc_pages(
		mc->m, MOVABLE | QY___GFP_NOWARN | (compound ? QY___GFP_COMP : 0), order);

	return page ? page_to_frame(mc->m, page) : NO_FRAME;
}

static void target_to_zone(struct migrate_control *mc, uint32_t frame, unsigned int order)
{
	qy_free_pages(mc->m, frame_to_page(mc->m, frame), order);
}

static struct migrate_control mover(struct qy_machine *m)
{
	return (struct migrate_control){
		.m = m, .get_target = target_from_zone, .put_target = target_to_zone
	};
}

static uint32_t frame_of(const struct qy_machine *m, const struct qy_handle *h)
{
	return qy_pfn_to_frame(m, qy_handle_pfn(m, h));
}

static void adopt(struct qy_machine *m, struct qy_handle *h, unsigned int order,
	const char *owner, unsigned int flags)
{
	struct page *page = qy_alloc_pages(m, MOVABLE, order);

	CHECK(page);
	CHECK_EQ(qy_handle_adopt(m, h, page, owner, flags), 0);
}

static void free_handle(struct qy_machine *m, struct qy_handle *h, unsigned int order)
{
	struct page *page = qy_handle_release(m, h);

	CHECK(page);
	qy_free_pages(m, page, order);
}

TEST(handle, a_move_keeps_every_byte_and_frees_the_old_frame)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_handle h;
	unsigned char *bytes;
	uint64_t before;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	before = rig_free_frames(rig.m);
	mc = mover(rig.m);
	for (unsigned int order = 0; order <= 5; order++) {
		uint32_t old;

		adopt(rig.m, &h, order, "tester", 0);
		old = frame_of(rig.m, &h);
		bytes = qy_handle_pin(rig.m, &h, NULL);
		for (size_t i = 0; i < (size_t)QY_PAGE_SIZE << order; i++)
			bytes[i] = (unsigned char)(i * 7 + i / 4096 + order);
		qy_set_page_private(frame_to_page(rig.m, old), 0x1234567890abcdef);
		qy_handle_unpin(rig.m, &h);
		CHECK_EQ(qy_migrate_block(&mc, old), 0);
		CHECK(frame_of(rig.m, &h) != old);
		bytes = qy_handle_pin(rig.m, &h, NULL);
		for (size_t i = 0; i < (size_t)QY_PAGE_SIZE << order; i++)
			CHECK_EQ(bytes[i], (unsigned char)(i * 7 + i / 4096 + order));
		CHECK_EQ(qy_page_private(frame_to_page(rig.m, frame_of(rig.m, &h))),
			0x1234567890abcdef);
		qy_handle_unpin(rig.m, &h);
		/* what was there is free, and nobody finds the bytes in it */
		bytes = frame_address(rig.m, old);
		for (size_t i = 0; i < (size_t)QY_PAGE_SIZE << order; i++)
			CHECK_EQ(bytes[i], 0xaa);
		CHECK_EQ(qy_page_state(rig.m, old).state, PG_FREE);
		rig_check_valid(rig.m, "a move");
		free_handle(rig.m, &h, order);
	}
	CHECK_EQ(mc.moved, 63);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS], 63);
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_down(&rig);
}

TEST(handle, a_compound_block_stays_one)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_handle h;
	struct page *page;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	page = qy_alloc_pages(rig.m, MOVABLE | QY___GFP_COMP, 4);
	CHECK_EQ(qy_handle_adopt(rig.m, &h, page, "tester", 0), 0);
	CHECK_EQ(qy_migrate_block(&mc, frame_of(rig.m, &h)), 0);
	rig_check_valid(rig.m, "a move of a compound block");
	page = qy_handle_release(rig.m, &h);
	CHECK_EQ(qy_compound_order(rig.m, page), 4);
	CHECK(qy_compound_head(rig.m, page + 15) == page);
	qy_put_page(rig.m, page + 15);
	rig_check_valid(rig.m, "its free");
	rig_down(&rig);
}

TEST(handle, a_pinned_block_does_not_move_and_says_who_pinned_it)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_handle h;
	uint32_t frame;
	void *at;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	adopt(rig.m, &h, 0, "buffers", 0);
	frame = frame_of(rig.m, &h);
	at = qy_handle_pin(rig.m, &h, "encoder");
	CHECK(qy_handle_pin(rig.m, &h, NULL) == at);
	CHECK_EQ(qy_migrate_block(&mc, frame), -QY_EBUSY);
	CHECK_STR_EQ(mc.busy.owner, "buffers");
	CHECK_STR_EQ(mc.busy.pinned_by, "encoder");
	CHECK_EQ(mc.busy.pins, 2);
	CHECK_EQ(frame_of(rig.m, &h), frame);
	CHECK_EQ(rig.m->events[PGMIGRATE_FAIL], 1);
	rig_check_valid(rig.m, "a refused move");
	qy_handle_unpin(rig.m, &h);
	CHECK_EQ(qy_migrate_block(&mc, frame), -QY_EBUSY);
	qy_handle_unpin(rig.m, &h);
	CHECK_EQ(qy_migrate_block(&mc, frame), 0);
	/* a reference taken through the page is a pin nobody has a name for */
	frame = frame_of(rig.m, &h);
	qy_get_page(rig.m, frame_to_page(rig.m, frame));
	CHECK_EQ(qy_migrate_block(&mc, frame), -QY_EBUSY);
	CHECK_STR_EQ(mc.busy.owner, "a page reference");
	qy_put_page(rig.m, frame_to_page(rig.m, frame));
	CHECK_EQ(qy_migrate_block(&mc, frame), 0);
	free_handle(rig.m, &h, 0);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(handle, a_droppable_block_is_forgotten_and_its_next_pin_says_so)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_handle h;
	uint64_t before;
	uint32_t frame;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	before = rig_free_frames(rig.m);
	adopt(rig.m, &h, 0, "cache", QY_HANDLE_DROPPABLE);
	frame = frame_of(rig.m, &h);
	CHECK(qy_handle_pin(rig.m, &h, "reader"));
	CHECK_EQ(qy_migrate_block(&mc, frame), -QY_EBUSY);
	qy_handle_unpin(rig.m, &h);
	CHECK_EQ(qy_migrate_block(&mc, frame), 0);
	CHECK_EQ(mc.moved, 0);
	CHECK_EQ(mc.dropped, 1);
	CHECK(!qy_handle_pin(rig.m, &h, "reader"));
	CHECK_EQ(qy_handle_pfn(rig.m, &h), ~0ull);
	CHECK(!qy_handle_release(rig.m, &h));
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_check_valid(rig.m, "a drop");
	rig_down(&rig);
}

TEST(handle, what_is_no_movable_block_is_left_alone)
{
	static struct rig rig;
	struct migrate_control mc;
	struct qy_handle h, second;
	struct page *page;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	page = qy_alloc_pages(rig.m, MOVABLE, 1);
	CHECK_EQ(qy_migrate_block(&mc, page_to_frame(rig.m, page)), -QY_EAGAIN);
	CHECK_EQ(qy_handle_adopt(rig.m, &h, page + 1, "tester", 0), -QY_EINVAL);
	qy_get_page(rig.m, page);
	CHECK_EQ(qy_handle_adopt(rig.m, &h, page, "tester", 0), -QY_EINVAL);
	qy_put_page(rig.m, page);
	CHECK_EQ(qy_handle_adopt(rig.m, &h, page, "tester", 0), 0);
	CHECK_EQ(qy_handle_adopt(rig.m, &second, page, "tester", 0), -QY_EINVAL);
	free_handle(rig.m, &h, 1);
	CHECK_EQ(qy_migrate_block(&mc, page_to_frame(rig.m, page)), -QY_EAGAIN);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS] + rig.m->events[PGMIGRATE_FAIL], 0);
	rig_check_valid(rig.m, "adoptions that were refused");
	rig_down(&rig);
}

TEST(handle, a_move_without_a_target_changes_nothing)
{
	static struct rig rig;
	static struct page *pages[8192];
	struct migrate_control mc;
	struct qy_handle h;
	uint32_t frame;
	size_t nr;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	mc = mover(rig.m);
	adopt(rig.m, &h, 0, "tester", 0);
	*(uint64_t *)qy_handle_pin(rig.m, &h, NULL) = 99;
	qy_handle_unpin(rig.m, &h);
	frame = frame_of(rig.m, &h);
	nr = rig_exhaust(rig.m, MOVABLE, 0, pages, ARRAY_SIZE(pages));
	CHECK_EQ(qy_migrate_block(&mc, frame), -QY_ENOMEM);
	CHECK_EQ(frame_of(rig.m, &h), frame);
	CHECK_EQ(*(uint64_t *)qy_handle_pin(rig.m, &h, NULL), 99);
	qy_handle_unpin(rig.m, &h);
	rig_check_valid(rig.m, "a move without a target");
	rig_free_all(rig.m, pages, nr, 0);
	CHECK_EQ(qy_migrate_block(&mc, frame), 0);
	free_handle(rig.m, &h, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ wrong uses */

TEST(death, a_movable_block_is_not_freed_behind_its_handle)
{
	static struct rig rig;
	struct qy_handle h;
	struct page *page;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	for (unsigned int order = 0; order <= 5; order += 5) {
		adopt(rig.m, &h, order, "tester", 0);
		page = frame_to_page(rig.m, frame_of(rig.m, &h));
		qy_free_pages(rig.m, page, order);
		qy_put_page(rig.m, page);
		qy_split_page(rig.m, page, order);
		qy_get_page(rig.m, page);
		qy_free_pages(rig.m, page, order);
		CHECK_EQ(
			rig_log_count(&rig,
				"the block is a movable one: its handle must release it first"),
			4);
		qy_put_page(rig.m, page);
		rig_log_clear(&rig);
		rig_check_valid(rig.m, "wrong frees of a movable block");
		free_handle(rig.m, &h, order);
	}
	rig_down(&rig);
}

TEST(death, pins_that_do_not_match_are_one_sentence_each)
{
	static struct rig rig;
	struct qy_handle h;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	adopt(rig.m, &h, 0, "frames", 0);
	qy_handle_unpin(rig.m, &h);
	CHECK_EQ(rig_log_count(&rig, "BUG: unpin of a handle of frames that has no pin"),
		1);
	CHECK(qy_handle_pin(rig.m, &h, "camera"));
	CHECK(!qy_handle_release(rig.m, &h));
	CHECK_EQ(rig_log_count(&rig, "BUG: release of a pinned handle of frames: pfn 0x"),
		1);
	CHECK_EQ(
		rig_log_count(&rig, ", 1 pins, the last by camera: it stays movable"), 1);
	qy_handle_unpin(rig.m, &h);
	free_handle(rig.m, &h, 0);
	rig_check_valid(rig.m, "pins that did not match");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the hammer */

#define NR_SLOTS 64

struct slot {
	struct qy_handle h;
	uint64_t value; /* every word of the block holds it; by the lock's holder */
	unsigned int order;
	pthread_mutex_t lock; /* writers of one block take turns */
};

struct hammer {
	struct rig rig;
	struct slot slot[NR_SLOTS];
	unsigned long moves;
	uint64_t moved; /* atomic */
};

struct striker {
	pthread_t thread;
	struct hammer *hammer;
	struct rig_random random;
	unsigned int cpu;
	struct slot *held; /* pinned over many rounds */
};

static void check_and_write(struct hammer *hammer, struct slot *slot)
{
	size_t words = (QY_PAGE_SIZE << slot->order) / 8;
	uint64_t *bytes;

	bytes = qy_handle_pin(hammer->rig.m, &slot->h, "writer");
	for (size_t i = 0; i < words; i += 61)
		if (bytes[i] != slot->value + i)
			FAIL("word %zu is %#llx, written was %#llx", i,
				(unsigned long long)bytes[i],
				(unsigned long long)(slot->value + i));
	slot->value += 1000003;
	for (size_t i = 0; i < words; i += 61)
		bytes[i] = slot->value + i;
	qy_handle_unpin(hammer->rig.m, &slot->h);
}

/* The block is given up, and another one takes its place. */
static void replace(struct hammer *hammer, struct slot *slot)
{
	struct qy_machine *m = hammer->rig.m;
	struct page *page = qy_handle_release(m, &slot->h);
	uint64_t *bytes;

	if (!page)
		return; /* pinned by the other thread */
	qy_free_pages(m, page, slot->order);
	page = qy_alloc_pages(m, MOVABLE, slot->order);
	CHECK(page);
	bytes = qy_page_address(m, page);
	for (size_t i = 0; i < (QY_PAGE_SIZE << slot->order) / 8; i++)
		bytes[i] = slot->value + i;
	CHECK_EQ(qy_handle_adopt(m, &slot->h, page, "hammer", 0), 0);
}

static void strike(struct striker *s)
{
	struct hammer *hammer = s->hammer;
	struct slot *slot = &hammer->slot[rig_below(&s->random, NR_SLOTS)];
	uint32_t what = rig_below(&s->random, 64);
	bool mine = !pthread_mutex_trylock(&slot->lock);

	if (!mine)
		return;
	if (what == 0 && !s->held) {
		qy_handle_pin(hammer->rig.m, &slot->h, "holder");
		s->held = slot;
	} else if (what == 1 && slot != s->held &&
		   !(READ_ONCE(slot->h.word) & 0x3fffffffull << 32)) {
		replace(hammer, slot);
	} else {
		check_and_write(hammer, slot);
	}
	pthread_mutex_unlock(&slot->lock);
	if (s->held && what == 2) {
		qy_handle_unpin(hammer->rig.m, &s->held->h);
		s->held = NULL;
	}
}

static void *strike_and_move(void *arg)
{
	struct striker *s = arg;
	struct hammer *hammer = s->hammer;
	struct qy_machine *m = hammer->rig.m;
	struct migrate_control mc = mover(m);

	CHECK_EQ(qy_enter_cpu(m, s->cpu), (int)s->cpu);
	while (__atomic_load_n(&hammer->moved, __ATOMIC_RELAXED) < hammer->moves) {
		/* a guess: the block may have moved, or gone, since */
		uint64_t pfn = qy_handle_pfn(
			m, &hammer->slot[rig_below(&s->random, NR_SLOTS)].h);
		uint64_t before = mc.moved;

		if (qy_migrate_block(&mc, qy_pfn_to_frame(m, pfn)) == 0)
			__atomic_fetch_add(
				&hammer->moved, mc.moved - before, __ATOMIC_RELAXED);
		strike(s);
	}
	if (s->held)
		qy_handle_unpin(m, &s->held->h);
	qy_leave();
	return NULL;
}

TEST(handle, two_threads_that_write_while_everything_moves_lose_nothing)
{
	static struct hammer hammer;
	static struct striker strikers[2];
	uint64_t before;

	memset(&hammer, 0, sizeof(hammer));
	rig_one_zone(&hammer.rig, MIB(64), 3);
	rig_boot(&hammer.rig);
	qy_poison_moved_set(hammer.rig.m, true);
	before = rig_free_frames(hammer.rig.m);
	hammer.moves = qy_test_scale(20000);
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct slot *slot = &hammer.slot[i];
		uint64_t *bytes;

		pthread_mutex_init(&slot->lock, NULL);
		slot->order = i % 8 ? 0 : 1 + i / 8 % 3;
		adopt(hammer.rig.m, &slot->h, slot->order, "hammer", 0);
		bytes = qy_handle_pin(hammer.rig.m, &slot->h, NULL);
		for (size_t j = 0; j < (QY_PAGE_SIZE << slot->order) / 8; j++)
			bytes[j] = j;
		qy_handle_unpin(hammer.rig.m, &slot->h);
	}
	for (unsigned int i = 0; i < 2; i++) {
		strikers[i] = (struct striker){
			.hammer = &hammer, .random = { qy_test_seed() + i }, .cpu = 1 + i
		};
		CHECK_EQ(pthread_create(&strikers[i].thread, NULL, strike_and_move,
				 &strikers[i]),
			0);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(strikers[i].thread, NULL);
	rig_check_valid(hammer.rig.m, "the hammer");
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		check_and_write(&hammer, &hammer.slot[i]);
		free_handle(hammer.rig.m, &hammer.slot[i].h, hammer.slot[i].order);
		pthread_mutex_destroy(&hammer.slot[i].lock);
	}
	CHECK_EQ(rig_free_frames(hammer.rig.m), before);
	CHECK_EQ(hammer.rig.log_bytes, 0);
	rig_down(&hammer.rig);
}

/* ------------------------------------------------------------------ pins that last */

static struct rig rig;

/* A page that borrows from the area, behind a handle. */
static void borrow_one(struct qy_handle *h, unsigned int flags)
{
	struct qy_cma_stats area;
	struct page *page;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(48) };
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	CHECK(qy_cma_stats(rig.m, 0, &area));
	page = qy_alloc_pages(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0);
	CHECK(qy_page_to_pfn(rig.m, page) >= area.base_pfn);
	*(uint64_t *)qy_page_address(rig.m, page) = 4711;
	CHECK_EQ(qy_handle_adopt(rig.m, h, page, "buffers", flags), 0);
}

static bool is_borrowed(struct qy_handle *h)
{
	struct qy_cma_stats area;
	uint64_t pfn = qy_handle_pfn(rig.m, h);

	CHECK(qy_cma_stats(rig.m, 0, &area));
	return pfn >= area.base_pfn && pfn < area.base_pfn + area.nr_pages;
}

TEST(handle, a_pin_that_lasts_moves_its_page_out_of_cma_first)
{
	struct qy_contig_failure why;
	struct qy_handle h;
	struct qy_cma_stats area;
	struct page *run;
	void *at;

	borrow_one(&h, 0);
	CHECK_EQ(qy_handle_pin_longterm(rig.m, &h, "rdma", &at), 0);
	CHECK(!is_borrowed(&h));
	CHECK_EQ(*(uint64_t *)at, 4711);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS], 1);
	/* so the whole area can be had, and the page stays */
	CHECK(qy_cma_stats(rig.m, 0, &area));
	run = qy_cma_alloc(rig.m, 0, area.nr_pages, 0, false, &why);
	CHECK(run != NULL);
	CHECK(qy_cma_release(rig.m, 0, run, area.nr_pages));
	qy_compact_memory(rig.m);
	CHECK_EQ(*(uint64_t *)at, 4711);
	qy_handle_unpin(rig.m, &h);
	/* where it lies now it may be pinned again without a move */
	CHECK_EQ(qy_handle_pin_longterm(rig.m, &h, "rdma", &at), 0);
	CHECK_EQ(rig.m->events[PGMIGRATE_SUCCESS], 1);
	qy_handle_unpin(rig.m, &h);
	rig_check_valid(rig.m, "a pin that lasted");
	qy_free_pages(rig.m, qy_handle_release(rig.m, &h), 0);
	rig_down(&rig);
}

TEST(handle, a_pin_that_lasts_fails_where_another_pin_holds_the_page_in_cma)
{
	struct qy_handle h;
	void *at;

	borrow_one(&h, 0);
	CHECK(qy_handle_pin(rig.m, &h, "encoder") != NULL);
	CHECK_EQ(qy_handle_pin_longterm(rig.m, &h, "rdma", &at), -QY_EBUSY);
	CHECK(!at);
	CHECK(is_borrowed(&h));
	qy_handle_unpin(rig.m, &h);
	CHECK_EQ(qy_handle_pin_longterm(rig.m, &h, "rdma", &at), 0);
	CHECK(!is_borrowed(&h));
	qy_handle_unpin(rig.m, &h);
	qy_free_pages(rig.m, qy_handle_release(rig.m, &h), 0);
	rig_down(&rig);
}

TEST(handle, a_pin_that_lasts_fails_without_memory_outside_of_cma)
{
	static struct page *pages[MIB(64) >> 12];
	struct qy_handle h;
	size_t nr;
	void *at;

	borrow_one(&h, 0);
	nr = rig_exhaust(rig.m, QY_GFP_ATOMIC | QY___GFP_NOWARN | QY___GFP_MEMALLOC, 0,
		pages, MIB(64) >> 12);
	CHECK_EQ(qy_handle_pin_longterm(rig.m, &h, "rdma", &at), -QY_ENOMEM);
	CHECK(is_borrowed(&h));
	CHECK_EQ(*(uint64_t *)qy_handle_pin(rig.m, &h, NULL), 4711);
	qy_handle_unpin(rig.m, &h);
	while (nr)
		qy_free_pages(rig.m, pages[--nr], 0);
	rig_check_valid(rig.m, "no room");
	qy_free_pages(rig.m, qy_handle_release(rig.m, &h), 0);
	rig_down(&rig);
}

TEST(handle, a_pin_that_lasts_forgets_what_is_droppable_and_lies_in_cma)
{
	struct qy_handle h;
	void *at;

	borrow_one(&h, QY_HANDLE_DROPPABLE);
	CHECK_EQ(qy_handle_pin_longterm(rig.m, &h, "rdma", &at), -QY_ENOENT);
	CHECK(!at);
	CHECK(!qy_handle_release(rig.m, &h));
	rig_check_valid(rig.m, "dropped");
	rig_down(&rig);
}
