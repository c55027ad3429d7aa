// SPDX-License-Identifier: MIT
/*
 * Areas: their addresses, what is mapped there, and what happens to them after.
 *
 *   qy_vmalloc_tables, _boot, _ready      the space, and its page tables
 *   qy_new_area, qy_drop_area             addresses
 *   qy_map_pages, qy_unmap_pages          frames behind them
 *   qy_take_area, qy_remove_area          the end of an area
 *   qy_purge, qy_run_deferred             ... of its addresses; put off by interrupts
 *   qy_vmalloc_to_page, _to_pfn, qy_is_vmalloc_addr, qy_vmalloc_address
 *
 *   page p of the space  =  board address v->start + 4096 * p  =  pointer m->vm_base + 4096 * p
 *
 * What is mapped stands twice: in page tables of the board's architecture, in frames of the board, and with the port,
 * which makes it so (in a process: by mappings of the host, one for each run of neighbouring frames).
 *
 * An area is unmapped at once, but its addresses wait, as on Linux: who still has them meets a hole, not a stranger. They are
 * free again when lazy_max_pages() of them wait, or when addresses run out.
 *
 * Locking: v->lock for the tree and the lists; the port, the slab room and the page room are called without it. An area that
 * is GOING belongs to one thread.
 */
#include "mm/virt/internal.h"

#define X86_START   0xffffc90000000000ull /* four levels, no KASLR */
#define X86_BYTES   (32ull << 40)
#define ARM64_START 0xffff800080000000ull /* 48 bits; behind the modules */
#define ARM64_END   0xfffffdffbf800000ull /* 8 MiB before the memory map */

#define SPACE_SHARE 8u /* of the process's addresses: so many times the board's RAM ... */
#define SPACE_LEAST (1ull << (30 - QY_PAGE_SHIFT)) /* pages; but not less */
#define SPACE_MOST  (1ull << (44 - QY_PAGE_SHIFT))

/* ------------------------------------------------------------------ page tables in frames of the board */

static u64 alloc_table(void *arg)
{
	struct qy_machine *m = arg;
	struct page *page = qy_alloc_pages(m, QY_GFP_KERNEL | QY___GFP_ZERO, 0);

	return page ? qy_page_to_phys(m, page) : PGTABLE_NO_PHYS;
}

static void free_table(void *arg, u64 phys)
{
	struct qy_machine *m = arg;

	qy_free_pages(m, qy_pfn_to_page(m, phys >> QY_PAGE_SHIFT), 0);
}

static u64 *table(void *arg, u64 phys)
{
	const struct qy_machine *m = arg;

	return frame_address(m, qy_pfn_to_frame(m, phys >> QY_PAGE_SHIFT));
}

/* The port's own mappings are what is used. */
static const struct pgtable_ops table_ops = { alloc_table, free_table, table, NULL };

/* ------------------------------------------------------------------ the space */

void qy_vmalloc_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg)
{
	m->vmalloc = take(arg,
		sizeof(*m->vmalloc) + board->nr_cpus * sizeof(m->vmalloc->cpu[0]),
		QY_CACHELINE);
}

void qy_vmalloc_boot(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	bool x86 = m->board->arch == QY_ARCH_X86_64;

	v->start = x86 ? X86_START : ARM64_START;
	v->bytes = x86 ? X86_BYTES : ARM64_END - ARM64_START;
	if (m->board->vmalloc_bytes)
		v->bytes = min(
			v->bytes, round_down(m->board->vmalloc_bytes, (u64)QY_PAGE_SIZE));
	v->keep_most = (u32)min(2048ull, m->total_pages / 32 / m->nr_cpus);
}

/* The process may have fewer addresses than the board: several times what could be mapped. */
static bool ask_for_space(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	u64 pages = max(m->total_pages * SPACE_SHARE, SPACE_LEAST);
	void *address;
	int err;

	if (!m->port->vm_space || m->port->no_contents)
		return false;
	pages = min(min(pages, SPACE_MOST), v->bytes >> QY_PAGE_SHIFT);
	/* a process may be limited in addresses (ulimit -v) */
	for (; (err = m->port->vm_space(m->port->ctx, pages << QY_PAGE_SHIFT, &address));
		pages /= 2)
		if (pages <= m->total_pages)
			return false;
	v->space = address;
	v->nr_space_pages = pages;
	qy_va_init(&v->tree, pages);
	return true;
}

