// SPDX-License-Identifier: MIT
/*
 * Pages that come back: how long they have been away, and whether a larger list would have kept them.
 *
 *   qy_workingset_eviction   a page leaves: what is remembered of it
 *   qy_workingset_refault    it is back
 *
 * A node counts the pages that leave its inactive lists, by reclaim or by activation: its nonresident age. A page that
 * left at age E and is back at age R would have had to stay R - E pages longer. Where the active lists, from which that
 * room could have come, are larger, it is active at once.
 *
 * Locking: task_room->lock.
 */
#include "mm/task/internal.h"

#define WORD_AGE_BITS 50u
#define BITS_AGE_BITS 20u
#define NODE_BITS     4u

static struct lruvec *lruvec_of(const struct qy_machine *m, u32 node)
{
	return &m->task_room->lruvec[node];
}

static u64 node_stat(const struct qy_machine *m, u32 node, enum node_stat_item item)
{
	return READ_ONCE(m->node_stat[node][item]);
}

void qy_workingset_age(struct qy_machine *m, u32 node, u64 nr)
{
	lruvec_of(m, node)->nonresident_age += nr;
}

struct shadow qy_workingset_eviction(struct qy_machine *m, u32 frame)
{
	u32 node = zone_of(m, frame)->node;
	struct shadow shadow = {
		.age = lruvec_of(m, node)->nonresident_age,
		.node = node,
		.workingset = page_has(m, frame, PG_workingset),
		.mask = UINT64_MAX,
	};

	qy_workingset_age(m, node, 1);
	return shadow;
}

/* Would it still be here if the active lists were all for pages like it? */
static bool is_recent(const struct qy_machine *m, const struct shadow *shadow, bool file)
{
	u64 now = lruvec_of(m, shadow->node)->nonresident_age >> shadow->shift;
	u64 distance = ((now - shadow->age) & shadow->mask) << shadow->shift;
	u64 size = node_stat(m, shadow->node, NR_ACTIVE_FILE);

	if (!file)
		size += node_stat(m, shadow->node, NR_INACTIVE_FILE);
	if (qy_swap_free(m)) {
		size += node_stat(m, shadow->node, NR_ACTIVE_ANON);
		if (file)
			size += node_stat(m, shadow->node, NR_INACTIVE_ANON);
	}
	return distance <= size;
}

bool qy_workingset_refault(struct qy_machine *m, u32 frame, const struct shadow *shadow)
{
	bool file = !page_has(m, frame, PG_swapbacked);
	u32 node = zone_of(m, frame)->node;

	qy_count_node(
		m, node, file ? WORKINGSET_REFAULT_FILE : WORKINGSET_REFAULT_ANON, 1);
	if (!is_recent(m, shadow, file))
		return false;
	set_page_flags(m, frame, PG_active);
	qy_workingset_age(m, node, 1);
	qy_count_node(
		m, node, file ? WORKINGSET_ACTIVATE_FILE : WORKINGSET_ACTIVATE_ANON, 1);
	if (!shadow->workingset)
		return false;
	set_page_flags(m, frame, PG_workingset);
	qy_lru_note_cost(m, node, file, 1, 0);
	qy_count_node(
		m, node, file ? WORKINGSET_RESTORE_FILE : WORKINGSET_RESTORE_ANON, 1);
	return true;
}

/* ------------------------------------------------------------------ how it is kept
 *
 *   word of an index:    | age 50 | node 4 | workingset 1 | 10 |
 *   bits of an entry:             | age 20 | node 4 | workingset 1 |      ages in 2^shadow_shift pages
 */
static u64 pack(const struct shadow *shadow, u64 age, unsigned int age_bits)
{
	return (age & qy_low_bits(age_bits)) << (NODE_BITS + 1) | shadow->node << 1 |
	       shadow->workingset;
}

static struct shadow unpack(u64 packed, unsigned int age_bits, u32 shift)
{
	return (struct shadow){
		.age = packed >> (NODE_BITS + 1) & qy_low_bits(age_bits),
		.node = (u32)(packed >> 1) & (u32)qy_low_bits(NODE_BITS),
		.workingset = packed & 1,
		.mask = qy_low_bits(age_bits),
		.shift = shift,
	};
}

u64 qy_shadow_word(const struct shadow *shadow)
{
	return pack(shadow, shadow->age, WORD_AGE_BITS) << 2 | 2;
}

struct shadow qy_word_shadow(u64 word)
{
	return unpack(word >> 2, WORD_AGE_BITS, 0);
}

u64 qy_shadow_bits(const struct qy_machine *m, const struct shadow *shadow)
{
	return pack(shadow, shadow->age >> m->task_room->shadow_shift, BITS_AGE_BITS);
}

struct shadow qy_bits_shadow(const struct qy_machine *m, u64 bits)
{
	return unpack(bits, BITS_AGE_BITS, m->task_room->shadow_shift);
}
