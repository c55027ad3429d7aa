// SPDX-License-Identifier: MIT
/*
 * See check.h. One engine on the stack of qy_check_run(); a panic of the machine comes back by longjmp() to
 * play_or_break() and ends the run with a verdict, not the process.
 */
#include "lab/check.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>

#include "lab/convert.h"
#include "lab/generate.h"

#define NS_PER_S   1000000000ull
#define TICK_NS    NS_PER_S
#define MAX_ROUNDS 1000000u
#define NEVER      UINT64_MAX

/* Where a load stands. */
struct stream {
	const struct qy_trace *trace;
	uint64_t begin_ns, period_ns; /* of the round; period is one round's length */
	uint32_t speed, rounds, round;
	uint32_t first_round_id;
	enum qy_leftovers leftovers;
	size_t at; /* next event of the round */
	uint64_t next_ns;
};

/* The blocks that one round of a request got, until they go back. */
struct batch {
	uint64_t until_ns;
	uint64_t stamp; /* of the first block; blocks follow one another */
	uint32_t nr;
	struct page *pages[];
};

/* A request: rounds come and, the hold being constant, go in order. */
struct caller {
	const struct qy_request_spec *spec;
	uint64_t next_ns;
	uint32_t round, rounds;
	struct batch **batches; /* ring of what is held, oldest at head */
	uint32_t head, nr, size;
};

struct engine {
	struct qy_check *check;
	const struct qy_scenario *s;
	const struct qy_check_hooks *hooks;
	struct qy_machine *m;
	struct qy_replay replay;
	struct qy_start start;
	uint64_t
		boot_ns; /* virtual time when the board was up: board time counts from there */
	uint64_t end_ns, now_ns, next_tick_ns, next_progress_ns;
	uint64_t watch_pages; /* allocations until the zones are looked at again */
	struct stream stream[QY_MAX_LOADS];
	struct caller caller[QY_MAX_REQUESTS];
	bool booted;
	/* the interrupt that is on its way */
	struct caller *irq_caller;
	bool irq_done;
	jmp_buf broken;
};

/* ------------------------------------------------------------------ event log */

__attribute__((format(printf, 2, 3))) static void log_event(
	struct engine *e, const char *fmt, ...)
{
	va_list args;

	if (!e->hooks->log)
		return;
	fprintf(e->hooks->log, "[%5llu.%06llu] ",
		(unsigned long long)(e->now_ns / NS_PER_S),
		(unsigned long long)(e->now_ns % NS_PER_S / 1000));
	va_start(args, fmt);
	vfprintf(e->hooks->log, fmt, args);
	va_end(args);
	fputc('\n', e->hooks->log);
}

static void hear_kernel(void *arg, enum qy_log_level level, const char *line)
{
	struct engine *e = arg;

	if (e->booted && level <= QY_LOG_WARNING)
		e->check->nr_warnings++;
	log_event(e, "kernel: %s", line);
}

__attribute__((noreturn)) static void hear_panic(void *arg, const char *line)
{
	struct engine *e = arg;

	snprintf(e->check->broken, sizeof(e->check->broken),
		"the machine panicked: %.200s", line);
	longjmp(e->broken, 1);
}

/* ------------------------------------------------------------------ watching the zones */

static void look_at_zones(struct engine *e)
{
	struct qy_machine_stats stats;
	uint64_t dropped = e->replay.pages_dropped;

	if (e->s->stand_in_reclaim) {
		e->watch_pages = qy_replay_balance(&e->replay);
		if (e->replay.pages_dropped != dropped)
			log_event(e,
				"reclaim: dropped %llu pages of page cache, oldest first",
				(unsigned long long)(e->replay.pages_dropped - dropped));
	} else {
		e->watch_pages = 256;
	}
	qy_machine_stats(e->m, &stats);
	if (stats.free_pages < e->check->min_free_pages) {
		e->check->min_free_pages = stats.free_pages;
		e->check->min_free_ns = e->now_ns;
	}
}

