/* SPDX-License-Identifier: MIT */
/*
 * Accesses to addresses of vmalloc where nothing is mapped: the machine reports, then the program ends as it would have.
 *
 *   qy_host_watch_faults, qy_host_forget_faults     a machine's addresses
 *
 * A handler of SIGSEGV is installed with the first machine that has such addresses and taken back with the last. Every
 * fault is passed on to the handler before it; without one the program dies of the signal, at the instruction that did it.
 *
 * Locking: a mutex for the list; the handler reads it without.
 */
#ifndef QY_PORTS_HOST_FAULT_H
#define QY_PORTS_HOST_FAULT_H

#include <stddef.h>

struct qy_machine;

/* Return: 0, -ENOMEM. */
int qy_host_watch_faults(struct qy_machine *m, void *address, size_t bytes);
void qy_host_forget_faults(void *address);

#endif
