/* SPDX-License-Identifier: MIT */
/*
 * Page tables of four levels with entries of 4 KiB and 2 MiB, as an x86-64 or an arm64 MMU walks them.
 *
 *   qy_pgtable_init, _exit       an empty tree, and its end
 *   qy_pgtable_map, _unmap       addresses get frames, and lose them
 *   qy_pgtable_protect           other rights for the same frames
 *   qy_pgtable_walk              what an address leads to
 *
 * The tree knows nothing of who allocates its tables and whose TLB it must flush: a machine's own addresses, the domain of
 * a device behind an IOMMU, and a test say it with struct pgtable_ops. Where nobody walks the tables but this file (the
 * hosted port, whose host has its own), flush is NULL.
 *
 *   an entry of level l covers 1 << (39 - 9 * l) bytes; level 3 has pages, level 2 tables or blocks of 2 MiB
 *   a table is reached by exactly one entry; nr_tables counts them, the root too
 *
 * Locking: with keep_tables any number of threads may be inside, for ranges that differ, and walkers of any range beside
 * them; tables are then freed by qy_pgtable_exit() alone. Without it the caller lets one in at a time.
 */
#ifndef QY_VIRT_PGTABLE_H
#define QY_VIRT_PGTABLE_H

#include "mm/base/types.h"

#define PGTABLE_ENTRIES     512u
#define PGTABLE_BLOCK_BYTES (2ull << 20)
#define PGTABLE_ALL \
	(1ull << 48) /* bytes of a tree's addresses, which repeat above them */
#define PGTABLE_NO_PHYS (~0ull)

enum pgtable_format {
	PGTABLE_X86_64,
	PGTABLE_ARM64, /* VMSAv8-64, stage 1, granule of 4 KiB: what an SMMU reads, too */
	NR_PGTABLE_FORMATS,
};

/* Rights and kind of a mapping, the same for both formats. Without PGPROT_WRITE it can be read only. */
enum {
	PGPROT_WRITE = 1 << 0,
	PGPROT_EXEC = 1 << 1,
	PGPROT_USER = 1 << 2, /* also from user mode; of a device: from anywhere */
	PGPROT_WRITECOMBINE = 1 << 3, /* arm64: Normal, not cached */
	PGPROT_UNCACHED = 1 << 4,     /* arm64: Device-nGnRnE */
	PGPROT_BLOCKS = 1 << 5,       /* may use blocks where both addresses allow it */
};
#define PGPROT_KERNEL    PGPROT_WRITE
#define PGPROT_KERNEL_RO 0u

struct pgtable_ops {
	/* Return: physical address of a table of zeros, 4 KiB aligned, or PGTABLE_NO_PHYS. */
	u64 (*alloc_table)(void *arg);
	void (*free_table)(void *arg, u64 phys);
	/* Where the entries of such a table are read and written. */
	u64 *(*table)(void *arg, u64 phys);
	/*
	 * post: nobody uses a translation of [address, address + bytes), or a table on the way to it, that was read before.
	 * NULL: nobody ever does.
	 */
	void (*flush)(void *arg, u64 address, u64 bytes);
};

struct pgtable {
	enum pgtable_format format;
	bool keep_tables; /* an empty table stays */
	const struct pgtable_ops *ops;
	void *arg;
	u64 root;      /* physical address: CR3, TTBR, the stream's context */
	u64 nr_tables; /* atomic */
};

/* What an address leads to. */
struct pgtable_entry {
	u64 phys;  /* of the address itself */
	u64 bytes; /* that its entry covers: 4 KiB or 2 MiB */
	u32 prot;  /* PGPROT_*; BLOCKS for a block */
	u64 raw;   /* the entry */
};

/* Return: 0, -ENOMEM. Context: as alloc_table. */
int qy_pgtable_init(struct pgtable *pt, enum pgtable_format format,
	const struct pgtable_ops *ops, void *arg, bool keep_tables);

/* Frees every table. What is mapped still is forgotten. Context: nobody else is inside. */
void qy_pgtable_exit(struct pgtable *pt);

/**
 * qy_pgtable_map() - [address, address + bytes) leads to [phys, phys + bytes)
 * @address, @phys, @bytes: multiples of 4 KiB; the range does not pass the end of the 48-bit addresses
 * @prot:    PGPROT_*
 *
 * Context: as alloc_table.
 * Return: 0; -EINVAL; -ENOMEM: no table; -EBUSY: something of it is mapped already. But for 0 nothing is mapped that was
 * not before; tables may have been made.
 */
int qy_pgtable_map(struct pgtable *pt, u64 address, u64 phys, u64 bytes, u32 prot);

/**
 * qy_pgtable_unmap() - no address of the range leads anywhere; what was not mapped is no error
 *
 * A block that sticks out of the range is split, which takes a table. Empty tables are freed unless keep_tables.
 *
 * Context: as free_table, and as alloc_table where a block sticks out.
 * Return: 0; -EINVAL; -ENOMEM: a block cannot be split, and nothing has changed but blocks into tables.
 */
int qy_pgtable_unmap(struct pgtable *pt, u64 address, u64 bytes);

/*
 * The frames of the range get other rights; holes stay holes. Blocks stay blocks, but where they stick out.
 * Context and return: as qy_pgtable_unmap().
 */
int qy_pgtable_protect(struct pgtable *pt, u64 address, u64 bytes, u32 prot);

/* Return: false when @address leads nowhere. Context: any; with keep_tables beside anybody. */
bool qy_pgtable_walk(const struct pgtable *pt, u64 address, struct pgtable_entry *out);

/* Counts tables and looks at every entry. Return: false with one line in @why. Context: nobody else is inside. */
bool qy_pgtable_validate(const struct pgtable *pt, char *why, size_t why_size);

#endif
