// SPDX-License-Identifier: MIT
/*
 * Memory runs out in a guest as it did in the recorded one: two tasks that hold what they held, and a third that takes page after
 * page. Who dies, in which order, and how much the third had each time; then what vmstat has counted.
 *
 * What is not compared, since it is how often somebody looked, not what he found: allocstall_normal and _movable, compact_*,
 * and the page tables of a victim, which depend on where its program lies. How much a task can have depends on the lists of
 * the CPUs, which differ by some MiB in the recorded reports themselves (free_pcp).
 *
 * State: the recorded run, and who was killed.
 */
#include "mm/machine.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"
#include <quarry/file.h>
#include <quarry/oom.h>
#include <quarry/stats.h>
#include <quarry/task.h>

#include <stdlib.h>
#include <string.h>

#define PAGES(n)  ((uint64_t)(n)*QY_PAGE_SIZE)
#define MAX_KILLS 8u
#define MAX_TASKS 8u
#define AT_ONCE \
	256u /* pages that the third one touches at a time, as the recorded one did */
#define LISTS_PAGES 1600u

/* A row of a report's table. */
struct row {
	int pid, adj;
	unsigned long total_vm, anon, shmem;
	char comm[16];
};

/* One report: the tasks, and the line about the victim. */
struct report {
	unsigned long anon, free, free_pcp;
	struct row row[MAX_TASKS];
	unsigned int nr_rows;
	const char *killed;
	int victim;
};

static struct report reports[MAX_KILLS];
static unsigned int nr_reports;
static struct qy_oom_kill kills[MAX_KILLS];
static struct qy_task_info hog_then[MAX_KILLS];
static unsigned int nr_kills;
static struct task_struct *hog;

static unsigned long number_behind(const char *line, const char *word)
{
	const char *at = strstr(line, word);

	return at ? strtoul(at + strlen(word), NULL, 10) : 0;
}

static void read_reports(const struct lines *run)
{
	struct report *r = reports;

	memset(reports, 0, sizeof(reports));
	for (unsigned int i = 0; i < run->nr; i++) {
		const char *line = run->line[i];
		struct row *row = &r->row[r->nr_rows];

		if (has_prefix(line, "active_anon:"))
			r->anon = number_behind(line, "active_anon:") +
				  number_behind(line, "inactive_anon:");
		if (strstr(line, " free_pcp:") && has_prefix(line, " free:")) {
			r->free = number_behind(line, " free:");
			r->free_pcp = number_behind(line, "free_pcp:");
		}
		if (line[0] == '[' && r->nr_rows < MAX_TASKS &&
			sscanf(line, "[%d] %*u %*d %lu %*u %lu %*u %lu %*u %*u %d %15s",
				&row->pid, &row->total_vm, &row->anon, &row->shmem,
				&row->adj, row->comm) == 6)
			r->nr_rows++;
		if (has_prefix(line, "Out of memory: Killed process ")) {
			CHECK(r < reports + MAX_KILLS - 1);
			r->killed = line;
			r->victim = atoi(line + strlen("Out of memory: Killed process "));
			r++;
		}
	}
	nr_reports = (unsigned int)(r - reports);
	CHECK(nr_reports >= 3);
}

static void on_killed(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill)
{
	struct task_struct *task = qy_task_find(m, kill->victim.pid);

	(void)arg;
	CHECK(nr_kills < MAX_KILLS);
	qy_task_info(m, hog, &hog_then[nr_kills]);
	kills[nr_kills++] = *kill;
	if (task != hog)
		qy_task_exit(m, task);
}

static struct task_struct *start(struct guest *guest, const struct row *row, uint64_t *at)
{
	struct task_struct *task = NULL;
	struct file *shared;
	uint64_t address;

	CHECK_EQ(qy_task_create(guest->m, row->comm, row->pid, row->adj, &task), 0);
	CHECK_EQ(qy_file_open(
			 guest->m, NULL, "busybox", PAGES(1000), QY_FILE_TMPFS, &shared),
		0);
	CHECK_EQ(qy_task_map_file(guest->m, task, shared, 0, PAGES(row->shmem), &address),
		0);
	CHECK_EQ(qy_task_touch(guest->m, task, address, PAGES(row->shmem), false), 0);
	qy_file_close(shared);
	*at = 0;
	if (!row->anon)
		return task;
	CHECK_EQ(qy_task_map(guest->m, task, PAGES(row->anon), QY_MAP_NORESERVE, at), 0);
	CHECK_EQ(qy_task_touch(guest->m, task, *at, PAGES(row->anon), true), 0);
	return task;
}

