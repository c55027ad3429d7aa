// SPDX-License-Identifier: MIT
/*
 * Behind a fork(): RAM and disk of the child's machine become its own.
 *
 *   qy_sim_unshare, qy_sim_may_unshare
 *
 * Everything else of a machine is private memory, which the host copies when it is written. RAM is a file, whose pages are
 * copied; then each address of the process that leads into the file, whatever it is for, leads to the same page of the copy
 * with the same rights. The host's own list of mappings says which these are, so that no window can be forgotten.
 *
 * Locking: none; the one thread of a child whose parent waits.
 */
#include "ports/sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define COPY_BYTES (64u << 10) /* more would cost faults, not save calls */

/* ------------------------------------------------------------------ a file */

static int copy_run(int from, int to, off_t at, off_t end, char *buffer)
{
	while (at < end) {
		size_t room = end - at < COPY_BYTES ? (size_t)(end - at) : COPY_BYTES;
		ssize_t got = pread(from, buffer, room, at);

		if (got <= 0 || pwrite(to, buffer, (size_t)got, at) != got)
			return got < 0 ? -errno : -EIO;
		at += got;
	}
	return 0;
}

/* What was never written stays a hole. */
static int copy_file(int from, int to, off_t bytes)
{
	char *buffer = malloc(COPY_BYTES);
	off_t at = 0, end;
	int error = buffer ? 0 : -ENOMEM;

	if (!error && ftruncate(to, bytes))
		error = -errno;
	while (!error && at < bytes) {
		at = lseek(from, at, SEEK_DATA);
		if (at < 0) {
			error = errno == ENXIO ? 0 : -errno; /* no more */
			break;
		}
		end = lseek(from, at, SEEK_HOLE);
		error = end < 0 ? -errno : copy_run(from, to, at, end, buffer);
		at = end;
	}
	free(buffer);
	return error;
}

/* ------------------------------------------------------------------ addresses */

/* All of /proc/self/maps, before anything in it changes. NULL: -errno in *error. */
static char *read_maps(int *error)
{
	int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t size = 1u << 16, used = 0;
	char *text = file < 0 ? NULL : malloc(size);
	ssize_t got = 0;

	while (text && (got = read(file, text + used, size - used - 1)) > 0) {
		used += (size_t)got;
		if (size - used < 4096) {
			char *larger = realloc(text, size *= 2);

			if (!larger)
				free(text);
			text = larger;
		}
	}
	*error = !text ? -ENOMEM : got < 0 ? -errno : 0;
	if (file >= 0)
		close(file);
	if (text)
		text[used] = '\0';
	if (!*error)
		return text;
	free(text);
	return NULL;
}

static int rights_of(const char *letters)
{
	return (letters[0] == 'r' ? PROT_READ : 0) | (letters[1] == 'w' ? PROT_WRITE : 0);
}

/* Not mmap(): a sanitizer takes that for a write to all of the bytes, which stay what they are. */
static int lead_to(int file, uintptr_t begin, uintptr_t end, int rights, uint64_t offset)
{
	long got = syscall(SYS_mmap, begin, end - begin, rights,
		MAP_SHARED | MAP_FIXED | MAP_NORESERVE, file, offset);

	return got == -1 ? -errno : 0;
}

/* Every line that is of @old. */
static int lead_all_to(int file, const struct stat *old)
{
	int error;
	char *text = read_maps(&error), *line = text, *next;

	for (; !error && line && *line; line = next) {
		uint64_t begin, end, offset, inode;
		unsigned int major_id, minor_id;
		char letters[5];

		next = strchr(line, '\n');
		next = next ? next + 1 : line + strlen(line);
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64,
			    &begin, &end, letters, &offset, &major_id, &minor_id,
			    &inode) != 7)
			continue;
		if (inode == old->st_ino && makedev(major_id, minor_id) == old->st_dev)
			error = lead_to(file, begin, end, rights_of(letters), offset);
	}
	free(text);
	return error;
}

/* ------------------------------------------------------------------ the door */

/* @copy takes the place, and the number, of @fd. */
static int replace(int fd, int copy)
{
	int error = dup3(copy, fd, O_CLOEXEC) < 0 ? -errno : 0;

	close(copy);
	return error;
}

static int unshare_ram(struct sim *sim)
{
	const char *remedy;
	struct stat old;
	int copy, error;

	if (fstat(sim->ram, &old))
		return -errno;
	copy = qy_host_ram(sim->size.window, &remedy);
	if (copy < 0)
		return -errno;
	error = copy_file(sim->ram, copy, old.st_size);
	if (!error)
		error = lead_all_to(copy, &old);
	if (!error)
		return replace(sim->ram, copy);
	close(copy);
	return error;
}

bool qy_sim_may_unshare(struct qy_machine *m)
{
	struct sim *sim = sim_of(m);
	struct stat st;

	return sim->ram < 0 || fstat(sim->ram, &st) ||
	       qy_host_has_room(&sim->room, (size_t)st.st_blocks * 512);
}

int qy_sim_unshare(struct qy_machine *m)
{
	struct sim *sim = sim_of(m);
	int error = sim->ram >= 0 ? unshare_ram(sim) : 0;

	for (unsigned int i = 0; i < QY_HOST_FILES && !error; i++) {
		int fd = sim->files.file[i].fd, copy;
		struct stat st;

		if (fd < 0)
			continue;
		copy = qy_host_file_backing();
		if (copy < 0 || fstat(fd, &st))
			return -errno;
		error = copy_file(fd, copy, st.st_size);
		if (error)
			close(copy);
		else
			error = replace(fd, copy);
	}
	return error;
}
