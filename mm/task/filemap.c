// SPDX-License-Identifier: MIT
/*
 * Files and their page cache.
 *
 *   qy_file_open, _close, _read, _write, _unlink
 *   qy_filemap_get, qy_filemap_remove
 *   qy_drop_pagecache, qy_inode_reclaim, qy_inode_count
 *
 *   read:  index; page there? --> its bytes
 *                 not there --> frames for it and what is read ahead, locked, into the index; read; unlocked
 *
 * A page is in the index from before it is read, and locked until it is: who finds it waits. One that cannot be read
 * leaves again.
 *
 * Locking: task_room->lock, dropped wherever something sleeps.
 */
#include "mm/task/internal.h"
#include <quarry/slab.h>

#define RA_MIN_PAGES 4u
#define RA_MAX_PAGES 32u /* 128 KiB: Linux's read_ahead_kb */
#define GFP_CACHE    QY_GFP_HIGHUSER_MOVABLE

/* ------------------------------------------------------------------ one page into the index, and out */

static void count_cache(struct qy_machine *m, u32 frame, s64 delta)
{
	count_page(m, frame, NR_FILE_PAGES, delta);
	if (page_has(m, frame, PG_swapbacked))
		count_page(m, frame, NR_SHMEM, delta);
}

void qy_filemap_remove(struct qy_machine *m, u32 frame, u64 word)
{
	if (page_has(m, frame, PG_lru))
		qy_lru_del(m, frame);
	count_cache(m, frame, -1);
	qy_index_set(page_mapping(m, frame), page_place(m, frame), word);
}

/* A frame at @place, locked, which nobody has read or cleared. Return: 0; -ENOMEM; -EEXIST: there is one. */
static int add_page(struct address_space *mapping, u32 place, qy_gfp_t gfp, u32 *frame)
{
	struct qy_machine *m = mapping->machine;
	struct page *page = qy_alloc_pages(m, gfp, 0);
	u32 flags = PG_locked | (is_tmpfs(mapping) ? PG_swapbacked : 0u);
	u64 before;

	if (!page)
		return -QY_ENOMEM;
	*frame = page_to_frame(m, page);
	if (qy_index_reserve(mapping, place, gfp)) {
		qy_free_pages(m, page, 0);
		return -QY_ENOMEM;
	}
	before = qy_index_get(mapping, place);
	if (index_is_page(before)) {
		qy_task_unlock(m);
		qy_free_pages(m, page, 0);
		return -QY_EEXIST;
	}
	set_page_owner(m, *frame, flags, place, mapping);
	qy_index_set(mapping, place, index_page(*frame));
	count_cache(m, *frame, 1);
	if (index_is_shadow(before)) {
		struct shadow shadow = qy_word_shadow(before);

		qy_workingset_refault(m, *frame, &shadow);
	}
	qy_lru_add(m, *frame);
	qy_mark_owned(m, *frame);
	qy_task_unlock(m);
	return 0;
}

static void unlock_page(struct qy_machine *m, u32 frame)
{
	qy_task_lock(m);
	clear_page_flags(m, frame, PG_locked);
	qy_task_unlock(m);
}

/* pre: it is ours. */
static void discard_page(struct qy_machine *m, u32 frame, u64 word)
{
	const struct free_batch batch = { 1, { frame } };

	qy_task_lock(m);
	qy_filemap_remove(m, frame, word);
	qy_task_unlock(m);
	qy_free_batch(m, &batch);
}

/* ------------------------------------------------------------------ reading */

static int read_page(struct address_space *mapping, u32 place, u32 frame)
{
	struct qy_machine *m = mapping->machine;
	int err = m->port->file_read(m->port->ctx, mapping->backing,
		(u64)place << QY_PAGE_SHIFT, frame_address(m, frame), QY_PAGE_SIZE);

	if (err) {
		discard_page(m, frame, 0);
		return -QY_EIO;
	}
	qy_count_events(m, PGPGIN, QY_PAGE_SIZE >> 10);
	unlock_page(m, frame);
	return 0;
}

/* How many pages are read when @place is not there. */
static u32 readahead_pages(struct file *ra, u32 place)
{
	u32 nr;

	if (!ra)
		return 1;
	nr = READ_ONCE(ra->ra_pages);
	if (place && place != READ_ONCE(ra->ra_next))
		nr = 1;
	else
		nr = nr < RA_MIN_PAGES ? RA_MIN_PAGES : min(nr * 2, RA_MAX_PAGES);
	WRITE_ONCE(ra->ra_pages, nr);
	return nr;
}