static void count_watched(struct engine *e, uint64_t pages)
{
	if (pages >= e->watch_pages)
		look_at_zones(e);
	else
		e->watch_pages -= pages;
}

/* ------------------------------------------------------------------ the load */

static void end_round(struct engine *e, const struct stream *s)
{
	uint32_t id = s->first_round_id + s->round;

	if (s->leftovers == QY_LEFTOVERS_KEEP)
		return;
	qy_replay_free_round(&e->replay, id, QY_HELD_ANON);
	if (s->leftovers == QY_LEFTOVERS_EXIT)
		return;
	qy_replay_free_round(&e->replay, id, QY_HELD_CACHE);
	qy_replay_free_round(&e->replay, id, QY_HELD_KERNEL);
}

/* What the recording held before it began is there before anything else of the round. */
static void begin_round(struct engine *e, uint32_t i)
{
	struct stream *s = &e->stream[i];
	struct qy_load_result *result = &e->check->load[i];

	result->rounds++;
	if (!e->check->older[i].nr)
		return;
	qy_replay_older(&e->replay, &e->check->older[i], s->first_round_id + s->round,
		&result->counts);
	look_at_zones(e);
}

/* Board time of the stream's next event, NEVER when it has none. Starts the next round when one is over. */
static void seek_next(struct engine *e, uint32_t i)
{
	struct stream *s = &e->stream[i];

	while (s->at == s->trace->nr_events) {
		end_round(e, s);
		if (s->trace->nr_events == 0 || s->round + 1 == s->rounds) {
			s->next_ns = NEVER;
			return;
		}
		s->round++;
		s->begin_ns += s->period_ns;
		s->at = 0;
		begin_round(e, i);
	}
	s->next_ns = s->begin_ns +
		     (uint64_t)((unsigned __int128)s->trace->events[s->at].ts_ns * 1000 /
				s->speed);
}

static void start_stream(struct engine *e, uint32_t i, uint32_t *round_id)
{
	const struct qy_load_spec *spec = &e->s->load[i];
	struct stream *s = &e->stream[i];

	*s = (struct stream){
		.trace = &e->check->trace[i],
		.begin_ns = spec->start_ns,
		.speed = 1000,
		.rounds = 1,
		.leftovers = QY_LEFTOVERS_KEEP,
		.first_round_id = *round_id,
	};
	if (spec->kind == QY_LOAD_TRACE) {
		s->speed = spec->trace.speed;
		s->rounds = spec->trace.repeat;
		s->leftovers = spec->trace.leftovers;
	}
	s->period_ns =
		(uint64_t)((unsigned __int128)s->trace->duration_ns * 1000 / s->speed) +
		1;
	*round_id += s->rounds;
	begin_round(e, i);
	seek_next(e, i);
}

static void note_load_refusal(struct engine *e, struct qy_load_result *result,
	const struct qy_page_event *event)
{
	if (!result->why)
		result->why = qy_why_capture(e->m, &e->check->board->board, event->gfp,
			event->order, e->now_ns);
	log_event(e, "load %u: refused: order %u, gfp %#x, cpu %u",
		(uint32_t)(result - e->check->load), event->order, event->gfp,
		e->replay.cpu);
}

static void play_load(struct engine *e, uint32_t i)
{
	struct stream *s = &e->stream[i];
	struct qy_load_result *result = &e->check->load[i];
	const struct qy_page_event *event = &s->trace->events[s->at++];
	uint64_t failed = result->counts.nr_failed;

	qy_replay_event(&e->replay, event, s->first_round_id + s->round, &result->counts);
	result->nr_events++;
	if (result->counts.nr_failed != failed)
		note_load_refusal(e, result, event);
	if (event->kind == QY_EV_ALLOC)
		count_watched(e, 1ull << event->order);
	seek_next(e, i);
}

static uint64_t events_left(const struct stream *s)
{
	uint64_t rounds_left = s->rounds - s->round - 1;

	return s->trace->nr_events - s->at + rounds_left * s->trace->nr_events;
}

