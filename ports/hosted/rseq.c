// SPDX-License-Identifier: MIT
/*
 * What the rseq front end asks of the host.
 *
 * glibc 2.35 and later registers an area for each thread and says where it lies; older ones, and other C libraries, do not
 * define the symbols, which are weak here. An area that could not be registered has a cpu_id above every CPU, so that its
 * thread claims nothing and goes to the slabs.
 *
 * No state.
 */
#include "ports/hosted/rseq.h"
#include "ports/hosted/hot.h"

#include <sched.h>
#include <stdio.h>
#include <unistd.h>

extern const ptrdiff_t __rseq_offset __attribute__((weak));
extern const unsigned int __rseq_size __attribute__((weak));

#define HIGHEST_HOST_CPU (CPU_SETSIZE - 1)

/* The highest CPU that this thread, and those it will make, may run on. */
static uint32_t highest_cpu(void)
{
	uint32_t highest = 0;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return HIGHEST_HOST_CPU;
	for (uint32_t cpu = 0; cpu <= HIGHEST_HOST_CPU; cpu++)
		if (CPU_ISSET(cpu, &set))
			highest = cpu;
	return highest;
}

bool qy_rseq_serves(uint32_t nr_cpus, char *why, size_t why_size)
{
	uint32_t highest = highest_cpu();
	char text[160] = "";

	if (!QY_HAS_CPU_CLAIM)
		snprintf(text, sizeof(text),
			"the rseq front end is for x86-64: use QY_FRONT_TLS");
	else if (!&__rseq_size || !__rseq_size)
		snprintf(text, sizeof(text),
			"the C library has registered no rseq area (glibc 2.35 does, unless glibc.pthread.rseq=0): use QY_FRONT_TLS");
	else if (highest >= nr_cpus)
		snprintf(text, sizeof(text),
			"the process may run on the host's CPU %u: the rseq front end needs a board of %u CPUs, or taskset",
			highest, highest + 1);
	if (text[0] && why && why_size)
		snprintf(why, why_size, "%s", text);
	return !text[0];
}

void *qy_rseq_host_cpu(void *ctx)
{
	(void)ctx;
	return (char *)__builtin_thread_pointer() + __rseq_offset;
}