/* Reads @place, and what follows while memory is easy to have. Return: of @place: 0, -ENOMEM, -EIO. */
static int read_pages(struct address_space *mapping, struct file *ra, u32 place)
{
	const qy_gfp_t easy = GFP_CACHE | QY___GFP_NORETRY | QY___GFP_NOWARN;
	u64 end = min((u64)place + readahead_pages(ra, place), mapping_pages(mapping));
	u32 frames[RA_MAX_PAGES], nr = 0;
	int err = 0;

	for (u64 at = place; at < max(end, (u64)place + 1); at++) {
		err = add_page(mapping, (u32)at, nr ? easy : GFP_CACHE, &frames[nr]);
		if (err)
			break;
		nr++;
	}
	if (nr)
		err = 0;
	for (u32 i = 0; i < nr; i++) {
		int failed = read_page(mapping, place + i, frames[i]);

		err = i ? err : failed;
	}
	return err;
}

/* A page of tmpfs: from swap, or zero. */
static int fill_tmpfs(struct address_space *mapping, u32 place, bool *major)
{
	struct qy_machine *m = mapping->machine;
	u32 frame, slot = NO_SLOT;
	u64 word;
	int err = 0;

	qy_task_lock(m);
	word = qy_index_get(mapping, place);
	qy_task_unlock(m);
	if (index_is_slot(word))
		slot = index_number(word);
	*major |= slot != NO_SLOT;
	err = add_page(mapping, place, GFP_CACHE | (slot == NO_SLOT ? QY___GFP_ZERO : 0u),
		&frame);
	if (err)
		return err;
	if (slot != NO_SLOT)
		err = qy_slot_read(m, slot, frame);
	if (err) {
		discard_page(m, frame, word);
		return err;
	}
	qy_task_lock(m);
	if (slot != NO_SLOT)
		qy_slot_free(m, slot);
	set_page_flags(m, frame, PG_dirty);
	clear_page_flags(m, frame, PG_locked);
	qy_task_unlock(m);
	return 0;
}

/* Takes the page at @place if it is there. Return: 0; -EAGAIN: somebody has it; -ENOENT. */
static int take_cached(struct address_space *mapping, u32 place, u32 *frame)
{
	struct qy_machine *m = mapping->machine;
	int err = -QY_ENOENT;
	u64 word;

	qy_task_lock(m);
	word = qy_index_get(mapping, place);
	if (index_is_page(word)) {
		*frame = index_number(word);
		err = page_has(m, *frame, PG_locked) ? -QY_EAGAIN : 0;
		if (!err)
			set_page_flags(m, *frame, PG_locked);
	}
	qy_task_unlock(m);
	return err;
}

int qy_filemap_get(struct address_space *mapping, struct file *ra, u32 place, u32 *frame,
	bool *major)
{
	for (unsigned int round = 0;; round++) {
		int err = take_cached(mapping, place, frame);

		if (err == -QY_EAGAIN) {
			wait_for_page(round);
			continue;
		}
		if (err != -QY_ENOENT)
			return err;
		if (is_tmpfs(mapping)) {
			err = fill_tmpfs(mapping, place, major);
		} else {
			*major = true;
			err = read_pages(mapping, ra, place);
		}
		if (err && err != -QY_EEXIST)
			return err;
	}
}

/* The same for a page that is overwritten as a whole, or lies behind the end: it is not read. */
static int get_fresh(struct address_space *mapping, u32 place, u32 *frame)
{
	for (unsigned int round = 0;; round++) {
		int err = take_cached(mapping, place, frame);

		if (err == -QY_EAGAIN)
			wait_for_page(round);
		if (!err)
			return 0;
		if (err == -QY_ENOENT)
			err = add_page(mapping, place,
				GFP_CACHE | QY___GFP_ZERO | QY___GFP_WRITE, frame);
		if (err != -QY_EEXIST && err != -QY_EAGAIN)
			return err;
	}
}

/* ------------------------------------------------------------------ the doors */

struct transfer {
	struct file *file;
	u32 place;
	u32 offset, nr; /* bytes of that page */
	bool write;
};

static int get_page(const struct transfer *t, u32 *frame)
{
	struct address_space *mapping = t->file->mapping;
	bool whole = !t->offset && t->nr == QY_PAGE_SIZE, major = false;

	if (t->write && !is_tmpfs(mapping) &&
		(whole || t->place >= mapping_pages(mapping)))
		return get_fresh(mapping, t->place, frame);
	return qy_filemap_get(mapping, t->file, t->place, frame, &major);
}

