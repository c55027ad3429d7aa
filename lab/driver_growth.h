/* SPDX-License-Identifier: MIT */
/*
 * Does a cache grow without end? How many objects drivers hold of each, sampled over board time.
 *
 *   qy_series_sample   one more sample; qy_series_count  an object of it
 *   qy_growth_find     the verdict about one cache
 *
 * What is counted are objects that are held, not those that slabs have in use: KASAN keeps what was freed for a while, and
 * what KFENCE has sampled is in no slab.
 *
 * No state but the caller's.
 */
#ifndef QUARRY_LAB_DRIVER_GROWTH_H
#define QUARRY_LAB_DRIVER_GROWTH_H

#include "lab/driver.h"

/* A series that is full loses every second sample. Return: it did, so that samples should be taken half as often. Context: any. */
bool qy_series_sample(struct qy_driver_series *series, uint64_t at_ns);
/* pre: there is a sample. Beyond QY_DRIVER_CACHES - 1 the others are one: "(others)". Context: any. */
void qy_series_count(
	struct qy_driver_series *series, const char *cache, uint32_t object_size);

/* From the sample behind the warm-up to the last one. */
struct qy_growth {
	uint32_t first, last;
	uint32_t objects;
	uint64_t ns;
};

/**
 * qy_growth_find() - the verdict about one cache
 * @growth: filled in where it grows
 *
 * From the first sample with an object on there must be 16. The first quarter of them is the warm-up. What follows rises in
 * every eighth (of the averages of eighths each is above the one before), in the last at least three quarters as fast as on
 * average, and by 8 objects at least from the first sample to the last.
 *
 * Context: Any.
 */
bool qy_growth_find(
	const struct qy_driver_series *series, uint32_t cache, struct qy_growth *growth);
/* "30 objects a second"; a minute, an hour where that is less than one. Context: any. */
void qy_growth_rate(char *text, size_t size, const struct qy_growth *growth);

#endif
