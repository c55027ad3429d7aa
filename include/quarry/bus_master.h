/* SPDX-License-Identifier: MIT */
/*
 * A device that really does DMA.
 *
 *   qy_bus_master_create, _destroy    one behind a struct qy_dma_dev
 *   qy_bus_master_read, _write        single accesses, as the device makes them
 *   qy_bus_master_set_ring            where its ring of descriptors is: a bus address of coherent memory
 *   qy_bus_master_doorbell            there is work up to that entry
 *   qy_bus_master_facts               what it did
 *
 * It reaches the board's RAM through bus addresses alone: it drives as many address lines as its device has, its bus
 * carries what dma-ranges say, an IOMMU translates. What leads nowhere is a fault: nothing is accessed there, the kernel's
 * words for it go to the log, the descriptor ends with an error. A device that is not coherent sees RAM behind the CPU's cache
 * (quarry/cpu_cache.h).
 *
 * It works while its driver goes on: in a process as a thread of its own, in the sim port on the virtual clock. When
 * an entry that asks for it is done, and after a fault, it raises its interrupt (quarry/irq.h).
 */
#ifndef QUARRY_BUS_MASTER_H
#define QUARRY_BUS_MASTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/dma.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_bus_master;
struct qy_cpu_cache;

/* In whose words a fault of translation is logged. */
enum qy_iommu_words {
	QY_IOMMU_WORDS_ARM_SMMU,    /* arm-smmu NAME: Unhandled context fault: ... */
	QY_IOMMU_WORDS_ARM_SMMU_V3, /* arm-smmu-v3 NAME: event 0x10 received: ... */
	QY_IOMMU_WORDS_DMAR, /* DMAR: [DMA Write NO_PASID] Request device [01:00.0] ... */
};

struct qy_bus_master_opts {
	unsigned int cpu;       /* that its interrupt goes to */
	void (*irq)(void *arg); /* the handler; NULL: it raises none */
	void *irq_arg;
	struct qy_cpu_cache *
		cache; /* NULL: it sees what the CPU sees. Not used when it is coherent */
	/* the time of a piece of work in sim; 0 = 1 us, and 1000 bytes a us (1 GB/s) */
	uint64_t latency_ns, bytes_per_us;
	enum qy_iommu_words words;
	const char *iommu_name; /* "12000000.iommu"; NULL: "iommu" */
	uint32_t stream;        /* SMMU stream id, PCI requester id */
	uint32_t context_bank;  /* of an arm-smmu */
	/*
	 * Asked before each access, when not NULL: false stops it, as a fault. Such as qy_dma_debug_access(), which knows what the
	 * driver has mapped; without an IOMMU nothing in the hardware does.
	 */
	bool (*may_access)(void *arg, struct qy_dma_dev *dev, uint64_t dma, size_t bytes,
		bool write);
	void *may_access_arg;
};

enum qy_bus_op {
	QY_BUS_COPY,     /* length bytes from src to dst */
	QY_BUS_FILL,     /* length bytes at dst with the low byte of value */
	QY_BUS_CHECKSUM, /* of length bytes at src: value becomes their sum, modulo 2^32 */
	QY_NR_BUS_OPS,
};

#define QY_BUS_OP_MASK 0xffu
#define QY_BUS_IRQ     0x100u /* raise the interrupt when done */

#define QY_BUS_DONE 1u
#define QY_BUS_ERROR \
	0x80000000u /* | enum qy_dma_fault, or QY_BUS_REFUSED, QY_BUS_NO_RAM, QY_BUS_BAD */
enum {
	QY_BUS_REFUSED = 0x10, /* by may_access */
	QY_BUS_NO_RAM,         /* the address leads to no RAM */
	QY_BUS_BAD,            /* no such operation */
};

/* An entry of the ring, in the CPU's byte order. The device writes value and status, status last. */
struct qy_bus_desc {
	uint64_t src, dst; /* bus addresses */
	uint32_t length;   /* bytes */
	uint32_t command;  /* enum qy_bus_op | QY_BUS_IRQ */
	uint32_t value;
	uint32_t status; /* 0 before; QY_BUS_DONE or QY_BUS_ERROR | why */
};

struct qy_bus_master_facts {
	uint64_t done, failed; /* entries of the ring */
	uint64_t bytes_read, bytes_written;
	uint64_t faults;
	uint32_t last_why; /* of the last fault, as in status */
	uint64_t last_dma;
	bool last_write;
};

/**
 * qy_bus_master_create() - the hardware behind a device
 * @dev:  initialised; stays until the destroy
 * @opts: copied
 *
 * Context: Task.
 * Return: the bus master, idle, or NULL: the host has no memory or no thread.
 */
struct qy_bus_master *qy_bus_master_create(
	struct qy_dma_dev *dev, const struct qy_bus_master_opts *opts);

/* What it works on is finished first, in sim dropped. No interrupt comes any more. Context: task. */
void qy_bus_master_destroy(struct qy_bus_master *bm);

/*
 * One access. @bytes may cross pages. Return: 0, or why not (as in the status of an entry, without QY_BUS_ERROR); what lies
 * in front of the fault has been accessed then.
 * Context: any thread.
 */
uint32_t qy_bus_master_read(
	struct qy_bus_master *bm, uint64_t dma, void *to, size_t bytes);
uint32_t qy_bus_master_write(
	struct qy_bus_master *bm, uint64_t dma, const void *from, size_t bytes);

/* @nr: entries, a power of two. The device begins at entry 0. Context: its ring is idle. */
void qy_bus_master_set_ring(struct qy_bus_master *bm, uint64_t dma, uint32_t nr);

/*
 * Entries up to @tail (a count that never goes back, modulo 2^32) are ready. What was written to them before is seen.
 * Context: any.
 */
void qy_bus_master_doorbell(struct qy_bus_master *bm, uint32_t tail);

/* Context: any thread. */
void qy_bus_master_facts(struct qy_bus_master *bm, struct qy_bus_master_facts *facts);

#ifdef __cplusplus
}
#endif

#endif
