// SPDX-License-Identifier: MIT
/* What a context forbids, all in one driver: each goes on to the next. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/firmware.h>
#include <linux/hrtimer.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/shrinker.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

static bool bug;
module_param(bug, bool, 0444);

static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(other);
static DEFINE_MUTEX(mutex);
static DEFINE_MUTEX(mutex2);
static DECLARE_RWSEM(rwsem);

static int c_kernel_rcu(struct platform_device *p, bool bad)
{
	void *a;
	rcu_read_lock();
	a = kmalloc(32, bad ? GFP_KERNEL : GFP_ATOMIC);
	rcu_read_unlock();
	kfree(a);
	return 0;
}
static DEFINE_SPINLOCK(dev_lock);
static DEFINE_SPINLOCK(list_lock);
static irqreturn_t chain_irq(int irq, void *arg)
{
	spin_lock(&dev_lock);
	spin_unlock(&dev_lock);
	return IRQ_HANDLED;
}

static int c_irq_chain(struct platform_device *p, bool bad)
{
	unsigned long f;
	int irq = platform_get_irq(p, 0), e;
	if (irq < 0)
		return irq;
	e = devm_request_irq(&p->dev, irq, chain_irq, IRQF_SHARED, "chain", p);
	if (e)
		return e;
	/* list_lock is taken with interrupts on */
	if (bad) {
		spin_lock(&list_lock);
		spin_unlock(&list_lock);
	} else {
		spin_lock_irqsave(&list_lock, f);
		spin_unlock_irqrestore(&list_lock, f);
	}
	/* dev_lock, taken by the handler, depends on it */
	spin_lock_irqsave(&dev_lock, f);
	spin_lock(&list_lock);
	spin_unlock(&list_lock);
	spin_unlock_irqrestore(&dev_lock, f);
	return 0;
}
static DEFINE_SPINLOCK(soft_lock);
static void soft_fn(struct timer_list *t)
{
	spin_lock(&soft_lock);
	spin_unlock(&soft_lock);
}
static DEFINE_TIMER(soft_timer, soft_fn);

static int c_softirq_lock(struct platform_device *p, bool bad)
{
	mod_timer(&soft_timer, jiffies + 1);
	msleep(20);
	if (bad) {
		spin_lock(&soft_lock);
		spin_unlock(&soft_lock);
	} else {
		spin_lock_bh(&soft_lock);
		spin_unlock_bh(&soft_lock);
	}
	del_timer_sync(&soft_timer);
	return 0;
}
static DEFINE_MUTEX(cache_lock);
static unsigned long sh_count(struct shrinker *s, struct shrink_control *sc)
{
	return 1;
}
static unsigned long sh_scan(struct shrinker *s, struct shrink_control *sc)
{
	mutex_lock(&cache_lock);
	mutex_unlock(&cache_lock);
	return SHRINK_STOP;
}

static int c_fs_reclaim(struct platform_device *p, bool bad)
{
	struct shrinker *s = shrinker_alloc(0, "set");
	void *a;
	if (!s)
		return -ENOMEM;
	s->count_objects = sh_count;
	s->scan_objects = sh_scan;
	shrinker_register(s);
	mutex_lock(&cache_lock);
	a = kmalloc(64, bad ? GFP_KERNEL : GFP_NOWAIT);
	mutex_unlock(&cache_lock);
	kfree(a);
	return devm_add_action_or_reset(&p->dev, (void (*)(void *))shrinker_free, s);
}
struct conf {
	int v;
	struct rcu_head rcu;
};
static struct conf __rcu *conf;

static int c_deref_without_rcu(struct platform_device *p, bool bad)
{
	struct conf *c = kzalloc(sizeof(*c), GFP_KERNEL), *d;
	int v;
	if (!c)
		return -ENOMEM;
	rcu_assign_pointer(conf, c);
	if (!bad)
		rcu_read_lock();
	d = rcu_dereference(conf);
	v = d->v;
	if (!bad)
		rcu_read_unlock();
	RCU_INIT_POINTER(conf, NULL);
	kfree_rcu(c, rcu);
	return v;
}
static int fl_bad;
static void fl_fn(struct work_struct *w)
{
	if (fl_bad)
		flush_work(w);
}
static DECLARE_WORK(fl_work, fl_fn);
static DEFINE_MUTEX(wl);
static void wl_fn(struct work_struct *w)
{
	mutex_lock(&wl);
	mutex_unlock(&wl);
}
static DECLARE_WORK(wl_work, wl_fn);

static int c_cancel_holding(struct platform_device *p, bool bad)
{
	schedule_work(&wl_work);
	msleep(2);
	if (bad)
		mutex_lock(&wl);
	cancel_work_sync(&wl_work);
	if (bad)
		mutex_unlock(&wl);
	return 0;
}
static DEFINE_SPINLOCK(tl);
static void tl_fn(struct timer_list *t)
{
	spin_lock(&tl);
	spin_unlock(&tl);
}
static DEFINE_TIMER(tl_timer, tl_fn);

