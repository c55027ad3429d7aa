/* SPDX-License-Identifier: MIT */
/*
 * What the files of the watch room share: numbers on one side, text on the other.
 *
 * A view is printed from a view_source. The machine is one; a test makes another from a recorded file, so that the
 * text can be compared byte for byte with what a kernel printed.
 */
#ifndef QY_WATCH_INTERNAL_H
#define QY_WATCH_INTERNAL_H

#include "mm/machine.h"

struct stat_line {
	const char *name;
	u64 value;
};

struct view_source {
	void *arg;
	u32 nr_cpus;
	u32 zones_per_node; /* QY_MAX_NR_ZONES, or one less on a kernel without Device */
	bool cma;           /* the kernel is built with CMA: pagetypeinfo has that type */
	/* kswapd gave up on the node after 16 fruitless runs */
	bool unreclaimable[QY_MAX_NODES];

	/* The n-th zone in (node, zone) order; false past the last. */
	bool (*zone)(void *arg, u32 index, struct qy_zone_stats *out);
	/* The n-th statistic; false past the last. */
	bool (*node_stat)(void *arg, u32 node, u32 n, struct stat_line *out);
	bool (*zone_stat)(void *arg, u32 zone, u32 n, struct stat_line *out);
	void (*pageset)(void *arg, u32 zone, u32 cpu, struct qy_pageset *out);
	/* The n-th event of the whole machine; false past the last. */
	bool (*event)(void *arg, u32 n, struct stat_line *out);
	/* Mixed pageblocks of a zone by type; NULL: page_owner is not part of the kernel's boot, so no such section. */
	bool (*mixed)(void *arg, u32 zone, u64 *nr);
};

/* vmstat.c */
struct view_source qy_machine_view(struct qy_machine *m);
/* Up to this many counts of one CPU wait before they reach the zone's counter. */
u32 qy_stat_threshold(u64 managed_pages, u32 nr_cpus);

/* show.c: the text of one file each. */
void qy_show_buddyinfo(struct qy_seq *seq, const struct view_source *view);
void qy_show_pagetypeinfo(struct qy_seq *seq, const struct view_source *view);
void qy_show_zoneinfo(struct qy_seq *seq, const struct view_source *view);
void qy_show_vmstat(struct qy_seq *seq, const struct view_source *view);
void qy_show_extfrag_index(struct qy_seq *seq, const struct view_source *view);
void qy_show_unusable_index(struct qy_seq *seq, const struct view_source *view);

/* "Unmovable", "Movable" ... */
const char *qy_migratetype_name(unsigned int mt);

/* show_owner.c */
void qy_show_page_owner(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
bool qy_has_page_owner(const struct qy_machine *m);
void qy_show_allocinfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
bool qy_has_allocinfo(const struct qy_machine *m);

/* The n-th line of vmstat; false past the last. */
bool qy_view_vmstat(const struct view_source *view, u32 n, struct stat_line *out);

/* meminfo.c */
void qy_show_meminfo_line(struct qy_seq *seq, const struct qy_stat *line);
void qy_show_meminfo(struct qy_seq *seq, struct qy_machine *m);

/* vmallocinfo.c */
void qy_show_vmallocinfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
struct qy_vmalloc_info;
void qy_show_vmallocinfo_line(struct qy_seq *seq, const struct qy_vmalloc_info *area);

/* cma_files.c: /proc/cma, and the files whose paths hold an area's name. */
void qy_show_cma(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
/* Return: false when @path is none of them, or there is no such area. */
bool qy_cma_file(struct qy_machine *m, const char *path, u32 *area, unsigned int *which);
/* Return: 0; -EACCES: it can only be written, or only read; what was written may also be -EINVAL or -ENOMEM. */
int qy_cma_file_show(
	struct qy_seq *seq, struct qy_machine *m, u32 area, unsigned int which);
int qy_cma_file_store(
	struct qy_machine *m, u32 area, unsigned int which, const char *text);
/* For a path of such a file, whatever the area: its permission bits, or -ENOENT. */
int qy_cma_file_mode(const char *path);
/* The n-th such path of the machine; false past the last. */
bool qy_cma_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size);

/* node_files.c: what can be written of a node, by path. */
bool qy_node_file(const struct qy_machine *m, const char *path, u32 *node);
int qy_node_file_store(struct qy_machine *m, u32 node);
int qy_node_file_mode(const char *path);
bool qy_node_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size);

