// SPDX-License-Identifier: MIT
/*
 * Slabs: made of frames, their bitmaps, the lists of a node, and the way back to the page allocator.
 *
 *   qy_take_objects, qy_give_objects   objects out of slabs and into them
 *   qy_release_active, qy_discard_empty
 *   qy_object_slab                     which slab a pointer points into
 *   qy_slab_grace_period
 *
 *   of each slab: inuse + set bits == objects;  nr_partial == slabs on the list, each with a set bit
 *
 * A CPU takes from one slab until it is used up: its active one, which is on no list. Objects that come back to a full slab
 * put it at the end of its node's list; one that becomes empty stays there while the list is shorter than min_partial.
 *
 * Locking: node->lock for bitmaps, states and lists. Frames are taken and given back without it.
 */
#include "mm/slab/kfence.h"
#include "mm/slab/slub_debug.h"

/* ------------------------------------------------------------------ bitmaps */

u64 *qy_slab_word(const struct kmem_cache *cache, u32 head, u32 w)
{
	struct slab *slab = frame_slab(cache->machine, head);

	if (cache->size < SMALL_OBJECT)
		return (u64 *)(uintptr_t)slab->free + w;
	return &slab[w].free;
}

static u32 nr_words(u32 objects)
{
	return (objects + 63) / 64;
}

/* How many bits are set from the lowest one on. */
static u32 run_length(u64 bits)
{
	return ~bits ? qy_ffs64(~bits) : 64;
}

/* @nr neighbours, the first of them last. */
static void put_run(char *at, u32 size, u32 nr, void **objects)
{
	for (; nr; at += size)
		objects[--nr] = at;
}

/*
 * Takes up to @nr free objects out of a slab, the lowest ones, and writes them so that the lowest comes last. The lock is held,
 * or nobody knows the slab yet.
 */
static u32 take_from_slab(struct kmem_cache *cache, u32 head, u32 nr, void **objects)
{
	struct slab *slab = frame_slab(cache->machine, head);
	char *base = frame_address(cache->machine, head);
	u32 left, taken;

	if (unlikely(kmem_cache_debug(cache)))
		return qy_debug_take(cache, head, nr, objects);
	taken = left = min(nr, (u32)slab->objects - slab->inuse);
	for (u32 w = 0; left; w++) {
		u64 *word = qy_slab_word(cache, head, w);
		u64 bits = *word;
		char *at = base + (size_t)w * 64 * cache->size;

		while (bits && left) {
			u32 first = qy_ffs64(bits),
			    run = min(run_length(bits >> first), left);

			bits &= ~(qy_low_bits(run) << first);
			left -= run;
			put_run(at + (size_t)first * cache->size, cache->size, run,
				&objects[left]);
		}
		*word = bits;
	}
	slab->inuse = (u16)(slab->inuse + taken);
	return taken;
}

/* ------------------------------------------------------------------ a node's list; its lock is held */

static void list_add(
	const struct qy_machine *m, struct kmem_cache_node *node, u32 head, bool at_end)
{
	struct slab *slab = frame_slab(m, head);
	u32 *first = at_end ? &node->partial_tail : &node->partial;
	u32 *last = at_end ? &node->partial : &node->partial_tail;

	slab->next = at_end ? 0 : *first;
	slab->prev = at_end ? *first : 0;
	if (*first && at_end)
		frame_slab(m, *first - 1)->next = head + 1;
	else if (*first)
		frame_slab(m, *first - 1)->prev = head + 1;
	else
		*last = head + 1;
	*first = head + 1;
	slab->state = SLAB_PARTIAL;
	owner_add(&node->nr_partial, 1);
}

static void list_remove(
	const struct qy_machine *m, struct kmem_cache_node *node, u32 head)
{
	struct slab *slab = frame_slab(m, head);

	if (slab->next)
		frame_slab(m, slab->next - 1)->prev = slab->prev;
	else
		node->partial_tail = slab->prev;
	if (slab->prev)
		frame_slab(m, slab->prev - 1)->next = slab->next;
	else
		node->partial = slab->next;
	owner_add(&node->nr_partial, -1u);
}

