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

#define qy_param(pname, ptype, var, count, limit, copy)                             \
	static const struct qy_module_param qy_param_##pname                        \
		__attribute__((used, aligned(8), section("qy_params"))) = { #pname, \
			QY_PARAM_##ptype, var, count, limit, copy }

#define module_param(name, type, perm) qy_param(name, type, &name, NULL, 1, 0)
#define module_param_named(name, value, type, perm) \
	qy_param(name, type, &value, NULL, 1, 0)
#define module_param_array(name, type, nump, perm) \
	qy_param(name, type, name, (unsigned int *)(nump), ARRAY_SIZE(name), 0)
#define module_param_string(name, text, len, perm) \
	qy_param(name, string, text, NULL, 1, len)
#define module_param_hw(name, type, hwtype, perm) module_param(name, type, perm)
#define module_param_hw_named(name, value, type, hwtype, perm) \
	module_param_named(name, value, type, perm)
#define module_param_hw_array(name, type, hwtype, nump, perm) \
	module_param_array(name, type, nump, perm)
/* stub: nothing prints the descriptions */
#define MODULE_PARM_DESC(name, text)

#endif
