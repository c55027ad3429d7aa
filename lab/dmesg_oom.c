// SPDX-License-Identifier: MIT
/*
 * The lines of a kernel log that only the OOM killer and CMA print. No state.
 */
#include "lab/dmesg_read.h"

#include <ctype.h>
#include <string.h>

#define INVOKED " invoked oom-killer: gfp_mask="
#define FAILED  ": alloc failed, req-size: "

/* ------------------------------------------------------------------ first lines */

/* "hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), [nodemask=0, ]order=0, oom_score_adj=0" */
static bool read_invoked(struct qy_dmesg_reading *reading, const char *line)
{
	const char *verb = strstr(line, INVOKED), *p;
	struct qy_dmesg_report *r;
	uint64_t order = 0;

	if (!verb)
		return false;
	reading->report = NULL;
	p = strstr(verb, ", order=");
	if (p && (p += strlen(", order="),
			 !qy_dmesg_number(&p, &order) || order >= QY_DMESG_MAX_ORDERS))
		return true; /* no order of any kernel */
	r = reading->report = qy_dmesg_add(reading, QY_DMESG_OOM);
	if (!r)
		return true;
	r->order = (unsigned int)order;
	line = qy_dmesg_comm(line, verb);
	qy_dmesg_copy(r->comm, sizeof(r->comm), line, (size_t)(verb - line));
	qy_dmesg_mode(r, verb + strlen(INVOKED));
	qy_dmesg_where(r, verb);
	return true;
}

/*
 * "cma: cma_alloc: AREA: alloc failed, req-size: 4 pages, ret: -16"; before 5.13 without the area: "cma: cma_alloc:
 * alloc failed, ...".
 */
static bool read_failed(struct qy_dmesg_reading *reading, const char *line)
{
	const char *failed = strstr(line, FAILED), *area = NULL, *p;
	struct qy_dmesg_report *r;
	uint64_t pages, error;

	line = strstr(line, "cma: ");
	if (!failed || !line || line > failed)
		return false;
	reading->report = NULL;
	p = failed + strlen(FAILED);
	if (!qy_dmesg_number(&p, &pages) || !qy_dmesg_word(&p, " pages") || !pages)
		return true; /* cut */
	r = reading->report = qy_dmesg_add(reading, QY_DMESG_CMA);
	if (!r)
		return true;
	r->cma.requested = pages;
	if (qy_dmesg_word(&p, ", ret: -") && qy_dmesg_number(&p, &error) && error < 4096)
		r->cma.error = (unsigned int)error;
	for (const char *at = strstr(line + 5, ": "); at && at < failed;
		at = strstr(at + 2, ": "))
		area = at + 2;
	if (area && area < failed)
		qy_dmesg_copy(
			r->cma.area, sizeof(r->cma.area), area, (size_t)(failed - area));
	return true;
}

bool qy_dmesg_read_heading(struct qy_dmesg_reading *reading, const char *line)
{
	return read_invoked(reading, line) || read_failed(reading, line);
}

/* ------------------------------------------------------------------ the lines behind them */

/* "KEY123kB" somewhere in the line. */
static bool amount_behind(const char *line, const char *key, uint64_t *kb)
{
	const char *p = strstr(line, key);

	return p && (p += strlen(key), qy_dmesg_number(&p, kb)) &&
	       strncmp(p, "kB", 2) == 0;
}

/* The value of "KEY=" up to the next comma. */
static void value_of(const char *line, const char *key, char *to, size_t size)
{
	const char *p = strstr(line, key);

	if (p)
		qy_dmesg_copy(to, size, p + strlen(key), strcspn(p + strlen(key), ","));
}

/* "[Memory cgroup o|O]ut of memory: Killed process 88 (hog) total-vm:134100kB, anon-rss:132096kB, ..." */
static bool read_victim(struct qy_dmesg_report *r, const char *line)
{
	static const char *const parts[] = { "anon-rss:", "file-rss:", "shmem-rss:" };
	const char *p = strstr(line, "ut of memory"), *end;
	uint64_t pid, kb;

	if (!p || !(p = strstr(p, "ill")) || !(p = strstr(p, " process ")))
		return false;
	p += strlen(" process ");
	if (!qy_dmesg_number(&p, &pid) || !qy_dmesg_word(&p, " (") ||
		!(end = strstr(p, ") ")))
		return true;
	r->oom.has_victim = true;
	r->oom.victim_pid = pid;
	r->oom.victim_kb = 0;
	qy_dmesg_copy(r->oom.victim, sizeof(r->oom.victim), p, (size_t)(end - p));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (amount_behind(end, parts[i], &kb))
			r->oom.victim_kb += kb;
	return true;
}

bool qy_dmesg_read_oom(struct qy_dmesg_reading *reading, const char *line)
{
	struct qy_dmesg_report *r = reading->report;
	uint64_t usage, limit;

	if (r->kind != QY_DMESG_OOM)
		return false;
	if (strncmp(line, "memory: usage ", 14) == 0) {
		if (amount_behind(line, "usage ", &usage) &&
			amount_behind(line, ", limit ", &limit)) {
			r->oom.has_limit = true;
			r->oom.usage_kb = usage;
			r->oom.limit_kb = limit;
		}
		return true;
	}
	if (strncmp(line, "oom-kill:", 9) == 0) {
		value_of(line, "oom_memcg=", r->oom.group, sizeof(r->oom.group));
		/* the OOM killer stays within a cpuset's nodes only when it says so */
		if (strstr(line, "CONSTRAINT_CPUSET") ||
			strstr(line, "CONSTRAINT_MEMORY"))
			qy_dmesg_where(r, line);
		return true;
	}
	return read_victim(r, line);
}

/* "cma: number of available pages: 1192@7000+8@16=> 1200 free of 8192 total pages": runs, each count@start */
bool qy_dmesg_read_cma_free(struct qy_dmesg_reading *reading, const char *line)
{
	struct qy_dmesg_cma *cma = &reading->report->cma;
	const char *p = strstr(line, "number of available pages: ");
	uint64_t run, start, largest = 0;

	if (reading->report->kind != QY_DMESG_CMA || !p)
		return false;
	p += strlen("number of available pages: ");
	while (qy_dmesg_number(&p, &run) && qy_dmesg_word(&p, "@") &&
		qy_dmesg_number(&p, &start)) {
		largest = run > largest ? run : largest;
		if (*p != '+')
			break;
		p++;
	}
	if (qy_dmesg_word(&p, "=> ") && qy_dmesg_number(&p, &cma->free) &&
		qy_dmesg_word(&p, " free of ") && qy_dmesg_number(&p, &cma->total) &&
		qy_dmesg_word(&p, " total pages")) {
		cma->has_free = true;
		cma->largest_run = largest;
	}
	return true;
}
