// SPDX-License-Identifier: MIT
/*
 * Remedies: what the report says would help does, written into the scenario's text, and one step less does not.
 *
 * The scenarios here have each request and each expectation on a line of its own, so that a setting can be put in its
 * place without a reader of YAML. No state.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/remedy.h"
#include "lab/report.h"
#include "lab/report_formats.h"
#include "tests/runner/test.h"

#define PATH QY_SOURCE_DIR "/scenarios/test.yaml"
#define ARM  "dts: ../boards/qemu-virt-8g.dts, append: transparent_hugepage=never"
#define X86  "dts: ../boards/x86_64-1g.dts, append: transparent_hugepage=never"

/* ------------------------------------------------------------------ a scenario as text */

/* The line of "LIST[N]" in @text; of "board" its own. */
static char *line_of(char *text, const char *path)
{
	char list[16], key[20];
	unsigned int index = 0;
	char *line;

	if (strncmp(path, "board.", 6) == 0)
		return strstr(text, "board: {");
	if (sscanf(path, "%15[a-z][%u]", list, &index) != 2)
		FAIL("%s: not a path", path);
	snprintf(key, sizeof(key), "%s:\n", list);
	line = strstr(text, key);
	for (unsigned int i = 0; line && i <= index; i++)
		line = strchr(line, '\n') + 1;
	return line;
}

/* Where the value of @key begins in a line of the form {a: b, c: d}, NULL when the key is not there. */
static char *value_of(char *line, const char *key)
{
	char first[32], other[32];
	char *end = strchr(line, '\n'), *at;

	snprintf(first, sizeof(first), "{%s: ", key);
	snprintf(other, sizeof(other), " %s: ", key);
	at = strstr(line, first);
	if (!at || at > end)
		at = strstr(line, other);
	return at && at < end ? at + strlen(first) : NULL;
}

/* A new text with the setting in it. */
static char *with_setting(char *text, const char *path, const char *value)
{
	char *line = line_of(text, path), *end, *at, *new;
	const char *key = strrchr(path, '.') + 1;
	bool is_list = strcmp(key, "sysctl") == 0 || strcmp(key, "areas") == 0;
	int length;

	if (!line)
		FAIL("%s is not in the text", path);
	end = strchr(line, '\n');
	at = value_of(line, key);
	if (at) {
		char *rest = at + strcspn(at, ",}");

		length = asprintf(&new, "%.*s%s%s", (int)(at - text), text, value, rest);
	} else {
		while (*end != '}')
			end--;
		if (strstr(path, ".request.")) /* the inner one of the two */
			end--;
		length = asprintf(&new, "%.*s, %s: %s%s%s%s", (int)(end - text), text,
			key, is_list ? "[\"" : "", value, is_list ? "\"]" : "", end);
	}
	CHECK(length > 0);
	free(text);
	return new;
}

/* ------------------------------------------------------------------ a verdict */

struct verdict {
	bool pass[QY_MAX_EXPECTS];
	uint32_t nr;
	json_t *report;
	char *text; /* for people */
};

/* Every expectation over all seeds, and the report with its remedies. */
static void judge(struct verdict *v, const char *text, bool remedies)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_remedy_hooks remedy_hooks = { 0 };
	struct qy_seeds seeds = { 0 };
	struct qy_scenario *s;
	struct qy_err err = { "" };
	char *json, *report;
	size_t size;
	FILE *out = open_memstream(&json, &size), *people;

	s = qy_scenario_parse(text, strlen(text), PATH, &err);
	if (!s || qy_seeds_prepare(s, &seeds, &err) ||
		qy_seeds_run(&seeds, &hooks, &err) ||
		(remedies && qy_remedies_find(&seeds, &remedy_hooks, &err)))
		FAIL("refused: %s\n%s", err.text, text);
	*v = (struct verdict){ .nr = s->nr_expects };
	for (uint32_t i = 0; i < v->nr; i++) {
		v->pass[i] = true;
		for (uint32_t n = 0; n < seeds.nr; n++)
			v->pass[i] = v->pass[i] && seeds.verdict[n].expect[i].pass;
	}
	CHECK_EQ(qy_report_json(out, &seeds), 0);
	CHECK_EQ(fclose(out), 0);
	people = open_memstream(&report, &size);
	qy_report_print_brief(people, seeds.check, false);
	CHECK_EQ(fclose(people), 0);
	v->report = json_loads(json, 0, NULL);
	v->text = report;
	CHECK(v->report != NULL);
	free(json);
	qy_seeds_free(&seeds);
	qy_scenario_free(s);
}

