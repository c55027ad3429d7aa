// SPDX-License-Identifier: MIT
/*
 * Caches as files: slabinfo byte for byte, the attributes under /sys/kernel/slab, their directories and links, and what
 * meminfo, vmstat and zoneinfo say of slabs.
 *
 * State: one machine.
 */
#include "tests/model/rig.h"
#include "mm/watch/internal.h"
#include <quarry/slab.h>

static struct rig rig;
static char text[65536];

static void boot(uint32_t nr_cpus, const char *debug)
{
	rig_x86(&rig, MIB(64), 0, nr_cpus);
	snprintf(rig.board.slab.debug, sizeof(rig.board.slab.debug), "%s", debug);
	rig_boot(&rig);
}

static const char *read_file(const char *path)
{
	long bytes = qy_proc_read(rig.m, path, text, sizeof(text));

	if (bytes < 0 || (size_t)bytes >= sizeof(text))
		FAIL("%s: %ld", path, bytes);
	return text;
}

static const char *attribute(const char *cache, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, name);
	return read_file(path);
}

static int write_attribute(const char *cache, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, name);
	return qy_proc_write(rig.m, path, value);
}

/* ------------------------------------------------------------------ slabinfo */

TEST(slab_files, slabinfo_rows_are_printed_as_the_kernel_prints_them)
{
	static const struct {
		struct qy_kmem_cache_info info;
		const char *row;
	} rows[] = {
		{ { .name = "kmalloc-512",
			  .total_objects = 27136,
			  .partial_free = 16944,
			  .size = 512,
			  .objects_per_slab = 16,
			  .order = 1,
			  .nr_slabs = 1696 },
			"kmalloc-512        10192  27136    512   16    2 : tunables    0    0    0"
			" : slabdata   1696   1696      0\n" },
		{ { .name = "orc_00100_a0256_none", .size = 256, .objects_per_slab = 16 },
			"orc_00100_a0256_none      0      0    256   16    1 : tunables    0    0    0"
			" : slabdata      0      0      0\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[256];
		struct qy_seq seq;

		qy_seq_init(&seq, line, sizeof(line));
		qy_show_slabinfo_row(&seq, &rows[i].info);
		CHECK_STR_EQ(line, rows[i].row);
	}
}

/* The line of a cache in slabinfo; its numbers. */
static void slabinfo_numbers(const char *cache, unsigned long *active, unsigned long *all,
	unsigned long *slabs)
{
	char name[64];
	const char *line = read_file("/proc/slabinfo");

	snprintf(name, sizeof(name), "\n%-17s ", cache);
	line = strstr(line, name);
	CHECK(line != NULL);
	CHECK_EQ(sscanf(line + strlen(name),
			 "%lu %lu %*u %*u %*u : tunables 0 0 0 : slabdata %lu", active,
			 all, slabs),
		3);
}

TEST(slab_files, the_newest_cache_stands_first)
{
	boot(1, "");
	qy_kmem_cache_create(rig.m, "first", 40, 0, QY_SLAB_NO_MERGE, NULL);
	qy_kmem_cache_create(rig.m, "second", 40, 0, QY_SLAB_NO_MERGE, NULL);
	read_file("/proc/slabinfo");
	CHECK(!strncmp(text,
		"slabinfo - version: 2.1\n"
		"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		" : tunables <limit> <batchcount> <sharedfactor>"
		" : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
		"second                 0      0     40  102    1 : tunables    0    0    0"
		" : slabdata      0      0      0\n"
		"first                  0      0     40  102    1 : tunables    0    0    0"
		" : slabdata      0      0      0\n",
		strlen("slabinfo - version: 2.1\n") + 330));
	CHECK(strstr(text, "first  ") > strstr(text, "second  "));
	CHECK(strstr(text, "kmalloc-8k ") > strstr(text, "first  "));
	CHECK_EQ(qy_proc_mode("/proc/slabinfo"), 0400);
	rig_down(&rig);
}

/* Free objects in a sheaf, or in the slab that a CPU takes from, count as active: Linux's rule for what a CPU holds. */
TEST(slab_files, what_a_cpu_holds_counts_as_active)
{
	unsigned long active, all, slabs;
	struct kmem_cache *cache;
	static void *object[3000];

	boot(1, "");
	cache = qy_kmem_cache_create(rig.m, "held", 256, 0, QY_SLAB_NO_MERGE, NULL);
	for (int i = 0; i < 3000; i++)
		object[i] = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	slabinfo_numbers("held", &active, &all, &slabs);
	CHECK(active >= 3000 && active <= all);
	CHECK_EQ(all, slabs * 16);
	for (int i = 0; i < 3000; i++)
		qy_kmem_cache_free(cache, object[i]);
	slabinfo_numbers("held", &active, &all, &slabs);
	CHECK_EQ(all, slabs * 16);
	CHECK(active < 3000);
	CHECK_EQ(write_attribute("held", "shrink", "1"), 0);
	slabinfo_numbers("held", &active, &all, &slabs);
	CHECK_EQ(active + all + slabs, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ attributes */

TEST(slab_files, attributes_of_a_cache_have_the_kernels_forms)
{
	static const char *const none[] = { "aliases", "cache_dma", "destroy_by_rcu",
		"objects_partial", "order", "partial", "poison", "reclaim_account",
		"red_zone", "sanity_checks", "store_user", "trace", NULL };
	void *object;

	boot(2, "");
	object = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	for (const char *const *name = none; *name; name++)
		CHECK_STR_EQ(attribute("kmalloc-64", *name), "0\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "align"), "64\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "cpu_partial"), "120\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "cpu_slabs"), "1 N0=1\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "ctor"), "");
	CHECK_STR_EQ(attribute("kmalloc-64", "hwcache_align"), "0\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "min_partial"), "5\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "object_size"), "64\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "objects"), "64 N0=64\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "objs_per_slab"), "64\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "remote_node_defrag_ratio"), "100\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "shrink"), "");
	CHECK_STR_EQ(attribute("kmalloc-64", "slab_size"), "64\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "slabs"), "1 N0=1\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "slabs_cpu_partial"), "0(0)\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "total_objects"), "64 N0=64\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "validate"), "");
	CHECK_STR_EQ(attribute("kmalloc-128", "slabs"), "0\n");
	qy_kfree(rig.m, object);
	rig_down(&rig);
}

