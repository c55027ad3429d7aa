// SPDX-License-Identifier: MIT
/*
 * From data/shapes/NAME.txt to a booted machine.
 *
 * x86-64: what the kernel kept of each zone is reserved from the zone's first RAM on; what it gave back late lies where
 * it lay there: parts of the image from 16 MiB, the initrd at its address. arm64: each range lies where it lay.
 *
 * No state.
 */
#include "mm/machine.h"
#include "mm/page/pcplist.h"
#include "lab/board.h"
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define SZ_1M     0x100000ull
#define SZ_16M    0x1000000ull
#define TREE_SIZE 8192
#define MAX_SPANS 32
#define SRAT      "ACPI: SRAT: Node "
#define SHAPES    QY_SOURCE_DIR "/tests/conformance/data/shapes/"

/* ------------------------------------------------------------------ the file */

const char *const all_shapes[] = { "arm_1g", "arm_1g1", "arm_areas", "arm_badnode",
	"arm_c12", "arm_cma256", "arm_cma256r-cmd", "arm_cmabig", "arm_cmabusy",
	"arm_cmafix", "arm_cmahi", "arm_cmahigh", "arm_cmalim", "arm_cmaodd",
	"arm_cmaout", "arm_cmapast", "arm_cmawin", "arm_contig", "arm_dma1g", "arm_dma3",
	"arm_dma4", "arm_dma5", "arm_dma6", "arm_dma7", "arm_frag", "arm_frag0", "arm_kc",
	"arm_m1gmem", "arm_m4g6", "arm_m4gmov", "arm_m512s1", "arm_m8g6",
	"arm_m8g6cma256", "arm_mixed", "arm_mv2", "arm_nothp", "arm_numa2",
	"arm_numa2off", "arm_numa3", "arm_numanodist", "arm_odd2", "arm_pin",
	"arm_resmem", "arm_two", "arm_wmcma", "x_1g64", "x_2g256", "x_4g300", "x_512c256",
	"x_6gwin", "x_8g0_4g", "x_8g0_6g", "x_8g512", "x_8gfix", "x_big", "x_busy",
	"x_c1", "x_c2", "x_def", "x_kc", "x_mem", "x_misal", "x_mv", "x_mvall", "x_none",
	"x_odd100", "x_past", "x_pin", "x_s16", "x_wmcma", "cpuless", "inter_kc", "kc3g",
	"kc60", "kc_all", "kc_mv", "m12g_s3", "m192", "m256", "m2g_s4", "m3g_s8",
	"m512s1", "m6g_mv1g", "m6g_s4", "maxcpus", "mem1500", "mem4500", "mem5g", "mv2g",
	"mv_all", "normal", "normal_mv", "normal_numa", "nothp", "nrcpus", "numa2",
	"numa2_mv", "numa2_off", "numa3", "numa4", "numa4_kc", "numa8", "numa_inter",
	"s16", "sysctls", "uneven_kc", "uneven_mv", NULL };

bool shape_section(const struct shape *shape, unsigned int n, struct section *section)
{
	unsigned int i = 0, seen = 0;

	while (i < shape->all.nr &&
		(!has_prefix(shape->all.line[i], "== ") || seen++ < n))
		i++;
	if (i == shape->all.nr)
		return false;
	section->title = shape->all.line[i] + strlen("== ");
	section->lines = (struct lines){ .line = shape->all.line + i + 1 };
	while (++i < shape->all.nr && !has_prefix(shape->all.line[i], "== "))
		section->lines.nr++;
	return true;
}

bool shape_find(const struct shape *shape, const char *title, struct section *section)
{
	for (unsigned int i = 0; shape_section(shape, i, section); i++)
		if (!strcmp(section->title, title))
			return true;
	return false;
}

/* What follows @prefix on its line, "" when there is none. */
static const char *header(const struct shape *shape, const char *prefix)
{
	for (unsigned int i = 0; i < shape->all.nr; i++)
		if (has_prefix(shape->all.line[i], prefix))
			return shape->all.line[i] + strlen(prefix);
	return "";
}

/* ------------------------------------------------------------------ the tree */

static void put_u32(void *fdt, const char *name, uint32_t value)
{
	CHECK_EQ(fdt_property_u32(fdt, name, value), 0);
}

static void put_cpus(const struct shape *shape, void *fdt)
{
	const char *at = header(shape, "cpus");
	char name[16], *next;

	CHECK_EQ(fdt_begin_node(fdt, "cpus"), 0);
	put_u32(fdt, "#address-cells", 1);
	put_u32(fdt, "#size-cells", 0);
	for (uint32_t cpu = 0;; cpu++, at = next) {
		uint32_t node = (uint32_t)strtoul(at, &next, 10);

		if (next == at)
			break;
		snprintf(name, sizeof(name), "cpu@%x", cpu);
		CHECK_EQ(fdt_begin_node(fdt, name), 0);
		CHECK_EQ(fdt_property_string(fdt, "device_type", "cpu"), 0);
		put_u32(fdt, "reg", cpu);
		put_u32(fdt, "numa-node-id", node);
		CHECK_EQ(fdt_end_node(fdt), 0);
	}
	CHECK_EQ(fdt_end_node(fdt), 0);
}

