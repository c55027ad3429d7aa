// SPDX-License-Identifier: MIT
/*
 * What does the DMA API add to what stands under it?
 *
 *   16 MiB of a CMA area, half of it borrowed   dma_alloc_coherent against the bare cma_alloc, and with its zeroing
 *   one page mapped and unmapped                direct, behind an IOMMU, bounced; an IOVA alone; a copy of 4 KiB
 *   one block of 64 bytes                       dma_pool against a plain pool of fixed blocks
 *
 * Medians of interleaved repetitions; CPU time of this thread. No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "mm/dma/iova.h"
#include <quarry/cma.h>
#include <quarry/dma.h>
#include <quarry/hosted.h>
#include <quarry/movable.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB(n)         ((uint64_t)(n) << 20)
#define BUFFER         MIB(16)
#define HALF           (BUFFER / 2 >> QY_PAGE_SHIFT)
#define ROUNDS         20000
#define COPY_ROUNDS    5000
#define BLOCK_BYTES    64
#define BLOCKS_AT_ONCE 32

struct bench {
	struct qy_machine *m;
	struct qy_dma_dev direct, behind, bounced;
	struct iova_space space;
	struct qy_dma_pool *pool;
	struct page *page;
	struct qy_handle handle[HALF];
	char *copy;
	struct plain *plain;
};

/* The simplest pool of blocks that a driver would write: one lock, one list. */
struct plain {
	uint32_t locked;
	struct plain_block {
		struct plain_block *next;
		uint64_t dma;
	} * free;
};

static void die(const char *what)
{
	fprintf(stderr, "bench_dma: %s\n", what);
	exit(1);
}

/* ------------------------------------------------------------------ a board */

static const struct qy_board_iommu iommu = { .name = "iommu" };
static const struct qy_board_device direct_desc = { .name = "direct", .coherent = true };
static const struct qy_board_device behind_desc = {
	.name = "behind", .coherent = true, .iommu = &iommu
};

static void boot(struct bench *b)
{
	static struct qy_bank bank[2] = { { .base = 1ull << 30, .size = MIB(256) },
		{ .base = 4ull << 30, .size = MIB(64) } };
	static struct qy_board board;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	memset(&board.kernel, 0, sizeof(board.kernel));
	board.thp = false;
	board.banks = bank;
	board.nr_banks = 2;
	board.nr_cpus = 2;
	board.cma = (struct qy_cma_request){
		.given = true, .size = BUFFER, .base = bank[0].base
	};
	b->m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!b->m)
		die(why);
	qy_enter(b->m);
	if (qy_dma_dev_init(b->m, &b->direct, &direct_desc) ||
		qy_dma_dev_init(b->m, &b->behind, &behind_desc) ||
		qy_dma_dev_init(b->m, &b->bounced, &direct_desc) ||
		qy_iova_init(&b->space, b->m, 1ull << 36))
		die("no device");
	qy_dma_set_mask_and_coherent(&b->direct, ~0ull);
	b->pool = qy_dma_pool_create("bench", &b->direct, BLOCK_BYTES, BLOCK_BYTES, 0);
	b->page = qy_alloc_pages(b->m, QY_GFP_KERNEL, 0);
	if (!b->pool || !b->page || qy_page_to_phys(b->m, b->page) < 4ull << 30)
		die("no page that has to be bounced");
	b->copy = qy_get_free_pages(b->m, QY_GFP_KERNEL, 0);
}

/* ------------------------------------------------------------------ a buffer */

/* Half of the area is single movable pages. */
static void borrow(struct bench *b)
{
	for (uint32_t i = 0; i < HALF; i++) {
		uint64_t pfn = (1ull << 30 >> QY_PAGE_SHIFT) + 2 * i;

		if (qy_alloc_contig_range(b->m, pfn, pfn + 1, true, QY_GFP_KERNEL, NULL))
			die("no page of the area");
		qy_handle_adopt(
			b->m, &b->handle[i], qy_pfn_to_page(b->m, pfn), "borrower", 0);
	}
}

static void unborrow(struct bench *b)
{
	for (uint32_t i = 0; i < HALF; i++)
		qy_free_pages(b->m, qy_handle_release(b->m, &b->handle[i]), 0);
	qy_drain_all_pages(b->m);
}

enum buffer_row {
	CMA_ALONE,
	DMA_UNCLEARED, /* DMA_ATTR_NO_KERNEL_MAPPING: as cma_alloc, not zeroed */
	DMA_COHERENT,
	CLEARING, /* memset() of as much */
	NR_BUFFER_ROWS,
};

