/* SPDX-License-Identifier: MIT */
/*
 * A scenario: which board, which load, which requests when, what is expected. Read from YAML, checked, in numbers.
 *
 *   qy_scenario_load()    from a file; relative file names in it count from its directory
 *   qy_scenario_of()      of a capture: from a file, or with requests of our own
 *   qy_scenario_parse()   from text, for tests and fuzzing: opens nothing
 *   qy_scenario_free()
 *
 * docs/scenario.md describes every key. Where one of several kinds is wanted (a tree is a dts or a dtb, a load is a
 * trace or a generator), each kind is an optional key and exactly one must be there.
 *
 * Invariants of a loaded scenario: every number is inside its documented bounds, request names are unique, every
 * expectation of a request names one that exists, duration_ns is 0 only when a trace decides it.
 *
 * No state.
 */
#ifndef LAB_SCENARIO_H
#define LAB_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <quarry/gfp.h>
#include "lab/board.h"
#include "lab/curve.h"
#include "lab/error.h"
#include "lab/snapshot.h"

#define QY_FOREVER UINT64_MAX

#define QY_MAX_LOADS       8
#define QY_MAX_STREAMS     64 /* instances of all loads */
#define QY_MAX_CLASSES     32
#define QY_MAX_REQUESTS    64
#define QY_MAX_STEPS       64 /* of the timeline */
#define QY_MAX_EXPECTS     64
#define QY_MAX_TASKS       32
#define QY_MAX_FILES       16 /* that are written or read */
#define QY_MAX_PROGRAM     64 /* steps */
#define QY_MAX_SYSCTLS     64
#define QY_MAX_AREAS       64
#define QY_MAX_SEEDS       1000
#define QY_MAX_DURATION_NS (24ull * 3600 * 1000000000)

/* What becomes of that which a round of a trace still holds at its end. */
enum qy_leftovers {
	QY_LEFTOVERS_EXIT, /* its processes end: their memory goes back, page cache and kernel pages stay */
	QY_LEFTOVERS_KEEP,
	QY_LEFTOVERS_FREE,
};

/* What becomes of the frees of blocks that are older than the recording. */
enum qy_unknown_frees {
	QY_UNKNOWN_PREALLOCATE, /* the blocks are allocated before the round's first event */
	QY_UNKNOWN_SKIP,        /* the frees are counted and not played */
};

struct qy_load_trace {
	const char *file;
	bool captured;     /* file is the capture that has it */
	uint32_t repeat;   /* rounds; 0: until_ns says */
	uint64_t until_ns; /* board time at which the last round is cut off */
	uint32_t scale;    /* thousandths of its blocks that are played */
	uint32_t speed;    /* thousandths: 2000 plays twice as fast */
	enum qy_leftovers leftovers;
	enum qy_unknown_frees unknown_frees;
};

/* One kind of allocation that a generator makes. */
struct qy_load_class {
	qy_gfp_t gfp;
	uint8_t order;
	uint32_t weight;
	uint64_t lifetime_ns; /* mean, exponential; QY_FOREVER = never freed */
};

struct qy_load_generator {
	uint64_t rate; /* allocations per virtual second */
	uint64_t duration_ns;
	struct qy_load_class class[QY_MAX_CLASSES];
	uint32_t nr_classes;
};

/* In which state the board begins. */
enum qy_start_kind {
	QY_START_FRESH, /* as it boots */
	QY_START_SNAPSHOT,
	QY_START_AGED,
};

struct qy_start_spec {
	enum qy_start_kind kind;
	const char *files[QY_NR_SNAPSHOT_FILES]; /* SNAPSHOT */
	bool captured;                           /* files are entries of the capture */
	uint64_t seed;                           /* AGED */
};

enum qy_load_kind {
	QY_LOAD_TRACE,
	QY_LOAD_GENERATOR,
};

