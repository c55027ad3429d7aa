// SPDX-License-Identifier: MIT
/*
 * Arrays over a whole index (linux/xarray.h), and the numbers that stand on them (linux/idr.h).
 *
 * A node has 64 slots: entries when its shift is 0, else nodes that cover 2^shift indices each. The head is a node that
 * covers the largest index in use, or, when that is 0, the entry itself.
 *
 *   count of a node = its slots that are not NULL; it is never 0
 *   a mark of a node's slot = something below it has the mark; of the array (xa_flags): something in it
 *
 * Locking: the array's own lock. A node is first asked for with the lock held, without waiting; then, where the caller may
 * sleep, without it.
 */
#include <linux/bitmap.h>
#include <linux/idr.h>
#include <linux/sched/mm.h>
#include "compat/world.h"

#define BITS     6
#define SLOTS    (1u << BITS)
#define NR_MARKS 3

struct xa_node {
	u8 shift;
	u8 count;
	u8 unused
		[38]; /* links of the other implementation: a node takes as much memory here */
	void *slots[SLOTS];
	unsigned long marks[NR_MARKS];
};
_Static_assert(sizeof(struct xa_node) == QY_XA_NODE_BYTES, "the cache's objects");

#define ERROR(errno) xa_mk_internal((unsigned long)(long)(errno))

static bool is_node(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry > 4096;
}

static struct xa_node *node_of(const void *entry)
{
	return (struct xa_node *)((unsigned long)entry - 2);
}

static void *entry_of(const struct xa_node *node)
{
	return (void *)((unsigned long)node | 2);
}

static unsigned long last_index(const struct xa_node *node)
{
	unsigned int bits = node->shift + BITS;

	return bits < 64 ? (1ul << bits) - 1 : ~0ul;
}

static unsigned int slot_of(const struct xa_node *node, unsigned long index)
{
	return index >> node->shift & (SLOTS - 1);
}

/* ------------------------------------------------------------------ memory */

/* Of one call: whether it shall fail is asked when it first needs memory; a node that was made without the lock. */
struct request {
	gfp_t gfp;
	bool asked, refused;
	bool stays; /* with the lock: what it has looked at must not change */
	struct xa_node *spare;
};

static bool is_refused(struct request *request)
{
	if (!request->asked)
		request->refused =
			qy_refuses(QY_HELD_OBJECT, request->gfp, sizeof(struct xa_node));
	request->asked = true;
	return request->refused;
}

static struct xa_node *new_node(struct request *request, unsigned int shift)
{
	struct qy_world *w = qy_compat_world();
	struct xa_node *node = request->spare;

	if (is_refused(request))
		return NULL;
	request->spare = NULL;
	if (!node)
		node = qy_kmem_cache_zalloc(w->xa_nodes, GFP_NOWAIT | __GFP_NOWARN);
	if (!node && w->nr_xa_preloaded)
		node = w->xa_preloaded[--w->nr_xa_preloaded];
	if (!node)
		return NULL;
	node->shift = (u8)shift;
	return qy_hold(QY_HELD_OBJECT, node, sizeof(*node));
}

static void free_node(struct xa_node *node)
{
	qy_let_go(QY_HELD_OBJECT, node);
	qy_kmem_cache_free(qy_compat_world()->xa_nodes, node);
}

static void lock_as(struct xarray *xa, bool lock)
{
	if (xa->xa_flags & XA_FLAGS_LOCK_IRQ) {
		if (lock)
			xa_lock_irq(xa);
		else
			xa_unlock_irq(xa);
	} else if (xa->xa_flags & XA_FLAGS_LOCK_BH) {
		if (lock)
			xa_lock_bh(xa);
		else
			xa_unlock_bh(xa);
	} else if (lock) {
		xa_lock(xa);
	} else {
		xa_unlock(xa);
	}
}

