/* SPDX-License-Identifier: MIT */
/*
 * Tasks of a board: processes with memory of their own, which is written and read, moved, and taken back when it runs out.
 *
 *   qy_task_create/exit         a process, and its end
 *   qy_task_map/unmap           anonymous memory of its address space
 *   qy_task_touch               the pages are there
 *   qy_task_write/read          their bytes
 *   qy_task_pin/unpin           a page stays in its frame: for a device
 *   qy_task_pointer             memory that is reached by plain pointers, too
 *   qy_task_info                what /proc/<pid> says of it
 *
 * A page of a task may change its frame at any time (compaction, CMA), and may leave RAM; its bytes stay. So a task is
 * reached through these functions. A range that is mapped with QY_MAP_PLAIN has a plain address beside: a page that is not there,
 * or that is just being moved or written to swap, comes (back) when the pointer is used. (For memory of the embedder's own
 * with plain pointers, that moves but is never reclaimed, see quarry/mapped.h.)
 *
 * Several threads may access a task's memory at a time; it is mapped, unmapped and ended by one of them while the others
 * are not at it. Others reclaim and move its pages meanwhile. While it acts for a task a thread has its name and pid.
 */
#ifndef QUARRY_TASK_H
#define QUARRY_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct qy_machine;
struct page;
struct task_struct; /* opaque */
struct plain_space; /* opaque: of a range with plain pointers */

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
 * Return: 0; -EINVAL; -ENOMEM: refused by overcommit, no addresses, or no memory; with QY_MAP_PLAIN: -EOPNOTSUPP: the port
 * has no such addresses (sim); -ENOSPC: the host has no mappings for so many pages.
 */
int qy_task_map(struct qy_machine *m, struct task_struct *task, uint64_t bytes,
	unsigned int flags, uint64_t *address);

enum {
	QY_MAP_NORESERVE = 1 << 0, /* not counted in Committed_AS */
	QY_MAP_LOCKED = 1 << 1,    /* mlock(): never reclaimed, but it may move */
	QY_MAP_PLAIN = 1 << 2, /* reached by plain pointers as well: qy_task_pointer() */
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

/**
 * qy_task_pointer() - where the byte at @address is for this process; NULL: not of a range of QY_MAP_PLAIN
 *
 * Good for as long as the range is mapped. Any thread may use it that stands in the machine, or in none: then it becomes a
 * CPU for as long as the page takes to come. An access that finds no page counts as a write, as the host does not say at which
 * others it was only read: so a page that was never written is there after a read, and the copy in swap of a page is gone.
 *
 * Not to be used in a signal handler, nor as the buffer of a function of Quarry or of a system call, which would answer
 * EFAULT where a page is not there: qy_task_pin() first.
 *
 * Context: any.
 */
void *qy_task_pointer(
	struct qy_machine *m, const struct task_struct *task, uint64_t address);

/*
 * What is called in a thread that has used a plain address whose page cannot come: -EINTR: the task was killed; -ENOMEM; -EIO: it
 * could not be read back. It may leave by siglongjmp(). When it returns, and if there is none, the fault is the program's
 * own, a SIGSEGV. Context: task; nobody accesses the memory of the task.
 */
void qy_task_on_fault(struct qy_machine *m, struct task_struct *task,
	void (*fn)(void *arg, void *address, int err), void *arg);

/*
 * For ports: an access to @offset of a space that fault_space() was asked for has found no page. Context: a thread that stands
 * in the machine or in none, in a handler of its own fault; may sleep. Return: 0: try again; else it is the program's own.
 */
int qy_task_fault(struct qy_machine *m, struct plain_space *space, size_t offset);

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