static void put_memory(void *fdt, uint64_t base, uint64_t last, int node)
{
	fdt64_t reg[2] = { cpu_to_fdt64(base), cpu_to_fdt64(last - base + 1) };
	char name[32];

	snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)base);
	CHECK_EQ(fdt_begin_node(fdt, name), 0);
	CHECK_EQ(fdt_property_string(fdt, "device_type", "memory"), 0);
	CHECK_EQ(fdt_property(fdt, "reg", reg, sizeof(reg)), 0);
	if (node >= 0)
		put_u32(fdt, "numa-node-id", (uint32_t)node);
	CHECK_EQ(fdt_end_node(fdt), 0);
}

/* A usable range is cut where the SRAT says that another node begins. */
static void put_usable(
	const struct shape *shape, void *fdt, uint64_t first, uint64_t last)
{
	unsigned long long lo, hi;
	bool cut = false;
	int node;

	for (unsigned int i = 0; i < shape->all.nr; i++) {
		if (sscanf(shape->all.line[i], SRAT "%d PXM %*d [mem %llx-%llx]", &node,
			    &lo, &hi) != 3)
			continue;
		cut = true;
		if (lo <= last && first <= hi)
			put_memory(fdt, lo > first ? lo : first, hi < last ? hi : last,
				node);
	}
	if (!cut)
		put_memory(fdt, first, last, -1);
}

static void put_distances(const struct shape *shape, void *fdt)
{
	const char *at = header(shape, "distance");
	uint32_t distance[QY_MAX_NODES * QY_MAX_NODES], nr = 0, nodes = 0;
	fdt32_t *matrix;
	char *next;

	for (; (distance[nr] = (uint32_t)strtoul(at, &next, 10)), next != at; at = next)
		nr++;
	while (nodes * nodes < nr)
		nodes++;
	if (!nr)
		return;
	CHECK_EQ(fdt_begin_node(fdt, "distance-map"), 0);
	CHECK_EQ(fdt_property_string(fdt, "compatible", "numa-distance-map-v1"), 0);
	CHECK_EQ(fdt_property_placeholder(
			 fdt, "distance-matrix", (int)nr * 12, (void **)&matrix),
		0);
	for (uint32_t i = 0; i < nr; i++) {
		*matrix++ = cpu_to_fdt32(i / nodes);
		*matrix++ = cpu_to_fdt32(i % nodes);
		*matrix++ = cpu_to_fdt32(distance[i]);
	}
	CHECK_EQ(fdt_end_node(fdt), 0);
}

static void make_tree(const struct shape *shape, void *fdt)
{
	unsigned long long first, last;

	CHECK_EQ(fdt_create(fdt, TREE_SIZE), 0);
	CHECK_EQ(fdt_finish_reservemap(fdt), 0);
	CHECK_EQ(fdt_begin_node(fdt, ""), 0);
	put_u32(fdt, "#address-cells", 2);
	put_u32(fdt, "#size-cells", 2);
	CHECK_EQ(fdt_property_string(fdt, "qy,arch", "x86_64"), 0);
	if (*header(shape, "  Device "))
		CHECK_EQ(fdt_property(fdt, "qy,zone-device", NULL, 0), 0);
	put_cpus(shape, fdt);
	for (unsigned int i = 0; i < shape->all.nr; i++)
		if (sscanf(shape->all.line[i], "BIOS-e820: [mem %llx-%llx] usable",
			    &first, &last) == 2)
			put_usable(shape, fdt, first, last);
	put_distances(shape, fdt);
	CHECK_EQ(fdt_end_node(fdt), 0);
	CHECK_EQ(fdt_finish(fdt), 0);
}

/* The tree that the guest was given, or one made from the firmware's words. */
static struct qy_loaded_board *load_tree(struct shape *shape, struct qy_err *err)
{
	struct qy_board_opts opts = { .append = header(shape, "append") };
	const char *tree = header(shape, "tree ");
	struct qy_loaded_board *loaded;
	char path[512], *blob;

	if (shape->has_tree) {
		snprintf(path, sizeof(path), SHAPES "%s", tree);
		opts.dtb = path;
		return qy_board_load(&opts, err);
	}
	blob = malloc(TREE_SIZE);
	make_tree(shape, blob);
	loaded = qy_board_load_blob(blob, TREE_SIZE, shape->run, &opts, err);
	free(blob);
	return loaded;
}

