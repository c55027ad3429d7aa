// SPDX-License-Identifier: MIT
/*
 * Tasks and their anonymous memory: bytes that stay while frames change, counts that follow, and nothing left behind.
 *
 * Locking: none; one thread.
 */
#include "tests/model/rig.h"
#include "mm/task/task.h"
#include <quarry/compact.h>
#include <quarry/cma.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)

static struct task_struct *create(struct rig *rig, const char *comm, int pid)
{
	struct task_struct *task = NULL;

	CHECK_EQ(qy_task_create(rig->m, comm, pid, 0, &task), 0);
	return task;
}

static uint64_t map(struct rig *rig, struct task_struct *task, uint64_t pages)
{
	uint64_t address = 0;

	CHECK_EQ(qy_task_map(rig->m, task, PAGES(pages), 0, &address), 0);
	return address;
}

static struct qy_task_info info(struct rig *rig, const struct task_struct *task)
{
	struct qy_task_info info;

	qy_task_info(rig->m, task, &info);
	return info;
}

/* Free frames, none on a per-CPU list. */
static uint64_t frames_at_rest(struct qy_machine *m)
{
	qy_drain_all_pages(m);
	return rig_free_frames(m);
}

TEST(task, memory_costs_its_pages_and_the_page_tables_above_them)
{
	static struct rig rig;
	struct task_struct *task;
	uint64_t address, fresh;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	fresh = frames_at_rest(rig.m);
	task = create(&rig, "modeld", 4711);
	address = map(&rig, task, 1024);
	CHECK_EQ(info(&rig, task).total_vm, 1024);
	CHECK_EQ(info(&rig, task).rss_anon, 0);
	CHECK_EQ(info(&rig, task).pgtables_bytes, 0);
	CHECK_EQ(qy_task_touch(rig.m, task, address, PAGES(600), true), 0);
	CHECK_EQ(info(&rig, task).rss_anon, 600);
	/* from 4 MiB on: two tables of 2 MiB, one of 1 GiB, one of 512 GiB */
	CHECK_EQ(info(&rig, task).pgtables_bytes, PAGES(4));
	CHECK_EQ(info(&rig, task).min_faults, 600);
	rig_check_valid(rig.m, "touching");
	CHECK_EQ(qy_task_unmap(rig.m, task, address + PAGES(100), PAGES(600)), 0);
	CHECK_EQ(info(&rig, task).rss_anon, 100);
	CHECK_EQ(info(&rig, task).total_vm, 424);
	rig_check_valid(rig.m, "unmapping the middle");
	qy_task_exit(rig.m, task);
	rig_check_valid(rig.m, "exit");
	CHECK_EQ(frames_at_rest(rig.m), fresh);
	rig_down(&rig);
}

TEST(task, bytes_are_read_back_and_what_was_never_written_is_zero)
{
	static struct rig rig;
	char bytes[10000], back[10000];
	struct task_struct *task;
	uint64_t address;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	task = create(&rig, "modeld", 0);
	address = map(&rig, task, 8);
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 31 + 7);
	CHECK_EQ(qy_task_write(rig.m, task, address + 1000, bytes, sizeof(bytes)), 0);
	CHECK_EQ(info(&rig, task).rss_anon, 3);
	CHECK_EQ(qy_task_read(rig.m, task, address + 1000, back, sizeof(back)), 0);
	CHECK(!memcmp(bytes, back, sizeof(back)));
	CHECK_EQ(qy_task_read(rig.m, task, address + PAGES(4), back, 100), 0);
	for (unsigned int i = 0; i < 100; i++)
		CHECK_EQ(back[i], 0);
	CHECK_EQ(info(&rig, task).rss_anon, 3);
	CHECK_EQ(qy_task_read(rig.m, task, address + PAGES(8) - 1, back, 2), -QY_EFAULT);
	CHECK_EQ(qy_task_write(rig.m, task, 0, back, 1), -QY_EFAULT);
	qy_task_exit(rig.m, task);
	rig_down(&rig);
}

