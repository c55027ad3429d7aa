// SPDX-License-Identifier: MIT
/*
 * Loads a trace: text through trace_text.c; a trace.dat is checked, read by a child, and its events are collected.
 *
 *   parent  qy_trace_check() - fork ------------------- collect() - wait - believe or refuse
 *   child                          \ limits - decode -> pipe, shared answer /
 *
 * No state.
 */
#include "lab/trace.h"
#include "lab/trace_check.h"
#include "lab/trace_child.h"
#include "lab/trace_text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define QY_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define QY_SANITIZED 1
#endif
#ifndef QY_SANITIZED
#define QY_SANITIZED \
	0 /* a sanitizer's shadow needs more address space than any limit allows */
#endif

#define SECONDS_BASE     10u
#define BYTES_PER_SECOND (4u << 20) /* a tenth of what a slow machine reads */
#define ADDRESS_SPACE    (8ull << 30)

/* The smallest record of a page event in a ring buffer: no file holds more events than that. */
#define MIN_RECORD_BYTES 16

/* --- the child's side -------------------------------------------------------------------------------------- */

static void limit(int what, rlim_t value)
{
	struct rlimit r = { .rlim_cur = value, .rlim_max = value };

	setrlimit(what, &r);
}

/* Whatever caught signals in the parent (a test runner, a sanitizer) must not do so here. */
static void let_signals_kill(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM,
		SIGXCPU, SIGXFSZ, SIGPIPE, SIGTERM };
	sigset_t none;

	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		signal(fatal[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static unsigned int seconds_for(const struct qy_trace_layout *layout)
{
	return SECONDS_BASE +
	       (unsigned int)(layout->nr_pages * layout->page_size / BYTES_PER_SECOND);
}

static void confine(const struct qy_trace_layout *layout)
{
	unsigned int seconds = seconds_for(layout);
	int null = open("/dev/null", O_RDWR);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	let_signals_kill();
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, seconds);
	limit(RLIMIT_FSIZE, (layout->nr_pages + 1) * layout->page_size);
	if (!QY_SANITIZED)
		limit(RLIMIT_AS, ADDRESS_SPACE + layout->nr_pages * layout->page_size);
	alarm(seconds * 4); /* for a child that waits instead of computing */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
}

/* --- the parent's side ------------------------------------------------------------------------------------- */

struct collected {
	struct qy_page_event *events;
	size_t bytes, room;
};

static int make_room(struct collected *c)
{
	size_t room = c->room ? c->room * 2 : 1u << 20;
	void *events = realloc(c->events, room);

	if (!events)
		return -1;
	c->events = events;
	c->room = room;
	return 0;
}

/* Reads until the child closes its end. Returns -1 when the host is out of memory or the child babbles. */
static int collect(int pipe, size_t max_bytes, struct collected *c)
{
	for (;;) {
		ssize_t n;

		if (c->bytes == c->room && (c->bytes > max_bytes || make_room(c)))
			return -1;
		n = read(pipe, (char *)c->events + c->bytes, c->room - c->bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		c->bytes += (size_t)n;
	}
}

static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Why the child's events are not to be believed; 0 = they are. */
static int judge(const char *path, const struct qy_trace_answer *answer, int collected,
	int status, const struct collected *c, struct qy_err *err)
{
	if (collected)
		return qy_fail(
			err, "%s: no memory for its events; record a shorter time", path);
	if (status != -1 && WIFSIGNALED(status)) {
		int sig = WTERMSIG(status);

		if (sig == SIGXCPU || sig == SIGALRM || sig == SIGKILL)
			return qy_fail(err,
				"%s: reading it did not end; the file is "
				"damaged, copy or record it again",
				path);
		return qy_fail(err,
			"%s: libtracecmd crashed on it (signal %d); the file "
			"is damaged, copy or record it again",
			path, sig);
	}
	if (answer->complaint[0])
		return qy_fail(err, "%s: %.*s", path, (int)sizeof(answer->complaint) - 1,
			answer->complaint);
	if (!answer->done || c->bytes != answer->nr_sent * sizeof(struct qy_page_event))
		return qy_fail(err,
			"%s: libtracecmd gave up on it without a reason; the "
			"file is damaged, copy or record it again",
			path);
	return 0;
}

static int read_in_child(const char *path, const struct qy_trace_layout *layout,
	struct qy_trace_answer *answer, struct collected *c, struct qy_err *err)
{
	size_t max = layout->nr_pages * layout->page_size / MIN_RECORD_BYTES *
		     sizeof(struct qy_page_event);
	int ends[2], ret, status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return qy_fail(err, "%s: no pipe: %s", path, strerror(errno));
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		confine(layout);
		qy_trace_child(path, layout, answer, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return qy_fail(err, "%s: cannot fork: %s", path, strerror(errno));
	}
	ret = collect(ends[0], max, c);
	if (ret)
		kill(pid, SIGKILL);
	close(ends[0]);
	status = wait_for(pid);
	return judge(path, answer, ret, status, c, err);
}

/* "Linux host 6.1.0-13-amd64 x86_64": the third word. */
static void take_release(char *to, size_t room, const char *uname)
{
	char release[128] = "";

	if (sscanf(uname, "%*s %*s %127s", release) == 1)
		snprintf(to, room, "%.*s", (int)room - 1, release);
}

/* The child may have been led astray: names are made fit again, numbers are looked at. */
static int adopt_tasks(struct qy_trace *trace, const struct qy_trace_answer *answer)
{
	uint32_t nr = answer->nr_tasks;

	if (nr > QY_MAX_TRACE_TASKS || !nr)
		nr = 1;
	trace->tasks = calloc(nr, sizeof(*trace->tasks));
	if (!trace->tasks)
		return -1;
	trace->nr_tasks = nr;
	for (uint32_t i = 0; i < nr; i++) {
		const struct qy_task *from = &answer->task[i];

		trace->tasks[i].pid = from->pid;
		trace->tasks[i].tgid = from->tgid;
		qy_trace_task_name(&trace->tasks[i], from->comm,
			strnlen(from->comm, sizeof(from->comm)));
	}
	for (size_t i = 0; i < trace->nr_events; i++) {
		if (trace->events[i].task >= nr)
			trace->events[i].task = 0;
	}
	return 0;
}

static int adopt(struct qy_trace *trace, const char *path,
	const struct qy_trace_layout *layout, const struct qy_trace_answer *answer,
	const struct collected *c, struct qy_err *err)
{
	*trace = answer->counts;
	trace->unknown_flags[sizeof(trace->unknown_flags) - 1] = '\0';
	trace->events = c->events;
	trace->nr_events = c->bytes / sizeof(c->events[0]);
	trace->nr_cpus = layout->nr_cpus;
	trace->nr_other_buffers = layout->nr_other_buffers;
	take_release(trace->kernel, sizeof(trace->kernel), layout->uname);
	if (adopt_tasks(trace, answer))
		return qy_fail(err, "%s: out of memory", path);
	trace->path = strdup(path);
	return trace->path ? 0 : qy_fail(err, "%s: out of memory", path);
}

/* Everything that does not begin like a trace.dat, or like perf's own format, is read as text. */
static bool looks_like_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char front[8] = "";
	ssize_t got = fd >= 0 ? read(fd, front, sizeof(front)) : -1;

	if (fd >= 0)
		close(fd);
	return got > 0 && front[0] != '\x17' && memcmp(front, "PERFILE2", 8) != 0;
}

int qy_trace_load(const char *path, struct qy_trace *trace, struct qy_err *err)
{
	struct qy_trace_layout layout;
	struct qy_trace_answer *answer;
	struct collected c = { 0 };
	int ret;

	*trace = (struct qy_trace){ 0 };
	if (looks_like_text(path))
		return qy_trace_text_load(path, trace, err);
	if (qy_trace_check(path, &layout, err))
		return -1;
	answer = mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (answer == MAP_FAILED)
		return qy_fail(err, "%s: out of memory", path);
	ret = read_in_child(path, &layout, answer, &c, err);
	if (!ret)
		ret = adopt(trace, path, &layout, answer, &c, err);
	if (ret) {
		free(c.events);
		free(trace->tasks);
		*trace = (struct qy_trace){ 0 };
	}
	munmap(answer, sizeof(*answer));
	return ret;
}

static void *copy_of(const void *from, size_t bytes)
{
	void *to = malloc(bytes + 1);

	if (to && bytes)
		memcpy(to, from, bytes);
	return to;
}

int qy_trace_copy(const struct qy_trace *from, const char *path, struct qy_trace *trace)
{
	*trace = *from;
	trace->path = strdup(path);
	trace->events = copy_of(from->events, from->nr_events * sizeof(*from->events));
	trace->tasks = copy_of(from->tasks, from->nr_tasks * sizeof(*from->tasks));
	return trace->path && trace->events && trace->tasks ? 0 : -ENOMEM;
}

void qy_trace_free(struct qy_trace *trace)
{
	free(trace->path);
	free(trace->events);
	free(trace->tasks);
	*trace = (struct qy_trace){ 0 };
}
