/* SPDX-License-Identifier: MIT */
/*
 * The files of a machine under their Linux paths: one table of path, permission, reader and writer.
 *
 *   qy_proc_read, qy_proc_write   cat and echo
 *   qy_proc_mode, qy_proc_path, qy_proc_area_path, qy_proc_link   ls
 *
 * The caller is root: a file without read or write permission at all is refused, as the kernel refuses it to root
 * for want of a method. Locking: each reader and writer takes its own.
 */
#include "mm/watch/internal.h"
#include "mm/page/psi.h"
#include <quarry/file.h>

#define MODE_READ  0400u
#define MODE_WRITE 0200u

typedef void (*show_fn)(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
typedef int (*store_fn)(struct qy_machine *m, unsigned int which, const char *text);

/* ------------------------------------------------------------------ readers of views */

enum view {
	VIEW_BUDDYINFO,
	VIEW_PAGETYPEINFO,
	VIEW_ZONEINFO,
	VIEW_VMSTAT,
	VIEW_EXTFRAG_INDEX,
	VIEW_UNUSABLE_INDEX,
};

static void show_view(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	static void (*const shows[])(
		struct qy_seq * seq, const struct view_source *view) = {
		[VIEW_BUDDYINFO] = qy_show_buddyinfo,
		[VIEW_PAGETYPEINFO] = qy_show_pagetypeinfo,
		[VIEW_ZONEINFO] = qy_show_zoneinfo,
		[VIEW_VMSTAT] = qy_show_vmstat,
		[VIEW_EXTFRAG_INDEX] = qy_show_extfrag_index,
		[VIEW_UNUSABLE_INDEX] = qy_show_unusable_index,
	};
	struct view_source view = qy_machine_view(m);

	shows[which](seq, &view);
}

static void show_meminfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	(void)which;
	qy_show_meminfo(seq, m);
}

