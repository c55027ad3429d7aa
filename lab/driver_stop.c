// SPDX-License-Identifier: MIT
/*
 * How a run of drivers ends before its end: a crash, an overflow, a hang; with the stack of whoever ran.
 *
 * State: the handlers that were there before.
 */
#include "lab/driver_session.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#define NS_PER_S    1000000000ull
#define PATIENCE_S  120 /* the kernel's hung_task_timeout_secs */
#define CPU_LIMIT_S 20u
#define TICK_US     100000
#define STILL_TICKS \
	20 /* so many without the clock having moved, or anything been taken: it spins */
#define SIGNAL_STACK    (256u << 10) /* a report of KFENCE is made on it */
#define GUARD_BYTES     4096u
#define MAX_WALK_FRAMES 64

/* ------------------------------------------------------------------ stacks */

void qy_session_stack(void *arg)
{
	struct qy_driver_stack *stack = arg;
	int n = backtrace(stack->frame, QY_DRIVER_FRAMES);

	stack->nr = n > 0 ? (uint32_t)n : 0;
}

static bool can_read(uintptr_t address, void *to, size_t bytes)
{
	struct iovec here = { to, bytes }, there = { (void *)address, bytes };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)bytes;
}

struct registers {
	uintptr_t pc, sp, fp, link;
};

static struct registers registers_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	const greg_t *r = context->uc_mcontext.gregs;

	return (struct registers){ (uintptr_t)r[REG_RIP], (uintptr_t)r[REG_RSP],
		(uintptr_t)r[REG_RBP], 0 };
#elif defined(__aarch64__)
	return (struct registers){ context->uc_mcontext.pc, context->uc_mcontext.sp,
		context->uc_mcontext.regs[29], context->uc_mcontext.regs[30] };
#else
	(void)context;
	return (struct registers){ 0 };
#endif
}

/* By frame pointers, which drivers are compiled to have. */
static void walk(struct qy_driver_stack *stack, uintptr_t fp)
{
	uintptr_t pair[2]; /* the next frame, where it returns to */

	while (stack->nr < QY_DRIVER_FRAMES && can_read(fp, pair, sizeof(pair)) &&
		pair[0] > fp) {
		stack->frame[stack->nr++] = (void *)pair[1];
		fp = pair[0];
	}
}

/* A call to nowhere: who called is in the link register, or lies on top of the stack. The unwinder would look there. */
static void take_caller(struct qy_driver_stack *stack, const struct registers *r)
{
	uintptr_t caller = r->link;

	if (!caller && !can_read(r->sp, &caller, sizeof(caller)))
		caller = 0;
	stack->nr = 2;
	stack->frame[0] = (void *)r->pc;
	stack->frame[1] = (void *)caller;
	walk(stack, r->fp);
}

/* Of who was interrupted by a signal; the handler's own frames come first. */
static void take_interrupted(struct qy_driver_stack *stack, const ucontext_t *context)
{
	struct registers r = registers_of(context);
	void *frames[MAX_WALK_FRAMES];
	int n, first = 0;
	char code;

	if (!can_read(r.pc, &code, 1)) {
		take_caller(stack, &r);
		return;
	}
	n = backtrace(frames, MAX_WALK_FRAMES);
	while (first < n && (uintptr_t)frames[first] != r.pc)
		first++;
	stack->nr = 0;
	for (; first < n && stack->nr < QY_DRIVER_FRAMES; first++)
		stack->frame[stack->nr++] = frames[first];
}

/* ------------------------------------------------------------------ ends before the end */

void qy_session_finish(enum qy_driver_end end)
{
	qy_session.out->end = end;
	if (qy_session.m)
		qy_session.out->now_ns = qy_sim_now(qy_session.m);
	if (qy_session.stopped)
		qy_session.stopped(qy_session.arg);
	qy_session_exit();
}

