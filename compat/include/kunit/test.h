/* SPDX-License-Identifier: MIT */
/*
 * Suites of tests inside of the kernel. kunit_test_suites() lists those of a module; they run when it has been loaded, each
 * case in a task of its own, and say in the log as KTAP what came out.
 *
 * An expectation that is not met fails its case, which goes on; an assertion ends it, too. What the case took through
 * kunit_*() goes back behind it, the newest first.
 *
 * No state.
 */
#ifndef COMPAT_KUNIT_TEST_H
#define COMPAT_KUNIT_TEST_H

#include <kunit/try-catch.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#define KUNIT_PARAM_DESC_SIZE     128
#define KUNIT_STATUS_COMMENT_SIZE 256
#define KUNIT_INDENT_LEN          4
#define KUNIT_SUBTEST_INDENT      "    "
#define KUNIT_SUBSUBTEST_INDENT   "        "

struct kunit;
struct kunit_suite;
struct string_stream;

enum kunit_status {
	KUNIT_SUCCESS,
	KUNIT_FAILURE,
	KUNIT_SKIPPED,
};

enum kunit_speed {
	KUNIT_SPEED_UNSET,
	KUNIT_SPEED_VERY_SLOW,
	KUNIT_SPEED_SLOW,
	KUNIT_SPEED_NORMAL,
	KUNIT_SPEED_MAX = KUNIT_SPEED_NORMAL,
};

struct kunit_attributes {
	enum kunit_speed speed; /* said in the log */
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(
		const void *prev, char *desc); /* NULL: once, without */
	struct kunit_attributes attr;
	enum kunit_status status;
};

struct kunit_suite {
	const char name[256];
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_attributes attr;
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
	int suite_init_err;
	struct string_stream *log; /* of debugfs, which there is not */
	bool is_init;              /* its cases are in init memory */
};

struct kunit {
	void *priv; /* the suite's own */
	const char *name;
	struct string_stream *log; /* NULL, as without debugfs */
	const void *param_value;
	int param_index;
	spinlock_t lock; /* status, resources */
	enum kunit_status status;
	struct list_head resources; /* newest last */
	char status_comment[KUNIT_STATUS_COMMENT_SIZE];
	bool qy_aborted;
};

#define KUNIT_CASE(test_name)                             \
	{                                                 \
		.run_case = test_name, .name = #test_name \
	}
#define KUNIT_CASE_ATTR(test_name, attributes)                                  \
	{                                                                       \
		.run_case = test_name, .name = #test_name, .attr = (attributes) \
	}
#define KUNIT_CASE_SLOW(test_name)                         \
	{                                                  \
		.run_case = test_name, .name = #test_name, \
		.attr.speed = KUNIT_SPEED_SLOW             \
	}
#define KUNIT_CASE_PARAM(test_name, gen_params)                                          \
	{                                                                                \
		.run_case = test_name, .name = #test_name, .generate_params = gen_params \
	}
#define KUNIT_CASE_PARAM_ATTR(test_name, gen_params, attributes)    \
	{                                                           \
		.run_case = test_name, .name = #test_name,          \
		.generate_params = gen_params, .attr = (attributes) \
	}

/* The elements of an array one after the other; get_desc(element, text) may be NULL. */
#define KUNIT_ARRAY_PARAM(name, array, get_desc)                                 \
	static const void *name##_gen_params(const void *prev, char *desc)       \
	{                                                                        \
		__typeof__((array)[0]) *next_ =                                  \
			prev ? (__typeof__(next_))(uintptr_t)prev + 1 : (array); \
		void (*get_)(__typeof__(next_), char *) = get_desc;              \
		if ((size_t)(next_ - (array)) >= ARRAY_SIZE(array))              \
			return NULL;                                             \
		if (get_)                                                        \
			get_(next_, desc);                                       \
		return next_;                                                    \
	}
