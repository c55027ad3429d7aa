// SPDX-License-Identifier: MIT
/*
 * Page tables: the bits of both formats, blocks and their splitting, what is freed when, break before make, and every
 * failure to get a table; then random ranges against an array that holds what each page leads to.
 *
 * Tables live in an array; the physical address of the n-th is (n + 1) << 12.
 * No state but that of the memory below.
 */
#include "mm/base/bitops.h"
#include "mm/virt/pgtable.h"
#include "tests/model/rig.h"

#define NR_TABLES 256
#define TWO_MIB   PGTABLE_BLOCK_BYTES
#define NO_FAULT  UINT32_MAX

/* Where tables come from, and what the MMU was told. */
struct memory {
	uint64_t table[NR_TABLES][512];
	bool used[NR_TABLES];
	uint32_t nr_used, fail_at; /* allocations that still succeed */
	struct pgtable pt;
	uint64_t flushed_from, flushed_bytes, nr_flushes;
	uint64_t watch;           /* an address ... */
	bool watch_was_mapped[4]; /* ... that led somewhere while the n-th flush ran */
	uint64_t freed_unflushed; /* tables that were freed and not flushed before */
	bool flushed_since_clear;
};

static uint64_t alloc_table(void *arg)
{
	struct memory *mem = arg;

	if (mem->fail_at != NO_FAULT && !mem->fail_at--)
		return PGTABLE_NO_PHYS;
	for (uint64_t i = 0; i < NR_TABLES; i++)
		if (!mem->used[i]) {
			mem->used[i] = true;
			mem->nr_used++;
			memset(mem->table[i], 0, sizeof(mem->table[i]));
			return (i + 1) << 12;
		}
	FAIL("no table left");
}

static void free_table(void *arg, uint64_t phys)
{
	struct memory *mem = arg;

	CHECK(mem->used[(phys >> 12) - 1]);
	mem->used[(phys >> 12) - 1] = false;
	mem->nr_used--;
	mem->freed_unflushed += !mem->flushed_since_clear;
	mem->flushed_since_clear = false;
	memset(mem->table[(phys >> 12) - 1], 0xff, 4096);
}

static uint64_t *table(void *arg, uint64_t phys)
{
	CHECK(phys && phys >> 12 <= NR_TABLES);
	return ((struct memory *)arg)->table[(phys >> 12) - 1];
}

static void flush(void *arg, uint64_t address, uint64_t bytes)
{
	struct memory *mem = arg;
	struct pgtable_entry entry;

	mem->flushed_from = address;
	mem->flushed_bytes = bytes;
	mem->flushed_since_clear = true;
	if (mem->nr_flushes < ARRAY_SIZE(mem->watch_was_mapped))
		mem->watch_was_mapped[mem->nr_flushes] =
			qy_pgtable_walk(&mem->pt, mem->watch, &entry);
	mem->nr_flushes++;
}

static const struct pgtable_ops ops = { alloc_table, free_table, table, flush };

static struct pgtable *fresh(struct memory *mem, enum pgtable_format format, bool keep)
{
	memset(mem, 0, sizeof(*mem));
	mem->fail_at = NO_FAULT;
	CHECK_EQ(qy_pgtable_init(&mem->pt, format, &ops, mem, keep), 0);
	CHECK_EQ(mem->nr_used, 1);
	return &mem->pt;
}

static void check_valid(const struct pgtable *pt)
{
	char why[128] = "";

	if (!qy_pgtable_validate(pt, why, sizeof(why)))
		FAIL("%s", why);
}

static void end(struct memory *mem)
{
	check_valid(&mem->pt);
	CHECK_EQ(mem->pt.nr_tables, mem->nr_used);
	qy_pgtable_exit(&mem->pt);
	CHECK_EQ(mem->nr_used, 0);
	CHECK_EQ(mem->pt.nr_tables, 0);
}

static uint64_t raw_at(const struct pgtable *pt, uint64_t address)
{
	struct pgtable_entry entry;

	return qy_pgtable_walk(pt, address, &entry) ? entry.raw : 0;
}

/* ------------------------------------------------------------------ the bits */

