/* SPDX-License-Identifier: MIT */
/*
 * What every header of compat/ stands on: the public API, the machine that the calling thread stands in, and the
 * word for what is not there.
 *
 *   qy_this_machine()                          NULL in a thread that has entered none
 *   QY_ABSENT(type, name, parameters, why)     using `name` is a compile error that names it
 *   QY_REAL(name)                              behind a prototype: a function of compat/, `qy_k_name` for the linker
 *   qy_hold, qy_let_go                         what a driver takes and gives back, for the verdict at its unload; nothing is
 *                                              noted where no world stands around (quarry/world.h)
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

#define QY_REAL(name) __asm__("qy_k_" #name)

#define QY_ABSENT(type, name, parameters, why) \
	type name parameters __attribute__((error(#name "(): absent " why)))

/* Kinds of what is held. */
enum qy_held {
	QY_HELD_OBJECT, /* of kmalloc or a cache */
	QY_HELD_PAGES,
	QY_HELD_CACHE,
	QY_HELD_VMALLOC,
	QY_HELD_DMA,
	QY_HELD_MAPPING, /* of registers */
	QY_HELD_IRQ,
	QY_HELD_TIMER,
	QY_HELD_WORK,
	QY_HELD_THREAD,
	QY_HELD_DEVICE, /* a registration */
	QY_HELD_DEVRES,
	QY_NR_HELD,
};

#ifdef QY_WORLD
/* Returns @p. NULL and ZERO_SIZE_PTR are not noted. @bytes: 0 where a size says nothing. */
void *qy_hold(enum qy_held kind, const void *p, size_t bytes);
/* The newest that was noted under @p and @kind. */
void qy_let_go(enum qy_held kind, const void *p);
#else
static inline void *qy_hold(enum qy_held kind, const void *p, size_t bytes)
{
	(void)kind, (void)bytes;
	return (void *)(uintptr_t)p;
}
static inline void qy_let_go(enum qy_held kind, const void *p)
{
	(void)kind, (void)p;
}
#endif

#endif
