// SPDX-License-Identifier: MIT
/*
 * Shadow memory: which byte may be touched, and which was written. See kasan.h.
 *
 * State: the chunks, which are never given back: a later world writes them anew.
 */
#include "compat/host.h"
#include "compat/kasan.h"

struct kasan_chunk **qy_kasan_chunks;
static struct kasan_chunk
	*blank[256]; /* by code; shared by chunks that nobody has written */

#define CHUNK_BYTES   (1ul << KASAN_CHUNK_SHIFT)
#define GRANULE_OF(a) (((a) & (CHUNK_BYTES - 1)) / KASAN_GRANULE)

bool qy_kasan_shadow_init(void)
{
	if (!qy_kasan_chunks)
		qy_kasan_chunks =
			qy_host_reserve(KASAN_CHUNKS * sizeof(*qy_kasan_chunks));
	return qy_kasan_chunks != NULL;
}

static struct kasan_chunk *new_chunk(u8 code)
{
	struct kasan_chunk *chunk = qy_host_reserve(sizeof(*chunk));

	if (!chunk)
		qy_compat_fatal("the host has no memory for shadow");
	if (code)
		memset(chunk->state, code, sizeof(chunk->state));
	return chunk;
}

static bool is_blank(const struct kasan_chunk *chunk)
{
	return chunk == blank[chunk->state[0]];
}

/* The chunk of an address, to be written. */
static struct kasan_chunk *own_chunk(uintptr_t a)
{
	struct kasan_chunk **at = &qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];

	if (!*at || is_blank(*at))
		*at = new_chunk(*at ? (*at)->state[0] : 0);
	return *at;
}

bool qy_kasan_begin(const void *p, size_t bytes, u8 code)
{
	uintptr_t a = (uintptr_t)p & ~(CHUNK_BYTES - 1), end = (uintptr_t)p + bytes;

	if (!blank[code])
		blank[code] = new_chunk(code);
	for (; a < end; a += CHUNK_BYTES) {
		struct kasan_chunk **at = &qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];

		if (a >= (uintptr_t)p && a + CHUNK_BYTES <= end &&
			(!*at || is_blank(*at)))
			*at = blank[code];
		else
			qy_kasan_deny((void *)max(a, (uintptr_t)p),
				min(a + CHUNK_BYTES, end) - max(a, (uintptr_t)p), code);
	}
	return true;
}

void qy_kasan_forget(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	while (a < end) {
		uintptr_t stop = min((a | (CHUNK_BYTES - 1)) + 1, end);
		struct kasan_chunk **at = &qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];

		if (*at && is_blank(*at) && stop - a == CHUNK_BYTES) {
			*at = NULL;
		} else if (*at) {
			qy_kasan_allow((void *)a, stop - a);
			qy_kasan_set_written((void *)a, stop - a);
		}
		a = stop;
	}
}

/* One run of granules of a chunk at a time: [a, stop). */
#define for_each_run(a, stop, end)                                                 \
	for (uintptr_t stop;                                                       \
		(a) < (end) && ((stop) = min(((a) | (CHUNK_BYTES - 1)) + 1, end)); \
		(a) = (stop))

void qy_kasan_allow(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for_each_run(a, stop, end)
	{
		struct kasan_chunk *chunk = own_chunk(a);
		size_t first = GRANULE_OF(a), last = GRANULE_OF(stop - 1);

		memset(chunk->state + first, 0, last - first + 1);
		if (stop % KASAN_GRANULE)
			chunk->state[last] = (u8)(stop % KASAN_GRANULE);
	}
}

void qy_kasan_deny(const void *p, size_t bytes, u8 code)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (a % KASAN_GRANULE && bytes) { /* what is before it stays as it is */
		u8 *state = &own_chunk(a)->state[GRANULE_OF(a)];
		u8 before = (u8)(a % KASAN_GRANULE);

		if (!*state || (*state<KASAN_GRANULE && * state> before))
			*state = before;
		a = (a | (KASAN_GRANULE - 1)) + 1;
	}
	for_each_run(a, stop, end)
	{
		struct kasan_chunk *chunk = own_chunk(a);

		memset(chunk->state + GRANULE_OF(a), code,
			GRANULE_OF(stop - 1) - GRANULE_OF(a) + 1);
	}
}

