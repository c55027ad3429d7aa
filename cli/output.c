// SPDX-License-Identifier: MIT
/*
 * Writes a report whole or not at all: it is made in memory first. No state.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A regular file that got only a part is removed; a device stays. */
static int write_file(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");
	struct stat st;
	bool failed, regular;
	int error;

	if (!file)
		return cli_bad_input(
			"%s: %s: give the path of a file that can be written", path,
			strerror(errno));
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
	if (strcmp(path, "-") != 0)
		return write_file(path, text, size);
	fwrite(text, 1, size, stdout); /* cli_finish() looks at its errors */
	return 0;
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
