// SPDX-License-Identifier: MIT
/*
 * One run of drivers, in a process of its own: board, world, modules one after the other, their devices, and back.
 *
 * It ends in one of three ways: run_all() comes to its end, a signal of the CPU or of the timer says that a driver has
 * crashed or hangs, or the machine panics. In each, what was found until then lies in the outcome.
 *
 * State: that of the session.
 */
#include "lab/driver_session.h"

#include <fcntl.h>
#include <quarry/reclaim.h>

/* Of a driver, before and while it is looked whether something grows: with half as many things as uses it does. */
#define WARM_UP  4
#define FEW_USES 16
#define MANY_USES \
	1024 /* so that a ring of up to 512 is full, and what is freed behind 50 s is freed */

/* ------------------------------------------------------------------ what a user does */

struct opening {
	const char *name;
	struct qy_world_file *file;
};

static int open_node(void *arg)
{
	struct opening *opening = arg;
	int error = 0;

	opening->file = qy_world_open(qy_session.w, opening->name, O_RDWR, &error);
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

	qy_world_nr_held(qy_session.w, &before);
	act = qy_session_begin(QY_ACT_OPEN, 0, name);
	if (!act)
		return;
	qy_session_end(act, qy_world_run(qy_session.w, "open", open_node, &opening));
	if (!opening.file)
		return;
	act = qy_session_begin(QY_ACT_CLOSE, 0, name);
	closed = qy_session.act;
	if (!act)
		return;
	qy_session_end(act, qy_world_run(qy_session.w, "close", close_node, &opening));
	qy_world_nr_held(qy_session.w, &after);
	if (again) {
		qy_session_settle();
		qy_session_note_left(before, after, closed);
	}
}

#define CAT_READS 16 /* of a page each, at most */

static int cat_file(void *arg)
{
	char text[4096];
	int error = 0;
	struct qy_world_file *file = qy_world_open(qy_session.w, arg, O_RDONLY, &error);

	if (!file)
		return error;
	for (int n = 0; n < CAT_READS; n++)
		if (qy_world_read(file, text, sizeof(text)) <= 0)
			break;
	return qy_world_close(file);
}

static int cat_attr(void *arg)
{
	return (int)qy_world_attr_cat(qy_session.w, *(unsigned int *)arg);
}

/* As `cat` does. */
static void cat(char *path, int (*read_all)(void *arg), void *arg, bool again)
{
	struct qy_driver_act *act = qy_session_begin(QY_ACT_READ, 0, path);
	int read = qy_session.act;
	uint64_t before, after;

	if (!act)
		return;
	qy_world_nr_held(qy_session.w, &before);
	qy_session_end(act, qy_world_run(qy_session.w, "cat", read_all, arg));
	qy_world_nr_held(qy_session.w, &after);
	if (again) {
		qy_session_settle();
		qy_session_note_left(before, after, read);
	}
}

static void open_all(bool again)
{
	const char *name;
	char copy[128];

	for (unsigned int n = 0; qy_world_node(qy_session.w, n, &name); n++) {
		snprintf(copy, sizeof(copy), "%s", name);
		open_and_close(copy, again);
	}
	for (unsigned int n = 0; qy_world_path(qy_session.w, n, copy, sizeof(copy)); n++)
		cat(copy, cat_file, copy, again);
	for (unsigned int n = 0; qy_world_attr(qy_session.w, n, copy, sizeof(copy)); n++)
		cat(copy, cat_attr, &n, again);
}

/* Clients of channels come, or go. */
static void use_channels(bool come)
{
	struct qy_driver_act *act = qy_world_has_channels(qy_session.w)
					    ? qy_session_begin(QY_ACT_USE, 0, "channels")
					    : NULL;

	if (!act)
		return;
	qy_world_clients(qy_session.w, come);
	qy_session_end(act, 0);
}

