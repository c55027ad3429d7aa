// SPDX-License-Identifier: MIT
/*
 * The verdict for programs: the same bytes for the same seed, every promised key, and nothing that a reader of JSON,
 * KTAP or XML would stumble over. No state.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/remedy.h"
#include "lab/report.h"
#include "lab/report_formats.h"
#include "tests/runner/test.h"

#define PATH QY_SOURCE_DIR "/scenarios/<&>.yaml"
#define KEYS QY_SOURCE_DIR "/tests/lab/data/quarry-check-1.keys"
#define BOARD \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 1, append: transparent_hugepage=never}\n"

/* A request and a load that fail, so that every key is there. */
#define SHORT                                                                                   \
	BOARD "duration: 1s\nseeds: 2\n"                                                        \
	      "load:\n"                                                                         \
	      "  - generator: {rate: 20000, duration: 1s, mix: [{gfp: GFP_KERNEL}]}\n"          \
	      "requests:\n"                                                                     \
	      "  - {name: \"<a&'\\\"b\\\"> # SKIP\", order: 3, count: 4096, gfp: GFP_ATOMIC}\n" \
	      "timeline: [{at: 500ms, snapshot: middle}]\n"                                     \
	      "expect:\n"                                                                       \
	      "  - {request: \"<a&'\\\"b\\\"> # SKIP\", success: 100%}\n"                       \
	      "  - {request: \"<a&'\\\"b\\\"> # SKIP\", each: 1}\n"                             \
	      "  - load: {failures: 0}\n"                                                       \
	      "  - free: {at_least: 1K}\n"

/* A buffer is missing. */
#define AREA                                                                              \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 1, append: cma=8M}\n" \
	"duration: 1s\n"                                                                  \
	"requests: [{name: camera, cma: default, size: 4M, count: 3}]\n"                  \
	"expect: [{request: camera, each: 3}]\n"

/* A device whose mask cannot be had. */
#define DEVICE                                             \
	"board: {dts: ../boards/qemu-virt-4g-edu.dts}\n"   \
	"duration: 1s\n"                                   \
	"requests: [{name: edu, device: edu, size: 4K}]\n" \
	"expect: [{request: edu, each: 1}]\n"

/* A block is missing, and the load's pages are in its way. */
#define TAINTED                                                                        \
	BOARD "duration: 1s\n"                                                         \
	      "load:\n"                                                                \
	      "  - generator: {rate: 20000, duration: 1s, mix: [{gfp: GFP_KERNEL}]}\n" \
	      "requests: [{name: frag, order: 10, count: 16, start: 150ms}]\n"         \
	      "expect: [{request: frag, each: 16}, {unusable: {zone: DMA, order: 10, at_most: 0.1}}]\n"

/* A driver is refused its parameter. */
#define DRIVER                                                                    \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M}\nduration: 10ms\n" \
	"drivers: [{source: " QY_BINARY_DIR "/tests/drivers/gadget.qko, params: a=b}]\n"

/* A driver is used for a while. */
#define USED                                                                       \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 256M}\nduration: 50ms\n" \
	"drivers: [{source: " QY_BINARY_DIR                                        \
	"/tests/drivers/gadget.qko, uses: [{at: 40ms, open: gadget}]}]\n"

/* Somebody is killed, there is one who cannot be, and a file is written. */
#define KILLED                                                                          \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 1}\nduration: 2s\n" \
	"tasks:\n"                                                                      \
	"  - {name: inferenced, memory: {constant: 40%}}\n"                             \
	"  - {name: loader, memory: {ramp: {to: 80%, over: 1s}}}\n"                     \
	"  - {name: init, oom_score_adj: -1000, memory: {constant: 1%}}\n"              \
	"files: [{name: log, write: 1M, size: 4M}]\n"                                   \
	"expect: [{task: inferenced, latency: 1s}, killed_first: loader]\n"

