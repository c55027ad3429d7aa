/* SPDX-License-Identifier: MIT */
/*
 * A bus of a device tree, and how an address of it is an address of the bus above.
 *
 *   qy_bus_enter()      what a node says in `ranges` (the CPU's view) or `dma-ranges` (a device's view)
 *   qy_bus_entry()      one entry of it
 *   qy_bus_translate()  carries an address one bus up
 *
 * No state.
 */
#ifndef QUARRY_LAB_BOARD_BUS_H
#define QUARRY_LAB_BOARD_BUS_H

#include <stdbool.h>
#include <stdint.h>

#define QY_BUS_NOWHERE \
	UINT64_MAX /* in Linux, an address that does not lead to the root */

/* One bus on the way from the root to a node. */
struct qy_dt_bus {
	int address_cells, size_cells;
	const uint8_t *ranges; /* NULL: the node has none */
	int length;            /* 0: none, or empty: addresses are the parent's */
};

/* One entry: child address, parent address, size. Of a PCI address the low 64 bits. */
struct qy_bus_entry {
	uint64_t child, parent, size;
};

/* @property: "ranges" or "dma-ranges". @parent: NULL at the root. Context: any. */
void qy_bus_enter(const void *fdt, int node, const char *property,
	const struct qy_dt_bus *parent, struct qy_dt_bus *bus);

/* Bytes of one entry of @bus, 0 when the cells make no sense. Context: any. */
int qy_bus_entry_bytes(const struct qy_dt_bus *bus, const struct qy_dt_bus *parent);

/* The entry at @at, of as many bytes. Context: any. */
struct qy_bus_entry qy_bus_entry(
	const uint8_t *at, const struct qy_dt_bus *bus, const struct qy_dt_bus *parent);

/* Carries @address from @bus to @parent; false when the bus does not lead there. Context: any. */
bool qy_bus_translate(
	const struct qy_dt_bus *bus, const struct qy_dt_bus *parent, uint64_t *address);

/* The same from @path[depth] to the root, @path[0]. QY_BUS_NOWHERE when it does not lead there. Context: any. */
uint64_t qy_bus_to_root(const struct qy_dt_bus *path, int depth, uint64_t address);

#endif
