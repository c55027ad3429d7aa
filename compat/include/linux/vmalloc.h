/* SPDX-License-Identifier: MIT */
/*
 * Mappings, as inlines over quarry/vmalloc.h: each finds the machine that the calling thread stands in. Called by name, those
 * that allocate say which function it was, for /proc/vmallocinfo.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_VMALLOC_H
#define COMPAT_LINUX_VMALLOC_H

#include <linux/mm.h>
#include <linux/pgtable.h>
#include <quarry/owner.h>

#define VM_ALLOC         QY_VM_ALLOC
#define VM_MAP           QY_VM_MAP
#define VM_USERMAP       QY_VM_USERMAP
#define VM_DMA_COHERENT  QY_VM_DMA_COHERENT
#define VM_UNINITIALIZED QY_VM_UNINITIALIZED
#define VM_NO_GUARD      QY_VM_NO_GUARD
#define VM_MAP_PUT_PAGES QY_VM_MAP_PUT_PAGES

static inline void *vmalloc(unsigned long size_bytes)
{
	return qy_take_fresh(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vmalloc(qy_this_machine(), size_bytes));
}

static inline void *vzalloc(unsigned long size_bytes)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vzalloc(qy_this_machine(), size_bytes));
}

/* Aligned to @align: a page at most. @caller: said of the area. */
static inline void *__vmalloc_node(unsigned long size_bytes, unsigned long align,
	gfp_t gfp, int node, const void *caller)
{
	(void)caller, (void)node;
	if (align > PAGE_SIZE)
		return qy_take_fresh(QY_HELD_VMALLOC, gfp, size_bytes,
			qy___vmalloc_aligned(qy_this_machine(), size_bytes, align, gfp));
	return qy_take_fresh(QY_HELD_VMALLOC, gfp, size_bytes,
		qy___vmalloc(qy_this_machine(), size_bytes, gfp));
}

static inline void *vmalloc_user(unsigned long size_bytes)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vmalloc_user(qy_this_machine(), size_bytes));
}

static inline void *vmalloc_node(unsigned long size_bytes, int node)
{
	return qy_take_fresh(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vmalloc_node(qy_this_machine(), size_bytes, node));
}

static inline void *vzalloc_node(unsigned long size_bytes, int node)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vzalloc_node(qy_this_machine(), size_bytes, node));
}

static inline void *vmalloc_32(unsigned long size_bytes)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vmalloc_32(qy_this_machine(), size_bytes));
}

static inline void *vmalloc_32_user(unsigned long size_bytes)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, size_bytes,
		qy_vmalloc_32_user(qy_this_machine(), size_bytes));
}

static inline void *__vmalloc(unsigned long size_bytes, gfp_t gfp)
{
	return qy_take_fresh(QY_HELD_VMALLOC, gfp, size_bytes,
		qy___vmalloc(qy_this_machine(), size_bytes, gfp));
}

static inline void *vmalloc_huge(unsigned long size_bytes, gfp_t gfp)
{
	return qy_take(QY_HELD_VMALLOC, gfp, size_bytes,
		qy_vmalloc_huge(qy_this_machine(), size_bytes, gfp));
}

static inline void *vmalloc_array(size_t nr, size_t size_bytes)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, nr * size_bytes,
		qy_vmalloc_array(qy_this_machine(), nr, size_bytes));
}

static inline void *vcalloc(size_t nr, size_t size_bytes)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, nr * size_bytes,
		qy_vcalloc(qy_this_machine(), nr, size_bytes));
}

static inline void *vrealloc(const void *p, size_t size_bytes, gfp_t gfp)
{
	void *moved;

	if (size_bytes && qy_refuses(QY_HELD_VMALLOC, gfp, size_bytes))
		return NULL;
	moved = qy_vrealloc(qy_this_machine(), p, size_bytes, gfp);
	if (moved || !size_bytes)
		qy_let_go(QY_HELD_VMALLOC, p);
	return qy_hold(QY_HELD_VMALLOC, moved, size_bytes);
}

static inline void vfree(const void *p)
{
	qy_let_go(QY_HELD_VMALLOC, p);
	qy_vfree(qy_this_machine(), p);
}