/* ------------------------------------------------------------------ requests */

static uint32_t rounds_of(const struct engine *e, const struct qy_request_spec *spec)
{
	uint64_t fit = 1;

	if (spec->times)
		return spec->times;
	if (spec->start_ns < e->end_ns)
		fit = (e->end_ns - spec->start_ns - 1) / spec->every_ns + 1;
	return fit > MAX_ROUNDS ? UINT32_MAX : (uint32_t)fit;
}

/* Return: false when the host has no memory; the batch is then not kept and nothing of it is held. */
static bool keep_batch(struct caller *c, struct batch *batch)
{
	if (c->nr == c->size) {
		uint32_t size = c->size ? c->size * 2 : 8;
		struct batch **grown = malloc(size * sizeof(struct batch *));

		if (!grown)
			return false;
		for (uint32_t i = 0; i < c->nr; i++)
			grown[i] = c->batches[(c->head + i) % c->size];
		free(c->batches);
		c->batches = grown;
		c->size = size;
		c->head = 0;
	}
	c->batches[(c->head + c->nr++) % c->size] = batch;
	return true;
}

static void give_back(
	struct engine *e, const struct qy_request_spec *spec, struct batch *batch)
{
	uint64_t frames = 1ull << spec->order;

	for (uint32_t i = 0; i < batch->nr; i++) {
		uint64_t bad = e->replay.no_stamps
				       ? frames
				       : qy_stamp_check(e->m, batch->pages[i], frames,
						 batch->stamp + i * frames);

		if (bad < frames && e->check->nr_corrupt++ == 0)
			e->check->corrupt_pfn =
				qy_page_to_pfn(e->m, batch->pages[i]) + bad;
		qy_free_pages(e->m, batch->pages[i], spec->order);
	}
	free(batch);
}

static void release_oldest(struct engine *e, struct caller *c)
{
	struct batch *batch = c->batches[c->head];

	c->head = (c->head + 1) % c->size;
	c->nr--;
	qy_replay_set_cpu(&e->replay, c->spec->cpu);
	log_event(e, "%s: %u blocks of order %u go back", c->spec->name, batch->nr,
		c->spec->order);
	give_back(e, c->spec, batch);
}

static void note_refusal(struct engine *e, struct caller *c, uint32_t block)
{
	struct qy_request_result *result = &e->check->request[c - e->caller];

	if (result->why)
		return;
	result->why = qy_why_capture(
		e->m, &e->check->board->board, c->spec->gfp, c->spec->order, e->now_ns);
	result->why_round = c->round;
	result->why_block = block;
}

static struct page *ask(struct engine *e, const struct qy_request_spec *spec)
{
	struct page *page;

	if (spec->context == QY_CONTEXT_ATOMIC)
		qy_preempt_disable();
	page = qy_replay_alloc(&e->replay, spec->gfp, spec->order);
	if (spec->context == QY_CONTEXT_ATOMIC)
		qy_preempt_enable();
	return page;
}

/* One round: all blocks are asked for, also after a refusal, so that the count says how short it was. */
static void ask_for_round(struct engine *e, struct caller *c)
{
	const struct qy_request_spec *spec = c->spec;
	struct qy_request_result *result = &e->check->request[c - e->caller];
	uint64_t frames = 1ull << spec->order;
	struct batch *batch =
		malloc(sizeof(*batch) + spec->count * sizeof(struct page *));

	if (!batch) {
		e->replay.out_of_memory = true;
		return;
	}
	*batch = (struct batch){ .stamp = e->replay.next_stamp };
	batch->until_ns = spec->hold_ns == QY_FOREVER ? NEVER : e->now_ns + spec->hold_ns;
	for (uint32_t i = 0; i < spec->count; i++) {
		struct page *page = ask(e, spec);

		if (!page) {
			note_refusal(e, c, i);
			continue;
		}
		if (!e->replay.no_stamps)
			qy_stamp_write(
				e->m, page, frames, batch->stamp + batch->nr * frames);
		batch->pages[batch->nr++] = page;
	}
	e->replay.next_stamp += batch->nr * frames;
	result->rounds++;
	result->asked += spec->count;
	result->got += batch->nr;
	result->whole_rounds += batch->nr == spec->count;
	if (result->rounds == 1 || batch->nr < result->worst)
		result->worst = batch->nr;
	log_event(e, "%s: round %u: got %u of %u blocks of order %u", spec->name,
		c->round, batch->nr, spec->count, spec->order);
	if (!keep_batch(c, batch)) {
		e->replay.out_of_memory = true;
		give_back(e, spec, batch);
	}
}