static void pull_lines(const struct qy_driver_device *device)
{
	for (uint32_t n = 0; device->irq && n < device->nr_irqs; n++)
		qy_world_raise_irq(
			qy_session.w, device->irqs[n], qy_sim_now(qy_session.m));
}

/* The lines of what was bound are pulled once: handlers run in the context that they would have. */
static void interrupt_all(void)
{
	for (uint32_t i = 0; i < qy_session.out->nr_devices; i++) {
		struct qy_driver_device *device = &qy_session.out->device[i];
		struct qy_driver_act *act;

		if (!device->irq || !*device->driver)
			continue;
		act = qy_session_begin(QY_ACT_IRQ, 0, device->name);
		if (!act)
			return;
		pull_lines(device);
		qy_session_end(act, 0);
		qy_session.act = (int)(act - qy_session.out->act); /* charged with it */
		qy_session_settle();
		qy_session.act = -1;
	}
}

static int drop_objects(void *arg)
{
	(void)arg;
	qy_drop_caches(qy_session.m, 2 | 4);
	return 0;
}

/* Unbound, bound, unbound: what that leaves is the device's. Then it is as it was. */
static void rebind(uint32_t i)
{
	struct qy_driver_device *device = &qy_session.out->device[i];
	struct qy_driver_act *act;
	uint64_t before, after;
	int unbound;
	long result;

	if (!*device->driver || device->stays_bound)
		return;
	act = qy_session_begin(QY_ACT_UNBIND, 0, device->name);
	if (!act)
		return;
	qy_session_end(act, qy_world_unbind(qy_session.w, device->name));
	qy_session_settle();
	qy_world_nr_held(qy_session.w, &before);
	act = qy_session_begin(QY_ACT_BIND, 0, device->name);
	if (!act)
		return;
	result = qy_world_bind(qy_session.w, device->name);
	qy_session_end(act, result);
	if (result)
		return;
	act = qy_session_begin(QY_ACT_UNBIND, 0, device->name);
	unbound = qy_session.act;
	if (!act)
		return;
	qy_session_end(act, qy_world_unbind(qy_session.w, device->name));
	qy_world_nr_held(qy_session.w, &after);
	qy_session_settle();
	qy_session_note_left(before, after, unbound);
	act = qy_session_begin(QY_ACT_BIND, 0, device->name);
	if (act)
		qy_session_end(act, qy_world_bind(qy_session.w, device->name));
}

/* Return: the act; -1: no driver would notice, or there were too many. */
static int sleep_once(void)
{
	struct qy_driver_act *act = NULL;

	if (qy_world_can_sleep(qy_session.w))
		act = qy_session_begin(QY_ACT_SLEEP, 0, "");
	if (!act)
		return -1;
	qy_session_end(act, qy_world_sleep(qy_session.w, act->why, sizeof(act->why)));
	qy_session_settle();
	return (int)(act - qy_session.out->act);
}

/* What the second time took and the third has not given back grows with each. */
static void sleep_again(void)
{
	uint64_t before, after;
	int act;

	if (sleep_once() < 0)
		return;
	qy_world_nr_held(qy_session.w, &before);
	act = sleep_once();
	qy_world_nr_held(qy_session.w, &after);
	if (act >= 0 && sleep_once() >= 0)
		qy_session_note_left(before, after, act);
}

static void shut_down(void)
{
	struct qy_driver_act *act = qy_session_begin(QY_ACT_SHUTDOWN, 0, "");

	if (!act)
		return;
	qy_world_shutdown(qy_session.w);
	qy_session_end(act, 0);
	qy_session.act = (int)(act - qy_session.out->act);
	qy_session_settle();
	qy_session.act = -1;
}

static void open_each(void)
{
	const char *name;

	for (unsigned int n = 0; qy_world_node(qy_session.w, n, &name); n++) {
		char copy[128];
		struct opening opening = { .name = copy };

		snprintf(copy, sizeof(copy), "%s", name);
		qy_world_run(qy_session.w, "open", open_node, &opening);
		if (opening.file)
			qy_world_run(qy_session.w, "close", close_node, &opening);
	}
}

