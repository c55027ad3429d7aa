// SPDX-License-Identifier: MIT
/*
 * Pools with a reserve.
 *
 *   qy_mempool_init*, _exit, _create*, _destroy, _resize, _alloc, _alloc_preallocated, _free
 *
 *   0 <= curr_nr <= min_nr; elements[0..curr_nr) are nobody's, the last is the next to go
 *
 * An element that comes back while the reserve is not full goes there, and whoever waits sees `returns` change.
 *
 * Locking: pool->lock, a leaf: neither the allocator behind the pool nor the port is called under it.
 */
#include "mm/slab/kmalloc.h"
#include "mm/base/print.h"
#include <quarry/mempool.h>

#define WAIT_NS       (5ull * 1000 * 1000 * 1000)
#define POISON_FREE   0x6b
#define POISON_END    0xa5
#define POISON_IN_USE 0x5a
#define DUMP_BYTES    8 /* around the first wrong one */

static struct qy_spinlock *lock_of(struct qy_mempool *pool)
{
	return (struct qy_spinlock *)(void *)&pool->lock;
}
_Static_assert(sizeof(struct qy_spinlock) == sizeof(uint32_t),
	"the public header has room for a lock");

/* ------------------------------------------------------------------ the allocator behind a pool */

static void *new_element(struct qy_mempool *pool, qy_gfp_t gfp)
{
	switch (pool->kind) {
	case QY_MEMPOOL_OWN:
		return pool->alloc(gfp, pool->data);
	case QY_MEMPOOL_SLAB:
		return qy_kmem_cache_alloc(pool->data, gfp);
	case QY_MEMPOOL_KMALLOC:
		return qy_kmalloc(pool->machine, (size_t)pool->data, gfp);
	case QY_MEMPOOL_PAGES:
		return qy_alloc_pages(
			pool->machine, gfp, (unsigned int)(uintptr_t)pool->data);
	}
	return NULL;
}

static void release_element(struct qy_mempool *pool, void *element)
{
	switch (pool->kind) {
	case QY_MEMPOOL_OWN:
		pool->release(element, pool->data);
		break;
	case QY_MEMPOOL_SLAB:
		qy_kmem_cache_free(pool->data, element);
		break;
	case QY_MEMPOOL_KMALLOC:
		qy_kfree(pool->machine, element);
		break;
	case QY_MEMPOOL_PAGES:
		qy_free_pages(
			pool->machine, element, (unsigned int)(uintptr_t)pool->data);
		break;
	}
}

/* ------------------------------------------------------------------ poison in the reserve */

/* The cache whose debugging decides; of blocks of frames and large kmallocs that of the largest objects. */
static const struct kmem_cache *judge_of(const struct qy_mempool *pool)
{
	size_t bytes = QY_KMALLOC_MAX_CACHE_SIZE;

	if (pool->kind == QY_MEMPOOL_SLAB)
		return pool->data;
	if (pool->kind == QY_MEMPOOL_KMALLOC)
		bytes = min(bytes, (size_t)pool->data);
	return qy_kmalloc_cache(pool->machine, bytes);
}

/* The bytes of an element. Return: how many; 0: the pool does not know, or they are not to be touched. */
static size_t element_bytes(const struct qy_mempool *pool, void *element, u8 **bytes)
{
	const struct kmem_cache *judge = judge_of(pool);

	*bytes = element;
	/* what a constructor made is kept */
	if (!(judge->flags & QY_SLAB_POISON) || judge->ctor)
		return 0;
	switch (pool->kind) {
	case QY_MEMPOOL_SLAB:
		return qy_kmem_cache_size(pool->data);
	case QY_MEMPOOL_KMALLOC:
		return (size_t)pool->data;
	case QY_MEMPOOL_PAGES:
		*bytes = qy_page_address(pool->machine, element);
		return *bytes ? (size_t)QY_PAGE_SIZE << (uintptr_t)pool->data : 0;
	case QY_MEMPOOL_OWN:
		break;
	}
	return 0;
}

static void poison_element(const struct qy_mempool *pool, void *element)
{
	u8 *bytes;
	size_t nr = element_bytes(pool, element, &bytes);

	if (!nr)
		return;
	memset(bytes, POISON_FREE, nr - 1);
	bytes[nr - 1] = POISON_END;
}

