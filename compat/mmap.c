// SPDX-License-Identifier: MIT
/*
 * What a program has mapped: made, touched, cut, given back. The addresses are real ones of this process; a page that is not there
 * yet is asked of the driver when it is touched (host_look.c), or when the kernel copies from or to it.
 *
 *   qy_world_mmap, _munmap, _memory, _touch, _peek      a program's side
 *   qy_user_*                                           user.h
 *
 * Locking: mmap_lock, as on Linux: a driver's mmap() runs with it written, its fault() with it read.
 */
#include <linux/mman.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/user.h"

#define MAX_TRIES 100 /* of one access */

static struct qy_user *user_of(const struct qy_world *w)
{
	return w->user;
}

/* ------------------------------------------------------------------ areas */

struct area *qy_user_area(const struct qy_world *w, unsigned long addr)
{
	struct area *area;

	list_for_each_entry(area, &user_of(w)->areas, link)
		if (addr >= area->vma.vm_start && addr < area->vma.vm_end)
			return area;
	return NULL;
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct qy_user *user = container_of(mm, struct qy_user, mm);
	struct area *area;

	mmap_assert_locked(mm);
	list_for_each_entry(area, &user->areas, link)
		if (addr < area->vma.vm_end)
			return &area->vma;
	return NULL;
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && addr >= vma->vm_start ? vma : NULL;
}

pgprot_t vm_get_page_prot(vm_flags_t flags)
{
	return flags & VM_WRITE && flags & VM_SHARED ? PAGE_SHARED : PAGE_READONLY;
}

void qy_user_name(const struct area *area, char *name, size_t size)
{
	if (area->vma.vm_ops && area->vma.vm_ops->name)
		scnprintf(name, size, "%s", area->vma.vm_ops->name((void *)&area->vma));
	else if (area->file && *qy_compat_file_name(area->file) == '/')
		scnprintf(name, size, "%s", qy_compat_file_name(area->file));
	else if (area->file)
		scnprintf(name, size, "/dev/%s", qy_compat_file_name(area->file));
	else
		scnprintf(name, size, "[anon]");
}

static void enter(struct qy_user *user, struct area *area)
{
	struct list_head *before = &user->areas;
	struct area *other;

	list_for_each_entry(other, &user->areas, link)
		if (other->vma.vm_start < area->vma.vm_start)
			before = &other->link;
	list_add(&area->link, before);
}

static struct area *make_area(
	struct qy_world *w, struct space *space, unsigned long start, unsigned long bytes)
{
	struct area *area = qy_host_zalloc(sizeof(*area));

	if (!area)
		return NULL;
	area->pte = qy_host_zalloc((bytes >> PAGE_SHIFT) * sizeof(*area->pte));
	if (!area->pte) {
		qy_host_free(area);
		return NULL;
	}
	area->space = space;
	area->vma.vm_start = start;
	area->vma.vm_end = start + bytes;
	area->vma.vm_mm = &user_of(w)->mm;
	space->nr_areas++;
	qy_kasan_user((void *)start, bytes, true);
	return area;
}

/* Nothing is mapped in it, and nobody finds it. */
static void free_area(struct qy_world *w, struct area *area)
{
	struct space *space = area->space;
	unsigned long bytes = area->vma.vm_end - area->vma.vm_start;

	qy_kasan_user((void *)area->vma.vm_start, bytes, false);
	if (!--space->nr_areas) {
		qy_sim_program_end(w->m, space->start, space->bytes);
		qy_host_free(space);
	}
	qy_host_free(area->pte);
	qy_host_free(area);
}

static struct area *make_space(struct qy_world *w, unsigned long bytes, int *error)
{
	struct space *space = qy_host_zalloc(sizeof(*space));
	struct area *area;

	*error = -ENOMEM;
	if (!space)
		return NULL;
	space->bytes = bytes;
	*error = qy_sim_program_space(w->m, bytes, &space->start);
	if (*error) {
		qy_host_free(space);
		return NULL;
	}
	area = make_area(w, space, (unsigned long)space->start, bytes);
	if (area)
		return area;
	*error = -ENOMEM;
	qy_sim_program_end(w->m, space->start, bytes);
	qy_host_free(space);
	return NULL;
}

