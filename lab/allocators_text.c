// SPDX-License-Identifier: MIT
/*
 * What allocators.c was told, as a table and as JSON. No state.
 */
#include "lab/allocators.h"

#include <jansson.h>
#include "lab/units.h"

/* "4 KiB .. 4 MiB" */
static const char *range_text(
	char *buf, size_t size, const struct qy_allocator_range *range, bool sleeps)
{
	char from[24], to[24];

	if (!range->to)
		return sleeps ? "no: it may sleep" : "no";
	snprintf(buf, size, "%s .. %s%s", qy_format_size(from, sizeof(from), range->from),
		qy_format_size(to, sizeof(to), range->to),
		range->or_more ? " or more" : "");
	return buf;
}

static const char *piece_text(const struct qy_allocator *row)
{
	if (row->linear)
		return "yes";
	return row->linear_when_small ? "small ones" : "no";
}

void qy_allocators_print(FILE *out, const struct qy_allocators *a)
{
	char task[64], atomic[64], size[24];

	fprintf(out, "%-19s %-26s %-10s  %-23s  %s\n", "allocator", "gives", "contiguous",
		"GFP_KERNEL, in a task", "GFP_ATOMIC, under a spinlock");
	for (unsigned int i = 0; i < QY_NR_ALLOCATORS; i++) {
		const struct qy_allocator *row = &a->row[i];

		fprintf(out, "%-19s %-26s %-10s  %-23s  %s\n", row->name, row->gives,
			piece_text(row),
			range_text(task, sizeof(task), &row->task, row->sleeps),
			range_text(atomic, sizeof(atomic), &row->atomic, row->sleeps));
	}
	fprintf(out, "\norders   ");
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		fprintf(out, " %u: %s%s", order,
			qy_format_size(size, sizeof(size), a->block_bytes[order]),
			order + 1 < QY_NR_PAGE_ORDERS ? "," : "\n");
	fprintf(out, "kmalloc  ");
	for (uint32_t i = 0; i < a->nr_kmalloc_classes; i++)
		fprintf(out, " %u", a->kmalloc_class[i]);
	fprintf(out, " bytes; above, a block of pages\n");
	fprintf(out, "vmalloc   %s of addresses",
		qy_format_size(size, sizeof(size), a->vmalloc_bytes));
	fprintf(out, ", a guard of %s behind each area\n",
		qy_format_size(size, sizeof(size), a->guard_bytes));
	if (a->area[0])
		fprintf(out, "CMA       %s: %s at 0x%llx, in zone %s\n", a->area,
			qy_format_size(size, sizeof(size), a->area_bytes),
			(unsigned long long)a->area_base, a->area_zone);
	else
		fprintf(out, "CMA       none: cma=SIZE on the command line, or "
			     "linux,cma-default in the tree, reserves one\n");
	fprintf(out, "device    32 address lines, %s, no IOMMU\n", a->devices);
}

static json_t *range_json(const struct qy_allocator_range *range)
{
	return range->to ? json_pack("{s:I, s:I, s:b}", "from_bytes",
				   (json_int_t)range->from, "to_bytes",
				   (json_int_t)range->to, "or_more", range->or_more)
			 : json_null();
}

int qy_allocators_json(FILE *out, const struct qy_allocators *a)
{
	json_t *rows = json_array(), *classes = json_array(), *orders = json_array(),
	       *area = a->area[0] ? json_pack("{s:s, s:s, s:I, s:I}", "name", a->area,
					    "zone", a->area_zone, "base",
					    (json_int_t)a->area_base, "bytes",
					    (json_int_t)a->area_bytes)
				  : json_null(),
	       *all;
	int error = 0;

	for (unsigned int i = 0; i < QY_NR_ALLOCATORS; i++) {
		const struct qy_allocator *row = &a->row[i];

		error |= json_array_append_new(
			rows, json_pack("{s:s, s:s, s:b, s:b, s:b, s:o, s:o}", "name",
				      row->name, "gives", row->gives, "contiguous",
				      row->linear, "contiguous_when_small",
				      row->linear_when_small, "may_sleep", row->sleeps,
				      "gfp_kernel", range_json(&row->task), "gfp_atomic",
				      range_json(&row->atomic)));
	}
	for (unsigned int i = 0; i < QY_NR_PAGE_ORDERS; i++)
		error |= json_array_append_new(
			orders, json_integer((json_int_t)a->block_bytes[i]));
	for (uint32_t i = 0; i < a->nr_kmalloc_classes; i++)
		error |=
			json_array_append_new(classes, json_integer(a->kmalloc_class[i]));
	all = json_pack("{s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:s}", "schema",
		"quarry-allocators/1", "allocators", rows, "order_bytes", orders,
		"kmalloc_bytes", classes, "vmalloc_bytes", (json_int_t)a->vmalloc_bytes,
		"guard_bytes", (json_int_t)a->guard_bytes, "cma", area, "device",
		a->devices);
	error |= !all || json_dumpf(all, out, JSON_INDENT(2)) || fputc('\n', out) == EOF;
	json_decref(all);
	return error ? -1 : 0;
}
