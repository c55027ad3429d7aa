/* SPDX-License-Identifier: MIT */
/* Memory for devices, as inlines over quarry/dma.h. No state. */
#ifndef COMPAT_LINUX_DMA_MAPPING_H
#define COMPAT_LINUX_DMA_MAPPING_H

#include <linux/device.h>
#include <linux/dma-direction.h>
#include <linux/gfp.h>
#include <linux/scatterlist.h>

#define DMA_BIT_MASK(n)   ((n) == 64 ? ~0ULL : (1ULL << ((n)&63)) - 1)
#define DMA_MAPPING_ERROR (~(dma_addr_t)0)

#define DMA_ATTR_WEAK_ORDERING      QY_DMA_ATTR_WEAK_ORDERING
#define DMA_ATTR_WRITE_COMBINE      QY_DMA_ATTR_WRITE_COMBINE
#define DMA_ATTR_NO_KERNEL_MAPPING  QY_DMA_ATTR_NO_KERNEL_MAPPING
#define DMA_ATTR_SKIP_CPU_SYNC      QY_DMA_ATTR_SKIP_CPU_SYNC
#define DMA_ATTR_FORCE_CONTIGUOUS   QY_DMA_ATTR_FORCE_CONTIGUOUS
#define DMA_ATTR_ALLOC_SINGLE_PAGES QY_DMA_ATTR_ALLOC_SINGLE_PAGES
#define DMA_ATTR_NO_WARN            QY_DMA_ATTR_NO_WARN
#define DMA_ATTR_PRIVILEGED         QY_DMA_ATTR_PRIVILEGED

static inline enum qy_dma_direction qy_compat_dir(enum dma_data_direction dir)
{
	return (enum qy_dma_direction)dir;
}

/* ------------------------------------------------------------------ masks and questions */

static inline u64 dma_get_mask(struct device *dev)
{
	return dev->dma_mask && *dev->dma_mask ? *dev->dma_mask : DMA_BIT_MASK(32);
}

static inline int dma_set_mask(struct device *dev, u64 mask)
{
	return qy_refuses(QY_ASK_MASK, GFP_KERNEL, 0) ? -EIO
						      : qy_dma_set_mask(&dev->qy, mask);
}

static inline int dma_set_coherent_mask(struct device *dev, u64 mask)
{
	return qy_refuses(QY_ASK_MASK, GFP_KERNEL, 0)
		       ? -EIO
		       : qy_dma_set_coherent_mask(&dev->qy, mask);
}

static inline int dma_set_mask_and_coherent(struct device *dev, u64 mask)
{
	return qy_refuses(QY_ASK_MASK, GFP_KERNEL, 0)
		       ? -EIO
		       : qy_dma_set_mask_and_coherent(&dev->qy, mask);
}

static inline int dma_coerce_mask_and_coherent(struct device *dev, u64 mask)
{
	return qy_refuses(QY_ASK_MASK, GFP_KERNEL, 0)
		       ? -EIO
		       : qy_dma_coerce_mask_and_coherent(&dev->qy, mask);
}

static inline int dma_supported(struct device *dev, u64 mask)
{
	return qy_dma_supported(&dev->qy, mask);
}

static inline u64 dma_get_required_mask(struct device *dev)
{
	return qy_dma_get_required_mask(&dev->qy);
}

static inline bool dma_addressing_limited(struct device *dev)
{
	return qy_dma_addressing_limited(&dev->qy);
}

static inline size_t dma_max_mapping_size(struct device *dev)
{
	return qy_dma_max_mapping_size(&dev->qy);
}

static inline size_t dma_opt_mapping_size(struct device *dev)
{
	return qy_dma_opt_mapping_size(&dev->qy);
}

static inline unsigned long dma_get_merge_boundary(struct device *dev)
{
	return qy_dma_get_merge_boundary(&dev->qy);
}

static inline int dma_get_cache_alignment(void)
{
	return (int)qy_dma_get_cache_alignment(qy_this_machine());
}

static inline bool dma_need_sync(struct device *dev, dma_addr_t dma)
{
	return qy_dma_need_sync(&dev->qy, dma);
}

