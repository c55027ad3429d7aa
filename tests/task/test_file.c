// SPDX-License-Identifier: MIT
/*
 * Files and their page cache, swap: bytes come back from where they went, errors are told once to everybody, counts follow.
 *
 * Locking: none; one thread.
 */
#include "tests/model/rig.h"
#include "mm/task/task.h"
#include <quarry/reclaim.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)

static void boot(struct rig *rig, uint64_t bytes, uint64_t disk_bytes)
{
	struct qy_hosted_opts opts = {
		.log = rig_log, .log_arg = rig, .unmarked = true, .disk_bytes = disk_bytes
	};

	rig_one_zone(rig, bytes, 1);
	if (qy_current()->machine)
		qy_leave();
	rig->m = qy_hosted_boot(&rig->board, &opts, NULL, 0);
	CHECK(rig->m);
	CHECK_EQ(qy_enter_cpu(rig->m, 0), 0);
	qy_set_task(100, "test");
}

static struct file *open_file(struct rig *rig, const char *name, uint64_t pages)
{
	struct file *file = NULL;

	CHECK_EQ(qy_file_open(rig->m, NULL, name, PAGES(pages), 0, &file), 0);
	return file;
}

static uint64_t stat_of(struct rig *rig, enum node_stat_item item)
{
	return qy_node_total(rig->m, item);
}

TEST(file, bytes_come_back_from_the_backing_file_after_the_cache_is_dropped)
{
	static struct rig rig;
	static char out[300000], in[300000];
	struct file *file;

	boot(&rig, MIB(32), 0);
	file = open_file(&rig, "model.bin", 0);
	for (unsigned int i = 0; i < sizeof(out); i++)
		out[i] = (char)(i * 13 + i / 4096);
	CHECK_EQ(qy_file_write(file, 5000, out, sizeof(out)), (long)sizeof(out));
	CHECK_EQ(stat_of(&rig, NR_FILE_DIRTY), 74);
	rig_check_valid(rig.m, "writing");
	CHECK_EQ(qy_drop_caches(rig.m, 1), 0);
	CHECK_EQ(stat_of(&rig, NR_FILE_PAGES), 74); /* dirty pages stay */
	CHECK_EQ(qy_file_sync(file), 0);
	CHECK_EQ(stat_of(&rig, NR_FILE_DIRTY), 0);
	CHECK_EQ(stat_of(&rig, NR_WRITTEN), 74);
	CHECK_EQ(qy_drop_caches(rig.m, 1), 0);
	CHECK_EQ(stat_of(&rig, NR_FILE_PAGES), 0);
	rig_check_valid(rig.m, "dropping");
	CHECK_EQ(qy_file_read(file, 5000, in, sizeof(in)), (long)sizeof(in));
	CHECK(!memcmp(out, in, sizeof(in)));
	CHECK_EQ(qy_file_read(file, 5000 + sizeof(in) - 10, in, 100), 10);
	CHECK_EQ(qy_file_read(file, MIB(1), in, 100), 0);
	qy_file_close(file);
	rig_down(&rig);
}

TEST(file, reading_on_reads_ahead_and_reading_about_does_not)
{
	static struct rig rig;
	struct file *file;

	boot(&rig, MIB(64), 0);
	file = open_file(&rig, "model.bin", 4096);
	CHECK_EQ(qy_file_read(file, 0, NULL, 1), 1);
	CHECK_EQ(stat_of(&rig, NR_FILE_PAGES), 4);
	CHECK_EQ(qy_file_read(file, 0, NULL, PAGES(5)), (long)PAGES(5));
	CHECK_EQ(stat_of(&rig, NR_FILE_PAGES), 12);
	for (unsigned int i = 0; i < 10; i++)
		CHECK_EQ(qy_file_read(file, PAGES(1000 + 100 * i), NULL, 1), 1);
	CHECK_EQ(stat_of(&rig, NR_FILE_PAGES), 22);
	rig_check_valid(rig.m, "reading");
	qy_file_close(file);
	rig_down(&rig);
}

