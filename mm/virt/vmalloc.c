// SPDX-License-Identifier: MIT
/*
 * vmalloc: frames from anywhere behind addresses that follow one another.
 *
 *   qy_vmalloc, qy_vzalloc, _user, _32, _node, _huge, _array, qy_vcalloc, qy___vmalloc, qy_vrealloc
 *   qy_vfree, qy_vfree_atomic
 *   qy_vmap, qy_vunmap
 *
 *   sizes > RAM are refused -> an area that stays for reuse -> array of pages -> frames -> sorted -> addresses -> mapped
 *
 * Frames: as Linux takes them, single ones in bulk, or blocks of 2 MiB where the caller allows it. Under policy quarry, and
 * when the host has no mappings left for the scattered ones, the largest blocks first. Sorted, so that neighbours share a
 * mapping.
 *
 * Locking: none here; see vmap.c and reuse.c.
 */
#include "mm/virt/internal.h"

#define BULK        100u /* Linux asks for so many at a time */
#define BLOCK_ORDER QY_PAGEBLOCK_ORDER
#define ZONE_BITS   (QY___GFP_DMA | QY___GFP_DMA32 | QY___GFP_HIGHMEM | QY___GFP_MOVABLE)

/* ------------------------------------------------------------------ frames */

static void put_pages(struct qy_machine *m, struct page **pages, u64 nr)
{
	for (u64 i = 0; i < nr; i++) {
		qy_free_pages(m, pages[i], 0);
		pages[i] = NULL;
	}
}

/* Return: how many of @nr were had. */
static u64 take_single(
	struct qy_machine *m, struct page **pages, u64 nr, qy_gfp_t gfp, int node)
{
	u64 got = 0;

	while (node == QY_NUMA_NO_NODE && got < nr) {
		unsigned long want = min(nr - got, (u64)BULK);
		unsigned long more =
			qy_alloc_pages_bulk(m, gfp & ~QY___GFP_NOFAIL, want, pages + got);

		got += more;
		if (more < want)
			break;
	}
	while (got < nr && (pages[got] = qy_alloc_pages_node(m, node, gfp, 0)) != NULL)
		got++;
	return got;
}

static void take_apart(
	struct qy_machine *m, struct page **pages, struct page *page, unsigned int order)
{
	if (order)
		qy_split_page(m, page, order);
	for (u64 i = 0; i < 1ull << order; i++)
		pages[i] = page + i;
}

static u64 take_blocks(
	struct qy_machine *m, struct page **pages, u64 nr, qy_gfp_t gfp, int node)
{
	u64 got = 0;

	for (struct page *page; got < nr; got += 1u << BLOCK_ORDER) {
		page = qy_alloc_pages_node(m, node, gfp & ~QY___GFP_NOFAIL, BLOCK_ORDER);
		if (!page)
			break;
		take_apart(m, pages + got, page, BLOCK_ORDER);
	}
	return got;
}

/* Blocks that can be had without effort, the largest first. */
static u64 take_largest(
	struct qy_machine *m, struct page **pages, u64 nr, qy_gfp_t gfp, int node)
{
	const qy_gfp_t easy = gfp & ~(QY___GFP_DIRECT_RECLAIM | QY___GFP_NOFAIL);
	unsigned int order = QY_MAX_PAGE_ORDER;
	u64 got = 0;

	while (got < nr) {
		struct page *page;

		while (1ull << order > nr - got)
			order--;
		page = qy_alloc_pages_node(m, node, order ? easy : gfp, order);
		if (page) {
			take_apart(m, pages + got, page, order);
			got += 1ull << order;
		} else if (order) {
			order--;
		} else {
			break;
		}
	}
	return got;
}

/* ------------------------------------------------------------------ sorting: neighbours share a mapping */

static void sift_down(struct page **pages, u64 at, u64 nr)
{
	for (u64 child; (child = 2 * at + 1) < nr; at = child) {
		struct page *page = pages[at];

		if (child + 1 < nr && pages[child + 1] > pages[child])
			child++;
		if (pages[child] <= page)
			return;
		pages[at] = pages[child];
		pages[child] = page;
	}
}

