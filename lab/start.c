// SPDX-License-Identifier: MIT
/*
 * Placing a recorded state. A run of 2^k frames in a pageblock is either `whole`, when its buddy is never wholly free,
 * so that it may become one free block; or `tight`, when its buddy may be: then one of its frames stays taken.
 *
 *      0        64       128               256                               512
 *      |  free  | tight  |      whole      |              whole              |   after an order 6 block from an
 *      | order 6| order 6|     order 7     |             order 8             |   untouched pageblock
 *
 * The tight run keeps a frame, so nothing above it merges, so the others may be used whole.
 *
 * No state.
 */
#include "lab/start.h"
#include "lab/start_blocks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>

#define NO_BLOCK      UINT32_MAX
#define NR_RUN_ORDERS (QY_PAGEBLOCK_ORDER + 1)
#define TYPE_MOVABLE  1
#define TYPE_CMA      4
#define TYPE_ISOLATE  5
#define SETTLE_ROUNDS 16 /* allocations that make a CPU forget its recent frees */

struct run {
	uint32_t block; /* index */
	uint16_t at;    /* frame in it */
};

struct run_stack {
	struct run *runs;
	uint32_t nr, room;
};

/* What is left of one zone to place blocks in. */
struct placer {
	struct qy_start *start;
	const struct qy_snapshot_zone *want;
	uint32_t zone;   /* index as qy_zone_stats() */
	uint32_t *order; /* the zone's pageblocks as the seed shuffles them */
	uint32_t nr;
	uint32_t next_pair, next_lone; /* where to look on in order[] */
	uint64_t claimed[QY_MIGRATE_TYPES];
	uint64_t left[QY_MIGRATE_TYPES]; /* pages yet to be placed below order 9 */
	struct run_stack whole[QY_MIGRATE_TYPES][NR_RUN_ORDERS];
	struct run_stack tight[QY_MIGRATE_TYPES][NR_RUN_ORDERS];
	bool no_memory;
};

static uint64_t draw(struct qy_start *start, uint64_t below)
{
	uint64_t z = start->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (z ^ z >> 31) % below;
}

/* ------------------------------------------------------------------ runs */

static void push(
	struct placer *p, struct run_stack *stack, uint32_t block, unsigned int at)
{
	if (stack->nr == stack->room) {
		uint32_t room = stack->room ? stack->room * 2 : 64;
		struct run *grown = realloc(stack->runs, room * sizeof(*grown));

		if (!grown) {
			p->no_memory = true;
			return;
		}
		stack->runs = grown;
		stack->room = room;
	}
	stack->runs[stack->nr++] = (struct run){ block, (uint16_t)at };
}

/* Any of the stack, so that neighbours in it do not become neighbours on the board. */
static struct run pop(struct placer *p, struct run_stack *stack)
{
	uint32_t i = (uint32_t)draw(p->start, stack->nr);
	struct run run = stack->runs[i];

	stack->runs[i] = stack->runs[--stack->nr];
	return run;
}

/* The usable frames of a pageblock as the largest aligned runs. A run's buddy has a frame that stays. */
static void push_runs(struct placer *p, uint32_t index, unsigned int type,
	unsigned int at, unsigned int order)
{
	const struct start_block *b = &p->start->blocks[index];

	if (qy_start_block_usable(b, at, order)) {
		push(p, &p->whole[type][order], index, at);
	} else if (order) {
		push_runs(p, index, type, at, order - 1);
		push_runs(p, index, type, at + (1u << (order - 1)), order - 1);
	}
}

/* ------------------------------------------------------------------ pageblocks */

static bool claim(struct placer *p, uint32_t index, unsigned int type)
{
	struct start_block *b = &p->start->blocks[index];
	struct page *page = qy_start_block_page(p->start->m, b);

	if (!b->cma && page && qy_set_pageblock_type(p->start->m, page, type))
		return false;
	b->claimed = true;
	b->type = (uint8_t)type;
	p->claimed[type]++;
	return true;
}

static bool can_claim(
	const struct placer *p, const struct start_block *b, unsigned int type)
{
	return !b->claimed && b->nr_ram && b->cma == (type == TYPE_CMA) &&
	       p->claimed[type] < p->want->nr_blocks[type];
}

/* The pageblock that makes an order-10 pair with this one, in the same zone; NO_BLOCK. */
static uint32_t partner(const struct placer *p, uint32_t index)
{
	const struct qy_start *start = p->start;
	uint64_t first = start->blocks[index].start_pfn ^ 512;
	uint32_t other = first > start->blocks[index].start_pfn ? index + 1 : index - 1;

	if (other >= start->nr_blocks || start->blocks[other].start_pfn != first ||
		start->blocks[other].zone != p->zone)
		return NO_BLOCK;
	return other;
}

