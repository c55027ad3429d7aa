// SPDX-License-Identifier: MIT
/*
 * Devices of a device tree. See board_device.h. No state.
 */
#include "lab/board_device.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "lab/board_bus.h"
#include "lab/board_dt.h"

#define DEFAULT_MASK_BITS 32u /* what a bus gives a device before its driver asks */

/* A node on the way from the root, as a device below it needs it. */
struct level {
	int node;
	struct qy_dt_bus dma, mmio;
	bool pci;             /* a host bridge, or a bridge below one */
	int host;             /* its host bridge's depth; 0: none above */
	uint32_t domain, bus; /* of PCI, for what stands below */
};

struct walk {
	const struct qy_loaded_board *board;
	const void *fdt;
	struct level path[QY_DT_MAX_DEPTH];
	int depth;
	int skip_below; /* what is deeper is switched off, or no device */
	uint32_t nr_domains, nr_buses;
};

/* ------------------------------------------------------------------ properties */

static bool has(const void *fdt, int node, const char *name)
{
	return fdt_getprop(fdt, node, name, NULL) != NULL;
}

/* Cell @index of a property; @absent where it is not that long. */
static uint32_t cell(
	const void *fdt, int node, const char *name, int index, uint32_t absent)
{
	int length;
	const uint8_t *cells = fdt_getprop(fdt, node, name, &length);

	if (!cells || length < 4 * (index + 1))
		return absent;
	return (uint32_t)qy_dt_cells(cells + 4 * index, 1);
}

static bool is_pci(const void *fdt, int node)
{
	const char *type = fdt_stringlist_get(fdt, node, "device_type", 0, NULL);

	return type && (!strcmp(type, "pci") || !strcmp(type, "pciex"));
}

/* "vic" of "vic@15340000". */
static int stem(const char *name)
{
	return (int)strcspn(name, "@");
}

/* ------------------------------------------------------------------ the way down */

static void enter_pci(struct walk *w, struct level *l, const struct level *up)
{
	if (!up->host) {
		l->host = w->depth;
		l->domain = cell(w->fdt, l->node, "linux,pci-domain", 0, w->nr_domains);
		w->nr_domains = l->domain + 1;
		l->bus = cell(w->fdt, l->node, "bus-range", 0, 0);
		w->nr_buses = l->bus + 1;
	} else {
		l->domain = up->domain;
		l->bus = w->nr_buses++;
	}
}

static void enter(struct walk *w, int node)
{
	struct level *l = &w->path[w->depth];
	const struct level *up = w->depth ? &w->path[w->depth - 1] : NULL;

	*l = (struct level){ .node = node };
	qy_bus_enter(w->fdt, node, "dma-ranges", up ? &up->dma : NULL, &l->dma);
	qy_bus_enter(w->fdt, node, "ranges", up ? &up->mmio : NULL, &l->mmio);
	if (!up)
		return;
	l->pci = is_pci(w->fdt, node);
	l->host = up->host;
	if (l->pci)
		enter_pci(w, l, up);
}

/* Nodes of the first level under which nothing is a device. */
static bool holds_no_device(const void *fdt, int node)
{
	static const char *const names[] = { "cpus", "reserved-memory", "memory",
		"chosen", "aliases", "__symbols__", "firmware" };
	const char *name = fdt_get_name(fdt, node, NULL);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (stem(name) == (int)strlen(names[i]) &&
			!strncmp(name, names[i], strlen(names[i])))
			return true;
	return false;
}

/* To the next node that may be a device; false at the end. */
static bool step(struct walk *w)
{
	int node = w->path[w->depth].node;

	for (;;) {
		node = fdt_next_node(w->fdt, node, &w->depth);
		if (node < 0 || w->depth < 1)
			return false;
		if (w->depth > w->skip_below)
			continue;
		w->skip_below = QY_DT_MAX_DEPTH;
		enter(w, node);
		if (qy_dt_available(w->fdt, node) &&
			!(w->depth == 1 && holds_no_device(w->fdt, node)))
			return true;
		w->skip_below = w->depth;
	}
}

