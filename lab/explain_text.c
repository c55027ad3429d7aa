// SPDX-License-Identifier: MIT
/*
 * Says what explain.h decided, for people. Amounts are in kB, as in the report that the reader has in hand. No state.
 */
#include "lab/explain.h"

#include <string.h>

static unsigned long long kb(const struct qy_explain *e, uint64_t pages)
{
	return pages * e->report->page_kb;
}

/* "Node 1 Normal" where the report has nodes worth naming, else "Normal". */
static const char *zone_name(
	const struct qy_explain *e, const struct qy_dmesg_zone *z, char *buf, size_t size)
{
	bool many = false;

	for (uint32_t i = 0; i < e->report->nr_zones; i++)
		many |= e->report->zone[i].node != 0;
	if (many)
		snprintf(buf, size, "Node %u %s", z->node, z->name);
	else
		snprintf(buf, size, "%s", z->name);
	return buf;
}

/* ------------------------------------------------------------------ the request */

static void print_heading(FILE *out, const struct qy_explain *e)
{
	const struct qy_dmesg_report *r = e->report;

	fprintf(out, "Line %u: %s asked for %llu kB in one piece (order %u)", r->line,
		r->comm[0] ? r->comm : "somebody", kb(e, 1ull << r->order), r->order);
	if (r->has_names)
		fprintf(out, " with %s (0x%llx)", r->flags, (unsigned long long)r->mode);
	else if (r->has_mode)
		fprintf(out, " with mode 0x%llx", (unsigned long long)r->mode);
	fprintf(out, "%s%s\n", r->release[0] ? ", kernel " : "", r->release);
	if (r->kind == QY_DMESG_OOM)
		fputs("  Reclaim did not get it: the OOM killer was called.\n", out);
}

static void print_zones_allowed(FILE *out, const struct qy_explain *e)
{
	char name[32];

	fprintf(out, "  Its flags allow zones up to %s.", e->highest);
	if (!e->nr_zones) {
		fputs(" The report has no line of such a zone.\n", out);
		return;
	}
	fprintf(out, " %s is preferred",
		zone_name(e, e->zone[0].report, name, sizeof(name)));
	if (strcmp(e->zone[0].report->name, e->highest) != 0)
		fprintf(out, " (the report shows no memory in %s)", e->highest);
	for (uint32_t i = 1; i < e->nr_zones; i++)
		fprintf(out, "%s%s", i == 1 ? ", then " : ", ",
			zone_name(e, e->zone[i].report, name, sizeof(name)));
	fputs(".\n", out);
	if (e->cpuset_binds)
		fputs("  Its cpuset allows no other node.\n", out);
	if (e->zone[0].report->node == e->zone[e->nr_zones - 1].report->node)
		return;
	fputs(e->one_node
			? "  (__GFP_THISNODE: only one of these nodes was asked; which, the report does not say.)\n"
			: "  (Which node was asked first the report does not say.)\n",
		out);
}

static void print_rights(FILE *out, const struct qy_explain *e)
{
	const struct qy_explain_request *q = &e->request;

	fprintf(out, "  It %s", qy_explain_may_sleep(q) ? "may sleep" : "may not sleep");
	if (e->no_watermark)
		fputs(", and __GFP_MEMALLOC lifts every watermark", out);
	else if (q->gfp & QY___GFP_HIGH)
		fputs(", and __GFP_HIGH lets it go below min", out);
	else if (q->old_rules && q->atomic)
		fputs(", and __GFP_ATOMIC lets it go below min", out);
	else
		fputs(", and has no right to go below min", out);
	fputs(".\n", out);
}

/* ------------------------------------------------------------------ the zones */

/* "680 kB = min 1804 kB, less half (__GFP_HIGH), less a quarter of the rest (may not sleep), + lowmem_reserve 0 kB" */
static void print_mark(
	FILE *out, const struct qy_explain *e, const struct qy_explain_zone *z)
{
	const struct qy_explain_request *q = &e->request;
	uint64_t half = z->min_pages;

	fprintf(out, "%llu kB = min %llu kB", kb(e, z->mark_pages + z->reserve_pages),
		kb(e, z->min_pages));
	if (z->boost_ignored)
		fputs(" (without boost)", out);
	else if (z->report->kb[QY_DMESG_BOOST])
		fprintf(out, " (boost %llu kB included)",
			(unsigned long long)z->report->kb[QY_DMESG_BOOST]);
	if (q->gfp & QY___GFP_HIGH) {
		half -= half / 2;
		fputs(", less half (__GFP_HIGH)", out);
	}
	if (z->mark_pages != half)
		fprintf(out, ", less a quarter%s (%s)",
			q->gfp & QY___GFP_HIGH ? " of the rest" : "",
			q->old_rules ? "__GFP_ATOMIC" : "may not sleep");
	fprintf(out, ", plus %llu kB of lowmem_reserve\n", kb(e, z->reserve_pages));
}