/* Return: try again. */
static bool get_spare(struct xarray *xa, struct request *request)
{
	struct kmem_cache *cache = qy_compat_world()->xa_nodes;
	gfp_t gfp = request->gfp;

	if (request->refused || request->stays)
		return false;
	if (gfpflags_allow_blocking(gfp)) {
		lock_as(xa, false);
		request->spare = qy_kmem_cache_zalloc(cache, gfp);
		lock_as(xa, true);
	} else {
		request->spare = qy_kmem_cache_zalloc(cache, gfp);
	}
	return request->spare != NULL;
}

static void drop_spare(struct request *request)
{
	if (request->spare)
		qy_kmem_cache_free(qy_compat_world()->xa_nodes, request->spare);
	request->spare = NULL;
}

/* ------------------------------------------------------------------ the way to an entry */

static void *load(const struct xarray *xa, unsigned long index)
{
	void *entry = xa->xa_head;

	if (!is_node(entry))
		return index ? NULL : entry;
	if (index > last_index(node_of(entry)))
		return NULL;
	while (is_node(entry))
		entry = node_of(entry)->slots[slot_of(node_of(entry), index)];
	return entry;
}

/* Nodes that are empty, or needed for index 0 alone, go. */
static void shrink(struct xarray *xa)
{
	while (is_node(xa->xa_head)) {
		struct xa_node *node = node_of(xa->xa_head);

		if (node->count > 1 || (node->count && !node->slots[0]))
			return;
		xa->xa_head = node->slots[0];
		free_node(node);
	}
}

/* Below @node the slot of @index becomes @entry. Return: is the node empty now? */
static bool clear_below(struct xa_node *node, unsigned long index)
{
	unsigned int i = slot_of(node, index);
	void *entry = node->slots[i];

	if (!entry)
		return false;
	if (is_node(entry)) {
		if (!clear_below(node_of(entry), index))
			return false;
		free_node(node_of(entry));
	}
	node->slots[i] = NULL;
	node->count--;
	return node->count == 0;
}

static void clear_marks(struct xarray *xa, unsigned long index);

static void erase(struct xarray *xa, unsigned long index)
{
	clear_marks(xa, index);
	if (!is_node(xa->xa_head)) {
		if (!index)
			xa->xa_head = NULL;
		return;
	}
	if (index <= last_index(node_of(xa->xa_head)))
		clear_below(node_of(xa->xa_head), index);
	shrink(xa);
}

/* The head covers @index. Return: false: no memory. */
static bool grow(struct xarray *xa, unsigned long index, struct request *request)
{
	for (;;) {
		void *head = xa->xa_head;
		struct xa_node *node;

		if (is_node(head) ? index <= last_index(node_of(head)) : !index)
			return true;
		node = new_node(request, is_node(head) ? node_of(head)->shift + BITS : 0);
		if (!node)
			return false;
		node->slots[0] = head;
		node->count = head != NULL;
		for (xa_mark_t mark = 0; head && mark < NR_MARKS; mark++)
			node->marks[mark] = xa_marked(xa, mark);
		xa->xa_head = entry_of(node);
	}
}

/* Return: 0, -ENOMEM: then nothing has changed. */
static int put(
	struct xarray *xa, unsigned long index, void *entry, struct request *request)
{
	struct xa_node *node;

	if (!grow(xa, index, request))
		goto undo;
	if (!is_node(xa->xa_head)) {
		xa->xa_head = entry;
		return 0;
	}
	for (node = node_of(xa->xa_head); node->shift;) {
		void **slot = &node->slots[slot_of(node, index)];

		if (!*slot) {
			struct xa_node *child = new_node(request, node->shift - BITS);

			if (!child)
				goto undo;
			*slot = entry_of(child);
			node->count++;
		}
		node = node_of(*slot);
	}
	node->count += node->slots[slot_of(node, index)] == NULL;
	node->slots[slot_of(node, index)] = entry;
	return 0;
undo:
	/* the nodes that were made have nothing in them */
	if (is_node(xa->xa_head)) {
		node = node_of(xa->xa_head);
		while (node && index <= last_index(node)) {
			void *below = node->slots[slot_of(node, index)];
			struct xa_node *child = is_node(below) ? node_of(below) : NULL;

			if (child && !child->count) {
				free_node(child);
				node->slots[slot_of(node, index)] = NULL;
				node->count--;
				node = node_of(
					xa->xa_head); /* its parent may be empty now */
				continue;
			}
			node = child;
		}
		shrink(xa);
	}
	return -ENOMEM;
}

