/* SPDX-License-Identifier: MIT */
/*
 * The files of a machine: what each path reads, what may be written, and that a written setting is in force.
 */
#include "tests/model/rig.h"
#include "mm/watch/internal.h"
#include <quarry/vmalloc.h>

#define TEXT_BYTES 262144
#define VM         "/proc/sys/vm/"
#define FAULT      "/sys/kernel/debug/fail_page_alloc/"

static const char *read_file(struct rig *rig, const char *path)
{
	static char text[TEXT_BYTES];
	long length = qy_proc_read(rig->m, path, text, sizeof(text));

	CHECK(length >= 0 && length < TEXT_BYTES);
	CHECK_EQ(length, strlen(text));
	return text;
}

static void check_write(
	struct rig *rig, const char *path, const char *text, int result, const char *then)
{
	CHECK_EQ(qy_proc_write(rig->m, path, text), result);
	CHECK_STR_EQ(read_file(rig, path), then);
}

static void boot_pc(struct rig *rig)
{
	rig_x86(rig, MIB(128), 0, 2);
	rig->board.numa = true;
	rig_boot(rig);
}

TEST(procfs, every_path_is_readable_and_ends_its_last_line)
{
	const char *path;
	unsigned int n;
	struct rig rig;

	rig_x86(&rig, MIB(128), 0, 2);
	rig.board.numa = true;
	rig.board.page_owner = QY_PAGE_OWNER_ON;
	rig.board.mem_profiling = QY_MEM_PROFILING_ON;
	rig.board.kfence.sample_interval_ms = 100;
	rig_boot(&rig);
	CHECK(qy_vmalloc(rig.m, 1)); /* a list of none is empty */
	for (n = 0; (path = qy_proc_path(n)); n++) {
		const char *text;

		if (!(qy_proc_mode(path) & 0400)) {
			CHECK_EQ(qy_proc_read(rig.m, path, NULL, 0), -QY_EACCES);
			continue;
		}
		text = read_file(&rig, path);
		CHECK(strlen(text) > 0);
		CHECK_EQ(text[strlen(text) - 1], '\n');
	}
	CHECK_EQ(n, 63);
	rig_down(&rig);
}

TEST(procfs, sysrq_m_prints_the_memory)
{
	struct rig rig;

	boot_pc(&rig);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sysrq-trigger", ""), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sysrq-trigger", "b"), -QY_EINVAL);
	CHECK_EQ(rig_log_count(&rig, "\n"), 0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sysrq-trigger", "m\n"), 0);
	CHECK_EQ(rig_log_count(&rig, "sysrq: Show Memory\n"), 1);
	CHECK_EQ(rig_log_count(&rig, "Mem-Info:\n"), 1);
	rig_down(&rig);
}

TEST(procfs, unknown_and_forbidden_paths_are_told_apart)
{
	char text[8];
	struct rig rig;

	boot_pc(&rig);
	CHECK_EQ(qy_proc_read(rig.m, "/proc/buddyinf", text, sizeof(text)), -QY_ENOENT);
	CHECK_EQ(qy_proc_read(rig.m, "/proc/buddyinfo ", text, sizeof(text)), -QY_ENOENT);
	CHECK_EQ(qy_proc_read(rig.m, "", text, sizeof(text)), -QY_ENOENT);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/none", "1"), -QY_ENOENT);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/zoneinfo", "1"), -QY_EACCES);
	rig_down(&rig);
}

