// SPDX-License-Identifier: MIT
/*
 * Swap: areas of slots in the port's files, one page each.
 *
 *   qy_swapon, qy_swapoff
 *   qy_slot_alloc, qy_slot_free, qy_slot_write, qy_slot_read, qy_swap_full, qy_pte_drop_slot
 *
 * Slots are numbered through all areas. The area of the highest priority is filled first, each from where it was filled
 * last. A page that has come back keeps its slot until it is written, or swap is half full: then it leaves again without
 * a write (the swap cache).
 *
 * Locking: task_room->lock for the maps; reading and writing without it, by who has the page. An area comes and goes
 * while nobody else is in the room.
 */
#include "mm/task/internal.h"
#include <quarry/slab.h>

#define MAP_SLOTS (QY_PAGE_SIZE * 8u) /* slots in one page of a map */

static struct swap_area *area_of(const struct qy_machine *m, u32 slot)
{
	struct swap_area *area = m->task_room->swap;

	while (slot - area->base >= area->nr_slots)
		area++;
	return area;
}

static u64 *map_word(const struct swap_area *area, u32 at)
{
	return &area->maps[at / MAP_SLOTS][at % MAP_SLOTS / 64];
}

/* ------------------------------------------------------------------ slots; task_room->lock must be held */

static u32 find_free(const struct swap_area *area, u32 from, u32 to)
{
	for (u32 at = from; at < to; at = (at / 64 + 1) * 64) {
		u64 free = ~*map_word(area, at) & ~qy_low_bits(at & 63);
		u32 found = at / 64 * 64 + (free ? qy_ffs64(free) : 64);

		if (free)
			return found < to ? found : NO_SLOT;
	}
	return NO_SLOT;
}

static u32 take_slot(struct qy_machine *m, struct swap_area *area)
{
	u32 at = find_free(area, area->hint, area->nr_slots);

	if (at == NO_SLOT)
		at = find_free(area, 0, area->hint);
	if (at == NO_SLOT)
		return NO_SLOT;
	*map_word(area, at) |= 1ull << (at & 63);
	area->hint = at + 1 < area->nr_slots ? at + 1 : 0;
	area->nr_used++;
	owner_add(&m->used_swap_pages, 1);
	return area->base + at;
}

u32 qy_slot_alloc(struct qy_machine *m)
{
	struct task_room *room = m->task_room;
	struct swap_area *best = NULL;

	for (u32 i = 0; i < MAX_SWAPFILES; i++) {
		struct swap_area *area = &room->swap[i];

		if (area->nr_slots > area->nr_used && !area->closing &&
			(!best || area->prio > best->prio))
			best = area;
	}
	return best ? take_slot(m, best) : NO_SLOT;
}

void qy_slot_free(struct qy_machine *m, u32 slot)
{
	struct swap_area *area = area_of(m, slot);
	u32 at = slot - area->base;

	BUG_ON(!(*map_word(area, at) >> (at & 63) & 1));
	*map_word(area, at) &= ~(1ull << (at & 63));
	area->nr_used--;
	owner_add(&m->used_swap_pages, -1ull);
}

bool qy_swap_full(const struct qy_machine *m, u32 slot)
{
	return m->used_swap_pages * 2 > m->total_swap_pages || area_of(m, slot)->closing;
}

void qy_pte_drop_slot(struct qy_machine *m, u64 *pte)
{
	if (pte_slot(*pte) == NO_SLOT)
		return;
	qy_slot_free(m, pte_slot(*pte));
	count_page(m, pte_frame(*pte), NR_SWAPCACHE, -1);
	*pte = pte_without_slot(*pte);
}

/* ------------------------------------------------------------------ bytes */

static u64 slot_offset(const struct swap_area *area, u32 slot)
{
	return (u64)(slot - area->base) << QY_PAGE_SHIFT;
}

int qy_slot_write(struct qy_machine *m, u32 slot, u32 frame)
{
	const struct swap_area *area = area_of(m, slot);
	int err = m->port->file_write(m->port->ctx, area->backing,
		slot_offset(area, slot), frame_address(m, frame), QY_PAGE_SIZE);

	if (err) {
		qy_printk(m, QY_LOG_ALERT, "Write-error on swap-device (%s:%llu)",
			area->name, (unsigned long long)(slot_offset(area, slot) >> 9));
		return err;
	}
	qy_count_events(m, PSWPOUT, 1);
	qy_count_events(m, PGPGOUT, QY_PAGE_SIZE >> 10);
	return 0;
}

int qy_slot_read(struct qy_machine *m, u32 slot, u32 frame)
{
	const struct swap_area *area = area_of(m, slot);
	int err = m->port->file_read(m->port->ctx, area->backing, slot_offset(area, slot),
		frame_address(m, frame), QY_PAGE_SIZE);

	if (err) {
		qy_printk(m, QY_LOG_ALERT, "Read-error on swap-device (%s:%llu)",
			area->name, (unsigned long long)(slot_offset(area, slot) >> 9));
		return -QY_EIO;
	}
	qy_count_events(m, PSWPIN, 1);
	qy_count_events(m, PGPGIN, QY_PAGE_SIZE >> 10);
	return 0;
}