struct qy_load_spec {
	enum qy_load_kind kind;
	uint64_t start_ns;
	uint32_t instances; /* copies side by side, each with frames of its own */
	union {
		struct qy_load_trace trace;
		struct qy_load_generator generator;
	};
};

enum qy_request_context {
	QY_CONTEXT_TASK,
	QY_CONTEXT_ATOMIC, /* preemption off */
	QY_CONTEXT_IRQ,    /* in a hard interrupt */
};

enum qy_request_kind {
	QY_REQUEST_BLOCKS, /* of an order, from the page allocator */
	QY_REQUEST_CMA,    /* buffers from a CMA area, as dma_alloc_contiguous() asks */
	QY_REQUEST_PIN,    /* pages of the load that stay where they are for a while */
	QY_REQUEST_DEVICE, /* buffers of a device of the tree, by the DMA API */
};

struct qy_request_spec {
	const char *place; /* "requests[2]", for messages */
	const char *name;
	enum qy_request_kind kind;
	const char *area;   /* CMA: its name; NULL = the default one */
	const char *device; /* DEVICE: what a person calls it */
	bool stream; /* DEVICE: pages of the driver's that are mapped; else coherent */
	uint64_t buffer_pages; /* CMA, DEVICE */
	const char *gfp_text;
	qy_gfp_t gfp;
	uint32_t order; /* BLOCKS */
	bool longterm;  /* PIN: pages leave CMA and ZONE_MOVABLE first */
	uint32_t count; /* blocks, buffers or pages a round */
	uint64_t start_ns, every_ns;
	uint32_t times;   /* rounds; 0 = every_ns until the end */
	uint64_t hold_ns; /* QY_FOREVER = until the end */
	uint32_t cpu;
	enum qy_request_context context;
};

/* Of one block, buffer or pinned page. */
static inline uint64_t qy_request_pages(const struct qy_request_spec *spec)
{
	return spec->kind == QY_REQUEST_CMA || spec->kind == QY_REQUEST_DEVICE
		       ? spec->buffer_pages
		       : 1ull << spec->order;
}

/* "blocks of order 3", "buffers of 6 MiB", "pinned pages", "pages pinned for long". Returns @buf. */
const char *qy_request_what(const struct qy_request_spec *spec, char *buf, size_t size);

/* A process with memory of its own, from its start to its end, or until it is killed. */
struct qy_task_spec {
	const char *place; /* "tasks[2]" */
	const char *name;  /* unique, at most 15 bytes */
	int32_t oom_score_adj;
	uint32_t cpu;
	uint64_t start_ns, stop_ns; /* QY_FOREVER: it lives on */
	uint64_t every_ns;          /* how often it looks what it wants */
	struct qy_curve memory;
	struct qy_share
		reads; /* a second, of what it has; 0: what is written once is not looked at again */
};

/* A file of the board that is written or read through the page cache, from its begin to its end, again and again. */
struct qy_file_spec {
	const char *place; /* "files[1]" */
	const char *name;  /* unique, at most 15 bytes */
	bool write;        /* else it is read */
	bool random;       /* pages are read in no order */
	uint64_t bytes_a_second, file_bytes;
	uint32_t times;    /* how often from begin to end; 0: until it stops */
	uint64_t fsync_ns; /* how often what is written is synced; 0: never */
	uint32_t cpu;
	uint64_t start_ns, stop_ns; /* QY_FOREVER: it goes on */
	uint64_t every_ns;
};

#define QY_MAX_DRIVERS        7
#define QY_MAX_DRIVER_SOURCES 8
#define QY_MAX_DRIVER_USES    32

enum qy_use_kind {
	QY_USE_OPEN,
	QY_USE_CLOSE,
	QY_USE_READ,
	QY_USE_WRITE,
	QY_USE_IOCTL,
	QY_USE_IRQ,
};

