/* SPDX-License-Identifier: MIT */
/*
 * The task room: tasks, their address spaces and pages, the LRU lists. What other rooms may know of it.
 *
 *   for_each_task                    all tasks, in the order of their creation
 *   qy_mm_rss, qy_mm_badness_pages   what a task holds
 *   qy_task_kill, qy_task_reap       for the OOM killer
 *
 * Pages of tasks are of the kind MOVABLE_LRU. Whatever is known of them (page tables, lists, flags) changes under one
 * lock, task_room->lock; the bytes of a page belong to whoever has its flag PG_locked, which is set and cleared under the
 * lock but outlives it: bytes are copied, read and written without it.
 *
 * Locking: task_room->lock, taken before a per-CPU list's lock; never held over an allocation, a port call or a wait.
 */
#ifndef QY_TASK_TASK_H
#define QY_TASK_TASK_H

#include "mm/machine.h"
#include <quarry/task.h>

struct kmem_cache;

#define MM_ADDRESSES (1ull << 44) /* an address space ends here */

/* Linux's order of the counters of an address space. */
enum rss_kind {
	MM_FILEPAGES,
	MM_ANONPAGES,
	MM_SWAPENTS,
	MM_SHMEMPAGES,
	NR_MM_COUNTERS,
};

enum {
	VM_ACCOUNT = 1 << 0, /* counted in vm_committed */
};

/* A range of an address space. Virtual pages are counted in u32: addresses below 2^44. */
struct vm_area_struct {
	struct vm_area_struct *next; /* by address */
	struct mm_struct *mm;
	u32 start, end; /* virtual page numbers */
	u32 flags;      /* VM_* */
};

enum {
	MMF_OOM_SKIP =
		1
		<< 0, /* the OOM killer looks for another one: this one is reaped, or cannot be */
};

/* task_room->lock must be held to change anything, and to follow pointers. */
struct mm_struct {
	struct task_struct *task;
	struct vm_area_struct *mmap;           /* by address */
	u32 pgd;                               /* frame of the uppermost page table */
	u32 flags;                             /* MMF_*; atomic */
	u64 rss[NR_MM_COUNTERS];               /* pages */
	u64 nr_tables;                         /* page tables, but for the uppermost */
	u64 total_vm, locked_vm, committed_vm; /* pages */
};

enum {
	TASK_KILLED = 1 << 0,     /* it was sent SIGKILL: its doors answer -EINTR */
	TASK_EXITING = 1 << 1,    /* it gives its memory back */
	TASK_OOM_VICTIM = 1 << 2, /* may use the reserves of a victim */
	TASK_REAPED_NOW = 1 << 3, /* the reaper is at it: its end waits */
};

struct task_struct {
	struct task_struct *next, *prev; /* by creation */
	struct qy_machine *machine;
	struct mm_struct *mm;
	struct qy_task id; /* pid, tgid, comm */
	u32 uid;
	u32 flags;         /* TASK_*; atomic */
	s16 oom_score_adj; /* read and written whole */
	s16 oom_score_adj_min;
	u64 min_flt, maj_flt;
};

struct lruvec {
	struct {
		u32 head,
			tail; /* frames; NO_FRAME: empty. Their number is the statistic of that name */
	} lists[NR_LRU_LISTS];
};

struct task_room {
	struct qy_spinlock lock;
	struct task_struct *first, *last;
	u32 nr_tasks;
	bool had_tasks; /* since boot: the machine has an OOM killer */
	s32 last_pid;
	s64 vm_committed; /* pages that tasks may come to need: Committed_AS */
	/* What overcommit says of @nr_pages more; of the room above, NULL: yes. Return: 0, -ENOMEM. */
	int (*enough_memory)(
		struct qy_machine *m, const struct mm_struct *mm, u64 nr_pages);
	struct kmem_cache *task_cache, *mm_cache, *vma_cache;
	struct qy_mutex cache_mutex; /* that they are made, and go */
	u32 nr_users;                /* of the caches; under cache_mutex */
	struct lruvec lruvec[QY_MAX_NODES];
};

static inline void qy_task_lock(const struct qy_machine *m)
{
	qy_spin_lock_irqsave(&m->task_room->lock);
}

static inline void qy_task_unlock(const struct qy_machine *m)
{
	qy_spin_unlock_irqrestore(&m->task_room->lock);
}

/* task_room->lock must be held. */
#define for_each_task(m, task) \
	for (struct task_struct *task = (m)->task_room->first; task; task = task->next)

/* Resident pages: file, anonymous, shmem. */
static inline u64 qy_mm_rss(const struct mm_struct *mm)
{
	return READ_ONCE(mm->rss[MM_FILEPAGES]) + READ_ONCE(mm->rss[MM_ANONPAGES]) +
	       READ_ONCE(mm->rss[MM_SHMEMPAGES]);
}

/* Page tables count but for the uppermost, as on Linux. */
static inline u64 qy_mm_pgtables_bytes(const struct mm_struct *mm)
{
	return READ_ONCE(mm->nr_tables) << QY_PAGE_SHIFT;
}

/* It is sent SIGKILL: from its next page on, whatever it does ends with -EINTR. Context: any. */
void qy_task_kill(struct task_struct *task);

/*
 * Gives back the anonymous pages of a task that was killed, whoever acts for it, and says that there is no more to be had
 * of it. Its page tables stay until it exits.
 * Context: task, may sleep. Return: false: there is no such task any more, or it is exiting by itself.
 */
bool qy_task_reap(struct qy_machine *m, int pid);

/* The room of a machine that boots; its size is known to machine.c by this type. */
void qy_task_boot(struct qy_machine *m);
bool qy_task_validate(struct qy_machine *m, char *why, size_t why_size);

#endif
