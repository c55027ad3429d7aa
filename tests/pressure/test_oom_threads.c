// SPDX-License-Identifier: MIT
/*
 * The OOM killer between threads: each acts for tasks of its own, victims learn of it and end themselves, and nobody is
 * killed who could have lived.
 *
 * Locking: the tasks are their threads' own; the machine is shared.
 */
#include "tests/model/rig.h"
#include <quarry/oom.h>
#include <quarry/task.h>

#define NR_THREADS 2
#define WANTED     MIB(40) /* of 64: one alone can have that */
#define STEP       MIB(1)

struct worker {
	pthread_t thread;
	struct qy_machine *m;
	unsigned int rounds, killed, whole;
	unsigned int index;
};

/* Return: was it killed? */
static bool live_once(struct worker *w)
{
	char name[16];
	struct task_struct *task;
	uint64_t address = 0;
	int error = 0;

	snprintf(name, sizeof(name), "worker%u", w->index);
	if (qy_task_create(w->m, name, 0, 0, &task))
		return false;
	if (!qy_task_map(w->m, task, WANTED, QY_MAP_NORESERVE, &address)) {
		for (uint64_t done = 0; done < WANTED && !error; done += STEP)
			error = qy_task_touch(w->m, task, address + done, STEP, true);
	}
	w->whole += !error;
	CHECK(error == 0 || error == -QY_EINTR);
	qy_task_exit(w->m, task);
	return error != 0;
}

static void *work(void *arg)
{
	struct worker *w = arg;

	CHECK_EQ(qy_enter_cpu(w->m, w->index), (int)w->index);
	for (unsigned int i = 0; i < w->rounds; i++)
		w->killed += live_once(w);
	qy_leave();
	return NULL;
}

TEST(oom_threads, victims_end_themselves_while_others_allocate)
{
	static struct rig rig;
	struct worker worker[NR_THREADS];
	unsigned int killed = 0, whole = 0, rounds = 0;
	uint64_t fresh;

	rig_one_zone(&rig, MIB(64), NR_THREADS);
	rig_boot(&rig);
	qy_drain_all_pages(rig.m);
	fresh = rig_free_frames(rig.m);
	qy_leave();
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		worker[i] = (struct worker){
			.m = rig.m, .rounds = (unsigned int)qy_test_scale(4), .index = i
		};
		CHECK_EQ(pthread_create(&worker[i].thread, NULL, work, &worker[i]), 0);
	}
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		CHECK_EQ(pthread_join(worker[i].thread, NULL), 0);
		killed += worker[i].killed;
		whole += worker[i].whole;
		rounds += worker[i].rounds;
	}
	CHECK_EQ(qy_enter_cpu(rig.m, 0), 0);
	/* How many end whole is the scheduler's matter; whoever is alone does. */
	worker[0].whole = 0;
	CHECK(!live_once(&worker[0]));
	CHECK_EQ(worker[0].whole, 1);
	CHECK_EQ(killed + whole, rounds);
	CHECK_EQ(rig_log_count(&rig, "Out of memory: Killed process"), killed);
	rig_check_valid(rig.m, "all kills");
	qy_drain_all_pages(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), fresh);
	rig_down(&rig);
}
