// SPDX-License-Identifier: MIT
/* Locks, wait queues, completions, tasks: as a driver uses them. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>
#include <linux/seqlock.h>
#include "tests/drivers/kernel/world.h"

static DEFINE_MUTEX(mutex);
static DEFINE_SPINLOCK(lock);
static DECLARE_COMPLETION(done);
static DECLARE_WAIT_QUEUE_HEAD(queue);
static struct semaphore slots;
static struct rw_semaphore rwsem;
static int inside, most, turns, ready;

static int enters(void *arg)
{
	for (int i = 0; i < 5; i++) {
		mutex_lock(&mutex);
		inside++;
		most = max(most, inside);
		usleep_range(10, 20);
		inside--;
		turns++;
		mutex_unlock(&mutex);
	}
	return 0;
}

WORLD(wait, a_mutex_lets_one_task_in_at_a_time)
{
	struct task_struct *tasks[4];

	inside = most = turns = 0;
	for (int i = 0; i < 4; i++)
		tasks[i] = kthread_run(enters, NULL, "enters/%d", i);
	msleep(10);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(kthread_stop(tasks[i]), 0);
	CHECK_EQ(most, 1);
	CHECK_EQ(turns, 20);
	CHECK(!mutex_is_locked(&mutex));
	CHECK_EQ(mutex_trylock(&mutex), 1);
	CHECK_EQ(mutex_trylock(&mutex), 0);
	mutex_unlock(&mutex);
	mutex_unlock(&mutex); /* once too often */
	test_forget(1);
}

static int completes(void *arg)
{
	msleep(8);
	complete(&done);
	while (!kthread_should_stop())
		msleep(1);
	return 7;
}

WORLD(wait, a_completion_is_waited_for_with_and_without_a_timeout)
{
	struct task_struct *task = kthread_run(completes, NULL, "completes");
	unsigned long left, begin = jiffies;

	reinit_completion(&done);
	CHECK_EQ(wait_for_completion_timeout(&done, 1), 0);
	left = wait_for_completion_timeout(&done, HZ);
	CHECK(left > 0 && left < HZ);
	CHECK(jiffies - begin >= 2);
	CHECK(!completion_done(&done));
	CHECK(!try_wait_for_completion(&done));
	complete_all(&done);
	wait_for_completion(&done);
	CHECK_EQ(wait_for_completion_interruptible(&done), 0);
	CHECK_EQ(kthread_stop(task), 7);
}

static int never_woken(void *arg)
{
	FAIL("it was stopped before it ran");
	return 0;
}

static int ends_by_itself(void *data)
{
	complete(data);
	return 3;
}

WORLD(kthread, one_that_ends_by_itself_is_not_left)
{
	DECLARE_COMPLETION_ONSTACK(done);

	CHECK(!IS_ERR(kthread_run(ends_by_itself, &done, "short")));
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 1);
	wait_for_completion(&done);
	msleep(1);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 0);
}

WORLD(wait, a_thread_that_was_never_woken_is_stopped_without_running)
{
	struct task_struct *task = kthread_create(never_woken, NULL, "never");

	CHECK(!IS_ERR(task));
	CHECK_EQ(kthread_stop(task), -EINTR);
}

static int makes_ready(void *arg)
{
	for (int i = 0; i < 3; i++) {
		usleep_range(100, 200);
		ready++;
		wake_up(&queue);
	}
	return 0;
}

WORLD(wait, a_wait_queue_wakes_who_waits_for_a_condition)
{
	struct task_struct *task;

	ready = 0;
	CHECK_EQ(wait_event_timeout(queue, ready == 3, 2), 0);
	task = kthread_run(makes_ready, NULL, "makes_ready");
	CHECK_EQ(wait_event_interruptible(queue, ready == 2), 0);
	CHECK_EQ(ready, 2);
	wait_event(queue, ready == 3);
	CHECK(wait_event_timeout(queue, ready == 3, 0) == 1);
	kthread_stop(task);
	CHECK(!waitqueue_active(&queue));
}

WORLD(wait, sleeping_under_a_spinlock_is_reported_in_the_kernels_words)
{
	unsigned long flags;

	spin_lock(&lock);
	msleep(1);
	spin_unlock(&lock);
	CHECK(test_log("<3>BUG: scheduling while atomic: test/101/0x00000001\n"));
	test_forget(1);
	spin_lock_irqsave(&lock, flags);
	CHECK(irqs_disabled());
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	spin_unlock_irqrestore(&lock, flags);
	CHECK(!irqs_disabled() && !in_atomic());
	CHECK(test_log("<3>BUG: sleeping function called from invalid context at "));
	CHECK(test_log(
		"in_atomic(): 1, irqs_disabled(): 1, non_block: 0, pid: 101, name: test\n"));
	test_forget(1);
	CHECK_EQ(spin_trylock(&lock), 1);
	CHECK_EQ(spin_trylock(&lock), 0);
	spin_unlock(&lock);
	spin_unlock(&lock);
	test_forget(1);
}

static void twice(void)
{
	spin_lock(&lock);
	spin_lock(&lock);
}

static void lock_twice(void)
{
	test_run(twice, NULL);
}

TEST(wait, a_spinlock_that_its_holder_takes_again_ends_the_run)
{
	DEATH("BUG: spinlock recursion on CPU#0, test/101: lock: lock, .owner: test/101, .owner_cpu: 0",
		lock_twice());
}

WORLD(wait, semaphores_count_and_read_locks_are_shared)
{
	seqlock_t seq;
	unsigned int start;

	sema_init(&slots, 2);
	down(&slots);
	CHECK_EQ(down_interruptible(&slots), 0);
	CHECK_EQ(down_trylock(&slots), 1);
	CHECK_EQ(down_timeout(&slots, 2), -ETIME);
	up(&slots);
	CHECK_EQ(down_trylock(&slots), 0);
	init_rwsem(&rwsem);
	down_read(&rwsem);
	CHECK_EQ(down_read_trylock(&rwsem), 1);
	CHECK_EQ(down_write_trylock(&rwsem), 0);
	up_read(&rwsem);
	up_read(&rwsem);
	down_write(&rwsem);
	CHECK_EQ(down_read_trylock(&rwsem), 0);
	downgrade_write(&rwsem);
	CHECK_EQ(down_read_trylock(&rwsem), 1);
	up_read(&rwsem);
	up_read(&rwsem);
	seqlock_init(&seq);
	start = read_seqbegin(&seq);
	CHECK(!read_seqretry(&seq, start));
	write_seqlock(&seq);
	write_sequnlock(&seq);
	CHECK(read_seqretry(&seq, start));
}
