// SPDX-License-Identifier: MIT
/* See entry.h. No state but the world's list. */
#include "compat/entry.h"
#include "compat/host.h"

static const char *const roots[] = {
	[ENTRY_PROC] = "/proc", [ENTRY_DEBUG] = "/sys/kernel/debug", [ENTRY_SYS] = "/sys"
};

struct entry *qy_compat_entry_add(enum entry_root root, const char *name, umode_t mode,
	struct entry *parent, void *data)
{
	const char *slash, *last;
	struct entry *entry;

	might_sleep();
	entry = qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0)
			? NULL
			: qy_host_zalloc(sizeof(*entry));
	if (!entry)
		return NULL;
	entry->root = root;
	scnprintf(entry->name, sizeof(entry->name), "%s", name);
	slash = strrchr(entry->name, '/');
	last = slash ? slash + 1 : entry->name;
	entry->dentry.d_name =
		(struct qstr){ (u32)strlen(last), (const unsigned char *)last };
	entry->dentry.d_parent = parent ? &parent->dentry : &entry->dentry;
	entry->mode = mode;
	entry->parent = parent;
	entry->data = data;
	INIT_LIST_HEAD(&entry->files);
	list_add_tail(&entry->link, &model_of(qy_compat_world())->entries);
	qy_hold(QY_HELD_DEVICE, entry, 0);
	return entry;
}

struct entry *qy_compat_entry_in(
	enum entry_root root, const struct entry *parent, const char *name)
{
	struct entry *entry;

	list_for_each_entry(entry, &model_of(qy_compat_world())->entries, link)
		if (!entry->gone && entry->root == root && entry->parent == parent &&
			!strcmp(entry->name, name))
			return entry;
	return NULL;
}

void qy_compat_entry_closed(struct entry *entry)
{
	if (!entry->gone || !list_empty(&entry->files))
		return;
	list_del(&entry->link);
	qy_host_free(entry);
}

/* Who has it open keeps it. */
static void remove_one(struct entry *entry)
{
	qy_let_go(QY_HELD_DEVICE, entry);
	qy_compat_entry_release(entry);
	entry->gone = true;
	qy_compat_entry_closed(entry);
}

static struct entry *first_below(const struct entry *parent)
{
	struct entry *entry;

	list_for_each_entry(entry, &model_of(qy_compat_world())->entries, link)
		if (!entry->gone && entry->parent == parent)
			return entry;
	return NULL;
}

void qy_compat_entry_remove(struct entry *entry)
{
	struct entry *below;

	while ((below = first_below(entry)))
		qy_compat_entry_remove(below);
	remove_one(entry);
}

char *qy_compat_entry_path(const struct entry *entry, char *path, size_t size)
{
	char above[ENTRY_PATH];

	scnprintf(path, size, "%s/%s",
		entry->parent ? qy_compat_entry_path(entry->parent, above, sizeof(above))
			      : roots[entry->root],
		entry->name);
	return path;
}

struct entry *qy_compat_entry_find(const struct qy_world *w, const char *path)
{
	struct entry *entry;
	char its[ENTRY_PATH];

	list_for_each_entry(entry, &model_of(w)->entries, link)
		if (!entry->gone &&
			!strcmp(qy_compat_entry_path(entry, its, sizeof(its)), path))
			return entry;
	return NULL;
}

struct entry *qy_compat_entry_file(const struct qy_world *w, unsigned int n)
{
	struct entry *entry;

	list_for_each_entry(entry, &model_of(w)->entries, link)
		if (!entry->dir && !entry->gone && !n--)
			return entry;
	return NULL;
}

void qy_compat_entries_down(struct qy_world *w)
{
	struct entry *entry, *next;

	list_for_each_entry_safe(entry, next, &model_of(w)->entries, link)
		qy_host_free(entry);
}
