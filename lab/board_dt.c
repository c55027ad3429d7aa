// SPDX-License-Identifier: MIT
/*
 * Walks a device tree the way the kernel's early boot does: memory, reservations, CPUs, nodes, command line.
 *
 * Where the kernel only warns (a reservation it cannot use), a note carries the warning and the board boots;
 * where it could not boot, or where the tree is damaged, the board is refused. No state.
 */
#include "lab/board_dt.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "lab/board.h"

static const char *file_of(const struct qy_loading *loading)
{
	return loading->store->name;
}

/* --- properties -------------------------------------------------------------------------------- */

/* A string property, or NULL when it is absent or not ended by NUL. */
static const char *get_string(const void *fdt, int node, const char *name)
{
	return fdt_stringlist_get(fdt, node, name, 0, NULL);
}

static bool has_property(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL) != NULL;
}

static bool get_u32(const void *fdt, int node, const char *name, uint32_t *value)
{
	int length;
	const void *cells = fdt_getprop(fdt, node, name, &length);

	if (!cells || length != 4)
		return false;
	*value = (uint32_t)qy_dt_cells(cells, 1);
	return true;
}

bool qy_dt_available(const void *fdt, int node)
{
	const char *status = get_string(fdt, node, "status");

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

static bool is_type(const void *fdt, int node, const char *type)
{
	const char *device_type = get_string(fdt, node, "device_type");

	return device_type && !strcmp(device_type, type);
}

static bool name_before_unit(const void *fdt, int node, const char *name)
{
	const char *full = fdt_get_name(fdt, node, NULL);
	size_t length = strlen(name);

	return full && !strncmp(full, name, length) &&
	       (!full[length] || full[length] == '@');
}

/* Root's #address-cells and #size-cells: the shape of every reg of memory and reservations. */
struct root_cells {
	int address, size;
};

static int read_root_cells(struct qy_loading *loading, struct root_cells *cells)
{
	const void *fdt = loading->store->fdt;

	cells->address = fdt_address_cells(fdt, 0);
	cells->size = fdt_size_cells(fdt, 0);
	if (cells->address < 1 || cells->address > 2 || cells->size < 1 ||
		cells->size > 2)
		return qy_fail(loading->err,
			"%s: /: #address-cells and #size-cells must be 1 or 2: correct the tree",
			file_of(loading));
	return 0;
}

static struct qy_range range_at(const uint8_t *cells, const struct root_cells *root)
{
	return (struct qy_range){
		.base = qy_dt_cells(cells, root->address),
		.size = qy_dt_cells(cells + 4 * root->address, root->size),
	};
}

static int range_bytes(const struct root_cells *root)
{
	return 4 * (root->address + root->size);
}

/* --- /memory ----------------------------------------------------------------------------------- */

static int add_bank(struct qy_loading *loading, const char *node_name,
	struct qy_range range, uint32_t node)
{
	struct qy_board_store *store = loading->store;
	struct qy_bank *raw;

	if (store->nr_raw == QY_DT_MAX_RAW_BANKS)
		return qy_fail(loading->err,
			"%s: /%s: more than %d memory ranges: merge some",
			file_of(loading), node_name, QY_DT_MAX_RAW_BANKS);
	if (range.size && range.base + (range.size - 1) < range.base)
		return qy_fail(loading->err,
			"%s: /%s: reg: 0x%" PRIx64 " bytes from 0x%" PRIx64
			" wrap around: correct the range",
			file_of(loading), node_name, range.size, range.base);
	raw = realloc(store->raw, (store->nr_raw + 1) * sizeof(*raw));
	if (!raw)
		return qy_fail(loading->err, "%s: out of host memory", file_of(loading));
	raw[store->nr_raw++] = (struct qy_bank){ range.base, range.size, node };
	store->raw = raw;
	return 0;
}

static int read_memory_node(
	struct qy_loading *loading, const struct root_cells *root, int node)
{
	const void *fdt = loading->store->fdt;
	const char *name = fdt_get_name(fdt, node, NULL);
	uint32_t numa_node = QY_NO_NODE;
	const uint8_t *reg;
	int length;

	if (!is_type(fdt, node, "memory"))
		qy_note(loading->notes,
			"/%s has no device_type = \"memory\": Linux would not see it",
			name);
	reg = fdt_getprop(fdt, node, "linux,usable-memory", &length);
	if (!reg)
		reg = fdt_getprop(fdt, node, "reg", &length);
	if (!reg)
		return 0;
	if (length % range_bytes(root))
		return qy_fail(loading->err,
			"%s: /%s: reg has %d bytes: expected a multiple of %d (%d + %d cells)",
			file_of(loading), name, length, range_bytes(root), root->address,
			root->size);
	get_u32(fdt, node, "numa-node-id", &numa_node);
	for (int at = 0; at < length; at += range_bytes(root)) {
		struct qy_range range = range_at(reg + at, root);

		/* An empty bank of a node without address says nothing, not even where -m begins. */
		if (!range.size && !range.base && !strchr(name, '@'))
			continue;
		if (add_bank(loading, name, range, numa_node))
			return -1;
	}
	return 0;
}

static int read_memory(struct qy_loading *loading, const struct root_cells *root)
{
	const void *fdt = loading->store->fdt;
	int node;

	fdt_for_each_subnode(node, fdt, 0)
	{
		if (!is_type(fdt, node, "memory") &&
			!name_before_unit(fdt, node, "memory"))
			continue;
		if (!qy_dt_available(fdt, node))
			continue;
		if (read_memory_node(loading, root, node))
			return -1;
	}
	return 0;
}

/* --- reservations ------------------------------------------------------------------------------ */

static struct qy_reserved *add_reserved(struct qy_loading *loading, const char *name)
{
	struct qy_board *board = loading->board;

	if (board->nr_reserved == QY_MAX_RESERVED) {
		qy_fail(loading->err,
			"%s: %s: more than %d reservations: remove some from the tree",
			file_of(loading), name, QY_MAX_RESERVED);
		return NULL;
	}
	loading->store->reserved[board->nr_reserved] =
		(struct qy_reserved){ .name = name };
	return &loading->store->reserved[board->nr_reserved++];
}

static int add_fixed(struct qy_loading *loading, const char *name, struct qy_range range,
	uint32_t flags)
{
	struct qy_reserved *reserved;

	if (range.size && range.base + (range.size - 1) < range.base) {
		qy_note(loading->notes,
			"Reserved memory: range of node '%s' wraps around, ignored",
			name);
		return 0;
	}
	reserved = add_reserved(loading, name);
	if (!reserved)
		return -1;
	reserved->base = range.base;
	reserved->size = range.size;
	reserved->flags = flags;
	return 0;
}

static int read_memreserve(struct qy_loading *loading)
{
	const void *fdt = loading->store->fdt;
	struct qy_range range;

	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++) {
		if (fdt_get_mem_rsv(fdt, i, &range.base, &range.size))
			return qy_fail(loading->err,
				"%s: /memreserve/: entry %d is cut off", file_of(loading),
				i);
		if (add_fixed(loading, "memreserve", range, QY_RESERVED_MEMRESERVE))
			return -1;
	}
	return 0;
}