static double one_buffer(struct bench *b, enum buffer_row row)
{
	unsigned long attrs = row == DMA_UNCLEARED ? QY_DMA_ATTR_NO_KERNEL_MAPPING : 0;
	struct page *page = NULL;
	void *cpu = NULL;
	uint64_t dma = 0;
	double begin, end;

	if (row != CLEARING)
		borrow(b);
	else
		page = qy_cma_alloc(b->m, 0, BUFFER >> QY_PAGE_SHIFT, 8, true, NULL);
	begin = bench_clocks_now().cpu;
	if (row == CMA_ALONE)
		page = qy_cma_alloc(b->m, 0, BUFFER >> QY_PAGE_SHIFT, 8, true, NULL);
	else if (row == CLEARING)
		memset(qy_page_address(b->m, page), 0, BUFFER);
	else
		cpu = qy_dma_alloc_attrs(&b->direct, BUFFER, &dma, QY_GFP_KERNEL, attrs);
	end = bench_clocks_now().cpu;
	if (!page && !cpu)
		die("no buffer");
	if (page)
		qy_cma_release(b->m, 0, page, BUFFER >> QY_PAGE_SHIFT);
	else
		qy_dma_free_attrs(&b->direct, BUFFER, cpu, dma, attrs);
	if (row != CLEARING)
		unborrow(b);
	return (end - begin) / 1e6;
}

/* ------------------------------------------------------------------ a page */

enum page_row {
	MAP_DIRECT,
	MAP_IOMMU,
	IOVA_MAGAZINE,
	IOVA_TREE,
	MAP_BOUNCED,
	COPY,
	POOL,
	PLAIN_POOL,
	NR_PAGE_ROWS,
};

static const char *const page_name[NR_PAGE_ROWS] = {
	[MAP_DIRECT] = "map + unmap, direct",
	[MAP_IOMMU] = "map + unmap, IOMMU",
	[IOVA_MAGAZINE] = "  its address, by magazine",
	[IOVA_TREE] = "  its address, by tree",
	[MAP_BOUNCED] = "map + unmap, bounced",
	[COPY] = "  two copies of 4 KiB",
	[POOL] = "dma_pool, 64 bytes",
	[PLAIN_POOL] = "plain pool, 64 bytes",
};

static void map_and_unmap(struct bench *b, struct qy_dma_dev *dev, unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		uint64_t dma =
			qy_dma_map_page(dev, b->page, 0, 4096, QY_DMA_BIDIRECTIONAL, 0);

		if (dma == QY_DMA_MAPPING_ERROR)
			die("no mapping");
		qy_dma_unmap_page(dev, dma, 4096, QY_DMA_BIDIRECTIONAL, 0);
	}
}

