// SPDX-License-Identifier: MIT
/* Reads MemAvailable, and limit, usage and reclaimable cache of the memory cgroup (version 2, else 1). No state. */
#include "ports/host/room.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The number behind the line that begins with @key, or the first number of the file when @key is "". Of its first 8 KiB, which hold
 * what is asked for. Without stdio: commit() may be called in a handler of a fault, where nothing is allocated.
 */
static bool read_number(const char *path, const char *key, uint64_t *number)
{
	int file = *path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char text[8192], *end;
	ssize_t nr, length = 0;

	if (file < 0)
		return false;
	while (length < (ssize_t)sizeof(text) - 1 &&
		(nr = read(file, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += nr;
	close(file);
	text[length] = '\0';
	for (const char *line = text; *line;) {
		const char *next = strchr(line, '\n');

		if (!strncmp(line, key, strlen(key))) {
			const char *digits = line + strlen(key);

			*number = strtoull(digits, &end, 10);
			return end != digits; /* "max" is no number: no limit */
		}
		if (!next)
			break;
		line = next + 1;
	}
	return false;
}

/* The line of our memory cgroup: "0::/path" (version 2) or "7:memory:/path" (version 1). */
static void find_cgroup(struct qy_host_room *room, const char *proc, const char *cgroup)
{
	char path[128], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/self/cgroup", proc);
	file = fopen(path, "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':');
		char *where = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!where)
			continue;
		*where++ = '\0';
		where[strcspn(where, "\n")] = '\0';
		if (!strcmp(where, "/"))
			*where = '\0';
		if (!strcmp(controllers + 1, "memory")) {
			snprintf(room->limit, sizeof(room->limit),
				"%s/memory%s/memory.limit_in_bytes", cgroup, where);
			snprintf(room->usage, sizeof(room->usage),
				"%s/memory%s/memory.usage_in_bytes", cgroup, where);
			snprintf(room->stat, sizeof(room->stat),
				"%s/memory%s/memory.stat", cgroup, where);
			break;
		}
		if (!controllers[1]) {
			snprintf(room->limit, sizeof(room->limit), "%s%s/memory.max",
				cgroup, where);
			snprintf(room->usage, sizeof(room->usage), "%s%s/memory.current",
				cgroup, where);
			snprintf(room->stat, sizeof(room->stat), "%s%s/memory.stat",
				cgroup, where);
		}
	}
	fclose(file);
}

void qy_host_room_init(struct qy_host_room *room, const char *proc, const char *cgroup)
{
	memset(room, 0, sizeof(*room));
	snprintf(room->meminfo, sizeof(room->meminfo), "%s/meminfo", proc);
	find_cgroup(room, proc, cgroup);
}

bool qy_host_has_room(const struct qy_host_room *room, size_t bytes)
{
	uint64_t available_kb, swap_kb = 0, limit, usage, cache;

	if (read_number(room->meminfo, "MemAvailable:", &available_kb)) {
		read_number(room->meminfo, "SwapFree:", &swap_kb);
		if ((available_kb + swap_kb) << 10 < bytes + QY_HOST_RESERVE)
			return false;
	}
	if (!read_number(room->limit, "", &limit) ||
		!read_number(room->usage, "", &usage))
		return true;
	/* file cache is charged, but goes when it is needed */
	if (read_number(room->stat, "inactive_file ", &cache))
		usage -= usage < cache ? usage : cache;
	if (read_number(room->stat, "active_file ", &cache))
		usage -= usage < cache ? usage : cache;
	return usage + bytes + QY_HOST_RESERVE / 4 <= limit;
}
