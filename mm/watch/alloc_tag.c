// SPDX-License-Identifier: MIT
/*
 * Allocation profiling: the lines of code that allocate, and what each holds.
 *
 *   qy_site_index              a line's number, given when it is first seen
 *   qy_alloc_tag_*             what happens to a block, told by page_owner.c
 *   qy_set_mem_profiling       the sysctl
 *   qy_site_usage              what a line holds
 *
 * A block that was allocated while profiling was on carries a tag, the number of its line + 1, until it is freed, also
 * when profiling is off by then. So each count is the sum over the tags.
 *
 * Locking: sites->lock for new lines, which are found without it; counts are atomic.
 */
#include "mm/watch/page_owner.h"

static const struct qy_site unknown_site = { "unknown", 0, "unknown", NULL };
static const struct qy_site more_sites = { "more", 0, "more", NULL };

/* ------------------------------------------------------------------ lines */

void qy_sites_init(struct qy_machine *m)
{
	struct site_table *sites = m->sites;

	sites->usage[SITE_UNKNOWN].site = &unknown_site;
	sites->usage[SITE_MORE].site = &more_sites;
	sites->nr = SITE_FIRST;
	m->mem_profiling = m->board->mem_profiling == QY_MEM_PROFILING_ON;
}

/* Where the line is in the table, or the empty slot where it would go. */
static u32 *find_slot(struct site_table *sites, const struct qy_site *site)
{
	u32 at = (u32)((u64)(uintptr_t)site * 0x9e3779b97f4a7c15ull >> 40);

	for (;; at++) {
		u32 *slot = &sites->slot[at & (SITE_SLOTS - 1)];
		/* acquire: pairs with the release in add_site(), so that the entry is complete */
		u32 index = load_acquire(slot);

		if (!index || sites->usage[index].site == site)
			return slot;
	}
}

static noinline u32 add_site(struct site_table *sites, const struct qy_site *site)
{
	u32 *slot, index;

	qy_spin_lock_irqsave(&sites->lock);
	slot = find_slot(sites, site);
	index = *slot;
	if (!index && sites->nr < MAX_SITES) {
		index = sites->nr;
		sites->usage[index].site = site;
		/* release: whoever finds the number sees the entry */
		store_release(slot, index);
		store_release(&sites->nr, index + 1);
	}
	qy_spin_unlock_irqrestore(&sites->lock);
	return index ? index : SITE_MORE;
}

u32 qy_site_index(struct qy_machine *m, const struct qy_site *site)
{
	u32 index;

	if (!site)
		return SITE_UNKNOWN;
	index = load_acquire(find_slot(m->sites, site));
	return likely(index) ? index : add_site(m->sites, site);
}

bool qy_site_usage(
	const struct qy_machine *m, unsigned int n, struct qy_site_usage *usage)
{
	const struct site_usage *from;

	if (!m->tags || n >= load_acquire(&m->sites->nr))
		return false;
	from = &m->sites->usage[n];
	*usage = (struct qy_site_usage){ from->site, (u64)READ_ONCE(from->bytes),
		(u64)READ_ONCE(from->calls) };
	return true;
}

/* ------------------------------------------------------------------ blocks */

static void count(struct site_usage *usage, s64 nr_frames, s64 calls)
{
	atomic_add(&usage->bytes, nr_frames * QY_PAGE_SIZE);
	atomic_add(&usage->calls, calls);
}

void qy_alloc_tag_add(struct qy_machine *m, u32 frame, unsigned int order)
{
	u32 index;

	if (!READ_ONCE(m->mem_profiling))
		return;
	index = qy_site_index(m, qy_current()->site);
	m->tags[frame] = index + 1;
	count(&m->sites->usage[index], (s64)1 << order, 1);
}

void qy_alloc_tag_sub(struct qy_machine *m, u32 frame, unsigned int order)
{
	u32 tag = m->tags[frame];

	m->tags[frame] = 0;
	if (tag)
		count(&m->sites->usage[tag - 1], -((s64)1 << order), -1);
}

/* A part of a block counts as a call of its own; its bytes are counted already. */
void qy_alloc_tag_copy(struct qy_machine *m, u32 from, u32 to)
{
	u32 tag = m->tags[from];

	m->tags[to] = tag;
	if (tag)
		count(&m->sites->usage[tag - 1], 0, 1);
}

u32 qy_alloc_tag(const struct qy_machine *m, u32 frame)
{
	return m->tags ? READ_ONCE(m->tags[frame]) : 0;
}

void qy_alloc_tag_cut(struct qy_machine *m, u32 tag, u32 nr_frames)
{
	if (tag)
		count(&m->sites->usage[tag - 1], -(s64)nr_frames, 0);
}

/* ------------------------------------------------------------------ validation */

bool qy_alloc_tag_validate(const struct qy_machine *m, char *why, size_t why_size)
{
	s64 bytes = 0, calls = 0;

	for (u32 frame = 0; m->tags && frame < m->nr_frames; frame++) {
		u32 tag = m->tags[frame], hot = m->hot[frame];

		if (!tag)
			continue;
		if (hot_state(hot) != PG_ALLOCATED || tag > m->sites->nr) {
			qy_snprintf(why, why_size,
				"frame %u: hot word 0x%x, but it carries the tag of line %u of %u",
				frame, hot, tag - 1, m->sites->nr);
			return false;
		}
		bytes += (s64)QY_PAGE_SIZE << hot_order(hot);
		calls++;
	}
	for (u32 i = 0; m->tags && i < m->sites->nr; i++) {
		bytes -= m->sites->usage[i].bytes;
		calls -= m->sites->usage[i].calls;
	}
	if (!bytes && !calls)
		return true;
	qy_snprintf(why, why_size,
		"allocinfo: tags say %ld bytes and %ld calls more than the lines", bytes,
		calls);
	return false;
}
