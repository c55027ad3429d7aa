// SPDX-License-Identifier: MIT
/* See driver_program.h. */
#include "lab/driver_program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/driver_session.h"
#include "lab/program.h"

/* A use, and when it is due next. */
struct use {
	const struct qy_use_spec *spec;
	struct program *program;
	struct qy_driver_act *act; /* of all its times; NULL: none yet */
	struct qy_alarm alarm;     /* of an interrupt */
	uint64_t next_ns;          /* QY_NEVER: it is over */
	uint32_t nr_done;
};

struct program {
	const struct qy_driver_spec *spec;
	uint32_t module;
	struct use use[QY_MAX_DRIVER_USES];
	struct qy_world_task *task;
	struct qy_fiber *fiber; /* that sleeps; NULL: it does not */
	bool ending;
	struct qy_world_file *file;
	char node[48];
	void *buffer;
};

static struct programs {
	struct program *program;
	uint32_t nr;
	uint64_t zero_ns;
} all;

static void sleep_until(struct program *p, uint64_t until_ns)
{
	p->fiber = qy_fiber_self(qy_session.m);
	while (qy_sim_now(qy_session.m) < until_ns && !p->ending)
		qy_fiber_block(qy_session.m, until_ns);
	p->fiber = NULL;
}

/* ------------------------------------------------------------------ one use */

static long do_open(struct program *p, const struct qy_use_spec *spec)
{
	int error = 0;

	if (p->file)
		return -EBUSY; /* one file at a time */
	p->file = qy_world_open(qy_session.w, spec->word, O_RDWR, &error);
	return error;
}

static long do_close(struct program *p)
{
	struct qy_world_file *file = p->file;

	p->file = NULL;
	return qy_world_close(file);
}

static long do_use(struct program *p, const struct qy_use_spec *spec)
{
	if (spec->kind == QY_USE_OPEN)
		return do_open(p, spec);
	if (!p->file)
		return -EBADF;
	switch (spec->kind) {
	case QY_USE_CLOSE:
		return do_close(p);
	case QY_USE_READ:
		return qy_world_read(p->file, p->buffer, (size_t)spec->number);
	case QY_USE_WRITE:
		return qy_world_write(p->file, spec->word, strlen(spec->word));
	default:
		if (!spec->bytes)
			return qy_world_ioctl(
				p->file, (unsigned int)spec->number, spec->arg);
		memset(p->buffer, 0, spec->bytes);
		return qy_world_ioctl(p->file, (unsigned int)spec->number,
			(unsigned long)(uintptr_t)p->buffer);
	}
}

static bool is_as_expected(const struct qy_use_spec *spec, long result)
{
	if (spec->any)
		return true;
	return spec->exact ? result == spec->returns : result >= 0;
}

static void use_once(struct program *p, struct use *use)
{
	static const enum qy_driver_act_kind kinds[] = { [QY_USE_OPEN] = QY_ACT_OPEN,
		[QY_USE_CLOSE] = QY_ACT_CLOSE,
		[QY_USE_READ] = QY_ACT_READ,
		[QY_USE_WRITE] = QY_ACT_WRITE,
		[QY_USE_IOCTL] = QY_ACT_IOCTL };
	const struct qy_use_spec *spec = use->spec;
	const char *node = spec->kind == QY_USE_OPEN ? spec->word : p->node;
	struct qy_driver_act *act;
	long result;

	if (node != p->node)
		snprintf(p->node, sizeof(p->node), "%s", node);
	act = use->act ? qy_session_begin_again(use->act)
		       : qy_session_begin(kinds[spec->kind], p->module, node);
	use->act = act;
	if (act) {
		act->of_program = true;
		act->number = spec->number;
		act->nr_calls++;
	}
	result = do_use(p, spec);
	if (!act)
		return;
	if (!is_as_expected(spec, result) && !act->nr_bad++)
		act->bad_result = result;
	qy_session_end(act, result);
}

/* ------------------------------------------------------------------ steps */

static int step_open(void *arg, unsigned int file, const char *node, int flags)
{
	struct qy_world_file **f = arg;
	int error = 0;

	f[file] = qy_world_open(qy_session.w, node, flags, &error);
	return error;
}

