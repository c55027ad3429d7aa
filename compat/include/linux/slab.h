/* SPDX-License-Identifier: MIT */
/* Objects: absent until their room is built. No state. */
#ifndef COMPAT_LINUX_SLAB_H
#define COMPAT_LINUX_SLAB_H

#include <linux/gfp.h>

struct kmem_cache;

#define QY_UNTIL "until the slab room"
QY_ABSENT(void *, kmalloc, (size_t size_bytes, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void *, kzalloc, (size_t size_bytes, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void *, kcalloc, (size_t nr, size_t size_bytes, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void *, kmalloc_array, (size_t nr, size_t size_bytes, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void *, krealloc, (const void *p, size_t size_bytes, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void, kfree, (const void *p), QY_UNTIL);
QY_ABSENT(void, kfree_sensitive, (const void *p), QY_UNTIL);
QY_ABSENT(size_t, ksize, (const void *p), QY_UNTIL);
QY_ABSENT(size_t, kmalloc_size_roundup, (size_t size_bytes), QY_UNTIL);
QY_ABSENT(struct kmem_cache *, kmem_cache_create,
	(const char *name, unsigned int size_bytes, unsigned int align,
		slab_flags_t flags, void (*ctor)(void *)),
	QY_UNTIL);
QY_ABSENT(void, kmem_cache_destroy, (struct kmem_cache * cache), QY_UNTIL);
QY_ABSENT(void *, kmem_cache_alloc, (struct kmem_cache * cache, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void *, kmem_cache_zalloc, (struct kmem_cache * cache, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void, kmem_cache_free, (struct kmem_cache * cache, void *object), QY_UNTIL);
QY_ABSENT(unsigned int, kmem_cache_size, (struct kmem_cache * cache), QY_UNTIL);
QY_ABSENT(int, kmem_cache_shrink, (struct kmem_cache * cache), QY_UNTIL);
#undef QY_UNTIL

#endif
