// SPDX-License-Identifier: MIT
/*
 * What is said of a wrong access or free: the kernel's words, with the board's addresses.
 *
 * Each place in a driver's code is told of once. The access is made all the same: one that no CPU could make faults.
 *
 * Locking: none; see world.h.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <quarry/symbol.h>
#include "compat/kasan.h"
#include "compat/stack.h"

#define VALUE(v)  ((unsigned long long)(v))
#define LINE      "=================================================================="
#define ROW_BYTES (16ul * KASAN_GRANULE)
#define MODULES_X86 \
	0xffffffffc0000000ull /* where variables of modules are, from the first one's page on */
#define MODULES_ARM64 0xffff80007a000000ull
#define STACKS_X86    0xffffc90000000000ull /* likewise stacks */
#define STACKS_ARM64  0xffff800080000000ull
#define PROGRAM       0x00007f0000000000ull /* likewise a program's memory */

#define say(...) qy_printk_line(QY_LOG_ERR, __VA_ARGS__)
#define blank()  say("%s", "")

/* ------------------------------------------------------------------ addresses */

/* No address of this process is shown: each has one of the board, or a place that it could have there. */
static u64 shown(const void *p)
{
	u64 address = qy_compat_board_address(p), low = (uintptr_t)p & 0xffffff;
	struct kasan_frame frame;

	if (address)
		return address;
	if (qy_kasan_global(p))
		return (qy_compat_is_arm64() ? MODULES_ARM64 : MODULES_X86) + low;
	if (qy_kasan_state(p) == KASAN_USER)
		return PROGRAM + low;
	if (qy_kasan_frame(qy_compat_world(), p, &frame))
		return (qy_compat_is_arm64() ? STACKS_ARM64 : STACKS_X86) + low;
	return (uintptr_t)p;
}

/* ------------------------------------------------------------------ what kind of mistake */

/* The shadow that says why: of a granule whose begin may be touched, the next one's. */
static u8 why(const void *bad)
{
	u8 state = qy_kasan_state(bad);

	return state < KASAN_GRANULE ? qy_kasan_state((const char *)bad + KASAN_GRANULE)
				     : state;
}

static const char *kind_of(const void *p, const void *bad)
{
	const char *kind;

	if ((uintptr_t)p < PAGE_SIZE)
		return "null-ptr-deref";
	if ((uintptr_t)p >> KASAN_ADDRESS)
		return "wild-memory-access";
	kind = qy_kasan_meanings[why(bad)].kind;
	return kind ? kind : "unknown-crash";
}

bool qy_kasan_told_before(struct qy_world *w, const void *from)
{
	if (current->kasan_depth)
		return true;
	if (w->multi_shot)
		return false;
	for (unsigned int i = 0; i < w->nr_places; i++)
		if (w->places[i] == from)
			return true;
	if (w->nr_places < ARRAY_SIZE(w->places))
		w->places[w->nr_places++] = from;
	return false;
}

/* ------------------------------------------------------------------ whose memory */

static void say_stack(const char *title, int pid, void *const *frames, unsigned int nr,
	const void *from)
{
	blank();
	say("%s by task %d:", title, pid);
	qy_stack_print(frames, nr, from, " ");
}

static void say_distance(
	const void *p, const char *start, size_t bytes, const char *state)
{
	const char *at = p, *where;
	size_t distance;

	if (at < start) {
		where = "to the left of";
		distance = (size_t)(start - at);
	} else if (at < start + bytes) {
		where = "inside of";
		distance = (size_t)(at - start);
	} else {
		where = "to the right of";
		distance = (size_t)(at - start) - bytes;
	}
	say("The buggy address is located %lu bytes %s", (unsigned long)distance, where);
	say(" %s %lu-byte region [%016llx, %016llx)", state, (unsigned long)bytes,
		VALUE(shown(start)), VALUE(shown(start) + bytes));
}

