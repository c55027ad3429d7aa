/* SPDX-License-Identifier: MIT */
/*
 * What drives a simulated device: each port has its own. The device works while its driver goes on.
 *
 *   qy_engine_start, qy_engine_kick, qy_engine_stop
 *
 * hosted: a thread, as fast as the host goes. sim: steps on the virtual clock.
 */
#ifndef QUARRY_PORT_ENGINE_H
#define QUARRY_PORT_ENGINE_H

#include <stdint.h>

struct qy_machine;
struct qy_engine;

struct qy_engine_ops {
	/* Takes up the next piece of work. Return: how long it takes in ns, at least 1; 0: there is none. */
	uint64_t (*begin)(void *arg);
	/* Does what was taken up: its time has passed. */
	void (*end)(void *arg);
};

/* Return: the engine, idle; NULL: the host has no memory or no thread. Context: task. */
struct qy_engine *qy_engine_start(
	struct qy_machine *m, const struct qy_engine_ops *ops, void *arg);

/* There is new work. What was written before is seen by begin(). Context: any, sim: the machine's thread. */
void qy_engine_kick(struct qy_engine *engine);

/* What was taken up is ended or, in sim, dropped. Context: task; nobody kicks it any more. */
void qy_engine_stop(struct qy_engine *engine);

#endif
