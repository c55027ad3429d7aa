/* SPDX-License-Identifier: MIT */
/* "No node in particular". No state. */
#ifndef COMPAT_LINUX_NUMA_H
#define COMPAT_LINUX_NUMA_H

#define NUMA_NO_NODE (-1)

#endif