/* The same with a member that is the description. */
#define KUNIT_ARRAY_PARAM_DESC(name, array, desc_member)                         \
	static const void *name##_gen_params(const void *prev, char *desc)       \
	{                                                                        \
		__typeof__((array)[0]) *next_ =                                  \
			prev ? (__typeof__(next_))(uintptr_t)prev + 1 : (array); \
		if ((size_t)(next_ - (array)) >= ARRAY_SIZE(array))              \
			return NULL;                                             \
		strscpy(desc, next_->desc_member, KUNIT_PARAM_DESC_SIZE);        \
		return next_;                                                    \
	}

/* The loader finds the lists of a module in this section (quarry/module.h). */
#define kunit_test_suites(list...)                       \
	static struct kunit_suite *__UNIQUE_ID(suites)[] \
		__attribute__((used, aligned(8), section("qy_kunit"))) = { list }
#define kunit_test_section_suites(list...)      kunit_test_suites(list)
#define kunit_test_suite(suite)                 kunit_test_suites(&suite)
#define kunit_test_init_section_suites(list...) kunit_test_suites(list)
#define kunit_test_init_section_suite(suite)    kunit_test_suites(&suite)
#define kunit_suite_for_each_test_case(suite, test_case) \
	for (test_case = (suite)->test_cases; test_case->run_case; test_case++)

/* Return: 0. Context: task, may sleep. */
int kunit_run_tests(struct kunit_suite *suite) QY_REAL(kunit_run_tests);
int __kunit_test_suites_init(struct kunit_suite *const *suites, int nr)
	QY_REAL(__kunit_test_suites_init);
enum kunit_status kunit_suite_has_succeeded(struct kunit_suite *suite)
	QY_REAL(kunit_suite_has_succeeded);
size_t kunit_suite_num_test_cases(struct kunit_suite *suite)
	QY_REAL(kunit_suite_num_test_cases);

/* ------------------------------------------------------------------ what a case says */

#define kunit_log(level, test_or_suite, fmt, ...) printk(level fmt "\n", ##__VA_ARGS__)
#define kunit_printk(level, test, fmt, ...) \
	printk(level KUNIT_SUBTEST_INDENT "# %s: " fmt, (test)->name, ##__VA_ARGS__)
#define kunit_info(test, fmt, ...) kunit_printk(KERN_INFO, test, fmt, ##__VA_ARGS__)
#define kunit_warn(test, fmt, ...) kunit_printk(KERN_WARNING, test, fmt, ##__VA_ARGS__)
#define kunit_err(test, fmt, ...)  kunit_printk(KERN_ERR, test, fmt, ##__VA_ARGS__)

void kunit_init_test(struct kunit *test, const char *name, struct string_stream *log)
	QY_REAL(kunit_init_test);

static inline void kunit_set_failure(struct kunit *test)
{
	WRITE_ONCE(test->status, KUNIT_FAILURE);
}

#define kunit_mark_skipped(test, fmt, ...)                                        \
	do {                                                                      \
		WRITE_ONCE((test)->status, KUNIT_SKIPPED);                        \
		scnprintf((test)->status_comment, KUNIT_STATUS_COMMENT_SIZE, fmt, \
			##__VA_ARGS__);                                           \
	} while (0)
#define kunit_skip(test, fmt, ...)                            \
	do {                                                  \
		kunit_mark_skipped(test, fmt, ##__VA_ARGS__); \
		qy_compat_kunit_abort(test);                  \
	} while (0)

void qy_compat_kunit_abort(struct kunit *test) __attribute__((noreturn));

/* ------------------------------------------------------------------ memory that goes back behind the case */

void *kunit_kmalloc_array(struct kunit *test, size_t n, size_t size, gfp_t gfp)
	QY_REAL(kunit_kmalloc_array);
void kunit_kfree(struct kunit *test, const void *p) QY_REAL(kunit_kfree);

static inline void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, 1, size, gfp);
}

static inline void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	return kunit_kmalloc(test, size, gfp | __GFP_ZERO);
}

