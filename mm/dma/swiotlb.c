// SPDX-License-Identifier: MIT
/*
 * Bounce buffers: memory that every device of the board reaches, for what a device does not.
 *
 *   qy_swiotlb_init             made for the first device that may need one
 *   qy_swiotlb_map, _unmap      a mapping goes by way of the pool
 *   qy_swiotlb_sync             bytes are copied
 *   qy_swiotlb_stats
 *
 * The pool is slots of 2 KiB. A mapping takes a run of them inside one segment of 128, so 256 KiB is the most. Each CPU
 * begins in an area of its own, behind where it took last, and goes on in the others.
 *
 *   bit set <=> the slot is part of a mapping; then orig[] says which bytes it stands for, and alloc_bytes[] how many of
 *   the mapping are left from its start on. A mapping may begin inside its first slot.
 *
 * Locking: area->lock, a leaf. What a slot stands for is the mapping's own.
 */
#include "mm/dma/internal.h"
#include "mm/page/boot.h"

#define SLOT_BYTES    2048u
#define SLOT_SHIFT    11
#define SEGMENT_SLOTS 128u
#define DEFAULT_SLOTS 32768u /* 64 MiB */
#define MIN_SLOTS     512u   /* 1 MiB: less is not worth having */
#define NO_SLOT       UINT32_MAX

#define REPORT_INTERVAL_NS 5000000000ull
#define REPORT_BURST       10

struct swiotlb_area {
	struct qy_spinlock lock;
	/* lock must be held for these: */
	u32 index; /* where the search goes on, from the area's first slot */
	u32 nr_used;
};

struct qy_swiotlb {
	u64 start, end; /* physical */
	char *cpu;
	bool force;
	u32 nr_slots, nr_areas, area_slots;
	u64 *bits;
	u64 *orig;               /* by slot: physical address */
	u32 *alloc_bytes;        /* by slot */
	u32 nr_used, nr_hiwater; /* atomic */
	struct qy_rate_limit report_limit;
	struct swiotlb_area area[];
};

/* ------------------------------------------------------------------ the pool */

static u64 ram_bytes(const struct qy_machine *m)
{
	u64 sum = 0;

	for (u32 i = 0; i < m->board->nr_banks; i++)
		sum += m->board->banks[i].size;
	return sum;
}

/*
 * How many slots the board has, by the kernel's rules: a PC with RAM past 4 GiB, an arm64 board with RAM past what its
 * least capable bus reaches. An arm64 board without needs some for small objects of devices that do not see the cache.
 */
static u64 wanted_slots(const struct qy_machine *m)
{
	const struct qy_dma_setup *setup = &m->board->dma;
	u64 slots = setup->swiotlb_slots ? setup->swiotlb_slots : DEFAULT_SLOTS;
	u64 limit = m->board->arch == QY_ARCH_X86_64 ? 1ull << (32 - QY_PAGE_SHIFT)
						     : m->dma->arm64_limit_pfn;

	if (setup->swiotlb_off)
		return 0;
	if (setup->swiotlb_force || m->max_pfn > limit)
		return slots;
	if (m->board->arch == QY_ARCH_X86_64)
		return 0;
	if (setup->swiotlb_slots)
		return slots;
	return min(slots, max(ram_bytes(m) / 1024 >> SLOT_SHIFT, 1ull));
}

/* The frames of the pool, where every device with 32 bits, or the least capable one, reaches them. */
static struct page *take_frames(struct qy_machine *m, u64 slots)
{
	qy_gfp_t gfp = QY_GFP_KERNEL | QY___GFP_NOWARN;
	u64 nr_pages = slots * SLOT_BYTES >> QY_PAGE_SHIFT;

	if (m->board->arch == QY_ARCH_X86_64)
		gfp |= QY_GFP_DMA32;
	else
		gfp |= m->board->has_zone_dma ? QY_GFP_DMA : QY_GFP_DMA32;
	return nr_pages <= 1u << QY_MAX_PAGE_ORDER
		       ? qy_alloc_pages(m, gfp, order_of(slots * SLOT_BYTES))
		       : qy_alloc_contig_pages(m, nr_pages, gfp, -1, NULL);
}