/* The values that a 6.12 kernel's page tables hold for PAGE_KERNEL and its relatives. */
TEST(pgtable, an_entry_has_the_bits_that_the_mmu_and_linux_want)
{
	static const struct {
		uint32_t prot;
		uint64_t x86, arm;
	} rows[] = {
		{ PGPROT_KERNEL, 0x8000000000000163, 0x0068000000000703 },
		{ PGPROT_KERNEL_RO, 0x8000000000000161, 0x0060000000000783 },
		{ PGPROT_WRITE | PGPROT_EXEC, 0x163, 0x0048000000000703 },
		{ PGPROT_WRITE | PGPROT_WRITECOMBINE, 0x800000000000016b,
			0x006800000000070b },
		{ PGPROT_WRITE | PGPROT_UNCACHED, 0x800000000000017b,
			0x006800000000070f },
		{ PGPROT_WRITE | PGPROT_USER, 0x8000000000000067, 0x0068000000000f43 },
		{ PGPROT_EXEC | PGPROT_USER, 0x65, 0x0020000000000fc3 },
	};
	static struct memory mem;

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		for (unsigned int format = 0; format < NR_PGTABLE_FORMATS; format++) {
			struct pgtable *pt = fresh(&mem, format, false);
			uint64_t bits =
				format == PGTABLE_X86_64 ? rows[i].x86 : rows[i].arm;
			struct pgtable_entry entry;

			CHECK_EQ(qy_pgtable_map(pt, 0xffffc90000001000, 0x1234567000,
					 4096, rows[i].prot),
				0);
			CHECK(qy_pgtable_walk(pt, 0xffffc90000001abc, &entry));
			CHECK_EQ(entry.raw, bits | 0x1234567000);
			CHECK_EQ(entry.phys, 0x1234567abc);
			CHECK_EQ(entry.bytes, 4096);
			CHECK_EQ(entry.prot, rows[i].prot);
			end(&mem);
		}
	}
}

TEST(pgtable, two_mib_that_fit_are_one_entry_on_level_two)
{
	static const uint64_t page_bits[] = { 0x8000000000000163, 0x0068000000000703 };
	static const uint64_t block_bits[] = { 0x80000000000001e3, 0x0068000000000701 };
	static struct memory mem;

	for (unsigned int format = 0; format < NR_PGTABLE_FORMATS; format++) {
		struct pgtable *pt = fresh(&mem, format, false);
		struct pgtable_entry entry;

		/*  4 KiB | block | block | 4 KiB: both addresses are 4 KiB below a multiple of 2 MiB */
		CHECK_EQ(qy_pgtable_map(pt, TWO_MIB - 4096, 3 * TWO_MIB - 4096,
				 2 * TWO_MIB + 8192, PGPROT_KERNEL | PGPROT_BLOCKS),
			0);
		CHECK_EQ(mem.nr_used, 5); /* three on the way, two of pages */
		CHECK_EQ(raw_at(pt, TWO_MIB - 4096),
			page_bits[format] | (3 * TWO_MIB - 4096));
		CHECK_EQ(raw_at(pt, TWO_MIB), block_bits[format] | 3 * TWO_MIB);
		CHECK_EQ(raw_at(pt, 2 * TWO_MIB), block_bits[format] | 4 * TWO_MIB);
		CHECK_EQ(raw_at(pt, 3 * TWO_MIB), page_bits[format] | 5 * TWO_MIB);
		CHECK(qy_pgtable_walk(pt, TWO_MIB + 0x12345, &entry));
		CHECK_EQ(entry.phys, 3 * TWO_MIB + 0x12345);
		CHECK_EQ(entry.bytes, TWO_MIB);
		CHECK_EQ(entry.prot, PGPROT_KERNEL | PGPROT_BLOCKS);
		CHECK(!qy_pgtable_walk(pt, 3 * TWO_MIB + 4096, &entry));
		/* without the wish, or where the frames lie otherwise, there are none */
		CHECK_EQ(qy_pgtable_map(pt, 8 * TWO_MIB, 0, TWO_MIB, PGPROT_KERNEL), 0);
		CHECK_EQ(raw_at(pt, 8 * TWO_MIB), page_bits[format]);
		CHECK_EQ(qy_pgtable_map(pt, 10 * TWO_MIB, 4096, TWO_MIB,
				 PGPROT_KERNEL | PGPROT_BLOCKS),
			0);
		CHECK_EQ(raw_at(pt, 10 * TWO_MIB), page_bits[format] | 4096);
		end(&mem);
	}
}

/* ------------------------------------------------------------------ refusals */