static void swap(struct page **a, struct page **b)
{
	struct page *page = *a;

	*a = *b;
	*b = page;
}

/* Mostly they come in order, or turned round: per-CPU lists give back what was freed last. */
static void sort(struct page **pages, u64 nr)
{
	u64 up = 1, down = 1;

	while (up < nr && pages[up - 1] <= pages[up])
		up++;
	while (down < nr && pages[down - 1] >= pages[down])
		down++;
	if (up >= nr)
		return;
	if (down >= nr) {
		for (u64 i = 0; i < nr / 2; i++)
			swap(&pages[i], &pages[nr - 1 - i]);
		return;
	}
	for (u64 at = nr / 2; at-- > 0;)
		sift_down(pages, at, nr);
	for (u64 last = nr; --last > 0;) {
		swap(&pages[0], &pages[last]);
		sift_down(pages, 0, last);
	}
}

/* ------------------------------------------------------------------ an area of frames */

struct request {
	struct qy_machine *m;
	size_t size; /* asked for */
	u64 nr_pages;
	qy_gfp_t gfp;
	u32 flags, prot;
	int node;
	bool blocks; /* of 2 MiB */
	u64 align;   /* pages, a power of two */
};

/* Linux goes on for ever; where nothing else runs that would be a hang, so the machine says so and stops. */
static void wait_for_others(const struct request *r)
{
	struct qy_machine *m = r->m;
	char line[128];

	if (m->port->relax && m->port->relax(m->port->ctx))
		return;
	qy_snprintf(line, sizeof(line),
		"vmalloc of %llu bytes with __GFP_NOFAIL: nobody is there who could help",
		(unsigned long long)r->size);
	m->port->panic(m->port->ctx, line);
}

/* Page tables and the array obey the request's NOFS and NOIO. */
static unsigned int enter_scope(qy_gfp_t gfp)
{
	if ((gfp & (QY___GFP_FS | QY___GFP_IO)) == QY___GFP_IO)
		return qy_memalloc_nofs_save();
	if (!(gfp & (QY___GFP_FS | QY___GFP_IO)))
		return qy_memalloc_noio_save();
	return qy_current()->task_flags & PF_MEMALLOC_MASK;
}

static struct page **new_array(const struct request *r)
{
	const qy_gfp_t gfp = (r->gfp & GFP_RECLAIM_MASK) | QY___GFP_ZERO;
	size_t bytes = r->nr_pages * sizeof(struct page *);
	struct page **pages;

	if (bytes > QY_PAGE_SIZE)
		pages = qy_vmalloc_range(r->m, bytes, gfp, 0, r->node);
	else
		pages = qy_kzalloc_node(r->m, bytes, gfp, r->node);
	if (!pages)
		qy_report_vmalloc(r->m, r->gfp,
			"size %llu, failed to allocated page array size %llu",
			(unsigned long long)r->nr_pages << QY_PAGE_SHIFT,
			(unsigned long long)bytes);
	return pages;
}

/* All frames, sorted, or none. */
static bool take_frames(const struct request *r, struct page **pages, bool largest)
{
	qy_gfp_t gfp = r->gfp | QY___GFP_NOWARN;
	u64 got;

	if (!(gfp & (QY___GFP_DMA | QY___GFP_DMA32)))
		gfp |= QY___GFP_HIGHMEM;
	if (r->blocks)
		got = take_blocks(r->m, pages, r->nr_pages, gfp, r->node);
	else if (largest)
		got = take_largest(r->m, pages, r->nr_pages, gfp, r->node);
	else
		got = take_single(r->m, pages, r->nr_pages, gfp, r->node);
	if (got == r->nr_pages) {
		sort(pages, got);
		return true;
	}
	put_pages(r->m, pages, got);
	if (!r->blocks)
		qy_report_vmalloc(r->m, r->gfp | (gfp & QY___GFP_HIGHMEM),
			"size %llu, failed to allocate pages",
			(unsigned long long)got << QY_PAGE_SHIFT);
	return false;
}

/*
 * Where the first whole pageblock of the frames would lie at a multiple of 2 MiB: one entry of the host's page tables then may
 * do for it, and for those that follow.
 */
