// SPDX-License-Identifier: MIT
/*
 * What reclaim is told, and that it does so: the settings of /proc/sys/vm, the seeks of shrinkers, the flags of requests that
 * reclaim themselves or must not fail, and the time that tasks lose by it.
 *
 * Locking: none; one thread.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include "mm/pressure/pressure.h"
#include "mm/task/task.h"
#include <quarry/oom.h>
#include <quarry/slab.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)
#define MS       1000000ull

static struct rig rig;

static void boot(uint64_t bytes)
{
	rig_one_zone(&rig, bytes, 1);
	rig_boot(&rig);
}

static void put(const char *path, const char *text)
{
	CHECK_EQ(qy_proc_write(rig.m, path, text), 0);
}

static uint64_t now_ns(void)
{
	return rig.m->port->clock_ns(rig.m->port->ctx);
}

static struct task_struct *create(const char *comm)
{
	struct task_struct *task = NULL;

	CHECK_EQ(qy_task_create(rig.m, comm, 0, 0, &task), 0);
	return task;
}

static struct file *open_file(const char *name, uint64_t bytes)
{
	struct file *file = NULL;

	CHECK_EQ(qy_file_open(rig.m, NULL, name, bytes, 0, &file), 0);
	return file;
}

/* ------------------------------------------------------------------ shrinkers */

struct cache {
	unsigned long objects; /* always: what is freed is there again at once */
	uint64_t scanned;
	uint64_t takes_ns; /* a call */
	unsigned int depth, deepest;
	uint64_t refused; /* pages that it asked for while it was called */
	bool allocates, had_memalloc;
};

static unsigned long count(struct shrinker *s, struct qy_shrink_control *sc)
{
	(void)sc;
	return ((struct cache *)s->private_data)->objects;
}

static unsigned long scan(struct shrinker *s, struct qy_shrink_control *sc)
{
	struct cache *cache = s->private_data;

	cache->scanned += sc->nr_to_scan;
	if (++cache->depth > cache->deepest)
		cache->deepest = cache->depth;
	if (cache->takes_ns)
		qy_sim_advance(rig.m, cache->takes_ns);
	if (cache->allocates) {
		struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);

		cache->refused += !page;
		if (page)
			qy_free_pages(rig.m, page, 0);
		cache->had_memalloc |= (qy_current()->task_flags & PF_MEMALLOC) != 0;
	}
	cache->depth--;
	return sc->nr_to_scan;
}

static struct shrinker *add_cache(struct cache *cache, const char *name, int seeks)
{
	struct shrinker *s = qy_shrinker_alloc(rig.m, 0, name);

	CHECK(s);
	s->count_objects = count;
	s->scan_objects = scan;
	s->private_data = cache;
	s->seeks = seeks;
	qy_shrinker_register(s);
	return s;
}

/* A stream through a board that is full: kswapd and requests take turns. */
static void stream(uint64_t bytes)
{
	struct file *file = open_file("model", bytes);

	for (uint64_t at = 0; at < bytes; at += PAGES(32)) {
		CHECK_EQ(qy_file_read(file, at, NULL, PAGES(32)), (long)PAGES(32));
		if (at % MIB(1) == 0)
			qy_background_step(rig.m);
	}
	qy_file_close(file);
}

TEST(reclaim_settings, objects_that_are_dear_are_looked_at_less_by_their_seeks)
{
	/* so many that a 4096th is batches enough, and no call leaves a remainder to the next one */
	struct cache cheap = { .objects = 4u << 20 }, dear = cheap, free_of_cost = cheap;
	struct shrinker *s[3];

	boot(MIB(32));
	s[0] = add_cache(&cheap, "dentry", QY_DEFAULT_SEEKS);
	s[1] = add_cache(&dear, "weights", 4 * QY_DEFAULT_SEEKS);
	s[2] = add_cache(&free_of_cost, "ring", 0);
	s[2]->batch = 1 << 20;
	stream(MIB(64));
	CHECK(dear.scanned > 1000);
	CHECK_EQ(cheap.scanned, 4 * dear.scanned);
	/* half of it at each call, against a 2048th and more */
	CHECK(free_of_cost.scanned > 100 * cheap.scanned);
	for (unsigned int i = 0; i < 3; i++)
		qy_shrinker_free(s[i]);
	rig_down(&rig);
}

#define NR_INODES 200u

