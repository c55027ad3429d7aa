// SPDX-License-Identifier: MIT
/*
 * The movable kinds that are reached through a handle: copied (MOVABLE_HANDLE) or forgotten (MOVABLE_DROPPABLE).
 *
 *   qy_handle_adopt, _release, _pin, _unpin, _pfn     the owner's side
 *   qy_handle_ops, qy_droppable_ops                   the mover's side
 *
 * The word of a handle:
 *
 *    63   62   61          32 31           0
 *   +----+----+--------------+--------------+
 *   | mig|gone|     pins     |    frame     |     frame NO_FRAME: dropped
 *   +----+----+--------------+--------------+
 *
 * pin adds one and looks at what was there: without `mig` the frame is its for as long as it pins. With `mig` it waits;
 * its pin is counted already and holds for the new frame, since a mover changes the word by addition only. A mover
 * begins with pins == 0, by compare-exchange, so between begin and end nobody has the address.
 *
 * The frame points back to its handle. A mover that has set PGF_ISOLATED may read the handle: release waits for that
 * flag before it gives the handle back to its owner.
 *
 * Locking: none; see above.
 */
#include "mm/contig/internal.h"

void qy_set_owner(struct qy_machine *m, u32 frame, enum movable_kind kind, u32 index,
	const struct qy_handle *h)
{
	struct page *cold = frame_to_page(m, frame);
	u64 address = (uintptr_t)h;

	WRITE_ONCE(cold->link[LINK_KIND], (u32)kind);
	WRITE_ONCE(cold->link[LINK_INDEX], index);
	WRITE_ONCE(cold->link[LINK_OWNER_LO], (u32)address);
	WRITE_ONCE(cold->link[LINK_OWNER_HI], (u32)(address >> 32));
}

void qy_mark_owned(struct qy_machine *m, u32 frame)
{
	u32 hot = READ_ONCE(m->hot[frame]);

	/* release: a mover that sees the flag sees the handle */
	while (!qy_cmpxchg32(&m->hot[frame], &hot, hot | OWNED_FLAGS << HOT_FLAGS_SHIFT))
		;
}

/* Lent by a guaranteed area: only droppable pages may be there, from their allocation to their end. */
static bool is_guaranteed(const struct qy_machine *m, u32 frame)
{
	return home_migratetype(block_of(m, frame)) == MIGRATE_GUARANTEED;
}

/* ------------------------------------------------------------------ the owner's side */

int qy_handle_adopt(struct qy_machine *m, struct qy_handle *h, struct page *page,
	const char *owner, unsigned int flags)
{
	u32 frame = page_to_frame_checked(m, page);
	enum movable_kind kind =
		flags & QY_HANDLE_DROPPABLE ? MOVABLE_DROPPABLE : MOVABLE_HANDLE;
	u32 hot;

	if (frame == NO_FRAME)
		return -QY_EINVAL;
	if (is_guaranteed(m, frame) && kind != MOVABLE_DROPPABLE)
		return -QY_EINVAL;
	hot = READ_ONCE(m->hot[frame]);
	if (hot_state(hot) != PG_ALLOCATED || hot_refs(hot) != 1 ||
		hot_flags(hot) & (PGF_OWNED | PGF_ISOLATED))
		return -QY_EINVAL;
	h->owner = owner;
	WRITE_ONCE(h->pinned_by, NULL);
	WRITE_ONCE(h->word, frame);
	qy_set_owner(m, frame, kind, 0, h);
	/* release: a mover that sees the flag sees the handle */
	return qy_cmpxchg32(&m->hot[frame], &hot, hot | OWNED_FLAGS << HOT_FLAGS_SHIFT)
		       ? 0
		       : -QY_EINVAL;
}

static void report_still_pinned(struct qy_machine *m, const struct qy_handle *h, u64 word)
{
	const char *by = READ_ONCE(h->pinned_by);

	qy_printk(m, QY_LOG_ERR,
		"BUG: release of a pinned handle of %s: pfn 0x%llx, %u pins, the last by %s: it stays movable",
		h->owner, (unsigned long long)frame_to_pfn(m, word_frame(word)),
		word_pins(word), by ? by : "an unnamed user");
}

