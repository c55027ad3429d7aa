// SPDX-License-Identifier: MIT
/*
 * Lockdep in small. See lockdep.h.
 *
 * The orders are edges between classes, each with the stack of who first took the second one under the first. A new edge is a
 * mistake when a way leads back along the others. Each kind of mistake is told once of a class or an edge.
 *
 * Locking: none; see world.h.
 */
#include <linux/sched.h>
#include <linux/version.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/stack.h"

#define MAX_CLASSES 1024
#define STACK       16

struct stack {
	unsigned int nr;
	const void *from;
	void *frames[STACK];
};

/* Where a class was taken. The bits come in pairs that exclude each other, unless both are of readers. */
enum usage {
	IN_HARDIRQ,
	HARDIRQ_ON,
	IN_SOFTIRQ,
	SOFTIRQ_ON,
	BY_READER,
	NR_USAGES = 2 * BY_READER,
};

#define OPPOSITE(usage) ((usage) ^ 1)
#define EITHER(usage) \
	(BIT(usage) | BIT((usage) + BY_READER)) /* by a writer, or a reader */

struct edge {
	struct edge *next;
	unsigned int to;
	struct stack stack;
};

struct lock_class {
	const void *key;
	const char *name;
	unsigned int subclass;
	enum lock_kind kind;
	unsigned int usage; /* bits */
	bool told, chain_told;
	struct stack where[NR_USAGES];
	struct edge *after; /* classes that were taken under it */
	/* of a search: */
	unsigned int round, parent;
	const struct edge *by;
};

struct lockdep {
	struct lock_class *classes;
	unsigned int nr, round;
	unsigned int queue[MAX_CLASSES];
};

#define say(...) qy_printk_line(QY_LOG_ERR, __VA_ARGS__)
#define blank()  say("%s", "")

/* ------------------------------------------------------------------ classes */

static struct lock_class *class_of(struct lockdep *dep, const struct lock_id *id)
{
	const void *key = id->key ? id->key : id->lock;
	struct lock_class *class = dep->classes;

	for (; class < dep->classes + dep->nr; class ++)
		if (class->key == key && class->subclass == id->subclass)
			return class;
	if (dep->nr == MAX_CLASSES)
		return NULL; /* further ones are not looked at */
	dep->nr++;
	class->key = key;
	class->subclass = id->subclass;
	class->name = id->name;
	class->kind = id->kind;
	return class;
}

static void take_stack(struct stack *stack, const void *from)
{
	stack->from = from;
	stack->nr = qy_host_backtrace(stack->frames, STACK);
}

static unsigned int context(void)
{
	return in_hardirq() ? 2 : in_serving_softirq() ? 1 : 0;
}

/* ------------------------------------------------------------------ words */

static char usage_letter(const struct lock_class *class, enum usage in)
{
	bool inside = class->usage & BIT(in), enabled = class->usage & BIT(OPPOSITE(in));

	return inside ? (enabled ? '?' : '-') : enabled ? '+' : '.';
}

/* "-.+.": hard interrupts by writers and readers, softirqs likewise */
static const char *usage_text(const struct lock_class *class, char text[5])
{
	text[0] = usage_letter(class, IN_HARDIRQ);
	text[1] = usage_letter(class, IN_HARDIRQ + BY_READER);
	text[2] = usage_letter(class, IN_SOFTIRQ);
	text[3] = usage_letter(class, IN_SOFTIRQ + BY_READER);
	text[4] = '\0';
	return text;
}

static void describe(char *text, size_t size, const struct lock_class *class,
	const void *lock, const void *from)
{
	u64 address = qy_compat_board_address(lock);
	char place[160], usage[5];

	qy_stack_place(place, sizeof(place), from, false);
	scnprintf(text, size, "%016llx (%s%s){%s}-{%d:%d}, at: %s",
		(unsigned long long)address, class->name, class->subclass ? "/1" : "",
		usage_text(class, usage), class->kind == LOCK_SPINS ? 2 : 3,
		class->kind == LOCK_SPINS ? 2 : 3, place);
}

