/* SPDX-License-Identifier: MIT */
/* What must not be. A warning goes to the log as the kernel words it, with where it stands; BUG() ends the run. No state. */
#ifndef COMPAT_LINUX_BUG_H
#define COMPAT_LINUX_BUG_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>

void qy_compat_warn(const char *file, int line, const char *func, const char *fmt, ...)
	__printf(4, 5);
void qy_compat_bug(const char *file, int line, const char *func)
	__attribute__((noreturn));

#define BUG() qy_compat_bug(__FILE__, __LINE__, __func__)
#define BUG_ON(condition)                \
	do {                             \
		if (unlikely(condition)) \
			BUG();           \
	} while (0)

#define WARN(condition, ...)                                                       \
	({                                                                         \
		bool warn_ = !!(condition);                                        \
		if (unlikely(warn_))                                               \
			qy_compat_warn(__FILE__, __LINE__, __func__, __VA_ARGS__); \
		unlikely(warn_);                                                   \
	})
#define WARN_ON(condition)                                                  \
	({                                                                  \
		bool warn_ = !!(condition);                                 \
		if (unlikely(warn_))                                        \
			qy_compat_warn(__FILE__, __LINE__, __func__, NULL); \
		unlikely(warn_);                                            \
	})
#define WARN_ONCE(condition, ...)                                                  \
	({                                                                         \
		static bool said_;                                                 \
		bool once_ = !!(condition);                                        \
		if (unlikely(once_ && !said_)) {                                   \
			said_ = true;                                              \
			qy_compat_warn(__FILE__, __LINE__, __func__, __VA_ARGS__); \
		}                                                                  \
		unlikely(once_);                                                   \
	})
#define WARN_ON_ONCE(condition)                                             \
	({                                                                  \
		static bool said_;                                          \
		bool once_ = !!(condition);                                 \
		if (unlikely(once_ && !said_)) {                            \
			said_ = true;                                       \
			qy_compat_warn(__FILE__, __LINE__, __func__, NULL); \
		}                                                           \
		unlikely(once_);                                            \
	})
/* stub: as in a kernel without CONFIG_DEBUG_VM */
#define VM_BUG_ON(condition)       ((void)0)
/* stub: as in a kernel without CONFIG_DEBUG_VM */
#define VM_WARN_ON(condition)      ((void)0)
/* stub: as in a kernel without CONFIG_DEBUG_VM */
#define VM_WARN_ON_ONCE(condition) ((void)0)

#define static_assert(condition, ...) _Static_assert(condition, #condition)
#ifdef __OPTIMIZE__ /* what is constant is known then, whatever functions it went through */
#define QY_BUILD_BUG(condition, msg, id)                     \
	do {                                                 \
		extern void __PASTE(qy_build_bug_, id)(void) \
			__attribute__((error(msg)));         \
		if (condition)                               \
			__PASTE(qy_build_bug_, id)();        \
	} while (0)
#define BUILD_BUG_ON_MSG(condition, msg) QY_BUILD_BUG(condition, msg, __COUNTER__)
#else
#define BUILD_BUG_ON_MSG(condition, msg) ((void)sizeof(condition))
#endif
#define BUILD_BUG_ON(condition)            BUILD_BUG_ON_MSG(condition, "BUILD_BUG_ON: " #condition)
#define compiletime_assert(condition, msg) BUILD_BUG_ON_MSG(!(condition), msg)
#define BUILD_BUG_ON_NOT_POWER_OF_2(n)     BUILD_BUG_ON((n) == 0 || ((n) & ((n)-1)) != 0)
#define BUILD_BUG_ON_INVALID(e)            ((void)sizeof((long)(e)))
#define BUILD_BUG()                        BUILD_BUG_ON_MSG(1, "BUILD_BUG")
#define BUILD_BUG_ON_ZERO(e)               ((int)sizeof(struct { int : (-!!(e)); }))

/* The run ends here, in the kernel's words. Context: any. */
void panic(const char *fmt, ...) QY_REAL(panic) __printf(1, 2) __attribute__((noreturn));

#endif