TEST(procfs, a_short_buffer_gets_the_beginning_and_the_whole_length)
{
	char text[10];
	long length;
	struct rig rig;

	boot_pc(&rig);
	length = (long)strlen(read_file(&rig, "/proc/buddyinfo"));
	CHECK_EQ(qy_proc_read(rig.m, "/proc/buddyinfo", NULL, 0), length);
	CHECK_EQ(qy_proc_read(rig.m, "/proc/buddyinfo", text, sizeof(text)), length);
	CHECK_STR_EQ(text, "Node 0, z");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ views */

TEST(procfs, buddyinfo_adds_up_to_the_free_pages)
{
	unsigned long counts[QY_NR_PAGE_ORDERS];
	const char *text;
	struct rig rig;

	boot_pc(&rig);
	text = strstr(read_file(&rig, "/proc/buddyinfo"), "Node 0, zone    DMA32 ");
	CHECK(text);
	text += strlen("Node 0, zone    DMA32 ");
	uint64_t sum = 0;

	for (int order = 0, n; order < QY_NR_PAGE_ORDERS; order++, text += n) {
		CHECK_EQ(sscanf(text, "%lu%n", &counts[order], &n), 1);
		sum += counts[order] << order;
	}
	CHECK_EQ(sum, rig_zone(rig.m, 0, QY_ZONE_DMA32).free_pages);
	CHECK_STR_EQ(strchr(text, '\n') ? "one line" : text, "one line");
	rig_down(&rig);
}

/* meminfo has the lines of a recorded kernel with CMA, and the totals of the zones. */
TEST(procfs, meminfo_has_every_line_in_order)
{
	FILE *file = fopen(QY_SOURCE_DIR "/tests/watch/data/cust_1g.txt", "r");
	unsigned long total, free, available;
	bool within = false;
	const char *text;
	char line[256];
	struct rig rig;

	CHECK(file);
	boot_pc(&rig);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9)); /* or free would be total */
	text = read_file(&rig, "/proc/meminfo");
	CHECK_EQ(sscanf(text, "MemTotal: %lu kB MemFree: %lu kB MemAvailable: %lu kB",
			 &total, &free, &available),
		3);
	CHECK_EQ(total, (rig_zone(rig.m, 0, QY_ZONE_DMA).managed_pages +
				rig_zone(rig.m, 0, QY_ZONE_DMA32).managed_pages) *
				4);
	CHECK_EQ(free, (rig_zone(rig.m, 0, QY_ZONE_DMA).free_pages +
			       rig_zone(rig.m, 0, QY_ZONE_DMA32).free_pages) *
			       4);
	CHECK_EQ(available, free - qy_totalreserve_pages(rig.m) * 4);
	while (fgets(line, sizeof(line), file)) {
		within |= !strncmp(line, "MemTotal:", 9);
		if (!within)
			continue;
		CHECK_EQ(strncmp(text, line, strcspn(line, ":") + 1), 0);
		text = strchr(text, '\n') + 1;
	}
	CHECK_EQ(*text, '\0');
	fclose(file);
	rig_down(&rig);
}

static unsigned long vmstat_value(const char *text, const char *name)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", name);
	at = strncmp(text, line + 1, strlen(line + 1)) ? strstr(text, line) : text - 1;
	if (!at)
		FAIL("vmstat has no %s", name);
	return strtoul(at + strlen(line), NULL, 10);
}

/* All that were ever given to the allocator, less all that it handed out, is what it has: so on recorded kernels too. */
TEST(procfs, vmstat_adds_up_to_what_is_free)
{
	unsigned long allocated, freed, kept;
	struct page *page, *block;
	const char *text;
	struct rig rig;

	boot_pc(&rig);
	text = read_file(&rig, "/proc/vmstat");
	CHECK_EQ(vmstat_value(text, "pgalloc_dma32"), 0);
	freed = vmstat_value(text, "pgfree");
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	block = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_DMA, 2));
	qy_free_pages(rig.m, page, 0);
	qy_free_pages(rig.m, block, 9);
	text = read_file(&rig, "/proc/vmstat");
	CHECK_EQ(vmstat_value(text, "pgalloc_dma"), 4);
	CHECK_EQ(vmstat_value(text, "pgalloc_dma32"), 513);
	CHECK_EQ(vmstat_value(text, "pgfree"), freed + 513);
	CHECK_EQ(vmstat_value(text, "numa_hit"), 3);
	allocated = vmstat_value(text, "pgalloc_dma") +
		    vmstat_value(text, "pgalloc_dma32") +
		    vmstat_value(text, "pgalloc_normal") +
		    vmstat_value(text, "pgalloc_movable");
	kept = rig_zone(rig.m, 0, QY_ZONE_DMA).pcp_pages +
	       rig_zone(rig.m, 0, QY_ZONE_DMA32).pcp_pages;
	CHECK(kept > 0);
	CHECK_EQ(vmstat_value(text, "pgfree") - allocated,
		vmstat_value(text, "nr_free_pages") + kept);
	rig_down(&rig);
}

