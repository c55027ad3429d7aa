// SPDX-License-Identifier: MIT
/*
 * Addresses of the board's programs: second ones for frames, and for the registers of devices, in this process.
 *
 *   qy_sim_program_space, _end       addresses, where nothing is at first
 *   qy_sim_program_show, _hide       what is there
 *   qy_sim_storage, _forget          memory that is none of RAM and can be shown, too
 *
 * Storage lies behind the window in the file that RAM is, so that qy_sim_unshare() knows it.
 *
 * Locking: none; a machine belongs to the thread that booted it.
 */
#include "ports/sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE         ((size_t)4096)
/* Far from what the host gives away by itself, so that programs of one run have the addresses of the next. */
#define WANTED_SPACE ((uintptr_t)24 << 40)

struct sim_storage {
	struct sim_storage *next;
	char *p;
	size_t bytes;
	size_t offset; /* in the file */
};

/* ------------------------------------------------------------------ addresses */

#if defined(__SANITIZE_THREAD__)
/* It has all addresses but those that it gives away. */
static void *space_where_wanted(struct sim *sim, size_t bytes)
{
	(void)sim, (void)bytes;
	return NULL;
}
#else
static void *space_where_wanted(struct sim *sim, size_t bytes)
{
	const int flags =
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
	uintptr_t at = WANTED_SPACE + sim->program_bytes;
	void *p = mmap((void *)at, bytes, PROT_NONE, flags, -1, 0);

	if (p == (void *)at)
		return p;
	if (p != MAP_FAILED)
		munmap(p, bytes);
	return NULL;
}
#endif

int qy_sim_program_space(struct qy_machine *m, size_t bytes, void **address)
{
	struct sim *sim = sim_of(m);

	if (sim->ram < 0)
		return -EOPNOTSUPP;
	*address = space_where_wanted(sim, bytes + PAGE);
	if (*address) { /* with a page between two of them; they are not used twice */
		sim->program_bytes += bytes + PAGE;
		return 0;
	}
	return qy_host_space(bytes, sim->opts.max_mappings, address);
}

int qy_sim_program_end(struct qy_machine *m, void *address, size_t bytes)
{
	(void)m;
	return qy_host_unmap(address, bytes);
}

/* Where in the file; -1: nowhere. */
static off_t offset_of(const struct sim *sim, const char *p, size_t bytes)
{
	if (p >= sim->window && p + bytes <= sim->window + sim->size.window)
		return p - sim->window;
	for (const struct sim_storage *s = sim->storage; s; s = s->next)
		if (p >= s->p && p + bytes <= s->p + s->bytes)
			return (off_t)s->offset + (p - s->p);
	return -1;
}

int qy_sim_program_show(
	struct qy_machine *m, void *address, const void *p, size_t bytes, bool write)
{
	struct sim *sim = sim_of(m);
	off_t offset = offset_of(sim, p, bytes);
	int error = offset < 0 ? -EFAULT
			       : qy_host_remap(sim->ram, address, (size_t)offset, bytes,
					 sim->opts.max_mappings);

	if (!error && !write && mprotect(address, bytes, PROT_READ))
		return -errno;
	return error;
}

int qy_sim_program_hide(struct qy_machine *m, void *address, size_t bytes)
{
	(void)m;
	return qy_host_hide(address, bytes);
}

/* ------------------------------------------------------------------ storage */

/* Growing a file past RLIMIT_FSIZE is a signal, not an error: so it is asked first. */
static int grow(const struct sim *sim, size_t bytes)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < bytes)
		return -EFBIG;
	return ftruncate(sim->ram, (off_t)bytes) ? -errno : 0;
}

void *qy_sim_storage(struct qy_machine *m, size_t bytes)
{
	struct sim *sim = sim_of(m);
	struct sim_storage *s = sim->ram >= 0 ? calloc(1, sizeof(*s)) : NULL;
	struct stat st;
	void *p;

	if (!s)
		return NULL;
	bytes = (bytes + PAGE - 1) & ~(PAGE - 1);
	if (fstat(sim->ram, &st) || grow(sim, (size_t)st.st_size + bytes))
		goto free_record;
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE,
		sim->ram, st.st_size);
	if (p == MAP_FAILED)
		goto free_record;
	*s = (struct sim_storage){ sim->storage, p, bytes, (size_t)st.st_size };
	sim->storage = s;
	return p;
free_record:
	free(s);
	return NULL;
}

void qy_sim_storage_forget(struct qy_machine *m, void *p)
{
	struct sim *sim = sim_of(m);

	for (struct sim_storage **at = &sim->storage, *s; (s = *at); at = &s->next)
		if (s->p == p) {
			munmap(s->p, s->bytes);
			fallocate(sim->ram, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				(off_t)s->offset, (off_t)s->bytes);
			*at = s->next;
			free(s);
			return;
		}
}

void qy_sim_program_down(struct sim *sim)
{
	for (struct sim_storage *s = sim->storage, *next; s; s = next) {
		next = s->next;
		munmap(s->p, s->bytes);
		free(s);
	}
}
