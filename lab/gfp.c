// SPDX-License-Identifier: MIT
/*
 * Reads flags and places, and walks the decision tree. What flags mean is not known here: gfp_look.c asks a machine. No state.
 */
#include "lab/gfp.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <quarry.h>
#include <quarry/slab.h>
#include "lab/units.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Up to here a block is had where memory is not broken up, and tried for hard; see PAGE_ALLOC_COSTLY_ORDER. */
#define COSTLY_ORDER  3

/* ------------------------------------------------------------------ flags */

/* Letters to change, drop or insert between @a and @b, at most @limit. */
static size_t distance(const char *a, const char *b, size_t limit)
{
	if (!limit)
		return 0;
	while (*a && *a == *b)
		a++, b++;
	if (!*a || !*b)
		return strlen(a) + strlen(b);
	size_t change = distance(a + 1, b + 1, limit - 1);
	size_t drop = distance(a + 1, b, limit - 1);
	size_t insert = distance(a, b + 1, limit - 1);
	size_t least = change < drop ? change : drop;

	return 1 + (least < insert ? least : insert);
}

static const char *nearest_flag(const char *word)
{
	const char *best = NULL, *name;
	size_t best_distance = 4;
	qy_gfp_t bits;

	for (size_t i = 0; (name = qy_gfp_name_at(i, &bits)); i++) {
		size_t d = distance(word, name, 4);

		if (d < best_distance) {
			best = name;
			best_distance = d;
		}
	}
	return best;
}

static int parse_word(const char *word, qy_gfp_t *gfp, struct qy_err *err)
{
	char unknown[72], *end;
	unsigned long number;
	const char *nearest;
	qy_gfp_t bits;

	if (word[0] >= '0' && word[0] <= '9') {
		number = strtoul(word, &end, 0);
		if (*end)
			return qy_fail(
				err, "%s: no number: 0xcc0, or names of flags", word);
		if (number & ~(unsigned long)QY___GFP_BITS_MASK)
			return qy_fail(err,
				"%s: 0x%lx of it is no flag of Linux 6.12: all flags together are 0x%x",
				word, number & ~(unsigned long)QY___GFP_BITS_MASK,
				QY___GFP_BITS_MASK);
		*gfp |= (qy_gfp_t)number;
		return 0;
	}
	if (strcmp(word, "none") == 0)
		return 0;
	if (qy_parse_gfp(word, &bits, unknown, sizeof(unknown)) == 0) {
		*gfp |= bits;
		return 0;
	}
	nearest = nearest_flag(unknown);
	if (nearest)
		return qy_fail(err, "%s: no flag of Linux 6.12: did you mean %s?",
			unknown, nearest);
	return qy_fail(err,
		"%s: no flag of Linux 6.12: like GFP_KERNEL|__GFP_ZERO, or 0xdc0", word);
}

int qy_gfp_parse(const char *text, qy_gfp_t *gfp, struct qy_err *err)
{
	char word[64];

	*gfp = 0;
	for (;;) {
		size_t length;

		text += strspn(text, " \t");
		length = strcspn(text, " \t|");
		if (!length)
			return qy_fail(err,
				"a flag is missing: like GFP_KERNEL|__GFP_ZERO, or 0xdc0");
		snprintf(word, sizeof(word), "%.*s", (int)(length < 63 ? length : 63),
			text);
		if (parse_word(word, gfp, err))
			return -1;
		text += length;
		text += strspn(text, " \t");
		if (!*text)
			return 0;
		text += *text == '|';
	}
}

/* ------------------------------------------------------------------ places */

static const struct {
	const char *word;
	enum qy_gfp_place place;
	const char *name;
} places[] = {
	{ "task", QY_GFP_TASK, "in a task" },
	{ "process", QY_GFP_TASK, "in a task" },
	{ "probe", QY_GFP_TASK, "in probe, a task" },
	{ "workqueue", QY_GFP_TASK, "in a workqueue, a task" },
	{ "threaded-irq", QY_GFP_TASK, "in a threaded handler, a task" },
	{ "mutex", QY_GFP_TASK, "under a mutex, in a task" },
	{ "spinlock", QY_GFP_PREEMPT_OFF, "under a spinlock" },
	{ "rcu", QY_GFP_PREEMPT_OFF, "in a read section of RCU" },
	{ "preempt-off", QY_GFP_PREEMPT_OFF, "with preemption off" },
	{ "softirq", QY_GFP_PREEMPT_OFF, "in a softirq" },
	{ "tasklet", QY_GFP_PREEMPT_OFF, "in a tasklet" },
	{ "timer", QY_GFP_PREEMPT_OFF, "in a timer" },
	{ "atomic", QY_GFP_PREEMPT_OFF, "in atomic context" },
	{ "spinlock-irqsave", QY_GFP_IRQS_OFF, "under a spinlock with interrupts off" },
	{ "irqs-off", QY_GFP_IRQS_OFF, "with interrupts off" },
	{ "irq", QY_GFP_HARDIRQ, "in a hard interrupt" },
	{ "hardirq", QY_GFP_HARDIRQ, "in a hard interrupt" },
	{ "isr", QY_GFP_HARDIRQ, "in a hard interrupt" },
};

