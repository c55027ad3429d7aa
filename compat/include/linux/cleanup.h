/* SPDX-License-Identifier: MIT */
/* What goes back at the end of its scope. No state. */
#ifndef COMPAT_LINUX_CLEANUP_H
#define COMPAT_LINUX_CLEANUP_H

#include <linux/compiler.h>

#define __cleanup(fn) __attribute__((__cleanup__(fn)))

/* A variable that is freed: its type of clean-up has a name. @free_: what is done, of _T. */
#define DEFINE_FREE(name, type, free_)            \
	static inline void __free_##name(void *p) \
	{                                         \
		type _T = *(type *)p;             \
		free_;                            \
	}
#define __free(name) __cleanup(__free_##name)

#define __get_and_null(p, nullvalue)      \
	({                                \
		__auto_type *ptr_ = &(p); \
		__auto_type val_ = *ptr_; \
		*ptr_ = nullvalue;        \
		val_;                     \
	})
/* The caller's from now on. */
#define no_free_ptr(p)         ((__typeof__(p))__get_and_null(p, NULL))
#define return_ptr(p)          return no_free_ptr(p)
#define retain_and_null_ptr(p) ((void)no_free_ptr(p))

#define DEFINE_CLASS(name, type, exit_, init_, init_args...)     \
	typedef type class_##name##_t;                           \
	static inline void class_##name##_destructor(type *p)    \
	{                                                        \
		type _T = *p;                                    \
		exit_;                                           \
	}                                                        \
	static inline type class_##name##_constructor(init_args) \
	{                                                        \
		type t = init_;                                  \
		return t;                                        \
	}
#define EXTEND_CLASS(name, ext, init_, init_args...)                              \
	typedef class_##name##_t class_##name##ext##_t;                           \
	static inline void class_##name##ext##_destructor(class_##name##_t *p)    \
	{                                                                         \
		class_##name##_destructor(p);                                     \
	}                                                                         \
	static inline class_##name##_t class_##name##ext##_constructor(init_args) \
	{                                                                         \
		class_##name##_t t = init_;                                       \
		return t;                                                         \
	}
#define CLASS(name, var)                                            \
	class_##name##_t var __cleanup(class_##name##_destructor) = \
		class_##name##_constructor

/* Locks that are held to the end of a scope. */
#define DEFINE_GUARD(name, type, lock_, unlock_)                         \
	DEFINE_CLASS(                                                    \
		name, type, if (_T) { unlock_; }, ({                     \
			lock_;                                           \
			_T;                                              \
		}),                                                      \
		type _T)                                                 \
	static inline void *class_##name##_lock_ptr(class_##name##_t *t) \
	{                                                                \
		return *t;                                               \
	}
#define DEFINE_GUARD_COND(name, ext, condlock_)                               \
	EXTEND_CLASS(name, ext, ({                                            \
		void *t_ = _T;                                                \
		(_T && !(condlock_)) ? NULL : t_;                             \
	}),                                                                   \
		class_##name##_t _T)                                          \
	static inline void *class_##name##ext##_lock_ptr(class_##name##_t *t) \
	{                                                                     \
		return class_##name##_lock_ptr(t);                            \
	}
#define guard(name)       CLASS(name, __UNIQUE_ID(guard))
#define __guard_ptr(name) class_##name##_lock_ptr
#define scoped_guard(name, args...)                                                      \
	for (CLASS(name, scope)(args), *done = NULL; __guard_ptr(name)(&scope) && !done; \
		done = (void *)1)
#define scoped_cond_guard(name, fail_, args...)                               \
	for (CLASS(name, scope)(args), *done = NULL; !done; done = (void *)1) \
		if (!__guard_ptr(name)(&scope))                               \
			fail_;                                                \
		else

#define QY_UNLOCK_GUARD(name, type, unlock_, ...)                          \
	typedef struct {                                                   \
		type *lock;                                                \
		__VA_ARGS__;                                               \
	} class_##name##_t;                                                \
	static inline void class_##name##_destructor(class_##name##_t *_T) \
	{                                                                  \
		if (_T->lock) {                                            \
			unlock_;                                           \
		}                                                          \
	}                                                                  \
	static inline void *class_##name##_lock_ptr(class_##name##_t *_T)  \
	{                                                                  \
		return (void *)_T->lock;                                   \
	}
#define DEFINE_LOCK_GUARD_1(name, type, lock_, unlock_, ...)               \
	QY_UNLOCK_GUARD(name, type, unlock_, __VA_ARGS__)                  \
	static inline class_##name##_t class_##name##_constructor(type *l) \
	{                                                                  \
		class_##name##_t t = { .lock = l }, *_T = &t;              \
		lock_;                                                     \
		return t;                                                  \
	}
#define DEFINE_LOCK_GUARD_0(name, lock_, unlock_, ...)                  \
	QY_UNLOCK_GUARD(name, void, unlock_, __VA_ARGS__)               \
	static inline class_##name##_t class_##name##_constructor(void) \
	{                                                               \
		class_##name##_t t = { .lock = (void *)1 },             \
				 *_T __attribute__((unused)) = &t;      \
		lock_;                                                  \
		return t;                                               \
	}

#endif
