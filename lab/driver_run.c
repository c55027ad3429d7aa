// SPDX-License-Identifier: MIT
/*
 * One run of drivers, in a process of its own: board, world, modules one after the other, their devices, and back.
 *
 * It ends in one of three ways: run_all() comes to its end, a signal of the CPU or of the timer says that a driver has
 * crashed or hangs, or the machine panics. In each, what was found until then lies in the outcome.
 *
 * State: `run`, for the handlers of signals.
 */
#include "lab/driver.h"

#include <execinfo.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <quarry/dma_debug.h>
#include <quarry/fiber.h>
#include <quarry/sim.h>
#include <quarry/world.h>

#define NS_PER_S        1000000000ull
#define PATIENCE_NS     (120 * NS_PER_S) /* the kernel's hung_task_timeout_secs */
#define SETTLE_NS       (NS_PER_S / 10)
#define CPU_LIMIT_S     20u
#define TICK_US         100000
#define STILL_TICKS     20 /* so many without the clock having moved: it spins */
#define SIGNAL_STACK    (64u << 10)
#define DMA_ENTRIES     8192u /* mappings at a time; each run begins with writing them */
#define GUARD_BYTES     4096u
#define MAX_WALK_FRAMES 64

struct run {
	const struct qy_driver_plan *plan;
	struct qy_driver_outcome *out;
	struct qy_machine *m;
	struct qy_world *w;
	struct qy_dma_debug *dma_debug;
	void *dma_memory;
	struct qy_alarm patience;
	int act;    /* which one goes on; -1: none */
	bool heard; /* the line before was of a mistake */
	/* the schedule's: at which steps, in order, which interrupt */
	uint64_t point[QY_DRIVER_POINTS];
	uint32_t point_irq[QY_DRIVER_POINTS];
	unsigned int nr_points, next_point;
	/* the timer's */
	uint64_t seen_ns;
	unsigned int still, ticks;
	bool ending;
};

static struct run run;

/* ------------------------------------------------------------------ stacks */

static void take_stack(void *arg)
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

static void finish(enum qy_driver_end end) __attribute__((noreturn));

static void finish(enum qy_driver_end end)
{
	run.out->end = end;
	if (run.m)
		run.out->now_ns = qy_sim_now(run.m);
	_exit(0);
}

static void end_early(enum qy_driver_end end, const char *line)
{
	if (run.ending)
		_exit(0); /* what is being told has a mistake of its own */
	run.ending = true;
	run.out->end = end;
	run.out->end_act = run.act;
	snprintf(run.out->end_line, sizeof(run.out->end_line), "%s", line);
}

static bool is_overflow(const void *address)
{
	struct qy_fiber *self = run.m ? qy_fiber_self(run.m) : NULL;
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

	if (sig == SIGSEGV && is_overflow(info->si_addr)) {
		end_early(QY_DRIVER_OVERFLOWED, "kernel stack overflow");
	} else if (sig == SIGSEGV && (uintptr_t)info->si_addr < GUARD_BYTES) {
		snprintf(line, sizeof(line),
			"Unable to handle kernel NULL pointer dereference at virtual address %016lx",
			(unsigned long)(uintptr_t)info->si_addr);
		end_early(QY_DRIVER_CRASHED, line);
	} else {
		end_early(QY_DRIVER_CRASHED, signal_words(sig));
	}
	take_interrupted(&run.out->end_stack, context);
	finish(run.out->end);
}

static void note_waiters(void)
{
	struct qy_driver_outcome *out = run.out;
	struct qy_fiber *fiber = NULL;

	while ((fiber = qy_fiber_next(run.m, fiber)) &&
		out->nr_waiters < QY_DRIVER_WAITERS) {
		struct qy_driver_waiter *waiter = &out->waiter[out->nr_waiters];
		size_t bytes;

		if (!qy_fiber_stack(fiber, &bytes) ||
			!qy_fiber_blocked(fiber, &waiter->since_ns))
			continue;
		qy_fiber_on_stack_of(fiber, take_stack, &waiter->stack);
		out->nr_waiters++;
	}
}

static const char *act_words(int act)
{
	static const char *const words[] = { "insmod", "probe", "open", "close",
		"interrupt", "unbind", "bind", "rmmod" };

	return act < 0 ? "the run" : words[run.out->act[act].kind];
}

