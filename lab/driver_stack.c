// SPDX-License-Identifier: MIT
/* See driver_stack.h. */
#include "lab/driver_stack.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_LEVELS 64

struct qy_symbols {
	Dwfl *dwfl;
};

static int no_debuginfo(Dwfl_Module *module, void **data, const char *name,
	Dwarf_Addr base, const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)data, (void)name, (void)base, (void)file, (void)link,
		(void)crc, (void)found;
	return -1; /* what is not in the file itself is not looked for */
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_linux_proc_find_elf,
	.find_debuginfo = no_debuginfo,
};

struct qy_symbols *qy_symbols_open(void)
{
	struct qy_symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		return NULL;
	symbols->dwfl = dwfl_begin(&callbacks);
	if (!symbols->dwfl || dwfl_linux_proc_report(symbols->dwfl, getpid()) ||
		dwfl_report_end(symbols->dwfl, NULL, NULL)) {
		qy_symbols_close(symbols);
		return NULL;
	}
	return symbols;
}

void qy_symbols_close(struct qy_symbols *symbols)
{
	if (!symbols)
		return;
	if (symbols->dwfl)
		dwfl_end(symbols->dwfl);
	free(symbols);
}

/* ------------------------------------------------------------------ one address */

/* What stands in a header of ours is the kernel's, and has no place for the reader. */
static bool is_ours(const char *file)
{
	return strstr(file, "compat/include/") || strstr(file, "include/quarry");
}

static void set_place(struct qy_frame *frame, const char *file, int line)
{
	frame->line = 0;
	frame->file[0] = '\0';
	if (!file || is_ours(file))
		return;
	if (!strncmp(file, "./", 2))
		file += 2;
	snprintf(frame->file, sizeof(frame->file), "%s", file);
	frame->line = line;
}

static void set_name(struct qy_frame *frame, const char *name)
{
	if (!strncmp(name, "qy_k_", 5))
		name += 5;
	snprintf(frame->function, sizeof(frame->function), "%s", name);
}

static const char *file_of(Dwarf_Die *die, Dwarf_Attribute *attr)
{
	Dwarf_Files *files;
	Dwarf_Word index;
	Dwarf_Die cu;

	if (dwarf_formudata(attr, &index) || !dwarf_diecu(die, &cu, NULL, NULL) ||
		dwarf_getsrcfiles(&cu, &files, NULL))
		return NULL;
	return dwarf_filesrc(files, (size_t)index, NULL, NULL);
}

/* From the innermost outwards through whoever it was inlined into; dwarf_getscopes() alone goes on where it was written. */
static int scopes_of(Dwarf_Die *cu, Dwarf_Addr pc, Dwarf_Die **scopes)
{
	Dwarf_Die *first = NULL;
	int nr = dwarf_getscopes(cu, pc, &first);

	nr = nr > 0 ? dwarf_getscopes_die(&first[0], scopes) : 0;
	free(first);
	return nr;
}

/* The levels of inlining at @addr of a driver. Return: how many; 0: no debug information. */
static uint32_t inlined(
	Dwfl_Module *module, Dwarf_Addr addr, struct qy_frame *frames, uint32_t max)
{
	Dwfl_Line *source = dwfl_module_getsrc(module, addr);
	Dwarf_Addr bias;
	Dwarf_Die *cu = dwfl_module_addrdie(module, addr, &bias), *scopes = NULL;
	const char *file =
		source ? dwfl_lineinfo(source, NULL, NULL, NULL, NULL, NULL) : NULL;
	int line = 0, nr = cu ? scopes_of(cu, addr - bias, &scopes) : 0;
	uint32_t levels = 0;

	if (source)
		dwfl_lineinfo(source, NULL, &line, NULL, NULL, NULL);
	for (int i = 0; i < nr && levels < max; i++) {
		int tag = dwarf_tag(&scopes[i]);
		Dwarf_Attribute attr;
		const char *name;
		Dwarf_Word value;

		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram)
			continue;
		name = dwarf_formstring(
			dwarf_attr_integrate(&scopes[i], DW_AT_name, &attr));
		set_name(&frames[levels], name ? name : "?");
		set_place(&frames[levels], file, line);
		levels++;
		if (tag == DW_TAG_subprogram)
			break;
		line = 0;
		if (dwarf_attr(&scopes[i], DW_AT_call_line, &attr) &&
			!dwarf_formudata(&attr, &value))
			line = (int)value;
		file = dwarf_attr(&scopes[i], DW_AT_call_file, &attr)
			       ? file_of(&scopes[i], &attr)
			       : NULL;
	}
	free(scopes);
	return levels;
}

