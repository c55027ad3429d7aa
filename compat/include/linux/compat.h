/* SPDX-License-Identifier: MIT */
/* Programs of 32 bits on a kernel of 64: there are none here, so no ioctl of theirs arrives. No state. */
#ifndef COMPAT_LINUX_COMPAT_H
#define COMPAT_LINUX_COMPAT_H

#include <linux/fs.h>
#include <linux/types.h>

typedef u32 compat_uptr_t;
typedef u32 compat_ulong_t;
typedef s32 compat_long_t;
typedef s32 compat_int_t;
typedef u32 compat_uint_t;
typedef u32 compat_size_t;

static inline void *compat_ptr(compat_uptr_t address)
{
	return (void *)(unsigned long)address;
}

static inline compat_uptr_t ptr_to_compat(const void *p)
{
	return (u32)(unsigned long)p;
}

static inline bool in_compat_syscall(void)
{
	return false;
}

#endif
