// SPDX-License-Identifier: MIT
/*
 * kvmalloc: kmalloc's memory where it has a block without trying hard, else vmalloc's.
 *
 *   qy_kvmalloc, qy_kvzalloc, ..._node, ..._array, qy_kvcalloc, qy_kvmemdup, qy_kvrealloc
 *   qy_kvfree, qy_kvfree_sensitive
 *
 *   size <= 4096                  kmalloc alone, as the caller asks
 *   size > 4096                   kmalloc without complaint, without NOFAIL, and without retries unless RETRY_MAYFAIL
 *     that failed, gfp may sleep  vmalloc as the caller asks; blocks of 2 MiB allowed
 *     else                        NULL
 *
 * No state.
 */
#include "mm/virt/internal.h"

#define LARGEST ((size_t)INT32_MAX)

/* What kmalloc is asked with. */
static qy_gfp_t kmalloc_gfp(qy_gfp_t gfp, size_t size)
{
	if (size <= QY_PAGE_SIZE)
		return gfp;
	gfp |= QY___GFP_NOWARN;
	if (!(gfp & QY___GFP_RETRY_MAYFAIL))
		gfp |= QY___GFP_NORETRY;
	return gfp & ~QY___GFP_NOFAIL;
}

void *qy_kvmalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node)
{
	void *p = qy_kmalloc_node(m, size, kmalloc_gfp(gfp, size), node);

	if (p || size <= QY_PAGE_SIZE)
		return p;
	if (!(gfp & QY___GFP_DIRECT_RECLAIM))
		return NULL;
	if (size > LARGEST) {
		if (!(gfp & QY___GFP_NOWARN))
			qy_report_once(m, WARNED_KVMALLOC,
				"WARNING: kvmalloc of more than INT_MAX bytes");
		return NULL;
	}
	return qy_vmalloc_range(m, size, gfp, QY_VM_ALLOW_HUGE_VMAP, node);
}

void *qy_kvmalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	return qy_kvmalloc_node(m, size, gfp, QY_NUMA_NO_NODE);
}

void *qy_kvzalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	return qy_kvmalloc(m, size, gfp | QY___GFP_ZERO);
}

void *qy_kvzalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node)
{
	return qy_kvmalloc_node(m, size, gfp | QY___GFP_ZERO, node);
}

void *qy_kvmalloc_array(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL
						       : qy_kvmalloc(m, bytes, gfp);
}

void *qy_kvcalloc(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp)
{
	return qy_kvmalloc_array(m, n, size, gfp | QY___GFP_ZERO);
}

void *qy_kvmemdup(struct qy_machine *m, const void *from, size_t len, qy_gfp_t gfp)
{
	void *copy = qy_kvmalloc(m, len, gfp);

	/* of no bytes there is no copy, but a pointer that may be freed */
	if (copy && len)
		memcpy(copy, from, len);
	return copy;
}

void *qy_kvrealloc(struct qy_machine *m, const void *p, size_t size, qy_gfp_t gfp)
{
	void *moved;

	if (qy_is_vmalloc_addr(m, p))
		return qy_vrealloc(m, p, size, gfp);
	moved = qy_krealloc(m, (void *)(uintptr_t)p, size, kmalloc_gfp(gfp, size));
	if (moved)
		return moved;
	moved = qy_kvmalloc(m, size, gfp);
	if (moved && !QY_ZERO_OR_NULL_PTR(p)) {
		memcpy(moved, p, min(qy_ksize(m, p), size));
		qy_kfree(m, p);
	}
	return moved;
}

void qy_kvfree(struct qy_machine *m, const void *p)
{
	if (qy_is_vmalloc_addr(m, p))
		qy_vfree(m, p);
	else
		qy_kfree(m, p);
}

void qy_kvfree_sensitive(struct qy_machine *m, const void *p, size_t len)
{
	void *memory = (void *)(uintptr_t)p;

	if (QY_ZERO_OR_NULL_PTR(p))
		return;
	memset(memory, 0, len);
	/* the stores are not dead: somebody may read the memory after us */
	__asm__ volatile("" : : "r"(memory) : "memory");
	qy_kvfree(m, p);
}
