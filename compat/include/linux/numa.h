/* SPDX-License-Identifier: MIT */
/* "No node in particular". No state. */
#ifndef COMPAT_LINUX_NUMA_H
#define COMPAT_LINUX_NUMA_H

#define NUMA_NO_NODE (-1)

#define NODES_SHIFT  4
#define MAX_NUMNODES (1 << NODES_SHIFT)

#endif
