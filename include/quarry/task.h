/* SPDX-License-Identifier: MIT */
/*
 * Tasks of a board: processes with memory of their own, which is written and read, moved, and taken back when it runs out.
 *
 *   qy_task_create/exit         a process, and its end
 *   qy_task_map/unmap           anonymous memory of its address space
 *   qy_task_touch               the pages are there
 *   qy_task_write/read          their bytes
 *   qy_task_pin/unpin           a page stays in its frame: for a device
 *   qy_task_info                what /proc/<pid> says of it
 *
 * A page of a task may change its frame at any time (compaction, CMA), and may leave RAM; its bytes stay. So a task is
 * reached through these functions, not through pointers; for plain pointers see quarry/mapped.h.
 *
 * One thread at a time acts for a task; other threads reclaim and move its pages meanwhile. While it does, the thread has
 * the task's name and pid.
 */
#ifndef QUARRY_TASK_H
#define QUARRY_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qy_machine;
struct page;
struct task_struct; /* opaque */

/**
 * qy_task_create() - a process of one thread
 * @comm: its name; 15 bytes are kept
 * @pid:  1..2^22; 0 = the next one after the last that was given
 * @oom_score_adj: -1000..1000
 * @task: receives it
 *
 * Context: Task, may sleep (GFP_KERNEL).
 * Return: 0; -ENOMEM; -EEXIST: the pid is taken; -EINVAL: a number out of range; -EOPNOTSUPP: frames of this machine have
 * no contents.
 */
int qy_task_create(struct qy_machine *m, const char *comm, int pid, int oom_score_adj,
	struct task_struct **task);

/**
 * qy_task_exit() - all memory of the process goes back, and the process is gone
 *
 * Pinned pages go back with their last pin.
 *
 * Context: Task. Nobody else acts for the task.
 */
void qy_task_exit(struct qy_machine *m, struct task_struct *task);

/* The task with that pid, NULL: none. Context: any; it may exit right after unless the caller keeps it from doing so. */
struct task_struct *qy_task_find(struct qy_machine *m, int pid);

/**
 * qy_task_map() - a range of anonymous memory, private to the task; no page is there yet
 * @bytes:   rounded up to whole pages; not 0
 * @flags:   QY_MAP_*
 * @address: receives its begin, a multiple of 4096
 *
 * Context: Task, may sleep.
 * Return: 0; -EINVAL; -ENOMEM: refused by overcommit, no addresses, or no memory.
 */
int qy_task_map(struct qy_machine *m, struct task_struct *task, uint64_t bytes,
	unsigned int flags, uint64_t *address);

enum {
	QY_MAP_NORESERVE = 1 << 0, /* not counted in Committed_AS */
	QY_MAP_LOCKED = 1 << 1,    /* mlock(): never reclaimed, but it may move */
};

/**
 * qy_task_unmap() - [address, address + bytes) is not mapped any more; its pages are free
 *
 * A part that is not mapped is ignored, as munmap() does.
 *
 * Context: Task, may sleep. Return: 0; -EINVAL: not page aligned, or 0 bytes; -ENOMEM: a range would have to be split.
 */
int qy_task_unmap(
	struct qy_machine *m, struct task_struct *task, uint64_t address, uint64_t bytes);

/**
 * qy_task_touch() - what an access to each page of [address, address + bytes) does
 * @write: false: a read. Private memory that was never written reads as zero without a page, as on Linux
 *
 * Context: Task, may sleep: allocates, reclaims, reads.
 * Return: 0; -EFAULT: not mapped; -ENOMEM; -EINTR: the task was killed; -EIO: its page could not be read back. Pages
 * before the failing one have been touched.
 */
int qy_task_touch(struct qy_machine *m, struct task_struct *task, uint64_t address,
	uint64_t bytes, bool write);

/*
 * qy_task_write(), qy_task_read() - bytes into and out of the task's memory, faulting in what is not there
 *
 * Context: as qy_task_touch(). Return: likewise. Pages before the failing one have been written, or read.
 */
int qy_task_write(struct qy_machine *m, struct task_struct *task, uint64_t address,
	const void *from, size_t bytes);
int qy_task_read(struct qy_machine *m, struct task_struct *task, uint64_t address,
	void *to, size_t bytes);

/**
 * qy_task_pin() - the page at @address stays in its frame until qy_task_unpin(); pins nest
 * @page: receives it; its bytes are at qy_page_address() from the page's begin on
 *
 * The page is faulted in for writing. A pinned page is neither moved nor reclaimed.
 *
 * Context: as qy_task_touch(). Return: likewise.
 */
int qy_task_pin(struct qy_machine *m, struct task_struct *task, uint64_t address,
	struct page **page);
/* Also after the task has exited: the frame is free then. Context: any. */
void qy_task_unpin(struct qy_machine *m, struct page *page);

/* -1000..1000; what the OOM killer adds. Context: any. Return: 0, -EINVAL. */
int qy_task_set_oom_score_adj(
	struct qy_machine *m, struct task_struct *task, int oom_score_adj);

/*
 * Whose process it is; 0, root, by default. Reports name him, and only root may use vm.admin_reserve_kbytes. Context: any.
 */
void qy_task_set_uid(struct qy_machine *m, struct task_struct *task, uint32_t uid);

/* A task in numbers; pages unless said otherwise. */
struct qy_task_info {
	int pid;
	char comm[16];
	int oom_score_adj;
	bool killed; /* it has been sent SIGKILL */
	uint64_t total_vm;
	uint64_t rss_anon, rss_file, rss_shmem;
	uint64_t swap_entries;
	uint64_t pgtables_bytes; /* of its page tables, but for the uppermost */
	uint64_t locked_vm;
	uint64_t min_faults, maj_faults;
};

/* Context: any; not an atomic snapshot. */
void qy_task_info(
	struct qy_machine *m, const struct task_struct *task, struct qy_task_info *out);

/* The n-th task, in the order of their creation; NULL past the last. Context: any; as qy_task_find(). */
struct task_struct *qy_task_nth(struct qy_machine *m, unsigned int n);

#endif
