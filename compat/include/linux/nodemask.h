/* SPDX-License-Identifier: MIT */
/* Sets of memory nodes. No state. */
#ifndef COMPAT_LINUX_NODEMASK_H
#define COMPAT_LINUX_NODEMASK_H

#include <linux/bitmap.h>
#include <linux/numa.h>
#include <linux/random.h>

struct nodemask {
	DECLARE_BITMAP(bits, MAX_NUMNODES);
};
typedef struct nodemask nodemask_t;

#define NODE_MASK_NONE ((nodemask_t){ { 0 } })

unsigned int qy_compat_nr_nodes(void);
#define nr_node_ids                qy_compat_nr_nodes()
#define nr_online_nodes            nr_node_ids
#define num_online_nodes()         nr_node_ids
#define num_possible_nodes()       nr_node_ids
#define node_online(node)          ((unsigned int)(node) < nr_node_ids)
#define node_possible(node)        node_online(node)
#define first_online_node          0
#define first_memory_node          0
#define next_online_node(node)     ((node) + 1)
#define for_each_node(node)        for ((node) = 0; (unsigned int)(node) < nr_node_ids; (node)++)
#define for_each_online_node(node) for_each_node(node)

#define node_set(node, mask)   set_bit(node, (mask).bits)
#define node_clear(node, mask) clear_bit(node, (mask).bits)
#define node_isset(node, mask) test_bit(node, (mask).bits)
#define nodes_clear(mask)      bitmap_zero((mask).bits, MAX_NUMNODES)
#define nodes_empty(mask)      bitmap_empty((mask).bits, MAX_NUMNODES)
#define nodes_weight(mask)     bitmap_weight((mask).bits, MAX_NUMNODES)

#endif
