// SPDX-License-Identifier: MIT
/*
 * kswapd, kcompactd and the flusher as threads of the process: their names, when they work and when they sleep, that they
 * keep nobody from his CPU, and that nothing is left of them.
 *
 * Locking: the daemons' own; the tests wait for what they do.
 */
#include "tests/model/rig.h"
#include "mm/pressure/pressure.h"
#include "mm/task/task.h"
#include <quarry/compact.h>

#include <dirent.h>
#include <time.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)

static void boot(struct rig *rig, uint64_t bytes, uint32_t nr_cpus)
{
	rig_one_zone(rig, bytes, nr_cpus);
	rig->background = true;
	rig_boot(rig);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/watermark_boost_factor", "0"), 0);
}

static uint64_t event(const struct rig *rig, enum machine_event event)
{
	return READ_ONCE(rig->m->events[event]);
}

/* Threads of this process with that name; NULL: all. */
static unsigned int nr_threads(const char *name)
{
	DIR *tasks = opendir("/proc/self/task");
	unsigned int nr = 0;
	struct dirent *entry;

	CHECK(tasks);
	while ((entry = readdir(tasks))) {
		char path[300], comm[32] = "";
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm", entry->d_name);
		file = fopen(path, "re");
		if (file && fgets(comm, sizeof(comm), file))
			comm[strcspn(comm, "\n")] = '\0';
		if (file)
			fclose(file);
		nr += file && (!name || !strcmp(comm, name));
	}
	closedir(tasks);
	return nr;
}

static void pause_ms(unsigned int ms)
{
	struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

/* Ten seconds are more than anybody needs. */
#define WAIT_FOR(condition)                                                       \
	do {                                                                      \
		for (unsigned int round = 0; !(condition); round++) {             \
			if (round == 10000)                                       \
				FAIL("in ten seconds it did not become true: %s", \
					#condition);                              \
			pause_ms(1);                                              \
		}                                                                 \
	} while (0)

TEST(background, threads_have_the_names_of_the_kernels_and_end_with_the_machine)
{
	static struct rig rig;
	unsigned int before = nr_threads(NULL);

	rig_init(&rig, QY_ARCH_ARM64, 3);
	rig_bank(&rig, GIB(1), MIB(64), 0);
	rig_bank(&rig, GIB(2), MIB(64), 1);
	memset(rig.distance, 20, sizeof(rig.distance));
	rig.background = true;
	rig_boot(&rig);
	WAIT_FOR(nr_threads("kswapd0") == 1 && nr_threads("kswapd1") == 1);
	WAIT_FOR(nr_threads("kcompactd0") == 1 && nr_threads("kcompactd1") == 1);
	WAIT_FOR(nr_threads("kworker/flush-0") == 1);
	CHECK_EQ(nr_threads(NULL), before + 5);
	rig_down(&rig);
	CHECK_EQ(nr_threads(NULL), before);
	/* by default there are none */
	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	CHECK_EQ(nr_threads(NULL), before);
	rig_down(&rig);
}

TEST(background, kswapd_is_woken_below_low_and_sleeps_above_high)
{
	static struct rig rig;
	struct qy_zone_stats z;
	struct file *file;

	boot(&rig, MIB(64), 2);
	CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(256), 0, &file), 0);
	for (uint64_t at = 0; at < MIB(256); at += PAGES(32)) {
		CHECK_EQ(qy_file_read(file, at, NULL, PAGES(32)), (long)PAGES(32));
		if (at % MIB(1) == 0)
			pause_ms(1);
	}
	WAIT_FOR(qy_kswapd_next_ns(rig.m, 0) != 0);
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK(z.free_pages > z.watermark[1]);
	CHECK(event(&rig, PAGEOUTRUN) > 3);
	CHECK(event(&rig, PGSTEAL_KSWAPD) > 1000);
	CHECK_EQ(qy_hosted_background(rig.m, false), 0);
	rig_check_valid(rig.m, "a stream");
	qy_file_close(file);
	rig_down(&rig);
}

