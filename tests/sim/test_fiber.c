// SPDX-License-Identifier: MIT
/* Tasks of the sim port: turns, waits, events, contexts; the same seed gives the same order. */
#define RIG_SIM
#include "tests/model/rig.h"
#include <quarry/fiber.h>
#include <quarry/slab.h>

#include <signal.h>
#include <unistd.h>

struct world {
	struct rig rig;
	char order[256]; /* what happened, a letter each */
	size_t nr;
};

static struct world w;

static void boot(void)
{
	rig_one_zone(&w.rig, MIB(32), 2);
	rig_boot(&w.rig);
	memset(w.order, 0, sizeof(w.order));
	w.nr = 0;
}

static void note(char letter)
{
	if (w.nr < sizeof(w.order) - 1)
		w.order[w.nr++] = letter;
}

static struct qy_fiber *start(
	void (*fn)(void *arg), void *arg, const char *comm, unsigned int cpu)
{
	struct qy_fiber_opts opts = { .comm = comm, .pid = 7, .cpu = cpu };
	struct qy_fiber *fiber = qy_fiber_create(w.rig.m, &opts, fn, arg);

	CHECK(fiber);
	return fiber;
}

static void three_times(void *arg)
{
	for (int i = 0; i < 3; i++) {
		note(*(const char *)arg);
		qy_fiber_yield(w.rig.m);
	}
}

static void sleep_ns(uint64_t ns)
{
	qy_fiber_block(w.rig.m, qy_sim_now(w.rig.m) + ns);
}

TEST(fiber, tasks_take_turns_where_they_yield)
{
	boot();
	start(three_times, "a", "a", 0);
	start(three_times, "b", "b", 1);
	sleep_ns(1);
	CHECK_STR_EQ(w.order, "ababab");
	CHECK_EQ(qy_sim_now(w.rig.m), 1);
	CHECK(!qy_fiber_next(w.rig.m, qy_fiber_next(w.rig.m, NULL)));
	rig_down(&w.rig);
}

static void run_with_seed(uint64_t seed, char *order)
{
	boot();
	qy_fiber_schedule(w.rig.m, seed);
	start(three_times, "a", "a", 0);
	start(three_times, "b", "b", 0);
	start(three_times, "c", "c", 0);
	start(three_times, "d", "d", 1);
	sleep_ns(1);
	strcpy(order, w.order);
	rig_down(&w.rig);
}

TEST(fiber, a_seed_chooses_the_schedule_and_repeats_it)
{
	char order[8][sizeof(w.order)], again[sizeof(w.order)];
	unsigned int nr_same = 0;

	for (unsigned int i = 0; i < 8; i++) {
		run_with_seed(i + 1, order[i]);
		CHECK_EQ(strlen(order[i]), 12);
		run_with_seed(i + 1, again);
		CHECK_STR_EQ(order[i], again);
		nr_same += !strcmp(order[i], order[0]);
	}
	CHECK(nr_same < 4);
}

static void sleeper(void *arg)
{
	const uint64_t *ns = arg;

	sleep_ns(*ns);
	CHECK_EQ(qy_sim_now(w.rig.m), *ns);
	note((char)('0' + *ns / 100));
}

TEST(fiber, who_sleeps_wakes_at_its_moment_of_the_virtual_clock)
{
	static uint64_t ns[] = { 300, 100, 200 };

	boot();
	for (int i = 0; i < 3; i++)
		start(sleeper, &ns[i], "sleeper", 0);
	sleep_ns(1000);
	CHECK_STR_EQ(w.order, "123");
	CHECK_EQ(qy_sim_now(w.rig.m), 1000);
	rig_down(&w.rig);
}

static bool was_woken;

static void waits_once(void *arg)
{
	(void)arg;
	was_woken = qy_fiber_block(w.rig.m, 500);
	note('w');
	qy_fiber_block(w.rig.m, QY_NEVER); /* woken before: goes on */
	note('x');
}

TEST(fiber, a_wake_ends_a_wait_and_one_that_comes_early_is_kept)
{
	struct qy_fiber *fiber;
	uint64_t since;

	boot();
	fiber = start(waits_once, NULL, "waits", 0);
	sleep_ns(100);
	CHECK(qy_fiber_blocked(fiber, &since));
	CHECK_EQ(since, 0);
	qy_fiber_wake(fiber);
	sleep_ns(1);
	CHECK(was_woken);
	CHECK_STR_EQ(w.order, "w");
	qy_fiber_wake(fiber);
	sleep_ns(1);
	CHECK_STR_EQ(w.order, "wx");
	rig_down(&w.rig);
}

static void looks_atomic(void *arg)
{
	(void)arg;
	CHECK(qy_in_atomic());
	CHECK_EQ(qy_current()->preempt_count, HARDIRQ_OFFSET);
	note('!');
}

static void spins_masked(void *arg)
{
	struct qy_alarm *event = arg;

	qy_alarm_set(w.rig.m, event, qy_sim_now(w.rig.m) + 10);
	qy_irq_disable();
	qy_sim_advance(w.rig.m, 50);
	note('m');
	qy_irq_enable(); /* here it comes */
	note('u');
	qy_alarm_set(w.rig.m, event, qy_sim_now(w.rig.m) + 10);
	qy_sim_advance(w.rig.m, 50);
	note('e');
}

TEST(fiber, an_alarm_waits_while_its_cpu_masks_interrupts)
{
	static struct qy_alarm event = { .fn = looks_atomic };

	boot();
	start(spins_masked, &event, "masked", 1);
	sleep_ns(1000);
	CHECK_STR_EQ(w.order, "m!u!e");
	CHECK(!qy_alarm_cancel(w.rig.m, &event));
	rig_down(&w.rig);
}

