// SPDX-License-Identifier: MIT
/*
 * Scenarios of the page floor, the same text for a Linux module and for Quarry.
 *
 *   constants  pages  gfp_zones  zones  buddy  watermarks  atomic_fail  frag_hold  frag_try  frag_release
 *
 * Pages that a scenario keeps are chained through their own first bytes: struct page has no list links everywhere.
 */
#include "scenarios.h"

/* ------------------------------------------------------------------ constants */
static void sc_constants(void)
{
#define C(x) E("const " #x " = %lld", (long long)(x))
#define X(x) E("const " #x " = 0x%llx", (unsigned long long)(x))
	C(PAGE_SHIFT);
	C(MAX_PAGE_ORDER);
	C(pageblock_order);
	C(PAGE_ALLOC_COSTLY_ORDER);
	C(KMALLOC_MAX_SIZE);
	C(KMALLOC_MAX_CACHE_SIZE);
	C(KMALLOC_MIN_SIZE);
	C(KMALLOC_SHIFT_LOW);
	C(KMALLOC_SHIFT_HIGH);
	C(KMALLOC_SHIFT_MAX);
	C(KMALLOC_MAX_ORDER);
	C(ARCH_KMALLOC_MINALIGN);
	C(ARCH_SLAB_MINALIGN);
#ifdef ORC_HAVE_OBJECTS
	C(ARCH_DMA_MINALIGN);
#endif
	C(L1_CACHE_BYTES);
	C(SMP_CACHE_BYTES);
	C(cache_line_size());
	C(MAX_NR_ZONES);
	C(MIGRATE_TYPES);
	C(MIGRATE_PCPTYPES);
	X((unsigned long)ZERO_SIZE_PTR);
	X(GFP_KERNEL);
	X(GFP_ATOMIC);
	X(GFP_NOWAIT);
	X(GFP_NOIO);
	X(GFP_NOFS);
	X(GFP_USER);
	X(GFP_HIGHUSER);
	X(GFP_HIGHUSER_MOVABLE);
	X(GFP_DMA);
	X(GFP_DMA32);
	X(GFP_KERNEL_ACCOUNT);
	X(GFP_TRANSHUGE);
	X(GFP_TRANSHUGE_LIGHT);
	X(__GFP_DMA);
	X(__GFP_HIGHMEM);
	X(__GFP_DMA32);
	X(__GFP_MOVABLE);
	X(__GFP_RECLAIMABLE);
	X(__GFP_HIGH);
	X(__GFP_IO);
	X(__GFP_FS);
	X(__GFP_ZERO);
	X(__GFP_DIRECT_RECLAIM);
	X(__GFP_KSWAPD_RECLAIM);
	X(__GFP_WRITE);
	X(__GFP_NOWARN);
	X(__GFP_RETRY_MAYFAIL);
	X(__GFP_NOFAIL);
	X(__GFP_NORETRY);
	X(__GFP_MEMALLOC);
	X(__GFP_COMP);
	X(__GFP_NOMEMALLOC);
	X(__GFP_HARDWALL);
	X(__GFP_THISNODE);
	X(__GFP_ACCOUNT);
	X((unsigned int)SLAB_CONSISTENCY_CHECKS);
	X((unsigned int)SLAB_RED_ZONE);
	X((unsigned int)SLAB_POISON);
	X((unsigned int)SLAB_HWCACHE_ALIGN);
	X((unsigned int)SLAB_CACHE_DMA);
	X((unsigned int)SLAB_CACHE_DMA32);
	X((unsigned int)SLAB_STORE_USER);
	X((unsigned int)SLAB_PANIC);
	X((unsigned int)SLAB_TYPESAFE_BY_RCU);
	X((unsigned int)SLAB_RECLAIM_ACCOUNT);
	X((unsigned int)SLAB_NOLEAKTRACE);
	X((unsigned int)SLAB_ACCOUNT);
	X(POISON_INUSE);
	X(POISON_FREE);
	X(POISON_END);
	X(SLUB_RED_INACTIVE);
	X(SLUB_RED_ACTIVE);
	X(PAGE_POISON);
	X(DMA_BIT_MASK(24));
	X(DMA_BIT_MASK(32));
	X(DMA_BIT_MASK(64));
#ifdef ORC_HAVE_OBJECTS
	I("vmalloc span %lu GiB", (VMALLOC_END - VMALLOC_START + 1) >> 30);
#endif
	I("nr_cpu_ids %u sizeof_struct_page %zu", orc_nr_cpu_ids(), sizeof(struct page));
	I("LINUX_VERSION_CODE %d.%d.%d", LINUX_VERSION_CODE >> 16,
		(LINUX_VERSION_CODE >> 8) & 255, LINUX_VERSION_CODE & 255);
#undef C
#undef X
}

