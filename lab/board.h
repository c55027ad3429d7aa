/* SPDX-License-Identifier: MIT */
/*
 * Loads a board: device tree, kernel command line and sysctl.conf become one struct qy_board.
 *
 *   qy_board_load()        from files, with the switches of the command
 *   qy_board_load_blob()   from a flattened tree in memory
 *   qy_board_sibling()     another file of the board, by its name
 *   qy_board_free()
 *
 * Next to NAME.dts or NAME.dtb, NAME.cmdline and NAME.sysctl.conf are read when they exist. NAME.cmdline stands
 * for what the boot loader passes: it replaces /chosen/bootargs. Later settings win: bootargs or NAME.cmdline,
 * then --append, then the sysctl.conf, then --sysctl.
 *
 * Invariants of a loaded board: banks are whole pages, sorted, disjoint, merged where they touch on one node,
 * and lie within the address width of the architecture; there is at least one. Reservations are in the order
 * of the tree, inside RAM or not.
 *
 * No state.
 */
#ifndef QUARRY_LAB_BOARD_H
#define QUARRY_LAB_BOARD_H

#include <stddef.h>

#include "lab/error.h"
#include "quarry/board.h"

/* What the user gave; everything but @dtb may be left zero. */
struct qy_board_opts {
	const char *dtb;            /* a .dtb, or a .dts that dtc compiles */
	const char *cmdline_file;   /* instead of NAME.cmdline */
	const char *sysctl_file;    /* instead of NAME.sysctl.conf */
	const char *settings;       /* in sysctl.conf's format, applied after that file */
	const char *settings_place; /* where they stand, for messages */
	const char *append;         /* added to the command line */
	const char *memory;         /* -m: one bank of this size replaces all others */
	const char *areas;          /* "NAME=SIZE,...": nodes below /reserved-memory */
	int smp;                    /* -smp: CPUs, 0 = as many as the tree has */
	const char *const *sysctls; /* --sysctl: "key=value", applied last */
	int nr_sysctls;
	/* Where a setting stands that was not given by its flag, for messages: "x.yaml: board.memory". */
	const char *memory_place; /* NULL: -m */
	const char *areas_place;
	const char *
		sysctls_place; /* of the first @nr_placed_sysctls; the others are of --sysctl */
	int nr_placed_sysctls;
};

struct qy_board_store;

struct qy_loaded_board {
	struct qy_board board; /* its arrays live in @store */
	struct qy_notes notes; /* for the boot log: what was found odd or has no effect */
	struct qy_board_store *store;
};

/**
 * qy_board_load() - load a board from files
 * @opts: what the user gave
 * @err:  gets the reason, one line with file, place and remedy
 *
 * Context: Any thread; may run dtc in a child process.
 * Return: the board, to be given to qy_board_free(), or NULL.
 */
struct qy_loaded_board *qy_board_load(
	const struct qy_board_opts *opts, struct qy_err *err);

/**
 * qy_board_load_blob() - load a board from a flattened device tree in memory
 * @blob: the tree; copied, not trusted
 * @size: bytes of @blob
 * @name: names the tree in messages
 * @opts: what the user gave; the files named there are read, no others
 * @err:  gets the reason
 *
 * Context: Any thread.
 * Return: the board, to be given to qy_board_free(), or NULL.
 */
struct qy_loaded_board *qy_board_load_blob(const void *blob, size_t size,
	const char *name, const struct qy_board_opts *opts, struct qy_err *err);

/**
 * qy_board_free() - give back a loaded board
 * @loaded: from a loader, or NULL
 *
 * Context: Any; no machine may still use the board.
 */
void qy_board_free(struct qy_loaded_board *loaded);

/* NAME.dts -> NAME.@suffix, to be given to free(); NULL when that cannot be read. Context: any. */
char *qy_board_sibling(const char *tree, const char *suffix);

#endif
