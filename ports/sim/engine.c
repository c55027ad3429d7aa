// SPDX-License-Identifier: MIT
/*
 * A simulated device on the virtual clock. See ports/host/engine.h.
 *
 * A piece of work ends in an interrupt of the clock, so behind a section that masks interrupts.
 *
 * Locking: none; the machine's thread.
 */
#include "ports/host/engine.h"

#include <quarry/fiber.h>
#include <quarry/sim.h>
#include <stdlib.h>

struct qy_engine {
	struct qy_machine *m;
	const struct qy_engine_ops *ops;
	void *arg;
	struct qy_alarm alarm; /* set: a piece of work is taken up */
};

static void next(struct qy_engine *engine)
{
	uint64_t ns = engine->ops->begin(engine->arg);

	if (ns)
		qy_alarm_set(engine->m, &engine->alarm, qy_sim_now(engine->m) + ns);
}

static void done(void *arg)
{
	struct qy_engine *engine = arg;

	engine->ops->end(engine->arg);
	next(engine);
}

struct qy_engine *qy_engine_start(
	struct qy_machine *m, const struct qy_engine_ops *ops, void *arg)
{
	struct qy_engine *engine = calloc(1, sizeof(*engine));

	if (!engine)
		return NULL;
	*engine = (struct qy_engine){ .m = m, .ops = ops, .arg = arg };
	engine->alarm.fn = done;
	engine->alarm.arg = engine;
	return engine;
}

void qy_engine_kick(struct qy_engine *engine)
{
	if (!engine->alarm.set)
		next(engine);
}

void qy_engine_stop(struct qy_engine *engine)
{
	qy_alarm_cancel(engine->m, &engine->alarm);
	free(engine);
}
