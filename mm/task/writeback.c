// SPDX-License-Identifier: MIT
/*
 * Dirty pages: how many there may be, and their way to the port.
 *
 *   qy_mark_page_dirty, qy_cancel_dirty, qy_write_page, qy_write_mapping
 *   qy_balance_dirty_pages      who makes too many waits
 *   qy_writeback_step, qy_writeback_next_ns, qy_wake_flusher     the flusher
 *   qy_dirty_limits
 *
 * A page that cannot be written stays dirty: nothing is lost, and the file remembers the error until everybody who has
 * it open was told. The flusher leaves that file alone until the next time.
 *
 * Locking: task_room->lock; flusher_mutex for the flusher's rounds. A page is PG_locked while it is written.
 */
#include "mm/task/internal.h"

#define CENTISEC_NS   10000000ull
#define WRITE_CHUNK   1024u /* pages of one file before the next one has its turn */
#define THROTTLE_STEP 32u

/* ------------------------------------------------------------------ limits */

/* Pages that could be dirty: free ones but for the reserves, and the page cache. */
static u64 dirtyable_pages(const struct qy_machine *m)
{
	u64 free = 0, reserve = qy_totalreserve_pages(m);

	for (u32 i = 0; i < m->nr_zones; i++)
		free += READ_ONCE(m->zones[i].nr_free_pages);
	free -= min(free, reserve);
	return free + qy_node_total(m, NR_INACTIVE_FILE) +
	       qy_node_total(m, NR_ACTIVE_FILE) + 1;
}