static void begin(struct walk *w, const struct qy_loaded_board *board)
{
	*w = (struct walk){
		.board = board, .fdt = board->store->fdt, .skip_below = QY_DT_MAX_DEPTH
	};
	enter(w, 0);
}

/* ------------------------------------------------------------------ names */

static bool mmio_address(const struct walk *w, int depth, uint64_t *address)
{
	const struct qy_dt_bus *bus = &w->path[depth - 1].mmio;
	struct qy_dt_bus path[QY_DT_MAX_DEPTH];
	int length;
	const uint8_t *reg = fdt_getprop(w->fdt, w->path[depth].node, "reg", &length);

	if (!reg || !bus->address_cells || !bus->size_cells ||
		length < 4 * (bus->address_cells + bus->size_cells))
		return false;
	for (int up = 0; up < depth; up++) {
		path[up] = w->path[up].mmio;
		if (up && !path[up].ranges)
			return false;
	}
	*address = qy_bus_to_root(path, depth - 1, qy_dt_cells(reg, bus->address_cells));
	return *address != QY_BUS_NOWHERE;
}

/* As of_device_make_bus_id(): an address ends it, else the names of the nodes above stand in front. */
static void platform_name(const struct walk *w, int at_depth, char *out, size_t size)
{
	char before[QY_DEVICE_NAME] = "";
	uint64_t address;

	for (int depth = at_depth; depth > 0; depth--) {
		const char *name = fdt_get_name(w->fdt, w->path[depth].node, NULL);
		const char *colon = before[0] ? ":" : "";

		if (mmio_address(w, depth, &address)) {
			snprintf(out, size, "%" PRIx64 ".%.*s%s%s", address, stem(name),
				name, colon, before);
			return;
		}
		snprintf(out, size, "%s%s%s", name, colon, before);
		snprintf(before, sizeof(before), "%s", out);
	}
}

/* A function of PCI: the second byte of its first cell is device and function. */
static uint32_t devfn(const struct walk *w)
{
	return cell(w->fdt, w->path[w->depth].node, "reg", 0, 0) >> 8 & 0xff;
}

static bool is_pci_function(const struct walk *w)
{
	return w->path[w->depth - 1].pci;
}

static void device_name(const struct walk *w, char *out, size_t size)
{
	const struct level *up = &w->path[w->depth - 1];
	uint32_t fn;

	if (!is_pci_function(w)) {
		platform_name(w, w->depth, out, size);
		return;
	}
	fn = devfn(w);
	snprintf(out, size, "%04x:%02x:%02x.%u", up->domain & 0xffff, up->bus & 0xff,
		fn >> 3, fn & 7);
}

/* ------------------------------------------------------------------ what it reaches */

/*
 * The depth of the bus whose dma-ranges count for a device on @bus; 0: none says anything. As in Linux an empty
 * dma-ranges means "ask above", and above the first bus a missing one means that nothing is known.
 */
static int dma_bus(const struct walk *w, int bus)
{
	for (int depth = bus; depth > 0; depth--) {
		if (w->path[depth].dma.length > 0)
			return depth;
		if (depth != bus && !w->path[depth].dma.ranges)
			return 0;
	}
	return 0;
}

static void read_windows(const struct walk *w, int bus, struct qy_dt_device *d)
{
	struct qy_dt_bus path[QY_DT_MAX_DEPTH];
	int depth = dma_bus(w, bus), bytes;

	if (!depth)
		return;
	for (int up = 0; up <= depth; up++)
		path[up] = w->path[up].dma;
	bytes = qy_bus_entry_bytes(&path[depth], &path[depth - 1]);
	for (int at = 0; bytes && at + bytes <= path[depth].length; at += bytes) {
		struct qy_bus_entry e = qy_bus_entry(
			path[depth].ranges + at, &path[depth], &path[depth - 1]);
		uint64_t cpu = qy_bus_to_root(path, depth - 1, e.parent);

		if (!e.size || cpu == QY_BUS_NOWHERE ||
			d->nr_windows == QY_DEVICE_WINDOWS)
			continue;
		d->window[d->nr_windows++] =
			(struct qy_dt_window){ e.child, cpu, e.size };
		if (e.child + (e.size - 1) > d->bus_limit)
			d->bus_limit = e.child + (e.size - 1);
	}
}