static void plain_lock(struct plain *plain)
{
	uint32_t expected = 0;

	while (!__atomic_compare_exchange_n(
		&plain->locked, &expected, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		expected = 0;
}

static noinline void *plain_alloc(struct plain *plain, uint64_t *dma)
{
	struct plain_block *block;

	plain_lock(plain);
	block = plain->free;
	plain->free = block->next;
	__atomic_store_n(&plain->locked, 0, __ATOMIC_RELEASE);
	*dma = block->dma;
	return block;
}

static noinline void plain_free(struct plain *plain, void *cpu, uint64_t dma)
{
	struct plain_block *block = cpu;

	plain_lock(plain);
	block->dma = dma;
	block->next = plain->free;
	plain->free = block;
	__atomic_store_n(&plain->locked, 0, __ATOMIC_RELEASE);
}

static void blocks(struct bench *b, bool plain)
{
	uint64_t dma[BLOCKS_AT_ONCE];
	void *cpu[BLOCKS_AT_ONCE];

	for (unsigned int i = 0; i < ROUNDS / BLOCKS_AT_ONCE; i++) {
		for (int k = 0; k < BLOCKS_AT_ONCE; k++)
			cpu[k] = plain ? plain_alloc(b->plain, &dma[k])
				       : qy_dma_pool_alloc(
						 b->pool, QY_GFP_KERNEL, &dma[k]);
		for (int k = 0; k < BLOCKS_AT_ONCE; k++) {
			if (plain)
				plain_free(b->plain, cpu[k], dma[k]);
			else
				qy_dma_pool_free(b->pool, cpu[k], dma[k]);
		}
	}
}

static void make_plain(struct bench *b)
{
	uint64_t dma;
	char *at = qy_dma_alloc_coherent(&b->direct, 4096, &dma, QY_GFP_KERNEL);

	b->plain = calloc(1, sizeof(*b->plain));
	for (unsigned int i = 0; at && b->plain && i < 4096; i += BLOCK_BYTES)
		plain_free(b->plain, at + i, dma + i);
}

static double one_page(struct bench *b, enum page_row row)
{
	unsigned int rounds = row == MAP_BOUNCED || row == COPY ? COPY_ROUNDS : ROUNDS;
	char *page = qy_page_address(b->m, b->page);
	double begin = bench_clocks_now().cpu;

	if (row == MAP_DIRECT)
		map_and_unmap(b, &b->direct, rounds);
	else if (row == MAP_IOMMU)
		map_and_unmap(b, &b->behind, rounds);
	else if (row == MAP_BOUNCED)
		map_and_unmap(b, &b->bounced, rounds);
	else if (row == POOL || row == PLAIN_POOL)
		blocks(b, row == PLAIN_POOL);
	for (unsigned int i = 0; row == IOVA_MAGAZINE && i < rounds; i++)
		qy_iova_free_fast(
			&b->space, qy_iova_alloc_fast(&b->space, 1, 1u << 20, true), 1);
	for (unsigned int i = 0; row == IOVA_TREE && i < rounds; i++)
		qy_iova_free(&b->space, qy_iova_alloc(&b->space, 1, 1u << 20));
	for (unsigned int i = 0; row == COPY && i < rounds; i++) {
		memcpy(b->copy, page, 4096);
		__asm__ volatile("" : : : "memory");
		memcpy(page, b->copy, 4096);
		__asm__ volatile("" : : : "memory");
	}
	return (bench_clocks_now().cpu - begin) / rounds;
}

/* ------------------------------------------------------------------ the table */

static void print(const struct bench_args *args, double buffer[NR_BUFFER_ROWS],
	double page[NR_PAGE_ROWS])
{
	if (args->json)
		printf("{\"schema\": 1, \"bench\": \"dma\", \"reps\": %u, \"cma_alloc_ms\": %.3f, \"uncleared_ms\": %.3f, \"coherent_ms\": %.3f, \"clearing_ms\": %.3f, \"rows\": [",
			args->reps, buffer[CMA_ALONE], buffer[DMA_UNCLEARED],
			buffer[DMA_COHERENT], buffer[CLEARING]);
	else
		printf("dma: 16 MiB of an area of 16 MiB, half of it borrowed: ms of CPU time, median of %u\n\n"
		       "  %-30s%10.3f\n  %-30s%10.3f  %.2fx of cma_alloc\n  %-30s%10.3f  %.2fx of cma_alloc and clearing\n  %-30s%10.3f\n\n"
		       "one page or block: ns of CPU time\n\n",
			args->reps, "cma_alloc", buffer[CMA_ALONE],
			"dma_alloc, not cleared", buffer[DMA_UNCLEARED],
			buffer[DMA_UNCLEARED] / buffer[CMA_ALONE], "dma_alloc_coherent",
			buffer[DMA_COHERENT],
			buffer[DMA_COHERENT] / (buffer[CMA_ALONE] + buffer[CLEARING]),
			"clearing alone", buffer[CLEARING]);
	for (unsigned int n = 0; n < NR_PAGE_ROWS; n++) {
		if (args->json)
			printf("%s\n  {\"row\": \"%s\", \"ns\": %.1f}", n ? "," : "",
				page_name[n], page[n]);
		else if (n == POOL)
			printf("  %-30s%10.1f  %.2fx of the plain pool\n", page_name[n],
				page[n], page[POOL] / page[PLAIN_POOL]);
		else if (n == MAP_BOUNCED)
			printf("  %-30s%10.1f  %.2fx of the copies\n", page_name[n],
				page[n], page[MAP_BOUNCED] / page[COPY]);
		else
			printf("  %-30s%10.1f\n", page_name[n], page[n]);
	}
	if (args->json)
		printf("]}\n");
}

int main(int argc, char **argv)
{
	static double buffer[NR_BUFFER_ROWS][BENCH_MAX_REPS];
	static double page[NR_PAGE_ROWS][BENCH_MAX_REPS];
	double buffer_median[NR_BUFFER_ROWS], page_median[NR_PAGE_ROWS];
	static struct bench b;
	struct bench_args args;
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	boot(&b);
	make_plain(&b);
	for (unsigned int r = 0; r < args.reps; r++) {
		for (unsigned int n = 0; n < NR_BUFFER_ROWS; n++)
			buffer[n][r] = one_buffer(&b, n);
		for (unsigned int n = 0; n < NR_PAGE_ROWS; n++)
			page[n][r] = one_page(&b, n);
	}
	for (unsigned int n = 0; n < NR_BUFFER_ROWS; n++)
		buffer_median[n] = bench_median(buffer[n], args.reps);
	for (unsigned int n = 0; n < NR_PAGE_ROWS; n++)
		page_median[n] = bench_median(page[n], args.reps);
	print(&args, buffer_median, page_median);
	qy_leave();
	qy_hosted_shutdown(b.m);
	return 0;
}
