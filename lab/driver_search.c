// SPDX-License-Identifier: MIT
/* See driver_search.h. No state. */
#include "lab/driver_search.h"

#include <stdlib.h>
#include <string.h>

#include "lab/driver_stack.h"

#define WHY_INDENT   "        "
#define MAX_EVERY    512u /* requests up to which each of them fails */
#define MAX_OF_PLACE 3u   /* beyond, the first ones of each place, and its last */
#define MAX_PAIRS    2000u
#define MAX_TOLD     8u /* bad ends that are told in full or in a line */

const char *qy_driver_scarcity_name(unsigned int scarcity)
{
	static const char *const names[QY_NR_SCARCITIES] = { "", "contiguous", "atomic",
		"mask", "mapping" };

	return scarcity < QY_NR_SCARCITIES ? names[scarcity] : NULL;
}

static const char *scarcity_case(enum qy_driver_scarcity scarcity)
{
	static const char *const words[QY_NR_SCARCITIES] = { "",
		"it does without contiguous DMA memory",
		"it does without the atomic reserve", "it does without a DMA mask",
		"it does without DMA mappings" };

	return words[scarcity];
}

/* ------------------------------------------------------------------ one run */

struct hunt {
	struct qy_driver_search *search;
	struct qy_driver_plan *plan;
	struct qy_symbols *symbols;
	struct qy_driver_outcome *base; /* of the run without failures */
	struct qy_driver_outcome *out;
	struct qy_driver_case *c; /* of which kind of failure */
	FILE *why;
	uint32_t nr_bad;
	uint32_t nr_expected; /* runs, for the progress */
	struct qy_err *err;
};

void qy_driver_print_refused(FILE *out, struct qy_symbols *symbols,
	const struct qy_driver_outcome *outcome, const char *indent)
{
	char deeper[32];

	snprintf(deeper, sizeof(deeper), "%s  ", indent);
	for (uint32_t i = 0; i < outcome->nr_refused && i < 2; i++) {
		const struct qy_driver_ask *ask;

		if (outcome->refused[i] >= QY_DRIVER_ASKS)
			continue;
		ask = &outcome->ask[outcome->refused[i]];
		fprintf(out, "%srequest %u fails: %s", indent, outcome->refused[i] + 1,
			qy_driver_kind_name(ask->kind));
		if (ask->bytes)
			fprintf(out, " of %u bytes", ask->bytes);
		fputc('\n', out);
		qy_symbols_print(out, symbols, &ask->stack, false, deeper);
	}
	if (outcome->nr_refused > 2)
		fprintf(out, "%sand %u more\n", indent, outcome->nr_refused - 2);
}

static void print_again(FILE *out, const struct hunt *h)
{
	const struct qy_driver_failure *fail = &h->plan->fail;

	if (h->plan->schedule.number) {
		fprintf(out, "%s --schedule %llu\n", h->search->replay,
			(unsigned long long)h->plan->schedule.number);
		return;
	}
	fprintf(out, "%s --fail-", h->search->replay);
	if (fail->scarce)
		fprintf(out, "kind %s\n", qy_driver_scarcity_name(fail->scarce));
	else if (fail->nth[1])
		fprintf(out, "at %u,%u\n", fail->nth[0], fail->nth[1]);
	else
		fprintf(out, "at %u\n", fail->nth[0]);
}

/* The first bad end in full: it is the shortest. Later ones in a line. */
static void tell(struct hunt *h, const struct qy_driver_verdict *v)
{
	const struct qy_driver_case *first = NULL;

	for (uint32_t i = 0; i < v->nr && !first; i++)
		if (!v->cases[i].pass)
			first = &v->cases[i];
	if (h->nr_bad > 1) {
		fprintf(h->why, WHY_INDENT "too: %s: %s: ", first->name, first->text);
		print_again(h->why, h);
		return;
	}
	qy_driver_print_refused(h->why, h->symbols, h->out, WHY_INDENT);
	for (uint32_t i = 0; i < v->nr; i++) {
		const struct qy_driver_case *c = &v->cases[i];

		if (c->pass)
			continue;
		fprintf(h->why, WHY_INDENT "%s: %s\n", c->name, c->text);
		if (c->why)
			fputs(c->why, h->why);
	}
	fputs(WHY_INDENT "again: ", h->why);
	print_again(h->why, h);
}

/* Return: 0, -1 with the error. */
static int try(struct hunt *h, const struct qy_driver_failure *fail)
{
	struct qy_driver_verdict verdict = { 0 };
	int error;

	h->plan->fail = *fail;
	error = qy_driver_play(h->plan, h->out, h->search->stop, h->err);
	if (!error && qy_driver_judge(h->plan, h->out, h->symbols, &verdict))
		error = qy_fail(h->err, "quarry check: the host has no memory left");
	if (!error && !verdict.pass && ++h->nr_bad <= MAX_TOLD)
		tell(h, &verdict);
	qy_driver_verdict_free(&verdict);
	h->search->nr_runs++;
	if (h->search->progress)
		h->search->progress(h->search->arg, h->search->nr_runs, h->nr_expected);
	return error;
}

