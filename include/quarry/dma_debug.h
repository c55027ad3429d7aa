/* SPDX-License-Identifier: MIT */
/*
 * Checks of what drivers do with the DMA API, in the words of Linux's dma-debug.
 *
 *   qy_dma_debug_size, _start, _stop    on a machine; off it costs nothing
 *   qy_dma_debug_facts                  how many mistakes
 *   qy_dma_debug_access                 has the driver mapped what a device accesses?
 *   qy_dma_debug_each                   what is mapped now
 *
 * Found are: memory that is unmapped or freed without having been mapped, twice, with another size, function, direction, CPU
 * address or number of entries, or by another device; an error of a mapping that nobody asked for; syncs of what is not
 * mapped, or against its direction; memory of the stack, of kernel text, of no RAM, or that is free; cache lines that two
 * mappings share; segments that are too long; what is still mapped when a device goes; DMA before a mask was set, and
 * masks that are wider than the device.
 *
 * All lines begin with "DMA-API: DRIVER DEVICE: ". docs/rooms/devices.md has them all, and says which are Linux's.
 */
#ifndef QUARRY_DMA_DEBUG_H
#define QUARRY_DMA_DEBUG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/dma.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_dma_debug;

#define QY_DMA_DEBUG_ENTRIES \
	65536u /* what Linux keeps at first; as many mappings at a time */

struct qy_dma_debug_opts {
	uint32_t nr_entries; /* 0: QY_DMA_DEBUG_ENTRIES */
	/* so many mistakes are printed, later ones counted; 0: all. Linux prints 1 unless it is told otherwise */
	uint32_t num_errors;
	const char *
		driver_filter; /* of that driver alone; NULL: of all. Stays the caller's */
	const void *text_start,
		*text_end; /* of the program: its code and constants; NULL: not told */
};

struct qy_dma_debug_facts {
	uint64_t nr_errors;                     /* also those that were not printed */
	uint32_t nr_entries, nr_free, min_free; /* of mappings */
	bool disabled; /* there were more mappings than entries: it gave up, as Linux does */
};

/* Bytes that @nr_entries need; 0 as above. Context: any. */
size_t qy_dma_debug_size(uint32_t nr_entries);

/**
 * qy_dma_debug_start() - watch every DMA call of the machine
 * @memory: qy_dma_debug_size() bytes, aligned to 8; stays until the stop
 * @opts:   copied; may be NULL
 *
 * Takes the place of the machine's observer (qy_dma_observe()).
 *
 * Context: No other thread is in the machine, nothing is mapped.
 * Return: what the other functions take.
 */
struct qy_dma_debug *qy_dma_debug_start(
	struct qy_machine *m, void *memory, const struct qy_dma_debug_opts *opts);

/* Context: no other thread is in the machine. */
void qy_dma_debug_stop(struct qy_dma_debug *debug);

/* Context: any. */
void qy_dma_debug_facts(struct qy_dma_debug *debug, struct qy_dma_debug_facts *facts);

/**
 * qy_dma_debug_access() - may a device access this now, by what its driver has mapped?
 * @debug: of the machine, as the argument of struct qy_bus_master_opts.may_access
 *
 * Says why not. Of a device behind an IOMMU the IOMMU is asked alone.
 *
 * Context: Any thread of the process.
 * Return: false: it was not mapped, is not any more, or was mapped for the other direction.
 */
bool qy_dma_debug_access(
	void *debug, struct qy_dma_dev *dev, uint64_t dma, size_t bytes, bool write);

/* What is mapped, in no order, until @fn returns false; it must not call the DMA API. Context: any. */
void qy_dma_debug_each(struct qy_dma_debug *debug,
	bool (*fn)(
		void *arg, const struct qy_dma_dev *dev, const struct qy_dma_record *r),
	void *arg);

#ifdef __cplusplus
}
#endif

#endif
