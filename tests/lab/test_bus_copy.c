// SPDX-License-Identifier: MIT
/*
 * Devices of the bundled boards copy buffers: what a device writes is what was to be written, and nothing else changes,
 * whatever lies between it and the memory.
 *
 * Each buffer has its own pages or its own cache lines, as a driver of a device that is not coherent must have it. A run
 * repeats by its seed.
 */
#include "tests/lab/test_board.h"

#include <quarry.h>
#include <quarry/bus_master.h>
#include <quarry/cpu_cache.h>
#include <quarry/dma.h>
#include <quarry/dma_debug.h>
#include <quarry/sim.h>
#include <quarry/slab.h>

#include "lab/board_device.h"

#define RING        64u
#define MAX_BYTES   (64u * 1024)
#define MAX_SEGS    8u
#define MARGIN      64u /* of each buffer, looked at afterwards */
#define MARGIN_BYTE 0xee

static uint64_t random_state;

static uint64_t random_u64(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)(random_u64() % n);
}

/* --- a board with one of its devices --------------------------------------------------------------- */

struct stand {
	struct qy_loaded_board *board;
	struct qy_machine *m;
	struct qy_dma_dev dev;
	struct qy_bus_master *bm;
	struct qy_cpu_cache *cache;
	struct qy_dma_debug *debug; /* correct drivers hear nothing of it */
	void *debug_memory;
	struct qy_bus_desc *ring;
	uint64_t ring_dma;
	uint32_t tail;
	uint32_t nr_irqs;
	uint32_t
		nr_refused; /* mappings that the device cannot reach and nobody bounces */
	char log[4096];
};

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	struct stand *s = arg;
	size_t length = strlen(s->log);

	if (level <= QY_LOG_WARNING)
		snprintf(s->log + length, sizeof(s->log) - length, "%s\n", line);
}

static void interrupt(void *arg)
{
	struct stand *s = arg;

	s->nr_irqs++;
}

static void load_board(struct stand *s, const char *name)
{
	char path[256], why[256] = "";
	struct qy_board_opts opts = { .dtb = path };
	struct qy_sim_opts sim = { .log = hear, .log_arg = s };
	struct qy_err err;

	memset(s, 0, sizeof(*s));
	snprintf(path, sizeof(path), "%s/boards/%s.dts", QY_SOURCE_DIR, name);
	s->board = qy_board_load(&opts, &err);
	if (!s->board)
		FAIL("%s", err.text);
	s->m = qy_sim_boot(&s->board->board, &sim, why, sizeof(why));
	if (!s->m)
		FAIL("%s: %s", name, why);
	s->debug_memory = malloc(qy_dma_debug_size(1000));
	CHECK(s->debug_memory);
	s->debug = qy_dma_debug_start(
		s->m, s->debug_memory, &(struct qy_dma_debug_opts){ .nr_entries = 1000 });
}

/* The driver's probe. Return: false when the device reaches nothing of this board. */
static bool probe(struct stand *s, const struct qy_board_device *desc)
{
	uint32_t bits = desc->address_bits ? desc->address_bits : 64;
	struct qy_bus_master_opts opts = { .irq = interrupt, .irq_arg = s };
	const struct qy_dt_device *device =
		&s->board->store->tree_devices[desc - s->board->board.devices];

	if (device->iommu == QY_IOMMU_ARM_SMMU_V3)
		opts.words = QY_IOMMU_WORDS_ARM_SMMU_V3;
	else if (device->iommu == QY_IOMMU_INTEL)
		opts.words = QY_IOMMU_WORDS_DMAR;
	opts.iommu_name = device->iommu_name;
	opts.stream = device->stream;
	opts.may_access = qy_dma_debug_access;
	opts.may_access_arg = s->debug;
	CHECK_EQ(qy_dma_dev_init(s->m, &s->dev, desc), 0);
	s->dev.driver = "copier";
	if (qy_dma_set_mask_and_coherent(&s->dev, QY_DMA_BIT_MASK(bits)))
		return false;
	s->cache = qy_cpu_cache_create(s->m);
	opts.cache = s->cache;
	s->bm = qy_bus_master_create(&s->dev, &opts);
	CHECK(s->cache && s->bm);
	s->ring = qy_dma_alloc_coherent(
		&s->dev, RING * sizeof(*s->ring), &s->ring_dma, QY_GFP_KERNEL);
	CHECK(s->ring);
	qy_bus_master_set_ring(s->bm, s->ring_dma, RING);
	s->tail = 0;
	return true;
}

