// SPDX-License-Identifier: MIT
/* See driver_search.h. No state. */
#include "lab/driver_search.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "lab/driver_branch.h"
#include "lab/driver_stack.h"

#define WHY_INDENT   "        "
#define MAX_EVERY    512u /* requests up to which each of them fails */
#define MAX_OF_PLACE 3u   /* beyond, the first ones of each place, and its last */
#define MAX_PAIRS    2000u
#define MAX_TOLD     8u /* bad ends that are told in full or in a line */
#define FIRST_SITES  64u

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

/* ------------------------------------------------------------------ places */

/* Where requests come from: a kind, and a stack. */
struct sites {
	struct qy_driver_site *site;
	uint32_t nr, size;
	bool failed; /* the host has no memory: some are not known */
};

static uint64_t hash_of(const struct qy_driver_ask *ask)
{
	uint64_t hash = ask->kind + 1;

	for (uint32_t i = 0; i < ask->stack.nr; i++)
		hash = (hash ^ (uintptr_t)ask->stack.frame[i]) * 0x9e3779b97f4a7c15ull;
	return hash;
}

static bool is_of(const struct qy_driver_site *site, const struct qy_driver_ask *ask)
{
	return site->ask.kind == ask->kind && site->ask.stack.nr == ask->stack.nr &&
	       !memcmp(site->ask.stack.frame, ask->stack.frame,
		       ask->stack.nr * sizeof(ask->stack.frame[0]));
}

/* Its index; a new one is noted. */
static uint32_t find_site(struct sites *sites, const struct qy_driver_ask *ask)
{
	uint64_t hash = hash_of(ask);

	for (uint32_t i = 0; i < sites->nr; i++)
		if (sites->site[i].hash == hash && is_of(&sites->site[i], ask))
			return i;
	if (sites->nr == sites->size) {
		uint32_t size = sites->size * 2;
		struct qy_driver_site *larger =
			realloc(sites->site, size * sizeof(*larger));

		if (!larger) {
			sites->failed = true;
			return sites->nr - 1;
		}
		sites->site = larger;
		sites->size = size;
	}
	sites->site[sites->nr] = (struct qy_driver_site){ .ask = *ask, .hash = hash };
	return sites->nr++;
}

/* ------------------------------------------------------------------ one run */

/* Runs of one kind of failure, and what is told of those that end badly. */
struct tale {
	FILE *file;
	char *text;
	size_t size;
	uint32_t nr_runs, nr_bad, nr_refused;
};

struct hunt {
	struct qy_driver_search *search;
	struct qy_driver_plan *plan;
	struct qy_symbols *symbols;
	struct qy_driver_outcome *base;      /* of the run without failures */
	const struct qy_driver_outcome *out; /* of the one that has ended */
	struct tale
		tale[QY_NR_SCARCITIES]; /* the first: of single requests, or schedules */
	struct sites sites;
	bool wanted[QY_DRIVER_ASKS];
	bool bad[QY_DRIVER_ASKS]; /* alone */
	uint32_t nr_expected;     /* runs, for the progress */
	uint32_t nr_pairs;
	uint64_t first_bad; /* schedule */
	struct qy_err *err;
};

