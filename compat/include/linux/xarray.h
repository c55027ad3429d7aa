/* SPDX-License-Identifier: MIT */
/*
 * Arrays of pointers over the whole range of an index, dense or not. Nodes of 64 slots come from the board's memory, with
 * the flags of the call. What is there can also be a number (xa_mk_value()) and can have three marks.
 *
 * xa_*() take the array's lock, __xa_*() want it taken and may drop it to allocate. The advanced interface (xas_*) and
 * entries over several indices are not declared. No state.
 */
#ifndef COMPAT_LINUX_XARRAY_H
#define COMPAT_LINUX_XARRAY_H

#include <linux/bug.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/limits.h>
#include <linux/spinlock.h>

typedef unsigned int xa_mark_t;
#define XA_MARK_0  0u
#define XA_MARK_1  1u
#define XA_MARK_2  2u
#define XA_PRESENT 8u

#define XA_FLAGS_LOCK_IRQ   1u
#define XA_FLAGS_LOCK_BH    2u
#define XA_FLAGS_TRACK_FREE 4u
#define XA_FLAGS_ZERO_BUSY  8u
#define XA_FLAGS_ALLOC      XA_FLAGS_TRACK_FREE
#define XA_FLAGS_ALLOC1     (XA_FLAGS_TRACK_FREE | XA_FLAGS_ZERO_BUSY)
#define XA_FLAGS_MARK(mark) (1u << (16 + (mark)))

struct xarray {
	spinlock_t xa_lock;
	gfp_t xa_flags; /* XA_FLAGS_*; has anything this mark */
	void *xa_head;  /* the entry of index 0, or a node */
};

struct xa_limit {
	u32 max, min;
};
#define XA_LIMIT(min_, max_)                 \
	(struct xa_limit)                    \
	{                                    \
		.min = (min_), .max = (max_) \
	}
#define xa_limit_32b XA_LIMIT(0, 0xffffffffu)
#define xa_limit_31b XA_LIMIT(0, 0x7fffffff)
#define xa_limit_16b XA_LIMIT(0, 0xffff)

#define XARRAY_INIT(name, flags)                                                   \
	{                                                                          \
		.xa_lock = __SPIN_LOCK_UNLOCKED(name.xa_lock), .xa_flags = (flags) \
	}
#define DEFINE_XARRAY_FLAGS(name, flags) struct xarray name = XARRAY_INIT(name, flags)
#define DEFINE_XARRAY(name)              DEFINE_XARRAY_FLAGS(name, 0)
#define DEFINE_XARRAY_ALLOC(name)        DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC)
#define DEFINE_XARRAY_ALLOC1(name)       DEFINE_XARRAY_FLAGS(name, XA_FLAGS_ALLOC1)

static inline void xa_init_flags(struct xarray *xa, gfp_t flags)
{
	spin_lock_init(&xa->xa_lock);
	xa->xa_flags = flags;
	xa->xa_head = NULL;
}

static inline void xa_init(struct xarray *xa)
{
	xa_init_flags(xa, 0);
}

static inline bool xa_empty(const struct xarray *xa)
{
	return xa->xa_head == NULL;
}

static inline bool xa_marked(const struct xarray *xa, xa_mark_t mark)
{
	return xa->xa_flags & XA_FLAGS_MARK(mark);
}

/* ------------------------------------------------------------------ what an entry is */

