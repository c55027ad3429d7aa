// SPDX-License-Identifier: MIT
/*
 * Buffers that drivers share (linux/dma-buf.h).
 *
 * A buffer lives as long as it has references; the number that a program has is one. Attachments and mappings are held with the stack
 * of who made them.
 *
 * State: the numbers of the world's program, in its list of buffers.
 *
 * Locking: resv of a buffer, around its mappings, as there.
 */
#include <linux/dma-buf.h>
#include <linux/slab.h>
#include "compat/world.h"

#define FIRST_FD 3

/* ------------------------------------------------------------------ buffers */

struct dma_buf *dma_buf_export(const struct dma_buf_export_info *info)
{
	struct dma_buf *buf;

	if (WARN_ON(!info->priv || !info->ops || !info->ops->map_dma_buf ||
		    !info->ops->unmap_dma_buf || !info->ops->release))
		return ERR_PTR(-EINVAL);
	if (WARN_ON(!info->ops->pin != !info->ops->unpin))
		return ERR_PTR(-EINVAL);
	if (!try_module_get(info->owner))
		return ERR_PTR(-ENOENT);
	buf = kzalloc(sizeof(*buf), GFP_KERNEL);
	if (!buf) {
		module_put(info->owner);
		return ERR_PTR(-ENOMEM);
	}
	buf->size = info->size;
	buf->ops = info->ops;
	buf->exp_name = info->exp_name;
	buf->owner = info->owner;
	buf->priv = info->priv;
	buf->resv = info->resv ? info->resv : &buf->qy_resv;
	buf->qy_refs = 1;
	INIT_LIST_HEAD(&buf->attachments);
	dma_resv_init(&buf->qy_resv);
	return buf;
}

int dma_buf_fd(struct dma_buf *buf, int flags)
{
	struct qy_world *w = qy_compat_world();
	int fd;

	(void)flags;
	if (!buf)
		return -EINVAL;
	for (fd = 0; fd < (int)ARRAY_SIZE(w->dma_bufs); fd++)
		if (!w->dma_bufs[fd].buf) {
			w->dma_bufs[fd] = (struct qy_number){ buf, current->pid };
			return fd + FIRST_FD;
		}
	return -EMFILE;
}

struct dma_buf *dma_buf_get(int fd)
{
	struct qy_world *w = qy_compat_world();
	struct dma_buf *buf = NULL;

	if (fd >= FIRST_FD && fd - FIRST_FD < (int)ARRAY_SIZE(w->dma_bufs))
		buf = w->dma_bufs[fd - FIRST_FD].buf;
	if (!buf)
		return ERR_PTR(-EBADF);
	get_dma_buf(buf);
	return buf;
}

void dma_buf_put(struct dma_buf *buf)
{
	struct module *owner;

	might_sleep();
	if (WARN_ON(!buf) || --buf->qy_refs)
		return;
	BUG_ON(buf->vmapping_counter);
	buf->ops->release(buf);
	WARN_ON(!list_empty(&buf->attachments));
	owner = buf->owner;
	kfree(buf);
	module_put(owner);
}

int qy_world_close_buffer(struct qy_world *w, int fd)
{
	struct dma_buf *buf = NULL;

	if (fd >= FIRST_FD && fd - FIRST_FD < (int)ARRAY_SIZE(w->dma_bufs))
		buf = w->dma_bufs[fd - FIRST_FD].buf;
	if (!buf)
		return -EBADF;
	w->dma_bufs[fd - FIRST_FD].buf = NULL;
	dma_buf_put(buf);
	return 0;
}

void qy_world_close_buffers(struct qy_world *w)
{
	for (int fd = 0; fd < (int)ARRAY_SIZE(w->dma_bufs); fd++)
		if (w->dma_bufs[fd].buf && w->dma_bufs[fd].pid == current->pid)
			qy_world_close_buffer(w, fd + FIRST_FD);
}

/* ------------------------------------------------------------------ who attaches */

struct dma_buf_attachment *dma_buf_attach(struct dma_buf *buf, struct device *dev)
{
	struct dma_buf_attachment *attach;
	int error;

	if (WARN_ON(!buf || !dev))
		return ERR_PTR(-EINVAL);
	attach = kzalloc(sizeof(*attach), GFP_KERNEL);
	if (!attach)
		return ERR_PTR(-ENOMEM);
	attach->dev = dev;
	attach->dmabuf = buf;
	error = buf->ops->attach ? buf->ops->attach(buf, attach) : 0;
	if (error) {
		kfree(attach);
		return ERR_PTR(error);
	}
	list_add(&attach->node, &buf->attachments);
	return attach;
}

void dma_buf_detach(struct dma_buf *buf, struct dma_buf_attachment *attach)
{
	if (WARN_ON(!buf || !attach || buf != attach->dmabuf))
		return;
	if (attach->sgt) {
		dma_resv_lock(buf->resv, NULL);
		buf->ops->unmap_dma_buf(attach, attach->sgt, attach->dir);
		dma_resv_unlock(buf->resv);
	} else if (attach->qy_maps) {
		qy_compat_report(
			"WARNING: dma_buf_detach() of %s, of which %u mappings are left",
			buf->exp_name, attach->qy_maps);
	}
	list_del(&attach->node);
	if (buf->ops->detach)
		buf->ops->detach(buf, attach);
	kfree(attach);
}

