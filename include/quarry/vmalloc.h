/* SPDX-License-Identifier: MIT */
/*
 * Mappings: addresses that follow one another, of frames that may lie anywhere.
 *
 *   qy_vmalloc ... qy_vfree             memory behind such addresses
 *   qy_vmap, qy_vunmap                  the caller's pages behind them
 *   qy_vm_map_ram, qy_vm_unmap_ram      the same for a short time
 *   qy_kvmalloc ... qy_kvfree           kmalloc's memory where it has a block, else this
 *   qy_vmalloc_to_page, _to_pfn         which frame is behind an address
 *   qy_vmalloc_next, qy_vmalloc_stats   what /proc/vmallocinfo and the vmalloc lines of meminfo print
 *
 * Names, flags and rules are Linux's of 6.12 with qy_ and QY_ in front. Mappings are real: behind each area lies a page that
 * nobody may touch, and an access to it, to a hole or to an area that was freed ends the program with a report. The frames
 * can be reached through the linear window as well: it is one memory.
 *
 * A pointer is into this process. Addresses that are printed are the board's: VMALLOC_START of its architecture and on.
 *
 * Contexts: a thread that has entered the machine, in task context, may sleep; what may be called from elsewhere says so.
 */
#ifndef QUARRY_VMALLOC_H
#define QUARRY_VMALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/board.h>
#include <quarry/gfp.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;
struct qy_site;
struct page;

/* What an area is; Linux's values. */
#define QY_VM_ALLOC         0x002u /* of vmalloc() */
#define QY_VM_MAP           0x004u /* of vmap() */
#define QY_VM_USERMAP       0x008u /* zeroed, for user space */
#define QY_VM_DMA_COHERENT  0x010u
#define QY_VM_UNINITIALIZED 0x020u /* is being made */
#define QY_VM_NO_GUARD      0x040u /* refused by vmap() */
#define QY_VM_MAP_PUT_PAGES \
	0x200u /* qy_vfree() frees the pages, and the array by qy_kvfree() */
#define QY_VM_ALLOW_HUGE_VMAP 0x400u

/* Rights and kind of a mapping. The kind is for an MMU that reads our tables; a process has the host's caches. */
#define QY_PAGE_KERNEL       0x1u
#define QY_PAGE_KERNEL_RO    0x0u
#define QY_PROT_WRITECOMBINE 0x8u
#define QY_PROT_UNCACHED     0x10u

/* ------------------------------------------------------------------ memory */

/**
 * qy_vmalloc() - @size bytes at addresses that follow one another
 * @size: bytes, rounded up to pages; 0 and more than the board's RAM give NULL
 *
 * Begins at a page. Not zeroed. Single frames, as Linux takes them; under policy quarry, and where the host has not enough
 * mappings for these, the largest blocks first. A failure is reported in Linux's words.
 *
 * Context: Task context, may sleep. Takes vmalloc->lock.
 * Return: the memory, or NULL.
 */
void *qy_vmalloc(struct qy_machine *m, size_t size);

/*
 * Zeroed; zeroed and fit for user space; below 4 GiB; both; on a node; that, zeroed; as @gfp says; in pages of 2 MiB where it
 * fits and there are blocks. @gfp must allow to sleep; zone bits, NOFAIL, NORETRY, NOFS, ZERO... are obeyed.
 * Context: as qy_vmalloc(), and so what is returned.
 */
void *qy_vzalloc(struct qy_machine *m, size_t size);
void *qy_vmalloc_user(struct qy_machine *m, size_t size);
void *qy_vmalloc_32(struct qy_machine *m, size_t size);
void *qy_vmalloc_32_user(struct qy_machine *m, size_t size);
void *qy_vmalloc_node(struct qy_machine *m, size_t size, int node);
void *qy_vzalloc_node(struct qy_machine *m, size_t size, int node);
void *qy___vmalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp);
void *qy_vmalloc_huge(struct qy_machine *m, size_t size, qy_gfp_t gfp);
/* At a multiple of @align_bytes, a power of two. Context: as qy_vmalloc(), and so what is returned. */
void *qy___vmalloc_aligned(
	struct qy_machine *m, size_t size, size_t align_bytes, qy_gfp_t gfp);

