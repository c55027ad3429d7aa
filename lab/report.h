/* SPDX-License-Identifier: MIT */
/*
 * The verdict as text for people. Its last line is `verdict: PASS` or `verdict: FAIL (2 of 5 expectations)`.
 *
 * No state.
 */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include <stdbool.h>
#include <stdio.h>
#include "lab/check.h"

/* @colour: escape sequences for a terminal. Without it the bytes depend on board, scenario and seed only. */
void qy_report_print(FILE *out, const struct qy_check *check, bool colour);

/* Only the expectations and the last line. */
void qy_report_print_brief(FILE *out, const struct qy_check *check, bool colour);

/* What was found for expectation @i, in one line. */
void qy_report_expect_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size);

/* Why it failed, in lines indented by 8; nothing when there is no request to explain. */
void qy_report_print_why(FILE *out, const struct qy_check *check, uint32_t i);

/* What step @i of the timeline did, in one line without its moment; and all of them, nothing without any. */
void qy_report_step_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size);
void qy_report_print_timeline(FILE *out, const struct qy_check *check);

/* The parts of the two above that latencies and indexes have; a latency is a request's or a task's. */
void qy_report_latency_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size);
void qy_report_print_latency_why(FILE *out, const struct qy_check *check, uint32_t i);
void qy_report_index_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size);

/* What is not UTF-8, and control characters but newlines, become '?'. Returns @text. */
char *qy_report_clean(char *text);

/* report_task.c: the tasks, what is expected of them, and why it did not hold. */
void qy_report_print_tasks(FILE *out, const struct qy_check *check);
void qy_report_print_task_why(FILE *out, const struct qy_check *check, uint32_t i);
void qy_report_task_text(
	const struct qy_check *check, uint32_t i, char *buf, size_t size);
/* Who had the memory of the board, in one line indented by 8. */
void qy_report_print_use(FILE *out, const struct qy_memory_use *use);
/* "inferenced: survives", for programs. */
void qy_report_task_name(
	const struct qy_check *check, uint32_t i, char *buf, size_t size);

/* report_file.c: files, swap, and what the machine's own reclaim did. */
void qy_report_print_files(FILE *out, const struct qy_check *check);

#endif
