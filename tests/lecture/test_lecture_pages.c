// SPDX-License-Identifier: MIT
/*
 * What a lecture on Linux memory says of the page allocator, as tests. Where the lecture simplifies, the comment above a
 * test says what a real kernel (and so this machine) does.
 *
 * No state.
 */
#include "tests/model/rig.h"

/* ------------------------------------------------------------------ orders */

/*
 * "Eleven free lists, orders 0 to 10": right for 4 KiB pages. The largest order is called MAX_PAGE_ORDER since 6.8, and
 * each order has one list per migratetype, so a zone has 66.
 */
TEST(lecture, there_are_eleven_orders_from_4_kib_to_4_mib)
{
	static struct rig rig;
	size_t size = 4096;

	CHECK_EQ(QY_MAX_PAGE_ORDER, 10);
	CHECK_EQ(QY_NR_PAGE_ORDERS, 11);
	CHECK_EQ(QY_NR_PAGE_ORDERS * QY_MIGRATE_TYPES, 66);
	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++, size *= 2) {
		char *block = qy_get_free_pages(rig.m, QY_GFP_KERNEL, order);
		uint64_t phys = qy_virt_to_phys(rig.m, block);

		CHECK_EQ(size, (size_t)QY_PAGE_SIZE << order);
		CHECK_EQ(phys % size, 0); /* aligned to its size */
		/* contiguous to the CPU and to a device: virtual and physical run together */
		for (size_t at = 0; at < size; at += QY_PAGE_SIZE)
			CHECK_EQ(qy_virt_to_phys(rig.m, block + at), phys + at);
		memset(block, 0xff, size);
		qy_free_pages_addr(rig.m, block, order);
	}
	CHECK_EQ(size >> 1, MIB(4));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 11));
	rig_down(&rig);
}

static struct qy_zone_stats normal(struct rig *rig)
{
	return rig_zone(rig->m, 0, QY_ZONE_NORMAL);
}

/*
 *  before   order 10: [ 0 ............................ 1023 ]
 *  after    order  9: [ handed out ][ free, on the list     ]
 *
 * "One half is returned, the other goes to the order-9 list": right, and the half returned is the lower one. (A kernel
 * with huge pages keeps order-9 blocks on per-CPU lists too, so there two may leave the zone at once: this board has none.)
 */
TEST(lecture, a_block_of_order_10_is_split_for_a_request_of_order_9)
{
	static struct rig rig;
	struct qy_zone_stats before, after;
	struct page *page;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	before = normal(&rig);
	CHECK_EQ(rig_nr_free(&before, 9), 0);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9);
	after = normal(&rig);
	CHECK_EQ(qy_page_to_pfn(rig.m, page) % 1024, 0); /* the lower half */
	CHECK_EQ(rig_nr_free(&after, 10), rig_nr_free(&before, 10) - 1);
	CHECK_EQ(rig_nr_free(&after, 9), 1);
	/* "buddies merge when both are free" */
	qy_free_pages(rig.m, page, 9);
	after = normal(&rig);
	CHECK_EQ(rig_nr_free(&after, 10), rig_nr_free(&before, 10));
	CHECK_EQ(rig_nr_free(&after, 9), 0);
	rig_down(&rig);
}

/* The buddy of a block is found by flipping one bit of its page number. */
TEST(lecture, the_second_half_of_a_split_block_is_the_buddy_of_the_first)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	for (unsigned int order = 4; order < QY_MAX_PAGE_ORDER; order++) {
		struct page *first = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);
		struct page *second = qy_alloc_pages(rig.m, QY_GFP_KERNEL, order);

		CHECK_EQ(qy_page_to_pfn(rig.m, second),
			qy_page_to_pfn(rig.m, first) ^ 1u << order);
		qy_free_pages(rig.m, first, order);
		qy_free_pages(rig.m, second, order);
	}
	rig_down(&rig);
}

/*
 * "A freed page goes back to its free list": after a while. A single page first lies on the list of its CPU, where
 * /proc/buddyinfo does not see it; a drain, or enough other frees, brings it home.
 */
