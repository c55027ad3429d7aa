/* SPDX-License-Identifier: MIT */
/*
 * What every header of compat/ stands on: the public API, the machine that the calling thread stands in, and the
 * word for what is not there.
 *
 *   qy_this_machine()                          NULL in a thread that has entered none
 *   QY_ABSENT(type, name, parameters, why)     using `name` is a compile error that names it
 *   QY_REAL(name)                              behind a prototype: a function of compat/, `qy_k_name` for the linker
 *   qy_take, qy_refuses                        where a driver asks for something that it may be refused: qy_world_refuse()
 *   qy_hold, qy_let_go                         what a driver takes and gives back, for the verdict at its unload; nothing is
 *                                              noted where no world stands around (quarry/world.h)
 *
 * tools/gen-compat reads these headers: a definition is real, unless a comment that begins with "stub:" stands on the
 * line above it, or QY_ABSENT declares it. docs/compat.md is its list.
 *
 * No state.
 */
#ifndef COMPAT_ASM_QUARRY_H
#define COMPAT_ASM_QUARRY_H

#include <quarry.h>

struct kmem_cache;
struct page;
struct scatterlist;

struct qy_machine *qy_this_machine(void);

#define QY_REAL(name) __asm__("qy_k_" #name)

#define QY_ABSENT(type, name, parameters, why) \
	type name parameters __attribute__((error(#name "(): absent " why)))

/* Kinds of what is held. */
enum qy_held {
	QY_HELD_OBJECT, /* of kmalloc or a cache */
	QY_HELD_PAGES,
	QY_HELD_CACHE,
	QY_HELD_VMALLOC,
	QY_HELD_DMA,
	QY_HELD_DMA_MAP, /* streaming */
	QY_HELD_POOL,
	QY_HELD_MAPPING, /* of registers */
	QY_HELD_IRQ,
	QY_HELD_TIMER,
	QY_HELD_WORK,
	QY_HELD_THREAD,
	QY_HELD_DEVICE, /* a registration */
	QY_HELD_DEVRES,
	QY_HELD_PERCPU,
	QY_HELD_RCU,       /* a callback of the driver's that has not run */
	QY_HELD_SUPPLY,    /* a clock, a reset line, a regulator, a GPIO line */
	QY_HELD_ON,        /* one of these that is on */
	QY_HELD_FRAG,      /* a fragment of a page */
	QY_HELD_POOL_PAGE, /* of a page_pool */
	QY_HELD_PIN,       /* a page of a program: pin_user_pages() */
	QY_HELD_USER_PAGE, /* likewise: get_user_pages() */
	QY_HELD_NODE,      /* a reference to a node of the tree */
	QY_HELD_REFERENCE, /* to a device */
	QY_HELD_MODULE,    /* a module that may not go */
	QY_HELD_NUMBER,    /* of an ida */
	QY_NR_HELD,
	QY_ASK_MASK = 100, /* no thing: what dma_set_mask() asks */
	QY_ASK_ELEMENT,    /* of who does not wait for an element of a mempool */
};

#ifdef QY_WORLD
/* Returns @p. NULL and ZERO_SIZE_PTR are not noted. @bytes: 0 where a size says nothing. */
void *qy_hold(enum qy_held kind, const void *p, size_t bytes);
/* The newest that was noted under @p and @kind. */
void qy_let_go(enum qy_held kind, const void *p);
/* An address of a stack, of vmalloc memory or of a module where only RAM of the linear window will do. */
void qy_is_not_linear(const char *what);
/* From here on the caller is not preempted, or not interrupted: a report of it names the place. */
void qy_off_here(void);
/* Pages of alloc_pages_exact(): all of them, or it is told. */
void qy_let_go_exact(const void *p, size_t bytes);
/*
 * Shall this request fail? Asked by each door that a driver asks through, once, before anything is done. @gfp: as it was asked;
 * with __GFP_NOFAIL nobody is refused. @bytes: 0 where a size says nothing.
 */
bool qy_refuses(enum qy_held kind, unsigned int gfp, size_t bytes);
/* A free by the driver: it is let go. True: it waits where its last user would be seen; it goes back later. */
bool qy_defer_free(const void *p, struct kmem_cache *cache);
bool qy_defer_free_pages(struct page *page, unsigned int order);
/* An object that has gone back already. */
void qy_freed(const void *p);
/* Memory that is new: nobody has written it, unless it was zeroed. Returns @p. */
void *qy_fresh(const void *p, size_t bytes, qy_gfp_t gfp);
/* All that waits goes back. */
void qy_free_deferred(void);
/* Pools of small blocks come and go, and their blocks. @dev: that destroys it; NULL: its driver does. */
void qy_pool_made(const void *pool, size_t size, const void *dev);
void qy_pool_gone(const void *pool);
void qy_pool_block(const void *pool, const void *p, bool out);
/* An object that its driver has lies in a reserve, where nobody touches it, until it is handed out again. */
void qy_lay_aside(const void *p);
/* The runtime reads or writes it for the driver. */
void qy_touches(const void *p, size_t bytes, bool write);
/* May the driver still touch @p, or give that cache back? What it may not is reported. NULL and ZERO_SIZE_PTR are there. */
bool qy_is_there(const void *p);
bool qy_is_cache(const struct kmem_cache *cache);
/* All @bytes of an object, whatever was asked for. Returns @bytes. */
size_t qy_may_use(const void *p, size_t bytes);
/* A device gets it, as @dir of the DMA API says: what it reads has been written before, what it writes is written. */
void qy_lend(const void *p, size_t bytes, unsigned int dir);
void qy_lend_list(struct scatterlist *sg, unsigned int nents, unsigned int dir);
/*
 * It has got it under @dma, or gets it at the first sync. From then on the CPU keeps off until it is synced for it, or returned.
 * @dev: struct device.
 */
void qy_lent(
	const void *dev, uint64_t dma, const void *p, size_t bytes, unsigned int dir);
void qy_lent_later(
	const void *dev, uint64_t dma, const void *p, size_t bytes, unsigned int dir);
void qy_lent_list(
	const void *dev, struct scatterlist *sg, unsigned int nents, unsigned int dir);
void qy_synced(const void *dev, uint64_t dma, size_t bytes, bool for_cpu);
void qy_synced_list(
	const void *dev, struct scatterlist *sg, unsigned int nents, bool for_cpu);
void qy_returned(const void *dev, uint64_t dma);
void qy_returned_list(const void *dev, struct scatterlist *sg, unsigned int nents);
#else
static inline bool qy_refuses(enum qy_held kind, unsigned int gfp, size_t bytes)
{
	(void)kind, (void)gfp, (void)bytes;
	return false;
}
static inline void *qy_hold(enum qy_held kind, const void *p, size_t bytes)
{
	(void)kind, (void)bytes;
	return (void *)(uintptr_t)p;
}
static inline void qy_is_not_linear(const char *what)
{
	(void)what;
}
static inline void qy_off_here(void)
{
}
static inline void qy_let_go_exact(const void *p, size_t bytes)
{
	(void)p, (void)bytes;
}
static inline void qy_let_go(enum qy_held kind, const void *p)
{
	(void)kind, (void)p;
}
static inline bool qy_defer_free(const void *p, struct kmem_cache *cache)
{
	(void)p, (void)cache;
	return false;
}
static inline bool qy_defer_free_pages(struct page *page, unsigned int order)
{
	(void)page, (void)order;
	return false;
}
static inline void qy_freed(const void *p)
{
	(void)p;
}
static inline void *qy_fresh(const void *p, size_t bytes, qy_gfp_t gfp)
{
	(void)bytes, (void)gfp;
	return (void *)(uintptr_t)p;
}
static inline void qy_free_deferred(void)
{
}
static inline void qy_pool_made(const void *pool, size_t size, const void *dev)
{
	(void)pool, (void)size, (void)dev;
}
static inline void qy_pool_gone(const void *pool)
{
	(void)pool;
}
static inline void qy_pool_block(const void *pool, const void *p, bool out)
{
	(void)pool, (void)p, (void)out;
}
static inline void qy_lay_aside(const void *p)
{
	(void)p;
}
static inline void qy_touches(const void *p, size_t bytes, bool write)
{
	(void)p, (void)bytes, (void)write;
}
static inline bool qy_is_there(const void *p)
{
	(void)p;
	return true;
}
static inline bool qy_is_cache(const struct kmem_cache *cache)
{
	(void)cache;
	return true;
}
static inline size_t qy_may_use(const void *p, size_t bytes)
{
	(void)p;
	return bytes;
}
static inline void qy_lend(const void *p, size_t bytes, unsigned int dir)
{
	(void)p, (void)bytes, (void)dir;
}
static inline void qy_lent(
	const void *dev, uint64_t dma, const void *p, size_t bytes, unsigned int dir)
{
	(void)dev, (void)dma, (void)p, (void)bytes, (void)dir;
}
static inline void qy_lent_later(
	const void *dev, uint64_t dma, const void *p, size_t bytes, unsigned int dir)
{
	(void)dev, (void)dma, (void)p, (void)bytes, (void)dir;
}
static inline void qy_synced(const void *dev, uint64_t dma, size_t bytes, bool for_cpu)
{
	(void)dev, (void)dma, (void)bytes, (void)for_cpu;
}
static inline void qy_returned(const void *dev, uint64_t dma)
{
	(void)dev, (void)dma;
}
static inline void qy_lend_list(
	struct scatterlist *sg, unsigned int nents, unsigned int dir)
{
	(void)sg, (void)nents, (void)dir;
}
static inline void qy_lent_list(
	const void *dev, struct scatterlist *sg, unsigned int nents, unsigned int dir)
{
	(void)dev, (void)sg, (void)nents, (void)dir;
}
static inline void qy_synced_list(
	const void *dev, struct scatterlist *sg, unsigned int nents, bool for_cpu)
{
	(void)dev, (void)sg, (void)nents, (void)for_cpu;
}
static inline void qy_returned_list(
	const void *dev, struct scatterlist *sg, unsigned int nents)
{
	(void)dev, (void)sg, (void)nents;
}
#endif

/* What @call gets is noted; it is not called where the request is refused. */
#define qy_take(kind, gfp, bytes, call) \
	(qy_refuses(kind, gfp, bytes) ? NULL : qy_hold(kind, call, bytes))
/* The same, of memory that is not zeroed. */
#define qy_take_fresh(kind, gfp, bytes, call) \
	qy_fresh(qy_take(kind, gfp, bytes, call), bytes, gfp)

#endif
