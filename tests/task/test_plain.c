// SPDX-License-Identifier: MIT
/*
 * Memory of a task that is reached by plain pointers: the same bytes as by the task's functions, whatever is reclaimed, swapped
 * and moved under them, also while threads write; what is counted; and what happens when a page cannot come.
 *
 * Locking: in the hammer each thread has words of its own in every page; it writes these and reads the others'.
 */
#include "tests/model/rig.h"
#include "mm/task/internal.h"
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <quarry/reclaim.h>

#include <errno.h>

#define PAGES(n) ((uint64_t)(n)*QY_PAGE_SIZE)

static uint64_t map_plain(
	struct rig *rig, struct task_struct *task, uint64_t pages, uint64_t **words)
{
	uint64_t address = 0;

	CHECK_EQ(qy_task_map(rig->m, task, PAGES(pages), QY_MAP_PLAIN, &address), 0);
	*words = qy_task_pointer(rig->m, task, address);
	CHECK(*words);
	return address;
}

static struct task_struct *create(struct rig *rig, const char *comm)
{
	struct task_struct *task = NULL;

	CHECK_EQ(qy_task_create(rig->m, comm, 0, 0, &task), 0);
	return task;
}

static uint64_t rss(struct rig *rig, struct task_struct *task)
{
	struct qy_task_info info;

	qy_task_info(rig->m, task, &info);
	return info.rss_anon;
}

TEST(plain, pointers_and_the_functions_of_a_task_reach_the_same_bytes)
{
	static struct rig rig;
	struct task_struct *task;
	uint64_t *words, address, fresh, handles, value = 7;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	qy_drain_all_pages(rig.m);
	fresh = rig_free_frames(rig.m);
	task = create(&rig, "modeld");
	address = map_plain(&rig, task, 100, &words);
	CHECK_EQ(rss(&rig, task), 0);
	CHECK_EQ(words[512 * 3],
		0); /* the page is there from the first access on, of whatever kind */
	CHECK_EQ(rss(&rig, task), 1);
	words[512 * 3] = 42;
	CHECK_EQ(qy_task_read(rig.m, task, address + PAGES(3), &value, 8), 0);
	CHECK_EQ(value, 42);
	value = 43;
	CHECK_EQ(qy_task_write(rig.m, task, address + PAGES(3) + 8, &value, 8), 0);
	CHECK_EQ(words[512 * 3 + 1], 43);
	CHECK_EQ(qy_task_write(rig.m, task, address + PAGES(4), &value, 8), 0);
	CHECK_EQ(words[512 * 4], 43);
	CHECK(qy_task_pointer(rig.m, task, address + PAGES(4) + 9) ==
		(char *)&words[512 * 4 + 1] + 1);
	CHECK(!qy_task_pointer(rig.m, task, address + PAGES(100)));
	CHECK_EQ(qy_task_map(rig.m, task, PAGES(5), 0, &handles), 0);
	CHECK(!qy_task_pointer(rig.m, task, handles));
	rig_check_valid(rig.m, "accesses");
	/* a hole in the middle: its addresses are nobody's, those around it stay */
	CHECK_EQ(qy_task_unmap(rig.m, task, address + PAGES(3), PAGES(1)), 0);
	CHECK(!qy_task_pointer(rig.m, task, address + PAGES(3)));
	CHECK_EQ(words[512 * 4], 43);
	words[512 * 2] = 1;
	CHECK_EQ(rss(&rig, task), 2);
	rig_check_valid(rig.m, "a hole");
	qy_task_exit(rig.m, task);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), fresh);
	rig_down(&rig);
}

TEST(plain, pages_go_to_swap_and_come_back_when_the_pointer_is_used)
{
	static struct rig rig;
	struct task_struct *task, *hog;
	struct qy_task_info info;
	uint64_t *words, other;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	task = create(&rig, "inferenced");
	map_plain(&rig, task, 3000, &words);
	for (uint64_t i = 0; i < 3000; i++)
		words[i * 512 + i % 512] = i + 1;
	CHECK_EQ(rss(&rig, task), 3000);
	hog = create(&rig, "hog");
	CHECK_EQ(qy_task_map(rig.m, hog, PAGES(7000), 0, &other), 0);
	CHECK_EQ(qy_task_touch(rig.m, hog, other, PAGES(7000), true), 0);
	qy_task_info(rig.m, task, &info);
	CHECK(info.swap_entries > 1000);
	CHECK_EQ(info.rss_anon + info.swap_entries, 3000);
	rig_check_valid(rig.m, "swapping out");
	for (uint64_t i = 0; i < 3000; i++)
		CHECK_EQ(words[i * 512 + i % 512], i + 1);
	qy_task_info(rig.m, task, &info);
	CHECK(info.maj_faults > 1000);
	rig_check_valid(rig.m, "swapping in");
	qy_task_exit(rig.m, hog);
	qy_task_exit(rig.m, task);
	CHECK_EQ(qy_swapoff(rig.m, "/swapfile"), 0);
	rig_down(&rig);
}

