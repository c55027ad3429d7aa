/* SPDX-License-Identifier: MIT */
/* The atomic operations the core uses, by what they order. No state. */
#ifndef QY_BASE_ATOMIC_H
#define QY_BASE_ATOMIC_H

#include "mm/base/types.h"

/* No order, but no tearing and no invention: for values that others may change meanwhile. */
#define READ_ONCE(x)     __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v) __atomic_store_n(&(x), (v), __ATOMIC_RELAXED)

#define load_acquire(p)     __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/* A value changed by its owner only and read by others: no lock prefix. */
#define owner_add(p, v) WRITE_ONCE(*(p), READ_ONCE(*(p)) + (v))

#define atomic_add(p, v)       ((void)__atomic_fetch_add((p), (v), __ATOMIC_RELAXED))
#define atomic_sub(p, v)       ((void)__atomic_fetch_sub((p), (v), __ATOMIC_RELAXED))
#define atomic_fetch_or(p, v)  __atomic_fetch_or((p), (v), __ATOMIC_RELAXED)
#define atomic_fetch_and(p, v) __atomic_fetch_and((p), (v), __ATOMIC_RELAXED)

/* Full order on success: what was written before is seen by whoever sees the new value. */
static inline bool qy_cmpxchg32(u32 *p, u32 *expected, u32 desired)
{
	return __atomic_compare_exchange_n(
		p, expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Keeps the compiler from moving accesses across; the CPU may still reorder (see qy_port.barrier_heavy). */
#define barrier_compiler() __atomic_signal_fence(__ATOMIC_SEQ_CST)

#endif
