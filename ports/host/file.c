// SPDX-License-Identifier: MIT
/* See file.h. A page takes room on the disk from its first write on, whether it succeeds or not. */
#include "ports/host/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE_SHIFT 12

void qy_host_files_init(
	struct qy_host_files *files, const char *directory, uint64_t disk_bytes)
{
	memset(files, 0, sizeof(*files));
	pthread_mutex_init(&files->mutex, NULL);
	files->directory = directory;
	files->disk_pages = disk_bytes >> PAGE_SHIFT;
	for (unsigned int i = 0; i < QY_HOST_FILES; i++)
		files->file[i].fd = -1;
}

static void release(struct qy_host_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->written);
	*f = (struct qy_host_file){ .fd = -1 };
}

void qy_host_files_exit(struct qy_host_files *files)
{
	for (unsigned int i = 0; i < QY_HOST_FILES; i++)
		release(&files->file[i]);
	pthread_mutex_destroy(&files->mutex);
}

/* A name of the board's, as one of a directory. */
static void flat_name(const char *name, char *flat, size_t size)
{
	size_t i = 0;

	for (; *name && i < size - 1; name++, i++)
		flat[i] = *name == '/' ? '_' : *name;
	flat[i] = '\0';
}

int qy_host_file_backing(void)
{
	const char *directory = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/quarry-XXXXXX", directory);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static int open_backing(const struct qy_host_files *files, const char *name)
{
	const char *directory = files->directory;
	char path[4200], flat[64];

	flat_name(name, flat, sizeof(flat));
	if (directory) {
		snprintf(path, sizeof(path), "%s/%s", directory, flat);
		return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	}
	return qy_host_file_backing();
}

/* files->mutex is held. */
static int add_file(struct qy_host_files *files, const char *name, uint32_t *file)
{
	for (uint32_t i = 0; i < QY_HOST_FILES; i++) {
		struct qy_host_file *f = &files->file[i];

		if (f->fd >= 0)
			continue;
		f->fd = open_backing(files, name);
		if (f->fd < 0)
			return -errno;
		snprintf(f->name, sizeof(f->name), "%s", name);
		*file = i;
		return 0;
	}
	return -ENFILE;
}

int qy_host_file_open(
	struct qy_host_files *files, const char *name, uint64_t bytes, uint32_t *file)
{
	int err = -ENOENT;

	(void)bytes;
	pthread_mutex_lock(&files->mutex);
	for (uint32_t i = 0; i < QY_HOST_FILES && err; i++)
		if (files->file[i].fd >= 0 && !strcmp(files->file[i].name, name)) {
			*file = i;
			err = 0;
		}
	if (err)
		err = add_file(files, name, file);
	pthread_mutex_unlock(&files->mutex);
	return err;
}

int qy_host_file_read(struct qy_host_files *files, uint32_t file, uint64_t offset,
	void *to, size_t bytes)
{
	char *at = to;

	while (bytes) {
		ssize_t nr = pread(files->file[file].fd, at, bytes, (off_t)offset);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr < 0)
			return -EIO;
		if (!nr) {
			memset(at, 0, bytes);
			break;
		}
		at += nr;
		offset += (uint64_t)nr;
		bytes -= (size_t)nr;
	}
	return 0;
}

/* Room for pages that were never written. Return: there is some. */
static int charge(struct qy_host_files *files, struct qy_host_file *f, uint64_t page)
{
	int err = 0;

	if (!files->disk_pages)
		return 0;
	pthread_mutex_lock(&files->mutex);
	if (page >= f->nr_pages) {
		uint64_t nr = (page / 8 + 4096) * 8;
		uint8_t *grown = realloc(f->written, nr / 8);

		if (grown) {
			memset(grown + f->nr_pages / 8, 0, (nr - f->nr_pages) / 8);
			f->written = grown;
			f->nr_pages = nr;
		} else {
			err = -ENOSPC;
		}
	}
	if (!err && !(f->written[page / 8] >> page % 8 & 1)) {
		if (files->nr_written >= files->disk_pages) {
			err = -ENOSPC;
		} else {
			f->written[page / 8] =
				(uint8_t)(f->written[page / 8] | 1u << page % 8);
			files->nr_written++;
		}
	}
	pthread_mutex_unlock(&files->mutex);
	return err;
}

int qy_host_file_write(struct qy_host_files *files, uint32_t file, uint64_t offset,
	const void *from, size_t bytes)
{
	const char *at = from;

	for (uint64_t page = offset >> PAGE_SHIFT; page < (offset + bytes) >> PAGE_SHIFT;
		page++)
		if (charge(files, &files->file[file], page))
			return -ENOSPC;
	while (bytes) {
		ssize_t nr = pwrite(files->file[file].fd, at, bytes, (off_t)offset);

		if (nr < 0 && errno == EINTR)
			continue;
		if (nr <= 0)
			return nr < 0 && errno == ENOSPC ? -ENOSPC : -EIO;
		at += nr;
		offset += (uint64_t)nr;
		bytes -= (size_t)nr;
	}
	return 0;
}

void qy_host_file_forget(struct qy_host_files *files, uint32_t file)
{
	struct qy_host_file *f = &files->file[file];
	char path[4200], flat[64];

	pthread_mutex_lock(&files->mutex);
	for (uint64_t page = 0; page < f->nr_pages; page++)
		files->nr_written -= f->written[page / 8] >> page % 8 & 1;
	if (files->directory) {
		flat_name(f->name, flat, sizeof(flat));
		snprintf(path, sizeof(path), "%s/%s", files->directory, flat);
		unlink(path);
	}
	release(f);
	pthread_mutex_unlock(&files->mutex);
}
