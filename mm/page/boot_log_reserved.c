// SPDX-License-Identifier: MIT
/*
 * What the boot log says of /reserved-memory, in the words and the order of Linux 6.12.
 *
 *   qy_log_reservations()
 *
 * Linux goes through the node twice: first it keeps the ranges and finds places for the others, then, with the tree
 * unpacked, it sets up the pools of the ranges and compares neighbours. Lines that begin with "quarry:" are ours.
 *
 * No state.
 */
#include "mm/page/boot.h"

#define RMEM   "OF: reserved mem: "
#define ULL(v) ((unsigned long long)(v))

static bool is_dynamic(const struct qy_reserved *r)
{
	return r->flags & QY_RESERVED_DYNAMIC;
}

/* ------------------------------------------------------------------ one that has its place */

/* Return: the pool is set up, or there is none. */
static bool log_pool(
	const struct qy_machine *m, const struct boot_plan *plan, u32 i, bool freed)
{
	const struct qy_reserved *r = &m->board->reserved[i];
	const struct qy_range *at = &plan->placed[i];
	bool reusable = r->flags & QY_RESERVED_REUSABLE, given_way;

	if (!(r->flags & QY_RESERVED_DMA_POOL))
		return true;
	given_way = pool_gives_way(m->board, r);
	if (given_way)
		qy_printk(m, QY_LOG_ERR,
			"Reserved memory: bypass %s node, using cmdline CMA params instead",
			r->name);
	else if (freed && !(r->flags & QY_RESERVED_NOMAP))
		qy_printk(m, QY_LOG_ERR,
			"Reserved memory: incorrect alignment of CMA region");
	if (freed) {
		qy_printk(
			m, QY_LOG_INFO, RMEM "node %s compatible matching fail", r->name);
		return false;
	}
	qy_printk(m, QY_LOG_INFO,
		"Reserved memory: created %s memory pool at 0x%016llx, size %llu MiB",
		reusable ? "CMA" : "DMA", ULL(at->base), ULL(at->size >> 20));
	qy_printk(m, QY_LOG_INFO,
		RMEM "initialized node %s, compatible id shared-dma-pool", r->name);
	return true;
}

/* Linux keeps what is no RAM without a word, and does not survive lending it. */
static void log_outside(const struct qy_machine *m, const struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &m->board->reserved[i];
	const struct qy_range *at = &plan->placed[i];
	const u32 area = QY_RESERVED_DMA_POOL | QY_RESERVED_REUSABLE;

	if (!at->size ||
		qy_memblock_overlaps(&plan->mb.memory, at->base, at->base + at->size))
		return;
	qy_printk(m, QY_LOG_WARNING, "quarry: node '%s' lies outside RAM: %s", r->name,
		(r->flags & area) == area
			? "Linux 6.12 crashes when it activates the area"
			: "it keeps no memory");
}

static void log_placed(const struct qy_machine *m, const struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &m->board->reserved[i];
	const struct qy_range *at = &plan->placed[i];

	if (!log_pool(m, plan, i, plan->placement[i] == PLACED_FREED))
		return;
	qy_printk(m, QY_LOG_INFO, RMEM "0x%016llx..0x%016llx (%llu KiB) %s %s %s",
		ULL(at->base), ULL(at->base + at->size - 1), ULL(at->size >> 10),
		r->flags & QY_RESERVED_NOMAP ? "nomap" : "map",
		r->flags & QY_RESERVED_REUSABLE ? "reusable" : "non-reusable", r->name);
	log_outside(m, plan, i);
}

/* ------------------------------------------------------------------ first: keep and find places */

static void log_bad_reg(const struct qy_machine *m, const struct qy_reserved *r)
{
	qy_printk(m, QY_LOG_ERR,
		RMEM "Reserved memory: invalid reg property in '%s', skipping node.",
		r->name);
}

static void log_static(const struct qy_machine *m, const struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &m->board->reserved[i];

	if (r->malformed)
		log_bad_reg(m, r);
	else if (plan->placement[i] == PLACED_NOT || plan->placement[i] == PLACED_BUSY)
		qy_printk(m, QY_LOG_ERR,
			RMEM
			"Reserved memory: failed to reserve memory for node '%s': base 0x%016llx, size %llu MiB",
			r->name, ULL(r->base), ULL(r->size >> 20));
}