static const struct {
	const char *word;
	enum qy_gfp_scope scope;
	const char *name;
} scopes[] = {
	{ "fs", QY_GFP_SCOPE_FS, "holding locks of a file system" },
	{ "io", QY_GFP_SCOPE_IO, "on the way that pages are written by" },
	{ "writeback", QY_GFP_SCOPE_IO, "on the way that pages are written by" },
	{ "reclaim", QY_GFP_SCOPE_RECLAIM, "called to free memory" },
	{ "shrinker", QY_GFP_SCOPE_RECLAIM, "called to free memory" },
};

#define PLACE_WORDS                                                                      \
	"task, probe, workqueue, threaded-irq, mutex, spinlock, spinlock-irqsave, rcu, " \
	"preempt-off, softirq, tasklet, timer, irqs-off, irq; and with it fs, io or reclaim"

static bool place_word(const char *word, struct qy_gfp_context *c)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strcmp(places[i].word, word) != 0)
			continue;
		/* of several the one that forbids most */
		if (!c->place_name[0] || places[i].place > c->place) {
			c->place = places[i].place;
			snprintf(c->place_name, sizeof(c->place_name), "%s",
				places[i].name);
		}
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		if (strcmp(scopes[i].word, word) != 0)
			continue;
		if (scopes[i].scope > c->scope) {
			c->scope = scopes[i].scope;
			snprintf(c->scope_name, sizeof(c->scope_name), "%s",
				scopes[i].name);
		}
		return true;
	}
	return false;
}

int qy_gfp_parse_context(
	const char *text, struct qy_gfp_context *context, struct qy_err *err)
{
	char word[32];

	*context = (struct qy_gfp_context){ 0 };
	while (text && *text) {
		size_t length = strcspn(text, ",");

		snprintf(word, sizeof(word), "%.*s", (int)(length < 31 ? length : 31),
			text);
		if (strcmp(word, "nmi") == 0)
			return qy_fail(err,
				"--context: in an NMI nothing is allocated and nothing is freed: keep what it needs at hand");
		if (!place_word(word, context))
			return qy_fail(
				err, "--context: no place `%s`: %s", word, PLACE_WORDS);
		text += length + (text[length] == ',');
	}
	if (!context->place_name[0])
		snprintf(context->place_name, sizeof(context->place_name), "in a task");
	return 0;
}

/* ------------------------------------------------------------------ the tree */

/* One walk down the tree. */
struct walk {
	const struct qy_gfp_context *c;
	const struct qy_gfp_need *n;
	struct qy_gfp_choice *out;
	struct qy_err *err;
	bool sleeps;
	unsigned int order;
};

__attribute__((format(printf, 3, 4))) static void step(
	struct walk *w, const char *question, const char *fmt, ...)
{
	struct qy_gfp_step *s = &w->out->step[w->out->nr_steps++];
	va_list args;

	snprintf(s->question, sizeof(s->question), "%s", question);
	va_start(args, fmt);
	vsnprintf(s->answer, sizeof(s->answer), fmt, args);
	va_end(args);
}

static void ask_sleep(struct walk *w)
{
	w->sleeps = w->c->place == QY_GFP_TASK;
	w->out->request.gfp = w->sleeps ? QY_GFP_KERNEL : QY_GFP_ATOMIC;
	if (w->sleeps)
		step(w, "may it sleep?", "yes, %s: GFP_KERNEL", w->c->place_name);
	else
		step(w, "may it sleep?", "no, %s: GFP_ATOMIC", w->c->place_name);
}

