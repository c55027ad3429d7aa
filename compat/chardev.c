// SPDX-License-Identifier: MIT
/*
 * Nodes below /dev, the files behind them, and a program's side of both.
 *
 * Locking: none; see world.h.
 */
#include "compat/entry.h"
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/model.h"
#include "compat/user.h"
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/uaccess.h>

/* ------------------------------------------------------------------ nodes */

int qy_compat_node_add(struct qy_world *w, const char *name, dev_t dev)
{
	struct node *node = qy_host_zalloc(sizeof(*node));

	if (!node)
		return -ENOMEM;
	scnprintf(node->name, sizeof(node->name), "%s", name);
	node->dev = dev;
	list_add_tail(&node->link, &model_of(w)->nodes);
	return 0;
}

void qy_compat_node_del(struct qy_world *w, dev_t dev)
{
	struct node *node, *next;

	list_for_each_entry_safe(node, next, &model_of(w)->nodes, link)
		if (node->dev == dev) {
			list_del(&node->link);
			qy_host_free(node);
			return;
		}
}

bool qy_world_path(const struct qy_world *w, unsigned int n, char *path, size_t size)
{
	const struct entry *entry = qy_compat_entry_file(w, n);

	if (entry)
		qy_compat_entry_path(entry, path, size);
	return entry;
}

bool qy_world_node(const struct qy_world *w, unsigned int n, const char **name)
{
	struct node *node;

	list_for_each_entry(node, &model_of(w)->nodes, link)
		if (!n--) {
			*name = node->name;
			return true;
		}
	return false;
}

/* ------------------------------------------------------------------ numbers */

static bool is_taken(const struct qy_model *model, dev_t from, unsigned int nr)
{
	struct chrdev_region *region;

	list_for_each_entry(region, &model->chrdevs, link)
		if (from < region->from + region->nr && region->from < from + nr)
			return true;
	return false;
}

int register_chrdev_region(dev_t from, unsigned int nr, const char *name)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct chrdev_region *region;

	might_sleep();
	if (is_taken(model, from, nr))
		return -EBUSY;
	region = qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0)
			 ? NULL
			 : qy_host_zalloc(sizeof(*region));
	if (!region)
		return -ENOMEM;
	region->from = from;
	region->nr = nr;
	region->name = name;
	list_add_tail(&region->link, &model->chrdevs);
	qy_hold(QY_HELD_DEVICE, region, 0);
	return 0;
}

int alloc_chrdev_region(dev_t *dev, unsigned int first, unsigned int nr, const char *name)
{
	struct qy_model *model = model_of(qy_compat_world());

	*dev = MKDEV(model->next_major--, first);
	return register_chrdev_region(*dev, nr, name);
}

void unregister_chrdev_region(dev_t from, unsigned int nr)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct chrdev_region *region, *next;

	list_for_each_entry_safe(region, next, &model->chrdevs, link)
		if (region->from == from && region->nr == nr) {
			list_del(&region->link);
			qy_let_go(QY_HELD_DEVICE, region);
			qy_host_free(region);
			return;
		}
	WARN(1, "unregister_chrdev_region(): %u:%u is not registered", MAJOR(from),
		MINOR(from));
}

void cdev_init(struct cdev *cdev, const struct file_operations *ops)
{
	memset(cdev, 0, sizeof(*cdev));
	INIT_LIST_HEAD(&cdev->list);
	cdev->ops = ops;
}

struct cdev *cdev_alloc(void)
{
	struct cdev *cdev = kzalloc(sizeof(*cdev), GFP_KERNEL);

	if (cdev) {
		INIT_LIST_HEAD(&cdev->list);
		cdev->qy_allocated = true;
	}
	return cdev;
}

int cdev_add(struct cdev *cdev, dev_t dev, unsigned int nr)
{
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	cdev->dev = dev;
	cdev->count = nr;
	list_add_tail(&cdev->list, &model_of(qy_compat_world())->cdevs);
	qy_hold(QY_HELD_DEVICE, cdev, 0);
	return 0;
}

void cdev_del(struct cdev *cdev)
{
	if (!list_empty(&cdev->list)) {
		list_del_init(&cdev->list);
		qy_let_go(QY_HELD_DEVICE, cdev);
	}
	if (cdev->qy_allocated)
		kfree(cdev);
}

