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
#ifndef __attribute_const__ /* the C library has them, too */
#define __attribute_const__ __attribute__((const))
#endif
#define __malloc              __attribute__((malloc))
#define __flatten             __attribute__((flatten))
#define __scanf(a, b)         __attribute__((format(scanf, a, b)))
#define __alias(name)         __attribute__((alias(#name)))
#define __visible             __attribute__((externally_visible))
#define __always_used         __attribute__((used, unused))
#define __designated_init     __attribute__((designated_init))
#define __mode(x)             __attribute__((mode(x)))
#define __no_sanitize_address __attribute__((no_sanitize_address))
#define __no_kasan_or_inline  __no_sanitize_address __attribute__((unused))
#define notrace               __attribute__((no_instrument_function))
#define noinline_for_stack    noinline
#define asmlinkage
#define __assume_aligned(a, ...) __attribute__((assume_aligned(a, ##__VA_ARGS__)))

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
/* stub: read by checkers alone */
#define __private
/* stub: read by checkers alone */
#define __nocast
/* stub: read by checkers alone */
#define __safe
/* stub: read by checkers alone */
#define __acquire(x) (void)0
/* stub: read by checkers alone */
#define __release(x) (void)0
/* stub: read by checkers alone */
#define __cond_acquires(x)
/* stub: nothing is told of strings that may have no end */
#define __nonstring
/* stub: no section of a module is read only */
#define __refdata
/* stub: as __refdata */
#define __ref
/* stub: the optimiser has no hints of the kernel's */
#define __latent_entropy
/* stub: structures lie as they are written */
#define __randomize_layout
/* stub: structures lie as they are written */
#define randomized_struct_fields_start
/* stub: structures lie as they are written */
#define randomized_struct_fields_end
/* stub: the sizes of flexible arrays are not checked */
#define __counted_by(member)

#define barrier()             __asm__ __volatile__("" : : : "memory")
#define OPTIMIZER_HIDE_VAR(v) __asm__("" : "=r"(v) : "0"(v))
#define barrier_data(p)       __asm__ __volatile__("" : : "r"(p) : "memory")
#define RELOC_HIDE(ptr, off)                       \
	({                                         \
		unsigned long p_;                  \
		__asm__("" : "=r"(p_) : "0"(ptr)); \
		(__typeof__(ptr))(p_ + (off));     \
	})
#define absolute_pointer(p) RELOC_HIDE((void *)(p), 0)
#define data_race(expr)     (expr)
#define ASSERT_EXCLUSIVE_WRITER(x)
#define ACCESS_PRIVATE(p, member) ((p)->member)
#define is_signed_type(type)      (((type)(-1)) < (__force type)1)
#define is_unsigned_type(type)    (!is_signed_type(type))
#define __is_constexpr(x) \
	(sizeof(int) == sizeof(*(8 ? ((void *)((long)(x)*0l)) : (int *)8)))
#define statically_true(x) (__builtin_constant_p(x) && (x))
#define __struct_size(p)   __builtin_object_size(p, 0)
#define __member_size(p)   __builtin_object_size(p, 1)
#ifndef __CONCAT
#define __CONCAT(a, b) a##b
#endif
#define CONCATENATE(a, b) __CONCAT(a, b)
#define __COUNT_ARGS(                                                                  \
	_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, n, X...) \
	n
#define COUNT_ARGS(X...) \
	__COUNT_ARGS(, ##X, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define __native_word(t) (sizeof(t) <= 8)
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define mb()                          __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb()                         __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb()                         __atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_mb()                      mb()
#define smp_rmb()                     rmb()
#define smp_wmb()                     wmb()
#define dma_rmb()                     rmb()
#define dma_wmb()                     wmb()
#define smp_mb__before_atomic()       mb()
#define smp_mb__after_atomic()        mb()
#define __smp_mb()                    mb()
#define smp_mb__after_spinlock()      mb()
#define smp_mb__after_unlock_lock()   mb()
#define smp_acquire__after_ctrl_dep() rmb()
#define virt_mb()                     mb()
#define smp_store_release(p, v)       __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_load_acquire(p)           __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_mb(var, value)      __atomic_store_n(&(var), value, __ATOMIC_SEQ_CST)

#define __same_type(a, b)   __builtin_types_compatible_p(__typeof__(a), __typeof__(b))
#define __stringify_1(x...) #x
#define __stringify(x...)   __stringify_1(x)
#define __PASTE_(a, b)      a##b
#define __PASTE(a, b)       __PASTE_(a, b)
#define __UNIQUE_ID(prefix) __PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)
#define __must_be_array(a)  (0 * sizeof(char[1 - 2 * __same_type(a, &(a)[0])]))
#define typeof_member(T, m) __typeof__(((T *)0)->m)

#include <linux/compiler_types.h> /* as each of the kernel's files has it */

#endif
