/* SPDX-License-Identifier: MIT */
/*
 * The film of a run as JSON, for the page of `quarry check --html` alone: page and film come from one build, so that
 * nothing is promised about its keys. web/src/model.js reads it.
 *
 * No state.
 */
#ifndef LAB_FILM_JSON_H
#define LAB_FILM_JSON_H

#include <jansson.h>
#include "lab/check.h"

/* Return: a new reference, NULL when the host has no memory. Context: any; @check has run with a film. */
json_t *qy_film_json(const struct qy_check *check);

#endif
