// SPDX-License-Identifier: MIT
/*
 * CPUs that threads share: the restartable sequence itself, threads that lose their CPU wherever it hurts, and what the front
 * end promises around it (ADR 0013).
 *
 * Locking: a slot belongs to who took it out by an exchange; stop is atomic.
 */
#include "tests/model/rig.h"
#include "mm/slab/sheaf.h"
#include <quarry/slab.h>

#include <signal.h>

#if QY_ALWAYS_LOCK_PCP
#define BY_LOCK \
	true /* sheaves of this build are taken by a lock: nobody claims anything */
#else
#define BY_LOCK false
#endif

static struct rig rig;

static void start(void)
{
	rig_one_zone(&rig, MIB(128), 1);
	rig_share_cpus(&rig);
	rig_boot(&rig);
}

static void shrink_all(struct qy_machine *m)
{
	struct qy_kmem_cache_info info;

	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
}

/* ------------------------------------------------------------------ where a thread is */

static cpu_set_t all_cpus(void)
{
	cpu_set_t set;

	CHECK(!sched_getaffinity(0, sizeof(set), &set));
	return set;
}

/* The n-th CPU that the process may use. Return: its number. */
static unsigned int go_to(const cpu_set_t *all, unsigned int n)
{
	unsigned int left = n % (unsigned int)CPU_COUNT(all), cpu = 0;
	cpu_set_t one;

	for (;; cpu++)
		if (CPU_ISSET(cpu, all) && !left--)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	CHECK(!sched_setaffinity(0, sizeof(one), &one));
	return cpu;
}

/* ------------------------------------------------------------------ a crowd that is pushed around */

#define MAX_CROWD 24

static struct crowd {
	pthread_t thread[MAX_CROWD];
	unsigned int nr, nr_signals, nr_done; /* the latter two: atomic */
	unsigned int enough;                  /* signals, before which nobody goes home */
	void (*work)(struct rig_random *random);
	cpu_set_t all;
} crowd;

/* Whatever was interrupted finds itself on another CPU, or behind somebody else. */
static void push_off(int signal)
{
	unsigned int n = __atomic_fetch_add(&crowd.nr_signals, 1, __ATOMIC_RELAXED);

	(void)signal;
	if (n % 4 == 0)
		go_to(&crowd.all, n / 4);
	else
		sched_yield();
}

static void *take_part(void *arg)
{
	struct rig_random random = { qy_test_seed() + (uintptr_t)arg };

	rig_enter(&rig, 0);
	do
		crowd.work(&random);
	while (__atomic_load_n(&crowd.nr_signals, __ATOMIC_RELAXED) < crowd.enough);
	qy_leave();
	__atomic_fetch_add(&crowd.nr_done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* @nr threads, more than there are CPUs, work until they have had so many signals all in all. */
static void play_crowd(
	unsigned int nr, unsigned long enough, void (*work)(struct rig_random *random))
{
	struct sigaction action = { .sa_handler = push_off }, before;
	struct timespec pause = { 0, 20000 };

	memset(&crowd, 0, sizeof(crowd));
	crowd.nr = nr;
	crowd.enough = (unsigned int)enough;
	crowd.work = work;
	crowd.all = all_cpus();
	CHECK(!sigaction(SIGURG, &action, &before));
	for (unsigned int i = 0; i < nr; i++)
		CHECK(!pthread_create(
			&crowd.thread[i], NULL, take_part, (void *)(uintptr_t)(i + 1)));
	for (unsigned int i = 0; __atomic_load_n(&crowd.nr_done, __ATOMIC_ACQUIRE) < nr;
		i++) {
		pthread_kill(crowd.thread[i % nr], SIGURG);
		nanosleep(&pause, NULL);
	}
	for (unsigned int i = 0; i < nr; i++)
		pthread_join(crowd.thread[i], NULL);
	CHECK(!sigaction(SIGURG, &before, NULL));
}

/* ------------------------------------------------------------------ the sequence */

static struct {
	u32 word[CPU_SETSIZE];
	uint64_t counter
		[CPU_SETSIZE]; /* who claimed the word adds one, without an atomic operation */
	uint64_t claims, refused; /* atomic */
} claim;

static void claim_often(struct rig_random *random)
{
	uint64_t claims = 0, refused = 0;

	(void)random;
	for (unsigned int i = 0; i < 10000; i++) {
		const struct qy_context *self = qy_current();
		u32 cpu = qy_host_cpu(self);

		if (!qy_cpu_claim(self, cpu, &claim.word[cpu])) {
			refused++;
			continue;
		}
		owner_add(&claim.counter[cpu], 1);
		claims++;
		store_release(&claim.word[cpu], 0);
	}
	atomic_add(&claim.claims, claims);
	atomic_add(&claim.refused, refused);
}

TEST(rseq, a_cpu_is_claimed_by_one_thread_at_a_time_wherever_it_loses_it)
{
	uint64_t counted = 0;

	start();
	memset(&claim, 0, sizeof(claim));
	play_crowd(6, qy_test_scale(600), claim_often);
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		counted += claim.counter[cpu];
		CHECK_EQ(claim.word[cpu], 0);
	}
	CHECK_EQ(counted, claim.claims);
	CHECK(claim.claims && claim.refused);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ a thread loses its CPU inside a section */

static struct {
	struct kmem_cache *cache;
	struct slab_cpu *cpu; /* its sheaves are held by a thread that went elsewhere */
	unsigned int where;
	cpu_set_t all;
	uint32_t at_hand; /* objects in sheaves, once the section is over */
	pthread_barrier_t held, left;
} section;

static uint32_t objects_at_hand(const struct kmem_cache *cache)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(rig.m, n, &info); n++)
		if (info.cache == cache)
			return (uint32_t)info.sheaf_objects;
	FAIL("the cache is not listed");
}