/* Two untouched pageblocks of one order-10 block, both as @type. Return: the lower one, NO_BLOCK. */
static uint32_t claim_pair(struct placer *p, unsigned int type)
{
	struct qy_start *start = p->start;

	for (; p->next_pair < p->nr; p->next_pair++) {
		uint32_t low = p->order[p->next_pair], high;
		struct start_block *b = &start->blocks[low];

		if (b->start_pfn & 512 || b->claimed || !qy_start_block_usable(b, 0, 9))
			continue;
		high = partner(p, low);
		if (high == NO_BLOCK || start->blocks[high].claimed ||
			!qy_start_block_usable(&start->blocks[high], 0, 9))
			continue;
		if (b->cma != (type == TYPE_CMA))
			continue;
		if (p->claimed[type] + 2 > p->want->nr_blocks[type] ||
			!claim(p, low, type) || !claim(p, high, type))
			return NO_BLOCK;
		return low;
	}
	return NO_BLOCK;
}

/* May this pageblock be free as one block of order 9? Only if its partner never is. */
static bool stands_alone(const struct placer *p, uint32_t index)
{
	uint32_t other = partner(p, index);

	return other == NO_BLOCK || p->start->blocks[other].never_free ||
	       !qy_start_block_usable(&p->start->blocks[other], 0, 9);
}

static uint32_t claim_lone(struct placer *p, unsigned int type)
{
	struct qy_start *start = p->start;

	for (; p->next_lone < p->nr; p->next_lone++) {
		uint32_t index = p->order[p->next_lone], other;
		struct start_block *b = &start->blocks[index];

		if (!can_claim(p, b, type) || b->never_free ||
			!qy_start_block_usable(b, 0, 9))
			continue;
		other = partner(p, index);
		if (!stands_alone(p, index)) {
			if (start->blocks[other].claimed)
				continue;
			start->blocks[other].never_free = true;
		}
		return claim(p, index, type) ? index : NO_BLOCK;
	}
	return NO_BLOCK;
}

static bool has_run(const struct start_block *b, unsigned int order)
{
	for (unsigned int at = 0; at < 512; at += 1u << order) {
		if (qy_start_block_usable(b, at, order))
			return true;
	}
	return false;
}

static uint64_t nr_usable(const struct start_block *b)
{
	uint64_t nr = 0;

	for (int i = 0; i < 8; i++)
		nr += (uint64_t)__builtin_popcountll(b->taken[i] & ~b->kept[i]);
	return nr;
}

/* The last pageblock that the record has of a type must hold all that is left of it. */
static bool holds_the_rest(
	const struct placer *p, const struct start_block *b, unsigned int type)
{
	return p->claimed[type] + 1 < p->want->nr_blocks[type] ||
	       nr_usable(b) > p->left[type];
}

