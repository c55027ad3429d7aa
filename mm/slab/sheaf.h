/* SPDX-License-Identifier: MIT */
/*
 * The hot half of the sheaves: what an allocation or a free costs that this CPU's sheaf can serve.
 *
 *   sheaf_enter, sheaf_leave   the owner's section, without an atomic operation (ADR 0010)
 *   sheaf_pop, sheaf_push      one object
 *   object_is_sound            may this pointer be freed to that class?
 *
 * Everything else is sheaf.c.
 */
#ifndef QY_SLAB_SHEAF_H
#define QY_SLAB_SHEAF_H

#include "mm/slab/internal.h"

enum {
	SHEAF_OWNER = 1, /* by the flag alone */
	SHEAF_LOCKED,    /* holding lock as well */
};
#define SHEAF_ALWAYS_LOCK \
	2u /* in `remote`: no heavy barrier here, take the lock every time */

/* Where there is no heavy barrier: by the lock. */
bool qy_sheaf_enter_locked(struct slab_cpu *cpu);
void qy_sheaf_leave_locked(struct slab_cpu *cpu);

/*
 * Owner only. busy is stored before remote is read, and a remote CPU stores remote, passes the heavy barrier and reads
 * busy: one of the two sees the other. Finding busy set means that an interrupt hit this CPU inside a section.
 * Return: false when somebody else is in; nothing was taken.
 */
static inline bool sheaf_enter(struct slab_cpu *cpu)
{
	if (unlikely(READ_ONCE(cpu->busy)))
		return false;
	WRITE_ONCE(cpu->busy, SHEAF_OWNER);
	barrier_compiler();
	/* acquire: what a remote CPU did to the sheaves is seen once remote is 0 again */
	if (likely(!load_acquire(&cpu->remote)))
		return true;
	return qy_sheaf_enter_locked(cpu);
}

static inline void sheaf_leave(struct slab_cpu *cpu)
{
	if (QY_ALWAYS_LOCK_PCP || unlikely(READ_ONCE(cpu->busy) == SHEAF_LOCKED)) {
		qy_sheaf_leave_locked(cpu);
		return;
	}
	/* release: a remote CPU that sees busy == 0 sees the sheaves as we leave them */
	store_release(&cpu->busy, 0);
	QY_STEP();
}

/* Return: NULL = this CPU has none at hand. */
static inline void *sheaf_pop(struct slab_cpu *cpu, u32 id)
{
	void *object = NULL;

	QY_STEP();
	if (unlikely(!sheaf_enter(cpu)))
		return NULL;
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

static inline u32 sheaf_hash(const void *object)
{
	return (u32)((uintptr_t)object >> 3) * 0x9e3779b1u >> 24;
}
_Static_assert(SHEAF_HASHES == 256, "sheaf_hash() gives eight bits");

/* Is it there? Asked when another object of its hash is. Bounded by the capacity. */
static noinline bool sheaf_has(const struct sheaf *sheaf, const void *object)
{
	for (u32 i = sheaf->nr; i-- > 0;)
		if (sheaf->objects[i] == object)
			return true;
	return false;
}

enum sheaf_push {
	PUSHED,
	PUSH_FULL,     /* no room, or somebody else is in */
	PUSH_REPEATED, /* the object is there already */
};

static inline enum sheaf_push sheaf_push(struct slab_cpu *cpu, u32 id, void *object)
{
	enum sheaf_push result = PUSH_FULL;
	u32 hash = sheaf_hash(object);

	QY_STEP();
	if (unlikely(!sheaf_enter(cpu)))
		return PUSH_FULL;
	struct sheaf *sheaf = cpu->main[id];
	u32 nr = sheaf->nr;

	QY_STEP();
	if (likely(nr < sheaf->capacity)) {
		u32 place = sheaf->where[hash];
		bool taken = (place < nr) & (sheaf_hash(sheaf->objects[place]) == hash);

		result = PUSHED;
		if (unlikely(taken) && sheaf_has(sheaf, object)) {
			result = PUSH_REPEATED;
		} else {
			/* the lowest of a hash keeps the entry: it stays longest */
			sheaf->where[hash] = (u8)(taken ? place : nr);
			sheaf->objects[nr] = object;
			sheaf->nr = nr + 1;
		}
	}
	sheaf_leave(cpu);
	return result;
}

/* Is there an object of the class where @object points to? */
static inline bool object_is_sound(const struct object_class *class, const void *object)
{
	u32 offset = (u32)(uintptr_t)object & class->offset_mask;

	return is_multiple(class->inverse, offset) && offset < class->used_bytes;
}

static inline struct slab_cpu *this_slab_cpu(void)
{
	return qy_current()->slab_cpu;
}

#endif