struct chrdev { /* of register_chrdev() */
	struct list_head link;
	struct cdev cdev;
	unsigned int major;
};

int register_chrdev(
	unsigned int major, const char *name, const struct file_operations *ops)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct chrdev *chrdev = qy_host_zalloc(sizeof(*chrdev));
	dev_t first = MKDEV(major ? major : model->next_major--, 0);
	int error = chrdev ? register_chrdev_region(first, 256, name) : -ENOMEM;

	if (!error) {
		cdev_init(&chrdev->cdev, ops);
		chrdev->major = MAJOR(first);
		error = cdev_add(&chrdev->cdev, first, 256);
		if (error)
			unregister_chrdev_region(first, 256);
	}
	if (error) {
		qy_host_free(chrdev);
		return error;
	}
	list_add(&chrdev->link, &model->majors);
	return major ? 0 : (int)chrdev->major;
}

void unregister_chrdev(unsigned int major, const char *name)
{
	struct chrdev *chrdev, *next;

	(void)name;
	list_for_each_entry_safe(chrdev, next, &model_of(qy_compat_world())->majors, link)
		if (chrdev->major == major) {
			cdev_del(&chrdev->cdev);
			unregister_chrdev_region(MKDEV(major, 0), 256);
			list_del(&chrdev->link);
			qy_host_free(chrdev);
			return;
		}
}

static void free_misc(struct device *dev)
{
	qy_host_free(dev);
}

int misc_register(struct miscdevice *misc)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct miscdevice *other;
	struct device *dev;
	int error;

	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	if (misc->minor == MISC_DYNAMIC_MINOR)
		misc->minor = (int)(256 + model->next_misc++);
	list_for_each_entry(other, &model->miscs, list)
		if (other->minor == misc->minor)
			return -EBUSY;
	dev = qy_host_zalloc(sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	qy_compat_device_initialize(dev);
	dev->release = free_misc;
	scnprintf(dev->qy_name, sizeof(dev->qy_name), "%s",
		misc->nodename ? misc->nodename : misc->name);
	dev->parent = misc->parent;
	dev->devt = MKDEV(MISC_MAJOR, (unsigned int)misc->minor);
	dev->driver_data = misc;
	dev->groups = misc->groups;
	error = qy_compat_device_enter(dev);
	if (error) {
		qy_compat_put_device(dev);
		return error;
	}
	misc->this_device = dev;
	list_add_tail(&misc->list, &model->miscs);
	qy_hold(QY_HELD_DEVICE, misc, 0);
	return 0;
}

void misc_deregister(struct miscdevice *misc)
{
	if (WARN_ON(list_empty(&misc->list)))
		return;
	device_unregister(misc->this_device);
	misc->this_device = NULL;
	list_del(&misc->list);
	qy_let_go(QY_HELD_DEVICE, misc);
}

/* ------------------------------------------------------------------ what drivers ask of files */

/* As there: nothing is said, and the position stays. */
loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	(void)offset, (void)whence;
	return file->f_pos;
}

static loff_t seek(struct file *file, loff_t offset, int whence, loff_t size)
{
	if (whence == SEEK_CUR)
		offset += file->f_pos;
	else if (whence == SEEK_END && size >= 0)
		offset += size;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0 || (size >= 0 && offset > size))
		return -EINVAL;
	return file->f_pos = offset;
}

loff_t fixed_size_llseek(struct file *file, loff_t offset, int whence, loff_t size)
{
	return seek(file, offset, whence, size);
}

loff_t no_seek_end_llseek(struct file *file, loff_t offset, int whence)
{
	return seek(file, offset, whence, -1);
}

/* The inode of a device has no size. */
loff_t default_llseek(struct file *file, loff_t offset, int whence)
{
	if (whence != SEEK_END)
		return seek(file, offset, whence, -1);
	return offset < 0 ? -EINVAL : (file->f_pos = offset);
}

int simple_open(struct inode *inode, struct file *file)
{
	if (inode->i_private)
		file->private_data = inode->i_private;
	return 0;
}

int stream_open(struct inode *inode, struct file *file)
{
	(void)inode;
	file->f_mode &= ~FMODE_LSEEK;
	return 0;
}

long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (!file->f_op->unlocked_ioctl)
		return -ENOIOCTLCMD;
	return file->f_op->unlocked_ioctl(file, cmd, (u32)arg);
}

