// SPDX-License-Identifier: MIT
/*
 * The device tree of a board, as a world takes it: nodes in order, parents first; values stay in the blob.
 *
 * No state.
 */
#include "lab/driver.h"

#include <libfdt.h>
#include <quarry/world.h>
#include <stdlib.h>

#include "lab/board_dt.h"

struct counts {
	unsigned int nodes, properties;
};

static struct counts count(const void *fdt)
{
	struct counts counts = { 0, 0 };
	int depth = 0, at;

	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, &depth)) {
		if (depth < 0)
			break;
		counts.nodes++;
		fdt_for_each_property_offset(at, fdt, node) counts.properties++;
	}
	return counts;
}

static void fill(
	const void *fdt, struct qy_tree_node *nodes, struct qy_tree_property *properties)
{
	int parents[QY_DT_MAX_DEPTH + 1] = { -1 }, depth = 0, at, n = 0;
	unsigned int nr_properties = 0;

	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, &depth), n++) {
		if (depth < 0)
			break;
		nodes[n] = (struct qy_tree_node){
			.full_name = fdt_get_name(fdt, node, NULL),
			.parent = depth ? parents[depth - 1] : -1,
			.first_property = nr_properties,
		};
		parents[depth] = n;
		fdt_for_each_property_offset(at, fdt, node)
		{
			struct qy_tree_property *property = &properties[nr_properties++];

			property->value = fdt_getprop_by_offset(
				fdt, at, &property->name, &property->bytes);
			nodes[n].nr_properties++;
		}
	}
}

struct qy_tree *qy_driver_tree(const struct qy_loaded_board *board)
{
	const void *fdt = board->store->fdt;
	struct counts counts = fdt ? count(fdt) : (struct counts){ 0, 0 };
	struct qy_tree *tree = calloc(1, sizeof(*tree));
	struct qy_tree_node *nodes = calloc(counts.nodes + 1, sizeof(*nodes));
	struct qy_tree_property *properties =
		calloc(counts.properties + 1, sizeof(*properties));

	if (!tree || !nodes || !properties) {
		free(tree);
		free(nodes);
		free(properties);
		return NULL;
	}
	if (fdt)
		fill(fdt, nodes, properties);
	*tree = (struct qy_tree){ nodes, counts.nodes, properties };
	return tree;
}

void qy_driver_tree_free(struct qy_tree *tree)
{
	if (!tree)
		return;
	free((void *)(uintptr_t)tree->nodes);
	free((void *)(uintptr_t)tree->properties);
	free(tree);
}
