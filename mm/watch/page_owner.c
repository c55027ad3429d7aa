// SPDX-License-Identifier: MIT
/*
 * page_owner: a record for each allocated block, made and ended by the page room's struct block_watch.
 *
 *   qy_page_owner_layout, qy_page_owner_init, qy_page_owner_validate
 *   qy_page_owner, qy_page_owner_next, qy_mixed_pageblocks
 *
 * The record of a block is that of its first frame; Linux writes it to every frame.
 *
 * Invariant: owners[frame] is marked allocated <=> the hot word of frame is PG_ALLOCATED.
 *
 * Locking: a record belongs to whoever owns the frame; readers take what they find.
 */
#include "mm/watch/page_owner.h"

static u64 now_ns(const struct qy_machine *m)
{
	return m->port->clock_ns(m->port->ctx);
}

/* ------------------------------------------------------------------ tasks */

static u32 hash_of(const struct qy_task *task)
{
	u64 word[sizeof(*task) / sizeof(u64)], hash = 0;

	memcpy(word, task, sizeof(word));
	for (u32 i = 0; i < ARRAY_SIZE(word); i++)
		hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15ull;
	return (u32)(hash >> 40);
}

/* Where the task is in the table, or the empty slot where it would go. */
static u32 *find_task(struct task_table *tasks, const struct qy_task *task)
{
	for (u32 at = hash_of(task);; at++) {
		u32 *slot = &tasks->slot[at & (TASK_SLOTS - 1)];
		/* acquire: pairs with the release in add_task(), so that the entry is complete */
		u32 index = load_acquire(slot);

		if (!index || !memcmp(&tasks->task[index], task, sizeof(*task)))
			return slot;
	}
}

static noinline u32 add_task(struct task_table *tasks, const struct qy_task *task)
{
	u32 *slot, index;

	qy_spin_lock_irqsave(&tasks->lock);
	slot = find_task(tasks, task);
	index = *slot;
	if (!index && tasks->nr < MAX_TASKS) {
		index = tasks->nr;
		tasks->task[index] = *task;
		/* release: whoever finds the number sees the entry */
		store_release(slot, index);
		store_release(&tasks->nr, index + 1);
	}
	qy_spin_unlock_irqrestore(&tasks->lock);
	return index; /* 0 when there was no room: TASK_MORE */
}

static u32 task_index(struct task_table *tasks, const struct qy_task *task)
{
	u32 index = load_acquire(find_task(tasks, task));

	return likely(index) ? index : add_task(tasks, task);
}

/* ------------------------------------------------------------------ what the page room tells */

static void block_alloc(struct qy_machine *m, u32 frame, unsigned int order, qy_gfp_t gfp)
{
	struct qy_context *self = qy_current();

	if (m->owners) {
		if (!self->task_index)
			self->task_index = task_index(m->tasks, &self->task);
		m->owners[frame] = (struct page_owner){
			.ts_ns = now_ns(m),
			.free_ts_ns = m->owners[frame].free_ts_ns,
			.gfp = gfp | PAGE_OWNER_ALLOCATED,
			.task = (u16)self->task_index,
			.site = (u16)qy_site_index(m, self->site),
		};
	}
	if (m->tags)
		qy_alloc_tag_add(m, frame, order);
}

static void block_free(struct qy_machine *m, u32 frame, unsigned int order)
{
	if (m->owners) {
		m->owners[frame].free_ts_ns = now_ns(m);
		m->owners[frame].gfp &= ~PAGE_OWNER_ALLOCATED;
	}
	if (m->tags)
		qy_alloc_tag_sub(m, frame, order);
}

static void block_copy(struct qy_machine *m, u32 from, u32 to)
{
	if (m->owners)
		m->owners[to] = m->owners[from];
	if (m->tags)
		qy_alloc_tag_copy(m, from, to);
}

static void block_swap(struct qy_machine *m, u32 from, u32 to)
{
	if (m->owners) {
		struct page_owner owner = m->owners[from];

		m->owners[from] = m->owners[to];
		m->owners[to] = owner;
	}
	if (m->tags) {
		u32 tag = m->tags[from];

		m->tags[from] = m->tags[to];
		m->tags[to] = tag;
	}
}

