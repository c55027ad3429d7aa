/* SPDX-License-Identifier: MIT */
/* Who wants to hear what the log is told. No state. */
#ifndef COMPAT_TRACE_EVENTS_PRINTK_H
#define COMPAT_TRACE_EVENTS_PRINTK_H

#include <asm/quarry.h>
#include <linux/tracepoint.h>

typedef void qy_console_probe(void *data, const char *text, size_t len);

/* Return: 0, -EEXIST, -ENOMEM; 0, -ENOENT. */
int register_trace_console(qy_console_probe *probe, void *data)
	QY_REAL(register_trace_console);
int unregister_trace_console(qy_console_probe *probe, void *data)
	QY_REAL(unregister_trace_console);

#endif