/* An interrupt of the virtual clock: what was begun goes on still. */
static void lose_patience(void *arg)
{
	char line[160];

	(void)arg;
	snprintf(line, sizeof(line), "INFO: task %s blocked for more than %llu seconds.",
		act_words(run.act), PATIENCE_NS / NS_PER_S);
	end_early(QY_DRIVER_HUNG, line);
	take_stack(&run.out->end_stack);
	note_waiters();
	finish(QY_DRIVER_HUNG);
}

/* CPU time passes: does the board's time pass? */
static void on_tick(int sig, siginfo_t *info, void *context)
{
	uint64_t now = run.m ? qy_sim_now(run.m) : 0;
	unsigned int limit = run.plan->cpu_limit ? run.plan->cpu_limit : CPU_LIMIT_S;
	bool still;
	char line[160];

	(void)sig, (void)info;
	run.still = now == run.seen_ns ? run.still + 1 : 0;
	run.seen_ns = now;
	run.ticks++;
	still = run.act >= 0 && run.still >= STILL_TICKS;
	if (!still && run.ticks < limit * (1000000u / TICK_US))
		return;
	if (still)
		snprintf(line, sizeof(line),
			"BUG: soft lockup - CPU#0 stuck in %s: it runs, and its time stands still",
			act_words(run.act));
	else
		snprintf(line, sizeof(line), "no end after %u s of CPU time (--timeout)",
			limit);
	end_early(QY_DRIVER_HUNG, line);
	take_interrupted(&run.out->end_stack, context);
	finish(QY_DRIVER_HUNG);
}