/* A pageblock to be cut up: one with a hole first, whatever is left after. */
static bool claim_to_cut(struct placer *p, unsigned int type, unsigned int order)
{
	for (int pass = 0; pass < 4; pass++) {
		bool whole_too = pass & 1, too_small_too = pass & 2;

		for (uint32_t i = 0; i < p->nr; i++) {
			uint32_t index = p->order[i];
			struct start_block *b = &p->start->blocks[index];
			bool usable = qy_start_block_usable(b, 0, 9);

			if (!can_claim(p, b, type) || usable > whole_too ||
				!has_run(b, order) ||
				!(too_small_too || holds_the_rest(p, b, type)))
				continue;
			if (!claim(p, index, type))
				return false;
			if (usable) {
				b->never_free = true;
				push(p, &p->tight[type][9], index, 0);
			} else {
				push_runs(p, index, type, 0, 9);
			}
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------ one block */

static void give_back(struct placer *p, struct run run, unsigned int order)
{
	struct start_block *b = &p->start->blocks[run.block];

	for (unsigned int i = 0; i < 1u << order; i++)
		qy_start_block_free(p->start->m, b, run.at + i);
	p->start->pages -= 1ull << order;
}

/* A block of @order out of a run of @found: the lower end; the rest goes back on the stacks. */
static struct run cut(struct placer *p, struct run run, unsigned int type,
	unsigned int found, unsigned int order)
{
	while (found-- > order)
		push(p, found == order ? &p->tight[type][found] : &p->whole[type][found],
			run.block, run.at + (1u << found));
	return run;
}

static bool place_in_run(struct placer *p, unsigned int type, unsigned int order)
{
	if (p->whole[type][order].nr) {
		give_back(p, pop(p, &p->whole[type][order]), order);
		return true;
	}
	for (unsigned int found = order + 1; found < NR_RUN_ORDERS; found++) {
		struct run_stack *stack = p->tight[type][found].nr
						  ? &p->tight[type][found]
						  : &p->whole[type][found];

		if (!stack->nr)
			continue;
		give_back(p, cut(p, pop(p, stack), type, found, order), order);
		return true;
	}
	return false;
}

static bool place(struct placer *p, unsigned int type, unsigned int order)
{
	uint32_t index;

	if (order < 9)
		return place_in_run(p, type, order) ||
		       (claim_to_cut(p, type, order) && place_in_run(p, type, order));
	index = order == 10 ? claim_pair(p, type) : claim_lone(p, type);
	if (index == NO_BLOCK)
		return false;
	give_back(p, (struct run){ index, 0 }, 9);
	if (order == 10)
		give_back(p, (struct run){ index + 1, 0 }, 9);
	return true;
}

/* ------------------------------------------------------------------ one zone */

/* Pageblocks in which a load frees something keep the type that the load tells, as far as the record has so many. */
static bool claim_kept(struct placer *p)
{
	for (uint32_t i = 0; i < p->nr; i++) {
		struct start_block *b = &p->start->blocks[p->order[i]];

		if (!b->has_kept || !can_claim(p, b, b->type) ||
			!holds_the_rest(p, b, b->type))
			continue;
		if (!claim(p, p->order[i], b->type))
			return false;
		push_runs(p, p->order[i], b->type, 0, 9);
	}
	return true;
}

static void place_type(struct placer *p, unsigned int type, unsigned int order)
{
	uint64_t nr = p->want->nr_free[order][type];

	p->next_pair = p->next_lone = 0;
	for (; nr && !p->no_memory && place(p, type, order); nr--)
		p->left[type] -= order < 9 ? 1ull << order : 0;
}

/* The pageblocks that large blocks need are set aside before loads and small blocks take them. */
static bool place_zone(struct placer *p)
{
	for (unsigned int order = QY_NR_PAGE_ORDERS; order-- > 9;) {
		for (unsigned int type = 0; type < TYPE_ISOLATE; type++)
			place_type(p, type, order);
	}
	for (unsigned int order = 0; order < 9; order++)
		for (unsigned int type = 0; type < TYPE_ISOLATE; type++)
			p->left[type] += p->want->nr_free[order][type] << order;
	if (!claim_kept(p))
		return false;
	for (unsigned int order = 9; order-- > 0;) {
		for (unsigned int type = 0; type < TYPE_ISOLATE; type++)
			place_type(p, type, order);
	}
	return !p->no_memory;
}

/* Pageblocks without a free frame: what is missing of each type, in drawn order; the board's additional are movable. */
static bool type_the_rest(struct placer *p)
{
	for (uint32_t i = 0; i < p->nr; i++) {
		struct start_block *b = &p->start->blocks[p->order[i]];
		unsigned int type = 0;

		if (b->claimed || !b->nr_ram)
			continue;
		while (type < TYPE_ISOLATE && !can_claim(p, b, type))
			type++;
		if (type == TYPE_ISOLATE) {
			type = b->cma ? TYPE_CMA : TYPE_MOVABLE;
			p->start->gap.more_pageblocks++;
		}
		if (!claim(p, p->order[i], type))
			return false;
	}
	return true;
}

static void shuffle(struct qy_start *start, uint32_t *order, uint32_t nr)
{
	for (uint32_t i = nr; i > 1; i--) {
		uint32_t j = (uint32_t)draw(start, i), swap = order[i - 1];

		order[i - 1] = order[j];
		order[j] = swap;
	}
}

static void free_placer(struct placer *p)
{
	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		for (unsigned int order = 0; order < NR_RUN_ORDERS; order++) {
			free(p->whole[type][order].runs);
			free(p->tight[type][order].runs);
		}
	}
	free(p->order);
	free(p);
}

static struct placer *new_placer(
	struct qy_start *start, const struct qy_snapshot_zone *want, uint32_t zone)
{
	struct placer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	*p = (struct placer){ .start = start, .want = want, .zone = zone };
	p->order = malloc((start->nr_blocks + 1) * sizeof(*p->order));
	if (!p->order) {
		free(p);
		return NULL;
	}
	for (uint32_t i = 0; i < start->nr_blocks; i++) {
		if (start->blocks[i].zone == zone)
			p->order[p->nr++] = i;
	}
	shuffle(start, p->order, p->nr);
	return p;
}

/* ------------------------------------------------------------------ the CPUs' lists */

/* Frees must not look recent to the CPU, nor the zone short: each allocation halves the first and checks the second. */
static void settle(struct qy_start *start, unsigned int nr_cpus)
{
	static const qy_gfp_t zones[] = { 0, QY___GFP_DMA32, QY___GFP_DMA,
		QY___GFP_HIGHMEM };
	/* movable: the type that nearly always has free blocks, so that nothing falls back and changes sides */
	const qy_gfp_t quiet =
		QY_GFP_KERNEL | QY___GFP_MOVABLE | QY___GFP_NOWARN | QY___GFP_NORETRY;

	for (unsigned int cpu = 0; cpu < nr_cpus; cpu++) {
		qy_sim_set_cpu(start->m, cpu);
		qy_vmstat_tick(start->m, cpu); /* ends the boost of the watermarks */
		for (unsigned int i = 0; i < SETTLE_ROUNDS * 4; i++)
			qy_free_pages(start->m,
				qy_alloc_pages(start->m, zones[i % 4] | quiet, 0), 0);
	}
	qy_sim_set_cpu(start->m, 0);
	qy_drain_all_pages(start->m);
}

/* Which pageblocks may fill a list: full ones of movable memory, then any movable one, then any. */
static bool may_fill(const struct start_block *b, int pass)
{
	if (b->cma || (b->type != TYPE_MOVABLE && pass < 2))
		return false;
	return pass || (!b->never_free && !b->has_kept && !b->pcp &&
			       qy_start_block_usable(b, 0, 9));
}

/* Frees up to @nr frames of the pageblock; the last one stays, so that an emptied list makes no free pageblock. */
static uint32_t fill_from(struct placer *p, struct start_block *b, uint32_t nr)
{
	uint32_t done = 0;

	for (unsigned int at = 0; at < 511 && done < nr; at++) {
		if (!qy_start_block_usable(b, at, 0))
			continue;
		qy_start_block_free(p->start->m, b, at);
		p->start->pages--;
		done++;
	}
	b->pcp = true;
	return done;
}

/* Frees @nr frames on this CPU, in long runs. */
static void fill_list(struct placer *p, uint32_t nr)
{
	for (int pass = 0; pass < 3; pass++) {
		for (uint32_t i = 0; i < p->nr && nr; i++) {
			struct start_block *b = &p->start->blocks[p->order[i]];

			if (may_fill(b, pass))
				nr -= fill_from(p, b, nr);
		}
	}
}

static void fill_all_lists(struct placer *p, unsigned int nr_cpus)
{
	struct qy_machine *m = p->start->m;

	for (unsigned int cpu = 0; cpu < nr_cpus && cpu < p->want->nr_cpus; cpu++) {
		qy_sim_set_cpu(m, cpu);
		qy_set_pcp_high(m, p->zone, cpu, UINT32_MAX >> 1);
		fill_list(p, p->want->pcp_count[cpu]);
		qy_set_pcp_high(m, p->zone, cpu, p->want->pcp_high[cpu]);
	}
	qy_sim_set_cpu(m, 0);
}

/* ------------------------------------------------------------------ does it fit? */

static int check_zone(const struct qy_snapshot_zone *want,
	const struct qy_zone_stats *have, unsigned int nr_cpus, const char *path,
	struct qy_err *err)
{
	uint64_t blocks = 0, there = 0;

	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		blocks += want->nr_blocks[type];
		there += have->nr_blocks[type];
	}
	if (want->nr_blocks[TYPE_ISOLATE])
		return qy_fail(err,
			"%s: node %u, zone %s: %" PRIu64
			" pageblocks are isolated: record while nothing is moved",
			path, want->node, want->name, want->nr_blocks[TYPE_ISOLATE]);
	if (want->nr_blocks[TYPE_CMA] != have->nr_blocks[TYPE_CMA])
		return qy_fail(err,
			"%s: node %u, zone %s: %" PRIu64
			" pageblocks of CMA recorded, the board has %" PRIu64
			": give the board the recorder's cma= or reserved memory",
			path, want->node, want->name, want->nr_blocks[TYPE_CMA],
			have->nr_blocks[TYPE_CMA]);
	if (blocks > there || qy_snapshot_free_pages(want) > have->managed_pages)
		return qy_fail(err,
			"%s: node %u, zone %s: %" PRIu64 " pageblocks with %" PRIu64
			" free pages recorded, the board has %" PRIu64 " with %" PRIu64
			" pages: describe the machine that was recorded",
			path, want->node, want->name, blocks,
			qy_snapshot_free_pages(want), there, have->managed_pages);
	for (uint32_t cpu = nr_cpus; cpu < want->nr_cpus; cpu++) {
		if (want->pcp_count[cpu])
			return qy_fail(err,
				"%s: node %u, zone %s: CPU %u has pages, the board has %u CPUs: describe the machine that was recorded",
				path, want->node, want->name, cpu, nr_cpus);
	}
	return 0;
}

/* Return: the zone's index on the board, NO_BLOCK. */
static uint32_t find_zone(struct qy_machine *m, const struct qy_snapshot_zone *want,
	struct qy_zone_stats *have)
{
	for (uint32_t i = 0; qy_zone_stats(m, i, have); i++) {
		if (have->node == want->node && strcmp(have->name, want->name) == 0)
			return i;
	}
	return NO_BLOCK;
}

static int check_all(struct qy_machine *m, const struct qy_snapshot *snap,
	unsigned int nr_cpus, const char *path, struct qy_err *err)
{
	struct qy_zone_stats have;

	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		const struct qy_snapshot_zone *want = &snap->zone[i];

		if (!want->managed_pages)
			continue;
		if (find_zone(m, want, &have) == NO_BLOCK)
			return qy_fail(err,
				"%s: node %u, zone %s: the board has no such zone: describe the machine that was recorded",
				path, want->node, want->name);
		if (check_zone(want, &have, nr_cpus, path, err))
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ how near it came */

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static void measure_gap(struct qy_start *start, const struct qy_snapshot_zone *want,
	const struct qy_zone_stats *have)
{
	uint64_t listed = 0;

	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			start->gap.free_blocks += distance(
				want->nr_free[order][type], have->nr_free[order][type]);
		/* the board's additional pageblocks are movable, and counted apart */
		start->gap.pageblocks +=
			want->nr_blocks[type] > have->nr_blocks[type]
				? want->nr_blocks[type] - have->nr_blocks[type]
				: 0;
	}
	for (uint32_t cpu = 0; cpu < want->nr_cpus; cpu++)
		listed += want->pcp_count[cpu];
	start->gap.pcp_pages += distance(listed, have->pcp_pages);
}

/* ------------------------------------------------------------------ doors */

static int no_memory(const char *path, struct qy_err *err)
{
	return qy_fail(err, "%s: the host has no memory left", path);
}

static int place_snapshot(struct qy_start *start, const struct qy_snapshot *snap,
	struct placer **placers, const char *path, struct qy_err *err)
{
	struct qy_zone_stats have;

	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		const struct qy_snapshot_zone *want = &snap->zone[i];
		uint32_t zone = find_zone(start->m, want, &have);

		if (!want->managed_pages)
			continue;
		placers[i] = new_placer(start, want, zone);
		if (!placers[i] || !place_zone(placers[i]) || !type_the_rest(placers[i]))
			return no_memory(path, err);
	}
	return 0;
}

