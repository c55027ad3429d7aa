/* SPDX-License-Identifier: MIT */
/*
 * The JSON report as values, for what contains it. docs/formats.md describes its keys.
 *
 * No state.
 */
#ifndef LAB_REPORT_JSON_H
#define LAB_REPORT_JSON_H

#include <jansson.h>
#include "lab/seeds.h"

/*
 * The whole report, and one why as it stands in the report (@why may be NULL).
 * Context: Any; qy_seeds_run() has returned 0.
 * Return: a new reference, NULL when the host has no memory.
 */
json_t *qy_report_json_document(const struct qy_seeds *seeds);
json_t *qy_report_json_why(const struct qy_check *check, const struct qy_why *why);

#endif
