/* SPDX-License-Identifier: MIT */
/*
 * The checker of accesses, for who wants less of it for a while, or tests it.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_KASAN_H
#define COMPAT_LINUX_KASAN_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/types.h>

struct page;

#define KASAN_GRANULE_SIZE 8ul

bool kasan_enabled(void) QY_REAL(kasan_enabled);
/* Accesses of this task are not told, until as many calls of the other. */
void kasan_disable_current(void) QY_REAL(kasan_disable_current);
void kasan_enable_current(void) QY_REAL(kasan_enable_current);
/* Is each access told, not each place once? Return: was it so before? */
bool kasan_save_enable_multi_shot(void) QY_REAL(kasan_save_enable_multi_shot);
void kasan_restore_multi_shot(bool enabled) QY_REAL(kasan_restore_multi_shot);
/* Whole granules that nobody may touch, because of @value. */
void kasan_poison(const void *addr, size_t size, u8 value, bool init)
	QY_REAL(kasan_poison);
void kasan_unpoison(const void *addr, size_t size, bool init) QY_REAL(kasan_unpoison);
/* Reports in between are what a suite of tests wants. */
void kasan_kunit_test_suite_start(void) QY_REAL(kasan_kunit_test_suite_start);
void kasan_kunit_test_suite_end(void) QY_REAL(kasan_kunit_test_suite_end);

/* stub: accesses are checked by the allocators that hand memory out, not by who keeps it */
#define kasan_poison_pages(page, order, init)
/* stub: as kasan_poison_pages */
#define kasan_unpoison_pages(page, order, init)
/* stub: as kasan_poison_pages */
#define kasan_unpoison_range(addr, size)
/* stub: as kasan_poison_pages */
#define kasan_slab_free_mempool(p)

/* ------------------------------------------------------------------ what its tests ask, where pointers have no tags */

/* Of before 6.3: data of a case's resource "kasan_status". */
struct kunit_kasan_status {
	bool report_found;
	bool sync_fault;
};

#define KASAN_TAG_KERNEL                 0xff
#define KASAN_TAG_INVALID                0xfe
#define KASAN_TAG_MAX                    0xfd
#define KASAN_TAG_MIN                    0x00
#define get_tag(addr)                    ((u8)0)
#define set_tag(addr, tag)               ((void *)((uintptr_t)(addr) | (0 * (tag))))
#define kasan_vmalloc_enabled()          true
#define kasan_stack_collection_enabled() true
#define kasan_async_fault_possible()     false
#define kasan_sync_fault_possible()      false
/* stub: no hardware checks tags */
#define kasan_force_async_fault()
/* stub: as kasan_force_async_fault */
#define kasan_enable_hw_tags()
/* stub: as kasan_force_async_fault */
#define kasan_enable_tagging()
/* stub: no part of a driver is in Rust */
#define kasan_test_rust_uaf() ((char)0)

#endif
