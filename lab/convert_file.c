// SPDX-License-Identifier: MIT
/*
 * Finds, reads and makes the file of a converted form. Nothing that goes wrong here is an error: there is just no cache.
 * The file gets its name only when it is whole; a run that is killed leaves nothing behind. No state.
 */
#include "lab/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX_BYTES (1ull << 30) /* larger ones are not worth a second copy */

/* Reads a whole file. Return: malloc()ed bytes, NULL when that cannot be. */
static unsigned char *read_file(const char *path, size_t *size, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	unsigned char *bytes = NULL;
	size_t got = 0;

	if (fd >= 0 && !fstat(fd, st) && S_ISREG(st->st_mode) && st->st_size > 0 &&
		(uint64_t)st->st_size <= FILE_MAX_BYTES)
		bytes = malloc((size_t)st->st_size);
	*size = bytes ? (size_t)st->st_size : 0;
	while (got < *size) {
		ssize_t n = read(fd, bytes + got, *size - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += (size_t)n;
	}
	if (fd >= 0)
		close(fd);
	if (bytes && got == *size)
		return bytes;
	free(bytes);
	return NULL;
}

static bool identify(const char *path, struct qy_source *source)
{
	struct stat st;
	size_t size;
	unsigned char *bytes = read_file(path, &size, &st);

	if (!bytes)
		return false;
	*source = (struct qy_source){
		.size = size,
		.checksum = qy_convert_checksum(bytes, size),
		.mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	};
	free(bytes);
	return true;
}

/* The directory of the cache, made when it is not there. Return: false when there is none. */
static bool cache_dir(char *dir, size_t size)
{
	const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int length;

	if (base && base[0] == '/')
		length = snprintf(dir, size, "%s", base);
	else if (home && home[0] == '/')
		length = snprintf(dir, size, "%s/.cache", home);
	else
		return false;
	if (length < 0 || (size_t)length + sizeof("/quarry") > size)
		return false;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return false;
	strcat(dir, "/quarry");
	return !mkdir(dir, 0700) || errno == EEXIST;
}

static bool name_of(const char *path, const char *dir, char *name, size_t size)
{
	char real[PATH_MAX];
	int length;

	if (!realpath(path, real))
		return false;
	length = snprintf(name, size, "%s/%016llx.qyload", dir,
		(unsigned long long)qy_convert_checksum(
			(const unsigned char *)real, strlen(real)));
	return length > 0 && (size_t)length < size;
}

static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return true;
}

static void save(const char *dir, const char *name, const struct qy_trace *trace,
	const struct qy_source *source)
{
	size_t size;
	unsigned char *bytes = qy_convert_encode(trace, source, &size);
	int fd = bytes ? open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) : -1;
	char self[40];

	if (fd >= 0 && write_all(fd, bytes, size)) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) &&
			errno == EEXIST) {
			unlink(name);
			/* somebody else's, made meanwhile, is as good */
			if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW))
				errno = 0;
		}
	}
	if (fd >= 0)
		close(fd);
	free(bytes);
}

static bool find(const char *name, const struct qy_source *source, const char *path,
	struct qy_trace *trace)
{
	struct stat st;
	size_t size;
	unsigned char *bytes = read_file(name, &size, &st);
	int error = bytes ? qy_convert_decode(bytes, size, source, trace) : -1;

	free(bytes);
	if (error)
		return false;
	trace->path = strdup(path);
	if (!trace->path)
		qy_trace_free(trace);
	return trace->path != NULL;
}

int qy_convert_load(const char *path, struct qy_trace *trace, struct qy_err *err)
{
	char dir[PATH_MAX], name[PATH_MAX];
	struct qy_source source, now;
	bool cached = identify(path, &source) && cache_dir(dir, sizeof(dir)) &&
		      name_of(path, dir, name, sizeof(name));

	if (cached && find(name, &source, path, trace))
		return 0;
	if (qy_trace_load(path, trace, err))
		return -1;
	/* only if it is still the file that was read */
	if (cached && identify(path, &now) && memcmp(&now, &source, sizeof(now)) == 0)
		save(dir, name, trace, &source);
	return 0;
}
