// SPDX-License-Identifier: MIT
/*
 * See why_device.h. No state.
 */
#include "lab/why_device.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct qy_device_why *qy_device_why_new(
	enum qy_device_cause cause, const char *device, uint64_t when_ns)
{
	struct qy_device_why *why = calloc(1, sizeof(*why));

	if (!why)
		return NULL;
	why->cause = cause;
	why->when_ns = when_ns;
	snprintf(why->device, sizeof(why->device), "%s", device);
	return why;
}

void qy_device_why_say(struct qy_device_why *why, const char *fmt, ...)
{
	va_list ap;

	if (!why || why->nr_lines == QY_DEVICE_WHY_LINES)
		return;
	va_start(ap, fmt);
	vsnprintf(why->line[why->nr_lines++], sizeof(why->line[0]), fmt, ap);
	va_end(ap);
}

const char *qy_device_cause_name(enum qy_device_cause cause)
{
	static const char *const names[] = {
		[QY_DEVICE_MASK] = "mask",
		[QY_DEVICE_AREA] = "area",
		[QY_DEVICE_CMA] = "cma",
		[QY_DEVICE_ORDER] = "order",
		[QY_DEVICE_MEMORY] = "memory",
		[QY_DEVICE_BOUNCE] = "bounce",
		[QY_DEVICE_REACH] = "reach",
		[QY_DEVICE_IOVA] = "iova",
		[QY_DEVICE_POOL] = "pool",
	};

	return names[cause];
}
