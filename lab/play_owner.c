// SPDX-License-Identifier: MIT
/*
 * Whose memory it is: who the board takes for the current task, and which line for the one that allocates, while the
 * start state, a load or a request has its turn. See engine.h.
 *
 *   start state    "start state"
 *   load           the recorded task; "older blocks" for what a recording held before it began; "mix[N]" of a generator
 *   request        its name
 *
 * A line of a load is its file, of a request the scenario; the function is the load's or the request's name. There are
 * no line numbers in them.
 */
#include "lab/engine.h"

#include <stdio.h>
#include <string.h>
#include <quarry/owner.h>

static struct qy_task named(const char *name)
{
	struct qy_task task = { 0 };

	qy_trace_task_name(&task, name, strlen(name));
	return task;
}

static void become(
	struct engine *e, const struct qy_task *task, const struct qy_site *site)
{
	if (!e->owned)
		return;
	qy_set_current(task);
	qy_set_site(site);
}

void qy_owner_plan(struct engine *e)
{
	const struct qy_board *board = &e->check->board->board;

	e->owned = board->page_owner != QY_PAGE_OWNER_OFF ||
		   board->mem_profiling != QY_MEM_PROFILING_NONE;
	for (uint32_t i = 0; i < e->s->nr_loads; i++) {
		snprintf(e->load_name[i], sizeof(e->load_name[i]), "load[%u]", i);
		e->load_site[i] = (struct qy_site){ .file = e->check->trace[i].path,
			.func = e->load_name[i] };
	}
	for (uint32_t i = 0; i < e->s->nr_requests; i++)
		e->request_site[i] = (struct qy_site){ .file = e->s->path,
			.func = e->s->request[i].name };
	for (uint32_t i = 0; i < e->s->nr_files; i++)
		e->file_site[i] = (struct qy_site){ .file = e->s->path,
			.func = e->s->file[i].name };
}

void qy_owner_is_start(struct engine *e)
{
	static const struct qy_site site = { "start", 0, "start", NULL };
	struct qy_task task = named("start state");

	become(e, &task, &site);
}

void qy_owner_is_older(struct engine *e, const struct stream *s)
{
	struct qy_task task = named("older blocks");

	become(e, &task, &e->load_site[s->load]);
}

void qy_owner_is_event(
	struct engine *e, const struct stream *s, const struct qy_page_event *event)
{
	become(e, &s->trace->tasks[event->task], &e->load_site[s->load]);
}

void qy_owner_is_request(struct engine *e, const struct caller *c)
{
	struct qy_task task = named(c->spec->name);

	become(e, &task, &e->request_site[c - e->caller]);
}

void qy_owner_is_file(struct engine *e, const struct stream_file *f)
{
	struct qy_task task = named(f->spec->name);

	become(e, &task, &e->file_site[f - e->file]);
}

void qy_owner_is_shell(struct engine *e)
{
	static const struct qy_site site = { "timeline", 0, "sh", NULL };
	struct qy_task task = named("sh");

	become(e, &task, &site);
}
