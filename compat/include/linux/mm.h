/* SPDX-License-Identifier: MIT */
/* Frames: references, compound pages, and the four names of a frame. No state. */
#ifndef COMPAT_LINUX_MM_H
#define COMPAT_LINUX_MM_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/version.h>

/* Is memory cleared that was not asked to be? Of the board: init_on_alloc=, init_on_free=. */
bool qy_compat_init_on(bool on_free);

static inline bool want_init_on_alloc(gfp_t gfp)
{
	return qy_compat_init_on(false) || gfp & __GFP_ZERO;
}

static inline bool want_init_on_free(void)
{
	return qy_compat_init_on(true);
}

static inline void get_page(struct page *page)
{
	qy_get_page(qy_this_machine(), page);
}

static inline void put_page(struct page *page)
{
	struct qy_machine *m = qy_this_machine();

	qy_let_go(QY_HELD_USER_PAGE, page);
	if (qy_page_count(m, page) == 1 && qy_defer_free_pages(qy_compound_head(m, page),
						   qy_compound_order(m, page)))
		return;
	qy_put_page(m, page);
}

static inline int page_ref_count(const struct page *page)
{
	return (int)qy_page_ref_count(qy_this_machine(), page);
}

static inline int page_count(const struct page *page)
{
	return (int)qy_page_count(qy_this_machine(), page);
}

static inline int PageCompound(const struct page *page)
{
	return qy_page_compound(qy_this_machine(), page);
}

static inline struct page *compound_head(struct page *page)
{
	return qy_compound_head(qy_this_machine(), page);
}

static inline int PageHead(struct page *page)
{
	return PageCompound(page) && compound_head(page) == page;
}

static inline int PageTail(struct page *page)
{
	return PageCompound(page) && compound_head(page) != page;
}

static inline unsigned int compound_order(struct page *page)
{
	return qy_compound_order(qy_this_machine(), page);
}

static inline unsigned long page_size(struct page *page)
{
	return PAGE_SIZE << compound_order(page);
}

static inline void split_page(struct page *page, unsigned int order)
{
	qy_split_page(qy_this_machine(), page, order);
	qy_let_go(QY_HELD_PAGES, page);
	for (unsigned long i = 0; i < 1ul << order; i++)
		qy_hold(QY_HELD_PAGES, page + i, PAGE_SIZE);
}

static inline unsigned long page_private(const struct page *page)
{
	return qy_page_private(page);
}

static inline void set_page_private(struct page *page, unsigned long value)
{
	qy_set_page_private(page, value);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return qy_page_to_pfn(qy_this_machine(), page);
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return qy_pfn_to_page(qy_this_machine(), pfn);
}

static inline bool pfn_valid(unsigned long pfn)
{
	return pfn_to_page(pfn) != NULL;
}

static inline phys_addr_t page_to_phys(const struct page *page)
{
	return qy_page_to_phys(qy_this_machine(), page);
}

static inline void *page_address(const struct page *page)
{
	return qy_page_address(qy_this_machine(), page);
}

static inline struct page *virt_to_page(const void *addr)
{
	return qy_virt_to_page(qy_this_machine(), addr);
}

static inline bool virt_addr_valid(const void *addr)
{
	return virt_to_page(addr) != NULL;
}

static inline phys_addr_t virt_to_phys(const void *addr)
{
	if (!virt_addr_valid(addr))
		qy_is_not_linear("virt_to_phys used for non-linear address");
	return qy_virt_to_phys(qy_this_machine(), addr);
}

static inline void *phys_to_virt(phys_addr_t phys)
{
	return qy_phys_to_virt(qy_this_machine(), phys);
}

static inline bool is_vmalloc_addr(const void *p)
{
	return qy_is_vmalloc_addr(qy_this_machine(), p);
}

/* There are no modules in addresses of their own. */
static inline bool is_vmalloc_or_module_addr(const void *p)
{
	return is_vmalloc_addr(p);
}

static inline struct page *vmalloc_to_page(const void *p)
{
	return qy_vmalloc_to_page(qy_this_machine(), p);
}

static inline unsigned long vmalloc_to_pfn(const void *p)
{
	return qy_vmalloc_to_pfn(qy_this_machine(), p);
}

/* ------------------------------------------------------------------ what a program maps of a driver */

