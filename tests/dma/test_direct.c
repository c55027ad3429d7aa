// SPDX-License-Identifier: MIT
/*
 * Devices without an IOMMU: masks, where memory comes from, what a mapping's bus address is, and who is told.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/cma.h>
#include <quarry/dma.h>
#include <quarry/slab.h>

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_board_device desc;

/* A PC with @high bytes of RAM above 4 GiB, and a device on it. */
static void boot_pc(uint64_t high)
{
	rig_x86(&rig, MIB(256), high, 2);
	rig.board.dma.swiotlb_off = true;
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "0000:00:04.0", .pci = true };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
}

static void down(void)
{
	qy_dma_dev_remove(&dev);
	rig_check_valid(rig.m, "the device went");
	rig_down(&rig);
}

static bool all_zero(const void *p, size_t bytes)
{
	const char *at = p;

	return !at[0] && !memcmp(at, at + 1, bytes - 1);
}

/* ------------------------------------------------------------------ masks */

TEST(dma_direct, a_device_begins_with_32_bits_and_what_its_bus_carries)
{
	const struct qy_dma_range range = { GIB(1), 0, MIB(64) };

	boot_pc(0);
	CHECK_EQ(*dev.dma_mask, QY_DMA_BIT_MASK(32));
	CHECK_EQ(dev.coherent_dma_mask, QY_DMA_BIT_MASK(32));
	CHECK_EQ(dev.bus_dma_limit, 0);
	CHECK(dev.coherent);
	CHECK(qy_dma_dev_find(rig.m, "0000:00:04.0") == &dev);
	down();

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	desc = (struct qy_board_device){
		.name = "bus.dev", .dma_ranges = &range, .nr_dma_ranges = 1
	};
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(*dev.dma_mask, QY_DMA_BIT_MASK(26));
	CHECK_EQ(dev.bus_dma_limit, MIB(64) - 1);
	CHECK(!dev.coherent);
	down();
}

/* The zone DMA of a PC ends at 16 MiB: a mask of 24 bits is served, one of 23 is not. */
TEST(dma_direct, a_mask_below_the_lowest_zone_is_refused_and_changes_nothing)
{
	static const struct {
		unsigned int bits;
		int err;
	} masks[] = { { 64, 0 }, { 40, 0 }, { 32, 0 }, { 31, 0 }, { 24, 0 }, { 23, -5 },
		{ 20, -5 }, { 12, -5 } };

	boot_pc(0);
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		CHECK_EQ(qy_dma_set_mask_and_coherent(
				 &dev, QY_DMA_BIT_MASK(masks[i].bits)),
			masks[i].err);
	CHECK_EQ(*dev.dma_mask, QY_DMA_BIT_MASK(24));
	CHECK_EQ(dev.coherent_dma_mask, QY_DMA_BIT_MASK(24));
	CHECK(qy_dma_addressing_limited(&dev));
	CHECK_EQ(qy_dma_get_required_mask(&dev), QY_DMA_BIT_MASK(28));
	down();
}

/* ------------------------------------------------------------------ memory */

TEST(dma_direct, memory_is_zeroed_whole_pages_below_the_mask_and_all_comes_back)
{
	static const size_t sizes[] = { 1, 100, 4096, 4097, 12288, 65536, MIB(1), MIB(3),
		MIB(4) };
	static const unsigned int bits[] = { 64, 32, 28, 24 };
	uint64_t dma, before;

	boot_pc(MIB(128));
	before = rig_free_frames(rig.m);
	for (size_t k = 0; k < sizeof(bits) / sizeof(bits[0]); k++) {
		CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(bits[k])), 0);
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			char *cpu = qy_dma_alloc_coherent(
				&dev, sizes[i], &dma, QY_GFP_KERNEL);

			CHECK(cpu);
			CHECK(all_zero(cpu, sizes[i]));
			CHECK_EQ(dma & (QY_PAGE_SIZE - 1), 0);
			CHECK(dma + sizes[i] - 1 <= QY_DMA_BIT_MASK(bits[k]));
			CHECK_EQ(qy_virt_to_phys(rig.m, cpu), dma);
			if (bits[k] == 24)
				CHECK_STR_EQ(qy_page_zone_name(
						     rig.m, qy_virt_to_page(rig.m, cpu)),
					"DMA");
			if (bits[k] == 64)
				CHECK_STR_EQ(qy_page_zone_name(
						     rig.m, qy_virt_to_page(rig.m, cpu)),
					"Normal");
			memset(cpu, 0x5a, sizes[i]);
			qy_dma_free_coherent(&dev, sizes[i], cpu, dma);
		}
		CHECK(!qy_dma_alloc_coherent(
			&dev, MIB(4) + 1, &dma, QY_GFP_KERNEL | QY___GFP_NOWARN));
	}
	CHECK_EQ(rig_free_frames(rig.m), before);
	down();
}

