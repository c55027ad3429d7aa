// SPDX-License-Identifier: MIT
/*
 * The life of caches: made, merged, shrunk, destroyed; those of the boot.
 *
 *   qy_kmem_cache_create, _usercopy, _args, qy_kmem_cache_destroy, qy_kmem_cache_shrink
 *   qy_slab_tables, qy_slab_boot
 *
 * A cache has an id, which finds its sheaves on each CPU; the caches of kmalloc and of the room itself have fixed ones and
 * lie in the machine's tables, all others are objects of the cache "kmem_cache".
 *
 * Locking: slabs->mutex for the list of caches, ids, names and counts of users.
 */
#include "mm/slab/kfence.h"
#include "mm/slab/kmalloc.h"
#include "mm/slab/sheaf.h"
#include "mm/slab/slub_debug.h"

/* ------------------------------------------------------------------ tables */

static u32 table_ids(const struct qy_machine *m)
{
	return clamp(m->nr_frames / 128, 2u * NR_BOOT_IDS, (u32)MAX_CACHES);
}

static size_t cache_bytes(const struct qy_machine *m, const struct qy_board *board)
{
	(void)m;
	return sizeof(struct kmem_cache) +
	       board->nr_nodes * sizeof(struct kmem_cache_node);
}

/* main[], spare[], active[], idle[] of each id behind the struct. */
static size_t cpu_bytes(u32 nr_ids)
{
	size_t per_id = 2 * sizeof(struct sheaf *) + sizeof(u32) + sizeof(u8);

	return round_up(sizeof(struct slab_cpu) + nr_ids * per_id, (size_t)QY_CACHELINE);
}

void qy_slab_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg)
{
	struct qy_slabs nobody, *slabs = take(arg, sizeof(*slabs), QY_CACHELINE);
	u32 nr_ids = table_ids(m);

	m->slabs = slabs;
	if (!slabs)
		slabs = &nobody;
	slabs->nr_ids = nr_ids;
	slabs->cpu_bytes = cpu_bytes(nr_ids);
	slabs->cache_bytes = cache_bytes(m, board);
	slabs->class_map = take(arg, m->nr_frames, QY_CACHELINE);
	slabs->kfence = NULL;
	slabs->kfence_tables = qy_kfence_tables(board, take, arg);
	slabs->by_id = take(arg, nr_ids * sizeof(*slabs->by_id), 8);
	/* and the gate behind them, of which nothing but the struct is used */
	slabs->cpus =
		take(arg, board->nr_cpus * slabs->cpu_bytes + sizeof(struct slab_cpu),
			QY_CACHELINE);
	slabs->boot_caches = take(arg,
		NR_BOOT_IDS * round_up(slabs->cache_bytes, (size_t)QY_CACHELINE),
		QY_CACHELINE);
}

size_t qy_slab_fixed_bytes(const struct qy_machine *m)
{
	const struct qy_slabs *slabs = slabs_of(m);
	size_t cache = round_up(slabs->cache_bytes, (size_t)QY_CACHELINE);

	return sizeof(*slabs) + slabs->nr_ids * sizeof(*slabs->by_id) +
	       m->nr_cpus * slabs->cpu_bytes + NR_BOOT_IDS * cache;
}

/* ------------------------------------------------------------------ what a cache is made of */

/* A sheaf pins at most 32 KiB or so of one size. */
static u16 sheaf_capacity(u32 size)
{
	static const struct {
		u32 size, capacity;
	} steps[] = { { 512, SHEAF_LARGE }, { 2048, SHEAF_SMALL }, { 4096, 12 },
		{ 16384, 4 } };

	for (u32 i = 0; i < ARRAY_SIZE(steps); i++)
		if (size <= steps[i].size)
			return (u16)steps[i].capacity;
	return 0;
}

static u32 nr_present_cpus(const struct qy_machine *m)
{
	return m->nr_cpus;
}

