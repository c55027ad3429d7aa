/* SPDX-License-Identifier: MIT */
/*
 * Where a write to a protected page waits: a handler of SIGSEGV, and what it knows of protected pages.
 *
 *   qy_wait_space/forget       these addresses are looked after; not any more
 *   qy_wait_begin/end          writes to them wait; go on
 *
 * The handler waits only for pages that are marked. A fault on a page that is not is tried once more if a wait has ended
 * since (it may have been this one); else it is the program's own and goes to the handler that was there before.
 *
 * Locking: a mutex for the list of spaces; the handler takes none, entries of the list are never freed.
 */
#ifndef QY_PORTS_HOSTED_WAIT_H
#define QY_PORTS_HOSTED_WAIT_H

#include <stddef.h>

/* Return: 0, -ENOMEM. */
int qy_wait_space(void *address, size_t bytes);
/* pre: nobody waits there. */
void qy_wait_forget(void *address);
void qy_wait_begin(void *address, size_t bytes);
void qy_wait_end(void *address, size_t bytes);

#endif