static void say_page(const void *p)
{
	blank();
	say("The buggy address belongs to the physical page:");
	say("page: refcount:%u mapcount:0 mapping:0000000000000000 index:0x0 pfn:0x%llx",
		page_ref_count(virt_to_page(p)), VALUE(qy_compat_pfn(p)));
	say("page dumped because: kasan: bad access detected");
}

static const struct held *holder(struct qy_world *w, const void *object)
{
	const struct held *held = qy_compat_held_find(w, QY_HELD_OBJECT, object);

	return held ? held : qy_compat_held_find(w, QY_HELD_DEVRES, object);
}

static void say_object(const struct qy_world *w, const void *p)
{
	const struct kasan_freed *freed = NULL;
	const struct held *held = NULL;
	struct qy_place place;
	const char *start;
	size_t bytes;

	if (qy_compat_place(p, &place)) {
		held = holder((struct qy_world *)w, place.object);
		if (!held && qy_kasan_state(place.object) == KASAN_SLAB_FREE)
			freed = qy_kasan_freed(w, place.object);
	} else {
		place.name = NULL;
		freed = qy_kasan_freed(w, p);
		held = freed ? NULL : qy_kasan_held(w, p);
	}
	if (freed)
		held = freed->held;
	if (held)
		say_stack("Allocated", held->what.pid, held->what.frames,
			held->what.nr_frames, NULL);
	if (freed)
		say_stack("Freed", freed->pid, freed->frames, freed->nr_frames,
			freed->from);
	start = held ? qy_kasan_bytes_of(held) : place.name ? place.object : NULL;
	bytes = held ? held->what.bytes : place.name ? place.object_size : 0;
	if (place.name) {
		blank();
		say("The buggy address belongs to the object at %016llx",
			VALUE(shown(place.object)));
		say(" which belongs to the cache %s of size %lu", place.name,
			(unsigned long)place.object_size);
	}
	if (start) {
		if (!place.name)
			blank();
		say_distance(p, start, bytes, freed ? "freed" : "allocated");
	}
	if (qy_compat_board_address(p) && virt_addr_valid(p))
		say_page(p);
}

static void say_variable(const void *p, const struct kasan_global *global)
{
	blank();
	say("The buggy address belongs to the variable:");
	say(" %s+0x%llx/0x%lx", global->name, VALUE((uintptr_t)p - global->start),
		(unsigned long)global->bytes);
}

static void say_function(const void *begin)
{
	struct qy_symbol symbol;

	if (!qy_symbol_of((const char *)begin + 1, &symbol))
		return; /* which looks one byte before a return */
	say(" %s+0x0/0x%llx%s%s%s", symbol.function, VALUE(symbol.size),
		*symbol.module ? " [" : "", symbol.module, *symbol.module ? "]" : "");
}

static void say_frame(struct kasan_frame *frame)
{
	struct kasan_variable variable;
	unsigned long nr;

	blank();
	say("The buggy address belongs to stack of task %s/%d", frame->task->comm,
		frame->task->pid);
	if (!frame->function)
		return;
	say(" and is located at offset %lu in frame:", (unsigned long)frame->offset);
	say_function(frame->function);
	blank();
	nr = qy_kasan_nr_variables(frame);
	say("This frame has %lu object%s:", nr, nr == 1 ? "" : "s");
	for (; nr; nr--) {
		qy_kasan_next_variable(frame, &variable);
		say(" [%lu, %lu) '%s'", (unsigned long)variable.start,
			(unsigned long)(variable.start + variable.bytes), variable.name);
	}
}

