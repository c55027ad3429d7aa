// SPDX-License-Identifier: MIT
/*
 * Locks and waiting: spinlocks, wait queues, completions, mutexes, semaphores.
 *
 * One host thread plays every CPU, and a holder of a spinlock does not give way: who finds one taken has a bug in front of
 * it. Everything that sleeps is a wait queue.
 *
 * Locking: none; see world.h.
 */
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/stack.h"
#include "compat/world.h"

#define CALLER __builtin_return_address(0)

/* ------------------------------------------------------------------ spinlocks */

/* Its holder has slept with it: it gets the chance to go on. The same task, or an interrupt above it: never. */
static void wait_for_owner(spinlock_t *lock)
{
	struct qy_world *w = qy_compat_world();
	const struct task_struct *owner = lock->owner;
	char line[160];

	if (owner != current && !in_interrupt()) {
		for (int round = 0; lock->locked && round < 1000; round++)
			qy_fiber_block(w->m, qy_sim_now(w->m) + 1000000);
		if (!lock->locked)
			return;
	}
	scnprintf(line, sizeof(line),
		"BUG: spinlock %s on CPU#%u, %s/%d: lock: %s, .owner: %s/%d, .owner_cpu: %u",
		owner == current ? "recursion" : "lockup suspected", smp_processor_id(),
		current->comm, current->pid, lock->name ? lock->name : "?",
		owner ? owner->comm : "<none>", owner ? owner->pid : -1, lock->owner_cpu);
	qy_compat_fatal(line);
}

static void take(spinlock_t *lock)
{
	lock->locked = 1;
	lock->owner = current;
	lock->owner_cpu = smp_processor_id();
}

static struct lock_id id_of(const spinlock_t *lock, unsigned int subclass)
{
	return (struct lock_id){ .lock = lock,
		.key = lock->key,
		.name = lock->name,
		.subclass = subclass,
		.kind = LOCK_SPINS };
}

static void lock_spin(spinlock_t *lock, unsigned int subclass, const void *from)
{
	struct lock_id id = id_of(lock, subclass);

	preempt_disable();
	if (!lock->locked || lock->owner != current) /* that is another report */
		qy_lock_wanted(&id, from);
	while (lock->locked)
		wait_for_owner(lock);
	take(lock);
	qy_lock_taken(&id, from);
}

void spin_lock(spinlock_t *lock)
{
	lock_spin(lock, 0, CALLER);
}

void spin_lock_nested(spinlock_t *lock, int subclass)
{
	lock_spin(lock, (unsigned int)subclass, CALLER);
}

int spin_trylock(spinlock_t *lock)
{
	struct lock_id id;

	preempt_disable();
	if (lock->locked) {
		preempt_enable();
		return 0;
	}
	take(lock);
	id = id_of(lock, 0);
	qy_lock_taken(&id, CALLER);
	return 1;
}

void spin_unlock(spinlock_t *lock)
{
	if (!lock->locked) {
		qy_compat_report(
			"BUG: spinlock already unlocked on CPU#%u, %s/%d: lock: %s",
			smp_processor_id(), current->comm, current->pid,
			lock->name ? lock->name : "?");
		return;
	}
	if (lock->owner != current)
		qy_compat_report("BUG: spinlock wrong owner on CPU#%u, %s/%d: lock: %s",
			smp_processor_id(), current->comm, current->pid,
			lock->name ? lock->name : "?");
	qy_lock_released(lock);
	lock->locked = 0;
	lock->owner = NULL;
	preempt_enable();
}

void read_lock(rwlock_t *lock)
{
	struct lock_id id = id_of(&lock->lock, 0);

	id.shared = true;
	preempt_disable();
	qy_lock_wanted(&id, CALLER);
	while (lock->lock.locked)
		wait_for_owner(&lock->lock);
	lock->readers++;
	qy_lock_taken(&id, CALLER);
}

void read_unlock(rwlock_t *lock)
{
	WARN_ON(!lock->readers);
	qy_lock_released(&lock->lock);
	lock->readers--;
	preempt_enable();
}

void write_lock(rwlock_t *lock)
{
	lock_spin(&lock->lock, 0, CALLER);
	if (lock->readers)
		wait_for_owner(&lock->lock);
}

void write_unlock(rwlock_t *lock)
{
	spin_unlock(&lock->lock);
}

/* ------------------------------------------------------------------ what headers ask, and tell */

static unsigned long long shown(const void *p)
{
	return qy_compat_board_address(p);
}

int qy_compat_lock_held(const void *lock)
{
	return qy_lock_is_held(lock);
}

void qy_compat_irqs_are_on(void)
{
	if (qy_kasan_told_before(qy_compat_world(), CALLER))
		return;
	qy_compat_report(
		"WARNING: raw_local_irq_restore() called with IRQs enabled, by %s/%d",
		current->comm, current->pid);
}

void qy_compat_rcu_not_held(void)
{
	qy_compat_report("WARNING: bad unlock balance detected!");
	qy_printk_line(QY_LOG_ERR,
		"%s/%d is trying to release lock (rcu_read_lock), but there are no more locks to release!",
		current->comm, current->pid);
}

