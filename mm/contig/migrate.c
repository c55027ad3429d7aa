// SPDX-License-Identifier: MIT
/*
 * Moving blocks: a target, the frame's flag, the owner's consent, the bytes, the old frame back to the zone.
 *
 *   qy_migrate_block      one block, for whoever says where targets come from
 *   qy_migrate_batch      several, for compaction and contiguous ranges
 *   qy_migrate_queue, _flush   many, of a kind that moves better in company
 *   qy_migrate_look       would it go?
 *
 *   PG_ALLOCATED, owned --flag PGF_ISOLATED--> --ops->isolate--> nobody has its address
 *     --ops->migrate--> the owner has the target;  the old frame: plain, poisoned in tests, free
 *
 * The old frame is free only after the owner has the new one: it cannot come back as a target or to anybody else before.
 *
 * Locking: none held over a move. PGF_ISOLATED in a hot word keeps other movers and the owner's release off.
 */
#include "mm/contig/internal.h"

#define POISON 0xaa

void qy_poison_moved_set(struct qy_machine *m, bool on)
{
	WRITE_ONCE(m->poison_moved, on);
}

static bool can_isolate(u32 hot)
{
	return may_move(hot) && hot_refs(hot) == 1 && !(hot_flags(hot) & PGF_ISOLATED);
}

/* Return: the hot word before; the flag is set now exactly if that could be isolated. */
static u32 isolate_frame(struct qy_machine *m, u32 frame)
{
	u32 hot = READ_ONCE(m->hot[frame]);

	while (can_isolate(hot) &&
		/* acquire: pairs with adopt, so that the owner's handle is seen */
		!qy_cmpxchg32(
			&m->hot[frame], &hot, hot | PGF_ISOLATED << HOT_FLAGS_SHIFT))
		;
	return hot;
}

bool qy_isolate_frame(struct qy_machine *m, u32 frame)
{
	return can_isolate(isolate_frame(m, frame));
}

/* release: the owner that waits for the flag sees that its handle is not looked at any more */
static void clear_frame_flags(struct qy_machine *m, u32 frame, u32 flags)
{
	u32 hot = READ_ONCE(m->hot[frame]);

	while (!qy_cmpxchg32(&m->hot[frame], &hot, hot & ~(flags << HOT_FLAGS_SHIFT)))
		;
}

void qy_unisolate_frame(struct qy_machine *m, u32 frame)
{
	clear_frame_flags(m, frame, PGF_ISOLATED);
}

/* The owner has left. */
static void free_old(struct qy_machine *m, u32 frame, unsigned int order)
{
	clear_frame_flags(m, frame, PGF_OWNED | PGF_MOVABLE | PGF_ISOLATED);
	if (READ_ONCE(m->poison_moved) && !m->port->no_contents)
		memset(frame_address(m, frame), POISON, (size_t)QY_PAGE_SIZE << order);
	qy_free_past_lists(m, frame_to_page(m, frame), order);
}

static void note_busy(struct migrate_control *mc, const char *owner)
{
	mc->busy = (struct qy_holder){ .pins = 0 };
	qy_snprintf(mc->busy.owner, sizeof(mc->busy.owner), "%s", owner);
}

/* Why the flag could not be set. */
static int why_not_isolated(struct migrate_control *mc, u32 hot)
{
	if (!may_move(hot))
		return -QY_EAGAIN;
	note_busy(mc, hot_refs(hot) != 1 ? "a page reference" : "another mover");
	return -QY_EBUSY;
}

/* pre: PGF_ISOLATED is ours, so that its kind stays. */
static const struct movable_ops *ops_of(const struct qy_machine *m, u32 frame)
{
	return m->movable[page_kind(frame_to_page(m, frame))];
}

/* pre: PGF_ISOLATED is ours. Return: as qy_migrate_block(); but for 0, the block is as it was, the flag still set. */
static int move_isolated(struct migrate_control *mc, u32 frame, u32 target)
{
	struct qy_machine *m = mc->m;
	const struct movable_ops *ops = ops_of(m, frame);
	int err;

	if (ops->needs_target != (target != NO_FRAME))
		return -QY_EAGAIN; /* the frame was freed and adopted as another kind since */
	err = ops->isolate(m, frame);
	if (err) {
		ops->holder(m, frame, &mc->busy);
		return err;
	}
	err = ops->migrate(m, frame, target);
	if (err) {
		ops->holder(m, frame, &mc->busy);
		ops->putback(m, frame);
	}
	return err;
}

