// SPDX-License-Identifier: MIT
/*
 * Writes a report whole or not at all: it is made in memory first, and Ctrl-C waits for it. No state.
 */
#include "cli/cli.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void cli_hold_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigprocmask(SIG_BLOCK, &held, before);
}

void cli_let_signals(const sigset_t *before)
{
	sigprocmask(SIG_SETMASK, before, NULL);
}

static int cannot_write(const char *path, int error)
{
	return cli_bad_input("%s: %s: give the path of a file that can be written", path,
		strerror(error));
}

int cli_can_write(const char *path)
{
	struct stat st;
	char *copy;
	int error = 0;

	if (strcmp(path, "-") == 0)
		return 0;
	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			error = EISDIR;
		else if (access(path, W_OK))
			error = errno;
		return error ? cannot_write(path, error) : 0;
	}
	copy = strdup(path);
	if (copy && access(dirname(copy), W_OK | X_OK))
		error = errno;
	free(copy);
	return error ? cannot_write(path, error) : 0;
}

/* A regular file that got only a part is removed; a device stays. */
static int write_file(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");
	struct stat st;
	bool failed, regular;
	int error;

	if (!file)
		return cannot_write(path, errno);
	regular = fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode);
	failed = fwrite(text, 1, size, file) != size || fflush(file) != 0;
	error = errno;
	if (fclose(file) != 0 && !failed) {
		failed = true;
		error = errno;
	}
	if (!failed)
		return 0;
	if (regular)
		unlink(path);
	return cli_bad_input("%s: %s: nothing was written", path, strerror(error));
}

int cli_write_text(const char *path, const char *text, size_t size)
{
	sigset_t before;
	int error;

	if (strcmp(path, "-") == 0) {
		fwrite(text, 1, size, stdout); /* cli_finish() looks at its errors */
		return 0;
	}
	cli_hold_signals(&before);
	error = write_file(path, text, size);
	cli_let_signals(&before);
	return error;
}

int cli_write(const char *path, int (*print)(FILE *out, const struct qy_seeds *seeds),
	const struct qy_seeds *seeds)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int error = memory ? print(memory, seeds) : -1;

	if (memory && fclose(memory) != 0)
		error = -1;
	if (error)
		error = cli_bad_input("%s: the host has no memory left", path);
	else
		error = cli_write_text(path, text, size);
	free(text);
	return error;
}

int cli_write_memory(
	const char *path, FILE *memory, int error, char **text, const size_t *size)
{
	if (memory && fclose(memory) != 0)
		error = -1;
	error = error ? cli_bad_input("%s: the host has no memory left", path)
		      : cli_write_text(path, *text, *size);
	free(*text);
	return error;
}
