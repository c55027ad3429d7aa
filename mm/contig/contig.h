/* SPDX-License-Identifier: MIT */
/*
 * The contig room: pages that move, and what that is good for. What other rooms may know of it.
 *
 *   qy_contig_boot           the kinds of movable pages become known to the machine
 *   qy_contig_validate       the room's part of qy_machine_validate()
 *
 * Locking: boot is one thread.
 */
#ifndef QY_CONTIG_CONTIG_H
#define QY_CONTIG_CONTIG_H

#include "mm/machine.h"

void qy_contig_boot(struct qy_machine *m);
bool qy_contig_validate(struct qy_machine *m, char *why, size_t why_size);

#endif