/* ------------------------------------------------------------------ pages */
static void sc_pages(void)
{
	unsigned int o;
	struct page *p;
	void *v;

	for (o = 0; o <= MAX_PAGE_ORDER; o++) {
		p = alloc_pages(GFP_KERNEL | QUIET, o);
		E("alloc_pages order %u %s aligned %d count %d compound %d", o,
			p ? "ok" : "NULL", p && !(page_to_pfn(p) & ((1UL << o) - 1)),
			p ? page_count(p) : 0, p ? PageCompound(p) : 0);
		if (p)
			__free_pages(p, o);
	}
	p = alloc_pages(GFP_KERNEL | __GFP_NOWARN, hide(MAX_PAGE_ORDER + 1));
	E("alloc_pages order %u %s", MAX_PAGE_ORDER + 1, p ? "ok" : "NULL");
	p = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	E("COMP order3: head %d compound_order %u tailcount %d head_of_tail %d page_size %lu",
		PageHead(p), compound_order(p), page_ref_count(p + 1),
		compound_head(p + 5) == p, page_size(p));
	__free_pages(p, 3);
	p = alloc_pages(GFP_KERNEL, 2);
	E("non-COMP order2 counts %d %d %d %d", page_ref_count(p), page_ref_count(p + 1),
		page_ref_count(p + 2), page_ref_count(p + 3));
	split_page(p, 2);
	E("after split_page counts %d %d %d %d", page_ref_count(p), page_ref_count(p + 1),
		page_ref_count(p + 2), page_ref_count(p + 3));
	for (o = 0; o < 4; o++)
		__free_page(p + o);
	v = (void *)get_zeroed_page(GFP_KERNEL);
	E("get_zeroed_page zero %d", all_zero(v, PAGE_SIZE));
	free_page((unsigned long)v);
	v = alloc_pages_exact(5 * PAGE_SIZE, GFP_KERNEL);
	E("alloc_pages_exact(5 pages) %s tail refcount %d", v ? "ok" : "NULL",
		page_ref_count(virt_to_page(v) + 4));
	free_pages_exact(v, 5 * PAGE_SIZE);
	p = alloc_page(GFP_KERNEL);
	get_page(p);
	E("get_page count %d", page_count(p));
	put_page(p);
	E("put_page count %d", page_count(p));
	put_page(p);
	E("get_order 1:%d 4096:%d 4097:%d 8192:%d 8193:%d 4M:%d", get_order(hide(1)),
		get_order(hide(4096)), get_order(hide(4097)), get_order(hide(8192)),
		get_order(hide(8193)), get_order(hide(4 << 20)));
}

static void sc_gfp_zones(void)
{
	static const struct {
		const char *n;
		gfp_t g;
	} f[] = { { "GFP_KERNEL", GFP_KERNEL }, { "GFP_DMA", GFP_KERNEL | GFP_DMA },
		{ "GFP_DMA32", GFP_KERNEL | GFP_DMA32 },
		{ "GFP_HIGHUSER_MOVABLE", GFP_HIGHUSER_MOVABLE },
		{ "GFP_ATOMIC", GFP_ATOMIC } };
	int i, o;

	for (i = 0; i < ARRAY_SIZE(f); i++)
		for (o = 0; o <= MAX_PAGE_ORDER; o += 5) {
			struct page *p = alloc_pages(f[i].g | QUIET, o);

			E("zone limit %s order %d ok %d below16M %d below4G %d", f[i].n,
				o, !!p,
				p && (f[i].g & __GFP_DMA)
					? page_to_pfn(p) + (1UL << o) <= (16UL << 8)
					: -1,
				p && (f[i].g & __GFP_DMA32)
					? page_to_pfn(p) + (1UL << o) <= (1UL << 20)
					: -1);
			I("zone of %s order %d %s", f[i].n, o,
				p ? orc_page_zone_name(p) : "-");
			if (p)
				__free_pages(p, o);
		}
}

