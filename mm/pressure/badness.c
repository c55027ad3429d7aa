// SPDX-License-Identifier: MIT
/*
 * Who is worst, and in which words it is said. See oom.h. No state.
 */
#include "mm/pressure/oom.h"

#define KIB(nr_pages) ((nr_pages) << 2)

s64 qy_oom_badness(const struct qy_oom_task *task, u64 total_pages)
{
	return (s64)qy_oom_held(task) +
	       qy_oom_adj_pages(task->oom_score_adj, total_pages);
}

u32 qy_oom_score(s64 badness, u64 total_pages)
{
	s64 score = (1000 + badness * 1000 / (s64)total_pages) * 2 / 3;

	return (u32)max(score, 0);
}

void qy_oom_rate(struct qy_oom_task *task, u64 total_pages)
{
	task->badness = 0;
	task->oom_score = 0;
	if (task->spared != QY_OOM_ELIGIBLE)
		return;
	task->badness = qy_oom_badness(task, total_pages);
	task->oom_score = qy_oom_score(task->badness, total_pages);
}

void qy_oom_distance(struct qy_oom_preview *p, bool victim_later)
{
	s64 ahead = p->victim.badness - p->next.badness;
	u64 held = qy_oom_held(&p->victim);
	u64 next_held = qy_oom_held(&p->next);

	/* of equals the later one dies */
	p->margin_pages = (u64)ahead + victim_later;
	p->changes_below_pages = held >= p->margin_pages ? held - p->margin_pages + 1 : 0;
	p->next_from_pages = next_held + p->margin_pages;
}

void qy_oom_task_line(struct qy_seq *seq, const struct qy_oom_task *t)
{
	qy_seq_printf(seq,
		"[%7d] %5u %5d %8lu %8lu %8lu %8lu %9lu %8lu %8lu         %5d %s", t->pid,
		t->uid, t->tgid, t->total_vm, t->rss_anon + t->rss_file + t->rss_shmem,
		t->rss_anon, t->rss_file, t->rss_shmem, t->page_table_bytes, t->swap,
		t->oom_score_adj, t->comm);
}

void qy_oom_choice_line(struct qy_seq *seq, const struct qy_oom_task *victim)
{
	qy_seq_printf(seq,
		"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),global_oom,task_memcg=/,task=%s,pid=%d,uid=%u",
		victim->comm, victim->pid, victim->uid);
}

void qy_oom_killed_line(
	struct qy_seq *seq, const char *reason, const struct qy_oom_task *t)
{
	qy_seq_printf(seq,
		"%s: Killed process %d (%s) total-vm:%lukB, anon-rss:%lukB, file-rss:%lukB, "
		"shmem-rss:%lukB, UID:%u pgtables:%lukB oom_score_adj:%d",
		reason, t->pid, t->comm, KIB(t->total_vm), KIB(t->rss_anon),
		KIB(t->rss_file), KIB(t->rss_shmem), t->uid, t->page_table_bytes >> 10,
		t->oom_score_adj);
}

void qy_oom_reaped_line(struct qy_seq *seq, const struct qy_oom_task *t)
{
	qy_seq_printf(seq,
		"oom_reaper: reaped process %d (%s), now anon-rss:%lukB, file-rss:%lukB, "
		"shmem-rss:%lukB",
		t->pid, t->comm, KIB(t->rss_anon), KIB(t->rss_file), KIB(t->rss_shmem));
}
