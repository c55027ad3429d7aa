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

static inline void rcu_read_lock(void)
{
	current->qy_rcu_depth++;
}

static inline void rcu_read_unlock(void)
{
	current->qy_rcu_depth--;
}

static inline int rcu_read_lock_held(void)
{
	return current->qy_rcu_depth != 0;
}

#define rcu_dereference(p)              smp_load_acquire(&(p))
#define rcu_dereference_check(p, c)     rcu_dereference(p)
#define rcu_dereference_protected(p, c) (p)
#define rcu_access_pointer(p)           READ_ONCE(p)
#define rcu_assign_pointer(p, v)        smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)          WRITE_ONCE(p, v)

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
	QY_REAL(call_rcu);
void synchronize_rcu(void) QY_REAL(synchronize_rcu);
void rcu_barrier(void) QY_REAL(rcu_barrier);
#define synchronize_rcu_expedited() synchronize_rcu()

void qy_compat_kfree_rcu(struct rcu_head *head, const void *p);
/* The object @p has a struct rcu_head named @field. */
#define kfree_rcu(p, field)                                  \
	do {                                                 \
		__auto_type p_ = (p);                        \
		if (p_)                                      \
			qy_compat_kfree_rcu(&p_->field, p_); \
	} while (0)
#define kvfree_rcu(p, field) kfree_rcu(p, field)
/* Context: task, may sleep. */
void kfree_rcu_mightsleep(const void *p) QY_REAL(kfree_rcu_mightsleep);

#endif