#define VM_NONE         0x00000000ul
#define VM_READ         0x00000001ul
#define VM_WRITE        0x00000002ul
#define VM_EXEC         0x00000004ul
#define VM_SHARED       0x00000008ul
#define VM_MAYREAD      0x00000010ul
#define VM_MAYWRITE     0x00000020ul
#define VM_MAYEXEC      0x00000040ul
#define VM_MAYSHARE     0x00000080ul
#define VM_PFNMAP       0x00000400ul
#define VM_LOCKED       0x00002000ul
#define VM_IO           0x00004000ul
#define VM_SEQ_READ     0x00008000ul
#define VM_RAND_READ    0x00010000ul
#define VM_DONTCOPY     0x00020000ul
#define VM_DONTEXPAND   0x00040000ul
#define VM_ACCOUNT      0x00100000ul
#define VM_NORESERVE    0x00200000ul
#define VM_WIPEONFORK   0x02000000ul
#define VM_DONTDUMP     0x04000000ul
#define VM_MIXEDMAP     0x10000000ul
#define VM_HUGEPAGE     0x20000000ul
#define VM_NOHUGEPAGE   0x40000000ul
#define VM_SPECIAL      (VM_IO | VM_DONTEXPAND | VM_PFNMAP | VM_MIXEDMAP)
#define VM_ACCESS_FLAGS (VM_READ | VM_WRITE | VM_EXEC)

typedef unsigned long vm_flags_t;
typedef unsigned int vm_fault_t;

enum vm_fault_reason {
	VM_FAULT_OOM = 0x1,
	VM_FAULT_SIGBUS = 0x2,
	VM_FAULT_MAJOR = 0x4,
	VM_FAULT_HWPOISON = 0x10,
	VM_FAULT_HWPOISON_LARGE = 0x20,
	VM_FAULT_SIGSEGV = 0x40,
	VM_FAULT_NOPAGE = 0x100, /* the handler has mapped it */
	VM_FAULT_RETRY = 0x400,  /* once more, with mmap_lock given back */
	VM_FAULT_FALLBACK = 0x800,
	VM_FAULT_DONE_COW = 0x1000,
};
#define VM_FAULT_ERROR                                                           \
	(VM_FAULT_OOM | VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV | VM_FAULT_HWPOISON | \
		VM_FAULT_HWPOISON_LARGE | VM_FAULT_FALLBACK)

enum fault_flag {
	FAULT_FLAG_WRITE = 0x1,
	FAULT_FLAG_MKWRITE = 0x2,
	FAULT_FLAG_ALLOW_RETRY = 0x4,
	FAULT_FLAG_RETRY_NOWAIT = 0x8,
	FAULT_FLAG_KILLABLE = 0x10,
	FAULT_FLAG_TRIED = 0x20,
	FAULT_FLAG_USER = 0x40,
	FAULT_FLAG_REMOTE = 0x80,
	FAULT_FLAG_INTERRUPTIBLE = 0x200,
};
#define FAULT_FLAG_DEFAULT \
	(FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE | FAULT_FLAG_INTERRUPTIBLE)

struct address_space;
struct file;
struct sg_table;
struct vm_operations_struct;

/* Of the one program that a world has. Its areas are found by find_vma(). */
struct mm_struct {
	struct rw_semaphore mmap_lock;
};

struct vm_area_struct {
	unsigned long vm_start, vm_end; /* addresses of the program, in this process */
	struct mm_struct *vm_mm;
	pgprot_t vm_page_prot;
	vm_flags_t vm_flags;
	const struct vm_operations_struct *vm_ops;
	unsigned long vm_pgoff;
	struct file *vm_file;
	void *vm_private_data;
};

struct vm_fault {
	struct vm_area_struct *vma;
	gfp_t gfp_mask;
	unsigned long pgoff;
	unsigned long address, real_address; /* of its page; as it was touched */
	unsigned int flags;                  /* FAULT_FLAG_* */
	struct page *cow_page;               /* of a private mapping that is written to */
	struct page *page; /* what fault() found, with a reference; of page_mkwrite() */
};

