/* SPDX-License-Identifier: MIT */
/*
 * The verdict for programs: JSON, KTAP, JUnit; and as a page for people. docs/formats.md and docs/report-page.md
 * describe them and what may change.
 *
 * Same board, scenario and seed, same bytes: key order is fixed, there is no wall time and no host address.
 *
 * No state.
 */
#ifndef LAB_REPORT_FORMATS_H
#define LAB_REPORT_FORMATS_H

#include <stdio.h>
#include "lab/seeds.h"

/*
 * Each writes the whole of its format; with several seeds, the details are those of the worst.
 * Context: Any; qy_seeds_run() has returned 0.
 * Return: 0, or negative when the host has no memory; what was written until then is of no use.
 */
int qy_report_json(FILE *out, const struct qy_seeds *seeds);
int qy_report_ktap(FILE *out, const struct qy_seeds *seeds);
int qy_report_junit(FILE *out, const struct qy_seeds *seeds);
/* The page of `quarry check --html`: the run was filmed (qy_check_hooks.film). */
int qy_report_html(FILE *out, const struct qy_seeds *seeds);

#endif
