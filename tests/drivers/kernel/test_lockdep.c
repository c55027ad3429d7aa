// SPDX-License-Identifier: MIT
/* What is said of drivers that take locks in the wrong order or context, and that the right ones hear nothing. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include "tests/drivers/kernel/world.h"

struct engine {
	spinlock_t lock, queue_lock;
	struct mutex mutex, config;
	struct rw_semaphore map;
};

static struct engine *make_engine(void)
{
	struct engine *e = kzalloc(sizeof(*e), GFP_KERNEL);

	CHECK(e);
	spin_lock_init(&e->lock);
	spin_lock_init(&e->queue_lock);
	mutex_init(&e->mutex);
	mutex_init(&e->config);
	init_rwsem(&e->map);
	return e;
}

static noinline void configure(struct engine *e)
{
	mutex_lock(&e->mutex);
	mutex_lock(&e->config);
	mutex_unlock(&e->config);
	mutex_unlock(&e->mutex);
}

static noinline void reset(struct engine *e)
{
	mutex_lock(&e->config);
	mutex_lock(&e->mutex);
	mutex_unlock(&e->mutex);
	mutex_unlock(&e->config);
}

WORLD(lockdep, an_order_that_another_one_turns_round_is_told_with_both_stacks)
{
	struct engine *e = make_engine(), *other = make_engine();

	configure(e);
	configure(other);
	test_forget(0);
	reset(other); /* other locks, the same classes */
	CHECK_EQ(test_log("<3>WARNING: possible circular locking dependency detected\n"),
		1);
	CHECK(test_log("test/101 is trying to acquire lock:\n"));
	CHECK(test_log(" (&e->mutex){....}-{3:3}, at: reset+0x"));
	CHECK(test_log("but task is already holding lock:\n"));
	CHECK(test_log(" (&e->config){....}-{3:3}, at: reset+0x"));
	CHECK(test_log("-> #1 (&e->config){....}-{3:3}:\n<3>       configure+0x"));
	CHECK(test_log("-> #0 (&e->mutex){....}-{3:3}:\n<3>       reset+0x"));
	CHECK(test_log("  lock(&e->config);\n"
		       "<3>                               lock(&e->mutex);\n"
		       "<3>                               lock(&e->config);\n"
		       "<3>  lock(&e->mutex);\n<3>\n<3> *** DEADLOCK ***\n"));
	CHECK(test_log("1 lock held by test/101:\n"));
	reset(e);
	test_forget(1); /* once */
	kfree(e);
	kfree(other);
}

WORLD(lockdep, a_circle_of_three_locks_is_found)
{
	struct engine *e = make_engine();

	configure(e);
	mutex_lock(&e->config);
	down_read(&e->map);
	up_read(&e->map);
	mutex_unlock(&e->config);
	test_forget(0);
	down_write(&e->map);
	mutex_lock(&e->mutex);
	mutex_unlock(&e->mutex);
	up_write(&e->map);
	CHECK(test_log("-> #2 (&e->map){....}-{3:3}:\n"));
	CHECK(test_log("-> #1 (&e->config){....}-{3:3}:\n"));
	test_forget(1);
	kfree(e);
}

WORLD(lockdep, two_locks_of_one_class_want_a_subclass)
{
	struct engine *a = make_engine(), *b = make_engine();

	mutex_lock(&a->mutex);
	mutex_lock_nested(&b->mutex, 1);
	mutex_unlock(&b->mutex);
	mutex_unlock(&a->mutex);
	down_read(&a->map);
	down_read(&b->map); /* readers */
	up_read(&b->map);
	up_read(&a->map);
	test_forget(0);
	spin_lock(&a->lock);
	spin_lock(&b->lock);
	spin_unlock(&b->lock);
	spin_unlock(&a->lock);
	CHECK(test_log("<3>WARNING: possible recursive locking detected\n"));
	CHECK(test_log("  lock(&e->lock);\n<3>  lock(&e->lock);\n"));
	test_forget(1);
	kfree(a);
	kfree(b);
}

