// SPDX-License-Identifier: MIT
/*
 * A CMA area against a naive reference, and under two threads that ask, write, pin and free at the same time.
 *
 * The reference knows which frames were handed out and which are pinned, and walks the area as Linux does: the first
 * aligned run that is not handed out; if a pinned frame is in it, on from the next aligned place. Free frames outside
 * always suffice here, so a request fails exactly if the reference finds no run.
 *
 * Locking: in the hammer each slot has a lock; everything else is atomic or a thread's own.
 */
#include "tests/model/rig.h"
#include "mm/contig/internal.h"

#define MOVABLE  QY_GFP_HIGHUSER_MOVABLE
#define NR_SLOTS 6000
#define MAX_RUNS 64
#define AREA     2048 /* frames */
#define RAM      MIB(64)

struct slot {
	struct qy_handle h;
	uint64_t value;
	unsigned int pins;
	bool used;
	pthread_mutex_t lock;
};

struct run {
	struct page *page;
	uint64_t nr;
	uint8_t stamp;
};

struct walk {
	struct rig rig;
	struct rig_random random;
	struct slot slot[NR_SLOTS];
	struct run run[MAX_RUNS];
	unsigned int nr_runs;
	uint8_t handed_out[AREA];
	uint64_t base;
	uint64_t granted, refused;
};

static void boot(struct rig *rig, uint32_t nr_cpus)
{
	rig_one_zone(rig, RAM, nr_cpus);
	rig->board.cma = (struct qy_cma_request){ .given = true, .size = AREA * 4096ull };
	rig_boot(rig);
	qy_poison_moved_set(rig->m, true);
}

/* ------------------------------------------------------------------ the reference */

static void mark_pinned(const struct walk *w, uint8_t *pinned)
{
	memset(pinned, 0, AREA);
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		uint64_t pfn;

		if (!w->slot[i].used || !w->slot[i].pins)
			continue;
		pfn = qy_handle_pfn(w->rig.m, &w->slot[i].h);
		if (pfn >= w->base && pfn < w->base + AREA)
			pinned[pfn - w->base] = 1;
	}
}

/* Where the request is to be granted; AREA: nowhere. */
static uint64_t expected_at(const struct walk *w, uint64_t nr, unsigned int align)
{
	uint64_t step = 1ull << align, at = 0;
	uint8_t pinned[AREA];

	mark_pinned(w, pinned);
	while (at + nr <= AREA) {
		bool free = true, busy = false;

		for (uint64_t i = at; i < at + nr; i++) {
			free &= !w->handed_out[i];
			busy |= pinned[i];
		}
		if (free && !busy)
			return at;
		at += step;
	}
	return AREA;
}

/* ------------------------------------------------------------------ operations */

static void op_slot(struct walk *w)
{
	struct slot *slot = &w->slot[rig_below(&w->random, NR_SLOTS)];
	struct page *page;
	uint64_t *bytes;

	if (!slot->used) {
		page = qy_alloc_pages(w->rig.m, MOVABLE, 0);
		CHECK(page);
		slot->value = rig_random(&w->random);
		*(uint64_t *)qy_page_address(w->rig.m, page) = slot->value;
		CHECK_EQ(qy_handle_adopt(w->rig.m, &slot->h, page, "slot", 0), 0);
		slot->used = true;
		return;
	}
	bytes = qy_handle_pin(w->rig.m, &slot->h, "checker");
	CHECK_EQ(*bytes, slot->value);
	qy_handle_unpin(w->rig.m, &slot->h);
	if (slot->pins || rig_below(&w->random, 2))
		return;
	page = qy_handle_release(w->rig.m, &slot->h);
	CHECK(page);
	qy_free_pages(w->rig.m, page, 0);
	slot->used = false;
}

static void op_pin(struct walk *w)
{
	struct slot *slot = &w->slot[rig_below(&w->random, NR_SLOTS)];

	if (!slot->used)
		return;
	if (slot->pins && rig_below(&w->random, 3)) {
		qy_handle_unpin(w->rig.m, &slot->h);
		slot->pins--;
	} else if (rig_below(&w->random, 4) == 0) {
		qy_handle_pin(w->rig.m, &slot->h, "pinner");
		slot->pins++;
	}
}

static void op_alloc(struct walk *w)
{
	uint64_t nr = 1 + rig_below(&w->random, rig_below(&w->random, 4) ? 64 : 700);
	unsigned int align = rig_below(&w->random, 9);
	uint64_t at = expected_at(w, nr, align);
	struct qy_contig_failure why;
	struct run *run = &w->run[w->nr_runs];
	struct page *page;

	if (w->nr_runs == MAX_RUNS)
		return;
	page = qy_cma_alloc(w->rig.m, 0, nr, align, true, &why);
	if (!page) {
		if (at != AREA)
			FAIL("refused %llu pages, align %u, which fit at %llu",
				(unsigned long long)nr, align, (unsigned long long)at);
		CHECK(why.cause == QY_CONTIG_PINNED || why.cause == QY_CONTIG_NO_RUN);
		w->refused++;
		return;
	}
	CHECK_EQ(qy_page_to_pfn(w->rig.m, page) - w->base, at);
	w->granted++;
	*run = (struct run){ page, nr, (uint8_t)rig_random(&w->random) };
	w->nr_runs++;
	for (uint64_t i = 0; i < nr; i++) {
		CHECK(!w->handed_out[at + i]);
		w->handed_out[at + i] = 1;
		*(uint8_t *)qy_page_address(w->rig.m, page + i) = run->stamp;
	}
}

