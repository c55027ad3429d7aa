/* SPDX-License-Identifier: MIT */
/* The options that all bench programs share. A program that has no use for one ignores it. No state. */
#ifndef BENCH_ARGS_H
#define BENCH_ARGS_H

#include <stdbool.h>

#define BENCH_MAX_PEERS 16

struct bench_args {
	unsigned int gib;     /* RAM that a peer manages; 0 = the program's default */
	unsigned int reps;    /* repetitions behind each median */
	unsigned int threads; /* only rows with so many; 0 = all */
	int order;            /* only rows of this order; -1 = all */
	const char *rows;     /* only rows whose title contains it; NULL = all */
	bool movable;         /* ask Quarry for user pages instead of kernel pages */
	bool wall;            /* table by wall clock instead of CPU time */
	bool json;
	const char *peers[BENCH_MAX_PEERS]; /* plugin files */
	unsigned int nr_peers;
};

#define BENCH_MAX_GIB     1024
#define BENCH_MAX_REPS    99
#define BENCH_MAX_THREADS 64

/* Return: 0; 2 after one line on stderr about the option that is wrong; -1 after --help. */
int bench_args_parse(struct bench_args *args, int argc, char **argv);

#endif
