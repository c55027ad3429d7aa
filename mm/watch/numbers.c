// SPDX-License-Identifier: MIT
/*
 * The numbers of the files, one by one, for who wants them without their text.
 *
 *   qy_vmstat_line, qy_zone_stat_line, qy_node_stat_line, qy_zone_cpu_stats
 *
 * They come from the same struct view_source as the text. No state.
 */
#include "mm/watch/internal.h"

static bool as_stat(bool there, const struct stat_line *line, struct qy_stat *out)
{
	if (there)
		*out = (struct qy_stat){ line->name, line->value, false };
	return there;
}

bool qy_vmstat_line(struct qy_machine *m, uint32_t n, struct qy_stat *out)
{
	struct view_source view = qy_machine_view(m);
	struct stat_line line;

	return as_stat(qy_view_vmstat(&view, n, &line), &line, out);
}

bool qy_zone_stat_line(
	struct qy_machine *m, uint32_t zone, uint32_t n, struct qy_stat *out)
{
	struct view_source view = qy_machine_view(m);
	struct stat_line line;

	return zone < m->nr_zones &&
	       as_stat(view.zone_stat(view.arg, zone, n, &line), &line, out);
}

bool qy_node_stat_line(
	struct qy_machine *m, uint32_t node, uint32_t n, struct qy_stat *out)
{
	struct view_source view = qy_machine_view(m);
	struct stat_line line;

	return node < m->nr_nodes &&
	       as_stat(view.node_stat(view.arg, node, n, &line), &line, out);
}

bool qy_zone_cpu_stats(
	struct qy_machine *m, uint32_t zone, uint32_t cpu, struct qy_zone_cpu_stats *out)
{
	struct qy_pageset pageset;

	if (zone >= m->nr_zones || cpu >= m->nr_cpus || !populated_zone(&m->zones[zone]))
		return false;
	pageset = qy_zone_pageset(&m->zones[zone], cpu);
	*out = (struct qy_zone_cpu_stats){
		.count = pageset.count,
		.high = pageset.high,
		.batch = pageset.batch,
		.stat_threshold = qy_stat_threshold(
			zone_managed_pages(&m->zones[zone]), m->nr_cpus),
	};
	return true;
}
