// SPDX-License-Identifier: MIT
/*
 * How long does `quarry check` take for a driver? A run under all checks of each example (a process, a board, load, probe, open,
 * interrupt, removal, unload), and the search of a driver that allocates at two hundred places, without compiling.
 *
 * No state.
 */
#include "bench/args.h"
#include "bench/measure.h"
#include "lab/driver.h"
#include "lab/driver_search.h"
#include "lab/driver_stack.h"
#include <stdio.h>
#include <sys/resource.h>

#define MAX_REPS 64

static const struct example {
	const char *name, *path;
} examples[] = {
	{ "isp", BENCH_BINARY "/tests/drivers/isp.qko" },
	{ "npu", BENCH_BINARY "/tests/drivers/npu.qko" },
	{ "fpga", BENCH_BINARY "/tests/drivers/fpga.qko" },
	{ "nic", BENCH_BINARY "/bench/nic.qko" },
};

static struct qy_err err;

/* Of children that were waited for, and theirs; ms. */
static double cpu_of_children(void)
{
	struct rusage use;

	getrusage(RUSAGE_CHILDREN, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
}

struct timing {
	double wall[MAX_REPS], cpu[MAX_REPS]; /* ms */
};

static void print(const struct bench_args *args, const char *row, struct timing *t)
{
	double wall = bench_median(t->wall, args->reps);
	double cpu = bench_median(t->cpu, args->reps);

	if (args->json)
		printf("{\"schema\": 1, \"bench\": \"check\", \"row\": \"%s\", \"wall_ms\": %.1f, \"cpu_ms\": %.1f}\n",
			row, wall, cpu);
	else
		printf("  %-28s%12.1f%12.1f\n", row, wall, cpu);
}

/* Return: 0, -1 with err. */
static int run_once(struct qy_driver_plan *plan, struct qy_driver_outcome *out)
{
	if (qy_driver_play(plan, out, NULL, &err))
		return -1;
	return out->end == QY_DRIVER_ENDED && !out->nr_left && !out->nr_mistakes
		       ? 0
		       : qy_fail(&err, "%s: does not pass", plan->module[0].path);
}

static int search_once(struct qy_driver_plan *plan, struct qy_driver_outcome *out)
{
	struct qy_driver_search search = { .replay = "" };
	struct qy_driver_verdict verdict;
	struct qy_symbols *symbols = qy_symbols_open();
	int error = qy_driver_play(plan, out, NULL, &err);

	if (!error && (!symbols || qy_driver_judge(plan, out, symbols, &verdict)))
		error = qy_fail(&err, "the host has no memory left");
	if (!error) {
		error = qy_driver_search(&search, plan, symbols, &verdict, &err);
		if (!error && (!verdict.pass || verdict.nr_sites != 200))
			error = qy_fail(&err, "%u sites", verdict.nr_sites);
		qy_driver_verdict_free(&verdict);
	}
	qy_symbols_close(symbols);
	return error;
}

static int measure(const struct bench_args *args, const char *row,
	struct qy_driver_plan *plan,
	int once(struct qy_driver_plan *plan, struct qy_driver_outcome *out))
{
	struct qy_driver_outcome *out = qy_driver_outcome_new();
	struct timing t;
	int error = out ? qy_driver_open(plan, &err) : -1;

	for (unsigned int r = 0; r < args->reps && !error; r++) {
		struct bench_clocks begin = bench_clocks_now(), end;
		double cpu = cpu_of_children();

		error = once(plan, out);
		end = bench_clocks_now();
		t.wall[r] = (end.wall - begin.wall) / 1e6;
		t.cpu[r] = cpu_of_children() - cpu + (end.cpu - begin.cpu) / 1e6;
	}
	qy_driver_close(plan);
	qy_driver_outcome_free(out);
	if (error)
		fprintf(stderr, "bench_check: %s: %s\n", row, err.text);
	else
		print(args, row, &t);
	return error;
}

int main(int argc, char **argv)
{
	const struct qy_board_opts opts = { .dtb = BENCH_BOARD };
	struct qy_loaded_board *board;
	struct bench_args args;
	int result = bench_args_parse(&args, argc, argv), error = 0;

	if (result)
		return result < 0 ? 0 : result;
	if (args.reps > MAX_REPS)
		args.reps = MAX_REPS;
	board = qy_board_load(&opts, &err);
	if (!board) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (!args.json)
		printf("ms, median of %-15u%12s%12s\n", args.reps, "wall", "CPU");
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]) && !error; i++) {
		struct qy_driver_plan plan = { .board = board,
			.board_name = BENCH_BOARD,
			.nr_modules = 2,
			.run = qy_driver_run };
		plan.module[0].path = BENCH_BINARY "/tests/drivers/example-hw.qko";
		plan.module[1].path = examples[i].path;
		error = measure(&args, examples[i].name, &plan, run_once);
	}
	if (!error) {
		struct qy_driver_plan plan = { .board = board,
			.board_name = BENCH_BOARD,
			.nr_modules = 1,
			.run = qy_driver_run };

		plan.module[0].path = BENCH_BINARY "/bench/sites.qko";
		error = measure(&args, "search of 200 sites", &plan, search_once);
	}
	qy_board_free(board);
	return error ? 1 : 0;
}
