/* SPDX-License-Identifier: MIT */
/*
 * Code by its name: addresses of this program, and of the modules that it has loaded.
 *
 *   qy_symbol_of       a function, a place in it, a line of source
 *   qy_symbols_levels  all functions at an address, through inlined calls
 *
 * Names and lines are found by libdw, the first time after a module has come in a few milliseconds.
 */
#ifndef QUARRY_SYMBOL_H
#define QUARRY_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_symbol {
	char function
		[96]; /* as a driver's author knows it: without the prefixes of ours */
	uint64_t offset, size; /* of the address in it, and its length; bytes */
	char module[48];       /* "isp", of isp.qko; "": this program */
	char file[64];         /* without its directories; "": not known */
	int line;
};

/* @code: a return address is that of the call before it. Return: false: no function. Context: any. */
bool qy_symbol_of(const void *code, struct qy_symbol *symbol);

/* What is loaded at a moment, in this process and in children that have loaded nothing since. */
struct qy_symbols;

/* NULL: the host has no memory. Context: any. */
struct qy_symbols *qy_symbols_open(void);
void qy_symbols_close(struct qy_symbols *symbols);

/* One level of calls. */
struct qy_frame {
	char function[64]; /* as the linker knows it */
	char file[256];    /* as the compiler was told it; "": not known */
	int line;
};

/*
 * The functions at an instruction, innermost first: the last has been called, those before it are inlined (told of modules only).
 * @module: whether it is code of a module. Return: how many; 0: no function. Context: any.
 */
uint32_t qy_symbols_levels(struct qy_symbols *symbols, uint64_t pc,
	struct qy_frame *frames, uint32_t max, bool *module);

#ifdef __cplusplus
}
#endif

#endif
