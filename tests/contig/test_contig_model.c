// SPDX-License-Identifier: MIT
/*
 * Contiguous ranges and compaction against naive references: an array of what lies in each frame.
 *
 * A range is had exactly if none of its frames is in use by what cannot move (an unmovable block, a pinned page, another
 * range); there is always room outside. Compaction has come to its end when no page that can move lies below a frame
 * that it could move to.
 *
 * No state beside the walk.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"
#include <quarry/compact.h>

#define RAM       MIB(32)
#define FRAMES    (RAM / 4096)
#define FIRST     (GIB(1) / 4096)
#define NR_SLOTS  3000
#define NR_FIXED  60
#define NR_RUNS   4
#define MAX_RUN   1400
#define MAX_ORDER 4 /* of unmovable blocks */

enum content {
	NOTHING,
	MOVABLE,
	STAYS, /* unmovable, pinned, or of a range */
};

struct slot {
	struct qy_handle h;
	uint64_t value;
	unsigned int pins;
	bool used;
};

struct fixed {
	struct page *page;
	unsigned int order;
};

struct run {
	uint64_t pfn, nr; /* 0: none */
	uint8_t stamp;
};

struct walk {
	struct rig rig;
	struct rig_random random;
	struct slot slot[NR_SLOTS];
	struct fixed fixed[NR_FIXED];
	struct run run[NR_RUNS];
	uint8_t frame[FRAMES]; /* enum content */
	uint64_t granted, refused;
};

static void fill(struct walk *w, uint64_t pfn, uint64_t nr, enum content content)
{
	for (uint64_t i = 0; i < nr; i++) {
		CHECK(pfn + i >= FIRST && pfn + i < FIRST + FRAMES);
		CHECK_EQ(w->frame[pfn + i - FIRST], NOTHING); /* nobody has two owners */
		w->frame[pfn + i - FIRST] = (uint8_t)content;
	}
}

/* What the owners know of their memory, and that its bytes are theirs. */
static void look(struct walk *w)
{
	struct qy_machine *m = w->rig.m;

	memset(w->frame, NOTHING, sizeof(w->frame));
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		struct slot *slot = &w->slot[i];

		if (!slot->used)
			continue;
		fill(w, qy_handle_pfn(m, &slot->h), 1, slot->pins ? STAYS : MOVABLE);
		CHECK_EQ(*(uint64_t *)qy_handle_pin(m, &slot->h, "checker"), slot->value);
		qy_handle_unpin(m, &slot->h);
	}
	for (unsigned int i = 0; i < NR_FIXED; i++)
		if (w->fixed[i].page)
			fill(w, qy_page_to_pfn(m, w->fixed[i].page),
				1u << w->fixed[i].order, STAYS);
	for (unsigned int i = 0; i < NR_RUNS; i++)
		fill(w, w->run[i].pfn, w->run[i].nr, STAYS);
}

/* ------------------------------------------------------------------ operations */

static void op_slot(struct walk *w)
{
	struct slot *slot = &w->slot[rig_below(&w->random, NR_SLOTS)];
	struct qy_machine *m = w->rig.m;
	struct page *page;

	if (slot->used && !slot->pins) {
		qy_free_pages(m, qy_handle_release(m, &slot->h), 0);
		slot->used = false;
	} else if (!slot->used) {
		page = qy_alloc_pages(m, QY_GFP_HIGHUSER_MOVABLE, 0);
		CHECK(page);
		slot->value = rig_random(&w->random);
		*(uint64_t *)qy_page_address(m, page) = slot->value;
		CHECK_EQ(qy_handle_adopt(m, &slot->h, page, "slot", 0), 0);
		slot->used = true;
	}
}

static void op_pin(struct walk *w)
{
	struct slot *slot = &w->slot[rig_below(&w->random, NR_SLOTS)];

	if (slot->used && slot->pins) {
		qy_handle_unpin(w->rig.m, &slot->h);
		slot->pins--;
	} else if (slot->used && rig_below(&w->random, 64) == 0) {
		qy_handle_pin(w->rig.m, &slot->h, "pinner");
		slot->pins++;
	}
}

static void op_fixed(struct walk *w)
{
	struct fixed *fixed = &w->fixed[rig_below(&w->random, NR_FIXED)];

	if (fixed->page) {
		qy_free_pages(w->rig.m, fixed->page, fixed->order);
		fixed->page = NULL;
		return;
	}
	fixed->order = rig_below(&w->random, MAX_ORDER + 1);
	fixed->page = qy_alloc_pages(w->rig.m, QY_GFP_KERNEL, fixed->order);
	CHECK(fixed->page);
}

static void free_run(struct walk *w, struct run *run)
{
	for (uint64_t i = 0; i < run->nr; i++)
		CHECK_EQ(*(uint8_t *)qy_page_address(
				 w->rig.m, qy_pfn_to_page(w->rig.m, run->pfn + i)),
			run->stamp);
	if (run->nr)
		qy_free_contig_range(w->rig.m, run->pfn, run->nr);
	run->nr = 0;
}

