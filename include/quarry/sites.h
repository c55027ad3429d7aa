/* SPDX-License-Identifier: MIT */
/*
 * In a C file that includes this after <quarry.h>, each allocation is counted under its own line in /proc/allocinfo and
 * named by page_owner. The names stay functions where they are not called: their addresses can be taken.
 *
 * What it costs is two calls around each allocation; files without it pay nothing. In C++ it changes nothing: there
 * qy_set_site() says the line.
 */
#ifndef QUARRY_SITES_H
#define QUARRY_SITES_H

#include <quarry.h>
#include <quarry/owner.h>

#ifndef __cplusplus
#define qy_alloc_pages(m, gfp, order) QY_AT_SITE((qy_alloc_pages)(m, gfp, order))
#define qy_alloc_pages_node(m, nid, gfp, order) \
	QY_AT_SITE((qy_alloc_pages_node)(m, nid, gfp, order))
#define qy_alloc_pages_bulk(m, gfp, nr, pages) \
	QY_AT_SITE((qy_alloc_pages_bulk)(m, gfp, nr, pages))
#define qy_get_free_pages(m, gfp, order) QY_AT_SITE((qy_get_free_pages)(m, gfp, order))
#define qy_get_zeroed_page(m, gfp)       QY_AT_SITE((qy_get_zeroed_page)(m, gfp))
#define qy_alloc_pages_exact(m, size, gfp) \
	QY_AT_SITE((qy_alloc_pages_exact)(m, size, gfp))
#endif

#endif
