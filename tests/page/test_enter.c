// SPDX-License-Identifier: MIT
/*
 * Threads as CPUs, and what a thread may do now.
 */
#include "tests/page/board_rig.h"

#include <pthread.h>

static struct rig rig;

static void boot_with_cpus(uint32_t nr_cpus)
{
	rig_board(&rig, QY_ARCH_ARM64);
	rig.board.nr_cpus = nr_cpus;
	rig_bank(&rig, GIB(1), GIB(1) + MIB(16), 0);
	rig_boot(&rig);
}

static void *enter_and_say(void *arg)
{
	int *said = arg;

	*said = qy_enter(rig.m);
	if (*said >= 0)
		qy_leave();
	return NULL;
}

static int enter_on_another_thread(void)
{
	pthread_t thread;
	int said = 0;

	CHECK_EQ(pthread_create(&thread, NULL, enter_and_say, &said), 0);
	pthread_join(thread, NULL);
	return said;
}

TEST(enter, a_thread_stands_in_one_machine)
{
	boot_with_cpus(2);
	CHECK_EQ(qy_enter(rig.m), -QY_EBUSY);
	CHECK_EQ(qy_enter_cpu(rig.m, 1), -QY_EBUSY);
	rig_down(&rig);
}

TEST(enter, every_cpu_is_taken_once_and_given_back)
{
	boot_with_cpus(2);
	CHECK_EQ(enter_on_another_thread(), 1);
	CHECK_EQ(enter_on_another_thread(), 1);
	qy_leave();
	CHECK_EQ(qy_enter_cpu(rig.m, 2), -QY_EINVAL);
	CHECK_EQ(qy_enter_cpu(rig.m, 1), 1);
	CHECK_EQ(enter_on_another_thread(), 0);
	rig_down(&rig);
	boot_with_cpus(1);
	CHECK_EQ(enter_on_another_thread(), -QY_ENOSPC);
	rig_down(&rig);
}

TEST(enter, atomic_context_is_counted)
{
	boot_with_cpus(1);
	CHECK(!qy_in_atomic());
	qy_preempt_disable();
	qy_preempt_disable();
	qy_preempt_enable();
	CHECK(qy_in_atomic());
	qy_preempt_enable();
	CHECK(!qy_in_atomic());
	qy_irq_disable();
	qy_irq_disable();
	qy_irq_enable();
	CHECK(qy_in_atomic());
	qy_irq_enable();
	CHECK(!qy_in_atomic());
	rig_down(&rig);
}

TEST(enter, an_unbalanced_enable_is_a_bug)
{
	DEATH("kernel BUG at ", boot_with_cpus(1); qy_preempt_enable());
	DEATH("kernel BUG at ", boot_with_cpus(1); qy_irq_enable());
	DEATH("kernel BUG at ", boot_with_cpus(1); qy_leave(); qy_enter(rig.m);
		qy_preempt_enable());
}

TEST(enter, scopes_nest)
{
	unsigned int outer, inner;

	boot_with_cpus(1);
	outer = qy_memalloc_noio_save();
	inner = qy_memalloc_noreclaim_save();
	CHECK_EQ(qy_current()->task_flags, PF_MEMALLOC | PF_MEMALLOC_NOIO);
	qy_memalloc_restore(inner);
	CHECK_EQ(qy_current()->task_flags, PF_MEMALLOC_NOIO);
	qy_memalloc_restore(outer);
	CHECK_EQ(qy_current()->task_flags, 0);
	outer = qy_memalloc_nofs_save();
	inner = qy_memalloc_pin_save();
	CHECK_EQ(qy_current()->task_flags, PF_MEMALLOC_NOFS | PF_MEMALLOC_PIN);
	qy_memalloc_restore(inner);
	qy_memalloc_restore(outer);
	CHECK_EQ(qy_current()->task_flags, 0);
	rig_down(&rig);
}

TEST(enter, a_task_name_is_cut_at_fifteen_bytes)
{
	boot_with_cpus(1);
	qy_set_task(7, "a-name-longer-than-fifteen");
	CHECK_STR_EQ(qy_current()->task.comm, "a-name-longer-t");
	CHECK_EQ(qy_current()->task.pid, 7);
	rig_down(&rig);
}

TEST(enter, a_log_line_is_cut_and_stays_one_line)
{
	static char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	boot_with_cpus(1);
	rig.log_len = 0;
	qy_printk(rig.m, QY_LOG_INFO, "%s", text);
	CHECK_EQ(rig.log_len, 1024);
	rig_down(&rig);
}

TEST(enter, reports_are_limited_per_interval)
{
	struct qy_rate_limit limit = { 0 };

	boot_with_cpus(1);
	CHECK(qy_ratelimit(rig.m, &limit, 1000000000000ull, 2));
	CHECK(qy_ratelimit(rig.m, &limit, 1000000000000ull, 2));
	CHECK(!qy_ratelimit(rig.m, &limit, 1000000000000ull, 2));
	CHECK_EQ(limit.missed, 1);
	CHECK(qy_ratelimit(rig.m, &limit, 0, 2));
	rig_down(&rig);
}
