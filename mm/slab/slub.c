// SPDX-License-Identifier: MIT
/*
 * The doors to objects: one from a cache, one back, many at once, and any pointer back.
 *
 *   qy_kmem_cache_alloc, _zalloc, _alloc_node, _alloc_bulk
 *   qy_kmem_cache_free, _free_bulk, qy_kfree, qy_kfree_bulk, qy_ksize
 *
 * A pointer that is freed is checked here, before anybody believes it: is it of a slab, does an object begin there, is it of
 * the cache that was named?
 *
 * Locking: none here; see sheaf.h and node.c.
 */
#include "mm/slab/kfence.h"
#include "mm/slab/kmalloc.h"
#include "mm/slab/sheaf.h"
#include "mm/slab/slub_debug.h"

/* ------------------------------------------------------------------ allocation */

void qy_report_sleep(struct qy_machine *m)
{
	qy_report_sleep_in_atomic(m, MIGHT_ALLOC);
}

/* Bits that no slab can obey. */
static noinline qy_gfp_t fix_gfp(struct kmem_cache *cache, qy_gfp_t gfp)
{
	qy_gfp_t wrong = gfp & (SLAB_BUG_GFP | ~QY___GFP_BITS_MASK);

	qy_report_unexpected_gfp(cache->machine, wrong, gfp & ~wrong);
	return gfp & ~wrong;
}

/* While nothing is kept in sheaves every request comes by here. Return: whether @object is what it gets. */
static noinline bool alloc_watched(
	struct kmem_cache *cache, qy_gfp_t gfp, int node, u32 asked, void **object)
{
	u32 size = asked ? asked : cache->object_size;

	if (qy_should_failslab(cache, gfp))
		return true;
	*object = slabs_of(cache->machine)->kfence
			  ? qy_kfence_alloc(cache, size, gfp, node)
			  : NULL;
	return *object != NULL;
}

/* @asked: bytes, by kmalloc(); 0: an object of the cache. Last, since the usual way has no use for it. */
static inline void *alloc_object(
	struct kmem_cache *cache, qy_gfp_t gfp, int node, u32 asked)
{
	struct slab_cpu *cpu = this_slab_cpu();
	void *object = NULL;

	VM_BUG_ON(qy_current()->machine != cache->machine);
	if (unlikely(gfp & (SLAB_BUG_GFP | ~QY___GFP_BITS_MASK)))
		gfp = fix_gfp(cache, gfp);
	note_sleep(cache->machine, gfp);
	if (likely(node == QY_NUMA_NO_NODE) || (u32)node == cpu->node)
		object = sheaf_pop_any(cpu, cache->id);
	if (unlikely(!object)) {
		if (unlikely(slabs_of(cache->machine)->long_way) &&
			alloc_watched(cache, gfp, node, asked, &object))
			return object;
		object = qy_alloc_slow(cache, gfp, node);
	}
	if (unlikely(gfp & QY___GFP_ZERO || cache->zero_on_alloc) && likely(object))
		clear_object(cache, object, gfp);
	return object;
}

/* What the usual allocation need not think about. */
#define LONG_GFP (QY___GFP_ZERO | SLAB_BUG_GFP | ~QY___GFP_BITS_MASK)

static noinline void *alloc_long(struct kmem_cache *cache, qy_gfp_t gfp)
{
	return alloc_object(cache, gfp, QY_NUMA_NO_NODE, 0);
}

/* The same where CPUs are shared. */
static noinline void *alloc_shared(struct kmem_cache *cache, qy_gfp_t gfp)
{
	const struct qy_context *context = qy_current();
	struct slab_cpu *cpu = shared_slab_cpu(context);

	if (likely(!((gfp | cpu->init_gfp) & LONG_GFP)) &&
		likely(!(context->preempt_count | context->irqs_disabled))) {
		void *object = sheaf_pop_shared(cpu, cache->id);

		if (likely(object))
			return object;
	}
	return alloc_object(cache, gfp, QY_NUMA_NO_NODE, 0);
}

void *qy_kmem_cache_alloc(struct kmem_cache *cache, qy_gfp_t gfp)
{
	const struct qy_context *context = qy_current();

	VM_BUG_ON(context->machine != cache->machine);
	if (likely(!((gfp | context->slab_cpu->init_gfp) & LONG_GFP)) &&
		likely(!(context->preempt_count | context->irqs_disabled))) {
		void *object = sheaf_pop(context->slab_cpu, cache->id);

		if (likely(object))
			return object;
	}
	return context->host_cpu ? alloc_shared(cache, gfp) : alloc_long(cache, gfp);
}

void *qy_kmem_cache_zalloc(struct kmem_cache *cache, qy_gfp_t gfp)
{
	return alloc_object(cache, gfp | QY___GFP_ZERO, QY_NUMA_NO_NODE, 0);
}

void *qy_kmem_cache_alloc_node(struct kmem_cache *cache, qy_gfp_t gfp, int node)
{
	return alloc_object(cache, gfp, node, 0);
}

