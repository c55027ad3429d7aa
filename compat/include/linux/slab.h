/* SPDX-License-Identifier: MIT */
/*
 * Objects, as inlines over quarry/slab.h: each finds the machine that the calling thread stands in.
 *
 * The values of SLAB_* are ours, since 6.12 numbers them anew with each configuration.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_SLAB_H
#define COMPAT_LINUX_SLAB_H

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/string.h>
#include <linux/version.h>
#include <quarry/owner.h>
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

/* What tests of the allocator look at; the rest is its own. */
struct kmem_cache {
	u8 qy_begin[QY_KMEM_CACHE_SIZE_AT];
	unsigned int size, object_size;
	u8 qy_middle[QY_KMEM_CACHE_FLAGS_AT - QY_KMEM_CACHE_OBJECT_AT - 4];
	slab_flags_t flags;
};
_Static_assert(offsetof(struct kmem_cache, object_size) == QY_KMEM_CACHE_OBJECT_AT &&
		       offsetof(struct kmem_cache, flags) == QY_KMEM_CACHE_FLAGS_AT,
	"as the core has them");

#define SLAB_CONSISTENCY_CHECKS QY_SLAB_CONSISTENCY_CHECKS
#define SLAB_RED_ZONE           QY_SLAB_RED_ZONE
#define SLAB_POISON             QY_SLAB_POISON
#define SLAB_STORE_USER         QY_SLAB_STORE_USER
#define SLAB_TRACE              QY_SLAB_TRACE
#define SLAB_HWCACHE_ALIGN      QY_SLAB_HWCACHE_ALIGN
#define SLAB_CACHE_DMA          QY_SLAB_CACHE_DMA
#define SLAB_CACHE_DMA32        QY_SLAB_CACHE_DMA32
#define SLAB_PANIC              QY_SLAB_PANIC
#define SLAB_TYPESAFE_BY_RCU    QY_SLAB_TYPESAFE_BY_RCU
#define SLAB_NOLEAKTRACE        QY_SLAB_NOLEAKTRACE
#define SLAB_NO_MERGE           QY_SLAB_NO_MERGE
#define SLAB_FAILSLAB           QY_SLAB_FAILSLAB
#define SLAB_ACCOUNT            QY_SLAB_ACCOUNT
#define SLAB_NO_USER_FLAGS      QY_SLAB_NO_USER_FLAGS
#define SLAB_RECLAIM_ACCOUNT    QY_SLAB_RECLAIM_ACCOUNT
#define SLAB_TEMPORARY          QY_SLAB_TEMPORARY

#define SLAB_KMALLOC      QY_SLAB_KMALLOC
#define SLAB_SKIP_KFENCE  QY_SLAB_SKIP_KFENCE
#define alloc_hooks(call) (call)

#define ZERO_SIZE_PTR          QY_ZERO_SIZE_PTR
#define ZERO_OR_NULL_PTR(p)    QY_ZERO_OR_NULL_PTR(p)
#define KMALLOC_MAX_CACHE_SIZE QY_KMALLOC_MAX_CACHE_SIZE
#define KMALLOC_MAX_SIZE       QY_KMALLOC_MAX_SIZE
#define KMALLOC_SHIFT_LOW      3
#define KMALLOC_SHIFT_HIGH     13
#define KMALLOC_SHIFT_MAX      22
#define KMALLOC_MAX_ORDER      (KMALLOC_SHIFT_MAX - PAGE_SHIFT)
#define KMALLOC_MIN_SIZE       (1 << KMALLOC_SHIFT_LOW)
#define ARCH_KMALLOC_MINALIGN  8
#define ARCH_SLAB_MINALIGN     8

/* ------------------------------------------------------------------ caches */

#define kmem_cache_args qy_kmem_cache_args

/* kmem_cache_create() with a constructor, and with a structure of arguments or NULL: told apart by the third argument. */
static inline struct kmem_cache *__kmem_cache_create(const char *name, unsigned int size,
	unsigned int align, slab_flags_t flags, void (*ctor)(void *))
{
	return qy_take(QY_HELD_CACHE, GFP_KERNEL, size,
		qy_kmem_cache_create(qy_this_machine(), name, size, align, flags, ctor));
}

static inline struct kmem_cache *__kmem_cache_create_args(const char *name,
	unsigned int size, struct kmem_cache_args *args, slab_flags_t flags)
{
	return qy_take(QY_HELD_CACHE, GFP_KERNEL, size,
		qy_kmem_cache_create_args(qy_this_machine(), name, size, args, flags));
}

static inline struct kmem_cache *__kmem_cache_default_args(
	const char *name, unsigned int size, void *none, slab_flags_t flags)
{
	return __kmem_cache_create_args(name, size, none, flags);
}

