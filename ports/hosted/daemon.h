/* SPDX-License-Identifier: MIT */
/*
 * The board's background threads as threads of this process: kswapd and kcompactd of each node, and the flusher.
 *
 *   qy_daemons_start/stop      all of them, by their names in /proc/self/task
 *   qy_daemons_wake            what struct qy_port says of wake()
 *
 * Each sleeps until it is woken, or until its step said that it wants to look again; then it stands on a CPU of the board that
 * nobody else has, for one step. While there is none it waits for one.
 *
 * Locking: a semaphore each; the steps bring their own.
 */
#ifndef QY_PORTS_HOSTED_DAEMON_H
#define QY_PORTS_HOSTED_DAEMON_H

#include "mm/machine.h"

struct qy_daemons;

/* Return: NULL: no memory, or no thread. */
struct qy_daemons *qy_daemons_start(struct qy_machine *m);
/* Each ends the step that it is at. NULL is ignored. Context: no thread that keeps a daemon from its CPU. */
void qy_daemons_stop(struct qy_daemons *daemons);
/* Context: any. */
void qy_daemons_wake(struct qy_daemons *daemons, enum qy_daemon which, unsigned int node);

#endif