/* All that Debian's kernel shows of a cache. */
TEST(slab_files, every_attribute_of_a_recorded_kernel_is_there)
{
	static const char *const names[] = { "aliases", "align", "cache_dma",
		"cpu_partial", "cpu_slabs", "ctor", "destroy_by_rcu", "failslab",
		"hwcache_align", "min_partial", "object_size", "objects",
		"objects_partial", "objs_per_slab", "order", "partial", "poison",
		"reclaim_account", "red_zone", "remote_node_defrag_ratio",
		"sanity_checks", "shrink", "skip_kfence", "slab_size", "slabs",
		"slabs_cpu_partial", "store_user", "total_objects", "trace", "usersize",
		"validate" };
	char path[128];

	boot(1, "");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/kmalloc-8k/%s", names[i]);
		CHECK(qy_proc_read(rig.m, path, NULL, 0) >= 0);
		CHECK(qy_proc_mode(path) == 0400 || qy_proc_mode(path) == 0600);
	}
	CHECK_EQ(qy_proc_read(rig.m, "/sys/kernel/slab/kmalloc-8k/none", NULL, 0),
		-QY_ENOENT);
	CHECK_EQ(qy_proc_read(rig.m, "/sys/kernel/slab/nobody/align", NULL, 0),
		-QY_ENOENT);
	CHECK_EQ(qy_proc_mode("/sys/kernel/slab/kmalloc-8k"), -QY_ENOENT);
	rig_down(&rig);
}

TEST(slab_files, writable_attributes_act)
{
	void *object[64];

	boot(1, "");
	CHECK_EQ(write_attribute("kmalloc-4k", "min_partial", "3\n"), 0);
	CHECK_STR_EQ(attribute("kmalloc-4k", "min_partial"), "3\n");
	for (int i = 0; i < 64; i++)
		object[i] = qy_kmalloc(rig.m, 4096, QY_GFP_KERNEL);
	for (int i = 0; i < 64; i++)
		qy_kfree(rig.m, object[i]);
	CHECK_EQ(write_attribute("kmalloc-4k", "shrink", "1"), 0);
	CHECK_STR_EQ(attribute("kmalloc-4k", "slabs"), "0\n");
	CHECK_EQ(write_attribute("kmalloc-4k", "shrink", "2"), -QY_EINVAL);
	CHECK_EQ(write_attribute("kmalloc-4k", "min_partial", "x"), -QY_EINVAL);
	CHECK_EQ(write_attribute("kmalloc-4k", "order", "1"), -QY_EACCES);
	CHECK_EQ(write_attribute("nobody", "shrink", "1"), -QY_ENOENT);
	rig_down(&rig);
}

