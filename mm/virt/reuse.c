// SPDX-License-Identifier: MIT
/*
 * Areas that stay mapped for the next user of their size.
 *
 *   qy_reuse, qy_keep                       one taken, one left
 *   qy_vmalloc_tick, qy_vmalloc_drain       they go
 *
 * Mapping and unmapping cost what the host's system calls cost. A CPU that frees and allocates one size again and again
 * (HOT_CYCLES times in turn) keeps the area, with its frames: nobody else has these, so that a late user of the old address
 * harms nobody. Everywhere else a freed address is a hole at once. board.vmalloc_reuse chooses: NEVER, HOT, ALWAYS.
 *
 * What is kept is bounded by KEPT_AREAS and v->keep_most for each CPU; it goes with the second tick without a reuse, when memory
 * or addresses run short, and by vm_unmap_aliases(). While anybody watches allocations (page_owner, traces, failures on
 * request) nothing is kept or reused, so that each is seen.
 *
 * Locking: cpu->lock, a leaf.
 */
#include "mm/virt/internal.h"

static bool may_reuse(const struct qy_machine *m)
{
	return m->board->vmalloc_reuse != QY_VMALLOC_REUSE_NEVER &&
	       likely(!READ_ONCE(m->long_way));
}

static u32 heat_of(u64 nr_pages)
{
	return (u32)(nr_pages ^ nr_pages >> 3 ^ nr_pages >> 7) % HEATS;
}

/* cpu->lock must be held. */
static struct vmap_area *pop(struct vmap_cpu *cpu, u32 at)
{
	struct vmap_area *area = cpu->kept[at];

	/* the others keep their order, oldest first */
	for (cpu->nr_kept--; at < cpu->nr_kept; at++)
		cpu->kept[at] = cpu->kept[at + 1];
	WRITE_ONCE(cpu->kept_pages, cpu->kept_pages - area->nr_pages);
	return area;
}

/* cpu->lock must be held. A size that is allocated after it was freed is hotter by one. */
static void note_alloc(struct vmap_cpu *cpu, u64 nr_pages)
{
	u32 h = heat_of(nr_pages);

	if (cpu->heat[h].nr_pages != nr_pages) {
		cpu->heat[h].nr_pages = nr_pages;
		cpu->heat[h].cycles = 0;
	} else if (cpu->heat[h].freed) {
		cpu->heat[h].cycles = min(cpu->heat[h].cycles + 1, HOT_CYCLES);
	}
	cpu->heat[h].freed = false;
}

struct vmap_area *qy_reuse(struct qy_machine *m, u64 nr_pages)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_cpu *cpu = &v->cpu[qy_this_cpu()];
	struct vmap_area *area = NULL;

	if (!may_reuse(m))
		return NULL;
	qy_spin_lock_irqsave(&cpu->lock);
	note_alloc(cpu, nr_pages);
	for (u32 i = cpu->nr_kept; !area && i-- > 0;)
		if (cpu->kept[i]->nr_pages == nr_pages)
			area = pop(cpu, i);
	cpu->used |= area != NULL;
	qy_spin_unlock_irqrestore(&cpu->lock);
	if (!area)
		return NULL;
	WRITE_ONCE(area->caller, qy_current()->site);
	atomic_add(&v->nr_pages, nr_pages);
	atomic_add(&v->nr_reused, 1);
	set_state(area, AREA_BUSY);
	return area;
}

/* Somebody may hold a page beyond the area's end: then it is not ours to hand out again. */
static bool nobody_else_holds(const struct qy_machine *m, const struct vmap_area *area)
{
	const u32 ours = hot_make(PG_ALLOCATED, 0, 0, 1);

	for (u64 i = 0; i < area->nr_pages; i++)
		if (READ_ONCE(m->hot[page_to_frame(m, area->pages[i])]) != ours)
			return false;
	return true;
}

bool qy_keep(struct qy_machine *m, struct vmap_area *area)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_cpu *cpu = &v->cpu[qy_this_cpu()];
	u32 h = heat_of(area->nr_pages);
	bool keep;

	if (!may_reuse(m) || area->nr_pages > v->keep_most)
		return false;
	qy_spin_lock_irqsave(&cpu->lock);
	keep = m->board->vmalloc_reuse == QY_VMALLOC_REUSE_ALWAYS ||
	       (cpu->heat[h].nr_pages == area->nr_pages &&
		       cpu->heat[h].cycles == HOT_CYCLES);
	if (cpu->heat[h].nr_pages == area->nr_pages)
		cpu->heat[h].freed = true;
	keep = keep && cpu->nr_kept < KEPT_AREAS &&
	       cpu->kept_pages + area->nr_pages <= v->keep_most &&
	       nobody_else_holds(m, area);
	if (keep) {
		atomic_sub(&v->nr_pages, area->nr_pages);
		set_state(area, AREA_KEPT);
		cpu->kept[cpu->nr_kept++] = area;
		WRITE_ONCE(cpu->kept_pages, cpu->kept_pages + area->nr_pages);
	}
	qy_spin_unlock_irqrestore(&cpu->lock);
	return keep;
}

/* The oldest one of a CPU, to be taken down. */
static struct vmap_area *evict(struct vmap_cpu *cpu)
{
	struct vmap_area *area = NULL;

	qy_spin_lock_irqsave(&cpu->lock);
	if (cpu->nr_kept)
		area = pop(cpu, 0);
	qy_spin_unlock_irqrestore(&cpu->lock);
	return area;
}

static u32 drain_cpu(struct qy_machine *m, struct vmap_cpu *cpu)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	struct vmap_area *area;
	u32 nr = 0;

	while ((area = evict(cpu)) != NULL) {
		atomic_add(&v->nr_pages,
			area->nr_pages); /* its owner again, until they are free */
		set_state(area, AREA_GOING);
		qy_remove_area(m, area);
		nr++;
	}
	return nr;
}

bool qy_vmalloc_drain(struct qy_machine *m)
{
	struct qy_vmalloc *v = vmalloc_of(m);
	u32 nr = 0;

	for (u32 i = 0; i < m->nr_cpus; i++)
		if (READ_ONCE(v->cpu[i].kept_pages))
			nr += drain_cpu(m, &v->cpu[i]);
	return nr != 0;
}

void qy_vmalloc_tick(struct qy_machine *m, unsigned int nr)
{
	struct vmap_cpu *cpu = &vmalloc_of(m)->cpu[nr];
	bool used;

	if (!load_acquire(&m->vm_bytes))
		return;
	qy_run_deferred(m);
	qy_spin_lock_irqsave(&cpu->lock);
	used = cpu->used;
	cpu->used = false;
	for (u32 h = 0; h < HEATS && !used; h++)
		cpu->heat[h].cycles = 0;
	qy_spin_unlock_irqrestore(&cpu->lock);
	if (!used)
		drain_cpu(m, cpu);
}

u64 qy_kept_pages(const struct qy_machine *m)
{
	const struct qy_vmalloc *v = vmalloc_of(m);
	u64 nr = 0;

	for (u32 i = 0; i < m->nr_cpus; i++)
		nr += READ_ONCE(v->cpu[i].kept_pages);
	return nr;
}
