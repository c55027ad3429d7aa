// SPDX-License-Identifier: MIT
/*
 * Movable blocks whose kind is known before they have a frame, so that a guaranteed CMA area lends to the right ones.
 *
 *   qy_handle_alloc, qy_handle_free
 *
 * No state.
 */
#include "mm/contig/internal.h"

int qy_handle_alloc(struct qy_machine *m, struct qy_handle *h, qy_gfp_t gfp,
	unsigned int order, const char *owner, unsigned int flags)
{
	struct page *page = flags & QY_HANDLE_DROPPABLE
				    ? qy_alloc_droppable(m, gfp, order)
				    : qy_alloc_pages(m, gfp | QY___GFP_MOVABLE, order);

	if (!page)
		return -QY_ENOMEM;
	/* nobody else knows the page, so nothing can be wrong with it */
	return qy_handle_adopt(m, h, page, owner, flags);
}

bool qy_handle_free(struct qy_machine *m, struct qy_handle *h)
{
	struct page *page = qy_handle_release(m, h);

	if (page)
		qy_free_pages(
			m, page, hot_order(READ_ONCE(m->hot[page_to_frame(m, page)])));
	return page || qy_handle_pfn(m, h) == ~0ull;
}