/* Used pages stay, others go: that a pointer was used is seen though the host does not say so. */
TEST(plain, pages_that_are_used_are_spared)
{
	static struct rig rig;
	struct task_struct *task;
	struct qy_task_info info;
	uint64_t *words, majors;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(128), 0), 0);
	task = create(&rig, "inferenced");
	map_plain(&rig, task, 20000, &words);
	for (uint64_t i = 0; i < 1000; i++)
		words[i * 512] = i;
	for (uint64_t i = 1000; i < 20000; i++) {
		words[i * 512] = i;
		if (i % 200 == 0)
			for (uint64_t used = 0; used < 1000; used++)
				words[used * 512]++;
	}
	qy_task_info(rig.m, task, &info);
	majors = info.maj_faults;
	for (uint64_t i = 0; i < 1000; i++)
		CHECK_EQ(words[i * 512], i + 95);
	qy_task_info(rig.m, task, &info);
	CHECK(info.maj_faults - majors < 300);
	CHECK(info.swap_entries > 10000);
	qy_task_exit(rig.m, task);
	rig_down(&rig);
}

TEST(plain, pages_move_under_their_pointers_and_a_pinned_one_is_good_for_the_hosts_kernel)
{
	static struct rig rig;
	struct task_struct *task, *other;
	struct page *pinned, *device;
	uint64_t *words, *others, address;
	int pipes[2];

	rig_one_zone(&rig, MIB(32), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(8) };
	rig_boot(&rig);
	qy_poison_moved_set(rig.m, true);
	CHECK_EQ(qy_swapon(rig.m, "/swapfile", MIB(64), 0), 0);
	task = create(&rig, "modeld");
	other = create(&rig, "controlsd");
	address = map_plain(&rig, task, 3000, &words);
	map_plain(&rig, other, 3000, &others);
	CHECK_EQ(qy_task_pin(rig.m, task, address, &pinned), 0);
	for (uint64_t i = 0; i < 3000; i++) {
		words[i * 512] = i;
		others[i * 512] = i;
	}
	qy_task_exit(rig.m, other);
	qy_compact_memory(rig.m);
	CHECK(READ_ONCE(rig.m->events[PGMIGRATE_SUCCESS]) > 500);
	device = qy_cma_alloc(rig.m, 0, 2048, 0, true, NULL);
	CHECK(device);
	CHECK_EQ(pipe(pipes), 0);
	CHECK_EQ(write(pipes[1], "quarry", 6), 6);
	CHECK_EQ(read(pipes[0], words, 6), 6);
	CHECK(!memcmp(words, "quarry", 6));
	words[0] = 0;
	for (uint64_t i = 0; i < 3000; i++)
		CHECK_EQ(words[i * 512], i);
	qy_cma_release(rig.m, 0, device, 2048);
	qy_task_unpin(rig.m, pinned);
	close(pipes[0]);
	close(pipes[1]);
	rig_check_valid(rig.m, "moves");
	qy_task_exit(rig.m, task);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ pages that cannot come */

static void on_fault(void *arg, void *address, int err)
{
	fprintf(stderr, "%s at page %lu: %d\n", (const char *)arg,
		(unsigned long)((uintptr_t)address / QY_PAGE_SIZE % 2), err);
	_exit(1);
}

/* As on a board, where it has been sent SIGKILL. @told: somebody wants to know. */
static void access_when_killed(bool told)
{
	static struct rig rig;
	struct task_struct *task;
	uint64_t *words;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	task = create(&rig, "bloated_loader");
	map_plain(&rig, task, 100, &words);
	if (told)
		qy_task_on_fault(rig.m, task, on_fault, (void *)(uintptr_t) "a victim");
	words[0] = 1;
	qy_task_kill(task);
	words[0] = 2; /* what is there stays until it exits */
	words += (uintptr_t)words / QY_PAGE_SIZE % 2 ? 1024 : 512;
	fprintf(stderr, "a killed task is at page %lu\n",
		(unsigned long)((uintptr_t)words / QY_PAGE_SIZE % 2));
	words[0] = 1;
	fprintf(stderr, "and got it\n");
}

TEST(plain, an_access_of_a_killed_task_is_told_and_ends_there)
{
	DEATH("a victim at page 1: -4", access_when_killed(true));
	DEATH("a killed task is at page 1", access_when_killed(false));
}

TEST(plain, a_limit_of_the_hosts_mappings_is_refused_when_the_range_is_made)
{
	static struct rig rig;
	struct task_struct *task;
	uint64_t address;

	rig_one_zone(&rig, MIB(32), 1);
	rig_boot(&rig);
	task = create(&rig, "modeld");
	CHECK_EQ(qy_task_map(
			 rig.m, task, GIB(64), QY_MAP_PLAIN | QY_MAP_NORESERVE, &address),
		-QY_ENOSPC);
	for (unsigned int i = 0; i < 40; i++) {
		CHECK_EQ(qy_task_map(rig.m, task, MIB(100),
				 QY_MAP_PLAIN | QY_MAP_NORESERVE, &address),
			0);
		CHECK_EQ(qy_task_unmap(rig.m, task, address, MIB(100)), 0);
	}
	qy_task_exit(rig.m, task);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the hammer */

#define HAMMER_PAGES 3000u
#define WRITERS      2u

static struct {
	struct rig rig;
	uint64_t *words;
	unsigned long rounds;
	int running; /* writers; atomic */
} hammer;

/* Words of its own, two in each page; in none of the machines: a CPU for as long as a fault takes. */
static void *writer(void *arg)
{
	uintptr_t self = (uintptr_t)arg;
	static uint32_t counts[WRITERS][HAMMER_PAGES];
	struct rig_random random = { qy_test_seed() + self };

	memset(counts[self], 0, sizeof(counts[self]));
	for (unsigned long i = 0; i < hammer.rounds; i++) {
		uint32_t page = rig_below(&random, HAMMER_PAGES), burst = 1;

		burst += rig_below(&random, 8);
		for (; burst-- && page < HAMMER_PAGES; page++) {
			uint64_t *first = &hammer.words[page * 512 + self];
			uint64_t *last = &hammer.words[page * 512 + 511 - self];

			CHECK_EQ(*first, counts[self][page]);
			CHECK_EQ(*last,
				~(uint64_t)counts[self][page] + !counts[self][page]);
			counts[self][page]++;
			*first = counts[self][page];
			*last = ~(uint64_t)counts[self][page];
		}
	}
	for (uint32_t page = 0; page < HAMMER_PAGES; page++)
		CHECK_EQ(hammer.words[page * 512 + self], counts[self][page]);
	__atomic_fetch_sub(&hammer.running, 1, __ATOMIC_RELEASE);
	return NULL;
}

TEST(plain, threads_that_write_lose_nothing_while_pages_are_reclaimed_swapped_and_moved)
{
	pthread_t threads[WRITERS];
	struct task_struct *task, *hog;
	uint64_t other;
	unsigned int round = 0;

	memset(&hammer, 0, sizeof(hammer));
	hammer.rounds = qy_test_scale(700);
	hammer.running = WRITERS;
	rig_one_zone(&hammer.rig, MIB(24), 5);
	hammer.rig.background = true;
	hammer.rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(4) };
	rig_boot(&hammer.rig);
	qy_poison_moved_set(hammer.rig.m, true);
	CHECK_EQ(qy_swapon(hammer.rig.m, "/swapfile", MIB(64), 0), 0);
	task = create(&hammer.rig, "inferenced");
	hog = create(&hammer.rig, "hog");
	map_plain(&hammer.rig, task, HAMMER_PAGES, &hammer.words);
	CHECK_EQ(qy_task_map(hammer.rig.m, hog, PAGES(4000), 0, &other), 0);
	for (uintptr_t i = 0; i < WRITERS; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, writer, (void *)i), 0);
	while (__atomic_load_n(&hammer.running, __ATOMIC_ACQUIRE) || round < 16) {
		struct page *device = qy_cma_alloc(hammer.rig.m, 0, 512, 0, true, NULL);

		if (device)
			qy_cma_release(hammer.rig.m, 0, device, 512);
		CHECK_EQ(qy_task_touch(hammer.rig.m, hog,
				 other + PAGES(round++ % 8 * 500), PAGES(500), true),
			0);
		if (round % 4 == 0)
			qy_compact_memory(hammer.rig.m);
	}
	for (uintptr_t i = 0; i < WRITERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(READ_ONCE(hammer.rig.m->events[PSWPOUT]) > 500);
	CHECK(READ_ONCE(hammer.rig.m->events[PSWPIN]) > 0);
	CHECK(READ_ONCE(hammer.rig.m->events[PGMIGRATE_SUCCESS]) > 100);
	CHECK_EQ(qy_hosted_background(hammer.rig.m, false), 0);
	rig_check_valid(hammer.rig.m, "the hammer");
	qy_task_exit(hammer.rig.m, hog);
	qy_task_exit(hammer.rig.m, task);
	CHECK_EQ(qy_swapoff(hammer.rig.m, "/swapfile"), 0);
	rig_down(&hammer.rig);
}
