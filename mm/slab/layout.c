// SPDX-License-Identifier: MIT
/*
 * How large an object's slot is, where its free pointer stands, how many slots a slab has: Linux 6.12's formulas.
 *
 *   qy_slab_layout()    the geometry of a cache, from what its maker asks for and what the board says
 *
 *   one slot under all debug flags (a plain one has only the object and the gap behind it):
 *
 *   |<- red_left_pad ->|<--- object_size --->|  red |<-- 8 -->|<------ 64 ----->|<- 8 ->|      |
 *   |     red zone     |       object        | zone | pointer | alloc, free who | asked |  gap |
 *                      |<------ inuse ------------->|
 *                      0                            offset
 *   |<---------------------------------------- size ------------------------------------------>|
 *
 * Invariants: size % align == 0, objects * size <= slab bytes, objects <= 32767, order <= QY_MAX_PAGE_ORDER.
 *
 * No state.
 */
#include "mm/slab/layout.h"
#include "mm/base/bitops.h"

#define WORD 8u /* size and alignment of a pointer; the least alignment of an object */

static u32 order_of(u64 bytes)
{
	u64 pages = (bytes + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT;

	return pages <= 1 ? 0 : qy_fls64(pages - 1) + 1;
}

static u32 objects_in(u32 order, u32 size)
{
	return (u32)((QY_PAGE_SIZE << order) / size);
}

/* A line of the cache, halved while the object fits into one half: small objects share a line, none straddles two. */
static u32 alignment(const struct slab_request *want)
{
	u32 align = max(want->align, WORD), line = want->cache_line_bytes;

	if (want->flags & QY_SLAB_HWCACHE_ALIGN) {
		while (want->size <= line / 2)
			line /= 2;
		align = max(align, line);
	}
	return align;
}

/* The pointer to the next free object overwrites the middle of a free one, unless that must keep what it holds. */
static bool pointer_needs_room(const struct slab_request *want, u32 flags)
{
	if (want->has_ctor || flags & QY_SLAB_POISON)
		return true;
	if (flags & QY_SLAB_TYPESAFE_BY_RCU && want->freeptr_offset < 0)
		return true;
	if (!(flags & QY_SLAB_RED_ZONE))
		return false;
	/* what kmalloc was not asked for is red zone */
	return want->size < WORD ||
	       (flags & QY_SLAB_KMALLOC && flags & QY_SLAB_STORE_USER);
}

static void lay_out_slot(const struct slab_request *want, struct slab_layout *out)
{
	u32 flags = want->flags | want->debug_flags, size = round_up(want->size, WORD);

	if (flags & QY_SLAB_RED_ZONE && size == want->size)
		size += WORD;
	out->inuse = size;
	out->offset = want->freeptr_offset < 0 ? round_down(want->size / 2, WORD)
					       : (u32)want->freeptr_offset;
	if (pointer_needs_room(want, flags)) {
		out->offset = size;
		size += WORD;
	}
	if (flags & QY_SLAB_STORE_USER) {
		size += 2 * SLAB_TRACK_BYTES;
		if (flags & QY_SLAB_KMALLOC)
			size += SLAB_ASKED_BYTES;
	}
	out->red_left_pad = 0;
	if (flags & QY_SLAB_RED_ZONE) {
		out->red_left_pad = round_up(WORD, out->align);
		size += WORD + out->red_left_pad;
	}
	out->size = round_up(size, out->align);
}

/* The smallest order in [least, most] that wastes no more than one part in @fraction; most + 1 when there is none. */
static u32 order_wasting(u32 size, u32 least, u32 most, u32 fraction)
{
	u32 order = least;

	for (; order <= most; order++) {
		u64 bytes = QY_PAGE_SIZE << order;

		if (bytes % size <= bytes / fraction)
			break;
	}
	return order;
}

/* Enough objects that CPUs seldom ask for a slab, little waste, no more than max_order unless one object needs it. */
static u32 choose_order(const struct slab_request *want, u32 size)
{
	u32 wanted = want->min_objects, least;

	if (!wanted)
		wanted = 4 * (qy_fls64(max(want->nr_cpu_ids, 1u)) + 2);
	wanted = min(wanted, max(objects_in(want->max_order, size), 1u));
	least = max(want->min_order, order_of((u64)wanted * size));
	if (objects_in(least, size) > SLAB_MAX_OBJECTS)
		return order_of((u64)size * SLAB_MAX_OBJECTS) - 1;
	for (u32 fraction = 16; fraction > 1; fraction /= 2) {
		u32 order = order_wasting(size, least, want->max_order, fraction);

		if (order <= want->max_order)
			return order;
	}
	return order_of(size);
}

/* How many partial slabs a node keeps though they are empty. */
static u32 kept_partial(u32 size)
{
	return clamp(qy_fls64(size) / 2, 5u, 10u);
}

/* How many free objects of other slabs than its own a CPU may hold. */
static u32 kept_on_cpu(u32 size, u32 flags)
{
	if (flags & QY_SLAB_DEBUG_FLAGS)
		return 0;
	if (size >= QY_PAGE_SIZE)
		return 6;
	if (size >= 1024)
		return 24;
	return size >= 256 ? 52 : 120;
}

static bool request_is_sane(const struct slab_request *want)
{
	const u32 largest = QY_PAGE_SIZE << QY_MAX_PAGE_ORDER;
	u32 offset = (u32)want->freeptr_offset;

	if (want->size == 0 || want->size > largest)
		return false;
	if (want->align & (want->align - 1) || want->align > largest)
		return false;
	if (want->freeptr_offset < 0)
		return true;
	return want->flags & QY_SLAB_TYPESAFE_BY_RCU && offset < want->size &&
	       offset % WORD == 0;
}

int qy_slab_layout(const struct slab_request *want, struct slab_layout *out)
{
	u32 flags = want->flags | want->debug_flags, order;

	if (!request_is_sane(want))
		return -QY_EINVAL;
	out->object_size = want->size;
	out->align = alignment(want);
	lay_out_slot(want, out);
	order = choose_order(want, out->size);
	if (order > QY_MAX_PAGE_ORDER)
		return -QY_EINVAL;
	out->order = (u8)order;
	out->objects = (u16)objects_in(order, out->size);
	out->min_order = (u8)order_of(out->size);
	out->min_objects = (u16)objects_in(out->min_order, out->size);
	out->min_partial = kept_partial(out->size);
	out->cpu_partial = kept_on_cpu(out->size, flags);
	/* half of a slab's objects are free on average */
	out->cpu_partial_slabs = (2 * out->cpu_partial + out->objects - 1) / out->objects;
	return 0;
}
