// SPDX-License-Identifier: MIT
/*
 * Objects that nothing points to any more, while the driver runs: what kmemleak finds.
 *
 *   qy_world_kmemleak()   one scan
 *
 * Looked at word by word: variables of modules and of the program, stacks of tasks, the runtime's own records, pages, buffers
 * for devices, devres; then each object that was found so. A word that lies in an
 * object, not only at its begin, is a way to it. So what is told is lost; not all that is lost is told.
 *
 * No state but what was told (struct held).
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/stack.h"

#define say(...) \
	qy_printk_line(QY_LOG_ERR, __VA_ARGS__) /* one report with the line before */

struct thing {
	uintptr_t start, end;
	struct held *held;
	bool found, root;
};

struct scan {
	struct thing *things; /* by address */
	size_t nr;
	size_t *waiting, nr_waiting; /* found, not looked into yet */
};

/* ------------------------------------------------------------------ what there is */

static bool is_root(const struct held *held)
{
	return held->what.kind != QY_HELD_OBJECT && held->what.kind != QY_HELD_VMALLOC;
}

static void sift(struct thing *things, size_t at, size_t nr)
{
	for (size_t child; (child = 2 * at + 1) < nr; at = child) {
		if (child + 1 < nr && things[child].start < things[child + 1].start)
			child++;
		if (things[at].start >= things[child].start)
			return;
		swap(things[at], things[child]);
	}
}

static void sort_things(struct thing *things, size_t nr)
{
	for (size_t i = nr / 2; i-- > 0;)
		sift(things, i, nr);
	for (size_t i = nr; i-- > 1;) {
		swap(things[0], things[i]);
		sift(things, 0, i);
	}
}

static bool collect(const struct qy_world *w, struct scan *scan)
{
	scan->things = qy_host_record(w->held->nr * sizeof(*scan->things));
	scan->waiting = qy_host_record(w->held->nr * sizeof(*scan->waiting));
	if (!scan->things || !scan->waiting)
		return false;
	for (size_t i = 0; i < w->held->nr_slots; i++)
		for (struct held *held = w->held->slots[i]; held; held = held->next) {
			uintptr_t start = (uintptr_t)qy_kasan_bytes_of(held);

			if (start && held->what.bytes)
				scan->things[scan->nr++] = (struct thing){ .start = start,
					.end = start + held->what.bytes,
					.held = held,
					.root = is_root(held) };
		}
	sort_things(scan->things, scan->nr);
	return true;
}

static struct thing *thing_at(const struct scan *scan, uintptr_t a)
{
	size_t first = 0, last = scan->nr;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (a < scan->things[middle].start)
			last = middle;
		else if (a >= scan->things[middle].end)
			first = middle + 1;
		else
			return &scan->things[middle];
	}
	return NULL;
}

/* ------------------------------------------------------------------ looking */

static void find(struct scan *scan, struct thing *thing)
{
	if (thing->found)
		return;
	thing->found = true;
	scan->waiting[scan->nr_waiting++] = (size_t)(thing - scan->things);
}

/* Redzones of the program's own sanitizer lie between its variables. */
__attribute__((no_sanitize("address", "thread"))) static void look(
	void *arg, const void *start, size_t bytes)
{
	struct scan *scan = arg;
	const uintptr_t *at = (const uintptr_t *)ALIGN((uintptr_t)start, sizeof(*at));
	const uintptr_t *end = (const uintptr_t *)((uintptr_t)start + bytes);

	for (; at + 1 <= end; at++) {
		struct thing *thing = thing_at(scan, *at);

		if (thing)
			find(scan, thing);
	}
}

static void look_at_tasks(struct qy_world *w, struct scan *scan)
{
	for (struct qy_fiber *fiber = qy_fiber_next(w->m, NULL); fiber;
		fiber = qy_fiber_next(w->m, fiber)) {
		size_t bytes;
		const char *stack = qy_fiber_stack(fiber, &bytes);
		const char *here = __builtin_frame_address(0);

		if (!stack)
			continue; /* the host's: it runs nothing of a driver */
		if (here >= stack && here < stack + bytes) {
			bytes -= (size_t)(here - stack);
			stack = here;
		}
		look(scan, stack, bytes);
	}
}

