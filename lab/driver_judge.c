// SPDX-License-Identifier: MIT
/*
 * From what a run of drivers found to a verdict: a list of cases, each with its cause. No state.
 */
#include "lab/driver.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <quarry/world.h>
#include "lab/driver_growth.h"
#include "lab/driver_stack.h"
#include "lab/units.h"

#define MAX_CASES    (QY_DRIVER_ACTS + 16)
#define KIND_MASK    100u /* QY_ASK_MASK of compat/include/asm/quarry.h */
#define KIND_ELEMENT 101u /* QY_ASK_ELEMENT */
#define GROWING      8    /* caches that are told of */
#define LAST_LINES   6    /* of the log, behind something that failed */
#define NS_PER_MS    ((uint64_t)1000000)
#define MAX_LEVELS   64
#define WHY_INDENT   "        "
#define STACK_INDENT "          "

struct judge {
	const struct qy_driver_plan *plan;
	const struct qy_driver_outcome *out;
	struct qy_symbols *symbols;
	struct qy_driver_verdict *verdict;
	bool failed; /* the host has no memory */
};

/* ------------------------------------------------------------------ cases */

struct qy_driver_case *qy_driver_case_add(struct qy_driver_verdict *v)
{
	if (v->nr == MAX_CASES)
		return &v->cases[v->nr - 1];
	v->cases[v->nr].pass = true;
	return &v->cases[v->nr++];
}

static struct qy_driver_case *add(struct judge *j)
{
	return qy_driver_case_add(j->verdict);
}

bool qy_driver_fails(const struct qy_driver_plan *plan)
{
	return plan->fail.nth[0] || plan->fail.scarce != QY_SCARCE_NOTHING;
}

const char *qy_driver_kind_name(uint32_t kind)
{
	return kind == KIND_MASK      ? "DMA mask"
	       : kind == KIND_ELEMENT ? "object of a mempool"
				      : qy_held_name(kind);
}

static FILE *open_why(struct judge *j, struct qy_driver_case *c, size_t *size)
{
	FILE *f;

	free(c->why);
	c->why = NULL;
	f = open_memstream(&c->why, size);
	j->failed |= !f;
	return f;
}

static const char *error_name(long error)
{
	const char *name = strerrorname_np((int)-error);

	return name ? name : error == -517 ? "EPROBE_DEFER" : "?";
}

static void print_log(FILE *f, const char *begin, const char *end_of, unsigned int max)
{
	const char *line = end_of;

	for (unsigned int n = 0; line > begin && n < max; n++) {
		line--;
		while (line > begin && line[-1] != '\n')
			line--;
	}
	while (line < end_of) {
		const char *newline = memchr(line, '\n', (size_t)(end_of - line));
		const char *next = newline ? newline + 1 : end_of;
		const char *text = memchr(line, '>', (size_t)(next - line));

		text = text ? text + 1 : line;
		fprintf(f, WHY_INDENT "%.*s", (int)(next - text), text);
		line = next;
	}
}

static const char *module_name(const struct judge *j, uint32_t i)
{
	return j->plan->module[i].info->name;
}

/* "insmod isp", "probe of 15a00000.isp", ... */
static void name_act(const struct judge *j, int act, char *text, size_t size)
{
	static const char *const words[] = { [QY_ACT_INSMOD] = "insmod",
		[QY_ACT_KUNIT] = "KUnit of",
		[QY_ACT_PROBE] = "probe of",
		[QY_ACT_OPEN] = "open of /dev/",
		[QY_ACT_CLOSE] = "close of /dev/",
		[QY_ACT_IRQ] = "interrupt of",
		[QY_ACT_USE] = "use of",
		[QY_ACT_UNBIND] = "unbind of",
		[QY_ACT_BIND] = "second bind of",
		[QY_ACT_SLEEP] = "suspend and resume",
		[QY_ACT_SHUTDOWN] = "the board's shutdown",
		[QY_ACT_OPENS] = "open and close, again and again",
		[QY_ACT_IRQS] = "interrupts, again and again",
		[QY_ACT_READ] = "read of /dev/",
		[QY_ACT_WRITE] = "write of /dev/",
		[QY_ACT_IOCTL] = "ioctl of /dev/",
		[QY_ACT_PROGRAM] = "the program of",
		[QY_ACT_LINK] = "ip link add of",
		[QY_ACT_UP] = "up of",
		[QY_ACT_SEND] = "frames for",
		[QY_ACT_DOWN] = "down of",
		[QY_ACT_RMMOD] = "rmmod" };
	const struct qy_driver_act *a;
	const char *words_of;
	size_t length;

	if (act < 0) {
		snprintf(text, size, "the run");
		return;
	}
	a = &j->out->act[act];
	if (a->kind == QY_ACT_SLEEP || a->kind == QY_ACT_SHUTDOWN ||
		a->kind == QY_ACT_OPENS || a->kind == QY_ACT_IRQS) {
		snprintf(text, size, "%s", words[a->kind]);
		return;
	}
	words_of = words[a->kind];
	length = strlen(words_of);
	if (length > 5 && *a->device == '/')
		length -= strlen("/dev/");
	snprintf(text, size, "%.*s%s%s", (int)length, words_of,
		strchr("/ ", words_of[length - 1]) ? "" : " ",
		*a->device ? a->device : module_name(j, a->module));
}

