// SPDX-License-Identifier: MIT
/* See driver_branch.h. */
#include "lab/driver_branch.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/driver_session.h"

#define ENOUGH  3 /* a trunk that is a branch says so: no more are wanted */
#define NO_SLOT UINT32_MAX
#define LOOK_MS 200 /* so often is Ctrl-C looked for */

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

/*
 * What it has found becomes its own, at the same address, since acts of it go on. @slot: the searcher sees it; NO_SLOT: nobody
 * else does.
 */
static bool own_outcome(const struct qy_driver_trunk *trunk, uint32_t slot)
{
	const size_t bytes = sizeof(struct qy_driver_outcome);
	struct qy_driver_outcome *out = qy_session.out, *own;
	uint32_t nr = out->nr_asked < QY_DRIVER_ASKS ? out->nr_asked : QY_DRIVER_ASKS;
	bool seen = slot != NO_SLOT;

	own = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_SHARED | (seen ? 0 : MAP_ANONYMOUS), seen ? trunk->file[slot] : -1,
		0);
	if (own == MAP_FAILED)
		return false;
	memcpy(own, out, offsetof(struct qy_driver_outcome, log));
	memcpy(own->log, out->log, out->log_bytes);
	memcpy(own->ask, out->ask, nr * sizeof(out->ask[0]));
	return mremap(own, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, out) !=
	       MAP_FAILED;
}

/* @ready: the trunk goes on when this is closed. */
static void become_branch(struct qy_driver_trunk *trunk,
	const struct qy_driver_failure *fail, uint32_t slot, pid_t parent, int ready)
{
	int error;

	qy_driver_be_child(parent);
	if (!own_outcome(trunk, slot))
		_exit(1);
	error = qy_sim_unshare(qy_session.m);
	if (ready >= 0)
		close(ready);
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

/* No more are wanted: those that run end with this process. */
static void tell_searcher(struct qy_driver_trunk *trunk, const struct qy_branch *branch)
{
	struct qy_branch report = *branch;
	char go = 0;

	if (!transfer(trunk->report, &report, sizeof(report), true) ||
		!transfer(trunk->go, &go, 1, false))
		_exit(1); /* it has gone */
	if (!go)
		_exit(ENOUGH);
}

/* The first ones, as far as they have ended. */
static void report_ended(struct qy_driver_trunk *trunk)
{
	uint32_t nr = 0;

	while (nr < trunk->nr_branches && !trunk->branch[nr].pid)
		tell_searcher(trunk, &trunk->branch[nr++]);
	trunk->nr_branches -= nr;
	memmove(trunk->branch, trunk->branch + nr,
		trunk->nr_branches * sizeof(trunk->branch[0]));
}

/* Waits for one of those that run. */
static void wait_for_one(struct qy_driver_trunk *trunk)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	for (uint32_t i = 0; pid > 0 && i < trunk->nr_branches; i++) {
		if (trunk->branch[i].pid != pid)
			continue;
		trunk->branch[i].pid = 0;
		trunk->branch[i].status = status;
		trunk->nr_running--;
		report_ended(trunk);
		return;
	}
	if (pid < 0 && errno == ECHILD)
		_exit(1);
}

static uint32_t free_slot(const struct qy_driver_trunk *trunk)
{
	bool used[QY_MAX_BRANCH] = { false };
	uint32_t slot = 0;

	for (uint32_t i = 0; i < trunk->nr_branches; i++)
		used[trunk->branch[i].slot] = true;
	while (slot < trunk->nr_slots && used[slot])
		slot++;
	return slot;
}

/* Of so many branches at once as there are jobs, and as the host has room for. Return: where it puts what it finds. */
static uint32_t wait_for_turn(struct qy_driver_trunk *trunk)
{
	while (trunk->nr_running && (trunk->nr_running >= trunk->jobs ||
					    trunk->nr_branches == trunk->nr_slots ||
					    !qy_sim_may_unshare(qy_session.m)))
		wait_for_one(trunk);
	return free_slot(trunk);
}

/* Return: true in the branch; in the trunk false: the branch has what it needs of it. */
static bool begin_branch(
	struct qy_driver_trunk *trunk, const struct qy_driver_failure *fail)
{
	struct qy_branch branch = { .fail = *fail, .slot = wait_for_turn(trunk) };
	pid_t parent = getpid();
	int ready[2];
	char byte;

	if (pipe(ready)) {
		branch.error = errno;
	} else {
		branch.pid = fork();
		if (!branch.pid) {
			close(ready[0]);
			become_branch(trunk, fail, branch.slot, parent, ready[1]);
			return true;
		}
		if (branch.pid < 0) {
			branch.error = errno;
			branch.pid = 0;
		}
		close(ready[1]);
		transfer(ready[0], &byte, 1, false);
		close(ready[0]);
	}
	trunk->branch[trunk->nr_branches++] = branch;
	trunk->nr_running += branch.pid != 0;
	report_ended(trunk);
	return false;
}

