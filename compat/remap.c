// SPDX-License-Identifier: MIT
/*
 * What drivers put into a program's areas: frames by number, pages, buffers. Rules and errors are 6.12's. No state.
 *
 * Locking: mmap_lock of the area, as user.h says.
 */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/vmalloc.h>
#include "compat/kasan.h"
#include "compat/user.h"

static unsigned long write_right(const struct vm_area_struct *vma, pgprot_t prot)
{
	bool write = pgprot_val(prot) & QY_PAGE_KERNEL && vma->vm_flags & VM_WRITE;

	return write ? PTE_WRITE : 0;
}

/* Registers that a model answers are mapped, and fault when they are touched. */
static int show(struct area *area, unsigned long index, unsigned long nr)
{
	int error = qy_user_show(area, index, nr);

	return error == -EFAULT ? 0 : error;
}

/* ------------------------------------------------------------------ frames by number */

int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
	unsigned long size, pgprot_t prot)
{
	struct area *area = area_of(vma);
	unsigned long end = addr + PAGE_ALIGN(size), index = index_in(area, addr);
	unsigned long nr = PAGE_ALIGN(size) >> PAGE_SHIFT;
	int error;

	if (WARN_ON_ONCE(addr & ~PAGE_MASK))
		return -EINVAL;
	if (is_cow_mapping(vma->vm_flags)) {
		if (addr != vma->vm_start || end != vma->vm_end)
			return -EINVAL;
		vma->vm_pgoff = pfn;
	}
	if (!range_in_vma(
		    vma, addr, end)) { /* there, what lies behind it is overwritten */
		qy_compat_report(
			"WARNING: remap_pfn_range() of %lu pages from page %ld on, and the area has %lu",
			nr, (long)(addr - vma->vm_start) >> PAGE_SHIFT, vma_pages(vma));
		return -EINVAL;
	}
	vm_flags_set(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP);
	BUG_ON(addr >= end);
	if (!phys_to_virt(PFN_PHYS(pfn)))
		qy_compat_registers_at(PFN_PHYS(pfn), size);
	for (unsigned long i = 0; i < nr; i++) {
		BUG_ON(area->pte[index + i]);
		qy_user_set(area, index + i, pfn + i, write_right(vma, prot));
	}
	error = show(area, index, nr);
	if (error)
		qy_user_zap(area, index, nr, true);
	return error;
}

int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start, unsigned long len)
{
	unsigned long pfn = start >> PAGE_SHIFT, pages;

	if (start + len < start)
		return -EINVAL;
	pages = PFN_UP(len + (start & ~PAGE_MASK));
	if (pfn + pages < pfn || vma->vm_pgoff > pages ||
		vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	return io_remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff,
		vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

vm_fault_t vmf_insert_pfn_prot(
	struct vm_area_struct *vma, unsigned long addr, unsigned long pfn, pgprot_t prot)
{
	struct area *area = area_of(vma);
	unsigned long index;

	BUG_ON(!(vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)));
	BUG_ON((vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP)) == (VM_PFNMAP | VM_MIXEDMAP));
	BUG_ON(vma->vm_flags & VM_PFNMAP && is_cow_mapping(vma->vm_flags));
	BUG_ON(vma->vm_flags & VM_MIXEDMAP && pfn_valid(pfn));
	if (addr < vma->vm_start || addr >= vma->vm_end)
		return VM_FAULT_SIGBUS;
	index = index_in(area, addr);
	if (area->pte[index])
		return VM_FAULT_NOPAGE;
	if (!phys_to_virt(PFN_PHYS(pfn)))
		qy_compat_registers_at(PFN_PHYS(pfn), PAGE_SIZE);
	qy_user_set(area, index, pfn, write_right(vma, prot));
	return show(area, index, 1) ? VM_FAULT_OOM : VM_FAULT_NOPAGE;
}

vm_fault_t vmf_insert_pfn(
	struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
{
	return vmf_insert_pfn_prot(vma, addr, pfn, vma->vm_page_prot);
}

/* ------------------------------------------------------------------ pages */

static void becomes_mixed(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_MIXEDMAP)
		return;
	BUG_ON(!vma->vm_mm->mmap_lock.count); /* it is written in mmap() */
	BUG_ON(vma->vm_flags & VM_PFNMAP);
	vm_flags_set(vma, VM_MIXEDMAP);
}

/* It is put there, not shown yet. */
static int put_in(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	struct area *area = area_of(vma);
	unsigned long index = index_in(area, addr);
	const char *cache;
	size_t size;

	if (!page_count(page) || qy_compat_cache_of(page_address(page), &cache, &size))
		return -EINVAL;
	if (area->pte[index])
		return -EBUSY;
	get_page(page);
	qy_user_set(area, index, page_to_pfn(page),
		PTE_PAGE | write_right(vma, vma->vm_page_prot));
	return 0;
}