void qy_session_end_early(enum qy_driver_end end, const char *line)
{
	if (qy_session.ending)
		_exit(0); /* what is being told has a mistake of its own */
	qy_session.ending = true;
	qy_session.out->end = end;
	qy_session.out->end_act = qy_session.act;
	snprintf(qy_session.out->end_line, sizeof(qy_session.out->end_line), "%s", line);
}

static bool is_overflow(const void *address)
{
	struct qy_fiber *self = qy_session.m ? qy_fiber_self(qy_session.m) : NULL;
	size_t bytes;
	const char *bottom = self ? qy_fiber_stack(self, &bytes) : NULL;

	return bottom && (const char *)address >= bottom - GUARD_BYTES &&
	       (const char *)address < bottom;
}

static const char *signal_words(int sig)
{
	switch (sig) {
	case SIGSEGV:
		return "Unable to handle kernel paging request";
	case SIGBUS:
		return "bus error";
	case SIGILL:
		return "undefined instruction";
	case SIGFPE:
		return "divide error";
	case SIGTRAP:
		return "breakpoint";
	default:
		return "abort";
	}
}

static void on_crash(int sig, siginfo_t *info, void *context)
{
	char line[200];

	if (sig == SIGSEGV && qy_session.m && qy_sim_fault(info, context))
		return; /* told, and to be made again */
	if (sig == SIGSEGV && qy_world_fault(context))
		return;
	if (sig == SIGSEGV && is_overflow(info->si_addr)) {
		qy_session_end_early(QY_DRIVER_OVERFLOWED, "kernel stack overflow");
	} else if (sig == SIGSEGV && info->si_code != SI_KERNEL &&
		   (uintptr_t)info->si_addr < GUARD_BYTES) {
		snprintf(line, sizeof(line),
			"Unable to handle kernel NULL pointer dereference at virtual address %016lx",
			(unsigned long)(uintptr_t)info->si_addr);
		qy_session_end_early(QY_DRIVER_CRASHED, line);
	} else if (sig == SIGSEGV &&
		   qy_session_is_late(info->si_addr, line, sizeof(line))) {
		qy_session_end_early(QY_DRIVER_CRASHED, line);
	} else {
		qy_session_end_early(QY_DRIVER_CRASHED, signal_words(sig));
	}
	take_interrupted(&qy_session.out->end_stack, context);
	qy_session_finish(qy_session.out->end);
}

void qy_session_note_waiters(void)
{
	struct qy_driver_outcome *out = qy_session.out;
	struct qy_fiber *fiber = NULL;

	while ((fiber = qy_fiber_next(qy_session.m, fiber)) &&
		out->nr_waiters < QY_DRIVER_WAITERS) {
		struct qy_driver_waiter *waiter = &out->waiter[out->nr_waiters];
		size_t bytes;

		if (!qy_fiber_stack(fiber, &bytes) ||
			!qy_fiber_blocked(fiber, &waiter->since_ns))
			continue;
		qy_fiber_on_stack_of(fiber, qy_session_stack, &waiter->stack);
		out->nr_waiters++;
	}
}

static const char *act_words(int act)
{
	static const char *const words[] = { [QY_ACT_INSMOD] = "insmod",
		[QY_ACT_KUNIT] = "KUnit",
		[QY_ACT_PROBE] = "probe",
		[QY_ACT_OPEN] = "open",
		[QY_ACT_CLOSE] = "close",
		[QY_ACT_IRQ] = "interrupt",
		[QY_ACT_USE] = "use",
		[QY_ACT_SLEEP] = "suspend and resume",
		[QY_ACT_SHUTDOWN] = "shutdown",
		[QY_ACT_PROGRAM] = "program",
		[QY_ACT_UNBIND] = "unbind",
		[QY_ACT_BIND] = "bind",
		[QY_ACT_OPENS] = "open and close",
		[QY_ACT_IRQS] = "interrupt",
		[QY_ACT_READ] = "read",
		[QY_ACT_WRITE] = "write",
		[QY_ACT_IOCTL] = "ioctl",
		[QY_ACT_LINK] = "ip link add",
		[QY_ACT_UP] = "up",
		[QY_ACT_SEND] = "send",
		[QY_ACT_DOWN] = "down",
		[QY_ACT_RMMOD] = "rmmod" };

	return act < 0 ? "the run" : words[qy_session.out->act[act].kind];
}

