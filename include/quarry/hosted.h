/* SPDX-License-Identifier: MIT */
/*
 * The port for a Linux process: threads are CPUs, RAM is one memfd mapped once, host memory is committed as
 * pageblocks are first handed out.
 */
#ifndef QUARRY_HOSTED_H
#define QUARRY_HOSTED_H

#include <quarry.h>

struct qy_hosted_opts {
	void (*log)(void *arg, enum qy_log_level level,
		const char *line); /* NULL: stderr, warnings and worse */
	void *log_arg;
	/* mappings that the process may have before mapped ranges get no more; 0 = 15/16 of vm.max_map_count */
	unsigned int max_mappings;
	/*
	 * Under Valgrind, and in a program that is linked with AddressSanitizer, objects are marked: freed ones and what is
	 * behind an object may not be touched. true: they are not.
	 */
	bool unmarked;
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

/* Releases RAM and tables. Context: no thread stands in the machine. */
void qy_hosted_shutdown(struct qy_machine *m);

#endif
