// SPDX-License-Identifier: MIT
/*
 * The device tree of a capture. A target's own tree says nothing of its kernel: that is added from the boot log, vmstat
 * and zoneinfo. A target without one (a PC) gets a tree of the memory that /proc/iomem lists.
 *
 * No state.
 */
#include "lab/capture.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/board_dt.h"
#include "lab/cmdline.h"

#define MORE_BYTES (256u << 10) /* for what is added to a tree */
#define MAX_BANKS  1024u

/* The kernel's sizes in bytes, as qy,kernel-image has them. */
struct image {
	uint64_t code, rwdata, rodata, init, bss, base;
};

struct tree {
	const struct qy_capture *capture;
	void *fdt;
	int error; /* libfdt's, of the first call that failed */
	struct qy_err *err;
};

static int bad(struct tree *t, const char *entry, const char *what, const char *remedy)
{
	return qy_fail(t->err, "%s: %s: %s; %s", t->capture->path, entry, what, remedy);
}

/* ------------------------------------------------------------------ writing */

static void set(struct tree *t, int node, const char *name, const void *value, int size)
{
	int ret = t->error || fdt_getprop(t->fdt, node, name, NULL)
			  ? 0
			  : fdt_setprop(t->fdt, node, name, value, size);

	t->error = t->error ? t->error : ret;
}

static void set_string(struct tree *t, int node, const char *name, const char *value)
{
	set(t, node, name, value, (int)strlen(value) + 1);
}

static void set_u32(struct tree *t, int node, const char *name, uint32_t value)
{
	fdt32_t cell = cpu_to_fdt32(value);

	set(t, node, name, &cell, sizeof(cell));
}

static void set_u64(struct tree *t, int node, const char *name, uint64_t value)
{
	fdt64_t cells = cpu_to_fdt64(value);

	set(t, node, name, &cells, sizeof(cells));
}

/* The node below @parent, made when it is not there. Return: the root after an error. */
static int child(struct tree *t, int parent, const char *name)
{
	int node = t->error ? 0 : fdt_subnode_offset(t->fdt, parent, name);

	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(t->fdt, parent, name);
	if (node >= 0)
		return node;
	t->error = node;
	return 0;
}

/* ------------------------------------------------------------------ /proc/iomem */

/* "  40210000-415bffff : Kernel code". Return: false when the line is another. */
static bool iomem_line(const char *at, const char *what, struct qy_range *range)
{
	uint64_t first, last;
	int used = 0;

	if (sscanf(at, " %16" SCNx64 "-%16" SCNx64 " : %n", &first, &last, &used) < 2 ||
		!used || last < first)
		return false;
	if (strncmp(at + used, what, strlen(what)) != 0 ||
		strcspn(at + used, "\n") != strlen(what))
		return false;
	*range = (struct qy_range){ first, last - first + 1 };
	return true;
}

/* The @n-th line of that name, those at the begin of a line only when @top. */
static bool find_iomem(const struct qy_capture *c, const char *what, bool top,
	unsigned int n, struct qy_range *range)
{
	const char *at = c->text[QY_CAPTURE_IOMEM];

	for (; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (top && *at == ' ')
			continue;
		if (iomem_line(at, what, range) && !n--)
			return true;
	}
	return false;
}

static int add_memory(struct tree *t)
{
	fdt64_t cells[MAX_BANKS][2];
	struct qy_range range;
	unsigned int nr = 0;
	int node;

	while (nr < MAX_BANKS && find_iomem(t->capture, "System RAM", true, nr, &range)) {
		cells[nr][0] = cpu_to_fdt64(range.base);
		cells[nr++][1] = cpu_to_fdt64(range.size);
	}
	if (!nr)
		return bad(t, "iomem", "no System RAM in it",
			"run the script again, as root");
	if (nr == 1 && range.base == 0 && range.size == 1)
		return bad(t, "iomem", "its addresses are hidden",
			"run the script again, as root");
	node = child(t, 0, "memory");
	set_string(t, node, "device_type", "memory");
	set(t, node, "reg", cells, (int)(nr * sizeof(cells[0])));
	return 0;
}