/* Return: how many are left when page cache was reclaimed at a low priority; then what drop_caches leaves. */
static uint64_t inodes_after_pressure(const char *vfs_cache_pressure, uint64_t *dropped)
{
	uint64_t left;

	boot(MIB(32));
	put("/proc/sys/vm/vfs_cache_pressure", vfs_cache_pressure);
	for (unsigned int i = 0; i < NR_INODES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%u", i);
		qy_file_close(open_file(name, 0));
	}
	CHECK_EQ(qy_inode_count(rig.m), NR_INODES);
	stream(MIB(64));
	left = qy_inode_count(rig.m);
	CHECK_EQ(qy_drop_caches(rig.m, 2), 0);
	*dropped = left - qy_inode_count(rig.m);
	rig_check_valid(rig.m, "inodes");
	rig_down(&rig);
	return left;
}

TEST(reclaim_settings, vfs_cache_pressure_says_how_readily_inodes_go_and_0_keeps_them)
{
	uint64_t dropped;

	CHECK_EQ(inodes_after_pressure("0", &dropped), NR_INODES);
	CHECK_EQ(dropped, 0);
	/* a 4096th of them is none, until they count for a thousand times as many */
	CHECK_EQ(inodes_after_pressure("100", &dropped), NR_INODES);
	CHECK_EQ(dropped, NR_INODES);
	CHECK_EQ(inodes_after_pressure("100000", &dropped), 0);
}

/* ------------------------------------------------------------------ who reclaims himself, who must not fail */

TEST(reclaim_settings, who_reclaims_draws_on_the_reserves_and_does_not_reclaim_again)
{
	struct cache cache = { .objects = 100000, .allocates = true };
	struct shrinker *s;

	boot(MIB(32));
	s = add_cache(&cache, "zram", QY_DEFAULT_SEEKS);
	stream(MIB(64));
	CHECK(cache.scanned > 1000);
	CHECK(cache.had_memalloc);
	CHECK_EQ(cache.deepest, 1);
	CHECK_EQ(cache.refused, 0);
	qy_shrinker_free(s);
	rig_down(&rig);
}

static void end_victim(void *arg, struct qy_machine *m, const struct qy_oom_kill *kill)
{
	++*(unsigned int *)arg;
	qy_task_exit(m, qy_task_find(m, kill->victim.pid));
}

TEST(reclaim_settings,
	a_request_that_must_not_fail_gets_pages_of_the_cache_of_swap_and_of_a_victim)
{
	static struct page *pages[16384];
	unsigned int nr_killed = 0;
	const struct qy_oom_hooks hooks = { .killed = end_victim, .arg = &nr_killed };
	struct task_struct *task;
	uint64_t address;
	uint32_t nr = 0;

	boot(MIB(32));
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(8), 0), 0);
	qy_oom_set_hooks(rig.m, &hooks);
	task = create("bloated_loader");
	CHECK_EQ(qy_task_map(rig.m, task, PAGES(4000), 0, &address), 0);
	CHECK_EQ(qy_task_touch(rig.m, task, address, PAGES(4000), true), 0);
	stream(MIB(16));
	while (!nr_killed && nr < ARRAY_SIZE(pages)) {
		pages[nr] = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOFAIL, 0);
		CHECK(pages[nr++]);
	}
	CHECK_EQ(nr_killed, 1);
	CHECK(rig.m->events[PGSTEAL_FILE] > 1000);
	CHECK(rig.m->events[PSWPOUT] > 1000);
	rig_free_all(rig.m, pages, nr, 0);
	rig_check_valid(rig.m, "a victim");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ marks */

static uint64_t left_in_low_zone(const char *ratio)
{
	static struct page *pages[32768];
	struct qy_zone_stats low;
	size_t nr;

	rig_init(&rig, QY_ARCH_X86_64, 1);
	rig_bank(&rig, KIB(4), MIB(32) - KIB(4), 0);
	rig_bank(&rig, GIB(4), MIB(64), 0);
	rig_boot(&rig);
	put("/proc/sys/vm/watermark_boost_factor", "0");
	put("/proc/sys/vm/lowmem_reserve_ratio", ratio);
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 0, pages, ARRAY_SIZE(pages));
	qy_drain_all_pages(rig.m);
	low = rig_zone(rig.m, 0, QY_ZONE_DMA32);
	CHECK(low.free_pages >= low.watermark[0] + low.lowmem_reserve[QY_ZONE_NORMAL]);
	rig_free_all(rig.m, pages, nr, 0);
	rig_down(&rig);
	return low.free_pages;
}