static void print_counted(
	FILE *out, const struct qy_explain *e, const struct qy_explain_zone *z)
{
	uint64_t block = (1ull << e->request.order) - 1;
	long long usable = (long long)z->usable_pages * (long long)e->report->page_kb;

	fprintf(out, "%lld kB", usable);
	if (!z->highatomic_pages && !z->cma_pages && !block)
		return;
	fprintf(out, " (free %llu kB", (unsigned long long)z->report->kb[QY_DMESG_FREE]);
	if (z->highatomic_pages)
		fprintf(out, ", less %llu kB kept for atomic blocks",
			kb(e, z->highatomic_pages));
	if (z->cma_pages)
		fprintf(out, ", less %llu kB of CMA, for movable pages only",
			kb(e, z->cma_pages));
	if (block)
		fprintf(out, ", less %llu kB for the rest of the block", kb(e, block));
	fputc(')', out);
}

static void print_no_block(
	FILE *out, const struct qy_explain *e, const struct qy_explain_zone *z)
{
	if (z->only_kept)
		fputs("    Blocks of that size are free, but only HighAtomic or CMA ones, which this request may not take.\n",
			out);
	if (z->largest_order >= 0)
		fprintf(out,
			"    The largest free block it may take is of order %d (%llu kB).\n",
			z->largest_order, kb(e, 1ull << z->largest_order));
	if (z->fragmentation >= 0)
		fprintf(out,
			"    Fragmentation index %d.%03d (0 lack of memory, 1 fragmentation), unusable %d.%03d, from the order line.\n",
			z->fragmentation / 1000, z->fragmentation % 1000,
			z->unusable / 1000, z->unusable % 1000);
}

static void print_zone(
	FILE *out, const struct qy_explain *e, const struct qy_explain_zone *z)
{
	char name[32];

	zone_name(e, z->report, name, sizeof(name));
	switch (z->verdict) {
	case QY_EXPLAIN_UNKNOWN:
		fprintf(out, "  %s: unknown. The report lacks %s.\n", name, z->missing);
		return;
	case QY_EXPLAIN_WATERMARK:
		fprintf(out,
			"  %s: refused by the watermark min, short by %llu kB.\n    ",
			name, kb(e, z->short_pages));
		break;
	case QY_EXPLAIN_NO_BLOCK:
		fprintf(out,
			"  %s: enough free, but no free block of order %u or more.\n    ",
			name, e->request.order);
		break;
	case QY_EXPLAIN_SERVES:
		fprintf(out,
			"  %s: by these numbers it would serve: they were read after the refusal.\n    ",
			name);
		break;
	}
	print_counted(out, e, z);
	fputs(z->verdict == QY_EXPLAIN_WATERMARK ? " count; it must be more than "
						 : " count, more than ",
		out);
	if (e->no_watermark)
		fputs("nothing: no watermark applies\n", out);
	else
		print_mark(out, e, z);
	if (z->verdict == QY_EXPLAIN_NO_BLOCK)
		print_no_block(out, e, z);
}

/* ------------------------------------------------------------------ what would have sufficed */

static void print_more_memory(FILE *out, const struct qy_explain *e)
{
	for (uint32_t i = 0; i < e->nr_zones; i++) {
		const struct qy_explain_zone *z = &e->zone[i];
		bool block = e->request.order && z->report->nr_orders &&
			     z->largest_order < (int)e->request.order;
		char name[32];

		zone_name(e, z->report, name, sizeof(name));
		if (z->verdict == QY_EXPLAIN_WATERMARK)
			fprintf(out, "  - %llu kB more free in %s%s%s\n",
				kb(e, z->short_pages), name,
				z->cma_pages ? " outside CMA" : "",
				block ? ", with a free block of the order in it" : "");
		if (z->verdict == QY_EXPLAIN_NO_BLOCK)
			fprintf(out,
				"  - one free block of order %u (%llu kB) in %s, of type unmovable, movable or reclaimable\n",
				e->request.order, kb(e, 1ull << e->request.order), name);
	}
}

static void print_min_free(FILE *out, const struct qy_explain *e)
{
	const struct qy_explain_zone *z = &e->zone[0];
	uint64_t taken = z->min_pages - (uint64_t)z->usable_pages;

	if (!e->min_free_kbytes)
		return;
	fprintf(out,
		"  - vm.min_free_kbytes of at least %llu, had the rest happened the same: %llu kB had been taken below %s's min,\n"
		"    and with that value its min is large enough to spare them and this request\n",
		(unsigned long long)e->min_free_kbytes, kb(e, taken), z->report->name);
}

