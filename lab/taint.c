// SPDX-License-Identifier: MIT
/*
 * See taint.h: the pageblocks say which places there are, a first pass over the owners' records what is in them, a second
 * one whose the pages in the tainted ones are.
 */
#include "lab/taint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGEBLOCK_FRAMES 512u

enum { TYPE_MOVABLE = 1, TYPE_HIGHATOMIC = 3, TYPE_CMA = 4, TYPE_ISOLATE = 5 };

/* One place. */
struct place {
	uint16_t fixed, movable; /* allocated frames */
};

#define NOT_A_PLACE 0xffffu /* in fixed */

struct survey {
	struct qy_machine *m;
	const struct qy_zone_stats *zone;
	unsigned int order;
	uint64_t
		first; /* number of the first place; a place's number is its pfn >> order */
	uint64_t nr;
	struct place *place;
	struct qy_taint_owner *owner; /* one a task */
	uint64_t *last; /* of each owner: the place where it was seen last */
	uint32_t nr_owners, room;
};

static uint32_t frames_of(const struct survey *s)
{
	return 1u << s->order;
}

/* ------------------------------------------------------------------ which places there are */

static bool may_take(qy_gfp_t gfp, unsigned int type)
{
	if (type == TYPE_CMA)
		return gfp & QY___GFP_MOVABLE;
	return type != TYPE_HIGHATOMIC && type != TYPE_ISOLATE;
}

/* Only a whole pageblock, of which boot kept nothing, can be of a place. */
static bool is_fit(const struct qy_pageblock_info *b, qy_gfp_t gfp)
{
	return b->nr_pages == PAGEBLOCK_FRAMES && !b->nr_reserved &&
	       may_take(gfp, b->migratetype);
}

/* Every place counts the fit pageblocks that it touches; where one is missing (order 10 needs two) is none. */
static void find_places(struct survey *s, qy_gfp_t gfp)
{
	uint32_t step = frames_of(s) < PAGEBLOCK_FRAMES ? frames_of(s) : PAGEBLOCK_FRAMES;
	uint16_t wanted = (uint16_t)(frames_of(s) / step);
	struct qy_pageblock_info b;

	for (uint32_t i = 0; qy_pageblock_info(s->m, i, &b); i++) {
		if (b.node != s->zone->node || b.zone_type != s->zone->type ||
			!is_fit(&b, gfp))
			continue;
		for (uint32_t at = 0; at < PAGEBLOCK_FRAMES; at += step)
			s->place[((b.start_pfn + at) >> s->order) - s->first].movable++;
	}
	for (uint64_t i = 0; i < s->nr; i++) {
		bool all = s->place[i].movable == wanted;

		s->place[i] = (struct place){ .fixed = all ? 0 : NOT_A_PLACE };
	}
}

/* ------------------------------------------------------------------ what is in them */

static struct place *place_at(const struct survey *s, uint64_t pfn)
{
	uint64_t n = (pfn >> s->order) - s->first;

	if (pfn >> s->order < s->first || n >= s->nr || s->place[n].fixed == NOT_A_PLACE)
		return NULL;
	return &s->place[n];
}

typedef void (*visit_fn)(
	struct survey *s, const struct qy_page_owner *o, uint64_t pfn, uint32_t frames);

/* Each block, in the pieces that lie in one place. */
static void for_each_piece(struct survey *s, visit_fn visit)
{
	uint64_t pfn = s->zone->start_pfn,
		 end = s->zone->start_pfn + s->zone->spanned_pages;
	struct qy_page_owner o;

	while (qy_page_owner_next(s->m, &pfn, &o) && o.pfn < end) {
		uint64_t block_end = o.pfn + (1ull << o.order);

		for (uint64_t at = o.pfn; at < block_end;) {
			uint64_t next = ((at >> s->order) + 1) << s->order;

			if (next > block_end)
				next = block_end;
			visit(s, &o, at, (uint32_t)(next - at));
			at = next;
		}
	}
}

static void count_piece(
	struct survey *s, const struct qy_page_owner *o, uint64_t pfn, uint32_t frames)
{
	struct place *p = place_at(s, pfn);

	if (!p)
		return;
	if (o->migratetype == TYPE_MOVABLE)
		p->movable = (uint16_t)(p->movable + frames);
	else
		p->fixed = (uint16_t)(p->fixed + frames);
}

static bool is_tainted(const struct survey *s, const struct place *p)
{
	return p->fixed && p->fixed != NOT_A_PLACE && p->fixed < frames_of(s);
}

