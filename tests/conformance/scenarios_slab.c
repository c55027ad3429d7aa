// SPDX-License-Identifier: MIT
/*
 * Scenarios of the object floor: kmalloc, caches, mempools, failures on request, and wrong uses of objects, whose log text
 * is the result. The same text for a Linux module and for Quarry.
 */
#include "scenarios.h"

/* ------------------------------------------------------------------ kmalloc */
static void sc_kmalloc_sizes(void)
{
	size_t sz, from = 1, ks, last = 0;
	static const size_t big[] = { 8192, 8193, 12288, 12289, 16384, 16385, 20000,
		32768, 32769, 65536, 65537, 131072, 131073, 262144, 262145, 524288,
		524289, 1048576, 1048577, 2097152, 2097153, 4194303, 4194304 };
	int i;

	for (sz = 1; sz <= 8192; sz++) {
		void *p = kmalloc(hide(sz), GFP_KERNEL);

		ks = ksize(p);
		kfree(p);
		if (ks != last && last) {
			E("kmalloc req %zu..%zu ksize %zu", from, sz - 1, last);
			from = sz;
		}
		last = ks;
	}
	E("kmalloc req %zu..%d ksize %zu", from, 8192, last);
	for (i = 0; i < ARRAY_SIZE(big); i++) {
		void *p = kmalloc(hide(big[i]), GFP_KERNEL | QUIET);

		E("kmalloc req %zu ksize %zu roundup %zu", big[i], p ? ksize(p) : 0,
			kmalloc_size_roundup(big[i]));
		kfree(p);
	}
}

static void sc_kmalloc_edge(void)
{
	void *p, *q;

	p = kmalloc(hide(0), GFP_KERNEL);
	E("kmalloc(0) %s", p == ZERO_SIZE_PTR ? "ZERO_SIZE_PTR" : "other");
	E("ksize(ZERO_SIZE_PTR) %zu ZERO_OR_NULL_PTR %d", ksize(p), ZERO_OR_NULL_PTR(p));
	kfree(p);
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
	kmem_cache_destroy(NULL);
	mempool_destroy(NULL);
#ifdef ORC_HAVE_OBJECTS
	kvfree(NULL);
	vfree(NULL);
	dma_pool_destroy(NULL);
#endif
	free_pages(0, 0);
	kfree_sensitive(NULL);
	E("freeing NULL/ZERO_SIZE_PTR ok");
	p = kzalloc(hide(0), GFP_KERNEL);
	E("kzalloc(0) %s", p == ZERO_SIZE_PTR ? "ZERO_SIZE_PTR" : "other");
	p = kmalloc_array(hide(0), 8, GFP_KERNEL);
	E("kmalloc_array(0,8) %s", p == ZERO_SIZE_PTR ? "ZERO_SIZE_PTR" : "other");
	p = kcalloc(hide(SIZE_MAX), 2, GFP_KERNEL);
	E("kcalloc(SIZE_MAX,2) %s", p ? "ptr" : "NULL");
	p = kmalloc(hide(KMALLOC_MAX_SIZE), GFP_KERNEL | QUIET);
	E("kmalloc(KMALLOC_MAX_SIZE) %s", p ? "ptr" : "NULL");
	kfree(p);
	p = kmalloc(hide(KMALLOC_MAX_SIZE + 1), GFP_KERNEL | __GFP_NOWARN);
	E("kmalloc(KMALLOC_MAX_SIZE+1,NOWARN) %s", p ? "ptr" : "NULL");
	p = kmalloc(hide(SIZE_MAX), GFP_KERNEL | __GFP_NOWARN);
	E("kmalloc(SIZE_MAX,NOWARN) %s", p ? "ptr" : "NULL");
	p = kzalloc(hide(100), GFP_KERNEL);
	E("kzalloc(100) zero-req %d", all_zero(p, 100));
	kfree(p);
	p = kzalloc(hide(100000), GFP_KERNEL);
	E("kzalloc(100000) zero-req %d zero-ksize %d", all_zero(p, 100000),
		all_zero(p, ksize(p)));
	kfree(p);
	p = kstrdup("hello", GFP_KERNEL);
	E("kstrdup ksize %zu", ksize(p));
	kfree(p);
	E("kstrdup(NULL) %s", kstrdup(NULL, GFP_KERNEL) ? "ptr" : "NULL");
	p = kasprintf(GFP_KERNEL, "%s-%04d", "abc", 7);
	E("kasprintf '%s' ksize %zu", (char *)p, ksize(p));
	kfree(p);
	p = kmemdup("\1\2\3", 3, GFP_KERNEL);
	E("kmemdup ksize %zu bytes %02x %02x %02x", ksize(p), ((u8 *)p)[0], ((u8 *)p)[1],
		((u8 *)p)[2]);
	kfree(p);
	p = kmalloc(hide(64), GFP_KERNEL | GFP_DMA);
	E("kmalloc(64,GFP_DMA) below16M %d zone %s", p && orc_virt_phys(p) < (16UL << 20),
		p ? orc_page_zone_name(virt_to_page(p)) : "-");
	kfree(p);
	p = kmalloc(hide(100000), GFP_KERNEL | GFP_DMA);
	E("kmalloc(100000,GFP_DMA) below16M %d zone %s",
		p && orc_virt_phys(p) < (16UL << 20),
		p ? orc_page_zone_name(virt_to_page(p)) : "-");
	kfree(p);
	/* LIFO reuse of the most recently freed object of a cache (no debugging, same CPU) */
	preempt_disable();
	p = kmalloc(hide(40), GFP_ATOMIC);
	kfree(p);
	q = kmalloc(hide(48), GFP_ATOMIC);
	preempt_enable();
	I("kmalloc lifo same-bucket reuse %d", p == q);
	kfree(q);
}

