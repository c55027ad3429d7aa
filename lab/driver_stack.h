/* SPDX-License-Identifier: MIT */
/*
 * Stacks of drivers as their authors read them: function, file and line, inlined callers too (quarry/symbol.h).
 *
 * No state.
 */
#ifndef QUARRY_LAB_DRIVER_STACK_H
#define QUARRY_LAB_DRIVER_STACK_H

#include <quarry/symbol.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lab/driver.h"

/*
 * Who called, nearest first: from the kernel's function that the driver called up to the outermost function of a driver.
 * @exact: the first address is an instruction, not a return address.
 * Return: how many; 0: no driver is in it. Context: any.
 */
uint32_t qy_symbols_stack(struct qy_symbols *symbols, const struct qy_driver_stack *stack,
	bool exact, struct qy_frame *frames, uint32_t max);

/* The same, a line each behind @indent: "isp_probe (isp.c:45)". Return: lines. Context: any. */
uint32_t qy_symbols_print(FILE *out, struct qy_symbols *symbols,
	const struct qy_driver_stack *stack, bool exact, const char *indent);

#endif
