/* SPDX-License-Identifier: MIT */
/*
 * A row of numbers as it changes over time: frames of 32-bit cells, each stored as its difference to the frame before.
 *
 *   qy_reel_init/exit
 *   qy_reel_add()     one more frame
 *   qy_reel_thin()    only some frames stay
 *   qy_reel_base64()  the code as text
 *
 * The code of a frame: how many cells differ, then for each of them how many cells were passed over since the one before
 * and by how much it differs (zigzag), all as little-endian base-128 numbers. Before the first frame every cell is 0.
 *
 * Invariants: last[] is what all frames together give; end[i] is where the code of frame i ends.
 *
 * Locking: none.
 */
#ifndef LAB_REEL_H
#define LAB_REEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qy_reel {
	uint32_t nr_cells, nr_frames, frames_room;
	uint32_t *last;
	uint8_t *code;
	size_t size, room; /* bytes of code */
	size_t *end;
};

/* Return: 0, -ENOMEM; to be given to qy_reel_exit() in any case. */
int qy_reel_init(struct qy_reel *reel, uint32_t nr_cells);
void qy_reel_exit(struct qy_reel *reel);

/**
 * qy_reel_add() - one more frame
 * @reel:  of nr_cells cells
 * @cells: as many; the difference of two frames fits in 31 bits
 *
 * Context: Any.
 * Return: 0, or -ENOMEM and the reel is as before.
 */
int qy_reel_add(struct qy_reel *reel, const uint32_t *cells);

/**
 * qy_reel_thin() - only some frames stay
 * @reel: has frames
 * @keep: for each frame
 *
 * Context: Any.
 * Return: 0, or -ENOMEM and the reel is as before.
 */
int qy_reel_thin(struct qy_reel *reel, const bool *keep);

/* All code in base64. Return: to be given to free(), NULL when the host has no memory. */
char *qy_reel_base64(const struct qy_reel *reel);

#endif