int fasync_helper(int fd, struct file *file, int on, struct fasync_struct **list)
{
	struct fasync_struct **at = list, *fa;

	might_sleep();
	while (*at && (*at)->fa_file != file)
		at = &(*at)->fa_next;
	fa = *at;
	if (!on) {
		if (!fa)
			return 0;
		*at = fa->fa_next;
		kfree(fa);
		return 1;
	}
	if (fa) {
		fa->fa_fd = fd;
		return 0;
	}
	fa = kzalloc(sizeof(*fa), GFP_KERNEL);
	if (!fa)
		return -ENOMEM;
	*fa = (struct fasync_struct){ .fa_next = *list, .fa_file = file, .fa_fd = fd };
	*list = fa;
	return 1;
}

void kill_fasync(struct fasync_struct **list, int signal, int band)
{
	(void)band;
	for (struct fasync_struct *fa = *list; fa; fa = fa->fa_next)
		fa->fa_file->qy_signals += signal == SIGIO;
}

/* Of kernels before 6.12. */
loff_t no_llseek(struct file *file, loff_t offset, int whence) QY_REAL(no_llseek);

loff_t no_llseek(struct file *file, loff_t offset, int whence)
{
	(void)file, (void)offset, (void)whence;
	return -ESPIPE;
}

int nonseekable_open(struct inode *inode, struct file *file)
{
	(void)inode, (void)file;
	return 0;
}

ssize_t simple_read_from_buffer(
	void *to, size_t n, loff_t *pos, const void *from, size_t size)
{
	size_t left;

	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= size || !n)
		return 0;
	if (n > size - (size_t)*pos)
		n = size - (size_t)*pos;
	left = copy_to_user(to, (const char *)from + *pos, n);
	if (left == n)
		return -EFAULT;
	*pos += (loff_t)(n - left);
	return (ssize_t)(n - left);
}

ssize_t simple_write_to_buffer(
	void *to, size_t size, loff_t *pos, const void *from, size_t n)
{
	size_t left;

	if (*pos < 0)
		return -EINVAL;
	if ((size_t)*pos >= size || !n)
		return 0;
	if (n > size - (size_t)*pos)
		n = size - (size_t)*pos;
	left = copy_from_user((char *)to + *pos, from, n);
	if (left == n)
		return -EFAULT;
	*pos += (loff_t)(n - left);
	return (ssize_t)(n - left);
}

/* ------------------------------------------------------------------ a program's side */

struct qy_world_file {
	struct file file;
	struct inode inode;
	struct dentry dentry;
	char name[48];
	struct qy_world *w;
	struct module *owner;
	bool fasync;
	struct entry *entry;       /* of a file that is no device's; NULL */
	struct list_head of_entry; /* its files */
	bool released;             /* because the entry went */
	unsigned int nr_areas;     /* of the program, which keep it */
	bool closed;               /* and waits for these */
};

struct entry *qy_compat_entry_of(const struct file *file)
{
	return container_of(file, struct qy_world_file, file)->entry;
}

static const struct file_operations *find_ops(
	struct qy_model *model, dev_t dev, struct inode *inode, void **private_data)
{
	struct miscdevice *misc;
	struct cdev *cdev;

	list_for_each_entry(cdev, &model->cdevs, list)
		if (dev >= cdev->dev && dev < cdev->dev + cdev->count) {
			inode->i_cdev = cdev;
			return cdev->ops;
		}
	if (MAJOR(dev) != MISC_MAJOR)
		return NULL;
	list_for_each_entry(misc, &model->miscs, list)
		if ((unsigned int)misc->minor == MINOR(dev)) {
			*private_data = misc;
			return misc->fops;
		}
	return NULL;
}

static struct node *find_node(const struct qy_world *w, const char *name)
{
	struct node *node;

	list_for_each_entry(node, &model_of(w)->nodes, link)
		if (!strcmp(node->name, name))
			return node;
	return NULL;
}

/* What a name stands for. NULL: nothing, with *error. */
static const struct file_operations *look_up(
	struct qy_world *w, const char *name, struct qy_world_file *f, int *error)
{
	struct node *node = *name == '/' ? NULL : find_node(w, name);
	const struct file_operations *ops = NULL;

