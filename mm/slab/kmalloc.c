// SPDX-License-Identifier: MIT
/*
 * kmalloc: objects of any size.
 *
 *   qy_kmalloc, qy_kzalloc, qy_kmalloc_node, ..._array, qy_kcalloc, qy_krealloc
 *   qy_kfree_sensitive, qy_kmalloc_size_roundup
 *   qy_free_large, qy_large_size     blocks above 8 KiB
 *
 * Up to 8 KiB a table says which cache; above, a compound block of frames, whose first frame the class map knows.
 *
 * Locking: none here.
 */
#include "mm/slab/kmalloc.h"
#include "mm/slab/kfence.h"
#include "mm/slab/sheaf.h"
#include "mm/slab/slub_debug.h"

/* ------------------------------------------------------------------ which cache */

#define STEP 8 /* sizes are told apart in steps of it */

/* By (size + 7) / 8: the cache's place among the NR_KMALLOC_SIZES, size 8 first. */
static const u8 size_index[QY_KMALLOC_MAX_CACHE_SIZE / STEP + 1] = {
	[0 ... 1] = 0,
	[2] = 1,
	[3 ... 4] = 2,
	[5 ... 8] = 3,
	[9 ... 12] = 4,
	[13 ... 16] = 5,
	[17 ... 24] = 6,
	[25 ... 32] = 7,
	[33 ... 64] = 8,
	[65 ... 128] = 9,
	[129 ... 256] = 10,
	[257 ... 512] = 11,
	[513 ... 1024] = 12,
};

static const u16 class_bytes[NR_KMALLOC_SIZES] = { 8, 16, 32, 64, 96, 128, 192, 256, 512,
	1024, 2048, 4096, 8192 };

/* pre: size <= QY_KMALLOC_MAX_CACHE_SIZE */
static inline u32 class_of_size(size_t size)
{
	return size_index[(size + STEP - 1) / STEP];
}

/* DMA before reclaimable. */
static inline u32 kmalloc_id(size_t size, qy_gfp_t gfp)
{
	u32 type = KMALLOC_NORMAL;

	if (gfp & QY___GFP_DMA)
		type = KMALLOC_DMA;
	else if (gfp & QY___GFP_RECLAIMABLE)
		type = KMALLOC_RECLAIM;
	return KMALLOC_FIRST_ID + type * NR_KMALLOC_SIZES + class_of_size(size);
}

struct kmem_cache *qy_kmalloc_cache(const struct qy_machine *m, size_t size)
{
	return slabs_of(m)->by_id[kmalloc_id(size, 0)];
}

/* ------------------------------------------------------------------ large blocks */