static void show_swaps(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_swap_info info;

	(void)which;
	qy_seq_puts(seq, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	for (unsigned int n = 0; qy_swap_info(m, n, &info); n++) {
		u64 size = info.size_bytes >> 10, used = info.used_bytes >> 10;
		int length = 0;

		while (info.name[length])
			length++;
		qy_seq_printf(seq, "%s%*s%s\t%lu\t%s%lu\t%s%d\n", info.name,
			max(40 - length, 1), " ", "file\t", size,
			size < 10000000 ? "\t" : "", used, used < 10000000 ? "\t" : "",
			info.prio);
	}
}

static void show_pressure(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	static const char *const names[NR_PSI_STATES] = { "some", "full" };
	struct psi_figures psi;

	(void)which;
	qy_psi_read(m, &psi);
	for (u32 state = 0; state < NR_PSI_STATES; state++) {
		const u64 *avg = psi.avg[state];

		qy_seq_printf(seq,
			"%s avg10=%lu.%02lu avg60=%lu.%02lu avg300=%lu.%02lu total=%lu\n",
			names[state], avg[0] / 100, avg[0] % 100, avg[1] / 100,
			avg[1] % 100, avg[2] / 100, avg[2] % 100, psi.total_us[state]);
	}
}

/* What `echo m > /proc/sysrq-trigger` does; the other keys have nothing to act on here. */
static int store_sysrq(struct qy_machine *m, unsigned int which, const char *text)
{
	(void)which;
	if (text[0] != 'm')
		return -QY_EINVAL;
	qy_printk(m, QY_LOG_INFO, "sysrq: Show Memory");
	qy_show_free_areas(m);
	return 0;
}

/* ------------------------------------------------------------------ the table */

#define SYSCTL(name, which, ...)                                                    \
	{                                                                           \
		"/proc/sys/vm/" name, 0644, qy_sysctl_show, qy_sysctl_store, which, \
			__VA_ARGS__                                                 \
	}
#define FAULT(name, which)                                                      \
	{                                                                       \
		"/sys/kernel/debug/fail_page_alloc/" name, 0600, qy_fault_show, \
			qy_fault_store, which, NULL                             \
	}

#define FAILSLAB(name, which)                                                            \
	{                                                                                \
		"/sys/kernel/debug/failslab/" name, 0600, qy_fault_show, qy_fault_store, \
			NR_FAULT_FILES + (which), NULL                                   \
	}

static const struct proc_file {
	const char *path;
	unsigned int mode;
	show_fn show;
	store_fn store;
	unsigned int which;
	bool (*present)(const struct qy_machine *m); /* NULL: always */
} files[] = {
	{ "/proc/buddyinfo", 0444, show_view, NULL, VIEW_BUDDYINFO, NULL },
	{ "/proc/pagetypeinfo", 0400, show_view, NULL, VIEW_PAGETYPEINFO, NULL },
	{ "/proc/zoneinfo", 0444, show_view, NULL, VIEW_ZONEINFO, NULL },
	{ "/proc/swaps", 0444, show_swaps, NULL, 0, NULL },
	{ "/proc/pressure/memory", 0444, show_pressure, NULL, 0, NULL },
	{ "/proc/meminfo", 0444, show_meminfo, NULL, 0, NULL },
	{ "/proc/vmallocinfo", 0400, qy_show_vmallocinfo, NULL, 0, NULL },
	{ "/proc/allocinfo", 0400, qy_show_allocinfo, NULL, 0, qy_has_allocinfo },
	{ "/proc/sysrq-trigger", 0200, NULL, store_sysrq, 0, NULL },
	{ "/sys/kernel/debug/page_owner", 0400, qy_show_page_owner, NULL, 0,
		qy_has_page_owner },
	{ "/sys/kernel/debug/kfence/objects", 0400, qy_show_kfence_objects, NULL, 0,
		qy_has_kfence },
	{ "/sys/kernel/debug/kfence/stats", 0400, qy_show_kfence_stats, NULL, 0,
		qy_has_kfence },
	{ "/sys/module/kfence/parameters/sample_interval", 0600, qy_show_kfence_interval,
		qy_store_kfence_interval, 0, qy_has_kfence },
	{ "/proc/cma", 0444, qy_show_cma, NULL, 0, NULL },
	{ "/proc/vmstat", 0444, show_view, NULL, VIEW_VMSTAT, NULL },
	{ "/proc/slabinfo", 0400, qy_show_slabinfo, NULL, 0, NULL },
	{ "/sys/kernel/debug/extfrag/extfrag_index", 0444, show_view, NULL,
		VIEW_EXTFRAG_INDEX, NULL },
	{ "/sys/kernel/debug/extfrag/unusable_index", 0444, show_view, NULL,
		VIEW_UNUSABLE_INDEX, NULL },
	SYSCTL("min_free_kbytes", SYSCTL_MIN_FREE_KBYTES, NULL),
	SYSCTL("watermark_scale_factor", SYSCTL_WATERMARK_SCALE_FACTOR, NULL),
	SYSCTL("watermark_boost_factor", SYSCTL_WATERMARK_BOOST_FACTOR, NULL),
	SYSCTL("lowmem_reserve_ratio", SYSCTL_LOWMEM_RESERVE_RATIO, NULL),
	SYSCTL("percpu_pagelist_high_fraction", SYSCTL_PERCPU_PAGELIST_HIGH_FRACTION,
		NULL),
	SYSCTL("extfrag_threshold", SYSCTL_EXTFRAG_THRESHOLD, NULL),
	SYSCTL("compaction_proactiveness", SYSCTL_COMPACTION_PROACTIVENESS, NULL),
	SYSCTL("swappiness", SYSCTL_SWAPPINESS, NULL),
	SYSCTL("vfs_cache_pressure", SYSCTL_VFS_CACHE_PRESSURE, NULL),
	SYSCTL("dirty_expire_centisecs", SYSCTL_DIRTY_EXPIRE_CENTISECS, NULL),
	SYSCTL("dirty_writeback_centisecs", SYSCTL_DIRTY_WRITEBACK_CENTISECS, NULL),
	SYSCTL("dirty_background_ratio", SYSCTL_DIRTY_BACKGROUND_RATIO, NULL),
	SYSCTL("dirty_background_bytes", SYSCTL_DIRTY_BACKGROUND_BYTES, NULL),
	SYSCTL("dirty_ratio", SYSCTL_DIRTY_RATIO, NULL),
	SYSCTL("dirty_bytes", SYSCTL_DIRTY_BYTES, NULL),
	{ "/proc/sys/vm/drop_caches", 0200, NULL, qy_drop_caches_store, 0, NULL },
	{ "/proc/sys/vm/compact_memory", 0200, NULL, qy_compact_memory_store, 0, NULL },
	SYSCTL("mem_profiling", SYSCTL_MEM_PROFILING, qy_has_allocinfo),
	SYSCTL("panic_on_oom", SYSCTL_PANIC_ON_OOM, NULL),
	SYSCTL("oom_kill_allocating_task", SYSCTL_OOM_KILL_ALLOCATING_TASK, NULL),
	SYSCTL("oom_dump_tasks", SYSCTL_OOM_DUMP_TASKS, NULL),
	SYSCTL("overcommit_memory", SYSCTL_OVERCOMMIT_MEMORY, NULL),
	SYSCTL("overcommit_ratio", SYSCTL_OVERCOMMIT_RATIO, NULL),
	SYSCTL("overcommit_kbytes", SYSCTL_OVERCOMMIT_KBYTES, NULL),
	SYSCTL("admin_reserve_kbytes", SYSCTL_ADMIN_RESERVE_KBYTES, NULL),
	SYSCTL("user_reserve_kbytes", SYSCTL_USER_RESERVE_KBYTES, NULL),
	FAULT("probability", FAULT_PROBABILITY),
	FAULT("interval", FAULT_INTERVAL),
	FAULT("times", FAULT_TIMES),
	FAULT("space", FAULT_SPACE),
	FAULT("verbose", FAULT_VERBOSE),
	FAULT("verbose_ratelimit_interval_ms", FAULT_RATELIMIT_INTERVAL),
	FAULT("verbose_ratelimit_burst", FAULT_RATELIMIT_BURST),
	FAULT("ignore-gfp-wait", FAULT_IGNORE_GFP_WAIT),
	FAULT("ignore-gfp-highmem", FAULT_IGNORE_GFP_HIGHMEM),
	FAULT("min-order", FAULT_MIN_ORDER),
	FAILSLAB("probability", FAULT_PROBABILITY),
	FAILSLAB("interval", FAULT_INTERVAL),
	FAILSLAB("times", FAULT_TIMES),
	FAILSLAB("space", FAULT_SPACE),
	FAILSLAB("verbose", FAULT_VERBOSE),
	FAILSLAB("verbose_ratelimit_interval_ms", FAULT_RATELIMIT_INTERVAL),
	FAILSLAB("verbose_ratelimit_burst", FAULT_RATELIMIT_BURST),
	FAILSLAB("ignore-gfp-wait", FAULT_IGNORE_GFP_WAIT),
	FAILSLAB("cache-filter", FAULT_CACHE_FILTER),
};

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static const struct proc_file *known_file(const char *path)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(files); i++)
		if (same(files[i].path, path))
			return &files[i];
	return NULL;
}

