// SPDX-License-Identifier: MIT
/*
 * The contig room of a machine that boots, and its validation.
 *
 *   qy_contig_boot, qy_contig_validate
 *
 * Checks: no frame is isolated, every owned one is its handle's, and an area's bitmap agrees with its frames.
 *
 * Locking: one thread.
 */
#include "mm/contig/internal.h"

void qy_contig_boot(struct qy_machine *m, const struct boot_plan *plan)
{
	qy_cma_boot(m, plan);
	m->rescue = &qy_contig_rescue;
	m->compaction_proactiveness = (u32)m->board->vm.compaction_proactiveness;
	m->extfrag_threshold = (u32)m->board->vm.extfrag_threshold;
	m->movable[MOVABLE_HANDLE] = &qy_handle_ops;
	m->movable[MOVABLE_DROPPABLE] = &qy_droppable_ops;
	m->movable[MOVABLE_MAPPED] = &qy_mapped_ops;
}

bool qy_contig_validate(struct qy_machine *m, char *why, size_t why_size)
{
	for (u32 i = 0; i < m->nr_cma; i++)
		if (!qy_cma_validate(&m->cma[i], why, why_size))
			return false;
	for (u32 frame = 0; frame < m->nr_frames; frame++) {
		u32 hot = m->hot[frame];

		if (hot_state(hot) != PG_ALLOCATED)
			continue;
		if (hot_flags(hot) & PGF_ISOLATED) {
			qy_snprintf(why, why_size, "frame %u: left isolated", frame);
			return false;
		}
		if (hot_is_movable_kind(hot) &&
			!m->movable[page_kind(frame_to_page(m, frame))]->validate(
				m, frame, why, why_size))
			return false;
	}
	return true;
}