static void free_frames(struct qy_machine *m, struct page *page, u64 slots)
{
	u64 nr_pages = slots * SLOT_BYTES >> QY_PAGE_SHIFT;

	if (nr_pages <= 1u << QY_MAX_PAGE_ORDER)
		qy_free_pages(m, page, order_of(slots * SLOT_BYTES));
	else
		qy_free_contig_range(m, qy_page_to_pfn(m, page), nr_pages);
}

static u32 nr_areas_for(const struct qy_machine *m, u64 slots)
{
	u32 asked =
		m->board->dma.swiotlb_areas ? m->board->dma.swiotlb_areas : m->nr_cpus;
	u32 nr = asked <= 1 ? 1 : 1u << (qy_fls64(asked - 1) + 1);

	while (nr > 1 && slots / nr < SEGMENT_SLOTS)
		nr /= 2;
	return nr;
}

/* With several areas the slots are a power of two, a segment for each area at least. */
static u64 round_slots(const struct qy_machine *m, u64 slots)
{
	u64 nr_areas = nr_areas_for(m, DEFAULT_SLOTS);

	slots = round_up(slots, (u64)SEGMENT_SLOTS);
	if (nr_areas == 1)
		return slots;
	slots = max(slots, nr_areas * SEGMENT_SLOTS);
	return 1ull << (qy_fls64(slots - 1) + 1);
}

static void free_tables(struct qy_machine *m, struct qy_swiotlb *pool)
{
	qy_kfree(m, pool->bits);
	qy_kfree(m, pool->orig);
	qy_kfree(m, pool->alloc_bytes);
	qy_kfree(m, pool);
}

static struct qy_swiotlb *make_tables(struct qy_machine *m, u64 slots)
{
	u32 nr_areas = nr_areas_for(m, slots);
	struct qy_swiotlb *pool = qy_kzalloc(
		m, sizeof(*pool) + nr_areas * sizeof(pool->area[0]), QY_GFP_KERNEL);

	if (!pool)
		return NULL;
	pool->nr_areas = nr_areas;
	pool->area_slots = (u32)slots / nr_areas;
	pool->nr_slots = (u32)slots;
	pool->bits = qy_kcalloc(m, slots / 64, sizeof(u64), QY_GFP_KERNEL);
	pool->orig = qy_kcalloc(m, slots, sizeof(u64), QY_GFP_KERNEL);
	pool->alloc_bytes = qy_kcalloc(m, slots, sizeof(u32), QY_GFP_KERNEL);
	if (pool->bits && pool->orig && pool->alloc_bytes)
		return pool;
	free_tables(m, pool);
	return NULL;
}

void qy_swiotlb_init(struct qy_machine *m)
{
	struct qy_swiotlb *pool;
	struct page *page;
	u64 slots;

	if (atomic_fetch_or(&m->dma->made, DMA_MADE_SWIOTLB) & DMA_MADE_SWIOTLB)
		return;
	slots = wanted_slots(m);
	if (!slots)
		return;
	slots = round_slots(m, slots);
	while (!(page = take_frames(m, slots)) && slots > MIN_SLOTS)
		slots = round_slots(m, slots / 2);
	pool = page ? make_tables(m, slots) : NULL;
	if (!pool) {
		qy_printk(m, QY_LOG_WARNING,
			"software IO TLB: Failed to allocate %llu bytes for the pool",
			(unsigned long long)slots * SLOT_BYTES);
		if (page)
			free_frames(m, page, slots);
		return;
	}
	pool->start = qy_page_to_phys(m, page);
	pool->end = pool->start + slots * SLOT_BYTES;
	pool->cpu = qy_page_address(m, page);
	pool->force = m->board->dma.swiotlb_force;
	qy_printk(m, QY_LOG_INFO, "software IO TLB: area num %u.", pool->nr_areas);
	qy_printk(m, QY_LOG_INFO,
		"software IO TLB: mapped [mem 0x%016llx-0x%016llx] (%lluMB)",
		(unsigned long long)pool->start, (unsigned long long)pool->end,
		(unsigned long long)slots * SLOT_BYTES >> 20);
	/* release: who sees the pool sees what is in it */
	store_release(&m->dma->swiotlb, pool);
}