TEST(reclaim_settings, lowmem_reserve_ratio_keeps_low_memory_from_who_may_use_high)
{
	uint64_t usual = left_in_low_zone("256 256 32"),
		 much = left_in_low_zone("256 16 32");

	/* a 256th of 64 MiB, and a sixteenth */
	CHECK(much > usual + 16384 / 16 - 16384 / 256 - 64);
	CHECK(much < usual + 16384 / 16 - 16384 / 256 + 200);
}

/* Unmovable requests in a board full of movable pages: each takes over a pageblock. Return: the most that a boost came to. */
static uint64_t boost_after_mixing(const char *factor)
{
	static struct page *pages[1500];
	struct qy_zone_stats z;
	uint64_t most = 0, swapped, runs;
	struct task_struct *task;
	uint64_t address;
	struct file *file;

	boot(MIB(64));
	put("/proc/sys/vm/watermark_boost_factor", factor);
	put("/proc/sys/vm/swappiness", "100");
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	task = create("modeld");
	CHECK_EQ(qy_task_map(rig.m, task, PAGES(8000), 0, &address), 0);
	file = open_file("weights", MIB(30));
	for (uint64_t i = 0; i < 7000; i++) {
		CHECK_EQ(qy_task_touch(rig.m, task, address + PAGES(i), 1, true), 0);
		CHECK_EQ(qy_file_read(file, PAGES(i), NULL, QY_PAGE_SIZE), QY_PAGE_SIZE);
	}
	while (qy_background_step(rig.m))
		;
	swapped = rig.m->events[PSWPOUT];
	runs = rig.m->events[PAGEOUTRUN];
	for (uint32_t i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		CHECK(pages[i]);
		z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
		most = z.watermark_boost > most ? z.watermark_boost : most;
	}
	if (most) {
		while (qy_background_step(rig.m))
			;
		z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
		CHECK_EQ(z.watermark_boost, 0);
		CHECK(rig.m->events[PAGEOUTRUN] > runs);
		/* a boost is made of what need not be written */
		CHECK_EQ(rig.m->events[PSWPOUT], swapped);
		CHECK(z.free_pages > z.watermark[2] + most / 2);
	}
	rig_free_all(rig.m, pages, ARRAY_SIZE(pages), 0);
	rig_check_valid(rig.m, "a boost");
	rig_down(&rig);
	return most;
}

TEST(reclaim_settings,
	a_boost_makes_kswapd_reclaim_more_without_writing_and_is_taken_back)
{
	CHECK(boost_after_mixing("15000") >= 512);
	CHECK_EQ(boost_after_mixing("0"), 0);
}

/* ------------------------------------------------------------------ time */

TEST(reclaim_settings, pressure_stall_figures_are_the_time_that_tasks_have_waited)
{
	struct cache cache = { .objects = 1000000, .takes_ns = MS };
	struct qy_psi_figures before, after;
	struct task_struct *task;
	uint64_t address, begin, waited;
	struct shrinker *s;
	char text[256];

	boot(MIB(32));
	s = add_cache(&cache, "slow", QY_DEFAULT_SEEKS);
	task = create("modeld");
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	CHECK_EQ(qy_task_map(rig.m, task, PAGES(12000), 0, &address), 0);
	qy_sim_advance(rig.m, 20000 * MS);
	qy_psi_memory(rig.m, &before);
	CHECK_EQ(before.some_total_us, 0);
	CHECK_EQ(before.some_avg[0], 0);
	begin = now_ns();
	CHECK_EQ(qy_task_touch(rig.m, task, address, PAGES(12000), true), 0);
	/* nothing else takes time: all of it was spent waiting */
	waited = (now_ns() - begin) / 1000;
	CHECK(waited >= 10000);
	qy_psi_memory(rig.m, &after);
	CHECK_EQ(after.some_total_us, waited);
	CHECK_EQ(after.full_total_us, waited);
	qy_sim_advance(rig.m, 2000 * MS);
	qy_psi_memory(rig.m, &after);
	CHECK(after.some_avg[0] > after.some_avg[1] && after.some_avg[1] > 0);
	CHECK(qy_proc_read(rig.m, "/proc/pressure/memory", text, sizeof(text)) > 0);
	CHECK(!strncmp(text, "some avg10=", 11));
	qy_sim_advance(rig.m, 600000 * MS);
	qy_psi_memory(rig.m, &after);
	CHECK_EQ(after.some_avg[0], 0);
	CHECK_EQ(after.some_total_us, waited);
	qy_task_exit(rig.m, task);
	qy_shrinker_free(s);
	rig_down(&rig);
}
