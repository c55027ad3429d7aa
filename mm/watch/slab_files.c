// SPDX-License-Identifier: MIT
/*
 * Caches of objects as files:
 *
 *   /proc/slabinfo                      a line a cache, the newest first
 *   /sys/kernel/slab/CACHE/ATTRIBUTE    each cache, by the name of its directory, of itself or of an alias
 *
 *   qy_show_slabinfo, qy_show_slabinfo_row
 *   qy_slab_file, qy_slab_file_show, qy_slab_file_store     a file found by its path
 *   qy_slab_file_path, qy_slab_link                         all of them: the files; names that lead to a directory
 *
 * The directory of a cache that others may merge with is named by kind and size, ":a-0000064", and its names are links to
 * it; any other directory has the name of its cache.
 *
 * Locking: slabs->mutex and node locks are taken by what is asked. No cache may be destroyed while its file is read.
 */
#include "mm/watch/internal.h"
#include "mm/slab/slab.h"

#define DIRECTORY "/sys/kernel/slab/"
#define ENTRY     64

/* ------------------------------------------------------------------ /proc/slabinfo */

void qy_show_slabinfo_row(struct qy_seq *seq, const struct qy_kmem_cache_info *c)
{
	qy_seq_printf(seq, "%-17s %6lu %6lu %6u %4u %4u", c->name,
		c->total_objects - c->partial_free, c->total_objects, c->size,
		c->objects_per_slab, 1u << c->order);
	qy_seq_puts(seq, " : tunables    0    0    0");
	qy_seq_printf(seq, " : slabdata %6lu %6lu      0\n", c->nr_slabs, c->nr_slabs);
}

void qy_show_slabinfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_kmem_cache_info info;

	(void)which;
	qy_seq_puts(seq, "slabinfo - version: 2.1\n");
	qy_seq_puts(seq,
		"# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
		" : tunables <limit> <batchcount> <sharedfactor>"
		" : slabdata <active_slabs> <num_slabs> <sharedavail>\n");
	for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
		qy_show_slabinfo_row(seq, &info);
}

/* ------------------------------------------------------------------ attributes */

struct cache_view {
	struct qy_machine *m;
	struct qy_kmem_cache_info info;
	struct cache_facts facts;
};

/* A total and what of it each node has; a node without any is left out. */
static void show_by_node(struct qy_seq *seq, const struct cache_view *v,
	u64 (*count)(const struct cache_node_counts *counts))
{
	struct cache_node_counts counts;
	u64 total = 0;

	for (u32 node = 0; node < v->m->nr_nodes; node++) {
		qy_cache_node_counts(v->info.cache, node, &counts);
		total += count(&counts);
	}
	qy_seq_printf(seq, "%lu", total);
	for (u32 node = 0; v->m->board->numa && node < v->m->nr_nodes; node++) {
		qy_cache_node_counts(v->info.cache, node, &counts);
		if (count(&counts))
			qy_seq_printf(seq, " N%u=%lu", node, count(&counts));
	}
	qy_seq_puts(seq, "\n");
}

