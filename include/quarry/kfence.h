/* SPDX-License-Identifier: MIT */
/*
 * KFENCE: some objects lie on a page of their own between pages that the MMU protects, so that a wrong access faults at the
 * instruction that makes it, whatever it was compiled with.
 *
 *   struct qy_board_kfence (board.h)   how often, how many; kfence.* of a command line
 *   qy_kfence_fault                    the port's, on a fault
 *   qy_kfence_stats, _object           what the files of /sys/kernel/debug/kfence show
 *   qy_kfence_set_stacks               who can name the functions of a stack
 *
 * Once in each sample interval the next request for an object, at whatever door, is served from the pool:
 *
 *   pool page   0      1      2         3      4         5
 *               guard  guard  object 0  guard  object 1  guard ...
 *
 * The object lies at the left or the right end of its page; every other byte of the page has a pattern that is checked at its
 * free. A freed page is protected until it is used again, oldest first. Reports are in the kernel's words.
 *
 * The port has an entry `guard`; without one there is no KFENCE, which is logged.
 */
#ifndef QUARRY_KFENCE_H
#define QUARRY_KFENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_machine;

#define QY_KFENCE_FRAMES 24

/* Is it an address of the pool? Context: any. */
bool qy_is_kfence_address(const struct qy_machine *m, const void *p);
/* Its begin and bytes; NULL: there is none. Context: any. */
char *qy_kfence_pool(const struct qy_machine *m, size_t *bytes);

/**
 * qy_kfence_fault() - somebody has touched a protected page
 * @address: of the access
 * @write:   1, 0; -1: the host does not say
 * @pc:      the instruction that did it; NULL: not known
 *
 * What was wrong is reported, and the page may be touched from now on, so that the access can be made again.
 *
 * Context: The thread that did it, in the handler of the fault; it holds no lock of the machine.
 * Return: true: make it again; false: not an address of the pool.
 */
bool qy_kfence_fault(
	struct qy_machine *m, const void *address, int write, const void *pc);

/* 0: nothing is sampled. Return of the second: 0; -EINVAL: the board was booted without a pool, or too large. Context: any. */
uint64_t qy_kfence_interval_ms(const struct qy_machine *m);
int qy_kfence_set_interval(struct qy_machine *m, uint64_t ms);

/* Context: any. All 0 where it is off. */
struct qy_kfence_stats {
	bool enabled;
	uint64_t allocated, allocations, frees, zombies, bugs;
	uint64_t skipped_incompatible, skipped_capacity, skipped_covered;
};
void qy_kfence_stats(const struct qy_machine *m, struct qy_kfence_stats *stats);

/* Who did something to an object, and when. */
struct qy_kfence_track {
	int32_t pid;
	uint32_t cpu;
	uint64_t when_ns;
	const struct qy_site *site; /* of quarry/owner.h; NULL: not told */
	uint32_t nr_frames;
	void *frames[QY_KFENCE_FRAMES];
};

enum qy_kfence_state {
	QY_KFENCE_UNUSED,
	QY_KFENCE_ALLOCATED,
	QY_KFENCE_WAITING, /* freed; its cache promises that it stays for a grace period */
	QY_KFENCE_FREED,
};

struct qy_kfence_object {
	enum qy_kfence_state state;
	const char *address;
	uint32_t size;     /* as it was asked for */
	const char *cache; /* "<destroyed>" */
	struct qy_kfence_track alloc, free;
};
/* The n-th place of the pool. Return: false behind the last. Context: any; for a quiet machine. */
bool qy_kfence_object(
	const struct qy_machine *m, unsigned int n, struct qy_kfence_object *object);

/* The lines of a track, as they stand in a report. Context: any. */
void qy_kfence_tell(const struct qy_machine *m, const struct qy_kfence_track *track,
	void (*line)(void *to, const char *text), void *to);

/*
 * Stacks, of who can tell them. NULL entries are not allowed; NULL for the whole: reports name the line that was told by
 * qy_set_site(), if any. Copied. Context: any.
 */
struct qy_kfence_stacks {
	void *arg;
	/* Who runs, nearest first; from @pc on, if that is not NULL. Return: how many. */
	unsigned int (*take)(void *arg, const void *pc, void **frames, unsigned int max);
	/* "isp_probe+0x1c/0x80 [isp]": the first that says something. */
	void (*place)(
		void *arg, void *const *frames, unsigned int nr, char *text, size_t size);
	/* @line is called for each, nearest first: "isp_probe+0x1c/0x80 [isp] (isp.c:42)". */
	void (*tell)(void *arg, void *const *frames, unsigned int nr,
		void (*line)(void *to, const char *text), void *to);
	/* Between the parts of a report: "CPU: 0 UID: 0 PID: ..." */
	void (*print_task)(void *arg);
};
void qy_kfence_set_stacks(struct qy_machine *m, const struct qy_kfence_stacks *stacks);

#ifdef __cplusplus
}
#endif

#endif
