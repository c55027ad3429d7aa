// SPDX-License-Identifier: MIT
/*
 * Turns the memory ranges of a tree into the banks of a board: whole pages, sorted, disjoint, each on a node.
 *
 * As memblock does: a range is trimmed to pages inwards, overlaps count once, touching banks of one node are
 * one bank; where two nodes claim the same page, the later claim stands. No state.
 */
#include "lab/board_dt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MASK (~(uint64_t)(QY_PAGE_SIZE - 1))

/* Widest physical address: arm64 with 48 bits, x86-64 with four levels of page tables. */
static const unsigned int address_bits[] = {
	[QY_ARCH_ARM64] = 48,
	[QY_ARCH_X86_64] = 46,
};

/* Half-open ranges while they are cut and merged: an end of 2^64 cannot occur after the width check. */
struct span {
	uint64_t start, end;
	uint32_t node;
};

struct spans {
	struct span *span;
	uint32_t nr;
};

/* --- nodes -------------------------------------------------------------------------------------- */

/* Why the kernel would put everything on one node, or NULL when the tree's nodes stand. */
static const char *why_one_node(const struct qy_board_store *store)
{
	uint32_t with = 0, without = 0;

	if (store->flat)
		return "";
	for (uint32_t i = 0; i < store->nr_raw; i++) {
		if (!store->raw[i].size)
			continue;
		if (store->raw[i].node == QY_NO_NODE)
			without++;
		else
			with++;
	}
	if (!with)
		return "";
	if (without)
		return "some memory has no numa-node-id";
	if (store->bad_distance)
		return "distance-matrix is malformed";
	return NULL;
}

static int check_node(struct qy_loading *loading, const char *what, uint32_t node)
{
	if (node < QY_MAX_NODES)
		return 0;
	return qy_fail(loading->err,
		"%s: numa-node-id %u of %s: expected 0 to %d, or use numa=off",
		loading->store->name, node, what, QY_MAX_NODES - 1);
}

static enum qy_numa_source numa_source(
	const struct qy_board_store *store, const char *why)
{
	if (store->numa_off)
		return QY_NUMA_OFF;
	if (why)
		return QY_NUMA_FAKED;
	return store->has_distance ? QY_NUMA_DISTANCES : QY_NUMA_NODE_IDS;
}

static int settle_nodes(struct qy_loading *loading)
{
	struct qy_board_store *store = loading->store;
	struct qy_board *board = loading->board;
	const char *why = why_one_node(store);

	board->nr_nodes = 1;
	board->numa_source = numa_source(store, why);
	if (why && *why)
		qy_note(loading->notes, "%s: everything is on node 0, as Linux would do",
			why);
	for (uint32_t i = 0; i < store->nr_raw; i++) {
		uint32_t *node = &store->raw[i].node;

		if (why || *node == QY_NO_NODE) /* the latter only where size is 0 */
			*node = 0;
		if (check_node(loading, "memory", *node))
			return -1;
		if (*node >= board->nr_nodes)
			board->nr_nodes = *node + 1;
	}
	for (uint32_t i = 0; i < board->nr_cpus; i++) {
		uint32_t node = store->raw_cpu_node[i];

		if (why || node == QY_NO_NODE)
			node = 0;
		if (check_node(loading, "a CPU", node))
			return -1;
		if (node >= board->nr_nodes)
			board->nr_nodes = node + 1;
		store->cpu_node[i] = (uint8_t)node;
	}
	board->cpu_node = board->nr_nodes > 1 ? store->cpu_node : NULL;
	return 0;
}

static void settle_distances(struct qy_loading *loading)
{
	struct qy_board_store *store = loading->store;
	uint32_t nr = loading->board->nr_nodes;

	if (nr == 1 || !store->has_distance)
		return;
	for (uint32_t from = 0; from < nr; from++)
		for (uint32_t to = 0; to < nr; to++) {
			uint8_t given = store->raw_distance[from][to];

			store->distance[from * nr + to] = given        ? given
							  : from == to ? 10
								       : 20;
		}
	loading->board->node_distance = store->distance;
}

/* --- spans -------------------------------------------------------------------------------------- */