/* ------------------------------------------------------------------ acts */

static const char *driver_of(const struct judge *j, const struct qy_driver_act *a)
{
	for (uint32_t i = 0; i < j->out->nr_devices; i++)
		if (!strcmp(j->out->device[i].name, a->device) &&
			*j->out->device[i].driver)
			return j->out->device[i].driver;
	return module_name(j, a->module);
}

/* A file that a driver does not open yet, and an unbind, are of interest only where they do not come back. */
static bool is_case(const struct qy_driver_outcome *out, const struct qy_driver_act *a)
{
	if (a->of_program)
		return true;
	switch (a->kind) {
	case QY_ACT_INSMOD:
	case QY_ACT_KUNIT:
	case QY_ACT_PROBE:
	case QY_ACT_RMMOD:
	case QY_ACT_SHUTDOWN:
		return true;
	case QY_ACT_LINK:
	case QY_ACT_UP:
	case QY_ACT_SEND: /* the first of each, and what is wrong with others */
		for (const struct qy_driver_act *at = out->act; at < a; at++)
			if (at->kind == a->kind && !strcmp(at->device, a->device))
				return !a->done || a->result;
		return true;
	case QY_ACT_DOWN:
		return !a->done || a->result;
	case QY_ACT_BIND:
		return !a->done || a->result;
	case QY_ACT_SLEEP: /* the first, and what is wrong with others */
		for (const struct qy_driver_act *at = out->act; at < a; at++)
			if (at->kind == QY_ACT_SLEEP)
				return !a->done || a->result;
		return true;
	default:
		return false;
	}
}

/* "ioctl 0x5600 of /dev/isp0, 300 times" */
static void judge_use(
	struct judge *j, const struct qy_driver_act *a, struct qy_driver_case *c)
{
	size_t n;

	name_act(j, (int)(a - j->out->act), c->name, sizeof(c->name));
	n = strlen(c->name);
	if (a->kind == QY_ACT_IOCTL)
		n += (size_t)snprintf(c->name + n, sizeof(c->name) - n,
			", command 0x%" PRIx64, a->number);
	if (a->kind == QY_ACT_PROGRAM) {
		c->pass = a->done && (!a->nr_bad || qy_driver_fails(j->plan));
		snprintf(c->text, sizeof(c->text), "%u of %u steps as expected%s%s",
			a->nr_calls - a->nr_bad, a->nr_calls,
			a->nr_bad ? ", first not " : "", a->nr_bad ? a->why : "");
		if (!a->done)
			snprintf(c->text, sizeof(c->text), "step %u did not come back",
				a->nr_calls);
		return;
	}
	if (a->nr_calls > 1 && n < sizeof(c->name))
		snprintf(c->name + n, sizeof(c->name) - n, ", %u times", a->nr_calls);
	c->pass = a->done && (!a->nr_bad || qy_driver_fails(j->plan));
	if (!a->done)
		snprintf(c->text, sizeof(c->text), "it did not come back");
	else if (a->nr_bad)
		snprintf(c->text, sizeof(c->text),
			"%u of %u not as expected, first %ld%s%s%s", a->nr_bad,
			a->nr_calls, a->bad_result, a->bad_result < 0 ? " (" : "",
			a->bad_result < 0 ? error_name(a->bad_result) : "",
			a->bad_result < 0 ? ")" : "");
}