static enum pgtable_format format_of_board(const struct qy_machine *m)
{
	return m->board->arch == QY_ARCH_X86_64 ? PGTABLE_X86_64 : PGTABLE_ARM64;
}

static void publish_space(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);

	WRITE_ONCE(m->vm_base, v->space);
	/* release: whoever sees that there are addresses sees the tree and the page tables */
	store_release(&m->vm_bytes, v->nr_space_pages << QY_PAGE_SHIFT);
}

bool qy_vmalloc_ready(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	bool ready;

	if (likely(load_acquire(&m->vm_bytes)))
		return true;
	qy_mutex_lock(&v->set_up);
	/* Another may have been first: what all read without a lock is written once. */
	ready = READ_ONCE(m->vm_bytes);
	if (!ready) {
		if (!v->space && !ask_for_space(m))
			qy_report_no_space(m);
		ready = v->space &&
			!qy_pgtable_init(&v->pt, format_of_board(m), &table_ops, m, true);
		if (ready)
			publish_space(m);
	}
	qy_mutex_unlock(&v->set_up);
	return ready;
}

/* ------------------------------------------------------------------ addresses */

/* Linux's: 32 MiB for one CPU, and again for each doubling of them. */
static u64 lazy_max_pages(const struct qy_machine *m)
{
	return (qy_fls64(m->nr_cpus) + 1) * (32ull << (20 - QY_PAGE_SHIFT));
}

static bool take_addresses(
	struct qy_machine *m, struct vmap_area *area, u64 nr, struct va_place place)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	bool found;

	qy_spin_lock_irqsave(&v->lock);
	found = qy_va_alloc(&v->tree, &area->node, nr, place.align, place.phase);
	qy_spin_unlock_irqrestore(&v->lock);
	return found;
}

static void free_addresses(struct qy_machine *m, struct vmap_area *area)
{
	struct qy_vmalloc *v = vmalloc_of(m);

	qy_spin_lock_irqsave(&v->lock);
	qy_va_free(&v->tree, &area->node);
	qy_spin_unlock_irqrestore(&v->lock);
	qy_kfree(m, area);
}

struct vmap_area *qy_new_area(struct qy_machine *m, u64 nr, struct va_place place,
	u32 flags, qy_gfp_t gfp, int node)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	u64 with_guard = nr + guard_pages(flags);
	struct vmap_area *area;

	if (!qy_vmalloc_ready(m))
		return NULL;
	area = qy_kzalloc_node(m, sizeof(*area), gfp & GFP_RECLAIM_MASK, node);
	if (!area)
		return NULL;
	area->flags = flags;
	area->caller = qy_current()->site;
	if (take_addresses(m, area, with_guard, place))
		return area;
	qy_vmalloc_drain(m);
	qy_purge(m);
	if (take_addresses(m, area, with_guard, place))
		return area;
	if (!(gfp & QY___GFP_NOWARN))
		qy_vm_warn(m,
			"vmalloc_node_range for size %llu failed: Address range restricted to 0x%llx - 0x%llx",
			(unsigned long long)with_guard << QY_PAGE_SHIFT,
			(unsigned long long)v->start,
			(unsigned long long)v->start + v->bytes);
	qy_kfree(m, area);
	return NULL;
}

void qy_drop_area(struct qy_machine *m, struct vmap_area *area)
{
	free_addresses(m, area);
}

/* ------------------------------------------------------------------ what is mapped */

/* How many of @pages are neighbours, from the first on, in RAM as well as in the window. */
static u64 run_length(struct page *const *pages, u64 nr)
{
	u64 run = 1;

	while (run < nr && pages[run] == pages[0] + run)
		run++;
	return run;
}

/* Neighbours of the window whose pfns are none: a chunk further on may be of another extent. */
static u64 pfn_run(const struct qy_machine *m, u32 frame, u64 run)
{
	u64 whole = CHUNK_FRAMES - (frame & (CHUNK_FRAMES - 1));

	while (whole < run &&
		frame_to_pfn(m, frame + (u32)whole) == frame_to_pfn(m, frame) + whole)
		whole += CHUNK_FRAMES;
	return min(whole, run);
}

