// SPDX-License-Identifier: MIT
/*
 * Files of NUMA nodes, whose paths hold a node's number: /sys/devices/system/node/nodeN/compact, which can only be written.
 *
 *   qy_node_file, qy_node_file_store, qy_node_file_path, qy_node_file_mode
 *
 * A kernel without NUMA has none of them. No state.
 */
#include "mm/watch/internal.h"
#include <quarry/compact.h>

#define NODES "/sys/devices/system/node/node"

/* The number in a path of that form, whatever the machine; UINT32_MAX: it is none. */
static u32 node_of(const char *path)
{
	const char *prefix = NODES, *name = "/compact";
	u32 node = 0;

	while (*prefix)
		if (*path++ != *prefix++)
			return UINT32_MAX;
	if (*path < '0' || *path > '9')
		return UINT32_MAX;
	while (*path >= '0' && *path <= '9' && node < QY_MAX_NODES)
		node = node * 10 + (u32)(*path++ - '0');
	while (*name)
		if (*path++ != *name++)
			return UINT32_MAX;
	return *path ? UINT32_MAX : node;
}

bool qy_node_file(const struct qy_machine *m, const char *path, u32 *node)
{
	*node = node_of(path);
	return m->board->numa && *node < m->nr_nodes;
}

int qy_node_file_mode(const char *path)
{
	return node_of(path) == UINT32_MAX ? -QY_ENOENT : 0200;
}

/* As on Linux whatever is written. */
int qy_node_file_store(struct qy_machine *m, u32 node)
{
	return qy_compact_node(m, node);
}

bool qy_node_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size)
{
	if (!m->board->numa || n >= m->nr_nodes)
		return false;
	qy_snprintf(buf, size, NODES "%u/compact", n);
	return true;
}