static void say_shadow(const void *p)
{
	uintptr_t row = ((uintptr_t)p & ~(ROW_BYTES - 1)) - 2 * ROW_BYTES;
	const uintptr_t last = row + 4 * ROW_BYTES;

	blank();
	say("Memory state around the buggy address:");
	for (; row <= last; row += ROW_BYTES) {
		bool here = (uintptr_t)p - row < ROW_BYTES;
		char text[64];
		int n = 0;

		for (unsigned int i = 0; i < 16; i++)
			n += scnprintf(text + n, sizeof(text) - (size_t)n, " %02x",
				qy_kasan_state((void *)(row + i * KASAN_GRANULE)));
		say("%c%016llx:%s", here ? '>' : ' ',
			VALUE(shown(p) + (row - (uintptr_t)p)), text);
		if (here)
			say("%*c",
				(int)(19 + 3 * (((uintptr_t)p - row) / KASAN_GRANULE) +
					1),
				'^');
	}
}

/* All behind the first lines. */
static void describe(const struct qy_world *w, const void *p, const void *from)
{
	const struct kasan_global *global = qy_kasan_global(p);
	struct kasan_frame frame;

	blank();
	qy_stack_print_task();
	qy_stack_print_here(from);
	if ((uintptr_t)p >= PAGE_SIZE && !((uintptr_t)p >> KASAN_ADDRESS)) {
		if (global)
			say_variable(p, global);
		else if (qy_kasan_frame(w, p, &frame))
			say_frame(&frame);
		else if (qy_kasan_state(p) != KASAN_USER)
			say_object(w, p);
		if (qy_kasan_state(p) != KASAN_USER)
			say_shadow(p);
	}
	say(LINE);
}

/* ------------------------------------------------------------------ reports */

void qy_kasan_report(const void *p, size_t bytes, const char *bad, bool write, void *from)
{
	struct qy_world *w = qy_compat_world();
	char place[160];

	if (!w || !w->kasan || qy_kasan_told_before(w, from))
		return;
	qy_stack_place(place, sizeof(place), from, false);
	say(LINE);
	qy_compat_kunit_wrong_access(w);
	qy_compat_report("BUG: KASAN: %s in %s", kind_of(p, bad), place);
	say("%s of size %lu at addr %016llx by task %s/%d", write ? "Write" : "Read",
		(unsigned long)bytes, VALUE(shown(p)), current->comm, current->pid);
	describe(w, p, from);
}

void qy_kasan_report_free(const void *p, const char *what, void *from)
{
	struct qy_world *w = qy_compat_world();
	char place[160];

	if (qy_kasan_told_before(w, from))
		return;
	qy_stack_place(place, sizeof(place), from, false);
	say(LINE);
	qy_compat_kunit_wrong_access(w);
	qy_compat_report("BUG: KASAN: %s in %s", what, place);
	say("Free of addr %016llx by task %s/%d", VALUE(shown(p)), current->comm,
		current->pid);
	describe(w, p, from);
}

void qy_kasan_report_unwritten(
	const void *p, size_t bytes, const char *deed, const void *to, void *from)
{
	struct qy_world *w = qy_compat_world();
	const char *begin = p, *first, *last;
	const struct held *held;
	char place[160];

	if (!w || !w->kasan || qy_kasan_told_before(w, from))
		return;
	first = last = qy_kasan_first_unwritten(p, bytes);
	while (last + 1 < begin + bytes && qy_kasan_first_unwritten(last + 1, 1))
		last++;
	qy_stack_place(place, sizeof(place), from, false);
	say("=====================================================");
	qy_compat_report("BUG: KMSAN: %s in %s", deed, place);
	qy_stack_print_here(from);
	held = qy_kasan_held(w, first);
	if (held) {
		blank();
		say("Uninit was created at:");
		qy_stack_print(held->what.frames, held->what.nr_frames, NULL, " ");
	}
	blank();
	say("Bytes %lu-%lu of %lu are uninitialized", (unsigned long)(first - begin),
		(unsigned long)(last - begin), (unsigned long)bytes);
	say("Memory access of size %lu starts at %016llx", (unsigned long)bytes,
		VALUE(shown(p)));
	if (to)
		say("Data copied to user address %016llx",
			VALUE(PROGRAM + ((uintptr_t)to & 0xffffff)));
	blank();
	qy_stack_print_task();
	say("=====================================================");
}