/* NULL also where this machine was booted without it. */
static const struct proc_file *find_file(const struct qy_machine *m, const char *path)
{
	const struct proc_file *file = known_file(path);

	return file && (!file->present || file->present(m)) ? file : NULL;
}

long qy_proc_read(struct qy_machine *m, const char *path, char *buf, size_t size)
{
	const struct proc_file *file = find_file(m, path);
	struct qy_seq seq;
	unsigned int which;
	int err = 0;
	u32 area;

	qy_seq_init(&seq, buf, size);
	if (file && !(file->mode & MODE_READ))
		return -QY_EACCES;
	if (file)
		file->show(&seq, m, file->which);
	else if (qy_cma_file(m, path, &area, &which))
		err = qy_cma_file_show(&seq, m, area, which);
	else if (qy_node_file(m, path, &area))
		err = -QY_EACCES;
	else
		err = qy_slab_file_show(&seq, m, path);
	if (err == -QY_ENOENT)
		err = qy_task_file_show(&seq, m, path);
	return err ? err : (long)seq.len;
}

int qy_proc_write(struct qy_machine *m, const char *path, const char *text)
{
	const struct proc_file *file = find_file(m, path);
	unsigned int which;
	u32 area;

	if (!file && qy_cma_file(m, path, &area, &which))
		return qy_cma_file_store(m, area, which, text);
	if (!file && qy_task_file_mode(path) >= 0)
		return qy_task_file_store(m, path, text);
	if (!file && qy_node_file(m, path, &area))
		return qy_node_file_store(m, area);
	if (!file)
		return qy_slab_file_store(m, path, text);
	if (!(file->mode & MODE_WRITE))
		return -QY_EACCES;
	return file->store(m, file->which, text);
}

