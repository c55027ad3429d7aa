// SPDX-License-Identifier: MIT
/*
 * The tasks of a scenario. No state.
 */
#include "lab/scenario_reader.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

#define COMM_BYTES   16u
#define EVERY_NS     100000000u /* what a task does not say */
#define MIN_EVERY_NS 1000000u

uint32_t scn_find_task(const struct qy_scenario *s, const char *name)
{
	uint32_t i = 0;

	while (i < s->nr_tasks && strcmp(s->task[i].name, name) != 0)
		i++;
	return i;
}

/* What the kernel would cut off is refused: two tasks could become one name. */
void scn_comm(struct reader *r, const char *name)
{
	size_t length = strlen(name);

	for (const char *c = name; *c; c++) {
		if (iscntrl((unsigned char)*c) || strchr("/()", *c))
			scn_bad(r, "name", "must be without control characters and /()");
	}
	if (!length || length >= COMM_BYTES)
		scn_bad(r, "name", "must have 1 to %u bytes (is %.40s)", COMM_BYTES - 1,
			length ? name : "empty");
}

void scn_turns(struct reader *r, const char *start, const char *stop, const char *every,
	uint64_t *start_ns, uint64_t *stop_ns, uint64_t *every_ns)
{
	*stop_ns = QY_FOREVER;
	*every_ns = EVERY_NS;
	scn_duration(r, "start", start, 0, start_ns);
	scn_duration(r, "stop", stop, 1, stop_ns);
	scn_duration(r, "every", every, MIN_EVERY_NS, every_ns);
	if (!r->failed && *stop_ns <= *start_ns)
		scn_bad(r, "stop", "must lie behind its start (is %s)", stop);
}

/* ------------------------------------------------------------------ memory */

static void read_ramp(struct reader *r, const struct yaml_ramp *y, struct qy_curve *out)
{
	out->kind = QY_CURVE_RAMP;
	scn_want(r, "memory.ramp.to", y->to, "1G");
	scn_want(r, "memory.ramp.over", y->over, "10s");
	scn_amount(r, "memory.ramp.from", y->from, true, &out->from);
	scn_amount(r, "memory.ramp.to", y->to, true, &out->to);
	scn_duration(r, "memory.ramp.over", y->over, 1, &out->length_ns);
}

static void read_sawtooth(
	struct reader *r, const struct yaml_sawtooth *y, struct qy_curve *out)
{
	out->kind = QY_CURVE_SAWTOOTH;
	scn_want(r, "memory.sawtooth.high", y->high, "1G");
	scn_want(r, "memory.sawtooth.period", y->period, "10s");
	scn_amount(r, "memory.sawtooth.low", y->low, true, &out->from);
	scn_amount(r, "memory.sawtooth.high", y->high, true, &out->to);
	scn_duration(r, "memory.sawtooth.period", y->period, 1, &out->length_ns);
}

static void read_leak(struct reader *r, const struct yaml_leak *y, struct qy_curve *out)
{
	out->kind = QY_CURVE_LEAK;
	scn_want(r, "memory.leak.rate", y->rate, "1M");
	scn_amount(r, "memory.leak.from", y->from, true, &out->from);
	scn_amount(r, "memory.leak.rate", y->rate, true, &out->rate);
	scn_amount(r, "memory.leak.at_most", y->at_most, true, &out->to);
}

static void read_recorded(struct reader *r, const struct yaml_recorded *y,
	const char *name, struct qy_curve *out)
{
	out->kind = QY_CURVE_RECORDED;
	scn_want(r, "memory.recorded.file", y->file, "board.rss");
	if (r->failed)
		return;
	out->file = scn_keep_file(r, "memory.recorded.file", y->file);
	out->name = scn_keep_word(r, y->process ? y->process : name);
}

static void read_memory(struct reader *r, const struct yaml_memory *y, const char *name,
	struct qy_curve *out)
{
	if (!y || !!y->constant + !!y->ramp + !!y->sawtooth + !!y->leak + !!y->recorded !=
			  1) {
		scn_bad(r, "memory",
			"give exactly one of constant, ramp, sawtooth, leak, recorded");
		return;
	}
	if (y->ramp)
		read_ramp(r, y->ramp, out);
	else if (y->sawtooth)
		read_sawtooth(r, y->sawtooth, out);
	else if (y->leak)
		read_leak(r, y->leak, out);
	else if (y->recorded)
		read_recorded(r, y->recorded, name, out);
	else
		scn_amount(r, "memory.constant", y->constant, true, &out->to);
}

/* ------------------------------------------------------------------ doors */

static void read_adj(struct reader *r, const char *text, int32_t *out)
{
	char *end;
	long adj;

	if (!text)
		return;
	adj = strtol(text, &end, 10);
	if (!*text || *end || adj < -1000 || adj > 1000)
		scn_bad(r, "oom_score_adj", "must be -1000..1000 (is %.40s)",
			*text ? text : "empty");
	*out = (int32_t)adj;
}

void scn_task(struct reader *r, unsigned int i, const struct yaml_task *y)
{
	struct qy_task_spec *out = &r->s->task[r->s->nr_tasks];

	scn_enter(r, "tasks[%u]", i);
	scn_want(r, "name", y->name, "inferenced");
	if (r->failed)
		return;
	scn_comm(r, y->name);
	if (scn_find_task(r->s, y->name) < r->s->nr_tasks)
		scn_bad(r, "name", "`%s` is taken by an earlier task", y->name);
	if (!r->s->contents)
		scn_bad(r, "", "a task has bytes: remove `contents: false`");
	out->place = scn_keep_word(r, r->place);
	out->name = scn_keep_word(r, y->name);
	read_adj(r, y->oom_score_adj, &out->oom_score_adj);
	scn_u32(r, "cpu", y->cpu, 0, QY_MAX_CPUS - 1, &out->cpu);
	scn_turns(r, y->start, y->stop, y->every, &out->start_ns, &out->stop_ns,
		&out->every_ns);
	read_memory(r, y->memory, y->name, &out->memory);
	scn_amount(r, "reads", y->reads, true, &out->reads);
	r->s->nr_tasks++;
}
