// SPDX-License-Identifier: MIT
/*
 * Checks of DMA calls. See quarry/dma_debug.h.
 *
 * Every mapping and every piece of memory for a device has an entry, found by its bus address, and through the first and the last
 * cache line that it covers. Entries lie in the caller's memory and are named by number, 0 = none.
 *
 * Locking: `lock` for all of it, a leaf. What is found wrong is copied out and said without it.
 */
#include "mm/watch/internal.h"
#include <quarry/dma_debug.h>

#define LINE_SHIFT 6 /* cache lines of 64 bytes */
#define BUCKET_SHIFT \
	13 /* neighbouring addresses share a bucket, so that a sync inside a mapping finds it */
#define STACK_BYTES \
	(8u << 20) /* of a thread: what lies so far above this call is the caller's */

#define NOBODYS_ADDRESS \
	"(____ptrval____)" /* what Linux prints of a pointer that it does not show */

struct entry {
	struct qy_dma_dev *dev;
	struct qy_dma_record r;
	bool unchecked; /* nobody has asked whether the mapping failed */
	u32 next;       /* in its bucket, or of the free ones */
	struct {
		u64 line;
		u32 next;
	} edge[2]; /* first and last line */
	bool has_edges;
};

struct qy_dma_debug {
	struct qy_machine *m;
	struct qy_dma_observer observer;
	struct qy_dma_debug_opts opts;
	struct qy_spinlock lock;
	struct entry *entries; /* [0] is not used */
	u32 *buckets, *edges;  /* heads; an edge is 2 * entry + which */
	u32 mask;              /* of both */
	u32 free, nr_free, min_free;
	u64 longest; /* bytes, of all mappings ever */
	bool disabled;
	u64 nr_errors;
};

/* ------------------------------------------------------------------ what is said */

static const char *kind_name(enum qy_dma_kind kind)
{
	static const char *const names[] = {
		[QY_DMA_SINGLE] = "single",
		[QY_DMA_SG] = "scatter-gather",
		[QY_DMA_COHERENT] = "coherent",
		[QY_DMA_RESOURCE] = "resource",
		[QY_DMA_NONCOHERENT] = "noncoherent",
	};

	return names[kind];
}

static const char *dir_name(enum qy_dma_direction dir)
{
	static const char *const names[] = {
		[QY_DMA_BIDIRECTIONAL] = "DMA_BIDIRECTIONAL",
		[QY_DMA_TO_DEVICE] = "DMA_TO_DEVICE",
		[QY_DMA_FROM_DEVICE] = "DMA_FROM_DEVICE",
		[QY_DMA_NONE] = "DMA_NONE",
	};

	return names[dir <= QY_DMA_NONE ? dir : QY_DMA_NONE];
}

static bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* Counts a mistake. Return: it shall be printed. */
static bool first_few(struct qy_dma_debug *d, const struct qy_dma_dev *dev)
{
	u64 nr;

	if (d->opts.driver_filter && !same_text(d->opts.driver_filter, dev->driver))
		return false;
	nr = __atomic_fetch_add(&d->nr_errors, 1, __ATOMIC_RELAXED); /* a number alone */
	return !d->opts.num_errors || nr < d->opts.num_errors;
}