u64 qy_handle_take(struct qy_machine *m, struct qy_handle *h)
{
	u64 word = load_acquire(&h->word);

	for (unsigned int round = 0;; round++) {
		if (word & WORD_MIGRATING) {
			qy_spin_wait(round);
			word = load_acquire(&h->word);
		} else if (word & WORD_PINS) {
			report_still_pinned(m, h, word);
			return word;
		} else if (
			word & WORD_GONE ||
			/* acquire: what the last one to unpin wrote is seen by the owner */
			__atomic_compare_exchange_n(&h->word, &word, word | WORD_GONE,
				false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
			return word;
		}
	}
}

void qy_disown(struct qy_machine *m, u32 frame)
{
	u32 hot = READ_ONCE(m->hot[frame]);

	for (unsigned int round = 0;;) {
		if (hot_flags(hot) & PGF_ISOLATED) {
			/* a mover is about to find that the word is taken */
			qy_spin_wait(round++);
			hot = READ_ONCE(m->hot[frame]);
			continue;
		}
		if (qy_cmpxchg32(&m->hot[frame], &hot,
			    hot & ~((u32)OWNED_FLAGS << HOT_FLAGS_SHIFT)))
			return;
	}
}

struct page *qy_handle_release(struct qy_machine *m, struct qy_handle *h)
{
	u64 word = qy_handle_take(m, h);
	u32 frame = word_frame(word);

	if (word & (WORD_PINS | WORD_GONE) || frame == NO_FRAME)
		return NULL;
	qy_disown(m, frame);
	return frame_to_page(m, frame);
}

static noinline u64 wait_for_mover(struct qy_handle *h)
{
	u64 word;

	/* acquire: pairs with the end of the move; the bytes are in the new frame */
	for (unsigned int round = 0; (word = load_acquire(&h->word)) & WORD_MIGRATING;
		round++)
		qy_spin_wait(round);
	return word;
}

void *qy_handle_pin(struct qy_machine *m, struct qy_handle *h, const char *by)
{
	/* acquire: pairs with the end of the last move, whose copy is what is read now */
	u64 word = __atomic_fetch_add(&h->word, WORD_PIN, __ATOMIC_ACQUIRE);

	if (unlikely(word & WORD_MIGRATING))
		word = wait_for_mover(h);
	if (unlikely(word_frame(word) == NO_FRAME)) {
		__atomic_fetch_sub(&h->word, WORD_PIN, __ATOMIC_RELEASE);
		return NULL;
	}
	VM_BUG_ON(word & WORD_GONE);
	if (by)
		WRITE_ONCE(h->pinned_by, by);
	return frame_address(m, word_frame(word));
}

void qy_handle_unpin(struct qy_machine *m, struct qy_handle *h)
{
	if (unlikely(!(READ_ONCE(h->word) & WORD_PINS))) {
		qy_printk(m, QY_LOG_ERR, "BUG: unpin of a handle of %s that has no pin",
			h->owner);
		return;
	}
	/* release: what was written through the pin is there for the mover that finds no pins */
	__atomic_fetch_sub(&h->word, WORD_PIN, __ATOMIC_RELEASE);
}

uint64_t qy_handle_pfn(const struct qy_machine *m, const struct qy_handle *h)
{
	u32 frame = word_frame(READ_ONCE(h->word));

	return frame == NO_FRAME ? ~0ull : frame_to_pfn(m, frame);
}

/* ------------------------------------------------------------------ the mover's side */

int qy_handle_isolate(struct qy_machine *m, u32 frame)
{
	u64 word = frame;

	/* acquire: pairs with the release of the last unpin, so that the copy has its bytes */
	return __atomic_compare_exchange_n(&owner_of(m, frame)->word, &word,
		       word | WORD_MIGRATING, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)
		       ? 0
		       : -QY_EBUSY;
}

/* release: whoever pins from here on reads what the copy wrote */
static void end_move(struct qy_handle *h, u32 from, u32 to)
{
	__atomic_fetch_add(&h->word, (u64)to - from - WORD_MIGRATING, __ATOMIC_RELEASE);
}

void qy_moved_set(struct qy_machine *m,
	void (*fn)(void *arg, struct qy_handle *h, uint64_t from_pfn, uint64_t to_pfn,
		unsigned int order),
	void *arg)
{
	m->moved_arg = arg;
	m->moved = fn;
}

static void tell_moved(struct qy_machine *m, struct qy_handle *h, u32 from, u32 to)
{
	if (m->moved)
		m->moved(m->moved_arg, h, frame_to_pfn(m, from),
			to == NO_FRAME ? ~0ull : frame_to_pfn(m, to),
			hot_order(READ_ONCE(m->hot[from])));
}

void qy_handle_follow(struct qy_machine *m, u32 from, u32 to)
{
	struct page *source = frame_to_page(m, from), *target = frame_to_page(m, to);
	struct qy_handle *h = owner_of(m, from);

	target->private_[0] = source->private_[0];
	target->private_[1] = source->private_[1];
	if (m->block_watch)
		m->block_watch->swap(m, from, to);
	qy_set_owner(m, to, (enum movable_kind)source->link[LINK_KIND],
		source->link[LINK_INDEX], h);
	qy_mark_owned(m, to);
	tell_moved(m, h, from, to);
	end_move(h, from, to);
}

static int handle_migrate(struct qy_machine *m, u32 from, u32 to)
{
	if (!m->port->no_contents)
		memcpy(frame_address(m, to), frame_address(m, from),
			(size_t)QY_PAGE_SIZE << hot_order(READ_ONCE(m->hot[from])));
	qy_handle_follow(m, from, to);
	return 0;
}

static int droppable_migrate(struct qy_machine *m, u32 from, u32 to)
{
	tell_moved(m, owner_of(m, from), from, to);
	end_move(owner_of(m, from), from, to);
	return 0;
}

void qy_handle_putback(struct qy_machine *m, u32 frame)
{
	end_move(owner_of(m, frame), frame, frame);
}

static void copy_name(char *to, size_t size, const char *from)
{
	qy_snprintf(to, size, "%s", from ? from : "");
}

void qy_handle_holder(const struct qy_machine *m, u32 frame, struct qy_holder *out)
{
	const struct qy_handle *h = owner_of(m, frame);

	copy_name(out->owner, sizeof(out->owner), h->owner);
	out->pins = word_pins(READ_ONCE(h->word));
	copy_name(out->pinned_by, sizeof(out->pinned_by),
		out->pins ? READ_ONCE(h->pinned_by) : NULL);
}

const struct movable_ops qy_handle_ops = {
	.name = "handle",
	.needs_target = true,
	.isolate = qy_handle_isolate,
	.migrate = handle_migrate,
	.putback = qy_handle_putback,
	.holder = qy_handle_holder,
	.validate = qy_handle_validate,
};

const struct movable_ops qy_droppable_ops = {
	.name = "droppable",
	.needs_target = false,
	.isolate = qy_handle_isolate,
	.migrate = droppable_migrate,
	.putback = qy_handle_putback,
	.holder = qy_handle_holder,
	.validate = qy_handle_validate,
};

bool qy_handle_validate(const struct qy_machine *m, u32 frame, char *why, size_t why_size)
{
	const struct qy_handle *h = owner_of(m, frame);

	if (word_frame(h->word) == frame && !(h->word & (WORD_MIGRATING | WORD_GONE)))
		return true;
	qy_snprintf(why, why_size,
		"frame %u: its handle (of %s) has word 0x%llx, which is another frame or a move that has not ended",
		frame, h->owner, (unsigned long long)h->word);
	return false;
}