static void begin(const char *rule, const char *headline)
{
	blank();
	say("%s", rule);
	qy_compat_report("WARNING: %s", headline);
	say("%d.%d.%d Not tainted", LINUX_VERSION_CODE >> 16,
		LINUX_VERSION_CODE >> 8 & 255, LINUX_VERSION_CODE & 255);
}

static void say_wants(const struct lock_class *class, const struct lock_id *id,
	const void *from, const struct qy_lock_held *held)
{
	char text[320];

	say("%s/%d is trying to acquire lock:", current->comm, current->pid);
	describe(text, sizeof(text), class, id->lock, from);
	say("%s", text);
	blank();
	say("but task is already holding lock:");
	describe(text, sizeof(text), held->class, held->lock, held->from);
	say("%s", text);
}

static void say_held(void)
{
	const struct task_struct *self = current;
	char text[320];

	say("%u lock%s held by %s/%d:", self->qy_nr_locks,
		self->qy_nr_locks == 1 ? "" : "s", self->comm, self->pid);
	for (unsigned int i = 0; i < self->qy_nr_locks; i++) {
		const struct qy_lock_held *held = &self->qy_locks[i];

		describe(text, sizeof(text), held->class, held->lock, held->from);
		say(" #%u: %s", i, text);
	}
}

static void say_end(const void *from)
{
	blank();
	say("stack backtrace:");
	qy_stack_print_task();
	qy_stack_print_here(from);
}

static void report_recursion(const struct lock_class *class, const struct lock_id *id,
	const void *from, const struct qy_lock_held *held)
{
	begin("============================================",
		"possible recursive locking detected");
	say("--------------------------------------------");
	say_wants(class, id, from, held);
	blank();
	say("other info that might help us debug this:");
	say(" Possible unsafe locking scenario:");
	blank();
	say("       CPU0");
	say("       ----");
	say("  lock(%s);", class->name);
	say("  lock(%s);", class->name);
	blank();
	say(" *** DEADLOCK ***");
	blank();
	say(" May be due to missing lock nesting notation");
	blank();
	say_held();
	say_end(from);
}

static void report_circle(struct lockdep *dep, const struct lock_class *class,
	const struct lock_id *id, const void *from, const struct qy_lock_held *held)
{
	const struct lock_class *at = held->class;
	unsigned int nr = 0;
	char usage[5];

	for (const struct lock_class *c = at; c != class; c = &dep->classes[c->parent])
		nr++;
	begin("======================================================",
		"possible circular locking dependency detected");
	say("------------------------------------------------------");
	say_wants(class, id, from, held);
	blank();
	say("which lock already depends on the new lock.");
	blank();
	blank();
	say("the existing dependency chain (in reverse order) is:");
	for (; at != class; at = &dep->classes[at->parent]) {
		blank();
		say("-> #%u (%s){%s}-{%d:%d}:", nr--, at->name, usage_text(at, usage),
			at->kind == LOCK_SPINS ? 2 : 3, at->kind == LOCK_SPINS ? 2 : 3);
		qy_stack_print(at->by->stack.frames, at->by->stack.nr, at->by->stack.from,
			"       ");
	}
	blank();
	say("-> #0 (%s){%s}-{%d:%d}:", class->name, usage_text(class, usage),
		class->kind == LOCK_SPINS ? 2 : 3, class->kind == LOCK_SPINS ? 2 : 3);
	{
		struct stack here;

		take_stack(&here, from);
		qy_stack_print(here.frames, here.nr, from, "       ");
	}
	blank();
	say("other info that might help us debug this:");
	blank();
	say(" Possible unsafe locking scenario:");
	blank();
	say("       CPU0                    CPU1");
	say("       ----                    ----");
	say("  lock(%s);", held->class->name);
	say("                               lock(%s);", class->name);
	say("                               lock(%s);", held->class->name);
	say("  lock(%s);", class->name);
	blank();
	say(" *** DEADLOCK ***");
	blank();
	say_held();
	say_end(from);
}