static void detach(struct stand *s)
{
	if (s->bm) {
		qy_dma_free_coherent(
			&s->dev, RING * sizeof(*s->ring), s->ring, s->ring_dma);
		qy_bus_master_destroy(s->bm);
		qy_cpu_cache_destroy(s->cache);
		s->bm = NULL;
	}
	qy_dma_dev_remove(&s->dev);
}

static void take_down(struct stand *s)
{
	char why[256];

	if (!qy_machine_validate(s->m, why, sizeof(why)))
		FAIL("%s", why);
	qy_dma_debug_stop(s->debug);
	free(s->debug_memory);
	qy_sim_shutdown(s->m);
	qy_board_free(s->board);
}

static void queue(struct stand *s, uint64_t src, uint64_t dst, uint32_t length, bool last)
{
	s->ring[s->tail++ % RING] = (struct qy_bus_desc){ .src = src,
		.dst = dst,
		.length = length,
		.command = QY_BUS_COPY | (last ? QY_BUS_IRQ : 0) };
}

static void run(struct stand *s, uint32_t first)
{
	uint32_t before = s->nr_irqs;

	qy_bus_master_doorbell(s->bm, s->tail);
	CHECK_EQ(s->nr_irqs, before); /* its time has not come */
	qy_sim_advance(s->m, 10000000);
	CHECK_EQ(s->nr_irqs, before + 1);
	for (; first != s->tail; first++)
		CHECK_EQ(s->ring[first % RING].status, QY_BUS_DONE);
}

/* --- buffers ---------------------------------------------------------------------------------------- */

enum kind {
	COHERENT,
	SINGLE,
	LIST,
	NR_KINDS,
};

/* A buffer as its driver has it. */
struct buffer {
	enum kind kind;
	uint32_t size;
	enum qy_dma_direction dir;
	/* COHERENT, SINGLE: one piece; LIST: several */
	uint32_t nr_pieces, nr_segs;
	void *piece[MAX_SEGS];
	uint32_t offset[MAX_SEGS], length[MAX_SEGS];
	unsigned int order[MAX_SEGS];
	uint64_t dma;
	struct scatterlist sg[MAX_SEGS];
};