TEST(pgtable, what_is_mapped_or_no_page_is_refused_and_nothing_changes)
{
	static struct memory mem;
	struct pgtable *pt = fresh(&mem, PGTABLE_X86_64, false);
	struct pgtable_entry entry;

	CHECK_EQ(qy_pgtable_map(pt, 0x10000, 0x5000, 4096, PGPROT_KERNEL), 0);
	/* the fourth page of these is taken */
	CHECK_EQ(qy_pgtable_map(pt, 0xd000, 0x9000, 8 * 4096, PGPROT_KERNEL), -QY_EBUSY);
	CHECK(!qy_pgtable_walk(pt, 0xd000, &entry));
	CHECK(!qy_pgtable_walk(pt, 0x11000, &entry));
	CHECK(qy_pgtable_walk(pt, 0x10000, &entry));
	CHECK_EQ(entry.phys, 0x5000);
	/* a block over it, a page in a block */
	CHECK_EQ(qy_pgtable_map(pt, 0, 0, TWO_MIB, PGPROT_BLOCKS), -QY_EBUSY);
	CHECK_EQ(qy_pgtable_map(pt, TWO_MIB, 0, TWO_MIB, PGPROT_BLOCKS), 0);
	CHECK_EQ(qy_pgtable_map(pt, TWO_MIB + 4096, 0, 4096, 0), -QY_EBUSY);
	CHECK_EQ(qy_pgtable_map(pt, 1, 0, 4096, 0), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_map(pt, 0, 1, 4096, 0), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_map(pt, 0, 0, 0, 0), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_map(pt, PGTABLE_ALL - 4096, 0, 8192, 0), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_map(pt, 0, 1ull << 52, 4096, 0), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_map(pt, 0, (1ull << 52) - 4096, 8192, 0), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_unmap(pt, 1, 4096), -QY_EINVAL);
	CHECK_EQ(qy_pgtable_protect(pt, 0, 1, 0), -QY_EINVAL);
	/* the last page there is */
	CHECK_EQ(qy_pgtable_map(pt, -4096ull, (1ull << 52) - 4096, 4096, 0), 0);
	CHECK_EQ(qy_pgtable_unmap(pt, -4096ull, 4096), 0);
	end(&mem);
}

TEST(pgtable, a_failure_to_get_any_table_maps_nothing)
{
	static struct memory mem;

	for (uint32_t fail = 0;; fail++) {
		struct pgtable *pt = fresh(&mem, PGTABLE_ARM64, false);
		const uint64_t at =
			(1ull << 39) - 4096; /* the two pages share but the root */
		struct pgtable_entry entry;
		int err;

		mem.fail_at = fail;
		err = qy_pgtable_map(pt, at, 0x1000, 8192, PGPROT_KERNEL);
		mem.fail_at = NO_FAULT;
		CHECK_EQ(qy_pgtable_walk(pt, at, &entry), !err);
		CHECK_EQ(qy_pgtable_walk(pt, at + 4096, &entry), !err);
		if (!err)
			CHECK_EQ(fail, 6);
		else
			CHECK_EQ(err, -QY_ENOMEM);
		CHECK_EQ(qy_pgtable_unmap(pt, 0, PGTABLE_ALL), 0);
		CHECK_EQ(mem.nr_used, 1);
		end(&mem);
		if (!err)
			break;
	}
	mem.fail_at = 0;
	CHECK_EQ(qy_pgtable_init(&mem.pt, PGTABLE_ARM64, &ops, &mem, false), -QY_ENOMEM);
}

/* ------------------------------------------------------------------ unmap, protect, split */