/* A timer that is set, work that is queued, a registration: part of an object, mostly. Of an interrupt: who has it. */
static void look_at_use(struct scan *scan, const struct held *held)
{
	struct thing *thing;

	if (held->what.kind == QY_HELD_IRQ)
		look(scan, held->what.p, sizeof(struct irq_action));
	for (unsigned int cpu = 0; held->what.kind == QY_HELD_PERCPU && cpu < nr_cpu_ids;
		cpu++)
		look(scan, (const char *)held->what.p + cpu * PCPU_MIN_UNIT_SIZE,
			held->what.bytes);
	if (qy_kasan_bytes_of(held))
		return;
	thing = thing_at(scan, (uintptr_t)held->what.p);
	if (thing)
		find(scan, thing);
}

static void look_everywhere(struct qy_world *w, struct scan *scan)
{
	qy_host_each_variable(look, scan);
	qy_host_each_block(look, scan);
	look_at_tasks(w, scan);
	for (size_t i = 0; i < w->held->nr_slots; i++)
		for (const struct held *held = w->held->slots[i]; held; held = held->next)
			look_at_use(scan, held);
	for (size_t i = 0; i < scan->nr; i++)
		if (scan->things[i].root)
			find(scan, &scan->things[i]);
	while (scan->nr_waiting) {
		const struct thing *thing =
			&scan->things[scan->waiting[--scan->nr_waiting]];

		look(scan, (const void *)thing->start, thing->end - thing->start);
	}
}

/* ------------------------------------------------------------------ telling */

static bool is_new(const struct thing *thing)
{
	return !thing->found && !thing->held->told;
}

static void tell(const struct thing *thing)
{
	const struct qy_world_held *what = &thing->held->what;
	const u8 *bytes = (const u8 *)thing->start;
	size_t shown = min(what->bytes, (size_t)32);

	thing->held->told = true;
	say("unreferenced object 0x%016llx (size %lu):",
		(unsigned long long)qy_compat_board_address(bytes),
		(unsigned long)what->bytes);
	say("  comm \"%s\", pid %d, jiffies %lu", what->comm, what->pid,
		INITIAL_JIFFIES + (unsigned long)(what->when_ns / (1000000000 / HZ)));
	say("  hex dump (first %lu bytes):", (unsigned long)shown);
	for (size_t row = 0; row < shown; row += 16) {
		char text[80];
		int n = 0;

		for (size_t i = row; i < row + 16; i++)
			n += i < shown ? scnprintf(text + n, sizeof(text) - (size_t)n,
						 "%02x ", bytes[i])
				       : scnprintf(text + n, sizeof(text) - (size_t)n,
						 "   ");
		text[n++] = ' ';
		for (size_t i = row; i < shown && i < row + 16; i++)
			text[n++] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i]
									: '.';
		text[n] = '\0';
		say("    %s", text);
	}
	say("  backtrace (crc 0):");
	qy_stack_print_at(QY_LOG_ERR, what->frames, what->nr_frames, NULL, "    ");
}

unsigned int qy_world_kmemleak(struct qy_world *w)
{
	struct scan scan = { 0 };
	unsigned int nr = 0;

	if (collect(w, &scan)) {
		look_everywhere(w, &scan);
		for (size_t i = 0; i < scan.nr; i++)
			nr += is_new(&scan.things[i]);
		if (nr)
			qy_compat_report("kmemleak: %u new suspected memory leaks", nr);
		for (size_t i = 0; i < scan.nr; i++)
			if (is_new(&scan.things[i]))
				tell(&scan.things[i]);
	}
	qy_host_forget_record(scan.things);
	qy_host_forget_record(scan.waiting);
	return nr;
}
