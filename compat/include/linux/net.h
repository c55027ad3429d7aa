/* SPDX-License-Identifier: MIT */
/* What a network says not too often. No state. */
#ifndef COMPAT_LINUX_NET_H
#define COMPAT_LINUX_NET_H

#include <linux/printk.h>
#include <linux/ratelimit.h>

#define net_ratelimit()                                                       \
	({                                                                    \
		static struct ratelimit_state rs_ = RATELIMIT_STATE_INIT(     \
			DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST); \
		rs_.func = __func__;                                          \
		__printk_ratelimit(&rs_);                                     \
	})
#define net_err_ratelimited(fmt, ...)    pr_err_ratelimited(fmt, ##__VA_ARGS__)
#define net_warn_ratelimited(fmt, ...)   pr_warn_ratelimited(fmt, ##__VA_ARGS__)
#define net_notice_ratelimited(fmt, ...) pr_notice_ratelimited(fmt, ##__VA_ARGS__)
#define net_info_ratelimited(fmt, ...)   pr_info_ratelimited(fmt, ##__VA_ARGS__)
#define net_dbg_ratelimited(fmt, ...)    pr_debug(fmt, ##__VA_ARGS__)

#endif