static void ask_scope(struct walk *w)
{
	static const char question[] = "may reclaim call back into it?";
	const char *name = w->c->scope_name;

	if (w->c->scope == QY_GFP_NO_SCOPE) {
		step(w, question,
			w->sleeps ? "yes (--context fs, io or reclaim says no)"
				  : "it does not reclaim");
		return;
	}
	if (!w->sleeps) {
		step(w, question, "no, %s; who does not sleep does not reclaim", name);
		return;
	}
	switch (w->c->scope) {
	case QY_GFP_SCOPE_FS:
		snprintf(w->out->before, sizeof(w->out->before),
			"memalloc_nofs_save() where the locks are taken; with it GFP_KERNEL will do");
		w->out->request.gfp = QY_GFP_NOFS;
		step(w, question, "no, %s: GFP_NOFS", name);
		break;
	case QY_GFP_SCOPE_IO:
		snprintf(w->out->before, sizeof(w->out->before),
			"memalloc_noio_save() around all of it; with it GFP_KERNEL will do");
		w->out->request.gfp = QY_GFP_NOIO;
		step(w, question, "no, %s: GFP_NOIO", name);
		break;
	default:
		w->out->request.gfp = QY_GFP_NOWAIT | QY___GFP_NOMEMALLOC;
		step(w, question,
			"no, %s: it does not reclaim again, and leaves the reserves alone",
			name);
	}
}

static void ask_size(struct walk *w)
{
	uint64_t bytes = w->n->bytes;
	char size[24];

	while ((uint64_t)QY_PAGE_SIZE << w->order < bytes)
		w->order++;
	w->out->request.order = w->order;
	if (!bytes) {
		step(w, "how much?", "not said (--size): less than a page is assumed");
		return;
	}
	qy_format_size(size, sizeof(size), bytes);
	if (bytes <= QY_KMALLOC_MAX_CACHE_SIZE)
		step(w, "how much?", "%s: an object of a cache", size);
	else if (bytes <= QY_KMALLOC_MAX_SIZE)
		step(w, "how much?", "%s: a block of order %u%s", size, w->order,
			w->order > COSTLY_ORDER ? ", above 3: it may never be had" : "");
	else
		step(w, "how much?", "%s: larger than any block", size);
}

static void ask_user(struct walk *w)
{
	if (w->n->user)
		step(w, "whose is it?", "a program's: %s",
			w->n->movable ? "GFP_HIGHUSER_MOVABLE" : "GFP_HIGHUSER");
	else
		step(w, "whose is it?", "the kernel's");
	if (w->n->movable && !w->n->user)
		step(w, "may it be moved?",
			"only where its owner has movable_operations: alloc_page()");
	else if (w->n->user)
		step(w, "may it be moved?", "%s",
			w->n->movable ? "yes: it may borrow CMA"
				      : "no (--movable): never of CMA");
	if (w->n->account)
		step(w, "whose cgroup pays?", "the caller's: __GFP_ACCOUNT");
}

static bool waits(const struct walk *w)
{
	return w->out->request.gfp & QY___GFP_DIRECT_RECLAIM;
}

static void ask_failure(struct walk *w)
{
	static const char question[] = "may it fail?";

	if (w->n->no_fail)
		step(w, question, "no: __GFP_NOFAIL");
	else if (w->n->may_fail)
		step(w, question, "it does without, and nobody has to know: %s",
			waits(w) ? "__GFP_NORETRY|__GFP_NOWARN" : "GFP_NOWAIT");
	else if (waits(w))
		step(w, question, "yes; what is tried first stands below");
	else
		step(w, question, "at any time: it cannot wait, and a reserve ends");
}

/* What changes the flags, when the place and the scope have said theirs. */
static void apply_need(struct walk *w)
{
	const struct qy_gfp_need *n = w->n;
	qy_gfp_t *gfp = &w->out->request.gfp;

	if (n->user)
		*gfp |= QY___GFP_HARDWALL | QY___GFP_HIGHMEM;
	if (n->movable)
		*gfp |= QY___GFP_MOVABLE | (n->user ? 0 : QY___GFP_HIGHMEM);
	if (n->account)
		*gfp |= QY___GFP_ACCOUNT;
	if (n->may_fail)
		*gfp |= QY___GFP_NOWARN | (waits(w) ? QY___GFP_NORETRY : 0);
	if (n->may_fail && !waits(w))
		*gfp &= ~QY___GFP_HIGH;
	if (n->no_fail)
		*gfp |= QY___GFP_NOFAIL;
}