static void forget(struct verdict *v)
{
	json_decref(v->report);
	free(v->text);
}

static json_t *remedy_of(const struct verdict *v, uint32_t expect)
{
	return json_object_get(
		json_array_get(json_object_get(v->report, "expectations"), expect),
		"remedy");
}

static const char *word(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The scenario with what the remedy says, or with what it says still fails. */
static char *apply(const char *text, json_t *remedy, const char *which)
{
	json_t *changes = json_object_get(remedy, "changes"), *change;
	char *changed = strdup(text);
	size_t i;

	json_array_foreach(changes, i, change) changed =
		with_setting(changed, word(change, "path"), word(change, which));
	return changed;
}

/* Does the change make @expect hold, and nothing fail that held? */
static bool helps(const struct verdict *before, const char *text, uint32_t expect)
{
	struct verdict after;
	bool good;

	judge(&after, text, false);
	good = after.pass[expect];
	for (uint32_t i = 0; i < after.nr; i++)
		good = good && (after.pass[i] || !before->pass[i]);
	forget(&after);
	return good;
}

/* The acceptance: @expect fails, the remedy of @kind makes it hold, and the next smaller value does not. */
static void mended(const char *text, uint32_t expect, const char *kind)
{
	struct verdict v;
	json_t *remedy;
	char *changed;

	judge(&v, text, true);
	CHECK(!v.pass[expect]);
	remedy = remedy_of(&v, expect);
	if (!json_is_object(remedy))
		FAIL("no remedy in the report of\n%s", text);
	if (strcmp(word(remedy, "kind"), kind) != 0)
		FAIL("a remedy of kind %s was expected: %s", kind, word(remedy, "text"));
	changed = apply(text, remedy, "value");
	if (!helps(&v, changed, expect))
		FAIL("does not help: %s\n%s", word(remedy, "text"), changed);
	free(changed);
	if (word(remedy, "fails_at")) {
		changed = apply(text, remedy, "fails_at");
		if (helps(&v, changed, expect))
			FAIL("helps as well: %s\n%s", word(remedy, "text"), changed);
		free(changed);
	}
	CHECK(strstr(v.text, word(remedy, "text")));
	forget(&v);
}

/* ------------------------------------------------------------------ ten scenarios */

/* Half of the memory is taken; somebody then asks for more than the min watermark leaves to others. */
#define NOWAIT                                                                          \
	"board: {" ARM ", memory: 64M}\nduration: 1s\ncontents: false\nreclaim: none\n" \
	"requests:\n"                                                                   \
	"  - {name: hog, order: 0, count: 16384}\n"                                     \
	"  - {name: late, order: 0, count: 32, gfp: GFP_NOWAIT, start: 500ms}\n"        \
	"expect:\n"                                                                     \
	"  - {request: late, each: 32}\n"

TEST(remedy, who_cannot_wait_may_use_the_reserve)
{
	mended(NOWAIT, 0, "flag");
}

/* Page cache fills the board, which is dropped only for those that wait. The large ones do not: no page moves for them. */
#define CACHE                                                                                     \
	"board: {" ARM ", memory: 128M}\nduration: 2s\ncontents: false\n"                         \
	"load:\n"                                                                                 \
	"  - generator: {rate: 30000, duration: 2s, mix: "                                        \
	"[{gfp: GFP_HIGHUSER_MOVABLE, weight: 9}, {gfp: GFP_KERNEL, lifetime: 500ms}]}\n"         \
	"requests:\n"                                                                             \
	"  - {name: burst, order: 0, count: 4000, gfp: GFP_ATOMIC, context: task, start: "        \
	"1900ms}\n"                                                                               \
	"  - {name: irq, order: 0, count: 3000, gfp: GFP_ATOMIC, start: 1700ms, hold: 10ms}\n"    \
	"  - {name: frames, order: 6, count: 8, every: 200ms, hold: 100ms}\n"                     \
	"  - {name: huge, order: 9, count: 8, gfp: GFP_NOWAIT, context: atomic, start: 1600ms}\n" \
	"  - {name: often, order: 9, count: 4, gfp: GFP_NOWAIT, context: atomic, every: 200ms, hold: 100ms}\n"

TEST(remedy, a_task_may_wait_instead)
{
	mended(CACHE "expect:\n  - {request: burst, each: 4000}\n", 0, "flag");
}

TEST(remedy, a_large_request_may_insist)
{
	mended(CACHE "expect:\n  - {request: frames, success: 100%}\n", 0, "flag");
}

TEST(remedy, an_interrupt_gets_a_larger_reserve)
{
	mended(CACHE "expect:\n  - {request: irq, each: 3000}\n", 0, "min_free_kbytes");
}

TEST(remedy, large_blocks_are_taken_while_there_are_some)
{
	mended(CACHE "expect:\n  - {request: huge, each: 8}\n", 0, "earlier");
}

TEST(remedy, blocks_that_come_and_go_are_kept)
{
	mended(CACHE "expect:\n  - {request: often, each: 4}\n", 0, "keep");
}

TEST(remedy, free_memory_is_kept_by_the_watermarks)
{
	mended(CACHE "expect:\n  - free: {at_least: 4M}\n", 0, "min_free_kbytes");
}

#define X86_HOG                                                                          \
	"board: {" X86 ", memory: 256M}\nduration: 1s\ncontents: false\nreclaim: none\n" \
	"requests:\n"                                                                    \
	"  - {name: hog, order: 0, count: 65536, start: 100ms}\n"                        \
	"  - {name: many, order: 0, count: 4096, gfp: GFP_KERNEL|__GFP_DMA}\n"           \
	"  - {name: few, order: 0, count: 2000, gfp: GFP_DMA, start: 500ms, hold: 1ms}\n"

TEST(remedy, a_small_zone_is_left_for_a_larger_one)
{
	mended(X86_HOG "expect:\n  - {request: many, each: 4096}\n", 0, "zone");
}

TEST(remedy, a_small_zone_is_kept_for_those_who_need_it)
{
	mended("board: {" X86 ", memory: 256M}\nduration: 1s\ncontents: false\n"
	       "reclaim: none\n"
	       "requests:\n"
	       "  - {name: hog, order: 0, count: 65536}\n"
	       "  - {name: isa, order: 0, count: 2000, gfp: GFP_DMA, start: 500ms}\n"
	       "expect:\n"
	       "  - {request: isa, each: 2000}\n",
		0, "lowmem_reserve_ratio");
}

#define AGED "board: {" ARM ", memory: 128M}\nstart: {aged: 3}\nduration: 1s\n"

TEST(remedy, where_large_blocks_are_rare_smaller_ones_do)
{
	mended(AGED
		"requests:\n"
		"  - {name: cam, order: 7, count: 4, gfp: GFP_NOWAIT, context: atomic}\n"
		"expect:\n"
		"  - {request: cam, each: 4}\n",
		0, "smaller_blocks");
}

TEST(remedy, what_does_not_fit_needs_more_memory)
{
	mended(AGED "requests:\n"
		    "  - {name: all, order: 0, count: 40000}\n"
		    "expect:\n"
		    "  - {request: all, success: 100%}\n",
		0, "memory");
	mended("board: {" ARM ", memory: 64M}\nduration: 1s\ncontents: false\n"
	       "load:\n"
	       "  - generator: {rate: 20000, duration: 1s, mix: [{gfp: GFP_KERNEL}]}\n"
	       "expect:\n"
	       "  - load: {failures: 0}\n",
		0, "memory");
}

TEST(remedy, a_recorded_load_fragments_and_smaller_blocks_help)
{
	mended("board: {dts: ../boards/qemu-virt-8g.dts, memory: 1G}\ncontents: false\n"
	       "load:\n"
	       "  - trace: {file: ../traces/files.dat, repeat: 4}\n"
	       "requests:\n"
	       "  - {name: nic, order: 3, count: 64, gfp: GFP_ATOMIC, start: 1s, every: "
	       "100ms, hold: 50ms, cpu: 1}\n"
	       "  - {name: camera, order: 9, count: 40, gfp: GFP_NOWAIT, context: atomic, "
	       "start: 20s, hold: 500ms}\n"
	       "expect:\n"
	       "  - {request: nic, success: 99.9%}\n"
	       "  - {request: camera, each: 40}\n"
	       "  - load: {failures: 0}\n",
		1, "smaller_blocks");
}

/* The area has room for four buffers, and pinned pages are in the way of some. */
#define CAMERA                                                                                \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, append: cma=16M}\n"           \
	"duration: 2s\ncontents: false\n"                                                     \
	"load:\n"                                                                             \
	"  - generator: {rate: 47100, duration: 500ms, mix: [{gfp: GFP_HIGHUSER_MOVABLE}]}\n" \
	"requests:\n"                                                                         \
	"  - {name: encoder, pin: 5, start: 600ms}\n"                                         \
	"  - {name: camera, cma: default, size: 4M, count: 4, start: 1s, hold: 100ms}\n"      \
	"expect:\n"                                                                           \
	"  - {request: encoder, each: 5}\n"                                                   \
	"  - {request: camera, each: 4}\n"

TEST(remedy, the_size_of_the_default_area_is_bisected)
{
	mended(CAMERA, 1, "cma");
}

TEST(remedy, the_size_of_a_named_area_is_bisected)
{
	mended("board: {dts: ../boards/two-cameras.dts}\nduration: 2s\ncontents: false\n"
	       "requests:\n"
	       "  - {name: rear, cma: rear-pool@58000000, size: 6M, count: 5, start: 1s, hold: 100ms}\n"
	       "expect:\n"
	       "  - {request: rear, each: 5}\n",
		0, "area");
}

TEST(remedy, a_step_of_the_timeline_moves)
{
	mended(CACHE
		"timeline:\n"
		"  - {at: 1600ms, request: {name: step, order: 9, count: 8, gfp: GFP_NOWAIT, context: atomic}}\n"
		"expect:\n"
		"  - {request: step, each: 8}\n",
		0, "earlier");
}

/* ------------------------------------------------------------------ several seeds, and none */

/* What mends the shown seed is too little for another one. */
TEST(remedy, it_helps_with_every_seed)
{
	mended("board: {" ARM ", memory: 128M}\nduration: 2s\ncontents: false\nseeds: 3\n"
	       "load:\n"
	       "  - generator: {rate: 30000, duration: 2s, mix: "
	       "[{gfp: GFP_HIGHUSER_MOVABLE, weight: 9}, {gfp: GFP_KERNEL, lifetime: "
	       "500ms}, {gfp: GFP_KERNEL, order: 1, lifetime: 500ms}]}\n"
	       "requests:\n"
	       "  - {name: small, order: 2, count: 300, gfp: GFP_KERNEL|__GFP_NORETRY, "
	       "start: 1800ms}\n"
	       "  - {name: large, order: 5, count: 20, start: 1900ms}\n"
	       "  - {name: ring, order: 3, count: 80, gfp: GFP_ATOMIC, every: 100ms, hold: "
	       "50ms}\n"
	       "expect:\n"
	       "  - {request: small, each: 300}\n"
	       "  - {request: large, each: 20}\n"
	       "  - {request: ring, success: 100%}\n",
		2, "min_free_kbytes");
}

/* Latency, a zone's free memory, an index: what the board can change is tried. */
TEST(remedy, every_kind_of_expectation_is_mended_or_listed)
{
	static const char text[] =
		CACHE "expect:\n"
		      "  - {request: burst, latency: 1us}\n"
		      "  - free: {at_least: 5M, zone: DMA}\n"
		      "  - fragmentation: {zone: DMA, order: 10, at_most: 0.1}\n"
		      "  - unusable: {zone: DMA, order: 9, at_most: 0.5}\n";
	struct verdict v;

	judge(&v, text, true);
	for (uint32_t i = 0; i < v.nr; i++) {
		json_t *remedy = remedy_of(&v, i);

		CHECK(!v.pass[i]);
		CHECK(json_is_object(remedy));
		if (strcmp(word(remedy, "kind"), "none") != 0)
			mended(text, i, word(remedy, "kind"));
		else
			CHECK(json_array_size(json_object_get(remedy, "tried_before")) >
				1);
	}
	CHECK_STR_EQ(word(remedy_of(&v, 1), "kind"), "min_free_kbytes");
	forget(&v);
}

/* The blocks asked for early are no longer there for those who held theirs. */
TEST(remedy, what_breaks_another_expectation_is_none)
{
	struct verdict v;
	json_t *remedy;

	judge(&v,
		"board: {" ARM
		", memory: 64M}\nduration: 1s\ncontents: false\nreclaim: none\n"
		"requests:\n"
		"  - {name: first, order: 0, count: 8000, start: 100ms, hold: 100ms}\n"
		"  - {name: rest, order: 0, count: 65536, start: 150ms}\n"
		"expect:\n"
		"  - {request: first, each: 8000}\n"
		"  - {request: rest, each: 65000}\n",
		true);
	CHECK(v.pass[0] && !v.pass[1]);
	CHECK(json_is_null(remedy_of(&v, 0)));
	remedy = remedy_of(&v, 1);
	CHECK_STR_EQ(word(remedy, "kind"), "none");
	CHECK(json_is_null(json_object_get(remedy, "value")));
	CHECK(json_array_size(json_object_get(remedy, "tried_before")) > 2);
	CHECK(strstr(v.text, "remedy: none of what was tried makes it hold"));
	forget(&v);
}

TEST(remedy, the_same_scenario_has_the_same_remedy)
{
	static const char text[] = CACHE "expect:\n  - {request: huge, each: 8}\n"
					 "  - {request: irq, each: 3000}\n";
	struct verdict a, b;

	judge(&a, text, true);
	judge(&b, text, true);
	CHECK_STR_EQ(a.text, b.text);
	CHECK(json_equal(a.report, b.report));
	CHECK(strstr(a.text, "remedy: "));
	forget(&a);
	forget(&b);
}

TEST(remedy, nothing_is_tried_where_all_holds_or_nobody_asked)
{
	struct verdict v;

	judge(&v, CACHE "expect:\n  - {request: huge, each: 8}\n", false);
	CHECK(!v.pass[0]);
	CHECK(json_is_null(remedy_of(&v, 0)));
	CHECK(!strstr(v.text, "remedy"));
	forget(&v);
}

/* ------------------------------------------------------------------ settings */

TEST(remedy, a_setting_that_is_not_there_is_refused)
{
	static const char text[] = CACHE "expect:\n  - {request: huge, each: 8}\n";
	static const struct qy_setting bad[] = {
		{ "requests[9].gfp", "GFP_KERNEL" },
		{ "requests[0].name", "x" },
		{ "expect[1].each", "1" },
		{ "board.dts", "x" },
		{ "nothing", "x" },
		{ "requests[0].gfp", "GFP_NOTHING" },
		{ "requests[0].order", "-1" },
		{ "requests[0].start", "soon" },
		{ "requests[0].context", "nmi" },
	};
	struct qy_err err;
	struct qy_scenario *s = qy_scenario_parse(text, strlen(text), PATH, &err);

	CHECK(s != NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(qy_scenario_set(s, &bad[i], &err), -1);
	qy_scenario_free(s);
}
