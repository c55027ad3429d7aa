// SPDX-License-Identifier: MIT
/*
 * Variables that are local to a function: inline code puts red zones around them itself, and takes them off when it returns. What is
 * left is to take off those of who never returns, and to tell whose they are.
 *
 * A frame begins with a left red zone (f1), under which the compiler keeps a mark, the names and places of its variables and
 * the function. What runs on a task's stack and is not instrumented has no red zones.
 *
 * No state.
 */
#include <linux/kernel.h>
#include <linux/sched.h>
#include <quarry/fiber.h>
#include "compat/kasan.h"

#define FRAME_MARK   0x41b58ab3ul
#define ALLOCA_ZONE  32ul
#define LARGEST_WALK (64ul << 10)

/* ------------------------------------------------------------------ begin and end of stacks */

void qy_kasan_clean_stack(const struct qy_fiber *fiber)
{
	size_t bytes;
	const char *stack = qy_fiber_stack(fiber, &bytes);

	if (stack && qy_kasan_flat && !qy_kasan_is_plain(stack, bytes))
		qy_kasan_forget(stack, bytes);
}

/* ------------------------------------------------------------------ what compilers call */

void qy_kasan_no_return(void);
void qy_kasan_alloca_poison(uintptr_t a, size_t bytes);
void qy_kasan_allocas_unpoison(uintptr_t top, uintptr_t bottom);

/* Who does not return ends the run, or its task, whose stack is cleaned then. */
void qy_kasan_no_return(void)
{
}

void qy_kasan_alloca_poison(uintptr_t a, size_t bytes)
{
	uintptr_t end = a + bytes, last = ALIGN(end, ALLOCA_ZONE) + ALLOCA_ZONE;

	qy_kasan_deny((void *)(a - ALLOCA_ZONE), ALLOCA_ZONE, KASAN_ALLOCA_LEFT);
	qy_kasan_allow((void *)a, bytes);
	qy_kasan_deny((void *)end, last - end, KASAN_ALLOCA_RIGHT);
}

/* All that alloca has given since the stack was at @bottom. */
void qy_kasan_allocas_unpoison(uintptr_t top, uintptr_t bottom)
{
	if (top && top < bottom)
		qy_kasan_forget((void *)top, bottom - top);
}

/* clang: so much shadow that it does not write it inline. */
#define SET_SHADOW(code)                                                 \
	void qy_kasan_set_shadow_##code(uintptr_t shadow, size_t bytes); \
	void qy_kasan_set_shadow_##code(uintptr_t shadow, size_t bytes)  \
	{                                                                \
		memset((void *)shadow, 0x##code, bytes);                 \
	}
SET_SHADOW(00)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)

/* ------------------------------------------------------------------ whose it is */

static bool is_red_zone(u8 state)
{
	return (state >= KASAN_STACK_LEFT && state <= KASAN_STACK_PARTIAL) ||
	       state == KASAN_ALLOCA_LEFT || state == KASAN_ALLOCA_RIGHT;
}

/* A task whose stack an address lies in; an interrupt may be on that of the host, whose task is the first. */
static const struct task_struct *owner_of(const struct qy_world *w, const void *p)
{
	struct qy_fiber *fiber = NULL;

	while ((fiber = qy_fiber_next(w->m, fiber))) {
		size_t bytes;
		const char *stack = qy_fiber_stack(fiber, &bytes);

		if (stack && (const char *)p >= stack && (const char *)p < stack + bytes)
			return qy_fiber_data(fiber);
	}
	return is_red_zone(qy_kasan_state(p)) || is_red_zone(qy_kasan_state(
							 (const char *)p + KASAN_GRANULE))
		       ? &w->first
		       : NULL;
}

/* Downwards from an address to the left red zone of its frame, and to where that begins. */
static const uintptr_t *frame_of(const void *p)
{
	uintptr_t at = (uintptr_t)p & ~(uintptr_t)(KASAN_GRANULE - 1), least;

	least = at > LARGEST_WALK ? at - LARGEST_WALK : 0;
	while (at > least && qy_kasan_state((void *)at) != KASAN_STACK_LEFT)
		at -= KASAN_GRANULE;
	while (at > least && qy_kasan_state((void *)at) == KASAN_STACK_LEFT)
		at -= KASAN_GRANULE;
	return at > least ? (const uintptr_t *)(at + KASAN_GRANULE) : NULL;
}

bool qy_kasan_frame(const struct qy_world *w, const void *p, struct kasan_frame *frame)
{
	const uintptr_t *words;

	*frame = (struct kasan_frame){ .task = owner_of(w, p) };
	words = frame->task && qy_kasan_flat ? frame_of(p) : NULL;
	if (words && words[0] == FRAME_MARK) {
		frame->offset = (uintptr_t)p - (uintptr_t)words;
		frame->variables = (const char *)words[1];
		frame->function = (const void *)words[2];
	}
	return frame->task != NULL;
}

/* "2 32 16 6 name:7 64 ...": how many; of each its place, bytes, the length of the name, the name, with its line or without. */
static unsigned long number(const char **text)
{
	unsigned long n = 0;

	while (**text == ' ')
		++*text;
	for (; **text >= '0' && **text <= '9'; ++*text)
		n = n * 10 + (unsigned long)(**text - '0');
	return n;
}

unsigned long qy_kasan_nr_variables(struct kasan_frame *frame)
{
	return number(&frame->variables);
}

void qy_kasan_next_variable(struct kasan_frame *frame, struct kasan_variable *variable)
{
	unsigned long length;
	const char *name, *line;

	variable->start = number(&frame->variables);
	variable->bytes = number(&frame->variables);
	length = number(&frame->variables);
	name = frame->variables + (*frame->variables == ' ');
	frame->variables = name + length;
	line = memchr(name, ':', length);
	if (line)
		length = (unsigned long)(line - name);
	scnprintf(variable->name, sizeof(variable->name), "%.*s", (int)length, name);
}