#define HOLDS                                       \
	BOARD "duration: 1s\ncontents: false\n"     \
	      "requests: [{name: one, order: 0}]\n" \
	      "expect: [{request: one, each: 1}]\n"

typedef int (*print_fn)(FILE *out, const struct qy_seeds *seeds);

/* Runs @scenario and prints the verdict. To be freed. */
static char *report(const char *scenario, print_fn print)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_remedy_hooks remedy_hooks = { 0 };
	struct qy_seeds seeds = { 0 };
	struct qy_scenario *s;
	struct qy_err err;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	s = qy_scenario_parse(scenario, strlen(scenario), PATH, &err);
	if (!s || qy_seeds_prepare(s, &seeds, &err) ||
		qy_seeds_run(&seeds, &hooks, &err) ||
		qy_remedies_find(&seeds, &remedy_hooks, &err))
		FAIL("refused: %s", err.text);
	CHECK_EQ(print(out, &seeds), 0);
	CHECK_EQ(fclose(out), 0);
	qy_seeds_free(&seeds);
	qy_scenario_free(s);
	return text;
}

TEST(formats, same_seed_gives_the_same_bytes)
{
	static const print_fn prints[] = { qy_report_json, qy_report_ktap,
		qy_report_junit };

	for (size_t i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		char *a = report(SHORT, prints[i]), *b = report(SHORT, prints[i]);

		CHECK(strlen(a) > 100);
		CHECK_STR_EQ(a, b);
		free(a);
		free(b);
	}
}

/* ------------------------------------------------------------------ JSON */

#define MAX_KEYS 512

struct keys {
	char path[MAX_KEYS][96];
	size_t nr;
};

static int compare_paths(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void note_key(struct keys *keys, const char *path)
{
	for (size_t i = 0; i < keys->nr; i++) {
		if (strcmp(keys->path[i], path) == 0)
			return;
	}
	CHECK(keys->nr < MAX_KEYS);
	strcpy(keys->path[keys->nr++], path);
}

/* "zones[].free_bytes": every key below @value, once. */
static void collect_keys(const json_t *value, const char *prefix, struct keys *keys)
{
	char path[96];
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_array(value)) {
		snprintf(path, sizeof(path), "%s[]", prefix);
		json_array_foreach(value, i, child) collect_keys(child, path, keys);
	}
	json_object_foreach((json_t *)value, key, child)
	{
		CHECK(snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "." : "",
			      key) < (int)sizeof(path));
		note_key(keys, path);
		collect_keys(child, path, keys);
	}
}

/* A key that is gone breaks the promise of the schema; one that is new belongs into the list and docs/formats.md. */
TEST(formats, json_has_exactly_the_keys_of_its_schema)
{
	static const char *const scenarios[] = { SHORT, TAINTED, AREA, DEVICE, KILLED,
		DRIVER, USED };
	char line[128];
	struct keys *keys = calloc(1, sizeof(*keys));
	FILE *list = fopen(KEYS, "r");
	size_t nr = 0;

	CHECK(list && keys);
	for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		char *text = report(scenarios[i], qy_report_json);
		json_error_t error;
		json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);

		if (!root)
			FAIL("line %d: %s", error.line, error.text);
		collect_keys(root, "", keys);
		json_decref(root);
		free(text);
	}
	qsort(keys->path, keys->nr, sizeof(keys->path[0]), compare_paths);
	for (; fgets(line, sizeof(line), list); nr++) {
		line[strcspn(line, "\n")] = '\0';
		CHECK_STR_EQ(nr < keys->nr ? keys->path[nr] : "(no more keys)", line);
	}
	CHECK_EQ(keys->nr, nr);
	fclose(list);
	free(keys);
}

