/* SPDX-License-Identifier: MIT */
/* A call in a task of its own, which may end it (kunit_try_catch_throw()); then another one is made. No state. */
#ifndef COMPAT_KUNIT_TRY_CATCH_H
#define COMPAT_KUNIT_TRY_CATCH_H

#include <asm/quarry.h>
#include <linux/types.h>

struct kunit;

typedef void (*kunit_try_catch_func_t)(void *context);

struct kunit_try_catch {
	struct kunit *test;
	int try_result; /* -EFAULT: thrown */
	kunit_try_catch_func_t try;
	kunit_try_catch_func_t catch;
	void *context;
};

/* Context: task, may sleep. */
void kunit_try_catch_run(struct kunit_try_catch *try_catch, void *context)
	QY_REAL(kunit_try_catch_run);
/* Context: within the call. */
void kunit_try_catch_throw(struct kunit_try_catch *try_catch)
	QY_REAL(kunit_try_catch_throw) __attribute__((noreturn));

static inline int kunit_get_try_result(struct kunit_try_catch *try_catch)
{
	return try_catch->try_result;
}

#endif
