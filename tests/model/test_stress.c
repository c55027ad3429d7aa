// SPDX-License-Identifier: MIT
/*
 * Threads at work at the same time: two or more allocate and free blocks of mixed orders, each frees some of what
 * another allocated, one empties every per-CPU list over and over. Content tells whether two owners ever shared a frame;
 * validation and the count of frames tell whether one was lost.
 *
 * Under ThreadSanitizer this is the test that all locks of the page floor stand for.
 *
 * Locking: mailbox->lock for what travels between threads; stop is atomic; a worker's rest is its own.
 */
#include "tests/model/rig.h"
#include <quarry/owner.h>

#include <pthread.h>

#define NR_WORKERS    2
#define MAX_HELD      256
#define MAILBOX_SLOTS 64

struct block {
	struct page *page;
	unsigned int order;
	uint64_t stamp;
};

/* Blocks on their way to another thread. */
struct mailbox {
	pthread_mutex_t lock;
	struct block slot[MAILBOX_SLOTS];
	uint32_t nr;
};

struct stress {
	struct rig rig;
	struct mailbox mailbox[NR_WORKERS];
	unsigned long rounds;
	uint64_t nr_drains;
	bool watched; /* each block has one of many owners and lines */
	bool stop;    /* atomic: the workers are done */
};

struct worker {
	pthread_t thread;
	struct stress *stress;
	unsigned int number;
	struct rig_random random;
	struct block held[MAX_HELD];
	uint32_t nr_held;
	uint64_t nr_allocs, nr_received;
};

/* ------------------------------------------------------------------ blocks */

static uint64_t *word_of(struct qy_machine *m, const struct block *block, uint32_t page)
{
	return (uint64_t *)(void *)((char *)qy_page_address(m, block->page) +
				    (size_t)page * QY_PAGE_SIZE + QY_PAGE_SIZE / 2);
}

static void stamp(struct qy_machine *m, const struct block *block)
{
	for (uint32_t i = 0; i < 1u << block->order; i++)
		*word_of(m, block, i) = block->stamp ^ i;
}

static void check_stamp(struct qy_machine *m, const struct block *block)
{
	for (uint32_t i = 0; i < 1u << block->order; i++)
		CHECK_EQ(*word_of(m, block, i), block->stamp ^ i);
}

static void release(struct qy_machine *m, const struct block *block)
{
	check_stamp(m, block);
	qy_free_pages(m, block->page, block->order);
}

static bool post(struct mailbox *mailbox, const struct block *block)
{
	bool posted = false;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->nr < MAILBOX_SLOTS) {
		mailbox->slot[mailbox->nr++] = *block;
		posted = true;
	}
	pthread_mutex_unlock(&mailbox->lock);
	return posted;
}

static bool receive(struct mailbox *mailbox, struct block *block)
{
	bool received = false;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->nr) {
		*block = mailbox->slot[--mailbox->nr];
		received = true;
	}
	pthread_mutex_unlock(&mailbox->lock);
	return received;
}

/* ------------------------------------------------------------------ workers */

/* Both threads meet tasks and lines for the first time at about the same moment. */
static void be_somebody(struct worker *worker)
{
	static const struct qy_site sites[64];

	qy_set_task((int)rig_below(&worker->random, 500), "somebody");
	qy_set_site(&sites[rig_below(&worker->random, ARRAY_SIZE(sites))]);
}

static void take_one(struct worker *worker)
{
	static const qy_gfp_t gfps[] = { QY_GFP_KERNEL, QY_GFP_ATOMIC,
		QY_GFP_HIGHUSER_MOVABLE, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE,
		QY_GFP_KERNEL | QY___GFP_COMP };
	struct qy_machine *m = worker->stress->rig.m;
	struct block *block = &worker->held[worker->nr_held];
	qy_gfp_t gfp = gfps[rig_below(&worker->random, ARRAY_SIZE(gfps))];

	block->order = rig_below(&worker->random, 50) ? rig_below(&worker->random, 4)
						      : rig_below(&worker->random, 11);
	block->stamp = rig_random(&worker->random);
	if (worker->stress->watched)
		be_somebody(worker);
	block->page = qy_alloc_pages(m, gfp | QY___GFP_NOWARN, block->order);
	if (!block->page)
		return;
	CHECK_EQ(qy_page_ref_count(m, block->page), 1);
	stamp(m, block);
	worker->nr_held++;
	worker->nr_allocs++;
}

