/* SPDX-License-Identifier: MIT */
/*
 * What a module lends to others: a record in the section qy_exports, which the loader reads. Those of _GPL are for modules whose
 * licence goes with the GPL, those with a namespace for modules that import it.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_EXPORT_H
#define COMPAT_LINUX_EXPORT_H

#include <linux/compiler.h>
#include <quarry/module.h>
#include <linux/version.h>

struct module;

#ifdef QY_WORLD
extern struct module __this_module;
#define THIS_MODULE (&__this_module)
#define QY_EXPORT(symbol, space, for_gpl)                                             \
	extern __typeof__(symbol) symbol __attribute__((visibility("default")));      \
	static const struct qy_module_export qy_export_##symbol                       \
		__attribute__((used, aligned(8), section("qy_exports"))) = { #symbol, \
			space, (const void *)&symbol, for_gpl }
#define EXPORT_SYMBOL(name)            QY_EXPORT(name, "", 0)
#define EXPORT_SYMBOL_GPL(name)        QY_EXPORT(name, "", 1)
#define EXPORT_SYMBOL_NS(name, ns)     QY_EXPORT(name, QY_NS(ns), 0)
#define EXPORT_SYMBOL_NS_GPL(name, ns) QY_EXPORT(name, QY_NS(ns), 1)
/* A name, since 6.13 a text. */
#if QY_SINCE(6, 13)
#define QY_NS(ns) ns
#else
#define QY_NS(ns) #ns
#endif
#else
#define THIS_MODULE ((struct module *)0)
#define EXPORT_SYMBOL(name)
#define EXPORT_SYMBOL_GPL(name)
#define EXPORT_SYMBOL_NS(name, ns)
#define EXPORT_SYMBOL_NS_GPL(name, ns)
#endif

#endif
