// SPDX-License-Identifier: MIT
/*
 * Reads numbers and names at a place in a file and refuses, once and with the place, what is not there.
 * No state.
 */
#include "lab/trace_cursor.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

int qy_cursor_fail(
	struct qy_file *file, uint64_t at, const char *what, const char *remedy)
{
	if (!file->failed)
		qy_fail(file->err, "%s: byte %" PRIu64 ": %s; %s", file->path, at, what,
			remedy);
	file->failed = true;
	return -1;
}

/* The sentence of a range that leaves what it should be inside of. */
int qy_cursor_outside(struct qy_cursor *cur, uint64_t want)
{
	struct qy_file *file = cur->file;

	if (!file->failed)
		qy_fail(file->err,
			"%s: byte %" PRIu64 ": %s needs %" PRIu64 " bytes, %" PRIu64
			" are left; %s",
			file->path, cur->at, cur->what, want, cur->end - cur->at,
			QY_REMEDY_CUT);
	file->failed = true;
	return -1;
}

int qy_cursor_bytes(struct qy_cursor *cur, void *to, uint64_t size)
{
	struct qy_file *file = cur->file;

	memset(to, 0, size);
	if (file->failed)
		return -1;
	if (size > cur->end - cur->at)
		return qy_cursor_outside(cur, size);
	if (pread(file->fd, to, size, (off_t)cur->at) != (ssize_t)size)
		return qy_cursor_fail(
			file, cur->at, "cannot be read", "is the disk failing?");
	cur->at += size;
	return 0;
}

int qy_cursor_skip(struct qy_cursor *cur, uint64_t size)
{
	if (cur->file->failed)
		return -1;
	if (size > cur->end - cur->at)
		return qy_cursor_outside(cur, size);
	cur->at += size;
	return 0;
}

uint16_t qy_cursor_get16(struct qy_cursor *cur)
{
	uint16_t value;

	qy_cursor_bytes(cur, &value, sizeof(value));
	return cur->file->swap ? __builtin_bswap16(value) : value;
}

uint32_t qy_cursor_get32(struct qy_cursor *cur)
{
	uint32_t value;

	qy_cursor_bytes(cur, &value, sizeof(value));
	return cur->file->swap ? __builtin_bswap32(value) : value;
}

uint64_t qy_cursor_get64(struct qy_cursor *cur)
{
	uint64_t value;

	qy_cursor_bytes(cur, &value, sizeof(value));
	return cur->file->swap ? __builtin_bswap64(value) : value;
}

/* A string with its end mark; what does not fit is refused, since no name in the format is long. */
int qy_cursor_string(struct qy_cursor *cur, char *to, size_t room)
{
	for (size_t i = 0; i < room; i++) {
		if (qy_cursor_bytes(cur, &to[i], 1))
			return -1;
		if (!to[i])
			return 0;
	}
	to[room - 1] = '\0';
	return qy_cursor_fail(cur->file, cur->at, "a name has no end", QY_REMEDY_CUT);
}
