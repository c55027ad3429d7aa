// SPDX-License-Identifier: MIT
/* The virtual clock, timers, tasklets, work, grace periods, interrupts: as a driver uses them. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/ratelimit.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include "tests/drivers/kernel/world.h"

static int nr, context;
static unsigned long when;

static void note_context(void)
{
	nr++;
	when = jiffies;
	context = in_hardirq() ? 3 : in_serving_softirq() ? 2 : 1;
}

static void tick(struct timer_list *timer)
{
	note_context();
	if (nr < 3)
		mod_timer(timer, jiffies + 2);
}

static DEFINE_TIMER(timer, tick);

WORLD(timer, it_expires_at_its_jiffy_in_softirq_context)
{
	unsigned long begin = jiffies;

	nr = 0;
	CHECK_EQ(mod_timer(&timer, begin + 5), 0);
	CHECK_EQ(mod_timer(&timer, begin + 3), 1);
	CHECK(timer_pending(&timer));
	msleep(11);
	CHECK_EQ(nr, 1);
	CHECK_EQ(context, 2);
	CHECK_EQ(when, begin + 3);
	msleep(40);
	CHECK_EQ(nr, 3);
	CHECK(!timer_pending(&timer));
	mod_timer(&timer, jiffies + 100);
	CHECK_EQ(timer_delete_sync(&timer), 1);
	CHECK_EQ(del_timer(&timer), 0);
}

static enum hrtimer_restart hr_tick(struct hrtimer *timer)
{
	note_context();
	hrtimer_forward_now(timer, us_to_ktime(100));
	return nr < 4 ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

WORLD(timer, a_high_resolution_timer_runs_in_interrupts_and_again)
{
	struct hrtimer hr;
	u64 begin = ktime_get_ns();

	nr = 0;
	hrtimer_init(&hr, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	hr.function = hr_tick;
	hrtimer_start(&hr, us_to_ktime(50), HRTIMER_MODE_REL);
	CHECK(hrtimer_active(&hr));
	usleep_range(1000, 1000);
	CHECK_EQ(nr, 4);
	CHECK_EQ(context, 3);
	CHECK(ktime_get_ns() - begin >= 1000000);
	hrtimer_start(&hr, ms_to_ktime(5), HRTIMER_MODE_REL);
	CHECK_EQ(hrtimer_cancel(&hr), 1);
	CHECK_EQ(hrtimer_cancel(&hr), 0);
}

WORLD(timer, a_loop_that_waits_for_the_clock_ends)
{
	unsigned long end = jiffies + 2;
	u64 begin = ktime_get_ns();

	while (time_before(jiffies, end))
		cpu_relax();
	udelay(5);
	CHECK(ktime_get_ns() - begin >= 4000000);
	CHECK_EQ(msecs_to_jiffies(10), 3);
	CHECK_EQ(jiffies_to_msecs(3), 12);
}

static void run_tasklet(struct tasklet_struct *t)
{
	note_context();
}

WORLD(softirq, a_tasklet_runs_once_for_all_its_schedules_and_not_while_disabled)
{
	DECLARE_TASKLET(tasklet, run_tasklet);

	nr = 0;
	tasklet_schedule(&tasklet);
	tasklet_schedule(&tasklet);
	usleep_range(10, 10);
	CHECK_EQ(nr, 1);
	CHECK_EQ(context, 2);
	tasklet_disable(&tasklet);
	tasklet_schedule(&tasklet);
	usleep_range(10, 10);
	CHECK_EQ(nr, 1);
	tasklet_enable(&tasklet);
	tasklet_kill(&tasklet);
	CHECK_EQ(nr, 2);
	local_bh_disable();
	CHECK(in_softirq() && !in_serving_softirq());
	tasklet_schedule(&tasklet);
	CHECK_EQ(nr, 2);
	local_bh_enable();
	CHECK_EQ(nr, 3);
}

struct job {
	struct work_struct work;
	int runs;
};

static void run_job(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	CHECK(!in_atomic());
	job->runs++;
	msleep(4);
	note_context();
}

static void run_again(struct work_struct *work)
{
	note_context();
	schedule_delayed_work(to_delayed_work(work), 1);
}

WORLD(workqueue, work_runs_in_a_task_and_is_flushed_and_cancelled)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("isp-%d", 0, 3);
	struct job a = { .runs = 0 }, b = { .runs = 0 };
	struct delayed_work again;

	nr = 0;
	INIT_WORK(&a.work, run_job);
	INIT_WORK(&b.work, run_job);
	CHECK(queue_work(wq, &a.work));
	CHECK(!queue_work(wq, &a.work));
	CHECK(queue_work(wq, &b.work));
	CHECK(work_pending(&b.work));
	usleep_range(10, 10);
	CHECK_EQ(b.runs, 0);            /* ordered: not before a is done */
	CHECK(queue_work(wq, &a.work)); /* it runs: again, afterwards */
	CHECK(cancel_work_sync(&b.work));
	CHECK(flush_work(&a.work));
	CHECK_EQ(a.runs, 2);
	CHECK_EQ(b.runs, 0);
	CHECK_EQ(context, 1);
	CHECK(!flush_work(&a.work));
	destroy_workqueue(wq);
	nr = 0;
	INIT_DELAYED_WORK(&again, run_again);
	CHECK(schedule_delayed_work(&again, 2));
	CHECK(!schedule_delayed_work(&again, 2));
	msleep(30);
	CHECK(nr > 3);
	CHECK(cancel_delayed_work_sync(&again)); /* though it queues itself */
	nr = 0;
	msleep(20);
	CHECK_EQ(nr, 0);
	mod_delayed_work(system_wq, &again, 250);
	CHECK(flush_delayed_work(&again));
	CHECK_EQ(nr, 1);
	cancel_delayed_work_sync(&again);
}

