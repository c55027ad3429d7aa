// SPDX-License-Identifier: MIT
/*
 * Objects with references and files: linux/kobject.h, linux/sysfs.h.
 *
 * A file is a record of the host that hangs on its object; its name is "group/name" where the group has one. What shows and
 * stores is the object's type's business, as on Linux.
 *
 * Locking: none; see world.h.
 */
#include "compat/lockdep.h"
#include "compat/model.h"

struct file_link {
	struct list_head link;
	const struct attribute *attr;
	const struct attribute_group *group; /* with a name, or NULL */
	bool binary;
	struct list_head all; /* of the model */
	struct kobject *kobj;
};

/* ------------------------------------------------------------------ files */

static bool has_name(const struct file_link *file, const char *name)
{
	size_t n;

	if (!file->group)
		return !strcmp(file->attr->name, name);
	n = strlen(file->group->name);
	return !strncmp(name, file->group->name, n) && name[n] == '/' &&
	       !strcmp(file->attr->name, name + n + 1);
}

static struct file_link *find_name(const struct kobject *kobj, const char *name)
{
	struct file_link *file;

	list_for_each_entry(file, &kobj->qy_files, link)
		if (has_name(file, name))
			return file;
	return NULL;
}

/* An object that nobody has initialised has no files. */
static void prepare(struct kobject *kobj)
{
	if (!kobj->qy_files.next)
		INIT_LIST_HEAD(&kobj->qy_files);
}

static int add_file(struct kobject *kobj, const struct attribute *attr,
	const struct attribute_group *group, bool binary)
{
	struct file_link *file, *other;

	might_sleep();
	if (WARN_ON(!kobj || !attr))
		return -EINVAL;
	prepare(kobj);
	list_for_each_entry(other, &kobj->qy_files, link)
		if (other->group == group && !strcmp(other->attr->name, attr->name)) {
			qy_compat_report(
				"WARNING: sysfs: cannot create duplicate filename '%s'",
				attr->name);
			return -EEXIST;
		}
	file = qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0) ? NULL
							 : qy_host_zalloc(sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->attr = attr;
	file->group = group;
	file->binary = binary;
	file->kobj = kobj;
	list_add_tail(&file->link, &kobj->qy_files);
	list_add_tail(&file->all, &model_of(qy_compat_world())->files);
	qy_hold(QY_HELD_DEVICE, attr, 0);
	return 0;
}

static void free_file(struct file_link *file)
{
	list_del(&file->link);
	list_del(&file->all);
	qy_let_go(QY_HELD_DEVICE, file->attr);
	qy_host_free(file);
}

static bool remove_file(struct kobject *kobj, const struct attribute *attr,
	const struct attribute_group *group)
{
	struct file_link *file, *next;

	prepare(kobj);
	list_for_each_entry_safe(file, next, &kobj->qy_files, link)
		if (file->attr == attr && file->group == group) {
			free_file(file);
			return true;
		}
	return false;
}

/* As there: the files of an object go with it. */
void qy_compat_files_down(struct kobject *kobj)
{
	struct file_link *file, *next;

	prepare(kobj);
	list_for_each_entry_safe(file, next, &kobj->qy_files, link)
		free_file(file);
}

int sysfs_create_file(struct kobject *kobj, const struct attribute *attr)
{
	return add_file(kobj, attr, NULL, false);
}

void sysfs_remove_file(struct kobject *kobj, const struct attribute *attr)
{
	remove_file(kobj, attr, NULL);
}

int sysfs_create_files(struct kobject *kobj, const struct attribute *const *attrs)
{
	int error = 0;

	for (int i = 0; !error && attrs[i]; i++) {
		error = sysfs_create_file(kobj, attrs[i]);
		while (error && i--)
			sysfs_remove_file(kobj, attrs[i]);
		if (error)
			break;
	}
	return error;
}

void sysfs_remove_files(struct kobject *kobj, const struct attribute *const *attrs)
{
	for (; *attrs; attrs++)
		sysfs_remove_file(kobj, *attrs);
}

int sysfs_create_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
{
	return add_file(kobj, &attr->attr, NULL, true);
}

void sysfs_remove_bin_file(struct kobject *kobj, const struct bin_attribute *attr)
{
	remove_file(kobj, &attr->attr, NULL);
}

/* ------------------------------------------------------------------ groups */

