// SPDX-License-Identifier: MIT
/*
 * memblock: sorted lists of ranges, for the time before there are frames.
 *
 *   qy_memblock_add, _remove, _mark, _unmark   change a list
 *   qy_memblock_next_free                      RAM that nobody has reserved
 *   qy_memblock_find                           a place for a reservation
 *
 * Invariant: ranges are sorted, not empty, do not overlap; neighbours that touch differ in node or flags.
 *
 * No state; a list belongs to its caller.
 */
#include "mm/page/boot.h"

static int insert_at(struct memblock_type *type, u32 at, struct memblock_region region)
{
	if (type->nr == MEMBLOCK_MAX)
		return -QY_ENOSPC;
	for (u32 i = type->nr; i > at; i--)
		type->region[i] = type->region[i - 1];
	type->region[at] = region;
	type->nr++;
	return 0;
}

static void remove_at(struct memblock_type *type, u32 at)
{
	type->nr--;
	for (u32 i = at; i < type->nr; i++)
		type->region[i] = type->region[i + 1];
}

static void merge_neighbours(struct memblock_type *type)
{
	for (u32 i = 1; i < type->nr;) {
		struct memblock_region *a = &type->region[i - 1], *b = &type->region[i];

		if (memblock_end(a) == b->base && a->node == b->node &&
			a->flags == b->flags) {
			a->size += b->size;
			remove_at(type, i);
		} else {
			i++;
		}
	}
}

int qy_memblock_add(struct memblock_type *type, u64 base, u64 end, u32 node)
{
	for (u32 i = 0; base < end; i++) {
		while (i < type->nr && memblock_end(&type->region[i]) <= base)
			i++;

		u64 gap_end = i < type->nr ? min(end, type->region[i].base) : end;

		if (base < gap_end) {
			int err = insert_at(type, i,
				(struct memblock_region){
					base, gap_end - base, node, 0 });

			if (err)
				return err;
			base = gap_end;
		} else {
			base = memblock_end(&type->region[i]);
		}
	}
	merge_neighbours(type);
	return 0;
}

/* Makes @address an edge: no range goes across it. */
static int split_at(struct memblock_type *type, u64 address)
{
	for (u32 i = 0; i < type->nr; i++) {
		struct memblock_region *region = &type->region[i], upper = *region;

		if (address <= region->base || address >= memblock_end(region))
			continue;
		upper.base = address;
		upper.size = memblock_end(region) - address;
		region->size = address - region->base;
		return insert_at(type, i + 1, upper);
	}
	return 0;
}

int qy_memblock_remove(struct memblock_type *type, u64 base, u64 end)
{
	int err = split_at(type, base);

	if (!err)
		err = split_at(type, end);
	if (err)
		return err;
	for (u32 i = 0; i < type->nr;) {
		if (type->region[i].base >= base && type->region[i].base < end)
			remove_at(type, i);
		else
			i++;
	}
	return 0;
}

static int change_flags(struct memblock_type *type, u64 base, u64 end, u32 set, u32 clear)
{
	int err = split_at(type, base);

	if (!err)
		err = split_at(type, end);
	if (err)
		return err;
	for (u32 i = 0; i < type->nr; i++)
		if (type->region[i].base >= base && type->region[i].base < end)
			type->region[i].flags = (type->region[i].flags & ~clear) | set;
	merge_neighbours(type);
	return 0;
}

int qy_memblock_mark(struct memblock_type *type, u64 base, u64 end, u32 flags)
{
	return change_flags(type, base, end, flags, 0);
}

int qy_memblock_unmark(struct memblock_type *type, u64 base, u64 end, u32 flags)
{
	return change_flags(type, base, end, 0, flags);
}

bool qy_memblock_overlaps(const struct memblock_type *type, u64 base, u64 end)
{
	for (u32 i = 0; i < type->nr; i++)
		if (type->region[i].base < end && memblock_end(&type->region[i]) > base)
			return true;
	return false;
}

bool qy_memblock_next_free(const struct memblock *mb, struct memblock_cursor *cursor,
	struct memblock_region *found)
{
	while (cursor->memory < mb->memory.nr) {
		const struct memblock_region *ram = &mb->memory.region[cursor->memory];
		u64 start = max(cursor->at, ram->base), end = memblock_end(ram);

		if (start >= end || ram->flags & MEMBLOCK_NOMAP) {
			cursor->memory++;
			continue;
		}
		while (cursor->reserved < mb->reserved.nr &&
			memblock_end(&mb->reserved.region[cursor->reserved]) <= start)
			cursor->reserved++;
		if (cursor->reserved < mb->reserved.nr) {
			const struct memblock_region *taken =
				&mb->reserved.region[cursor->reserved];

			if (taken->base <= start) {
				cursor->at = memblock_end(taken);
				continue;
			}
			end = min(end, taken->base);
		}
		*found = *ram;
		found->base = start;
		found->size = end - start;
		cursor->at = end;
		return true;
	}
	return false;
}

u64 qy_memblock_find(const struct memblock *mb, const struct memblock_want *want)
{
	struct memblock_cursor cursor = { .at = 0 };
	struct memblock_region gap;
	u64 best = MEMBLOCK_NOWHERE;

	while (qy_memblock_next_free(mb, &cursor, &gap)) {
		u64 lo = max(gap.base, want->lo), hi = min(memblock_end(&gap), want->hi);

		if (lo >= hi || hi - lo < want->size)
			continue;

		u64 up = round_up(lo, want->align);
		u64 down = round_down(hi - want->size, want->align);

		if (want->bottom_up && up >= lo && up <= hi - want->size)
			return up;
		if (!want->bottom_up && down >= lo)
			best = down; /* later gaps are higher */
	}
	return best;
}
