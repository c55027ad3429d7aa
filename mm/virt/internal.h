/* SPDX-License-Identifier: MIT */
/*
 * What the files of the virt room share. Order of the floor: pgtable, vmap_area (trees, no machine), vmap (areas and their
 * mappings), reuse, vmalloc (doors), vm_map_ram, util (kvmalloc); report is told by all.
 *
 *   an area's life:  BUSY -> GOING -> LAZY -> gone        its addresses wait after they were unmapped
 *                    BUSY -> GOING -> KEPT -> BUSY        mapped, with its frames, for the next user of that size
 *                    BUSY -> PUT_OFF -> GOING             freed from an interrupt
 */
#ifndef QY_VIRT_INTERNAL_H
#define QY_VIRT_INTERNAL_H

#include "mm/virt/pgtable.h"
#include "mm/virt/virt.h"
#include "mm/virt/vmap_area.h"
#include "mm/base/cpu.h"
#include <quarry/owner.h>

#define AREA_RAM (1u << 31) /* of vm_map_ram(), which has no other flags */

#define RAM_BLOCK_PAGES 1024u /* of an area that vm_map_ram() cuts up */
#define RAM_MAX_PAGES   64u   /* more have an area of their own */

enum area_state {
	AREA_BUSY,
	AREA_GOING,   /* one thread takes it down */
	AREA_PUT_OFF, /* on v->deferred */
	AREA_LAZY, /* on v->lazy; unmapped, unless the port could not: then it has its frames still */
	AREA_KEPT, /* on a CPU's kept[] */
};

struct vmap_area {
	struct va_node node;    /* v->lock */
	struct vmap_area *next; /* v->lock: lazy, deferred */
	u8 state;               /* enum area_state; atomic, leaves BUSY under v->lock */
	bool mapped;
	bool plain; /* as vmalloc() makes them: may stay for reuse */
	u32 flags;  /* QY_VM_*, AREA_RAM; v->lock */
	u32 nr_runs;
	u64 nr_pages;
	struct page **pages;          /* NULL of vmap() without MAP_PUT_PAGES */
	const struct qy_site *caller; /* atomic */
	/* v->lock; of a block of vm_map_ram(): */
	u32 ram_free,
		ram_dirty; /* pages at its end that nobody had yet; that were given back */
	bool ram_current;  /* a CPU takes from it */
};

#define KEPT_AREAS 8u
#define HEATS      8u
#define HOT_CYCLES \
	16u /* vfree() and vmalloc() of one size in turn, on one CPU, before areas stay */

/* One CPU's areas for reuse, and its block of vm_map_ram(). */
struct vmap_cpu {
	struct qy_spinlock lock;
	/* lock must be held for these: */
	u32 nr_kept;
	bool used; /* since the last tick */
	u64 kept_pages;
	struct vmap_area *kept[KEPT_AREAS];
	struct {
		u64 nr_pages;
		u32 cycles;
		bool freed; /* the last call for this size was a vfree() */
	} heat[HEATS];
	struct vmap_area *ram; /* v->lock */
} __attribute__((aligned(QY_CACHELINE)));

struct qy_vmalloc {
	u64 start, bytes; /* board addresses */
	char *space; /* of the process's addresses; m->vm_base once they can be used */
	u64 nr_space_pages; /* as many of the board's can be had at one time */
	struct pgtable pt;  /* what is mapped; by board address */
	struct qy_mutex set_up;
	u32 keep_most; /* pages that one CPU keeps at most */
	struct qy_spinlock lock;
	/* lock must be held for these: */
	struct va_tree tree;
	struct vmap_area *lazy, *deferred;
	u64 lazy_pages;
	/* atomic: */
	u64 nr_pages, nr_mappings, nr_reused;
	struct vmap_cpu cpu[];
};

static inline struct qy_vmalloc *vmalloc_of(const struct qy_machine *m)
{
	return m->vmalloc;
}

static inline struct vmap_area *area_of(struct va_node *node)
{
	return (struct vmap_area *)(void *)node; /* its first member */
}

static inline char *page_pointer(const struct qy_machine *m, u64 page)
{
	return READ_ONCE(m->vm_base) + (page << QY_PAGE_SHIFT);
}

static inline u64 page_board_address(const struct qy_vmalloc *v, u64 page)
{
	return v->start + (page << QY_PAGE_SHIFT);
}

static inline void *area_pointer(const struct qy_machine *m, const struct vmap_area *area)
{
	return page_pointer(m, area->node.start);
}

static inline u64 size_pages(size_t size)
{
	return (u64)(size >> QY_PAGE_SHIFT) + ((size & (QY_PAGE_SIZE - 1)) != 0);
}

