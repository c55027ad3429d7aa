/* SPDX-License-Identifier: MIT */
/*
 * What a machine is made of: RAM banks, reservations, CPUs, nodes, the kernel that would run on it and the
 * mm settings of its command line and sysctls. A board is data: nothing in the core is chosen with #ifdef.
 *
 * Who makes one: lab/ from a device tree, a command line and a sysctl.conf; an embedder by hand. Start from
 * qy_board_defaults(), which fills in what a 6.12 kernel would have without any setting.
 *
 * Addresses are physical, sizes are bytes. The arrays belong to the caller and must outlive the machine.
 */
#ifndef QUARRY_BOARD_H
#define QUARRY_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QY_PAGE_SHIFT      12
#define QY_PAGE_SIZE       4096u
#define QY_MAX_PAGE_ORDER  10  /* 4 MiB, the largest block of the page allocator */
#define QY_SLAB_DEBUG_SIZE 256 /* longest slab_debug=, with the final NUL */
#define QY_NR_PAGE_ORDERS  11
#define QY_PAGEBLOCK_ORDER 9 /* 2 MiB, the unit that has a migratetype */

#define QY_MAX_NODES    16
#define QY_MAX_CPUS     256
#define QY_MAX_BANKS    256
#define QY_MAX_RESERVED 128

#define QY_MAX_CMA_AREAS 20 /* of a NUMA build; others have 8 */

enum qy_arch {
	QY_ARCH_ARM64,
	QY_ARCH_X86_64,
};

/* Zone kinds, in Linux's index order. An arm64 board has the same kinds with other limits. */
enum qy_zone_type {
	QY_ZONE_DMA,
	QY_ZONE_DMA32,
	QY_ZONE_NORMAL,
	QY_ZONE_MOVABLE,
	QY_ZONE_DEVICE, /* printed by kernels that have it; never holds a frame here */
	QY_MAX_NR_ZONES,
};

/* One range of RAM, as in a /memory node or an e820 "usable" line. Banks may touch, never overlap. */
struct qy_bank {
	uint64_t base;
	uint64_t size;
	uint32_t node;
};

/* One half-open physical range [base, base + size). */
struct qy_range {
	uint64_t base;
	uint64_t size;
};

enum {
	QY_RESERVED_NOMAP = 1 << 0,    /* not in the linear mapping, never handed out */
	QY_RESERVED_REUSABLE = 1 << 1, /* movable pages may borrow it: CMA, in a pool */
	QY_RESERVED_DYNAMIC =
		1
		<< 2, /* `base` is not given: place it by size, alignment, alloc_ranges */
	QY_RESERVED_CMA_DEFAULT = 1 << 3, /* linux,cma-default */
	QY_RESERVED_FREE_LATE = 1 << 4,   /* given back at the end of boot (initrd) */
	QY_RESERVED_DMA_POOL = 1 << 5,    /* compatible = "shared-dma-pool" */
	QY_RESERVED_MEMRESERVE = 1 << 6,  /* of /memreserve/: not in the boot log */
	QY_RESERVED_MORE =
		1 << 7, /* a further range of the node before: kept, not listed */
	QY_RESERVED_GUARANTEED =
		1 << 8, /* qy,guaranteed: an area that lends to droppable pages only */
};

/* What the tree has at /reserved-memory; UNSAID: there is no tree. */
enum qy_reserved_node {
	QY_RESERVED_NODE_UNSAID,
	QY_RESERVED_NODE_ABSENT,
	QY_RESERVED_NODE_BAD, /* other cells than the root, or no ranges: ignored */
	QY_RESERVED_NODE_READ,
};

/* Where the board has its nodes from, for the boot log of arm64. */
enum qy_numa_source {
	QY_NUMA_UNSAID,
	QY_NUMA_FAKED,     /* one node, since the tree names none */
	QY_NUMA_OFF,       /* numa=off */
	QY_NUMA_NODE_IDS,  /* numa-node-id alone */
	QY_NUMA_DISTANCES, /* and a distance map */
};

/* A reservation of the device tree (/reserved-memory, /memreserve/) or of the command line. */
struct qy_reserved {
	const char *name; /* node name, as printed in the boot log; never NULL */
	uint64_t base;    /* ignored when QY_RESERVED_DYNAMIC */
	uint64_t size;
	uint64_t
		alignment; /* bytes; 0 = a cache line; as in Linux, no power of two is a mask of bits */
	const struct qy_range
		*alloc_ranges; /* allowed places of a dynamic one; NULL = anywhere */
	uint32_t nr_alloc_ranges;
	uint32_t flags;
	uint32_t nr_more; /* further ranges of the same node that follow */
	const char
		*malformed; /* the property that makes Linux skip the node; NULL = fine */
};

/* The kernel that would run: what it takes of RAM before the first page is free. All in bytes. */
struct qy_kernel_image {
	uint64_t base; /* physical load address; 0 = the architecture's usual place */
	uint64_t code, rwdata, rodata, init,
		bss;           /* init is given back at the end of boot */
	uint32_t memmap_entry; /* sizeof(struct page) there; 0 = no memmap is charged */
};