static int step_close(void *arg, unsigned int file)
{
	return qy_world_close(((struct qy_world_file **)arg)[file]);
}

static long step_ioctl(void *arg, unsigned int file, unsigned int cmd, void *words)
{
	return qy_world_ioctl(((struct qy_world_file **)arg)[file], cmd,
		(unsigned long)(uintptr_t)words);
}

static long step_write(void *arg, unsigned int file, const void *from, size_t n)
{
	return qy_world_write(((struct qy_world_file **)arg)[file], from, n);
}

static long step_read(void *arg, unsigned int file, void *to, size_t n)
{
	return qy_world_read(((struct qy_world_file **)arg)[file], to, n);
}

static void step_sleep(void *arg, uint64_t ns)
{
	uint64_t until = qy_sim_now(qy_session.m) + ns;

	(void)arg;
	while (qy_sim_now(qy_session.m) < until)
		qy_fiber_block(qy_session.m, until);
}

/* Each line was read before, so it is one. */
static void play_step(
	struct qy_program *program, struct qy_driver_act *act, const char *line)
{
	char answer[QY_PROGRAM_ANSWER], why[sizeof(act->why)];
	struct qy_program_step step;

	act->nr_calls++;
	if (qy_program_parse(line, &step, why, sizeof(why)))
		return;
	qy_program_run(program, &step, answer);
	if (!*step.expected || !strcmp(step.expected, answer))
		return;
	if (!act->nr_bad++)
		snprintf(act->why, sizeof(act->why), "%u (%.90s): %.50s", act->nr_calls,
			line, answer);
}

static void play_steps(struct program *p)
{
	static const struct qy_program_ops ops = { step_open, step_close, step_ioctl,
		step_write, step_read, step_sleep };
	struct qy_world_file *files[QY_PROGRAM_FILES] = { NULL };
	struct qy_program program = { .ops = &ops, .arg = files };
	struct qy_driver_act *act;

	if (!p->spec->nr_program)
		return;
	act = qy_session_begin(QY_ACT_PROGRAM, p->module, "");
	if (!act)
		return;
	act->of_program = true;
	for (uint32_t i = 0; i < p->spec->nr_program; i++)
		play_step(&program, act, p->spec->program[i]);
	qy_program_exit(&program);
	qy_session_end(act, 0);
}

/* ------------------------------------------------------------------ interrupts */

/* @spec->number, or the line of the first device that a driver of the world has. */
static unsigned int line_of(const struct qy_use_spec *spec)
{
	struct qy_world_device device;

	if (spec->number)
		return (unsigned int)spec->number;
	for (unsigned int n = 0; qy_world_device(qy_session.w, n, &device); n++)
		if (device.driver && device.irq)
			return device.irq;
	return 0;
}

static void pull(void *arg)
{
	struct use *use = arg;
	const struct qy_use_spec *spec = use->spec;
	uint64_t now = qy_sim_now(qy_session.m);
	unsigned int line = line_of(spec);

	if (line)
		qy_world_raise_irq(qy_session.w, line, now);
	if (++use->nr_done < spec->times)
		qy_alarm_set(qy_session.m, &use->alarm,
			all.zero_ns + spec->at_ns + use->nr_done * spec->every_ns);
}

/* ------------------------------------------------------------------ a program */

static struct use *next_use(struct program *p)
{
	struct use *best = NULL;

	for (uint32_t i = 0; i < p->spec->nr_uses; i++)
		if (p->use[i].next_ns != QY_NEVER &&
			(!best || p->use[i].next_ns < best->next_ns))
			best = &p->use[i];
	return best;
}

static uint64_t unload_of(const struct program *p)
{
	return p->spec->unload_ns == QY_FOREVER ? QY_NEVER
						: all.zero_ns + p->spec->unload_ns;
}

/* When the last interrupt comes; 0: there is none. */
static uint64_t last_irq_of(const struct program *p)
{
	uint64_t last = 0;

	for (uint32_t i = 0; i < p->spec->nr_uses; i++) {
		const struct qy_use_spec *spec = &p->spec->use[i];
		uint64_t at =
			all.zero_ns + spec->at_ns + (spec->times - 1) * spec->every_ns;

		if (spec->kind == QY_USE_IRQ && at > last)
			last = at;
	}
	return last;
}

