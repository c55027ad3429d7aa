// SPDX-License-Identifier: MIT
/*
 * See remedy.h: the search. What there is to try stands in remedy_table.c.
 *
 * Every row of the table gives probes: each change of a list; of a row of numbers larger and larger ones. They are played
 * in their order, two at a time, with the shown seed. The first that passes is played with the other seeds. If they
 * agree, it is the remedy, once a number has its neighbour that fails.
 *
 * No state.
 */
#include "lab/remedy.h"
#include "lab/remedy_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RUNS   96 /* of one expectation and seed; a row that was begun is finished */
#define MAX_EVENTS 200000000u /* of all of them: a minute */

struct search {
	struct qy_seeds *seeds;
	const struct qy_remedy_hooks *hooks;
	struct qy_remedy_case c;
	struct qy_remedy *remedy;
	uint64_t runs_left, *events_left;
	bool failed; /* the host's fault, with a line in err */
	struct qy_err *err;
};

/* One change of a row, and what is known of it. */
struct probe {
	const struct qy_remedy_candidate *row;
	uint64_t index;
	uint64_t
		before; /* the probe before in its row, which fails; 0: the scenario as it is */
	uint32_t nr_tried; /* what was noted before its row */
	bool pass;
};

/* ------------------------------------------------------------------ trials */

static void count(struct search *s, const struct qy_trial_job *job)
{
	s->remedy->nr_runs++;
	s->runs_left -= s->runs_left > 0;
	*s->events_left -=
		job->nr_events < *s->events_left ? job->nr_events : *s->events_left;
	if (s->hooks->trying)
		s->hooks->trying(s->hooks->arg, s->remedy->nr_runs);
}

static void run_jobs(struct search *s, struct qy_trial_job *job, uint32_t nr)
{
	if (qy_trials_run(s->c.check, s->seeds->scenario, job, nr, s->err)) {
		s->failed = true;
		return;
	}
	for (uint32_t i = 0; i < nr; i++)
		count(s, &job[i]);
	if (s->hooks->stop && *s->hooks->stop) {
		qy_fail(s->err, "%s: interrupted", s->seeds->scenario->path);
		s->failed = true;
	}
}

/* To the end, or until the target or something that held is lost. */
static struct qy_trial whole(const struct search *s, uint32_t seed)
{
	const struct qy_seed_verdict *verdict = &s->seeds->verdict[seed];
	struct qy_trial trial = { .target = QY_MAX_EXPECTS };

	for (uint32_t i = 0; i < s->c.check->scenario->nr_expects; i++)
		trial.wanted[i] = verdict->expect[i].pass || i == s->c.expect;
	return trial;
}

/* Until the target's fate is known. */
static struct qy_trial target_only(const struct search *s)
{
	struct qy_trial trial = { .target = s->c.expect };

	trial.wanted[s->c.expect] = true;
	return trial;
}

/* Up to two probes, with the shown seed. */
static void try_shown(
	struct search *s, struct probe *probe, uint32_t nr, const struct qy_trial *trial)
{
	struct qy_change change[QY_TRIALS_AT_ONCE] = { 0 };
	struct qy_trial_job job[QY_TRIALS_AT_ONCE];

	for (uint32_t i = 0; i < nr; i++) {
		probe[i].row->make(&s->c, probe[i].index, &change[i]);
		job[i] = (struct qy_trial_job){ .change = &change[i],
			.seed = s->seeds->scenario->seed,
			.trial = *trial };
	}
	run_jobs(s, job, nr);
	for (uint32_t i = 0; i < nr; i++)
		probe[i].pass = !s->failed && job[i].pass;
}

/* Does the change pass with every seed but the shown one? */
static bool others_pass(struct search *s, const struct probe *probe)
{
	struct qy_change change = { 0 };
	struct qy_trial_job job[QY_TRIALS_AT_ONCE];
	uint32_t seed = 0, nr;
	bool pass = true;

	probe->row->make(&s->c, probe->index, &change);
	while (seed < s->seeds->nr && pass && !s->failed) {
		for (nr = 0; nr < QY_TRIALS_AT_ONCE && seed < s->seeds->nr; seed++) {
			if (seed == s->seeds->shown)
				continue;
			job[nr++] = (struct qy_trial_job){ .change = &change,
				.seed = s->seeds->verdict[seed].seed,
				.trial = whole(s, seed) };
		}
		run_jobs(s, job, nr);
		for (uint32_t i = 0; i < nr; i++)
			pass = pass && job[i].pass;
	}
	return pass && !s->failed;
}

