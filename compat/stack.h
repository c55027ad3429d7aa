/* SPDX-License-Identifier: MIT */
/*
 * Stacks in reports: whom they show, and how.
 *
 * No state.
 */
#ifndef COMPAT_STACK_H
#define COMPAT_STACK_H

#include <stddef.h>

/* "isp_probe+0x1c/0x80 [isp] (isp.c:42)"; @line: with the last part. */
void qy_stack_place(char *text, size_t size, const void *code, bool line);
/*
 * A line each from @from on, NULL: of all, down to the runtime's own frames below the driver, with @indent before it.
 * Return: how many.
 */
unsigned int qy_stack_print(
	void *const *frames, unsigned int nr, const void *from, const char *indent);
/* The same at another level of the log. */
unsigned int qy_stack_print_at(int level, void *const *frames, unsigned int nr,
	const void *from, const char *indent);
/* The same, a call of @line for each. */
unsigned int qy_stack_tell(void *const *frames, unsigned int nr, const void *from,
	void (*line)(void *to, const char *text), void *to);
/* The caller's own, between the lines of a call trace. */
void qy_stack_print_here(const void *from);
/* The nearest caller that is a driver's; NULL. */
void *qy_stack_driver(void);
/* "CPU: 0 UID: 0 PID: 101 Comm: insmod Not tainted 6.12.0" */
void qy_stack_print_task(void);

#endif
