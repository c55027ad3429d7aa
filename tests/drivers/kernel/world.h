/* SPDX-License-Identifier: MIT */
/*
 * A small board with a world on it, for tests that are written as drivers are.
 *
 *   WORLD(suite, sentence) { ... }   the body runs in a task; afterwards nothing is held and nothing was reported
 *   test_log(), test_forget()        what the log says; what was reported so far is as expected
 *   test_raise(ns)                   the interrupt TEST_IRQ, ns from now
 */
#ifndef TESTS_DRIVERS_WORLD_H
#define TESTS_DRIVERS_WORLD_H

#include <linux/sched.h>
#include <linux/string.h>
#include <quarry/fiber.h>
#include <quarry/sim.h>
#include <quarry/world.h>
#include "tests/runner/test.h"

#define TEST_IRQ 40

/* A file that defines it as true has its accesses checked. */
#ifndef TEST_KASAN
#define TEST_KASAN false
#endif

struct test_world {
	struct qy_board board;
	struct qy_bank bank;
	struct qy_machine *m;
	struct qy_world *w;
	unsigned int reports;
	size_t log_bytes;
	char log[16384];
};

static struct test_world test_world;
static bool test_echo; /* lines go to standard error, too: the process is about to die */
int dprintf(int fd, const char *fmt, ...);

static inline void test_hear(void *arg, enum qy_log_level level, const char *line)
{
	struct test_world *t = arg;

	t->reports += !strncmp(line, "BUG", 3) || !strncmp(line, "WARNING:", 8);
	if (test_echo)
		dprintf(2, "%s\n", line);
	t->log_bytes += (size_t)scnprintf(t->log + t->log_bytes,
		sizeof(t->log) - t->log_bytes, "<%d>%s\n", (int)level, line);
}

static inline unsigned int test_log(const char *text)
{
	unsigned int count = 0;

	for (const char *at = test_world.log; (at = strstr(at, text)); at++)
		count++;
	return count;
}

static inline void test_forget(unsigned int reports)
{
	if (test_world.reports != reports)
		FAIL("%u reports, expected %u:\n%s", test_world.reports, reports,
			test_world.log);
	test_world.reports = 0;
	test_world.log_bytes = 0;
	test_world.log[0] = '\0';
}

static inline void test_raise(u64 ns)
{
	CHECK_EQ(
		qy_world_raise_irq(test_world.w, TEST_IRQ, qy_sim_now(test_world.m) + ns),
		0);
}

static inline int test_call(void *arg)
{
	(*(void (**)(void))arg)();
	return 0;
}

/* With a tree, or NULL; the log stays when reports are expected. */
static inline void test_run_in(
	void (*body)(void), const struct qy_tree *tree, unsigned int reports)
{
	struct test_world *t = &test_world;
	struct qy_sim_opts opts = { .log = test_hear, .log_arg = t, .mapped = true };
	struct qy_world_opts world = {
		.tree = tree, .seed = qy_test_seed() - 1, .kasan = TEST_KASAN
	};
	struct qy_world_held held;
	char why[256] = "";

	if (TEST_KASAN)
		opts.mark = qy_world_mark;

	if (qy_this_machine())
		qy_leave(); /* a test that failed stands there still */
	memset(t, 0, sizeof(*t));
	qy_board_defaults(&t->board, QY_ARCH_ARM64);
	t->board.kernel = (struct qy_kernel_image){ 0 };
	t->board.nr_cpus = 2;
	t->board.nr_nodes = 1;
	t->bank = (struct qy_bank){ .base = 1ull << 30, .size = 64ull << 20 };
	t->board.banks = &t->bank;
	t->board.nr_banks = 1;
	if (TEST_KASAN)
		memcpy(t->board.slab.debug, "Z", 2);
	t->m = qy_sim_boot(&t->board, &opts, why, sizeof(why));
	if (!t->m)
		FAIL("boot: %s", why);
	t->log_bytes = 0;
	t->w = qy_world_boot(t->m, &world);
	CHECK(t->w);
	CHECK_EQ(qy_world_run(t->w, "test", test_call, &body), 0);
	if (t->reports != reports || !reports)
		test_forget(reports);
	if (qy_world_next_held(t->w, 0, &held))
		FAIL("held: %s of %lu bytes", qy_held_name(held.kind),
			(unsigned long)held.bytes);
	qy_world_down(t->w);
	if (!qy_machine_validate(t->m, why, sizeof(why)))
		FAIL("%s", why);
	qy_sim_shutdown(t->m);
}

static inline void test_run(void (*body)(void), const struct qy_tree *tree)
{
	test_run_in(body, tree, 0);
}

#define WORLD(suite, name)                             \
	static void body_##suite##_##name(void);       \
	TEST(suite, name)                              \
	{                                              \
		test_run(body_##suite##_##name, NULL); \
	}                                              \
	static void body_##suite##_##name(void)

#endif