static const struct block_watch block_watch = {
	.alloc = block_alloc,
	.free = block_free,
	.copy = block_copy,
	.swap = block_swap,
	.tag = qy_alloc_tag,
	.cut = qy_alloc_tag_cut,
};

/* ------------------------------------------------------------------ boot */

void qy_page_owner_layout(struct qy_machine *m, const struct qy_board *board,
	void *(*take)(void *arg, size_t bytes, size_t align), void *arg)
{
	m->owners = NULL;
	m->tags = NULL;
	m->tasks = NULL;
	m->sites = NULL;
	if (board->page_owner != QY_PAGE_OWNER_OFF) {
		m->owners = take(arg, m->nr_frames * sizeof(*m->owners), QY_PAGE_SIZE);
		m->tasks = take(arg, sizeof(*m->tasks), QY_CACHELINE);
	}
	if (board->mem_profiling != QY_MEM_PROFILING_NONE)
		m->tags = take(arg, m->nr_frames * sizeof(*m->tags), QY_PAGE_SIZE);
	if (board->page_owner != QY_PAGE_OWNER_OFF ||
		board->mem_profiling != QY_MEM_PROFILING_NONE)
		m->sites = take(arg, sizeof(*m->sites), QY_CACHELINE);
}

void qy_page_owner_init(struct qy_machine *m)
{
	if (!m->sites)
		return;
	qy_sites_init(m);
	if (m->tasks) {
		m->tasks->task[TASK_MORE] = (struct qy_task){ -1, -1, "more" };
		m->tasks->nr = TASK_MORE + 1;
	}
	m->block_watch = &block_watch;
	qy_watch_changed(m);
}

/* ------------------------------------------------------------------ who holds what */

/* First frame of the allocated block that covers @frame; NO_FRAME: none does. */
static u32 head_of(const struct qy_machine *m, u32 frame)
{
	for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++) {
		u32 head = frame & ~((1u << order) - 1);
		u32 hot = READ_ONCE(m->hot[head]);

		if (hot_state(hot) == PG_ALLOCATED)
			return head + (1u << hot_order(hot)) > frame ? head : NO_FRAME;
		if (head == frame && hot_state(hot) != PG_FREE &&
			hot_state(hot) != PG_TAIL)
			return NO_FRAME;
	}
	return NO_FRAME;
}

static u8 asked_migratetype(const struct qy_machine *m, qy_gfp_t gfp)
{
	static const u8 types[4] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE,
		MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE };

	return m->mobility_grouping ? types[gfp >> 3 & 3] : MIGRATE_UNMOVABLE;
}

/* pre: @head is PG_ALLOCATED, owners are recorded. */
static void describe(const struct qy_machine *m, u32 head, struct qy_page_owner *owner)
{
	const struct page_owner *record = &m->owners[head];

	*owner = (struct qy_page_owner){
		.pfn = frame_to_pfn(m, head),
		.order = hot_order(READ_ONCE(m->hot[head])),
		.gfp = record->gfp & ~PAGE_OWNER_ALLOCATED,
		.migratetype = asked_migratetype(m, record->gfp),
		.block_migratetype =
			shown_migratetype(READ_ONCE(block_of(m, head)->migratetype)),
		.task = m->tasks->task[record->task],
		.ts_ns = record->ts_ns,
		.free_ts_ns = record->free_ts_ns,
		.site = record->site ? m->sites->usage[record->site].site : NULL,
	};
}

bool qy_page_owner(const struct qy_machine *m, uint64_t pfn, struct qy_page_owner *owner)
{
	u32 frame = m->owners ? qy_pfn_to_frame(m, pfn) : NO_FRAME;
	u32 head = frame == NO_FRAME ? NO_FRAME : head_of(m, frame);

	if (head == NO_FRAME)
		return false;
	describe(m, head, owner);
	return true;
}

/* Frames from @frame on that cannot begin an allocated block, told by its hot word and pageblock. */
static u32 step(const struct qy_machine *m, u32 frame, u32 hot)
{
	if (hot_state(hot) == PG_PCP)
		return 1u << hot_order(hot);
	if (!(frame & (BLOCK_FRAMES - 1)) &&
		READ_ONCE(block_of(m, frame)->nr_free) == BLOCK_FRAMES)
		return BLOCK_FRAMES;
	return 1;
}

