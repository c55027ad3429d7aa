// SPDX-License-Identifier: MIT
/*
 * Whom the OOM killer chooses and what it says, against what two 6.12 kernels said in recorded runs
 * (tests/pressure/data: /proc/<pid>/oom_score, then the reports without their call traces).
 */
#include "mm/pressure/oom.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TASKS 16
#define PAGES(kb) ((kb) / 4)

static char *recorded_run(const char *name)
{
	char path[512], *text;
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/pressure/data/%s", QY_SOURCE_DIR, name);
	file = fopen(path, "r");
	if (!file)
		FAIL("%s: cannot be opened", path);
	text = calloc(1, 65536);
	CHECK(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* The line at @text without its end. */
static const char *line_of(const char *text, char *line, size_t size)
{
	size_t length = strcspn(text, "\n");

	CHECK(length < size);
	memcpy(line, text, length);
	line[length] = '\0';
	return text[length] ? text + length + 1 : text + length;
}

static u64 total_pages(const char *run)
{
	const char *ram = strstr(run, "MemTotal:"), *swap = strstr(run, "SwapTotal:");

	CHECK(ram && swap);
	return PAGES(strtoull(ram + 9, NULL, 10)) + PAGES(strtoull(swap + 10, NULL, 10));
}

/* ------------------------------------------------------------------ one report */

struct report {
	u32 nr;
	struct qy_oom_task task[MAX_TASKS];
	char row[MAX_TASKS][256];
	char choice[256], killed[256];
};

static bool parse_row(const char *line, struct qy_oom_task *t)
{
	u64 rss;

	*t = (struct qy_oom_task){ 0 };
	return sscanf(line, "[%d] %u %d %lu %lu %lu %lu %lu %lu %lu %d %15s", &t->pid,
		       &t->uid, &t->tgid, &t->total_vm, &rss, &t->rss_anon, &t->rss_file,
		       &t->rss_shmem, &t->page_table_bytes, &t->swap, &t->oom_score_adj,
		       t->comm) == 12;
}

/* The next report at or behind @text. Return: what is behind it, NULL: there is none. */
static const char *next_report(const char *text, u64 total, struct report *r)
{
	*r = (struct report){ 0 };
	text = strstr(text, OOM_TABLE_TITLE "\n" OOM_TABLE_HEADER "\n");
	if (!text)
		return NULL;
	text += strlen(OOM_TABLE_TITLE "\n" OOM_TABLE_HEADER "\n");
	while (*text == '[' && r->nr < MAX_TASKS) {
		text = line_of(text, r->row[r->nr], sizeof(r->row[0]));
		CHECK(parse_row(r->row[r->nr], &r->task[r->nr]));
		if (r->task[r->nr].oom_score_adj == QY_OOM_SCORE_ADJ_MIN)
			r->task[r->nr].spared = QY_OOM_ADJ;
		qy_oom_rate(&r->task[r->nr++], total);
	}
	text = line_of(text, r->choice, sizeof(r->choice));
	return line_of(text, r->killed, sizeof(r->killed));
}

static const struct qy_oom_task *worst(const struct report *r)
{
	const struct qy_oom_task *worst = NULL;

	for (u32 i = 0; i < r->nr; i++) {
		if (r->task[i].spared == QY_OOM_ELIGIBLE &&
			(!worst || qy_oom_prefer_later(worst, &r->task[i])))
			worst = &r->task[i];
	}
	return worst;
}

/* A kernel with cpusets says which one between two of our words. */
static void cut_cpuset(char *line)
{
	char *from = strstr(line, ",cpuset="), *to = strstr(line, ",global_oom");

	if (from && to)
		memmove(from, to, strlen(to) + 1);
}

static void check_report(struct report *r)
{
	const struct qy_oom_task *victim = worst(r);
	char text[256];
	struct qy_seq seq;

	for (u32 i = 0; i < r->nr; i++) {
		qy_seq_init(&seq, text, sizeof(text));
		qy_oom_task_line(&seq, &r->task[i]);
		CHECK_STR_EQ(text, r->row[i]);
	}
	CHECK(victim);
	qy_seq_init(&seq, text, sizeof(text));
	qy_oom_choice_line(&seq, victim);
	cut_cpuset(r->choice);
	CHECK_STR_EQ(text, r->choice);
	qy_seq_init(&seq, text, sizeof(text));
	qy_oom_killed_line(&seq, "Out of memory", victim);
	/* between the table and this line the kernel folds its counters: up to 64 pages a counter and CPU are news */
	CHECK_EQ(strncmp(text, r->killed, strcspn(r->killed, ",")), 0);
	CHECK_STR_EQ(strstr(text, " pgtables:"), strstr(r->killed, " pgtables:"));
	CHECK(strstr(text, "UID:") && strstr(r->killed, "UID:"));
}

static void check_run(const char *name, unsigned int nr_reports)
{
	char *run = recorded_run(name);
	u64 total = total_pages(run);
	const char *at = run;
	struct report r;
	unsigned int nr = 0;

	while ((at = next_report(at, total, &r))) {
		check_report(&r);
		nr++;
	}
	CHECK_EQ(nr, nr_reports);
	free(run);
}

TEST(badness, recorded_reports_choose_the_recorded_victims_in_the_recorded_words)
{
	check_run("oom_cust.txt", 4);
	check_run("oom_deb612.txt", 3);
}

/* "pid 85 adj 0 score 841 rss_kb 62140", and the task's row in the first report. */
static void check_scores(const char *name)
{
	char *run = recorded_run(name), line[256];
	u64 total = total_pages(run);
	const char *at = strstr(run, "== scores\n") + 10;
	struct report r;
	unsigned int nr = 0;

	CHECK(next_report(run, total, &r));
	for (;; nr++) {
		int pid, adj;
		u32 score;

		at = line_of(at, line, sizeof(line));
		if (sscanf(line, "pid %d adj %d score %u", &pid, &adj, &score) != 3)
			break;
		for (u32 i = 0; i < r.nr; i++) {
			if (r.task[i].pid == pid) {
				CHECK_EQ(r.task[i].oom_score_adj, adj);
				CHECK_EQ(r.task[i].oom_score, score);
			}
		}
	}
	CHECK_EQ(nr, 2);
	free(run);
}

TEST(badness, oom_score_is_the_recorded_one)
{
	check_scores("oom_cust.txt");
	check_scores("oom_deb612.txt");
}

/* ------------------------------------------------------------------ the arithmetic */

#define TOTAL 2097152u /* 8 GiB */

static struct qy_oom_task task_of(u64 pages, s32 adj)
{
	struct qy_oom_task task = { .pid = 7, .rss_anon = pages, .oom_score_adj = adj };

	task.spared = adj == QY_OOM_SCORE_ADJ_MIN ? QY_OOM_ADJ : QY_OOM_ELIGIBLE;
	qy_oom_rate(&task, TOTAL);
	return task;
}

TEST(badness, what_a_task_holds_is_resident_swapped_and_page_tables)
{
	struct qy_oom_task task = { .rss_anon = 100,
		.rss_file = 20,
		.rss_shmem = 3,
		.swap = 1000,
		.page_table_bytes = 4 * 4096 };

	CHECK_EQ(qy_oom_badness(&task, TOTAL), 1127);
	task.oom_score_adj = 1;
	CHECK_EQ(qy_oom_badness(&task, TOTAL), 1127 + 2097);
	task.oom_score_adj = -999;
	CHECK_EQ(qy_oom_badness(&task, TOTAL), 1127 - 999 * 2097);
}

TEST(badness, oom_score_runs_from_0_to_2000_with_666_for_an_empty_task)
{
	CHECK_EQ(task_of(0, 0).oom_score, 666);
	CHECK_EQ(task_of(0, 1000).oom_score, 1332); /* total / 1000 is cut */
	CHECK_EQ(task_of(TOTAL, 1000).oom_score, 1999);
	CHECK_EQ(task_of(0, -999).oom_score, 1);
	CHECK_EQ(task_of(TOTAL, QY_OOM_SCORE_ADJ_MIN).oom_score, 0);
	CHECK_EQ(task_of(TOTAL / 2, 0).oom_score, 1000);
}

TEST(badness, of_equals_the_later_one_dies)
{
	struct qy_oom_task a = task_of(100, 0), b = task_of(100, 0), c = task_of(99, 0);

	CHECK(qy_oom_prefer_later(&a, &b));
	CHECK(!qy_oom_prefer_later(&b, &c));
	CHECK(qy_oom_prefer_later(&c, &b));
}

/* ------------------------------------------------------------------ how far the next one is */

/* The distance is right when one page less, or more, of either decides otherwise. */
static void check_distance(
	u64 victim_pages, s32 victim_adj, u64 next_pages, s32 next_adj, bool victim_later)
{
	struct qy_oom_preview p = { .victim = task_of(victim_pages, victim_adj),
		.next = task_of(next_pages, next_adj),
		.has_next = true };

	qy_oom_distance(&p, victim_later);
	for (u64 less = 0; less < 2; less++) {
		struct qy_oom_task victim,
			next = task_of(p.next_from_pages - less, next_adj);
		bool victim_dies = victim_later ? qy_oom_prefer_later(&next, &p.victim)
						: !qy_oom_prefer_later(&p.victim, &next);

		CHECK_EQ(victim_dies, less);
		if (!p.changes_below_pages)
			continue;
		victim = task_of(p.changes_below_pages - less, victim_adj);
		victim_dies = victim_later ? qy_oom_prefer_later(&p.next, &victim)
					   : !qy_oom_prefer_later(&victim, &p.next);
		CHECK_EQ(victim_dies, !less);
	}
	if (!p.changes_below_pages) { /* even with nothing */
		struct qy_oom_task victim = task_of(0, victim_adj);

		CHECK(victim_later ? qy_oom_prefer_later(&p.next, &victim)
				   : !qy_oom_prefer_later(&victim, &p.next));
	}
}

TEST(badness, the_distance_to_the_next_victim_is_exact_to_the_page)
{
	for (unsigned int later = 0; later < 2; later++) {
		check_distance(5000, 0, 4000, 0, later);
		check_distance(5000, 10, 25000, 0, later);
		check_distance(5000, 500, 4000, 0, later);
		check_distance(400000, 0, 4000, 100, later);
		check_distance(500, 0, 499, 0, later);
	}
	check_distance(5000, 0, 5000, 0, true);
}
