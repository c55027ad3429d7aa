/* SPDX-License-Identifier: MIT */
/*
 * Why a device did not get a buffer: what of its way to memory was in the way, in one word and in sentences.
 *
 *   qy_device_why_new(), _say()   made where it happened (play_device.c)
 *   qy_device_cause_name()        one word for programs
 *
 * No state.
 */
#ifndef LAB_WHY_DEVICE_H
#define LAB_WHY_DEVICE_H

#include <stdint.h>

enum qy_device_cause {
	QY_DEVICE_MASK, /* its mask is below all memory that the kernel keeps for such devices: probe fails */
	QY_DEVICE_AREA, /* the region that is its alone is used up */
	QY_DEVICE_CMA,  /* the CMA area that it is served from has no room: see cma_why */
	QY_DEVICE_ORDER,  /* more than the largest block, and no CMA area in reach */
	QY_DEVICE_MEMORY, /* the page allocator had no such block: see why */
	QY_DEVICE_BOUNCE, /* out of its reach, and no bounce buffer is free */
	QY_DEVICE_REACH,  /* out of its reach, and the board has no bounce buffers */
	QY_DEVICE_IOVA,   /* its IOMMU has no address left, or no memory for its tables */
	QY_DEVICE_POOL,   /* the pool for who may not sleep is used up */
};

#define QY_DEVICE_WHY_LINES 6

struct qy_device_why {
	enum qy_device_cause cause;
	uint64_t when_ns;
	char device[96]; /* the kernel's name */
	char line[QY_DEVICE_WHY_LINES][256];
	uint32_t nr_lines;
};

/* Return: to be given to free(); NULL when the host has no memory. */
struct qy_device_why *qy_device_why_new(
	enum qy_device_cause cause, const char *device, uint64_t when_ns);
/* One more sentence; NULL is no @why, and more than fit are dropped. */
__attribute__((format(printf, 2, 3))) void qy_device_why_say(
	struct qy_device_why *why, const char *fmt, ...);

/* "mask", "bounce". */
const char *qy_device_cause_name(enum qy_device_cause cause);

#endif
