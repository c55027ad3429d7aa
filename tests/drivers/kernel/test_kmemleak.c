// SPDX-License-Identifier: MIT
/* Objects that nothing points to are found while everything runs, and no others. */
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "tests/drivers/kernel/world.h"

struct item {
	struct item *next;
	struct timer_list timer;
	char name[20];
};

static struct item *items;
static struct item **table;
static struct item **of_cpus;
static DEFINE_XARRAY(by_number);
/* No pointers: their bits are turned round. */
static unsigned long lost, timers, irqs;

static void never(struct timer_list *t)
{
}

static irqreturn_t nothing(int irq, void *arg)
{
	return IRQ_NONE;
}

static struct item *make(const char *name)
{
	struct item *item = kzalloc(sizeof(*item), GFP_KERNEL);

	strscpy(item->name, name, sizeof(item->name));
	timer_setup(&item->timer, never, 0);
	return item;
}

/* In a task of its own, whose stack is gone afterwards. */
static int make_all(void *arg)
{
	struct item *of_timer = make("timer"), *of_irq = make("irq");

	items = make("first");
	items->next = make("second");
	table = vmalloc(8192);
	table[700] = make("table");
	xa_store(&by_number, 7, make("number"), GFP_KERNEL);
	mod_timer(&of_timer->timer, jiffies + 1000 * HZ);
	of_cpus = alloc_percpu(struct item *);
	*per_cpu_ptr(of_cpus, 1) = make("CPU");
	timers = ~(unsigned long)of_timer;
	irqs = ~(unsigned long)of_irq;
	return request_irq(TEST_IRQ, nothing, 0, "items", of_irq);
}

static int lose(void *arg)
{
	lost = ~(unsigned long)make("lost");
	return 0;
}

WORLD(kmemleak, an_object_that_nothing_points_to_is_told_once_with_who_took_it)
{
	CHECK_EQ(qy_world_run(test_world.w, "make", make_all, NULL), 0);
	CHECK_EQ(qy_world_kmemleak(test_world.w), 0);
	CHECK_EQ(qy_world_run(test_world.w, "lose", lose, NULL), 0);
	CHECK_EQ(qy_world_kmemleak(test_world.w), 1);
	CHECK(test_log("<3>kmemleak: 1 new suspected memory leaks\n"));
	CHECK(test_log("<3>unreferenced object 0xffff0000"));
	CHECK(test_log("  comm \"lose\", pid "));
	CHECK(test_log("  backtrace (crc 0):\n<3>    "));
	CHECK_EQ(qy_world_kmemleak(test_world.w), 0);
	CHECK(test_log("unreferenced object") == 1);
	kfree((void *)~lost);
	free_irq(TEST_IRQ, (void *)~irqs);
	kfree((void *)~irqs);
	timer_delete_sync(&((struct item *)~timers)->timer);
	kfree((void *)~timers);
	kfree(*per_cpu_ptr(of_cpus, 1));
	free_percpu(of_cpus);
	kfree(xa_erase(&by_number, 7));
	kfree(table[700]);
	vfree(table);
	kfree(items->next);
	kfree(items);
}
