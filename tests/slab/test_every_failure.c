// SPDX-License-Identifier: MIT
/*
 * A workload over every door of the object floor, in which the first allocation fails, then the second, and so on: whatever
 * fails, nothing is lost, nothing leaks, and the machine holds together.
 *
 * Locking: none, one thread.
 */
#include "tests/model/rig.h"
#include <quarry/mempool.h>
#include <quarry/slab.h>
#include <quarry/string.h>

/* What the workload has, so that an error path gives it back whatever step failed. */
struct work {
	struct qy_machine *m;
	struct kmem_cache *cache, *built, *typesafe, *merged;
	struct qy_mempool *pool, *pages, *bytes, *own, placed;
	bool has_placed;
	void *kept[64];
	unsigned int nr_kept;
	void *bulk[48];
	size_t nr_bulk;
	void *element[4];
	bool failed;
};

static void keep(struct work *w, void *p)
{
	if (p)
		w->kept[w->nr_kept++] = p;
	else
		w->failed = true;
}

static void build(void *object)
{
	memset(object, 0x5c, 24);
}

static void make_caches(struct work *w)
{
	struct qy_kmem_cache_args args = { .align = 64 };

	w->cache = qy_kmem_cache_create(w->m, "every_failure", 104, 0, 0, NULL);
	w->built = qy_kmem_cache_create(w->m, "every_failure_ctor", 24, 0, 0, build);
	w->typesafe = qy_kmem_cache_create_args(
		w->m, "every_failure_rcu", 300, &args, QY_SLAB_TYPESAFE_BY_RCU);
	w->merged = qy_kmem_cache_create_usercopy(
		w->m, "every_failure_user", 104, 0, 0, 8, 16, NULL);
	w->failed |= !w->cache || !w->built || !w->typesafe || !w->merged;
}

static char *print(struct work *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static char *print(struct work *w, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = qy_kvasprintf(w->m, QY_GFP_KERNEL, fmt, ap);
	va_end(ap);
	return text;
}

static void take_objects(struct work *w)
{
	static const char name[] = "a name that is longer than any of its uses";

	if (w->cache) {
		keep(w, qy_kmem_cache_alloc(w->cache, QY_GFP_KERNEL));
		keep(w, qy_kmem_cache_zalloc(w->cache, QY_GFP_ATOMIC));
		keep(w, qy_kmem_cache_alloc_node(w->cache, QY_GFP_KERNEL, 0));
		w->nr_bulk = qy_kmem_cache_alloc_bulk(
			w->cache, QY_GFP_KERNEL, ARRAY_SIZE(w->bulk), w->bulk);
		w->failed |= !w->nr_bulk;
	}
	if (w->built)
		keep(w, qy_kmem_cache_alloc(w->built, QY_GFP_KERNEL));
	if (w->typesafe)
		keep(w, qy_kmem_cache_alloc(w->typesafe, QY_GFP_NOIO));
	keep(w, qy_kmalloc(w->m, 40, QY_GFP_KERNEL));
	keep(w, qy_kmalloc(w->m, 40, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE));
	keep(w, qy_kmalloc(w->m, 8192, QY_GFP_ATOMIC));
	keep(w, qy_kmalloc(w->m, 100000, QY_GFP_KERNEL));
	keep(w, qy_kzalloc(w->m, 1000, QY_GFP_KERNEL));
	keep(w, qy_kzalloc_node(w->m, 90, QY_GFP_KERNEL, 0));
	keep(w, qy_kcalloc(w->m, 20, 30, QY_GFP_KERNEL));
	keep(w, qy_kmalloc_array(w->m, 3, 700, QY_GFP_KERNEL));
	keep(w, qy_kcalloc_node(w->m, 5, 5, QY_GFP_KERNEL, 0));
	keep(w, qy_kstrdup(w->m, name, QY_GFP_KERNEL));
	keep(w, qy_kstrndup(w->m, name, 6, QY_GFP_KERNEL));
	keep(w, qy_kmemdup(w->m, name, sizeof(name), QY_GFP_KERNEL));
	keep(w, qy_kmemdup_nul(w->m, name, 3, QY_GFP_KERNEL));
	keep(w, qy_kasprintf(w->m, QY_GFP_KERNEL, "%s %d", name, 7));
	keep(w, print(w, "%s, printed", name));
	keep(w, qy_kmemdup_array(w->m, name, 4, 5, QY_GFP_KERNEL));
	keep(w, qy_kmalloc_node(w->m, 2000, QY_GFP_ATOMIC, 0));
	keep(w, qy_kmalloc_array_node(w->m, 4, 9, QY_GFP_KERNEL, 0));
	keep(w, qy_krealloc_array(w->m, NULL, 6, 50, QY_GFP_KERNEL));
	keep(w, qy_kmalloc(w->m, 500, QY_GFP_KERNEL | QY___GFP_DMA));
	keep(w, qy_kzalloc(w->m, 3u << 20, QY_GFP_KERNEL));
	if (w->merged)
		keep(w, qy_kmem_cache_alloc(w->merged, QY_GFP_KERNEL));
}

/* Some of it once more, to be freed in other ways. */
static void take_and_give(struct work *w)
{
	void *several[3];
	unsigned int nr = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(several); i++) {
		several[nr] = qy_kmalloc(w->m, 700 * (i + 1), QY_GFP_KERNEL);
		w->failed |= !several[nr];
		nr += several[nr] != NULL;
	}
	qy_kfree_bulk(w->m, nr, several);
	several[0] = qy_kzalloc(w->m, 130, QY_GFP_KERNEL);
	w->failed |= !several[0];
	qy_kfree_sensitive(w->m, several[0]);
	if (w->typesafe)
		qy_kmem_cache_shrink(w->typesafe);
}

