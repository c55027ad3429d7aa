/* SPDX-License-Identifier: MIT */
/*
 * What real kernels said, and the count of lines on which we agree.
 *
 *   recorded_lines(run, file)      data/<run>/<file>, line by line
 *   split_lines(text)              any text; takes ownership
 *   tally_line(run, file, kernel, ours)      one recorded line against ours
 *   tally_leave_out(nr)                      recorded lines that nobody promises
 *   tally_check()                  fails the test when a line differs and mismatches.tsv does not say why
 *
 * A row of mismatches.tsv: run and file (globs), how the recorded line begins, number of lines, what the kernel said,
 * what we say, the reason. With one line both texts must be exact; with more they are a description. A row explains
 * its number of lines at most; tally_stale() finds rows that explain fewer.
 *
 * State: the tally of the running test, emptied by tally_begin().
 */
#ifndef CONFORMANCE_RECORDED_H
#define CONFORMANCE_RECORDED_H

#include <stdbool.h>
#include <stddef.h>

struct lines {
	char *text;
	char **line;
	unsigned int nr;
};

struct lines recorded_lines(const char *run, const char *file);
struct lines split_lines(char *text);
void free_lines(struct lines *lines);

/* The lines that begin with one of the prefixes (a NULL-ended list), or contain what follows a '*'; points into @all. */
struct lines pick_lines(const struct lines *all, const char *const *prefixes);
bool has_prefix(const char *line, const char *prefix);

struct tally {
	unsigned int agreed, compared, unexplained, left_out;
};

void tally_begin(void);
void tally_line(const char *run, const char *file, const char *kernel, const char *ours);
/* The decision is the caller's; the texts are for the table. */
void tally_verdict(const char *run, const char *file, bool agree, const char *kernel,
	const char *ours);
/* Line n against line n; a missing one is "(nothing)". */
void tally_lines(const char *run, const char *file, const struct lines *kernel,
	const struct lines *ours);
void tally_leave_out(unsigned int nr);
void tally_check(void);
struct tally tally_now(void);
/* Return: the first row that explained fewer lines than it says, or NULL. */
const char *tally_stale(void);

#endif
