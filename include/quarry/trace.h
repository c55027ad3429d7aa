/* SPDX-License-Identifier: MIT */
/*
 * What a watcher can see of the rooms. An event costs one predicted branch while nobody watches.
 *
 * Names and fields are those of Linux's tracepoints: kmem, cma, compaction, migrate, page_isolation.
 */
#ifndef QUARRY_TRACE_H
#define QUARRY_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>

struct qy_machine;

enum qy_event_kind {
	/* kmem */
	QY_EVENT_MM_PAGE_ALLOC, /* pfn (~0 when it failed), order, gfp, migratetype */
	QY_EVENT_MM_PAGE_FREE,  /* pfn, order */
	QY_EVENT_MM_PAGE_ALLOC_EXTFRAG, /* pfn, order, migratetype wanted, fallback_*, change_ownership */
	QY_EVENT_MM_PAGE_ALLOC_ZONE_LOCKED, /* pfn, order, migratetype, percpu_refill */
	QY_EVENT_MM_PAGE_PCPU_DRAIN,        /* pfn, order, migratetype */
	QY_EVENT_MM_ALLOC_CONTIG_MIGRATE_RANGE_INFO, /* start_pfn, end_pfn, migratetype, nr_migrated, nr_mapped */
	/* cma */
	QY_EVENT_CMA_ALLOC_START,      /* name, count, align */
	QY_EVENT_CMA_ALLOC_BUSY_RETRY, /* pfn, name, count, align */
	QY_EVENT_CMA_ALLOC_FINISH, /* pfn (~0 when it failed), name, count, align, error */
	QY_EVENT_CMA_RELEASE,      /* pfn, name, count */
	/* page_isolation */
	QY_EVENT_TEST_PAGES_ISOLATED, /* start_pfn, end_pfn, pfn: the first that is not free, or end_pfn */
	/* migrate */
	QY_EVENT_MM_MIGRATE_PAGES_START, /* mode, reason */
	QY_EVENT_MM_MIGRATE_PAGES,       /* nr_migrated, nr_failed, mode, reason */
	/* compaction */
	QY_EVENT_MM_COMPACTION_ISOLATE_MIGRATEPAGES, /* start_pfn, end_pfn, nr_scanned, nr_taken */
	QY_EVENT_MM_COMPACTION_ISOLATE_FREEPAGES, /* the same */
	QY_EVENT_MM_COMPACTION_MIGRATEPAGES,      /* nr_migrated, nr_failed */
	QY_EVENT_MM_COMPACTION_BEGIN, /* start_pfn and end_pfn of the zone, migrate_pfn, free_pfn, sync */
	QY_EVENT_MM_COMPACTION_END,                  /* the same, result */
	QY_EVENT_MM_COMPACTION_TRY_TO_COMPACT_PAGES, /* order, gfp, priority */
	QY_EVENT_MM_COMPACTION_FINISHED, /* node, zone, wanted_order, result */
	QY_EVENT_MM_COMPACTION_SUITABLE, /* the same */
	QY_EVENT_MM_COMPACTION_DEFERRED, /* node, zone, wanted_order, order_failed, considered, defer_shift */
	QY_EVENT_MM_COMPACTION_DEFER_COMPACTION, /* the same */
	QY_EVENT_MM_COMPACTION_DEFER_RESET,      /* the same */
	QY_EVENT_MM_COMPACTION_KCOMPACTD_SLEEP,  /* node */
	QY_EVENT_MM_COMPACTION_WAKEUP_KCOMPACTD, /* node, wanted_order, zone: the highest */
	QY_EVENT_MM_COMPACTION_KCOMPACTD_WAKE,   /* the same */
	QY_NR_EVENTS
};

/* As Linux numbers them. */
enum qy_migrate_mode {
	QY_MIGRATE_ASYNC,
	QY_MIGRATE_SYNC_LIGHT,
	QY_MIGRATE_SYNC,
};

enum qy_migrate_reason {
	QY_MR_COMPACTION = 0,
	QY_MR_CONTIG_RANGE = 6,
	QY_MR_LONGTERM_PIN = 7,
};

enum qy_compact_result {
	QY_COMPACT_NOT_SUITABLE_ZONE,
	QY_COMPACT_SKIPPED,
	QY_COMPACT_DEFERRED,
	QY_COMPACT_NO_SUITABLE_PAGE,
	QY_COMPACT_CONTINUE,
	QY_COMPACT_COMPLETE,
	QY_COMPACT_PARTIAL_SKIPPED,
	QY_COMPACT_CONTENDED,
	QY_COMPACT_SUCCESS,
};

struct qy_event {
	enum qy_event_kind kind;
	uint32_t cpu;
	uint64_t pfn;
	qy_gfp_t gfp;
	uint8_t order, migratetype;
	uint8_t fallback_order, fallback_migratetype;
	bool change_ownership, percpu_refill, sync;
	uint8_t align; /* order */
	uint8_t mode, reason;
	uint8_t node, zone;  /* zone: enum qy_zone_type */
	int8_t wanted_order; /* of compaction; -1: as far as it goes */
	int8_t order_failed;
	uint8_t defer_shift, result, priority;
	uint32_t considered;
	int32_t error;    /* 0 or -errno */
	uint64_t count;   /* frames */
	const char *name; /* of a CMA area */
	uint64_t start_pfn, end_pfn, migrate_pfn, free_pfn;
	uint64_t nr_scanned, nr_taken, nr_migrated, nr_failed, nr_mapped; /* frames */
};

/**
 * qy_trace_set() - send every event of a machine to one function
 * @m:    the machine
 * @fn:   called with events in the order in which this CPU made them; NULL = stop watching
 * @arg:  passed through
 *
 * @fn must not allocate from @m. It may run under zone->lock.
 *
 * Context: No allocation may be running on @m.
 */
void qy_trace_set(struct qy_machine *m,
	void (*fn)(void *arg, const struct qy_event *event), void *arg);

/**
 * qy_event_text() - an event as tracefs prints it, from the name of the tracepoint on
 * @buf:  "cma_alloc_start: name=reserved count=1536 align=8"; cut at @size
 *
 * Where Linux prints the address of struct page, so does this: that of a kernel without address randomisation.
 *
 * Context: any.
 * Return: its length, as snprintf.
 */
size_t qy_event_text(
	const struct qy_machine *m, const struct qy_event *event, char *buf, size_t size);

#endif
