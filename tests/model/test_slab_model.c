// SPDX-License-Identifier: MIT
/*
 * Random operations on objects against a naive reference: a list of what is live, each stamped all over. After every step
 * the room is walked and recounted, and each cache has as many objects in use as the list says. Nothing may be logged but
 * what was asked for: with every letter of slab_debug= correct use says nothing.
 *
 * No state: each test has its own.
 */
#include "tests/model/rig.h"
#include "mm/slab/slab.h"

#define MAX_LIVE   1500
#define MAX_CACHES 12
#define BULK       80

struct object {
	unsigned char *memory;
	size_t bytes;
	int cache; /* index in model->caches; -1: of kmalloc */
	unsigned char stamp;
};

struct model_cache {
	struct kmem_cache *cache;
	unsigned int size;
	unsigned int live;
	bool constructed, typesafe;
};

struct slab_model {
	struct rig rig;
	struct rig_random random;
	struct object live[MAX_LIVE];
	unsigned int nr_live;
	struct model_cache caches[MAX_CACHES];
	uint64_t initial;
	unsigned int nr_made;
	bool short_of_memory; /* failures are reported */
	bool checked;         /* caches are made with any of the debug flags */
};

/* ------------------------------------------------------------------ one object */

static void stamp(struct slab_model *model, struct object *o)
{
	o->stamp = (unsigned char)(rig_random(&model->random) | 1);
	memset(o->memory, o->stamp, o->bytes);
}

static void check_stamp(const struct object *o)
{
	for (size_t i = 0; i < o->bytes; i++)
		if (o->memory[i] != o->stamp)
			FAIL("byte %zu of %zu: 0x%02x, stamped 0x%02x", i, o->bytes,
				o->memory[i], o->stamp);
}

static void add(struct slab_model *model, void *memory, size_t bytes, int cache)
{
	struct object *o = &model->live[model->nr_live++];

	*o = (struct object){ .memory = memory, .bytes = bytes, .cache = cache };
	if (cache >= 0)
		model->caches[cache].live++;
	stamp(model, o);
}

static struct object drop(struct slab_model *model, unsigned int i)
{
	struct object o = model->live[i];

	check_stamp(&o);
	model->live[i] = model->live[--model->nr_live];
	if (o.cache >= 0)
		model->caches[o.cache].live--;
	return o;
}

/* ------------------------------------------------------------------ steps */

static void constructor(void *object)
{
	*(uint64_t *)object = 0x5eed;
}

static int pick_cache(struct slab_model *model)
{
	int first = (int)rig_below(&model->random, MAX_CACHES);

	for (int i = 0; i < MAX_CACHES; i++)
		if (model->caches[(first + i) % MAX_CACHES].cache)
			return (first + i) % MAX_CACHES;
	return -1;
}

/* None, one, or several. */
static qy_slab_flags_t debug_flags(struct slab_model *model)
{
	static const qy_slab_flags_t letters[] = { QY_SLAB_CONSISTENCY_CHECKS,
		QY_SLAB_RED_ZONE, QY_SLAB_POISON, QY_SLAB_STORE_USER, QY_SLAB_TRACE,
		QY_SLAB_FAILSLAB };
	uint32_t which = model->checked ? rig_random(&model->random) : 0;
	qy_slab_flags_t flags = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(letters); i++)
		if (which >> i & 1)
			flags |= letters[i];
	return flags;
}

static void create(struct slab_model *model)
{
	static const unsigned int sizes[] = { 8, 16, 24, 40, 56, 64, 72, 100, 200, 320,
		576, 1000, 1088, 3000, 5000, 9000, 20000, 100000 };
	static const qy_slab_flags_t flags[] = { 0, QY_SLAB_HWCACHE_ALIGN,
		QY_SLAB_RECLAIM_ACCOUNT, QY_SLAB_TYPESAFE_BY_RCU, QY_SLAB_NO_MERGE };
	qy_slab_flags_t chosen =
		flags[rig_below(&model->random, ARRAY_SIZE(flags))] | debug_flags(model);
	bool with_constructor = rig_below(&model->random, 4) == 0;
	unsigned int size = sizes[rig_below(&model->random, ARRAY_SIZE(sizes))];
	char name[24];

	snprintf(name, sizeof(name), "model-%u", ++model->nr_made);
	for (unsigned int i = 0; i < MAX_CACHES; i++) {
		struct model_cache *c = &model->caches[i];

		if (c->cache)
			continue;
		c->size = size;
		c->constructed = with_constructor;
		c->typesafe = chosen & QY_SLAB_TYPESAFE_BY_RCU;
		c->cache = qy_kmem_cache_create(model->rig.m, name, size, 0,
			chosen | (with_constructor ? QY_SLAB_NO_MERGE : 0),
			with_constructor ? constructor : NULL);
		CHECK(c->cache || model->short_of_memory);
		return;
	}
}

