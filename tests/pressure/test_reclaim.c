// SPDX-License-Identifier: MIT
/*
 * When memory runs short: who is reclaimed, in which order, where it goes, and that it comes back.
 *
 * Locking: none; one thread.
 */
#include "tests/model/rig.h"
#include "mm/pressure/pressure.h"
#include "mm/task/task.h"
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <quarry/slab.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)

static uint64_t stat_of(struct rig *rig, enum node_stat_item item)
{
	return qy_node_total(rig->m, item);
}

static uint64_t event(struct rig *rig, enum machine_event event)
{
	return rig->m->events[event];
}

static void boot(struct rig *rig, uint64_t bytes)
{
	rig_one_zone(rig, bytes, 1);
	rig_boot(rig);
}

/* Without boosts, which a fallback to another type raises. */
static void boot_unboosted(struct rig *rig, uint64_t bytes)
{
	boot(rig, bytes);
	CHECK_EQ(qy_proc_write(rig->m, "/proc/sys/vm/watermark_boost_factor", "0"), 0);
}

static struct task_struct *create(struct rig *rig, const char *comm)
{
	struct task_struct *task = NULL;

	CHECK_EQ(qy_task_create(rig->m, comm, 0, 0, &task), 0);
	return task;
}

static uint64_t map(struct rig *rig, struct task_struct *task, uint64_t pages)
{
	uint64_t address = 0;

	CHECK_EQ(qy_task_map(rig->m, task, PAGES(pages), 0, &address), 0);
	return address;
}

static void write_marks(
	struct rig *rig, struct task_struct *task, uint64_t address, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		CHECK_EQ(qy_task_write(rig->m, task, address + PAGES(i), &i, sizeof(i)),
			0);
}

static void check_marks(
	struct rig *rig, struct task_struct *task, uint64_t address, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++) {
		uint32_t value;

		CHECK_EQ(qy_task_read(rig->m, task, address + PAGES(i), &value, 4), 0);
		CHECK_EQ(value, i);
	}
}

TEST(reclaim, page_cache_makes_room_for_tasks)
{
	static struct rig rig;
	struct task_struct *task;
	struct file *file;
	uint64_t address;

	boot(&rig, MIB(64));
	task = create(&rig, "inferenced");
	CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(56), 0, &file), 0);
	CHECK_EQ(qy_file_read(file, 0, NULL, MIB(56)), (long)MIB(56));
	address = map(&rig, task, 10000);
	write_marks(&rig, task, address, 10000);
	CHECK(event(&rig, PGSTEAL_DIRECT) + event(&rig, PGSTEAL_KSWAPD) > 4000);
	CHECK_EQ(event(&rig, PGSTEAL_ANON), 0); /* no swap */
	rig_check_valid(rig.m, "reclaim");
	check_marks(&rig, task, address, 10000);
	qy_task_exit(rig.m, task);
	qy_file_close(file);
	rig_down(&rig);
}

TEST(reclaim, anonymous_pages_go_to_swap_and_come_back)
{
	static struct rig rig;
	struct task_struct *task;
	struct qy_task_info info;
	uint64_t address;

	boot(&rig, MIB(32));
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), -2), 0);
	task = create(&rig, "bloated_loader");
	address = map(&rig, task, 16384);
	write_marks(&rig, task, address, 16384);
	qy_task_info(rig.m, task, &info);
	CHECK_EQ(info.rss_anon + info.swap_entries, 16384);
	CHECK(info.swap_entries > 8000);
	CHECK_EQ(qy_swap_total(rig.m) - qy_swap_free(rig.m), info.swap_entries);
	rig_check_valid(rig.m, "swapping out");
	check_marks(&rig, task, address, 16384);
	CHECK(event(&rig, PSWPIN) > 8000);
	CHECK(event(&rig, PGMAJFAULT) > 8000);
	CHECK(stat_of(&rig, WORKINGSET_REFAULT_ANON) > 8000);
	rig_check_valid(rig.m, "swapping in");
	qy_task_exit(rig.m, task);
	CHECK_EQ(qy_swap_free(rig.m), qy_swap_total(rig.m));
	CHECK_EQ(qy_swapoff(rig.m, "/swapfile"), 0);
	rig_check_valid(rig.m, "swapoff");
	rig_down(&rig);
}

