// SPDX-License-Identifier: MIT
/*
 * Plays the steps of a scenario's `program:` by system calls, on Linux: one line of standard input a step, "STEP -> ANSWER" on
 * standard output. tools/ask-linux builds it for a guest. No state.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "lab/program.h"

static int fds[QY_PROGRAM_FILES];

static long result_of(long result)
{
	return result < 0 ? -errno : result;
}

static int do_open(void *arg, unsigned int file, const char *node, int flags)
{
	char path[QY_PROGRAM_NAME + 8];

	(void)arg;
	snprintf(path, sizeof(path), "/dev/%s", node);
	fds[file] = open(path, flags);
	return fds[file] < 0 ? -errno : 0;
}

static int do_close(void *arg, unsigned int file)
{
	(void)arg;
	return (int)result_of(close(fds[file]));
}

static long do_ioctl(void *arg, unsigned int file, unsigned int cmd, void *words)
{
	(void)arg;
	return result_of(ioctl(fds[file], cmd, words));
}

static long do_write(void *arg, unsigned int file, const void *from, size_t n)
{
	(void)arg;
	return result_of(write(fds[file], from, n));
}

static long do_read(void *arg, unsigned int file, void *to, size_t n)
{
	(void)arg;
	return result_of(read(fds[file], to, n));
}

static void do_sleep(void *arg, uint64_t ns)
{
	struct timespec time = { (time_t)(ns / 1000000000), (long)(ns % 1000000000) };

	(void)arg;
	nanosleep(&time, NULL);
}

int main(void)
{
	static const struct qy_program_ops ops = { do_open, do_close, do_ioctl, do_write,
		do_read, do_sleep };
	struct qy_program program = { .ops = &ops };
	char line[512], answer[QY_PROGRAM_ANSWER], why[256];
	struct qy_program_step step;

	while (fgets(line, sizeof(line), stdin)) {
		char *arrow = strstr(line, " ->");

		line[strcspn(line, "\n")] = '\0';
		if (arrow)
			*arrow = '\0';
		if (qy_program_parse(line, &step, why, sizeof(why))) {
			fprintf(stderr, "%s: %s\n", line, why);
			return 2;
		}
		qy_program_run(&program, &step, answer);
		printf("%s -> %s\n", line, answer);
		fflush(stdout);
	}
	qy_program_exit(&program);
	return 0;
}
