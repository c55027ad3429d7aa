/* SPDX-License-Identifier: MIT */
/*
 * The OOM killer's decisions and words, apart from tasks and machines: numbers in, a verdict or a line out.
 *
 *   qy_oom_badness, qy_oom_score     of one task
 *   qy_oom_prefer                    which of two dies
 *   qy_oom_distance                  by how much
 *   qy_oom_*_line                    lines of the report, as a 6.12 kernel without cpusets prints them
 *
 * No state.
 */
#ifndef QY_PRESSURE_OOM_H
#define QY_PRESSURE_OOM_H

#include "mm/base/print.h"
#include "mm/base/types.h"
#include <quarry/oom.h>

/* What oom_score_adj adds, in pages: Linux divides first. */
static inline s64 qy_oom_adj_pages(s32 adj, u64 total_pages)
{
	return adj * (s64)(total_pages / 1000);
}

/* pre: @task is eligible. In pages; may be negative. */
s64 qy_oom_badness(const struct qy_oom_task *task, u64 total_pages);

/* As /proc/<pid>/oom_score prints it: 0..2000. pre: @task is eligible. */
u32 qy_oom_score(s64 badness, u64 total_pages);

/* Fills in badness and oom_score of what else is known of @task. */
void qy_oom_rate(struct qy_oom_task *task, u64 total_pages);

/* pre: both eligible and rated, @later was started after @earlier. */
static inline bool qy_oom_prefer_later(
	const struct qy_oom_task *earlier, const struct qy_oom_task *later)
{
	return later->badness >= earlier->badness;
}

/* Fills in how far victim and next are apart. @victim_later: the victim was started after the next one. */
void qy_oom_distance(struct qy_oom_preview *preview, bool victim_later);

void qy_oom_task_line(struct qy_seq *seq, const struct qy_oom_task *task);
/* "oom-kill:constraint=CONSTRAINT_NONE,..." */
void qy_oom_choice_line(struct qy_seq *seq, const struct qy_oom_task *victim);
/* "<reason>: Killed process ..." */
void qy_oom_killed_line(
	struct qy_seq *seq, const char *reason, const struct qy_oom_task *victim);
/* "oom_reaper: reaped process ..., now ..." */
void qy_oom_reaped_line(struct qy_seq *seq, const struct qy_oom_task *now);

#define OOM_TABLE_TITLE "Tasks state (memory values in pages):"
#define OOM_TABLE_HEADER \
	"[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name"

#endif
