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
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

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

/* objects: also who frees them, for slab_debug=U, and who ends a cache with some left */
#define qy_kmem_cache_alloc(cache, gfp)  QY_AT_SITE((qy_kmem_cache_alloc)(cache, gfp))
#define qy_kmem_cache_zalloc(cache, gfp) QY_AT_SITE((qy_kmem_cache_zalloc)(cache, gfp))
#define qy_kmem_cache_alloc_node(cache, gfp, node) \
	QY_AT_SITE((qy_kmem_cache_alloc_node)(cache, gfp, node))
#define qy_kmem_cache_alloc_bulk(cache, gfp, nr, objects) \
	QY_AT_SITE((qy_kmem_cache_alloc_bulk)(cache, gfp, nr, objects))
#define qy_kmem_cache_free(cache, object) \
	QY_AT_SITE_VOID((qy_kmem_cache_free)(cache, object))
#define qy_kmem_cache_free_bulk(cache, nr, objects) \
	QY_AT_SITE_VOID((qy_kmem_cache_free_bulk)(cache, nr, objects))
#define qy_kmem_cache_destroy(cache) QY_AT_SITE_VOID((qy_kmem_cache_destroy)(cache))
#define qy_kmalloc(m, size, gfp)     QY_AT_SITE((qy_kmalloc)(m, size, gfp))
#define qy_kzalloc(m, size, gfp)     QY_AT_SITE((qy_kzalloc)(m, size, gfp))
#define qy_kmalloc_node(m, size, gfp, node) \
	QY_AT_SITE((qy_kmalloc_node)(m, size, gfp, node))
#define qy_kmalloc_array(m, n, size, gfp) QY_AT_SITE((qy_kmalloc_array)(m, n, size, gfp))
#define qy_kcalloc(m, n, size, gfp)       QY_AT_SITE((qy_kcalloc)(m, n, size, gfp))
#define qy_krealloc(m, p, size, gfp)      QY_AT_SITE((qy_krealloc)(m, p, size, gfp))

/* areas, for /proc/vmallocinfo */
#define qy_vmalloc(m, size)            QY_AT_SITE((qy_vmalloc)(m, size))
#define qy_vzalloc(m, size)            QY_AT_SITE((qy_vzalloc)(m, size))
#define qy_vmalloc_user(m, size)       QY_AT_SITE((qy_vmalloc_user)(m, size))
#define qy_vmalloc_node(m, size, node) QY_AT_SITE((qy_vmalloc_node)(m, size, node))
#define qy_vmalloc_32(m, size)         QY_AT_SITE((qy_vmalloc_32)(m, size))
#define qy___vmalloc(m, size, gfp)     QY_AT_SITE((qy___vmalloc)(m, size, gfp))
#define qy_vmalloc_huge(m, size, gfp)  QY_AT_SITE((qy_vmalloc_huge)(m, size, gfp))
#define qy_vrealloc(m, p, size, gfp)   QY_AT_SITE((qy_vrealloc)(m, p, size, gfp))
#define qy_vmap(m, pages, nr, flags, prot) \
	QY_AT_SITE((qy_vmap)(m, pages, nr, flags, prot))
#define qy_kvmalloc(m, size, gfp) QY_AT_SITE((qy_kvmalloc)(m, size, gfp))
#define qy_kvzalloc(m, size, gfp) QY_AT_SITE((qy_kvzalloc)(m, size, gfp))
#define qy_kvmalloc_node(m, size, gfp, node) \
	QY_AT_SITE((qy_kvmalloc_node)(m, size, gfp, node))
#define qy_kvmalloc_array(m, n, size, gfp) \
	QY_AT_SITE((qy_kvmalloc_array)(m, n, size, gfp))
#define qy_kvrealloc(m, p, size, gfp) QY_AT_SITE((qy_kvrealloc)(m, p, size, gfp))
#define qy_kfree(m, p)                QY_AT_SITE_VOID((qy_kfree)(m, p))
#define qy_kfree_bulk(m, nr, objects) QY_AT_SITE_VOID((qy_kfree_bulk)(m, nr, objects))
#endif

#endif
