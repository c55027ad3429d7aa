// SPDX-License-Identifier: MIT
/*
 * The text of page_owner and allocinfo, as a 6.12 kernel prints them.
 *
 * Where the kernel prints a call trace page_owner has one line, the place that allocated, or none when nobody told it.
 * Page flags are those that the page floor has: compound heads, node and zone. No state.
 */
#include "mm/watch/internal.h"
#include "mm/watch/page_owner.h"

/* Bits of page->flags, of a kernel with sparse vmemmap and 64 nodes. */
#define PG_HEAD_BIT    6
#define NODES_SHIFT    6
#define ZONES_SHIFT(m) ((m)->zones_per_node > 4 ? 3 : 2)
#define ULL(v)         ((unsigned long long)(v))

/* ------------------------------------------------------------------ page_owner */

static void show_page_flags(
	struct qy_seq *seq, const struct qy_machine *m, const struct qy_page_owner *owner)
{
	u32 frame = qy_pfn_to_frame(m, owner->pfn);
	const struct zone *zone = zone_of(m, frame);
	bool head = hot_flags(READ_ONCE(m->hot[frame])) & PGF_COMP;
	unsigned int zone_at = 64 - NODES_SHIFT - ZONES_SHIFT(m);
	u64 flags = (u64)zone->node << (64 - NODES_SHIFT) | (u64)zone->type << zone_at |
		    (u64)head << PG_HEAD_BIT;

	qy_seq_printf(seq, "0x%lx(%snode=%u|zone=%u)", flags, head ? "head|" : "",
		zone->node, zone->type);
}

void qy_show_owner_lines(struct qy_seq *seq, const struct qy_page_owner *owner)
{
	qy_seq_printf(
		seq, "Page allocated via order %u, mask 0x%x(", owner->order, owner->gfp);
	qy_print_gfp(seq, owner->gfp);
	qy_seq_printf(seq, "), pid %d, tgid %d (%s), ts %llu ns\n", owner->task.pid,
		owner->task.tgid, owner->task.comm, ULL(owner->ts_ns));
	qy_seq_printf(seq, "PFN 0x%llx type %s Block %llu type %s Flags ",
		ULL(owner->pfn), qy_migratetype_name(owner->migratetype),
		ULL(owner->pfn >> QY_PAGEBLOCK_ORDER),
		qy_migratetype_name(owner->block_migratetype));
}

static void show_owner(
	struct qy_seq *seq, const struct qy_machine *m, const struct qy_page_owner *owner)
{
	qy_show_owner_lines(seq, owner);
	show_page_flags(seq, m, owner);
	if (owner->site)
		qy_seq_printf(seq, "\n %s %s:%u", owner->site->func, owner->site->file,
			owner->site->line);
	qy_seq_puts(seq, "\n\n");
}

void qy_show_page_owner(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_page_owner owner;
	u64 pfn = 0;

	(void)which;
	while (qy_page_owner_next(m, &pfn, &owner))
		show_owner(seq, m, &owner);
}

bool qy_has_page_owner(const struct qy_machine *m)
{
	return m->board->page_owner == QY_PAGE_OWNER_ON;
}

/* ------------------------------------------------------------------ allocinfo */

void qy_show_allocinfo_line(struct qy_seq *seq, const struct qy_site_usage *usage)
{
	qy_seq_printf(seq, "%12llu %8llu %s:%u ", ULL(usage->bytes), ULL(usage->calls),
		usage->site->file, usage->site->line);
	if (usage->site->module)
		qy_seq_printf(seq, "[%s] ", usage->site->module);
	qy_seq_printf(seq, "func:%s \n", usage->site->func);
}

void qy_show_allocinfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	struct qy_site_usage usage;

	(void)which;
	qy_seq_puts(seq, QY_ALLOCINFO_VERSION);
	qy_seq_puts(seq, QY_ALLOCINFO_COLUMNS);
	for (unsigned int n = 0; qy_site_usage(m, n, &usage); n++)
		qy_show_allocinfo_line(seq, &usage);
}

bool qy_has_allocinfo(const struct qy_machine *m)
{
	return m->tags != NULL;
}
