// SPDX-License-Identifier: MIT
/*
 * The OOM killer at work: who dies and who does not, what is said, and that the request goes on.
 *
 * Locking: none; one thread. A panic of the machine comes back to the test by longjmp().
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include "mm/task/task.h"
#include <quarry/oom.h>

#include <setjmp.h>

#define PAGES(n)  ((uint64_t)(n)*QY_PAGE_SIZE)
#define MAX_TAKEN 65536u
#define SECOND_NS 1000000000ull

/* ------------------------------------------------------------------ a board that runs out */

static struct world {
	struct rig rig;
	struct page *taken[MAX_TAKEN];
	size_t nr_taken;
	jmp_buf panicked;
	bool may_panic;
	char panic[256];
	uint32_t nr_killed;
	struct qy_oom_kill killed[16];
	bool exit_at_once; /* the embedder ends a victim when it is told */
	uint64_t found;    /* pages that the embedder frees when it is asked */
	uint32_t nr_asked, nr_pressure[QY_PRESSURE_CRITICAL + 1];
	bool predicts; /* each victim must be the one that the dry run named before */
	struct qy_oom_preview predicted;
} w;

static void on_panic(void *rig, const char *line)
{
	(void)rig;
	snprintf(w.panic, sizeof(w.panic), "%s", line);
	if (!w.may_panic)
		FAIL("panic: %s", line);
	longjmp(w.panicked, 1);
}

static void give_back(size_t nr)
{
	while (nr-- && w.nr_taken)
		qy_free_pages(w.rig.m, w.taken[--w.nr_taken], 0);
}

static uint64_t on_notify(void *arg, struct qy_machine *m)
{
	uint64_t found = w.found;

	(void)arg;
	(void)m;
	w.nr_asked++;
	w.found = 0;
	give_back(found);
	return found;
}

static void on_killed(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill)
{
	struct task_struct *task = qy_task_find(m, kill->victim.pid);

	(void)arg;
	CHECK(w.nr_killed < ARRAY_SIZE(w.killed));
	w.killed[w.nr_killed++] = *kill;
	if (w.predicts) {
		CHECK_EQ(w.predicted.outcome, QY_OOM_KILLS);
		CHECK_EQ(kill->victim.pid, w.predicted.victim.pid);
		CHECK_EQ(kill->victim.badness, w.predicted.victim.badness);
	}
	if (w.exit_at_once && qy_current()->acting != task)
		qy_task_exit(m, task);
	if (w.predicts) {
		int32_t next = w.predicted.has_next ? w.predicted.next.pid : 0;

		qy_oom_preview(m, &w.predicted);
		CHECK_EQ(w.predicted.outcome == QY_OOM_KILLS ? w.predicted.victim.pid : 0,
			next);
	}
}

static void on_pressure(void *arg, struct qy_machine *m, enum qy_pressure level)
{
	(void)arg;
	(void)m;
	w.nr_pressure[level]++;
}

static const struct qy_oom_hooks hooks = { on_notify, on_killed, on_pressure, NULL };

static void boot(void)
{
	memset(&w, 0, sizeof(w));
	rig_one_zone(&w.rig, MIB(64), 1);
	w.rig.panic = on_panic;
	rig_boot(&w.rig);
	w.exit_at_once = true;
	qy_oom_set_hooks(w.rig.m, &hooks);
}

static void down(void)
{
	give_back(w.nr_taken);
	rig_check_valid(w.rig.m, "the test");
	rig_down(&w.rig);
}

static struct task_struct *start(const char *comm, int pid, int adj, uint64_t pages)
{
	struct task_struct *task = NULL;
	uint64_t address;

	CHECK_EQ(qy_task_create(w.rig.m, comm, pid, adj, &task), 0);
	CHECK_EQ(qy_task_map(w.rig.m, task, PAGES(pages), 0, &address), 0);
	CHECK_EQ(qy_task_touch(w.rig.m, task, address, PAGES(pages), true), 0);
	return task;
}

/* Takes pages until somebody dies, or a request fails. Return: nobody failed. */
static bool until_killed(qy_gfp_t gfp)
{
	uint32_t before = w.nr_killed;

	while (w.nr_killed == before) {
		struct page *page = qy_alloc_pages(w.rig.m, gfp, 0);

		if (!page)
			return false;
		CHECK(w.nr_taken < MAX_TAKEN);
		w.taken[w.nr_taken++] = page;
	}
	return true;
}

