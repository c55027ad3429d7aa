/* SPDX-License-Identifier: MIT */
/*
 * Runs drivers: modules are loaded into a world on a machine, their devices probed, used and removed, and what they took, left
 * and were reported for is told.
 *
 *   qy_driver_open, _close      modules from .qko files, as this process has them
 *   qy_driver_play              one run in a child process; what it found lies in memory of both
 *   qy_driver_judge             the verdict: a list of cases
 *
 * Whatever a driver does, the run ends and says how: a crash, an overflow of its stack, a hang and a panic of the machine each
 * with the stack of whoever ran. Same plan, same outcome.
 *
 * No state but that of the child.
 */
#ifndef QUARRY_LAB_DRIVER_H
#define QUARRY_LAB_DRIVER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <quarry/module.h>
#include "lab/board.h"
#include "lab/error.h"

#define QY_DRIVER_FRAMES     24
#define QY_MAX_MODULES       8
#define QY_DRIVER_ACTS       96
#define QY_DRIVER_LEAKS      64
#define QY_DRIVER_REPORTS    32
#define QY_DRIVER_DEVICES    16
#define QY_DRIVER_IRQS       16
#define QY_DRIVER_MADE_UP    8 /* devices for the drivers of one module */
#define QY_DRIVER_WAITERS    8
#define QY_DRIVER_ASKS       4096
#define QY_DRIVER_LOG_BYTES  (256u << 10)
/* Board time of a scenario that is played behind a request that failed, at the most; its loads stand still. */
#define QY_BEHIND_FAILURE_NS 10000000000ull

/* ------------------------------------------------------------------ what is to be done */

struct qy_driver_module {
	const char *source; /* as the user named it */
	const char *path;   /* of the .qko */
	const char *params; /* "name=value ..."; NULL */
	bool hardware;      /* that of other modules: its requests do not fail */
	void *handle;
	const struct qy_module_info *info;
	bool plain;    /* some of its code is not instrumented */
	uint32_t uses; /* whose symbols it has: modules before it, as bits */
	/* what insmod would return instead of loading it, and say; 0: it loads */
	long refusal;
	char why[160];
	struct qy_module_info stand_in; /* info of one that does not load */
	char name[56];
};

/* What there is none of, for a whole run. */
enum qy_driver_scarcity {
	QY_SCARCE_NOTHING,
	QY_SCARCE_CONTIGUOUS, /* DMA buffers of more than a page */
	QY_SCARCE_ATOMIC,     /* anything for who may not wait */
	QY_SCARCE_MASK,       /* a DMA mask that the device could have */
	QY_SCARCE_MAPPING,    /* bus addresses */
	QY_NR_SCARCITIES,
};

struct qy_driver_failure {
	uint32_t nth[2]; /* requests, from 1; 0: none */
	enum qy_driver_scarcity scarce;
};

/*
 * Who runs when, by a number: which of several tasks is next where one gives way, and at which steps of the core interrupts
 * come in addition. At most QY_DRIVER_POINTS of them, spread over the steps of a run.
 */
#define QY_DRIVER_POINTS 4
struct qy_driver_schedule {
	uint64_t number;                 /* 0: in turn, no interrupts */
	uint64_t nr_steps;               /* that a run takes */
	uint32_t irq[QY_DRIVER_DEVICES]; /* of what a run has bound */
	uint32_t nr_irqs;
};

struct qy_driver_outcome;
struct qy_driver_trunk;

struct qy_driver_plan {
	const char *board_name; /* the file that describes it */
	const struct qy_loaded_board *board;
	struct qy_driver_module module[QY_MAX_MODULES]; /* in the order of loading */
	uint32_t nr_modules;
	struct qy_driver_failure fail;
	struct qy_driver_schedule schedule;
	bool kmemleak; /* objects that nothing points to any more are looked for meanwhile */
	bool again;    /* files are opened, and devices bound, more than once */
	bool loaded; /* a scenario's: loads beside it, which stand still behind a failure */
	bool shut_down;     /* it ends with the board, not with rmmod */
	uint64_t seed;      /* of the schedule; 0: in turn */
	uint32_t cpu_limit; /* seconds of CPU time after which a run hangs; 0: 20 */
	struct qy_driver_trunk *trunk; /* other runs branch off this one; NULL: none */
	/* what a run is: in a process of its own, which ends with it */
	void (*run)(const struct qy_driver_plan *plan, struct qy_driver_outcome *out);
	void *run_arg;
};

