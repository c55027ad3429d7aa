/* SPDX-License-Identifier: MIT */
/*
 * Code by its name: addresses of this program, and of the modules that it has loaded.
 *
 *   qy_symbol_of       a function, a place in it, a line of source
 *   qy_symbols_forget  a module has gone
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
/* Before dlclose(), or when a module comes to where another one was. Context: any. */
void qy_symbols_forget(void);

#ifdef __cplusplus
}
#endif

#endif
