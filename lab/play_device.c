// SPDX-License-Identifier: MIT
/*
 * The turns of requests of devices: a driver that allocates and maps by the DMA API, a device that writes what it was given.
 * See engine.h.
 *
 * A device of the tree has one driver here, however many requests name it: it sets the masks that the tree says, and a
 * buffer is what dma_alloc_coherent() returns, or single pages in a list that dma_map_sg() maps. Where frames have content, the
 * device writes a stamp into each page through its bus address, and the CPU looks for it when the buffer goes back.
 */
#include "lab/engine.h"

#include <errno.h>
#include <inttypes.h>
#include <quarry/bus_master.h>
#include <quarry/cpu_cache.h>
#include <quarry/dma.h>
#include <quarry/dma_debug.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/board_device.h"
#include "lab/units.h"

#define MAX_RECLAIM_RETRIES 16u
#define NO_PFN              UINT64_MAX
#define SLOT_BYTES          2048u /* of a bounce buffer */

struct device_user {
	struct device_user *next;
	struct qy_dt_device tree;
	struct qy_board_device desc;
	struct qy_dma_range ranges[QY_DEVICE_WINDOWS];
	struct qy_board_iommu iommu;
	struct qy_dma_dev dev;
	struct qy_bus_master *master; /* NULL: frames have no content */
	bool refused;                 /* its mask cannot be had */
};

struct device_room {
	struct device_user *users;
	struct qy_cpu_cache *cache;
	struct qy_dma_debug *debug;
	void *debug_memory;
};

/* One buffer of a round. */
struct device_buffer {
	void *cpu; /* coherent; as dma_alloc_attrs() gave it */
	uint64_t dma;
	uint64_t
		pfn; /* of the first frame; of a coherent one the others follow, unless an IOMMU joins them */
	struct scatterlist *sg; /* streaming: a page each */
	uint32_t nr_pages;
};

/* ------------------------------------------------------------------ probe */

static int probe(struct engine *e, const struct qy_request_spec *spec,
	struct device_user *user, struct qy_err *err)
{
	struct qy_bus_master_opts opts = { .cache = e->devices->cache,
		.iommu_name = user->tree.iommu_name,
		.stream = user->tree.stream };
	int error;

	qy_dt_device_desc(&user->tree, &user->desc, user->ranges, &user->iommu);
	error = qy_dma_dev_init(e->m, &user->dev, &user->desc);
	if (error)
		return qy_fail(err,
			"%s: %s.device: %s does not come up on this board: %s",
			e->s->path, spec->place, user->tree.name,
			error == -ENOMEM
				? "there is no memory for the tables of its IOMMU"
				: "its memory-region is no shared-dma-pool with RAM behind it");
	user->refused =
		qy_dma_set_mask(&user->dev, QY_DMA_BIT_MASK(user->tree.mask_bits)) ||
		qy_dma_set_coherent_mask(
			&user->dev, QY_DMA_BIT_MASK(user->tree.coherent_mask_bits));
	if (!e->s->contents)
		return 0;
	user->master = qy_bus_master_create(&user->dev, &opts);
	return user->master ? 0 : qy_fail(err, "%s: out of host memory", e->s->path);
}

static struct device_user *find_user(struct engine *e, const char *path)
{
	struct device_user *user = e->devices->users;

	while (user && strcmp(user->tree.path, path) != 0)
		user = user->next;
	return user;
}

static int plan_request(struct engine *e, struct caller *c, struct qy_err *err)
{
	const struct qy_request_spec *spec = c->spec;
	struct device_user *user = calloc(1, sizeof(*user));
	char place[512];

	if (!user)
		return qy_fail(err, "%s: out of host memory", e->s->path);
	snprintf(place, sizeof(place), "%s: %s.device", e->s->path, spec->place);
	if (qy_dt_device_find(e->check->board, spec->device, &user->tree, place, err)) {
		free(user);
		return -1;
	}
	c->user = find_user(e, user->tree.path);
	if (c->user) {
		free(user);
		return 0;
	}
	user->next = e->devices->users;
	e->devices->users = user;
	c->user = user;
	return probe(e, spec, user, err);
}