static void *stay_behind(void *arg)
{
	void *object, *other;

	(void)arg;
	rig_enter(&rig, 0);
	go_to(&section.all, section.where);
	pthread_barrier_wait(&section.held);
	CHECK(!sheaf_claim(section.cpu));
	object = qy_kmem_cache_alloc(section.cache, QY_GFP_KERNEL);
	other = qy_kmem_cache_alloc(section.cache, QY_GFP_ATOMIC);
	CHECK(object && other && object != other);
	qy_kmem_cache_free(section.cache, object);
	pthread_barrier_wait(&section.left);
	pthread_barrier_wait(&section.held);
	qy_kmem_cache_free(section.cache, other);
	section.at_hand = objects_at_hand(section.cache);
	qy_leave();
	return NULL;
}

TEST(rseq, a_thread_that_loses_its_cpu_inside_a_section_keeps_the_section)
{
	pthread_t behind;

	if (BY_LOCK)
		SKIP("sheaves of this build are taken by a lock");
	start();
	section.all = all_cpus();
	pthread_barrier_init(&section.held, NULL, 2);
	pthread_barrier_init(&section.left, NULL, 2);
	section.cache =
		qy_kmem_cache_create(rig.m, "section", 64, 0, QY_SLAB_NO_MERGE, NULL);
	section.where = 0;
	go_to(&section.all, section.where);
	section.cpu = this_slab_cpu();
	CHECK(sheaf_claim(section.cpu));
	CHECK(!sheaf_claim(section.cpu));
	go_to(&section.all, section.where + 1);
	CHECK(!pthread_create(&behind, NULL, stay_behind, NULL));
	pthread_barrier_wait(&section.held);
	pthread_barrier_wait(&section.left);
	/* the other one went to the slabs: nobody put anything into these sheaves */
	CHECK_EQ(section.cpu->main[section.cache->id]->nr, 0);
	sheaf_leave(section.cpu);
	CHECK_EQ(objects_at_hand(section.cache), 0);
	pthread_barrier_wait(&section.held);
	pthread_join(behind, NULL);
	CHECK_EQ(section.at_hand, 1);
	CHECK(!sched_setaffinity(0, sizeof(section.all), &section.all));
	qy_kmem_cache_destroy(section.cache);
	rig_check_valid(rig.m, "the section");
	rig_down(&rig);
}

