// SPDX-License-Identifier: MIT
/* Suites of KUnit: what they say of each kind of failure, what they give back, and when. */
#include <kunit/device.h>
#include <kunit/static_stub.h>
#include <kunit/test.h>
#include <linux/delay.h>
#include "tests/drivers/kernel/world.h"

static char order[256];

static void note(const char *what)
{
	strcat(order, what);
}

static void check_log(const char *const *lines, size_t nr)
{
	const char *at = test_world.log;

	for (size_t i = 0; i < nr; i++) {
		const char *next = strstr(at, lines[i]);

		if (!next)
			FAIL("not there, or not in this order: %s\nin:\n%s", lines[i],
				test_world.log);
		at = next + strlen(lines[i]);
	}
}
#define SAYS(...)                                       \
	check_log((const char *const[]){ __VA_ARGS__ }, \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/* ------------------------------------------------------------------ everything that can be expected */

static const char hello[] = "hello";

static void all_met(struct kunit *test)
{
	int one = 1, *p = &one;
	u8 bytes[4] = { 1, 2, 3, 4 }, same[4] = { 1, 2, 3, 4 }, other[4] = { 1, 2, 0, 4 };

	KUNIT_SUCCEED(test);
	KUNIT_EXPECT_TRUE(test, one);
	KUNIT_EXPECT_FALSE(test, one == 2);
	KUNIT_EXPECT_EQ(test, one, 1);
	KUNIT_EXPECT_NE(test, one, 2ul);
	KUNIT_EXPECT_LT(test, -1, one);
	KUNIT_EXPECT_LE(test, 1, one);
	KUNIT_EXPECT_GT(test, 5u, 4u);
	KUNIT_EXPECT_GE(test, 5ull, 5ull);
	KUNIT_EXPECT_PTR_EQ(test, p, &one);
	KUNIT_EXPECT_PTR_NE(test, p, NULL);
	KUNIT_EXPECT_NULL(test, (void *)NULL);
	KUNIT_EXPECT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, hello, "hello");
	KUNIT_EXPECT_STRNEQ(test, hello, "hallo");
	KUNIT_EXPECT_MEMEQ(test, bytes, same, 4);
	KUNIT_EXPECT_MEMNEQ(test, bytes, other, 4);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, p);
	KUNIT_ASSERT_TRUE_MSG(test, one, "one is %d", one);
	KUNIT_ASSERT_FALSE(test, !one);
	KUNIT_ASSERT_EQ_MSG(test, one, 1, "never said");
	KUNIT_ASSERT_NE(test, one, 0);
	KUNIT_ASSERT_LT(test, 0, one);
	KUNIT_ASSERT_LE(test, 0, one);
	KUNIT_ASSERT_GT(test, one, 0);
	KUNIT_ASSERT_GE(test, one, 0);
	KUNIT_ASSERT_PTR_EQ(test, p, &one);
	KUNIT_ASSERT_PTR_NE(test, p, (int *)NULL);
	KUNIT_ASSERT_NULL(test, (int *)NULL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_ASSERT_STREQ(test, hello, "hello");
	KUNIT_ASSERT_STRNEQ(test, hello, "");
	KUNIT_ASSERT_MEMEQ(test, bytes, same, 4);
	KUNIT_ASSERT_MEMNEQ(test, bytes, other, 4);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
}

static void none_met(struct kunit *test)
{
	int one = 1;
	u8 bytes[3] = { 1, 2, 3 }, other[3] = { 1, 9, 3 };

	KUNIT_EXPECT_TRUE(test, one == 2);
	KUNIT_EXPECT_FALSE_MSG(test, one, "because of %d", 5);
	KUNIT_EXPECT_EQ(test, one + 1, 3);
	KUNIT_EXPECT_STREQ(test, hello, "hallo");
	KUNIT_EXPECT_MEMEQ(test, bytes, other, 3);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, ERR_PTR(-ENOMEM));
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, NULL);
	KUNIT_EXPECT_PTR_EQ(test, (void *)0x10, (void *)0x20);
	KUNIT_FAIL(test, "said by the author");
	note("on");
}