static inline unsigned int dma_get_max_seg_size(struct device *dev)
{
	return dev->qy.max_segment_size ? dev->qy.max_segment_size : 65536;
}

static inline void dma_set_max_seg_size(struct device *dev, unsigned int size)
{
	dev->qy.max_segment_size = size;
}

static inline unsigned long dma_get_seg_boundary(struct device *dev)
{
	return dev->qy.segment_boundary_mask ? dev->qy.segment_boundary_mask : ~0ul;
}

static inline void dma_set_seg_boundary(struct device *dev, unsigned long mask)
{
	dev->qy.segment_boundary_mask = mask;
}

static inline unsigned int dma_get_min_align_mask(struct device *dev)
{
	return dev->qy.min_align_mask;
}

static inline void dma_set_min_align_mask(struct device *dev, unsigned int mask)
{
	dev->qy.min_align_mask = mask;
}

/* ------------------------------------------------------------------ memory for both sides */

static inline void *dma_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle,
	gfp_t gfp, unsigned long attrs)
{
	return qy_take(QY_HELD_DMA, gfp, size,
		qy_dma_alloc_attrs(&dev->qy, size, (uint64_t *)handle, gfp, attrs));
}

static inline void dma_free_attrs(struct device *dev, size_t size, void *cpu,
	dma_addr_t handle, unsigned long attrs)
{
	qy_let_go(QY_HELD_DMA, cpu);
	qy_dma_free_attrs(&dev->qy, size, cpu, handle, attrs);
}

static inline void *dma_alloc_coherent(
	struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	return qy_take(QY_HELD_DMA, gfp, size,
		qy_dma_alloc_coherent(&dev->qy, size, (uint64_t *)handle, gfp));
}

static inline void dma_free_coherent(
	struct device *dev, size_t size, void *cpu, dma_addr_t handle)
{
	qy_let_go(QY_HELD_DMA, cpu);
	qy_dma_free_coherent(&dev->qy, size, cpu, handle);
}

static inline void *dma_alloc_wc(
	struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	return dma_alloc_attrs(dev, size, handle, gfp,
		DMA_ATTR_WRITE_COMBINE | (gfp & __GFP_NOWARN ? DMA_ATTR_NO_WARN : 0));
}

static inline void dma_free_wc(
	struct device *dev, size_t size, void *cpu, dma_addr_t handle)
{
	dma_free_attrs(dev, size, cpu, handle, DMA_ATTR_WRITE_COMBINE);
}

static inline struct page *dma_alloc_pages(struct device *dev, size_t size,
	dma_addr_t *handle, enum dma_data_direction dir, gfp_t gfp)
{
	struct page *page = qy_take(QY_HELD_DMA, gfp, size,
		qy_dma_alloc_pages(
			&dev->qy, size, (uint64_t *)handle, qy_compat_dir(dir), gfp));

	if (page)
		qy_lent_later(dev, *handle, qy_page_address(qy_this_machine(), page),
			size, qy_compat_dir(dir));
	return page;
}

static inline void dma_free_pages(struct device *dev, size_t size, struct page *page,
	dma_addr_t handle, enum dma_data_direction dir)
{
	qy_returned(dev, handle);
	qy_let_go(QY_HELD_DMA, page);
	qy_dma_free_pages(&dev->qy, size, page, handle, qy_compat_dir(dir));
}

static inline void *dma_alloc_noncoherent(struct device *dev, size_t size,
	dma_addr_t *handle, enum dma_data_direction dir, gfp_t gfp)
{
	void *cpu = qy_take(QY_HELD_DMA, gfp, size,
		qy_dma_alloc_noncoherent(
			&dev->qy, size, (uint64_t *)handle, qy_compat_dir(dir), gfp));

	if (cpu)
		qy_lent_later(dev, *handle, cpu, size, qy_compat_dir(dir));
	return cpu;
}

static inline void dma_free_noncoherent(struct device *dev, size_t size, void *cpu,
	dma_addr_t handle, enum dma_data_direction dir)
{
	qy_returned(dev, handle);
	qy_let_go(QY_HELD_DMA, cpu);
	qy_dma_free_noncoherent(&dev->qy, size, cpu, handle, qy_compat_dir(dir));
}

