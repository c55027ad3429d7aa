// SPDX-License-Identifier: MIT
/*
 * How many page events of a recorded load does the replay engine play in a second, on one core?
 *
 * The bundled trace, round after round on a fresh machine; a round's frames go back before the next begins, and that is
 * in the time. Every frame that is held carries a stamp, written and checked. The first round is not counted.
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "lab/load.h"
#include "lab/replay.h"
#include "lab/trace.h"
#include <quarry/sim.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_GIB 4
#define EVENTS_AT_ALL \
	2000000u /* that the counted rounds of a repetition together reach */

struct play {
	const struct qy_trace *trace;
	struct qy_older older;
	struct qy_replay replay;
	struct qy_replay_counts counts;
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void play_round(struct play *p, uint32_t round)
{
	qy_replay_older(&p->replay, &p->older, round, &p->counts);
	for (size_t i = 0; i < p->trace->nr_events; i++)
		qy_replay_event(&p->replay, &p->trace->events[i], round, &p->counts);
	qy_replay_free_round(&p->replay, round, QY_HELD_ANON);
	qy_replay_free_round(&p->replay, round, QY_HELD_CACHE);
	qy_replay_free_round(&p->replay, round, QY_HELD_KERNEL);
}

/* Return: events a second, 0 when the board does not boot or refuses an allocation. */
static double play_once(const struct qy_trace *trace, unsigned int gib)
{
	uint32_t rounds = 1 + (uint32_t)(EVENTS_AT_ALL / trace->nr_events);
	struct qy_bank bank = { .base = 4ull << 30, .size = (uint64_t)gib << 30 };
	struct play p = { .trace = trace };
	struct qy_board board;
	double begin, spent;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = trace->nr_cpus < QY_MAX_CPUS ? trace->nr_cpus : QY_MAX_CPUS;
	struct qy_machine *m = qy_sim_boot(&board, NULL, why, sizeof(why));

	if (!m) {
		fprintf(stderr, "bench_trace: %u GiB: does not boot: %s\n", gib, why);
		return 0;
	}
	if (qy_load_older(trace, &p.older) ||
		qy_replay_init(&p.replay, m, board.nr_cpus)) {
		fprintf(stderr, "bench_trace: no memory for the replay: free some\n");
		return 0;
	}
	play_round(&p, 0);
	begin = cpu_seconds();
	for (uint32_t round = 1; round <= rounds; round++)
		play_round(&p, round);
	spent = cpu_seconds() - begin;
	qy_replay_exit(&p.replay);
	qy_load_older_free(&p.older);
	qy_sim_shutdown(m);
	if (p.counts.nr_failed)
		fprintf(stderr, "bench_trace: %u GiB is too little for the trace\n", gib);
	return p.counts.nr_failed ? 0 : rounds * (double)trace->nr_events / spent;
}

static int run(const struct qy_trace *trace, const struct bench_args *args)
{
	unsigned int gib = args->gib ? args->gib : DEFAULT_GIB;
	double rate[BENCH_MAX_REPS];

	for (unsigned int r = 0; r < args->reps; r++) {
		rate[r] = play_once(trace, gib);
		if (rate[r] <= 0)
			return 1;
	}
	double million = bench_median(rate, args->reps) / 1e6;

	if (args->json)
		printf("{\"schema\": 1, \"bench\": \"trace\", \"gib\": %u, \"reps\": %u, \"events\": %zu, \"million_events_per_second\": %.3f}\n",
			gib, args->reps, trace->nr_events, million);
	else
		printf("trace: %.2f M page events/s on one core, policy linux (%zu events a round, %u GiB, median of %u)\n",
			million, trace->nr_events, gib, args->reps);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench_args args;
	struct qy_trace trace;
	struct qy_err err;
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	if (access(BENCH_TRACE, R_OK)) {
		printf("trace: %s: not present\n", BENCH_TRACE);
		return 0;
	}
	if (qy_trace_load(BENCH_TRACE, &trace, &err)) {
		fprintf(stderr, "bench_trace: %s\n", err.text);
		return 2;
	}
	result = run(&trace, &args);
	qy_trace_free(&trace);
	return result;
}
