/* SPDX-License-Identifier: MIT */
/*
 * The cold half of a port: what the core asks of the place it runs in, as a table.
 *
 * Every entry costs microseconds anyway, so that ports/sim can count the calls and fail the n-th one. The hot half
 * (which CPU am I, spin wait) is inlines in ports/<port>/hot.h. An entry that can fail returns 0 or -errno and
 * then has changed nothing.
 */
#ifndef QUARRY_PORT_H
#define QUARRY_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plain_space; /* the core's own */

/* printk levels, as in Linux */
enum qy_log_level {
	QY_LOG_EMERG,
	QY_LOG_ALERT,
	QY_LOG_CRIT,
	QY_LOG_ERR,
	QY_LOG_WARNING,
	QY_LOG_NOTICE,
	QY_LOG_INFO,
	QY_LOG_DEBUG,
};

/* Who runs, as reports and page_owner name him. */
struct qy_task {
	int32_t pid, tgid;
	char comm[16]; /* NUL-terminated, filled up with zeros */
};

/* What a tool that watches memory is told about a range. */
enum qy_mark {
	QY_MARK_NOACCESS,  /* nobody's: to touch it is a mistake */
	QY_MARK_UNDEFINED, /* somebody's, without content yet */
	QY_MARK_DEFINED,   /* somebody's, with what is in it */
};

/* The board's background threads. */
enum qy_daemon {
	QY_KSWAPD,    /* one a node */
	QY_KCOMPACTD, /* one a node */
	QY_FLUSHER,   /* node 0 */
};

struct qy_port {
	const char *name;
	void *ctx; /* first argument of every entry */

	/*
	 * Puts memory behind window bytes [offset, offset + bytes) so that a later access cannot fail.
	 * pre:  multiples of 2 MiB (the last call may end at the end of RAM); may be committed already.
	 * post: the bytes are readable and writable; fresh bytes are zero. May be called under zone->lock.
	 */
	int (*commit)(void *ctx, size_t offset, size_t bytes);
	/*
	 * Nobody may touch window bytes [offset, offset + bytes) any more, or everybody may again. pre: committed; multiples of
	 * 4 KiB. post, @on: an access calls qy_kfence_fault(), and is made again if that answers true. -ENOSPC: the host has no
	 * more mappings. NULL: the port cannot.
	 */
	int (*guard)(void *ctx, size_t offset, size_t bytes, bool on);
	/* Gives the memory back; the content is lost. pre: multiples of 4 KiB; nobody needs a byte of them. Under zone->lock. */
	int (*decommit)(void *ctx, size_t offset, size_t bytes);

	/*
	 * Second addresses for frames, so that a program keeps a plain pointer to bytes that change their frame. All of them
	 * NULL: the port has none. @address lies in a space, offset is one of the window; all are multiples of 4 KiB.
	 * Called without locks; on one space by several threads at once, for bytes that differ. -ENOMEM: the host has no
	 * addresses; -ENOSPC: it has no more mappings.
	 *
	 * space    post: *address is the begin of @bytes that can be given to map(); an access to them ends the program.
	 */
	int (*space)(void *ctx, size_t bytes, void **address);
	/*
	 * map      pre: nothing is mapped at [address, address + bytes); window bytes [offset, offset + bytes) are committed.
	 *          post: both are the same memory, readable and writable.
	 */
	int (*map)(void *ctx, void *address, size_t offset, size_t bytes);
	/*
	 * protect  pre: mapped, and not protected. post: every write that was done is seen in the window; a write to come
	 *          waits until remap() or unprotect(); reads go on.
	 */
	int (*protect)(void *ctx, void *address, size_t bytes);
	/*
	 * remap    pre: the begin of what is protected of one protect(). post: as after map(); no access saw anything but
	 *          the old or the new bytes; waiting writes go on.
	 */
	int (*remap)(void *ctx, void *address, size_t offset, size_t bytes);
	/* unprotect pre: all that is still protected of one protect(). post: as before it. Cannot fail. */
	void (*unprotect)(void *ctx, void *address, size_t bytes);
	/* unmap    pre: a whole space, nothing protected. post: the addresses are the host's again. */
	int (*unmap)(void *ctx, void *address, size_t bytes);

	/*
	 * Plain addresses of a task's memory (QY_MAP_PLAIN), given back by unmap(); all three NULL: the port has none. Called
	 * without locks, by several threads at once for bytes that differ; all are multiples of 4 KiB.
	 *
	 * fault_space  post: *address is the begin of @bytes that can be given to show(). An access to what is not shown calls
	 *              qy_task_fault() with @space, in the thread that makes it, and is made again if that answers 0; else
	 *              it is a fault of the program. -ENOMEM: no addresses; -ENOSPC: no mappings for so many pages.
	 * show         pre: window bytes [offset, offset + bytes) are committed. post: both are the same memory, whatever was
	 *              there before. -ENOSPC: the program has taken mappings that are not its.
	 * hide         pre: of such a space. post: nothing is mapped at [address, address + bytes), and every write that was
	 *              done is seen in the window. -ENOSPC: the host would have to split a mapping and cannot; not of a
	 *              whole space.
	 */
	int (*fault_space)(
		void *ctx, size_t bytes, struct plain_space *space, void **address);
	int (*show)(void *ctx, void *address, size_t offset, size_t bytes);
	int (*hide)(void *ctx, void *address, size_t bytes);