static void sc_kmalloc_warn(void) /* produces WARNING text in the log */
{
	void *p;

	p = kmalloc(hide(KMALLOC_MAX_SIZE + 1), GFP_KERNEL);
	E("kmalloc(KMALLOC_MAX_SIZE+1) %s", p ? "ptr" : "NULL");
	p = alloc_pages(GFP_KERNEL, hide(MAX_PAGE_ORDER + 1));
	E("alloc_pages(MAX_PAGE_ORDER+1) %s", p ? "ptr" : "NULL");
#ifdef ORC_HAVE_OBJECTS
	p = vmalloc(hide(0));
	E("vmalloc(0) %s", p ? "ptr" : "NULL");
	p = vmalloc(hide(1UL << 40));
	E("vmalloc(1TiB) %s", p ? "ptr" : "NULL");
	p = kvmalloc(hide((size_t)INT_MAX + 1), GFP_KERNEL);
	E("kvmalloc(INT_MAX+1) %s", p ? "ptr" : "NULL");
	kvfree(p);
#endif
}

static void sc_kmalloc_align(void)
{
	static void *v[64];
	size_t sizes[] = { 1, 8, 16, 24, 32, 48, 64, 72, 96, 100, 128, 160, 192, 200, 256,
		512, 1024, 2048, 4096, 8192, 16384, 65536 };
	int i, j, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		unsigned int lo = 64, want = is_power_of_2(sizes[i])
						     ? ilog2(sizes[i])
						     : ilog2(ARCH_KMALLOC_MINALIGN);

		n = sizes[i] > 8192 ? 8 : 64;
		for (j = 0; j < n; j++) {
			v[j] = kmalloc(hide(sizes[i]), GFP_KERNEL);
			lo = min(lo, lowbit((unsigned long)v[j]));
		}
		for (j = 0; j < n; j++)
			kfree(v[j]);
		E("kmalloc align size %zu guaranteed %lu satisfied %d", sizes[i],
			sizes[i] < 8 ? 8 : 1UL << want, lo >= want);
		I("kmalloc align size %zu observed %lu", sizes[i], 1UL << lo);
	}
}

