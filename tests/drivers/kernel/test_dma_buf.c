// SPDX-License-Identifier: MIT
/* A driver exports a buffer, another one attaches to it, a program maps it. */
#define KBUILD_MODNAME "frames"
#include <linux/dma-buf.h>
#include <linux/mman.h>
#include <linux/miscdevice.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include "tests/drivers/kernel/world.h"

#define BYTES (2 * PAGE_SIZE)

static struct platform_device *camera;
static unsigned int nr_maps, nr_unmaps, nr_vmaps, nr_released;

static struct sg_table *frame_map(
	struct dma_buf_attachment *attach, enum dma_data_direction dir)
{
	struct sg_table *sgt = kzalloc(sizeof(*sgt), GFP_KERNEL);

	if (!sgt || sg_alloc_table(sgt, 1, GFP_KERNEL))
		return ERR_PTR(-ENOMEM);
	sg_set_buf(sgt->sgl, attach->dmabuf->priv, BYTES);
	if (dma_map_sgtable(attach->dev, sgt, dir, 0))
		return ERR_PTR(-EIO);
	nr_maps++;
	return sgt;
}

static void frame_unmap(struct dma_buf_attachment *attach, struct sg_table *sgt,
	enum dma_data_direction dir)
{
	dma_unmap_sgtable(attach->dev, sgt, dir, 0);
	sg_free_table(sgt);
	kfree(sgt);
	nr_unmaps++;
}

static void frame_release(struct dma_buf *buf)
{
	free_pages((unsigned long)buf->priv, 1);
	nr_released++;
}

static int frame_vmap(struct dma_buf *buf, struct iosys_map *map)
{
	iosys_map_set_vaddr(map, buf->priv);
	nr_vmaps++;
	return 0;
}

static int frame_mmap(struct dma_buf *buf, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start,
		PHYS_PFN(virt_to_phys(buf->priv)) + vma->vm_pgoff,
		vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct dma_buf_ops frame_ops = { .map_dma_buf = frame_map,
	.unmap_dma_buf = frame_unmap,
	.release = frame_release,
	.vmap = frame_vmap,
	.mmap = frame_mmap };
static const struct dma_buf_ops cached_ops = { .cache_sgt_mapping = true,
	.map_dma_buf = frame_map,
	.unmap_dma_buf = frame_unmap,
	.release = frame_release };

static struct dma_buf *export(const struct dma_buf_ops *ops)
{
	DEFINE_DMA_BUF_EXPORT_INFO(info);
	struct dma_buf *buf;

	info.ops = ops;
	info.size = BYTES;
	info.priv = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, 1);
	nr_maps = nr_unmaps = nr_vmaps = nr_released = 0;
	buf = dma_buf_export(&info);
	CHECK(!IS_ERR(buf));
	camera = platform_device_register_simple("camera", -1, NULL, 0);
	CHECK_EQ(dma_set_mask_and_coherent(&camera->dev, DMA_BIT_MASK(32)), 0);
	return buf;
}

WORLD(dma_buf, a_buffer_goes_from_one_driver_to_another)
{
	struct dma_buf *buf = export(&frame_ops), *got;
	struct dma_buf_attachment *attach;
	struct sg_table *sgt;
	int fd = dma_buf_fd(buf, O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK_EQ(PTR_ERR(dma_buf_get(fd + 1)), -EBADF);
	got = dma_buf_get(fd);
	CHECK(got == buf);
	attach = dma_buf_attach(got, &camera->dev);
	CHECK(!IS_ERR(attach));
	sgt = dma_buf_map_attachment_unlocked(attach, DMA_FROM_DEVICE);
	CHECK(!IS_ERR(sgt) && sg_dma_len(sgt->sgl) == BYTES);
	CHECK(!dma_resv_is_locked(buf->resv));
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_FROM_DEVICE);
	dma_buf_detach(got, attach);
	CHECK_EQ(qy_world_close_buffer(test_world.w, fd), 0);
	CHECK_EQ(qy_world_close_buffer(test_world.w, fd), -EBADF);
	CHECK_EQ(nr_released, 0);
	dma_buf_put(got);
	CHECK(nr_released == 1 && nr_maps == 1 && nr_unmaps == 1);
	platform_device_unregister(camera);
}