static int make_layout(const struct qy_machine *m, u32 size,
	const struct qy_kmem_cache_args *args, qy_slab_flags_t flags,
	struct slab_layout *layout)
{
	const struct qy_board_slab *board = &m->board->slab;
	const struct slab_request request = {
		.size = size,
		.align = args->align,
		.flags = flags,
		.has_ctor = args->ctor != NULL,
		.freeptr_offset =
			args->use_freeptr_offset ? (s32)args->freeptr_offset : -1,
		.cache_line_bytes = QY_CACHELINE,
		.nr_cpu_ids = nr_present_cpus(m),
		.min_order = board->min_order,
		.max_order = board->max_order,
		.min_objects = board->min_objects,
	};

	return qy_slab_layout(&request, layout);
}

/* With what slab_debug= adds to the flags, unless it makes the least slab larger and 'O' forbids that. */
static int debugged_layout(const struct qy_machine *m, const char *name, u32 size,
	const struct qy_kmem_cache_args *args, qy_slab_flags_t *flags,
	struct slab_layout *layout)
{
	const u32 metadata = QY_SLAB_RED_ZONE | QY_SLAB_POISON | QY_SLAB_STORE_USER;
	const char *debug = m->board->slab.debug;
	struct slab_layout plain;
	int err;

	*flags = qy_slub_debug_flags(debug, name, *flags);
	err = make_layout(m, size, args, *flags, layout);
	if (!qy_slub_debug_keeps_order(debug) ||
		make_layout(m, size, args, *flags & ~metadata, &plain))
		return err;
	if (err || layout->min_order > plain.min_order) {
		*flags &= ~metadata;
		*layout = plain;
	}
	return 0;
}

static qy_gfp_t cache_gfp(qy_slab_flags_t flags, unsigned int order)
{
	qy_gfp_t gfp = order ? QY___GFP_COMP : 0;

	if (flags & QY_SLAB_CACHE_DMA)
		gfp |= QY___GFP_DMA;
	if (flags & QY_SLAB_CACHE_DMA32)
		gfp |= QY___GFP_DMA32;
	if (flags & QY_SLAB_RECLAIM_ACCOUNT)
		gfp |= QY___GFP_RECLAIMABLE;
	return gfp;
}

/* What a free may believe of a pointer without looking at the cache. */
static void set_class(struct qy_slabs *slabs, const struct kmem_cache *cache)
{
	bool plain = !cache->no_sheaves && !cache->zero_on_free && !slabs->many_nodes;

	if (cache->class_byte == CLASS_LOOK)
		return;
	slabs->classes[cache->class_byte] = (struct object_class){
		.inverse = plain ? cache->inverse : 0,
		.offset_mask = (QY_PAGE_SIZE << cache->order) - 1,
		.used_bytes = cache->objects * cache->size,
	};
}

/* pre: zero but for the place of its name. */
static void set_up(struct qy_machine *m, struct kmem_cache *cache, u32 id,
	const struct slab_layout *layout, const struct qy_kmem_cache_args *args,
	qy_slab_flags_t flags)
{
	bool keeps_content =
		args->ctor || flags & (QY_SLAB_TYPESAFE_BY_RCU | QY_SLAB_POISON);
	struct qy_slabs *slabs = slabs_of(m);

	cache->machine = m;
	cache->layout = *layout;
	cache->size = layout->size;
	cache->inverse = UINT64_MAX / layout->size + 1;
	cache->object_size = layout->object_size;
	cache->order = layout->order;
	cache->objects = layout->objects;
	cache->id = (u16)id;
	cache->class_byte = id <= CLASS_LAST ? (u8)id : CLASS_LOOK;
	cache->flags = flags;
	cache->sheaf_capacity = sheaf_capacity(layout->size);
	cache->no_sheaves = !cache->sheaf_capacity || flags & QY_SLAB_DEBUG_FLAGS ||
			    (id >= ID_KMEM_CACHE && id < NR_BOOT_IDS);
	cache->zero_on_alloc = m->board->slab.init_on_alloc && !keeps_content;
	cache->zero_on_free = m->board->slab.init_on_free && !keeps_content;
	cache->gfp = cache_gfp(flags, layout->order);
	cache->ctor = args->ctor;
	cache->useroffset = args->useroffset;
	cache->usersize = args->usersize;
	cache->refcount = 1;
	cache->shares_name = qy_cache_is_mergeable(cache);
	slabs->by_id[id] = cache;
	qy_sheaves_init(m, id);
	set_class(slabs, cache);
	cache->next = slabs->caches;
	slabs->caches = cache;
	slabs->nr_caches++;
}

