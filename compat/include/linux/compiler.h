/* SPDX-License-Identifier: MIT */
/* What the kernel asks of its compiler. Marks that only a checker reads (__iomem) are empty. No state. */
#ifndef COMPAT_LINUX_COMPILER_H
#define COMPAT_LINUX_COMPILER_H

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define noinline    __attribute__((noinline))
#undef __always_inline /* of the C library, outside of modules */
#define __always_inline inline __attribute__((always_inline))
#define __must_check    __attribute__((warn_unused_result))
#define __maybe_unused  __attribute__((unused))
#define __always_unused __attribute__((unused))
#define __used          __attribute__((used))
#define __packed        __attribute__((packed))
#define __aligned(x)    __attribute__((aligned(x)))
#define __printf(a, b)  __attribute__((format(printf, a, b)))
#define __noreturn      __attribute__((noreturn))
#define __weak          __attribute__((weak))
#define __section(s)    __attribute__((section(s)))
#define __cold          __attribute__((cold))
#define fallthrough     __attribute__((fallthrough))
#define __pure          __attribute__((pure))

/* stub: read by checkers alone */
#define __user
/* stub: read by checkers alone */
#define __iomem
/* stub: read by checkers alone */
#define __percpu
/* stub: read by checkers alone */
#define __rcu
/* stub: read by checkers alone */
#define __force
/* stub: read by checkers alone */
#define __bitwise
/* stub: read by checkers alone */
#define __kernel
/* stub: read by checkers alone */
#define __acquires(x)
/* stub: read by checkers alone */
#define __releases(x)
/* stub: read by checkers alone */
#define __must_hold(x)
/* stub: read by checkers alone */
#define __read_mostly
/* stub: read by checkers alone */
#define __ro_after_init
/* stub: the sizes of flexible arrays are not checked */
#define __counted_by(member)

#define barrier()             __asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "=r"(v) : "0"(v))
#define READ_ONCE(x)          (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)      (*(volatile __typeof__(x) *)&(x) = (v))

#define mb()                     __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()                    __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb()                    __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb()                 mb()
#define smp_rmb()                rmb()
#define smp_wmb()                wmb()
#define dma_rmb()                rmb()
#define dma_wmb()                wmb()
#define smp_mb__before_atomic()  mb()
#define smp_mb__after_atomic()   mb()
#define smp_store_release(p, v)  __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)      __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_mb(var, value) __atomic_store_n(&(var), value, __ATOMIC_SEQ_CST)

#define __same_type(a, b)   __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __stringify_1(x...) #x
#define __stringify(x...)   __stringify_1(x)
#define __PASTE_(a, b)      a##b
#define __PASTE(a, b)       __PASTE_(a, b)
#define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
#define __must_be_array(a)  (0 * sizeof(char[1 - 2 * __same_type(a, &(a)[0])]))
#define typeof_member(T, m) __typeof__(((T *)0)->m)

#endif