/* What is there has the kernel's name, at the kernel's place, and no name twice. */
static void check_names_in_order(const char *text, const char *recording)
{
	char path[512], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/watch/data/%s", QY_SOURCE_DIR, recording);
	file = fopen(path, "r");
	CHECK(file);
	while (fgets(line, sizeof(line), file) && strcmp(line, "== vmstat\n") != 0)
		;
	while (fgets(line, sizeof(line), file)) {
		size_t length = strcspn(line, " ") + 1;

		if (strncmp(text, line, length) == 0)
			text = strchr(text, '\n') + 1;
	}
	fclose(file);
	CHECK_STR_EQ(text, "");
}

TEST(procfs, vmstat_has_names_of_the_kernel_in_its_order)
{
	const char *text;
	struct rig rig;

	boot_pc(&rig);
	text = read_file(&rig, "/proc/vmstat");
	CHECK_EQ(strncmp(text, "nr_free_pages ", 14), 0);
	CHECK(strstr(text, "\nnr_unstable 0\n"));
	check_names_in_order(text, "cust_1g.txt"); /* the one with CMA */
	rig_down(&rig);
	rig_x86(&rig, MIB(128), 0, 1); /* without NUMA and its counters */
	rig.board.numa = false;
	rig_boot(&rig);
	text = read_file(&rig, "/proc/vmstat");
	CHECK(!strstr(text, "numa_"));
	check_names_in_order(text, "cust_1g.txt");
	rig_down(&rig);
}

/* The lines of zoneinfo, without their numbers, are those of a recorded kernel with the same zones. */
TEST(procfs, zoneinfo_has_every_line_of_a_recorded_one)
{
	FILE *file = fopen(QY_SOURCE_DIR "/tests/watch/data/cust_1g.txt", "r");
	bool within = false;
	unsigned int lines = 0;
	const char *text;
	char line[256];
	struct rig rig;

	CHECK(file);
	boot_pc(&rig);
	text = read_file(&rig, "/proc/zoneinfo");
	while (fgets(line, sizeof(line), file)) {
		size_t name = strcspn(line + 6, "0123456789(") + 6;

		if (!strncmp(line, "== ", 3))
			within = !strcmp(line, "== zoneinfo\n");
		else if (within) {
			line[name] = '\0';
			CHECK(!strncmp(text, line, name) ||
				(printf("%s\n%.60s\n", line, text), false));
			text = strchr(text, '\n') + 1;
			lines++;
		}
	}
	CHECK_EQ(*text, '\0');
	CHECK_EQ(lines, 151);
	fclose(file);
	rig_down(&rig);
}

TEST(procfs, zoneinfo_counts_allocations_by_node)
{
	struct rig rig;

	boot_pc(&rig);
	for (unsigned int i = 0; i < 7; i++)
		CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0));
	CHECK(strstr(read_file(&rig, "/proc/zoneinfo"),
		"      numa_hit     7\n      numa_miss    0\n      numa_foreign 0\n"
		"      numa_interleave 0\n      numa_local   7\n      numa_other   0\n"));
	rig_down(&rig);
}

TEST(procfs, a_pageblock_knows_its_free_frames)
{
	struct qy_pageblock_info info;
	uint64_t free = 0, pages = 0;
	struct qy_zone_stats z;
	struct page *page;
	struct rig rig;
	uint32_t n, pairs = 0;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 5);
	for (n = 0; qy_pageblock_info(rig.m, n, &info); n++) {
		free += info.nr_free;
		pages += info.nr_pages;
		pairs += info.largest_free_order == 10;
		CHECK_EQ(info.start_pfn % 512, 0);
		if (info.start_pfn == qy_page_to_pfn(rig.m, page) / 512 * 512) {
			CHECK_EQ(info.nr_free, 512 - 32);
			CHECK_EQ(info.largest_free_order, 8);
			CHECK_EQ(info.migratetype, MIGRATE_UNMOVABLE);
			CHECK_STR_EQ(info.zone_name, "Normal");
		}
	}
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK_EQ(n, 32);
	CHECK_EQ(pairs, 30);
	CHECK_EQ(free, z.free_pages);
	CHECK_EQ(pages, z.present_pages);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ settings */

