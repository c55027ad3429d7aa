/* SPDX-License-Identifier: MIT */
/*
 * A recorded load in its converted form: page events only, a quarter of their size in memory, found again instead of
 * decoding the recording a second time. docs/formats-load.md describes the bytes.
 *
 *   qy_convert_load()     a recording, through the converted form when there is one, which is made when there is none
 *   qy_convert_encode()   a loaded trace to bytes
 *   qy_convert_decode()   and back, believing nothing
 *
 * The form lies in $XDG_CACHE_HOME/quarry, else in $HOME/.cache/quarry, under a name made of the recording's path. It
 * is of no use, and made again, when size, time or checksum of the recording differ, or its own checksum.
 *
 * No state.
 */
#ifndef LAB_CONVERT_H
#define LAB_CONVERT_H

#include "lab/trace.h"

/* Which recording a converted form was made of. */
struct qy_source {
	uint64_t size, checksum;
	int64_t mtime_ns;
};

/**
 * qy_convert_load() - qy_trace_load(), remembered
 * @path:  as qy_trace_load()
 * @trace: as qy_trace_load()
 * @err:   one line about the recording; a cache that cannot be read or written is no error
 *
 * Context: Task context, may fork.
 * Return: 0, or -1 with @err.
 */
int qy_convert_load(const char *path, struct qy_trace *trace, struct qy_err *err);

/* Return: malloc()ed bytes and their number in @size, NULL when the host has no memory. */
unsigned char *qy_convert_encode(
	const struct qy_trace *trace, const struct qy_source *source, size_t *size);

/**
 * qy_convert_decode() - believe a converted form, or not
 * @bytes:  of the file
 * @size:   bytes
 * @source: what the recording is now
 * @trace:  filled in on success but for the path; give it to qy_trace_free()
 *
 * Context: Any.
 * Return: 0, or -1: not of this recording, of another version, damaged, or no memory.
 */
int qy_convert_decode(const unsigned char *bytes, size_t size,
	const struct qy_source *source, struct qy_trace *trace);

/* The checksum of the format, over whole 8-byte words and a last one filled up with zeros. */
uint64_t qy_convert_checksum(const unsigned char *bytes, size_t size);

#endif