/* The room is made with the first request that wants it. */
static int open_room(struct engine *e, struct qy_err *err)
{
	struct device_room *room = calloc(1, sizeof(*room));

	e->devices = room;
	if (room)
		room->debug_memory = malloc(qy_dma_debug_size(0));
	if (!room || !room->debug_memory)
		return qy_fail(err, "%s: out of host memory", e->s->path);
	room->debug = qy_dma_debug_start(e->m, room->debug_memory, NULL);
	if (e->s->contents)
		room->cache = qy_cpu_cache_create(e->m);
	return 0;
}

int qy_play_device_plan(struct engine *e, struct qy_err *err)
{
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		struct caller *c = &e->caller[i];

		if (e->s->request[i].kind != QY_REQUEST_DEVICE)
			continue;
		if (!e->devices && open_room(e, err))
			return -1;
		if (plan_request(e, c, err))
			return -1;
	}
	return 0;
}

/* Host memory only: what devices hold goes with the machine. */
void qy_play_device_free(struct engine *e)
{
	struct device_room *room = e->devices;

	while (room && room->users) {
		struct device_user *user = room->users;

		room->users = user->next;
		qy_bus_master_destroy(user->master);
		free(user);
	}
	if (room && room->debug)
		qy_dma_debug_stop(room->debug);
	if (room) {
		qy_cpu_cache_destroy(room->cache);
		free(room->debug_memory);
	}
	free(room);
	e->devices = NULL;
}

/* ------------------------------------------------------------------ what the device writes */

static uint64_t stamp_of(const struct device_buffer *b, uint32_t page)
{
	return (b->dma + page) * 0x9e3779b97f4a7c15ull;
}

static uint64_t bus_of(const struct device_buffer *b, uint32_t page)
{
	struct scatterlist *sg = b->sg;
	uint64_t at = (uint64_t)page * QY_PAGE_SIZE;

	if (!sg)
		return b->dma + at;
	while (at >= sg->dma_length) {
		at -= sg->dma_length;
		sg = qy_sg_next(sg);
	}
	return sg->dma_address + at;
}

static void device_writes(
	struct engine *e, struct device_user *user, const struct device_buffer *b)
{
	for (uint32_t i = 0; user->master && i < b->nr_pages; i++) {
		uint64_t stamp = stamp_of(b, i);

		if (qy_bus_master_write(
			    user->master, bus_of(b, i), &stamp, sizeof(stamp)))
			e->check->nr_corrupt++;
	}
}

static const uint64_t *cpu_page(
	struct engine *e, const struct device_buffer *b, uint32_t page)
{
	if (!b->sg)
		return (const uint64_t *)((const char *)b->cpu +
					  (size_t)page * QY_PAGE_SIZE);
	return qy_page_address(e->m, qy_sg_page(&b->sg[page]));
}

static void cpu_reads(
	struct engine *e, const struct device_user *user, const struct device_buffer *b)
{
	for (uint32_t i = 0; user->master && i < b->nr_pages; i++) {
		if (*cpu_page(e, b, i) == stamp_of(b, i))
			continue;
		if (e->check->nr_corrupt++ == 0)
			e->check->corrupt_pfn = b->pfn;
	}
}

/* ------------------------------------------------------------------ buffers */

static uint64_t pfn_of(struct qy_dma_dev *dev, uint64_t dma)
{
	uint64_t phys;

	return qy_dma_to_phys(dev, dma, false, &phys, NULL) ? NO_PFN
							    : phys / QY_PAGE_SIZE;
}

/* May more memory help that the stand-in for reclaim makes? */
static bool reclaims(struct engine *e, const struct caller *c, unsigned int round)
{
	uint64_t pages = c->spec->buffer_pages;

	if (!(c->spec->gfp & QY___GFP_DIRECT_RECLAIM) || !e->replay.stand_in ||
		round == MAX_RECLAIM_RETRIES || c->user->desc.memory_region ||
		!qy_replay_drop_oldest(&e->replay, pages))
		return false;
	e->replay.nr_direct++;
	return true;
}