static void report_poison(
	const struct qy_mempool *pool, const u8 *bytes, size_t nr, size_t wrong)
{
	struct qy_machine *m = pool->machine;
	size_t first = wrong > DUMP_BYTES ? wrong - DUMP_BYTES : 0;
	size_t last = min(wrong + DUMP_BYTES, nr);
	char line[128];
	struct qy_seq text;

	qy_seq_init(&text, line, sizeof(line));
	qy_seq_printf(&text, " nr=%d @ 0x%llx: %s0x", pool->curr_nr,
		(unsigned long long)qy_virt_to_phys(m, bytes), first ? "... " : "");
	for (size_t i = first; i < last; i++)
		qy_seq_printf(&text, "%x ", bytes[i]);
	if (last < nr)
		qy_seq_puts(&text, "...");
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_ERR, "BUG: mempool element poison mismatch");
	qy_printk(m, QY_LOG_ERR, "Mempool of %d elements, size %zu", pool->min_nr, nr);
	qy_printk(m, QY_LOG_ERR, "%s", line);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

static void check_element(const struct qy_mempool *pool, void *element)
{
	u8 *bytes;
	size_t nr = element_bytes(pool, element, &bytes);

	for (size_t i = 0; i < nr; i++) {
		if (bytes[i] == (i + 1 < nr ? POISON_FREE : POISON_END))
			continue;
		report_poison(pool, bytes, nr, i);
		break;
	}
	if (nr)
		memset(bytes, POISON_IN_USE, nr);
}

/* ------------------------------------------------------------------ what may go into the reserve */

/* Bytes of what kmalloc gave out; 0: it did not. */
static size_t kmalloc_bytes(struct qy_machine *m, const void *p)
{
	u32 head = qy_object_slab(m, p);

	if (head == NO_FRAME)
		return qy_large_size(m, p);
	return slabs_of(m)->by_id[frame_slab(m, head)->cache]->object_size;
}

/* What does not fit is not kept, or somebody would be given it who asked for more, or for another kind. */
static bool fits(const struct qy_mempool *pool, const void *element)
{
	struct qy_machine *m = pool->machine;
	u32 head, hot;

	switch (pool->kind) {
	case QY_MEMPOOL_SLAB:
		head = qy_object_slab(m, element);
		return head != NO_FRAME &&
		       slabs_of(m)->by_id[frame_slab(m, head)->cache] == pool->data;
	case QY_MEMPOOL_KMALLOC:
		return kmalloc_bytes(m, element) >= (size_t)pool->data;
	case QY_MEMPOOL_PAGES:
		head = page_to_frame_checked(m, element);
		hot = head == NO_FRAME ? 0 : READ_ONCE(m->hot[head]);
		return hot_state(hot) == PG_ALLOCATED &&
		       hot_order(hot) == (uintptr_t)pool->data;
	case QY_MEMPOOL_OWN:
		break;
	}
	return true;
}

static void bad_element(const struct qy_mempool *pool, const char *what)
{
	const struct qy_task *task = &qy_current()->task;

	qy_printk(pool->machine, QY_LOG_ALERT,
		"BUG: Bad mempool_free in process %s (pid %d): %s", task->comm, task->pid,
		what);
}

/* pool->lock is held. */
static bool in_reserve(const struct qy_mempool *pool, const void *element)
{
	for (s32 i = 0; i < pool->curr_nr; i++)
		if (pool->elements[i] == element)
			return true;
	return false;
}

/* ------------------------------------------------------------------ the reserve */

/* Return: false when the reserve is full, or the element none of the pool: it is still the caller's. */
static bool put_in_reserve(struct qy_mempool *pool, void *element)
{
	bool room, repeated = false;

	/* poisoned before others can see it; undone by nobody, since then it is freed */
	if (READ_ONCE(pool->curr_nr) >= READ_ONCE(pool->min_nr))
		return false;
	if (!fits(pool, element)) {
		bad_element(pool, "the element is not one of this pool");
		return false;
	}
	poison_element(pool, element);
	qy_spin_lock_irqsave(lock_of(pool));
	room = pool->curr_nr < pool->min_nr;
	if (room && in_reserve(pool, element)) {
		repeated = true;
	} else if (room) {
		pool->elements[pool->curr_nr] = element;
		WRITE_ONCE(pool->curr_nr, pool->curr_nr + 1);
		WRITE_ONCE(pool->returns, pool->returns + 1);
	}
	qy_spin_unlock_irqrestore(lock_of(pool));
	if (repeated)
		bad_element(pool, "the element is in the reserve already");
	return room;
}

/* @returns: how often something had come back by then. */
static void *take_from_reserve(struct qy_mempool *pool, u32 *returns)
{
	void *element = NULL;

	qy_spin_lock_irqsave(lock_of(pool));
	*returns = pool->returns;
	if (pool->curr_nr) {
		WRITE_ONCE(pool->curr_nr, pool->curr_nr - 1);
		element = pool->elements[pool->curr_nr];
	}
	qy_spin_unlock_irqrestore(lock_of(pool));
	if (element)
		check_element(pool, element);
	return element;
}