static void ends_early(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 1, 2);
	note("never");
}

static void is_skipped(struct kunit *test)
{
	kunit_skip(test, "no %s", "hardware");
	note("never");
}

static struct kunit_case said_cases[] = { KUNIT_CASE(all_met), KUNIT_CASE(none_met),
	KUNIT_CASE(ends_early), KUNIT_CASE(is_skipped), {} };
static struct kunit_suite said_suite = { .name = "said", .test_cases = said_cases };

WORLD(kunit, each_failure_is_said_with_its_values_and_an_assertion_ends_its_case)
{
	order[0] = '\0';
	CHECK_EQ(kunit_run_tests(&said_suite), 0);
	CHECK_STR_EQ(order, "on");
	SAYS("<6>    KTAP version 1\n<6>    # Subtest: said\n<6>    1..4\n",
		"<6>    ok 1 all_met\n<3>    # none_met: EXPECTATION FAILED at ",
		"test_kunit.c:", "<3>    Expected one == 2 to be true, but is false\n",
		"<3>    Expected one to be false, but is true\n<3>because of 5\n",
		"<3>    Expected one + 1 == 3, but\n<3>        one + 1 == 2 (0x2)\n",
		"<3>    Expected hello == \"hallo\", but\n<3>        hello == \"hello\"\n",
		"<3>    Expected bytes == other, but\n<3>        bytes ==\n<3>         01 <02> 03 \n",
		"<3>        other ==\n<3>         01 <09> 03 \n",
		"<3>    Expected ERR_PTR(-12) is not error, but is: -12\n",
		"is not null, but is\n", "== 0000000000000010\n",
		"<3>said by the author\n<6>    not ok 2 none_met\n",
		"<3>    # ends_early: ASSERTION FAILED at ",
		"<3>    Expected 1 == 2, but\n<6>    not ok 3 ends_early\n",
		"<6>    ok 4 is_skipped # SKIP no hardware\n",
		"<6># said: pass:1 fail:2 skip:1 total:4\n",
		"<6># Totals: pass:1 fail:2 skip:1 total:4\n<6>not ok 1 said\n");
	CHECK_EQ(kunit_suite_has_succeeded(&said_suite), KUNIT_FAILURE);
}

/* ------------------------------------------------------------------ parameters */

struct sum {
	int a, b, sum;
	const char *name;
};
static const struct sum sums[] = { { 1, 1, 2, "one and one" },
	{ 2, 3, 5, "two and three" }, { 0, 0, 1, "wrong" } };

static void describe(const struct sum *sum, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "%d + %d", sum->a, sum->b);
}

KUNIT_ARRAY_PARAM(described, sums, describe);
KUNIT_ARRAY_PARAM_DESC(named, sums, name);
KUNIT_ARRAY_PARAM(bare, sums, NULL);

static void adds_up(struct kunit *test)
{
	const struct sum *sum = test->param_value;

	if (test->param_index == 1)
		kunit_mark_skipped(test, "odd");
	else
		KUNIT_EXPECT_EQ(test, sum->a + sum->b, sum->sum);
}

static struct kunit_case param_cases[] = { KUNIT_CASE_PARAM(
						   adds_up, described_gen_params),
	KUNIT_CASE_PARAM(adds_up, named_gen_params),
	KUNIT_CASE_PARAM(adds_up, bare_gen_params), KUNIT_CASE_SLOW(all_met), {} };
static struct kunit_suite param_suite = { .name = "param", .test_cases = param_cases };