TEST(lecture, a_freed_page_comes_home_when_its_cpu_is_drained)
{
	static struct rig rig;
	char *page, now[512], before[512];

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	page = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(qy_proc_read(rig.m, "/proc/buddyinfo", before, sizeof(before)) > 0);
	qy_free_pages_addr(rig.m, page, 0);
	CHECK(qy_proc_read(rig.m, "/proc/buddyinfo", now, sizeof(now)) > 0);
	CHECK_STR_EQ(now, before);
	qy_drain_all_pages(rig.m);
	CHECK(qy_proc_read(rig.m, "/proc/buddyinfo", now, sizeof(now)) > 0);
	CHECK_STR_EQ(now,
		"Node 0, zone   Normal      0      0      0      0      0      0      0      0      0      0     16 \n");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ zones */

/*
 * "ZONE_DMA32 is 0 to 4 GB, ZONE_NORMAL is 4 GB and up": zones do not overlap. DMA is [0, 16 MiB), DMA32 is
 * [16 MiB, 4 GiB), Normal the rest; what is cumulative is who may use them: a DMA32 request may be served from DMA.
 */
TEST(lecture, the_zones_of_a_pc_follow_one_another)
{
	static struct rig rig;
	struct qy_zone_stats dma, dma32, high;

	rig_x86(&rig, GIB(3), GIB(5), 2);
	rig_boot(&rig);
	dma = rig_zone(rig.m, 0, QY_ZONE_DMA);
	dma32 = rig_zone(rig.m, 0, QY_ZONE_DMA32);
	high = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK_STR_EQ(dma.name, "DMA");
	CHECK_STR_EQ(dma32.name, "DMA32");
	CHECK_STR_EQ(high.name, "Normal");
	CHECK_EQ(dma.start_pfn, 1); /* page 0 is never used */
	CHECK_EQ(dma.start_pfn + dma.spanned_pages, MIB(16) >> 12);
	CHECK_EQ(dma32.start_pfn, MIB(16) >> 12);
	CHECK_EQ(dma32.start_pfn + dma32.spanned_pages,
		GIB(4) >> 12); /* with the hole of devices */
	CHECK_EQ(dma32.present_pages, (GIB(3) - MIB(16)) >> 12);
	CHECK_EQ(high.start_pfn, GIB(4) >> 12);
	CHECK_EQ(high.present_pages, GIB(5) >> 12);
	rig_down(&rig);
}

/* "GFP_DMA32 must come from ZONE_DMA32": it prefers it; DMA helps out. Never above 4 GiB, and that is the point. */
TEST(lecture, a_dma32_request_never_sees_memory_above_4_gib)
{
	static struct rig rig;
	static struct page *pages[20000];
	unsigned int from_dma = 0;
	size_t nr;

	rig_x86(&rig, MIB(48), MIB(64), 1);
	rig_boot(&rig);
	nr = rig_exhaust(
		rig.m, QY_GFP_KERNEL | QY_GFP_DMA32, 0, pages, ARRAY_SIZE(pages));
	for (size_t i = 0; i < nr; i++) {
		CHECK(qy_page_to_phys(rig.m, pages[i]) < GIB(4));
		from_dma += strcmp(qy_page_zone_name(rig.m, pages[i]), "DMA") == 0;
	}
	CHECK(from_dma > 100);
	CHECK(rig_zone(rig.m, 0, QY_ZONE_NORMAL).free_pages > 16000);
	rig_down(&rig);
}

/*
 * "GFP_KERNEL uses ZONE_NORMAL, 4 GB+": it prefers Normal and falls back. A PC with 4 GiB or less has no Normal zone at
 * all: there the kernel lives in DMA32.
 */
TEST(lecture, on_a_small_pc_the_kernel_lives_in_dma32)
{
	static struct rig rig;

	rig_x86(&rig, MIB(512), 0, 1);
	rig_boot(&rig);
	CHECK_EQ(normal(&rig).present_pages, 0);
	CHECK_STR_EQ(qy_page_zone_name(rig.m, qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0)),
		"DMA32");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ flags */

/* The values are printed in reports (mode:0xcc0), so they are those of 6.12. */
TEST(lecture, the_flag_table)
{
	CHECK_EQ(QY_GFP_KERNEL, 0xcc0);
	CHECK_EQ(QY_GFP_ATOMIC, 0x820);
	CHECK_EQ(QY_GFP_NOWAIT, 0x2800);
	CHECK_EQ(QY_GFP_NOIO, 0xc00);
	CHECK_EQ(QY_GFP_NOFS, 0xc40);
	CHECK_EQ(QY_GFP_USER, 0x100cc0);
	CHECK_EQ(QY_GFP_HIGHUSER, 0x100cc2);
	CHECK_EQ(QY_GFP_HIGHUSER_MOVABLE, 0x100cca);
	CHECK_EQ(QY_GFP_KERNEL_ACCOUNT, 0x400cc0);
	CHECK_EQ(QY_GFP_DMA, 0x1);
	CHECK_EQ(QY_GFP_DMA32, 0x4);
	CHECK_EQ(QY___GFP_ZERO, 0x100);
	CHECK_EQ(QY___GFP_NOWARN, 0x2000);
	CHECK_EQ(QY___GFP_RETRY_MAYFAIL, 0x4000);
	CHECK_EQ(QY___GFP_NOFAIL, 0x8000);
	CHECK_EQ(QY___GFP_NORETRY, 0x10000);
	CHECK_EQ(QY___GFP_COMP, 0x40000);
}

/* "GFP_KERNEL may sleep, GFP_ATOMIC may not": a kernel with DEBUG_ATOMIC_SLEEP says so, and this machine always does. */
TEST(lecture, gfp_kernel_under_a_spinlock_is_a_bug_and_gfp_atomic_is_not)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	qy_irq_disable();
	CHECK(qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 0));
	CHECK(qy_alloc_pages(rig.m, QY_GFP_NOWAIT, 0));
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0));
	CHECK_EQ(
		rig_log_count(&rig, "BUG: sleeping function called from invalid context"),
		1);
	qy_irq_enable();
	rig_down(&rig);
}

