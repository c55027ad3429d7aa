// SPDX-License-Identifier: MIT
/*
 * A capture driver: state from kzalloc, frames from a cache with a constructor, buffers from kmalloc, a pool for what the
 * interrupt must have, and error paths that give back in reverse order.
 */
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "tests/drivers/drivers.h"

#define ENOMEM 12
#define EAGAIN 11

struct frame {
	struct list_head link;
	char *name;
	u8 *bytes;
	int sequence;
};

struct done {
	struct list_head link;
	int sequence;
};

struct capture {
	char *name;
	struct kmem_cache *frames;
	mempool_t *done_pool;
	struct list_head queued, finished;
	size_t frame_bytes;
	int sequence;
	u32 *histogram;
	int nr_histogram;
	char *last;
};

static void frame_ctor(void *object)
{
	struct frame *frame = object;

	INIT_LIST_HEAD(&frame->link);
}

struct capture *capture_probe(const char *name, int nr_frames, size_t frame_bytes)
{
	struct capture *capture = kzalloc(sizeof(*capture), GFP_KERNEL);

	if (!capture)
		return NULL;
	INIT_LIST_HEAD(&capture->queued);
	INIT_LIST_HEAD(&capture->finished);
	capture->frame_bytes = frame_bytes;
	capture->name = kstrdup(name, GFP_KERNEL);
	if (!capture->name)
		goto free_capture;
	capture->frames = kmem_cache_create(
		"capture_frame", sizeof(struct frame), 0, SLAB_HWCACHE_ALIGN, frame_ctor);
	if (!capture->frames)
		goto free_name;
	capture->done_pool = mempool_create_kmalloc_pool(nr_frames, sizeof(struct done));
	if (!capture->done_pool)
		goto destroy_frames;
	capture->nr_histogram = nr_frames;
	capture->histogram = kcalloc(nr_frames, sizeof(u32), GFP_KERNEL);
	if (!capture->histogram)
		goto destroy_pool;
	return capture;

destroy_pool:
	mempool_destroy(capture->done_pool);
destroy_frames:
	kmem_cache_destroy(capture->frames);
free_name:
	kfree(capture->name);
free_capture:
	kfree(capture);
	return NULL;
}

/* The per-frame path: VIDIOC_QBUF. */
int capture_queue(struct capture *capture)
{
	struct frame *frame = kmem_cache_alloc(capture->frames, GFP_KERNEL);

	if (!frame)
		return -ENOMEM;
	frame->sequence = capture->sequence;
	frame->name = kasprintf(GFP_KERNEL, "%s-%d", capture->name, frame->sequence);
	if (!frame->name)
		goto free_frame;
	frame->bytes = kmalloc(capture->frame_bytes, GFP_KERNEL);
	if (!frame->bytes)
		goto free_name;
	memset(frame->bytes, frame->sequence, capture->frame_bytes);
	list_add_tail(&frame->link, &capture->queued);
	capture->sequence++;
	return 0;

free_name:
	kfree(frame->name);
free_frame:
	kmem_cache_free(capture->frames, frame);
	return -ENOMEM;
}

static void frame_release(struct capture *capture, struct frame *frame)
{
	list_del(&frame->link);
	INIT_LIST_HEAD(&frame->link); /* as the constructor left it */
	kfree(frame->bytes);
	kfree(frame->name);
	kmem_cache_free(capture->frames, frame);
}

/* The oldest frame is done: in interrupt context, so everything is atomic. */
int capture_interrupt(struct capture *capture)
{
	struct frame *frame;
	struct done *done;
	char *name;

	if (list_empty(&capture->queued))
		return -EAGAIN;
	frame = list_first_entry(&capture->queued, struct frame, link);
	done = mempool_alloc(capture->done_pool, GFP_ATOMIC);
	if (!done)
		return -ENOMEM;
	name = kmemdup(frame->name, strlen(frame->name) + 1, GFP_ATOMIC);
	if (!name) {
		mempool_free(done, capture->done_pool);
		return -ENOMEM;
	}
	kfree(capture->last);
	capture->last = name;
	done->sequence = frame->sequence;
	capture->histogram[frame->sequence % capture->nr_histogram]++;
	list_add_tail(&done->link, &capture->finished);
	frame_release(capture, frame);
	return 0;
}

const char *capture_last(const struct capture *capture)
{
	return capture->last;
}

int capture_grow(struct capture *capture, int nr_frames)
{
	u32 *histogram = krealloc_array(
		capture->histogram, nr_frames, sizeof(u32), GFP_KERNEL | __GFP_ZERO);

	if (!histogram)
		return -ENOMEM;
	capture->histogram = histogram;
	capture->nr_histogram = nr_frames;
	return mempool_resize(capture->done_pool, nr_frames);
}

void capture_remove(struct capture *capture)
{
	struct done *done, *next_done;
	struct frame *frame, *next_frame;

	list_for_each_entry_safe(frame, next_frame, &capture->queued, link)
		frame_release(capture, frame);
	list_for_each_entry_safe(done, next_done, &capture->finished, link) {
		list_del(&done->link);
		mempool_free(done, capture->done_pool);
	}
	kfree(capture->last);
	kfree(capture->histogram);
	mempool_destroy(capture->done_pool);
	kmem_cache_destroy(capture->frames);
	kfree(capture->name);
	kfree(capture);
}
