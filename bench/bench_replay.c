// SPDX-License-Identifier: MIT
/*
 * What does the converted form save, and how long does an hour of page events take without contents?
 *
 * Decoding the bundled recording, writing and reading its converted form, and playing it round after round from that
 * form on one machine whose frames are never written: ten million events a repetition, so --reps 10 is 10^8. What a
 * round still holds goes back before the next, in the time. Twice: without page_owner, and with it. No state but which
 * clock rules.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "lab/convert.h"
#include "lab/replay.h"
#include <quarry/sim.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static bool by_the_wall;

#define DEFAULT_GIB 4
#define EVENTS      10000000u

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The process's own CPU time, or with --wall that of the clock on the wall. */
static double seconds(void)
{
	return seconds_of(by_the_wall ? CLOCK_MONOTONIC : CLOCK_PROCESS_CPUTIME_ID);
}

struct rates {
	double decode, write, read; /* million events a second */
	double replay[BENCH_MAX_REPS],
		owned[BENCH_MAX_REPS]; /* without, with page_owner */
	double seconds;                /* of all repetitions */
	uint64_t events;
	size_t form_bytes;
};

/* Decodes and converts. Return: the load as it came back from its converted form in @back. */
static int convert(struct qy_trace *back, struct rates *rates)
{
	const struct qy_source source = { 0 };
	struct qy_trace trace;
	struct qy_err err;
	unsigned char *bytes;
	double begin = seconds_of(CLOCK_MONOTONIC), million; /* a child decodes */
	int error;

	if (qy_trace_load(BENCH_TRACE, &trace, &err)) {
		fprintf(stderr, "bench_replay: %s\n", err.text);
		return -1;
	}
	million = (double)trace.nr_events / 1e6;
	rates->decode = million / (seconds_of(CLOCK_MONOTONIC) - begin);
	begin = seconds();
	bytes = qy_convert_encode(&trace, &source, &rates->form_bytes);
	rates->write = million / (seconds() - begin);
	begin = seconds();
	error = bytes ? qy_convert_decode(bytes, rates->form_bytes, &source, back) : -1;
	rates->read = million / (seconds() - begin);
	free(bytes);
	qy_trace_free(&trace);
	if (error)
		fputs("bench_replay: the form does not come back: no memory?\n", stderr);
	return error;
}

static void play_round(struct qy_replay *replay, const struct qy_trace *trace,
	const struct qy_older *older, uint32_t round, bool owned,
	struct qy_replay_counts *counts)
{
	qy_replay_older(replay, older, round, counts);
	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct qy_page_event *event = &trace->events[i];

		if (owned && event->kind == QY_EV_ALLOC)
			qy_set_current(&trace->tasks[event->task]);
		qy_replay_event(replay, event, round, counts);
	}
	for (unsigned int list = 0; list < QY_NR_HELD_LISTS; list++)
		qy_replay_free_round(replay, round, (enum qy_held_list)list);
}

static int play(struct qy_machine *m, const struct qy_trace *trace, unsigned int nr_cpus,
	unsigned int reps, bool owned, double *rate, struct rates *rates)
{
	uint32_t rounds = 1 + (uint32_t)(EVENTS / trace->nr_events), round = 0;
	struct qy_replay_counts counts = { 0 };
	struct qy_replay replay;
	struct qy_older older;

	if (qy_load_older(trace, &older) || qy_replay_init(&replay, m, nr_cpus)) {
		fputs("bench_replay: no memory for the replay: free some\n", stderr);
		return 1;
	}
	replay.no_stamps = true;
	for (unsigned int r = 0; r < reps; r++) {
		double begin = seconds(), spent;

		for (uint32_t i = 0; i < rounds; i++)
			play_round(&replay, trace, &older, round++, owned, &counts);
		spent = seconds() - begin;
		rate[r] = rounds * (double)trace->nr_events / 1e6 / spent;
		rates->seconds += spent;
		rates->events += rounds * trace->nr_events;
	}
	qy_replay_exit(&replay);
	qy_load_older_free(&older);
	if (counts.nr_failed)
		fputs("bench_replay: the board is too small for the load: give --gib\n",
			stderr);
	return counts.nr_failed != 0;
}

static void print(struct rates *rates, const struct bench_args *args)
{
	double replay = bench_median(rates->replay, args->reps);
	double owned = bench_median(rates->owned, args->reps);
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	if (args->json) {
		printf("{\"schema\": 1, \"bench\": \"replay\", \"reps\": %u, \"million_events_per_second\": "
		       "{\"decode\": %.3f, \"write\": %.3f, \"read\": %.3f, \"replay\": %.3f, \"replay_with_page_owner\": %.3f}, "
		       "\"events\": %llu, \"seconds\": %.3f, \"peak_mib\": %ld, \"form_bytes\": %zu}\n",
			args->reps, rates->decode, rates->write, rates->read, replay,
			owned, (unsigned long long)rates->events, rates->seconds,
			usage.ru_maxrss >> 10, rates->form_bytes);
		return;
	}
	printf("replay: conversion: %.2f M events/s decoded, %.1f M/s written, %.1f M/s read again, %.1f MiB\n",
		rates->decode, rates->write, rates->read,
		(double)rates->form_bytes / (1 << 20));
	printf("replay: %.2f M page events/s without contents (%llu events in %.1f s of %s, peak %ld MiB, median of %u)\n",
		replay, (unsigned long long)rates->events, rates->seconds,
		args->wall ? "wall time" : "CPU time", usage.ru_maxrss >> 10, args->reps);
	printf("replay: %.2f M page events/s with page_owner beside the board, as quarry check plays\n",
		owned);
}

static int run_on(const struct qy_board *board, const struct qy_trace *trace,
	unsigned int reps, double *rate, struct rates *rates)
{
	const struct qy_sim_opts opts = { .no_contents = true };
	char why[256] = "";
	struct qy_machine *m = qy_sim_boot(board, &opts, why, sizeof(why));
	int result;

	if (!m) {
		fprintf(stderr, "bench_replay: the board does not boot: %s\n", why);
		return 1;
	}
	result = play(m, trace, board->nr_cpus, reps, board->page_owner, rate, rates);
	qy_sim_shutdown(m);
	return result;
}

static int run(
	const struct qy_trace *trace, struct rates *rates, const struct bench_args *args)
{
	struct qy_bank bank = { .base = 4ull << 30,
		.size = (uint64_t)(args->gib ? args->gib : DEFAULT_GIB) << 30 };
	struct rates unused = { 0 };
	struct qy_board board;
	int result;

	qy_board_defaults(&board, QY_ARCH_X86_64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = trace->nr_cpus < QY_MAX_CPUS ? trace->nr_cpus : QY_MAX_CPUS;
	result = run_on(&board, trace, args->reps, rates->replay, rates);
	board.page_owner = QY_PAGE_OWNER_BESIDE;
	if (!result)
		result = run_on(&board, trace, args->reps, rates->owned, &unused);
	if (!result)
		print(rates, args);
	return result;
}

int main(int argc, char **argv)
{
	struct rates rates = { 0 };
	struct bench_args args;
	struct qy_trace trace;
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	by_the_wall = args.wall;
	if (access(BENCH_TRACE, R_OK)) {
		printf("replay: %s: not present\n", BENCH_TRACE);
		return 0;
	}
	if (convert(&trace, &rates))
		return 2;
	result = run(&trace, &rates, &args);
	qy_trace_free(&trace);
	return result;
}