void *qy_alloc_asked(struct kmem_cache *cache, qy_gfp_t gfp, int node, u32 size)
{
	return alloc_object(cache, gfp, node, size);
}

/* What is at hand first, then whole slabs at a time. */
static size_t take_bulk(struct kmem_cache *cache, qy_gfp_t gfp, size_t nr, void **objects)
{
	struct slab_cpu *cpu = this_slab_cpu();
	size_t done = 0;

	done = sheaf_pop_bulk(cpu, cache->id, nr, objects);
	while (done < nr && nr - done < cache->sheaf_capacity) {
		/* leaves the rest of a sheaf for the next one */
		objects[done] = qy_alloc_slow(cache, gfp, QY_NUMA_NO_NODE);
		if (!objects[done])
			return done;
		done++;
		done += sheaf_pop_bulk(cpu, cache->id, nr - done, objects + done);
	}
	while (done < nr) {
		u32 taken = qy_take_objects(cache, gfp, QY_NUMA_NO_NODE,
			(u32)min(nr - done, (size_t)UINT32_MAX), objects + done);

		if (!taken)
			break;
		done += taken;
	}
	return done;
}

size_t qy_kmem_cache_alloc_bulk(
	struct kmem_cache *cache, qy_gfp_t gfp, size_t nr, void **objects)
{
	if (unlikely(gfp & (SLAB_BUG_GFP | ~QY___GFP_BITS_MASK)))
		gfp = fix_gfp(cache, gfp);
	note_sleep(cache->machine, gfp);
	if (unlikely(slabs_of(cache->machine)->long_way) &&
		qy_should_failslab(cache, gfp))
		return 0;
	if (unlikely(cache->destroyed)) {
		qy_report_destroyed(qy_current()->machine);
		return 0;
	}
	size_t fenced = 0;

	if (unlikely(slabs_of(cache->machine)->kfence))
		while (fenced < nr && (objects[fenced] = qy_kfence_alloc(cache,
					       cache->object_size, gfp, QY_NUMA_NO_NODE)))
			fenced++;
	size_t done = fenced + take_bulk(cache, gfp, nr - fenced, objects + fenced);

	if (unlikely(done < nr)) {
		qy_kmem_cache_free_bulk(cache, done, objects);
		return 0;
	}
	if (gfp & QY___GFP_ZERO || cache->zero_on_alloc)
		for (size_t i = fenced; i < nr; i++)
			clear_object(cache, objects[i], gfp);
	return nr;
}

/* ------------------------------------------------------------------ free */

/*
 * A pointer that the class map knows nothing good about.
 * Return: the cache that it is an object of, or NULL: it is none, which has been said.
 */
static struct kmem_cache *cache_of(struct qy_machine *m, const char *deed,
	const struct kmem_cache *named, const void *object)
{
	u32 head = qy_object_slab(m, object);

	if (head == NO_FRAME) {
		qy_report_not_ours(m, deed, named, object);
		return NULL;
	}
	const struct slab *slab = frame_slab(m, head);
	struct kmem_cache *cache = slabs_of(m)->by_id[slab->cache];
	u32 offset = (u32)((uintptr_t)object - (uintptr_t)frame_address(m, head));

	if (kmem_cache_debug(cache))
		return cache; /* qy_debug_give() looks closer */
	if (is_multiple(cache->inverse, offset) && offset / cache->size < slab->objects)
		return cache;
	qy_report_interior(cache, deed, object, head);
	return NULL;
}

/* Not from another node: a CPU's sheaves hold memory that is near to it. */
static bool is_far(const struct kmem_cache *cache, const void *object)
{
	const struct qy_machine *m = cache->machine;

	return slabs_of(m)->many_nodes &&
	       frame_node(m, address_frame(m, object)) != this_slab_cpu()->node;
}

/* pre: @object is of @cache. */
static void give_back(struct kmem_cache *cache, void *object)
{
	enum sheaf_push pushed;

	if (cache->zero_on_free && !kmem_cache_debug(cache))
		memset(object, 0, cache->layout.inuse);
	if (is_far(cache, object)) {
		qy_give_objects(cache, 1, &object);
		return;
	}
	pushed = sheaf_push_any(this_slab_cpu(), cache->id, object);
	if (pushed == PUSH_FULL)
		qy_free_slow(cache, object);
	else if (pushed == PUSH_REPEATED)
		qy_report_double_free(cache, object, "in this CPU's sheaf");
}

static noinline void push_failed(u8 class_byte, void *object, enum sheaf_push pushed)
{
	struct kmem_cache *cache = slabs_of(qy_current()->machine)->by_id[class_byte];

	if (pushed == PUSH_FULL)
		qy_free_slow(cache, object);
	else
		qy_report_double_free(cache, object, "in this CPU's sheaf");
}

/*
 * May @object go the short way? inverse is 0 of everything that is not plain: debugged, cleared, many nodes, many caches,
 * large, none.
 */