static void load_board(struct shape *shape)
{
	struct guest *guest = shape->guest;
	struct qy_board *board = &guest->board;
	struct qy_err err;

	shape->loaded = load_tree(shape, &err);
	if (!shape->loaded)
		FAIL("%s: %s", shape->run, err.text);
	*board = shape->loaded->board;
	board->kernel = (struct qy_kernel_image){ 0 };
	board->vm.watermark_boost_factor = 0; /* the guests' script sets it */
	CHECK(board->nr_banks <= GUEST_BANKS);
	memcpy(guest->banks, board->banks, board->nr_banks * sizeof(struct qy_bank));
	CHECK(board->nr_reserved <= GUEST_RESERVED);
	if (board->nr_reserved)
		memcpy(guest->reserved, board->reserved,
			board->nr_reserved * sizeof(struct qy_reserved));
	board->reserved = guest->reserved;
}

/* ------------------------------------------------------------------ what is not free */

static void reserve(struct guest *guest, const char *name, uint64_t base, uint64_t size,
	uint32_t flags)
{
	struct qy_board *board = &guest->board;

	CHECK(board->nr_reserved < GUEST_RESERVED);
	guest->reserved[board->nr_reserved++] = (struct qy_reserved){
		.name = name, .base = base, .size = size, .flags = flags
	};
}

/* What came back between the memory line and the first process; without it the lists would be sized otherwise. */
static void reserve_late(struct shape *shape)
{
	unsigned long long first = 0, last = 0, kib;
	uint64_t image = 0, initrd = 0;
	bool late = false;

	for (unsigned int i = 0; i < shape->all.nr; i++) {
		const char *line = shape->all.line[i], *size = strstr(line, "memory: ");
		const char *moved = strstr(line, "RAMDISK: [mem ");

		late |= has_prefix(line, "Memory:");
		if (moved)
			sscanf(moved, "RAMDISK: [mem %llx-%llx]", &first, &last);
		if (!late || !size || sscanf(size, "memory: %lluK", &kib) != 1)
			continue;
		if (strstr(line, "initrd"))
			initrd = kib << 10;
		else
			image += kib << 10;
	}
	reserve(shape->guest, "image", SZ_16M, image, QY_RESERVED_FREE_LATE);
	reserve(shape->guest, "initrd", first, initrd, QY_RESERVED_FREE_LATE);
}

/* The end of the reservation, or CMA area, at @at, or 0. */
static uint64_t reserved_until(const struct guest *guest, uint64_t at, uint64_t *next)
{
	for (uint32_t i = 0; i <= guest->board.nr_reserved; i++) {
		bool last = i == guest->board.nr_reserved;
		uint64_t base = last ? guest->cma.base : guest->reserved[i].base;
		uint64_t size = last ? guest->cma.size : guest->reserved[i].size;

		if (at >= base && at < base + size)
			return base + size;
		if (base > at && base < *next)
			*next = base;
	}
	return 0;
}

/* Takes up to @bytes of [at, end) that nothing else has. Return: bytes taken. */
static uint64_t reserve_from(
	struct guest *guest, uint64_t at, uint64_t end, uint64_t bytes)
{
	uint64_t taken = 0;

	while (at < end && taken < bytes) {
		uint64_t next = end, skip = reserved_until(guest, at, &next);

		if (!skip && next - at > bytes - taken)
			next = at + bytes - taken;
		if (!skip) {
			reserve(guest, "kernel", at, next - at, 0);
			taken += next - at;
		}
		at = skip ? skip : next;
	}
	return taken;
}

struct zone_row {
	unsigned int node;
	char name[16];
	unsigned long long start, spanned, present, managed;
};

static bool read_zone(const char *line, struct zone_row *row)
{
	return sscanf(line, "Z %u %15s start %llu spanned %llu present %llu managed %llu",
		       &row->node, row->name, &row->start, &row->spanned, &row->present,
		       &row->managed) == 6;
}

static void reserve_kept(struct guest *guest, const struct zone_row *row)
{
	uint64_t kept = (row->present - row->managed) << QY_PAGE_SHIFT;
	uint64_t lo = row->start << QY_PAGE_SHIFT;
	uint64_t hi = lo + (row->spanned << QY_PAGE_SHIFT);

	for (uint32_t i = 0; i < guest->board.nr_banks && kept; i++) {
		const struct qy_bank *bank = &guest->banks[i];
		uint64_t start = bank->base > lo ? bank->base : lo;
		uint64_t bank_end = bank->base + bank->size;
		uint64_t end = bank_end < hi ? bank_end : hi;

		if (bank->node != row->node || start >= end)
			continue;
		if (end <= SZ_1M) /* the firmware's in any case */
			kept -= end - start;
		else
			kept -= reserve_from(guest, start, end, kept);
	}
	CHECK_EQ(kept, 0);
}

