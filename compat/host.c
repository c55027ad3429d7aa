// SPDX-License-Identifier: MIT
/*
 * What the runtime needs of the C library, whose headers and the kernel's cannot be read together. No state.
 */
#include "compat/host.h"

#include <errno.h>
#include <execinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

void *qy_host_zalloc(size_t bytes)
{
	return calloc(1, bytes);
}

void qy_host_free(void *p)
{
	free(p);
}

void *qy_host_reserve(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

void qy_host_unreserve(void *p, size_t bytes)
{
	munmap(p, bytes);
}

int qy_host_format(char *text, size_t size, const char *spec, enum qy_host_kind kind,
	const int *stars, unsigned int nr_stars, const union qy_host_value *value)
{
#define FORMAT(v)                                                         \
	(nr_stars == 0          ? snprintf(text, size, spec, v)           \
		: nr_stars == 1 ? snprintf(text, size, spec, stars[0], v) \
				: snprintf(text, size, spec, stars[0], stars[1], v))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	switch (kind) {
	case QY_HOST_INT:
		return FORMAT(value->i);
	case QY_HOST_LONG:
		return FORMAT(value->l);
	case QY_HOST_LLONG:
		return FORMAT(value->ll);
	default:
		return FORMAT(value->p);
	}
#pragma GCC diagnostic pop
}

__attribute__((noinline)) unsigned int qy_host_backtrace(void **frames, unsigned int max)
{
	void *all[64];
	int n = backtrace(all, (int)(max < 62 ? max + 2 : 64));

	if (n < 2)
		return 0;
	memcpy(frames, all + 2, (size_t)(n - 2) * sizeof(*frames));
	return (unsigned int)n - 2;
}

int qy_host_number(const char *s, unsigned int base, bool negative_too,
	unsigned long long *value, bool *negative)
{
	char *end;

	*negative = *s == '-';
	if (*s == '+' || (*negative && negative_too))
		s++;
	if (*s < '0' || (*s > '9' && !(base == 16 && strchr("abcdefABCDEF", *s) && *s)))
		return -EINVAL;
	if (base == 0 && s[0] == '0' && (s[1] == 'b' || s[1] == 'B'))
		return -EINVAL;
	errno = 0;
	*value = strtoull(s, &end, (int)base);
	if (errno)
		return -ERANGE;
	if (*end == '\n')
		end++;
	return *end ? -EINVAL : 0;
}

const char *qy_host_error_name(int error)
{
	return strerrorname_np(error);
}

size_t qy_host_copy(void *to, const void *from, size_t n, bool to_program)
{
	struct iovec here = { .iov_base = to_program ? (void *)(uintptr_t)from : to,
		.iov_len = n };
	struct iovec there = { .iov_base = to_program ? to : (void *)(uintptr_t)from,
		.iov_len = n };
	ssize_t done = to_program ? process_vm_writev(getpid(), &here, 1, &there, 1, 0)
				  : process_vm_readv(getpid(), &here, 1, &there, 1, 0);

	return done > 0 ? (size_t)done : 0;
}
