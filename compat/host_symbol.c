// SPDX-License-Identifier: MIT
/*
 * Code by its name, as libdw reads it from the files that are mapped. See quarry/symbol.h.
 *
 * libdw takes more stack than a task of a world has: for qy_symbol_of(), which tasks call, it runs on a thread of its own, which
 * is waited for.
 *
 * State: what libdw knows of this process.
 */
#include <quarry/symbol.h>

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LEVELS 16

struct qy_symbols {
	Dwfl *dwfl;
};

/* What is not in the file itself is not looked for, on a network least of all. */
static int no_debuginfo(Dwfl_Module *module, void **data, const char *name,
	Dwarf_Addr base, const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)data, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)found;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = no_debuginfo,
};

/* One without a file (the vDSO) has no name. */
static int report_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *path = *info->dlpi_name ? info->dlpi_name : "/proc/self/exe";

	(void)size;
	dwfl_report_elf(arg, path, path, -1, info->dlpi_addr, true);
	return 0;
}

/*
 * What is loaded may have changed since. The linker is asked, not /proc/self/maps: there libdw's own mapping of a file that it reads
 * may lie before the loaded one, and looks like its begin.
 */
static bool look_again(struct qy_symbols *symbols)
{
	dwfl_report_begin(symbols->dwfl);
	dl_iterate_phdr(report_object, symbols->dwfl);
	return !dwfl_report_end(symbols->dwfl, NULL, NULL);
}

struct qy_symbols *qy_symbols_open(void)
{
	struct qy_symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return NULL;
	symbols->dwfl = dwfl_begin(&callbacks);
	if (!symbols->dwfl || !look_again(symbols)) {
		qy_symbols_close(symbols);
		return NULL;
	}
	return symbols;
}

void qy_symbols_close(struct qy_symbols *symbols)
{
	if (symbols && symbols->dwfl)
		dwfl_end(symbols->dwfl);
	free(symbols);
}

/* ------------------------------------------------------------------ all at an address */

static const char *path_of(Dwfl_Module *module)
{
	const char *path =
		dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

	return path ? path : "";
}

static bool is_module_file(const char *path)
{
	size_t length = strlen(path);

	return length > 4 && !strcmp(path + length - 4, ".qko");
}

/* The unit that an address is in. clang leaves its own out of the table of them, which then names another one. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr pc, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, pc, bias);

	if (unit && dwarf_haspc(unit, pc - *bias) > 0)
		return unit;
	unit = NULL;
	while ((unit = dwfl_module_nextcu(module, unit, bias)))
		if (dwarf_haspc(unit, pc - *bias) > 0)
			return unit;
	return NULL;
}

/* From the innermost outwards through whoever it was inlined into; dwarf_getscopes() alone goes on where it was written. */
static int scopes_of(Dwarf_Die *unit, Dwarf_Addr pc, Dwarf_Die **scopes)
{
	Dwarf_Die *first = NULL;
	int nr = dwarf_getscopes(unit, pc, &first);

	nr = nr > 0 ? dwarf_getscopes_die(&first[0], scopes) : 0;
	free(first);
	return nr;
}

/* Where an inlined function was called. */
static const char *caller_of(Dwarf_Die *unit, Dwarf_Die *scope, int *line)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Word value;

	*line = dwarf_formudata(dwarf_attr(scope, DW_AT_call_line, &attr), &value)
			? 0
			: (int)value;
	if (dwarf_formudata(dwarf_attr(scope, DW_AT_call_file, &attr), &value) ||
		dwarf_getsrcfiles(unit, &files, NULL))
		return NULL;
	return dwarf_filesrc(files, (size_t)value, NULL, NULL);
}

static void set_frame(
	struct qy_frame *frame, const char *function, const char *file, int line)
{
	snprintf(frame->function, sizeof(frame->function), "%s", function);
	snprintf(frame->file, sizeof(frame->file), "%s", file ? file : "");
	frame->line = file ? line : 0;
}