TEST(slab_files, a_checked_cache_shows_what_is_checked)
{
	boot(1, "ZU,victim");
	qy_kmem_cache_create(rig.m, "victim", 24, 0, 0, NULL);
	CHECK_STR_EQ(attribute("victim", "red_zone"), "1\n");
	CHECK_STR_EQ(attribute("victim", "store_user"), "1\n");
	CHECK_STR_EQ(attribute("victim", "poison"), "0\n");
	CHECK_STR_EQ(attribute("victim", "cpu_partial"), "0\n");
	CHECK_STR_EQ(attribute("victim", "sheaf_capacity"), "0\n");
	CHECK_STR_EQ(attribute("kmalloc-64", "red_zone"), "0\n");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ directories and links */

TEST(slab_files, merged_caches_share_a_directory_that_their_names_link_to)
{
	char path[128], target[128];
	unsigned int seen = 0;

	boot(1, "");
	CHECK(qy_kmem_cache_create(rig.m, "a", 64, 0, QY_SLAB_RECLAIM_ACCOUNT, NULL) ==
		qy_kmem_cache_create(rig.m, "b", 60, 0, QY_SLAB_RECLAIM_ACCOUNT, NULL));
	CHECK_STR_EQ(attribute(":a-0000064", "aliases"), "1\n");
	CHECK_STR_EQ(attribute("a", "aliases"), "1\n");
	CHECK_STR_EQ(attribute("b", "slab_size"), "64\n");
	for (unsigned int n = 0; qy_proc_link(rig.m, n, path, target, sizeof(path));
		n++) {
		if (strcmp(target, ":a-0000064") != 0)
			continue;
		CHECK(!strcmp(path, "/sys/kernel/slab/a") ||
			!strcmp(path, "/sys/kernel/slab/b"));
		seen++;
	}
	CHECK_EQ(seen, 2);
	seen = 0;
	for (unsigned int n = 0; qy_proc_area_path(rig.m, n, path, sizeof(path)); n++) {
		CHECK(qy_proc_read(rig.m, path, NULL, 0) >= 0 ||
			qy_proc_mode(path) == 0200);
		seen += !strcmp(path, "/sys/kernel/slab/:a-0000064/order");
	}
	CHECK_EQ(seen, 1);
	/* what nobody may merge with has its own name */
	qy_kmem_cache_create(rig.m, "alone", 64, 0, QY_SLAB_NO_MERGE, NULL);
	CHECK_STR_EQ(attribute("alone", "aliases"), "0\n");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ totals */

static unsigned long line_of(const char *path, const char *name)
{
	const char *at = strstr(read_file(path), name);

	if (!at)
		FAIL("%s: no line %s", path, name);
	return strtoul(at + strlen(name) + strspn(at + strlen(name), ": "), NULL, 10);
}

TEST(slab_files, meminfo_vmstat_and_zoneinfo_count_the_pages_of_slabs)
{
	void *one, *large;

	boot(1, "");
	CHECK_EQ(line_of("/proc/meminfo", "\nSlab"), 0);
	one = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE);
	large = qy_kmalloc(rig.m, 100000, QY_GFP_KERNEL);
	CHECK_EQ(line_of("/proc/meminfo", "\nSReclaimable"), 4);
	CHECK_EQ(line_of("/proc/meminfo", "\nKReclaimable"), 4);
	CHECK_EQ(line_of("/proc/meminfo", "\nSUnreclaim"),
		4 * line_of("/proc/vmstat", "\nnr_slab_unreclaimable"));
	CHECK(line_of("/proc/meminfo", "\nSUnreclaim") >= 128);
	CHECK_EQ(line_of("/proc/meminfo", "\nSlab"),
		4 + line_of("/proc/meminfo", "\nSUnreclaim"));
	CHECK_EQ(line_of("/proc/vmstat", "\nnr_slab_reclaimable"), 1);
	CHECK_EQ(line_of("/proc/zoneinfo", "nr_slab_reclaimable"), 1);
	qy_proc_write(rig.m, "/proc/sysrq-trigger", "m");
	CHECK_EQ(rig_log_count(&rig, " slab_reclaimable:1 slab_unreclaimable:"), 1);
	qy_kfree(rig.m, one);
	qy_kfree(rig.m, large);
	rig_down(&rig);
}