/* An amount given in bytes or in percent of RAM; both 0 = not given. */
struct qy_amount {
	uint64_t bytes;
	uint32_t percent;
};

/* cma=size[@base[-limit]]: the default CMA area. */
struct qy_cma_request {
	bool given;
	uint64_t size, base, limit;
};

/* The sysctls of the page floor. -1 = the kernel computes its default. */
#define QY_MAX_DIRTY_BYTES (INT64_MAX / 128) /* of vm.dirty_*bytes */

struct qy_vm_sysctl {
	int64_t min_free_kbytes;
	int32_t watermark_scale_factor;                /* 1..3000, default 10 */
	int32_t watermark_boost_factor;                /* default 15000 */
	int32_t lowmem_reserve_ratio[QY_MAX_NR_ZONES]; /* default 256 256 32 0 0 */
	int32_t percpu_pagelist_high_fraction;         /* 0 or >= 8, default 0 */
	int32_t extfrag_threshold;                     /* 0..1000, default 500 */
	int32_t mem_profiling;                         /* 0, 1; of a board that has it */
	int32_t panic_on_oom;                          /* 0..2, default 0 */
	int32_t oom_kill_allocating_task;              /* default 0 */
	int32_t oom_dump_tasks;                        /* default 1 */
	int32_t overcommit_memory;                     /* 0..2, default 0 */
	int32_t overcommit_ratio;                      /* percent, default 50 */
	int64_t overcommit_kbytes;                     /* default 0: by ratio */
	int64_t admin_reserve_kbytes, user_reserve_kbytes;
	int32_t compaction_proactiveness; /* 0..100, default 20 */
	int32_t swappiness;               /* 0..200, default 60 */
	int32_t vfs_cache_pressure;       /* percent, default 100 */
	int32_t dirty_background_ratio;   /* percent of what can be dirty, default 10 */
	int32_t dirty_ratio;              /* likewise, default 20 */
	/* instead of these shares, where they are not 0 */
	int64_t dirty_background_bytes, dirty_bytes;
	int32_t dirty_expire_centisecs;    /* default 3000 */
	int32_t dirty_writeback_centisecs; /* default 500; 0: the flusher must be woken */
};

/* The slab allocator's boot options. */
struct qy_board_slab {
	/* slab_debug=: what to check in which caches, "FZPU,kmalloc-*;U,dentry". Empty: nothing. */
	char debug[QY_SLAB_DEBUG_SIZE];
	bool nomerge;       /* slab_nomerge */
	bool init_on_alloc; /* every object and page is cleared when it is handed out ... */
	bool init_on_free; /* ... when it comes back */
	bool shuffle; /* objects of a slab are handed out in no order (CONFIG_SLAB_FREELIST_RANDOM) */
	uint64_t seed; /* of the order */
	uint32_t min_order,
		max_order;    /* slub_min_order, slub_max_order; default 0 and 3 */
	uint32_t min_objects; /* slub_min_objects; 0 = by the number of CPUs */
};

/* KFENCE (quarry/kfence.h), by kfence.* of the command line. It takes its pages of the board's RAM, as there. */
struct qy_board_kfence {
	bool given;                  /* the interval is the user's choice */
	uint32_t sample_interval_ms; /* 0: off */
	uint32_t burst;              /* further objects each time */
	uint32_t num_objects;        /* CONFIG_KFENCE_NUM_OBJECTS, 255 by default */
	uint32_t
		skip_covered_thresh; /* percent in use from which a stack that has an object gets no other; default 75 */
};

/* Which free block serves a request when several would do. */
enum qy_policy {
	QY_POLICY_LINUX, /* smallest sufficient block of the zone and type; of equals, the lowest in this CPU's part of the zone first */
	QY_POLICY_QUARRY, /* the same; but where an unmovable request finds none of its type, movable pages make room for it */
};

static inline const char *qy_policy_name(enum qy_policy policy)
{
	return policy == QY_POLICY_QUARRY ? "quarry" : "linux";
}

/* Who allocated each block: recorded, or not. */
enum qy_page_owner_mode {
	QY_PAGE_OWNER_OFF,
	QY_PAGE_OWNER_ON, /* page_owner=on: what the kernel keeps for it is taken from the board's RAM */
	QY_PAGE_OWNER_BESIDE, /* recorded outside of the board, which stays as it is */
};

/* sysctl.vm.mem_profiling= on the command line: which line of code holds how much. */
enum qy_mem_profiling {
	QY_MEM_PROFILING_NONE, /* no such files; nothing is kept for it */
	QY_MEM_PROFILING_OFF,  /* can be switched on */
	QY_MEM_PROFILING_ON,
};

/* fail_page_alloc=<interval>,<probability>,<space>,<times> of the command line; failslab= likewise. */
struct qy_fault_setup {
	bool given;
	uint32_t interval, probability; /* every n-th eligible request, percent */
	int32_t space, times;           /* what passes before; how often, -1 = no limit */
};

/* One entry of dma-ranges: what a bus address is to the CPU. Bytes. */
struct qy_dma_range {
	uint64_t cpu_start, dma_start, size;
};

