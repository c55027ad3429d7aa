/* SPDX-License-Identifier: MIT */
/*
 * Numbers of a machine, and the Linux text files made of them.
 *
 * A file is read by its Linux path: "/proc/buddyinfo", "/proc/sys/vm/min_free_kbytes". mm/watch/procfs.c holds the
 * one table of paths.
 */
#ifndef QUARRY_STATS_H
#define QUARRY_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/board.h>

struct qy_machine;

#define QY_MIGRATE_TYPES 6

struct qy_zone_stats {
	const char *name;
	uint32_t node;
	uint32_t type; /* enum qy_zone_type */
	uint64_t start_pfn, spanned_pages, present_pages, managed_pages, cma_pages;
	uint64_t free_pages, free_cma_pages, pcp_pages;
	uint64_t watermark[4]; /* min, low, high, promo, in pages, without boost */
	uint64_t watermark_boost;
	uint64_t lowmem_reserve[QY_MAX_NR_ZONES];
	uint64_t nr_reserved_highatomic;
	uint64_t nr_free[QY_NR_PAGE_ORDERS]
			[QY_MIGRATE_TYPES];   /* free blocks of exactly that order */
	uint64_t nr_blocks[QY_MIGRATE_TYPES]; /* pageblocks that hold RAM, by type */
};

struct qy_machine_stats {
	uint64_t metadata_bytes; /* everything the machine keeps for itself */
	uint64_t
		fixed_bytes; /* of it, by CPU, node, cache and device: what does not grow with RAM */
	uint64_t ram_bytes; /* present */
	uint64_t managed_pages, free_pages, reserved_pages;
	uint32_t nr_zones; /* including empty ones */
};

/**
 * qy_machine_stats() - totals of a machine
 *
 * Context: Any. Not one atomic snapshot.
 */
void qy_machine_stats(const struct qy_machine *m, struct qy_machine_stats *out);

/**
 * qy_zone_stats() - one zone, in (node, type) order
 * @index: 0 .. qy_machine_stats.nr_zones - 1
 *
 * Context: Any but under zone->lock (takes it for the free counts). Per-CPU pages are read without their lock.
 * Return: false when @index is past the last zone.
 */
bool qy_zone_stats(struct qy_machine *m, uint32_t index, struct qy_zone_stats *out);

/* The cheap part of a zone's numbers. */
struct qy_zone_counts {
	uint64_t free_pages;
	uint64_t free_blocks; /* of any order and type */
};

/**
 * qy_zone_counts() - how much is free in a zone, and in how many blocks
 * @index: as qy_zone_stats()
 *
 * A block that is split makes one more, one that is taken one less: the difference over an allocation says what it did.
 *
 * Context: Any. Takes no lock: exact while no other CPU is in the machine.
 * Return: false when @index is past the last zone.
 */
bool qy_zone_counts(
	const struct qy_machine *m, uint32_t index, struct qy_zone_counts *out);

/* What compaction has done since boot, as /proc/vmstat counts it. */
struct qy_compact_counts {
	uint64_t scanned_pages; /* compact_migrate_scanned + compact_free_scanned */
	uint64_t moved_pages;   /* pgmigrate_success */
};

/* Context: any; not an atomic snapshot. */
void qy_compact_counts(const struct qy_machine *m, struct qy_compact_counts *out);

/* What reclaim, swap and writeback have done since boot, as /proc/vmstat counts it, in pages. */
struct qy_reclaim_counts {
	uint64_t kswapd_scanned, kswapd_freed; /* pgscan_kswapd, pgsteal_kswapd */
	uint64_t direct_scanned, direct_freed; /* by requests themselves */
	uint64_t swapped_out, swapped_in;      /* pswpout, pswpin */
	uint64_t file_written, file_read;      /* the rest of pgpgout, pgpgin */
	uint64_t throttled_written;            /* by who had dirtied too many */
	uint64_t refaults_anon, refaults_file; /* workingset_refault_* */
};

/* Context: any; not an atomic snapshot. */
void qy_reclaim_counts(const struct qy_machine *m, struct qy_reclaim_counts *out);

/* One pageblock (2 MiB of one zone), for pictures and for "who taints whom". */
struct qy_pageblock_info {
	const char *zone_name;
	uint32_t node;
	uint32_t zone_type; /* enum qy_zone_type */
	uint64_t
		start_pfn; /* multiple of 512; a zone edge inside cuts nr_pages, not this */
	uint32_t nr_pages; /* frames of RAM in it */
	uint32_t nr_free;
	uint32_t nr_reserved; /* boot reservations: never free */
	uint8_t migratetype;
	int8_t largest_free_order; /* -1: none; 10: half of a free order-10 block */
};

