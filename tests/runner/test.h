/* SPDX-License-Identifier: MIT */
/*
 * The words that every test is written in. A test registers itself in a linker section; a runner walks the section:
 * on a host cmocka stands behind it, `--ktap` (and bare metal) prints KTAP from the same list.
 *
 *   TEST(suite, the_sentence_that_must_be_true) { ... }
 *   CHECK(cond)  CHECK_EQ(a, b)  CHECK_STR_EQ(a, b)  CHECK_CONTAINS(text, words)  FAIL(fmt, ...)  SKIP(fmt, ...)
 *   DEATH(expected_sentence, statement)   statement runs in a child, prints it once, and dies
 *   qy_test_seed()  qy_test_scale(n)      QY_SEED and QY_SCALE of the environment
 *
 * Locking: a failing CHECK ends the test only on the thread that runs it; on any other thread it ends the process, since
 * there is no way back from there.
 */
#ifndef QUARRY_TEST_H
#define QUARRY_TEST_H

#include <stdbool.h>
#include <stdint.h>

struct qy_test {
	const char *suite;
	const char *name;
	void (*run)(void);
};

#define TEST(suite, name)                                                                \
	static void qy_test_##suite##_##name(void);                                      \
	static const struct qy_test qy_entry_##suite##_##name = { #suite, #name,         \
		qy_test_##suite##_##name };                                              \
	static const struct qy_test *qy_listed_##suite##_##name                          \
		__attribute__((used, section("qy_tests"))) = &qy_entry_##suite##_##name; \
	static void qy_test_##suite##_##name(void)

#define CHECK(cond)                                                           \
	do {                                                                  \
		if (!(cond))                                                  \
			qy_test_fail(__FILE__, __LINE__, "CHECK(%s)", #cond); \
	} while (0)

/* Integers and pointers. Both sides are compared as 64 bits, so -1 equals UINT64_MAX but not UINT32_MAX. */
#define CHECK_EQ(a, b)                                                                  \
	do {                                                                            \
		_Static_assert(QY_NOT_FLOATING(a) && QY_NOT_FLOATING(b),                \
			"CHECK_EQ would truncate: use CHECK");                          \
		qy_test_eq(__FILE__, __LINE__, #a, #b, (long long)(a), (long long)(b)); \
	} while (0)

#define QY_NOT_FLOATING(x) \
	_Generic((x), float : 0, double : 0, long double : 0, default : 1)

#define CHECK_STR_EQ(a, b)          qy_test_str_eq(__FILE__, __LINE__, #a, #b, (a), (b))
#define CHECK_CONTAINS(text, words) qy_test_contains(__FILE__, __LINE__, (text), (words))

#define FAIL(...) qy_test_fail(__FILE__, __LINE__, __VA_ARGS__)

/* This test cannot run here, and why: counted and printed, never silent. */
#define SKIP(...) qy_test_skip(__VA_ARGS__)

/*
 * The statement must end its process after printing `expected` exactly once. Build the machine inside the statement: a
 * child shares the parent's RAM.
 */
#define DEATH(expected, ...)                                                  \
	do {                                                                  \
		if (qy_death_in_child()) {                                    \
			__VA_ARGS__;                                          \
			qy_death_survived();                                  \
		}                                                             \
		qy_death_check(__FILE__, __LINE__, (expected), #__VA_ARGS__); \
	} while (0)

__attribute__((noreturn, format(printf, 3, 4))) void qy_test_fail(
	const char *file, int line, const char *format, ...);
__attribute__((noreturn, format(printf, 1, 2))) void qy_test_skip(
	const char *format, ...);
void qy_test_eq(const char *file, int line, const char *text_a, const char *text_b,
	long long a, long long b);
void qy_test_contains(const char *file, int line, const char *text, const char *words);
void qy_test_str_eq(const char *file, int line, const char *text_a, const char *text_b,
	const char *a, const char *b);

/* QY_SEED of the environment, else 1. Everything random in a test starts from it. */
uint64_t qy_test_seed(void);

/* n multiplied by QY_SCALE (default 1, fractions allowed), at least 1. */
unsigned long qy_test_scale(unsigned long n);

bool qy_death_in_child(void);
__attribute__((noreturn)) void qy_death_survived(void);
void qy_death_check(
	const char *file, int line, const char *expected, const char *statement);

#endif