static int map_run(struct qy_machine *m, u64 first, u32 frame, u64 nr, u32 prot)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	const struct qy_port *port = m->port;
	int err = 0;

	for (u64 i = 0, run; i < nr && !err; i += run) {
		run = pfn_run(m, frame + (u32)i, nr - i);
		err = qy_pgtable_map(&v->pt, page_board_address(v, first + i),
			frame_to_pfn(m, frame + (u32)i) << QY_PAGE_SHIFT,
			run << QY_PAGE_SHIFT, prot);
	}
	if (!err)
		err = port->vm_map(port->ctx, page_pointer(m, first),
			(size_t)frame << QY_PAGE_SHIFT, nr << QY_PAGE_SHIFT,
			prot & QY_PAGE_KERNEL);
	return err;
}

int qy_map_pages(struct qy_machine *m, u64 first, struct page *const *pages, u64 nr,
	u32 prot, u32 *nr_runs)
{
	struct qy_vmalloc *v = vmalloc_of(m);

	*nr_runs = 0;
	for (u64 i = 0; i < nr; i++)
		if (page_to_frame_checked(m, pages[i]) == NO_FRAME)
			return -QY_EINVAL;
	for (u64 i = 0, run; i < nr; i += run) {
		int err;

		run = run_length(pages + i, nr - i);
		err = map_run(m, first + i, page_to_frame(m, pages[i]), run, prot);
		if (!err) {
			++*nr_runs;
			continue;
		}
		/* what is mapped with the port stays so only when it will not let go: then nobody knows the address */
		if (i && m->port->vm_unmap(m->port->ctx, page_pointer(m, first),
				 i << QY_PAGE_SHIFT))
			qy_vm_warn(m, "quarry: vmalloc: %llu pages could not be unmapped",
				(unsigned long long)i);
		if (qy_pgtable_unmap(&v->pt, page_board_address(v, first),
			    (i + run) << QY_PAGE_SHIFT))
			BUG_ON(true);
		return err;
	}
	atomic_add(&v->nr_mappings, *nr_runs);
	return 0;
}

int qy_unmap_pages(struct qy_machine *m, u64 first, u64 nr)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	int err = m->port->vm_unmap(
		m->port->ctx, page_pointer(m, first), nr << QY_PAGE_SHIFT);

	/* blocks were made for areas of whole blocks: none is split, so no table is needed */
	if (!err && qy_pgtable_unmap(
			    &v->pt, page_board_address(v, first), nr << QY_PAGE_SHIFT))
		BUG_ON(true);
	return err;
}

/* ------------------------------------------------------------------ the end of an area */

static void free_frames(struct qy_machine *m, struct vmap_area *area)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	const u32 own = QY_VM_ALLOC | QY_VM_MAP_PUT_PAGES;

	if (area->flags & own && area->pages) {
		if (area->flags & QY_VM_ALLOC)
			atomic_sub(&v->nr_pages, area->nr_pages);
		for (u64 i = 0; i < area->nr_pages; i++)
			qy_free_pages(m, area->pages[i], 0);
		qy_kvfree(m, area->pages);
	}
	area->pages = NULL;
	area->nr_pages = 0;
}

/* Return: false while the port cannot. */
static bool take_down(struct qy_machine *m, struct vmap_area *area)
{
	u64 nr = area->node.end - area->node.start;

	if (area->mapped) {
		nr -= guard_pages(area->flags);
		if (qy_unmap_pages(m, area->node.start, nr))
			return false;
		atomic_sub(&vmalloc_of(m)->nr_mappings, area->nr_runs);
		area->mapped = false;
	}
	free_frames(m, area);
	return true;
}

static bool let_wait(struct qy_machine *m, struct vmap_area *area)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	bool enough;

	qy_spin_lock_irqsave(&v->lock);
	set_state(area, AREA_LAZY);
	area->next = v->lazy;
	WRITE_ONCE(v->lazy, area);
	WRITE_ONCE(v->lazy_pages, v->lazy_pages + area->node.end - area->node.start);
	enough = v->lazy_pages > lazy_max_pages(m);
	qy_spin_unlock_irqrestore(&v->lock);
	return enough;
}

void qy_remove_area(struct qy_machine *m, struct vmap_area *area)
{
	/* one that cannot be unmapped waits with its frames: the purge tries again */
	take_down(m, area);
	if (let_wait(m, area))
		qy_purge(m);
}