TEST(pgtable, a_block_is_split_where_a_range_ends_in_it)
{
	static struct memory mem;

	for (unsigned int format = 0; format < NR_PGTABLE_FORMATS; format++) {
		struct pgtable *pt = fresh(&mem, format, false);
		struct pgtable_entry entry;
		uint32_t before;

		CHECK_EQ(qy_pgtable_map(
				 pt, 0, 0, 2 * TWO_MIB, PGPROT_KERNEL | PGPROT_BLOCKS),
			0);
		before = mem.nr_used;
		mem.nr_flushes = 0;
		CHECK_EQ(qy_pgtable_protect(pt, 4096, 8192, PGPROT_KERNEL_RO), 0);
		CHECK_EQ(mem.nr_used, before + 1);
		CHECK_EQ(mem.nr_flushes, 2);
		for (uint64_t page = 0; page < 512; page++) {
			CHECK(qy_pgtable_walk(pt, page * 4096 + 5, &entry));
			CHECK_EQ(entry.phys, page * 4096 + 5);
			CHECK_EQ(entry.bytes, 4096);
			CHECK_EQ(entry.prot, page == 1 || page == 2 ? PGPROT_KERNEL_RO
								    : PGPROT_KERNEL);
		}
		/* whole blocks keep what they are */
		CHECK_EQ(qy_pgtable_protect(pt, TWO_MIB, TWO_MIB, PGPROT_KERNEL_RO), 0);
		CHECK(qy_pgtable_walk(pt, TWO_MIB, &entry));
		CHECK_EQ(entry.bytes, TWO_MIB);
		CHECK_EQ(entry.prot, PGPROT_KERNEL_RO | PGPROT_BLOCKS);
		/* no table for it: the block is as it was */
		mem.fail_at = 0;
		CHECK_EQ(qy_pgtable_unmap(pt, TWO_MIB + 4096, 4096), -QY_ENOMEM);
		mem.fail_at = NO_FAULT;
		CHECK(qy_pgtable_walk(pt, TWO_MIB + 4096, &entry));
		CHECK_EQ(qy_pgtable_unmap(pt, TWO_MIB + 4096, 4096), 0);
		CHECK(!qy_pgtable_walk(pt, TWO_MIB + 4096, &entry));
		CHECK(qy_pgtable_walk(pt, TWO_MIB + 8192, &entry));
		end(&mem);
	}
}

TEST(pgtable, an_arm64_block_is_gone_from_the_tlb_before_pages_take_its_place)
{
	static struct memory mem;

	for (unsigned int format = 0; format < NR_PGTABLE_FORMATS; format++) {
		struct pgtable *pt = fresh(&mem, format, false);

		CHECK_EQ(qy_pgtable_map(pt, 0, 0, TWO_MIB, PGPROT_BLOCKS), 0);
		mem.watch = 0x100000;
		mem.nr_flushes = 0;
		/* the first flush is of the block: x86 may find the pages already, arm64 must find a hole */
		CHECK_EQ(qy_pgtable_unmap(pt, 0, 0), -QY_EINVAL);
		CHECK_EQ(mem.nr_flushes, 0);
		CHECK_EQ(qy_pgtable_unmap(pt, 0x1ff000, 4096), 0);
		CHECK_EQ(mem.nr_flushes, 2);
		CHECK_EQ(mem.flushed_from, 0x1ff000);
		CHECK_EQ(mem.flushed_bytes, 4096);
		CHECK_EQ(mem.watch_was_mapped[0], format == PGTABLE_X86_64);
		CHECK(mem.watch_was_mapped[1]);
		end(&mem);
	}
}

TEST(pgtable, empty_tables_are_flushed_and_freed_unless_they_are_kept)
{
	static struct memory mem;
	struct pgtable *pt = fresh(&mem, PGTABLE_ARM64, false);

	CHECK_EQ(qy_pgtable_map(pt, 0, 0, 4096, 0), 0);
	CHECK_EQ(qy_pgtable_map(pt, TWO_MIB, 0, 4096, 0), 0);
	CHECK_EQ(qy_pgtable_map(pt, 1ull << 30, 0, 4096, 0), 0);
	CHECK_EQ(mem.nr_used, 7);
	CHECK_EQ(qy_pgtable_unmap(pt, TWO_MIB, 4096), 0);
	CHECK_EQ(mem.nr_used, 6);
	CHECK_EQ(qy_pgtable_unmap(pt, 1ull << 30, 4096), 0);
	CHECK_EQ(mem.nr_used, 4);
	CHECK_EQ(qy_pgtable_unmap(pt, 0, PGTABLE_ALL), 0);
	CHECK_EQ(mem.nr_used, 1);
	CHECK_EQ(mem.freed_unflushed, 0);
	end(&mem);
	pt = fresh(&mem, PGTABLE_ARM64, true);
	CHECK_EQ(qy_pgtable_map(pt, 0, 0, 4096, 0), 0);
	CHECK_EQ(qy_pgtable_unmap(pt, 0, PGTABLE_ALL), 0);
	CHECK_EQ(mem.nr_used, 4);
	end(&mem);
}

