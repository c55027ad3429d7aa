/* SPDX-License-Identifier: MIT */
/*
 * The OOM killer: who would die now, who died, and a word with the embedder before and after.
 *
 *   qy_oom_preview     the dry run: the victim of this moment, the next one, and how far apart they are
 *   qy_oom_candidate   every task as the OOM killer sees it
 *   qy_oom_set_hooks   called before somebody is killed, and after
 *
 * A task's badness is what it holds, in pages (resident, swapped out, page tables), plus oom_score_adj times a thousandth
 * of RAM and swap; the highest dies, of equals the task that was started last. A machine that never had a task has no
 * OOM killer: its requests fail.
 */
#ifndef QUARRY_OOM_H
#define QUARRY_OOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;

#define QY_OOM_SCORE_ADJ_MIN (-1000)
#define QY_OOM_SCORE_ADJ_MAX 1000

/* Why a task cannot be chosen. */
enum qy_oom_spared {
	QY_OOM_ELIGIBLE,
	QY_OOM_INIT,   /* pid 1 */
	QY_OOM_ADJ,    /* oom_score_adj is -1000 */
	QY_OOM_DYING,  /* killed already; its memory is on its way back */
	QY_OOM_REAPED, /* killed already, and nothing more is to be had of it */
};

/* A task as the OOM killer sees it. Numbers in pages, but for page_table_bytes. */
struct qy_oom_task {
	int32_t pid, tgid;
	char comm[16];
	uint32_t uid;
	int32_t oom_score_adj;
	uint64_t total_vm;
	uint64_t rss_anon, rss_file, rss_shmem;
	uint64_t swap; /* entries */
	uint64_t page_table_bytes;
	enum qy_oom_spared spared;
	int64_t badness; /* of who is eligible */
	uint32_t
		oom_score; /* as /proc/<pid>/oom_score has it: 0..2000; 0 of who is not eligible */
};

/* Pages that it holds: what badness is without oom_score_adj. */
static inline uint64_t qy_oom_held(const struct qy_oom_task *task)
{
	return task->rss_anon + task->rss_file + task->rss_shmem + task->swap +
	       task->page_table_bytes / 4096;
}

/* What would happen if a GFP_KERNEL request of order 0 found nothing now. */
enum qy_oom_outcome {
	QY_OOM_NO_TASK, /* there has never been a task: the request fails */
	QY_OOM_KILLS,   /* victim dies */
	QY_OOM_WAITS,   /* victim was killed before, and its memory is awaited */
	QY_OOM_PANICS,  /* panic_on_oom, or nobody can be killed */
};

struct qy_oom_preview {
	enum qy_oom_outcome outcome;
	uint64_t total_pages;      /* RAM and swap: what scores are shares of */
	struct qy_oom_task victim; /* KILLS, WAITS */
	bool has_next;
	struct qy_oom_task next; /* who would die if the victim were not there */
	/*
	 * With a next one: so many pages less, and it would die instead. changes_below: the victim is safe as long as it holds
	 * fewer pages than this; 0: its oom_score_adj alone makes it the first. next_from: the next one dies when it holds as
	 * many as this.
	 */
	uint64_t margin_pages;
	uint64_t changes_below_pages;
	uint64_t next_from_pages;
};

/**
 * qy_oom_preview() - the dry run; nothing is changed and nobody is asked
 * @out: filled in
 *
 * Context: Any thread in the machine, not an interrupt. Not one atomic snapshot while tasks run.
 */
void qy_oom_preview(struct qy_machine *m, struct qy_oom_preview *out);

/**
 * qy_oom_candidate() - the n-th task, in the order in which they were started
 *
 * Context: As qy_oom_preview().
 * Return: false past the last one.
 */
bool qy_oom_candidate(struct qy_machine *m, uint32_t n, struct qy_oom_task *out);

/* One kill, told when the victim has got its signal and before its memory is back. */
struct qy_oom_kill {
	struct qy_oom_task victim;    /* as it was when it was chosen */
	struct qy_oom_preview choice; /* the same, and how far the next one was */
	int32_t caller_pid;           /* who needed memory */
	char caller_comm[16];
	uint32_t gfp; /* of the request */
	uint32_t order;
	uint64_t total_pages;
	uint64_t free_pages;
};

/* How short memory is, as the embedder is told. */
enum qy_pressure {
	QY_PRESSURE_LOW,      /* kswapd was woken: a zone is below its low watermark */
	QY_PRESSURE_MEDIUM,   /* a request reclaims by itself, and so waits */
	QY_PRESSURE_CRITICAL, /* reclaim had no success: the OOM killer is next */
};

struct qy_oom_hooks {
	/*
	 * Nobody has been killed yet (Linux: register_oom_notifier). Frees what it can. Return: pages freed; when there are
	 * any, nobody is killed now. May free, must not allocate.
	 */
	uint64_t (*notify)(void *arg, struct qy_machine *m);
	/* Somebody was killed. Must not allocate. */
	void (*killed)(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill);
	/* Memory is short; at each such event, from within the request. Must not allocate. */
	void (*pressure)(void *arg, struct qy_machine *m, enum qy_pressure level);
	void *arg;
};

/**
 * qy_oom_set_hooks() - who is told
 * @hooks: must stay; any entry may be NULL. NULL: nobody
 *
 * Context: No other thread is in the machine.
 */
void qy_oom_set_hooks(struct qy_machine *m, const struct qy_oom_hooks *hooks);

#ifdef __cplusplus
}
#endif

#endif