static void interrupt(void *arg)
{
	struct engine *e = arg;

	e->irq_done = true;
	ask_for_round(e, e->irq_caller);
}

static void play_request(struct engine *e, struct caller *c)
{
	qy_replay_set_cpu(&e->replay, c->spec->cpu);
	if (c->spec->context == QY_CONTEXT_IRQ) {
		e->irq_caller = c;
		e->irq_done = false;
		qy_sim_interrupt(e->m, interrupt, e, false);
		qy_irq_disable(); /* what was pending comes when interrupts are on again */
		qy_irq_enable();
		if (!e->irq_done)
			longjmp(e->broken, 2);
	} else {
		ask_for_round(e, c);
	}
	count_watched(e, (uint64_t)c->spec->count << c->spec->order);
	c->round++;
	if (c->round == c->rounds)
		c->next_ns = NEVER;
	else
		c->next_ns += c->spec->every_ns;
}

/* ------------------------------------------------------------------ the timeline */

enum source {
	SOURCE_RELEASE,
	SOURCE_TICK,
	SOURCE_LOAD,
	SOURCE_REQUEST,
	SOURCE_NONE,
};

struct turn {
	uint64_t at_ns;
	enum source source;
	uint32_t index;
};

static void offer(struct turn *best, uint64_t at_ns, enum source source, uint32_t index)
{
	if (at_ns < best->at_ns)
		*best = (struct turn){ at_ns, source, index };
}

/* Offers come in the order that holds at one instant: the first of equals wins. */
static struct turn next_turn(const struct engine *e)
{
	struct turn best = { NEVER, SOURCE_NONE, 0 };

	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		const struct caller *c = &e->caller[i];

		if (c->nr)
			offer(&best, c->batches[c->head]->until_ns, SOURCE_RELEASE, i);
	}
	offer(&best, e->next_tick_ns, SOURCE_TICK, 0);
	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		offer(&best, e->stream[i].next_ns, SOURCE_LOAD, i);
	for (uint32_t i = 0; i < e->s->nr_requests; i++)
		offer(&best, e->caller[i].next_ns, SOURCE_REQUEST, i);
	return best;
}

static void tick(struct engine *e)
{
	for (unsigned int cpu = 0; cpu < e->replay.nr_cpus; cpu++) {
		qy_replay_set_cpu(&e->replay, cpu);
		qy_vmstat_tick(e->m, cpu);
	}
	look_at_zones(e);
	e->next_tick_ns += TICK_NS;
}

static void take_turn(struct engine *e, const struct turn *turn)
{
	switch (turn->source) {
	case SOURCE_RELEASE:
		release_oldest(e, &e->caller[turn->index]);
		break;
	case SOURCE_TICK:
		tick(e);
		break;
	case SOURCE_LOAD:
		play_load(e, turn->index);
		break;
	case SOURCE_REQUEST:
		play_request(e, &e->caller[turn->index]);
		break;
	case SOURCE_NONE:
		break;
	}
}

static void show_progress(struct engine *e)
{
	if (!e->hooks->progress || e->now_ns < e->next_progress_ns)
		return;
	e->hooks->progress(e->hooks->arg, e->now_ns, e->end_ns);
	e->next_progress_ns = e->now_ns + e->end_ns / 100;
}

