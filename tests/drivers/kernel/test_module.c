// SPDX-License-Identifier: MIT
/* Modules: parameters and their files, uses. */
#include <linux/module.h>
#include "tests/drivers/kernel/world.h"

static int number = 3, list[3], nr_list, freed;
static bool flag, off;
static unsigned int mask = 0x10, limited = 5;
static char *word = "none", text[8] = "old";

static int set_limited(const char *val, const struct kernel_param *kp)
{
	return param_set_uint_minmax(val, kp, 1, 9);
}

static void free_limited(void *arg)
{
	freed += arg == &limited;
}

static const struct kernel_param_ops limited_ops = {
	.set = set_limited, .get = param_get_uint, .free = free_limited
};
static const struct kernel_param limited_param = {
	.name = "limited", .ops = &limited_ops, .perm = 0644, .arg = &limited
};

static const struct qy_module_param params[] = {
	{ "number", QY_PARAM_int, &number, NULL, 1, 0, 0644 },
	{ "list", QY_PARAM_int, list, (unsigned int *)&nr_list, 3, 0, 0444 },
	{ "flag", QY_PARAM_bool, &flag, NULL, 1, 0, 0600 },
	{ "off", QY_PARAM_invbool, &off, NULL, 1, 0, 0444 },
	{ "mask", QY_PARAM_hexint, &mask, NULL, 1, 0, 0444 },
	{ "word", QY_PARAM_charp, &word, NULL, 1, 0, 0444 },
	{ "text", QY_PARAM_string, text, NULL, 1, sizeof(text), 0644 },
	{ "hidden", QY_PARAM_int, &number, NULL, 1, 0, 0 },
	{ "limited", QY_PARAM_callbacks, (void *)(uintptr_t)&limited_param, NULL, 1, 0,
		0644 },
};
static struct module self = { .name = "self" }, other = { .name = "other" };

static int get_module(void)
{
	return 0;
}

static void put_module(void)
{
	CHECK(!try_module_get(&self)); /* it goes */
}

static const struct qy_module_info info = { .abi = QY_MODULE_ABI,
	.name = "self",
	.module = &self,
	.init = get_module,
	.exit = put_module,
	.params = params,
	.params_end = params + ARRAY_SIZE(params) };
static const struct qy_module_info user = {
	.abi = QY_MODULE_ABI, .name = "other", .module = &other, .init = get_module
};

static void shows(const char *name, const char *expected)
{
	static char page[PAGE_SIZE];

	CHECK_EQ(qy_world_param_show(test_world.w, &info, name, page), strlen(expected));
	CHECK_STR_EQ(page, expected);
}

WORLD(module, parameters_are_set_shown_and_stored_as_their_files_are)
{
	static char page[PAGE_SIZE];
	char why[96];

	freed = 0;
	CHECK_EQ(qy_world_insmod(test_world.w, &info,
			 "list=1,2 flag off=1 mask=255 word=hello limited=9", why,
			 sizeof(why)),
		0);
	shows("number", "3\n");
	shows("list", "1,2\n");
	shows("flag", "Y\n");
	shows("off", "Y\n");
	CHECK(!off);
	shows("mask", "0x0000ff\n");
	shows("word", "hello\n");
	shows("limited", "9\n");
	CHECK_EQ(qy_world_param_store(test_world.w, &info, "number", "-7\n"), 3);
	CHECK_EQ(number, -7);
	CHECK_EQ(qy_world_param_store(test_world.w, &info, "text", "new"), 3);
	shows("text", "new\n");
	CHECK_EQ(qy_world_param_store(test_world.w, &info, "text", "much too long"),
		-ENOSPC);
	CHECK_EQ(qy_world_param_store(test_world.w, &info, "list", "3"), -EACCES);
	CHECK_EQ(qy_world_param_store(test_world.w, &info, "limited", "10"), -EINVAL);
	CHECK_EQ(limited, 9);
	CHECK_EQ(qy_world_param_show(test_world.w, &info, "hidden", page), -ENOENT);
	CHECK_EQ(qy_world_rmmod(test_world.w, &info, why, sizeof(why)), 0);
	CHECK_EQ(freed, 1);
	CHECK_EQ(qy_world_insmod(test_world.w, &info, "limited=0", why, sizeof(why)),
		-EINVAL);
	CHECK_STR_EQ(why, "self: '0' invalid for parameter 'limited' (-EINVAL)");
}

WORLD(module, one_whose_symbols_are_used_stays_and_says_by_whom)
{
	char why[96];

	CHECK_EQ(qy_world_insmod(test_world.w, &info, NULL, why, sizeof(why)), 0);
	qy_world_module_uses(&user, &info);
	CHECK_EQ(qy_world_insmod(test_world.w, &user, NULL, why, sizeof(why)), 0);
	CHECK_EQ(module_refcount(&self), 1);
	CHECK_EQ(qy_world_rmmod(test_world.w, &info, why, sizeof(why)), -EBUSY);
	CHECK_STR_EQ(why, "Module self is in use by: other");
	CHECK_EQ(request_module("self"), 0);
	CHECK_EQ(request_module("some-thing"), 256);
	CHECK(test_log("request_module: some-thing was not given"));
	CHECK(!__symbol_get("nobody_has_it"));
	CHECK_EQ(qy_world_rmmod(test_world.w, &user, why, sizeof(why)), -EBUSY);
	CHECK_STR_EQ(why, "other: has no module_exit(): it cannot be unloaded");
	other.qy_uses[0]->qy_refs--; /* as if it had gone */
	__module_get(&self);
	CHECK_EQ(qy_world_rmmod(test_world.w, &info, why, sizeof(why)), -EBUSY);
	module_put(&self);
	CHECK_EQ(qy_world_rmmod(test_world.w, &info, why, sizeof(why)), 0);
}