/* ------------------------------------------------------------------ boot */

static const char kmalloc_size_names[NR_KMALLOC_SIZES][4] = { "8", "16", "32", "64", "96",
	"128", "192", "256", "512", "1k", "2k", "4k", "8k" };
static const u16 kmalloc_sizes[NR_KMALLOC_SIZES] = { 8, 16, 32, 64, 96, 128, 192, 256,
	512, 1024, 2048, 4096, 8192 };

static struct kmem_cache *boot_cache(const struct qy_slabs *slabs, u32 id)
{
	size_t bytes = round_up(slabs->cache_bytes, (size_t)QY_CACHELINE);

	return (struct kmem_cache *)(void *)(slabs->boot_caches +
					     (id - KMALLOC_FIRST_ID) * bytes);
}

static void boot_one(struct qy_machine *m, u32 id, const char *name, u32 size, u32 align,
	qy_slab_flags_t flags)
{
	struct kmem_cache *cache = boot_cache(slabs_of(m), id);
	/* all of an object of kmalloc may be copied to user space; the room's own are its secret */
	const struct qy_kmem_cache_args args = {
		.align = align,
		.usersize = flags & QY_SLAB_KMALLOC ? size : 0,
	};
	struct slab_layout layout;

	BUG_ON(debugged_layout(m, name, size, &args, &flags, &layout));
	qy_snprintf(cache->boot_name, sizeof(cache->boot_name), "%s", name);
	cache->name = cache->boot_name;
	set_up(m, cache, id, &layout, &args, flags);
	cache->refcount = -1; /* not merged with, not destroyed */
	cache->shares_name = false;
}

/* Every kmalloc object is aligned to the largest power of two that divides its size. */
static void boot_kmalloc(struct qy_machine *m, enum kmalloc_type type, u32 i)
{
	static const char *const prefix[NR_KMALLOC_TYPES] = { "kmalloc-", "kmalloc-rcl-",
		"dma-kmalloc-" };
	static const qy_slab_flags_t flags[NR_KMALLOC_TYPES] = { QY_SLAB_KMALLOC,
		QY_SLAB_KMALLOC | QY_SLAB_RECLAIM_ACCOUNT,
		QY_SLAB_KMALLOC | QY_SLAB_CACHE_DMA };
	u32 size = kmalloc_sizes[i];
	char name[24];

	qy_snprintf(name, sizeof(name), "%s%s", prefix[type], kmalloc_size_names[i]);
	boot_one(m, KMALLOC_FIRST_ID + type * NR_KMALLOC_SIZES + i, name, size,
		size & -size, flags[type] | QY_SLAB_KMALLOC);
}

/* Which of two settings decides what a free object holds. */
static void log_precedence(const struct qy_machine *m)
{
	const struct qy_board_slab *slab = &m->board->slab;
	bool poison = qy_slub_debug_flags(slab->debug, "", 0) & QY_SLAB_POISON;

	if (poison && (slab->init_on_alloc || slab->init_on_free))
		qy_printk(m, QY_LOG_INFO,
			"mem auto-init: SLAB_POISON will take precedence over init_on_alloc/init_on_free");
}