/* By what the compiler left. Return: levels; 0: it left nothing. */
static uint32_t inlined(
	Dwarf_Die *unit, Dwarf_Addr pc, struct qy_frame *frames, uint32_t max)
{
	Dwarf_Line *source = dwarf_getsrc_die(unit, pc);
	const char *file = source ? dwarf_linesrc(source, NULL, NULL) : NULL;
	Dwarf_Die *scopes = NULL;
	int line = 0, nr = scopes_of(unit, pc, &scopes);
	uint32_t levels = 0;

	if (source)
		dwarf_lineno(source, &line);
	for (int i = 0; i < nr && levels < max; i++) {
		int tag = dwarf_tag(&scopes[i]);
		Dwarf_Attribute attr;
		const char *name;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		name = dwarf_formstring(
			dwarf_attr_integrate(&scopes[i], DW_AT_name, &attr));
		set_frame(&frames[levels++], name ? name : "?", file, line);
		if (tag == DW_TAG_subprogram)
			break;
		file = caller_of(unit, &scopes[i], &line);
	}
	free(scopes);
	return levels;
}

static uint32_t levels_in(
	Dwfl_Module *module, Dwarf_Addr pc, struct qy_frame *frames, uint32_t max)
{
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit = unit_of(module, pc, &bias);

	return unit ? inlined(unit, pc - bias, frames, max) : 0;
}

uint32_t qy_symbols_levels(struct qy_symbols *symbols, uint64_t pc,
	struct qy_frame *frames, uint32_t max, bool *module)
{
	Dwfl_Module *in = dwfl_addrmodule(symbols->dwfl, pc);
	uint32_t levels;
	const char *name;

	*module = in && is_module_file(path_of(in));
	levels = *module ? levels_in(in, pc, frames, max) : 0;
	name = in && !levels ? dwfl_module_addrname(in, pc) : NULL;
	if (!name || !max)
		return levels;
	set_frame(frames, name, NULL, 0);
	return 1;
}

/* ------------------------------------------------------------------ one line */

static struct qy_symbols *here;

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* qy_k_spin_lock, qy_kmalloc: the kernel's name is behind. */
static const char *own_name(const char *name)
{
	if (!strncmp(name, "qy_k_", 5))
		return name + 5;
	return strncmp(name, "qy_", 3) ? name : name + 3;
}

/* Of us, inlined into a driver: its author looks for the line that called it. */
static bool is_ours(const char *file)
{
	return strstr(file, "compat/include/") || strstr(file, "include/quarry");
}

/* The innermost source that is not ours, else the outermost that is. */
static void set_line(Dwfl_Module *module, Dwarf_Addr pc, struct qy_symbol *symbol)
{
	struct qy_frame frames[MAX_LEVELS];
	uint32_t nr = levels_in(module, pc, frames, MAX_LEVELS), i = 0;

	while (i + 1 < nr && is_ours(frames[i].file))
		i++;
	if (!nr)
		return;
	snprintf(symbol->file, sizeof(symbol->file), "%s", base_name(frames[i].file));
	symbol->line = frames[i].line;
}

static bool find(const void *code, struct qy_symbol *symbol)
{
	Dwarf_Addr pc = (uintptr_t)code - 1;
	Dwfl_Module *module;
	const char *name, *path;
	GElf_Sym sym;
	GElf_Off offset;

	*symbol = (struct qy_symbol){ 0 };
	if (!here)
		here = qy_symbols_open();
	module = here ? dwfl_addrmodule(here->dwfl, pc) : NULL;
	if (!module && here && look_again(here))
		module = dwfl_addrmodule(here->dwfl, pc);
	if (!module)
		return false;
	name = dwfl_module_addrinfo(module, pc, &offset, &sym, NULL, NULL, NULL);
	if (!name)
		return false;
	snprintf(symbol->function, sizeof(symbol->function), "%s", own_name(name));
	symbol->offset = offset + 1;
	symbol->size = sym.st_size;
	path = path_of(module);
	if (is_module_file(path))
		snprintf(symbol->module, sizeof(symbol->module), "%.*s",
			(int)(strlen(base_name(path)) - 4), base_name(path));
	set_line(module, pc, symbol);
	return true;
}

struct question {
	const void *code;
	struct qy_symbol *symbol;
	bool found;
};

static void *answer(void *arg)
{
	struct question *question = arg;

	question->found = find(question->code, question->symbol);
	return NULL;
}

bool qy_symbol_of(const void *code, struct qy_symbol *symbol)
{
	struct question question = { .code = code, .symbol = symbol };
	pthread_t thread;

	if (pthread_create(&thread, NULL, answer, &question))
		return false;
	pthread_join(thread, NULL);
	return question.found;
}