static uint32_t reserved_flags(const void *fdt, int node)
{
	uint32_t flags = 0;

	if (has_property(fdt, node, "no-map"))
		flags |= QY_RESERVED_NOMAP;
	if (has_property(fdt, node, "reusable"))
		flags |= QY_RESERVED_REUSABLE;
	if (has_property(fdt, node, "linux,cma-default"))
		flags |= QY_RESERVED_CMA_DEFAULT;
	if (fdt_node_check_compatible(fdt, node, "shared-dma-pool") == 0)
		flags |= QY_RESERVED_DMA_POOL;
	if (has_property(fdt, node, "qy,guaranteed"))
		flags |= QY_RESERVED_GUARANTEED;
	return flags;
}

/* alloc-ranges of a dynamic reservation; -1 only when a limit of ours is in the way. */
static int read_alloc_ranges(struct qy_loading *loading, const struct root_cells *root,
	struct qy_reserved *reserved, const uint8_t *cells, int length)
{
	struct qy_board_store *store = loading->store;

	reserved->alloc_ranges = &store->ranges[store->nr_ranges];
	for (int at = 0; at < length; at += range_bytes(root)) {
		if (store->nr_ranges == QY_DT_MAX_RANGES)
			return qy_fail(loading->err,
				"%s: /reserved-memory/%s: more than %d alloc-ranges: merge some",
				file_of(loading), reserved->name, QY_DT_MAX_RANGES);
		store->ranges[store->nr_ranges++] = range_at(cells + at, root);
		reserved->nr_alloc_ranges++;
	}
	return 0;
}

/* A property that must be @nr_cells cells: 1 = read, 0 = absent, -1 = malformed, which the kernel warns of. */
static int sized_property(
	const void *fdt, int node, const char *name, int nr_cells, uint64_t *value)
{
	int length;
	const void *cells = fdt_getprop(fdt, node, name, &length);

	if (!cells)
		return 0;
	if (length != 4 * nr_cells)
		return -1;
	*value = qy_dt_cells(cells, nr_cells);
	return 1;
}

