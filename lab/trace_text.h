/* SPDX-License-Identifier: MIT */
/*
 * Owns the reading of page events from text, fed in pieces of any size: tracefs's `trace` and `trace_pipe`,
 * `trace-cmd report`, `perf script`.
 *
 *   qy_trace_text_new()   an empty reader
 *   qy_trace_text_feed()  the next bytes
 *   qy_trace_text_end()   that was all: the recording, or one line
 *   qy_trace_text_free()
 *   qy_trace_text_load()  from a file, packed by gzip, xz or zstd or not
 *   qy_trace_text_read()  from an entry of an archive
 *
 *   init-1       [000] d..3.     6.944844: mm_page_free: page=ffd400000031dd80 pfn=0xc776 order=0
 *   task-pid [(tgid)] [CPU] [context] seconds.fraction: event: fields
 *
 * A page event that cannot be read ends in a line; other events, stack traces and what programs wrote to trace_marker
 * are counted and passed over.
 *
 * Locking: none; a reader belongs to one thread.
 */
#ifndef LAB_TRACE_TEXT_H
#define LAB_TRACE_TEXT_H

#include "lab/trace.h"

struct qy_trace_text;

/**
 * qy_trace_text_new() - begin to read
 * @path: names the text in messages; must outlive the reader
 * @err:  where the one line goes, now and later
 *
 * Context: Any.
 * Return: the reader, to be given to qy_trace_text_free(), or NULL.
 */
struct qy_trace_text *qy_trace_text_new(const char *path, struct qy_err *err);

/* Return: 0, or -1 with a line; then nothing more is read. */
int qy_trace_text_feed(struct qy_trace_text *t, const char *bytes, size_t size);

/**
 * qy_trace_text_end() - the text is over
 * @t:     fed
 * @trace: filled in on success, zero on failure; give it to qy_trace_free()
 *
 * Context: Any.
 * Return: 0, or -1 with a line.
 */
int qy_trace_text_end(struct qy_trace_text *t, struct qy_trace *trace);

void qy_trace_text_free(struct qy_trace_text *t);

/**
 * qy_trace_text_load() - read a file of text
 * @path:  the file
 * @trace: as qy_trace_text_end()
 * @err:   one line: file, line, remedy
 *
 * Context: Task context.
 * Return: 0, or -1 with @err.
 */
int qy_trace_text_load(const char *path, struct qy_trace *trace, struct qy_err *err);

/* The same from the entry at which libarchive's @a stands; @path names it in messages. */
struct archive;
int qy_trace_text_read(
	const char *path, struct archive *a, struct qy_trace *trace, struct qy_err *err);

#endif