u32 qy_next_partial(const struct qy_machine *m, struct kmem_cache_node *node)
{
	u32 head = node->partial;

	if (!head--)
		return NO_FRAME;
	list_remove(m, node, head);
	list_add(m, node, head, true);
	return head;
}

static bool is_backed(struct qy_machine *m, u32 head)
{
	return likely(!(READ_ONCE(block_of(m, head)->flags) & PB_HOLES)) ||
	       qy_back_frames(m, head, frame_slab(m, head)->order);
}

/* The first slab whose pages are all there, or can be had of the host. Return: frame + 1, 0 = none. */
static u32 first_backed(struct qy_machine *m, const struct kmem_cache_node *node)
{
	u32 head = node->partial;

	while (head && !is_backed(m, head - 1))
		head = frame_slab(m, head - 1)->next;
	return head;
}

/* ------------------------------------------------------------------ slabs as frames */

static void count_pages(struct qy_machine *m, u32 head, const struct kmem_cache *cache,
	unsigned int order, bool more)
{
	u64 *pages = &m->slab_pages[frame_node(m, head)]
				   [!!(cache->flags & QY_SLAB_RECLAIM_ACCOUNT)];

	if (more)
		atomic_add(pages, 1ull << order);
	else
		atomic_sub(pages, 1ull << order);
}

static void mark_class(struct qy_machine *m, u32 head, unsigned int order, u8 class_byte)
{
	memset(&slabs_of(m)->class_map[head], class_byte, 1u << order);
}

/* A bitmap of its own, for objects so small that it does not fit into the cold parts. */
static bool new_bitmap(struct kmem_cache *cache, u32 objects, qy_gfp_t gfp, u64 *bitmap)
{
	size_t bytes = nr_words(objects) * sizeof(u64);
	void *memory;

	*bitmap = 0;
	if (cache->size >= SMALL_OBJECT || kmem_cache_debug(cache))
		return true;
	/* not below 64 bytes: that class would need a bitmap in turn */
	bytes = max(bytes, (size_t)SMALL_OBJECT);
	memory = slabs_of(cache->machine)->kfence /* which is for users */
			 ? qy_alloc_slow(qy_kmalloc_cache(cache->machine, bytes), gfp,
				   QY_NUMA_NO_NODE)
			 : qy_kmalloc(cache->machine, bytes, gfp);
	*bitmap = (uintptr_t)memory;
	return memory != NULL;
}

/* The frames of a slab: at the preferred order if that is to be had without effort, else at the least. */
static struct page *slab_pages(
	struct kmem_cache *cache, qy_gfp_t gfp, int node, unsigned int *order)
{
	const struct slab_layout *layout = &cache->layout;
	qy_gfp_t first = (gfp | QY___GFP_NOWARN | QY___GFP_NORETRY) & ~QY___GFP_NOFAIL;
	struct page *page;

	if (gfp & QY___GFP_DIRECT_RECLAIM && layout->order > layout->min_order)
		first = (first | QY___GFP_NOMEMALLOC) & ~QY___GFP_DIRECT_RECLAIM;
	*order = layout->order;
	page = qy_alloc_pages_node(cache->machine, node, first, *order);
	if (page)
		return page;
	*order = layout->min_order;
	return qy_alloc_pages_node(cache->machine, node, gfp, *order);
}

/* All of them are free, and constructed. */
static void set_up_objects(struct kmem_cache *cache, u32 head, u32 objects)
{
	char *object = frame_address(cache->machine, head);

	for (u32 w = 0; w < nr_words(objects); w++)
		*qy_slab_word(cache, head, w) = qy_low_bits(objects - w * 64);
	if (!cache->ctor)
		return;
	for (u32 i = 0; i < objects; i++, object += cache->size)
		cache->ctor(object);
}

/* What of the caller's request a slab's frames are asked for with. */
#define SLAB_GFP                                                             \
	(QY___GFP_RECLAIM | QY___GFP_HIGH | QY___GFP_IO | QY___GFP_FS |      \
		QY___GFP_NOWARN | QY___GFP_RETRY_MAYFAIL | QY___GFP_NOFAIL | \
		QY___GFP_NORETRY | QY___GFP_MEMALLOC | QY___GFP_NOMEMALLOC | \
		QY___GFP_HARDWALL | QY___GFP_THISNODE)

