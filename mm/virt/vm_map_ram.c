// SPDX-License-Identifier: MIT
/*
 * Mappings for a short time: up to 64 pages are put into an area of 4 MiB that a CPU fills from its begin to its end.
 *
 *   qy_vm_map_ram, qy_vm_unmap_ram
 *   qy_purge_ram                     blocks with nothing mapped go
 *
 * A mapping takes 2^order pages of the block and gives them back dirty: addresses are not used twice before the whole block
 * has gone. No memory and no lock but v->lock is needed for one, which is what it is for.
 *
 *   ram_free + ram_dirty + mapped = RAM_BLOCK_PAGES
 *
 * Locking: v->lock for the counts of a block.
 */
#include "mm/virt/internal.h"

static u32 round_up_pow2(u32 nr)
{
	return nr <= 1 ? 1 : 2u << qy_fls64(nr - 1);
}

/* v->lock must be held. Nothing is mapped in it, and nobody takes from it. */
static bool is_over(const struct vmap_area *block)
{
	return !block->ram_current &&
	       block->ram_free + block->ram_dirty == RAM_BLOCK_PAGES;
}

static void remove_block(struct qy_machine *m, struct vmap_area *block)
{
	if (block)
		qy_remove_area(m, block);
}

/* v->lock must be held. Return: the block, GOING, when it is over. */
static struct vmap_area *take_if_over(struct vmap_area *block)
{
	if (area_state(block) != AREA_BUSY || !is_over(block))
		return NULL;
	set_state(block, AREA_GOING);
	return block;
}

/* Return: the first page of @nr (a power of two), ~0: this CPU has no block with as many. */
static u64 take_from_block(struct qy_machine *m, u32 nr)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_cpu *cpu = &v->cpu[qy_this_cpu()];
	u64 page = ~0ull;

	qy_spin_lock_irqsave(&v->lock);
	if (cpu->ram && cpu->ram->ram_free >= nr) {
		page = cpu->ram->node.end - cpu->ram->ram_free;
		cpu->ram->ram_free -= nr;
	}
	qy_spin_unlock_irqrestore(&v->lock);
	return page;
}

/* This CPU takes from a new block, @nr pages at once: who purges must not find it unused. Return: the first, or ~0. */
static u64 new_block(struct qy_machine *m, int node, u32 nr)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_cpu *cpu = &v->cpu[qy_this_cpu()];
	struct vmap_area *block =
		qy_new_area(m, RAM_BLOCK_PAGES, ANYWHERE, AREA_RAM, QY_GFP_KERNEL, node);
	struct vmap_area *old, *over = NULL;

	if (!block)
		return ~0ull;
	qy_spin_lock_irqsave(&v->lock);
	block->ram_free = RAM_BLOCK_PAGES - nr;
	block->ram_current = true;
	old = cpu->ram;
	cpu->ram = block;
	if (old) {
		old->ram_dirty += old->ram_free;
		old->ram_free = 0;
		old->ram_current = false;
		over = take_if_over(old);
	}
	qy_spin_unlock_irqrestore(&v->lock);
	remove_block(m, over);
	return block->node.start;
}

/* Pages of the block that held @page are given back. */
static void give_to_block(struct qy_machine *m, u64 page, u32 nr)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *over = NULL;
	struct va_node *node;

	qy_spin_lock_irqsave(&v->lock);
	node = qy_va_find(&v->tree, page);
	if (node) {
		area_of(node)->ram_dirty += nr;
		over = take_if_over(area_of(node));
	}
	qy_spin_unlock_irqrestore(&v->lock);
	remove_block(m, over);
}

void *qy_vm_map_ram(
	struct qy_machine *m, struct page **pages, unsigned int count, int node)
{
	u32 nr = count > RAM_MAX_PAGES ? count : round_up_pow2(count), nr_runs;
	struct vmap_area *own = NULL;
	u64 page = ~0ull;
	int err;

