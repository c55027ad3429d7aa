// SPDX-License-Identifier: MIT
/*
 * The geometry of every cache of every recorded kernel: /sys/kernel/slab, one cache a line, "name key=value ...".
 *
 * What its maker asked for comes from the line itself (size, flags, constructor) and from its name (the scripted caches
 * of scenario "caches"); alignments that neither tells are in asked_align[]. What follows from it must be what is there.
 *
 * No state.
 */
#include "mm/slab/layout.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/recorded.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *run;
	u32 nr_cpus;
	bool merges; /* a cache may stand for several, with the strictest alignment of them */
} guests[] = {
	{ "cust_1g", 2, false },
	{ "cust_smp1", 1, false },
	{ "cust_caches_debug", 2, true },
	{ "deb612_1g", 2, false },
	{ "deb61_1g", 2, false },
};

/* Kernel structures with an alignment of their own. */
static const struct {
	const char *name;
	u32 align;
} asked_align[] = {
	{ "dio", 64 },
	{ "maple_node", 256 },
	{ "net_namespace", 64 },
	{ "pool_workqueue", 256 },
	{ "task_group", 64 },
	{ "task_struct", 64 },
};

/* Text behind " @key=", up to the next blank: copied to @out, which has 64 bytes. */
static bool field(const char *line, const char *key, char *out)
{
	char wanted[40];
	const char *at;

	snprintf(wanted, sizeof(wanted), " %s=", key);
	at = strstr(line, wanted);
	if (!at)
		return false;
	at += strlen(wanted);
	snprintf(out, 64, "%.*s", (int)strcspn(at, " "), at);
	return true;
}

static u32 number(const char *line, const char *key)
{
	char text[64];

	if (!field(line, key, text))
		FAIL("%s: no %s", line, key);
	return (u32)strtoul(text, NULL, 10);
}

static u32 align_of(const char *line, bool merges)
{
	u32 size = number(line, "object_size");
	unsigned int align;

	if (sscanf(line, "orc_%*u_a%u_", &align) == 1)
		return align;
	if (merges)
		return number(line, "align");
	if (strncmp(line, "kmalloc-", 8) == 0 || strncmp(line, "dma-kmalloc-", 12) == 0)
		return size & -size;
	for (size_t i = 0; i < ARRAY_SIZE(asked_align); i++)
		if (strncmp(line, asked_align[i].name, strcspn(line, " ")) == 0)
			return asked_align[i].align;
	return 0;
}

static struct slab_request request_of(const char *line, u32 nr_cpus, bool merges)
{
	static const struct {
		const char *key;
		u32 flag;
	} flags[] = {
		{ "hwcache_align", QY_SLAB_HWCACHE_ALIGN },
		{ "destroy_by_rcu", QY_SLAB_TYPESAFE_BY_RCU },
		{ "red_zone", QY_SLAB_RED_ZONE },
		{ "poison", QY_SLAB_POISON },
		{ "store_user", QY_SLAB_STORE_USER },
		{ "sanity_checks", QY_SLAB_CONSISTENCY_CHECKS },
		{ "trace", QY_SLAB_TRACE },
	};
	struct slab_request want = {
		.size = number(line, "object_size"),
		.align = align_of(line, merges),
		.freeptr_offset = -1,
		.cache_line_bytes = 64,
		.nr_cpu_ids = nr_cpus,
		.max_order = 3,
	};
	char ctor[64];

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		if (number(line, flags[i].key))
			want.flags |= flags[i].flag;
	if (strstr(line, "kmalloc-") && !strstr(line, "kmalloc_"))
		want.flags |= QY_SLAB_KMALLOC;
	want.has_ctor = field(line, "ctor", ctor) && *ctor;
	return want;
}

/* What we say for the key that @word begins with; NULL when it is none of ours. */
static const u32 *value_of(const char *word, const u32 values[6])
{
	static const char *const keys[6] = { "slab_size=", "align=", "order=",
		"objs_per_slab=", "min_partial=", "cpu_partial=" };

	for (int i = 0; i < 6; i++)
		if (has_prefix(word, keys[i]))
			return &values[i];
	return NULL;
}

/* The recorded line with our numbers in it. */
static void line_with(const char *kernel, const struct slab_layout *layout, char *out)
{
	const u32 values[6] = { layout->size, layout->align, layout->order,
		layout->objects, layout->min_partial, layout->cpu_partial };

	while (*kernel) {
		int bytes = (int)strcspn(kernel, " "), key = (int)strcspn(kernel, "= ");
		const u32 *value = value_of(kernel, values);

		out += value ? sprintf(out, "%.*s=%u", key, kernel, *value)
			     : sprintf(out, "%.*s", bytes, kernel);
		kernel += bytes;
		if (*kernel)
			*out++ = *kernel++;
	}
	*out = '\0';
}

static void compare_file(const char *run, const char *file, u32 nr_cpus, bool merges)
{
	struct lines kernel = recorded_lines(run, file);

	for (unsigned int i = 0; i < kernel.nr; i++) {
		struct slab_request want = request_of(kernel.line[i], nr_cpus, merges);
		struct slab_layout layout;
		char ours[1024];

		CHECK_EQ(qy_slab_layout(&want, &layout), 0);
		line_with(kernel.line[i], &layout, ours);
		tally_line(run, file, kernel.line[i], ours);
	}
	free_lines(&kernel);
}

void compare_slab_geometry(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(guests); i++) {
		compare_file(guests[i].run, "caches.sysfs.txt", guests[i].nr_cpus,
			guests[i].merges);
		compare_file(guests[i].run, "allslabs.sysfs.txt", guests[i].nr_cpus,
			guests[i].merges);
	}
}

TEST(conformance, caches_have_the_recorded_geometry)
{
	tally_begin();
	compare_slab_geometry();
	tally_check();
}