/* ------------------------------------------------------------------ slots; area->lock must be held */

static bool run_is_free(const struct qy_swiotlb *pool, u32 first, u32 nr)
{
	for (u32 slot = first; slot < first + nr; slot++)
		if (pool->bits[slot / 64] >> (slot & 63) & 1)
			return false;
	return true;
}

static void mark_run(struct qy_swiotlb *pool, u32 first, u32 nr)
{
	for (u32 slot = first; slot < first + nr; slot++)
		pool->bits[slot / 64] ^= 1ull << (slot & 63);
}

/* What a mapping needs of its slots. */
struct want {
	u32 nr;         /* slots */
	u32 stride;     /* slots between two places that are tried */
	u32 iotlb_mask; /* bits of an address that must be those of the original */
	u64 orig;
};

static bool fits(const struct qy_swiotlb *pool, u32 slot, const struct want *want)
{
	u64 address = pool->start + (u64)slot * SLOT_BYTES;

	return slot % SEGMENT_SLOTS + want->nr <= SEGMENT_SLOTS &&
	       !((address ^ want->orig) & want->iotlb_mask) &&
	       run_is_free(pool, slot, want->nr);
}

static u32 take_in_area(struct qy_swiotlb *pool, u32 nr_area, const struct want *want)
{
	struct swiotlb_area *area = &pool->area[nr_area];
	u32 first = nr_area * pool->area_slots, slot = NO_SLOT;

	qy_spin_lock_irqsave(&area->lock);
	if (want->nr <= pool->area_slots - area->nr_used) {
		u32 begin = round_down(area->index + want->stride - 1,
			want->stride); /* may be the end: then the beginning */

		for (u32 tried = 0; tried < pool->area_slots; tried += want->stride) {
			u32 at = (begin + tried) % pool->area_slots;

			if (!fits(pool, first + at, want))
				continue;
			slot = first + at;
			mark_run(pool, slot, want->nr);
			area->nr_used += want->nr;
			area->index = (at + want->nr) % pool->area_slots;
			break;
		}
	}
	qy_spin_unlock_irqrestore(&area->lock);
	return slot;
}

static void count_used(struct qy_swiotlb *pool, u32 nr)
{
	u32 used = __atomic_add_fetch(&pool->nr_used, nr, __ATOMIC_RELAXED);
	u32 most = READ_ONCE(pool->nr_hiwater);

	while (used > most && !qy_cmpxchg32(&pool->nr_hiwater, &most, used))
		;
}

static u32 nr_slots_of(u64 bytes)
{
	return (u32)((bytes + SLOT_BYTES - 1) >> SLOT_SHIFT);
}

/* As the kernel: from a page on, page aligned, unless the device has a rule of its own. */
static struct want want_for(const struct qy_dma_dev *dev, u64 orig, u64 size)
{
	u32 keep = dev->min_align_mask;
	u32 align = !keep && size >= QY_PAGE_SIZE ? QY_PAGE_SIZE - 1 : 0;

	align |= SLOT_BYTES - 1;
	keep &= ~align;
	return (struct want){
		.nr = nr_slots_of(size),
		.stride = nr_slots_of((u64)max(align, keep) + 1),
		.iotlb_mask = keep,
		.orig = orig,
	};
}

static u32 take_slots(struct qy_dma_dev *dev, struct qy_swiotlb *pool, u64 orig, u64 size)
{
	struct want want = want_for(dev, orig, size);
	u32 begin = qy_current()->cpu & (pool->nr_areas - 1);

	if (size > (u64)SEGMENT_SLOTS * SLOT_BYTES)
		return NO_SLOT;
	/* bits of the original are kept by the place: every slot is one that may do */
	if (want.iotlb_mask)
		want.stride = 1;
	for (u32 i = 0; i < pool->nr_areas; i++) {
		u32 slot = take_in_area(pool, (begin + i) & (pool->nr_areas - 1), &want);

		if (slot == NO_SLOT)
			continue;
		count_used(pool, want.nr);
		return slot;
	}
	return NO_SLOT;
}