static void catch_signals(void)
{
	static const int crashes[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
		SIGABRT };
	struct sigaction crash = { .sa_sigaction = on_crash,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction tick = { .sa_sigaction = on_tick,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
	struct itimerval timer = { { 0, TICK_US }, { 0, TICK_US } };
	stack_t stack = { .ss_size = SIGNAL_STACK, .ss_sp = malloc(SIGNAL_STACK) };

	if (stack.ss_sp)
		sigaltstack(&stack, NULL);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++)
		sigaction(crashes[i], &crash, NULL);
	sigaction(SIGVTALRM, &tick, NULL);
	setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* ------------------------------------------------------------------ the log */

/* The words with which a kernel begins when it has found a mistake. */
static bool is_mistake(const char *line)
{
	static const char *const begins[] = { "BUG",
		"WARNING: ", "DMA-API: ", "kernel BUG", "INFO: ", "Kernel panic",
		"kmemleak: " };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (!strncmp(line, begins[i], strlen(begins[i])))
			return true;
	return false;
}

/* Linux does not ask for it: 32 bits are what a device has that says nothing. */
static bool is_remark(const char *line)
{
	return strstr(line, "does DMA before it has set a DMA mask") != NULL;
}

static void note_line(enum qy_log_level level, const char *line)
{
	struct qy_driver_outcome *out = run.out;
	uint64_t now = qy_sim_now(run.m);
	size_t room = sizeof(out->log) - out->log_bytes;
	int n = snprintf(out->log + out->log_bytes, room, "<%d>[%5llu.%06llu] %s\n",
		(int)level, (unsigned long long)(now / NS_PER_S),
		(unsigned long long)(now % NS_PER_S / 1000), line);

	if (n < 0 || (size_t)n >= room) {
		out->log[out->log_bytes] = '\0';
		out->log_cut = true;
		return;
	}
	out->log_bytes += (uint32_t)n;
}

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	struct qy_driver_outcome *out = run.out;
	uint32_t begin = out->log_bytes;

	(void)arg;
	if (!run.w)
		return; /* the boot */
	note_line(level, line);
	if (is_remark(line)) {
		if (!out->nr_remarks++)
			snprintf(out->remark, sizeof(out->remark), "%s", line);
		run.heard = false;
		return;
	}
	if (is_mistake(line)) {
		run.heard = out->nr_mistakes < QY_DRIVER_REPORTS;
		if (run.heard) {
			struct qy_driver_mistake *mistake =
				&out->mistake[out->nr_mistakes];

			*mistake = (struct qy_driver_mistake){
				.when_ns = qy_sim_now(run.m),
				.act = run.act,
				.log_begin = begin,
				.log_end = out->log_bytes,
			};
			snprintf(mistake->line, sizeof(mistake->line), "%s", line);
			take_stack(&mistake->stack);
		}
		out->nr_mistakes++;
		return;
	}
	/* what is said in one breath belongs to it */
	run.heard = run.heard && level <= QY_LOG_ERR;
	if (run.heard)
		out->mistake[out->nr_mistakes - 1].log_end = out->log_bytes;
}

static void hear_panic(void *arg, const char *line)
{
	(void)arg;
	end_early(QY_DRIVER_PANICKED, line);
	if (run.w)
		note_line(QY_LOG_EMERG, line);
	take_stack(&run.out->end_stack);
	finish(QY_DRIVER_PANICKED);
}

/* ------------------------------------------------------------------ failures */

static bool is_scarce(const struct qy_world_request *request)
{
	const char *kind = qy_driver_kind_name(request->kind);

	switch (run.plan->fail.scarce) {
	case QY_SCARCE_CONTIGUOUS:
		return !strcmp(kind, "DMA buffer") && request->bytes > QY_PAGE_SIZE;
	case QY_SCARCE_ATOMIC:
		return !(request->gfp & QY___GFP_DIRECT_RECLAIM) &&
		       strcmp(kind, "DMA mapping") != 0;
	case QY_SCARCE_MASK:
		return !strcmp(kind, "DMA mask");
	case QY_SCARCE_MAPPING:
		return !strcmp(kind, "DMA mapping");
	default:
		return false;
	}
}

static bool refuse(void *arg, const struct qy_world_request *request)
{
	const struct qy_driver_failure *fail = &run.plan->fail;
	struct qy_driver_outcome *out = run.out;
	uint32_t n = ++out->nr_asked;
	bool refused = n == fail->nth[0] || n == fail->nth[1] || is_scarce(request);
	struct qy_driver_ask *ask = &out->ask[n - 1];

	(void)arg;
	if (refused && out->nr_refused < 2)
		out->refused[out->nr_refused] = n - 1;
	out->nr_refused += refused;
	if (n > QY_DRIVER_ASKS)
		return refused;
	*ask = (struct qy_driver_ask){ .kind = request->kind,
		.bytes = (uint32_t)request->bytes,
		.gfp = request->gfp,
		.act = run.act };
	if (refused || !qy_driver_fails(run.plan))
		take_stack(&ask->stack);
	return refused;
}

/* ------------------------------------------------------------------ the schedule */

static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Each step of the core where nothing is masked. */
static void on_step(void *arg)
{
	uint64_t n = ++run.out->nr_steps;

	(void)arg;
	while (run.next_point < run.nr_points && run.point[run.next_point] <= n)
		qy_world_raise_irq(
			run.w, run.point_irq[run.next_point++], qy_sim_now(run.m));
}

static void plan_points(void)
{
	const struct qy_driver_schedule *schedule = &run.plan->schedule;
	uint64_t state = schedule->number;

	if (!schedule->number || !schedule->nr_irqs || !schedule->nr_steps)
		return;
	for (unsigned int i = 0; i < QY_DRIVER_POINTS; i++) {
		uint64_t point = 1 + next_random(&state) % schedule->nr_steps;
		unsigned int at = i;

		for (; at && run.point[at - 1] > point; at--)
			run.point[at] = run.point[at - 1];
		run.point[at] = point;
		run.point_irq[i] = schedule->irq[next_random(&state) % schedule->nr_irqs];
	}
	run.nr_points = QY_DRIVER_POINTS;
}

/* ------------------------------------------------------------------ acts */

/* NULL: there were too many. */
static struct qy_driver_act *begin(
	enum qy_driver_act_kind kind, uint32_t module, const char *device)
{
	struct qy_driver_outcome *out = run.out;
	struct qy_driver_act *act;

	if (out->nr_acts == QY_DRIVER_ACTS)
		return NULL;
	act = &out->act[out->nr_acts];
	*act = (struct qy_driver_act){ .kind = kind,
		.module = module,
		.begin_ns = qy_sim_now(run.m),
		.log_begin = out->log_bytes };
	snprintf(act->device, sizeof(act->device), "%s", device);
	run.act = (int)out->nr_acts++;
	run.patience.fn = lose_patience;
	qy_alarm_set(run.m, &run.patience, act->begin_ns + PATIENCE_NS);
	return act;
}

static void end(struct qy_driver_act *act, long result)
{
	qy_alarm_cancel(run.m, &run.patience);
	act->result = result;
	act->done = true;
	act->end_ns = qy_sim_now(run.m);
	act->log_end = run.out->log_bytes;
	run.act = -1;
}

/* Others run, timers expire, what waits for a grace period goes. */
static void settle(void)
{
	uint64_t until = qy_sim_now(run.m) + SETTLE_NS;

	while (qy_sim_now(run.m) < until)
		qy_fiber_block(run.m, until);
}

/* ------------------------------------------------------------------ what is left */

static bool same_place(
	const struct qy_driver_leak *leak, const struct qy_world_held *held)
{
	return leak->kind == held->kind && leak->stack.nr == held->nr_frames &&
	       !memcmp(leak->stack.frame, held->frames,
		       leak->stack.nr * sizeof(leak->stack.frame[0]));
}

static void note_left(const struct qy_world_held *held, int act)
{
	struct qy_driver_outcome *out = run.out;
	struct qy_driver_leak *leak = out->leak, *end_of = leak + out->nr_leaks;

	if (act < 0) {
		out->nr_left++;
		out->bytes_left += held->bytes;
	}
	while (leak < end_of && !(leak->act == act && same_place(leak, held)))
		leak++;
	if (leak == end_of) {
		if (out->nr_leaks == QY_DRIVER_LEAKS)
			return;
		out->nr_leaks++;
		*leak = (struct qy_driver_leak){ .kind = held->kind,
			.when_ns = held->when_ns,
			.pid = held->pid,
			.act = act,
			.stack.nr = held->nr_frames };
		if (leak->stack.nr > QY_DRIVER_FRAMES)
			leak->stack.nr = QY_DRIVER_FRAMES;
		memcpy(leak->comm, held->comm, sizeof(leak->comm));
		memcpy(leak->stack.frame, held->frames,
			leak->stack.nr * sizeof(leak->stack.frame[0]));
	}
	leak->count++;
	leak->bytes += held->bytes;
}

/* What was taken after the @after-th thing, up to the @until-th, and is held still. */
static void note_all_left(uint64_t after, uint64_t until, int act)
{
	struct qy_world_held held;

	while (qy_world_next_held(run.w, after, &held) && held.number <= until) {
		note_left(&held, act);
		after = held.number;
	}
}

static bool count_mapping(
	void *arg, const struct qy_dma_dev *dev, const struct qy_dma_record *r)
{
	(void)dev;
	*(uint64_t *)arg += r->kind != QY_DMA_COHERENT;
	return true;
}

/* ------------------------------------------------------------------ devices */

static struct qy_driver_device *note_device(
	const struct qy_world_device *device, bool made_up)
{
	struct qy_driver_outcome *out = run.out;
	struct qy_driver_device *d = out->device, *end_of = d + out->nr_devices;

	while (d < end_of && strcmp(d->name, device->name))
		d++;
	if (d == end_of) {
		if (out->nr_devices == QY_DRIVER_DEVICES)
			return NULL;
		out->nr_devices++;
		*d = (struct qy_driver_device){ .made_up = made_up };
	}
	snprintf(d->name, sizeof(d->name), "%s", device->name);
	snprintf(d->compatible, sizeof(d->compatible), "%s", device->compatible);
	snprintf(
		d->driver, sizeof(d->driver), "%s", device->driver ? device->driver : "");
	d->irq = device->irq;
	d->registers = device->registers;
	d->probe_error = device->probe_error;
	return d;
}

/* Was it tried by a driver? Devices of the tree that no module wants are no news. */
static bool is_tried(const struct qy_world_device *device)
{
	return device->driver || device->probe_error;
}

static unsigned int count_tried(void)
{
	struct qy_world_device device;
	unsigned int nr = 0;

	for (unsigned int n = 0; qy_world_device(run.w, n, &device); n++)
		nr += is_tried(&device);
	return nr;
}

static void note_devices(uint32_t module, uint32_t nr_before, uint32_t log_begin)
{
	struct qy_driver_outcome *out = run.out;
	struct qy_world_device device;

	for (unsigned int n = 0; qy_world_device(run.w, n, &device); n++)
		if (is_tried(&device))
			note_device(&device, false);
	for (uint32_t i = nr_before; i < out->nr_devices; i++) {
		struct qy_driver_act *act =
			begin(QY_ACT_PROBE, module, out->device[i].name);

		if (!act)
			return;
		act->log_begin = log_begin;
		end(act, out->device[i].probe_error);
	}
}

static unsigned int count_wanted(void)
{
	unsigned int nr = 0;
	bool by_name;

	while (qy_world_wanted(run.w, nr, &by_name))
		nr++;
	return nr;
}

/* "acme,isp-2" -> "isp-2" */
static void make_device(const char *wanted, bool by_name)
{
	const char *comma = strrchr(wanted, ',');
	struct qy_world_device device;
	int n = qy_world_add_device(run.w,
		by_name ? wanted
		: comma ? comma + 1
			: wanted,
		by_name ? "" : wanted);

	if (n >= 0 && qy_world_device(run.w, (unsigned int)n, &device))
		note_device(&device, true);
}

/* ------------------------------------------------------------------ modules */

static bool load(uint32_t i)
{
	const struct qy_driver_module *module = &run.plan->module[i];
	unsigned int wanted = count_wanted(), tried = count_tried();
	uint32_t nr_devices = run.out->nr_devices;
	struct qy_driver_act *act = begin(QY_ACT_INSMOD, i, "");
	const char *name;
	bool by_name;
	long result;

	if (!act)
		return false;
	result = qy_world_insmod(
		run.w, module->info, module->params, act->why, sizeof(act->why));
	if (!result && count_tried() == tried) {
		name = qy_world_wanted(run.w, wanted, &by_name);
		if (name)
			make_device(name, by_name);
	}
	end(act, result);
	note_devices(i, nr_devices, act->log_begin);
	return !result;
}

/* ------------------------------------------------------------------ what a user does */

struct opening {
	const char *name;
	struct qy_world_file *file;
};

static int open_node(void *arg)
{
	struct opening *opening = arg;
	int error = 0;

	opening->file = qy_world_open(run.w, opening->name, O_RDWR, &error);
	return error;
}

static int close_node(void *arg)
{
	struct opening *opening = arg;

	return qy_world_close(opening->file);
}

/* @again: what this time leaves is the file's. */
static void open_and_close(const char *name, bool again)
{
	struct opening opening = { .name = name };
	struct qy_driver_act *act;
	uint64_t before, after;
	int closed;

	qy_world_nr_held(run.w, &before);
	act = begin(QY_ACT_OPEN, 0, name);
	if (!act)
		return;
	end(act, qy_world_run(run.w, "open", open_node, &opening));
	if (!opening.file)
		return;
	act = begin(QY_ACT_CLOSE, 0, name);
	closed = run.act;
	if (!act)
		return;
	end(act, qy_world_run(run.w, "close", close_node, &opening));
	qy_world_nr_held(run.w, &after);
	if (again) {
		settle();
		note_all_left(before, after, closed);
	}
}

static void open_all(bool again)
{
	const char *name;
	char copy[48];

	for (unsigned int n = 0; qy_world_node(run.w, n, &name); n++) {
		snprintf(copy, sizeof(copy), "%s", name);
		open_and_close(copy, again);
	}
}

/* The lines of what was bound are pulled once: handlers run in the context that they would have. */
static void interrupt_all(void)
{
	for (uint32_t i = 0; i < run.out->nr_devices; i++) {
		struct qy_driver_device *device = &run.out->device[i];
		struct qy_driver_act *act;

		if (!device->irq || !*device->driver)
			continue;
		act = begin(QY_ACT_IRQ, 0, device->name);
		if (!act)
			return;
		end(act, qy_world_raise_irq(run.w, device->irq, qy_sim_now(run.m)));
		run.act = (int)run.out->nr_acts - 1; /* what it is charged with */
		settle();
		run.act = -1;
	}
}

/* Unbound, bound, unbound: what that leaves is the device's. Then it is as it was. */
static void rebind(uint32_t i)
{
	struct qy_driver_device *device = &run.out->device[i];
	struct qy_driver_act *act;
	uint64_t before, after;
	int unbound;
	long result;

	if (!*device->driver)
		return;
	act = begin(QY_ACT_UNBIND, 0, device->name);
	if (!act)
		return;
	end(act, qy_world_unbind(run.w, device->name));
	settle();
	qy_world_nr_held(run.w, &before);
	act = begin(QY_ACT_BIND, 0, device->name);
	if (!act)
		return;
	result = qy_world_bind(run.w, device->name);
	end(act, result);
	if (result)
		return;
	act = begin(QY_ACT_UNBIND, 0, device->name);
	unbound = run.act;
	if (!act)
		return;
	end(act, qy_world_unbind(run.w, device->name));
	qy_world_nr_held(run.w, &after);
	settle();
	note_all_left(before, after, unbound);
	act = begin(QY_ACT_BIND, 0, device->name);
	if (act)
		end(act, qy_world_bind(run.w, device->name));
}

static void do_again(void)
{
	open_all(true);
	for (uint32_t i = 0; i < run.out->nr_devices; i++)
		rebind(i);
}

static void unload(uint32_t i)
{
	const struct qy_driver_module *module = &run.plan->module[i];
	struct qy_driver_act *act = begin(QY_ACT_RMMOD, i, "");

	if (act)
		end(act, qy_world_rmmod(run.w, module->info, act->why, sizeof(act->why)));
}

/* A timer or a thread of code that is gone would not leave the board running, so nothing settles behind it. */
static bool is_alive(void)
{
	struct qy_world_held held;

	for (uint64_t at = 0; qy_world_next_held(run.w, at, &held); at = held.number) {
		const char *kind = qy_held_name(held.kind);

		if (!strcmp(kind, "timer") || !strcmp(kind, "work") ||
			!strcmp(kind, "thread") || !strcmp(kind, "interrupt"))
			return true;
	}
	return false;
}

static void run_all(void)
{
	struct qy_driver_outcome *out = run.out;
	struct qy_dma_debug_facts facts;
	uint64_t before, after, taken;
	uint32_t loaded = 0;

	while (loaded < run.plan->nr_modules && load(loaded))
		loaded++;
	settle();
	open_all(false);
	interrupt_all();
	qy_world_nr_held(run.w, &before);
	if (run.plan->again)
		do_again();
	qy_world_nr_held(run.w, &after);
	while (loaded)
		unload(--loaded);
	if (!is_alive())
		settle();
	qy_world_nr_held(run.w, &taken);
	out->nr_taken = taken - (after - before);
	note_all_left(0, before, -1); /* a user binds once */
	note_all_left(after, taken, -1);
	if (run.dma_debug) {
		qy_dma_debug_each(run.dma_debug, count_mapping, &out->nr_mapped);
		qy_dma_debug_facts(run.dma_debug, &facts);
		out->dma_mistakes = facts.nr_errors;
	}
}

/* ------------------------------------------------------------------ begin */

static void start_dma_debug(void)
{
	struct qy_dma_debug_opts opts = { .nr_entries = DMA_ENTRIES };

	run.dma_memory = calloc(1, qy_dma_debug_size(opts.nr_entries));
	if (run.dma_memory)
		run.dma_debug = qy_dma_debug_start(run.m, run.dma_memory, &opts);
}

void qy_driver_run(const struct qy_driver_plan *plan, struct qy_driver_outcome *out)
{
	static struct qy_board
		board; /* as long as the machine, which is as long as the process */
	struct qy_sim_opts opts = { .log = hear,
		.panic = hear_panic,
		.mapped = true,
		.on_touch = true,
		.mark = qy_world_mark };
	struct qy_world_opts world = {
		.seed = plan->schedule.number ? plan->schedule.number : plan->seed,
		.tree = qy_driver_tree(plan->board),
		.kasan = true
	};

	run = (struct run){ .plan = plan, .out = out, .act = -1 };
	out->end_act = -1;
	catch_signals();
	board = plan->board->board;
	if (!*board.slab.debug)
		board.slab.debug[0] = 'Z'; /* red zones between objects */
	run.m = qy_sim_boot(&board, &opts, out->end_line, sizeof(out->end_line));
	if (!run.m)
		finish(QY_DRIVER_NO_BOARD);
	start_dma_debug();
	run.w = qy_world_boot(run.m, &world);
	if (!run.w) {
		snprintf(out->end_line, sizeof(out->end_line),
			"the host has no memory left");
		finish(QY_DRIVER_NO_BOARD);
	}
	qy_world_refuse(run.w, refuse, NULL);
	plan_points();
	qy_sim_interrupt(run.m, on_step, NULL, true);
	run_all();
	finish(QY_DRIVER_ENDED);
}
