/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line: what its memory options say about a board.
 *
 *   qy_memparse()          "64M", "0x1000", "1G" -> bytes, as the kernel reads sizes
 *   qy_cmdline_apply()     split the line as the kernel does and apply every option
 *
 * An option is one of three kinds: it changes the board; it is the memory manager's but does nothing here
 * yet, which a note says; or it belongs to another subsystem, which one note counts. As in the kernel '-' and
 * '_' in a name are the same, the last of several equal options wins, and "--" ends the kernel's part.
 *
 * No state.
 */
#ifndef QUARRY_LAB_CMDLINE_H
#define QUARRY_LAB_CMDLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "lab/error.h"
#include "quarry/board.h"

#define QY_COMMAND_LINE_SIZE 2048 /* with the final NUL, on arm64 and x86-64 */

/* What the line says beyond the fields of a board; 0 = not given. */
struct qy_cmdline {
	uint64_t mem_bytes; /* mem= */
	uint32_t nr_cpus;   /* nr_cpus= */
	bool numa_off;      /* numa=off */
};

/**
 * qy_memparse() - read a number with an optional suffix K, M, G, T, P or E
 * @text:  decimal, 0x hexadecimal or 0 octal digits, then the suffix
 * @end:   set to the first character that was not read
 * @bytes: the result
 *
 * Context: Any.
 * Return: 0, or -1 when there is no digit or the value needs more than 64 bits.
 */
int qy_memparse(const char *text, const char **end, uint64_t *bytes);

/**
 * qy_cmdline_apply() - apply a command line to a board
 * @board: changed: kernelcore, movablecore, movable_node, cma, thp, and vm through sysctl.vm.*=
 * @line:  the whole command line
 * @place: names the line in messages, as in "board.dts: command line"
 * @out:   filled in
 * @notes: gets the remarks
 * @err:   gets the reason
 *
 * Context: Any.
 * Return: 0, or -1 when a memory option is malformed.
 */
int qy_cmdline_apply(struct qy_board *board, const char *line, const char *place,
	struct qy_cmdline *out, struct qy_notes *notes, struct qy_err *err);

#endif
