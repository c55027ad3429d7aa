// SPDX-License-Identifier: MIT
/* See alias.h. State: the estimate of the process's mappings. */
#include "ports/host/alias.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAGE             ((size_t)4096)
#define DEFAULT_MAX      65530u /* vm.max_map_count where it cannot be read */
#define PROGRAMS_SHARE   16u    /* one in so many stays the program's */
#define SPARE_SHARE      64u
#define MOST_NEW         2u /* mappings that one call adds at most: it cuts one in three */
#define BELIEVED_NS      100000000
#define MAP_FIXED_SHARED (MAP_SHARED | MAP_FIXED | MAP_NORESERVE)

/* mappings of the process: not below what there is, but for what the program maps itself; atomic */
static unsigned int estimate = UINT_MAX / 2;
static unsigned int host_budget; /* what may be used of them; 0: not asked yet; atomic */
static size_t fault_pages;       /* of all fault spaces; atomic */
static int64_t refused_ns;       /* when the host was last found full; 0: not; atomic */

/* ------------------------------------------------------------------ the budget */

unsigned int qy_host_nr_mappings(void)
{
	int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	unsigned int lines = 0;
	char text[4096];
	ssize_t got;

	if (file < 0)
		return 0;
	while ((got = read(file, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++)
			lines += text[i] == '\n';
	close(file);
	return lines;
}

static unsigned int read_budget(void)
{
	int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
	unsigned int most = DEFAULT_MAX;
	char text[32];
	ssize_t got;

	if (file >= 0) {
		got = read(file, text, sizeof(text) - 1);
		text[got > 0 ? got : 0] = '\0';
		if (got > 0)
			most = (unsigned int)strtoul(text, NULL, 10);
		close(file);
	}
	return most - most / PROGRAMS_SHARE;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * Counts. Return: is there room for one call more? A little is left unused, so that a process near its limit counts once in
 * hundreds of calls; a full one, which takes tens of ms to count, is believed for a while.
 */
static bool recount(unsigned int limit)
{
	int64_t now = now_ns();
	unsigned int most = limit, nr;
	bool room;

	if (now - __atomic_load_n(&refused_ns, __ATOMIC_RELAXED) < BELIEVED_NS)
		return false;
	if (!limit) {
		most = read_budget();
		__atomic_store_n(&host_budget, most, __ATOMIC_RELAXED);
	}
	nr = qy_host_nr_mappings();
	room = nr + MOST_NEW <= most - most / SPARE_SHARE;
	__atomic_store_n(&estimate, nr, __ATOMIC_RELAXED);
	__atomic_store_n(&refused_ns, room ? 0 : now, __ATOMIC_RELAXED);
	return room;
}

/* One call more, which may add mappings. */
static bool within_budget(unsigned int limit)
{
	unsigned int most =
		limit ? limit : __atomic_load_n(&host_budget, __ATOMIC_RELAXED);

	return __atomic_load_n(&estimate, __ATOMIC_RELAXED) + MOST_NEW <= most ||
	       recount(limit);
}

static void added_mappings(void)
{
	__atomic_fetch_add(&estimate, MOST_NEW, __ATOMIC_RELAXED);
}

/* Linux answers ENOMEM at its limit, too. */
static int no_mapping(int err)
{
	return err == ENOMEM ? -ENOSPC : -err;
}

/* ------------------------------------------------------------------ addresses */

int qy_host_ram(size_t bytes, const char **remedy)
{
	int file = memfd_create("quarry-ram", MFD_CLOEXEC);
	struct rlimit limit;

	*remedy = "raise `ulimit -n`";
	if (file < 0)
		return -1;
	*remedy = "raise `ulimit -f` or give the board less RAM";
	/* growing a file past RLIMIT_FSIZE is a signal, not an error: so it is asked first */
	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < bytes)
		errno = EFBIG;
	else if (!ftruncate(file, (off_t)bytes))
		return file;
	int err = errno;

	close(file);
	errno = err;
	return -1;
}

/* A page behind the end stays out of reach, so that two spaces never touch. */
int qy_host_space(size_t bytes, unsigned int limit, void **address)
{
	if (!within_budget(limit))
		return -ENOSPC;
	*address = mmap(NULL, bytes + PAGE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (*address == MAP_FAILED)
		return -errno;
	added_mappings();
	return 0;
}

int qy_host_map(int file, void *address, size_t offset, size_t bytes, unsigned int limit)
{
	if (!within_budget(limit))
		return -ENOSPC;
	if (mmap(address, bytes, PROT_READ | PROT_WRITE, MAP_FIXED_SHARED, file,
		    (off_t)offset) == MAP_FAILED)
		return no_mapping(errno);
	added_mappings();
	return 0;
}

int qy_host_remap(
	int file, void *address, size_t offset, size_t bytes, unsigned int limit)
{
	if (!within_budget(limit))
		return -ENOSPC;
	/* not mmap(): a sanitizer takes that for a write to all of the bytes, which stay what they are */
	if (syscall(SYS_mmap, address, bytes, PROT_READ | PROT_WRITE, MAP_FIXED_SHARED,
		    file, offset) == -1)
		return no_mapping(errno);
	added_mappings();
	return 0;
}

int qy_host_unprotect(void *address, size_t bytes)
{
	return mprotect(address, bytes, PROT_READ | PROT_WRITE) ? -errno : 0;
}

int qy_host_protect(void *address, size_t bytes, unsigned int limit)
{
	int err;

	if (!within_budget(limit))
		return -ENOSPC;
	/*
	 * What the host drops now, it need not look for on every other CPU when it changes rights and when it maps the
	 * copies, once for each of them: the first costs one interruption of the other CPUs, the others none.
	 */
	madvise(address, bytes, MADV_DONTNEED);
	if (!mprotect(address, bytes, PROT_READ)) {
		added_mappings();
		return 0;
	}
	err = errno;
	/* of several mappings the first may have changed */
	qy_host_unprotect(address, bytes);
	return no_mapping(err);
}

int qy_host_unmap(void *address, size_t bytes)
{
	if (munmap(address, bytes + PAGE))
		return no_mapping(errno);
	__atomic_store_n(&refused_ns, 0, __ATOMIC_RELAXED);
	return 0;
}

/* ------------------------------------------------------------------ pages that come by faults */

static bool reserve_pages(size_t pages, unsigned int limit)
{
	size_t most = limit ? limit : read_budget(), before;

	before = __atomic_fetch_add(&fault_pages, pages, __ATOMIC_RELAXED);
	if (before + pages <= most / 4 * 3)
		return true;
	__atomic_fetch_sub(&fault_pages, pages, __ATOMIC_RELAXED);
	return false;
}

void qy_host_end_fault_space(size_t bytes)
{
	__atomic_fetch_sub(&fault_pages, bytes / PAGE, __ATOMIC_RELAXED);
}

int qy_host_fault_space(size_t bytes, unsigned int limit, void **address)
{
	int err = reserve_pages(bytes / PAGE, limit) ? 0 : -ENOSPC;

	if (err)
		return err;
	err = qy_host_space(bytes, limit, address);
	if (err)
		qy_host_end_fault_space(bytes);
	return err;
}

/* System calls of their own: see qy_host_remap(). */
int qy_host_show(int file, void *address, size_t offset, size_t bytes)
{
	/* who asked for it is about to use it */
	return syscall(SYS_mmap, address, bytes, PROT_READ | PROT_WRITE,
		       MAP_FIXED_SHARED | MAP_POPULATE, file, offset) == -1
		       ? no_mapping(errno)
		       : 0;
}

int qy_host_hide(void *address, size_t bytes)
{
	return syscall(SYS_mmap, address, bytes, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
		       0) == -1
		       ? no_mapping(errno)
		       : 0;
}

/* ------------------------------------------------------------------ addresses of vmalloc */

#define HUGE ((size_t)2 << 20)

#ifndef MADV_POPULATE_READ /* Linux 5.14; older headers */
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE /* Linux 6.1; older headers */
#define MADV_COLLAPSE 25
#endif

int qy_host_vm_space(struct qy_host_vm *vm, size_t bytes, size_t file_bytes,
	unsigned int limit, void **address)
{
	size_t lead;
	char *space;

	if (!within_budget(limit))
		return -ENOSPC;
	vm->seen = calloc(file_bytes / HUGE + 1, 1);
	space = mmap(NULL, bytes + HUGE, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!vm->seen || space == MAP_FAILED) {
		if (space != MAP_FAILED)
			munmap(space, bytes + HUGE);
		free(vm->seen);
		return -ENOMEM;
	}
	added_mappings();
	lead = -(uintptr_t)space & (HUGE - 1);
	if (lead)
		munmap(space, lead);
	/* a page behind the end stays out of reach, so that two spaces never touch; what is left of 2 MiB goes */
	if (HUGE - lead > PAGE)
		munmap(space + lead + bytes + PAGE, HUGE - lead - PAGE);
	vm->space = space + lead;
	vm->bytes = bytes + PAGE;
	*address = vm->space;
	return 0;
}

void qy_host_vm_end(struct qy_host_vm *vm)
{
	if (vm->space)
		munmap(vm->space, vm->bytes);
	free(vm->seen);
	*vm = (struct qy_host_vm){ 0 };
}

/* Each 2 MiB of the file that was mapped before becomes one page of the host, for one entry of its page tables. */
static void make_huge(struct qy_host_vm *vm, char *address, size_t offset, size_t bytes)
{
	for (size_t at = -offset & (HUGE - 1); at + HUGE <= bytes; at += HUGE)
		if (__atomic_exchange_n(
			    &vm->seen[(offset + at) / HUGE], 1, __ATOMIC_RELAXED))
			madvise(address + at, HUGE, MADV_COLLAPSE);
}

/*
 * A system call of its own, since a sanitizer takes mmap() for a write to all of the bytes, which stay what they are. One
 * call for all pages costs less than a fault for each, and as written to, less than one more at the first write of each
 * (MAP_POPULATE reads); a host that knows no such call leaves the faults to who touches the pages.
 */
int qy_host_vm_map(struct qy_host_vm *vm, int file, void *address, size_t offset,
	size_t bytes, bool write, unsigned int limit)
{
	if (!within_budget(limit))
		return -ENOSPC;
	if (syscall(SYS_mmap, address, bytes, write ? PROT_READ | PROT_WRITE : PROT_READ,
		    MAP_FIXED_SHARED, file, offset) == -1)
		return no_mapping(errno);
	added_mappings();
	if (write && !(((uintptr_t)address - offset) & (HUGE - 1)))
		make_huge(vm, address, offset, bytes);
	madvise(address, bytes, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
	return 0;
}

/* What was mapped alone takes two mappings less, with its edge; more pieces are found by counting. */
int qy_host_vm_unmap(void *address, size_t bytes)
{
	if (syscall(SYS_mmap, address, bytes, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == -1)
		return no_mapping(errno);
	__atomic_fetch_sub(&estimate, MOST_NEW, __ATOMIC_RELAXED);
	__atomic_store_n(&refused_ns, 0, __ATOMIC_RELAXED);
	return 0;
}
