/* SPDX-License-Identifier: MIT */
/*
 * The task room: tasks, their address spaces and pages, files and the page cache, swap. What other rooms may know of it.
 *
 *   for_each_task, qy_mm_rss, qy_mm_pgtables_bytes       what tasks hold
 *   qy_task_kill, qy_task_reap                           for the OOM killer
 *   qy_lru_isolate, qy_lru_putback, qy_page_reclaim      for reclaim
 *   qy_index_reclaim, qy_inode_reclaim                   what shrinkers of this room free
 *   qy_writeback_step, qy_wake_flusher                   dirty pages
 *   qy_swap_total, qy_swap_free                          swap
 *
 * Pages of tasks and of the page cache are of the kind MOVABLE_LRU. Whatever is known of them (page tables, indexes,
 * lists, flags) changes under one lock, task_room->lock; the bytes of a page belong to whoever has its flag PG_locked, which
 * is set and cleared under the lock but outlives it: bytes are copied, read and written without it.
 *
 * Locking: task_room->lock, taken before a slab's or a per-CPU list's lock; never held over an allocation, a port call or
 * a wait.
 */
#ifndef QY_TASK_TASK_H
#define QY_TASK_TASK_H

#include "mm/machine.h"
#include <quarry/file.h>
#include <quarry/task.h>

struct kmem_cache;
struct index_node;

#define MM_ADDRESSES     (1ull << 44) /* an address space ends here */
#define SWAP_CLUSTER_MAX 32u          /* pages that are looked at together */

/* ------------------------------------------------------------------ tasks */

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
	VM_LOCKED = 1 << 1,  /* its pages are never reclaimed */
};

/* A range of an address space. Virtual pages are counted in u32: addresses below 2^44. */
struct vm_area_struct {
	struct vm_area_struct *next; /* by address */
	struct mm_struct *mm;
	u32 start, end;                     /* virtual page numbers */
	u32 flags;                          /* VM_* */
	u32 pgoff;                          /* of a file: the page at start */
	struct address_space *mapping;      /* NULL: anonymous */
	struct vm_area_struct *next_mapped; /* of the same file */
	struct plain_space *space;          /* NULL: not reached by plain pointers */
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
	struct file *files; /* that it has open */
	struct qy_task id;  /* pid, tgid, comm */
	u32 uid;
	u32 flags;         /* TASK_*; atomic */
	s16 oom_score_adj; /* read and written whole */
	s16 oom_score_adj_min;
	u64 min_flt, maj_flt; /* atomic */
	/* qy_task_on_fault() */
	void (*on_fault)(void *arg, void *address, int err);
	void *on_fault_arg;
};

/* ------------------------------------------------------------------ files */

enum {
	AS_TMPFS = 1 << 0, /* no file behind it: its pages go to swap */
};

/* A file's pages: what Linux has as inode and address_space. task_room->lock must be held for all but the name. */
struct address_space {
	struct qy_machine *machine;
	struct address_space *next, *prev; /* all files, by creation */
	struct address_space *dirty_next, *dirty_prev;
	struct vm_area_struct *mapped; /* ranges of address spaces that show it */
	struct index_node *root;
	u32 flags;    /* AS_*, for good */
	bool listed;  /* on the list of files with dirty pages */
	u32 backing;  /* the port's number */
	u32 nr_users; /* open files and ranges */
	u64 bytes;    /* its length; read without the lock */
	u64 nr_pages, nr_shadows;
	u64 nr_dirty;
	u64 dirtied_ns; /* when the first page of those that are dirty now became so */
	u64 committed;  /* pages of tmpfs that are counted in vm_committed */
	/* errseq: the last error of a write, counted, and whether anybody has been told */
	int wb_err;
	u32 wb_seq;
	bool wb_seen;
	char name[QY_FILE_NAME];
};

/* One open file. */
struct file {
	struct address_space *mapping;
	struct task_struct *task; /* NULL: not of a task */
	struct file *next;        /* of the task */
	u32 wb_since;             /* the errors before this one have been told */
	u32 ra_next,
		ra_pages; /* the place after the last read; how many are read at once */
};

/* ------------------------------------------------------------------ the room */

struct lruvec {
	struct {
		u32 head,
			tail; /* frames; NO_FRAME: empty. Their number is the statistic of that name */
	} lists[NR_LRU_LISTS];
	u64 nonresident_age; /* pages that left the inactive list, one way or the other */
	u64 cost[2];         /* of reclaiming anonymous pages, and of the file's */
	u64 refaults[2];     /* WORKINGSET_ACTIVATE_* at the end of the last reclaim */
};

/* The settings of /proc/sys/vm that this room and the pressure room obey. Read and written whole, without a lock. */
struct vm_settings {
	u32 swappiness;         /* 0..200 */
	u32 vfs_cache_pressure; /* percent */
	u32 dirty_background_ratio; /* percent of what can be dirty; bytes count where they are not 0 */
	u32 dirty_ratio;
	u64 dirty_background_bytes, dirty_bytes;
	u32 dirty_expire_centisecs;    /* a page that is dirty for so long is written */
	u32 dirty_writeback_centisecs; /* how often the flusher looks; 0: never by itself */
};