WORLD(kunit, a_case_runs_once_for_each_parameter)
{
	kunit_run_tests(&param_suite);
	SAYS("<6>        KTAP version 1\n<6>        # Subtest: adds_up\n<6>        ok 1 1 + 1\n",
		"<6>        ok 2 2 + 3 # SKIP odd\n", "<6>        not ok 3 0 + 0\n",
		"<6>    # adds_up: pass:1 fail:1 skip:1 total:3\n<6>    not ok 1 adds_up\n",
		"<6>        ok 1 one and one\n", "<6>        ok 1 param-0\n",
		"<6>    # all_met.speed: slow\n<6>    ok 4 all_met\n",
		"<6># param: pass:1 fail:3 skip:0 total:4\n",
		"<6># Totals: pass:4 fail:3 skip:3 total:10\n<6>not ok 1 param\n");
}

/* ------------------------------------------------------------------ init, exit, resources */

static void act(void *what)
{
	note(what);
}

static int begins(struct kunit_suite *suite)
{
	note("(");
	return 0;
}

static void ends(struct kunit_suite *suite)
{
	note(")");
}

static int case_begins(struct kunit *test)
{
	note("[");
	test->priv = kunit_kzalloc(test, 100, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

static void case_ends(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, kunit_get_current_test(), test);
	note("]");
}

static int with_data(struct kunit_resource *res, void *context)
{
	res->data = context;
	return context ? 0 : -EINVAL;
}

static void let_go(struct kunit_resource *res)
{
	note(res->data);
}

static void takes(struct kunit *test)
{
	static struct kunit_resource own;
	struct kunit_resource *res;
	char *p = kunit_kmalloc(test, 50, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, p);
	KUNIT_EXPECT_STREQ(test, kunit_kstrdup(test, hello, GFP_KERNEL), "hello");
	kunit_kfree(test, p);
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, act, "1"), 0);
	KUNIT_EXPECT_PTR_EQ(test,
		(char *)kunit_alloc_resource(test, with_data, let_go, GFP_KERNEL, "2"),
		(char *)"2");
	KUNIT_EXPECT_NULL(
		test, kunit_alloc_resource(test, with_data, let_go, GFP_KERNEL, NULL));
	KUNIT_EXPECT_EQ(
		test, kunit_add_named_resource(test, NULL, let_go, &own, "own", "3"), 0);
	KUNIT_EXPECT_EQ(test,
		kunit_add_named_resource(test, NULL, let_go, &own, "own", "x"), -EEXIST);
	res = kunit_find_named_resource(test, "own");
	KUNIT_EXPECT_PTR_EQ(test, res, &own);
	kunit_put_resource(res);
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, act, "4"), 0);
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, act, "5"), 0);
	KUNIT_EXPECT_EQ(test, kunit_add_action(test, act, "6"), 0);
	kunit_remove_action(test, act, "4");
	kunit_release_action(test, act, "5");
	KUNIT_EXPECT_EQ(test, kunit_destroy_named_resource(test, "own"), 0);
	KUNIT_EXPECT_EQ(test, kunit_destroy_named_resource(test, "own"), -ENOENT);
	KUNIT_ASSERT_TRUE_MSG(
		test, true, "what follows goes back though the case ends here");
	kunit_skip(test, "done");
}

static int helper(int x)
{
	KUNIT_STATIC_STUB_REDIRECT(helper, x);
	return x + 1;
}

static int instead(int x)
{
	return x * 10;
}

