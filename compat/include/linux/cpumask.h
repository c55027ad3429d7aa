/* SPDX-License-Identifier: MIT */
/* The CPUs of the board: all of them are there and run. No state. */
#ifndef COMPAT_LINUX_CPUMASK_H
#define COMPAT_LINUX_CPUMASK_H

#include <asm/quarry.h>
#include <linux/types.h>

unsigned int qy_compat_nr_cpus(void);
#define nr_cpu_ids          qy_compat_nr_cpus()
#define num_possible_cpus() nr_cpu_ids
#define num_present_cpus()  nr_cpu_ids
#define num_online_cpus()   nr_cpu_ids
#define cpu_online(cpu)     ((unsigned int)(cpu) < nr_cpu_ids)
#define cpu_possible(cpu)   cpu_online(cpu)

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_online_cpu(cpu)  for_each_possible_cpu(cpu)

#endif