/* A cache that merged has users elsewhere; the model destroys what has no object of its own. */
static void destroy(struct slab_model *model)
{
	int i = pick_cache(model);

	if (i < 0 || model->caches[i].live)
		return;
	qy_kmem_cache_destroy(model->caches[i].cache);
	model->caches[i].cache = NULL;
}

static void alloc(struct slab_model *model)
{
	int i = pick_cache(model);
	struct model_cache *c = i < 0 ? NULL : &model->caches[i];
	qy_gfp_t gfp = rig_below(&model->random, 2) ? QY_GFP_KERNEL : QY_GFP_ATOMIC;
	unsigned char *memory;

	if (!c || model->nr_live == MAX_LIVE)
		return;
	memory = !c->constructed && rig_below(&model->random, 4) == 0
			 ? qy_kmem_cache_zalloc(c->cache, gfp)
			 : qy_kmem_cache_alloc(c->cache, gfp);
	if (!memory)
		return;
	if (c->constructed) {
		CHECK_EQ(*(uint64_t *)(void *)memory, 0x5eed);
		model->live[model->nr_live++] = (struct object){ memory, 0, i, 0 };
		c->live++;
		return;
	}
	add(model, memory, c->size, i);
}

static void alloc_bulk(struct slab_model *model)
{
	int i = pick_cache(model);
	void *objects[BULK];
	size_t nr = 1 + rig_below(&model->random, BULK);

	if (i < 0 || model->nr_live + nr > MAX_LIVE || model->caches[i].constructed ||
		model->caches[i].size * nr > MIB(1))
		return;
	nr = qy_kmem_cache_alloc_bulk(model->caches[i].cache, QY_GFP_KERNEL, nr, objects);
	for (size_t k = 0; k < nr; k++)
		add(model, objects[k], model->caches[i].size, i);
}

static void release(struct slab_model *model, unsigned int i)
{
	struct object o = drop(model, i);

	if (o.cache >= 0 && rig_below(&model->random, 2))
		qy_kmem_cache_free(model->caches[o.cache].cache, o.memory);
	else
		qy_kfree(model->rig.m, o.memory);
}

static void free_bulk(struct slab_model *model)
{
	void *objects[BULK];
	size_t nr = 0;

	while (nr < BULK && model->nr_live)
		objects[nr++] =
			drop(model, rig_below(&model->random, model->nr_live)).memory;
	qy_kfree_bulk(model->rig.m, nr, objects);
}

static size_t random_size(struct slab_model *model)
{
	uint32_t limit = rig_below(&model->random, 20) ? 600 : 70000;

	return 1 + rig_below(&model->random, limit);
}

static void kmalloc(struct slab_model *model)
{
	static const qy_gfp_t gfps[] = { QY_GFP_KERNEL, QY_GFP_ATOMIC,
		QY_GFP_KERNEL | QY___GFP_RECLAIMABLE, QY_GFP_KERNEL | QY___GFP_DMA };
	qy_gfp_t gfp = gfps[rig_below(&model->random, ARRAY_SIZE(gfps))];
	size_t size = random_size(model);
	int node = (int)rig_below(&model->random, model->rig.board.nr_nodes + 1) - 1;
	unsigned char *memory;

	if (model->nr_live == MAX_LIVE)
		return;
	if (rig_below(&model->random, 3)) {
		memory = qy_kmalloc_node(model->rig.m, size, gfp, node);
	} else {
		memory = qy_kzalloc(model->rig.m, size, gfp);
		for (size_t i = 0; memory && i < size; i++)
			CHECK_EQ(memory[i], 0);
	}
	if (memory)
		add(model, memory, size, -1);
}