	*error = -ENOENT;
	f->entry = *name == '/' ? qy_compat_entry_find(w, name) : NULL;
	if (f->entry && f->entry->dir) {
		*error = -EISDIR;
	} else if (f->entry) {
		ops = f->entry->fops;
		f->inode.i_private = f->entry->data;
		f->inode.qy_entry = f->entry;
	} else if (node) {
		*error = -ENXIO;
		f->inode.i_mapping = &node->mapping;
		ops = find_ops(model_of(w), node->dev, &f->inode, &f->file.private_data);
		f->inode.i_rdev = node->dev;
	}
	return ops;
}

struct qy_world_file *qy_world_open(
	struct qy_world *w, const char *name, int flags, int *error)
{
	struct qy_world_file *f = qy_host_zalloc(sizeof(*f));
	const struct file_operations *ops;
	struct qy_callback begin;

	*error = -ENOMEM;
	if (!f)
		return NULL;
	ops = look_up(w, name, f, error);
	if (!ops)
		goto free_file;
	f->w = w;
	f->owner = ops->owner;
	scnprintf(f->name, sizeof(f->name), "%s",
		f->entry ? (const char *)f->entry->dentry.d_name.name : name);
	f->dentry.d_name =
		(struct qstr){ (u32)strlen(f->name), (unsigned char *)f->name };
	f->dentry.d_parent = &f->dentry;
	f->dentry.d_inode = &f->inode;
	f->file.f_path.dentry = &f->dentry;
	f->file.f_op = ops;
	f->file.f_inode = &f->inode;
	f->inode.i_data.host = &f->inode;
	if (!f->inode.i_mapping)
		f->inode.i_mapping = &f->inode.i_data;
	f->file.f_mapping = f->inode.i_mapping;
	f->file.f_flags = (unsigned int)flags;
	f->file.f_mode = (flags & O_ACCMODE) == O_RDONLY   ? FMODE_READ
			 : (flags & O_ACCMODE) == O_WRONLY ? FMODE_WRITE
							   : FMODE_READ | FMODE_WRITE;
	if (!qy_compat_module_get(f->owner))
		goto free_file;
	begin = qy_callback_begin();
	*error = ops->open ? ops->open(&f->inode, &f->file) : 0;
	qy_callback_end(&begin, "open()", true);
	if (!*error) {
		if (f->entry)
			list_add(&f->of_entry, &f->entry->files);
		return f;
	}
	qy_compat_module_put(f->owner);
free_file:
	qy_host_free(f);
	return NULL;
}

static void release(struct qy_world_file *f)
{
	const struct file_operations *ops = f->file.f_op;
	struct qy_callback begin;

	if (f->released)
		return;
	begin = qy_callback_begin();
	if (f->fasync && ops->fasync)
		ops->fasync(-1, &f->file, 0);
	if (ops->release)
		ops->release(&f->inode, &f->file);
	qy_callback_end(&begin, "release()", true);
	f->released = true;
}

static void flush(struct qy_world_file *f)
{
	struct qy_callback begin;

	if (f->released || !f->file.f_op->flush)
		return;
	begin = qy_callback_begin();
	f->file.f_op->flush(&f->file, NULL);
	qy_callback_end(&begin, "flush()", true);
}

/* A file below /proc is released when its entry goes; the one of a device, or of debugfs, keeps its module. */
void qy_compat_entry_release(struct entry *entry)
{
	struct qy_world_file *f;

	list_for_each_entry(f, &entry->files, of_entry)
		if (!f->owner) {
			flush(f);
			release(f);
		}
}

static void end_file(struct qy_world_file *f)
{
	release(f);
	qy_compat_module_put(f->owner);
	if (f->entry) {
		list_del(&f->of_entry);
		qy_compat_entry_closed(f->entry);
	}
	qy_host_free(f);
}

int qy_world_close(struct qy_world_file *f)
{
	flush(f);
	f->closed = true;
	if (!f->nr_areas)
		end_file(f);
	return 0;
}

struct file *qy_compat_file(struct qy_world_file *f)
{
	return &f->file;
}

const char *qy_compat_file_name(const struct qy_world_file *f)
{
	return f->name;
}

void qy_compat_file_mapped(struct qy_world_file *f)
{
	f->nr_areas++;
}

void qy_compat_file_unmapped(struct qy_world_file *f)
{
	if (!--f->nr_areas && f->closed)
		end_file(f);
}