#define MAX_SWAPFILES 8u
struct swap_area {
	char name[QY_FILE_NAME];
	u32 backing;
	s32 prio;
	u32 base, nr_slots; /* slots [base, base + nr_slots); 0: none */
	u32 nr_used, hint;
	bool closing; /* swapoff: no new slots */
	u64 **maps;   /* a bit a slot, in pages of 32768 */
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
	/* The first task or file: reclaim begins to work. Of the room above. */
	void (*start)(struct qy_machine *m);

	struct kmem_cache *task_cache, *mm_cache, *vma_cache, *file_cache, *inode_cache,
		*node_cache;
	struct qy_mutex cache_mutex; /* that they are made, and go */
	u32 nr_users;                /* of the caches; under cache_mutex */

	struct lruvec lruvec[QY_MAX_NODES];
	struct vm_settings vm;

	struct address_space *files, *last_file;
	struct address_space *dirty_first, *dirty_last; /* oldest first */
	u32 nr_files;
	struct index_node *shadow_first, *shadow_last;
	u64 nr_shadow_nodes;
	struct qy_mutex flusher_mutex; /* one thread writes back at a time */
	u64 flushed_ns;                /* when the flusher looked by itself */
	u32 flusher_woken;             /* atomic */

	struct swap_area swap[MAX_SWAPFILES];
	u32 shadow_shift; /* ages of shadows are counted in 2^this pages */
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

/* The caches of the room exist from the first user to the last. Context: task. Return: 0, -ENOMEM. */
int qy_task_get(struct qy_machine *m);
void qy_task_put(struct qy_machine *m);

/* ------------------------------------------------------------------ for reclaim */

/* What a page may be done to. */
struct page_reclaim {
	bool kswapd;
	bool may_swap, may_writepage, may_unmap;
	bool may_io, may_fs; /* of the request */
	bool ignore_references;
	bool node_dirty, node_writeback; /* PGDAT_DIRTY, PGDAT_WRITEBACK */
	/* counted */
	u32 nr_dirty, nr_unqueued_dirty, nr_congested, nr_immediate, nr_writeback,
		nr_pageout, nr_activate, nr_ref_keep;
};

/*
 * Takes up to @nr pages from the cold end of a list, with those of zones above @highest_zone left where they are, at most
 * @nr_scan looked at. Context: any. Return: how many; *nr_scanned: those of zones up to @highest_zone that were looked at.
 */
u32 qy_lru_isolate(struct qy_machine *m, u32 node, enum lru_list lru, u32 nr,
	unsigned int highest_zone, u32 *frames, u32 *nr_scanned);
/*
 * One isolated page of an inactive list: free, or back on a list. Context: task, may call the port.
 * Return: it is free.
 */
bool qy_page_reclaim(struct qy_machine *m, u32 frame, struct page_reclaim *how);
/* Isolated pages of an active list become inactive, but for mapped code. Return: how many became so. */
u32 qy_pages_deactivate(struct qy_machine *m, const u32 *frames, u32 nr);
/* What reclaiming has cost: writes, and pages that were looked at in vain. task_room->lock must be held. */
void qy_lru_note_cost(
	struct qy_machine *m, u32 node, bool file, u64 nr_io, u64 nr_rotated);
/* Pages of a list in zones up to @highest_zone. Context: any. */
u64 qy_lru_size(const struct qy_machine *m, u32 node, enum lru_list lru,
	unsigned int highest_zone);

/* Clean pages that nobody maps leave the page cache. Context: task. Return: pages. */
u64 qy_drop_pagecache(struct qy_machine *m);
/* Nodes of indexes that hold shadows alone: how many there are, and free up to @nr. Context: task. Return: freed. */
u64 qy_index_reclaim(struct qy_machine *m, u64 nr);
/* Files that nobody has open and that have no page. Context: task. Return: freed. */
u64 qy_inode_reclaim(struct qy_machine *m, u64 nr);
u64 qy_inode_count(struct qy_machine *m);

/* ------------------------------------------------------------------ dirty pages and swap */

/* Pages that may be dirty: in the background, and before who writes has to wait. Context: any. */
struct dirty_limits {
	u64 background, dirty;
};
struct dirty_limits qy_dirty_limits(const struct qy_machine *m);
/* The flusher is to write, however few are dirty. Context: any. */
void qy_wake_flusher(struct qy_machine *m);

static inline u64 qy_swap_total(const struct qy_machine *m)
{
	return READ_ONCE(m->total_swap_pages);
}

static inline u64 qy_swap_free(const struct qy_machine *m)
{
	return qy_swap_total(m) - READ_ONCE(m->used_swap_pages);
}

#endif