static void **new_table(struct qy_machine *m, int nr)
{
	/* of an empty reserve, too, so that elements != NULL tells a pool that is there */
	return qy_kmalloc_array(m, (size_t)max(nr, 1), sizeof(void *), QY_GFP_KERNEL);
}

/* As far as memory allows. */
static void fill_reserve(struct qy_mempool *pool)
{
	while (READ_ONCE(pool->curr_nr) < READ_ONCE(pool->min_nr)) {
		void *element = new_element(pool, QY_GFP_KERNEL);

		if (!element)
			break;
		if (put_in_reserve(pool, element))
			continue;
		release_element(pool, element);
		break;
	}
}

static void drop_reserve(struct qy_mempool *pool)
{
	void *element;
	u32 returns;

	while ((element = take_from_reserve(pool, &returns)))
		release_element(pool, element);
}

/* ------------------------------------------------------------------ a pool's life */

static int init_pool(struct qy_mempool *pool, struct qy_machine *m, int min_nr)
{
	pool->machine = m;
	pool->lock = 0;
	pool->returns = 0;
	pool->curr_nr = 0;
	pool->min_nr = max(min_nr, 0);
	pool->elements = new_table(m, min_nr);
	if (!pool->elements)
		return -QY_ENOMEM;
	fill_reserve(pool);
	if (pool->curr_nr == pool->min_nr)
		return 0;
	drop_reserve(pool);
	qy_kfree(m, pool->elements);
	pool->elements = NULL;
	return -QY_ENOMEM;
}

int qy_mempool_init(struct qy_mempool *pool, struct qy_machine *m, int min_nr,
	qy_mempool_alloc_fn alloc, qy_mempool_free_fn release, void *data)
{
	*pool = (struct qy_mempool){
		.kind = QY_MEMPOOL_OWN, .alloc = alloc, .release = release, .data = data
	};
	return init_pool(pool, m, min_nr);
}

int qy_mempool_init_slab(struct qy_mempool *pool, struct qy_machine *m, int min_nr,
	struct kmem_cache *cache)
{
	*pool = (struct qy_mempool){ .kind = QY_MEMPOOL_SLAB, .data = cache };
	return init_pool(pool, m, min_nr);
}

int qy_mempool_init_kmalloc(
	struct qy_mempool *pool, struct qy_machine *m, int min_nr, size_t size_bytes)
{
	*pool = (struct qy_mempool){ .kind = QY_MEMPOOL_KMALLOC,
		.data = (void *)size_bytes };
	return init_pool(pool, m, min_nr);
}

int qy_mempool_init_pages(
	struct qy_mempool *pool, struct qy_machine *m, int min_nr, unsigned int order)
{
	*pool = (struct qy_mempool){ .kind = QY_MEMPOOL_PAGES,
		.data = (void *)(uintptr_t)order };
	return init_pool(pool, m, min_nr);
}

void qy_mempool_exit(struct qy_mempool *pool)
{
	struct qy_machine *m = pool->machine;

	if (!pool->elements)
		return;
	if (pool->curr_nr < pool->min_nr)
		qy_printk(m, QY_LOG_ERR,
			"BUG: mempool ends with %d of its %d elements still out",
			pool->min_nr - pool->curr_nr, pool->min_nr);
	drop_reserve(pool);
	qy_kfree(m, pool->elements);
	pool->elements = NULL;
}

/* @filled: what init_pool() made of a pool of this kind. */
static struct qy_mempool *on_heap(
	struct qy_machine *m, int min_nr, struct qy_mempool kind)
{
	struct qy_mempool *pool = qy_kmalloc(m, sizeof(*pool), QY_GFP_KERNEL);

	if (!pool)
		return NULL;
	*pool = kind;
	if (!init_pool(pool, m, min_nr))
		return pool;
	qy_kfree(m, pool);
	return NULL;
}

struct qy_mempool *qy_mempool_create(struct qy_machine *m, int min_nr,
	qy_mempool_alloc_fn alloc, qy_mempool_free_fn release, void *data)
{
	return on_heap(m, min_nr,
		(struct qy_mempool){ .kind = QY_MEMPOOL_OWN,
			.alloc = alloc,
			.release = release,
			.data = data });
}

struct qy_mempool *qy_mempool_create_slab(
	struct qy_machine *m, int min_nr, struct kmem_cache *cache)
{
	return on_heap(
		m, min_nr, (struct qy_mempool){ .kind = QY_MEMPOOL_SLAB, .data = cache });
}

