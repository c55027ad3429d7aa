// SPDX-License-Identifier: MIT
/*
 * A verdict over several seeds. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/seeds.h"
#include "tests/runner/test.h"

#define PATH QY_SOURCE_DIR "/scenarios/test.yaml"
#define AGED                                                                                                   \
	"board: {dts: ../boards/qemu-virt-8g.dts, memory: 128M, smp: 1, append: transparent_hugepage=never}\n" \
	"seed: 10\nduration: 1s\n"                                                                             \
	"load: [{generator: {rate: 20000, duration: 1s, mix: "                                                 \
	"[{gfp: GFP_HIGHUSER_MOVABLE, weight: 9, lifetime: 600ms}, {gfp: GFP_KERNEL, lifetime: 5s}]}}]\n"      \
	"requests: [{name: big, order: 9, count: 64, gfp: GFP_NOWAIT, start: 900ms}]\n"

static char *run(const char *text, struct qy_seeds *seeds)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_err err = { "" };
	struct qy_scenario *s = qy_scenario_parse(text, strlen(text), PATH, &err);
	char *printed;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	if (!s || qy_seeds_prepare(s, seeds, &err) || qy_seeds_run(seeds, &hooks, &err))
		FAIL("%s", err.text);
	qy_seeds_print(out, seeds);
	fclose(out);
	return printed;
}

static void done(struct qy_seeds *seeds, char *printed)
{
	struct qy_scenario *s = seeds->scenario;

	qy_seeds_free(seeds);
	qy_scenario_free(s);
	free(printed);
}

TEST(seeds, one_seed_adds_nothing_to_the_report)
{
	struct qy_seeds seeds;
	char *printed = run(AGED "expect: [{request: big, each: 1}]\n", &seeds);

	CHECK_STR_EQ(printed, "");
	CHECK_EQ(seeds.nr, 1);
	CHECK_EQ(seeds.check->scenario->seed, 10);
	done(&seeds, printed);
}

TEST(seeds, the_worst_seed_is_shown_and_the_spread_told)
{
	struct qy_seeds seeds;
	uint64_t low = UINT64_MAX, high = 0;
	char text[1024], *printed;

	printed = run(AGED "seeds: 6\nexpect: [{request: big, each: 1}]\n", &seeds);
	for (uint32_t i = 0; i < 6; i++) {
		uint64_t actual = seeds.verdict[i].expect[0].actual;

		CHECK_EQ(seeds.verdict[i].seed, 10 + i);
		low = actual < low ? actual : low;
		high = actual > high ? actual : high;
	}
	CHECK(low < high);
	done(&seeds, printed);

	/* a limit between them: some seeds fail */
	snprintf(text, sizeof(text),
		AGED "seeds: 6\nexpect: [{request: big, each: %llu}]\n",
		(unsigned long long)high);
	printed = run(text, &seeds);
	CHECK(seeds.nr_failed > 0 && seeds.nr_failed < 6);
	CHECK(!seeds.check->pass);
	CHECK_EQ(seeds.check->scenario->seed, seeds.verdict[seeds.shown].seed);
	snprintf(text, sizeof(text), "verdict: FAIL in %u of 6 seeds\n", seeds.nr_failed);
	CHECK(strstr(printed, text));
	snprintf(text, sizeof(text), "holds in %u of 6: big: %llu..%llu, median ",
		6 - seeds.nr_failed, (unsigned long long)low, (unsigned long long)high);
	CHECK(strstr(printed, text));
	done(&seeds, printed);
}

TEST(seeds, the_same_seeds_print_the_same_bytes)
{
	static const char text[] = AGED
		"seeds: 3\nexpect: [{request: big, success: 1%}, {free: {at_least: 1M}}]\n";
	struct qy_seeds seeds;
	char *one = run(text, &seeds), *two;
	struct qy_scenario *s = seeds.scenario;

	qy_seeds_free(&seeds);
	qy_scenario_free(s);
	two = run(text, &seeds);
	CHECK_STR_EQ(two, one);
	CHECK(strstr(one, "verdict: "));
	free(one);
	done(&seeds, two);
}
