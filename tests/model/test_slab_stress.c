// SPDX-License-Identifier: MIT
/*
 * Two threads allocate and free each other's objects while a third looks into their sheaves from outside: it shrinks, ticks for
 * their CPUs, counts, and makes and ends caches. Content tells whether two owners ever shared an object, validation and the
 * count of frames whether one was lost.
 *
 * Under ThreadSanitizer this is the test that the locks of the slab room stand for; elsewhere it is the one for sections without a
 * lock.
 *
 * Locking: a slot belongs to who took it out by an exchange; stop is atomic.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>

#define NR_WORKERS 2
#define SLOTS      512

struct slab_stress {
	struct rig rig;
	struct kmem_cache *cache;
	uint64_t *slot[SLOTS];
	unsigned long rounds;
	bool stop; /* atomic */
};

struct worker {
	pthread_t thread;
	struct slab_stress *stress;
	unsigned int cpu;
};

/* First and last word of an object of 96 bytes. */
static void stamp(uint64_t *object, uint64_t value)
{
	object[0] = value;
	object[11] = ~value;
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct slab_stress *stress = worker->stress;
	struct qy_machine *m = stress->rig.m;
	struct rig_random random = { qy_test_seed() + worker->cpu };

	rig_enter(&stress->rig, worker->cpu);
	for (unsigned long i = 0; i < stress->rounds; i++) {
		bool own_cache = rig_below(&random, 2);
		uint64_t *object =
			own_cache ? qy_kmem_cache_alloc(stress->cache, QY_GFP_KERNEL)
				  : qy_kmalloc(m, 96, QY_GFP_KERNEL);

		CHECK(object);
		stamp(object, rig_random(&random));
		object = __atomic_exchange_n(&stress->slot[rig_below(&random, SLOTS)],
			object, __ATOMIC_ACQ_REL);
		if (!object)
			continue;
		CHECK_EQ(object[0], ~object[11]);
		qy_kfree(m, object);
	}
	qy_leave();
	return NULL;
}

static void *look_in(void *arg)
{
	struct slab_stress *stress = arg;
	struct qy_machine *m = stress->rig.m;
	struct qy_kmem_cache_info info;

	rig_enter(&stress->rig, 0);
	while (!__atomic_load_n(&stress->stop, __ATOMIC_ACQUIRE)) {
		struct kmem_cache *passing =
			qy_kmem_cache_create(m, "passing", 72, 0, QY_SLAB_NO_MERGE, NULL);

		CHECK(passing);
		qy_kmem_cache_free(passing, qy_kmem_cache_alloc(passing, QY_GFP_KERNEL));
		qy_kmem_cache_shrink(stress->cache);
		for (unsigned int cpu = 0; cpu < stress->rig.board.nr_cpus; cpu++)
			qy_vmstat_tick(m, cpu);
		for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
			CHECK(info.free_objects <= info.total_objects);
		qy_kmem_cache_destroy(passing);
		qy_machine_trim(m);
	}
	qy_leave();
	return NULL;
}

static struct slab_stress stress;

static void prepare(void)
{
	memset(&stress, 0, sizeof(stress));
	rig_one_zone(&stress.rig, MIB(64), NR_WORKERS + 1);
}

static void play(unsigned long rounds)
{
	static struct worker workers[NR_WORKERS];
	struct qy_kmem_cache_info info;
	pthread_t outside;
	uint64_t fresh;

	rig_boot(&stress.rig);
	fresh = rig_free_frames(stress.rig.m);
	stress.rounds = rounds;
	stress.cache = qy_kmem_cache_create(
		stress.rig.m, "stress", 96, 0, QY_SLAB_NO_MERGE, NULL);
	qy_leave();
	CHECK(!pthread_create(&outside, NULL, look_in, &stress));
	for (unsigned int i = 0; i < NR_WORKERS; i++) {
		workers[i] = (struct worker){ .stress = &stress, .cpu = i + 1 };
		CHECK(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	for (unsigned int i = 0; i < NR_WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	__atomic_store_n(&stress.stop, true, __ATOMIC_RELEASE);
	pthread_join(outside, NULL);
	rig_enter(&stress.rig, 0);
	rig_check_valid(stress.rig.m, "the stress");
	for (unsigned int i = 0; i < SLOTS; i++)
		qy_kfree(stress.rig.m, stress.slot[i]);
	qy_kmem_cache_destroy(stress.cache);
	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int n = 0; qy_kmem_cache_info(stress.rig.m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
	rig_check_valid(stress.rig.m, "all was freed");
	CHECK_EQ(rig_free_frames(stress.rig.m), fresh);
	CHECK_STR_EQ(stress.rig.log, "");
	rig_down(&stress.rig);
}

TEST(slab_stress, sheaves_are_emptied_from_outside_while_their_owners_work)
{
	prepare();
	play(qy_test_scale(60000));
}

TEST(slab_stress, shared_sheaves_are_emptied_from_outside_while_threads_work)
{
	prepare();
	rig_share_cpus(&stress.rig);
	play(qy_test_scale(30000));
}
