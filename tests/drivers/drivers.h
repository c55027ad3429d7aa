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

/* families.c: every name of linux/slab.h, string.h and mempool.h once; 0 when each did as Linux does, else a line number */
int families_check(void);

#endif
