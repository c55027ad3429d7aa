// SPDX-License-Identifier: MIT
/*
 * See pgtable.h. One walker for both formats; what differs is one row of `formats`.
 *
 *  x86-64   63   62..52  51..............12  11 10 9  8  7   6  5  4    3    2   1   0
 *           NX           physical address             G  PS  D  A  PCD  PWT  US  RW  P      PS: a block (level 2)
 *
 *  arm64    63..55  54   53   52  51   50..48  47.......12  11  10  9..8  7..6  5  4..2  1     0
 *                   UXN  PXN      DBM          address      nG  AF  SH    AP       attr  type  valid
 *           type 1: table, or page on level 3; 0: block
 *
 * Break before make: an arm64 MMU that finds two translations of one address, an old one in its TLB and another in the
 * table, may do anything. So an entry that becomes a table (or a table an entry) is cleared, flushed, and then written.
 */
#include "mm/virt/pgtable.h"
#include "mm/base/assert.h"
#include "mm/base/atomic.h"
#include "mm/base/print.h"

#define LEVELS     4u
#define LEAF       (LEVELS - 1)
#define BLOCK      (LEVELS - 2)
#define PAGE_BYTES 4096ull
#define BIT(n)     (1ull << (n))

#define X86_P   BIT(0)
#define X86_RW  BIT(1)
#define X86_US  BIT(2)
#define X86_PWT BIT(3)
#define X86_PCD BIT(4)
#define X86_A   BIT(5)
#define X86_D   BIT(6)
#define X86_PS  BIT(7)
#define X86_G   BIT(8)
#define X86_NX  BIT(63)

#define ARM_VALID         BIT(0)
#define ARM_TYPE          BIT(1)
#define ARM_ATTR(index)   ((u64)(index) << 2)
#define ARM_ATTR_MASK     ARM_ATTR(7)
#define ARM_USER          BIT(6)
#define ARM_RDONLY        BIT(7)
#define ARM_INNER_SHARED  (3ull << 8)
#define ARM_AF            BIT(10)
#define ARM_NOT_GLOBAL    BIT(11)
#define ARM_DBM           BIT(51)
#define ARM_PXN           BIT(53)
#define ARM_UXN           BIT(54)
#define ARM_NORMAL        0 /* indexes into MAIR, as Linux sets it */
#define ARM_NORMAL_NC     2
#define ARM_DEVICE_NGNRNE 3

/* ------------------------------------------------------------------ the two formats */

struct format {
	u64 address; /* bits of an entry that are one */
	u64 table;   /* the other bits of an entry that leads to a table */
	u64 (*leaf)(u32 prot, bool block); /* of one that leads to a frame or block */
	u32 (*prot)(u64 entry);
	u64 kind, block; /* entry & kind == block: a block */
	u64 valid;
	bool break_before_make;
};

static u64 x86_leaf(u32 prot, bool block)
{
	u64 entry = X86_P | X86_A | X86_D;

	entry |= prot & PGPROT_WRITE ? X86_RW : 0;
	entry |= prot & PGPROT_EXEC ? 0 : X86_NX;
	entry |= prot & PGPROT_USER ? X86_US : X86_G;
	if (prot & PGPROT_UNCACHED)
		entry |= X86_PCD | X86_PWT;
	else if (prot & PGPROT_WRITECOMBINE)
		entry |= X86_PWT;
	return entry | (block ? X86_PS : 0);
}

static u32 x86_prot(u64 entry)
{
	u32 prot = 0;

	prot |= entry & X86_RW ? PGPROT_WRITE : 0;
	prot |= entry & X86_NX ? 0 : PGPROT_EXEC;
	prot |= entry & X86_US ? PGPROT_USER : 0;
	if (entry & X86_PCD)
		prot |= PGPROT_UNCACHED;
	else if (entry & X86_PWT)
		prot |= PGPROT_WRITECOMBINE;
	return prot;
}

