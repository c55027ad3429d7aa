// SPDX-License-Identifier: MIT
/*
 * An interrupt at every step of the slab room, in the middle of its sections too: the handler allocates and frees objects
 * of the caches that it hit. Where CPUs are shared the handler is another thread that got the CPU, and the one it hit may
 * find itself elsewhere. And every page allocation failed once. No object is handed out twice, none is lost.
 *
 * No state: each test has its own.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include <quarry/slab.h>

#define MAX_TASK 300
#define MAX_IRQ  40

struct held {
	uint64_t *memory;
	size_t bytes;
	struct kmem_cache *cache; /* NULL: kmalloc */
	uint64_t stamp;
};

struct storm {
	struct rig rig;
	struct rig_random task_random, irq_random;
	struct held task[MAX_TASK], irq[MAX_IRQ];
	unsigned int nr_task, nr_irq;
	struct kmem_cache *cache;
	uint64_t nr_interrupts, nr_irq_allocs, initial;
};

static struct storm storm;

static const size_t sizes[] = { 8, 32, 64, 96, 500, 1024, 5000 };

/* Both ends are stamped: an object that two own shows it. */
static bool take(struct held *h, struct rig_random *random, qy_gfp_t gfp)
{
	size_t size = sizes[rig_below(random, ARRAY_SIZE(sizes))];
	bool from_cache = rig_below(random, 3) == 0;

	*h = (struct held){ .bytes = from_cache ? 64 : size,
		.cache = from_cache ? storm.cache : NULL,
		.stamp = rig_random(random) };
	h->memory = from_cache ? qy_kmem_cache_alloc(storm.cache, gfp | QY___GFP_NOWARN)
			       : qy_kmalloc(storm.rig.m, size, gfp | QY___GFP_NOWARN);
	if (!h->memory)
		return false;
	h->memory[h->bytes / 8 - 1] = h->stamp;
	h->memory[0] = h->stamp;
	return true;
}

static void give(const struct held *h)
{
	CHECK_EQ(h->memory[0], h->stamp);
	CHECK_EQ(h->memory[h->bytes / 8 - 1], h->stamp);
	if (h->cache)
		qy_kmem_cache_free(h->cache, h->memory);
	else
		qy_kfree(storm.rig.m, h->memory);
}

static void handler(void *arg)
{
	struct rig_random *random = &storm.irq_random;

	(void)arg;
	storm.nr_interrupts++;
	if (storm.rig.shared_cpus && rig_below(random, 4) == 0)
		qy_sim_set_cpu(storm.rig.m, rig_below(random, 2));
	if (storm.nr_irq < MAX_IRQ && rig_below(random, 2)) {
		if (take(&storm.irq[storm.nr_irq], random, QY_GFP_ATOMIC)) {
			storm.nr_irq++;
			storm.nr_irq_allocs++;
		}
	} else if (storm.nr_irq) {
		unsigned int i = rig_below(random, storm.nr_irq);
		struct held h = storm.irq[i];

		storm.irq[i] = storm.irq[--storm.nr_irq];
		give(&h);
	}
}

static void check(const char *after)
{
	qy_irq_disable();
	rig_check_valid(storm.rig.m, after);
	qy_irq_enable();
}

static void bulk(void)
{
	void *objects[70];
	size_t nr = qy_kmem_cache_alloc_bulk(storm.cache, QY_GFP_KERNEL | QY___GFP_NOWARN,
		ARRAY_SIZE(objects), objects);

	qy_kmem_cache_free_bulk(storm.cache, nr, objects);
}

static void task_step(void)
{
	struct rig_random *random = &storm.task_random;
	uint32_t dice = rig_below(random, 100);

	if (dice < 2) {
		qy_kmem_cache_shrink(storm.cache);
	} else if (dice < 4) {
		qy_vmstat_tick(storm.rig.m, rig_below(random, 2));
	} else if (dice < 8) {
		qy_sim_set_cpu(storm.rig.m, rig_below(random, 2));
	} else if (dice < 12) {
		bulk();
	} else if (dice < 60 && storm.nr_task < MAX_TASK) {
		struct held h;

		if (take(&h, random, QY_GFP_KERNEL))
			storm.task[storm.nr_task++] = h;
	} else if (storm.nr_task) {
		unsigned int i = rig_below(random, storm.nr_task);
		struct held h = storm.task[i];

		storm.task[i] = storm.task[--storm.nr_task];
		give(&h);
	}
}

