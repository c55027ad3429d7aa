/* SPDX-License-Identifier: MIT */
/*
 * The slab room: objects. What other rooms may know of it.
 *
 *   qy_slab_layout_tables, qy_slab_boot   its tables, its first caches; nothing is allocated at boot
 *   qy_slab_validate                      its part of qy_machine_validate()
 *   qy_slab_tick                          its part of a CPU's statistics tick
 *
 * A machine without contents (port->no_contents) has no objects: every request fails.
 */
#ifndef QY_SLAB_SLAB_H
#define QY_SLAB_SLAB_H

#include "mm/machine.h"
#include <quarry/slab.h>

/* Hands out zero-filled pieces of the machine's block, or only counts: see layout() in mm/machine.c. */
typedef void *(*qy_take_fn)(void *arg, size_t bytes, size_t align);

void qy_slab_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg);
/* Of these, what depends on CPUs and caches, not on RAM. */
size_t qy_slab_fixed_bytes(const struct qy_machine *m);
void qy_slab_boot(struct qy_machine *m);
bool qy_slab_validate(struct qy_machine *m, char *why, size_t why_size);

/* What a thread that becomes this CPU works with. */
struct slab_cpu *qy_slab_cpu(const struct qy_machine *m, u32 cpu);

/* What this CPU has not used since the last tick goes back to its slabs. Context: task. */
void qy_slab_tick(struct qy_machine *m, unsigned int cpu);

#endif