static void play(struct engine *e)
{
	uint32_t round_id = 0;

	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		start_stream(e, i, &round_id);
	look_at_zones(e);
	for (;;) {
		struct turn turn = next_turn(e);

		if (turn.at_ns >= e->end_ns || e->replay.out_of_memory)
			break;
		if (turn.at_ns > e->now_ns)
			qy_sim_advance(e->m, turn.at_ns - e->now_ns);
		e->now_ns = turn.at_ns;
		take_turn(e, &turn);
		show_progress(e);
	}
	e->now_ns = e->end_ns;
	look_at_zones(e);
	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		e->check->load[i].nr_cut = events_left(&e->stream[i]);
}

/* ------------------------------------------------------------------ the end */

static void take_pictures(struct engine *e)
{
	struct qy_check *check = e->check;
	struct qy_pageblock_info info;
	uint32_t nr = 0;

	qy_machine_stats(e->m, &check->stats);
	while (check->nr_zones < QY_MAX_NODES * QY_MAX_NR_ZONES &&
		qy_zone_stats(e->m, check->nr_zones, &check->zone[check->nr_zones]))
		check->nr_zones++;
	while (qy_pageblock_info(e->m, nr, &info))
		nr++;
	check->blocks = calloc(nr ? nr : 1, sizeof(*check->blocks));
	if (!check->blocks) {
		e->replay.out_of_memory = true;
		return;
	}
	while (check->nr_blocks < nr && qy_pageblock_info(e->m, check->nr_blocks,
						&check->blocks[check->nr_blocks]))
		check->nr_blocks++;
}

/* Everything goes back, every stamp is checked, and the machine must be whole. */
static void clean_up(struct engine *e)
{
	struct qy_check *check = e->check;

	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		while (e->caller[i].nr)
			release_oldest(e, &e->caller[i]);
	}
	qy_replay_free_all(&e->replay);
	if (!qy_machine_validate(e->m, check->broken, sizeof(check->broken)))
		check->broken_ns = e->now_ns;
	else
		check->broken[0] = '\0';
	log_event(e, "end: digest %016llx", (unsigned long long)e->replay.digest);
}

/* Return: 0, -1 when the machine's panic or a lost interrupt ended the run. */
static int play_or_break(struct engine *e)
{
	switch (setjmp(e->broken)) {
	case 0:
		play(e);
		take_pictures(e);
		clean_up(e);
		return 0;
	case 2:
		snprintf(e->check->broken, sizeof(e->check->broken),
			"an interrupt was not delivered");
		break;
	}
	e->check->broken_ns = e->now_ns;
	return -1;
}

static void judge_one(struct engine *e, uint32_t i)
{
	const struct qy_expect_spec *spec = &e->s->expect[i];
	const struct qy_request_result *request = &e->check->request[spec->request];
	struct qy_expect_result *result = &e->check->expect[i];

	switch (spec->kind) {
	case QY_EXPECT_SHARE:
		result->actual =
			request->asked ? request->got * 100000 / request->asked : 0;
		result->pass = request->asked && result->actual >= spec->millipercent;
		break;
	case QY_EXPECT_EACH:
		result->actual = request->worst;
		result->pass = request->rounds && request->worst >= spec->amount;
		break;
	case QY_EXPECT_LOAD:
		for (uint32_t l = 0; l < e->s->nr_loads; l++)
			result->actual += e->check->load[l].counts.nr_failed;
		result->pass = result->actual <= spec->amount;
		break;
	case QY_EXPECT_FREE:
		result->actual = e->check->min_free_pages * QY_PAGE_SIZE;
		result->pass = result->actual >= spec->amount;
		break;
	}
	e->check->nr_failed_expects += !result->pass;
}

static void judge(struct engine *e)
{
	struct qy_check *check = e->check;

	check->pages_peak = e->replay.pages_peak;
	check->pages_dropped = e->replay.pages_dropped;
	check->nr_balanced = e->replay.nr_balanced;
	check->nr_direct = e->replay.nr_direct;
	if (e->replay.nr_corrupt && !check->nr_corrupt)
		check->corrupt_pfn = e->replay.corrupt_pfn;
	check->nr_corrupt += e->replay.nr_corrupt;
	check->digest = e->replay.digest;
	for (uint32_t i = 0; i < e->s->nr_expects; i++)
		judge_one(e, i);
	check->pass =
		!check->nr_failed_expects && !check->nr_corrupt && !check->broken[0];
}