static int no_memory(struct hunt *h)
{
	return qy_fail(h->err, "quarry check: the host has no memory left");
}

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
		fprintf(out, "%srequest %u %s: %s", indent, outcome->refused[i] + 1,
			outcome->scarce == QY_SCARCE_CONTIGUOUS ? "finds no CMA"
								: "fails",
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
static void tell(struct hunt *h, struct tale *tale, const struct qy_driver_verdict *v)
{
	const struct qy_driver_case *first = NULL;

	for (uint32_t i = 0; i < v->nr && !first; i++)
		if (!v->cases[i].pass)
			first = &v->cases[i];
	if (tale->nr_bad > 1) {
		fprintf(tale->file, WHY_INDENT "too: %s: %s: ", first->name, first->text);
		print_again(tale->file, h);
		return;
	}
	qy_driver_print_refused(tale->file, h->symbols, h->out, WHY_INDENT);
	for (uint32_t i = 0; i < v->nr; i++) {
		const struct qy_driver_case *c = &v->cases[i];

		if (c->pass)
			continue;
		fprintf(tale->file, WHY_INDENT "%s: %s\n", c->name, c->text);
		if (c->why)
			fputs(c->why, tale->file);
	}
	fputs(WHY_INDENT "again: ", tale->file);
	print_again(tale->file, h);
}

/* A run has ended; the plan says which. Return: 0, -1 with the error. */
static int note_run(struct hunt *h, struct tale *tale, bool *bad)
{
	struct qy_driver_verdict verdict = { 0 };
	int error = 0;

	if (qy_driver_judge(h->plan, h->out, h->symbols, &verdict))
		error = no_memory(h);
	*bad = !error && !verdict.pass;
	if (*bad && ++tale->nr_bad <= MAX_TOLD) {
		if (!tale->file)
			tale->file = open_memstream(&tale->text, &tale->size);
		if (tale->file)
			tell(h, tale, &verdict);
		else
			error = no_memory(h);
	}
	qy_driver_verdict_free(&verdict);
	tale->nr_runs++;
	tale->nr_refused = h->out->nr_refused;
	h->search->nr_runs++;
	return error;
}

/* Of places that a run without failures comes to. */
static uint32_t nr_sites_left(const struct hunt *h)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < h->sites.nr; i++)
		nr += h->sites.site[i].nr_asked && !h->sites.site[i].nr_failed;
	return nr;
}

static void show(const struct hunt *h)
{
	if (h->search->progress)
		h->search->progress(h->search->arg, h->search->nr_runs, h->nr_expected,
			nr_sites_left(h));
}

/* One more case of the verdict, with what was told; its text is the caller's. Return: NULL with the error. */
static struct qy_driver_case *end_tale(
	struct hunt *h, struct tale *tale, struct qy_driver_verdict *verdict)
{
	struct qy_driver_case *c;
	bool failed = tale->file && fclose(tale->file);

	tale->file = NULL;
	if (failed) {
		no_memory(h);
		return NULL;
	}
	c = qy_driver_case_add(verdict);
	c->pass = !tale->nr_bad;
	c->why = tale->text;
	tale->text = NULL;
	return c;
}

/* ------------------------------------------------------------------ which requests */

static uint32_t nr_known(const struct qy_driver_outcome *out)
{
	return out->nr_asked < QY_DRIVER_ASKS ? out->nr_asked : QY_DRIVER_ASKS;
}

/* All of them; of very many, the first ones of each place, and the last. Return: how many. */
static uint32_t choose(struct hunt *h)
{
	uint32_t nr = nr_known(h->base), nr_chosen = 0;
	uint32_t *seen = calloc(nr + 1, sizeof(*seen)),
		 *last = calloc(nr + 1, sizeof(*last));

	h->sites.failed = !seen || !last;
	for (uint32_t i = 0; seen && last && i < nr; i++) {
		uint32_t site = find_site(&h->sites, &h->base->ask[i]);

		h->sites.site[site].nr_asked++;
		h->wanted[i] = nr <= MAX_EVERY || seen[site]++ < MAX_OF_PLACE;
		last[site] = i;
	}
	for (uint32_t i = 0; seen && last && i < h->sites.nr; i++)
		h->wanted[last[i]] = true;
	for (uint32_t i = 0; i < nr; i++)
		nr_chosen += h->wanted[i];
	free(seen);
	free(last);
	return nr_chosen;
}

/* ------------------------------------------------------------------ kinds of failures */

