// SPDX-License-Identifier: MIT
/*
 * See film_cast.h. Blocks come by address, so that a pageblock is complete when the next one begins. No state.
 */
#include "lab/film_cast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/owner.h>

#define PAGEBLOCK_PAGES 512u
#define SLOTS           (2 * QY_CAST_TASKS) /* a power of two */
#define CELLS           (2 * QY_CAST_PARTS) /* of a pageblock */
#define MOVABLE         1u

struct part {
	uint32_t who; /* as in a cell */
	uint32_t pages;
};

/* The pageblock that is being counted. Each of its pages may have a task of its own. */
struct count {
	uint32_t block, nr;
	struct part part[PAGEBLOCK_PAGES];
};

int qy_cast_init(struct qy_cast *cast, uint32_t nr_blocks)
{
	cast->tasks = calloc(QY_CAST_TASKS, sizeof(*cast->tasks));
	cast->slots = calloc(SLOTS, sizeof(*cast->slots));
	cast->cells = calloc((size_t)nr_blocks * CELLS + 1, sizeof(*cast->cells));
	cast->nr_tasks = 1;
	if (qy_reel_init(&cast->reel, nr_blocks * CELLS) || !cast->tasks ||
		!cast->slots || !cast->cells)
		return -ENOMEM;
	return 0;
}

void qy_cast_exit(struct qy_cast *cast)
{
	qy_reel_exit(&cast->reel);
	free(cast->tasks);
	free(cast->slots);
	free(cast->cells);
}

static uint32_t task_index(struct qy_cast *cast, const struct qy_task *task)
{
	uint32_t hash = (uint32_t)task->pid * 2654435761u;

	for (size_t i = 0; i < sizeof(task->comm) && task->comm[i]; i++)
		hash = (hash ^ (uint8_t)task->comm[i]) * 16777619u;
	for (uint32_t at = hash >> 8;; at++) {
		uint16_t *slot = &cast->slots[at % SLOTS];

		if (*slot && cast->tasks[*slot].pid == task->pid &&
			memcmp(cast->tasks[*slot].comm, task->comm, sizeof(task->comm)) ==
				0)
			return *slot;
		if (*slot)
			continue;
		if (cast->nr_tasks == QY_CAST_TASKS)
			return 0;
		*slot = (uint16_t)cast->nr_tasks;
		cast->tasks[cast->nr_tasks] = *task;
		return cast->nr_tasks++;
	}
}

/* What cannot move comes first, then by pages; names decide between equals. */
static int compare_parts(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if ((x->who - 1) % 2 != (y->who - 1) % 2)
		return (x->who - 1) % 2 ? -1 : 1;
	if (x->pages != y->pages)
		return x->pages > y->pages ? -1 : 1;
	return (x->who > y->who) - (x->who < y->who);
}

static void finish(struct qy_cast *cast, struct count *count)
{
	uint32_t *cell = cast->cells + (size_t)count->block * CELLS;

	qsort(count->part, count->nr, sizeof(count->part[0]), compare_parts);
	for (uint32_t i = 0; i < count->nr && i < QY_CAST_PARTS; i++) {
		*cell++ = count->part[i].who;
		*cell++ = count->part[i].pages;
	}
	count->nr = 0;
}

static void add_pages(struct count *count, uint32_t who, uint32_t pages)
{
	uint32_t i = 0;

	while (i < count->nr && count->part[i].who != who)
		i++;
	if (i == count->nr)
		count->part[count->nr++] = (struct part){ .who = who };
	count->part[i].pages += pages;
}

static void add_owner(struct qy_cast *cast, struct count *count,
	const struct qy_page_owner *owner, qy_cast_place *place, void *arg)
{
	uint64_t pfn = owner->pfn, left = 1ull << owner->order;
	uint32_t who =
		1 + 2 * task_index(cast, &owner->task) + (owner->migratetype != MOVABLE);

	while (left) {
		uint64_t room = PAGEBLOCK_PAGES - pfn % PAGEBLOCK_PAGES;
		uint32_t nr = (uint32_t)(left < room ? left : room);
		uint32_t block = place(arg, pfn);

		if (block != count->block && count->nr)
			finish(cast, count);
		count->block = block;
		if (block != UINT32_MAX)
			add_pages(count, who, nr);
		pfn += nr;
		left -= nr;
	}
}

int qy_cast_take(struct qy_cast *cast, const struct qy_machine *m, uint64_t at_ns,
	bool end, qy_cast_place *place, void *arg)
{
	uint32_t taken = cast->reel.nr_frames;
	struct qy_page_owner owner;
	struct count count = { .block = UINT32_MAX };
	uint64_t pfn = 0;

	if (taken == QY_CAST_MOMENTS ||
		(!end && (taken + 1 == QY_CAST_MOMENTS ||
				 cast->reel.size > QY_CAST_MAX_BYTES)))
		return 0;
	memset(cast->cells, 0, (size_t)cast->reel.nr_cells * sizeof(*cast->cells));
	while (qy_page_owner_next(m, &pfn, &owner))
		add_owner(cast, &count, &owner, place, arg);
	if (count.nr)
		finish(cast, &count);
	if (qy_reel_add(&cast->reel, cast->cells))
		return -ENOMEM;
	cast->at_ns[taken] = at_ns;
	return 0;
}
