/* SPDX-License-Identifier: MIT */
/* For code under test: is a case running in this task, and may it be told that something is wrong? No state. */
#ifndef COMPAT_KUNIT_TEST_BUG_H
#define COMPAT_KUNIT_TEST_BUG_H

#include <asm/quarry.h>
#include <linux/compiler.h>

struct kunit;

/* NULL: none. */
struct kunit *kunit_get_current_test(void) QY_REAL(kunit_get_current_test);
void __kunit_fail_current_test(const char *file, int line, const char *fmt, ...)
	QY_REAL(__kunit_fail_current_test) __printf(3, 4);
#define kunit_fail_current_test(fmt, ...) \
	__kunit_fail_current_test(__FILE__, __LINE__, fmt, ##__VA_ARGS__)

#endif