TEST(procfs, min_free_kbytes_moves_the_watermarks)
{
	struct rig rig;

	rig_one_zone(&rig, MIB(128), 2);
	rig_boot(&rig);
	check_write(&rig, VM "min_free_kbytes", "8192\n", 0, "8192\n");
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_NORMAL).watermark[WMARK_MIN], 2048);
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_NORMAL).watermark[WMARK_LOW], 2048 + 512);
	CHECK_EQ(rig.m->zones[QY_ZONE_NORMAL].pageset[0].high_min, 1280);
	check_write(&rig, VM "min_free_kbytes", "-1", -QY_EINVAL, "8192\n");
	check_write(&rig, VM "min_free_kbytes", "2147483648", -QY_EINVAL, "8192\n");
	check_write(&rig, VM "min_free_kbytes", "0", 0, "0\n");
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_NORMAL).watermark[WMARK_MIN], 0);
	rig_check_valid(rig.m, "min_free_kbytes");
	rig_down(&rig);
}

TEST(procfs, watermark_scale_factor_moves_low_and_high)
{
	struct qy_zone_stats z;
	struct rig rig;

	rig_one_zone(&rig, MIB(128), 2);
	rig_boot(&rig);
	CHECK_STR_EQ(read_file(&rig, VM "watermark_scale_factor"), "10\n");
	check_write(&rig, VM "watermark_scale_factor", "3000", 0, "3000\n");
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK_EQ(z.watermark[WMARK_HIGH] - z.watermark[WMARK_LOW],
		z.managed_pages * 3 / 10);
	check_write(&rig, VM "watermark_scale_factor", "0", -QY_EINVAL, "3000\n");
	check_write(&rig, VM "watermark_scale_factor", "3001", -QY_EINVAL, "3000\n");
	CHECK_STR_EQ(read_file(&rig, VM "watermark_boost_factor"), "15000\n");
	check_write(&rig, VM "watermark_boost_factor", "0", 0, "0\n");
	check_write(&rig, VM "watermark_boost_factor", "-1", -QY_EINVAL, "0\n");
	rig_check_valid(rig.m, "watermark_scale_factor");
	rig_down(&rig);
}

TEST(procfs, lowmem_reserve_ratio_is_one_number_a_zone)
{
	struct qy_zone_stats dma, dma32;
	struct rig rig;

	boot_pc(&rig);
	CHECK_STR_EQ(read_file(&rig, VM "lowmem_reserve_ratio"), "256\t256\t32\t0\n");
	check_write(&rig, VM "lowmem_reserve_ratio", "10", 0, "10\t256\t32\t0\n");
	dma = rig_zone(rig.m, 0, QY_ZONE_DMA);
	dma32 = rig_zone(rig.m, 0, QY_ZONE_DMA32);
	CHECK_EQ(dma.lowmem_reserve[QY_ZONE_DMA32], dma32.managed_pages / 10);
	CHECK_EQ(dma.lowmem_reserve[QY_ZONE_DMA], 0);
	check_write(&rig, VM "lowmem_reserve_ratio", " -5\t1 2 3\n", 0, "0\t1\t2\t3\n");
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_DMA).lowmem_reserve[QY_ZONE_DMA32], 0);
	check_write(&rig, VM "lowmem_reserve_ratio", "9 x", -QY_EINVAL, "0\t1\t2\t3\n");
	check_write(&rig, VM "lowmem_reserve_ratio", "", -QY_EINVAL, "0\t1\t2\t3\n");
	rig_down(&rig);
}

