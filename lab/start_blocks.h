/* SPDX-License-Identifier: MIT */
/*
 * The pageblocks of a machine whose memory has been taken page by page: which frames are ours, which must stay.
 *
 *   qy_start_take_all()      takes everything, fills start->blocks
 *   qy_start_keep()          frames that a load will free stay
 *   qy_start_block_usable()  may this run be given back?
 *   qy_start_block_free()    gives one frame back
 *   qy_start_let_move()      what the record says is movable may be moved
 *
 * Between start.c, which decides, and start_blocks.c, which does.
 *
 * No state.
 */
#ifndef LAB_START_BLOCKS_H
#define LAB_START_BLOCKS_H

#include "lab/start.h"

struct start_block {
	uint64_t start_pfn;
	uint64_t taken[8]; /* bit = a frame that is ours */
	uint64_t kept[8];  /* bit = one that a load will free */
	uint32_t zone;     /* index as qy_zone_stats() */
	uint32_t nr_ram;
	uint8_t type;    /* as claimed; before, as a load tells */
	bool cma;        /* its type is the board's */
	bool claimed;    /* it has its type for good */
	bool has_kept;   /* a bit in kept */
	bool never_free; /* one frame must stay, so that its partner may be free alone */
	bool pcp;        /* its frames are on a CPU's list */
};

/* Return: 0, -ENOMEM. Context: the machine's thread. */
int qy_start_take_all(struct qy_start *start);
void qy_start_keep(struct qy_start *start, const struct qy_older *older);

/* Are all 2^order frames from frame @at taken and none of them kept? */
bool qy_start_block_usable(
	const struct start_block *b, unsigned int at, unsigned int order);
void qy_start_block_free(struct qy_machine *m, struct start_block *b, unsigned int at);

/* What is taken and not kept in movable pageblocks becomes movable. Return: 0, -ENOMEM. */
int qy_start_let_move(struct qy_start *start);

/* A page of the pageblock, NULL when it has no RAM. */
struct page *qy_start_block_page(struct qy_machine *m, const struct start_block *b);

#endif
