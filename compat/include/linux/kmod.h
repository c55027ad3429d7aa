/* SPDX-License-Identifier: MIT */
/* Asking for a module. No state. */
#ifndef COMPAT_LINUX_KMOD_H
#define COMPAT_LINUX_KMOD_H

#include <asm/quarry.h>
#include <linux/compiler.h>

/*
 * What modprobe would answer: 0 where a module of that name is loaded, or one that has it as its alias; else 256, and a line of the
 * log says which one was wanted: modules are loaded in the order in which they are given. Context: task, may sleep.
 */
int request_module(const char *fmt, ...) QY_REAL(request_module)
	__attribute__((format(printf, 1, 2)));
#define request_module_nowait(fmt, ...)    request_module(fmt, ##__VA_ARGS__)
#define try_then_request_module(x, mod...) ((x) ?: (request_module(mod), (x)))

#endif