static const struct attribute_group *directory_of(const struct attribute_group *group)
{
	return group->name ? group : NULL;
}

void sysfs_remove_group(struct kobject *kobj, const struct attribute_group *group)
{
	const struct attribute_group *directory;

	if (!group)
		return;
	directory = directory_of(group);
	for (struct attribute **attr = group->attrs; attr && *attr; attr++)
		remove_file(kobj, *attr, directory);
	for (struct bin_attribute **attr = group->bin_attrs; attr && *attr; attr++)
		remove_file(kobj, &(*attr)->attr, directory);
}

static int add_group(struct kobject *kobj, const struct attribute_group *group)
{
	const struct attribute_group *directory = directory_of(group);
	int error = 0;

	for (int i = 0; !error && group->attrs && group->attrs[i]; i++)
		if (!group->is_visible || group->is_visible(kobj, group->attrs[i], i))
			error = add_file(kobj, group->attrs[i], directory, false);
	for (int i = 0; !error && group->bin_attrs && group->bin_attrs[i]; i++)
		if (!group->is_bin_visible ||
			group->is_bin_visible(kobj, group->bin_attrs[i], i))
			error = add_file(
				kobj, &group->bin_attrs[i]->attr, directory, true);
	return error;
}

int sysfs_create_group(struct kobject *kobj, const struct attribute_group *group)
{
	int error = group ? add_group(kobj, group) : 0;

	if (error)
		sysfs_remove_group(kobj, group);
	return error;
}

int sysfs_create_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	for (int i = 0; groups && groups[i]; i++) {
		int error = sysfs_create_group(kobj, groups[i]);

		if (!error)
			continue;
		while (i--)
			sysfs_remove_group(kobj, groups[i]);
		return error;
	}
	return 0;
}

void sysfs_remove_groups(struct kobject *kobj, const struct attribute_group **groups)
{
	for (; groups && *groups; groups++)
		sysfs_remove_group(kobj, *groups);
}

/* ------------------------------------------------------------------ objects */

static ssize_t show_kobj(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct kobj_attribute *ka = container_of(attr, struct kobj_attribute, attr);

	return ka->show ? ka->show(kobj, ka, buf) : -EIO;
}

static ssize_t store_kobj(
	struct kobject *kobj, struct attribute *attr, const char *buf, size_t n)
{
	struct kobj_attribute *ka = container_of(attr, struct kobj_attribute, attr);

	return ka->store ? ka->store(kobj, ka, buf, n) : -EIO;
}

const struct sysfs_ops kobj_sysfs_ops = { show_kobj, store_kobj };

void kobject_init(struct kobject *kobj, const struct kobj_type *ktype)
{
	if (WARN(kobj->state_initialized,
		    "kobject (%px): tried to init an initialized object", kobj))
		return;
	kref_init(&kobj->kref);
	INIT_LIST_HEAD(&kobj->entry);
	INIT_LIST_HEAD(&kobj->qy_files);
	INIT_LIST_HEAD(&kobj->qy_link);
	kobj->state_initialized = 1;
	kobj->ktype = ktype;
}

