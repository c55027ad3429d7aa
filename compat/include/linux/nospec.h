/* SPDX-License-Identifier: MIT */
/* No index is speculated past its bound here; the bound itself holds. No state. */
#ifndef COMPAT_LINUX_NOSPEC_H
#define COMPAT_LINUX_NOSPEC_H

#include <linux/compiler.h>

/* @index where it is below @size, else 0 */
#define array_index_nospec(index, size)                          \
	({                                                       \
		__typeof__(index) index_ = (index);              \
		index_ < (size) ? index_ : (__typeof__(index))0; \
	})

#endif