static const char *size_word(const struct walk *w, char *buf, size_t size)
{
	if (w->n->bytes)
		snprintf(buf, size, "%llu", (unsigned long long)w->n->bytes);
	else
		snprintf(buf, size, "size");
	return buf;
}

/* A device's memory: its mask says where. */
static int choose_coherent(struct walk *w, const char *flags, const char *size)
{
	struct qy_gfp_request *r = &w->out->request;

	if (w->n->bytes > QY_KMALLOC_MAX_SIZE && !waits(w))
		return qy_fail(w->err,
			"nothing gives a device %s bytes where one cannot wait: allocate them in probe",
			size);
	r->door = QY_GFP_COHERENT;
	r->device_bits = w->n->device_bits;
	r->device_name = w->n->device_name;
	if (r->order > QY_MAX_PAGE_ORDER)
		r->order = 0; /* of an area, or behind an IOMMU: no block is asked for */
	snprintf(w->out->before, sizeof(w->out->before),
		"dma_set_mask_and_coherent(dev, DMA_BIT_MASK(%u)) in probe: the mask chooses the zone, no GFP_DMA",
		r->device_bits);
	snprintf(w->out->use, sizeof(w->out->use),
		"dma_alloc_coherent(dev, %s, &dma, %s)", size, flags);
	return 0;
}

static int choose_pages(struct walk *w, const char *flags, const char *size)
{
	if (w->n->bytes > QY_KMALLOC_MAX_SIZE)
		return qy_fail(w->err,
			"no block is larger than 4 MiB: %s bytes of a program are taken page by page",
			size);
	snprintf(
		w->out->use, sizeof(w->out->use), "alloc_pages(%s, %u)", flags, w->order);
	return 0;
}

static int choose_kernel(struct walk *w, const char *flags, const char *size)
{
	struct qy_gfp_request *r = &w->out->request;
	bool large = w->n->bytes > QY_KMALLOC_MAX_SIZE;

	if (large && !waits(w))
		return qy_fail(w->err,
			"nothing gives %s bytes where one cannot wait: allocate them before",
			size);
	if (large && w->n->contiguous)
		return qy_fail(w->err,
			"no block is larger than 4 MiB: %s contiguous bytes are a device's, of CMA: --device",
			size);
	r->door = QY_GFP_KMALLOC;
	if (!w->n->contiguous && waits(w) && w->order > 0) {
		r->door = QY_GFP_KVMALLOC;
		r->order = 0;
	}
	snprintf(w->out->use, sizeof(w->out->use), "%s(%s, %s)",
		r->door == QY_GFP_KMALLOC ? "kmalloc" : "kvmalloc", size, flags);
	return 0;
}

/* Which door it is; the flags are done. */
static int choose_door(struct walk *w)
{
	static const char question[] = "does a device reach it?";
	const struct qy_gfp_need *n = w->n;
	char flags[160], size[24];

	qy_gfp_text(w->out->request.gfp, flags, sizeof(flags));
	size_word(w, size, sizeof(size));
	w->out->request.bytes = n->bytes ? n->bytes : 64;
	if (n->device_bits) {
		step(w, question, "yes, with %u address lines: the DMA API",
			n->device_bits);
		return choose_coherent(w, flags, size);
	}
	step(w, question,
		n->contiguous ? "no, but it is to be in one piece"
			      : "no (--device BITS says yes)");
	return n->user || n->movable ? choose_pages(w, flags, size)
				     : choose_kernel(w, flags, size);
}

int qy_gfp_choose(const struct qy_gfp_context *context, const struct qy_gfp_need *need,
	struct qy_gfp_choice *choice, struct qy_err *err)
{
	struct walk w = { context, need, choice, err, false, 0 };
	const char *problem;

	*choice = (struct qy_gfp_choice){ 0 };
	if (need->no_fail && need->may_fail)
		return qy_fail(err, "--no-fail and --may-fail exclude each other");
	ask_sleep(&w);
	ask_scope(&w);
	ask_size(&w);
	ask_user(&w);
	ask_failure(&w);
	apply_need(&w);
	if (choose_door(&w))
		return -1;
	problem = qy_gfp_problem(choice->request.gfp, choice->request.order);
	if (need->no_fail && problem)
		return qy_fail(err, "--no-fail: %s: keep a mempool", problem);
	return problem ? qy_fail(err, "%s", problem) : 0;
}
