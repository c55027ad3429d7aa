// SPDX-License-Identifier: MIT
/*
 * The pressure room of a machine, and what it tells.
 *
 *   qy_pressure_boot, qy_pressure_start
 *   qy_psi_memory
 *
 * A machine without tasks, files and shrinkers has nothing to reclaim: its requests fail as they did before there was
 * reclaim, and whoever drives it may make room in ways of his own. The first of them makes this room the one that helps.
 *
 * Locking: none.
 */
#include "mm/pressure/internal.h"

static bool rescue_compact(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, bool sync)
{
	u32 psi = qy_psi_memstall_enter(m);
	bool done = qy_contig_rescue.compact(m, gfp, order, sync);

	qy_psi_memstall_leave(m, psi);
	return done;
}

void qy_pressure_start(struct qy_machine *m)
{
	struct rescue_ops *rescue = &m->rescues;

	if (READ_ONCE(rescue->wake_kswapd))
		return;
	WRITE_ONCE(rescue->reclaimable, qy_zone_reclaimable_pages);
	WRITE_ONCE(rescue->compact, rescue_compact);
	WRITE_ONCE(rescue->reclaim, qy_try_to_free_pages);
	WRITE_ONCE(rescue->wake_kswapd, qy_wakeup_kswapd);
}

void qy_pressure_boot(struct qy_machine *m)
{
	m->task_room->start = qy_pressure_start;
}

void qy_psi_memory(struct qy_machine *m, struct qy_psi_figures *out)
{
	struct psi_figures figures;

	qy_psi_read(m, &figures);
	for (u32 i = 0; i < NR_PSI_AVGS; i++) {
		out->some_avg[i] = figures.avg[PSI_SOME][i];
		out->full_avg[i] = figures.avg[PSI_FULL][i];
	}
	out->some_total_us = figures.total_us[PSI_SOME];
	out->full_total_us = figures.total_us[PSI_FULL];
}