/* ------------------------------------------------------------------ stores */

static void *visible(void *entry)
{
	return xa_is_zero(entry) ? NULL : entry;
}

/* With the lock. Return: what was there, or an error. */
static void *store_for(
	struct xarray *xa, unsigned long index, void *entry, struct request *request)
{
	void *old;

	do {
		old = load(xa, index);
		if (!entry) {
			erase(xa, index);
			break;
		}
		if (!put(xa, index, entry, request))
			break;
		old = ERROR(-ENOMEM);
	} while (get_spare(xa, request));
	drop_spare(request);
	return old;
}

static void *store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct request request = { .gfp = gfp };

	return store_for(xa, index, entry, &request);
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	return visible(load(xa, index));
}

void *__xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	if (WARN_ON_ONCE(xa_is_internal(entry) && !xa_is_zero(entry)))
		return ERROR(-EINVAL);
	if (!entry && xa->xa_flags & XA_FLAGS_TRACK_FREE)
		entry = XA_ZERO_ENTRY;
	return visible(store(xa, index, entry, gfp));
}

void *__xa_erase(struct xarray *xa, unsigned long index)
{
	return visible(store(xa, index, NULL, 0));
}

/* The place is looked at again when the lock was dropped. */
void *__xa_cmpxchg(
	struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp)
{
	struct request request = { .gfp = gfp };
	void *now;

	do {
		now = load(xa, index);
		if (now != old && visible(now) != old)
			break;
		if (!entry) {
			erase(xa, index);
			break;
		}
		if (!put(xa, index, entry, &request))
			break;
		now = ERROR(-ENOMEM);
	} while (get_spare(xa, &request));
	drop_spare(&request);
	return visible(now);
}

int __xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	struct request request = { .gfp = gfp };
	int error;

	do {
		error = -EBUSY;
		if (load(xa, index))
			break;
		error = put(xa, index, entry ? entry : XA_ZERO_ENTRY, &request);
	} while (error && get_spare(xa, &request));
	drop_spare(&request);
	return error;
}

/* The first index from @from on without an entry, below @node, which begins at @base. Return: false: none up to @max. */
static bool find_free(const struct xa_node *node, unsigned long base, unsigned long *from,
	unsigned long max)
{
	unsigned int i = *from > base ? (unsigned int)((*from - base) >> node->shift) : 0;

	for (; i < SLOTS; i++) {
		unsigned long begin = base + ((unsigned long)i << node->shift);

		if (begin > max || begin < base)
			return false;
		if (!node->slots[i]) {
			*from = *from > begin ? *from : begin;
			return true;
		}
		if (is_node(node->slots[i]) &&
			find_free(node_of(node->slots[i]), begin, from, max))
			return true;
	}
	return false;
}

static bool next_free(const struct xarray *xa, unsigned long *from, unsigned long max)
{
	const struct xa_node *node;

	if (*from > max)
		return false;
	if (!is_node(xa->xa_head)) {
		*from = !*from && xa->xa_head ? 1 : *from;
		return *from <= max;
	}
	node = node_of(xa->xa_head);
	if (*from <= last_index(node) && find_free(node, 0, from, max))
		return true;
	if (*from <= last_index(node))
		*from = last_index(node) + 1;
	return *from && *from <= max;
}