#define BY_NODE(name, field)                                                    \
	static u64 count_##name(const struct cache_node_counts *counts)         \
	{                                                                       \
		return counts->field;                                           \
	}                                                                       \
	static void show_##name(struct qy_seq *seq, const struct cache_view *v) \
	{                                                                       \
		show_by_node(seq, v, count_##name);                             \
	}
BY_NODE(cpu_slabs, active)
BY_NODE(objects, objects)
BY_NODE(objects_partial, partial_used)
BY_NODE(partial, partial)
BY_NODE(slabs, slabs)
BY_NODE(total_objects, total_objects)

#define NUMBER(name, value)                                                     \
	static void show_##name(struct qy_seq *seq, const struct cache_view *v) \
	{                                                                       \
		qy_seq_printf(seq, "%u\n", (u32)(value));                       \
	}
#define FLAG(name, flag) NUMBER(name, !!(v->info.flags & (flag)))
NUMBER(aliases, v->info.users - 1)
NUMBER(align, v->info.align)
FLAG(cache_dma, QY_SLAB_CACHE_DMA)
NUMBER(cpu_partial, v->facts.cpu_partial)
FLAG(destroy_by_rcu, QY_SLAB_TYPESAFE_BY_RCU)
FLAG(failslab, QY_SLAB_FAILSLAB)
FLAG(hwcache_align, QY_SLAB_HWCACHE_ALIGN)
NUMBER(min_partial, v->facts.min_partial)
NUMBER(object_size, v->info.object_size)
NUMBER(objs_per_slab, v->info.objects_per_slab)
NUMBER(order, v->info.order)
FLAG(poison, QY_SLAB_POISON)
FLAG(reclaim_account, QY_SLAB_RECLAIM_ACCOUNT)
FLAG(red_zone, QY_SLAB_RED_ZONE)
FLAG(sanity_checks, QY_SLAB_CONSISTENCY_CHECKS)
NUMBER(sheaf_capacity, v->facts.sheaf_capacity)
FLAG(skip_kfence, QY_SLAB_SKIP_KFENCE)
NUMBER(slab_size, v->info.size)
FLAG(store_user, QY_SLAB_STORE_USER)
FLAG(trace, QY_SLAB_TRACE)
NUMBER(usersize, v->facts.usersize)

/* Linux prints the function's name, which nobody knows here. */
static void show_ctor(struct qy_seq *seq, const struct cache_view *v)
{
	if (v->facts.has_ctor)
		qy_seq_puts(seq, "(constructor)\n");
}

/* A list that there is not: what a CPU holds are its sheaves and the slab that it takes from. */
static void show_slabs_cpu_partial(struct qy_seq *seq, const struct cache_view *v)
{
	(void)v;
	qy_seq_puts(seq, "0(0)\n");
}

static void show_remote_node_defrag_ratio(struct qy_seq *seq, const struct cache_view *v)
{
	(void)v;
	qy_seq_puts(seq, "100\n");
}

static void show_nothing(struct qy_seq *seq, const struct cache_view *v)
{
	(void)seq;
	(void)v;
}

static int store_min_partial(const struct cache_view *v, const char *text)
{
	s64 value;

	if (!qy_parse_number(text, 0, UINT32_MAX, &value))
		return -QY_EINVAL;
	qy_cache_set_min_partial(v->info.cache, (u32)value);
	return 0;
}

/* As on Linux anything but a 1 is a 0. */
static int store_failslab(const struct cache_view *v, const char *text)
{
	return qy_cache_set_failslab(v->info.cache, text[0] == '1');
}

static int store_skip_kfence(const struct cache_view *v, const char *text)
{
	if ((text[0] != '0' && text[0] != '1') || (text[1] && text[1] != '\n'))
		return -QY_EINVAL;
	qy_cache_set_skip_kfence(v->info.cache, text[0] == '1');
	return 0;
}

static int store_shrink(const struct cache_view *v, const char *text)
{
	if (text[0] != '1')
		return -QY_EINVAL;
	(void)qy_kmem_cache_shrink(v->info.cache);
	return 0;
}

static int store_validate(const struct cache_view *v, const char *text)
{
	return text[0] == '1' ? qy_cache_validate(v->info.cache) : -QY_EINVAL;
}

/* In the order in which ls shows them. */
static const struct {
	const char *name;
	void (*show)(struct qy_seq *seq, const struct cache_view *v);
	int (*store)(const struct cache_view *v, const char *text); /* NULL: read only */
} files[] = {
	{ "aliases", show_aliases, NULL },
	{ "align", show_align, NULL },
	{ "cache_dma", show_cache_dma, NULL },
	{ "cpu_partial", show_cpu_partial, NULL },
	{ "cpu_slabs", show_cpu_slabs, NULL },
	{ "ctor", show_ctor, NULL },
	{ "destroy_by_rcu", show_destroy_by_rcu, NULL },
	{ "failslab", show_failslab, store_failslab },
	{ "hwcache_align", show_hwcache_align, NULL },
	{ "min_partial", show_min_partial, store_min_partial },
	{ "object_size", show_object_size, NULL },
	{ "objects", show_objects, NULL },
	{ "objects_partial", show_objects_partial, NULL },
	{ "objs_per_slab", show_objs_per_slab, NULL },
	{ "order", show_order, NULL },
	{ "partial", show_partial, NULL },
	{ "poison", show_poison, NULL },
	{ "reclaim_account", show_reclaim_account, NULL },
	{ "red_zone", show_red_zone, NULL },
	{ "remote_node_defrag_ratio", show_remote_node_defrag_ratio, NULL },
	{ "sanity_checks", show_sanity_checks, NULL },
	{ "sheaf_capacity", show_sheaf_capacity, NULL },
	{ "shrink", show_nothing, store_shrink },
	{ "skip_kfence", show_skip_kfence, store_skip_kfence },
	{ "slab_size", show_slab_size, NULL },
	{ "slabs", show_slabs, NULL },
	{ "slabs_cpu_partial", show_slabs_cpu_partial, NULL },
	{ "store_user", show_store_user, NULL },
	{ "total_objects", show_total_objects, NULL },
	{ "trace", show_trace, NULL },
	{ "usersize", show_usersize, NULL },
	{ "validate", show_nothing, store_validate },
};

/* ------------------------------------------------------------------ directories */

/* Is @text, up to a slash or its end, @name? */
static bool same_entry(const char *text, const char *name)
{
	while (*name && *text == *name)
		text++, name++;
	return !*name && (!*text || *text == '/');
}

static void directory_name(
	const struct qy_kmem_cache_info *info, bool shares_name, char *buf, size_t size)
{
	static const struct {
		qy_slab_flags_t flag;
		char letter;
	} kinds[] = { { QY_SLAB_CACHE_DMA, 'd' }, { QY_SLAB_CACHE_DMA32, 'D' },
		{ QY_SLAB_RECLAIM_ACCOUNT, 'a' }, { QY_SLAB_CONSISTENCY_CHECKS, 'F' },
		{ QY_SLAB_ACCOUNT, 'A' } };
	struct qy_seq seq;

	qy_seq_init(&seq, buf, size);
	if (!shares_name) {
		qy_seq_puts(&seq, info->name);
		return;
	}
	qy_seq_puts(&seq, ":");
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		if (info->flags & kinds[i].flag)
			qy_seq_printf(&seq, "%c", kinds[i].letter);
	qy_seq_printf(&seq, "%s%07u", seq.len > 1 ? "-" : "", info->size);
}

/* The n-th name of a cache other than its directory's; NULL past the last. */
static const char *link_name(const struct cache_view *v, unsigned int n)
{
	if (!v->facts.shares_name)
		return NULL;
	return n ? qy_kmem_cache_alias(v->info.cache, n - 1) : v->info.name;
}

static bool has_name(const struct cache_view *v, const char *text)
{
	char directory[ENTRY];
	const char *name;

	directory_name(&v->info, v->facts.shares_name, directory, sizeof(directory));
	if (same_entry(text, directory))
		return true;
	for (unsigned int n = 0; (name = link_name(v, n)); n++)
		if (same_entry(text, name))
			return true;
	return false;
}

static bool nth_cache(struct qy_machine *m, unsigned int n, struct cache_view *v)
{
	v->m = m;
	if (!qy_kmem_cache_info(m, n, &v->info))
		return false;
	qy_cache_facts(v->info.cache, &v->facts);
	return true;
}

/* What follows "/sys/kernel/slab/" in a path; NULL: it does not begin so. */
static const char *entry_of(const char *path)
{
	const char *prefix = DIRECTORY;

	while (*prefix)
		if (*path++ != *prefix++)
			return NULL;
	return path;
}

/* Return: whether it is one. */
static bool find_attribute(const char *path, unsigned int *which)
{
	const char *at = entry_of(path);

	while (at && *at && *at != '/')
		at++;
	if (!at || !*at)
		return false;
	for (*which = 0; *which < ARRAY_SIZE(files); ++*which)
		if (same_entry(at + 1, files[*which].name))
			return true;
	return false;
}

static bool find_view(
	struct qy_machine *m, const char *path, struct cache_view *v, unsigned int *which)
{
	if (!find_attribute(path, which))
		return false;
	for (unsigned int n = 0; nth_cache(m, n, v); n++)
		if (has_name(v, entry_of(path)))
			return true;
	return false;
}

/* ------------------------------------------------------------------ by path */

int qy_slab_file_mode(const char *path)
{
	unsigned int which;

	if (!find_attribute(path, &which))
		return -QY_ENOENT;
	return files[which].store ? 0600 : 0400;
}

int qy_slab_file_show(struct qy_seq *seq, struct qy_machine *m, const char *path)
{
	struct cache_view v;
	unsigned int which;

	if (!find_view(m, path, &v, &which))
		return -QY_ENOENT;
	files[which].show(seq, &v);
	return 0;
}

int qy_slab_file_store(struct qy_machine *m, const char *path, const char *text)
{
	struct cache_view v;
	unsigned int which;

	if (!find_view(m, path, &v, &which))
		return -QY_ENOENT;
	return files[which].store ? files[which].store(&v, text) : -QY_EACCES;
}

bool qy_slab_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size)
{
	char directory[ENTRY];
	struct cache_view v;

	if (!nth_cache(m, n / ARRAY_SIZE(files), &v))
		return false;
	directory_name(&v.info, v.facts.shares_name, directory, sizeof(directory));
	qy_snprintf(buf, size, DIRECTORY "%s/%s", directory,
		files[n % ARRAY_SIZE(files)].name);
	return true;
}

bool qy_slab_link(
	struct qy_machine *m, unsigned int n, char *path, char *target, size_t size)
{
	struct cache_view v;

	for (unsigned int i = 0; nth_cache(m, i, &v); i++) {
		const char *name;

		for (unsigned int k = 0; (name = link_name(&v, k)); k++) {
			if (n--)
				continue;
			qy_snprintf(path, size, DIRECTORY "%s", name);
			directory_name(&v.info, v.facts.shares_name, target, size);
			return true;
		}
	}
	return false;
}
