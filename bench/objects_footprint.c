// SPDX-License-Identifier: MIT
/* How much of the host's memory this process has: see objects.h. No state. */
#include "bench/objects.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "RssAnon:  123 kB" of /proc/self/status, in bytes. */
static uint64_t status_bytes(const char *text, const char *field)
{
	const char *at = strstr(text, field);

	return at ? strtoull(at + strlen(field), NULL, 10) << 10 : 0;
}

/* A memfd holds what was put behind it, whether this process has touched it or not. */
static uint64_t memfd_bytes(void)
{
	DIR *dir = opendir("/proc/self/fd");
	uint64_t bytes = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[300], target[64] = "";
		struct stat file;

		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) > 0 &&
			!strncmp(target, "/memfd:", 7) && !stat(path, &file))
			bytes += (uint64_t)file.st_blocks * 512;
	}
	if (dir)
		closedir(dir);
	return bytes;
}

/* RssFile is left out: the pages of the program and its libraries are everybody's. */
uint64_t object_footprint(void)
{
	char text[4096];
	FILE *status = fopen("/proc/self/status", "r");

	if (!status)
		return 0;
	text[fread(text, 1, sizeof(text) - 1, status)] = '\0';
	fclose(status);
	return status_bytes(text, "RssAnon:") + memfd_bytes();
}