TEST(dma_direct, requests_that_linux_refuses_are_refused)
{
	uint64_t dma;

	boot_pc(0);
	CHECK(!qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_KERNEL | QY___GFP_COMP));
	CHECK_EQ(rig_log_count(&rig, "__GFP_COMP"), 1);
	CHECK(!qy_dma_alloc_coherent(&dev, 0, &dma, QY_GFP_KERNEL));
	CHECK(!qy_dma_alloc_coherent(&dev, SIZE_MAX, &dma, QY_GFP_KERNEL));
	CHECK(!qy_dma_alloc_pages(
		&dev, 4096, &dma, QY_DMA_TO_DEVICE, QY_GFP_KERNEL | QY___GFP_DMA32));
	dev.coherent_dma_mask = 0;
	CHECK(!qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_EQ(rig_log_count(&rig, "coherent_dma_mask is 0"), 1);
	qy_dma_free_coherent(&dev, 4096, NULL, 0);
	down();
}

/* A mask of 30 bits has no zone that ends there: DMA32 is asked, and where it answers too high, DMA. */
TEST(dma_direct, a_mask_between_zones_falls_back_to_the_lower_zone)
{
	uint64_t dma;
	void *cpu;

	rig_init(&rig, QY_ARCH_X86_64, 1);
	rig_bank(&rig, MIB(1), MIB(15), 0);
	rig_bank(&rig, GIB(2), MIB(64), 0);
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "30bit" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(30)), 0);
	cpu = qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_KERNEL);
	CHECK(cpu);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, qy_virt_to_page(rig.m, cpu)), "DMA");
	qy_dma_free_coherent(&dev, 4096, cpu, dma);
	down();
}

static void boot_with_cma(void)
{
	const uint32_t pool = QY_RESERVED_REUSABLE | QY_RESERVED_DMA_POOL;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(16) };
	rig.reserved[0] = (struct qy_reserved){
		.name = "vpu", .base = GIB(1) + MIB(8), .size = MIB(8), .flags = pool
	};
	rig.board.reserved = rig.reserved;
	rig.board.nr_reserved = 1;
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "cam", .coherent = true };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
}

static uint64_t used_of(int area)
{
	struct qy_cma_stats stats;

	CHECK(qy_cma_stats(rig.m, (uint32_t)area, &stats));
	return stats.used_pages;
}

TEST(dma_direct, cma_serves_what_is_above_one_page_and_may_sleep)
{
	int area;
	uint64_t dma;
	void *cpu;

	boot_with_cma();
	area = qy_cma_default(rig.m);
	cpu = qy_dma_alloc_coherent(&dev, MIB(6), &dma, QY_GFP_KERNEL);
	CHECK(cpu);
	CHECK_EQ(used_of(area), 1536);
	CHECK_EQ(dma & (MIB(1) - 1), 0);
	qy_dma_free_coherent(&dev, MIB(6), cpu, dma);
	CHECK_EQ(used_of(area), 0);
	cpu = qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_KERNEL);
	CHECK_EQ(used_of(area), 0);
	qy_dma_free_coherent(&dev, 4096, cpu, dma);
	cpu = qy_dma_alloc_coherent(&dev, 65536, &dma, QY_GFP_ATOMIC);
	CHECK(cpu);
	CHECK_EQ(used_of(area), 0);
	qy_dma_free_coherent(&dev, 65536, cpu, dma);
	down();
}

TEST(dma_direct, an_area_of_its_own_serves_single_pages_too)
{
	uint64_t dma;
	void *cpu;
	int area;

	boot_with_cma();
	qy_dma_dev_remove(&dev);
	desc.memory_region = 1;
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	area = qy_cma_find(rig.m, "vpu");
	CHECK_EQ(dev.cma, area);
	cpu = qy_dma_alloc_coherent(&dev, 4096, &dma, QY_GFP_KERNEL);
	CHECK(cpu);
	CHECK_EQ(used_of(area), 1);
	CHECK(dma >= GIB(1) + MIB(8) && dma < GIB(1) + MIB(16));
	qy_dma_free_coherent(&dev, 4096, cpu, dma);
	CHECK_EQ(used_of(area), 0);
	qy_dma_dev_remove(&dev);
	desc.memory_region = 7;
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), -22);
	rig_down(&rig);
}

