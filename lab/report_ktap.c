// SPDX-License-Identifier: MIT
/*
 * The verdict as KTAP version 1. No state.
 */
#include "lab/report_formats.h"

#include <stdlib.h>
#include <string.h>

#include "lab/report.h"
#include "lab/report_case.h"

/* Each line of @text as a diagnostic; what the text report indents is not indented here. */
static void print_diagnostic(FILE *out, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n"), blanks = strspn(text, " ");

		if (blanks > 8)
			blanks = 8;
		fprintf(out, "# %.*s\n", (int)(length - blanks), text + blanks);
		text += length + (text[length] == '\n');
	}
}

/* A '#' in a name would begin a directive. */
static void hide_directives(char *name)
{
	for (; *name; name++) {
		if (*name == '#' || *name == '\n')
			*name = '_';
	}
}

static int print_case(FILE *out, const struct qy_check *check, uint32_t i)
{
	struct qy_case c;
	int error = qy_case_get(check, i, &c);

	if (error)
		return error;
	hide_directives(c.name);
	if (!c.pass) {
		print_diagnostic(out, c.text);
		if (c.why)
			print_diagnostic(out, c.why);
	}
	fprintf(out, "%s %u %s%s%s\n", c.pass ? "ok" : "not ok", i + 1, c.name,
		c.skipped ? " # SKIP " : "", c.skipped ? c.text : "");
	free(c.why);
	return 0;
}

static void print_timeline(FILE *out, const struct qy_check *check)
{
	char text[512];

	for (uint32_t i = 0; i < check->scenario->nr_steps; i++) {
		qy_report_step_text(check, i, text, sizeof(text));
		fprintf(out, "# timeline %llu ns: %s\n",
			(unsigned long long)check->scenario->step[i].at_ns,
			qy_report_clean(text));
	}
}

int qy_report_ktap(FILE *out, const struct qy_seeds *seeds)
{
	uint32_t nr = qy_nr_cases(seeds->check);
	int error = 0;

	fprintf(out, "KTAP version 1\n1..%u\n", nr);
	for (uint32_t s = 0; s < seeds->nr; s++)
		fprintf(out, "# seed %llu: %s\n",
			(unsigned long long)seeds->verdict[s].seed,
			seeds->verdict[s].pass ? "PASS" : "FAIL");
	print_timeline(out, seeds->check);
	for (uint32_t i = 0; i < nr && !error; i++)
		error = print_case(out, seeds->check, i);
	return error;
}
