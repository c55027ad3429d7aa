// SPDX-License-Identifier: MIT
/*
 * What do checked accesses cost a driver? The same code plain in a world, and instrumented in a world that checks (shadow,
 * red zones, what was freed waits).
 *
 * No state but the world of the row that runs.
 */
#include "bench/args.h"
#include "bench/driver/code.h"
#include "bench/measure.h"
#include <quarry/sim.h>
#include <quarry/world.h>
#include <stdio.h>
#include <string.h>

#define FRAMES      20480u /* whole rings, a tenth of them, too */
#define NR_ROWS     5
#define NR_VARIANTS 3

static const struct driver_code *const variants[NR_VARIANTS] = { &driver_code_plain,
	&driver_code_gcc, &driver_code_clang };
static const char *const variant_names[NR_VARIANTS] = { "plain", "gcc", "clang" };
static const char *const row_names[NR_ROWS] = { "ring and queue", "sum of 1500 bytes",
	"copy of 1500 bytes", "kzalloc and kfree", "a frame, all of it" };

static double ns[NR_VARIANTS][NR_ROWS][BENCH_MAX_REPS];
static volatile unsigned long sink;

struct run {
	const struct driver_code *code;
	double (*ns)[BENCH_MAX_REPS];
	unsigned int rep;
};

static int measure(void *arg)
{
	const struct run *run = arg;
	unsigned long (*const rows[NR_ROWS])(unsigned int nr) = { run->code->ring,
		run->code->sum, run->code->copy, run->code->objects, run->code->whole };
	int error = run->code->begin();

	for (unsigned int row = 0; !error && row < NR_ROWS; row++) {
		struct bench_clocks begin;

		sink = rows[row](FRAMES / 10);
		begin = bench_clocks_now();
		sink = rows[row](FRAMES);
		run->ns[row][run->rep] = (bench_clocks_now().cpu - begin.cpu) / FRAMES;
	}
	if (!error)
		run->code->end();
	return error;
}

/* Return: 0; 1 when there is no machine. */
static int in_a_world(unsigned int variant, unsigned int rep)
{
	static const struct qy_bank ram = { .base = 1ull << 30, .size = 64ull << 20 };
	struct run run = { variants[variant], ns[variant], rep };
	const bool checked = variant > 0;
	struct qy_sim_opts opts = { .mark = checked ? qy_world_mark : NULL };
	struct qy_world_opts world = { .kasan = checked };
	struct qy_board board;
	struct qy_machine *m;
	struct qy_world *w;
	int error = 1;

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.kernel = (struct qy_kernel_image){ 0 };
	board.banks = &ram;
	board.nr_banks = 1;
	if (checked)
		memcpy(board.slab.debug, "Z", 2);
	m = qy_sim_boot(&board, &opts, NULL, 0);
	if (!m)
		return 1;
	w = qy_world_boot(m, &world);
	if (w)
		error = qy_world_run(w, "bench", measure, &run) != 0;
	qy_world_down(w);
	qy_sim_shutdown(m);
	return error;
}

int main(int argc, char **argv)
{
	double median[NR_VARIANTS][NR_ROWS];
	struct bench_args args;
	int result = bench_args_parse(&args, argc, argv);

	if (result)
		return result < 0 ? 0 : result;
	for (unsigned int r = 0; r < args.reps; r++)
		for (unsigned int v = 0; v < NR_VARIANTS; v++)
			if (variants[v] && in_a_world(v, r))
				return 1;
	for (unsigned int v = 0; v < NR_VARIANTS; v++)
		for (unsigned int row = 0; row < NR_ROWS; row++)
			median[v][row] = bench_median(ns[v][row], args.reps);
	if (!args.json)
		printf("ns a frame, median of %u%20s%20s%20s\n", args.reps, "plain",
			"checked, gcc", "checked, clang");
	for (unsigned int row = 0; row < NR_ROWS; row++) {
		const double plain = median[0][row];

		if (args.json) {
			printf("{\"schema\": 1, \"bench\": \"driver\", \"row\": \"%s\"",
				row_names[row]);
			for (unsigned int v = 0; v < NR_VARIANTS; v++)
				if (variants[v])
					printf(", \"%s_ns\": %.1f", variant_names[v],
						median[v][row]);
			printf("}\n");
			continue;
		}
		printf("  %-22s%20.1f", row_names[row], plain);
		for (unsigned int v = 1; v < NR_VARIANTS; v++)
			if (variants[v])
				printf("%12.1f %5.2fx", median[v][row],
					median[v][row] / plain);
			else
				printf("%20s", "not present");
		printf("\n");
	}
	return 0;
}
