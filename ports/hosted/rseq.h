/* SPDX-License-Identifier: MIT */
/*
 * The host's CPUs, by restartable sequences that glibc registers for each thread. The sequence itself is in hot.h.
 *
 *   qy_rseq_serves()     can a board of so many CPUs have them?
 *   qy_rseq_host_cpu()   what a thread that enters looks at
 *
 * No state.
 */
#ifndef QY_PORT_HOSTED_RSEQ_H
#define QY_PORT_HOSTED_RSEQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Return: false after one line in @why, if that is not NULL. */
bool qy_rseq_serves(uint32_t nr_cpus, char *why, size_t why_size);
void *qy_rseq_host_cpu(void *ctx);

#endif
