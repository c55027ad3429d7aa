/* SPDX-License-Identifier: MIT */
/* What a driver says of itself; where it begins and ends. No state. */
#ifndef COMPAT_LINUX_MODULE_H
#define COMPAT_LINUX_MODULE_H

#include <linux/export.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/moduleparam.h>
#include <linux/stat.h>
#include <linux/version.h>

enum module_state {
	MODULE_STATE_LIVE,
	MODULE_STATE_COMING,
	MODULE_STATE_GOING,
	MODULE_STATE_UNFORMED,
};

struct module {
	const char *name;
	enum module_state state;
	int qy_refs; /* of files, drivers and symbols that are used */
	const struct qy_module_info *qy_info;
	struct list_head qy_link;  /* of those that are loaded; not with a name alone */
	struct module *qy_uses[8]; /* whose symbols it was linked to */
	unsigned int qy_nr_uses;
};

#ifdef QY_WORLD
/* The C library has functions of these names, which a module without its own would find. */
#define init_module    qy_init_module
#define cleanup_module qy_cleanup_module

#define module_init(fn) int init_module(void) __attribute__((alias(#fn)));
#define module_exit(fn) void cleanup_module(void) __attribute__((alias(#fn)));
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
#define MODULE_INFO(tag, text)   QY_MODINFO(tag, text)
#define MODULE_SOFTDEP(text)     QY_MODINFO(softdep, text)
#if QY_SINCE(6, 13)
#define MODULE_IMPORT_NS(ns) QY_MODINFO(import_ns, ns)
#else
#define MODULE_IMPORT_NS(ns) QY_MODINFO(import_ns, #ns)
#endif
#if !QY_SINCE(5, 12)
/* stub: no tool reads which hardware a module is for */
#define MODULE_SUPPORTED_DEVICE(text) _Static_assert(1, text)
#endif
/* stub: no tool loads a module by the devices that it serves */
#define MODULE_DEVICE_TABLE(type, table)                                \
	extern __typeof__(table) __mod_##type##__##table##_device_table \
		__attribute__((unused, alias(#table)))

/* false: it is about to go. NULL: the kernel itself, which stays. */
bool try_module_get(struct module *module) QY_REAL(try_module_get);
void __module_get(struct module *module) QY_REAL(__module_get);
void module_put(struct module *module) QY_REAL(module_put);
int module_refcount(struct module *module) QY_REAL(module_refcount);

static inline bool module_is_live(struct module *module)
{
	return module->state != MODULE_STATE_GOING;
}

static inline const char *module_name(const struct module *module)
{
	return module ? module->name : "kernel";
}

/*
 * An exported symbol of a module that is loaded, which stays then; NULL: nobody has it. As since 6.6 only of those that are
 * exported for the GPL. Context: any.
 */
void *__symbol_get(const char *symbol) QY_REAL(__symbol_get);
void __symbol_put(const char *symbol) QY_REAL(__symbol_put);
#define symbol_get(x) ((__typeof__(&x))__symbol_get(#x))
#define symbol_put(x) __symbol_put(#x)
/* The module that exports what lies there, or has it as it says; one use less. */
void symbol_put_addr(void *addr) QY_REAL(symbol_put_addr);

#include <asm/along.h>

/* When code is a module, each of these is its init. */
#define early_initcall(fn)       module_init(fn)
#define core_initcall(fn)        module_init(fn)
#define postcore_initcall(fn)    module_init(fn)
#define arch_initcall(fn)        module_init(fn)
#define subsys_initcall(fn)      module_init(fn)
#define subsys_initcall_sync(fn) module_init(fn)
#define fs_initcall(fn)          module_init(fn)
#define rootfs_initcall(fn)      module_init(fn)
#define device_initcall(fn)      module_init(fn)
#define late_initcall(fn)        module_init(fn)

#endif