/* Where frames have no content the CPU does not look, so that nothing is cleared. */
static unsigned long attrs_of(const struct engine *e, const struct caller *c)
{
	const struct qy_dma_dev *dev = &c->user->dev;
	bool looks = e->s->contents || dev->domain || dev->area ||
		     !(c->spec->gfp & QY___GFP_DIRECT_RECLAIM);

	return QY_DMA_ATTR_NO_WARN | (looks ? 0 : QY_DMA_ATTR_NO_KERNEL_MAPPING);
}

static bool get_coherent(struct engine *e, struct caller *c, struct device_buffer *b)
{
	size_t bytes = c->spec->buffer_pages * QY_PAGE_SIZE;
	struct qy_dma_dev *dev = &c->user->dev;
	unsigned int round = 0;

	do
		b->cpu = qy_dma_alloc_attrs(dev, bytes, &b->dma,
			c->spec->gfp | QY___GFP_NOWARN, attrs_of(e, c));
	while (!b->cpu && reclaims(e, c, round++));
	if (b->cpu)
		b->pfn = pfn_of(dev, b->dma);
	return b->cpu != NULL;
}

static void drop_pages(struct engine *e, struct device_buffer *b)
{
	for (uint32_t i = 0; i < b->nr_pages; i++)
		qy_free_pages(e->m, qy_sg_page(&b->sg[i]), 0);
	free(b->sg);
	b->sg = NULL;
}

/* Return: pages that were had: all of them, or too few. */
static uint32_t get_pages(
	struct engine *e, const struct caller *c, struct device_buffer *b)
{
	uint32_t wanted = (uint32_t)c->spec->buffer_pages;

	b->sg = calloc(wanted, sizeof(*b->sg));
	if (!b->sg) {
		e->replay.out_of_memory = true;
		return 0;
	}
	for (b->nr_pages = 0; b->nr_pages < wanted; b->nr_pages++) {
		struct page *page = qy_replay_alloc(&e->replay, c->spec->gfp, 0);

		if (!page)
			break;
		b->sg[b->nr_pages] =
			(struct scatterlist){ .page_link = (unsigned long)page,
				.length = QY_PAGE_SIZE };
	}
	return b->nr_pages;
}

/* Return: false with *@mapped == false: the pages were not there; true: they could not be mapped. */
static bool get_streaming(
	struct engine *e, struct caller *c, struct device_buffer *b, bool *had_pages)
{
	*had_pages = get_pages(e, c, b) == c->spec->buffer_pages;
	if (*had_pages) {
		b->sg[b->nr_pages - 1].page_link |= QY_SG_END;
		if (qy_dma_map_sg(&c->user->dev, b->sg, b->nr_pages, QY_DMA_FROM_DEVICE,
			    QY_DMA_ATTR_NO_WARN) > 0) {
			b->dma = b->sg[0].dma_address;
			b->pfn = qy_page_to_pfn(e->m, qy_sg_page(&b->sg[0]));
			return true;
		}
	}
	if (b->sg)
		drop_pages(e, b);
	return false;
}

static void film(struct engine *e, const struct caller *c, const struct device_buffer *b,
	bool took)
{
	uint32_t owner;

	if (!e->replay.film)
		return;
	owner = qy_film_owner_request(e->replay.film, (uint32_t)(c - e->caller));
	for (uint32_t i = 0; i < b->nr_pages; i++) {
		uint64_t pfn = b->sg ? qy_page_to_pfn(e->m, qy_sg_page(&b->sg[i]))
				     : pfn_of(&c->user->dev,
					       b->dma + (uint64_t)i * QY_PAGE_SIZE);

		if (pfn == NO_PFN)
			continue;
		if (took)
			qy_film_took(e->replay.film, pfn, 1, owner);
		else
			qy_film_gave(e->replay.film, pfn, 1, owner);
	}
}