static const char *const usage_names[] = { [IN_HARDIRQ] = "IN-HARDIRQ-W",
	[HARDIRQ_ON] = "HARDIRQ-ON-W",
	[IN_SOFTIRQ] = "IN-SOFTIRQ-W",
	[SOFTIRQ_ON] = "SOFTIRQ-ON-W",
	[IN_HARDIRQ + BY_READER] = "IN-HARDIRQ-R",
	[HARDIRQ_ON + BY_READER] = "HARDIRQ-ON-R",
	[IN_SOFTIRQ + BY_READER] = "IN-SOFTIRQ-R",
	[SOFTIRQ_ON + BY_READER] = "SOFTIRQ-ON-R" };

static void report_state(const struct lock_class *class, const struct lock_id *id,
	const void *from, enum usage before, enum usage now)
{
	char text[320];

	begin("================================", "inconsistent lock state");
	say("--------------------------------");
	say("inconsistent {%s} -> {%s} usage.", usage_names[before], usage_names[now]);
	say("%s/%d [HC%d[%d]:SC%d[%d]:HE%d:SE%d] takes:", current->comm, current->pid,
		in_hardirq() != 0, in_hardirq() != 0, in_serving_softirq() != 0,
		in_serving_softirq() != 0, !irqs_disabled(), !softirq_count());
	describe(text, sizeof(text), class, id->lock, from);
	say("%s", text);
	say("{%s} state was registered at:", usage_names[before]);
	qy_stack_print(class->where[before].frames, class->where[before].nr,
		class->where[before].from, "  ");
	blank();
	say("other info that might help us debug this:");
	say(" Possible unsafe locking scenario:");
	blank();
	say("       CPU0");
	say("       ----");
	say("  lock(%s);", class->name);
	say("  <Interrupt>");
	say("    lock(%s);", class->name);
	blank();
	say(" *** DEADLOCK ***");
	blank();
	say_held();
	say_end(from);
}

static void say_usage(const char *what, const char *kind, const struct lock_class *class,
	enum usage usage)
{
	char text[5];

	if (!(class->usage & BIT(usage)))
		usage += BY_READER;
	blank();
	say("%s a %s lock:", what, kind);
	say(" (%s){%s}-{2:2}", class->name, usage_text(class, text));
	blank();
	say("... which became %s at:", kind);
	qy_stack_print(class->where[usage].frames, class->where[usage].nr,
		class->where[usage].from, "  ");
}

/* @safe -> ... @before -> @class ... -> @unsafe */
static void report_chain(const struct lock_class *before, const struct lock_class *class,
	const struct lock_class *safe, const struct lock_class *unsafe, const void *from,
	enum usage in)
{
	const char *which = in == IN_HARDIRQ ? "HARDIRQ" : "SOFTIRQ";
	char headline[96], kind[32], text[5], text2[5];

	scnprintf(headline, sizeof(headline), "%s-safe -> %s-unsafe lock order detected",
		which, which);
	begin("=====================================================", headline);
	say("-----------------------------------------------------");
	if (before != class) {
		say("which would create a new lock dependency:");
		say(" (%s){%s}-{2:2} -> (%s){%s}-{2:2}", before->name,
			usage_text(before, text), class->name, usage_text(class, text2));
		blank();
		say("but this new dependency connects");
	}
	scnprintf(kind, sizeof(kind), "%s-irq-safe", which);
	say_usage("from", kind, safe, in);
	scnprintf(kind, sizeof(kind), "%s-irq-unsafe", which);
	say_usage("to", kind, unsafe, OPPOSITE(in));
	blank();
	say("other info that might help us debug this:");
	blank();
	say(" Possible interrupt unsafe locking scenario:");
	blank();
	say("       CPU0                    CPU1");
	say("       ----                    ----");
	say("  lock(%s);", unsafe->name);
	say("                               local_irq_disable();");
	say("                               lock(%s);", safe->name);
	say("                               lock(%s);", unsafe->name);
	say("  <Interrupt>");
	say("    lock(%s);", safe->name);
	blank();
	say(" *** DEADLOCK ***");
	blank();
	say_held();
	say_end(from);
}

/* ------------------------------------------------------------------ checks */