/* What a run asked for behind its failure may be of places that nobody else has come to. */
static void note_sites(struct hunt *h, const struct qy_driver_failure *fail, bool bad)
{
	uint32_t from = fail->nth[1] ? fail->nth[1] : fail->nth[0];
	struct qy_driver_site *site =
		&h->sites.site[find_site(&h->sites, &h->out->ask[from - 1])];

	site->nr_failed++;
	site->nr_bad += bad;
	for (uint32_t i = from; i < nr_known(h->out); i++)
		find_site(&h->sites, &h->out->ask[i]);
}

static int one_ended(void *arg, const struct qy_driver_failure *fail,
	const struct qy_driver_outcome *out)
{
	struct hunt *h = arg;
	bool bad;
	int error;

	h->out = out;
	h->plan->fail = *fail;
	error = note_run(h, &h->tale[fail->scarce], &bad);
	h->plan->fail = (struct qy_driver_failure){ 0 };
	if (error || fail->scarce)
		return error;
	h->bad[fail->nth[0] - 1] = bad;
	note_sites(h, fail, bad);
	show(h);
	return 0;
}

static int pair_ended(void *arg, const struct qy_driver_failure *fail,
	const struct qy_driver_outcome *out)
{
	struct hunt *h = arg;
	bool bad;
	int error;

	h->out = out;
	h->plan->fail = *fail;
	error = note_run(h, &h->tale[0], &bad);
	h->plan->fail = (struct qy_driver_failure){ 0 };
	if (error)
		return error;
	note_sites(h, fail, bad);
	show(h);
	return ++h->nr_pairs == MAX_PAIRS;
}

/* Places where something has failed. */
static uint32_t nr_failed_sites(const struct hunt *h)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < h->sites.nr; i++)
		nr += h->sites.site[i].nr_failed != 0;
	return nr;
}

static int end_each(struct hunt *h, uint32_t nr_chosen, struct qy_driver_verdict *verdict)
{
	struct tale *tale = &h->tale[0];
	struct qy_driver_case *c = end_tale(h, tale, verdict);

	if (!c)
		return -1;
	snprintf(c->name, sizeof(c->name), "each request may fail");
	if (tale->nr_bad)
		snprintf(c->text, sizeof(c->text),
			"%u of %u end badly; %u of %u sites failed; the first that does:",
			tale->nr_bad, nr_chosen, nr_failed_sites(h), h->sites.nr);
	else
		snprintf(c->text, sizeof(c->text),
			"%u of %u, each in a run of its own%s; %u of %u sites failed",
			nr_chosen, h->base->nr_asked,
			h->plan->loaded ? ", the loads at a standstill" : "",
			nr_failed_sites(h), h->sites.nr);
	return 0;
}

static int end_scarcity(struct hunt *h, enum qy_driver_scarcity scarcity,
	struct qy_driver_verdict *verdict)
{
	struct tale *tale = &h->tale[scarcity];
	struct qy_driver_case *c;

	if (!tale->nr_runs)
		return 0; /* nobody asked for it */
	c = end_tale(h, tale, verdict);
	if (!c)
		return -1;
	snprintf(c->name, sizeof(c->name), "%s", scarcity_case(scarcity));
	snprintf(c->text, sizeof(c->text), "%u request%s", tale->nr_refused,
		tale->nr_refused == 1 ? "" : "s");
	return 0;
}

/* The verdict gets them, each with its stack in words. */
static int keep_sites(struct hunt *h, struct qy_driver_verdict *verdict)
{
	for (uint32_t i = 0; i < h->sites.nr; i++) {
		struct qy_driver_site *site = &h->sites.site[i];
		size_t size;
		FILE *f = open_memstream(&site->text, &size);

		if (!f)
			return no_memory(h);
		qy_symbols_print(f, h->symbols, &site->ask.stack, false, "");
		if (fclose(f))
			return no_memory(h);
	}
	verdict->site = h->sites.site;
	verdict->nr_sites = h->sites.nr;
	h->sites = (struct sites){ 0 };
	return 0;
}