/* x86 says how much; where is made up, but not where the log says that CMA is. */
static void reserve_by_counts(struct shape *shape)
{
	unsigned long long mib = 0, base = 0;
	struct section boot;
	struct zone_row row;

	reserve_late(shape);
	if (!shape_section(shape, 0, &boot))
		return;
	sscanf(header(shape, "cma: Reserved "), "%llu MiB at 0x%llx", &mib, &base);
	shape->guest->cma = (struct qy_range){ .base = base, .size = mib << 20 };
	for (unsigned int i = 0; i < boot.lines.nr; i++)
		if (read_zone(boot.lines.line[i], &row) && row.present)
			reserve_kept(shape->guest, &row);
}

/* arm64 says where. */
static void reserve_as_said(struct shape *shape)
{
	unsigned long long first, last;

	for (unsigned int i = 0; i < shape->all.nr; i++) {
		const char *line = shape->all.line[i];

		if (sscanf(line, "kept %llx-%llx", &first, &last) == 2)
			reserve(shape->guest, "kernel", first, last - first + 1,
				QY_RESERVED_MEMRESERVE);
		else if (sscanf(line, "late %llx-%llx", &first, &last) == 2)
			reserve(shape->guest, "unused kernel", first, last - first + 1,
				QY_RESERVED_FREE_LATE);
	}
}

/* ------------------------------------------------------------------ the machine */

struct shape *shape_boot(const char *name)
{
	struct shape *shape = calloc(1, sizeof(*shape));
	char file[48];

	shape->name = name;
	shape->guest = calloc(1, sizeof(*shape->guest));
	snprintf(shape->run, sizeof(shape->run), "shapes/%s", name);
	snprintf(file, sizeof(file), "%s.txt", name);
	shape->guest->run = shape->run;
	shape->all = recorded_lines("shapes", file);
	shape->has_tree = *header(shape, "tree ");
	load_board(shape);
	if (shape->has_tree)
		reserve_as_said(shape);
	else
		reserve_by_counts(shape);
	guest_boot_made(shape->guest);
	return shape;
}

void shape_end(struct shape *shape)
{
	guest_end(shape->guest);
	qy_board_free(shape->loaded);
	free_lines(&shape->all);
	free(shape);
}

/* ------------------------------------------------------------------ its state */

static void print_zone(FILE *out, const struct qy_machine *m, const struct zone *zone)
{
	const struct per_cpu_pages *last = NULL;

	fprintf(out, "Z %u %s start %llu spanned %llu present %llu managed %llu\n",
		zone->node, zone->name, (unsigned long long)zone->zone_start_pfn,
		(unsigned long long)zone->spanned_pages,
		(unsigned long long)zone->present_pages,
		(unsigned long long)zone_managed_pages(zone));
	fprintf(out, "W %u %s marks", zone->node, zone->name);
	for (unsigned int mark = 0; mark < NR_WMARK; mark++)
		fprintf(out, " %llu", (unsigned long long)zone->_watermark[mark]);
	fprintf(out, " reserve");
	for (u32 type = 0; type < m->zones_per_node; type++)
		fprintf(out, " %llu", (unsigned long long)zone->lowmem_reserve[type]);
	fprintf(out, "\n");
	for (u32 cpu = 0; cpu < m->nr_cpus && populated_zone(zone); cpu++) {
		const struct per_cpu_pages *pcp = &zone->pageset[cpu];

		/* one line, unless a CPU has other numbers than the one before */
		if (!last || last->batch != pcp->batch ||
			last->high_min != pcp->high_min ||
			last->high_max != pcp->high_max)
			fprintf(out, "P %u %s batch %d high_min %d high_max %d\n",
				zone->node, zone->name, pcp->batch, pcp->high_min,
				pcp->high_max);
		last = pcp;
	}
}

static void print_zonelist(FILE *out, const struct qy_machine *m, u32 node,
	const char *what, const struct zonelist *list)
{
	fprintf(out, "L %u %s", node, what);
	for (u32 i = 0; i < list->nr; i++)
		fprintf(out, " %u:%s", m->zones[list->zone[i]].node,
			m->zones[list->zone[i]].name);
	fprintf(out, "\n");
}

struct lines shape_state(const struct shape *shape)
{
	const struct qy_machine *m = shape->guest->m;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (u32 node = 0; node < m->nr_nodes; node++) {
		for (u32 type = 0; type < m->zones_per_node; type++)
			print_zone(out, m, &m->zones[node * m->zones_per_node + type]);
		print_zonelist(out, m, node, "fallback", &m->zonelists[node]);
		print_zonelist(out, m, node, "thisnode", &m->zonelists_thisnode[node]);
	}
	fclose(out);
	return split_lines(text);
}
