// SPDX-License-Identifier: MIT
/*
 * The page of `quarry check --html` as a file: whole, of its own, the same bytes for the same seed, and with names that
 * stay names. What it shows in a browser is tested in tests/e2e. No state.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/report_formats.h"
#include "tests/runner/test.h"

#define BOARD \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 64M, smp: 2}\nduration: 1s\n"

/* Names that would end the script, open an element, end a string, leave ASCII. */
#define HOSTILE                                                                             \
	BOARD "load:\n"                                                                     \
	      "  - generator: {rate: 20000, duration: 1s, mix: [{gfp: GFP_KERNEL}]}\n"      \
	      "requests:\n"                                                                 \
	      "  - {name: \"</script><script>alert(1)</script>\", order: 3, count: 4000}\n" \
	      "  - {name: \"<!--<script>\", order: 0}\n"                                    \
	      "  - {name: \"\\\"'&<!--data--> \\u2028größe\\U0001F600\", order: 0}\n"     \
	      "expect:\n"                                                                   \
	      "  - {request: \"</script><script>alert(1)</script>\", success: 100%}\n"      \
	      "  - {request: \"<!--<script>\", each: 1}\n"

/* To be freed. */
static char *page(const char *scenario, const char *path, char **json)
{
	struct qy_check_hooks hooks = { .film = true };
	struct qy_seeds seeds = { 0 };
	struct qy_scenario *s;
	struct qy_err err;
	char *text;
	size_t size;
	FILE *out;

	s = qy_scenario_parse(scenario, strlen(scenario), path, &err);
	if (!s || qy_seeds_prepare(s, &seeds, &err) || qy_seeds_run(&seeds, &hooks, &err))
		FAIL("refused: %s", err.text);
	out = open_memstream(&text, &size);
	CHECK_EQ(qy_report_html(out, &seeds), 0);
	CHECK_EQ(fclose(out), 0);
	CHECK_EQ(strlen(text), size);
	if (json) {
		out = open_memstream(json, &size);
		CHECK_EQ(qy_report_json(out, &seeds), 0);
		CHECK_EQ(fclose(out), 0);
	}
	qy_seeds_free(&seeds);
	qy_scenario_free(s);
	return text;
}

#define PATH QY_SOURCE_DIR "/scenarios/page.yaml"

/* What stands between the tags of the data element. To be freed. */
static char *data_of(const char *text)
{
	static const char tag[] = "<script type=\"application/json\" id=\"data\">";
	const char *from = strstr(text, tag), *to;

	CHECK(from != NULL);
	from += strlen(tag);
	to = strchr(from, '<');
	CHECK(to && strncmp(to, "</script>", 9) == 0);
	return strndup(from, (size_t)(to - from));
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), tail = strlen(end);

	return length >= tail && strcmp(text + length - tail, end) == 0;
}

TEST(page, is_whole_and_holds_the_json_report)
{
	char *json, *text = page(HOSTILE, PATH, &json), *data = data_of(text);
	json_t *root = json_loads(data, JSON_REJECT_DUPLICATES, NULL);
	json_t *report = json_loads(json, 0, NULL);
	const json_t *film = json_object_get(root, "film");

	CHECK(strncmp(text, "<!doctype html>", 15) == 0);
	CHECK(ends_with(text, "</script>\n</body>\n</html>\n"));
	CHECK(json_equal(json_object_get(root, "report"), report));
	CHECK(json_array_size(json_object_get(json_object_get(film, "frames"), "at_ns")) >
		512);
	CHECK_EQ(json_array_size(json_object_get(film, "requests")), 3);
	json_decref(report);
	json_decref(root);
	free(data);
	free(json);
	free(text);
}

/* A namespace is a name and is not fetched; everything else that looks like an address is one too many. */
TEST(page, needs_nothing_from_anywhere)
{
	static const char *const loads[] = { "https://", "url(", "@import",
		"src=", "href=\"h", "XMLHttpRequest", "fetch(", "WebSocket", "import(" };
	char *text = page(HOSTILE, PATH, NULL);

	for (size_t i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		if (strstr(text, loads[i]))
			FAIL("the page has %s", loads[i]);
	}
	for (const char *at = strstr(text, "http://"); at; at = strstr(at + 1, "http://"))
		CHECK(strncmp(at, "http://www.w3.org/", 18) == 0);
	CHECK(strstr(text, "default-src 'none'") != NULL);
	CHECK(strstr(text, "Leon Sorokin") != NULL); /* uPlot's licence */
	free(text);
}

TEST(page, is_the_same_bytes_for_the_same_seed)
{
	char *a = page(HOSTILE, PATH, NULL), *b = page(HOSTILE, PATH, NULL);

	CHECK_STR_EQ(a, b);
	free(a);
	free(b);
}

TEST(page, has_names_that_stay_names)
{
	char *text = page(HOSTILE, QY_SOURCE_DIR "/scenarios/<img src=x>.yaml", NULL);
	char *data = data_of(text);
	json_t *root = json_loads(data, 0, NULL);
	const json_t *requests =
		json_object_get(json_object_get(root, "report"), "requests");

	/* data_of() found the element's own end, so that no "<" is in it. */
	CHECK_STR_EQ(
		json_string_value(json_object_get(json_array_get(requests, 0), "name")),
		"</script><script>alert(1)</script>");
	CHECK_STR_EQ(
		json_string_value(json_object_get(json_array_get(requests, 2), "name")),
		"\"'&<!--data--> \u2028größe\U0001F600");
	for (const char *at = data; *at; at++)
		CHECK(isascii(*at));
	json_decref(root);
	free(data);
	free(text);
}

/* A board that panics or never plays has a page as well. */
TEST(page, is_made_of_a_run_without_loads_and_refusals)
{
	char *text = page(BOARD "requests: [{name: one, order: 0}]\n"
				"expect: [{request: one, each: 1}]\n",
		PATH, NULL);
	char *data = data_of(text);

	CHECK(strstr(data, "\"verdict\":\"PASS\"") != NULL);
	free(data);
	free(text);
}
