/* SPDX-License-Identifier: MIT */
/*
 * Buffers that one driver exports and others attach to. Who exports has functions for it; numbers of a program's files stand for
 * buffers. What is held: a buffer by its references, an attachment, a mapping of one.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_DMA_BUF_H
#define COMPAT_LINUX_DMA_BUF_H

#include <linux/dma-mapping.h>
#include <linux/dma-resv.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/iosys-map.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/scatterlist.h>

struct dma_buf;
struct dma_buf_attachment;

/* Under the lock of the buffer: map_dma_buf, unmap_dma_buf, vmap, vunmap, mmap. */
struct dma_buf_ops {
	bool cache_sgt_mapping; /* one mapping for as long as it is attached */
	int (*attach)(struct dma_buf *buf, struct dma_buf_attachment *attach);
	void (*detach)(struct dma_buf *buf, struct dma_buf_attachment *attach);
	int (*pin)(struct dma_buf_attachment *attach);
	void (*unpin)(struct dma_buf_attachment *attach);
	struct sg_table *(*map_dma_buf)(
		struct dma_buf_attachment *attach, enum dma_data_direction dir);
	void (*unmap_dma_buf)(struct dma_buf_attachment *attach, struct sg_table *sgt,
		enum dma_data_direction dir);
	void (*release)(struct dma_buf *buf);
	int (*begin_cpu_access)(struct dma_buf *buf, enum dma_data_direction dir);
	int (*end_cpu_access)(struct dma_buf *buf, enum dma_data_direction dir);
	int (*mmap)(struct dma_buf *buf, struct vm_area_struct *vma);
	int (*vmap)(struct dma_buf *buf, struct iosys_map *map);
	void (*vunmap)(struct dma_buf *buf, struct iosys_map *map);
};

struct dma_buf {
	size_t size; /* bytes */
	struct list_head attachments;
	const struct dma_buf_ops *ops;
	unsigned int vmapping_counter;
	struct iosys_map vmap_ptr;
	const char *exp_name;
	struct module *owner;
	void *priv;
	struct dma_resv *resv;
	struct dma_resv qy_resv; /* where the exporter has none */
	int qy_refs;
};

struct dma_buf_attachment {
	struct dma_buf *dmabuf;
	struct device *dev;
	struct list_head node;
	struct sg_table *sgt; /* with cache_sgt_mapping */
	enum dma_data_direction dir;
	void *priv;
	unsigned int qy_maps;
};

struct dma_buf_export_info {
	const char *exp_name;
	struct module *owner;
	const struct dma_buf_ops *ops;
	size_t size;
	int flags;
	struct dma_resv *resv;
	void *priv;
};

#define DEFINE_DMA_BUF_EXPORT_INFO(name)                                \
	struct dma_buf_export_info name = { .exp_name = KBUILD_MODNAME, \
		.owner = THIS_MODULE }

/* Return: the buffer with one reference; ERR_PTR of -EINVAL, -ENOENT, -ENOMEM. Context: may sleep, all of them. */
struct dma_buf *dma_buf_export(const struct dma_buf_export_info *info)
	QY_REAL(dma_buf_export);
/* A number of the program's for it, which takes the reference over. Return: the number, -EINVAL. */
int dma_buf_fd(struct dma_buf *buf, int flags) QY_REAL(dma_buf_fd);
/* Return: with one more reference; ERR_PTR(-EBADF). */
struct dma_buf *dma_buf_get(int fd) QY_REAL(dma_buf_get);
void dma_buf_put(struct dma_buf *buf) QY_REAL(dma_buf_put);
static inline void get_dma_buf(struct dma_buf *buf)
{
	buf->qy_refs++;
}

struct dma_buf_attachment *dma_buf_attach(struct dma_buf *buf, struct device *dev)
	QY_REAL(dma_buf_attach);
void dma_buf_detach(struct dma_buf *buf, struct dma_buf_attachment *attach)
	QY_REAL(dma_buf_detach);
/* The lock is held; it is not, and is taken. */
struct sg_table *dma_buf_map_attachment(struct dma_buf_attachment *attach,
	enum dma_data_direction dir) QY_REAL(dma_buf_map_attachment);
void dma_buf_unmap_attachment(struct dma_buf_attachment *attach, struct sg_table *sgt,
	enum dma_data_direction dir) QY_REAL(dma_buf_unmap_attachment);
struct sg_table *dma_buf_map_attachment_unlocked(struct dma_buf_attachment *attach,
	enum dma_data_direction dir) QY_REAL(dma_buf_map_attachment_unlocked);
void dma_buf_unmap_attachment_unlocked(struct dma_buf_attachment *attach,
	struct sg_table *sgt, enum dma_data_direction dir)
	QY_REAL(dma_buf_unmap_attachment_unlocked);
int dma_buf_pin(struct dma_buf_attachment *attach) QY_REAL(dma_buf_pin);
void dma_buf_unpin(struct dma_buf_attachment *attach) QY_REAL(dma_buf_unpin);

int dma_buf_begin_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
	QY_REAL(dma_buf_begin_cpu_access);
int dma_buf_end_cpu_access(struct dma_buf *buf, enum dma_data_direction dir)
	QY_REAL(dma_buf_end_cpu_access);
int dma_buf_vmap(struct dma_buf *buf, struct iosys_map *map) QY_REAL(dma_buf_vmap);
void dma_buf_vunmap(struct dma_buf *buf, struct iosys_map *map) QY_REAL(dma_buf_vunmap);
int dma_buf_vmap_unlocked(struct dma_buf *buf, struct iosys_map *map)
	QY_REAL(dma_buf_vmap_unlocked);
void dma_buf_vunmap_unlocked(struct dma_buf *buf, struct iosys_map *map)
	QY_REAL(dma_buf_vunmap_unlocked);
/* From a driver's own mmap(). @pgoff: the first page of the buffer. Return: what the exporter's mmap() returns, -EINVAL, -EOVERFLOW. */
int dma_buf_mmap(struct dma_buf *buf, struct vm_area_struct *vma, unsigned long pgoff)
	QY_REAL(dma_buf_mmap);

#endif