/* ------------------------------------------------------------------ doors */

int qy_check_prepare(
	const struct qy_scenario *scenario, struct qy_check *check, struct qy_err *err)
{
	*check = (struct qy_check){ .scenario = scenario };
	check->board = qy_board_load(&scenario->board, err);
	if (!check->board)
		return -1;
	for (uint32_t i = 0; i < scenario->nr_requests; i++) {
		if (scenario->request[i].cpu >= check->board->board.nr_cpus)
			return qy_fail(err,
				"%s: requests[%u].cpu: the board has CPUs 0..%u (is %u)",
				scenario->path, i, check->board->board.nr_cpus - 1,
				scenario->request[i].cpu);
	}
	if (scenario->start.kind == QY_START_SNAPSHOT) {
		check->snapshot = malloc(sizeof(*check->snapshot));
		if (!check->snapshot)
			return qy_fail(
				err, "%s: the host has no memory left", scenario->path);
		if (qy_snapshot_load(scenario->start.files, check->snapshot, err))
			return -1;
	}
	for (uint32_t i = 0; i < scenario->nr_loads; i++) {
		const struct qy_load_spec *spec = &scenario->load[i];
		int error =
			spec->kind == QY_LOAD_TRACE
				? qy_convert_load(spec->trace.file, &check->trace[i], err)
				: qy_generate(&spec->generator, scenario->seed + i,
					  &check->trace[i], err);

		if (error)
			return -1;
		if (spec->kind == QY_LOAD_TRACE &&
			spec->trace.unknown_frees == QY_UNKNOWN_PREALLOCATE &&
			qy_load_older(&check->trace[i], &check->older[i]))
			return qy_fail(
				err, "%s: the host has no memory left", spec->trace.file);
	}
	return 0;
}

static int place_start(struct engine *e, struct qy_err *err)
{
	const struct qy_older *older[QY_MAX_LOADS] = { NULL };
	const struct qy_start_spec *spec = &e->s->start;

	for (uint32_t i = 0; i < e->s->nr_loads; i++)
		older[i] = e->check->older[i].nr ? &e->check->older[i] : NULL;
	if (spec->kind == QY_START_SNAPSHOT)
		return qy_start_snapshot(&e->start, e->m, e->check->board->board.nr_cpus,
			e->check->snapshot, spec->files[QY_SNAPSHOT_PAGETYPEINFO], older,
			e->s->nr_loads, e->s->seed, err);
	if (spec->kind == QY_START_AGED)
		return qy_start_aged(&e->start, e->m, spec->seed, err);
	return 0;
}

/* The board becomes what the scenario says it is when the loads begin. */
static int start_state(struct engine *e, struct qy_err *err)
{
	struct qy_check *check = e->check;
	struct qy_machine_stats stats;

	if (setjmp(e->broken))
		return qy_fail(err, "%s: start: %s", e->s->path, check->broken);
	if (place_start(e, err))
		return -1;
	qy_machine_stats(e->m, &stats);
	check->free_at_start = check->min_free_pages = stats.free_pages;
	check->start_pages = e->start.pages;
	check->start_kept = e->start.nr_kept;
	check->gap = e->start.gap;
	return 0;
}

