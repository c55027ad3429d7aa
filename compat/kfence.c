// SPDX-License-Identifier: MIT
/*
 * KFENCE in a world: the core samples and checks (quarry/kfence.h), here its reports get stacks with names.
 *
 *   qy_kfence_init   a world begins
 *
 * Of a stack the first frame that says something is the driver's: the first in a module; where there is none, the first behind
 * the core's own. The doors to memory themselves are skipped, as on Linux.
 *
 * No state.
 */
#include <linux/sched.h>
#include <quarry/kfence.h>
#include <quarry/symbol.h>
#include "compat/host.h"
#include "compat/stack.h"
#include "compat/world.h"

#define MAX_FRAMES 48

static bool begins(const char *text, const char *const *with, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (!strncmp(text, with[i], strlen(with[i])))
			return true;
	return false;
}

/* Where a driver asks: inlines that the compiler has not put into their callers. */
static bool is_door(const char *function)
{
	static const char *const doors[] = { "kfree", "kvfree", "kmalloc", "kzalloc",
		"kcalloc", "krealloc", "kvmalloc", "kvzalloc", "kvcalloc", "kmem_cache_",
		"__kmem_cache_" };

	return begins(function, doors, ARRAY_SIZE(doors));
}

static bool is_core(const char *function)
{
	static const char *const core[] = { "qy_", "take", "alloc_", "free_", "on_fault",
		"on_crash", "report", "sim_" };

	return begins(function, core, ARRAY_SIZE(core));
}

/* Of the frames, the first that says something; @nr: none has a name. */
static unsigned int first_of(void *const *frames, unsigned int nr)
{
	struct qy_symbol symbol;
	bool module = false;
	unsigned int i = 0;

	for (unsigned int at = 0; at < nr && !module; at++)
		module = qy_symbol_of(frames[at], &symbol) && *symbol.module;
	for (; i < nr; i++) {
		if (!qy_symbol_of(frames[i], &symbol))
			continue;
		if (module ? *symbol.module && !is_door(symbol.function)
			   : !is_core(symbol.function) && !is_door(symbol.function))
			return i;
	}
	return 0;
}

static noinline unsigned int take(
	void *arg, const void *pc, void **frames, unsigned int max)
{
	void *all[MAX_FRAMES];
	unsigned int nr = qy_host_backtrace(all, MAX_FRAMES), first = 0;

	(void)arg;
	while (pc && first < nr && all[first] != pc)
		first++;
	if (first == nr) /* code that the unwinder does not see through */
		first = 0;
	nr = min(nr - first, max);
	memcpy(frames, all + first, nr * sizeof(*frames));
	return nr;
}

static void place(
	void *arg, void *const *frames, unsigned int nr, char *text, size_t size)
{
	(void)arg;
	qy_stack_place(text, size, frames[first_of(frames, nr)], false);
}

static void tell(void *arg, void *const *frames, unsigned int nr,
	void (*line)(void *to, const char *text), void *to)
{
	unsigned int first = first_of(frames, nr);

	(void)arg;
	qy_stack_tell(frames + first, nr - first, NULL, line, to);
}

static void print_task(void *arg)
{
	(void)arg;
	qy_stack_print_task();
}

void qy_kfence_init(struct qy_world *w)
{
	const struct qy_kfence_stacks stacks = {
		.take = take, .place = place, .tell = tell, .print_task = print_task
	};

	qy_kfence_set_stacks(w->m, &stacks);
}
