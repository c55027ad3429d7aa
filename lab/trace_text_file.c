// SPDX-License-Identifier: MIT
/*
 * Feeds a file of text, packed or not, to the reader of trace_text.c. No state.
 */
#include "lab/trace_text.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES    (256u << 10)
#define MAX_TEXT_BYTES (16ull << 30) /* unpacked */

static int refuse_packed(const char *path, struct archive *a, struct qy_err *err)
{
	const char *why = archive_error_string(a);

	return qy_fail(err, "%s: cannot be unpacked: %s; copy it again", path,
		why ? why : "damaged");
}

static int feed(
	const char *path, struct archive *a, struct qy_trace_text *t, struct qy_err *err)
{
	static const char dat[] = "\x17\x08\x44";
	uint64_t total = 0;

	for (;;) {
		const void *bytes;
		size_t size;
		la_int64_t offset;
		int ret = archive_read_data_block(a, &bytes, &size, &offset);

		if (ret == ARCHIVE_EOF)
			return 0;
		if (ret != ARCHIVE_OK)
			return refuse_packed(path, a, err);
		if (!total && size >= sizeof(dat) - 1 &&
			memcmp(bytes, dat, sizeof(dat) - 1) == 0)
			return qy_fail(err,
				"%s: a packed trace.dat; unpack it with %s -d first",
				path, archive_filter_name(a, 0));
		total += size;
		if (total > MAX_TEXT_BYTES)
			return qy_fail(err,
				"%s: more than %llu GiB of text; record a shorter time",
				path, MAX_TEXT_BYTES >> 30);
		if (qy_trace_text_feed(t, bytes, size))
			return -1;
	}
}

int qy_trace_text_read(
	const char *path, struct archive *a, struct qy_trace *trace, struct qy_err *err)
{
	struct qy_trace_text *t = qy_trace_text_new(path, err);
	int ret = t ? feed(path, a, t, err) : -1;

	if (!ret)
		ret = qy_trace_text_end(t, trace);
	qy_trace_text_free(t);
	return ret;
}

static int read_open(
	const char *path, struct archive *a, struct qy_trace *trace, struct qy_err *err)
{
	struct archive_entry *entry;
	int ret = archive_read_next_header(a, &entry);

	if (ret == ARCHIVE_EOF)
		return qy_fail(err, "%s: the file is empty; record it again", path);
	if (ret != ARCHIVE_OK)
		return refuse_packed(path, a, err);
	return qy_trace_text_read(path, a, trace, err);
}

int qy_trace_text_load(const char *path, struct qy_trace *trace, struct qy_err *err)
{
	/* not blocking: a FIFO under this name must not stop us before fstat() */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret = -1;
	struct archive *a = archive_read_new();
	struct stat st;

	*trace = (struct qy_trace){ 0 };
	if (fd < 0)
		qy_fail(err,
			"%s: cannot open the trace: %s; name a trace.dat or its text",
			path, strerror(errno));
	else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		qy_fail(err, "%s: not a regular file; name a trace.dat or its text",
			path);
	else if (!a || archive_read_support_filter_gzip(a) ||
		 archive_read_support_filter_xz(a) ||
		 archive_read_support_filter_zstd(a) ||
		 archive_read_support_format_raw(a) ||
		 archive_read_support_format_empty(a) ||
		 archive_read_open_fd(a, fd, BLOCK_BYTES))
		qy_fail(err, "%s: cannot be read: %s; name a trace.dat or its text", path,
			a ? archive_error_string(a) : "the host has no memory left");
	else
		ret = read_open(path, a, trace, err);
	archive_read_free(a);
	if (fd >= 0)
		close(fd);
	return ret;
}