int vm_insert_pages(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
	unsigned long *nr)
{
	unsigned long last = addr + (*nr << PAGE_SHIFT) - 1, first, done = 0;
	int error = 0;

	if (addr < vma->vm_start || last >= vma->vm_end)
		return -EFAULT;
	becomes_mixed(vma);
	first = index_in(area_of(vma), addr);
	for (; done < *nr; done++) {
		error = put_in(vma, addr + (done << PAGE_SHIFT), pages[done]);
		if (error)
			break;
	}
	*nr -= done;
	if (done && qy_user_show(area_of(vma), first, done)) {
		qy_user_zap(area_of(vma), first, done, true);
		*nr += done;
		error = -ENOMEM;
	}
	return error;
}

int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	int error;

	if (addr < vma->vm_start || addr >= vma->vm_end)
		return -EFAULT;
	if (!page_count(page))
		return -EINVAL;
	becomes_mixed(vma);
	addr &= PAGE_MASK;
	error = put_in(vma, addr, page);
	if (!error && qy_user_show(area_of(vma), index_in(area_of(vma), addr), 1)) {
		qy_user_zap(area_of(vma), index_in(area_of(vma), addr), 1, true);
		error = -ENOMEM;
	}
	return error;
}

static int map_from(struct vm_area_struct *vma, struct page **pages, unsigned long nr,
	unsigned long first)
{
	unsigned long count = vma_pages(vma);
	int error = 0;

	if (first >= nr || count > nr - first)
		return -ENXIO;
	for (unsigned long i = 0; !error && i < count; i++)
		error = vm_insert_page(
			vma, vma->vm_start + (i << PAGE_SHIFT), pages[first + i]);
	return error;
}

int vm_map_pages(struct vm_area_struct *vma, struct page **pages, unsigned long nr)
{
	return map_from(vma, pages, nr, vma->vm_pgoff);
}

int vm_map_pages_zero(struct vm_area_struct *vma, struct page **pages, unsigned long nr)
{
	return map_from(vma, pages, nr, 0);
}

/* ------------------------------------------------------------------ areas of vmalloc */

/* Bytes of the area that begins at @p, if it is for programs; 0. */
static unsigned long usable_bytes(const void *p)
{
	struct qy_machine *m = qy_this_machine();
	uint64_t start = qy_vmalloc_address(m, p), from = start;
	struct qy_vmalloc_info info;

	if (!start || !qy_vmalloc_next(m, &from, &info) || info.start != start ||
		info.kind != QY_VMALLOC_AREA ||
		!(info.flags & (QY_VM_USERMAP | QY_VM_DMA_COHERENT)))
		return 0;
	return info.end - info.start - PAGE_SIZE; /* without its guard page */
}

int remap_vmalloc_range_partial(struct vm_area_struct *vma, unsigned long addr, void *p,
	unsigned long first_page, unsigned long size)
{
	unsigned long from = first_page << PAGE_SHIFT, bytes;
	int error = 0;

	size = PAGE_ALIGN(size);
	if (from >> PAGE_SHIFT != first_page || addr & ~PAGE_MASK ||
		(unsigned long)p & ~PAGE_MASK)
		return -EINVAL;
	bytes = usable_bytes(p);
	if (size + from < size || size + from > bytes)
		return -EINVAL;
	for (unsigned long at = 0; !error && at < size; at += PAGE_SIZE)
		error = vm_insert_page(
			vma, addr + at, vmalloc_to_page((char *)p + from + at));
	if (!error)
		vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return error;
}

int remap_vmalloc_range(struct vm_area_struct *vma, void *p, unsigned long first_page)
{
	return remap_vmalloc_range_partial(
		vma, vma->vm_start, p, first_page, vma->vm_end - vma->vm_start);
}

/* ------------------------------------------------------------------ buffers of devices */

static bool fits(const struct vm_area_struct *vma, size_t size)
{
	unsigned long count = PAGE_ALIGN(size) >> PAGE_SHIFT;

	return vma->vm_pgoff < count && vma_pages(vma) <= count - vma->vm_pgoff;
}

