/* SPDX-License-Identifier: MIT */
/*
 * The port for a Linux process: threads are CPUs, or share the host's; RAM is one memfd mapped once, host memory is committed
 * as pageblocks are first handed out.
 */
#ifndef QUARRY_HOSTED_H
#define QUARRY_HOSTED_H

#include <quarry.h>

/* How a thread finds the objects that its CPU has at hand (docs/adr/0013). */
enum qy_hosted_front {
	/* A thread that enters is a CPU of the board, alone: as many threads as the board has CPUs. The default. */
	QY_FRONT_TLS,
	/*
	 * CPUs are the host's (restartable sequences), and any number of threads stands in the machine. qy_enter_cpu() answers
	 * -EOPNOTSUPP: sched_setaffinity() says where a thread is. The board needs a CPU for each that the process may run on;
	 * on another one, objects come from their slabs. Page lists of CPUs take a lock each time. x86-64, glibc 2.35 or later.
	 */
	QY_FRONT_RSEQ,
};

struct qy_hosted_opts {
	void (*log)(void *arg, enum qy_log_level level,
		const char *line); /* NULL: stderr, warnings and worse */
	void *log_arg;
	/* mappings that the process may have before mapped ranges get no more; 0 = 15/16 of vm.max_map_count */
	unsigned int max_mappings;
	/* where the board's files are (quarry/file.h); NULL: in TMPDIR, without a name, and gone with the machine */
	const char *file_directory;
	uint64_t
		disk_bytes; /* that all of them may take, by whole pages; 0: what the host has */
	/*
	 * Under Valgrind, and in a program that is linked with AddressSanitizer, objects are marked: freed ones and what is
	 * behind an object may not be touched. true: they are not.
	 */
	bool unmarked;
	enum qy_hosted_front front;
	/*
	 * kswapd and kcompactd of each node and the flusher are threads of the process, with these names, and work when they
	 * are woken. Under QY_FRONT_TLS each stands, while it works, on a CPU that no thread has entered, and waits while
	 * there is none: the board needs one more than the program takes, or requests do that work in their own time. They end
	 * in qy_hosted_shutdown(). false: the embedder calls their steps (quarry/reclaim.h).
	 */
	bool background_threads;
};

/**
 * qy_hosted_boot() - boot a board in this process
 * @board: must outlive the machine
 * @opts:  may be NULL
 * @why:   receives one line when it fails; may be NULL
 *
 * Context: Any thread; the caller has not entered the machine yet.
 * Return: the machine, or NULL.
 */
struct qy_machine *qy_hosted_boot(const struct qy_board *board,
	const struct qy_hosted_opts *opts, char *why, size_t why_size);

/*
 * Starts the background threads, or ends them at the end of what they are at: to look at a machine that stands still, or
 * before fork(). Context: no thread stands in the machine but the caller. Return: 0; -ENOMEM: the host has no thread more.
 */
int qy_hosted_background(struct qy_machine *m, bool on);

/* Releases RAM and tables. Context: no thread stands in the machine. */
void qy_hosted_shutdown(struct qy_machine *m);

#endif
