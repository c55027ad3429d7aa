/* SPDX-License-Identifier: MIT */
/*
 * The verdict as a list of cases, for formats that know cases only (KTAP, JUnit): the expectations in their order,
 * then whether memory kept its content, then whether the machine is sound, then what was checked of drivers.
 *
 * No state.
 */
#ifndef LAB_REPORT_CASE_H
#define LAB_REPORT_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include "lab/check.h"

struct qy_case {
	char name[256]; /* "nic: success 99.9%" */
	bool pass, skipped;
	char text[512]; /* one line: what was found */
	char *why;      /* lines, NULL when there are none; to be given to free() */
};

/* How many cases @check has. */
uint32_t qy_nr_cases(const struct qy_check *check);

/**
 * qy_case_get() - one case
 * @check: has run
 * @i:     0 .. qy_nr_cases() - 1
 * @out:   filled in; control characters and what is not UTF-8 are shown as '?'
 *
 * Context: Any.
 * Return: 0, -ENOMEM.
 */
int qy_case_get(const struct qy_check *check, uint32_t i, struct qy_case *out);

#endif