void qy_kasan_deny_rest(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (a % KASAN_GRANULE) {
		size_t part = min(KASAN_GRANULE - a % KASAN_GRANULE, bytes);

		qy_kasan_deny(p, part, KASAN_SLAB_REDZONE);
		a += part;
	}
	for_each_run(a, stop, end)
	{
		u8 *state = own_chunk(a)->state;

		for (size_t i = GRANULE_OF(a); i <= GRANULE_OF(stop - 1); i++)
			if (state[i] != KASAN_SLAB_FREE)
				state[i] = KASAN_SLAB_REDZONE;
	}
}

static const struct kasan_chunk *chunk_of(uintptr_t a)
{
	return a >> KASAN_ADDRESS ? NULL : qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];
}

u8 qy_kasan_state(const void *p)
{
	const struct kasan_chunk *chunk = chunk_of((uintptr_t)p);

	return chunk ? chunk->state[GRANULE_OF((uintptr_t)p)] : 0;
}

/* Of so many bytes of shadow, eight at a time: most are. */
static bool all_zero(const u8 *at, size_t nr)
{
	u64 word;

	for (; nr >= sizeof(word); at += sizeof(word), nr -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (word)
			return false;
	}
	while (nr && !*at)
		at++, nr--;
	return !nr;
}

/* In granules of one chunk, at least one of which is not all there. */
static const char *first_bad_of(uintptr_t a, uintptr_t end)
{
	while (a < end) {
		u8 state = qy_kasan_state((void *)a);
		uintptr_t next = (a | (KASAN_GRANULE - 1)) + 1;

		if (state >= KASAN_GRANULE)
			return (const char *)a;
		if (state && min(next, end) - (next - KASAN_GRANULE) > state)
			return (const char *)max(a, next - KASAN_GRANULE + state);
		a = next;
	}
	return NULL;
}

const char *qy_kasan_first_bad(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (end < a || (bytes && (end - 1) >> KASAN_ADDRESS))
		return p;
	for_each_run(a, stop, end)
	{
		const struct kasan_chunk *chunk = chunk_of(a);
		size_t first = GRANULE_OF(a), last = GRANULE_OF(stop - 1);
		const char *bad;
		u8 at_end;

		if (!chunk)
			continue;
		at_end = chunk->state[last];
		if ((!at_end || (at_end < KASAN_GRANULE &&
					(stop - 1) % KASAN_GRANULE < at_end)) &&
			all_zero(chunk->state + first, last - first))
			continue;
		bad = first_bad_of(a, stop);
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
	if (end < granule + KASAN_GRANULE)
		mask &= (u8)(0xff >> (granule + KASAN_GRANULE - end));
	return mask;
}

void qy_kasan_set_unwritten(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for (uintptr_t at = a & ~(uintptr_t)7; at < end; at += KASAN_GRANULE)
		own_chunk(at)->unwritten[GRANULE_OF(at)] |= mask_of(at, a, end);
}

/* Has all of [a, stop), of one chunk, been written? */
static bool run_is_written(uintptr_t a, uintptr_t stop)
{
	const struct kasan_chunk *chunk = chunk_of(a);

	return !chunk || all_zero(chunk->unwritten + GRANULE_OF(a),
				 GRANULE_OF(stop - 1) - GRANULE_OF(a) + 1);
}

void qy_kasan_set_written(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for_each_run(a, stop, end)
	{
		if (run_is_written(a, stop))
			continue;
		for (uintptr_t at = a & ~(uintptr_t)7; at < stop; at += KASAN_GRANULE)
			own_chunk(at)->unwritten[GRANULE_OF(at)] &=
				(u8)~mask_of(at, a, stop);
	}
}

static bool is_written(uintptr_t a)
{
	const struct kasan_chunk *chunk = chunk_of(a);

	return !chunk || !(chunk->unwritten[GRANULE_OF(a)] >> a % KASAN_GRANULE & 1) ||
	       *(const u8 *)a != KASAN_UNWRITTEN;
}

const char *qy_kasan_first_unwritten(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	for_each_run(a, stop,
		end) if (!run_is_written(a,
				 stop)) for (uintptr_t at = a; at < stop;
					     at++) if (!is_written(at)) return (const char
			*)at;
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

		if (is_written((uintptr_t)from + at))
			qy_kasan_set_written((const char *)to + at, 1);
		else
			qy_kasan_set_unwritten((const char *)to + at, 1);
	}
}