TEST(pgtable, validate_finds_a_lost_table_and_a_bit_that_may_not_be)
{
	static struct memory mem;
	struct pgtable *pt = fresh(&mem, PGTABLE_X86_64, false);
	char why[128];

	CHECK_EQ(qy_pgtable_map(pt, 0, 0x7000, 4096, 0), 0);
	check_valid(pt);
	pt->nr_tables++;
	CHECK(!qy_pgtable_validate(pt, why, sizeof(why)));
	CHECK_STR_EQ(why, "page table: 5 tables are counted, 4 are there");
	pt->nr_tables--;
	for (unsigned int i = 0; i < NR_TABLES; i++)
		if (mem.used[i] && mem.table[i][0] >> 12 == (0x8000000000007000 >> 12))
			mem.table[i][0] ^= 1ull << 9;
	CHECK(!qy_pgtable_validate(pt, why, sizeof(why)));
	CHECK_STR_EQ(why, "page table: an entry or an empty table that may not be");
}

/* ------------------------------------------------------------------ against an array */

#define MODEL_PAGES 4096u /* two blocks below an edge of a gigabyte, six above */
#define MODEL_BASE  ((1ull << 30) - 2 * TWO_MIB)

struct model {
	uint64_t phys[MODEL_PAGES]; /* + 1; 0: none */
	uint32_t prot[MODEL_PAGES];
};

static void compare(const struct pgtable *pt, const struct model *model)
{
	for (uint64_t page = 0; page < MODEL_PAGES; page++) {
		struct pgtable_entry entry;
		bool mapped = qy_pgtable_walk(pt, MODEL_BASE + page * 4096, &entry);

		CHECK_EQ(mapped, model->phys[page] != 0);
		if (!mapped)
			continue;
		CHECK_EQ(entry.phys, model->phys[page] - 1);
		CHECK_EQ(entry.prot & ~PGPROT_BLOCKS, model->prot[page]);
	}
}

static void one_step(struct pgtable *pt, struct model *model, struct rig_random *random)
{
	uint64_t first = rig_below(random, MODEL_PAGES), nr, phys;
	uint32_t prot = rig_below(random, 2) ? PGPROT_KERNEL : PGPROT_KERNEL_RO;
	bool blocks = rig_below(random, 2), busy = false;

	nr = 1 + rig_below(random, rig_below(random, 4) ? 40 : 1200);
	if (blocks)
		first &= ~511ull;
	nr = min(nr, MODEL_PAGES - first);
	phys = (uint64_t)rig_below(random, 1 << 20) << 12;
	if (blocks)
		phys &= ~(TWO_MIB - 1);
	for (uint64_t i = first; i < first + nr; i++)
		busy |= model->phys[i] != 0;
	switch (rig_below(random, 3)) {
	case 0:
		CHECK_EQ(qy_pgtable_map(pt, MODEL_BASE + first * 4096, phys, nr * 4096,
				 prot | (blocks ? PGPROT_BLOCKS : 0)),
			busy ? -QY_EBUSY : 0);
		for (uint64_t i = 0; i < nr && !busy; i++) {
			model->phys[first + i] = phys + i * 4096 + 1;
			model->prot[first + i] = prot;
		}
		break;
	case 1:
		CHECK_EQ(qy_pgtable_unmap(pt, MODEL_BASE + first * 4096, nr * 4096), 0);
		for (uint64_t i = first; i < first + nr; i++)
			model->phys[i] = 0;
		break;
	default:
		CHECK_EQ(qy_pgtable_protect(
				 pt, MODEL_BASE + first * 4096, nr * 4096, prot),
			0);
		for (uint64_t i = first; i < first + nr; i++)
			model->prot[i] = prot;
	}
}

TEST(pgtable_model, agrees_with_an_array_after_random_ranges)
{
	static struct memory mem;
	static struct model model;
	struct rig_random random = { qy_test_seed() };
	unsigned long nr = qy_test_scale(1500);

	for (unsigned int format = 0; format < NR_PGTABLE_FORMATS; format++) {
		struct pgtable *pt = fresh(&mem, format, false);

		memset(&model, 0, sizeof(model));
		for (unsigned long i = 0; i < nr; i++) {
			one_step(pt, &model, &random);
			if (i % 16)
				continue;
			compare(pt, &model);
			check_valid(pt);
		}
		compare(pt, &model);
		CHECK_EQ(qy_pgtable_unmap(pt, MODEL_BASE, (uint64_t)MODEL_PAGES * 4096),
			0);
		CHECK_EQ(mem.nr_used, 1);
		end(&mem);
	}
}