static void sc_zones(void)
{
	int z, k;

	for (z = 0; z < orc_nr_zones(); z++) {
		char b[96];
		int n = 0;

		for (k = 0; k < orc_nr_zones(); k++)
			n += scnprintf(
				b + n, sizeof(b) - n, " %ld", orc_zone_reserve(z, k));
		I("zone %s present %lu managed %lu free %lu min %lu low %lu high %lu reserve%s",
			orc_zone_name(z), orc_zone_present(z), orc_zone_managed(z),
			orc_zone_free(z), orc_zone_wmark(z, 0), orc_zone_wmark(z, 1),
			orc_zone_wmark(z, 2), b);
	}
}

static void snap(unsigned long s[8][MAX_PAGE_ORDER + 1])
{
	int z, o;

	for (z = 0; z < orc_nr_zones() && z < 8; z++)
		for (o = 0; o <= MAX_PAGE_ORDER; o++)
			s[z][o] = orc_zone_free_order(z, o);
}
static unsigned long s0[8][MAX_PAGE_ORDER + 1], s1[8][MAX_PAGE_ORDER + 1];
static void delta(const char *what)
{
	int z, o;

	snap(s1);
	for (z = 0; z < orc_nr_zones() && z < 8; z++) {
		char b[160];
		int n = 0, any = 0;

		for (o = 0; o <= MAX_PAGE_ORDER; o++) {
			long d = (long)s1[z][o] - (long)s0[z][o];

			any |= !!d;
			n += scnprintf(b + n, sizeof(b) - n, " %+ld", d);
		}
		if (!any)
			continue;
		I("delta %-28s zone %s%s", what, orc_zone_name(z), b);
		for (n = 0, o = 0; o <= MAX_PAGE_ORDER; o++)
			n += scnprintf(b + n, sizeof(b) - n, " %lu", s0[z][o]);
		I("from  %-28s zone %s%s", what, orc_zone_name(z), b);
	}
}

/* A chain of single pages, last in first out. */
static void keep(struct page **kept, struct page *p)
{
	*(struct page **)page_address(p) = *kept;
	*kept = p;
}

static void release_kept(struct page **kept)
{
	while (*kept) {
		struct page *p = *kept;

		*kept = *(struct page **)page_address(p);
		__free_page(p);
	}
}

