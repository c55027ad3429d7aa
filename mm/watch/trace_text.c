// SPDX-License-Identifier: MIT
/*
 * Events as tracefs prints them.
 *
 *   qy_event_text
 *
 * No state.
 */
#include "mm/watch/internal.h"
#include <quarry/trace.h>

#define STRUCT_PAGE_BYTES 64
#define X86_64_VMEMMAP    0xffffea0000000000ull
#define ARM64_VMEMMAP     0xfffffdffc0000000ull
#define ARM64_LINEAR_ALIGN \
	(1ull << 30) /* where the linear map begins, below the first RAM */

static const char *const names[QY_NR_EVENTS] = {
	[QY_EVENT_MM_PAGE_ALLOC] = "mm_page_alloc",
	[QY_EVENT_MM_PAGE_FREE] = "mm_page_free",
	[QY_EVENT_MM_PAGE_ALLOC_EXTFRAG] = "mm_page_alloc_extfrag",
	[QY_EVENT_MM_PAGE_ALLOC_ZONE_LOCKED] = "mm_page_alloc_zone_locked",
	[QY_EVENT_MM_PAGE_PCPU_DRAIN] = "mm_page_pcpu_drain",
	[QY_EVENT_MM_ALLOC_CONTIG_MIGRATE_RANGE_INFO] =
		"mm_alloc_contig_migrate_range_info",
	[QY_EVENT_CMA_ALLOC_START] = "cma_alloc_start",
	[QY_EVENT_CMA_ALLOC_BUSY_RETRY] = "cma_alloc_busy_retry",
	[QY_EVENT_CMA_ALLOC_FINISH] = "cma_alloc_finish",
	[QY_EVENT_CMA_RELEASE] = "cma_release",
	[QY_EVENT_TEST_PAGES_ISOLATED] = "test_pages_isolated",
	[QY_EVENT_MM_MIGRATE_PAGES_START] = "mm_migrate_pages_start",
	[QY_EVENT_MM_MIGRATE_PAGES] = "mm_migrate_pages",
	[QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES] =
		"mm_compaction_isolate_migratepages",
	[QY_EVENT_MM_COMPACTION_ISOLATE_FREEPAGES] = "mm_compaction_isolate_freepages",
	[QY_EVENT_MM_COMPACTION_MIGRATEPAGES] = "mm_compaction_migratepages",
	[QY_EVENT_MM_COMPACTION_BEGIN] = "mm_compaction_begin",
	[QY_EVENT_MM_COMPACTION_END] = "mm_compaction_end",
	[QY_EVENT_MM_COMPACTION_TRY_TO_COMPACT_PAGES] =
		"mm_compaction_try_to_compact_pages",
	[QY_EVENT_MM_COMPACTION_FINISHED] = "mm_compaction_finished",
	[QY_EVENT_MM_COMPACTION_SUITABLE] = "mm_compaction_suitable",
	[QY_EVENT_MM_COMPACTION_DEFERRED] = "mm_compaction_deferred",
	[QY_EVENT_MM_COMPACTION_DEFER_COMPACTION] = "mm_compaction_defer_compaction",
	[QY_EVENT_MM_COMPACTION_DEFER_RESET] = "mm_compaction_defer_reset",
	[QY_EVENT_MM_COMPACTION_KCOMPACTD_SLEEP] = "mm_compaction_kcompactd_sleep",
	[QY_EVENT_MM_COMPACTION_WAKEUP_KCOMPACTD] = "mm_compaction_wakeup_kcompactd",
	[QY_EVENT_MM_COMPACTION_KCOMPACTD_WAKE] = "mm_compaction_kcompactd_wake",
};

static const char *const zones[] = { "DMA", "DMA32", "Normal", "Movable", "Device" };

static const char *const results[] = {
	[QY_COMPACT_NOT_SUITABLE_ZONE] = "not_suitable_zone",
	[QY_COMPACT_SKIPPED] = "skipped",
	[QY_COMPACT_DEFERRED] = "deferred",
	[QY_COMPACT_NO_SUITABLE_PAGE] = "no_suitable_page",
	[QY_COMPACT_CONTINUE] = "continue",
	[QY_COMPACT_COMPLETE] = "complete",
	[QY_COMPACT_PARTIAL_SKIPPED] = "partial_skipped",
	[QY_COMPACT_CONTENDED] = "contended",
	[QY_COMPACT_SUCCESS] = "success",
};

