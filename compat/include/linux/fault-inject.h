/* SPDX-License-Identifier: MIT */
/* Failures on demand: `quarry check --fail-every` has them. No state. */
#ifndef COMPAT_LINUX_FAULT_INJECT_H
#define COMPAT_LINUX_FAULT_INJECT_H

#include <linux/types.h>

#endif
