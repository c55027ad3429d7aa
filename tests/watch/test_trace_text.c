// SPDX-License-Identifier: MIT
/*
 * Events read as tracefs prints them: lines of a recorded arm64 6.12, or of its print formats. Those of contiguous
 * allocations are compared line by line with recordings, see tests/conformance/test_contig_trace.c.
 *
 * No state.
 */
#include "tests/model/rig.h"

#include <quarry/trace.h>

static const struct {
	const char *text;
	struct qy_event event;
} lines[] = {
	{ "mm_page_alloc: page=ffffea0000001000 pfn=0x40 order=2 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO",
		{ .kind = QY_EVENT_MM_PAGE_ALLOC,
			.pfn = 0x40,
			.order = 2,
			.gfp = QY_GFP_KERNEL | QY___GFP_ZERO } },
	{ "mm_page_alloc: page=0000000000000000 pfn=0x0 order=9 migratetype=1 gfp_flags=GFP_NOWAIT",
		{ .kind = QY_EVENT_MM_PAGE_ALLOC,
			.pfn = ~0ull,
			.order = 9,
			.migratetype = 1,
			.gfp = QY_GFP_NOWAIT } },
	{ "mm_page_alloc_zone_locked: page=ffffea0000001000 pfn=0x40 order=0 migratetype=1 percpu_refill=1",
		{ .kind = QY_EVENT_MM_PAGE_ALLOC_ZONE_LOCKED,
			.pfn = 0x40,
			.migratetype = 1,
			.percpu_refill = true } },
	{ "mm_page_pcpu_drain: page=ffffea0000001000 pfn=0x40 order=3 migratetype=2",
		{ .kind = QY_EVENT_MM_PAGE_PCPU_DRAIN,
			.pfn = 0x40,
			.order = 3,
			.migratetype = 2 } },
	{ "mm_page_alloc_extfrag: page=ffffea0000001000 pfn=0x40 alloc_order=0 fallback_order=10 pageblock_order=9 alloc_migratetype=0 fallback_migratetype=1 fragmenting=0 change_ownership=1",
		{ .kind = QY_EVENT_MM_PAGE_ALLOC_EXTFRAG,
			.pfn = 0x40,
			.fallback_order = 10,
			.fallback_migratetype = 1,
			.change_ownership = true } },
	{ "cma_alloc_busy_retry: name=reserved pfn=0x40 page=ffffea0000001000 count=16 align=4",
		{ .kind = QY_EVENT_CMA_ALLOC_BUSY_RETRY,
			.pfn = 0x40,
			.name = "reserved",
			.count = 16,
			.align = 4 } },
	{ "cma_alloc_finish: name=reserved pfn=0xffffffffffffffff page=0000000000000000 count=16 align=4 errorno=-16",
		{ .kind = QY_EVENT_CMA_ALLOC_FINISH,
			.pfn = ~0ull,
			.name = "reserved",
			.count = 16,
			.align = 4,
			.error = -16 } },
	{ "test_pages_isolated: start_pfn=0x53270 end_pfn=0x53273 fin_pfn=0x53271 ret=fail",
		{ .kind = QY_EVENT_TEST_PAGES_ISOLATED,
			.start_pfn = 0x53270,
			.end_pfn = 0x53273,
			.pfn = 0x53271 } },
	{ "mm_migrate_pages_start: mode=MIGRATE_SYNC_LIGHT reason=longterm_pin",
		{ .kind = QY_EVENT_MM_MIGRATE_PAGES_START,
			.mode = QY_MIGRATE_SYNC_LIGHT,
			.reason = QY_MR_LONGTERM_PIN } },
	{ "mm_compaction_migratepages: nr_migrated=1 nr_failed=108",
		{ .kind = QY_EVENT_MM_COMPACTION_MIGRATEPAGES,
			.nr_migrated = 1,
			.nr_failed = 108 } },
	{ "mm_compaction_begin: zone_start=0x40000 migrate_pfn=0x40000 free_pfn=0xffe00 zone_end=0x100000, mode=sync",
		{ .kind = QY_EVENT_MM_COMPACTION_BEGIN,
			.start_pfn = 0x40000,
			.migrate_pfn = 0x40000,
			.free_pfn = 0xffe00,
			.end_pfn = 0x100000,
			.sync = true } },
	{ "mm_compaction_end: zone_start=0x40000 migrate_pfn=0x4b800 free_pfn=0x4b800 zone_end=0x60000, mode=sync status=complete",
		{ .kind = QY_EVENT_MM_COMPACTION_END,
			.start_pfn = 0x40000,
			.migrate_pfn = 0x4b800,
			.free_pfn = 0x4b800,
			.end_pfn = 0x60000,
			.sync = true,
			.result = QY_COMPACT_COMPLETE } },
	{ "mm_compaction_finished: node=0 zone=DMA      order=-1 ret=continue",
		{ .kind = QY_EVENT_MM_COMPACTION_FINISHED,
			.wanted_order = -1,
			.result = QY_COMPACT_CONTINUE } },
	{ "mm_compaction_suitable: node=0 zone=Normal   order=9 ret=not_suitable_zone",
		{ .kind = QY_EVENT_MM_COMPACTION_SUITABLE,
			.zone = QY_ZONE_NORMAL,
			.wanted_order = 9,
			.result = QY_COMPACT_NOT_SUITABLE_ZONE } },
	{ "mm_compaction_defer_compaction: node=1 zone=Movable  order=9 order_failed=3 consider=0 limit=64",
		{ .kind = QY_EVENT_MM_COMPACTION_DEFER_COMPACTION,
			.node = 1,
			.zone = QY_ZONE_MOVABLE,
			.wanted_order = 9,
			.order_failed = 3,
			.defer_shift = 6 } },
	{ "mm_compaction_try_to_compact_pages: order=4 gfp_mask=GFP_KERNEL priority=2",
		{ .kind = QY_EVENT_MM_COMPACTION_TRY_TO_COMPACT_PAGES,
			.order = 4,
			.gfp = QY_GFP_KERNEL,
			.priority = 2 } },
	{ "mm_compaction_wakeup_kcompactd: nid=0 order=3 classzone_idx=Normal  ",
		{ .kind = QY_EVENT_MM_COMPACTION_WAKEUP_KCOMPACTD,
			.wanted_order = 3,
			.zone = QY_ZONE_NORMAL } },
	{ "mm_compaction_kcompactd_sleep: nid=1",
		{ .kind = QY_EVENT_MM_COMPACTION_KCOMPACTD_SLEEP, .node = 1 } },
};

TEST(trace_text, an_event_reads_as_in_tracefs)
{
	struct rig rig;
	char text[320];

	rig_one_zone(&rig, 16ull << 20, 1);
	rig_boot(&rig);
	rig.board.arch = QY_ARCH_X86_64;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t length = qy_event_text(rig.m, &lines[i].event, text, sizeof(text));

		CHECK_STR_EQ(lines[i].text, text);
		CHECK_EQ(length, strlen(text));
	}
	/* cut, with its length told */
	CHECK_EQ(qy_event_text(rig.m, &lines[0].event, text, 8), strlen(lines[0].text));
	CHECK_STR_EQ("mm_page", text);
	rig_down(&rig);
}
