// SPDX-License-Identifier: MIT
/*
 * Checks of DMA calls: each planted mistake is said once, in its exact words; who makes none hears nothing.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/bus_master.h>
#include <quarry/dma.h>
#include <quarry/dma_debug.h>
#include <quarry/slab.h>

extern const char __executable_start, etext;

static struct rig rig;
static struct qy_dma_dev dev, other;
static struct qy_board_device desc, other_desc;
static struct qy_dma_debug *debug;
static void *memory;
static uint8_t *page; /* two pages, the device's driver's */

static void attach_opts(bool coherent, const struct qy_dma_debug_opts *opts)
{
	rig_one_zone(&rig, MIB(64), 2);
	rig_boot(&rig);
	memory = malloc(qy_dma_debug_size(opts->nr_entries));
	CHECK(memory);
	debug = qy_dma_debug_start(rig.m, memory, opts);
	desc = (struct qy_board_device){
		.name = "15340000.vic", .coherent = coherent, .address_bits = 40
	};
	other_desc = (struct qy_board_device){ .name = "15480000.nvdec" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	CHECK_EQ(qy_dma_dev_init(rig.m, &other, &other_desc), 0);
	dev.driver = other.driver = "tegra-vic";
	CHECK_EQ(qy_dma_set_mask_and_coherent(&dev, QY_DMA_BIT_MASK(40)), 0);
	CHECK_EQ(qy_dma_set_mask_and_coherent(&other, QY_DMA_BIT_MASK(40)), 0);
	page = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 1);
	CHECK(page);
}

static void attach(bool coherent)
{
	static const struct qy_dma_debug_opts opts = {
		.nr_entries = 100, .text_start = &__executable_start, .text_end = &etext
	};

	attach_opts(coherent, &opts);
}

static void detach(void)
{
	qy_dma_dev_remove(&other);
	qy_dma_dev_remove(&dev);
	qy_dma_debug_stop(debug);
	free(memory);
	qy_free_pages_addr(rig.m, page, 1);
	rig_check_valid(rig.m, "the checks went");
	rig_down(&rig);
}

/* Of all that was said by the checks, @text is the one line. "%llx" in it becomes the bus address. */
static void check_said(const char *format, uint64_t dma)
{
	char text[512], line[600];

	snprintf(text, sizeof(text), format, (unsigned long long)dma);
	snprintf(line, sizeof(line), "<4>DMA-API: tegra-vic 15340000.vic: %s\n", text);
	if (rig_log_count(&rig, line) != 1 || rig_log_count(&rig, "DMA-API") != 1)
		FAIL("expected once and alone:\n%s\nlog:\n%s", line, rig.log);
}

static uint64_t map(enum qy_dma_direction dir)
{
	uint64_t dma = qy_dma_map_single(&dev, page, 256, dir, 0);

	CHECK_EQ(qy_dma_mapping_error(&dev, dma), 0);
	return dma;
}

static void unmap(uint64_t dma, enum qy_dma_direction dir)
{
	qy_dma_unmap_single(&dev, dma, 256, dir, 0);
}

/* ------------------------------------------------------------------ who makes no mistake */

