// SPDX-License-Identifier: MIT
/* See trace_tasks.h. No state. */
#include "lab/trace_tasks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PIDS (1u << 22) /* as Linux's PID_MAX_LIMIT */

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
	tasks->of_pid = calloc(MAX_PIDS, sizeof(*tasks->of_pid));
	if (!tasks->task || !tasks->of_pid) {
		qy_trace_tasks_exit(tasks);
		return -ENOMEM;
	}
	qy_trace_task_name(&tasks->task[0], "<...>", 5);
	return 0;
}

void qy_trace_tasks_exit(struct qy_trace_tasks *tasks)
{
	free(tasks->task);
	free(tasks->of_pid);
	*tasks = (struct qy_trace_tasks){ 0 };
}

uint16_t qy_trace_task(struct qy_trace_tasks *tasks, int32_t pid)
{
	uint16_t *number = (uint32_t)pid < MAX_PIDS ? &tasks->of_pid[pid] : NULL;

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
