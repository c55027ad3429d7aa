/* SPDX-License-Identifier: MIT */
/*
 * B+trees of pointers by keys of one, two or four longs. Keys are compared long by long; a geometry says how many there are.
 *
 * No state. The caller keeps others off.
 */
#ifndef COMPAT_LINUX_BTREE_H
#define COMPAT_LINUX_BTREE_H

#include <linux/kernel.h>
#include <linux/mempool.h>

struct btree_head {
	unsigned long *node;
	mempool_t *mempool; /* of the nodes */
	int height;
};

struct btree_geo;
extern struct btree_geo btree_geo32 QY_REAL(btree_geo32),
	btree_geo64 QY_REAL(btree_geo64), btree_geo128 QY_REAL(btree_geo128);

/* Of a mempool for nodes: mempool_create(0, btree_alloc, btree_free, NULL). */
void *btree_alloc(gfp_t gfp, void *pool_data) QY_REAL(btree_alloc);
void btree_free(void *element, void *pool_data) QY_REAL(btree_free);

void btree_init_mempool(struct btree_head *head, mempool_t *mempool)
	QY_REAL(btree_init_mempool);
int __must_check btree_init(struct btree_head *head) QY_REAL(btree_init);
/* The tree and its mempool go; what it points to is the caller's. */
void btree_destroy(struct btree_head *head) QY_REAL(btree_destroy);

/* NULL: there is none. */
void *btree_lookup(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
	QY_REAL(btree_lookup);
/* The key is not there yet, @val is not NULL. Return: 0, -ENOMEM. */
int __must_check btree_insert(struct btree_head *head, struct btree_geo *geo,
	unsigned long *key, void *val, gfp_t gfp) QY_REAL(btree_insert);
/* Return: 0, -ENOENT. */
int btree_update(struct btree_head *head, struct btree_geo *geo, unsigned long *key,
	void *val) QY_REAL(btree_update);
/* Return: what was there, NULL. */
void *btree_remove(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
	QY_REAL(btree_remove);
/* All of @victim moves to @target. Return: 0, an error: some may have moved. */
int btree_merge(struct btree_head *target, struct btree_head *victim,
	struct btree_geo *geo, gfp_t gfp) QY_REAL(btree_merge);
/* The largest key, into @key. NULL: the tree is empty. */
void *btree_last(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
	QY_REAL(btree_last);
/* The largest key below @key, into @key. */
void *btree_get_prev(struct btree_head *head, struct btree_geo *geo, unsigned long *key)
	QY_REAL(btree_get_prev);

/* Each entry, the largest first, with its number; the grim one empties the tree. Return: how many. */
size_t btree_visitor(struct btree_head *head, struct btree_geo *geo, unsigned long opaque,
	void (*func)(void *elem, unsigned long opaque, unsigned long *key, size_t index,
		void *func2),
	void *func2) QY_REAL(btree_visitor);
size_t btree_grim_visitor(struct btree_head *head, struct btree_geo *geo,
	unsigned long opaque,
	void (*func)(void *elem, unsigned long opaque, unsigned long *key, size_t index,
		void *func2),
	void *func2) QY_REAL(btree_grim_visitor);

typedef void (*visitor128_t)(
	void *elem, unsigned long opaque, u64 key1, u64 key2, size_t index);
typedef void (*visitorl_t)(
	void *elem, unsigned long opaque, unsigned long key, size_t index);
typedef void (*visitor32_t)(void *elem, unsigned long opaque, u32 key, size_t index);
typedef void (*visitor64_t)(void *elem, unsigned long opaque, u64 key, size_t index);
void visitor128(void *elem, unsigned long opaque, unsigned long *key, size_t index,
	void *func) QY_REAL(visitor128);
void visitorl(void *elem, unsigned long opaque, unsigned long *key, size_t index,
	void *func) QY_REAL(visitorl);
void visitor32(void *elem, unsigned long opaque, unsigned long *key, size_t index,
	void *func) QY_REAL(visitor32);
void visitor64(void *elem, unsigned long opaque, unsigned long *key, size_t index,
	void *func) QY_REAL(visitor64);

/* Trees by unsigned long. */
struct btree_headl {
	struct btree_head h;
};

static inline int __must_check btree_initl(struct btree_headl *head)
{
	return btree_init(&head->h);
}

static inline void btree_destroyl(struct btree_headl *head)
{
	btree_destroy(&head->h);
}

static inline void *btree_lookupl(struct btree_headl *head, unsigned long key)
{
	return btree_lookup(&head->h, &btree_geo64, &key);
}

static inline int __must_check btree_insertl(
	struct btree_headl *head, unsigned long key, void *val, gfp_t gfp)
{
	return btree_insert(&head->h, &btree_geo64, &key, val, gfp);
}

static inline int btree_updatel(struct btree_headl *head, unsigned long key, void *val)
{
	return btree_update(&head->h, &btree_geo64, &key, val);
}

static inline void *btree_removel(struct btree_headl *head, unsigned long key)
{
	return btree_remove(&head->h, &btree_geo64, &key);
}

#endif
