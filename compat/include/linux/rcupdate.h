/* SPDX-License-Identifier: MIT */
/*
 * Read-copy-update. A grace period ends when every task that was in a read section has left it; a read section that
 * sleeps is reported. No state.
 */
#ifndef COMPAT_LINUX_RCUPDATE_H
#define COMPAT_LINUX_RCUPDATE_H

#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/types.h>

void qy_compat_rcu_begins(void);
static inline void rcu_read_lock(void)
{
	qy_compat_rcu_begins();
	current->qy_rcu_depth++;
}

void qy_compat_rcu_not_held(void);
static inline void rcu_read_unlock(void)
{
	if (current->qy_rcu_depth > 0)
		current->qy_rcu_depth--;
	else
		qy_compat_rcu_not_held();
}

static inline int rcu_read_lock_held(void)
{
	return current->qy_rcu_depth != 0;
}

void qy_compat_rcu_suspicious(const char *file, int line, const char *what);
#define qy_rcu_assert(c, what)                                              \
	do {                                                                \
		if (!(c))                                                   \
			qy_compat_rcu_suspicious(__FILE__, __LINE__, what); \
	} while (0)

#define rcu_dereference_check(p, c)                                   \
	({                                                            \
		qy_rcu_assert(rcu_read_lock_held() || (c),            \
			"suspicious rcu_dereference_check() usage!"); \
		smp_load_acquire(&(p));                               \
	})
#define rcu_dereference(p) rcu_dereference_check(p, 0)
#define rcu_dereference_protected(p, c)                                            \
	({                                                                         \
		qy_rcu_assert(c, "suspicious rcu_dereference_protected() usage!"); \
		(p);                                                               \
	})
#define rcu_access_pointer(p)    READ_ONCE(p)
#define rcu_assign_pointer(p, v) smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)   WRITE_ONCE(p, v)

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
	QY_REAL(call_rcu);
void synchronize_rcu(void) QY_REAL(synchronize_rcu);
void rcu_barrier(void) QY_REAL(rcu_barrier);
#define synchronize_rcu_expedited() synchronize_rcu()

void qy_compat_kfree_rcu(struct rcu_head *head, const void *p);
/* The object @p has a struct rcu_head named @field. */
#define QY_KFREE_RCU(p, field)                               \
	do {                                                 \
		__auto_type p_ = (p);                        \
		if (p_)                                      \
			qy_compat_kfree_rcu(&p_->field, p_); \
	} while (0)
#define kfree_rcu(...) \
	QY_KVFREE_RCU(__VA_ARGS__, QY_KVFREE_RCU_2, QY_KVFREE_RCU_1, )(__VA_ARGS__)
/* Without a field, before 6.13: it may sleep. */
#define QY_KVFREE_RCU_1(p)               kvfree_rcu_mightsleep(p)
#define QY_KVFREE_RCU_2(p, field)        QY_KFREE_RCU(p, field)
#define QY_KVFREE_RCU(_1, _2, name, ...) name
#define kvfree_rcu(...) \
	QY_KVFREE_RCU(__VA_ARGS__, QY_KVFREE_RCU_2, QY_KVFREE_RCU_1, )(__VA_ARGS__)
/* Context: task, may sleep. */
void kfree_rcu_mightsleep(const void *p) QY_REAL(kfree_rcu_mightsleep);

void kvfree_rcu_mightsleep(const void *p) QY_REAL(kvfree_rcu_mightsleep);
#define rcu_pointer_handoff(p) (p)
#define rcu_replace_pointer(p, v, c)      \
	({                                \
		__auto_type was_ = (p);   \
		rcu_assign_pointer(p, v); \
		was_;                     \
	})
#define rcu_dereference_raw(p)         smp_load_acquire(&(p))
#define rcu_dereference_bh(p)          rcu_dereference_check(p, !preemptible())
#define rcu_dereference_sched(p)       rcu_dereference_check(p, !preemptible())
#define rcu_dereference_bh_check(p, c) rcu_dereference_check(p, (c) || !preemptible())
#define RCU_INITIALIZER(v)             (v)
#define RCU_POINTER_INITIALIZER(p, v)  .p = RCU_INITIALIZER(v)
#define rcu_read_lock_bh()          \
	do {                        \
		local_bh_disable(); \
		rcu_read_lock();    \
	} while (0)
#define rcu_read_unlock_bh()       \
	do {                       \
		rcu_read_unlock(); \
		local_bh_enable(); \
	} while (0)
#define rcu_read_lock_sched()   preempt_disable()
#define rcu_read_unlock_sched() preempt_enable()
#define RCU_LOCKDEP_WARN(c, s)  qy_rcu_assert(!(c), s)
/* stub: the state of a head is not tracked */
#define init_rcu_head(head)
/* stub: the state of a head is not tracked */
#define destroy_rcu_head(head)
/* stub: the state of a head is not tracked */
#define init_rcu_head_on_stack(head)
/* stub: the state of a head is not tracked */
#define destroy_rcu_head_on_stack(head)

#endif