/* Does its kind want a target? Without the flag this is only a guess. */
static bool wants_target(const struct qy_machine *m, u32 frame)
{
	u32 kind = page_kind(frame_to_page(m, frame));

	return kind >= NR_MOVABLE_KINDS || m->movable[kind]->needs_target;
}

/* Return: 0: the owner has left, the old frames are ours to free; else as qy_migrate_block(). */
static int try_move(struct migrate_control *mc, u32 frame, u32 target, unsigned int order)
{
	struct qy_machine *m = mc->m;
	u32 hot = isolate_frame(m, frame);
	int err;

	if (!can_isolate(hot))
		return why_not_isolated(mc, hot);
	err = hot_order(hot) == order ? move_isolated(mc, frame, target) : -QY_EAGAIN;
	if (err)
		clear_frame_flags(m, frame, PGF_ISOLATED);
	return err;
}

static void count_move(
	struct migrate_control *mc, int err, u32 target, unsigned int order)
{
	qy_count_events(mc->m, err ? PGMIGRATE_FAIL : PGMIGRATE_SUCCESS, 1u << order);
	if (!err)
		*(target == NO_FRAME ? &mc->dropped : &mc->moved) += 1u << order;
}

int qy_migrate_look(struct migrate_control *mc, u32 frame)
{
	struct qy_machine *m = mc->m;
	u32 hot = isolate_frame(m, frame);

	if (!can_isolate(hot))
		return why_not_isolated(mc, hot);
	m->movable[page_kind(frame_to_page(m, frame))]->holder(m, frame, &mc->busy);
	qy_unisolate_frame(m, frame);
	return mc->busy.pins ? -QY_EBUSY : 0;
}

/* For all of a batch before one of them moves: to get one may mean to wait for others, who may want to release a block. */
static void get_targets(struct migrate_control *mc, struct migrate_batch *b)
{
	bool none_left = false;

	for (u32 i = b->nr; i-- > 0;) {
		u32 hot = READ_ONCE(mc->m->hot[b->head[i]]);

		b->target[i] = NO_FRAME;
		b->error[i] = may_move(hot) ? 0 : -QY_EAGAIN;
		if (b->error[i] || !wants_target(mc->m, b->head[i]))
			continue;
		if (!none_left)
			b->target[i] = mc->get_target(
				mc, b->order[i], hot_flags(hot) & PGF_COMP);
		none_left = b->target[i] == NO_FRAME;
		b->error[i] = none_left ? -QY_ENOMEM : 0;
	}
}

u32 qy_migrate_batch(struct migrate_control *mc, struct migrate_batch *b)
{
	u64 before = mc->moved + mc->dropped;
	u32 nr_stayed = 0;

	if (contig_traced(mc->m))
		qy_trace_migrate(mc, QY_EVENT_MM_MIGRATE_PAGES_START, 0, 0);
	get_targets(mc, b);
	for (u32 i = b->nr; i-- > 0;) {
		if (!b->error[i])
			b->error[i] = try_move(mc, b->head[i], b->target[i], b->order[i]);
		if (b->error[i] == -QY_EBUSY || b->error[i] == -QY_ENOSPC)
			b->busy[i] = mc->busy;
		count_move(mc, b->error[i], b->target[i], b->order[i]);
	}
	for (u32 i = b->nr; i-- > 0;) {
		if (!b->error[i])
			free_old(mc->m, b->head[i], b->order[i]);
		else if (b->target[i] != NO_FRAME)
			mc->put_target(mc, b->target[i], b->order[i]);
		nr_stayed += b->error[i] != 0;
	}
	if (contig_traced(mc->m))
		qy_trace_migrate(mc, QY_EVENT_MM_MIGRATE_PAGES,
			mc->moved + mc->dropped - before,
			b->nr_frames - (mc->moved + mc->dropped - before));
	return nr_stayed;
}

int qy_migrate_block(struct migrate_control *mc, u32 frame)
{
	struct migrate_batch one;
	u32 hot = READ_ONCE(mc->m->hot[frame]);

	mc->failed = frame;

	if (!may_move(hot))
		return -QY_EAGAIN;
	one.nr = 0;
	one.nr_frames = 0;
	batch_add(&one, frame, hot);
	qy_migrate_batch(mc, &one);
	if (one.error[0] == -QY_EBUSY || one.error[0] == -QY_ENOSPC)
		mc->busy = one.busy[0];
	return one.error[0];
}

/* ------------------------------------------------------------------ many */