static inline void *dmam_alloc_attrs(struct device *dev, size_t size, dma_addr_t *handle,
	gfp_t gfp, unsigned long attrs)
{
	if (qy_refuses(QY_HELD_DMA, gfp, size))
		return NULL;
	return qy_dmam_alloc_attrs(&dev->qy, size, (uint64_t *)handle, gfp, attrs);
}

static inline void *dmam_alloc_coherent(
	struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp)
{
	return dmam_alloc_attrs(
		dev, size, handle, gfp, gfp & __GFP_NOWARN ? DMA_ATTR_NO_WARN : 0);
}

static inline void dmam_free_coherent(
	struct device *dev, size_t size, void *cpu, dma_addr_t handle)
{
	qy_dmam_free_coherent(&dev->qy, size, cpu, handle);
}

/* ------------------------------------------------------------------ mappings */

/* Noted by its bus address; lists by their first entry. */
static inline dma_addr_t qy_hold_map(dma_addr_t handle, size_t size)
{
	if (handle != DMA_MAPPING_ERROR)
		qy_hold(QY_HELD_DMA_MAP, (const void *)(uintptr_t)handle, size);
	return handle;
}

#define qy_take_map(size, call)                                            \
	(qy_refuses(QY_HELD_DMA_MAP, GFP_ATOMIC, size) ? DMA_MAPPING_ERROR \
						       : qy_hold_map(call, size))

static inline int dma_mapping_error(struct device *dev, dma_addr_t handle)
{
	return qy_dma_mapping_error(&dev->qy, handle);
}

static inline dma_addr_t dma_map_page_attrs(struct device *dev, struct page *page,
	size_t offset, size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	const char *cpu = (const char *)qy_page_address(qy_this_machine(), page) + offset;
	dma_addr_t handle;

	qy_lend(cpu, size, qy_compat_dir(dir));
	handle = qy_take_map(size,
		qy_dma_map_page(&dev->qy, page, offset, size, qy_compat_dir(dir), attrs));
	if (handle != DMA_MAPPING_ERROR)
		qy_lent(dev, handle, cpu, size, qy_compat_dir(dir));
	return handle;
}

static inline void dma_unmap_page_attrs(struct device *dev, dma_addr_t handle,
	size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	qy_returned(dev, handle);
	qy_let_go(QY_HELD_DMA_MAP, (const void *)(uintptr_t)handle);
	qy_dma_unmap_page(&dev->qy, handle, size, qy_compat_dir(dir), attrs);
}

static inline dma_addr_t dma_map_single_attrs(struct device *dev, void *addr, size_t size,
	enum dma_data_direction dir, unsigned long attrs)
{
	dma_addr_t handle;

	qy_lend(addr, size, qy_compat_dir(dir));
	handle = qy_take_map(
		size, qy_dma_map_single(&dev->qy, addr, size, qy_compat_dir(dir), attrs));
	if (handle != DMA_MAPPING_ERROR)
		qy_lent(dev, handle, addr, size, qy_compat_dir(dir));
	return handle;
}

static inline void dma_unmap_single_attrs(struct device *dev, dma_addr_t handle,
	size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	qy_returned(dev, handle);
	qy_let_go(QY_HELD_DMA_MAP, (const void *)(uintptr_t)handle);
	qy_dma_unmap_single(&dev->qy, handle, size, qy_compat_dir(dir), attrs);
}

static inline dma_addr_t dma_map_resource(struct device *dev, phys_addr_t phys,
	size_t size, enum dma_data_direction dir, unsigned long attrs)
{
	return qy_take_map(size,
		qy_dma_map_resource(&dev->qy, phys, size, qy_compat_dir(dir), attrs));
}

static inline void dma_unmap_resource(struct device *dev, dma_addr_t handle, size_t size,
	enum dma_data_direction dir, unsigned long attrs)
{
	qy_let_go(QY_HELD_DMA_MAP, (const void *)(uintptr_t)handle);
	qy_dma_unmap_resource(&dev->qy, handle, size, qy_compat_dir(dir), attrs);
}

