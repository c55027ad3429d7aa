/* SPDX-License-Identifier: MIT */
/*
 * Where things of drivers lie: a directory for what is temporary, the headers, the one that has a symbol. No state.
 */
#ifndef QUARRY_LAB_DRIVER_PLACE_H
#define QUARRY_LAB_DRIVER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/error.h"

/* A new directory below $TMPDIR. Return: 0, or -1 with @err. Context: any. */
int qy_driver_temp(char *dir, size_t size, struct qy_err *err);
/* It and everything in it. Context: any. */
void qy_driver_remove(const char *dir);

/*
 * The directory in which compat/include and include lie: installed beside the command, else the source tree that it was built
 * from. Return: NULL: neither is there. Context: any.
 */
const char *qy_driver_headers(char *path, size_t size);
/* "linux/slab.h" for "kmalloc". Return: false when no header below @headers/compat/include has it. Context: any. */
bool qy_driver_header_of(
	const char *headers, const char *symbol, char *header, size_t size);

#endif
