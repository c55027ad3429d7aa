// SPDX-License-Identifier: MIT
/*
 * KFENCE: which request is served from the pool, what lies around the object, and its free.
 *
 *   qy_kfence_tables, qy_kfence_boot
 *   qy_kfence_alloc, qy_kfence_free, qy_kfence_size, qy_kfence_cache    for the doors
 *   qy_kfence_grace_period, qy_kfence_forget_cache
 *   qy_is_kfence_address, qy_kfence_pool, qy_kfence_stats, qy_kfence_object, qy_kfence_set_stacks
 *
 * While it is on, sheaves stay empty, so that every request comes by here and the usual allocation pays nothing; a free that
 * the class map knows nothing of looks here before it is called wrong.
 *
 * Invariant: an object's page is accessible exactly while it is allocated or waits for a grace period, or after an access to it
 * was reported; guards are not, but for the one that `opened` names.
 *
 * Locking: kf->lock; the port's guard() is called under it, no report is made.
 */
#include "mm/slab/kfence.h"
#include "mm/slab/kmalloc.h"
#include "mm/slab/slub_debug.h"

#define NS_PER_MS 1000000ull

/* ------------------------------------------------------------------ boot */

static u32 nr_objects(const struct qy_board *board)
{
	return board->kfence.sample_interval_ms ? board->kfence.num_objects : 0;
}

void *qy_kfence_tables(const struct qy_board *board, qy_take_fn take, void *arg)
{
	u32 nr = nr_objects(board);

	return nr ? take(arg,
			    sizeof(struct qy_kfence) + nr * sizeof(struct kfence_object),
			    QY_CACHELINE)
		  : NULL;
}

static void append(struct qy_kfence *kf, struct kfence_list *list, u32 i)
{
	kf->object[i].next = 0;
	if (list->last)
		kf->object[list->last - 1].next = i + 1;
	else
		list->first = i + 1;
	list->last = i + 1;
}

/* The frames of the pool follow one another, have memory, and are nobody's. */
static const char *take_pool(struct qy_machine *m, struct qy_kfence *kf, u64 base)
{
	const size_t block = (size_t)QY_PAGE_SIZE << QY_PAGEBLOCK_ORDER;
	u64 pfn = base >> QY_PAGE_SHIFT, nr = kf->pool_bytes >> QY_PAGE_SHIFT;
	u32 frame = qy_pfn_to_frame(m, pfn);
	size_t first, end, window = (size_t)m->nr_frames << QY_PAGE_SHIFT;

	if (!kf->pool_bytes || frame == NO_FRAME ||
		qy_pfn_to_frame(m, pfn + nr - 1) != frame + nr - 1)
		return "no RAM in one piece";
	kf->pool = frame_address(m, frame);
	first = round_down((size_t)frame << QY_PAGE_SHIFT, block);
	end = min(round_up(((size_t)frame << QY_PAGE_SHIFT) + kf->pool_bytes, block),
		window);
	if (m->port->commit(m->port->ctx, first, end - first))
		return "the host has no memory";
	if (m->port->guard(
		    m->port->ctx, (size_t)(kf->pool - m->window), kf->pool_bytes, true))
		return "the host has no mappings";
	return NULL;
}

void qy_kfence_boot(struct qy_machine *m, u64 base, u64 bytes)
{
	const struct qy_board_kfence *board = &m->board->kfence;
	struct qy_kfence *kf = slabs_of(m)->kfence_tables;
	const char *why;

	if (!kf)
		return;
	kf->nr = board->num_objects;
	kf->pool_bytes = bytes;
	kf->interval_ns = board->sample_interval_ms * NS_PER_MS;
	kf->burst = board->burst;
	kf->covered_at = kf->nr * board->skip_covered_thresh / 100;
	kf->random = m->board->slab.seed;
	why = m->port->no_contents || !m->port->guard ? "the port cannot protect pages"
						      : take_pool(m, kf, base);
	if (why) {
		qy_printk(m, QY_LOG_ERR, "kfence: failed to allocate pool: %s", why);
		return;
	}
	for (u32 i = 0; i < kf->nr; i++) {
		kf->object[i].address = kfence_page(kf, &kf->object[i]);
		append(kf, &kf->unused, i);
	}
	/* a cache that is gone is looked at still, so that its user is told */
	for (u32 id = ID_KMEM_CACHE; id < NR_BOOT_IDS; id++)
		slabs_of(m)->by_id[id]->flags |= QY_SLAB_SKIP_KFENCE;
	slabs_of(m)->kfence = kf;
	slabs_of(m)->long_way = true;
	qy_printk(m, QY_LOG_INFO,
		"kfence: initialized - using %lu bytes for %u objects at 0x%016llx-0x%016llx",
		(unsigned long)bytes, kf->nr,
		(unsigned long long)qy_board_address(m, kf->pool),
		(unsigned long long)qy_board_address(m, kf->pool) + bytes);
}