/* 0, and not the error. */
static inline unsigned int dma_map_sg_attrs(struct device *dev, struct scatterlist *sg,
	int nents, enum dma_data_direction dir, unsigned long attrs)
{
	int nr;

	if (qy_refuses(QY_HELD_DMA_MAP, GFP_ATOMIC, 0))
		return 0;
	qy_lend_list(sg, (unsigned int)nents, qy_compat_dir(dir));
	nr = qy_dma_map_sg(&dev->qy, sg, (unsigned int)nents, qy_compat_dir(dir), attrs);
	if (nr <= 0)
		return 0;
	qy_hold(QY_HELD_DMA_MAP, sg, 0);
	qy_lent_list(dev, sg, (unsigned int)nents, qy_compat_dir(dir));
	return (unsigned int)nr;
}

static inline void dma_unmap_sg_attrs(struct device *dev, struct scatterlist *sg,
	int nents, enum dma_data_direction dir, unsigned long attrs)
{
	qy_returned_list(dev, sg, (unsigned int)nents);
	qy_let_go(QY_HELD_DMA_MAP, sg);
	qy_dma_unmap_sg(&dev->qy, sg, (unsigned int)nents, qy_compat_dir(dir), attrs);
}

static inline int dma_map_sgtable(struct device *dev, struct sg_table *sgt,
	enum dma_data_direction dir, unsigned long attrs)
{
	int nr;

	if (qy_refuses(QY_HELD_DMA_MAP, GFP_ATOMIC, 0))
		return -ENOMEM;
	qy_lend_list(sgt->sgl, sgt->orig_nents, qy_compat_dir(dir));
	nr = qy_dma_map_sg(
		&dev->qy, sgt->sgl, sgt->orig_nents, qy_compat_dir(dir), attrs);
	if (nr < 0)
		return nr;
	qy_hold(QY_HELD_DMA_MAP, sgt->sgl, 0);
	qy_lent_list(dev, sgt->sgl, sgt->orig_nents, qy_compat_dir(dir));
	sgt->nents = (unsigned int)nr;
	return 0;
}

static inline void dma_unmap_sgtable(struct device *dev, struct sg_table *sgt,
	enum dma_data_direction dir, unsigned long attrs)
{
	qy_returned_list(dev, sgt->sgl, sgt->orig_nents);
	qy_let_go(QY_HELD_DMA_MAP, sgt->sgl);
	qy_dma_unmap_sg(&dev->qy, sgt->sgl, sgt->orig_nents, qy_compat_dir(dir), attrs);
}

#define dma_map_single(d, a, s, r)   dma_map_single_attrs(d, a, s, r, 0)
#define dma_unmap_single(d, a, s, r) dma_unmap_single_attrs(d, a, s, r, 0)
#define dma_map_page(d, p, o, s, r)  dma_map_page_attrs(d, p, o, s, r, 0)
#define dma_unmap_page(d, a, s, r)   dma_unmap_page_attrs(d, a, s, r, 0)
#define dma_map_sg(d, s, n, r)       dma_map_sg_attrs(d, s, n, r, 0)
#define dma_unmap_sg(d, s, n, r)     dma_unmap_sg_attrs(d, s, n, r, 0)

/* ------------------------------------------------------------------ syncs */

static inline void dma_sync_single_for_cpu(
	struct device *dev, dma_addr_t handle, size_t size, enum dma_data_direction dir)
{
	qy_dma_sync_single_for_cpu(&dev->qy, handle, size, qy_compat_dir(dir));
	qy_synced(dev, handle, size, true);
}

static inline void dma_sync_single_for_device(
	struct device *dev, dma_addr_t handle, size_t size, enum dma_data_direction dir)
{
	qy_dma_sync_single_for_device(&dev->qy, handle, size, qy_compat_dir(dir));
	qy_synced(dev, handle, size, false);
}

static inline void dma_sync_single_range_for_cpu(struct device *dev, dma_addr_t handle,
	unsigned long offset, size_t size, enum dma_data_direction dir)
{
	dma_sync_single_for_cpu(dev, handle + offset, size, dir);
}

