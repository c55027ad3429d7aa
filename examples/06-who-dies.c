// SPDX-License-Identifier: MIT
/*
 * Does the daemon survive? Two tasks on a board of 64 MiB: who would die now, how far the next one is, what an echo into
 * oom_score_adj changes, and the kill itself.
 *
 * Build: cc 06-who-dies.c $(pkg-config --cflags --libs quarry)
 */
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/oom.h>
#include <quarry/stats.h>
#include <quarry/task.h>

#include <stdio.h>
#include <stdlib.h>

#define MIB 1048576ull

static bool somebody_died;

/* The embedder hears of a kill and ends the task, as it ends by itself on a board. */
static void on_killed(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill)
{
	(void)arg;
	printf("killed: %s with oom_score %u\n", kill->victim.comm,
		kill->victim.oom_score);
	qy_task_exit(m, qy_task_find(m, kill->victim.pid));
	somebody_died = true;
}

static void start(struct qy_machine *m, const char *name, uint64_t bytes)
{
	struct task_struct *task;
	uint64_t address;

	if (qy_task_create(m, name, 0, 0, &task) ||
		qy_task_map(m, task, bytes, 0, &address) ||
		qy_task_touch(m, task, address, bytes, true))
		exit(1);
}

static void print_preview(struct qy_machine *m)
{
	struct qy_oom_preview p;

	qy_oom_preview(m, &p);
	printf("now %s would die (oom_score %u), else %s", p.victim.comm,
		p.victim.oom_score, p.has_next ? p.next.comm : "nobody");
	if (p.has_next && p.changes_below_pages)
		printf(", as soon as the first holds less than %llu MiB",
			(unsigned long long)(p.changes_below_pages * 4096 / MIB));
	printf("\n");
}

int main(void)
{
	const struct qy_bank ram = { .base = 1ull << 30, .size = 64 * MIB };
	const struct qy_oom_hooks hooks = { .killed = on_killed };
	struct qy_board board;
	struct qy_machine *m;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &ram;
	board.nr_banks = 1;
	m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!m || qy_enter(m))
		return 1;
	qy_oom_set_hooks(m, &hooks);
	start(m, "inferenced", 16 * MIB);
	start(m, "bloated_loader", 8 * MIB);
	print_preview(m);
	qy_proc_write(m, "/proc/$(pidof inferenced)/oom_score_adj", "-1000");
	print_preview(m);
	while (!somebody_died && qy_alloc_pages(m, QY_GFP_KERNEL, 0))
		;
	qy_leave();
	qy_hosted_shutdown(m);
	return somebody_died ? 0 : 1;
}
