/* SPDX-License-Identifier: MIT */
/*
 * Small numbers for pointers (IDR), and small numbers alone (IDA). Both stand on linux/xarray.h. An IDR has no lock of its
 * own to the caller; an IDA has. No state.
 */
#ifndef COMPAT_LINUX_IDR_H
#define COMPAT_LINUX_IDR_H

#include <linux/gfp.h>
#include <linux/xarray.h>

struct idr {
	struct xarray qy_xa;
	unsigned int idr_base;
	unsigned int idr_next; /* where cyclic ones go on */
};

#define IDR_INIT_BASE(name, base)                                                     \
	{                                                                             \
		.qy_xa = XARRAY_INIT(name.qy_xa, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ), \
		.idr_base = (base)                                                    \
	}
#define IDR_INIT(name)   IDR_INIT_BASE(name, 0)
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)

static inline void idr_init_base(struct idr *idr, int base)
{
	xa_init_flags(&idr->qy_xa, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ);
	idr->idr_base = (unsigned int)base;
	idr->idr_next = 0;
}

static inline void idr_init(struct idr *idr)
{
	idr_init_base(idr, 0);
}

static inline bool idr_is_empty(const struct idr *idr)
{
	return xa_empty(&idr->qy_xa);
}

#define idr_get_cursor(idr)      READ_ONCE((idr)->idr_next)
#define idr_set_cursor(idr, val) WRITE_ONCE((idr)->idr_next, val)

/* The first free number in [start, end), end <= 0: no end. Return: it, -ENOSPC, -ENOMEM. */
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
	QY_REAL(idr_alloc);
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
	QY_REAL(idr_alloc_cyclic);
/* In [*nextid, max]. Return: 0, -ENOSPC, -ENOMEM. */
int __must_check idr_alloc_u32(struct idr *idr, void *ptr, u32 *nextid, unsigned long max,
	gfp_t gfp) QY_REAL(idr_alloc_u32);
void *idr_remove(struct idr *idr, unsigned long id) QY_REAL(idr_remove);
void *idr_find(const struct idr *idr, unsigned long id) QY_REAL(idr_find);
/* Return: what was there; -ENOENT, -EINVAL as a pointer. */
void *idr_replace(struct idr *idr, void *ptr, unsigned long id) QY_REAL(idr_replace);
int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data),
	void *data) QY_REAL(idr_for_each);
/* The first from *nextid on. */
void *idr_get_next(struct idr *idr, int *nextid) QY_REAL(idr_get_next);
void *idr_get_next_ul(struct idr *idr, unsigned long *nextid) QY_REAL(idr_get_next_ul);
void idr_destroy(struct idr *idr) QY_REAL(idr_destroy);

/* Nodes for an allocation that may not sleep, up to idr_preload_end(). */
void idr_preload(gfp_t gfp) QY_REAL(idr_preload);
#define idr_preload_end() preempt_enable()

#define idr_for_each_entry(idr, entry, id) \
	for (id = 0; ((entry) = idr_get_next(idr, &(id))) != NULL; id += 1U)
#define idr_for_each_entry_continue(idr, entry, id)       \
	for ((entry) = idr_get_next((idr), &(id)); entry; \
		++id, (entry) = idr_get_next((idr), &(id)))
#define idr_for_each_entry_ul(idr, entry, tmp, id)                                  \
	for (tmp = 0, id = 0;                                                       \
		((entry) = tmp <= id ? idr_get_next_ul(idr, &(id)) : NULL) != NULL; \
		tmp = id, ++id)

struct ida {
	struct xarray xa;
};

#define IDA_INIT(name)                                                         \
	{                                                                      \
		.xa = XARRAY_INIT(name.xa, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ) \
	}
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

static inline void ida_init(struct ida *ida)
{
	xa_init_flags(&ida->xa, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_IRQ);
}

static inline bool ida_is_empty(const struct ida *ida)
{
	return xa_empty(&ida->xa);
}

/* Return: the number, -ENOSPC, -ENOMEM. */
int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
	QY_REAL(ida_alloc_range);
/* One that is not out is reported. */
void ida_free(struct ida *ida, unsigned int id) QY_REAL(ida_free);
void ida_destroy(struct ida *ida) QY_REAL(ida_destroy);

static inline int ida_alloc(struct ida *ida, gfp_t gfp)
{
	return ida_alloc_range(ida, 0, ~0u, gfp);
}

static inline int ida_alloc_min(struct ida *ida, unsigned int min, gfp_t gfp)
{
	return ida_alloc_range(ida, min, ~0u, gfp);
}

static inline int ida_alloc_max(struct ida *ida, unsigned int max, gfp_t gfp)
{
	return ida_alloc_range(ida, 0, max, gfp);
}

/* Their names until 6.7. */
#define ida_simple_get(ida, start, end, gfp) \
	ida_alloc_range(ida, start, (end) ? (end)-1 : ~0u, gfp)
#define ida_simple_remove(ida, id) ida_free(ida, id)

#define IDA_CHUNK_SIZE   128
#define IDA_BITMAP_LONGS (IDA_CHUNK_SIZE / sizeof(long))
#define IDA_BITMAP_BITS  (IDA_BITMAP_LONGS * sizeof(long) * 8)

#endif
