/* SPDX-License-Identifier: MIT */
/*
 * What a running kernel said of its memory: /proc/buddyinfo, /proc/pagetypeinfo and /proc/zoneinfo, recorded at one
 * moment, as numbers per zone.
 *
 *   qy_snapshot_load()    from three files
 *   qy_snapshot_parse()   from three texts: opens nothing
 *
 * Invariants of a parsed snapshot: zones are unique by (node, name) and each is in all three files when it has pages;
 * free pages of a type fit its pageblocks; the three agree on the free pages of a zone, within a 64th of its size (they
 * are not read at one instant).
 *
 * No state.
 */
#ifndef LAB_SNAPSHOT_H
#define LAB_SNAPSHOT_H

#include <quarry/stats.h>
#include "lab/error.h"

#define QY_MAX_SNAPSHOT_ZONES (QY_MAX_NODES * QY_MAX_NR_ZONES)

struct qy_snapshot_zone {
	char name[16];
	uint32_t node;
	uint64_t managed_pages, free_pages;                    /* zoneinfo */
	uint64_t buddy[QY_NR_PAGE_ORDERS];                     /* buddyinfo */
	uint64_t nr_free[QY_NR_PAGE_ORDERS][QY_MIGRATE_TYPES]; /* pagetypeinfo */
	uint64_t nr_blocks[QY_MIGRATE_TYPES];
	uint32_t pcp_count[QY_MAX_CPUS], pcp_high[QY_MAX_CPUS];
	uint32_t nr_cpus; /* that zoneinfo lists; 0 for an empty zone */
	uint8_t seen;     /* in which files: bit per enum qy_snapshot_file */
};

enum qy_snapshot_file {
	QY_SNAPSHOT_BUDDYINFO,
	QY_SNAPSHOT_PAGETYPEINFO,
	QY_SNAPSHOT_ZONEINFO,
	QY_NR_SNAPSHOT_FILES,
};

struct qy_snapshot {
	struct qy_snapshot_zone zone[QY_MAX_SNAPSHOT_ZONES];
	uint32_t nr_zones;
};

struct qy_snapshot_text {
	const char *path; /* for messages */
	const char *text;
	size_t size;
};

/**
 * qy_snapshot_parse() - three texts become numbers
 * @files: by enum qy_snapshot_file; need not end with a NUL
 * @snap:  filled in
 * @err:   one line: file, line, remedy
 *
 * Context: Any.
 * Return: 0, or -1 with @err.
 */
int qy_snapshot_parse(const struct qy_snapshot_text files[QY_NR_SNAPSHOT_FILES],
	struct qy_snapshot *snap, struct qy_err *err);

/* The same from files of at most 4 MiB. */
int qy_snapshot_load(const char *const paths[QY_NR_SNAPSHOT_FILES],
	struct qy_snapshot *snap, struct qy_err *err);

/* Free pages that the types of a zone add up to. */
uint64_t qy_snapshot_free_pages(const struct qy_snapshot_zone *z);

#endif