TEST(rseq, only_a_thread_on_the_cpu_claims_it)
{
	cpu_set_t all = all_cpus();
	u32 word = 0;

	start();
	unsigned int here = go_to(&all, 0);

	CHECK(!qy_cpu_claim(qy_current(), here + 1, &word));
	CHECK_EQ(word, 0);
	CHECK(qy_cpu_claim(qy_current(), here, &word));
	CHECK_EQ(word, 1);
	CHECK(!qy_cpu_claim(qy_current(), here, &word));
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
	rig_down(&rig);
}

/* ------------------------------------------------------------------ objects */

#define SLOTS 1024

static struct {
	struct kmem_cache *cache;
	uint64_t *slot[SLOTS];
} heap;

/* First word: its size; last word: of the size. */
static uint64_t *take(struct rig_random *random)
{
	uint64_t size = 16 + rig_below(random, rig_below(random, 16) ? 400 : 9000);
	uint64_t *object;

	if (rig_below(random, 3) == 0) {
		size = 96;
		object = qy_kmem_cache_alloc(heap.cache, QY_GFP_KERNEL);
	} else {
		object = qy_kmalloc(rig.m, size, QY_GFP_KERNEL);
	}
	CHECK(object);
	object[0] = size;
	object[size / 8 - 1] ^= object[size / 8 - 1] ^ ~size;
	return object;
}

static void give(uint64_t *object)
{
	if (object)
		CHECK_EQ(object[object[0] / 8 - 1], ~object[0]);
	qy_kfree(rig.m, object);
}

static void exchange_often(struct rig_random *random)
{
	uint64_t *own[16] = { NULL };
	void *bulk[20];

	for (unsigned int i = 0; i < 400; i++) {
		uint64_t **mine = &own[rig_below(random, 16)];

		give(*mine);
		*mine = __atomic_exchange_n(&heap.slot[rig_below(random, SLOTS)],
			take(random), __ATOMIC_ACQ_REL);
	}
	CHECK_EQ(qy_kmem_cache_alloc_bulk(heap.cache, QY_GFP_KERNEL, 20, bulk), 20);
	qy_kmem_cache_free_bulk(heap.cache, 20, bulk);
	for (unsigned int i = 0; i < 16; i++)
		give(own[i]);
	if (rig_below(random, 8) == 0)
		qy_kmem_cache_shrink(heap.cache);
	if (rig_below(random, 8) == 0)
		qy_vmstat_tick(rig.m, rig_below(random, rig.board.nr_cpus));
}

TEST(rseq, more_threads_than_cpus_pushed_around_lose_no_object)
{
	uint64_t fresh;

	start();
	memset(&heap, 0, sizeof(heap));
	fresh = rig_free_frames(rig.m);
	heap.cache = qy_kmem_cache_create(rig.m, "heap", 96, 0, QY_SLAB_NO_MERGE, NULL);
	play_crowd(MAX_CROWD, qy_test_scale(1500), exchange_often);
	rig_check_valid(rig.m, "the crowd");
	for (unsigned int i = 0; i < SLOTS; i++)
		give(heap.slot[i]);
	qy_kmem_cache_destroy(heap.cache);
	shrink_all(rig.m);
	rig_check_valid(rig.m, "all was freed");
	CHECK_EQ(rig_free_frames(rig.m), fresh);
	CHECK_STR_EQ(rig.log, "");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ pages */

static uint64_t pages_taken; /* atomic */

static void take_pages(struct rig_random *random)
{
	struct page *pages[40];
	uint64_t nr = 0;

	for (unsigned int i = 0; i < 40; i++) {
		unsigned int order = rig_below(random, 8) ? 0 : rig_below(random, 6);
		struct page *block = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);

		CHECK(block);
		nr += 1ull << order;
		qy_free_pages(rig.m, block, order);
	}
	nr += qy_alloc_pages_bulk(
		rig.m, QY_GFP_KERNEL, 40, memset(pages, 0, sizeof(pages)));
	for (unsigned int i = 0; i < 40 && pages[i]; i++)
		qy_free_pages(rig.m, pages[i], 0);
	atomic_add(&pages_taken, nr);
}

