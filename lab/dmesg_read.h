/* SPDX-License-Identifier: MIT */
/*
 * Between the files that read a kernel log: dmesg.c (lines, prefixes, zones) and dmesg_oom.c (what the OOM killer and
 * CMA print).
 *
 *   qy_dmesg_number/word/copy/comm   words of a line
 *   qy_dmesg_mode/flags/where   what a first line says of the request
 *   qy_dmesg_add()              a report begins
 *   qy_dmesg_read_*()           a line that dmesg_oom.c may know
 *
 * No state.
 */
#ifndef LAB_DMESG_READ_H
#define LAB_DMESG_READ_H

#include "lab/dmesg.h"

#define QY_DMESG_AMOUNT_MAX ((1ull << 42) - 1)

struct qy_dmesg_reading {
	struct qy_dmesg *log;
	struct qy_dmesg_report *report; /* the one that lines belong to, or NULL */
	unsigned int line;
	bool no_memory;
	char begun
		[4096]; /* the last line that a reader knew; the next one may go on with it */
};

/* Decimal digits at *@p. Return: false when there are none, or too many. */
bool qy_dmesg_number(const char **p, uint64_t *value);
bool qy_dmesg_word(const char **p, const char *word);
/* What cannot be printed becomes "?"; what does not fit is cut. */
void qy_dmesg_copy(char *to, size_t size, const char *from, size_t length);
/* "0-1,3": a bit per node below 64. */
uint64_t qy_dmesg_nodes(const char *p);

/* Where the task's name in @line begins that ends at @end. */
const char *qy_dmesg_comm(const char *line, const char *end);
/* "0xcc0(GFP_KERNEL)" */
void qy_dmesg_mode(struct qy_dmesg_report *r, const char *p);
void qy_dmesg_flags(struct qy_dmesg_report *r, const char *p);
/* "nodemask=(null),cpuset=/,mems_allowed=0" */
void qy_dmesg_where(struct qy_dmesg_report *r, const char *line);

/* Return: NULL when there are enough reports, or no memory. */
struct qy_dmesg_report *qy_dmesg_add(
	struct qy_dmesg_reading *reading, enum qy_dmesg_kind kind);

/* A first line of the OOM killer or of CMA. Return: it was one. */
bool qy_dmesg_read_heading(struct qy_dmesg_reading *reading, const char *line);
/* A line behind it. */
bool qy_dmesg_read_oom(struct qy_dmesg_reading *reading, const char *line);
bool qy_dmesg_read_cma_free(struct qy_dmesg_reading *reading, const char *line);

#endif
