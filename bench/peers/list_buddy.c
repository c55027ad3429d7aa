// SPDX-License-Identifier: MIT
/*
 * A textbook buddy: a 64-byte record a page, doubly linked free lists through the records, one spinlock.
 *
 *   record.order == order and record.is_free   <=>   the block that begins here is on free_list[order]
 *
 * No per-CPU cache, no types, no watermarks: less work than any real page allocator, but every free looks at the
 * record of its buddy, which is a cache miss.
 * Locking: lock for everything.
 */
#include "bench/peers/peer.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>

#define NR_ORDERS 11

struct record {
	struct record *next, *prev;
	uint32_t order;
	uint32_t is_free;
	char rest_of_the_cache_line[40];
};
_Static_assert(sizeof(struct record) == 64, "as large as Linux's struct page");

static struct record *records;
static uint64_t nr_records;
static struct record free_list[NR_ORDERS]; /* heads */
static atomic_flag lock = ATOMIC_FLAG_INIT;

static void take_lock(void)
{
	for (unsigned int round = 1;
		atomic_flag_test_and_set_explicit(&lock, memory_order_acquire); round++)
		if (!(round & 63))
			sched_yield();
}

static void drop_lock(void)
{
	atomic_flag_clear_explicit(&lock, memory_order_release);
}

static void push(struct record *block, unsigned int order)
{
	struct record *head = &free_list[order];

	block->order = order;
	block->is_free = 1;
	block->next = head->next;
	block->prev = head;
	head->next->prev = block;
	head->next = block;
}

static void unlink_block(struct record *block)
{
	block->prev->next = block->next;
	block->next->prev = block->prev;
	block->is_free = 0;
}

static uint64_t list_buddy_get(unsigned int order)
{
	uint64_t frame = BENCH_NO_FRAME;
	unsigned int found = order;

	take_lock();
	while (found < NR_ORDERS && free_list[found].next == &free_list[found])
		found++;
	if (found < NR_ORDERS) {
		struct record *block = free_list[found].next;

		unlink_block(block);
		while (found > order) {
			found--;
			push(block + (1u << found), found);
		}
		block->order = order;
		frame = (uint64_t)(block - records);
	}
	drop_lock();
	return frame;
}

static void list_buddy_put(uint64_t frame, unsigned int order)
{
	take_lock();
	if (records[frame].is_free || records[frame].order != order)
		abort(); /* its one check */
	while (order < NR_ORDERS - 1) {
		uint64_t buddy = frame ^ 1ull << order;

		if (buddy >= nr_records || !records[buddy].is_free ||
			records[buddy].order != order)
			break;
		unlink_block(&records[buddy]);
		frame &= ~(1ull << order);
		order++;
	}
	push(&records[frame], order);
	drop_lock();
}

static int list_buddy_init(uint64_t nr_frames, unsigned int nr_threads)
{
	const unsigned int largest = NR_ORDERS - 1;

	(void)nr_threads;
	nr_records = nr_frames >> largest << largest;
	records = mmap(NULL, nr_records * sizeof(*records), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (records == MAP_FAILED)
		return -1;
	for (unsigned int order = 0; order < NR_ORDERS; order++)
		free_list[order].next = free_list[order].prev = &free_list[order];
	for (uint64_t frame = nr_records; frame; frame -= 1ull << largest)
		push(&records[frame - (1ull << largest)], largest);
	return 0;
}

static void list_buddy_exit(void)
{
	munmap(records, nr_records * sizeof(*records));
}

static uint64_t list_buddy_metadata_bytes(void)
{
	return nr_records * sizeof(*records);
}

void bench_peer_list_buddy(struct bench_peer *peer)
{
	*peer = (struct bench_peer){
		.name = "list buddy",
		.init = list_buddy_init,
		.get = list_buddy_get,
		.put = list_buddy_put,
		.exit = list_buddy_exit,
		.metadata_bytes = list_buddy_metadata_bytes,
	};
}
