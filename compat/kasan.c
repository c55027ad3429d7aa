// SPDX-License-Identifier: MIT
/*
 * What drivers take and give back, as the shadow sees it; what was freed waits here, so that who touches it is seen.
 *
 *   qy_defer_free, qy_defer_free_pages, qy_freed   a free, as linux/slab.h and linux/gfp.h call it
 *
 * Invariant: what waits is in order of its free, first_waiting and all behind it wait; their bytes are at most `limit`.
 *
 * Locking: none; see world.h.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <quarry/dma.h>
#include <quarry/kfence.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/net.h"
#include "compat/stack.h"

/* Of the board's RAM, at most: a driver finds nearly what it would find without us. */
#define WAITS_SHARE 128
#define WAITS_MOST  (8ul << 20)
#define MAX_RECORDS 4096 /* of frees whose memory is in use again */

struct kasan_state {
	struct kasan_freed *first, **last, *first_waiting;
	size_t nr, bytes, limit;
};

/* ------------------------------------------------------------------ where bytes are */

static bool in_window(const void *p)
{
	size_t bytes;
	const char *window = qy_compat_window(&bytes);

	return (uintptr_t)p - (uintptr_t)window < bytes;
}

const char *qy_kasan_bytes_of(const struct held *held)
{
	switch (held->what.kind) {
	case QY_HELD_PAGES:
	case QY_HELD_POOL_PAGE:
		return page_address(held->what.p);
	case QY_HELD_DMA: /* by its address, or by its page */
		if (!in_window(held->what.p) && !is_vmalloc_addr(held->what.p))
			return page_address(held->what.p);
		return held->what.p;
	case QY_HELD_DEVRES:
		return qy_compat_devres_data((void *)(uintptr_t)held->what.p);
	case QY_HELD_OBJECT:
	case QY_HELD_VMALLOC:
	case QY_HELD_PERCPU:
	case QY_HELD_FRAG:
		return held->what.p;
	default:
		return NULL; /* no memory that a driver touches */
	}
}

/* In a slab of the boot nothing was said yet of what lies before the object. */
static void deny_before(const char *start)
{
	struct qy_place place;

	if (!in_window(start) || !qy_compat_place(start, &place))
		return;
	for (int n = 0; n < 2 && (uintptr_t)start & ~PAGE_MASK; n++) {
		start -= KASAN_GRANULE;
		if (qy_kasan_state(start) != KASAN_PAGE_FREE)
			return;
		qy_kasan_deny(start, KASAN_GRANULE, KASAN_SLAB_REDZONE);
	}
}

/* A thing has come: its bytes may be touched, and nobody's behind it up to the next page. */
static void allow(const char *start, const struct held *held)
{
	size_t bytes = held->what.bytes;

	if (!bytes)
		return; /* a size says nothing */
	if (held->what.kind == QY_HELD_DEVRES)
		qy_kasan_deny(held->what.p, (size_t)(start - (const char *)held->what.p),
			KASAN_SLAB_REDZONE);
	if (held->what.kind == QY_HELD_OBJECT)
		deny_before(start);
	qy_kasan_allow(start, bytes);
	qy_kasan_set_written(start, bytes);
	if (held->what.kind == QY_HELD_DMA)
		qy_kasan_deny(
			start + bytes, PAGE_ALIGN(bytes) - bytes, KASAN_PAGE_REDZONE);
	if (held->what.kind == QY_HELD_VMALLOC && !in_window(start))
		qy_kasan_deny(start + bytes, PAGE_ALIGN(bytes) - bytes + PAGE_SIZE,
			KASAN_VMALLOC_INVALID);
}

void qy_kasan_took(struct qy_world *w, const struct held *held)
{
	const char *start = w->kasan ? qy_kasan_bytes_of(held) : NULL;

	if (start)
		allow(start, held);
}

void *qy_fresh(const void *p, size_t bytes, qy_gfp_t gfp)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	void *memory = (void *)(uintptr_t)p;
	struct qy_place place;

	if (!w || !w->kasan || ZERO_OR_NULL_PTR(p) || gfp & __GFP_ZERO ||
		qy_compat_board()->slab.init_on_alloc)
		return memory;
	if (qy_compat_place(p, &place) && (place.has_ctor || place.typesafe))
		return memory; /* what is in it is meant to be */
	memset(memory, KASAN_UNWRITTEN, bytes);
	qy_kasan_set_unwritten(p, bytes);
	return memory;
}