/* One round. Return: areas that are gone. */
static u64 purge_once(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *area, *next;
	u64 nr = 0;

	qy_spin_lock_irqsave(&v->lock);
	area = v->lazy;
	WRITE_ONCE(v->lazy, NULL);
	WRITE_ONCE(v->lazy_pages, 0);
	qy_spin_unlock_irqrestore(&v->lock);
	for (; area; area = next) {
		next = area->next;
		if (take_down(m, area)) {
			free_addresses(m, area);
			nr++;
		} else {
			let_wait(m, area);
		}
	}
	return nr;
}

void qy_purge(struct qy_machine *m)
{
	/* an area that only now lets go of its array of pages leaves the array's own area to the next round */
	while (purge_once(m) && READ_ONCE(vmalloc_of(m)->lazy))
		;
}

struct vmap_area *qy_take_area(struct qy_machine *m, u64 page, enum area_state next)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *area = NULL;
	struct va_node *node;

	qy_spin_lock_irqsave(&v->lock);
	node = qy_va_find(&v->tree, page);
	if (node && area_state(area_of(node)) == AREA_BUSY && !is_ram(area_of(node)) &&
		!(area_of(node)->flags & QY_VM_UNINITIALIZED)) {
		area = area_of(node);
		set_state(area, next);
		if (next == AREA_PUT_OFF) {
			area->next = v->deferred;
			WRITE_ONCE(v->deferred, area);
		}
	}
	qy_spin_unlock_irqrestore(&v->lock);
	return area;
}

void qy_run_deferred(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *area, *next;

	if (likely(!READ_ONCE(v->deferred)))
		return;
	qy_spin_lock_irqsave(&v->lock);
	area = v->deferred;
	WRITE_ONCE(v->deferred, NULL);
	qy_spin_unlock_irqrestore(&v->lock);
	for (; area; area = next) {
		next = area->next;
		set_state(area, AREA_GOING);
		qy_remove_area(m, area);
	}
}

void qy_vm_unmap_aliases(struct qy_machine *m)
{
	if (!load_acquire(&m->vm_bytes))
		return;
	qy_run_deferred(m);
	qy_vmalloc_drain(m);
	qy_purge_ram(m);
	qy_purge(m);
}

/* ------------------------------------------------------------------ by address */

bool qy_is_vmalloc_addr(const struct qy_machine *m, const void *p)
{
	return pointer_page(m, p) != ~0ull;
}

void *qy_vmalloc_begin(struct qy_machine *m)
{
	return qy_vmalloc_ready(m) ? m->vm_base : NULL;
}

void *qy_vmalloc_end(struct qy_machine *m)
{
	return qy_vmalloc_ready(m) ? m->vm_base + m->vm_bytes - 1 : NULL;
}

uint64_t qy_vmalloc_address(const struct qy_machine *m, const void *p)
{
	u64 page = pointer_page(m, p);

	if (page == ~0ull)
		return 0;
	return page_board_address(vmalloc_of(m), page) +
	       ((uintptr_t)p & (QY_PAGE_SIZE - 1));
}

unsigned long qy_vmalloc_to_pfn(struct qy_machine *m, const void *p)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct pgtable_entry entry;
	u64 page = pointer_page(m, p);

	if (page == ~0ull ||
		!qy_pgtable_walk(&v->pt, page_board_address(v, page), &entry))
		return 0;
	return entry.phys >> QY_PAGE_SHIFT;
}

struct page *qy_vmalloc_to_page(struct qy_machine *m, const void *p)
{
	unsigned long pfn = qy_vmalloc_to_pfn(m, p);

	return pfn ? qy_pfn_to_page(m, pfn) : NULL;
}

/* ------------------------------------------------------------------ seeing */

static bool next_area(struct qy_machine *m, u64 page, struct qy_vmalloc_info *out)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct va_node *node = qy_va_at_or_after(&v->tree, page);
	const struct vmap_area *area;

	if (!node)
		return false;
	area = area_of(node);
	*out = (struct qy_vmalloc_info){
		.kind = is_ram(area) ? QY_VMALLOC_RAM : QY_VMALLOC_AREA,
		.start = page_board_address(v, node->start),
		.end = page_board_address(v, node->end),
	};
	if (area_state(area) != AREA_BUSY)
		out->kind = QY_VMALLOC_UNPURGED;
	if (out->kind != QY_VMALLOC_AREA)
		return true;
	out->flags = area->flags;
	out->caller = READ_ONCE(area->caller);
	if (area->flags & QY_VM_UNINITIALIZED)
		return true;
	out->nr_pages = area->nr_pages;
	out->vpages = area->pages && qy_is_vmalloc_addr(m, area->pages);
	for (u64 i = 0; i < area->nr_pages; i++)
		out->nr_node[zone_of(m, page_to_frame(m, area->pages[i]))->node]++;
	return true;
}

