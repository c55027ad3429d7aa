/* SPDX-License-Identifier: MIT */
/*
 * What the files of the sim port share: the record of a machine.
 */
#ifndef QY_SIM_SIM_H
#define QY_SIM_SIM_H

#include "mm/machine.h"
#include "ports/host/alias.h"
#include "ports/host/file.h"
#include "ports/host/room.h"
#include <quarry/fiber.h>
#include <quarry/sim.h>

struct qy_fiber {
	struct qy_fiber *next;     /* of all, in order of creation */
	struct qy_fiber *run_next; /* of those that can run, in order of their turn */
	struct qy_machine *m;
	struct qy_context context; /* while it does not run */
	void *sp;                  /* likewise */
	char *stack; /* its mapping, guard page first; NULL: the host thread's own */
	size_t mapping_bytes;
	void (*fn)(void *arg);
	void *arg;
	void *data;
	bool woken, waiting, runnable, dead;
	uint64_t since_ns; /* of waiting */
	struct qy_alarm timeout;
	void (*look)(
		void *arg); /* to be run when it is switched to; then back to the looker */
	void *look_arg;
	struct qy_fiber *looker;
	void *fake_stack; /* of AddressSanitizer */
	void *tsan;
	const void *host_stack; /* of the first fiber, as AddressSanitizer learns it */
	size_t host_stack_bytes;
};

struct sim {
	struct qy_port port;
	struct qy_sim_opts opts;
	struct qy_machine_size size;
	struct qy_host_room room;
	struct qy_host_files files;
	char *window;
	void *tables;
	int ram;     /* the file; -1: none */
	bool guards; /* faults in the window are watched */
	struct qy_host_vm vm;
	size_t program_bytes;        /* of addresses that were given to programs */
	struct sim_storage *storage; /* program.c */
	uint32_t host_cpu; /* where CPUs are shared: the one that the thread is on */
	uint64_t now_ns;
	uint64_t nr_calls;  /* port calls that could have failed */
	uint64_t fail_call; /* the one that does; 0 = none */
	void (*interrupt)(void *arg);
	void *interrupt_arg;
	bool interrupt_every;

	/* fiber.c: */
	struct qy_fiber first;        /* the host thread */
	struct qy_fiber *self, *left; /* who runs, who ran before */
	struct qy_fiber *run_first, *run_last;
	unsigned int nr_runnable;
	struct qy_fiber *ended; /* its stack is in use until somebody else runs */
	uint64_t schedule;      /* state of the random numbers; 0 = in turn */
	char *free_stacks;      /* linked through their highest word */

	/* alarm.c: */
	struct qy_alarm *events; /* by moment, then by order */
	uint64_t next_event_ns;  /* of the first; QY_NEVER */
	uint64_t nr_events;
	struct qy_sim_hooks hooks;
	void *data;
};

static inline struct sim *sim_of(const struct qy_machine *m)
{
	return m->port->ctx;
}

/* fiber.c */
void qy_sim_fibers_init(struct sim *sim, struct qy_machine *m);
void qy_sim_fibers_free(struct sim *sim);
bool qy_sim_give_way(struct sim *sim);

/* program.c */
void qy_sim_program_down(struct sim *sim);

/* alarm.c */
void qy_sim_interrupt_now(struct sim *sim, void (*fn)(void *arg), void *arg);
void qy_sim_run_events(struct sim *sim);
void qy_sim_move_to_event(struct sim *sim);
uint64_t qy_sim_clock_ns(void *ctx);

#endif