static u64 arm_leaf(u32 prot, bool block)
{
	u64 entry = ARM_VALID | ARM_AF | ARM_INNER_SHARED | (block ? 0 : ARM_TYPE);

	entry |= prot & PGPROT_WRITE ? ARM_DBM : ARM_RDONLY;
	entry |= prot & PGPROT_USER ? ARM_USER | ARM_NOT_GLOBAL : 0;
	if (!(prot & PGPROT_EXEC))
		entry |= ARM_PXN | ARM_UXN;
	else
		entry |= prot & PGPROT_USER ? ARM_PXN : ARM_UXN;
	if (prot & PGPROT_UNCACHED)
		entry |= ARM_ATTR(ARM_DEVICE_NGNRNE);
	else if (prot & PGPROT_WRITECOMBINE)
		entry |= ARM_ATTR(ARM_NORMAL_NC);
	return entry;
}

static u32 arm_prot(u64 entry)
{
	const u64 no_exec = entry & ARM_USER ? ARM_UXN : ARM_PXN;
	u32 prot = 0;

	prot |= entry & ARM_RDONLY ? 0 : PGPROT_WRITE;
	prot |= entry & no_exec ? 0 : PGPROT_EXEC;
	prot |= entry & ARM_USER ? PGPROT_USER : 0;
	if ((entry & ARM_ATTR_MASK) == ARM_ATTR(ARM_DEVICE_NGNRNE))
		prot |= PGPROT_UNCACHED;
	else if ((entry & ARM_ATTR_MASK) == ARM_ATTR(ARM_NORMAL_NC))
		prot |= PGPROT_WRITECOMBINE;
	return prot;
}

static const struct format formats[NR_PGTABLE_FORMATS] = {
	[PGTABLE_X86_64] = {
		.address = 0x000ffffffffff000,
		.table = X86_P | X86_RW | X86_US | X86_A,
		.leaf = x86_leaf,
		.prot = x86_prot,
		.kind = X86_P | X86_PS,
		.block = X86_P | X86_PS,
		.valid = X86_P,
	},
	[PGTABLE_ARM64] = {
		.address = 0x0000fffffffff000,
		.table = ARM_VALID | ARM_TYPE,
		.leaf = arm_leaf,
		.prot = arm_prot,
		.kind = ARM_VALID | ARM_TYPE,
		.block = ARM_VALID,
		.valid = ARM_VALID,
		.break_before_make = true,
	},
};

/* ------------------------------------------------------------------ entries */

static const struct format *format_of(const struct pgtable *pt)
{
	return &formats[pt->format];
}

static unsigned int level_shift(unsigned int level)
{
	return 39 - 9 * level;
}

static u64 level_bytes(unsigned int level)
{
	return BIT(level_shift(level));
}

static u64 *slot_of(u64 *table, u64 address, unsigned int level)
{
	return &table[address >> level_shift(level) & (PGTABLE_ENTRIES - 1)];
}

/* Of @bytes from @address on, what one entry of the level covers. */
static u64 part_of(u64 address, u64 bytes, unsigned int level)
{
	return min(bytes, level_bytes(level) - (address & (level_bytes(level) - 1)));
}

/* acquire: pairs with the release of who made the table, whose zeros are seen then. */
static u64 read_entry(const u64 *slot)
{
	return load_acquire(slot);
}

/* release: whoever finds the entry finds what it leads to. */
static void write_entry(u64 *slot, u64 entry)
{
	store_release(slot, entry);
}

static bool is_leaf(const struct format *f, u64 entry, unsigned int level)
{
	return level == LEAF || (entry & f->kind) == f->block;
}

static u64 *table_at(const struct pgtable *pt, u64 phys)
{
	return pt->ops->table(pt->arg, phys);
}

static u64 *table_behind(const struct pgtable *pt, u64 entry)
{
	return table_at(pt, entry & format_of(pt)->address);
}