/* The last address of the bus in bits, rounded up to whole ones, as the mask of a device is never wider. */
static uint32_t bits_of(uint64_t limit)
{
	return limit ? 64 - (uint32_t)__builtin_clzll(limit) : DEFAULT_MASK_BITS;
}

static uint32_t wanted_bits(uint32_t bits, uint32_t absent)
{
	return bits >= 1 && bits <= 64 ? bits : absent;
}

static void read_masks(const struct walk *w, struct qy_dt_device *d)
{
	int node = w->path[w->depth].node;
	uint32_t bits = bits_of(d->bus_limit);

	if (bits > DEFAULT_MASK_BITS)
		bits = DEFAULT_MASK_BITS;
	d->mask_said = has(w->fdt, node, "qy,dma-mask-bits");
	d->mask_bits = wanted_bits(cell(w->fdt, node, "qy,dma-mask-bits", 0, bits), bits);
	d->coherent_mask_bits = wanted_bits(
		cell(w->fdt, node, "qy,dma-mask-bits", 1, d->mask_bits), d->mask_bits);
}

static bool is_coherent(const struct walk *w, int from)
{
	for (int depth = from; depth >= 0; depth--) {
		if (has(w->fdt, w->path[depth].node, "dma-coherent"))
			return true;
		if (has(w->fdt, w->path[depth].node, "dma-noncoherent"))
			return false;
	}
	return w->board->board.arch == QY_ARCH_X86_64;
}

/* ------------------------------------------------------------------ its memory */

static void read_regions(const struct walk *w, struct qy_dt_device *d)
{
	const struct qy_board *board = &w->board->board;
	int node = w->path[w->depth].node, length, target;
	const uint8_t *cells = fdt_getprop(w->fdt, node, "memory-region", &length);

	for (int at = 0; cells && at + 4 <= length; at += 4) {
		if (d->nr_regions == QY_DEVICE_REGIONS)
			return;
		target = fdt_node_offset_by_phandle(
			w->fdt, (uint32_t)qy_dt_cells(cells + at, 1));
		if (target < 0)
			continue;
		d->region[d->nr_regions] = QY_NO_REGION;
		d->region_name[d->nr_regions] = fdt_get_name(w->fdt, target, NULL);
		for (uint32_t i = 0; i < board->nr_reserved; i++) {
			if (strcmp(board->reserved[i].name,
				    d->region_name[d->nr_regions]) != 0)
				continue;
			d->region[d->nr_regions] = i;
			break;
		}
		d->nr_regions++;
	}
}

/* ------------------------------------------------------------------ its IOMMU */

static enum qy_iommu_kind iommu_kind(const void *fdt, int node)
{
	static const struct {
		const char *compatible;
		enum qy_iommu_kind kind;
	} kinds[] = {
		{ "arm,smmu-v3", QY_IOMMU_ARM_SMMU_V3 },
		{ "arm,mmu-500", QY_IOMMU_ARM_SMMU },
		{ "arm,mmu-401", QY_IOMMU_ARM_SMMU },
		{ "arm,mmu-400", QY_IOMMU_ARM_SMMU },
		{ "arm,smmu-v2", QY_IOMMU_ARM_SMMU },
		{ "arm,smmu-v1", QY_IOMMU_ARM_SMMU },
		{ "nvidia,smmu-500", QY_IOMMU_ARM_SMMU },
		{ "qcom,smmu-500", QY_IOMMU_ARM_SMMU },
		{ "qcom,smmu-v2", QY_IOMMU_ARM_SMMU },
		{ "qy,vt-d", QY_IOMMU_INTEL },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!fdt_node_check_compatible(fdt, node, kinds[i].compatible))
			return kinds[i].kind;
	return QY_IOMMU_OTHER;
}

static void take_iommu(
	const struct walk *w, uint32_t phandle, uint32_t stream, struct qy_dt_device *d)
{
	int node = fdt_node_offset_by_phandle(w->fdt, phandle);

	if (node < 0 || !qy_dt_available(w->fdt, node))
		return; /* the device then does its DMA without one */
	d->iommu = iommu_kind(w->fdt, node);
	d->iommu_node = node;
	d->stream = stream;
}

