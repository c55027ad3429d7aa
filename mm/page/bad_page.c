/* SPDX-License-Identifier: MIT */
/*
 * Wrong use of a frame, in one sentence: which frame, what was done to it, what it is.
 *
 *   qy_report_bad_free, qy_report_bad_get, qy_report_bad_split
 *
 *   BUG: Bad page free in process insmod (pid 71)  pfn:00a40: order 2 freed, but the frame is free already
 *
 * No host address is printed. The caller has changed nothing, and goes on.
 *
 * Locking: report_lock keeps a line out of other reports; qy_page_state() takes zone->lock before that.
 */
#include "mm/page/internal.h"

#define LINE_BYTES 256

enum bad_page {
	BAD_FOREIGN,
	BAD_MISALIGNED,
	BAD_FREE,
	BAD_PCP,
	BAD_ORDER,
	BAD_NO_REFERENCE,
	BAD_COMPOUND,
	BAD_SHARED,
	BAD_OWNED,
	BAD_OBJECTS,
	BAD_INSIDE,
	BAD_TAIL,
	BAD_RESERVED,
	BAD_NOMAP,
	BAD_HOLE,
	BAD_CHANGED,
};

/* Each takes at most a number, then the pfn where a block begins. */
static const char *const bad_page_texts[] = {
	[BAD_FOREIGN] = "the pointer is no page of this machine",
	[BAD_MISALIGNED] = "the pointer is not where a page starts",
	[BAD_FREE] = "the frame is free already",
	[BAD_PCP] = "the frame is free already, on a per-CPU list in a block of order %u",
	[BAD_ORDER] = "the frame was allocated with order %u",
	[BAD_NO_REFERENCE] = "nobody holds a reference to the frame",
	[BAD_COMPOUND] = "the block of order %u is compound",
	[BAD_SHARED] = "the block has %u references",
	[BAD_OWNED] = "the block is a movable one: its handle must release it first",
	[BAD_OBJECTS] =
		"the block holds objects: kmem_cache_free() or kfree() gives them back",
	[BAD_INSIDE] = "the frame is inside the block of order %u at pfn:%05lx",
	[BAD_TAIL] = "the frame is a tail of the compound block of order %u at pfn:%05lx",
	[BAD_RESERVED] = "the frame was reserved by boot",
	[BAD_NOMAP] = "the frame is RAM outside the linear mapping",
	[BAD_HOLE] = "there is no RAM",
	[BAD_CHANGED] = "the frame changed hands meanwhile",
};

struct verdict {
	enum bad_page why;
	u32 number; /* an order, or references */
	u32 head;   /* first frame of the block that the frame is part of */
};

/* The frame's own word says nothing: it is free, or inside the block that qy_page_state() found. */
static struct verdict judge_covered(struct qy_machine *m, u32 frame)
{
	struct frame_info info = qy_page_state(m, frame);

	if (info.state == PG_FREE)
		return (struct verdict){ BAD_FREE, 0, frame };
	if (info.head == frame)
		return (struct verdict){ BAD_CHANGED, 0, frame };
	if (hot_state(READ_ONCE(m->hot[info.head])) == PG_PCP)
		return (struct verdict){ BAD_PCP, info.order, info.head };
	return (struct verdict){ BAD_INSIDE, info.order, info.head };
}

/* A head that somebody owns: what is wrong is the order, or how it is held. */
static struct verdict judge_allocated(u32 frame, unsigned int order, u32 hot)
{
	if (!hot_refs(hot))
		return (struct verdict){ BAD_NO_REFERENCE, 0, frame };
	if (hot_flags(hot) & PGF_OWNED)
		return (struct verdict){
			hot_is_movable_kind(hot) ? BAD_OWNED : BAD_OBJECTS, 0, frame
		};
	if (hot_order(hot) != order)
		return (struct verdict){ BAD_ORDER, hot_order(hot), frame };
	if (hot_flags(hot) & PGF_COMP)
		return (struct verdict){ BAD_COMPOUND, order, frame };
	if (hot_refs(hot) > 1)
		return (struct verdict){ BAD_SHARED, hot_refs(hot), frame };
	return (struct verdict){ BAD_CHANGED, 0, frame };
}

