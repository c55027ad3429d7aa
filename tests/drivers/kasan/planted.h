/* SPDX-License-Identifier: MIT */
/* Drivers' mistakes, compiled as instrumented drivers are, by each compiler: see tests/drivers/kernel/test_kasan.c. */
#ifndef TESTS_DRIVERS_PLANTED_H
#define TESTS_DRIVERS_PLANTED_H

/* @right: the same without the mistake. */
struct planted {
	const char *name;
	void (*run)(int right);
};

/* Each ends with an empty name. NULL: that compiler is not here. The first two check inline. */
extern const struct planted planted_gcc[] __attribute__((weak));
extern const struct planted planted_clang[] __attribute__((weak));
extern const struct planted planted_calls_gcc[] __attribute__((weak));
extern const struct planted planted_calls_clang[] __attribute__((weak));

#endif