static struct engine *engine;

static irqreturn_t takes_in_irq(int irq, void *arg)
{
	spin_lock(&engine->lock);
	spin_unlock(&engine->lock);
	return IRQ_HANDLED;
}

WORLD(lockdep, a_lock_of_an_interrupt_is_not_held_where_it_may_come)
{
	unsigned long flags;

	engine = make_engine();
	CHECK_EQ(request_irq(TEST_IRQ, takes_in_irq, 0, "engine", engine), 0);
	spin_lock_irqsave(&engine->lock, flags);
	spin_unlock_irqrestore(&engine->lock, flags);
	test_raise(1000);
	udelay(2);
	test_forget(0);
	spin_lock(&engine->lock);
	spin_unlock(&engine->lock);
	CHECK(test_log("<3>WARNING: inconsistent lock state\n"));
	CHECK(test_log("inconsistent {IN-HARDIRQ-W} -> {HARDIRQ-ON-W} usage.\n"));
	CHECK(test_log("test/101 [HC0[0]:SC0[0]:HE1:SE1] takes:\n"));
	CHECK(test_log(" (&e->lock){?...}-{2:2}, at: "));
	CHECK(test_log("{IN-HARDIRQ-W} state was registered at:\n<3>  takes_in_irq+0x"));
	test_forget(1);
	free_irq(TEST_IRQ, engine);
	kfree(engine);
}

static struct timer_list timer;

static void takes_in_timer(struct timer_list *t)
{
	spin_lock(&engine->queue_lock);
	spin_unlock(&engine->queue_lock);
}

WORLD(lockdep, a_lock_of_a_timer_is_taken_with_softirqs_off)
{
	engine = make_engine();
	timer_setup(&timer, takes_in_timer, 0);
	mod_timer(&timer, jiffies + 1);
	spin_lock_bh(&engine->queue_lock);
	spin_unlock_bh(&engine->queue_lock);
	msleep(20);
	test_forget(0);
	spin_lock(&engine->queue_lock);
	spin_unlock(&engine->queue_lock);
	CHECK(test_log("inconsistent {IN-SOFTIRQ-W} -> {SOFTIRQ-ON-W} usage.\n"));
	test_forget(1);
	timer_delete_sync(&timer);
	kfree(engine);
}

WORLD(lockdep, a_lock_that_nobody_has_initialised_is_told)
{
	spinlock_t *lock = kzalloc(sizeof(*lock), GFP_KERNEL);

	spin_lock(lock);
	spin_unlock(lock);
	CHECK(test_log("<3>INFO: trying to register non-static key.\n"));
	kfree(lock);
	CHECK_EQ(test_log("held lock freed!"), 0);
}

WORLD(lockdep, memory_with_a_lock_that_is_held_is_not_freed)
{
	struct engine *e = make_engine();

	mutex_lock(&e->mutex);
	kfree(e);
	CHECK(test_log("<3>WARNING: held lock freed!\n"));
	CHECK(test_log("test/101 is freeing memory ffff0000"));
	CHECK(test_log(" #0: ffff0000"));
	test_forget(1);
}

static int keeps_a_lock(void *arg)
{
	mutex_lock(&engine->mutex);
	return 0;
}

static void leaks_a_count(struct work_struct *work)
{
	preempt_disable();
}

WORLD(lockdep, what_is_held_at_the_end_of_a_callback_is_told)
{
	DECLARE_WORK(work, leaks_a_count);

	engine = make_engine();
	CHECK_EQ(qy_world_run(test_world.w, "keeps", keeps_a_lock, NULL), 0);
	CHECK(test_log("<3>WARNING: keeps/102 still has locks held!\n"));
	CHECK(test_log("1 lock held by keeps/102:\n<3> #0: "));
	test_forget(1);
	schedule_work(&work);
	flush_work(&work);
	CHECK(test_log("<3>BUG: workqueue leaked atomic, lock or RCU: kworker/"));
	test_forget(1);
	kfree(engine);
}