static const char *const modes[] = { "MIGRATE_ASYNC", "MIGRATE_SYNC_LIGHT",
	"MIGRATE_SYNC" };

static const char *const reasons[] = {
	[QY_MR_COMPACTION] = "compaction",
	[QY_MR_CONTIG_RANGE] = "contig_range",
	[QY_MR_LONGTERM_PIN] = "longterm_pin",
};

#define ULL(x) ((unsigned long long)(x))

static u64 page_address(const struct qy_machine *m, u64 pfn)
{
	u64 first = 0, vmemmap = X86_64_VMEMMAP;

	if (pfn == ~0ull)
		return 0;
	if (m->board->arch == QY_ARCH_ARM64) {
		vmemmap = ARM64_VMEMMAP;
		first = round_down(m->board->banks[0].base, ARM64_LINEAR_ALIGN) >>
			QY_PAGE_SHIFT;
	}
	return vmemmap + (pfn - first) * STRUCT_PAGE_BYTES;
}

/* ------------------------------------------------------------------ one family each */

static void print_kmem(
	struct qy_seq *seq, const struct qy_machine *m, const struct qy_event *e)
{
	if (e->kind == QY_EVENT_MM_ALLOC_CONTIG_MIGRATE_RANGE_INFO) {
		/* 6.12 hands the migratetype and the counts over in another order than its tracepoint takes them */
		qy_seq_printf(seq,
			"start=0x%llx end=0x%llx migratetype=%llu nr_migrated=%u nr_reclaimed=%llu nr_mapped=0",
			ULL(e->start_pfn), ULL(e->end_pfn), ULL(e->nr_mapped),
			(unsigned int)e->migratetype, ULL(e->nr_migrated));
		return;
	}
	qy_seq_printf(seq, "page=%016llx pfn=0x%llx", ULL(page_address(m, e->pfn)),
		ULL(e->pfn == ~0ull ? 0 : e->pfn));
	if (e->kind == QY_EVENT_MM_PAGE_ALLOC_EXTFRAG) {
		qy_seq_printf(seq,
			" alloc_order=%u fallback_order=%u pageblock_order=%u alloc_migratetype=%u fallback_migratetype=%u fragmenting=%u change_ownership=%u",
			e->order, e->fallback_order, QY_PAGEBLOCK_ORDER, e->migratetype,
			e->fallback_migratetype, e->fallback_order < QY_PAGEBLOCK_ORDER,
			e->change_ownership);
		return;
	}
	qy_seq_printf(seq, " order=%u", e->order);
	if (e->kind != QY_EVENT_MM_PAGE_FREE)
		qy_seq_printf(seq, " migratetype=%u", e->migratetype);
	if (e->kind == QY_EVENT_MM_PAGE_ALLOC_ZONE_LOCKED)
		qy_seq_printf(seq, " percpu_refill=%u", e->percpu_refill);
	if (e->kind == QY_EVENT_MM_PAGE_ALLOC) {
		qy_seq_puts(seq, " gfp_flags=");
		qy_print_gfp(seq, e->gfp);
	}
}

static void print_cma(
	struct qy_seq *seq, const struct qy_machine *m, const struct qy_event *e)
{
	qy_seq_printf(seq, "name=%s", e->name);
	if (e->kind != QY_EVENT_CMA_ALLOC_START)
		qy_seq_printf(seq, " pfn=0x%llx page=%016llx", ULL(e->pfn),
			ULL(page_address(m, e->pfn)));
	qy_seq_printf(seq, " count=%llu", ULL(e->count));
	if (e->kind != QY_EVENT_CMA_RELEASE)
		qy_seq_printf(seq, " align=%u", e->align);
	if (e->kind == QY_EVENT_CMA_ALLOC_FINISH)
		qy_seq_printf(seq, " errorno=%d", e->error);
}

