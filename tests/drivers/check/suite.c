// SPDX-License-Identifier: MIT
/* A module that is a KUnit suite, one of whose cases fails with -DBROKEN. */
#include <kunit/test.h>
#include <linux/module.h>

static int twice(int x)
{
#ifdef BROKEN
	return x == 7 ? 15 : 2 * x;
#else
	return 2 * x;
#endif
}

static void doubles(struct kunit *test)
{
	int *x = kunit_kzalloc(test, sizeof(*x), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, x);
	for (*x = 0; *x < 10; (*x)++)
		KUNIT_EXPECT_EQ(test, twice(*x), *x + *x);
}

static const int numbers[] = { 0, -1, 1000 };

static void name_number(const int *number, char *desc)
{
	scnprintf(desc, KUNIT_PARAM_DESC_SIZE, "of %d", *number);
}
KUNIT_ARRAY_PARAM(number, numbers, name_number);

static void is_even(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, twice(*(const int *)test->param_value) & 1);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(doubles),
	KUNIT_CASE_PARAM(is_even, number_gen_params),
	{},
};

static struct kunit_suite suite = { .name = "twice", .test_cases = cases };
kunit_test_suite(suite);

MODULE_LICENSE("Dual MIT/GPL");
