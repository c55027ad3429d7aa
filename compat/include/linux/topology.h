/* SPDX-License-Identifier: MIT */
/* Which CPU belongs to which node. No state. */
#ifndef COMPAT_LINUX_TOPOLOGY_H
#define COMPAT_LINUX_TOPOLOGY_H

#include <linux/cpumask.h>
#include <linux/numa.h>
#include <linux/smp.h>

int qy_compat_cpu_to_node(unsigned int cpu);
#define cpu_to_node(cpu) qy_compat_cpu_to_node(cpu)
#define numa_node_id()   cpu_to_node(smp_processor_id())
#define numa_mem_id()    numa_node_id()
#define cpu_to_mem(cpu)  cpu_to_node(cpu)

#endif