static void has_its_own_context(void *arg)
{
	const struct qy_context *self = qy_current();
	unsigned int cpu = *(const unsigned int *)arg;

	for (int i = 0; i < 4; i++) {
		CHECK_EQ(self->cpu, cpu);
		CHECK_EQ(self->task.pid, 7);
		CHECK_EQ(self->preempt_count, 0);
		CHECK_EQ(self->task_flags & PF_MEMALLOC_NOFS, i ? PF_MEMALLOC_NOFS : 0);
		qy_memalloc_nofs_save();
		qy_fiber_yield(w.rig.m);
	}
}

TEST(fiber, each_task_has_a_context_and_a_cpu_of_its_own)
{
	static unsigned int cpu[] = { 0, 1, 1 };

	boot();
	for (int i = 0; i < 3; i++)
		start(has_its_own_context, &cpu[i], "context", cpu[i]);
	sleep_ns(1);
	CHECK_EQ(qy_current()->cpu, 0);
	CHECK_EQ(qy_current()->task.pid, 100);
	CHECK_EQ(qy_current()->task_flags, 0);
	rig_down(&w.rig);
}

static void allocates(void *arg)
{
	struct rig_random random = { .state = *(const uint64_t *)arg };
	struct page *held[8] = { NULL };
	void *object = NULL;

	for (unsigned long i = 0; i < qy_test_scale(2000); i++) {
		struct page **slot = &held[rig_below(&random, 8)];

		if (*slot)
			qy_free_pages(w.rig.m, *slot, 0);
		*slot = *slot ? NULL : qy_alloc_pages(w.rig.m, QY_GFP_KERNEL, 0);
		qy_kfree(w.rig.m, object);
		object = qy_kmalloc(w.rig.m, 1 + rig_below(&random, 200), QY_GFP_KERNEL);
		if (rig_below(&random, 4) == 0)
			qy_fiber_yield(w.rig.m);
		if (rig_below(&random, 16) == 0)
			sleep_ns(rig_below(&random, 100));
	}
	qy_kfree(w.rig.m, object);
	for (int i = 0; i < 8; i++)
		qy_free_pages(w.rig.m, held[i], 0);
}

TEST(fiber, tasks_that_allocate_in_turn_lose_no_frame)
{
	uint64_t before, seeds[16];

	boot();
	before = rig_free_frames(w.rig.m);
	qy_fiber_schedule(w.rig.m, qy_test_seed());
	for (unsigned int i = 0; i < 16; i++) {
		seeds[i] = qy_test_seed() + i;
		start(allocates, &seeds[i], "allocates", i % 2);
	}
	sleep_ns(1ull << 40);
	CHECK(before - rig_free_frames(w.rig.m) <
		64); /* slabs that CPUs and nodes keep */
	rig_check_valid(w.rig.m, "sixteen tasks");
	rig_down(&w.rig);
}

static void blocks_in_atomic(void *arg)
{
	(void)arg;
	qy_preempt_disable();
	sleep_ns(10);
	qy_preempt_enable();
}

TEST(fiber, waiting_where_one_must_not_is_said_in_the_kernels_words)
{
	boot();
	start(blocks_in_atomic, NULL, "hasty", 0);
	sleep_ns(100);
	CHECK_EQ(rig_log_count(
			 &w.rig, "<3>BUG: scheduling while atomic: hasty/7/0x00000001\n"),
		1);
	rig_down(&w.rig);
}

static bool on_its_stack;

static void look(void *arg)
{
	struct qy_fiber *fiber = arg;
	size_t bytes;
	const char *stack = qy_fiber_stack(fiber, &bytes),
		   *here = __builtin_frame_address(0);

	on_its_stack = here > stack && here < stack + bytes;
}

TEST(fiber, a_waiting_task_can_be_looked_at_and_goes_on_afterwards)
{
	struct qy_fiber *fiber, *fresh;

	boot();
	fiber = start(waits_once, NULL, "waits", 1);
	sleep_ns(1);
	fresh = start(three_times, "f", "fresh", 0);
	on_its_stack = false;
	qy_fiber_on_stack_of(fiber, look, fiber);
	CHECK(on_its_stack);
	on_its_stack = false;
	qy_fiber_on_stack_of(fresh, look, fresh); /* it has not run yet */
	CHECK(on_its_stack);
	CHECK_STR_EQ(w.order, "");
	sleep_ns(1);
	CHECK_STR_EQ(w.order, "fff");
	rig_down(&w.rig);
}

static int deeper(volatile char *above)
{
	volatile char here[512];

	here[0] = *above;
	return here[0] ? deeper(here) + here[0] : 0;
}

static void recurses(void *arg)
{
	volatile char top = 1;

	(void)arg;
	deeper(&top);
}

static void say_and_leave(int signo)
{
	static const char line[] = "the guard page\n";

	(void)signo;
	if (write(2, line, sizeof(line) - 1) < 0)
		_exit(2);
	_exit(1);
}

static void overflow(void)
{
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof(other) };
	struct sigaction action = { .sa_handler = say_and_leave, .sa_flags = SA_ONSTACK };

	boot();
	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &action, NULL);
	start(recurses, NULL, "recurses", 0);
	sleep_ns(1);
}

TEST(fiber, a_stack_that_is_used_up_meets_its_guard_page)
{
	DEATH("the guard page", overflow());
}

static void wait_for_ever(void)
{
	boot();
	qy_fiber_block(w.rig.m, QY_NEVER);
}

TEST(fiber, a_machine_where_nothing_will_happen_stops)
{
	DEATH("every task waits, and nothing is going to happen", wait_for_ever());
}