static unsigned int size_order(size_t size)
{
	u64 pages = (size + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT;

	return pages <= 1 ? 0 : qy_fls64(pages - 1) + 1;
}

static void count_large(struct qy_machine *m, u32 head, unsigned int order, bool more)
{
	u64 *pages = &m->slab_pages[frame_node(m, head)][0];

	if (more)
		atomic_add(pages, 1ull << order);
	else
		atomic_sub(pages, 1ull << order);
}

static void *alloc_large(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node)
{
	unsigned int order;
	struct page *page;

	if (unlikely(size > QY_KMALLOC_MAX_SIZE)) {
		qy_report_too_large(m, size, gfp);
		return NULL;
	}
	if (m->port->no_contents)
		return NULL;
	order = size_order(size);
	page = qy_alloc_pages_node(m, node,
		(gfp & ~SLAB_BUG_GFP) | QY___GFP_COMP |
			(m->board->slab.init_on_alloc ? QY___GFP_ZERO : 0),
		order);
	if (!page)
		return NULL;
	u32 head = page_to_frame(m, page);

	own_frames(m, head, true);
	count_large(m, head, order, true);
	WRITE_ONCE(slabs_of(m)->class_map[head], CLASS_LARGE);
	mark(m, (char *)frame_address(m, head) + size,
		((size_t)QY_PAGE_SIZE << order) - size, QY_MARK_NOACCESS);
	return frame_address(m, head);
}

/* NO_FRAME unless @p is the beginning of a large block. */
static u32 large_head(const struct qy_machine *m, const void *p)
{
	u32 frame = address_frame(m, p);

	if (frame == NO_FRAME || (uintptr_t)p & (QY_PAGE_SIZE - 1) ||
		READ_ONCE(slabs_of(m)->class_map[frame]) != CLASS_LARGE)
		return NO_FRAME;
	return frame;
}

size_t qy_large_size(const struct qy_machine *m, const void *p)
{
	u32 head = large_head(m, p);

	return head == NO_FRAME
		       ? 0
		       : (size_t)QY_PAGE_SIZE << hot_order(READ_ONCE(m->hot[head]));
}

bool qy_free_large(struct qy_machine *m, const void *p)
{
	u32 head = large_head(m, p);
	unsigned int order;

	if (head == NO_FRAME)
		return false;
	order = hot_order(READ_ONCE(m->hot[head]));
	mark(m, frame_address(m, head), (size_t)QY_PAGE_SIZE << order, QY_MARK_UNDEFINED);
	if (m->board->slab.init_on_free)
		memset(frame_address(m, head), 0, (size_t)QY_PAGE_SIZE << order);
	WRITE_ONCE(slabs_of(m)->class_map[head], CLASS_NONE);
	count_large(m, head, order, false);
	own_frames(m, head, false);
	qy_free_pages(m, frame_to_page(m, head), order);
	return true;
}

/* ------------------------------------------------------------------ the doors */

static noinline void *kmalloc_slow(
	struct qy_machine *m, size_t size, qy_gfp_t gfp, int node)
{
	const struct qy_slabs *slabs = slabs_of(m);
	struct kmem_cache *cache;
	void *object;

	if (size > QY_KMALLOC_MAX_CACHE_SIZE)
		return alloc_large(m, size, gfp, node);
	if (!size)
		return QY_ZERO_SIZE_PTR;
	cache = slabs->by_id[kmalloc_id(size, gfp)];
	gfp &= ~(QY___GFP_DMA | QY___GFP_RECLAIMABLE);
	if (likely(!slabs->long_way)) {
		object = qy_kmem_cache_alloc_node(cache, gfp, node);
	} else {
		object = qy_alloc_asked(cache, gfp, node, (u32)size);
		if (is_kfence(m, object))
			return object;
	}
	if (unlikely(kmem_cache_debug(cache)) && object)
		qy_debug_set_asked(cache, object, (u32)size, !(gfp & QY___GFP_ZERO));
	if (unlikely(m->port->mark != NULL) && object)
		mark(m, (char *)object + size, cache->size - size, QY_MARK_NOACCESS);
	return object;
}

void *qy_kmem_cache_kmalloc(struct kmem_cache *cache, qy_gfp_t gfp, size_t size)
{
	void *object = qy_kmem_cache_alloc(cache, gfp);

	if (object && kmem_cache_debug(cache))
		qy_debug_set_asked(cache, object, (u32)size, !(gfp & QY___GFP_ZERO));
	return object;
}

/* Anything else than a plain request for an object goes the long way. */
#define LONG_GFP                                                              \
	(QY___GFP_DMA | QY___GFP_RECLAIMABLE | QY___GFP_ZERO | SLAB_BUG_GFP | \
		~QY___GFP_BITS_MASK)

/* The same where CPUs are shared. */
static noinline void *kmalloc_shared(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	const struct qy_context *context = qy_current();
	struct slab_cpu *cpu = shared_slab_cpu(context);

	if (likely(size - 1 < QY_KMALLOC_MAX_CACHE_SIZE) &&
		likely(!((gfp | cpu->init_gfp) & LONG_GFP)) &&
		likely(!(context->preempt_count | context->irqs_disabled))) {
		void *object =
			sheaf_pop_shared(cpu, KMALLOC_FIRST_ID + class_of_size(size));

		if (likely(object))
			return object;
	}
	return kmalloc_slow(m, size, gfp, QY_NUMA_NO_NODE);
}

void *qy_kmalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	const struct qy_context *context = qy_current();

	VM_BUG_ON(context->machine != m);
	/* size - 1: 0 is long, too */
	if (likely(size - 1 < QY_KMALLOC_MAX_CACHE_SIZE) &&
		likely(!((gfp | context->slab_cpu->init_gfp) & LONG_GFP)) &&
		likely(!(context->preempt_count | context->irqs_disabled))) {
		void *object = sheaf_pop(
			context->slab_cpu, KMALLOC_FIRST_ID + class_of_size(size));

		if (likely(object))
			return object;
	}
	if (context->host_cpu)
		return kmalloc_shared(m, size, gfp);
	return kmalloc_slow(m, size, gfp, QY_NUMA_NO_NODE);
}