static int search_pairs(
	struct hunt *h, struct qy_driver_trunk *trunk, struct qy_driver_verdict *verdict)
{
	struct tale *tale = &h->tale[0];
	struct qy_driver_case *c;

	*tale = (struct tale){ 0 };
	for (uint32_t i = 0; i < QY_DRIVER_ASKS; i++)
		h->wanted[i] = h->wanted[i] && !h->bad[i]; /* told as a single one */
	trunk->scarce = false;
	trunk->pairs = true;
	if (qy_driver_branch(h->plan, trunk, pair_ended, h, h->search->stop, h->err))
		return -1;
	c = end_tale(h, tale, verdict);
	if (!c)
		return -1;
	snprintf(c->name, sizeof(c->name), "two requests of one act may fail");
	snprintf(c->text, sizeof(c->text),
		tale->nr_bad ? "%u of %u pairs end badly; the first that does:"
			     : "%u of %u pairs",
		tale->nr_bad ? tale->nr_bad : h->nr_pairs, h->nr_pairs);
	return 0;
}

static uint32_t nr_jobs(const struct hunt *h)
{
	cpu_set_t cpus;
	uint32_t nr = h->search->jobs;

	if (!nr && !sched_getaffinity(0, sizeof(cpus), &cpus))
		nr = (uint32_t)CPU_COUNT(&cpus);
	return !nr ? 1 : nr < QY_MAX_JOBS ? nr : QY_MAX_JOBS;
}

static int search_all(struct hunt *h, struct qy_driver_verdict *verdict)
{
	struct qy_driver_trunk trunk = { .wanted = h->wanted,
		.scarce = true,
		.jobs = nr_jobs(h),
		.nr_asks = h->base->nr_asked,
		.nr_runs = h->base->nr_runs_asked };
	uint32_t nr_chosen;
	int error = qy_driver_branch_open(&trunk);

	h->sites.size = FIRST_SITES;
	h->sites.site = malloc(FIRST_SITES * sizeof(*h->sites.site));
	if (error || !h->sites.site) {
		qy_driver_branch_close(&trunk);
		return no_memory(h);
	}
	nr_chosen = choose(h);
	h->nr_expected = nr_chosen + QY_NR_SCARCITIES - 1;
	error = qy_driver_branch(h->plan, &trunk, one_ended, h, h->search->stop, h->err);
	if (!error && h->tale[0].nr_runs != nr_chosen)
		error = qy_fail(h->err,
			"quarry check: the run was not the same again: of %u requests that should fail, %u came",
			nr_chosen, h->tale[0].nr_runs);
	if (!error)
		error = end_each(h, nr_chosen, verdict);
	for (int i = 1; i < QY_NR_SCARCITIES && !error; i++)
		error = end_scarcity(h, (enum qy_driver_scarcity)i, verdict);
	if (h->search->pairs && !error)
		error = search_pairs(h, &trunk, verdict);
	if (!error)
		error = h->sites.failed ? no_memory(h) : keep_sites(h, verdict);
	qy_driver_branch_close(&trunk);
	return error;
}

/* ------------------------------------------------------------------ schedules */

void qy_driver_schedule_of(const struct qy_driver_outcome *base, uint64_t number,
	struct qy_driver_schedule *schedule)
{
	*schedule = (struct qy_driver_schedule){ .number = number,
		.nr_steps = base->nr_steps };
	for (uint32_t i = 0; i < base->nr_devices; i++)
		for (uint32_t n = 0; n < base->device[i].nr_irqs; n++)
			if (*base->device[i].driver &&
				schedule->nr_irqs < QY_DRIVER_DEVICES)
				schedule->irq[schedule->nr_irqs++] =
					base->device[i].irqs[n];
}

/* One of several that are played at once. */
struct lane {
	pid_t child; /* 0: none */
	struct qy_driver_outcome *out;
};