TEST(formats, json_says_what_was_found)
{
	char *text = report(SHORT, qy_report_json);
	json_t *root = json_loads(text, 0, NULL);
	json_t *request = json_array_get(json_object_get(root, "requests"), 0);
	json_t *expect = json_array_get(json_object_get(root, "expectations"), 1);
	json_t *zone = json_array_get(
		json_object_get(json_object_get(request, "why"), "zones"), 0);

	CHECK_STR_EQ(
		json_string_value(json_object_get(root, "schema")), "quarry-check/1");
	CHECK_STR_EQ(json_string_value(json_object_get(root, "verdict")), "FAIL");
	CHECK_STR_EQ(json_string_value(json_object_get(root, "seed")), "1");
	CHECK_EQ(json_array_size(json_object_get(root, "seeds")), 2);
	CHECK_EQ(json_integer_value(json_object_get(root, "duration_ns")), 1000000000);
	CHECK_STR_EQ(
		json_string_value(json_object_get(request, "name")), "<a&'\"b\"> # SKIP");
	CHECK_EQ(json_integer_value(json_object_get(request, "asked_blocks")), 4096);
	CHECK_EQ(json_integer_value(json_object_get(expect, "actual")),
		json_integer_value(json_object_get(request, "worst_round_blocks")));
	CHECK_STR_EQ(json_string_value(json_object_get(expect, "verdict")), "PASS");
	CHECK_STR_EQ(json_string_value(json_object_get(zone, "refusal")), "watermark");
	CHECK(json_integer_value(json_object_get(zone, "usable_bytes")) <=
		json_integer_value(json_object_get(zone, "mark_bytes")) +
			json_integer_value(json_object_get(zone, "reserve_bytes")));
	json_decref(root);
	free(text);
}

/* ------------------------------------------------------------------ KTAP, JUnit */

TEST(formats, ktap_has_a_plan_and_says_why)
{
	char *text = report(SHORT, qy_report_ktap);

	CHECK(strstr(text, "KTAP version 1\n1..6\n") == text);
	CHECK(strstr(text, "\n# why: watermark. First refused: "));
	CHECK(strstr(text, "\nnot ok 1 <a&'\"b\"> _ SKIP: success 100.000%\n"));
	CHECK(strstr(text, "\nok 2 <a&'\"b\"> _ SKIP: each 1\n"));
	CHECK(strstr(text, "\nnot ok 3 load: failures 0\n"));
	CHECK(strstr(text, "\nok 4 free: at_least 1024 bytes\n"));
	CHECK(strstr(text, "\nok 6 machine: sound at the end\n"));
	free(text);
	text = report(HOLDS, qy_report_ktap);
	CHECK_STR_EQ(text,
		"KTAP version 1\n1..3\n# seed 1: PASS\n"
		"ok 1 one: each 1\n"
		"ok 2 memory: frames keep their content # SKIP contents: false in the scenario\n"
		"ok 3 machine: sound at the end\n");
	free(text);
}

TEST(formats, junit_is_escaped_and_counts_its_cases)
{
	char *text = report(SHORT, qy_report_junit);

	CHECK(strstr(text,
		"<testsuites name=\"quarry check\" tests=\"6\" failures=\"2\" errors=\"0\" skipped=\"0\">"));
	CHECK(strstr(text, "scenarios/&lt;&amp;&gt;.yaml\""));
	CHECK(strstr(
		text, "name=\"&lt;a&amp;&apos;&quot;b&quot;&gt; # SKIP: each 1\"/>"));
	CHECK(strstr(text, "<failure message=\"load: 20000 refused allocations "));
	CHECK(!strstr(text, "<a&"));
	free(text);
	text = report(HOLDS, qy_report_junit);
	CHECK(strstr(text, " tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"1\">"));
	CHECK(!strstr(text, "<failure"));
	free(text);
}

TEST(formats, what_is_not_text_is_shown_as_a_question_mark)
{
	char text[] =
		"a\033[1m\x7f\xc3\xa4\xff\xed\xa0\x80\xef\xbf\xbf\n\xf0\x9f\x90\xa7\xc3";

	CHECK_STR_EQ(
		qy_report_clean(text), "a?[1m?\xc3\xa4?\?\?\?\?\?\?\n\xf0\x9f\x90\xa7?");
}