/* ------------------------------------------------------------------ who */

void qy_kfence_track(struct qy_machine *m, const void *pc, struct qy_kfence_track *track)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;
	const struct qy_context *context = qy_current();

	track->pid = context->task.pid;
	track->cpu = context->cpu;
	track->when_ns = m->port->clock_ns(m->port->ctx);
	track->site = context->site;
	track->nr_frames = kf->has_stacks ? kf->stacks.take(kf->stacks.arg, pc,
						    track->frames, QY_KFENCE_FRAMES)
					  : 0;
}

static u32 hash_stack(const struct qy_kfence_track *track)
{
	u64 hash = (uintptr_t)track->site;

	for (u32 i = 0; i < track->nr_frames; i++)
		hash = (hash ^ (uintptr_t)track->frames[i]) * 0x9e3779b97f4a7c15ull;
	return (u32)(hash >> 32);
}

/* ------------------------------------------------------------------ canaries */

static void set_canaries(char *from, const char *end)
{
	for (; from < end; from++)
		*from = (char)kfence_canary(from);
}

/* The first byte of [from, end) that is not as it was left; NULL: none. */
static const char *find_damage(const char *from, const char *end)
{
	for (; from < end; from++)
		if ((u8)*from != kfence_canary(from))
			return from;
	return NULL;
}

static const char *find_any_damage(
	struct qy_kfence *kf, const struct kfence_object *object)
{
	const char *page = kfence_page(kf, object);
	const char *damage = find_damage(page, object->address);

	return damage ? damage
		      : find_damage(object->address + object->size, page + QY_PAGE_SIZE);
}

/* ------------------------------------------------------------------ allocation */

/* Linux's rules: a page at most, no zone asked for, no node insisted on. */
static bool may_be_sampled(
	const struct kmem_cache *cache, u32 size, qy_gfp_t gfp, int node)
{
	const qy_gfp_t zones =
		QY___GFP_DMA | QY___GFP_DMA32 | QY___GFP_HIGHMEM | QY___GFP_MOVABLE;

	if (size > QY_PAGE_SIZE || READ_ONCE(cache->flags) & QY_SLAB_SKIP_KFENCE)
		return false;
	if (gfp & zones || cache->flags & (QY_SLAB_CACHE_DMA | QY_SLAB_CACHE_DMA32))
		return false;
	return node == QY_NUMA_NO_NODE || !(gfp & QY___GFP_THISNODE) ||
	       !slabs_of(cache->machine)->many_nodes;
}

/* kf->lock must be held. */
static bool is_open(struct qy_machine *m, struct qy_kfence *kf)
{
	u64 now = m->port->clock_ns(m->port->ctx);

	if (now >= kf->opens_ns) {
		kf->opens_ns = now + kf->interval_ns;
		kf->passed = 0;
	}
	return kf->interval_ns && kf->passed++ <= kf->burst;
}

static bool is_covered(const struct qy_kfence *kf, u32 stack)
{
	for (u32 i = 0; i < kf->nr; i++)
		if (kf->object[i].state == QY_KFENCE_ALLOCATED &&
			kf->object[i].stack == stack)
			return true;
	return false;
}