/* What the recorded kernel had in use for itself. */
static void use_pages(struct guest *guest, const struct report *first)
{
	uint64_t managed = guest->m->total_pages;
	uint64_t nr = managed - first->anon - first->free - first->free_pcp;

	while (nr--)
		CHECK(qy_alloc_pages(guest->m, QY_GFP_KERNEL, 0));
}

/* Takes page after page until it is killed itself, or the recorded one was not. */
static void run_out(struct guest *guest, const struct row *first)
{
	struct row row = *first;
	uint64_t address;
	int err = 0;

	row.anon = 0;
	hog = start(guest, &row, &address);
	while (!err && nr_kills < nr_reports) {
		CHECK_EQ(qy_task_map(guest->m, hog, PAGES(AT_ONCE), QY_MAP_NORESERVE,
				 &address),
			0);
		err = qy_task_touch(guest->m, hog, address, PAGES(AT_ONCE), true);
	}
	CHECK(!err || err == -QY_EINTR);
}

static void compare_kills(const char *run)
{
	for (unsigned int i = 0; i < nr_reports; i++) {
		const struct report *r = &reports[i];
		const struct row *its = NULL, *third = NULL;
		const struct qy_oom_task *ours = &kills[i].victim;
		char text[256];
		long apart;

		for (unsigned int n = 0; n < r->nr_rows; n++) {
			if (r->row[n].pid == r->victim)
				its = &r->row[n];
			if (r->row[n].adj < 0)
				third = &r->row[n];
		}
		CHECK(its && third);
		snprintf(text, sizeof(text),
			"%s (%d): anon %llu shmem %llu adj %d; the third has %llu",
			ours->comm, ours->pid, (unsigned long long)ours->rss_anon,
			(unsigned long long)ours->rss_shmem, ours->oom_score_adj,
			(unsigned long long)hog_then[i].rss_anon);
		apart = labs((long)hog_then[i].rss_anon - (long)third->anon);
		tally_verdict(run, "oom.txt",
			i < nr_kills && its->pid == ours->pid &&
				its->adj == ours->oom_score_adj &&
				(its == third || its->anon == ours->rss_anon) &&
				its->shmem == ours->rss_shmem && apart < LISTS_PAGES,
			r->killed, text);
	}
}

static void compare_counts(struct guest *guest, const char *run, const struct lines *said)
{
	static const char *const names[] = { "pgsteal_kswapd", "pgsteal_direct",
		"pgscan_kswapd", "pgscan_direct", "pgscan_anon", "pgscan_file",
		"pgsteal_anon", "pgsteal_file", "oom_kill", "allocstall_dma",
		"allocstall_dma32", NULL };
	static char vmstat[16384];
	struct lines ours;

	CHECK(qy_proc_read(guest->m, "/proc/vmstat", vmstat, sizeof(vmstat)) > 0);
	ours = split_lines(strdup(vmstat));
	for (unsigned int n = 0; names[n]; n++) {
		const char *kernel = "(nothing)", *mine = "(nothing)";
		size_t length = strlen(names[n]);

		for (unsigned int i = 0; i < said->nr; i++)
			if (has_prefix(said->line[i], names[n]) &&
				said->line[i][length] == ' ')
				kernel = said->line[i];
		for (unsigned int i = 0; i < ours.nr; i++)
			if (has_prefix(ours.line[i], names[n]) &&
				ours.line[i][length] == ' ')
				mine = ours.line[i];
		tally_line(run, "oom.txt", kernel, mine);
	}
	free_lines(&ours);
}

static void compare_run(const char *run, const char *guest_run, const char *file)
{
	const struct qy_oom_hooks hooks = { .killed = on_killed };
	struct lines said = recorded_lines("../../pressure/data", file);
	struct guest *guest = guest_boot(guest_run);
	uint64_t at;

	nr_kills = 0;
	hog = NULL;
	read_reports(&said);
	qy_oom_set_hooks(guest->m, &hooks);
	use_pages(guest, &reports[0]);
	for (unsigned int i = 0; i < reports[0].nr_rows; i++)
		if (reports[0].row[i].adj >= 0)
			start(guest, &reports[0].row[i], &at);
	for (unsigned int i = 0; i < reports[0].nr_rows; i++)
		if (reports[0].row[i].adj < 0)
			run_out(guest, &reports[0].row[i]);
	compare_kills(run);
	compare_counts(guest, run, &said);
	free_lines(&said);
	guest_end(guest);
}

void compare_oom(void)
{
	compare_run("cust_oom", "cust_frag", "oom_cust.txt");
	compare_run("deb612_oom", "deb612_frag", "oom_deb612.txt");
}

TEST(conformance, memory_runs_out_with_the_recorded_victims_in_the_recorded_order)
{
	tally_begin();
	compare_oom();
	tally_check();
}
