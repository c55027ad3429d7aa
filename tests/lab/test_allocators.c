// SPDX-License-Identifier: MIT
/*
 * `quarry explain allocators`: the table of a board is what its machine answers. No state.
 */
#include "lab/allocators.h"

#include <stdlib.h>
#include <string.h>
#include <quarry/slab.h>

#include "tests/runner/test.h"

enum { ALLOC_PAGES, CACHE, KMALLOC, VMALLOC, KVMALLOC, COHERENT };

static struct qy_allocators measured(
	const char *tree, const char *memory, const char *append)
{
	struct qy_board_opts opts = { .dtb = tree, .memory = memory, .append = append };
	struct qy_allocators a;
	struct qy_err err;
	struct qy_loaded_board *board = qy_board_load(&opts, &err);

	if (!board)
		FAIL("%s", err.text);
	if (qy_allocators_measure(board, &a, &err))
		FAIL("%s", err.text);
	qy_board_free(board);
	return a;
}

#define ARM64 QY_SOURCE_DIR "/boards/qemu-virt-8g.dts"
#define PC    QY_SOURCE_DIR "/boards/x86_64-1g.dts"

TEST(allocators, each_row_is_what_its_door_answers)
{
	struct qy_allocators a = measured(ARM64, "512M", "cma=16M");

	CHECK_STR_EQ(a.row[COHERENT].name, "dma_alloc_coherent");
	for (unsigned int i = ALLOC_PAGES; i <= KMALLOC; i++) {
		CHECK(a.row[i].linear && a.row[i].sleeps);
		CHECK_EQ(a.row[i].task.to, QY_KMALLOC_MAX_SIZE);
		CHECK_EQ(a.row[i].atomic.to, QY_KMALLOC_MAX_SIZE);
		CHECK(!a.row[i].task.or_more);
	}
	CHECK_EQ(a.row[ALLOC_PAGES].task.from, 4096);
	CHECK_EQ(a.row[KMALLOC].task.from, 8);
	CHECK(!a.row[VMALLOC].linear && !a.row[VMALLOC].linear_when_small);
	CHECK(a.row[VMALLOC].sleeps && a.row[VMALLOC].task.or_more);
	CHECK_EQ(a.row[VMALLOC].atomic.to, 0);
	/* never of vmalloc where one may not sleep */
	CHECK(!a.row[KVMALLOC].linear && a.row[KVMALLOC].linear_when_small);
	CHECK_EQ(a.row[KVMALLOC].atomic.to, QY_KMALLOC_MAX_SIZE);
	/* the area, less what the pool for who may not sleep has of it */
	CHECK(a.row[COHERENT].linear);
	CHECK(a.row[COHERENT].task.to < 16 << 20 && a.row[COHERENT].task.to >= 15 << 20);
	CHECK(a.row[COHERENT].atomic.to && a.row[COHERENT].atomic.to <= 128 << 10);
	CHECK_EQ(a.area_bytes, 16 << 20);
	CHECK_EQ(a.guard_bytes, 4096);
	CHECK_EQ(a.nr_kmalloc_classes, 13);
	CHECK_EQ(a.kmalloc_class[4], 96);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		CHECK_EQ(a.block_bytes[order], 4096u << order);
}

TEST(allocators, a_smaller_board_has_smaller_numbers)
{
	struct qy_allocators a = measured(PC, "24M", NULL);

	CHECK(!a.row[VMALLOC].task.or_more);
	CHECK(a.row[VMALLOC].task.to > 1 << 20 && a.row[VMALLOC].task.to < 16 << 20);
	CHECK_STR_EQ(a.area, "");
}

TEST(allocators, text_and_json_have_every_row)
{
	struct qy_allocators a = measured(PC, "64M", NULL);
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	/* a device of a PC sees the cache: no pool, but blocks of the page allocator */
	CHECK_STR_EQ(a.devices, "coherent");
	CHECK_EQ(a.row[COHERENT].atomic.to, a.row[ALLOC_PAGES].atomic.to);
	CHECK(out != NULL);
	qy_allocators_print(out, &a);
	CHECK_EQ(qy_allocators_json(out, &a), 0);
	CHECK_EQ(fclose(out), 0);
	for (unsigned int i = 0; i < QY_NR_ALLOCATORS; i++) {
		char row[64];

		snprintf(row, sizeof(row), "\n%-19s ", a.row[i].name);
		CHECK(strstr(text, row) != NULL);
		snprintf(row, sizeof(row), "\"name\": \"%s\"", a.row[i].name);
		CHECK(strstr(text, row) != NULL);
	}
	CHECK(strstr(text, "\nCMA       none: cma=SIZE") != NULL);
	CHECK(strstr(text, "\"cma\": null") != NULL);
	free(text);
}