static struct verdict judge(struct qy_machine *m, u32 frame, unsigned int order, u32 hot)
{
	switch (hot_state(hot)) {
	case PG_FREE:
		return judge_covered(m, frame);
	case PG_PCP:
		return (struct verdict){ BAD_PCP, hot_order(hot), frame };
	case PG_ALLOCATED:
		return judge_allocated(frame, order, hot);
	case PG_TAIL:
		return (struct verdict){ BAD_TAIL, hot_order(hot),
			round_down(frame, 1u << hot_order(hot)) };
	case PG_RESERVED:
		return (struct verdict){ BAD_RESERVED, 0, frame };
	case PG_NOMAP:
		return (struct verdict){ BAD_NOMAP, 0, frame };
	case PG_HOLE:
		return (struct verdict){ BAD_HOLE, 0, frame };
	}
	return (struct verdict){ BAD_CHANGED, 0, frame };
}

/* The frame that a pointer to the middle of a struct page, or of a page in the window, points into. */
static u32 frame_pointed_into(const struct qy_machine *m, const void *pointer)
{
	u64 in_cold = (u64)((uintptr_t)pointer - (uintptr_t)m->cold);
	u64 in_window = (u64)((uintptr_t)pointer - (uintptr_t)m->window);

	if (in_cold < m->nr_frames * sizeof(struct page))
		return (u32)(in_cold / sizeof(struct page));
	if (in_window >> QY_PAGE_SHIFT < m->nr_frames)
		return (u32)(in_window >> QY_PAGE_SHIFT);
	return NO_FRAME;
}

/* @deed: "free"; @done: "order 2 freed". @frame is NO_FRAME when @pointer is not a page of the machine. */
static void report(struct qy_machine *m, const char *deed, const char *done,
	const void *pointer, u32 frame, unsigned int order, u32 hot)
{
	const struct qy_context *self = qy_current();
	struct verdict verdict;
	char line[LINE_BYTES];
	struct qy_seq seq;

	if (frame != NO_FRAME) {
		verdict = judge(m, frame, order, hot ? hot : READ_ONCE(m->hot[frame]));
	} else {
		frame = frame_pointed_into(m, pointer);
		verdict = (struct verdict){
			frame == NO_FRAME ? BAD_FOREIGN : BAD_MISALIGNED, 0, 0
		};
	}
	qy_seq_init(&seq, line, sizeof(line));
	qy_seq_printf(&seq, "BUG: Bad page %s in process %s (pid %d)", deed,
		self->task.comm, self->task.pid);
	if (frame != NO_FRAME)
		qy_seq_printf(&seq, "  pfn:%05lx", frame_to_pfn(m, frame));
	qy_seq_printf(&seq, ": %s, but ", done);
	qy_seq_printf(&seq, bad_page_texts[verdict.why], verdict.number,
		frame_to_pfn(m, verdict.head));

	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_ALERT, "%s", line);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

void qy_report_bad_free(struct qy_machine *m, const struct page *page, u32 frame,
	unsigned int order, u32 found_hot)
{
	char done[32];

	qy_snprintf(done, sizeof(done), "order %u freed", order);
	report(m, "free", done, page, frame, order, found_hot);
}

void qy_report_bad_get(struct qy_machine *m, const struct page *page, u32 frame)
{
	report(m, "reference", "a reference taken", page, frame, 0, 0);
}

void qy_report_bad_split(
	struct qy_machine *m, const struct page *page, u32 frame, unsigned int order)
{
	char done[32];

	qy_snprintf(done, sizeof(done), "order %u split", order);
	report(m, "split", done, page, frame, order, 0);
}