TEST(reclaim, swapoff_brings_every_page_back)
{
	static struct rig rig;
	struct task_struct *task, *hog;
	struct file *shm;
	uint64_t address, other, shared;

	boot(&rig, MIB(32));
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	task = create(&rig, "modeld");
	address = map(&rig, task, 2000);
	write_marks(&rig, task, address, 2000);
	CHECK_EQ(qy_file_open(rig.m, task, "shm", PAGES(1000), QY_FILE_TMPFS, &shm), 0);
	CHECK_EQ(qy_task_map_file(rig.m, task, shm, 0, PAGES(1000), &shared), 0);
	write_marks(&rig, task, shared, 1000);
	hog = create(&rig, "hog");
	other = map(&rig, hog, 7600);
	CHECK_EQ(qy_task_touch(rig.m, hog, other, PAGES(7600), true), 0);
	CHECK(qy_swap_free(rig.m) + 2000 < qy_swap_total(rig.m));
	rig_check_valid(rig.m, "swapping");
	qy_task_exit(rig.m, hog);
	CHECK_EQ(qy_swapoff(rig.m, "/swapfile"), 0);
	CHECK_EQ(qy_swap_total(rig.m), 0);
	rig_check_valid(rig.m, "swapoff");
	check_marks(&rig, task, address, 2000);
	check_marks(&rig, task, shared, 1000);
	qy_task_exit(rig.m, task);
	rig_down(&rig);
}

/* A task and a file that do not fit together, used in turn. Return: percent of what went that was anonymous. */
static uint64_t anon_share(uint32_t swappiness)
{
	static struct rig rig;
	struct task_struct *task;
	struct file *file;
	uint64_t address, anon, files;

	boot(&rig, MIB(64));
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	rig.m->task_room->vm.swappiness = swappiness;
	task = create(&rig, "modeld");
	address = map(&rig, task, 9000);
	CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(32), 0, &file), 0);
	for (unsigned int i = 0; i < 4; i++) {
		CHECK_EQ(qy_task_touch(rig.m, task, address, PAGES(9000), true), 0);
		CHECK_EQ(qy_file_read(file, 0, NULL, MIB(32)), (long)MIB(32));
		qy_background_step(rig.m);
	}
	anon = event(&rig, PGSTEAL_ANON);
	files = event(&rig, PGSTEAL_FILE);
	rig_check_valid(rig.m, "pressure");
	qy_task_exit(rig.m, task);
	qy_file_close(file);
	rig_down(&rig);
	CHECK(anon + files > 500);
	return anon * 100 / (anon + files);
}

TEST(reclaim, swappiness_0_spares_anonymous_pages_and_200_the_page_cache)
{
	uint64_t none = anon_share(0), even = anon_share(100), all = anon_share(200);

	CHECK_EQ(none, 0);
	CHECK(even > 10 && even < 90);
	CHECK(all > even && all > 75);
}

TEST(reclaim, kswapd_wakes_at_low_and_sleeps_at_high)
{
	static struct rig rig;
	struct qy_zone_stats z;
	struct file *file;

	boot_unboosted(&rig, MIB(64));
	CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(128), 0, &file), 0);
	z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	for (uint64_t at = 0; at < MIB(128); at += PAGES(8)) {
		CHECK_EQ(qy_file_read(file, at, NULL, PAGES(8)), (long)PAGES(8));
		z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
		if (!rig.m->pressure_room->kswapd[0].order)
			continue;
		/* woken for single pages, or for a slab of the index, which may find no block above low, too */
		if (rig.m->pressure_room->kswapd[0].order > 1) {
			qy_kswapd_step(rig.m, 0);
			continue;
		}
		/* below low then; what a CPU's list gave back since is a batch */
		CHECK(z.free_pages <= z.watermark[1] + 128);
		qy_kswapd_step(rig.m, 0);
		z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
		CHECK(z.free_pages > z.watermark[2]);
		CHECK(z.free_pages < z.watermark[2] + 600);
		CHECK_EQ(rig.m->pressure_room->kswapd[0].order, 0);
	}
	CHECK(event(&rig, PAGEOUTRUN) > 5);
	CHECK(event(&rig, PGSTEAL_KSWAPD) > 2 * event(&rig, PGSTEAL_DIRECT));
	rig_check_valid(rig.m, "streaming");
	qy_file_close(file);
	rig_down(&rig);
}

TEST(reclaim,
	min_free_kbytes_moves_the_mark_that_direct_reclaim_and_atomic_requests_stop_at)
{
	static const char *const values[] = { "512", "4096" };
	uint64_t lowest[2], atomic[2];

	for (unsigned int i = 0; i < 2; i++) {
		static struct rig rig;
		static struct page *pages[16384];
		struct file *file;
		size_t nr;

		boot_unboosted(&rig, MIB(64));
		CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/min_free_kbytes", values[i]),
			0);
		CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(128), 0, &file), 0);
		lowest[i] = UINT64_MAX;
		for (uint64_t at = 0; at < MIB(128); at += PAGES(32)) {
			struct qy_zone_stats z;

			CHECK_EQ(
				qy_file_read(file, at, NULL, PAGES(32)), (long)PAGES(32));
			z = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
			lowest[i] = z.free_pages < lowest[i] ? z.free_pages : lowest[i];
		}
		nr = rig_exhaust(rig.m, QY_GFP_ATOMIC, 0, pages, 16384);
		atomic[i] = nr;
		rig_free_all(rig.m, pages, nr, 0);
		qy_file_close(file);
		rig_down(&rig);
	}
	CHECK(lowest[1] > lowest[0] + 700);
	CHECK(atomic[1] > atomic[0] + 400);
}

