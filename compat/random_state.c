// SPDX-License-Identifier: MIT
/*
 * Numbers that repeat with their seed (linux/prandom.h): xorshift, Marsaglia 2003, with 128 bits of state. Not the kernel's sequence.
 *
 * No state.
 */
#include <linux/prandom.h>
#include <linux/string.h>

u32 prandom_u32_state(struct rnd_state *state)
{
	u32 t = state->s1 ^ state->s1 << 11;

	state->s1 = state->s2;
	state->s2 = state->s3;
	state->s3 = state->s4;
	state->s4 ^= state->s4 >> 19 ^ t ^ t >> 8;
	return state->s4;
}

void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nr)
{
	for (u8 *byte = buf; nr; byte += 4) {
		u32 value = prandom_u32_state(state);
		size_t part = nr < 4 ? nr : 4;

		memcpy(byte, &value, part);
		nr -= part;
	}
}

void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	*state = (struct rnd_state){ (u32)(seed >> 32) | 1, (u32)seed, 0x9908b0df,
		(u32)(seed >> 32 ^ seed << 10) };
	for (int i = 0; i < 16; i++)
		prandom_u32_state(state);
}