static bool is_module_file(Dwfl_Module *module)
{
	const char *name = module ? dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL,
					    NULL, NULL)
				  : NULL;
	size_t length = name ? strlen(name) : 0;

	return length > 4 && !strcmp(name + length - 4, ".qko");
}

/* ------------------------------------------------------------------ stacks */

/* @levels that the address stands for; a function of ours counts where a driver could have called it. */
static uint32_t levels_of(struct qy_symbols *symbols, Dwarf_Addr addr,
	struct qy_frame *frames, uint32_t max, bool *driver)
{
	Dwfl_Module *module = dwfl_addrmodule(symbols->dwfl, addr);
	const char *name;
	uint32_t levels;

	*driver = is_module_file(module);
	if (!module || !max)
		return 0;
	levels = *driver ? inlined(module, addr, frames, max) : 0;
	if (levels)
		return levels;
	name = dwfl_module_addrname(module, addr);
	if (!name || (!*driver && strncmp(name, "qy_k_", 5)))
		return 0;
	set_name(frames, name);
	set_place(frames, NULL, 0);
	return 1;
}

uint32_t qy_symbols_stack(struct qy_symbols *symbols, const struct qy_driver_stack *stack,
	bool exact, struct qy_frame *frames, uint32_t max)
{
	uint32_t nr = 0, end = 0, begin = 0;
	bool seen = false;

	for (uint32_t i = 0; i < stack->nr && nr < max; i++) {
		Dwarf_Addr addr =
			(Dwarf_Addr)(uintptr_t)stack->frame[i] - (exact && !i ? 0 : 1);
		bool driver;
		uint32_t levels =
			levels_of(symbols, addr, frames + nr, max - nr, &driver);

		if (!driver && !seen && levels)
			begin = nr; /* of what the driver called, the outermost is enough */
		nr += levels;
		seen |= driver;
		if (driver)
			end = nr;
	}
	if (!seen)
		return 0;
	/* the words in which notes are taken are no news */
	while (begin < end && (!strncmp(frames[begin].function, "qy_", 3)))
		begin++;
	memmove(frames, frames + begin, (end - begin) * sizeof(*frames));
	return end - begin;
}

/* The directory in which the command runs is left out. */
static const char *shorten(const char *file)
{
	static char here[4096];
	size_t length;

	if (!*here && !getcwd(here, sizeof(here)))
		return file;
	length = strlen(here);
	return !strncmp(file, here, length) && file[length] == '/' ? file + length + 1
								   : file;
}

uint32_t qy_symbols_print(FILE *out, struct qy_symbols *symbols,
	const struct qy_driver_stack *stack, bool exact, const char *indent)
{
	struct qy_frame frames[MAX_LEVELS];
	uint32_t nr = qy_symbols_stack(symbols, stack, exact, frames, MAX_LEVELS);
	uint32_t lines = 0;

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t same = 1;

		while (i + same < nr && frames[i + same].line == frames[i].line &&
			!strcmp(frames[i + same].function, frames[i].function))
			same++;
		fprintf(out, "%s%s", indent, frames[i].function);
		if (frames[i].line)
			fprintf(out, " (%s:%d)", shorten(frames[i].file), frames[i].line);
		if (same > 2)
			fprintf(out, ", %u times", same);
		else
			same = 1;
		fputc('\n', out);
		lines++;
		i += same - 1;
	}
	return lines;
}
