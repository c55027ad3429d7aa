// SPDX-License-Identifier: MIT
/*
 * Threads allocate and free each other's areas, map the same pages and unmap them, while one looks in from outside: it
 * purges, drains, ticks and reads vmallocinfo. Content tells whether two owners ever shared a page, validation and the count of
 * frames whether one was lost. Under ThreadSanitizer it is the test of v->lock and of the lock of each CPU's kept areas.
 *
 * Locking: a slot belongs to who took it out by an exchange; stop is atomic.
 */
#include "mm/virt/internal.h"
#include "tests/model/rig.h"

#define NR_WORKERS 2
#define SLOTS      64

struct vm_stress {
	struct rig rig;
	uint64_t *slot[SLOTS]; /* atomic */
	unsigned long rounds;
	bool stop; /* atomic */
};

struct worker {
	pthread_t thread;
	struct vm_stress *stress;
	unsigned int cpu;
};

/* The first word says how many pages; each page begins with a stamp of its own. */
static void stamp(uint64_t *p, uint64_t nr, uint64_t value)
{
	p[0] = nr;
	for (uint64_t i = 0; i < nr; i++)
		p[i * 512 + 1] = value + i;
}

static void check_and_free(struct qy_machine *m, uint64_t *p)
{
	uint64_t nr = p[0], value = p[1];

	for (uint64_t i = 0; i < nr; i++)
		CHECK_EQ(p[i * 512 + 1], value + i);
	qy_vfree(m, p);
}

static void map_for_a_while(struct qy_machine *m, struct rig_random *random)
{
	struct page *pages[5];
	uint64_t *p, nr = 1 + rig_below(random, 5);
	bool ram = rig_below(random, 2);

	for (uint64_t i = 0; i < nr; i++) {
		pages[i] = qy_alloc_pages(m, QY_GFP_KERNEL, 0);
		CHECK(pages[i]);
	}
	p = ram ? qy_vm_map_ram(m, pages, (unsigned int)nr, -1)
		: qy_vmap(m, pages, (unsigned int)nr, QY_VM_MAP, QY_PAGE_KERNEL);
	CHECK(p);
	for (uint64_t i = 0; i < nr; i++) {
		p[i * 512] = i * 7;
		CHECK_EQ(*(uint64_t *)qy_page_address(m, pages[i]), i * 7);
	}
	if (ram)
		qy_vm_unmap_ram(m, p, (unsigned int)nr);
	else
		qy_vunmap(m, p);
	for (uint64_t i = 0; i < nr; i++)
		qy_free_pages(m, pages[i], 0);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct vm_stress *stress = worker->stress;
	struct qy_machine *m = stress->rig.m;
	struct rig_random random = { qy_test_seed() + worker->cpu };

	CHECK_EQ(qy_enter_cpu(m, worker->cpu), (int)worker->cpu);
	for (unsigned long i = 0; i < stress->rounds; i++) {
		uint64_t nr = rig_below(&random, 4) ? 4 : 1 + rig_below(&random, 40), *p;

		if (!rig_below(&random, 4))
			map_for_a_while(m, &random);
		p = qy_vmalloc(m, nr * 4096);
		CHECK(p);
		stamp(p, nr, rig_random(&random));
		/* half of the time at once, so that sizes get hot; else somebody else's */
		if (rig_below(&random, 2)) {
			check_and_free(m, p);
			continue;
		}
		p = __atomic_exchange_n(
			&stress->slot[rig_below(&random, SLOTS)], p, __ATOMIC_ACQ_REL);
		if (p)
			check_and_free(m, p);
	}
	qy_leave();
	return NULL;
}

static void *look_in(void *arg)
{
	struct vm_stress *stress = arg;
	struct qy_machine *m = stress->rig.m;
	struct qy_vmalloc_info area;

	CHECK_EQ(qy_enter_cpu(m, 0), 0);
	while (!__atomic_load_n(&stress->stop, __ATOMIC_ACQUIRE)) {
		for (uint64_t at = 0; qy_vmalloc_next(m, &at, &area);)
			CHECK(area.end > area.start);
		for (unsigned int cpu = 0; cpu <= NR_WORKERS; cpu++)
			qy_vmstat_tick(m, cpu);
		qy_vm_unmap_aliases(m);
		sched_yield();
	}
	qy_leave();
	return NULL;
}

