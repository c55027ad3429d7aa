/* SPDX-License-Identifier: MIT */
/* What bench_driver measures: the same driver code, plain and instrumented. No state. */
#ifndef BENCH_DRIVER_CODE_H
#define BENCH_DRIVER_CODE_H

struct driver_code {
	int (*begin)(void); /* in a task of a world; -ENOMEM */
	void (*end)(void);
	/* @nr frames of 1500 bytes. Return: something of all bytes. */
	unsigned long (*ring)(unsigned int nr);
	unsigned long (*sum)(unsigned int nr);
	unsigned long (*copy)(unsigned int nr);
	unsigned long (*objects)(unsigned int nr);
	unsigned long (*whole)(unsigned int nr);
};

extern const struct driver_code driver_code_plain, driver_code_gcc,
	driver_code_clang __attribute__((weak));

#endif
