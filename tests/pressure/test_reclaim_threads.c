// SPDX-License-Identifier: MIT
/*
 * Two threads whose tasks need more than there is, while the threads kswapd, kcompactd and flusher, and a device with a CMA
 * area are at work: every page that is read holds what its task wrote.
 *
 * Locking: each worker has a task and a file of its own; `stop` ends the others.
 */
#include "tests/model/rig.h"
#include "mm/task/task.h"
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <quarry/reclaim.h>

#include <sched.h>

#define PAGES(n)   ((uint64_t)(n)*QY_PAGE_SIZE)
#define TASK_PAGES 8400u
#define FILE_PAGES 1500u

static struct {
	struct rig rig;
	int stop;
	unsigned long rounds;
} shared;

static void enter(unsigned int cpu)
{
	CHECK_EQ(qy_enter_cpu(shared.rig.m, cpu), (int)cpu);
}

static bool stopped(void)
{
	sched_yield();
	return __atomic_load_n(&shared.stop, __ATOMIC_ACQUIRE);
}

static void *worker(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	struct rig_random random = { qy_test_seed() + cpu };
	static uint32_t marks[2][TASK_PAGES], file_marks[2][FILE_PAGES];
	uint32_t *mark = marks[cpu - 1], *file_mark = file_marks[cpu - 1], found[2];
	char name[] = { 'l', 'o', 'g', (char)('0' + cpu), 0 };
	struct task_struct *task;
	struct file *file;
	uint64_t address;

	enter(cpu);
	memset(mark, 0, sizeof(marks[0]));
	memset(file_mark, 0, sizeof(file_marks[0]));
	CHECK_EQ(qy_task_create(shared.rig.m, "worker", (int)cpu, 0, &task), 0);
	CHECK_EQ(qy_task_map(shared.rig.m, task, PAGES(TASK_PAGES), 0, &address), 0);
	CHECK_EQ(qy_file_open(shared.rig.m, task, name, PAGES(FILE_PAGES), 0, &file), 0);
	for (uint32_t page = 0; page < TASK_PAGES; page++) {
		uint32_t value[2] = { page + 1, ~page - 1 };

		mark[page] = value[0];
		CHECK_EQ(qy_task_write(shared.rig.m, task, address + PAGES(page) + 2000,
				 value, 8),
			0);
	}
	for (unsigned long i = 0; i < shared.rounds; i++) {
		uint32_t page = rig_below(&random, TASK_PAGES), at = page % FILE_PAGES;
		uint32_t value[2] = { (uint32_t)i + 1, ~(uint32_t)i - 1 };

		if (rig_below(&random, 2)) {
			CHECK_EQ(qy_task_write(shared.rig.m, task,
					 address + PAGES(page) + 2000, value, 8),
				0);
			mark[page] = value[0];
		} else {
			CHECK_EQ(qy_task_read(shared.rig.m, task,
					 address + PAGES(page) + 2000, found, 8),
				0);
			CHECK_EQ(found[0], mark[page]);
			CHECK_EQ(found[1], mark[page] ? ~mark[page] : 0);
		}
		if (i % 4 == 0) {
			CHECK_EQ(qy_file_write(file, PAGES(at) + 100, value, 8), 8);
			file_mark[at] = value[0];
		} else if (i % 4 == 1) {
			CHECK_EQ(qy_file_read(file, PAGES(at) + 100, found, 8), 8);
			CHECK_EQ(found[0], file_mark[at]);
		}
	}
	for (uint32_t page = 0; page < TASK_PAGES; page++) {
		CHECK_EQ(qy_task_read(shared.rig.m, task, address + PAGES(page) + 2000,
				 found, 8),
			0);
		CHECK_EQ(found[0], mark[page]);
	}
	CHECK_EQ(qy_file_sync(file), 0);
	qy_task_exit(shared.rig.m, task);
	qy_leave();
	return NULL;
}

/* More of it than kcompactd alone would do. */
static void *compactor(void *arg)
{
	(void)arg;
	enter(3);
	while (!stopped())
		qy_compact_memory(shared.rig.m);
	qy_leave();
	return NULL;
}

static void *device(void *arg)
{
	(void)arg;
	enter(4);
	while (!stopped()) {
		struct page *pages = qy_cma_alloc(shared.rig.m, 0, 256, 0, true, NULL);

		if (pages)
			qy_cma_release(shared.rig.m, 0, pages, 256);
	}
	qy_leave();
	return NULL;
}

TEST(reclaim_threads,
	two_tasks_lose_nothing_while_kswapd_kcompactd_and_a_device_are_at_work)
{
	pthread_t threads[4];
	void *(*const fns[4])(void *) = { worker, worker, compactor, device };
	uint64_t fresh;

	memset(&shared, 0, sizeof(shared));
	shared.rounds = qy_test_scale(2500);
	rig_one_zone(
		&shared.rig, MIB(32), 7); /* two for kswapd, kcompactd, the flusher */
	shared.rig.background = true;
	shared.rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(8) };
	rig_boot(&shared.rig);
	qy_drain_all_pages(shared.rig.m);
	fresh = rig_free_frames(shared.rig.m);
	CHECK_EQ(qy_swapon(shared.rig.m, "/swapfile", MIB(64), 0), 0);
	for (uintptr_t i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, fns[i], (void *)(i + 1)), 0);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&shared.stop, 1, __ATOMIC_RELEASE);
	for (unsigned int i = 2; i < 4; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(qy_hosted_background(shared.rig.m, false), 0);
	rig_check_valid(shared.rig.m, "the end");
	CHECK(READ_ONCE(shared.rig.m->events[PSWPOUT]) > 0);
	CHECK(READ_ONCE(shared.rig.m->events[PGSTEAL_KSWAPD]) > 0);
	CHECK(READ_ONCE(shared.rig.m->events[PGMIGRATE_SUCCESS]) > 0);
	CHECK_EQ(qy_swapoff(shared.rig.m, "/swapfile"), 0);
	CHECK_EQ(qy_drop_caches(shared.rig.m, 3), 0);
	qy_drain_all_pages(shared.rig.m);
	CHECK_EQ(rig_free_frames(shared.rig.m), fresh);
	rig_down(&shared.rig);
}
