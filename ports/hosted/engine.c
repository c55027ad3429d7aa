// SPDX-License-Identifier: MIT
/*
 * A simulated device as a thread of its own. See ports/host/engine.h.
 *
 * Locking: `lock` guards kicked and stopping; work is done without it.
 */
#include "ports/host/engine.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct qy_engine {
	const struct qy_engine_ops *ops;
	void *arg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* lock must be held for these: */
	bool kicked;
	bool stopping;
};

/* Return: false when the engine shall end. */
static bool wait_for_work(struct qy_engine *engine)
{
	bool go;

	pthread_mutex_lock(&engine->lock);
	while (!engine->kicked && !engine->stopping)
		pthread_cond_wait(&engine->changed, &engine->lock);
	engine->kicked = false;
	go = !engine->stopping;
	pthread_mutex_unlock(&engine->lock);
	return go;
}

static void *work(void *arg)
{
	struct qy_engine *engine = arg;

	while (wait_for_work(engine))
		while (engine->ops->begin(engine->arg))
			engine->ops->end(engine->arg);
	return NULL;
}

struct qy_engine *qy_engine_start(
	struct qy_machine *m, const struct qy_engine_ops *ops, void *arg)
{
	struct qy_engine *engine = calloc(1, sizeof(*engine));

	(void)m;
	if (!engine)
		return NULL;
	engine->ops = ops;
	engine->arg = arg;
	pthread_mutex_init(&engine->lock, NULL);
	pthread_cond_init(&engine->changed, NULL);
	if (!pthread_create(&engine->thread, NULL, work, engine))
		return engine;
	free(engine);
	return NULL;
}

void qy_engine_kick(struct qy_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->kicked = true;
	pthread_cond_signal(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
}

void qy_engine_stop(struct qy_engine *engine)
{
	pthread_mutex_lock(&engine->lock);
	engine->stopping = true;
	pthread_cond_signal(&engine->changed);
	pthread_mutex_unlock(&engine->lock);
	pthread_join(engine->thread, NULL);
	pthread_cond_destroy(&engine->changed);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}