static void log_dynamic(const struct qy_machine *m, const struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &m->board->reserved[i];
	bool ranges = r->malformed && r->malformed[1] == 'l' && r->malformed[2] == 'l';

	if (r->malformed)
		qy_printk(m, QY_LOG_ERR, RMEM "invalid %s property in '%s'%s",
			r->malformed, r->name, ranges ? ", skipping node." : " node.");
	else if (plan->placement[i] == PLACED_NOT)
		qy_printk(m, QY_LOG_ERR,
			RMEM "failed to allocate memory for node '%s': size %llu MiB",
			r->name, ULL(r->size >> 20));
	else
		log_placed(m, plan, i);
}

/* ------------------------------------------------------------------ then: pools and neighbours */

static void log_static_pool(
	const struct qy_machine *m, const struct boot_plan *plan, u32 i)
{
	const struct qy_reserved *r = &m->board->reserved[i];

	if (r->malformed)
		log_bad_reg(m, r);
	if (r->nr_more)
		qy_printk(m, QY_LOG_ERR,
			RMEM
			"fdt_scan_reserved_mem_reg_nodes() ignores %u regions in node '%s'",
			r->nr_more, r->name);
	if (plan->placement[i] != PLACED_NOT && !(r->flags & QY_RESERVED_MORE))
		log_placed(m, plan, i);
}

/* Linux sorts by address, then size, then place in the tree. */
static bool goes_before(const struct qy_range *a, const struct qy_range *b)
{
	return a->base != b->base ? a->base < b->base : a->size < b->size;
}

static u32 sort_placed(
	const struct qy_machine *m, const struct boot_plan *plan, u8 sorted[])
{
	u32 nr = 0;

	for (u32 i = 0; i < m->board->nr_reserved; i++) {
		const struct qy_reserved *r = &m->board->reserved[i];
		u32 at = nr;

		if (plan->placement[i] == PLACED_NOT || r->flags & QY_RESERVED_MORE ||
			!is_of_reserved_memory(r))
			continue;
		for (; at && goes_before(&plan->placed[i], &plan->placed[sorted[at - 1]]);
			at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = (u8)i;
		nr++;
	}
	return nr;
}

/* Of three that overlap, Linux compares each with the next only. */
static void log_overlaps(const struct qy_machine *m, const struct boot_plan *plan)
{
	u8 sorted[QY_MAX_RESERVED];
	u32 nr = sort_placed(m, plan, sorted);

	for (u32 i = 1; i < nr; i++) {
		const struct qy_range *a = &plan->placed[sorted[i - 1]];
		const struct qy_range *b = &plan->placed[sorted[i]];

		if (!a->base || a->base + a->size <= b->base)
			continue;
		qy_printk(m, QY_LOG_ERR, RMEM "OVERLAP DETECTED!");
		qy_printk(m, QY_LOG_ERR,
			"%s (0x%016llx--0x%016llx) overlaps with %s (0x%016llx--0x%016llx)",
			m->board->reserved[sorted[i - 1]].name, ULL(a->base),
			ULL(a->base + a->size), m->board->reserved[sorted[i]].name,
			ULL(b->base), ULL(b->base + b->size));
	}
}

/* ------------------------------------------------------------------ all of it */

typedef void (*log_fn)(const struct qy_machine *m, const struct boot_plan *plan, u32 i);

static void log_each(
	const struct qy_machine *m, const struct boot_plan *plan, bool dynamic, log_fn fn)
{
	for (u32 i = 0; i < m->board->nr_reserved; i++) {
		const struct qy_reserved *r = &m->board->reserved[i];

		if (is_of_reserved_memory(r) && is_dynamic(r) == dynamic)
			fn(m, plan, i);
	}
}

static void log_unsupported(const struct qy_machine *m)
{
	qy_printk(
		m, QY_LOG_ERR, RMEM "Reserved memory: unsupported node format, ignoring");
}

void qy_log_reservations(const struct qy_machine *m, const struct boot_plan *plan)
{
	enum qy_reserved_node node = m->board->reserved_node;

	if (node == QY_RESERVED_NODE_BAD)
		log_unsupported(m);
	log_each(m, plan, false, log_static);
	log_each(m, plan, true, log_dynamic);
	if (node == QY_RESERVED_NODE_BAD)
		log_unsupported(m);
	if (node == QY_RESERVED_NODE_ABSENT)
		qy_printk(m, QY_LOG_INFO,
			RMEM "Reserved memory: No reserved-memory node in the DT");
	log_each(m, plan, false, log_static_pool);
	log_overlaps(m, plan);
}