TEST(reclaim, a_page_that_comes_back_soon_is_active_at_once)
{
	static struct rig rig;
	struct file *hot, *stream;

	boot(&rig, MIB(64));
	CHECK_EQ(qy_file_open(rig.m, NULL, "hot", MIB(16), 0, &hot), 0);
	CHECK_EQ(qy_file_open(rig.m, NULL, "stream", MIB(512), 0, &stream), 0);
	for (unsigned int i = 0; i < 2; i++)
		CHECK_EQ(qy_file_read(hot, 0, NULL, MIB(16)), (long)MIB(16));
	CHECK_EQ(stat_of(&rig, NR_ACTIVE_FILE), 4096);
	for (uint64_t at = 0; at < MIB(256); at += MIB(8)) {
		CHECK_EQ(qy_file_read(stream, at, NULL, MIB(8)), (long)MIB(8));
		CHECK_EQ(qy_file_read(hot, 0, NULL, MIB(16)), (long)MIB(16));
	}
	/* a stream that is looked at once does not push out what is used again and again */
	CHECK(stat_of(&rig, WORKINGSET_REFAULT_FILE) < 2000);
	for (unsigned int i = 0; i < 4; i++)
		for (uint64_t at = 0; at < MIB(52); at += MIB(4))
			CHECK_EQ(qy_file_read(stream, at, NULL, MIB(4)), (long)MIB(4));
	CHECK(stat_of(&rig, WORKINGSET_ACTIVATE_FILE) > 0);
	rig_check_valid(rig.m, "refaults");
	qy_file_close(hot);
	qy_file_close(stream);
	rig_down(&rig);
}

TEST(reclaim, dirty_pages_are_written_before_they_go)
{
	static struct rig rig;
	struct file *file;

	boot(&rig, MIB(32));
	CHECK_EQ(qy_file_open(rig.m, NULL, "log", 0, 0, &file), 0);
	for (uint32_t i = 0; i < 16384; i++) {
		CHECK_EQ(qy_file_write(file, PAGES(i), &i, sizeof(i)), sizeof(i));
		CHECK(stat_of(&rig, NR_FILE_DIRTY) <= qy_dirty_limits(rig.m).dirty + 1);
	}
	CHECK(stat_of(&rig, NR_WRITTEN) > 8000);
	rig_check_valid(rig.m, "a log");
	for (uint32_t i = 0; i < 16384; i++) {
		uint32_t value;

		CHECK_EQ(qy_file_read(file, PAGES(i), &value, 4), 4);
		CHECK_EQ(value, i);
	}
	qy_file_close(file);
	rig_down(&rig);
}

/* What a board says of its memory, once nobody keeps any at hand. */
static void inventory(struct rig *rig, char *text, size_t size)
{
	size_t length;

	CHECK_EQ(qy_drop_caches(rig->m, 3), 0);
	qy_drain_all_pages(rig->m);
	length = (size_t)qy_proc_read(rig->m, "/proc/buddyinfo", text, size);
	length += (size_t)snprintf(text + length, size - length, "%llu slab pages\n",
		(unsigned long long)(qy_slab_pages(rig->m, -1, true) +
				     qy_slab_pages(rig->m, -1, false)));
	qy_proc_read(rig->m, "/proc/swaps", text + length, size - length);
}

TEST(reclaim, after_the_last_task_the_board_has_exactly_the_pages_of_a_fresh_boot)
{
	static struct rig rig;
	static char fresh[4096], after[4096];
	struct task_struct *task[3];
	uint64_t address[3];
	struct page *device;
	struct file *file, *shm;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(8) };
	rig_boot(&rig);
	inventory(&rig, fresh, sizeof(fresh));
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	for (unsigned int i = 0; i < 3; i++) {
		task[i] = create(&rig, "modeld");
		address[i] = map(&rig, task[i], 6000);
	}
	CHECK_EQ(qy_file_open(rig.m, task[0], "log", 0, 0, &file), 0);
	CHECK_EQ(qy_file_open(rig.m, task[1], "shm", PAGES(500), QY_FILE_TMPFS, &shm), 0);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 3; i++)
			write_marks(&rig, task[i], address[i], 6000);
		CHECK_EQ(qy_file_write(file, PAGES(round * 1000), NULL, PAGES(1000)),
			(long)PAGES(1000));
		CHECK_EQ(qy_file_write(shm, 0, NULL, PAGES(500)), (long)PAGES(500));
		device = qy_cma_alloc(rig.m, 0, 2048, 0, true, NULL);
		qy_compact_memory(rig.m);
		qy_background_step(rig.m);
		if (device)
			qy_cma_release(rig.m, 0, device, 2048);
	}
	CHECK(event(&rig, PSWPOUT) > 3000 && event(&rig, PGMIGRATE_SUCCESS) > 500);
	for (unsigned int i = 0; i < 3; i++) {
		check_marks(&rig, task[i], address[i], 6000);
		qy_task_exit(rig.m, task[i]);
	}
	CHECK_EQ(qy_file_unlink(rig.m, "shm"), 0);
	qy_sync(rig.m);
	CHECK_EQ(qy_swapoff(rig.m, "/swapfile"), 0);
	inventory(&rig, after, sizeof(after));
	CHECK_STR_EQ(fresh, after);
	rig_check_valid(rig.m, "the last exit");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ shrinkers */

