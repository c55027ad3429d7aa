/* SPDX-License-Identifier: MIT */
/*
 * Asserts at three prices: static_assert for shapes; BUG_ON for corruption, in every build; VM_BUG_ON for contracts,
 * in debug and test builds (QY_DEBUG_VM). No state.
 */
#ifndef QY_BASE_ASSERT_H
#define QY_BASE_ASSERT_H

#include "mm/base/types.h"

/* Stops the machine that this thread stands in: "kernel BUG at file:line: condition". */
void qy_bug(const char *file, int line, const char *condition)
	__attribute__((noreturn, cold));

#define BUG_ON(condition)                                       \
	do {                                                    \
		if (unlikely(condition))                        \
			qy_bug(__FILE__, __LINE__, #condition); \
	} while (0)

#ifdef QY_DEBUG_VM
#define VM_BUG_ON(condition) BUG_ON(condition)
#else
#define VM_BUG_ON(condition) ((void)sizeof(!!(condition)))
#endif

#endif
