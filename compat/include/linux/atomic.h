/* SPDX-License-Identifier: MIT */
/* Atomic integers; orders as the kernel gives them, or stronger. No state. */
#ifndef COMPAT_LINUX_ATOMIC_H
#define COMPAT_LINUX_ATOMIC_H

#include <linux/types.h>

#define ATOMIC_INIT(i) \
	{              \
		(i)    \
	}
#define ATOMIC64_INIT(i) \
	{                \
		(i)      \
	}
#define ATOMIC_LONG_INIT(i) \
	{                   \
		(i)         \
	}

#define xchg(p, v) __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, new)                                                       \
	({                                                                         \
		__typeof__(*(p)) old_ = (old);                                     \
		__atomic_compare_exchange_n(                                       \
			p, &old_, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		old_;                                                              \
	})
#define try_cmpxchg(p, old, new)     \
	__atomic_compare_exchange_n( \
		p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

static inline int atomic_read(const atomic_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic_set(atomic_t *v, int i)
{
	WRITE_ONCE(v->counter, i);
}

static inline void atomic_add(int i, atomic_t *v)
{
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_add(int i, atomic_t *v)
{
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_sub(int i, atomic_t *v)
{
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_sub(int i, atomic_t *v)
{
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_and(int i, atomic_t *v)
{
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_and(int i, atomic_t *v)
{
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_or(int i, atomic_t *v)
{
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_or(int i, atomic_t *v)
{
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_xor(int i, atomic_t *v)
{
	__atomic_fetch_xor(&v->counter, i, __ATOMIC_RELAXED);
}

static inline int atomic_fetch_xor(int i, atomic_t *v)
{
	return __atomic_fetch_xor(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_inc(atomic_t *v)
{
	atomic_add(1, v);
}

static inline int atomic_inc_return(atomic_t *v)
{
	return atomic_add_return(1, v);
}

static inline int atomic_fetch_inc(atomic_t *v)
{
	return atomic_fetch_add(1, v);
}

static inline bool atomic_inc_and_test(atomic_t *v)
{
	return !atomic_add_return(1, v);
}

static inline void atomic_dec(atomic_t *v)
{
	atomic_sub(1, v);
}

static inline int atomic_dec_return(atomic_t *v)
{
	return atomic_sub_return(1, v);
}

static inline int atomic_fetch_dec(atomic_t *v)
{
	return atomic_fetch_sub(1, v);
}

static inline bool atomic_dec_and_test(atomic_t *v)
{
	return !atomic_sub_return(1, v);
}

static inline bool atomic_sub_and_test(int i, atomic_t *v)
{
	return !atomic_sub_return(i, v);
}

static inline bool atomic_add_negative(int i, atomic_t *v)
{
	return atomic_add_return(i, v) < 0;
}

static inline int atomic_xchg(atomic_t *v, int i)
{
	return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline bool atomic_try_cmpxchg(atomic_t *v, int *old, int i)
{
	int was = *old; /* read and written where a checker sees it */
	bool done = __atomic_compare_exchange_n((__typeof__(v->counter) *)&v->counter,
		(__typeof__(v->counter) *)&was, i, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST);

	if (!done)
		*old = was;
	return done;
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int i)
{
	atomic_try_cmpxchg(v, &old, i);
	return old;
}

static inline bool atomic_add_unless(atomic_t *v, int i, int unless)
{
	int c = atomic_read(v);

	while (c != unless)
		if (atomic_try_cmpxchg(v, &c, c + i))
			return true;
	return false;
}

static inline bool atomic_inc_not_zero(atomic_t *v)
{
	return atomic_add_unless(v, 1, 0);
}

static inline int atomic_dec_if_positive(atomic_t *v)
{
	int c = atomic_read(v);

	while (c > 0 && !atomic_try_cmpxchg(v, &c, c - 1))
		;
	return c - 1;
}

static inline s64 atomic64_read(const atomic64_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic64_set(atomic64_t *v, s64 i)
{
	WRITE_ONCE(v->counter, i);
}

static inline void atomic64_add(s64 i, atomic64_t *v)
{
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_add(s64 i, atomic64_t *v)
{
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_sub(s64 i, atomic64_t *v)
{
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_sub(s64 i, atomic64_t *v)
{
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_and(s64 i, atomic64_t *v)
{
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_and(s64 i, atomic64_t *v)
{
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_or(s64 i, atomic64_t *v)
{
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_or(s64 i, atomic64_t *v)
{
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_xor(s64 i, atomic64_t *v)
{
	__atomic_fetch_xor(&v->counter, i, __ATOMIC_RELAXED);
}

static inline s64 atomic64_fetch_xor(s64 i, atomic64_t *v)
{
	return __atomic_fetch_xor(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline s64 atomic64_add_return(s64 i, atomic64_t *v)
{
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline s64 atomic64_sub_return(s64 i, atomic64_t *v)
{
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic64_inc(atomic64_t *v)
{
	atomic64_add(1, v);
}

static inline s64 atomic64_inc_return(atomic64_t *v)
{
	return atomic64_add_return(1, v);
}

static inline s64 atomic64_fetch_inc(atomic64_t *v)
{
	return atomic64_fetch_add(1, v);
}

static inline bool atomic64_inc_and_test(atomic64_t *v)
{
	return !atomic64_add_return(1, v);
}

static inline void atomic64_dec(atomic64_t *v)
{
	atomic64_sub(1, v);
}

static inline s64 atomic64_dec_return(atomic64_t *v)
{
	return atomic64_sub_return(1, v);
}

static inline s64 atomic64_fetch_dec(atomic64_t *v)
{
	return atomic64_fetch_sub(1, v);
}

static inline bool atomic64_dec_and_test(atomic64_t *v)
{
	return !atomic64_sub_return(1, v);
}

static inline bool atomic64_sub_and_test(s64 i, atomic64_t *v)
{
	return !atomic64_sub_return(i, v);
}

static inline bool atomic64_add_negative(s64 i, atomic64_t *v)
{
	return atomic64_add_return(i, v) < 0;
}

static inline s64 atomic64_xchg(atomic64_t *v, s64 i)
{
	return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline bool atomic64_try_cmpxchg(atomic64_t *v, s64 *old, s64 i)
{
	s64 was = *old; /* read and written where a checker sees it */
	bool done = __atomic_compare_exchange_n((__typeof__(v->counter) *)&v->counter,
		(__typeof__(v->counter) *)&was, i, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST);

	if (!done)
		*old = was;
	return done;
}

static inline s64 atomic64_cmpxchg(atomic64_t *v, s64 old, s64 i)
{
	atomic64_try_cmpxchg(v, &old, i);
	return old;
}

static inline bool atomic64_add_unless(atomic64_t *v, s64 i, s64 unless)
{
	s64 c = atomic64_read(v);

	while (c != unless)
		if (atomic64_try_cmpxchg(v, &c, c + i))
			return true;
	return false;
}

static inline bool atomic64_inc_not_zero(atomic64_t *v)
{
	return atomic64_add_unless(v, 1, 0);
}

static inline s64 atomic64_dec_if_positive(atomic64_t *v)
{
	s64 c = atomic64_read(v);

	while (c > 0 && !atomic64_try_cmpxchg(v, &c, c - 1))
		;
	return c - 1;
}

static inline long atomic_long_read(const atomic_long_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic_long_set(atomic_long_t *v, long i)
{
	WRITE_ONCE(v->counter, i);
}

static inline void atomic_long_add(long i, atomic_long_t *v)
{
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);
}

static inline long atomic_long_fetch_add(long i, atomic_long_t *v)
{
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_sub(long i, atomic_long_t *v)
{
	__atomic_fetch_sub(&v->counter, i, __ATOMIC_RELAXED);
}

static inline long atomic_long_fetch_sub(long i, atomic_long_t *v)
{
	return __atomic_fetch_sub(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_and(long i, atomic_long_t *v)
{
	__atomic_fetch_and(&v->counter, i, __ATOMIC_RELAXED);
}

static inline long atomic_long_fetch_and(long i, atomic_long_t *v)
{
	return __atomic_fetch_and(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_or(long i, atomic_long_t *v)
{
	__atomic_fetch_or(&v->counter, i, __ATOMIC_RELAXED);
}

static inline long atomic_long_fetch_or(long i, atomic_long_t *v)
{
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_xor(long i, atomic_long_t *v)
{
	__atomic_fetch_xor(&v->counter, i, __ATOMIC_RELAXED);
}

static inline long atomic_long_fetch_xor(long i, atomic_long_t *v)
{
	return __atomic_fetch_xor(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline long atomic_long_add_return(long i, atomic_long_t *v)
{
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline long atomic_long_sub_return(long i, atomic_long_t *v)
{
	return __atomic_sub_fetch(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_long_inc(atomic_long_t *v)
{
	atomic_long_add(1, v);
}

static inline long atomic_long_inc_return(atomic_long_t *v)
{
	return atomic_long_add_return(1, v);
}

static inline long atomic_long_fetch_inc(atomic_long_t *v)
{
	return atomic_long_fetch_add(1, v);
}

static inline bool atomic_long_inc_and_test(atomic_long_t *v)
{
	return !atomic_long_add_return(1, v);
}

static inline void atomic_long_dec(atomic_long_t *v)
{
	atomic_long_sub(1, v);
}

static inline long atomic_long_dec_return(atomic_long_t *v)
{
	return atomic_long_sub_return(1, v);
}

static inline long atomic_long_fetch_dec(atomic_long_t *v)
{
	return atomic_long_fetch_sub(1, v);
}

static inline bool atomic_long_dec_and_test(atomic_long_t *v)
{
	return !atomic_long_sub_return(1, v);
}

static inline bool atomic_long_sub_and_test(long i, atomic_long_t *v)
{
	return !atomic_long_sub_return(i, v);
}

static inline bool atomic_long_add_negative(long i, atomic_long_t *v)
{
	return atomic_long_add_return(i, v) < 0;
}

static inline long atomic_long_xchg(atomic_long_t *v, long i)
{
	return __atomic_exchange_n(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline bool atomic_long_try_cmpxchg(atomic_long_t *v, long *old, long i)
{
	long was = *old; /* read and written where a checker sees it */
	bool done = __atomic_compare_exchange_n((__typeof__(v->counter) *)&v->counter,
		(__typeof__(v->counter) *)&was, i, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST);

	if (!done)
		*old = was;
	return done;
}

static inline long atomic_long_cmpxchg(atomic_long_t *v, long old, long i)
{
	atomic_long_try_cmpxchg(v, &old, i);
	return old;
}

static inline bool atomic_long_add_unless(atomic_long_t *v, long i, long unless)
{
	long c = atomic_long_read(v);

	while (c != unless)
		if (atomic_long_try_cmpxchg(v, &c, c + i))
			return true;
	return false;
}

static inline bool atomic_long_inc_not_zero(atomic_long_t *v)
{
	return atomic_long_add_unless(v, 1, 0);
}

static inline long atomic_long_dec_if_positive(atomic_long_t *v)
{
	long c = atomic_long_read(v);

	while (c > 0 && !atomic_long_try_cmpxchg(v, &c, c - 1))
		;
	return c - 1;
}

static inline void atomic_andnot(int i, atomic_t *v)
{
	atomic_and(~i, v);
}

static inline int atomic_fetch_andnot(int i, atomic_t *v)
{
	return atomic_fetch_and(~i, v);
}

/* Return: what was there. */
static inline int atomic_fetch_add_unless(atomic_t *v, int i, int unless)
{
	int c = atomic_read(v);

	while (c != unless && !atomic_try_cmpxchg(v, &c, c + i))
		;
	return c;
}

static inline bool atomic_inc_unless_negative(atomic_t *v)
{
	int c = atomic_read(v);

	while (c >= 0)
		if (atomic_try_cmpxchg(v, &c, c + 1))
			return true;
	return false;
}

static inline bool atomic_dec_unless_positive(atomic_t *v)
{
	int c = atomic_read(v);

	while (c <= 0)
		if (atomic_try_cmpxchg(v, &c, c - 1))
			return true;
	return false;
}

#define atomic_read_acquire(v)   __atomic_load_n(&(v)->counter, __ATOMIC_ACQUIRE)
#define atomic_set_release(v, i) __atomic_store_n(&(v)->counter, i, __ATOMIC_RELEASE)

static inline void atomic64_andnot(s64 i, atomic64_t *v)
{
	atomic64_and(~i, v);
}

static inline s64 atomic64_fetch_andnot(s64 i, atomic64_t *v)
{
	return atomic64_fetch_and(~i, v);
}

/* Return: what was there. */
static inline s64 atomic64_fetch_add_unless(atomic64_t *v, s64 i, s64 unless)
{
	s64 c = atomic64_read(v);

	while (c != unless && !atomic64_try_cmpxchg(v, &c, c + i))
		;
	return c;
}

static inline bool atomic64_inc_unless_negative(atomic64_t *v)
{
	s64 c = atomic64_read(v);

	while (c >= 0)
		if (atomic64_try_cmpxchg(v, &c, c + 1))
			return true;
	return false;
}

static inline bool atomic64_dec_unless_positive(atomic64_t *v)
{
	s64 c = atomic64_read(v);

	while (c <= 0)
		if (atomic64_try_cmpxchg(v, &c, c - 1))
			return true;
	return false;
}

#define atomic64_read_acquire(v)   __atomic_load_n(&(v)->counter, __ATOMIC_ACQUIRE)
#define atomic64_set_release(v, i) __atomic_store_n(&(v)->counter, i, __ATOMIC_RELEASE)

static inline void atomic_long_andnot(long i, atomic_long_t *v)
{
	atomic_long_and(~i, v);
}

static inline long atomic_long_fetch_andnot(long i, atomic_long_t *v)
{
	return atomic_long_fetch_and(~i, v);
}

/* Return: what was there. */
static inline long atomic_long_fetch_add_unless(atomic_long_t *v, long i, long unless)
{
	long c = atomic_long_read(v);

	while (c != unless && !atomic_long_try_cmpxchg(v, &c, c + i))
		;
	return c;
}

static inline bool atomic_long_inc_unless_negative(atomic_long_t *v)
{
	long c = atomic_long_read(v);

	while (c >= 0)
		if (atomic_long_try_cmpxchg(v, &c, c + 1))
			return true;
	return false;
}

static inline bool atomic_long_dec_unless_positive(atomic_long_t *v)
{
	long c = atomic_long_read(v);

	while (c <= 0)
		if (atomic_long_try_cmpxchg(v, &c, c - 1))
			return true;
	return false;
}

#define atomic_long_read_acquire(v)   __atomic_load_n(&(v)->counter, __ATOMIC_ACQUIRE)
#define atomic_long_set_release(v, i) __atomic_store_n(&(v)->counter, i, __ATOMIC_RELEASE)

/* ------------------------------------------------------------------ weaker orders, that are stronger here */

#define atomic_add_return_acquire        atomic_add_return
#define atomic_add_return_release        atomic_add_return
#define atomic_add_return_relaxed        atomic_add_return
#define atomic_sub_return_acquire        atomic_sub_return
#define atomic_sub_return_release        atomic_sub_return
#define atomic_sub_return_relaxed        atomic_sub_return
#define atomic_inc_return_acquire        atomic_inc_return
#define atomic_inc_return_release        atomic_inc_return
#define atomic_inc_return_relaxed        atomic_inc_return
#define atomic_dec_return_acquire        atomic_dec_return
#define atomic_dec_return_release        atomic_dec_return
#define atomic_dec_return_relaxed        atomic_dec_return
#define atomic_fetch_add_acquire         atomic_fetch_add
#define atomic_fetch_add_release         atomic_fetch_add
#define atomic_fetch_add_relaxed         atomic_fetch_add
#define atomic_fetch_sub_acquire         atomic_fetch_sub
#define atomic_fetch_sub_release         atomic_fetch_sub
#define atomic_fetch_sub_relaxed         atomic_fetch_sub
#define atomic_fetch_inc_acquire         atomic_fetch_inc
#define atomic_fetch_inc_release         atomic_fetch_inc
#define atomic_fetch_inc_relaxed         atomic_fetch_inc
#define atomic_fetch_dec_acquire         atomic_fetch_dec
#define atomic_fetch_dec_release         atomic_fetch_dec
#define atomic_fetch_dec_relaxed         atomic_fetch_dec
#define atomic_fetch_and_acquire         atomic_fetch_and
#define atomic_fetch_and_release         atomic_fetch_and
#define atomic_fetch_and_relaxed         atomic_fetch_and
#define atomic_fetch_andnot_acquire      atomic_fetch_andnot
#define atomic_fetch_andnot_release      atomic_fetch_andnot
#define atomic_fetch_andnot_relaxed      atomic_fetch_andnot
#define atomic_fetch_or_acquire          atomic_fetch_or
#define atomic_fetch_or_release          atomic_fetch_or
#define atomic_fetch_or_relaxed          atomic_fetch_or
#define atomic_fetch_xor_acquire         atomic_fetch_xor
#define atomic_fetch_xor_release         atomic_fetch_xor
#define atomic_fetch_xor_relaxed         atomic_fetch_xor
#define atomic_xchg_acquire              atomic_xchg
#define atomic_xchg_release              atomic_xchg
#define atomic_xchg_relaxed              atomic_xchg
#define atomic_cmpxchg_acquire           atomic_cmpxchg
#define atomic_cmpxchg_release           atomic_cmpxchg
#define atomic_cmpxchg_relaxed           atomic_cmpxchg
#define atomic_try_cmpxchg_acquire       atomic_try_cmpxchg
#define atomic_try_cmpxchg_release       atomic_try_cmpxchg
#define atomic_try_cmpxchg_relaxed       atomic_try_cmpxchg
#define atomic_add_negative_acquire      atomic_add_negative
#define atomic_add_negative_release      atomic_add_negative
#define atomic_add_negative_relaxed      atomic_add_negative
#define atomic64_add_return_acquire      atomic64_add_return
#define atomic64_add_return_release      atomic64_add_return
#define atomic64_add_return_relaxed      atomic64_add_return
#define atomic64_sub_return_acquire      atomic64_sub_return
#define atomic64_sub_return_release      atomic64_sub_return
#define atomic64_sub_return_relaxed      atomic64_sub_return
#define atomic64_inc_return_acquire      atomic64_inc_return
#define atomic64_inc_return_release      atomic64_inc_return
#define atomic64_inc_return_relaxed      atomic64_inc_return
#define atomic64_dec_return_acquire      atomic64_dec_return
#define atomic64_dec_return_release      atomic64_dec_return
#define atomic64_dec_return_relaxed      atomic64_dec_return
#define atomic64_fetch_add_acquire       atomic64_fetch_add
#define atomic64_fetch_add_release       atomic64_fetch_add
#define atomic64_fetch_add_relaxed       atomic64_fetch_add
#define atomic64_fetch_sub_acquire       atomic64_fetch_sub
#define atomic64_fetch_sub_release       atomic64_fetch_sub
#define atomic64_fetch_sub_relaxed       atomic64_fetch_sub
#define atomic64_fetch_inc_acquire       atomic64_fetch_inc
#define atomic64_fetch_inc_release       atomic64_fetch_inc
#define atomic64_fetch_inc_relaxed       atomic64_fetch_inc
#define atomic64_fetch_dec_acquire       atomic64_fetch_dec
#define atomic64_fetch_dec_release       atomic64_fetch_dec
#define atomic64_fetch_dec_relaxed       atomic64_fetch_dec
#define atomic64_fetch_and_acquire       atomic64_fetch_and
#define atomic64_fetch_and_release       atomic64_fetch_and
#define atomic64_fetch_and_relaxed       atomic64_fetch_and
#define atomic64_fetch_andnot_acquire    atomic64_fetch_andnot
#define atomic64_fetch_andnot_release    atomic64_fetch_andnot
#define atomic64_fetch_andnot_relaxed    atomic64_fetch_andnot
#define atomic64_fetch_or_acquire        atomic64_fetch_or
#define atomic64_fetch_or_release        atomic64_fetch_or
#define atomic64_fetch_or_relaxed        atomic64_fetch_or
#define atomic64_fetch_xor_acquire       atomic64_fetch_xor
#define atomic64_fetch_xor_release       atomic64_fetch_xor
#define atomic64_fetch_xor_relaxed       atomic64_fetch_xor
#define atomic64_xchg_acquire            atomic64_xchg
#define atomic64_xchg_release            atomic64_xchg
#define atomic64_xchg_relaxed            atomic64_xchg
#define atomic64_cmpxchg_acquire         atomic64_cmpxchg
#define atomic64_cmpxchg_release         atomic64_cmpxchg
#define atomic64_cmpxchg_relaxed         atomic64_cmpxchg
#define atomic64_try_cmpxchg_acquire     atomic64_try_cmpxchg
#define atomic64_try_cmpxchg_release     atomic64_try_cmpxchg
#define atomic64_try_cmpxchg_relaxed     atomic64_try_cmpxchg
#define atomic64_add_negative_acquire    atomic64_add_negative
#define atomic64_add_negative_release    atomic64_add_negative
#define atomic64_add_negative_relaxed    atomic64_add_negative
#define atomic_long_add_return_acquire   atomic_long_add_return
#define atomic_long_add_return_release   atomic_long_add_return
#define atomic_long_add_return_relaxed   atomic_long_add_return
#define atomic_long_sub_return_acquire   atomic_long_sub_return
#define atomic_long_sub_return_release   atomic_long_sub_return
#define atomic_long_sub_return_relaxed   atomic_long_sub_return
#define atomic_long_inc_return_acquire   atomic_long_inc_return
#define atomic_long_inc_return_release   atomic_long_inc_return
#define atomic_long_inc_return_relaxed   atomic_long_inc_return
#define atomic_long_dec_return_acquire   atomic_long_dec_return
#define atomic_long_dec_return_release   atomic_long_dec_return
#define atomic_long_dec_return_relaxed   atomic_long_dec_return
#define atomic_long_fetch_add_acquire    atomic_long_fetch_add
#define atomic_long_fetch_add_release    atomic_long_fetch_add
#define atomic_long_fetch_add_relaxed    atomic_long_fetch_add
#define atomic_long_fetch_sub_acquire    atomic_long_fetch_sub
#define atomic_long_fetch_sub_release    atomic_long_fetch_sub
#define atomic_long_fetch_sub_relaxed    atomic_long_fetch_sub
#define atomic_long_fetch_inc_acquire    atomic_long_fetch_inc
#define atomic_long_fetch_inc_release    atomic_long_fetch_inc
#define atomic_long_fetch_inc_relaxed    atomic_long_fetch_inc
#define atomic_long_fetch_dec_acquire    atomic_long_fetch_dec
#define atomic_long_fetch_dec_release    atomic_long_fetch_dec
#define atomic_long_fetch_dec_relaxed    atomic_long_fetch_dec
#define atomic_long_fetch_and_acquire    atomic_long_fetch_and
#define atomic_long_fetch_and_release    atomic_long_fetch_and
#define atomic_long_fetch_and_relaxed    atomic_long_fetch_and
#define atomic_long_fetch_andnot_acquire atomic_long_fetch_andnot
#define atomic_long_fetch_andnot_release atomic_long_fetch_andnot
#define atomic_long_fetch_andnot_relaxed atomic_long_fetch_andnot
#define atomic_long_fetch_or_acquire     atomic_long_fetch_or
#define atomic_long_fetch_or_release     atomic_long_fetch_or
#define atomic_long_fetch_or_relaxed     atomic_long_fetch_or
#define atomic_long_fetch_xor_acquire    atomic_long_fetch_xor
#define atomic_long_fetch_xor_release    atomic_long_fetch_xor
#define atomic_long_fetch_xor_relaxed    atomic_long_fetch_xor
#define atomic_long_xchg_acquire         atomic_long_xchg
#define atomic_long_xchg_release         atomic_long_xchg
#define atomic_long_xchg_relaxed         atomic_long_xchg
#define atomic_long_cmpxchg_acquire      atomic_long_cmpxchg
#define atomic_long_cmpxchg_release      atomic_long_cmpxchg
#define atomic_long_cmpxchg_relaxed      atomic_long_cmpxchg
#define atomic_long_try_cmpxchg_acquire  atomic_long_try_cmpxchg
#define atomic_long_try_cmpxchg_release  atomic_long_try_cmpxchg
#define atomic_long_try_cmpxchg_relaxed  atomic_long_try_cmpxchg
#define atomic_long_add_negative_acquire atomic_long_add_negative
#define atomic_long_add_negative_release atomic_long_add_negative
#define atomic_long_add_negative_relaxed atomic_long_add_negative
#define xchg_acquire                     xchg
#define xchg_release                     xchg
#define xchg_relaxed                     xchg
#define cmpxchg_acquire                  cmpxchg
#define cmpxchg_release                  cmpxchg
#define cmpxchg_relaxed                  cmpxchg
#define cmpxchg_local                    cmpxchg
#define try_cmpxchg_acquire              try_cmpxchg
#define try_cmpxchg_release              try_cmpxchg
#define try_cmpxchg_relaxed              try_cmpxchg
#define try_cmpxchg_local                try_cmpxchg
#define cmpxchg64(p, old, new)           cmpxchg(p, old, new)

#endif