static void judge_act(struct judge *j, uint32_t i)
{
	const struct qy_driver_act *a = &j->out->act[i];
	struct qy_driver_case *c;
	size_t size;
	FILE *f;

	if (!is_case(j->out, a))
		return;
	c = add(j);
	if (a->of_program) {
		judge_use(j, a, c);
		return;
	}
	switch (a->kind) {
	case QY_ACT_INSMOD:
		snprintf(c->name, sizeof(c->name), "%s loads", module_name(j, a->module));
		break;
	case QY_ACT_KUNIT:
		snprintf(c->name, sizeof(c->name), "%s: its KUnit cases pass",
			module_name(j, a->module));
		break;
	case QY_ACT_PROBE:
		snprintf(c->name, sizeof(c->name), "%s probes %s", driver_of(j, a),
			a->device);
		break;
	case QY_ACT_RMMOD:
		snprintf(c->name, sizeof(c->name), "%s unloads",
			module_name(j, a->module));
		break;
	case QY_ACT_SLEEP:
		snprintf(c->name, sizeof(c->name), "the board suspends and resumes");
		break;
	case QY_ACT_SHUTDOWN:
		snprintf(c->name, sizeof(c->name), "the board shuts down");
		break;
	case QY_ACT_LINK:
		snprintf(c->name, sizeof(c->name), "a %s is added", a->device);
		break;
	case QY_ACT_UP:
		snprintf(c->name, sizeof(c->name), "%s is brought up", a->device);
		break;
	case QY_ACT_SEND:
		snprintf(c->name, sizeof(c->name), "%s sends", a->device);
		break;
	case QY_ACT_DOWN:
		snprintf(c->name, sizeof(c->name), "%s is taken down", a->device);
		break;
	default:
		snprintf(c->name, sizeof(c->name), "%s takes %s a second time",
			driver_of(j, a), a->device);
	}
	c->pass = a->done && !a->result;
	if (!a->done) {
		snprintf(c->text, sizeof(c->text), "it did not come back");
		return;
	}
	if (c->pass) {
		snprintf(c->text, sizeof(c->text), "%s", a->why);
		return;
	}
	c->pass = qy_driver_fails(j->plan) && a->kind != QY_ACT_RMMOD;
	snprintf(c->text, sizeof(c->text), "%s%s%ld (%s)", a->why,
		*a->why ? "" : "returned ", a->result, error_name(a->result));
	if (*a->why)
		snprintf(c->text, sizeof(c->text), "%s", a->why);
	if (c->pass || a->log_end == a->log_begin)
		return;
	f = open_why(j, c, &size);
	if (!f)
		return;
	print_log(f, j->out->log + a->log_begin, j->out->log + a->log_end, LAST_LINES);
	j->failed |= fclose(f) != 0;
}

/* ------------------------------------------------------------------ how it ended */

static void judge_end(struct judge *j)
{
	const struct qy_driver_outcome *out = j->out;
	static const char *const words[] = {
		[QY_DRIVER_UNFINISHED] = "ended from outside",
		[QY_DRIVER_CRASHED] = "crash",
		[QY_DRIVER_OVERFLOWED] = "stack overflow",
		[QY_DRIVER_HUNG] = "hang",
		[QY_DRIVER_PANICKED] = "stopped",
		[QY_DRIVER_NO_BOARD] = "the board does not boot",
	};
	struct qy_driver_case *c = add(j);
	char act[96];
	size_t size;
	FILE *f;

	snprintf(c->name, sizeof(c->name), "the run comes to its end");
	if (out->end == QY_DRIVER_ENDED)
		return;
	c->pass = false;
	name_act(j, out->end_act, act, sizeof(act));
	snprintf(c->text, sizeof(c->text), "%s in %s: %s", words[out->end], act,
		out->end_line);
	f = open_why(j, c, &size);
	if (!f)
		return;
	if (out->end != QY_DRIVER_HUNG || !out->nr_waiters)
		qy_symbols_print(f, j->symbols, &out->end_stack,
			out->end != QY_DRIVER_PANICKED, WHY_INDENT);
	if (out->late_stack.nr) {
		fprintf(f, WHY_INDENT "%s, armed by:\n", qy_held_name(out->late_kind));
		qy_symbols_print(f, j->symbols, &out->late_stack, false, STACK_INDENT);
	}
	for (uint32_t i = 0; i < out->nr_waiters; i++) {
		struct qy_frame frames[MAX_LEVELS];

		if (!qy_symbols_stack(
			    j->symbols, &out->waiter[i].stack, false, frames, MAX_LEVELS))
			continue;
		fprintf(f, WHY_INDENT "a task has waited since %" PRIu64 " ms:\n",
			out->waiter[i].since_ns / NS_PER_MS);
		qy_symbols_print(
			f, j->symbols, &out->waiter[i].stack, false, STACK_INDENT);
	}
	j->failed |= fclose(f) != 0;
}