/* Return: the head of a slab that nobody knows yet, all objects free; or NO_FRAME. */
static u32 new_slab(struct kmem_cache *cache, qy_gfp_t gfp, int node)
{
	struct qy_machine *m = cache->machine;
	struct page *page;
	unsigned int order;
	u64 bitmap;

	if (m->port->no_contents)
		return NO_FRAME;
	gfp &= SLAB_GFP;
	if (!new_bitmap(cache, cache->objects, gfp & ~QY___GFP_THISNODE, &bitmap))
		return NO_FRAME;
	page = slab_pages(cache, gfp | cache->gfp, node, &order);
	if (!page) {
		qy_kfree(m, (void *)(uintptr_t)bitmap);
		return NO_FRAME;
	}
	u32 head = page_to_frame(m, page);

	own_frames(m, head, true);

	u32 objects = order == cache->order ? cache->objects : cache->layout.min_objects;

	*frame_slab(m, head) = (struct slab){ .cache = cache->id,
		.order = (u8)order,
		.objects = (u16)objects,
		.free = bitmap };
	if (order)
		*trimmed_at(m, head) = NOT_TRIMMED;
	if (kmem_cache_debug(cache))
		qy_debug_setup_slab(cache, head);
	else
		set_up_objects(cache, head, objects);
	mark(m, frame_address(m, head), (size_t)QY_PAGE_SIZE << order, QY_MARK_NOACCESS);
	mark_class(
		m, head, order, order == cache->order ? cache->class_byte : CLASS_LOOK);
	count_pages(m, head, cache, order, true);
	return head;
}

static void free_slab(struct qy_machine *m, u32 head)
{
	struct slab *slab = frame_slab(m, head);
	struct kmem_cache *cache = slabs_of(m)->by_id[slab->cache];
	bool has_bitmap = cache->size < SMALL_OBJECT && !kmem_cache_debug(cache);
	void *bitmap = has_bitmap ? (void *)(uintptr_t)slab->free : NULL;
	unsigned int order = slab->order;

	mark_class(m, head, order, CLASS_NONE);
	count_pages(m, head, cache, order, false);
	mark(m, frame_address(m, head), (size_t)QY_PAGE_SIZE << order, QY_MARK_UNDEFINED);
	own_frames(m, head, false);
	qy_free_pages(m, frame_to_page(m, head), order);
	qy_kfree(m, bitmap);
}

/* ------------------------------------------------------------------ grace periods */

static void wait_for_grace(struct qy_machine *m, u32 head)
{
	struct qy_slabs *slabs = slabs_of(m);

	qy_spin_lock_irqsave(&slabs->grace_lock);
	frame_slab(m, head)->state = SLAB_WAITING;
	slabs->by_id[frame_slab(m, head)->cache]->nr_waiting++;
	frame_slab(m, head)->next = slabs->waiting;
	slabs->waiting = head + 1;
	qy_spin_unlock_irqrestore(&slabs->grace_lock);
	if (m->port->grace_period)
		m->port->grace_period(m->port->ctx);
}

/*
 * Readers that were inside at the call before have left: what waited at that time goes, what waits now is next.
 */
void qy_slab_grace_period(struct qy_machine *m)
{
	struct qy_slabs *slabs = slabs_of(m);
	u32 head;

	qy_spin_lock_irqsave(&slabs->grace_lock);
	head = slabs->in_grace;
	slabs->in_grace = slabs->waiting;
	slabs->waiting = 0;
	qy_spin_unlock_irqrestore(&slabs->grace_lock);
	if (slabs->kfence)
		qy_kfence_grace_period(m);
	while (head) {
		struct kmem_cache *cache = slabs->by_id[frame_slab(m, head - 1)->cache];
		u32 next = frame_slab(m, head - 1)->next;
		bool last;

		free_slab(m, head - 1);
		qy_spin_lock_irqsave(&slabs->grace_lock);
		last = !--cache->nr_waiting && cache->destroyed;
		qy_spin_unlock_irqrestore(&slabs->grace_lock);
		if (last)
			qy_release_cache(cache);
		head = next;
	}
}

