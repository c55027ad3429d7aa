// SPDX-License-Identifier: MIT
/*
 * The hooks of oracle.h over a machine. This file sees the core; the scenarios see compat/include: never both.
 *
 * State: the attached machine and the output so far.
 */
#include "mm/machine.h"
#include "tests/conformance/glue.h"
#include "tests/conformance/oracle.h"

#include <quarry/cma.h>
#include <quarry/dma.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As much of compat's struct device as the core knows, and room for the rest. */
struct device {
	struct qy_dma_dev qy;
	void *rest[4];
};

static struct device device;
static struct qy_machine *machine;
static FILE *output;

void orc_attach(struct qy_machine *m)
{
	machine = m;
	device.qy.machine = NULL;
}

unsigned long orc_virt_phys(const void *p)
{
	return qy_virt_to_page(machine, p) ? qy_virt_to_phys(machine, p) : ~0ul;
}

/* The device is the guest's; it stays until the guest ends. */
struct device *orc_dev(void)
{
	static const struct qy_board_device desc = { .name = "orc_dma" };

	if (!device.qy.machine && qy_dma_dev_init(machine, &device.qy, &desc))
		return NULL;
	return &device;
}

static const struct orc_scenario *find(const struct orc_scenario *s, const char *name)
{
	while (s->name && strcmp(s->name, name))
		s++;
	return s->name ? s : NULL;
}

char *orc_run(const char *name)
{
	const struct orc_scenario *s = find(orc_page_scenarios, name);
	char *text = NULL;
	size_t size;

	if (!s)
		s = find(orc_contig_scenarios, name);
	if (!s)
		s = find(orc_virt_scenarios, name);
	if (!s)
		s = find(orc_slab_scenarios, name);
	if (!s)
		s = find(orc_dma_scenarios, name);
	if (!s)
		return NULL;
	output = open_memstream(&text, &size);
	s->fn();
	fclose(output);
	output = NULL;
	return text;
}

void orc_out(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(output, fmt, args);
	va_end(args);
}

void orc_drain(void)
{
	qy_drain_all_pages(machine);
}

/* The scenarios know node 0 only; every recorded guest has just that. */
static const struct zone *zone_at(int zi)
{
	return &machine->zones[zi];
}

int orc_nr_zones(void)
{
	return (int)machine->zones_per_node;
}

const char *orc_zone_name(int zi)
{
	return zone_at(zi)->name;
}

unsigned long orc_zone_free(int zi)
{
	return zone_at(zi)->nr_free_pages;
}

unsigned long orc_zone_free_order(int zi, unsigned int order)
{
	return zone_at(zi)->free_area[order].nr_free;
}

unsigned long orc_zone_wmark(int zi, int which)
{
	return zone_at(zi)->_watermark[which];
}

unsigned long orc_zone_managed(int zi)
{
	return zone_managed_pages(zone_at(zi));
}

unsigned long orc_zone_present(int zi)
{
	return zone_at(zi)->present_pages;
}

long orc_zone_reserve(int zi, int for_zi)
{
	return (long)zone_at(zi)->lowmem_reserve[for_zi];
}

const char *orc_page_zone_name(struct page *p)
{
	return qy_page_zone_name(machine, p);
}

unsigned long orc_max_pfn(void)
{
	return machine->max_pfn;
}

unsigned int orc_nr_cpu_ids(void)
{
	return machine->nr_cpus;
}

unsigned long *orc_bitmap(unsigned long nr_bits)
{
	return calloc(nr_bits / 64 + 1, sizeof(unsigned long));
}

void orc_bitmap_free(unsigned long *words)
{
	free(words);
}

void *orc_table(unsigned long bytes)
{
	return calloc(1, bytes);
}

void orc_table_free(void *table)
{
	free(table);
}

/* ------------------------------------------------------------------ the default CMA area */

static struct qy_cma_stats area(void)
{
	struct qy_cma_stats stats = { 0 };
	int index = qy_cma_default(machine);

	if (index >= 0)
		qy_cma_stats(machine, (u32)index, &stats);
	return stats;
}

unsigned long orc_cma_pages(void)
{
	return area().nr_pages;
}

unsigned int orc_cma_align_order(void)
{
	return (unsigned int)__builtin_ctzll(area().base_pfn);
}

struct page *orc_cma_take(unsigned long nr, unsigned int align_order)
{
	return qy_cma_alloc(
		machine, (u32)qy_cma_default(machine), nr, align_order, true, NULL);
}

int orc_cma_give(struct page *page, unsigned long nr)
{
	return qy_cma_release(machine, (u32)qy_cma_default(machine), page, nr);
}

long orc_cma_offset(struct page *page)
{
	return (long)qy_page_to_pfn(machine, page) - (long)area().base_pfn;
}

unsigned long orc_free_cma(void)
{
	unsigned long nr = 0;

	for (u32 i = 0; i < machine->nr_zones; i++)
		nr += machine->zones[i].nr_free_cma;
	return nr;
}
