// SPDX-License-Identifier: MIT
/*
 * The kernel's own tests, unmodified: compiled by `quarry cc` from the distribution's package of its source, run by `quarry
 * check`, and as many cases pass, fail and are skipped as docs/upstream.md says. Skipped where there is no such package.
 *
 * No state.
 */
#include <stdio.h>
#include <string.h>

#include "tests/drivers/upstream/source.h"
#include "tests/runner/test.h"

#define QUARRY QY_BINARY_DIR "/quarry"

struct suite {
	const char *file;
	const char *args;   /* of quarry check */
	const char *result; /* a line of the log, from its time on */
	const char *left;   /* what the suite itself does not give back; NULL: nothing */
};

static const struct suite suites[] = {
	{ "mm/kasan/kasan_test.c", "", "# Totals: pass:42 fail:0 skip:13 total:55",
		"1 of 66 are left (8202 bytes)" }, /* kfree(p + 1), and never kfree(p) */
	{ "lib/slub_kunit.c", "", "# Totals: pass:2 fail:0 skip:0 total:2", NULL },
	{ "lib/kunit/kunit-example-test.c", "", "# Totals: pass:2 fail:0 skip:2 total:4",
		NULL },
	{ "lib/cmdline_kunit.c", "", "# Totals: pass:4 fail:0 skip:0 total:4", NULL },
	{ "lib/test_sort.c", "", "ok 1 lib_sort", NULL },
};

/* The same line in the page that tells of it: "| `lib/slub_kunit.c` | pass:2 fail:0 skip:0 | ...". */
static bool is_told(const struct suite *s)
{
	char command[600], text[600];
	const char *counts = strstr(s->result, "pass:");

	snprintf(command, sizeof(command),
		"grep -F '`%s`' " QY_SOURCE_DIR "/docs/upstream.md | grep -cF '%.*s'",
		s->file, counts ? (int)(strstr(counts, " total") - counts) : 0,
		counts ? counts : "");
	return !run_command(command, text, sizeof(text));
}

static void run_suite(const char *source, const char *dir, const struct suite *s)
{
	char command[2400], text[16384], expected[128];

	snprintf(command, sizeof(command),
		QUARRY " cc --kernel " UPSTREAM_VERSION " -o %s/suite.qko '%s/%s' 2>&1",
		dir, source, s->file);
	if (run_command(command, text, sizeof(text)))
		FAIL("%s\n%s", command, text);
	snprintf(command, sizeof(command),
		QUARRY " check %s/suite.qko --quiet %s --log %s/log 2>&1; cat %s/log",
		dir, s->args, dir, dir);
	run_command(command, text, sizeof(text));
	snprintf(command, sizeof(command), "cat %s/log", dir);
	snprintf(expected, sizeof(expected), "%s", s->left ? s->left : "verdict: PASS");
	if (!strstr(text, expected))
		FAIL("%s: not '%s':\n%s", s->file, expected, text);
	snprintf(command, sizeof(command), "grep -cF ' %s' %s/log", s->result, dir);
	if (run_command(command, text, sizeof(text)))
		FAIL("%s: its log has no '%s'", s->file, s->result);
	if (!is_told(s))
		FAIL("%s: docs/upstream.md tells something else", s->file);
}

TEST(upstream, suites_of_the_kernel_compile_unmodified_and_pass)
{
	char source[512], dir[] = "/tmp/quarry-suites-XXXXXX", command[64], text[64];

	upstream_find(source, sizeof(source));
	CHECK(mkdtemp(dir) != NULL);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		run_suite(source, dir, &suites[i]);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_EQ(run_command(command, text, sizeof(text)), 0);
}

/* ------------------------------------------------------------------ drivers */

static void check_driver(const char *file)
{
	char source[600], command[1500], text[16384];

	upstream_find(source, sizeof(source));
	snprintf(command, sizeof(command),
		QUARRY " check --kernel " UPSTREAM_VERSION " '%s/%s' 2>&1", source, file);
	if (run_command(command, text, sizeof(text)) || !strstr(text, "  PASS  ") ||
		!strstr(text, " probes ") || !strstr(text, "verdict: PASS"))
		FAIL("%s\n%s", command, text);
}

TEST(upstream, a_driver_of_fuses_is_probed_read_and_unloaded)
{
	check_driver("drivers/nvmem/mtk-efuse.c");
}

TEST(upstream, a_driver_of_mailboxes_is_probed_used_and_unloaded)
{
	check_driver("drivers/mailbox/platform_mhu.c");
}
