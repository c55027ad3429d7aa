// SPDX-License-Identifier: MIT
/* Pools with a reserve: what a request tries, in which order, and what becomes of an element that comes back. */
#include "tests/model/rig.h"
#include <quarry/mempool.h>
#include <quarry/slab.h>

/* An allocator behind a pool that can be told to have nothing, and remembers what it was asked. */
struct source {
	int left; /* elements that it still has; -1 = any number */
	int given, returned;
	qy_gfp_t asked[8];
	unsigned int nr_asked;
	char memory[64][32];
};

static void *source_alloc(qy_gfp_t gfp, void *data)
{
	struct source *source = data;

	source->asked[source->nr_asked++ % 8] = gfp;
	if (!source->left)
		return NULL;
	if (source->left > 0)
		source->left--;
	return source->memory[source->given++ % 64];
}

static void source_free(void *element, void *data)
{
	struct source *source = data;

	CHECK(element);
	source->returned++;
}

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 2);
	rig_boot(rig);
}

TEST(mempool, a_pool_holds_its_reserve_from_the_start)
{
	static struct rig rig;
	struct source source = { .left = -1 };
	struct qy_mempool *pool;

	boot(&rig);
	pool = qy_mempool_create(rig.m, 4, source_alloc, source_free, &source);
	CHECK(pool);
	CHECK_EQ(source.given, 4);
	CHECK_EQ(pool->curr_nr, 4);
	CHECK_EQ(source.asked[0], QY_GFP_KERNEL);
	qy_mempool_destroy(pool);
	CHECK_EQ(source.returned, 4);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(mempool, a_pool_that_cannot_be_filled_is_not_made)
{
	static struct rig rig;
	struct source source = { .left = 3 };
	struct qy_mempool pool;

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 4, source_alloc, source_free, &source),
		-QY_ENOMEM);
	CHECK_EQ(source.returned, 3);
	CHECK(!pool.elements);
	source.left = 3;
	CHECK(!qy_mempool_create(rig.m, 4, source_alloc, source_free, &source));
	CHECK_EQ(source.returned, 6);
	qy_mempool_exit(&pool); /* once more does nothing */
	rig_down(&rig);
}

TEST(mempool, the_allocator_is_asked_gently_before_the_reserve_is_touched)
{
	static struct rig rig;
	struct source source = { .left = -1 };
	struct qy_mempool pool;
	void *element;

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 1, source_alloc, source_free, &source), 0);
	source.nr_asked = 0;
	element = qy_mempool_alloc(&pool, QY_GFP_KERNEL);
	CHECK(element);
	CHECK_EQ(pool.curr_nr, 1);
	CHECK_EQ(source.nr_asked, 1);
	CHECK_EQ(source.asked[0], (QY_GFP_KERNEL | QY___GFP_NOMEMALLOC |
					  QY___GFP_NORETRY | QY___GFP_NOWARN) &
					  ~(QY___GFP_DIRECT_RECLAIM | QY___GFP_IO));
	qy_mempool_free(element, &pool);
	CHECK_EQ(source.returned, 1); /* the reserve was full */
	qy_mempool_exit(&pool);
	rig_down(&rig);
}

TEST(mempool, an_atomic_request_lives_on_the_reserve_and_then_fails)
{
	static struct rig rig;
	struct source source = { .left = 3 };
	struct qy_mempool pool;
	void *element[3];

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 3, source_alloc, source_free, &source), 0);
	for (int i = 0; i < 3; i++) {
		element[i] = qy_mempool_alloc(&pool, QY_GFP_ATOMIC);
		CHECK(element[i] == source.memory[2 - i]); /* last in, first out */
	}
	source.nr_asked = 0;
	CHECK(!qy_mempool_alloc(&pool, QY_GFP_ATOMIC));
	/* no second try with other flags: there are none that it was denied */
	CHECK_EQ(source.nr_asked, 1);
	CHECK(!qy_mempool_alloc_preallocated(&pool));
	for (int i = 0; i < 3; i++)
		qy_mempool_free(element[i], &pool);
	CHECK_EQ(pool.curr_nr, 3);
	CHECK_EQ(source.returned, 0);
	CHECK(qy_mempool_alloc_preallocated(&pool) == element[2]);
	qy_mempool_free(element[2], &pool);
	qy_mempool_free(NULL, &pool);
	qy_mempool_exit(&pool);
	CHECK_EQ(source.returned, 3);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ waiting */

struct waiter {
	struct rig *rig;
	struct qy_mempool *pool;
	void *element;
};

static void *give_back_later(void *arg)
{
	struct waiter *waiter = arg;
	struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };

	CHECK_EQ(qy_enter_cpu(waiter->rig->m, 1), 1);
	nanosleep(&pause, NULL);
	qy_mempool_free(waiter->element, waiter->pool);
	qy_leave();
	return NULL;
}