static void sc_krealloc(void)
{
	char *p, *q;
	int i, ok = 1;

	p = krealloc(NULL, hide(10), GFP_KERNEL);
	E("krealloc(NULL,10) ksize %zu", ksize(p));
	for (i = 0; i < 10; i++)
		p[i] = i + 1;
	q = krealloc(p, hide(16), GFP_KERNEL);
	E("krealloc 10->16 same %d ksize %zu", p == q, ksize(q));
	p = q;
	q = krealloc(p, hide(17), GFP_KERNEL);
	E("krealloc 16->17 same %d ksize %zu", p == q, ksize(q));
	for (i = 0; i < 10; i++)
		ok &= q[i] == i + 1;
	E("krealloc content kept %d", ok);
	p = q;
	q = krealloc(p, hide(3), GFP_KERNEL);
	E("krealloc 17->3 same %d ksize %zu (never shrinks)", p == q, ksize(q));
	p = q;
	q = krealloc(p, hide(9000), GFP_KERNEL | __GFP_ZERO);
	E("krealloc 3->9000 ksize %zu", ksize(q));
	p = q;
	q = krealloc(p, hide(16000), GFP_KERNEL);
	E("krealloc 9000->16000 same %d ksize %zu", p == q, ksize(q));
	p = q;
	q = krealloc(p, hide(100), GFP_KERNEL);
	E("krealloc 16000->100 same %d ksize %zu", p == q, ksize(q));
	q = krealloc(q, hide(0), GFP_KERNEL);
	E("krealloc(p,0) %s", q == ZERO_SIZE_PTR ? "ZERO_SIZE_PTR" : q ? "ptr" : "NULL");
	q = krealloc(ZERO_SIZE_PTR, hide(5), GFP_KERNEL);
	E("krealloc(ZERO_SIZE_PTR,5) ksize %zu", ksize(q));
	p = krealloc(q, hide(SIZE_MAX), GFP_KERNEL | __GFP_NOWARN);
	E("krealloc(p,SIZE_MAX) %s original kept", p ? "ptr" : "NULL");
	kfree(q);
	E("krealloc_array overflow %s",
		krealloc_array(NULL, hide(SIZE_MAX), 3, GFP_KERNEL) ? "ptr" : "NULL");
}

/* ------------------------------------------------------------------ kmem_cache */
static int ctor_calls;
static void ctor_count(void *o)
{
	ctor_calls++;
	*(u32 *)o = 0xC0FFEE;
}

#define NC 160
static struct kmem_cache *caches[NC];
static int ncaches;

static void mkcache(unsigned int size, unsigned int align, slab_flags_t fl,
	const char *tag, void (*ctor)(void *))
{
	char name[48];
	struct kmem_cache *s;

	if (ncaches == NC)
		return;
	snprintf(name, sizeof(name), "orc_%05u_a%04u_%s", size, align, tag);
	s = kmem_cache_create(name, size, align, fl, ctor);
	E("cache %s create %s kmem_cache_size %u", name, s ? "ok" : "NULL",
		s ? kmem_cache_size(s) : 0);
	if (s)
		caches[ncaches++] = s;
}

static void sc_caches(
	void) /* leaves the caches alive: user space then reads /sys/kernel/slab/orc_* */
{
	static const unsigned int sz[] = { 1, 4, 8, 12, 16, 20, 24, 32, 40, 48, 64, 72,
		96, 100, 128, 160, 192, 200, 256, 300, 384, 512, 576, 700, 768, 1000,
		1024, 1400, 1500, 2000, 2048, 2500, 3000, 4000, 4096, 5000, 6000, 8192,
		10000, 16384, 20000, 32768, 65536, 200000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(sz); i++)
		mkcache(sz[i], 0, 0, "none", NULL);
	for (i = 0; i < ARRAY_SIZE(sz); i += 2)
		mkcache(sz[i], 0, SLAB_HWCACHE_ALIGN, "hwc", NULL);
	for (i = 0; i < ARRAY_SIZE(sz); i += 4) {
		mkcache(sz[i], 0, SLAB_TYPESAFE_BY_RCU, "rcu", NULL);
		mkcache(sz[i] < 4 ? 4 : sz[i], 0, 0, "ctor", ctor_count);
		mkcache(sz[i], 0, SLAB_RECLAIM_ACCOUNT, "reclaim", NULL);
		mkcache(sz[i], 0, SLAB_CACHE_DMA, "dma", NULL);
		mkcache(sz[i], 64, 0, "none", NULL);
	}
	mkcache(24, 16, 0, "none", NULL);
	mkcache(24, 128, 0, "none", NULL);
	mkcache(24, 4096, 0, "none", NULL);
	mkcache(100, 32, SLAB_HWCACHE_ALIGN, "hwc", NULL);
	mkcache(100, 256, 0, "none", NULL);
	mkcache(8 << 20, 0, 0, "toobig", NULL);
}

