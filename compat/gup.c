// SPDX-License-Identifier: MIT
/*
 * Pages of a program that a driver takes hold of: to read them (get_user_pages()), or for a device (pin_user_pages()). Each is noted
 * with the stack until it is put, or unpinned. No state.
 *
 * Locking: mmap_lock of the program is held by readers.
 */
#include <linux/mm.h>
#include <linux/uaccess.h>
#include "compat/kasan.h"
#include "compat/user.h"

static bool may_be_asked(unsigned int flags, struct page **pages, bool pins)
{
	if (WARN_ON_ONCE(pins && !pages))
		return false;
	/* what stays for long is pinned */
	return !WARN_ON_ONCE(!pins && flags & FOLL_LONGTERM);
}

/* The page at @addr, with one more reference. */
static int take_one(
	struct qy_world *w, unsigned long addr, unsigned int flags, struct page **page)
{
	struct area *area = qy_user_area(w, addr);
	bool write = flags & FOLL_WRITE;
	unsigned long pte;
	int error;

	if (!area || area->vma.vm_flags & (VM_IO | VM_PFNMAP) ||
		!(area->vma.vm_flags & (write ? VM_WRITE : VM_READ)))
		return -EFAULT;
	pte = area->pte[(addr - area->vma.vm_start) >> PAGE_SHIFT];
	if (!pte || (write && !(pte & PTE_WRITE))) {
		if (flags & FOLL_NOFAULT)
			return -EFAULT;
		error = qy_user_fault_in(&area, addr, write, true);
		if (error)
			return error;
		pte = area->pte[(addr - area->vma.vm_start) >> PAGE_SHIFT];
	}
	if (!(pte & PTE_PAGE))
		return -EFAULT;
	*page = pfn_to_page(pte >> PTE_SHIFT);
	qy_get_page(w->m, *page);
	return 0;
}

static long take(unsigned long start, unsigned long nr, unsigned int flags,
	struct page **pages, bool pins)
{
	enum qy_held kind = pins ? QY_HELD_PIN : QY_HELD_USER_PAGE;
	struct qy_world *w = qy_compat_world();
	unsigned long done = 0;
	int error = 0;

	if (!may_be_asked(flags, pages, pins))
		return -EINVAL;
	if (!current->mm)
		return -EFAULT;
	start &= PAGE_MASK;
	if (nr && qy_refuses(kind, GFP_KERNEL, nr << PAGE_SHIFT))
		return -ENOMEM;
	for (; done < nr; done++) {
		struct page *page;

		error = take_one(w, start + (done << PAGE_SHIFT), flags, &page);
		if (error)
			break;
		if (pages)
			pages[done] = qy_hold(kind, page, PAGE_SIZE);
		else
			qy_put_page(w->m, page);
	}
	return done ? (long)done : error;
}

static long take_unlocked(unsigned long start, unsigned long nr, unsigned int flags,
	struct page **pages, bool pins)
{
	struct mm_struct *mm = current->mm;
	long ret;

	might_sleep();
	if (!mm)
		return -EFAULT;
	mmap_read_lock(mm);
	ret = take(start, nr, flags, pages, pins);
	mmap_read_unlock(mm);
	return ret;
}

/* Without the lock where all is there, so that it may be called where that is held; as there it may be taken. */
static int take_fast(
	unsigned long start, int nr, unsigned int flags, struct page **pages, bool pins)
{
	unsigned long bytes = nr > 0 ? (unsigned long)nr << PAGE_SHIFT : 0;

	if (nr <= 0)
		return 0;
	if ((start & PAGE_MASK) + bytes < bytes)
		return -EOVERFLOW;
	qy_compat_might_fault(__builtin_return_address(0));
	return (int)take_unlocked(start, (unsigned long)nr, flags, pages, pins);
}

/* ------------------------------------------------------------------ doors */

long qy_compat_get_user_pages(
	unsigned long start, unsigned long nr, unsigned int flags, struct page **pages)
{
	return take(start, nr, flags, pages, false);
}

long qy_compat_pin_user_pages(
	unsigned long start, unsigned long nr, unsigned int flags, struct page **pages)
{
	return take(start, nr, flags, pages, true);
}

long get_user_pages_unlocked(
	unsigned long start, unsigned long nr, struct page **pages, unsigned int flags)
{
	return take_unlocked(start, nr, flags, pages, false);
}

long pin_user_pages_unlocked(
	unsigned long start, unsigned long nr, struct page **pages, unsigned int flags)
{
	return take_unlocked(start, nr, flags, pages, true);
}

int get_user_pages_fast(
	unsigned long start, int nr, unsigned int flags, struct page **pages)
{
	return take_fast(start, nr, flags, pages, false);
}

int pin_user_pages_fast(
	unsigned long start, int nr, unsigned int flags, struct page **pages)
{
	return take_fast(start, nr, flags, pages, true);
}

void unpin_user_page(struct page *page)
{
	struct qy_world *w = qy_compat_world();

	if (!qy_compat_held_find(w, QY_HELD_PIN, page)) {
		qy_compat_report(
			"WARNING: unpin_user_page() of a page that is not pinned: pfn %lx",
			page_to_pfn(page));
		return;
	}
	qy_let_go(QY_HELD_PIN, page);
	put_page(page);
}

void unpin_user_pages(struct page **pages, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++)
		unpin_user_page(pages[i]);
}

void unpin_user_pages_dirty_lock(struct page **pages, unsigned long nr, bool dirty)
{
	might_sleep();
	(void)dirty; /* as set_page_dirty_lock() */
	unpin_user_pages(pages, nr);
}