void qy_compat_rcu_suspicious(const char *file, int line, const char *what)
{
	if (qy_kasan_told_before(qy_compat_world(), CALLER))
		return;
	qy_compat_report("WARNING: suspicious RCU usage");
	qy_printk_line(QY_LOG_ERR, "%s:%d %s", file, line, what);
	qy_stack_print_here(CALLER);
}

void qy_compat_list_corrupt(const char *what, const void *entry, const void *at,
	const void *is, const void *should)
{
	qy_compat_report(
		"WARNING: %s (%016llx), but was %016llx. (at=%016llx, entry=%016llx)",
		what, shown(should), shown(is), shown(at), shown(entry));
	qy_stack_print_here(CALLER);
}

bool qy_compat_rcu_list_ok(void)
{
	return rcu_read_lock_held() || current->qy_nr_locks || in_interrupt();
}

/* ------------------------------------------------------------------ wait queues */

int default_wake_function(
	wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	struct task_struct *task = entry->private;

	(void)flags, (void)key;
	if (!(READ_ONCE(task->__state) & mode))
		return 0;
	return wake_up_process(task);
}

int autoremove_wake_function(
	wait_queue_entry_t *entry, unsigned int mode, int flags, void *key)
{
	int woken = default_wake_function(entry, mode, flags, key);

	if (woken)
		list_del_init(&entry->entry);
	return woken;
}

void add_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	list_add(&entry->entry, &wq->head);
}

void remove_wait_queue(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	(void)wq;
	list_del(&entry->entry);
}

void prepare_to_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry, int state)
{
	entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	if (list_empty(&entry->entry))
		list_add(&entry->entry, &wq->head);
	set_current_state((unsigned int)state);
}

bool prepare_to_wait_exclusive(
	wait_queue_head_t *wq, wait_queue_entry_t *entry, int state)
{
	bool was_empty = list_empty(&wq->head);

	entry->flags |= WQ_FLAG_EXCLUSIVE;
	if (list_empty(&entry->entry))
		list_add_tail(&entry->entry, &wq->head);
	set_current_state((unsigned int)state);
	return was_empty;
}

void finish_wait(wait_queue_head_t *wq, wait_queue_entry_t *entry)
{
	(void)wq;
	__set_current_state(TASK_RUNNING);
	if (!list_empty(&entry->entry))
		list_del_init(&entry->entry);
}

int __wake_up(wait_queue_head_t *wq, unsigned int mode, int nr, void *key)
{
	wait_queue_entry_t *entry, *next;
	int woken = 0;

	list_for_each_entry_safe(entry, next, &wq->head, entry) {
		unsigned int flags = entry->flags;

		if (entry->func(entry, mode, 0, key)) {
			woken++;
			if (flags & WQ_FLAG_EXCLUSIVE && !--nr)
				break;
		}
	}
	return woken;
}

/* ------------------------------------------------------------------ completions */

#define DONE_FOR_ALL 0x80000000u

void complete(struct completion *x)
{
	if (x->done < DONE_FOR_ALL)
		x->done++;
	__wake_up(&x->wait, TASK_NORMAL | TASK_WAKEKILL, 1, NULL);
}

void complete_all(struct completion *x)
{
	x->done = DONE_FOR_ALL;
	__wake_up(&x->wait, TASK_NORMAL | TASK_WAKEKILL, 0, NULL);
}

static bool take_done(struct completion *x)
{
	if (!x->done)
		return false;
	if (x->done < DONE_FOR_ALL)
		x->done--;
	return true;
}

bool try_wait_for_completion(struct completion *x)
{
	return take_done(x);
}

/* Waits in turn until @taken. Return: as qy_wait_event(). */
#define wait_exclusive(wq, taken, state, timeout)                             \
	({                                                                    \
		wait_queue_entry_t entry_;                                    \
		long left_ = (timeout);                                       \
		init_wait(&entry_);                                           \
		for (;;) {                                                    \
			prepare_to_wait_exclusive(wq, &entry_, (int)(state)); \
			if (taken) {                                          \
				left_ = left_ ? left_ : 1;                    \
				break;                                        \
			}                                                     \
			if (signal_pending_state(state, current)) {           \
				left_ = -ERESTARTSYS;                         \
				break;                                        \
			}                                                     \
			if (!left_)                                           \
				break;                                        \
			left_ = schedule_timeout(left_);                      \
		}                                                             \
		finish_wait(wq, &entry_);                                     \
		left_;                                                        \
	})

long qy_compat_wait_for(struct completion *x, long timeout, unsigned int state)
{
	might_sleep();
	if (take_done(x))
		return timeout ? timeout : 1;
	return wait_exclusive(&x->wait, take_done(x), state, timeout);
}

/* ------------------------------------------------------------------ mutexes */

static bool take_mutex(struct mutex *m)
{
	if (m->owner)
		return false;
	m->owner = current;
	return true;
}

static struct lock_id mutex_id(const struct mutex *m, unsigned int subclass)
{
	return (struct lock_id){ .lock = m,
		.key = m->key,
		.name = m->name,
		.subclass = subclass,
		.kind = LOCK_SLEEPS };
}

