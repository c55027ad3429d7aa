/* SPDX-License-Identifier: MIT */
/*
 * Guests of other shapes: more RAM, more CPUs, NUMA nodes, other command lines. One file each, data/shapes/NAME.txt.
 *
 *   shape_boot(name)          its firmware's words as a device tree, loaded with its command line, booted
 *   shape_end(shape)
 *   shape_section(shape, n)   the n-th section: lines from "== TITLE" to the next; false past the last
 *   shape_find(shape, title)  the section of that title; false when there is none
 *   shape_state(shape)        zones, watermarks, reserves, per-CPU sets, zonelists, in the recording's words
 *
 * A file begins with the kernel, what is appended to its command line, and the memory lines of its log. An x86-64 guest
 * has the node of each CPU, the distances and the firmware's memory map, from which a tree is made; an arm64 guest has
 * "tree FILE", what its kernel kept of memory ("kept FIRST-LAST") and its own image gave back late ("late FIRST-LAST"). "== boot" is the state after boot, "== scenario NAME" the output of a scenario, "== view NAME"
 * the rows of a /proc file without their counts. Any other title of two words is a setting below /proc/sys/vm and what
 * is written to it: "refused", what it reads then, which lines of the state changed. "== buddy" and "== watermarks" are
 * scenarios of another boot of the same guest; "D" lines are the free blocks that buddy began with. "== areas"
 * is what areas.h reads, "== report" the log of atomic_fail.
 *
 *   Z node zone start spanned present managed     W node zone marks(min low high promo) reserve
 *   P node zone batch high_min high_max           L node fallback or thisnode, zones in order
 *
 * State: in struct shape. One guest at a time.
 */
#ifndef CONFORMANCE_SHAPE_H
#define CONFORMANCE_SHAPE_H

#include "tests/conformance/guest.h"

struct qy_loaded_board;

struct shape {
	const char *name;
	char run[48];  /* "shapes/NAME", for the tally */
	bool has_tree; /* a file beside the recording, not made from its lines */
	struct lines all;
	struct qy_loaded_board *loaded;
	struct guest *guest;
};

struct section {
	const char *title;
	struct lines lines; /* points into the shape's */
};

/* Every recorded shape, NULL last. */
extern const char *const all_shapes[];

struct shape *shape_boot(const char *name);
void shape_end(struct shape *shape);
bool shape_section(const struct shape *shape, unsigned int n, struct section *section);
bool shape_find(const struct shape *shape, const char *title, struct section *section);
struct lines shape_state(const struct shape *shape);

#endif
