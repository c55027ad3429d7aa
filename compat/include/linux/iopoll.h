/* SPDX-License-Identifier: MIT */
/* Waiting for a register to say something. Times are in microseconds. No state. */
#ifndef COMPAT_LINUX_IOPOLL_H
#define COMPAT_LINUX_IOPOLL_H

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/ktime.h>

#define qy_poll(op, val, cond, wait, timeout_us, ...)                \
	({                                                           \
		u64 end_ = ktime_get_ns() + (u64)(timeout_us)*1000;  \
		for (;;) {                                           \
			(val) = op(__VA_ARGS__);                     \
			if (cond)                                    \
				break;                               \
			if ((timeout_us) && ktime_get_ns() > end_) { \
				(val) = op(__VA_ARGS__);             \
				break;                               \
			}                                            \
			wait;                                        \
			cpu_relax();                                 \
		}                                                    \
		(cond) ? 0 : -ETIMEDOUT;                             \
	})
#define read_poll_timeout(op, val, cond, sleep_us, timeout_us, sleep_before_read, ...) \
	({                                                                             \
		might_sleep_if((sleep_us) != 0);                                       \
		if (sleep_before_read && (sleep_us))                                   \
			usleep_range(((sleep_us) >> 2) + 1, sleep_us);                 \
		qy_poll(op, val, cond,                                                 \
			if (sleep_us) usleep_range(((sleep_us) >> 2) + 1, sleep_us),   \
			timeout_us, __VA_ARGS__);                                      \
	})
#define read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, delay_before, ...) \
	({                                                                               \
		if (delay_before && (delay_us))                                          \
			udelay(delay_us);                                                \
		qy_poll(op, val, cond, if (delay_us) udelay(delay_us), timeout_us,       \
			__VA_ARGS__);                                                    \
	})
#define readx_poll_timeout(op, addr, val, cond, sleep_us, timeout_us) \
	read_poll_timeout(op, val, cond, sleep_us, timeout_us, false, addr)
#define readx_poll_timeout_atomic(op, addr, val, cond, delay_us, timeout_us) \
	read_poll_timeout_atomic(op, val, cond, delay_us, timeout_us, false, addr)
#define readl_poll_timeout(addr, val, cond, sleep_us, timeout_us) \
	read_poll_timeout(readl, val, cond, sleep_us, timeout_us, false, addr)
#define readl_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us) \
	read_poll_timeout_atomic(readl, val, cond, delay_us, timeout_us, false, addr)
#define readl_relaxed_poll_timeout(addr, val, cond, sleep_us, timeout_us) \
	readl_poll_timeout(addr, val, cond, sleep_us, timeout_us)
#define readl_relaxed_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us) \
	readl_poll_timeout_atomic(addr, val, cond, delay_us, timeout_us)
#define readb_poll_timeout(addr, val, cond, sleep_us, timeout_us) \
	read_poll_timeout(readb, val, cond, sleep_us, timeout_us, false, addr)
#define readw_poll_timeout(addr, val, cond, sleep_us, timeout_us) \
	read_poll_timeout(readw, val, cond, sleep_us, timeout_us, false, addr)
#define readq_poll_timeout(addr, val, cond, sleep_us, timeout_us) \
	read_poll_timeout(readq, val, cond, sleep_us, timeout_us, false, addr)

#endif
