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
#include <string.h>

#define NOWHERE   UINT64_MAX /* in Linux, an address that does not lead to the root */
#define MAX_CELLS 4          /* an address is at most three cells (PCI), a size two */

/* One bus on the way from the root to the node being looked at. */
struct bus {
	int address_cells, size_cells;
	const uint8_t *ranges; /* dma-ranges; NULL or empty: addresses are the parent's */
	int length;
};

uint64_t qy_dt_cells(const void *cells, int nr_cells)
{
	const uint8_t *byte = cells;
	uint64_t value = 0;

	for (int i = 0; i < nr_cells * 4; i++)
		value = value << 8 | byte[i];
	return value;
}

/* A node without #address-cells or #size-cells has its parent's, as in the kernel. */
static int cells_of(const void *fdt, int node, const char *name, int inherited)
{
	int length;
	const void *value = fdt_getprop(fdt, node, name, &length);
	uint64_t cells =
		value && length == 4 ? qy_dt_cells(value, 1) : (uint64_t)inherited;

	return cells <= MAX_CELLS ? (int)cells : 0;
}

static void enter_bus(
	const void *fdt, int node, const struct bus *parent, struct bus *bus)
{
	bus->address_cells =
		cells_of(fdt, node, "#address-cells", parent ? parent->address_cells : 1);
	bus->size_cells =
		cells_of(fdt, node, "#size-cells", parent ? parent->size_cells : 1);
	bus->ranges = fdt_getprop(fdt, node, "dma-ranges", &bus->length);
	if (!bus->ranges)
		bus->length = 0;
}

/* One entry of dma-ranges: child address, parent address, size. */
struct entry {
	uint64_t child, parent, size;
};

/* Bytes of one entry, 0 when the cells make no sense. */
static int entry_bytes(const struct bus *bus, const struct bus *parent)
{
	if (!bus->address_cells || !parent->address_cells || !bus->size_cells)
		return 0;
	return 4 * (bus->address_cells + parent->address_cells + bus->size_cells);
}

/* Of a PCI address only the low 64 bits are an address; the first cell says which space. */
static struct entry read_entry(
	const uint8_t *at, const struct bus *bus, const struct bus *parent)
{
	const uint8_t *parent_at = at + 4 * bus->address_cells;
	const uint8_t *size_at = parent_at + 4 * parent->address_cells;

	return (struct entry){
		.child = qy_dt_cells(at, bus->address_cells),
		.parent = qy_dt_cells(parent_at, parent->address_cells),
		.size = qy_dt_cells(size_at, bus->size_cells),
	};
}

/* Carries @address one bus up; false when the bus does not lead there. */
static bool translate(const struct bus *bus, const struct bus *parent, uint64_t *address)
{
	int bytes = entry_bytes(bus, parent);

	if (!bus->length)
		return true;
	for (int at = 0; bytes && at + bytes <= bus->length; at += bytes) {
		struct entry entry = read_entry(bus->ranges + at, bus, parent);

		if (*address - entry.child < entry.size) {
			*address = entry.parent + (*address - entry.child);
			return true;
		}
	}
	return false;
}

/* The end of what bus path[depth] reaches, exclusive; 0 when it says nothing. */
static uint64_t bus_limit(const struct bus *path, int depth)
{
	int bytes = entry_bytes(&path[depth], &path[depth - 1]);
	uint64_t limit = 0, end;

	for (int at = 0; bytes && at + bytes <= path[depth].length; at += bytes) {
		struct entry entry = read_entry(
			path[depth].ranges + at, &path[depth], &path[depth - 1]);
		uint64_t address = entry.parent;
		bool reached = true;

		if (!entry.size)
			continue;
		for (int up = depth - 1; up > 0 && reached; up--)
			reached = translate(&path[up], &path[up - 1], &address);
		end = (reached ? address : NOWHERE) + entry.size;
		if (end > limit)
			limit = end;
	}
	return limit;
}

uint64_t qy_dt_dma_limit(const void *fdt)
{
	struct bus path[QY_DT_MAX_DEPTH];
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
		enter_bus(fdt, node, depth ? &path[depth - 1] : NULL, &path[depth]);
		if (!depth || !path[depth].length)
			continue;
		limit = bus_limit(path, depth);
		if (limit && limit < smallest)
			smallest = limit;
	}
	return smallest == UINT64_MAX ? 0 : smallest;
}
