// SPDX-License-Identifier: MIT
/*
 * Under reclaim every call of the port fails once: no byte is lost, no frame, and whoever asked is told. The same seed gives
 * the same log.
 *
 * Locking: none; one thread.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include "mm/task/task.h"
#include <quarry/reclaim.h>

#define PAGES(n)   ((uint64_t)(n)*QY_PAGE_SIZE)
#define TASK_PAGES 2600u
#define FILE_PAGES (TASK_PAGES / 3)

struct load {
	struct rig rig;
	uint64_t bytes;                  /* of the board */
	uint32_t task_pages, file_pages; /* that are used */
	uint32_t rounds;
	struct task_struct *task;
	struct file *file;
	uint64_t address;
	uint32_t mark[TASK_PAGES], file_mark[FILE_PAGES];
	uint32_t errors;
};

static void boot(struct load *l, uint64_t bytes, uint32_t task_pages, uint32_t rounds)
{
	memset(l, 0, sizeof(*l));
	l->bytes = bytes;
	l->task_pages = task_pages;
	l->file_pages = task_pages / 3;
	l->rounds = rounds;
	rig_one_zone(&l->rig, bytes, 1);
	rig_boot(&l->rig);
}

static void boot_large(struct load *l)
{
	boot(l, MIB(8), TASK_PAGES, 4000);
}

/* So few calls of the port that each can fail in a run of its own. */
static void boot_small(struct load *l)
{
	boot(l, MIB(2), 600, 700);
}

static void begin(struct load *l)
{
	CHECK_EQ(qy_swapon(l->rig.m, "/swapfile", MIB(16), 0), 0);
	CHECK_EQ(qy_task_create(l->rig.m, "modeld", 7, 0, &l->task), 0);
	CHECK_EQ(qy_task_map(l->rig.m, l->task, PAGES(TASK_PAGES), 0, &l->address), 0);
	CHECK_EQ(qy_file_open(l->rig.m, l->task, "log", 0, 0, &l->file), 0);
}

/* An error may be told; then nothing has changed. */
static bool tolerate(struct load *l, long err)
{
	if (err >= 0)
		return true;
	CHECK(err == -QY_ENOMEM || err == -QY_EIO || err == -QY_ENOSPC);
	l->errors++;
	return false;
}

static void run(struct load *l)
{
	struct rig_random random = { qy_test_seed() };

	for (uint32_t i = 0; i < l->rounds; i++) {
		uint32_t page = rig_below(&random, l->task_pages);
		uint32_t at = page % l->file_pages;
		uint32_t value = i + 1, found;

		if (tolerate(l, qy_task_write(l->rig.m, l->task, l->address + PAGES(page),
					&value, 4)))
			l->mark[page] = value;
		page = rig_below(&random, l->task_pages);
		if (tolerate(l, qy_task_read(l->rig.m, l->task, l->address + PAGES(page),
					&found, 4)))
			CHECK_EQ(found, l->mark[page]);
		if (i % 8 == 0 &&
			tolerate(l, qy_file_write(l->file, PAGES(at), &value, 4)))
			l->file_mark[at] = value;
		if (i % 64 == 0) {
			qy_sim_advance(l->rig.m, 1000000000);
			qy_background_step(l->rig.m);
		}
	}
}

static void check(struct load *l)
{
	uint32_t found;

	for (uint32_t page = 0; page < l->task_pages; page++) {
		CHECK_EQ(qy_task_read(
				 l->rig.m, l->task, l->address + PAGES(page), &found, 4),
			0);
		CHECK_EQ(found, l->mark[page]);
	}
	qy_file_sync(l->file);
	CHECK_EQ(qy_file_sync(l->file), 0);
	qy_drop_caches(l->rig.m, 3);
	for (uint32_t page = 0; page < l->file_pages; page++) {
		if (!l->file_mark[page])
			continue;
		CHECK_EQ(qy_file_read(l->file, PAGES(page), &found, 4), 4);
		CHECK_EQ(found, l->file_mark[page]);
	}
	rig_check_valid(l->rig.m, "a failed call");
}