static u64 next_random(struct qy_kfence *kf)
{
	u64 z = kf->random += 0x9e3779b97f4a7c15ull; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* At the left end of its page, or at the right one as far as the cache's alignment lets it. */
static void place(struct qy_kfence *kf, struct kfence_object *object, u32 size, u32 align)
{
	char *page = kfence_page(kf, object);
	bool right = next_random(kf) & 1;

	object->size = size;
	object->address = page;
	if (right && size <= QY_PAGE_SIZE)
		object->address += round_down((u32)QY_PAGE_SIZE - size, max(align, 1u));
	set_canaries(page, object->address);
	set_canaries(object->address + size, page + QY_PAGE_SIZE);
}

/* kf->lock must be held. NULL: none is free, or the host has no mapping for it. */
static struct kfence_object *take_object(struct qy_machine *m, struct qy_kfence *kf)
{
	u32 first = kf->unused.first;
	struct kfence_object *object;

	if (!first)
		return NULL;
	object = &kf->object[first - 1];
	if (kfence_guard(m, kfence_page(kf, object), false))
		return NULL;
	kf->unused.first = object->next;
	if (!object->next)
		kf->unused.last = 0;
	return object;
}

static void prepare(
	struct kmem_cache *cache, const struct kfence_object *object, qy_gfp_t gfp)
{
	if (cache->ctor)
		cache->ctor(object->address);
	else if (gfp & QY___GFP_ZERO || cache->zero_on_alloc)
		memset(object->address, 0, object->size);
}

void *qy_kfence_alloc(struct kmem_cache *cache, u32 size, qy_gfp_t gfp, int node)
{
	struct qy_machine *m = cache->machine;
	struct qy_kfence *kf = slabs_of(m)->kfence;
	struct kfence_object *object = NULL;
	struct qy_kfence_track who = { 0 };
	bool open;

	qy_spin_lock_irqsave(&kf->lock);
	if (!may_be_sampled(cache, size, gfp, node)) {
		kf->stats.skipped_incompatible++;
		open = false;
	} else {
		open = is_open(m, kf);
	}
	qy_spin_unlock_irqrestore(&kf->lock);
	if (!open)
		return NULL;
	qy_kfence_track(m, NULL, &who);
	qy_spin_lock_irqsave(&kf->lock);
	if (kf->stats.allocated >= kf->covered_at && is_covered(kf, hash_stack(&who))) {
		kf->stats.skipped_covered++;
	} else {
		object = take_object(m, kf);
		kf->stats.skipped_capacity += !object;
	}
	if (object) {
		place(kf, object, size, cache->layout.align);
		object->state = QY_KFENCE_ALLOCATED;
		object->cache = cache;
		object->opened = NULL;
		object->stack = hash_stack(&who);
		object->alloc = who;
		kf->stats.allocated++;
		kf->stats.allocations++;
	}
	qy_spin_unlock_irqrestore(&kf->lock);
	if (!object)
		return NULL;
	prepare(cache, object, gfp);
	return object->address;
}

/* ------------------------------------------------------------------ free */

/* kf->lock must be held. */
static void give_back(
	struct qy_machine *m, struct qy_kfence *kf, struct kfence_object *object)
{
	bool clear =
		object->cache ? object->cache->zero_on_free : m->board->slab.init_on_free;

	if (object->opened) {
		(void)kfence_guard(m, object->opened, true);
		object->opened = NULL;
	}
	if (clear)
		memset(object->address, 0, object->size);
	object->state = QY_KFENCE_FREED;
	kf->stats.allocated--;
	kf->stats.frees++;
	if (!object->zombie)
		append(kf, &kf->unused, (u32)(object - kf->object));
	(void)kfence_guard(m, kfence_page(kf, object), true);
}

/* Back for good: damage is told while the page can be read, then it is protected. pre: allocated, or waiting. */
static void free_guarded(struct qy_machine *m, struct kfence_object *object,
	const struct qy_kfence_track *who)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;
	struct kfence_object copy;
	const char *damage;

	qy_spin_lock_irqsave(&kf->lock);
	damage = find_any_damage(kf, object);
	copy = *object;
	kf->stats.bugs += damage != NULL;
	qy_spin_unlock_irqrestore(&kf->lock);
	if (damage)
		qy_kfence_report(m, KFENCE_CORRUPTION, damage, -1, &copy, who);
	qy_spin_lock_irqsave(&kf->lock);
	give_back(m, kf, object);
	qy_spin_unlock_irqrestore(&kf->lock);
}

void qy_kfence_free(struct qy_machine *m, struct kmem_cache *named, void *p)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;
	struct kfence_object *object = kfence_object_at(kf, p), copy;
	struct kmem_cache *cache = NULL;
	struct qy_kfence_track who = { 0 };
	bool valid, waits = false;

	qy_kfence_track(m, NULL, &who);
	qy_spin_lock_irqsave(&kf->lock);
	valid = object && object->state == QY_KFENCE_ALLOCATED && object->address == p;
	if (object)
		copy = *object;
	if (valid) {
		cache = object->cache;
		waits = cache && cache->flags & QY_SLAB_TYPESAFE_BY_RCU;
		object->free = who;
		if (waits) {
			object->state = QY_KFENCE_WAITING;
			append(kf, &kf->waiting, (u32)(object - kf->object));
		}
	} else {
		kf->stats.bugs++;
	}
	qy_spin_unlock_irqrestore(&kf->lock);
	if (!valid) {
		qy_kfence_report(
			m, KFENCE_INVALID_FREE, p, -1, object ? &copy : NULL, &who);
		return;
	}
	/* as on Linux: said, and given back to where it is from */
	if (named && cache && named != cache)
		qy_report_wrong_cache(named, cache, NULL); /* its tracks are elsewhere */
	if (!waits)
		free_guarded(m, object, &who);
	else if (m->port->grace_period)
		m->port->grace_period(m->port->ctx);
}