static bool can_be_had(const struct walk *w, uint64_t pfn, uint64_t nr)
{
	for (uint64_t i = 0; i < nr; i++)
		if (w->frame[pfn + i - FIRST] == STAYS)
			return false;
	return true;
}

static void op_range(struct walk *w)
{
	struct run *run = &w->run[rig_below(&w->random, NR_RUNS)];
	struct qy_contig_failure why;
	uint64_t nr = 1 + rig_below(&w->random, rig_below(&w->random, 3) ? 200 : MAX_RUN);
	uint64_t pfn = FIRST + rig_below(&w->random, (uint32_t)(FRAMES - nr + 1));
	int err;

	if (run->nr) {
		free_run(w, run);
		return;
	}
	look(w);
	err = qy_alloc_contig_range(w->rig.m, pfn, pfn + nr, false, QY_GFP_KERNEL, &why);
	CHECK_EQ(err, can_be_had(w, pfn, nr) ? 0 : -QY_EBUSY);
	if (err) {
		/* named is what really stays: a frame of the range, or the head of a block that reaches into it */
		CHECK(why.pfn + (1u << MAX_ORDER) > pfn && why.pfn < pfn + nr);
		CHECK_EQ(w->frame[why.pfn - FIRST], STAYS);
		w->refused++;
		return;
	}
	*run = (struct run){ pfn, nr, (uint8_t)rig_random(&w->random) };
	for (uint64_t i = 0; i < nr; i++)
		*(uint8_t *)qy_page_address(w->rig.m, qy_pfn_to_page(w->rig.m, pfn + i)) =
			run->stamp;
	w->granted++;
}

/* The highest pageblock of movable type that a page could move to, and the lowest that one could leave. */
static void op_compact(struct walk *w)
{
	const struct qy_machine *m = w->rig.m;
	uint64_t lowest = FRAMES / 512, highest = 0;

	qy_compact_memory(w->rig.m);
	qy_drain_all_pages(w->rig.m);
	look(w);
	for (uint64_t block = 0; block < FRAMES / 512; block++) {
		u32 frame = qy_pfn_to_frame(m, FIRST + block * 512);
		unsigned int nr_free = 0;
		bool may_leave = false;

		if (m->blocks[frame >> QY_PAGEBLOCK_ORDER].migratetype != MIGRATE_MOVABLE)
			continue;
		for (uint64_t i = 0; i < 512; i++) {
			nr_free += w->frame[block * 512 + i] == NOTHING;
			may_leave |= w->frame[block * 512 + i] == MOVABLE;
		}
		if (may_leave && block < lowest)
			lowest = block;
		if (nr_free && nr_free < 512)
			highest = block;
	}
	if (highest > lowest)
		FAIL("pageblock %llu has pages that %llu has room for",
			(unsigned long long)lowest, (unsigned long long)highest);
}

static void give_all_back(struct walk *w)
{
	struct qy_machine *m = w->rig.m;

	for (unsigned int i = 0; i < NR_RUNS; i++)
		free_run(w, &w->run[i]);
	for (unsigned int i = 0; i < NR_FIXED; i++)
		if (w->fixed[i].page)
			qy_free_pages(m, w->fixed[i].page, w->fixed[i].order);
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		for (; w->slot[i].pins; w->slot[i].pins--)
			qy_handle_unpin(m, &w->slot[i].h);
		if (w->slot[i].used)
			qy_free_pages(m, qy_handle_release(m, &w->slot[i].h), 0);
	}
	qy_drain_all_pages(m);
}

static void walk_with(struct walk *w, void (*op)(struct walk *), unsigned long steps)
{
	memset(w, 0, sizeof(*w));
	w->random.state = qy_test_seed();
	rig_one_zone(&w->rig, RAM, 1);
	rig_boot(&w->rig);
	qy_poison_moved_set(w->rig.m, true);
	for (unsigned int i = 0; i < 3 * NR_SLOTS; i++)
		op_slot(w);
	for (unsigned long i = 0; i < steps; i++) {
		static void (*const others[])(
			struct walk *) = { op_slot, op_slot, op_pin, op_fixed };

		for (unsigned int k = 0; k < 20; k++)
			others[rig_below(&w->random, ARRAY_SIZE(others))](w);
		op(w);
		look(w);
		rig_check_valid(w->rig.m, "a step");
	}
	give_all_back(w);
	CHECK_EQ(rig_free_frames(w->rig.m), FRAMES);
	CHECK_EQ(w->rig.log_bytes, 0);
	rig_check_valid(w->rig.m, "the end");
	rig_down(&w->rig);
}

TEST(contig_model, a_range_is_had_exactly_if_nothing_in_it_stays)
{
	static struct walk w;

	walk_with(&w, op_range, qy_test_scale(600));
	CHECK(w.granted > 0 && w.refused > 0);
}

TEST(contig_model, compaction_ends_when_no_page_has_a_place_above_it)
{
	static struct walk w;

	walk_with(&w, op_compact, qy_test_scale(100));
}