	/*
	 * Addresses for vmalloc. All three NULL: the port has none. An access to what is not mapped there, or a write to what
	 * is mapped without @write, ends the program, after qy_vmalloc_fault(). Called without locks, by several threads at once
	 * for bytes that differ; multiples of 4 KiB.
	 *
	 * vm_space  asked for once. post: *address is the begin of @bytes, nothing is mapped there; they are the port's to give
	 *           back when the machine is gone. -ENOMEM: the host has no addresses; -ENOSPC: no mappings.
	 * vm_map    pre: window bytes [offset, offset + bytes) are committed. post: [address, address + bytes) is the same memory,
	 *           readable, writable with @write. -ENOSPC: the host has no more mappings.
	 * vm_unmap  post: nothing is mapped at [address, address + bytes), whatever was. -ENOSPC: the host would have to split a
	 *           mapping and cannot.
	 */
	int (*vm_space)(void *ctx, size_t bytes, void **address);
	int (*vm_map)(void *ctx, void *address, size_t offset, size_t bytes, bool write);
	int (*vm_unmap)(void *ctx, void *address, size_t bytes);

	/*
	 * Backing files, of the page cache and of swap; all of them NULL: the port has none. @file is a number that
	 * file_open() gave. Memory is in the window, all else is a multiple of 4 KiB. Called without locks, by several threads
	 * at once for pages that differ.
	 *
	 * file_open    post: the file of that name, made if there is none; it reads as zero where it was never written.
	 *              @bytes: how long it is meant to be, a hint. -ENOMEM, or what the host says.
	 */
	int (*file_open)(void *ctx, const char *name, uint64_t bytes, uint32_t *file);
	/* post: @to has the bytes; behind the end of the file they are 0. -EIO. */
	int (*file_read)(
		void *ctx, uint32_t file, uint64_t offset, void *to, size_t bytes);
	/* post: a read to come has the bytes. -ENOSPC: the disk is full, -EIO; then any of the bytes may be there. */
	int (*file_write)(void *ctx, uint32_t file, uint64_t offset, const void *from,
		size_t bytes);
	/* post: the file and its bytes are gone; the number may be given again. */
	void (*file_forget)(void *ctx, uint32_t file);

	/*
	 * Makes every other CPU pass a full memory barrier before it returns (membarrier, an IPI).
	 * NULL: the port cannot; per-CPU lists then take a real lock on every operation.
	 */
	void (*barrier_heavy)(void *ctx);

	/*
	 * NULL: a thread that enters is a CPU of the board, alone. Else threads share the CPUs, and this answers what hot.h
	 * asks which one the calling thread is on; called by each thread that enters.
	 */
	void *(*host_cpu)(void *ctx);

	/* Frames are handed out but never read or written, by the core either: there is no memory behind them. */
	bool no_contents;
	/* What tasks write is kept nowhere: their anonymous pages are not even cleared, and read as zeros. Files have their bytes. */
	bool blank_tasks;

	/*
	 * Asks for one call of qy_slab_grace_period() after every reader that is inside now has left. NULL: the embedder
	 * calls it when it knows. Called from any context.
	 */
	void (*grace_period)(void *ctx);

	/*
	 * Waits a little for other CPUs. Return: false when nothing else runs, so that waiting is for ever.
	 */
	bool (*relax)(void *ctx);

	/*
	 * One of the board's background threads has something to do: its step (quarry/reclaim.h) is to be called soon, by
	 * somebody else. NULL: whoever drives the board calls the steps without being told. Called from any context.
	 */
	void (*wake)(void *ctx, enum qy_daemon daemon, unsigned int node);

	/*
	 * Fills in who the calling thread is, for a thread that enters a machine. NULL: the idle task of its CPU.
	 */
	void (*task)(void *ctx, struct qy_task *task);

	/*
	 * Tells a sanitizer about objects and what is between them; NULL: there is none. With one, each object comes from its
	 * slab and goes back to it at once, so that its bytes are marked whenever nobody has it.
	 */
	void (*mark)(void *ctx, const void *p, size_t bytes, enum qy_mark how);

	uint64_t (*clock_ns)(void *ctx); /* monotonic since boot */
	void (*log)(void *ctx, enum qy_log_level level,
		const char *line); /* one line, without newline */
	void (*panic)(void *ctx, const char *line) __attribute__((noreturn));
};

#endif
