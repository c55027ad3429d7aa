// SPDX-License-Identifier: MIT
/*
 * The verdict as JUnit XML: one suite, one case for each expectation. No wall time: same seed, same bytes. No state.
 */
#include "lab/report_formats.h"

#include <stdlib.h>
#include <string.h>

#include "lab/report.h"
#include "lab/report_case.h"
#include "lab/xml.h"

static void put_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	qy_xml_put(out, value);
	fputc('"', out);
}

static int print_case(
	FILE *out, const struct qy_check *check, const char *suite, uint32_t i)
{
	struct qy_case c;
	int error = qy_case_get(check, i, &c);

	if (error)
		return error;
	fputs("    <testcase", out);
	put_attribute(out, "classname", suite);
	put_attribute(out, "name", c.name);
	if (c.skipped) {
		fputs("><skipped", out);
		put_attribute(out, "message", c.text);
		fputs("/></testcase>\n", out);
	} else if (!c.pass) {
		fputs(">\n      <failure", out);
		put_attribute(out, "message", c.text);
		fputs(">", out);
		qy_xml_put(out, c.why);
		fputs("</failure>\n    </testcase>\n", out);
	} else {
		fputs("/>\n", out);
	}
	free(c.why);
	return 0;
}

static void print_counts(FILE *out, const struct qy_check *check)
{
	uint32_t failures = check->nr_failed_expects + (check->nr_corrupt != 0) +
			    (check->broken[0] != '\0') + check->drivers.nr_failed;

	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\">\n",
		qy_nr_cases(check), failures, check->scenario->contents ? 0 : 1);
}

static void print_step(FILE *out, const struct qy_check *check, uint32_t i)
{
	char text[512];

	qy_report_step_text(check, i, text, sizeof(text));
	fprintf(out, "      <property name=\"timeline %llu ns\"",
		(unsigned long long)check->scenario->step[i].at_ns);
	put_attribute(out, "value", qy_report_clean(text));
	fputs("/>\n", out);
}

static void print_seeds(FILE *out, const struct qy_seeds *seeds)
{
	fputs("    <properties>\n", out);
	for (uint32_t s = 0; s < seeds->nr; s++)
		fprintf(out, "      <property name=\"seed %llu\" value=\"%s\"/>\n",
			(unsigned long long)seeds->verdict[s].seed,
			seeds->verdict[s].pass ? "PASS" : "FAIL");
	for (uint32_t i = 0; i < seeds->check->scenario->nr_steps; i++)
		print_step(out, seeds->check, i);
	fputs("    </properties>\n", out);
}

int qy_report_junit(FILE *out, const struct qy_seeds *seeds)
{
	const struct qy_check *check = seeds->check;
	char *suite = strdup(check->scenario->path);
	int error = suite ? 0 : -1;

	if (error)
		return error;
	qy_report_clean(suite);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"quarry check\"",
		out);
	print_counts(out, check);
	fputs("  <testsuite", out);
	put_attribute(out, "name", suite);
	print_counts(out, check);
	print_seeds(out, seeds);
	for (uint32_t i = 0; i < qy_nr_cases(check) && !error; i++)
		error = print_case(out, check, suite, i);
	fputs("  </testsuite>\n</testsuites>\n", out);
	free(suite);
	return error;
}
