// SPDX-License-Identifier: MIT
/*
 * What is installed with the command. No state.
 */
#include "cli/cli.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOARD "boards/qemu-virt-8g.dts"

const char *cli_bundled_board(char *path, size_t size)
{
	ssize_t length;
	char *slash;

	if (access(BOARD, R_OK) == 0)
		return BOARD;
	length = readlink("/proc/self/exe", path, size - 1);
	if (length > 0) {
		path[length] = '\0';
		slash = strrchr(path, '/');
		snprintf(slash, size - (size_t)(slash - path), "/../share/quarry/" BOARD);
		if (access(path, R_OK) == 0)
			return path;
	}
	return NULL;
}

const char *cli_source_board(void)
{
	return access(CLI_SOURCE "/" BOARD, R_OK) == 0 ? CLI_SOURCE "/" BOARD : NULL;
}