struct sg_table *dma_buf_map_attachment(
	struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt;

	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf))
		return ERR_PTR(-EINVAL);
	dma_resv_assert_held(attach->dmabuf->resv);
	if (attach->sgt) { /* a cached one goes one way, or both */
		if (attach->dir != dir && attach->dir != DMA_BIDIRECTIONAL)
			return ERR_PTR(-EBUSY);
		attach->qy_maps++;
		return attach->sgt;
	}
	sgt = qy_refuses(QY_HELD_DMA_MAP, GFP_KERNEL, attach->dmabuf->size)
		      ? ERR_PTR(-ENOMEM)
		      : attach->dmabuf->ops->map_dma_buf(attach, dir);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	if (IS_ERR(sgt))
		return sgt;
	attach->qy_maps++;
	if (attach->dmabuf->ops->cache_sgt_mapping) {
		attach->sgt = sgt;
		attach->dir = dir;
	}
	return sgt;
}

void dma_buf_unmap_attachment(struct dma_buf_attachment *attach, struct sg_table *sgt,
	enum dma_data_direction dir)
{
	might_sleep();
	if (WARN_ON(!attach || !attach->dmabuf || !sgt))
		return;
	dma_resv_assert_held(attach->dmabuf->resv);
	WARN_ON(!attach->qy_maps);
	attach->qy_maps -= attach->qy_maps != 0;
	if (attach->sgt != sgt)
		attach->dmabuf->ops->unmap_dma_buf(attach, sgt, dir);
}

struct sg_table *dma_buf_map_attachment_unlocked(
	struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt;

	if (WARN_ON(!attach || !attach->dmabuf))
		return ERR_PTR(-EINVAL);
	dma_resv_lock(attach->dmabuf->resv, NULL);
	sgt = dma_buf_map_attachment(attach, dir);
	dma_resv_unlock(attach->dmabuf->resv);
	return sgt;
}

void dma_buf_unmap_attachment_unlocked(struct dma_buf_attachment *attach,
	struct sg_table *sgt, enum dma_data_direction dir)
{
	if (WARN_ON(!attach || !attach->dmabuf || !sgt))
		return;
	dma_resv_lock(attach->dmabuf->resv, NULL);
	dma_buf_unmap_attachment(attach, sgt, dir);
	dma_resv_unlock(attach->dmabuf->resv);
}

int dma_buf_pin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	return attach->dmabuf->ops->pin ? attach->dmabuf->ops->pin(attach) : 0;
}

void dma_buf_unpin(struct dma_buf_attachment *attach)
{
	dma_resv_assert_held(attach->dmabuf->resv);
	if (attach->dmabuf->ops->unpin)
		attach->dmabuf->ops->unpin(attach);
}

/* ------------------------------------------------------------------ the CPU */

int dma_buf_begin_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
{
	might_sleep();
	return buf->ops->begin_cpu_access ? buf->ops->begin_cpu_access(buf, dir) : 0;
}

int dma_buf_end_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
{
	might_sleep();
	return buf->ops->end_cpu_access ? buf->ops->end_cpu_access(buf, dir) : 0;
}

int dma_buf_vmap(struct dma_buf *buf, struct iosys_map *map)
{
	int error;

	iosys_map_clear(map);
	dma_resv_assert_held(buf->resv);
	if (!buf->ops->vmap)
		return -EINVAL;
	if (!buf->vmapping_counter) {
		iosys_map_clear(&buf->vmap_ptr);
		error = buf->ops->vmap(buf, &buf->vmap_ptr);
		if (WARN_ON_ONCE(error))
			return error;
	}
	buf->vmapping_counter++;
	*map = buf->vmap_ptr;
	return 0;
}

void dma_buf_vunmap(struct dma_buf *buf, struct iosys_map *map)
{
	dma_resv_assert_held(buf->resv);
	BUG_ON(!buf->vmapping_counter);
	BUG_ON(!iosys_map_is_equal(&buf->vmap_ptr, map));
	if (--buf->vmapping_counter)
		return;
	if (buf->ops->vunmap)
		buf->ops->vunmap(buf, map);
	iosys_map_clear(&buf->vmap_ptr);
}

int dma_buf_vmap_unlocked(struct dma_buf *buf, struct iosys_map *map)
{
	int error;

	dma_resv_lock(buf->resv, NULL);
	error = dma_buf_vmap(buf, map);
	dma_resv_unlock(buf->resv);
	return error;
}

void dma_buf_vunmap_unlocked(struct dma_buf *buf, struct iosys_map *map)
{
	dma_resv_lock(buf->resv, NULL);
	dma_buf_vunmap(buf, map);
	dma_resv_unlock(buf->resv);
}

int dma_buf_mmap(struct dma_buf *buf, struct vm_area_struct *vma, unsigned long pgoff)
{
	if (WARN_ON(!buf || !vma) || !buf->ops->mmap)
		return -EINVAL;
	if (pgoff + vma_pages(vma) < pgoff)
		return -EOVERFLOW;
	if (pgoff + vma_pages(vma) > buf->size >> PAGE_SHIFT)
		return -EINVAL;
	vma->vm_pgoff = pgoff;
	return buf->ops->mmap(buf, vma);
}
