/* SPDX-License-Identifier: MIT */
/* Commands of the shell, for tests of what a user types. No state. */
#ifndef QUARRY_TEST_COMMAND_H
#define QUARRY_TEST_COMMAND_H

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/runner/test.h"

/* What it says is in @text, cut to @size; of stderr only what @command sends there. Return: exit code; -1: killed. */
static inline int run_command(const char *command, char *text, size_t size)
{
	FILE *pipe = popen(command, "r");
	size_t got;
	int status;

	CHECK(pipe != NULL);
	got = fread(text, 1, size - 1, pipe);
	text[got] = '\0';
	while (fgetc(pipe) != EOF)
		;
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