struct qy_mempool *qy_mempool_create_kmalloc(
	struct qy_machine *m, int min_nr, size_t size_bytes)
{
	return on_heap(m, min_nr,
		(struct qy_mempool){
			.kind = QY_MEMPOOL_KMALLOC, .data = (void *)size_bytes });
}

struct qy_mempool *qy_mempool_create_pages(
	struct qy_machine *m, int min_nr, unsigned int order)
{
	return on_heap(m, min_nr,
		(struct qy_mempool){
			.kind = QY_MEMPOOL_PAGES, .data = (void *)(uintptr_t)order });
}

void qy_mempool_destroy(struct qy_mempool *pool)
{
	if (!pool)
		return;
	qy_mempool_exit(pool);
	qy_kfree(pool->machine, pool);
}

/* The table stays, and an empty place is not filled. */
static void lower_reserve(struct qy_mempool *pool, int new_min_nr)
{
	for (;;) {
		void *element;
		u32 returns;
		bool done;

		qy_spin_lock_irqsave(lock_of(pool));
		/* lowered first: what comes back meanwhile is not kept */
		WRITE_ONCE(pool->min_nr, min(pool->min_nr, new_min_nr));
		done = pool->curr_nr <= new_min_nr;
		qy_spin_unlock_irqrestore(lock_of(pool));
		if (done)
			return;
		element = take_from_reserve(pool, &returns);
		if (element)
			release_element(pool, element);
	}
}

int qy_mempool_resize(struct qy_mempool *pool, int new_min_nr)
{
	void **table, **old;

	if (new_min_nr < 1)
		return -QY_EINVAL;
	if (new_min_nr <= READ_ONCE(pool->min_nr)) {
		lower_reserve(pool, new_min_nr);
		return 0;
	}
	table = new_table(pool->machine, new_min_nr);
	if (!table)
		return -QY_ENOMEM;
	qy_spin_lock_irqsave(lock_of(pool));
	old = pool->elements;
	memcpy(table, old, (size_t)pool->curr_nr * sizeof(*table));
	pool->elements = table;
	WRITE_ONCE(pool->min_nr, new_min_nr);
	qy_spin_unlock_irqrestore(lock_of(pool));
	qy_kfree(pool->machine, old);
	fill_reserve(pool);
	return 0;
}

/* ------------------------------------------------------------------ elements */

/* Until something has come back, or five seconds have passed. */
static void wait_for_return(struct qy_mempool *pool, u32 returns)
{
	const struct qy_port *port = pool->machine->port;
	u64 begin = port->clock_ns(port->ctx);
	char line[128];

	while (READ_ONCE(pool->returns) == returns) {
		if (!port->relax(port->ctx)) {
			qy_snprintf(line, sizeof(line),
				"mempool_alloc: the %d elements of a pool are out, and nothing else runs that could free one",
				pool->min_nr);
			port->panic(port->ctx, line);
		}
		if (port->clock_ns(port->ctx) - begin >= WAIT_NS)
			return;
	}
}

static qy_gfp_t without_zero(const struct qy_mempool *pool, qy_gfp_t gfp)
{
	if (likely(!(gfp & QY___GFP_ZERO)))
		return gfp;
	qy_printk(pool->machine, QY_LOG_WARNING,
		"mempool_alloc: __GFP_ZERO is ignored: an element from the reserve is not cleared");
	return gfp & ~QY___GFP_ZERO;
}

void *qy_mempool_alloc(struct qy_mempool *pool, qy_gfp_t gfp)
{
	qy_gfp_t gentle, all;
	void *element;
	u32 returns;

	gfp = without_zero(pool, gfp);
	if (gfp & QY___GFP_DIRECT_RECLAIM && qy_in_atomic())
		qy_report_sleep_in_atomic(pool->machine, "mm/slab/mempool.c", __LINE__);
	all = gfp | QY___GFP_NOMEMALLOC | QY___GFP_NORETRY | QY___GFP_NOWARN;
	gentle = all & ~(QY___GFP_DIRECT_RECLAIM | QY___GFP_IO);
	for (;;) {
		element = new_element(pool, gentle);
		if (likely(element))
			return element;
		element = take_from_reserve(pool, &returns);
		if (element)
			return element;
		if (gentle != all) {
			gentle = all;
			continue;
		}
		if (!(gfp & QY___GFP_DIRECT_RECLAIM))
			return NULL;
		wait_for_return(pool, returns);
	}
}

void *qy_mempool_alloc_preallocated(struct qy_mempool *pool)
{
	u32 returns;

	return take_from_reserve(pool, &returns);
}

void qy_mempool_free(void *element, struct qy_mempool *pool)
{
	if (!element)
		return;
	if (!put_in_reserve(pool, element))
		release_element(pool, element);
}
