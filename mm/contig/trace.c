// SPDX-License-Identifier: MIT
/*
 * What the room tells a watcher, in Linux's tracepoints. Called only while somebody watches: see contig_traced().
 *
 * No state.
 */
#include "mm/contig/internal.h"

static void emit(const struct qy_machine *m, struct qy_event event)
{
	event.cpu = qy_this_cpu();
	trace_event(m, &event);
}

/* ------------------------------------------------------------------ CMA */

void qy_trace_cma(const struct cma *cma, enum qy_event_kind kind, u64 pfn, u64 nr_pages,
	unsigned int align, int error)
{
	emit(cma->m, (struct qy_event){ .kind = kind,
			     .pfn = pfn,
			     .name = cma->name,
			     .count = nr_pages,
			     .align = (u8)align,
			     .error = error });
}

/* ------------------------------------------------------------------ isolation and migration */

void qy_trace_frame_free(const struct qy_machine *m, u64 pfn)
{
	emit(m, (struct qy_event){ .kind = QY_EVENT_MM_PAGE_FREE, .pfn = pfn });
}

void qy_trace_isolate(const struct qy_machine *m, enum qy_event_kind kind, u64 start_pfn,
	u64 end_pfn, u64 nr_scanned, u64 nr_taken)
{
	emit(m, (struct qy_event){ .kind = kind,
			.start_pfn = start_pfn,
			.end_pfn = end_pfn,
			.nr_scanned = nr_scanned,
			.nr_taken = nr_taken });
}

void qy_trace_tested(
	const struct qy_machine *m, u64 start_pfn, u64 end_pfn, u64 first_busy_pfn)
{
	emit(m, (struct qy_event){ .kind = QY_EVENT_TEST_PAGES_ISOLATED,
			.start_pfn = start_pfn,
			.end_pfn = end_pfn,
			.pfn = first_busy_pfn });
}

void qy_trace_contig_info(const struct qy_machine *m, u64 start_pfn, u64 end_pfn,
	enum migratetype mt, u64 nr_migrated, u64 nr_mapped)
{
	emit(m, (struct qy_event){ .kind = QY_EVENT_MM_ALLOC_CONTIG_MIGRATE_RANGE_INFO,
			.start_pfn = start_pfn,
			.end_pfn = end_pfn,
			.migratetype = (u8)mt,
			.nr_migrated = nr_migrated,
			.nr_mapped = nr_mapped });
}

void qy_trace_migrate(const struct migrate_control *mc, enum qy_event_kind kind,
	u64 nr_migrated, u64 nr_failed)
{
	emit(mc->m, (struct qy_event){ .kind = kind,
			    .nr_migrated = nr_migrated,
			    .nr_failed = nr_failed,
			    .mode = (u8)mc->mode,
			    .reason = (u8)mc->reason });
}

/* ------------------------------------------------------------------ compaction */

void qy_trace_moved(const struct qy_machine *m, u64 nr_migrated, u64 nr_failed)
{
	emit(m, (struct qy_event){ .kind = QY_EVENT_MM_COMPACTION_MIGRATEPAGES,
			.nr_migrated = nr_migrated,
			.nr_failed = nr_failed });
}

void qy_trace_compact_zone(
	const struct zone *zone, enum qy_event_kind kind, const struct compact_trace *c)
{
	const struct qy_machine *m = zone->machine;
	u32 end = zone->first_frame + zone->nr_frames;

	emit(m, (struct qy_event){ .kind = kind,
			.start_pfn = zone->zone_start_pfn,
			.end_pfn = zone->zone_start_pfn + zone->spanned_pages,
			.migrate_pfn = frame_to_pfn(m, min(c->migrate_frame, end - 1)),
			.free_pfn = frame_to_pfn(m, min(c->free_frame, end - 1)),
			.sync = c->sync,
			.result = (u8)c->result });
}

void qy_trace_compact_answer(
	const struct zone *zone, enum qy_event_kind kind, int order, int result)
{
	emit(zone->machine, (struct qy_event){ .kind = kind,
				    .node = (u8)zone->node,
				    .zone = (u8)zone->type,
				    .wanted_order = (int8_t)order,
				    .result = (u8)result,
				    .order_failed = (int8_t)zone->compact_order_failed,
				    .considered = zone->compact_considered,
				    .defer_shift = (u8)zone->compact_defer_shift });
}

void qy_trace_compact_request(const struct qy_machine *m, qy_gfp_t gfp,
	unsigned int order, unsigned int priority)
{
	emit(m, (struct qy_event){ .kind = QY_EVENT_MM_COMPACTION_TRY_TO_COMPACT_PAGES,
			.gfp = gfp,
			.order = (u8)order,
			.priority = (u8)priority });
}

void qy_trace_kcompactd(const struct qy_machine *m, enum qy_event_kind kind,
	unsigned int node, int order, unsigned int highest_zone)
{
	emit(m, (struct qy_event){ .kind = kind,
			.node = (u8)node,
			.zone = (u8)highest_zone,
			.wanted_order = (int8_t)order });
}