void qy_slab_boot(struct qy_machine *m)
{
	struct qy_slabs *slabs = slabs_of(m);

	slabs->many_nodes = m->nr_nodes > 1;
	slabs->long_way = m->port->mark != NULL;
	slabs->random = m->board->slab.seed;
	log_precedence(m);
	for (u32 i = 0; i < m->nr_cpus; i++) {
		struct slab_cpu *cpu = slab_cpu(slabs, i);

		cpu->window = (uintptr_t)m->window;
		cpu->window_bytes = (size_t)m->nr_frames << QY_PAGE_SHIFT;
		cpu->class_map = slabs->class_map;
		cpu->classes = slabs->classes;
		cpu->init_gfp = m->board->slab.init_on_alloc ? QY___GFP_ZERO : 0;
		cpu->number = i;
		cpu->shared = m->shared_cpus;
		cpu->node = qy_cpu_node(m, i);
		cpu->spare = cpu->main + slabs->nr_ids;
		cpu->active = (u32 *)(void *)(cpu->spare + slabs->nr_ids);
		cpu->idle = (u8 *)(cpu->active + slabs->nr_ids);
		if (QY_ALWAYS_LOCK_PCP || !m->port->barrier_heavy)
			cpu->remote = SHEAF_ALWAYS_LOCK;
	}
	/* no request is without these bits, and no object is in a window of 0 bytes */
	qy_slab_gate(m)->init_gfp = ~0u;
	qy_sheaves_init(m, ID_DESTROYED);
	boot_one(m, ID_KMEM_CACHE, "kmem_cache", (u32)slabs->cache_bytes, QY_CACHELINE,
		QY_SLAB_NO_USER_FLAGS);
	boot_one(m, ID_SHEAF_SMALL, "qy_sheaf-small", (u32)SHEAF_BYTES(SHEAF_SMALL), 0,
		QY_SLAB_NO_USER_FLAGS);
	boot_one(m, ID_SHEAF_LARGE, "qy_sheaf-large", (u32)SHEAF_BYTES(SHEAF_LARGE), 0,
		QY_SLAB_NO_USER_FLAGS);
	for (u32 type = 0; type < NR_KMALLOC_TYPES; type++)
		for (u32 i = 0; i < NR_KMALLOC_SIZES; i++)
			boot_kmalloc(m, (enum kmalloc_type)type, i);
}

struct slab_cpu *qy_slab_cpu(const struct qy_machine *m, u32 cpu)
{
	return slab_cpu(slabs_of(m), cpu);
}

struct slab_cpu *qy_slab_gate(const struct qy_machine *m)
{
	return slab_cpu(slabs_of(m), m->nr_cpus);
}

/* ------------------------------------------------------------------ merging */

/* Flags of a cache that shares its slabs with nobody. */
#define NEVER_MERGE                                                                \
	(QY_SLAB_RED_ZONE | QY_SLAB_POISON | QY_SLAB_STORE_USER | QY_SLAB_TRACE |  \
		QY_SLAB_TYPESAFE_BY_RCU | QY_SLAB_NOLEAKTRACE | QY_SLAB_FAILSLAB | \
		QY_SLAB_NO_MERGE)
#define SAME_TO_MERGE                                                        \
	(QY_SLAB_RECLAIM_ACCOUNT | QY_SLAB_CACHE_DMA | QY_SLAB_CACHE_DMA32 | \
		QY_SLAB_ACCOUNT)

bool qy_cache_is_mergeable(const struct kmem_cache *cache)
{
	return !cache->machine->board->slab.nomerge && cache->refcount >= 0 &&
	       !cache->ctor && !cache->usersize && !(cache->flags & NEVER_MERGE);
}