/* ------------------------------------------------------------------ copying */

/* Piece by piece: frames that follow each other may lie apart in the window. */
static void copy(struct qy_machine *m, u64 phys, char *bounce, u64 size, bool to_bounce)
{
	while (size) {
		u64 nr = min(size, QY_PAGE_SIZE - (phys & (QY_PAGE_SIZE - 1)));
		char *ram = qy_dma_ram(m, phys);

		if (ram && to_bounce)
			memcpy(bounce, ram, nr);
		else if (ram)
			memcpy(ram, bounce, nr);
		phys += nr;
		bounce += nr;
		size -= nr;
	}
}

/* Copies [phys, phys + size) of the pool, as far as it is of one mapping. */
static void bounce(struct qy_dma_dev *dev, u64 phys, u64 size, bool to_bounce)
{
	struct qy_swiotlb *pool = dma_of(dev)->swiotlb;
	u32 slot = (u32)((phys - pool->start) >> SLOT_SHIFT);
	u64 into = phys & (SLOT_BYTES - 1), left = pool->alloc_bytes[slot];

	if (!left)
		return; /* no mapping's */
	if (into >= left) {
		qy_dma_dev_say(dev, QY_LOG_WARNING,
			"WARNING: Buffer overflow detected. Allocation size: %llu. Mapping size: %llu.",
			(unsigned long long)left, (unsigned long long)(into + size));
		return;
	}
	size = min(size, left - into);
	if (!dev->machine->port->no_contents)
		copy(dev->machine, pool->orig[slot] + into,
			pool->cpu + (phys - pool->start), size, to_bounce);
}

void qy_swiotlb_sync(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, bool for_cpu)
{
	if (for_cpu ? dir != QY_DMA_TO_DEVICE : dir != QY_DMA_FROM_DEVICE)
		bounce(dev, phys, size, !for_cpu);
}

/* ------------------------------------------------------------------ mappings */

static void report_full(
	struct qy_dma_dev *dev, struct qy_swiotlb *pool, u64 size, unsigned long attrs)
{
	if (attrs & QY_DMA_ATTR_NO_WARN ||
		!qy_ratelimit(dev->machine, &pool->report_limit, REPORT_INTERVAL_NS,
			REPORT_BURST))
		return;
	qy_dma_dev_say(dev, QY_LOG_WARNING,
		"swiotlb buffer is full (sz: %llu bytes), total %u (slots), used %u (slots)",
		(unsigned long long)size, pool->nr_slots, READ_ONCE(pool->nr_used));
}

static void give_back(struct qy_swiotlb *pool, u32 slot, u32 nr)
{
	struct swiotlb_area *area = &pool->area[slot / pool->area_slots];

	for (u32 i = slot; i < slot + nr; i++) {
		pool->orig[i] = 0;
		pool->alloc_bytes[i] = 0;
	}
	qy_spin_lock_irqsave(&area->lock);
	mark_run(pool, slot, nr);
	area->nr_used -= nr;
	qy_spin_unlock_irqrestore(&area->lock);
	__atomic_sub_fetch(&pool->nr_used, nr, __ATOMIC_RELAXED);
}

u64 qy_swiotlb_map(struct qy_dma_dev *dev, u64 phys, size_t size,
	enum qy_dma_direction dir, unsigned long attrs)
{
	struct qy_swiotlb *pool = dma_of(dev)->swiotlb;
	u64 offset = phys & dev->min_align_mask & (SLOT_BYTES - 1);
	u32 slot = take_slots(dev, pool, phys, size + offset);
	u64 at, bus;

