/* SPDX-License-Identifier: MIT */
/*
 * The hot half of the sheaves: what an allocation or a free costs that this CPU's sheaf can serve.
 *
 *   sheaf_enter, sheaf_leave   the owner's section, without an atomic operation (ADR 0010)
 *   sheaf_claim                the same where threads share the CPU (ADR 0013); sheaf_enter_any: either
 *   sheaf_pop, sheaf_push      one object; ..._shared: of a CPU that threads share; ..._any: of either
 *   object_is_sound            may this pointer be freed to that class?
 *
 * Everything else is sheaf.c.
 */
#ifndef QY_SLAB_SHEAF_H
#define QY_SLAB_SHEAF_H

#include "mm/slab/internal.h"

#define SHEAF_ALWAYS_LOCK \
	2u /* in `remote`: no heavy barrier here, take the lock every time */

/* For paths that are slow anyway: they also enter where there is no heavy barrier, by the lock. */
bool qy_sheaf_enter(struct slab_cpu *cpu);
void qy_sheaf_leave(struct slab_cpu *cpu);

/*
 * Owner only. busy is stored before remote is read, and a remote CPU stores remote, passes the heavy barrier and reads
 * busy: one of the two sees the other. Finding busy set means that an interrupt hit this CPU inside a section; an interrupt
 * between the load and the store of busy has left it as it was.
 * Return: false when somebody else is in; nothing was taken.
 */
static inline bool sheaf_enter(struct slab_cpu *cpu)
{
	u32 before = READ_ONCE(cpu->busy);

	QY_STEP();
	WRITE_ONCE(cpu->busy, 1);
	barrier_compiler();
	/* acquire: what a remote CPU did to the sheaves is seen once remote is 0 again */
	if (likely(!(before | load_acquire(&cpu->remote))))
		return true;
	/* release: pairs with the remote CPU's wait for busy == 0 */
	store_release(&cpu->busy, before);
	return false;
}

/*
 * The owner is who claimed busy. Another thread that finds it so, since this one was sent off its CPU inside the section, does
 * as an interrupt does: it goes around. Between the claim and the look at remote stands what stands there above, since the
 * heavy barrier meets every thread that runs, and one that does not has passed a barrier when it was sent off.
 */
static inline bool sheaf_claim(struct slab_cpu *cpu)
{
	if (unlikely(!qy_cpu_claim(qy_current(), cpu->number, &cpu->busy)))
		return false;
	barrier_compiler();
	/* acquire: what a remote CPU did to the sheaves is seen once remote is 0 again */
	if (likely(!load_acquire(&cpu->remote)))
		return true;
	/* release: pairs with the remote CPU's wait for busy == 0 */
	store_release(&cpu->busy, 0);
	return false;
}

static inline bool sheaf_enter_any(struct slab_cpu *cpu)
{
	return unlikely(cpu->shared) ? sheaf_claim(cpu) : sheaf_enter(cpu);
}

static inline void sheaf_leave(struct slab_cpu *cpu)
{
	/* release: a remote CPU that sees busy == 0 sees the sheaves as we leave them */
	store_release(&cpu->busy, 0);
	QY_STEP();
}

/* pre: the caller has entered. Leaves. Return: NULL = this CPU has none at hand. */
static inline void *pop_and_leave(struct slab_cpu *cpu, u32 id)
{
	void *object = NULL;
	struct sheaf *sheaf = cpu->main[id];
	u32 nr = sheaf->nr;

	QY_STEP();
	if (likely(nr)) {
		object = sheaf->objects[nr - 1];
		sheaf->nr = nr - 1;
	}
	sheaf_leave(cpu);
	return object;
}

/* Return: NULL = this CPU has none at hand. */
static inline void *sheaf_pop(struct slab_cpu *cpu, u32 id)
{
	QY_STEP();
	return likely(sheaf_enter(cpu)) ? pop_and_leave(cpu, id) : NULL;
}

static inline void *sheaf_pop_shared(struct slab_cpu *cpu, u32 id)
{
	QY_STEP();
	return likely(sheaf_claim(cpu)) ? pop_and_leave(cpu, id) : NULL;
}

static inline void *sheaf_pop_any(struct slab_cpu *cpu, u32 id)
{
	QY_STEP();
	return likely(sheaf_enter_any(cpu)) ? pop_and_leave(cpu, id) : NULL;
}

/* As many as there are, of @nr. Return: how many. */
static inline size_t sheaf_pop_bulk(
	struct slab_cpu *cpu, u32 id, size_t nr, void **objects)
{
	if (unlikely(!sheaf_enter_any(cpu)))
		return 0;
	struct sheaf *sheaf = cpu->main[id];
	u32 taken = (u32)min(nr, (size_t)sheaf->nr);

	QY_STEP();
	memcpy(objects, &sheaf->objects[sheaf->nr - taken], taken * sizeof(*objects));
	/* the sheaf that stands for none is never written */
	if (likely(taken))
		sheaf->nr -= taken;
	sheaf_leave(cpu);
	return taken;
}