int __xa_alloc(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, gfp_t gfp)
{
	struct request request = { .gfp = gfp };
	unsigned long index;
	int error;

	if (WARN_ON_ONCE(xa_is_internal(entry) && !xa_is_zero(entry)) ||
		WARN_ON_ONCE(!(xa->xa_flags & XA_FLAGS_TRACK_FREE)))
		return -EINVAL;
	do {
		index = limit.min;
		if (!index && xa->xa_flags & XA_FLAGS_ZERO_BUSY)
			index = 1;
		error = -EBUSY;
		if (!next_free(xa, &index, limit.max))
			break;
		error = put(xa, index, entry ? entry : XA_ZERO_ENTRY, &request);
	} while (error && get_spare(xa, &request));
	drop_spare(&request);
	if (!error)
		*id = (u32)index;
	return error;
}

int __xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit,
	u32 *next, gfp_t gfp)
{
	u32 min = limit.min;
	int error, wrapped = 0;

	limit.min = *next > min ? *next : min;
	error = __xa_alloc(xa, id, entry, limit, gfp);
	if (error == -EBUSY && limit.min > min) {
		limit.min = min;
		error = __xa_alloc(xa, id, entry, limit, gfp);
		wrapped = !error;
	}
	if (!error)
		*next = *id + 1;
	return error ? error : wrapped;
}

static void free_below(struct xa_node *node)
{
	for (unsigned int i = 0; i < SLOTS; i++)
		if (is_node(node->slots[i]))
			free_below(node_of(node->slots[i]));
	free_node(node);
}

void xa_destroy(struct xarray *xa)
{
	unsigned long flags;

	xa_lock_irqsave(xa, flags);
	if (is_node(xa->xa_head))
		free_below(node_of(xa->xa_head));
	xa->xa_head = NULL;
	for (xa_mark_t mark = 0; mark < NR_MARKS; mark++)
		xa->xa_flags &= ~XA_FLAGS_MARK(mark);
	xa_unlock_irqrestore(xa, flags);
}

/* ------------------------------------------------------------------ marks */

/* Return: has anything below @node the mark now? */
static bool mark_below(
	struct xa_node *node, unsigned long index, xa_mark_t mark, bool set)
{
	unsigned int i = slot_of(node, index);

	if (is_node(node->slots[i]))
		set = mark_below(node_of(node->slots[i]), index, mark, set);
	if (set)
		node->marks[mark] |= 1ul << i;
	else
		node->marks[mark] &= ~(1ul << i);
	return node->marks[mark] != 0;
}

static void put_mark(struct xarray *xa, unsigned long index, xa_mark_t mark, bool set)
{
	if (is_node(xa->xa_head))
		set = mark_below(node_of(xa->xa_head), index, mark, set);
	if (set)
		xa->xa_flags |= XA_FLAGS_MARK(mark);
	else
		xa->xa_flags &= ~XA_FLAGS_MARK(mark);
}

static void clear_marks(struct xarray *xa, unsigned long index)
{
	for (xa_mark_t mark = 0; load(xa, index) && mark < NR_MARKS; mark++)
		if (xa_marked(xa, mark))
			put_mark(xa, index, mark, false);
}

bool xa_get_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	const void *entry = xa->xa_head;

	if (!load(xa, index) || !xa_marked(xa, mark))
		return false;
	while (is_node(entry)) {
		const struct xa_node *node = node_of(entry);

		if (!(node->marks[mark] >> slot_of(node, index) & 1))
			return false;
		entry = node->slots[slot_of(node, index)];
	}
	return true;
}

static void change_mark(struct xarray *xa, unsigned long index, xa_mark_t mark, bool set)
{
	unsigned long flags;

	xa_lock_irqsave(xa, flags);
	if (load(xa, index))
		put_mark(xa, index, mark, set);
	xa_unlock_irqrestore(xa, flags);
}

void xa_set_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	change_mark(xa, index, mark, true);
}

void xa_clear_mark(struct xarray *xa, unsigned long index, xa_mark_t mark)
{
	change_mark(xa, index, mark, false);
}

/* ------------------------------------------------------------------ in order */