/*
 * The nearest class behind @from that is @to, or of which @usages says something; NULL. Breadth first: parent and by of each class
 * lead back.
 */
static struct lock_class *search(struct lockdep *dep, const struct lock_class *from,
	const struct lock_class *to, unsigned int usages)
{
	unsigned int first = 0, last = 0;

	dep->round++;
	dep->classes[from - dep->classes].round = dep->round;
	dep->queue[last++] = (unsigned int)(from - dep->classes);
	while (first < last) {
		unsigned int at = dep->queue[first++];

		for (const struct edge *edge = dep->classes[at].after; edge;
			edge = edge->next) {
			struct lock_class *next = &dep->classes[edge->to];

			if (next->round == dep->round)
				continue;
			next->round = dep->round;
			next->parent = at;
			next->by = edge;
			if (next == to || next->usage & usages)
				return next;
			dep->queue[last++] = edge->to;
		}
	}
	return NULL;
}

static bool leads_to(
	struct lockdep *dep, const struct lock_class *from, const struct lock_class *to)
{
	return search(dep, from, to, 0) != NULL;
}

/*
 * A chain from a lock that an interrupt takes to one under which it may come: @before -> @class is the link that closes it, or
 * both are the class that was just used in a new way.
 */
static void check_chain(struct lockdep *dep, struct lock_class *before,
	struct lock_class *class, const void *from, enum usage in)
{
	enum usage on = OPPOSITE(in);
	struct lock_class *safe = NULL, *unsafe;

	unsafe = class->usage & EITHER(on) ? class : search(dep, class, NULL, EITHER(on));
	for (unsigned int i = 0; unsafe && !safe && i < dep->nr; i++) {
		struct lock_class *c = &dep->classes[i];

		if (c->usage & EITHER(in) && c != unsafe &&
			(c == before || leads_to(dep, c, before)))
			safe = c;
	}
	if (!safe || unsafe->chain_told)
		return;
	if (!(safe->usage & BIT(in)) && !(unsafe->usage & BIT(on)))
		return; /* readers all */
	unsafe->chain_told = true;
	report_chain(before, class, safe, unsafe, from, in);
}

static void check_chains(struct lockdep *dep, struct lock_class *before,
	struct lock_class *class, const void *from)
{
	check_chain(dep, before, class, from, IN_HARDIRQ);
	check_chain(dep, before, class, from, IN_SOFTIRQ);
}

static void mark_usage(struct lock_class *class, const struct lock_id *id,
	const void *from, enum usage how)
{
	enum usage now = id->shared ? how + BY_READER : how, other = OPPOSITE(how);

	if (class->usage & BIT(now))
		return;
	class->usage |= BIT(now);
	take_stack(&class->where[now], from);
	if (!(class->usage & BIT(other)) && !id->shared)
		other += BY_READER;
	if (class->usage & BIT(other) && !class->told) {
		class->told = true;
		report_state(class, id, from, other, now);
	}
	check_chains(qy_compat_world()->lockdep, class, class, from);
}

static void check_usage(
	struct lock_class *class, const struct lock_id *id, const void *from)
{
	if (id->kind == LOCK_SLEEPS)
		return; /* might_sleep() has an opinion on it */
	if (in_hardirq())
		mark_usage(class, id, from, IN_HARDIRQ);
	else if (!irqs_disabled())
		mark_usage(class, id, from, HARDIRQ_ON);
	if (in_serving_softirq() && !in_hardirq())
		mark_usage(class, id, from, IN_SOFTIRQ);
	else if (!irqs_disabled() && !softirq_count() && !in_hardirq())
		mark_usage(class, id, from, SOFTIRQ_ON);
}

static void add_edge(struct lockdep *dep, struct lock_class *before,
	struct lock_class *class, const struct lock_id *id, const void *from,
	const struct qy_lock_held *held)
{
	unsigned int to = (unsigned int)(class - dep->classes);
	struct edge *edge = before->after;

	while (edge && edge->to != to)
		edge = edge->next;
	if (edge)
		return;
	if (leads_to(dep, class, before))
		report_circle(dep, class, id, from, held);
	edge = qy_host_zalloc(sizeof(*edge));
	if (!edge)
		return;
	edge->to = to;
	take_stack(&edge->stack, from);
	edge->next = before->after;
	before->after = edge;
	check_chains(dep, before, class, from);
}