/**
 * qy_driver_open() - the modules of a plan, from their files
 * @plan: module[].path is set; handle and info are filled in
 *
 * Context: Any thread of a process that has Quarry's symbols to lend (the command).
 * Return: 0, or -1 with @err.
 */
int qy_driver_open(struct qy_driver_plan *plan, struct qy_err *err);
void qy_driver_close(struct qy_driver_plan *plan);
/*
 * Where a module is not instrumented, KFENCE samples every object that it can, unless the board's command line says something
 * else (kfence.sample_interval=0: nothing). Return: @board was changed. Context: any.
 */
bool qy_driver_sample(const struct qy_driver_plan *plan, struct qy_board *board);

/* Modules of a scenario that were compiled for it. */
struct qy_driver_modules {
	char dir[64]; /* "": nothing was compiled */
	char *path[QY_MAX_MODULES];
};

struct qy_driver_spec;

/* Compiles @spec's sources, if they are; what the compiler says goes to stderr. @stop: as of qy_driver_play(). Return: 0, or -1 with @err. Context: forks. */
int qy_driver_prepare(const struct qy_driver_spec *spec, uint32_t index,
	struct qy_driver_modules *modules, const volatile sig_atomic_t *stop,
	struct qy_err *err);
void qy_driver_modules_free(struct qy_driver_modules *modules);

/* ------------------------------------------------------------------ what came of it */

struct qy_driver_stack {
	uint32_t nr;
	void *frame[QY_DRIVER_FRAMES]; /* return addresses, nearest first */
};

enum qy_driver_end {
	QY_DRIVER_UNFINISHED, /* the process was ended from outside */
	QY_DRIVER_ENDED,
	QY_DRIVER_CRASHED,
	QY_DRIVER_OVERFLOWED, /* its stack */
	QY_DRIVER_HUNG,
	QY_DRIVER_PANICKED,
	QY_DRIVER_NO_BOARD, /* end_line says why it did not boot */
};

enum qy_driver_act_kind {
	QY_ACT_INSMOD,
	QY_ACT_KUNIT, /* the module's suites, behind its init */
	QY_ACT_PROBE, /* as part of an insmod; the result is the driver's */
	QY_ACT_OPEN,  /* of a node below /dev */
	QY_ACT_CLOSE,
	QY_ACT_IRQ, /* one, of a device */
	QY_ACT_USE, /* of channels that nobody else has */
	QY_ACT_UNBIND,
	QY_ACT_BIND,     /* again */
	QY_ACT_SLEEP,    /* of the board, and back */
	QY_ACT_SHUTDOWN, /* of the board: nothing comes after it */
	QY_ACT_OPENS,    /* and closes, of all nodes, nr_calls times */
	QY_ACT_IRQS,     /* of all devices, likewise */
	QY_ACT_READ,     /* of a program; device is the node */
	QY_ACT_WRITE,
	QY_ACT_IOCTL,
	QY_ACT_PROGRAM, /* all steps of one */
	QY_ACT_LINK, /* a network device is added, as `ip link add` does; device is its kind */
	QY_ACT_UP,   /* one is opened */
	QY_ACT_SEND, /* frames: nr_calls, of which nr_bad found no room */
	QY_ACT_DOWN,
	QY_ACT_RMMOD,
};

struct qy_driver_act {
	enum qy_driver_act_kind kind;
	bool done; /* it came back */
	uint32_t module;
	char device[96]; /* or what is below /dev, or a path */
	long result;     /* 0, -errno */
	uint64_t begin_ns, end_ns;
	uint32_t log_begin, log_end; /* what was logged meanwhile */
	char why[160];               /* of a failed insmod or rmmod */
	bool of_program;
	uint64_t number;           /* of a program's read or ioctl */
	uint32_t nr_calls, nr_bad; /* of a program; not as it expects */
	long bad_result;           /* the first of them */
};

