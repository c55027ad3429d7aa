/* SPDX-License-Identifier: MIT */
/*
 * Pressure stall information: how long tasks have waited for memory.
 *
 *   qy_psi_memstall_enter/leave   the thread waits for memory: reclaims, compacts, reads back what had to go
 *   qy_psi_read                   the figures of /proc/pressure/memory
 *
 * some: at least one thread waits; full: every thread that is in the machine for a task does, so nobody gets on. A machine
 * under sim plays one thread at a time, so both are the same there.
 *
 * Locking: a lock of its own, innermost.
 */
#ifndef QY_PAGE_PSI_H
#define QY_PAGE_PSI_H

#include "mm/base/lock.h"
#include "mm/base/types.h"

struct qy_machine;

enum psi_state {
	PSI_SOME,
	PSI_FULL,
	NR_PSI_STATES,
};

#define NR_PSI_AVGS 3 /* over 10, 60, 300 s */

struct psi {
	struct qy_spinlock lock;
	u32 nr_stalled, nr_acting; /* threads */
	u64 changed_ns;            /* up to here the totals are true */
	u64 total_ns[NR_PSI_STATES];
	u64 averaged_ns; /* up to here the averages are */
	u64 averaged_total[NR_PSI_STATES];
	u64 avg[NR_PSI_STATES][NR_PSI_AVGS]; /* percent, 11 bits behind the point */
};

/* Return: what leave() wants; a wait within a wait counts once. Context: any. */
u32 qy_psi_memstall_enter(struct qy_machine *m);
void qy_psi_memstall_leave(struct qy_machine *m, u32 flags);
/* The thread begins to act for a task, or ends. Context: any. */
void qy_psi_acting(struct qy_machine *m, bool begins);

struct psi_figures {
	u64 avg[NR_PSI_STATES][NR_PSI_AVGS]; /* hundredths of a percent */
	u64 total_us[NR_PSI_STATES];
};
void qy_psi_read(struct qy_machine *m, struct psi_figures *out);

#endif