/* What a program does with a driver's file, or the hardware does; once or again and again. */
struct qy_use_spec {
	enum qy_use_kind kind;
	const char *word; /* OPEN: the node below /dev; WRITE: the text; else NULL */
	uint64_t
		number; /* READ: bytes; IOCTL: the command; IRQ: the line, 0: of the driver's first device */
	uint64_t arg; /* IOCTL: as it is */
	uint64_t
		bytes; /* IOCTL: instead of it the address of so many, zero at first; 0: none */
	bool any, exact; /* what it returns: anything; just @returns; else no error */
	int64_t returns;
	uint64_t at_ns, every_ns;
	uint32_t times;
};

/* A module, and the program that uses it. */
struct qy_driver_spec {
	const char *place; /* "drivers[1]" */
	const char
		*source[QY_MAX_DRIVER_SOURCES]; /* .c files of one module, or one .qko */
	uint32_t nr_sources;
	const char *params, *kernel; /* NULL: none; 6.12 */
	const char *device; /* made where the tree has none; NULL: what its table wants */
	bool kmemleak;      /* objects that nothing points to are looked for */
	bool hardware;      /* that of other drivers: its requests do not fail */
	uint64_t load_ns, unload_ns; /* QY_FOREVER: at the end */
	struct qy_use_spec use[QY_MAX_DRIVER_USES];
	uint32_t nr_uses;
	const char
		*program[QY_MAX_PROGRAM]; /* steps of lab/program.h, from the load on */
	uint32_t nr_program;
};

enum qy_step_kind {
	QY_STEP_FREE,     /* what a request holds goes back */
	QY_STEP_WRITE,    /* echo VALUE > PATH */
	QY_STEP_SNAPSHOT, /* the board's files at that moment */
};

/* A step of the timeline. A step that is a request stands among the requests. */
struct qy_step_spec {
	enum qy_step_kind kind;
	uint64_t at_ns;
	uint32_t index;           /* in the scenario, for messages */
	uint32_t request;         /* FREE */
	const char *path, *value; /* WRITE */
	const char *name;         /* SNAPSHOT; fit for a file name */
};

enum qy_expect_kind {
	QY_EXPECT_SHARE,   /* at least so much of all blocks asked for */
	QY_EXPECT_EACH,    /* at least so many blocks in every round */
	QY_EXPECT_LOAD,    /* at most so many failed allocations of the load */
	QY_EXPECT_FREE,    /* at least so much memory free at every moment looked at */
	QY_EXPECT_LATENCY, /* so many of all blocks came within a time */
	QY_EXPECT_FRAGMENTATION, /* Linux's fragmentation index, at one moment */
	QY_EXPECT_UNUSABLE,      /* Linux's unusable index, at one moment */
	QY_EXPECT_SURVIVES,      /* the task is not killed */
	QY_EXPECT_KILLED_FIRST,  /* the task is the first that is killed */
	QY_EXPECT_KILLS,         /* at most so many tasks are killed */
	QY_EXPECT_ATOMIC, /* at most so many requests that must not wait were refused */
	QY_EXPECT_TASK_LATENCY, /* so many of the task's pages came within a time */
};

#define QY_AT_END   UINT64_MAX
#define QY_ANY_NODE UINT32_MAX

struct qy_expect_spec {
	enum qy_expect_kind kind;
	uint32_t request;      /* index; SHARE, EACH, LATENCY */
	uint32_t task;         /* index; SURVIVES, KILLED_FIRST, TASK_LATENCY */
	uint32_t millipercent; /* SHARE; LATENCY: how many of the blocks */
	uint64_t
		amount; /* EACH: blocks; LOAD: allocations; FREE: bytes; LATENCY: ns; indexes: thousandths */
	/* The zone of FREE and of the indexes. Several of that name: the worst of them counts. */
	const char *zone; /* NULL: the board (FREE only) */
	uint32_t node;    /* QY_ANY_NODE */
	uint32_t order;   /* indexes */
	uint64_t at_ns;   /* indexes; QY_AT_END */
};

