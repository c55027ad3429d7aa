// SPDX-License-Identifier: MIT
/*
 * A ring of a network driver: descriptors, frames, a queue under a spinlock. Compiled once plain, and instrumented by each
 * compiler.
 */
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "bench/driver/code.h"

#define RING        256
#define FRAME_BYTES 1500

struct descriptor {
	u64 address;
	u32 length, status;
};

struct frame {
	struct list_head link;
	u32 number, length;
	u8 *bytes;
};

static struct ring {
	struct descriptor *descriptors;
	struct frame *frames;
	spinlock_t lock;
	struct list_head queue;
	u8 *out;
	u64 packets, octets;
} * ring;

static int begin(void)
{
	ring = kzalloc(sizeof(*ring), GFP_KERNEL);
	if (!ring)
		return -ENOMEM;
	spin_lock_init(&ring->lock);
	INIT_LIST_HEAD(&ring->queue);
	ring->descriptors = kcalloc(RING, sizeof(*ring->descriptors), GFP_KERNEL);
	ring->frames = kcalloc(RING, sizeof(*ring->frames), GFP_KERNEL);
	ring->out = kzalloc(FRAME_BYTES, GFP_KERNEL);
	if (!ring->descriptors || !ring->frames || !ring->out)
		return -ENOMEM;
	for (unsigned int i = 0; i < RING; i++) {
		ring->frames[i].bytes = kzalloc(FRAME_BYTES, GFP_KERNEL);
		if (!ring->frames[i].bytes)
			return -ENOMEM;
	}
	return 0;
}

static void end(void)
{
	for (unsigned int i = 0; i < RING; i++)
		kfree(ring->frames[i].bytes);
	kfree(ring->out);
	kfree(ring->frames);
	kfree(ring->descriptors);
	kfree(ring);
}

/* Descriptors are filled, frames queued, taken off and counted. */
static unsigned long walk(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct descriptor *d = &ring->descriptors[i % RING];
		struct frame *frame = &ring->frames[i % RING];

		d->address = (u64)(uintptr_t)frame->bytes;
		d->length = FRAME_BYTES;
		d->status = 1;
		frame->number = i;
		frame->length = d->length;
		list_add_tail(&frame->link, &ring->queue);
		if (i % RING != RING - 1)
			continue;
		while (!list_empty(&ring->queue)) {
			frame = list_first_entry(&ring->queue, struct frame, link);
			list_del(&frame->link);
			ring->packets++;
			ring->octets += frame->length;
			ring->descriptors[frame->number % RING].status = 0;
		}
	}
	return ring->octets;
}

static unsigned long sum(unsigned int nr)
{
	unsigned long total = 0;

	for (unsigned int i = 0; i < nr; i++) {
		const u16 *words = (const u16 *)ring->frames[i % RING].bytes;

		for (unsigned int w = 0; w < FRAME_BYTES / 2; w++)
			total += words[w];
	}
	return total;
}

static unsigned long copy(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		memcpy(ring->out, ring->frames[i % RING].bytes, FRAME_BYTES);
	return ring->out[0];
}

static unsigned long objects(unsigned int nr)
{
	unsigned long total = 0;

	for (unsigned int i = 0; i < nr; i++) {
		struct frame *frame = kzalloc(sizeof(*frame), GFP_ATOMIC);

		if (!frame)
			break;
		frame->number = i;
		total += frame->number;
		kfree(frame);
	}
	return total;
}

/* A frame comes: it is described, copied, queued under the lock, taken off and freed. */
static unsigned long whole(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct frame *frame = kmalloc(sizeof(*frame), GFP_ATOMIC);
		unsigned long flags;

		if (!frame)
			break;
		frame->number = i;
		frame->length = ring->descriptors[i % RING].length;
		frame->bytes = ring->out;
		memcpy(frame->bytes, ring->frames[i % RING].bytes, FRAME_BYTES);
		spin_lock_irqsave(&ring->lock, flags);
		list_add_tail(&frame->link, &ring->queue);
		ring->packets++;
		spin_unlock_irqrestore(&ring->lock, flags);
		spin_lock_irqsave(&ring->lock, flags);
		list_del(&frame->link);
		ring->octets += frame->length;
		spin_unlock_irqrestore(&ring->lock, flags);
		kfree(frame);
	}
	return ring->octets;
}

const struct driver_code NAME = { begin, end, walk, sum, copy, objects, whole };
