/* SPDX-License-Identifier: MIT */
/* What the files of the contig room share. Order of the floor: trace, handle, mapped, migrate, isolation, contig_range, cma; compaction. */
#ifndef QY_CONTIG_INTERNAL_H
#define QY_CONTIG_INTERNAL_H

#include "mm/contig/contig.h"
#include "mm/contig/migrate.h"
#include <quarry/cma.h>
#include <quarry/trace.h>

/* ------------------------------------------------------------------ handle.c */

extern const struct movable_ops qy_handle_ops, qy_droppable_ops;

/* The word of a handle; drawn in handle.c. */
#define WORD_PIN       (1ull << 32)
#define WORD_PINS      (0x3fffffffull << 32)
#define WORD_MIGRATING (1ull << 63)
#define WORD_GONE      (1ull << 62)
#define OWNED_FLAGS    PGF_MOVABLE_KIND

static inline u32 word_frame(u64 word)
{
	return (u32)word;
}

static inline u32 word_pins(u64 word)
{
	return (u32)((word & WORD_PINS) >> 32);
}

/* pre: PGF_OWNED, and PGF_ISOLATED set by the caller or nobody else in the machine */
static inline struct qy_handle *owner_of(const struct qy_machine *m, u32 frame)
{
	const struct page *cold = frame_to_page(m, frame);
	u64 address = READ_ONCE(cold->link[LINK_OWNER_LO]) |
		      (u64)READ_ONCE(cold->link[LINK_OWNER_HI]) << 32;

	return (struct qy_handle *)(uintptr_t)address;
}

/* Writes who owns the frame; movers look once it is marked. */
void qy_set_owner(struct qy_machine *m, u32 frame, enum movable_kind kind, u32 index,
	const struct qy_handle *h);
/* Takes the word for good. Return: the word before; with pins, which are reported, it was not taken. */
u64 qy_handle_take(struct qy_machine *m, struct qy_handle *h);

/* The mover's side, for every kind that has a handle's word. */
int qy_handle_isolate(struct qy_machine *m, u32 frame);
void qy_handle_putback(struct qy_machine *m, u32 frame);
void qy_handle_holder(const struct qy_machine *m, u32 frame, struct qy_holder *out);
/* The bytes are at @to: what is known of the frame follows, and the owner is told. */
void qy_handle_follow(struct qy_machine *m, u32 from, u32 to);

/* pre: nobody else is in the machine */
bool qy_handle_validate(
	const struct qy_machine *m, u32 frame, char *why, size_t why_size);

/* ------------------------------------------------------------------ mapped.c */

extern const struct movable_ops qy_mapped_ops;

/* ------------------------------------------------------------------ room.c */

bool qy_make_room(struct zone *zone, unsigned int order, enum migratetype mt);

/* ------------------------------------------------------------------ isolation.c */

/*
 * Sets the pageblocks of [first, last) aside, all or none. @cma: they are of an area; else one that holds what cannot
 * be moved is refused. Context: contig_mutex. Return: 0, -EBUSY with *why.
 */
int qy_isolate_range(
	struct zone *zone, u32 first, u32 last, bool cma, struct qy_contig_failure *why);
/* They get back the type they had. */
void qy_unisolate_range(struct zone *zone, u32 first, u32 last);

/* ------------------------------------------------------------------ cma.c */

struct cma {
	struct qy_machine *m;
	struct zone *zone;
	const char *name;
	bool is_default, guaranteed;
	u64 base_pfn, nr_pages;
	u32 first_frame; /* of base_pfn; the frames are one run */
	u32 order_per_bit;
	/* atomic */
	u64 alloc_pages_success, alloc_pages_fail, release_pages_success;
	/* lock must be held for these: */
	struct qy_spinlock lock;
	u64 *bitmap; /* bit set: its frames are handed out, or about to be */
	u32 held;    /* frame + 1: runs that debugfs took, see cma_debug.c */
};

static inline u64 cma_bits(const struct cma *cma)
{
	return cma->nr_pages >> cma->order_per_bit;
}

void qy_cma_boot(struct qy_machine *m, const struct boot_plan *plan);
bool qy_cma_validate(struct cma *cma, char *why, size_t why_size);

/* ------------------------------------------------------------------ trace.c; call them where contig_traced() */

static inline bool contig_traced(const struct qy_machine *m)
{
	return unlikely(m->trace != NULL);
}

void qy_trace_cma(const struct cma *cma, enum qy_event_kind kind, u64 pfn, u64 nr_pages,
	unsigned int align, int error);
/* A single frame. */
void qy_trace_frame_free(const struct qy_machine *m, u64 pfn);
void qy_trace_isolate(const struct qy_machine *m, enum qy_event_kind kind, u64 start_pfn,
	u64 end_pfn, u64 nr_scanned, u64 nr_taken);
void qy_trace_tested(
	const struct qy_machine *m, u64 start_pfn, u64 end_pfn, u64 first_busy_pfn);
void qy_trace_contig_info(const struct qy_machine *m, u64 start_pfn, u64 end_pfn,
	enum migratetype mt, u64 nr_migrated, u64 nr_mapped);
void qy_trace_migrate(const struct migrate_control *mc, enum qy_event_kind kind,
	u64 nr_migrated, u64 nr_failed);

void qy_trace_moved(const struct qy_machine *m, u64 nr_migrated, u64 nr_failed);

/* Where a compaction stands. */
struct compact_trace {
	u32 migrate_frame, free_frame;
	bool sync;
	enum qy_compact_result result;
};
void qy_trace_compact_zone(
	const struct zone *zone, enum qy_event_kind kind, const struct compact_trace *c);
/* Suitable, finished and the three of deferral: @result is read by the first two. */
void qy_trace_compact_answer(
	const struct zone *zone, enum qy_event_kind kind, int order, int result);
void qy_trace_compact_request(const struct qy_machine *m, qy_gfp_t gfp,
	unsigned int order, unsigned int priority);
void qy_trace_kcompactd(const struct qy_machine *m, enum qy_event_kind kind,
	unsigned int node, int order, unsigned int highest_zone);

#endif