static void start_on(uint64_t bytes, bool shared_cpus)
{
	memset(&storm, 0, sizeof(storm));
	rig_one_zone(&storm.rig, bytes, 2);
	storm.rig.shared_cpus = shared_cpus;
	rig_boot(&storm.rig);
	storm.initial = rig_free_frames(storm.rig.m);
	storm.task_random.state = qy_test_seed();
	storm.irq_random.state = ~qy_test_seed();
	storm.cache =
		qy_kmem_cache_create(storm.rig.m, "storm", 64, 0, QY_SLAB_NO_MERGE, NULL);
	CHECK(storm.cache);
}

static void start(uint64_t bytes)
{
	start_on(bytes, false);
}

static void finish(void)
{
	struct qy_kmem_cache_info info;

	qy_sim_interrupt(storm.rig.m, NULL, NULL, false);
	while (storm.nr_task)
		give(&storm.task[--storm.nr_task]);
	while (storm.nr_irq)
		give(&storm.irq[--storm.nr_irq]);
	qy_kmem_cache_destroy(storm.cache);
	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int n = 0; qy_kmem_cache_info(storm.rig.m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
	rig_check_valid(storm.rig.m, "the end");
	CHECK_EQ(rig_free_frames(storm.rig.m), storm.initial);
	rig_down(&storm.rig);
}

static void weather(unsigned long steps)
{
	qy_sim_interrupt(storm.rig.m, handler, NULL, true);
	for (unsigned long i = 0; i < steps; i++) {
		task_step();
		check("a step");
	}
	CHECK(storm.nr_interrupts > steps);
	CHECK(storm.nr_irq_allocs > steps / 10);
	CHECK_EQ(rig_log_count(&storm.rig, "BUG"), 0);
	finish();
}

TEST(slab_interrupt, at_every_step_no_object_is_lost_or_handed_out_twice)
{
	start(MIB(16));
	weather(qy_test_scale(3000));
}

TEST(slab_interrupt, at_every_step_another_thread_may_get_the_cpu)
{
	start_on(MIB(16), true);
	weather(qy_test_scale(3000));
}

/* ------------------------------------------------------------------ one interrupt at one step */

static unsigned long steps_until;
static bool interrupted;

static void at_nth_step(void *arg)
{
	(void)arg;
	if (steps_until && --steps_until == 0) {
		void *object = qy_kmem_cache_alloc(storm.cache, QY_GFP_ATOMIC);
		void *other = qy_kmem_cache_alloc(storm.cache, QY_GFP_ATOMIC);

		interrupted = true;
		CHECK(object && other && object != other);
		qy_kmem_cache_free(storm.cache, object);
		storm.irq[storm.nr_irq++] = (struct held){ other, 64, storm.cache, 7 };
		((uint64_t *)other)[0] = ((uint64_t *)other)[7] = 7;
	}
}

/* Return: false when the pair has fewer than @n steps. */
static bool pair_with_interrupt(unsigned long n, bool warm)
{
	uint64_t *object, *warmer = NULL;

	if (warm) {
		warmer = qy_kmem_cache_alloc(storm.cache, QY_GFP_KERNEL);
		CHECK(warmer);
	}
	interrupted = false;
	steps_until = n;
	qy_sim_interrupt(storm.rig.m, at_nth_step, NULL, true);
	object = qy_kmem_cache_alloc(storm.cache, QY_GFP_KERNEL);
	CHECK(object);
	CHECK(object != warmer);
	object[0] = object[7] = 1;
	for (unsigned int i = 0; i < storm.nr_irq; i++)
		CHECK_EQ(storm.irq[i].memory[0], 7);
	qy_kmem_cache_free(storm.cache, object);
	qy_sim_interrupt(storm.rig.m, NULL, NULL, false);
	check("a pair");
	while (storm.nr_irq)
		give(&storm.irq[--storm.nr_irq]);
	if (warmer)
		qy_kmem_cache_free(storm.cache, warmer);
	return interrupted;
}

TEST(slab_interrupt, at_each_step_of_a_pair_from_the_sheaf)
{
	unsigned long n = 1;

	start(MIB(16));
	while (pair_with_interrupt(n, true))
		n++;
	CHECK(n > 5); /* before, inside and after both sections */
	finish();
}

TEST(slab_interrupt, at_each_step_of_a_pair_from_a_new_slab)
{
	unsigned long n = 1;

	start(MIB(16));
	do {
		qy_kmem_cache_shrink(storm.cache);
	} while (pair_with_interrupt(n++, false));
	CHECK(n > 10);
	finish();
}

/* ------------------------------------------------------------------ one interrupt at each step of each way */

/*
 * A cache with sheaves of four objects (8 KiB each) is brought into a state: so many are taken, so many of them given back, so
 * many taken again. The next call then goes the way that is named, and is interrupted at its n-th step.
 */
#define WAY_SIZE 8192
static const struct way {
	const char *name;
	unsigned int take, give, again;
	bool frees;
} ways[] = {
	{ "alloc: no sheaf yet, a new slab", 0, 0, 0, false },
	{ "alloc: main has some", 1, 0, 0, false },
	{ "alloc: main has one", 3, 0, 0, false },
	{ "alloc: main is empty, no spare yet", 4, 0, 0, false },
	{ "alloc: spare is full", 8, 8, 4, false },
	{ "alloc: the barn has a full sheaf", 40, 24, 8, false },
	{ "alloc: nothing is left, a new slab into the spare", 40, 24, 24, false },
	{ "alloc: nothing is left but in partial slabs", 64, 60, 48, false },
	{ "free: main has room", 3, 1, 0, true },
	{ "free: main was filled from a slab", 2, 0, 0, true },
	{ "free: main is full, spare is empty", 8, 4, 0, true },
	{ "free: main and spare are full", 16, 8, 0, true },
	{ "free: the barn takes its last full sheaf", 64, 44, 0, true },
	{ "free: the barn is full, a sheaf goes to the slabs", 64, 48, 0, true },
};

/* What the handler does with the cache that was hit. */
enum deed {
	DEED_TAKE,
	DEED_GIVE,
	DEED_BOTH,
	DEED_MANY, /* more than a sheaf, both ways */
	NR_DEEDS,
};

static struct {
	enum deed deed;
	unsigned long until;
	bool done;
	uint64_t *object[80], *irq[8];
	unsigned int nr, nr_irq;
} way_state;

static uint64_t *way_take(qy_gfp_t gfp, uint64_t stamp)
{
	uint64_t *object = qy_kmem_cache_alloc(storm.cache, gfp);

	CHECK(object);
	object[0] = stamp;
	object[WAY_SIZE / 8 - 1] = ~stamp;
	return object;
}

static void way_give(uint64_t *object, uint64_t stamp)
{
	CHECK_EQ(object[0], stamp);
	CHECK_EQ(object[WAY_SIZE / 8 - 1], ~stamp);
	object[0] = 0;
	qy_kmem_cache_free(storm.cache, object);
}

static void way_handler(void *arg)
{
	const uint64_t stamp = 0x1e9;
	uint64_t *many[6];

	(void)arg;
	if (way_state.done || --way_state.until)
		return;
	way_state.done = true;
	if (storm.rig.shared_cpus)
		qy_sim_set_cpu(storm.rig.m, way_state.nr & 1);
	if (way_state.deed == DEED_GIVE || way_state.deed == DEED_BOTH)
		way_give(way_state.irq[--way_state.nr_irq], stamp);
	if (way_state.deed == DEED_TAKE || way_state.deed == DEED_BOTH)
		way_state.irq[way_state.nr_irq++] = way_take(QY_GFP_ATOMIC, stamp);
	for (unsigned int i = 0; way_state.deed == DEED_MANY && i < 6; i++)
		many[i] = way_take(QY_GFP_ATOMIC, stamp + 1);
	for (unsigned int i = 0; way_state.deed == DEED_MANY && i < 6; i++)
		way_give(many[i], stamp + 1);
	if (storm.rig.shared_cpus)
		qy_sim_set_cpu(storm.rig.m, way_state.nr >> 1 & 1);
}

static void way_hold(unsigned int nr)
{
	for (; nr; nr--, way_state.nr++)
		way_state.object[way_state.nr] = way_take(QY_GFP_KERNEL, way_state.nr);
}

static void way_drop(unsigned int nr)
{
	for (; nr; nr--) {
		way_state.nr--;
		way_give(way_state.object[way_state.nr], way_state.nr);
	}
}

/* Return: false: the way has fewer than @n steps. */
static bool go_way(const struct way *way, enum deed deed, unsigned long n)
{
	if (storm.rig.shared_cpus)
		qy_sim_set_cpu(storm.rig.m, 0);
	way_state.deed = deed;
	way_state.until = n;
	way_state.done = false;
	/* the handler has a whole slab to give from, so that the others are as the table says */
	while (way_state.nr_irq < 4)
		way_state.irq[way_state.nr_irq++] = way_take(QY_GFP_KERNEL, 0x1e9);
	qy_kmem_cache_shrink(storm.cache);
	way_hold(way->take);
	way_drop(way->give);
	way_hold(way->again);
	qy_sim_interrupt(storm.rig.m, way_handler, NULL, true);
	if (way->frees)
		way_drop(1);
	else
		way_hold(1);
	qy_sim_interrupt(storm.rig.m, NULL, NULL, false);
	rig_check_valid(storm.rig.m, way->name);
	way_drop(way_state.nr);
	while (way_state.nr_irq)
		way_give(way_state.irq[--way_state.nr_irq], 0x1e9);
	return way_state.done;
}

static void go_all_ways(bool shared_cpus)
{
	unsigned long steps = 0;

	start_on(MIB(16), shared_cpus);
	qy_kmem_cache_destroy(storm.cache);
	storm.cache = qy_kmem_cache_create(
		storm.rig.m, "ways", WAY_SIZE, 0, QY_SLAB_NO_MERGE, NULL);
	for (unsigned int i = 0; i < ARRAY_SIZE(ways); i++)
		for (enum deed deed = 0; deed < NR_DEEDS; deed++) {
			unsigned long n = 1;

			while (go_way(&ways[i], deed, n))
				n++;
			if (n < 3)
				FAIL("%s: %lu steps", ways[i].name, n);
			steps += n;
		}
	CHECK(steps > 20 * NR_DEEDS);
	CHECK_EQ(rig_log_count(&storm.rig, "BUG"), 0);
	finish();
}

TEST(slab_interrupt, at_each_step_of_each_way_through_the_sheaves)
{
	go_all_ways(false);
}

TEST(slab_interrupt, at_each_step_of_each_way_the_cpu_may_be_taken_away)
{
	go_all_ways(true);
}

/* ------------------------------------------------------------------ every page allocation failed once */

/* Something of everything. Return: false when anything could not be had; it has let go of all of it. */
static bool workload(void)
{
	struct qy_machine *m = storm.rig.m;
	const qy_gfp_t gfp = QY_GFP_KERNEL | QY___GFP_NOWARN;
	struct kmem_cache *cache =
		qy_kmem_cache_create(m, "workload", 40, 0, QY_SLAB_NO_MERGE, NULL);
	void *objects[300] = { NULL }, *bulk_objects[100], *p[8] = { NULL };
	size_t nr_bulk = 0;
	bool complete = cache != NULL;

	for (unsigned int i = 0; cache && i < ARRAY_SIZE(objects); i++)
		complete &= (objects[i] = qy_kmem_cache_alloc(cache, gfp)) != NULL;
	if (cache) {
		nr_bulk = qy_kmem_cache_alloc_bulk(
			cache, gfp, ARRAY_SIZE(bulk_objects), bulk_objects);
		complete &= nr_bulk == ARRAY_SIZE(bulk_objects);
	}
	p[0] = qy_kmalloc(m, 8, gfp);
	p[1] = qy_kzalloc(m, 2000, gfp);
	p[2] = qy_kcalloc(m, 10, 100, gfp);
	p[3] = qy_kmalloc(m, 100000, gfp);
	p[4] = qy_kmalloc(m, 24, gfp | QY___GFP_RECLAIMABLE);
	p[5] = qy_kmalloc(m, 10, gfp);
	if (p[5]) {
		void *moved = qy_krealloc(m, p[5], 9000, gfp);

		complete &= moved != NULL;
		p[5] = moved ? moved : p[5];
	}
	for (unsigned int i = 0; i < 6; i++)
		complete &= p[i] != NULL;
	rig_check_valid(m, "the workload");
	for (unsigned int i = 0; i < 6; i++)
		qy_kfree(m, p[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(objects); i++)
		qy_kfree(m, objects[i]);
	if (cache)
		qy_kmem_cache_free_bulk(cache, nr_bulk, bulk_objects);
	qy_kmem_cache_destroy(cache);
	return complete;
}

static void everything_back(void)
{
	struct qy_kmem_cache_info info;

	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int n = 0; qy_kmem_cache_info(storm.rig.m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
	rig_check_valid(storm.rig.m, "all was freed");
	CHECK_EQ(qy_slab_pages(storm.rig.m, -1, false), 0);
	CHECK_EQ(qy_slab_pages(storm.rig.m, -1, true), 0);
	CHECK_EQ(rig_free_frames(storm.rig.m), storm.initial);
}

TEST(slab_failure, each_page_allocation_failed_once_loses_nothing)
{
	struct qy_fault_attr attr = { .probability = 100, .interval = 1, .times = 1 };
	unsigned int nr_failed = 0;
	int k = 0;

	start(MIB(16));
	qy_kmem_cache_destroy(storm.cache);
	storm.cache = NULL;
	do {
		attr.times = 1;
		attr.space = k++; /* orders count in pages: the k-th page at the latest */
		qy_fail_page_alloc_set(storm.rig.m, &attr);
		nr_failed += !workload();
		qy_fail_page_alloc_get(storm.rig.m, &attr);
		everything_back();
	} while (attr.times == 0);
	CHECK(k > 20);
	CHECK(nr_failed > 5);
	finish();
}