void qy_lock_wanted(const struct lock_id *id, const void *from)
{
	struct qy_world *w = qy_compat_world();
	const struct task_struct *self = current;
	struct lock_class *class;

	if (!id->name) {
		qy_compat_report("INFO: trying to register non-static key.");
		say("The code is fine but needs lockdep annotation, or maybe");
		say("you didn't initialize this object before use?");
		say_end(from);
		return;
	}
	class = class_of(w->lockdep, id);
	if (!class)
		return;
	check_usage(class, id, from);
	for (unsigned int i = self->qy_nr_locks; i-- > 0;) {
		const struct qy_lock_held *held = &self->qy_locks[i];

		if (held->context != context())
			break;
		if (held->class != class) {
			add_edge(w->lockdep, held->class, class, id, from, held);
		} else if (!(id->shared && held->shared) && !class->told) {
			class->told = true;
			report_recursion(class, id, from, held);
		}
	}
}

void qy_lock_taken(const struct lock_id *id, const void *from)
{
	struct task_struct *self = current;
	struct lock_class *class =
		id->name ? class_of(qy_compat_world()->lockdep, id) : NULL;

	if (!class || self->qy_nr_locks == ARRAY_SIZE(self->qy_locks))
		return;
	self->qy_locks[self->qy_nr_locks++] = (struct qy_lock_held){ .lock = id->lock,
		.class = class,
		.from = from,
		.context = context(),
		.shared = id->shared };
}

void qy_lock_released(const void *lock)
{
	struct task_struct *self = current;

	for (unsigned int i = self->qy_nr_locks; i-- > 0;)
		if (self->qy_locks[i].lock == lock) {
			self->qy_nr_locks--;
			memmove(&self->qy_locks[i], &self->qy_locks[i + 1],
				(self->qy_nr_locks - i) * sizeof(self->qy_locks[0]));
			return;
		}
}

bool qy_lock_is_held(const void *lock)
{
	const struct task_struct *self = current;

	for (unsigned int i = 0; i < self->qy_nr_locks; i++)
		if (self->qy_locks[i].lock == lock)
			return true;
	return false;
}

/* ------------------------------------------------------------------ what is like a lock */

void qy_map_begin(const struct lock_id *id, const void *from)
{
	qy_lock_wanted(id, from);
	qy_lock_taken(id, from);
}

void qy_map_end(const struct lock_id *id)
{
	qy_lock_released(id->lock);
}

void qy_map_wait(const struct lock_id *id, const void *from)
{
	qy_lock_wanted(id, from);
}

static const char reclaim_key[] = "fs_reclaim";

static struct lock_id reclaim_id(void)
{
	return (struct lock_id){ .lock = reclaim_key,
		.key = reclaim_key,
		.name = reclaim_key,
		.kind = LOCK_SLEEPS };
}

void qy_reclaim_wanted(const void *from)
{
	struct lock_id id = reclaim_id();

	if (current->qy_nr_locks && !qy_lock_is_held(reclaim_key))
		qy_lock_wanted(&id, from);
}

void qy_reclaim_begin(void)
{
	struct lock_id id = reclaim_id();

	qy_map_begin(&id, NULL);
}

void qy_reclaim_end(void)
{
	struct lock_id id = reclaim_id();

	qy_map_end(&id);
}

/* ------------------------------------------------------------------ memory and callbacks */

void qy_locks_freed(const void *p, size_t bytes)
{
	const struct task_struct *self = current;

	for (unsigned int i = 0; i < self->qy_nr_locks; i++) {
		u64 start;

		if ((uintptr_t)self->qy_locks[i].lock - (uintptr_t)p >= bytes)
			continue;
		start = qy_compat_board_address(p);
		begin("=========================", "held lock freed!");
		say("-------------------------");
		say("%s/%d is freeing memory %016llx-%016llx, with a lock still held there!",
			self->comm, self->pid, (unsigned long long)start,
			(unsigned long long)start + bytes - 1);
		say_held();
		say_end(NULL);
		qy_lock_released(self->qy_locks[i].lock); /* it is no lock any more */
		return;
	}
}