/* The machine says so in its log, as the kernel does. */
static int ignore_reserved(struct qy_loading *loading, const char *property,
	const char *name, uint32_t flags)
{
	struct qy_reserved *reserved = add_reserved(loading, name);

	if (!reserved)
		return -1;
	reserved->flags = flags;
	reserved->malformed = property;
	return 0;
}

static int read_dynamic(
	struct qy_loading *loading, const struct root_cells *root, int node)
{
	const void *fdt = loading->store->fdt;
	const char *name = fdt_get_name(fdt, node, NULL);
	const uint32_t dynamic = QY_RESERVED_DYNAMIC;
	uint64_t size = 0, alignment = 0;
	struct qy_reserved *reserved;
	const uint8_t *ranges;
	int length = 0;

	if (sized_property(fdt, node, "size", root->size, &size) < 1)
		return has_property(fdt, node, "size")
			       ? ignore_reserved(loading, "size", name, dynamic)
			       : 0;
	if (sized_property(fdt, node, "alignment", root->address, &alignment) < 0)
		return ignore_reserved(loading, "alignment", name, dynamic);
	ranges = fdt_getprop(fdt, node, "alloc-ranges", &length);
	if (ranges && length % range_bytes(root))
		return ignore_reserved(loading, "alloc-ranges", name, dynamic);
	reserved = add_reserved(loading, name);
	if (!reserved)
		return -1;
	reserved->size = size;
	reserved->alignment = alignment;
	reserved->flags = dynamic | reserved_flags(fdt, node);
	if (!ranges || !length)
		return 0;
	return read_alloc_ranges(loading, root, reserved, ranges, length);
}

static int read_reservation(
	struct qy_loading *loading, const struct root_cells *root, int node)
{
	const void *fdt = loading->store->fdt;
	const char *name = fdt_get_name(fdt, node, NULL);
	const struct qy_board *board = loading->board;
	uint32_t flags = reserved_flags(fdt, node), first = board->nr_reserved;
	const uint8_t *reg;
	int length;

	if (!qy_dt_available(fdt, node))
		return 0;
	reg = fdt_getprop(fdt, node, "reg", &length);
	if (!reg)
		return read_dynamic(loading, root, node);
	if (length % range_bytes(root))
		return ignore_reserved(loading, "reg", name, 0);
	for (int at = 0; at < length; at += range_bytes(root)) {
		uint32_t more = at ? QY_RESERVED_MORE : 0;

		if (add_fixed(loading, name, range_at(reg + at, root), flags | more))
			return -1;
	}
	if (length > range_bytes(root) && board->nr_reserved > first)
		loading->store->reserved[first].nr_more =
			(uint32_t)(length / range_bytes(root)) - 1;
	return 0;
}

static int read_reserved_memory(struct qy_loading *loading, const struct root_cells *root)
{
	const void *fdt = loading->store->fdt;
	int parent = fdt_path_offset(fdt, "/reserved-memory");
	uint32_t address = 0, size = 0;
	int node;

	loading->board->reserved_node = QY_RESERVED_NODE_ABSENT;
	if (parent < 0)
		return 0;
	loading->board->reserved_node = QY_RESERVED_NODE_BAD;
	get_u32(fdt, parent, "#address-cells", &address);
	get_u32(fdt, parent, "#size-cells", &size);
	if ((int)address != root->address || (int)size != root->size ||
		!has_property(fdt, parent, "ranges"))
		return 0;
	loading->board->reserved_node = QY_RESERVED_NODE_READ;
	fdt_for_each_subnode(node, fdt, parent)
	{
		if (read_reservation(loading, root, node))
			return -1;
	}
	return 0;
}

/* --- /cpus and distances ----------------------------------------------------------------------- */

/* Only status = "fail..." takes a CPU away: "disabled" is one that the kernel itself starts. */
static bool is_failed(const void *fdt, int node)
{
	const char *status = get_string(fdt, node, "status");

	return status && !strncmp(status, "fail", 4) && (!status[4] || status[4] == '-');
}