/* ------------------------------------------------------------------ pages of an area */

void *qy_user_memory(unsigned long pfn)
{
	void *ram = phys_to_virt(PFN_PHYS(pfn));

	return ram ? ram : qy_compat_registers_shown(PFN_PHYS(pfn));
}

void qy_user_set(
	struct area *area, unsigned long index, unsigned long pfn, unsigned long flags)
{
	area->pte[index] = pfn << PTE_SHIFT | flags | PTE_PRESENT;
	if (!(flags & PTE_OWN))
		user_of(qy_compat_world())->nr_ptes++;
}

/* A program is to find nothing in it that the driver has not put there. */
static void look_at_content(const struct area *area, unsigned long index, void *memory)
{
	if (area->pte[index] & PTE_OWN ||
		!phys_to_virt(qy_virt_to_phys(qy_this_machine(), memory)))
		return;
	qy_kasan_check_written(memory, PAGE_SIZE, "kernel-infoleak",
		(void *)(area->vma.vm_start + (index << PAGE_SHIFT)),
		__builtin_return_address(0));
	qy_kasan_set_written(memory, PAGE_SIZE);
}

int qy_user_show(struct area *area, unsigned long index, unsigned long nr)
{
	unsigned long end = index + nr, run;
	int error = 0;

	for (; index < end; index += run) {
		unsigned long pte = area->pte[index];
		char *memory = qy_user_memory(pte >> PTE_SHIFT);
		int err;

		run = 1;
		if (!memory) {
			error = -EFAULT;
			continue;
		}
		look_at_content(area, index, memory);
		for (; index + run < end; run++) { /* frames behind each other */
			unsigned long next = area->pte[index + run];

			if ((next ^ pte) & PTE_WRITE ||
				qy_user_memory(next >> PTE_SHIFT) !=
					memory + (run << PAGE_SHIFT))
				break;
			look_at_content(area, index + run, memory + (run << PAGE_SHIFT));
		}
		err = qy_sim_program_show(qy_this_machine(),
			(void *)(area->vma.vm_start + (index << PAGE_SHIFT)), memory,
			run << PAGE_SHIFT, pte & PTE_WRITE);
		error = err && err != -EFAULT ? -ENOMEM : err ? err : error;
	}
	return error;
}

static void drop_page(unsigned long pte)
{
	struct page *page = pfn_to_page(pte >> PTE_SHIFT);

	if (pte & PTE_OWN)
		qy_put_page(qy_this_machine(), page);
	else if (pte & PTE_PAGE)
		put_page(page);
}

void qy_user_zap(struct area *area, unsigned long index, unsigned long nr, bool own_too)
{
	struct qy_user *user = user_of(qy_compat_world());
	unsigned long end = index + nr;

	for (; index < end; index++) {
		unsigned long pte = area->pte[index], run = 1;

		if (!pte || (pte & PTE_OWN && !own_too))
			continue;
		while (index + run < end && area->pte[index + run] &&
			(own_too || !(area->pte[index + run] & PTE_OWN)))
			run++;
		if (qy_sim_program_hide(qy_this_machine(),
			    (void *)(area->vma.vm_start + (index << PAGE_SHIFT)),
			    run << PAGE_SHIFT))
			qy_compat_fatal("the host cannot take a mapping away");
		for (; run; run--, index++) {
			pte = area->pte[index];
			area->pte[index] = 0;
			if (!(pte & PTE_OWN))
				user->nr_ptes--;
			drop_page(pte);
		}
		index--;
	}
}

/* ------------------------------------------------------------------ what is freed, and is mapped still */

static void tell_freed(struct area *area, unsigned long index)
{
	char name[64];

	qy_user_name(area, name, sizeof(name));
	if (!area->told)
		qy_compat_report(
			"WARNING: memory is freed that a program has mapped: page %lu of its mapping of %s",
			area->vma.vm_pgoff + index, name);
	area->told = true;
}