/* The calls of a run; each @step-th of them then fails in one of its own. Return: how many failed. */
static uint64_t fail_each(struct load *l, void (*boot_it)(struct load *l), uint64_t runs)
{
	uint64_t calls, step, failed = 0;

	boot_it(l);
	begin(l);
	calls = qy_sim_port_calls(l->rig.m);
	run(l);
	calls = qy_sim_port_calls(l->rig.m) - calls;
	CHECK_EQ(l->errors, 0);
	check(l);
	CHECK(l->rig.m->events[PSWPOUT] && l->rig.m->events[PSWPIN]);
	CHECK(qy_node_total(l->rig.m, NR_WRITTEN));
	rig_down(&l->rig);
	step = calls / runs + 1;
	for (uint64_t n = 1; n <= calls; n += step, failed++) {
		boot_it(l);
		begin(l);
		qy_sim_fail_port_call(l->rig.m, n);
		run(l);
		CHECK(l->errors <= 1);
		check(l);
		rig_down(&l->rig);
	}
	return step == 1 ? calls : failed;
}

static struct load l;

TEST(pressure_failure, any_call_of_the_port_may_fail_once_and_no_byte_is_lost)
{
	CHECK(fail_each(&l, boot_large, qy_test_scale(6)) > 0);
}

TEST(pressure_failure, each_call_of_the_port_fails_once_and_no_byte_is_lost)
{
	CHECK(fail_each(&l, boot_small, UINT32_MAX) > 150);
}

/* What is there before a run: nothing of it is left when a call fails. */
TEST(pressure_failure, each_call_of_a_beginning_fails_once_and_is_told)
{
	struct task_struct *task;
	struct file *file;
	uint64_t fresh;

	for (uint64_t n = 1; n <= 8; n++) {
		boot_small(&l);
		qy_drain_all_pages(l.rig.m);
		fresh = rig_free_frames(l.rig.m);
		qy_sim_fail_port_call(l.rig.m, n);
		if (qy_swapon(l.rig.m, "/swapfile", MIB(4), 0))
			CHECK_EQ(qy_swapon(l.rig.m, "/swapfile", MIB(4), 0), 0);
		if (qy_task_create(l.rig.m, "modeld", 7, 0, &task))
			CHECK_EQ(qy_task_create(l.rig.m, "modeld", 7, 0, &task), 0);
		if (qy_file_open(l.rig.m, task, "log", 0, 0, &file))
			CHECK_EQ(qy_file_open(l.rig.m, task, "log", 0, 0, &file), 0);
		rig_check_valid(l.rig.m, "a beginning");
		qy_task_exit(l.rig.m, task);
		CHECK_EQ(qy_swapoff(l.rig.m, "/swapfile"), 0);
		CHECK_EQ(qy_drop_caches(l.rig.m, 3), 0);
		qy_drain_all_pages(l.rig.m);
		CHECK_EQ(rig_free_frames(l.rig.m), fresh);
		rig_down(&l.rig);
	}
}

/* What a run says and counts. */
static void transcript(char *text, size_t size)
{
	size_t length = 0;

	boot_large(&l);
	begin(&l);
	run(&l);
	length += (size_t)snprintf(text, size, "%s", l.rig.log);
	length += (size_t)qy_proc_read(
		l.rig.m, "/proc/vmstat", text + length, size - length);
	length += (size_t)qy_proc_read(
		l.rig.m, "/proc/buddyinfo", text + length, size - length);
	qy_proc_read(l.rig.m, "/proc/pressure/memory", text + length, size - length);
	rig_down(&l.rig);
}

TEST(pressure_failure, the_same_seed_gives_the_same_bytes)
{
	static char first[200000], second[200000];

	transcript(first, sizeof(first));
	transcript(second, sizeof(second));
	CHECK_STR_EQ(first, second);
}
