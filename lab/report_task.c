// SPDX-License-Identifier: MIT
/*
 * The tasks of a check in words: how they lived, who was killed and why, what is expected of them. See report.h. No state.
 */
#include "lab/report.h"

#include <stdio.h>
#include <string.h>

#include "lab/units.h"

#define ULL(x) ((unsigned long long)(x))

static const char *pages_word(char *buf, uint64_t pages)
{
	return qy_format_size(buf, 32, pages * QY_PAGE_SIZE);
}

/* ------------------------------------------------------------------ the list */

static void print_fate(FILE *out, const struct qy_check *check, uint32_t i)
{
	const struct qy_task_spec *spec = &check->scenario->task[i];
	const struct qy_task_result *result = &check->task[i];
	char a[32], b[32];

	if (!result->started)
		fputs(": never started\n", out);
	else if (result->killed)
		fprintf(out, ": %s at its peak, KILLED at %s\n",
			pages_word(a, result->peak_pages),
			qy_format_duration(b, sizeof(b), result->killed_ns));
	else
		fprintf(out, ": %s at its peak, %s\n", pages_word(a, result->peak_pages),
			spec->stop_ns < check->duration_ns ? "ended by itself"
							   : "alive at the end");
	if (result->peak_swap_pages)
		fprintf(out, "         %s of it swapped out at the most\n",
			pages_word(a, result->peak_swap_pages));
	if (result->refused_pages)
		fprintf(out, "         refused up to %s, first at %s\n",
			pages_word(a, result->refused_pages),
			qy_format_duration(b, sizeof(b), result->refused_ns));
}

/* The dry run at the end. */
static void print_next(FILE *out, const struct qy_oom_preview *p)
{
	char a[32], b[32];

	if (p->outcome != QY_OOM_KILLS)
		return;
	fprintf(out, "next     %s would be killed (holds %s, oom_score %u)",
		p->victim.comm, pages_word(a, qy_oom_held(&p->victim)),
		p->victim.oom_score);
	if (p->has_next && p->changes_below_pages)
		fprintf(out, "; %s instead, if it held less than %s", p->next.comm,
			pages_word(b, p->changes_below_pages));
	else if (p->has_next)
		fprintf(out, "; %s only after it", p->next.comm);
	fputc('\n', out);
}

void qy_report_print_tasks(FILE *out, const struct qy_check *check)
{
	for (uint32_t i = 0; i < check->scenario->nr_tasks; i++) {
		const struct qy_task_spec *spec = &check->scenario->task[i];

		fprintf(out, "task     %s (oom_score_adj %d, %s)", spec->name,
			spec->oom_score_adj, qy_curve_name(spec->memory.kind));
		print_fate(out, check, i);
	}
	if (check->nr_kills)
		fprintf(out, "killed   %u task%s, %s first\n", check->nr_kills,
			check->nr_kills == 1 ? "" : "s", check->kill[0].kill.victim.comm);
	if (check->scenario->nr_tasks)
		print_next(out, &check->preview_at_end);
}

/* ------------------------------------------------------------------ why somebody died */

static void print_table(FILE *out, const struct qy_kill_report *report)
{
	fputs("          pid name                   held    swapped   adj  oom_score\n",
		out);
	for (uint32_t i = 0; i < report->nr_seen; i++) {
		const struct qy_oom_task *t = &report->seen[i];
		char held[32], swap[32];

		fprintf(out, "        %5d %-15s %11s %10s %5d %10u%s\n", t->pid, t->comm,
			pages_word(held, qy_oom_held(t) - t->swap),
			pages_word(swap, t->swap), t->oom_score_adj, t->oom_score,
			t->pid == report->kill.victim.pid ? "  <- killed"
			: t->spared == QY_OOM_ADJ         ? "  cannot be chosen"
							  : "");
	}
}

void qy_report_print_use(FILE *out, const struct qy_memory_use *use)
{
	const struct {
		const char *name;
		uint64_t pages;
	} parts[] = { { "tasks", use->task_pages },
		{ "their page tables", use->table_pages }, { "loads", use->load_pages },
		{ "page cache of files", use->cache_pages },
		{ "requests", use->request_pages }, { "slabs", use->slab_pages },
		{ "free", use->free_pages } };
	char all[32], buf[32];
	const char *comma = "";

	fprintf(out, "        of %s: ", pages_word(all, use->managed_pages));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].pages)
			continue;
		fprintf(out, "%s%s %s", comma, parts[i].name,
			pages_word(buf, parts[i].pages));
		comma = ", ";
	}
	fputc('\n', out);
}

/* What would have made another one the victim. */
static void print_margin(FILE *out, const struct qy_kill_report *report)
{
	const struct qy_oom_preview *p = &report->kill.choice;
	char a[32], b[32];

	if (!p->has_next) {
		fputs("        nobody else could have been chosen\n", out);
		return;
	}
	if (!p->changes_below_pages) {
		fprintf(out,
			"        next: %s; the oom_score_adj of %s alone makes it the first\n",
			p->next.comm, p->victim.comm);
		return;
	}
	fprintf(out,
		"        next: %s; it dies instead if %s stays under %s, or when it holds %s\n",
		p->next.comm, p->victim.comm, pages_word(a, p->changes_below_pages),
		pages_word(b, p->next_from_pages));
}

