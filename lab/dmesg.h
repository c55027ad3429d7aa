/* SPDX-License-Identifier: MIT */
/*
 * Reads the reports of a kernel log that say memory was short, as kernels 5.x and 6.x print them: page allocation
 * failures, the OOM killer's (of the machine, or of a memory cgroup), failed CMA allocations.
 *
 *   qy_dmesg_parse()   from text: every report in it, and what else of the memory manager stands there
 *   qy_dmesg_free()
 *
 * In front of a line may stand what a console, dmesg -T, journald or syslog puts there; lines may be cut or missing.
 * What the log does not say is marked as not said, never guessed: each number of a zone has a flag that says it was
 * read whole.
 *
 * Invariants: nr_zones <= QY_DMESG_MAX_ZONES; order < QY_DMESG_MAX_ORDERS; every amount is below 2^42 kB, so that
 * sums and products of a few of them fit 64 bits; page_kb is a power of two; comm and release are printable.
 *
 * No state.
 */
#ifndef LAB_DMESG_H
#define LAB_DMESG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>
#include "lab/error.h"

#define QY_DMESG_MAX_ZONES   64
#define QY_DMESG_MAX_KINDS   8  /* columns of lowmem_reserve[] */
#define QY_DMESG_MAX_ORDERS  16 /* kernels with 64 KiB pages print 14 */
#define QY_DMESG_MAX_REPORTS 256

/* What a zone line says, in kB. */
enum qy_dmesg_amount {
	QY_DMESG_FREE,
	QY_DMESG_BOOST,
	QY_DMESG_MIN, /* boost included, as printed */
	QY_DMESG_LOW,
	QY_DMESG_HIGH,
	QY_DMESG_RESERVED_HIGHATOMIC,
	QY_DMESG_FREE_HIGHATOMIC, /* since 6.13 or so: what counts instead of the reserved */
	QY_DMESG_ACTIVE_FILE,
	QY_DMESG_INACTIVE_FILE,
	QY_DMESG_PRESENT,
	QY_DMESG_MANAGED,
	QY_DMESG_FREE_PCP,
	QY_DMESG_LOCAL_PCP,
	QY_DMESG_FREE_CMA,
	QY_DMESG_NR_AMOUNTS,
};

struct qy_dmesg_zone {
	char name[8]; /* DMA, DMA32, Normal, HighMem, Movable, Device */
	uint32_t node;
	uint32_t said; /* bit: enum qy_dmesg_amount */
	uint64_t kb[QY_DMESG_NR_AMOUNTS];
	uint32_t nr_reserve; /* columns of lowmem_reserve[]; 0 = no such line */
	uint64_t reserve_pages[QY_DMESG_MAX_KINDS];
	uint32_t nr_orders; /* read whole from its order line; 0 = no such line */
	uint64_t blocks[QY_DMESG_MAX_ORDERS];
	uint8_t letters[QY_DMESG_MAX_ORDERS]; /* bit: U M E H C I */
};

/* Totals of a report, in pages unless they say kb. */
enum qy_dmesg_total {
	QY_DMESG_PAGES_RAM,
	QY_DMESG_PAGES_RESERVED,
	QY_DMESG_PAGES_HIGH_MOVABLE,
	QY_DMESG_PAGES_CMA,
	QY_DMESG_FREE_SWAP_KB,
	QY_DMESG_NR_TOTALS,
};

enum qy_dmesg_kind {
	QY_DMESG_FAILURE, /* "page allocation failure" */
	QY_DMESG_OOM,     /* "invoked oom-killer" */
	QY_DMESG_CMA,     /* "cma_alloc: ... alloc failed" */
};

/* What only the OOM killer's report has. */
struct qy_dmesg_oom {
	bool has_limit; /* a memory cgroup's: no zone was short */
	uint64_t usage_kb, limit_kb;
	char group[128]; /* whose limit it was; empty when not said */
	bool has_victim;
	char victim[64];
	uint64_t victim_pid, victim_kb; /* anon + file + shmem */
};

/* What only a failed CMA allocation has; pages. */
struct qy_dmesg_cma {
	char area[64];
	uint64_t requested;
	unsigned int error; /* errno, 0 = not said */
	bool has_free;      /* the line of free runs was read to its end */
	uint64_t free, total, largest_run;
};

struct qy_dmesg_report {
	enum qy_dmesg_kind kind;
	unsigned int line;         /* of the log, from 1 */
	char comm[64];             /* who asked */
	char release[64];          /* of the kernel; empty when not said */
	unsigned int major, minor; /* of the release; 0 when not said */
	unsigned int order;
	bool has_mode, has_names;
	uint64_t mode;  /* as printed */
	qy_gfp_t named; /* 6.12's bits of the names that are known */
	bool named_atomic; /* the names say GFP_ATOMIC or __GFP_ATOMIC: a bit of its own until 6.2 */
	char flags[256];       /* the names as printed */
	char unknown[64];      /* the first name that is not known */
	bool has_nodes;        /* a nodemask limits the request */
	uint64_t nodes;        /* of nodemask, bit per node */
	uint64_t cpuset_nodes; /* of mems_allowed, bit per node; 0 = not said */
	bool in_interrupt;     /* the trace has <IRQ> */
	unsigned int page_kb;
	bool has_node_prefix;
	struct qy_dmesg_zone zone[QY_DMESG_MAX_ZONES];
	uint32_t nr_zones;
	uint32_t totals_said; /* bit: enum qy_dmesg_total */
	uint64_t total[QY_DMESG_NR_TOTALS];
	struct qy_dmesg_oom oom;
	struct qy_dmesg_cma cma;
};

/* What is recognised and not explained. */
enum qy_dmesg_other {
	QY_DMESG_VMALLOC,
	QY_DMESG_STALL,
	QY_DMESG_NR_OTHERS,
};

struct qy_dmesg {
	struct qy_dmesg_report *report;
	uint32_t nr_reports;
	uint32_t nr_left_out; /* behind the first QY_DMESG_MAX_REPORTS */
	uint32_t others[QY_DMESG_NR_OTHERS];
	unsigned int other_line[QY_DMESG_NR_OTHERS]; /* of the first */
};

/**
 * qy_dmesg_parse() - find every report in a log
 * @text: the log; need not end with a NUL, may hold any byte
 * @size: bytes
 * @log:  filled in; to be given to qy_dmesg_free() in any case
 * @err:  the host has no memory
 *
 * A log without a report is no error here: nr_reports is 0.
 *
 * Context: Any.
 * Return: 0, or -1 with @err.
 */
int qy_dmesg_parse(
	const char *text, size_t size, struct qy_dmesg *log, struct qy_err *err);

void qy_dmesg_free(struct qy_dmesg *log);

/* "2 vmalloc failures (the first in line 7)" of what is recognised but not explained; empty when there is none. */
const char *qy_dmesg_others_text(const struct qy_dmesg *log, char *buf, size_t size);

static inline bool qy_dmesg_said(const struct qy_dmesg_zone *z, enum qy_dmesg_amount what)
{
	return z->said >> what & 1;
}

#endif