/*
 * "GFP_ATOMIC has an emergency reserve": 5/8 of the min watermark, and then it fails as well; nothing is guaranteed.
 */
TEST(lecture, an_atomic_request_lives_on_the_reserve_for_a_while)
{
	static struct rig rig;
	static struct page *pages[20000];
	size_t for_all, for_atomic;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	for_all = rig_exhaust(rig.m, QY_GFP_KERNEL, 4, pages, ARRAY_SIZE(pages));
	for_atomic =
		rig_exhaust(rig.m, QY_GFP_ATOMIC, 4, pages, ARRAY_SIZE(pages) - for_all);
	CHECK(for_atomic > 0);
	/* in blocks of 16 pages, and within one of them */
	CHECK(for_atomic <= normal(&rig).watermark[0] * 5 / 8 / 16 + 1);
	CHECK(for_atomic + 1 >= normal(&rig).watermark[0] * 5 / 8 / 16);
	CHECK(normal(&rig).free_pages > 0);
	rig_down(&rig);
}

/* "__GFP_NOWARN suppresses the OOM warning": it suppresses the report of a failed allocation. */
TEST(lecture, a_failed_allocation_is_reported_unless_nowarn)
{
	static struct rig rig;
	static struct page *pages[64];

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	rig_exhaust(rig.m, QY_GFP_KERNEL, 9, pages, ARRAY_SIZE(pages));
	CHECK_EQ(rig_log_count(&rig, "page allocation failure"), 0);
	/* "fails with -ENOMEM": the function returns NULL; -ENOMEM is what the driver makes of it */
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9));
	CHECK_EQ(
		rig_log_count(&rig,
			"test: page allocation failure: order:9, mode:0xcc0(GFP_KERNEL)"),
		1);
	rig_down(&rig);
}

