/* SPDX-License-Identifier: MIT */
/*
 * Accesses to addresses of vmalloc where nothing is mapped: the machine reports, then the program ends as it would have. And
 * accesses to protected frames: the machine reports, and the program goes on.
 *
 *   qy_host_watch_faults, qy_host_forget_faults     a machine's addresses
 *   qy_host_watch_guards, qy_host_guard             frames that KFENCE protects
 *   qy_host_watch_others                            whatever else is touched
 *   qy_host_fault, qy_host_fault_at                 a fault that another handler has caught
 *
 * A handler of SIGSEGV is installed with the first machine that has such addresses and taken back with the last. Every
 * fault is passed on to the handler before it; without one the program dies of the signal, at the instruction that did it.
 *
 * Locking: a mutex for the list; the handler reads it without.
 */
#ifndef QY_PORTS_HOST_FAULT_H
#define QY_PORTS_HOST_FAULT_H

#include <stdbool.h>
#include <stddef.h>

struct qy_machine;

/* Return: 0, -ENOMEM. */
int qy_host_watch_faults(struct qy_machine *m, void *address, size_t bytes);
int qy_host_watch_guards(struct qy_machine *m, void *window, size_t bytes);
void qy_host_forget_faults(void *address);

/* @fn is asked of every other fault of a CPU, with the ucontext_t: is the access to be made again? NULL: nobody. Return: 0, -errno. */
int qy_host_watch_others(bool (*fn)(void *context));

/* Return: 0, -ENOSPC: no mappings. */
int qy_host_guard(void *address, size_t bytes, bool on);

/* @info: siginfo_t. @context: ucontext_t. Return: true: it is told, and the access is to be made again. Context: a handler of SIGSEGV. */
bool qy_host_fault(const void *info, const void *context);
/* Of a ucontext_t. Return: 1: a write, 0; -1: the host does not say. Context: likewise. */
int qy_host_fault_at(const void *context, const void **address);

#endif
