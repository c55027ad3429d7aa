// SPDX-License-Identifier: MIT
/*
 * Two frames of drivers: watchdogs (/dev/watchdogN, linux/watchdog.h) and sources of random numbers (/dev/hwrng,
 * linux/hw_random.h); and the numbers of linux/random.h.
 *
 * Locking: none; see world.h.
 */
#include <linux/fs.h>
#include <linux/hw_random.h>
#include <linux/miscdevice.h>
#include <linux/of.h>
#include <linux/random.h>
#include <linux/uaccess.h>
#include <linux/watchdog.h>
#include "compat/model.h"

#define MAX_WATCHDOGS 32

/* ------------------------------------------------------------------ what a watchdog does */

static int start(struct watchdog_device *wdd)
{
	int error;

	if (watchdog_active(wdd))
		return 0;
	if (watchdog_hw_running(wdd) && wdd->ops->ping)
		error = wdd->ops->ping(wdd);
	else
		error = wdd->ops->start(wdd);
	if (!error)
		set_bit(WDOG_ACTIVE, &wdd->status);
	return error;
}

static int stop(struct watchdog_device *wdd)
{
	int error = 0;

	if (!watchdog_active(wdd))
		return 0;
	if (test_bit(WDOG_NO_WAY_OUT, &wdd->status)) {
		printk(KERN_INFO
			"watchdog%d: nowayout prevents watchdog being stopped!\n",
			wdd->id);
		return -EBUSY;
	}
	if (wdd->ops->stop)
		error = wdd->ops->stop(wdd);
	else
		set_bit(WDOG_HW_RUNNING, &wdd->status);
	if (!error)
		clear_bit(WDOG_ACTIVE, &wdd->status);
	return error;
}

static int ping(struct watchdog_device *wdd)
{
	if (!watchdog_active(wdd) && !watchdog_hw_running(wdd))
		return 0;
	return wdd->ops->ping ? wdd->ops->ping(wdd) : wdd->ops->start(wdd);
}

static int set_timeout(struct watchdog_device *wdd, unsigned int timeout)
{
	if (!(wdd->info->options & WDIOF_SETTIMEOUT))
		return -EOPNOTSUPP;
	if (watchdog_timeout_invalid(wdd, timeout))
		return -EINVAL;
	if (wdd->ops->set_timeout)
		return wdd->ops->set_timeout(wdd, timeout);
	wdd->timeout = timeout;
	return 0;
}

/* ------------------------------------------------------------------ its file */

static int wd_open(struct inode *inode, struct file *file)
{
	struct watchdog_device *wdd =
		container_of(inode->i_cdev, struct watchdog_device, qy_cdev);
	int error;

	if (wdd->qy_open)
		return -EBUSY;
	error = start(wdd);
	if (error)
		return error;
	wdd->qy_open = true;
	wdd->qy_expects_close = false;
	file->private_data = wdd;
	return 0;
}

static int wd_release(struct inode *inode, struct file *file)
{
	struct watchdog_device *wdd = file->private_data;
	int error = -EBUSY;

	(void)inode;
	if (!watchdog_active(wdd))
		error = 0;
	else if (wdd->qy_expects_close || !(wdd->info->options & WDIOF_MAGICCLOSE))
		error = stop(wdd);
	if (error < 0) {
		printk(KERN_CRIT "watchdog%d: watchdog did not stop!\n", wdd->id);
		ping(wdd);
	}
	wdd->qy_open = false;
	return 0;
}

static ssize_t wd_write(struct file *file, const char *buf, size_t n, loff_t *pos)
{
	struct watchdog_device *wdd = file->private_data;
	int error;

	(void)pos;
	if (!n)
		return 0;
	wdd->qy_expects_close = false;
	for (size_t i = 0; i < n; i++) {
		char c;

		if (get_user(c, buf + i))
			return -EFAULT;
		wdd->qy_expects_close |= c == 'V';
	}
	error = ping(wdd);
	return error ? error : (ssize_t)n;
}

static int put_int(unsigned int value, unsigned long arg)
{
	return put_user((int)value, (int *)arg);
}

static int set_options(struct watchdog_device *wdd, int options)
{
	int error = options & WDIOS_DISABLECARD ? stop(wdd) : 0;

	return !error && options & WDIOS_ENABLECARD ? start(wdd) : error;
}