/* iommu-map of the host bridge: <first requester, IOMMU, first stream, how many>. */
static void read_iommu_map(
	const struct walk *w, int host, uint32_t requester, struct qy_dt_device *d)
{
	int node = w->path[host].node, length;
	const uint8_t *map = fdt_getprop(w->fdt, node, "iommu-map", &length);
	uint32_t masked = requester & cell(w->fdt, node, "iommu-map-mask", 0, UINT32_MAX);

	for (int at = 0; map && at + 16 <= length; at += 16) {
		uint32_t first = (uint32_t)qy_dt_cells(map + at, 1);
		uint32_t count = (uint32_t)qy_dt_cells(map + at + 12, 1);

		if (masked - first >= count)
			continue;
		take_iommu(w, (uint32_t)qy_dt_cells(map + at + 4, 1),
			(uint32_t)qy_dt_cells(map + at + 8, 1) + (masked - first), d);
		return;
	}
}

static void read_iommus(const struct walk *w, struct qy_dt_device *d)
{
	int node = w->path[w->depth].node;
	uint32_t phandle = cell(w->fdt, node, "iommus", 0, 0);

	if (phandle)
		take_iommu(w, phandle, cell(w->fdt, node, "iommus", 1, 0), d);
}

/* ------------------------------------------------------------------ a device */

static void read_device(const struct walk *w, struct qy_dt_device *d)
{
	const struct level *up = &w->path[w->depth - 1];
	int node = w->path[w->depth].node;

	*d = (struct qy_dt_device){
		.compatible = fdt_stringlist_get(w->fdt, node, "compatible", 0, NULL),
		.pci = is_pci_function(w),
	};
	if (fdt_get_path(w->fdt, node, d->path, sizeof(d->path)))
		snprintf(d->path, sizeof(d->path), "(longer than %zu characters)",
			sizeof(d->path));
	device_name(w, d->name, sizeof(d->name));
	if (d->pci) {
		d->coherent = is_coherent(w, up->host);
		read_windows(w, up->host, d);
		d->stream = (up->bus & 0xff) << 8 | devfn(w);
		read_iommu_map(w, up->host, d->stream, d);
	} else {
		d->coherent = is_coherent(w, w->depth);
		read_windows(w, w->depth - 1, d);
		read_iommus(w, d);
	}
	read_masks(w, d);
	read_regions(w, d);
}

/* Does the tree say anything about its DMA? Bridges do none of their own. */
static bool is_told_of(const struct walk *w)
{
	static const char *const words[] = { "iommus", "memory-region", "dma-coherent",
		"dma-noncoherent", "qy,dma-mask-bits" };
	const struct level *l = &w->path[w->depth];

	if (l->pci)
		return false;
	if (is_pci_function(w))
		return true;
	if (!has(w->fdt, l->node, "compatible"))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (has(w->fdt, l->node, words[i]))
			return true;
	return false;
}

/* A walk of its own, since it may stand anywhere. */
static void name_iommu(const struct walk *from, struct qy_dt_device *d)
{
	struct walk w;

	if (d->iommu == QY_IOMMU_NONE)
		return;
	begin(&w, from->board);
	while (step(&w)) {
		if (w.path[w.depth].node != d->iommu_node)
			continue;
		platform_name(&w, w.depth, d->iommu_name, sizeof(d->iommu_name));
		return;
	}
}

void qy_dt_device_each(const struct qy_loaded_board *board,
	void (*fn)(void *arg, const struct qy_dt_device *device), void *arg)
{
	struct qy_dt_device d;
	struct walk w;

	begin(&w, board);
	while (step(&w)) {
		if (!is_told_of(&w))
			continue;
		read_device(&w, &d);
		name_iommu(&w, &d);
		fn(arg, &d);
	}
}

