/* SPDX-License-Identifier: MIT */
/*
 * How much memory a task wants over time.
 *
 *   qy_curve_at()      at one moment
 *   qy_rss_load()      a series that tools/record-rss.sh recorded
 *   qy_rss_parse()     the same from text, for tests and fuzzing
 *   qy_rss_free()
 *
 * A recording has one line for each process and look: seconds since boot, pid, VmRSS in kB, name. A task's series is the
 * sum over the processes of its name at each look; nothing at a look at which there was none.
 *
 * Invariant: the samples of a series ascend in time, the first one is at 0.
 *
 * No state.
 */
#ifndef LAB_CURVE_H
#define LAB_CURVE_H

#include <stddef.h>
#include <stdint.h>
#include "lab/error.h"

/* Bytes, or a share of the board's RAM. */
struct qy_share {
	uint64_t bytes;
	uint32_t millipercent; /* not 0: instead of bytes */
};

static inline uint64_t qy_share_of_ram(const struct qy_share *amount, uint64_t ram_bytes)
{
	if (!amount->millipercent)
		return amount->bytes;
	return (uint64_t)((unsigned __int128)ram_bytes * amount->millipercent / 100000);
}

struct qy_rss_sample {
	uint64_t at_ns; /* since the first look of the recording */
	uint64_t bytes;
};

struct qy_rss {
	struct qy_rss_sample *sample;
	size_t nr;
};

enum qy_curve_kind {
	QY_CURVE_CONSTANT, /* to, from the first moment on */
	QY_CURVE_RAMP,     /* from from to to in length_ns, then to */
	QY_CURVE_SAWTOOTH, /* from from to to in length_ns, again and again */
	QY_CURVE_LEAK, /* from, and rate more each second, up to to if that is not 0 */
	QY_CURVE_RECORDED,
};

struct qy_curve {
	enum qy_curve_kind kind;
	struct qy_share from, to, rate;
	uint64_t length_ns;
	const char *file, *name; /* RECORDED: which process */
};

/**
 * qy_curve_at() - bytes that a task wants
 * @ram_bytes: of the board
 * @rss:       of a RECORDED curve, else ignored
 * @ns:        since the task started
 *
 * Context: Any.
 * Return: bytes.
 */
uint64_t qy_curve_at(const struct qy_curve *curve, uint64_t ram_bytes,
	const struct qy_rss *rss, uint64_t ns);

/* "constant", ... */
const char *qy_curve_name(enum qy_curve_kind kind);

/**
 * qy_rss_load() - the series of one process
 * @path: a recording; at most 64 MiB
 * @name: of the process
 * @rss:  filled in; to be given to qy_rss_free()
 * @err:  one line: file, line, remedy
 *
 * Context: Any.
 * Return: 0, or -1 with @err: it cannot be read, or has no process of that name.
 */
int qy_rss_load(
	const char *path, const char *name, struct qy_rss *rss, struct qy_err *err);
int qy_rss_parse(const char *text, size_t size, const char *path, const char *name,
	struct qy_rss *rss, struct qy_err *err);
void qy_rss_free(struct qy_rss *rss);

#endif