static int c_del_timer_holding(struct platform_device *p, bool bad)
{
	mod_timer(&tl_timer, jiffies + 1);
	msleep(20);
	if (bad)
		spin_lock_bh(&tl);
	del_timer_sync(&tl_timer);
	if (bad)
		spin_unlock_bh(&tl);
	return 0;
}
static int c_rcu_unlock_missing(struct platform_device *p, bool bad)
{
	rcu_read_lock();
	if (bad)
		return 0;
	rcu_read_unlock();
	return 0;
}

static int c_rcu_unlock_twice(struct platform_device *p, bool bad)
{
	rcu_read_lock();
	rcu_read_unlock();
	if (bad)
		rcu_read_unlock();
	return 0;
}

static int c_spin_irq_nested(struct platform_device *p, bool bad)
{
	unsigned long f;
	spin_lock_irqsave(&lock, f);
	if (bad) {
		spin_lock_irq(&other);
		spin_unlock_irq(&other);
	} else {
		spin_lock(&other);
		spin_unlock(&other);
	}
	spin_unlock_irqrestore(&lock, f);
	return 0;
}
struct dyn {
	spinlock_t l;
	struct mutex m;
	struct work_struct w;
	struct timer_list t;
	wait_queue_head_t q;
};
static void nop_work(struct work_struct *w)
{
}
static void nop_timer(struct timer_list *t)
{
}

static int c_timer_uninit(struct platform_device *p, bool bad)
{
	struct dyn *d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	if (!bad)
		timer_setup(&d->t, nop_timer, 0);
	mod_timer(&d->t, jiffies + 1);
	msleep(20);
	del_timer_sync(&d->t);
	kfree(d);
	return 0;
}

static int c_free_pending_work(struct platform_device *p, bool bad)
{
	struct dyn *d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	INIT_WORK(&d->w, nop_work);
	schedule_work(&d->w);
	if (!bad)
		flush_work(&d->w);
	kfree(d);
	return 0;
}

static int c_free_armed_timer(struct platform_device *p, bool bad)
{
	struct dyn *d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	timer_setup(&d->t, nop_timer, 0);
	mod_timer(&d->t, jiffies + 1);
	if (!bad)
		del_timer_sync(&d->t);
	kfree(d);
	return 0;
}

static int c_idr_locked(struct platform_device *p, bool bad)
{
	static DEFINE_IDR(i);
	int id;
	spin_lock(&lock);
	id = idr_alloc(&i, &lock, 0, 0, bad ? GFP_KERNEL : GFP_ATOMIC);
	spin_unlock(&lock);
	if (id >= 0)
		idr_remove(&i, id);
	idr_destroy(&i);
	return 0;
}

static int c_iounmap_atomic(struct platform_device *p, bool bad)
{
	struct resource *res = platform_get_resource(p, IORESOURCE_MEM, 0);
	void __iomem *regs;

	if (!res)
		return -ENODEV;
	regs = ioremap(res->start, 16);
	if (!regs)
		return -ENOMEM;
	if (bad)
		spin_lock(&other);
	iounmap(regs);
	if (bad)
		spin_unlock(&other);
	return 0;
}

static int c_work_uninit(struct platform_device *p, bool bad)
{
	struct dyn *d = kzalloc(sizeof(*d), GFP_KERNEL);
	if (!d)
		return -ENOMEM;
	if (!bad)
		INIT_WORK(&d->w, nop_work);
	schedule_work(&d->w);
	flush_work(&d->w);
	kfree(d);
	return 0;
}

static int c_zone_of_slab(struct platform_device *p, bool bad)
{
	kfree(kmalloc(100, GFP_KERNEL | (bad ? __GFP_HIGHMEM : 0)));
	return 0;
}

static DEFINE_PER_CPU(int, turns);

static int c_cpu_not_put(struct platform_device *p, bool bad)
{
	get_cpu_var(turns)++;
	if (!bad)
		put_cpu_var(turns);
	return 0;
}

typedef int (*step_fn)(struct platform_device *p, bool bad);
static const step_fn steps[] = { c_kernel_rcu, c_irq_chain, c_softirq_lock, c_fs_reclaim,
	c_deref_without_rcu, c_cancel_holding, c_del_timer_holding, c_rcu_unlock_twice,
	c_spin_irq_nested, c_timer_uninit, c_free_pending_work, c_free_armed_timer,
	c_idr_locked, c_iounmap_atomic, c_work_uninit, c_zone_of_slab, c_cpu_not_put,
	c_rcu_unlock_missing };

#include "set.h"