static struct va_place place_of(const struct request *r, struct page *const *pages)
{
	if (r->align > 1)
		return (struct va_place){ r->align, 0 };
	for (u64 i = 0; i + BLOCK_FRAMES <= r->nr_pages; i++)
		if (!(page_to_frame(r->m, pages[i]) & (BLOCK_FRAMES - 1)) &&
			pages[i + BLOCK_FRAMES - 1] == pages[i] + BLOCK_FRAMES - 1)
			return (struct va_place){ BLOCK_FRAMES, -i & (BLOCK_FRAMES - 1) };
	return ANYWHERE;
}

static struct vmap_area *new_area(const struct request *r, struct page *const *pages)
{
	for (;;) {
		bool nofail = r->gfp & QY___GFP_NOFAIL;
		struct vmap_area *area = qy_new_area(r->m, r->nr_pages,
			place_of(r, pages), r->flags | QY_VM_ALLOC | QY_VM_UNINITIALIZED,
			r->gfp, r->node);

		if (area)
			return area;
		qy_report_vmalloc(r->m, r->gfp,
			"size %llu, vm_struct allocation failed%s",
			(unsigned long long)r->size, nofail ? ". Retrying." : "");
		if (!nofail)
			return NULL;
		wait_for_others(r);
	}
}

/* Return: 0; -errno, and nothing is mapped. */
static int map_frames(
	const struct request *r, struct vmap_area *area, struct page **pages)
{
	unsigned int scope = enter_scope(r->gfp);
	int err;

	while ((err = qy_map_pages(r->m, area->node.start, pages, r->nr_pages,
			r->prot | (r->blocks ? PGPROT_BLOCKS : 0), &area->nr_runs)) ==
			-QY_ENOMEM &&
		r->gfp & QY___GFP_NOFAIL)
		wait_for_others(r);
	qy_memalloc_restore(scope);
	return err;
}

/* Frames, addresses for them, and the one behind the other. *err: why there is no area; -ENOMEM: it was said. */
static struct vmap_area *try_area(
	const struct request *r, struct page **pages, bool largest, int *err)
{
	struct vmap_area *area;

	*err = -QY_ENOMEM;
	if (!take_frames(r, pages, largest))
		return NULL;
	area = new_area(r, pages);
	if (area) {
		*err = map_frames(r, area, pages);
		if (!*err)
			return area;
		qy_drop_area(r->m, area);
		if (*err == -QY_ENOMEM)
			qy_report_vmalloc(r->m, r->gfp, "size %llu, failed to map pages",
				(unsigned long long)r->nr_pages << QY_PAGE_SHIFT);
	}
	put_pages(r->m, pages, r->nr_pages);
	return NULL;
}

static struct vmap_area *find_area(const struct request *r, struct page **pages)
{
	struct qy_machine *m = r->m;
	bool largest = m->board->policy == QY_POLICY_QUARRY;
	int err;
	struct vmap_area *area = try_area(r, pages, largest, &err);

	if (err == -QY_ENOSPC && !largest && !r->blocks) {
		/* the host has no mapping for each of the pieces: others, in fewer pieces */
		qy_vm_unmap_aliases(m);
		area = try_area(r, pages, true, &err);
	}
	if (err != -QY_ENOSPC)
		return area;
	if (!(r->gfp & QY___GFP_NOWARN))
		qy_report_mappings(m);
	qy_report_vmalloc(m, r->gfp, "size %llu, failed to map pages",
		(unsigned long long)r->nr_pages << QY_PAGE_SHIFT);
	return NULL;
}

/* As vmalloc() makes them: any of these will do for any such request. */
static bool is_plain(const struct qy_machine *m, const struct request *r)
{
	return r->align == 1 && !(r->flags & ~QY_VM_ALLOW_HUGE_VMAP) &&
	       !(r->gfp & ZONE_BITS) && !(r->gfp & QY___GFP_THISNODE) && !r->blocks &&
	       (r->node == QY_NUMA_NO_NODE || m->nr_nodes == 1);
}