WORLD(dma_buf, a_cached_mapping_lasts_as_long_as_its_attachment)
{
	struct dma_buf *buf = export(&cached_ops);
	struct dma_buf_attachment *attach = dma_buf_attach(buf, &camera->dev);
	struct sg_table *sgt;

	sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	CHECK(dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE) == sgt);
	CHECK_EQ(PTR_ERR(dma_buf_map_attachment_unlocked(attach, DMA_FROM_DEVICE)),
		-EBUSY);
	dma_buf_unmap_attachment_unlocked(attach, sgt, DMA_TO_DEVICE);
	CHECK(nr_maps == 1 && !nr_unmaps);
	dma_buf_detach(buf, attach);
	CHECK_EQ(nr_unmaps, 1);
	dma_buf_put(buf);
	platform_device_unregister(camera);
}

WORLD(dma_buf, the_cpu_has_one_address_for_all_who_ask)
{
	struct dma_buf *buf = export(&frame_ops);
	struct iosys_map map, other;
	u32 word = 0x12345678;

	CHECK_EQ(dma_buf_vmap_unlocked(buf, &map), 0);
	CHECK_EQ(dma_buf_vmap_unlocked(buf, &other), 0);
	CHECK(nr_vmaps == 1 && iosys_map_is_equal(&map, &other));
	CHECK_EQ(dma_buf_begin_cpu_access(buf, DMA_TO_DEVICE), 0);
	iosys_map_memcpy_to(&map, 8, &word, 4);
	CHECK_EQ(((u32 *)buf->priv)[2], word);
	CHECK_EQ(dma_buf_end_cpu_access(buf, DMA_TO_DEVICE), 0);
	dma_buf_vunmap_unlocked(buf, &map);
	dma_buf_vunmap_unlocked(buf, &other);
	dma_buf_put(buf);
	platform_device_unregister(camera);
}

static struct dma_buf *shown;

static int show_mmap(struct file *file, struct vm_area_struct *vma)
{
	return dma_buf_mmap(shown, vma, vma->vm_pgoff);
}

static const struct file_operations show_fops = { .owner = THIS_MODULE,
	.mmap = show_mmap };
static struct miscdevice show_misc = {
	.minor = MISC_DYNAMIC_MINOR, .name = "show", .fops = &show_fops
};

WORLD(dma_buf, a_program_maps_what_was_exported)
{
	struct qy_world_file *file;
	void *at;
	int error;

	shown = export(&frame_ops);
	CHECK_EQ(misc_register(&show_misc), 0);
	file = qy_world_open(test_world.w, "show", O_RDWR, &error);
	CHECK_EQ(qy_world_mmap(file, PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED, &at),
		0);
	strcpy(at, "shared");
	CHECK_STR_EQ((char *)shown->priv + PAGE_SIZE, "shared");
	CHECK_EQ(qy_world_munmap(test_world.w, at, PAGE_SIZE), 0);
	CHECK_EQ(qy_world_mmap(file, PAGE_SIZE, BYTES, PROT_READ, MAP_SHARED, &at),
		-EINVAL);
	qy_world_close(file);
	misc_deregister(&show_misc);
	dma_buf_put(shown);
	platform_device_unregister(camera);
}

WORLD(dma_buf, what_is_left_of_it_is_told)
{
	struct dma_buf *buf = export(&frame_ops);
	struct dma_buf_attachment *attach = dma_buf_attach(buf, &camera->dev);
	struct sg_table *sgt = dma_buf_map_attachment_unlocked(attach, DMA_TO_DEVICE);
	DEFINE_DMA_BUF_EXPORT_INFO(info);

	dma_buf_detach(buf, attach);
	CHECK_EQ(test_log("WARNING: dma_buf_detach() of "), 1);
	CHECK_EQ(test_log("of which 1 mappings are left"), 1);
	test_forget(1);
	dma_unmap_sgtable(&camera->dev, sgt, DMA_TO_DEVICE, 0);
	sg_free_table(sgt);
	kfree(sgt);
	attach = dma_buf_attach(buf, &camera->dev);
	CHECK_EQ(PTR_ERR(dma_buf_export(&info)), -EINVAL); /* without functions */
	test_forget(1);
	dma_buf_detach(buf, attach);
	CHECK(dma_buf_fd(buf, 0) >= 0);
	qy_world_close_buffers(test_world.w);
	CHECK_EQ(nr_released, 1);
	platform_device_unregister(camera);
}
