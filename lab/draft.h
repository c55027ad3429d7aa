/* SPDX-License-Identifier: MIT */
/*
 * A commented scenario to start from.
 *
 * Each key of a scenario stands in it with a line of explanation. Those that are not set stand behind a `#` without a
 * blank: without that `#` the line is valid. The text stands for a file in the current directory.
 *
 * No state.
 */
#ifndef LAB_DRAFT_H
#define LAB_DRAFT_H

#include <stdio.h>
#include "lab/error.h"

struct qy_draft {
	const char *dtb;    /* a .dtb or .dts */
	const char *memory; /* RAM instead of the tree's banks; NULL: the tree has them */
	const char *trace;  /* a recording; NULL: a generator makes the load */
	const char *capture; /* instead of both */
};

/**
 * qy_draft_print() - write the scenario
 * @out:   a stream; nothing is written after an error
 * @draft: its files are read, so that `quarry check` accepts what is written
 * @err:   one line
 *
 * Context: Task context, forks.
 * Return: 0, or -1 with @err.
 */
int qy_draft_print(FILE *out, const struct qy_draft *draft, struct qy_err *err);

#endif
