/* SPDX-License-Identifier: MIT */
/* Frames: references, compound pages, and the four names of a frame. No state. */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/slab.h>
#include <linux/string.h>

/* Is memory cleared that was not asked to be? Of the board: init_on_alloc=, init_on_free=. */
bool qy_compat_init_on(bool on_free);

static inline bool want_init_on_alloc(gfp_t gfp)
{
	return qy_compat_init_on(false) || gfp & __GFP_ZERO;
}

static inline bool want_init_on_free(void)
{
	return qy_compat_init_on(true);
}

static inline void get_page(struct page *page)
{
	qy_get_page(qy_this_machine(), page);
}

static inline void put_page(struct page *page)
{
	struct qy_machine *m = qy_this_machine();

	if (qy_page_count(m, page) == 1 && qy_defer_free_pages(qy_compound_head(m, page),
						   qy_compound_order(m, page)))
		return;
	qy_put_page(m, page);
}

static inline int page_ref_count(const struct page *page)
{
	return (int)qy_page_ref_count(qy_this_machine(), page);
}

static inline int page_count(const struct page *page)
{
	return (int)qy_page_count(qy_this_machine(), page);
}

static inline int PageCompound(const struct page *page)
{
	return qy_page_compound(qy_this_machine(), page);
}

static inline struct page *compound_head(struct page *page)
{
	return qy_compound_head(qy_this_machine(), page);
}

static inline int PageHead(struct page *page)
{
	return PageCompound(page) && compound_head(page) == page;
}

static inline int PageTail(struct page *page)
{
	return PageCompound(page) && compound_head(page) != page;
}

static inline unsigned int compound_order(struct page *page)
{
	return qy_compound_order(qy_this_machine(), page);
}

static inline unsigned long page_size(struct page *page)
{
	return PAGE_SIZE << compound_order(page);
}

static inline void split_page(struct page *page, unsigned int order)
{
	qy_split_page(qy_this_machine(), page, order);
	qy_let_go(QY_HELD_PAGES, page);
	for (unsigned long i = 0; i < 1ul << order; i++)
		qy_hold(QY_HELD_PAGES, page + i, PAGE_SIZE);
}

static inline unsigned long page_private(const struct page *page)
{
	return qy_page_private(page);
}

static inline void set_page_private(struct page *page, unsigned long value)
{
	qy_set_page_private(page, value);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return qy_page_to_pfn(qy_this_machine(), page);
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return qy_pfn_to_page(qy_this_machine(), pfn);
}

static inline bool pfn_valid(unsigned long pfn)
{
	return pfn_to_page(pfn) != NULL;
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return qy_page_to_phys(qy_this_machine(), page);
}

static inline void *page_address(const struct page *page)
{
	return qy_page_address(qy_this_machine(), page);
}

static inline struct page *virt_to_page(const void *addr)
{
	return qy_virt_to_page(qy_this_machine(), addr);
}

static inline bool virt_addr_valid(const void *addr)
{
	return virt_to_page(addr) != NULL;
}

static inline phys_addr_t virt_to_phys(const void *addr)
{
	return qy_virt_to_phys(qy_this_machine(), addr);
}

static inline void *phys_to_virt(phys_addr_t phys)
{
	return qy_phys_to_virt(qy_this_machine(), phys);
}

static inline bool is_vmalloc_addr(const void *p)
{
	return qy_is_vmalloc_addr(qy_this_machine(), p);
}

/* There are no modules in addresses of their own. */
static inline bool is_vmalloc_or_module_addr(const void *p)
{
	return is_vmalloc_addr(p);
}

static inline struct page *vmalloc_to_page(const void *p)
{
	return qy_vmalloc_to_page(qy_this_machine(), p);
}

static inline unsigned long vmalloc_to_pfn(const void *p)
{
	return qy_vmalloc_to_pfn(qy_this_machine(), p);
}

/* ------------------------------------------------------------------ what a program maps of a driver */

#define VM_READ       0x00000001ul
#define VM_WRITE      0x00000002ul
#define VM_EXEC       0x00000004ul
#define VM_SHARED     0x00000008ul
#define VM_MAYREAD    0x00000010ul
#define VM_MAYWRITE   0x00000020ul
#define VM_MAYEXEC    0x00000040ul
#define VM_MAYSHARE   0x00000080ul
#define VM_PFNMAP     0x00000400ul
#define VM_IO         0x00004000ul
#define VM_DONTEXPAND 0x00040000ul
#define VM_DONTDUMP   0x04000000ul

struct file;

struct vm_area_struct {
	unsigned long vm_start, vm_end; /* a program's addresses */
	unsigned long vm_pgoff;
	unsigned long vm_flags;
	pgprot_t vm_page_prot;
	void *vm_private_data;
	struct file *vm_file;
	void *qy_memory; /* what is mapped at vm_start, in the window */
	unsigned long qy_mapped;
};

static inline void vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags &= ~flags;
}

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

/* Frames behind each other, RAM only. Return: 0, -EINVAL; -EOPNOTSUPP: pieces that do not lie behind each other. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
	unsigned long size, pgprot_t prot) QY_REAL(remap_pfn_range);

#include <asm/along.h>

#endif
