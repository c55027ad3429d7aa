// SPDX-License-Identifier: MIT
/*
 * Pins that last: a block that is pinned for good must not lie where CMA or ZONE_MOVABLE lend memory.
 *
 *   qy_handle_pin_longterm
 *
 *   pin -> in a place that is lent? no: done.  yes: unpin -> move to memory of another type -> pin again
 *                                   ^_____________ somebody may have moved it back: up to 5 times ____|
 *
 * Locking: none.
 */
#include "mm/contig/internal.h"

#define MAX_TRIES 5

static bool is_lent(const struct qy_machine *m, u32 frame)
{
	u8 mt = READ_ONCE(block_of(m, frame)->migratetype);

	return mt == MIGRATE_CMA || mt == MIGRATE_ISOLATE ||
	       zone_of(m, frame)->type == QY_ZONE_MOVABLE;
}

/* Not movable: never from CMA or ZONE_MOVABLE. */
static u32 target_that_stays(
	struct migrate_control *mc, unsigned int order, bool compound)
{
	struct page *page = qy_alloc_pages(mc->m,
		QY_GFP_USER | QY___GFP_NOWARN | (compound || !order ? QY___GFP_COMP : 0),
		order);

	return page ? page_to_frame(mc->m, page) : NO_FRAME;
}

static void target_back(struct migrate_control *mc, u32 frame, unsigned int order)
{
	qy_free_pages(mc->m, frame_to_page(mc->m, frame), order);
}

/* Return: 0: it was moved, or has moved by itself, -EBUSY, -ENOMEM. */
static int move_away(struct qy_machine *m, u32 frame)
{
	struct migrate_control mc = {
		.m = m,
		.get_target = target_that_stays,
		.put_target = target_back,
		.mode = QY_MIGRATE_SYNC,
		.reason = QY_MR_LONGTERM_PIN,
	};
	int err = qy_migrate_block(&mc, frame);

	return err == -QY_EAGAIN ? 0 : err;
}

int qy_handle_pin_longterm(
	struct qy_machine *m, struct qy_handle *h, const char *by, void **address)
{
	int err = -QY_EBUSY;

	*address = NULL;
	if (qy_in_atomic())
		qy_report_sleep_in_atomic(m, "mm/contig/longterm.c", __LINE__);
	for (unsigned int tries = 0; tries < MAX_TRIES; tries++) {
		void *at = qy_handle_pin(m, h, by);
		u32 frame;

		if (!at)
			return -QY_ENOENT;
		frame = qy_pfn_to_frame(m, qy_handle_pfn(m, h));
		if (!is_lent(m, frame)) {
			*address = at;
			return 0;
		}
		qy_handle_unpin(m, h);
		err = move_away(m, frame);
		if (err)
			return err;
	}
	return -QY_EBUSY;
}