void qy_play_device_give_back(struct engine *e, const struct caller *c,
	struct device_buffer *buffers, uint32_t nr)
{
	struct qy_dma_dev *dev = &c->user->dev;

	for (uint32_t i = 0; i < nr; i++) {
		struct device_buffer *b = &buffers[i];

		film(e, c, b, false);
		if (b->sg) {
			qy_dma_unmap_sg(dev, b->sg, b->nr_pages, QY_DMA_FROM_DEVICE, 0);
			cpu_reads(e, c->user, b);
			drop_pages(e, b);
		} else {
			cpu_reads(e, c->user, b);
			qy_dma_free_attrs(dev, (size_t)b->nr_pages * QY_PAGE_SIZE, b->cpu,
				b->dma, attrs_of(e, c));
		}
	}
}

/* ------------------------------------------------------------------ why not */

static const struct qy_reserved *region_of(
	struct engine *e, const struct device_user *user)
{
	uint32_t region = user->desc.memory_region;

	return region ? &e->check->board->board.reserved[region - 1] : NULL;
}

/* The area that serves the device: its own, or the default one where it reaches it; -1: none. */
static int area_of(struct engine *e, const struct device_user *user, bool *beyond)
{
	struct qy_cma_stats stats;
	int area = user->dev.cma >= 0 ? user->dev.cma : qy_cma_default(e->m);

	*beyond = false;
	if (area < 0 || !qy_cma_stats(e->m, (uint32_t)area, &stats))
		return -1;
	*beyond = (stats.base_pfn + stats.nr_pages) * QY_PAGE_SIZE - 1 >
		  QY_DMA_BIT_MASK(user->tree.coherent_mask_bits);
	return *beyond ? -1 : area;
}

static enum qy_device_cause diagnose(
	struct engine *e, const struct caller *c, bool had_pages)
{
	const struct device_user *user = c->user;
	const struct qy_reserved *region = region_of(e, user);
	bool sleeps = c->spec->gfp & QY___GFP_DIRECT_RECLAIM, beyond;
	struct qy_swiotlb_stats bounce;

	if (user->refused)
		return QY_DEVICE_MASK;
	if (c->spec->stream && had_pages && user->dev.domain)
		return QY_DEVICE_IOVA;
	if (c->spec->stream && had_pages)
		return qy_swiotlb_stats(e->m, &bounce) ? QY_DEVICE_BOUNCE
						       : QY_DEVICE_REACH;
	if (c->spec->stream)
		return QY_DEVICE_MEMORY;
	if (region && !(region->flags & QY_RESERVED_REUSABLE))
		return QY_DEVICE_AREA;
	if (user->dev.domain)
		return QY_DEVICE_MEMORY;
	if (!sleeps && !user->dev.coherent)
		return QY_DEVICE_POOL;
	if (sleeps && area_of(e, user, &beyond) >= 0)
		return QY_DEVICE_CMA;
	return c->spec->buffer_pages > 1u << QY_MAX_PAGE_ORDER ? QY_DEVICE_ORDER
							       : QY_DEVICE_MEMORY;
}

/* All requests of devices that share the region. */
static void say_holders(
	struct engine *e, const struct device_user *user, struct qy_device_why *why)
{
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		const struct caller *other = &e->caller[i];
		uint64_t pages = 0;
		char size[32];

		if (!other->user ||
			other->user->desc.memory_region != user->desc.memory_region ||
			other->spec->stream)
			continue;
		for (uint32_t b = 0; b < other->nr; b++)
			pages += other->batches[(other->head + b) % other->size]->nr *
				 other->spec->buffer_pages;
		if (pages)
			qy_device_why_say(why, "by whom: %s has %s", other->spec->name,
				qy_format_size(size, sizeof(size), pages * QY_PAGE_SIZE));
	}
}

