/* SPDX-License-Identifier: MIT */
/* Modules that test as they are loaded, and say how much failed. No state. */
#ifndef COMPAT_TOOLS_TESTING_SELFTESTS_KSELFTEST_MODULE_H
#define COMPAT_TOOLS_TESTING_SELFTESTS_KSELFTEST_MODULE_H

#include <linux/module.h>

#define KSTM_MODULE_GLOBALS()                        \
	static unsigned int total_tests __initdata;  \
	static unsigned int failed_tests __initdata; \
	static unsigned int skipped_tests __initdata

#define KSTM_CHECK_ZERO(x)                                                   \
	do {                                                                 \
		total_tests++;                                               \
		if (x) {                                                     \
			pr_warn("TC failed at %s:%d\n", __func__, __LINE__); \
			failed_tests++;                                      \
		}                                                            \
	} while (0)

static inline int kstm_report(
	unsigned int total, unsigned int failed, unsigned int skipped)
{
	if (failed)
		pr_warn("failed %u out of %u tests\n", failed, total);
	else if (skipped)
		pr_info("skipped %u tests, remaining %u passed\n", skipped,
			total - skipped);
	else
		pr_info("all %u tests passed\n", total);
	return failed ? -EINVAL : 0;
}

#define KSTM_MODULE_LOADERS(name)                                             \
	static int __init name##_init(void)                                   \
	{                                                                     \
		pr_info("loaded.\n");                                         \
		selftest();                                                   \
		return kstm_report(total_tests, failed_tests, skipped_tests); \
	}                                                                     \
	static void __exit name##_exit(void)                                  \
	{                                                                     \
		pr_info("unloaded.\n");                                       \
	}                                                                     \
	module_init(name##_init);                                             \
	module_exit(name##_exit)

#endif
