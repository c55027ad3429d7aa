/* SPDX-License-Identifier: MIT */
/* Bytes as digits. No state. */
#ifndef COMPAT_LINUX_HEX_H
#define COMPAT_LINUX_HEX_H

#include <linux/kernel.h>

#endif