static void find_freed(struct area *area, const char *start, size_t bytes)
{
	bool far = is_vmalloc_addr(start);
	size_t at = 0;

	do {
		unsigned long pfn =
			far ? vmalloc_to_pfn(start + at)
			    : PHYS_PFN(qy_virt_to_phys(qy_this_machine(), start + at));

		for (unsigned long i = 0; i < vma_pages(&area->vma); i++)
			if (area->pte[i] && !(area->pte[i] & PTE_OWN) &&
				area->pte[i] >> PTE_SHIFT == pfn) {
				tell_freed(area, i);
				return;
			}
		at += PAGE_SIZE - offset_in_page(start + at);
	} while (at < bytes);
}

void qy_user_freed(struct qy_world *w, const struct held *held)
{
	const char *start;
	struct area *area;

	if (!w->user || !user_of(w)->nr_ptes)
		return;
	switch (held->what.kind) {
	case QY_HELD_OBJECT:
	case QY_HELD_PAGES:
	case QY_HELD_VMALLOC:
	case QY_HELD_DMA:
	case QY_HELD_DEVRES:
		start = qy_kasan_bytes_of(held);
		break;
	default:
		return;
	}
	if (!start)
		return;
	list_for_each_entry(area, &user_of(w)->areas, link)
		find_freed(area, start, held->what.bytes);
}

/* Buffers that go without a note, as managed ones do: their frames are nobody's now. */
static void find_gone(struct area *area)
{
	for (unsigned long i = 0; i < vma_pages(&area->vma); i++) {
		const void *ram = phys_to_virt(PFN_PHYS(area->pte[i] >> PTE_SHIFT));

		if (area->pte[i] && !(area->pte[i] & PTE_PAGE) && ram &&
			qy_compat_frame_is_free(ram)) {
			tell_freed(area, i);
			return;
		}
	}
}

/* ------------------------------------------------------------------ a page is touched */

static struct page *own_page(const struct vm_area_struct *vma)
{
	(void)vma;
	/* it stays where it is: nobody moves pages of this program */
	return qy_alloc_pages(qy_this_machine(), GFP_HIGHUSER | __GFP_ZERO, 0);
}

static vm_fault_t put_own(struct area *area, unsigned long index, struct page *page)
{
	unsigned long rights = area->vma.vm_flags & VM_WRITE ? PTE_WRITE : 0;

	qy_user_zap(area, index, 1, true);
	qy_user_set(area, index, page_to_pfn(page), PTE_PAGE | PTE_OWN | rights);
	return qy_user_show(area, index, 1) ? VM_FAULT_OOM : 0;
}

static vm_fault_t touch_anonymous(struct area *area, unsigned long index)
{
	struct page *page = own_page(&area->vma);

	return page ? put_own(area, index, page) : VM_FAULT_OOM;
}

static vm_fault_t ask(
	vm_fault_t (*fn)(struct vm_fault *), struct vm_fault *vmf, const char *what)
{
	struct qy_callback begin = qy_callback_begin();
	vm_fault_t ret = fn(vmf);

	if (!(ret & VM_FAULT_RETRY))
		qy_callback_end(&begin, what, false);
	return ret;
}

/* The driver hears of the first write to a page that is shared. */
static vm_fault_t notify(struct area *area, struct vm_fault *vmf, unsigned long pte)
{
	const struct vm_operations_struct *ops = area->vma.vm_ops;
	vm_fault_t (*fn)(struct vm_fault *) = NULL;

	if (ops && area->vma.vm_flags & VM_SHARED)
		fn = pte & PTE_PAGE ? ops->page_mkwrite : ops->pfn_mkwrite;
	if (!fn)
		return 0;
	vmf->flags = FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE;
	vmf->page = pte & PTE_PAGE ? pfn_to_page(pte >> PTE_SHIFT) : NULL;
	return ask(fn, vmf, pte & PTE_PAGE ? "page_mkwrite()" : "pfn_mkwrite()");
}

