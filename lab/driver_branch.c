// SPDX-License-Identifier: MIT
/* See driver_branch.h. */
#include "lab/driver_branch.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/driver_session.h"

#define ENOUGH 3 /* a trunk that is a branch says so: no more are wanted */

/* A branch has ended; status: of its process. */
struct report {
	struct qy_driver_failure fail;
	int error; /* there was no process */
	int status;
};

/* All of it, whatever signals come. Return: false: the other side is gone. */
static bool transfer(int fd, void *data, size_t bytes, bool out)
{
	char *at = data;

	while (bytes) {
		ssize_t n = out ? write(fd, at, bytes) : read(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

/* ------------------------------------------------------------------ in the branch */

static bool copy_out(
	int file, const struct qy_driver_outcome *out, size_t from, size_t to)
{
	const char *bytes = (const char *)out;

	return pwrite(file, bytes + from, to - from, (off_t)from) == (ssize_t)(to - from);
}

/* What it has found is the searcher's from here on, at the same address, since acts of it go on. */
static bool own_outcome(int file)
{
	struct qy_driver_outcome *out = qy_session.out;
	const size_t log = offsetof(struct qy_driver_outcome, log),
		     ask = offsetof(struct qy_driver_outcome, ask);
	uint32_t nr = out->nr_asked < QY_DRIVER_ASKS ? out->nr_asked : QY_DRIVER_ASKS;

	return copy_out(file, out, 0, log) &&
	       copy_out(file, out, log, log + out->log_bytes) &&
	       copy_out(file, out, ask, ask + nr * sizeof(out->ask[0])) &&
	       mmap(out, sizeof(*out), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		       file, 0) != MAP_FAILED;
}

static void become_branch(
	struct qy_driver_trunk *trunk, const struct qy_driver_failure *fail, pid_t parent)
{
	int error;

	qy_driver_be_child(parent);
	if (!own_outcome(trunk->outcome))
		_exit(1);
	error = qy_sim_unshare(qy_session.m);
	if (error) {
		snprintf(qy_session.out->end_line, sizeof(qy_session.out->end_line),
			"a copy of the board's RAM: %s", strerror(-error));
		qy_session.out->end = QY_DRIVER_NO_BOARD;
		_exit(0);
	}
	qy_session.fail = *fail;
	trunk->first = fail->nth[0];
	if (!trunk->pairs || fail->nth[1])
		qy_session.trunk = NULL;
	qy_session_start_ticking(); /* fork() has not done so */
}

/* ------------------------------------------------------------------ in the trunk */

/* Does this branch have an end of its own that counts? The first of two requests alone is known. */
static bool counts(
	const struct qy_driver_trunk *trunk, const struct qy_driver_failure *fail)
{
	return !trunk->pairs || fail->nth[1];
}

static void tell_searcher(struct qy_driver_trunk *trunk, struct report *report)
{
	char go = 0;

	if (!transfer(trunk->report, report, sizeof(*report), true) ||
		!transfer(trunk->go, &go, 1, false))
		_exit(1); /* it has gone */
	if (!go)
		_exit(ENOUGH);
}

/* Return: true in the branch; in the trunk false, when the branch has ended. */
static bool branch_off(const struct qy_driver_failure *fail)
{
	struct qy_driver_trunk *trunk = qy_session.trunk;
	struct report report = { .fail = *fail };
	pid_t parent = getpid(), child = fork();

	if (!child) {
		become_branch(trunk, fail, parent);
		return true;
	}
	if (child < 0)
		report.error = errno;
	while (child > 0 && waitpid(child, &report.status, 0) < 0 && errno == EINTR)
		;
	if (report.error || counts(trunk, fail))
		tell_searcher(trunk, &report);
	else if (WIFEXITED(report.status) && WEXITSTATUS(report.status) == ENOUGH)
		_exit(ENOUGH);
	return false;
}

/* Return: true in a branch. */
static bool branch_by_kind(const struct qy_world_request *request)
{
	struct qy_driver_trunk *trunk = qy_session.trunk;

	for (int i = 1; i < QY_NR_SCARCITIES && trunk->scarce; i++) {
		struct qy_driver_failure fail = { .scarce = (enum qy_driver_scarcity)i };
		bool here = request ? qy_session_is_scarce(fail.scarce, request)
				    : fail.scarce == QY_SCARCE_CONTIGUOUS;

		if (!here || trunk->begun[i])
			continue;
		trunk->begun[i] = true;
		if (branch_off(&fail))
			return true;
	}
	return false;
}

void qy_session_branch(uint32_t n, const struct qy_world_request *request)
{
	struct qy_driver_trunk *trunk = qy_session.trunk;
	const struct qy_driver_ask *ask = qy_session.out->ask;
	struct qy_driver_failure fail = { .nth = { n, 0 } };

	if (n > QY_DRIVER_ASKS || branch_by_kind(request) || !request)
		return;
	if (!trunk->first) {
		if (trunk->wanted[n - 1])
			branch_off(&fail);
	} else if (ask[n - 1].act == ask[trunk->first - 1].act) {
		branch_off(&(struct qy_driver_failure){ .nth = { trunk->first, n } });
	}
}

/* ------------------------------------------------------------------ the searcher */

struct qy_driver_outcome *qy_driver_branch_outcome(struct qy_driver_trunk *trunk)
{
	const size_t bytes = sizeof(struct qy_driver_outcome);
	void *memory = MAP_FAILED;

	trunk->outcome = memfd_create("quarry-outcome", MFD_CLOEXEC);
	if (trunk->outcome < 0)
		return NULL;
	if (!ftruncate(trunk->outcome, (off_t)bytes))
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			trunk->outcome, 0);
	if (memory != MAP_FAILED)
		return memory;
	close(trunk->outcome);
	return NULL;
}

void qy_driver_branch_outcome_free(
	struct qy_driver_trunk *trunk, struct qy_driver_outcome *out)
{
	if (!out)
		return;
	munmap(out, sizeof(*out));
	close(trunk->outcome);
}

static void be_trunk(const struct qy_driver_plan *plan, pid_t parent)
{
	struct qy_driver_outcome *own = qy_driver_outcome_new();

	qy_driver_be_child(parent);
	if (own)
		plan->run(plan, own);
	_exit(own ? 0 : 1);
}

/* One report. Return: as qy_driver_ended. */
static int hear(struct report *report, struct qy_driver_outcome *out,
	qy_driver_ended *ended, void *arg, struct qy_err *err)
{
	if (report->error)
		return qy_fail(err, "quarry: no process for the driver: %s",
			strerror(report->error));
	if (out->end == QY_DRIVER_NO_BOARD)
		return qy_fail(err, "quarry: %s", out->end_line);
	if (WIFEXITED(report->status) && WEXITSTATUS(report->status))
		return qy_fail(err, "quarry: no memory for what a run finds");
	if (out->end == QY_DRIVER_UNFINISHED && WIFSIGNALED(report->status))
		snprintf(out->end_line, sizeof(out->end_line), "ended by signal %d (%s)",
			WTERMSIG(report->status), strsignal(WTERMSIG(report->status)));
	return ended(arg, &report->fail);
}

/* Return: 0, or -1 with @err. */
static int hear_all(int reports, int go, struct qy_driver_outcome *out,
	qy_driver_ended *ended, void *arg, const volatile sig_atomic_t *stop,
	struct qy_err *err)
{
	struct report report;

	for (;;) {
		ssize_t n = read(reports, &report, sizeof(report));
		char on;
		int more;

		if (stop && *stop)
			return qy_fail(err, "quarry: interrupted");
		if (n < 0 && errno == EINTR)
			continue;
		if (n != sizeof(report)) /* less than PIPE_BUF: whole, or none */
			return 0;
		more = hear(&report, out, ended, arg, err);
		if (more < 0)
			return -1;
		on = !more;
		if (!transfer(go, &on, 1, true))
			return 0;
	}
}

static int play(struct qy_driver_plan *plan, struct qy_driver_trunk *trunk,
	struct qy_driver_outcome *out, qy_driver_ended *ended, void *arg,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	int reports[2], go[2], status = 0, error;
	pid_t parent = getpid(), child;

	if (pipe(reports))
		return qy_fail(err, "quarry: a pipe: %s", strerror(errno));
	if (pipe(go)) {
		close(reports[0]);
		close(reports[1]);
		return qy_fail(err, "quarry: a pipe: %s", strerror(errno));
	}
	trunk->report = reports[1];
	trunk->go = go[0];
	fflush(NULL);
	child = fork();
	if (!child) {
		close(reports[0]);
		close(go[1]);
		be_trunk(plan, parent);
	}
	close(reports[1]);
	close(go[0]);
	error = child < 0 ? qy_fail(err, "quarry: no process for the driver: %s",
				    strerror(errno))
			  : hear_all(reports[0], go[1], out, ended, arg, stop, err);
	if (error && child > 0)
		kill(child, SIGKILL); /* its branch ends with it */
	close(reports[0]);
	close(go[1]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		if (stop && *stop)
			kill(child, SIGKILL);
	if (!error && stop && *stop)
		error = qy_fail(err, "quarry: interrupted");
	if (!error && WIFSIGNALED(status))
		error = qy_fail(err, "quarry: a run was ended by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
	return error;
}

int qy_driver_branch(struct qy_driver_plan *plan, struct qy_driver_trunk *trunk,
	struct qy_driver_outcome *out, qy_driver_ended *ended, void *arg,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	int error;

	memset(trunk->begun, 0, sizeof(trunk->begun));
	trunk->first = 0;
	plan->trunk = trunk;
	error = play(plan, trunk, out, ended, arg, stop, err);
	plan->trunk = NULL;
	return error;
}
