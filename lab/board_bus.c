// SPDX-License-Identifier: MIT
/*
 * Buses of a device tree. See board_bus.h. No state.
 */
#include "lab/board_bus.h"

#include <libfdt.h>

#include "lab/board_dt.h"

#define MAX_CELLS 4 /* an address is at most three cells (PCI), a size two */

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

void qy_bus_enter(const void *fdt, int node, const char *property,
	const struct qy_dt_bus *parent, struct qy_dt_bus *bus)
{
	bus->address_cells =
		cells_of(fdt, node, "#address-cells", parent ? parent->address_cells : 1);
	bus->size_cells =
		cells_of(fdt, node, "#size-cells", parent ? parent->size_cells : 1);
	bus->ranges = fdt_getprop(fdt, node, property, &bus->length);
	if (!bus->ranges)
		bus->length = 0;
}

int qy_bus_entry_bytes(const struct qy_dt_bus *bus, const struct qy_dt_bus *parent)
{
	if (!bus->address_cells || !parent->address_cells || !bus->size_cells)
		return 0;
	return 4 * (bus->address_cells + parent->address_cells + bus->size_cells);
}

/* The first cell of a PCI address says which space; it is shifted out. */
struct qy_bus_entry qy_bus_entry(
	const uint8_t *at, const struct qy_dt_bus *bus, const struct qy_dt_bus *parent)
{
	const uint8_t *parent_at = at + 4 * bus->address_cells;
	const uint8_t *size_at = parent_at + 4 * parent->address_cells;

	return (struct qy_bus_entry){
		.child = qy_dt_cells(at, bus->address_cells),
		.parent = qy_dt_cells(parent_at, parent->address_cells),
		.size = qy_dt_cells(size_at, bus->size_cells),
	};
}

bool qy_bus_translate(
	const struct qy_dt_bus *bus, const struct qy_dt_bus *parent, uint64_t *address)
{
	int bytes = qy_bus_entry_bytes(bus, parent);

	if (!bus->length)
		return true;
	for (int at = 0; bytes && at + bytes <= bus->length; at += bytes) {
		struct qy_bus_entry entry = qy_bus_entry(bus->ranges + at, bus, parent);

		if (*address - entry.child < entry.size) {
			*address = entry.parent + (*address - entry.child);
			return true;
		}
	}
	return false;
}

uint64_t qy_bus_to_root(const struct qy_dt_bus *path, int depth, uint64_t address)
{
	for (int up = depth; up > 0; up--)
		if (!qy_bus_translate(&path[up], &path[up - 1], &address))
			return QY_BUS_NOWHERE;
	return address;
}
