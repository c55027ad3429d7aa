/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks that mask interrupts, mutexes that do not, and the names of all locks.
 *
 * The one lock order is in mm/README.md. A lock holder is never interrupted: simulated interrupts are soft-masked
 * while irqs_disabled is not 0, so an interrupt cannot wait for a lock that its own CPU holds.
 */
#ifndef QY_BASE_LOCK_H
#define QY_BASE_LOCK_H

#include "mm/base/atomic.h"
#include "mm/base/context.h"
#include "hot.h"

struct qy_spinlock {
	u32 locked;
};

/* acquire: pairs with the release of the holder before */
static inline bool qy_spin_trylock_irqsave(struct qy_spinlock *lock)
{
	u32 unlocked = 0;

	qy_current()->irqs_disabled++;
	if (likely(__atomic_compare_exchange_n(&lock->locked, &unlocked, 1, false,
		    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)))
		return true;
	qy_current()->irqs_disabled--;
	return false;
}

static noinline void qy_spin_lock_slow(struct qy_spinlock *lock)
{
	for (unsigned int round = 0;; round++) {
		qy_spin_wait(round);
		if (!READ_ONCE(lock->locked) && qy_spin_trylock_irqsave(lock))
			return;
	}
}

static inline void qy_spin_lock_irqsave(struct qy_spinlock *lock)
{
	if (unlikely(!qy_spin_trylock_irqsave(lock)))
		qy_spin_lock_slow(lock);
}

/* release: pairs with the acquire of the next holder */
static inline void qy_spin_unlock_irqrestore(struct qy_spinlock *lock)
{
	store_release(&lock->locked, 0);
	qy_current()->irqs_disabled--;
	QY_STEP();
}

static inline bool qy_spin_is_locked(const struct qy_spinlock *lock)
{
	return READ_ONCE(lock->locked) != 0;
}

/* A lock whose holder may sleep and allocate: it masks nothing. Context: task. */
struct qy_mutex {
	u32 locked;
};

/* acquire: pairs with the release of the holder before */
static inline void qy_mutex_lock(struct qy_mutex *mutex)
{
	u32 unlocked = 0;

	for (unsigned int round = 0; !__atomic_compare_exchange_n(&mutex->locked,
		     &unlocked, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
		round++) {
		qy_spin_wait(round);
		unlocked = 0;
	}
}

/* acquire: as qy_mutex_lock() */
static inline bool qy_mutex_trylock(struct qy_mutex *mutex)
{
	u32 unlocked = 0;

	return __atomic_compare_exchange_n(
		&mutex->locked, &unlocked, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* release: pairs with the acquire of the next holder */
static inline void qy_mutex_unlock(struct qy_mutex *mutex)
{
	store_release(&mutex->locked, 0);
	QY_STEP();
}

#define lockdep_assert_held(lock) VM_BUG_ON(!qy_spin_is_locked(lock))

#endif
