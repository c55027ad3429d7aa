/* SPDX-License-Identifier: MIT */
/*
 * Owns captures: the archive that the script of `quarry capture` made on a target, as a board, a start state and a load.
 *
 *   qy_capture_load()      read the archive and check that it is one
 *   qy_capture_board()     the board that it describes
 *   qy_capture_snapshot()  the state of its memory when the trace began
 *   qy_capture_free()
 *
 * docs/capture.md lists the entries. They are read into memory, nothing is unpacked to disk.
 *
 * Invariants of a loaded capture: MANIFEST, cmdline, version, cpus, sysctl.conf and the state before are there; each
 * entry is there once; it has a trace, or says why not.
 *
 * Locking: none. A capture is not changed once it is loaded.
 */
#ifndef LAB_CAPTURE_H
#define LAB_CAPTURE_H

#include "lab/board.h"
#include "lab/error.h"
#include "lab/snapshot.h"
#include "lab/trace.h"

enum qy_capture_entry {
	QY_CAPTURE_MANIFEST,
	QY_CAPTURE_CMDLINE,
	QY_CAPTURE_VERSION,
	QY_CAPTURE_CPUS,
	QY_CAPTURE_SYSCTL,
	QY_CAPTURE_FDT,
	QY_CAPTURE_IOMEM,
	QY_CAPTURE_BOOTLOG,
	QY_CAPTURE_BUDDYINFO, /* from here on: before the trace */
	QY_CAPTURE_PAGETYPEINFO,
	QY_CAPTURE_ZONEINFO,
	QY_CAPTURE_MEMINFO,
	QY_CAPTURE_VMSTAT,
	QY_NR_CAPTURE_ENTRIES,
};

struct qy_capture {
	char *path;
	char *text[QY_NR_CAPTURE_ENTRIES]; /* with a NUL behind; NULL = not there */
	size_t size[QY_NR_CAPTURE_ENTRIES];
	bool x86_64;        /* else arm64 */
	uint32_t cpus;      /* one more than the highest that is online */
	char no_trace[128]; /* why; empty = there is one */
	uint64_t nr_lost;   /* events, as the script counted them */
	struct qy_trace trace;
};

/**
 * qy_capture_load() - read an archive
 * @path:    a tar, packed or not
 * @capture: filled in; to be given to qy_capture_free() in any case
 * @err:     one line: file, entry, remedy
 *
 * Context: Task context.
 * Return: 0, or -1 with @err.
 */
int qy_capture_load(const char *path, struct qy_capture *capture, struct qy_err *err);

/**
 * qy_capture_board() - boot what was captured
 * @capture: loaded
 * @opts:    switches on top of it; opts->dtb is not read
 * @err:     one line
 *
 * A target without a device tree has the memory that its /proc/iomem lists. Settings that the target's kernel computed
 * are left to the board, which computes them too; the others are taken over. What then differs between the board and
 * the target is in the board's notes.
 *
 * Context: Task context; boots the board once to compare.
 * Return: the board, to be given to qy_board_free(), or NULL.
 */
struct qy_loaded_board *qy_capture_board(
	struct qy_capture *capture, const struct qy_board_opts *opts, struct qy_err *err);

/* Return: 0, or -1 with @err. */
int qy_capture_snapshot(
	const struct qy_capture *capture, struct qy_snapshot *snap, struct qy_err *err);

void qy_capture_free(struct qy_capture *capture);

/**
 * qy_capture_tree() - the device tree of a capture, made to say what its other entries say
 * @capture: loaded
 * @size:    bytes of the tree
 * @err:     one line
 *
 * Context: Any.
 * Return: a flattened tree, to be freed, or NULL.
 */
void *qy_capture_tree(const struct qy_capture *capture, size_t *size, struct qy_err *err);

/* Adds reservations to it. Return: 0, or -1 when it has no room. */
int qy_capture_reserve(
	void *tree, size_t *size, const struct qy_range *ranges, uint32_t nr);

/* The number behind "key" at the begin of a line: "MemTotal:  988500 kB". Return: whether it is there. */
bool qy_capture_number(const char *text, const char *key, uint64_t *value);

#endif