static void op_release(struct walk *w)
{
	unsigned int which;
	struct run run;

	if (!w->nr_runs)
		return;
	which = rig_below(&w->random, w->nr_runs);
	run = w->run[which];
	w->run[which] = w->run[--w->nr_runs];
	for (uint64_t i = 0; i < run.nr; i++) {
		CHECK_EQ(*(uint8_t *)qy_page_address(w->rig.m, run.page + i), run.stamp);
		w->handed_out[qy_page_to_pfn(w->rig.m, run.page) - w->base + i] = 0;
	}
	CHECK(qy_cma_release(w->rig.m, 0, run.page, run.nr));
}

static void check_counts(const struct walk *w)
{
	struct qy_cma_stats stats;
	uint64_t used = 0, run = 0, longest = 0;

	CHECK(qy_cma_stats(w->rig.m, 0, &stats));
	for (unsigned int i = 0; i < AREA; i++) {
		used += w->handed_out[i];
		run = w->handed_out[i] ? 0 : run + 1;
		longest = max(longest, run);
	}
	CHECK_EQ(stats.used_pages, used);
	CHECK_EQ(stats.largest_run_pages, longest);
}

TEST(cma_model, grants_exactly_what_a_naive_walk_of_the_area_grants)
{
	static struct walk w;
	static void (*const ops[])(struct walk *) = { op_slot, op_slot, op_slot, op_pin,
		op_alloc, op_release };
	unsigned long steps = qy_test_scale(3000);
	struct qy_zone_stats z;

	memset(&w, 0, sizeof(w));
	w.random.state = qy_test_seed();
	boot(&w.rig, 1);
	w.base = rig_zone(w.rig.m, 0, QY_ZONE_NORMAL).start_pfn + RAM / 4096 - AREA;
	/* half of memory borrowed and used, so that the area is, too */
	for (unsigned int i = 0; i < 5 * NR_SLOTS; i++)
		op_slot(&w);
	for (unsigned long i = 0; i < steps; i++) {
		ops[rig_below(&w.random, ARRAY_SIZE(ops))](&w);
		if (i % 8 == 0)
			rig_check_valid(w.rig.m, "a step");
		check_counts(&w);
	}
	CHECK(w.granted > 0 && w.refused > 0);
	while (w.nr_runs)
		op_release(&w);
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		for (; w.slot[i].pins; w.slot[i].pins--)
			qy_handle_unpin(w.rig.m, &w.slot[i].h);
		if (w.slot[i].used)
			qy_free_pages(
				w.rig.m, qy_handle_release(w.rig.m, &w.slot[i].h), 0);
	}
	/* as after boot */
	qy_drain_all_pages(w.rig.m);
	z = rig_zone(w.rig.m, 0, QY_ZONE_NORMAL);
	CHECK_EQ(z.nr_free[10][MIGRATE_CMA], AREA / 1024);
	CHECK_EQ(z.nr_blocks[MIGRATE_CMA], AREA / 512);
	CHECK_EQ(z.free_pages, RAM / 4096);
	CHECK_EQ(z.free_cma_pages, AREA);
	CHECK_EQ(w.rig.log_bytes, 0);
	rig_down(&w.rig);
}

/* ------------------------------------------------------------------ two threads */

struct hammer {
	struct rig rig;
	struct slot slot[NR_SLOTS];
	unsigned long rounds;
	uint64_t granted; /* atomic */
};

struct striker {
	pthread_t thread;
	struct hammer *hammer;
	struct rig_random random;
	unsigned int cpu;
};

static struct movable_ops failing_ops;
static uint64_t nr_isolated; /* atomic */

/* Every 50th block refuses to be isolated: whoever asked is told so. */
static int isolate_or_not(struct qy_machine *m, uint32_t frame)
{
	if (__atomic_fetch_add(&nr_isolated, 1, __ATOMIC_RELAXED) % 50 == 49)
		return -QY_EBUSY;
	return qy_handle_ops.isolate(m, frame);
}