static void krealloc(struct slab_model *model)
{
	unsigned int i;
	struct object *o;
	size_t size = random_size(model), kept;
	void *moved;

	if (!model->nr_live)
		return;
	i = rig_below(&model->random, model->nr_live);
	o = &model->live[i];
	if (o->cache >= 0)
		return;
	kept = size < o->bytes ? size : o->bytes;
	moved = qy_krealloc(model->rig.m, o->memory, size, QY_GFP_KERNEL);
	if (!moved)
		return;
	o->memory = moved;
	o->bytes = kept;
	check_stamp(o);
	o->bytes = size;
	stamp(model, o);
}

static void shrink(struct slab_model *model)
{
	int i = pick_cache(model);

	if (i >= 0)
		qy_kmem_cache_shrink(model->caches[i].cache);
}

static void step(struct slab_model *model)
{
	uint32_t dice = rig_below(&model->random, 200);
	uint32_t cpu = rig_below(&model->random, model->rig.board.nr_cpus);

	if (dice < 2)
		create(model);
	else if (dice < 4)
		destroy(model);
	else if (dice < 6)
		shrink(model);
	else if (dice < 8)
		qy_vmstat_tick(model->rig.m, cpu);
	else if (dice < 10)
		qy_slab_grace_period(model->rig.m);
	else if (dice < 11)
		qy_machine_trim(model->rig.m);
	else if (dice < 20)
		rig_on_cpu(&model->rig, cpu);
	else if (dice < 25)
		alloc_bulk(model);
	else if (dice < 31)
		free_bulk(model);
	else if (dice < 60)
		kmalloc(model);
	else if (dice < 70)
		krealloc(model);
	else if (dice < 125)
		alloc(model);
	else if (model->nr_live)
		release(model, rig_below(&model->random, model->nr_live));
}

/* ------------------------------------------------------------------ what must be true */

static uint64_t in_use(struct slab_model *model, const struct kmem_cache *cache)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(model->rig.m, n, &info); n++)
		if (info.cache == cache)
			return info.total_objects - info.free_objects -
			       info.sheaf_objects;
	FAIL("the cache is not listed");
}

/* Every object of every checked cache is looked at: what is wrong would be logged. */
static void check_objects(struct slab_model *model)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(model->rig.m, n, &info); n++)
		(void)qy_cache_validate(info.cache);
}