/* ------------------------------------------------------------------ sleeping where one must not */

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);
static struct rw_semaphore map;
static struct semaphore slots;
static struct completion done;
static struct work_struct nothing_to_do;
static struct timer_list never;
static struct device device;
static char program[8];

static void no_work(struct work_struct *work)
{
}

static void no_timer(struct timer_list *t)
{
}

static unsigned int sleeps(const char *what)
{
	unsigned int count =
		test_log("BUG: sleeping function called from invalid context at ") +
		test_log("BUG: scheduling while atomic: ");

	if (!count)
		FAIL("%s under a spinlock: nothing was said", what);
	count = test_world.reports;
	test_forget(count);
	return count;
}

/* Once under a spinlock, a second of virtual time apart: some are told at most once a second. */
#define SLEEPS(...)                   \
	do {                          \
		msleep(1100);         \
		spin_lock(&lock);     \
		__VA_ARGS__;          \
		spin_unlock(&lock);   \
		sleeps(#__VA_ARGS__); \
	} while (0)

WORLD(lockdep, every_door_that_may_sleep_says_so_under_a_spinlock)
{
	static const struct qy_board_device desc = { .name = "1000.engine" };
	struct kmem_cache *cache = kmem_cache_create("engines", 64, 0, 0, NULL);
	void *p = NULL, *area = NULL, *cpu = NULL;
	struct page *page = NULL;
	dma_addr_t dma;
	char byte = 0;

	CHECK_EQ(qy_device_add(&device, &desc), 0);
	init_rwsem(&map);
	sema_init(&slots, 1);
	init_completion(&done);
	INIT_WORK(&nothing_to_do, no_work);
	timer_setup(&never, no_timer, 0);

	SLEEPS(p = kmalloc(100, GFP_KERNEL));
	kfree(p);
	SLEEPS(p = kmem_cache_alloc(cache, GFP_KERNEL));
	kmem_cache_free(cache, p);
	SLEEPS(page = alloc_page(GFP_KERNEL));
	__free_page(page);
	SLEEPS(area = vmalloc(8192));
	vfree(area);
	SLEEPS(cpu = dma_alloc_coherent(&device, 8192, &dma, GFP_KERNEL));
	dma_free_coherent(&device, 8192, cpu, dma);
	SLEEPS(mutex_lock(&mutex); mutex_unlock(&mutex));
	SLEEPS(down(&slots); up(&slots));
	SLEEPS(down_read(&map); up_read(&map));
	SLEEPS(complete(&done); wait_for_completion(&done));
	SLEEPS(CHECK_EQ(copy_to_user(program, &byte, 1), 0));
	SLEEPS(CHECK_EQ(copy_from_user(&byte, program, 1), 0));
	SLEEPS(flush_work(&nothing_to_do));
	SLEEPS(cancel_work_sync(&nothing_to_do));
	SLEEPS(synchronize_irq(TEST_IRQ));
	SLEEPS(synchronize_rcu());
	SLEEPS(usleep_range(1, 2));
	SLEEPS(msleep(1));
	SLEEPS(cond_resched());
	SLEEPS(kmem_cache_destroy(cache));
	kfree(kmalloc(100, GFP_ATOMIC));
	test_forget(0);
	qy_device_del(&device);
}

WORLD(lockdep, memory_goes_back_only_where_it_may)
{
	static const struct qy_board_device desc = { .name = "1000.engine" };
	unsigned long flags;
	dma_addr_t dma;
	void *cpu;

	CHECK_EQ(qy_device_add(&device, &desc), 0);
	cpu = dma_alloc_coherent(&device, 8192, &dma, GFP_KERNEL);
	local_irq_save(flags);
	dma_free_coherent(&device, 8192, cpu, dma);
	local_irq_restore(flags);
	CHECK(test_world.reports || test_log("WARNING"));
	test_forget(test_world.reports);
	qy_device_del(&device);
}