static void end_transfer(const struct transfer *t, u32 frame)
{
	struct address_space *mapping = t->file->mapping;
	struct qy_machine *m = mapping->machine;
	u64 end = ((u64)t->place << QY_PAGE_SHIFT) + t->offset + t->nr;

	qy_task_lock(m);
	if (t->write) {
		WRITE_ONCE(mapping->bytes, max(mapping->bytes, end));
		qy_mark_page_dirty(m, frame);
	}
	qy_mark_page_accessed(m, frame);
	clear_page_flags(m, frame, PG_locked);
	qy_task_unlock(m);
	WRITE_ONCE(t->file->ra_next, t->place + 1);
}

static int transfer_page(const struct transfer *t, char *bytes)
{
	struct qy_machine *m = t->file->mapping->machine;
	char *at;
	u32 frame;
	int err;

	if (t->file->task && READ_ONCE(t->file->task->flags) & TASK_KILLED)
		return -QY_EINTR;
	err = get_page(t, &frame);
	if (err)
		return err;
	at = (char *)frame_address(m, frame) + t->offset;
	if (bytes && t->write)
		memcpy(at, bytes, t->nr);
	else if (bytes)
		memcpy(bytes, at, t->nr);
	end_transfer(t, frame);
	if (t->write && !is_tmpfs(t->file->mapping))
		qy_balance_dirty_pages(m);
	return 0;
}

static int transfer(struct file *file, u64 offset, char *bytes, u64 nr_bytes, bool write)
{
	struct acting saved;
	int err = 0;

	if (file->task)
		qy_act_as(file->task, &saved);
	while (nr_bytes && !err) {
		struct transfer t = {
			.file = file,
			.place = (u32)(offset >> QY_PAGE_SHIFT),
			.offset = (u32)(offset & (QY_PAGE_SIZE - 1)),
			.write = write,
		};

		t.nr = (u32)min(nr_bytes, (u64)QY_PAGE_SIZE - t.offset);
		err = transfer_page(&t, bytes);
		bytes = bytes ? bytes + t.nr : NULL;
		offset += t.nr;
		nr_bytes -= t.nr;
	}
	if (file->task)
		qy_act_end(&saved);
	return err;
}

long qy_file_read(struct file *file, uint64_t offset, void *to, size_t bytes)
{
	u64 length = READ_ONCE(file->mapping->bytes);
	u64 nr = offset < length ? min((u64)bytes, length - offset) : 0;
	int err = transfer(file, offset, to, nr, false);

	return err ? err : (long)nr;
}

/* Tells each opening once of an error since. */
static int check_error(struct file *file)
{
	struct address_space *mapping = file->mapping;
	int err = 0;

	qy_task_lock(mapping->machine);
	if (file->wb_since != mapping->wb_seq) {
		file->wb_since = mapping->wb_seq;
		mapping->wb_seen = true;
		err = mapping->wb_err;
	}
	qy_task_unlock(mapping->machine);
	return err;
}

long qy_file_write(struct file *file, uint64_t offset, const void *from, size_t bytes)
{
	int err = check_error(file);

	if (!err && (offset + bytes < offset || offset + bytes > MM_ADDRESSES))
		err = -QY_EINVAL;
	if (!err)
		err = transfer(file, offset, (char *)(uintptr_t)from, bytes, true);
	return err ? err : (long)bytes;
}

int qy_file_sync(struct file *file)
{
	if (!is_tmpfs(file->mapping))
		qy_write_mapping(file->mapping);
	return check_error(file);
}

/* ------------------------------------------------------------------ files by name; task_room->lock must be held */

static bool same_name(const char *a, const char *b)
{
	unsigned int i = 0;

	while (i < QY_FILE_NAME - 1 && a[i] && a[i] == b[i])
		i++;
	return i == QY_FILE_NAME - 1 || a[i] == b[i];
}

static struct address_space *find_mapping(const struct qy_machine *m, const char *name)
{
	struct address_space *mapping = m->task_room->files;

	while (mapping && !same_name(mapping->name, name))
		mapping = mapping->next;
	return mapping;
}

static void add_mapping(struct task_room *room, struct address_space *mapping)
{
	mapping->prev = room->last_file;
	*(room->last_file ? &room->last_file->next : &room->files) = mapping;
	room->last_file = mapping;
	owner_add(&room->nr_files, 1);
}

static void remove_mapping(struct task_room *room, struct address_space *mapping)
{
	*(mapping->prev ? &mapping->prev->next : &room->files) = mapping->next;
	*(mapping->next ? &mapping->next->prev : &room->last_file) = mapping->prev;
	owner_add(&room->nr_files, -1u);
}

void qy_mapping_get(struct address_space *mapping)
{
	mapping->nr_users++;
}

