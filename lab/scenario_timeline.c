// SPDX-License-Identifier: MIT
/*
 * The timeline of a scenario: what happens once, at a moment. No state.
 */
#include "lab/scenario_reader.h"

#include <ctype.h>
#include <string.h>
#include <quarry/stats.h>

#include "lab/sysctl_conf.h"

#define VM_SYSCTLS "/proc/sys/vm/"
#define MAX_NAME   64

void scn_step_request(struct reader *r, unsigned int i, const struct yaml_step *y)
{
	struct qy_scenario *s = r->s;
	uint32_t index = s->nr_requests;

	scn_enter(r, "timeline[%u]", i);
	scn_want(r, "at", y->at, "2s");
	if (!!y->request + !!y->free + !!y->write + !!y->snapshot != 1)
		scn_bad(r, "", "give exactly one of request, free, write, snapshot");
	if (r->failed || !y->request)
		return;
	scn_enter(r, "timeline[%u].request", i);
	if (y->request->start)
		scn_bad(r, "start", "the step's `at` says when: remove it");
	scn_request(r, y->request);
	scn_enter(r, "timeline[%u]", i);
	if (!r->failed)
		scn_duration(r, "at", y->at, 0, &s->request[index].start_ns);
}

static void read_free(struct reader *r, const char *name, struct qy_step_spec *out)
{
	out->kind = QY_STEP_FREE;
	out->request = scn_find_request(r->s, name);
	if (out->request == r->s->nr_requests)
		scn_bad(r, "free", "there is no request named `%.60s`", name);
}

/* A name becomes a directory. */
static void read_snapshot(struct reader *r, const char *name, struct qy_step_spec *out)
{
	size_t length = strlen(name), good = 0;

	while (isalnum((unsigned char)name[good]) ||
		(name[good] && strchr("._-", name[good])))
		good++;
	if (!length || length > MAX_NAME || good < length || name[0] == '.')
		scn_bad(r, "snapshot",
			"must be a name of letters, digits, `.`, `_` and `-` (is %.40s)",
			length ? name : "empty");
	for (uint32_t i = 0; i < r->s->nr_steps; i++) {
		if (r->s->step[i].kind == QY_STEP_SNAPSHOT &&
			strcmp(r->s->step[i].name, name) == 0)
			scn_bad(r, "snapshot", "`%s` is taken by an earlier step", name);
	}
	out->kind = QY_STEP_SNAPSHOT;
	out->name = scn_keep_word(r, name);
}

/* What the kernel would refuse is refused before anything is played, in the words of a sysctl.conf. */
static void check_vm_value(struct reader *r, const struct qy_step_spec *step)
{
	struct qy_vm_sysctl unused = { 0 };
	struct qy_notes notes = { 0 };
	struct qy_err err;
	const char *key = scn_keep(r, "vm/%s", step->path + strlen(VM_SYSCTLS));

	if (!r->failed &&
		qy_sysctl_set(&unused, step->path, key, step->value, &notes, &err))
		scn_bad(r, "write.value", "%s", err.text);
	qy_notes_free(&notes);
}

static void read_write(
	struct reader *r, const struct yaml_write *y, struct qy_step_spec *out)
{
	int mode;

	scn_want(r, "write.path", y->path, VM_SYSCTLS "min_free_kbytes");
	scn_want(r, "write.value", y->value, "65536");
	if (r->failed)
		return;
	out->kind = QY_STEP_WRITE;
	out->path = scn_keep_word(r, y->path);
	out->value = scn_keep_word(r, y->value);
	mode = qy_proc_mode(out->path);
	for (const char *c = out->value; *c; c++) {
		if (iscntrl((unsigned char)*c))
			scn_bad(r, "write.value", "must be one line of text");
	}
	if (mode < 0 && strncmp(out->path, VM_SYSCTLS, strlen(VM_SYSCTLS)) == 0 &&
		qy_sysctl_is_inert(out->path + strlen(VM_SYSCTLS)))
		scn_bad(r, "write.path",
			"%.80s does nothing in this release yet: leave the step out",
			out->path);
	else if (mode < 0)
		scn_bad(r, "write.path",
			"the board has no file %.80s (`quarry boot --proc DIR` writes all it has)",
			out->path);
	else if (!(mode & 0222))
		scn_bad(r, "write.path", "%.80s can only be read", out->path);
	else if (strncmp(out->path, VM_SYSCTLS, strlen(VM_SYSCTLS)) == 0)
		check_vm_value(r, out);
}

/* Steps of one moment stay in their order. */
static void insert(struct qy_scenario *s, const struct qy_step_spec *step)
{
	uint32_t at = s->nr_steps++;

	for (; at > 0 && s->step[at - 1].at_ns > step->at_ns; at--)
		s->step[at] = s->step[at - 1];
	s->step[at] = *step;
}

void scn_step(struct reader *r, unsigned int i, const struct yaml_step *y)
{
	struct qy_step_spec step = { .index = i };

	if (y->request)
		return;
	scn_enter(r, "timeline[%u]", i);
	scn_duration(r, "at", y->at, 0, &step.at_ns);
	if (y->free)
		read_free(r, y->free, &step);
	else if (y->write)
		read_write(r, y->write, &step);
	else
		read_snapshot(r, y->snapshot, &step);
	if (!r->failed)
		insert(r->s, &step);
}