static void *find_below(const struct xa_node *node, unsigned long base,
	unsigned long *index, unsigned long max, xa_mark_t filter)
{
	unsigned int i =
		*index > base ? (unsigned int)((*index - base) >> node->shift) : 0;

	for (; i < SLOTS; i++) {
		unsigned long begin = base + ((unsigned long)i << node->shift);
		void *entry = node->slots[i];

		if (begin > max || begin < base)
			return NULL;
		if (!entry || (filter < NR_MARKS && !(node->marks[filter] >> i & 1)))
			continue;
		if (is_node(entry)) {
			entry = find_below(node_of(entry), begin, index, max, filter);
			if (entry)
				return entry;
		} else if (!xa_is_zero(entry)) {
			*index = begin;
			return entry;
		}
	}
	return NULL;
}

void *xa_find(
	struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	void *head = xa->xa_head;

	if (*index > max || (filter < NR_MARKS && !xa_marked(xa, filter)))
		return NULL;
	if (!is_node(head))
		return *index ? NULL : visible(head);
	if (*index > last_index(node_of(head)))
		return NULL;
	return find_below(node_of(head), 0, index, max, filter);
}

void *xa_find_after(
	struct xarray *xa, unsigned long *index, unsigned long max, xa_mark_t filter)
{
	unsigned long next = *index + 1;
	void *entry = next ? xa_find(xa, &next, max, filter) : NULL;

	if (entry)
		*index = next;
	return entry;
}

unsigned int xa_extract(struct xarray *xa, void **to, unsigned long start,
	unsigned long max, unsigned int n, xa_mark_t filter)
{
	unsigned int nr = 0;
	void *entry = n ? xa_find(xa, &start, max, filter) : NULL;

	for (; entry && nr < n; entry = xa_find_after(xa, &start, max, filter))
		to[nr++] = entry;
	return nr;
}

/* ------------------------------------------------------------------ numbers for pointers */

int idr_alloc_u32(struct idr *idr, void *ptr, u32 *nextid, unsigned long max, gfp_t gfp)
{
	u32 base = idr->idr_base, id;
	struct xa_limit limit = { .min = *nextid > base ? *nextid - base : 0,
		.max = (u32)(max - base) };
	unsigned long flags;
	int error;

	might_alloc(gfp);
	/* of who may sleep interrupts are on */
	xa_lock_irqsave(&idr->qy_xa, flags);
	error = __xa_alloc(&idr->qy_xa, &id, ptr, limit, gfp);
	xa_unlock_irqrestore(&idr->qy_xa, flags);
	if (!error)
		*nextid = id + base;
	return error == -EBUSY ? -ENOSPC : error;
}

int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	u32 id = (u32)start;
	int error;

	if (WARN_ON_ONCE(start < 0))
		return -EINVAL;
	error = idr_alloc_u32(idr, ptr, &id, end > 0 ? (u32)end - 1 : (u32)INT_MAX, gfp);
	return error ? error : (int)id;
}

int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	unsigned long max = end > 0 ? (u32)end - 1 : (u32)INT_MAX;
	u32 id = idr->idr_next > (u32)start ? idr->idr_next : (u32)start;
	int error = id > max ? -ENOSPC : idr_alloc_u32(idr, ptr, &id, max, gfp);

	if (error == -ENOSPC && id > (u32)start) {
		id = (u32)start;
		error = idr_alloc_u32(idr, ptr, &id, max, gfp);
	}
	if (error)
		return error;
	idr->idr_next = id + 1;
	return (int)id;
}

void *idr_remove(struct idr *idr, unsigned long id)
{
	unsigned long flags;
	void *old;

	xa_lock_irqsave(&idr->qy_xa, flags);
	old = __xa_erase(&idr->qy_xa, id - idr->idr_base);
	xa_unlock_irqrestore(&idr->qy_xa, flags);
	return old;
}

void *idr_find(const struct idr *idr, unsigned long id)
{
	return visible(load(&idr->qy_xa, id - idr->idr_base));
}