TEST(dma_direct, managed_memory_goes_with_the_device)
{
	uint64_t before, dma, dma2;
	void *first;

	boot_pc(0);
	qy_kfree(rig.m, qy_kmalloc(rig.m, 64, QY_GFP_KERNEL));
	before = rig_free_frames(rig.m);
	first = qy_dmam_alloc_attrs(&dev, MIB(1), &dma, QY_GFP_KERNEL, 0);
	CHECK(first);
	CHECK(qy_dmam_alloc_attrs(&dev, 4096, &dma2, QY_GFP_KERNEL, 0));
	qy_dmam_free_coherent(&dev, MIB(1), first, dma);
	CHECK_EQ(rig_log_count(&rig, "WARNING"), 0);
	qy_dma_dev_remove(&dev);
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ mappings */

TEST(dma_direct, a_mapping_is_the_physical_address_seen_through_dma_ranges)
{
	const struct qy_dma_range range = { GIB(1), MIB(512), MIB(64) };
	uint64_t dma, phys;
	size_t bytes;
	char *p;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	desc = (struct qy_board_device){
		.name = "bus.dev", .dma_ranges = &range, .nr_dma_ranges = 1
	};
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	p = qy_kmalloc(rig.m, 3000, QY_GFP_KERNEL);
	dma = qy_dma_map_single(&dev, p, 3000, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, dma), 0);
	CHECK_EQ(dma, qy_virt_to_phys(rig.m, p) - GIB(1) + MIB(512));
	CHECK_EQ(qy_dma_to_phys(&dev, dma, false, &phys, &bytes), QY_DMA_REACHED);
	CHECK_EQ(phys, qy_virt_to_phys(rig.m, p));
	CHECK(bytes >= 3000);
	CHECK(qy_dma_ram(rig.m, phys) == p);
	CHECK_EQ(qy_dma_to_phys(&dev, GIB(1), false, &phys, &bytes), QY_DMA_FAULT_BUS);
	CHECK_EQ(qy_dma_to_phys(&dev, MIB(500), false, &phys, &bytes), QY_DMA_FAULT_BUS);
	qy_dma_unmap_single(&dev, dma, 3000, QY_DMA_TO_DEVICE, 0);
	qy_kfree(rig.m, p);
	down();
}

TEST(dma_direct, a_mapping_past_the_mask_fails_and_says_so_once)
{
	struct page *page;

	boot_pc(MIB(64));
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(qy_page_to_phys(rig.m, page) >= GIB(4));
	for (int i = 0; i < 2; i++) {
		uint64_t dma = qy_dma_map_page(&dev, page, 0, 512, QY_DMA_FROM_DEVICE, 0);

		CHECK_EQ(dma, QY_DMA_MAPPING_ERROR);
		CHECK_EQ(qy_dma_mapping_error(&dev, dma), -12);
	}
	CHECK_EQ(rig_log_count(&rig, "pci 0000:00:04.0: DMA addr 0x"), 1);
	CHECK_EQ(rig_log_count(&rig, "+512 overflow (mask ffffffff, bus limit 0)."), 1);
	CHECK_EQ(qy_dma_set_mask(&dev, QY_DMA_BIT_MASK(64)), 0);
	CHECK_EQ(qy_dma_map_page(&dev, page, 64, 512, QY_DMA_FROM_DEVICE, 0),
		qy_page_to_phys(rig.m, page) + 64);
	qy_free_pages(rig.m, page, 0);
	down();
}

