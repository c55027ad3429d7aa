/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks. Who holds one is not to sleep; who finds its own CPU holding it would spin for ever: both are reported in the
 * kernel's words, the second ends the run.
 */
#ifndef COMPAT_LINUX_SPINLOCK_H
#define COMPAT_LINUX_SPINLOCK_H

#include <asm/processor.h>
#include <asm/quarry.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/preempt.h>

struct task_struct;

typedef struct spinlock {
	unsigned int locked;
	unsigned int owner_cpu;
	struct task_struct *owner;
	const char *name;
	const void *key; /* of the line that initialised it; NULL: it is static */
} spinlock_t;
typedef spinlock_t raw_spinlock_t;

#define __SPIN_LOCK_UNLOCKED(lock) \
	{                          \
		.name = #lock      \
	}
#define DEFINE_SPINLOCK(lock)     spinlock_t lock = __SPIN_LOCK_UNLOCKED(lock)
#define DEFINE_RAW_SPINLOCK(lock) spinlock_t lock = __SPIN_LOCK_UNLOCKED(lock)
#define spin_lock_init(lock)                                           \
	do {                                                           \
		static const char key_;                                \
		*(lock) = (spinlock_t){ .name = #lock, .key = &key_ }; \
	} while (0)
#define raw_spin_lock_init(lock) spin_lock_init(lock)

void spin_lock(spinlock_t *lock) QY_REAL(spin_lock);
/* @subclass: of locks of one class that are taken under each other */
void spin_lock_nested(spinlock_t *lock, int subclass) QY_REAL(spin_lock_nested);
void spin_unlock(spinlock_t *lock) QY_REAL(spin_unlock);
int spin_trylock(spinlock_t *lock) QY_REAL(spin_trylock);
void local_bh_disable(void) QY_REAL(local_bh_disable);
void local_bh_enable(void) QY_REAL(local_bh_enable);

static inline int spin_is_locked(spinlock_t *lock)
{
	return lock->locked != 0;
}

static inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

static inline void spin_lock_bh(spinlock_t *lock)
{
	local_bh_disable();
	spin_lock(lock);
}

static inline void spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock(lock);
	local_bh_enable();
}

#define spin_lock_irqsave(lock, flags) \
	do {                           \
		local_irq_save(flags); \
		spin_lock(lock);       \
	} while (0)

static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	local_irq_restore(flags);
}

#define spin_trylock_irqsave(lock, flags)         \
	({                                        \
		int taken_;                       \
		local_irq_save(flags);            \
		taken_ = spin_trylock(lock);      \
		if (!taken_)                      \
			local_irq_restore(flags); \
		taken_;                           \
	})

#define assert_spin_locked(lock) BUG_ON(!spin_is_locked(lock))
/* By this task. */
int qy_compat_lock_held(const void *lock);
#define lockdep_is_held(lock)               qy_compat_lock_held(lock)
#define lockdep_assert_held(lock)           WARN_ON(!lockdep_is_held(lock))
#define raw_spin_lock(lock)                 spin_lock(lock)
#define raw_spin_unlock(lock)               spin_unlock(lock)
#define raw_spin_lock_irq(lock)             spin_lock_irq(lock)
#define raw_spin_unlock_irq(lock)           spin_unlock_irq(lock)
#define raw_spin_lock_irqsave(lock, f)      spin_lock_irqsave(lock, f)
#define raw_spin_unlock_irqrestore(lock, f) spin_unlock_irqrestore(lock, f)

/* Readers and a writer. */
typedef struct {
	spinlock_t lock; /* of the writer */
	unsigned int readers;
} rwlock_t;

#define __RW_LOCK_UNLOCKED(name)                   \
	{                                          \
		.lock = __SPIN_LOCK_UNLOCKED(name) \
	}
#define DEFINE_RWLOCK(name) rwlock_t name = __RW_LOCK_UNLOCKED(name)
#define rwlock_init(l)                                                     \
	do {                                                               \
		static const char key_;                                    \
		*(l) = (rwlock_t){ .lock = { .name = #l, .key = &key_ } }; \
	} while (0)

void read_lock(rwlock_t *lock) QY_REAL(read_lock);
void read_unlock(rwlock_t *lock) QY_REAL(read_unlock);
void write_lock(rwlock_t *lock) QY_REAL(write_lock);
void write_unlock(rwlock_t *lock) QY_REAL(write_unlock);

#define read_lock_irqsave(lock, flags) \
	do {                           \
		local_irq_save(flags); \
		read_lock(lock);       \
	} while (0)
#define read_unlock_irqrestore(lock, flags) \
	do {                                \
		read_unlock(lock);          \
		local_irq_restore(flags);   \
	} while (0)
#define write_lock_irqsave(lock, flags) \
	do {                            \
		local_irq_save(flags);  \
		write_lock(lock);       \
	} while (0)
#define write_unlock_irqrestore(lock, flags) \
	do {                                 \
		write_unlock(lock);          \
		local_irq_restore(flags);    \
	} while (0)

#endif
