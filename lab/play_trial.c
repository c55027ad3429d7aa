// SPDX-License-Identifier: MIT
/*
 * Trial runs: when is the outcome known? See struct qy_trial in check.h. No state.
 */
#include "lab/engine.h"

/* Even if every block still to come is had, the share stays below what is expected. */
static bool share_is_lost(
	const struct engine *e, uint32_t request, const struct qy_expect_spec *spec)
{
	const struct qy_request_result *result = &e->check->request[request];
	uint64_t most =
		(uint64_t)e->caller[request].rounds * e->s->request[request].count;
	uint64_t refused = result->asked - result->got;

	return most && (most - refused) * 100000 / most < spec->millipercent;
}

/* Whatever comes, the expectation no longer holds. What only the end tells is not lost before. */
static bool is_lost(const struct engine *e, uint32_t i)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	uint64_t failed = 0;

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		return share_is_lost(e, spec->request, spec);
	case QY_EXPECT_EACH:
		return e->check->request[spec->request].rounds &&
		       e->check->request[spec->request].worst < spec->amount;
	case QY_EXPECT_LOAD:
		for (uint32_t l = 0; l < e->s->nr_loads; l++)
			failed += e->check->load[l].counts.nr_failed;
		return failed > spec->amount;
	case QY_EXPECT_FREE:
		if (spec->zone)
			return e->check->expect[i].actual < (int64_t)spec->amount;
		return e->check->min_free_pages * QY_PAGE_SIZE < spec->amount;
	case QY_EXPECT_SURVIVES:
		return e->check->task[spec->task].killed;
	case QY_EXPECT_KILLED_FIRST:
		return e->check->nr_kills &&
		       !(e->check->task[spec->task].killed &&
			       e->check->task[spec->task].kill == 0);
	case QY_EXPECT_KILLS:
		return e->check->nr_kills > spec->amount;
	case QY_EXPECT_ATOMIC:
		return e->check->nr_atomic_failed > spec->amount;
	default:
		return false;
	}
}

/* Nothing that is still to come has a part in the expectation. */
static bool is_settled(const struct engine *e, uint32_t i)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];

	return qy_expect_of_request(spec) &&
	       e->caller[spec->request].next_ns >= e->end_ns;
}

bool qy_play_trial_over(struct engine *e)
{
	const struct qy_trial *trial = e->hooks->trial;

	for (uint32_t i = 0; i < e->s->nr_expects && !e->check->trial_lost; i++)
		e->check->trial_lost = trial->wanted[i] && is_lost(e, i);
	e->check->trial_over =
		e->check->trial_lost ||
		(trial->target < e->s->nr_expects && is_settled(e, trial->target));
	return e->check->trial_over;
}
