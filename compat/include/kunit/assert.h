/* SPDX-License-Identifier: MIT */
/* What was expected: kunit/test.h has it. No state. */
#ifndef COMPAT_KUNIT_ASSERT_H
#define COMPAT_KUNIT_ASSERT_H

#include <kunit/test.h>

#endif