TEST(task, compaction_moves_its_pages_and_a_pin_keeps_one)
{
	static struct rig rig;
	struct task_struct *task;
	uint64_t address, pfn;
	struct page *pinned;
	uint32_t value, moved = 0;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	task = create(&rig, "modeld", 0);
	address = map(&rig, task, 4096);
	for (uint32_t i = 0; i < 4096; i++)
		CHECK_EQ(
			qy_task_write(rig.m, task, address + PAGES(i), &i, sizeof(i)), 0);
	for (uint32_t i = 0; i < 4096; i++)
		if (i % 3)
			CHECK_EQ(qy_task_unmap(rig.m, task, address + PAGES(i), PAGES(1)),
				0);
	CHECK_EQ(qy_task_pin(rig.m, task, address, &pinned), 0);
	pfn = qy_page_to_pfn(rig.m, pinned);
	qy_compact_memory(rig.m);
	rig_check_valid(rig.m, "compaction");
	CHECK_EQ(qy_page_to_pfn(rig.m, pinned), pfn);
	for (uint32_t i = 0; i < 4096; i += 3) {
		CHECK_EQ(qy_task_read(rig.m, task, address + PAGES(i), &value, 4), 0);
		CHECK_EQ(value, i);
	}
	{
		struct qy_compact_counts counts;

		qy_compact_counts(rig.m, &counts);
		moved = (uint32_t)counts.moved_pages;
	}
	CHECK(moved > 100);
	qy_task_exit(rig.m, task);
	CHECK_EQ(*(uint32_t *)qy_page_address(rig.m, pinned), 0);
	qy_task_unpin(rig.m, pinned);
	rig_check_valid(rig.m, "the last pin");
	rig_down(&rig);
}

TEST(task, pids_are_one_task_each)
{
	static struct rig rig;
	struct task_struct *one, *two, *other = NULL;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	one = create(&rig, "inferenced", 412);
	two = create(&rig, "bloated_loader", 0);
	CHECK_EQ(info(&rig, two).pid, 413);
	CHECK_EQ(qy_task_create(rig.m, "x", 412, 0, &other), -QY_EEXIST);
	CHECK_EQ(qy_task_create(rig.m, "x", 0, 1001, &other), -QY_EINVAL);
	CHECK_EQ(qy_task_create(rig.m, "x", -1, 0, &other), -QY_EINVAL);
	CHECK(qy_task_find(rig.m, 412) == one && qy_task_find(rig.m, 1) == NULL);
	CHECK(qy_task_nth(rig.m, 1) == two && !qy_task_nth(rig.m, 2));
	CHECK_EQ(qy_task_set_oom_score_adj(rig.m, one, -1000), 0);
	CHECK_EQ(qy_task_set_oom_score_adj(rig.m, one, -1001), -QY_EINVAL);
	CHECK_EQ(info(&rig, one).oom_score_adj, -1000);
	qy_task_exit(rig.m, one);
	CHECK(!qy_task_find(rig.m, 412));
	qy_task_exit(rig.m, two);
	rig_down(&rig);
}

TEST(task, a_killed_task_gets_no_further_and_is_reaped)
{
	static struct rig rig;
	struct task_struct *task;
	uint64_t address, fresh, free;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	fresh = frames_at_rest(rig.m);
	task = create(&rig, "bloated_loader", 0);
	address = map(&rig, task, 512);
	CHECK_EQ(qy_task_touch(rig.m, task, address, PAGES(512), true), 0);
	free = frames_at_rest(rig.m);
	qy_task_kill(task);
	CHECK_EQ(qy_task_touch(rig.m, task, address, 1, false), -QY_EINTR);
	CHECK(qy_task_reap(rig.m, info(&rig, task).pid));
	CHECK_EQ(frames_at_rest(rig.m), free + 512);
	rig_check_valid(rig.m, "reaping");
	qy_task_exit(rig.m, task);
	CHECK_EQ(frames_at_rest(rig.m), fresh);
	rig_down(&rig);
}