void qy_touches(const void *p, size_t bytes, bool write)
{
	const struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	if (!w || !w->kasan || !bytes)
		return;
	if (qy_kasan_is_plain(p, bytes))
		return;
	if (qy_kasan_first_bad(p, bytes, write))
		qy_kasan_check(p, bytes, write, qy_stack_driver());
	else if (write)
		qy_kasan_set_written(p, bytes);
}

void qy_lay_aside(const void *p)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	const struct held *held =
		w && w->kasan && p ? qy_compat_held_find(w, QY_HELD_OBJECT, p) : NULL;

	if (held)
		qy_kasan_deny(p, ALIGN(held->what.bytes, KASAN_GRANULE), KASAN_SLAB_FREE);
}

void qy_kasan_lent(const void *p, size_t bytes)
{
	if (p && qy_compat_world()->kasan) {
		qy_kasan_allow(p, bytes);
		qy_kasan_set_written(p, bytes);
	}
}

/* Areas and buffers for devices go at once; objects and pages through qy_defer_free(). */
void qy_kasan_gave(struct qy_world *w, const struct held *held)
{
	const char *start = w->kasan ? qy_kasan_bytes_of(held) : NULL;

	if (start && held->what.kind == QY_HELD_PAGES)
		qy_kasan_deny(start, PAGE_ALIGN(held->what.bytes), KASAN_PAGE_FREE);
	else if (start && (held->what.kind == QY_HELD_FRAG ||
				  held->what.kind == QY_HELD_POOL_PAGE))
		qy_kasan_deny(
			start, ALIGN(held->what.bytes, KASAN_GRANULE), KASAN_PAGE_WAITS);
	else if (start && held->what.kind == QY_HELD_DMA && in_window(start))
		qy_kasan_deny(start, PAGE_ALIGN(held->what.bytes), KASAN_PAGE_FREE);
	else if (start &&
		 (held->what.kind == QY_HELD_DMA || held->what.kind == QY_HELD_VMALLOC))
		qy_kasan_deny(start, PAGE_ALIGN(held->what.bytes),
			in_window(start) ? KASAN_PAGE_FREE : KASAN_VMALLOC_INVALID);
}

/* ------------------------------------------------------------------ what waits */

static void free_now(struct kasan_state *k, struct kasan_freed *freed)
{
	struct qy_machine *m = qy_this_machine();

	freed->waits = false;
	k->bytes -= freed->held->what.bytes;
	if (freed->held->what.kind == QY_HELD_PAGES) {
		qy_kasan_deny(freed->start, PAGE_SIZE << freed->order, KASAN_PAGE_FREE);
		qy_free_pages(m, (struct page *)(uintptr_t)freed->p, freed->order);
	} else if (freed->cache) {
		qy_kmem_cache_free(freed->cache, (void *)(uintptr_t)freed->p);
	} else {
		qy_kfree(m, freed->p);
	}
}

static void free_oldest(struct kasan_state *k)
{
	struct kasan_freed *freed = k->first_waiting;

	k->first_waiting = freed->next;
	if (freed->waits)
		free_now(k, freed);
}

static void forget_oldest(struct kasan_state *k)
{
	struct kasan_freed *freed = k->first;

	if (freed == k->first_waiting)
		free_oldest(k);
	k->first = freed->next;
	if (!k->first)
		k->last = &k->first;
	k->nr--;
	qy_host_forget_record(freed->held);
	qy_host_forget_record(freed);
}

void qy_kasan_drain(struct qy_world *w)
{
	while (w->kasan && w->kasan->first_waiting)
		free_oldest(w->kasan);
}

void qy_free_deferred(void)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	if (w)
		qy_kasan_drain(w);
}

/* @held becomes the record's. */
static struct kasan_freed *note(
	struct kasan_state *k, struct held *held, const void *from)
{
	struct kasan_freed *freed = qy_host_record(sizeof(*freed));

	if (!freed)
		qy_compat_fatal("the host has no memory for the record of a free");
	freed->held = held;
	freed->p = held->what.p;
	freed->start = qy_kasan_bytes_of(held);
	freed->pid = current->pid;
	freed->from = from;
	freed->nr_frames = qy_host_backtrace(freed->frames, QY_HELD_FRAMES);
	*k->last = freed;
	k->last = &freed->next;
	k->nr++;
	return freed;
}

/* A large block would push out everything else: it goes at once. */
static bool wait(struct kasan_state *k, struct kasan_freed *freed)
{
	size_t bytes = freed->held->what.bytes;

	if (bytes > k->limit / 4)
		return false;
	freed->waits = true;
	k->bytes += bytes;
	if (!k->first_waiting)
		k->first_waiting = freed;
	while (k->bytes > k->limit)
		free_oldest(k);
	while (k->nr > MAX_RECORDS)
		forget_oldest(k);
	return true;
}