TEST(dma_debug, a_correct_driver_hears_nothing)
{
	struct qy_dma_debug_facts facts;
	struct scatterlist sg[2];
	uint64_t dma, in;
	struct page *pages;
	void *cpu;

	attach(false);
	cpu = qy_dma_alloc_coherent(&dev, 10000, &dma, QY_GFP_KERNEL);
	qy_dma_free_coherent(&dev, 10000, cpu, dma);
	pages = qy_dma_alloc_pages(&dev, 5000, &dma, QY_DMA_FROM_DEVICE, QY_GFP_KERNEL);
	qy_dma_sync_single_for_cpu(&dev, dma, 5000, QY_DMA_FROM_DEVICE);
	qy_dma_free_pages(&dev, 5000, pages, dma, QY_DMA_FROM_DEVICE);
	/* two directions, one beside the other in whole lines; one for reading twice */
	dma = map(QY_DMA_TO_DEVICE);
	in = qy_dma_map_single(&dev, page, 256, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, in), 0);
	qy_dma_unmap_single(&dev, in, 256, QY_DMA_TO_DEVICE, 0);
	in = qy_dma_map_single(&dev, page + 256, 256, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, in), 0);
	qy_dma_sync_single_for_cpu(&dev, in + 10, 20, QY_DMA_FROM_DEVICE);
	qy_dma_sync_single_for_device(&dev, in + 10, 20, QY_DMA_FROM_DEVICE);
	qy_dma_unmap_single(&dev, in, 256, QY_DMA_FROM_DEVICE, 0);
	unmap(dma, QY_DMA_TO_DEVICE);
	for (int i = 0; i < 2; i++)
		sg[i] = (struct scatterlist){
			.page_link = (unsigned long)qy_virt_to_page(
					     rig.m, page + QY_PAGE_SIZE * (size_t)i) |
				     (i ? QY_SG_END : 0),
			.offset = 128,
			.length = 1024
		};
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 2, QY_DMA_BIDIRECTIONAL, 0), 2);
	qy_dma_sync_sg_for_cpu(&dev, sg, 2, QY_DMA_BIDIRECTIONAL);
	qy_dma_unmap_sg(&dev, sg, 2, QY_DMA_BIDIRECTIONAL, 0);
	qy_dma_debug_facts(debug, &facts);
	CHECK_EQ(facts.nr_errors, 0);
	CHECK_EQ(facts.nr_free, 100);
	detach();
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 0);
}

/* ------------------------------------------------------------------ unmaps */

TEST(dma_debug, an_unmap_without_a_map_and_a_second_one_are_said)
{
	uint64_t dma;

	attach(true);
	qy_dma_unmap_single(&dev, 0x40001000, 64, QY_DMA_TO_DEVICE, 0);
	check_said(
		"device driver tries to free DMA memory it has not allocated [device address=0x%016llx] [size=64 bytes]",
		0x40001000);
	rig_log_clear(&rig);
	dma = map(QY_DMA_TO_DEVICE);
	unmap(dma, QY_DMA_TO_DEVICE);
	unmap(dma, QY_DMA_TO_DEVICE);
	check_said(
		"device driver tries to free DMA memory it has not allocated [device address=0x%016llx] [size=256 bytes]",
		dma);
	rig_log_clear(&rig);
	unmap(QY_DMA_MAPPING_ERROR, QY_DMA_TO_DEVICE);
	check_said("device driver tries to free an invalid DMA memory address", 0);
	detach();
}

TEST(dma_debug, another_devices_mapping_is_not_its_own)
{
	uint64_t dma;

	attach(true);
	dma = qy_dma_map_single(&other, page, 256, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&other, dma), 0);
	unmap(dma, QY_DMA_TO_DEVICE);
	check_said(
		"device driver tries to free DMA memory it has not allocated [device address=0x%016llx] [size=256 bytes]",
		dma);
	rig_log_clear(&rig);
	qy_dma_unmap_single(&other, dma, 256, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 0);
	detach();
}

TEST(dma_debug, an_unmap_that_differs_from_its_map_is_said)
{
	uint64_t dma;

	attach(true);
	dma = map(QY_DMA_TO_DEVICE);
	qy_dma_unmap_single(&dev, dma, 255, QY_DMA_TO_DEVICE, 0);
	check_said(
		"device driver frees DMA memory with different size [device address=0x%016llx] [map size=256 bytes] [unmap size=255 bytes]",
		dma);
	rig_log_clear(&rig);
	dma = map(QY_DMA_TO_DEVICE);
	unmap(dma, QY_DMA_FROM_DEVICE);
	check_said(
		"device driver frees DMA memory with different direction [device address=0x%016llx] [size=256 bytes] [mapped with DMA_TO_DEVICE] [unmapped with DMA_FROM_DEVICE]",
		dma);
	rig_log_clear(&rig);
	dma = map(QY_DMA_TO_DEVICE);
	qy_dma_unmap_resource(&dev, dma, 256, QY_DMA_TO_DEVICE, 0);
	check_said(
		"device driver frees DMA memory with wrong function [device address=0x%016llx] [size=256 bytes] [mapped as single] [unmapped as resource]",
		dma);
	detach();
}