static inline void *kunit_kcalloc(struct kunit *test, size_t n, size_t size, gfp_t gfp)
{
	return kunit_kmalloc_array(test, n, size, gfp | __GFP_ZERO);
}

static inline char *kunit_kstrdup(struct kunit *test, const char *s, gfp_t gfp)
{
	size_t n = s ? strlen(s) + 1 : 0;
	char *copy = s ? kunit_kmalloc(test, n, gfp) : NULL;

	return copy ? memcpy(copy, s, n) : NULL;
}

/* ------------------------------------------------------------------ expectations and assertions */

enum kunit_assert_type {
	KUNIT_ASSERTION,
	KUNIT_EXPECTATION,
};

/* What was expected of what, and where. */
struct qy_kunit_check {
	enum kunit_assert_type type;
	enum qy_kunit_kind {
		QY_KUNIT_FAIL,
		QY_KUNIT_UNARY,
		QY_KUNIT_NOT_ERR,
		QY_KUNIT_INT,
		QY_KUNIT_PTR,
		QY_KUNIT_STR,
		QY_KUNIT_MEM,
	} kind;
	const char *file;
	int line;
	const char *left_text, *op, *right_text;
	const char *func; /* "strcmp", "memcmp" */
	long long left, right;
	size_t bytes;
};

/* Not met. An assertion does not come back. @fmt: NULL, or what the author has to say. */
void qy_compat_kunit_failed(struct kunit *test, const struct qy_kunit_check *check,
	const char *fmt, ...) __printf(3, 4);