/**
 * qy_pageblock_info() - one pageblock, in (node, zone, address) order
 * @index: from 0
 *
 * Context: Any; not an atomic snapshot.
 * Return: false when @index is past the last one. Blocks without RAM have nr_pages 0.
 */
bool qy_pageblock_info(
	struct qy_machine *m, uint32_t index, struct qy_pageblock_info *out);

/**
 * qy_fragmentation_index() - why a block of @order is not to be had, in thousandths
 * @z:     counts of one zone
 * @order: 0..QY_MAX_PAGE_ORDER
 *
 * Context: Any.
 * Return: -1000 when it could be had; else towards 0 for lack of memory, towards 1000 for fragmentation.
 */
int qy_fragmentation_index(const struct qy_zone_stats *z, unsigned int order);

/**
 * qy_unusable_index() - share of the free memory that cannot serve @order, in thousandths
 *
 * Context: Any.
 * Return: 0..1000.
 */
int qy_unusable_index(const struct qy_zone_stats *z, unsigned int order);

/* A number as a file of the kernel names it. */
struct qy_stat {
	const char *name;
	uint64_t value;
	bool kib; /* of meminfo: KiB; else a count */
};

/*
 * The numbers behind the text of /proc/vmstat, /proc/meminfo and, of one zone or node, /proc/zoneinfo, in the text's
 * order. Return: false past the last one, or when there is no such zone or node.
 * Context: any; not one atomic snapshot.
 */
bool qy_vmstat_line(struct qy_machine *m, uint32_t n, struct qy_stat *out);
bool qy_meminfo_line(struct qy_machine *m, uint32_t n, struct qy_stat *out);
bool qy_zone_stat_line(
	struct qy_machine *m, uint32_t zone, uint32_t n, struct qy_stat *out);
bool qy_node_stat_line(
	struct qy_machine *m, uint32_t node, uint32_t n, struct qy_stat *out);

/* One CPU's lists of one zone, in pages. */
struct qy_zone_cpu_stats {
	uint32_t count;
	int32_t high, batch;
	uint32_t stat_threshold; /* "vm stats threshold" */
};

/* Return: false when there is no such zone or CPU, or the zone has no RAM. Context: any; read without a lock. */
bool qy_zone_cpu_stats(
	struct qy_machine *m, uint32_t zone, uint32_t cpu, struct qy_zone_cpu_stats *out);

/**
 * qy_proc_read() - the text of a /proc or /sys file of the machine
 * @path: Linux's path
 * @buf:  receives at most @size - 1 bytes and a NUL; may be NULL when @size is 0
 * @size: bytes
 *
 * Context: Task context.
 * Return: length of the whole text (like snprintf), -ENOENT for an unknown path or one that this board was booted
 *         without, -EACCES for a write-only one.
 */
long qy_proc_read(struct qy_machine *m, const char *path, char *buf, size_t size);

/**
 * qy_proc_write() - what `echo text > path` does on the board
 *
 * Context: Task context.
 * Return: 0, -ENOENT, -EACCES (read-only), -EINVAL (not a number, out of range).
 */
int qy_proc_write(struct qy_machine *m, const char *path, const char *text);

/**
 * qy_proc_mode() - permission bits of such a file, as ls shows them
 *
 * Context: Any.
 * Return: 0444, 0644, ..., or -ENOENT for an unknown path.
 */
int qy_proc_mode(const char *path);

/**
 * qy_proc_path() - the n-th path that qy_proc_read() knows, or NULL past the last
 *
 * Context: Any.
 */
const char *qy_proc_path(unsigned int n);

/**
 * qy_proc_area_path() - the n-th path that holds the name of something of this machine: a CMA area, a cache of objects
 * @buf: receives it
 *
 * Context: Task context.
 * Return: false past the last.
 */
bool qy_proc_area_path(struct qy_machine *m, unsigned int n, char *buf, size_t size);

/**
 * qy_proc_link() - the n-th symbolic link: a further name of a directory
 * @path:   receives the link's path
 * @target: receives the name of the directory that it leads to, beside it
 * @size:   bytes of each
 *
 * qy_proc_read() and the others take paths through links as well.
 *
 * Context: Task context.
 * Return: false past the last.
 */
bool qy_proc_link(
	struct qy_machine *m, unsigned int n, char *path, char *target, size_t size);

#endif