	if (unlikely(qy_in_atomic()))
		qy_report_sleep_in_atomic(m, "mm/virt/vm_map_ram.c", __LINE__);
	if (!count || count > m->total_pages || !qy_vmalloc_ready(m))
		return NULL;
	if (count > RAM_MAX_PAGES) {
		own = qy_new_area(m, count, ANYWHERE, AREA_RAM, QY_GFP_KERNEL, node);
		page = own ? own->node.start : ~0ull;
	} else {
		page = take_from_block(m, nr);
		if (page == ~0ull)
			page = new_block(m, node, nr);
	}
	if (page == ~0ull)
		return NULL;
	err = qy_map_pages(m, page, pages, count, QY_PAGE_KERNEL, &nr_runs);
	if (!err)
		return page_pointer(m, page);
	if (err == -QY_ENOSPC)
		qy_report_mappings(m);
	if (own)
		qy_drop_area(m, own);
	else
		give_to_block(m, page, nr);
	return NULL;
}

/* The area that is @count pages of vm_map_ram() from @page on, or whose block has them. */
static struct vmap_area *ram_area(struct qy_machine *m, u64 page, unsigned int count)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct va_node *node;
	bool good = false;

	qy_spin_lock_irqsave(&v->lock);
	node = page == ~0ull ? NULL : qy_va_find(&v->tree, page);
	if (node && is_ram(area_of(node)) && area_state(area_of(node)) == AREA_BUSY)
		good = count <= RAM_MAX_PAGES
			       ? page + count <= node->end
			       : page == node->start && page + count == node->end;
	if (good && count > RAM_MAX_PAGES)
		set_state(area_of(node), AREA_GOING);
	qy_spin_unlock_irqrestore(&v->lock);
	return good ? area_of(node) : NULL;
}

/* Mappings of the host that are behind the pages. */
static u32 runs_of(struct qy_machine *m, u64 page, unsigned int count)
{
	u32 nr = 0, before = NO_FRAME;

	for (unsigned int i = 0; i < count; i++) {
		unsigned long pfn = qy_vmalloc_to_pfn(m, page_pointer(m, page + i));
		u32 frame = qy_pfn_to_frame(m, pfn);

		nr += before == NO_FRAME || frame != before + 1;
		before = frame;
	}
	return nr;
}

void qy_vm_unmap_ram(struct qy_machine *m, const void *p, unsigned int count)
{
	u64 page = pointer_page(m, p);
	struct vmap_area *area;
	u32 nr_runs;

	if (unlikely(qy_in_atomic()))
		qy_report_sleep_in_atomic(m, "mm/virt/vm_map_ram.c", __LINE__);
	BUG_ON((uintptr_t)p & (QY_PAGE_SIZE - 1));
	area = count ? ram_area(m, page, count) : NULL;
	if (!area || !qy_vmalloc_to_pfn(m, p)) {
		qy_report_address(m, "vm_unmap_ram() nonexistent vm area", p);
		return;
	}
	nr_runs = runs_of(m, page, count);
	if (qy_unmap_pages(m, page, count)) {
		/* its addresses are lost, so that nobody gets them while they lead to the caller's pages */
		qy_vm_warn(m, "quarry: vm_unmap_ram: the host does not unmap %u pages",
			count);
		return;
	}
	atomic_sub(&vmalloc_of(m)->nr_mappings, nr_runs);
	if (count > RAM_MAX_PAGES)
		qy_remove_area(m, area);
	else
		give_to_block(m, page, round_up_pow2(count));
}

void qy_purge_ram(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);

	for (u32 i = 0; i < m->nr_cpus; i++) {
		struct vmap_area *block, *over = NULL;

		qy_spin_lock_irqsave(&v->lock);
		block = v->cpu[i].ram;
		if (block && block->ram_free + block->ram_dirty == RAM_BLOCK_PAGES) {
			v->cpu[i].ram = NULL;
			block->ram_current = false;
			over = take_if_over(block);
		}
		qy_spin_unlock_irqrestore(&v->lock);
		remove_block(m, over);
	}
}