int dma_mmap_attrs(struct device *dev, struct vm_area_struct *vma, void *cpu,
	dma_addr_t handle, size_t size, unsigned long attrs)
{
	struct page *first = attrs & DMA_ATTR_NO_KERNEL_MAPPING ? cpu : NULL;
	char *from = (char *)cpu + (vma->vm_pgoff << PAGE_SHIFT);
	unsigned long nr = vma_pages(vma), run, pfn;
	int error = 0;

	(void)dev, (void)handle;
	if (!fits(vma, size))
		return -ENXIO;
	if (!first && !is_vmalloc_addr(cpu))
		first = virt_to_page(cpu);
	if (first)
		return remap_pfn_range(vma, vma->vm_start,
			page_to_pfn(first) + vma->vm_pgoff, nr << PAGE_SHIFT,
			vma->vm_page_prot);
	for (unsigned long i = 0; !error && i < nr; i += run) { /* of frames in a row */
		pfn = vmalloc_to_pfn(from + (i << PAGE_SHIFT));
		for (run = 1; i + run < nr; run++)
			if (vmalloc_to_pfn(from + ((i + run) << PAGE_SHIFT)) != pfn + run)
				break;
		error = remap_pfn_range(vma, vma->vm_start + (i << PAGE_SHIFT), pfn,
			run << PAGE_SHIFT, vma->vm_page_prot);
	}
	return error;
}

int dma_mmap_pages(
	struct device *dev, struct vm_area_struct *vma, size_t size, struct page *page)
{
	(void)dev;
	if (!fits(vma, size))
		return -ENXIO;
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(page) + vma->vm_pgoff,
		vma_pages(vma) << PAGE_SHIFT, vma->vm_page_prot);
}

struct sg_table *dma_alloc_noncontiguous(struct device *dev, size_t size,
	enum dma_data_direction dir, gfp_t gfp, unsigned long attrs)
{
	struct sg_table *sgt;
	struct page *page;
	dma_addr_t handle;

	if (WARN_ON_ONCE(attrs & ~DMA_ATTR_ALLOC_SINGLE_PAGES) ||
		WARN_ON_ONCE(gfp & __GFP_COMP))
		return NULL;
	sgt = kmalloc(sizeof(*sgt), gfp);
	if (!sgt)
		return NULL;
	if (sg_alloc_table(sgt, 1, gfp))
		goto free_table;
	page = dma_alloc_pages(dev, size, &handle, dir, gfp);
	if (!page)
		goto free_list;
	sg_set_page(sgt->sgl, page, (unsigned int)PAGE_ALIGN(size), 0);
	sg_dma_address(sgt->sgl) = handle;
	sg_dma_len(sgt->sgl) = sgt->sgl->length;
	sgt->nents = 1;
	return sgt;
free_list:
	sg_free_table(sgt);
free_table:
	kfree(sgt);
	return NULL;
}

void dma_free_noncontiguous(struct device *dev, size_t size, struct sg_table *sgt,
	enum dma_data_direction dir)
{
	dma_free_pages(dev, size, sg_page(sgt->sgl), sg_dma_address(sgt->sgl), dir);
	sg_free_table(sgt);
	kfree(sgt);
}

void *dma_vmap_noncontiguous(struct device *dev, size_t size, struct sg_table *sgt)
{
	(void)dev, (void)size;
	return page_address(sg_page(sgt->sgl));
}

void dma_vunmap_noncontiguous(struct device *dev, void *p)
{
	(void)dev, (void)p;
}

int dma_mmap_noncontiguous(
	struct device *dev, struct vm_area_struct *vma, size_t size, struct sg_table *sgt)
{
	return dma_mmap_pages(dev, vma, size, sg_page(sgt->sgl));
}

/* ------------------------------------------------------------------ what was mapped goes */

void zap_vma_ptes(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	if (!range_in_vma(vma, addr, addr + size) || !(vma->vm_flags & VM_PFNMAP))
		return;
	qy_user_zap(area_of(vma), index_in(area_of(vma), addr), PFN_UP(size), true);
}

void unmap_mapping_range(
	struct address_space *mapping, loff_t begin, loff_t bytes, int even_cows)
{
	unsigned long first = (unsigned long)begin >> PAGE_SHIFT;
	unsigned long nr = bytes ? PFN_UP((unsigned long)bytes) : ~0ul;
	unsigned long last = first + nr - 1 < first ? ~0ul : first + nr - 1;
	struct area *area;

	might_sleep();
	list_for_each_entry(area, &qy_compat_world()->user->areas, link) {
		struct vm_area_struct *vma = &area->vma;
		unsigned long from = max(first, vma->vm_pgoff);
		unsigned long to = min(last, vma->vm_pgoff + vma_pages(vma) - 1);

		if (vma->vm_file && vma->vm_file->f_mapping == mapping && from <= to)
			qy_user_zap(area, from - vma->vm_pgoff, to - from + 1, even_cows);
	}
}

int generic_access_phys(
	struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write)
{
	unsigned long pte = area_of(vma)->pte[index_in(area_of(vma), addr)];
	char *memory = pte ? qy_user_memory(pte >> PTE_SHIFT) : NULL;

	if (!(vma->vm_flags & (VM_IO | VM_PFNMAP)) || !memory)
		return -EINVAL;
	memory += offset_in_page(addr);
	memcpy(write ? memory : buf, write ? buf : memory, (size_t)len);
	return len;
}