struct qy_callback qy_callback_begin(void)
{
	return (struct qy_callback){ .preempt = preempt_count(),
		.irqs = qy_compat_irqs_disabled(),
		.locks = current->qy_nr_locks,
		.rcu = current->qy_rcu_depth };
}

static void end_locks(unsigned int before, bool to_program)
{
	struct task_struct *self = current;
	char headline[64];

	if (to_program) {
		begin("================================================",
			"lock held when returning to user space!");
		say("------------------------------------------------");
		say("%s/%d is leaving the kernel with locks still held!", self->comm,
			self->pid);
	} else {
		scnprintf(headline, sizeof(headline), "%s/%d still has locks held!",
			self->comm, self->pid);
		begin("====================================", headline);
		say("------------------------------------");
	}
	say_held();
	self->qy_nr_locks = before;
}

static void end_readers(int before, const char *what, bool to_program)
{
	struct task_struct *self = current;
	char place[160];

	if (to_program) {
		begin("================================================",
			"lock held when returning to user space!");
		say("------------------------------------------------");
	} else {
		qy_compat_report(
			"WARNING: %s returned with an RCU read section open", what);
	}
	say("%d lock%s held by %s/%d:", self->qy_rcu_depth - before,
		self->qy_rcu_depth - before == 1 ? "" : "s", self->comm, self->pid);
	qy_stack_place(place, sizeof(place), self->qy_rcu_at, true);
	say(" #0: (rcu_read_lock){....}-{1:2}, at: %s", place);
	self->qy_rcu_depth = before;
}

void qy_callback_end(const struct qy_callback *cb, const char *what, bool to_program)
{
	bool disabled = qy_compat_irqs_disabled() != cb->irqs;
	char place[160];

	if (current->qy_rcu_depth > cb->rcu)
		end_readers(cb->rcu, what, to_program);
	if (current->qy_nr_locks > cb->locks)
		end_locks(cb->locks, to_program);
	if (preempt_count() == cb->preempt && qy_compat_irqs_disabled() == cb->irqs)
		return;
	qy_compat_report("WARNING: %s returned with %s", what,
		disabled ? "disabled interrupts" : "preemption imbalance");
	if (current->qy_off_at) {
		qy_stack_place(place, sizeof(place), current->qy_off_at, true);
		say("%s at: %s",
			disabled ? "hardirqs last disabled" : "Preemption disabled",
			place);
	}
	qy_compat_preempt_add((int)(cb->preempt - preempt_count()));
	qy_compat_set_irqs_disabled(cb->irqs);
}

void qy_off_here(void)
{
	if (qy_this_machine() && qy_compat_world() && !in_atomic())
		current->qy_off_at = __builtin_return_address(0);
}

void qy_compat_rcu_begins(void)
{
	if (!current->qy_rcu_depth)
		current->qy_rcu_at = __builtin_return_address(0);
}

/* ------------------------------------------------------------------ begin and end */

int qy_lockdep_init(struct qy_world *w)
{
	w->lockdep = qy_host_zalloc(sizeof(*w->lockdep));
	if (!w->lockdep)
		return -ENOMEM;
	w->lockdep->classes = qy_host_reserve(MAX_CLASSES * sizeof(*w->lockdep->classes));
	return w->lockdep->classes ? 0 : -ENOMEM;
}

void qy_lockdep_down(struct qy_world *w)
{
	struct lockdep *dep = w->lockdep;

	if (!dep)
		return;
	for (unsigned int i = 0; i < dep->nr; i++)
		for (struct edge *edge = dep->classes[i].after, *next; edge;
			edge = next) {
			next = edge->next;
			qy_host_free(edge);
		}
	if (dep->classes)
		qy_host_unreserve(dep->classes, MAX_CLASSES * sizeof(*dep->classes));
	qy_host_free(dep);
	w->lockdep = NULL;
}