static int plan_time(struct engine *e, struct qy_err *err)
{
	const struct qy_scenario *s = e->s;
	unsigned __int128 end = s->duration_ns;

	for (uint32_t i = 0; i < s->nr_loads && !s->duration_ns; i++) {
		const struct qy_load_trace *t = &s->load[i].trace;
		unsigned __int128 length = e->check->trace[i].duration_ns;

		if (s->load[i].kind == QY_LOAD_TRACE)
			length = (length * 1000 / t->speed + 1) * t->repeat;
		length += s->load[i].start_ns + 1;
		if (length > end)
			end = length;
	}
	if (end > QY_MAX_DURATION_NS)
		return qy_fail(err,
			"%s: duration: the loads take more than 24h: set a duration",
			s->path);
	e->end_ns = e->check->duration_ns = (uint64_t)end;
	for (uint32_t i = 0; i < s->nr_requests; i++) {
		struct caller *c = &e->caller[i];

		c->spec = &s->request[i];
		c->next_ns = c->spec->start_ns;
		c->rounds = rounds_of(e, c->spec);
		if (c->rounds == UINT32_MAX)
			return qy_fail(err,
				"%s: requests[%u].every: more than %u rounds in this duration: ask less often",
				s->path, i, MAX_ROUNDS);
	}
	return 0;
}

static int boot(struct engine *e, struct qy_err *err)
{
	struct qy_sim_opts opts = {
		.log = hear_kernel,
		.log_arg = e,
		.panic = hear_panic,
		.no_contents = !e->s->contents,
	};
	const struct qy_board *board = &e->check->board->board;
	struct qy_machine_stats stats;
	char why[256] = "";

	for (size_t i = 0; i < e->check->board->notes.nr; i++)
		log_event(e, "board: %s", e->check->board->notes.line[i]);
	if (setjmp(e->broken))
		return qy_fail(err, "%s: %s", e->s->board.dtb, e->check->broken);
	e->m = qy_sim_boot(board, &opts, why, sizeof(why));
	if (!e->m)
		return qy_fail(
			err, "%s: the board does not boot: %s", e->s->board.dtb, why);
	qy_machine_stats(e->m, &stats);
	e->check->free_at_boot = e->check->min_free_pages = stats.free_pages;
	e->boot_ns = qy_sim_now(e->m);
	e->next_tick_ns = TICK_NS;
	if (start_state(e, err))
		return -1;
	e->booted = true;
	return 0;
}

static void free_engine(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_requests; i++) {
		struct caller *c = &e->caller[i];

		for (; c->nr; c->nr--, c->head = (c->head + 1) % c->size)
			free(c->batches[c->head]);
		free(c->batches);
	}
	qy_replay_exit(&e->replay);
	qy_start_exit(&e->start);
	if (e->m)
		qy_sim_shutdown(e->m);
	free(e);
}

int qy_check_run(
	struct qy_check *check, const struct qy_check_hooks *hooks, struct qy_err *err)
{
	struct engine *e = calloc(1, sizeof(*e));
	int result = -1;

	if (!e)
		return qy_fail(
			err, "%s: the host has no memory left", check->scenario->path);
	e->check = check;
	e->s = check->scenario;
	e->hooks = hooks;
	if (plan_time(e, err) || boot(e, err))
		goto out;
	if (qy_replay_init(&e->replay, e->m, check->board->board.nr_cpus) == 0) {
		e->replay.stand_in = e->s->stand_in_reclaim;
		e->replay.no_stamps = !e->s->contents;
		e->replay.start = &e->start;
		play_or_break(e);
		judge(e);
	} else {
		e->replay.out_of_memory = true;
	}
	if (e->replay.out_of_memory)
		qy_fail(err, "%s: the host has no memory left for this load", e->s->path);
	else
		result = 0;
out:
	free_engine(e);
	return result;
}

void qy_check_free(struct qy_check *check)
{
	for (uint32_t i = 0; i < QY_MAX_LOADS; i++)
		qy_trace_free(&check->trace[i]);
	for (uint32_t i = 0; i < QY_MAX_LOADS; i++)
		qy_load_older_free(&check->older[i]);
	for (uint32_t i = 0; i < QY_MAX_LOADS; i++)
		free(check->load[i].why);
	for (uint32_t i = 0; i < QY_MAX_REQUESTS; i++)
		free(check->request[i].why);
	free(check->blocks);
	free(check->snapshot);
	qy_board_free(check->board);
	*check = (struct qy_check){ 0 };
}
