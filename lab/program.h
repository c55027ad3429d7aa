/* SPDX-License-Identifier: MIT */
/*
 * What a program does with the files of drivers, one step a line, and what comes of each step. The same lines are played in a
 * world (driver_program.c) and, by system calls, on Linux (tools/driver-program.c).
 *
 *   qy_program_parse   a line to a step
 *   qy_program_run     a step to its answer
 *   qy_program_exit    files that are open are closed
 *
 * The lines are described in docs/scenario.md. Nothing but the C library is used here.
 *
 * No state but the program.
 */
#ifndef QUARRY_LAB_PROGRAM_H
#define QUARRY_LAB_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QY_PROGRAM_FILES  8
#define QY_PROGRAM_WORDS  8
#define QY_PROGRAM_NAME   64
#define QY_PROGRAM_BYTES  (4u << 20) /* of one read or write */
#define QY_PROGRAM_ANSWER 160

enum qy_program_verb {
	QY_PROGRAM_OPEN,
	QY_PROGRAM_CLOSE,
	QY_PROGRAM_IOCTL,
	QY_PROGRAM_WRITE,
	QY_PROGRAM_READ,
	QY_PROGRAM_READ_WORDS,
	QY_PROGRAM_READ_TEXT,
	QY_PROGRAM_SLEEP,
};

struct qy_program_step {
	enum qy_program_verb verb;
	char file[QY_PROGRAM_NAME], node[QY_PROGRAM_NAME];
	int flags;        /* of open: O_RDWR ... */
	unsigned int cmd; /* of ioctl */
	bool reads;       /* ioctl: its words are answered */
	uint32_t words[QY_PROGRAM_WORDS];
	unsigned int nr_words;
	uint32_t bytes, seed; /* of read and write */
	uint64_t sleep_ns;
	char expected[QY_PROGRAM_ANSWER]; /* ""; anything will do */
};

/* Who plays the steps. Files are numbered from 0; results are those of the driver, -errno included. */
struct qy_program_ops {
	int (*open)(void *arg, unsigned int file, const char *node, int flags);
	int (*close)(void *arg, unsigned int file);
	long (*ioctl)(void *arg, unsigned int file, unsigned int cmd, void *words);
	long (*write)(void *arg, unsigned int file, const void *from, size_t n);
	long (*read)(void *arg, unsigned int file, void *to, size_t n);
	void (*sleep)(void *arg, uint64_t ns);
};

struct qy_program {
	const struct qy_program_ops *ops;
	void *arg;
	char file[QY_PROGRAM_FILES][QY_PROGRAM_NAME]; /* "": not open */
};

/* Return: 0, -1 with one line in @why. Context: any. */
int qy_program_parse(
	const char *line, struct qy_program_step *step, char *why, size_t why_size);

/* @answer: as a line's own end says it. Context: that of the ops. */
void qy_program_run(struct qy_program *program, const struct qy_program_step *step,
	char answer[QY_PROGRAM_ANSWER]);
void qy_program_exit(struct qy_program *program);

#endif
