// SPDX-License-Identifier: MIT
/*
 * What the least capable bus of a device tree can reach: arm64 ends ZONE_DMA there.
 *
 * Every available node with dma-ranges says which CPU addresses its children see. The highest end among a
 * node's ranges is that bus's limit, and the smallest limit of all buses is the board's. An end is a sum of 64
 * bits that wraps, as in Linux: a range that leads nowhere, or past the last address, ends low. No state.
 */
#include "lab/board_dt.h"

#include <libfdt.h>

#include "lab/board_bus.h"

/* The end of what bus path[depth] reaches, exclusive; 0 when it says nothing. */
static uint64_t bus_limit(const struct qy_dt_bus *path, int depth)
{
	int bytes = qy_bus_entry_bytes(&path[depth], &path[depth - 1]);
	uint64_t limit = 0, end;

	for (int at = 0; bytes && at + bytes <= path[depth].length; at += bytes) {
		struct qy_bus_entry entry = qy_bus_entry(
			path[depth].ranges + at, &path[depth], &path[depth - 1]);

		if (!entry.size)
			continue;
		end = qy_bus_to_root(path, depth - 1, entry.parent) + entry.size;
		if (end > limit)
			limit = end;
	}
	return limit;
}

uint64_t qy_dt_dma_limit(const void *fdt)
{
	struct qy_dt_bus path[QY_DT_MAX_DEPTH];
	int depth = 0, skip_below = QY_DT_MAX_DEPTH;
	uint64_t smallest = UINT64_MAX, limit;

	for (int node = 0; node >= 0 && depth >= 0;
		node = fdt_next_node(fdt, node, &depth)) {
		if (depth > skip_below)
			continue; /* under a bus that is switched off */
		skip_below = QY_DT_MAX_DEPTH;
		if (depth && !qy_dt_available(fdt, node)) {
			skip_below = depth;
			continue;
		}
		qy_bus_enter(fdt, node, "dma-ranges", depth ? &path[depth - 1] : NULL,
			&path[depth]);
		if (!depth || !path[depth].length)
			continue;
		limit = bus_limit(path, depth);
		if (limit && limit < smallest)
			smallest = limit;
	}
	return smallest == UINT64_MAX ? 0 : smallest;
}