/* A chain of empty slabs that are on no list any more. */
static void discard(struct kmem_cache *cache, u32 head)
{
	while (head) {
		u32 next = frame_slab(cache->machine, head - 1)->next;

		if (cache->flags & QY_SLAB_TYPESAFE_BY_RCU)
			wait_for_grace(cache->machine, head - 1);
		else
			free_slab(cache->machine, head - 1);
		head = next;
	}
}

/* ------------------------------------------------------------------ taking */

/* From the slab that this CPU takes from, then from its node's list. A list's slab that is not used up becomes active. */
static u32 take_from_node(
	struct kmem_cache *cache, struct slab_cpu *cpu, u32 id, u32 nr, void **objects)
{
	struct kmem_cache_node *node = &cache->node[id];
	struct qy_machine *m = cache->machine;
	bool may_be_active = cpu->node == id && !kmem_cache_debug(cache);
	u32 *active = may_be_active ? &cpu->active[cache->id] : NULL;
	u32 taken = 0;

	qy_spin_lock_irqsave(&node->lock);
	while (taken < nr) {
		bool from_active = active && *active;
		u32 head = from_active ? *active : first_backed(m, node);

		if (!head--)
			break;
		struct slab *slab = frame_slab(m, head);

		taken += take_from_slab(cache, head, nr - taken, objects + taken);
		if (!from_active && (active || slab->inuse == slab->objects)) {
			list_remove(m, node, head);
			slab->state = SLAB_ACTIVE;
			if (active)
				WRITE_ONCE(*active, head + 1);
		}
		if (slab->inuse == slab->objects) {
			slab->state = SLAB_FULL;
			if (active)
				WRITE_ONCE(*active, 0);
		}
	}
	qy_spin_unlock_irqrestore(&node->lock);
	return taken;
}

/* Nearest first. As on Linux a node is left what it keeps for itself: rather a slab of this node's. */
static u32 take_from_others(
	struct kmem_cache *cache, struct slab_cpu *cpu, u32 id, u32 nr, void **objects)
{
	const struct qy_machine *m = cache->machine;
	const struct zonelist *list = &m->zonelists[id];
	u32 last = id;

	for (u32 i = 0; i < list->nr; i++) {
		u32 other = m->zones[list->zone[i]].node;

		if (other == last || READ_ONCE(cache->node[other].nr_partial) <=
					     cache->layout.min_partial)
			continue;
		last = other;
		u32 taken = take_from_node(cache, cpu, other, nr, objects);

		if (taken)
			return taken;
	}
	return 0;
}

/* A new slab becomes known. */
static void add_slab(struct kmem_cache *cache, struct slab_cpu *cpu, u32 head)
{
	struct qy_machine *m = cache->machine;
	struct slab *slab = frame_slab(m, head);
	u32 id = frame_node(m, head);
	struct kmem_cache_node *node = &cache->node[id];

	qy_spin_lock_irqsave(&node->lock);
	WRITE_ONCE(node->nr_slabs, node->nr_slabs + 1);
	WRITE_ONCE(node->total_objects, node->total_objects + slab->objects);
	if (slab->inuse == slab->objects) {
		slab->state = SLAB_FULL;
	} else if (cpu->node == id && !cpu->active[cache->id] &&
		   !kmem_cache_debug(cache)) {
		WRITE_ONCE(cpu->active[cache->id], head + 1);
		slab->state = SLAB_ACTIVE;
	} else {
		list_add(m, node, head, false);
	}
	qy_spin_unlock_irqrestore(&node->lock);
}

/* The order in which objects are handed out is not that of their addresses. */
static void shuffle(struct qy_slabs *slabs, u32 nr, void **objects)
{
	u64 state = READ_ONCE(slabs->random);

	for (u32 i = nr; i > 1; i--) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		u32 j = (u32)((state >> 32) * i >> 32);
		void *object = objects[j];

		objects[j] = objects[i - 1];
		objects[i - 1] = object;
	}
	WRITE_ONCE(slabs->random, state);
}

