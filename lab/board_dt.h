/* SPDX-License-Identifier: MIT */
/*
 * The steps behind lab/board.h, shared by its files only.
 *
 *   qy_read_file()       board_file.c   a whole file, bounded
 *   qy_read_tree()       board_file.c   a .dtb, or a .dts through dtc
 *   qy_dt_read()         board_dt.c     the walk: tree -> store and board
 *   qy_dt_dma_limit()    board_dma.c    the smallest limit of all dma-ranges
 *   qy_dt_cells()        board_bus.c    a number of some cells
 *   qy_banks_settle()    board_banks.c  sort, merge, nodes, address width
 *
 * No state.
 */
#ifndef QUARRY_LAB_BOARD_DT_H
#define QUARRY_LAB_BOARD_DT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/error.h"
#include "quarry/board.h"

#define QY_DEVICE_WINDOWS   16 /* dma-ranges of one bus */
#define QY_NO_NODE          UINT32_MAX
#define QY_DT_MAX_DEPTH     64   /* as the kernel's own unflattening */
#define QY_DT_MAX_RAW_BANKS 4096 /* before merging; bounds the quadratic insertion */
#define QY_DT_MAX_RANGES    256  /* alloc-ranges of all reservations together */
#define QY_DT_MAX_SIZE \
	(2u << 20) /* arm64 maps 2 MiB of tree before it has a memory map */

struct qy_dt_device;

/* Owns what a loaded board points to. */
struct qy_board_store {
	char *name; /* of the tree, for messages */
	void *fdt;
	char *cmdline;
	struct qy_bank *raw; /* as the tree has them; node QY_NO_NODE = not given */
	uint32_t nr_raw;
	struct qy_bank banks[QY_MAX_BANKS];
	struct qy_reserved reserved[QY_MAX_RESERVED];
	struct qy_range ranges[QY_DT_MAX_RANGES];
	uint32_t nr_ranges;
	uint32_t raw_cpu_node[QY_MAX_CPUS]; /* QY_NO_NODE = not given */
	uint8_t cpu_node[QY_MAX_CPUS];
	uint8_t distance[QY_MAX_NODES * QY_MAX_NODES];
	uint8_t raw_distance[QY_MAX_NODES][QY_MAX_NODES]; /* 0 = not given */
	bool has_distance;
	bool bad_distance; /* the kernel would give up NUMA over it */
	bool numa_off;
	/* of board->devices */
	struct qy_dt_device *tree_devices;
	struct qy_board_device *devices;
	struct qy_board_iommu *iommus;
	struct qy_dma_range (*dma_ranges)[QY_DEVICE_WINDOWS];
	bool flat; /* numa=off, -m or a kernel without NUMA: everything is node 0 */
};

/* The board being loaded, handed from step to step. */
struct qy_loading {
	struct qy_board *board;
	struct qy_board_store *store;
	struct qy_notes *notes;
	struct qy_err *err;
	const char *bootargs;
};

int qy_read_file(
	const char *path, size_t max, char **text, size_t *size, struct qy_err *err);
int qy_read_tree(const char *path, void **blob, size_t *size, struct qy_err *err);
/* Return: 0, or libfdt's error: not a whole tree of @size bytes. */
int qy_dt_check(const void *blob, size_t size);
int qy_dt_read(struct qy_loading *loading);
bool qy_dt_available(const void *fdt, int node);
uint64_t qy_dt_cells(const void *cells, int nr_cells);
uint64_t qy_dt_dma_limit(const void *fdt);
int qy_banks_settle(struct qy_loading *loading, uint64_t mem_bytes);

#endif
