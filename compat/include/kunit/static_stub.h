/* SPDX-License-Identifier: MIT */
/* Functions that a case replaces while it runs. No state. */
#ifndef COMPAT_KUNIT_STATIC_STUB_H
#define COMPAT_KUNIT_STATIC_STUB_H

#include <kunit/test-bug.h>
#include <kunit/test.h>

/* The first line of a function that can be replaced. */
#define KUNIT_STATIC_STUB_REDIRECT(real_fn_name, args...)                \
	do {                                                             \
		struct kunit *test_ = kunit_get_current_test();          \
		__typeof__(&real_fn_name) stub_ =                        \
			test_ ? (__typeof__(stub_))qy_compat_kunit_stub( \
					test_, (void *)real_fn_name)     \
			      : NULL;                                    \
		if (unlikely(stub_))                                     \
			return stub_(args);                              \
	} while (0)

void *qy_compat_kunit_stub(struct kunit *test, void *real_fn);
void __kunit_activate_static_stub(struct kunit *test, void *real_fn, void *replacement)
	QY_REAL(__kunit_activate_static_stub);
void kunit_deactivate_static_stub(struct kunit *test, void *real_fn)
	QY_REAL(kunit_deactivate_static_stub);
#define kunit_activate_static_stub(test, real_fn, replacement)                \
	do {                                                                  \
		__typeof__(&replacement) real_ = (real_fn); /* of one type */ \
		(void)real_;                                                  \
		__kunit_activate_static_stub(                                 \
			test, (void *)real_fn, (void *)replacement);          \
	} while (0)

#endif