TEST(dma_debug, a_list_wants_its_number_of_entries_back)
{
	struct scatterlist sg[2];

	attach(true);
	for (size_t i = 0; i < 2; i++)
		sg[i] = (struct scatterlist){
			.page_link = (unsigned long)qy_virt_to_page(
					     rig.m, page + QY_PAGE_SIZE * i) |
				     (i ? QY_SG_END : 0),
			.length = 64
		};
	CHECK_EQ(qy_dma_map_sg(&dev, sg, 2, QY_DMA_TO_DEVICE, 0), 2);
	qy_dma_sync_sg_for_device(&dev, sg, 1, QY_DMA_TO_DEVICE);
	check_said(
		"device driver syncs DMA sg list with different entry count [map count=2] [sync count=1]",
		0);
	rig_log_clear(&rig);
	qy_dma_unmap_sg(&dev, sg, 1, QY_DMA_TO_DEVICE, 0);
	check_said(
		"device driver frees DMA sg list with different entry count [map count=2] [unmap count=1]",
		0);
	rig_log_clear(&rig);
	qy_dma_dev_remove(&dev); /* the second segment is there still */
	CHECK_EQ(rig_log_count(&rig, "released from device [count=1]\n"), 1);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	detach();
}

TEST(dma_debug, coherent_memory_is_freed_at_its_address)
{
	uint64_t dma;
	char *cpu, text[256];

	attach(true);
	cpu = qy_dma_alloc_coherent(&dev, QY_PAGE_SIZE, &dma, QY_GFP_KERNEL);
	snprintf(text, sizeof(text),
		"device driver frees DMA memory with different CPU address [device address=0x%016llx] [size=4096 bytes] [cpu alloc address=0x%016llx] [cpu free address=0x%016llx]",
		(unsigned long long)dma, (unsigned long long)qy_virt_to_phys(rig.m, cpu),
		(unsigned long long)qy_virt_to_phys(rig.m, page));
	qy_dma_free_coherent(&dev, QY_PAGE_SIZE, page, dma);
	check_said(text, 0);
	/* the page that went was the other one */
	page = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 1);
	qy_dma_dev_remove(&other);
	qy_dma_dev_remove(&dev);
	qy_dma_debug_stop(debug);
	free(memory);
	rig_down(&rig);
}

TEST(dma_debug, an_error_of_a_mapping_that_nobody_asked_for_is_said_at_its_unmap)
{
	uint64_t dma;

	attach(true);
	dma = qy_dma_map_single(&dev, page, 256, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 0);
	unmap(dma, QY_DMA_TO_DEVICE);
	check_said(
		"device driver failed to check map error[device address=0x%016llx] [size=256 bytes] [mapped as single]",
		dma);
	detach();
}

/* ------------------------------------------------------------------ syncs */

TEST(dma_debug, a_sync_of_what_is_not_mapped_or_against_its_direction_is_said)
{
	uint64_t dma;

	attach(true);
	qy_dma_sync_single_for_cpu(&dev, 0x40002000, 64, QY_DMA_FROM_DEVICE);
	check_said(
		"device driver tries to sync DMA memory it has not allocated [device address=0x%016llx] [size=64 bytes]",
		0x40002000);
	rig_log_clear(&rig);
	dma = map(QY_DMA_FROM_DEVICE);
	qy_dma_sync_single_for_cpu(&dev, dma + 200, 57, QY_DMA_FROM_DEVICE);
	check_said(
		"device driver syncs DMA memory outside allocated range [device address=0x%016llx] [allocation size=256 bytes] [sync offset+size=257]",
		dma);
	rig_log_clear(&rig);
	qy_dma_sync_single_for_cpu(&dev, dma, 64, QY_DMA_BIDIRECTIONAL);
	check_said(
		"device driver syncs DMA memory with different direction [device address=0x%016llx] [size=64 bytes] [mapped with DMA_FROM_DEVICE] [synced with DMA_BIDIRECTIONAL]",
		dma);
	unmap(dma, QY_DMA_FROM_DEVICE);
	detach();
}

