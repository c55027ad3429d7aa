/* SPDX-License-Identifier: MIT */
/* What a driver says of itself; where it begins and ends. No state. */
#ifndef COMPAT_LINUX_MODULE_H
#define COMPAT_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/stat.h>

struct module {
	const char *name;
	int qy_refs;
};

#ifdef QY_WORLD
/* The C library has functions of these names, which a module without its own would find. */
#define init_module    qy_init_module
#define cleanup_module qy_cleanup_module

#define module_init(fn) int init_module(void) __attribute__((alias(#fn)))
#define module_exit(fn) void cleanup_module(void) __attribute__((alias(#fn)))
#endif

#define QY_MODINFO(tag, text)                \
	static const char __UNIQUE_ID(tag)[] \
		__attribute__((used, aligned(1), section("qy_modinfo"))) = #tag "=" text

#define MODULE_LICENSE(text)     QY_MODINFO(license, text)
#define MODULE_AUTHOR(text)      QY_MODINFO(author, text)
#define MODULE_DESCRIPTION(text) QY_MODINFO(description, text)
#define MODULE_VERSION(text)     QY_MODINFO(version, text)
#define MODULE_ALIAS(text)       QY_MODINFO(alias, text)
#define MODULE_FIRMWARE(text)    QY_MODINFO(firmware, text)
#define MODULE_SOFTDEP(text)     QY_MODINFO(softdep, text)
#define MODULE_IMPORT_NS(ns)     QY_MODINFO(import_ns, #ns)
/* stub: no tool loads a module by the devices that it serves */
#define MODULE_DEVICE_TABLE(type, table)                                \
	extern __typeof__(table) __mod_##type##__##table##_device_table \
		__attribute__((unused, alias(#table)))

bool try_module_get(struct module *module) QY_REAL(try_module_get);
void module_put(struct module *module) QY_REAL(module_put);

#include <asm/along.h>

#endif