/* An old cache whose slabs a new one of this kind may use; newest first. */
static struct kmem_cache *find_mergeable(struct qy_machine *m, u32 size,
	const struct qy_kmem_cache_args *args, const struct slab_layout *layout,
	qy_slab_flags_t flags)
{
	u32 align = layout->align;

	if (m->board->slab.nomerge || args->ctor || args->usersize || flags & NEVER_MERGE)
		return NULL;
	size = round_up(round_up(size, (u32)sizeof(void *)), align);
	for (struct kmem_cache *cache = slabs_of(m)->caches; cache; cache = cache->next) {
		if (!qy_cache_is_mergeable(cache))
			continue;
		if ((cache->flags ^ flags) & SAME_TO_MERGE || size > cache->size)
			continue;
		if (cache->size & (align - 1) || cache->size - size >= sizeof(void *))
			continue;
		return cache;
	}
	return NULL;
}

/* A further name and user of a cache. Return: false when there is no memory for it. */
static bool add_alias(struct kmem_cache *cache, const char *name, u32 size)
{
	size_t bytes = qy_strlen(name) + 1;
	struct cache_alias *alias =
		qy_kmalloc(cache->machine, sizeof(*alias) + bytes, QY_GFP_KERNEL);

	if (!alias)
		return false;
	memcpy(alias->name, name, bytes);
	alias->next = cache->aliases;
	cache->aliases = alias;
	cache->refcount++;
	cache->object_size = max(cache->object_size, size);
	cache->layout.inuse =
		max(cache->layout.inuse, round_up(size, (u32)sizeof(void *)));
	return true;
}

/* ------------------------------------------------------------------ creation */

#define KNOWN_FLAGS                                                                 \
	(QY_SLAB_HWCACHE_ALIGN | QY_SLAB_CACHE_DMA | QY_SLAB_CACHE_DMA32 |          \
		QY_SLAB_RECLAIM_ACCOUNT | QY_SLAB_PANIC | QY_SLAB_TYPESAFE_BY_RCU | \
		QY_SLAB_NOLEAKTRACE | QY_SLAB_NO_MERGE | QY_SLAB_FAILSLAB |         \
		QY_SLAB_ACCOUNT | QY_SLAB_NO_USER_FLAGS | QY_SLAB_KMALLOC |         \
		QY_SLAB_SKIP_KFENCE | QY_SLAB_DEBUG_FLAGS)

/* Return: what is wrong, to stand behind "kmem_cache_create(NAME)"; NULL: nothing. */
static const char *wrong_arguments(const char *name, u32 size,
	const struct qy_kmem_cache_args *args, qy_slab_flags_t flags)
{
	u32 freeptr = args->use_freeptr_offset ? args->freeptr_offset : 0;

	if (!name || !size || size > QY_KMALLOC_MAX_SIZE)
		return " integrity check failed"; /* Linux's words */
	if (args->align & (args->align - 1) || args->align > QY_KMALLOC_MAX_SIZE)
		return ": the alignment is no power of two up to 4 MiB";
	if (flags & ~KNOWN_FLAGS)
		return ": unknown flags";
	/* a place for the free pointer is named only where the object's content outlives its free */
	if (args->use_freeptr_offset &&
		(!(flags & QY_SLAB_TYPESAFE_BY_RCU) || args->ctor))
		return ": a place for the free pointer is for SLAB_TYPESAFE_BY_RCU without a constructor";
	if (freeptr % sizeof(void *) || freeptr >= size)
		return ": the free pointer does not lie in the object, or not aligned";
	return NULL;
}

/* Linux makes such caches all the same. slabs->mutex is held. */
static void check_name(struct qy_machine *m, const char *name)
{
	for (const char *at = name; *at; at++)
		if (*at == ' ') {
			qy_report_blank_name(m, name);
			break;
		}
	for (const struct kmem_cache *c = slabs_of(m)->caches; c; c = c->next)
		if (same_text(c->name, name)) {
			qy_report_same_name(m, name);
			break;
		}
}

