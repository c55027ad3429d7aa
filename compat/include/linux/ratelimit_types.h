/* SPDX-License-Identifier: MIT */
/* How often something may be said. No state. */
#ifndef COMPAT_LINUX_RATELIMIT_TYPES_H
#define COMPAT_LINUX_RATELIMIT_TYPES_H

#include <linux/types.h>

#define DEFAULT_RATELIMIT_INTERVAL (5 * 250) /* jiffies: 5 s */
#define DEFAULT_RATELIMIT_BURST    10

struct ratelimit_state {
	int interval; /* jiffies */
	int burst;
	int printed, missed;
	bool begun;
	u64 begin_ns;
	const char *func;
};

#define RATELIMIT_STATE_INIT(i, b)                        \
	{                                                 \
		.interval = (i), .burst = (b), .func = "" \
	}
#define DEFINE_RATELIMIT_STATE(name, i, b) \
	struct ratelimit_state name = RATELIMIT_STATE_INIT(i, b)

#endif