static void publish(const struct request *r, struct vmap_area *area, struct page **pages)
{
	struct qy_vmalloc *v = vmalloc_of(r->m);

	atomic_add(&v->nr_pages, r->nr_pages);
	qy_spin_lock_irqsave(&v->lock);
	area->plain = is_plain(r->m, r);
	area->pages = pages;
	area->nr_pages = r->nr_pages;
	area->mapped = true;
	area->flags &= ~QY_VM_UNINITIALIZED;
	qy_spin_unlock_irqrestore(&v->lock);
}

/* Return: the memory, or NULL: nothing is held. */
static void *make_area(const struct request *r)
{
	struct vmap_area *area;
	struct page **pages;

	/* without addresses there is nothing to be had, and nothing to complain of but that */
	if (!qy_vmalloc_ready(r->m))
		return NULL;
	pages = new_array(r);
	if (!pages)
		return NULL;
	area = find_area(r, pages);
	if (!area) {
		qy_kvfree(r->m, pages);
		return NULL;
	}
	publish(r, area, pages);
	return area_pointer(r->m, area);
}

/* ------------------------------------------------------------------ vmalloc */

static void *reuse_area(const struct request *r)
{
	struct vmap_area *area = qy_reuse(r->m, r->nr_pages);
	void *p;

	if (!area)
		return NULL;
	p = area_pointer(r->m, area);
	if (r->gfp & QY___GFP_ZERO)
		memset(p, 0, r->nr_pages << QY_PAGE_SHIFT);
	return p;
}

/* 2 MiB for each node that the frames may come from, at least. */
static bool wants_blocks(const struct request *r)
{
	u64 share = r->size / (r->node == QY_NUMA_NO_NODE ? r->m->nr_nodes : 1);

	return r->flags & QY_VM_ALLOW_HUGE_VMAP && !r->m->board->no_huge_vmalloc &&
	       share >= PGTABLE_BLOCK_BYTES;
}

static void *vmalloc_aligned(
	struct qy_machine *m, size_t size, u64 align, qy_gfp_t gfp, u32 flags, int node)
{
	struct request r = { m, size, size_pages(size), gfp, flags, QY_PAGE_KERNEL, node,
		false, align };
	void *p;

	VM_BUG_ON(qy_current()->machine != m);
	if (unlikely(!size)) {
		qy_report_once(m, WARNED_VMALLOC_EMPTY, "WARNING: vmalloc of 0 bytes");
		return NULL;
	}
	if (unlikely(size >> QY_PAGE_SHIFT > m->total_pages)) {
		qy_report_vmalloc(m, gfp, "size %llu, exceeds total pages",
			(unsigned long long)size);
		return NULL;
	}
	BUG_ON(in_interrupt());
	if (unlikely(qy_in_atomic()))
		qy_report_sleep_in_atomic(m, "mm/virt/vmalloc.c", __LINE__);
	qy_run_deferred(m);
	r.blocks = wants_blocks(&r);
	if (r.blocks) {
		r.nr_pages = round_up(r.nr_pages, 1ull << BLOCK_ORDER);
		p = make_area(&r);
		if (p)
			return p;
		r.blocks = false;
		r.nr_pages = size_pages(size);
	}
	if (is_plain(m, &r) && load_acquire(&m->vm_bytes)) {
		p = reuse_area(&r);
		if (p)
			return p;
	}
	return make_area(&r);
}

void *qy_vmalloc_range(
	struct qy_machine *m, size_t size, qy_gfp_t gfp, u32 flags, int node)
{
	return vmalloc_aligned(m, size, 1, gfp, flags, node);
}

void *qy_vmalloc(struct qy_machine *m, size_t size)
{
	return qy_vmalloc_range(m, size, QY_GFP_KERNEL, 0, QY_NUMA_NO_NODE);
}

void *qy_vzalloc(struct qy_machine *m, size_t size)
{
	return qy_vmalloc_range(
		m, size, QY_GFP_KERNEL | QY___GFP_ZERO, 0, QY_NUMA_NO_NODE);
}

void *qy_vmalloc_user(struct qy_machine *m, size_t size)
{
	return qy_vmalloc_range(
		m, size, QY_GFP_KERNEL | QY___GFP_ZERO, QY_VM_USERMAP, QY_NUMA_NO_NODE);
}