static size_t distance(const char *start, size_t bytes, const void *p)
{
	uintptr_t a = (uintptr_t)p, first = (uintptr_t)start;

	return a < first ? first - a : a < first + bytes ? 0 : a - first - bytes + 1;
}

static bool is_wrong(struct qy_world *w, const void *p, void *from)
{
	const struct kasan_freed *freed = qy_kasan_freed(w, p);
	const struct held *held;
	struct qy_place place;

	if (freed && freed->p == p && freed->waits) {
		qy_kasan_report_free(p, "double-free", from);
		return true;
	}
	if (qy_compat_place(p, &place) && place.object != (const char *)p &&
		qy_compat_held_find(w, QY_HELD_OBJECT, place.object)) {
		qy_kasan_report_free(p, "invalid-free", from);
		return true;
	}
	held = qy_kasan_held(w, p);
	if (held && held->what.kind == QY_HELD_OBJECT && held->what.p < p &&
		!distance(held->what.p, held->what.bytes, p)) {
		qy_kasan_report_free(p, "invalid-free", from);
		return true;
	}
	return false;
}

static bool kept_object(struct qy_world *w, enum qy_held kind, const void *p,
	struct kmem_cache *cache, void *from)
{
	struct held *held;
	struct qy_place place;
	bool in_slab = in_window(p) && qy_compat_place(p, &place);
	struct kasan_freed *freed;
	size_t bytes;

	if (qy_is_kfence_address(w->m, p)) {
		qy_let_go(kind, p); /* its page is protected at once */
		return false;
	}
	held = qy_compat_held_take(w, kind, p);
	if (!held)
		return is_wrong(w, p, from);
	if (in_slab && ((cache && place.cache != cache) || place.typesafe)) {
		qy_host_forget_record(held);
		return false;
	}
	freed = note(w->kasan, held, from);
	freed->cache = cache;
	bytes = (size_t)(freed->start - (const char *)p) + held->what.bytes;
	qy_kasan_deny(p, in_slab ? ALIGN(bytes, KASAN_GRANULE) : PAGE_ALIGN(bytes),
		in_slab ? KASAN_SLAB_FREE : KASAN_PAGE_WAITS);
	return wait(w->kasan, freed);
}

bool qy_defer_free(const void *p, struct kmem_cache *cache)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	if (!w || !w->kasan || ZERO_OR_NULL_PTR(p)) {
		qy_let_go(QY_HELD_OBJECT, p);
		return false;
	}
	return kept_object(w, QY_HELD_OBJECT, p, cache, __builtin_return_address(0));
}

bool qy_kasan_keep(enum qy_held kind, const void *element, const char *start,
	size_t bytes, bool kept, void *from)
{
	struct qy_world *w = qy_compat_world();
	const struct held *held;

	if (!w->kasan)
		return true;
	if (kept) {
		qy_kasan_deny(start, ALIGN(bytes, KASAN_GRANULE),
			kind == QY_HELD_PAGES || bytes > KMALLOC_MAX_CACHE_SIZE
				? KASAN_PAGE_WAITS
				: KASAN_SLAB_FREE);
		return true;
	}
	if (qy_compat_held_find(w, kind, element))
		return true;
	held = qy_kasan_held(w, start);
	qy_kasan_report_free(start,
		held && !distance(qy_kasan_bytes_of(held), held->what.bytes, start)
			? "invalid-free"
			: "double-free",
		from);
	return false;
}

bool qy_defer_free_devres(void *dr)
{
	struct qy_world *w = qy_compat_world();

	if (w->kasan)
		return kept_object(w, QY_HELD_DEVRES, dr, NULL, NULL);
	qy_let_go(QY_HELD_DEVRES, dr);
	return false;
}

void qy_freed(const void *p)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	struct held *held;

	if (!w || !w->kasan || ZERO_OR_NULL_PTR(p) || qy_is_kfence_address(w->m, p)) {
		qy_let_go(QY_HELD_OBJECT, p);
		return;
	}
	held = qy_compat_held_take(w, QY_HELD_OBJECT, p);
	if (!held)
		return;
	note(w->kasan, held, __builtin_return_address(0));
	qy_kasan_deny(p, ALIGN(held->what.bytes, KASAN_GRANULE), KASAN_SLAB_FREE);
}