/* slab_files.c: slabinfo, and the files of /sys/kernel/slab by path. Return: 0, or -ENOENT; to write also -EACCES, -EINVAL. */
struct qy_kmem_cache_info;
void qy_show_slabinfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
void qy_show_slabinfo_row(struct qy_seq *seq, const struct qy_kmem_cache_info *c);
int qy_slab_file_show(struct qy_seq *seq, struct qy_machine *m, const char *path);
int qy_slab_file_store(struct qy_machine *m, const char *path, const char *text);
int qy_slab_file_mode(const char *path);
/* The n-th path, and the n-th link with the name of the directory it leads to; false past the last. */
bool qy_slab_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size);
bool qy_slab_link(
	struct qy_machine *m, unsigned int n, char *path, char *target, size_t size);

/* task_files.c: /proc/<pid>/oom_score and others. Return: 0, -ENOENT, -EINVAL; to write also -EACCES. */
int qy_task_file_show(struct qy_seq *seq, struct qy_machine *m, const char *path);
int qy_task_file_store(struct qy_machine *m, const char *path, const char *text);
int qy_task_file_mode(const char *path);
/* The n-th path; false past the last. */
bool qy_task_file_path(struct qy_machine *m, unsigned int n, char *buf, size_t size);

/*
 * Files with numbers in them, by their place in an enum. store takes the whole text or changes nothing.
 * Return: 0, or -EINVAL: no number, or out of range.
 */

/* sysctl.c */
enum qy_sysctl {
	SYSCTL_MIN_FREE_KBYTES,
	SYSCTL_WATERMARK_SCALE_FACTOR,
	SYSCTL_WATERMARK_BOOST_FACTOR,
	SYSCTL_LOWMEM_RESERVE_RATIO,
	SYSCTL_PERCPU_PAGELIST_HIGH_FRACTION,
	SYSCTL_EXTFRAG_THRESHOLD,
	SYSCTL_COMPACTION_PROACTIVENESS,
	SYSCTL_MEM_PROFILING, /* of a board that has it */
	SYSCTL_PANIC_ON_OOM,
	SYSCTL_OOM_KILL_ALLOCATING_TASK,
	SYSCTL_OOM_DUMP_TASKS,
	SYSCTL_OVERCOMMIT_MEMORY,
	SYSCTL_OVERCOMMIT_RATIO,
	SYSCTL_OVERCOMMIT_KBYTES,
	SYSCTL_ADMIN_RESERVE_KBYTES,
	SYSCTL_USER_RESERVE_KBYTES,
	SYSCTL_SWAPPINESS,
	SYSCTL_VFS_CACHE_PRESSURE,
	SYSCTL_DIRTY_EXPIRE_CENTISECS,
	SYSCTL_DIRTY_WRITEBACK_CENTISECS,
	SYSCTL_DIRTY_BACKGROUND_RATIO,
	SYSCTL_DIRTY_BACKGROUND_BYTES,
	SYSCTL_DIRTY_RATIO,
	SYSCTL_DIRTY_BYTES,
	NR_SYSCTLS,
};
void qy_sysctl_show(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
int qy_drop_caches_store(struct qy_machine *m, unsigned int which, const char *text);
int qy_compact_memory_store(struct qy_machine *m, unsigned int which, const char *text);
int qy_sysctl_store(struct qy_machine *m, unsigned int which, const char *text);

/* fault.c: the parameters of fail_page_alloc; of failslab the same files, NR_FAULT_FILES later */
enum qy_fault_file {
	FAULT_PROBABILITY,
	FAULT_INTERVAL,
	FAULT_TIMES,
	FAULT_SPACE,
	FAULT_VERBOSE,
	FAULT_IGNORE_GFP_WAIT,
	FAULT_IGNORE_GFP_HIGHMEM,
	FAULT_MIN_ORDER,
	FAULT_CACHE_FILTER,
	FAULT_RATELIMIT_INTERVAL,
	FAULT_RATELIMIT_BURST,
	NR_FAULT_FILES,
};
void qy_fault_show(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
int qy_fault_store(struct qy_machine *m, unsigned int which, const char *text);

/* kfence_files.c */
bool qy_has_kfence(const struct qy_machine *m);
void qy_show_kfence_stats(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
void qy_show_kfence_objects(struct qy_seq *seq, struct qy_machine *m, unsigned int which);
void qy_show_kfence_interval(
	struct qy_seq *seq, struct qy_machine *m, unsigned int which);
int qy_store_kfence_interval(struct qy_machine *m, unsigned int which, const char *text);

/*
 * One number as the kernel reads it: blanks, sign, decimal, 0x or 0 octal; a blank or the end must follow.
 * Return: what comes after it, or NULL: no number, or not within @lo..@hi.
 */
const char *qy_parse_number(const char *text, s64 lo, s64 hi, s64 *value);

#endif