struct cache {
	unsigned long objects, calls, smallest;
	qy_gfp_t gfp;
};

static unsigned long count_cache(struct shrinker *s, struct qy_shrink_control *sc)
{
	struct cache *cache = s->private_data;

	cache->gfp = sc->gfp_mask;
	return cache->objects;
}

static unsigned long scan_cache(struct shrinker *s, struct qy_shrink_control *sc)
{
	struct cache *cache = s->private_data;
	unsigned long nr =
		sc->nr_to_scan < cache->objects ? sc->nr_to_scan : cache->objects;

	cache->calls++;
	if (sc->nr_to_scan < cache->smallest)
		cache->smallest = sc->nr_to_scan;
	cache->objects -= nr;
	return nr;
}

TEST(reclaim, a_shrinker_is_asked_in_batches_and_gives_all_to_drop_caches_2)
{
	static struct rig rig;
	struct cache cache = { .objects = 100000, .smallest = ~0ul };
	struct shrinker *s;

	boot(&rig, MIB(32));
	s = qy_shrinker_alloc(rig.m, 0, "dentry");
	CHECK(s);
	s->count_objects = count_cache;
	s->scan_objects = scan_cache;
	s->private_data = &cache;
	qy_shrinker_register(s);
	CHECK_EQ(qy_drop_caches(rig.m, 1), 0);
	CHECK_EQ(cache.calls, 0);
	CHECK_EQ(qy_drop_caches(rig.m, 2), 0);
	CHECK(cache.objects < 128);
	CHECK_EQ(cache.smallest, 128);
	CHECK_EQ(cache.gfp, QY_GFP_KERNEL);
	CHECK_EQ(event(&rig, DROP_SLAB), 1);
	CHECK_EQ(event(&rig, DROP_PAGECACHE), 1);
	CHECK(rig_log_count(&rig, "test (100): drop_caches: 2"));
	CHECK_EQ(qy_drop_caches(rig.m, 0), -QY_EINVAL);
	CHECK_EQ(qy_drop_caches(rig.m, 8), -QY_EINVAL);
	CHECK_EQ(qy_drop_caches(rig.m, 7), 0);
	rig_log_clear(&rig);
	CHECK_EQ(qy_drop_caches(rig.m, 3), 0);
	CHECK_EQ(rig_log_count(&rig, "drop_caches"), 0);
	cache.objects = 1000;
	qy_shrinker_free(s);
	CHECK_EQ(qy_drop_caches(rig.m, 2), 0);
	CHECK_EQ(cache.objects, 1000);
	rig_down(&rig);
}

TEST(lecture, drop_caches_and_swappiness_are_echoed_as_on_a_board)
{
	static struct rig rig;
	struct file *file;
	char text[16];

	boot(&rig, MIB(32));
	CHECK_EQ(qy_file_open(rig.m, NULL, "model", MIB(8), 0, &file), 0);
	CHECK_EQ(qy_file_read(file, 0, NULL, MIB(8)), (long)MIB(8));
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/drop_caches", "3"), 0);
	CHECK_EQ(stat_of(&rig, NR_FILE_PAGES), 0);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/drop_caches", "5"), -QY_EINVAL);
	CHECK_EQ(qy_proc_read(rig.m, "/proc/sys/vm/drop_caches", text, 16), -QY_EACCES);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/swappiness", "200"), 0);
	CHECK_EQ(rig.m->task_room->vm.swappiness, 200);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/swappiness", "201"), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig.m, "/proc/sys/vm/dirty_bytes", "1048576"), 0);
	CHECK_EQ(qy_proc_read(rig.m, "/proc/sys/vm/dirty_ratio", text, 16), 2);
	CHECK_STR_EQ(text, "0\n");
	qy_file_close(file);
	rig_down(&rig);
}
