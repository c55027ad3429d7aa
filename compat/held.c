// SPDX-License-Identifier: MIT
/*
 * What drivers hold: each thing with the stack that took it. The verdict at an unload is what is left.
 *
 * A hash of (kind, pointer); a pointer may be noted more than once (a cache that was merged).
 *
 * Locking: none; see world.h.
 */
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/user.h"

static size_t slot_of(const struct qy_held_table *table, enum qy_held kind, const void *p)
{
	u64 key = ((u64)(uintptr_t)p + (u64)kind) * 0x9e3779b97f4a7c15ull;

	return (size_t)(key >> 20) & (table->nr_slots - 1);
}

static void grow(struct qy_held_table *table)
{
	struct qy_held_table larger = { .nr_slots = table->nr_slots * 2 };

	larger.slots = qy_host_zalloc(larger.nr_slots * sizeof(*larger.slots));
	if (!larger.slots)
		return; /* longer chains, that is all */
	for (size_t i = 0; i < table->nr_slots; i++) {
		struct held *held = table->slots[i], *reversed = NULL, *next;

		for (; held; held = next) { /* the newest stays in front */
			next = held->next;
			held->next = reversed;
			reversed = held;
		}
		for (held = reversed; held; held = next) {
			size_t slot = slot_of(&larger, held->what.kind, held->what.p);

			next = held->next;
			held->next = larger.slots[slot];
			larger.slots[slot] = held;
		}
	}
	qy_host_free(table->slots);
	table->slots = larger.slots;
	table->nr_slots = larger.nr_slots;
}

/* ------------------------------------------------------------------ what runs by itself */

static bool is_active(enum qy_held kind)
{
	return kind == QY_HELD_TIMER || kind == QY_HELD_WORK;
}

static void link_active(struct qy_held_table *table, struct held *held)
{
	held->next_active = table->active;
	held->active = &table->active;
	if (table->active)
		table->active->active = &held->next_active;
	table->active = held;
}

static void unlink_active(struct held *held)
{
	*held->active = held->next_active;
	if (held->next_active)
		held->next_active->active = held->active;
}

/* Memory goes: no timer in it is to be set, and no work in it queued. */
static void check_active(const struct qy_world *w, const void *p, size_t bytes)
{
	for (const struct held *held = w->held->active; held; held = held->next_active)
		if ((uintptr_t)held->what.p - (uintptr_t)p < bytes)
			qy_compat_report(
				"WARNING: ODEBUG: free active (active state 0) object type: %s",
				held->what.kind == QY_HELD_TIMER ? "timer_list"
								 : "work_struct");
}

/* ------------------------------------------------------------------ taken, and given back */

void *qy_hold(enum qy_held kind, const void *p, size_t bytes)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	struct held *held;
	size_t slot;

	if (!w || ZERO_OR_NULL_PTR(p))
		return (void *)(uintptr_t)p;
	held = qy_host_record(sizeof(*held));
	if (!held)
		qy_compat_fatal("the host has no memory for the record of an allocation");
	if (w->held->nr > w->held->nr_slots)
		grow(w->held);
	held->what = (struct qy_world_held){ .kind = kind,
		.p = p,
		.bytes = bytes,
		.number = ++w->held->nr_ever,
		.when_ns = qy_sim_now(w->m),
		.pid = current->pid,
		.frames = held->frames };
	memcpy(held->what.comm, current->comm, TASK_COMM_LEN);
	held->what.nr_frames = qy_host_backtrace(held->frames, QY_HELD_FRAMES);
	slot = slot_of(w->held, kind, p);
	held->next = w->held->slots[slot];
	w->held->slots[slot] = held;
	w->held->nr++;
	if (is_active(kind))
		link_active(w->held, held);
	qy_kasan_took(w, held);
	return (void *)(uintptr_t)p;
}

/* What the core does not know of the context in which memory is asked for. */
static void look_at_context(enum qy_held kind, unsigned int gfp, const void *from)
{
	if (!(gfp & __GFP_DIRECT_RECLAIM) ||
		(kind != QY_HELD_OBJECT && kind != QY_HELD_PAGES &&
			kind != QY_HELD_VMALLOC && kind != QY_HELD_DMA &&
			kind != QY_HELD_DEVRES))
		return;
	if (current->qy_rcu_depth && !in_atomic())
		qy_compat_might_sleep("include/linux/sched/mm.h", 321);
	if (gfp & __GFP_FS && !qy_compat_has_no_fs())
		qy_reclaim_wanted(from);
}

bool qy_refuses(enum qy_held kind, unsigned int gfp, size_t bytes)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	struct qy_world_request request = { (unsigned int)kind, gfp, bytes };

	if (w)
		look_at_context(kind, gfp, __builtin_return_address(0));
	return w && w->refuse && !(gfp & __GFP_NOFAIL) &&
	       w->refuse(w->refuse_arg, &request);
}