static u64 limit_of(u64 dirtyable, u64 bytes, u32 ratio)
{
	return bytes ? (bytes + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT
		     : ratio * QY_PAGE_SIZE / 100 * dirtyable / QY_PAGE_SIZE;
}

struct dirty_limits qy_dirty_limits(const struct qy_machine *m)
{
	const struct vm_settings *vm = &m->task_room->vm;
	u64 dirtyable = dirtyable_pages(m);
	struct dirty_limits limits = {
		.background = limit_of(dirtyable, READ_ONCE(vm->dirty_background_bytes),
			READ_ONCE(vm->dirty_background_ratio)),
		.dirty = limit_of(dirtyable, READ_ONCE(vm->dirty_bytes),
			READ_ONCE(vm->dirty_ratio)),
	};

	if (limits.background >= limits.dirty)
		limits.background = limits.dirty / 2;
	return limits;
}

static u64 nr_dirty(const struct qy_machine *m)
{
	return qy_node_total(m, NR_FILE_DIRTY);
}

/* ------------------------------------------------------------------ one page; task_room->lock must be held for these */

static u64 now_ns(const struct qy_machine *m)
{
	return m->port->clock_ns(m->port->ctx);
}

static void list_dirty(struct task_room *room, struct address_space *mapping)
{
	mapping->listed = true;
	mapping->dirty_next = NULL;
	mapping->dirty_prev = room->dirty_last;
	*(room->dirty_last ? &room->dirty_last->dirty_next : &room->dirty_first) =
		mapping;
	room->dirty_last = mapping;
}

static void unlist_dirty(struct task_room *room, struct address_space *mapping)
{
	mapping->listed = false;
	*(mapping->dirty_prev ? &mapping->dirty_prev->dirty_next : &room->dirty_first) =
		mapping->dirty_next;
	*(mapping->dirty_next ? &mapping->dirty_next->dirty_prev : &room->dirty_last) =
		mapping->dirty_prev;
}

static void count_pending(struct qy_machine *m, u32 frame, s64 delta)
{
	owner_add(&zone_of(m, frame)->nr_write_pending, (u64)delta);
}

void qy_mark_page_dirty(struct qy_machine *m, u32 frame)
{
	struct address_space *mapping = page_mapping(m, frame);

	if (page_has(m, frame, PG_dirty))
		return;
	set_page_flags(m, frame, PG_dirty);
	if (is_tmpfs(mapping))
		return;
	count_page(m, frame, NR_FILE_DIRTY, 1);
	count_page(m, frame, NR_DIRTIED, 1);
	count_pending(m, frame, 1);
	qy_index_tag_dirty(mapping, page_place(m, frame), true);
	if (!mapping->nr_dirty++) {
		mapping->dirtied_ns = now_ns(m);
		list_dirty(m->task_room, mapping);
	}
}

static void forget_dirty(struct qy_machine *m, u32 frame)
{
	struct address_space *mapping = page_mapping(m, frame);

	count_pending(m, frame, -1);
	qy_index_tag_dirty(mapping, page_place(m, frame), false);
	if (!--mapping->nr_dirty)
		unlist_dirty(m->task_room, mapping);
}

void qy_cancel_dirty(struct qy_machine *m, u32 frame)
{
	if (page_has(m, frame, PG_dirty) && !is_tmpfs(page_mapping(m, frame))) {
		count_page(m, frame, NR_FILE_DIRTY, -1);
		forget_dirty(m, frame);
	}
	clear_page_flags(m, frame, PG_dirty);
}

static void note_error(struct address_space *mapping, int err)
{
	mapping->wb_err = err;
	mapping->wb_seq++;
	mapping->wb_seen = false;
}

static void begin_write(struct qy_machine *m, u32 frame)
{
	clear_page_flags(m, frame, PG_dirty);
	set_page_flags(m, frame, PG_writeback);
	count_page(m, frame, NR_FILE_DIRTY, -1);
	count_page(m, frame, NR_WRITEBACK, 1);
}

static void end_write(struct qy_machine *m, u32 frame, int err)
{
	clear_page_flags(m, frame, PG_writeback | PG_reclaim);
	count_page(m, frame, NR_WRITEBACK, -1);
	if (!err) {
		count_page(m, frame, NR_WRITTEN, 1);
		qy_count_events(m, PGPGOUT, QY_PAGE_SIZE >> 10);
		forget_dirty(m, frame);
		return;
	}
	set_page_flags(m, frame, PG_dirty);
	count_page(m, frame, NR_FILE_DIRTY, 1);
	note_error(page_mapping(m, frame), err);
}

int qy_write_page(struct qy_machine *m, u32 frame)
{
	const struct address_space *mapping = page_mapping(m, frame);
	int err;

	qy_task_lock(m);
	begin_write(m, frame);
	qy_task_unlock(m);
	err = m->port->file_write(m->port->ctx, mapping->backing,
		(u64)page_place(m, frame) << QY_PAGE_SHIFT, frame_address(m, frame),
		QY_PAGE_SIZE);
	qy_task_lock(m);
	end_write(m, frame, err);
	qy_task_unlock(m);
	return err;
}

/* ------------------------------------------------------------------ one file */

/* Takes the next dirty page from *place on. Return: 0; -EAGAIN: somebody has it; -ENOENT: none. */
static int take_dirty(struct address_space *mapping, u64 *place, u32 *frame)
{
	struct qy_machine *m = mapping->machine;
	int err = -QY_ENOENT;

	qy_task_lock(m);
	if (qy_index_next_dirty(mapping, place)) {
		*frame = index_number(qy_index_get(mapping, (u32)*place));
		err = page_has(m, *frame, PG_locked) ? -QY_EAGAIN : 0;
		if (!err)
			set_page_flags(m, *frame, PG_locked);
	}
	qy_task_unlock(m);
	return err;
}

/* Up to @nr dirty pages, in order; a page that somebody has is waited for if @wait, else left. *err: of the first failure. */
static u64 write_dirty(struct address_space *mapping, u64 nr, bool wait, int *err)
{
	struct qy_machine *m = mapping->machine;
	u64 place = 0, written = 0;
	unsigned int round = 0;

	for (*err = 0; written < nr && !*err;) {
		u32 frame;
		int found = take_dirty(mapping, &place, &frame);

		if (found == -QY_ENOENT)
			break;
		if (found == -QY_EAGAIN && wait) {
			wait_for_page(round++);
			continue;
		}
		round = 0;
		place++;
		if (found)
			continue;
		*err = qy_write_page(m, frame);
		qy_task_lock(m);
		clear_page_flags(m, frame, PG_locked);
		qy_task_unlock(m);
		written += !*err;
	}
	return written;
}

int qy_write_mapping(struct address_space *mapping)
{
	int err;

	write_dirty(mapping, UINT64_MAX, true, &err);
	return err;
}

/* ------------------------------------------------------------------ the flusher */

/* What it is to reach. */
struct flush {
	u64 until;      /* no more dirty pages than that */
	u64 nr;         /* or that many written */
	u64 dirtied_ns; /* only files that have been dirty since then */
};

/* The oldest file that is to be written, held; NULL: none. */
static struct address_space *next_dirty(struct qy_machine *m, const struct flush *flush)
{
	struct address_space *mapping;

	qy_task_lock(m);
	mapping = m->task_room->dirty_first;
	while (mapping && mapping->dirtied_ns > flush->dirtied_ns)
		mapping = mapping->dirty_next;
	if (mapping)
		qy_mapping_get(mapping);
	qy_task_unlock(m);
	return mapping;
}

/* Its turn is over. */
static void end_turn(struct qy_machine *m, struct address_space *mapping)
{
	struct task_room *room = m->task_room;

	qy_task_lock(m);
	if (mapping->listed) {
		unlist_dirty(room, mapping);
		list_dirty(room, mapping);
	}
	qy_mapping_put(mapping);
	qy_task_unlock(m);
}

/* flusher_mutex must be held. Each file has a turn until nothing more is to be done, or none of them gets anywhere. */
static u64 flush_files(struct qy_machine *m, const struct flush *flush)
{
	u64 written = 0;
	u32 idle = 0;

	while (nr_dirty(m) > flush->until && written < flush->nr) {
		struct address_space *mapping = next_dirty(m, flush);
		u64 nr;
		int err;

		if (!mapping || idle > READ_ONCE(m->task_room->nr_files)) {
			if (mapping)
				end_turn(m, mapping);
			break;
		}
		nr = write_dirty(
			mapping, min(flush->nr - written, (u64)WRITE_CHUNK), false, &err);
		end_turn(m, mapping);
		idle = nr ? 0 : idle + 1;
		written += nr;
	}
	return written;
}

void qy_wake_flusher(struct qy_machine *m)
{
	WRITE_ONCE(m->task_room->flusher_woken, 1);
	qy_wake_daemon(m, QY_FLUSHER, 0);
}

uint64_t qy_writeback_next_ns(struct qy_machine *m)
{
	const struct task_room *room = m->task_room;
	u64 period = READ_ONCE(room->vm.dirty_writeback_centisecs) * CENTISEC_NS;
	u64 since = now_ns(m) - READ_ONCE(room->flushed_ns);

	if (READ_ONCE(room->flusher_woken))
		return 0;
	if (!period)
		return UINT64_MAX;
	return since < period ? period - since : period;
}

/* Files that have been dirty for long, if it is time to look. */
static u64 flush_old(struct qy_machine *m)
{
	struct task_room *room = m->task_room;
	u64 period = READ_ONCE(room->vm.dirty_writeback_centisecs) * CENTISEC_NS;
	u64 expire = READ_ONCE(room->vm.dirty_expire_centisecs) * CENTISEC_NS;
	u64 now = now_ns(m);
	struct flush flush = { .nr = UINT64_MAX };

	if (!period || now - room->flushed_ns < period || now < expire)
		return 0;
	WRITE_ONCE(room->flushed_ns, now);
	flush.dirtied_ns = now - expire;
	return flush_files(m, &flush);
}

uint64_t qy_writeback_step(struct qy_machine *m)
{
	struct task_room *room = m->task_room;
	struct flush flush = {
		.until = qy_dirty_limits(m).background,
		.nr = UINT64_MAX,
		.dirtied_ns = UINT64_MAX,
	};
	u64 written;

	qy_mutex_lock(&room->flusher_mutex);
	/* who wakes it wants pages of any age to become clean, as many as a round of reclaim looks at */
	if (__atomic_exchange_n(&room->flusher_woken, 0, __ATOMIC_RELAXED)) {
		flush.until = 0;
		flush.nr = WRITE_CHUNK;
		written = flush_files(m, &flush);
		flush.until = qy_dirty_limits(m).background;
		flush.nr = UINT64_MAX;
	} else {
		written = flush_old(m);
	}
	written += flush_files(m, &flush);
	qy_mutex_unlock(&room->flusher_mutex);
	return written;
}

/* In the background from the lower limit on; beyond the upper one who writes does the flusher's work, in his own time, until he is below it or it gets nowhere. */
void qy_balance_dirty_pages(struct qy_machine *m)
{
	struct task_room *room = m->task_room;
	struct flush flush = { .nr = THROTTLE_STEP, .dirtied_ns = UINT64_MAX };
	struct dirty_limits limits = qy_dirty_limits(m);
	u64 written = 1;

	if (nr_dirty(m) > limits.background)
		qy_wake_daemon(m, QY_FLUSHER, 0);
	while (nr_dirty(m) > limits.dirty && written) {
		qy_mutex_lock(&room->flusher_mutex);
		written = flush_files(m, &flush);
		qy_mutex_unlock(&room->flusher_mutex);
		qy_task_lock(m);
		qy_count_node(m, 0, NR_THROTTLED_WRITTEN, (s64)written);
		qy_task_unlock(m);
	}
}
