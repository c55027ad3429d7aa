/* SPDX-License-Identifier: MIT */
/*
 * The virt room: mappings. What other rooms may know of it.
 *
 *   qy_vmalloc_tables, _boot    its tables; address space and page tables are had with the first area
 *   qy_vmalloc_validate         its part of qy_machine_validate()
 *   qy_vmalloc_tick             its part of a CPU's statistics tick
 *   qy_vmalloc_drain            an entry of struct rescue_ops
 */
#ifndef QY_VIRT_VIRT_H
#define QY_VIRT_VIRT_H

#include "mm/slab/slab.h"
#include <quarry/vmalloc.h>

void qy_vmalloc_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg);
void qy_vmalloc_boot(struct qy_machine *m);
bool qy_vmalloc_validate(struct qy_machine *m, char *why, size_t why_size);

/* Areas that this CPU has not reused since the last tick go; what interrupts freed is freed. Context: task. */
void qy_vmalloc_tick(struct qy_machine *m, unsigned int cpu);

/* Every area that stays for reuse goes. Return: true when frames came free by it. Context: task. */
bool qy_vmalloc_drain(struct qy_machine *m);

#endif