/* Whole runs with all seeds. */
static void try_whole(struct search *s, struct probe *probe, uint32_t nr)
{
	struct qy_trial trial = whole(s, s->seeds->shown);

	try_shown(s, probe, nr, &trial);
	for (uint32_t i = 0; i < nr; i++)
		probe[i].pass = probe[i].pass && others_pass(s, &probe[i]);
}

/* ------------------------------------------------------------------ neighbours */

typedef void (*try_fn)(struct search *s, struct probe *probe, uint32_t nr);

static void try_target(struct search *s, struct probe *probe, uint32_t nr)
{
	struct qy_trial trial = target_only(s);

	try_shown(s, probe, nr, &trial);
}

/* Between a probe that passes and the one before, two indexes side by side of which one fails. */
static struct probe narrow(struct search *s, struct probe p, try_fn try)
{
	while (p.index - p.before > 1 && !s->failed) {
		uint64_t gap = p.index - p.before, third = gap > 2 ? gap / 3 : 1;
		struct probe two[2] = { p, p };

		two[0].index = p.before + third;
		two[1].index = p.index - third;
		try(s, two, gap > 2 ? 2 : 1);
		if (two[0].pass) {
			p.index = two[0].index;
		} else if (gap > 2 && two[1].pass) {
			p.before = two[0].index;
			p.index = two[1].index;
		} else {
			p.before = gap > 2 ? two[1].index : two[0].index;
		}
	}
	return p;
}

/* A shorter way to the same neighbours: the fate of a request that asks early is known early. */
static bool is_known_early(const struct search *s, const struct qy_remedy_candidate *row)
{
	const struct qy_request_spec *r = s->c.request;

	if (!r)
		return false;
	return row->kind == QY_REMEDY_EARLIER ||
	       (r->times == 1 && r->start_ns < s->c.check->duration_ns / 2);
}

/* Next to the scenario as it is: not yet played as it stands in the row. */
static bool edge_fails(struct search *s, const struct probe *p)
{
	struct probe edge = { .row = p->row, .index = 0 };

	if (p->before)
		return true;
	try_whole(s, &edge, 1);
	return !edge.pass;
}

/*
 * @p passes whole runs. Where a short search ends in a number that does not, because another expectation breaks or
 * another seed does, whole runs search again.
 * Return: does it now stand next to one that fails?
 */
static bool find_neighbours(struct search *s, struct probe *p)
{
	if (is_known_early(s, p->row)) {
		struct probe q = narrow(s, *p, try_target);

		if (q.index != p->index)
			try_whole(s, &q, 1);
		if (q.pass) {
			*p = q;
			return edge_fails(s, p);
		}
	}
	*p = narrow(s, *p, try_whole);
	return edge_fails(s, p);
}

/* ------------------------------------------------------------------ one expectation */

/* "gfp: GFP_KERNEL"; of a row with numbers all that is probed, "order: 8, 6, 2". */
static void note_probe(struct search *s, const struct probe *p)
{
	struct qy_remedy *r = s->remedy;
	struct qy_change change = { 0 };
	const char *key, *equals;
	size_t used;

	if (r->nr_tried == QY_MAX_TRIED)
		return;
	p->row->make(&s->c, p->index, &change);
	key = strrchr(change.set[0].path, '.') + 1;
	equals = strchr(change.set[0].value, '=');
	if (p->before && p->row->has_number) {
		used = strlen(r->tried[r->nr_tried - 1]);
		snprintf(r->tried[r->nr_tried - 1] + used, sizeof(r->tried[0]) - used,
			", %s", equals ? equals + 1 : change.set[0].value);
	} else if (equals) {
		snprintf(r->tried[r->nr_tried++], sizeof(r->tried[0]), "%.90s",
			change.set[0].value);
	} else {
		snprintf(r->tried[r->nr_tried++], sizeof(r->tried[0]), "%s: %.80s", key,
			change.set[0].value);
	}
}