/* The page is there, and not to be written to yet. */
static vm_fault_t make_writable(
	struct area *area, unsigned long index, struct vm_fault *vmf)
{
	unsigned long pte = area->pte[index];
	struct page *copy;
	vm_fault_t ret;

	if (!(area->vma.vm_flags & VM_SHARED)) {
		void *memory = qy_user_memory(pte >> PTE_SHIFT);

		copy = memory ? own_page(&area->vma) : NULL;
		if (!copy)
			return memory ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
		memcpy(page_address(copy), memory, PAGE_SIZE);
		return put_own(area, index, copy);
	}
	ret = notify(area, vmf, pte);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;
	area->pte[index] |= PTE_WRITE;
	return qy_user_show(area, index, 1) ? VM_FAULT_SIGBUS : 0;
}

/* What fault() found becomes the page; its reference, the mapping's. */
static vm_fault_t take_found(
	struct area *area, unsigned long index, struct vm_fault *vmf, bool write)
{
	struct vm_area_struct *vma = &area->vma;
	struct page *page = vmf->page;
	unsigned long pte = page_to_pfn(page) << PTE_SHIFT | PTE_PAGE;
	vm_fault_t ret = 0;

	if (write)
		ret = notify(area, vmf, pte);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) {
		put_page(page);
		return ret;
	}
	qy_user_zap(area, index, 1, true); /* somebody else was faster */
	if (vma->vm_flags & VM_WRITE && vma->vm_flags & VM_SHARED &&
		(write || !vma->vm_ops->page_mkwrite))
		pte |= PTE_WRITE;
	qy_user_set(area, index, page_to_pfn(page), pte & (PTE_PAGE | PTE_WRITE));
	return qy_user_show(area, index, 1) ? VM_FAULT_SIGBUS : 0;
}

static vm_fault_t touch_missing(
	struct area *area, unsigned long index, struct vm_fault *vmf, bool write)
{
	struct vm_area_struct *vma = &area->vma;
	bool copies = write && !(vma->vm_flags & VM_SHARED);
	vm_fault_t ret;

	if (!area->file)
		return touch_anonymous(area, index);
	if (!vma->vm_ops || !vma->vm_ops->fault)
		return VM_FAULT_SIGBUS;
	if (copies) {
		vmf->cow_page = own_page(vma);
		if (!vmf->cow_page)
			return VM_FAULT_OOM;
	}
	ret = ask(vma->vm_ops->fault, vmf, "fault()");
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)) {
		if (copies)
			qy_put_page(qy_this_machine(), vmf->cow_page);
		return ret;
	}
	if (!copies && WARN_ON(!vmf->page)) /* a NULL pointer there */
		return VM_FAULT_SIGBUS;
	if (!copies)
		return take_found(area, index, vmf, write);
	if (!(ret & VM_FAULT_DONE_COW)) {
		memcpy(page_address(vmf->cow_page), page_address(vmf->page), PAGE_SIZE);
		put_page(vmf->page);
	}
	return put_own(area, index, vmf->cow_page);
}

static bool is_there(const struct area *area, unsigned long index, bool write)
{
	unsigned long pte = area->pte[index];

	return pte && (!write || pte & PTE_WRITE);
}

/* One step towards a page that is there. mmap_lock is held by readers; with VM_FAULT_RETRY not any more. */
static vm_fault_t step(
	struct area *area, unsigned long addr, bool write, unsigned int flags)
{
	unsigned long index = index_in(area, addr);
	struct vm_fault vmf = { .vma = &area->vma,
		.gfp_mask = GFP_KERNEL,
		.pgoff = area->vma.vm_pgoff + index,
		.address = addr & PAGE_MASK,
		.real_address = addr,
		.flags = flags | (write ? FAULT_FLAG_WRITE : 0) };

