/* SPDX-License-Identifier: MIT */
/*
 * What a device tree says of a device that does DMA: its name, how far it reaches, through what, and its memory.
 *
 *   qy_dt_device_each()   all of them, in the order of the tree
 *   qy_dt_device_find()   one of them, by what a person calls it
 *   qy_dt_device_text()   all as lines of text (`quarry boot --show devices`)
 *   qy_dt_devices_fill()  board->devices of a board that is being loaded
 *   qy_dt_device_desc()   one of them, or another, as the core wants it
 *   qy_dt_pci_place()     what a PCI device would have that is not of the tree
 *
 * The rules are Linux's (of_dma_configure(), pci_dma_configure(), of_iommu_configure()): the bus above a device says
 * with dma-ranges which of its addresses are which of the CPU's, dma-coherent and dma-noncoherent hold for
 * everything below, a PCI device has what its host bridge says. Where a tree has no word, ours begin with `qy,`;
 * boards/README.md lists them.
 *
 * No state.
 */
#ifndef QUARRY_LAB_BOARD_DEVICE_H
#define QUARRY_LAB_BOARD_DEVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lab/board.h"
#include "lab/board_dt.h"
#include "quarry/board.h"

#define QY_DEVICE_REGIONS 8
#define QY_DEVICE_NAME    96
#define QY_DEVICE_PATH    256
#define QY_NO_REGION      UINT32_MAX
#define QY_MAX_DEVICES    512

/* Bus addresses [bus, bus + size) of a device are the CPU's [cpu, cpu + size). */
struct qy_dt_window {
	uint64_t bus, cpu, size;
};

/* Which words a translation fault is reported in. */
enum qy_iommu_kind {
	QY_IOMMU_NONE,
	QY_IOMMU_ARM_SMMU, /* SMMUv1, v2 and those that are built from MMU-500 */
	QY_IOMMU_ARM_SMMU_V3,
	QY_IOMMU_INTEL, /* VT-d; in our PC trees only, a real PC has none */
	QY_IOMMU_OTHER,
};

struct qy_dt_device {
	char name[QY_DEVICE_NAME]; /* the kernel's: 15340000.vic, 0000:01:00.0 */
	char path[QY_DEVICE_PATH]; /* of its node */
	const char *compatible;    /* the first; NULL: none */
	bool pci;
	bool coherent; /* sees what is in the CPUs' caches */
	/* bits of dma_mask and coherent_dma_mask when its driver has probed; without a word of the tree 32 */
	uint32_t mask_bits, coherent_mask_bits;
	bool mask_said;     /* by qy,dma-mask-bits: its driver sets them */
	uint64_t bus_limit; /* the last address that its bus carries; 0: no dma-ranges */
	struct qy_dt_window window[QY_DEVICE_WINDOWS]; /* none: addresses are the CPU's */
	uint32_t nr_windows;
	uint32_t region
		[QY_DEVICE_REGIONS]; /* memory-region: of board->reserved; QY_NO_REGION: not there */
	const char *region_name[QY_DEVICE_REGIONS];
	uint32_t nr_regions;
	enum qy_iommu_kind iommu;
	int iommu_node; /* in the tree */
	char iommu_name
		[QY_DEVICE_NAME]; /* as the kernel names it; not of board->devices */
	uint32_t stream;          /* its number there: SMMU stream id, PCI requester id */
};

/**
 * qy_dt_device_each() - the devices of the tree of which it says anything about DMA
 * @board: loaded
 * @fn:    called for each, in the order of the tree; the device is its only during the call
 * @arg:   for @fn
 *
 * Context: Any.
 */
void qy_dt_device_each(const struct qy_loaded_board *board,
	void (*fn)(void *arg, const struct qy_dt_device *device), void *arg);

/**
 * qy_dt_device_find() - a device by name
 * @board:  loaded
 * @name:   the kernel's name, the node's path, the node's name (vic@15340000, or vic when there is one), or an alias
 * @device: receives it; also one of which the tree says nothing about DMA
 * @err:    gets why not; the caller's place stands in front
 * @place:  "x.yaml: requests[0].device"
 *
 * Context: Any.
 * Return: 0, -1.
 */
int qy_dt_device_find(const struct qy_loaded_board *board, const char *name,
	struct qy_dt_device *device, const char *place, struct qy_err *err);

/*
 * The same for the core: @desc, @ranges (QY_DEVICE_WINDOWS) and, where it has one, @iommu are written; @device must live as
 * long. Context: any.
 */
void qy_dt_device_desc(const struct qy_dt_device *device, struct qy_board_device *desc,
	struct qy_dma_range *ranges, struct qy_board_iommu *iommu);

/*
 * What a PCI device would have that the tree has not, behind its first host bridge, as function 1f.0 of that. False: there is
 * none. Context: any.
 */
bool qy_dt_pci_place(const struct qy_loaded_board *board, struct qy_dt_device *device);

/*
 * board->devices: those of qy_dt_device_each(), at most QY_MAX_DEVICES of them; a note says how many are left out.
 * Return: 0, -1 with the line in loading->err. Context: any.
 */
int qy_dt_devices_fill(struct qy_loading *loading, struct qy_loaded_board *board);

/* All of them, a line each under a heading. Context: any. */
void qy_dt_device_text(FILE *out, const struct qy_loaded_board *board);

/* "arm-smmu", "arm-smmu-v3", "DMAR", "other", or "none". Context: any. */
const char *qy_iommu_kind_name(enum qy_iommu_kind kind);

#endif