static int set_name(struct kobject *kobj, const char *fmt, va_list args)
{
	char text[64], *name;

	vscnprintf(text, sizeof(text), fmt, args);
	name = kstrdup(text, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	if (kobj->qy_owns_name)
		kfree(kobj->name);
	kobj->name = name;
	kobj->qy_owns_name = true;
	return 0;
}

int kobject_set_name(struct kobject *kobj, const char *fmt, ...)
{
	va_list args;
	int error;

	va_start(args, fmt);
	error = set_name(kobj, fmt, args);
	va_end(args);
	return error;
}

static int enter(struct kobject *kobj)
{
	int error;

	might_sleep();
	if (WARN(!kobj->state_initialized,
		    "kobject (%px): attempted to be registered without being initialized",
		    kobj))
		return -EINVAL;
	if (!kobj->name || !*kobj->name) {
		WARN(1, "kobject: attempted to be registered with empty name!");
		return -EINVAL;
	}
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	if (kobj->kset && !kobj->parent)
		kobj->parent = &kobj->kset->kobj;
	kobject_get(kobj->parent);
	if (kobj->kset) {
		kset_get(kobj->kset);
		list_add_tail(&kobj->entry, &kobj->kset->list);
	}
	list_add_tail(&kobj->qy_link, &model_of(qy_compat_world())->kobjects);
	kobj->state_in_sysfs = 1;
	qy_hold(QY_HELD_DEVICE, kobj, 0);
	error = kobj->ktype ? sysfs_create_groups(kobj, kobj->ktype->default_groups) : 0;
	if (!error && kobj->ktype && kobj->ktype->qy_default_attrs)
		error = sysfs_create_files(kobj,
			(const struct attribute *const *)kobj->ktype->qy_default_attrs);
	if (error)
		kobject_del(kobj);
	return error;
}

int kobject_add(struct kobject *kobj, struct kobject *parent, const char *fmt, ...)
{
	va_list args;
	int error;

	va_start(args, fmt);
	error = set_name(kobj, fmt, args);
	va_end(args);
	kobj->parent = parent;
	return error ? error : enter(kobj);
}

int kobject_init_and_add(struct kobject *kobj, const struct kobj_type *ktype,
	struct kobject *parent, const char *fmt, ...)
{
	va_list args;
	int error;

	kobject_init(kobj, ktype);
	va_start(args, fmt);
	error = set_name(kobj, fmt, args);
	va_end(args);
	kobj->parent = parent;
	return error ? error : enter(kobj);
}

void kobject_del(struct kobject *kobj)
{
	struct kobject *parent;

	if (!kobj || !kobj->state_in_sysfs)
		return;
	parent = kobj->parent;
	qy_compat_files_down(kobj);
	list_del_init(&kobj->qy_link);
	kobj->state_in_sysfs = 0;
	qy_let_go(QY_HELD_DEVICE, kobj);
	if (kobj->kset) {
		list_del_init(&kobj->entry);
		kset_put(kobj->kset);
	}
	kobj->parent = NULL;
	kobject_put(parent);
}

struct kobject *kobject_get(struct kobject *kobj)
{
	if (kobj)
		kref_get(&kobj->kref);
	return kobj;
}

static void release_kobject(struct kref *kref)
{
	struct kobject *kobj = container_of(kref, struct kobject, kref);
	const char *name = kobj->qy_owns_name ? kobj->name : NULL;

	kobject_del(kobj);
	if (kobj->ktype && kobj->ktype->release)
		kobj->ktype->release(kobj);
	else
		qy_printk_line(QY_LOG_ERR,
			"kobject: '%s' (%px): does not have a release() function, it is broken and must be fixed.",
			kobj->name ? kobj->name : "", kobj);
	kfree(name);
}

void kobject_put(struct kobject *kobj)
{
	if (!kobj)
		return;
	if (WARN(!kobj->state_initialized,
		    "kobject: '%s' (%px): is not initialized, yet kobject_put() is being called.",
		    kobj->name ? kobj->name : "", kobj))
		return;
	kref_put(&kobj->kref, release_kobject);
}

static void free_dynamic(struct kobject *kobj)
{
	kfree(kobj);
}

static const struct kobj_type dynamic_ktype = { .release = free_dynamic,
	.sysfs_ops = &kobj_sysfs_ops };

struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	struct kobject *kobj = kzalloc(sizeof(*kobj), GFP_KERNEL);

	if (kobj && kobject_init_and_add(kobj, &dynamic_ktype, parent, "%s", name)) {
		kobject_put(kobj);
		return NULL;
	}
	return kobj;
}

/* ------------------------------------------------------------------ sets */

static void free_kset(struct kobject *kobj)
{
	kfree(container_of(kobj, struct kset, kobj));
}

static const struct kobj_type kset_ktype = { .release = free_kset,
	.sysfs_ops = &kobj_sysfs_ops };

int kset_register(struct kset *kset)
{
	INIT_LIST_HEAD(&kset->list);
	spin_lock_init(&kset->list_lock);
	kobject_init(&kset->kobj, kset->kobj.ktype);
	return enter(&kset->kobj);
}

struct kset *kset_create_and_add(
	const char *name, const struct kset_uevent_ops *u, struct kobject *parent)
{
	struct kset *kset = kzalloc(sizeof(*kset), GFP_KERNEL);

	if (!kset)
		return NULL;
	kset->uevent_ops = u;
	kset->kobj.parent = parent;
	kset->kobj.ktype = &kset_ktype;
	if (kobject_set_name(&kset->kobj, "%s", name)) {
		kfree(kset);
		return NULL;
	}
	if (kset_register(kset)) {
		kobject_put(&kset->kobj);
		return NULL;
	}
	return kset;
}

