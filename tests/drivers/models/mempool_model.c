// SPDX-License-Identifier: MIT
/* Pools with a reserve: a stack of elements behind an allocator that now has some and now has none. */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "tests/drivers/models/models.h"
#include "tests/runner/test.h"

#define MAX_OUT     64
#define MAX_RESERVE 16

/* ------------------------------------------------------------------ the reserve as a stack */

static struct source {
	bool empty;
	long given, returned;
} source;

static void *give(gfp_t gfp, void *data)
{
	CHECK(data == &source);
	return source.empty ? NULL : (void *)(0x1000 + 8 * source.given++);
}

static void take(void *element, void *data)
{
	CHECK(element && data == &source);
	source.returned++;
}

static void *out[MAX_OUT], *reserve[MAX_RESERVE];
static int nr_out, nr_reserve, min_nr;

static void take_one(mempool_t *pool)
{
	long given = source.given;
	void *element = mempool_alloc(pool, GFP_ATOMIC);

	if (!source.empty) {
		CHECK(element == (void *)(0x1000 + 8 * given));
	} else if (nr_reserve) {
		CHECK(element == reserve[--nr_reserve]);
	} else {
		CHECK(!element);
		return;
	}
	out[nr_out++] = element;
}

static void give_one_back(mempool_t *pool, int i)
{
	long returned = source.returned;
	bool kept = nr_reserve < min_nr;

	mempool_free(out[i], pool);
	CHECK_EQ(source.returned, returned + !kept);
	if (kept)
		reserve[nr_reserve++] = out[i];
	out[i] = out[--nr_out];
}

static void resize(mempool_t *pool, int wanted)
{
	long given = source.given, returned = source.returned;

	CHECK_EQ(mempool_resize(pool, wanted), 0);
	for (; nr_reserve > wanted; nr_reserve--)
		returned++;
	while (wanted > min_nr && nr_reserve < wanted && !source.empty)
		reserve[nr_reserve++] = (void *)(0x1000 + 8 * given++);
	CHECK_EQ(source.returned, returned);
	CHECK_EQ(source.given, given);
	min_nr = wanted;
}

static void stack_rounds(u64 *random, unsigned long steps)
{
	mempool_t *pool;

	source = (struct source){ 0 };
	nr_out = nr_reserve = 0;
	min_nr = 5;
	pool = mempool_create(min_nr, give, take, &source);
	CHECK(pool);
	for (; nr_reserve < min_nr; nr_reserve++)
		reserve[nr_reserve] = (void *)(0x1000 + 8 * (long)nr_reserve);
	for (; steps; steps--) {
		u32 what = model_below(random, 100);

		if (what < 8)
			source.empty = !source.empty;
		else if (what < 12)
			resize(pool, 1 + (int)model_below(random, MAX_RESERVE));
		else if (what < 55 && nr_out < MAX_OUT)
			take_one(pool);
		else if (nr_out)
			give_one_back(pool, (int)model_below(random, (u32)nr_out));
		CHECK_EQ(pool->curr_nr, nr_reserve);
		CHECK_EQ(pool->min_nr, min_nr);
	}
	while (nr_out)
		give_one_back(pool, nr_out - 1);
	source.empty = false;
	resize(pool, nr_reserve ? nr_reserve : 1);
	mempool_destroy(pool);
	CHECK_EQ(source.given, source.returned);
}

/* ------------------------------------------------------------------ bytes of elements stay apart */

static void bytes_rounds(u64 *random, unsigned long steps, mempool_t *pool, size_t bytes,
	void *(*address)(void *element))
{
	u8 tag[MAX_OUT];

	CHECK(pool);
	nr_out = 0;
	for (; steps; steps--) {
		if (nr_out < MAX_OUT && (!nr_out || model_below(random, 100) < 55)) {
			void *element = mempool_alloc(pool, GFP_KERNEL);

			CHECK(element);
			tag[nr_out] = (u8)model_below(random, 256);
			memset(address(element), tag[nr_out], bytes);
			out[nr_out++] = element;
		} else {
			int i = (int)model_below(random, (u32)nr_out);

			CHECK(!memchr_inv(address(out[i]), tag[i], bytes));
			mempool_free(out[i], pool);
			out[i] = out[--nr_out];
			tag[i] = tag[nr_out];
		}
	}
	while (nr_out)
		mempool_free(out[--nr_out], pool);
	mempool_destroy(pool);
}

static void *itself(void *element)
{
	return element;
}

static void *of_page(void *element)
{
	return page_address(element);
}

/* ------------------------------------------------------------------ who may sleep waits */

static mempool_t *waited_for;

static int give_back_later(void *element)
{
	msleep(20);
	mempool_free(element, waited_for);
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static void waiting(void)
{
	struct task_struct *task;
	void *element;

	source = (struct source){ 0 };
	waited_for = mempool_create(1, give, take, &source);
	CHECK(waited_for);
	source.empty = true;
	element = mempool_alloc(waited_for, GFP_KERNEL);
	CHECK(element && !mempool_alloc(waited_for, GFP_NOWAIT));
	task = kthread_run(give_back_later, element, "gives_back");
	CHECK(mempool_alloc(waited_for, GFP_KERNEL) == element);
	kthread_stop(task);
	mempool_free(element, waited_for);
	mempool_destroy(waited_for);
}

void mempool_model(u64 seed, unsigned long steps)
{
	struct kmem_cache *cache = __kmem_cache_create("mempool_model", 72, 0, 0, NULL);

	stack_rounds(&seed, steps);
	bytes_rounds(&seed, steps / 4, mempool_create_slab_pool(4, cache), 72, itself);
	bytes_rounds(&seed, steps / 4, mempool_create_kmalloc_pool(3, 700), 700, itself);
	bytes_rounds(
		&seed, steps / 8, mempool_create_page_pool(2, 1), 2 * PAGE_SIZE, of_page);
	kmem_cache_destroy(cache);
	waiting();
}