	if (!(area->vma.vm_flags & (write ? VM_WRITE : VM_READ)))
		return VM_FAULT_SIGSEGV;
	if (!area->pte[index])
		return touch_missing(area, index, &vmf, write);
	if (!is_there(area, index, write))
		return make_writable(area, index, &vmf);
	/* what its pte says is not what the host shows: registers of a model */
	return qy_user_memory(area->pte[index] >> PTE_SHIFT) ? 0 : VM_FAULT_SIGBUS;
}

int qy_user_fault_in(struct area **area, unsigned long addr, bool write, bool remote)
{
	struct qy_world *w = qy_compat_world();
	unsigned int flags =
		FAULT_FLAG_DEFAULT | (remote ? FAULT_FLAG_REMOTE : FAULT_FLAG_USER);
	char name[64];

	for (unsigned int try = 0; try < MAX_TRIES; try++) {
		vm_fault_t ret = step(*area, addr, write, flags);

		if (ret & VM_FAULT_RETRY) {
			flags |= FAULT_FLAG_TRIED;
			mmap_read_lock(&user_of(w)->mm);
			*area = qy_user_area(w, addr);
			if (!*area)
				return -EFAULT;
			continue;
		}
		if (ret & VM_FAULT_ERROR)
			return ret & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
		if (is_there(*area, index_in(*area, addr), write))
			return 0;
	}
	qy_user_name(*area, name, sizeof(name));
	qy_compat_report(
		"WARNING: fault() of %s has mapped nothing, and says that it has: a program would wait for ever",
		name);
	return -EFAULT;
}

int qy_compat_user_touch(const void *p, int write)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	unsigned long addr = (unsigned long)p;
	struct area *area;
	int error;

	if (!w || !w->user || !current->mm || in_atomic())
		return -EFAULT;
	mmap_read_lock(&user_of(w)->mm);
	area = qy_user_area(w, addr);
	if (write < 0) /* the host does not say: a page that is there was written to */
		write = area && area->pte[index_in(area, addr)];
	error = area ? qy_user_fault_in(&area, addr, write, false) : -EFAULT;
	mmap_read_unlock(&user_of(w)->mm);
	return error;
}

bool qy_compat_user_has(const void *p)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	return w && w->user && qy_user_area(w, (unsigned long)p);
}

void qy_compat_might_fault(const void *from)
{
	const struct task_struct *self = current;
	struct rw_semaphore *lock;
	struct lock_id id;

	if (!self->mm)
		return;
	lock = &self->mm->mmap_lock;
	id = (struct lock_id){ .lock = lock,
		.key = lock->key,
		.name = lock->name,
		.kind = LOCK_SLEEPS,
		.shared = true };
	qy_lock_wanted(&id, from);
}

/* ------------------------------------------------------------------ mmap(), munmap() */

/* Of the file; what mmap(2) asks before the driver is. */
static int rights_of(const struct file *file, int prot, int flags, vm_flags_t *rights)
{
	*rights = (vm_flags_t)(prot & (PROT_READ | PROT_WRITE | PROT_EXEC)) | VM_MAYREAD |
		  VM_MAYWRITE | VM_MAYEXEC;
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	if ((flags & (MAP_SHARED | MAP_PRIVATE)) == MAP_PRIVATE)
		return 0;
	if ((flags & (MAP_SHARED | MAP_PRIVATE)) != MAP_SHARED)
		return -EINVAL;
	if (prot & PROT_WRITE && !(file->f_mode & FMODE_WRITE))
		return -EACCES;
	*rights |= VM_MAYSHARE;
	if (file->f_mode & FMODE_WRITE)
		*rights |= VM_SHARED;
	else
		*rights &= ~VM_MAYWRITE;
	return 0;
}

static int call_mmap(struct area *area, struct file *file)
{
	struct vm_area_struct *vma = &area->vma;
	unsigned long start = vma->vm_start, end = vma->vm_end;
	struct qy_callback begin = qy_callback_begin();
	int error = file->f_op->mmap(file, vma);

	qy_callback_end(&begin, "mmap()", false);
	WARN_ON(vma->vm_start != start || vma->vm_end != end);
	vma->vm_start = start;
	vma->vm_end = end;
	return error;
}