/* ------------------------------------------------------------------ memory that is none */

TEST(dma_debug, memory_of_the_stack_of_the_program_and_of_nobody_is_said)
{
	uint8_t local[64];
	void *heap = malloc(64);

	attach(true);
	CHECK_EQ(qy_dma_map_single(&dev, local, 64, QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	check_said("device driver maps memory from stack [addr=(____ptrval____)]", 0);
	rig_log_clear(&rig);
	CHECK_EQ(qy_dma_map_single(&dev, (const void *)(uintptr_t)check_said, 64,
			 QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	check_said(
		"device driver maps memory from kernel text or rodata [addr=(____ptrval____)] [len=64]",
		0);
	rig_log_clear(&rig);
	CHECK_EQ(qy_dma_map_single(&dev, heap, 64, QY_DMA_TO_DEVICE, 0),
		QY_DMA_MAPPING_ERROR);
	check_said(
		"device driver maps memory from invalid area [addr=(____ptrval____)] [len=64]",
		0);
	free(heap);
	detach();
}

TEST(dma_debug, memory_that_is_free_is_said)
{
	uint8_t *freed;
	uint64_t dma;
	char text[200];

	attach(true);
	freed = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	snprintf(text, sizeof(text),
		"device driver maps memory that is free [phys=0x%016llx] [len=64]",
		(unsigned long long)qy_virt_to_phys(rig.m, freed));
	qy_free_pages_addr(rig.m, freed, 0);
	dma = qy_dma_map_single(&dev, freed, 64, QY_DMA_TO_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, dma), 0);
	qy_dma_unmap_single(&dev, dma, 64, QY_DMA_TO_DEVICE, 0);
	check_said(text, 0);
	detach();
}

/*
 *	     |<--- a, 100 bytes --->|<--- b --->|
 *	     |   line 0   |   line 1    |   line 2 ...
 */
TEST(dma_debug, a_cache_line_that_two_mappings_share_is_said)
{
	uint64_t a, b;

	attach(false);
	a = qy_dma_map_single(&dev, page, 100, QY_DMA_FROM_DEVICE, 0);
	b = qy_dma_map_single(&dev, page + 100, 100, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, a) | qy_dma_mapping_error(&dev, b), 0);
	check_said("cacheline tracking EEXIST, overlapping mappings aren't supported", 0);
	qy_dma_unmap_single(&dev, b, 100, QY_DMA_FROM_DEVICE, 0);
	rig_log_clear(&rig);
	/* whole lines */
	b = qy_dma_map_single(&dev, page + 128, 64, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, b), 0);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 0);
	qy_dma_unmap_single(&dev, b, 64, QY_DMA_FROM_DEVICE, 0);
	qy_dma_unmap_single(&dev, a, 100, QY_DMA_FROM_DEVICE, 0);
	detach();

	/* a coherent device is told of what is mapped twice alone, as on Linux */
	attach(true);
	a = qy_dma_map_single(&dev, page, 100, QY_DMA_FROM_DEVICE, 0);
	b = qy_dma_map_single(&dev, page + 100, 100, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, a) | qy_dma_mapping_error(&dev, b), 0);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 0);
	qy_dma_unmap_single(&dev, b, 100, QY_DMA_FROM_DEVICE, 0);
	b = qy_dma_map_single(&dev, page + 10, 20, QY_DMA_FROM_DEVICE, 0);
	CHECK_EQ(qy_dma_mapping_error(&dev, b), 0);
	check_said("cacheline tracking EEXIST, overlapping mappings aren't supported", 0);
	qy_dma_unmap_single(&dev, b, 20, QY_DMA_FROM_DEVICE, 0);
	qy_dma_unmap_single(&dev, a, 100, QY_DMA_FROM_DEVICE, 0);
	detach();
}

