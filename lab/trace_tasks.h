/* SPDX-License-Identifier: MIT */
/*
 * Who was at work in a recording: a small number for each pid, and its name.
 *
 *   qy_trace_tasks_init/exit
 *   qy_trace_task()       the number of a pid, given when it is new
 *   qy_trace_task_name()  a name from outside, made fit for a terminal
 *
 * Number 0 is whoever has no number: pids that cannot be, and those behind the last one that fits.
 *
 * Locking: none; belongs to one thread.
 */
#ifndef LAB_TRACE_TASKS_H
#define LAB_TRACE_TASKS_H

#include <stddef.h>
#include <stdint.h>
#include <quarry/port.h>

#define QY_MAX_TRACE_TASKS 65536u
#define QY_TRACE_PIDS      (1u << 22) /* as Linux's PID_MAX_LIMIT */
#define QY_TRACE_PID_LEAF  4096u

struct qy_trace_tasks {
	struct qy_task *task;
	uint32_t nr, room;
	uint16_t *of_pid[QY_TRACE_PIDS / QY_TRACE_PID_LEAF]; /* leaves; 0 = not seen */
};

/* Return: 0, -ENOMEM. */
int qy_trace_tasks_init(struct qy_trace_tasks *tasks);
void qy_trace_tasks_exit(struct qy_trace_tasks *tasks);

/**
 * qy_trace_task() - the number of a pid
 * @tasks: begun
 * @pid:   as recorded
 *
 * Context: Any. May move tasks->task. A new one has its pid, also as tgid, and no name.
 * Return: the number, 0 when it has none.
 */
uint16_t qy_trace_task(struct qy_trace_tasks *tasks, int32_t pid);

/* Up to 15 of @length bytes; what is no printable ASCII becomes '?'. */
void qy_trace_task_name(struct qy_task *task, const char *name, size_t length);

#endif