static void sc_caches_free(void)
{
	while (ncaches)
		kmem_cache_destroy(caches[--ncaches]);
	E("caches destroyed");
}

static void sc_ctor(void)
{
	struct kmem_cache *s = kmem_cache_create("orc_ctor", 64, 0, 0, ctor_count);
	void *o[4];
	int n;

	ctor_calls = 0;
	o[0] = kmem_cache_alloc(s, GFP_KERNEL);
	n = ctor_calls;
	I("ctor calls at first alloc %d (whole slab is constructed)", n);
	E("ctor called for more objects than allocated %d", n > 1);
	o[1] = kmem_cache_alloc(s, GFP_KERNEL);
	E("ctor extra calls on second alloc %d", ctor_calls - n);
	E("ctor value visible %d", *(u32 *)o[0] == 0xC0FFEE && *(u32 *)o[1] == 0xC0FFEE);
	*(u32 *)o[0] = 0x1234;
	kmem_cache_free(s, o[0]);
	o[2] = kmem_cache_alloc(s, GFP_KERNEL);
	E("object not reconstructed on reuse: extra ctor calls %d", ctor_calls - n);
	I("reused same %d value 0x%x", o[2] == o[0], *(u32 *)o[2]);
	kmem_cache_free(s, o[1]);
	kmem_cache_free(s, o[2]);
	kmem_cache_destroy(s);
	/* zeroing and bulk */
	s = kmem_cache_create("orc_bulk", 200, 0, SLAB_HWCACHE_ALIGN, NULL);
	n = kmem_cache_alloc_bulk(s, GFP_KERNEL, 4, o);
	E("alloc_bulk(4) returned %d", n);
	kmem_cache_free_bulk(s, 4, o);
	o[0] = kmem_cache_zalloc(s, GFP_KERNEL);
	E("zalloc zero %d ksize %zu objsize %u", all_zero(o[0], 200), ksize(o[0]),
		kmem_cache_size(s));
	kfree(o[0]);
	E("kfree() of a kmem_cache object ok");
	E("kmem_cache_shrink %d", kmem_cache_shrink(s));
	kmem_cache_destroy(s);
}

static void sc_slab_order(
	void) /* address order of objects inside fresh slabs, LIFO reuse */
{
	struct kmem_cache *s = kmem_cache_create("orc_order", 256, 0, 0, NULL);
	static char *o[40];
	int i, asc = 1, lifo = 1;

	for (i = 0; i < 40; i++)
		o[i] = kmem_cache_alloc(s, GFP_KERNEL);
	for (i = 0; i < 16; i++) {
		I("obj %d delta %ld", i, (long)(o[i] - o[0]));
		if (i && o[i] != o[i - 1] + 256)
			asc = 0;
	}
	I("fresh slab ascending %d", asc);
	preempt_disable();
	for (i = 0; i < 8; i++)
		kmem_cache_free(s, o[i]);
	for (i = 7; i >= 0; i--) {
		char *p = kmem_cache_alloc(s, GFP_ATOMIC);

		if (p != o[i])
			lifo = 0;
		o[i] = p;
	}
	preempt_enable();
	I("free then alloc LIFO %d", lifo);
	for (i = 0; i < 40; i++)
		kmem_cache_free(s, o[i]);
	kmem_cache_destroy(s);
}

static struct kmem_cache *merge_a, *merge_b;
static void sc_merge(void) /* leaves two caches alive for /sys/kernel/slab */
{
	merge_a = kmem_cache_create("orc_merge_a", 64, 0, 0, NULL);
	merge_b = kmem_cache_create("orc_merge_b", 60, 0, 0, NULL);
	I("two compatible caches share one kmem_cache: %d", merge_a == merge_b);
	I("kmem_cache_size a %u b %u", kmem_cache_size(merge_a),
		kmem_cache_size(merge_b));
}
static void sc_merge_free(void)
{
	kmem_cache_destroy(merge_a);
	kmem_cache_destroy(merge_b);
	merge_a = merge_b = NULL;
}