TEST(dma_debug, a_segment_longer_than_the_device_takes_is_said)
{
	struct scatterlist sg = { .length = 2 * QY_PAGE_SIZE };

	attach(true);
	dev.max_segment_size = QY_PAGE_SIZE;
	sg.page_link = (unsigned long)qy_virt_to_page(rig.m, page) | QY_SG_END;
	CHECK_EQ(qy_dma_map_sg(&dev, &sg, 1, QY_DMA_TO_DEVICE, 0), 1);
	check_said(
		"mapping sg segment longer than device claims to support [len=8192] [max=4096]",
		0);
	qy_dma_unmap_sg(&dev, &sg, 1, QY_DMA_TO_DEVICE, 0);
	detach();
}

/* ------------------------------------------------------------------ devices and masks */

TEST(dma_debug, what_a_device_leaves_behind_is_said_when_it_goes)
{
	uint64_t dma;

	attach(true);
	dma = map(QY_DMA_TO_DEVICE);
	map(QY_DMA_TO_DEVICE);
	qy_dma_dev_remove(&dev);
	check_said(
		"device driver has pending DMA allocations while released from device [count=2]",
		0);
	{
		char text[256];

		snprintf(text, sizeof(text),
			"<4>One of leaked entries details: [device address=0x%016llx] [size=256 bytes] [mapped with DMA_TO_DEVICE] [mapped as single]\n",
			(unsigned long long)dma);
		CHECK_EQ(rig_log_count(&rig, text), 1);
	}
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	detach();
}

TEST(dma_debug, dma_before_a_mask_and_a_mask_wider_than_the_device_are_said)
{
	uint64_t dma;

	attach(true);
	qy_dma_dev_remove(&dev);
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
	dev.driver = "tegra-vic";
	dma = map(QY_DMA_TO_DEVICE);
	unmap(dma, QY_DMA_TO_DEVICE);
	unmap(map(QY_DMA_TO_DEVICE), QY_DMA_TO_DEVICE);
	check_said("device driver does DMA before it has set a DMA mask", 0);
	rig_log_clear(&rig);
	CHECK_EQ(qy_dma_set_mask(&dev, QY_DMA_BIT_MASK(64)), 0);
	check_said(
		"device driver sets a DMA mask of 0xffffffffffffffff, the device has 40 address bits",
		0);
	detach();
}

/* ------------------------------------------------------------------ the device's side */

/* Without an IOMMU nothing in the hardware stops these; the checks do, before a byte is touched. */
TEST(dma_debug, a_device_that_accesses_what_it_was_not_given_is_stopped)
{
	struct qy_bus_master_opts opts = { .may_access = qy_dma_debug_access };
	struct qy_bus_master *bm;
	uint8_t byte = 0x77;
	uint64_t dma;

	attach(true);
	opts.may_access_arg = debug;
	bm = qy_bus_master_create(&dev, &opts);
	CHECK(bm);
	memset(page, 1, QY_PAGE_SIZE);
	dma = map(QY_DMA_FROM_DEVICE);
	CHECK_EQ(qy_bus_master_write(bm, dma + 255, &byte, 1), 0);
	CHECK_EQ(page[255], 0x77);
	CHECK_EQ(qy_bus_master_write(bm, dma + 256, &byte, 1), QY_BUS_REFUSED);
	CHECK_EQ(page[256], 1);
	check_said(
		"device accesses DMA memory it has not been given [device address=0x%016llx] [size=1 bytes] [DMA write]",
		dma + 256);
	rig_log_clear(&rig);
	CHECK_EQ(qy_bus_master_read(bm, dma, &byte, 1), QY_BUS_REFUSED);
	check_said(
		"device accesses DMA memory against its direction [device address=0x%016llx] [size=1 bytes] [mapped with DMA_FROM_DEVICE] [DMA read]",
		dma);
	rig_log_clear(&rig);
	unmap(dma, QY_DMA_FROM_DEVICE);
	CHECK_EQ(qy_bus_master_write(bm, dma, &byte, 1), QY_BUS_REFUSED);
	CHECK_EQ(page[0], 1);
	check_said(
		"device accesses DMA memory it has not been given [device address=0x%016llx] [size=1 bytes] [DMA write]",
		dma);
	qy_bus_master_destroy(bm);
	detach();
}

/* ------------------------------------------------------------------ the checks themselves */