/* Takes [start, end) out of all spans; there is room for one more, since a cut can split only one. */
static void cut(struct spans *spans, uint64_t start, uint64_t end)
{
	uint32_t kept = 0, nr = spans->nr;
	struct span upper = { 0 };

	for (uint32_t i = 0; i < nr; i++) {
		struct span span = spans->span[i];

		if (span.start < end && start < span.end) {
			if (span.start < start && end < span.end)
				upper = (struct span){ end, span.end, span.node };
			if (span.start < start)
				span.end = start;
			else
				span.start = end < span.end ? end : span.end;
		}
		if (span.start < span.end)
			spans->span[kept++] = span;
	}
	if (upper.end)
		spans->span[kept++] = upper;
	spans->nr = kept;
}

static int by_start(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

/* Sorts, and joins neighbours of one node. */
static void merge(struct spans *spans)
{
	uint32_t nr = 0;

	qsort(spans->span, spans->nr, sizeof(*spans->span), by_start);
	for (uint32_t i = 0; i < spans->nr; i++) {
		struct span *last = nr ? &spans->span[nr - 1] : NULL;

		if (last && last->end == spans->span[i].start &&
			last->node == spans->span[i].node)
			last->end = spans->span[i].end;
		else
			spans->span[nr++] = spans->span[i];
	}
	spans->nr = nr;
}

static int check_width(struct qy_loading *loading, const struct qy_bank *bank)
{
	unsigned int bits = address_bits[loading->board->arch];
	uint64_t last = bank->base + (bank->size - 1);

	if (last >> bits == 0)
		return 0;
	return qy_fail(loading->err,
		"%s: RAM up to 0x%" PRIx64 " is past the %u address bits of %s: "
		"lower the bank, or use -m",
		loading->store->name, last, bits,
		loading->board->arch == QY_ARCH_X86_64 ? "x86-64" : "arm64");
}

static int collect(struct qy_loading *loading, struct spans *spans)
{
	const struct qy_board_store *store = loading->store;

	for (uint32_t i = 0; i < store->nr_raw; i++) {
		struct span span = { .node = store->raw[i].node };

		if (!store->raw[i].size)
			continue;
		if (check_width(loading, &store->raw[i]))
			return -1;
		span.start = (store->raw[i].base + QY_PAGE_SIZE - 1) & PAGE_MASK;
		span.end = (store->raw[i].base + store->raw[i].size) & PAGE_MASK;
		if (span.start >= span.end) {
			qy_note(loading->notes,
				"Ignoring memory block 0x%" PRIx64 " - 0x%" PRIx64,
				store->raw[i].base,
				store->raw[i].base + store->raw[i].size);
			continue;
		}
		cut(spans, span.start, span.end);
		spans->span[spans->nr++] = span;
	}
	return 0;
}

static int publish(struct qy_loading *loading, const struct spans *spans)
{
	struct qy_board_store *store = loading->store;

	if (!spans->nr)
		return qy_fail(loading->err,
			"%s: /memory: no RAM: the boot loader would fill it in, so give -m SIZE",
			store->name);
	if (spans->nr > QY_MAX_BANKS)
		return qy_fail(loading->err,
			"%s: /memory: %u separate banks: at most %d are supported",
			store->name, spans->nr, QY_MAX_BANKS);
	for (uint32_t i = 0; i < spans->nr; i++)
		store->banks[i] = (struct qy_bank){
			.base = spans->span[i].start,
			.size = spans->span[i].end - spans->span[i].start,
			.node = spans->span[i].node,
		};
	loading->board->banks = store->banks;
	loading->board->nr_banks = spans->nr;
	return 0;
}

int qy_banks_settle(struct qy_loading *loading, uint64_t mem_bytes)
{
	/* Each range may split one span, and so may mem=. */
	struct spans spans = {
		calloc(2 * loading->store->nr_raw + 1, sizeof(struct span)), 0
	};
	int ret;

	if (!spans.span)
		return qy_fail(
			loading->err, "%s: out of host memory", loading->store->name);
	ret = settle_nodes(loading);
	if (!ret)
		ret = collect(loading, &spans);
	/* A PC's mem= is an address, arm64's an amount, which the machine counts off. */
	if (loading->board->arch == QY_ARCH_ARM64)
		loading->board->mem_limit = mem_bytes;
	else if (!ret && mem_bytes)
		cut(&spans, mem_bytes, UINT64_MAX);
	if (!ret) {
		merge(&spans);
		settle_distances(loading);
		ret = publish(loading, &spans);
	}
	free(spans.span);
	return ret;
}
