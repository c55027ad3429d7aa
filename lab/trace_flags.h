/* SPDX-License-Identifier: MIT */
/*
 * The gfp flags of recordings by name: kernels number them differently.
 *
 *   qy_trace_flag()     one flag
 *   qy_trace_flag_at()  all of them, in turn
 *
 * No state.
 */
#ifndef LAB_TRACE_FLAGS_H
#define LAB_TRACE_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include "quarry/gfp.h"

/* @bits: ours; 0 = known, but nothing that the page floor acts on. Return: false when the name is not known. */
bool qy_trace_flag(const char *name, qy_gfp_t *bits);
/* The @i-th name of the table, NULL behind its end. */
const char *qy_trace_flag_at(size_t i, qy_gfp_t *bits);

#endif