static inline void vfree_atomic(const void *p)
{
	qy_let_go(QY_HELD_VMALLOC, p);
	qy_vfree_atomic(qy_this_machine(), p);
}

static inline void *vmap(
	struct page **pages, unsigned int count, unsigned long flags, pgprot_t prot)
{
	void *p;

	if (qy_refuses(QY_HELD_VMALLOC, GFP_KERNEL, (size_t)count << PAGE_SHIFT))
		return NULL;
	p = qy_vmap(
		qy_this_machine(), pages, count, flags, (unsigned int)pgprot_val(prot));
	if (p &&
		flags & VM_MAP_PUT_PAGES) { /* they are the area's now, and the array is */
		for (unsigned int i = 0; i < count; i++)
			qy_let_go(QY_HELD_PAGES, pages[i]);
		qy_let_go_kv(pages);
	}
	return qy_hold(QY_HELD_VMALLOC, p, (size_t)count << PAGE_SHIFT);
}

static inline void vunmap(const void *p)
{
	qy_let_go(QY_HELD_VMALLOC, p);
	qy_vunmap(qy_this_machine(), p);
}

static inline void *vm_map_ram(struct page **pages, unsigned int count, int node)
{
	return qy_take(QY_HELD_VMALLOC, GFP_KERNEL, (size_t)count << PAGE_SHIFT,
		qy_vm_map_ram(qy_this_machine(), pages, count, node));
}

static inline void vm_unmap_ram(const void *p, unsigned int count)
{
	qy_let_go(QY_HELD_VMALLOC, p);
	qy_vm_unmap_ram(qy_this_machine(), p, count);
}

static inline void vm_unmap_aliases(void)
{
	qy_vm_unmap_aliases(qy_this_machine());
}

#define vmalloc(size_bytes)             QY_AT_SITE((vmalloc)(size_bytes))
#define vzalloc(size_bytes)             QY_AT_SITE((vzalloc)(size_bytes))
#define vmalloc_user(size_bytes)        QY_AT_SITE((vmalloc_user)(size_bytes))
#define vmalloc_node(size_bytes, node)  QY_AT_SITE((vmalloc_node)(size_bytes, node))
#define vzalloc_node(size_bytes, node)  QY_AT_SITE((vzalloc_node)(size_bytes, node))
#define vmalloc_32(size_bytes)          QY_AT_SITE((vmalloc_32)(size_bytes))
#define vmalloc_32_user(size_bytes)     QY_AT_SITE((vmalloc_32_user)(size_bytes))
#define __vmalloc(size_bytes, gfp)      QY_AT_SITE((__vmalloc)(size_bytes, gfp))
#define vmalloc_huge(size_bytes, gfp)   QY_AT_SITE((vmalloc_huge)(size_bytes, gfp))
#define vmalloc_array(nr, size_bytes)   QY_AT_SITE((vmalloc_array)(nr, size_bytes))
#define vcalloc(nr, size_bytes)         QY_AT_SITE((vcalloc)(nr, size_bytes))
#define vrealloc(p, size_bytes, gfp)    QY_AT_SITE((vrealloc)(p, size_bytes, gfp))
#define vmap(pages, count, flags, prot) QY_AT_SITE((vmap)(pages, count, flags, prot))

#define QY_UNTIL "because only RAM has second addresses here: use vmap()"
QY_ABSENT(void *, vmap_pfn, (unsigned long *pfns, unsigned int count, pgprot_t prot),
	QY_UNTIL);
#undef QY_UNTIL
struct vm_area_struct;
/* Of vmalloc_user() and its like alone, from its page @first_page on. Return: 0, -EINVAL, what vm_insert_page() returns. */
int remap_vmalloc_range(struct vm_area_struct *vma, void *p, unsigned long first_page)
	QY_REAL(remap_vmalloc_range);
int remap_vmalloc_range_partial(struct vm_area_struct *vma, unsigned long addr, void *p,
	unsigned long first_page, unsigned long size)
	QY_REAL(remap_vmalloc_range_partial);

#endif