/* What a constructor made is content; so is what readers of a typesafe cache may see. */
static void mark_taken(const struct kmem_cache *cache, u32 nr, void **objects)
{
	bool kept = cache->ctor || cache->flags & QY_SLAB_TYPESAFE_BY_RCU;

	for (u32 i = 0; i < nr; i++)
		mark(cache->machine, objects[i], cache->object_size,
			kept ? QY_MARK_DEFINED : QY_MARK_UNDEFINED);
}

u32 qy_take_objects(
	struct kmem_cache *cache, qy_gfp_t gfp, int node, u32 nr, void **objects)
{
	struct qy_machine *m = cache->machine;
	struct slab_cpu *cpu = slab_cpu(slabs_of(m), qy_this_cpu());
	u32 id = node >= 0 && (u32)node < m->nr_nodes ? (u32)node : cpu->node;
	u32 taken = take_from_node(cache, cpu, id, nr, objects);

	if (!taken && m->nr_nodes > 1 && !(gfp & QY___GFP_THISNODE) && node < 0)
		taken = take_from_others(cache, cpu, id, nr, objects);
	if (!taken) {
		u32 head = new_slab(cache, gfp, (int)id);

		if (head == NO_FRAME) {
			qy_report_no_memory(cache, gfp, node);
			return 0;
		}
		taken = take_from_slab(cache, head, nr, objects);
		add_slab(cache, cpu, head);
	}
	if (m->board->slab.shuffle)
		shuffle(slabs_of(m), taken, objects);
	if (unlikely(m->port->mark != NULL))
		mark_taken(cache, taken, objects);
	return taken;
}

/* ------------------------------------------------------------------ giving back */

u32 qy_object_slab(const struct qy_machine *m, const void *object)
{
	u32 frame = address_frame(m, object);

	if (frame == NO_FRAME)
		return NO_FRAME;
	u8 class = READ_ONCE(slabs_of(m)->class_map[frame]);
	u32 hot = READ_ONCE(m->hot[frame]);

	if (class == CLASS_NONE || class == CLASS_LARGE)
		return NO_FRAME;
	return hot_state(hot) == PG_TAIL ? frame & ~((1u << hot_order(hot)) - 1) : frame;
}

/* A slab's place after an object has come back. The lock is held. */
static void slab_changed(
	struct kmem_cache *cache, struct kmem_cache_node *node, u32 head, u32 *empty)
{
	const struct qy_machine *m = cache->machine;
	struct slab *slab = frame_slab(m, head);

	if (slab->state == SLAB_FULL)
		list_add(m, node, head, true);
	if (slab->inuse || slab->state != SLAB_PARTIAL ||
		node->nr_partial < cache->layout.min_partial)
		return;
	list_remove(m, node, head);
	WRITE_ONCE(node->nr_slabs, node->nr_slabs - 1);
	WRITE_ONCE(node->total_objects, node->total_objects - slab->objects);
	slab->next = *empty;
	*empty = head + 1;
}

/* What giving objects back needs of a cache, looked up once: stores into bitmaps might change it, for all the compiler knows. */
struct giving {
	const struct kmem_cache *cache;
	const struct qy_machine *m;
	uintptr_t window;
	const u8 *class_map;
	u64 inverse;
	size_t slab_bytes; /* of the usual order */
	u32 step;          /* from one word of a bitmap to the next */
	u8 class_byte;
	bool small, marked;
};

static struct giving giving_of(const struct kmem_cache *cache)
{
	const struct qy_machine *m = cache->machine;
	bool small = cache->size < SMALL_OBJECT;

	return (struct giving){
		.cache = cache,
		.m = m,
		.window = (uintptr_t)m->window,
		.class_map = slabs_of(m)->class_map,
		.inverse = cache->inverse,
		.slab_bytes = (size_t)QY_PAGE_SIZE << cache->order,
		.step = small ? 1 : sizeof(struct slab) / sizeof(u64),
		.class_byte = cache->class_byte,
		.small = small,
		.marked = m->port->mark && !(cache->flags & QY_SLAB_TYPESAFE_BY_RCU),
	};
}