static inline bool qy_expect_of_request(const struct qy_expect_spec *spec)
{
	return spec->kind == QY_EXPECT_SHARE || spec->kind == QY_EXPECT_EACH ||
	       spec->kind == QY_EXPECT_LATENCY;
}

static inline bool qy_expect_of_task(const struct qy_expect_spec *spec)
{
	return spec->kind == QY_EXPECT_SURVIVES || spec->kind == QY_EXPECT_KILLED_FIRST ||
	       spec->kind == QY_EXPECT_TASK_LATENCY;
}

static inline bool qy_expect_is_index(const struct qy_expect_spec *spec)
{
	return spec->kind == QY_EXPECT_FRAGMENTATION || spec->kind == QY_EXPECT_UNUSABLE;
}

struct qy_scenario {
	const char *path; /* as given, for messages */
	const char
		*capture; /* an archive that gives what is not said here; NULL = none */
	struct qy_board_opts board;
	const char *sysctls[QY_MAX_SYSCTLS];
	const char *costs_file; /* NULL: NAME.costs beside the tree, when it is there */
	uint64_t seed;
	uint32_t seeds;       /* how many, from seed on: 1..QY_MAX_SEEDS */
	uint64_t duration_ns; /* 0: until the last load ends */
	bool stand_in_reclaim;
	bool contents; /* frames are stamped, and the host puts memory behind them */
	struct qy_start_spec start;
	struct qy_load_spec load[QY_MAX_LOADS];
	uint32_t nr_loads;
	struct qy_request_spec request[QY_MAX_REQUESTS];
	uint32_t nr_requests;
	struct qy_task_spec task[QY_MAX_TASKS];
	uint32_t nr_tasks;
	struct qy_file_spec file[QY_MAX_FILES];
	uint32_t nr_files;
	struct qy_driver_spec driver[QY_MAX_DRIVERS]; /* in the order of loading */
	uint32_t nr_drivers;
	const volatile sig_atomic_t
		*stop;       /* not 0: nothing is compiled any more; NULL: never */
	uint64_t swap_bytes; /* of the swap file; 0: there is none */
	uint64_t disk_bytes; /* for the files and swap; 0: as much as the host has */
	struct qy_step_spec step[QY_MAX_STEPS]; /* by time */
	uint32_t nr_steps;
	struct qy_expect_spec expect[QY_MAX_EXPECTS];
	uint32_t nr_expects;
	char **strings; /* everything that a pointer above points to */
	size_t nr_strings;
};

/**
 * qy_scenario_load() - read and check a scenario
 * @path: a YAML file of at most 1 MiB
 * @err:  gets one line that names file, place and remedy
 *
 * Context: Any.
 * Return: the scenario, to be given to qy_scenario_free(), or NULL.
 */
struct qy_scenario *qy_scenario_load(const char *path, struct qy_err *err);

/**
 * qy_scenario_of() - what is asked of a captured machine
 * @path:    a scenario, whose own capture, if any, is not used; NULL: the requests that docs/capture.md lists
 * @capture: of `quarry capture`; board, start and load are its own where the scenario has none
 * @err:     as qy_scenario_load()
 *
 * Context: Any.
 * Return: as qy_scenario_load().
 */
struct qy_scenario *qy_scenario_of(
	const char *path, const char *capture, struct qy_err *err);

/**
 * qy_scenario_parse() - the same from text
 * @text: YAML; need not end with a NUL
 * @size: bytes
 * @path: stands in messages, and its directory in front of relative file names
 *
 * Context: Any.
 * Return: as qy_scenario_load().
 */
struct qy_scenario *qy_scenario_parse(
	const char *text, size_t size, const char *path, struct qy_err *err);

void qy_scenario_free(struct qy_scenario *scenario);

/* Has it pages with bytes of their own? Then frames must have contents. */
static inline bool qy_scenario_has_bytes(const struct qy_scenario *s)
{
	return s->nr_tasks || s->nr_files || s->swap_bytes || s->nr_drivers;
}

#endif