/* As Linux: a part that does not lie inside the object is none at all. */
static void check_usercopy(
	struct qy_machine *m, const char *name, u32 size, struct qy_kmem_cache_args *args)
{
	u32 offset = args->useroffset, bytes = args->usersize;

	if (bytes ? bytes <= size && offset <= size - bytes : !offset)
		return;
	qy_report_bad_usercopy(m, name, offset, bytes, size);
	args->useroffset = args->usersize = 0;
}

static u32 free_id(const struct qy_slabs *slabs)
{
	for (u32 id = NR_BOOT_IDS; id < slabs->nr_ids; id++)
		if (!slabs->by_id[id] && id != CLASS_LARGE && id != CLASS_LOOK)
			return id;
	return 0;
}

/* slabs->mutex is held. Return: 0, with the cache, or -errno. */
static int create_cache(struct qy_machine *m, const char *name, u32 size,
	const struct qy_kmem_cache_args *args, qy_slab_flags_t flags,
	struct kmem_cache **made)
{
	struct qy_slabs *slabs = slabs_of(m);
	size_t name_bytes = qy_strlen(name) + 1;
	struct slab_layout layout;
	struct kmem_cache *cache;
	char *copy;
	u32 id = free_id(slabs);
	int err = debugged_layout(m, name, size, args, &flags, &layout);

	if (err)
		return err;
	*made = find_mergeable(m, size, args, &layout, flags);
	if (*made)
		return add_alias(*made, name, size) ? 0 : -QY_ENOMEM;
	if (!id)
		return -QY_ENOSPC;
	copy = qy_kmalloc(m, name_bytes, QY_GFP_KERNEL);
	if (!copy)
		return -QY_ENOMEM;
	memcpy(copy, name, name_bytes);
	cache = qy_kmem_cache_alloc(slabs->by_id[ID_KMEM_CACHE], QY_GFP_KERNEL);
	if (!cache) {
		qy_kfree(m, copy);
		return -QY_ENOMEM;
	}
	memset(cache, 0, slabs->cache_bytes);
	cache->name = copy;
	set_up(m, cache, id, &layout, args, flags);
	*made = cache;
	return 0;
}

struct kmem_cache *qy_kmem_cache_create_args(struct qy_machine *m, const char *name,
	unsigned int size, const struct qy_kmem_cache_args *args, qy_slab_flags_t flags)
{
	struct qy_kmem_cache_args want = args ? *args : (struct qy_kmem_cache_args){ 0 };
	const char *wrong = wrong_arguments(name, size, &want, flags);
	struct kmem_cache *cache = NULL;
	int err = wrong ? -QY_EINVAL : 0;

	note_sleep(m, QY_GFP_KERNEL);
	if (wrong) {
		qy_report_refused(m, name, wrong);
	} else {
		check_usercopy(m, name, size, &want);
		qy_mutex_lock(&slabs_of(m)->mutex);
		check_name(m, name);
		err = create_cache(m, name, size, &want, flags, &cache);
		qy_mutex_unlock(&slabs_of(m)->mutex);
	}
	if (!err)
		return cache;
	qy_report_create_failed(m, name, err, flags & QY_SLAB_PANIC);
	return NULL;
}

struct kmem_cache *qy_kmem_cache_create_usercopy(struct qy_machine *m, const char *name,
	unsigned int size, unsigned int align, qy_slab_flags_t flags,
	unsigned int useroffset, unsigned int usersize, void (*ctor)(void *object))
{
	const struct qy_kmem_cache_args args = {
		.align = align,
		.useroffset = useroffset,
		.usersize = usersize,
		.ctor = ctor,
	};

	return qy_kmem_cache_create_args(m, name, size, &args, flags);
}

struct kmem_cache *qy_kmem_cache_create(struct qy_machine *m, const char *name,
	unsigned int size, unsigned int align, qy_slab_flags_t flags,
	void (*ctor)(void *object))
{
	return qy_kmem_cache_create_usercopy(m, name, size, align, flags, 0, 0, ctor);
}