#include <sched.h>

/* ------------------------------------------------------------------ the first of all */

struct first {
	struct qy_machine *m;
	pthread_barrier_t start;
	unsigned int next_cpu;  /* atomic */
	bool found[NR_WORKERS]; /* each written by its own thread */
};

static void *ask_first(void *arg)
{
	struct first *first = arg;
	struct qy_machine *m = first->m;
	unsigned int i = __atomic_fetch_add(&first->next_cpu, 1, __ATOMIC_RELAXED);
	struct qy_vmalloc_info area;
	uint64_t at = 0;
	void *p;

	CHECK_EQ(qy_enter_cpu(m, i), (int)i);
	pthread_barrier_wait(&first->start);
	p = qy_vmalloc(m, 4096);
	CHECK(p);
	first->found[i] = qy_vmalloc_next(m, &at, &area);
	CHECK((char *)p >= (char *)qy_vmalloc_begin(m) &&
		(char *)p < (char *)qy_vmalloc_end(m));
	qy_vfree(m, p);
	qy_leave();
	return NULL;
}

/* A second one that waited for the set-up must not write again what the first has told everybody. */
TEST(vmalloc_stress, the_space_is_set_up_once_whoever_asks_at_the_same_time)
{
	for (unsigned long round = 0; round < 40; round++) {
		struct first first = { .next_cpu = 0 };
		pthread_t thread[NR_WORKERS];
		struct rig rig;

		rig_one_zone(&rig, MIB(16), NR_WORKERS);
		rig_boot(&rig);
		qy_leave();
		first.m = rig.m;
		CHECK_EQ(pthread_barrier_init(&first.start, NULL, NR_WORKERS), 0);
		for (unsigned int i = 0; i < NR_WORKERS; i++)
			CHECK_EQ(pthread_create(&thread[i], NULL, ask_first, &first), 0);
		for (unsigned int i = 0; i < NR_WORKERS; i++)
			pthread_join(thread[i], NULL);
		for (unsigned int i = 0; i < NR_WORKERS; i++)
			CHECK(first.found[i]);
		pthread_barrier_destroy(&first.start);
		CHECK_EQ(qy_enter_cpu(rig.m, 0), 0);
		rig_check_valid(rig.m, "the first areas");
		CHECK_EQ(rig.log_bytes, 0);
		rig_down(&rig);
	}
}

/* ------------------------------------------------------------------ the storm */

TEST(vmalloc_stress, areas_are_freed_by_others_while_somebody_purges_and_looks)
{
	static struct vm_stress stress;
	struct worker workers[NR_WORKERS];
	struct qy_vmalloc_stats stats;
	pthread_t outside;
	uint64_t before;

	rig_one_zone(&stress.rig, MIB(64), NR_WORKERS + 1);
	rig_boot(&stress.rig);
	qy_leave();
	stress.rounds = qy_test_scale(1500);
	stress.stop = false;
	before = rig_free_frames(stress.rig.m);
	CHECK_EQ(pthread_create(&outside, NULL, look_in, &stress), 0);
	for (unsigned int i = 0; i < NR_WORKERS; i++) {
		workers[i] = (struct worker){ .stress = &stress, .cpu = i + 1 };
		CHECK_EQ(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned int i = 0; i < NR_WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	__atomic_store_n(&stress.stop, true, __ATOMIC_RELEASE);
	pthread_join(outside, NULL);
	CHECK_EQ(qy_enter_cpu(stress.rig.m, 0), 0);
	rig_check_valid(stress.rig.m, "the storm");
	for (unsigned int i = 0; i < SLOTS; i++)
		if (stress.slot[i])
			check_and_free(stress.rig.m, stress.slot[i]);
	qy_vm_unmap_aliases(stress.rig.m);
	rig_check_valid(stress.rig.m, "the end");
	qy_vmalloc_stats(stress.rig.m, &stats);
	CHECK_EQ(stats.used_pages + stats.lazy_pages + stats.kept_pages +
			 stats.nr_mappings,
		0);
	CHECK_EQ(rig_free_frames(stress.rig.m) + stats.table_pages +
			 qy_slab_pages(stress.rig.m, -1, false),
		before);
	CHECK_EQ(stress.rig.log_bytes, 0);
	rig_down(&stress.rig);
}
