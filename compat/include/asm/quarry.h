/* SPDX-License-Identifier: MIT */
/*
 * What every header of compat/ stands on: the public API, the machine that the calling thread stands in, and the
 * word for what is not there.
 *
 *   qy_this_machine()                          NULL in a thread that has entered none
 *   QY_ABSENT(type, name, parameters, why)     using `name` is a compile error that names it
 *
 * tools/gen-compat reads these headers: a definition is real, unless a comment that begins with "stub:" stands on the
 * line above it, or QY_ABSENT declares it. docs/compat.md is its list.
 *
 * No state.
 */
#ifndef COMPAT_ASM_QUARRY_H
#define COMPAT_ASM_QUARRY_H

#include <quarry.h>

struct qy_machine *qy_this_machine(void);

#define QY_ABSENT(type, name, parameters, why) \
	type name parameters __attribute__((error(#name "(): absent " why)))

#endif