static void print_other_flags(FILE *out, const struct qy_explain *e)
{
	char name[32];

	if (e->with_atomic)
		fprintf(out,
			"  - the reserve rights of GFP_ATOMIC: %s would have served\n",
			zone_name(e, e->with_atomic, name, sizeof(name)));
	if (e->with_movable)
		fprintf(out,
			"  - __GFP_MOVABLE, if the memory can be moved: %s would have served (CMA counts then)\n",
			zone_name(e, e->with_movable, name, sizeof(name)));
	if (e->without_dma)
		fprintf(out,
			"  - no GFP_DMA or GFP_DMA32, if the device reaches that far: %s would have served\n",
			zone_name(e, e->without_dma, name, sizeof(name)));
	if (e->smaller_order >= 0)
		fprintf(out,
			"  - pieces of order %d (%llu kB) or less: %s would have served one\n",
			e->smaller_order, kb(e, 1ull << e->smaller_order),
			zone_name(e, e->smaller_zone, name, sizeof(name)));
}

/* Facts that decide whether waiting, or a larger reserve, can be the answer. */
static void print_no_use(FILE *out, const struct qy_explain *e)
{
	const struct qy_explain_zone *z = &e->zone[0];
	uint64_t file = 0;

	for (uint32_t i = 0; i < e->nr_zones; i++)
		file += e->zone[i].report->kb[QY_DMESG_ACTIVE_FILE] +
			e->zone[i].report->kb[QY_DMESG_INACTIVE_FILE];
	fprintf(out, "  Reclaim had %llu kB of page cache in these zones to take from",
		(unsigned long long)file);
	if (e->report->totals_said >> QY_DMESG_FREE_SWAP_KB & 1)
		fprintf(out, ", and %llu kB of free swap",
			(unsigned long long)e->report->total[QY_DMESG_FREE_SWAP_KB]);
	fprintf(out, "; this request %s.\n",
		qy_explain_may_sleep(&e->request)
			? "could wait for it"
			: "could not wait: only kswapd could have been ahead of it");
	if (z->verdict == QY_EXPLAIN_NO_BLOCK)
		fputs("  A larger vm.min_free_kbytes makes no larger blocks: allocate at probe, ask for smaller pieces, or reserve (CMA).\n",
			out);
	else if (z->verdict == QY_EXPLAIN_WATERMARK && !(e->request.gfp & QY___GFP_HIGH))
		fputs("  A larger vm.min_free_kbytes refuses this request earlier: it has no right to what lies below min.\n",
			out);
}

static void print_sufficient(FILE *out, const struct qy_explain *e)
{
	bool any = e->with_atomic || e->with_movable || e->without_dma ||
		   e->smaller_order >= 0 || e->min_free_kbytes;

	for (uint32_t i = 0; i < e->nr_zones; i++)
		any |= e->zone[i].verdict == QY_EXPLAIN_WATERMARK ||
		       e->zone[i].verdict == QY_EXPLAIN_NO_BLOCK;
	if (any)
		fputs("Any one of these would have sufficed, by the report's numbers:\n",
			out);
	print_more_memory(out, e);
	if (e->nr_zones)
		print_min_free(out, e);
	print_other_flags(out, e);
	if (e->nr_zones)
		print_no_use(out, e);
}

/* ------------------------------------------------------------------ what to know about the answer */

static void print_notes(FILE *out, const struct qy_explain *e)
{
	const struct qy_dmesg_report *r = e->report;
	bool no_highatomic = false;
	uint64_t pcp_kb = 0;

	for (uint32_t i = 0; i < e->nr_zones; i++)
		no_highatomic |=
			!qy_dmesg_said(e->zone[i].report, QY_DMESG_RESERVED_HIGHATOMIC);
	for (uint32_t i = 0; i < e->nr_zones; i++)
		pcp_kb += e->zone[i].report->kb[QY_DMESG_FREE_PCP];
	if (pcp_kb)
		fprintf(out,
			"Note: %llu kB more lay on per-CPU lists of these zones; the watermark does not count them.\n",
			(unsigned long long)pcp_kb);
	if (!r->major)
		fprintf(out,
			"Note: no kernel release in the report: the rules of %s are used.\n",
			e->request.old_rules ? "6.2 and before" : "6.3 and later");
	if (r->unknown[0])
		fprintf(out, "Note: the flag %s is not known and was left out.\n",
			r->unknown);
	if (e->mode_differs)
		fputs("Note: mode does not have 6.x's bits for these names; the names were taken.\n",
			out);
	if (no_highatomic && !qy_explain_counts_highatomic(&e->request))
		fputs("Note: this report does not print reserved_highatomic; it is taken as 0.\n",
			out);
	if (strncmp(r->comm, "kswapd", 6) == 0 && !r->in_interrupt)
		fputs("Note: the task is kswapd: for its own requests, not those of an interrupt, no watermark applies.\n",
			out);
}

