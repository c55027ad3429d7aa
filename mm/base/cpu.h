/* SPDX-License-Identifier: MIT */
/*
 * Which CPU this thread is on.
 *
 *   qy_this_cpu()
 *
 * No state.
 */
#ifndef QY_BASE_CPU_H
#define QY_BASE_CPU_H

#include "mm/base/atomic.h"
#include "mm/base/context.h"
#include "hot.h"

/*
 * A CPU of the board. Where CPUs are shared it was so at this look; the next one may find another, so nothing may depend on it
 * but speed. The context keeps the last answer for those who have no time to look.
 */
static inline u32 qy_this_cpu(void)
{
	struct qy_context *self = qy_current();

	if (unlikely(self->host_cpu != NULL))
		self->cpu = qy_host_cpu(self) % self->nr_cpus;
	return self->cpu;
}

#endif