int qy_proc_mode(const char *path)
{
	const struct proc_file *file = known_file(path);

	if (file)
		return (int)file->mode;
	if (qy_slab_file_mode(path) >= 0)
		return qy_slab_file_mode(path);
	if (qy_task_file_mode(path) >= 0)
		return qy_task_file_mode(path);
	if (qy_node_file_mode(path) >= 0)
		return qy_node_file_mode(path);
	return qy_cma_file_mode(path);
}

const char *qy_proc_path(unsigned int n)
{
	return n < ARRAY_SIZE(files) ? files[n].path : NULL;
}

/* Caches last: they have the most files, and nobody wants to count them for each file behind. */
bool qy_proc_area_path(struct qy_machine *m, unsigned int n, char *buf, size_t size)
{
	static bool (*const kinds[])(struct qy_machine * m, unsigned int n, char *buf,
		size_t size) = { qy_cma_file_path, qy_node_file_path, qy_task_file_path };

	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		unsigned int nr = 0;

		if (kinds[i](m, n, buf, size))
			return true;
		while (kinds[i](m, nr, buf, size))
			nr++;
		n -= nr;
	}
	return qy_slab_file_path(m, n, buf, size);
}

bool qy_proc_link(
	struct qy_machine *m, unsigned int n, char *path, char *target, size_t size)
{
	return qy_slab_link(m, n, path, target, size);
}

/* ------------------------------------------------------------------ numbers in files */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (unsigned int)((c | 0x20) - 'a' + 10);
	return UINT32_MAX;
}

/* @value is kept below 2^62, so that neither sign nor the next digit overflows. */
static const char *parse_digits(const char *text, unsigned int base, s64 *value)
{
	const char *start = text;

	for (*value = 0; digit_value(*text) < base; text++) {
		if (*value > INT64_MAX / 64)
			return NULL;
		*value = *value * base + digit_value(*text);
	}
	return text == start ? NULL : text;
}

const char *qy_parse_number(const char *text, s64 lo, s64 hi, s64 *value)
{
	unsigned int base = 10;
	bool negative;

	while (is_blank(*text))
		text++;
	negative = *text == '-';
	text += negative;
	if (text[0] == '0' && (text[1] | 0x20) == 'x') {
		base = 16;
		text += 2;
	} else if (text[0] == '0' && digit_value(text[1]) < 10) {
		base = 8;
	}
	text = parse_digits(text, base, value);
	if (!text || (*text && !is_blank(*text)))
		return NULL;
	if (negative)
		*value = -*value;
	if (*value < lo || *value > hi)
		return NULL;
	while (is_blank(*text))
		text++;
	return text;
}
