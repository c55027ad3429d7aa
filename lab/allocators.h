/* SPDX-License-Identifier: MIT */
/*
 * Which allocator gives what on a board: from which size to which, in one piece or not, where one may sleep and where not.
 * Nothing of it is known beforehand: a machine of the board is asked, door by door, until it refuses.
 *
 *   qy_allocators_measure()   asks
 *   qy_allocators_print()     the answers as a table
 *   qy_allocators_json()      for programs
 *
 * No state.
 */
#ifndef LAB_ALLOCATORS_H
#define LAB_ALLOCATORS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "lab/board.h"

/* Smallest and largest request that is served; bytes. Both 0: none is. */
struct qy_allocator_range {
	uint64_t from, to;
	bool or_more; /* nothing larger was asked for, since the host had to have it as well */
};

struct qy_allocator {
	const char *name; /* Linux's */
	const char *gives;
	bool linear; /* the largest has one physical address, and its bytes follow it */
	bool linear_when_small; /* the smallest has */
	bool sleeps;            /* with GFP_KERNEL it says so where one must not */
	struct qy_allocator_range task;   /* GFP_KERNEL, where one may sleep */
	struct qy_allocator_range atomic; /* GFP_ATOMIC, under a spinlock */
};

#define QY_NR_ALLOCATORS     6
#define QY_MAX_KMALLOC_SIZES 32

struct qy_allocators {
	struct qy_allocator row[QY_NR_ALLOCATORS];
	uint32_t kmalloc_class[QY_MAX_KMALLOC_SIZES]; /* bytes, ascending */
	uint32_t nr_kmalloc_classes;
	uint64_t block_bytes[QY_NR_PAGE_ORDERS]; /* of each order, as it was handed out */
	uint64_t vmalloc_bytes;                  /* addresses of vmalloc */
	uint64_t guard_bytes;                    /* behind each of its areas */
	char area[32]; /* the default CMA area; "": the board has none */
	char area_zone[16];
	uint64_t area_base, area_bytes;
	char devices[32]; /* who dma_alloc_coherent() was asked for: "not coherent" */
};

/**
 * qy_allocators_measure() - boot @board, and ask each allocator
 * @out: filled in
 * @err: gets one line: the board does not boot
 *
 * The DMA API is asked for a device with 32 address lines and no IOMMU, coherent where the board knows no other.
 *
 * Context: A thread that stands in no machine.
 * Return: 0, or -1 with @err.
 */
int qy_allocators_measure(const struct qy_loaded_board *board, struct qy_allocators *out,
	struct qy_err *err);

/* Context: any. */
void qy_allocators_print(FILE *out, const struct qy_allocators *a);
/* Schema quarry-allocators/1. Context: any. Return: 0, or -1: the host has no memory. */
int qy_allocators_json(FILE *out, const struct qy_allocators *a);

#endif