void qy_mapping_put(struct address_space *mapping)
{
	mapping->nr_users--;
}

/* ------------------------------------------------------------------ open and close */

static void commit_tmpfs(struct address_space *mapping, s64 nr_pages)
{
	mapping->committed += (u64)nr_pages;
	owner_add(&mapping->machine->task_room->vm_committed, nr_pages);
}

/* A file that is not there yet. Return: it, not on the list; or NULL with *err. */
static struct address_space *make_mapping(
	struct qy_machine *m, const char *name, u64 bytes, unsigned int flags, int *err)
{
	struct address_space *mapping =
		qy_kmem_cache_zalloc(m->task_room->inode_cache, QY_GFP_KERNEL);

	*err = -QY_ENOMEM;
	if (!mapping)
		return NULL;
	mapping->machine = m;
	mapping->bytes = bytes;
	mapping->flags = flags & QY_FILE_TMPFS ? AS_TMPFS : 0;
	qy_snprintf(mapping->name, sizeof(mapping->name), "%s", name);
	*err = 0;
	if (!is_tmpfs(mapping))
		*err = m->port->file_open(
			m->port->ctx, mapping->name, bytes, &mapping->backing);
	if (!*err)
		return mapping;
	qy_kmem_cache_free(m->task_room->inode_cache, mapping);
	return NULL;
}

/* The file of that name, with one more user. */
static struct address_space *get_mapping(
	struct qy_machine *m, const char *name, u64 bytes, unsigned int flags, int *err)
{
	struct address_space *mapping, *new = NULL;
	bool added = false;

	*err = 0;
	for (;;) {
		qy_task_lock(m);
		mapping = find_mapping(m, name);
		if (!mapping && new) {
			added = true;
			add_mapping(m->task_room, new);
			if (is_tmpfs(new))
				commit_tmpfs(new, (s64)mapping_pages(new));
			mapping = new;
			new = NULL;
		}
		if (mapping) {
			WRITE_ONCE(mapping->bytes, max(mapping->bytes, bytes));
			qy_mapping_get(mapping);
		}
		qy_task_unlock(m);
		if (mapping)
			break;
		new = make_mapping(m, name, bytes, flags, err);
		if (!new)
			return NULL;
	}
	if (added)
		qy_task_get(
			m); /* the file stays when it is closed; the caller is a user, so this cannot fail */
	if (new)
		qy_kmem_cache_free(m->task_room->inode_cache, new);
	return mapping;
}

static bool can_have_files(const struct qy_machine *m, unsigned int flags)
{
	return !m->port->no_contents && (m->port->file_open || flags & QY_FILE_TMPFS);
}

int qy_file_open(struct qy_machine *m, struct task_struct *task, const char *name,
	uint64_t bytes, unsigned int flags, struct file **file)
{
	struct address_space *mapping;
	struct file *f;
	int err;

	if (bytes > MM_ADDRESSES || flags & ~(unsigned int)QY_FILE_TMPFS)
		return -QY_EINVAL;
	if (!can_have_files(m, flags))
		return -QY_EOPNOTSUPP;
	err = qy_task_get(m);
	if (err)
		return err;
	f = qy_kmem_cache_zalloc(m->task_room->file_cache, QY_GFP_KERNEL);
	err = -QY_ENOMEM;
	if (!f)
		goto put;
	mapping = get_mapping(m, name, bytes, flags, &err);
	if (!mapping)
		goto free;
	qy_task_lock(m);
	f->mapping = mapping;
	f->task = task;
	/* an error that nobody was told of is told to who opens next */
	f->wb_since = mapping->wb_seq - (mapping->wb_seq && !mapping->wb_seen);
	if (task) {
		f->next = task->files;
		task->files = f;
	}
	qy_task_unlock(m);
	*file = f;
	return 0;
free:
	qy_kmem_cache_free(m->task_room->file_cache, f);
put:
	qy_task_put(m);
	return err;
}

static void unlink_file(struct file *file)
{
	struct file **link = &file->task->files;

	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
}

void qy_file_close(struct file *file)
{
	struct qy_machine *m = file->mapping->machine;

	qy_task_lock(m);
	if (file->task)
		unlink_file(file);
	qy_mapping_put(file->mapping);
	qy_task_unlock(m);
	qy_kmem_cache_free(m->task_room->file_cache, file);
	qy_task_put(m);
}

void qy_close_files(struct qy_machine *m, struct task_struct *task)
{
	(void)m;
	while (task->files)
		qy_file_close(task->files);
}

/* ------------------------------------------------------------------ leaving */