TEST(procfs, percpu_pagelist_high_fraction_sets_the_lists)
{
	struct rig rig;
	uint64_t managed;

	rig_one_zone(&rig, MIB(128), 2);
	rig_boot(&rig);
	managed = rig_zone(rig.m, 0, QY_ZONE_NORMAL).managed_pages;
	CHECK_STR_EQ(read_file(&rig, VM "percpu_pagelist_high_fraction"), "0\n");
	check_write(&rig, VM "percpu_pagelist_high_fraction", "8", 0, "8\n");
	CHECK_EQ(rig.m->zones[QY_ZONE_NORMAL].pageset[0].high_min, managed / 8 / 2);
	check_write(&rig, VM "percpu_pagelist_high_fraction", "7", -QY_EINVAL, "8\n");
	check_write(&rig, VM "percpu_pagelist_high_fraction", "1", -QY_EINVAL, "8\n");
	check_write(&rig, VM "percpu_pagelist_high_fraction", "0", 0, "0\n");
	CHECK(rig.m->zones[QY_ZONE_NORMAL].pageset[0].high_min <
		rig.m->zones[QY_ZONE_NORMAL].pageset[0].high_max);
	rig_check_valid(rig.m, "percpu_pagelist_high_fraction");
	rig_down(&rig);
}

TEST(procfs, fault_parameters_are_files)
{
	struct qy_fault_attr attr;
	struct rig rig;

	boot_pc(&rig);
	check_write(&rig, FAULT "probability", "100\n", 0, "100\n");
	check_write(&rig, FAULT "interval", "3", 0, "3\n");
	check_write(&rig, FAULT "times", "-1", 0, "-1\n");
	check_write(&rig, FAULT "space", "12", 0, "12\n");
	check_write(&rig, FAULT "verbose", "0", 0, "0\n");
	check_write(&rig, FAULT "min-order", "0x2", 0, "2\n");
	check_write(&rig, FAULT "ignore-gfp-wait", "N", 0, "N\n");
	check_write(&rig, FAULT "ignore-gfp-highmem", "off", 0, "N\n");
	check_write(&rig, FAULT "ignore-gfp-highmem", "on\n", 0, "Y\n");
	check_write(&rig, FAULT "ignore-gfp-highmem", "maybe", -QY_EINVAL, "Y\n");
	check_write(&rig, FAULT "ignore-gfp-highmem", "o", -QY_EINVAL, "Y\n");
	check_write(&rig, FAULT "probability", "-1", -QY_EINVAL, "100\n");
	check_write(&rig, FAULT "probability", "1 2", -QY_EINVAL, "100\n");
	check_write(&rig, FAULT "interval", "4294967296", -QY_EINVAL, "3\n");
	qy_fail_page_alloc_get(rig.m, &attr);
	CHECK_EQ(attr.probability, 100);
	CHECK_EQ(attr.interval, 3);
	CHECK_EQ(attr.times, -1);
	CHECK_EQ(attr.space, 12);
	CHECK_EQ(attr.min_order, 2);
	CHECK(!attr.ignore_gfp_wait && attr.ignore_gfp_highmem);
	rig_down(&rig);
}

TEST(procfs, numbers_are_read_as_the_kernel_reads_them)
{
	static const struct {
		const char *text;
		bool ok;
		s64 value;
	} cases[] = {
		{ "0", true, 0 },
		{ " \t42\n", true, 42 },
		{ "0x1F", true, 31 },
		{ "010", true, 8 },
		{ "-7", true, -7 },
		{ "08", false, 0 },
		{ "0x", false, 0 },
		{ "--1", false, 0 },
		{ "+1", false, 0 },
		{ "12abc", false, 0 },
		{ "1.5", false, 0 },
		{ "", false, 0 },
		{ " \n", false, 0 },
		{ "99999999999999999999999999", false, 0 },
		{ "1001", false, 0 },
		{ "-1001", false, 0 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		s64 value = 0;
		const char *rest = qy_parse_number(cases[i].text, -1000, 1000, &value);

		if (!rest != !cases[i].ok)
			FAIL("'%s'", cases[i].text);
		if (rest)
			CHECK_EQ(value, cases[i].value);
	}
}