static long wd_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct watchdog_device *wdd = file->private_data;
	long ret = wdd->ops->ioctl ? wdd->ops->ioctl(wdd, cmd, arg) : -ENOIOCTLCMD;
	int value;

	if (ret != -ENOIOCTLCMD)
		return ret;
	switch (cmd) {
	case WDIOC_GETSUPPORT:
		return copy_to_user((void *)arg, wdd->info, sizeof(*wdd->info)) ? -EFAULT
										: 0;
	case WDIOC_GETSTATUS:
		return put_int(wdd->ops->status ? wdd->ops->status(wdd) : 0, arg);
	case WDIOC_GETBOOTSTATUS:
		return put_int(wdd->bootstatus, arg);
	case WDIOC_SETOPTIONS:
		return get_user(value, (int *)arg) ? -EFAULT : set_options(wdd, value);
	case WDIOC_KEEPALIVE:
		return wdd->info->options & WDIOF_KEEPALIVEPING ? ping(wdd) : -EOPNOTSUPP;
	case WDIOC_SETTIMEOUT:
		if (get_user(value, (int *)arg))
			return -EFAULT;
		ret = set_timeout(wdd, (unsigned int)value);
		if (!ret)
			ret = ping(wdd);
		return ret ? ret : put_int(wdd->timeout, arg);
	case WDIOC_GETTIMEOUT:
		return wdd->timeout ? put_int(wdd->timeout, arg) : -EOPNOTSUPP;
	case WDIOC_GETTIMELEFT:
		if (!wdd->ops->get_timeleft)
			return -EOPNOTSUPP;
		return put_int(wdd->ops->get_timeleft(wdd), arg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations wd_fops = { .open = wd_open,
	.release = wd_release,
	.write = wd_write,
	.unlocked_ioctl = wd_ioctl };

/* ------------------------------------------------------------------ it comes and goes */

int watchdog_init_timeout(
	struct watchdog_device *wdd, unsigned int timeout, const struct device *dev)
{
	u32 t = 0;
	int error = 0;

	if (timeout) {
		if (!watchdog_timeout_invalid(wdd, timeout)) {
			wdd->timeout = timeout;
			return 0;
		}
		error = -EINVAL;
	}
	if (!dev || of_property_read_u32(dev->of_node, "timeout-sec", &t))
		return error;
	if (!t || watchdog_timeout_invalid(wdd, t))
		return -EINVAL;
	wdd->timeout = t;
	return 0;
}

static dev_t number_of(const struct qy_model *model, int id)
{
	return MKDEV((unsigned int)model->watchdog_major, (unsigned int)id);
}

int watchdog_register_device(struct watchdog_device *wdd)
{
	struct qy_world *w = qy_compat_world();
	struct qy_model *model = model_of(w);
	char name[16];
	int id = 0;

	might_sleep();
	if (!wdd->info || !wdd->ops || !wdd->ops->start ||
		(!wdd->ops->stop && !wdd->max_hw_heartbeat_ms))
		return -EINVAL;
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	while (id < MAX_WATCHDOGS && model->watchdogs >> id & 1)
		id++;
	if (id == MAX_WATCHDOGS)
		return -ENOSPC;
	if (!model->watchdog_major)
		model->watchdog_major = (int)model->next_major--;
	if (wdd->min_timeout > wdd->max_timeout && wdd->max_timeout)
		wdd->min_timeout = wdd->max_timeout = 0;
	scnprintf(name, sizeof(name), "watchdog%d", id);
	if (qy_compat_node_add(w, name, number_of(model, id)))
		return -ENOMEM;
	model->watchdogs |= 1u << id;
	wdd->id = id;
	wdd->qy_open = false;
	cdev_init(&wdd->qy_cdev, &wd_fops);
	wdd->qy_cdev.owner = wdd->ops->owner;
	wdd->qy_cdev.dev = number_of(model, id);
	wdd->qy_cdev.count = 1;
	list_add_tail(&wdd->qy_cdev.list, &model->cdevs);
	qy_hold(QY_HELD_DEVICE, wdd, 0);
	return 0;
}

void watchdog_unregister_device(struct watchdog_device *wdd)
{
	struct qy_world *w = qy_compat_world();

	if (!wdd || WARN_ON(list_empty(&wdd->qy_cdev.list)))
		return;
	if (watchdog_active(wdd) && test_bit(WDOG_STOP_ON_UNREGISTER, &wdd->status) &&
		wdd->ops->stop && !wdd->ops->stop(wdd))
		clear_bit(WDOG_ACTIVE, &wdd->status);
	qy_compat_node_del(w, number_of(model_of(w), wdd->id));
	list_del_init(&wdd->qy_cdev.list);
	model_of(w)->watchdogs &= ~(1u << wdd->id);
	qy_let_go(QY_HELD_DEVICE, wdd);
}

static void unregister_watchdog(void *wdd)
{
	watchdog_unregister_device(wdd);
}

int devm_watchdog_register_device(struct device *dev, struct watchdog_device *wdd)
{
	int error = watchdog_register_device(wdd);

	return error ? error : devm_add_action_or_reset(dev, unregister_watchdog, wdd);
}

/* ------------------------------------------------------------------ random numbers */

static ssize_t rng_read(struct file *file, char *buf, size_t n, loff_t *pos)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct hwrng *rng;
	size_t done = 0;
	u8 bytes[32] __attribute__((aligned(8)));

	(void)pos;
	while (done < n) {
		bool wait = !(file->f_flags & O_NONBLOCK);
		size_t part = n - done < sizeof(bytes) ? n - done : sizeof(bytes);
		int got;

		if (list_empty(&model->hwrngs))
			return done ? (ssize_t)done : -ENODEV;
		rng = list_first_entry(&model->hwrngs, struct hwrng, list);
		if (rng->read)
			got = rng->read(rng, bytes, sizeof(bytes), wait);
		else if (rng->data_present && !rng->data_present(rng, wait))
			got = 0;
		else
			got = rng->data_read(rng, (u32 *)(void *)bytes);
		if (got <= 0)
			return done ? (ssize_t)done : got ? got : -EAGAIN;
		part = (size_t)got < part ? (size_t)got : part;
		if (copy_to_user(buf + done, bytes, part))
			return -EFAULT;
		done += part;
	}
	return (ssize_t)done;
}

static const struct file_operations rng_fops = { .read = rng_read };
#define RNG_NUMBER MKDEV(MISC_MAJOR, 183)

/* The node is there as long as a source is. */
static int add_node(struct qy_world *w)
{
	struct miscdevice *misc = qy_host_zalloc(sizeof(*misc));

	if (!misc)
		return -ENOMEM;
	misc->minor = (int)MINOR(RNG_NUMBER);
	misc->name = "hwrng";
	misc->fops = &rng_fops;
	if (qy_compat_node_add(w, misc->name, RNG_NUMBER)) {
		qy_host_free(misc);
		return -ENOMEM;
	}
	list_add_tail(&misc->list, &model_of(w)->miscs);
	return 0;
}

static void del_node(struct qy_world *w)
{
	struct miscdevice *misc, *next;

	qy_compat_node_del(w, RNG_NUMBER);
	list_for_each_entry_safe(misc, next, &model_of(w)->miscs, list)
		if (misc->fops == &rng_fops) {
			list_del(&misc->list);
			qy_host_free(misc);
		}
}

int hwrng_register(struct hwrng *rng)
{
	struct qy_world *w = qy_compat_world();
	struct qy_model *model = model_of(w);
	int error;

	might_sleep();
	if (!rng->name || (!rng->data_read && !rng->read))
		return -EINVAL;
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	error = rng->init ? rng->init(rng) : 0;
	if (!error && list_empty(&model->hwrngs))
		error = add_node(w);
	if (error)
		return error;
	list_add(&rng->list, &model->hwrngs);
	qy_hold(QY_HELD_DEVICE, rng, 0);
	return 0;
}

void hwrng_unregister(struct hwrng *rng)
{
	struct qy_world *w = qy_compat_world();

	list_del(&rng->list);
	if (rng->cleanup)
		rng->cleanup(rng);
	if (list_empty(&model_of(w)->hwrngs))
		del_node(w);
	qy_let_go(QY_HELD_DEVICE, rng);
}

static void unregister_rng(void *rng)
{
	hwrng_unregister(rng);
}

int devm_hwrng_register(struct device *dev, struct hwrng *rng)
{
	int error = hwrng_register(rng);

	return error ? error : devm_add_action_or_reset(dev, unregister_rng, rng);
}

void devm_hwrng_unregister(struct device *dev, struct hwrng *rng)
{
	devm_release_action(dev, unregister_rng, rng);
}

/* splitmix64 from the schedule's seed */
void get_random_bytes(void *buf, size_t n)
{
	struct qy_world *w = qy_compat_world();

	for (size_t done = 0; done < n; done += 8) {
		u64 z = w->opts.seed + ++w->nr_random * 0x9e3779b97f4a7c15ull;
		size_t part = n - done < 8 ? n - done : 8;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
		z = (z ^ z >> 27) * 0x94d049bb133111ebull;
		z ^= z >> 31;
		memcpy((u8 *)buf + done, &z, part);
	}
}
