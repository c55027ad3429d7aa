// SPDX-License-Identifier: MIT
/*
 * Pools of small blocks: geometry, order, boundaries, busy pools, and what slab debugging finds.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/dma.h>
#include <quarry/slab.h>

static struct rig rig;
static struct qy_dma_dev dev;
static struct qy_board_device desc;

static void boot(const char *slab_debug)
{
	rig_x86(&rig, MIB(64), 0, 1);
	snprintf(rig.board.slab.debug, sizeof(rig.board.slab.debug), "%s", slab_debug);
	rig_boot(&rig);
	desc = (struct qy_board_device){ .name = "usb" };
	CHECK_EQ(qy_dma_dev_init(rig.m, &dev, &desc), 0);
}

static void down(void)
{
	rig_check_valid(rig.m, "work");
	qy_dma_dev_remove(&dev);
	rig_down(&rig);
}

TEST(dma_pool, what_linux_refuses_is_refused)
{
	static const struct {
		size_t size, align, boundary;
		bool ok;
	} cases[] = { { 0, 8, 0, false }, { 1, 0, 0, true }, { 64, 3, 0, false },
		{ 64, 8, 100, false }, { 512, 8, 256, false }, { 5000, 8, 0, true },
		{ (size_t)INT32_MAX + 1, 8, 0, false }, { 100, 4, 256, true } };

	boot("");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qy_dma_pool *pool = qy_dma_pool_create(
			"p", &dev, cases[i].size, cases[i].align, cases[i].boundary);

		CHECK_EQ(pool != NULL, cases[i].ok);
		qy_dma_pool_destroy(pool);
	}
	down();
}

/* 100 bytes, none across 256: | 0 100 | 256 356 | 512 612 | ... */
TEST(dma_pool, a_fresh_page_goes_upwards_and_no_block_crosses_the_boundary)
{
	static const uint64_t offsets[] = { 0, 100, 256, 356, 512, 612 };
	uint64_t dma[6];
	void *cpu[6];
	struct qy_dma_pool *pool;

	boot("");
	pool = qy_dma_pool_create("small", &dev, 100, 4, 256);
	for (int i = 0; i < 6; i++) {
		cpu[i] = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &dma[i]);
		CHECK_EQ(dma[i] - dma[0], offsets[i]);
		CHECK_EQ(qy_virt_to_phys(rig.m, cpu[i]), dma[i]);
	}
	for (int i = 0; i < 6; i++)
		qy_dma_pool_free(pool, cpu[i], dma[i]);
	qy_dma_pool_destroy(pool);
	down();
}

TEST(dma_pool, what_was_freed_last_is_given_first_and_zalloc_clears)
{
	uint64_t a, b, again;
	struct qy_dma_pool *pool;
	char text[256], *p, *q;

	boot("");
	pool = qy_dma_pool_create("ring", &dev, 32, 64, 0);
	p = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &a);
	q = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &b);
	CHECK_EQ(b - a, 64);
	memset(p, 0xff, 32);
	CHECK(qy_dma_pools_show(&dev, text, sizeof(text)) < sizeof(text));
	CHECK_STR_EQ(text, "poolinfo - 0.1\nring                2   64   64  1\n");
	qy_dma_pool_free(pool, q, b);
	qy_dma_pool_free(pool, p, a);
	p = qy_dma_pool_zalloc(pool, QY_GFP_KERNEL, &again);
	CHECK_EQ(again, a);
	for (int i = 0; i < 64; i++)
		CHECK_EQ(p[i], 0);
	qy_dma_pool_free(pool, p, again);
	qy_dma_pool_destroy(pool);
	down();
}

TEST(dma_pool, a_busy_pool_is_reported_and_its_memory_stays)
{
	struct qy_dma_pool *pool;
	uint64_t dma;
	char *p;

	boot("");
	pool = qy_dma_pool_create("orc_busy", &dev, 64, 8, 0);
	p = qy_dma_pool_zalloc(pool, QY_GFP_KERNEL, &dma);
	qy_dma_pool_destroy(pool);
	CHECK_EQ(rig_log_count(&rig, "<3>platform usb: dma_pool_destroy orc_busy busy"),
		1);
	p[0] = 1; /* still the driver's */
	CHECK_EQ(qy_page_ref_count(rig.m, qy_virt_to_page(rig.m, p)), 1);
	down();
}

TEST(dma_pool, managed_pools_go_with_the_device)
{
	struct qy_dma_pool *pool;

	boot("");
	CHECK(qy_dmam_pool_create("one", &dev, 64, 8, 0));
	pool = qy_dmam_pool_create("two", &dev, 64, 8, 0);
	qy_dmam_pool_destroy(pool);
	qy_dma_dev_release_managed(&dev);
	CHECK(!dev.pools);
	CHECK_EQ(rig_log_count(&rig, "WARNING"), 0);
	down();
}

TEST(dma_pool, slab_debugging_finds_a_second_free_a_foreign_block_and_a_late_write)
{
	struct qy_dma_pool *pool;
	uint64_t dma;
	char *p;

	boot("FZPU");
	pool = qy_dma_pool_create("deb", &dev, 64, 8, 0);
	p = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &dma);
	CHECK_EQ((unsigned char)p[20], 0xa9);
	qy_dma_pool_free(pool, p, dma + 0x100000);
	CHECK_EQ(rig_log_count(&rig, "(bad dma)"), 1);
	qy_dma_pool_free(pool, p + 64, dma);
	CHECK_EQ(rig_log_count(&rig, "(bad vaddr)"), 1);
	qy_dma_pool_free(pool, p, dma);
	qy_dma_pool_free(pool, p, dma);
	CHECK_EQ(rig_log_count(&rig, " already free"), 1);
	CHECK_EQ((unsigned char)p[20], 0xa7);
	p[20] = 1;
	p = qy_dma_pool_alloc(pool, QY_GFP_KERNEL, &dma);
	CHECK_EQ(rig_log_count(&rig, "(corrupted)"), 1);
	qy_dma_pool_free(pool, p, dma);
	qy_dma_pool_destroy(pool);
	down();
}