/* ------------------------------------------------------------------ what is left */

/* The innermost line of a driver. */
static bool site_of(
	struct judge *j, const struct qy_driver_leak *leak, struct qy_frame *site)
{
	struct qy_frame frames[MAX_LEVELS];
	uint32_t nr =
		qy_symbols_stack(j->symbols, &leak->stack, false, frames, MAX_LEVELS);

	for (uint32_t i = 0; i < nr; i++)
		if (frames[i].line) {
			*site = frames[i];
			return true;
		}
	return false;
}

static bool same_site(
	struct judge *j, const struct qy_driver_leak *a, const struct qy_driver_leak *b)
{
	struct qy_frame at, bt;

	return a->kind == b->kind && site_of(j, a, &at) && site_of(j, b, &bt) &&
	       at.line == bt.line && !strcmp(at.file, bt.file);
}

static void print_leak(
	struct judge *j, FILE *f, const struct qy_driver_leak *leak, const char *by)
{
	const char *kind = qy_held_name(leak->kind);
	bool plural = leak->count > 1;

	fprintf(f, WHY_INDENT);
	if (plural)
		fprintf(f, "%u times ", leak->count);
	fprintf(f, "%s", kind);
	if (leak->bytes && plural)
		fprintf(f, ", %" PRIu64 " bytes together", leak->bytes);
	else if (leak->bytes)
		fprintf(f, " of %" PRIu64 " bytes", leak->bytes);
	fprintf(f, ", taken by %s/%d, left by %s:\n", leak->comm, leak->pid, by);
	if (!qy_symbols_print(f, j->symbols, &leak->stack, false, STACK_INDENT))
		fprintf(f, STACK_INDENT "(no driver is in its stack)\n");
}

/* The leak of the same place that an unbind left; NULL. */
static const struct qy_driver_leak *at_unbind(
	struct judge *j, const struct qy_driver_leak *leak)
{
	for (uint32_t i = 0; i < j->out->nr_leaks; i++)
		if (j->out->leak[i].act >= 0 && same_site(j, &j->out->leak[i], leak))
			return &j->out->leak[i];
	return NULL;
}

static bool is_told_at_end(struct judge *j, const struct qy_driver_leak *leak)
{
	for (uint32_t i = 0; i < j->out->nr_leaks; i++)
		if (j->out->leak[i].act < 0 && same_site(j, &j->out->leak[i], leak))
			return true;
	return false;
}

/* What should have given everything back. */
static const char *last_chance(const struct qy_driver_outcome *out)
{
	for (uint32_t i = 0; i < out->nr_acts; i++)
		if (out->act[i].kind == QY_ACT_INSMOD && out->act[i].result)
			return "the insmod that failed";
	return "rmmod";
}

/* Is it of use again and again? */
static bool is_repeated(const struct judge *j, const struct qy_driver_leak *leak)
{
	enum qy_driver_act_kind kind =
		leak->act < 0 ? QY_ACT_RMMOD : j->out->act[leak->act].kind;

	return kind == QY_ACT_OPENS || kind == QY_ACT_IRQS;
}