/* ------------------------------------------------------------------ mempool */
static int mp_allocs, mp_frees, mp_fail;
static gfp_t mp_gfp;
static void *mp_alloc(gfp_t g, void *data)
{
	mp_allocs++;
	mp_gfp = g;
	return mp_fail ? NULL : kmalloc(32, g);
}
static void mp_free(void *e, void *data)
{
	mp_frees++;
	kfree(e);
}

static void sc_mempool(void)
{
	mempool_t *m;
	void *e[8], *x;
	int i, r;

	mp_allocs = mp_frees = mp_fail = 0;
	m = mempool_create(4, mp_alloc, mp_free, NULL);
	E("mempool_create(4) alloc calls %d min_nr %d curr_nr %d gfp 0x%x", mp_allocs,
		m->min_nr, m->curr_nr, mp_gfp);
	e[0] = mempool_alloc(m, GFP_KERNEL);
	E("mempool_alloc GFP_KERNEL alloc calls %d gfp passed 0x%x curr %d", mp_allocs,
		mp_gfp, m->curr_nr);
	mempool_free(e[0], m);
	E("mempool_free with full pool: free calls %d curr %d", mp_frees, m->curr_nr);
	mp_fail = 1;
	for (i = 0; i < 5; i++) {
		e[i] = mempool_alloc(m, GFP_NOWAIT);
		E("failing alloc #%d %s alloc calls %d gfp 0x%x curr %d", i,
			e[i] ? "reserve" : "NULL", mp_allocs, mp_gfp, m->curr_nr);
	}
	mempool_free(e[1], m);
	mempool_free(e[2], m);
	E("two freed: free calls %d curr %d", mp_frees, m->curr_nr);
	x = mempool_alloc(m, GFP_NOWAIT);
	E("reserve reuse is LIFO %d", x == e[2]);
	mempool_free(x, m);
	mempool_free(e[0], m);
	mempool_free(e[3], m);
	mp_fail = 0;
	r = mempool_resize(m, 6);
	E("resize 6 -> %d min %d curr %d allocs %d", r, m->min_nr, m->curr_nr, mp_allocs);
	r = mempool_resize(m, 2);
	E("resize 2 -> %d min %d curr %d frees %d", r, m->min_nr, m->curr_nr, mp_frees);
	mempool_free(NULL, m);
	mempool_destroy(m);
	E("destroyed: allocs %d frees %d", mp_allocs, mp_frees);
	m = mempool_create_kmalloc_pool(3, 100);
	x = mempool_alloc(m, GFP_KERNEL);
	E("kmalloc pool elem ksize %zu", ksize(x));
	mempool_free(x, m);
	mempool_destroy(m);
	m = mempool_create_page_pool(2, 1);
	x = mempool_alloc(m, GFP_KERNEL);
	E("page pool elem is page of order 1: aligned %d",
		!(page_to_pfn((struct page *)x) & 1));
	mempool_free(x, m);
	mempool_destroy(m);
}

/* ------------------------------------------------------------------ deliberate bugs (log text is the result) */
static struct kmem_cache *dbg_cache(const char *n)
{
	return kmem_cache_create(n, 40, 0, 0, NULL);
}

