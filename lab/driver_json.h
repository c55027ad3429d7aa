/* SPDX-License-Identifier: MIT */
/*
 * What reports of several kinds say of drivers, as JSON. No state.
 */
#ifndef QUARRY_LAB_DRIVER_JSON_H
#define QUARRY_LAB_DRIVER_JSON_H

#include <jansson.h>

struct qy_driver_verdict;

/* The places of a search; docs/formats.md. NULL: the host has no memory. Context: any. */
json_t *qy_driver_sites_json(const struct qy_driver_verdict *verdict);
/* pre: verdict->series. Objects of caches over board time, likewise. */
json_t *qy_driver_caches_json(const struct qy_driver_verdict *verdict);

#endif