int qy_world_mmap(struct qy_world_file *f, uint64_t offset, size_t bytes, int prot,
	int flags, void **address)
{
	struct qy_world *w = qy_compat_world();
	struct file *file = qy_compat_file(f);
	struct area *area;
	vm_flags_t rights;
	int error;

	if (!bytes || offset & ~PAGE_MASK)
		return -EINVAL;
	bytes = PAGE_ALIGN(bytes);
	error = rights_of(file, prot, flags, &rights);
	if (error)
		return error;
	if (qy_compat_file_is_gone(f) || !file->f_op->mmap)
		return -ENODEV;
	area = make_space(w, bytes, &error);
	if (!area)
		return error;
	area->file = f;
	area->vma.vm_pgoff = (unsigned long)(offset >> PAGE_SHIFT);
	area->vma.vm_flags = rights;
	area->vma.vm_page_prot = vm_get_page_prot(rights);
	area->vma.vm_file = file;
	mmap_write_lock(&user_of(w)->mm);
	enter(user_of(w), area);
	qy_compat_file_mapped(f);
	error = call_mmap(area, file);
	if (error) {
		qy_user_zap(area, 0, vma_pages(&area->vma), true);
		list_del(&area->link);
	}
	mmap_write_unlock(&user_of(w)->mm);
	*address = (void *)area->vma.vm_start;
	if (error) {
		free_area(w, area);
		qy_compat_file_unmapped(f);
	}
	return error;
}

int qy_world_memory(struct qy_world *w, size_t bytes, void **address)
{
	struct area *area;
	int error;

	if (!bytes)
		return -EINVAL;
	area = make_space(w, PAGE_ALIGN(bytes), &error);
	if (!area)
		return error;
	area->vma.vm_flags = VM_READ | VM_WRITE | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC;
	area->vma.vm_page_prot = vm_get_page_prot(area->vma.vm_flags);
	area->vma.vm_pgoff = area->vma.vm_start >> PAGE_SHIFT;
	mmap_write_lock(&user_of(w)->mm);
	enter(user_of(w), area);
	mmap_write_unlock(&user_of(w)->mm);
	*address = (void *)area->vma.vm_start;
	return 0;
}

/* At @addr, which lies in it: what is behind becomes an area of its own. */
static int split(struct qy_world *w, struct area *area, unsigned long addr)
{
	const struct vm_operations_struct *ops = area->vma.vm_ops;
	unsigned long nr = index_in(area, addr);
	struct area *tail;
	int error = ops && ops->may_split ? ops->may_split(&area->vma, addr) : 0;

	if (error)
		return error;
	tail = make_area(w, area->space, addr, area->vma.vm_end - addr);
	if (!tail)
		return -ENOMEM;
	memcpy(tail->pte, area->pte + nr, vma_pages(&tail->vma) * sizeof(*tail->pte));
	tail->file = area->file;
	tail->vma = area->vma;
	tail->vma.vm_start = addr;
	tail->vma.vm_pgoff += nr;
	area->vma.vm_end = addr;
	if (tail->file)
		qy_compat_file_mapped(tail->file);
	enter(user_of(w), tail);
	if (ops && ops->open)
		ops->open(&tail->vma);
	return 0;
}

static void remove_area(struct qy_world *w, struct area *area)
{
	const struct vm_operations_struct *ops = area->vma.vm_ops;
	struct qy_world_file *f = area->file;
	struct qy_callback begin;

	find_gone(area);
	qy_user_zap(area, 0, vma_pages(&area->vma), true);
	list_del(&area->link);
	if (ops && ops->close) {
		begin = qy_callback_begin();
		ops->close(&area->vma);
		qy_callback_end(&begin, "close() of a mapping", false);
	}
	free_area(w, area);
	if (f)
		qy_compat_file_unmapped(f);
}

/* Areas begin and end where the range does. */
static int split_at(struct qy_world *w, unsigned long addr)
{
	struct area *area = qy_user_area(w, addr);

	return area && area->vma.vm_start != addr ? split(w, area, addr) : 0;
}

