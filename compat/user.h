/* SPDX-License-Identifier: MIT */
/*
 * The memory of a world's one program: areas, and which frame is behind which page of them. mmap.c owns it; remap.c puts frames of
 * drivers into it, gup.c takes pages out of it.
 *
 *   pte of a page:   pfn << 4 | own | write | page | present          0: nothing is there
 *
 * Invariant: what the host shows at a page is what its pte says. A pte with PTE_PAGE has a reference of its page.
 *
 * Locking: mm.mmap_lock, to find an area, and to change which there are; as on Linux.
 */
#ifndef COMPAT_USER_H
#define COMPAT_USER_H

#include <linux/mm.h>
#include "compat/model.h"
#include "compat/world.h"

#define PTE_PRESENT 1ul
#define PTE_PAGE    2ul /* keeps a reference; else it is a frame by its number */
#define PTE_WRITE   4ul
#define PTE_OWN     8ul /* the program's own page: anonymous memory, or a copy */
#define PTE_SHIFT   4

struct held;

struct space { /* addresses of one mmap(), which the pieces of it share */
	void *start;
	size_t bytes;
	unsigned int nr_areas;
};

struct area {
	struct vm_area_struct vma;
	struct list_head link; /* by address */
	struct space *space;
	struct qy_world_file *file; /* NULL: anonymous memory */
	unsigned long *pte;         /* of each page */
	bool told;                  /* that frames of it were freed */
};

struct qy_user {
	struct mm_struct mm;
	struct list_head areas;
	unsigned long nr_ptes; /* that are no page of the program's own */
};

static inline struct area *area_of(struct vm_area_struct *vma)
{
	return container_of(vma, struct area, vma);
}

static inline unsigned long index_in(const struct area *area, unsigned long addr)
{
	return (addr - area->vma.vm_start) >> PAGE_SHIFT;
}

/* mmap.c. The area of the program that @addr lies in; NULL: none. */
struct area *qy_user_area(const struct qy_world *w, unsigned long addr);
/* Is made present, and shown by qy_user_show(). @flags: PTE_PAGE (a reference is taken over), PTE_WRITE, PTE_OWN. */
void qy_user_set(
	struct area *area, unsigned long index, unsigned long pfn, unsigned long flags);
/* Return: 0; -EFAULT: registers that a model answers, nothing is shown there; -ENOMEM: the host has no mappings. */
int qy_user_show(struct area *area, unsigned long index, unsigned long nr);
/* Pages of the program's own stay without @own_too. */
void qy_user_zap(struct area *area, unsigned long index, unsigned long nr, bool own_too);
/* Where the bytes of a frame are; NULL: nowhere. */
void *qy_user_memory(unsigned long pfn);
/* Until the page is there, and can be written with @write; mmap_lock is held by readers. Return: 0, -EFAULT, -ENOMEM. */
int qy_user_fault_in(struct area **area, unsigned long addr, bool write, bool remote);
/* "/dev/lamp" */
void qy_user_name(const struct area *area, char *name, size_t size);
/* Memory goes back: no program is to have it mapped. */
void qy_user_freed(struct qy_world *w, const struct held *held);

int qy_user_init(struct qy_world *w);
void qy_user_down(struct qy_world *w);

/* chardev.c */
struct file *qy_compat_file(struct qy_world_file *f);
const char *qy_compat_file_name(const struct qy_world_file *f);
bool qy_compat_file_is_gone(const struct qy_world_file *f);
void qy_compat_file_mapped(struct qy_world_file *f);
void qy_compat_file_unmapped(struct qy_world_file *f);
/* io.c: registers of a device at a page; NULL: a model answers for them, or there is no memory */
void *qy_compat_registers_shown(u64 phys);

#endif