void qy_world_refuse(struct qy_world *w,
	bool (*refuse)(void *arg, const struct qy_world_request *request), void *arg)
{
	w->refuse = refuse;
	w->refuse_arg = arg;
}

static struct held **find(struct qy_held_table *table, enum qy_held kind, const void *p)
{
	struct held **at = &table->slots[slot_of(table, kind, p)];

	while (*at && ((*at)->what.p != p || (*at)->what.kind != kind))
		at = &(*at)->next;
	return at;
}

struct held *qy_compat_held_find(struct qy_world *w, enum qy_held kind, const void *p)
{
	return *find(w->held, kind, p);
}

struct held *qy_compat_held_take(struct qy_world *w, enum qy_held kind, const void *p)
{
	struct held **at = find(w->held, kind, p), *held = *at;

	if (!held)
		return NULL; /* the free itself is reported by whoever owns the memory */
	*at = held->next;
	w->held->nr--;
	if (is_active(kind))
		unlink_active(held);
	qy_user_freed(w, held);
	if (kind == QY_HELD_OBJECT)
		qy_locks_freed(p, held->what.bytes);
	if (kind == QY_HELD_OBJECT || kind == QY_HELD_DEVRES)
		check_active(w, qy_kasan_bytes_of(held), held->what.bytes);
	if (kind == QY_HELD_OBJECT || kind == QY_HELD_PAGES || kind == QY_HELD_DEVRES ||
		kind == QY_HELD_FRAG)
		qy_kasan_loans_freed(held);
	return held;
}

void qy_let_go(enum qy_held kind, const void *p)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	struct held *held;

	if (!w || ZERO_OR_NULL_PTR(p))
		return;
	held = qy_compat_held_take(w, kind, p);
	if (!held)
		return;
	qy_kasan_gave(w, held);
	qy_host_forget_record(held);
}

void qy_let_go_exact(const void *p, size_t bytes)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	const struct held *held;
	struct page *page;

	if (!w || !p)
		return;
	page = qy_virt_to_page(w->m, p);
	held = qy_compat_held_find(w, QY_HELD_PAGES, page);
	if (held && PAGE_ALIGN(held->what.bytes) != PAGE_ALIGN(bytes))
		qy_compat_report(
			"WARNING: free_pages_exact() of %zu bytes, but alloc_pages_exact() gave %zu",
			bytes, (size_t)held->what.bytes);
	qy_let_go(QY_HELD_PAGES, page);
}

void qy_compat_begin_call(struct qy_world *w, enum qy_held kind, const void *p)
{
	const struct held *held = qy_compat_held_find(w, kind, p);

	w->called.nr_frames = 0;
	if (held) {
		w->called = held->what;
		memcpy(w->called_frames, held->frames, sizeof(w->called_frames));
		w->called.frames = w->called_frames;
	}
	qy_let_go(kind, p);
}

void qy_compat_end_call(struct qy_world *w)
{
	w->called.nr_frames = 0;
}

bool qy_world_called(const struct qy_world *w, struct qy_world_held *what)
{
	*what = w->called;
	return what->nr_frames != 0;
}

bool qy_world_next_held(
	const struct qy_world *w, uint64_t after, struct qy_world_held *what)
{
	const struct held *best = NULL;

	for (size_t i = 0; i < w->held->nr_slots; i++)
		for (const struct held *held = w->held->slots[i]; held; held = held->next)
			if (held->what.number > after &&
				(!best || held->what.number < best->what.number))
				best = held;
	if (best)
		*what = best->what;
	return best != NULL;
}

void qy_world_each_object(const struct qy_world *w,
	void (*see)(void *arg, const struct qy_world_object *object), void *arg)
{
	for (size_t i = 0; i < w->held->nr_slots; i++)
		for (const struct held *held = w->held->slots[i]; held;
			held = held->next) {
			struct qy_world_object object = { .held = &held->what };

			if ((held->what.kind == QY_HELD_OBJECT ||
				    held->what.kind == QY_HELD_DEVRES) &&
				qy_compat_cache_of(
					held->what.p, &object.cache, &object.object_size))
				see(arg, &object);
		}
}

uint64_t qy_world_nr_held(const struct qy_world *w, uint64_t *ever)
{
	if (ever)
		*ever = w->held->nr_ever;
	return w->held->nr;
}

int qy_compat_held_init(struct qy_world *w)
{
	w->held = qy_host_zalloc(sizeof(*w->held));
	if (!w->held)
		return -ENOMEM;
	w->held->nr_slots = 1024;
	w->held->slots = qy_host_zalloc(w->held->nr_slots * sizeof(*w->held->slots));
	return w->held->slots ? 0 : -ENOMEM;
}

void qy_compat_held_down(struct qy_world *w)
{
	if (!w->held)
		return;
	for (size_t i = 0; w->held->slots && i < w->held->nr_slots; i++)
		for (struct held *held = w->held->slots[i], *next; held; held = next) {
			next = held->next;
			qy_host_forget_record(held);
		}
	qy_host_free(w->held->slots);
	qy_host_free(w->held);
}