static void print_leaks(struct judge *j, FILE *f)
{
	const struct qy_driver_outcome *out = j->out;
	char by[96];

	for (uint32_t i = 0; i < out->nr_leaks; i++) {
		const struct qy_driver_leak *leak = &out->leak[i], *unbound;

		if (is_repeated(j, leak))
			continue;
		if (leak->act >= 0) {
			if (is_told_at_end(j, leak))
				continue;
			name_act(j, leak->act, by, sizeof(by));
			strncat(by, " (rmmod frees it)", sizeof(by) - strlen(by) - 1);
		} else {
			unbound = at_unbind(j, leak);
			if (unbound)
				name_act(j, unbound->act, by, sizeof(by));
			else
				snprintf(by, sizeof(by), "%s", last_chance(out));
		}
		print_leak(j, f, leak, by);
	}
}

static void judge_leaks(struct judge *j)
{
	const struct qy_driver_outcome *out = j->out;
	struct qy_driver_case *c;
	uint32_t unbound = 0;
	size_t size;
	FILE *f;

	if ((out->end != QY_DRIVER_ENDED && !out->told_left) || j->plan->shut_down)
		return; /* it had no chance to */
	for (uint32_t i = 0; i < out->nr_leaks; i++)
		unbound += out->leak[i].act >= 0 && !is_repeated(j, &out->leak[i]);
	c = add(j);
	snprintf(c->name, sizeof(c->name), "everything that was taken is given back");
	c->pass = !out->nr_left && !unbound;
	if (c->pass) {
		snprintf(c->text, sizeof(c->text), "%" PRIu64 " of %" PRIu64,
			out->nr_taken, out->nr_taken);
		return;
	}
	snprintf(c->text, sizeof(c->text),
		"%" PRIu64 " of %" PRIu64 " are left (%" PRIu64 " bytes)", out->nr_left,
		out->nr_taken, out->bytes_left);
	f = open_why(j, c, &size);
	if (!f)
		return;
	print_leaks(j, f);
	j->failed |= fclose(f) != 0;
}

/* ------------------------------------------------------------------ what grows */

static void judge_cache(
	struct judge *j, const struct qy_driver_cache *cache, const struct qy_growth *g)
{
	const struct qy_driver_series *s = &j->out->series;
	struct qy_driver_case *c = add(j);
	char rate[48], from[32], to[32];
	size_t size;
	FILE *f;

	qy_growth_rate(rate, sizeof(rate), g);
	qy_format_duration(from, sizeof(from), s->at_ns[g->first]);
	qy_format_duration(to, sizeof(to), s->at_ns[g->last]);
	c->pass = false;
	snprintf(c->name, sizeof(c->name), "no cache grows without end");
	snprintf(c->text, sizeof(c->text), "%s grows by %s (%u at %s, %u at %s)",
		cache->name, rate, cache->held[g->first], from, cache->held[g->last], to);
	if (!cache->nr_of_stack)
		return; /* the run did not come so far */
	f = open_why(j, c, &size);
	if (!f)
		return;
	fprintf(f,
		WHY_INDENT
		"%u of %u objects that came since then and stayed, taken by:\n",
		cache->nr_of_stack, cache->nr_since);
	if (!qy_symbols_print(f, j->symbols, &cache->stack, false, STACK_INDENT))
		fprintf(f, STACK_INDENT "(no driver is in its stack)\n");
	j->failed |= fclose(f) != 0;
}

static void judge_growth(struct judge *j)
{
	const struct qy_driver_series *s = &j->out->series;
	struct qy_growth growth;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->nr_caches && nr < GROWING; i++)
		if (qy_growth_find(s, i, &growth)) {
			judge_cache(j, &s->cache[i], &growth);
			nr++;
		}
	if (!s->nr)
		return;
	j->verdict->series = malloc(sizeof(*s));
	if (j->verdict->series)
		*j->verdict->series = *s;
	j->failed |= !j->verdict->series;
}

static bool is_told_otherwise(struct judge *j, const struct qy_driver_leak *leak)
{
	for (uint32_t i = 0; i < j->out->nr_leaks; i++)
		if (!is_repeated(j, &j->out->leak[i]) &&
			same_site(j, &j->out->leak[i], leak))
			return true;
	return false;
}

/*
 * A close gives back what its open took. An interrupt may leave something for a reader, and here none comes, so that is no
 * failure; it is told.
 */
