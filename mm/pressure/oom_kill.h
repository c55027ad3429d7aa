/* SPDX-License-Identifier: MIT */
/*
 * The OOM killer, for machine.c and the rest of its room.
 *
 *   qy_oom_boot          registers it
 *   qy_oom_tick          once a second, of any CPU
 *   qy_out_of_memory     a request found nothing, and nothing can be reclaimed
 *   qy_pressure_tell     the embedder's hook
 *
 * Locking: see oom_kill.c.
 */
#ifndef QY_PRESSURE_OOM_KILL_H
#define QY_PRESSURE_OOM_KILL_H

#include "mm/task/task.h"
#include <quarry/oom.h>

void qy_oom_boot(struct qy_machine *m);

/* The reaper's turn: a victim that has not gone in two seconds. Context: task. */
void qy_oom_tick(struct qy_machine *m);

/* As rescue_ops.oom. */
bool qy_out_of_memory(struct qy_machine *m, qy_gfp_t gfp, unsigned int order);

/* Context: that of the request; no lock is held. */
void qy_pressure_tell(struct qy_machine *m, enum qy_pressure level);

#endif