static inline void dma_sync_single_range_for_device(struct device *dev, dma_addr_t handle,
	unsigned long offset, size_t size, enum dma_data_direction dir)
{
	dma_sync_single_for_device(dev, handle + offset, size, dir);
}

static inline void dma_sync_sg_for_cpu(struct device *dev, struct scatterlist *sg,
	int nents, enum dma_data_direction dir)
{
	qy_dma_sync_sg_for_cpu(&dev->qy, sg, (unsigned int)nents, qy_compat_dir(dir));
	qy_synced_list(dev, sg, (unsigned int)nents, true);
}

static inline void dma_sync_sg_for_device(struct device *dev, struct scatterlist *sg,
	int nents, enum dma_data_direction dir)
{
	qy_dma_sync_sg_for_device(&dev->qy, sg, (unsigned int)nents, qy_compat_dir(dir));
	qy_synced_list(dev, sg, (unsigned int)nents, false);
}

static inline void dma_sync_sgtable_for_cpu(
	struct device *dev, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_sync_sg_for_cpu(dev, sgt->sgl, (int)sgt->orig_nents, dir);
}

static inline void dma_sync_sgtable_for_device(
	struct device *dev, struct sg_table *sgt, enum dma_data_direction dir)
{
	dma_sync_sg_for_device(dev, sgt->sgl, (int)sgt->orig_nents, dir);
}

/* What a driver keeps of a mapping until it unmaps. */
#define DEFINE_DMA_UNMAP_ADDR(name)        dma_addr_t name
#define DEFINE_DMA_UNMAP_LEN(name)         unsigned int name
#define dma_unmap_addr(ptr, name)          ((ptr)->name)
#define dma_unmap_addr_set(ptr, name, val) (((ptr)->name) = (val))
#define dma_unmap_len(ptr, name)           ((ptr)->name)
#define dma_unmap_len_set(ptr, name, val)  (((ptr)->name) = (val))

/* ------------------------------------------------------------------ for programs, in mmap() */

/*
 * A buffer of dma_alloc_attrs(), of which vm_pgoff says the first page. Return: 0; -ENXIO: so many pages it has not; as
 * remap_pfn_range(). Context: task.
 */
int dma_mmap_attrs(struct device *dev, struct vm_area_struct *vma, void *cpu,
	dma_addr_t handle, size_t size, unsigned long attrs) QY_REAL(dma_mmap_attrs);
#define dma_mmap_coherent(d, v, c, h, s) dma_mmap_attrs(d, v, c, h, s, 0)
#define dma_mmap_wc(d, v, c, h, s)       dma_mmap_attrs(d, v, c, h, s, DMA_ATTR_WRITE_COMBINE)
/* A buffer of dma_alloc_pages(), and of dma_alloc_noncoherent() by its page. */
int dma_mmap_pages(struct device *dev, struct vm_area_struct *vma, size_t size,
	struct page *page) QY_REAL(dma_mmap_pages);
static inline bool dma_can_mmap(struct device *dev)
{
	(void)dev;
	return true;
}

/* One piece, as where no IOMMU maps. Context: task; may sleep as @gfp says. */
struct sg_table *dma_alloc_noncontiguous(struct device *dev, size_t size,
	enum dma_data_direction dir, gfp_t gfp, unsigned long attrs)
	QY_REAL(dma_alloc_noncontiguous);
void dma_free_noncontiguous(struct device *dev, size_t size, struct sg_table *sgt,
	enum dma_data_direction dir) QY_REAL(dma_free_noncontiguous);
void *dma_vmap_noncontiguous(struct device *dev, size_t size, struct sg_table *sgt)
	QY_REAL(dma_vmap_noncontiguous);
void dma_vunmap_noncontiguous(struct device *dev, void *p)
	QY_REAL(dma_vunmap_noncontiguous);
int dma_mmap_noncontiguous(struct device *dev, struct vm_area_struct *vma, size_t size,
	struct sg_table *sgt) QY_REAL(dma_mmap_noncontiguous);

#endif