static void sum_up(struct survey *s, struct qy_taint *t)
{
	for (uint64_t i = 0; i < s->nr; i++) {
		const struct place *p = &s->place[i];

		if (p->fixed == NOT_A_PLACE)
			continue;
		t->places++;
		if (is_tainted(s, p)) {
			t->tainted++;
			t->pages += p->fixed;
		} else if (p->fixed) {
			t->unmovable++;
		} else if (p->movable) {
			t->movable++;
		} else {
			t->listed++;
		}
	}
}

/* ------------------------------------------------------------------ by whom */

static bool same_task(const struct qy_task *a, const struct qy_task *b)
{
	return a->pid == b->pid && strcmp(a->comm, b->comm) == 0;
}

/* Return: the task's entry, NULL when the host has no memory. */
static struct qy_taint_owner *owner_of(struct survey *s, const struct qy_task *task)
{
	uint32_t room = s->room ? 2 * s->room : 64;
	struct qy_taint_owner *owner;
	uint64_t *last;

	for (uint32_t i = s->nr_owners; i-- > 0;) {
		if (same_task(&s->owner[i].task, task))
			return &s->owner[i];
	}
	if (s->nr_owners == s->room) {
		owner = realloc(s->owner, room * sizeof(*owner));
		if (owner)
			s->owner = owner;
		last = realloc(s->last, room * sizeof(*last));
		if (last)
			s->last = last;
		if (!owner || !last)
			return NULL;
		s->room = room;
	}
	s->owner[s->nr_owners] = (struct qy_taint_owner){ .task = *task };
	s->last[s->nr_owners] = UINT64_MAX;
	return &s->owner[s->nr_owners++];
}

static void blame_piece(
	struct survey *s, const struct qy_page_owner *o, uint64_t pfn, uint32_t frames)
{
	struct place *p = place_at(s, pfn);
	struct qy_taint_owner *owner;

	if (o->migratetype == TYPE_MOVABLE || !p || !is_tainted(s, p))
		return;
	owner = owner_of(s, &o->task);
	if (!owner)
		return;
	owner->pages += frames;
	owner->places += s->last[owner - s->owner] != pfn >> s->order;
	s->last[owner - s->owner] = pfn >> s->order;
}

/* Most places first; a total order, so that the same machine gives the same bytes. */
static int compare_owners(const void *a, const void *b)
{
	const struct qy_taint_owner *x = a, *y = b;

	if (x->places != y->places)
		return x->places > y->places ? -1 : 1;
	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	if (x->task.pid != y->task.pid)
		return x->task.pid < y->task.pid ? -1 : 1;
	return strcmp(x->task.comm, y->task.comm);
}

static void blame(struct survey *s, struct qy_taint *t)
{
	for_each_piece(s, blame_piece);
	if (s->nr_owners)
		qsort(s->owner, s->nr_owners, sizeof(*s->owner), compare_owners);
	t->all_owners = s->nr_owners;
	t->nr_owners = s->nr_owners < QY_TAINT_OWNERS ? s->nr_owners : QY_TAINT_OWNERS;
	memcpy(t->owner, s->owner ? s->owner : t->owner,
		t->nr_owners * sizeof(t->owner[0]));
}

/* ------------------------------------------------------------------ the doors */

static bool has_records(struct qy_machine *m)
{
	struct qy_page_owner o;
	uint64_t pfn = 0;

	return qy_page_owner_next(m, &pfn, &o);
}

int qy_taint_capture(struct qy_machine *m, const struct qy_zone_stats *zone, qy_gfp_t gfp,
	unsigned int order, struct qy_taint *taint)
{
	struct survey s = { .m = m, .zone = zone, .order = order };

	*taint = (struct qy_taint){ .known = has_records(m) };
	if (!taint->known || !zone->spanned_pages)
		return 0;
	s.first = zone->start_pfn >> order;
	s.nr = ((zone->start_pfn + zone->spanned_pages - 1) >> order) - s.first + 1;
	s.place = calloc(s.nr, sizeof(*s.place));
	if (!s.place) {
		*taint = (struct qy_taint){ 0 };
		return -ENOMEM;
	}
	find_places(&s, gfp);
	for_each_piece(&s, count_piece);
	sum_up(&s, taint);
	blame(&s, taint);
	free(s.place);
	free(s.owner);
	free(s.last);
	return 0;
}

const char *qy_taint_owner_text(
	const struct qy_taint_owner *owner, char *buf, size_t size)
{
	/* a recording has no name for a task that was gone when it was asked for */
	if (strcmp(owner->task.comm, "<...>") == 0 || !owner->task.comm[0])
		snprintf(buf, size, "pid %d", owner->task.pid);
	else if (owner->task.pid > 0)
		snprintf(buf, size, "%.15s (pid %d)", owner->task.comm, owner->task.pid);
	else
		snprintf(buf, size, "%.15s", owner->task.comm);
	return buf;
}
