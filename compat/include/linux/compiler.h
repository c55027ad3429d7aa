/* SPDX-License-Identifier: MIT */
/* What the kernel asks of its compiler. No state. */
#ifndef COMPAT_LINUX_COMPILER_H
#define COMPAT_LINUX_COMPILER_H

#define likely(x)      __builtin_expect(!!(x), 1)
#define unlikely(x)    __builtin_expect(!!(x), 0)
#define noinline       __attribute__((noinline))
#define __must_check   __attribute__((warn_unused_result))
#define __maybe_unused __attribute__((unused))
#define __packed       __attribute__((packed))
#define __aligned(x)   __attribute__((aligned(x)))
#define __printf(a, b) __attribute__((format(printf, a, b)))

#define barrier()             __asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "=r"(v) : "0"(v))
#define READ_ONCE(x)          (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)      (*(volatile __typeof__(x) *)&(x) = (v))

#endif