bool qy_defer_free_pages(struct page *page, unsigned int order)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	const struct kasan_freed *before;
	struct kasan_freed *freed;
	struct held *held;

	if (!w || !w->kasan || !page) {
		qy_let_go(QY_HELD_PAGES, page);
		return false;
	}
	held = qy_compat_held_take(w, QY_HELD_PAGES, page);
	if (!held) {
		before = qy_kasan_freed(w, page_address(page));
		if (!before || before->p != page || !before->waits) {
			qy_compat_frag_block_gone(page);
			return qy_compat_pool_leak(page);
		}
		qy_kasan_report_free(
			page_address(page), "double-free", __builtin_return_address(0));
		return true;
	}
	if (held->what.bytes != PAGE_SIZE << order) {
		qy_host_forget_record(held); /* the core has something to say */
		return false;
	}
	freed = note(w->kasan, held, __builtin_return_address(0));
	freed->order = order;
	if (wait(w->kasan, freed)) {
		qy_kasan_deny(freed->start, PAGE_SIZE << order, KASAN_PAGE_WAITS);
		return true;
	}
	qy_kasan_deny(freed->start, PAGE_SIZE << order, KASAN_PAGE_FREE);
	return false;
}

/* ------------------------------------------------------------------ looking for an address */

const struct kasan_freed *qy_kasan_freed(const struct qy_world *w, const void *p)
{
	const struct kasan_freed *found = NULL;

	for (const struct kasan_freed *freed = w->kasan->first; freed;
		freed = freed->next)
		if (freed->p == p ||
			(freed->start &&
				!distance(freed->start, freed->held->what.bytes, p)))
			found = freed;
	return found;
}

const struct held *qy_kasan_held(const struct qy_world *w, const void *p)
{
	const struct held *best = NULL;
	size_t least = PAGE_SIZE;

	for (size_t i = 0; i < w->held->nr_slots; i++)
		for (const struct held *held = w->held->slots[i]; held;
			held = held->next) {
			const char *start = qy_kasan_bytes_of(held);
			size_t far = start ? distance(start, held->what.bytes, p) : least;

			if (far < least) {
				least = far;
				best = held;
			}
		}
	return best;
}

/* ------------------------------------------------------------------ begin and end */

void qy_world_mark(void *arg, const void *p, size_t bytes, enum qy_mark how)
{
	(void)arg;
	if (!qy_kasan_shadow_init())
		return;
	if (how == QY_MARK_NOACCESS)
		qy_kasan_deny_rest(p, bytes);
	else if (PAGE_ALIGNED(p) && PAGE_ALIGNED(bytes))
		qy_kasan_deny(p, bytes, KASAN_PAGE_FREE);
	else
		qy_kasan_allow(p, bytes);
}

void qy_kasan_user(const void *p, size_t bytes, bool theirs)
{
	const struct qy_world *w = qy_compat_world();
	uintptr_t first = ALIGN((uintptr_t)p, KASAN_GRANULE);
	uintptr_t end = ((uintptr_t)p + bytes) & ~(uintptr_t)(KASAN_GRANULE - 1);

	if (!w->kasan || first >= end || end >> KASAN_ADDRESS || first < KASAN_CHUNK ||
		in_window(p))
		return;
	if (theirs || qy_compat_user_has(p)) /* mapped memory stays a program's */
		qy_kasan_deny((void *)first, end - first, KASAN_USER);
	else
		qy_kasan_allow((void *)first, end - first);
}

int qy_kasan_init(struct qy_world *w)
{
	size_t bytes;
	const char *window = qy_compat_window(&bytes);

	if (!qy_kasan_shadow_init())
		return -ENOMEM;
	if (!w->opts.kasan)
		return 0;
	w->kasan = qy_host_zalloc(sizeof(*w->kasan));
	if (!w->kasan)
		return -ENOMEM;
	w->kasan->last = &w->kasan->first;
	w->kasan->limit = min(bytes / WAITS_SHARE, WAITS_MOST);
	/* a world that was not taken down has left its red zones, on stacks of which others are made */
	qy_kasan_forget_all();
	qy_kasan_deny_globals();
	if (!qy_kasan_begin(window, bytes, KASAN_PAGE_FREE))
		return -ENOMEM;
	qy_host_answer_looks(qy_world_checks_inline());
	return 0;
}

void qy_kasan_down(struct qy_world *w)
{
	size_t bytes;
	const char *window = qy_compat_window(&bytes);

	if (!w->kasan)
		return;
	qy_host_answer_looks(false);
	qy_kasan_loans_down(w);
	qy_kasan_pools_gone(w, NULL);
	qy_kasan_drain(w);
	while (w->kasan->first)
		forget_oldest(w->kasan);
	qy_kasan_forget(window, bytes);
	window = qy_compat_space(&bytes);
	qy_kasan_forget(window, bytes);
	qy_host_free(w->kasan);
	w->kasan = NULL;
}