static inline u32 sheaf_hash(const void *object)
{
	return (u32)((uintptr_t)object >> 3) * 0x9e3779b1u >> (32 - SHEAF_HASH_BITS);
}

enum sheaf_push {
	PUSHED,
	PUSH_FULL,     /* no room, or somebody else is in */
	PUSH_REPEATED, /* the object is there already */
};

/*
 * Is another object of its hash there? Of its hash if the two differ in nothing, and there if place < nr: one branch for both,
 * since which of the two says no cannot be foreseen.
 * pre: nr < capacity; for this and the next two the caller is in the section
 */
static inline bool sheaf_taken(const struct sheaf *sheaf, u32 nr, u32 hash)
{
	u32 place = sheaf->where[hash];
	u32 differs = sheaf_hash(sheaf->objects[place]) ^ hash;

	return (s32)((differs - 1) & (place - nr)) < 0;
}

/*
 * Is it among those of its hash? pre: sheaf_taken(). Bounded by the capacity, as a chain only ascends.
 * Return: whether; if not, @last is the highest of them.
 */
static inline bool sheaf_find(
	const struct sheaf *sheaf, u32 nr, u32 hash, const void *object, u32 *last)
{
	u32 place = sheaf->where[hash], next;

	while (sheaf->objects[place] != object) {
		next = sheaf->above[place];
		if (next <= place || next >= nr ||
			sheaf_hash(sheaf->objects[next]) != hash) {
			*last = place;
			return false;
		}
		place = next;
	}
	return true;
}

static inline void sheaf_put(struct sheaf *sheaf, u32 nr, u32 hash, void *object)
{
	sheaf->where[hash] = (u8)nr;
	sheaf->objects[nr] = object;
	sheaf->nr = nr + 1;
}

static inline enum sheaf_push sheaf_add(struct sheaf *sheaf, u32 nr, void *object)
{
	u32 hash = sheaf_hash(object), last;

	if (likely(!sheaf_taken(sheaf, nr, hash))) {
		sheaf_put(sheaf, nr, hash, object);
		return PUSHED;
	}
	if (sheaf_find(sheaf, nr, hash, object, &last))
		return PUSH_REPEATED;
	/* the lowest of a hash keeps the entry: it stays longest */
	sheaf->above[last] = (u8)nr;
	sheaf->objects[nr] = object;
	sheaf->nr = nr + 1;
	return PUSHED;
}

/* pre: the caller has entered. Leaves. */
static inline enum sheaf_push push_and_leave(
	struct slab_cpu *cpu, u32 id, u32 hash, void *object)
{
	enum sheaf_push result = PUSH_FULL;
	struct sheaf *sheaf = cpu->main[id];
	u32 nr = sheaf->nr;

	QY_STEP();
	if (likely(nr < sheaf->room) && likely(!sheaf_taken(sheaf, nr, hash))) {
		sheaf_put(sheaf, nr, hash, object);
		result = PUSHED;
	}
	sheaf_leave(cpu);
	return result;
}

/* PUSH_FULL also when it takes a closer look: this calls nothing, so that its callers need no stack. */
static inline enum sheaf_push sheaf_push(struct slab_cpu *cpu, u32 id, void *object)
{
	u32 hash = sheaf_hash(object);

	QY_STEP();
	return likely(sheaf_enter(cpu)) ? push_and_leave(cpu, id, hash, object)
					: PUSH_FULL;
}

static inline enum sheaf_push sheaf_push_shared(
	struct slab_cpu *cpu, u32 id, void *object)
{
	u32 hash = sheaf_hash(object);

	QY_STEP();
	return likely(sheaf_claim(cpu)) ? push_and_leave(cpu, id, hash, object)
					: PUSH_FULL;
}

static inline enum sheaf_push sheaf_push_any(struct slab_cpu *cpu, u32 id, void *object)
{
	u32 hash = sheaf_hash(object);

	QY_STEP();
	return likely(sheaf_enter_any(cpu)) ? push_and_leave(cpu, id, hash, object)
					    : PUSH_FULL;
}

/* Is there an object of the class where @object points to? */
static inline bool object_is_sound(const struct object_class *class, const void *object)
{
	u32 offset = (u32)(uintptr_t)object & class->offset_mask;

	return likely(is_multiple(class->inverse, offset)) &&
	       likely(offset < class->used_bytes);
}

/* Of the CPU that a thread is on which shares it. On one that the board has not, of any: it will not be claimed. */
static inline struct slab_cpu *shared_slab_cpu(const struct qy_context *self)
{
	u32 cpu = qy_host_cpu(self);

	return slab_cpu(slabs_of(self->machine), likely(cpu < self->nr_cpus) ? cpu : 0);
}

/* This CPU's share; where CPUs are shared, of the one that the thread is on at this look. */
static inline struct slab_cpu *this_slab_cpu(void)
{
	const struct qy_context *self = qy_current();

	return likely(!self->host_cpu) ? self->slab_cpu : shared_slab_cpu(self);
}

#endif
