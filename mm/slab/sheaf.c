// SPDX-License-Identifier: MIT
/*
 * Sheaves beyond the hot half: refilled from the node's barn and its slabs, emptied into them.
 *
 *   qy_alloc_slow, qy_free_slow   this CPU's sheaf has none, has no room, or may not be touched
 *   qy_flush_sheaves              all of a cache, on every CPU
 *   qy_slab_tick                  what was not used since the last tick
 *
 * A CPU has two sheaves of a cache, main and spare. Both change by exchange: whoever took a sheaf out of its place owns
 * it alone, and does the slow work with it outside of any section. What finds no place goes to the barn, what the barn
 * does not keep goes into the slabs.
 *
 * Locking: see struct slab_cpu. A node's lock guards its barn; nothing is allocated under it.
 */
#include "mm/slab/sheaf.h"

/* In the place of a sheaf that is not there: nothing to take, no room to put. Never written. */
static const struct sheaf no_sheaf;

static inline struct sheaf *nothing(void)
{
	return (struct sheaf *)(uintptr_t)&no_sheaf;
}

/* ------------------------------------------------------------------ who may touch a CPU's sheaves */

bool qy_sheaf_enter(struct slab_cpu *cpu)
{
	return READ_ONCE(cpu->remote) == SHEAF_ALWAYS_LOCK
		       ? qy_spin_trylock_irqsave(&cpu->lock)
		       : sheaf_enter_any(cpu);
}

void qy_sheaf_leave(struct slab_cpu *cpu)
{
	if (READ_ONCE(cpu->remote) == SHEAF_ALWAYS_LOCK)
		qy_spin_unlock_irqrestore(&cpu->lock);
	else
		sheaf_leave(cpu);
}

/* Never from an interrupt: it may have hit this very CPU's section, which then could not end. */
static void lock_remote(const struct qy_machine *m, struct slab_cpu *cpu)
{
	VM_BUG_ON(qy_current()->preempt_count & (HARDIRQ_OFFSET * 15));
	qy_spin_lock_irqsave(&cpu->lock);
	if (READ_ONCE(cpu->remote) == SHEAF_ALWAYS_LOCK)
		return;
	WRITE_ONCE(cpu->remote, 1);
	m->port->barrier_heavy(m->port->ctx);
	for (unsigned int round = 1; load_acquire(&cpu->busy); round++)
		qy_spin_wait(round);
}

static void unlock_remote(struct slab_cpu *cpu)
{
	if (READ_ONCE(cpu->remote) != SHEAF_ALWAYS_LOCK)
		store_release(&cpu->remote, 0);
	qy_spin_unlock_irqrestore(&cpu->lock);
}

/* Owner: @sheaf takes the place, what was there is returned; NULL: somebody is in, nothing was done. */
static struct sheaf *exchange(
	struct slab_cpu *cpu, struct sheaf **place, struct sheaf *sheaf)
{
	struct sheaf *before;

	if (!qy_sheaf_enter(cpu))
		return NULL;
	before = *place;
	WRITE_ONCE(*place, sheaf);
	qy_sheaf_leave(cpu);
	return before;
}

/* ------------------------------------------------------------------ sheaves as memory */

static u32 sheaf_cache_id(u32 capacity)
{
	return capacity <= SHEAF_SMALL ? ID_SHEAF_SMALL : ID_SHEAF_LARGE;
}

/* Never sleeps, uses no reserve, says nothing when there is no memory. */
static struct sheaf *new_sheaf(struct kmem_cache *cache)
{
	const qy_gfp_t gfp = QY___GFP_NOWARN | QY___GFP_NORETRY | QY___GFP_NOMEMALLOC;
	u32 capacity = cache->sheaf_capacity;
	void *memory;

	if (!qy_take_objects(slabs_of(cache->machine)->by_id[sheaf_cache_id(capacity)],
		    gfp, QY_NUMA_NO_NODE, 1, &memory))
		return NULL;
	struct sheaf *sheaf = memory;

	memset(sheaf, 0, sizeof(*sheaf));
	sheaf->capacity = sheaf->room = capacity;
	return sheaf;
}

static void free_sheaf(struct qy_machine *m, struct sheaf *sheaf)
{
	void *memory = sheaf;

	qy_give_objects(slabs_of(m)->by_id[sheaf_cache_id(sheaf->capacity)], 1, &memory);
}

/* The objects were put there by hand. Downwards, so that the lowest of a hash keeps the entry. */
static void index_sheaf(struct sheaf *sheaf)
{
	for (u32 i = sheaf->nr; i-- > 0;) {
		u8 *where = &sheaf->where[sheaf_hash(sheaf->objects[i])];

		sheaf->above[i] = *where; /* stale, or of this loop */
		*where = (u8)i;
	}
	sheaf->room = sheaf->capacity;
}

