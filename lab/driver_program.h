/* SPDX-License-Identifier: MIT */
/*
 * The drivers of a scenario: each is a task that loads its module, does what a program and the hardware do, and unloads it.
 *
 *   qy_programs_start    on the session's world
 *   qy_programs_wait     board time passes, and they run
 *   qy_programs_end      those that go on to the end come to it
 *
 * State: one set of programs at a time in a process.
 */
#ifndef QUARRY_LAB_DRIVER_PROGRAM_H
#define QUARRY_LAB_DRIVER_PROGRAM_H

#include <stdint.h>

#include "lab/scenario.h"

/* @zero_ns: of the board's clock, from where the times of @specs count. Return: 0, -1: the host has no memory. */
int qy_programs_start(const struct qy_driver_spec *specs, uint32_t nr, uint64_t zero_ns);
void qy_programs_wait(uint64_t until_ns);
void qy_programs_end(void);

#endif