#define kmem_cache_create(name, size, third, ...) \
	_Generic((third),                                              \
		struct kmem_cache_args * : __kmem_cache_create_args,   \
		void * : __kmem_cache_default_args,                    \
		default : __kmem_cache_create)(name, size, third, __VA_ARGS__)

#define KMEM_CACHE(type, flags)                              \
	__kmem_cache_create_args(#type, sizeof(struct type), \
		&(struct kmem_cache_args){ .align = __alignof__(struct type) }, flags)

#define KMEM_CACHE_USERCOPY(type, flags, field)                               \
	__kmem_cache_create_args(#type, sizeof(struct type),                  \
		&(struct kmem_cache_args){ .align = __alignof__(struct type), \
			.useroffset = offsetof(struct type, field),           \
			.usersize = sizeof(((struct type *)0)->field) },      \
		flags)

static inline struct kmem_cache *kmem_cache_create_usercopy(const char *name,
	unsigned int size, unsigned int align, slab_flags_t flags,
	unsigned int useroffset, unsigned int usersize, void (*ctor)(void *))
{
	return qy_take(QY_HELD_CACHE, GFP_KERNEL, size,
		qy_kmem_cache_create_usercopy(qy_this_machine(), name, size, align, flags,
			useroffset, usersize, ctor));
}

#if defined(QY_WORLD) && LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
/* Objects of kfree_rcu() have gone back. Context: task, may sleep. */
void kvfree_rcu_barrier(void) QY_REAL(kvfree_rcu_barrier);
#define QY_KVFREE_RCU_BARRIER() kvfree_rcu_barrier()
#else
#define QY_KVFREE_RCU_BARRIER()
#endif

static inline void kmem_cache_destroy(struct kmem_cache *cache)
{
	if (!qy_is_cache(cache))
		return;
	QY_KVFREE_RCU_BARRIER();
	qy_free_deferred();
	qy_let_go(QY_HELD_CACHE, cache);
	qy_kmem_cache_destroy(cache);
}

static inline int kmem_cache_shrink(struct kmem_cache *cache)
{
	qy_free_deferred();
	return qy_kmem_cache_shrink(cache);
}

/* What is wrong in a cache that is checked is reported, and repaired. */
static inline void validate_slab_cache(struct kmem_cache *cache)
{
	qy_kmem_cache_validate(cache);
}

/* Of a cache of kmalloc's. */
static inline void *__kmalloc_cache_noprof(
	struct kmem_cache *cache, gfp_t gfp, size_t size_bytes)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, size_bytes,
		qy_kmem_cache_kmalloc(cache, gfp, size_bytes));
}

static inline unsigned int kmem_cache_size(struct kmem_cache *cache)
{
	return qy_kmem_cache_size(cache);
}

static inline void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, qy_kmem_cache_size(cache),
		qy_kmem_cache_alloc(cache, gfp));
}

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return qy_take(QY_HELD_OBJECT, gfp, qy_kmem_cache_size(cache),
		qy_kmem_cache_zalloc(cache, gfp));
}

static inline void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, qy_kmem_cache_size(cache),
		qy_kmem_cache_alloc_node(cache, gfp, node));
}

static inline void kmem_cache_free(struct kmem_cache *cache, void *object)
{
	if (!qy_defer_free(object, cache))
		qy_kmem_cache_free(cache, object);
}

static inline int kmem_cache_alloc_bulk(
	struct kmem_cache *cache, gfp_t gfp, size_t nr, void **objects)
{
	int got;

	if (qy_refuses(QY_HELD_OBJECT, gfp, qy_kmem_cache_size(cache)))
		return 0;
	got = (int)qy_kmem_cache_alloc_bulk(cache, gfp, nr, objects);
	for (int i = 0; i < got; i++)
		qy_hold(QY_HELD_OBJECT, objects[i], qy_kmem_cache_size(cache));
	return got;
}

static inline void kfree_bulk(size_t nr, void **objects)
{
	size_t left = 0;

	for (size_t i = 0; i < nr; i++)
		if (!qy_defer_free(objects[i], NULL))
			objects[left++] = objects[i];
	if (left)
		qy_kfree_bulk(qy_this_machine(), left, objects);
}

/* Without a cache: of any. */
static inline void kmem_cache_free_bulk(
	struct kmem_cache *cache, size_t nr, void **objects)
{
	size_t left = 0;

	if (!cache) {
		kfree_bulk(nr, objects);
		return;
	}
	for (size_t i = 0; i < nr; i++)
		if (!qy_defer_free(objects[i], cache))
			objects[left++] = objects[i];
	if (left)
		qy_kmem_cache_free_bulk(cache, left, objects);
}