int qy_start_snapshot(struct qy_start *start, struct qy_machine *m, unsigned int nr_cpus,
	const struct qy_snapshot *snap, const char *path,
	const struct qy_older *const *older, uint32_t nr, uint64_t seed,
	struct qy_err *err)
{
	struct placer *placers[QY_MAX_SNAPSHOT_ZONES] = { NULL };
	struct qy_zone_stats have;
	int result = -1;

	*start = (struct qy_start){ .m = m, .random = seed };
	if (check_all(m, snap, nr_cpus, path, err))
		return -1;
	if (qy_start_take_all(start))
		return no_memory(path, err);
	for (uint32_t i = 0; i < nr; i++) {
		if (older[i])
			qy_start_keep(start, older[i]);
	}
	if (place_snapshot(start, snap, placers, path, err))
		goto out;
	qy_drain_all_pages(m);
	settle(start, nr_cpus);
	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		if (!placers[i])
			continue;
		fill_all_lists(placers[i], nr_cpus);
		qy_zone_stats(m, placers[i]->zone, &have);
		measure_gap(start, &snap->zone[i], &have);
	}
	result = qy_start_let_move(start) ? no_memory(path, err) : 0;
out:
	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		if (placers[i])
			free_placer(placers[i]);
	}
	return result;
}
