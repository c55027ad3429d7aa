// SPDX-License-Identifier: MIT
/*
 * Formats the lab's one-line errors and notes. No state.
 */
#include "lab/error.h"

#include <stdio.h>
#include <stdlib.h>

/* One line only, and nothing that a terminal would obey. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || (unsigned char)*text == 0x7f)
			*text = '?';
}

int qy_fail(struct qy_err *err, const char *fmt, ...)
{
	va_list args;

	if (!err)
		return -1;
	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	make_printable(err->text);
	return -1;
}

void qy_note(struct qy_notes *notes, const char *fmt, ...)
{
	char **line, *text;
	va_list args;
	int length;

	va_start(args, fmt);
	length = vasprintf(&text, fmt, args);
	va_end(args);
	if (length < 0)
		return;
	line = realloc(notes->line, (notes->nr + 1) * sizeof(*line));
	if (!line) {
		free(text);
		return;
	}
	make_printable(text);
	line[notes->nr++] = text;
	notes->line = line;
}

void qy_notes_free(struct qy_notes *notes)
{
	for (size_t i = 0; i < notes->nr; i++)
		free(notes->line[i]);
	free(notes->line);
	*notes = (struct qy_notes){ 0 };
}
