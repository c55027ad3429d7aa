/* SPDX-License-Identifier: MIT */
/*
 * The dma room: devices and the memory that they reach. What other rooms may know of it.
 *
 *   qy_dma_tables, qy_dma_boot    its part of a machine that boots
 *   qy_dma_validate               its part of qy_machine_validate()
 *   qy_dma_tick                   pools for who may not sleep grow
 *
 * Locking: boot is one thread.
 */
#ifndef QY_DMA_DMA_H
#define QY_DMA_DMA_H

#include "mm/machine.h"
#include "mm/slab/slab.h"

struct boot_plan;

void qy_dma_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg);
/* pre: page, contig and slab room have booted. Allocates nothing. */
void qy_dma_boot(struct qy_machine *m, const struct boot_plan *plan);
/* pre: nobody else is in the machine */
bool qy_dma_validate(struct qy_machine *m, char *why, size_t why_size);
/* What the background does with each tick of CPU 0. Context: task. */
void qy_dma_tick(struct qy_machine *m);

#endif