/* One line of Linux's err_printk(). */
#define mistake(d, dev, fmt, ...)                                                 \
	do {                                                                      \
		if (first_few(d, dev))                                            \
			qy_printk((d)->m, QY_LOG_WARNING, "DMA-API: %s %s: " fmt, \
				(dev)->driver, (dev)->desc->name, ##__VA_ARGS__); \
	} while (0)

typedef unsigned long long ull;

/* ------------------------------------------------------------------ entries */

static u32 bucket_of(const struct qy_dma_debug *d, u64 dma)
{
	return (u32)(dma >> BUCKET_SHIFT) & d->mask;
}

static u32 edge_bucket(const struct qy_dma_debug *d, u64 line)
{
	return (u32)(line * 0x9e3779b97f4a7c15ull >> 40) & d->mask;
}

static void link_edges(struct qy_dma_debug *d, u32 n)
{
	struct entry *e = &d->entries[n];

	for (u32 i = 0; i < 2; i++) {
		u32 *head = &d->edges[edge_bucket(d, e->edge[i].line)];

		e->edge[i].next = *head;
		*head = 2 * n + i;
	}
}

static void unlink_edges(struct qy_dma_debug *d, u32 n)
{
	struct entry *e = &d->entries[n];

	for (u32 i = 0; i < 2; i++) {
		u32 *at = &d->edges[edge_bucket(d, e->edge[i].line)];

		while (*at != 2 * n + i)
			at = &d->entries[*at / 2].edge[*at & 1].next;
		*at = e->edge[i].next;
	}
}

/* Two mappings may share a line when neither is written by the device, or when its cache is kept in step. */
static bool shares_line(const struct qy_dma_debug *d, const struct entry *e)
{
	u32 nr_edges = e->dev->coherent ? 1 : 2;

	for (u32 i = 0; i < nr_edges; i++) {
		u32 at = d->edges[edge_bucket(d, e->edge[i].line)];

		for (; at; at = d->entries[at / 2].edge[at & 1].next) {
			const struct entry *other = &d->entries[at / 2];

			if (other->edge[at & 1].line == e->edge[i].line &&
				(!(at & 1) || !e->dev->coherent))
				return true;
		}
	}
	return false;
}

/* Return: the entry's number; 0: there are no more, and checking ends. */
static u32 take_entry(struct qy_dma_debug *d)
{
	u32 n = d->free;

	if (!n) {
		WRITE_ONCE(d->disabled, true);
		return 0;
	}
	d->free = d->entries[n].next;
	d->nr_free--;
	d->min_free = min(d->min_free, d->nr_free);
	return n;
}

/* Where byte @at of a mapping lies: behind an IOMMU one piece of addresses is not one of memory. ~0: nowhere. */
static u64 phys_at(struct qy_dma_dev *dev, const struct qy_dma_record *r, u64 at)
{
	u64 phys;

	if (!dev->domain)
		return r->phys + at;
	return qy_dma_to_phys(dev, r->dma + at, r->dir == QY_DMA_FROM_DEVICE, &phys, NULL)
		       ? ~0ull
		       : phys;
}

/* Return: it shares a cache line with another one. */
static bool add_entry(
	struct qy_dma_debug *d, struct qy_dma_dev *dev, const struct qy_dma_record *r)
{
	u32 n = take_entry(d);
	struct entry *e = &d->entries[n];
	bool shared = false;

	if (!n)
		return false;
	*e = (struct entry){ .dev = dev, .r = *r };
	e->unchecked = r->kind == QY_DMA_SINGLE || r->kind == QY_DMA_RESOURCE;
	e->next = d->buckets[bucket_of(d, r->dma)];
	d->buckets[bucket_of(d, r->dma)] = n;
	d->longest = max(d->longest, (u64)r->size);
	e->has_edges = r->phys != ~0ull && r->kind != QY_DMA_RESOURCE &&
		       r->dir != QY_DMA_TO_DEVICE;
	if (e->has_edges) {
		e->edge[0].line = r->phys >> LINE_SHIFT;
		e->edge[1].line = phys_at(dev, r, r->size - 1) >> LINE_SHIFT;
		shared = !(r->attrs & QY_DMA_ATTR_SKIP_CPU_SYNC) && shares_line(d, e);
		link_edges(d, n);
	}
	return shared;
}

static void drop_entry(struct qy_dma_debug *d, u32 n)
{
	struct entry *e = &d->entries[n];
	u32 *at = &d->buckets[bucket_of(d, e->r.dma)];

	while (*at != n)
		at = &d->entries[*at].next;
	*at = e->next;
	if (e->has_edges)
		unlink_edges(d, n);
	e->next = d->free;
	d->free = n;
	d->nr_free++;
}

/* Of several mappings at one address the one that agrees most; 0: there is none. */
static u32 find_exact(const struct qy_dma_debug *d, const struct qy_dma_dev *dev,
	const struct qy_dma_record *r)
{
	u32 best = 0, most = 0;

	for (u32 n = d->buckets[bucket_of(d, r->dma)]; n; n = d->entries[n].next) {
		const struct entry *e = &d->entries[n];
		u32 agree = 1;

		if (e->dev != dev || e->r.dma != r->dma)
			continue;
		agree += e->r.size == r->size;
		agree += e->r.kind == r->kind;
		agree += e->r.dir == r->dir;
		agree += e->r.nents == r->nents;
		if (agree > most) {
			best = n;
			most = agree;
		}
	}
	return best;
}

/* A mapping that holds @dma; 0: none does. */
static u32 find_around(
	const struct qy_dma_debug *d, const struct qy_dma_dev *dev, u64 dma)
{
	u64 nr_buckets = (d->longest >> BUCKET_SHIFT) + 2;

	nr_buckets = min(nr_buckets, min((dma >> BUCKET_SHIFT) + 1, (u64)d->mask + 1));
	for (u64 i = 0; i < nr_buckets; i++) {
		u32 n = d->buckets[bucket_of(d, dma - (i << BUCKET_SHIFT))];

		for (; n; n = d->entries[n].next) {
			const struct entry *e = &d->entries[n];

			if (e->dev == dev && e->r.dma <= dma &&
				dma - e->r.dma < e->r.size)
				return n;
		}
	}
	return 0;
}

/* ------------------------------------------------------------------ mappings */

static void check_mask(struct qy_dma_debug *d, struct qy_dma_dev *dev)
{
	if (dev->mask_set || dev->observer)
		return;
	dev->observer = d; /* said */
	mistake(d, dev, "device driver does DMA before it has set a DMA mask");
}

static void check_segment(
	struct qy_dma_debug *d, struct qy_dma_dev *dev, const struct qy_dma_record *r)
{
	u64 max_bytes = dev->max_segment_size ? dev->max_segment_size : 65536;
	u64 boundary =
		dev->segment_boundary_mask ? dev->segment_boundary_mask : 0xffffffff;

	if (r->size > max_bytes)
		mistake(d, dev,
			"mapping sg segment longer than device claims to support [len=%llu] [max=%llu]",
			(ull)r->size, (ull)max_bytes);
	if ((r->dma ^ (r->dma + r->size - 1)) & ~boundary)
		mistake(d, dev,
			"mapping sg segment across boundary [start=0x%016llx] [end=0x%016llx] [boundary=0x%016llx]",
			(ull)r->dma, (ull)(r->dma + r->size - 1), (ull)boundary);
}

static bool frame_is_free(struct qy_machine *m, u64 phys)
{
	u32 frame = qy_pfn_to_frame(m, phys >> QY_PAGE_SHIFT);
	enum page_state state;

	if (frame == NO_FRAME)
		return false;
	state = qy_page_state(m, frame).state;
	return state == PG_FREE || state == PG_PCP;
}

static void check_frames(
	struct qy_dma_debug *d, struct qy_dma_dev *dev, const struct qy_dma_record *r)
{
	if (r->phys == ~0ull || (r->kind != QY_DMA_SINGLE && r->kind != QY_DMA_SG))
		return;
	/* the first byte of each page that it touches */
	for (u64 at = 0; at < r->size;
		at += QY_PAGE_SIZE - ((r->phys + at) & (QY_PAGE_SIZE - 1))) {
		if (!frame_is_free(d->m, phys_at(dev, r, at)))
			continue;
		mistake(d, dev,
			"device driver maps memory that is free [phys=0x%016llx] [len=%llu]",
			(ull)r->phys, (ull)r->size);
		return;
	}
}

static void on_map(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r)
{
	struct qy_dma_debug *d = arg;
	bool shared;

	if (READ_ONCE(d->disabled))
		return;
	check_mask(d, dev);
	if (r->kind == QY_DMA_SG)
		check_segment(d, dev, r);
	check_frames(d, dev, r);
	qy_spin_lock_irqsave(&d->lock);
	shared = add_entry(d, dev, r);
	qy_spin_unlock_irqrestore(&d->lock);
	if (shared)
		mistake(d, dev,
			"cacheline tracking EEXIST, overlapping mappings aren't supported");
	if (READ_ONCE(d->disabled))
		qy_printk(
			d->m, QY_LOG_ERR, "DMA-API: debugging out of memory - disabling");
}

static void on_map_address(void *arg, struct qy_dma_dev *dev, const void *addr,
	size_t size, enum qy_dma_direction dir)
{
	struct qy_dma_debug *d = arg;
	uintptr_t at = (uintptr_t)addr;

	(void)dir;
	if (READ_ONCE(d->disabled) || qy_virt_to_page(d->m, addr))
		return;
	if (at - (uintptr_t)__builtin_frame_address(0) < STACK_BYTES)
		mistake(d, dev, "device driver maps memory from stack [addr=%s]",
			NOBODYS_ADDRESS);
	else if (at >= (uintptr_t)d->opts.text_start && at < (uintptr_t)d->opts.text_end)
		mistake(d, dev,
			"device driver maps memory from kernel text or rodata [addr=%s] [len=%llu]",
			NOBODYS_ADDRESS, (ull)size);
	else
		mistake(d, dev,
			"device driver maps memory from invalid area [addr=%s] [len=%llu]",
			NOBODYS_ADDRESS, (ull)size);
}

static void on_mapping_error(void *arg, struct qy_dma_dev *dev, uint64_t dma)
{
	struct qy_dma_debug *d = arg;
	u32 n;

	qy_spin_lock_irqsave(&d->lock);
	for (n = d->buckets[bucket_of(d, dma)]; n; n = d->entries[n].next) {
		struct entry *e = &d->entries[n];

		if (e->dev != dev || e->r.dma != dma || !e->unchecked)
			continue;
		e->unchecked = false;
		break;
	}
	qy_spin_unlock_irqrestore(&d->lock);
}

/* ------------------------------------------------------------------ unmaps */

static void compare(struct qy_dma_debug *d, struct qy_dma_dev *dev, const struct entry *e,
	const struct qy_dma_record *r)
{
	const struct qy_dma_record *was = &e->r;

	if (r->size != was->size)
		mistake(d, dev,
			"device driver frees DMA memory with different size [device address=0x%016llx] [map size=%llu bytes] [unmap size=%llu bytes]",
			(ull)r->dma, (ull)was->size, (ull)r->size);
	if (r->kind != was->kind)
		mistake(d, dev,
			"device driver frees DMA memory with wrong function [device address=0x%016llx] [size=%llu bytes] [mapped as %s] [unmapped as %s]",
			(ull)r->dma, (ull)r->size, kind_name(was->kind),
			kind_name(r->kind));
	else if (r->kind == QY_DMA_COHERENT && r->cpu != was->cpu)
		mistake(d, dev,
			"device driver frees DMA memory with different CPU address [device address=0x%016llx] [size=%llu bytes] [cpu alloc address=0x%016llx] [cpu free address=0x%016llx]",
			(ull)r->dma, (ull)r->size, (ull)was->phys,
			(ull)qy_virt_to_phys(d->m, r->cpu));
	if (r->kind == QY_DMA_SG && was->kind == QY_DMA_SG && !r->index &&
		r->nents != was->nents)
		mistake(d, dev,
			"device driver frees DMA sg list with different entry count [map count=%u] [unmap count=%u]",
			was->nents, r->nents);
	if (r->dir != was->dir)
		mistake(d, dev,
			"device driver frees DMA memory with different direction [device address=0x%016llx] [size=%llu bytes] [mapped with %s] [unmapped with %s]",
			(ull)r->dma, (ull)r->size, dir_name(was->dir), dir_name(r->dir));
	if (e->unchecked)
		mistake(d, dev,
			"device driver failed to check map error[device address=0x%016llx] [size=%llu bytes] [mapped as %s]",
			(ull)r->dma, (ull)r->size, kind_name(was->kind));
}

static void on_unmap(void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r)
{
	struct qy_dma_debug *d = arg;
	struct entry was;
	u32 n;

	if (READ_ONCE(d->disabled))
		return;
	qy_spin_lock_irqsave(&d->lock);
	n = find_exact(d, dev, r);
	if (n) {
		was = d->entries[n];
		drop_entry(d, n);
	}
	qy_spin_unlock_irqrestore(&d->lock);
	if (n)
		compare(d, dev, &was, r);
	else if (r->dma == QY_DMA_MAPPING_ERROR)
		mistake(d, dev,
			"device driver tries to free an invalid DMA memory address");
	else
		mistake(d, dev,
			"device driver tries to free DMA memory it has not allocated [device address=0x%016llx] [size=%llu bytes]",
			(ull)r->dma, (ull)r->size);
}

/* ------------------------------------------------------------------ syncs */

static void compare_sync(struct qy_dma_debug *d, struct qy_dma_dev *dev,
	const struct entry *e, const struct qy_dma_record *r, bool for_cpu)
{
	enum qy_dma_direction was = e->r.dir;

	if (r->kind == QY_DMA_SG && e->r.kind == QY_DMA_SG && !r->index &&
		r->nents != e->r.nents)
		mistake(d, dev,
			"device driver syncs DMA sg list with different entry count [map count=%u] [sync count=%u]",
			e->r.nents, r->nents);
	if (was == QY_DMA_BIDIRECTIONAL || r->dir == was)
		return;
	mistake(d, dev,
		"device driver syncs DMA memory with different direction [device address=0x%016llx] [size=%llu bytes] [mapped with %s] [synced with %s]",
		(ull)r->dma, (ull)r->size, dir_name(was), dir_name(r->dir));
	if (for_cpu && was == QY_DMA_TO_DEVICE)
		mistake(d, dev,
			"device driver syncs device read-only DMA memory for cpu [device address=0x%016llx] [size=%llu bytes] [mapped with %s] [synced with %s]",
			(ull)r->dma, (ull)r->size, dir_name(was), dir_name(r->dir));
	if (!for_cpu && was == QY_DMA_FROM_DEVICE)
		mistake(d, dev,
			"device driver syncs device write-only DMA memory to device [device address=0x%016llx] [size=%llu bytes] [mapped with %s] [synced with %s]",
			(ull)r->dma, (ull)r->size, dir_name(was), dir_name(r->dir));
}

static void on_sync(
	void *arg, struct qy_dma_dev *dev, const struct qy_dma_record *r, bool for_cpu)
{
	struct qy_dma_debug *d = arg;
	struct entry was;
	u32 n;

	if (READ_ONCE(d->disabled) || !r->size)
		return;
	qy_spin_lock_irqsave(&d->lock);
	n = find_around(d, dev, r->dma);
	if (n)
		was = d->entries[n];
	qy_spin_unlock_irqrestore(&d->lock);
	if (!n)
		mistake(d, dev,
			"device driver tries to sync DMA memory it has not allocated [device address=0x%016llx] [size=%llu bytes]",
			(ull)r->dma, (ull)r->size);
	else if (r->dma - was.r.dma + r->size > was.r.size)
		mistake(d, dev,
			"device driver syncs DMA memory outside allocated range [device address=0x%016llx] [allocation size=%llu bytes] [sync offset+size=%llu]",
			(ull)was.r.dma, (ull)was.r.size,
			(ull)(r->dma - was.r.dma + r->size));
	else
		compare_sync(d, dev, &was, r, for_cpu);
}

/* ------------------------------------------------------------------ devices */

static void on_set_mask(
	void *arg, struct qy_dma_dev *dev, bool coherent, uint64_t mask, int err)
{
	struct qy_dma_debug *d = arg;
	u32 lines = dev->desc->address_bits;

	if (err || !lines || lines > 63 || mask <= QY_DMA_BIT_MASK(lines))
		return;
	mistake(d, dev,
		"device driver sets a %sDMA mask of 0x%016llx, the device has %u address bits",
		coherent ? "coherent " : "", (ull)mask, lines);
}

/* All that the device still has goes with it; the first one found stands for the others. */
static u32 drop_all_of(
	struct qy_dma_debug *d, const struct qy_dma_dev *dev, struct entry *one)
{
	u32 nr = 0;

	for (u32 i = 0; i <= d->mask; i++) {
		u32 n = d->buckets[i], next;

		for (; n; n = next) {
			next = d->entries[n].next;
			if (d->entries[n].dev != dev)
				continue;
			if (!nr++)
				*one = d->entries[n];
			drop_entry(d, n);
		}
	}
	return nr;
}

static void on_remove(void *arg, struct qy_dma_dev *dev)
{
	struct qy_dma_debug *d = arg;
	struct entry one;
	u32 nr;

	qy_spin_lock_irqsave(&d->lock);
	nr = drop_all_of(d, dev, &one);
	qy_spin_unlock_irqrestore(&d->lock);
	dev->observer = NULL;
	if (!nr || !first_few(d, dev))
		return;
	qy_printk(d->m, QY_LOG_WARNING,
		"DMA-API: %s %s: device driver has pending DMA allocations while released from device [count=%u]",
		dev->driver, dev->desc->name, nr);
	qy_printk(d->m, QY_LOG_WARNING,
		"One of leaked entries details: [device address=0x%016llx] [size=%llu bytes] [mapped with %s] [mapped as %s]",
		(ull)one.r.dma, (ull)one.r.size, dir_name(one.r.dir),
		kind_name(one.r.kind));
}

/* ------------------------------------------------------------------ the device's side */

static bool direction_allows(enum qy_dma_direction dir, bool write)
{
	return dir == QY_DMA_BIDIRECTIONAL ||
	       dir == (write ? QY_DMA_FROM_DEVICE : QY_DMA_TO_DEVICE);
}

bool qy_dma_debug_access(
	void *debug, struct qy_dma_dev *dev, uint64_t dma, size_t bytes, bool write)
{
	struct qy_dma_debug *d = debug;
	u64 at = dma, end = dma + bytes;
	enum qy_dma_direction dir = QY_DMA_BIDIRECTIONAL;
	u32 n = 1;

	/* an IOMMU stops it, and says so */
	if (READ_ONCE(d->disabled) || dev->domain)
		return true;
	qy_spin_lock_irqsave(&d->lock);
	while (at < end && (n = find_around(d, dev, at)) != 0) {
		dir = d->entries[n].r.dir;
		if (!direction_allows(dir, write))
			break;
		at = d->entries[n].r.dma + d->entries[n].r.size;
	}
	qy_spin_unlock_irqrestore(&d->lock);
	if (at >= end)
		return true;
	if (!n)
		mistake(d, dev,
			"device accesses DMA memory it has not been given [device address=0x%016llx] [size=%llu bytes] [DMA %s]",
			(ull)dma, (ull)bytes, write ? "write" : "read");
	else
		mistake(d, dev,
			"device accesses DMA memory against its direction [device address=0x%016llx] [size=%llu bytes] [mapped with %s] [DMA %s]",
			(ull)dma, (ull)bytes, dir_name(dir), write ? "write" : "read");
	return false;
}

/* ------------------------------------------------------------------ it comes and goes */

/* Buckets for so many entries: a power of two. */
static u32 nr_buckets(u32 nr_entries)
{
	u32 nr = 64;

	while (nr < nr_entries / 2)
		nr *= 2;
	return nr;
}

size_t qy_dma_debug_size(uint32_t nr_entries)
{
	if (!nr_entries)
		nr_entries = QY_DMA_DEBUG_ENTRIES;
	return sizeof(struct qy_dma_debug) +
	       ((size_t)nr_entries + 1) * sizeof(struct entry) +
	       2 * (size_t)nr_buckets(nr_entries) * sizeof(u32);
}

struct qy_dma_debug *qy_dma_debug_start(
	struct qy_machine *m, void *memory, const struct qy_dma_debug_opts *opts)
{
	struct qy_dma_debug *d = memory;
	u32 nr = opts && opts->nr_entries ? opts->nr_entries : QY_DMA_DEBUG_ENTRIES;

	memset(memory, 0, qy_dma_debug_size(nr));
	d->m = m;
	if (opts)
		d->opts = *opts;
	d->opts.nr_entries = nr;
	d->entries = (struct entry *)(d + 1);
	d->buckets = (u32 *)(d->entries + nr + 1);
	d->mask = nr_buckets(nr) - 1;
	d->edges = d->buckets + d->mask + 1;
	for (u32 n = nr; n; n--) {
		d->entries[n].next = d->free;
		d->free = n;
	}
	d->nr_free = d->min_free = nr;
	d->observer = (struct qy_dma_observer){ .arg = d,
		.map_address = on_map_address,
		.map = on_map,
		.unmap = on_unmap,
		.sync = on_sync,
		.alloc = on_map,
		.free = on_unmap,
		.mapping_error = on_mapping_error,
		.set_mask = on_set_mask,
		.remove = on_remove };
	qy_dma_observe(m, &d->observer);
	return d;
}

void qy_dma_debug_stop(struct qy_dma_debug *d)
{
	qy_dma_observe(d->m, NULL);
}

void qy_dma_debug_facts(struct qy_dma_debug *d, struct qy_dma_debug_facts *facts)
{
	qy_spin_lock_irqsave(&d->lock);
	*facts = (struct qy_dma_debug_facts){
		.nr_errors = READ_ONCE(d->nr_errors),
		.nr_entries = d->opts.nr_entries,
		.nr_free = d->nr_free,
		.min_free = d->min_free,
		.disabled = d->disabled,
	};
	qy_spin_unlock_irqrestore(&d->lock);
}

void qy_dma_debug_each(struct qy_dma_debug *d,
	bool (*fn)(
		void *arg, const struct qy_dma_dev *dev, const struct qy_dma_record *r),
	void *arg)
{
	bool go_on = true;

	qy_spin_lock_irqsave(&d->lock);
	for (u32 i = 0; i <= d->mask && go_on; i++)
		for (u32 n = d->buckets[i]; n && go_on; n = d->entries[n].next)
			go_on = fn(arg, d->entries[n].dev, &d->entries[n].r);
	qy_spin_unlock_irqrestore(&d->lock);
}