static uint64_t vmstat(const char *name)
{
	struct qy_stat stat;

	for (uint32_t n = 0; qy_vmstat_line(rig.m, n, &stat); n++)
		if (!strcmp(stat.name, name))
			return stat.value;
	FAIL("no line %s", name);
}

TEST(rseq, threads_that_share_a_cpu_count_every_page)
{
	uint64_t taken, freed, fresh;

	start();
	pages_taken = 0;
	fresh = rig_free_frames(rig.m);
	taken = vmstat("pgalloc_normal");
	freed = vmstat("pgfree");
	play_crowd(6, qy_test_scale(300), take_pages);
	CHECK_EQ(vmstat("pgalloc_normal") - taken, pages_taken);
	CHECK_EQ(vmstat("pgfree") - freed, pages_taken);
	CHECK_EQ(rig_free_frames(rig.m), fresh);
	rig_check_valid(rig.m, "the pages");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ what is promised around it */

static void *enter_and_wait(void *arg)
{
	pthread_barrier_t *all_in = arg;

	CHECK(qy_enter(rig.m) >= 0);
	CHECK_EQ(qy_enter(rig.m), -QY_EBUSY);
	pthread_barrier_wait(all_in);
	qy_leave();
	return NULL;
}

TEST(rseq, any_number_of_threads_stands_in_a_machine)
{
	pthread_barrier_t all_in;
	pthread_t thread[MAX_CROWD];

	start();
	pthread_barrier_init(&all_in, NULL, MAX_CROWD);
	for (unsigned int i = 0; i < MAX_CROWD; i++)
		CHECK(!pthread_create(&thread[i], NULL, enter_and_wait, &all_in));
	for (unsigned int i = 0; i < MAX_CROWD; i++)
		pthread_join(thread[i], NULL);
	qy_leave();
	CHECK_EQ(qy_enter_cpu(rig.m, 0), -QY_EOPNOTSUPP);
	CHECK_EQ(qy_enter_cpu(rig.m, 1000), -QY_EINVAL);
	CHECK(qy_enter(rig.m) >= 0);
	rig_down(&rig);
}

TEST(rseq, a_board_with_fewer_cpus_than_the_host_is_refused_in_one_line)
{
	struct qy_hosted_opts opts = { .front = QY_FRONT_RSEQ };
	cpu_set_t all = all_cpus();
	char why[256] = "", expected[256];
	unsigned int highest = 0;

	for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &all))
			highest = cpu;
	if (!highest)
		SKIP("this process may run on CPU 0 alone");
	rig_one_zone(&rig, MIB(16), 1);
	rig_share_cpus(&rig);
	rig.board.nr_cpus = highest;
	CHECK(!qy_hosted_boot(&rig.board, &opts, why, sizeof(why)));
	snprintf(expected, sizeof(expected),
		"the process may run on the host's CPU %u: the rseq front end needs a board of %u CPUs, or taskset",
		highest, highest + 1);
	CHECK_STR_EQ(why, expected);
}

/* A CPU that the board has not got has no sheaves. */
TEST(rseq, on_a_cpu_that_the_board_has_not_objects_come_from_their_slabs)
{
	cpu_set_t all = all_cpus();
	void *object;

	if (CPU_COUNT(&all) < 2)
		SKIP("this process may run on one CPU alone");
	rig_one_zone(&rig, MIB(16), 1);
	rig_share_cpus(&rig);
	rig.board.nr_cpus = go_to(&all, 0) + 1;
	rig_boot(&rig);
	struct kmem_cache *cache =
		qy_kmem_cache_create(rig.m, "elsewhere", 64, 0, QY_SLAB_NO_MERGE, NULL);

	go_to(&all, 1);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(object);
	qy_kmem_cache_free(cache, object);
	if (!BY_LOCK)
		CHECK_EQ(objects_at_hand(cache), 0);
	go_to(&all, 0);
	object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	CHECK(objects_at_hand(cache) > 0);
	qy_kmem_cache_free(cache, object);
	CHECK(!sched_setaffinity(0, sizeof(all), &all));
	qy_kmem_cache_destroy(cache);
	rig_check_valid(rig.m, "elsewhere");
	rig_down(&rig);
}
