/* SPDX-License-Identifier: MIT */
#ifndef UPSTREAM_TRACE_EVENTS_PRINTK_H
#define UPSTREAM_TRACE_EVENTS_PRINTK_H

#include <linux/types.h>

static inline void check_trace_callback_type_console(
	void (*probe)(void *data, const char *text, size_t bytes))
{
}

#endif