/* The same until the machine panics. */
static const char *until_panic(void)
{
	w.may_panic = true;
	if (!setjmp(w.panicked)) {
		while (until_killed(QY_GFP_KERNEL))
			;
		FAIL("no panic");
	}
	w.rig.m->oom_busy = 0; /* where it went no more */
	return w.panic;
}

static unsigned int said(const char *text)
{
	return rig_log_count(&w.rig, text);
}

static void put(const char *path, const char *text)
{
	CHECK_EQ(qy_proc_write(w.rig.m, path, text), 0);
}

/* ------------------------------------------------------------------ who dies */

TEST(oom, the_worst_task_dies_its_memory_comes_back_and_the_request_goes_on)
{
	boot();
	start("modeld", 100, 0, 500);
	start("bloated_loader", 101, 0, 3000);
	start("controlsd", 102, 0, 100);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.killed[0].victim.pid, 101);
	CHECK_EQ(w.killed[0].victim.rss_anon, 3000);
	CHECK_EQ(w.killed[0].order, 0);
	CHECK_STR_EQ(w.killed[0].caller_comm, "test");
	CHECK(qy_task_find(w.rig.m, 101) == NULL);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.killed[1].victim.pid, 100);
	CHECK(w.nr_pressure[QY_PRESSURE_CRITICAL] >= 2);
	CHECK(w.nr_pressure[QY_PRESSURE_LOW] >= 1);
	CHECK(w.nr_pressure[QY_PRESSURE_MEDIUM] >= w.nr_pressure[QY_PRESSURE_CRITICAL]);
	down();
}

TEST(oom, oom_score_adj_decides_before_size_and_minus_1000_is_immune)
{
	boot();
	start("inferenced", 100, -1000, 6000);
	start("bloated_loader", 101, 500, 1000); /* more than per-CPU lists keep */
	start("modeld", 102, 0, 2000);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.killed[0].victim.pid, 101);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.killed[1].victim.pid, 102);
	CHECK_STR_EQ(until_panic(), "System is deadlocked on memory");
	CHECK_EQ(said("Out of memory and no killable processes...\n"), 1);
	CHECK(qy_task_find(w.rig.m, 100) != NULL);
	down();
}

TEST(oom, init_is_never_chosen_and_not_in_the_table)
{
	boot();
	start("init", 1, 1000, 4000);
	start("sh", 2, 0, 800);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.killed[0].victim.pid, 2);
	CHECK_EQ(said("             0 sh\n"), 1);
	CHECK_EQ(said(" init\n"), 0);
	down();
}