static void print_kill(FILE *out, const struct qy_kill_report *report)
{
	const struct qy_oom_kill *kill = &report->kill;
	char when[32], what[32] = "a page";

	if (kill->order)
		snprintf(what, sizeof(what), "a block of order %u", kill->order);
	fprintf(out,
		"        why: %s (pid %d) was killed at %s with oom_score %u, when %s (pid %d) needed %s\n",
		kill->victim.comm, kill->victim.pid,
		qy_format_duration(when, sizeof(when), report->when_ns),
		kill->victim.oom_score, kill->caller_comm, kill->caller_pid, what);
	print_table(out, report);
	qy_report_print_use(out, &report->use);
	print_margin(out, report);
}

void qy_report_print_task_why(FILE *out, const struct qy_check *check, uint32_t i)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const struct qy_task_result *result = &check->task[spec->task];

	switch (spec->kind) {
	case QY_EXPECT_SURVIVES:
		if (!result->started)
			fputs("        it was not started\n", out);
		else if (result->killed && result->kill < QY_MAX_KILLS)
			print_kill(out, &check->kill[result->kill]);
		break;
	case QY_EXPECT_KILLED_FIRST:
	case QY_EXPECT_KILLS:
		if (check->nr_kills)
			print_kill(out, &check->kill[0]);
		else
			fputs("        nobody was killed: memory did not run out\n", out);
		break;
	case QY_EXPECT_TASK_LATENCY:
		qy_report_print_latency_why(out, check, i);
		break;
	default:
		break;
	}
}

/* ------------------------------------------------------------------ expectations */

static void survives_text(
	const struct qy_check *check, uint32_t task, char *buf, size_t size)
{
	const struct qy_task_result *result = &check->task[task];
	const char *name = check->scenario->task[task].name;
	char when[32];

	if (!result->started)
		snprintf(buf, size, "%s survives: it never started", name);
	else if (result->killed)
		snprintf(buf, size, "%s survives: killed at %s", name,
			qy_format_duration(when, sizeof(when), result->killed_ns));
	else
		snprintf(buf, size, "%s survives", name);
}

static void first_text(
	const struct qy_check *check, uint32_t task, char *buf, size_t size)
{
	const char *name = check->scenario->task[task].name;
	char when[32];

	if (!check->nr_kills)
		snprintf(buf, size, "%s is killed first: nobody was", name);
	else
		snprintf(buf, size, "%s is killed first: %s was, at %s", name,
			check->kill[0].kill.victim.comm,
			qy_format_duration(when, sizeof(when), check->kill[0].when_ns));
}

void qy_report_task_text(const struct qy_check *check, uint32_t i, char *buf, size_t size)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const struct qy_expect_result *result = &check->expect[i];
	char had[32], wanted[32];

	switch (spec->kind) {
	case QY_EXPECT_SURVIVES:
		survives_text(check, spec->task, buf, size);
		break;
	case QY_EXPECT_KILLED_FIRST:
		first_text(check, spec->task, buf, size);
		break;
	case QY_EXPECT_KILLS:
		snprintf(buf, size, "oom_kills: %llu (expected at most %llu)",
			ULL(result->actual), ULL(spec->amount));
		break;
	case QY_EXPECT_ATOMIC:
		snprintf(buf, size,
			"atomic: %llu refused requests that must not wait (expected at most %llu)",
			ULL(result->actual), ULL(spec->amount));
		break;
	default:
		snprintf(buf, size, "%s: %u.%03u%% of %llu pages within %s (expected %s)",
			check->scenario->task[spec->task].name, spec->millipercent / 1000,
			spec->millipercent % 1000,
			ULL(check->task[spec->task].latency.nr_blocks),
			qy_format_latency(had, sizeof(had), (uint64_t)result->actual),
			qy_format_latency(wanted, sizeof(wanted), spec->amount));
	}
}

void qy_report_task_name(const struct qy_check *check, uint32_t i, char *buf, size_t size)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	const char *name = check->scenario->task[spec->task].name;

	switch (spec->kind) {
	case QY_EXPECT_SURVIVES:
		snprintf(buf, size, "%s: survives", name);
		break;
	case QY_EXPECT_KILLED_FIRST:
		snprintf(buf, size, "%s: killed first", name);
		break;
	case QY_EXPECT_KILLS:
		snprintf(buf, size, "oom_kills: at_most %llu", ULL(spec->amount));
		break;
	case QY_EXPECT_ATOMIC:
		snprintf(buf, size, "atomic: failures %llu", ULL(spec->amount));
		break;
	default:
		snprintf(buf, size, "%s: latency %llu ns, percentile %u.%03u", name,
			ULL(spec->amount), spec->millipercent / 1000,
			spec->millipercent % 1000);
	}
}
