/* SPDX-License-Identifier: MIT */
/*
 * Owns the careful reading of a file whose numbers may lie: a place, an end, and a first failure that sticks.
 *
 *   qy_cursor_get16/32/64()  qy_cursor_bytes()  qy_cursor_string()  qy_cursor_skip()
 *   qy_cursor_fail()         the one line: file, byte, what is wrong, remedy
 *   qy_trace_check_extents() the ring buffer pages of a trace, checked through cursors
 *
 * Invariants: at <= end <= file size. After a failure every getter gives zeros, so that a caller may check
 * once per round; loops over a count must stop when file->failed.
 *
 * No state beyond the structs.
 */
#ifndef QUARRY_LAB_TRACE_CURSOR_H
#define QUARRY_LAB_TRACE_CURSOR_H

#include "lab/error.h"
#include "lab/trace_check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QY_REMEDY_CUT "the file is cut short or damaged; copy or record it again"

struct qy_file {
	const char *path;
	int fd;
	uint64_t size;
	bool swap; /* its byte order is not the host's */
	uint32_t
		page_header; /* bytes before the first event of a page: 16, or 12 of a 32-bit kernel */
	bool failed;
	struct qy_err *err;
};

struct qy_cursor {
	struct qy_file *file;
	uint64_t at, end;
	const char *what; /* named in the error */
};

/* All return 0, or -1 after a failure, which has then been written to file->err. */
int qy_cursor_fail(
	struct qy_file *file, uint64_t at, const char *what, const char *remedy);
int qy_cursor_outside(struct qy_cursor *cur, uint64_t want);
int qy_cursor_bytes(struct qy_cursor *cur, void *to, uint64_t size);
int qy_cursor_skip(struct qy_cursor *cur, uint64_t size);
int qy_cursor_string(struct qy_cursor *cur, char *to, size_t room);

/* In the file's byte order; 0 after a failure. */
uint16_t qy_cursor_get16(struct qy_cursor *cur);
uint32_t qy_cursor_get32(struct qy_cursor *cur);
uint64_t qy_cursor_get64(struct qy_cursor *cur);

/**
 * qy_trace_check_extents() - check the data of each CPU and count its pages and records
 * @file:   open
 * @layout: page_size, compressed and cpu[] are given; nr_pages and nr_records are filled in
 *
 * Context: Task context; reads the data once.
 * Return: 0, or -1 with the file's error.
 */
int qy_trace_check_extents(struct qy_file *file, struct qy_trace_layout *layout);

#endif