/* Without the flag this is only a guess. */
static const struct movable_ops *company_of(
	const struct qy_machine *m, u32 frame, u32 hot)
{
	u32 kind = page_kind(frame_to_page(m, frame));

	if (!may_move(hot) || hot_order(hot) || kind >= NR_MOVABLE_KINDS)
		return NULL;
	return m->movable[kind]->migrate_many ? m->movable[kind] : NULL;
}

/* Is it ours to move now, by @ops? Return: 0, or as qy_migrate_block() with nothing changed. */
static int isolate_for(
	struct migrate_control *mc, const struct movable_ops *ops, u32 frame)
{
	struct qy_machine *m = mc->m;
	u32 hot = isolate_frame(m, frame);
	int err;

	if (!can_isolate(hot))
		return why_not_isolated(mc, hot);
	if (hot_order(hot) || ops_of(m, frame) != ops) {
		err = -QY_EAGAIN;
	} else {
		err = ops->isolate(m, frame);
		if (err)
			ops->holder(m, frame, &mc->busy);
	}
	if (err)
		clear_frame_flags(m, frame, PGF_ISOLATED);
	return err;
}

/* Targets first: what it takes to find one must not happen while pages are isolated. Return: how many there are. */
static u32 queue_targets(struct migrate_control *mc, u32 *to, u32 nr)
{
	u32 got = 0;

	while (got < nr && (to[got] = mc->get_target(mc, 0, false)) != NO_FRAME)
		got++;
	return got;
}

/* Moves @nr isolated frames. Return: 0, -ENOSPC when some had to stay. */
static int move_many(struct migrate_control *mc, const struct movable_ops *ops, u32 *from,
	u32 *to, u32 nr)
{
	u32 moved = nr ? ops->migrate_many(mc->m, from, to, nr) : 0;

	for (u32 i = 0; i < moved; i++)
		free_old(mc->m, from[i], 0);
	for (u32 i = moved; i < nr; i++) {
		mc->failed = from[i];
		ops->holder(mc->m, from[i], &mc->busy);
		ops->putback(mc->m, from[i]);
		clear_frame_flags(mc->m, from[i], PGF_ISOLATED);
		mc->put_target(mc, to[i], 0);
	}
	mc->moved += moved;
	qy_count_events(mc->m, PGMIGRATE_SUCCESS, moved);
	qy_count_events(mc->m, PGMIGRATE_FAIL, nr - moved);
	return moved < nr ? -QY_ENOSPC : 0;
}

/* The queued frames of @ops's kind, which are all of them but for what has changed since. */
static int flush_kind(struct migrate_control *mc, const struct movable_ops *ops)
{
	u32 *from = mc->queued, to[MIGRATE_BATCH], nr = 0;
	u32 nr_targets = queue_targets(mc, to, mc->nr_queued);
	int err = 0, stays;

	for (u32 i = 0; i < mc->nr_queued; i++) {
		u32 frame = from[i];

		stays = nr < nr_targets ? isolate_for(mc, ops, frame) : -QY_ENOMEM;
		if (!stays) {
			from[nr++] = frame;
			continue;
		}
		if (stays != -QY_ENOMEM)
			qy_count_events(mc->m, PGMIGRATE_FAIL, 1);
		if (stays == -QY_EAGAIN)
			continue;
		mc->failed = frame;
		err = stays;
	}
	for (u32 i = nr; i < nr_targets; i++)
		mc->put_target(mc, to[i], 0);
	stays = move_many(mc, ops, from, to, nr);
	mc->nr_queued = 0;
	return stays && err != -QY_ENOMEM ? stays : err;
}

int qy_migrate_flush(struct migrate_control *mc)
{
	return mc->nr_queued ? flush_kind(mc, mc->queue_ops) : 0;
}

bool qy_migrate_in_company(const struct qy_machine *m, u32 frame, u32 hot)
{
	return !contig_traced(m) && company_of(m, frame, hot);
}

int qy_migrate_queue(struct migrate_control *mc, u32 frame)
{
	const struct movable_ops *ops =
		company_of(mc->m, frame, READ_ONCE(mc->m->hot[frame]));
	int err = 0;

	if (!ops)
		return qy_migrate_block(mc, frame);
	if (ops != mc->queue_ops || mc->nr_queued == MIGRATE_BATCH)
		err = qy_migrate_flush(mc);
	mc->queue_ops = ops;
	mc->queued[mc->nr_queued++] = frame;
	return err;
}
