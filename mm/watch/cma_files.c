// SPDX-License-Identifier: MIT
/*
 * The files of CMA areas, whose paths hold the name of an area:
 *
 *   /sys/kernel/mm/cma/NAME/{alloc_pages_success,alloc_pages_fail,release_pages_success,total_pages,available_pages}
 *   /sys/kernel/debug/cma/NAME/{base_pfn,count,order_per_bit,used,maxchunk,bitmap}
 *   /sys/kernel/debug/cma/NAME/{alloc,free}     takes so many pages, gives so many back; to be written only
 *   /proc/cma              one line an area; no file of Linux, but what a lecture on CMA shows of one
 *
 *   qy_show_cma            the last one
 *   qy_cma_file, qy_cma_file_show, qy_cma_file_store, qy_cma_file_path   the others, found by path
 *
 * No state.
 */
#include "mm/contig/contig.h"
#include "mm/watch/internal.h"
#include <quarry/cma.h>

#define SYSFS   "/sys/kernel/mm/cma/"
#define DEBUGFS "/sys/kernel/debug/cma/"

static u64 available(const struct qy_cma_stats *s)
{
	return s->nr_pages - s->used_pages;
}

#define NUMBER(field)                                       \
	static u64 field##_of(const struct qy_cma_stats *s) \
	{                                                   \
		return s->field;                            \
	}
NUMBER(alloc_pages_fail)
NUMBER(alloc_pages_success)
NUMBER(nr_pages)
NUMBER(release_pages_success)
NUMBER(base_pfn)
NUMBER(largest_run_pages)
NUMBER(order_per_bit)
NUMBER(used_pages)

static int give_back(struct qy_machine *m, u32 area, u64 nr_pages)
{
	qy_cma_debug_free(m, area, nr_pages);
	return 0;
}

/* In the order in which ls shows them. */
static const struct {
	const char *directory, *name;
	u64 (*number)(const struct qy_cma_stats *s);                /* NULL: the bitmap */
	int (*store)(struct qy_machine *m, u32 area, u64 nr_pages); /* write only */
} files[] = {
	{ DEBUGFS, "alloc", NULL, qy_cma_debug_alloc },
	{ DEBUGFS, "base_pfn", base_pfn_of, NULL },
	{ DEBUGFS, "bitmap", NULL, NULL },
	{ DEBUGFS, "count", nr_pages_of, NULL },
	{ DEBUGFS, "free", NULL, give_back },
	{ DEBUGFS, "maxchunk", largest_run_pages_of, NULL },
	{ DEBUGFS, "order_per_bit", order_per_bit_of, NULL },
	{ DEBUGFS, "used", used_pages_of, NULL },
	{ SYSFS, "alloc_pages_fail", alloc_pages_fail_of, NULL },
	{ SYSFS, "alloc_pages_success", alloc_pages_success_of, NULL },
	{ SYSFS, "available_pages", available, NULL },
	{ SYSFS, "release_pages_success", release_pages_success_of, NULL },
	{ SYSFS, "total_pages", nr_pages_of, NULL },
};

/* What follows @prefix in @text; NULL: it does not begin so. */
static const char *after(const char *text, const char *prefix)
{
	while (*prefix)
		if (*text++ != *prefix++)
			return NULL;
	return text;
}

/* Does @path name file @which of an area of that name? Of any, when @area is NULL. */
static bool is_file(const char *path, unsigned int which, const char *area)
{
	const char *at = after(path, files[which].directory);

	if (!at)
		return false;
	if (area) {
		at = after(at, area);
		if (!at || *at != '/')
			return false;
	} else {
		while (*at && *at != '/')
			at++;
	}
	at = *at ? after(at + 1, files[which].name) : NULL;
	return at && !*at;
}

bool qy_cma_file(struct qy_machine *m, const char *path, u32 *area, unsigned int *which)
{
	struct qy_cma_stats stats;

	for (*which = 0; *which < ARRAY_SIZE(files); ++*which)
		for (*area = 0;
			is_file(path, *which, NULL) && qy_cma_stats(m, *area, &stats);
			++*area)
			if (is_file(path, *which, stats.name))
				return true;
	return false;
}

int qy_cma_file_mode(const char *path)
{
	for (unsigned int which = 0; which < ARRAY_SIZE(files); which++)
		if (is_file(path, which, NULL))
			return files[which].store ? 0200 : 0444;
	return -QY_ENOENT;
}

/* 32 bits a number, as debugfs prints an array of them. */
static void show_bitmap(struct qy_seq *seq, struct qy_machine *m, u32 area)
{
	u32 word;

	for (u64 i = 0; qy_cma_bitmap_word(m, area, i, &word); i++)
		qy_seq_printf(seq, "%s%u", i ? " " : "", word);
	qy_seq_puts(seq, "\n");
}

int qy_cma_file_show(
	struct qy_seq *seq, struct qy_machine *m, u32 area, unsigned int which)
{
	struct qy_cma_stats stats;

	if (files[which].store)
		return -QY_EACCES;
	if (!files[which].number)
		show_bitmap(seq, m, area);
	else if (qy_cma_stats(m, area, &stats))
		qy_seq_printf(seq, "%lu\n", files[which].number(&stats));
	return 0;
}

int qy_cma_file_store(
	struct qy_machine *m, u32 area, unsigned int which, const char *text)
{
	s64 nr_pages;
	const char *end;

	if (!files[which].store)
		return -QY_EACCES;
	end = qy_parse_number(text, 0, INT32_MAX, &nr_pages);
	if (!end || *end)
		return -QY_EINVAL;
	return files[which].store(m, area, (u64)nr_pages);
}

bool qy_cma_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size)
{
	struct qy_cma_stats stats;
	unsigned int which = n % ARRAY_SIZE(files);

	if (!qy_cma_stats(m, n / ARRAY_SIZE(files), &stats))
		return false;
	qy_snprintf(buf, size, "%s%s/%s", files[which].directory, stats.name,
		files[which].name);
	return true;
}

/* ------------------------------------------------------------------ /proc/cma */

static u64 kib(u64 nr_pages)
{
	return nr_pages << (QY_PAGE_SHIFT - 10);
}

void qy_show_cma(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_cma_stats s;

	(void)which;
	qy_seq_printf(seq, "%-20s %11s %11s %11s %11s\n", "name", "total_kB", "used_kB",
		"maxchunk_kB", "maxalloc_kB");
	for (u32 i = 0; qy_cma_stats(m, i, &s); i++)
		qy_seq_printf(seq, "%-20s %11lu %11lu %11lu %11lu\n", s.name,
			kib(s.nr_pages), kib(s.used_pages), kib(s.largest_run_pages),
			kib(s.max_alloc_pages));
}
