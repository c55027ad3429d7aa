// SPDX-License-Identifier: MIT
/*
 * Reading recorded answers and keeping the tally.
 *
 * State: the rows of mismatches.tsv, read once, and the tally.
 */
#include "tests/conformance/recorded.h"
#include "tests/runner/test.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA     QY_SOURCE_DIR "/tests/conformance/data/"
#define MAX_ROWS 64

struct row {
	char *field[7]; /* run, file, prefix, lines, kernel, ours, reason */
	unsigned int lines, seen;
};

static struct row rows[MAX_ROWS];
static unsigned int nr_rows;
static struct tally tally;

/* ------------------------------------------------------------------ lines */

bool has_prefix(const char *line, const char *prefix)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

struct lines split_lines(char *text)
{
	struct lines lines = { .text = text };
	unsigned int room = 0;
	char *save = NULL;

	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		if (lines.nr == room) {
			room = room ? 2 * room : 64;
			lines.line = realloc(lines.line, room * sizeof(char *));
		}
		lines.line[lines.nr++] = l;
	}
	return lines;
}

static char *read_text(const char *path)
{
	FILE *stream = fopen(path, "r");
	char *text = NULL;
	size_t size = 0;

	if (!stream)
		FAIL("%s: cannot be read", path);
	if (getdelim(&text, &size, '\0', stream) < 0)
		FAIL("%s: is empty", path);
	fclose(stream);
	return text;
}

struct lines recorded_lines(const char *run, const char *file)
{
	char path[512];

	snprintf(path, sizeof(path), DATA "%s/%s", run, file);
	return split_lines(read_text(path));
}

void free_lines(struct lines *lines)
{
	free(lines->text);
	free(lines->line);
	*lines = (struct lines){ 0 };
}

struct lines pick_lines(const struct lines *all, const char *const *prefixes)
{
	struct lines picked = { .line = calloc(all->nr + 1, sizeof(char *)) };

	for (unsigned int i = 0; i < all->nr; i++)
		for (const char *const *p = prefixes; *p; p++)
			if (**p == '*' ? strstr(all->line[i], *p + 1) != NULL
				       : has_prefix(all->line[i], *p)) {
				picked.line[picked.nr++] = all->line[i];
				break;
			}
	return picked;
}

/* ------------------------------------------------------------------ mismatches with a reason */

static void read_rows(void)
{
	static struct lines table;

	if (table.text)
		return;
	table = recorded_lines(".", "mismatches.tsv");
	for (unsigned int i = 0; i < table.nr; i++) {
		struct row *row = &rows[nr_rows];
		char *rest = table.line[i];

		if (*rest == '#')
			continue;
		if (nr_rows == MAX_ROWS)
			FAIL("mismatches.tsv: more than %d rows", MAX_ROWS);
		for (int f = 0; f < 7; f++) {
			row->field[f] = strsep(&rest, "\t");
			if (!row->field[f] || !*row->field[f])
				FAIL("mismatches.tsv: row %u has not 7 fields",
					nr_rows + 1);
		}
		row->lines = (unsigned int)strtoul(row->field[3], NULL, 10);
		nr_rows++;
	}
}

static bool explains(const struct row *row, const char *run, const char *file,
	const char *kernel, const char *ours)
{
	if (fnmatch(row->field[0], run, 0) || fnmatch(row->field[1], file, 0) ||
		!has_prefix(kernel, row->field[2]) || row->seen == row->lines)
		return false;
	return row->lines > 1 ||
	       (!strcmp(kernel, row->field[4]) && !strcmp(ours, row->field[5]));
}

static bool explained(
	const char *run, const char *file, const char *kernel, const char *ours)
{
	for (unsigned int i = 0; i < nr_rows; i++)
		if (explains(&rows[i], run, file, kernel, ours)) {
			rows[i].seen++;
			return true;
		}
	return false;
}

/* ------------------------------------------------------------------ the tally */

void tally_begin(void)
{
	read_rows();
	tally = (struct tally){ 0 };
	for (unsigned int i = 0; i < nr_rows; i++)
		rows[i].seen = 0;
}

void tally_verdict(const char *run, const char *file, bool agree, const char *kernel,
	const char *ours)
{
	tally.compared++;
	tally.agreed += agree;
	if (agree || explained(run, file, kernel, ours))
		return;
	tally.unexplained++;
	fprintf(stderr, "%s/%s\n  kernel: %s\n  ours:   %s\n", run, file, kernel, ours);
}

void tally_line(const char *run, const char *file, const char *kernel, const char *ours)
{
	tally_verdict(run, file, !strcmp(kernel, ours), kernel, ours);
}

void tally_lines(const char *run, const char *file, const struct lines *kernel,
	const struct lines *ours)
{
	unsigned int nr = kernel->nr > ours->nr ? kernel->nr : ours->nr;

	for (unsigned int i = 0; i < nr; i++)
		tally_line(run, file, i < kernel->nr ? kernel->line[i] : "(nothing)",
			i < ours->nr ? ours->line[i] : "(nothing)");
}

void tally_leave_out(unsigned int nr)
{
	tally.left_out += nr;
}

void tally_check(void)
{
	if (tally.unexplained)
		FAIL("%u of %u recorded lines differ, and data/mismatches.tsv does not say why",
			tally.unexplained, tally.compared);
	CHECK(tally.compared > 0);
}

struct tally tally_now(void)
{
	return tally;
}

const char *tally_stale(void)
{
	static char text[512];

	for (unsigned int i = 0; i < nr_rows; i++) {
		if (rows[i].seen == rows[i].lines)
			continue;
		snprintf(text, sizeof(text),
			"row %u (%s/%s %s): %u lines differ, it says %u", i + 1,
			rows[i].field[0], rows[i].field[1], rows[i].field[2],
			rows[i].seen, rows[i].lines);
		return text;
	}
	return NULL;
}
