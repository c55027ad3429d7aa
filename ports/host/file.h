/* SPDX-License-Identifier: MIT */
/*
 * Backing files of a board in this process: files in a directory, or without a name, with a disk of a given size.
 *
 *   qy_host_files_init, _exit
 *   qy_host_file_backing                        a file of the host without a name
 *   qy_host_file_open, _read, _write, _forget    as struct qy_port has them
 *
 * Locking: a mutex for the table of files; reading and writing without it.
 */
#ifndef QY_PORTS_HOST_FILE_H
#define QY_PORTS_HOST_FILE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QY_HOST_FILES 256

struct qy_host_file {
	int fd; /* -1: none */
	char name[64];
	uint8_t *written;  /* a bit a page: it takes room on the disk */
	uint64_t nr_pages; /* that have a bit */
};

struct qy_host_files {
	pthread_mutex_t mutex;
	const char *directory; /* NULL: files without a name, gone with the machine */
	uint64_t disk_pages;   /* 0: no limit but the host's */
	uint64_t nr_written;   /* pages that take room; atomic */
	struct qy_host_file file[QY_HOST_FILES];
};

void qy_host_files_init(
	struct qy_host_files *files, const char *directory, uint64_t disk_bytes);
void qy_host_files_exit(struct qy_host_files *files);

/* A new file that has no name; -1. */
int qy_host_file_backing(void);

int qy_host_file_open(
	struct qy_host_files *files, const char *name, uint64_t bytes, uint32_t *file);
int qy_host_file_read(struct qy_host_files *files, uint32_t file, uint64_t offset,
	void *to, size_t bytes);
int qy_host_file_write(struct qy_host_files *files, uint32_t file, uint64_t offset,
	const void *from, size_t bytes);
void qy_host_file_forget(struct qy_host_files *files, uint32_t file);

#endif
