/* SPDX-License-Identifier: MIT */
/* Marks for the kernel's own checker of accesses, by whoever keeps memory that is not in use. No state. */
#ifndef COMPAT_LINUX_KASAN_H
#define COMPAT_LINUX_KASAN_H

#include <linux/compiler.h>
#include <linux/types.h>

struct page;

#define kasan_enabled() false
/* stub: accesses are checked by the allocators that hand memory out, not by who keeps it */
#define kasan_poison_pages(page, order, init)
/* stub: as kasan_poison_pages */
#define kasan_unpoison_pages(page, order, init)
/* stub: as kasan_poison_pages */
#define kasan_unpoison_range(addr, size)
/* stub: as kasan_poison_pages */
#define kasan_slab_free_mempool(p)
/* stub: as kasan_poison_pages */
#define kasan_disable_current()
/* stub: as kasan_poison_pages */
#define kasan_enable_current()

#endif
