/* SPDX-License-Identifier: MIT */
/* The lock of all that changes interfaces. No state. */
#ifndef COMPAT_LINUX_RTNETLINK_H
#define COMPAT_LINUX_RTNETLINK_H

#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

struct netlink_ext_ack;

/* Context: task, may sleep. */
void rtnl_lock(void) QY_REAL(rtnl_lock);
void rtnl_unlock(void) QY_REAL(rtnl_unlock);
int rtnl_trylock(void) QY_REAL(rtnl_trylock);
int rtnl_is_locked(void) QY_REAL(rtnl_is_locked);
int lockdep_rtnl_is_held(void) QY_REAL(lockdep_rtnl_is_held);

#define ASSERT_RTNL()                                                               \
	WARN_ONCE(!rtnl_is_locked(), "RTNL: assertion failed at %s (%d)", __FILE__, \
		__LINE__)
#define rtnl_dereference(p)        rcu_dereference_protected(p, lockdep_rtnl_is_held())
#define rcu_dereference_rtnl(p)    rcu_dereference_check(p, lockdep_rtnl_is_held())
#define rcu_dereference_bh_rtnl(p) rcu_dereference_check(p, lockdep_rtnl_is_held())

#endif