/* An array; NULL when its size overflows. Context: as qy_vmalloc(), and so what is returned. */
void *qy_vmalloc_array(struct qy_machine *m, size_t n, size_t size);
void *qy_vcalloc(struct qy_machine *m, size_t n, size_t size);

/**
 * qy_vrealloc() - make @p at least @size bytes
 * @p:    of qy_vmalloc() and relatives; NULL: as qy___vmalloc()
 * @size: 0: @p is freed, NULL returned
 *
 * What fits into the pages of @p stays where it is. Else the bytes are copied to a new place, and @p is freed.
 *
 * Context: As qy_vmalloc().
 * Return: the memory, or NULL; then @p is as it was.
 */
void *qy_vrealloc(struct qy_machine *m, const void *p, size_t size, qy_gfp_t gfp);

/**
 * qy_vfree() - the area of @p is gone, its frames are free
 * @p: NULL is ignored
 *
 * An access to it from here on ends the program; with board.vmalloc_reuse HOT or ALWAYS an area may stay mapped for its next
 * user, see there. A pointer that is none, or to the middle of a page, is reported in Linux's words; one to a later page of
 * an area frees the area, as on Linux, and is reported as well.
 *
 * Context: May sleep. From an interrupt it is put off until a task is in the room (the next call, or the CPU's tick).
 */
void qy_vfree(struct qy_machine *m, const void *p);
/* The same, put off always. Context: any. */
void qy_vfree_atomic(struct qy_machine *m, const void *p);

/* ------------------------------------------------------------------ the caller's pages */

/**
 * qy_vmap() - @count pages at addresses that follow one another
 * @pages: frames of the machine, in any order, the same one twice if it is wished
 * @flags: QY_VM_MAP; with QY_VM_MAP_PUT_PAGES qy_vfree() frees the pages and @pages
 * @prot:  QY_PAGE_KERNEL, or QY_PAGE_KERNEL_RO: a write ends the program
 *
 * Context: Task context, may sleep.
 * Return: the address, or NULL.
 */
void *qy_vmap(struct qy_machine *m, struct page **pages, unsigned int count,
	unsigned long flags, unsigned int prot);
/* The pages stay the caller's. NULL is ignored. Context: task, may sleep. */
void qy_vunmap(struct qy_machine *m, const void *p);

/*
 * For a short time: up to 64 pages share an area of 4 MiB of their CPU, without guard pages in between. @node is a hint for
 * the area's own record. @count of unmapping is that of mapping.
 * Context: task, may sleep. Return: the address, or NULL.
 */
void *qy_vm_map_ram(
	struct qy_machine *m, struct page **pages, unsigned int count, int node);
void qy_vm_unmap_ram(struct qy_machine *m, const void *p, unsigned int count);

/* Addresses that wait after their unmapping may be given out again, and no area stays mapped for reuse. Context: task. */
void qy_vm_unmap_aliases(struct qy_machine *m);

/* ------------------------------------------------------------------ either */

/**
 * qy_kvmalloc() - @size bytes, of qy_kmalloc() if that has them, else of qy_vmalloc()
 * @gfp: what is allowed; one that must not sleep never comes to qy_vmalloc()
 *
 * Up to a page it is qy_kmalloc(). Above, kmalloc does not try hard and does not complain. More than INT_MAX: NULL.
 *
 * Context: As @gfp says.
 * Return: the memory, or NULL.
 */