static void sc_bug_leak(void)
{
	struct kmem_cache *s = dbg_cache("orc_dbg_leak");
	char *a = kmem_cache_alloc(s, GFP_KERNEL), *b = kmem_cache_alloc(s, GFP_KERNEL);

	memset(a, 0x11, 40);
	memset(b, 0x22, 40);
	kmem_cache_destroy(s);
	I("destroyed with two live objects");
}
static void sc_bug_doublefree(void)
{
	struct kmem_cache *s = dbg_cache("orc_dbg_dfree");
	void *a = kmem_cache_alloc(s, GFP_KERNEL);

	kmem_cache_free(s, a);
	kmem_cache_free(s, a);
	kmem_cache_destroy(s);
}
static void sc_bug_doublefree2(
	void) /* another object keeps the slab in use: a different text */
{
	struct kmem_cache *s = dbg_cache("orc_dbg_dfree2");
	void *a = kmem_cache_alloc(s, GFP_KERNEL), *b = kmem_cache_alloc(s, GFP_KERNEL);

	kmem_cache_free(s, a);
	kmem_cache_free(s, a);
	kmem_cache_free(s, b);
	kmem_cache_destroy(s);
}
static void sc_bug_redzone(void)
{
	struct kmem_cache *s = dbg_cache("orc_dbg_rz");
	char *a = kmem_cache_alloc(s, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(a);
	a[40] = 0x41;
	kmem_cache_free(s, a);
	a = kmem_cache_alloc(s, GFP_KERNEL);
	OPTIMIZER_HIDE_VAR(a);
	a[-1] = 0x42;
	kmem_cache_free(s, a);
	kmem_cache_destroy(s);
}
static void sc_bug_uaf(void)
{
	struct kmem_cache *s = dbg_cache("orc_dbg_uaf");
	char *a = kmem_cache_alloc(s, GFP_KERNEL);

	kmem_cache_free(s, a);
	OPTIMIZER_HIDE_VAR(a);
	a[12] = 0x43;
	a = kmem_cache_alloc(s, GFP_KERNEL);
	kmem_cache_free(s, a);
	kmem_cache_destroy(s);
}
static void sc_bug_kmalloc_redzone(void)
{
	char *a = kmalloc(hide(30), GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(a);
	a[31] = 0x44; /* inside the bucket, beyond the request */
	kfree(a);
}
static void sc_bug_badfree(void)
{
	struct kmem_cache *s = dbg_cache("orc_dbg_bad"),
			  *t = kmem_cache_create("orc_dbg_bad2", 72, 0, 0, NULL);
	char *a = kmem_cache_alloc(s, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(a);
	kmem_cache_free(s, a + 8); /* pointer into the middle */
	kmem_cache_free(t, a);     /* wrong cache */
	kmem_cache_destroy(t);
	kmem_cache_destroy(s);
}
static void sc_failslab(void) /* arm fault injection from user space first */
{
	char b[68];
	int i, n = 0;

	for (i = 0; i < 32; i++) {
		void *p = kmalloc(hide(96), GFP_KERNEL);

		b[n++] = p ? '.' : 'F';
		kfree(p);
	}
	b[n] = 0;
	I("failslab kmalloc GFP_KERNEL %s", b);
	n = 0;
	for (i = 0; i < 32; i++) {
		void *p = kmalloc(hide(96), GFP_KERNEL | __GFP_NOFAIL);

		b[n++] = p ? '.' : 'F';
		kfree(p);
	}
	b[n] = 0;
	I("failslab kmalloc NOFAIL %s", b);
	n = 0;
	for (i = 0; i < 32; i++) {
		struct page *p = alloc_pages(GFP_KERNEL, 1);

		b[n++] = p ? '.' : 'F';
		if (p)
			__free_pages(p, 1);
	}
	b[n] = 0;
	I("fail_page_alloc order 1 GFP_KERNEL %s", b);
}
const struct orc_scenario orc_slab_scenarios[] = {
	{ "kmalloc_sizes", sc_kmalloc_sizes, "ksize() for every request size" },
	{ "kmalloc_edge", sc_kmalloc_edge, "zero, huge, NULL, DMA" },
	{ "kmalloc_warn", sc_kmalloc_warn, "requests that WARN" },
	{ "kmalloc_align", sc_kmalloc_align, "alignment" },
	{ "krealloc", sc_krealloc, "krealloc rules" },
	{ "caches", sc_caches, "many kmem_caches, kept" },
	{ "caches_free", sc_caches_free, "destroy them" },
	{ "ctor", sc_ctor, "constructors, bulk, zalloc" },
	{ "slab_order", sc_slab_order, "object order in slabs" },
	{ "merge", sc_merge, "cache merging, kept" },
	{ "merge_free", sc_merge_free, "" },
	{ "mempool", sc_mempool, "mempools" },
	{ "bug_leak", sc_bug_leak, "" },
	{ "bug_doublefree", sc_bug_doublefree, "" },
	{ "bug_doublefree2", sc_bug_doublefree2, "" },
	{ "bug_redzone", sc_bug_redzone, "" },
	{ "bug_uaf", sc_bug_uaf, "" },
	{ "bug_kmalloc_redzone", sc_bug_kmalloc_redzone, "" },
	{ "bug_badfree", sc_bug_badfree, "" },
	{ "failslab", sc_failslab, "needs fault injection" },
	{ NULL, NULL, NULL },
};
