// SPDX-License-Identifier: MIT
/*
 * Runs that root takes out of an area and gives back by its files alloc and free in debugfs.
 *
 *   qy_cma_debug_alloc, qy_cma_debug_free
 *
 * The runs are a list, the newest first. In page_private() of a run's first frame stand the first frame of the next run + 1
 * (0 = end; low half) and the pages of this one (high half).
 *
 * Locking: cma->lock for the list; a run that is on no list is its taker's.
 */
#include "mm/contig/internal.h"
#include <quarry/cma.h>

struct held_run {
	struct page *page;
	u64 nr_pages;
};

static void push_run(struct cma *cma, const struct held_run *run)
{
	struct qy_machine *m = cma->m;

	qy_spin_lock_irqsave(&cma->lock);
	qy_set_page_private(run->page, cma->held | run->nr_pages << 32);
	cma->held = page_to_frame(m, run->page) + 1;
	qy_spin_unlock_irqrestore(&cma->lock);
}

/* Return: false when there is none. */
static bool pop_run(struct cma *cma, struct held_run *run)
{
	struct qy_machine *m = cma->m;
	u64 link;
	u32 head;

	qy_spin_lock_irqsave(&cma->lock);
	head = cma->held;
	if (head) {
		run->page = frame_to_page(m, head - 1);
		link = qy_page_private(run->page);
		run->nr_pages = link >> 32;
		cma->held = (u32)link;
		qy_set_page_private(run->page, 0);
	}
	qy_spin_unlock_irqrestore(&cma->lock);
	return head != 0;
}

int qy_cma_debug_alloc(struct qy_machine *m, u32 index, u64 nr_pages)
{
	struct held_run run = { .nr_pages = nr_pages };

	run.page = qy_cma_alloc(m, index, nr_pages, 0, false, NULL);
	if (!run.page)
		return -QY_ENOMEM;
	push_run(&m->cma[index], &run);
	return 0;
}

/* As on Linux: whole runs, then a part of the last one, its beginning; where a bit stands for several pages no part. */
void qy_cma_debug_free(struct qy_machine *m, u32 index, u64 nr_pages)
{
	struct cma *cma = &m->cma[index];
	struct held_run run;

	while (nr_pages && pop_run(cma, &run)) {
		u64 part = min(nr_pages, run.nr_pages);

		if (part < run.nr_pages && cma->order_per_bit) {
			push_run(cma, &run);
			return;
		}
		(void)qy_cma_release(m, index, run.page, part);
		nr_pages -= part;
		if (part == run.nr_pages)
			continue;
		run.page = frame_to_page(m, page_to_frame(m, run.page) + (u32)part);
		run.nr_pages -= part;
		push_run(cma, &run);
	}
}
