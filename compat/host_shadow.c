// SPDX-License-Identifier: MIT
/*
 * Addresses for flat shadow, and pages of poison in it that cost nothing until they are written.
 *
 * State: a file of poison, as long as the process.
 */
#include "compat/host.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define POISON 0xff /* the one that there is a file of */

static int poison = -1;
static size_t poison_bytes;

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)

void *qy_host_shadow(uintptr_t at, size_t bytes)
{
	const int flags =
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
	void *want = (void *)at, *p;

	poison = memfd_create("shadow", MFD_CLOEXEC);
	if (poison < 0)
		return NULL;
	p = mmap(want, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == want) {
		madvise(p, bytes, MADV_NOHUGEPAGE);
		madvise(p, bytes, MADV_DONTDUMP);
		return p;
	}
	if (p != MAP_FAILED)
		munmap(p, bytes);
	close(poison);
	poison = -1;
	return NULL;
}

#else

/* Compilers place it differently elsewhere, and ThreadSanitizer has the addresses itself. */
void *qy_host_shadow(uintptr_t at, size_t bytes)
{
	(void)at, (void)bytes;
	return NULL;
}

#endif

void qy_host_shadow_reset(void *p, size_t bytes)
{
	madvise(p, bytes, MADV_DONTNEED);
}

/* Bytes of the file: a page of it costs 2 us, a mapping 5; both at least. */
static size_t best_tile(size_t bytes)
{
	size_t tile = 65536;

	while (tile < bytes && tile * tile / 5000 < bytes)
		tile *= 2;
	return tile;
}

static bool grow_poison(size_t bytes)
{
	char part[65536];

	memset(part, POISON, sizeof(part));
	while (poison_bytes < bytes) {
		ssize_t n = pwrite(poison, part, sizeof(part), (off_t)poison_bytes);

		if (n <= 0)
			return false;
		poison_bytes += (size_t)n;
	}
	return true;
}

bool qy_host_shadow_ground(void *p, size_t bytes, uint8_t state)
{
	const int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
	size_t tile = state ? best_tile(bytes) : bytes;

	if (state && (state != POISON || !grow_poison(tile)))
		return false;
	for (size_t at = 0; at < bytes; at += tile) {
		size_t part = bytes - at < tile ? bytes - at : tile;
		void *to = (char *)p + at;

		if (mmap(to, part, PROT_READ | PROT_WRITE,
			    state ? flags : flags | MAP_ANONYMOUS, state ? poison : -1,
			    0) == MAP_FAILED)
			return false;
		if (!state) {
			madvise(to, part, MADV_NOHUGEPAGE);
			madvise(to, part, MADV_DONTDUMP);
		}
	}
	return true;
}