void *qy_kvmalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp);
/* Zeroed; on a node; both; an array, NULL when its size overflows; that, zeroed; a copy. Context: as qy_kvmalloc(). */
void *qy_kvzalloc(struct qy_machine *m, size_t size, qy_gfp_t gfp);
void *qy_kvmalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node);
void *qy_kvzalloc_node(struct qy_machine *m, size_t size, qy_gfp_t gfp, int node);
void *qy_kvmalloc_array(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp);
void *qy_kvcalloc(struct qy_machine *m, size_t n, size_t size, qy_gfp_t gfp);
void *qy_kvmemdup(struct qy_machine *m, const void *from, size_t len, qy_gfp_t gfp);
/* @p of either kind; the bytes stay. Size 0 frees. Context: as qy_kvmalloc(); on NULL @p is as it was. */
void *qy_kvrealloc(struct qy_machine *m, const void *p, size_t size, qy_gfp_t gfp);

/* Of either kind; by address. Context: any for kmalloc's memory, else as qy_vfree(). */
void qy_kvfree(struct qy_machine *m, const void *p);
/* Zeroes @len bytes first. Context: as qy_kvfree(). */
void qy_kvfree_sensitive(struct qy_machine *m, const void *p, size_t len);

/* ------------------------------------------------------------------ addresses */

/* Is it an address of vmalloc's, mapped or not? Context: any. */
bool qy_is_vmalloc_addr(const struct qy_machine *m, const void *p);
/* The frame behind it, by the page tables; NULL and 0: nothing is mapped there. Context: any. */
struct page *qy_vmalloc_to_page(struct qy_machine *m, const void *p);
unsigned long qy_vmalloc_to_pfn(struct qy_machine *m, const void *p);
/* The first byte of vmalloc's addresses in this process, and the last one; both NULL when there are none. Context: task. */
void *qy_vmalloc_begin(struct qy_machine *m);
void *qy_vmalloc_end(struct qy_machine *m);
/* As the board would print it; 0: none of vmalloc's. Context: any. */
uint64_t qy_vmalloc_address(const struct qy_machine *m, const void *p);

/* ------------------------------------------------------------------ seeing */

enum qy_vmalloc_kind {
	QY_VMALLOC_AREA,     /* with flags and caller */
	QY_VMALLOC_RAM,      /* of qy_vm_map_ram() */
	QY_VMALLOC_UNPURGED, /* freed: its addresses wait, or it stays for reuse */
};

struct qy_vmalloc_info {
	enum qy_vmalloc_kind kind;
	uint64_t start, end; /* board addresses; the guard page is inside */
	uint32_t flags;      /* QY_VM_* */
	uint64_t nr_pages;
	bool vpages;                  /* its array of pages is an area of its own */
	const struct qy_site *caller; /* the line that asked; NULL: not told */
	uint64_t nr_node[QY_MAX_NODES];
};

/**
 * qy_vmalloc_next() - the next area by address
 * @address: board address where to look from; set to the end of what was found
 *
 * Context: Task context. Takes vmalloc->lock. Not one snapshot.
 * Return: false past the last.
 */
bool qy_vmalloc_next(
	struct qy_machine *m, uint64_t *address, struct qy_vmalloc_info *out);

struct qy_vmalloc_stats {
	uint64_t total_bytes; /* VmallocTotal: of the board's addresses */
	uint64_t used_pages;  /* VmallocUsed: that areas of vmalloc() hold */
	uint64_t lazy_pages;  /* of addresses that wait */
	uint64_t kept_pages;  /* in areas that stay for reuse; in no other count */
	uint64_t table_pages; /* page tables; they stay */
	uint64_t nr_mappings; /* of the host, or runs of neighbouring frames */
	uint64_t nr_reused;   /* areas that were had without mapping anything */
};

/* Context: any; not one snapshot. */
void qy_vmalloc_stats(const struct qy_machine *m, struct qy_vmalloc_stats *out);

/**
 * qy_vmalloc_fault() - for a port: a thread has touched @address and may not
 * @write: 1, 0; -1: not known
 *
 * Reports, in the kernel's words, and what lies there. Returns at once when the address is none of the machine's.
 *
 * Context: Any, also a signal handler; takes vmalloc->lock if it is free.
 * Return: true when it has reported.
 */
bool qy_vmalloc_fault(struct qy_machine *m, const void *address, int write);

#ifdef __cplusplus
}
#endif

#endif
