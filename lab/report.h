/* SPDX-License-Identifier: MIT */
/*
 * The verdict as text for people. Its last line is `verdict: PASS` or `verdict: FAIL (2 of 5 expectations)`.
 *
 * No state.
 */
#ifndef LAB_REPORT_H
#define LAB_REPORT_H

#include <stdbool.h>
#include <stdio.h>
#include "lab/check.h"

/* @colour: escape sequences for a terminal. Without it the bytes depend on board, scenario and seed only. */
void qy_report_print(FILE *out, const struct qy_check *check, bool colour);

/* Only the expectations and the last line. */
void qy_report_print_brief(FILE *out, const struct qy_check *check, bool colour);

#endif
