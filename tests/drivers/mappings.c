// SPDX-License-Identifier: MIT
/*
 * Driver-shaped code on mappings: every name of linux/vmalloc.h and the kv names of linux/slab.h, as a driver calls them.
 *
 * No state.
 */
#include "tests/drivers/drivers.h"

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define TRY(cond)                        \
	do {                             \
		if (!(cond))             \
			return __LINE__; \
	} while (0)

static int check_zero(const char *p, size_t n)
{
	return p && !memchr_inv(p, 0, n);
}

static int vmalloc_names(void)
{
	void *(*by_address)(unsigned long) =
		vmalloc; /* a name that is called only by name would not do */
	char *p = by_address(5000);

	TRY(p && is_vmalloc_addr(p) && PAGE_ALIGNED(p));
	TRY(vmalloc_to_page(p) && vmalloc_to_pfn(p) == page_to_pfn(vmalloc_to_page(p)));
	memset(p, 1, 5000);
	p = vrealloc(p, 20000, GFP_KERNEL);
	TRY(p && p[4999] == 1);
	vfree(p);
	p = vzalloc(5000);
	TRY(check_zero(p, 8192));
	vfree(p);
	p = vzalloc_node(5000, 0);
	TRY(check_zero(p, 8192));
	vfree(p);
	p = vmalloc_user(5000);
	TRY(check_zero(p, 8192));
	vfree(p);
	p = vmalloc_32_user(5000);
	TRY(check_zero(p, 8192));
	vfree_atomic(p);
	p = vcalloc(50, 100);
	TRY(check_zero(p, 8192));
	vfree(p);
	p = vmalloc_array(50, 100);
	TRY(p && !vmalloc_array(SIZE_MAX, 2));
	vfree(p);
	p = vmalloc_node(1, NUMA_NO_NODE);
	TRY(p);
	vfree(p);
	p = vmalloc_32(1);
	TRY(p && page_to_phys(vmalloc_to_page(p)) < (1ull << 32));
	vfree(p);
	p = __vmalloc(1, GFP_NOFS | __GFP_ZERO);
	TRY(check_zero(p, PAGE_SIZE));
	vfree(p);
	p = vmalloc_huge(4 << 20, GFP_KERNEL);
	TRY(p && (unsigned long)p >= VMALLOC_START && (unsigned long)p < VMALLOC_END);
	vfree(p);
	vfree(NULL);
	vm_unmap_aliases();
	return 0;
}

static int vmap_names(void)
{
	struct page *pages[3];
	int *p, *q;

	for (int i = 0; i < 3; i++)
		TRY(pages[i] = alloc_page(GFP_KERNEL));
	p = vmap(pages, 3, VM_MAP, pgprot_writecombine(PAGE_KERNEL));
	q = vm_map_ram(pages, 3, NUMA_NO_NODE);
	TRY(p && q && p != q);
	p[2 * 1024] = 42;
	TRY(q[2 * 1024] == 42 && *(int *)page_address(pages[2]) == 42);
	vm_unmap_ram(q, 3);
	vunmap(p);
	for (int i = 0; i < 3; i++)
		__free_page(pages[i]);
	return 0;
}

static int kvmalloc_names(void)
{
	char *p = kvmalloc(100, GFP_KERNEL);

	TRY(p && !is_vmalloc_addr(p));
	p = kvrealloc(p, 9 << 20, GFP_KERNEL);
	TRY(is_vmalloc_addr(p));
	kvfree(p);
	p = kvzalloc(5 << 20, GFP_KERNEL);
	TRY(is_vmalloc_addr(p) && check_zero(p, 5 << 20));
	kvfree_sensitive(p, 5 << 20);
	p = kvcalloc(5, 1 << 20, GFP_KERNEL);
	TRY(check_zero(p, 5 << 20));
	kvfree(p);
	p = kvmalloc_array(10, 10, GFP_KERNEL);
	TRY(p && !kvmalloc_array(SIZE_MAX, 2, GFP_KERNEL));
	kvfree(p);
	p = kvzalloc_node(10, GFP_KERNEL, 0);
	TRY(check_zero(p, 10));
	kvfree(p);
	p = kvmalloc_node(10, GFP_KERNEL, 0);
	TRY(p);
	kvfree(p);
	p = kvmemdup("quarry", 7, GFP_KERNEL);
	TRY(p && !strcmp(p, "quarry"));
	kvfree(p);
	return 0;
}

int mappings_check(void)
{
	int line = vmalloc_names();

	line = line ? line : vmap_names();
	return line ? line : kvmalloc_names();
}

/* An area that is there when vmallocinfo is read. */
void *mappings_hold(void)
{
	return vmalloc(16384);
}

void mappings_release(void *p)
{
	vfree(p);
}
