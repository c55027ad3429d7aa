// SPDX-License-Identifier: MIT
/*
 * Which byte may be touched, and which was written: what states say, granule by granule. See kasan.h.
 *
 * No state of its own: kasan_store.c has it.
 */
#include <linux/kernel.h>
#include "compat/kasan.h"

#define MASK    (KASAN_GRANULE - 1)
#define EIGHT   0x0101010101010101ull /* times a state: that of eight granules */
#define GRANULE ((uintptr_t)KASAN_GRANULE)

/* The part of a range that lies in one chunk, at a time: [a, stop). */
#define for_each_run(a, stop, end)                                                 \
	for (uintptr_t stop;                                                       \
		(a) < (end) && ((stop) = min(((a) | (KASAN_CHUNK - 1)) + 1, end)); \
		(a) = (stop))

static bool is_unseen(u8 state)
{
	return (state & ~MASK) == KASAN_UNSEEN;
}

/* How many of a granule's bytes may be touched: 0 to 8. */
static unsigned int room_of(u8 state)
{
	if (state >= KASAN_GRANULE && !is_unseen(state))
		return 0;
	return state & MASK ? state & MASK : KASAN_GRANULE;
}

static u8 *bits_of(const u8 *state)
{
	return (u8 *)(uintptr_t)state + qy_kasan_to_unwritten;
}

/* Of the bytes that may be touched. */
static u8 mask_of_room(unsigned int room)
{
	return (u8)(0xff >> (GRANULE - room));
}

static u64 eight_at(const u8 *state)
{
	u64 word;

	memcpy(&word, state, sizeof(word));
	return word;
}

static void put_eight(u8 *state, u64 word)
{
	memcpy(state, &word, sizeof(word));
}

/* Of [a, stop): where the whole granules begin that come in eights, and how many of these there are. */
static size_t whole_eights(uintptr_t a, uintptr_t stop)
{
	return a % GRANULE ? 0 : (stop - a) / (8 * GRANULE);
}

u8 qy_kasan_state(const void *p)
{
	const u8 *state =
		(uintptr_t)p >> KASAN_ADDRESS ? NULL : qy_kasan_look((uintptr_t)p);

	return !state ? 0 : is_unseen(*state) ? *state & MASK : *state;
}

/* ------------------------------------------------------------------ who may */

void qy_kasan_allow(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (!bytes)
		return;
	qy_kasan_fill(a, end, 0);
	if (end % GRANULE)
		*qy_kasan_own(end) = (u8)(end % GRANULE);
}

static void shrink(u8 *state, unsigned int room)
{
	bool unseen = is_unseen(*state) && *bits_of(state) & mask_of_room(room);

	*state = (u8)((unseen ? KASAN_UNSEEN : 0) | room);
}

void qy_kasan_deny(const void *p, size_t bytes, u8 code)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (a % GRANULE && bytes) { /* what is before it stays as it is */
		u8 *state = qy_kasan_own(a);

		if (room_of(*state) > a % GRANULE)
			shrink(state, (unsigned int)(a % GRANULE));
		a = (a | MASK) + 1;
	}
	if (a < end)
		qy_kasan_fill(a, end, code);
}

void qy_kasan_deny_rest(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (a % GRANULE) {
		size_t part = min(GRANULE - a % GRANULE, bytes);

		qy_kasan_deny(p, part, KASAN_SLAB_REDZONE);
		a += part;
	}
	for_each_run(a, stop, end)
	{
		u8 *state = qy_kasan_own(a);
		size_t nr = (stop - 1) / GRANULE - a / GRANULE + 1;

		for (size_t i = 0; i < nr; i++)
			if (state[i] != KASAN_SLAB_FREE)
				state[i] = KASAN_SLAB_REDZONE;
	}
}

typedef u64 sixteen __attribute__((vector_size(16), aligned(1), may_alias));

/* Of so many states, 64 at a time: most are. */
static bool all_zero(const u8 *at, size_t nr)
{
	for (; nr >= 64; at += 64, nr -= 64) {
		const sixteen *in = (const sixteen *)(const void *)at;
		sixteen all = in[0] | in[1] | in[2] | in[3];

		if (all[0] | all[1])
			return false;
	}
	for (; nr >= 8; at += 8, nr -= 8)
		if (eight_at(at))
			return false;
	while (nr && !*at)
		at++, nr--;
	return !nr;
}

static bool run_is_plain(uintptr_t a, uintptr_t stop)
{
	const u8 *state = qy_kasan_look(a);
	size_t last = (stop - 1) / GRANULE - a / GRANULE;

	return !state ||
	       (all_zero(state, last) &&
		       (!state[last] || (state[last] < KASAN_GRANULE &&
						(stop - 1) % GRANULE < state[last])));
}

bool qy_kasan_is_plain(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (end < a || (bytes && (end - 1) >> KASAN_ADDRESS))
		return false;
	if (likely(qy_kasan_flat) && bytes)
		return run_is_plain(a, end);
	for_each_run(a, stop, end) if (!run_is_plain(a, stop)) return false;
	return true;
}