/* An interrupt of the virtual clock: what was begun goes on still. */
void qy_session_lose_patience(void *arg)
{
	char line[160];

	(void)arg;
	snprintf(line, sizeof(line), "INFO: task %s blocked for more than %llu seconds.",
		act_words(qy_session.act), (unsigned long long)PATIENCE_S);
	qy_session_end_early(QY_DRIVER_HUNG, line);
	qy_session_stack(&qy_session.out->end_stack);
	qy_session_note_waiters();
	qy_session_finish(QY_DRIVER_HUNG);
}

/* Is it a driver that runs, on a stack of its own or as an interrupt, or whoever plays the scenario? */
static bool is_driver_running(void)
{
	struct qy_fiber *self = qy_session.m ? qy_fiber_self(qy_session.m) : NULL;
	size_t bytes;

	return !self || qy_fiber_stack(self, &bytes) || qy_in_atomic();
}

/* CPU time passes: does the board's time pass? */
static void on_tick(int sig, siginfo_t *info, void *context)
{
	uint64_t now = qy_session.m ? qy_sim_now(qy_session.m) : 0;
	unsigned int limit =
		qy_session.plan->cpu_limit ? qy_session.plan->cpu_limit : CPU_LIMIT_S;
	uint64_t taken = 0;
	bool still;
	char line[160];

	(void)sig, (void)info;
	if (!is_driver_running())
		return;
	if (qy_session.w)
		qy_world_nr_held(qy_session.w, &taken);
	still = now == qy_session.seen_ns && taken == qy_session.seen_taken;
	qy_session.still = still ? qy_session.still + 1 : 0;
	qy_session.seen_ns = now;
	qy_session.seen_taken = taken;
	qy_session.ticks++;
	still = qy_session.act >= 0 && qy_session.still >= STILL_TICKS;
	if (!still && qy_session.ticks < limit * (1000000u / TICK_US))
		return;
	if (still)
		snprintf(line, sizeof(line),
			"BUG: soft lockup - CPU#0 stuck in %s: it runs, and its time stands still",
			act_words(qy_session.act));
	else
		snprintf(line, sizeof(line), "no end after %u s of CPU time (--timeout)",
			limit);
	qy_session_end_early(QY_DRIVER_HUNG, line);
	take_interrupted(&qy_session.out->end_stack, context);
	qy_session_finish(QY_DRIVER_HUNG);
}

static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT };

#define NR_CRASHES (sizeof(crashes) / sizeof(crashes[0]))

static struct sigaction before[NR_CRASHES], before_tick;
static stack_t before_stack;

static void set_timer(long us)
{
	struct itimerval timer = { { 0, us }, { 0, us } };

	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

void qy_session_start_ticking(void)
{
	set_timer(TICK_US);
}

void qy_session_catch_signals(void)
{
	struct sigaction crash = { .sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction tick = { .sa_sigaction = on_tick,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
	stack_t stack = { .ss_size = SIGNAL_STACK, .ss_sp = malloc(SIGNAL_STACK) };

	if (stack.ss_sp)
		sigaltstack(&stack, &before_stack);
	for (size_t i = 0; i < NR_CRASHES; i++)
		sigaction(crashes[i], &crash, &before[i]);
	sigaction(SIGVTALRM, &tick, &before_tick);
	qy_session_start_ticking();
}

void qy_session_release_signals(void)
{
	stack_t ours;
	sigset_t set;

	set_timer(0);
	sigaction(SIGVTALRM, &before_tick, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGVTALRM);
	for (size_t i = 0; i < NR_CRASHES; i++) {
		sigaction(crashes[i], &before[i], NULL);
		sigaddset(&set, crashes[i]);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* a handler may have been left for good */
	if (!sigaltstack(&before_stack, &ours))
		free(ours.ss_sp);
}