/* Numbers end in 1, what is the array's own in 2: nodes, a reserved place, errors. */
static inline void *xa_mk_value(unsigned long v)
{
	WARN_ON((long)v < 0);
	return (void *)(v << 1 | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

static inline void *xa_mk_internal(unsigned long v)
{
	return (void *)(v << 2 | 2);
}

static inline bool xa_is_internal(const void *entry)
{
	return ((unsigned long)entry & 3) == 2;
}

#define XA_ZERO_ENTRY xa_mk_internal(257)

static inline bool xa_is_zero(const void *entry)
{
	return unlikely(entry == XA_ZERO_ENTRY);
}

static inline bool xa_is_err(const void *entry)
{
	return unlikely(xa_is_internal(entry) &&
			(long)entry >= (long)((unsigned long)-MAX_ERRNO << 2 | 2) &&
			(long)entry < 0);
}

static inline int xa_err(const void *entry)
{
	return xa_is_err(entry) ? (int)((long)entry >> 2) : 0;
}

/* ------------------------------------------------------------------ the lock */

#define xa_trylock(xa)                  spin_trylock(&(xa)->xa_lock)
#define xa_lock(xa)                     spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa)                   spin_unlock(&(xa)->xa_lock)
#define xa_lock_bh(xa)                  spin_lock_bh(&(xa)->xa_lock)
#define xa_unlock_bh(xa)                spin_unlock_bh(&(xa)->xa_lock)
#define xa_lock_irq(xa)                 spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa)               spin_unlock_irq(&(xa)->xa_lock)
#define xa_lock_irqsave(xa, flags)      spin_lock_irqsave(&(xa)->xa_lock, flags)
#define xa_unlock_irqrestore(xa, flags) spin_unlock_irqrestore(&(xa)->xa_lock, flags)

/* ------------------------------------------------------------------ one entry */

/* NULL: there is none, or a reserved place. Context: any. */
void *xa_load(struct xarray *xa, unsigned long index) QY_REAL(xa_load);
/* Return: what was there; xa_err() of it: -ENOMEM, -EINVAL. */
void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
	QY_REAL(__xa_store);
void *__xa_erase(struct xarray *xa, unsigned long index) QY_REAL(__xa_erase);
void *__xa_cmpxchg(struct xarray *xa, unsigned long index, void *old, void *entry,
	gfp_t gfp) QY_REAL(__xa_cmpxchg);
/* Return: 0, -EBUSY, -ENOMEM. */
int __must_check __xa_insert(struct xarray *xa, unsigned long index, void *entry,
	gfp_t gfp) QY_REAL(__xa_insert);
/* The first free index within the limit. Return: 0, -EBUSY, -ENOMEM; cyclic: 1 when it began anew. */
int __must_check __xa_alloc(struct xarray *xa, u32 *id, void *entry,
	struct xa_limit limit, gfp_t gfp) QY_REAL(__xa_alloc);
int __must_check __xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry,
	struct xa_limit limit, u32 *next, gfp_t gfp) QY_REAL(__xa_alloc_cyclic);

#define QY_XA_LOCKED(type, xa, lock, unlock, call) \
	({                                         \
		type locked_;                      \
		lock(xa);                          \
		locked_ = call;                    \
		unlock(xa);                        \
		locked_;                           \
	})

#define QY_XA_FAMILY(suffix)                                                            \
	static inline void *xa_store##suffix(                                           \
		struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)         \
	{                                                                               \
		return QY_XA_LOCKED(void *, xa, xa_lock##suffix, xa_unlock##suffix,     \
			__xa_store(xa, index, entry, gfp));                             \
	}                                                                               \
	static inline void *xa_erase##suffix(struct xarray *xa, unsigned long index)    \
	{                                                                               \
		return QY_XA_LOCKED(void *, xa, xa_lock##suffix, xa_unlock##suffix,     \
			__xa_erase(xa, index));                                         \
	}                                                                               \
	static inline void *xa_cmpxchg##suffix(struct xarray *xa, unsigned long index,  \
		void *old, void *entry, gfp_t gfp)                                      \
	{                                                                               \
		return QY_XA_LOCKED(void *, xa, xa_lock##suffix, xa_unlock##suffix,     \
			__xa_cmpxchg(xa, index, old, entry, gfp));                      \
	}                                                                               \
	static inline int __must_check xa_insert##suffix(                               \
		struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)         \
	{                                                                               \
		return QY_XA_LOCKED(int, xa, xa_lock##suffix, xa_unlock##suffix,        \
			__xa_insert(xa, index, entry, gfp));                            \
	}                                                                               \
	static inline int __must_check xa_alloc##suffix(struct xarray *xa, u32 *id,     \
		void *entry, struct xa_limit limit, gfp_t gfp)                          \
	{                                                                               \
		return QY_XA_LOCKED(int, xa, xa_lock##suffix, xa_unlock##suffix,        \
			__xa_alloc(xa, id, entry, limit, gfp));                         \
	}                                                                               \
	static inline int __must_check xa_alloc_cyclic##suffix(struct xarray *xa,       \
		u32 *id, void *entry, struct xa_limit limit, u32 *next, gfp_t gfp)      \
	{                                                                               \
		return QY_XA_LOCKED(int, xa, xa_lock##suffix, xa_unlock##suffix,        \
			__xa_alloc_cyclic(xa, id, entry, limit, next, gfp));            \
	}                                                                               \
	static inline int __must_check xa_reserve##suffix(                              \
		struct xarray *xa, unsigned long index, gfp_t gfp)                      \
	{                                                                               \
		return xa_err(xa_cmpxchg##suffix(xa, index, NULL, XA_ZERO_ENTRY, gfp)); \
	}
/* real: xa_store, xa_erase, xa_cmpxchg, xa_insert, xa_alloc, xa_alloc_cyclic, xa_reserve */
/* real: xa_store_bh, xa_erase_bh, xa_cmpxchg_bh, xa_insert_bh, xa_alloc_bh, xa_alloc_cyclic_bh */
/* real: xa_reserve_bh, xa_store_irq, xa_erase_irq, xa_cmpxchg_irq, xa_insert_irq, xa_alloc_irq */
/* real: xa_alloc_cyclic_irq, xa_reserve_irq */
QY_XA_FAMILY()
QY_XA_FAMILY(_bh)
QY_XA_FAMILY(_irq)

/* A place that was reserved and not used. */
static inline void xa_release(struct xarray *xa, unsigned long index)
{
	xa_cmpxchg(xa, index, XA_ZERO_ENTRY, NULL, 0);
}

/* All nodes go; what they point to is the caller's. */
void xa_destroy(struct xarray *xa) QY_REAL(xa_destroy);

bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
	QY_REAL(xa_get_mark);
void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
	QY_REAL(xa_set_mark);
void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
	QY_REAL(xa_clear_mark);

/* ------------------------------------------------------------------ in order */

/* The first entry from *@index on, behind it, up to @max; XA_PRESENT or a mark. Return: NULL: none. */
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max,
	xa_mark_t filter) QY_REAL(xa_find);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max,
	xa_mark_t filter) QY_REAL(xa_find_after);
/* Up to @n of them. Return: how many. */
unsigned int xa_extract(struct xarray *xa, void **to, unsigned long start,
	unsigned long max, unsigned int n, xa_mark_t filter) QY_REAL(xa_extract);

#define xa_for_each_range(xa, index, entry, start, last)                            \
	for (index = (start), entry = xa_find(xa, &index, last, XA_PRESENT); entry; \
		entry = xa_find_after(xa, &index, last, XA_PRESENT))
#define xa_for_each_start(xa, index, entry, start) \
	xa_for_each_range(xa, index, entry, start, ~0ul)
#define xa_for_each(xa, index, entry) xa_for_each_start(xa, index, entry, 0)
#define xa_for_each_marked(xa, index, entry, filter)                      \
	for (index = 0, entry = xa_find(xa, &index, ~0ul, filter); entry; \
		entry = xa_find_after(xa, &index, ~0ul, filter))

#endif