static void empty_sheaf(struct kmem_cache *cache, struct sheaf *sheaf)
{
	u32 nr = sheaf->nr;

	sheaf->nr = 0;
	sheaf->room = sheaf->capacity;
	qy_give_objects(cache, nr, sheaf->objects);
}

/* ------------------------------------------------------------------ the barn */

static struct kmem_cache_node *this_barn(struct kmem_cache *cache)
{
	return &cache->node[this_slab_cpu()->node];
}

static struct sheaf *pop_sheaf(struct sheaf **list, u32 *nr)
{
	struct sheaf *sheaf = *list;

	if (sheaf) {
		*list = sheaf->next;
		owner_add(nr, -1u);
	}
	return sheaf;
}

static bool keep_sheaf(struct sheaf **list, u32 *nr, u32 most, struct sheaf *sheaf)
{
	if (*nr >= most)
		return false;
	sheaf->next = *list;
	*list = sheaf;
	owner_add(nr, 1);
	return true;
}

static struct sheaf *get_full(struct kmem_cache *cache)
{
	struct kmem_cache_node *barn = this_barn(cache);
	struct sheaf *sheaf;

	if (!READ_ONCE(barn->nr_full))
		return NULL;
	qy_spin_lock_irqsave(&barn->lock);
	sheaf = pop_sheaf(&barn->full, &barn->nr_full);
	qy_spin_unlock_irqrestore(&barn->lock);
	return sheaf;
}

static struct sheaf *get_empty(struct kmem_cache *cache)
{
	struct kmem_cache_node *barn = this_barn(cache);
	struct sheaf *sheaf = NULL;

	if (READ_ONCE(barn->nr_empty)) {
		qy_spin_lock_irqsave(&barn->lock);
		sheaf = pop_sheaf(&barn->empty, &barn->nr_empty);
		qy_spin_unlock_irqrestore(&barn->lock);
	}
	return sheaf ? sheaf : new_sheaf(cache);
}

/* The barn is asked first without its lock: one that is full stays so for a while. */
static bool put_full(struct kmem_cache *cache, struct sheaf *sheaf)
{
	struct kmem_cache_node *barn = this_barn(cache);
	bool kept;

	if (READ_ONCE(barn->nr_full) >= BARN_FULL)
		return false;
	qy_spin_lock_irqsave(&barn->lock);
	kept = keep_sheaf(&barn->full, &barn->nr_full, BARN_FULL, sheaf);
	qy_spin_unlock_irqrestore(&barn->lock);
	return kept;
}

/* A sheaf that has no place on the CPU: full ones are kept up to a number, the rest is emptied, then kept or freed. */
static void put_sheaf(struct kmem_cache *cache, struct sheaf *sheaf)
{
	struct kmem_cache_node *barn = this_barn(cache);
	bool kept;

	if (sheaf->nr) {
		if (put_full(cache, sheaf))
			return;
		empty_sheaf(cache, sheaf);
	}
	qy_spin_lock_irqsave(&barn->lock);
	kept = keep_sheaf(&barn->empty, &barn->nr_empty, BARN_EMPTY, sheaf);
	qy_spin_unlock_irqrestore(&barn->lock);
	if (!kept)
		free_sheaf(cache->machine, sheaf);
}

/* ------------------------------------------------------------------ main and spare of this CPU */

/* Takes the spare out of its place, NULL when there is none. Return: false when somebody is in. */
static bool take_spare(struct slab_cpu *cpu, u32 id, struct sheaf **spare)
{
	*spare = exchange(cpu, &cpu->spare[id], nothing());
	if (!*spare)
		return false;
	if (*spare == nothing())
		*spare = NULL;
	return true;
}

static void put_spare(struct kmem_cache *cache, struct slab_cpu *cpu, struct sheaf *sheaf)
{
	struct sheaf *before = exchange(cpu, &cpu->spare[cache->id], sheaf);

	if (!before)
		put_sheaf(cache, sheaf);
	else if (before != nothing())
		put_sheaf(cache, before);
}

/* @sheaf becomes what this CPU works with; what it had becomes the spare. */
static void install(struct kmem_cache *cache, struct slab_cpu *cpu, struct sheaf *sheaf)
{
	struct sheaf *before = exchange(cpu, &cpu->main[cache->id], sheaf);

	WRITE_ONCE(cpu->idle[cache->id], 0);
	if (!before)
		put_sheaf(cache, sheaf);
	else if (before != nothing())
		put_spare(cache, cpu, before);
}

/* ------------------------------------------------------------------ allocation */

/* A sheaf with objects in it, or NULL. */
static struct sheaf *filled_sheaf(
	struct kmem_cache *cache, struct slab_cpu *cpu, qy_gfp_t gfp)
{
	struct sheaf *sheaf, *full;

