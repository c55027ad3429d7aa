/* SPDX-License-Identifier: MIT */
/*
 * Random operations of a driver on a library of the kernel, against a naive reference. Each model runs over what compat/ has,
 * and over the kernel's own file where its source is at hand (tests/drivers/upstream.c).
 *
 * Context: a task of a world.
 */
#ifndef TESTS_DRIVERS_MODELS_H
#define TESTS_DRIVERS_MODELS_H

#include <linux/types.h>

void mempool_model(u64 seed, unsigned long steps);
void dmapool_model(u64 seed, unsigned long steps);
void genalloc_model(u64 seed, unsigned long steps);
void btree_model(u64 seed, unsigned long steps);

/* xorshift64*; @state is not 0. Return: below @n. */
static inline u32 model_below(u64 *state, u32 n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (u32)((*state * 0x2545f4914f6cdd1dull >> 32) % n);
}

#endif
