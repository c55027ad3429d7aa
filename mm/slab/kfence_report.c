// SPDX-License-Identifier: MIT
/*
 * A fault on a page of the pool, and the words of KFENCE's reports.
 *
 *   qy_kfence_fault, qy_kfence_report, qy_kfence_tell
 *
 * Addresses are the board's. Who can name functions prints the stacks (qy_kfence_set_stacks()); else the line that was told.
 *
 * Locking: kf->lock while the pool is looked at; then report_lock.
 */
#include "mm/slab/kfence.h"
#include "mm/slab/slub_debug.h"
#include <quarry/owner.h>

#define LINE      "=================================================================="
#define ULL(v)    ((unsigned long long)(v))
#define NS_PER_US 1000ull
#define NS_PER_S  1000000000ull
#define DUMPED    16 /* bytes that a report of damage shows at most */

#define say(m, ...) qy_printk(m, QY_LOG_ERR, __VA_ARGS__)

static const char *const titles[] = {
	[KFENCE_OUT_OF_BOUNDS] = "out-of-bounds",
	[KFENCE_USE_AFTER_FREE] = "use-after-free",
	[KFENCE_CORRUPTION] = "memory corruption",
	[KFENCE_INVALID] = "invalid",
	[KFENCE_INVALID_FREE] = "invalid free",
};

static const char *access_word(int write)
{
	return write > 0 ? "write" : write ? "access" : "read";
}

/* ------------------------------------------------------------------ who */

static void say_where(const struct qy_machine *m, const struct qy_kfence_track *who,
	char *text, size_t size)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;

	if (who->nr_frames)
		kf->stacks.place(kf->stacks.arg, who->frames, who->nr_frames, text, size);
	else
		qy_snprintf(text, size, "%s", who->site ? who->site->func : "unknown");
}

void qy_kfence_tell(const struct qy_machine *m, const struct qy_kfence_track *track,
	void (*line)(void *to, const char *text), void *to)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;
	const struct qy_site *site = track->site;
	char text[192];

	if (track->nr_frames) {
		kf->stacks.tell(
			kf->stacks.arg, track->frames, track->nr_frames, line, to);
	} else if (site) {
		qy_snprintf(text, sizeof(text), "%s (%s:%u)", site->func, site->file,
			site->line);
		line(to, text);
	}
}

static void say_line(void *to, const char *text)
{
	const struct qy_machine *m = to;

	say(m, " %s", text);
}

static void say_stack(struct qy_machine *m, const struct qy_kfence_track *who)
{
	qy_kfence_tell(m, who, say_line, m);
}

static void say_track(
	struct qy_machine *m, const char *deed, const struct qy_kfence_track *track)
{
	u64 at = track->when_ns, ago = m->port->clock_ns(m->port->ctx) - at;

	say(m, "%s by task %d on cpu %u at %lu.%06lus (%lu.%06lus ago):", deed,
		track->pid, track->cpu, (unsigned long)(at / NS_PER_S),
		(unsigned long)(at % NS_PER_S / NS_PER_US),
		(unsigned long)(ago / NS_PER_S),
		(unsigned long)(ago % NS_PER_S / NS_PER_US));
	say_stack(m, track);
}

/* ------------------------------------------------------------------ the object */

static u32 number_of(const struct qy_machine *m, const char *address)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;

	return (u32)(((size_t)(address - kf->pool)) / (2 * QY_PAGE_SIZE)) - 1;
}

static void say_object(struct qy_machine *m, const struct kfence_object *object)
{
	u64 at = qy_board_address(m, object->address);

	say(m, "%s", "");
	if (object->state == QY_KFENCE_UNUSED) {
		say(m, "kfence-#%u unused", number_of(m, object->address));
		return;
	}
	say(m, "kfence-#%u: 0x%016llx-0x%016llx, size=%u, cache=%s",
		number_of(m, object->address), ULL(at), ULL(at) + object->size - 1,
		object->size, object->cache ? object->cache->name : "<destroyed>");
	say(m, "%s", "");
	say_track(m, "allocated", &object->alloc);
	if (object->state == QY_KFENCE_ALLOCATED)
		return;
	say(m, "%s", "");
	say_track(m, "freed", &object->free);
}

/* ". ." for bytes as they were left, else what lies there; up to the object, or to the last wrong one. */
static void say_damage(
	const struct qy_machine *m, const char *p, const struct kfence_object *object)
{
	const char *page = (const char *)((uintptr_t)p & ~(uintptr_t)(QY_PAGE_SIZE - 1));
	const char *end = min(
		p + DUMPED, p < object->address ? object->address : page + QY_PAGE_SIZE);
	u64 at = qy_board_address(m, p);
	char text[8 * DUMPED];
	struct qy_seq seq;

	qy_seq_init(&seq, text, sizeof(text));
	for (; p < end; p++) {
		if ((u8)*p == kfence_canary(p))
			qy_seq_puts(&seq, " .");
		else
			qy_seq_printf(&seq, " 0x%02x", (u8)*p);
	}
	say(m, "Corrupted memory at 0x%016llx [%s ] (in kfence-#%u):", ULL(at), text,
		number_of(m, object->address));
}

