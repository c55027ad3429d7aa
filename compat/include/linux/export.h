/* SPDX-License-Identifier: MIT */
/* What a module lends to others. No state. */
#ifndef COMPAT_LINUX_EXPORT_H
#define COMPAT_LINUX_EXPORT_H

struct module;

#ifdef QY_WORLD
extern struct module __this_module;
#define THIS_MODULE (&__this_module)
#define EXPORT_SYMBOL(name) \
	extern __typeof__(name) name __attribute__((visibility("default")))
#define EXPORT_SYMBOL_GPL(name)        EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_NS(name, ns)     EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_NS_GPL(name, ns) EXPORT_SYMBOL(name)
#else
#define THIS_MODULE ((struct module *)0)
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#endif

#endif
