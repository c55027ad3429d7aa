/* SPDX-License-Identifier: MIT */
/* Names of files, as much of them as drivers see (linux/fs.h). No state. */
#ifndef COMPAT_LINUX_DCACHE_H
#define COMPAT_LINUX_DCACHE_H

#include <linux/fs.h>

#define QSTR_INIT(text, length)                                        \
	{                                                              \
		.len = (length), .name = (const unsigned char *)(text) \
	}

#endif