/* What a traced cache says of each call is left out; nothing else is there. */
static void check_log(struct slab_model *model)
{
	const char *line = model->rig.log;

	if (model->short_of_memory)
		return;
	while (*line) {
		if (strncmp(line, "<6>TRACE model", 14) &&
			strncmp(line, "<6>Object ", 10))
			FAIL("correct use, and yet: %s", line);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	rig_log_clear(&model->rig);
}

/* Merged caches count together. */
static void check_counts(struct slab_model *model)
{
	for (unsigned int i = 0; i < MAX_CACHES; i++) {
		uint64_t live = 0;

		if (!model->caches[i].cache)
			continue;
		for (unsigned int j = 0; j < MAX_CACHES; j++)
			if (model->caches[j].cache == model->caches[i].cache)
				live += model->caches[j].live;
		CHECK_EQ(in_use(model, model->caches[i].cache), live);
	}
}

static void run(struct slab_model *model, unsigned long steps)
{
	struct qy_kmem_cache_info info;

	rig_boot(&model->rig);
	model->initial = rig_free_frames(model->rig.m);
	model->random.state = qy_test_seed();
	for (unsigned long i = 0; i < steps; i++) {
		step(model);
		rig_check_valid(model->rig.m, "a step");
		check_counts(model);
		if (model->checked && i % 16 == 0)
			check_objects(model);
		check_log(model);
	}
	while (model->nr_live)
		release(model, 0);
	for (unsigned int i = 0; i < MAX_CACHES; i++)
		qy_kmem_cache_destroy(model->caches[i].cache);
	qy_slab_grace_period(model->rig.m);
	qy_slab_grace_period(model->rig.m);
	/* twice: the sheaves of the first round are objects of the second */
	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int n = 0; qy_kmem_cache_info(model->rig.m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
	rig_check_valid(model->rig.m, "the end");
	CHECK_EQ(qy_slab_pages(model->rig.m, -1, false), 0);
	CHECK_EQ(qy_slab_pages(model->rig.m, -1, true), 0);
	CHECK_EQ(rig_free_frames(model->rig.m), model->initial);
	check_log(model);
	rig_down(&model->rig);
}

static struct slab_model model;

static void start(void)
{
	memset(&model, 0, sizeof(model));
}

TEST(slab_model, every_object_has_one_owner_on_one_cpu)
{
	start();
	rig_one_zone(&model.rig, MIB(64), 1);
	run(&model, qy_test_scale(3000));
}

TEST(slab_model, every_object_has_one_owner_on_four_cpus)
{
	start();
	rig_two_zones(&model.rig, MIB(64), GIB(1) + MIB(16), 4);
	run(&model, qy_test_scale(3000));
}

TEST(slab_model, every_object_has_one_owner_on_two_nodes)
{
	start();
	rig_one_zone(&model.rig, MIB(64), 4);
	rig_bank(&model.rig, GIB(2), MIB(64), 1);
	model.rig.cpu_node[2] = model.rig.cpu_node[3] = 1;
	run(&model, qy_test_scale(3000));
}

TEST(slab_model, options_change_no_ownership)
{
	start();
	rig_one_zone(&model.rig, MIB(64), 2);
	model.rig.board.slab.nomerge = true;
	model.rig.board.slab.init_on_alloc = true;
	model.rig.board.slab.init_on_free = true;
	model.rig.board.slab.shuffle = true;
	model.rig.board.slab.min_order = 1;
	run(&model, qy_test_scale(2000));
}

TEST(slab_model, small_memory_refuses_and_loses_nothing)
{
	start();
	rig_one_zone(&model.rig, MIB(4), 2);
	model.short_of_memory = true;
	run(&model, qy_test_scale(3000));
}

/* The caches of kmalloc under the board's letters, those of the model under others that change from cache to cache. */
static void check_letters(const char *debug, bool options)
{
	start();
	rig_two_zones(&model.rig, MIB(32), GIB(1) + MIB(8), 3);
	strcpy(model.rig.board.slab.debug, debug);
	model.rig.board.slab.shuffle = options;
	model.rig.board.slab.init_on_alloc = options;
	model.rig.board.slab.init_on_free = options;
	model.rig.board.slab.nomerge = options;
	model.checked = true;
	run(&model, qy_test_scale(250));
}

TEST(slab_model, every_letter_of_slab_debug_alone_changes_no_ownership)
{
	static const char *const letters[] = { "F", "Z", "P", "U", "A" };

	for (unsigned int i = 0; i < ARRAY_SIZE(letters); i++)
		check_letters(letters[i], false);
}

TEST(slab_model, letters_of_slab_debug_together_change_no_ownership)
{
	static const char *const letters[] = { "FZ", "FP", "ZU", "PU", "FZPU", "FZPUA",
		"ZPU,kmalloc-*;F", "T,model-*;FZPU,kmalloc-64;P", "O;FZPU",
		"-;U,model-*" };

	for (unsigned int i = 0; i < ARRAY_SIZE(letters); i++)
		check_letters(letters[i], i % 2);
}

TEST(slab_model, checked_objects_have_one_owner_on_two_nodes)
{
	start();
	rig_one_zone(&model.rig, MIB(16), 4);
	rig_bank(&model.rig, GIB(2), MIB(16), 1);
	model.rig.cpu_node[2] = model.rig.cpu_node[3] = 1;
	strcpy(model.rig.board.slab.debug, "FZPU");
	model.checked = true;
	run(&model, qy_test_scale(500));
}

TEST(slab_model, small_memory_refuses_checked_objects_and_loses_nothing)
{
	start();
	rig_one_zone(&model.rig, MIB(4), 2);
	strcpy(model.rig.board.slab.debug, "FZPU");
	model.short_of_memory = true;
	model.checked = true;
	run(&model, qy_test_scale(500));
}