static void replaces(struct kunit *test)
{
	struct device *dev = kunit_device_register(test, "made-up");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	KUNIT_EXPECT_STREQ(test, dev_name(dev), "made-up");
	KUNIT_EXPECT_NOT_NULL(test, devm_kzalloc(dev, 30, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, helper(4), 5);
	kunit_activate_static_stub(test, helper, instead);
	KUNIT_EXPECT_EQ(test, helper(4), 40);
	kunit_deactivate_static_stub(test, helper);
	KUNIT_EXPECT_EQ(test, helper(4), 5);
	kunit_activate_static_stub(test, helper, instead);
	msleep(1);
}

static struct kunit_case taking_cases[] = { KUNIT_CASE(takes), KUNIT_CASE(replaces), {} };
static struct kunit_suite taking_suite = {
	.name = "taking",
	.suite_init = begins,
	.suite_exit = ends,
	.init = case_begins,
	.exit = case_ends,
	.test_cases = taking_cases,
};

WORLD(kunit, what_a_case_took_goes_back_behind_it_newest_first)
{
	order[0] = '\0';
	kunit_run_tests(&taking_suite);
	CHECK_STR_EQ(order, "([53]621[])");
	CHECK_EQ(helper(4), 5);
	CHECK(!kunit_get_current_test());
	SAYS("ok 1 takes # SKIP done\n", "ok 2 replaces\n", "\n<6>ok 1 taking\n");
}

static int does_not(struct kunit *test)
{
	return -ENODEV;
}

static int neither(struct kunit_suite *suite)
{
	return -EIO;
}

static struct kunit_suite bad_init = {
	.name = "bad_init", .init = does_not, .exit = case_ends, .test_cases = said_cases
};
static struct kunit_suite bad_suite = {
	.name = "bad_suite", .suite_init = neither, .test_cases = said_cases
};

WORLD(kunit, a_failed_init_fails_what_it_was_for)
{
	struct kunit_suite *suites[] = { &bad_suite, &bad_init };

	order[0] = '\0';
	__kunit_test_suites_init(suites, 2);
	CHECK_STR_EQ(order, "]]]]");
	SAYS("<6>KTAP version 1\n<6>1..2\n<3>    # failed to initialize (-5)\n<6>not ok 1 bad_suite\n",
		"<3>    # all_met: failed to initialize: -19\n<6>    not ok 1 all_met\n",
		"<6>not ok 2 bad_init\n");
}

/* ------------------------------------------------------------------ with a module */

kunit_test_suites(&taking_suite, &param_suite);
kunit_test_suite(said_suite);

extern struct kunit_suite *const __start_qy_kunit[] __attribute__((visibility("hidden")));
extern struct kunit_suite *const __stop_qy_kunit[] __attribute__((visibility("hidden")));

TEST(kunit, suites_of_a_module_run_when_it_is_loaded)
{
	static const struct qy_module_info info = { .name = "suites",
		.suites = __start_qy_kunit,
		.suites_end = __stop_qy_kunit };
	struct qy_sim_opts opts = { .log = test_hear, .log_arg = &test_world };
	struct qy_world_kunit results;
	struct qy_board board;
	struct qy_bank bank = { .base = 1ull << 30, .size = 32ull << 20 };
	char why[256];

	memset(&test_world, 0, sizeof(test_world));
	order[0] = '\0';
	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.kernel = (struct qy_kernel_image){ 0 };
	board.nr_cpus = board.nr_nodes = 1;
	board.banks = &bank;
	board.nr_banks = 1;
	test_world.m = qy_sim_boot(&board, &opts, why, sizeof(why));
	CHECK(test_world.m);
	test_world.w = qy_world_boot(test_world.m, NULL);
	CHECK_EQ(qy_world_insmod(test_world.w, &info, NULL, why, sizeof(why)), 0);
	SAYS("<6>KTAP version 1\n<6>1..3\n", "    # module: suites\n");
	/* in the order in which the compiler laid them */
	CHECK(test_log("\n<6>ok 1 taking\n") + test_log("\n<6>ok 2 taking\n") == 1);
	CHECK_EQ(test_log("\n<6>not ok "), 2);
	qy_world_kunit(test_world.w, &results);
	CHECK_EQ(results.passed, 1 + 4 + 1);
	CHECK_EQ(results.failed, 3 + 2);
	CHECK_EQ(results.skipped, 1 + 3 + 1);
	qy_world_down(test_world.w);
	qy_sim_shutdown(test_world.m);
}