/* A branch that is a trunk, alone. Return: true in it; in the trunk false, when it has ended. */
static bool play_trunk(
	struct qy_driver_trunk *trunk, const struct qy_driver_failure *fail)
{
	pid_t parent = getpid(), child = fork();
	int status = 0;

	if (!child) {
		become_branch(trunk, fail, NO_SLOT, parent, -1);
		return true;
	}
	if (child < 0)
		tell_searcher(
			trunk, &(struct qy_branch){ .fail = *fail, .error = errno });
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == ENOUGH)
		_exit(ENOUGH);
	return false;
}

/* Return: true in the branch. */
static bool branch_off(const struct qy_driver_failure *fail)
{
	struct qy_driver_trunk *trunk = qy_session.trunk;

	return counts(trunk, fail) ? begin_branch(trunk, fail) : play_trunk(trunk, fail);
}

void qy_session_exit(void)
{
	struct qy_driver_trunk *trunk = qy_session.trunk;

	while (trunk && trunk->nr_running)
		wait_for_one(trunk);
	_exit(0);
}

bool qy_session_is_searched(void)
{
	const struct qy_driver_trunk *trunk = qy_session.trunk;

	return trunk && !trunk->first && qy_session.out->nr_asked >= trunk->nr_asks &&
	       qy_session.out->nr_runs_asked >= trunk->nr_runs;
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

int qy_driver_branch_open(struct qy_driver_trunk *trunk)
{
	const size_t bytes = sizeof(struct qy_driver_outcome);

	for (trunk->nr_slots = 0; trunk->nr_slots < 2 * trunk->jobs; trunk->nr_slots++) {
		int file = memfd_create("quarry-outcome", MFD_CLOEXEC);
		void *memory = MAP_FAILED;

		if (file >= 0 && !ftruncate(file, (off_t)bytes))
			memory = mmap(
				NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
		if (memory == MAP_FAILED) {
			if (file >= 0)
				close(file);
			return -1;
		}
		trunk->file[trunk->nr_slots] = file;
		trunk->out[trunk->nr_slots] = memory;
	}
	return 0;
}

void qy_driver_branch_close(struct qy_driver_trunk *trunk)
{
	while (trunk->nr_slots--) {
		munmap(trunk->out[trunk->nr_slots], sizeof(struct qy_driver_outcome));
		close(trunk->file[trunk->nr_slots]);
	}
	trunk->nr_slots = 0;
}

static void be_trunk(const struct qy_driver_plan *plan, pid_t parent)
{
	struct qy_driver_outcome *own = qy_driver_outcome_new();

	qy_driver_be_child(parent);
	if (!own)
		_exit(1);
	plan->run(plan, own);
	qy_session_exit();
}

/* One report. Return: as qy_driver_ended. */
static int hear(const struct qy_branch *report, struct qy_driver_outcome *out,
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
	return ended(arg, &report->fail, out);
}

/* Return: 1: @report came; 0: none will; -1 with @err. */
static int next_report(int reports, struct qy_branch *report,
	const volatile sig_atomic_t *stop, struct qy_err *err)
{
	for (;;) {
		struct pollfd fd = { .fd = reports, .events = POLLIN };
		int n = poll(&fd, 1, LOOK_MS);

		if (stop && *stop)
			return qy_fail(err, "quarry: interrupted");
		if (n > 0) /* less than PIPE_BUF: whole, or none */
			return read(reports, report, sizeof(*report)) == sizeof(*report);
	}
}

/* Return: 0, or -1 with @err. */
static int hear_all(int reports, int go, const struct qy_driver_trunk *trunk,
	qy_driver_ended *ended, void *arg, const volatile sig_atomic_t *stop,
	struct qy_err *err)
{
	struct qy_branch report;
	int more;

	while ((more = next_report(reports, &report, stop, err)) > 0) {
		char on;

		more = hear(&report, trunk->out[report.slot], ended, arg, err);
		if (more < 0)
			return -1;
		on = !more;
		if (!transfer(go, &on, 1, true))
			return 0;
	}
	return more;
}

static int play(struct qy_driver_plan *plan, struct qy_driver_trunk *trunk,
	qy_driver_ended *ended, void *arg, const volatile sig_atomic_t *stop,
	struct qy_err *err)
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
			  : hear_all(reports[0], go[1], trunk, ended, arg, stop, err);
	if (error && child > 0)
		kill(child, SIGKILL); /* its branches end with it */
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
	qy_driver_ended *ended, void *arg, const volatile sig_atomic_t *stop,
	struct qy_err *err)
{
	int error;

	memset(trunk->begun, 0, sizeof(trunk->begun));
	trunk->first = 0;
	trunk->nr_branches = trunk->nr_running = 0;
	plan->trunk = trunk;
	error = play(plan, trunk, ended, arg, stop, err);
	plan->trunk = NULL;
	return error;
}