static void use_all(struct program *p)
{
	uint64_t end = unload_of(p);

	for (struct use *use; (use = next_use(p)) && use->next_ns < end && !p->ending;) {
		sleep_until(p, use->next_ns);
		if (p->ending)
			return;
		use_once(p, use);
		use->next_ns = ++use->nr_done < use->spec->times
				       ? use->next_ns + use->spec->every_ns
				       : QY_NEVER;
	}
}

/* What programs and the hardware do with it. */
static void use(struct program *p)
{
	bool used = p->spec->nr_uses || p->spec->nr_program;
	uint64_t end = unload_of(p), last = last_irq_of(p);

	if (used)
		qy_session_objects_enter();
	play_steps(p);
	qy_session_scan();
	use_all(p);
	sleep_until(p, last < end ? last : end);
	if (used)
		qy_session_objects_leave();
	sleep_until(p, end);
}

static void make_wanted(const struct qy_driver_spec *spec)
{
	struct qy_world_device device;

	for (unsigned int n = 0; qy_world_device(qy_session.w, n, &device); n++)
		if (!strcmp(device.name, spec->device) ||
			!strcmp(device.compatible, spec->device))
			return;
	qy_session_make_device(spec->device, !strchr(spec->device, ','));
}

static int run_program(void *arg)
{
	struct program *p = arg;

	sleep_until(p, all.zero_ns + p->spec->load_ns);
	if (p->ending)
		return 0;
	if (p->spec->device)
		make_wanted(p->spec);
	if (!qy_session_load(p->module))
		return 0;
	use(p);
	for (uint32_t i = 0; i < p->spec->nr_uses; i++)
		qy_alarm_cancel(qy_session.m, &p->use[i].alarm);
	qy_session_scan();
	if (p->file)
		do_close(p);
	qy_world_close_buffers(qy_session.w);
	qy_session_unload(p->module);
	return 0;
}

/* ------------------------------------------------------------------ doors */

static int prepare(struct program *p, const struct qy_driver_spec *spec, uint32_t module)
{
	uint64_t bytes = 1;

	p->spec = spec;
	p->module = module;
	for (uint32_t i = 0; i < spec->nr_uses; i++) {
		const struct qy_use_spec *use = &spec->use[i];
		uint64_t needed = use->kind == QY_USE_READ ? use->number : use->bytes;

		bytes = needed > bytes ? needed : bytes;
		p->use[i] = (struct use){ .spec = use,
			.program = p,
			.alarm = { .fn = pull, .arg = &p->use[i] },
			.next_ns = all.zero_ns + use->at_ns };
		if (use->kind != QY_USE_IRQ)
			continue;
		qy_alarm_set(qy_session.m, &p->use[i].alarm, p->use[i].next_ns);
		p->use[i].next_ns = QY_NEVER;
	}
	p->buffer = calloc(1, bytes);
	p->task = p->buffer ? qy_world_start(qy_session.w, "program", run_program, p)
			    : NULL;
	return p->task ? 0 : -1;
}

int qy_programs_start(const struct qy_driver_spec *specs, uint32_t nr, uint64_t zero_ns)
{
	all = (struct programs){ .program = calloc(nr, sizeof(*all.program)),
		.zero_ns = zero_ns };
	if (!all.program)
		return -1;
	qy_session_objects_start(zero_ns);
	for (; all.nr < nr; all.nr++)
		if (prepare(&all.program[all.nr], &specs[all.nr], all.nr))
			return -1;
	qy_fiber_yield(qy_session.m);
	return 0;
}

void qy_programs_wait(uint64_t until_ns)
{
	while (qy_sim_now(qy_session.m) < until_ns)
		qy_fiber_block(qy_session.m, until_ns);
}

/* The last one first, as modules lend symbols to later ones. */
void qy_programs_end(void)
{
	while (all.nr) {
		struct program *p = &all.program[--all.nr];

		p->ending = true;
		if (p->fiber)
			qy_fiber_wake(p->fiber);
		qy_world_wait(p->task);
		free(p->buffer);
	}
	free(all.program);
	all.program = NULL;
	qy_session_note_end(0, 0);
}