TEST(background, the_flusher_writes_what_is_too_much_and_what_is_old)
{
	static struct rig rig;
	struct file *file;
	uint64_t background;

	boot(&rig, MIB(64), 2);
	background = qy_dirty_limits(rig.m).background;
	CHECK_EQ(qy_file_open(rig.m, NULL, "log", 0, 0, &file), 0);
	CHECK_EQ(qy_file_write(file, 0, NULL, PAGES(background - 20)),
		(long)PAGES(background - 20));
	pause_ms(20);
	CHECK_EQ(qy_node_total(rig.m, NR_WRITTEN), 0);
	CHECK_EQ(qy_file_write(file, PAGES(background), NULL, PAGES(100)),
		(long)PAGES(100));
	WAIT_FOR(qy_node_total(rig.m, NR_WRITTEN) > 50);
	/* a page that is there for long enough, and a flusher that looks at once when it is told to look often */
	WAIT_FOR(
		qy_node_total(rig.m, NR_FILE_DIRTY) <= qy_dirty_limits(rig.m).background);
	CHECK(qy_node_total(rig.m, NR_FILE_DIRTY) > 0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/dirty_expire_centisecs", "1"), 0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/dirty_writeback_centisecs", "2"), 0);
	WAIT_FOR(qy_node_total(rig.m, NR_FILE_DIRTY) == 0);
	CHECK_EQ(qy_hosted_background(rig.m, false), 0);
	rig_check_valid(rig.m, "writeback");
	qy_file_close(file);
	rig_down(&rig);
}

TEST(background, kcompactd_makes_blocks_for_those_who_cannot_wait)
{
	static struct rig rig;
	struct task_struct *task, *other;
	uint64_t mine, others;

	boot(&rig, MIB(64), 2);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/compaction_proactiveness", "0"), 0);
	CHECK_EQ(qy_task_create(rig.m, "modeld", 0, 0, &task), 0);
	CHECK_EQ(qy_task_create(rig.m, "controlsd", 0, 0, &other), 0);
	CHECK_EQ(qy_task_map(rig.m, task, PAGES(6000), 0, &mine), 0);
	CHECK_EQ(qy_task_map(rig.m, other, PAGES(6000), 0, &others), 0);
	for (uint64_t i = 0; i < 6000; i++) {
		CHECK_EQ(qy_task_touch(rig.m, task, mine + PAGES(i), 1, true), 0);
		CHECK_EQ(qy_task_touch(rig.m, other, others + PAGES(i), 1, true), 0);
	}
	/* every other page is free now, and no block is */
	qy_task_exit(rig.m, other);
	for (unsigned int i = 0; i < 4000 && !event(&rig, KCOMPACTD_WAKE); i++)
		qy_alloc_pages(rig.m, QY_GFP_ATOMIC | QY___GFP_NOWARN, 6);
	WAIT_FOR(event(&rig, KCOMPACTD_WAKE) > 0);
	WAIT_FOR(event(&rig, PGMIGRATE_SUCCESS) > 0);
	qy_task_exit(rig.m, task);
	rig_down(&rig);
}

TEST(background,
	who_enters_waits_for_a_daemon_that_is_at_work_and_never_finds_his_cpu_taken)
{
	static struct rig rig;
	struct file *file;

	boot(&rig, MIB(32), 1);
	CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(64), 0, &file), 0);
	for (unsigned long i = 0; i < 300; i++) {
		uint64_t at = i * PAGES(64) % MIB(64);

		CHECK_EQ(qy_file_read(file, at, NULL, PAGES(64)), (long)PAGES(64));
		/* a moment in which kswapd has the only CPU */
		qy_leave();
		sched_yield();
		CHECK_EQ(i & 1 ? qy_enter(rig.m) : qy_enter_cpu(rig.m, 0), 0);
	}
	qy_leave();
	WAIT_FOR(qy_kswapd_next_ns(rig.m, 0) != 0);
	CHECK_EQ(qy_enter_cpu(rig.m, 0), 0);
	CHECK(event(&rig, PAGEOUTRUN) > 0);
	CHECK_EQ(qy_hosted_background(rig.m, false), 0);
	rig_check_valid(rig.m, "taking turns");
	qy_file_close(file);
	rig_down(&rig);
}
