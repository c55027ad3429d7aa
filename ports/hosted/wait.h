/* SPDX-License-Identifier: MIT */
/*
 * Where a write to a protected page waits, and whence a page comes that is not there: a handler of SIGSEGV, and what it knows of
 * addresses.
 *
 *   qy_wait_space/forget       these addresses are looked after; not any more
 *   qy_wait_fault_space        so are these, by qy_task_fault()
 *   qy_wait_begin/end          writes to them wait; go on
 *
 * The handler waits only for pages that are marked. A fault on a page that is not is tried once more if a wait has ended
 * since (it may have been this one); else it is the program's own and goes to the handler that was there before.
 *
 * Locking: a mutex for the list of spaces; the handler takes none, entries of the list are never freed.
 */
#ifndef QY_PORTS_HOSTED_WAIT_H
#define QY_PORTS_HOSTED_WAIT_H

#include <stdbool.h>
#include <stddef.h>

struct plain_space;
struct qy_machine;

/* Return: 0, -ENOMEM. */
int qy_wait_space(void *address, size_t bytes);
/* A fault there is one of @space. The core needs more of a stack than many an alternate one has: see install(). */
int qy_wait_fault_space(
	struct qy_machine *m, struct plain_space *space, void *address, size_t bytes);
/* pre: nobody waits there. Return: its pages came by faults. */
bool qy_wait_forget(void *address);
void qy_wait_begin(void *address, size_t bytes);
void qy_wait_end(void *address, size_t bytes);

#endif