static void judge_repeated(struct judge *j)
{
	struct qy_driver_case *c;
	size_t size;
	FILE *f;

	for (uint32_t i = 0; i < j->out->nr_leaks; i++) {
		const struct qy_driver_leak *leak = &j->out->leak[i];
		const struct qy_driver_act *act;

		if (!is_repeated(j, leak) || is_told_otherwise(j, leak))
			continue;
		act = &j->out->act[leak->act];
		c = add(j);
		c->pass = act->kind == QY_ACT_IRQS;
		snprintf(c->name, sizeof(c->name), "nothing grows with each use");
		snprintf(c->text, sizeof(c->text),
			"%s%s of %" PRIu64
			" bytes: %u more after %u %s; rmmod frees them",
			c->pass ? "but a remark: " : "", qy_held_name(leak->kind),
			leak->bytes / leak->count, leak->count, act->nr_calls,
			c->pass ? "interrupts that nobody reads" : "opens and closes");
		f = open_why(j, c, &size);
		if (!f)
			return;
		qy_symbols_print(f, j->symbols, &leak->stack, false, STACK_INDENT);
		j->failed |= fclose(f) != 0;
	}
}

/* ------------------------------------------------------------------ what was reported */

static void judge_mistakes(struct judge *j)
{
	const struct qy_driver_outcome *out = j->out;
	struct qy_driver_case *c = add(j);
	char act[96];
	size_t size;
	FILE *f;

	snprintf(c->name, sizeof(c->name), "nothing is reported");
	if (!out->nr_mistakes) {
		if (out->nr_remarks)
			snprintf(c->text, sizeof(c->text), "but a remark: %s",
				out->remark);
		return;
	}
	c->pass = false;
	name_act(j, out->mistake[0].act, act, sizeof(act));
	snprintf(c->text, sizeof(c->text), "%s (during %s%s", out->mistake[0].line, act,
		out->nr_mistakes > 1 ? "" : ")");
	if (out->nr_mistakes > 1)
		snprintf(c->text + strlen(c->text), sizeof(c->text) - strlen(c->text),
			"; %u more)", out->nr_mistakes - 1);
	f = open_why(j, c, &size);
	if (!f)
		return;
	for (uint32_t i = 0; i < out->nr_mistakes && i < QY_DRIVER_REPORTS; i++) {
		const struct qy_driver_mistake *m = &out->mistake[i];

		print_log(f, out->log + m->log_begin, out->log + m->log_end, UINT32_MAX);
		qy_symbols_print(f, j->symbols, &m->stack, false, STACK_INDENT);
	}
	j->failed |= fclose(f) != 0;
}

/* ------------------------------------------------------------------ doors */

int qy_driver_judge(const struct qy_driver_plan *plan,
	const struct qy_driver_outcome *out, struct qy_symbols *symbols,
	struct qy_driver_verdict *verdict)
{
	struct judge j = { plan, out, symbols, verdict, false };

	*verdict = (struct qy_driver_verdict){
		.plan = plan,
		.out = out,
		.nr_asked = out->nr_asked,
		.missed = plan->fail.nth[0] && !out->nr_refused &&
			  out->end == QY_DRIVER_ENDED,
	};
	verdict->cases = calloc(MAX_CASES, sizeof(*verdict->cases));
	if (!verdict->cases)
		return -1;
	for (uint32_t i = 0; i < out->nr_acts; i++)
		judge_act(&j, i);
	judge_end(&j);
	judge_leaks(&j);
	judge_growth(&j);
	judge_repeated(&j);
	judge_mistakes(&j);
	for (uint32_t i = 0; i < verdict->nr; i++)
		verdict->nr_failed += !verdict->cases[i].pass;
	verdict->pass = !verdict->nr_failed;
	return j.failed ? -1 : 0;
}

void qy_driver_verdict_free(struct qy_driver_verdict *verdict)
{
	for (uint32_t i = 0; verdict->cases && i < verdict->nr; i++)
		free(verdict->cases[i].why);
	free(verdict->cases);
	verdict->cases = NULL;
	for (uint32_t i = 0; i < verdict->nr_sites; i++)
		free(verdict->site[i].text);
	free(verdict->site);
	verdict->site = NULL;
	verdict->nr_sites = 0;
	free(verdict->series);
	verdict->series = NULL;
}
