// SPDX-License-Identifier: MIT
/* Reads MemAvailable, and limit, usage and reclaimable cache of the memory cgroup (version 2, else 1). No state. */
#include "ports/host/room.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number behind the line that begins with @key, or the first number of the file when @key is "". */
static bool read_number(const char *path, const char *key, uint64_t *number)
{
	char line[256];
	bool found = false;
	FILE *file = *path ? fopen(path, "re") : NULL;

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file)) {
		const char *digits = line + strlen(key);
		char *end;

		if (strncmp(line, key, strlen(key)))
			continue;
		*number = strtoull(digits, &end, 10);
		found = end != digits; /* "max" is no number: no limit */
		if (!*key)
			break;
	}
	fclose(file);
	return found;
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