/* ------------------------------------------------------------------ kmalloc */

static inline void *kmalloc(size_t size_bytes, gfp_t gfp)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, size_bytes,
		qy_kmalloc(qy_this_machine(), size_bytes, gfp));
}

static inline void *kzalloc(size_t size_bytes, gfp_t gfp)
{
	return qy_take(QY_HELD_OBJECT, gfp, size_bytes,
		qy_kzalloc(qy_this_machine(), size_bytes, gfp));
}

static inline void *kmalloc_node(size_t size_bytes, gfp_t gfp, int node)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, size_bytes,
		qy_kmalloc_node(qy_this_machine(), size_bytes, gfp, node));
}

static inline void *kzalloc_node(size_t size_bytes, gfp_t gfp, int node)
{
	return qy_take(QY_HELD_OBJECT, gfp, size_bytes,
		qy_kzalloc_node(qy_this_machine(), size_bytes, gfp, node));
}

static inline void *kmalloc_array(size_t nr, size_t size_bytes, gfp_t gfp)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, nr * size_bytes,
		qy_kmalloc_array(qy_this_machine(), nr, size_bytes, gfp));
}

static inline void *kcalloc(size_t nr, size_t size_bytes, gfp_t gfp)
{
	return qy_take(QY_HELD_OBJECT, gfp, nr * size_bytes,
		qy_kcalloc(qy_this_machine(), nr, size_bytes, gfp));
}

static inline void *kmalloc_array_node(size_t nr, size_t size_bytes, gfp_t gfp, int node)
{
	return qy_take_fresh(QY_HELD_OBJECT, gfp, nr * size_bytes,
		qy_kmalloc_array_node(qy_this_machine(), nr, size_bytes, gfp, node));
}

static inline void *kcalloc_node(size_t nr, size_t size_bytes, gfp_t gfp, int node)
{
	return qy_take(QY_HELD_OBJECT, gfp, nr * size_bytes,
		qy_kcalloc_node(qy_this_machine(), nr, size_bytes, gfp, node));
}

static inline void *krealloc(const void *p, size_t size_bytes, gfp_t gfp)
{
	void *moved;

	if (!qy_is_there(p))
		return NULL;
	if (size_bytes && qy_refuses(QY_HELD_OBJECT, gfp, size_bytes))
		return NULL;
	moved = qy_krealloc(qy_this_machine(), (void *)(uintptr_t)p, size_bytes, gfp);
	if (moved == p)
		qy_let_go(QY_HELD_OBJECT, p);
	else if (moved)
		qy_freed(p);
	return moved ? qy_hold(QY_HELD_OBJECT, moved, size_bytes) : NULL;
}

static inline void *krealloc_array(const void *p, size_t nr, size_t size_bytes, gfp_t gfp)
{
	void *moved;

	if (nr && size_bytes && qy_refuses(QY_HELD_OBJECT, gfp, nr * size_bytes))
		return NULL;
	moved = qy_krealloc_array(
		qy_this_machine(), (void *)(uintptr_t)p, nr, size_bytes, gfp);
	if (moved == p)
		qy_let_go(QY_HELD_OBJECT, p);
	else if (moved)
		qy_freed(p);
	return moved ? qy_hold(QY_HELD_OBJECT, moved, nr * size_bytes) : NULL;
}

static inline void kfree(const void *p)
{
	if (!qy_defer_free(p, NULL))
		qy_kfree(qy_this_machine(), p);
}

static inline void kfree_sensitive(const void *p)
{
	if (!qy_is_there(p))
		return;
	qy_kfree_sensitive(qy_this_machine(), p);
	qy_freed(p);
}

/* Until 6.1 its caller might use all of it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define QY_KSIZE(p, n) qy_may_use(p, n)
#else
#define QY_KSIZE(p, n) (n)
#endif

static inline size_t ksize(const void *p)
{
	if (!qy_is_there(p))
		return 0;
	return QY_KSIZE(p, qy_ksize(qy_this_machine(), p));
}

static inline size_t kmalloc_size_roundup(size_t size_bytes)
{
	return qy_kmalloc_size_roundup(size_bytes);
}

/* ------------------------------------------------------------------ kvmalloc */

/* The memory may go back by kfree(), vfree() or kvfree(). */
static inline void *qy_hold_kv(const void *p, size_t bytes)
{
	return qy_hold(qy_is_vmalloc_addr(qy_this_machine(), p) ? QY_HELD_VMALLOC
								: QY_HELD_OBJECT,
		p, bytes);
}