/* Of [a, stop), in one granule. */
static const char *bad_in(u8 state, uintptr_t a, uintptr_t stop, bool write)
{
	unsigned int room = room_of(state);

	if (!room) {
		bool (*may)(const char *p, size_t bytes, bool write) =
			qy_kasan_meanings[state].may;

		return may && may((const char *)a, stop - a, write) ? NULL
								    : (const char *)a;
	}
	if ((stop - 1) % GRANULE < room)
		return NULL;
	return (const char *)max(a, (a & ~(uintptr_t)MASK) + room);
}

const char *qy_kasan_first_bad(const void *p, size_t bytes, bool write)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes, next;

	if (end < a || (bytes && (end - 1) >> KASAN_ADDRESS))
		return p;
	for (; a < end; a = next) {
		const u8 *state = qy_kasan_look(a);
		const char *bad;
		u64 eight;

		if (!state) {
			next = (a | (KASAN_CHUNK - 1)) + 1;
			continue;
		}
		next = min((a | MASK) + 1, end);
		if (a % (8 * GRANULE) == 0 && whole_eights(a, end)) {
			eight = eight_at(state);
			if (!eight || eight == KASAN_UNSEEN * EIGHT) {
				next = a + 8 * GRANULE;
				continue;
			}
		}
		bad = bad_in(*state, a, next, write);
		if (bad)
			return bad;
	}
	return NULL;
}

/* ------------------------------------------------------------------ what was written */

/* Bits of a granule that lie in [a, end). */
static u8 mask_of(uintptr_t granule, uintptr_t a, uintptr_t end)
{
	u8 mask = 0xff;

	if (a > granule)
		mask = (u8)(mask << (a - granule));
	if (end < granule + GRANULE)
		mask &= (u8)(0xff >> (granule + GRANULE - end));
	return mask;
}

static void make_unwritten(u8 *state, u8 mask)
{
	unsigned int room = room_of(*state);

	if (!room)
		return;
	mask &= mask_of_room(room);
	*bits_of(state) = (u8)((is_unseen(*state) ? *bits_of(state) : 0) | mask);
	if (*bits_of(state))
		*state = (u8)(KASAN_UNSEEN | (room & MASK));
}

static void make_written(u8 *state, u8 mask)
{
	*bits_of(state) &= (u8)~mask;
	if (!(*bits_of(state) & mask_of_room(room_of(*state))))
		*state &= MASK;
}

void qy_kasan_set_unwritten(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for_each_run(a, stop, end)
	{
		uintptr_t at = a & ~(uintptr_t)MASK;
		u8 *state = qy_kasan_own(a);

		for (; at < stop; at += GRANULE, state++) {
			if (at >= a && whole_eights(at, stop) && !eight_at(state)) {
				put_eight(bits_of(state), ~0ull);
				put_eight(state, KASAN_UNSEEN * EIGHT);
				at += 7 * GRANULE;
				state += 7;
				continue;
			}
			make_unwritten(state, mask_of(at, a, stop));
		}
	}
}

void qy_kasan_set_written(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for_each_run(a, stop, end)
	{
		uintptr_t at = a & ~(uintptr_t)MASK;
		u8 *state = run_is_plain(a, stop) ? NULL : qy_kasan_own(a);

		for (; state && at < stop; at += GRANULE, state++) {
			if (at >= a && whole_eights(at, stop)) {
				u64 eight = eight_at(state);

				if (!eight || eight == KASAN_UNSEEN * EIGHT) {
					if (eight)
						put_eight(state, 0);
					at += 7 * GRANULE;
					state += 7;
					continue;
				}
			}
			if (is_unseen(*state))
				make_written(state, mask_of(at, a, stop));
		}
	}
}

/* Who has written unseen has left another byte: then it is written from now on. */
static u8 unwritten_of(u8 *state, const u8 *bytes)
{
	for (unsigned int i = 0; i < GRANULE && is_unseen(*state); i++)
		if (*bits_of(state) >> i & 1 && bytes[i] != KASAN_UNWRITTEN)
			make_written(state, (u8)(1 << i));
	return is_unseen(*state) ? *bits_of(state) : 0;
}

const char *qy_kasan_first_unwritten(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for_each_run(a, stop, end)
	{
		uintptr_t at = a & ~(uintptr_t)MASK;
		u8 *state = run_is_plain(a, stop) ? NULL : qy_kasan_own(a);

		for (; state && at < stop; at += GRANULE, state++) {
			u8 bits = is_unseen(*state)
					  ? unwritten_of(state, (const u8 *)at) &
						    mask_of(at, a, stop)
					  : 0;

			if (bits)
				return (const char *)at + __builtin_ctz(bits);
		}
	}
	return NULL;
}

void qy_kasan_copy_written(const void *to, const void *from, size_t bytes)
{
	bool backwards = (uintptr_t)to > (uintptr_t)from;

	if (!qy_kasan_first_unwritten(from, bytes)) {
		qy_kasan_set_written(to, bytes);
		return;
	}
	for (size_t i = 0; i < bytes; i++) {
		size_t at = backwards ? bytes - 1 - i : i;

		if (qy_kasan_first_unwritten((const char *)from + at, 1))
			qy_kasan_set_unwritten((const char *)to + at, 1);
		else
			qy_kasan_set_written((const char *)to + at, 1);
	}
}