/* "Objects are freed without zeroing": so a page keeps its last owner's bytes until somebody asks for zeroes. */
TEST(lecture, get_zeroed_page_is_zeroed_when_it_is_allocated)
{
	static struct rig rig;
	unsigned char *page, *again;

	rig_one_zone(&rig, MIB(16), 1);
	rig_boot(&rig);
	page = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	memset(page, 0x5a, QY_PAGE_SIZE);
	qy_free_pages_addr(rig.m, page, 0);
	again = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(again == page && again[100] == 0x5a);
	qy_free_pages_addr(rig.m, again, 0);
	again = qy_get_zeroed_page(rig.m, QY_GFP_KERNEL);
	CHECK(again == page);
	for (size_t i = 0; i < QY_PAGE_SIZE; i++)
		CHECK_EQ(again[i], 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ fragmentation */

/*
 *  64 MiB, every second page in use:  #.#.#.#.#.#.#.#.    half the memory is free, and no two free pages touch
 *
 * "Plenty of memory is free and yet an order-9 request fails": the fragmentation index says why. (drop_caches would free
 * more single pages; it does not move any.)
 */
TEST(lecture, an_order_9_request_fails_with_plenty_of_memory_free)
{
	static struct rig rig;
	static struct page *pages[16384];
	struct qy_zone_stats z;
	char buddyinfo[512];
	size_t nr;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, pages, ARRAY_SIZE(pages));
	for (size_t i = 0; i < nr; i++)
		if (qy_page_to_pfn(rig.m, pages[i]) & 1) {
			qy_free_pages(rig.m, pages[i], 0);
			pages[i] = NULL;
		}
	qy_drain_all_pages(rig.m);
	z = normal(&rig);
	CHECK(z.free_pages >
		15 * 512); /* thirty megabytes, fifteen times what is asked for */
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 9));
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0));
	z = normal(&rig);
	CHECK(qy_fragmentation_index(&z, 9) >
		900); /* towards 1000: fragmentation, not lack */
	CHECK(qy_unusable_index(&z, 9) == 1000);        /* nothing of it is of use */
	CHECK_EQ(qy_fragmentation_index(&z, 0), -1000); /* a page would be had */
	CHECK(qy_proc_read(rig.m, "/proc/buddyinfo", buddyinfo, sizeof(buddyinfo)) > 0);
	CHECK(strstr(buddyinfo, "      0      0 \n")); /* nothing of order 9 or 10 */
	/* freeing the others joins everything again */
	for (size_t i = 0; i < nr; i++)
		if (pages[i])
			qy_free_pages(rig.m, pages[i], 0);
	qy_drain_all_pages(rig.m);
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 9));
	rig_down(&rig);
}

/* "__GFP_COMP makes one page of many": the tails know their head, and the last put frees them all. */
TEST(lecture, a_huge_page_is_a_compound_block_of_order_9)
{
	static struct rig rig;
	struct page *page;
	uint64_t before;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	before = rig_free_frames(rig.m);
	page = qy_alloc_pages(rig.m, QY_GFP_TRANSHUGE_LIGHT, 9);
	CHECK(qy_page_compound(rig.m, page));
	CHECK_EQ(qy_compound_order(rig.m, page), 9);
	CHECK(qy_compound_head(rig.m, page + 511) == page);
	qy_put_page(rig.m, page + 511);
	CHECK_EQ(rig_free_frames(rig.m), before);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the knobs */

/*
 * "min_free_kbytes is where kswapd wakes": it sets the min watermark, where a request begins to reclaim by itself.
 * kswapd wakes at low = min + max(min / 4, 0.1 %) and stops at high.
 */
TEST(lecture, min_free_kbytes_sets_the_min_watermark)
{
	static struct rig rig;
	struct qy_zone_stats z;

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/min_free_kbytes", "4096\n"), 0);
	z = normal(&rig);
	CHECK_EQ(z.watermark[0], 1024);
	CHECK_EQ(z.watermark[1], 1024 + 256);
	CHECK_EQ(z.watermark[2], 1024 + 512);
	rig_down(&rig);
}