/* What does not fit moves; what cannot move stays, with its bytes. */
static void grow(struct work *w, size_t from, size_t to)
{
	unsigned char *p = qy_kmalloc(w->m, from, QY_GFP_KERNEL), *moved;

	if (!p) {
		w->failed = true;
		return;
	}
	memset(p, 0x3d, from);
	moved = qy_krealloc(w->m, p, to, QY_GFP_KERNEL);
	w->failed |= !moved;
	if (moved)
		p = moved;
	for (size_t i = 0; i < from; i++)
		CHECK_EQ(p[i], 0x3d);
	keep(w, p);
}

static void *own_alloc(qy_gfp_t gfp, void *machine)
{
	return qy_kmalloc(machine, 44, gfp);
}

static void own_free(void *element, void *machine)
{
	qy_kfree(machine, element);
}

/* Elements from a reserve of two and from behind it, and back. */
static void use_pool(struct work *w, struct qy_mempool *pool)
{
	void *first, *second;

	w->failed |= !pool;
	if (!pool)
		return;
	first = qy_mempool_alloc(pool, QY_GFP_KERNEL);
	second = qy_mempool_alloc_preallocated(pool);
	CHECK(first && second);
	qy_mempool_free(second, pool);
	qy_mempool_free(first, pool);
}

static void use_pools(struct work *w)
{
	w->bytes = qy_mempool_create_kmalloc(w->m, 2, 900);
	w->own = qy_mempool_create(w->m, 2, own_alloc, own_free, w->m);
	w->has_placed = qy_mempool_init_pages(&w->placed, w->m, 2, 0) == 0;
	use_pool(w, w->bytes);
	use_pool(w, w->own);
	use_pool(w, w->has_placed ? &w->placed : NULL);
	if (w->cache)
		w->pool = qy_mempool_create_slab(w->m, 4, w->cache);
	w->pages = qy_mempool_create_pages(w->m, 2, 1);
	w->failed |= !w->pool || !w->pages;
	if (!w->pool)
		return;
	w->failed |= qy_mempool_resize(w->pool, 6) != 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(w->element); i++) {
		/* four of a reserve of four: one failure cannot touch them */
		w->element[i] = qy_mempool_alloc(w->pool, QY_GFP_ATOMIC);
		CHECK(w->element[i]);
	}
}

static void give_back(struct work *w)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(w->element); i++)
		if (w->pool)
			qy_mempool_free(w->element[i], w->pool);
	qy_mempool_destroy(w->pool);
	qy_mempool_destroy(w->pages);
	qy_mempool_destroy(w->bytes);
	qy_mempool_destroy(w->own);
	if (w->has_placed)
		qy_mempool_exit(&w->placed);
	qy_kmem_cache_free_bulk(w->cache, w->nr_bulk, w->bulk);
	while (w->nr_kept)
		qy_kfree(w->m, w->kept[--w->nr_kept]);
	qy_kmem_cache_destroy(w->cache);
	qy_kmem_cache_destroy(w->built);
	qy_kmem_cache_destroy(w->typesafe);
	qy_kmem_cache_destroy(w->merged);
	/* the first ends what was before, the second what was freed just now */
	qy_slab_grace_period(w->m);
	qy_slab_grace_period(w->m);
}

/* Return: did something fail? */
static bool run(struct qy_machine *m)
{
	struct work w = { .m = m };

	make_caches(&w);
	take_objects(&w);
	take_and_give(&w);
	grow(&w, 60, 3000);
	grow(&w, 5000, 50000);
	use_pools(&w);
	give_back(&w);
	return w.failed;
}

static void shrink_all(struct qy_machine *m)
{
	struct qy_kmem_cache_info info;

	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
}

static void set(struct rig *rig, bool objects, uint32_t k)
{
	const struct qy_fault_attr attr = {
		.probability = k ? 100 : 0, .interval = k, .times = 1
	};

	if (objects)
		qy_failslab_set(rig->m, &attr);
	else
		qy_fail_page_alloc_set(rig->m, &attr);
}

/* Return: how many allocations there were to fail. */
static uint32_t fail_each(bool objects, const char *debug)
{
	static struct rig rig;
	struct qy_fault_attr attr;
	uint64_t free_frames;
	uint32_t k = 0;
	bool failed;

	rig_one_zone(&rig, MIB(64), 2);
	strcpy(rig.board.slab.debug, debug);
	rig_boot(&rig);
	free_frames = rig_free_frames(rig.m);
	CHECK(!run(rig.m));
	shrink_all(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), free_frames);
	do {
		set(&rig, objects, ++k);
		failed = run(rig.m);
		if (objects)
			qy_failslab_get(rig.m, &attr);
		else
			qy_fail_page_alloc_get(rig.m, &attr);
		set(&rig, objects, 0);
		rig_check_valid(rig.m, "one failure");
		shrink_all(rig.m);
		CHECK_EQ(rig_free_frames(rig.m), free_frames);
		rig_log_clear(&rig);
		/* not the other way round: a pool has its reserve, and a smaller slab will do, too */
		CHECK(!failed || !attr.times);
	} while (!attr.times);
	rig_down(&rig);
	return k - 1;
}

TEST(slab, each_request_for_an_object_may_fail_and_nothing_is_lost)
{
	CHECK(fail_each(true, "") >= 60);
}

TEST(slab, each_request_for_pages_may_fail_and_nothing_is_lost)
{
	CHECK(fail_each(false, "") >= 20);
}

/* Other layouts, other slabs, nothing at hand: every object is a visit to its slab. */
TEST(slab, each_request_may_fail_where_objects_are_checked_and_nothing_is_lost)
{
	CHECK(fail_each(true, "FZPU") >= 60);
	CHECK(fail_each(false, "FZPU") >= 20);
}