void *idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	unsigned long index = id - idr->idr_base, flags;
	void *old;

	xa_lock_irqsave(&idr->qy_xa, flags);
	old = load(&idr->qy_xa, index);
	if (old)
		store(&idr->qy_xa, index, ptr ? ptr : XA_ZERO_ENTRY, GFP_NOWAIT);
	xa_unlock_irqrestore(&idr->qy_xa, flags);
	return old ? visible(old) : ERR_PTR(-ENOENT);
}

void *idr_get_next_ul(struct idr *idr, unsigned long *nextid)
{
	unsigned long index = *nextid > idr->idr_base ? *nextid - idr->idr_base : 0;
	void *entry = xa_find(&idr->qy_xa, &index, ~0ul, XA_PRESENT);

	if (entry)
		*nextid = index + idr->idr_base;
	return entry;
}

void *idr_get_next(struct idr *idr, int *nextid)
{
	unsigned long id = (unsigned long)*nextid;
	void *entry = idr_get_next_ul(idr, &id);

	if (entry && WARN_ON_ONCE(id > INT_MAX))
		return NULL;
	if (entry)
		*nextid = (int)id;
	return entry;
}

int idr_for_each(
	const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	struct xarray *xa = (struct xarray *)(uintptr_t)&idr->qy_xa;
	unsigned long index;
	void *entry;

	xa_for_each(xa, index, entry)
	{
		int ret = fn((int)(index + idr->idr_base), entry, data);

		if (ret)
			return ret;
	}
	return 0;
}

void idr_destroy(struct idr *idr)
{
	xa_destroy(&idr->qy_xa);
	idr->idr_next = 0;
}

void idr_preload(gfp_t gfp)
{
	struct qy_world *w = qy_compat_world();

	might_alloc(gfp);
	while (w->nr_xa_preloaded < ARRAY_SIZE(w->xa_preloaded)) {
		struct xa_node *node = qy_kmem_cache_zalloc(w->xa_nodes, gfp);

		if (!node)
			break;
		w->xa_preloaded[w->nr_xa_preloaded++] = node;
	}
	preempt_disable();
}

/* ------------------------------------------------------------------ numbers alone */

/*
 * Entry i of the array says which of the numbers from i * CHUNK on are out: as bits of a value as long as none above VALUE_BITS
 * is, so that a few numbers need no memory, else in a bitmap.
 */
#define CHUNK      1024u
#define VALUE_BITS 63u

struct ida_bitmap {
	unsigned long words[CHUNK / 64];
};

static unsigned int first_clear(const void *entry, unsigned int from)
{
	unsigned long value;
	unsigned int bit;

	if (!entry)
		return from;
	if (!xa_is_value(entry))
		return (unsigned int)find_next_zero_bit(
			((const struct ida_bitmap *)entry)->words, CHUNK, from);
	value = xa_to_value(entry);
	bit = (unsigned int)find_next_zero_bit(&value, VALUE_BITS, from);
	return bit < VALUE_BITS ? bit : max(from, VALUE_BITS);
}

/* What a number is noted under. */
static const void *number(const struct ida *ida, unsigned long id)
{
	return (const char *)ida + id;
}

/* The bit is set. @bitmap: memory for one, NULL when it was used. Return: 0, -ENOMEM. */
static int set_number(struct xarray *xa, unsigned long index, unsigned int bit,
	struct ida_bitmap **bitmap, struct request *request)
{
	void *entry = load(xa, index);
	unsigned long value = xa_is_value(entry) ? xa_to_value(entry) : 0;

	if (entry && !xa_is_value(entry)) {
		__set_bit(bit, ((struct ida_bitmap *)entry)->words);
		return 0;
	}
	if (bit < VALUE_BITS)
		return xa_err(store_for(
			xa, index, (void *)((value | 1ul << bit) << 1 | 1), request));
	if (!*bitmap)
		return -ENOMEM;
	(*bitmap)->words[0] = value;
	__set_bit(bit, (*bitmap)->words);
	if (xa_err(store_for(xa, index, *bitmap, request)))
		return -ENOMEM;
	*bitmap = NULL;
	return 0;
}