/* What was taken at one place and not given back. */
struct qy_driver_leak {
	uint32_t kind; /* qy_held_name() */
	uint32_t count;
	uint64_t bytes, when_ns; /* together; of the first */
	int32_t pid;
	char comm[16];
	int32_t act; /* by which it should have been given back; -1: the end of the world */
	struct qy_driver_stack stack;
};

/* A line that a kernel writes when it has found a mistake. */
struct qy_driver_mistake {
	uint64_t when_ns;
	int32_t act; /* during which; -1: none */
	char line[384];
	uint32_t log_begin, log_end; /* with what follows it */
	struct qy_driver_stack stack;
};

struct qy_driver_device {
	char name[48], compatible[64], driver[48];
	bool made_up, stays_bound;
	uint32_t irq; /* the first of: */
	uint32_t irqs[QY_DRIVER_IRQS], nr_irqs;
	uint64_t registers;
	int32_t probe_error;
};

struct qy_driver_waiter {
	char comm[16];
	int32_t pid;
	uint64_t since_ns;
	struct qy_driver_stack stack;
};

/* A request that could have failed. */
struct qy_driver_ask {
	uint32_t kind; /* qy_driver_kind_name() */
	uint32_t bytes, gfp;
	int32_t act;
	struct qy_driver_stack stack;
};

/* Objects of caches that drivers hold, over the time in which programs use them; see driver_growth.h. */
#define QY_DRIVER_SAMPLES 128
#define QY_DRIVER_CACHES  32
struct qy_driver_cache {
	char name[32];
	uint32_t object_size;
	uint32_t held[QY_DRIVER_SAMPLES];
	/* of one that grows, at the end: taken since it was warm, and of these at the place that took most */
	uint32_t nr_since, nr_of_stack;
	struct qy_driver_stack stack;
};
struct qy_driver_series {
	uint32_t nr, nr_caches;
	uint64_t at_ns[QY_DRIVER_SAMPLES]; /* of the scenario */
	struct qy_driver_cache cache[QY_DRIVER_CACHES];
};

struct qy_driver_outcome {
	enum qy_driver_end end;
	char end_line[256];
	int32_t end_act;
	struct qy_driver_stack end_stack;
	struct qy_driver_waiter waiter[QY_DRIVER_WAITERS]; /* of a hang */
	uint32_t nr_waiters;
	uint64_t now_ns;

	struct qy_driver_act act[QY_DRIVER_ACTS];
	uint32_t nr_acts;
	struct qy_driver_device
		device[QY_DRIVER_DEVICES]; /* with a driver, or that one refused */
	uint32_t nr_devices;
	bool can_shut_down; /* a driver would be told */
	uint64_t nr_taken;  /* things in all */

	struct qy_driver_leak leak[QY_DRIVER_LEAKS];
	uint32_t nr_leaks; /* places; more are counted in nr_left alone */
	uint64_t nr_left, bytes_left;
	bool told_left; /* it is known what was left, however the run ended */
	/* of code that is gone and was called: what called it, and who had it do so; nr 0: not known */
	uint32_t late_kind;
	struct qy_driver_stack late_stack;

	struct qy_driver_mistake mistake[QY_DRIVER_REPORTS];
	uint32_t nr_mistakes;  /* all, also those that found no room */
	uint32_t nr_remarks;   /* what is good style and no mistake */
	char remark[256];      /* the first */
	uint64_t dma_mistakes; /* of them, those of the DMA checks */

	struct qy_driver_series series;

	uint64_t nr_steps;              /* at which an interrupt could have come */
	enum qy_driver_scarcity scarce; /* of what there was none */
	uint32_t nr_asked, nr_refused;
	uint32_t refused[2];    /* the first ones: index of ask[] */
	uint64_t refused_ns;    /* when the first was */
	uint32_t nr_runs_asked; /* of CMA areas, for requests */

	uint32_t log_bytes;
	bool log_cut;
	char log[QY_DRIVER_LOG_BYTES];
	struct qy_driver_ask ask[QY_DRIVER_ASKS];
};

/* Zeroed, and seen by child processes. NULL: the host has no memory. Context: any. */
struct qy_driver_outcome *qy_driver_outcome_new(void);
void qy_driver_outcome_free(struct qy_driver_outcome *outcome);

