/* SPDX-License-Identifier: MIT */
/*
 * A map of the zones in characters: where memory is free, in use, and whose.
 *
 *   .  wholly free       u m r h c i  partly free       U M R H C I  full
 *   #  kept by boot      letters: unmovable movable reclaimable highatomic CMA isolated
 *
 * One character is one pageblock, or several where a zone has more than fit on 16 lines; the legend says so.
 *
 * No state.
 */
#ifndef LAB_PICTURE_H
#define LAB_PICTURE_H

#include <stdint.h>
#include <stdio.h>
#include <quarry/stats.h>

#define QY_PICTURE_COLUMNS 64
#define QY_PICTURE_LINES   16

/**
 * qy_picture_char() - what stands for some pageblocks
 * @blocks: neighbours of one zone
 * @nr:     how many
 *
 * The letter is that of the type that most frames have; what boot keeps has no type.
 *
 * Context: Any.
 * Return: the character; ' ' when no block has RAM.
 */
char qy_picture_char(const struct qy_pageblock_info *blocks, uint32_t nr);

/* Draws every zone of @blocks, which are in (node, zone, address) order, and the legend. */
void qy_picture_print(FILE *out, const struct qy_pageblock_info *blocks, uint32_t nr);

#endif
