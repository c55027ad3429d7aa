// SPDX-License-Identifier: MIT
/*
 * Code by its name, as libdw reads it from the files that are mapped. See quarry/symbol.h.
 *
 * libdw takes more stack than a task of a world has: it runs on a thread of its own, which is waited for.
 *
 * State: what libdw knows of this process.
 */
#include <quarry/symbol.h>

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Dwfl *dwfl;

/* What is not in the file itself is not looked for, on a network least of all. */
static int no_debuginfo(Dwfl_Module *module, void **data, const char *name,
	Dwarf_Addr base, const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)data, (void)name, (void)base;
	(void)file, (void)link, (void)crc, (void)found;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = no_debuginfo,
};

/* What is mapped may have changed since. */
static bool look_again(void)
{
	if (!dwfl)
		dwfl = dwfl_begin(&callbacks);
	if (!dwfl)
		return false;
	dwfl_report_begin(dwfl);
	return !dwfl_linux_proc_report(dwfl, getpid()) &&
	       !dwfl_report_end(dwfl, NULL, NULL);
}

void qy_symbols_forget(void)
{
	if (dwfl)
		dwfl_end(dwfl);
	dwfl = NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void name_module(Dwfl_Module *module, struct qy_symbol *symbol)
{
	const char *path =
		dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	const char *name = path ? base_name(path) : "", *end = strstr(name, ".qko");

	if (end)
		snprintf(symbol->module, sizeof(symbol->module), "%.*s",
			(int)(end - name), name);
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

/* The unit that an address is in. clang leaves its own out of the table of them, which then names another one. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);

	if (unit && dwarf_haspc(unit, address - *bias) > 0)
		return unit;
	unit = NULL;
	while ((unit = dwfl_module_nextcu(module, unit, bias)))
		if (dwarf_haspc(unit, address - *bias) > 0)
			return unit;
	return NULL;
}

/* The innermost source that is not ours. */
static const char *find_line(
	Dwarf_Die *unit, Dwarf_Addr address, struct qy_symbol *symbol)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	const char *file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	Dwarf_Die *scopes = NULL;
	Dwarf_Files *files;
	size_t nr_files;
	int nr;

	if (!file || dwarf_lineno(line, &symbol->line))
		return NULL;
	nr = is_ours(file) ? dwarf_getscopes(unit, address, &scopes) : 0;
	for (int i = 0; i < nr && file && is_ours(file); i++) {
		Dwarf_Attribute attr;
		Dwarf_Word index, where;

		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine ||
			dwarf_getsrcfiles(unit, &files, &nr_files) ||
			dwarf_formudata(
				dwarf_attr(&scopes[i], DW_AT_call_file, &attr), &index) ||
			dwarf_formudata(
				dwarf_attr(&scopes[i], DW_AT_call_line, &attr), &where))
			continue;
		file = dwarf_filesrc(files, (size_t)index, NULL, NULL);
		symbol->line = (int)where;
	}
	free(scopes);
	return file;
}

static bool find(const void *code, struct qy_symbol *symbol)
{
	Dwarf_Addr address = (uintptr_t)code - 1;
	Dwfl_Module *module = dwfl ? dwfl_addrmodule(dwfl, address) : NULL;
	const char *name, *file;
	GElf_Sym sym;
	GElf_Off offset;
	Dwarf_Addr bias = 0;
	Dwarf_Die *unit;

	*symbol = (struct qy_symbol){ 0 };
	if (!module && look_again())
		module = dwfl_addrmodule(dwfl, address);
	if (!module)
		return false;
	name = dwfl_module_addrinfo(module, address, &offset, &sym, NULL, NULL, NULL);
	if (!name)
		return false;
	snprintf(symbol->function, sizeof(symbol->function), "%s", own_name(name));
	symbol->offset = offset + 1;
	symbol->size = sym.st_size;
	name_module(module, symbol);
	unit = unit_of(module, address, &bias);
	file = unit ? find_line(unit, address - bias, symbol) : NULL;
	if (file)
		snprintf(symbol->file, sizeof(symbol->file), "%s", base_name(file));
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