#define qy_take_kv(gfp, bytes, call) \
	(qy_refuses(QY_HELD_OBJECT, gfp, bytes) ? NULL : qy_hold_kv(call, bytes))
#define qy_take_fresh_kv(gfp, bytes, call) \
	qy_fresh(qy_take_kv(gfp, bytes, call), bytes, gfp)

static inline void qy_let_go_kv(const void *p)
{
	qy_let_go(QY_HELD_OBJECT, p);
	qy_let_go(QY_HELD_VMALLOC, p);
}

static inline void *kvmalloc_node(size_t size_bytes, gfp_t gfp, int node)
{
	return qy_take_fresh_kv(gfp, size_bytes,
		qy_kvmalloc_node(qy_this_machine(), size_bytes, gfp, node));
}

static inline void *kvmalloc(size_t size_bytes, gfp_t gfp)
{
	return qy_take_fresh_kv(
		gfp, size_bytes, qy_kvmalloc(qy_this_machine(), size_bytes, gfp));
}

static inline void *kvzalloc(size_t size_bytes, gfp_t gfp)
{
	return qy_take_kv(
		gfp, size_bytes, qy_kvzalloc(qy_this_machine(), size_bytes, gfp));
}

static inline void *kvzalloc_node(size_t size_bytes, gfp_t gfp, int node)
{
	return qy_take_kv(gfp, size_bytes,
		qy_kvzalloc_node(qy_this_machine(), size_bytes, gfp, node));
}

static inline void *kvmalloc_array(size_t nr, size_t size_bytes, gfp_t gfp)
{
	return qy_take_fresh_kv(gfp, nr * size_bytes,
		qy_kvmalloc_array(qy_this_machine(), nr, size_bytes, gfp));
}

static inline void *kvcalloc(size_t nr, size_t size_bytes, gfp_t gfp)
{
	return qy_take_kv(gfp, nr * size_bytes,
		qy_kvcalloc(qy_this_machine(), nr, size_bytes, gfp));
}

static inline void *kvrealloc(const void *p, size_t size_bytes, gfp_t gfp)
{
	void *moved;

	if (size_bytes && qy_refuses(QY_HELD_OBJECT, gfp, size_bytes))
		return NULL;
	moved = qy_kvrealloc(qy_this_machine(), p, size_bytes, gfp);
	if (moved || !size_bytes)
		qy_let_go_kv(p);
	return qy_hold_kv(moved, size_bytes);
}

static inline void kvfree(const void *p)
{
	if (!qy_is_vmalloc_addr(qy_this_machine(), p)) {
		kfree(p);
		return;
	}
	qy_let_go(QY_HELD_VMALLOC, p);
	qy_kvfree(qy_this_machine(), p);
}

static inline void kvfree_sensitive(const void *p, size_t len)
{
	qy_let_go_kv(p);
	qy_kvfree_sensitive(qy_this_machine(), p, len);
}

/* Called by name they say which function it was, as those of linux/vmalloc.h do. */
#define kvmalloc_node(size, gfp, node) QY_AT_SITE((kvmalloc_node)(size, gfp, node))
#define kvmalloc(size, gfp)            QY_AT_SITE((kvmalloc)(size, gfp))
#define kvzalloc(size, gfp)            QY_AT_SITE((kvzalloc)(size, gfp))
#define kvzalloc_node(size, gfp, node) QY_AT_SITE((kvzalloc_node)(size, gfp, node))
#define kvmalloc_array(nr, size, gfp)  QY_AT_SITE((kvmalloc_array)(nr, size, gfp))
#define kvcalloc(nr, size, gfp)        QY_AT_SITE((kvcalloc)(nr, size, gfp))
#define kvrealloc(p, size, gfp)        QY_AT_SITE((kvrealloc)(p, size, gfp))

#define QY_UNTIL "by design: they keep an attacker's objects apart"
QY_ABSENT(void *, kmem_buckets_create,
	(const char *name, slab_flags_t flags, unsigned int useroffset,
		unsigned int usersize, void (*ctor)(void *)),
	QY_UNTIL);
QY_ABSENT(void *, kmem_buckets_alloc, (void *buckets, size_t size, gfp_t gfp), QY_UNTIL);
#undef QY_UNTIL
#define QY_UNTIL "until the pressure room: there are no list_lru"
struct list_lru;
QY_ABSENT(void *, kmem_cache_alloc_lru,
	(struct kmem_cache * cache, struct list_lru *lru, gfp_t gfp), QY_UNTIL);
#undef QY_UNTIL

#include <linux/cleanup.h>

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kfree_sensitive, void *, if (_T) kfree_sensitive(_T))
DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))

#include <asm/along.h>

#endif
