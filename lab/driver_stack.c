// SPDX-License-Identifier: MIT
/* See driver_stack.h. */
#include "lab/driver_stack.h"

#include <string.h>
#include <unistd.h>

#define MAX_LEVELS 64

/* What stands in a header of ours is the kernel's, and has no place for the reader. */
static bool is_ours(const char *file)
{
	return strstr(file, "compat/include/") || strstr(file, "include/quarry");
}

static void drop_place(struct qy_frame *frame)
{
	frame->file[0] = '\0';
	frame->line = 0;
}

static void drop_begin(char *text, const char *begin)
{
	size_t n = strlen(begin);

	if (!strncmp(text, begin, n))
		memmove(text, text + n, strlen(text + n) + 1);
}

/* The name and the place that its author gave it. */
static void for_the_author(struct qy_frame *frame)
{
	drop_begin(frame->function, "qy_k_");
	drop_begin(frame->file, "./");
	if (is_ours(frame->file))
		drop_place(frame);
}

/* @levels that the address stands for; a function of ours counts where a driver could have called it. */
static uint32_t levels_of(struct qy_symbols *symbols, uint64_t pc,
	struct qy_frame *frames, uint32_t max, bool *driver)
{
	uint32_t levels = qy_symbols_levels(symbols, pc, frames, max, driver);

	if (levels && !*driver)
		levels = !strncmp(frames[0].function, "qy_k_", 5);
	for (uint32_t i = 0; i < levels; i++)
		for_the_author(&frames[i]);
	return levels;
}

uint32_t qy_symbols_stack(struct qy_symbols *symbols, const struct qy_driver_stack *stack,
	bool exact, struct qy_frame *frames, uint32_t max)
{
	uint32_t nr = 0, end = 0, begin = 0;
	bool seen = false;

	for (uint32_t i = 0; i < stack->nr && nr < max; i++) {
		uint64_t pc = (uintptr_t)stack->frame[i] - (exact && !i ? 0 : 1);
		bool driver;
		uint32_t levels = levels_of(symbols, pc, frames + nr, max - nr, &driver);

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