static int read_cpus(struct qy_loading *loading)
{
	const void *fdt = loading->store->fdt;
	int parent = fdt_path_offset(fdt, "/cpus"), node;
	uint32_t nr = 0;

	if (parent < 0)
		return 0;
	fdt_for_each_subnode(node, fdt, parent)
	{
		if (!is_type(fdt, node, "cpu") && !name_before_unit(fdt, node, "cpu"))
			continue;
		if (is_failed(fdt, node))
			continue;
		if (nr == QY_MAX_CPUS)
			return qy_fail(loading->err,
				"%s: /cpus: more than %d CPUs: remove some from the tree",
				file_of(loading), QY_MAX_CPUS);
		get_u32(fdt, node, "numa-node-id", &loading->store->raw_cpu_node[nr++]);
	}
	if (nr)
		loading->board->nr_cpus = nr;
	return 0;
}

/* Local distance is 10, any other is more; the kernel gives up NUMA over a wrong one. */
static bool distance_is_sane(uint32_t from, uint32_t to, uint32_t distance)
{
	return distance <= UINT8_MAX && (from == to ? distance == 10 : distance > 10);
}

static void read_distances(struct qy_loading *loading)
{
	struct qy_board_store *store = loading->store;
	const void *fdt = store->fdt;
	int node = fdt_node_offset_by_compatible(fdt, -1, "numa-distance-map-v1"), length;
	const uint8_t *matrix =
		node < 0 ? NULL : fdt_getprop(fdt, node, "distance-matrix", &length);

	if (node < 0)
		return;
	store->bad_distance = !matrix || !length || length % 12;
	for (int at = 0; !store->bad_distance && at < length; at += 12) {
		uint32_t from = (uint32_t)qy_dt_cells(matrix + at, 1);
		uint32_t to = (uint32_t)qy_dt_cells(matrix + at + 4, 1);
		uint32_t distance = (uint32_t)qy_dt_cells(matrix + at + 8, 1);

		if (!distance_is_sane(from, to, distance)) {
			store->bad_distance = true;
			return;
		}
		if (from >= QY_MAX_NODES || to >= QY_MAX_NODES)
			continue;
		store->raw_distance[from][to] = (uint8_t)distance;
		if (to > from) /* the way back, unless the matrix says otherwise later */
			store->raw_distance[to][from] = (uint8_t)distance;
		store->has_distance = true;
	}
}

/* --- root and /chosen -------------------------------------------------------------------------- */

static int read_arch(struct qy_loading *loading)
{
	const char *arch = get_string(loading->store->fdt, 0, "qy,arch");

	if (!arch || !strcmp(arch, "arm64")) {
		qy_board_defaults(loading->board, QY_ARCH_ARM64);
		return 0;
	}
	if (!strcmp(arch, "x86_64")) {
		qy_board_defaults(loading->board, QY_ARCH_X86_64);
		return 0;
	}
	return qy_fail(loading->err,
		"%s: /: qy,arch = \"%.40s\": expected arm64 or x86_64", file_of(loading),
		arch);
}

/* <code rwdata rodata init bss [base]> in bytes, all of one width: cells or /bits/ 64. */
static int read_kernel_image(struct qy_loading *loading)
{
	struct qy_kernel_image *kernel = &loading->board->kernel;
	uint64_t *fields[] = { &kernel->code, &kernel->rwdata, &kernel->rodata,
		&kernel->init, &kernel->bss, &kernel->base };
	const uint8_t *cells;
	int length, nr, width;

	cells = fdt_getprop(loading->store->fdt, 0, "qy,kernel-image", &length);
	if (!cells)
		return 0;
	width = length >= 40 ? 8 : 4;
	nr = length / width;
	if (length % width || nr < 5 || nr > 6)
		return qy_fail(loading->err,
			"%s: /: qy,kernel-image: expected <code rwdata rodata init bss [base]>",
			file_of(loading));
	for (int i = 0; i < nr; i++)
		*fields[i] = qy_dt_cells(cells + i * width, width / 4);
	return 0;
}

/* What Linux does not have, and the board does. */
static int read_policy(struct qy_loading *loading)
{
	const char *policy = get_string(loading->store->fdt, 0, "qy,policy");
	const char *placement = get_string(loading->store->fdt, 0, "qy,cma-placement");

	if (placement && strcmp(placement, "zone_movable") != 0)
		return qy_fail(loading->err,
			"%s: /: qy,cma-placement = \"%.40s\": expected zone_movable",
			file_of(loading), placement);
	loading->board->cma_in_movable = placement != NULL;
	if (!policy || !strcmp(policy, "linux"))
		return 0;
	if (strcmp(policy, "quarry") != 0)
		return qy_fail(loading->err,
			"%s: /: qy,policy = \"%.40s\": expected linux or quarry",
			file_of(loading), policy);
	loading->board->policy = QY_POLICY_QUARRY;
	return 0;
}