/* 2: that is its name; 1: without its address; 0: neither. */
static int answers_to(const struct walk *w, const char *name)
{
	const struct level *l = &w->path[w->depth];
	const char *node_name = fdt_get_name(w->fdt, l->node, NULL);
	char text[QY_DEVICE_PATH];

	if (l->pci || (!is_pci_function(w) && !has(w->fdt, l->node, "compatible")))
		return 0;
	if (!strcmp(node_name, name))
		return 2;
	device_name(w, text, sizeof(text));
	if (!strcmp(text, name))
		return 2;
	if (name[0] == '/' && !fdt_get_path(w->fdt, l->node, text, sizeof(text)) &&
		!strcmp(text, name))
		return 2;
	return (int)strlen(name) == stem(node_name) &&
	       !strncmp(node_name, name, strlen(name));
}

int qy_dt_device_find(const struct qy_loaded_board *board, const char *name,
	struct qy_dt_device *device, const char *place, struct qy_err *err)
{
	const char *alias =
		name[0] == '/' ? NULL : fdt_get_alias(board->store->fdt, name);
	uint32_t nr[3] = { 0 };
	struct walk w;
	int best = 0, is;

	begin(&w, board);
	while (step(&w)) {
		is = answers_to(&w, alias ? alias : name);
		if (is >= best && is) {
			if (!nr[is])
				read_device(&w, device);
			best = is;
		}
		nr[is]++;
	}
	if (best && nr[best] == 1) {
		name_iommu(&w, device);
		return 0;
	}
	if (best)
		return qy_fail(err,
			"%s: %u nodes of the tree are called `%.60s`: give its path, or its name as the kernel has it",
			place, nr[best], name);
	return qy_fail(err,
		"%s: the tree has no device `%.60s` that is switched on: `quarry boot --show devices` prints those that it says something of",
		place, name);
}

#define LAST_DEVFN 0xf8u