void *qy_kzalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	return kmalloc_slow(m, size, gfp | QY___GFP_ZERO, QY_NUMA_NO_NODE);
}

void *qy_kmalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node)
{
	return kmalloc_slow(m, size, gfp, node);
}

void *qy_kzalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node)
{
	return kmalloc_slow(m, size, gfp | QY___GFP_ZERO, node);
}

void *qy_kmalloc_array(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : qy_kmalloc(m, bytes, gfp);
}

void *qy_kcalloc(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp)
{
	return qy_kmalloc_array(m, n, size, gfp | QY___GFP_ZERO);
}

void *qy_kmalloc_array_node(
	struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp, int node)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes)
		       ? NULL
		       : kmalloc_slow(m, bytes, gfp, node);
}

void *qy_kcalloc_node(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp, int node)
{
	return qy_kmalloc_array_node(m, n, size, gfp | QY___GFP_ZERO, node);
}

void *qy_krealloc(struct qy_machine *m, void *p, size_t new_size, qy_gfp_t gfp)
{
	size_t old_size;
	void *moved;

	if (!new_size) {
		qy_kfree(m, p);
		return QY_ZERO_SIZE_PTR;
	}
	if (QY_ZERO_OR_NULL_PTR(p))
		return qy_kmalloc(m, new_size, gfp);
	old_size = qy_ksize(m, p);
	if (!old_size)
		return NULL; /* not ours, and said so */
	if (new_size <= old_size) {
		if (likely(!is_kfence(m, p)))
			mark_asked(m, p, new_size, old_size, QY_MARK_DEFINED);
		return p;
	}
	moved = qy_kmalloc(m, new_size, gfp);
	if (!moved)
		return NULL;
	if (likely(!is_kfence(m, p)))
		mark(m, p, old_size, QY_MARK_DEFINED);
	memcpy(moved, p, old_size);
	qy_kfree(m, p);
	return moved;
}

void *qy_krealloc_array(
	struct qy_machine *m, void *p, size_t n, size_t size, qy_gfp_t gfp)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL
						       : qy_krealloc(m, p, bytes, gfp);
}

void qy_kfree_sensitive(struct qy_machine *m, const void *p)
{
	void *memory = (void *)(uintptr_t)p;
	size_t bytes = qy_ksize(m, p);

	if (!bytes)
		return;
	mark(m, memory, bytes, QY_MARK_DEFINED);
	memset(memory, 0, bytes);
	/* the stores are not dead: somebody may read the memory after us */
	__asm__ volatile("" : : "r"(memory) : "memory");
	qy_kfree(m, p);
}

size_t qy_kmalloc_size_roundup(size_t size)
{
	if (!size || size > QY_KMALLOC_MAX_SIZE)
		return size;
	if (size <= QY_KMALLOC_MAX_CACHE_SIZE)
		return class_bytes[class_of_size(size)];
	return (size_t)QY_PAGE_SIZE << size_order(size);
}