TEST(dma_direct, a_stack_is_refused)
{
	char stack[64];

	boot_pc(0);
	CHECK_EQ(qy_dma_map_single(&dev, stack, sizeof(stack), QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	CHECK_EQ(rig_log_count(&rig, "rejecting DMA map of vmalloc memory"), 1);
	down();
}

TEST(dma_direct, the_device_drives_only_so_many_address_lines)
{
	uint64_t phys;

	boot_pc(0);
	qy_dma_dev_remove(&dev);
	desc.address_bits = 24;
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(qy_dma_to_phys(&dev, MIB(16) - 1, true, &phys, NULL), QY_DMA_REACHED);
	CHECK_EQ(qy_dma_to_phys(&dev, MIB(16), true, &phys, NULL), QY_DMA_FAULT_WIDTH);
	down();
}

TEST(dma_direct, a_list_is_mapped_piece_by_piece_or_not_at_all)
{
	struct scatterlist sg[3] = { 0 };
	struct page *high, *low[2];

	boot_pc(MIB(64));
	high = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	for (int i = 0; i < 2; i++) {
		low[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY_GFP_DMA32, 0);
		sg[i].page_link = (unsigned long)low[i];
		sg[i].offset = 16;
		sg[i].length = 1000;
	}
	sg[2].page_link = (unsigned long)high | QY_SG_END;
	sg[2].length = 4096;
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 3, QY_DMA_TO_DEVICE, 0), -5);
	sg[1].page_link |= QY_SG_END;
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 2, QY_DMA_TO_DEVICE, 0), 2);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(sg[i].dma_address, qy_page_to_phys(rig.m, low[i]) + 16);
		CHECK_EQ(sg[i].dma_length, 1000);
		qy_free_pages(rig.m, low[i], 0);
	}
	qy_dma_unmap_sg(&dev, sg, 2, QY_DMA_TO_DEVICE, 0);
	qy_free_pages(rig.m, high, 0);
	down();
}

/* ------------------------------------------------------------------ who is told */

struct told {
	unsigned int map, unmap, sync, alloc, free, error, mask, add, remove, address;
	struct qy_dma_record last;
};

static void on_map(void *arg, struct qy_dma_dev *d, const struct qy_dma_record *r)
{
	(void)d;
	((struct told *)arg)->map++;
	((struct told *)arg)->last = *r;
}

static void on_unmap(void *arg, struct qy_dma_dev *d, const struct qy_dma_record *r)
{
	(void)d;
	((struct told *)arg)->unmap++;
	((struct told *)arg)->last = *r;
}

static void on_sync(
	void *arg, struct qy_dma_dev *d, const struct qy_dma_record *r, bool for_cpu)
{
	(void)d;
	(void)for_cpu;
	((struct told *)arg)->sync++;
	((struct told *)arg)->last = *r;
}

static void on_alloc(void *arg, struct qy_dma_dev *d, const struct qy_dma_record *r)
{
	(void)d;
	((struct told *)arg)->alloc++;
	((struct told *)arg)->last = *r;
}

static void on_free(void *arg, struct qy_dma_dev *d, const struct qy_dma_record *r)
{
	(void)d;
	((struct told *)arg)->free++;
	((struct told *)arg)->last = *r;
}

static void on_error(void *arg, struct qy_dma_dev *d, uint64_t dma)
{
	(void)d;
	(void)dma;
	((struct told *)arg)->error++;
}

static void on_mask(
	void *arg, struct qy_dma_dev *d, bool coherent, uint64_t mask, int err)
{
	(void)d;
	(void)coherent;
	(void)mask;
	((struct told *)arg)->mask += err == 0;
}

static void on_add(void *arg, struct qy_dma_dev *d)
{
	d->observer = arg;
	((struct told *)arg)->add++;
}

static void on_remove(void *arg, struct qy_dma_dev *d)
{
	CHECK(d->observer == arg);
	((struct told *)arg)->remove++;
}

static void on_address(void *arg, struct qy_dma_dev *d, const void *addr, size_t size,
	enum qy_dma_direction dir)
{
	(void)d;
	(void)addr;
	(void)size;
	(void)dir;
	((struct told *)arg)->address++;
}