static inline bool is_plain(
	const struct slab_cpu *cpu, const void *object, u8 *class_byte)
{
	uintptr_t offset = (uintptr_t)object - cpu->window;

	if (unlikely(offset >= cpu->window_bytes))
		return false;
	*class_byte = cpu->class_map[offset >> QY_PAGE_SHIFT];
	return object_is_sound(&cpu->classes[*class_byte], object);
}

static noinline void free_cold(
	struct qy_machine *m, struct kmem_cache *named, void *object)
{
	struct kmem_cache *cache;

	if (!named && QY_ZERO_OR_NULL_PTR(object))
		return;
	if (unlikely(is_kfence(m, object))) {
		qy_kfence_free(m, named, object);
		return;
	}
	if (!named && qy_free_large(m, object))
		return;
	cache = cache_of(m, "free", named, object);
	if (!cache)
		return;
	/* as on Linux: said, and given back to where it is from */
	if (named && named != cache)
		qy_report_wrong_cache(named, cache, object);
	give_back(cache, object);
}

/* The same two where CPUs are shared, and the long way. @named: NULL = kfree */
static noinline void free_long(
	struct qy_machine *m, struct kmem_cache *named, void *object)
{
	const struct qy_context *context = qy_current();
	enum sheaf_push pushed;
	u8 class_byte;

	if (likely(context->host_cpu)) {
		struct slab_cpu *cpu = shared_slab_cpu(context);

		if (likely(is_plain(cpu, object, &class_byte)) &&
			likely(!named || class_byte == named->class_byte)) {
			pushed = sheaf_push_shared(cpu, class_byte, object);
			if (unlikely(pushed != PUSHED))
				push_failed(class_byte, object, pushed);
			return;
		}
	}
	free_cold(m, named, object);
}

void qy_kmem_cache_free(struct kmem_cache *cache, void *object)
{
	struct slab_cpu *cpu = qy_current()->slab_cpu;
	enum sheaf_push pushed;
	u8 class_byte;

	VM_BUG_ON(qy_current()->machine != cache->machine);
	if (unlikely(!is_plain(cpu, object, &class_byte)) ||
		unlikely(class_byte != cache->class_byte)) {
		free_long(cache->machine, cache, object);
		return;
	}
	pushed = sheaf_push(cpu, class_byte, object);
	if (unlikely(pushed != PUSHED))
		push_failed(class_byte, object, pushed);
}

void qy_kfree(struct qy_machine *m, const void *p)
{
	struct slab_cpu *cpu = qy_current()->slab_cpu;
	void *object = (void *)(uintptr_t)p;
	enum sheaf_push pushed;
	u8 class_byte;

	VM_BUG_ON(qy_current()->machine != m);
	if (unlikely(!is_plain(cpu, object, &class_byte))) {
		free_long(m, NULL, object);
		return;
	}
	pushed = sheaf_push(cpu, class_byte, object);
	if (unlikely(pushed != PUSHED))
		push_failed(class_byte, object, pushed);
}

/* As many as go the short way, in one section. Return: how many. */
static size_t push_bulk(
	struct slab_cpu *cpu, struct kmem_cache *cache, size_t nr, void **objects)
{
	const struct object_class class = cpu->classes[cache->class_byte];
	struct sheaf *sheaf;
	size_t done = 0;
	u32 held;

	if (unlikely(!sheaf_enter_any(cpu)))
		return 0;
	sheaf = cpu->main[cache->id];
	held = sheaf->nr;
	if (held < sheaf->room)
		nr = min(nr, (size_t)(sheaf->room - held));
	else
		nr = 0;
	for (; done < nr; done++, held++) {
		uintptr_t offset = (uintptr_t)objects[done] - cpu->window;

		if (unlikely(offset >= cpu->window_bytes) ||
			unlikely(cpu->class_map[offset >> QY_PAGE_SHIFT] !=
				 cache->class_byte) ||
			unlikely(!object_is_sound(&class, objects[done])) ||
			unlikely(sheaf_add(sheaf, held, objects[done]) != PUSHED))
			break;
		QY_STEP();
	}
	sheaf_leave(cpu);
	return done;
}

void qy_kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objects)
{
	size_t done = 0;

	while (done < nr) {
		done += push_bulk(this_slab_cpu(), cache, nr - done, objects + done);
		/* what did not go so goes alone, and is told if it is wrong */
		if (done < nr)
			qy_kmem_cache_free(cache, objects[done++]);
	}
}

void qy_kfree_bulk(struct qy_machine *m, size_t nr, void **objects)
{
	for (size_t i = 0; i < nr; i++)
		qy_kfree(m, objects[i]);
}

/* ------------------------------------------------------------------ what is it? */

size_t qy_ksize(struct qy_machine *m, const void *p)
{
	size_t large;

	if (QY_ZERO_OR_NULL_PTR(p))
		return 0;
	if (unlikely(is_kfence(m, p)))
		return qy_kfence_size(m, p);
	large = qy_large_size(m, p);
	if (large)
		return large;
	struct kmem_cache *cache = cache_of(m, "size", NULL, p);

	if (!cache)
		return 0;
	if (kmem_cache_debug(cache))
		qy_debug_use_all(cache, p);
	return usable_size(cache);
}
