/* SPDX-License-Identifier: MIT */
/* The flags of an allocation. No state. */
#ifndef COMPAT_LINUX_GFP_TYPES_H
#define COMPAT_LINUX_GFP_TYPES_H

#include <linux/gfp.h>

#endif