static void sc_buddy(void)
{
	unsigned int o;
	struct page *p, *q;
	char t[40];
	static struct page *v[64];
	int i;

	for (o = 0; o <= MAX_PAGE_ORDER; o++) {
		orc_drain();
		snap(s0);
		p = alloc_pages(GFP_KERNEL | QUIET, o);
		snprintf(t, sizeof(t), "alloc order %u", o);
		delta(t);
		if (p)
			__free_pages(p, o);
		snprintf(t, sizeof(t), "free order %u before drain", o);
		delta(t);
		orc_drain();
		snprintf(t, sizeof(t), "free order %u after drain", o);
		delta(t);
	}
	/* merge: split an order-4 block into 16 singles, free all but one, then the last */
	orc_drain();
	p = alloc_pages(GFP_KERNEL, 4);
	split_page(p, 4);
	orc_drain();
	snap(s0);
	for (i = 1; i < 16; i++)
		__free_page(p + i);
	orc_drain();
	delta("free pages 1..15 of 16");
	__free_page(p);
	orc_drain();
	delta("free page 0 (full merge)");
	/* every other page */
	p = alloc_pages(GFP_KERNEL, 5);
	split_page(p, 5);
	orc_drain();
	snap(s0);
	for (i = 0; i < 32; i += 2)
		__free_page(p + i);
	orc_drain();
	delta("free even pages of 32");
	for (i = 1; i < 32; i += 2)
		__free_page(p + i);
	orc_drain();
	delta("free odd pages too");
	/* order of single-page allocations after a drain (pcp refill order) and LIFO reuse */
	orc_drain();
	preempt_disable();
	for (i = 0; i < 64; i++)
		v[i] = alloc_page(GFP_ATOMIC);
	for (i = 1; i < 64; i++)
		I("pcp seq %d pfn delta %ld", i,
			(long)page_to_pfn(v[i]) - (long)page_to_pfn(v[0]));
	__free_page(v[63]);
	__free_page(v[5]);
	p = alloc_page(GFP_ATOMIC);
	q = alloc_page(GFP_ATOMIC);
	preempt_enable();
	I("pcp LIFO reuse %d", p == v[5] && q == v[63]);
	v[5] = p;
	v[63] = q;
	for (i = 0; i < 64; i++)
		__free_page(v[i]);
	/* same after 4096 pages used up the small fragments: refills now split large blocks */
	{
		struct page *kept = NULL;
		int step = 0;

		for (i = 0; i < 4096; i++) {
			p = alloc_page(GFP_KERNEL);
			keep(&kept, p);
		}
		preempt_disable();
		for (i = 0; i < 64; i++)
			v[i] = alloc_page(GFP_ATOMIC);
		preempt_enable();
		for (i = 1; i < 64; i++)
			step += page_to_pfn(v[i]) == page_to_pfn(v[i - 1]) + 1;
		I("split refill: ascending +1 steps %d of 63", step);
		for (i = 0; i < 64; i++)
			__free_page(v[i]);
		release_kept(&kept);
		orc_drain();
	}
}

static void zfree_line(const char *what, unsigned long got)
{
	int z, n = 0;
	char b[200];

	for (z = 0; z < orc_nr_zones(); z++)
		n += scnprintf(b + n, sizeof(b) - n, " %s=%lu(min %lu)", orc_zone_name(z),
			orc_zone_free(z), orc_zone_wmark(z, 0));
	I("stop %s got %lu free%s", what, got, b);
}

static unsigned long eat(struct page **kept, gfp_t g)
{
	struct page *p;
	unsigned long n = 0;

	while ((p = alloc_page(g))) {
		keep(kept, p);
		n++;
	}
	return n;
}

static void sc_watermarks(void) /* how deep each class of request may dig */
{
	struct page *kept = NULL;

	zfree_line("start", 0);
	zfree_line("GFP_KERNEL|NORETRY", eat(&kept, GFP_KERNEL | QUIET));
	zfree_line("GFP_NOWAIT", eat(&kept, GFP_NOWAIT | __GFP_NOWARN));
	zfree_line(
		"GFP_ATOMIC&~KSWAPD (HIGH only)", eat(&kept, __GFP_HIGH | __GFP_NOWARN));
	zfree_line("GFP_ATOMIC", eat(&kept, GFP_ATOMIC | __GFP_NOWARN));
	zfree_line("GFP_ATOMIC|GFP_DMA32",
		eat(&kept, GFP_ATOMIC | GFP_DMA32 | __GFP_NOWARN));
	zfree_line("GFP_ATOMIC|GFP_DMA", eat(&kept, GFP_ATOMIC | GFP_DMA | __GFP_NOWARN));
	zfree_line("GFP_ATOMIC|MEMALLOC",
		eat(&kept, GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOWARN));
	release_kept(&kept);
	orc_drain();
	zfree_line("end", 0);
}

static void sc_atomic_fail(
	void) /* page allocation failure report for an atomic order-0 */
{
	struct page *kept = NULL;
	struct page *p;

	eat(&kept, GFP_KERNEL | QUIET);
	eat(&kept, GFP_NOWAIT | __GFP_NOWARN);
	eat(&kept, GFP_ATOMIC | __GFP_NOWARN);
	p = alloc_page(GFP_ATOMIC);
	I("GFP_ATOMIC order 0 %s", p ? "ok" : "NULL");
	if (p)
		__free_page(p);
	release_kept(&kept);
}