#define QY_KUNIT_FAILED(test, type_, kind_, fields, fmt, ...)  \
	qy_compat_kunit_failed(test,                           \
		&(const struct qy_kunit_check){ .type = type_, \
			.kind = kind_,                         \
			.file = __FILE__,                      \
			.line = __LINE__,                      \
			QY_KUNIT_FIELDS fields },              \
		fmt, ##__VA_ARGS__)
#define QY_KUNIT_FIELDS(...) __VA_ARGS__

#define QY_KUNIT_TRUTH(test, type, condition, wanted, fmt, ...)                   \
	do {                                                                      \
		if (unlikely((bool)(condition) != (wanted)))                      \
			QY_KUNIT_FAILED(test, type, QY_KUNIT_UNARY,               \
				(.left_text = #condition, .left = (wanted)), fmt, \
				##__VA_ARGS__);                                   \
	} while (0)
#define QY_KUNIT_BINARY(test, type, kind, left_, op_, right_, cast, fmt, ...)            \
	do {                                                                             \
		const __typeof__(left_) qy_left = (left_);                               \
		const __typeof__(right_) qy_right = (right_);                            \
		if (unlikely(!(qy_left op_ qy_right)))                                   \
			QY_KUNIT_FAILED(test, type, kind,                                \
				(.left_text = #left_, .op = #op_, .right_text = #right_, \
					.left = (long long)cast qy_left,                 \
					.right = (long long)cast qy_right),              \
				fmt, ##__VA_ARGS__);                                     \
	} while (0)
#define QY_KUNIT_STRING(test, type, left_, op_, right_, fmt, ...)                        \
	do {                                                                             \
		const char *qy_left = (left_), *qy_right = (right_);                     \
		if (unlikely(!qy_left || !qy_right ||                                    \
			     !(strcmp(qy_left, qy_right) op_ 0)))                        \
			QY_KUNIT_FAILED(test, type, QY_KUNIT_STR,                        \
				(.left_text = #left_, .op = #op_, .right_text = #right_, \
					.left = (long long)(uintptr_t)qy_left,           \
					.right = (long long)(uintptr_t)qy_right),        \
				fmt, ##__VA_ARGS__);                                     \
	} while (0)
#define QY_KUNIT_MEMORY(test, type, left_, op_, right_, size_, fmt, ...)                 \
	do {                                                                             \
		const void *qy_left = (left_), *qy_right = (right_);                     \
		const size_t qy_size = (size_);                                          \
		if (unlikely(!qy_left || !qy_right ||                                    \
			     !(memcmp(qy_left, qy_right, qy_size) op_ 0)))               \
			QY_KUNIT_FAILED(test, type, QY_KUNIT_MEM,                        \
				(.left_text = #left_, .op = #op_, .right_text = #right_, \
					.left = (long long)(uintptr_t)qy_left,           \
					.right = (long long)(uintptr_t)qy_right,         \
					.bytes = qy_size),                               \
				fmt, ##__VA_ARGS__);                                     \
	} while (0)
#define QY_KUNIT_POINTER(test, type, p_, fmt, ...)                                      \
	do {                                                                            \
		const void *qy_p = (p_);                                                \
		if (unlikely(IS_ERR_OR_NULL(qy_p)))                                     \
			QY_KUNIT_FAILED(test, type, QY_KUNIT_NOT_ERR,                   \
				(.left_text = #p_, .left = (long long)(uintptr_t)qy_p), \
				fmt, ##__VA_ARGS__);                                    \
	} while (0)

/* An expression that cannot fail. */
#define KUNIT_SUCCEED(test) \
	do {                \
	} while (0)
#define KUNIT_FAIL(test, fmt, ...) \
	QY_KUNIT_FAILED(           \
		test, KUNIT_EXPECTATION, QY_KUNIT_FAIL, (.left = 0), fmt, ##__VA_ARGS__)
#define KUNIT_FAIL_AND_ABORT(test, fmt, ...) \
	QY_KUNIT_FAILED(                     \
		test, KUNIT_ASSERTION, QY_KUNIT_FAIL, (.left = 0), fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_FAILURE(test, fmt, ...) \
	KUNIT_FAIL_AND_ABORT(test, fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_TRUE(test, condition) \
	QY_KUNIT_TRUTH(test, KUNIT_EXPECTATION, condition, true, NULL)
#define KUNIT_EXPECT_TRUE_MSG(test, condition, fmt, ...) \
	QY_KUNIT_TRUTH(test, KUNIT_EXPECTATION, condition, true, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_FALSE(test, condition) \
	QY_KUNIT_TRUTH(test, KUNIT_EXPECTATION, condition, false, NULL)
#define KUNIT_EXPECT_FALSE_MSG(test, condition, fmt, ...) \
	QY_KUNIT_TRUTH(test, KUNIT_EXPECTATION, condition, false, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, ==, right, , NULL)
#define KUNIT_EXPECT_EQ_MSG(test, left, right, fmt, ...)                               \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, ==, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_EXPECT_NE(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, !=, right, , NULL)
#define KUNIT_EXPECT_NE_MSG(test, left, right, fmt, ...)                               \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, !=, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_EXPECT_LT(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, <, right, , NULL)
#define KUNIT_EXPECT_LT_MSG(test, left, right, fmt, ...)                              \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, <, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_EXPECT_LE(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, <=, right, , NULL)
#define KUNIT_EXPECT_LE_MSG(test, left, right, fmt, ...)                               \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, <=, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_EXPECT_GT(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, >, right, , NULL)
#define KUNIT_EXPECT_GT_MSG(test, left, right, fmt, ...)                              \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, >, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_EXPECT_GE(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, >=, right, , NULL)
#define KUNIT_EXPECT_GE_MSG(test, left, right, fmt, ...)                               \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_INT, left, >=, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ(test, left, right)                                  \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_PTR, left, ==, right, \
		(uintptr_t), NULL)
#define KUNIT_EXPECT_PTR_EQ_MSG(test, left, right, fmt, ...)                    \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_PTR, left, ==, right, \
		(uintptr_t), fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_PTR_NE(test, left, right)                                  \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_PTR, left, !=, right, \
		(uintptr_t), NULL)
#define KUNIT_EXPECT_PTR_NE_MSG(test, left, right, fmt, ...)                    \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_PTR, left, !=, right, \
		(uintptr_t), fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NULL(test, p) \
	QY_KUNIT_BINARY(           \
		test, KUNIT_EXPECTATION, QY_KUNIT_PTR, p, ==, NULL, (uintptr_t), NULL)
#define KUNIT_EXPECT_NULL_MSG(test, p, fmt, ...)                                         \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_PTR, p, ==, NULL, (uintptr_t), \
		fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL(test, p) \
	QY_KUNIT_BINARY(               \
		test, KUNIT_EXPECTATION, QY_KUNIT_PTR, p, !=, NULL, (uintptr_t), NULL)
#define KUNIT_EXPECT_NOT_NULL_MSG(test, p, fmt, ...)                                     \
	QY_KUNIT_BINARY(test, KUNIT_EXPECTATION, QY_KUNIT_PTR, p, !=, NULL, (uintptr_t), \
		fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STREQ(test, left, right) \
	QY_KUNIT_STRING(test, KUNIT_EXPECTATION, left, ==, right, NULL)
#define KUNIT_EXPECT_STREQ_MSG(test, left, right, fmt, ...) \
	QY_KUNIT_STRING(test, KUNIT_EXPECTATION, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ(test, left, right) \
	QY_KUNIT_STRING(test, KUNIT_EXPECTATION, left, !=, right, NULL)
#define KUNIT_EXPECT_STRNEQ_MSG(test, left, right, fmt, ...) \
	QY_KUNIT_STRING(test, KUNIT_EXPECTATION, left, !=, right, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMEQ(test, left, right, size) \
	QY_KUNIT_MEMORY(test, KUNIT_EXPECTATION, left, ==, right, size, NULL)
#define KUNIT_EXPECT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	QY_KUNIT_MEMORY(                                          \
		test, KUNIT_EXPECTATION, left, ==, right, size, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_MEMNEQ(test, left, right, size) \
	QY_KUNIT_MEMORY(test, KUNIT_EXPECTATION, left, !=, right, size, NULL)
#define KUNIT_EXPECT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	QY_KUNIT_MEMORY(                                           \
		test, KUNIT_EXPECTATION, left, !=, right, size, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL(test, p) \
	QY_KUNIT_POINTER(test, KUNIT_EXPECTATION, p, NULL)
#define KUNIT_EXPECT_NOT_ERR_OR_NULL_MSG(test, p, fmt, ...) \
	QY_KUNIT_POINTER(test, KUNIT_EXPECTATION, p, fmt, ##__VA_ARGS__)

#define KUNIT_ASSERT_TRUE(test, condition) \
	QY_KUNIT_TRUTH(test, KUNIT_ASSERTION, condition, true, NULL)
#define KUNIT_ASSERT_TRUE_MSG(test, condition, fmt, ...) \
	QY_KUNIT_TRUTH(test, KUNIT_ASSERTION, condition, true, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_FALSE(test, condition) \
	QY_KUNIT_TRUTH(test, KUNIT_ASSERTION, condition, false, NULL)
#define KUNIT_ASSERT_FALSE_MSG(test, condition, fmt, ...) \
	QY_KUNIT_TRUTH(test, KUNIT_ASSERTION, condition, false, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_EQ(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, ==, right, , NULL)
#define KUNIT_ASSERT_EQ_MSG(test, left, right, fmt, ...)                             \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, ==, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_ASSERT_NE(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, !=, right, , NULL)
#define KUNIT_ASSERT_NE_MSG(test, left, right, fmt, ...)                             \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, !=, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_ASSERT_LT(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, <, right, , NULL)
#define KUNIT_ASSERT_LT_MSG(test, left, right, fmt, ...)                            \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, <, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_ASSERT_LE(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, <=, right, , NULL)
#define KUNIT_ASSERT_LE_MSG(test, left, right, fmt, ...)                             \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, <=, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_ASSERT_GT(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, >, right, , NULL)
#define KUNIT_ASSERT_GT_MSG(test, left, right, fmt, ...)                            \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, >, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_ASSERT_GE(test, left, right) \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, >=, right, , NULL)
#define KUNIT_ASSERT_GE_MSG(test, left, right, fmt, ...)                             \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_INT, left, >=, right, , fmt, \
		##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_EQ(test, left, right) \
	QY_KUNIT_BINARY(                       \
		test, KUNIT_ASSERTION, QY_KUNIT_PTR, left, ==, right, (uintptr_t), NULL)
#define KUNIT_ASSERT_PTR_EQ_MSG(test, left, right, fmt, ...)                  \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_PTR, left, ==, right, \
		(uintptr_t), fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_PTR_NE(test, left, right) \
	QY_KUNIT_BINARY(                       \
		test, KUNIT_ASSERTION, QY_KUNIT_PTR, left, !=, right, (uintptr_t), NULL)
#define KUNIT_ASSERT_PTR_NE_MSG(test, left, right, fmt, ...)                  \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_PTR, left, !=, right, \
		(uintptr_t), fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NULL(test, p) \
	QY_KUNIT_BINARY(           \
		test, KUNIT_ASSERTION, QY_KUNIT_PTR, p, ==, NULL, (uintptr_t), NULL)
#define KUNIT_ASSERT_NULL_MSG(test, p, fmt, ...)                                       \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_PTR, p, ==, NULL, (uintptr_t), \
		fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL(test, p) \
	QY_KUNIT_BINARY(               \
		test, KUNIT_ASSERTION, QY_KUNIT_PTR, p, !=, NULL, (uintptr_t), NULL)
#define KUNIT_ASSERT_NOT_NULL_MSG(test, p, fmt, ...)                                   \
	QY_KUNIT_BINARY(test, KUNIT_ASSERTION, QY_KUNIT_PTR, p, !=, NULL, (uintptr_t), \
		fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STREQ(test, left, right) \
	QY_KUNIT_STRING(test, KUNIT_ASSERTION, left, ==, right, NULL)
#define KUNIT_ASSERT_STREQ_MSG(test, left, right, fmt, ...) \
	QY_KUNIT_STRING(test, KUNIT_ASSERTION, left, ==, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_STRNEQ(test, left, right) \
	QY_KUNIT_STRING(test, KUNIT_ASSERTION, left, !=, right, NULL)
#define KUNIT_ASSERT_STRNEQ_MSG(test, left, right, fmt, ...) \
	QY_KUNIT_STRING(test, KUNIT_ASSERTION, left, !=, right, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMEQ(test, left, right, size) \
	QY_KUNIT_MEMORY(test, KUNIT_ASSERTION, left, ==, right, size, NULL)
#define KUNIT_ASSERT_MEMEQ_MSG(test, left, right, size, fmt, ...) \
	QY_KUNIT_MEMORY(test, KUNIT_ASSERTION, left, ==, right, size, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_MEMNEQ(test, left, right, size) \
	QY_KUNIT_MEMORY(test, KUNIT_ASSERTION, left, !=, right, size, NULL)
#define KUNIT_ASSERT_MEMNEQ_MSG(test, left, right, size, fmt, ...) \
	QY_KUNIT_MEMORY(test, KUNIT_ASSERTION, left, !=, right, size, fmt, ##__VA_ARGS__)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p) \
	QY_KUNIT_POINTER(test, KUNIT_ASSERTION, p, NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, p, fmt, ...) \
	QY_KUNIT_POINTER(test, KUNIT_ASSERTION, p, fmt, ##__VA_ARGS__)

#include <kunit/resource.h>
#include <asm/along.h>

#endif
