// SPDX-License-Identifier: MIT
/*
 * Scenarios of mappings: which of kmalloc and vmalloc kvmalloc takes, areas and their guard page, wrong ends of areas.
 */
#include "scenarios.h"

/* ------------------------------------------------------------------ vmalloc / kvmalloc */
static void sc_kvmalloc(void)
{
	static const size_t sz[] = { 1, 2048, 4096, 4097, 8192, 8193, 65536, 131072,
		1 << 20, 2 << 20, (2 << 20) + 1, 4 << 20, (4 << 20) + 1, 8 << 20,
		16 << 20 };
	int i;

	for (i = 0; i < ARRAY_SIZE(sz); i++) {
		void *p = kvmalloc(hide(sz[i]), GFP_KERNEL);

		if (sz[i] <= PAGE_SIZE || sz[i] > KMALLOC_MAX_SIZE)
			E("kvmalloc %zu ok %d vmalloc %d", sz[i], !!p,
				p ? is_vmalloc_addr(p) : -1);
		else
			I("kvmalloc %zu ok %d vmalloc %d (fresh system)", sz[i], !!p,
				p ? is_vmalloc_addr(p) : -1);
		kvfree(p);
	}
	E("kvmalloc(0) %s", kvmalloc(hide(0), GFP_KERNEL) == ZERO_SIZE_PTR
				    ? "ZERO_SIZE_PTR"
				    : "other");
	E("kvmalloc_array overflow %s",
		kvmalloc_array(hide(SIZE_MAX), 2, GFP_KERNEL) ? "ptr" : "NULL");
	E("kvmalloc(8M,GFP_NOWAIT) %s",
		kvmalloc(hide(8 << 20), GFP_NOWAIT | __GFP_NOWARN) ? "ptr" : "NULL");
}

static void *vm_keep[8];
static void sc_vmalloc(
	void) /* leaves areas alive so that /proc/vmallocinfo can be read */
{
	static const size_t sz[] = { 1, 4096, 4097, 65536, 1 << 20, 5 << 20 };
	int i, j;
	char *p;
	struct page *pg[4];

	for (i = 0; i < ARRAY_SIZE(sz); i++) {
		unsigned long np = (sz[i] + PAGE_SIZE - 1) >> PAGE_SHIFT, k, contig = 0;

		p = vm_keep[i] = vmalloc(sz[i]);
		for (k = 1; k < np; k++)
			contig +=
				page_to_pfn(vmalloc_to_page(p + k * PAGE_SIZE)) ==
				page_to_pfn(vmalloc_to_page(p + (k - 1) * PAGE_SIZE)) + 1;
		E("vmalloc %zu ok %d page_aligned %d is_vmalloc %d inner %d past_end_page %d",
			sz[i], !!p, PAGE_ALIGNED(p), is_vmalloc_addr(p),
			is_vmalloc_addr(p + sz[i] - 1),
			vmalloc_to_page(p + np * PAGE_SIZE) != NULL);
		I("vmalloc %zu pages %lu physically contiguous steps %lu", sz[i], np,
			contig);
	}
	for (j = 0; j < 2; j++) {
		char *a = vmalloc(PAGE_SIZE), *b = vmalloc(PAGE_SIZE),
		     *c = vmalloc(3 * PAGE_SIZE), *d = vmalloc(PAGE_SIZE);

		I("vmalloc seq deltas pages b-a %ld c-b %ld d-c %ld",
			(long)(b - a) / (long)PAGE_SIZE, (long)(c - b) / (long)PAGE_SIZE,
			(long)(d - c) / (long)PAGE_SIZE);
		vfree(b);
		p = vmalloc(PAGE_SIZE);
		I("vmalloc reuse of freed hole immediately %d (lazy purge)", p == b);
		vfree(a);
		vfree(c);
		vfree(d);
		vfree(p);
	}
	p = vzalloc(hide(10000));
	E("vzalloc zero %d whole pages %d", all_zero(p, 10000), all_zero(p, 12288));
	vfree(p);
	p = vmalloc_32(8192);
	E("vmalloc_32 below4G %d", page_to_phys(vmalloc_to_page(p)) < (1ULL << 32));
	vfree(p);
	for (i = 0; i < 4; i++)
		pg[i] = alloc_page(GFP_KERNEL);
	p = vmap(pg, 4, VM_MAP, PAGE_KERNEL);
	*(int *)(p + 3 * PAGE_SIZE + 8) = 77;
	E("vmap alias %d to_page %d", *(int *)(page_address(pg[3]) + 8) == 77,
		vmalloc_to_page(p + PAGE_SIZE) == pg[1]);
	vunmap(p);
	p = vm_map_ram(pg, 4, -1);
	E("vm_map_ram alias %d", *(int *)(p + 3 * PAGE_SIZE + 8) == 77);
	vm_unmap_ram(p, 4);
	for (i = 0; i < 4; i++)
		__free_page(pg[i]);
	p = kmalloc(64, GFP_KERNEL);
	E("is_vmalloc_addr(kmalloc) %d", is_vmalloc_addr(p));
	kfree(p);
}
static void sc_vmalloc_free(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(vm_keep); i++) {
		vfree(vm_keep[i]);
		vm_keep[i] = NULL;
	}
	E("vmalloc areas freed");
}

static void sc_bug_vfree(void)
{
	char *p = vmalloc(8192);

	vfree(p + 1);
	vfree(p + PAGE_SIZE);
	vfree(p);
	vfree((void *)(VMALLOC_END - (1UL << 30) + 1 - PAGE_SIZE * 16));
}

const struct orc_scenario orc_virt_scenarios[] = {
	{ "kvmalloc", sc_kvmalloc, "path choice" },
	{ "vmalloc", sc_vmalloc, "areas, guard, kept" },
	{ "vmalloc_free", sc_vmalloc_free, "" },
	{ "bug_vfree", sc_bug_vfree, "" },
	{ NULL, NULL, NULL },
};