static unsigned long *owned;
static unsigned long owned_n;
static void sc_frag_hold(
	void) /* allocate all order-0, free those with odd pfn, stay that way */
{
	struct page *p;
	unsigned long pfn, fr = 0;

	owned_n = orc_max_pfn();
	owned = orc_bitmap(owned_n);
	if (!owned)
		return;
	while ((p = alloc_page(GFP_KERNEL | QUIET)))
		__set_bit(page_to_pfn(p), owned);
	I("frag owned %lu pages", (unsigned long)bitmap_weight(owned, owned_n));
	for_each_set_bit(pfn, owned, owned_n) if (pfn & 1)
	{
		__clear_bit(pfn, owned);
		__free_page(pfn_to_page(pfn));
		fr++;
	}
	orc_drain();
	I("frag freed %lu odd pages", fr);
	memset(s0, 0, sizeof(s0));
	delta("nr_free now (absolute)");
	zfree_line("now", 0);
}

static void sc_frag_try(void)
{
	unsigned int o;

	if (!owned)
		return;
	for (o = 0; o <= MAX_PAGE_ORDER; o++) {
		struct page *a = alloc_pages(GFP_ATOMIC | __GFP_NOWARN, o);
		struct page *k;

		I("frag order %u GFP_ATOMIC %s", o, a ? "ok" : "NULL");
		if (a)
			__free_pages(a, o);
		k = alloc_pages(GFP_KERNEL | QUIET, o);
		I("frag order %u GFP_KERNEL|NORETRY %s", o, k ? "ok" : "NULL");
		if (k)
			__free_pages(k, o);
	}
	{ /* with the warning, costly order: may fail without the OOM killer */
		struct page *k = alloc_pages(GFP_KERNEL, 9);

		I("frag order 9 GFP_KERNEL %s", k ? "ok" : "NULL");
		if (k)
			__free_pages(k, 9);
	}
#ifdef ORC_HAVE_OBJECTS
	{
		void *v;

		v = kmalloc(hide(64 << 10), GFP_ATOMIC);
		I("frag kmalloc 64K GFP_ATOMIC %s", v ? "ok" : "NULL");
		kfree(v);
		v = kmalloc(hide(2 << 20), GFP_KERNEL);
		I("frag kmalloc 2M GFP_KERNEL %s", v ? "ok" : "NULL");
		kfree(v);
		v = kvmalloc(hide(2 << 20), GFP_KERNEL);
		I("frag kvmalloc 2M is_vmalloc %d", v ? is_vmalloc_addr(v) : -1);
		kvfree(v);
		v = kvmalloc(hide(8 << 10), GFP_KERNEL);
		I("frag kvmalloc 8K is_vmalloc %d", v ? is_vmalloc_addr(v) : -1);
		kvfree(v);
		v = vmalloc(4 << 20);
		I("frag vmalloc 4M %s", v ? "ok" : "NULL");
		vfree(v);
	}
#endif
}

static void sc_frag_release(void)
{
	unsigned long pfn;

	if (!owned)
		return;
	for_each_set_bit(pfn, owned, owned_n) __free_page(pfn_to_page(pfn));
	orc_bitmap_free(owned);
	owned = NULL;
	orc_drain();
	memset(s0, 0, sizeof(s0));
	delta("nr_free after release");
}
extern const unsigned long orc_sizeof_struct_page;
const unsigned long orc_sizeof_struct_page = sizeof(struct page);

const struct orc_scenario orc_page_scenarios[] = {
	{ "constants", sc_constants, "values of public macros" },
	{ "pages", sc_pages, "alloc_pages by order" },
	{ "gfp_zones", sc_gfp_zones, "zone limits" },
	{ "zones", sc_zones, "watermarks and reserves" },
	{ "buddy", sc_buddy, "split/merge deltas" },
	{ "watermarks", sc_watermarks, "depth each gfp may reach" },
	{ "atomic_fail", sc_atomic_fail, "order-0 failure report" },
	{ "frag_hold", sc_frag_hold, "fragment memory, keep" },
	{ "frag_try", sc_frag_try, "orders 0..10 while fragmented" },
	{ "frag_release", sc_frag_release, "" },
	{ NULL, NULL, NULL },
};
