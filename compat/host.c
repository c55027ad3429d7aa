// SPDX-License-Identifier: MIT
/*
 * What the runtime needs of the C library, whose headers and the kernel's cannot be read together. No state.
 */
#include "compat/host.h"

#include <errno.h>
#include <execinfo.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

/* Memory of the runtime, in one list. */
struct block {
	struct block *next, **link;
	size_t bytes;
	max_align_t data[];
};

static struct block *blocks;

void *qy_host_zalloc(size_t bytes)
{
	struct block *block = calloc(1, sizeof(*block) + bytes);

	if (!block)
		return NULL;
	*block = (struct block){ blocks, &blocks, bytes };
	if (blocks)
		blocks->link = &block->next;
	blocks = block;
	return block->data;
}

void qy_host_free(void *p)
{
	struct block *block;

	if (!p)
		return;
	block = (struct block *)((char *)p - offsetof(struct block, data));
	*block->link = block->next;
	if (block->next)
		block->next->link = block->link;
	free(block);
}

void qy_host_each_block(void (*fn)(void *arg, const void *start, size_t bytes), void *arg)
{
	for (const struct block *block = blocks; block; block = block->next)
		fn(arg, block->data, block->bytes);
}

void *qy_host_record(size_t bytes)
{
	return calloc(1, bytes);
}

void qy_host_forget_record(void *p)
{
	free(p);
}

struct variables {
	void (*fn)(void *arg, const void *start, size_t bytes);
	void *arg;
};

/* What can be written of the program, which comes first, and of modules. */
static int each_part(struct dl_phdr_info *info, size_t size, void *arg)
{
	const struct variables *variables = arg;

	(void)size;
	if (*info->dlpi_name && !strstr(info->dlpi_name, ".qko"))
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type == PT_LOAD && part->p_flags & PF_W)
			variables->fn(variables->arg,
				(const void *)(info->dlpi_addr + part->p_vaddr),
				part->p_memsz);
	}
	return 0;
}

void qy_host_each_variable(
	void (*fn)(void *arg, const void *start, size_t bytes), void *arg)
{
	struct variables variables = { fn, arg };

	dl_iterate_phdr(each_part, &variables);
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
	/* those that no program sees */
	static const struct {
		int error;
		const char *name;
	} inside[] = { { 512, "ERESTARTSYS" }, { 513, "ERESTARTNOINTR" },
		{ 514, "ERESTARTNOHAND" }, { 515, "ENOIOCTLCMD" },
		{ 516, "ERESTART_RESTARTBLOCK" }, { 517, "EPROBE_DEFER" },
		{ 518, "EOPENSTALE" }, { 519, "ENOPARAM" }, { 524, "ENOTSUPP" },
		{ 529, "EIOCBQUEUED" } };

	for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
		if (inside[i].error == error)
			return inside[i].name;
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
