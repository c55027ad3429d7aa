// SPDX-License-Identifier: MIT
/*
 * The scenario to start from: accepted as printed, every line of it, with every key explained. No state.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/check.h"
#include "lab/draft.h"
#include "tests/runner/test.h"

#define BOARD   QY_SOURCE_DIR "/boards/x86_64-1g.dts"
#define CAPTURE QY_SOURCE_DIR "/tests/lab/data/capture/x86_64.tar.gz"
#define TRACE   QY_SOURCE_DIR "/tests/data/trace/v7.dat"

/* To be freed. */
static char *draft_of(const char *dtb, const char *trace)
{
	bool captured = strcmp(dtb, CAPTURE) == 0;
	struct qy_draft draft = { .dtb = captured ? NULL : dtb,
		.trace = trace,
		.capture = captured ? dtb : NULL };
	struct qy_err err;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (qy_draft_print(out, &draft, &err))
		FAIL("refused: %s", err.text);
	CHECK_EQ(fclose(out), 0);
	return text;
}

static void check_runs(const char *dtb, const char *trace)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_check check;
	struct qy_err err;
	char *text = draft_of(dtb, trace);
	struct qy_scenario *s = qy_scenario_parse(text, strlen(text), "x.yaml", &err);

	if (!s || qy_check_prepare(s, &check, &err) || qy_check_run(&check, &hooks, &err))
		FAIL("refused: %s", err.text);
	CHECK(check.pass);
	CHECK(check.step[0].done);
	qy_check_free(&check);
	qy_scenario_free(s);
	free(text);
}

TEST(draft, it_is_accepted_as_printed_and_holds)
{
	check_runs(BOARD, NULL);
	check_runs(BOARD, TRACE);
	check_runs(CAPTURE, NULL);
}

/* Removes the `#` of the @nth line that has a key behind it. Return: false when there is none. */
static bool uncomment(char *text, unsigned int nth)
{
	for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
		char *mark = line + strspn(line, " ");

		if (*mark != '#' || isspace((unsigned char)mark[1]) || nth--)
			continue;
		memmove(mark, mark + 1, strlen(mark));
		return true;
	}
	return false;
}

static unsigned int check_lines(const char *dtb, const char *trace)
{
	for (unsigned int n = 0;; n++) {
		char *text = draft_of(dtb, trace);
		struct qy_err err = { "" };
		struct qy_scenario *s = NULL;
		bool there = uncomment(text, n);

		if (there)
			s = qy_scenario_parse(text, strlen(text), "x.yaml", &err);
		if (there && !s)
			FAIL("line %u: %s", n, err.text);
		qy_scenario_free(s);
		free(text);
		if (!there)
			return n;
	}
}

TEST(draft, each_line_can_be_uncommented)
{
	CHECK(check_lines(BOARD, NULL) > 20);
	CHECK(check_lines(BOARD, TRACE) > 25);
	CHECK(check_lines(CAPTURE, NULL) > 15);
}

/* A text with an unknown key at some place: the refusal lists the known ones. */
static const char *const places[] = {
	"zz: 1\n",
	"board: {zz: 1}\n",
	"start: {zz: 1}\n",
	"start: {snapshot: {zz: 1}}\n",
	"load: [{zz: 1}]\n",
	"load: [{trace: {zz: 1}}]\n",
	"load: [{generator: {zz: 1}}]\n",
	"load: [{generator: {mix: [{zz: 1}]}}]\n",
	"requests: [{zz: 1}]\n",
	"tasks: [{zz: 1}]\n",
	"tasks: [{memory: {zz: 1}}]\n",
	"tasks: [{memory: {ramp: {zz: 1}}}]\n",
	"tasks: [{memory: {sawtooth: {zz: 1}}}]\n",
	"tasks: [{memory: {leak: {zz: 1}}}]\n",
	"tasks: [{memory: {recorded: {zz: 1}}}]\n",
	"files: [{zz: 1}]\n",
	"timeline: [{zz: 1}]\n",
	"timeline: [{write: {zz: 1}}]\n",
	"expect: [{zz: 1}]\n",
	"expect: [{load: {zz: 1}}]\n",
	"expect: [{atomic: {zz: 1}}]\n",
	"expect: [{oom_kills: {zz: 1}}]\n",
	"expect: [{free: {zz: 1}}]\n",
	"expect: [{fragmentation: {zz: 1}}]\n",
	"expect: [{unusable: {zz: 1}}]\n",
};

static void check_key(const char *key, const char *with, const char *without)
{
	char needle[80];

	snprintf(needle, sizeof(needle), "%s:", key);
	if (!strstr(with, needle) && !strstr(without, needle))
		FAIL("`%s` is not explained", key);
}

TEST(draft, every_key_of_a_scenario_is_in_it)
{
	char *with = draft_of(BOARD, TRACE), *without = draft_of(BOARD, NULL);
	unsigned int nr = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct qy_err err;
		char *known, *key;

		CHECK(!qy_scenario_parse(places[i], strlen(places[i]), "x", &err));
		known = strstr(err.text, "(known here: ");
		if (!known)
			FAIL("%s", err.text);
		known += strlen("(known here: ");
		known[strcspn(known, ")")] = '\0';
		while ((key = strsep(&known, " "))) {
			check_key(key, with, without);
			nr++;
		}
	}
	CHECK(nr > 60);
	free(with);
	free(without);
}

TEST(draft, a_file_that_cannot_be_read_is_refused_in_one_line)
{
	struct qy_draft draft = { .dtb = BOARD, .trace = "/nowhere.dat" };
	struct qy_err err = { "" };

	CHECK_EQ(qy_draft_print(stdout, &draft, &err), -1);
	CHECK(strstr(err.text, "/nowhere.dat: "));
	draft = (struct qy_draft){ .dtb = "/nowhere.dtb" };
	CHECK_EQ(qy_draft_print(stdout, &draft, &err), -1);
	CHECK(strstr(err.text, "/nowhere.dtb: No such file or directory"));
}