	if (slot == NO_SLOT) {
		report_full(dev, pool, size + offset, attrs);
		return QY_DMA_MAPPING_ERROR;
	}
	for (u32 i = 0; i < nr_slots_of(size + offset); i++) {
		pool->orig[slot + i] = phys - offset + (u64)i * SLOT_BYTES;
		pool->alloc_bytes[slot + i] = (u32)(size + offset - i * SLOT_BYTES);
	}
	at = pool->start + (u64)slot * SLOT_BYTES + offset;
	/* also for a device that writes: what it leaves alone is not to be stale */
	bounce(dev, at, size, true);
	bus = qy_dma_phys_to_bus(dev, at);
	if (!dma_capable(dev, bus, size)) {
		give_back(pool, slot, nr_slots_of(size + offset));
		if (qy_dma_first_time(dev, DMA_WARNED_SWIOTLB_OVERFLOW))
			qy_dma_dev_say(dev, QY_LOG_WARNING,
				"swiotlb addr 0x%016llx+%zu overflow (mask %llx, bus limit %llx).",
				(unsigned long long)bus, size,
				(unsigned long long)*dev->dma_mask,
				(unsigned long long)dev->bus_dma_limit);
		return QY_DMA_MAPPING_ERROR;
	}
	if (!(attrs & QY_DMA_ATTR_SKIP_CPU_SYNC))
		qy_cache_for_device(dev, at, size, dir);
	return bus;
}

void qy_swiotlb_unmap(struct qy_dma_dev *dev, u64 phys)
{
	struct qy_swiotlb *pool = dma_of(dev)->swiotlb;
	u32 slot = (u32)((phys - pool->start) >> SLOT_SHIFT);

	/* how long it is the map knows; of no mapping it is nothing */
	if (pool->alloc_bytes[slot])
		give_back(pool, slot, nr_slots_of(pool->alloc_bytes[slot]));
}

bool qy_swiotlb_has(const struct qy_dma_dev *dev, u64 phys)
{
	const struct qy_swiotlb *pool = load_acquire(&dma_of(dev)->swiotlb);

	return unlikely(pool) && phys >= pool->start && phys < pool->end;
}

bool qy_swiotlb_forced(const struct qy_dma_dev *dev)
{
	const struct qy_swiotlb *pool = load_acquire(&dma_of(dev)->swiotlb);

	return unlikely(pool) && pool->force;
}

bool qy_swiotlb_active(const struct qy_dma_dev *dev)
{
	return load_acquire(&dma_of(dev)->swiotlb);
}

size_t qy_swiotlb_max_mapping_size(const struct qy_dma_dev *dev)
{
	return (size_t)SLOT_BYTES * SEGMENT_SLOTS -
	       round_up(dev->min_align_mask, SLOT_BYTES);
}

bool qy_swiotlb_stats(struct qy_machine *m, struct qy_swiotlb_stats *out)
{
	const struct qy_swiotlb *pool = load_acquire(&m->dma->swiotlb);

	if (!pool)
		return false;
	*out = (struct qy_swiotlb_stats){
		.base = pool->start,
		.nr_slots = pool->nr_slots,
		.used_slots = READ_ONCE(pool->nr_used),
		.hiwater_slots = READ_ONCE(pool->nr_hiwater),
	};
	return true;
}

bool qy_swiotlb_validate(struct qy_machine *m, char *why, size_t why_size)
{
	const struct qy_swiotlb *pool = m->dma->swiotlb;
	u32 used = 0;

	for (u32 i = 0; pool && i < pool->nr_slots; i++) {
		bool set = pool->bits[i / 64] >> (i & 63) & 1;

		used += set;
		if (set != (pool->alloc_bytes[i] != 0)) {
			qy_snprintf(why, why_size,
				"swiotlb: slot %u is %s a mapping's, and its bit says otherwise",
				i, set ? "not" : "");
			return false;
		}
	}
	if (!pool || used == pool->nr_used)
		return true;
	qy_snprintf(why, why_size, "swiotlb: %u slots are used, %u counted", used,
		pool->nr_used);
	return false;
}
