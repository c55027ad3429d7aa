/* SPDX-License-Identifier: MIT */
/*
 * Valgrind and AddressSanitizer, told about objects.
 *
 *   qy_hosted_mark_fn()   how to tell the one that is here; NULL: none is
 *
 * No state.
 */
#ifndef QY_PORT_HOSTED_MARK_H
#define QY_PORT_HOSTED_MARK_H

#include <quarry/port.h>

typedef void (*qy_mark_fn)(void *ctx, const void *p, size_t bytes, enum qy_mark how);

qy_mark_fn qy_hosted_mark_fn(void);

#endif