TEST(dma_debug, as_many_mistakes_are_printed_as_asked_for_and_all_are_counted)
{
	static const struct qy_dma_debug_opts opts = { .nr_entries = 8, .num_errors = 1 };
	static const struct qy_dma_debug_opts filter = { .nr_entries = 8,
		.driver_filter = "e1000" };
	struct qy_dma_debug_facts facts;

	attach_opts(true, &opts);
	for (int i = 0; i < 5; i++)
		unmap(0x40001000, QY_DMA_TO_DEVICE);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 1);
	qy_dma_debug_facts(debug, &facts);
	CHECK_EQ(facts.nr_errors, 5);
	detach();
	attach_opts(true, &filter);
	unmap(0x40001000, QY_DMA_TO_DEVICE);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 0);
	detach();
}

TEST(dma_debug, more_mappings_than_entries_end_the_checks)
{
	static const struct qy_dma_debug_opts opts = { .nr_entries = 4 };
	struct qy_dma_debug_facts facts;
	uint64_t dma[6];

	attach_opts(true, &opts);
	for (int i = 0; i < 6; i++)
		dma[i] = map(QY_DMA_TO_DEVICE);
	CHECK_EQ(
		rig_log_count(&rig, "DMA-API: debugging out of memory - disabling\n"), 1);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 1);
	for (int i = 0; i < 6; i++)
		unmap(dma[i], QY_DMA_TO_DEVICE);
	qy_dma_debug_facts(debug, &facts);
	CHECK(facts.disabled);
	CHECK_EQ(facts.min_free, 0);
	CHECK_EQ(rig_log_count(&rig, "DMA-API"), 1);
	qy_dma_debug_stop(debug);
	detach();
}

/* Random maps, syncs and unmaps, some of them wrong: as many mistakes are counted as were made. */
TEST(dma_debug, random_traffic_counts_exactly_the_mistakes_that_were_made)
{
	struct rig_random random = { qy_test_seed() };
	static const struct qy_dma_debug_opts opts = { .nr_entries = 64,
		.num_errors = 1 };
	struct qy_dma_debug_facts facts;
	struct {
		uint64_t dma;
		uint32_t size;
		uint8_t *memory;
	} held[32] = { { 0 } };
	uint64_t made = 0;

	attach_opts(true, &opts);
	for (uint64_t n = qy_test_scale(20000); n; n--) {
		uint32_t i = rig_below(&random, 32), what = rig_below(&random, 10);

		if (!held[i].size) {
			held[i].size = 1 + rig_below(&random, 2 * QY_PAGE_SIZE - 1);
			held[i].memory = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 1);
			held[i].dma = qy_dma_map_single(&dev, held[i].memory,
				held[i].size, QY_DMA_FROM_DEVICE, 0);
			if (what)
				CHECK(!qy_dma_mapping_error(&dev, held[i].dma));
			made += !what; /* said at its unmap */
			continue;
		}
		if (what == 0) {
			qy_dma_sync_single_for_cpu(
				&dev, held[i].dma + held[i].size, 1, QY_DMA_FROM_DEVICE);
			made++;
		} else if (what < 4) {
			uint32_t at = rig_below(&random, held[i].size);

			qy_dma_sync_single_for_cpu(&dev, held[i].dma + at,
				1 + rig_below(&random, held[i].size - at),
				QY_DMA_FROM_DEVICE);
		} else {
			bool wrong = what == 4;

			qy_dma_unmap_single(&dev, held[i].dma, held[i].size + wrong,
				QY_DMA_FROM_DEVICE, 0);
			made += wrong;
			qy_free_pages_addr(rig.m, held[i].memory, 1);
			held[i].size = 0;
		}
	}
	for (uint32_t i = 0; i < 32; i++) {
		if (!held[i].size)
			continue;
		qy_dma_unmap_single(
			&dev, held[i].dma, held[i].size, QY_DMA_FROM_DEVICE, 0);
		qy_free_pages_addr(rig.m, held[i].memory, 1);
	}
	qy_dma_debug_facts(debug, &facts);
	CHECK_EQ(facts.nr_errors, made);
	CHECK_EQ(facts.nr_free, 64);
	detach();
}