static void leaves_a_lock(struct work_struct *work)
{
	preempt_disable();
}

WORLD(workqueue, work_that_leaves_preemption_off_is_named)
{
	DECLARE_WORK(work, leaves_a_lock);

	schedule_work(&work);
	flush_work(&work);
	CHECK(test_log("<3>BUG: workqueue leaked atomic, lock or RCU: kworker/events["));
	test_forget(1);
}

struct item {
	struct list_head link;
	struct rcu_head rcu;
	int id;
};

static void count_free(struct rcu_head *head)
{
	note_context();
	kfree(container_of(head, struct item, rcu));
}

static int reads(void *arg)
{
	rcu_read_lock();
	nr = 100;
	usleep_range(50000, 50000); /* a mistake, but a reader */
	nr = 0;
	rcu_read_unlock();
	return 0;
}

WORLD(rcu, a_grace_period_ends_behind_the_readers_that_were_inside)
{
	struct item *item = kmalloc(sizeof(*item), GFP_KERNEL), *other;
	struct task_struct *reader;
	LIST_HEAD(list);

	list_add_rcu(&item->link, &list);
	reader = kthread_run(reads, NULL, "reads");
	usleep_range(10, 10);
	CHECK_EQ(nr, 100);
	list_del_rcu(&item->link);
	synchronize_rcu();
	CHECK_EQ(nr, 0);
	kthread_stop(reader);
	test_forget(1); /* it slept in its read section */
	call_rcu(&item->rcu, count_free);
	CHECK_EQ(nr, 0);
	rcu_barrier();
	CHECK_EQ(nr, 1);
	CHECK_EQ(context, 2);
	other = kmalloc(sizeof(*other), GFP_KERNEL);
	kfree_rcu(other, rcu);
	kfree_rcu_mightsleep(kmalloc(10, GFP_KERNEL));
	rcu_barrier();
}

static irqreturn_t hard(int irq, void *dev_id)
{
	CHECK_EQ(irq, TEST_IRQ);
	note_context();
	*(int *)dev_id += 1;
	return IRQ_HANDLED;
}

static irqreturn_t not_mine(int irq, void *dev_id)
{
	return IRQ_NONE;
}

WORLD(irq, a_handler_runs_in_hard_interrupt_context_where_nothing_is_masked)
{
	static DEFINE_SPINLOCK(lock);
	unsigned long flags;
	int mine = 0, other = 0;

	nr = 0;
	CHECK_EQ(request_irq(TEST_IRQ, hard, IRQF_SHARED, "mine", &mine), 0);
	CHECK_EQ(request_irq(TEST_IRQ, not_mine, 0, "alone", &other), -EBUSY);
	CHECK_EQ(request_irq(TEST_IRQ, not_mine, IRQF_SHARED, "other", &other), 0);
	CHECK_EQ(request_irq(0, hard, 0, "none", NULL), -EINVAL);
	test_raise(1000);
	udelay(2);
	CHECK_EQ(mine, 1);
	CHECK_EQ(context, 3);
	spin_lock_irqsave(&lock, flags);
	test_raise(0);
	udelay(10);
	CHECK_EQ(mine, 1);
	spin_unlock_irqrestore(&lock, flags);
	CHECK_EQ(mine, 2);
	disable_irq(TEST_IRQ);
	test_raise(0);
	usleep_range(10, 10);
	CHECK_EQ(mine, 2);
	enable_irq(TEST_IRQ);
	usleep_range(10, 10);
	CHECK_EQ(mine, 3);
	enable_irq(TEST_IRQ);
	test_forget(1);
	CHECK_STR_EQ(free_irq(TEST_IRQ, &mine), "mine");
	CHECK_STR_EQ(free_irq(TEST_IRQ, &other), "other");
	free_irq(TEST_IRQ, &other);
	test_forget(1);
}

