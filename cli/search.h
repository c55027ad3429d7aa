/* SPDX-License-Identifier: MIT */
/*
 * Flags that have drivers fail: --fail-every, --fail-pairs, --schedules search, --fail-at, --fail-kind, --schedule play one
 * run. No state.
 */
#ifndef QUARRY_CLI_SEARCH_H
#define QUARRY_CLI_SEARCH_H

#include <signal.h>
#include <stdbool.h>

#include "lab/driver.h"

struct cli_args;

/* Is something to fail, or to come in another order, in the run itself? */
bool cli_fails_one(const struct cli_args *args);
/* Are there further runs, behind one that passes? */
bool cli_searches(const struct cli_args *args);
/* Return: 0, or EXIT_BAD_INPUT after a line. */
int cli_read_failures(const struct cli_args *args, struct qy_driver_plan *plan);
/* Where the run never came to the request of --fail-at: EXIT_BAD_INPUT after a line, else 0. */
int cli_missed(const struct cli_args *args, const struct qy_driver_verdict *verdict);
/* What the searches add to @verdict, which passes so far; with progress on a terminal. Return: 0, -1 with @err. */
int cli_search(const struct cli_args *args, struct qy_driver_plan *plan,
	struct qy_symbols *symbols, struct qy_driver_verdict *verdict,
	const volatile sig_atomic_t *stop, struct qy_err *err);

#endif
