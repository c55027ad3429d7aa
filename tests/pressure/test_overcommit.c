// SPDX-License-Identifier: MIT
/*
 * What address spaces may ask for, in the three modes of vm.overcommit_memory.
 */
#include "tests/model/rig.h"
#include "mm/task/task.h"

#define KIB_PAGES(kib) ((kib) / 4)

static struct rig *boot(void)
{
	static struct rig rig;

	rig_one_zone(&rig, GIB(1), 1);
	rig_boot(&rig);
	return &rig;
}

static void put(struct rig *rig, const char *name, const char *text)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	CHECK_EQ(qy_proc_write(rig->m, path, text), 0);
}

static u64 get(struct rig *rig, const char *name)
{
	char path[80], text[32];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	CHECK(qy_proc_read(rig->m, path, text, sizeof(text)) > 0);
	return strtoull(text, NULL, 10);
}

static u64 meminfo_kib(struct rig *rig, const char *name)
{
	struct qy_stat line;

	for (u32 n = 0; qy_meminfo_line(rig->m, n, &line); n++)
		if (!strcmp(line.name, name))
			return line.value;
	FAIL("meminfo has no %s", name);
	return 0;
}

static u64 ram_of(struct rig *rig)
{
	return KIB_PAGES(meminfo_kib(rig, "MemTotal"));
}

static struct task_struct *start(struct rig *rig, u32 uid)
{
	struct task_struct *task = NULL;

	CHECK_EQ(qy_task_create(rig->m, "bloated_loader", 4711, 0, &task), 0);
	qy_task_set_uid(rig->m, task, uid);
	return task;
}

static int map_flags(struct rig *rig, struct task_struct *task, u64 pages,
	unsigned int flags, u64 *address)
{
	return qy_task_map(rig->m, task, pages * QY_PAGE_SIZE, flags, address);
}

static int map(struct rig *rig, struct task_struct *task, u64 pages)
{
	u64 address;

	return map_flags(rig, task, pages, 0, &address);
}

TEST(overcommit, by_default_only_what_exceeds_all_memory_by_itself_is_refused)
{
	struct rig *rig = boot();
	struct task_struct *task = start(rig, 0);
	u64 ram = ram_of(rig), address;

	CHECK_EQ(map(rig, task, ram), 0);
	CHECK_EQ(map_flags(rig, task, ram, 0, &address), 0);
	CHECK_EQ(map(rig, task, ram + 1), -QY_ENOMEM);
	CHECK_EQ(meminfo_kib(rig, "Committed_AS"), 2 * ram * 4);
	CHECK_EQ(qy_task_unmap(rig->m, task, address, ram * QY_PAGE_SIZE), 0);
	CHECK_EQ(meminfo_kib(rig, "Committed_AS"), ram * 4);
	/* a program that takes its chances is not asked */
	CHECK_EQ(map_flags(rig, task, ram + 1, QY_MAP_NORESERVE, &address), 0);
	CHECK_EQ(meminfo_kib(rig, "Committed_AS"), ram * 4);
	WRITE_ONCE(rig->m->total_swap_pages, 1);
	CHECK_EQ(map(rig, task, ram + 1), 0);
	qy_task_exit(rig->m, task);
	CHECK_EQ(meminfo_kib(rig, "Committed_AS"), 0);
	rig_down(rig);
}

TEST(overcommit, mode_1_refuses_nothing)
{
	struct rig *rig = boot();
	struct task_struct *task = start(rig, 1000);

	put(rig, "overcommit_memory", "1");
	CHECK_EQ(map(rig, task, 1u << 30), 0);
	qy_task_exit(rig->m, task);
	rig_down(rig);
}

/* The largest mapping that is not refused, by bisection. */
static u64 largest(struct rig *rig, struct task_struct *task)
{
	u64 low = 0, high = 1u << 30, address;

	while (high - low > 1) {
		u64 middle = (low + high) / 2;

		if (map_flags(rig, task, middle, 0, &address)) {
			high = middle;
		} else {
			CHECK_EQ(qy_task_unmap(
					 rig->m, task, address, middle * QY_PAGE_SIZE),
				0);
			low = middle;
		}
	}
	return low;
}