/* ------------------------------------------------------------------ the end of a cache */

static u64 nr_slabs(const struct kmem_cache *cache)
{
	u64 nr = 0;

	for (u32 i = 0; i < cache->machine->nr_nodes; i++)
		nr += READ_ONCE(cache->node[i].nr_slabs);
	return nr;
}

static void drop_empty_slabs(struct kmem_cache *cache)
{
	const struct qy_machine *m = cache->machine;

	for (u32 i = 0; i < m->nr_cpus; i++)
		qy_release_active(cache, slab_cpu(slabs_of(m), i));
	qy_discard_empty(cache);
}

/* With the memory of the sheaves that it had. */
static void empty_cache(struct kmem_cache *cache)
{
	const struct qy_slabs *slabs = slabs_of(cache->machine);

	qy_flush_sheaves(cache);
	drop_empty_slabs(cache);
	drop_empty_slabs(slabs->by_id[ID_SHEAF_SMALL]);
	drop_empty_slabs(slabs->by_id[ID_SHEAF_LARGE]);
}

int qy_kmem_cache_shrink(struct kmem_cache *cache)
{
	empty_cache(cache);
	return nr_slabs(cache) != 0;
}

static void unlink_cache(struct qy_slabs *slabs, const struct kmem_cache *cache)
{
	struct kmem_cache **at = &slabs->caches;

	while (*at != cache)
		at = &(*at)->next;
	*at = cache->next;
	slabs->nr_caches--;
}

void qy_release_cache(struct kmem_cache *cache)
{
	struct qy_machine *m = cache->machine;
	struct qy_slabs *slabs = slabs_of(m);

	while (cache->aliases) {
		struct cache_alias *alias = cache->aliases;

		cache->aliases = alias->next;
		qy_kfree(m, alias);
	}
	qy_kfree(m, cache->name);
	slabs->classes[cache->class_byte].inverse = 0;
	/* the id is free from here */
	store_release(&slabs->by_id[cache->id], NULL);
	/* whoever uses it all the same has empty sheaves, and is told, until the memory is another cache's */
	cache->id = ID_DESTROYED;
	cache->class_byte = CLASS_NONE;
	cache->name = (char *)(uintptr_t) "(destroyed)";
	qy_kmem_cache_free(slabs->by_id[ID_KMEM_CACHE], cache);
}

static bool is_listed(const struct qy_slabs *slabs, const struct kmem_cache *cache)
{
	const struct kmem_cache *at = slabs->caches;

	while (at && at != cache)
		at = at->next;
	return at != NULL;
}

void qy_kmem_cache_destroy(struct kmem_cache *cache)
{
	struct qy_machine *m = qy_current()->machine;
	struct qy_slabs *slabs;
	bool waits;

	if (!cache)
		return;
	slabs = slabs_of(m);
	note_sleep(m, QY_GFP_KERNEL);
	qy_mutex_lock(&slabs->mutex);
	if (!is_listed(slabs, cache)) {
		qy_mutex_unlock(&slabs->mutex);
		qy_report_no_cache(m, cache);
		return;
	}
	if (cache->refcount < 0 || --cache->refcount) {
		qy_mutex_unlock(&slabs->mutex);
		return;
	}
	empty_cache(cache);
	if (nr_slabs(cache)) {
		qy_report_remaining(cache);
		qy_mutex_unlock(&slabs->mutex);
		return;
	}
	if (slabs->kfence && qy_kfence_forget_cache(cache))
		qy_report_remaining(cache);
	unlink_cache(slabs, cache);
	qy_spin_lock_irqsave(&slabs->grace_lock);
	cache->destroyed = true;
	waits = cache->nr_waiting != 0;
	qy_spin_unlock_irqrestore(&slabs->grace_lock);
	if (!waits)
		qy_release_cache(cache);
	qy_mutex_unlock(&slabs->mutex);
}