static void say_distance(const struct qy_machine *m, const char *p, int write,
	const struct kfence_object *object)
{
	bool left = p < object->address;
	size_t far = left ? (size_t)(object->address - p)
			  : (size_t)(p - (object->address + object->size)) + 1;

	say(m, "Out-of-bounds %s at 0x%016llx (%luB %s of kfence-#%u):",
		access_word(write), ULL(qy_board_address(m, p)), (unsigned long)far,
		left ? "left" : "right", number_of(m, object->address));
}

/* The line below the first: what was touched. */
static void say_what(const struct qy_machine *m, enum kfence_error error, const char *p,
	int write, const struct kfence_object *object)
{
	u64 at = qy_board_address(m, p);
	u32 number = object ? number_of(m, object->address) : 0;

	switch (error) {
	case KFENCE_OUT_OF_BOUNDS:
		say_distance(m, p, write, object);
		break;
	case KFENCE_USE_AFTER_FREE:
		say(m, "Use-after-free %s at 0x%016llx (in kfence-#%u):",
			access_word(write), ULL(at), number);
		break;
	case KFENCE_CORRUPTION:
		say_damage(m, p, object);
		break;
	case KFENCE_INVALID:
		say(m, "Invalid %s at 0x%016llx:", access_word(write), ULL(at));
		break;
	case KFENCE_INVALID_FREE:
		if (object)
			say(m, "Invalid free of 0x%016llx (in kfence-#%u):", ULL(at),
				number);
		else
			say(m, "Invalid free of 0x%016llx:", ULL(at));
		break;
	}
}

void qy_kfence_report(struct qy_machine *m, enum kfence_error error, const void *p,
	int write, const struct kfence_object *object, const struct qy_kfence_track *who)
{
	const struct qy_kfence *kf = slabs_of(m)->kfence;
	bool access = error != KFENCE_CORRUPTION && error != KFENCE_INVALID_FREE;
	char where[160];

	say_where(m, who, where, sizeof(where));
	qy_spin_lock_irqsave(&m->report_lock);
	say(m, LINE);
	say(m, "BUG: KFENCE: %s%s%s in %s", titles[error], access ? " " : "",
		access ? access_word(write) : "", where);
	say(m, "%s", "");
	say_what(m, error, p, write, object);
	say_stack(m, who);
	if (object)
		say_object(m, object);
	say(m, "%s", "");
	if (kf->has_stacks)
		kf->stacks.print_task(kf->stacks.arg);
	else
		say(m, "CPU: %u PID: %d Comm: %s", qy_current()->cpu,
			qy_current()->task.pid, qy_current()->task.comm);
	say(m, LINE);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

/* ------------------------------------------------------------------ a fault */

/* Which object's neighbour is touched: the nearer of the two around a guard page. */
static struct kfence_object *neighbour(struct qy_kfence *kf, const char *p)
{
	struct kfence_object *left = kfence_object_at(kf, p - QY_PAGE_SIZE);
	struct kfence_object *right = p + QY_PAGE_SIZE < kf->pool + kf->pool_bytes
					      ? kfence_object_at(kf, p + QY_PAGE_SIZE)
					      : NULL;

	if (left && left->state != QY_KFENCE_ALLOCATED)
		left = NULL;
	if (right && right->state != QY_KFENCE_ALLOCATED)
		right = NULL;
	if (!left || !right)
		return left ? left : right;
	return p - (left->address + left->size) < right->address - p ? left : right;
}

bool qy_kfence_fault(struct qy_machine *m, const void *address, int write, const void *pc)
{
	struct qy_kfence *kf = slabs_of(m)->kfence;
	const char *p = address;
	char *page = (char *)((uintptr_t)p & ~(uintptr_t)(QY_PAGE_SIZE - 1));
	enum kfence_error error = KFENCE_INVALID;
	struct kfence_object *object, copy;
	struct qy_kfence_track who = { 0 };

	if (!is_kfence(m, p) || qy_current()->machine != m)
		return false;
	qy_kfence_track(m, pc, &who);
	qy_spin_lock_irqsave(&kf->lock);
	if (((size_t)(page - kf->pool) >> QY_PAGE_SHIFT) & 1) {
		object = neighbour(kf, p);
		error = object ? KFENCE_OUT_OF_BOUNDS : KFENCE_INVALID;
		if (object)
			object->opened = page;
	} else {
		object = kfence_object_at(kf, p);
		if (object && object->state == QY_KFENCE_UNUSED)
			object = NULL;
		error = object ? KFENCE_USE_AFTER_FREE : KFENCE_INVALID;
	}
	if (object)
		copy = *object;
	kf->stats.bugs++;
	qy_spin_unlock_irqrestore(&kf->lock);
	qy_kfence_report(m, error, p, write, object ? &copy : NULL, &who);
	return !kfence_guard(m, page, false);
}
