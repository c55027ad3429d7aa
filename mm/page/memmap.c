// SPDX-License-Identifier: MIT
/*
 * The records of frames: what a frame is, who counts on it, and its names.
 *
 *   qy_page_state                     what a frame is, also when its own word is zero
 *   qy_page_to_pfn ... qy_phys_to_virt  conversions between the names of a frame
 *   qy_page_count ... qy_compound_head  questions about an allocated frame
 *
 * Locking: none is needed for a frame that the caller owns. qy_page_state() takes zone->lock.
 */
#include "mm/page/internal.h"

static struct frame_info covered_by(struct qy_machine *m, u32 frame)
{
	for (unsigned int order = 1; order <= QY_MAX_PAGE_ORDER; order++) {
		u32 head = frame & ~((1u << order) - 1);
		u32 hot = READ_ONCE(m->hot[head]);
		enum page_state state = hot_state(hot);

		if (head == frame || (state != PG_ALLOCATED && state != PG_PCP) ||
			frame - head >= 1u << hot_order(hot))
			continue;
		return (struct frame_info){ .state = PG_TAIL,
			.head = head,
			.order = hot_order(hot),
			.refs = hot_refs(hot) };
	}
	/* neither in the map nor covered: on its way between two of them right now */
	return (struct frame_info){ .state = PG_FREE, .head = frame };
}

struct frame_info qy_page_state(struct qy_machine *m, u32 frame)
{
	struct zone *zone = zone_of(m, frame);
	u32 hot = READ_ONCE(m->hot[frame]);

	if (hot_state(hot) == PG_TAIL) {
		u32 head = frame & ~((1u << hot_order(hot)) - 1);

		return (struct frame_info){ .state = PG_TAIL,
			.head = head,
			.order = hot_order(hot),
			.refs = hot_refs(READ_ONCE(m->hot[head])),
			.compound = true };
	}
	if (hot)
		return (struct frame_info){ .state = hot_state(hot),
			.head = frame,
			.order = hot_order(hot),
			.refs = hot_refs(hot),
			.compound = (hot_flags(hot) & PGF_COMP) != 0 };
	qy_spin_lock_irqsave(&zone->lock);
	bool is_free = freemap_test(m, frame);
	qy_spin_unlock_irqrestore(&zone->lock);
	if (is_free)
		return (struct frame_info){ .state = PG_FREE, .head = frame };
	return covered_by(m, frame);
}

/* ------------------------------------------------------------------ counts */

unsigned int qy_page_ref_count(struct qy_machine *m, const struct page *page)
{
	u32 hot = READ_ONCE(m->hot[page_to_frame(m, page)]);

	return hot_state(hot) == PG_ALLOCATED ? hot_refs(hot) : 0;
}

static u32 compound_head_frame(const struct qy_machine *m, u32 frame)
{
	u32 hot = READ_ONCE(m->hot[frame]);

	return hot_state(hot) == PG_TAIL ? frame & ~((1u << hot_order(hot)) - 1) : frame;
}

struct page *qy_compound_head(struct qy_machine *m, struct page *page)
{
	return frame_to_page(m, compound_head_frame(m, page_to_frame(m, page)));
}

unsigned int qy_page_count(struct qy_machine *m, const struct page *page)
{
	u32 head = compound_head_frame(m, page_to_frame(m, page));

	return qy_page_ref_count(m, frame_to_page(m, head));
}

bool qy_page_compound(struct qy_machine *m, const struct page *page)
{
	u32 hot = READ_ONCE(m->hot[page_to_frame(m, page)]);

	return hot_state(hot) == PG_TAIL || hot_flags(hot) & PGF_COMP;
}

unsigned int qy_compound_order(struct qy_machine *m, const struct page *page)
{
	u32 head = compound_head_frame(m, page_to_frame(m, page));
	u32 hot = READ_ONCE(m->hot[head]);

	return hot_flags(hot) & PGF_COMP ? hot_order(hot) : 0;
}

/* The same bits would be set by whoever else marks the page: a plain loop is enough. */
void qy_set_page_movable(struct qy_machine *m, struct page *page)
{
	u32 *word = &m->hot[page_to_frame(m, page)];
	u32 hot = READ_ONCE(*word);

	do {
		if (hot_state(hot) != PG_ALLOCATED)
			return;
	} while (!qy_cmpxchg32(word, &hot, hot | PGF_MOVABLE << HOT_FLAGS_SHIFT));
}

uint64_t qy_page_private(const struct page *page)
{
	return page->private_[0] | (u64)page->private_[1] << 32;
}

void qy_set_page_private(struct page *page, uint64_t value)
{
	page->private_[0] = (u32)value;
	page->private_[1] = (u32)(value >> 32);
}

/* ------------------------------------------------------------------ names */

uint64_t qy_page_to_pfn(const struct qy_machine *m, const struct page *page)
{
	return frame_to_pfn(m, page_to_frame(m, page));
}

struct page *qy_pfn_to_page(const struct qy_machine *m, uint64_t pfn)
{
	u32 frame = qy_pfn_to_frame(m, pfn);

	return frame == NO_FRAME ? NULL : frame_to_page(m, frame);
}

uint64_t qy_page_to_phys(const struct qy_machine *m, const struct page *page)
{
	return qy_page_to_pfn(m, page) << QY_PAGE_SHIFT;
}

void *qy_page_address(const struct qy_machine *m, const struct page *page)
{
	return frame_address(m, page_to_frame(m, page));
}

static u32 virt_to_frame(const struct qy_machine *m, const void *addr)
{
	u64 frame = ((uintptr_t)addr - (uintptr_t)m->window) >> QY_PAGE_SHIFT;

	if (frame >= m->nr_frames)
		return NO_FRAME;
	enum page_state state = hot_state(READ_ONCE(m->hot[frame]));

	return state == PG_HOLE || state == PG_NOMAP ? NO_FRAME : (u32)frame;
}

struct page *qy_virt_to_page(const struct qy_machine *m, const void *addr)
{
	u32 frame = virt_to_frame(m, addr);

	return frame == NO_FRAME ? NULL : frame_to_page(m, frame);
}

uint64_t qy_virt_to_phys(const struct qy_machine *m, const void *addr)
{
	u32 frame = virt_to_frame(m, addr);

	if (frame == NO_FRAME)
		return ~0ull;
	return frame_to_pfn(m, frame) << QY_PAGE_SHIFT |
	       ((uintptr_t)addr & (QY_PAGE_SIZE - 1));
}

void *qy_phys_to_virt(const struct qy_machine *m, uint64_t phys)
{
	u32 frame = qy_pfn_to_frame(m, phys >> QY_PAGE_SHIFT);

	if (frame == NO_FRAME || hot_state(READ_ONCE(m->hot[frame])) == PG_NOMAP)
		return NULL;
	return (char *)frame_address(m, frame) + (phys & (QY_PAGE_SIZE - 1));
}

const char *qy_page_zone_name(const struct qy_machine *m, const struct page *page)
{
	return zone_of(m, page_to_frame(m, page))->name;
}
