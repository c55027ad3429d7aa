/* SPDX-License-Identifier: MIT */
/* Pages by their bytes: every page of a board has an address always. No state. */
#ifndef COMPAT_LINUX_HIGHMEM_H
#define COMPAT_LINUX_HIGHMEM_H

#include <linux/mm.h>

#define kmap(page)            page_address(page)
#define kunmap(page)          ((void)(page))
#define kmap_local_page(page) page_address(page)
#define kunmap_local(addr)    ((void)(addr))

/* Not to be slept under. */
static inline void *kmap_atomic(struct page *page)
{
	preempt_disable();
	return page_address(page);
}

#define kunmap_atomic(addr)       \
	do {                      \
		(void)(addr);     \
		preempt_enable(); \
	} while (0)

static inline void clear_highpage(struct page *page)
{
	memset(page_address(page), 0, PAGE_SIZE);
}

static inline void copy_highpage(struct page *to, struct page *from)
{
	memcpy(page_address(to), page_address(from), PAGE_SIZE);
}

static inline void memcpy_from_page(char *to, struct page *page, size_t offset, size_t n)
{
	memcpy(to, (char *)page_address(page) + offset, n);
}

static inline void memcpy_to_page(
	struct page *page, size_t offset, const char *from, size_t n)
{
	memcpy((char *)page_address(page) + offset, from, n);
}

static inline void memzero_page(struct page *page, size_t offset, size_t n)
{
	memset((char *)page_address(page) + offset, 0, n);
}

#endif