/* Where the search stands in the table. */
struct cursor {
	const struct qy_remedy_candidate *const *row;
	uint64_t index, first, last;
	uint32_t nr_tried; /* before the row */
};

/* Return: false behind the last probe of the last row. */
static bool next_probe(struct search *s, struct cursor *at, struct probe *probe)
{
	while (at->index == at->last) {
		at->row += at->last != 0;
		if (!*at->row)
			return false;
		at->index = 0;
		at->nr_tried = s->remedy->nr_tried;
		at->last = (*at->row)->range(&s->c, &at->first);
		at->row += at->last == 0;
	}
	*probe = (struct probe){
		.row = *at->row, .before = at->index, .nr_tried = s->remedy->nr_tried
	};
	if ((*at->row)->has_number)
		at->index = 2 * at->index + at->first;
	else
		at->index++;
	if (at->index > at->last)
		at->index = at->last;
	probe->index = at->index;
	note_probe(s, probe);
	return true;
}

static void take(struct search *s, const struct probe *p)
{
	struct qy_remedy *r = s->remedy;

	r->kind = p->row->kind;
	r->nr_tried = p->nr_tried;
	p->row->make(&s->c, p->index, &r->change);
	if (p->row->has_number)
		p->row->make(&s->c, p->before, &r->fails);
}

static bool is_remedy(struct search *s, struct probe *p)
{
	return p->pass && others_pass(s, p) &&
	       (!p->row->has_number || find_neighbours(s, p)) && !s->failed;
}

static void search_all(struct search *s)
{
	struct cursor at = { .row = qy_remedy_candidates(&s->c, s->hooks->only) };
	struct qy_trial trial = whole(s, s->seeds->shown);
	struct probe two[2];
	uint32_t nr;

	do {
		for (nr = 0; nr < 2 && next_probe(s, &at, &two[nr]);)
			nr++;
		if (nr && (!s->runs_left || !*s->events_left)) {
			s->remedy->cut_short = true;
			return;
		}
		try_shown(s, two, nr, &trial);
		for (uint32_t i = 0; i < nr && !s->failed; i++) {
			if (is_remedy(s, &two[i])) {
				take(s, &two[i]);
				return;
			}
		}
	} while (nr == 2 && !s->failed);
}

static struct qy_remedy_case case_of(const struct qy_check *check, uint32_t i)
{
	const struct qy_expect_spec *spec = &check->scenario->expect[i];
	struct qy_remedy_case c = { .check = check, .expect = i };

	if (!qy_expect_of_request(spec))
		return c;
	c.request = &check->scenario->request[spec->request];
	c.why = check->request[spec->request].why;
	return c;
}

static int find_one(struct qy_seeds *seeds, uint32_t i,
	const struct qy_remedy_hooks *hooks, uint64_t *events_left, struct qy_err *err)
{
	struct qy_remedy *remedy = calloc(1, sizeof(*remedy));
	struct search s = {
		.seeds = seeds,
		.hooks = hooks,
		.c = case_of(seeds->check, i),
		.remedy = remedy,
		.runs_left = (uint64_t)MAX_RUNS * seeds->nr,
		.events_left = events_left,
		.err = err,
	};

	if (!remedy)
		return qy_fail(
			err, "%s: the host has no memory left", seeds->scenario->path);
	remedy->nr_seeds = seeds->nr;
	if (qy_expect_of_task(&seeds->check->scenario->expect[i]))
		snprintf(remedy->subject, sizeof(remedy->subject), "%s",
			seeds->check->scenario
				->task[seeds->check->scenario->expect[i].task]
				.name);
	if (s.c.request)
		snprintf(remedy->subject, sizeof(remedy->subject), "%s",
			s.c.request->name);
	search_all(&s);
	seeds->check->remedy[i] = remedy;
	return s.failed ? -1 : 0;
}

int qy_remedies_find(
	struct qy_seeds *seeds, const struct qy_remedy_hooks *hooks, struct qy_err *err)
{
	uint64_t events_left = MAX_EVENTS;
	struct qy_check *check = seeds->check;

	if (check->broken[0] || check->nr_corrupt)
		return 0;
	for (uint32_t i = 0; i < check->scenario->nr_expects; i++) {
		if (!check->expect[i].pass &&
			find_one(seeds, i, hooks, &events_left, err))
			return -1;
	}
	return 0;
}