/* What reaches no higher than 4 GiB on this board. */
static qy_gfp_t gfp_vmalloc32(const struct qy_machine *m)
{
	if (m->board->has_zone_dma32)
		return QY___GFP_DMA32 | QY_GFP_KERNEL;
	return (m->board->has_zone_dma ? QY___GFP_DMA : 0) | QY_GFP_KERNEL;
}

void *qy_vmalloc_32(struct qy_machine *m, size_t size)
{
	return qy_vmalloc_range(m, size, gfp_vmalloc32(m), 0, QY_NUMA_NO_NODE);
}

void *qy_vmalloc_32_user(struct qy_machine *m, size_t size)
{
	return qy_vmalloc_range(m, size, gfp_vmalloc32(m) | QY___GFP_ZERO, QY_VM_USERMAP,
		QY_NUMA_NO_NODE);
}

void *qy_vmalloc_node(struct qy_machine *m, size_t size, int node)
{
	return qy_vmalloc_range(m, size, QY_GFP_KERNEL, 0, node);
}

void *qy_vzalloc_node(struct qy_machine *m, size_t size, int node)
{
	return qy_vmalloc_range(m, size, QY_GFP_KERNEL | QY___GFP_ZERO, 0, node);
}

void *qy___vmalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	return qy_vmalloc_range(m, size, gfp, 0, QY_NUMA_NO_NODE);
}

void *qy___vmalloc_aligned(
	struct qy_machine *m, size_t size, size_t align_bytes, qy_gfp_t gfp)
{
	u64 align = align_bytes >> QY_PAGE_SHIFT;

	return vmalloc_aligned(m, size, align ? align : 1, gfp, 0, QY_NUMA_NO_NODE);
}

void *qy_vmalloc_huge(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	return qy_vmalloc_range(m, size, gfp, QY_VM_ALLOW_HUGE_VMAP, QY_NUMA_NO_NODE);
}

void *qy_vmalloc_array(struct qy_machine *m, size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : qy_vmalloc(m, bytes);
}

void *qy_vcalloc(struct qy_machine *m, size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : qy_vzalloc(m, bytes);
}

/* Bytes of the area that begins at @p; 0: there is none. */
static size_t area_bytes(struct qy_machine *m, const void *p)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	u64 page = pointer_page(m, p);
	struct va_node *node;
	u64 pages = 0;

	if (page == ~0ull)
		return 0;
	qy_spin_lock_irqsave(&v->lock);
	node = qy_va_find(&v->tree, page);
	if (node && area_state(area_of(node)) == AREA_BUSY && !is_ram(area_of(node)))
		pages = node->end - node->start - guard_pages(area_of(node)->flags);
	qy_spin_unlock_irqrestore(&v->lock);
	return pages << QY_PAGE_SHIFT;
}

void *qy_vrealloc(struct qy_machine *m, const void *p, size_t size, qy_gfp_t gfp)
{
	size_t old_size = 0;
	void *moved;

	if (!size) {
		qy_vfree(m, p);
		return NULL;
	}
	if (p) {
		old_size = area_bytes(m, p);
		if (!old_size) {
			qy_report_address(m, "vrealloc() nonexistent vm area", p);
			return NULL;
		}
	}
	if (size <= old_size) {
		/* what a later growth finds again is not the bytes from before */
		if (gfp & QY___GFP_ZERO || m->board->slab.init_on_alloc)
			memset((char *)(uintptr_t)p + size, 0, old_size - size);
		return (void *)(uintptr_t)p;
	}
	moved = qy___vmalloc(m, size, gfp);
	if (moved && p) {
		memcpy(moved, p, old_size);
		qy_vfree(m, p);
	}
	return moved;
}

/* ------------------------------------------------------------------ vfree */

/* The area of @p is taken for its end; NULL: there is none, and it is said of @what. */
static struct vmap_area *take_for_end(
	struct qy_machine *m, const void *p, const char *what, enum area_state next)
{
	u64 page = pointer_page(m, p);
	bool aligned = !((uintptr_t)p & (QY_PAGE_SIZE - 1));
	struct vmap_area *area = NULL;

