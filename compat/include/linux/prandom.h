/* SPDX-License-Identifier: MIT */
/* Numbers that repeat with their seed. No state. */
#ifndef COMPAT_LINUX_PRANDOM_H
#define COMPAT_LINUX_PRANDOM_H

#include <linux/random.h>
#include <linux/version.h>

struct rnd_state {
	u32 s1, s2, s3, s4;
};

u32 prandom_u32_state(struct rnd_state *state) QY_REAL(prandom_u32_state);
void prandom_bytes_state(struct rnd_state *state, void *buf, size_t nr)
	QY_REAL(prandom_bytes_state);
void prandom_seed_state(struct rnd_state *state, u64 seed) QY_REAL(prandom_seed_state);

#define prandom_bytes(buf, nr) get_random_bytes(buf, nr)

#if !QY_SINCE(6, 2)
static inline u32 prandom_u32_max(u32 ceil)
{
	return get_random_u32_below(ceil);
}
#endif

#endif