struct slab_at_hand {
	uintptr_t base;
	size_t bytes;
	u32 head;
	struct slab *slab;
	u64 *words; /* of the bitmap */
};

/* What the class map says is enough, unless the slab is of an order or a cache that it does not know. */
static inline void look_up(
	const struct giving *g, const void *object, struct slab_at_hand *at)
{
	u32 frame = (u32)(((uintptr_t)object - g->window) >> QY_PAGE_SHIFT);
	u8 class_byte = READ_ONCE(g->class_map[frame]);

	at->bytes = g->slab_bytes;
	if (likely(class_byte == g->class_byte) && likely(class_byte != CLASS_LOOK)) {
		at->head = frame & ~(u32)(g->slab_bytes / QY_PAGE_SIZE - 1);
		at->slab = frame_slab(g->m, at->head);
	} else {
		at->head = qy_object_slab(g->m, object);
		at->slab = frame_slab(g->m, at->head);
		at->bytes = (size_t)QY_PAGE_SIZE << at->slab->order;
	}
	at->base = g->window + ((uintptr_t)at->head << QY_PAGE_SHIFT);
	at->words = g->small ? (u64 *)(uintptr_t)at->slab->free : &at->slab->free;
}

/*
 * Those at the begin of @objects that are of this slab. Return: how many were given; the next one is free already if
 * @repeated.
 */
static inline u32 give_run(const struct giving *g, const struct slab_at_hand *at, u32 nr,
	void **objects, bool *repeated)
{
	u64 *word = at->words, bits = *word;
	u32 i = 0;

	for (; i < nr; i++) {
		uintptr_t offset = (uintptr_t)objects[i] - at->base;

		if (offset >= at->bytes)
			break;
		u32 index = (u32)((unsigned __int128)g->inverse * offset >> 64);
		u64 *of = at->words + (size_t)(index / 64) * g->step;
		u64 bit = 1ull << (index & 63);

		if (of != word) {
			*word = bits;
			word = of;
			bits = *word;
		}
		if (unlikely(bits & bit)) {
			*repeated = true;
			break;
		}
		bits |= bit;
	}
	*word = bits;
	for (u32 k = 0; unlikely(g->marked) && k < i; k++)
		mark(g->m, objects[k], g->cache->size, QY_MARK_NOACCESS);
	at->slab->inuse = (u16)(at->slab->inuse - i);
	return i;
}

/* Objects of one node. Return: how many were looked at; the last one is wrong if @repeated, else another node begins behind. */
static u32 give_to_node(struct kmem_cache *cache, u32 id, u32 nr, void **objects,
	bool *repeated, u32 *empty)
{
	const struct giving g = giving_of(cache);
	struct kmem_cache_node *node = &cache->node[id];
	bool many_nodes = slabs_of(g.m)->many_nodes;
	struct slab_at_hand at;
	u32 i = 0;

	qy_spin_lock_irqsave(&node->lock);
	while (i < nr && !*repeated) {
		look_up(&g, objects[i], &at);
		if (many_nodes && frame_node(g.m, at.head) != id)
			break;
		u32 given = give_run(&g, &at, nr - i, objects + i, repeated);

		i += given + *repeated;
		if (given && (unlikely(at.slab->state == SLAB_FULL) ||
				     unlikely(!at.slab->inuse)))
			slab_changed(cache, node, at.head, empty);
	}
	qy_spin_unlock_irqrestore(&node->lock);
	return i;
}

/* One object of a checked cache. What is wrong with it was said, and it stays as it is. */
static void give_checked(struct kmem_cache *cache, void *object, u32 *empty)
{
	struct qy_machine *m = cache->machine;
	u32 head = qy_object_slab(m, object);
	struct kmem_cache_node *node = &cache->node[frame_node(m, head)];

	qy_spin_lock_irqsave(&node->lock);
	if (!qy_debug_give(cache, head, object))
		slab_changed(cache, node, head, empty);
	qy_spin_unlock_irqrestore(&node->lock);
}