static void say_device(const struct device_user *user, struct qy_device_why *why)
{
	const struct qy_dt_device *d = &user->tree;

	qy_device_why_say(why, "device %s: %u address bits, %s, %s%s%s%s", d->name,
		d->coherent_mask_bits,
		d->coherent ? "sees the CPUs' caches" : "does not see the CPUs' caches",
		user->dev.domain ? "behind " : "no IOMMU",
		user->dev.domain ? d->iommu_name : "",
		d->nr_regions ? ", memory of " : "",
		d->nr_regions ? d->region_name[0] : "");
}

static const char *slots_word(char *buf, size_t size, uint32_t slots)
{
	return qy_format_size(buf, size, (uint64_t)slots * SLOT_BYTES);
}

static void say_cause(struct engine *e, const struct caller *c, struct qy_device_why *why)
{
	const struct device_user *user = c->user;
	const struct qy_reserved *region = region_of(e, user);
	char size[32], whole[32], most[32];
	struct qy_swiotlb_stats bounce;
	struct qy_cma_stats stats;
	bool beyond;
	int area;

	qy_format_size(size, sizeof(size), c->spec->buffer_pages * QY_PAGE_SIZE);
	switch (why->cause) {
	case QY_DEVICE_MASK:
		qy_device_why_say(why,
			"dma_set_mask() refuses %u bits: no zone of this board is kept below 0x%" PRIx64
			", and no IOMMU stands in front of the device",
			user->tree.mask_bits,
			(uint64_t)QY_DMA_BIT_MASK(user->tree.mask_bits));
		break;
	case QY_DEVICE_AREA:
		qy_device_why_say(why,
			"region %s: %s, its alone: what it has not, nobody else gives",
			region->name, qy_format_size(whole, sizeof(whole), region->size));
		say_holders(e, user, why);
		break;
	case QY_DEVICE_ORDER:
		area = area_of(e, user, &beyond);
		if (area < 0 && beyond &&
			qy_cma_stats(e->m, (uint32_t)qy_cma_default(e->m), &stats))
			qy_device_why_say(why,
				"area %s lies at 0x%" PRIx64
				", beyond %u bits: nothing of it is for this device",
				stats.name, stats.base_pfn * QY_PAGE_SIZE,
				user->tree.coherent_mask_bits);
		else
			qy_device_why_say(why, "the board has no CMA area for it");
		qy_device_why_say(why,
			"without one the largest block is 4 MiB; wanted %s in one piece",
			size);
		break;
	case QY_DEVICE_REACH:
		qy_device_why_say(why,
			"a page of the buffer lies beyond %u bits, and the board has no bounce buffer for it",
			user->tree.mask_bits);
		break;
	case QY_DEVICE_BOUNCE:
		qy_swiotlb_stats(e->m, &bounce);
		qy_device_why_say(why,
			"pages beyond %u bits are bounced: of %s of bounce buffers %s are in use, %s were at most",
			user->tree.mask_bits,
			slots_word(whole, sizeof(whole), bounce.nr_slots),
			slots_word(size, sizeof(size), bounce.used_slots),
			slots_word(most, sizeof(most), bounce.hiwater_slots));
		break;
	case QY_DEVICE_IOVA:
		qy_device_why_say(why,
			"%s has no %s of addresses left below %u bits, or no page for its tables",
			user->tree.iommu_name, size, user->tree.mask_bits);
		break;
	case QY_DEVICE_POOL:
		qy_device_why_say(why,
			"who may not sleep is served from a pool that is set up beforehand: it has no %s",
			size);
		break;
	case QY_DEVICE_CMA:
	case QY_DEVICE_MEMORY:
		break;
	}
}

/* The same request once more, to be told what was in the way. */
static void capture_cma(struct engine *e, struct caller *c, const struct batch *batch)
{
	struct qy_request_result *result = &e->check->request[c - e->caller];
	struct qy_contig_failure failure = { 0 };
	struct page *page;
	bool beyond;
	int area = area_of(e, c->user, &beyond);

	if (area < 0)
		return;
	page = qy_replay_cma_alloc(
		&e->replay, (uint32_t)area, c->spec->buffer_pages, &failure);
	if (page)
		qy_cma_release(e->m, (uint32_t)area, page, c->spec->buffer_pages);
	c->area = (uint32_t)area;
	result->cma_why = qy_play_cma_capture(e, c, batch, &failure);
}