struct vm_operations_struct {
	void (*open)(struct vm_area_struct *vma); /* of a piece that was cut off */
	void (*close)(struct vm_area_struct *vma);
	int (*may_split)(struct vm_area_struct *vma, unsigned long addr);
	vm_fault_t (*fault)(struct vm_fault *vmf);
	vm_fault_t (*page_mkwrite)(struct vm_fault *vmf);
	vm_fault_t (*pfn_mkwrite)(struct vm_fault *vmf);
	/* what qy_world_peek() asks where no page can be had */
	int (*access)(struct vm_area_struct *vma, unsigned long addr, void *buf, int len,
		int write);
	const char *(*name)(struct vm_area_struct *vma);
};

static inline void vm_flags_init(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags = flags;
}

static inline void vm_flags_reset(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags = flags;
}

static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}

static inline void vm_flags_mod(
	struct vm_area_struct *vma, vm_flags_t set, vm_flags_t clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}

static inline unsigned long vma_pages(const struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static inline bool vma_is_anonymous(const struct vm_area_struct *vma)
{
	return !vma->vm_ops;
}

static inline bool range_in_vma(
	const struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	return vma && vma->vm_start <= start && end <= vma->vm_end;
}

static inline bool is_cow_mapping(vm_flags_t flags)
{
	return (flags & (VM_SHARED | VM_MAYWRITE)) == VM_MAYWRITE;
}

static inline vm_fault_t vmf_error(int err)
{
	return err == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
}

/* Whether it can be written to; what the CPU caches of it is the host's affair. */
pgprot_t vm_get_page_prot(vm_flags_t flags) QY_REAL(vm_get_page_prot);

/* Of the program; NULL: none. mmap_lock is held. Context: task. */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
	QY_REAL(find_vma); /* the first that ends behind it */
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
	QY_REAL(vma_lookup); /* that it lies in */

#define mmap_read_lock(mm)     down_read(&(mm)->mmap_lock)
#define mmap_read_trylock(mm)  down_read_trylock(&(mm)->mmap_lock)
#define mmap_read_unlock(mm)   up_read(&(mm)->mmap_lock)
#define mmap_write_lock(mm)    down_write(&(mm)->mmap_lock)
#define mmap_write_unlock(mm)  up_write(&(mm)->mmap_lock)
#define mmap_assert_locked(mm) WARN_ON(!(mm)->mmap_lock.count)

/* ------------------------------------------------------------------ frames by number, in mmap() or a fault */

/* The area becomes VM_IO | VM_PFNMAP. Return: 0; -EINVAL; -ENOMEM: the host has no mappings. */
int remap_pfn_range(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn,
	unsigned long size, pgprot_t prot) QY_REAL(remap_pfn_range);
#define io_remap_pfn_range(vma, addr, pfn, size, prot) \
	remap_pfn_range(vma, addr, pfn, size, prot)
/* Of [start, start + len) what vm_pgoff says. Return: 0, -EINVAL, as above. */
int vm_iomap_memory(struct vm_area_struct *vma, phys_addr_t start, unsigned long len)
	QY_REAL(vm_iomap_memory);
/* Of a fault, in an area that is VM_PFNMAP already, or VM_MIXEDMAP and then no RAM. */
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr,
	unsigned long pfn) QY_REAL(vmf_insert_pfn);
vm_fault_t vmf_insert_pfn_prot(struct vm_area_struct *vma, unsigned long addr,
	unsigned long pfn, pgprot_t prot) QY_REAL(vmf_insert_pfn_prot);

/* ------------------------------------------------------------------ pages, which the mapping keeps */

/*
 * The area becomes VM_MIXEDMAP. Return: 0; -EFAULT: not in it; -EINVAL: no page that can be mapped (of a slab, free); -EBUSY: there is
 * one; -ENXIO: so many pages are not there; -ENOMEM. *@nr of vm_insert_pages(): those that were not mapped.
 */
int vm_insert_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
	QY_REAL(vm_insert_page);
int vm_insert_pages(struct vm_area_struct *vma, unsigned long addr, struct page **pages,
	unsigned long *nr) QY_REAL(vm_insert_pages);
/* From the page vm_pgoff of the array on; from its begin. */
int vm_map_pages(struct vm_area_struct *vma, struct page **pages, unsigned long nr)
	QY_REAL(vm_map_pages);
int vm_map_pages_zero(struct vm_area_struct *vma, struct page **pages, unsigned long nr)
	QY_REAL(vm_map_pages_zero);