bool qy_dt_pci_place(const struct qy_loaded_board *board, struct qy_dt_device *d)
{
	struct walk w;

	if (!board->store->fdt)
		return false;
	begin(&w, board);
	while (step(&w)) {
		const struct level *host = &w.path[w.depth];

		if (!host->pci || host->host != w.depth)
			continue;
		*d = (struct qy_dt_device){ .pci = true,
			.coherent = is_coherent(&w, w.depth) };
		read_windows(&w, w.depth, d);
		d->stream = (host->bus & 0xff) << 8 | LAST_DEVFN;
		read_iommu_map(&w, w.depth, d->stream, d);
		name_iommu(&w, d);
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------ for the core */

/* Where writes of interrupts go, in the space of a device behind an SMMU, and for all of a PC. */
static const struct qy_range arm_msi = { 0x8000000, 0x100000 };
static const struct qy_range pc_msi = { 0xfee00000, 0x100000 };

void qy_dt_device_desc(const struct qy_dt_device *device, struct qy_board_device *desc,
	struct qy_dma_range *ranges, struct qy_board_iommu *iommu)
{
	for (uint32_t i = 0; i < device->nr_windows; i++)
		ranges[i] = (struct qy_dma_range){ .cpu_start = device->window[i].cpu,
			.dma_start = device->window[i].bus,
			.size = device->window[i].size };
	*desc = (struct qy_board_device){
		.name = device->name,
		.address_bits = device->mask_said ? device->mask_bits : 0,
		.coherent = device->coherent,
		.pci = device->pci,
		.dma_ranges = device->nr_windows ? ranges : NULL,
		.nr_dma_ranges = device->nr_windows,
	};
	if (device->nr_regions && device->region[0] != QY_NO_REGION)
		desc->memory_region = device->region[0] + 1;
	if (device->iommu == QY_IOMMU_NONE)
		return;
	*iommu = (struct qy_board_iommu){ .name = device->iommu_name,
		.reserved = device->iommu == QY_IOMMU_INTEL ? &pc_msi : &arm_msi,
		.nr_reserved = 1 };
	desc->iommu = iommu;
}

/* Devices behind one IOMMU know it by one name, found once. */
static void name_once(
	const struct walk *w, const struct qy_dt_device *before, struct qy_dt_device *d)
{
	const struct qy_dt_device *other = before;

	while (other < d &&
		(other->iommu == QY_IOMMU_NONE || other->iommu_node != d->iommu_node))
		other++;
	if (other < d)
		memcpy(d->iommu_name, other->iommu_name, sizeof(d->iommu_name));
	else
		name_iommu(w, d);
}

static uint32_t count_devices(const struct qy_loaded_board *board)
{
	struct walk w;
	uint32_t nr = 0;

	begin(&w, board);
	while (step(&w))
		nr += is_told_of(&w);
	return nr;
}

int qy_dt_devices_fill(struct qy_loading *loading, struct qy_loaded_board *board)
{
	struct qy_board_store *store = loading->store;
	uint32_t nr = count_devices(board), i = 0;
	struct walk w;

	if (nr > QY_MAX_DEVICES) {
		qy_note(loading->notes,
			"%u devices of the tree do DMA: only the first %u are on the board",
			nr, QY_MAX_DEVICES);
		nr = QY_MAX_DEVICES;
	}
	if (!nr)
		return 0;
	store->tree_devices = calloc(nr, sizeof(*store->tree_devices));
	store->devices = calloc(nr, sizeof(*store->devices));
	store->dma_ranges = calloc(nr, sizeof(*store->dma_ranges));
	store->iommus = calloc(nr, sizeof(*store->iommus));
	if (!store->tree_devices || !store->devices || !store->dma_ranges ||
		!store->iommus)
		return qy_fail(loading->err, "%s: out of host memory", store->name);
	begin(&w, board);
	while (i < nr && step(&w)) {
		if (!is_told_of(&w))
			continue;
		read_device(&w, &store->tree_devices[i]);
		if (store->tree_devices[i].iommu != QY_IOMMU_NONE)
			name_once(&w, store->tree_devices, &store->tree_devices[i]);
		qy_dt_device_desc(&store->tree_devices[i], &store->devices[i],
			store->dma_ranges[i], &store->iommus[i]);
		i++;
	}
	loading->board->devices = store->devices;
	loading->board->nr_devices = nr;
	return 0;
}

/* ------------------------------------------------------------------ text */

const char *qy_iommu_kind_name(enum qy_iommu_kind kind)
{
	static const char *const names[] = {
		[QY_IOMMU_NONE] = "none",
		[QY_IOMMU_ARM_SMMU] = "arm-smmu",
		[QY_IOMMU_ARM_SMMU_V3] = "arm-smmu-v3",
		[QY_IOMMU_INTEL] = "DMAR",
		[QY_IOMMU_OTHER] = "other",
	};

	return names[kind];
}

static void print_memory(FILE *out, const struct qy_dt_device *d)
{
	for (uint32_t i = 0; i < d->nr_regions; i++)
		fprintf(out, "%s%s", i ? "," : " ", d->region_name[i]);
	if (!d->nr_regions)
		fputs(" -", out);
}

static void print_device(void *arg, const struct qy_dt_device *d)
{
	FILE *out = arg;

	char iommu[QY_DEVICE_NAME + 24] = "-";

	if (d->iommu != QY_IOMMU_NONE)
		snprintf(
			iommu, sizeof(iommu), "%s stream 0x%x", d->iommu_name, d->stream);
	fprintf(out, "%-28s %4u %8u  %-6s  %-30s", d->name, d->mask_bits,
		d->coherent_mask_bits, d->coherent ? "yes" : "no", iommu);
	print_memory(out, d);
	putc('\n', out);
	for (uint32_t i = 0; i < d->nr_windows; i++)
		fprintf(out,
			"    bus 0x%" PRIx64 "-0x%" PRIx64 " is memory 0x%" PRIx64
			"-0x%" PRIx64 "\n",
			d->window[i].bus, d->window[i].bus + (d->window[i].size - 1),
			d->window[i].cpu, d->window[i].cpu + (d->window[i].size - 1));
}

void qy_dt_device_text(FILE *out, const struct qy_loaded_board *board)
{
	fprintf(out, "%-28s %4s %8s  %-6s  %-30s %s\n", "device", "mask", "coherent",
		"snoops", "iommu", "memory-region");
	qy_dt_device_each(board, print_device, out);
}