TEST(overcommit, mode_2_keeps_the_sum_below_the_limit_less_the_reserves)
{
	struct rig *rig = boot();
	struct task_struct *task = start(rig, 0);
	u64 limit, admin, user, address;

	put(rig, "overcommit_memory", "2");
	put(rig, "overcommit_ratio", "80");
	limit = ram_of(rig) * 80 / 100;
	admin = KIB_PAGES(get(rig, "admin_reserve_kbytes"));
	user = KIB_PAGES(get(rig, "user_reserve_kbytes"));
	CHECK_EQ(meminfo_kib(rig, "CommitLimit"), limit * 4);
	/* "below": one page of the limit is never given */
	CHECK_EQ(largest(rig, task), limit - 1);
	qy_task_set_uid(rig->m, task, 1000);
	CHECK_EQ(largest(rig, task), limit - admin - 1);
	qy_task_set_uid(rig->m, task, 0);
	/* what it has counts, and a 32nd of it is kept from it; a mapping that is not to count does all the same */
	CHECK_EQ(map_flags(rig, task, 3200, QY_MAP_NORESERVE, &address), 0);
	CHECK_EQ(meminfo_kib(rig, "Committed_AS"), 3200 * 4);
	CHECK_EQ(largest(rig, task), limit - 3200 - 100 - 1);
	put(rig, "user_reserve_kbytes", "40");
	CHECK_EQ(largest(rig, task), limit - 3200 - 10 - 1);
	WRITE_ONCE(rig->m->total_swap_pages, 500);
	CHECK_EQ(largest(rig, task), limit + 500 - 3200 - 10 - 1);
	CHECK(user > 1000);
	qy_task_exit(rig->m, task);
	rig_down(rig);
}

TEST(overcommit, of_ratio_and_kbytes_the_one_that_was_written_last_counts)
{
	struct rig *rig = boot();

	CHECK_EQ(get(rig, "overcommit_ratio"), 50);
	CHECK_EQ(meminfo_kib(rig, "CommitLimit"), ram_of(rig) / 2 * 4);
	put(rig, "overcommit_kbytes", "4096");
	CHECK_EQ(get(rig, "overcommit_ratio"), 0);
	CHECK_EQ(meminfo_kib(rig, "CommitLimit"), 4096);
	put(rig, "overcommit_ratio", "25");
	CHECK_EQ(get(rig, "overcommit_kbytes"), 0);
	CHECK_EQ(meminfo_kib(rig, "CommitLimit"), ram_of(rig) * 25 / 100 * 4);
	rig_down(rig);
}

TEST(overcommit, reserves_are_a_share_of_what_is_free_at_boot_with_a_limit)
{
	struct rig rig, *larger;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK_EQ(get(&rig, "admin_reserve_kbytes"), meminfo_kib(&rig, "MemFree") / 32);
	CHECK_EQ(get(&rig, "user_reserve_kbytes"), meminfo_kib(&rig, "MemFree") / 32);
	rig_down(&rig);
	larger = boot();
	CHECK_EQ(get(larger, "admin_reserve_kbytes"), 8192);
	rig_down(larger);
}

TEST(overcommit, a_refusal_is_said_in_the_kernels_words_ten_times_in_five_seconds)
{
	struct rig *rig = boot();

	struct task_struct *task = start(rig, 0);

	for (int i = 0; i < 20; i++)
		CHECK_EQ(map(rig, task, 1u << 20), -QY_ENOMEM);
	CHECK_EQ(
		rig_log_count(rig,
			"__vm_enough_memory: pid: 4711, comm: bloated_loader, bytes: 4294967296 not enough memory for the allocation"),
		10);
	qy_task_exit(rig->m, task);
	rig_down(rig);
}

TEST(overcommit, values_that_the_kernel_refuses_are_refused)
{
	struct rig *rig = boot();

	CHECK_EQ(
		qy_proc_write(rig->m, "/proc/sys/vm/overcommit_memory", "3"), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/panic_on_oom", "3"), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/overcommit_kbytes", "-1"),
		-QY_EINVAL);
	CHECK_EQ(get(rig, "overcommit_memory"), 0);
	CHECK_EQ(get(rig, "oom_dump_tasks"), 1);
	rig_down(rig);
}

