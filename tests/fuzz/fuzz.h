/* SPDX-License-Identifier: MIT */
/*
 * What every fuzz target of a loader promises: bad input ends in one line, never in a crash.
 *
 *   FUZZ_CHECK(cond)       abort with the place when it does not hold
 *   check_error(ret, err)  a refusal has exactly one line that says something
 *
 * No state.
 */
#ifndef QUARRY_FUZZ_H
#define QUARRY_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/error.h"

#define FUZZ_CHECK(cond)                                                           \
	do {                                                                       \
		if (!(cond)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static inline void check_error(int ret, const struct qy_err *err)
{
	FUZZ_CHECK(ret == 0 || ret == -1);
	FUZZ_CHECK(!ret || err->text[0]);
	FUZZ_CHECK(!strchr(err->text, '\n'));
}

#endif