static void pull_each(void)
{
	for (uint32_t i = 0; i < qy_session.out->nr_devices; i++)
		if (*qy_session.out->device[i].driver)
			pull_lines(&qy_session.out->device[i]);
}

static void use(struct qy_driver_act *act, void once(void), uint32_t times)
{
	for (; times; times--) {
		qy_session_begin_again(act);
		act->nr_calls++;
		once();
		qy_session_settle();
		qy_session_end(act, 0);
	}
}

/*
 * What rmmod gives back, but each use takes more of. A driver that keeps the last few of something, or frees late, is asked
 * again after many more uses.
 */
static void use_again(enum qy_driver_act_kind kind, void once(void))
{
	struct qy_driver_act *act = qy_session_begin(kind, 0, "");
	uint64_t before;
	int repeated = qy_session.act;

	if (!act)
		return;
	qy_session_end(act, 0);
	use(act, once, WARM_UP);
	qy_world_nr_held(qy_session.w, &before);
	act->nr_calls = 0;
	use(act, once, FEW_USES);
	if (!qy_session_has_grown(before, FEW_USES / 2, -1))
		return;
	use(act, once, MANY_USES - FEW_USES);
	qy_session_has_grown(before, MANY_USES / 2, repeated);
}

static void do_again(void)
{
	open_all(true);
	qy_session_net_again();
	use_again(QY_ACT_OPENS, open_each);
	use_again(QY_ACT_IRQS, pull_each);
	sleep_again();
	for (uint32_t i = 0; i < qy_session.out->nr_devices; i++)
		rebind(i);
}

static void run_all(void)
{
	uint64_t before, after;
	uint32_t loaded = 0;

	while (loaded < qy_session.plan->nr_modules && qy_session_load(loaded))
		loaded++;
	qy_session_settle();
	qy_session_scan();
	open_all(false);
	qy_session_scan();
	qy_session_net_up(true);
	use_channels(true);
	interrupt_all();
	use_channels(false);
	qy_session_scan();
	/* what shrinkers do, and which locks they take */
	qy_world_run(qy_session.w, "kswapd0", drop_objects, NULL);
	sleep_once();
	if (!qy_session.plan->shut_down)
		qy_session_net_down(true);
	qy_session.out->can_shut_down = qy_world_can_shut_down(qy_session.w);
	if (qy_session.plan->shut_down) {
		shut_down();
		return;
	}
	qy_world_nr_held(qy_session.w, &before);
	if (qy_session.plan->again) {
		do_again();
		qy_session_scan();
	}
	qy_world_nr_held(qy_session.w, &after);
	while (loaded)
		qy_session_unload(--loaded);
	qy_session_note_end(before, after);
}

void qy_driver_run(const struct qy_driver_plan *plan, struct qy_driver_outcome *out)
{
	static struct qy_board
		board; /* as long as the machine, which is as long as the process */
	struct qy_sim_opts opts = { .log = qy_session_hear,
		.panic = qy_session_panic,
		.mapped = true,
		.on_touch = true,
		.mark = qy_world_mark };
	struct qy_machine *m;

	qy_session_init(plan, out);
	qy_session_catch_signals();
	board = plan->board->board;
	if (!*board.slab.debug)
		board.slab.debug[0] = 'Z'; /* red zones between objects */
	qy_driver_sample(plan, &board);
	m = qy_sim_boot(&board, &opts, out->end_line, sizeof(out->end_line));
	if (!m)
		qy_session_finish(QY_DRIVER_NO_BOARD);
	if (qy_session_open(m)) {
		snprintf(out->end_line, sizeof(out->end_line),
			"the host has no memory left");
		qy_session_finish(QY_DRIVER_NO_BOARD);
	}
	run_all();
	qy_session_finish(QY_DRIVER_ENDED);
}