/* ------------------------------------------------------------------ what a kernel granted */

static FILE *recorded(void)
{
	FILE *file =
		fopen(QY_SOURCE_DIR "/tests/pressure/data/overcommit_deb612.txt", "r");

	CHECK(file);
	return file;
}

static void put_number(struct rig *rig, const char *name, long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", value);
	put(rig, name, text);
}

/* One line of it: the same settings, the same memory spoken for; as many pages more, to the page. */
static void check_grant(struct rig *rig, const char *line)
{
	int mode, ratio, uid;
	long kbytes, admin, user, limit, committed, own, most;
	struct task_struct *others = NULL, *task;
	u64 address;

	CHECK_EQ(
		sscanf(line,
			"mode %d ratio %d kbytes %ld admin %ld user %ld uid %d: limit %ld kB committed %ld kB own %ld pages: most %ld pages",
			&mode, &ratio, &kbytes, &admin, &user, &uid, &limit, &committed,
			&own, &most),
		10);
	CHECK_EQ(qy_task_create(rig->m, "init", 2, 0, &others), 0);
	CHECK_EQ(map(rig, others, KIB_PAGES((u64)committed)), 0);
	task = start(rig, (u32)uid);
	CHECK_EQ(map_flags(rig, task, (u64)own, QY_MAP_NORESERVE, &address), 0);
	if (ratio)
		put_number(rig, "overcommit_ratio", ratio);
	else
		put_number(rig, "overcommit_kbytes", kbytes);
	if (admin >= 0)
		put_number(rig, "admin_reserve_kbytes", admin);
	if (user >= 0)
		put_number(rig, "user_reserve_kbytes", user);
	put_number(rig, "overcommit_memory", mode);
	CHECK_EQ(meminfo_kib(rig, "CommitLimit"), (u64)limit);
	CHECK_EQ(meminfo_kib(rig, "Committed_AS"), (u64)committed);
	/* in mode 1 it was the recorder who stopped there: at half of the addresses that a task has here */
	if (mode == 1)
		CHECK_EQ(map(rig, task, 1u << 31), 0);
	else
		CHECK_EQ(largest(rig, task), (u64)most);
	put_number(rig, "overcommit_memory", 0);
	qy_task_exit(rig->m, task);
	qy_task_exit(rig->m, others);
}

TEST(overcommit, a_recorded_kernel_grants_and_refuses_the_same_to_the_page)
{
	struct rig *rig = boot();
	FILE *file = recorded();
	unsigned long ram_kib = 0;
	unsigned int nr = 0;
	char line[512];

	CHECK(fgets(line, sizeof(line), file));
	CHECK_EQ(sscanf(line, "MemTotal %lu kB", &ram_kib), 1);
	for (u32 i = 0; i < rig->m->nr_zones; i++)
		rig->m->zones[i].managed_pages = 0;
	rig->m->zones[0].managed_pages = KIB_PAGES(ram_kib);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "mode ", 5)) {
			check_grant(rig, line);
			nr++;
		}
	CHECK_EQ(nr, 24);
	fclose(file);
	rig_down(rig);
}

TEST(overcommit, a_refusal_has_the_words_of_a_recorded_one)
{
	struct rig *rig = boot();
	struct task_struct *task = NULL;
	FILE *file = recorded();
	char line[512], expected[560];

	while (fgets(line, sizeof(line), file) && strncmp(line, "LOG ", 4))
		;
	fclose(file);
	CHECK_EQ(qy_task_create(rig->m, "overcommit", 155, 0, &task), 0);
	rig_log_clear(rig);
	CHECK_EQ(map(rig, task, 8796093022208ull / QY_PAGE_SIZE), -QY_ENOMEM);
	snprintf(expected, sizeof(expected), "<4>%s", line + 4);
	CHECK_STR_EQ(rig->log, expected);
	qy_task_exit(rig->m, task);
	rig_down(rig);
}
