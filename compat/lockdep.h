/* SPDX-License-Identifier: MIT */
/*
 * Lockdep in small: in which order locks are taken, and in which contexts. lock.c tells of each one.
 *
 * A class is what one line of code has initialised, or one static lock. Two classes that were ever held together in one order
 * are never to be in the other; a class that an interrupt takes is never to be held where that interrupt may come.
 *
 * Locking: none; see world.h.
 */
#ifndef COMPAT_LOCKDEP_H
#define COMPAT_LOCKDEP_H

#include "compat/world.h"

enum lock_kind {
	LOCK_SPINS,
	LOCK_SLEEPS,
};

struct lock_id {
	const void *lock;
	const void *
		key; /* of the line that initialised it; NULL: the lock is its own class */
	const char *name;
	unsigned int subclass;
	enum lock_kind kind;
	bool shared; /* by readers */
};

/* Before it is waited for. @from: the driver's call. */
void qy_lock_wanted(const struct lock_id *id, const void *from);
/* It is held; a trylock is not wanted before. */
void qy_lock_taken(const struct lock_id *id, const void *from);
void qy_lock_released(const void *lock);
/* It stands around what it guards without being a lock: a work item and a timer around their functions, reclaim. Held, not held. */
void qy_map_begin(const struct lock_id *id, const void *from);
void qy_map_end(const struct lock_id *id);
/* Somebody waits for what @id stands around. */
void qy_map_wait(const struct lock_id *id, const void *from);
/* A request that may write pages to make room, from here on. */
void qy_reclaim_wanted(const void *from);
void qy_reclaim_begin(void);
void qy_reclaim_end(void);
/* The task holds it. */
bool qy_lock_is_held(const void *lock);
/* Memory goes: no lock in it is to be held. */
void qy_locks_freed(const void *p, size_t bytes);
/* Around each call of a driver's function: what it leaves behind of locks and masks is told, and undone. */
struct qy_callback {
	unsigned int preempt, irqs, locks;
	int rcu;
};
struct qy_callback qy_callback_begin(void);
/* @what: "probe of isp"; @to_program: behind it the kernel is left. */
void qy_callback_end(const struct qy_callback *begin, const char *what, bool to_program);

int qy_lockdep_init(struct qy_world *w);
void qy_lockdep_down(struct qy_world *w);

#endif