/**
 * qy_driver_play() - one run
 * @plan: opened
 * @out:  new
 * @stop: not 0: the child is ended; may be NULL
 *
 * Context: Any thread; forks.
 * Return: 0, or -1 with @err: no child, or it was stopped.
 */
int qy_driver_play(const struct qy_driver_plan *plan, struct qy_driver_outcome *out,
	const volatile sig_atomic_t *stop, struct qy_err *err);

/* Its two halves, for several runs at once. qy_driver_start(): the child, or -1 with @err. */
pid_t qy_driver_start(const struct qy_driver_plan *plan, struct qy_driver_outcome *out,
	struct qy_err *err);
int qy_driver_finish(pid_t child, struct qy_driver_outcome *out,
	const volatile sig_atomic_t *stop, struct qy_err *err);

/* A run as `quarry check DRIVER.c` plays it: plan->run. Does not return. */
void qy_driver_run(const struct qy_driver_plan *plan, struct qy_driver_outcome *out)
	__attribute__((noreturn));

/* Behind fork(): ends with @parent, and at Ctrl-C without a word. */
void qy_driver_be_child(pid_t parent);

/* The tree of a board, as a world takes it; to be given to free() with its nodes and properties. */
struct qy_tree;
struct qy_tree *qy_driver_tree(const struct qy_loaded_board *board);
void qy_driver_tree_free(struct qy_tree *tree);

/* ------------------------------------------------------------------ the verdict */

struct qy_driver_case {
	char name[128];
	bool pass;
	char text[512]; /* one line: what was found; "" where the name says all */
	char *why;      /* lines, each with its newline; NULL */
};

/* A place where requests come from, and how often one of it has failed. */
struct qy_driver_site {
	struct qy_driver_ask ask; /* the first */
	uint64_t hash;            /* of kind and stack */
	uint32_t nr_asked; /* in a run without failures; 0: only behind another failure */
	uint32_t nr_failed, nr_bad;
	char *text; /* its stack, in lines */
};

struct qy_driver_verdict {
	const struct qy_driver_plan *plan;
	const struct qy_driver_outcome *out;
	struct qy_driver_case *cases;
	uint32_t nr, nr_failed;
	struct qy_driver_site *site; /* of a search */
	uint32_t nr_sites;
	struct qy_driver_series *series; /* a copy; NULL: nothing was sampled */
	uint32_t nr_asked;               /* requests of the run */
	bool missed; /* plan->fail.nth[0] is more than that: nothing was tried */
	bool pass;
};

struct qy_symbols;

/* To be freed in any case. Return: 0, -1: the host has no memory. Context: any. */
int qy_driver_judge(const struct qy_driver_plan *plan,
	const struct qy_driver_outcome *out, struct qy_symbols *symbols,
	struct qy_driver_verdict *verdict);
void qy_driver_verdict_free(struct qy_driver_verdict *verdict);

/* "object", "DMA mask". Context: any. */
const char *qy_driver_kind_name(uint32_t kind);
/* Does anything fail? Context: any. */
bool qy_driver_fails(const struct qy_driver_plan *plan);
/* One more case of @verdict, at its end, that passes so far. */
struct qy_driver_case *qy_driver_case_add(struct qy_driver_verdict *verdict);

/* Each writes the whole of its format. Return: 0, negative when the host has no memory. Context: any. */
int qy_driver_report_text(FILE *out, const struct qy_driver_verdict *verdict,
	struct qy_symbols *symbols, bool brief);
/* What a search has failed, place by place; nothing without one. */
void qy_driver_print_sites(FILE *out, const struct qy_driver_verdict *verdict);
/* Where one grows: the caches with most objects, as slabtop has them; else nothing. */
void qy_driver_print_caches(FILE *out, const struct qy_driver_verdict *verdict);
int qy_driver_report_json(FILE *out, const struct qy_driver_verdict *verdict);
int qy_driver_report_ktap(FILE *out, const struct qy_driver_verdict *verdict);
int qy_driver_report_junit(FILE *out, const struct qy_driver_verdict *verdict);

#endif