static int lock_mutex(
	struct mutex *m, unsigned int state, unsigned int subclass, const void *from)
{
	struct lock_id id = mutex_id(m, subclass);
	long left;

	might_sleep();
	if (in_interrupt())
		qy_compat_report("BUG: mutex %s is locked in an interrupt", m->name);
	qy_lock_wanted(&id, from);
	left = take_mutex(m) ? 0
			     : wait_exclusive(&m->wait, take_mutex(m), state,
				       MAX_SCHEDULE_TIMEOUT);
	if (left < 0)
		return -EINTR;
	qy_lock_taken(&id, from);
	return 0;
}

void mutex_lock(struct mutex *m)
{
	lock_mutex(m, TASK_UNINTERRUPTIBLE, 0, CALLER);
}

void mutex_lock_nested(struct mutex *m, unsigned int subclass)
{
	lock_mutex(m, TASK_UNINTERRUPTIBLE, subclass, CALLER);
}

int mutex_lock_interruptible(struct mutex *m)
{
	return lock_mutex(m, TASK_INTERRUPTIBLE, 0, CALLER);
}

int mutex_lock_killable(struct mutex *m)
{
	return lock_mutex(m, TASK_KILLABLE, 0, CALLER);
}

int mutex_trylock(struct mutex *m)
{
	struct lock_id id = mutex_id(m, 0);

	if (!take_mutex(m))
		return 0;
	qy_lock_taken(&id, CALLER);
	return 1;
}

void mutex_unlock(struct mutex *m)
{
	if (m->owner != current) {
		WARN(1, "mutex_unlock(): %s is not locked by %s/%d",
			m->name ? m->name : "a mutex", current->comm, current->pid);
		return;
	}
	qy_lock_released(m);
	m->owner = NULL;
	__wake_up(&m->wait, TASK_NORMAL | TASK_WAKEKILL, 1, NULL);
}

void mutex_destroy(struct mutex *m)
{
	WARN(m->owner, "mutex_destroy(): %s is locked", m->name);
}

/* ------------------------------------------------------------------ semaphores */

static bool take_semaphore(struct semaphore *s)
{
	if (!s->count)
		return false;
	s->count--;
	return true;
}

static long lower(struct semaphore *s, unsigned int state, long timeout)
{
	might_sleep();
	if (take_semaphore(s))
		return 1;
	return wait_exclusive(&s->wait, take_semaphore(s), state, timeout);
}

void down(struct semaphore *s)
{
	lower(s, TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

int down_interruptible(struct semaphore *s)
{
	return lower(s, TASK_INTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT) < 0 ? -EINTR : 0;
}

/* 0: taken */
int down_trylock(struct semaphore *s)
{
	return !take_semaphore(s);
}

int down_timeout(struct semaphore *s, long timeout)
{
	return lower(s, TASK_UNINTERRUPTIBLE, timeout) ? 0 : -ETIME;
}

void up(struct semaphore *s)
{
	s->count++;
	__wake_up(&s->wait, TASK_NORMAL | TASK_WAKEKILL, 1, NULL);
}

static struct lock_id rwsem_id(const struct rw_semaphore *s, bool shared)
{
	return (struct lock_id){ .lock = s,
		.key = s->key,
		.name = s->name,
		.kind = LOCK_SLEEPS,
		.shared = shared };
}

static bool take_rwsem(struct rw_semaphore *s, bool shared)
{
	if (shared ? s->count < 0 : s->count)
		return false;
	s->count = shared ? s->count + 1 : -1;
	return true;
}

static int try_rwsem(struct rw_semaphore *s, bool shared, const void *from)
{
	struct lock_id id = rwsem_id(s, shared);

	if (!take_rwsem(s, shared))
		return 0;
	qy_lock_taken(&id, from);
	return 1;
}

static void lock_rwsem(struct rw_semaphore *s, bool shared, const void *from)
{
	struct lock_id id = rwsem_id(s, shared);

	might_sleep();
	qy_lock_wanted(&id, from);
	wait_event(s->wait, take_rwsem(s, shared));
	qy_lock_taken(&id, from);
}

int down_read_trylock(struct rw_semaphore *s)
{
	return try_rwsem(s, true, CALLER);
}

int down_write_trylock(struct rw_semaphore *s)
{
	return try_rwsem(s, false, CALLER);
}

void down_read(struct rw_semaphore *s)
{
	lock_rwsem(s, true, CALLER);
}

void down_write(struct rw_semaphore *s)
{
	lock_rwsem(s, false, CALLER);
}

void up_read(struct rw_semaphore *s)
{
	WARN_ON(s->count <= 0);
	qy_lock_released(s);
	s->count--;
	wake_up_all(&s->wait);
}

void up_write(struct rw_semaphore *s)
{
	WARN_ON(s->count != -1);
	qy_lock_released(s);
	s->count = 0;
	wake_up_all(&s->wait);
}

void downgrade_write(struct rw_semaphore *s)
{
	WARN_ON(s->count != -1);
	s->count = 1;
	wake_up_all(&s->wait);
}