static void flush(const struct pgtable *pt, u64 address, u64 bytes)
{
	if (pt->ops->flush)
		pt->ops->flush(pt->arg, address, bytes);
}

static u64 new_table(struct pgtable *pt)
{
	u64 phys = pt->ops->alloc_table(pt->arg);

	if (phys != PGTABLE_NO_PHYS)
		atomic_add(&pt->nr_tables, 1);
	return phys;
}

static void free_table(struct pgtable *pt, u64 phys)
{
	atomic_sub(&pt->nr_tables, 1);
	pt->ops->free_table(pt->arg, phys);
}

/* The table behind an entry that is empty, by us or by who was faster. Return: NULL when there is no memory. */
static u64 *make_table(struct pgtable *pt, u64 *slot)
{
	u64 phys = new_table(pt), entry = 0;

	if (phys == PGTABLE_NO_PHYS)
		return NULL;
	/* release: its zeros are seen by whoever finds it; acquire: ours to see those of another's */
	if (__atomic_compare_exchange_n(slot, &entry, phys | format_of(pt)->table, false,
		    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return table_at(pt, phys);
	free_table(pt, phys);
	return table_behind(pt, entry);
}

/* ------------------------------------------------------------------ map */

struct run {
	struct pgtable *pt;
	u64 address, phys; /* of what is next */
	u32 prot;
};

static bool fits_block(const struct run *run, unsigned int level, u64 part)
{
	return level == BLOCK && run->prot & PGPROT_BLOCKS &&
	       part == PGTABLE_BLOCK_BYTES && !(run->phys & (PGTABLE_BLOCK_BYTES - 1));
}

static int map_leaf(struct run *run, u64 *slot, unsigned int level)
{
	u64 entry = run->phys | format_of(run->pt)->leaf(run->prot, level == BLOCK);

	if (read_entry(slot))
		return -QY_EBUSY;
	write_entry(slot, entry);
	run->address += level_bytes(level);
	run->phys += level_bytes(level);
	return 0;
}

static int map_level(struct run *run, u64 *table, unsigned int level, u64 bytes)
{
	struct pgtable *pt = run->pt;
	int err = 0;

	for (u64 part; bytes && !err; bytes -= part) {
		u64 *slot = slot_of(table, run->address, level);
		u64 entry = read_entry(slot), *lower;

		part = part_of(run->address, bytes, level);
		if (level == LEAF || (!entry && fits_block(run, level, part))) {
			err = map_leaf(run, slot, level);
			continue;
		}
		if (entry && is_leaf(format_of(pt), entry, level))
			return -QY_EBUSY;
		lower = entry ? table_behind(pt, entry) : make_table(pt, slot);
		err = lower ? map_level(run, lower, level + 1, part) : -QY_ENOMEM;
	}
	return err;
}

/* The 48 bits of the range do not wrap, and all are whole pages. */
static bool is_range(u64 address, u64 bytes)
{
	return bytes && !((address | bytes) & (PAGE_BYTES - 1)) && bytes <= PGTABLE_ALL &&
	       (address & (PGTABLE_ALL - 1)) <= PGTABLE_ALL - bytes;
}

int qy_pgtable_map(struct pgtable *pt, u64 address, u64 phys, u64 bytes, u32 prot)
{
	struct run run = { pt, address, phys, prot };
	int err;

	if (!is_range(address, bytes) || phys & ~format_of(pt)->address ||
		bytes > format_of(pt)->address - phys + PAGE_BYTES)
		return -QY_EINVAL;
	err = map_level(&run, table_at(pt, pt->root), 0, bytes);
	/* what was mapped ends at an edge of its own, so nothing is split */
	if (err && run.address != address &&
		qy_pgtable_unmap(pt, address, run.address - address))
		BUG_ON(true);
	return err;
}

/* ------------------------------------------------------------------ split */

/* The slot that leads to @address: of a frame, of a block, or the first empty one on the way. */
static u64 *find_slot(const struct pgtable *pt, u64 address, unsigned int *level)
{
	u64 *table = table_at(pt, pt->root);

	for (*level = 0;; ++*level) {
		u64 *slot = slot_of(table, address, *level), entry = read_entry(slot);

		if (!entry || is_leaf(format_of(pt), entry, *level))
			return slot;
		table = table_behind(pt, entry);
	}
}

/* A block becomes a table of its pages, when @address lies inside of it. */
static int split_at(struct pgtable *pt, u64 address)
{
	const struct format *f = format_of(pt);
	unsigned int level;
	u64 *slot = find_slot(pt, address, &level), entry = read_entry(slot);
	u64 begin = round_down(address, PGTABLE_BLOCK_BYTES), phys, *table;

	if (!entry || level != BLOCK || address == begin)
		return 0;
	phys = new_table(pt);
	if (phys == PGTABLE_NO_PHYS)
		return -QY_ENOMEM;
	table = table_at(pt, phys);
	for (u64 i = 0; i < PGTABLE_ENTRIES; i++)
		table[i] = ((entry & f->address) + i * PAGE_BYTES) |
			   f->leaf(f->prot(entry), false);
	if (f->break_before_make) {
		write_entry(slot, 0);
		flush(pt, begin, PGTABLE_BLOCK_BYTES);
		write_entry(slot, phys | f->table);
	} else {
		write_entry(slot, phys | f->table);
		flush(pt, begin, PGTABLE_BLOCK_BYTES);
	}
	return 0;
}

static int split_ends(struct pgtable *pt, u64 address, u64 bytes)
{
	int err;

	if (!is_range(address, bytes))
		return -QY_EINVAL;
	err = split_at(pt, address);
	if (!err && (address + bytes) & (PGTABLE_ALL - 1))
		err = split_at(pt, address + bytes);
	return err;
}

/* ------------------------------------------------------------------ change, unmap */

/* Every entry of the range that leads to memory: with @prot it gets these rights, with -1 it is cleared. */
static void change_level(const struct pgtable *pt, u64 *table, unsigned int level,
	u64 address, u64 bytes, s64 prot)
{
	const struct format *f = format_of(pt);

	for (u64 part; bytes; bytes -= part, address += part) {
		u64 *slot = slot_of(table, address, level), entry = read_entry(slot);

		part = part_of(address, bytes, level);
		if (!entry)
			continue;
		if (!is_leaf(f, entry, level))
			change_level(pt, table_behind(pt, entry), level + 1, address,
				part, prot);
		else if (prot < 0)
			write_entry(slot, 0);
		else
			write_entry(slot,
				(entry & f->address) | f->leaf((u32)prot, level != LEAF));
	}
}

static bool is_empty(const u64 *table)
{
	for (unsigned int i = 0; i < PGTABLE_ENTRIES; i++)
		if (table[i])
			return false;
	return true;
}

/* Tables of the range that lead nowhere go, from the bottom up. */
static void prune_level(
	struct pgtable *pt, u64 *table, unsigned int level, u64 address, u64 bytes)
{
	for (u64 part; bytes; bytes -= part, address += part) {
		u64 *slot = slot_of(table, address, level), entry = read_entry(slot);

		part = part_of(address, bytes, level);
		if (!entry || is_leaf(format_of(pt), entry, level))
			continue;
		prune_level(pt, table_behind(pt, entry), level + 1, address, part);
		if (!is_empty(table_behind(pt, entry)))
			continue;
		write_entry(slot, 0);
		/* walkers may have kept the way to it */
		flush(pt, round_down(address, level_bytes(level)), level_bytes(level));
		free_table(pt, entry & format_of(pt)->address);
	}
}

int qy_pgtable_unmap(struct pgtable *pt, u64 address, u64 bytes)
{
	int err = split_ends(pt, address, bytes);

	if (err)
		return err;
	change_level(pt, table_at(pt, pt->root), 0, address, bytes, -1);
	flush(pt, address, bytes);
	if (!pt->keep_tables)
		prune_level(pt, table_at(pt, pt->root), 0, address, bytes);
	return 0;
}

int qy_pgtable_protect(struct pgtable *pt, u64 address, u64 bytes, u32 prot)
{
	int err = split_ends(pt, address, bytes);

	if (err)
		return err;
	change_level(pt, table_at(pt, pt->root), 0, address, bytes, prot);
	flush(pt, address, bytes);
	return 0;
}

/* ------------------------------------------------------------------ walk, begin, end */

bool qy_pgtable_walk(const struct pgtable *pt, u64 address, struct pgtable_entry *out)
{
	const struct format *f = format_of(pt);
	unsigned int level;
	u64 entry = read_entry(find_slot(pt, address, &level));

	/* once more: it may have become a table, or nothing, since it was found */
	if (!entry || !is_leaf(f, entry, level))
		return false;
	*out = (struct pgtable_entry){
		.phys = (entry & f->address) | (address & (level_bytes(level) - 1)),
		.bytes = level_bytes(level),
		.prot = f->prot(entry) | (level == BLOCK ? PGPROT_BLOCKS : 0),
		.raw = entry,
	};
	return true;
}

int qy_pgtable_init(struct pgtable *pt, enum pgtable_format format,
	const struct pgtable_ops *ops, void *arg, bool keep_tables)
{
	*pt = (struct pgtable){
		.format = format, .keep_tables = keep_tables, .ops = ops, .arg = arg
	};
	pt->root = new_table(pt);
	return pt->root == PGTABLE_NO_PHYS ? -QY_ENOMEM : 0;
}

static void free_level(struct pgtable *pt, u64 phys, unsigned int level)
{
	const u64 *table = table_at(pt, phys);

	for (unsigned int i = 0; level < LEAF && i < PGTABLE_ENTRIES; i++)
		if (table[i] && !is_leaf(format_of(pt), table[i], level))
			free_level(pt, table[i] & format_of(pt)->address, level + 1);
	free_table(pt, phys);
}

void qy_pgtable_exit(struct pgtable *pt)
{
	flush(pt, 0, PGTABLE_ALL);
	free_level(pt, pt->root, 0);
	pt->root = PGTABLE_NO_PHYS;
}

/* Return: tables from here on, 0 when an entry is none of the format's. */
static u64 count_level(const struct pgtable *pt, const u64 *table, unsigned int level)
{
	const struct format *f = format_of(pt);
	u64 nr = 1;

	for (unsigned int i = 0; i < PGTABLE_ENTRIES; i++) {
		u64 entry = table[i], below;
		bool leaf = is_leaf(f, entry, level);

		if (!entry)
			continue;
		if (!(entry & f->valid) || (leaf && level < BLOCK) ||
			(leaf && entry & f->address & (level_bytes(level) - 1)) ||
			(leaf && (entry & ~f->address) !=
					 f->leaf(f->prot(entry), level == BLOCK)) ||
			(!leaf && (entry & ~f->address) != f->table))
			return 0;
		if (leaf)
			continue;
		below = count_level(pt, table_behind(pt, entry), level + 1);
		if (!below)
			return 0;
		nr += below;
	}
	return nr > 1 || !level || level == LEAF || pt->keep_tables || !is_empty(table)
		       ? nr
		       : 0;
}

bool qy_pgtable_validate(const struct pgtable *pt, char *why, size_t why_size)
{
	u64 nr = count_level(pt, table_at(pt, pt->root), 0);

	if (nr == READ_ONCE(pt->nr_tables))
		return true;
	if (nr)
		qy_snprintf(why, why_size,
			"page table: %llu tables are counted, %llu are there",
			(unsigned long long)READ_ONCE(pt->nr_tables),
			(unsigned long long)nr);
	else
		qy_snprintf(why, why_size,
			"page table: an entry or an empty table that may not be");
	return false;
}