static inline vm_fault_t vmf_insert_page(
	struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	int err = vm_insert_page(vma, addr, page);

	if (err == -ENOMEM)
		return VM_FAULT_OOM;
	return err < 0 && err != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

/* ------------------------------------------------------------------ what was mapped goes */

/* Of an area that is VM_PFNMAP. */
void zap_vma_ptes(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
	QY_REAL(zap_vma_ptes);
/* Bytes of the file, wherever they are mapped; @bytes 0: up to its end. Of private mappings copies stay, unless @even_cows. */
void unmap_mapping_range(struct address_space *mapping, loff_t begin, loff_t bytes,
	int even_cows) QY_REAL(unmap_mapping_range);

/* Reads and writes registers for who looks at a program: for vm_operations_struct.access. Return: @len, -EINVAL, -ENOMEM. */
int generic_access_phys(struct vm_area_struct *vma, unsigned long addr, void *buf,
	int len, int write) QY_REAL(generic_access_phys);

/* ------------------------------------------------------------------ pages of a program */

#define FOLL_WRITE   (1u << 0) /* they will be written to */
#define FOLL_FORCE   (1u << 3) /* of no effect: what may not be written is not */
#define FOLL_NOFAULT (1u << 5) /* those alone that are there */
#define FOLL_LONGTERM \
	(1u << 8) /* of pins; pages of this program stay in their frames anyway */
#define FOLL_INTERRUPTIBLE (1u << 11)

/*
 * Return: how many, from the first one on; -EFAULT: none of the program's, or frames by number; -ENOMEM, -EINVAL, -EOVERFLOW. Each is
 * given back by put_page(), or unpin_user_page(). Context: a program's task, may sleep; without _fast and _unlocked mmap_lock is held.
 */
long qy_compat_get_user_pages(
	unsigned long start, unsigned long nr, unsigned int flags, struct page **pages);
long qy_compat_pin_user_pages(
	unsigned long start, unsigned long nr, unsigned int flags, struct page **pages);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
static inline long get_user_pages(
	unsigned long start, unsigned long nr, unsigned int flags, struct page **pages)
{
	return qy_compat_get_user_pages(start, nr, flags, pages);
}
static inline long pin_user_pages(
	unsigned long start, unsigned long nr, unsigned int flags, struct page **pages)
{
	return qy_compat_pin_user_pages(start, nr, flags, pages);
}
#else
/* @vmas: NULL; else -EOPNOTSUPP. */
static inline long get_user_pages(unsigned long start, unsigned long nr,
	unsigned int flags, struct page **pages, struct vm_area_struct **vmas)
{
	return vmas ? -EOPNOTSUPP : qy_compat_get_user_pages(start, nr, flags, pages);
}
static inline long pin_user_pages(unsigned long start, unsigned long nr,
	unsigned int flags, struct page **pages, struct vm_area_struct **vmas)
{
	return vmas ? -EOPNOTSUPP : qy_compat_pin_user_pages(start, nr, flags, pages);
}
#endif
long get_user_pages_unlocked(unsigned long start, unsigned long nr, struct page **pages,
	unsigned int flags) QY_REAL(get_user_pages_unlocked);
long pin_user_pages_unlocked(unsigned long start, unsigned long nr, struct page **pages,
	unsigned int flags) QY_REAL(pin_user_pages_unlocked);
int get_user_pages_fast(unsigned long start, int nr, unsigned int flags,
	struct page **pages) QY_REAL(get_user_pages_fast);
int pin_user_pages_fast(unsigned long start, int nr, unsigned int flags,
	struct page **pages) QY_REAL(pin_user_pages_fast);

void unpin_user_page(struct page *page) QY_REAL(unpin_user_page);
void unpin_user_pages(struct page **pages, unsigned long nr) QY_REAL(unpin_user_pages);
void unpin_user_pages_dirty_lock(struct page **pages, unsigned long nr, bool dirty)
	QY_REAL(unpin_user_pages_dirty_lock);

/* stub: a program's pages have no file that they would be written back to */
#define set_page_dirty(page)      ((void)(page), true)
/* stub: as set_page_dirty() */
#define set_page_dirty_lock(page) ((void)(page), 1)

#include <asm/along.h>

#endif