static int begin_case(struct hunt *h, struct qy_driver_verdict *verdict, size_t *size)
{
	h->nr_bad = 0;
	h->c = qy_driver_case_add(verdict);
	h->why = open_memstream(&h->c->why, size);
	return h->why ? 0 : qy_fail(h->err, "quarry check: the host has no memory left");
}

static int end_case(struct hunt *h)
{
	if (fclose(h->why))
		return qy_fail(h->err, "quarry check: the host has no memory left");
	h->c->pass = !h->nr_bad;
	if (!h->nr_bad) {
		free(h->c->why);
		h->c->why = NULL;
	}
	return 0;
}

/* ------------------------------------------------------------------ which requests */

static bool same_place(const struct qy_driver_ask *a, const struct qy_driver_ask *b)
{
	return a->kind == b->kind && a->stack.nr == b->stack.nr &&
	       !memcmp(a->stack.frame, b->stack.frame,
		       a->stack.nr * sizeof(a->stack.frame[0]));
}

struct choice {
	uint32_t nr, nr_places;
	bool chosen[QY_DRIVER_ASKS];
};

/* All of them; of very many, the first ones of each place, and the last. */
static void choose(const struct qy_driver_outcome *base, struct choice *choice)
{
	uint32_t nr = base->nr_asked < QY_DRIVER_ASKS ? base->nr_asked : QY_DRIVER_ASKS;

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t before = 0, after = 0;

		for (uint32_t k = 0; k < i && before < MAX_OF_PLACE; k++)
			before += same_place(&base->ask[k], &base->ask[i]);
		choice->nr_places += !before;
		if (nr <= MAX_EVERY || before < MAX_OF_PLACE) {
			choice->chosen[i] = true;
		} else {
			for (uint32_t k = i + 1; k < nr && !after; k++)
				after += same_place(&base->ask[k], &base->ask[i]);
			choice->chosen[i] = !after;
		}
		choice->nr += choice->chosen[i];
	}
}

static int fail_each(struct hunt *h, const struct choice *choice)
{
	for (uint32_t i = 0; i < QY_DRIVER_ASKS; i++) {
		struct qy_driver_failure fail = { .nth = { i + 1, 0 } };

		if (choice->chosen[i] && try(h, &fail))
			return -1;
	}
	return 0;
}

static int fail_pairs_of(struct hunt *h, uint32_t first, uint32_t *nr_pairs)
{
	struct qy_driver_failure fail = { .nth = { first + 1, 0 } };
	uint32_t nr_asked, nr_bad = h->nr_bad;
	int32_t act = h->base->ask[first].act;

	if (try(h, &fail))
		return -1;
	if (h->nr_bad > nr_bad) { /* that is told as a single one */
		h->nr_bad = nr_bad;
		return 0;
	}
	nr_asked = h->out->nr_asked < QY_DRIVER_ASKS ? h->out->nr_asked : QY_DRIVER_ASKS;
	for (uint32_t k = first + 1; k < nr_asked && *nr_pairs < MAX_PAIRS; k++) {
		fail.nth[1] = k + 1;
		if (h->out->ask[k].act != act)
			continue;
		++*nr_pairs;
		if (try(h, &fail))
			return -1;
	}
	return 0;
}

/* ------------------------------------------------------------------ kinds of failures */

static int search_each(
	struct hunt *h, const struct choice *choice, struct qy_driver_verdict *verdict)
{
	size_t size;
	int error;

	if (begin_case(h, verdict, &size))
		return -1;
	error = fail_each(h, choice);
	if (end_case(h) || error)
		return -1;
	snprintf(h->c->name, sizeof(h->c->name), "each request may fail");
	if (h->nr_bad)
		snprintf(h->c->text, sizeof(h->c->text),
			"%u of %u end badly; the first that does:", h->nr_bad,
			choice->nr);
	else
		snprintf(h->c->text, sizeof(h->c->text),
			"%u of %u, from %u places, each in a run of its own", choice->nr,
			h->base->nr_asked, choice->nr_places);
	return 0;
}

static int search_pairs(
	struct hunt *h, const struct choice *choice, struct qy_driver_verdict *verdict)
{
	uint32_t nr_pairs = 0;
	int error = 0;
	size_t size;

	if (begin_case(h, verdict, &size))
		return -1;
	for (uint32_t i = 0; i < QY_DRIVER_ASKS && !error && nr_pairs < MAX_PAIRS; i++)
		if (choice->chosen[i])
			error = fail_pairs_of(h, i, &nr_pairs);
	if (end_case(h) || error)
		return -1;
	snprintf(h->c->name, sizeof(h->c->name), "two requests of one act may fail");
	snprintf(h->c->text, sizeof(h->c->text),
		h->nr_bad ? "%u of %u pairs end badly; the first that does:"
			  : "%u of %u pairs",
		h->nr_bad ? h->nr_bad : nr_pairs, nr_pairs);
	return 0;
}

static int search_scarcity(struct hunt *h, enum qy_driver_scarcity scarcity,
	struct qy_driver_verdict *verdict)
{
	struct qy_driver_failure fail = { .scarce = scarcity };
	size_t size;
	int error;