/* Takes clean pages that nobody maps or has; with @all every page, which nobody has then. Return: pages. */
static u64 drop_pages(struct address_space *mapping, bool all)
{
	struct qy_machine *m = mapping->machine;
	u64 place = 0, dropped = 0;
	bool more = true;

	while (more) {
		struct free_batch batch = { .nr = 0 };

		qy_task_lock(m);
		while (batch.nr < FREE_BATCH) {
			u64 word;
			u32 frame;

			more = qy_index_next(mapping, &place);
			if (!more)
				break;
			word = qy_index_get(mapping, (u32)place);
			frame = index_number(word);
			place++;
			if (!index_is_page(word)) {
				if (all && index_is_slot(word))
					qy_slot_free(m, frame);
				if (all)
					qy_index_set(mapping, (u32)(place - 1), 0);
				continue;
			}
			if (page_has(m, frame, PG_locked) || page_mapcount(m, frame) ||
				(!all && page_has(m, frame, PG_dirty | PG_swapbacked)) ||
				hot_refs(READ_ONCE(m->hot[frame])) != 1)
				continue;
			set_page_flags(m, frame, PG_locked);
			qy_cancel_dirty(m, frame);
			qy_filemap_remove(m, frame, 0);
			batch.frame[batch.nr++] = frame;
		}
		qy_task_unlock(m);
		qy_free_batch(m, &batch);
		dropped += batch.nr;
	}
	return dropped;
}

/* The next file after @mapping, held; @mapping is not any more. */
static struct address_space *next_mapping(
	struct qy_machine *m, struct address_space *mapping)
{
	struct address_space *next;

	qy_task_lock(m);
	next = mapping ? mapping->next : m->task_room->files;
	if (next)
		qy_mapping_get(next);
	if (mapping)
		qy_mapping_put(mapping);
	qy_task_unlock(m);
	return next;
}

u64 qy_drop_pagecache(struct qy_machine *m)
{
	u64 dropped = 0;

	for (struct address_space *f = next_mapping(m, NULL); f; f = next_mapping(m, f))
		dropped += drop_pages(f, false);
	return dropped;
}

void qy_sync(struct qy_machine *m)
{
	for (struct address_space *f = next_mapping(m, NULL); f; f = next_mapping(m, f))
		if (!is_tmpfs(f))
			qy_write_mapping(f);
}

/* pre: nobody uses it, it is on no list, and has no page. */
static void free_mapping(struct qy_machine *m, struct address_space *mapping)
{
	qy_kmem_cache_free(m->task_room->inode_cache, mapping);
	qy_task_put(m);
}

/* What an inode without pages could be freed for: tmpfs keeps its bytes nowhere else. task_room->lock must be held. */
static bool is_unused(const struct address_space *mapping)
{
	return !mapping->nr_users && !mapping->nr_pages && !is_tmpfs(mapping) &&
	       (!mapping->wb_seq || mapping->wb_seen);
}

u64 qy_inode_count(struct qy_machine *m)
{
	u64 nr = 0;

	qy_task_lock(m);
	for (const struct address_space *f = m->task_room->files; f; f = f->next)
		nr += is_unused(f);
	qy_task_unlock(m);
	return nr;
}

u64 qy_inode_reclaim(struct qy_machine *m, u64 nr)
{
	u64 freed = 0;

	while (freed < nr) {
		struct address_space *f;

		qy_task_lock(m);
		f = m->task_room->files;
		while (f && !is_unused(f))
			f = f->next;
		if (f)
			remove_mapping(m->task_room, f);
		qy_task_unlock(m);
		if (!f)
			break;
		drop_pages(f, true); /* shadows */
		free_mapping(m, f);
		freed++;
	}
	return freed;
}

int qy_file_unlink(struct qy_machine *m, const char *name)
{
	struct address_space *mapping;
	int err = 0;

	qy_task_lock(m);
	mapping = find_mapping(m, name);
	if (!mapping)
		err = -QY_ENOENT;
	else if (mapping->nr_users)
		err = -QY_EBUSY;
	else
		remove_mapping(m->task_room, mapping);
	if (!err && is_tmpfs(mapping))
		commit_tmpfs(mapping, -(s64)mapping->committed);
	qy_task_unlock(m);
	if (err)
		return err;
	/* a mover or the flusher may have one for a moment */
	for (unsigned int round = 0; mapping->nr_pages; round++) {
		drop_pages(mapping, true);
		if (mapping->nr_pages)
			wait_for_page(round);
	}
	drop_pages(mapping, true);
	if (!is_tmpfs(mapping))
		m->port->file_forget(m->port->ctx, mapping->backing);
	free_mapping(m, mapping);
	return 0;
}
