// SPDX-License-Identifier: MIT
/* See trace_tasks.h. No state. */
#include "lab/trace_tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void qy_trace_task_name(struct qy_task *task, const char *name, size_t length)
{
	memset(task->comm, 0, sizeof(task->comm));
	for (size_t i = 0; i < length && i < sizeof(task->comm) - 1; i++)
		task->comm[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
}

int qy_trace_tasks_init(struct qy_trace_tasks *tasks)
{
	*tasks = (struct qy_trace_tasks){ .nr = 1, .room = 64 };
	tasks->task = calloc(tasks->room, sizeof(*tasks->task));
	if (!tasks->task)
		return -ENOMEM;
	qy_trace_task_name(&tasks->task[0], "<...>", 5);
	return 0;
}

void qy_trace_tasks_exit(struct qy_trace_tasks *tasks)
{
	free(tasks->task);
	for (size_t i = 0; i < QY_TRACE_PIDS / QY_TRACE_PID_LEAF; i++)
		free(tasks->of_pid[i]);
	*tasks = (struct qy_trace_tasks){ 0 };
}

/* Where the number of a pid is kept; NULL: the pid cannot be, or the host has no memory. */
static uint16_t *number_of(struct qy_trace_tasks *tasks, uint32_t pid)
{
	uint16_t **leaf;

	if (pid >= QY_TRACE_PIDS)
		return NULL;
	leaf = &tasks->of_pid[pid / QY_TRACE_PID_LEAF];
	if (!*leaf)
		*leaf = calloc(QY_TRACE_PID_LEAF, sizeof(**leaf));
	return *leaf ? &(*leaf)[pid % QY_TRACE_PID_LEAF] : NULL;
}

uint16_t qy_trace_task(struct qy_trace_tasks *tasks, int32_t pid)
{
	uint16_t *number = number_of(tasks, (uint32_t)pid);

	if (!number || *number || tasks->nr == QY_MAX_TRACE_TASKS)
		return number ? *number : 0;
	if (tasks->nr == tasks->room) {
		struct qy_task *grown =
			realloc(tasks->task, 2 * tasks->room * sizeof(*grown));

		if (!grown)
			return 0;
		tasks->task = grown;
		tasks->room *= 2;
	}
	tasks->task[tasks->nr] = (struct qy_task){ .pid = pid, .tgid = pid };
	*number = (uint16_t)tasks->nr++;
	return *number;
}