static unsigned int order_for(uint32_t bytes)
{
	unsigned int order = 0;

	while ((QY_PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

static char *data(const struct buffer *b, uint32_t i)
{
	return (char *)b->piece[i] + b->offset[i];
}

static void piece_alloc(
	struct stand *s, struct buffer *b, uint32_t i, uint32_t bytes, bool reachable)
{
	struct page *page;

	b->length[i] = bytes;
	b->offset[i] = MARGIN * (1 + below(8));
	b->order[i] = order_for(b->offset[i] + bytes + 2 * MARGIN);
	page = qy_alloc_pages(
		s->m, QY_GFP_KERNEL | (reachable ? QY___GFP_DMA : 0), b->order[i]);
	CHECK(page);
	b->piece[i] = qy_page_address(s->m, page);
}

static void make(struct stand *s, struct buffer *b, enum kind kind, uint32_t size,
	enum qy_dma_direction dir, bool reachable)
{
	*b = (struct buffer){ .kind = kind, .size = size, .dir = dir, .nr_pieces = 1 };
	if (kind == COHERENT) {
		b->length[0] = size;
		b->piece[0] =
			qy_dma_alloc_coherent(&s->dev, size, &b->dma, QY_GFP_KERNEL);
		CHECK(b->piece[0]);
		return;
	}
	b->nr_pieces = kind == LIST ? 1 + below(MAX_SEGS) : 1;
	if (b->nr_pieces > size)
		b->nr_pieces = size;
	for (uint32_t i = 0, left = size; i < b->nr_pieces; i++) {
		uint32_t rest = b->nr_pieces - i - 1;
		uint32_t bytes = rest ? 1 + below(left - rest) : left;

		piece_alloc(s, b, i, bytes, reachable);
		left -= bytes;
	}
}

static void give_back(struct stand *s, struct buffer *b)
{
	if (b->kind == COHERENT) {
		qy_dma_free_coherent(&s->dev, b->size, b->piece[0], b->dma);
		return;
	}
	for (uint32_t i = 0; i < b->nr_pieces; i++)
		qy_free_pages_addr(s->m, b->piece[i], b->order[i]);
}

/* Return: false when the device cannot reach it. */
static bool map(struct stand *s, struct buffer *b)
{
	int nr;

	if (b->kind == COHERENT)
		return true;
	if (b->kind == SINGLE) {
		b->dma = qy_dma_map_single(&s->dev, data(b, 0), b->size, b->dir, 0);
		return !qy_dma_mapping_error(&s->dev, b->dma);
	}
	for (uint32_t i = 0; i < b->nr_pieces; i++) {
		b->sg[i] = (struct scatterlist){
			.page_link = (unsigned long)qy_virt_to_page(s->m, b->piece[i]) |
				     (i + 1 == b->nr_pieces ? QY_SG_END : 0),
			.offset = b->offset[i],
			.length = b->length[i]
		};
		if (b->offset[i] >= QY_PAGE_SIZE)
			FAIL("offset %u", b->offset[i]);
	}
	nr = qy_dma_map_sg(&s->dev, b->sg, b->nr_pieces, b->dir, 0);
	b->nr_segs = nr > 0 ? (uint32_t)nr : 0;
	return nr > 0;
}

static void unmap(struct stand *s, struct buffer *b)
{
	if (b->kind == SINGLE)
		qy_dma_unmap_single(&s->dev, b->dma, b->size, b->dir, 0);
	else if (b->kind == LIST)
		qy_dma_unmap_sg(&s->dev, b->sg, b->nr_pieces, b->dir, 0);
}

static void lend(struct stand *s, struct buffer *b, bool to_cpu)
{
	if (b->kind == SINGLE && to_cpu)
		qy_dma_sync_single_for_cpu(&s->dev, b->dma, b->size, b->dir);
	else if (b->kind == SINGLE)
		qy_dma_sync_single_for_device(&s->dev, b->dma, b->size, b->dir);
	else if (b->kind == LIST && to_cpu)
		qy_dma_sync_sg_for_cpu(&s->dev, b->sg, b->nr_pieces, b->dir);
	else if (b->kind == LIST)
		qy_dma_sync_sg_for_device(&s->dev, b->sg, b->nr_pieces, b->dir);
}

/* --- bytes ------------------------------------------------------------------------------------------ */

/* The byte of position @at of a buffer that was filled by @seed. */
static uint8_t byte_of(uint64_t seed, uint32_t at)
{
	return (uint8_t)((seed + at) * 0x9e3779b1u >> 13);
}

static void fill(const struct buffer *b, uint64_t seed)
{
	for (uint32_t i = 0, at = 0; i < b->nr_pieces; i++)
		for (uint32_t k = 0; k < b->length[i]; k++, at++)
			data(b, i)[k] = (char)byte_of(seed, at);
}

static void set_margins(const struct buffer *b)
{
	for (uint32_t i = 0; i < b->nr_pieces && b->kind != COHERENT; i++) {
		memset(data(b, i) - MARGIN, MARGIN_BYTE, MARGIN);
		memset(data(b, i) + b->length[i], MARGIN_BYTE, MARGIN);
	}
}

static bool margins_hold(const struct buffer *b)
{
	for (uint32_t i = 0; i < b->nr_pieces && b->kind != COHERENT; i++)
		for (uint32_t k = 0; k < MARGIN; k++)
			if ((uint8_t)data(b, i)[-1 - (int)k] != MARGIN_BYTE ||
				(uint8_t)data(b, i)[b->length[i] + k] != MARGIN_BYTE)
				return false;
	return true;
}

static bool holds(const struct buffer *b, uint64_t seed)
{
	for (uint32_t i = 0, at = 0; i < b->nr_pieces; i++)
		for (uint32_t k = 0; k < b->length[i]; k++, at++)
			if ((uint8_t)data(b, i)[k] != byte_of(seed, at))
				return false;
	return true;
}

/* The bus address of position @at, and how many bytes lie behind it in one segment. */
static uint64_t bus_at(const struct buffer *b, uint32_t at, uint32_t *bytes)
{
	if (b->kind != LIST) {
		*bytes = b->size - at;
		return b->dma + at;
	}
	for (uint32_t i = 0; i < b->nr_segs; i++) {
		if (at < b->sg[i].dma_length) {
			*bytes = b->sg[i].dma_length - at;
			return b->sg[i].dma_address + at;
		}
		at -= b->sg[i].dma_length;
	}
	FAIL("the segments are shorter than the buffer");
}

/* As many entries as the two lists have edges. */
static void copy(struct stand *s, const struct buffer *src, const struct buffer *dst)
{
	uint32_t first = s->tail, at = 0, here, there;

	while (at < src->size) {
		uint64_t from = bus_at(src, at, &here), to = bus_at(dst, at, &there);
		uint32_t bytes = here < there ? here : there;

		queue(s, from, to, bytes, at + bytes == src->size);
		at += bytes;
	}
	run(s, first);
}

/* Two buffers of one size, mapped once, copied a few times with syncs in between. */
static bool exchange(struct stand *s, uint32_t size, bool reachable)
{
	struct buffer src, dst;
	uint32_t rounds = 1 + below(3);
	bool both = false;

	make(s, &src, (enum kind)below(NR_KINDS), size, QY_DMA_TO_DEVICE, reachable);
	make(s, &dst, (enum kind)below(NR_KINDS), size,
		below(2) ? QY_DMA_FROM_DEVICE : QY_DMA_BIDIRECTIONAL, reachable);
	set_margins(&src);
	set_margins(&dst);
	fill(&src, 0);
	fill(&dst, 1);
	if (map(s, &src)) {
		both = map(s, &dst);
		for (uint32_t round = 0; round < rounds && both; round++) {
			uint64_t seed = random_u64();

			lend(s, &src, true);
			fill(&src, seed);
			lend(s, &src, false);
			copy(s, &src, &dst);
			lend(s, &dst, true);
			if (!holds(&dst, seed) || !margins_hold(&dst))
				FAIL("%s: %u bytes, kinds %d and %d: other bytes than were copied",
					s->dev.desc->name, size, src.kind, dst.kind);
			lend(s, &dst, false);
		}
		if (both)
			unmap(s, &dst);
		unmap(s, &src);
	}
	CHECK(margins_hold(&src));
	give_back(s, &src);
	give_back(s, &dst);
	return both;
}

static uint32_t random_size(void)
{
	uint32_t most = 1u << (4 + below(13));

	return 1 + below(most < MAX_BYTES ? most : MAX_BYTES);
}

static void copies_on(const char *name, uint32_t nr)
{
	static struct stand s;
	struct qy_swiotlb_stats bounced;
	uint32_t nr_reached = 0;

	load_board(&s, name);
	for (uint32_t i = 0; i < s.board->board.nr_devices; i++) {
		const struct qy_board_device *desc = &s.board->board.devices[i];

		if (!desc->address_bits)
			continue; /* its driver is not known to the tree */
		if (probe(&s, desc)) {
			nr_reached++;
			/* what a device does not reach is bounced; bounce buffers lie below 4 GiB, not below 16 MiB */
			for (uint32_t k = 0; k < nr; k++)
				CHECK(exchange(
					&s, random_size(), desc->address_bits <= 24));
		}
		detach(&s);
	}
	CHECK(nr_reached);
	if (strcmp(name, "pc-8g") == 0)
		CHECK(qy_swiotlb_stats(s.m, &bounced) && bounced.hiwater_slots &&
			!bounced.used_slots);
	if (strstr(s.log, "DMA-API"))
		FAIL("%s: a correct driver was told:\n%s", name, s.log);
	take_down(&s);
}

/* 10,000 buffers on each board at QY_SCALE=20. */
TEST(bus_copy, every_device_of_every_board_copies_what_it_shall_and_no_more)
{
	static const char *const names[] = { "pc-8g", "pc-8g-vtd", "qemu-virt-4g-edu",
		"qemu-virt-4g-edu-smmu", "orin-nano-8g", "orin-nano-8g-nosmmu" };

	random_state = qy_test_seed();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		copies_on(names[i], (uint32_t)qy_test_scale(200));
}

/* --- what it must not reach ------------------------------------------------------------------------- */

/* A device writes where it was given a buffer, after the buffer was taken back. */
static void write_after_unmap(const char *board, const char *device, const char *expected)
{
	static struct stand s;
	const struct qy_board_device *desc;
	uint8_t *page, byte = 0x5a;
	char text[600];
	uint64_t dma;

	load_board(&s, board);
	desc = qy_board_device(&s.board->board, device);
	CHECK(desc);
	CHECK(probe(&s, desc));
	page = qy_get_zeroed_page(s.m, QY_GFP_KERNEL | QY___GFP_DMA);
	CHECK(page);
	dma = qy_dma_map_single(&s.dev, page, 100, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&s.dev, dma), 0);
	CHECK_EQ(qy_bus_master_write(s.bm, dma, &byte, 1), 0);
	qy_dma_unmap_single(&s.dev, dma, 100, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(page[0], 0x5a);
	page[0] = 1;
	CHECK_STR_EQ(s.log, "");
	CHECK(qy_bus_master_write(s.bm, dma, &byte, 1) != 0);
	CHECK_EQ(page[0], 1);
	snprintf(text, sizeof(text), expected, (unsigned long long)dma);
	CHECK_STR_EQ(s.log, text);
	qy_free_pages_addr(s.m, page, 0);
	detach(&s);
	take_down(&s);
}

TEST(bus_copy, a_buffer_that_was_taken_back_is_out_of_reach_on_every_board)
{
	write_after_unmap("orin-nano-8g", "15340000.vic",
		"arm-smmu 12000000.iommu: Unhandled context fault: fsr=0x402, iova=0x%08llx, fsynr=0x13, cbfrsynra=0x34, cb=0\n");
	write_after_unmap("qemu-virt-4g-edu-smmu", "0000:00:02.0",
		"arm-smmu-v3 9050000.smmuv3: event 0x10 received:\n"
		"arm-smmu-v3 9050000.smmuv3: \t0x0000001000000010\n"
		"arm-smmu-v3 9050000.smmuv3: \t0x0000020000000000\n"
		"arm-smmu-v3 9050000.smmuv3: \t0x%016llx\n"
		"arm-smmu-v3 9050000.smmuv3: \t0x0000000000000000\n");
	write_after_unmap("pc-8g-vtd", "0000:01:00.0",
		"DMAR: DRHD: handling fault status reg 2\n"
		"DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0x%llx [fault reason 0x05] PTE Write access is not set\n");
	/* without an IOMMU the checks stop it */
	write_after_unmap("pc-8g", "0000:01:00.0",
		"DMA-API: copier 0000:01:00.0: device accesses DMA memory it has not been given [device address=0x%016llx] [size=1 bytes] [DMA write]\n");
}