/* An IOMMU: what stands behind it sees addresses of a space of its own. */
struct qy_board_iommu {
	const char *name;
	uint32_t address_bits; /* of that space; 0 = 48, which is the most */
	const struct qy_range
		*reserved; /* of it, never given out: MSI, windows of a host bridge */
	uint32_t nr_reserved;
};

/* Settings of the command line for DMA. */
struct qy_dma_setup {
	/* swiotlb=[slots][,areas][,force|noforce]: a slot is 2 KiB; 0 = the kernel's rule */
	uint32_t swiotlb_slots, swiotlb_areas;
	bool swiotlb_force; /* every mapping is bounced */
	bool swiotlb_off;   /* noforce: there is no pool */
	uint64_t
		coherent_pool; /* coherent_pool=: bytes of each atomic pool; 0 = by RAM */
	bool iommu_passthrough; /* iommu.passthrough=1: devices see the board's addresses */
	bool iommu_forcedac; /* iommu.forcedac=1: PCI devices do not begin below 4 GiB */
};

/* A device that does DMA, as the tree has it. Zero says: 64 address lines, the board's own addresses, not coherent. */
struct qy_board_device {
	const char *name;      /* as reports have it: "15a00000.isp" */
	uint32_t address_bits; /* lines that the device drives; 0 = 64 */
	bool coherent;         /* dma-coherent; x86-64 boards have no other */
	bool pci;
	uint32_t node;
	const struct qy_dma_range *dma_ranges; /* from its bus to RAM; none: the same */
	uint32_t nr_dma_ranges;
	uint32_t memory_region;             /* 1 + index in board->reserved; 0 = none */
	const struct qy_board_iommu *iommu; /* NULL: none */
};

/* Whether an area stays mapped after vfree(), for the next vmalloc() of its size: quarry/vmalloc.h. */
enum qy_vmalloc_reuse {
	QY_VMALLOC_REUSE_HOT, /* where a CPU frees and allocates one size 16 times in turn */
	QY_VMALLOC_REUSE_NEVER, /* every freed address is a hole at once */
	QY_VMALLOC_REUSE_ALWAYS,
};

struct qy_board {
	const char *model; /* printed as "Machine model: ..."; may be NULL */
	enum qy_arch arch;
	uint32_t nr_cpus;        /* 1..QY_MAX_CPUS */
	const uint8_t *cpu_node; /* node of each CPU; NULL = all on node 0 */
	uint32_t nr_nodes;       /* 1..QY_MAX_NODES */
	const uint8_t
		*node_distance; /* nr_nodes x nr_nodes; NULL = 10 at home, 20 elsewhere */

	const struct qy_bank *banks;
	uint32_t nr_banks;
	const struct qy_reserved *reserved;
	uint32_t nr_reserved;
	enum qy_reserved_node reserved_node;
	enum qy_numa_source numa_source;
	struct qy_kernel_image kernel;

	uint64_t
		dma_limit; /* arm64: the smallest limit found in dma-ranges, exclusive; 0 = none found */
	bool has_zone_dma, has_zone_dma32;
	bool zone_device; /* the kernel prints a fifth zone, Device */
	bool thp; /* transparent huge pages: order-9 per-CPU lists, khugepaged raises min_free_kbytes */
	bool thp_never; /* switched off on the command line: the lists stay, the raise does not happen */
	bool numa; /* a NUMA build: "Node 0 " prefixes in reports, numa_* counters */

	const char *cmdline; /* printed as "Kernel command line: ..."; may be NULL */
	uint64_t mem_limit;  /* mem=: RAM kept, counted from the lowest bank; 0 = all */
	struct qy_amount kernelcore, movablecore;
	bool kernelcore_mirror;
	bool movable_node;
	struct qy_cma_request cma;
	bool cma_guaranteed; /* the area of cma= lends to droppable pages only */
	bool cma_in_movable; /* cma_placement=zone_movable: CMA areas are the zone Movable, or in it */
	struct qy_vm_sysctl vm;
	struct qy_fault_setup fail_page_alloc, failslab;
	enum qy_page_owner_mode page_owner;
	enum qy_mem_profiling mem_profiling;
	enum qy_policy policy;
	struct qy_board_slab slab;
	struct qy_board_kfence kfence;
	uint64_t
		vmalloc_bytes; /* VMALLOC_SIZE; 0 = the architecture's: 32 TiB, 126 TiB */
	bool no_huge_vmalloc;  /* nohugevmalloc: no pages of 2 MiB */
	enum qy_vmalloc_reuse vmalloc_reuse;
	const struct qy_board_device *devices;
	uint32_t nr_devices;
	struct qy_dma_setup dma;
};

/**
 * qy_board_defaults() - a board with every setting at what a 6.12 kernel of @arch has, and no RAM
 * @board: filled in; banks, nr_banks and nr_cpus are left for the caller (nr_cpus = 1)
 * @arch:  the architecture
 *
 * Context: Any.
 */
void qy_board_defaults(struct qy_board *board, enum qy_arch arch);

#endif