static int start_schedule(struct hunt *h, struct lane *lane, uint64_t number)
{
	qy_driver_schedule_of(h->base, number, &h->plan->schedule);
	if (!lane->out)
		lane->out = qy_driver_outcome_new();
	if (!lane->out)
		return no_memory(h);
	lane->child = qy_driver_start(h->plan, lane->out, h->err);
	return lane->child < 0 ? -1 : 0;
}

static int end_schedule(struct hunt *h, struct lane *lane, uint64_t number)
{
	pid_t child = lane->child;
	bool bad;

	lane->child = 0;
	if (qy_driver_finish(child, lane->out, h->search->stop, h->err))
		return -1;
	qy_driver_schedule_of(h->base, number, &h->plan->schedule);
	h->out = lane->out;
	if (note_run(h, &h->tale[0], &bad))
		return -1;
	show(h);
	if (bad && !h->first_bad)
		h->first_bad = number;
	return 0;
}

/* Number i in lane i, in turn; each is waited for before its lane is used again, so they are told in order. */
static int play_schedules(struct hunt *h, uint64_t nr)
{
	struct lane lane[QY_MAX_JOBS] = { { 0, NULL } };
	uint32_t jobs = nr_jobs(h);
	int error = 0;

	for (uint64_t i = 1; i <= nr + jobs && !error; i++) {
		struct lane *l = &lane[i % jobs];

		if (i > jobs && l->child)
			error = end_schedule(h, l, i - jobs);
		if (!error && i <= nr)
			error = start_schedule(h, l, i);
	}
	for (uint32_t i = 0; i < jobs; i++) {
		struct qy_err ignored;

		if (lane[i].child > 0 && !kill(lane[i].child, SIGKILL))
			qy_driver_finish(lane[i].child, lane[i].out, NULL, &ignored);
		qy_driver_outcome_free(lane[i].out);
	}
	return error;
}

static int try_schedules(struct hunt *h, uint64_t nr, struct qy_driver_verdict *verdict)
{
	struct qy_driver_case *c;
	int error;

	h->nr_expected = (uint32_t)nr;
	error = play_schedules(h, nr);
	c = error ? NULL : end_tale(h, &h->tale[0], verdict);
	if (!c)
		return -1;
	snprintf(c->name, sizeof(c->name), "any schedule will do");
	if (h->tale[0].nr_bad)
		snprintf(c->text, sizeof(c->text),
			"%u of %llu end badly; the first is number %llu:",
			h->tale[0].nr_bad, (unsigned long long)nr,
			(unsigned long long)h->first_bad);
	else
		snprintf(c->text, sizeof(c->text),
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

static void free_hunt(struct hunt *h)
{
	for (int i = 0; i < QY_NR_SCARCITIES; i++) {
		if (h->tale[i].file)
			fclose(h->tale[i].file);
		free(h->tale[i].text);
	}
	free(h->sites.site);
	qy_driver_outcome_free(h->base);
	free(h);
}

/* @nr: schedules; 0: failures */
static int hunt(struct qy_driver_search *search, struct qy_driver_plan *plan, uint64_t nr,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict, struct qy_err *err)
{
	struct hunt *h = calloc(1, sizeof(*h));
	bool again = plan->again;
	int error;

	if (!h)
		return qy_fail(err, "quarry check: the host has no memory left");
	h->search = search;
	h->plan = plan;
	h->symbols = symbols;
	h->err = err;
	h->base = qy_driver_outcome_new();
	search->nr_runs = 0;
	plan->again = false;
	error = h->base ? qy_driver_play(plan, h->base, search->stop, err) : no_memory(h);
	if (!error && h->base->end == QY_DRIVER_NO_BOARD)
		error = qy_fail(err, "%s", h->base->end_line);
	if (!error)
		error = nr ? try_schedules(h, nr, verdict) : search_all(h, verdict);
	plan->fail = (struct qy_driver_failure){ 0 };
	plan->schedule = (struct qy_driver_schedule){ 0 };
	plan->again = again;
	count_failed(verdict);
	free_hunt(h);
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
