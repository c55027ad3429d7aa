/* SPDX-License-Identifier: MIT */
/*
 * Inside the runs of drivers: a world on a machine, what is done in it, what is noted.
 *
 *   driver_session.c   begin and end; the log; requests that fail; acts; devices and modules; what is left
 *   driver_gone.c      modules that were unloaded, and what comes afterwards
 *   driver_branch.c    runs that branch off this one
 *   driver_stop.c      signals: crashes and hangs, with their stacks
 *   driver_run.c       a run of its own, as `quarry check DRIVER.c` plays it
 *   driver_net.c       network devices are brought up, send, are taken down
 *   driver_program.c   drivers of a scenario, each with its program
 *   driver_objects.c   what they hold of each cache meanwhile
 *
 * State: one session at a time in a process.
 */
#ifndef QUARRY_LAB_DRIVER_SESSION_H
#define QUARRY_LAB_DRIVER_SESSION_H

#include <quarry/fiber.h>
#include <quarry/sim.h>
#include <quarry/world.h>

#include "lab/board_device.h"
#include "lab/driver.h"

struct qy_dma_debug;

/* Where a module's code is, or was. */
struct qy_code {
	uintptr_t begin, end;
	bool gone;
};

struct qy_session {
	const struct qy_driver_plan *plan;
	struct qy_driver_failure fail; /* the plan's, or the branch's */
	struct qy_driver_trunk *trunk; /* others branch off; NULL: none */
	struct qy_driver_outcome *out;
	struct qy_machine *m;
	struct qy_world *w;
	struct qy_tree *tree;
	/* how PCI devices that are made up do their DMA */
	struct qy_dt_device pci;
	struct qy_board_device pci_place;
	struct qy_dma_range pci_ranges[QY_DEVICE_WINDOWS];
	struct qy_board_iommu pci_iommu;
	struct qy_dma_debug *dma_debug;
	void *dma_memory;
	struct qy_alarm patience[QY_DRIVER_ACTS];
	int act;    /* the last that was begun and goes on; -1: none */
	bool heard; /* the line before was of a mistake */
	bool cut;   /* a report has begun, and says next what is wrong */
	uint32_t cut_begin;
	char cut_text[160]; /* the driver's own words */
	void (*stopped)(
		void *arg); /* it ended early; does not return. NULL: the process ends */
	void *arg;
	/* the schedule's: at which steps, in order, which interrupt */
	uint64_t point[QY_DRIVER_POINTS];
	uint32_t point_irq[QY_DRIVER_POINTS];
	unsigned int nr_points, next_point;
	/* the timer's */
	uint64_t seen_ns, seen_taken;
	unsigned int still, ticks;
	bool ending;
	struct qy_code code[QY_MAX_MODULES];
	bool has_hardware; /* a module whose requests do not fail */
};

extern struct qy_session qy_session;

/* ------------------------------------------------------------------ driver_session.c */

/* Zeroed, but for these. */
void qy_session_init(const struct qy_driver_plan *plan, struct qy_driver_outcome *out);
/* The world and the checks of DMA, on a machine that is up. Return: 0, -1: the host has no memory. */
int qy_session_open(struct qy_machine *m);
/* Nothing runs any more. */
void qy_session_close(void);

/* A line of the kernel's log; what the machine says when it stops. */
void qy_session_hear(void *arg, enum qy_log_level level, const char *line);
void qy_session_panic(void *arg, const char *line) __attribute__((noreturn));

/* NULL: there were too many. An act that takes more than two minutes of board time hangs. */
struct qy_driver_act *qy_session_begin(
	enum qy_driver_act_kind kind, uint32_t module, const char *device);
/* One more time; @act has come to its end. */
struct qy_driver_act *qy_session_begin_again(struct qy_driver_act *act);
void qy_session_end(struct qy_driver_act *act, long result);
/* Others run, timers expire, what waits for a grace period goes. */
void qy_session_settle(void);

/* Where the plan wants it: what nothing points to any more is told, now that everybody waits. */
void qy_session_scan(void);

/* Return: false: it did not load. */
bool qy_session_load(uint32_t module);
void qy_session_unload(uint32_t module);
/* A device that the board has not; "acme,isp" or a name. */
void qy_session_make_device(const char *wanted, bool by_name);

/* What was taken after the @after-th thing, up to the @until-th, and is held still: noted as left by @act; -1: by all. */
void qy_session_note_left(uint64_t after, uint64_t until, int act);
/*
 * Does one place of a driver hold @least things, or more, that were taken after the @after-th? @act: of that they are noted as left;
 * -1: nothing is noted.
 */
bool qy_session_has_grown(uint64_t after, uint32_t least, int act);
/* The last words on everything but [@after, @until]. */
void qy_session_note_end(uint64_t after, uint64_t until);

/* Is there none of what @request asks for, where @scarce rules? */
bool qy_session_is_scarce(
	enum qy_driver_scarcity scarce, const struct qy_world_request *request);

/* What modules that are gone have left is noted, unless the end has done so. */
void qy_session_note_gone(void);

/* ------------------------------------------------------------------ driver_gone.c */

void qy_session_find_code(void);
/* Index of the module that @code is of; -1: none. */
int qy_session_module_of(const void *code);
/* Behind rmmod; and back, before the module is closed. */
void qy_session_code_goes(uint32_t module);
void qy_session_code_comes_back(void);
bool qy_session_taken_by_gone(const struct qy_world_held *held);
/* A fault at @code: is that gone? @line says so, and what is left is noted. */
bool qy_session_is_late(const void *code, char *line, size_t size);
/* Board time passes, in which what is left comes. */
void qy_session_wait_for_late(void);

/* ------------------------------------------------------------------ driver_branch.c */

/* Request @n, from 1, of a trunk; a child comes back with session.fail set. @request NULL: for memory of a CMA area. */
void qy_session_branch(uint32_t n, const struct qy_world_request *request);
/* Of a trunk: the run makes no more requests. */
bool qy_session_is_searched(void);
/* The process ends; a trunk's when its branches have. */
void qy_session_exit(void) __attribute__((noreturn));

/* ------------------------------------------------------------------ driver_net.c */

/* Network devices are brought up and send; taken down; both once more, and what that leaves is noted. */
void qy_session_net_up(bool first);
void qy_session_net_down(bool first);
void qy_session_net_again(void);

/* ------------------------------------------------------------------ driver_objects.c */

/* From where the times of samples count; nobody uses a driver yet. */
void qy_session_objects_start(uint64_t zero_ns);
/* A program begins to use a driver, or has used it for the last time. Samples are taken while there is one. */
void qy_session_objects_enter(void);
void qy_session_objects_leave(void);

/* ------------------------------------------------------------------ driver_stop.c */

/* CPU time is counted: as the whole of a trunk and its branch. */
void qy_session_start_ticking(void);

/* @arg: struct qy_driver_stack */
void qy_session_stack(void *arg);
void qy_session_catch_signals(void);
void qy_session_release_signals(void);
void qy_session_lose_patience(void *arg);
void qy_session_end_early(enum qy_driver_end end, const char *line);
void qy_session_finish(enum qy_driver_end end) __attribute__((noreturn));

#endif
