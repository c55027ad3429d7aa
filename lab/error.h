/* SPDX-License-Identifier: MIT */
/*
 * What the lab says to its user when input is bad, and what it remarks when input is odd.
 *
 *   qy_fail()        one line that names file, place and remedy; returns -1, so `return qy_fail(...)`
 *   qy_note()        one remark that goes with success ("option X does nothing yet")
 *   qy_notes_free()
 *
 * Invariant: err->text holds exactly one line without its newline; a control character of hostile input is
 * shown as '?', so that a device tree cannot write to the terminal.
 *
 * No state.
 */
#ifndef QUARRY_LAB_ERROR_H
#define QUARRY_LAB_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#define QY_ERR_LEN 512

struct qy_err {
	char text[QY_ERR_LEN];
};

/* Remarks in the order in which they were made. Zero-initialised is empty. */
struct qy_notes {
	char **line;
	size_t nr;
};

/**
 * qy_fail() - write the one line that explains a refusal
 * @err: where to; NULL = the caller does not want to know
 * @fmt: "FILE: PLACE: what is wrong: what to do"
 *
 * Context: Any.
 * Return: -1, always.
 */
int qy_fail(struct qy_err *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * qy_note() - add one remark; lost without a trace when the host has no memory for it
 * @notes: the list
 * @fmt:   one line, without newline
 *
 * Context: Any.
 */
void qy_note(struct qy_notes *notes, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * qy_notes_free() - empty the list
 * @notes: the list
 *
 * Context: Any.
 */
void qy_notes_free(struct qy_notes *notes);

#endif