/* ------------------------------------------------------------------ the OOM killer, a limit, CMA */

static void print_victim(FILE *out, const struct qy_explain *e)
{
	const struct qy_dmesg_oom *oom = &e->report->oom;

	if (oom->has_victim)
		fprintf(out, "  It killed %s (pid %llu), which had %llu kB in memory.\n",
			oom->victim, (unsigned long long)oom->victim_pid,
			(unsigned long long)oom->victim_kb);
}

static void print_limit(FILE *out, const struct qy_explain *e)
{
	const struct qy_dmesg_oom *oom = &e->report->oom;
	const char *group = oom->group[0] ? oom->group : "(not said)";

	fprintf(out,
		"  The limit of memory cgroup %s refused, not a zone: %llu kB of %llu kB were in use.\n",
		group, (unsigned long long)oom->usage_kb,
		(unsigned long long)oom->limit_kb);
	print_victim(out, e);
	fprintf(out,
		"Any one of these would have sufficed, by the report's numbers:\n"
		"  - memory.max of %s above %llu kB, by as much as its tasks still take\n"
		"  - %llu kB less in use by the tasks of the group\n"
		"  More free memory, or a larger vm.min_free_kbytes, changes nothing.\n",
		group, (unsigned long long)oom->limit_kb,
		kb(e, 1ull << e->request.order));
}

/* In pages, as the log: it does not say how large they are. */
static void print_cma_runs(FILE *out, const struct qy_dmesg_cma *cma)
{
	unsigned long long run = cma->largest_run, missing = cma->requested - run;

	fprintf(out,
		"  Of its %llu pages, %llu were not given out; the largest run of them has %llu",
		(unsigned long long)cma->total, (unsigned long long)cma->free, run);
	if (run >= cma->requested) {
		fputs(", which is enough.\n", out);
		return;
	}
	fprintf(out, ": short by %llu.\n", missing);
	if (cma->free >= cma->requested)
		fputs("  In all it has enough, but in pieces.\n", out);
	fprintf(out,
		"Any one of these would have sufficed, by the report's numbers:\n"
		"  - an area larger by %llu pages (cma=, or the tree's reserved memory)\n",
		missing);
	if (run)
		fprintf(out, "  - a request of at most %llu pages\n", run);
	fputs("  - asking before others did, and keeping the buffer\n", out);
}

static void print_cma(FILE *out, const struct qy_explain *e)
{
	enum { EINTR_ = 4, ENOMEM_ = 12, EBUSY_ = 16 };
	const struct qy_dmesg_cma *cma = &e->report->cma;

	fprintf(out,
		"Line %u: a request for %llu pages in one piece of the CMA area%s%s failed",
		e->report->line, (unsigned long long)cma->requested,
		cma->area[0] ? " " : "", cma->area);
	fprintf(out, cma->error ? " (error %u)\n" : "\n", cma->error);
	if (cma->has_free)
		print_cma_runs(out, cma);
	else
		fputs("  Which of its pages were given out the log does not say.\n", out);
	if (cma->error == EBUSY_)
		fputs("  EBUSY: every run that was tried held pages that could not be moved away: pinned ones, or no free memory\n"
		      "  outside the area to move them to. Which pages, the report does not say.\n",
			out);
	else if (cma->error == EINTR_)
		fputs("  EINTR: the task that asked got a fatal signal while pages were moved.\n",
			out);
	else if (cma->error == ENOMEM_ && cma->has_free &&
		 cma->largest_run >= cma->requested)
		fputs("  ENOMEM: no run of that size was left to try at the alignment that was asked for.\n",
			out);
}

void qy_explain_print(FILE *out, const struct qy_explain *e)
{
	if (e->report->kind == QY_DMESG_CMA) {
		print_cma(out, e);
		return;
	}
	print_heading(out, e);
	if (e->report->oom.has_limit) {
		print_limit(out, e);
		return;
	}
	if (e->no_mode) {
		fputs("  Its flags are cut off: which zones and which watermark applied cannot be said.\n",
			out);
		return;
	}
	print_zones_allowed(out, e);
	print_rights(out, e);
	for (uint32_t i = 0; i < e->nr_zones; i++)
		print_zone(out, e, &e->zone[i]);
	print_victim(out, e);
	print_sufficient(out, e);
	print_notes(out, e);
}