void qy_kfence_grace_period(struct qy_machine *m)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;
	struct kfence_list go;

	qy_spin_lock_irqsave(&kf->lock);
	go = kf->in_grace;
	kf->in_grace = kf->waiting;
	kf->waiting = (struct kfence_list){ 0 };
	qy_spin_unlock_irqrestore(&kf->lock);
	for (u32 i = go.first, next; i; i = next) {
		struct kfence_object *object = &kf->object[i - 1];

		next = object->next;
		free_guarded(m, object, &object->free);
	}
}

size_t qy_kfence_size(struct qy_machine *m, const void *p)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;
	const struct kfence_object *object = kfence_object_at(kf, p);

	return object ? object->size
		      : 0; /* of one that is free, too: who writes there is told */
}

const struct kmem_cache *qy_kfence_cache(const struct qy_machine *m, const void *p)
{
	const struct kfence_object *object = kfence_object_at(slabs_of(m)->kfence, p);

	return object ? object->cache : NULL;
}

/* ------------------------------------------------------------------ the end of a cache */

u32 qy_kfence_forget_cache(struct kmem_cache *cache)
{
	struct qy_machine *m = cache->machine;
	struct qy_kfence *kf = slabs_of(m)->kfence;
	struct qy_kfence_track who = { 0 };
	u32 nr = 0;

	qy_kfence_track(m, NULL, &who);
	for (u32 i = 0; i < kf->nr; i++) {
		struct kfence_object *object = &kf->object[i];
		bool left;

		qy_spin_lock_irqsave(&kf->lock);
		left = object->cache == cache && object->state == QY_KFENCE_ALLOCATED;
		if (left) {
			object->zombie = true;
			object->free = who;
			kf->stats.zombies++;
		}
		qy_spin_unlock_irqrestore(&kf->lock);
		if (left)
			free_guarded(m, object, &who);
		qy_spin_lock_irqsave(&kf->lock);
		if (object->cache == cache)
			object->cache = NULL;
		qy_spin_unlock_irqrestore(&kf->lock);
		nr += left;
	}
	return nr;
}

/* ------------------------------------------------------------------ seeing */

bool qy_is_kfence_address(const struct qy_machine *m, const void *p)
{
	return is_kfence(m, p);
}

char *qy_kfence_pool(const struct qy_machine *m, size_t *bytes)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;

	*bytes = kf ? kf->pool_bytes : 0;
	return kf ? kf->pool : NULL;
}

uint64_t qy_kfence_interval_ms(const struct qy_machine *m)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;

	return kf ? READ_ONCE(kf->interval_ns) / NS_PER_MS : 0;
}

int qy_kfence_set_interval(struct qy_machine *m, uint64_t ms)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;

	if (!kf || ms > UINT32_MAX)
		return -QY_EINVAL;
	qy_spin_lock_irqsave(&kf->lock);
	kf->interval_ns = ms * NS_PER_MS;
	kf->opens_ns = 0;
	qy_spin_unlock_irqrestore(&kf->lock);
	return 0;
}

void qy_kfence_stats(const struct qy_machine *m, struct qy_kfence_stats *stats)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;

	*stats = kf ? kf->stats : (struct qy_kfence_stats){ 0 };
	stats->enabled = kf && kf->interval_ns;
}

bool qy_kfence_object(
	const struct qy_machine *m, unsigned int n, struct qy_kfence_object *out)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;
	const struct kfence_object *object = kf && n < kf->nr ? &kf->object[n] : NULL;

	if (!object)
		return false;
	*out = (struct qy_kfence_object){ .state = object->state,
		.address = object->address,
		.size = object->size,
		.cache = object->cache ? object->cache->name : "<destroyed>",
		.alloc = object->alloc,
		.free = object->free };
	return true;
}

void qy_kfence_set_stacks(struct qy_machine *m, const struct qy_kfence_stacks *stacks)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;

	if (!kf)
		return;
	kf->has_stacks = stacks != NULL;
	if (stacks)
		kf->stacks = *stacks;
}
