/* SPDX-License-Identifier: MIT */
/*
 * What a compiled driver (.qko) tells its loader. `quarry cc` links a record named qy_module into each.
 *
 * No state.
 */
#ifndef QUARRY_MODULE_H
#define QUARRY_MODULE_H

#include <stddef.h>

#define QY_MODULE_ABI 4

enum qy_param_type {
	QY_PARAM_bool,
	QY_PARAM_byte,
	QY_PARAM_short,
	QY_PARAM_ushort,
	QY_PARAM_int,
	QY_PARAM_uint,
	QY_PARAM_long,
	QY_PARAM_ulong,
	QY_PARAM_ullong,
	QY_PARAM_charp,
	QY_PARAM_string,
	QY_PARAM_hexint,
	QY_PARAM_invbool,
	QY_PARAM_callbacks, /* value: a struct kernel_param with functions of the module's */
};

struct qy_module_param {
	const char *name;
	enum qy_param_type type;
	void *value;
	unsigned int *count; /* of an array: how many were given; NULL */
	unsigned int limit;  /* elements of an array; else 1 */
	size_t bytes;        /* of a string */
	unsigned int
		mode; /* of its file below /sys/module/NAME/parameters; 0: it has none */
};

/* EXPORT_SYMBOL() and its like. */
struct qy_module_export {
	const char *name, *ns; /* ns: its namespace, "": none */
	const void *address;
	int gpl; /* for modules with a licence that goes with the GPL */
};

#define QY_PARAM__Bool QY_PARAM_bool /* where bool is a macro */

struct module;
struct kunit_suite;

#define QY_MODULE_PLAIN "qy_plain=Y" /* a modinfo: its accesses are not instrumented */

struct qy_module_info {
	unsigned int abi, kernel_version; /* QY_MODULE_ABI, LINUX_VERSION_CODE */
	const char *name;
	struct module *module; /* THIS_MODULE */
	int (*init)(void);     /* NULL: none */
	void (*exit)(void);
	const struct qy_module_param *params, *params_end;
	const char *modinfo, *modinfo_end; /* "tag=text" with a NUL behind each */
	struct kunit_suite *const *suites,
		*const *suites_end; /* section qy_kunit: they run behind init */
	unsigned int checks_inline; /* qy_world_checks_inline() must say yes */
	const struct qy_module_export *exports, *exports_end;
};

#endif