TEST(dma_direct, whoever_observes_is_told_of_every_call)
{
	struct told told = { 0 };
	const struct qy_dma_observer observer = { .arg = &told,
		.map_address = on_address,
		.map = on_map,
		.unmap = on_unmap,
		.sync = on_sync,
		.alloc = on_alloc,
		.free = on_free,
		.mapping_error = on_error,
		.set_mask = on_mask,
		.add = on_add,
		.remove = on_remove };
	uint64_t dma;
	void *cpu, *p;

	rig_x86(&rig, MIB(256), 0, 1);
	rig_boot(&rig);
	qy_dma_observe(rig.m, &observer);
	desc = (struct qy_board_device){ .name = "seen" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(32)), 0);
	cpu = qy_dma_alloc_coherent(&dev, 5000, &dma, QY_GFP_KERNEL);
	CHECK_EQ(told.last.kind, QY_DMA_COHERENT);
	CHECK_EQ(told.last.size, 5000);
	CHECK_EQ(told.last.phys, dma);
	CHECK(told.last.cpu == cpu);
	qy_dma_free_coherent(&dev, 5000, cpu, dma);
	p = qy_kmalloc(rig.m, 256, QY_GFP_KERNEL);
	dma = qy_dma_map_single(&dev, p, 256, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(told.last.kind, QY_DMA_SINGLE);
	CHECK_EQ(told.last.dma, dma);
	CHECK_EQ(told.last.dir, QY_DMA_FROM_DEVICE);
	qy_dma_mapping_error(&dev, dma);
	qy_dma_sync_single_for_cpu(&dev, dma, 128, QY_DMA_FROM_DEVICE);
	CHECK_EQ(told.last.size, 128);
	qy_dma_unmap_single(&dev, dma, 256, QY_DMA_FROM_DEVICE, 0);
	qy_kfree(rig.m, p);
	qy_dma_dev_remove(&dev);
	CHECK_EQ(told.map, 1);
	CHECK_EQ(told.unmap, 1);
	CHECK_EQ(told.sync, 1);
	CHECK_EQ(told.alloc, 1);
	CHECK_EQ(told.free, 1);
	CHECK_EQ(told.error, 1);
	CHECK_EQ(told.mask, 2);
	CHECK_EQ(told.add, 1);
	CHECK_EQ(told.remove, 1);
	CHECK_EQ(told.address, 1);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ caches */

static unsigned int nr_for_device, nr_for_cpu;
static int64_t uncached_bytes;

static void for_device(void *arg, uint64_t phys, size_t size, enum qy_dma_direction dir)
{
	(void)arg;
	(void)phys;
	(void)size;
	(void)dir;
	nr_for_device++;
}

static void for_cpu(void *arg, uint64_t phys, size_t size, enum qy_dma_direction dir)
{
	(void)arg;
	(void)phys;
	(void)size;
	(void)dir;
	nr_for_cpu++;
}

static void uncached(void *arg, uint64_t phys, size_t size, bool on)
{
	(void)arg;
	(void)phys;
	uncached_bytes += on ? (int64_t)size : -(int64_t)size;
}

TEST(dma_direct, the_cache_is_told_for_devices_that_do_not_see_it_and_for_no_other)
{
	static const struct qy_dma_cache cache = { NULL, for_device, for_cpu, uncached };

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	qy_dma_set_cache(rig.m, &cache);
	for (int coherent = 0; coherent < 2; coherent++) {
		uint64_t dma;
		void *p = qy_kmalloc(rig.m, 256, QY_GFP_KERNEL), *cpu;

		nr_for_device = nr_for_cpu = 0;
		desc = (struct qy_board_device){ .name = "c", .coherent = coherent };
		CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
		dma = qy_dma_map_single(&dev, p, 256, QY_DMA_BIDIRECTIONAL, 0);
		CHECK_EQ(qy_dma_need_sync(&dev, dma), !coherent);
		qy_dma_sync_single_for_cpu(&dev, dma, 256, QY_DMA_BIDIRECTIONAL);
		qy_dma_sync_single_for_device(&dev, dma, 256, QY_DMA_BIDIRECTIONAL);
		qy_dma_unmap_single(&dev, dma, 256, QY_DMA_BIDIRECTIONAL, 0);
		dma = qy_dma_map_single(
			&dev, p, 256, QY_DMA_TO_DEVICE, QY_DMA_ATTR_SKIP_CPU_SYNC);
		qy_dma_unmap_single(
			&dev, dma, 256, QY_DMA_TO_DEVICE, QY_DMA_ATTR_SKIP_CPU_SYNC);
		CHECK_EQ(nr_for_device, coherent ? 0 : 2);
		CHECK_EQ(nr_for_cpu, coherent ? 0 : 2);
		cpu = qy_dma_alloc_coherent(&dev, 5000, &dma, QY_GFP_KERNEL);
		CHECK_EQ(uncached_bytes, coherent ? 0 : 8192);
		qy_dma_free_coherent(&dev, 5000, cpu, dma);
		CHECK_EQ(uncached_bytes, 0);
		qy_kfree(rig.m, p);
		qy_dma_dev_remove(&dev);
	}
	rig_down(&rig);
}