/* ------------------------------------------------------------------ what the kernel said */

static const char *boot_line(const struct qy_capture *c, const char *words)
{
	const char *log = c->text[QY_CAPTURE_BOOTLOG];

	return log ? strstr(log, words) : NULL;
}

/* "Memory: 976404K/1048056K available (16384K kernel code, 2499K rwdata, 11716K rodata, 4264K init, 4904K bss," */
static bool read_image(const struct qy_capture *c, struct image *image)
{
	const char *line = boot_line(c, "K available (");
	struct qy_range code = { 0 };

	if (!line || sscanf(line,
			     "K available (%9" SCNu64 "K kernel code, %9" SCNu64
			     "K rwdata, %9" SCNu64 "K rodata, %9" SCNu64
			     "K init, %9" SCNu64 "K bss",
			     &image->code, &image->rwdata, &image->rodata, &image->init,
			     &image->bss) != 5)
		return false;
	image->code <<= 10;
	image->rwdata <<= 10;
	image->rodata <<= 10;
	image->init <<= 10;
	image->bss <<= 10;
	find_iomem(c, "Kernel code", false, 0, &code);
	image->base = code.base;
	return true;
}

static void add_image(struct tree *t)
{
	struct image image;
	fdt64_t cells[6];

	if (!read_image(t->capture, &image))
		return;
	cells[0] = cpu_to_fdt64(image.code);
	cells[1] = cpu_to_fdt64(image.rwdata);
	cells[2] = cpu_to_fdt64(image.rodata);
	cells[3] = cpu_to_fdt64(image.init);
	cells[4] = cpu_to_fdt64(image.bss);
	cells[5] = cpu_to_fdt64(image.base);
	set(t, 0, "qy,kernel-image", cells, image.base ? 48 : 40);
}

/* "RAMDISK: [mem 0x3fed3000-0x3ffdffff]": a boot loader's that has no tree to say it in. */
static void add_initrd(struct tree *t, int chosen)
{
	const char *line = boot_line(t->capture, "RAMDISK: [mem ");
	uint64_t first, last;

	if (!line || sscanf(line, "RAMDISK: [mem %" SCNx64 "-%" SCNx64 "]", &first,
			     &last) != 2)
		return;
	set_u64(t, chosen, "linux,initrd-start", first);
	set_u64(t, chosen, "linux,initrd-end", last + 1);
}

static bool has_zone(const struct qy_capture *c, const char *name)
{
	const char *text = c->text[QY_CAPTURE_ZONEINFO];
	char found[16];

	for (const char *at = text; (at = strstr(at, ", zone ")); at++) {
		if (sscanf(at, ", zone %15s", found) == 1 && strcmp(found, name) == 0)
			return true;
	}
	return false;
}

static void add_kernel(struct tree *t)
{
	const struct qy_capture *c = t->capture;
	const char *vmstat = c->text[QY_CAPTURE_VMSTAT];

	add_image(t);
	if (!strstr(vmstat, "\nthp_"))
		set(t, 0, "qy,no-thp", NULL, 0);
	if (!strstr(vmstat, "\nnuma_hit "))
		set(t, 0, "qy,no-numa", NULL, 0);
	if (has_zone(c, "Device"))
		set(t, 0, "qy,zone-device", NULL, 0);
	if (!has_zone(c, "DMA"))
		set(t, 0, "qy,no-zone-dma", NULL, 0);
	if (!has_zone(c, "DMA32"))
		set(t, 0, "qy,no-zone-dma32", NULL, 0);
}

/* ------------------------------------------------------------------ the command line */

static bool has_reusable(const void *fdt)
{
	int parent = fdt_path_offset(fdt, "/reserved-memory"), node;

	if (parent < 0)
		return false;
	fdt_for_each_subnode(node, fdt, parent)
	{
		if (fdt_getprop(fdt, node, "reusable", NULL))
			return true;
	}
	return false;
}