int qy_world_munmap(struct qy_world *w, void *address, size_t bytes)
{
	unsigned long start = (unsigned long)address, end = start + PAGE_ALIGN(bytes);
	struct area *area, *next;
	int error;

	if (start & ~PAGE_MASK || !bytes)
		return -EINVAL;
	mmap_write_lock(&user_of(w)->mm);
	error = split_at(w, start);
	if (!error)
		error = split_at(w, end);
	if (!error)
		list_for_each_entry_safe(area, next, &user_of(w)->areas, link)
			if (area->vma.vm_start >= start && area->vma.vm_end <= end)
				remove_area(w, area);
	mmap_write_unlock(&user_of(w)->mm);
	return error;
}

void qy_world_munmap_all(struct qy_world *w)
{
	while (!list_empty(&user_of(w)->areas)) {
		struct area *area =
			list_first_entry(&user_of(w)->areas, struct area, link);

		mmap_write_lock(&user_of(w)->mm);
		remove_area(w, area);
		mmap_write_unlock(&user_of(w)->mm);
	}
}

int qy_world_touch(struct qy_world *w, const void *address, size_t bytes, bool write)
{
	unsigned long at = (unsigned long)address, end = at + bytes;
	int error = 0;

	(void)w;
	for (; !error && at < end; at = (at & PAGE_MASK) + PAGE_SIZE)
		error = qy_compat_user_touch((void *)at, write);
	return error;
}

/* Through the page where one can be had, else through the driver. */
static long peek_page(
	struct qy_world *w, unsigned long addr, char *buf, size_t n, bool write)
{
	struct area *area = qy_user_area(w, addr);
	const struct vm_operations_struct *ops = area ? area->vma.vm_ops : NULL;
	char *memory;

	if (!area)
		return -EIO;
	if (area->vma.vm_flags & (VM_IO | VM_PFNMAP)) {
		if (!ops || !ops->access)
			return -EIO;
		return ops->access(&area->vma, addr, buf, (int)n, write);
	}
	if (qy_user_fault_in(&area, addr, write, true))
		return -EIO;
	memory = (char *)qy_user_memory(area->pte[index_in(area, addr)] >> PTE_SHIFT) +
		 offset_in_page(addr);
	memcpy(write ? memory : buf, write ? buf : memory, n);
	return (long)n;
}

long qy_world_peek(
	struct qy_world *w, const void *address, void *buf, size_t n, bool write)
{
	unsigned long addr = (unsigned long)address;
	size_t done = 0;
	long ret = 0;

	mmap_read_lock(&user_of(w)->mm);
	while (done < n) {
		size_t part = PAGE_SIZE - offset_in_page(addr + done);

		part = part < n - done ? part : n - done;
		ret = peek_page(w, addr + done, (char *)buf + done, part, write);
		if (ret <= 0)
			break;
		done += (size_t)ret;
	}
	mmap_read_unlock(&user_of(w)->mm);
	return done ? (long)done : ret;
}

/* ------------------------------------------------------------------ begin and end */

int qy_user_init(struct qy_world *w)
{
	struct qy_user *user = qy_host_zalloc(sizeof(*user));

	if (!user)
		return -ENOMEM;
	INIT_LIST_HEAD(&user->areas);
	struct mm_struct *mm = &user->mm;
	init_rwsem(&mm->mmap_lock);
	w->user = user;
	w->first.mm = mm;
	qy_host_catch_faults(true);
	return 0;
}

/* Drivers are gone, so nobody is asked. */
void qy_user_down(struct qy_world *w)
{
	struct area *area, *next;

	if (!w->user)
		return;
	list_for_each_entry_safe(area, next, &user_of(w)->areas, link) {
		qy_user_zap(area, 0, vma_pages(&area->vma), true);
		list_del(&area->link);
		free_area(w, area);
	}
	qy_host_catch_faults(false);
	qy_host_free(w->user);
	w->user = NULL;
}
