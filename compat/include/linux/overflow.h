/* SPDX-License-Identifier: MIT */
/* Arithmetic that says when it does not fit; sizes that then are SIZE_MAX. No state. */
#ifndef COMPAT_LINUX_OVERFLOW_H
#define COMPAT_LINUX_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/types.h>

#define __type_half_max(type) ((type)1 << (8 * sizeof(type) - 1 - is_signed_type(type)))
#define __type_max(T)         ((T)((__type_half_max(T) - 1) + __type_half_max(T)))
#define __type_min(T)         ((T)((T)-type_max(T) - (T)1))
#define type_max(t)           __type_max(__typeof__(t))
#define type_min(t)           __type_min(__typeof__(t))

static inline bool __must_check __must_check_overflow(bool overflow)
{
	return unlikely(overflow);
}

#define wrapping_add(type, a, b)                           \
	({                                                 \
		type val_;                                 \
		(void)__builtin_add_overflow(a, b, &val_); \
		val_;                                      \
	})
#define wrapping_sub(type, a, b)                           \
	({                                                 \
		type val_;                                 \
		(void)__builtin_sub_overflow(a, b, &val_); \
		val_;                                      \
	})
#define wrapping_mul(type, a, b)                           \
	({                                                 \
		type val_;                                 \
		(void)__builtin_mul_overflow(a, b, &val_); \
		val_;                                      \
	})
#define wrapping_assign_add(var, offset)                              \
	({                                                            \
		__typeof__(var) *ptr_ = &(var);                       \
		*ptr_ = wrapping_add(__typeof__(var), *ptr_, offset); \
	})
#define wrapping_assign_sub(var, offset)                              \
	({                                                            \
		__typeof__(var) *ptr_ = &(var);                       \
		*ptr_ = wrapping_sub(__typeof__(var), *ptr_, offset); \
	})

/* Left by a count that may be wrong; bits, or a sign, that are lost overflow: then *@d is 0, or what is left. */
#define check_shl_overflow(a, s, d)                                               \
	__must_check_overflow(({                                                  \
		__typeof__(a) a_ = (a);                                           \
		__typeof__(s) s_ = (s);                                           \
		__typeof__(d) d_ = (d);                                           \
		unsigned long long full_ = (unsigned long long)a_;                \
		unsigned int to_shift_ =                                          \
			!(s_ < 0) && s_ < 8 * sizeof(*d) ? (unsigned int)s_ : 0;  \
		*d_ = (__typeof__(*d_))(full_ << to_shift_);                      \
		to_shift_ != s_ || *d_ < 0 || a_ < 0 || (*d_ >> to_shift_) != a_; \
	}))

#define __overflows_type_constexpr(x, T)                                 \
	(is_unsigned_type(__typeof__(x)) ? (x) > type_max(__typeof__(T)) \
		: is_unsigned_type(__typeof__(T))                        \
			? (x) < 0 || (x) > type_max(__typeof__(T))       \
			: (x) < type_min(__typeof__(T)) ||               \
				  (x) > type_max(__typeof__(T)))
#define __overflows_type(x, T)                    \
	({                                        \
		__typeof__(T) v_ = 0;             \
		check_add_overflow((x), v_, &v_); \
	})
/* Does the value of @x not fit into @T? */
#define overflows_type(n, T)                                                       \
	__builtin_choose_expr(__is_constexpr(n), __overflows_type_constexpr(n, T), \
		__overflows_type(n, T))
#define castable_to_type(n, T) \
	__builtin_choose_expr( \
		__is_constexpr(n), !__overflows_type_constexpr(n, T), __same_type(n, T))

#define check_add_overflow(a, b, d) __must_check_overflow(__builtin_add_overflow(a, b, d))
#define check_sub_overflow(a, b, d) __must_check_overflow(__builtin_sub_overflow(a, b, d))
#define check_mul_overflow(a, b, d) __must_check_overflow(__builtin_mul_overflow(a, b, d))

static inline size_t size_add(size_t a, size_t b)
{
	size_t sum;

	return __builtin_add_overflow(a, b, &sum) ? SIZE_MAX : sum;
}

static inline size_t size_sub(size_t a, size_t b)
{
	size_t rest;

	return a == SIZE_MAX || b == SIZE_MAX || __builtin_sub_overflow(a, b, &rest)
		       ? SIZE_MAX
		       : rest;
}

static inline size_t size_mul(size_t a, size_t b)
{
	size_t product;

	return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

#define array_size(a, b)     size_mul(a, b)
#define array3_size(a, b, c) size_mul(size_mul(a, b), c)
/* Constants stay constants, so that a variable may be of that size. */
#define flex_array_size(p, member, n)                                        \
	__builtin_choose_expr(__is_constexpr(n), (n) * sizeof(*(p)->member), \
		size_mul(n, sizeof(*(p)->member)))
#define struct_size(p, member, n)                             \
	__builtin_choose_expr(__is_constexpr(n),              \
		sizeof(*(p)) + flex_array_size(p, member, n), \
		size_add(sizeof(*(p)), flex_array_size(p, member, n)))
#define struct_size_t(type, member, n) struct_size((type *)NULL, member, n)

/* A structure with a flexible array of @count on the stack; @name points to it. */
#define _DEFINE_FLEX(type, name, member, count, initializer...)              \
	_Static_assert(__builtin_constant_p(count), "of a constant length"); \
	union {                                                              \
		u8 bytes[struct_size_t(type, member, count)];                \
		type obj;                                                    \
	} name##_u initializer;                                              \
	type *name = (type *)&name##_u
#define DEFINE_RAW_FLEX(type, name, member, count) \
	_DEFINE_FLEX(type, name, member, count, = {})
#define DEFINE_FLEX(type, name, member, counter, count)                       \
	_DEFINE_FLEX(type, name, member, count, = {                           \
							.obj.counter = count, \
						})

#endif