static void give_one(struct worker *worker)
{
	struct stress *stress = worker->stress;
	uint32_t i = rig_below(&worker->random, worker->nr_held);
	struct block block = worker->held[i];

	worker->held[i] = worker->held[--worker->nr_held];
	if (rig_below(&worker->random, 3) == 0 &&
		post(&stress->mailbox[(worker->number + 1) % NR_WORKERS], &block))
		return;
	release(stress->rig.m, &block);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct stress *stress = worker->stress;
	struct block block;

	CHECK_EQ(qy_enter_cpu(stress->rig.m, worker->number), (int)worker->number);
	for (unsigned long i = 0; i < stress->rounds; i++) {
		if (worker->nr_held < MAX_HELD && rig_below(&worker->random, 2))
			take_one(worker);
		else if (worker->nr_held)
			give_one(worker);
		if (receive(&stress->mailbox[worker->number], &block)) {
			release(stress->rig.m, &block);
			worker->nr_received++;
		}
	}
	while (worker->nr_held)
		release(stress->rig.m, &worker->held[--worker->nr_held]);
	qy_leave();
	return NULL;
}

/* Also what a tick and a reader of statistics do from outside. */
static void *drain(void *arg)
{
	struct stress *stress = arg;
	struct qy_zone_stats z;

	CHECK_EQ(qy_enter_cpu(stress->rig.m, NR_WORKERS), NR_WORKERS);
	while (!__atomic_load_n(&stress->stop, __ATOMIC_ACQUIRE)) {
		qy_drain_all_pages(stress->rig.m);
		for (unsigned int cpu = 0; cpu < NR_WORKERS; cpu++)
			qy_vmstat_tick(stress->rig.m, cpu);
		for (uint32_t i = 0; qy_zone_stats(stress->rig.m, i, &z); i++)
			CHECK(z.free_pages <= z.managed_pages);
		qy_machine_trim(stress->rig.m);
		stress->nr_drains++;
	}
	qy_leave();
	return NULL;
}

/* ------------------------------------------------------------------ the run */

static void finish(struct stress *stress, uint64_t initial)
{
	struct block block;

	CHECK_EQ(qy_enter_cpu(stress->rig.m, 0), 0);
	for (unsigned int i = 0; i < NR_WORKERS; i++)
		while (receive(&stress->mailbox[i], &block))
			release(stress->rig.m, &block);
	qy_drain_all_pages(stress->rig.m);
	rig_check_valid(stress->rig.m, "the stress");
	CHECK_EQ(rig_free_frames(stress->rig.m), initial);
	CHECK_EQ(rig_log_count(&stress->rig, "BUG"), 0);
	rig_down(&stress->rig);
}

static void run(struct stress *stress, unsigned long rounds)
{
	static struct worker workers[NR_WORKERS];
	pthread_t drainer;
	uint64_t initial, allocs = 0, received = 0;

	rig_boot(&stress->rig);
	initial = rig_free_frames(stress->rig.m);
	stress->rounds = qy_test_scale(rounds);
	qy_leave();
	memset(workers, 0, sizeof(workers));
	for (unsigned int i = 0; i < NR_WORKERS; i++)
		pthread_mutex_init(&stress->mailbox[i].lock, NULL);
	for (unsigned int i = 0; i < NR_WORKERS; i++) {
		workers[i].stress = stress;
		workers[i].number = i;
		workers[i].random.state = qy_test_seed() * 100 + i;
		CHECK(!pthread_create(&workers[i].thread, NULL, work, &workers[i]));
	}
	CHECK(!pthread_create(&drainer, NULL, drain, stress));
	for (unsigned int i = 0; i < NR_WORKERS; i++) {
		pthread_join(workers[i].thread, NULL);
		allocs += workers[i].nr_allocs;
		received += workers[i].nr_received;
	}
	__atomic_store_n(&stress->stop, true, __ATOMIC_RELEASE);
	pthread_join(drainer, NULL);
	/* nothing is proved when the threads never met */
	CHECK(stress->nr_drains > 0);
	CHECK(stress->rounds < 1000 || (allocs > 100 && received > 10));
	finish(stress, initial);
}

TEST(stress, two_threads_and_a_remote_drain_share_one_zone)
{
	static struct stress stress;

	memset(&stress, 0, sizeof(stress));
	rig_one_zone(&stress.rig, MIB(64), NR_WORKERS + 1);
	run(&stress, 40000);
}

TEST(stress, two_threads_and_a_remote_drain_share_a_pc_short_of_memory)
{
	static struct stress stress;

	memset(&stress, 0, sizeof(stress));
	rig_x86(&stress.rig, MIB(24), MIB(8), NR_WORKERS + 1);
	stress.rig.board.thp = true;
	run(&stress, 40000);
}

TEST(stress, two_threads_that_are_watched_leave_no_owner_behind)
{
	static struct stress stress;

	memset(&stress, 0, sizeof(stress));
	rig_one_zone(&stress.rig, MIB(64), NR_WORKERS + 1);
	stress.rig.board.page_owner = QY_PAGE_OWNER_BESIDE;
	stress.rig.board.mem_profiling = QY_MEM_PROFILING_ON;
	stress.watched = true;
	run(&stress, 40000);
}
