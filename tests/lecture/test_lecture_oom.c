// SPDX-License-Identifier: MIT
/*
 * What a lecture on Linux memory says of the OOM killer and of overcommit, as tests. Where the lecture simplifies, the
 * comment above a test says what a real kernel (and so this machine) does.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/file.h>
#include <quarry/oom.h>
#include <quarry/reclaim.h>
#include <quarry/stats.h>
#include <quarry/task.h>

#include <string.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)

static int32_t first_killed;

/* What init does on a board: a task that was killed is gone. */
static void bury(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill)
{
	(void)arg;
	if (!first_killed)
		first_killed = kill->victim.pid;
	qy_task_exit(m, qy_task_find(m, kill->victim.pid));
}

static const struct qy_oom_hooks hooks = { .killed = bury };

static struct rig *boot(void)
{
	static struct rig rig;

	first_killed = 0;
	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	qy_oom_set_hooks(rig.m, &hooks);
	return &rig;
}

static struct task_struct *start(
	struct rig *rig, const char *comm, int pid, uint64_t pages)
{
	struct task_struct *task = NULL;
	uint64_t address;

	CHECK_EQ(qy_task_create(rig->m, comm, pid, 0, &task), 0);
	CHECK_EQ(qy_task_map(rig->m, task, PAGES(pages), 0, &address), 0);
	CHECK_EQ(qy_task_touch(rig->m, task, address, PAGES(pages), true), 0);
	return task;
}

/*
 * "echo -1000 > /proc/$(pidof inferenced)/oom_score_adj" and "echo +500 > /proc/$(pidof bloated_loader)/oom_score_adj": the
 * sign is accepted. -1000 protects from being chosen; if nobody else is left the kernel panics.
 */
TEST(lecture, echo_protects_inferenced_and_offers_bloated_loader)
{
	struct rig *rig = boot();
	struct page **taken = calloc(16384, sizeof(struct page *));
	size_t nr = 0;

	start(rig, "inferenced", 200, 6000);
	start(rig, "bloated_loader", 201, 2000);
	start(rig, "modeld", 202, 3000);
	CHECK_EQ(
		qy_proc_write(rig->m, "/proc/$(pidof inferenced)/oom_score_adj", "-1000"),
		0);
	CHECK_EQ(qy_proc_write(
			 rig->m, "/proc/$(pidof bloated_loader)/oom_score_adj", "+500"),
		0);
	while (!first_killed && nr < 16384)
		taken[nr++] = qy_alloc_pages(rig->m, QY_GFP_KERNEL, 0);
	CHECK_EQ(first_killed, 201);
	while (nr--)
		qy_free_pages(rig->m, taken[nr], 0);
	free(taken);
	rig_check_valid(rig->m, "the kill");
	rig_down(rig);
}

/*
 * "badness = RSS + swap": page tables count as well, and oom_score_adj adds thousandths of RAM and swap. oom_score maps it
 * to 0..2000, so that a task that holds nothing has 666.
 */
TEST(lecture, badness_is_what_a_task_holds_and_oom_score_a_share_of_memory)
{
	struct rig *rig = boot();
	struct qy_oom_task task;
	char text[16];

	start(rig, "modeld", 200, 3000);
	CHECK(qy_oom_candidate(rig->m, 0, &task));
	CHECK_EQ(task.badness, task.rss_anon + task.page_table_bytes / QY_PAGE_SIZE);
	CHECK(task.badness > 3000);
	start(rig, "sh", 201, 1);
	CHECK(qy_proc_read(rig->m, "/proc/201/oom_score", text, sizeof(text)) > 0);
	CHECK_STR_EQ(text, "666\n");
	rig_down(rig);
}