/* A CMA area that neither line nor tree names is the kernel's own default, which only its total tells. */
static void set_line(struct tree *t, int chosen)
{
	const struct qy_capture *c = t->capture;
	const char *line = c->text[QY_CAPTURE_CMDLINE];
	char text[2 * QY_COMMAND_LINE_SIZE];
	uint64_t kib = 0;
	int ret;

	qy_capture_number(c->text[QY_CAPTURE_MEMINFO], "CmaTotal:", &kib);
	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	if (kib && !strstr(text, "cma=") && !has_reusable(t->fdt))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			" cma=%" PRIu64 "K", kib);
	ret = t->error ? 0 : fdt_setprop_string(t->fdt, chosen, "bootargs", text);
	t->error = t->error ? t->error : ret;
}

/* ------------------------------------------------------------------ doors */

static int open_tree(struct tree *t, size_t room)
{
	const struct qy_capture *c = t->capture;
	const void *blob = c->text[QY_CAPTURE_FDT];
	int ret = blob ? qy_dt_check(blob, c->size[QY_CAPTURE_FDT]) : 0;

	if (ret)
		return bad(t, "fdt", fdt_strerror(ret), "run the script again");
	t->error = blob ? fdt_open_into(blob, t->fdt, (int)room)
			: fdt_create_empty_tree(t->fdt, (int)room);
	return 0;
}

/* A tree for what has none. */
static int add_machine(struct tree *t)
{
	if (!t->capture->x86_64)
		return bad(t, "fdt", "is missing, and an arm64 board needs one",
			"run the script again with /sys mounted; /sys/firmware/fdt is the tree");
	if (strstr(t->capture->text[QY_CAPTURE_ZONEINFO], "Node 1,"))
		return bad(t, "before/zoneinfo",
			"several memory nodes without a device tree",
			"describe the machine in a .dts and name it as board of a scenario");
	set_string(t, 0, "model", "PC");
	set_string(t, 0, "compatible", "quarry,pc");
	set_u32(t, 0, "#address-cells", 2);
	set_u32(t, 0, "#size-cells", 2);
	return add_memory(t);
}

static void add_crash_kernel(struct tree *t)
{
	struct qy_range range;

	for (unsigned int n = 0; n < QY_MAX_RESERVED && !t->error &&
				 find_iomem(t->capture, "Crash kernel", false, n, &range);
		n++)
		t->error = fdt_add_mem_rsv(t->fdt, range.base, range.size);
}

static int fill(struct tree *t, size_t room)
{
	int chosen;

	if (open_tree(t, room))
		return -1;
	if (!t->error && !t->capture->text[QY_CAPTURE_FDT] && add_machine(t))
		return -1;
	if (t->capture->x86_64)
		set_string(t, 0, "qy,arch", "x86_64");
	add_kernel(t);
	add_crash_kernel(t);
	chosen = child(t, 0, "chosen");
	set_line(t, chosen);
	add_initrd(t, chosen);
	if (t->error)
		return bad(t, "fdt", fdt_strerror(t->error), "run the script again");
	return 0;
}

void *qy_capture_tree(const struct qy_capture *capture, size_t *size, struct qy_err *err)
{
	struct tree t = { .capture = capture, .err = err };
	size_t room = capture->size[QY_CAPTURE_FDT] + MORE_BYTES;

	t.fdt = malloc(room);
	if (!t.fdt) {
		qy_fail(err, "%s: the host has no memory left", capture->path);
		return NULL;
	}
	if (fill(&t, room)) {
		free(t.fdt);
		return NULL;
	}
	*size = fdt_totalsize(t.fdt);
	return t.fdt;
}

int qy_capture_reserve(
	void *tree, size_t *size, const struct qy_range *ranges, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		if (fdt_add_mem_rsv(tree, ranges[i].base, ranges[i].size))
			return -1;
	}
	*size = fdt_totalsize(tree);
	return 0;
}
