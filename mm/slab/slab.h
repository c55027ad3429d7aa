/* SPDX-License-Identifier: MIT */
/*
 * The slab room: objects. What other rooms may know of it.
 *
 *   qy_slab_layout_tables, qy_slab_boot   its tables, its first caches; nothing is allocated at boot
 *   qy_slab_validate                      its part of qy_machine_validate()
 *   qy_slab_tick                          its part of a CPU's statistics tick
 *   qy_slab_trim                          of qy_machine_trim()
 *
 * A machine without contents (port->no_contents) has no objects: every request fails.
 */
#ifndef QY_SLAB_SLAB_H
#define QY_SLAB_SLAB_H

#include "mm/machine.h"
#include <quarry/slab.h>

/* Hands out zero-filled pieces of the machine's block, or only counts: see layout() in mm/machine.c. */
typedef void *(*qy_take_fn)(void *arg, size_t bytes, size_t align);

void qy_slab_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg);
/* Of these, what depends on CPUs and caches, not on RAM. */
size_t qy_slab_fixed_bytes(const struct qy_machine *m);
void qy_slab_boot(struct qy_machine *m);
bool qy_slab_validate(struct qy_machine *m, char *why, size_t why_size);
/* Begins, with the pool that the boot has reserved; @bytes 0: it has found no place. */
void qy_kfence_boot(struct qy_machine *m, u64 base, u64 bytes);

/* What a thread that becomes this CPU works with. */
struct slab_cpu *qy_slab_cpu(const struct qy_machine *m, u32 cpu);
/* What one works with that shares CPUs: it sends every door the long way, where the CPU is looked up. */
struct slab_cpu *qy_slab_gate(const struct qy_machine *m);

/* What this CPU has not used since the last tick goes back to its slabs. Context: task. */
void qy_slab_tick(struct qy_machine *m, unsigned int cpu);
/* Pages of slabs in which no object lives go back to the host. Context: task. Return: bytes. */
size_t qy_slab_trim(struct qy_machine *m);

/* ------------------------------------------------------------------ what files show of a cache (slab_facts.c) */

struct cache_facts {
	u32 usersize;       /* bytes that may be copied to user space */
	u32 min_partial;    /* slabs of a node's list that stay though they are empty */
	u32 cpu_partial;    /* objects; Linux's formula, see docs/rooms/slab.md */
	u32 sheaf_capacity; /* objects of a CPU's sheaf; 0 = none */
	bool has_ctor;
	bool shares_name; /* its directory is named by kind and size: others could merge when it was made */
};

/* The place in a slab that an address lies in. */
struct slab_place {
	const struct kmem_cache *cache;
	const char *name;
	u32 flags;
	bool has_ctor;
	char *object; /* its begin; the address may lie before it, or behind its end */
	u32 object_size;
};
/* Return: false: in no slab. Context: any; the cache must not be destroyed meanwhile. */
bool qy_slab_place(const struct qy_machine *m, const void *p, struct slab_place *out);
/* Name and object's bytes of the cache that an object is of, sampled by KFENCE or not. false: of none. Context: as above. */
bool qy_cache_of(
	const struct qy_machine *m, const void *p, const char **name, u32 *object_size);
/* What the board would show for a pointer into its memory: PAGE_OFFSET + physical. Others as they are. Context: any. */
u64 qy_board_address(const struct qy_machine *m, const void *p);

/* Counts of one node. */
struct cache_node_counts {
	u64 slabs, partial; /* all; those on the node's list */
	u64 total_objects;  /* in all slabs */
	u64 objects;        /* less the free ones in slabs of the list */
	u64 partial_used;   /* used ones in slabs of the list */
	u32 active;         /* slabs that CPUs take from */
};

/* Context of all: task; the cache must not be destroyed meanwhile. */
void qy_cache_facts(const struct kmem_cache *cache, struct cache_facts *out);
void qy_cache_node_counts(
	struct kmem_cache *cache, u32 node, struct cache_node_counts *out);
void qy_cache_set_min_partial(struct kmem_cache *cache, u32 nr_slabs);
/* May it be made to fail (failslab with cache-filter)? Return: 0; -EINVAL: several caches have merged into it. */
int qy_cache_set_failslab(struct kmem_cache *cache, bool on);
void qy_cache_set_skip_kfence(struct kmem_cache *cache, bool on);
/* Looks at every object of a checked cache; damage is reported. Return: 0; -EINVAL: it is not checked. */
int qy_cache_validate(struct kmem_cache *cache);

#endif
