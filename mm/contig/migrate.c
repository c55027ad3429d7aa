// SPDX-License-Identifier: MIT
/*
 * Moving one block: a target, the frame's flag, the owner's consent, the bytes, the old frame back to the zone.
 *
 *   qy_migrate_block      for compaction and contiguous ranges, which say where targets come from
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

/* pre: PGF_ISOLATED is ours. Return: as qy_migrate_block(); but for 0, the block is as it was, the flag still set. */
static int move_isolated(struct migrate_control *mc, u32 frame, u32 target)
{
	struct qy_machine *m = mc->m;
	const struct movable_ops *ops =
		m->movable[READ_ONCE(frame_to_page(m, frame)->link[LINK_KIND])];
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
		ops->putback(m, frame);
		ops->holder(m, frame, &mc->busy);
	}
	return err;
}

/* Does its kind want a target? Without the flag this is only a guess. */
static bool wants_target(const struct qy_machine *m, u32 frame)
{
	u32 kind = READ_ONCE(frame_to_page(m, frame)->link[LINK_KIND]);

	return kind >= NR_MOVABLE_KINDS || m->movable[kind]->needs_target;
}

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
	else
		free_old(m, frame, order);
	return err;
}

int qy_migrate_block(struct migrate_control *mc, u32 frame)
{
	struct qy_machine *m = mc->m;
	u32 hot = READ_ONCE(m->hot[frame]), target = NO_FRAME;
	unsigned int order = hot_order(hot);
	int err;

	if (!may_move(hot))
		return -QY_EAGAIN;
	if (wants_target(m, frame)) {
		target = mc->get_target(mc, order, hot_flags(hot) & PGF_COMP);
		if (target == NO_FRAME)
			return -QY_ENOMEM;
	}
	err = try_move(mc, frame, target, order);
	if (err && target != NO_FRAME)
		mc->put_target(mc, target, order);
	qy_count_events(m, err ? PGMIGRATE_FAIL : PGMIGRATE_SUCCESS, 1u << order);
	if (!err)
		*(target == NO_FRAME ? &mc->dropped : &mc->moved) += 1u << order;
	return err;
}
