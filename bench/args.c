// SPDX-License-Identifier: MIT
/* Reads the options of the bench programs. No state. */
#include "bench/args.h"
#include <quarry/board.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: %s [--gib N] [--reps N] [--threads N] [--order N] [--movable] [--rows TEXT] [--wall] [--json] [--peer FILE.so]...\n"
	"  --gib N      RAM that each peer manages\n"
	"  --reps N     repetitions behind each median (default 5)\n"
	"  --threads N  only the rows with N threads\n"
	"  --order N    only the rows of blocks of 2^N frames\n"
	"  --movable    ask Quarry for GFP_HIGHUSER_MOVABLE instead of GFP_KERNEL\n"
	"  --rows TEXT  only the rows whose title contains TEXT (bench_objects)\n"
	"  --wall       time by the wall clock instead of the threads' CPU time\n"
	"  --json       one JSON object instead of tables\n"
	"  --peer FILE  compare with this shared object too (bench/README.md)\n";

static const struct option options[] = {
	{ "gib", required_argument, NULL, 'g' },
	{ "reps", required_argument, NULL, 'r' },
	{ "threads", required_argument, NULL, 't' },
	{ "order", required_argument, NULL, 'o' },
	{ "movable", no_argument, NULL, 'm' },
	{ "rows", required_argument, NULL, 's' },
	{ "wall", no_argument, NULL, 'w' },
	{ "json", no_argument, NULL, 'j' },
	{ "peer", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* A number in [least, most], or -1 after a line that says so. */
static long number(
	const char *program, const char *option, const char *text, long least, long most)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end != text && !*end && value >= least && value <= most)
		return value;
	fprintf(stderr, "%s: --%s %s: give a number from %ld to %ld\n", program, option,
		text, least, most);
	return -1;
}

static int parse_one(struct bench_args *args, const char *program, int option)
{
	long value = 0;

	switch (option) {
	case 'g':
		value = number(program, "gib", optarg, 1, BENCH_MAX_GIB);
		args->gib = (unsigned int)value;
		break;
	case 'r':
		value = number(program, "reps", optarg, 1, BENCH_MAX_REPS);
		args->reps = (unsigned int)value;
		break;
	case 't':
		value = number(program, "threads", optarg, 1, BENCH_MAX_THREADS);
		args->threads = (unsigned int)value;
		break;
	case 'o':
		value = number(program, "order", optarg, 0, QY_MAX_PAGE_ORDER);
		args->order = (int)value;
		break;
	case 'm':
		args->movable = true;
		break;
	case 's':
		args->rows = optarg;
		break;
	case 'w':
		args->wall = true;
		break;
	case 'j':
		args->json = true;
		break;
	case 'p':
		if (args->nr_peers == BENCH_MAX_PEERS) {
			fprintf(stderr, "%s: --peer %s: give at most %d peers\n", program,
				optarg, BENCH_MAX_PEERS);
			return 2;
		}
		args->peers[args->nr_peers++] = optarg;
		break;
	case 'h':
		printf(usage, program);
		return -1;
	default:
		fprintf(stderr, usage, program);
		return 2;
	}
	return value < 0 ? 2 : 0;
}

int bench_args_parse(struct bench_args *args, int argc, char **argv)
{
	int option, result;

	*args = (struct bench_args){ .reps = 5, .order = -1 };
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		result = parse_one(args, argv[0], option);
		if (result)
			return result;
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "%s: %s: is no option; --help lists them\n", argv[0],
		argv[optind]);
	return 2;
}