/* Where in the space a pointer is, in pages; ~0: outside. */
static inline u64 pointer_page(const struct qy_machine *m, const void *p)
{
	/* acquire: who sees that there are addresses sees which, and the page tables */
	u64 bytes = load_acquire(&m->vm_bytes);
	u64 offset = (u64)((uintptr_t)p - (uintptr_t)READ_ONCE(m->vm_base));

	return offset < bytes ? offset >> QY_PAGE_SHIFT : ~0ull;
}

static inline u8 area_state(const struct vmap_area *area)
{
	return READ_ONCE(area->state);
}

static inline void set_state(struct vmap_area *area, enum area_state state)
{
	WRITE_ONCE(area->state, (u8)state);
}

static inline bool is_ram(const struct vmap_area *area)
{
	return area->flags & AREA_RAM;
}

static inline u64 guard_pages(u32 flags)
{
	return !(flags & (QY_VM_NO_GUARD | AREA_RAM));
}

static inline bool in_interrupt(void)
{
	return qy_current()->preempt_count >= SOFTIRQ_OFFSET;
}

/* ------------------------------------------------------------------ vmap.c */

/* Linux's: what of a request's flags goes on to what the request needs beside its pages. */
#define GFP_RECLAIM_MASK                                                     \
	(QY___GFP_RECLAIM | QY___GFP_HIGH | QY___GFP_IO | QY___GFP_FS |      \
		QY___GFP_NOWARN | QY___GFP_RETRY_MAYFAIL | QY___GFP_NOFAIL | \
		QY___GFP_NORETRY | QY___GFP_MEMALLOC | QY___GFP_NOMEMALLOC)

/* Where an area may begin: @phase pages behind a multiple of @align. */
struct va_place {
	u64 align, phase;
};
#define ANYWHERE ((struct va_place){ 1, 0 })

/*
 * A BUSY area of @nr pages and, unless QY_VM_NO_GUARD, one more. Return: NULL; a lack of addresses is said.
 * Context: task, may sleep.
 */
struct vmap_area *qy_new_area(struct qy_machine *m, u64 nr, struct va_place place,
	u32 flags, qy_gfp_t gfp, int node);
/* An area that was never mapped. */
void qy_drop_area(struct qy_machine *m, struct vmap_area *area);

/*
 * Frames behind pages of the space, run by run. Return: 0; -EINVAL: a page is none; -ENOMEM: no page table;
 * -ENOSPC: the host has no mappings. Then nothing is mapped. *nr_runs: how many.
 */
int qy_map_pages(struct qy_machine *m, u64 first, struct page *const *pages, u64 nr,
	u32 prot, u32 *nr_runs);
/* Return: 0, or -errno: nothing has changed. */
int qy_unmap_pages(struct qy_machine *m, u64 first, u64 nr);

/* GOING. Its mapping goes, its frames if they are its own, and its addresses wait. */
void qy_remove_area(struct qy_machine *m, struct vmap_area *area);
/* The busy area that has the page becomes GOING (or PUT_OFF); NULL: there is none. */
struct vmap_area *qy_take_area(struct qy_machine *m, u64 page, enum area_state next);
/* All addresses that wait are free. */
void qy_purge(struct qy_machine *m);
/* What was put off. Context: task. */
void qy_run_deferred(struct qy_machine *m);

/* Blocks of vm_map_ram() that nobody maps in go. vm_map_ram.c */
void qy_purge_ram(struct qy_machine *m);

/* The space is there? Asks the port once. Return: false when there is none, which is said once. */
bool qy_vmalloc_ready(struct qy_machine *m);

/* ------------------------------------------------------------------ reuse.c */

struct vmap_area *qy_reuse(struct qy_machine *m, u64 nr_pages);
/* GOING and plain. Return: true when it stays, KEPT. */
bool qy_keep(struct qy_machine *m, struct vmap_area *area);
u64 qy_kept_pages(const struct qy_machine *m);

/* ------------------------------------------------------------------ vmalloc.c, for kvmalloc */

void *qy_vmalloc_range(
	struct qy_machine *m, size_t size, qy_gfp_t gfp, u32 flags, int node);

/* ------------------------------------------------------------------ report.c */

/* One line, given once: WARNED_*. */
void qy_report_once(struct qy_machine *m, u32 warning, const char *line);
void qy_vm_warn(struct qy_machine *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "Trying to vfree() bad address (...)" and its like. */
void qy_report_address(struct qy_machine *m, const char *what, const void *p);
void qy_report_inside(struct qy_machine *m, const struct vmap_area *area, const void *p);
/* "vmalloc error: size N, ..." with the memory of every zone, as the page room reports. */
void qy_report_vmalloc(struct qy_machine *m, qy_gfp_t gfp, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void qy_report_no_space(struct qy_machine *m);
void qy_report_mappings(struct qy_machine *m);

#endif