TEST(mempool, a_request_that_may_sleep_waits_for_an_element)
{
	static struct rig rig;
	struct source source = { .left = 1 };
	struct qy_mempool pool;
	struct waiter waiter;
	pthread_t thread;

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 1, source_alloc, source_free, &source), 0);
	waiter = (struct waiter){ &rig, &pool, qy_mempool_alloc(&pool, QY_GFP_KERNEL) };
	CHECK(waiter.element);
	CHECK(!pthread_create(&thread, NULL, give_back_later, &waiter));
	source.nr_asked = 0;
	CHECK(qy_mempool_alloc(&pool, QY_GFP_KERNEL) == waiter.element);
	CHECK(source.nr_asked >= 2);
	/* the second time with all it may do, but without a report and the machine's reserves */
	CHECK_EQ(source.asked[1],
		QY_GFP_KERNEL | QY___GFP_NOMEMALLOC | QY___GFP_NORETRY | QY___GFP_NOWARN);
	pthread_join(thread, NULL);
	qy_mempool_free(waiter.element, &pool);
	qy_mempool_exit(&pool);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ resize */

TEST(mempool, a_reserve_grows_and_shrinks)
{
	static struct rig rig;
	struct source source = { .left = -1 };
	struct qy_mempool pool;

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 2, source_alloc, source_free, &source), 0);
	CHECK_EQ(qy_mempool_resize(&pool, 5), 0);
	CHECK_EQ(pool.curr_nr, 5);
	source.left = 1;
	CHECK_EQ(qy_mempool_resize(&pool, 8), 0); /* as far as it goes */
	CHECK_EQ(pool.min_nr, 8);
	CHECK_EQ(pool.curr_nr, 6);
	CHECK_EQ(qy_mempool_resize(&pool, 1), 0);
	CHECK_EQ(pool.curr_nr, 1);
	CHECK_EQ(source.returned, 5);
	CHECK_EQ(qy_mempool_resize(&pool, 0), -QY_EINVAL);
	qy_mempool_exit(&pool);
	CHECK_EQ(source.returned, 6);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ all kinds */

static void exercise(struct rig *rig, struct qy_mempool *pool, int nr)
{
	void *element[16];

	CHECK(pool);
	CHECK_EQ(pool->curr_nr, nr);
	for (int i = 0; i < 16; i++) {
		element[i] = qy_mempool_alloc(pool, QY_GFP_NOIO);
		CHECK(element[i]);
	}
	for (int i = 0; i < 16; i++)
		qy_mempool_free(element[i], pool);
	CHECK_EQ(pool->curr_nr, nr);
	CHECK_EQ(qy_mempool_resize(pool, 3), 0);
	qy_mempool_destroy(pool);
	CHECK_EQ(rig->log_bytes, 0);
}

TEST(mempool, pools_of_caches_kmalloc_and_pages_give_everything_back)
{
	static struct rig rig;
	struct kmem_cache *cache;
	uint64_t before;

	boot(&rig);
	cache = qy_kmem_cache_create(rig.m, "elements", 72, 0, 0, NULL);
	CHECK(cache);
	before = qy_slab_pages(rig.m, -1, false);
	exercise(&rig, qy_mempool_create_slab(rig.m, 8, cache), 8);
	exercise(&rig, qy_mempool_create_kmalloc(rig.m, 8, 5000), 8);
	exercise(&rig, qy_mempool_create_kmalloc(rig.m, 2, 20000), 2);
	exercise(&rig, qy_mempool_create_pages(rig.m, 4, 2), 4);
	CHECK(qy_slab_pages(rig.m, -1, false) >= before);
	qy_kmem_cache_destroy(cache);
	rig_check_valid(rig.m, "pools of all kinds");
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}

TEST(mempool, elements_out_at_the_end_are_told)
{
	static struct rig rig;
	struct source source = { .left = 2 };
	struct qy_mempool pool;
	void *element;

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 2, source_alloc, source_free, &source), 0);
	element = qy_mempool_alloc(&pool, QY_GFP_ATOMIC);
	CHECK(element);
	qy_mempool_exit(&pool);
	CHECK_STR_EQ(
		rig.log, "<3>BUG: mempool ends with 1 of its 2 elements still out\n");
	rig_down(&rig);
}

TEST(mempool, zeroed_elements_are_a_callers_mistake)
{
	static struct rig rig;
	struct source source = { .left = -1 };
	struct qy_mempool pool;

	boot(&rig);
	CHECK_EQ(qy_mempool_init(&pool, rig.m, 1, source_alloc, source_free, &source), 0);
	source.nr_asked = 0;
	qy_mempool_free(qy_mempool_alloc(&pool, QY_GFP_ATOMIC | QY___GFP_ZERO), &pool);
	CHECK(!(source.asked[0] & QY___GFP_ZERO));
	CHECK_STR_EQ(rig.log,
		"<4>mempool_alloc: __GFP_ZERO is ignored: an element from the reserve is not cleared\n");
	qy_mempool_exit(&pool);
	rig_down(&rig);
}