	/* Linux says it of vunmap() in the same words */
	if (!aligned)
		qy_report_address(m, "vfree() bad address", p);
	else if (page != ~0ull)
		area = qy_take_area(m, page, next);
	if (!area)
		qy_report_address(m, what, p);
	else if (area->node.start != page)
		qy_report_inside(m, area, p);
	return area;
}

static void put_off(struct qy_machine *m, const void *p)
{
	take_for_end(m, p, "vfree() nonexistent vm area", AREA_PUT_OFF);
}

void qy_vfree_atomic(struct qy_machine *m, const void *p)
{
	if (p)
		put_off(m, p);
}

void qy_vfree(struct qy_machine *m, const void *p)
{
	struct vmap_area *area;

	if (in_interrupt()) {
		qy_vfree_atomic(m, p);
		return;
	}
	if (unlikely(qy_in_atomic()))
		qy_report_sleep_in_atomic(m, "mm/virt/vmalloc.c", __LINE__);
	if (!p)
		return;
	qy_run_deferred(m);
	area = take_for_end(m, p, "vfree() nonexistent vm area", AREA_GOING);
	if (!area)
		return;
	if (m->board->slab.init_on_free && area->flags & QY_VM_ALLOC)
		memset(area_pointer(m, area), 0, area->nr_pages << QY_PAGE_SHIFT);
	if (!area->plain || !qy_keep(m, area))
		qy_remove_area(m, area);
}

/* ------------------------------------------------------------------ vmap */

void *qy_vmap(struct qy_machine *m, struct page **pages, unsigned int count,
	unsigned long flags, unsigned int prot)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *area;
	int err;

	BUG_ON(in_interrupt());
	if (unlikely(qy_in_atomic()))
		qy_report_sleep_in_atomic(m, "mm/virt/vmalloc.c", __LINE__);
	if (flags & QY_VM_NO_GUARD)
		qy_report_once(m, WARNED_VMAP_FLAGS,
			"WARNING: vmap() with VM_NO_GUARD: the guard page is another's, too");
	if (!count || count > m->total_pages)
		return NULL;
	qy_run_deferred(m);
	flags &= QY_VM_MAP | QY_VM_USERMAP | QY_VM_DMA_COHERENT | QY_VM_MAP_PUT_PAGES;
	area = qy_new_area(m, count, ANYWHERE, (u32)flags | QY_VM_UNINITIALIZED,
		QY_GFP_KERNEL, QY_NUMA_NO_NODE);
	if (!area)
		return NULL;
	err = qy_map_pages(m, area->node.start, pages, count, prot, &area->nr_runs);
	if (err) {
		if (err == -QY_EINVAL)
			qy_vm_warn(m,
				"WARNING: vmap() of a page that is none of the machine's");
		else if (err == -QY_ENOSPC)
			qy_report_mappings(m);
		qy_drop_area(m, area);
		return NULL;
	}
	qy_spin_lock_irqsave(&v->lock);
	if (flags & QY_VM_MAP_PUT_PAGES) {
		area->pages = pages;
		area->nr_pages = count;
	}
	area->mapped = true;
	area->flags &= ~QY_VM_UNINITIALIZED;
	qy_spin_unlock_irqrestore(&v->lock);
	return area_pointer(m, area);
}

void qy_vunmap(struct qy_machine *m, const void *p)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *area;

	BUG_ON(in_interrupt());
	if (unlikely(qy_in_atomic()))
		qy_report_sleep_in_atomic(m, "mm/virt/vmalloc.c", __LINE__);
	if (!p)
		return;
	area = take_for_end(m, p, "vunmap() nonexistent vm area", AREA_GOING);
	if (!area)
		return;
	/* the pages stay the caller's, also those of vmalloc(), which are lost then, as on Linux */
	if (area->flags & QY_VM_ALLOC)
		atomic_sub(&v->nr_pages, area->nr_pages);
	qy_spin_lock_irqsave(&v->lock);
	area->flags &= ~(QY_VM_ALLOC | QY_VM_MAP_PUT_PAGES);
	qy_spin_unlock_irqrestore(&v->lock);
	qy_remove_area(m, area);
}