static int read_vmalloc_size(struct qy_loading *loading)
{
	int length;
	const void *cells =
		fdt_getprop(loading->store->fdt, 0, "qy,vmalloc-size", &length);

	if (!cells)
		return 0;
	if (length == 4 || length == 8)
		loading->board->vmalloc_bytes = qy_dt_cells(cells, length / 4);
	if (loading->board->vmalloc_bytes >= QY_PAGE_SIZE)
		return 0;
	return qy_fail(loading->err,
		"%s: /: qy,vmalloc-size: expected bytes, one or two cells, a page at least",
		file_of(loading));
}

static int read_kernel(struct qy_loading *loading)
{
	const void *fdt = loading->store->fdt;
	struct qy_board *board = loading->board;
	uint32_t page_size = QY_PAGE_SIZE;

	get_u32(fdt, 0, "qy,page-size", &page_size);
	if (page_size != QY_PAGE_SIZE)
		return qy_fail(loading->err,
			"%s: /: qy,page-size = <%u>: kernels with 16K or 64K pages are not modelled: "
			"use 4096",
			file_of(loading), page_size);
	get_u32(fdt, 0, "qy,memmap-entry", &board->kernel.memmap_entry);
	if (has_property(fdt, 0, "qy,no-thp"))
		board->thp = false;
	if (has_property(fdt, 0, "qy,zone-device"))
		board->zone_device = true;
	if (has_property(fdt, 0, "qy,no-zone-dma"))
		board->has_zone_dma = false;
	if (has_property(fdt, 0, "qy,no-zone-dma32"))
		board->has_zone_dma32 = false;
	if (has_property(fdt, 0, "qy,no-numa"))
		board->numa = false;
	if (has_property(fdt, 0, "qy,slab-random-order"))
		board->slab.shuffle = true;
	loading->store->flat = !board->numa;
	if (read_vmalloc_size(loading) || read_policy(loading))
		return -1;
	return read_kernel_image(loading);
}

/* /chosen addresses are one or two cells, whatever root says. */
static bool chosen_address(const void *fdt, int node, const char *name, uint64_t *value)
{
	int length;
	const void *cells = fdt_getprop(fdt, node, name, &length);

	if (!cells || (length != 4 && length != 8))
		return false;
	*value = qy_dt_cells(cells, length / 4);
	return true;
}

static int read_chosen(struct qy_loading *loading)
{
	const void *fdt = loading->store->fdt;
	int node = fdt_path_offset(fdt, "/chosen");
	uint64_t start, end;

	if (node < 0)
		return 0;
	loading->bootargs = get_string(fdt, node, "bootargs");
	if (!loading->bootargs && has_property(fdt, node, "bootargs"))
		return qy_fail(loading->err,
			"%s: /chosen: bootargs is not a string: end it with NUL",
			file_of(loading));
	if (!chosen_address(fdt, node, "linux,initrd-start", &start) ||
		!chosen_address(fdt, node, "linux,initrd-end", &end) || end <= start)
		return 0;
	return add_fixed(loading, "initrd", (struct qy_range){ start, end - start },
		QY_RESERVED_FREE_LATE);
}

static int check_depth(struct qy_loading *loading)
{
	const void *fdt = loading->store->fdt;
	int depth = 0;

	for (int node = 0; node >= 0 && depth >= 0;
		node = fdt_next_node(fdt, node, &depth))
		if (depth >= QY_DT_MAX_DEPTH)
			return qy_fail(loading->err,
				"%s: %s: nodes nest deeper than %d: Linux refuses such a tree",
				file_of(loading), fdt_get_name(fdt, node, NULL),
				QY_DT_MAX_DEPTH);
	return 0;
}

int qy_dt_read(struct qy_loading *loading)
{
	struct root_cells root;
	const char *model;

	if (check_depth(loading) || read_arch(loading) || read_kernel(loading) ||
		read_root_cells(loading, &root) || read_memory(loading, &root) ||
		read_memreserve(loading) || read_reserved_memory(loading, &root) ||
		read_chosen(loading) || read_cpus(loading))
		return -1;
	read_distances(loading);
	model = get_string(loading->store->fdt, 0, "model");
	loading->board->model =
		model ? model : get_string(loading->store->fdt, 0, "compatible");
	if (loading->board->arch == QY_ARCH_ARM64)
		loading->board->dma_limit = qy_dt_dma_limit(loading->store->fdt);
	return 0;
}
