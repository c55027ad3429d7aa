/* SPDX-License-Identifier: MIT */
/* The one tracepoint that a test of the kernel's hooks: each line of the log. test_upstream.c calls the probe. */
#ifndef UPSTREAM_LINUX_TRACEPOINT_H
#define UPSTREAM_LINUX_TRACEPOINT_H

#include <linux/types.h>

struct tracepoint {
	const char *name;
};

extern void (*upstream_console)(void *data, const char *text, size_t bytes);

static inline int tracepoint_probe_register(
	struct tracepoint *tp, void *probe, void *data)
{
	*(void **)&upstream_console = probe;
	return 0;
}

static inline int tracepoint_probe_unregister(
	struct tracepoint *tp, void *probe, void *data)
{
	upstream_console = NULL;
	return 0;
}

static inline void for_each_kernel_tracepoint(
	void (*fn)(struct tracepoint *tp, void *priv), void *priv)
{
	static struct tracepoint console = { "console" };

	fn(&console, priv);
}

static inline void tracepoint_synchronize_unregister(void)
{
}

#endif