TEST(oom, a_machine_without_tasks_has_no_oom_killer)
{
	boot();
	CHECK(!until_killed(QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_EQ(said("invoked oom-killer"), 0);
	down();
}

static void check_no_kill(qy_gfp_t gfp, unsigned int order)
{
	CHECK(qy_alloc_pages(w.rig.m, gfp | QY___GFP_NOWARN, order) == NULL);
	CHECK_EQ(w.nr_killed, 0);
}

TEST(oom, only_requests_that_insist_kill)
{
	boot();
	start("modeld", 100, 0, 3000);
	while (until_killed(QY_GFP_ATOMIC | QY___GFP_NOWARN))
		;
	check_no_kill(QY_GFP_ATOMIC, 0);
	check_no_kill(QY_GFP_NOWAIT, 0);
	check_no_kill(QY_GFP_KERNEL | QY___GFP_NORETRY, 0);
	check_no_kill(QY_GFP_KERNEL | QY___GFP_RETRY_MAYFAIL, 0);
	check_no_kill(QY_GFP_KERNEL | QY___GFP_THISNODE, 0);
	check_no_kill(QY_GFP_KERNEL, 4);
	check_no_kill(QY_GFP_NOFS, 0); /* nothing else runs: it would wait for ever */
	check_no_kill(QY_GFP_NOIO, 0);
	CHECK_EQ(said("invoked oom-killer"), 0);
	CHECK(until_killed(QY_GFP_KERNEL));
	down();
}

TEST(oom, a_request_for_lower_memory_kills_nobody)
{
	memset(&w, 0, sizeof(w));
	rig_x86(&w.rig, MIB(64), 0, 1);
	w.rig.panic = on_panic;
	rig_boot(&w.rig);
	w.exit_at_once = true;
	qy_oom_set_hooks(w.rig.m, &hooks);
	start("modeld", 100, 0, 3000);
	while (until_killed(QY_GFP_ATOMIC | QY___GFP_NOWARN))
		;
	check_no_kill(QY_GFP_KERNEL | QY_GFP_DMA, 0);
	check_no_kill(QY_GFP_KERNEL | QY_GFP_DMA32, 0);
	CHECK(until_killed(QY_GFP_KERNEL));
	down();
}

/* ------------------------------------------------------------------ settings */

TEST(oom, with_oom_kill_allocating_task_who_asks_dies_and_may_finish_its_page)
{
	struct task_struct *modeld;
	uint64_t address, pages = 12000;
	struct qy_task_info info;

	boot();
	put("/proc/sys/vm/oom_kill_allocating_task", "1");
	put("/proc/sys/vm/watermark_boost_factor",
		"0"); /* the reserve is half of min and boost */
	start("bloated_loader", 101, 500, 6000);
	modeld = start("modeld", 102, 0, 10);
	CHECK_EQ(qy_task_map(w.rig.m, modeld, PAGES(pages), 0, &address), 0);
	CHECK_EQ(qy_task_touch(w.rig.m, modeld, address, PAGES(pages), true), -QY_EINTR);
	CHECK_EQ(w.nr_killed, 1);
	CHECK_EQ(w.killed[0].victim.pid, 102);
	CHECK_EQ(
		said("Out of memory (oom_kill_allocating_task): Killed process 102 (modeld)"),
		1);
	/* the page that it was killed for came from the reserve of victims */
	qy_task_info(w.rig.m, modeld, &info);
	CHECK_EQ(info.rss_anon, w.killed[0].victim.rss_anon + 1);
	CHECK_EQ(qy_task_touch(w.rig.m, modeld, address, PAGES(1), true), -QY_EINTR);
	qy_task_exit(w.rig.m, modeld);
	down();
}

TEST(oom, panic_on_oom_stops_the_machine_after_the_report)
{
	for (int mode = 1; mode <= 2; mode++) {
		boot();
		put("/proc/sys/vm/panic_on_oom", mode == 1 ? "1" : "2");
		start("modeld", 100, 0, 100);
		CHECK_STR_EQ(until_panic(),
			mode == 1 ? "Out of memory: system-wide panic_on_oom is enabled"
				  : "Out of memory: compulsory panic_on_oom is enabled");
		CHECK_EQ(
			said("test invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"),
			1);
		CHECK_EQ(said("Tasks state (memory values in pages):\n"), 1);
		CHECK_EQ(said("oom-kill:"), 0);
		CHECK_EQ(w.nr_killed, 0);
		down();
	}
}

TEST(oom, oom_dump_tasks_0_leaves_the_table_out)
{
	boot();
	put("/proc/sys/vm/oom_dump_tasks", "0");
	start("modeld", 100, 0, 1000);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(said("Tasks state"), 0);
	CHECK_EQ(
		said("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),global_oom,task_memcg=/,task=modeld,pid=100,uid=0\n"),
		1);
	CHECK_EQ(
		said("Out of memory: Killed process 100 (modeld) total-vm:4000kB, anon-rss:4000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:16kB oom_score_adj:0\n"),
		1);
	down();
}

/* ------------------------------------------------------------------ victims that do not go */

TEST(oom, a_victim_that_nobody_ends_is_reaped_and_then_the_next_one_may_die)
{
	struct task_struct *victim, *next;
	struct qy_oom_preview preview;
	struct qy_task_info info;

	boot();
	w.exit_at_once = false;
	victim = start("bloated_loader", 100, 0, 3000);
	next = start("modeld", 101, 0, 1000);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(
		said("oom_reaper: reaped process 100 (bloated_loader), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB\n"),
		1);
	qy_task_info(w.rig.m, victim, &info);
	CHECK_EQ(info.rss_anon, 0);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.killed[1].victim.pid, 101);
	qy_oom_preview(w.rig.m, &preview);
	CHECK_EQ(preview.outcome, QY_OOM_PANICS);
	CHECK_STR_EQ(until_panic(), "System is deadlocked on memory");
	qy_task_exit(w.rig.m, victim);
	qy_task_exit(w.rig.m, next);
	down();
}

TEST(oom, the_reaper_comes_after_two_seconds_when_nobody_asks_for_memory)
{
	struct task_struct *task;
	struct qy_oom_preview preview;

	boot();
	task = start("modeld", 100, 0, 3000);
	start("sh", 101, 0, 10);
	qy_sim_advance(w.rig.m, SECOND_NS);
	qy_task_lock(w.rig.m);
	qy_task_kill(task);
	atomic_fetch_or(&task->flags, (u32)TASK_OOM_VICTIM);
	w.rig.m->oom_killed_ns = qy_sim_now(w.rig.m);
	qy_task_unlock(w.rig.m);
	qy_oom_preview(w.rig.m, &preview);
	CHECK_EQ(preview.outcome, QY_OOM_WAITS);
	CHECK_EQ(preview.victim.pid, 100);
	qy_sim_advance(w.rig.m, 2 * SECOND_NS - 1);
	qy_vmstat_tick(w.rig.m, 0);
	CHECK_EQ(said("oom_reaper"), 0);
	qy_sim_advance(w.rig.m, 1);
	qy_vmstat_tick(w.rig.m, 0);
	CHECK_EQ(said("oom_reaper: reaped process 100 (modeld)"), 1);
	qy_oom_preview(w.rig.m, &preview);
	CHECK_EQ(preview.victim.pid, 101);
	qy_task_exit(w.rig.m, task);
	down();
}

TEST(oom, who_dies_anyway_gets_the_reserve_and_nobody_else_is_killed)
{
	struct task_struct *modeld;
	uint64_t address;

	boot();
	modeld = start("modeld", 100, 0, 10);
	start("bloated_loader", 101, 0, 3000);
	CHECK_EQ(qy_task_map(w.rig.m, modeld, PAGES(64), 0, &address), 0);
	while (until_killed(QY_GFP_ATOMIC | QY___GFP_NOWARN))
		;
	give_back(4); /* above what atomic requests reach; not above min */
	qy_task_kill(modeld);
	CHECK_EQ(qy_task_touch(w.rig.m, modeld, address, PAGES(1), true), -QY_EINTR);
	CHECK_EQ(w.nr_killed, 0);
	qy_task_exit(w.rig.m, modeld);
	down();
}

/* ------------------------------------------------------------------ the embedder's word */

TEST(oom, what_the_embedder_frees_saves_a_task)
{
	boot();
	start("modeld", 100, 0, 1000);
	w.found = 500;
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK_EQ(w.nr_asked, 2);
	CHECK_EQ(said("invoked oom-killer"), 1);
	down();
}

/* ------------------------------------------------------------------ the dry run */

static void random_tasks(struct rig_random *random, int nr)
{
	for (int i = 0; i < nr; i++) {
		int adj = rig_below(random, 3) ? 0 : (int)rig_below(random, 2001) - 1000;

		start("task", 100 + i, adj, 1 + rig_below(random, 300));
	}
}

TEST(oom, the_dry_run_names_who_dies_then_and_the_same_seed_gives_the_same_log)
{
	static char first_log[RIG_LOG_BYTES];

	for (unsigned int round = 0; round < 12; round++) {
		struct rig_random random = { qy_test_seed() + round / 2 };

		boot();
		random_tasks(&random, 8);
		w.predicts = true;
		qy_oom_preview(w.rig.m, &w.predicted);
		until_panic();
		CHECK_EQ(w.predicted.outcome, QY_OOM_PANICS);
		if (round % 2)
			CHECK_STR_EQ(w.rig.log, first_log);
		strcpy(first_log, w.rig.log);
		down();
	}
}

TEST(oom, the_distance_of_the_dry_run_is_where_the_choice_changes)
{
	struct task_struct *loader;
	struct qy_oom_preview before, after;
	uint64_t address;

	boot();
	start("modeld", 100, 0, 1000);
	loader = start("bloated_loader", 101, 0, 10);
	CHECK_EQ(qy_task_map(w.rig.m, loader, PAGES(4000), 0, &address), 0);
	CHECK_EQ(qy_task_touch(w.rig.m, loader, address, PAGES(3000), true), 0);
	qy_oom_preview(w.rig.m, &before);
	CHECK_EQ(before.victim.pid, 101);
	CHECK(before.has_next);
	CHECK(before.changes_below_pages > 900 && before.changes_below_pages < 1100);
	/* one page more than the distance, so many as page tables go with it */
	CHECK_EQ(qy_task_unmap(w.rig.m, loader, address + PAGES(900), PAGES(2100)), 0);
	qy_oom_preview(w.rig.m, &after);
	CHECK(qy_oom_held(&after.next) < before.changes_below_pages);
	CHECK_EQ(after.victim.pid, 100);
	down();
}

/* ------------------------------------------------------------------ the report */

#define MAX_LINES  64
#define LINE_BYTES 1024

/* Every number as '#', without the letters of free lists; whether kswapd has given up is not the report's to say. */
static void shape_of(char *shape, const char *line)
{
	while (*line && *line != '\n') {
		size_t letters = *line == '(' ? strspn(line + 1, "UMEHCI") : 0;

		if (letters && !strncmp(line + 1 + letters, ") ", 2)) {
			line += letters + 3;
		} else if (*line == '?') {
			break;
		} else if ((*line >= '0' && *line <= '9') ||
			   (*line == '-' && line[1] >= '0' && line[1] <= '9')) {
			*shape++ = '#';
			line += 1 + strspn(line + 1, "0123456789");
		} else {
			*shape++ = *line++;
		}
	}
	*shape = '\0';
}

static bool is_left_out(const char *line)
{
	const char *found = strstr(line, "hugepages_total");

	return !strncmp(line, "CPU: ", 5) || !strncmp(line, "[", 1) ||
	       (found && found < line + strcspn(line, "\n"));
}

static unsigned int shapes_of(
	char shapes[MAX_LINES][LINE_BYTES], const char *text, size_t prefix)
{
	unsigned int nr = 0;

	for (; *text; text += strcspn(text, "\n") + 1) {
		bool is_last =
			strstr(text, "Killed process") &&
			strstr(text, "Killed process") < text + strcspn(text, "\n");

		if (is_left_out(text + prefix))
			continue;
		CHECK(nr < MAX_LINES);
		shape_of(shapes[nr++], text + prefix);
		if (is_last)
			break;
	}
	return nr;
}

static char *recorded_report(void)
{
	FILE *file = fopen(QY_SOURCE_DIR "/tests/pressure/data/oom_cust.txt", "r");
	char *text = calloc(1, 65536);

	CHECK(file && text && fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

TEST(oom, the_report_has_the_lines_of_a_recorded_one)
{
	static char recorded[MAX_LINES][LINE_BYTES], ours[MAX_LINES][LINE_BYTES];
	char *file = recorded_report();
	struct task_struct *hog;
	unsigned int nr;
	uint64_t address;

	memset(&w, 0, sizeof(w));
	rig_x86(&w.rig, MIB(64), 0, 2);
	w.rig.board.thp = true;
	w.rig.panic = on_panic;
	rig_boot(&w.rig);
	w.exit_at_once = true;
	qy_oom_set_hooks(w.rig.m, &hooks);
	start("hog", 85, 0, 500);
	start("hog", 86, 300, 400);
	hog = start("hog", 95, -900, 10);
	CHECK_EQ(qy_task_map(w.rig.m, hog, MIB(64), QY_MAP_NORESERVE, &address), 0);
	qy_task_touch(w.rig.m, hog, address, MIB(60), true);
	CHECK_EQ(w.killed[0].victim.pid, 86);

	nr = shapes_of(recorded, strstr(file, "hog invoked oom-killer"), 0);
	CHECK_EQ(shapes_of(ours, strstr(w.rig.log, "<4>hog invoked"), 3), nr);
	for (unsigned int i = 0; i < nr; i++)
		CHECK_STR_EQ(ours[i], recorded[i]);
	free(file);
	down();
}

TEST(oom, ten_reports_in_five_seconds_but_every_kill_is_said)
{
	char name[16];

	boot();
	for (int i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "task%d", i);
		start(name, 100 + i, 0, 800); /* more than per-CPU lists keep */
	}
	for (int i = 0; i < 12; i++) {
		w.nr_killed = 0;
		CHECK(until_killed(QY_GFP_KERNEL));
	}
	CHECK_EQ(said("invoked oom-killer"), 10);
	CHECK_EQ(said("Out of memory: Killed process"), 12);
	down();
}

TEST(oom, kills_are_counted_in_vmstat)
{
	char text[16384];

	boot();
	start("modeld", 100, 0, 1000);
	CHECK(until_killed(QY_GFP_KERNEL));
	CHECK(qy_proc_read(w.rig.m, "/proc/vmstat", text, sizeof(text)) <
		(long)sizeof(text));
	CHECK(strstr(text, "\noom_kill 1\n") != NULL);
	down();
}

/* ------------------------------------------------------------------ files of a task */

static const char *get(const char *path)
{
	static char text[4096];
	long length = qy_proc_read(w.rig.m, path, text, sizeof(text));

	if (length < 0)
		snprintf(text, sizeof(text), "error %ld", length);
	return text;
}

TEST(oom, oom_score_adj_is_written_as_a_shell_writes_it)
{
	boot();
	start("inferenced", 100, 0, 10);
	start("bloated_loader", 101, 0, 10);
	put("/proc/100/oom_score_adj", "-1000");
	CHECK_STR_EQ(get("/proc/100/oom_score_adj"), "-1000\n");
	CHECK_STR_EQ(get("/proc/100/oom_score"), "0\n");
	put("/proc/$(pidof bloated_loader)/oom_score_adj", "+500\n");
	CHECK_STR_EQ(get("/proc/101/oom_score_adj"), "500\n");
	CHECK_STR_EQ(get("/proc/101/oom_adj"), "8\n");
	put("/proc/101/oom_adj", "15");
	CHECK_STR_EQ(get("/proc/$(pidof bloated_loader)/oom_score_adj"), "1000\n");
	put("/proc/101/oom_adj", "-17");
	CHECK_STR_EQ(get("/proc/101/oom_score_adj"), "-1000\n");
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/101/oom_score_adj", "1001"), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/101/oom_score_adj", "+-5"), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/101/oom_score_adj", ""), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/101/oom_score", "1"), -QY_EACCES);
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/99/oom_score_adj", "1"), -QY_ENOENT);
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/$(pidof sh)/oom_score_adj", "1"),
		-QY_ENOENT);
	start("inferenced", 102, 0, 10);
	CHECK_EQ(qy_proc_write(w.rig.m, "/proc/$(pidof inferenced)/oom_score_adj", "1"),
		-QY_EINVAL);
	CHECK_EQ(qy_proc_mode("/proc/$(pidof inferenced)/oom_score_adj"), 0644);
	CHECK_EQ(qy_proc_mode("/proc/1/maps"), -QY_ENOENT);
	down();
}