static int try_number(struct ida *ida, unsigned int min, unsigned int max,
	struct ida_bitmap **bitmap, unsigned int *id, struct request *request)
{
	for (unsigned long index = min / CHUNK; index <= max / CHUNK; index++) {
		unsigned int from = index == min / CHUNK ? min % CHUNK : 0;
		unsigned int bit = first_clear(load(&ida->xa, index), from);

		if (bit >= CHUNK)
			continue;
		if (index * CHUNK + bit > max)
			return -ENOSPC;
		*id = (unsigned int)(index * CHUNK + bit);
		return set_number(&ida->xa, index, bit, bitmap, request);
	}
	return -ENOSPC;
}

int ida_alloc_range(struct ida *ida, unsigned int min, unsigned int max, gfp_t gfp)
{
	struct request request = { .gfp = gfp, .stays = true };
	struct ida_bitmap *bitmap = NULL;
	unsigned long flags;
	unsigned int id = 0;
	int error;

	if ((int)min < 0)
		return -ENOSPC;
	if ((int)max < 0)
		max = INT_MAX;
	might_alloc(gfp);
	xa_lock_irqsave(&ida->xa, flags);
	error = try_number(ida, min, max, &bitmap, &id, &request);
	xa_unlock_irqrestore(&ida->xa, flags);
	if (error == -ENOMEM) {
		/* a bitmap and the nodes above it, with the caller's own flags */
		if (is_refused(&request))
			return -ENOMEM;
		bitmap = qy_hold(QY_HELD_OBJECT,
			qy_kzalloc(qy_this_machine(), sizeof(*bitmap), gfp),
			sizeof(*bitmap));
		if (!bitmap)
			return -ENOMEM;
		idr_preload(gfp);
		xa_lock_irqsave(&ida->xa, flags);
		error = try_number(ida, min, max, &bitmap, &id, &request);
		xa_unlock_irqrestore(&ida->xa, flags);
		idr_preload_end();
		kfree(bitmap);
	}
	if (error)
		return error;
	qy_hold(QY_HELD_NUMBER, number(ida, id), 0);
	return (int)id;
}

void ida_free(struct ida *ida, unsigned int id)
{
	unsigned long index = id / CHUNK, flags, value;
	unsigned int bit = id % CHUNK;
	bool was = false;
	void *entry;

	if ((int)id < 0)
		return;
	xa_lock_irqsave(&ida->xa, flags);
	entry = load(&ida->xa, index);
	if (xa_is_value(entry)) {
		value = xa_to_value(entry);
		was = bit < VALUE_BITS && value >> bit & 1;
		value &= bit < VALUE_BITS ? ~(1ul << bit) : ~0ul;
		store(&ida->xa, index, value ? (void *)(value << 1 | 1) : NULL, 0);
	} else if (entry) {
		struct ida_bitmap *bitmap = entry;

		was = __test_and_clear_bit(bit, bitmap->words);
		if (bitmap_empty(bitmap->words, CHUNK)) {
			erase(&ida->xa, index);
			kfree(bitmap);
		}
	}
	xa_unlock_irqrestore(&ida->xa, flags);
	if (!WARN(!was, "ida_free called for id=%u which is not allocated.\n", id))
		qy_let_go(QY_HELD_NUMBER, number(ida, id));
}

void ida_destroy(struct ida *ida)
{
	unsigned long index;
	void *entry;

	xa_for_each(&ida->xa, index, entry)
	{
		unsigned long value = xa_is_value(entry) ? xa_to_value(entry) : 0;
		const unsigned long *words =
			value ? &value : ((const struct ida_bitmap *)entry)->words;
		unsigned int bit;

		for_each_set_bit(bit, words, value ? VALUE_BITS : CHUNK)
			qy_let_go(QY_HELD_NUMBER, number(ida, index * CHUNK + bit));
		if (!value)
			kfree(entry);
	}
	xa_destroy(&ida->xa);
}