TEST(file, a_full_disk_is_told_once_to_each_who_has_the_file_open_and_loses_nothing)
{
	static struct rig rig;
	struct file *one, *two, *other;
	uint32_t value;

	boot(&rig, MIB(32), PAGES(10));
	one = open_file(&rig, "log", 0);
	two = open_file(&rig, "log", 0);
	other = open_file(&rig, "other", 0);
	for (uint32_t i = 0; i < 20; i++)
		CHECK_EQ(qy_file_write(one, PAGES(i), &i, sizeof(i)), sizeof(i));
	CHECK_EQ(qy_file_sync(one), -QY_ENOSPC);
	CHECK_EQ(stat_of(&rig, NR_FILE_DIRTY), 10);
	CHECK_EQ(qy_file_write(two, 0, &value, 0), -QY_ENOSPC);
	CHECK_EQ(qy_file_write(two, 0, &value, 0), 0);
	CHECK_EQ(qy_file_sync(other), 0);
	CHECK_EQ(qy_drop_caches(rig.m, 3), 0);
	rig_check_valid(rig.m, "a full disk");
	for (uint32_t i = 0; i < 20; i++) {
		CHECK_EQ(qy_file_read(two, PAGES(i), &value, 4), 4);
		CHECK_EQ(value, i);
	}
	qy_file_close(one);
	qy_file_close(two);
	qy_file_close(other);
	CHECK_EQ(qy_file_unlink(rig.m, "log"), 0);
	CHECK_EQ(stat_of(&rig, NR_FILE_DIRTY), 0);
	rig_check_valid(rig.m, "unlinking");
	rig_down(&rig);
}

TEST(file, tasks_that_map_a_file_see_the_same_bytes)
{
	static struct rig rig;
	struct task_struct *one, *two;
	struct qy_task_info info;
	uint64_t a, b;
	struct file *file, *shared;
	char text[6];

	boot(&rig, MIB(32), 0);
	CHECK_EQ(qy_task_create(rig.m, "modeld", 0, 0, &one), 0);
	CHECK_EQ(qy_task_create(rig.m, "controlsd", 0, 0, &two), 0);
	CHECK_EQ(qy_file_open(rig.m, one, "weights", PAGES(64), 0, &file), 0);
	CHECK_EQ(qy_task_map_file(rig.m, one, file, PAGES(4), PAGES(20), &a), 0);
	CHECK_EQ(qy_task_map_file(rig.m, two, file, 0, PAGES(64), &b), 0);
	CHECK_EQ(qy_task_write(rig.m, one, a + 100, "hello", 6), 0);
	CHECK_EQ(qy_task_read(rig.m, two, b + PAGES(4) + 100, text, 6), 0);
	CHECK_STR_EQ(text, "hello");
	CHECK_EQ(stat_of(&rig, NR_FILE_MAPPED), 1);
	CHECK_EQ(stat_of(&rig, NR_FILE_DIRTY), 1);
	qy_task_info(rig.m, two, &info);
	CHECK_EQ(info.rss_file, 1);
	CHECK_EQ(info.maj_faults, 0);
	rig_check_valid(rig.m, "mapping");
	CHECK_EQ(qy_task_touch(rig.m, two, b, PAGES(65), false), -QY_EFAULT);
	CHECK_EQ(qy_file_open(rig.m, one, "shm", PAGES(16), QY_FILE_TMPFS, &shared), 0);
	CHECK_EQ(qy_task_map_file(rig.m, one, shared, 0, PAGES(16), &a), 0);
	CHECK_EQ(qy_task_touch(rig.m, one, a, PAGES(16), true), 0);
	qy_task_info(rig.m, one, &info);
	CHECK_EQ(info.rss_shmem, 16);
	CHECK_EQ(stat_of(&rig, NR_SHMEM), 16);
	rig_check_valid(rig.m, "shared memory");
	CHECK_EQ(qy_file_unlink(rig.m, "shm"), -QY_EBUSY);
	qy_task_exit(rig.m, one);
	CHECK_EQ(qy_file_unlink(rig.m, "shm"), 0);
	qy_task_exit(rig.m, two);
	CHECK_EQ(stat_of(&rig, NR_FILE_MAPPED), 0);
	rig_check_valid(rig.m, "exit");
	rig_down(&rig);
}

TEST(file, the_machine_is_as_fresh_after_the_last_task_and_file)
{
	static struct rig rig;
	struct task_struct *task;
	struct file *file;
	uint64_t fresh, address;

	boot(&rig, MIB(32), 0);
	qy_drain_all_pages(rig.m);
	fresh = rig_free_frames(rig.m);
	CHECK_EQ(qy_task_create(rig.m, "loader", 0, 0, &task), 0);
	CHECK_EQ(qy_file_open(rig.m, task, "model", PAGES(3000), 0, &file), 0);
	CHECK_EQ(qy_task_map(rig.m, task, PAGES(2000), 0, &address), 0);
	CHECK_EQ(qy_task_touch(rig.m, task, address, PAGES(2000), true), 0);
	CHECK_EQ(qy_file_read(file, 0, NULL, PAGES(3000)), (long)PAGES(3000));
	CHECK_EQ(qy_file_write(file, PAGES(100), NULL, PAGES(300)), (long)PAGES(300));
	qy_task_exit(rig.m, task);
	qy_sync(rig.m);
	CHECK_EQ(qy_drop_caches(rig.m, 3), 0);
	rig_check_valid(rig.m, "drop_caches");
	qy_drain_all_pages(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), fresh);
	rig_down(&rig);
}
