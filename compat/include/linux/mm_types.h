/* SPDX-License-Identifier: MIT */
/* struct page: its size, so that `page + 1` is the next frame of a block; what is in it is nobody's here. No state. */
#ifndef COMPAT_LINUX_MM_TYPES_H
#define COMPAT_LINUX_MM_TYPES_H

#include <linux/types.h>

struct page {
	u32 opaque_[6];
};

#endif
