/* SPDX-License-Identifier: MIT */
/*
 * Parameters of a module: `insmod x.ko name=value`. Each is a record in the section qy_params, which the loader reads.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_MODULEPARAM_H
#define COMPAT_LINUX_MODULEPARAM_H

#include <linux/kernel.h>
#include <quarry/module.h>

#define qy_param(pname, ptype, var, count, limit, copy, mode)                       \
	static const struct qy_module_param qy_param_##pname                        \
		__attribute__((used, aligned(8), section("qy_params"))) = { #pname, \
			QY_PARAM_##ptype, var, count, limit, copy, mode }

#define module_param(name, type, perm) qy_param(name, type, &name, NULL, 1, 0, perm)
#define module_param_named(name, value, type, perm) \
	qy_param(name, type, &value, NULL, 1, 0, perm)
#define module_param_unsafe(name, type, perm) module_param(name, type, perm)
#define module_param_array(name, type, nump, perm) \
	module_param_array_named(name, name, type, nump, perm)
#define module_param_array_named(name, array, type, nump, perm) \
	qy_param(name, type, array, (unsigned int *)(nump), ARRAY_SIZE(array), 0, perm)
#define module_param_string(name, text, len, perm) \
	qy_param(name, string, text, NULL, 1, len, perm)
#define module_param_hw(name, type, hwtype, perm) module_param(name, type, perm)
#define module_param_hw_named(name, value, type, hwtype, perm) \
	module_param_named(name, value, type, perm)
#define module_param_hw_array(name, type, hwtype, nump, perm) \
	module_param_array(name, type, nump, perm)

/* ------------------------------------------------------------------ with functions of the module's own */

struct kernel_param;

struct kernel_param_ops {
	unsigned int flags;
	int (*set)(const char *val,
		const struct kernel_param *kp); /* @val: NULL: without "=" */
	int (*get)(char *buffer, const struct kernel_param *kp);
	void (*free)(void *arg); /* with the module */
};
enum {
	KERNEL_PARAM_OPS_FL_NOARG = 1,
};

struct kernel_param {
	const char *name;
	struct module *mod;
	const struct kernel_param_ops *ops;
	const u16 perm;
	void *arg;
};

#define module_param_cb(pname, param_ops, param_arg, param_perm)                       \
	static const struct kernel_param qy_kernel_param_##pname = {                   \
		.name = #pname, .ops = param_ops, .perm = param_perm, .arg = param_arg \
	};                                                                             \
	qy_param(pname, callbacks, (void *)(unsigned long)&qy_kernel_param_##pname,    \
		NULL, 1, 0, param_perm)
#define module_param_call(pname, set_fn, get_fn, param_arg, param_perm)                \
	static const struct kernel_param_ops qy_param_ops_##pname = { .set = (set_fn), \
		.get = (get_fn) };                                                     \
	module_param_cb(pname, &qy_param_ops_##pname, param_arg, param_perm)

/* real: param_set_int, param_get_int, param_ops_int, and those of the other types */
#define QY_PARAM_FUNCTIONS(type)                                              \
	int param_set_##type(const char *val, const struct kernel_param *kp)  \
		QY_REAL(param_set_##type);                                    \
	int param_get_##type(char *buffer, const struct kernel_param *kp)     \
		QY_REAL(param_get_##type);                                    \
	static const struct kernel_param_ops param_ops_##type __attribute__(( \
		unused)) = { .set = param_set_##type, .get = param_get_##type }
QY_PARAM_FUNCTIONS(byte);
QY_PARAM_FUNCTIONS(short);
QY_PARAM_FUNCTIONS(ushort);
QY_PARAM_FUNCTIONS(int);
QY_PARAM_FUNCTIONS(uint);
QY_PARAM_FUNCTIONS(long);
QY_PARAM_FUNCTIONS(ulong);
QY_PARAM_FUNCTIONS(ullong);
QY_PARAM_FUNCTIONS(hexint);
QY_PARAM_FUNCTIONS(charp);
QY_PARAM_FUNCTIONS(bool);
QY_PARAM_FUNCTIONS(invbool);
int param_set_uint_minmax(const char *val, const struct kernel_param *kp,
	unsigned int min, unsigned int max) QY_REAL(param_set_uint_minmax);

/* A parameter is not changed meanwhile: nobody interrupts who writes one. */
#define kernel_param_lock(mod)   ((void)(mod))
#define kernel_param_unlock(mod) ((void)(mod))

/* stub: nothing prints the descriptions */
#define MODULE_PARM_DESC(name, text)

#endif
