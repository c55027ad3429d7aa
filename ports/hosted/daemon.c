// SPDX-License-Identifier: MIT
/*
 * See daemon.h.
 *
 *   asleep --woken, or its time has come--> wants a CPU --there is one--> one step --> asleep for as long as it says
 *
 * Locking: `woken` keeps a semaphore at one, however often a daemon is woken; `stop` is set once.
 */
#include "ports/hosted/daemon.h"
#include <quarry/compact.h>
#include <quarry/file.h>
#include <quarry/reclaim.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#define NEVER UINT64_MAX
#define MS    1000000ull
#define NO_CPU_MAX \
	(16 * MS) /* how long at most it sleeps before it looks for a CPU again */

struct daemon {
	struct qy_daemons *all;
	enum qy_daemon which;
	unsigned int node;
	uint64_t first_ns; /* when it looks for the first time */
	pthread_t thread;
	sem_t sem;
	int woken; /* atomic */
};

struct qy_daemons {
	struct qy_machine *machine;
	int stop; /* atomic */
	unsigned int nr;
	struct daemon daemon[];
};

/* ------------------------------------------------------------------ what they do; ns until the next time */

static uint64_t step_kswapd(struct qy_machine *m, unsigned int node)
{
	uint64_t freed = qy_kswapd_step(m, node);
	uint64_t next_ns = qy_kswapd_next_ns(m, node);

	/* nothing to be had just now: others get on meanwhile */
	return freed || next_ns ? next_ns : MS;
}

static uint64_t step_kcompactd(struct qy_machine *m, unsigned int node)
{
	uint64_t next_ns;

	qy_kcompactd_step(m, node);
	next_ns = qy_kcompactd_proactive(m, node);
	return next_ns ? next_ns : NEVER;
}

static uint64_t step_flusher(struct qy_machine *m, unsigned int node)
{
	uint64_t next_ns;

	(void)node;
	qy_writeback_step(m);
	next_ns = qy_writeback_next_ns(m);
	return next_ns ? next_ns : MS;
}

static const struct {
	const char *name;
	uint64_t (*step)(struct qy_machine *m, unsigned int node);
	bool by_itself; /* it has something to do from time to time, though nobody wakes it */
} kinds[] = {
	[QY_KSWAPD] = { "kswapd%u", step_kswapd, false },
	[QY_KCOMPACTD] = { "kcompactd%u", step_kcompactd, true },
	[QY_FLUSHER] = { "kworker/flush-%u", step_flusher, true },
};

/* ------------------------------------------------------------------ their life */

static bool stopped(const struct daemon *d)
{
	/* acquire: whoever stops them has done what he did before */
	return __atomic_load_n(&d->all->stop, __ATOMIC_ACQUIRE);
}

static void wait_ns(struct daemon *d, uint64_t ns)
{
	struct timespec until;

	if (ns == NEVER) {
		while (sem_wait(&d->sem) && errno == EINTR)
			;
		return;
	}
	clock_gettime(CLOCK_REALTIME, &until);
	ns += (uint64_t)until.tv_nsec;
	until.tv_sec += (time_t)(ns / 1000000000u);
	until.tv_nsec = (long)(ns % 1000000000u);
	while (sem_timedwait(&d->sem, &until) && errno == EINTR)
		;
}

/* Return: false: it shall end instead. */
static bool enter(struct daemon *d)
{
	struct timespec pause = { 0 };

	for (uint64_t ns = MS; !stopped(d); ns = ns < NO_CPU_MAX ? ns * 2 : ns) {
		if (qy_enter_background(d->all->machine) >= 0)
			return true;
		pause.tv_nsec = (long)ns;
		nanosleep(&pause, NULL);
	}
	return false;
}

static void *live(void *arg)
{
	struct daemon *d = arg;
	uint64_t sleep_ns = d->first_ns;
	char name[32]; /* the host keeps 15 bytes */

	snprintf(name, sizeof(name), kinds[d->which].name, d->node);
	prctl(PR_SET_NAME, name);
	for (;;) {
		wait_ns(d, sleep_ns);
		/* before the step: who wakes it from here on is not overheard */
		__atomic_store_n(&d->woken, 0, __ATOMIC_SEQ_CST);
		if (!enter(d))
			return NULL;
		sleep_ns = kinds[d->which].step(d->all->machine, d->node);
		qy_leave();
	}
}

static void wake(struct daemon *d)
{
	if (!__atomic_exchange_n(&d->woken, 1, __ATOMIC_SEQ_CST))
		sem_post(&d->sem);
}

void qy_daemons_wake(struct qy_daemons *daemons, enum qy_daemon which, unsigned int node)
{
	for (unsigned int i = 0; i < daemons->nr; i++)
		if (daemons->daemon[i].which == which && daemons->daemon[i].node == node)
			wake(&daemons->daemon[i]);
}

/* Signals of the program are for its own threads. */
static int start(struct daemon *d)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP };
	sigset_t all, before;
	int err;

	sem_init(&d->sem, 0, 0);
	d->first_ns = kinds[d->which].by_itself ? 0 : NEVER;
	sigfillset(&all);
	/* but for those that say what the thread itself does wrong */
	for (unsigned int i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&all, own[i]);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&d->thread, NULL, live, d);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		sem_destroy(&d->sem);
	return err;
}

struct qy_daemons *qy_daemons_start(struct qy_machine *m)
{
	unsigned int nr = 2 * m->nr_nodes + 1;
	struct qy_daemons *all = calloc(1, sizeof(*all) + nr * sizeof(all->daemon[0]));

	if (!all)
		return NULL;
	all->machine = m;
	for (unsigned int i = 0; i < nr; i++) {
		struct daemon *d = &all->daemon[i];

		d->all = all;
		d->which = i == nr - 1 ? QY_FLUSHER : i & 1 ? QY_KCOMPACTD : QY_KSWAPD;
		d->node = i == nr - 1 ? 0 : i / 2;
	}
	for (; all->nr < nr; all->nr++)
		if (start(&all->daemon[all->nr])) {
			qy_daemons_stop(all);
			return NULL;
		}
	return all;
}

void qy_daemons_stop(struct qy_daemons *daemons)
{
	if (!daemons)
		return;
	__atomic_store_n(&daemons->stop, 1, __ATOMIC_RELEASE);
	for (unsigned int i = 0; i < daemons->nr; i++)
		sem_post(&daemons->daemon[i].sem);
	for (unsigned int i = 0; i < daemons->nr; i++) {
		pthread_join(daemons->daemon[i].thread, NULL);
		sem_destroy(&daemons->daemon[i].sem);
	}
	free(daemons);
}