	if (!take_spare(cpu, cache->id, &sheaf))
		return NULL;
	if (sheaf && sheaf->nr)
		return sheaf;
	full = get_full(cache);
	if (full) {
		if (sheaf)
			put_sheaf(cache, sheaf);
		return full;
	}
	if (!sheaf)
		sheaf = get_empty(cache);
	if (!sheaf)
		return NULL;
	sheaf->nr = qy_take_objects(
		cache, gfp, QY_NUMA_NO_NODE, sheaf->capacity, sheaf->objects);
	if (!sheaf->nr) {
		put_sheaf(cache, sheaf);
		return NULL;
	}
	sheaf->room = 0; /* where[] is written when the first object comes back */
	return sheaf;
}

/* No sheaves, or not now: an interrupt that hit a section takes objects from the slabs. */
static bool goes_around(const struct kmem_cache *cache, const struct slab_cpu *cpu)
{
	return cache->no_sheaves || READ_ONCE(cpu->busy) ||
	       READ_ONCE(slabs_of(cache->machine)->long_way);
}

static bool wants_other_node(const struct slab_cpu *cpu, int node)
{
	return node != QY_NUMA_NO_NODE && (u32)node != cpu->node;
}

/* What the hot half did not try, since it would have to take the lock. */
static void *pop_locked(struct slab_cpu *cpu, u32 id)
{
	void *object = NULL;

	if (READ_ONCE(cpu->remote) != SHEAF_ALWAYS_LOCK || !qy_sheaf_enter(cpu))
		return NULL;
	if (cpu->main[id]->nr)
		object = cpu->main[id]->objects[--cpu->main[id]->nr];
	qy_sheaf_leave(cpu);
	return object;
}

void *qy_alloc_slow(struct kmem_cache *cache, qy_gfp_t gfp, int node)
{
	struct slab_cpu *cpu = this_slab_cpu();
	struct sheaf *sheaf;
	void *object;

	if (unlikely(cache->destroyed)) {
		qy_report_destroyed(qy_current()->machine);
		return NULL;
	}
	if (goes_around(cache, cpu) || wants_other_node(cpu, node))
		return qy_take_objects(cache, gfp, node, 1, &object) ? object : NULL;
	object = pop_locked(cpu, cache->id);
	if (object)
		return object;
	sheaf = filled_sheaf(cache, cpu, gfp);
	if (!sheaf)
		return qy_take_objects(cache, gfp, node, 1, &object) ? object : NULL;
	object = sheaf->objects[--sheaf->nr];
	install(cache, cpu, sheaf);
	return object;
}

/* ------------------------------------------------------------------ free */

/* A sheaf with room for one object at least, or NULL. */
static struct sheaf *sheaf_with_room(struct kmem_cache *cache, struct slab_cpu *cpu)
{
	struct sheaf *spare;

	if (!take_spare(cpu, cache->id, &spare))
		return NULL;
	if (spare && spare->nr < spare->capacity)
		return spare;
	if (!spare || put_full(cache, spare))
		return get_empty(cache);
	empty_sheaf(cache, spare);
	return spare;
}

/* What the hot half did not try: where[] is to be written first, or the lock to be taken, or the sheaf is full. */
static enum sheaf_push push_slow(struct slab_cpu *cpu, u32 id, void *object)
{
	enum sheaf_push result = PUSH_FULL;
	u32 hash = sheaf_hash(object), last;
	struct sheaf *sheaf;

	if (!qy_sheaf_enter(cpu))
		return PUSH_FULL;
	sheaf = cpu->main[id];
	if (sheaf != nothing()) {
		if (!sheaf->room)
			index_sheaf(sheaf);
		if (sheaf->nr < sheaf->room)
			result = sheaf_add(sheaf, sheaf->nr, object);
		else if (sheaf_taken(sheaf, sheaf->nr, hash) &&
			 sheaf_find(sheaf, sheaf->nr, hash, object, &last))
			result = PUSH_REPEATED;
	}
	qy_sheaf_leave(cpu);
	return result;
}

void qy_free_slow(struct kmem_cache *cache, void *object)
{
	struct slab_cpu *cpu = this_slab_cpu();
	enum sheaf_push pushed = PUSH_FULL;
	struct sheaf *sheaf = NULL;

	if (!goes_around(cache, cpu))
		pushed = push_slow(cpu, cache->id, object);
	if (pushed == PUSH_FULL && !goes_around(cache, cpu))
		sheaf = sheaf_with_room(cache, cpu);
	if (sheaf) {
		if (!sheaf->room)
			index_sheaf(sheaf);
		pushed = sheaf_add(sheaf, sheaf->nr, object);
		install(cache, cpu, sheaf);
	}
	if (pushed == PUSH_FULL)
		qy_give_objects(cache, 1, &object);
	else if (pushed == PUSH_REPEATED)
		qy_report_double_free(cache, object, "in this CPU's sheaf");
}