bool qy_vmalloc_next(struct qy_machine *m, uint64_t *address, struct qy_vmalloc_info *out)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	bool found;

	if (!load_acquire(&m->vm_bytes) || *address >= v->start + m->vm_bytes)
		return false;
	qy_spin_lock_irqsave(&v->lock);
	found = next_area(m,
		*address <= v->start
			? 0
			: (*address - v->start + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT,
		out);
	qy_spin_unlock_irqrestore(&v->lock);
	if (found)
		*address = out->end;
	return found;
}

void qy_vmalloc_stats(const struct qy_machine *m, struct qy_vmalloc_stats *out)
{
	const struct qy_vmalloc *v = vmalloc_of(m);

	*out = (struct qy_vmalloc_stats){
		.total_bytes = v->bytes,
		.used_pages = READ_ONCE(v->nr_pages),
		.lazy_pages = READ_ONCE(v->lazy_pages),
		.kept_pages = qy_kept_pages(m),
		.table_pages = READ_ONCE(v->pt.nr_tables),
		.nr_mappings = READ_ONCE(v->nr_mappings),
		.nr_reused = READ_ONCE(v->nr_reused),
	};
}

/* ------------------------------------------------------------------ validate */

struct tally {
	u64 pages, runs, lazy, kept;
};

/* A mapped area's page tables lead where its array says, and its guard page nowhere. */
static bool area_is_good(
	struct qy_machine *m, const struct vmap_area *area, struct tally *tally)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	bool owns = area->flags & QY_VM_ALLOC && area->pages;
	struct pgtable_entry entry;

	if (area_state(area) == AREA_KEPT)
		tally->kept += area->nr_pages;
	else if (owns)
		tally->pages += area->nr_pages;
	if (area_state(area) == AREA_LAZY)
		tally->lazy += area->node.end - area->node.start;
	if (!is_ram(area))
		tally->runs += area->mapped ? area->nr_runs : 0;
	for (u64 i = 0; owns && area->mapped && i < area->nr_pages; i++)
		if (!qy_pgtable_walk(&v->pt, page_board_address(v, area->node.start + i),
			    &entry) ||
			entry.phys >> QY_PAGE_SHIFT !=
				frame_to_pfn(m, page_to_frame(m, area->pages[i])))
			return false;
	if (!is_ram(area) && !area->mapped &&
		qy_pgtable_walk(&v->pt, page_board_address(v, area->node.start), &entry))
		return false;
	return !guard_pages(area->flags) ||
	       !qy_pgtable_walk(
		       &v->pt, page_board_address(v, area->node.end - 1), &entry);
}

bool qy_vmalloc_validate(struct qy_machine *m, char *why, size_t why_size)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct tally tally = { 0 };
	u64 page = 0;

	if (!m->vm_bytes)
		return true;
	if (!qy_va_validate(&v->tree, why, why_size) ||
		!qy_pgtable_validate(&v->pt, why, why_size))
		return false;
	for (struct va_node *node; (node = qy_va_at_or_after(&v->tree, page));
		page = node->end) {
		if (area_is_good(m, area_of(node), &tally))
			continue;
		qy_snprintf(why, why_size,
			"vmap area at 0x%llx: its page tables are not what it maps",
			(unsigned long long)page_board_address(v, node->start));
		return false;
	}
	if (tally.pages == v->nr_pages && tally.lazy == v->lazy_pages &&
		tally.kept == qy_kept_pages(m) && tally.runs <= v->nr_mappings)
		return true;
	qy_snprintf(why, why_size,
		"vmalloc: %llu pages, %llu waiting, %llu kept are counted; found: %llu, %llu, %llu",
		(unsigned long long)v->nr_pages, (unsigned long long)v->lazy_pages,
		(unsigned long long)qy_kept_pages(m), (unsigned long long)tally.pages,
		(unsigned long long)tally.lazy, (unsigned long long)tally.kept);
	return false;
}