TEST(oom, statm_and_status_tell_what_the_oom_killer_sees)
{
	char expected[64];
	struct qy_oom_task task;

	boot();
	start("modeld", 4711, 0, 1000);
	CHECK_STR_EQ(get("/proc/4711/comm"), "modeld\n");
	CHECK_STR_EQ(get("/proc/4711/statm"), "1000 1000 0 0 0 1000 0\n");
	CHECK(qy_oom_candidate(w.rig.m, 0, &task));
	CHECK_EQ(task.oom_score, (1000 + (1000 + 4) * 1000 / (int64_t)16384) * 2 / 3);
	snprintf(expected, sizeof(expected), "%u\n", task.oom_score);
	CHECK_STR_EQ(get("/proc/4711/oom_score"), expected);
	CHECK_STR_EQ(get("/proc/4711/status"),
		"Name:\tmodeld\nState:\tS (sleeping)\nTgid:\t4711\nPid:\t4711\nUid:\t0\t0\t0\t0\n"
		"VmSize:\t    4000 kB\nVmRSS:\t    4000 kB\nRssAnon:\t    4000 kB\nRssFile:\t       0 kB\n"
		"RssShmem:\t       0 kB\nVmData:\t    4000 kB\nVmPTE:\t      16 kB\nVmSwap:\t       0 kB\nThreads:\t1\n");
	down();
}
