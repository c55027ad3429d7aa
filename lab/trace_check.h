/* SPDX-License-Identifier: MIT */
/*
 * Owns the question "is this file a whole trace-cmd recording?", asked before the library sees it: a file
 * that lost one byte makes the library answer "success, no events".
 *
 *   qy_trace_check()   magic, version, every section and option, every CPU's extent, every ring buffer page
 *
 * Invariants of a checked file: each section and each CPU's data lie inside the file; data that is not
 * compressed is whole pages, and the events of each page end exactly where the page says that they end.
 * What follows from that is a number (nr_records) that a complete reading must reproduce.
 *
 * No state.
 */
#ifndef QUARRY_LAB_TRACE_CHECK_H
#define QUARRY_LAB_TRACE_CHECK_H

#include "lab/error.h"
#include "quarry/board.h"

#include <stdbool.h>
#include <stdint.h>

/* One CPU's ring buffer pages. */
struct qy_trace_extent {
	uint32_t id;
	uint64_t offset, size_bytes; /* in the file */
	uint64_t nr_pages;           /* after decompression */
	uint64_t nr_records; /* 0 when compressed: not known before decompression */
};

struct qy_trace_layout {
	int version; /* 6 or 7 */
	bool big_endian;
	bool compressed; /* the CPU data, in chunks */
	uint32_t page_size;
	uint32_t nr_cpus;
	uint32_t nr_other_buffers; /* named trace instances: not read */
	uint64_t nr_pages;
	char clock[32];
	char uname[128]; /* empty when the recorder did not store it */
	struct qy_trace_extent cpu[QY_MAX_CPUS];
};

/**
 * qy_trace_check() - refuse what is not a whole trace.dat
 * @path:   the file
 * @layout: filled in on success
 * @err:    one line: file, byte, what is wrong, remedy
 *
 * Context: Task context; reads the file once.
 * Return: 0, or -1 with @err.
 */
int qy_trace_check(const char *path, struct qy_trace_layout *layout, struct qy_err *err);

#endif