static void strike_slot(struct striker *s)
{
	struct hammer *hammer = s->hammer;
	struct slot *slot = &hammer->slot[rig_below(&s->random, NR_SLOTS)];
	struct qy_machine *m = hammer->rig.m;
	uint64_t *bytes;

	if (pthread_mutex_trylock(&slot->lock))
		return;
	if (slot->used) {
		bytes = qy_handle_pin(m, &slot->h, "striker");
		CHECK_EQ(bytes[0], slot->value);
		CHECK_EQ(bytes[511], ~slot->value);
		slot->value++;
		bytes[0] = slot->value;
		bytes[511] = ~slot->value;
		qy_handle_unpin(m, &slot->h);
		if (!rig_below(&s->random, 4)) {
			qy_free_pages(m, qy_handle_release(m, &slot->h), 0);
			slot->used = false;
		}
	} else {
		struct page *page = qy_alloc_pages(m, MOVABLE, 0);

		CHECK(page);
		bytes = qy_page_address(m, page);
		slot->value = rig_random(&s->random);
		bytes[0] = slot->value;
		bytes[511] = ~slot->value;
		CHECK_EQ(qy_handle_adopt(m, &slot->h, page, "slot", 0), 0);
		slot->used = true;
	}
	pthread_mutex_unlock(&slot->lock);
}

static void *ask_and_strike(void *arg)
{
	struct striker *s = arg;
	struct hammer *hammer = s->hammer;
	struct qy_machine *m = hammer->rig.m;

	CHECK_EQ(qy_enter_cpu(m, s->cpu), (int)s->cpu);
	for (unsigned long i = 0; i < hammer->rounds; i++) {
		uint64_t nr = 1 + rig_below(&s->random, 300);
		struct qy_contig_failure why;
		struct page *page =
			qy_cma_alloc(m, 0, nr, rig_below(&s->random, 9), true, &why);

		if (page) {
			memset(qy_page_address(m, page), (int)s->cpu, nr * 4096);
			__atomic_fetch_add(&hammer->granted, 1, __ATOMIC_RELAXED);
		} else {
			/* held in place, by a striker's pin or by the injected refusal, or the other requester has it */
			CHECK(why.cause == QY_CONTIG_PINNED ||
				why.cause == QY_CONTIG_NO_RUN ||
				why.cause == QY_CONTIG_OTHER ||
				why.cause == QY_CONTIG_UNMOVABLE ||
				why.cause == QY_CONTIG_UNSETTLED);
			CHECK(why.error == -QY_EBUSY || why.error == -QY_ENOMEM);
		}
		for (unsigned int j = 0; j < 40; j++)
			strike_slot(s);
		if (!page)
			continue;
		for (uint64_t j = 0; j < nr * 4096; j += 512)
			CHECK_EQ(((uint8_t *)qy_page_address(m, page))[j], s->cpu);
		CHECK(qy_cma_release(m, 0, page, nr));
	}
	qy_leave();
	return NULL;
}

TEST(cma_model, two_requesters_among_writers_get_what_is_theirs_and_lose_nothing)
{
	static struct hammer hammer;
	static struct striker strikers[2];
	struct qy_cma_stats stats;
	struct qy_zone_stats z;

	memset(&hammer, 0, sizeof(hammer));
	boot(&hammer.rig, 3);
	failing_ops = qy_handle_ops;
	failing_ops.isolate = isolate_or_not;
	hammer.rig.m->movable[MOVABLE_HANDLE] = &failing_ops;
	hammer.rounds = qy_test_scale(150);
	for (unsigned int i = 0; i < NR_SLOTS; i++)
		pthread_mutex_init(&hammer.slot[i].lock, NULL);
	for (unsigned int i = 0; i < 2; i++) {
		strikers[i] = (struct striker){
			.hammer = &hammer, .random = { qy_test_seed() + i }, .cpu = 1 + i
		};
		CHECK_EQ(pthread_create(
				 &strikers[i].thread, NULL, ask_and_strike, &strikers[i]),
			0);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(strikers[i].thread, NULL);
	rig_check_valid(hammer.rig.m, "the hammer");
	CHECK(hammer.granted > 0);
	for (unsigned int i = 0; i < NR_SLOTS; i++) {
		if (hammer.slot[i].used)
			qy_free_pages(hammer.rig.m,
				qy_handle_release(hammer.rig.m, &hammer.slot[i].h), 0);
		pthread_mutex_destroy(&hammer.slot[i].lock);
	}
	qy_drain_all_pages(hammer.rig.m);
	z = rig_zone(hammer.rig.m, 0, QY_ZONE_NORMAL);
	CHECK_EQ(z.nr_free[10][MIGRATE_CMA], AREA / 1024);
	CHECK_EQ(z.nr_blocks[MIGRATE_CMA], AREA / 512);
	CHECK_EQ(z.nr_blocks[MIGRATE_ISOLATE], 0);
	CHECK_EQ(z.free_pages, RAM / 4096);
	CHECK_EQ(z.free_cma_pages, AREA);
	CHECK(qy_cma_stats(hammer.rig.m, 0, &stats));
	CHECK_EQ(stats.used_pages + stats.borrowed_pages + stats.pinned_pages, 0);
	CHECK_EQ(stats.free_pages, AREA);
	CHECK_EQ(stats.max_alloc_pages, AREA);
	CHECK_EQ(stats.alloc_pages_success, stats.release_pages_success);
	CHECK_EQ(hammer.rig.log_bytes, 0);
	rig_down(&hammer.rig);
}
