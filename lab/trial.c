// SPDX-License-Identifier: MIT
/*
 * See trial.h. A child answers with one struct answer through a pipe; what it allocates ends with it. No state.
 */
#include "lab/trial.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct answer {
	bool pass;
	uint64_t nr_events;
};

struct child {
	pid_t pid;
	int pipe; /* the end to read from */
};

/* ------------------------------------------------------------------ in the child */

static bool holds(const struct qy_check *check, const struct qy_trial *trial)
{
	uint32_t nr = check->scenario->nr_expects;

	if (check->trial_lost || check->broken[0])
		return false;
	if (trial->target < nr)
		return check->expect[trial->target].pass;
	for (uint32_t i = 0; i < nr; i++) {
		if (trial->wanted[i] && !check->expect[i].pass)
			return false;
	}
	return true;
}

static struct answer play(const struct qy_check *base, struct qy_scenario *scenario,
	const struct qy_trial_job *job)
{
	struct qy_check_hooks hooks = { .trial = &job->trial };
	struct qy_check *check = malloc(sizeof(*check));
	uint64_t seed = scenario->seed;
	struct answer answer = { 0 };
	struct qy_err err;

	for (uint32_t i = 0; i < job->change->nr; i++) {
		if (qy_scenario_set(scenario, &job->change->set[i], &err))
			return answer;
	}
	scenario->contents = qy_scenario_has_bytes(scenario);
	scenario->seed = job->seed;
	if (!check || qy_check_borrow(base, seed, scenario, check, &err) ||
		qy_check_run(check, &hooks, &err))
		return answer;
	answer.pass = holds(check, &job->trial);
	for (uint32_t i = 0; i < scenario->nr_loads; i++)
		answer.nr_events += check->load[i].nr_events;
	return answer;
}

__attribute__((noreturn)) static void be_child(const struct qy_check *base,
	struct qy_scenario *scenario, const struct qy_trial_job *job, int pipe)
{
	struct answer answer;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT,
		SIG_DFL); /* the parent may clean up first, a trial has nothing to */
	signal(SIGTERM, SIG_DFL);
	answer = play(base, scenario, job);
	_exit(write(pipe, &answer, sizeof(answer)) == sizeof(answer) ? 0 : 1);
}

/* ------------------------------------------------------------------ in the parent */

static int start(const struct qy_check *base, struct qy_scenario *scenario,
	const struct qy_trial_job *job, struct child *child, struct qy_err *err)
{
	int ends[2];

	if (pipe(ends))
		return qy_fail(err, "%s: a trial run: %s: skip them with --no-remedy",
			scenario->path, strerror(errno));
	child->pid = fork();
	if (child->pid == 0)
		be_child(base, scenario, job, ends[1]);
	close(ends[1]);
	child->pipe = ends[0];
	if (child->pid > 0)
		return 0;
	close(ends[0]);
	return qy_fail(err, "%s: a trial run: %s: skip them with --no-remedy",
		scenario->path, strerror(errno));
}

/* Return: 0 with the answer in @job, -1 with @err. */
static int finish(struct child *child, const struct qy_scenario *scenario,
	struct qy_trial_job *job, struct qy_err *err)
{
	struct answer answer;
	ssize_t length;
	int status = 0;

	do {
		length = read(child->pipe, &answer, sizeof(answer));
	} while (length < 0 && errno == EINTR);
	close(child->pipe);
	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	if (length != sizeof(answer))
		return qy_fail(err,
			"%s: a trial run died (wait status %#x): skip them with --no-remedy",
			scenario->path, (unsigned int)status);
	job->pass = answer.pass;
	job->nr_events = answer.nr_events;
	return 0;
}

int qy_trials_run(const struct qy_check *base, struct qy_scenario *scenario,
	struct qy_trial_job *job, uint32_t nr, struct qy_err *err)
{
	struct child child[QY_TRIALS_AT_ONCE];
	uint32_t started = 0;
	int error = 0;

	while (started < nr && !error) {
		error = start(base, scenario, &job[started], &child[started], err);
		started += !error;
	}
	for (uint32_t i = 0; i < started; i++) {
		if (finish(&child[i], scenario, &job[i], error ? NULL : err))
			error = -1;
	}
	return error;
}