/* First frame in [frame, end) that begins an allocated block; @end: none. */
static u32 next_head(const struct qy_machine *m, u32 frame, u32 end)
{
	while (frame < end) {
		u32 hot = READ_ONCE(m->hot[frame]);

		if (hot_state(hot) == PG_ALLOCATED)
			return frame;
		frame += step(m, frame, hot);
	}
	return end;
}

/* The first allocated block of one extent that begins at @pfn or above; NO_FRAME: none. */
static u32 next_in_extent(const struct qy_machine *m, const struct qy_extent *e, u64 pfn)
{
	u64 first = max(pfn, e->first_ram_pfn);
	u32 end = e->first_frame + (u32)(e->last_ram_pfn + 1 - e->start_pfn);
	u32 head;

	if (first > e->last_ram_pfn)
		return NO_FRAME;
	head = next_head(m, e->first_frame + (u32)(first - e->start_pfn), end);
	return head < end ? head : NO_FRAME;
}

/* Extents are in the order in which they begin, and may interleave within a chunk. */
bool qy_page_owner_next(
	const struct qy_machine *m, uint64_t *pfn, struct qy_page_owner *owner)
{
	u64 best_pfn = UINT64_MAX;
	u32 best = NO_FRAME;

	for (u32 i = 0;
		m->owners && i < m->nr_extents && m->extents[i].first_ram_pfn < best_pfn;
		i++) {
		u32 head = next_in_extent(m, &m->extents[i], *pfn);

		if (head == NO_FRAME || frame_to_pfn(m, head) >= best_pfn)
			continue;
		best = head;
		best_pfn = frame_to_pfn(m, head);
	}
	if (best == NO_FRAME)
		return false;
	describe(m, best, owner);
	*pfn = owner->pfn + (1ull << owner->order);
	return true;
}

/* ------------------------------------------------------------------ mixed pageblocks */

/* Does an allocation of another type lie in the pageblock? One of order 10 lies in two. */
static bool is_mixed(const struct qy_machine *m, u32 first)
{
	u8 type = shown_migratetype(READ_ONCE(block_of(m, first)->migratetype));
	u32 end = first + BLOCK_FRAMES, head = head_of(m, first);

	if (head != NO_FRAME && head != first)
		return asked_migratetype(m, m->owners[head].gfp) != type;
	for (u32 at = next_head(m, first, end); at < end; at = next_head(m, at, end)) {
		if (asked_migratetype(m, m->owners[at].gfp) != type)
			return true;
		at += 1u << hot_order(READ_ONCE(m->hot[at]));
	}
	return false;
}

bool qy_mixed_pageblocks(const struct qy_machine *m, uint32_t zone, uint64_t *nr)
{
	if (!m->owners || zone >= m->nr_zones)
		return false;
	const struct zone *z = &m->zones[zone];

	memset(nr, 0, MIGRATE_TYPES * sizeof(*nr));
	for (u32 i = 0; i < z->nr_frames; i += BLOCK_FRAMES) {
		u8 type = shown_migratetype(
			READ_ONCE(block_of(m, z->first_frame + i)->migratetype));

		if (is_mixed(m, z->first_frame + i))
			nr[type == MIGRATE_CMA ? MIGRATE_MOVABLE : type]++;
	}
	return true;
}

/* ------------------------------------------------------------------ validation */

bool qy_page_owner_validate(const struct qy_machine *m, char *why, size_t why_size)
{
	for (u32 frame = 0; m->owners && frame < m->nr_frames; frame++) {
		const struct page_owner *record = &m->owners[frame];
		bool held = hot_state(m->hot[frame]) == PG_ALLOCATED;
		bool has = record->gfp & PAGE_OWNER_ALLOCATED;

		if (held == has && record->task < m->tasks->nr &&
			record->site < m->sites->nr)
			continue;
		qy_snprintf(why, why_size,
			"frame %u: hot word 0x%x, but its owner record says %s, task %u of %u, line %u of %u",
			frame, m->hot[frame], has ? "allocated" : "free", record->task,
			m->tasks->nr, record->site, m->sites->nr);
		return false;
	}
	return qy_alloc_tag_validate(m, why, why_size);
}