static unsigned int order_of(const struct caller *c)
{
	unsigned int order = 0;

	if (c->spec->stream || c->user->dev.domain)
		return 0;
	while (order < QY_MAX_PAGE_ORDER && 1ull << order < c->spec->buffer_pages)
		order++;
	return order;
}

/* As the DMA API asks the page allocator. */
static qy_gfp_t zone_gfp(const struct engine *e, const struct caller *c)
{
	qy_gfp_t gfp = c->spec->gfp;

	if (c->spec->stream || c->user->dev.domain)
		return gfp;
	if (c->user->tree.coherent_mask_bits <= 24)
		return gfp | QY___GFP_DMA;
	if (c->user->tree.coherent_mask_bits <= 32)
		return gfp | (e->check->board->board.has_zone_dma32 ? QY___GFP_DMA32 : 0);
	return gfp;
}

static void note_refusal(struct engine *e, struct caller *c, const struct batch *batch,
	uint32_t block, bool had_pages)
{
	uint32_t i = (uint32_t)(c - e->caller);
	struct qy_request_result *result = &e->check->request[i];
	enum qy_device_cause cause = diagnose(e, c, had_pages);
	struct qy_device_why *why;

	qy_engine_log(e, "%s: buffer %u refused: %s", c->spec->name, block + 1,
		qy_device_cause_name(cause));
	qy_play_film_refused(e, i);
	if (e->hooks->trial || result->device_why)
		return;
	why = qy_device_why_new(cause, c->user->tree.name, e->now_ns);
	say_device(c->user, why);
	if (why)
		say_cause(e, c, why);
	result->device_why = why;
	result->why_round = c->round;
	result->why_block = block;
	if (cause == QY_DEVICE_CMA)
		capture_cma(e, c, batch);
	else if (cause == QY_DEVICE_MEMORY)
		result->why = qy_why_capture(e->m, &e->check->board->board,
			zone_gfp(e, c), order_of(c), c->spec->cpu, e->now_ns);
}

/* ------------------------------------------------------------------ a round */

struct device_buffer *qy_play_device_buffers(uint32_t nr)
{
	return calloc(nr, sizeof(struct device_buffer));
}

uint64_t qy_play_device_pages_in(const struct caller *c, const struct batch *batch,
	uint64_t base_pfn, uint64_t end_pfn)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < batch->nr; i++) {
		const struct device_buffer *b = &batch->buffer[i];

		if (!b->sg && b->pfn >= base_pfn && b->pfn < end_pfn)
			pages += c->spec->buffer_pages;
	}
	return pages;
}

static bool get(
	struct engine *e, struct caller *c, struct device_buffer *b, bool *had_pages)
{
	bool got;

	if (c->user->refused)
		return false;
	if (c->spec->context == QY_CONTEXT_ATOMIC)
		qy_preempt_disable();
	got = c->spec->stream ? get_streaming(e, c, b, had_pages) : get_coherent(e, c, b);
	if (c->spec->context == QY_CONTEXT_ATOMIC)
		qy_preempt_enable();
	return got;
}

void qy_play_device_fill(struct engine *e, struct caller *c, struct batch *batch)
{
	for (uint32_t i = 0; i < c->spec->count; i++) {
		struct device_buffer *b = &batch->buffer[batch->nr];
		bool had_pages = false;

		*b = (struct device_buffer){ .pfn = NO_PFN };
		if (!get(e, c, b, &had_pages)) {
			note_refusal(e, c, batch, i, had_pages);
			continue;
		}
		b->nr_pages = (uint32_t)c->spec->buffer_pages;
		film(e, c, b, true);
		device_writes(e, c->user, b);
		batch->nr++;
	}
}