/* "committed <= RAM + swap x ratio": the ratio is one of RAM alone, swap counts whole. */
TEST(lecture, overcommit_2_counts_the_ratio_of_ram_and_all_of_swap)
{
	struct rig *rig = boot();
	struct task_struct *task = NULL;
	struct qy_machine_stats stats;
	uint64_t address, limit;

	qy_machine_stats(rig->m, &stats);
	limit = stats.managed_pages * 50 / 100;
	CHECK_EQ(qy_task_create(rig->m, "bloated_loader", 200, 0, &task), 0);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/overcommit_memory", "0"), 0);
	CHECK_EQ(qy_task_map(rig->m, task, PAGES(stats.managed_pages), 0, &address), 0);
	CHECK_EQ(qy_task_unmap(rig->m, task, address, PAGES(stats.managed_pages)), 0);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/overcommit_memory", "1"), 0);
	CHECK_EQ(qy_task_map(rig->m, task, PAGES(10 * stats.managed_pages), 0, &address),
		0);
	CHECK_EQ(
		qy_task_unmap(rig->m, task, address, PAGES(10 * stats.managed_pages)), 0);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/overcommit_memory", "2"), 0);
	CHECK(qy_task_map(rig->m, task, PAGES(limit), 0, &address) != 0);
	CHECK_EQ(qy_task_map(rig->m, task, PAGES(limit - 1), 0, &address), 0);
	rig->m->total_swap_pages = 100;
	CHECK(qy_task_map(rig->m, task, PAGES(200), 0, &address) != 0);
	rig_down(rig);
}

/* ------------------------------------------------------------------ swap */

/* A task and a model that do not fit together, used in turn. Return: percent of what was taken back that went to swap. */
static uint64_t swapped_share(const char *swappiness)
{
	struct rig *rig = boot();
	struct qy_reclaim_counts counts;
	struct task_struct *task = NULL;
	struct file *model;
	uint64_t address;

	CHECK_EQ(qy_swapon(rig->m, "/swapfile", MIB(64), 0), 0);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/swappiness", swappiness), 0);
	CHECK_EQ(qy_task_create(rig->m, "inferenced", 200, 0, &task), 0);
	CHECK_EQ(qy_task_map(rig->m, task, PAGES(9000), 0, &address), 0);
	CHECK_EQ(qy_file_open(rig->m, NULL, "model", MIB(32), 0, &model), 0);
	for (unsigned int i = 0; i < 4; i++) {
		CHECK_EQ(qy_task_touch(rig->m, task, address, PAGES(9000), true), 0);
		CHECK_EQ(qy_file_read(model, 0, NULL, MIB(32)), (long)MIB(32));
		qy_background_step(rig->m);
	}
	qy_reclaim_counts(rig->m, &counts);
	qy_file_close(model);
	rig_check_valid(rig->m, "swapping");
	rig_down(rig);
	return counts.swapped_out * 100 / (counts.kswapd_freed + counts.direct_freed);
}

/*
 * "swappiness 0: never swap; 100: page cache and anonymous pages alike; 200: swap first". 0 swaps, too, when page cache is all
 * but gone; and which of the two came back of late weighs as much as the setting.
 */
TEST(lecture, swappiness_0_100_200_say_how_much_of_anonymous_memory_goes)
{
	uint64_t never = swapped_share("0"), alike = swapped_share("100");
	uint64_t first = swapped_share("200");

	CHECK_EQ(never, 0);
	CHECK(alike > 5 && alike < 95);
	CHECK(first > alike);
}

static uint64_t commit_limit_kib(struct rig *rig)
{
	struct qy_stat stat;

	for (uint32_t n = 0; qy_meminfo_line(rig->m, n, &stat); n++)
		if (strcmp(stat.name, "CommitLimit") == 0)
			return stat.value;
	FAIL("no CommitLimit");
	return 0;
}

/* "swapon": what may be committed, and what an oom_score is a share of, is RAM and swap from then on. */
TEST(lecture, swapon_raises_what_may_be_committed_and_what_a_score_is_a_share_of)
{
	struct rig *rig = boot();
	struct qy_oom_preview before, after;
	uint64_t limit = commit_limit_kib(rig);

	start(rig, "modeld", 200, 3000);
	qy_oom_preview(rig->m, &before);
	CHECK_EQ(qy_swapon(rig->m, "/swapfile", MIB(64), 0), 0);
	qy_oom_preview(rig->m, &after);
	CHECK_EQ(after.total_pages, before.total_pages + MIB(64) / QY_PAGE_SIZE);
	CHECK(after.victim.oom_score < before.victim.oom_score);
	CHECK_EQ(commit_limit_kib(rig), limit + (MIB(64) >> 10));
	CHECK_EQ(qy_swapoff(rig->m, "/swapfile"), 0);
	qy_oom_preview(rig->m, &after);
	CHECK_EQ(after.total_pages, before.total_pages);
	CHECK_EQ(commit_limit_kib(rig), limit);
	rig_down(rig);
}
