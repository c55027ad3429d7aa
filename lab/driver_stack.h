/* SPDX-License-Identifier: MIT */
/*
 * Names for addresses of this process, and of its children that have loaded nothing since: function, file and line, inlined
 * callers too, by libdw.
 *
 * No state but what qy_symbols_open() returns.
 */
#ifndef QUARRY_LAB_DRIVER_STACK_H
#define QUARRY_LAB_DRIVER_STACK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lab/driver.h"

struct qy_symbols;

/* What is loaded now. NULL: the host has no memory. Context: any. */
struct qy_symbols *qy_symbols_open(void);
void qy_symbols_close(struct qy_symbols *symbols);

/* One level of calls. */
struct qy_frame {
	char function[64];
	char file[256]; /* as the compiler was told it; "": not a line of a driver */
	int line;
};

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