/* ------------------------------------------------------------------ areas */

static void free_maps(struct qy_machine *m, struct swap_area *area)
{
	for (u32 i = 0; area->maps && i < (area->nr_slots + MAP_SLOTS - 1) / MAP_SLOTS;
		i++)
		if (area->maps[i])
			qy_free_pages_addr(m, area->maps[i], 0);
	qy_kfree(m, area->maps);
	*area = (struct swap_area){ .nr_slots = 0 };
}

static int make_maps(struct qy_machine *m, struct swap_area *area)
{
	u32 nr = (area->nr_slots + MAP_SLOTS - 1) / MAP_SLOTS;

	area->maps = qy_kcalloc(m, nr, sizeof(*area->maps), QY_GFP_KERNEL);
	for (u32 i = 0; area->maps && i < nr; i++) {
		area->maps[i] = qy_get_zeroed_page(m, QY_GFP_KERNEL);
		if (!area->maps[i])
			return -QY_ENOMEM;
	}
	return area->maps ? 0 : -QY_ENOMEM;
}

/* Slots of all areas before it are taken; a gap that a closed one left is used again only as a whole. */
static bool place_area(const struct task_room *room, struct swap_area *new)
{
	bool moved;

	do {
		moved = false;
		for (u32 i = 0; i < MAX_SWAPFILES; i++) {
			const struct swap_area *area = &room->swap[i];

			if (area == new || !area->nr_slots ||
				new->base >= area->base + area->nr_slots ||
				area->base >= new->base + new->nr_slots)
				continue;
			new->base = area->base + area->nr_slots;
			moved = true;
		}
	} while (moved);
	return (u64) new->base + new->nr_slots <= MAX_SLOTS;
}

static struct swap_area *free_area(struct task_room *room)
{
	for (u32 i = 0; i < MAX_SWAPFILES; i++)
		if (!room->swap[i].nr_slots)
			return &room->swap[i];
	return NULL;
}

int qy_swapon(struct qy_machine *m, const char *name, uint64_t bytes, int prio)
{
	struct task_room *room = m->task_room;
	struct swap_area *area = free_area(room);
	u64 nr_slots = bytes >> QY_PAGE_SHIFT;
	int err;

	if (!nr_slots || nr_slots > MAX_SLOTS || m->port->no_contents)
		return -QY_EINVAL;
	if (!m->port->file_open)
		return -QY_EOPNOTSUPP;
	if (!area)
		return -QY_ENOSPC;
	*area = (struct swap_area){ .prio = prio, .nr_slots = (u32)nr_slots };
	qy_snprintf(area->name, sizeof(area->name), "%s", name);
	err = place_area(room, area) ? make_maps(m, area) : -QY_ENOSPC;
	if (!err)
		err = m->port->file_open(m->port->ctx, area->name, bytes, &area->backing);
	if (err) {
		free_maps(m, area);
		return err;
	}
	qy_task_lock(m);
	owner_add(&m->total_swap_pages, area->nr_slots);
	qy_task_unlock(m);
	qy_printk(m, QY_LOG_INFO,
		"Adding %lluk swap on %s.  Priority:%d extents:1 across:%lluk",
		(unsigned long long)(bytes >> 10), area->name, prio,
		(unsigned long long)(bytes >> 10));
	return 0;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

int qy_swapoff(struct qy_machine *m, const char *name)
{
	struct task_room *room = m->task_room;
	struct swap_area *area = room->swap;
	int err;

	while (area < room->swap + MAX_SWAPFILES &&
		(!area->nr_slots || !same_name(area->name, name)))
		area++;
	if (area == room->swap + MAX_SWAPFILES)
		return -QY_EINVAL;
	area->closing = true;
	err = qy_unuse_area(m, area);
	if (err) {
		area->closing = false;
		return err;
	}
	qy_task_lock(m);
	owner_add(&m->total_swap_pages, -(u64)area->nr_slots);
	qy_task_unlock(m);
	m->port->file_forget(m->port->ctx, area->backing);
	free_maps(m, area);
	return 0;
}

bool qy_swap_info(const struct qy_machine *m, unsigned int n, struct qy_swap_info *out)
{
	for (u32 i = 0; i < MAX_SWAPFILES; i++) {
		const struct swap_area *area = &m->task_room->swap[i];

		if (!area->nr_slots || n--)
			continue;
		*out = (struct qy_swap_info){
			.size_bytes = (u64)area->nr_slots << QY_PAGE_SHIFT,
			.used_bytes = (u64)area->nr_used << QY_PAGE_SHIFT,
			.prio = area->prio,
		};
		memcpy(out->name, area->name, sizeof(out->name));
		return true;
	}
	return false;
}
