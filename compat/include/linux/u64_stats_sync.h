/* SPDX-License-Identifier: MIT */
/* Counters of 64 bits: a board of 64 bits writes one at once, so nobody waits. No state. */
#ifndef COMPAT_LINUX_U64_STATS_SYNC_H
#define COMPAT_LINUX_U64_STATS_SYNC_H

#include <linux/compiler.h>
#include <linux/types.h>

struct u64_stats_sync {
	char nothing_[0];
};

typedef struct {
	u64 v;
} u64_stats_t;

#define u64_stats_read(p)                         READ_ONCE((p)->v)
#define u64_stats_set(p, n)                       WRITE_ONCE((p)->v, n)
#define u64_stats_add(p, n)                       ((p)->v += (n))
#define u64_stats_inc(p)                          ((p)->v++)
#define u64_stats_init(sync)                      ((void)(sync))
#define u64_stats_update_begin(sync)              ((void)(sync))
#define u64_stats_update_end(sync)                ((void)(sync))
#define u64_stats_update_begin_irqsave(s)         ((void)(s), 0ul)
#define u64_stats_update_end_irqrestore(s, flags) ((void)(s), (void)(flags))
#define u64_stats_fetch_begin(sync)               ((void)(sync), 0u)
#define u64_stats_fetch_retry(sync, n)            ((void)(sync), (void)(n), 0)
#define u64_stats_fetch_begin_irq(sync)           u64_stats_fetch_begin(sync) /* before 6.3 */
#define u64_stats_fetch_retry_irq(sync, n)        u64_stats_fetch_retry(sync, n)

#endif
