// SPDX-License-Identifier: MIT
/*
 * Where shadow lies. See kasan.h.
 *
 * State: the shadow, which is never given back: a later world writes it anew.
 */
#include <linux/kernel.h>
#include "compat/host.h"
#include "compat/kasan.h"

u8 *qy_kasan_flat;
struct kasan_chunk **qy_kasan_chunks;
size_t qy_kasan_to_unwritten;

/* By code: what chunks are that nobody has written. */
static struct kasan_chunk *blank[256];

/* Of flat shadow: what is not written is zero, but in here; pages of it. One for each world; the oldest goes. */
static struct ground {
	u8 *start, *end; /* NULL: none */
	u8 state;
} grounds[4];
static unsigned int next_ground;

#define PAGES_PAY 65536u /* so much shadow is rather taken off than written */

bool qy_kasan_shadow_init(void)
{
	if (qy_kasan_flat || qy_kasan_chunks)
		return true;
	qy_kasan_flat = qy_host_shadow(KASAN_FLAT, 2 * KASAN_SPAN);
	if (qy_kasan_flat) {
		qy_kasan_to_unwritten = KASAN_SPAN;
		memset(qy_kasan_flat, KASAN_NULL, KASAN_GRANULES);
		return true;
	}
	qy_kasan_to_unwritten = offsetof(struct kasan_chunk, unwritten);
	qy_kasan_chunks = qy_host_reserve(KASAN_CHUNKS * sizeof(*qy_kasan_chunks));
	if (!qy_kasan_chunks)
		return false;
	memset(qy_kasan_own(0), KASAN_NULL, KASAN_GRANULES);
	return true;
}

bool qy_world_checks_inline(void)
{
	return qy_kasan_shadow_init() && qy_kasan_flat;
}

static struct kasan_chunk *new_chunk(u8 state)
{
	struct kasan_chunk *chunk = qy_host_reserve(sizeof(*chunk));

	if (!chunk)
		qy_compat_fatal("the host has no memory for shadow");
	if (state)
		memset(chunk->state, state, sizeof(chunk->state));
	return chunk;
}

static bool is_blank(const struct kasan_chunk *chunk)
{
	return chunk == blank[chunk->state[0]];
}

u8 *qy_kasan_own(uintptr_t a)
{
	struct kasan_chunk **at;

	if (likely(qy_kasan_flat))
		return qy_kasan_flat + a / KASAN_GRANULE;
	at = &qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];
	if (!*at || is_blank(*at))
		*at = new_chunk(*at ? (*at)->state[0] : 0);
	return (*at)->state + a / KASAN_GRANULE % KASAN_GRANULES;
}

/* ------------------------------------------------------------------ flat */

static u8 ground_at(const u8 *state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(grounds); i++)
		if (state >= grounds[i].start && state < grounds[i].end)
			return grounds[i].state;
	return 0;
}

static void fill_flat(u8 *first, u8 *end, u8 state)
{
	u8 *whole = PTR_ALIGN(first, PAGE_SIZE), *last = PTR_ALIGN_DOWN(end, PAGE_SIZE);

	if (end - first < PAGES_PAY || ground_at(whole) != state ||
		ground_at(last - 1) != state) {
		memset(first, state, (size_t)(end - first));
		return;
	}
	memset(first, state, (size_t)(whole - first));
	qy_host_shadow_reset(whole, (size_t)(last - whole));
	memset(last, state, (size_t)(end - last));
}

static void drop(struct ground *ground)
{
	if (ground->start)
		qy_host_shadow_ground(
			ground->start, (size_t)(ground->end - ground->start), 0);
	*ground = (struct ground){ 0 };
}

/* Those that have a part in [first, end). */
static void drop_all_in(const u8 *first, const u8 *end)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(grounds); i++)
		if (grounds[i].start < end && grounds[i].end > first)
			drop(&grounds[i]);
}

/* Nothing is written, and what is not is @state. */
static bool lay_ground(u8 *first, u8 *end, u8 state)
{
	u8 *whole = PTR_ALIGN(first, PAGE_SIZE), *last = PTR_ALIGN_DOWN(end, PAGE_SIZE);
	struct ground *ground = &grounds[next_ground++ % ARRAY_SIZE(grounds)];

	drop_all_in(first, end);
	if (end - first < PAGES_PAY) {
		memset(first, state, (size_t)(end - first));
		return true;
	}
	drop(ground);
	if (!qy_host_shadow_ground(whole, (size_t)(last - whole), state))
		return false;
	*ground = (struct ground){ whole, last, state };
	memset(first, state, (size_t)(whole - first));
	memset(last, state, (size_t)(end - last));
	return true;
}

static void forget_flat(u8 *first, u8 *end)
{
	drop_all_in(first, end);
	fill_flat(first, end, 0);
}

/* ------------------------------------------------------------------ either */

void qy_kasan_fill(uintptr_t a, uintptr_t end, u8 state)
{
	if (likely(qy_kasan_flat)) {
		fill_flat(qy_kasan_flat + a / KASAN_GRANULE,
			qy_kasan_flat + (end + KASAN_GRANULE - 1) / KASAN_GRANULE, state);
		return;
	}
	for (uintptr_t stop; a < end; a = stop) {
		stop = min((a | (KASAN_CHUNK - 1)) + 1, end);
		memset(qy_kasan_own(a), state,
			(stop - 1) / KASAN_GRANULE - a / KASAN_GRANULE + 1);
	}
}

bool qy_kasan_begin(const void *p, size_t bytes, u8 state)
{
	uintptr_t a = (uintptr_t)p & ~(KASAN_CHUNK - 1), end = (uintptr_t)p + bytes;

	if (qy_kasan_flat)
		return lay_ground(qy_kasan_flat + (uintptr_t)p / KASAN_GRANULE,
			qy_kasan_flat + end / KASAN_GRANULE, state);
	if (!blank[state])
		blank[state] = new_chunk(state);
	for (; a < end; a += KASAN_CHUNK) {
		struct kasan_chunk **at = &qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];

		if (a >= (uintptr_t)p && a + KASAN_CHUNK <= end &&
			(!*at || is_blank(*at)))
			*at = blank[state];
		else
			qy_kasan_fill(
				max(a, (uintptr_t)p), min(a + KASAN_CHUNK, end), state);
	}
	return true;
}

void qy_kasan_forget(const void *p, size_t bytes)
{
	uintptr_t a = (uintptr_t)p, end = a + bytes;

	if (qy_kasan_flat) {
		forget_flat(qy_kasan_flat + a / KASAN_GRANULE,
			qy_kasan_flat + (end + KASAN_GRANULE - 1) / KASAN_GRANULE);
		return;
	}
	for (uintptr_t stop; a < end; a = stop) {
		struct kasan_chunk **at = &qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];

		stop = min((a | (KASAN_CHUNK - 1)) + 1, end);
		if (*at && is_blank(*at) && stop - a == KASAN_CHUNK)
			*at = NULL;
		else if (*at)
			qy_kasan_fill(a, stop, 0);
	}
}

void qy_kasan_forget_all(void)
{
	if (!qy_kasan_flat)
		return;
	drop_all_in(qy_kasan_flat, qy_kasan_flat + KASAN_SPAN);
	/* not the first chunk, which stays KASAN_NULL */
	qy_host_shadow_reset(
		qy_kasan_flat + KASAN_GRANULES, 2 * KASAN_SPAN - KASAN_GRANULES);
}
