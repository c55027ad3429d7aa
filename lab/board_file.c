// SPDX-License-Identifier: MIT
/*
 * Reads the files of a board; a tree in source form goes through dtc in a child process. No state.
 */
#include "lab/board_dt.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* The whole of @stream, with a NUL behind it; -1 with errno set. EFBIG when it has more than @max bytes. */
static int read_stream(FILE *stream, size_t max, char **text, size_t *size)
{
	char *buffer = NULL, *bigger;
	size_t room = 0;

	for (*size = 0;;) {
		if (*size == room) {
			room = room ? 2 * room : 65536;
			bigger = realloc(buffer, room + 1);
			if (!bigger)
				goto fail;
			buffer = bigger;
		}
		*size += fread(buffer + *size, 1, room - *size, stream);
		if (*size > max) {
			errno = EFBIG;
			goto fail;
		}
		if (ferror(stream))
			goto fail;
		if (feof(stream))
			break;
	}
	buffer[*size] = '\0';
	*text = buffer;
	return 0;
fail:
	free(buffer);
	return -1;
}

int qy_read_file(
	const char *path, size_t max, char **text, size_t *size, struct qy_err *err)
{
	FILE *stream = fopen(path, "re");
	int ret;

	if (!stream)
		return qy_fail(err, "%s: %s: give the name of a readable file", path,
			strerror(errno));
	ret = read_stream(stream, max, text, size);
	if (ret && errno == EFBIG)
		qy_fail(err, "%s: more than %zu bytes: too big for what it should be",
			path, max);
	else if (ret)
		qy_fail(err, "%s: %s: give the name of a readable file", path,
			strerror(errno));
	fclose(stream);
	return ret;
}

/* --- dtc ---------------------------------------------------------------------------------------- */

/* Runs dtc with its outputs in two files; returns its wait status, or -1 with errno set. */
static int run_dtc(const char *path, FILE *out, FILE *messages)
{
	char *argv[] = { "dtc", "-q", "-I", "dts", "-O", "dtb", "--", (char *)path,
		NULL };
	posix_spawn_file_actions_t actions;
	int ret, status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fileno(out), 1);
	posix_spawn_file_actions_adddup2(&actions, fileno(messages), 2);
	ret = posix_spawnp(&pid, "dtc", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (ret) {
		errno = ret;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* dtc's first message names file, line and column: it is the line that the user needs. */
static int dtc_refused(const char *path, FILE *messages, struct qy_err *err)
{
	char line[400];

	rewind(messages);
	if (!fgets(line, sizeof(line), messages))
		return qy_fail(
			err, "%s: dtc failed: check it with dtc -I dts -O dtb", path);
	line[strcspn(line, "\n")] = '\0';
	return qy_fail(err, "%s: dtc: %s", path, line);
}

static int compile(const char *path, FILE *out, FILE *messages, void **blob, size_t *size,
	struct qy_err *err)
{
	int status = run_dtc(path, out, messages);

	if (status < 0 && errno == ENOENT)
		return qy_fail(err,
			"%s: no dtc to compile it: install device-tree-compiler", path);
	if (status < 0)
		return qy_fail(err, "%s: running dtc: %s", path, strerror(errno));
	if (status)
		return dtc_refused(path, messages, err);
	rewind(out);
	if (read_stream(out, QY_DT_MAX_SIZE, (char **)blob, size))
		return qy_fail(
			err, "%s: reading dtc's output: %s", path, strerror(errno));
	return 0;
}

static int compile_tree(const char *path, void **blob, size_t *size, struct qy_err *err)
{
	FILE *out = NULL, *messages = NULL;
	int ret = -1;

	if (access(path, R_OK))
		return qy_fail(err, "%s: %s: give the name of a .dtb or .dts", path,
			strerror(errno));
	out = tmpfile();
	messages = tmpfile();
	if (out && messages)
		ret = compile(path, out, messages, blob, size, err);
	else
		qy_fail(err, "%s: no temporary file for dtc: %s", path, strerror(errno));
	if (out)
		fclose(out);
	if (messages)
		fclose(messages);
	return ret;
}

int qy_read_tree(const char *path, void **blob, size_t *size, struct qy_err *err)
{
	size_t length = strlen(path);

	if (length > 4 && !strcmp(path + length - 4, ".dts"))
		return compile_tree(path, blob, size, err);
	return qy_read_file(path, QY_DT_MAX_SIZE, (char **)blob, size, err);
}