void qy_give_objects(struct kmem_cache *cache, u32 nr, void **objects)
{
	const struct qy_machine *m = cache->machine;
	u32 empty = 0;

	for (; unlikely(kmem_cache_debug(cache)) && nr; nr--)
		give_checked(cache, *objects++, &empty);
	while (nr) {
		bool repeated = false;
		u32 given =
			give_to_node(cache, frame_node(m, address_frame(m, objects[0])),
				nr, objects, &repeated, &empty);

		if (repeated)
			qy_report_double_free(cache, objects[given - 1], "in its slab");
		objects += given;
		nr -= given;
	}
	discard(cache, empty);
}

/* ------------------------------------------------------------------ shrink and destroy */

void qy_release_active(struct kmem_cache *cache, struct slab_cpu *cpu)
{
	struct qy_machine *m = cache->machine;
	struct kmem_cache_node *node = &cache->node[cpu->node];
	u32 *active = &cpu->active[cache->id];
	u32 empty = 0;

	if (!READ_ONCE(*active))
		return;
	qy_spin_lock_irqsave(&node->lock);
	if (*active) {
		u32 head = *active - 1;
		struct slab *slab = frame_slab(m, head);

		WRITE_ONCE(*active, 0);
		if (slab->inuse || node->nr_partial < cache->layout.min_partial) {
			list_add(m, node, head, false);
		} else {
			WRITE_ONCE(node->nr_slabs, node->nr_slabs - 1);
			WRITE_ONCE(
				node->total_objects, node->total_objects - slab->objects);
			slab->next = 0;
			empty = head + 1;
		}
	}
	qy_spin_unlock_irqrestore(&node->lock);
	discard(cache, empty);
}

/* As Linux: slabs with up to this many free objects come first after a shrink, the fullest at the head. */
#define PROMOTED 32

/* The lock is held. Fuller slabs first, so that the others may become empty. */
static void sort_list(const struct qy_machine *m, struct kmem_cache_node *node)
{
	u32 by_free[PROMOTED + 1] = { 0 }, next;

	for (u32 head = node->partial; head; head = next) {
		struct slab *slab = frame_slab(m, head - 1);
		u32 free = (u32)slab->objects - slab->inuse;

		next = slab->next;
		if (free > PROMOTED)
			continue;
		list_remove(m, node, head - 1);
		slab->next = by_free[free];
		by_free[free] = head;
	}
	for (u32 free = PROMOTED; free; free--)
		for (u32 head = by_free[free]; head; head = next) {
			next = frame_slab(m, head - 1)->next;
			list_add(m, node, head - 1, false);
		}
}

static void discard_empty_of(struct kmem_cache *cache, struct kmem_cache_node *node)
{
	struct qy_machine *m = cache->machine;
	u32 empty = 0, next;

	qy_spin_lock_irqsave(&node->lock);
	for (u32 head = node->partial; head; head = next) {
		struct slab *slab = frame_slab(m, head - 1);

		next = slab->next;
		if (slab->inuse)
			continue;
		list_remove(m, node, head - 1);
		WRITE_ONCE(node->nr_slabs, node->nr_slabs - 1);
		WRITE_ONCE(node->total_objects, node->total_objects - slab->objects);
		slab->next = empty;
		empty = head;
	}
	sort_list(m, node);
	qy_spin_unlock_irqrestore(&node->lock);
	discard(cache, empty);
}

void qy_discard_empty(struct kmem_cache *cache)
{
	for (u32 node = 0; node < cache->machine->nr_nodes; node++)
		discard_empty_of(cache, &cache->node[node]);
}

u64 qy_node_partial_free(const struct kmem_cache *cache, u32 id)
{
	const struct kmem_cache_node *node = &cache->node[id];
	const struct qy_machine *m = cache->machine;
	u64 free = 0;

	lockdep_assert_held(&node->lock);
	for (u32 head = node->partial; head; head = frame_slab(m, head - 1)->next) {
		const struct slab *slab = frame_slab(m, head - 1);

		free += (u64)slab->objects - slab->inuse;
	}
	return free;
}
