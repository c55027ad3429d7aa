/* SPDX-License-Identifier: MIT */
/* What the tests may ask of the drivers here: no word of the kernel in it, since glibc's headers are on the other side. */
#ifndef TESTS_DRIVERS_DRIVERS_H
#define TESTS_DRIVERS_DRIVERS_H

#include <stddef.h>

/* lecture_cache.c: the example of the lecture */
int lecture_cache_init(void);
int lecture_cache_use(int rounds);
void lecture_cache_exit(void);
void *lecture_cache_leak(void);
void lecture_cache_unleak(void *object);

/* capture.c: 0 or -errno. @nr frames in flight, each with its name and buffer */
struct capture;
struct capture *capture_probe(const char *name, int nr_frames, size_t frame_bytes);
int capture_queue(struct capture *capture);
int capture_interrupt(struct capture *capture);
const char *capture_last(const struct capture *capture);
int capture_grow(struct capture *capture, int nr_frames);
void capture_remove(struct capture *capture);

/* frame_driver.c: a buffer for CPU and device. @of_node: a struct qy_board_device. NULL: no memory, or no mask that does */
struct frame_device;
struct frame_device *frame_probe(const void *of_node, size_t frame_bytes);
void *frame_cpu(const struct frame_device *frame);
unsigned long long frame_handle(const struct frame_device *frame);
void *frame_hardware(struct frame_device *frame); /* a struct qy_dma_dev */
int frame_command(struct frame_device *frame, void *command, size_t bytes,
	void (*device)(void *arg, unsigned long long handle), void *arg);
void frame_remove(struct frame_device *frame);

/* dma_families.c: the same for the DMA headers, on the device that @of_node describes */
int dma_families_check(const void *of_node);

/* families.c: every name of linux/slab.h, string.h and mempool.h once; 0 when each did as Linux does, else a line number */
int families_check(void);

/* mappings.c: the same of linux/vmalloc.h and of kvmalloc; an area that is held */
int mappings_check(void);
void *mappings_hold(void);
void mappings_release(void *p);

#endif