/* ------------------------------------------------------------------ all CPUs */

/* Another CPU's sheaf is taken out of its place. Context: task. */
static void flush_place(
	struct kmem_cache *cache, struct slab_cpu *cpu, struct sheaf **place)
{
	struct sheaf *sheaf;

	if (READ_ONCE(*place) == nothing())
		return;
	lock_remote(cache->machine, cpu);
	sheaf = *place;
	WRITE_ONCE(*place, nothing());
	unlock_remote(cpu);
	if (sheaf == nothing())
		return;
	empty_sheaf(cache, sheaf);
	free_sheaf(cache->machine, sheaf);
}

/* Takes all sheaves of one kind out of a barn. */
static struct sheaf *take_all(struct kmem_cache_node *barn, struct sheaf **list, u32 *nr)
{
	struct sheaf *all;

	qy_spin_lock_irqsave(&barn->lock);
	all = *list;
	*list = NULL;
	WRITE_ONCE(*nr, 0);
	qy_spin_unlock_irqrestore(&barn->lock);
	return all;
}

static void flush_list(struct kmem_cache *cache, struct sheaf *sheaf)
{
	while (sheaf) {
		struct sheaf *next = sheaf->next;

		empty_sheaf(cache, sheaf);
		free_sheaf(cache->machine, sheaf);
		sheaf = next;
	}
}

static void flush_barn(struct kmem_cache *cache, struct kmem_cache_node *barn)
{
	flush_list(cache, take_all(barn, &barn->full, &barn->nr_full));
	flush_list(cache, take_all(barn, &barn->empty, &barn->nr_empty));
}

void qy_flush_sheaves(struct kmem_cache *cache)
{
	struct qy_machine *m = cache->machine;

	for (u32 i = 0; i < m->nr_cpus; i++) {
		struct slab_cpu *cpu = slab_cpu(slabs_of(m), i);

		flush_place(cache, cpu, &cpu->main[cache->id]);
		flush_place(cache, cpu, &cpu->spare[cache->id]);
	}
	for (u32 node = 0; node < m->nr_nodes; node++)
		flush_barn(cache, &cache->node[node]);
}

u32 qy_count_sheaves(struct kmem_cache *cache, u32 i)
{
	struct slab_cpu *cpu = slab_cpu(slabs_of(cache->machine), i);
	u32 nr = 0;

	if (READ_ONCE(cpu->main[cache->id]) == nothing() &&
		READ_ONCE(cpu->spare[cache->id]) == nothing())
		return 0;
	lock_remote(cache->machine, cpu);
	nr = cpu->main[cache->id]->nr + cpu->spare[cache->id]->nr;
	unlock_remote(cpu);
	return nr;
}

void qy_slab_long_way(struct qy_machine *m, bool on)
{
	struct qy_slabs *slabs = slabs_of(m);

	qy_mutex_lock(&slabs->mutex);
	WRITE_ONCE(slabs->long_way, on || m->port->mark || slabs->kfence);
	for (struct kmem_cache *cache = slabs->caches; on && cache; cache = cache->next)
		qy_flush_sheaves(cache);
	qy_mutex_unlock(&slabs->mutex);
}

void qy_sheaves_init(struct qy_machine *m, u32 id)
{
	for (u32 i = 0; i < m->nr_cpus; i++) {
		struct slab_cpu *cpu = slab_cpu(slabs_of(m), i);

		cpu->main[id] = nothing();
		cpu->spare[id] = nothing();
		cpu->active[id] = 0;
		cpu->idle[id] = 0;
	}
}

/*
 * A CPU that exchanged no sheaf of a cache for a whole tick gives them up, and its node's barn with them: what is idle must
 * not pin slabs.
 */
void qy_slab_tick(struct qy_machine *m, unsigned int i)
{
	struct qy_slabs *slabs = slabs_of(m);
	struct slab_cpu *cpu = slab_cpu(slabs, i);

	qy_mutex_lock(&slabs->mutex);
	for (struct kmem_cache *cache = slabs->caches; cache; cache = cache->next) {
		if (cache->no_sheaves)
			continue;
		if (!READ_ONCE(cpu->idle[cache->id])) {
			WRITE_ONCE(cpu->idle[cache->id], 1);
			continue;
		}
		flush_place(cache, cpu, &cpu->main[cache->id]);
		flush_place(cache, cpu, &cpu->spare[cache->id]);
		flush_barn(cache, &cache->node[cpu->node]);
		qy_release_active(cache, cpu);
	}
	qy_mutex_unlock(&slabs->mutex);
}
