/* SPDX-License-Identifier: MIT */
/*
 * Compiles driver source into a module (.qko): a shared object that `quarry` loads.
 *
 *   qy_driver_cc()   files to a module; what is not supported is named in one line each
 *
 * No state.
 */
#ifndef QUARRY_LAB_DRIVER_CC_H
#define QUARRY_LAB_DRIVER_CC_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "lab/error.h"

#define QY_MAX_DRIVER_FILES 32
#define QY_MAX_DRIVER_FLAGS 64

struct qy_driver_cc {
	const char *files
		[QY_MAX_DRIVER_FILES]; /* .c to compile; .o to link in; .qko whose exports it may use */
	int nr_files;
	const char *output;
	const char *headers;  /* where compat/include and include lie */
	const char *compiler; /* NULL: $CC, else cc */
	bool no_instrument; /* accesses are not checked; KFENCE samples objects instead */
	const char *kernel; /* "6.1", "6.12.3"; NULL: 6.12 */
	const char *flags[QY_MAX_DRIVER_FLAGS]; /* "-DNAME=VALUE", "-IDIR" */
	int nr_flags;
	const volatile sig_atomic_t *stop; /* not 0: the compiler is ended; may be NULL */
};

/**
 * qy_driver_cc() - compile and link
 * @cc:  what
 * @out: receives what the compiler says, and a line for each symbol and header that is not supported
 * @err: the one line that says how it ended
 *
 * The module's name is that of its output. Nothing is left behind but the output, and that only when it is whole.
 *
 * Context: Any thread; runs the compiler in a child process.
 * Return: 0, or -1 with @err.
 */
int qy_driver_cc(const struct qy_driver_cc *cc, FILE *out, struct qy_err *err);

/* A file name that ends in .c, in .qko, in .o. Context: any. */
bool qy_driver_is_source(const char *file);
bool qy_driver_is_module(const char *file);
bool qy_driver_is_object(const char *file);

/*
 * What the compiler and the linker have written to @messages goes on to @out: of what is not supported one line for each
 * symbol and header, all else as it is. @version: of Linux, as LINUX_VERSION_CODE. Return: how many symbols nobody has. Context: any.
 */
int qy_driver_messages(const struct qy_driver_cc *cc, unsigned int version,
	const char *messages, FILE *out);
/* The first header that is not there, and where it was wanted. Return: false: none lacks. Context: any. */
bool qy_driver_missing_header(
	const char *messages, char *place, size_t place_size, char *header, size_t size);

#endif