void kset_unregister(struct kset *kset)
{
	if (!kset)
		return;
	kobject_del(&kset->kobj);
	kobject_put(&kset->kobj);
}

/* ------------------------------------------------------------------ who reads and writes them */

static struct kobject *find_kobject(const struct qy_world *w, const char *name)
{
	struct device *dev = qy_compat_find_device(w, name);
	struct kobject *kobj;

	if (dev)
		return &dev->kobj;
	list_for_each_entry(kobj, &model_of(w)->kobjects, qy_link)
		if (kobj->name && !strcmp(kobj->name, name))
			return kobj;
	return NULL;
}

static struct file_link *find_file(
	struct qy_world *w, const char *object, const char *name, struct kobject **kobj)
{
	*kobj = find_kobject(w, object);
	if (!*kobj)
		return NULL;
	prepare(*kobj);
	return find_name(*kobj, name);
}

static struct bin_attribute *binary(const struct file_link *file)
{
	return container_of(
		(struct attribute *)(uintptr_t)file->attr, struct bin_attribute, attr);
}

static long show(const struct file_link *file, char *page)
{
	struct kobject *kobj = file->kobj;

	if (file->binary)
		return binary(file)->read
			       ? binary(file)->read(NULL, kobj, binary(file), page, 0,
					 min_t(size_t, PAGE_SIZE,
						 binary(file)->size ? binary(file)->size
								    : PAGE_SIZE))
			       : -EIO;
	if (!kobj->ktype || !kobj->ktype->sysfs_ops || !kobj->ktype->sysfs_ops->show)
		return -EIO;
	return kobj->ktype->sysfs_ops->show(
		kobj, (struct attribute *)(uintptr_t)file->attr, page);
}

long qy_world_attr_show(
	struct qy_world *w, const char *object, const char *name, char *page)
{
	struct kobject *kobj;
	struct file_link *file = find_file(w, object, name, &kobj);

	return file ? show(file, page) : -ENOENT;
}

static struct file_link *nth_file(const struct qy_world *w, unsigned int n)
{
	struct file_link *file;

	list_for_each_entry(file, &model_of(w)->files, all)
		if (!n--)
			return file;
	return NULL;
}

bool qy_world_attr(const struct qy_world *w, unsigned int n, char *path, size_t size)
{
	const struct file_link *file = nth_file(w, n);

	if (file)
		scnprintf(path, size, "/sys/.../%s/%s%s%s",
			file->kobj->name ? file->kobj->name : "?",
			file->group ? file->group->name : "", file->group ? "/" : "",
			file->attr->name);
	return file;
}

/* The page is an object of the board's, as there: what is written behind its end is seen. */
long qy_world_attr_cat(struct qy_world *w, unsigned int n)
{
	const struct file_link *file = nth_file(w, n);
	struct qy_callback begin;
	char *page;
	long got;

	if (!file)
		return -ENOENT;
	if (!(file->attr->mode & 0444))
		return -EACCES;
	page = qy_hold(
		QY_HELD_OBJECT, qy_kzalloc(w->m, PAGE_SIZE, GFP_KERNEL), PAGE_SIZE);
	if (!page)
		return -ENOMEM;
	begin = qy_callback_begin();
	got = show(file, page);
	qy_callback_end(&begin, "show()", true);
	if (got >= (long)PAGE_SIZE && !file->binary)
		qy_compat_report("WARNING: fill_read_buffer: %s returned bad count",
			file->attr->name);
	kfree(page);
	return got;
}

long qy_world_attr_store(struct qy_world *w, const char *object, const char *name,
	const char *text, size_t n)
{
	struct kobject *kobj;
	struct file_link *file = find_file(w, object, name, &kobj);

	if (!file)
		return -ENOENT;
	if (file->binary)
		return binary(file)->write ? binary(file)->write(NULL, kobj, binary(file),
						     (char *)(uintptr_t)text, 0, n)
					   : -EIO;
	if (!kobj->ktype || !kobj->ktype->sysfs_ops || !kobj->ktype->sysfs_ops->store)
		return -EIO;
	return kobj->ktype->sysfs_ops->store(
		kobj, (struct attribute *)(uintptr_t)file->attr, text, n);
}