/* What is asked of a file whose entry has gone. */
static bool is_gone(const struct qy_world_file *f)
{
	return f->entry && f->entry->gone;
}

bool qy_compat_file_is_gone(const struct qy_world_file *f)
{
	return is_gone(f);
}

long qy_world_read(struct qy_world_file *f, void *to, size_t n)
{
	struct qy_callback begin;
	long ret;

	if (!(f->file.f_mode & FMODE_READ))
		return -EBADF;
	if (is_gone(f))
		return -EIO;
	if (!f->file.f_op->read)
		return -EINVAL;
	qy_kasan_user(to, n, true);
	begin = qy_callback_begin();
	ret = f->file.f_op->read(&f->file, to, n, &f->file.f_pos);
	qy_callback_end(&begin, "read()", true);
	qy_kasan_user(to, n, false);
	return ret;
}

int qy_world_fasync(struct qy_world_file *f, bool on, unsigned int *signals)
{
	struct qy_callback begin;
	int ret;

	if (signals)
		*signals = f->file.qy_signals;
	if (!f->file.f_op->fasync)
		return -ENOTTY;
	if (on == f->fasync)
		return 0;
	begin = qy_callback_begin();
	ret = f->file.f_op->fasync(3, &f->file, on);
	qy_callback_end(&begin, "fasync()", true);
	if (ret >= 0)
		f->fasync = on;
	return ret < 0 ? ret : 0;
}

long qy_world_write(struct qy_world_file *f, const void *from, size_t n)
{
	struct qy_callback begin;
	long ret;

	if (!(f->file.f_mode & FMODE_WRITE))
		return -EBADF;
	if (is_gone(f))
		return -EIO;
	if (!f->file.f_op->write)
		return -EINVAL;
	qy_kasan_user(from, n, true);
	begin = qy_callback_begin();
	ret = f->file.f_op->write(&f->file, from, n, &f->file.f_pos);
	qy_callback_end(&begin, "write()", true);
	qy_kasan_user(from, n, false);
	return ret;
}

long qy_world_ioctl(struct qy_world_file *f, unsigned int cmd, unsigned long arg)
{
	const size_t bytes = _IOC_SIZE(cmd); /* where the number says so */
	struct qy_callback begin;
	long ret;

	if (is_gone(f) || !f->file.f_op->unlocked_ioctl)
		return -ENOTTY;
	qy_kasan_user((void *)arg, bytes, true);
	begin = qy_callback_begin();
	ret = f->file.f_op->unlocked_ioctl(&f->file, cmd, arg);
	qy_callback_end(&begin, "ioctl()", true);
	qy_kasan_user((void *)arg, bytes, false);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

#define MAX_POLL_QUEUES 8

struct poller {
	poll_table table;
	unsigned int nr;
	wait_queue_head_t *wq[MAX_POLL_QUEUES];
	wait_queue_entry_t entry[MAX_POLL_QUEUES];
};

static void queue_poller(struct file *file, wait_queue_head_t *wq, poll_table *table)
{
	struct poller *poller = container_of(table, struct poller, table);

	(void)file;
	for (unsigned int i = 0; i < poller->nr; i++)
		if (poller->wq[i] == wq)
			return; /* of an earlier turn */
	if (WARN_ON(poller->nr == MAX_POLL_QUEUES))
		return;
	poller->wq[poller->nr] = wq;
	init_waitqueue_entry(&poller->entry[poller->nr], current);
	add_wait_queue(wq, &poller->entry[poller->nr++]);
}

unsigned int qy_world_poll(
	struct qy_world_file *f, unsigned int events, uint64_t timeout_ns)
{
	struct poller poller = { .table = { queue_poller } };
	u64 end = qy_sim_now(f->w->m) + timeout_ns;
	unsigned int ready = 0;

	if (is_gone(f) || !f->file.f_op->poll)
		return EPOLLIN | EPOLLOUT; /* as there: always */
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		ready = f->file.f_op->poll(&f->file, &poller.table) &
			(events | EPOLLERR | EPOLLHUP);
		if (ready || qy_sim_now(f->w->m) >= end)
			break;
		qy_fiber_block(f->w->m, end);
	}
	__set_current_state(TASK_RUNNING);
	for (unsigned int i = 0; i < poller.nr; i++)
		remove_wait_queue(poller.wq[i], &poller.entry[i]);
	return ready;
}