static void print_moves(struct qy_seq *seq, const struct qy_event *e)
{
	if (e->kind == QY_EVENT_TEST_PAGES_ISOLATED) {
		qy_seq_printf(seq,
			"start_pfn=0x%llx end_pfn=0x%llx fin_pfn=0x%llx ret=%s",
			ULL(e->start_pfn), ULL(e->end_pfn), ULL(e->pfn),
			e->end_pfn <= e->pfn ? "success" : "fail");
		return;
	}
	if (e->kind == QY_EVENT_MM_MIGRATE_PAGES)
		qy_seq_printf(seq,
			"nr_succeeded=%llu nr_failed=%llu nr_thp_succeeded=0 nr_thp_failed=0 nr_thp_split=0 nr_split=0 ",
			ULL(e->nr_migrated), ULL(e->nr_failed));
	qy_seq_printf(seq, "mode=%s reason=%s", modes[e->mode], reasons[e->reason]);
}

static void print_zone_positions(struct qy_seq *seq, const struct qy_event *e)
{
	qy_seq_printf(seq,
		"zone_start=0x%llx migrate_pfn=0x%llx free_pfn=0x%llx zone_end=0x%llx, mode=%s",
		ULL(e->start_pfn), ULL(e->migrate_pfn), ULL(e->free_pfn), ULL(e->end_pfn),
		e->sync ? "sync" : "async");
	if (e->kind == QY_EVENT_MM_COMPACTION_END)
		qy_seq_printf(seq, " status=%s", results[e->result]);
}

static void print_zone_answer(struct qy_seq *seq, const struct qy_event *e)
{
	qy_seq_printf(seq, "node=%u zone=%-8s order=%d ", e->node, zones[e->zone],
		e->wanted_order);
	if (e->kind == QY_EVENT_MM_COMPACTION_FINISHED ||
		e->kind == QY_EVENT_MM_COMPACTION_SUITABLE)
		qy_seq_printf(seq, "ret=%s", results[e->result]);
	else
		qy_seq_printf(seq, "order_failed=%d consider=%u limit=%llu",
			e->order_failed, e->considered, 1ull << e->defer_shift);
}

static void print_compaction(struct qy_seq *seq, const struct qy_event *e)
{
	switch (e->kind) {
	case QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES:
	case QY_EVENT_MM_COMPACTION_ISOLATE_FREEPAGES:
		qy_seq_printf(seq,
			"range=(0x%llx ~ 0x%llx) nr_scanned=%llu nr_taken=%llu",
			ULL(e->start_pfn), ULL(e->end_pfn), ULL(e->nr_scanned),
			ULL(e->nr_taken));
		break;
	case QY_EVENT_MM_COMPACTION_MIGRATEPAGES:
		qy_seq_printf(seq, "nr_migrated=%llu nr_failed=%llu", ULL(e->nr_migrated),
			ULL(e->nr_failed));
		break;
	case QY_EVENT_MM_COMPACTION_BEGIN:
	case QY_EVENT_MM_COMPACTION_END:
		print_zone_positions(seq, e);
		break;
	case QY_EVENT_MM_COMPACTION_TRY_TO_COMPACT_PAGES:
		qy_seq_printf(seq, "order=%u gfp_mask=", e->order);
		qy_print_gfp(seq, e->gfp);
		qy_seq_printf(seq, " priority=%u", e->priority);
		break;
	case QY_EVENT_MM_COMPACTION_KCOMPACTD_SLEEP:
		qy_seq_printf(seq, "nid=%u", e->node);
		break;
	case QY_EVENT_MM_COMPACTION_WAKEUP_KCOMPACTD:
	case QY_EVENT_MM_COMPACTION_KCOMPACTD_WAKE:
		qy_seq_printf(seq, "nid=%u order=%d classzone_idx=%-8s", e->node,
			e->wanted_order, zones[e->zone]);
		break;
	default:
		print_zone_answer(seq, e);
	}
}

size_t qy_event_text(
	const struct qy_machine *m, const struct qy_event *event, char *buf, size_t size)
{
	struct qy_seq seq;

	qy_seq_init(&seq, buf, size);
	qy_seq_printf(&seq, "%s: ", names[event->kind]);
	if (event->kind < QY_EVENT_CMA_ALLOC_START)
		print_kmem(&seq, m, event);
	else if (event->kind < QY_EVENT_TEST_PAGES_ISOLATED)
		print_cma(&seq, m, event);
	else if (event->kind < QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES)
		print_moves(&seq, event);
	else
		print_compaction(&seq, event);
	return seq.len;
}