static irqreturn_t wakes(int irq, void *dev_id)
{
	return IRQ_WAKE_THREAD;
}

static irqreturn_t threaded(int irq, void *dev_id)
{
	CHECK(!in_interrupt());
	msleep(4);
	note_context();
	return IRQ_HANDLED;
}

WORLD(irq, a_threaded_handler_may_sleep_and_is_waited_for)
{
	nr = 0;
	CHECK_EQ(request_threaded_irq(TEST_IRQ, wakes, threaded, IRQF_ONESHOT, "t", &nr),
		0);
	test_raise(0);
	usleep_range(10, 10);
	test_raise(0); /* masked until the thread is done, and then again */
	msleep(40);
	CHECK_EQ(nr, 2);
	CHECK_EQ(context, 1);
	test_raise(0);
	usleep_range(10, 10);
	free_irq(TEST_IRQ, &nr);
	CHECK_EQ(nr, 3);
	CHECK_EQ(request_threaded_irq(TEST_IRQ, NULL, threaded, 0, "t", &nr), -EINVAL);
	CHECK_EQ(test_log("Threaded irq requested with handler=NULL and !ONESHOT"), 1);
}

static irqreturn_t allocates_wrongly(int irq, void *dev_id)
{
	kfree(kmalloc(100, GFP_KERNEL));
	preempt_disable();
	return IRQ_HANDLED;
}

WORLD(irq, a_handler_that_may_sleep_or_leaves_preemption_off_is_reported)
{
	CHECK_EQ(request_irq(TEST_IRQ, allocates_wrongly, 0, "isp", NULL), 0);
	test_raise(0);
	udelay(1);
	CHECK_EQ(test_log("BUG: sleeping function called from invalid context at"), 1);
	CHECK_EQ(
		test_log(
			"BUG: irq 40 handler of isp leaves preempt count 00010001, found 00010000"),
		1);
	test_forget(2);
	free_irq(TEST_IRQ, NULL);
}

WORLD(printk, lines_are_whole_have_levels_and_the_kernels_formats)
{
	u8 mac[] = { 0, 1, 2, 0xab, 0xcd, 0xef };
	dma_addr_t dma = 0x1234567890ull;
	volatile size_t four = 4;
	size_t size = four;
	char text[64];

	pr_info("two ");
	pr_cont("parts %d\n", 7);
	pr_err("one\nmore %pe %pe\n", ERR_PTR(-ENOMEM), ERR_PTR(-5));
	printk("no level %s %5.2s| %-4d|%04x\n", "a", "bcd", 3, 255);
	CHECK(test_log("<6>two parts 7\n"));
	CHECK(test_log("<3>one\n<3>more -ENOMEM -EIO\n"));
	CHECK(test_log("<4>no level a    bc| 3   |00ff\n"));
	snprintf(text, sizeof(text), "%pM %*ph %pad %llu %zu %%", mac, 3, mac, &dma,
		1ull << 40, sizeof(mac));
	CHECK_STR_EQ(
		text, "00:01:02:ab:cd:ef 00 01 02 0x0000001234567890 1099511627776 6 %");
	CHECK_EQ(snprintf(text, size, "%s", "abcdef"), 6);
	CHECK_STR_EQ(text, "abc");
	CHECK_EQ(scnprintf(text, size, "%s", "abcdef"), 3);
	for (int i = 0; i < 25; i++)
		pr_warn_ratelimited("often\n");
	CHECK_EQ(test_log("<4>often\n"), 10);
	WARN_ON_ONCE(1);
	CHECK(test_log("<4>------------[ cut here ]------------\n"));
	CHECK(test_log("WARNING: CPU: 0 PID: "));
	CHECK(test_log("<4>---[ end trace 0000000000000000 ]---\n"));
	test_forget(1);
}