	if (begin_case(h, verdict, &size))
		return -1;
	error = try(h, &fail);
	if (end_case(h) || error)
		return -1;
	if (!h->out->nr_refused) { /* nobody asked for it */
		free(h->c->why);
		*h->c = (struct qy_driver_case){ 0 };
		verdict->nr--;
		return 0;
	}
	snprintf(h->c->name, sizeof(h->c->name), "%s", scarcity_case(scarcity));
	snprintf(h->c->text, sizeof(h->c->text), "%u request%s", h->out->nr_refused,
		h->out->nr_refused == 1 ? "" : "s");
	return 0;
}

static int search_all(struct hunt *h, struct qy_driver_verdict *verdict)
{
	struct choice *choice = calloc(1, sizeof(*choice));
	int error;

	if (!choice)
		return qy_fail(h->err, "quarry check: the host has no memory left");
	choose(h->base, choice);
	h->nr_expected = choice->nr + QY_NR_SCARCITIES - 1;
	error = search_each(h, choice, verdict);
	for (int i = 1; i < QY_NR_SCARCITIES && !error; i++)
		error = search_scarcity(h, (enum qy_driver_scarcity)i, verdict);
	if (h->search->pairs && !error)
		error = search_pairs(h, choice, verdict);
	free(choice);
	return error;
}

/* ------------------------------------------------------------------ schedules */

void qy_driver_schedule_of(const struct qy_driver_outcome *base, uint64_t number,
	struct qy_driver_schedule *schedule)
{
	*schedule = (struct qy_driver_schedule){ .number = number,
		.nr_steps = base->nr_steps };
	for (uint32_t i = 0; i < base->nr_devices; i++)
		if (base->device[i].irq && *base->device[i].driver)
			schedule->irq[schedule->nr_irqs++] = base->device[i].irq;
}

static int try_schedules(struct hunt *h, uint64_t nr, struct qy_driver_verdict *verdict)
{
	const struct qy_driver_failure none = { 0 };
	uint64_t first_bad = 0;
	int error = 0;
	size_t size;

	if (begin_case(h, verdict, &size))
		return -1;
	for (uint64_t i = 1; i <= nr && !error; i++) {
		qy_driver_schedule_of(h->base, i, &h->plan->schedule);
		error = try(h, &none);
		if (h->nr_bad && !first_bad)
			first_bad = i;
	}
	if (end_case(h) || error)
		return -1;
	snprintf(h->c->name, sizeof(h->c->name), "any schedule will do");
	if (h->nr_bad)
		snprintf(h->c->text, sizeof(h->c->text),
			"%u of %llu end badly; the first is number %llu:", h->nr_bad,
			(unsigned long long)nr, (unsigned long long)first_bad);
	else
		snprintf(h->c->text, sizeof(h->c->text),
			"%llu of them, with interrupts at %u of %llu steps each",
			(unsigned long long)nr,
			h->plan->schedule.nr_irqs ? QY_DRIVER_POINTS : 0,
			(unsigned long long)h->base->nr_steps);
	return 0;
}

/* ------------------------------------------------------------------ doors */

static void count_failed(struct qy_driver_verdict *verdict)
{
	verdict->nr_failed = 0;
	for (uint32_t i = 0; i < verdict->nr; i++)
		verdict->nr_failed += !verdict->cases[i].pass;
	verdict->pass = !verdict->nr_failed;
}

/* @nr: schedules; 0: failures */
static int hunt(struct qy_driver_search *search, struct qy_driver_plan *plan, uint64_t nr,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict, struct qy_err *err)
{
	bool again = plan->again;
	struct hunt h = { .search = search,
		.plan = plan,
		.symbols = symbols,
		.base = qy_driver_outcome_new(),
		.out = qy_driver_outcome_new(),
		.nr_expected = (uint32_t)nr,
		.err = err };
	int error = 0;

	search->nr_runs = 0;
	plan->again = false;
	if (!h.out || !h.base)
		error = qy_fail(err, "quarry check: the host has no memory left");
	if (!error)
		error = qy_driver_play(plan, h.base, search->stop, err);
	if (!error)
		error = nr ? try_schedules(&h, nr, verdict) : search_all(&h, verdict);
	plan->fail = (struct qy_driver_failure){ 0 };
	plan->schedule = (struct qy_driver_schedule){ 0 };
	plan->again = again;
	count_failed(verdict);
	qy_driver_outcome_free(h.base);
	qy_driver_outcome_free(h.out);
	return error;
}

int qy_driver_search(struct qy_driver_search *search, struct qy_driver_plan *plan,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict, struct qy_err *err)
{
	return hunt(search, plan, 0, symbols, verdict, err);
}

int qy_driver_schedules(struct qy_driver_search *search, struct qy_driver_plan *plan,
	uint64_t nr, struct qy_symbols *symbols, struct qy_driver_verdict *verdict,
	struct qy_err *err)
{
	return hunt(search, plan, nr, symbols, verdict, err);
}
